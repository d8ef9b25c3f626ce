package journal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/desk"
)

// withoutOverwriting gives a journal a disk that takes commits and lets no free page be overwritten, until it is called.
func withoutOverwriting(t *testing.T, j *Journal) (again func()) {
	t.Helper()
	readOnly, err := os.Open(filepath.Join(j.Dir(), FileName))
	check(t, err)
	t.Cleanup(func() { check(t, readOnly.Close()) })
	file := j.file
	j.file = readOnly
	return func() { j.file = file }
}

func wantTraces(t *testing.T, j *Journal, left bool) {
	t.Helper()
	if s, err := j.State(); err != nil || s.TracesLeft != left {
		t.Errorf("traces are left: %t, want %t: %v", s.TracesLeft, left, err)
	}
}

func TestWhatWasCommittedIsDoneThoughItsTracesAreLeft(t *testing.T) {
	ctx := context.Background()
	for name, do := range map[string]func(*testing.T, *Journal){
		"a new recovery key is handed out, and opens": func(t *testing.T, j *Journal) {
			k, err := j.NewRecoveryKey(ctx)
			check(t, err)
			check(t, j.Recover(ctx, k, "MR", []byte("una frase nuova")))
			if j.Locked() {
				t.Error("recovering did not unlock")
			}
		},
		"the new passphrase opens": func(t *testing.T, j *Journal) {
			check(t, j.ChangePassphrase(ctx, []byte("una frase nuova")))
		},
		"a facilitator is gone": func(t *testing.T, j *Journal) {
			_, err := j.AddFacilitator(ctx, NewFacilitator{Sigla: "GB"}, secret())
			check(t, err)
			check(t, j.RemoveFacilitator(ctx, "GB"))
		},
		"the keyring's secret is good": func(t *testing.T, j *Journal) {
			check(t, j.RememberOn(ctx, deafRing{}))
		},
		"a setting is gone": func(t *testing.T, j *Journal) {
			check(t, j.SetSetting(ctx, "x", []byte("y")))
			check(t, j.DeleteSetting(ctx, "x"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			again := withoutOverwriting(t, j)
			do(t, j)
			wantTraces(t, j, true)
			again()
			j.Lock()
			err := j.Unlock("MR", []byte("una frase nuova"))
			if err != nil {
				j.opts.Clock = desk.ClockFunc(func() time.Time { return time.Now().Add(time.Hour) }) // until the next try
				check(t, j.Unlock("MR", secret()))
			}
			wantTraces(t, j, false) // the unlocking tried again
			check(t, whole(ctx, j))
		})
	}
}

func TestAnErasureWhoseTracesAreLeftReturnsItsEntriesAndSaysSo(t *testing.T) {
	for name, finish := range map[string]func(*testing.T, *Journal) *Journal{
		"until the next start": func(t *testing.T, j *Journal) *Journal {
			check(t, j.Close())
			j, err := Open(j.Dir(), cheap())
			check(t, err)
			t.Cleanup(func() { check(t, j.Close()) })
			return j
		},
		"until the next erasure": func(t *testing.T, j *Journal) *Journal { erase(t, j, "v1"); return j },
		"until it is compacted": func(t *testing.T, j *Journal) *Journal {
			_, _, err := j.Compact(context.Background())
			check(t, err)
			return j
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			fill(t, j, 50)
			left := traces(t, j, "v3")[2:]
			again := withoutOverwriting(t, j)
			entries, err := j.Erase(context.Background(), desk.VisitErased{Visit: "v3"})
			if !errors.Is(err, ErrTracesLeft) || len(entries) != 1 {
				t.Errorf("returned %d entries and %v", len(entries), err)
			}
			wantTraces(t, j, true)
			if !bytes.Contains(raw(t, j), left[0]) {
				t.Error("nothing is left to be overwritten")
			}
			again()
			j = finish(t, j)
			wantTraces(t, j, false)
			wantGone(t, j, left)
		})
	}
}

func TestATryThatOverlapsAChangeBringsNoSlotBack(t *testing.T) {
	ctx := context.Background()
	for name, tc := range map[string]struct {
		change func(*Journal) error
		opens  []byte // the passphrase of GB afterwards; nil where there is no GB
	}{
		"a removal": {func(j *Journal) error { return j.RemoveFacilitator(ctx, "GB") }, nil},
		"a new passphrase": {func(j *Journal) error {
			return errors.Join(j.Unlock("GB", secret()), j.ChangePassphrase(ctx, []byte("una frase nuova")))
		}, []byte("una frase nuova")},
		"a recovery": {func(j *Journal) error {
			k, err := j.NewRecoveryKey(ctx)
			return errors.Join(err, j.Recover(ctx, k, "GB", []byte("una frase nuova")))
		}, []byte("una frase nuova")},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJournal(t)
			_, err := j.AddFacilitator(ctx, NewFacilitator{Sigla: "GB", Name: "Gino"}, secret())
			check(t, err)
			id, before, err := j.findSlot("GB") // the try has read the slot
			check(t, err)
			check(t, tc.change(j))
			before.Wrong, before.LastTry = 0, time.Time{}
			j.countTry(id, before)
			_, _, err = j.findSlot("GB")
			if tc.opens == nil {
				if !errors.Is(err, ErrUnknownFacilitator) {
					t.Errorf("back again: %v", err)
				}
			} else if err := j.Unlock("GB", tc.opens); err != nil {
				t.Errorf("the new passphrase is lost: %v", err)
			}
			check(t, whole(ctx, j))
		})
	}
}
