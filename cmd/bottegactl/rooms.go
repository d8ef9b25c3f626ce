package main

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/pcsc"
	"bottega/desk"
	"bottega/ui/paper/printer"
)

// rooms are the parts of the world that a test replaces: readers, printers, and the clock.
type rooms struct {
	openPort func() cardreader.Port
	readCard cardreader.ReadFunc
	printers desk.Printers
	now      func() time.Time
}

// realRooms are the readers, printers and clock of this computer.
func realRooms() rooms {
	return rooms{
		openPort: func() cardreader.Port { return pcsc.New() },
		readCard: cns.Reader{}.Read,
		printers: printer.New(printer.Config{}),
		now:      time.Now,
	}
}

// dataDir is where the desk keeps its journal when nobody says otherwise; the desk app uses the same folder.
func dataDir(env func(string) string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "." // no home at all: a service account; better a folder that can be seen than none
	}
	switch runtime.GOOS {
	case "windows":
		if local := env("LOCALAPPDATA"); local != "" {
			return filepath.Join(local, "Bottega")
		}
		return filepath.Join(home, "AppData", "Local", "Bottega")
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Bottega")
	}
	if data := env("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "bottega")
	}
	return filepath.Join(home, ".local", "share", "bottega")
}
