package desk

import (
	"errors"
	"maps"
	"slices"
	"time"

	"bottega/desk/civil"
)

// Visit is one citizen, or nobody named, helped once: what its entries add up to.
type Visit struct {
	ID       string
	Naming   Naming
	Person   Person
	OpenedAt time.Time
	ClosedAt time.Time
	CleanUp  []CleanUp
	Left     bool
	Card     *SeenCard
	Periods  []TimedPeriod
	Notes    []string
	Records  []VisitRecorded
	Walks    []Walk
	Papers   []MadePaper
	Handouts []string
	Envelope string
	// Activation is the last request made in this visit, with the ID of its entry.
	Activation *AskedActivation
	Check      *ExemptionChecked
	Exemptions []AskedExemption
}

// SeenCard is a card as it was read at some moment of the visit.
type SeenCard struct {
	CardRead
	At time.Time
	// Proof is what the card showed when its holder typed a code, nil before. What it points to never changes.
	Proof *SeenProof
}

// TimedPeriod is a stretch of a visit; Until is zero while it lasts.
type TimedPeriod struct {
	Period Period
	From   time.Time
	Until  time.Time
}

// Walk is one run of a service, as recorded: enough to take it up again after a crash.
type Walk struct {
	ID             string
	Service        string
	ContentVersion int
	StartedAt      time.Time
	EndedAt        time.Time
	Outcome        string
	// Log holds the steps answered and the steps back, in order.
	Log []WalkMove
}

// WalkMove is one recorded move of a walk: an answer, or a step back.
type WalkMove struct {
	Back    bool
	Step    string
	Answers map[string]string
}

// AskedActivation is a request for an activation and what the hub said of it so far.
type AskedActivation struct {
	Entry   string
	At      time.Time
	Request ActivationRequested
	Reply   *Reply
}

// AskedExemption is a request to the registry and what the hub said of it so far.
type AskedExemption struct {
	Entry   string
	At      time.Time
	Request ExemptionRequested
	Reply   *Reply
}

// MadePaper is a paper of a visit and how often it left the desk.
type MadePaper struct {
	Paper  Paper
	SHA256 string
	Ways   []string
}

// FollowUp is something to come back to, with the hub's answer when there is one.
type FollowUp struct {
	FollowUpOpened
	Visit    string
	Person   Person
	OpenedAt time.Time
	Reply    *Reply
	ClosedAt time.Time
	Result   string
}

// Open reports whether nobody has closed the follow-up yet.
func (f FollowUp) Open() bool { return f.ClosedAt.IsZero() }

// Open reports whether the visit goes on.
func (v *Visit) Open() bool { return v.ClosedAt.IsZero() }

// OpenWalk returns the last walk that has not ended, or nil.
func (v *Visit) OpenWalk() *Walk {
	for i := len(v.Walks) - 1; i >= 0; i-- {
		if v.Walks[i].EndedAt.IsZero() {
			return &v.Walks[i]
		}
	}
	return nil
}

// TimeIn sums the periods of one sort; the running one counts up to now.
func (v *Visit) TimeIn(p Period, now time.Time) time.Duration {
	var sum time.Duration
	for _, t := range v.Periods {
		until := t.Until
		if until.IsZero() {
			until = now
		}
		// A clock that jumped back must not take time away from the other periods.
		if t.Period == p && until.After(t.From) {
			sum += until.Sub(t.From)
		}
	}
	return sum
}

// state is the projection of the journal: it changes only by apply.
type state struct {
	site      SiteSet
	visits    map[string]*Visit
	order     []string // visits, oldest first
	followUps []FollowUp
	entries   uint64
	papers    map[int]int // papers made in a year, for their numbers
	askedBy   map[string]string
	byPaper   map[string]string
	byWalk    map[string]string
}

func newState() *state {
	return &state{visits: map[string]*Visit{}, papers: map[int]int{}, askedBy: map[string]string{}, byPaper: map[string]string{}, byWalk: map[string]string{}}
}

// apply adds one entry to the projection. Unknown and erased entries change nothing but the count: they are kept by the journal.
func (s *state) apply(e Entry) error {
	s.entries = max(s.entries, e.Seq)
	p, err := Decode(e)
	if errors.Is(err, ErrUnknownKind) || errors.Is(err, ErrErased) {
		return nil
	}
	if err != nil {
		return err
	}
	switch p := p.(type) {
	case *SiteSet:
		s.site = *p
	case *ReplyReceived:
		s.applyReply(p.Reply)
	case *FollowUpOpened:
		s.followUps = append(s.followUps, FollowUp{FollowUpOpened: *p, Visit: e.Visit, OpenedAt: e.At})
	case *FollowUpClosed:
		s.closeFollowUp(p, e.At)
	case *VisitOpened:
		s.visits[e.Visit] = &Visit{ID: e.Visit, Naming: p.Naming, OpenedAt: e.At}
		s.order = append(s.order, e.Visit)
	case visitFact:
		if v := s.visits[e.Visit]; v != nil {
			p.applyTo(v, e)
			s.index(e, p)
		}
	}
	return nil
}

// index keeps what is looked up across visits.
func (s *state) index(e Entry, p Payload) {
	switch p := p.(type) {
	case *WalkStarted:
		s.byWalk[p.Walk] = e.Visit
	case *PaperMade:
		s.byPaper[p.Paper.ID] = e.Visit
		s.papers[p.Paper.MadeAt.Year()]++
	case *ActivationRequested:
		s.await(FollowActivation, e)
	case *ExemptionRequested:
		s.await(FollowExemption, e)
	}
}

// answerDays is how long an answer of the hub may take before somebody should ask after it.
const answerDays = 7

// await opens the follow-up of a request. It is a consequence of the request, not a fact of its own, so no entry says it; its
// ID is the request's, and a FollowUpClosed with that ID ends it.
func (s *state) await(kind FollowUpKind, e Entry) {
	s.askedBy[e.ID] = e.Visit
	s.followUps = append(s.followUps, FollowUp{
		FollowUpOpened: FollowUpOpened{ID: e.ID, Type: kind, About: e.ID, Due: civil.Of(e.At).AddDays(answerDays)},
		Visit:          e.Visit,
		OpenedAt:       e.At,
	})
}

func (v *Visit) startPeriod(p PeriodStarted, at time.Time) {
	from := at
	if !p.Since.IsZero() && p.Since.Before(at) {
		from = p.Since
	}
	v.endPeriod(from)
	v.Periods = append(v.Periods, TimedPeriod{Period: p.Period, From: from})
}

func (v *Visit) endPeriod(at time.Time) {
	if n := len(v.Periods); n > 0 && v.Periods[n-1].Until.IsZero() {
		v.Periods[n-1].Until = at
	}
}

func (v *Visit) walk(id string) *Walk {
	for i := range v.Walks {
		if v.Walks[i].ID == id {
			return &v.Walks[i]
		}
	}
	return nil
}

func (v *Visit) paper(id string) *MadePaper {
	for i := range v.Papers {
		if v.Papers[i].Paper.ID == id {
			return &v.Papers[i]
		}
	}
	return nil
}

func (s *state) applyReply(r Reply) {
	for i := range s.followUps {
		if s.followUps[i].About == r.About {
			s.followUps[i].Reply = &r
		}
	}
	v := s.visits[s.askedBy[r.About]]
	if v == nil {
		return
	}
	if v.Activation != nil && v.Activation.Entry == r.About {
		v.Activation.Reply = &r
	}
	for i := range v.Exemptions {
		if v.Exemptions[i].Entry == r.About {
			v.Exemptions[i].Reply = &r
		}
	}
}

func (s *state) closeFollowUp(p *FollowUpClosed, at time.Time) {
	for i := range s.followUps {
		if s.followUps[i].ID == p.ID {
			s.followUps[i].ClosedAt, s.followUps[i].Result = at, p.Result
		}
	}
}

func (s *state) personOf(visit string) Person {
	if v := s.visits[visit]; v != nil {
		return v.Person
	}
	return Person{}
}

// clone returns a copy that the caller may keep while the desk goes on. Walk logs and papers are never changed in place, so
// copying the slices that hold them is enough.
func (v *Visit) clone() Visit {
	c := *v
	c.Periods = slices.Clone(v.Periods)
	c.Notes = slices.Clone(v.Notes)
	c.Records = slices.Clone(v.Records)
	c.Walks = slices.Clone(v.Walks)
	c.Papers = slices.Clone(v.Papers)
	c.Handouts = slices.Clone(v.Handouts)
	c.Exemptions = slices.Clone(v.Exemptions)
	if v.Activation != nil {
		a := *v.Activation
		c.Activation = &a
	}
	return c
}

// Counts are a day's work in figures.
type Counts struct {
	Visits      int
	Activations int
	Exemptions  int
	Handouts    int
	Papers      int
	// ByService counts walks and plain records by service ID.
	ByService map[string]int
}

// counts adds up the visits opened on a day, in the desk's own zone.
func (s *state) counts(day civil.Date) Counts {
	c := Counts{ByService: map[string]int{}}
	for _, v := range s.visits {
		if civil.Of(v.OpenedAt) != day {
			continue
		}
		c.Visits++
		c.Handouts += len(v.Handouts)
		c.Papers += len(v.Papers)
		c.Exemptions += len(v.Exemptions)
		if v.Activation != nil {
			c.Activations++
		}
		for _, w := range v.Walks {
			c.ByService[w.Service]++
		}
		for _, r := range v.Records {
			c.ByService[r.Service]++
		}
	}
	return c
}

// Services returns the service IDs of the counts, the most used first, then by name.
func (c Counts) Services() []string {
	ids := slices.Sorted(maps.Keys(c.ByService))
	slices.SortStableFunc(ids, func(a, b string) int { return c.ByService[b] - c.ByService[a] })
	return ids
}
