package pcsc

import (
	"errors"
	"strings"
)

// errSlow says that a call did not come back within our limit.
var errSlow = errors.New("the card service does not come back")

// withoutLe returns a command as T=0 takes it: one that asks for an answer beside its data loses its last byte, for which that
// protocol has no room. The card then says with 61xx what there is to fetch.
func withoutLe(command []byte) []byte {
	const header = 5
	if n := len(command); n > header && command[4] != 0 && n == header+int(command[4])+1 {
		return command[:n-1]
	}
	return command
}

// hidden are parts of the names of readers that hold no card a person could insert: keys inside the computer, and the second
// chip inside some readers. The virtual reader that practice cards plug into is not among them.
var hidden = []string{"windows hello", "microsoft virtual smart card", "microsoft uicc", "virtual smart card architecture", " sam 0", " sam 1"}

// shown reports whether a reader is one that a desk would use.
func shown(name string) bool {
	name = strings.ToLower(name)
	for _, part := range hidden {
		if strings.Contains(name, part) {
			return false
		}
	}
	return true
}
