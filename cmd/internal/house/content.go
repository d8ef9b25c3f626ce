package house

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"bottega/assets"
	"bottega/cardreader/cns"
	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/cardcert"
	"bottega/desk/exemption"
	"bottega/desk/walk"
	"bottega/ui/paper"
	"bottega/ui/text"
)

// Content is what a desk works with, whichever program it is.
type Content struct {
	Catalogue desk.Catalogue
	Papers    *paper.Renderer
	// Cards reads cards of the models that the content knows, and judges them as a real desk does.
	Cards cns.Reader
	// Anchors are the authorities of cards.
	Anchors []cardcert.Anchor
	// Texts are the words of the windows; nil stands for those that travel inside the program.
	Texts *text.Catalog
	// Surveys and Directory are folders of YAML that were found well made; nil where there are none.
	Surveys, Directory fs.FS
}

// LoadContent reads the content that travels inside the programs.
func LoadContent() (Content, error) { return LoadContentFrom(nil) }

// LoadContentFrom reads the content of a pack over the one that travels inside the programs; nil is no pack. What a pack says of
// services, rules and card layouts takes the place of all there was of that kind, so that whoever publishes one sees the whole of
// what desks will have. Authorities are added to those of the program, and texts replaced key by key.
//
// Problems of the pack's files are an *assets.ContentError, with all problems of the first folder that has any.
func LoadContentFrom(pack fs.FS) (Content, error) {
	p := overlay{pack}
	const yaml, json = "*.yaml", "*.json"
	var c Content
	var services []*walk.Service
	var rules exemption.Book
	for _, load := range []func() error{
		func() (err error) {
			services, err = choose(p, "services", yaml, assets.Services, assets.LoadServices)
			return err
		},
		func() (err error) {
			rules, err = choose(p, "rules", yaml, assets.Rules, assets.LoadRules)
			return err
		},
		func() (err error) {
			c.Cards.Layouts, err = choose(p, "cards", yaml, cns.Embedded, cns.Layouts)
			return err
		},
		func() (err error) {
			c.Anchors, err = choose(p, "cards/trust", anything, assets.Anchors, assets.AnchorsWith)
			return err
		},
		func() (err error) {
			c.Texts, err = choose(p, "i18n", json, func() (*text.Catalog, error) { return nil, nil }, text.EmbeddedWith)
			return err
		},
		func() (err error) { c.Surveys, err = choose(p, "surveys", yaml, nothing, loose); return err },
		func() (err error) { c.Directory, err = choose(p, "directory", yaml, nothing, loose); return err },
		func() (err error) { c.Papers, err = paper.New(); return err },
	} {
		if err := load(); err != nil {
			return Content{}, err
		}
	}
	c.Catalogue = desk.Catalogue{Services: services, Exemptions: rules}
	c.Cards.Certificates = c.Judge(false)
	return c, nil
}

func nothing() (fs.FS, error) { return nil, nil }

func loose(files fs.FS) (fs.FS, error) { return files, assets.LintLoose(files) }

// overlay is the files of a pack, if there is one.
type overlay struct{ pack fs.FS }

// anything stands for the files of a folder whose reader tells by itself what does not belong in it.
const anything = "*"

// choose reads a folder of the pack where it has something in it, else what travels inside the program. Pattern is what the reader
// looks for: a folder without any such file would leave the desk with nothing of its kind, and is an error.
func choose[T any](o overlay, folder, pattern string, own func() (T, error), read func(fs.FS) (T, error)) (T, error) {
	files, there, err := o.folder(folder, pattern)
	var got T
	switch {
	case err != nil:
	case there:
		got, err = read(files)
	default:
		got, err = own()
	}
	var wrong *assets.ContentError
	if errors.As(err, &wrong) {
		// A loader knows the names in its folder; people look for the file in the whole.
		for i, p := range wrong.Problems {
			wrong.Problems[i].File = path.Join(folder, p.File)
		}
		return got, wrong
	}
	if err != nil {
		return got, fmt.Errorf("reading the %s of the content: %w", folder, err)
	}
	return got, nil
}

// folder returns a folder of the pack, and whether there is any content in it.
func (o overlay) folder(name, pattern string) (files fs.FS, there bool, err error) {
	if o.pack == nil {
		return nil, false, nil
	}
	files, err = fs.Sub(o.pack, name)
	if err != nil {
		return nil, false, err
	}
	var first string
	err = fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && name == "cards": // the authorities are content of their own
			return fs.SkipDir
		case !d.IsDir() && first == "":
			first = file
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) || err == nil && first == "" {
		return nil, false, nil
	}
	read, wrong := fs.Glob(files, pattern)
	if err := errors.Join(err, wrong); err != nil {
		return nil, false, err
	}
	if len(read) == 0 {
		return nil, false, &assets.ContentError{Problems: []assets.Problem{{File: first, Line: 1, Column: 1, Text: bilingual.Text{
			It: fmt.Sprintf("Nella cartella %s non c'è nessun file %s: mettili lì, non in una cartella sotto, o togli la cartella", name, pattern),
			En: fmt.Sprintf("There is no %s file in the folder %s: put them there, not in a folder below it, or leave the folder out", pattern, name),
		}}}}
	}
	return files, true, nil
}

// Judge returns the judge of certificates with the authorities of this content. Practice cards count as genuine where practice is
// true, and never at a real desk, whatever a pack holds.
func (c Content) Judge(practice bool) cardcert.Judge {
	return cardcert.Judge{Anchors: c.Anchors, AcceptPractice: practice}
}

// Open returns the desk that a journal holds.
func (c Content) Open(ctx context.Context, j desk.Journal, clock desk.Clock, practice bool) (*desk.Desk, error) {
	d, err := desk.Open(ctx, desk.Params{
		Journal: j, Clock: clock, NewID: newID, Catalogue: c.Catalogue, Papers: c.Papers, Practice: practice,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the desk: %w", err)
	}
	return d, nil
}
