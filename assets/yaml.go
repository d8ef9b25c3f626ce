package assets

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"bottega/desk/bilingual"
	"bottega/desk/money"
)

// Problem is one thing wrong in a content file, and what to write instead. Line and Column count from one.
type Problem struct {
	File         string
	Line, Column int
	Text         bilingual.Text
}

// In returns file:line:column and the text in the given language.
func (p Problem) In(lang string) string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text.In(lang))
}

// ContentError is everything that is wrong in the content files that were read, in the order of the files.
type ContentError struct {
	Problems []Problem
}

// Error lists the problems in Italian, one a line.
func (e *ContentError) Error() string { return e.In("it") }

// In lists the problems in the given language, one a line.
func (e *ContentError) In(lang string) string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.In(lang)
	}
	return strings.Join(lines, "\n")
}

// Linter is a struct that ReadYAML fills and that finds what is wrong with its own values.
type Linter interface {
	// Lint hands over each fault with its place, as "$.codes.pin".
	Lint(report func(at string, text bilingual.Text))
}

// ReadYAML reads a file that a person wrote into the struct that into points to, as content files are read: every key must be
// known, every value of the right form, and what a Linter says of them. What is not is a *ContentError, with line and column and
// without the value.
func ReadYAML(name string, data []byte, into any) error {
	d := decode(name, data, into)
	if l, ok := into.(Linter); ok && len(d.problems) == 0 {
		l.Lint(func(at string, text bilingual.Text) { d.add(d.locate(at), text) })
	}
	if len(d.problems) > 0 {
		return &ContentError{Problems: d.problems}
	}
	return nil
}

// document is a content file being read.
type document struct {
	name     string
	file     *ast.File
	problems []Problem
}

func (d *document) report(at *token.Position, it, en string, args ...any) {
	d.add(at, bilingual.Text{It: fmt.Sprintf(it, args...), En: fmt.Sprintf(en, args...)})
}

func (d *document) add(at *token.Position, text bilingual.Text) {
	p := Problem{File: d.name, Line: 1, Column: 1, Text: text}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	d.problems = append(d.problems, p)
}

// decode reads a file into the struct that into points to. Every key must be known, every value of the right form; all that is
// not is reported, not only the first.
func decode(name string, data []byte, into any) *document {
	d := &document{name: name}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		d.unreadable(err)
		return d
	}
	d.file = file
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		d.notOne()
		return d
	}
	d.check(file.Docs[0].Body, reflect.TypeOf(into).Elem())
	if len(d.problems) > 0 {
		return d
	}
	if err := yaml.NodeToValue(file.Docs[0].Body, into, yaml.Strict()); err != nil {
		d.report(nil, "Il file non si legge: %v", "The file cannot be read: %v", err)
	}
	return d
}

func (d *document) unreadable(err error) {
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		d.report(syntax.GetToken().Position, "Il file non si legge: %s. Controlla rientri, virgolette e due punti", "The file cannot be read: %s. Check indentation, quotes and colons", syntax.GetMessage())
		return
	}
	d.report(nil, "Il file non si legge: %v", "The file cannot be read: %v", err)
}

func (d *document) notOne() {
	d.report(nil, "Il file deve contenere un documento solo, e non vuoto", "The file must hold exactly one document, and not an empty one")
}

func (d *document) notInFull(node ast.Node) {
	d.report(position(node), "Qui & * e ! non si usano: scrivi il valore per esteso", "& * and ! are not used here: write the value in full")
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// check holds a node against the type it is to fill.
func (d *document) check(node ast.Node, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if node == nil || node.Type() == ast.NullType {
		return
	}
	switch {
	case node.Type() == ast.AliasType || node.Type() == ast.AnchorType || node.Type() == ast.TagType:
		d.notInFull(node)
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		d.checkText(node, t)
	case t.Kind() == reflect.Struct:
		d.checkStruct(node, t)
	case t.Kind() == reflect.Slice:
		d.checkSlice(node, t)
	case t.Kind() == reflect.Map:
		d.checkMap(node, t)
	default:
		d.checkScalar(node, t)
	}
}

func (d *document) checkText(node ast.Node, t reflect.Type) {
	scalar, ok := node.(ast.ScalarNode)
	if !ok {
		d.report(position(node), "Qui va scritto un solo valore", "A single value goes here")
		return
	}
	text := fmt.Sprint(scalar.GetValue())
	if tok := node.GetToken(); tok != nil && node.Type() != ast.StringType {
		text = tok.Value // numbers keep the digits that were typed
	}
	target, _ := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	err := target.UnmarshalText([]byte(text))
	if err == nil {
		return
	}
	var told *bilingual.Error
	switch {
	case errors.As(err, &told):
		d.add(position(node), told.Text)
	case t == reflect.TypeFor[money.Amount]():
		// The amount may be somebody's income, and is not repeated.
		d.report(position(node), "Questo importo non va: si scrive \"8.263,31\", tra virgolette", "This amount will not do: it is written \"8.263,31\", in quotes")
	default:
		// The day may be somebody's birthday, and is not repeated either.
		d.report(position(node), "Questo giorno non va: si scrive AAAA-MM-GG", "This day will not do: it is written YYYY-MM-DD")
	}
}

func (d *document) checkStruct(node ast.Node, t reflect.Type) {
	fields, known := map[string]reflect.Type{}, []string{}
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
			fields[tag] = t.Field(i).Type
			known = append(known, tag)
		}
	}
	pairs, ok := mapping(node)
	if !ok {
		d.report(position(node), "Qui vanno delle voci, una per riga: %s", "Entries go here, one a line: %s", strings.Join(known, ", "))
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		field, ok := fields[key]
		switch {
		case !ok:
			d.report(position(pair.Key), "La voce %q non esiste: qui si può scrivere %s", "There is no entry %q: what can be written here is %s", key, strings.Join(known, ", "))
		case seen[key]:
			d.report(position(pair.Key), "La voce %q c'è due volte: tienine una", "The entry %q is there twice: keep one", key)
		default:
			d.check(pair.Value, field)
		}
		seen[key] = true
	}
}

func (d *document) checkSlice(node ast.Node, t reflect.Type) {
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		d.report(position(node), "Qui va un elenco: una riga con il trattino per ogni elemento", "A list goes here: one line with a hyphen for each item")
		return
	}
	for _, v := range seq.Values {
		d.check(v, t.Elem())
	}
}

// checkMap is for tables whose keys are not known beforehand, such as answers by field.
func (d *document) checkMap(node ast.Node, t reflect.Type) {
	pairs, ok := mapping(node)
	if !ok {
		d.report(position(node), "Qui vanno delle voci, una per riga", "Entries go here, one a line")
		return
	}
	for _, pair := range pairs {
		d.check(pair.Value, t.Elem())
	}
}

func (d *document) checkScalar(node ast.Node, t reflect.Type) {
	good := map[reflect.Kind][]ast.NodeType{
		reflect.String: {ast.StringType, ast.LiteralType, ast.IntegerType, ast.FloatType},
		reflect.Bool:   {ast.BoolType},
		reflect.Int:    {ast.IntegerType},
		reflect.Uint8:  {ast.IntegerType},
	}[t.Kind()]
	if slices.Contains(good, node.Type()) && (t.Kind() != reflect.Uint8 || isByte(node)) {
		return
	}
	switch t.Kind() {
	case reflect.Uint8:
		d.report(position(node), "Qui va un byte: un numero da 0 a 255, o da 0x00 a 0xFF", "A byte goes here: a number from 0 to 255, or from 0x00 to 0xFF")
	case reflect.Bool:
		d.report(position(node), "Qui va true oppure false", "true or false goes here")
	case reflect.Int:
		d.report(position(node), "Qui va un numero intero, senza virgolette", "A whole number goes here, without quotes")
	default:
		d.report(position(node), "Qui va un testo: se comincia con un segno speciale mettilo tra virgolette", "A text goes here: put it in quotes if it begins with a special sign")
	}
}

// isByte reports whether a whole number fits a byte.
func isByte(node ast.Node) bool {
	n, ok := node.(*ast.IntegerNode)
	if !ok {
		return false
	}
	value, ok := n.Value.(uint64) // a negative number is an int64
	return ok && value <= 0xFF
}

// mapping returns the pairs of a node, which is another type when there is only one.
func mapping(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// position is where a node begins for a reader: at its first key, its first item, its value.
func position(node ast.Node) *token.Position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	}
	if tok := node.GetToken(); tok != nil {
		return tok.Position
	}
	return nil
}

// locate turns a path of a linter into a place of the file. What is missing is where it should be: in the nearest parent.
func (d *document) locate(path string) *token.Position {
	for path != "" && path != "$" {
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.FilterFile(d.file); err == nil && node != nil {
				return position(node)
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return position(d.file.Docs[0].Body)
}
