package apdu

import (
	"errors"
	"fmt"
)

// Status is the pair of status bytes that ends every answer.
type Status uint16

// Status words with a meaning of their own here (ISO/IEC 7816-4, table 6).
const (
	OK                Status = 0x9000
	EndOfFile         Status = 0x6282
	Deactivated       Status = 0x6283
	VerifyFailed      Status = 0x6300
	MemoryFailure     Status = 0x6581
	WrongLength       Status = 0x6700
	SecurityNotMet    Status = 0x6982
	MethodBlocked     Status = 0x6983
	DataUnusable      Status = 0x6984
	ConditionsNotMet  Status = 0x6985
	NoCurrentFile     Status = 0x6986
	WrongData         Status = 0x6A80
	NotSupported      Status = 0x6A81
	FileNotFound      Status = 0x6A82
	WrongP1P2         Status = 0x6A86
	ReferenceNotFound Status = 0x6A88
	OutsideFile       Status = 0x6B00
	UnknownINS        Status = 0x6D00
	UnknownCLA        Status = 0x6E00
	UnknownFailure    Status = 0x6F00
)

// What a status means, matched with errors.Is on a StatusError.
var (
	ErrNotFound     = errors.New("no such file, record or reference")
	ErrWrongPIN     = errors.New("wrong PIN")
	ErrBlocked      = errors.New("PIN or PUK blocked")
	ErrSecurity     = errors.New("a PIN or key is needed first")
	ErrNotActive    = errors.New("not active on this card")
	ErrUnsupported  = errors.New("the card does not know this command")
	ErrParameters   = errors.New("the card refuses these parameters")
	ErrFault        = errors.New("the chip answers with a fault")
	ErrEnd          = errors.New("beyond the end of the file")
	ErrUnclassified = errors.New("unexpected answer")
)

// meanings of single status words.
var meanings = map[Status]error{
	VerifyFailed: ErrWrongPIN, MethodBlocked: ErrBlocked, SecurityNotMet: ErrSecurity,
	Deactivated: ErrNotActive, DataUnusable: ErrNotActive, ConditionsNotMet: ErrNotActive,
	FileNotFound: ErrNotFound, 0x6A83: ErrNotFound, ReferenceNotFound: ErrNotFound,
	NotSupported: ErrUnsupported, UnknownINS: ErrUnsupported, UnknownCLA: ErrUnsupported, 0x6881: ErrUnsupported, 0x6882: ErrUnsupported,
	WrongP1P2: ErrParameters, WrongLength: ErrParameters, WrongData: ErrParameters, NoCurrentFile: ErrParameters, 0x6981: ErrParameters,
	MemoryFailure: ErrFault, UnknownFailure: ErrFault, 0x6400: ErrFault, 0x6500: ErrFault,
	OutsideFile: ErrEnd, EndOfFile: ErrEnd,
}

// Err returns nil for OK and a *StatusError for anything else.
func (s Status) Err() error {
	if s == OK {
		return nil
	}
	return &StatusError{Status: s}
}

// TriesLeft returns how many tries a 63Cx status leaves.
func (s Status) TriesLeft() (int, bool) {
	if s&0xFFF0 == 0x63C0 {
		return int(s & 0x0F), true
	}
	return 0, false
}

// StatusError is an answer other than OK.
type StatusError struct {
	Status Status
}

// Error names the status word and what it means.
func (e *StatusError) Error() string {
	return fmt.Sprintf("card status %04X: %v", uint16(e.Status), e.Unwrap())
}

// Unwrap returns what the status means: ErrNotFound, ErrWrongPIN, ErrBlocked, ...
func (e *StatusError) Unwrap() error {
	if tries, ok := e.Status.TriesLeft(); ok {
		if tries == 0 {
			return ErrBlocked
		}
		return ErrWrongPIN
	}
	if err, ok := meanings[e.Status]; ok {
		return err
	}
	return ErrUnclassified
}

// TriesLeft returns how many tries an error says are left, where a card said it: a wrong PIN with its counter, or a block.
func TriesLeft(err error) (int, bool) {
	var e *StatusError
	if !errors.As(err, &e) {
		return 0, false
	}
	if e.Status == MethodBlocked {
		return 0, true
	}
	return e.Status.TriesLeft()
}
