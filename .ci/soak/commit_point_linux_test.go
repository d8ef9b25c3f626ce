package soak

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// commitCalls are the system calls by which something reaches a disk, or the other side of a line (write): between any two of them
// lies every state that a power cut or a SIGKILL can leave. A file is renamed only where a journal is made or compacted.
func commitCalls() []string {
	return []string{"pwrite64", "fdatasync", "fsync", "ftruncate", "write"}
}

// killedAt is how a part is run so that it is killed when one of its threads begins the n-th such call.
func killedAt(call string, n int) []string {
	return []string{
		"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n),
	}
}

// atCommitPoints plays for the first call of each kind, the second, and so on, until play reports that nobody is killed any more. At
// the small size it takes the first of each kind, and one by lot.
func atCommitPoints(t *testing.T, play func(through []string) (killed bool)) (kills int, told string) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is missing: run .ci/deps test")
	}
	step := sizes().callStep
	var counts []string
	for _, call := range commitCalls() {
		here := 0
		if step == 0 {
			for _, n := range []int{1, 2 + rand.IntN(8)} {
				if play(killedAt(call, n)) {
					here++
				}
			}
		} else {
			// The calls of each thread are counted apart: what one run spreads over two threads another may do on one.
			for n, spared := 1, 0; spared < 5; n += step {
				if play(killedAt(call, n)) {
					here, spared = here+1, 0
				} else {
					spared++
				}
			}
		}
		counts = append(counts, fmt.Sprintf("%s %d", call, here))
		kills += here
	}
	return kills, strings.Join(counts, ", ")
}

func TestKillOfADeskAtEveryCommitPointLosesNothingAndSendsNothingTwice(t *testing.T) {
	r := row{Tried: "SIGKILL to a desk that writes and sends, at every system call that writes"}
	evidence(t, &r)
	h := newHub(t)
	h.serving(t)
	db := h.database(t)
	p := newPair(t, h, db)
	entries, played := 0, 0
	finish := func() {
		p.sendTheRest(t)
		entries += len(p.judge(t, (*ledger).settled).entries)
	}
	kills, told := atCommitPoints(t, func(through []string) bool {
		if played++; played%sizes().perDesk == 0 {
			finish()
			p = newPair(t, h, db)
		}
		c := begin[deskSaid](t, "desk", deskPart{Dir: p.dir, Writers: 1, Appends: 8}, through...)
		p.hears(t, c)
		p.judge(t, (*ledger).compare)
		return wasKilled(t, c)
	})
	finish()
	if kills == 0 {
		t.Error("nobody was killed: that proves nothing")
	}
	r.Times, r.Found = fmt.Sprintf("%d kills (%s)", kills, told), fmt.Sprintf("%d entries; nothing lost, nothing twice", entries)
}

func TestKillOfAHubAtEveryCommitPointLosesNothingThatItAcknowledged(t *testing.T) {
	for name, newHub := range stores() {
		t.Run(name, func(t *testing.T) { killHubsAtCommitPoints(t, name, newHub(t)) })
	}
}

func killHubsAtCommitPoints(t *testing.T, store string, h hubPart) {
	r := row{Tried: "SIGKILL to a hub over " + store + " while a desk sends, at every system call that writes"}
	evidence(t, &r)
	serving := h.serving(t)
	db := h.database(t)
	p := newPair(t, h, db)
	serving.stop(t)
	entries, played := 0, 0
	finish := func() {
		serving := h.serving(t)
		p.sendTheRest(t)
		entries += len(p.judge(t, (*ledger).settled).entries)
		if played%sizes().perDesk == 0 {
			p = newPair(t, h, db)
		}
		serving.stop(t)
	}
	kills, told := atCommitPoints(t, func(through []string) bool {
		if played++; played%sizes().perDesk == 0 {
			finish()
		}
		return p.killHub(t, through)
	})
	finish()
	if kills == 0 {
		t.Error("nobody was killed: that proves nothing")
	}
	r.Times, r.Found = fmt.Sprintf("%d kills (%s)", kills, told), fmt.Sprintf("%d entries, each once", entries)
}

// killHub lets a desk send to a hub that is about to be killed, looks at both disks, and lets the desk finish with a hub that lives.
func (p *pair) killHub(t *testing.T, through []string) (killed bool) {
	t.Helper()
	doomed, _ := p.hub.serve(t, through...)
	c := begin[deskSaid](t, "desk", deskPart{Dir: p.dir, Writers: 1, Appends: 8})
	select {
	case <-doomed.ended:
		killed = wasKilled(t, doomed)
		c.kill()
		p.hears(t, c)
		p.judge(t, (*ledger).compare)
	case <-c.ended:
		p.hears(t, c)
		doomed.leave()
		killed = wasKilled(t, doomed)
		p.judge(t, (*ledger).compare)
	}
	return killed
}

// wasKilled reports whether a part that has ended was killed. One that failed by itself, as where strace may not trace, proves nothing.
func wasKilled[S any](t *testing.T, c *child[S]) bool {
	t.Helper()
	state := c.cmd.ProcessState
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return true
	}
	if !state.Success() {
		t.Fatalf("it was not killed but ended with %v: %s", state, c.complaint)
	}
	return false
}
