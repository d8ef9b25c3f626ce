package theme

import (
	"fyne.io/fyne/v2"

	"bottega/assets"
)

// The pictures of our own, beside the toolkit's icons. All are of one colour, which Icon gives them.
const (
	PictureCard    = "card"    // a health card with its chip
	PictureInsert  = "insert"  // a card on its way into the reader
	PictureType    = "type"    // a keyboard
	PicturePhone   = "phone"   // a telephone
	PicturePaper   = "paper"   // a sheet of paper
	PictureHello   = "hello"   // a person
	PictureGoodbye = "goodbye" // a smile
	PictureWait    = "wait"    // an hourglass
	PictureDone    = "done"    // a tick in a circle
	PictureCurtain = "curtain" // an eye, closed
	PictureInfo    = "info"    // an i in a circle
)

// Picture returns one of the pictures above, or nil where the name is not one of them.
func Picture(name string) fyne.Resource {
	data, err := assets.Icon(name)
	if err != nil {
		return nil
	}
	return fyne.NewStaticResource(name+".svg", data)
}
