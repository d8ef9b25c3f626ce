package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"

	"bottega/sync/journal"
	"bottega/ui/checkup"
)

// lookAtProgram names what is examined, for whoever is called to help.
func (c *Computer) lookAtProgram(ctx context.Context, s *sheet) {
	s.well("program", "is", "Version", c.Version, "Go", runtime.Version(), "Built", c.Built)
	name := c.Name(ctx)
	if name == "" {
		name = c.System
	}
	s.well("system", "is", "Name", name, "Machine", runtime.GOARCH)
}

// lookAtClock compares the clock with times that are certainly past: the program's own and the journal's last change.
func (c *Computer) lookAtClock(_ context.Context, s *sheet) {
	now, past := c.Now(), c.Built
	if info, err := c.Stat(filepath.Join(c.Data, journal.FileName)); err == nil && info.ModTime().After(past) {
		past = info.ModTime()
	}
	if now.Add(clockSlack).Before(past) {
		s.broken("clock", "behind", "Now", now, "Known", past.In(now.Location()))
		return
	}
	s.well("clock", "plausible", "Now", now, "Zone", now.Format("-07:00"))
}

// clockSlack is how far apart two clocks may be before anybody cares.
const clockSlack = 2 * time.Minute

// enoughDisk is what a year of visits, their papers and a backup take, with room to spare.
const enoughDisk = 500 << 20

// lookAtDisk looks at the folder of the journal, there, writable, and closed to the other users of the computer, and at the disk
// below it.
func (c *Computer) lookAtDisk(_ context.Context, s *sheet) {
	c.lookAtFolder(s)
	folder := c.Data
	for {
		if _, err := c.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	free, err := c.Free(folder)
	switch {
	case err != nil:
		s.broken("disk", "unknown")
	case free < enoughDisk:
		s.broken("disk", "short", "Free", checkup.Bytes(free))
	default:
		s.well("disk", "enough", "Free", checkup.Bytes(free))
	}
}

func (c *Computer) lookAtFolder(s *sheet) {
	info, err := c.Stat(c.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.note("data", "new", "Folder", c.Data)
	case err != nil:
		s.broken("data", "unreadable", "Folder", c.Data)
	case !info.IsDir():
		s.broken("data", "no_folder", "Folder", c.Data)
	case c.TryWrite(c.Data) != nil:
		s.broken("data", "unwritable", "Folder", c.Data)
	case c.System != "windows" && info.Mode().Perm()&0o077 != 0:
		s.broken("data", "open", "Folder", c.Data)
	default:
		s.well("data", "there", "Folder", c.Data)
	}
}
