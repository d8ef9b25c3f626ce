// Package house puts together what the desk app and the desk from a terminal have in common: where the data lies, the content
// that travels inside the programs, and a desk over a journal. One of them can therefore take up what the other left.
//
// Only programs (cmd) import it.
package house

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"bottega/cardreader/cns"
	"bottega/desk/cardcert"
)

// DataDir is where the desk keeps its journal when nobody says otherwise.
func DataDir(env func(string) string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "." // no home at all: a service account; better a folder that can be seen than none
	}
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(cmp.Or(env("LOCALAPPDATA"), filepath.Join(home, "AppData", "Local")), "Bottega")
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Bottega")
	}
	return filepath.Join(cmp.Or(env("XDG_DATA_HOME"), filepath.Join(home, ".local", "share")), "bottega")
}

// SettingsFile is where the desk app keeps the choices of its window, in the data folder.
const SettingsFile = "settings.json"

// Version is the version that the build stamped, "(devel)" where there was nothing to stamp.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

// Cards reads cards of the models that travel inside the programs, for a terminal: it marks practice cards instead of refusing
// them. A program whose authorities cannot be read is a broken build, which the tests of assets find; to it all authorities are
// unknown.
func Cards() cns.Reader { return cns.Reader{Certificates: terminalJudge()} }

// TerminalAsker asks the authorities of the cards that Cards reads. Their lists are kept in the cache of whoever runs the program.
func TerminalAsker() *Asker { return NewAsker(terminalJudge(), CacheDir()) }

func terminalJudge() cardcert.Judge {
	judge, err := Judge(true)
	if err != nil {
		return cardcert.Judge{}
	}
	return judge
}

// newID returns a UUIDv7. The source of chance of a computer that works does not fail; one that does must not go on.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
