package house_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/practice"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/desk/civil"
)

// noon is when the cards are read: a day on which none of them has ended that should not.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// content is read once: papers and services take their time.
var content = sync.OnceValues(house.LoadContent)

// read reads a practice card as the practice desk does, or as a real one.
func read(t *testing.T, profile string, atPractice bool) desk.Card {
	t.Helper()
	p, err := practice.Find(profile, civil.Of(noon))
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(p)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := content()
	if err != nil {
		t.Fatal(err)
	}
	cards := loaded.Cards
	if atPractice {
		judge, err := house.Judge(true)
		if err != nil {
			t.Fatal(err)
		}
		cards.Certificates = judge
	}
	cards.Now = func() time.Time { return noon }
	port := practice.NewReader("Lettore di prova")
	t.Cleanup(func() { _ = port.Close() })
	port.Insert(card)
	got, err := cardreader.ReadFirst(t.Context(), port, cards.Read, "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Certificate == nil {
		t.Fatal("no certificate was read")
	}
	return got
}

// differs returns the checks that are not in order, revocation left aside.
func differs(c desk.Card) map[desk.CertificateAspect]desk.CertificateCheck {
	found := map[desk.CertificateAspect]desk.CertificateCheck{}
	for _, a := range desk.CertificateAspects() {
		check := cardcert.Find(c.Certificate.Checks, a)
		if a != desk.AspectRevocation && check.Result != desk.PartWorks {
			found[a] = check
		}
	}
	return found
}

func TestTheCertificatesOfPracticeCardsAreJudgedByWhatIsWrongWithThem(t *testing.T) {
	for profile, tc := range map[string]struct {
		aspect desk.CertificateAspect
		result desk.PartResult
		reason string
	}{
		"bruna":        {},
		"maria":        {}, // a total that counts itself, and more data than one answer holds
		"andre":        {}, // latin-1
		"dina":         {}, // compact data
		"omar":         {}, // a provisional code
		"lucia":        {}, // 1024 bits
		"sergio":       {},
		"fiorella":     {},
		"lidia":        {desk.AspectPeriod, desk.PartFails, desk.ReasonCertificateExpired},
		"straniera_ca": {desk.AspectChain, desk.PartNotChecked, desk.ReasonUntrusted},
		"falsa":        {desk.AspectChain, desk.PartFails, desk.ReasonForged},
		"antica":       {desk.AspectChain, desk.PartNotChecked, desk.ReasonOldAlgorithm},
		"firma":        {desk.AspectUsage, desk.PartFails, desk.ReasonUsage},
		"regole":       {desk.AspectPolicy, desk.PartFails, desk.ReasonPolicy},
		"scambiata":    {desk.AspectNames, desk.PartFails, desk.ReasonOtherCard},
	} {
		t.Run(profile, func(t *testing.T) {
			card := read(t, profile, true)
			found := differs(card)
			delete(found, desk.AspectData) // of a certificate that is another card's the hash is another one too
			want := desk.CertificateCheck{Aspect: tc.aspect, Result: tc.result, Reason: tc.reason}
			if tc.aspect == "" && len(found) > 0 || tc.aspect != "" && (len(found) != 1 || found[tc.aspect] != want) {
				t.Errorf("%v, want %v", found, want)
			}
			for _, p := range card.Test.Parts {
				if p.Part == desk.PartCertificate && (p.Result == desk.PartFails) != (tc.result == desk.PartFails) {
					t.Errorf("the test says %+v", p)
				}
			}
		})
	}
}

func TestTheHashInTheNameIsFoundOverTheDataAsTheyAreRead(t *testing.T) {
	for _, profile := range []string{"bruna", "maria", "andre", "dina"} {
		t.Run(profile, func(t *testing.T) {
			if check := cardcert.Find(read(t, profile, true).Certificate.Checks, desk.AspectData); check.Result != desk.PartWorks {
				t.Errorf("%+v", check)
			}
		})
	}
}

func TestARealDeskReadsAPracticeCardAndTrustsItNotAtAll(t *testing.T) {
	card := read(t, "bruna", false)
	want := desk.CertificateCheck{Aspect: desk.AspectChain, Result: desk.PartNotChecked, Reason: desk.ReasonUntrusted}
	if found := differs(card); len(found) != 1 || found[desk.AspectChain] != want || !card.Certificate.Practice {
		t.Errorf("%v, practice %t", found, card.Certificate.Practice)
	}
	if !read(t, "bruna", true).Certificate.Practice {
		t.Error("the practice desk does not mark its cards")
	}
}

func TestAPracticeCardGivesNobodyToAsk(t *testing.T) {
	judge, err := house.Judge(true)
	if err != nil {
		t.Fatal(err)
	}
	asker := house.NewAsker(judge, t.TempDir())
	card := read(t, "bruna", true)
	want := desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartNotChecked, Reason: desk.ReasonNotTold}
	if got := asker.Ask(t.Context(), card.Certificate); got != want {
		t.Errorf("%+v", got)
	}
	want.Reason = desk.ReasonUntrusted
	real, err := house.Judge(false)
	if err != nil {
		t.Fatal(err)
	}
	if got := house.NewAsker(real, "").Ask(t.Context(), card.Certificate); got != want {
		t.Errorf("%+v", got)
	}
	if got := asker.Ask(t.Context(), &desk.CardCertificate{}); got.Result != desk.PartNotChecked {
		t.Errorf("of a card that was stored: %+v", got)
	}
}

func TestTheAuthorityThatACertificateNamesIsAsked(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(template, parent *x509.Certificate) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	dates := x509.Certificate{NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0)}
	ca := dates
	ca.SerialNumber, ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = big.NewInt(1), true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	region := issue(&ca, &ca)
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(24 * time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(7), RevocationTime: time.Now()}},
	}, region, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(list) }))
	defer server.Close()
	card := dates
	card.SerialNumber, card.CRLDistributionPoints = big.NewInt(7), []string{server.URL}
	folder := t.TempDir()
	asker := house.NewAsker(cardcert.Judge{Anchors: []cardcert.Anchor{{Certificate: region}}}, folder)
	got := asker.Ask(t.Context(), &desk.CardCertificate{DER: issue(&card, region).Raw})
	if got.Result != desk.PartFails || got.Reason != desk.ReasonRevoked || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
	asked := false
	lure := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer lure.Close()
	card.CRLDistributionPoints = []string{lure.URL}
	practiceAsker := house.NewAsker(cardcert.Judge{Anchors: []cardcert.Anchor{{Certificate: region, Practice: true}}, AcceptPractice: true}, "")
	if got := practiceAsker.Ask(t.Context(), &desk.CardCertificate{DER: issue(&card, region).Raw}); got.Result != desk.PartNotChecked || asked {
		t.Errorf("the practice authority's: %+v, asked: %t", got, asked)
	}
	if kept, err := os.ReadDir(filepath.Join(folder, house.Revocation)); err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
}
