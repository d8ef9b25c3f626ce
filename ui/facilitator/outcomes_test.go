package facilitator

import (
	"testing"

	"bottega/desk"
	"bottega/ui/text"
)

// over writes facts into a visit of anna's that is over.
func (r *rig) over(facts ...desk.Payload) {
	r.t.Helper()
	id := r.closedVisit()
	for _, f := range facts {
		r.write(desk.Draft{Visit: id, Payload: f})
	}
}

// lookUp opens the page of anna's visit.
func (r *rig) lookUp() {
	r.t.Helper()
	r.press(keyF10)
	r.fill("query", "anna")
	r.press(keyMain, "Alt+1")
	r.wantPage("Visita")
}

// replyTo lets the hub answer to the last entry of a kind.
func (r *rig) replyTo(k desk.Kind, reply desk.Reply) {
	r.t.Helper()
	for _, e := range r.journal.Entries() {
		if e.Kind == k {
			reply.About = e.ID
		}
	}
	r.hubSays(reply)
}

func TestAVisitThatIsOverSaysWhatTheHubHasAnsweredSince(t *testing.T) {
	activation := []desk.Payload{
		desk.WalkStarted{Walk: "w", Service: "card-activation", ContentVersion: 1},
		desk.ActivationRequested{Walk: "w", CardNumber: anna().Number, Holder: anna().Holder, Presence: desk.InPerson},
		desk.WalkEnded{Walk: "w", Service: "card-activation", Outcome: "requested_blocked"},
	}
	exemption := []desk.Payload{
		desk.WalkStarted{Walk: "w", Service: "exemption-check", ContentVersion: 1},
		desk.ExemptionRequested{Walk: "w", Person: anna().Holder, Code: "E01"},
		desk.WalkEnded{Walk: "w", Service: "exemption-check", Outcome: "asked"},
	}
	for name, tc := range map[string]struct {
		was           []desk.Payload
		about         desk.Kind
		reply         desk.ReplyKind
		before, after string
		gone          string
	}{
		"an exemption that was found": {
			exemption, desk.ExemptionRequested{}.Kind(), desk.ExemptionFound,
			"Esenzione chiesta, risposta in arrivo", "Esenzione trovata: risposta del 23/11/2026.", "risposta in arrivo",
		},
		"an exemption that was not found": {
			exemption, desk.ExemptionRequested{}.Kind(), desk.ExemptionNotFound,
			"Esenzione chiesta, risposta in arrivo", "Nessuna esenzione con questo codice: risposta del 23/11/2026.", "risposta in arrivo",
		},
		"an activation keeps what else there is to know": {
			activation, desk.ActivationRequested{}.Kind(), desk.ActivationConfirmed,
			"Attivazione richiesta, PIN bloccato", "Attivazione richiesta, PIN bloccato. Tessera attivata: confermata il 23/11/2026.", "\x00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := realDesk(t)
			r.over(tc.was...)
			r.lookUp()
			r.wantSays(tc.before)
			r.replyTo(tc.about, desk.Reply{Kind: tc.reply})
			r.wantSays(tc.after)
			r.wantSilent(tc.gone)
		})
	}
}

func TestAnAnswerToAnotherWalkLeavesTheOutcomeAsItWas(t *testing.T) {
	r := realDesk(t)
	r.over(
		desk.ExemptionRequested{Walk: "another", Person: anna().Holder, Code: "E01"},
		desk.WalkStarted{Walk: "w", Service: "exemption-check", ContentVersion: 1},
		desk.WalkEnded{Walk: "w", Service: "exemption-check", Outcome: "asked"},
	)
	r.replyTo(desk.ExemptionRequested{}.Kind(), desk.Reply{Kind: desk.ExemptionFound})
	r.lookUp()
	r.wantSays("Esenzione chiesta, risposta in arrivo")
}

func TestServicesThatContentTookAwayKeepTheirNames(t *testing.T) {
	r := realDesk(t)
	r.over(
		desk.VisitRecorded{Minutes: 10, Service: "fse"},
		desk.WalkStarted{Walk: "a", Service: "card-activation", ContentVersion: 1},
		desk.WalkEnded{Walk: "a", Service: "card-activation", Outcome: "card_faulty"},
		desk.WalkStarted{Walk: "b", Service: "exemption-check", ContentVersion: 1},
		desk.WalkEnded{Walk: "b", Service: "exemption-check", Outcome: "obtained_later"},
		desk.WalkStarted{Walk: "c", Service: "hologram-care", ContentVersion: 1},
		desk.WalkEnded{Walk: "c", Service: "hologram-care", Outcome: "obtained_later"},
	)
	if err := r.app.session.Desk.SetCatalogue(desk.Catalogue{}, nil); err != nil {
		t.Fatal(err)
	}
	for lang, says := range map[string][]string{
		text.Italian: {"Tessera guasta, da sostituire", "Un servizio che oggi non c'è più: Concluso"},
		text.English: {"A service that is no longer there: Ended"},
	} {
		r.app.words.Set(lang)
		r.press(keyF10)
		r.fill("query", "anna")
		r.press(keyMain)
		r.wantSilent("hologram", "card-activation", "fse")
		r.press("Alt+1")
		r.wantSays(says...)
		r.wantSilent("hologram", "obtained_later", "card-activation", "card_faulty", "exemption-check")
		r.press(keyBack, keyBack)
	}
}
