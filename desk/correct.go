package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bottega/desk/cardnumber"
	"bottega/desk/guard"
)

// Errors of Correct, matched with errors.Is.
var (
	ErrNoEntry       = errors.New("there is no such record")
	ErrCorrected     = errors.New("the record was corrected already: correct the correction")
	ErrNotCorrigible = errors.New("a record of this kind cannot be corrected")
)

// RefusedRecord is a record that the hub has and could not make sense of, and that waits for somebody to correct it or to let it be.
type RefusedRecord struct {
	// Entry is the ID of the record, with which it is corrected (Correct) or let be (CloseFollowUp).
	Entry string
	Kind  Kind
	At    time.Time
	Visit string
	// Reason is the hub's word for what is wrong.
	Reason string
	// Payload is what the record says, as a pointer to its type; nil where this program does not understand it.
	Payload Payload

	seq uint64
}

// Refused returns what the hub refused and nobody has corrected or closed yet, the oldest first.
func (d *Desk) Refused() []RefusedRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []RefusedRecord
	for id, r := range d.state.refused {
		e, _ := d.state.of[id].entry(id)
		refused := RefusedRecord{Entry: id, Kind: e.Kind, At: e.At, Visit: e.Visit, Reason: r.Reason, seq: e.Seq}
		if p, err := Decode(e); err == nil {
			refused.Payload = p
		}
		out = append(out, refused)
	}
	slices.SortFunc(out, func(a, b RefusedRecord) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// Correct says that a record should have said something else. The correction is a new entry of the same visit, which may be closed: a
// refusal comes days later. What can be corrected is a request for an activation or an exemption, a name, a note and a plain record.
// Where the corrected request was for the person of the visit, the visit is named again in the same act.
func (d *Desk) Correct(ctx context.Context, entry string, p Payload) error {
	err := d.locked(func() error {
		f := d.state.of[entry]
		if f == nil {
			return ErrNoEntry
		}
		old, _ := f.entry(entry)
		right, err := d.corrigible(old, p)
		if err != nil {
			return err
		}
		if d.state.corrected[entry] {
			return ErrCorrected
		}
		_, err = d.append(ctx, append([]Draft{right}, renaming(f, old, right.Payload)...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("correcting a record: %w", err)
	}
	d.announce()
	return nil
}

// corrigible returns the correction of a record, checked as the record itself was.
func (d *Desk) corrigible(old Entry, p Payload) (Draft, error) {
	if p == nil || p.Kind() != old.Kind {
		return Draft{}, ErrNotCorrigible
	}
	written, err := json.Marshal(p)
	if err != nil {
		return Draft{}, fmt.Errorf("reading the correction: %w", err)
	}
	right, err := Decode(Entry{Kind: old.Kind, Payload: written}) // a copy, and a pointer whatever was given
	if err != nil {
		return Draft{}, err
	}
	switch p := right.(type) {
	case *ActivationRequested:
		if p.CardNumber, err = cardnumber.Parse(p.CardNumber); err != nil {
			return Draft{}, fmt.Errorf("%w: %w", ErrCardNumber, err)
		}
		err = named(p.Holder)
	case *ExemptionRequested:
		err = named(p.Person)
	case *NoteAdded:
		if p.Text = strings.TrimSpace(p.Text); guard.LooksSecret(p.Text) != guard.Nothing {
			err = ErrLooksSecret
		}
	case *VisitRecorded:
		if _, known := d.Catalogue().Service(p.Service); !known {
			err = fmt.Errorf("%s: %w", p.Service, ErrNoService)
		}
	case *VisitNamed:
	default:
		err = ErrNotCorrigible
	}
	return Draft{Visit: old.Visit, Supersedes: old.ID, Payload: right}, err
}

func named(p Person) error {
	if p.FiscalCode == "" {
		return ErrNobodyNamed
	}
	return nil
}

// renaming names the visit after the corrected person of a request, where the request was for the person of the visit: otherwise the
// mistake would stay in everything that the visit is found by.
func renaming(f *folder, old Entry, right Payload) []Draft {
	before, err := Decode(old)
	if err != nil {
		return nil
	}
	was, is := askedFor(before), askedFor(right)
	if is.IsZero() || was.IsZero() || is == was || was != f.person {
		return nil
	}
	named := Draft{Visit: f.id, Payload: VisitNamed{Naming: NamedByHand, Person: is}}
	if last, found := f.newest(VisitNamed{}.Kind()); found {
		named.Supersedes = last.ID
	}
	return []Draft{named}
}

// askedFor is whom a request is for.
func askedFor(p Payload) Person {
	switch p := p.(type) {
	case *ActivationRequested:
		return p.Holder
	case *ExemptionRequested:
		return p.Person
	}
	return Person{}
}
