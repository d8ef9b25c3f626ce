package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"text/tabwriter"
	"time"

	"bottega/assets"
	"bottega/cmd/internal/house"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// packCommands publish the content that desks work with, and tell what was published.
type packCommands struct {
	Publish packPublish `cmd:"" help:"${help_pack_publish}"`
	List    packList    `cmd:"" help:"${help_pack_list}"`
	Show    packShow    `cmd:"" help:"${help_pack_show}"`
	Export  packExport  `cmd:"" help:"${help_pack_export}"`
	Key     packKey     `cmd:"" help:"${help_pack_key}"`
}

// packHelp names the texts under hub.help that these commands need.
func packHelp() []string {
	return []string{
		"pack", "pack_publish", "pack_list", "pack_show", "pack_export", "pack_key", "pack_dir", "pack_dry_run", "pack_version", "pack_file",
	}
}

// packPublish signs a folder and hands it to the desks.
type packPublish struct {
	Dir      string `arg:"" help:"${help_pack_dir}"`
	DryRun   bool   `help:"${help_pack_dry_run}"`
	Practice bool   `help:"${help_practice}"`
}

// packResult is a pack in JSON.
type packResult struct {
	Version uint64    `json:"version"`
	Made    time.Time `json:"made_at"`
	Digest  string    `json:"digest"`
	// Size is in bytes, as it travels.
	Size     int             `json:"size,omitempty"`
	Practice bool            `json:"practice,omitempty"`
	DryRun   bool            `json:"dry_run,omitempty"`
	Files    []wire.PackFile `json:"files,omitempty"`
}

// Run implements the command. What is published is what was checked, to the byte, whatever happens to the folder meanwhile.
func (c *packPublish) Run(a *app) error {
	if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
		return failed("pack_dir", pathCause(err), "Dir", c.Dir)
	}
	h, err := a.existing(hub.Params{Practice: c.Practice})
	if err != nil {
		return err
	}
	pack, err := c.publish(a, h)
	if err = errors.Join(err, h.Close()); err != nil {
		return c.explain(a, err)
	}
	key := "hub.pack_published"
	if c.DryRun {
		key = "hub.pack_checked"
	}
	r := packResult{Version: pack.Version, Made: pack.MadeAt, Digest: pack.Digest, Practice: pack.Practice, DryRun: c.DryRun, Files: pack.Files}
	return a.show(r, a.say.N(key, len(pack.Files), "Version", pack.Version)+"\n"+a.folders(pack))
}

func (c *packPublish) publish(a *app, h *hub.Hub) (*wire.Pack, error) {
	pack, err := h.PublishPack(a.ctx, os.DirFS(c.Dir), true)
	if err != nil {
		return nil, err
	}
	if _, err := house.LoadContentFrom(pack.Content); err != nil || c.DryRun {
		return pack, err
	}
	return h.PublishPack(a.ctx, pack.Content, false)
}

// explain tells what is wrong with files, each on a line of its own, before the line that says what happened.
func (c *packPublish) explain(a *app, err error) error {
	var content *assets.ContentError
	var form *wire.PackFormError
	switch {
	case errors.As(err, &content):
		_, _ = fmt.Fprintln(a.stderr, content.In(a.say.Lang())) // nobody is left to tell that standard error is closed
		return failed("pack_content", nil, "Dir", c.Dir, "Count", a.say.Int(len(content.Problems)))
	case errors.As(err, &form):
		file := form.Path
		if file == "" {
			file = c.Dir
		}
		return failed("pack_form", nil, "File", file, "Fault", a.say.T("hub.pack_fault."+form.Fault))
	}
	return err
}

// folders says what of the content of the programs a pack takes the place of, or is added to.
func (a *app) folders(p *wire.Pack) string {
	counts := map[string]int{}
	for _, f := range p.Files {
		counts[path.Dir(f.Path)]++
	}
	var b strings.Builder
	for _, folder := range []string{"services", "rules", "cards", "cards/trust", "cards/trust/practice", "i18n", "surveys", "directory"} {
		if counts[folder] > 0 {
			_, _ = fmt.Fprintf(&b, "  %s (%s): %s\n", folder, a.say.Int(counts[folder]), a.say.T("hub.pack_folder."+strings.ReplaceAll(folder, "/", "_")))
		}
	}
	return b.String()
}

// packList lists what was published.
type packList struct{}

// Run implements the command.
func (c *packList) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	all, err := h.Packs(a.ctx)
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	lines := make([]packResult, len(all))
	for i, p := range all {
		lines[i] = packResult{Version: p.Version, Made: p.Made, Digest: p.Digest, Size: p.Size}
	}
	return a.show(map[string]any{"packs": lines}, a.packTable(lines))
}

func (a *app) packTable(lines []packResult) string {
	if len(lines) == 0 {
		return a.say.T("hub.no_packs") + "\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	// A builder in memory does not fail.
	_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.say.T("hub.column.version"), a.say.T("hub.column.made"), a.say.T("hub.column.bytes"), a.say.T("hub.column.digest"))
	for _, p := range lines {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%.16s\n", p.Version, a.say.DateTime(p.Made.Local()), a.say.Int(p.Size), p.Digest)
	}
	_ = w.Flush()
	return b.String()
}

// packShow tells what is in a pack.
type packShow struct {
	Version uint64 `arg:"" optional:"" help:"${help_pack_version}"`
}

// Run implements the command.
func (c *packShow) Run(a *app) error {
	data, pack, err := a.published(c.Version)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(a.say.N("hub.pack_shown", len(pack.Files), "Version", pack.Version, "Made", a.say.DateTime(pack.MadeAt.Local()), "Bytes", a.say.Int(len(data))) + "\n")
	for _, f := range pack.Files {
		_, _ = fmt.Fprintf(&b, "  %s (%s)\n", f.Path, a.say.Int(int(f.Size)))
	}
	return a.show(packResult{
		Version: pack.Version, Made: pack.MadeAt, Digest: pack.Digest, Size: len(data), Practice: pack.Practice, Files: pack.Files,
	}, b.String())
}

// published returns a pack, the newest for version 0.
func (a *app) published(version uint64) ([]byte, *wire.Pack, error) {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return nil, nil, err
	}
	data, err := h.Pack(a.ctx, version)
	keys := h.PackKeys()
	if err = errors.Join(err, h.Close()); errors.Is(err, store.ErrNotFound) {
		return nil, nil, failed("no_pack", nil, "Version", version)
	}
	if err != nil {
		return nil, nil, err
	}
	pack, err := wire.OpenPack(data, keys)
	return data, pack, err
}

// packExport writes a pack as a file, for a stick.
type packExport struct {
	File    string `arg:"" help:"${help_pack_file}"`
	Version uint64 `placeholder:"N" help:"${help_pack_version}"`
}

// Run implements the command. A file that is there already stays as it is.
func (c *packExport) Run(a *app) error {
	data, pack, err := a.published(c.Version)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil {
		return failed("pack_file_there", nil, "File", c.File)
	}
	// Half a file on a full stick would be taken for one that is there already. A pack is public, and desks read it as somebody else.
	if err := whole(c.File, 0o644, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}); err != nil {
		return failed("pack_file", pathCause(err), "File", c.File)
	}
	return a.show(packResult{Version: pack.Version, Made: pack.MadeAt, Digest: pack.Digest, Size: len(data)},
		a.say.T("hub.pack_exported", "Version", pack.Version, "File", c.File)+"\n")
}

// packKey prints what verifies the packs of this hub.
type packKey struct{}

// Run implements the command. People get the same JSON as programs.
func (c *packKey) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	public := h.PackKeys()
	if err := h.Close(); err != nil {
		return err
	}
	a.json = true
	return a.show(public, "")
}
