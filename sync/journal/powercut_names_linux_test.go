package journal_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Names reach a disk apart from the files that bear them. What a scene did to names before it synced the folder is there or not after the
// plug was pulled, each change for itself, whatever became of the others.

// folderCuts are the scenes that change more than the journal's own file.
func folderCuts() []string {
	return []string{"compact", "append after compact", "create", "restore", "backup"}
}

func TestLostNamesOfAPulledPlugLoseNothingThatWasSaid(t *testing.T) {
	times := 25
	if soak() {
		times = 1000
	}
	for _, name := range folderCuts() {
		t.Run(name, func(t *testing.T) {
			s := scenes()[name]
			before := t.TempDir()
			s.prepare(t, before)
			r := watched(t, name, before)
			random := rand.New(rand.NewPCG(uint64(len(name)), 9))
			lost := 0
			for range times {
				moment := min(r.moments, random.IntN(r.moments*5/4+1)) // often at the end, when all was said
				dir := t.TempDir()
				lost += r.afterPulling(t, dir, moment, random)
				heard := r.heardBy(moment)
				s.check(t, dir, heard)
				if t.Failed() {
					t.Fatalf("the plug was pulled after %d of %d events, it had said %+v", moment, r.moments, heard)
				}
			}
			if lost == 0 {
				t.Error("no name was ever lost: that proves nothing")
			}
			t.Logf("%d events, %d changes of names lost", r.moments, lost)
		})
	}
}

// inode is a file and what was done to it; a folder has a name and no more.
type inode struct {
	folder  bool
	before  []byte // as it was, and as it is for whoever reads it now
	now     []byte
	moments []int // when each event was
	events  []diskEvent
}

// nameChange gives a name to an inode, takes one away from it, or both.
type nameChange struct {
	moment      int
	inode       *inode
	gets, loses string
}

// disk is what a scene did, seen from outside. Names begin below its folder.
type disk struct {
	root    string
	first   map[string]*inode // by name, before it began
	names   map[string]*inode // and by now
	open    map[string]*inode // by file descriptor
	at      map[string]int64  // where the next write or read of it goes
	changes []nameChange
	synced  map[string][]int // folders, and when
	said    []diskEvent
	saidAt  []int
	moments int
}

func (d *disk) heardBy(moment int) (heard []said) {
	for i, e := range d.said {
		if d.saidAt[i] < moment {
			heard = append(heard, *e.heard)
		}
	}
	return heard
}

// afterPulling lays a folder as a disk may hold it after so many events.
func (d *disk) afterPulling(t *testing.T, dir string, moment int, random *rand.Rand) (lost int) {
	t.Helper()
	names := make(map[string]*inode)
	for name, n := range d.first {
		names[name] = n
	}
	for _, c := range d.changes {
		if c.moment >= moment {
			break
		}
		if !d.stays(c, moment) && random.IntN(2) == 0 {
			lost++
			continue
		}
		if c.loses != "" && names[c.loses] == c.inode {
			delete(names, c.loses)
		}
		if c.gets != "" {
			names[c.gets] = c.inode
		}
	}
	written := make(map[*inode]string)
	for _, folders := range []bool{true, false} {
		for name, n := range names {
			to := filepath.Join(dir, name)
			switch {
			case n.folder != folders:
			case n.folder:
				must(t, os.MkdirAll(to, 0o700))
			case !isFolder(filepath.Dir(to)): // it was lost with its folder
			case written[n] != "":
				must(t, os.Link(written[n], to))
			default:
				file, _, _ := pullPlug(n.before, n.eventsBy(moment), random)
				must(t, os.WriteFile(to, file, 0o600))
				written[n] = to
			}
		}
	}
	return lost
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// stays reports whether the folder was synced after the change.
func (d *disk) stays(c nameChange, moment int) bool {
	for _, at := range d.synced[filepath.Dir(cmp.Or(c.gets, c.loses))] {
		if c.moment < at && at < moment {
			return true
		}
	}
	return false
}

func (n *inode) eventsBy(moment int) []diskEvent {
	for i, at := range n.moments {
		if at >= moment {
			return n.events[:i]
		}
	}
	return n.events
}

// watched plays a scene and returns what it did.
func watched(t *testing.T, name, before string) *disk {
	t.Helper()
	root := t.TempDir()
	must(t, os.CopyFS(root, os.DirFS(before)))
	d := &disk{root: root, first: map[string]*inode{}, names: map[string]*inode{}, open: map[string]*inode{}, at: map[string]int64{}, synced: map[string][]int{}}
	must(t, fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		n := &inode{folder: e.IsDir()}
		if !n.folder {
			n.before, err = os.ReadFile(filepath.Join(root, name))
			n.now = bytes.Clone(n.before)
		}
		d.first[name], d.names[name] = n, n
		return err
	}))
	trace := filepath.Join(t.TempDir(), "trace")
	_, killed := straced(t, name, root, "-o", trace, "-y", "-xx", "-s", "10000000", "-e", "trace="+written+",openat,lseek")
	if killed {
		t.Fatal("it was killed by somebody else")
	}
	f, err := os.Open(trace)
	must(t, err)
	defer f.Close()
	begun := make(map[string]string) // calls that another thread came into, by thread
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		thread, line, _ := strings.Cut(lines.Text(), " ")
		line = strings.TrimSpace(line)
		if head, cut := strings.CutSuffix(line, " <unfinished ...>"); cut {
			begun[thread] = head
			continue
		}
		if _, rest, resumed := strings.Cut(line, " resumed>"); resumed && strings.HasPrefix(line, "<...") {
			line = begun[thread] + rest
		}
		d.see(t, line)
	}
	must(t, lines.Err())
	if len(d.changes) == 0 || d.moments < 6 {
		t.Fatalf("only %d events: strace writes otherwise than it did", d.moments)
	}
	return d
}

var (
	tracedCall = regexp.MustCompile(`^(\w+)\((.*)\) += (\d+)`)
	tracedFile = regexp.MustCompile(`(?:^|, )(\d+)<([^>]*)>`)
	tracedText = regexp.MustCompile(`"([^"]*)"`)
	lastNumber = regexp.MustCompile(`(\d+)$`)
)

// see takes note of one call that succeeded.
func (d *disk) see(t *testing.T, line string) {
	t.Helper()
	m := tracedCall.FindStringSubmatch(line)
	if m == nil {
		return
	}
	call, args, result := m[1], m[2], m[3]
	var texts []string
	for _, s := range tracedText.FindAllStringSubmatch(args, -1) {
		texts = append(texts, string(unescaped(t, s[1])))
	}
	var files []string
	for _, s := range tracedFile.FindAllStringSubmatch(args, -1) {
		files = append(files, s[1])
		if !strings.HasPrefix(string(unescaped(t, s[2])), d.root) {
			delete(d.open, s[1]) // the number is another file's now
		}
	}
	count, err := strconv.ParseInt(result, 10, 64)
	must(t, err)
	switch call {
	case "openat":
		d.opened(result, d.below(texts[0]), strings.Contains(args, "O_CREAT"))
	case "lseek":
		d.at[files[0]] = count
	case "pwrite64":
		at, err := strconv.ParseInt(lastNumber.FindString(args), 10, 64)
		must(t, err)
		d.write(files[0], at, []byte(texts[0]))
	case "write":
		if files[0] == "1" {
			var s said
			must(t, json.Unmarshal([]byte(texts[0]), &s))
			d.said, d.saidAt = append(d.said, diskEvent{heard: &s}), append(d.saidAt, d.moment())
			return
		}
		d.write(files[0], d.at[files[0]], []byte(texts[0]))
		d.at[files[0]] += count
	case "copy_file_range":
		d.copied(files[0], files[1], count)
	case "sendfile":
		d.copied(files[1], files[0], count)
	case "fsync", "fdatasync":
		d.sync(files[0])
	default:
		d.renamed(call, texts)
	}
}

// moment numbers an event.
func (d *disk) moment() int {
	d.moments++
	return d.moments - 1
}

// below is a name as it is kept, empty for one that is elsewhere.
func (d *disk) below(path string) string {
	name, err := filepath.Rel(d.root, path)
	if err != nil || strings.HasPrefix(name, "..") {
		return ""
	}
	return name
}

func (d *disk) opened(fd, name string, creates bool) {
	n := d.names[name]
	if n == nil && creates && name != "" {
		n = &inode{}
		d.change(nameChange{inode: n, gets: name})
	}
	if n == nil {
		delete(d.open, fd)
		return
	}
	d.open[fd], d.at[fd] = n, 0
}

func (d *disk) write(fd string, at int64, data []byte) {
	n := d.open[fd]
	if n == nil {
		return
	}
	n.moments, n.events = append(n.moments, d.moment()), append(n.events, diskEvent{at: at, data: data})
	if end := int(at) + len(data); end > len(n.now) {
		n.now = append(n.now, make([]byte, end-len(n.now))...)
	}
	copy(n.now[at:], data)
}

// copied is a copy that the system made by itself.
func (d *disk) copied(from, to string, count int64) {
	n := d.open[from]
	if n == nil || count == 0 {
		return
	}
	data := bytes.Clone(n.now[d.at[from]:][:count])
	d.write(to, d.at[to], data)
	d.at[from] += count
	d.at[to] += count
}

func (d *disk) sync(fd string) {
	n := d.open[fd]
	if n == nil {
		return
	}
	moment := d.moment()
	if !n.folder {
		n.moments, n.events = append(n.moments, moment), append(n.events, diskEvent{sync: true})
		return
	}
	for name, of := range d.names {
		if of == n {
			d.synced[name] = append(d.synced[name], moment)
		}
	}
}

// renamed is any other call that changes names.
func (d *disk) renamed(call string, paths []string) {
	if len(paths) == 0 || d.below(paths[0]) == "" {
		return
	}
	from, to := d.below(paths[0]), d.below(paths[len(paths)-1])
	n := d.names[from]
	switch strings.TrimSuffix(strings.TrimSuffix(call, "2"), "at") {
	case "mkdir":
		d.change(nameChange{inode: &inode{folder: true}, gets: from})
	case "link":
		d.change(nameChange{inode: n, gets: to})
	case "rename":
		d.change(nameChange{inode: n, gets: to, loses: from})
	case "unlink":
		d.change(nameChange{inode: n, loses: from})
	}
}

func (d *disk) change(c nameChange) {
	c.moment = d.moment()
	d.changes = append(d.changes, c)
	if c.loses != "" {
		delete(d.names, c.loses)
	}
	if c.gets != "" {
		d.names[c.gets] = c.inode
	}
}
