package facilitator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bottega/assets"
	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/desktest"
	"bottega/desk/fiscalcode"
	"bottega/ui/citizen"
	"bottega/ui/dispatch"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// rig is a window of the facilitator without a window: presenters over a real desk in memory.
type rig struct {
	t       *testing.T
	app     *App
	pump    *dispatch.Pump
	clock   *desktest.Clock
	journal *desktest.Journal
	line    *fakeLine
	codes   *fakeCodes
	printer *fakePrinters
	doors   *fakeDoors
	pc      *fakeComputer
	keeper  *fakeKeeper
	doctor  *fakeDoctor
	watch   chan func(cardreader.Event)
	deliver func(cardreader.Event)
	// strike ends a wait that is going on, as its clock would.
	strike func()
	// waits are what the desk does by itself after a while; see pass.
	waits   []*wait
	keyring *fakeKeys
	care    *fakeCare
	places  *fakePlaces
}

const rightPhrase = "tre gatti sul tetto"

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{
		t: t, pump: dispatch.NewPump(), clock: desktest.NewClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
		line: &fakeLine{status: desk.LineStatus{State: desk.LineNotEnrolled}}, printer: &fakePrinters{}, pc: &fakeComputer{},
		doctor:  &fakeDoctor{},
		codes:   &fakeCodes{needs: cardreader.CodeNeeds{PINLeft: -1, MinPIN: 5, MaxPIN: 8, PUK: 8}},
		watch:   make(chan func(cardreader.Event), 1),
		keeper:  &fakeKeeper{settings: DefaultSettings(text.Italian, text.Italian)},
		keyring: &fakeKeys{}, care: &fakeCare{days: 60}, places: &fakePlaces{},
	}
	r.keeper.settings.SecondScreen, r.keeper.settings.LockAfter = false, 0 // a desk locks itself where a test wants it
	r.pc.fakePlaces = r.places
	r.journal = &desktest.Journal{Clock: r.clock, Facilitator: "f1"}
	r.doors = &fakeDoors{rig: r}
	catalog := texttest.Catalog(t)
	own, err := assets.Services()
	if err != nil {
		t.Fatal(err)
	}
	r.app = New(Params{
		Own:   own,
		Stage: citizen.NewStage(text.NewHolder(catalog, text.Italian)), TurnOver: func() {},
		Doors: r.doors, Computer: r.pc, Doctor: r.doctor, Keeper: r.keeper, Catalog: catalog, Dispatch: r.pump.Dispatch,
		Clock: r.clock, Look: func(Settings) {}, Quit: func() {}, Version: "prova",
	})
	r.app.later = func(_ time.Duration, do func()) func() {
		r.strike = do
		return func() { r.strike = nil }
	}
	r.app.after = r.wait
	r.app.words.OnMissing(r.missing)
	r.app.citizenWords.OnMissing(r.missing)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r.app.Start(ctx, func() {})
	r.settle()
	return r
}

func (r *rig) missing(lang, key string) { r.t.Errorf("no %s translation for %q", lang, key) }

// settle waits until no task goes on.
func (r *rig) settle() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := r.pump.Until(ctx, func() bool { return r.app.worker.current == nil }); err != nil {
		r.t.Fatalf("the task did not end: %v", err)
	}
	r.page()
}

// press presses keys one after the other; each must mean something.
func (r *rig) press(keys ...key) {
	r.t.Helper()
	for _, k := range keys {
		if !r.app.Press(k) {
			r.t.Fatalf("%s does nothing on the page %q: %v", k, r.page().Name, r.keys())
		}
		r.settle()
	}
}

func (r *rig) page() page { return r.app.page() }

func (r *rig) keys() []string {
	var all []string
	p := r.page()
	for _, a := range p.Actions {
		all = append(all, string(a.Key)+"="+a.Label)
	}
	for i, row := range p.rows() {
		all = append(all, string(p.numberKey(i))+"="+row.Label)
	}
	return all
}

// fill types into a field of the page.
func (r *rig) fill(id, value string) {
	r.t.Helper()
	for _, f := range r.page().fields() {
		if f.ID == id {
			f.Set(value)
			return
		}
	}
	typed := false
	each(r.page().all(), func(b block) {
		if s, ok := b.(secret); ok && s.ID == id {
			bytes := []byte(value)
			s.From.lend(func() []byte { taken := bytes; bytes = nil; return taken })
			typed = true
		}
	})
	if !typed {
		r.t.Fatalf("the page %q has no field %q", r.page().Name, id)
	}
}

// choose presses the row whose label holds a text.
func (r *rig) choose(label string) {
	r.t.Helper()
	for i, row := range r.page().rows() {
		if strings.Contains(row.Label, label) {
			if k := r.page().numberKey(i); k != "" {
				r.press(k)
				return
			}
			r.app.choose(row.Do)
			r.settle()
			return
		}
	}
	r.t.Fatalf("no row %q on the page %q: %v", label, r.page().Name, r.keys())
}

func (r *rig) wantPage(name string) {
	r.t.Helper()
	if got := r.page().Name; got != name {
		r.t.Fatalf("on the page %q, want %q\n%s", got, name, r.read())
	}
}

// read returns everything the page says, one row a line.
func (r *rig) read() string {
	p := r.page()
	lines := []string{p.Title, p.Lead}
	each(p.all(), func(b block) {
		switch b := b.(type) {
		case heading:
			lines = append(lines, "# "+b.Text)
		case paragraph:
			lines = append(lines, b.Text)
		case notice:
			lines = append(lines, "! "+b.Title+" | "+b.Text)
		case facts:
			for _, f := range b.Rows {
				lines = append(lines, f.Label+": "+f.Value)
			}
		case choices:
			lines = append(lines, b.Label+" "+b.Wrong)
			for _, row := range b.Rows {
				mark := "( ) "
				if row.On {
					mark = "(x) "
				}
				lines = append(lines, mark+row.Label+" | "+row.Detail)
			}
		case field:
			lines = append(lines, b.Label+"="+b.Value+" "+b.Wrong)
		case secret:
			lines = append(lines, b.Label+" "+b.Wrong)
		case tiles:
			for _, t := range b.Items {
				lines = append(lines, t.Value+" "+t.Label)
			}
		case progress:
			lines = append(lines, "... "+b.Label)
		case groups:
			for i, g := range b.Groups {
				lines = append(lines, fmt.Sprintf("%s %d: %s", b.Label, i+1, g))
			}
		}
	})
	return strings.Join(lines, "\n")
}

func (r *rig) wantSays(parts ...string) {
	r.t.Helper()
	said := r.read()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			r.t.Fatalf("the page %q does not say %q:\n%s", r.page().Name, part, said)
		}
	}
}

func (r *rig) wantSilent(parts ...string) {
	r.t.Helper()
	said := r.read()
	for _, part := range parts {
		if strings.Contains(said, part) {
			r.t.Fatalf("the page %q says %q:\n%s", r.page().Name, part, said)
		}
	}
}

// insert puts a card in the reader.
func (r *rig) insert(c desk.Card) {
	r.t.Helper()
	r.tell(cardreader.Event{Kind: cardreader.CardInserted, Reader: c.Reader}, cardreader.Event{Kind: cardreader.CardRead, Reader: c.Reader, Card: &c})
}

func (r *rig) tell(events ...cardreader.Event) {
	r.t.Helper()
	for _, e := range events {
		r.deliver(e)
		r.settle()
	}
}

// unlocked returns a rig that stands on the home page of a practice desk.
func unlocked(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.press(keyMain)
	r.atHome()
	return r
}

// atHome waits for a session that was just opened.
func (r *rig) atHome() {
	r.t.Helper()
	if r.app.session == nil {
		r.t.Fatal("no desk is open")
	}
	r.deliver = <-r.watch
}

// anna is invented; her code is formally right.
func anna() desk.Card {
	born := civil.Date{Year: 1948, Month: 3, Day: 5}
	return desk.Card{
		Reader: "Lettore di prova", ATR: "3B", Model: "classic", Number: "6090010000001005", Issuer: "6090",
		Expires: civil.Date{Year: 2031, Month: 3, Day: 31},
		Holder: desk.Person{
			Surname: "BIANCHINI", Name: "ANNA", FiscalCode: fiscalcode.Compose("BIANCHINI", "ANNA", born, "F", "D612"), BirthDate: born, Sex: "F",
			BirthPlace: "D612", Residence: "D612",
		},
		Test: desk.CardTest{Parts: []desk.PartCheck{{Part: desk.PartChip, Result: desk.PartWorks}, {Part: desk.PartValidity, Result: desk.PartWorks}}},
	}
}

type fakeDoors struct {
	rig    *rig
	people []Keyholder
	// recovery says that there is a recovery key; real makes the desks that are opened real ones, with all their ports.
	// practice makes them practice desks.
	recovery, real, practice bool
	refuse                   time.Duration
	setUp                    NewDesk
	closed                   int
	phrases                  [][]byte // as they were handed over
}

func (d *fakeDoors) Look(context.Context) (Closed, error) {
	return Closed{People: d.people, Recovery: d.recovery}, nil
}

// keyholders are people by their names, numbered f1, f2.
func keyholders(names ...string) []Keyholder {
	all := make([]Keyholder, len(names))
	for i, name := range names {
		all[i].ID, all[i].Name = fmt.Sprintf("f%d", i+1), name
	}
	return all
}

func (d *fakeDoors) Unlock(ctx context.Context, _ string, phrase []byte) (*Session, error) {
	d.phrases = append(d.phrases, phrase)
	if string(phrase) != rightPhrase {
		return nil, WrongPassphrase{Wait: d.refuse}
	}
	return d.open(ctx)
}

func (d *fakeDoors) SetUp(ctx context.Context, n NewDesk) (*Session, error) {
	d.setUp = n
	return d.open(ctx)
}

func (d *fakeDoors) Practice(ctx context.Context) (*Session, error) { return d.open(ctx) }

func (d *fakeDoors) open(ctx context.Context) (*Session, error) {
	r := d.rig
	services, err := assets.Services()
	if err != nil {
		return nil, err
	}
	rules, err := assets.Rules()
	if err != nil {
		return nil, err
	}
	catalogue := desk.Catalogue{Services: services, Exemptions: rules}
	core, err := desk.Open(ctx, desk.Params{Journal: r.journal, Clock: r.clock, NewID: desktest.IDs(), Catalogue: catalogue, Papers: desktest.Papers{}, Practice: d.practice})
	if err != nil {
		return nil, err
	}
	if core.Site().Site.ID == "" {
		site := desk.SiteSet{Site: desk.Site{ID: "LU-PIAZZA", Name: "Bottega di piazza", Municipality: "Lucca"}, Desk: "1"}
		if err := core.SetSite(ctx, site); err != nil {
			return nil, err
		}
	}
	s := &Session{
		Desk: core, Facilitator: desk.FacilitatorInfo{ID: "f1", Name: "Piera"}, Line: r.line, Printers: r.printer,
		Watch: func(ctx context.Context, deliver func(cardreader.Event)) {
			r.watch <- deliver
			<-ctx.Done()
		},
		Codes: r.codes, Door: func() string { return r.codes.door },
		Close: func() error { d.closed++; return nil },
	}
	if d.real {
		r.equip(s)
	}
	return s, nil
}

type fakeLine struct {
	status   desk.LineStatus
	waiting  []Waiting
	exported []string
	imported []string
	fail     error
	send     func(context.Context) error
	enrol    func(code string) error
}

func (l *fakeLine) Status() desk.LineStatus { return l.status }
func (l *fakeLine) Send(ctx context.Context) error {
	if l.send == nil {
		return nil
	}
	return l.send(ctx)
}
func (l *fakeLine) Watch(func()) (stop func())                      { return func() {} }
func (l *fakeLine) Waiting(context.Context, int) ([]Waiting, error) { return l.waiting, nil }
func (l *fakeLine) Enrol(_ context.Context, code string) error      { return l.enrol(code) }
func (l *fakeLine) setMetered(metered bool)                         { l.status.Metered = metered }
func (l *fakeLine) Export(_ context.Context, folder string) (string, int, error) {
	l.exported = append(l.exported, folder)
	return folder + "/bottega-LU-PIAZZA-1.plico", 12, l.fail
}
func (l *fakeLine) Import(_ context.Context, file string) error {
	l.imported = append(l.imported, file)
	return l.fail
}

type fakePrinters struct {
	list    []desk.PrinterInfo
	printed []string
	cleared []string
	fail    error
}

func (p *fakePrinters) List(context.Context) ([]desk.PrinterInfo, error) { return p.list, nil }
func (p *fakePrinters) Print(_ context.Context, uri, title string, _ []byte) error {
	if p.fail != nil {
		return p.fail
	}
	p.printed = append(p.printed, uri+" "+title)
	return nil
}
func (p *fakePrinters) Clear(_ context.Context, uri string) error {
	p.cleared = append(p.cleared, uri)
	return p.fail
}

type fakeComputer struct {
	*fakePlaces
	opened []string
	saved  []string
	empty  int
	copied string
	// forgot counts how often papers were removed; held is a paper that another program does not let go.
	forgot int
	held   error
}

func (c *fakeComputer) OpenURL(url string) error { c.opened = append(c.opened, url); return nil }
func (c *fakeComputer) SavePaper(p desk.Paper, _ []byte) (string, error) {
	c.saved = append(c.saved, p.Number)
	return "/carte/" + p.Number + ".pdf", nil
}
func (c *fakeComputer) OpenPaper(_ context.Context, p desk.Paper, _ []byte) error {
	c.opened = append(c.opened, p.Number)
	return nil
}
func (c *fakeComputer) ForgetPapers() error { c.forgot++; return c.held }
func (c *fakeComputer) EmptyClipboard()     { c.empty++ }
func (c *fakeComputer) Copy(text string)    { c.copied = text }

type fakeKeeper struct {
	settings Settings
	fail     error
}

func (k *fakeKeeper) Load() Settings { return k.settings }
func (k *fakeKeeper) Save(s Settings) error {
	if k.fail != nil {
		return k.fail
	}
	k.settings = s
	return nil
}

var errPrinterJam = errors.New("inceppata")

func (r *rig) recorded(k desk.Kind) int {
	n := 0
	for _, e := range r.journal.Entries() {
		if e.Kind == k {
			n++
		}
	}
	return n
}
