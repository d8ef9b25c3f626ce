package desktest

import (
	"fmt"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// This file invents as much as a desk of many years holds, for what is measured.

// Person returns the n-th of some thousands of invented people. Beginnings of names are shared, as they are among people.
func Person(n int) desk.Person {
	p := desk.Person{
		Surname: nameOf(n*7 + 5), Name: nameOf(n * 11), Sex: "F", BirthPlace: "D612",
		BirthDate: civil.Date{Year: 1930 + n%60, Month: time.Month(1 + n%12), Day: 1 + n%28},
	}
	p.FiscalCode = fiscalcode.Compose(p.Surname, p.Name, p.BirthDate, p.Sex, p.BirthPlace)
	return p
}

func nameOf(n int) string {
	syllables := []string{"BRA", "CO", "LI", "NA", "RO", "SA", "TE", "VI", "MO", "GHI", "PA", "DE"}
	return syllables[n%12] + syllables[n/12%12] + syllables[n/144%12]
}

// Visit is what the n-th visit leaves in a journal, with an activation and a paper: twelve entries. Everybody comes twice.
func Visit(n int) []desk.Draft {
	who, id := Person(n/2), fmt.Sprintf("0196%04x-7000-7000-8000-%012x", n%65536, n)
	const number = "6090012345678000"
	walk := "walk-" + id
	var drafts []desk.Draft
	for _, p := range []desk.Payload{
		desk.VisitOpened{Naming: desk.NamedByCard},
		desk.VisitNamed{Naming: desk.NamedByCard, Person: who},
		desk.CardRead{
			Holder: who, Number: number, Issuer: "6090", Model: "classic", Expires: civil.Date{Year: 2030, Month: 1, Day: 14},
			Test: desk.CardTest{Parts: []desk.PartCheck{{Part: desk.PartChip, Result: desk.PartWorks}}},
		},
		desk.PeriodStarted{Period: desk.Served},
		desk.WalkStarted{Walk: walk, Service: "activation", ContentVersion: 3},
		desk.WalkAnswered{Walk: walk, Step: "chip"},
		desk.WalkAnswered{Walk: walk, Step: "presence", Answers: map[string]string{"presence": "in_person"}},
		desk.WalkAnswered{Walk: walk, Step: "document", Answers: map[string]string{
			"card_number": number, "document_kind": "identity_card", "document_number": "CA00000AA",
		}},
		desk.ActivationRequested{
			Walk: walk, CardNumber: number, Holder: who, Presence: desk.InPerson, Notice: "2026-01",
			Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: civil.Date{Year: 2030, Month: 12, Day: 31}},
		},
		desk.WalkEnded{Walk: walk, Service: "activation", Outcome: "requested"},
		desk.PaperMade{Paper: sheet(n, who), SHA256: fmt.Sprintf("%064x", n)},
		desk.VisitClosed{CleanUp: []desk.CleanUp{desk.CleanPortal}},
	} {
		drafts = append(drafts, desk.Draft{Visit: id, Payload: p})
	}
	return drafts
}

func sheet(n int, who desk.Person) desk.Paper {
	return desk.Paper{
		ID: fmt.Sprintf("paper-%d", n), Number: fmt.Sprintf("LU-1-2026-%06d", n), Kind: desk.PaperTakeHome, Template: desk.PaperTemplate,
		Lang: "it", Site: desk.Site{ID: "LU", Name: "Bottega della Salute di Lucca", Municipality: "Lucca"},
		TakeHome: &desk.TakeHomeFacts{To: who.FullName(), Items: []desk.TakeHomeItem{{
			Service: "Attivazione della tessera", Done: "Abbiamo chiesto l'attivazione della sua tessera.",
			Next:   []string{"Aspetti la conferma: la chiamiamo noi.", "Tenga la busta in un posto sicuro."},
			Phones: []desk.Phone{{Name: "Numero unico", Number: "800 000 000", Hours: "dal lunedì al venerdì"}},
		}}},
	}
}
