package main

import (
	"context"
	"io"
	"os"

	"bottega/assets"
	"bottega/desk/civil"
	"bottega/desk/walk"
)

type serviceCommands struct {
	List serviceList `cmd:""`
	Show serviceShow `cmd:""`
	Lint serviceLint `cmd:""`
}

type serviceList struct{}

// serviceLine is one service in the answer of service list.
type serviceLine struct {
	ID      string     `json:"id"`
	Version int        `json:"version"`
	Title   string     `json:"title"`
	Summary string     `json:"summary"`
	Checked civil.Date `json:"checked"`
}

// Run lists the services that this program can walk.
func (serviceList) Run(_ context.Context, a *app) error {
	services, err := assets.Services()
	if err != nil {
		return err
	}
	lines := make([]serviceLine, len(services))
	for i, s := range services {
		lines[i] = serviceLine{ID: s.ID, Version: s.Version, Title: a.say.In(s.Title), Summary: a.say.In(s.Summary), Checked: s.Checked}
	}
	return a.show(map[string]any{"services": lines}, func(w io.Writer) {
		for _, l := range lines {
			line(w, l.ID+":", l.Title+".", l.Summary)
		}
	})
}

type serviceShow struct {
	ID string `arg:""`
}

// stepLine is one page of a service in the answer of service show.
type stepLine struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Title   string   `json:"title"`
	Citizen string   `json:"citizen,omitempty"`
	Fields  []string `json:"fields,omitempty"`
	Options []string `json:"options,omitempty"`
}

// outcomeLine is one way a service can end.
type outcomeLine struct {
	ID    string `json:"id"`
	Class string `json:"class"`
	Title string `json:"title"`
}

// Run shows the steps of a service, with what to answer them with in a script, and its outcomes.
func (c serviceShow) Run(_ context.Context, a *app) error {
	s, err := serviceNamed(c.ID)
	if err != nil {
		return err
	}
	steps := make([]stepLine, len(s.Steps))
	for i, step := range s.Steps {
		steps[i] = stepLine{ID: step.ID, Kind: string(step.Kind), Title: a.say.In(step.Title), Citizen: a.say.In(step.Citizen)}
		for _, f := range step.Fields {
			steps[i].Fields = append(steps[i].Fields, f.ID)
		}
		for _, o := range step.Options {
			steps[i].Options = append(steps[i].Options, o.ID)
		}
	}
	outcomes := make([]outcomeLine, len(s.Outcomes))
	for i, o := range s.Outcomes {
		outcomes[i] = outcomeLine{ID: o.ID, Class: string(o.Class), Title: a.say.In(o.Title)}
	}
	result := map[string]any{"id": s.ID, "version": s.Version, "title": a.say.In(s.Title), "steps": steps, "outcomes": outcomes}
	return a.show(result, func(w io.Writer) {
		line(w, a.say.In(s.Title))
		line(w, a.say.In(s.Summary))
		for _, l := range steps {
			line(w)
			line(w, l.ID, "("+l.Kind+"):", l.Title)
			for _, id := range append(l.Options, l.Fields...) {
				line(w, "  -", id)
			}
		}
		line(w)
		line(w, a.say.T("ctl.service.outcomes"))
		for _, l := range outcomes {
			line(w, "  -", l.ID+":", l.Title)
		}
	})
}

// serviceNamed finds a service by its id.
func serviceNamed(id string) (*walk.Service, error) {
	services, err := assets.Services()
	if err != nil {
		return nil, err
	}
	for _, s := range services {
		if s.ID == id {
			return s, nil
		}
	}
	return nil, failed("no_service", nil, "ID", id)
}

type serviceLint struct {
	Path string `arg:"" optional:""`
}

// Run checks service files: those of a folder, one file, or without a path everything that travels inside this program.
func (c serviceLint) Run(_ context.Context, a *app) error {
	services, err := lintServices(c.Path)
	if err != nil {
		return err
	}
	return a.show(map[string]any{"services": len(services), "problems": []string{}}, func(w io.Writer) {
		line(w, a.say.N("ctl.service.clean", len(services)))
	})
}

func lintServices(path string) ([]*walk.Service, error) {
	if path == "" {
		if _, err := assets.Rules(); err != nil {
			return nil, err
		}
		return assets.Services()
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return assets.LoadServices(os.DirFS(path))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := assets.ReadService(path, data)
	if err != nil {
		return nil, err
	}
	return []*walk.Service{s}, nil
}
