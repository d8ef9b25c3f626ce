package desk

import (
	"cmp"
	"slices"
	"time"

	"bottega/desk/civil"
)

// state is the projection of the journal: it changes only by apply.
type state struct {
	site    SiteSet
	entries uint64
	folders map[string]*folder // by visit
	of      map[string]*folder // by the ID of an entry
	order   []*folder          // of visits, oldest first
	going   []*folder          // of visits that go on, oldest first
	byDay   map[civil.Date][]*folder
	byCode  map[string][]*folder // by fiscal code

	listed    []FollowUp          // the open follow-ups in order, nil when they changed since
	followUps map[string]FollowUp // the open ones
	awaiting  map[string][]string // follow-ups by the entry that they are about
	refused   map[string]Reply    // by the entry that the hub could not make sense of
	corrected map[string]bool     // entries that a later one corrects

	papers          map[int]int            // papers made in a year, for their numbers
	exports         []acceptedExport       // in order
	erased          map[string]bool        // visits
	tallies         map[civil.Date][]Tally // of erased visits
	byPaper, byWalk map[string]*folder     // of visits that somebody looked at
}

func newState() *state {
	return &state{
		folders: map[string]*folder{}, of: map[string]*folder{}, byDay: map[civil.Date][]*folder{}, byCode: map[string][]*folder{},
		followUps: map[string]FollowUp{}, awaiting: map[string][]string{}, refused: map[string]Reply{}, corrected: map[string]bool{},
		papers: map[int]int{}, erased: map[string]bool{}, tallies: map[civil.Date][]Tally{},
		byPaper: map[string]*folder{}, byWalk: map[string]*folder{},
	}
}

// apply adds one entry to the projection. It never fails: what this program does not understand is kept, and what was erased says
// nothing any more.
func (s *state) apply(e Entry) {
	s.entries = max(s.entries, e.Seq)
	if e.Kind == (PaperMade{}).Kind() {
		s.papers[e.At.Year()]++ // its number stays given, whatever becomes of the visit
	}
	if e.Payload == nil {
		return
	}
	f := s.file(e)
	if s.of[e.Supersedes] == f && e.Supersedes != "" {
		s.supersede(f, e)
	}
	p, err := empty(e)
	if err != nil {
		return
	}
	// Facts about one visit wait in its folder until somebody looks.
	if fact, ok := p.(deskFact); ok && e.fill(p) == nil {
		fact.tell(s, f, e)
	}
}

// file puts an entry into the folder of its visit.
func (s *state) file(e Entry) *folder {
	f := s.folders[e.Visit]
	if f == nil {
		f = &folder{id: e.Visit}
		s.folders[e.Visit] = f
	}
	f.add(e)
	s.of[e.ID] = f
	return f
}

// visit returns a visit, nil when there is none.
func (s *state) visit(id string) *Visit { return s.look(s.folders[id]) }

func (s *state) look(f *folder) *Visit {
	if f == nil {
		return nil
	}
	return f.look(func(p Payload) {
		switch p := p.(type) {
		case *WalkStarted:
			s.byWalk[p.Walk] = f
		case *PaperMade:
			s.byPaper[p.Paper.ID] = f
		}
	})
}

// visitIn returns the visit that an index names. The indexes hold what was looked at; what is older is looked for, newest first.
func (s *state) visitIn(index map[string]*folder, id string) *Visit {
	for i := len(s.order) - 1; index[id] == nil && i >= 0; i-- {
		s.look(s.order[i])
	}
	return s.look(index[id])
}

// notUnderstood counts the entries that this program cannot read.
func (s *state) notUnderstood() int {
	n := 0
	for _, f := range s.folders {
		n += f.notUnderstood()
	}
	return n
}

// erase takes a visit out of the projection, and keeps what it counts for.
func (s *state) erase(p *VisitErased) {
	if p.Visit == "" || s.erased[p.Visit] {
		return
	}
	s.erased[p.Visit] = true
	if p.Tally != nil {
		s.tallies[p.Tally.Day] = append(s.tallies[p.Tally.Day], *p.Tally)
	}
	f := s.folders[p.Visit]
	if f == nil {
		return // the journal was read after the erasure
	}
	for _, e := range f.entries {
		delete(s.of, e.ID)
		delete(s.refused, e.ID)
		delete(s.corrected, e.ID)
		delete(s.awaiting, e.ID)
	}
	s.listed = nil
	for _, id := range f.followUps {
		delete(s.followUps, id)
	}
	if v := f.visit; v != nil {
		for _, w := range v.Walks {
			delete(s.byWalk, w.ID)
		}
		for _, m := range v.Papers {
			delete(s.byPaper, m.Paper.ID)
		}
	}
	delete(s.folders, p.Visit)
	s.order, s.going = without(s.order, f), without(s.going, f)
	s.byDay[f.day()] = without(s.byDay[f.day()], f)
	s.byCode[f.person.FiscalCode] = without(s.byCode[f.person.FiscalCode], f)
}

// with and without keep a list of folders in the order in which their visits were opened.
func with(list []*folder, f *folder) []*folder {
	i, _ := slices.BinarySearchFunc(list, f, byNumber)
	return slices.Insert(list, i, f)
}

func without(list []*folder, f *folder) []*folder {
	i, found := slices.BinarySearchFunc(list, f, byNumber)
	if !found {
		return list
	}
	return slices.Delete(list, i, i+1)
}

func byNumber(a, b *folder) int { return cmp.Compare(a.number, b.number) }

// answerDays is how long an answer of the hub may take before somebody should ask after it.
const answerDays = 7

// await opens the follow-up of a request. It is a consequence of the request, not a fact of its own, so no entry says it; its
// ID is the request's, and a FollowUpClosed with that ID ends it.
func (s *state) await(kind FollowUpKind, f *folder, e Entry) {
	if f.opened() {
		s.follow(f, e, FollowUpOpened{ID: e.ID, Type: kind, About: e.ID, Due: civil.Of(e.At).AddDays(answerDays)})
	}
}

func (s *state) follow(f *folder, e Entry, p FollowUpOpened) {
	s.listed = nil
	s.followUps[p.ID] = FollowUp{FollowUpOpened: p, Visit: e.Visit, OpenedAt: e.At, seq: e.Seq}
	f.followUps = append(f.followUps, p.ID)
	if p.About != "" {
		s.awaiting[p.About] = append(s.awaiting[p.About], p.ID)
	}
}

// answer takes in what the hub says about an entry. A refusal of what was corrected since asks nobody for anything.
func (s *state) answer(r Reply) {
	s.listed = nil
	for _, id := range s.awaiting[r.About] {
		if f, open := s.followUps[id]; open {
			f.Reply = &r
			s.followUps[id] = f
		}
	}
	delete(s.refused, r.About)
	if r.Kind == RecordRefused && s.of[r.About] != nil && !s.corrected[r.About] {
		s.refused[r.About] = r
	}
}

// settle ends a follow-up, and with it the refusal that somebody read.
func (s *state) settle(id string) {
	s.listed = nil
	delete(s.followUps, id)
	delete(s.refused, id)
}

// supersede lets a correction take the place of what it corrects: nobody waits for the old one's answer any more.
func (s *state) supersede(f *folder, e Entry) {
	s.corrected[e.Supersedes] = true
	s.settle(e.Supersedes)
	if f.said > 0 {
		f.said = e.Seq
	}
}

// open begins a visit.
func (s *state) open(f *folder, at time.Time) {
	if f.opened() || f.id == "" {
		return
	}
	f.number, f.openedAt = 1, at
	if n := len(s.order); n > 0 {
		f.number = s.order[n-1].number + 1
	}
	s.order, s.going = append(s.order, f), append(s.going, f)
	s.byDay[f.day()] = append(s.byDay[f.day()], f)
}

// name says who a visit is about.
func (s *state) name(f *folder, p Person) {
	s.listed = nil
	if !f.opened() {
		return
	}
	if old := f.person.FiscalCode; old != p.FiscalCode {
		if old != "" {
			s.byCode[old] = without(s.byCode[old], f)
		}
		if p.FiscalCode != "" {
			s.byCode[p.FiscalCode] = with(s.byCode[p.FiscalCode], f)
		}
	}
	f.person, f.words = p, wordsOf(p)
}

// close ends a visit.
func (s *state) close(f *folder, e Entry) {
	if f.going() {
		s.going = without(s.going, f)
		f.said = e.Seq
	}
}
