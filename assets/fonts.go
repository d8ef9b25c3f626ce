package assets

import (
	"embed"
	"fmt"
)

// The typefaces of the public administration's design system, as TrueType, with their licences beside them: Titillium Web
// (SIL OFL 1.1) for text, Roboto Mono (Apache 2.0) for numbers and codes. They hold Latin and Latin Extended letters.
const (
	TitilliumRegular  = "TitilliumWeb-Regular.ttf"
	TitilliumSemiBold = "TitilliumWeb-SemiBold.ttf"
	TitilliumBold     = "TitilliumWeb-Bold.ttf"
	TitilliumItalic   = "TitilliumWeb-Italic.ttf"
	RobotoMono        = "RobotoMono-Regular.ttf"
	RobotoMonoBold    = "RobotoMono-Bold.ttf"
)

//go:embed fonts/*.ttf fonts/*.txt
var fontFiles embed.FS

// Font returns the bytes of one of the typefaces named above.
func Font(name string) ([]byte, error) {
	b, err := fontFiles.ReadFile("fonts/" + name)
	if err != nil {
		return nil, fmt.Errorf("reading the font %s: %w", name, err)
	}
	return b, nil
}
