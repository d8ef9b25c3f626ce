package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"bottega/cmd/internal/house"
	"bottega/cmd/internal/places"
	"bottega/desk"
	"bottega/ui/facilitator"
	"bottega/ui/paper"
	"bottega/ui/paper/printer"
	"bottega/ui/text"
)

// computer is what the program does to the computer it runs on.
type computer struct {
	app   fyne.App
	shown shown
}

var _ facilitator.Computer = (*computer)(nil)

// OpenURL implements facilitator.Computer.
func (c *computer) OpenURL(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("opening a page: %w", err)
	}
	return c.app.OpenURL(u)
}

// SavePaper implements facilitator.Computer.
func (c *computer) SavePaper(p desk.Paper, pdf []byte) (string, error) {
	return saveIn(papersDir(p.Practice), p, pdf)
}

// saveIn writes a paper into a folder that may not be there yet.
func saveIn(folder string, p desk.Paper, pdf []byte) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for papers: %w", err)
	}
	return printer.Save(folder, paper.FileName(p), pdf)
}

// papersDir is where people look for their papers; those of the practice desk have a folder of their own.
func papersDir(practice bool) string {
	if practice {
		return filepath.Join(places.Documents(), "Bottega PROVA")
	}
	return filepath.Join(places.Documents(), "Bottega")
}

// OpenPaper implements facilitator.Computer.
func (c *computer) OpenPaper(ctx context.Context, p desk.Paper, pdf []byte) error {
	folder, err := c.shown.folder()
	if err != nil {
		return err
	}
	path, err := printer.Save(folder, paper.FileName(p), pdf)
	if err != nil {
		return err
	}
	return printer.OpenFile(ctx, path)
}

// ForgetPapers implements facilitator.Computer.
func (c *computer) ForgetPapers() error { return c.shown.forget() }

// EmptyClipboard implements facilitator.Computer.
func (c *computer) EmptyClipboard() { c.app.Clipboard().SetContent("") }

// Copy implements facilitator.Computer.
func (c *computer) Copy(text string) { c.app.Clipboard().SetContent(text) }

// Places implements facilitator.Computer.
func (c *computer) Places(context.Context) ([]facilitator.Place, error) {
	found := places.List()
	list := make([]facilitator.Place, len(found))
	for i, p := range found {
		list[i] = facilitator.Place(p)
	}
	return list, nil
}

// Find implements facilitator.Computer.
func (c *computer) Find(ctx context.Context, ending string) ([]facilitator.FoundFile, error) {
	found, err := places.Find(ctx, places.List(), ending)
	list := make([]facilitator.FoundFile, len(found))
	for i, f := range found {
		list[i] = facilitator.FoundFile{Path: f.Path, Place: facilitator.Place(f.Place), At: f.At}
	}
	return list, err
}

// keeper keeps the settings in a file of the data folder.
type keeper struct {
	path string
	// lang is the language to begin with.
	lang string
}

var _ facilitator.Keeper = (*keeper)(nil)

// Load implements facilitator.Keeper. No choice is worth not starting: settings that cannot be read are those of a new desk, or as
// much of them as could be read. The file is kept aside, and what must not be forgotten is taken to be so: that a recovery key may be
// written down nowhere.
func (k *keeper) Load() facilitator.Settings {
	s := facilitator.DefaultSettings(k.lang, text.Italian)
	data, err := os.ReadFile(k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		s.KeyPending = true
	case json.Unmarshal(data, &s) != nil:
		s.KeyPending = true
		k.putAside(data, s)
	}
	return s
}

// putAside keeps a file that cannot be read beside the settings that take its place. A disk that refuses leaves it where it is, to be
// found the same at the next look.
func (k *keeper) putAside(data []byte, instead facilitator.Settings) {
	if len(data) > 0 && house.WriteBytes(k.path+brokenEnding, data) != nil {
		return
	}
	_ = k.Save(instead)
}

// brokenEnding ends the name of settings that could not be read.
const brokenEnding = ".broken"

// Save implements facilitator.Keeper. A computer that is switched off in it has the settings from before or the new ones.
func (k *keeper) Save(s facilitator.Settings) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = house.WriteBytes(k.path, data)
	}
	if err != nil {
		return fmt.Errorf("keeping the settings: %w", err)
	}
	return nil
}

// startLang is the language of a desk where nobody chose one: Italian, unless the computer or the command line says English.
func startLang(o options, env func(string) string) string {
	if strings.HasPrefix(cmp.Or(o.lang, text.FromEnvironment(env)), text.English) {
		return text.English
	}
	return text.Italian
}
