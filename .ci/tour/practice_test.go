package tour

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bottega/cardreader/practice"
)

// TestThePracticeDeskOnOneScreen shows what a volunteer meets on the first evening: nothing but a laptop. The citizen sees the
// laptop's own screen turned over, the words change language while the program runs, and all of it says PROVA.
func TestThePracticeDeskOnOneScreen(t *testing.T) {
	t.Parallel()
	s := oneScreen(t, folder(t))
	s.series = "prova-"
	home := t.TempDir()
	app := exec.Command(filepath.Join(build, "bottega"), "--data", filepath.Join(home, "data"), "--practice")
	app.Env = s.env("LC_ALL=it_IT.UTF-8", "HOME="+home, "XDG_RUNTIME_DIR="+home)
	start(t, app, filepath.Join(s.out, "logs", "practice.log"))

	s.shows("Inizio")
	s.reads("PROVA")
	s.picture("inizio")
	s.press("F8")
	s.shows("Carte di prova")
	s.picture("carte")
	s.press("1")
	s.shows("Inizio")
	s.reads("INNOCENTI")
	openTheTestDoor(s)
	s.press("Return")
	s.shows("Visita")
	s.press("3")
	s.reads("fascicolo")
	s.picture("fascicolo")

	s.press("F12")
	s.reads("F12")
	s.picture("schermo-girato")
	s.press("F11")
	s.settle()
	s.picture("schermo-oscurato")
	s.press("F11", "F12")
	s.reads("fascicolo")

	s.press("F10")
	s.shows("Visita")
	s.press("Escape")
	s.shows("Inizio")
	s.press("F1")
	s.shows("Aiuto")
	s.press("F5") // what is found depends on this computer: it has no reader and perhaps no printer
	s.shows("Controllo")
	s.reads("Controllo del computer")
	s.picture("controllo")
	s.press("Escape", "Escape")
	s.shows("Inizio")
	s.press("F4")
	s.shows("Impostazioni")
	s.picture("impostazioni")
	s.press("2") // English for the facilitator alone
	s.shows("Settings")
	s.press("6") // high contrast
	s.picture("settings")
	s.press("Return")
	s.shows("Home")
	s.picture("home-high-contrast")
	s.press("F1")
	s.shows("Help")
	s.picture("help")
}

// openTheTestDoor lets the citizen type the PIN on the laptop's own screen, which turns over for it and back, and the card enters as
// it would at a portal.
func openTheTestDoor(s *screen) {
	s.t.Helper()
	s.press("F5")
	s.shows("Tessera e PIN")
	s.reads("PUK")
	s.picture("tessera-e-pin")
	s.press("1")
	s.shows("Codici della tessera")
	s.reads("Scriva il PIN")
	s.press(strings.Split(practice.DefaultPIN, "")...)
	s.picture("tasti-per-il-pin")
	s.press("Return")
	s.reads("aperto la porta di prova")
	s.picture("porta-di-prova")
	s.press("Return")
	s.shows("Tessera e PIN")
	s.press("Return")
	s.shows("Inizio")
}
