package printer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Save writes a paper into a folder under the given name (see paper.FileName) and returns its path. A file that is there stays:
// the new one gets a number. Only the user can read it.
func Save(folder, name string, pdf []byte) (string, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return "", &Error{Code: NotSaved, Err: fmt.Errorf("%q is not the name of a file", name)}
	}
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	const most = 1000
	for n := 1; n <= most; n++ {
		path := filepath.Join(folder, name)
		if n > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s-%d%s", stem, n, ext))
		}
		err := write(path, pdf)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", &Error{Code: NotSaved, Err: err}
		}
		return path, nil
	}
	return "", &Error{Code: NotSaved, Err: fmt.Errorf("there are %d papers of that name already", most)}
}

// write makes a new file, or none at all.
func write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // the folder is the user's choice
	if err != nil {
		return fmt.Errorf("saving the paper: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("saving the paper: %w", err), os.Remove(path))
	}
	return nil
}

// OpenFile shows a file with the program that the system has for it, and returns as soon as that was started.
func OpenFile(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return &Error{Code: NoViewer, Err: fmt.Errorf("opening the paper: %w", err)}
	}
	command := viewer(runtime.GOOS, path)
	program, err := exec.LookPath(command[0])
	if err != nil {
		return &Error{Code: NoViewer, Err: fmt.Errorf("opening the paper: %w", err)}
	}
	// The viewer outlives the caller's context: it belongs to the person who reads.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, command[1:]...) // a fixed program, an absolute path
	if err := cmd.Start(); err != nil {
		return &Error{Code: NoViewer, Err: fmt.Errorf("opening the paper: %w", err)}
	}
	go func() { _ = cmd.Wait() }() // ends with the viewer; its exit says nothing about the paper
	return nil
}

// viewer is the command that opens a file with the user's own program.
func viewer(system, path string) []string {
	switch system {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", path}
	case "darwin":
		return []string{"open", path}
	}
	return []string{"xdg-open", path}
}
