package practice_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"bottega/assets"
	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/cardcert"
)

// outcome is what a desk says of a card that it read without any PIN.
type outcome struct {
	// stops is the trouble that keeps the card from being read to its end, empty for none.
	stops    cardreader.Trouble
	troubles []cardreader.Trouble
	warnings []string
	// certificate is why its certificate does not serve or could not be judged, empty when it does.
	certificate string
}

var notACNS = outcome{stops: cardreader.NotACNS, troubles: []cardreader.Trouble{cardreader.NotACNS}}

// outcomes are those of the cards that are not simply in order. A card that is not here is.
var outcomes = map[string]outcome{
	"dina":    {warnings: []string{desk.WarningCompact}},
	"omar":    {warnings: []string{desk.WarningProvisional}},
	"carla":   {warnings: []string{desk.WarningCodeName}},
	"assunta": {warnings: []string{desk.WarningImpossibleDate}},
	"silvano": {warnings: []string{desk.WarningEndsSoon}},

	"gino": {
		troubles: []cardreader.Trouble{cardreader.Expired, cardreader.CertificateExpired}, certificate: desk.ReasonCertificateExpired,
	},
	"oreste": {troubles: []cardreader.Trouble{cardreader.NoCertificate}},
	"lidia":  {troubles: []cardreader.Trouble{cardreader.CertificateExpired}, certificate: desk.ReasonCertificateExpired},
	"vuota": {
		stops: cardreader.NotPersonalised, troubles: []cardreader.Trouble{cardreader.NotPersonalised, cardreader.NoCertificate},
	},
	"sporca":     {stops: cardreader.Unreadable, troubles: []cardreader.Trouble{cardreader.Unreadable}},
	"frettolosa": {stops: cardreader.RemovedEarly, troubles: []cardreader.Trouble{cardreader.RemovedEarly}},

	"straniera_ca": {certificate: desk.ReasonUntrusted},
	"falsa":        {troubles: []cardreader.Trouble{cardreader.CertificateRefused}, certificate: desk.ReasonForged},
	"antica":       {certificate: desk.ReasonOldAlgorithm},
	"firma":        {troubles: []cardreader.Trouble{cardreader.CertificateRefused}, certificate: desk.ReasonUsage},
	"regole":       {troubles: []cardreader.Trouble{cardreader.DataWrong}, certificate: desk.ReasonPolicy},
	"scambiata":    {troubles: []cardreader.Trouble{cardreader.DataWrong}, certificate: desk.ReasonOtherCard},

	"bugiarda": {
		stops: cardreader.DataWrong, troubles: []cardreader.Trouble{cardreader.DataWrong}, certificate: desk.ReasonNotTold,
	},
	"enorme":   {troubles: []cardreader.Trouble{cardreader.DataWrong}},
	"infinita": {troubles: []cardreader.Trouble{cardreader.DataWrong}},

	"impresa": {warnings: []string{desk.WarningNotHealth}},
	"cie1":    {warnings: []string{desk.WarningNotHealth}},
	"cie2":    {warnings: []string{desk.WarningNotHealth}},
	"cie3":    notACNS,
	"tedesca": notACNS, "austriaca": notACNS, "francese": notACNS, "serba": notACNS,
	"aria": {warnings: []string{desk.WarningContactless}},
}

// authorities judges certificates as a terminal does, which knows the practice authority.
type authorities struct{ known cardcert.Judge }

func (a authorities) Judge(c *x509.Certificate, personal []byte, fiscalCode, number string, now time.Time) []desk.CertificateCheck {
	return a.known.Checks(c, cardcert.Card{FiscalCode: fiscalCode, Number: number, Personal: personal}, now)
}

func TestEveryCardEndsInWhatItIsThereFor(t *testing.T) {
	anchors, err := assets.Anchors()
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := practice.Profiles(today)
	if err != nil {
		t.Fatal(err)
	}
	reader := cns.Reader{
		Now:          func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
		Certificates: authorities{cardcert.Judge{Anchors: anchors, AcceptPractice: true}},
	}
	for _, p := range profiles {
		if p.Fault == "mute" {
			continue // there is nothing to read: see TestAMuteCardIsSeenAndCannotBeTalkedTo
		}
		p.Baud = 0 // the slow card says the same as a fast one
		t.Run(p.ID, func(t *testing.T) {
			card, err := practice.New(p)
			if err != nil {
				t.Fatal(err)
			}
			want := outcomes[p.ID]
			got, err := reader.Read(t.Context(), connected(t, practice.NewReader(readerName), card), func(cardreader.Phase) {})
			if want.stops == "" && err != nil || want.stops != "" && !errors.Is(err, want.stops) {
				t.Errorf("stopped by %v, want %q", err, want.stops)
			}
			judge(t, p, got, want)
			if left := card.TriesLeft(); err == nil && p.Fault == "" && left != 3 {
				t.Errorf("%d PIN tries left", left)
			}
		})
	}
}

// judge compares what was read of a card with what it is there for.
func judge(t *testing.T, p practice.Profile, got desk.Card, want outcome) {
	t.Helper()
	if found := cardreader.TroublesOf(got); !slices.Equal(found, append([]cardreader.Trouble{}, want.troubles...)) {
		t.Errorf("troubles %q, want %q", found, want.troubles)
	}
	if !slices.Equal(got.Warnings, want.warnings) && len(got.Warnings)+len(want.warnings) > 0 {
		t.Errorf("warnings %v, want %v", got.Warnings, want.warnings)
	}
	if got.Kind != p.Kind {
		t.Errorf("taken for %q, it is %q", got.Kind, p.Kind)
	}
	if want.stops == "" && got.Holder != p.Holder {
		t.Errorf("holder\n got %+v\nwant %+v", got.Holder, p.Holder)
	}
	if got.Certificate == nil {
		return
	}
	if reason := firstReason(got.Certificate.Checks); reason != want.certificate {
		t.Errorf("certificate %q, want %q: %+v", reason, want.certificate, got.Certificate.Checks)
	}
}

// firstReason is the first thing that keeps a certificate from being wholly right, withdrawal aside: nobody was asked about it.
func firstReason(checks []desk.CertificateCheck) string {
	for _, c := range checks {
		if c.Result != desk.PartWorks && c.Aspect != desk.AspectRevocation {
			return c.Reason
		}
	}
	return ""
}
