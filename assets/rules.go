package assets

import (
	"embed"
	"fmt"
	"io/fs"

	"bottega/desk/civil"
	"bottega/desk/exemption"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// Rules returns the exemption rules that travel inside the program.
func Rules() (exemption.Book, error) {
	files, err := fs.Sub(ruleFiles, "rules")
	if err != nil {
		return exemption.Book{}, fmt.Errorf("opening the embedded rules: %w", err)
	}
	return LoadRules(files)
}

// LoadRules reads every *.yaml of a folder as a rule set. One problem anywhere and none is returned: the error is then a
// *ContentError that lists them all.
func LoadRules(files fs.FS) (exemption.Book, error) {
	var book exemption.Book
	var wrong ContentError
	owners := map[string]string{}
	err := eachYAML(files, func(name string, data []byte) {
		var s exemption.RuleSet
		doc := decode(name, data, &s)
		if len(doc.problems) == 0 {
			for _, m := range exemption.Lint(s) {
				doc.add(doc.locate(m.At), m.Text)
			}
			if owner, taken := owners[s.Name()]; taken {
				doc.report(doc.locate("$.id"), "%s è già nel file %s: cambia id o versione", "%s is already in the file %s: change id or version", s.Name(), owner)
			}
			owners[s.Name()] = name
		}
		wrong.Problems = append(wrong.Problems, doc.problems...)
		book.Sets = append(book.Sets, s)
	})
	switch {
	case err != nil:
		return exemption.Book{}, err
	case len(wrong.Problems) > 0:
		return exemption.Book{}, &wrong
	}
	return book, nil
}

// LoadCase reads the facts of one case, as `bottegactl exemption check` takes them; what is left out is not known. The day is the
// one judged on. A problem is a *ContentError.
func LoadCase(name string, data []byte, on civil.Date) (exemption.Facts, error) {
	var f exemption.Facts
	doc := decode(name, data, &f)
	if len(doc.problems) == 0 {
		for _, p := range f.Check(on) {
			doc.add(doc.locate("$."+string(p.Fact)), p.Text)
		}
	}
	if len(doc.problems) > 0 {
		return exemption.Facts{}, &ContentError{Problems: doc.problems}
	}
	return f, nil
}
