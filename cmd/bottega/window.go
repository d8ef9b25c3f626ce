package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/ui/citizen"
	"bottega/ui/facilitator"
	"bottega/ui/text"
	"bottega/ui/theme"
)

// appID names the program to the desktop; preferences and notifications go by it.
const appID = "it.toscana.bottega"

// firstSize leaves room for a title bar and a task bar on a laptop of 1366 by 768.
var firstSize = fyne.NewSize(1180, 640)

// windows are the two windows of one run.
type windows struct {
	app     fyne.App
	main    fyne.Window
	stage   *citizen.Stage
	citizen *citizen.Window
	view    *facilitator.View
	// facilitator is the presenter of the main window.
	facilitator *facilitator.App
	options     options
	looks       facilitator.Settings
}

// show runs the windows until they are closed.
func show(ctx context.Context, o options, catalog *text.Catalog, d *doors, c *crash) error {
	fa := app.NewWithID(appID)
	w := &windows{app: fa, main: fa.NewWindow("Bottega"), options: o}
	keep := &keeper{path: filepath.Join(o.data, house.SettingsFile), lang: startLang(o, os.Getenv)}
	w.stage = citizen.NewStage(text.NewHolder(catalog, keep.Load().CitizenLang))
	w.citizen = citizen.NewWindow(fa, w.main, w.stage, citizen.Options{
		Title: "Bottega — cittadino", Displays: secondScreen{w}, Touched: func() { w.facilitator.Active() },
	})
	sweepShown()
	pc := &computer{app: fa}
	if err := w.dress(keep.Load()); err != nil {
		return err
	}
	a := facilitator.New(facilitator.Params{
		Doors: d, Computer: pc, Doctor: &examiner{app: fa, doors: d, keeper: keep}, Keeper: keep, Catalog: catalog, Own: d.parts.content.Catalogue.Services, Stage: w.stage, TurnOver: w.citizen.Turn, Dispatch: fyne.Do,
		Clock: desk.ClockFunc(time.Now), Look: w.look, Quit: w.main.Close, Version: house.Version(), Interrupted: c.before != "",
		CrashFile: c.report(), Practice: o.practice,
	})
	w.facilitator, w.view = a, facilitator.NewView(w.main, a)
	d.raise = func() { fyne.Do(w.raise) }
	if err := d.listen(); err != nil {
		return fmt.Errorf("preparing for a second start: %w", err)
	}
	w.main.SetMaster()
	w.main.Resize(firstSize)
	w.main.CenterOnScreen()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fa.Lifecycle().SetOnStarted(func() {
		a.Start(ctx, w.view.Draw)
		w.openCitizen()
		if o.second == "auto" {
			go w.follow(ctx)
		}
	})
	context.AfterFunc(ctx, func() { fyne.Do(fa.Quit) })
	w.main.Show()
	fa.Run()
	return errors.Join(a.Close(), pc.ForgetPapers())
}

// follow lets the citizen's window come and go with a second screen that is plugged in and out.
func (w *windows) follow(ctx context.Context) {
	ticker := time.NewTicker(3 * time.Second)
	defer ticker.Stop()
	w.citizen.Follow(ctx, fyne.Do, ticker.C)
}

// secondScreen is a second screen where the settings want one used.
type secondScreen struct{ windows *windows }

// HasSecondaryDisplay implements citizen.Displays.
func (s secondScreen) HasSecondaryDisplay() bool {
	driver, ok := s.windows.app.Driver().(citizen.Displays)
	return ok && s.windows.looks.SecondScreen && driver.HasSecondaryDisplay()
}

// raise brings the window to the front, for a second start of the program.
func (w *windows) raise() {
	w.main.Show()
	w.main.RequestFocus()
}

// look applies what was chosen in the settings.
func (w *windows) look(s facilitator.Settings) {
	was := w.looks
	if err := w.dress(s); err != nil {
		fyne.LogError("the theme", err)
		return
	}
	w.view.Redress()
	if was.SecondScreen != s.SecondScreen {
		if w.citizen.Close(); s.SecondScreen {
			w.openCitizen()
		}
	}
}

func (w *windows) dress(s facilitator.Settings) error {
	contrast := theme.Contrast(s.Contrast)
	scale := float32(s.TextSize) / 100
	t, err := theme.New(theme.Options{Facilitator: contrast, Citizen: contrast, Scale: scale, CitizenScale: scale})
	if err != nil {
		return fmt.Errorf("dressing the windows: %w", err)
	}
	w.looks = s
	w.app.Settings().SetTheme(t)
	return nil
}

// openCitizen shows the citizen's window where there is a place for it.
func (w *windows) openCitizen() {
	switch {
	case w.options.second == "window":
		w.citizen.OpenWindow(fyne.NewSize(1024, 720))
	case w.options.second == "auto" && w.looks.SecondScreen:
		w.citizen.Open()
	}
}
