package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"bottega/desk"
)

// spoilCopy changes one thing in the file of a journal that nobody has open.
func spoilCopy(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, _, err := openFile(path, path, cheap().LockWait)
	check(t, err)
	check(t, errors.Join(db.Update(change), db.Close()))
}

func TestACompactedCopyThatDiffersIsFoundOut(t *testing.T) {
	bucket := func(name string, change func(*bbolt.Bucket) error) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return change(tx.Bucket([]byte(name))) }
	}
	for name, spoil := range map[string]func(*bbolt.Tx) error{
		"the newest entry is missing": bucket(bucketEntries, func(b *bbolt.Bucket) error { return b.Delete(seqKey(20)) }),
		"an entry is missing":         bucket(bucketEntries, func(b *bbolt.Bucket) error { return b.Delete(seqKey(7)) }),
		"a bit of a content": bucket(bucketEntries, func(b *bbolt.Bucket) error {
			v := bytes.Clone(b.Get(seqKey(7)))
			v[len(v)-1] ^= 1
			return b.Put(seqKey(7), v)
		}),
		"a visit's key is missing": bucket(bucketKeys, func(b *bbolt.Bucket) error { return b.Delete(subkeyPlace("v2")) }),
		"a slot is missing": bucket(bucketSlots, func(b *bbolt.Bucket) error {
			k, _ := b.Cursor().First()
			return b.Delete(k)
		}),
		"a setting too many": bucket(bucketSettings, func(b *bbolt.Bucket) error { return b.Put([]byte("x"), []byte("y")) }),
		"a bucket is missing": func(tx *bbolt.Tx) error {
			return tx.DeleteBucket([]byte(bucketPeople))
		},
		"a bucket too many": func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("x"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 20)
			twin := filepath.Join(t.TempDir(), FileName)
			check(t, compactInto(twin, j.db, j.opts))
			j.mu.Lock()
			defer j.mu.Unlock()
			check(t, j.checkCopied(context.Background(), twin))
			spoilCopy(t, twin, spoil)
			if err := j.checkCopied(context.Background(), twin); !errors.Is(err, ErrCopyDiffers) {
				t.Errorf("told %v", err)
			}
		})
	}
}

func TestCompactingAJournalWithAFaultLeavesItAsItIs(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 20)
	check(t, j.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketEntries))
		r, err := decodeRecord(seqKey(9), b.Get(seqKey(9)))
		check(t, err)
		r.e.Prev[3] ^= 1
		return b.Put(seqKey(9), r.encode())
	}))
	before := raw(t, j)
	_, _, err := j.Compact(context.Background())
	var fault *Fault
	if !errors.As(err, &fault) || fault.Seq != 9 || errors.Is(err, ErrCopyDiffers) {
		t.Errorf("told %v", err)
	}
	if !bytes.Equal(raw(t, j), before) {
		t.Error("the file changed")
	}
	if left, err := os.ReadDir(j.Dir()); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	fill(t, j, 1) // and it still works
}

// inFolder reports whether the bytes stand in any file of a folder.
func inFolder(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	check(t, err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		check(t, err)
		if bytes.Contains(b, what) {
			return true
		}
	}
	return false
}

func TestWhatAKilledCopyLeftBehindHoldsNothingOfAnErasedVisit(t *testing.T) {
	for _, suffix := range []string{newSuffix, compactSuffix, restoreSuffix} {
		t.Run(suffix, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 50)
			left := traces(t, j, "v3")[2:]
			behind := filepath.Join(j.Dir(), FileName+suffix)
			check(t, compactInto(behind, j.db, j.opts)) // and here it was killed
			hardLink := filepath.Join(t.TempDir(), "link")
			check(t, os.Link(behind, hardLink))
			check(t, j.Close())
			j, err := Open(j.Dir(), cheap())
			check(t, err)
			defer func() { check(t, j.Close()) }()
			check(t, j.Unlock("MR", secret()))
			erase(t, j, "v3")
			for i, trace := range left {
				if inFolder(t, j.Dir(), trace) || inFolder(t, filepath.Dir(hardLink), trace) {
					t.Errorf("trace %d can still be read", i)
				}
			}
		})
	}
}

func TestTheFileThatACompactionLetsGoOfIsOverwritten(t *testing.T) {
	for name, compact := range map[string]func(j *Journal) error{
		"as this system does it": func(j *Journal) error {
			_, _, err := j.Compact(context.Background())
			return err
		},
		"as one does it that renames no open file": func(j *Journal) error {
			path := filepath.Join(j.dir, FileName)
			tmp := path + compactSuffix
			if err := compactInto(tmp, j.db, j.opts); err != nil {
				return err
			}
			return j.swapClosed(tmp, path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 50)
			link := filepath.Join(t.TempDir(), "link")
			check(t, os.Link(filepath.Join(j.Dir(), FileName), link))
			check(t, compact(j))
			b, err := os.ReadFile(link)
			check(t, err)
			if len(b) == 0 || len(bytes.Trim(b, "\x00")) != 0 {
				t.Error("the old file can still be read")
			}
			files, err := os.ReadDir(j.Dir())
			check(t, err)
			for _, f := range files {
				if strings.Contains(f.Name(), compactSuffix) {
					t.Errorf("%s is left behind", f.Name())
				}
			}
			fill(t, j, 1)
			_, err = j.SaveBackup(context.Background(), filepath.Join(t.TempDir(), "copia")) // which opens the file by its name once more
			check(t, err)
		})
	}
}

func TestAnotherProgramThatWaitsDuringACompactionWritesToTheNewFile(t *testing.T) {
	for range 5 {
		j := newJournal(t)
		fill(t, j, 20)
		patient := cheap()
		patient.LockWait = 30 * time.Second
		next := make(chan *Journal)
		go func() {
			other, err := Open(j.Dir(), patient)
			if err != nil {
				t.Error(err)
			}
			next <- other
		}()
		for range 4 { // one of them comes while the other waits
			_, _, err := j.Compact(context.Background())
			check(t, err)
		}
		check(t, j.Close())
		other := <-next
		if other == nil {
			return
		}
		check(t, other.Unlock("MR", secret()))
		fill(t, other, 1)
		check(t, other.Close())
		j, err := Open(j.Dir(), cheap())
		check(t, err)
		if s, err := j.State(); err != nil || s.Last != 21 {
			t.Errorf("what the other program wrote is lost: %+v, %v", s, err)
		}
		check(t, j.Close())
	}
}

func TestACompactionSaysSoWhenAnotherProgramTakesTheNewFileFirst(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 20)
	path := filepath.Join(j.Dir(), FileName)
	check(t, compactInto(path+compactSuffix, j.db, j.opts))
	other, _, err := openFile(path+compactSuffix, path, cheap().LockWait)
	check(t, err)
	j.mu.Lock()
	err = j.swapClosed(path+compactSuffix, path) // where both files are locked nobody is faster
	j.mu.Unlock()
	if !errors.Is(err, ErrInUse) {
		t.Errorf("told %v", err)
	}
	if _, err := j.Append(context.Background(), desk.Draft{Payload: desk.NoteAdded{Text: "x"}}); !errors.Is(err, ErrInUse) {
		t.Errorf("whoever goes on is told %v", err)
	}
	check(t, other.Close())
	check(t, j.Close())
	j, err = Open(j.Dir(), cheap())
	check(t, err)
	defer func() { check(t, j.Close()) }()
	if s, err := j.State(); err != nil || s.Last != 20 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestAJournalMadeMeanwhileIsNotReplaced(t *testing.T) {
	for name, giveName := range map[string]func(tmp, path string) error{
		"where there are links": becomeJournal,
		"where there are none":  renameTo,
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 3)
			path := filepath.Join(j.Dir(), FileName)
			check(t, os.WriteFile(path+restoreSuffix, []byte("un altro"), 0o600))
			if err := giveName(path+restoreSuffix, path); !errors.Is(err, ErrExists) {
				t.Errorf("told %v", err)
			}
			fill(t, j, 1)
			check(t, whole(context.Background(), j))
			if s, err := j.State(); err != nil || s.Last != 4 {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// lateBackup is a backup that takes long: meanwhile somebody sets up the desk.
type lateBackup struct {
	*bytes.Reader
	meanwhile func()
}

func (l *lateBackup) WriteTo(w io.Writer) (int64, error) {
	l.meanwhile()
	return l.Reader.WriteTo(w)
}

func TestRestoringDoesNotReplaceAJournalThatWasMadeMeanwhile(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 3)
	var backup bytes.Buffer
	_, err := j.Backup(context.Background(), &backup)
	check(t, err)
	dir := t.TempDir()
	late := &lateBackup{bytes.NewReader(backup.Bytes()), func() {
		made, err := Create(dir, NewFacilitator{Sigla: "GB"}, secret(), cheap())
		check(t, errors.Join(err, made.Close()))
	}}
	if _, err := Restore(context.Background(), dir, late, cheap()); !errors.Is(err, ErrExists) {
		t.Errorf("told %v", err)
	}
	made, err := Open(dir, cheap())
	check(t, err)
	defer func() { check(t, made.Close()) }()
	check(t, made.Unlock("GB", secret()))
}

func TestAComputerThatStoppedWhileAJournalGotItsNameLosesNothing(t *testing.T) {
	j := newJournal(t)
	fill(t, j, 3)
	check(t, j.Close())
	path := filepath.Join(j.Dir(), FileName)
	check(t, os.Link(path, path+restoreSuffix))
	j, err := Open(j.Dir(), cheap())
	check(t, err)
	defer func() { check(t, j.Close()) }()
	check(t, whole(context.Background(), j))
	if left, err := os.ReadDir(j.Dir()); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOfSeveralWhoSetUpADeskAtOnceOneHasIt(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		made := make(chan *Journal, 4)
		for n := range cap(made) {
			go func() {
				j, err := Create(dir, NewFacilitator{Sigla: fmt.Sprintf("F%d", n)}, secret(), cheap())
				if err != nil && !errors.Is(err, ErrExists) && !errors.Is(err, ErrInUse) {
					t.Error(err)
				}
				made <- j
			}()
		}
		var mine []*Journal
		for range cap(made) {
			if j := <-made; j != nil {
				mine = append(mine, j)
			}
		}
		if len(mine) > 1 {
			t.Fatalf("%d have it", len(mine))
		}
		for _, j := range mine { // it may be that nobody has: then all were told to look again
			fill(t, j, 3)
			check(t, whole(context.Background(), j))
			check(t, j.Close())
		}
	}
}
