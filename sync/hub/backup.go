package hub

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"bottega/sync/hub/store"
)

// A backup is a tar archive, compressed with zstd: first what it is, then the keys and settings of the state folder, last the database.
const (
	manifestFile = "bottegahub-backup.json"
	// dumpFile is the database as pg_dump writes it, sqliteFile as SQLite does.
	dumpFile     = "database.dump"
	backupFormat = 1
	// maxSetting is the longest file of the state folder that is no database.
	maxSetting = 1 << 20
)

// manifest is what a backup says of itself.
type manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"`
	Made    time.Time `json:"made"`
	// Database is the name of the file that holds it; empty when it is not in the backup.
	Database string `json:"database"`
}

// Errors of Backup and Restore that callers tell apart.
var (
	ErrNotBackup = errors.New("the file is not a backup of a hub")
	ErrNewBackup = errors.New("the backup was made by a newer program")
	ErrNotEmpty  = errors.New("the folder is not empty")
	// ErrNoTool says that the tools of PostgreSQL are not installed.
	ErrNoTool = errors.New("pg_dump and pg_restore are not installed")
)

// Backup writes everything that the hub is into one file, while it goes on serving: keys, settings and, unless keysOnly, the database as
// it stands at one moment. Whoever has the file has the hub.
func (h *Hub) Backup(ctx context.Context, to io.Writer, keysOnly bool) (err error) {
	work, err := os.MkdirTemp(h.params.State, "backup-")
	if err != nil {
		return fmt.Errorf("making room for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	m := manifest{Format: backupFormat, Program: h.params.Program, Made: h.params.Clock().UTC()}
	if !keysOnly {
		if m.Database, err = h.copyDatabase(ctx, work); err != nil {
			return err
		}
	}
	packed, err := zstd.NewWriter(to)
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	archive := tar.NewWriter(packed)
	if err := h.archive(archive, m, work); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	if err := errors.Join(archive.Close(), packed.Close()); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	h.params.Log.Info("backup made", "database", m.Database != "")
	return nil
}

func (h *Hub) archive(archive *tar.Writer, m manifest, work string) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: manifestFile, Mode: 0o600, Size: int64(len(text)), ModTime: m.Made}); err != nil {
		return err
	}
	if _, err := archive.Write(text); err != nil {
		return err
	}
	settings, err := settingsIn(h.params.State)
	if err != nil {
		return err
	}
	for _, name := range settings {
		if err := addFile(archive, filepath.Join(h.params.State, filepath.FromSlash(name)), name); err != nil {
			return err
		}
	}
	if m.Database == "" {
		return nil
	}
	return addFile(archive, filepath.Join(work, m.Database), m.Database)
}

// settingsIn returns the files of a state folder that make a hub, with slashes, besides its database.
func settingsIn(state string) (names []string, err error) {
	for _, name := range append(keyFiles(), publicFile, databaseFile) {
		if _, err := os.Stat(filepath.Join(state, name)); err == nil {
			names = append(names, name)
		}
	}
	given, err := os.ReadDir(filepath.Join(state, acmeFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range given {
		if entry.Type().IsRegular() {
			names = append(names, acmeFolder+"/"+entry.Name())
		}
	}
	return names, nil
}

func keyFiles() []string {
	return []string{authorityFile, tokenFile, sealingFile, parcelsFile, packKeyFile}
}

func addFile(archive *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(archive, f)
	return err
}

// copyDatabase copies the database into a folder and returns the name of the file.
func (h *Hub) copyDatabase(ctx context.Context, dir string) (string, error) {
	err := h.store.Copy(ctx, filepath.Join(dir, sqliteFile))
	if err == nil {
		return sqliteFile, nil
	}
	if !errors.Is(err, store.ErrNoCopy) {
		return "", err
	}
	address, err := databaseAddress(h.params)
	if err != nil {
		return "", err
	}
	return dumpFile, postgresTool(ctx, "pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", "--file", filepath.Join(dir, dumpFile))
}

// postgresTool runs a program of PostgreSQL on a database. A password in the address goes to it through the environment: what stands
// on a command line can be read by everybody on the computer.
func postgresTool(ctx context.Context, name, address string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return ErrNoTool
	}
	u, err := url.Parse(address)
	if err != nil {
		return ErrDatabase
	}
	cmd := exec.CommandContext(ctx, path, append([]string{"--no-password", "--dbname", withoutPassword(*u)}, args...)...)
	cmd.Env = os.Environ()
	if password, given := u.User.Password(); given {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.Join(strings.Fields(said.String()), " "))
	}
	return nil
}

// Restore makes a hub out of a backup, in a state folder that is empty or not there, and in a database that is empty. It reports
// whether the database was in the backup.
func Restore(ctx context.Context, p Params, from io.Reader) (database bool, err error) {
	if left, err := os.ReadDir(p.State); err == nil && len(left) > 0 {
		return false, ErrNotEmpty
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(p.State)), 0o700); err != nil {
		return false, fmt.Errorf("restoring: %w", err)
	}
	// Beside the folder first: a restore that is cut short leaves nothing that looks like a hub.
	work, err := os.MkdirTemp(filepath.Dir(filepath.Clean(p.State)), "restore-")
	if err != nil {
		return false, fmt.Errorf("restoring: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	m, err := unpack(from, work)
	if err != nil {
		return false, err
	}
	if m.Database == dumpFile {
		if err := restoreDump(ctx, p.Database, work); err != nil {
			return false, err
		}
	}
	if m.Database != "" {
		// A database that stayed where it was, and may be in use, goes on counting.
		if err := os.WriteFile(filepath.Join(work, restoredFile), nil, 0o600); err != nil {
			return false, fmt.Errorf("restoring: %w", err)
		}
	}
	if err := os.Remove(p.State); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("restoring: %w", err)
	}
	if err := os.Rename(work, p.State); err != nil {
		return false, fmt.Errorf("restoring: %w", err)
	}
	return m.Database != "", nil
}

// restoredFile marks a state folder whose database comes from a backup, until the hub is opened in it.
const restoredFile = "restored"

// beginSeries begins another count of replies in a hub that was put back.
func (h *Hub) beginSeries(ctx context.Context) error {
	marker := filepath.Join(h.params.State, restoredFile)
	if _, err := os.Stat(marker); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("opening the hub's folder: %w", err)
	}
	if err := h.RenumberReplies(ctx); err != nil {
		return err
	}
	if err := os.Remove(marker); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening the hub's folder: %w", err)
	}
	return nil
}

// RenumberReplies begins another count of replies, in every process at once: desks ask for all of them again, and keep those that they do
// not have. A hub whose database was put back gives out numbers again that desks have seen.
func (h *Hub) RenumberReplies(ctx context.Context) error {
	if _, err := h.store.Series(ctx, true); err != nil {
		return err
	}
	h.params.Log.Warn("another count of replies begins")
	return nil
}

// restoreDump fills a database, the one that was backed up unless another is given, from the dump in a folder.
func restoreDump(ctx context.Context, given, dir string) error {
	address, err := databaseAddress(Params{Database: given, State: dir})
	if err != nil {
		return err
	}
	dump := filepath.Join(dir, dumpFile)
	if err := postgresTool(ctx, "pg_restore", address, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", dump); err != nil {
		return err
	}
	if err := os.Remove(dump); err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	if given == "" {
		return nil
	}
	u, err := url.Parse(given)
	if err != nil {
		return ErrDatabase
	}
	return remember(dir, databaseFile, withoutPassword(*u))
}

// unpack writes the files of a backup into a folder: those that make a hub, and no other.
func unpack(from io.Reader, dir string) (manifest, error) {
	var m manifest
	packed, err := zstd.NewReader(from)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	defer packed.Close()
	archive := tar.NewReader(packed)
	first, err := archive.Next()
	if err != nil || first.Name != manifestFile {
		return m, ErrNotBackup
	}
	if err := json.NewDecoder(io.LimitReader(archive, maxSetting)).Decode(&m); err != nil || m.Format < 1 {
		return m, ErrNotBackup
	}
	if m.Format > backupFormat {
		return m, ErrNewBackup
	}
	found := map[string]bool{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, fmt.Errorf("%w: %w", ErrNotBackup, err)
		}
		if !belongs(header, m) {
			return m, fmt.Errorf("%w: it holds a file that is none of a hub's", ErrNotBackup)
		}
		if err := unpackFile(archive, filepath.Join(dir, filepath.FromSlash(header.Name))); err != nil {
			return m, err
		}
		found[header.Name] = true
	}
	for _, name := range append([]string{m.Database}, keyFiles()...) {
		if name != "" && !found[name] {
			return m, fmt.Errorf("%w: %s is missing", ErrNotBackup, name)
		}
	}
	return m, nil
}

// belongs reports whether a file of an archive is one that a backup has.
func belongs(h *tar.Header, m manifest) bool {
	if h.Typeflag != tar.TypeReg {
		return false
	}
	if h.Name == m.Database {
		return h.Name == sqliteFile || h.Name == dumpFile
	}
	given, inFolder := strings.CutPrefix(h.Name, acmeFolder+"/")
	known := slices.Contains(append(keyFiles(), publicFile, databaseFile), h.Name) ||
		inFolder && fs.ValidPath(given) && !strings.ContainsAny(given, `/\:`) && given != "."
	return known && h.Size <= maxSetting
}

func unpackFile(from io.Reader, path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := io.Copy(f, from); err != nil {
		return fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	return f.Sync()
}
