package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bottega/desk"
	"bottega/sync/journal"
)

// A full or read-only disk is met by a child process, which takes its own room away (a limit on file sizes), gives up its own rights
// (root is stopped by no permission), or gets a small disk of its own where the system lets it have one.
func roles() map[string]func(dir string) error {
	all := map[string]func(string) error{
		"":           busyDesk,
		"no room":    deskWithoutRoom,
		"small disk": deskOnASmallDisk,
		"no rights":  deskWithoutRights,
		"upgrade":    upgradeWithoutRoom,
		"unsure":     deskOnAnUnsureDisk,
	}
	for name, s := range scenes() {
		all[scenePrefix+name] = s.play
	}
	return all
}

// scenePrefix tells the scenes of TestKillAtEverySystemCallThatWrites from the other roles.
const scenePrefix = "scene "

func runRole(t *testing.T, role, dir string, attr *syscall.SysProcAttr) error {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+dir, childRole+"="+role)
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == exitNoMounts {
		return errNoMounts
	}
	if errors.As(err, &ended) {
		t.Fatalf("the desk with %s: %s", role, out)
	}
	if len(out) > 0 {
		t.Logf("%s", out)
	}
	return err
}

func TestFullDiskIsSaidClearlyAndLosesNothing(t *testing.T) {
	j := create(t, nil)
	note(t, j, "v", "prima")
	must(t, j.Close())
	must(t, runRole(t, "no room", j.Dir(), nil))
	j = open(t, j.Dir(), nil)
	if all := readAll(t, j); string(all[0].Payload) != `{"text":"prima"}` || string(all[len(all)-1].Payload) != `{"text":"di nuovo"}` {
		t.Errorf("read %d entries", len(all))
	}
	verified(t, j)
}

func TestFullDiskOfItsOwn(t *testing.T) {
	own := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		own.Cloneflags |= syscall.CLONE_NEWUSER
		own.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		own.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	err := runRole(t, "small disk", t.TempDir(), own)
	if errors.Is(err, errNoMounts) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		if soak() {
			t.Fatalf("at full size there must be a small disk: %v", err)
		}
		t.Logf("not tried, for want of a small disk: %v", err)
		return
	}
	must(t, err)
}

// slowStick takes nothing of a backup before work has gone on.
type slowStick struct {
	once     sync.Once
	workGoes func()
	file     bytes.Buffer
}

func (s *slowStick) Write(p []byte) (int, error) {
	s.once.Do(s.workGoes)
	return s.file.Write(p)
}

func TestWorkGoesOnWhileASlowDiskTakesABackup(t *testing.T) {
	j := create(t, nil)
	note(t, j, "v", "prima")
	stick := &slowStick{workGoes: func() {
		done := make(chan struct{})
		go func() { // far more than the file had room for
			defer close(done)
			for range 50 {
				if _, err := j.Append(context.Background(), desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: strings.Repeat("x", 60000)}}); err != nil {
					t.Error(err)
				}
			}
		}()
		<-done
	}}
	_, err := j.Backup(context.Background(), stick)
	must(t, err)
	r, err := journal.Restore(context.Background(), filepath.Join(t.TempDir(), "altra"), &stick.file, options(nil))
	must(t, err)
	if r.Entries != 1 {
		t.Errorf("the backup has %d entries, and one was there when it began", r.Entries)
	}
	if r := verified(t, j); r.Entries != 51 {
		t.Errorf("%d entries", r.Entries)
	}
}

// deskWithoutRoom limits the size of files, fills what is left, and goes on when the limit is lifted.
func deskWithoutRoom(dir string) error {
	j, err := journal.Open(dir, options(nil))
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // the parent looks at the file
	if err := j.Unlock(sigla, passphrase()); err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(dir, journal.FileName))
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	tight := syscall.Rlimit{Cur: uint64(info.Size()), Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight); err != nil {
		return err
	}
	return fillUp(j, dir, func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) })
}

func TestFullDiskLeavesAnOlderFormatAsItWas(t *testing.T) {
	want, dir := thaw(t, 1)
	must(t, runRole(t, "upgrade", dir, nil))
	sameParts(t, describe(t, open(t, dir, tomorrow())), want)
}

// upgradeWithoutRoom may not write at all, and opens a journal of format 1.
func upgradeWithoutRoom(dir string) error {
	before, err := os.ReadFile(filepath.Join(dir, journal.FileName))
	if err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 0, Max: 0}); err != nil {
		return err
	}
	if _, err := journal.Open(dir, options(nil)); !errors.Is(err, journal.ErrDiskFull) {
		return fmt.Errorf("opening was told: %w", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, journal.FileName))
	if err != nil || !bytes.Equal(before, after) {
		return errors.Join(errors.New("the file changed"), err)
	}
	return nil
}

// deskOnASmallDisk runs in a mount namespace of its own.
func deskOnASmallDisk(dir string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return errors.Join(errNoMounts, err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=256k"); err != nil {
		return errors.Join(errNoMounts, err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 64<<10), 0o600); err != nil {
		return err
	}
	j, err := journal.Create(filepath.Join(dir, "dati"), journal.NewFacilitator{Sigla: sigla}, passphrase(), options(nil))
	if err != nil {
		return err
	}
	if err := fillUp(j, dir, func() error { return os.Remove(ballast) }); err != nil {
		return err
	}
	if err := j.Close(); err != nil {
		return err
	}
	if j, err = journal.Open(filepath.Join(dir, "dati"), options(nil)); err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // gone with the disk
	if err := j.Unlock(sigla, passphrase()); err != nil {
		return err
	}
	return whole(j, 0)
}

// fillUp appends until the disk is full, sees that the journal still works, makes room and goes on. What else a desk does is tried in a
// folder on that disk.
func fillUp(j *journal.Journal, disk string, makeRoom func() error) error {
	ctx := context.Background()
	draft := func(text string) desk.Draft { return desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: text}} }
	for _, visit := range []string{"w1", "w2"} {
		if _, err := j.Append(ctx, desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: strings.Repeat("y", 2000)}}); err != nil {
			return err
		}
	}
	s, err := j.State()
	if err != nil {
		return err
	}
	written := s.Last
	for {
		entries, err := j.Append(ctx, draft(strings.Repeat("x", 3000)), draft("due"))
		if errors.Is(err, journal.ErrDiskFull) {
			break
		}
		if err != nil {
			return fmt.Errorf("a full disk was called: %w", err)
		}
		written = entries[1].Seq
		if written > 10000 {
			return errors.New("the disk never filled up")
		}
	}
	for range 3 {
		if _, err := j.Append(ctx, draft(strings.Repeat("x", 30000))); !errors.Is(err, journal.ErrDiskFull) {
			return fmt.Errorf("still full, and told: %w", err)
		}
	}
	j.Lock()
	if err := j.Unlock(sigla, passphrase()); err != nil {
		return fmt.Errorf("a full disk keeps the facilitator out: %w", err)
	}
	if err := whole(j, written); err != nil {
		return err
	}
	if written, err = crowded(j, filepath.Join(disk, "altra"), written); err != nil {
		return err
	}
	if err := makeRoom(); err != nil {
		return err
	}
	if _, err := j.Append(ctx, draft("di nuovo")); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	return whole(j, written+1)
}

// crowded does what needs room where there is none: each is done as ever, or told as a full disk and leaves nothing behind, and the journal
// is as whole as before. It returns the last entry.
func crowded(j *journal.Journal, other string, written uint64) (uint64, error) {
	ctx := context.Background()
	var backup bytes.Buffer
	if _, err := j.Backup(ctx, &backup); err != nil {
		return 0, fmt.Errorf("backing up to elsewhere: %w", err)
	}
	erased := func(visit string) func() error {
		return func() error {
			entries, err := j.Erase(ctx, desk.VisitErased{Visit: visit})
			written += uint64(len(entries))
			return err
		}
	}
	for _, try := range []struct {
		what string
		do   func() error
	}{
		{"erasing", erased("w1")},
		{"compacting", func() error { _, _, err := j.Compact(ctx); return err }},
		{"erasing again", erased("w2")},
		{"backing up", func() error { _, err := j.SaveBackup(ctx, other); return err }},
		{"creating", func() error { return createIn(other) }},
		{"restoring", func() error {
			_, err := journal.Restore(ctx, other, bytes.NewReader(backup.Bytes()), options(nil))
			return err
		}},
	} {
		err := try.do()
		if err != nil && !errors.Is(err, journal.ErrDiskFull) && !errors.Is(err, journal.ErrTracesLeft) {
			return 0, fmt.Errorf("%s was told: %w", try.what, err)
		}
		fmt.Printf("%s: %v\n", try.what, err)
		if err := whole(j, written); err != nil {
			return 0, fmt.Errorf("after %s: %w", try.what, err)
		}
		if err := nothingIn(other, err); err != nil {
			return 0, fmt.Errorf("after %s: %w", try.what, err)
		}
	}
	return written, nil
}

// nothingIn removes what was made, and wants no file where it failed.
func nothingIn(other string, failed error) error {
	if failed != nil {
		files, err := filepath.Glob(filepath.Join(other, "*"))
		part, partErr := filepath.Glob(other + ".*")
		if _, statErr := os.Stat(filepath.Join(other, journal.FileName)); err != nil || partErr != nil || statErr == nil || len(files)+len(part) > 0 {
			return fmt.Errorf("left behind: %v %v", files, part)
		}
	}
	return os.RemoveAll(other)
}

// whole checks the journal to the last entry; last 0 is whatever there is.
func whole(j *journal.Journal, last uint64) error {
	r, err := j.Verify(context.Background())
	switch {
	case err != nil:
		return err
	case r.Fault != nil:
		return r.Fault
	case last != 0 && r.Opened+r.Erased != last:
		return fmt.Errorf("%d entries are there, %d were acknowledged", r.Opened+r.Erased, last)
	}
	return nil
}

func TestReadOnlyFolderIsSaidClearly(t *testing.T) {
	j := create(t, nil)
	note(t, j, "v", "prima")
	must(t, j.Close())
	must(t, os.Chmod(filepath.Dir(filepath.Dir(j.Dir())), 0o755)) // so that nobody may look inside
	must(t, os.Chmod(filepath.Join(j.Dir(), journal.FileName), 0o444))
	must(t, os.Chmod(j.Dir(), 0o555))
	must(t, runRole(t, "no rights", j.Dir(), nil))
	must(t, os.Chmod(j.Dir(), 0o755))
	must(t, os.Chmod(filepath.Join(j.Dir(), journal.FileName), 0o600))
	verified(t, open(t, j.Dir(), nil))
}

// deskWithoutRights gives up being root, who may write anywhere, and finds the folder read-only.
func deskWithoutRights(dir string) error {
	const nobody = 65534
	if os.Getuid() == 0 {
		if err := syscall.Setuid(nobody); err != nil {
			return err
		}
	}
	for what, do := range map[string]func() error{
		"opening":         func() error { _, err := journal.Open(dir, options(nil)); return err },
		"creating inside": func() error { return createIn(filepath.Join(dir, "altra")) },
		"restoring inside": func() error {
			_, err := journal.Restore(context.Background(), filepath.Join(dir, "altra"), strings.NewReader("x"), options(nil))
			return err
		},
		"creating in the root": func() error { return createIn("/bottega-journal-test") },
	} {
		if err := do(); !errors.Is(err, journal.ErrReadOnly) {
			return fmt.Errorf("%s was told: %w", what, err)
		}
	}
	return nil
}

func createIn(dir string) error {
	j, err := journal.Create(dir, journal.NewFacilitator{Sigla: sigla}, passphrase(), options(nil))
	if err != nil {
		return err
	}
	return j.Close()
}

// A commit that the disk took and did not confirm can be seen: whoever is told that it failed must not go on as if it were undone.
func TestAChangeThatTheDiskDidNotConfirmEndsTheWork(t *testing.T) {
	for n := 1; ; n++ {
		j := create(t, nil)
		for range 3 {
			note(t, j, "v", "una nota")
		}
		must(t, j.Close())
		cmd := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=fdatasync",
			"-e", fmt.Sprintf("inject=fdatasync:error=EIO:when=%d", n), "--", os.Args[0])
		cmd.Env = append(os.Environ(), childFolder+"="+j.Dir(), childRole+"=unsure")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("sync %d failed: %v: %s", n, err, out)
		}
		verified(t, open(t, j.Dir(), tomorrow()))
		if strings.Contains(string(out), "all was confirmed") {
			t.Logf("%d syncs failed, one after the other", n-1)
			return
		}
	}
}

// deskOnAnUnsureDisk acknowledges one entry after the other; one of its syncs fails.
func deskOnAnUnsureDisk(dir string) error {
	runtime.LockOSThread() // strace counts by thread
	ctx := context.Background()
	j, err := journal.Open(dir, options(nil))
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // the parent looks at the file
	s, err := j.State()
	if err != nil {
		return err
	}
	for seq := uint64(1); seq <= 3; seq++ {
		if j.Acknowledge(ctx, s.Epoch.ID, seq) == nil {
			continue
		}
		now, err := j.State()
		if !errors.Is(err, journal.ErrDisk) && (err != nil || now.Acked != seq-1) {
			return fmt.Errorf("acknowledgement %d failed, and work goes on from %+v, %w", seq, now, err)
		}
		return nil
	}
	fmt.Println("all was confirmed")
	return nil
}
