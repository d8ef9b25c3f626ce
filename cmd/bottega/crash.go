package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

// crashName is the file that is there while the program runs. What a crash says goes into it; found at a start, it tells that the
// last run did not end by itself.
const crashName = "running.txt"

// crash is the watch over the end of this run.
type crash struct {
	path string
	file *os.File
	// before is what the last run left: empty when it ended well. said is set when it left more than its presence.
	before string
	said   bool
}

// watchForCrash keeps what the last run left, and begins to watch this one.
func watchForCrash(path string) (*crash, error) {
	c := &crash{}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return c, fmt.Errorf("making the data folder: %w", err)
	}
	if info, err := os.Stat(path); err == nil {
		c.said = info.Size() > 0
		c.before = filepath.Join(filepath.Dir(path), "crash-"+info.ModTime().Format("2006-01-02-150405")+".txt")
		if err := keepOrDrop(path, c.before, c.said); err != nil {
			return c, err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return c, fmt.Errorf("watching for a crash: %w", err)
	}
	if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
		return c, fmt.Errorf("watching for a crash: %w", err)
	}
	c.path, c.file = path, file
	return c, nil
}

// keepOrDrop keeps a file that says something under a name of its own.
func keepOrDrop(path, kept string, says bool) error {
	if !says {
		return nil
	}
	if err := os.Rename(path, kept); err != nil {
		return fmt.Errorf("keeping what the last run said: %w", err)
	}
	return nil
}

// ended takes the watch away: this run ended by itself.
func (c *crash) ended() error {
	if c.file == nil {
		return nil
	}
	if err := debug.SetCrashOutput(nil, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("ending the watch for a crash: %w", err)
	}
	if err := c.file.Close(); err != nil {
		return fmt.Errorf("ending the watch for a crash: %w", err)
	}
	if err := os.Remove(c.path); err != nil {
		return fmt.Errorf("ending the watch for a crash: %w", err)
	}
	return nil
}

// report is the file that the last run left for whoever is called to help; empty when it only vanished.
func (c *crash) report() string {
	if !c.said {
		return ""
	}
	return c.before
}
