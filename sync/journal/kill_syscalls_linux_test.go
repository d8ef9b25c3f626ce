package journal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// written are the system calls by which a program leaves something on a disk; a question mark stands before what some processors lack.
const written = "pwrite64,write,copy_file_range,sendfile,fdatasync,fsync,ftruncate,fallocate," +
	"?rename,renameat,renameat2,?unlink,unlinkat,?mkdir,mkdirat,?link,linkat"

// play is the child's part. It stays on one thread, since system calls are counted by thread.
func (s scene) play(dir string) error {
	runtime.LockOSThread()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(said{Thread: syscall.Gettid()}); err != nil {
		return err
	}
	return s.act(dir, func(what said) { _ = out.Encode(what) })
}

// The computer stops before the n-th call of each kind that writes, for every n until there are no more. In the small size a few of
// them are tried, the full one (whenever BOTTEGA_SOAK is set) tries each.
func TestKillAtEverySystemCallThatWrites(t *testing.T) {
	for name, s := range scenes() {
		t.Run(name, func(t *testing.T) {
			before := t.TempDir()
			s.prepare(t, before)
			kills := 0
			for call, times := range callsOf(t, name, before) {
				for _, n := range sampled(times) {
					dir := t.TempDir()
					must(t, os.CopyFS(dir, os.DirFS(before)))
					heard, killed := killedAt(t, name, dir, call, n)
					if killed {
						kills++
					}
					s.check(t, dir, heard)
					if t.Failed() {
						t.Fatalf("killed before %s number %d, it had said %+v", call, n, heard)
					}
				}
			}
			if kills == 0 {
				t.Error("nothing was ever killed: that proves nothing")
			}
			t.Logf("killed %d times", kills)
		})
	}
}

// sampled chooses among the first calls of one kind: each of them and one more, in the full size.
func sampled(times int) []int {
	if soak() {
		all := make([]int, times+1)
		for i := range all {
			all[i] = i + 1
		}
		return all
	}
	return slices.Compact([]int{1, (times + 1) / 2, times})
}

// callsOf counts what a scene calls when nothing stops it.
func callsOf(t *testing.T, name, before string) map[string]int {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(before)))
	trace := filepath.Join(t.TempDir(), "trace")
	heard, killed := straced(t, name, dir, "-o", trace)
	if killed || len(heard) < 2 {
		t.Fatalf("left alone it said %+v", heard)
	}
	b, err := os.ReadFile(trace)
	must(t, err)
	calls := make(map[string]int)
	for line := range strings.Lines(string(b)) {
		thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call, _, isCall := strings.Cut(strings.TrimSpace(call), "(")
		if isCall && thread == strconv.Itoa(heard[0].Thread) && !strings.HasPrefix(call, "<") {
			calls[call]++
		}
	}
	return calls
}

func killedAt(t *testing.T, name, dir, call string, n int) (heard []said, killed bool) {
	t.Helper()
	return straced(t, name, dir, "-o", os.DevNull, "-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n))
}

// straced plays a scene in a child under strace and returns what it said, and whether it was killed.
func straced(t *testing.T, name, dir string, args ...string) (heard []said, killed bool) {
	t.Helper()
	cmd := exec.Command("strace", append(append([]string{"-f", "-qq", "-e", "trace=" + written}, args...), "--", os.Args[0])...)
	cmd.Env = append(os.Environ(), childFolder+"="+dir, childRole+"="+scenePrefix+name)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		t.Fatalf("%v: the package strace is needed", err)
	case errors.As(err, &ended) && ended.ExitCode() != -1:
		t.Fatalf("%s: %v: %s", name, err, complaint.String())
	case err != nil && ended == nil:
		t.Fatal(err)
	}
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s said
		if json.Unmarshal(lines.Bytes(), &s) == nil { // the last line may be cut
			heard = append(heard, s)
		}
	}
	return heard, ended != nil
}
