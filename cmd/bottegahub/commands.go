package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"bottega/cmd/internal/house"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
)

// enrol prints a one-time code for a desk.
type enrol struct {
	Site   string        `placeholder:"NAME" help:"${help_site}"`
	Desk   string        `placeholder:"ID" help:"${help_desk}"`
	Valid  time.Duration `default:"72h" help:"${help_valid}"`
	Public string        `placeholder:"URL" help:"${help_public}"`
}

// Run implements the command. The code goes to standard output alone, the explanation beside it, so that a script can take it.
func (c *enrol) Run(a *app) error {
	if c.Valid <= 0 {
		return &failure{exit: exitWrongUse, code: "valid"}
	}
	h, err := a.existing(hub.Params{Public: c.Public})
	if err != nil {
		return err
	}
	code, err := h.NewCode(a.ctx, hub.NewCodeParams{Site: c.Site, Desk: c.Desk, Valid: c.Valid})
	switch {
	case errors.Is(err, hub.ErrPublic):
		err = failed("public", nil)
	case errors.Is(err, store.ErrNotFound):
		err = failed("no_desk", nil, "Desk", c.Desk)
	}
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	until := time.Now().Add(c.Valid)
	if !a.json {
		_, _ = fmt.Fprintln(a.stderr, a.say.T("hub.enrol", "Hub", code.Address(), "Until", a.say.DateTime(until)))
	}
	return a.show(map[string]string{
		"code": code.String(), "hub": code.Address(), "expires": until.UTC().Format(time.RFC3339),
	}, code.String()+"\n")
}

// registryCommands keep the registries of the issuing bodies.
type registryCommands struct {
	Import registryImport `cmd:"" help:"${help_import}"`
}

// registryImport puts a file in place of a registry.
type registryImport struct {
	Kind   string `arg:"" enum:"cards,exemptions" help:"${help_kind}"`
	File   string `arg:"" help:"${help_file}"`
	DryRun bool   `help:"${help_dry_run}"`
}

// Run implements the command.
func (c *registryImport) Run(a *app) error {
	f, err := os.Open(c.File)
	if err != nil {
		return failed("file", pathCause(err), "File", c.File)
	}
	defer func() { _ = f.Close() }() // only read from
	h, err := a.open(hub.Params{})
	if err != nil {
		return err
	}
	load := h.ImportCards
	if store.Kind(c.Kind) == store.Exemptions {
		load = h.ImportExemptions
	}
	n, err := load(a.ctx, f, c.DryRun)
	if err = errors.Join(err, h.Close()); err != nil {
		return c.explain(a, err)
	}
	key := "hub.imported"
	if c.DryRun {
		key = "hub.checked"
	}
	return a.show(map[string]any{"kind": c.Kind, "rows": n, "dry_run": c.DryRun}, a.say.N(key, n, "Kind", c.Kind)+"\n")
}

// explain tells every broken row on a line of its own, before the line that says what happened.
func (c *registryImport) explain(a *app, err error) error {
	columns := strings.Join(hub.Columns(store.Kind(c.Kind)), ",")
	if errors.Is(err, hub.ErrHeader) {
		return failed("header", nil, "File", c.File, "Columns", columns)
	}
	var broken *hub.FileError
	if !errors.As(err, &broken) {
		return err
	}
	for _, row := range broken.Rows {
		_, _ = fmt.Fprintf(a.stderr, "%s:%d: %s\n", c.File, row.Row, a.say.T("hub.row."+row.Fault, "Column", row.Column, "Detail", row.Detail, "Columns", columns))
	}
	return failed("rows", nil, "File", c.File, "Count", a.say.Int(len(broken.Rows)+broken.More))
}

// keys prints what verifies the certificates of this hub on a computer that was never enrolled.
type keys struct{}

// Run implements the command. People get the same JSON as programs: it is a file for "bottegactl paper verify --keys".
func (c *keys) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	public := h.TokenKeys()
	if err := h.Close(); err != nil {
		return err
	}
	a.json = true
	return a.show(public, "")
}

// authority prints the certificate by which the hub is known to a computer that was never enrolled.
type authority struct{}

// Run implements the command. People get the file for "bottegactl card login --ca", with the fingerprint beside it.
func (c *authority) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	certificate, fingerprint := h.Authority()
	if err := h.Close(); err != nil {
		return err
	}
	if !a.json {
		_, _ = fmt.Fprintln(a.stderr, a.say.T("hub.authority", "Fingerprint", fingerprint))
	}
	return a.show(map[string]string{"authority": certificate, "fingerprint": fingerprint}, certificate)
}

// open opens the hub in the state folder, which it makes when it is not there.
func (a *app) open(p hub.Params) (*hub.Hub, error) {
	p.State, p.Database, p.Program = a.state, a.db, "bottegahub "+house.Version()
	// Somebody who says stop while the hub is opened gets a hub that stops, not one that failed.
	h, err := hub.New(context.WithoutCancel(a.ctx), p)
	switch {
	case errors.Is(err, hub.ErrPublic):
		return nil, &failure{exit: exitWrongUse, code: "public_wrong", args: []any{"Public", p.Public}}
	case errors.Is(err, hub.ErrDatabase):
		return nil, &failure{exit: exitWrongUse, code: "database_wrong"}
	case errors.Is(err, hub.ErrPublicTLS):
		return nil, failed("tls", err)
	case errors.Is(err, store.ErrOtherKey):
		return nil, failed("other_key", nil, "State", p.State)
	case errors.Is(err, store.ErrNotSwept):
		return nil, failed("not_swept", err, "State", p.State)
	case err != nil:
		return nil, failed("state", err, "State", p.State)
	}
	return h, nil
}

// existing opens a hub that is there already: a code made by a new hub in a mistyped folder would lead a desk nowhere.
func (a *app) existing(p hub.Params) (*hub.Hub, error) {
	if !hub.Exists(a.state) {
		return nil, failed("no_hub", nil, "State", a.state)
	}
	return a.open(p)
}

// pathCause drops the path from an error that is told beside it.
func pathCause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
