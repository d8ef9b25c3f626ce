package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"bottega/desk"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
)

// desks are the desks that the hub knows.
type desks struct {
	List   desksList   `cmd:"" default:"1" help:"${help_desks_list}"`
	Revoke desksRevoke `cmd:"" help:"${help_revoke}"`
}

// desksList lists the desks.
type desksList struct{}

// deskLine is a desk in JSON.
type deskLine struct {
	ID       string     `json:"id"`
	Site     string     `json:"site"`
	Program  string     `json:"program"`
	Enrolled time.Time  `json:"enrolled"`
	Seen     *time.Time `json:"last_seen"`
	Revoked  *time.Time `json:"revoked,omitempty"`
	Entries  int        `json:"entries"`
	// Unknown counts the entries of kinds that this hub does not know.
	Unknown int `json:"unknown"`
	// Skew is in seconds, positive when the desk's clock is ahead.
	Skew int `json:"skew_seconds"`
}

// Run implements the command.
func (c *desksList) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	all, err := h.Desks(a.ctx)
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	lines := make([]deskLine, len(all))
	for i, d := range all {
		lines[i] = deskLine{
			ID: d.ID, Site: d.Site, Program: d.Program, Enrolled: d.Enrolled, Entries: d.Entries, Unknown: d.Unknown, Skew: int(d.Skew / time.Second),
		}
		if !d.Seen.IsZero() {
			lines[i].Seen = &d.Seen
		}
		if !d.Revoked.IsZero() {
			lines[i].Revoked = &d.Revoked
		}
	}
	return a.show(map[string]any{"desks": lines}, a.deskTable(lines))
}

func (a *app) deskTable(lines []deskLine) string {
	if len(lines) == 0 {
		return a.say.T("hub.no_desks") + "\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	var heads []string
	for _, column := range []string{"id", "site", "seen", "entries", "unknown", "clock", "program"} {
		heads = append(heads, a.say.T("hub.column."+column))
	}
	// A builder in memory does not fail.
	_, _ = fmt.Fprintln(w, strings.Join(heads, "\t"))
	unknown := 0
	for _, d := range lines {
		unknown += d.Unknown
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Site, a.seen(d), a.say.Int(d.Entries), a.say.Int(d.Unknown), a.clock(d), d.Program)
	}
	_ = w.Flush()
	if unknown > 0 {
		b.WriteString(a.say.N("hub.unknown", unknown) + "\n")
	}
	return b.String()
}

// seen says when a desk last called, or that it is shut out.
func (a *app) seen(d deskLine) string {
	switch {
	case d.Revoked != nil:
		return a.say.T("hub.revoked", "When", a.say.DateTime(d.Revoked.Local()))
	case d.Seen == nil:
		return a.say.T("hub.never")
	}
	return a.say.DateTime(d.Seen.Local())
}

func (a *app) clock(d deskLine) string {
	if skew := time.Duration(d.Skew) * time.Second; skew.Abs() > desk.ClockOff {
		return a.say.T("hub.clock_off", "Skew", skew.String())
	}
	return a.say.T("hub.clock_right")
}

// desksRevoke shuts a desk out.
type desksRevoke struct {
	ID string `arg:"" help:"${help_revoke_id}"`
}

// Run implements the command.
func (c *desksRevoke) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	err = h.Revoke(a.ctx, c.ID)
	if errors.Is(err, store.ErrNotFound) {
		err = failed("no_desk", nil, "Desk", c.ID)
	}
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	return a.show(map[string]string{"revoked": c.ID}, a.say.T("hub.was_revoked", "Desk", c.ID)+"\n")
}
