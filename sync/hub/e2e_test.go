package hub_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// wants checks the trouble that an error is, and what the line says of it.
func wants(t *testing.T, d *aDesk, err error, word string, state desk.LineState) {
	t.Helper()
	var trouble *client.Trouble
	if !errors.As(err, &trouble) || trouble.Word != word {
		t.Fatalf("error is %v, want %s", err, word)
	}
	if s := d.Status(); s.State != state || s.Problem != word {
		t.Fatalf("line is %+v, want %s, %s", s, state, word)
	}
}

func TestEveryRequestIsAnsweredFromTheRegistries(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	wrongCode := nella()
	wrongCode.FiscalCode = "BNCNLL48C45E715A"
	for name, tc := range map[string]struct {
		ask    desk.Payload
		kind   desk.ReplyKind
		reason string
	}{
		"card to be activated":     {activation(cardOfNella, nella()), desk.ActivationConfirmed, ""},
		"number with blanks":       {activation("6090 0100 0000 0026", agim()), desk.ActivationConfirmed, ""},
		"card active already":      {activation(cardOfStefania, stefania()), desk.ActivationRefused, wire.ReasonAlreadyActive},
		"card nobody knows":        {activation("6090019999999999", nella()), desk.ActivationRefused, wire.ReasonCardUnknown},
		"card withdrawn":           {activation(cardRevoked, nella()), desk.ActivationRefused, wire.ReasonCardRevoked},
		"card expired":             {activation(cardExpired, nella()), desk.ActivationRefused, wire.ReasonCardExpired},
		"card of somebody else":    {activation(cardOfStefania, nella()), desk.ActivationRefused, wire.ReasonHolderMismatch},
		"fiscal code mistyped":     {activation(cardOfNella, wrongCode), desk.RecordRefused, wire.ReasonFiscalCode},
		"no card number":           {activation("", nella()), desk.RecordRefused, wire.ReasonIncomplete},
		"exemption in force":       {exemption("E01", nella()), desk.ExemptionFound, ""},
		"code in small letters":    {exemption(" e01", nella()), desk.ExemptionFound, ""},
		"exemption of the past":    {exemption("E02", agim()), desk.ExemptionExpired, ""},
		"exemption of the future":  {exemption("E04", stefania()), desk.ExemptionNotFound, wire.ReasonNotYetValid},
		"exemption nobody has":     {exemption("E03", nella()), desk.ExemptionNotFound, ""},
		"exemption for nobody":     {exemption("E01", desk.Person{}), desk.RecordRefused, wire.ReasonIncomplete},
		"exemption, code mistyped": {exemption("E01", wrongCode), desk.RecordRefused, wire.ReasonFiscalCode},
	} {
		t.Run(name, func(t *testing.T) {
			d := r.enrolled(t)
			asked := d.journal.Add(tc.ask)[0]
			d.send(t)
			replies := d.journal.Replies()
			if len(replies) != 1 || replies[0].Kind != tc.kind || replies[0].Reason != tc.reason || replies[0].About != asked.ID {
				t.Fatalf("replies: %+v", replies)
			}
			if e := replies[0].Exemption; (e != nil) != (tc.kind == desk.ExemptionFound || tc.kind == desk.ExemptionExpired) {
				t.Errorf("exemption: %+v", e)
			}
		})
	}
}

func TestACardIsActivatedOnce(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	one, two := r.enrolled(t), r.enrolled(t)
	one.journal.Add(activation(cardOfNella, nella()))
	one.send(t)
	two.journal.Add(activation(cardOfNella, nella()))
	two.send(t)
	if got := two.journal.Replies(); len(got) != 1 || got[0].Reason != wire.ReasonAlreadyActive {
		t.Errorf("replies: %+v", got)
	}
}

func TestAFoundExemptionIsSignedForTheDeskToVerifyOffLine(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(exemption("E01", nella()))
	d.send(t)
	r.stop()
	e := d.journal.Replies()[0].Exemption
	c, err := wire.VerifyToken(e.Token, d.TokenKeys())
	if err != nil {
		t.Fatal(err)
	}
	if c.FiscalCode != nella().FiscalCode || c.Number != "E01-1" || c.Practice || c.Exemption(e.Token) != *e {
		t.Errorf("token says %+v, reply %+v", c, e)
	}
	again := newDesk(t, d.journal)
	if _, err := wire.VerifyToken(e.Token, again.TokenKeys()); err != nil {
		t.Errorf("after a start the desk does not verify: %v", err)
	}
}

func TestRequestsWaitForTheirRegistry(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()), exemption("E01", nella()))
	d.send(t)
	if got := d.journal.Replies(); len(got) != 0 {
		t.Fatalf("answered without a registry: %+v", got)
	}
	r.load(t)
	for deadline := time.Now().Add(patience); len(d.journal.Replies()) < 2; {
		if time.Now().After(deadline) {
			t.Fatalf("replies: %+v", d.journal.Replies())
		}
		d.send(t)
	}
}

func TestAnUnreadableOrUnknownRecordHoldsNothingUp(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	broken := d.journal.AddRaw("activation.request", `{"card_number":7}`)
	d.journal.AddRaw("visit.hologram", `{"colour":"blue"}`)
	d.journal.Add(activation(cardOfNella, nella()))
	if err := d.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	replies := d.journal.Replies()
	if len(replies) != 2 || replies[0].About != broken.ID || replies[0].Kind != desk.RecordRefused ||
		replies[0].Reason != wire.ReasonUnreadable || replies[1].Kind != desk.ActivationConfirmed {
		t.Fatalf("replies: %+v", replies)
	}
	if s := d.Status(); s.State != desk.LineAttention || s.Problem != client.RecordRefused || s.Safe != s.Total {
		t.Errorf("line: %+v", s)
	}
	if err := d.Send(t.Context()); err != nil || d.Status().State != desk.LineIdle {
		t.Errorf("after a person sent again: %v, %+v", err, d.Status())
	}
	desks, err := r.Desks(t.Context())
	if err != nil || len(desks) != 1 || desks[0].Entries != 5 || desks[0].Seen.IsZero() || desks[0].Site != "LU-PIAZZA" {
		t.Errorf("Desks = %+v, %v", desks, err)
	}
}

func TestACodeIsGoodForOneDesk(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	code := r.code(t, hub.NewCodeParams{})
	one, two := newDesk(t, clienttest.New()), newDesk(t, clienttest.New())
	if _, err := one.Enrol(t.Context(), strings.ToLower(code)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"used": code, "expired": r.code(t, hub.NewCodeParams{Valid: -time.Second}),
	} {
		_, err := two.Enrol(t.Context(), text)
		wantsWord(t, name, err, client.CodeRefused)
	}
	_, err := two.Enrol(t.Context(), code[:len(code)-1])
	wantsWord(t, "cut short", err, client.CodeMistyped)
	if s := two.Status(); s.State != desk.LineNotEnrolled {
		t.Errorf("line: %+v", s)
	}
}

func wantsWord(t *testing.T, name string, err error, word string) {
	t.Helper()
	var trouble *client.Trouble
	if !errors.As(err, &trouble) || trouble.Word != word {
		t.Errorf("%s: %v, want %s", name, err, word)
	}
}

func TestADeskThatEnrolsAgainStaysItself(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()))
	d.send(t)
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(exemption("E01", nella()))
	d.send(t)
	if desks, err := r.Desks(t.Context()); err != nil || len(desks) != 1 || len(d.journal.Replies()) != 2 {
		t.Errorf("desks %+v, %v; replies %+v", desks, err, d.journal.Replies())
	}
}

func TestADeskWhoseCertificateWasReplacedIsHeldUntilItEnrols(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	lost := r.enrolled(t)
	lost.journal.Add(exemption("E01", nella()))
	lost.send(t)
	desks, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	replacement := newDesk(t, lost.journal.Clone())
	if _, err := replacement.Enrol(t.Context(), r.code(t, hub.NewCodeParams{Desk: desks[0].ID})); err != nil {
		t.Fatal(err)
	}
	replacement.send(t)
	wants(t, lost, lost.Send(t.Context()), client.ReEnrol, desk.LineHeld)
	if got := replacement.journal.Replies(); len(got) != 1 {
		t.Errorf("replies: %+v", got)
	}
}

func TestAnotherHubGetsEverythingFromTheStart(t *testing.T) {
	first, second := start(t, t.TempDir(), "127.0.0.1:0"), start(t, t.TempDir(), "127.0.0.1:0")
	first.load(t)
	second.load(t)
	d := first.enrolled(t)
	d.journal.Add(exemption("E01", nella()), activation(cardOfNella, nella()))
	d.send(t)
	if _, err := d.Enrol(t.Context(), second.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(exemption("E03", nella()))
	d.send(t)
	// The second hub answers everything again, under numbers that go on.
	replies := d.journal.Replies()
	for i, r := range replies {
		if r.Number != uint64(i)+1 {
			t.Fatalf("reply %d has number %d", i+1, r.Number)
		}
	}
	desks, err := second.Desks(t.Context())
	if err != nil || len(desks) != 1 || desks[0].Entries != len(d.journal.Entries()) || len(replies) != 5 {
		t.Errorf("desks %+v, %v; %d replies", desks, err, len(replies))
	}
}

func TestPracticeAndRealDoNotMix(t *testing.T) {
	practice := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Practice = true })
	practice.load(t)
	practising := func(p *client.Params) { p.Practice = true }
	d := newDesk(t, clienttest.New(), practising)
	if _, err := d.Enrol(t.Context(), practice.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(exemption("E01", nella()))
	d.send(t)
	c, err := wire.VerifyToken(d.journal.Replies()[0].Exemption.Token, d.TokenKeys())
	if err != nil || !c.Practice {
		t.Errorf("token says %+v, %v", c, err)
	}
	serious := newDesk(t, clienttest.New())
	_, err = serious.Enrol(t.Context(), practice.code(t, hub.NewCodeParams{}))
	wantsWord(t, "a real desk at a practice hub", err, client.PracticeMismatch)
	_, err = newDesk(t, clienttest.New(), practising).Enrol(t.Context(), start(t, t.TempDir(), "127.0.0.1:0").code(t, hub.NewCodeParams{}))
	wantsWord(t, "a practice desk at a real hub", err, client.PracticeMismatch)
}

func TestAClockThatIsWrongIsTold(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	behind := newDesk(t, clienttest.New(), func(p *client.Params) {
		p.Clock = func() time.Time { return time.Now().AddDate(-6, 0, 0) }
	})
	_, err := behind.Enrol(t.Context(), r.code(t, hub.NewCodeParams{}))
	wantsWord(t, "six years behind", err, client.Clock)
	slow := newDesk(t, clienttest.New(), func(p *client.Params) {
		p.Clock = func() time.Time { return time.Now().Add(-time.Hour) }
	})
	if _, err := slow.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	slow.send(t)
	desks, err := r.Desks(t.Context())
	if err != nil || desks[0].Skew > -59*time.Minute || desks[0].Skew < -61*time.Minute {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func TestNothingPersonalAndNoSecretIsLogged(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := newDesk(t, clienttest.New())
	code := r.code(t, hub.NewCodeParams{})
	if _, err := d.Enrol(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(activation(cardOfNella, nella()), exemption("E01", nella()))
	d.journal.AddRaw("activation.request", `{"card_number":7,"holder":{"surname":"Bianchi"}}`)
	if err := d.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	if err := d.Send(t.Context()); err == nil {
		t.Error("sent to a hub that stopped")
	}
	parsed, err := wire.ParseEnrolCode(code)
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range []string{r.log.String(), d.log.String()} {
		if len(log) == 0 {
			t.Error("nothing was logged at all")
		}
		for _, secret := range []string{"Bianchi", "Nella", nella().FiscalCode, cardOfNella, code, fmt.Sprintf("%x", parsed.Secret), "E01-1", "PRIVATE"} {
			if strings.Contains(log, secret) {
				t.Errorf("%q is in the log:\n%s", secret, log)
			}
		}
	}
}

func TestOnlyItsOwnerMayReadTheStateFolder(t *testing.T) {
	state := filepath.Join(t.TempDir(), "centro")
	r := start(t, state, "127.0.0.1:0")
	r.load(t)
	files := 0
	err := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("%d files, %v", files, err)
	}
}
