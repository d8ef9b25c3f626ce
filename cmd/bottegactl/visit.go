package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bottega/assets"
	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/walk"
)

type visitCommands struct {
	Run     visitRun     `cmd:""`
	Refused visitRefused `cmd:""`
	Correct visitCorrect `cmd:""`
}

type visitRun struct {
	Script string `arg:""`
}

// visitScript is a visit as a file tells it. Nothing in it is a secret: what the citizen types is typed by the citizen.
type visitScript struct {
	Citizen citizenScript `yaml:"citizen"`
	// Online is what the walks are told about the hub: true when it can be asked right now.
	Online bool         `yaml:"online"`
	Notes  []string     `yaml:"notes"`
	Walks  []walkScript `yaml:"walks"`
	// Record is a plain visit without a walk.
	Record *recordScript `yaml:"record"`
	Papers []paperScript `yaml:"papers"`
	// Close is left out when the visit is to stay open.
	Close *closeScript `yaml:"close"`
}

// citizenScript names the citizen: by the card in the reader, by hand, or not at all.
type citizenScript struct {
	Card       bool       `yaml:"card"`
	Surname    string     `yaml:"surname"`
	Name       string     `yaml:"name"`
	FiscalCode string     `yaml:"fiscal_code"`
	BirthDate  civil.Date `yaml:"birth_date"`
	Sex        string     `yaml:"sex"`
}

// walkScript walks through one service.
type walkScript struct {
	Service string       `yaml:"service"`
	Steps   []stepScript `yaml:"steps"`
	// End ends the walk with an outcome from wherever it stands; Expect is the outcome that the steps must have led to.
	End    string        `yaml:"end"`
	Expect string        `yaml:"expect"`
	Papers []paperScript `yaml:"papers"`
}

// stepScript answers one step. It names the step, so that a script that no longer fits its service stops instead of answering
// another question.
type stepScript struct {
	Step    string            `yaml:"step"`
	Choose  string            `yaml:"choose"`
	Answers map[string]string `yaml:"answers"`
}

// paperScript makes a paper and saves it.
type paperScript struct {
	Kind  desk.PaperKind `yaml:"kind"`
	Code  string         `yaml:"code"`
	Lang  string         `yaml:"lang"`
	Large bool           `yaml:"large"`
	Save  string         `yaml:"save"`
}

type recordScript struct {
	Service string `yaml:"service"`
	Minutes int    `yaml:"minutes"`
	Outcome string `yaml:"outcome"`
}

type closeScript struct {
	CleanUp []desk.CleanUp `yaml:"clean_up"`
	Left    bool           `yaml:"left"`
}

// visitResult is the answer of visit run.
type visitResult struct {
	Visit  string        `json:"visit"`
	Walks  []walkResult  `json:"walks"`
	Papers []paperResult `json:"papers"`
	Closed bool          `json:"closed"`
}

type walkResult struct {
	ID      string `json:"id"`
	Service string `json:"service"`
	Outcome string `json:"outcome"`
}

// Run plays a whole visit. What was done before a mistake stays recorded, as it does at the desk, and the visit stays open.
func (c visitRun) Run(ctx context.Context, a *app) error {
	var script visitScript
	written, err := os.ReadFile(c.Script)
	if err != nil {
		return err
	}
	if err := assets.ReadYAML(c.Script, written, &script); err != nil {
		return err
	}
	p := player{app: a, script: script, folder: filepath.Dir(c.Script)}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	p.desk = w
	if err := p.play(ctx); err != nil {
		return err
	}
	return a.show(p.result, func(out io.Writer) {
		for _, walked := range p.result.Walks {
			line(out, walked.Service+":", walked.Outcome)
		}
		for _, made := range p.result.Papers {
			line(out, made.Number+":", made.File)
		}
		line(out, a.say.T("ctl.visit.done", "ID", p.result.Visit))
	})
}

// player carries a script through a visit.
type player struct {
	*app
	script visitScript
	folder string // what the script saves is saved beside it
	desk   *work
	moment desk.Moment
	result visitResult
}

// prepare reads the card before anything is recorded, so that a forgotten card leaves no half a visit behind.
func (p *player) prepare(ctx context.Context) error {
	p.moment.HubReachable = p.script.Online
	p.result.Walks, p.result.Papers = []walkResult{}, []paperResult{}
	if !p.script.Citizen.Card {
		return nil
	}
	port := p.openPort()
	defer closePort(port)
	card, err := cardreader.ReadFirst(ctx, port, p.readCard, "")
	if err != nil {
		return err
	}
	p.moment.Card, p.moment.CardPresent = &card, true
	return nil
}

func (p *player) play(ctx context.Context) error {
	visit, err := p.desk.OpenVisit(ctx, p.opening())
	if err != nil {
		return err
	}
	p.result.Visit = visit
	for _, note := range p.script.Notes {
		if err := p.desk.AddNote(ctx, visit, note); err != nil {
			return err
		}
	}
	for _, w := range p.script.Walks {
		if err := p.walk(ctx, w); err != nil {
			return err
		}
	}
	if r := p.script.Record; r != nil {
		if err := p.desk.RecordService(ctx, visit, desk.VisitRecorded{Service: r.Service, Minutes: r.Minutes, Outcome: r.Outcome}); err != nil {
			return err
		}
	}
	if err := p.papers(ctx, "", p.script.Papers); err != nil {
		return err
	}
	if p.script.Close == nil {
		return nil
	}
	p.result.Closed = true
	return p.desk.CloseVisit(ctx, visit, desk.Closing{CleanUp: p.script.Close.CleanUp, Left: p.script.Close.Left})
}

func (p *player) opening() desk.Opening {
	c := p.script.Citizen
	if p.moment.Card != nil {
		return desk.Opening{Naming: desk.NamedByCard, Person: p.moment.Card.Holder, Card: p.moment.Card}
	}
	person := desk.Person{Surname: c.Surname, Name: c.Name, FiscalCode: c.FiscalCode, BirthDate: c.BirthDate, Sex: c.Sex}
	if person.IsZero() {
		return desk.Opening{Naming: desk.Unnamed}
	}
	return desk.Opening{Naming: desk.NamedByHand, Person: person}
}

func (p *player) walk(ctx context.Context, script walkScript) error {
	id, err := p.desk.StartWalk(ctx, p.result.Visit, script.Service)
	if err != nil {
		return err
	}
	for _, step := range script.Steps {
		if err := p.step(ctx, id, step); err != nil {
			return err
		}
	}
	if script.End != "" {
		if err := p.desk.EndWalk(ctx, id, script.End); err != nil {
			return err
		}
	}
	view, err := p.desk.Walk(id, p.moment)
	if err != nil {
		return err
	}
	result := walkResult{ID: id, Service: script.Service}
	if view.Outcome != nil {
		result.Outcome = view.Outcome.ID
	}
	p.result.Walks = append(p.result.Walks, result)
	if script.Expect != "" && script.Expect != result.Outcome {
		return failed("outcome_differs", nil, "Service", script.Service, "Want", script.Expect, "Got", result.Outcome, "Step", view.Step.ID)
	}
	return p.papers(ctx, id, script.Papers)
}

func (p *player) step(ctx context.Context, id string, script stepScript) error {
	view, err := p.desk.Walk(id, p.moment)
	if err != nil {
		return err
	}
	if view.Step.ID != script.Step {
		return failed("step_differs", nil, "Want", script.Step, "Got", view.Step.ID)
	}
	// What the page starts with stays unless the script says otherwise, as when a person just confirms it.
	answers := map[string]string{}
	maps.Copy(answers, view.Shown)
	maps.Copy(answers, script.Answers)
	if script.Choose != "" {
		answers[script.Step] = script.Choose
	}
	_, wrong, err := p.desk.Answer(ctx, id, answers, p.moment)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return failed("answer_refused", nil, "Step", script.Step, "Reasons", p.reasons(wrong))
	}
	return nil
}

// reasons lists the refused answers by the names of their fields; the answers themselves are not repeated.
func (a *app) reasons(wrong walk.FieldErrors) string {
	var all []string
	for field, e := range wrong {
		all = append(all, field+": "+a.say.In(e.Text))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (p *player) papers(ctx context.Context, walkID string, scripts []paperScript) error {
	for _, s := range scripts {
		lang := s.Lang
		if lang == "" {
			lang = p.say.Lang()
		}
		order := desk.PaperOrder{Kind: s.Kind, Lang: lang, Large: s.Large, Walk: walkID, Code: s.Code}
		file := s.Save
		if file != "" && !filepath.IsAbs(file) {
			file = filepath.Join(p.folder, file)
		}
		made, err := makePaper(ctx, p.app, p.desk, p.result.Visit, order, file)
		if err != nil {
			return err
		}
		p.result.Papers = append(p.result.Papers, made)
	}
	return nil
}

// makePaper makes a paper and saves it where asked. The file is written before the desk notes that the paper left.
func makePaper(ctx context.Context, a *app, d *work, visit string, order desk.PaperOrder, file string) (paperResult, error) {
	made, pdf, err := d.MakePaper(ctx, visit, order)
	if err != nil {
		return paperResult{}, err
	}
	result := paperResult{ID: made.ID, Number: made.Number, Kind: string(made.Kind), Visit: visit, MadeAt: made.MadeAt, File: file}
	if file == "" {
		return result, nil
	}
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		return paperResult{}, fmt.Errorf("saving the paper: %w", err)
	}
	return result, d.PaperLeft(ctx, made.ID, "saved")
}
