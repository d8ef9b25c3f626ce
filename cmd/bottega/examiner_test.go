package main

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2/test"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
)

func TestAComputerWithoutADeskIsExaminedForOne(t *testing.T) {
	d := newDoors(t)
	found, done := examineDesk(d.dir, d.journal, nil)
	defer done()
	if !errors.Is(found.Err, journal.ErrNone) || found.Line != nil || found.Practice {
		t.Errorf("found %+v", found)
	}
}

func TestThePracticeDeskIsNotTakenForTheRealOne(t *testing.T) {
	d := newDoors(t)
	s, err := d.Practice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	found, done := examineDesk(d.dir, d.journal, s)
	defer done()
	if !found.Practice || found.Line != nil || !errors.Is(found.Err, journal.ErrNone) {
		t.Errorf("found %+v", found)
	}
}

func TestTheLineOfARealDeskIsExaminedWhileItIsOpen(t *testing.T) {
	d := newDoors(t)
	s, err := d.SetUp(t.Context(), facilitator.NewDesk{
		Facilitator: "Piera Neri", Passphrase: []byte("tre gatti sul tetto"),
		Site: desk.SiteSet{Site: desk.Site{ID: "LU-PIAZZA", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, done := examineDesk(d.dir, d.journal, s)
	done()
	if found.Err != nil || found.State.Last == 0 || found.Line == nil {
		t.Fatalf("of the open desk: %+v", found)
	}
	var trouble *client.Trouble
	if _, err := found.Line.Look(t.Context()); !errors.As(err, &trouble) || trouble.Word != client.NotEnrolled {
		t.Errorf("a desk without a hub says %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if found, done := examineDesk(d.dir, d.journal, nil); found.Err != nil || found.Line != nil {
		t.Errorf("of the locked desk: %+v", found)
	} else {
		done()
	}
	if _, err := d.journal.State(); err != nil {
		t.Errorf("the examination closed the journal that the window has: %v", err)
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	d.journal = nil
	found, done = examineDesk(d.dir, nil, nil) // one that another program made since
	if found.Err != nil || found.State.Last == 0 {
		t.Errorf("of the desk on the disk: %+v", found)
	}
	done()
	if j, err := journal.Open(d.dir, journal.Options{}); err != nil {
		t.Errorf("the examination keeps the journal: %v", err)
	} else if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsCopiedIsInTheClipboardUntilItIsEmptied(t *testing.T) {
	pc := &computer{app: test.NewTempApp(t)}
	pc.Copy("GUARDA  Nessuna stampante trovata.")
	if got := pc.app.Clipboard().Content(); got != "GUARDA  Nessuna stampante trovata." {
		t.Errorf("the clipboard holds %q", got)
	}
	pc.EmptyClipboard()
	if got := pc.app.Clipboard().Content(); got != "" {
		t.Errorf("the clipboard still holds %q", got)
	}
}
