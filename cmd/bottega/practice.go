package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
)

// practiceSite is where the practice desk stands. Like everything of it, it says PROVA.
func practiceSite() desk.SiteSet {
	return desk.SiteSet{Site: desk.Site{ID: "PROVA", Name: "Bottega di PROVA", Municipality: "Lucca", Phone: "0583 000000"}, Desk: "1"}
}

// Practice implements facilitator.Doors: a desk with everything of its own (journal, hub, reader, cards) in a folder that is
// thrown away with it. Nothing of it knows where the real journal is.
func (d *doors) Practice(ctx context.Context) (*facilitator.Session, error) {
	sweep()
	dir, err := os.MkdirTemp("", practiceFolder)
	if err != nil {
		return nil, fmt.Errorf("making room for the practice desk: %w", err)
	}
	s, err := d.parts.practiceDesk(ctx, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// practiceFolder names the folders of practice desks.
const practiceFolder = "bottega-prova-"

// sweep removes what practice desks left whose program was killed: those whose journal nobody holds any more. What cannot be
// removed stays for the next time.
func sweep() {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), practiceFolder+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		j, err := journal.Open(filepath.Join(dir, "desk"), journal.Options{LockWait: time.Millisecond})
		if err != nil {
			continue // held by a desk that is at work, or just being made
		}
		if j.Close() == nil {
			_ = os.RemoveAll(dir)
		}
	}
}

func (p *parts) practiceDesk(ctx context.Context, dir string) (*facilitator.Session, error) {
	today := civil.Of(time.Now())
	profiles, err := practice.Profiles(today)
	if err != nil {
		return nil, fmt.Errorf("reading the practice cards: %w", err)
	}
	h, err := startPracticeHub(ctx, filepath.Join(dir, "hub"), profiles, today)
	if err != nil {
		return nil, err
	}
	j, err := practiceJournal(filepath.Join(dir, "desk"))
	if err != nil {
		return nil, errors.Join(err, h.stop())
	}
	reader := practice.NewReader("Lettore di prova")
	s, err := p.openSession(ctx, opening{
		journal: j, facilitator: desk.FacilitatorInfo{ID: "prova", Name: "facilitatore di prova"}, port: reader, practice: true,
		end: func() error { return errors.Join(j.Close(), h.stop(), os.RemoveAll(dir)) },
	})
	if err != nil {
		return nil, errors.Join(err, j.Close(), h.stop())
	}
	s.Hand = &hand{reader: reader, profiles: profiles, cards: map[int]*practice.Card{}, in: -1}
	if err := settlePractice(ctx, s, h); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// practiceJournal makes a journal under a phrase that nobody knows: the practice desk is never unlocked a second time.
func practiceJournal(dir string) (*journal.Journal, error) {
	cheap := journal.Params{Time: 1, MemoryKiB: 8 * 1024, Threads: 1}
	first := journal.NewFacilitator{Sigla: "PROVA", Name: "Facilitatore di prova"}
	j, err := journal.Create(dir, first, []byte(rand.Text()), journal.Options{Params: cheap})
	if err != nil {
		return nil, fmt.Errorf("making the practice journal: %w", err)
	}
	return j, nil
}

// settlePractice gives the practice desk its place and enrols it with the practice hub.
func settlePractice(ctx context.Context, s *facilitator.Session, h *practiceHub) error {
	if err := s.Desk.SetSite(ctx, practiceSite()); err != nil {
		return fmt.Errorf("placing the practice desk: %w", err)
	}
	code, err := h.NewCode(ctx, hub.NewCodeParams{Site: practiceSite().Site.ID, Valid: time.Hour})
	if err != nil {
		return fmt.Errorf("asking the practice hub for a code: %w", err)
	}
	return s.Line.Enrol(ctx, code.String())
}

// practiceHub is a hub in this very program, over TLS on a port of this computer.
type practiceHub struct {
	*hub.Hub
	stop func() error
}

func startPracticeHub(ctx context.Context, state string, profiles []practice.Profile, today civil.Date) (*practiceHub, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("finding a port for the practice hub: %w", err)
	}
	h, err := hub.New(ctx, hub.Params{State: state, Public: "https://" + ln.Addr().String(), Practice: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making the practice hub: %w", err), ln.Close())
	}
	serving, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var serveErr error
	running.Go(func() { serveErr = h.Serve(serving, ln) })
	p := &practiceHub{Hub: h, stop: func() error {
		cancel()
		running.Wait()
		return errors.Join(serveErr, h.Close())
	}}
	if err := p.load(ctx, profiles, today); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// load gives the hub registries that know the people on the practice cards: every health card may be activated, and who is over
// 65 has an exemption. Registries know nobody by a provisional code.
func (h *practiceHub) load(ctx context.Context, profiles []practice.Profile, today civil.Date) error {
	cards := [][]string{hub.Columns(store.Cards)}
	exemptions := [][]string{hub.Columns(store.Exemptions)}
	for i, p := range profiles {
		if p.Kind != desk.KindHealth || fiscalcode.Check(p.Holder.FiscalCode) != nil {
			continue
		}
		cards = append(cards, []string{p.Number, p.Holder.FiscalCode, string(store.CardIssued), p.Expires.String()})
		if !p.Holder.BirthDate.IsZero() && p.Holder.BirthDate.AgeOn(today) >= 65 {
			number := "PROVA-" + strconv.Itoa(1000+i)
			exemptions = append(exemptions, []string{
				number, "E01", p.Holder.FiscalCode, p.Holder.Surname, p.Holder.Name, strconv.Itoa(today.Year-1) + "-04-01", "", "ASL di PROVA",
			})
		}
	}
	if _, err := h.ImportCards(ctx, asCSV(cards), false); err != nil {
		return fmt.Errorf("loading the practice cards: %w", err)
	}
	if _, err := h.ImportExemptions(ctx, asCSV(exemptions), false); err != nil {
		return fmt.Errorf("loading the practice exemptions: %w", err)
	}
	return nil
}

func asCSV(rows [][]string) *bytes.Buffer {
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(rows) // a buffer takes everything
	return &b
}

// hand puts practice cards into the practice reader. A card stays the same one while the practice desk is open: a PIN that was
// blocked is still blocked when its card comes back.
type hand struct {
	reader   *practice.Reader
	profiles []practice.Profile

	mu    sync.Mutex
	cards map[int]*practice.Card
	in    int
}

var _ facilitator.PracticeHand = (*hand)(nil)

// People implements facilitator.PracticeHand.
func (h *hand) People() []string {
	names := make([]string, len(h.profiles))
	for i, p := range h.profiles {
		names[i] = p.Holder.FullName()
		if names[i] == "" {
			names[i] = p.ID
		}
	}
	return names
}

// Group implements facilitator.PracticeHand.
func (h *hand) Group(person int) string { return string(h.profiles[person].Group) }

// Codes implements facilitator.PracticeHand.
func (h *hand) Codes() (pin, puk string) { return practice.DefaultPIN, practice.DefaultPUK }

// About implements facilitator.PracticeHand.
func (h *hand) About(person int, lang string) string { return h.profiles[person].About[lang] }

// Insert implements facilitator.PracticeHand.
func (h *hand) Insert(person int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cards[person] == nil {
		card, err := practice.New(h.profiles[person])
		if err != nil {
			return fmt.Errorf("making the practice card: %w", err)
		}
		h.cards[person] = card
	}
	h.reader.Insert(h.cards[person])
	h.in = person
	return nil
}

// Remove implements facilitator.PracticeHand.
func (h *hand) Remove() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reader.Remove()
	h.in = -1
	return nil
}

// Inserted implements facilitator.PracticeHand.
func (h *hand) Inserted() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.in
}
