package printer

import (
	"errors"
	"strings"
)

// Code is what went wrong, as a stable word. Its title and advice are print.<code>.title and print.<code>.advice.
type Code string

// The codes. The first group is about reaching a printer, the second about the job, the third is what a printer says of itself
// (and what desk.PrinterInfo.Trouble holds), the last about saving and opening.
const (
	BadAddress    Code = "bad_address"    // the address is none that IPP has
	NoService     Code = "no_service"     // this computer's print service does not answer
	Unreachable   Code = "unreachable"    // nobody answers at the address
	Slow          Code = "slow"           // somebody answers, too slowly
	NotAPrinter   Code = "not_a_printer"  // what answers does not speak IPP
	NotFound      Code = "not_found"      // there is no such printer at the address
	NeedsPassword Code = "needs_password" // the printer wants to know who prints
	EncryptedOnly Code = "encrypted_only" // the printer wants an ipps address
	Untrusted     Code = "untrusted"      // the printer's certificate is not known: see Error.Fingerprint

	NoPDF        Code = "no_pdf"        // the printer takes no PDF
	Busy         Code = "busy"          // the printer is printing something else
	NotAccepting Code = "not_accepting" // the queue is closed
	Refused      Code = "refused"       // the printer refused, with a reason of its own
	Cancelled    Code = "cancelled"     // somebody cancelled the job
	Failed       Code = "failed"        // the printer gave the job up
	Held         Code = "held"          // the job waits for somebody to release it

	NoPaper   Code = "no_paper"
	Jam       Code = "jam"
	NoInk     Code = "no_ink"
	Open      Code = "open"
	Offline   Code = "offline"
	Paused    Code = "paused"
	Full      Code = "full"
	Attention Code = "attention" // another trouble

	NoViewer Code = "no_viewer" // no program shows the file
	NotSaved Code = "not_saved" // the file could not be written
)

// Codes returns all codes, for those who check that each has its words.
func Codes() []Code {
	return []Code{
		BadAddress, NoService, Unreachable, Slow, NotAPrinter, NotFound, NeedsPassword, EncryptedOnly, Untrusted,
		NoPDF, Busy, NotAccepting, Refused, Cancelled, Failed, Held,
		NoPaper, Jam, NoInk, Open, Offline, Paused, Full, Attention, NoViewer, NotSaved,
	}
}

// Error is a failure with its code. Matching is by errors.As, or by CodeOf.
type Error struct {
	Code Code
	// Printer is the address, without what might be a password in it.
	Printer string
	// Queued says that the printer keeps the paper and will print it when the trouble is over: printing again would print twice.
	Queued bool
	// Fingerprint is the SHA-256 of the certificate that was not trusted, to be put in Config.Pins once a person agreed.
	Fingerprint string
	Err         error
}

// Error says what happened, for a log; people read the words of the code.
func (e *Error) Error() string {
	parts := []string{strings.ReplaceAll(string(e.Code), "_", " ")}
	if e.Printer != "" {
		parts[0] += " (" + e.Printer + ")"
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an error, or Refused for one that has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Refused
}

// reasons maps the printer-state-reasons of RFC 8011 5.4.12 and PWG 5100.9, less their suffix, to codes.
var reasons = map[string]Code{
	"media-empty": NoPaper, "media-needed": NoPaper, "input-tray-missing": NoPaper, "input-media-supply-empty": NoPaper,
	"media-needed-warning": NoPaper, // another tray may be full: the paper that is printed now waits for this one
	"media-jam":            Jam, "output-area-full": Full, "output-tray-missing": Full, "spool-area-full": Full,
	"toner-empty": NoInk, "marker-supply-empty": NoInk, "marker-waste-full": NoInk, "developer-empty": NoInk, "opc-life-over": NoInk,
	"cover-open": Open, "door-open": Open, "interlock-open": Open, "input-tray-open": Open,
	"offline": Offline, "offline-report": Offline, "shutdown": Offline, "timed-out": Offline, "power-down": Offline,
	"paused": Paused, "moving-to-paused": Paused, "stopping": Paused,
}

// troubleIn returns the first trouble among a printer's reasons that keeps it from printing: warnings and reports, which end so,
// do not.
func troubleIn(words []string) Code {
	for _, word := range words {
		// CUPS reports a printer that is switched off as "offline-report": the only report that matters.
		if code, known := reasons[strings.TrimSuffix(word, "-error")]; known {
			return code
		}
		if strings.HasSuffix(word, "-error") {
			return Attention
		}
	}
	return ""
}
