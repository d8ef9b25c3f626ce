// Package bilingual holds a text in the two languages that every piece of content must have: Italian, which people see first,
// and English.
//
// Content files, the walk engine, exemption rules and papers import it; it imports nothing.
package bilingual

// Text is the same sentence in Italian and in English.
type Text struct {
	It string `json:"it" yaml:"it"`
	En string `json:"en" yaml:"en"`
}

// In returns the text in a language ("it", "en", or a tag such as "en-GB"); any other language gets Italian.
func (t Text) In(lang string) string {
	if len(lang) >= 2 && lang[:2] == "en" {
		return t.En
	}
	return t.It
}

// IsZero reports whether the text is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }

// Complete reports whether the text is there in both languages.
func (t Text) Complete() bool { return t.It != "" && t.En != "" }

// Error is a mistake in something that a person wrote, told in both languages.
type Error struct {
	Text Text
}

// Error tells the mistake in Italian.
func (e *Error) Error() string { return e.Text.It }
