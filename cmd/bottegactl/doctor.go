package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"bottega/cmd/internal/doctor"
	"bottega/cmd/internal/house"
	"bottega/sync/journal"
	"bottega/ui/checkup"
)

type doctorCommand struct{}

// findingResult is one finding in the JSON of the doctor.
type findingResult struct {
	Check     string        `json:"check"`
	Result    string        `json:"result"`
	State     checkup.State `json:"state"`
	Attention bool          `json:"attention"`
	Message   string        `json:"message"`
	Advice    string        `json:"advice,omitempty"`
}

// Run looks at everything that can be wrong with this computer.
func (doctorCommand) Run(ctx context.Context, a *app) error {
	found, err := a.computer(doctor.Params{
		Version: house.Version(), Env: a.env, Data: a.data, Printer: chosenPrinter(a.data), Desk: a.deskToExamine,
	}).Examine(ctx, nil)
	if err != nil {
		return err
	}
	attention := checkup.Attention(found)
	results := make([]findingResult, len(found))
	for i, f := range found {
		results[i] = findingResult{
			Check: f.Check, Result: f.Result, State: f.State, Attention: f.State == checkup.Broken, Message: f.Message(a.say), Advice: f.Advice(a.say),
		}
	}
	err = a.show(map[string]any{"findings": results, "attention": attention}, func(w io.Writer) {
		_, _ = io.WriteString(w, checkup.Text(a.say, found)) // a buffer in memory
	})
	if err == nil && attention > 0 {
		return errAttention
	}
	return err
}

// chosenPrinter is the printer that was chosen in the desk app, whose settings lie beside the journal; empty when none was.
func chosenPrinter(data string) string {
	var settings struct {
		Printer string `json:"printer"`
	}
	raw, err := os.ReadFile(filepath.Join(data, house.SettingsFile))
	if err != nil || json.Unmarshal(raw, &settings) != nil {
		return ""
	}
	return settings.Printer
}

// deskToExamine opens the journal, and the line to the hub when there is a passphrase for it: who this desk is for its hub lies
// sealed in the journal.
func (a *app) deskToExamine(ctx context.Context) (doctor.Desk, func()) {
	j, err := journal.Open(a.data, journal.Options{})
	if err != nil {
		return doctor.Desk{Err: err}, func() {}
	}
	d, done := doctor.Desk{}, func() { closeJournal(j) }
	if d.State, d.Err = j.State(); d.Err != nil || a.env("BOTTEGA_PASSPHRASE") == "" {
		return d, done
	}
	if d.LineErr = a.unlock(ctx, j); d.LineErr != nil {
		return d, done
	}
	line, err := a.lineOf(ctx, j)
	if err != nil {
		d.LineErr = err
		return d, done
	}
	d.Line = line
	return d, done
}
