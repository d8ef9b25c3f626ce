package soak

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is a safety net: nothing waits for it unless something is broken.
const patience = 90 * time.Second

// child is this program in a process of its own, playing a part.
type child[S any] struct {
	cmd   *exec.Cmd
	stdin io.Closer
	// said are the lines of its standard output, closed when it has ended.
	said chan S
	// complaint is its standard error, whole once said is closed.
	complaint *buffer
	ended     chan struct{}
}

// begin starts a part. What stands in through runs it, as strace does.
func begin[S any](t testing.TB, part string, with any, through ...string) *child[S] {
	t.Helper()
	encoded, err := json.Marshal(with)
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	args := slices.Concat(through, []string{self})
	c := &child[S]{cmd: exec.Command(args[0], args[1:]...), said: make(chan S, 1<<16), complaint: &buffer{}, ended: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), partVar+"="+part, withVar+"="+string(encoded))
	c.cmd.Stderr = c.complaint
	c.stdin, err = c.cmd.StdinPipe()
	must(t, err)
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	must(t, c.cmd.Start())
	go c.listen(out)
	t.Cleanup(c.kill)
	return c
}

func (c *child[S]) listen(out io.Reader) {
	defer close(c.ended)
	defer close(c.said)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var s S
		if json.Unmarshal(lines.Bytes(), &s) == nil { // the last line of a killed child may be half a line
			c.said <- s
		}
	}
	_ = c.cmd.Wait() // most are killed
}

// kill ends it with SIGKILL and waits until it is gone.
func (c *child[S]) kill() {
	_ = c.cmd.Process.Kill() // it may have ended by itself
	c.leave()
}

// leave lets it end by itself, and waits until it is gone.
func (c *child[S]) leave() {
	_ = c.stdin.Close() // closed already when it has ended
	<-c.ended
}

// stop tells it to end by itself, as the keeper of a hub does.
func (c *child[S]) stop(t testing.TB) {
	t.Helper()
	must(t, c.cmd.Process.Signal(syscall.SIGTERM))
	c.leave()
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with %d: %s", code, c.complaint)
	}
}

// next is its next line; false when it has ended.
func (c *child[S]) next(t testing.TB) (S, bool) {
	t.Helper()
	select {
	case s, ok := <-c.said:
		return s, ok
	case <-time.After(patience):
		t.Fatalf("nothing more is said: %s", c.complaint)
		panic("unreachable")
	}
}

// buffer collects what a child says on standard error.
type buffer struct {
	mu sync.Mutex
	b  []byte
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b = append(b.b, p...)
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b)
}

// speaker writes lines of JSON to standard output, whole, from any goroutine.
type speaker struct {
	mu sync.Mutex
	to *json.Encoder
}

func newSpeaker() *speaker { return &speaker{to: json.NewEncoder(os.Stdout)} }

func (s *speaker) say(line any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.to.Encode(line) // whoever listened is gone, and so is this process in a moment
}

// freeAddress is one on which nobody listens, below the ports that the system gives to callers: a hub that was killed finds it free
// again.
func freeAddress(t testing.TB) string {
	t.Helper()
	var failed error
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(12_000)))
		ln, err := net.Listen("tcp", address)
		if err == nil {
			must(t, ln.Close())
			return address
		}
		failed = errors.Join(failed, err)
	}
	t.Fatalf("no port is free: %v", failed)
	return ""
}
