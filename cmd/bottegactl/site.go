package main

import (
	"context"
	"io"

	"bottega/desk"
)

type siteCommands struct {
	Show siteShow `cmd:"" default:"1"`
	Set  siteSet  `cmd:""`
}

type siteShow struct{}

// Run tells where the desk stands.
func (siteShow) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	s := w.Site()
	if s.Site.ID == "" {
		return desk.ErrNoSite
	}
	return a.showSite(s)
}

type siteSet struct {
	ID           string `name:"id" required:"" placeholder:"LU-PIAZZA"`
	Name         string `required:"" placeholder:"NAME"`
	Municipality string `required:"" placeholder:"NAME"`
	Phone        string `placeholder:"NUMBER"`
	Desk         string `default:"1" placeholder:"1"`
}

// Run says where the desk stands from now on.
func (c siteSet) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	s := desk.SiteSet{Site: desk.Site{ID: c.ID, Name: c.Name, Municipality: c.Municipality, Phone: c.Phone}, Desk: c.Desk}
	if err := w.SetSite(ctx, s); err != nil {
		return err
	}
	return a.showSite(s)
}

func (a *app) showSite(s desk.SiteSet) error {
	return a.show(s, func(w io.Writer) {
		line(w, a.say.T("ctl.site.stands", "ID", s.Site.ID, "Name", s.Site.Name, "Municipality", s.Site.Municipality, "Desk", s.Desk))
	})
}
