package desk

import (
	"fmt"
	"time"
)

// ErasureProof is what can be shown of an erasure: what was erased, and the entry that says so.
type ErasureProof struct {
	VisitErased
	// Seq, ID, At, Facilitator and Digest are those of the entry that recorded the erasure. The digest is SHA-256 in hex.
	Seq         uint64    `json:"seq"`
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	Facilitator string    `json:"facilitator,omitempty"`
	Digest      string    `json:"digest"`
}

// ErasurePaper is the statement that a visit was erased. It is kept nowhere: made again from the same proof it is the same paper, so it
// bears the moment of the erasure and the site that the desk had then.
func (d *Desk) ErasurePaper(p ErasureProof, lang string, large bool) Paper {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.state.siteBefore(p.Seq)
	return Paper{
		ID: p.ID, Number: fmt.Sprintf("%s-%s-C%06d", s.Site.ID, s.Desk, p.Seq), Kind: PaperErasure, Template: PaperTemplate,
		Lang: lang, Large: large, Practice: d.p.Practice, MadeAt: p.At.Truncate(time.Second), Site: s.Site, Erasure: &p,
	}
}

// siteBefore returns where the desk stood when an entry was written.
func (s *state) siteBefore(seq uint64) SiteSet {
	site := s.site
	if f := s.folders[""]; f != nil {
		for _, e := range f.entries {
			if e.Seq > seq {
				break
			}
			if p, err := Decode(e); err == nil {
				if set, ok := p.(*SiteSet); ok {
					site = *set
				}
			}
		}
	}
	return site
}
