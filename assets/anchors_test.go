package assets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bottega/desk/cardcert"
)

// maker makes authorities for the folder.
type maker struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	parent *x509.Certificate
	signer *ecdsa.PrivateKey
}

func newMaker(t *testing.T) maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return maker{t: t, key: key, signer: key}
}

func (m maker) der(name string, change ...func(*x509.Certificate)) []byte {
	m.t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now(), NotAfter: time.Now().AddDate(10, 0, 0),
	}
	for _, f := range change {
		f(c)
	}
	parent := c
	if m.parent != nil {
		parent = m.parent
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, m.key.Public(), m.signer)
	if err != nil {
		m.t.Fatal(err)
	}
	return der
}

func asPEM(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

func TestTheEmbeddedAuthoritiesAreInOrder(t *testing.T) {
	anchors, err := Anchors()
	if err != nil {
		t.Fatal(err)
	}
	practice := 0
	for _, a := range anchors {
		if a.Practice != strings.HasPrefix(a.File, "practice/") {
			t.Errorf("%s: practice is %t", a.File, a.Practice)
		}
		if a.Practice {
			practice++
		}
	}
	if practice == 0 {
		t.Error("no practice authority")
	}
}

func TestAuthoritiesAreReadWithWhatIsWrittenAboveThem(t *testing.T) {
	region, prova := newMaker(t), newMaker(t)
	below := newMaker(t)
	root, err := x509.ParseCertificate(region.der("Regione di Fantasia"))
	if err != nil {
		t.Fatal(err)
	}
	below.parent, below.signer = root, region.key
	got, err := LoadAnchors(fstest.MapFS{
		"README.md":         {Data: []byte("# come si fa")},
		"region.pem":        {Data: append([]byte("compared on 21 November with the repository\n"), asPEM(root.Raw)...)},
		"below.pem":         {Data: append(asPEM(below.der("Sotto la Regione")), '\n', '\n')},
		"practice/mine.pem": {Data: asPEM(prova.der("PROVA"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, a := range got {
		files = append(files, a.File)
	}
	if want := "below.pem practice/mine.pem region.pem"; strings.Join(files, " ") != want || !got[1].Practice || got[0].Practice || got[2].Practice {
		t.Errorf("%v", files)
	}
}

func TestAFileThatIsNoAuthorityIsSaidToBeWrong(t *testing.T) {
	m := newMaker(t)
	good := m.der("Regione di Fantasia")
	forged := append([]byte(nil), good...)
	forged[len(forged)-1] ^= 1
	stranger, claims := newMaker(t), newMaker(t)
	root, err := x509.ParseCertificate(good)
	if err != nil {
		t.Fatal(err)
	}
	public := *root
	public.PublicKey = stranger.key.Public() // else CreateCertificate finds out
	claims.parent, claims.signer = &public, stranger.key
	notCA := func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }
	for name, tc := range map[string]struct {
		files fstest.MapFS
		at    string
		say   string
	}{
		"empty":                {fstest.MapFS{"a.pem": {}}, "a.pem:1:1", "PEM"},
		"binary":               {fstest.MapFS{"a.pem": {Data: good}}, "a.pem:1:1", "PEM"},
		"a file in DER":        {fstest.MapFS{"a.cer": {Data: good}}, "a.cer:1:1", "openssl"},
		"another folder":       {fstest.MapFS{"old/a.pem": {Data: asPEM(good)}}, "old:1:1", "practice"},
		"a key":                {fstest.MapFS{"a.pem": {Data: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: good})}}, "a.pem:1:1", "certificato in PEM"},
		"two in one":           {fstest.MapFS{"a.pem": {Data: append(asPEM(good), asPEM(good)...)}}, "a.pem:1:1", "uno solo"},
		"something after it":   {fstest.MapFS{"a.pem": {Data: append(asPEM(good), 'x')}}, "a.pem:1:1", "niente dopo"},
		"damaged":              {fstest.MapFS{"a.pem": {Data: asPEM(good[:len(good)-9])}}, "a.pem:1:1", "rovinato"},
		"a damaged signature":  {fstest.MapFS{"a.pem": {Data: asPEM(forged)}}, "a.pem:1:1", "firma"},
		"too long":             {fstest.MapFS{"a.pem": {Data: append([]byte(strings.Repeat("x\n", maxAnchorBytes)), asPEM(good)...)}}, "a.pem:1:1", "lungo"},
		"no authority":         {fstest.MapFS{"a.pem": {Data: asPEM(m.der("Nella", notCA))}}, "a.pem:1:1", "non può emettere"},
		"no issuing of cards":  {fstest.MapFS{"a.pem": {Data: asPEM(m.der("R", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }))}}, "a.pem:1:1", "non può emettere"},
		"PROVA among the real": {fstest.MapFS{"a.pem": {Data: asPEM(m.der("PROVA - CA"))}}, "a.pem:1:1", "PROVA"},
		"real among PROVA":     {fstest.MapFS{"practice/a.pem": {Data: asPEM(good)}}, "practice/a.pem:1:1", "PROVA"},
		"twice":                {fstest.MapFS{"a.pem": {Data: asPEM(good)}, "b.pem": {Data: asPEM(good)}}, "b.pem:1:1", "a.pem"},
		"the practice key under a real name": {
			fstest.MapFS{"a.pem": {Data: asPEM(good)}, "practice/a.pem": {Data: asPEM(m.der("PROVA"))}}, "practice/a.pem:1:1", "a.pem",
		},
		"below one that did not sign it": {fstest.MapFS{"a.pem": {Data: asPEM(good)}, "b.pem": {Data: asPEM(claims.der("Sotto"))}}, "b.pem:1:1", "a.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := LoadAnchors(tc.files)
			var wrong *ContentError
			if !errors.As(err, &wrong) || got != nil || len(wrong.Problems) != 1 {
				t.Fatalf("%v, %v", got, err)
			}
			if text := wrong.Problems[0].In("it"); !strings.HasPrefix(text, tc.at) || !strings.Contains(text, tc.say) {
				t.Errorf("%q, want %q ... %q", text, tc.at, tc.say)
			}
			if wrong.Problems[0].In("en") == wrong.Problems[0].In("it") {
				t.Error("not translated")
			}
		})
	}
}

func TestAuthoritiesOfAFolderJoinThoseOfTheProgramAndNeverPromoteAPracticeOne(t *testing.T) {
	own, err := Anchors()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(own, func(a cardcert.Anchor) bool { return a.Practice })
	if i < 0 {
		t.Fatal("no practice authority")
	}
	got, err := AnchorsWith(fstest.MapFS{
		"region.pem": {Data: asPEM(newMaker(t).der("Regione di Fantasia"))}, "practice/again.pem": {Data: asPEM(own[i].Certificate.Raw)},
	})
	if err != nil || len(got) != len(own)+1 || got[len(own)].File != "region.pem" || got[len(own)].Practice {
		t.Errorf("%d authorities, %v", len(got), err)
	}
	_, err = AnchorsWith(fstest.MapFS{"region.pem": {Data: asPEM(own[i].Certificate.Raw)}})
	var wrong *ContentError
	if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.In("it"), "region.pem:1:1") {
		t.Errorf("the practice authority among the real ones: %v", err)
	}
}
