package main

import (
	"context"
	"os"

	"fyne.io/fyne/v2"

	"bottega/cmd/internal/doctor"
	"bottega/cmd/internal/house"
	"bottega/sync/journal"
	"bottega/ui/checkup"
	"bottega/ui/citizen"
	"bottega/ui/facilitator"
)

// examiner examines the computer for the window.
type examiner struct {
	app    fyne.App
	doors  *doors
	keeper *keeper
}

var _ facilitator.Doctor = (*examiner)(nil)

// Examine implements facilitator.Doctor.
func (e *examiner) Examine(ctx context.Context, s *facilitator.Session, tell func(done, of int)) ([]checkup.Finding, error) {
	open := e.doors.journal // the window does nothing to it meanwhile; a look that is stuck must not ask for it later
	return doctor.Here(doctor.Params{
		Version: house.Version(), Env: os.Getenv, Data: e.doors.dir, Printer: e.keeper.Load().Printer, Window: e.window,
		Desk: func(context.Context) (doctor.Desk, func()) { return examineDesk(e.doors.dir, open, s) },
	}).Examine(ctx, tell)
}

// examineDesk tells how the journal is and, where the session has one, the line. At the practice desk the journal looked at is still
// the real one.
func examineDesk(dir string, open *journal.Journal, s *facilitator.Session) (doctor.Desk, func()) {
	d, done := doctor.Desk{Practice: s != nil && s.Hand != nil}, func() {}
	if open == nil {
		j, err := journal.Open(dir, journal.Options{})
		if err != nil {
			d.Err = err
			return d, done
		}
		open, done = j, func() { _ = j.Close() } // it was only looked at
	}
	d.State, d.Err = open.State()
	if s != nil && !d.Practice {
		if l, ok := s.Line.(*line); ok {
			d.Line = l.Client
		}
	}
	return d, done
}

// window asks the toolkit's driver for a second screen, on the one goroutine that may.
func (e *examiner) window(ctx context.Context) doctor.Window {
	driver, ok := e.app.Driver().(citizen.Displays)
	if !ok {
		return doctor.Window{}
	}
	answer := make(chan bool, 1)
	fyne.Do(func() { answer <- driver.HasSecondaryDisplay() })
	select {
	case second := <-answer:
		return doctor.Window{Second: second, Known: true}
	case <-ctx.Done():
		return doctor.Window{}
	}
}
