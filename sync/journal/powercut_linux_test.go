package journal_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bottega/sync/journal"
)

// A killed program loses nothing that the system has taken. A computer whose plug is pulled loses what was written and not yet synced:
// any of it, in any order, torn at the sectors of the disk.

// diskEvent is one thing that a child did: a write, a sync, or something said.
type diskEvent struct {
	at    int64
	data  []byte
	sync  bool
	heard *said
}

// cuts are the scenes that change nothing but the journal's own file.
func cuts() []string {
	return []string{"append", "erase", "acknowledge", "passphrase", "recover", "upgrade"}
}

func TestTornWritesOfAPulledPlugLoseNothingThatWasSaid(t *testing.T) {
	times := 25
	if soak() {
		times = 1000
	}
	for _, name := range cuts() {
		t.Run(name, func(t *testing.T) {
			s := scenes()[name]
			before := t.TempDir()
			s.prepare(t, before)
			whole, err := os.ReadFile(filepath.Join(before, journal.FileName))
			must(t, err)
			events := recorded(t, name, before)
			random := rand.New(rand.NewPCG(uint64(len(name)), 7))
			torn := 0
			for range times {
				moment := random.IntN(len(events) + 1)
				file, heard, lost := pullPlug(whole, events[:moment], random)
				torn += lost
				dir := t.TempDir()
				must(t, os.CopyFS(dir, os.DirFS(before)))
				must(t, os.WriteFile(filepath.Join(dir, journal.FileName), file, 0o600))
				s.check(t, dir, heard)
				if t.Failed() {
					t.Fatalf("the plug was pulled after %d of %d events, it had said %+v", moment, len(events), heard)
				}
			}
			if torn == 0 {
				t.Error("no write was ever lost: that proves nothing")
			}
			t.Logf("%d events, %d writes lost or torn", len(events), torn)
		})
	}
}

// pullPlug returns the file as a disk may hold it after these events, and what was said until then. What was not synced is there,
// missing, or torn at a sector.
func pullPlug(whole []byte, events []diskEvent, random *rand.Rand) (file []byte, heard []said, lost int) {
	const sector = 512
	file = bytes.Clone(whole)
	synced := 0
	for i, e := range events {
		if e.sync {
			synced = i + 1
		}
		if e.heard != nil {
			heard = append(heard, *e.heard)
		}
	}
	for i, e := range events {
		data := e.data
		if data != nil && i >= synced {
			data = data[:min(len(data), sector*random.IntN(len(data)/sector+2))]
			if random.IntN(2) == 0 {
				data = nil
			}
			if len(data) < len(e.data) {
				lost++
			}
		}
		if end := int(e.at) + len(data); end > len(file) {
			file = append(file, make([]byte, end-len(file))...)
		}
		copy(file[e.at:], data)
	}
	return file, heard, lost
}

// recorded plays a scene and returns what it did to the journal's file.
func recorded(t *testing.T, name, before string) []diskEvent {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(before)))
	trace := filepath.Join(t.TempDir(), "trace")
	_, killed := straced(t, name, dir, "-o", trace, "-y", "-xx", "-s", "10000000")
	if killed {
		t.Fatal("it was killed by somebody else")
	}
	f, err := os.Open(trace)
	must(t, err)
	defer f.Close()
	var events []diskEvent
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if e, ok := readEvent(t, lines.Text(), filepath.Join(dir, journal.FileName)); ok {
			events = append(events, e)
		}
	}
	must(t, lines.Err())
	if len(events) < 6 {
		t.Fatalf("only %d events: strace writes otherwise than it did", len(events))
	}
	return events
}

// traced is a line of strace: thread, call, file, and what was written where.
var traced = regexp.MustCompile(`^\d+ +(\w+)\((\d+)<([^>]*)>(?:, "([^"]*)"(?:, \d+)?(?:, (\d+))?)?`)

func readEvent(t *testing.T, line, path string) (diskEvent, bool) {
	t.Helper()
	m := traced.FindStringSubmatch(line)
	if m == nil {
		return diskEvent{}, false
	}
	call, fd, file, data := m[1], m[2], string(unescaped(t, m[3])), unescaped(t, m[4])
	switch {
	case call == "write" && fd == "1":
		var s said
		must(t, json.Unmarshal(data, &s))
		return diskEvent{heard: &s}, true
	case file != path:
		return diskEvent{}, false
	case call == "pwrite64":
		at, err := strconv.ParseInt(m[5], 10, 64)
		must(t, err)
		return diskEvent{at: at, data: data}, true
	case call == "fdatasync" || call == "fsync":
		return diskEvent{sync: true}, true
	}
	return diskEvent{}, false
}

// unescaped reads strace's \x00\x01.
func unescaped(t *testing.T, s string) []byte {
	t.Helper()
	if !strings.HasPrefix(s, `\x`) {
		return []byte(s)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	must(t, err)
	return b
}
