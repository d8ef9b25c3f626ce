package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// shownFolder begins the names of folders with papers that were opened to be looked at; the number of their program follows.
const shownFolder = "bottega-carte-"

// shown are the papers that were opened to be looked at, readable for whoever has the disk. They are there for a viewer only, and
// go at every lock, at every erasure and with the program; what a program left that was killed goes at the next start.
type shown struct {
	mu  sync.Mutex
	dir string // empty while nothing is shown; guarded by mu
}

// folder returns where a paper may be put, which nobody else can have made before.
func (s *shown) folder() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" {
		return s.dir, nil
	}
	dir, err := os.MkdirTemp("", shownFolder+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return "", fmt.Errorf("making room for papers to be looked at: %w", err)
	}
	s.dir = dir
	return dir, nil
}

// forget removes the papers. What another program holds fast stays, and is tried again the next time.
func (s *shown) forget() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		return nil
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("removing papers that were looked at: %w", err)
	}
	s.dir = ""
	return nil
}

// sweepShown removes the papers of programs that are no more. What cannot be removed stays for the next time.
func sweepShown() {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), shownFolder+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), shownFolder), "-")
		pid, err := strconv.Atoi(number)
		if err != nil || pid != os.Getpid() && runs(pid) { // our own number was that of another program before
			continue
		}
		_ = os.RemoveAll(dir)
	}
}

// runs reports whether a program of ours has that number. One of somebody else's took the number over: ours is no more.
func runs(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	return runtime.GOOS == "windows" || p.Signal(syscall.Signal(0)) == nil // Windows finds only what runs
}
