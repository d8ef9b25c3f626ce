package wire

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// memoryFS is the content of a pack: files that are never written to a disk.
type memoryFS struct {
	files   map[string]memoryFile
	folders map[string][]fs.DirEntry
	at      time.Time
}

// memoryFile is a file in memory.
type memoryFile struct {
	path string
	data []byte
	at   time.Time
}

// newMemoryFS returns files whose paths were checked and are in order.
func newMemoryFS(files []memoryFile, at time.Time) *memoryFS {
	m := &memoryFS{files: map[string]memoryFile{}, folders: map[string][]fs.DirEntry{".": nil}, at: at}
	for _, f := range files {
		m.files[f.path] = f
		m.enter(fs.FileInfoToDirEntry(f), path.Dir(f.path))
	}
	for _, entries := range m.folders {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return m
}

// enter puts an entry into its folder, and the folder into its own the first time.
func (m *memoryFS) enter(entry fs.DirEntry, folder string) {
	if _, known := m.folders[folder]; !known {
		m.enter(fs.FileInfoToDirEntry(memoryFolder{name: path.Base(folder), at: m.at}), path.Dir(folder))
	}
	m.folders[folder] = append(m.folders[folder], entry)
}

// Open implements fs.FS.
func (m *memoryFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if f, found := m.files[name]; found {
		return &openFile{Reader: bytes.NewReader(f.data), info: f}, nil
	}
	if entries, found := m.folders[name]; found {
		return &openFolder{info: memoryFolder{name: path.Base(name), at: m.at}, entries: entries}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Name implements fs.FileInfo, as do the others below.
func (f memoryFile) Name() string       { return path.Base(f.path) }
func (f memoryFile) Size() int64        { return int64(len(f.data)) }
func (memoryFile) Mode() fs.FileMode    { return 0o444 }
func (f memoryFile) ModTime() time.Time { return f.at }
func (memoryFile) IsDir() bool          { return false }
func (memoryFile) Sys() any             { return nil }

// memoryFolder is a folder that its files imply.
type memoryFolder struct {
	name string
	at   time.Time
}

// Name implements fs.FileInfo, as do the others below.
func (f memoryFolder) Name() string       { return f.name }
func (memoryFolder) Size() int64          { return 0 }
func (memoryFolder) Mode() fs.FileMode    { return fs.ModeDir | 0o555 }
func (f memoryFolder) ModTime() time.Time { return f.at }
func (memoryFolder) IsDir() bool          { return true }
func (memoryFolder) Sys() any             { return nil }

// openFile is a file being read.
type openFile struct {
	*bytes.Reader
	info memoryFile
}

// Stat implements fs.File.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (*openFile) Close() error { return nil }

// openFolder is a folder being listed.
type openFolder struct {
	info    memoryFolder
	entries []fs.DirEntry
	next    int
}

// Stat implements fs.File.
func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (*openFolder) Close() error { return nil }

// Read implements fs.File: a folder has no bytes.
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	left := f.entries[f.next:]
	if n > 0 && len(left) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		left = left[:min(n, len(left))]
	}
	f.next += len(left)
	return slices.Clone(left), nil
}
