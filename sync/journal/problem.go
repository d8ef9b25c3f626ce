package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bottega/desk/bilingual"
)

// Problem is something that a person at the desk can be told and can do something about. The set is closed; the value is a stable
// code for scripts. Problems are matched with errors.Is.
type Problem string

// The problems.
const (
	ErrNone               Problem = "journal_none"
	ErrExists             Problem = "journal_exists"
	ErrInUse              Problem = "journal_in_use"
	ErrNewer              Problem = "journal_newer"
	ErrDamaged            Problem = "journal_damaged"
	ErrHeadLost           Problem = "journal_head_lost"
	ErrClosed             Problem = "journal_closed"
	ErrLocked             Problem = "journal_locked"
	ErrWrongPassphrase    Problem = "passphrase_wrong"
	ErrTooSoon            Problem = "passphrase_too_soon"
	ErrShortPassphrase    Problem = "passphrase_short"
	ErrUnknownFacilitator Problem = "facilitator_unknown"
	ErrLastFacilitator    Problem = "facilitator_last"
	ErrSigla              Problem = "facilitator_sigla"
	ErrSiglaTaken         Problem = "facilitator_sigla_taken"
	ErrDiskFull           Problem = "disk_full"
	ErrReadOnly           Problem = "disk_read_only"
	ErrDisk               Problem = "disk_failing"
	ErrUnknownVisit       Problem = "visit_unknown"
	ErrVisitErased        Problem = "visit_erased"
	ErrNotErased          Problem = "visit_not_erased"
	ErrTracesLeft         Problem = "traces_left"
	ErrNoRecovery         Problem = "recovery_none"
	ErrRecoveryMistyped   Problem = "recovery_mistyped"
	ErrRecoveryWrong      Problem = "recovery_wrong"
	ErrKeyring            Problem = "keyring_failing"
	ErrNotRemembered      Problem = "keyring_not_remembered"
	ErrCopyDiffers        Problem = "copy_differs"
	ErrBackupCut          Problem = "backup_cut"
	ErrBackupSpoilt       Problem = "backup_spoilt"
	ErrPlaceFull          Problem = "place_full"
	ErrPlaceReadOnly      Problem = "place_read_only"
	ErrPlaceFailing       Problem = "place_failing"
	ErrRetention          Problem = "retention_range"
)

// Problems returns the whole closed set, sorted.
func Problems() []Problem { return slices.Sorted(maps.Keys(words().Problems)) }

// Error says in English what happened.
func (p Problem) Error() string { return p.Title().En }

// Title says what happened, in both languages.
func (p Problem) Title() bilingual.Text { return words().Problems[p].Title }

// Advice says what to do next, in both languages.
func (p Problem) Advice() bilingual.Text { return words().Problems[p].Advice }

// Refused is a passphrase that was not taken: ErrWrongPassphrase or ErrTooSoon.
type Refused struct {
	Reason Problem
	// Wait is how long the next try has to wait from now.
	Wait time.Duration
}

// Error implements error.
func (r *Refused) Error() string {
	if r.Wait <= 0 {
		return r.Reason.Error()
	}
	return fmt.Sprintf("%s (next try in %s)", r.Reason.Error(), r.Wait.Round(time.Second))
}

// Unwrap makes errors.Is find the reason.
func (r *Refused) Unwrap() error { return r.Reason }

// placeProblem names what another disk than the journal's did, where a backup was to be saved: nothing of the journal was lost by it, and
// another place will do.
func placeProblem(err error) error {
	var known Problem
	if errors.As(err, &known) && known == ErrDisk { // the journal's own did that
		return err
	}
	err = diskProblem(err)
	for disk, place := range map[Problem]Problem{ErrDiskFull: ErrPlaceFull, ErrReadOnly: ErrPlaceReadOnly, ErrDisk: ErrPlaceFailing} {
		if errors.Is(err, disk) {
			return fmt.Errorf("%w: %w", place, err)
		}
	}
	return err
}

// diskProblem names what the disk did, keeping the cause. bbolt flattens some causes into text, hence the second look.
func diskProblem(err error) error {
	var known Problem
	if err == nil || errors.As(err, &known) {
		return err
	}
	for _, c := range diskErrors() {
		for _, errno := range c.errnos {
			if errors.Is(err, errno) || strings.Contains(err.Error(), errno.Error()) {
				return fmt.Errorf("%w: %w", c.problem, err)
			}
		}
	}
	return err
}
