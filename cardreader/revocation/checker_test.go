package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"bottega/desk"
)

// patience is a safety net: no test waits for it unless something is broken.
const patience = 30 * time.Second

// asking is a checker whose clock stands still.
func asking(change ...func(*Checker)) *Checker {
	c := &Checker{Now: func() time.Time { return today }, Timeout: patience}
	for _, f := range change {
		f(c)
	}
	return c
}

func good() desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartWorks, At: today.Add(-time.Hour)}
}

func withdrawn() desk.CertificateCheck {
	return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartFails, Reason: desk.ReasonRevoked, At: today.Add(-time.Hour)}
}

func wants(t *testing.T, got, want desk.CertificateCheck) {
	t.Helper()
	if got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestAnAuthoritysListIsBelieved(t *testing.T) {
	a := newAuthority(t)
	for name, tc := range map[string]struct {
		list []byte
		want desk.CertificateCheck
	}{
		"empty":                          {a.list(nil), good()},
		"of other cards":                 {a.list(nil, others, others+1), good()},
		"with this card":                 {a.list(nil, others, mine, others+1), withdrawn()},
		"in PEM":                         {pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: a.list(nil, mine)}), withdrawn()},
		"good for longer than a century": {a.list(func(l *x509.RevocationList) { l.NextUpdate = today.AddDate(100, 0, 0) }, mine), withdrawn()},
		"with this suspended":            {a.list(func(l *x509.RevocationList) { l.RevokedCertificateEntries[0].ReasonCode = 6 }, mine), withdrawn()},
		"with this let in again, in a later century": {a.list(func(l *x509.RevocationList) {
			l.RevokedCertificateEntries[0].ReasonCode = removedFromList
			l.RevokedCertificateEntries[0].RevocationTime = today.AddDate(100, 0, 0)
		}, mine), good()},
		"with this let in again": {a.list(func(l *x509.RevocationList) {
			l.RevokedCertificateEntries[0].ReasonCode = removedFromList
		}, mine), good()},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, gives(mediaList, tc.list))
			wants(t, asking().Check(t.Context(), a.card(nil, []string{s.URL}), a.certificate), tc.want)
		})
	}
}

func TestAnAuthoritysAnswerIsBelieved(t *testing.T) {
	a := newAuthority(t)
	for name, tc := range map[string]struct {
		answer []byte
		want   desk.CertificateCheck
	}{
		"good":                        {a.says(ocsp.Good), good()},
		"withdrawn":                   {a.says(ocsp.Revoked), withdrawn()},
		"suspended":                   {a.says(ocsp.Revoked, func(r *ocsp.Response) { r.RevocationReason = ocsp.CertificateHold }), withdrawn()},
		"by somebody whom it charged": {a.says(ocsp.Revoked, a.signedBy(nil)), withdrawn()},
		"made on demand, with no end": {a.says(ocsp.Good, func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = today.Add(-30*time.Minute), time.Time{}
		}), desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartWorks, At: today.Add(-30 * time.Minute)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, gives(mediaOCSPResponse, tc.answer))
			wants(t, asking().Check(t.Context(), a.card([]string{s.URL}, nil), a.certificate), tc.want)
		})
	}
}

// scopeOf is the extension that says which certificates a list is about.
func scopeOf(der ...byte) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = []pkix.Extension{{Id: oidScope(), Critical: true, Value: der}}
	}
}

// pointOf is a scope with the address of one part of a list.
func pointOf(address string) func(*x509.RevocationList) {
	wrap := func(tag byte, b []byte) []byte { return append([]byte{tag, byte(len(b))}, b...) }
	return scopeOf(wrap(0x30, wrap(0xA0, wrap(0xA0, wrap(0x86, []byte(address)))))...)
}

func TestAListOfOtherCertificatesIsNoAnswer(t *testing.T) {
	a := newAuthority(t)
	var list []byte
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { gives(mediaList, list)(w, r) })
	for name, tc := range map[string]struct {
		change func(*x509.RevocationList)
		want   desk.CertificateCheck
	}{
		"the part that this card is in":  {pointOf(s.URL + "/parte1.crl"), withdrawn()},
		"for people's certificates only": {scopeOf(0x30, 0x03, 0x81, 0x01, 0xFF), withdrawn()},
		"another part":                   {pointOf(s.URL + "/parte2.crl"), open(desk.ReasonNoVerdict)},
		"for authorities only":           {scopeOf(0x30, 0x03, 0x82, 0x01, 0xFF), open(desk.ReasonNoVerdict)},
		"for some reasons only":          {scopeOf(0x30, 0x04, 0x83, 0x02, 0x06, 0x40), open(desk.ReasonNoVerdict)},
		"of several authorities":         {scopeOf(0x30, 0x03, 0x84, 0x01, 0xFF), open(desk.ReasonNoVerdict)},
		"for attributes only":            {scopeOf(0x30, 0x03, 0x85, 0x01, 0xFF), open(desk.ReasonNoVerdict)},
		"with a relative name":           {scopeOf(0x30, 0x04, 0xA0, 0x02, 0xA1, 0x00), open(desk.ReasonNoVerdict)},
		"with a scope that is none":      {scopeOf(0x04, 0x00), open(desk.ReasonNoVerdict)},
		"of changes only": {func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
		}, open(desk.ReasonNoVerdict)},
	} {
		t.Run(name, func(t *testing.T) {
			list = a.list(tc.change, mine)
			wants(t, asking().Check(t.Context(), a.card(nil, []string{s.URL + "/parte1.crl"}), a.certificate), tc.want)
		})
	}
}

func TestWhatIsNoAnswerLeavesTheQuestionOpen(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	mute := newAuthority(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	elsewhere := serve(t, gives(mediaList, a.list(nil)))
	list := func(der []byte) http.HandlerFunc { return gives(mediaList, der) }
	answer := func(der []byte) http.HandlerFunc { return gives(mediaOCSPResponse, der) }
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"a list that has ended":        {list(a.list(func(l *x509.RevocationList) { l.NextUpdate = today })), desk.ReasonNoVerdict},
		"a list of tomorrow":           {list(a.list(func(l *x509.RevocationList) { l.ThisUpdate = today.Add(time.Hour) })), desk.ReasonNoVerdict},
		"a stranger's list":            {list(stranger.list(nil)), desk.ReasonNoVerdict},
		"a list cut short":             {list(a.list(nil)[:100]), desk.ReasonNoVerdict},
		"a list with something behind": {list(append(a.list(nil), 0)), desk.ReasonNoVerdict},
		"nothing":                      {list(nil), desk.ReasonNoVerdict},
		"JSON":                         {gives("application/json", []byte(`{"ok":true}`)), desk.ReasonNoVerdict},
		"an answer that has ended":     {answer(a.says(ocsp.Good, func(r *ocsp.Response) { r.NextUpdate = today })), desk.ReasonNoVerdict},
		"an old answer with no end":    {answer(a.says(ocsp.Good, func(r *ocsp.Response) { r.NextUpdate = time.Time{} })), desk.ReasonNoVerdict},
		"an answer of tomorrow":        {answer(a.says(ocsp.Good, func(r *ocsp.Response) { r.ThisUpdate = today.Add(time.Hour) })), desk.ReasonNoVerdict},
		"an answer about another card": {answer(a.says(ocsp.Good, func(r *ocsp.Response) { r.SerialNumber = big.NewInt(others) })), desk.ReasonNoVerdict},
		"a card that is not known":     {answer(a.says(ocsp.Unknown)), desk.ReasonNoVerdict},
		"come back later":              {answer(ocsp.TryLaterErrorResponse), desk.ReasonNoVerdict},
		"a stranger's answer":          {answer(stranger.says(ocsp.Good)), desk.ReasonNoVerdict},
		"a citizen's answer": {answer(a.says(ocsp.Good, a.signedBy(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}))), desk.ReasonNoVerdict},
		"an answer by somebody whose charge has ended": {answer(a.says(ocsp.Good, a.signedBy(func(c *x509.Certificate) {
			c.NotAfter = today.Add(-time.Second)
		}))), desk.ReasonNoVerdict},
		"a page of a portal": {gives("text/html; charset=utf-8", []byte("<html>Benvenuti</html>")), desk.ReasonNoLine},
		"a portal elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
		}, desk.ReasonNoLine},
		"a circle": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
		}, desk.ReasonNoLine},
		"a fault": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, desk.ReasonNoVerdict},
		"an answer without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaList)
			_, _ = io.Copy(w, zeros{})
		}, desk.ReasonNoVerdict},
		"an answer that breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte{0x30})
		}, desk.ReasonNoLine},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.handler)
			got := map[string]desk.CertificateCheck{
				"list":   asking().Check(t.Context(), a.card(nil, []string{s.URL}), a.certificate),
				"answer": asking().Check(t.Context(), a.card([]string{s.URL}, nil), a.certificate),
			}
			for kind, check := range got {
				if check != open(tc.want) {
					t.Errorf("%s: %+v, want %s", kind, check, tc.want)
				}
			}
		})
	}
	t.Run("a list of an authority that signs none", func(t *testing.T) {
		signs := *mute.certificate
		signs.KeyUsage |= x509.KeyUsageCRLSign // else CreateRevocationList refuses
		forger := testAuthority{TB: t, certificate: &signs, key: mute.key}
		s := serve(t, list(forger.list(nil)))
		wants(t, asking().Check(t.Context(), mute.card(nil, []string{s.URL}), mute.certificate), open(desk.ReasonNoVerdict))
	})
}

// zeros never ends.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestAnAuthorityThatKeepsSilentIsNotWaitedForLonger(t *testing.T) {
	a := newAuthority(t)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that nobody waits any more
		<-r.Context().Done()
	})
	impatient := func(c *Checker) { c.Timeout = 20 * time.Millisecond }
	wants(t, asking(impatient).Check(t.Context(), a.card([]string{s.URL}, []string{s.URL}), a.certificate), open(desk.ReasonNoLine))
}

func TestWithoutALineTheQuestionStaysOpen(t *testing.T) {
	a := newAuthority(t)
	cut := func(c *Checker) { c.Transport = &noLine{} }
	at := []string{"http://ca.example.it/x"}
	wants(t, asking(cut).Check(t.Context(), a.card(at, at), a.certificate), open(desk.ReasonNoLine))
}

func TestACertificateThatGivesNoAddressCannotBeAskedAbout(t *testing.T) {
	a := newAuthority(t)
	line := &noLine{}
	c := asking(func(c *Checker) { c.Transport = line })
	for name, at := range map[string][]string{
		"none": nil, "a directory": {"ldap://ca.example.it/cn=crl"}, "a file": {"file:///etc/passwd"}, "nowhere": {"http:///x"},
		"with a name in it": {"http://a:b@ca.example.it/"}, "nonsense": {"\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			var wanted []string
			for _, one := range at {
				if one != "\x00" { // no certificate can hold it; addresses is asked directly
					wanted = append(wanted, one)
				}
			}
			if got := addresses(at); got != nil {
				t.Errorf("%v", got)
			}
			wants(t, c.Check(t.Context(), a.card(wanted, wanted), a.certificate), open(desk.ReasonNotTold))
		})
	}
	if n := line.asked.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestNotMoreThanThreeAddressesAreAsked(t *testing.T) {
	a := newAuthority(t)
	line := &noLine{}
	var at []string
	for i := range 50 {
		at = append(at, fmt.Sprintf("http://ca%d.example.it/", i))
	}
	asking(func(c *Checker) { c.Transport = line }).Check(t.Context(), a.card(at, at), a.certificate)
	if n := line.asked.Load(); n != 2*maxAddresses {
		t.Errorf("asked %d times", n)
	}
}

func TestOnlyTheCertificatesOfAKnownAuthorityAreAskedAbout(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	at := []string{"http://ca.example.it/x"}
	old := a.card(at, at)
	old.SignatureAlgorithm = x509.ECDSAWithSHA1 // as if it were: the signature is not even looked at
	for name, tc := range map[string]struct {
		certificate, issuer *x509.Certificate
		want                string
	}{
		"nobody":           {a.card(at, at), nil, desk.ReasonUntrusted},
		"another":          {a.card(at, at), stranger.certificate, desk.ReasonUntrusted},
		"an old algorithm": {old, a.certificate, desk.ReasonOldAlgorithm},
	} {
		t.Run(name, func(t *testing.T) {
			line := &noLine{}
			wants(t, asking(func(c *Checker) { c.Transport = line }).Check(t.Context(), tc.certificate, tc.issuer), open(tc.want))
			if n := line.asked.Load(); n != 0 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestAListIsKeptForAsLongAsItIsGood(t *testing.T) {
	a := newAuthority(t)
	folder := filepath.Join(t.TempDir(), "elenchi")
	kept := func(c *Checker) { c.Folder = folder }
	s := serve(t, gives(mediaList, a.list(nil, mine)))
	card := a.card(nil, []string{s.URL})
	for range 3 {
		wants(t, asking(kept).Check(t.Context(), card, a.certificate), withdrawn())
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	wants(t, asking(kept, func(c *Checker) { c.Transport = &noLine{} }).Check(t.Context(), card, a.certificate), withdrawn())

	tomorrow := func(c *Checker) { c.Now = func() time.Time { return today.Add(24 * time.Hour) } }
	wants(t, asking(kept, tomorrow).Check(t.Context(), card, a.certificate), open(desk.ReasonNoVerdict))
	if n := s.asked.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestOnALineThatIsSparedNoListIsFetchedAndWhatIsShortOrKeptIsUsed(t *testing.T) {
	a := newAuthority(t)
	folder := filepath.Join(t.TempDir(), "elenchi")
	metered := true
	sparing := func(c *Checker) { c.Folder, c.Spare = folder, func() bool { return metered } }
	lists := serve(t, gives(mediaList, a.list(nil, mine)))
	answers := serve(t, gives(mediaOCSPResponse, a.says(ocsp.Revoked)))
	unknown := serve(t, gives(mediaOCSPResponse, a.says(ocsp.Unknown)))
	listed := a.card(nil, []string{lists.URL})
	for name, tc := range map[string]struct {
		certificate *x509.Certificate
		want        desk.CertificateCheck
	}{
		"a list alone":                {listed, open(desk.ReasonSpared)},
		"a short answer":              {a.card([]string{answers.URL}, []string{lists.URL}), withdrawn()},
		"a short answer that is none": {a.card([]string{unknown.URL}, []string{lists.URL}), open(desk.ReasonSpared)},
		"no line for a short answer":  {a.card([]string{"http://127.0.0.1:1/"}, []string{lists.URL}), open(desk.ReasonNoLine)},
		"nobody to ask":               {a.card(nil, nil), open(desk.ReasonNotTold)},
	} {
		t.Run(name, func(t *testing.T) {
			wants(t, asking(sparing).Check(t.Context(), tc.certificate, a.certificate), tc.want)
		})
	}
	if n := lists.asked.Load(); n != 0 {
		t.Errorf("lists were asked for %d times", n)
	}

	metered = false
	wants(t, asking(sparing).Check(t.Context(), listed, a.certificate), withdrawn())
	metered = true
	wants(t, asking(sparing).Check(t.Context(), listed, a.certificate), withdrawn())
	tomorrow := func(c *Checker) { c.Now = func() time.Time { return today.Add(24 * time.Hour) } }
	wants(t, asking(sparing, tomorrow).Check(t.Context(), listed, a.certificate), open(desk.ReasonSpared))
	if n := lists.asked.Load(); n != 1 {
		t.Errorf("lists were asked for %d times", n)
	}
}

func TestAListThatWasTamperedWithIsFetchedAgain(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	folder := t.TempDir()
	kept := func(c *Checker) { c.Folder = folder }
	s := serve(t, gives(mediaList, a.list(nil, mine)))
	card := a.card(nil, []string{s.URL})
	wants(t, asking(kept).Check(t.Context(), card, a.certificate), withdrawn())
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	for i, content := range [][]byte{stranger.list(nil), []byte("x"), nil} {
		if err := os.WriteFile(files[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		wants(t, asking(kept).Check(t.Context(), card, a.certificate), withdrawn())
		if n := int(s.asked.Load()); n != i+2 {
			t.Errorf("asked %d times", n)
		}
	}
}

func TestAListThatCannotBeKeptIsBelievedAllTheSame(t *testing.T) {
	a := newAuthority(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, gives(mediaList, a.list(nil)))
	inAFile := func(c *Checker) { c.Folder = file }
	wants(t, asking(inAFile).Check(t.Context(), a.card(nil, []string{s.URL}), a.certificate), good())
}

func TestAnAnswerAboutOnePersonIsRememberedAndNeverWritten(t *testing.T) {
	a := newAuthority(t)
	folder := t.TempDir()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/" || r.URL.RawQuery != "" {
			t.Errorf("%s %s: the serial number may be in the address", r.Method, r.URL)
		}
		gives(mediaOCSPResponse, a.says(ocsp.Revoked))(w, r)
	})
	card := a.card([]string{s.URL + "/"}, nil)
	c := asking(func(c *Checker) { c.Folder = folder })
	for range 3 {
		wants(t, c.Check(t.Context(), card, a.certificate), withdrawn())
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
	c.Now = func() time.Time { return today.Add(24 * time.Hour) }
	wants(t, c.Check(t.Context(), card, a.certificate), open(desk.ReasonNoVerdict))
}

func TestOnlySoManyAnswersAreRemembered(t *testing.T) {
	c := asking()
	for i := range 2 * maxRemembered {
		until := today.Add(time.Hour)
		if i%2 == 0 {
			until = today
		}
		c.remember([32]byte{byte(i), byte(i >> 8)}, statement{until: until})
	}
	if len(c.said) > maxRemembered {
		t.Errorf("%d remembered", len(c.said))
	}
	if _, ok := c.recall([32]byte{255}); !ok {
		t.Error("the last one was forgotten")
	}
}

func TestWhoDoesNotAnswerIsFollowedByTheNext(t *testing.T) {
	a := newAuthority(t)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/list", http.StatusMovedPermanently)
		case "/list":
			gives(mediaList, a.list(nil, mine))(w, r)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	card := a.card([]string{s.URL + "/ocsp"}, []string{"ldap://ca.example.it/", s.URL + "/gone", s.URL + "/moved"})
	wants(t, asking().Check(t.Context(), card, a.certificate), withdrawn())
}

func TestTheLogNamesTheAuthorityAndNobodyElse(t *testing.T) {
	a := newAuthority(t)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	var log bytes.Buffer
	logged := func(c *Checker) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) }
	asking(logged).Check(t.Context(), a.card([]string{s.URL + "/6090c0de"}, []string{s.URL + "/6090c0de"}), a.certificate)
	if text := log.String(); strings.Contains(text, "6090c0de") || !strings.Contains(text, strings.TrimPrefix(s.URL, "http://")) {
		t.Errorf("%s", text)
	}
}

func TestALongListIsLookedThrough(t *testing.T) {
	a := newAuthority(t)
	serials := make([]int64, 20_000)
	for i := range serials {
		serials[i] = int64(i) + 1
	}
	s := serve(t, gives(mediaList, a.list(nil, append(serials, mine)...)))
	wants(t, asking().Check(t.Context(), a.card(nil, []string{s.URL}), a.certificate), withdrawn())
}
