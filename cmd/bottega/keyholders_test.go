package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
	"bottega/ui/text"
)

// newDesk sets up a real desk in memory of nobody.
func newDesk(t *testing.T, d *doors) *facilitator.Session {
	t.Helper()
	s, err := d.SetUp(t.Context(), facilitator.NewDesk{
		Facilitator: "Piera Neri", Passphrase: []byte("tre gatti sul tetto"),
		Site: desk.SiteSet{Site: desk.Site{ID: "LU-PIAZZA", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shut(t *testing.T, s *facilitator.Session) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestARecoveryKeyOpensTheDeskWhosePassphraseIsForgotten(t *testing.T) {
	d := newDoors(t)
	s := newDesk(t, d)
	if s.HasRecovery {
		t.Error("a new desk says that it has a recovery key")
	}
	groups, err := s.Recovery.New(t.Context())
	if err != nil || len(groups) != 8 || len(groups[0]) != 5 {
		t.Fatalf("the key is %d groups, %v", len(groups), err)
	}
	typed := string(bytes.ToLower(bytes.Join(groups, []byte(" "))))
	shut(t, s)
	closed, err := d.Look(t.Context())
	if err != nil || !closed.Recovery {
		t.Fatalf("the locked desk says %+v, %v", closed, err)
	}
	who := closed.People[0].ID
	again := func(key string) (*facilitator.Session, error) {
		return d.Recover(t.Context(), who, []byte(key), []byte("un'altra frase lunga"))
	}
	var refused *facilitator.KeyError
	if _, err := again(typed[:2] + "xx" + typed[4:]); !errors.As(err, &refused) || refused.Group != 1 {
		t.Errorf("a slip in the first group gives %v", err)
	}
	if _, err := again(typed[:20]); !errors.As(err, &refused) || !refused.Mistyped {
		t.Errorf("half a key gives %v", err)
	}
	s, err = again(typed)
	if err != nil {
		t.Fatal(err)
	}
	if s.HasRecovery {
		t.Error("a key that was used counts on")
	}
	shut(t, s)
	if _, err := again(typed); !errors.As(err, &refused) || refused.Mistyped {
		t.Errorf("the same key a second time gives %v", err)
	}
	s, err = d.Unlock(t.Context(), who, []byte("un'altra frase lunga"))
	if err != nil {
		t.Fatal(err)
	}
	shut(t, s)
}

// memoryRing is a keyring that works, or fails.
type memoryRing struct {
	kept map[string][]byte
	fail error
}

func (r *memoryRing) Get(_ context.Context, id, who string) ([]byte, error) {
	if r.kept[id+who] == nil {
		return nil, errors.Join(journal.ErrNotRemembered, r.fail)
	}
	return bytes.Clone(r.kept[id+who]), r.fail
}

func (r *memoryRing) Set(_ context.Context, id, who string, secret []byte) error {
	r.kept[id+who] = bytes.Clone(secret)
	return r.fail
}

func (r *memoryRing) Delete(_ context.Context, id, who string) error {
	delete(r.kept, id+who)
	return r.fail
}

func TestPeopleComeGoAndChangeTheirPassphrase(t *testing.T) {
	d := newDoors(t)
	s := newDesk(t, d)
	ctx, first := t.Context(), s.Facilitator.ID
	if err := s.People.Add(ctx, "Gino Landucci", []byte("una frase di Gino")); err != nil {
		t.Fatal(err)
	}
	list, err := s.People.List(ctx)
	if err != nil || len(list) != 2 || list[0].Name != "Gino Landucci" {
		t.Fatalf("people are %+v, %v", list, err)
	}
	second := list[0].ID
	shut(t, s)
	opens := func(who, phrase string) *facilitator.Session {
		t.Helper()
		s, err := d.Unlock(ctx, who, []byte(phrase))
		if err != nil {
			t.Fatalf("%q does not open: %v", phrase, err)
		}
		return s
	}
	s = opens(second, "una frase di Gino")
	if err := s.People.ChangePassphrase(ctx, []byte("una frase di Gino"), []byte("la frase nuova di Gino")); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	shut(t, opens(second, "la frase nuova di Gino"))
	s = opens(first, "tre gatti sul tetto") // a change is of one person alone
	if err := s.People.Remove(ctx, second); err != nil {
		t.Fatal(err)
	}
	if list, err = s.People.List(ctx); err != nil || len(list) != 1 {
		t.Errorf("people are %+v, %v", list, err)
	}
	if err := s.People.Remove(ctx, list[0].ID); !errors.Is(err, journal.ErrLastFacilitator) {
		t.Errorf("removing the last one gives %v", err)
	}
	if err := s.People.ChangePassphrase(ctx, []byte("non è questa"), []byte("la frase nuova")); !errors.As(err, new(facilitator.WrongPassphrase)) {
		t.Errorf("a wrong old phrase gives %v", err)
	}
	shut(t, s)
	if _, err := d.Unlock(ctx, second, []byte("la frase nuova di Gino")); !errors.Is(err, journal.ErrUnknownFacilitator) {
		t.Errorf("who was removed gets %v", err)
	}
}

func TestAPhraseThatWasChangedOpensNothingAnyMore(t *testing.T) {
	d := newDoors(t)
	s := newDesk(t, d)
	if err := s.People.ChangePassphrase(t.Context(), []byte("tre gatti sul tetto"), []byte("quattro cani in cantina")); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	if _, err := d.Unlock(t.Context(), s.Facilitator.ID, []byte("tre gatti sul tetto")); !errors.As(err, new(facilitator.WrongPassphrase)) {
		t.Errorf("it gives %v", err)
	}
}

func TestAComputerRemembersWhoWantsItAndOpensForThem(t *testing.T) {
	d := newDoors(t)
	s := newDesk(t, d)
	ctx, who, ring := t.Context(), s.Facilitator.ID, d.ring.(*memoryRing)
	remembered := func() bool {
		t.Helper()
		closed, err := d.Look(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return closed.People[0].Remembered
	}
	if err := s.People.Remember(ctx); err != nil || !remembered() {
		t.Fatalf("remembered: %t, %v", remembered(), err)
	}
	shut(t, s)
	s, err := d.UnlockHere(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	if s.Facilitator.ID != who || s.Facilitator.Name != "Piera Neri" {
		t.Errorf("the desk is open for %+v", s.Facilitator)
	}
	if _, err := s.Desk.OpenVisit(ctx, desk.Opening{Naming: desk.Unnamed}); err != nil {
		t.Errorf("a visit cannot be written down: %v", err)
	}
	if err := s.People.Forget(ctx); err != nil || remembered() || len(ring.kept) != 0 {
		t.Fatalf("remembered: %t, %v, and the keyring keeps %d things", remembered(), err, len(ring.kept))
	}
	shut(t, s)
	if _, err := d.UnlockHere(ctx, who); !errors.Is(err, journal.ErrNotRemembered) {
		t.Errorf("a computer that forgot gives %v", err)
	}
	s, err = d.Unlock(ctx, who, []byte("tre gatti sul tetto"))
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	ring.fail = errors.New("no bus")
	if err := s.People.Remember(ctx); !errors.Is(err, journal.ErrKeyring) {
		t.Errorf("a keyring that fails gives %v", err)
	}
}

func TestADeskThatNoHubKnowsMakesNoParcel(t *testing.T) {
	s := newDesk(t, newDoors(t))
	defer shut(t, s)
	folder := t.TempDir()
	_, _, err := s.Courier.Export(t.Context(), folder)
	var told *facilitator.LineError
	if !errors.As(err, &told) || told.Word != "not_enrolled" {
		t.Errorf("exporting gives %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	if err := s.Courier.Import(t.Context(), filepath.Join(folder, "nessuno.ricevuta")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
}

func TestAPlaceThatIsNotThereIsSaidToBeThePlace(t *testing.T) {
	s := newDesk(t, newDoors(t))
	defer shut(t, s)
	ctx, nowhere := t.Context(), filepath.Join(t.TempDir(), "chiavetta")
	for name, do := range map[string]func() error{
		"a copy":           func() error { _, err := s.Backup(ctx, nowhere); return err },
		"a parcel":         func() error { _, _, err := s.Courier.Export(ctx, nowhere); return err },
		"the hub's answer": func() error { return s.Courier.Import(ctx, filepath.Join(nowhere, "x.ricevuta")) },
		"a pack":           func() error { return s.InstallPack(ctx, filepath.Join(nowhere, "x.pacchetto")) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := do(); !errors.As(err, new(*facilitator.PlaceError)) || !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it gives %v", err)
			}
		})
	}
}

func TestSettingsOfAnOlderProgramLeaveWhatIsNewAtItsDefault(t *testing.T) {
	k := &keeper{path: filepath.Join(t.TempDir(), "settings.json"), lang: text.Italian}
	old := `{"lang": "en", "citizen_lang": "it", "contrast": "high", "text_size": 130, "second_screen": false}`
	if err := os.WriteFile(k.path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	s := k.Load()
	if s.Lang != "en" || s.Contrast != "high" || s.SecondScreen || s.LockAfter != 10 || s.RemindBackup != 30 || s.KeyPending || s.Metered {
		t.Errorf("read %+v", s)
	}
	s.LockAfter = 0
	if err := k.Save(s); err != nil {
		t.Fatal(err)
	}
	if got := k.Load(); got.LockAfter != 0 || !got.LastBackup.IsZero() {
		t.Errorf("read again %+v", got)
	}
}

func TestSettingsThatCannotBeReadAreKeptAsideAndForgetNoReminder(t *testing.T) {
	for name, tc := range map[string]struct {
		file string
		lang string
	}{
		"half a file":              {`{"lang": "en", "key_pending": true, "lock_aft`, text.Italian},
		"an empty file":            {"", text.Italian},
		"a choice of another form": {`{"lang": "en", "lock_after": "never"}`, text.English},
	} {
		t.Run(name, func(t *testing.T) {
			k := &keeper{path: filepath.Join(t.TempDir(), "settings.json"), lang: text.Italian}
			if err := os.WriteFile(k.path, []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the window asks more than once
				if s := k.Load(); !s.KeyPending || s.Lang != tc.lang || s.LockAfter != 10 {
					t.Errorf("read %+v", s)
				}
			}
			kept, err := os.ReadFile(k.path + brokenEnding)
			if tc.file != "" && (err != nil || string(kept) != tc.file) {
				t.Errorf("kept aside: %q, %v", kept, err)
			}
			if err := k.Save(facilitator.DefaultSettings(text.English, text.Italian)); err != nil {
				t.Fatal(err)
			}
			if s := k.Load(); s.KeyPending || s.Lang != text.English {
				t.Errorf("written anew and read %+v", s)
			}
		})
	}
}

func TestSettingsOfANewDeskRemindOfNothing(t *testing.T) {
	k := &keeper{path: filepath.Join(t.TempDir(), "settings.json"), lang: text.Italian}
	if s := k.Load(); s.KeyPending {
		t.Errorf("read %+v", s)
	}
}

func TestSettingsAreNeverHalfWritten(t *testing.T) {
	k := &keeper{path: filepath.Join(t.TempDir(), "data", "settings.json"), lang: text.Italian}
	old := facilitator.DefaultSettings(text.Italian, text.Italian)
	old.KeyPending = true
	if err := k.Save(old); err != nil {
		t.Fatal(err)
	}
	before, err := os.Open(k.path)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	fresh := old
	fresh.Lang = text.English
	if err := k.Save(fresh); err != nil {
		t.Fatal(err)
	}
	was, err := io.ReadAll(before) // whoever had the old file has it whole: it was not written over
	if err != nil || !bytes.Contains(was, []byte(`"lang": "it"`)) || !json.Valid(was) {
		t.Errorf("the file from before holds %q, %v", was, err)
	}
	if s := k.Load(); !s.KeyPending || s.Lang != text.English {
		t.Errorf("read %+v", s)
	}
}

func TestADeskIsCopiedErasedAndProvedFromTheWindow(t *testing.T) {
	d := newDoors(t)
	s := newDesk(t, d)
	defer shut(t, s)
	ctx := t.Context()
	visit, err := s.Desk.OpenVisit(ctx, desk.Opening{Naming: desk.Unnamed})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Desk.CloseVisit(ctx, visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	today := s.Desk.Today()
	path, err := s.Backup(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	copied, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if _, err := journal.Restore(ctx, filepath.Join(t.TempDir(), "restored"), copied, journal.Options{}); err != nil {
		t.Errorf("the copy cannot be restored: %v", err)
	}
	if err := s.Eraser.Erase(ctx, visit); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Desk.Visit(visit); !errors.Is(err, desk.ErrNoVisit) {
		t.Errorf("the erased visit gives %v", err)
	}
	if got := s.Desk.Today(); !reflect.DeepEqual(got, today) {
		t.Errorf("today counts %+v after the erasure, before %+v", got, today)
	}
	p, pdf, err := s.Eraser.Proof(ctx, visit, text.Italian)
	if err != nil || p.Erasure == nil || p.Erasure.Visit != visit || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("the proof is %+v, %v", p.Erasure, err)
	}
}

func TestRetentionIsSetAndRunsFromTheWindow(t *testing.T) {
	s := newDesk(t, newDoors(t))
	defer shut(t, s)
	if days, err := s.Retention.Days(t.Context()); err != nil || days != journal.DefaultRetention {
		t.Errorf("contents are kept for %d days, %v", days, err)
	}
	if err := s.Retention.SetDays(t.Context(), 30); err != nil {
		t.Fatal(err)
	}
	if days, err := s.Retention.Days(t.Context()); err != nil || days != 30 {
		t.Errorf("contents are kept for %d days, %v", days, err)
	}
	if n, err := s.Retention.Run(t.Context()); err != nil || n != 0 {
		t.Errorf("erased %d visits, %v", n, err)
	}
}

func TestTheSheetOfARecoveryKeyIsAPaperForThePrinter(t *testing.T) {
	s := newDesk(t, newDoors(t))
	defer shut(t, s)
	groups, err := s.Recovery.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := s.RecoveryPaper(t.Context(), groups, text.Italian)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("the sheet begins %.4q, %v", pdf, err)
	}
}

func TestAFileThatIsNoPackIsRefusedInWords(t *testing.T) {
	s := newDesk(t, newDoors(t))
	defer shut(t, s)
	file := filepath.Join(t.TempDir(), "toscana.pacchetto")
	if err := os.WriteFile(file, []byte("non è un pacchetto"), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused *facilitator.PackError
	if err := s.InstallPack(t.Context(), file); !errors.As(err, &refused) || refused.Word == "" {
		t.Errorf("installing it gives %v", err)
	}
	if got := s.Content(); got.Version != 0 || got.Waiting != 0 {
		t.Errorf("the content is %+v", got)
	}
}
