package wire

import "fmt"

// Problem is how the hub refuses (RFC 9457). Its type says what the desk does next; the texts are for whoever reads a log.
type Problem struct {
	Type   string `json:"type" doc:"What the desk does next; stable."`
	Title  string `json:"title" doc:"The same for every problem of the type."`
	Status int    `json:"status" doc:"HTTP status."`
	Detail string `json:"detail,omitempty" doc:"This occurrence, without personal data."`
	// Want is the sequence that a gap asks for, or the first one that a fork disagrees on.
	Want uint64 `json:"want,omitempty" doc:"gap: the sequence wanted next; fork: the first sequence that differs."`
}

// The types of problem: one per thing that a desk can do.
const (
	ProblemRetryLater = "urn:bottega:problem:retry-later" // wait, then the same again
	ProblemReEnrol    = "urn:bottega:problem:re-enrol"    // this desk is not known, or not any more
	ProblemUpgrade    = "urn:bottega:problem:upgrade"     // the program is too old, or newer than the hub
	ProblemFixRecord  = "urn:bottega:problem:fix-record"  // what was sent cannot be what a desk wrote
	ProblemFork       = "urn:bottega:problem:fork"        // start a new epoch and go on
	ProblemGap        = "urn:bottega:problem:gap"         // go back to the sequence wanted
	ProblemTooLarge   = "urn:bottega:problem:too-large"   // send fewer entries at a time
	ProblemEnrolCode  = "urn:bottega:problem:enrol-code"  // the one-time code is unknown, used or expired: ask for another
	ProblemSlowDown   = "urn:bottega:problem:slow-down"   // this desk asks more than its share: wait as told, then the same again
	ProblemNoPack     = "urn:bottega:problem:no-pack"     // no content was published yet: go on with what the desk has
	ProblemShowCard   = "urn:bottega:problem:show-card"   // the test door was shown no certificate: call it with the card's
)

// ProblemKind is the part of a problem that its type fixes.
type ProblemKind struct {
	Type, Title string
	Status      int
}

// ProblemKinds returns every type of problem, with its status.
func ProblemKinds() []ProblemKind {
	return []ProblemKind{
		{ProblemRetryLater, "The hub cannot take this now", 503},
		{ProblemReEnrol, "The hub does not know this desk", 403},
		{ProblemUpgrade, "Desk and hub speak different versions", 400},
		{ProblemFixRecord, "The request is not what a desk sends", 422},
		{ProblemFork, "The hub has other entries under these sequences", 409},
		{ProblemGap, "Entries before these are missing at the hub", 409},
		{ProblemTooLarge, "The request is too large", 413},
		{ProblemEnrolCode, "The enrolment code is not valid", 403},
		{ProblemSlowDown, "This desk asks more often than it may", 429},
		{ProblemNoPack, "No content was published", 404},
		{ProblemShowCard, "No certificate was shown at the test door", 401},
	}
}

// NewProblem returns a problem of a type, with the status that goes with it.
func NewProblem(kind, format string, args ...any) *Problem {
	p := &Problem{Type: kind, Title: "Something went wrong at the hub", Status: 500, Detail: fmt.Sprintf(format, args...)}
	for _, k := range ProblemKinds() {
		if k.Type == kind {
			p.Title, p.Status = k.Title, k.Status
		}
	}
	return p
}

// Error implements error.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// GetStatus returns the HTTP status, for the server that writes the problem.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem, for the server that writes it.
func (p *Problem) ContentType(string) string { return MediaProblem }
