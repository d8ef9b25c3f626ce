package desk

import "errors"

// ErrVisitOpen says that something has to wait until no visit is open.
var ErrVisitOpen = errors.New("a visit is open")

// Catalogue returns the content that the desk works with now. It stays the same as long as a visit is open.
func (d *Desk) Catalogue() Catalogue { return *d.catalogue.Load() }

// SetCatalogue puts other content in place of the present one, between visits: with ErrVisitOpen nothing has changed. A visit is
// walked to its end under the content that it began with, so that no page of a service turns into another under a citizen's eyes.
func (d *Desk) SetCatalogue(c Catalogue) error {
	err := d.locked(func() error {
		if len(d.state.going) > 0 {
			return ErrVisitOpen
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
