package paper

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bottega/desk"
)

// Substitution is a text of a paper that the fonts cannot print as it is written.
type Substitution struct {
	Text, Printed string
	// Letters are those that are missing from the fonts.
	Letters []rune
}

// Degraded lists the texts of a paper that are printed with base letters or question marks instead of their own, each once,
// so that the facilitator can add them by hand. It is empty for every language of the European Union in Latin script.
func (r *Renderer) Degraded(p desk.Paper) ([]Substitution, error) {
	var out []Substitution
	err := eachText(p, func(_, text string) error {
		printed, lost := r.letters.printable(text)
		known := slices.ContainsFunc(out, func(s Substitution) bool { return s.Text == text })
		if len(lost) > 0 && !known {
			out = append(out, Substitution{Text: text, Printed: printed, Letters: lost})
		}
		return nil
	})
	return out, err
}

// eachText calls each with every text of a paper and the name of its field, whatever the kind: what holds for all texts must
// not depend on who adds a field. Fields come in alphabetical order.
func eachText(p desk.Paper, each func(field, text string) error) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("reading the facts: %w", err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return fmt.Errorf("reading the facts: %w", err)
	}
	return walk("", tree, each)
}

func walk(field string, node any, each func(field, text string) error) error {
	switch node := node.(type) {
	case string:
		return each(field, node)
	case []any:
		for _, item := range node {
			if err := walk(field, item, each); err != nil {
				return err
			}
		}
	case map[string]any:
		names := make([]string, 0, len(node))
		for name := range node {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if err := walk(name, node[name], each); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileKinds begin the names of saved files, in Italian as the folder of a citizen is.
var fileKinds = map[desk.PaperKind]string{
	desk.PaperCertificate: "attestato",
	desk.PaperMemo:        "promemoria",
	desk.PaperDeclaration: "autocertificazione",
	desk.PaperReceipt:     "ricevuta",
	desk.PaperCardTest:    "controllo-tessera",
	desk.PaperTakeHome:    "foglio-visita",
	desk.PaperErasure:     "cancellazione",
}

// fileNumber is what a paper number may look like to become part of a file name: site, desk and a count.
var fileNumber = regexp.MustCompile(`^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$`)

// fiscalShape finds anything shaped like a fiscal code.
var fiscalShape = regexp.MustCompile(`(?i)[A-Z]{6}[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]`)

// FileName is the name under which a paper is saved: its kind and number, never who it is about. A number that could tell a
// name or a fiscal code is left out for a part of the paper's random ID.
func FileName(p desk.Paper) string {
	kind, known := fileKinds[p.Kind]
	if !known {
		kind = "foglio"
	}
	part := p.Number
	if !fileNumber.MatchString(part) || fiscalShape.MatchString(part) || names(p, part) {
		part = Digest([]byte(p.ID))[:12]
	}
	if p.Practice {
		kind = "PROVA-" + kind
	}
	return kind + "-" + part + ".pdf"
}

// personal are the JSON names of fields that name people.
var personal = []string{"surname", "name", "fiscal_code", "delegate", "to"}

// names reports whether a text contains a word of a name on the paper. The site's own name is not a person's.
func names(p desk.Paper, text string) bool {
	p.Site = desk.Site{}
	text = strings.ToUpper(text)
	found := false
	_ = eachText(p, func(field, value string) error { // a paper that cannot be read gives no name away
		if !slices.Contains(personal, field) {
			return nil
		}
		for _, word := range strings.Fields(strings.ToUpper(value)) {
			found = found || len(word) > 2 && strings.Contains(text, word)
		}
		return nil
	})
	return found
}
