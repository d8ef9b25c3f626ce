package facilitator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

func TestWhatADiskSaysHasWordsOnEverySystem(t *testing.T) {
	for name, tc := range map[string]struct {
		system string
		number syscall.Errno
		want   string
	}{
		"a stick that was pulled out":                     {"linux", syscall.ENOENT, faultGone},
		"a stick that was pulled out while it was read":   {"linux", syscall.EIO, faultSilent},
		"a stick that cannot be written":                  {"linux", syscall.EROFS, faultReadOnly},
		"a full stick":                                    {"linux", syscall.ENOSPC, faultFull},
		"a file that is too long for its stick":           {"darwin", syscall.EFBIG, faultFull},
		"somebody else's folder":                          {"darwin", syscall.EACCES, faultPermission},
		"a drive without its stick on Windows":            {"windows", 21, faultGone},
		"a path that is not there on Windows":             {"windows", 3, faultGone},
		"a stick with its lock switch on Windows":         {"windows", 19, faultReadOnly},
		"a full disk on Windows":                          {"windows", 112, faultFull},
		"a full stick on Windows":                         {"windows", 39, faultFull},
		"a stick that was pulled out while it was copied": {"windows", 1167, faultSilent},
		"another number on Windows":                       {"windows", 87, ""},
		"another number on Linux":                         {"linux", 112, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("writing: %w", &fs.PathError{Op: "write", Path: "/media/BLU/x.copia", Err: tc.number})
			if got := diskFault(err, tc.system); got != tc.want {
				t.Errorf("it is called %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFaultsWithoutANumberHaveWordsToo(t *testing.T) {
	for want, err := range map[string]error{
		faultGone: fmt.Errorf("looking: %w", fs.ErrNotExist), faultPermission: fmt.Errorf("looking: %w", fs.ErrPermission), "": errors.New("another"),
	} {
		if got := diskFault(err, "linux"); got != want {
			t.Errorf("%v is called %q, want %q", err, got, want)
		}
	}
}

// theDisk is what the journal says of the disk that it is on itself.
type theDisk struct{ error }

func (theDisk) Title() bilingual.Text  { return bilingual.Text{It: "il diario non si scrive"} }
func (theDisk) Advice() bilingual.Text { return bilingual.Text{It: "Chiama."} }
func (d theDisk) Unwrap() error        { return d.error }

func saysOf(l *text.Localizer, err error) string {
	n := inWords(l, err)
	return n.Title + " | " + n.Text
}

func TestAFaultOfAPlaceThatWasChosenIsNotTakenForOneOfTheDesk(t *testing.T) {
	l := texttest.Localizer(t, text.Italian)
	err := theDisk{&fs.PathError{Op: "sync", Path: "x", Err: syscall.EIO}}
	if got := saysOf(l, err); got != "il diario non si scrive | Chiama." {
		t.Errorf("the desk's own disk: %s", got)
	}
	if got := saysOf(l, &PlaceError{Err: err}); !strings.HasPrefix(got, "Il disco o la chiavetta non risponde") {
		t.Errorf("a stick: %s", got)
	}
}

func TestAStickThatIsPulledOutIsSaidWithWhatToDo(t *testing.T) {
	_, gone := os.Stat(filepath.Join(t.TempDir(), "nessuno"))
	for name, tc := range map[string]struct {
		do   func(*rig)
		says string
	}{
		"a copy": {func(r *rig) {
			r.care.plan(0, &PlaceError{Err: gone})
			r.press(keyF4, keyF2)
			r.choose("Copia di sicurezza")
			r.press(keyMain, "1")
		}, "rimettila e riprova"},
		"a parcel": {func(r *rig) {
			r.line.fail = &PlaceError{Err: &fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}}
			r.press(keyF3, keyF2, "1")
		}, "levetta di protezione"},
		"the hub's answer": {func(r *rig) {
			r.line.fail = &PlaceError{Err: gone}
			r.press(keyF3, keyF4, "1")
		}, "rimettila e riprova"},
		"a pack": {func(r *rig) {
			r.care.plan(0, &PlaceError{Err: gone})
			r.press(keyF4, keyF2)
			r.choose("Contenuti")
			r.press(keyF5, "1")
		}, "rimettila e riprova"},
	} {
		t.Run(name, func(t *testing.T) {
			r := realDesk(t)
			r.line.status = desk.LineStatus{State: desk.LineIdle, Total: 3, Safe: 3}
			r.aStick("centro-12.ricevuta", "toscana-8.pacchetto")
			tc.do(r)
			r.wantSays(tc.says)
			r.wantSilent("nessuno", "no such file")
		})
	}
}

func TestWhatTheHubOrAPackSaysOfItselfIsTranslated(t *testing.T) {
	for name, tc := range map[string]struct {
		fault error
		do    func(*rig)
		says  string
	}{
		"a parcel of a desk that no hub knows any more": {&LineError{Word: "re_enrol", Err: errors.New("401")}, func(r *rig) {
			r.press(keyF3, keyF2, "1")
		}, "Con il centro non è andata bene | Il centro non riconosce più questa postazione."},
		"an answer with a word of a newer hub": {&LineError{Word: "hologram", Err: errors.New("418")}, func(r *rig) {
			r.press(keyF3, keyF4, "1")
		}, "Con il centro non è andata bene | C'è un problema con il centro."},
		"a pack that was changed": {&PackError{Word: "changed", Err: errors.New("ed25519")}, func(r *rig) {
			r.press(keyF4, keyF2)
			r.choose("Contenuti")
			r.press(keyF5, "1")
		}, "I contenuti nuovi non si possono usare | Il pacchetto di contenuti è stato cambiato dopo la firma del centro"},
	} {
		t.Run(name, func(t *testing.T) {
			r := realDesk(t)
			r.line.status = desk.LineStatus{State: desk.LineIdle, Total: 3, Safe: 3}
			r.aStick("centro-12.ricevuta", "toscana-8.pacchetto")
			r.line.fail = tc.fault
			r.care.plan(0, tc.fault)
			tc.do(r)
			r.wantSays(tc.says)
			r.wantSilent("hologram", "401", "418", "ed25519", "Plico scritto", "Risposta letta", "Contenuti nuovi ricevuti")
		})
	}
}
