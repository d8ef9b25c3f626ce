package pcsc

import (
	"errors"
	"strings"
)

// errSlow says that a call did not come back within our limit.
var errSlow = errors.New("the card service does not come back")

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
