package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bottega/cardreader/pcsc/pcscdtest"
)

// BenchmarkCardReadBesideOpenSC runs whole programs on one practice card in one virtual reader of a card service of its own:
// ours, which reads number, data and certificate, and beside it the two of OpenSC that together read as much. Both are measured in
// turns, so that whatever else the computer does weighs on both. The goal is a ratio of at most one half.
func BenchmarkCardReadBesideOpenSC(b *testing.B) {
	daemon := pcscdtest.ForTest(b)
	daemon.Insert(b, 0, "bruna")
	ours := program{filepath.Join(b.TempDir(), "bottegactl"), []string{"--json", "card", "read"}}
	build := exec.Command("go", "build", "-o", ours.path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1") // the readers need it
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building bottegactl: %v\n%s", err, out)
	}
	theirs := []program{{"pkcs15-tool", []string{"-D"}}, {"pkcs15-tool", []string{"--read-certificate", "01"}}}
	env := append(daemon.Env(), "HOME="+b.TempDir(), "LC_ALL=C.UTF-8")
	ours.settle(b, env)
	var our, their cost
	for b.Loop() {
		our.add(ours.run(b, env))
		for _, p := range theirs {
			their.add(p.run(b, env))
		}
	}
	for _, m := range []struct {
		unit  string
		value float64
	}{
		{"ours-ms/op", our.wall.Seconds() * 1000 / float64(b.N)},
		{"opensc-ms/op", their.wall.Seconds() * 1000 / float64(b.N)},
		{"ours/opensc", our.wall.Seconds() / their.wall.Seconds()},
		{"ours-cpu-ms/op", our.cpu.Seconds() * 1000 / float64(b.N)},
		{"opensc-cpu-ms/op", their.cpu.Seconds() * 1000 / float64(b.N)},
		{"ours/opensc-cpu", our.cpu.Seconds() / their.cpu.Seconds()},
	} {
		b.ReportMetric(m.value, m.unit)
	}
}

// program is a program with its arguments.
type program struct {
	path      string
	arguments []string
}

// cost is what a run of a program took: until it ended, and of the processor.
type cost struct{ wall, cpu time.Duration }

func (c *cost) add(other cost) {
	c.wall += other.wall
	c.cpu += other.cpu
}

func (p program) run(b *testing.B, env []string) cost {
	b.Helper()
	command := exec.Command(p.path, p.arguments...)
	command.Env = env
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	start := time.Now()
	if err := command.Run(); err != nil {
		b.Fatalf("%s %v: %v\n%s", p.path, p.arguments, err, &out)
	}
	return cost{wall: time.Since(start), cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
}

// settle runs the program until the service has seen the card that was just pushed in.
func (p program) settle(b *testing.B, env []string) {
	b.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		command := exec.Command(p.path, p.arguments...)
		command.Env = env
		if command.Run() == nil {
			return
		}
	}
	b.Fatal("the card is not read")
}
