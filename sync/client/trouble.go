package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// The words of LineStatus.Problem and Trouble.Word. The set is closed: each has a translation, "line.problem.<word>".
const (
	NoNetwork        = "no_network"        // this computer reaches nothing
	HubUnreachable   = "hub_unreachable"   // no answer in time, or the connection broke
	HubBusy          = "hub_busy"          // the hub asks to come back later
	LineSlow         = "line_slow"         // what was sent at a time took longer than the hub waits
	NotTheHub        = "not_the_hub"       // something answers, and it is not what a hub says: a captive portal, a proxy
	WrongCertificate = "wrong_certificate" // something answers with a certificate that the hub's authority did not give
	Clock            = "clock"             // by this computer's clock the hub's certificate has ended or not begun
	ReEnrol          = "re_enrol"          // the hub does not know this desk any more
	CertificateEnded = "certificate_ended" // this desk was off for so long that its certificate was not renewed in time
	Upgrade          = "upgrade"           // this program is older than what the hub takes
	HubOlder         = "hub_older"         // the hub is older than what this program speaks
	FixRecord        = "fix_record"        // the hub cannot take what the journal holds
	RecordRefused    = "record_refused"    // the hub has everything, and could not make sense of one record
	TooLarge         = "too_large"         // one entry is larger than the hub takes
	JournalFault     = "journal"           // the journal of this desk cannot be read or written
	ProgramFault     = "program_fault"     // this program failed while it talked to the hub
	NotEnrolled      = "not_enrolled"      // this desk has no hub yet
	CodeMistyped     = "code_mistyped"     // the enrolment code cannot be right
	CodeRefused      = "code_refused"      // the enrolment code was used or has expired
	PracticeMismatch = "practice_mismatch" // a practice hub for a real desk, or the other way round
	NoSealingKey     = "no_sealing_key"    // the hub has not yet given the key to which parcels are sealed
	FileFault        = "file"              // a file on the stick cannot be read or written
	FileNotAnswer    = "file_not_answer"   // the file is no answer of a hub
	FileOther        = "file_other"        // the answer is for another desk, or from another hub
	FileCut          = "file_cut"          // the answer is not all there
	FileChanged      = "file_changed"      // the answer is not as the hub sealed it
	FileNewer        = "file_newer"        // the answer was made by a newer program
	Other            = "other"             // what this program does not know
)

// Words returns every word of this version.
func Words() []string {
	return []string{
		NoNetwork, HubUnreachable, HubBusy, LineSlow, NotTheHub, WrongCertificate, Clock, ReEnrol, CertificateEnded, Upgrade, HubOlder, FixRecord,
		RecordRefused, TooLarge, JournalFault, ProgramFault, NotEnrolled, CodeMistyped, CodeRefused, PracticeMismatch, NoSealingKey,
		FileFault, FileNotAnswer, FileOther, FileCut, FileChanged, FileNewer, Other,
	}
}

// Trouble is why the line does not work. Its text is for a log and holds nothing personal; people get the translation of its word.
type Trouble struct {
	Word string
	// After is how long the hub asked to wait; zero when it did not say.
	After time.Duration
	Err   error
}

// Error implements error.
func (t *Trouble) Error() string {
	if t.Err == nil {
		return t.Word
	}
	return t.Word + ": " + t.Err.Error()
}

// Unwrap returns the cause.
func (t *Trouble) Unwrap() error { return t.Err }

// troubleOf returns the Trouble in an error; an error without one is of the journal's, the only other thing that fails.
func troubleOf(err error) *Trouble {
	var t *Trouble
	if errors.As(err, &t) {
		return t
	}
	return &Trouble{Word: JournalFault, Err: err}
}

// wordOf is the word of the trouble that an error is; empty when it is none.
func wordOf(err error) string {
	var t *Trouble
	if errors.As(err, &t) {
		return t.Word
	}
	return ""
}

// State is how the line stands with this trouble.
func (t *Trouble) State() desk.LineState {
	switch t.Word {
	case NotEnrolled:
		return desk.LineNotEnrolled
	case ReEnrol, CertificateEnded:
		return desk.LineHeld
	case Upgrade, HubOlder:
		return desk.LineUpgrade
	case FixRecord, RecordRefused, TooLarge, JournalFault, ProgramFault:
		return desk.LineAttention
	}
	return desk.LineOffline
}

// unreached classifies an error of a request that got no answer.
func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	word := HubUnreachable
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var wrong *wrongHubError
	var dns *net.DNSError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		word = Clock
	case errors.As(err, &verification), errors.As(err, &wrong):
		word = WrongCertificate
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		word = NotTheHub
	case errors.As(err, &dns), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETDOWN):
		word = NoNetwork
	}
	return &Trouble{Word: word, Err: err}
}

// wrongHubError says that a certificate is not the one that the enrolment code promised.
type wrongHubError struct{ why string }

func (e *wrongHubError) Error() string { return e.why }

// refused classifies a problem that the hub sent.
func refused(p *wire.Problem, after time.Duration) error {
	var word string
	switch {
	case p.Status == http.StatusRequestTimeout: // whatever kind of problem a hub of this or another version calls it
		word = LineSlow
	case p.Type == wire.ProblemRetryLater, p.Type == wire.ProblemSlowDown:
		word = HubBusy
	case p.Type == wire.ProblemReEnrol:
		word = ReEnrol
	case p.Type == wire.ProblemUpgrade:
		word = Upgrade
	case p.Type == wire.ProblemFixRecord:
		word = FixRecord
	case p.Type == wire.ProblemTooLarge:
		word = TooLarge
	case p.Type == wire.ProblemEnrolCode:
		word = CodeRefused
	default:
		word = wordOfStatus(p.Status)
	}
	return &Trouble{Word: word, After: after, Err: fmt.Errorf("the hub answers %d: %w", p.Status, p)}
}

// asTrouble turns a fork or a gap into trouble, where a hub has no reason to speak of one. Other errors stay as they are.
func asTrouble(err error) error {
	var t *Trouble
	var p *wire.Problem
	if !errors.As(err, &t) && errors.As(err, &p) {
		return refused(p, 0)
	}
	return err
}

// wordOfStatus is for a problem of a type that is newer than this program.
func wordOfStatus(status int) string {
	switch {
	case status == 401 || status == 403:
		return ReEnrol
	case status == 429 || status >= 500:
		return HubBusy
	}
	return FixRecord
}
