package assets

import (
	"embed"
	"fmt"
)

//go:embed paper/it.json paper/en.json
var paperTexts embed.FS

// PaperTexts returns the words of the papers in "it" or "en", as a flat JSON object. They are separate from the words of the
// windows because a reprint must say what the original said.
func PaperTexts(lang string) ([]byte, error) {
	b, err := paperTexts.ReadFile("paper/" + lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("reading the texts of papers in %q: %w", lang, err)
	}
	return b, nil
}
