package desk

import (
	"slices"
	"time"
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

	// noted and recorded are the entries of Notes and Records.
	noted, recorded []string
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

// FollowUp is something to come back to that nobody has closed yet, with the hub's answer when there is one.
type FollowUp struct {
	FollowUpOpened
	Visit    string
	Person   Person
	OpenedAt time.Time
	Reply    *Reply

	seq uint64
}

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
