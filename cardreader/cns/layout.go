package cns

// Layout says where a family of cards keeps its files. Layouts are plain data, so that a new family is a new value and not new
// code; the first in the list whose number file answers is the card's.
type Layout struct {
	// Name is what Card.Model shows.
	Name string
	// Number, Personal and Certificate are paths below the master file, two bytes for each step.
	Number, Personal, Certificate []uint16
}

// Classic is the layout of the health cards up to about 2022, and by what they answer of many later ones.
func Classic() Layout {
	return Layout{
		Name:        "classic",
		Number:      []uint16{0x1000, 0x1003},
		Personal:    []uint16{0x1100, 0x1102},
		Certificate: []uint16{0x1100, 0x1101},
	}
}
