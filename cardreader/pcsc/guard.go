//go:build cgo || windows

package pcsc

import (
	"context"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

var _ cardreader.Guarded = (*link)(nil)

// Guard is as cardreader.Guarded says. The conversation's transaction keeps every other program's commands out already. Sharing
// the card with nobody (SCARD_SHARE_EXCLUSIVE) would add nothing to that, and pcsc-lite waits without limit for it when another
// program merely has the card open, as browsers do.
func (l *link) Guard(ctx context.Context) error {
	_, err := l.ask(ctx, transmitLimit, nil, func(handle) ([]byte, error) {
		l.after = scard.ResetCard
		return nil, nil
	})
	return err
}
