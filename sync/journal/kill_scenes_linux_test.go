package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
)

// scene is one thing that a desk does while the computer is switched off at the plug.
type scene struct {
	// prepare lays the folder as it is before; act is done in a process of its own, which says what returned.
	prepare func(t *testing.T, dir string)
	act     func(dir string, say func(said)) error
	// check looks at the folder afterwards. Nothing that was said may be lost.
	check func(t *testing.T, dir string, heard []said)
}

func scenes() map[string]scene {
	return map[string]scene{
		"append":               {someVisits, actAppend, checkAppend},
		"erase":                {someVisits, actErase, checkErase},
		"compact":              {someVisits, actCompact, checkUnchanged},
		"append after compact": {someVisits, actAppendAfterCompact, checkAppend},
		"backup":               {someVisits, actBackup, checkBackup},
		"acknowledge":          {someVisits, actAcknowledge, checkAcknowledge},
		"retention":            {someVisits, actRetention, checkRetention},
		"upgrade":              {oldFormat, actUpgrade, checkUpgrade},
		"create":               {nothingYet, actCreate, checkCreate},
		"restore":              {aBackup, actRestore, checkRestore},
		"passphrase":           {someVisits, actPassphrase, checkPassphrase},
		"new key":              {aKeyOnPaper, actNewKey, checkNewKey},
		"recover":              {aKeyOnPaper, actRecover, checkRecover},
	}
}

// --- The folders before.

func nothingYet(*testing.T, string) {}

func someVisits(t *testing.T, dir string) {
	t.Helper()
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: sigla, Name: fullName}, passphrase(), options(nil))
	must(t, err)
	for n := range 40 {
		note(t, j, "v"+strconv.Itoa(n%4), strings.Repeat("una nota lunga ", 30))
	}
	must(t, j.Close())
}

func oldFormat(t *testing.T, dir string) {
	t.Helper()
	_, from := thaw(t, 1)
	must(t, os.CopyFS(dir, os.DirFS(from)))
}

func aBackup(t *testing.T, dir string) {
	t.Helper()
	someVisits(t, dir)
	_, err := journal.SaveBackup(context.Background(), dir, filepath.Join(dir, "copia"), options(nil))
	must(t, err)
}

func aKeyOnPaper(t *testing.T, dir string) {
	t.Helper()
	someVisits(t, dir)
	j := open(t, dir, nil)
	must(t, os.WriteFile(filepath.Join(dir, "carta"), []byte(printed(t, j)), 0o600))
	must(t, j.Close())
}

// --- What is done in the child.

func unlocked(dir string, do func(*journal.Journal) error) error {
	j, err := journal.Open(dir, options(nil))
	if err != nil {
		return err
	}
	if err := j.Unlock(sigla, passphrase()); err != nil {
		return err
	}
	return errors.Join(do(j), j.Close())
}

func actAppend(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		for n := range 3 {
			draft := desk.Draft{Visit: "new" + strconv.Itoa(n), Payload: desk.NoteAdded{Text: "1 di 2"}}
			second := desk.Draft{Visit: "v1", Payload: desk.NoteAdded{Text: "2 di 2"}}
			entries, err := j.Append(context.Background(), draft, second)
			if err != nil {
				return err
			}
			say(said{Entries: entries})
		}
		return nil
	})
}

func actErase(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		for _, visit := range []string{"v1", "v3"} {
			if err := eraseErr(j, visit); err != nil {
				return err
			}
			say(said{Erased: visit})
		}
		return nil
	})
}

func actCompact(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		_, _, err := j.Compact(context.Background())
		say(said{Done: "compact"})
		return err
	})
}

func actAppendAfterCompact(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		if _, _, err := j.Compact(context.Background()); err != nil {
			return err
		}
		draft := desk.Draft{Visit: "v1", Payload: desk.NoteAdded{Text: "dopo"}}
		entries, err := j.Append(context.Background(), draft, draft)
		say(said{Entries: entries})
		return err
	})
}

func actBackup(dir string, say func(said)) error {
	_, err := journal.SaveBackup(context.Background(), dir, filepath.Join(dir, "copia"), options(nil))
	say(said{Done: "backup"})
	return err
}

func actAcknowledge(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		s, err := j.State()
		if err != nil {
			return err
		}
		for _, seq := range []uint64{10, 20} {
			if err := j.Acknowledge(context.Background(), s.Epoch.ID, seq); err != nil {
				return err
			}
			say(said{Done: strconv.FormatUint(seq, 10)})
		}
		return nil
	})
}

func actRetention(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		err := j.SetRetentionDays(context.Background(), 90)
		say(said{Done: "90"})
		return err
	})
}

func actUpgrade(dir string, say func(said)) error {
	j, err := journal.Open(dir, options(nil))
	if err != nil {
		return err
	}
	say(said{Done: "upgrade"})
	return j.Close()
}

func actCreate(dir string, say func(said)) error {
	j, err := journal.Create(filepath.Join(dir, "nuova"), journal.NewFacilitator{Sigla: sigla}, passphrase(), options(nil))
	if err != nil {
		return err
	}
	say(said{Done: "create"})
	return j.Close()
}

func actRestore(dir string, say func(said)) error {
	f, err := os.Open(filepath.Join(dir, "copia"))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	if _, err := journal.Restore(context.Background(), filepath.Join(dir, "nuova"), f, options(nil)); err != nil {
		return err
	}
	say(said{Done: "restore"})
	return nil
}

func actPassphrase(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		err := j.ChangePassphrase(context.Background(), newPassphrase())
		say(said{Done: "passphrase"})
		return err
	})
}

func actNewKey(dir string, say func(said)) error {
	return unlocked(dir, func(j *journal.Journal) error {
		k, err := j.NewRecoveryKey(context.Background())
		if err != nil {
			return err
		}
		say(said{Done: string(k.Groups())})
		return nil
	})
}

func actRecover(dir string, say func(said)) error {
	paper, err := os.ReadFile(filepath.Join(dir, "carta"))
	if err != nil {
		return err
	}
	k, err := journal.ParseRecoveryKey(paper)
	if err != nil {
		return err
	}
	j, err := journal.Open(dir, options(nil))
	if err != nil {
		return err
	}
	if err := j.Recover(context.Background(), k, sigla, newPassphrase()); err != nil {
		return err
	}
	say(said{Done: "recover"})
	return j.Close()
}

// --- What must hold afterwards.

// tomorrow is late enough for whoever was killed while a passphrase was tried: a try is counted before it is made.
func tomorrow() *clock { return &clock{now: time.Now().Add(24 * time.Hour)} }

// opened opens the journal of a folder, with no passphrase, and follows it whole.
func opened(t *testing.T, dir string, c *clock) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, options(c))
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	verified(t, j)
	return j
}

func withPassphrase(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j := opened(t, dir, tomorrow())
	must(t, j.Unlock(sigla, passphrase()))
	verified(t, j)
	return j
}

// last is what was said last, empty if nothing was.
func last(heard []said) string {
	if len(heard) < 2 {
		return ""
	}
	return heard[len(heard)-1].Done
}

func checkAppend(t *testing.T, dir string, heard []said) {
	t.Helper()
	j := withPassphrase(t, dir)
	all := readAll(t, j)
	if len(all)%2 != 0 {
		t.Errorf("%d entries: half of what was appended together", len(all))
	}
	for _, s := range heard {
		for _, e := range s.Entries {
			if int(e.Seq) > len(all) || all[e.Seq-1].ID != e.ID || string(all[e.Seq-1].Payload) != string(e.Payload) {
				t.Errorf("entry %d was acknowledged and is lost", e.Seq)
			}
		}
	}
	note(t, j, "v1", "si va avanti")
}

func checkErase(t *testing.T, dir string, heard []said) {
	t.Helper()
	j := withPassphrase(t, dir)
	gone := map[string]int{}
	for _, e := range readAll(t, j)[:40] {
		if e.Payload == nil {
			gone[e.Visit]++
		}
	}
	for visit, n := range gone {
		if _, err := j.ErasureProof(context.Background(), visit); n != 10 || err != nil {
			t.Errorf("of visit %s %d entries are gone: %v", visit, n, err)
		}
	}
	for _, s := range heard {
		if s.Erased != "" && gone[s.Erased] == 0 {
			t.Errorf("visit %s was said to be erased", s.Erased)
		}
	}
}

func checkUnchanged(t *testing.T, dir string, _ []said) {
	t.Helper()
	j := withPassphrase(t, dir)
	if r := verified(t, j); r.Opened != 40 {
		t.Errorf("report %+v", r)
	}
	_, _, err := j.Compact(context.Background()) // over what was left behind
	must(t, err)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func checkBackup(t *testing.T, dir string, heard []said) {
	t.Helper()
	withPassphrase(t, dir)
	f, err := os.Open(filepath.Join(dir, "copia"))
	if err != nil {
		if last(heard) != "" {
			t.Errorf("said to be made: %v", err)
		}
		return
	}
	defer f.Close()
	r, err := journal.Restore(context.Background(), filepath.Join(dir, "nuova"), f, options(nil))
	if err != nil || r.Entries != 40 {
		t.Errorf("what bears the name is no backup: %+v, %v", r, err)
	}
}

func checkAcknowledge(t *testing.T, dir string, heard []said) {
	t.Helper()
	s, err := withPassphrase(t, dir).State()
	must(t, err)
	if want, _ := strconv.Atoi(last(heard)); s.Acked < uint64(want) || s.Acked%10 != 0 {
		t.Errorf("acknowledged %d", s.Acked)
	}
}

func checkRetention(t *testing.T, dir string, heard []said) {
	t.Helper()
	days, err := withPassphrase(t, dir).RetentionDays(context.Background())
	must(t, err)
	if days != 90 && (days != journal.DefaultRetention || last(heard) != "") {
		t.Errorf("%d days", days)
	}
}

func checkUpgrade(t *testing.T, dir string, _ []said) {
	t.Helper()
	var want frozen
	b, err := os.ReadFile(frozenName(1, "json"))
	must(t, err)
	must(t, json.Unmarshal(b, &want))
	j := withPassphrase(t, dir)
	if got := describe(t, j); !reflect.DeepEqual(inJSON(t, got.Entries), inJSON(t, want.Entries)) || got.Identity != want.Identity {
		t.Error("it is not the journal that it was")
	}
}

func checkCreate(t *testing.T, dir string, heard []said) {
	t.Helper()
	dir = filepath.Join(dir, "nuova")
	j, err := journal.Open(dir, options(nil))
	if errors.Is(err, journal.ErrNone) && last(heard) == "" {
		j, err = journal.Create(dir, journal.NewFacilitator{Sigla: sigla}, passphrase(), options(nil))
	}
	must(t, err)
	must(t, j.Close())
	note(t, withPassphrase(t, dir), "v", "prima")
}

func checkRestore(t *testing.T, dir string, heard []said) {
	t.Helper()
	restored := filepath.Join(dir, "nuova")
	if _, err := os.Stat(filepath.Join(restored, journal.FileName)); err != nil {
		if last(heard) != "" {
			t.Fatalf("said to be restored: %v", err)
		}
		must(t, actRestore(dir, func(said) {}))
	}
	s, err := withPassphrase(t, restored).State()
	must(t, err)
	was, err := withPassphrase(t, dir).State()
	must(t, err)
	if s.Last != 40 || s.Epoch.ID == was.Epoch.ID {
		t.Errorf("restored at %+v", s)
	}
}

// opens says which of the two passphrases opens.
func opens(t *testing.T, j *journal.Journal, c *clock) string {
	t.Helper()
	if err := j.Unlock(sigla, newPassphrase()); err == nil {
		return "new"
	}
	c.add(time.Hour) // until the next try
	must(t, j.Unlock(sigla, passphrase()))
	verified(t, j)
	return "old"
}

func checkPassphrase(t *testing.T, dir string, heard []said) {
	t.Helper()
	c := tomorrow()
	if got := opens(t, opened(t, dir, c), c); got != "new" && last(heard) != "" {
		t.Errorf("the %s passphrase opens", got)
	}
}

func checkNewKey(t *testing.T, dir string, heard []said) {
	t.Helper()
	j := withPassphrase(t, dir)
	if has, _, err := j.HasRecoveryKey(); !has || err != nil {
		t.Errorf("no key is valid: %v", err)
	}
	if paper := last(heard); paper != "" {
		must(t, recoverWith(t, j, paper, sigla, newPassphrase()))
	}
}

func checkRecover(t *testing.T, dir string, heard []said) {
	t.Helper()
	c := tomorrow()
	j := opened(t, dir, c)
	has, _, err := j.HasRecoveryKey()
	must(t, err)
	got := opens(t, j, c)
	if has != (got == "old") || last(heard) != "" && has {
		t.Errorf("the %s passphrase opens, the key is valid: %t", got, has)
	}
}
