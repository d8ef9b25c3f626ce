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

	"bottega/cmd/internal/places"
	"bottega/desk"
	"bottega/ui/facilitator"
	"bottega/ui/paper"
	"bottega/ui/paper/printer"
	"bottega/ui/text"
)

// computer is what the program does to the computer it runs on.
type computer struct {
	app fyne.App
	// shown is the folder of papers that were opened to be looked at; it goes when the program ends.
	shown string
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
	path, err := saveIn(c.shown, p, pdf)
	if err != nil {
		return err
	}
	return printer.OpenFile(ctx, path)
}

// forget removes the papers that were opened to be looked at.
func (c *computer) forget() error { return os.RemoveAll(c.shown) }

// EmptyClipboard implements facilitator.Computer.
func (c *computer) EmptyClipboard() { c.app.Clipboard().SetContent("") }

// Copy implements facilitator.Computer.
func (c *computer) Copy(text string) { c.app.Clipboard().SetContent(text) }

// Places implements facilitator.Computer.
func (c *computer) Places(ctx context.Context) ([]facilitator.Place, error) {
	found := places.List(ctx)
	list := make([]facilitator.Place, len(found))
	for i, p := range found {
		list[i] = facilitator.Place(p)
	}
	return list, nil
}

// Find implements facilitator.Computer.
func (c *computer) Find(ctx context.Context, ending string) ([]facilitator.FoundFile, error) {
	found, err := places.Find(ctx, places.List(ctx), ending)
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

// Load implements facilitator.Keeper. Settings that cannot be read are those of a new desk: no choice is worth not starting.
func (k *keeper) Load() facilitator.Settings {
	s := facilitator.DefaultSettings(k.lang, text.Italian)
	if data, err := os.ReadFile(k.path); err == nil {
		_ = json.Unmarshal(data, &s) // a broken file leaves what it did not reach
	}
	return s
}

// Save implements facilitator.Keeper.
func (k *keeper) Save(s facilitator.Settings) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("keeping the settings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keeping the settings: %w", err)
	}
	if err := os.WriteFile(k.path, data, 0o600); err != nil {
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
