package hub

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// RowError is why one row of a file cannot be loaded.
type RowError struct {
	// Row is the line of the file on which the row begins; the header is line 1.
	Row int
	// Fault is a stable word, one of RowFaults; Column is the column at fault, and Detail a number or word that the sentence needs.
	Fault, Column, Detail string
}

// The faults of a row. Each has a translation, "hub.row.<fault>".
const (
	faultQuotes     = "quotes"      // quotation marks do not match
	faultColumns    = "columns"     // another number of columns than the header has; Detail is how many
	faultEncoding   = "encoding"    // not UTF-8
	faultText       = "text"        // too long, or with a line break inside
	faultEmpty      = "empty"       // a column that must be filled is not
	faultNumber     = "number"      // not a card number
	faultState      = "state"       // not a state of a card
	faultFiscalCode = "fiscal_code" // not a fiscal code
	faultDate       = "date"        // not a date, or one that no certificate can state
	faultOrder      = "order"       // ends before it begins
	faultTwice      = "twice"       // the same as in another row; Detail is its line
)

// RowFaults returns every fault.
func RowFaults() []string {
	return []string{
		faultQuotes, faultColumns, faultEncoding, faultText, faultEmpty, faultNumber, faultState, faultFiscalCode, faultDate, faultOrder,
		faultTwice,
	}
}

// Error implements error.
func (e *RowError) Error() string {
	return strings.TrimRight(fmt.Sprintf("line %d: %s %s %s", e.Row, e.Fault, e.Column, e.Detail), " ")
}

// FileError is why a file was not loaded: every broken row, up to maxRowErrors. Nothing of the file was.
type FileError struct {
	Rows []RowError
	// More counts the broken rows that are not listed.
	More int
}

// Error implements error.
func (e *FileError) Error() string {
	return fmt.Sprintf("%d rows are broken, the first: %v", len(e.Rows)+e.More, &e.Rows[0])
}

func (e *FileError) add(row int, fault *RowError) {
	if len(e.Rows) >= maxRowErrors {
		e.More++
		return
	}
	fault.Row = row
	e.Rows = append(e.Rows, *fault)
}

// ErrHeader says that the first line of a file does not name the columns of its registry.
var ErrHeader = errors.New("the first line does not name the columns")

const (
	maxRowErrors = 100
	maxField     = 1000
)

// Columns returns the columns of a registry's file, in the usual order.
func Columns(k store.Kind) []string {
	switch k {
	case store.Cards:
		return []string{"card_number", "fiscal_code", "state", "expires"}
	case store.Exemptions:
		return []string{"number", "code", "fiscal_code", "surname", "name", "valid_from", "valid_to", "issuer"}
	}
	return nil
}

// ImportCards puts a whole registry of cards in place of the one before, unless dry. It returns how many rows it read.
func (h *Hub) ImportCards(ctx context.Context, r io.Reader, dry bool) (int, error) {
	cards, err := readRows(r, Columns(store.Cards), "card_number", cardRow)
	if err != nil || dry {
		return len(cards), err
	}
	return len(cards), h.load(ctx, store.Registry{Cards: cards})
}

// ImportExemptions puts a whole registry of exemptions in place of the one before, unless dry. It returns how many rows it read.
func (h *Hub) ImportExemptions(ctx context.Context, r io.Reader, dry bool) (int, error) {
	exemptions, err := readRows(r, Columns(store.Exemptions), "number", h.exemptionRow)
	if err != nil || dry {
		return len(exemptions), err
	}
	return len(exemptions), h.load(ctx, store.Registry{Exemptions: exemptions})
}

func (h *Hub) load(ctx context.Context, r store.Registry) error {
	r.At = h.params.Clock()
	if err := h.store.Load(ctx, r); err != nil {
		return err
	}
	h.params.Log.Info("registry loaded", "cards", len(r.Cards), "exemptions", len(r.Exemptions))
	h.wakeUp()
	return nil
}

// row is one row of a file by column.
type row map[string]string

// readRows reads every row or tells every row that is broken. key is the column that may not repeat.
func readRows[T any](r io.Reader, columns []string, key string, parse func(row) (T, *RowError)) ([]T, error) {
	in, names, err := openCSV(r, columns)
	if err != nil {
		return nil, err
	}
	rows, seen, broken := []T{}, map[string]int{}, &FileError{}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var parseErr *csv.ParseError
		if errors.As(err, &parseErr) {
			broken.add(parseErr.StartLine, &RowError{Fault: faultQuotes})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
		line, _ := in.FieldPos(0)
		item, fault := parseRow(fields, names, parse)
		if fault != nil {
			broken.add(line, fault)
			continue
		}
		id := strings.TrimSpace(fields[slices.Index(names, key)])
		if before, twice := seen[id]; twice {
			broken.add(line, &RowError{Fault: faultTwice, Column: key, Detail: strconv.Itoa(before)})
			continue
		}
		seen[id] = line
		rows = append(rows, item)
	}
	if len(broken.Rows) > 0 {
		return nil, broken
	}
	return rows, nil
}

func parseRow[T any](fields, names []string, parse func(row) (T, *RowError)) (T, *RowError) {
	var none T
	if len(fields) != len(names) {
		return none, &RowError{Fault: faultColumns, Detail: strconv.Itoa(len(fields))}
	}
	r := make(row, len(names))
	for i, name := range names {
		if !utf8.ValidString(fields[i]) {
			return none, &RowError{Fault: faultEncoding, Column: name}
		}
		if len(fields[i]) > maxField || strings.ContainsFunc(fields[i], unicode.IsControl) {
			return none, &RowError{Fault: faultText, Column: name}
		}
		r[name] = strings.TrimSpace(fields[i])
	}
	return parse(r)
}

// openCSV reads the header: with or without a byte order mark, commas or semicolons, the columns in any order.
func openCSV(r io.Reader, columns []string) (*csv.Reader, []string, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	start, err := buffered.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("reading the file: %w", err)
	}
	if mark := []byte("\xef\xbb\xbf"); bytes.HasPrefix(start, mark) {
		if _, err := buffered.Discard(len(mark)); err != nil {
			return nil, nil, fmt.Errorf("reading the file: %w", err)
		}
	}
	if bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) {
		return nil, nil, fmt.Errorf("%w: the file is UTF-16, save it as UTF-8", ErrHeader)
	}
	in := csv.NewReader(buffered)
	in.FieldsPerRecord = -1
	header, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.Count(header, []byte(";")) > bytes.Count(header, []byte(",")) {
		in.Comma = ';'
	}
	names, err := in.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: expected %s", ErrHeader, strings.Join(columns, ","))
	}
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
	}
	sorted, wanted := slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(columns))
	if !slices.Equal(sorted, wanted) {
		return nil, nil, fmt.Errorf("%w: expected %s", ErrHeader, strings.Join(columns, ","))
	}
	return in, names, nil
}

func cardRow(r row) (store.Card, *RowError) {
	c := store.Card{Number: normaliseCard(r["card_number"]), State: store.CardState(strings.ToLower(r["state"]))}
	if len(c.Number) < 8 || len(c.Number) > 20 || strings.Trim(c.Number, "0123456789") != "" {
		return c, &RowError{Fault: faultNumber, Column: "card_number"}
	}
	switch c.State {
	case store.CardIssued, store.CardActive, store.CardRevoked:
	default:
		return c, &RowError{Fault: faultState, Column: "state"}
	}
	if fault := r.fiscalCode(&c.FiscalCode); fault != nil {
		return c, fault
	}
	return c, r.date("expires", &c.Expires)
}

func (h *Hub) exemptionRow(r row) (store.Exemption, *RowError) {
	e := store.Exemption{
		Number: r["number"], Code: strings.ToUpper(r["code"]), Surname: r["surname"], Name: r["name"], Issuer: r["issuer"],
	}
	for _, column := range []string{"number", "code", "surname", "valid_from", "issuer"} {
		if r[column] == "" {
			return e, &RowError{Fault: faultEmpty, Column: column}
		}
	}
	for column, text := range r {
		if len(text) > wire.MaxTokenText {
			return e, &RowError{Fault: faultText, Column: column}
		}
	}
	if fault := r.fiscalCode(&e.FiscalCode); fault != nil {
		return e, fault
	}
	if fault := r.date("valid_from", &e.ValidFrom); fault != nil {
		return e, fault
	}
	if fault := r.date("valid_to", &e.ValidTo); fault != nil {
		return e, fault
	}
	if !e.ValidTo.IsZero() && e.ValidTo.Before(e.ValidFrom) {
		return e, &RowError{Fault: faultOrder, Column: "valid_to"}
	}
	// Whatever is loaded must be signable when somebody asks for it; all but the dates was looked at above.
	if certificateOf(e, h.today()).Check() != nil {
		return e, &RowError{Fault: faultDate, Column: "valid_from"}
	}
	return e, nil
}

func (r row) fiscalCode(to *string) *RowError {
	*to = fiscalcode.Normalise(r["fiscal_code"])
	if !fiscalcode.Valid(*to) {
		return &RowError{Fault: faultFiscalCode, Column: "fiscal_code"}
	}
	return nil
}

// date reads YYYY-MM-DD or DD/MM/YYYY; an empty field is the zero date.
func (r row) date(column string, to *civil.Date) *RowError {
	text := r[column]
	if text == "" {
		return nil
	}
	d, err := civil.Parse(text)
	if err != nil {
		if d, err = civil.ParseItalian(text); err != nil {
			return &RowError{Fault: faultDate, Column: column}
		}
	}
	*to = d
	return nil
}
