package cardcert_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/desk/civil"
	"bottega/desk/fiscalcode"
)

// today is when every test judges.
var today = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// nella is invented, and so is her card.
var nella = fiscalcode.Compose("Bianchi", "Nella", civil.Date{Year: 1948, Month: 3, Day: 5}, "F", "E715")

const cardOfNella = "6090010000000018"

// file is EF_DatiPersonali, cut to what a test of certificates needs: the total, 42 bytes of data, padding up to 400 bytes.
func file(total string, pad byte) []byte {
	f := []byte(total + "0460900815012024081401203007BIANCHI05NELLA")
	for len(f) < 400 {
		f = append(f, pad)
	}
	return f
}

// keys are made once for all tests, by number of bits and by name: making one takes its time.
var keys = sync.OnceValues(func() (map[string]*rsa.PrivateKey, error) {
	all := map[string]*rsa.PrivateKey{}
	for name, bits := range map[string]int{"authority": 2048, "other": 2048, "card": 2048, "card 1024": 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		all[name] = key
	}
	return all, nil
})

func key(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	all, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	return all[name]
}

// authority makes an authority with a key. All have the same name, as those of a Region do.
func authority(t testing.TB, keyName string, change ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	k := key(t, keyName)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"IT"}, CommonName: "Regione di Fantasia - CA Cittadini"},
		NotBefore: today.AddDate(-10, 0, 0), NotAfter: today.AddDate(10, 0, 0), BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SignatureAlgorithm: x509.SHA256WithRSA, SubjectKeyId: []byte(keyName),
	}
	for _, f := range change {
		f(c)
	}
	return create(t, c, c, k.Public(), k)
}

func create(t testing.TB, template, parent *x509.Certificate, public any, signer *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func commonName(covered []byte) string {
	sum := sha1.Sum(covered)
	return nella + "/" + cardOfNella + "." + base64.StdEncoding.EncodeToString(sum[:])
}

// certificate makes the certificate of Nella's card; signer names a key, parent is whose name and key identifier it bears.
func certificate(t testing.TB, parent *x509.Certificate, signer string, change ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	national, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(42), Subject: pkix.Name{Country: []string{"IT"}, CommonName: commonName(file("00002A", 0))},
		NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(5, 0, 0), SignatureAlgorithm: x509.SHA256WithRSA,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, Policies: []x509.OID{national},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection},
	}
	for _, f := range change {
		f(c)
	}
	signing := *parent
	signing.PublicKey = key(t, signer).Public() // else a forged certificate could not be made
	return create(t, c, &signing, key(t, "card").Public(), key(t, signer))
}

// nellasCard is what her card tells.
func nellasCard() cardcert.Card {
	return cardcert.Card{FiscalCode: nella, Number: cardOfNella, Personal: file("00002A", 0), Size: 400}
}

func anchors(t testing.TB) []cardcert.Anchor {
	t.Helper()
	return []cardcert.Anchor{{Certificate: authority(t, "authority"), File: "regione.pem"}}
}

// sound are the checks of a certificate with nothing wrong, with others in place of some.
func sound(different ...desk.CertificateCheck) []desk.CertificateCheck {
	var all []desk.CertificateCheck
	for _, a := range desk.CertificateAspects() {
		c := desk.CertificateCheck{Aspect: a, Result: desk.PartWorks}
		if a == desk.AspectRevocation {
			c.Result = desk.PartNotChecked
		}
		for _, d := range different {
			if d.Aspect == a {
				c = d
			}
		}
		all = append(all, c)
	}
	return all
}

func failing(a desk.CertificateAspect, reason string) desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: a, Result: desk.PartFails, Reason: reason}
}

func open(a desk.CertificateAspect, reason string) desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: a, Result: desk.PartNotChecked, Reason: reason}
}

func TestACertificateIsJudgedByWhatIsInFrontOfIt(t *testing.T) {
	region := authority(t, "authority")
	change := func(f func(*x509.Certificate)) *x509.Certificate { return certificate(t, region, "authority", f) }
	for name, tc := range map[string]struct {
		certificate *x509.Certificate
		want        []desk.CertificateCheck
	}{
		"in order": {certificate(t, region, "authority"), sound()},
		"with a critical extension that nobody knows": {change(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 76, 99, 1}, Critical: true, Value: []byte{5, 0}}}
		}), sound()},
		"forged": {certificate(t, region, "other"), sound(failing(desk.AspectChain, desk.ReasonForged))},
		"by an authority of the same name that is not installed": {
			certificate(t, authority(t, "other"), "other"), sound(open(desk.AspectChain, desk.ReasonUntrusted)),
		},
		"by itself": {certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "io"}}, "card"), sound(open(desk.AspectChain, desk.ReasonUntrusted))},
		"with SHA-1": {
			change(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }), sound(open(desk.AspectChain, desk.ReasonOldAlgorithm)),
		},
		"ended": {
			change(func(c *x509.Certificate) { c.NotAfter = today.Add(-time.Second) }), sound(failing(desk.AspectPeriod, desk.ReasonCertificateExpired)),
		},
		"not begun": {
			change(func(c *x509.Certificate) { c.NotBefore = today.Add(time.Second) }), sound(failing(desk.AspectPeriod, desk.ReasonCertificateExpired)),
		},
		"for signing papers": {
			change(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageContentCommitment }), sound(failing(desk.AspectUsage, desk.ReasonUsage)),
		},
		"for enciphering only": {
			change(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), sound(failing(desk.AspectUsage, desk.ReasonUsage)),
		},
		"with a usage that is not critical": {change(func(c *x509.Certificate) {
			c.KeyUsage = 0
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Value: []byte{3, 2, 7, 0x80}}}
		}), sound(failing(desk.AspectUsage, desk.ReasonUsage))},
		"not for logging in": {change(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
		}), sound(failing(desk.AspectUsage, desk.ReasonUsage))},
		"of an authority": {change(func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid = true, true
		}), sound(failing(desk.AspectUsage, desk.ReasonUsage))},
		"with no policy":      {change(func(c *x509.Certificate) { c.Policies = nil }), sound(failing(desk.AspectPolicy, desk.ReasonPolicy))},
		"with another policy": {change(policyOf(t, 1, 3, 76, 16, 2, 2)), sound(failing(desk.AspectPolicy, desk.ReasonPolicy))},
		"of Lombardy":         {change(policyOf(t, 1, 3, 159, 6, 1, 3, 2, 10)), sound()},
		"of Lombardy, later":  {change(policyOf(t, 1, 3, 76, 12, 1, 1, 10, 2, 2, 10)), sound()},
		"of another person": {change(func(c *x509.Certificate) {
			c.Subject.CommonName = strings.Replace(c.Subject.CommonName, nella, fiscalcode.Compose("Hoxha", "Agim", civil.Date{Year: 1957, Month: 11, Day: 30}, "M", "Z100"), 1)
		}), sound(failing(desk.AspectNames, desk.ReasonOtherCard))},
		"of another card": {change(func(c *x509.Certificate) {
			c.Subject.CommonName = strings.Replace(c.Subject.CommonName, cardOfNella, "6090010000000026", 1)
		}), sound(failing(desk.AspectNames, desk.ReasonOtherCard))},
		"with a name that is none of a card": {change(func(c *x509.Certificate) {
			c.Subject.CommonName = "Nella Bianchi"
		}), sound(failing(desk.AspectNames, desk.ReasonMalformed), open(desk.AspectData, desk.ReasonNotTold))},
		"with the hash of other data": {change(func(c *x509.Certificate) {
			c.Subject.CommonName = commonName([]byte("altro"))
		}), sound(open(desk.AspectData, desk.ReasonNotTold))},
		"with no hash": {change(func(c *x509.Certificate) {
			c.Subject.CommonName, _, _ = strings.Cut(c.Subject.CommonName, ".")
		}), sound(open(desk.AspectData, desk.ReasonNotTold))},
	} {
		t.Run(name, func(t *testing.T) {
			got := cardcert.Judge{Anchors: anchors(t)}.Checks(tc.certificate, nellasCard(), today)
			if !slices.Equal(got, tc.want) {
				t.Errorf("\n got %v\nwant %v", got, tc.want)
			}
		})
	}
}

func policyOf(t *testing.T, parts ...uint64) func(*x509.Certificate) {
	t.Helper()
	o, err := x509.OIDFromInts(parts)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) { c.Policies = []x509.OID{o} }
}

func TestShortKeysOfOldCardsAreJudgedLikeTheOthers(t *testing.T) {
	region := authority(t, "authority")
	template := certificate(t, region, "authority")
	short := create(t, template, region, key(t, "card 1024").Public(), key(t, "authority"))
	if got := (cardcert.Judge{Anchors: anchors(t)}).Checks(short, nellasCard(), today); !slices.Equal(got, sound()) {
		t.Errorf("%v", got)
	}
}

func TestOfAuthoritiesWithOneNameTheRightOneIsFound(t *testing.T) {
	older := authority(t, "other")
	known := append([]cardcert.Anchor{{Certificate: older, File: "older.pem"}}, anchors(t)...)
	c := certificate(t, authority(t, "authority"), "authority")
	anchor, reason, ok := cardcert.Judge{Anchors: known}.Issuer(c, today)
	if !ok || anchor.File != "regione.pem" {
		t.Errorf("%q, %q, %t", anchor.File, reason, ok)
	}
}

func TestACertificateThatNamesNoKeyIsNeverCalledForged(t *testing.T) {
	nameless := func(c *x509.Certificate) { c.SubjectKeyId = nil }
	region := authority(t, "authority")
	bare := *region
	bare.SubjectKeyId = nil // so that the certificate below names no key
	for name, tc := range map[string]struct {
		signer string
		want   desk.CertificateCheck
	}{
		"of the one installed": {"authority", desk.CertificateCheck{Aspect: desk.AspectChain, Result: desk.PartWorks}},
		"of its namesake":      {"other", open(desk.AspectChain, desk.ReasonUntrusted)},
	} {
		t.Run(name, func(t *testing.T) {
			c := certificate(t, &bare, tc.signer, nameless)
			if len(c.AuthorityKeyId) > 0 {
				t.Fatal("it names a key")
			}
			got := cardcert.Judge{Anchors: anchors(t)}.Checks(c, nellasCard(), today)
			if !slices.Equal(got, sound(tc.want)) {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestASignatureThatMatchesCountsForMoreThanTheKeyThatIsNamed(t *testing.T) {
	misnamed := *authority(t, "authority")
	misnamed.SubjectKeyId = []byte("another way of counting")
	got := cardcert.Judge{Anchors: anchors(t)}.Checks(certificate(t, &misnamed, "authority"), nellasCard(), today)
	if !slices.Equal(got, sound()) {
		t.Errorf("%v", got)
	}
}

func TestAnAuthorityOutOfItsDatesVouchesForNobody(t *testing.T) {
	ended := authority(t, "authority", func(c *x509.Certificate) { c.NotAfter = today.Add(-time.Second) })
	judge := cardcert.Judge{Anchors: []cardcert.Anchor{{Certificate: ended}}}
	got := judge.Checks(certificate(t, ended, "authority"), nellasCard(), today)
	if !slices.Equal(got, sound(open(desk.AspectChain, desk.ReasonUntrusted))) {
		t.Errorf("%v", got)
	}
}

func TestPracticeCardsCountOnlyWhereTheyAreAccepted(t *testing.T) {
	known := anchors(t)
	known[0].Practice = true
	c := certificate(t, known[0].Certificate, "authority")
	real := cardcert.Judge{Anchors: known}
	practice := cardcert.Judge{Anchors: known, AcceptPractice: true}
	if got := real.Checks(c, nellasCard(), today); !slices.Equal(got, sound(open(desk.AspectChain, desk.ReasonUntrusted))) {
		t.Errorf("a real desk: %v", got)
	}
	if got := practice.Checks(c, nellasCard(), today); !slices.Equal(got, sound()) {
		t.Errorf("a practice desk: %v", got)
	}
	stranger := certificate(t, authority(t, "other"), "other")
	for name, j := range map[string]cardcert.Judge{"real": real, "practice": practice} {
		if !j.Practice(c) || j.Practice(stranger) {
			t.Errorf("%s: the card is practice: %t, the stranger: %t", name, j.Practice(c), j.Practice(stranger))
		}
	}
}

func TestWhatTheCardDidNotTellIsNotHeldAgainstItsCertificate(t *testing.T) {
	c := certificate(t, authority(t, "authority"), "authority")
	judge := cardcert.Judge{Anchors: anchors(t)}
	untold := open(desk.AspectData, desk.ReasonNotTold)
	for name, tc := range map[string]struct {
		card cardcert.Card
		want []desk.CertificateCheck
	}{
		"no data":          {cardcert.Card{FiscalCode: nella, Number: cardOfNella}, sound(untold)},
		"the number alone": {cardcert.Card{Number: cardOfNella}, sound(untold)},
		"the code alone":   {cardcert.Card{FiscalCode: strings.ToLower(nella) + " "}, sound(untold)},
		"nothing":          {cardcert.Card{}, sound(open(desk.AspectNames, ""), untold)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judge.Checks(c, tc.card, today); !slices.Equal(got, tc.want) {
				t.Errorf("\n got %v\nwant %v", got, tc.want)
			}
		})
	}
}

func TestTheHashMayCoverTheWholeFileOrTheDeclaredBytes(t *testing.T) {
	exclusive, inclusive := file("00002A", 0), file("000030", 0)
	for name, tc := range map[string]struct {
		covered []byte
		card    cardcert.Card
	}{
		"the whole file": {inclusive, cardcert.Card{Personal: inclusive}},
		"the whole file, of which a part was read": {inclusive, cardcert.Card{Personal: inclusive[:48], Size: 400}},
		"the whole file, read in long steps":       {inclusive, cardcert.Card{Personal: inclusive[:255], Size: 400}},
		"a file of unknown size":                   {inclusive, cardcert.Card{Personal: inclusive[:48]}},
		"padded with FF":                           {file("000030", 0xFF), cardcert.Card{Personal: inclusive[:48], Size: 400}},
		"padded with spaces":                       {file("000030", ' '), cardcert.Card{Personal: inclusive[:48], Size: 400}},
		"a total with its own digits":              {inclusive[:48], cardcert.Card{Personal: inclusive}},
		"a total without them":                     {exclusive[:48], cardcert.Card{Personal: exclusive}},
	} {
		t.Run(name, func(t *testing.T) {
			c := certificate(t, authority(t, "authority"), "authority", func(c *x509.Certificate) { c.Subject.CommonName = commonName(tc.covered) })
			checks := cardcert.Judge{}.Checks(c, tc.card, today)
			if got := cardcert.Find(checks, desk.AspectData); got.Result != desk.PartWorks {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTheFirstThingThatFailsIsTheVerdict(t *testing.T) {
	for name, tc := range map[string]struct {
		checks []desk.CertificateCheck
		result desk.PartResult
		reason string
	}{
		"nothing was checked":    {nil, desk.PartNotChecked, ""},
		"all open":               {[]desk.CertificateCheck{open(desk.AspectChain, desk.ReasonUntrusted)}, desk.PartNotChecked, ""},
		"all in order":           {sound(), desk.PartWorks, ""},
		"an unknown authority":   {sound(open(desk.AspectChain, desk.ReasonUntrusted)), desk.PartWorks, ""},
		"one thing":              {sound(failing(desk.AspectPolicy, desk.ReasonPolicy)), desk.PartFails, desk.ReasonPolicy},
		"two things, the first":  {sound(failing(desk.AspectNames, desk.ReasonOtherCard), failing(desk.AspectPeriod, desk.ReasonCertificateExpired)), desk.PartFails, desk.ReasonCertificateExpired},
		"withdrawn, asked later": {cardcert.With(sound(), failing(desk.AspectRevocation, desk.ReasonRevoked)), desk.PartFails, desk.ReasonRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			if result, reason := cardcert.Verdict(tc.checks); result != tc.result || reason != tc.reason {
				t.Errorf("%s %q, want %s %q", result, reason, tc.result, tc.reason)
			}
		})
	}
}

func TestAnAnswerTakesThePlaceOfWhatWasOpen(t *testing.T) {
	before := sound()
	after := cardcert.With(before, failing(desk.AspectRevocation, desk.ReasonRevoked))
	if len(after) != len(before) || !slices.Equal(before, sound()) {
		t.Errorf("before %v, after %v", before, after)
	}
	if got := cardcert.With(nil, failing(desk.AspectRevocation, desk.ReasonRevoked)); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestWhatIsFoundLaterIsInTheCardAndInItsTest(t *testing.T) {
	read := func() desk.Card {
		return desk.Card{
			Certificate: &desk.CardCertificate{Checks: sound()},
			Test:        desk.TestOf(desk.PartCheck{Part: desk.PartCertificate, Result: desk.PartWorks}, desk.PartCheck{Part: desk.PartChip, Result: desk.PartWorks}),
		}
	}
	revoked := failing(desk.AspectRevocation, desk.ReasonRevoked)
	good := desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartWorks, At: today}
	for name, tc := range map[string]struct {
		found desk.CertificateCheck
		part  desk.PartCheck
	}{
		"withdrawn": {revoked, desk.PartCheck{Part: desk.PartCertificate, Result: desk.PartFails, Reason: desk.ReasonRevoked}},
		"in order":  {good, desk.PartCheck{Part: desk.PartCertificate, Result: desk.PartWorks}},
	} {
		t.Run(name, func(t *testing.T) {
			before := read()
			after := cardcert.Answer(before, tc.found)
			if got := cardcert.Find(after.Certificate.Checks, desk.AspectRevocation); got != tc.found || !slices.Contains(after.Test.Parts, tc.part) {
				t.Errorf("%+v, %+v", got, after.Test.Parts)
			}
			if !slices.Equal(before.Certificate.Checks, sound()) || !slices.Equal(before.Test.Parts, read().Test.Parts) {
				t.Error("the card as it was read was changed")
			}
		})
	}
	if c := cardcert.Answer(desk.Card{}, revoked); c.Certificate != nil {
		t.Error("a certificate came from nowhere")
	}
}

func TestAFingerprintIsWrittenAsAuthoritiesPublishIt(t *testing.T) {
	got := anchors(t)[0].Fingerprint()
	if len(got) != 64 || strings.Trim(got, "0123456789ABCDEF") != "" {
		t.Errorf("%q", got)
	}
}
