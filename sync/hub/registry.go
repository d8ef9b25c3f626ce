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
	"strings"
	"unicode"
	"unicode/utf8"

	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/hub/store"
)

// RowError is why one row of a file cannot be loaded.
type RowError struct {
	// Row is the line of the file on which the row begins; the header is line 1.
	Row    int
	Reason string
}

// FileError is why a file was not loaded: every broken row, up to maxRowErrors. Nothing of the file was.
type FileError struct {
	Rows []RowError
	// More counts the broken rows that are not listed.
	More int
}

// Error implements error.
func (e *FileError) Error() string {
	return fmt.Sprintf("%d rows are broken, the first on line %d: %s", len(e.Rows)+e.More, e.Rows[0].Row, e.Rows[0].Reason)
}

func (e *FileError) add(row int, reason string) {
	if len(e.Rows) >= maxRowErrors {
		e.More++
		return
	}
	e.Rows = append(e.Rows, RowError{Row: row, Reason: reason})
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
func readRows[T any](r io.Reader, columns []string, key string, parse func(row) (T, error)) ([]T, error) {
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
			broken.add(parseErr.StartLine, "quotation marks do not match")
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
		line, _ := in.FieldPos(0)
		item, err := parseRow(fields, names, parse)
		if err != nil {
			broken.add(line, err.Error())
			continue
		}
		id := strings.TrimSpace(fields[slices.Index(names, key)])
		if before, twice := seen[id]; twice {
			broken.add(line, fmt.Sprintf("%s is the same as on line %d", key, before))
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

func parseRow[T any](fields, names []string, parse func(row) (T, error)) (T, error) {
	var none T
	if len(fields) != len(names) {
		return none, fmt.Errorf("%d columns, %d expected", len(fields), len(names))
	}
	r := make(row, len(names))
	for i, name := range names {
		if !utf8.ValidString(fields[i]) {
			return none, fmt.Errorf("%s is not UTF-8 text: save the file as UTF-8", name)
		}
		if len(fields[i]) > maxField || strings.ContainsFunc(fields[i], unicode.IsControl) {
			return none, fmt.Errorf("%s is too long or holds a line break", name)
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

func cardRow(r row) (store.Card, error) {
	c := store.Card{Number: normaliseCard(r["card_number"]), State: store.CardState(strings.ToLower(r["state"]))}
	if len(c.Number) < 8 || len(c.Number) > 20 || strings.Trim(c.Number, "0123456789") != "" {
		return c, errors.New("card_number is not a number of 8 to 20 digits")
	}
	switch c.State {
	case store.CardIssued, store.CardActive, store.CardRevoked:
	default:
		return c, errors.New("state is not issued, active or revoked")
	}
	err := errors.Join(fiscalCodeOf(r, &c.FiscalCode), dateOf(r, "expires", &c.Expires))
	return c, firstOf(err)
}

func (h *Hub) exemptionRow(r row) (store.Exemption, error) {
	e := store.Exemption{
		Number: r["number"], Code: strings.ToUpper(r["code"]), Surname: r["surname"], Name: r["name"], Issuer: r["issuer"],
	}
	for _, column := range []string{"number", "code", "surname", "valid_from", "issuer"} {
		if r[column] == "" {
			return e, fmt.Errorf("%s is empty", column)
		}
	}
	err := firstOf(errors.Join(fiscalCodeOf(r, &e.FiscalCode), dateOf(r, "valid_from", &e.ValidFrom), dateOf(r, "valid_to", &e.ValidTo)))
	if err != nil {
		return e, err
	}
	if !e.ValidTo.IsZero() && e.ValidTo.Before(e.ValidFrom) {
		return e, errors.New("valid_to is before valid_from")
	}
	// Whatever is loaded must be signable when somebody asks for it.
	return e, certificateOf(e, h.today()).Check()
}

func fiscalCodeOf(r row, to *string) error {
	*to = fiscalcode.Normalise(r["fiscal_code"])
	if err := fiscalcode.Check(*to); err != nil {
		return fmt.Errorf("fiscal_code: %w", err)
	}
	return nil
}

// dateOf reads YYYY-MM-DD or DD/MM/YYYY; an empty field is the zero date.
func dateOf(r row, column string, to *civil.Date) error {
	text := r[column]
	if text == "" {
		return nil
	}
	d, err := civil.Parse(text)
	if err != nil {
		if d, err = civil.ParseItalian(text); err != nil {
			return fmt.Errorf("%s is not a date like 2027-03-31 or 31/03/2027", column)
		}
	}
	*to = d
	return nil
}

// firstOf returns the first of joined errors: one reason per row is enough to mend it.
func firstOf(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()[0]
	}
	return err
}
