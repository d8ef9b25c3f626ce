package desk

import (
	"time"

	"bottega/desk/civil"
)

// folder is what the journal holds of one visit: its entries as they came, and the little of them that is looked up across visits.
// The Visit is made of the entries when somebody looks at it. Of a hundred thousand entries most belong to visits that nobody
// looks at again, and a desk must be open within a second.
//
// The entries that belong to no visit are in a folder, too: it has no name and is never opened.
type folder struct {
	id      string
	entries []Entry

	// What apply keeps. number counts the visits in the order of their opening, from one; zero before that.
	number   int
	openedAt time.Time
	// last is the sequence of the newest entry; said is that of the newest one that an export tells of, zero while the visit goes on.
	last, said uint64
	person     Person
	// words are what the visit is found by.
	words string
	// followUps are the IDs of all that were opened about the visit.
	followUps []string

	// visit is made of the first folded entries, nil before anybody looked.
	visit  *Visit
	folded int
	// unread counts the entries among the first looked that this program does not understand.
	unread, looked int
}

func (f *folder) opened() bool    { return f != nil && f.number > 0 }
func (f *folder) going() bool     { return f.opened() && f.said == 0 }
func (f *folder) day() civil.Date { return civil.Of(f.openedAt) }

func (f *folder) add(e Entry) {
	if f.entries == nil {
		f.entries = make([]Entry, 0, 16) // what a visit with one walk leaves
	}
	f.entries = append(f.entries, e)
	f.last = max(f.last, e.Seq)
}

// entry returns an entry of the folder.
func (f *folder) entry(id string) (Entry, bool) {
	for _, e := range f.entries {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// newest returns the last entry of a kind.
func (f *folder) newest(k Kind) (Entry, bool) {
	for i := len(f.entries) - 1; i >= 0; i-- {
		if f.entries[i].Kind == k {
			return f.entries[i], true
		}
	}
	return Entry{}, false
}

// look returns the visit as its entries make it, and tells each fact that it had not seen yet. What is not understood changes
// nothing.
func (f *folder) look(each func(Payload)) *Visit {
	if !f.opened() {
		return nil
	}
	if f.visit == nil {
		f.visit = &Visit{ID: f.id, OpenedAt: f.openedAt}
	}
	for ; f.folded < len(f.entries); f.folded++ {
		e := f.entries[f.folded]
		p, err := Decode(e)
		if err != nil {
			continue
		}
		if fact, ok := p.(visitFact); ok {
			fact.applyTo(f.visit, e)
			each(p)
		}
	}
	return f.visit
}

// notUnderstood counts the entries that this program cannot read.
func (f *folder) notUnderstood() int {
	for ; f.looked < len(f.entries); f.looked++ {
		if _, err := Decode(f.entries[f.looked]); err != nil {
			f.unread++
		}
	}
	return f.unread
}
