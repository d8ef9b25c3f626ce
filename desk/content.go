package desk

import (
	"errors"
	"time"
)

// ErrVisitOpen says that something has to wait until no visit is open.
var ErrVisitOpen = errors.New("a visit is open")

// ContentStatus says which content a desk works with.
type ContentStatus struct {
	// Version is that of the content pack in force, 0 for the content that travels inside the program; Made is when it was made.
	Version uint64
	Made    time.Time
	// Waiting is the version of a pack that comes into force when no visit is open; 0 for none.
	Waiting uint64
	// Problem is a stable word for what is wrong with a pack, translated as "pack.problem.<Problem>"; empty when all is well. The
	// desk works on with the last content that was good.
	Problem string
}

// Catalogue returns the content that the desk works with now. It stays the same as long as a visit is open.
func (d *Desk) Catalogue() Catalogue { return *d.catalogue.Load() }

// SetCatalogue puts other content in place of the present one, between visits: with ErrVisitOpen nothing has changed. A visit is
// walked to its end under the content that it began with, so that no page of a service turns into another under a citizen's eyes.
//
// Commit, when it is not nil, writes down what came into force. No visit opens while it runs, and with its error nothing has changed:
// a desk that is started again finds the content that its open visits began with.
func (d *Desk) SetCatalogue(c Catalogue, commit func() error) error {
	err := d.locked(func() error {
		if len(d.state.going) > 0 {
			return ErrVisitOpen
		}
		if commit != nil {
			if err := commit(); err != nil {
				return err
			}
		}
		d.catalogue.Store(&c)
		return nil
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}
