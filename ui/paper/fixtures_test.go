package paper_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
	"bottega/ui/paper"
)

// madeAt is in the desk's own zone, as the journal keeps it.
var madeAt = time.Date(2026, time.April, 1, 9, 41, 7, 0, time.FixedZone("", 2*3600))

// invented makes a person who does not exist, with a fiscal code that does.
func invented(surname, name, sex, place string, year int, month time.Month, d int) desk.Person {
	born := civil.Date{Year: year, Month: month, Day: d}
	ascii := strings.NewReplacer("ș", "s", "Ș", "S", "ț", "t", "Ț", "T", "ă", "a", "ë", "e", "ç", "c", "Ç", "C", "Ë", "E", "'", "", " ", "")
	return desk.Person{
		Surname: surname, Name: name, Sex: sex, BirthDate: born, BirthPlace: place, Residence: "E715",
		FiscalCode: fiscalcode.Compose(ascii.Replace(surname), ascii.Replace(name), born, sex, place),
	}
}

func rosa() desk.Person { return invented("Bianchini", "Rosa", "F", "E715", 1951, time.March, 14) }
func ionut() desk.Person {
	return invented("Țurcanu-Brâncoveanu", "Ionuț Ștefăniță", "M", "Z129", 1958, time.July, 2)
}
func shpresa() desk.Person {
	return invented("Çelaj", "Shpresë", "F", "Z100", 1949, time.December, 8)
}

func site() desk.Site {
	return desk.Site{ID: "LU-PIAZZA", Name: "Bottega della Salute di Lucca", Municipality: "Lucca", Phone: "0583 000000"}
}

func envelope(kind desk.PaperKind, number string) desk.Paper {
	return desk.Paper{
		ID: "018f3c1e-7b3a-7c00-8000-0000000000aa", Number: number, Kind: kind, Template: paper.Template,
		Lang: "it", MadeAt: madeAt, Site: site(),
	}
}

func registered() desk.RegisteredExemption {
	return desk.RegisteredExemption{
		Number: "2026-LU-0004711", Code: "E01", Holder: rosa(),
		ValidFrom: civil.Date{Year: 2026, Month: time.April, Day: 1},
		Issuer:    "Azienda USL Toscana nord ovest",
		Token:     "BSA1." + strings.Repeat("eyJuIjoiMjAyNi1MVS0wMDA0NzExIn0", 9),
	}
}

func certificate() desk.Paper {
	p := envelope(desk.PaperCertificate, "LU-PIAZZA-1-2026-000123")
	p.Certificate = &desk.CertificateFacts{
		Exemption:   registered(),
		Description: "Persona con meno di 6 anni o con più di 65 anni, in una famiglia con reddito complessivo fino a 36.151,98 euro.",
	}
	return p
}

func memo() desk.Paper {
	p := envelope(desk.PaperMemo, "LU-PIAZZA-1-2026-000124")
	from := civil.Date{Year: 2026, Month: time.April, Day: 1}
	p.Memo = &desk.MemoFacts{
		Reason: desk.MemoOffline, Holder: rosa(),
		Fits: []desk.VerdictLine{{
			Code: "E01", Description: "oltre 65 anni con reddito familiare fino al limite",
			Why:  "Ha compiuto 65 anni e il reddito dichiarato della famiglia non supera 36.151,98 euro.",
			Norm: "L. 537/1993 art. 8 c. 16", From: from,
		}},
		Fails: []desk.VerdictLine{{
			Code: "E02", Description: "disoccupati e familiari a carico",
			Why:  "Non risulta iscrizione al Centro per l'impiego.",
			Norm: "L. 537/1993 art. 8 c. 16; DM 11 dicembre 2009", From: from,
		}, {
			Code: "E04", Description: "titolari di pensione al minimo con più di 60 anni",
			Why: "La pensione non è al minimo.", Norm: "L. 537/1993 art. 8 c. 16", From: from,
		}},
		NotChecked: []desk.VerdictLine{{
			Code: "E03", Description: "titolari di assegno o pensione sociale",
			Why: "Non sappiamo se riceve l'assegno sociale.", Norm: "L. 449/1997 art. 59", From: from,
		}},
	}
	return p
}

func declaration() desk.Paper {
	p := envelope(desk.PaperDeclaration, "LU-PIAZZA-1-2026-000125")
	p.Declaration = &desk.DeclarationFacts{
		Code: "E02", Description: "Disoccupati e familiari a carico",
		Declares:   "di essere disoccupata, di avere perso il lavoro e che il reddito complessivo della famiglia nell'anno indicato è sotto il limite di legge.",
		IncomeYear: 2025, Beneficiary: rosa(), BirthPlace: "Lucca (LU)", Phone: "0583 000001", Role: "self",
		JobCentre: "Lucca",
		Household: []desk.HouseholdMember{
			{Person: rosa()},
			{Person: ionut(), Spouse: true},
			{Person: shpresa(), Dependant: true},
		},
	}
	return p
}

func receipt() desk.Paper {
	p := envelope(desk.PaperReceipt, "LU-PIAZZA-1-2026-000126")
	p.Receipt = &desk.ReceiptFacts{
		Holder: rosa(), CardNumber: "6090012345678000", RequestID: "019a9b3c-7b3a-7c00-8000-00000000beef", AskedAt: madeAt, Presence: desk.ByProxy,
		Delegate: "Ionuț Țurcanu-Brâncoveanu", Envelope: "B 0012345", Handout: "SCR-778812", State: "requested",
	}
	return p
}

func cardTest() desk.Paper {
	p := envelope(desk.PaperCardTest, "LU-PIAZZA-1-2026-000127")
	p.CardTest = &desk.CardTestFacts{
		Holder: rosa(), CardNumber: "6090012345678000", Model: "classic", TestedAt: madeAt,
		Expires: civil.Date{Year: 2029, Month: time.May, Day: 30},
		Test: desk.CardTest{Parts: []desk.PartCheck{
			{Part: desk.PartChip, Result: desk.PartWorks},
			{Part: desk.PartNumber, Result: desk.PartWorks},
			{Part: desk.PartPersonal, Result: desk.PartWorks},
			{Part: desk.PartFiscalCode, Result: desk.PartWorks},
			{Part: desk.PartValidity, Result: desk.PartFails, Reason: desk.ReasonExpired},
			{Part: desk.PartCertificate, Result: desk.PartNotChecked, Reason: desk.ReasonRemoved},
		}},
	}
	return p
}

func takeHome() desk.Paper {
	p := envelope(desk.PaperTakeHome, "LU-PIAZZA-1-2026-000128")
	p.TakeHome = &desk.TakeHomeFacts{
		To: "Rosa Bianchini",
		Items: []desk.TakeHomeItem{{
			Service: "Attivazione della tessera sanitaria", Done: "Abbiamo chiesto l'attivazione. La busta con i codici è sua.",
			Next:   []string{"Aspetti la conferma: la chiamiamo noi.", "Tenga la busta in un posto sicuro, lontano dalla tessera."},
			Phones: []desk.Phone{{Name: "Bottega di Lucca", Number: "0583 000000", Hours: "da lunedì a venerdì, 9-13"}},
		}, {
			Service: "Fascicolo sanitario", Done: "Ha visto i referti e scelto chi può leggerli.",
			Next: []string{"Torni tra un mese per il nuovo referto."}, URL: "https://fascicolosanitario.regione.toscana.it",
		}},
	}
	return p
}

func erasure() desk.Paper {
	p := envelope(desk.PaperErasure, "LU-PIAZZA-1-C000118")
	p.ID = "019a9b3c-7b3a-7c00-8000-0000000000ee"
	p.Erasure = &desk.ErasureProof{
		VisitErased: desk.VisitErased{
			Visit: "019a9b3c-7b3a-7c00-8000-00000000f00d", Reason: desk.ErasedOnRequest, Entries: 12, First: 31, Last: 47,
			Headers: strings.Repeat("3fa2917bc0de8845", 4),
			Tally:   &desk.Tally{Day: civil.Of(madeAt), Services: map[string]int{"card-activation": 1}},
		},
		Seq: 118, ID: p.ID, At: madeAt, Facilitator: "4c1d9a7e20f35b68", Digest: strings.Repeat("91c4be0077a2d35f", 4),
	}
	return p
}

func recoverySheet() paper.RecoverySheet {
	return paper.RecoverySheet{
		Key:  []byte("7QK2M-9XWHD-40ZRT-BBN8C-V5JEP-1SYGF-Q6MA3-KDT7W"),
		Site: site(), Desk: "1", By: "MR", MadeAt: madeAt, Lang: "it",
	}
}

// long is what no ordinary day brings: many people, many lines, long names.
func long() []desk.Paper {
	m := memo()
	m.Memo.Holder = ionut()
	m.Memo.Registered = &desk.RegisteredExemption{Code: "E02", Number: "2024-LU-0000001", Issuer: "Azienda USL Toscana nord ovest",
		ValidFrom: civil.Date{Year: 2024, Month: time.April, Day: 1}, ValidTo: civil.Date{Year: 2025, Month: time.March, Day: 31}}
	m.Memo.Reason = desk.MemoExpired
	for i := range 14 {
		line := m.Memo.Fails[i%2]
		line.Why = strings.Repeat(line.Why+" ", 1+i%3)
		m.Memo.NotChecked = append(m.Memo.NotChecked, line)
	}
	d := declaration()
	parent := shpresa()
	parent.Surname = "Hoxhallarëve-Gjergjeviçi della Quercia di Monteregio"
	d.Declaration.Declarant, d.Declaration.Role = &parent, "relative"
	d.Declaration.Address = "Via delle Cento Fontane e dei Giardini Segreti del Borgo Antico 127/bis, interno 14, 55100 Lucca (LU)"
	d.Declaration.Email = "una.casella.di.posta.con.un.nome.davvero.molto.lungo.e.senza.spazi@posta.elettronica.certificata.esempio.it"
	for i := range 26 {
		p := invented("Brancaleoni", "Luisa", "F", "D612", 1940+i, time.May, 1+i%28)
		p.Name += fmt.Sprintf(" %s", strings.Repeat("Maria ", i%4))
		d.Declaration.Household = append(d.Declaration.Household, desk.HouseholdMember{Person: p, Dependant: true})
	}
	t := takeHome()
	for range 5 {
		t.TakeHome.Items = append(t.TakeHome.Items, t.TakeHome.Items...)
		if len(t.TakeHome.Items) > 6 {
			break
		}
	}
	c := certificate()
	c.Certificate.Exemption.Holder = ionut()
	c.Certificate.Description = strings.Repeat("Condizione descritta con molte parole. ", 12)
	for i, p := range []*desk.Paper{&m, &d, &t, &c} {
		p.Number = fmt.Sprintf("LU-PIAZZA-1-2026-9001%02d", i)
	}
	return []desk.Paper{m, d, t, c}
}

// empty has nothing in it that may be missing.
func empty() []desk.Paper {
	d := envelope(desk.PaperDeclaration, "LU-PIAZZA-1-2026-800001")
	d.Declaration = &desk.DeclarationFacts{Code: "E03"}
	r := envelope(desk.PaperReceipt, "LU-PIAZZA-1-2026-800002")
	r.Receipt = &desk.ReceiptFacts{}
	c := envelope(desk.PaperCardTest, "LU-PIAZZA-1-2026-800003")
	c.CardTest = &desk.CardTestFacts{}
	t := envelope(desk.PaperTakeHome, "LU-PIAZZA-1-2026-800004")
	t.TakeHome = &desk.TakeHomeFacts{}
	m := envelope(desk.PaperMemo, "LU-PIAZZA-1-2026-800005")
	m.Memo = &desk.MemoFacts{}
	e := envelope(desk.PaperCertificate, "LU-PIAZZA-1-2026-800006")
	e.Certificate = &desk.CertificateFacts{Exemption: desk.RegisteredExemption{Code: "E01", Token: "BSA1.x"}}
	x := envelope(desk.PaperErasure, "LU-PIAZZA-1-C000007")
	x.Erasure = &desk.ErasureProof{}
	out := []desk.Paper{d, r, c, t, m, e, x}
	for i := range out {
		out[i].Site = desk.Site{}
	}
	return out
}

// states are papers that say something else than the ordinary ones, by what they say.
func states() map[string][]desk.Paper {
	confirmed, refused, sound, dead, odd := receipt(), receipt(), cardTest(), cardTest(), cardTest()
	confirmed.Receipt.State = "confirmed"
	refused.Receipt.State, refused.Receipt.Reason = "refused", "holder_mismatch"
	works := []desk.PartCheck{{Part: desk.PartChip, Result: desk.PartWorks}, {Part: desk.PartNumber, Result: desk.PartWorks}}
	sound.CardTest.Test.Parts = works
	dead.CardTest.Test.Parts = []desk.PartCheck{
		{Part: desk.PartChip, Result: desk.PartFails, Reason: desk.ReasonNoAnswer},
		{Part: desk.PartNumber, Result: desk.PartNotChecked},
		{Part: desk.PartCertificate, Result: desk.PartNotChecked},
	}
	odd.CardTest.Test.Parts = []desk.PartCheck{{Part: desk.PartChip, Result: desk.PartFails, Reason: desk.ReasonUnknown}}
	proved, blocked, shut := sound, sound, sound
	for p, checks := range map[*desk.Paper][]desk.PartCheck{
		&proved:  {{Part: desk.PartPIN, Result: desk.PartWorks}, {Part: desk.PartLogin, Result: desk.PartWorks}},
		&blocked: {{Part: desk.PartPIN, Result: desk.PartFails, Reason: desk.ReasonPINBlocked}, {Part: desk.PartLogin, Result: desk.PartNotChecked}},
		&shut:    {{Part: desk.PartPIN, Result: desk.PartWorks}, {Part: desk.PartLogin, Result: desk.PartFails, Reason: desk.ReasonRevoked}},
	} {
		facts := *p.CardTest
		facts.Test.Parts = append(slices.Clone(works), checks...)
		p.CardTest = &facts
	}
	proved.CardTest.Login = &desk.DoorAnswer{Accepted: true, Protocol: "TLS 1.3", At: madeAt}
	shut.CardTest.Login = &desk.DoorAnswer{Reason: desk.ReasonRevoked, Protocol: "TLS 1.3", At: madeAt}
	provedReceipt := receipt()
	provedReceipt.Receipt.Login = proved.CardTest.Login
	notFound, pending := memo(), memo()
	notFound.Memo.Reason, pending.Memo.Reason = desk.MemoNotFound, desk.MemoPending
	due := erasure()
	facts := *due.Erasure
	facts.Reason, facts.Entries, facts.First, facts.Last, facts.Tally = desk.ErasedWhenDue, 1, 31, 31, nil
	due.Erasure = &facts
	curator := declaration()
	curator.Declaration.Role = "curator"
	return map[string][]desk.Paper{
		"confirmed": {confirmed}, "refused": {refused}, "sound": {sound}, "dead": {dead}, "odd": {odd},
		"proved": {proved, provedReceipt}, "pin_blocked": {blocked}, "door_shut": {shut},
		"not_found": {notFound}, "pending": {pending}, "curator": {curator}, "due": {due},
	}
}

func ordinary() []desk.Paper {
	return []desk.Paper{certificate(), memo(), declaration(), receipt(), cardTest(), takeHome(), erasure()}
}

// everyPaper is every kind, short, long and empty, in both languages and sizes, for real and for practice.
func everyPaper() map[string]desk.Paper {
	out := map[string]desk.Paper{}
	sets := states()
	sets["ordinary"], sets["long"], sets["empty"] = ordinary(), long(), empty()
	for length, papers := range sets {
		for _, p := range papers {
			for _, lang := range []string{"it", "en"} {
				for _, large := range []bool{false, true} {
					for _, practice := range []bool{false, true} {
						p.Lang, p.Large, p.Practice = lang, large, practice
						out[name(length, p)] = p
					}
				}
			}
		}
	}
	return out
}

func name(length string, p desk.Paper) string {
	size, mode := "a4", "real"
	if p.Large {
		size = "large"
	}
	if p.Practice {
		mode = "practice"
	}
	return strings.Join([]string{string(p.Kind), length, p.Lang, size, mode}, "-")
}

func renderer(t testing.TB) *paper.Renderer {
	t.Helper()
	r, err := paper.New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}
