//go:build cgo || windows

package pcsc

import (
	"errors"
	"fmt"

	"github.com/ebfe/scard"

	"bottega/cardreader"
)

// troubles says what the service's errors mean to a desk. Those that are not here are decided by where they happen.
var troubles = map[scard.Error]error{
	scard.ErrNoService:          cardreader.ServiceDown,
	scard.ErrServiceStopped:     cardreader.ServiceDown,
	scard.ErrServerTooBusy:      cardreader.ServiceDown,
	scard.ErrInvalidHandle:      cardreader.ServiceDown, // the service was restarted and knows us no more
	scard.ErrNoReadersAvailable: cardreader.NoReader,
	scard.ErrUnknownReader:      cardreader.NoReader,
	scard.ErrReaderUnavailable:  cardreader.NoReader,
	scard.ErrNoSmartcard:        cardreader.NoCard,
	scard.ErrRemovedCard:        cardreader.RemovedEarly,
	scard.ErrSharingViolation:   cardreader.Busy,
	scard.ErrResetCard:          cardreader.ErrReset,
	scard.ErrUnresponsiveCard:   cardreader.MuteCard,
	scard.ErrUnpoweredCard:      cardreader.MuteCard,
	scard.ErrUnsupportedCard:    cardreader.MuteCard,
	scard.ErrProtoMismatch:      cardreader.MuteCard,
	scard.ErrCardUnsupported:    cardreader.MuteCard,
	scard.ErrNotReady:           cardreader.MuteCard,
	scard.ErrCommDataLost:       cardreader.MuteCard,
	scard.ErrNotTransacted:      cardreader.MuteCard,
	scard.ErrReaderUnsupported:  cardreader.NoReader,
	scard.ErrUnexpected:         cardreader.ServiceDown,
	scard.ErrInternalError:      cardreader.ServiceDown,
	scard.ErrShutdown:           cardreader.ServiceDown,
	scard.ErrCommError:          cardreader.ServiceDown,
	scard.ErrUnknownError:       cardreader.ServiceDown,
	scard.ErrSystemCancelled:    cardreader.ServiceDown,
	scard.ErrCancelled:          cardreader.ServiceDown,
}

// failure is what the service answered and what it means. Its text leaves out the library's, which differs by system.
type failure struct {
	meaning, cause error
}

func (f *failure) Error() string {
	var e scard.Error
	if errors.As(f.cause, &e) {
		return fmt.Sprintf("%v (PC/SC %08X)", f.meaning, uint32(e))
	}
	return f.meaning.Error()
}

func (f *failure) Unwrap() []error { return []error{f.meaning, f.cause} }

// explain wraps what the service answered into the trouble that it means, otherwise into the given one.
func explain(err error, otherwise cardreader.Trouble) error {
	meaning := error(otherwise)
	var e scard.Error
	if errors.As(err, &e) {
		if known, ok := troubles[e]; ok {
			meaning = known
		}
	}
	return &failure{meaning: meaning, cause: err}
}
