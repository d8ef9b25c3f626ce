package desk

import (
	"maps"
	"slices"
	"time"

	"bottega/desk/civil"
)

// Counts are the work of some days in figures. They name nobody, and an erased visit goes on counting by the tally it left.
type Counts struct {
	Visits int
	// Left counts the citizens who went away before being served; Minutes is how long the others were served.
	Left        int
	Minutes     int
	Activations int
	Exemptions  int
	Handouts    int
	Papers      int
	// ByService counts walks and plain records by service ID; ByOutcome counts walks by "service/outcome".
	ByService, ByOutcome map[string]int
}

// Today returns the counts of the day.
func (d *Desk) Today() Counts {
	today := civil.Of(d.p.Clock.Now())
	return d.Counts(today, today)
}

// Counts adds up the visits opened from one day to another, both included, each day in the zone that the desk had then.
func (d *Desk) Counts(from, to civil.Date) Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := Counts{ByService: map[string]int{}, ByOutcome: map[string]int{}}
	for day := from; !day.After(to); day = day.AddDays(1) {
		for _, f := range d.state.byDay[day] {
			c.add(d.state.look(f).tally(d.p.Clock.Now()))
		}
		for _, t := range d.state.tallies[day] {
			c.add(t)
		}
	}
	return c
}

// TallyOf returns what a visit counts for, to be kept when it is erased.
func (d *Desk) TallyOf(visit string) (Tally, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.state.visit(visit)
	if v == nil {
		return Tally{}, ErrNoVisit
	}
	return v.tally(d.p.Clock.Now()), nil
}

func (c *Counts) add(t Tally) {
	c.Visits++
	c.Left += t.Left
	c.Minutes += t.Minutes
	c.Activations += t.Activations
	c.Exemptions += t.Exemptions
	c.Handouts += t.Handouts
	c.Papers += t.Papers
	for id, n := range t.Services {
		c.ByService[id] += n
	}
	for id, n := range t.Outcomes {
		c.ByOutcome[id] += n
	}
}

// tally is the visit without anybody in it. A visit that goes on was served up to now.
func (v *Visit) tally(now time.Time) Tally {
	t := Tally{
		Day: civil.Of(v.OpenedAt), Minutes: int(v.TimeIn(Served, now).Minutes()), Services: map[string]int{}, Outcomes: map[string]int{},
		Exemptions: len(v.Exemptions), Handouts: len(v.Handouts), Papers: len(v.Papers),
	}
	if v.Left {
		t.Left = 1
	}
	if v.Activation != nil {
		t.Activations = 1
	}
	for _, w := range v.Walks {
		t.Services[w.Service]++
		t.Outcomes[w.Service+"/"+w.Outcome]++
	}
	for _, r := range v.Records {
		t.Services[r.Service]++
	}
	return t
}

// Services returns the service IDs of the counts, the most used first, then by name.
func (c Counts) Services() []string {
	ids := slices.Sorted(maps.Keys(c.ByService))
	slices.SortStableFunc(ids, func(a, b string) int { return c.ByService[b] - c.ByService[a] })
	return ids
}
