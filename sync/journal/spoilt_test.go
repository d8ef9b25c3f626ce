package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/desk"
)

// A disk may flip a bit, tear a page, or lose the end of a file. Whatever it did: either it is found out, by opening, unlocking or
// verifying, and named as damage; or everything that can be read is as it was written. The small size tries a sample of places with
// the same seed each time, the full one (whenever BOTTEGA_SOAK is set) every page and many more places.

// aLife is a journal with something in every bucket, entries enough for pages of every sort, and pages of several ages.
func aLife(t *testing.T) (file []byte, want string) {
	t.Helper()
	j := newJournal(t)
	ctx := context.Background()
	fill(t, j, 120)
	for n := range 6 {
		_, err := j.Append(ctx, desk.Draft{Visit: fmt.Sprintf("v%d", n%5), Payload: desk.VisitNamed{Person: desk.Person{FiscalCode: fmt.Sprintf("CODE%d", n)}}})
		check(t, err)
	}
	_, err := j.AddFacilitator(ctx, NewFacilitator{Sigla: "GB", Name: "Gino"}, secret())
	check(t, err)
	check(t, j.SaveIdentity(ctx, bytes.Repeat([]byte("identità "), 200)))
	check(t, j.SetRetentionDays(ctx, 77))
	s, err := j.State()
	check(t, err)
	check(t, j.Acknowledge(ctx, s.Epoch.ID, 100))
	check(t, j.Keep(ctx, []desk.Reply{{Number: 9, Kind: desk.ActivationConfirmed, At: time.Unix(1e9, 0)}}))
	_, err = j.NewRecoveryKey(ctx)
	check(t, err)
	check(t, j.RememberOn(ctx, deafRing{}))
	_, err = j.Append(ctx, desk.Draft{Visit: "gone", Payload: desk.NoteAdded{Text: "per poco"}})
	check(t, err)
	erase(t, j, "gone")
	fill(t, j, 30)
	check(t, j.Close())
	file = raw(t, j)
	want, err = everything(j.Dir())
	check(t, err)
	return file, want
}

// deafRing takes every secret and keeps none.
type deafRing struct{ Keyring }

func (deafRing) Set(context.Context, string, string, []byte) error { return nil }

// everything is all that a program can read of a journal, once it was opened, verified locked and unlocked.
func everything(dir string) (all string, err error) {
	j, err := Open(dir, Options{Params: cheap().Params, LockWait: cheap().LockWait, Clock: desk.ClockFunc(func() time.Time { return time.Unix(3e9, 0) })})
	if err != nil {
		return "", err
	}
	defer j.Close() //nolint:errcheck // a damaged file may refuse that too
	ctx := context.Background()
	tell := func(what any, err2 error) {
		all += fmt.Sprintf("%+v\n", what)
		err = errors.Join(err, err2)
	}
	if err := whole(ctx, j); err != nil {
		return "", err
	}
	if err := j.Unlock("MR", secret()); err != nil {
		return "", err
	}
	if err := whole(ctx, j); err != nil {
		return "", err
	}
	tell(j.Facilitators())
	tell(j.State())
	tell(j.LoadIdentity(ctx))
	tell(j.RetentionDays(ctx))
	tell(j.AckedBy(time.Unix(3e9, 0)))
	tell(j.id())
	tell(j.Remembered("MR"), nil)
	has, made, err2 := j.HasRecoveryKey()
	tell(fmt.Sprint(has, made), err2)
	for n := range 6 {
		visits, err := j.Visits(ctx, fmt.Sprintf("CODE%d", n))
		slices.Sort(visits)
		tell(visits, err)
	}
	tell(j.ErasureProof(ctx, "gone"))
	tell(j.Batch(ctx, nil, 1, 1000, 1<<30))
	return all, err
}

func whole(ctx context.Context, j *Journal) error {
	r, err := j.Verify(ctx)
	if err == nil && r.Fault != nil {
		return r.Fault
	}
	return err
}

// judge spoils a copy of the file and says whether it was found out. Anything but damage clearly named, or everything as it was, fails.
func judge(t *testing.T, where string, spoilt []byte, want string) (found bool) {
	t.Helper()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, FileName), spoilt, 0o600))
	got, err := everything(dir)
	check(t, os.RemoveAll(dir))
	switch {
	case err == nil && got != want:
		t.Fatalf("%s: nobody noticed. %s", where, difference(got, want))
	case err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer):
		t.Fatalf("%s: it was told as %v", where, err)
	}
	return err != nil
}

// difference is the first line that is another one.
func difference(got, want string) string {
	is, should := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(is), len(should)) {
		if is[i] != should[i] {
			return fmt.Sprintf("It reads\n%s\nand was\n%s", is[i], should[i])
		}
	}
	return "It reads more or less than was written"
}

// used is how much of the file is not only room to grow.
func used(file []byte) int { return len(bytes.TrimRight(file, "\x00")) }

func TestFlippedBitInAnyRegionIsFoundOutOrHarmless(t *testing.T) {
	file, want := aLife(t)
	page, random := os.Getpagesize(), rand.New(rand.NewPCG(1, 2))
	perPage := 8
	if soak() {
		perPage = 200
	}
	found, tried := 0, 0
	for start := 0; start < used(file); start += page {
		for i := range perPage {
			at := start + random.IntN(page)
			if i < 2 { // where the header of a page and its first elements stand
				at = start + random.IntN(48)
			}
			bit := byte(1) << random.IntN(8)
			spoilt := bytes.Clone(file)
			spoilt[at] ^= bit
			tried++
			if judge(t, fmt.Sprintf("page %d, byte %d, bit %08b", at/page, at%page, bit), spoilt, want) {
				found++
			}
		}
	}
	t.Logf("%d of %d flips were found out, the others were in no use", found, tried)
	if found < tried/10 {
		t.Error("that is too few for a file that holds so much")
	}
}

// A write that was torn leaves sectors of 512 bytes of the new page and of what stood there before: zeros, or an older page.
func TestTornPageIsFoundOutOrHarmless(t *testing.T) {
	file, want := aLife(t)
	page, random := os.Getpagesize(), rand.New(rand.NewPCG(3, 4))
	const sector = 512
	found, tried := 0, 0
	every := 3
	if soak() {
		every = 1
	}
	pages := used(file) / page
	for n := 0; n <= pages; n += every {
		for _, old := range [][]byte{make([]byte, page), file[random.IntN(pages)*page:][:page]} {
			cut := sector * (1 + random.IntN(page/sector-1))
			spoilt := bytes.Clone(file)
			copy(spoilt[n*page+cut:(n+1)*page], old[cut:])
			tried++
			if judge(t, fmt.Sprintf("page %d torn at %d", n, cut), spoilt, want) {
				found++
			}
		}
	}
	t.Logf("%d of %d torn pages were found out, the others were in no use", found, tried)
}

func TestTruncatedFileIsFoundOutOrHarmless(t *testing.T) {
	file, want := aLife(t)
	random := rand.New(rand.NewPCG(5, 6))
	lengths := []int{0, 1, 100, os.Getpagesize() - 1, os.Getpagesize(), 2 * os.Getpagesize(), 3*os.Getpagesize() + 17, used(file) - 1, len(file) - 1}
	more := 20
	if soak() {
		more = 2000
	}
	for range more {
		lengths = append(lengths, random.IntN(len(file)))
	}
	for _, n := range lengths {
		found := judge(t, fmt.Sprintf("cut to %d of %d bytes", n, len(file)), file[:n], want)
		if n < used(file)/2 && !found {
			t.Errorf("cut to %d of %d bytes, and all is well?", n, len(file))
		}
	}
}

// bbolt passes over a spoilt head in silence and shows the commit before.
func TestFlippedBitInAHeadOfTheFileIsSaid(t *testing.T) {
	file, _ := aLife(t)
	for head := range 2 {
		spoilt := bytes.Clone(file)
		spoilt[head*os.Getpagesize()+60] ^= 1
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, FileName), spoilt, 0o600))
		_, err := everything(dir)
		var f *Fault
		if !errors.As(err, &f) || f.Kind != FaultHead {
			t.Errorf("head %d: %v", head, err)
		}
	}
}

// A compacted copy has two sound heads.
func TestCompactingAtOnceForgetsNoSpoiltHead(t *testing.T) {
	file, _ := aLife(t)
	file[60] ^= 1
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, FileName), file, 0o600))
	j, err := Open(dir, cheap())
	check(t, err)
	_, _, err = j.Compact(context.Background())
	check(t, errors.Join(err, j.Close()))
	j, err = Open(dir, cheap())
	check(t, err)
	if s, err := j.State(); err != nil || !s.HeadLost {
		t.Errorf("%+v, %v", s, err)
	}
	check(t, j.Close())
}

// soak asks for the full size.
func soak() bool { return os.Getenv("BOTTEGA_SOAK") != "" }
