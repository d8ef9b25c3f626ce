package widgets

import (
	"embed"
	"fmt"

	"fyne.io/fyne/v2/lang"
)

//go:embed toolkit/*.json
var toolkitWords embed.FS

// ToolkitSpeaks makes the toolkit's own words (the menu of a text field, the file dialog) Italian or English. The toolkit has
// one language for all windows, takes it from the computer and has no Italian; so our words are filed under whatever language
// the computer speaks.
func ToolkitSpeaks(language string) error {
	data, err := toolkitWords.ReadFile("toolkit/" + language + ".json")
	if err != nil {
		return fmt.Errorf("the toolkit's words in %q: %w", language, err)
	}
	if err := lang.AddTranslationsForLocale(data, lang.SystemLocale()); err != nil {
		return fmt.Errorf("give the toolkit its words in %q: %w", language, err)
	}
	return nil
}
