package main

import (
	"context"
	"errors"
	"io"
	"strings"

	cardpractice "bottega/cardreader/practice"
	"bottega/desk/civil"
)

type practice struct {
	List    bool
	VPCD    string `name:"vpcd" placeholder:"HOST:PORT" default:"127.0.0.1:35963"`
	Profile string `placeholder:"NAME"`
	Baud    int    `placeholder:"N" default:"0"`
}

// profileLine is one practice card in the answer of practice --list.
type profileLine struct {
	ID      string     `json:"id"`
	Group   string     `json:"group"`
	Model   string     `json:"model"`
	Fault   string     `json:"fault,omitempty"`
	Holder  string     `json:"holder"`
	Expires civil.Date `json:"expires"`
	About   string     `json:"about"`
}

// Run plugs a practice card into a virtual reader until it is interrupted. Everybody on these cards is invented.
func (p practice) Run(ctx context.Context, a *app) error {
	if p.List {
		return p.list(ctx, a)
	}
	if p.Baud < 0 {
		return wrongUse("bad_value", "What", "--baud")
	}
	profile, err := cardpractice.Find(p.Profile, civil.Of(a.now()))
	if errors.Is(err, cardpractice.ErrUnknownProfile) {
		return wrongUse("no_profile", "Name", p.Profile)
	}
	if err != nil {
		return err
	}
	card, err := cardpractice.New(profile)
	if err != nil {
		return err
	}
	plugged := a.profile(profile)
	if err := a.show(plugged, func(w io.Writer) {
		line(w, a.say.T("ctl.practice.plugged", "ID", plugged.ID, "Holder", plugged.Holder, "Address", p.VPCD))
		line(w, a.say.T("ctl.practice.stop"))
	}); err != nil {
		return err
	}
	err = cardpractice.Serve(ctx, p.VPCD, card, p.Baud)
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case err != nil:
		return &failure{exit: exitCard, code: "no_virtual_reader", args: []any{"Address", p.VPCD}}
	}
	return nil
}

func (p practice) list(ctx context.Context, a *app) error {
	profiles, err := cardpractice.Profiles(civil.Of(a.now()))
	if err != nil {
		return err
	}
	lines := make([]profileLine, len(profiles))
	for i, profile := range profiles {
		lines[i] = a.profile(profile)
	}
	return a.show(map[string]any{"profiles": lines}, func(w io.Writer) {
		for i, l := range lines {
			if i == 0 || l.Group != lines[i-1].Group {
				line(w, a.say.T("practice.group."+l.Group)+":")
			}
			line(w, " ", l.ID+":", l.Holder+",", l.About+".", a.say.T("ctl.card.expires")+":", a.say.Date(l.Expires))
		}
	})
}

func (a *app) profile(p cardpractice.Profile) profileLine {
	about := p.About[a.say.Lang()]
	return profileLine{
		ID: p.ID, Group: string(p.Group), Model: p.Model, Fault: p.Fault, Holder: p.Holder.FullName(), Expires: p.Expires, About: strings.TrimSuffix(about, "."),
	}
}
