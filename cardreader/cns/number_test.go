package cns_test

import (
	"errors"
	"testing"

	"bottega/cardreader/cns"
)

func TestCardNumbersAreCheckedByTheirLastDigit(t *testing.T) {
	tests := []struct {
		name, number string
		want         error
	}{
		{"right", "6090012345678000", nil},
		{"one digit wrong", "6090012345678001", cns.ErrNumberCheck},
		{"two digits swapped", "6090021345678000", cns.ErrNumberCheck},
		{"short", "609001234567800", cns.ErrNumberShape},
		{"letters", "609001234567800X", cns.ErrNumberShape},
		{"empty", "", cns.ErrNumberShape},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := cns.CheckNumber(tt.number); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestThePrintedNumberFollowsFromTheOneOnTheChip(t *testing.T) {
	if got := cns.PrintedNumber("6090012345678000"); got != "80380000900123456782" {
		t.Errorf("got %q", got)
	}
	if got := cns.PrintedNumber("6090012345678001"); got != "" {
		t.Errorf("a wrong number gave %q", got)
	}
}
