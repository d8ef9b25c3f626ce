package assets

import (
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// LintLoose checks every *.yaml of a folder whose files have no form of their own yet: that it can be read, that it has an id which
// no other file has, and that every text is there in both languages. Problems are a *ContentError that lists them all.
func LintLoose(files fs.FS) error {
	var wrong ContentError
	owners := map[string]string{}
	err := eachYAML(files, func(name string, data []byte) {
		d := &document{name: name}
		d.loose(data, owners)
		wrong.Problems = append(wrong.Problems, d.problems...)
	})
	switch {
	case err != nil:
		return err
	case len(wrong.Problems) > 0:
		return &wrong
	}
	return nil
}

func (d *document) loose(data []byte, owners map[string]string) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		d.unreadable(err)
		return
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		d.notOne()
		return
	}
	pairs, ok := mapping(file.Docs[0].Body)
	if !ok {
		d.report(position(file.Docs[0].Body), "Qui vanno delle voci, una per riga", "Entries go here, one a line")
		return
	}
	d.looseValue(file.Docs[0].Body)
	for _, p := range pairs {
		if p.Key.GetToken().Value != "id" {
			continue
		}
		id := strings.TrimSpace(p.Value.GetToken().Value)
		if _, scalar := p.Value.(ast.ScalarNode); !scalar || id == "" {
			d.report(position(p.Value), "L'id è una parola sola", "The id is a single word")
		}
		if owner, taken := owners[id]; taken {
			d.report(position(p.Value), "L'id %q è già del file %s: scegline un altro", "The id %q already belongs to the file %s: choose another", id, owner)
		}
		owners[id] = d.name
		return
	}
	d.report(position(file.Docs[0].Body), "Manca la voce id", "The entry id is missing")
}

// looseValue looks at a value and all that is in it.
func (d *document) looseValue(node ast.Node) {
	switch n := node.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		d.notInFull(node)
		return
	case *ast.SequenceNode:
		for _, v := range n.Values {
			d.looseValue(v)
		}
		return
	}
	pairs, ok := mapping(node)
	if !ok {
		return
	}
	values := map[string]ast.Node{}
	for _, p := range pairs {
		values[p.Key.GetToken().Value] = p.Value
		d.looseValue(p.Value)
	}
	it, hasIt := values["it"]
	en, hasEn := values["en"]
	if (hasIt || hasEn) && (empty(it) || empty(en)) {
		d.report(position(node), "Il testo va scritto in italiano (it) e in inglese (en)", "The text is to be written in Italian (it) and in English (en)")
	}
}

func empty(n ast.Node) bool {
	return n == nil || n.Type() == ast.NullType || strings.TrimSpace(n.GetToken().Value) == ""
}
