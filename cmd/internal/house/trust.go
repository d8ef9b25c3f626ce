package house

import (
	"fmt"

	"bottega/assets"
	"bottega/desk/cardcert"
)

// Judge returns the judge of certificates, with the authorities that travel inside the programs. Practice cards count as genuine
// where practice is true: at the practice desk, and in the terminal, which marks them. Never at a real desk.
func Judge(practice bool) (cardcert.Judge, error) {
	anchors, err := assets.Anchors()
	if err != nil {
		return cardcert.Judge{}, fmt.Errorf("reading the authorities of cards: %w", err)
	}
	return cardcert.Judge{Anchors: anchors, AcceptPractice: practice}, nil
}
