package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/transcript"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/civil"
)

type cardRecord struct {
	Reader string `placeholder:"NAME"`
	Layout string `placeholder:"FILE"`
	Force  bool
	File   string `arg:""`
}

// recordResult is the answer of card record.
type recordResult struct {
	File      string                `json:"file"`
	Exchanges int                   `json:"exchanges"`
	Replaced  []transcript.Replaced `json:"replaced"`
	Troubles  []cardreader.Trouble  `json:"troubles"`
}

// Run reads the card in the reader and writes down what passed, without what is the holder's. A card that could not be read is
// what this is for: it fails only where there was nothing to write down, or no way to write it.
func (c cardRecord) Run(ctx context.Context, a *app) error {
	if _, err := os.Stat(c.File); err == nil && !c.Force {
		return failed("record_exists", nil, "Path", c.File)
	}
	read := a.readCard
	if c.Layout != "" {
		reader, err := cardsWith(c.Layout)
		if err != nil {
			return err
		}
		read = reader.Read
	}
	recorder := transcript.NewRecorder(a.openPort())
	defer closePort(recorder)
	card, reading := cardreader.ReadFirst(ctx, recorder, read, c.Reader)
	if strange(card, reading) {
		_ = recorder.LookAround(ctx, card.Reader) // what broke it off stands in the transcript
	}
	about := transcript.About{
		Program: "bottegactl " + house.Version(), Day: civil.Of(a.now()), Model: card.Model, Outcome: found(card, reading),
	}
	recorded, err := recorder.Transcript(about)
	switch {
	case errors.Is(err, transcript.ErrNothing) && reading != nil:
		return reading
	case errors.Is(err, transcript.ErrTooLong):
		return failed("record_too_long", nil)
	case err != nil:
		return err
	}
	if err := c.write(recorded.Text()); err != nil {
		return err
	}
	result := recordResult{
		File: c.File, Exchanges: recorded.Exchanges(), Replaced: append([]transcript.Replaced{}, recorded.Replaced...), Troubles: about.Outcome,
	}
	return a.show(result, func(w io.Writer) { a.recordText(w, result) })
}

// strange reports whether a card answered and no layout fits it.
func strange(card desk.Card, err error) bool {
	return card.Model == "" && (errors.Is(err, cardreader.UnknownModel) || errors.Is(err, cardreader.NotACNS) || errors.Is(err, cardreader.Contactless))
}

// cardsWith reads cards of the models that travel inside the program, and before them of the one in a layout file, which may be
// a correction of one of them.
func cardsWith(layout string) (cns.Reader, error) {
	reader := house.Cards()
	if layout == "" {
		return reader, nil
	}
	data, err := os.ReadFile(layout)
	if err != nil {
		return reader, err
	}
	added, err := cns.ParseLayout(layout, data)
	if err != nil {
		return reader, err
	}
	known := reader.Layouts
	if known == nil {
		if known, err = cns.Embedded(); err != nil {
			return reader, err
		}
	}
	reader.Layouts = []cns.Layout{added}
	for _, l := range known {
		if l.Name != added.Name {
			reader.Layouts = append(reader.Layouts, l)
		}
	}
	return reader, nil
}

// found lists the troubles of a reading: what the card's parts show, and what stopped it.
func found(card desk.Card, err error) []cardreader.Trouble {
	troubles := cardreader.TroublesOf(card)
	var stopped cardreader.Trouble
	if errors.As(err, &stopped) && !slices.Contains(troubles, stopped) {
		troubles = append(troubles, stopped)
	}
	return troubles
}

// write writes the file at once or not at all, and over another only with --force.
func (c cardRecord) write(text []byte) error {
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.Force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	out, err := os.OpenFile(c.File, mode, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return failed("record_exists", nil, "Path", c.File)
	}
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(c.File) // half a transcript is refused wherever it is loaded
		return fmt.Errorf("writing the transcript: %w", err)
	}
	return nil
}

// replacedTexts are the words for what a transcript no longer holds.
func replacedTexts() map[transcript.Replaced]string {
	return map[transcript.Replaced]string{
		transcript.ReplacedNames:       "ctl.record.replaced.names",
		transcript.ReplacedFiscalCode:  "ctl.record.replaced.fiscal_code",
		transcript.ReplacedDates:       "ctl.record.replaced.dates",
		transcript.ReplacedPlaces:      "ctl.record.replaced.places",
		transcript.ReplacedTexts:       "ctl.record.replaced.texts",
		transcript.ReplacedNumber:      "ctl.record.replaced.number",
		transcript.ReplacedCertificate: "ctl.record.replaced.certificate",
		transcript.ReplacedUnknown:     "ctl.record.replaced.unknown",
		transcript.ReplacedCodes:       "ctl.record.replaced.codes",
	}
}

func (a *app) recordText(w io.Writer, r recordResult) {
	line(w, a.say.N("ctl.record.written", r.Exchanges, "File", r.File))
	if len(r.Replaced) == 0 {
		line(w, a.say.T("ctl.record.nothing_personal"))
	} else {
		texts := replacedTexts()
		var replaced []string
		for _, kind := range r.Replaced {
			replaced = append(replaced, a.say.T(texts[kind]))
		}
		line(w, a.say.T("ctl.record.replaced", "What", strings.Join(replaced, ", ")))
	}
	line(w, a.say.T("ctl.record.send"))
	for _, t := range r.Troubles {
		line(w, a.say.T("ctl.record.found")+":", sentence(a.say.T(t.TitleKey())))
	}
}

type cardReplay struct {
	Layout string `placeholder:"FILE"`
	File   string `arg:""`
}

// Run reads the card of a transcript as if it were in the reader, on the day on which it was recorded. Everybody on it is
// invented. A program that asks that card something else than the one that recorded it did is told so.
func (c cardReplay) Run(ctx context.Context, a *app) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	recorded, err := transcript.Load(bytes.NewReader(text))
	if err != nil {
		return failed("transcript", err, "Path", c.File)
	}
	replay := transcript.NewReplay(recorded, recorded.Reader)
	defer closePort(replay)
	reader, err := cardsWith(c.Layout)
	if err != nil {
		return err
	}
	reader.Certificates = nil // what was replaced in the certificate is no longer what the authority signed
	reader.Now = func() time.Time { return noon(recorded.Day) }
	card, reading := cardreader.ReadFirst(ctx, replay, reader.Read, "")
	if err := replay.Done(); err != nil {
		return failed("replay_differs", err)
	}
	if reading != nil {
		return reading
	}
	report := reportOf(card)
	if err := a.show(report, func(w io.Writer) {
		line(w, a.say.T("ctl.record.replayed", "Program", recorded.Program, "Day", a.say.Date(recorded.Day)))
		a.cardText(w, report)
	}); err != nil {
		return err
	}
	if len(report.Troubles) > 0 {
		return errCardTroubled
	}
	return nil
}

// noon is the middle of a day, by which dates are judged as on that day.
func noon(d civil.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.Local)
}
