package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// aDeskForSticks is enrolled, knows the hub's keys, and has no line.
func aDeskForSticks(t *testing.T) (*clienttest.Journal, *fakeHub, *Client) {
	t.Helper()
	j, h := newEnrolled(t)
	send(t, enrolledAt(t, j, h, 0))
	return j, h, enrolledAt(t, j, h, 0)
}

func export(t *testing.T, c *Client, want int) []byte {
	t.Helper()
	var file bytes.Buffer
	n, err := c.Export(t.Context(), &file)
	if err != nil || n != want {
		t.Fatalf("Export = %d, %v, want %d", n, err, want)
	}
	return file.Bytes()
}

func take(t *testing.T, c *Client, answer []byte) {
	t.Helper()
	if err := c.Import(t.Context(), bytes.NewReader(answer)); err != nil {
		t.Fatalf("Import = %v", err)
	}
}

func TestADeskWithoutALineIsServedByAStick(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	for i := range 25 {
		j.Add(desk.NoteAdded{Text: fmt.Sprint("answer me ", i)})
	}
	answer := h.takeParcel(t, export(t, c, 25))
	if lost := h.missing(j.Entries()); lost != "" {
		t.Fatalf("%s is not at the hub", lost)
	}
	take(t, c, answer)
	if s := c.Status(); s.Safe != 25 || s.Total != 50 || len(j.Replies()) != 25 {
		t.Errorf("line: %+v, %d replies", s, len(j.Replies()))
	}
	take(t, c, answer)
	take(t, c, h.takeParcel(t, export(t, c, 25))) // the replies are entries too
	if s := c.Status(); s.Safe != 50 || s.Total != 50 || len(h.records) != 50 {
		t.Errorf("line: %+v, %d records", s, len(h.records))
	}
	take(t, c, h.takeParcel(t, export(t, c, 0))) // nothing waits: it asks for answers
	send(t, c)
}

func TestParcelsMayArriveTwiceAndInAnyOrder(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	var parcels, answers [][]byte
	for range 3 {
		j.Add(desk.NoteAdded{Text: "answer me"})
		parcels = append(parcels, export(t, c, len(j.Entries())))
	}
	for _, i := range []int{2, 0, 1, 2, 0} {
		answers = append(answers, h.takeParcel(t, parcels[i]))
	}
	for _, i := range []int{4, 0, 1, 2, 3, 0} {
		take(t, c, answers[i])
	}
	if s := c.Status(); s.Safe < 3 || len(h.records) != 3 || len(j.Replies()) != 3 {
		t.Errorf("line: %+v, %d records, %d replies", s, len(h.records), len(j.Replies()))
	}
	send(t, c)
}

func TestAnOldAnswerTakesNothingBack(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "uno"})
	old := h.takeParcel(t, export(t, c, 1))
	j.Add(desk.NoteAdded{Text: "due"})
	newer := h.takeParcel(t, export(t, c, 2))
	take(t, c, newer)
	take(t, c, old)
	if s := c.Status(); s.Safe != 2 {
		t.Errorf("line: %+v", s)
	}
	// Over the line the hub said more than an answer that was under way.
	j.Add(desk.NoteAdded{Text: "tre"})
	late := h.takeParcel(t, export(t, c, 1))
	j.Add(desk.NoteAdded{Text: "quattro"})
	send(t, c)
	take(t, c, late)
	if s := c.Status(); s.Safe != 4 {
		t.Errorf("line: %+v", s)
	}
}

func TestAHubThatWasPutBackIsSentEverythingAgainByStick(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "uno"})
	take(t, c, h.takeParcel(t, export(t, c, 1)))
	saved := h.clone()
	j.Add(desk.NoteAdded{Text: "due"}, desk.NoteAdded{Text: "tre"})
	take(t, c, h.takeParcel(t, export(t, c, 2)))
	j.Add(desk.NoteAdded{Text: "quattro"})
	take(t, c, saved.takeParcel(t, export(t, c, 1))) // a gap
	if s := c.Status(); s.Safe != 1 {
		t.Fatalf("line: %+v", s)
	}
	take(t, c, saved.takeParcel(t, export(t, c, 3)))
	if lost := saved.missing(j.Entries()); lost != "" || c.Status().Safe != 4 {
		t.Errorf("%s is not at the hub; line %+v", lost, c.Status())
	}
}

func TestForkOfACopiedDeskIsFoundByStick(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "uno"})
	take(t, c, h.takeParcel(t, export(t, c, 1)))
	copied := j.Clone()
	j.Add(desk.NoteAdded{Text: "due"})
	take(t, c, h.takeParcel(t, export(t, c, 1)))
	other := enrolledAt(t, copied, h, 0)
	copied.Add(desk.NoteAdded{Text: "zwei"})
	answer := h.takeParcel(t, export(t, other, 1))
	take(t, other, answer)
	take(t, other, answer)
	take(t, other, h.takeParcel(t, export(t, other, 1)))
	if lost := h.missing(copied.Entries()); lost != "" || other.Status().Safe != 2 || len(h.records) != 3 {
		t.Errorf("%s is not at the hub; line %+v, %d records", lost, other.Status(), len(h.records))
	}
}

func TestAnAnswerToACopyOfTheDeskCallsNothingSafe(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "uno"})
	take(t, c, h.takeParcel(t, export(t, c, 1)))
	copied := j.Clone()
	j.Add(desk.NoteAdded{Text: "due"})
	copied.Add(desk.NoteAdded{Text: "zwei"})
	answer := h.takeParcel(t, export(t, c, 1))
	other := enrolledAt(t, copied, h, 0)
	take(t, other, answer)
	if s := other.Status(); s.Safe != 1 {
		t.Errorf("line: %+v", s)
	}
}

func TestARecordThatIsRefusedByStickNeedsAPerson(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	asked := j.Add(desk.NoteAdded{Text: "uno"})[0]
	h.answers = append(h.answers, desk.Reply{Number: 1, About: asked.ID, Kind: desk.RecordRefused, Reason: wire.ReasonIncomplete})
	take(t, c, h.takeParcel(t, export(t, c, 1)))
	if s := c.Status(); s.State != desk.LineAttention || s.Problem != RecordRefused {
		t.Errorf("line: %+v", s)
	}
}

func TestAParcelThatTheHubRefusesIsToldAndItsRepliesAreKept(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	h.answers = append(h.answers, desk.Reply{Number: 1, About: "earlier", Kind: desk.ActivationConfirmed})
	p, err := wire.OpenParcel(bytes.NewReader(export(t, c, 0)), h.sealing)
	if err != nil {
		t.Fatal(err)
	}
	answer := h.answerTo(t, p.Head(), wire.AnswerHead{
		Parcel: p.Head().ID, Desk: "desk-1", Problem: wire.NewProblem(wire.ProblemFixRecord, "no desk writes this"),
	})
	if err := c.Import(t.Context(), bytes.NewReader(answer)); wordOf(err) != FixRecord || len(j.Replies()) != 1 {
		t.Errorf("Import = %v, %d replies", err, len(j.Replies()))
	}
	take(t, c, answer) // it is yesterday's news by now
}

func TestAnAnswerThatWasCutShortIsTakenFromAnotherCopyWithAllItSays(t *testing.T) {
	j, h, _ := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "answer me"})
	send(t, enrolledAt(t, j, h, 0))
	h.series = "second" // of a hub that was put back: only the answer to the last parcel may say so
	c := enrolledAt(t, j, h, 0)
	j.Add(desk.NoteAdded{Text: "answer me"})
	answer := h.takeParcel(t, export(t, c, 1))
	for n := 0; n < len(answer); n += 100 { // from a copy with nothing of it to one with nearly all
		if c.Import(t.Context(), bytes.NewReader(answer[:n])) == nil {
			t.Fatalf("taken with %d bytes of %d", n, len(answer))
		}
	}
	take(t, c, answer)
	if id := c.who(); id.Series != "second" {
		t.Errorf("the replies are counted as in %q", id.Series)
	}
}

func TestAnAnswerOutlivesTheRenewalOfTheCertificate(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "answer me"})
	answer := h.takeParcel(t, export(t, c, 1))
	later := enrolledAt(t, j, h, aYear-time.Hour)
	send(t, later)
	take(t, later, answer)
	if len(j.Replies()) != 1 {
		t.Errorf("replies: %+v", j.Replies())
	}
}

func TestAnAnswerCarriesAContentPack(t *testing.T) {
	j, h, _ := aDeskForSticks(t)
	packs := &offered{}
	c, err := enrolledLine(t.Context(), j, h, func(p *Params) { p.Packs = packs })
	if err != nil {
		t.Fatal(err)
	}
	p, err := wire.OpenParcel(bytes.NewReader(export(t, c, 0)), h.sealing)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := wire.NewAnswerWriter(&file, p.Head().ReplyTo, h.token, wire.AnswerHead{Parcel: p.Head().ID, Desk: "desk-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, half := range []string{"one half, ", "the other"} {
		if err := w.Write(wire.AnswerPart{Pack: []byte(half)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	take(t, c, file.Bytes())
	if len(packs.packs) != 1 || packs.packs[0] != "one half, the other" {
		t.Errorf("packs %q", packs.packs)
	}
}

// offered is a keeper that takes note of packs and keeps none.
type offered struct{ packs []string }

func (*offered) Seen() string { return "" }

func (o *offered) Offer(_ context.Context, pack []byte, _ []wire.TokenKey) error {
	o.packs = append(o.packs, string(pack))
	return errors.New("an older one")
}

// full is a stick with no room left.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// pulled is a stick that is taken out.
type pulled struct{}

func (pulled) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestWhatIsWrongWithAFileHasItsWord(t *testing.T) {
	j, h, c := aDeskForSticks(t)
	j.Add(desk.NoteAdded{Text: "answer me"})
	parcel := export(t, c, 1)
	answer := h.takeParcel(t, parcel)
	elsewhere, otherHub, stranger := aDeskForSticks(t)
	elsewhere.Add(desk.NoteAdded{Text: "uno"})
	foreign := otherHub.takeParcel(t, export(t, stranger, 1))
	spoilt := bytes.Clone(answer)
	spoilt[len(spoilt)-1] ^= 1
	p, err := wire.OpenParcel(bytes.NewReader(parcel), h.sealing)
	if err != nil {
		t.Fatal(err)
	}
	misled := h.answerTo(t, p.Head(), wire.AnswerHead{Parcel: "p", Desk: "desk-2"})
	for name, tc := range map[string]struct {
		file io.Reader
		word string
	}{
		"the parcel itself":           {bytes.NewReader(parcel), FileNotAnswer},
		"for another desk":            {bytes.NewReader(foreign), FileOther},
		"for another desk by mistake": {bytes.NewReader(misled), FileOther},
		"cut short":                   {bytes.NewReader(answer[:len(answer)-1]), FileCut},
		"spoilt":                      {bytes.NewReader(spoilt), FileChanged},
		"of a newer program":          {bytes.NewReader([]byte("bottega-answer 2\n....")), FileNewer},
		"a stick that is taken out":   {pulled{}, FileFault},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Import(t.Context(), tc.file); wordOf(err) != tc.word {
				t.Errorf("Import = %v, want %s", err, tc.word)
			}
		})
	}
	if _, err := c.Export(t.Context(), full{}); wordOf(err) != FileFault {
		t.Errorf("Export to a full stick = %v", err)
	}
	j.Break(errors.New("disk"))
	if _, err := c.Export(t.Context(), io.Discard); wordOf(err) != JournalFault {
		t.Errorf("Export of a journal that fails = %v", err)
	}
	j.Break(nil)
	if s := c.Status(); s.Problem == FileFault {
		t.Errorf("the line is said to be broken: %+v", s)
	}
}

func TestADeskThatCannotSealSaysWhy(t *testing.T) {
	fresh, err := New(t.Context(), Params{Journal: clienttest.New(), Identity: clienttest.New()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Export(t.Context(), io.Discard); wordOf(err) != NotEnrolled {
		t.Errorf("Export = %v", err)
	}
	if err := fresh.Import(t.Context(), bytes.NewReader(nil)); wordOf(err) != NotEnrolled {
		t.Errorf("Import = %v", err)
	}
	j, h := newEnrolled(t)
	c := enrolledAt(t, j, h, 0)
	if _, err := c.Export(t.Context(), io.Discard); wordOf(err) != NoSealingKey {
		t.Errorf("Export = %v", err)
	}
	if err := c.Import(t.Context(), bytes.NewReader(nil)); wordOf(err) != FileOther {
		t.Errorf("Import = %v", err)
	}
}
