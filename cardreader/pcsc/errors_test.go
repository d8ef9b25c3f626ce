//go:build cgo || windows

package pcsc

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

func TestWhatTheServiceAnswersIsATrouble(t *testing.T) {
	tests := []struct {
		answer scard.Error
		want   error
	}{
		{scard.ErrNoService, cardreader.ServiceDown},
		{scard.ErrServiceStopped, cardreader.ServiceDown},
		{scard.ErrNoReadersAvailable, cardreader.NoReader},
		{scard.ErrNoSmartcard, cardreader.NoCard},
		{scard.ErrUnresponsiveCard, cardreader.MuteCard},
		{scard.ErrSharingViolation, cardreader.Busy},
		{scard.ErrResetCard, cardreader.ErrReset},
		{scard.ErrRemovedCard, cardreader.RemovedEarly},
		{scard.ErrBadSeek, cardreader.Unreadable}, // one that nobody expects is what its place makes of it
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%08X", uint32(tt.answer)), func(t *testing.T) {
			err := explain(tt.answer, cardreader.Unreadable)
			if !errors.Is(err, tt.want) || !errors.Is(err, tt.answer) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestWindowsServiceSleepsWhileThereIsNoReader(t *testing.T) {
	down := explain(scard.ErrNoService, cardreader.ServiceDown)
	if !asleep("windows", down) {
		t.Error("on Windows a service that is down means that no reader is attached")
	}
	if asleep("linux", down) || asleep("windows", explain(scard.ErrInvalidHandle, cardreader.ServiceDown)) || asleep("windows", nil) {
		t.Error("anything else is a service that is down")
	}
}
