package walk

import (
	"errors"
	"strings"

	"bottega/desk/bilingual"
	"bottega/desk/cardnumber"
	"bottega/desk/fiscalcode"
)

// A scanner that acts as a keyboard types the fiscal code with the asterisks of Code 39 around it, and cards print their number
// in groups: both are read as they come. What is wrong is said so precisely that the eye finds it.

// fiscalCode returns a code as it is kept.
func fiscalCode(value string) (string, *FieldError) {
	code := fiscalcode.Normalise(value)
	return code, numberError(fiscalcode.Check(code), codeMistakes)
}

// cardNumber returns the sixteen digits of the chip, from them or from the twenty on the back.
func cardNumber(value string) (string, *FieldError) {
	number, err := cardnumber.Parse(strings.NewReplacer("*", "", ".", "", "-", "").Replace(value))
	return number, numberError(err, cardMistakes)
}

// mistake is an error of a number and its words.
type mistake struct {
	err  error
	text bilingual.Text
}

var codeMistakes = []mistake{
	{fiscalcode.ErrLength, bilingual.Text{It: "Il codice fiscale ha 16 lettere e cifre: conta di nuovo.", En: "A fiscal code has 16 letters and digits: count again."}},
	{fiscalcode.ErrShape, bilingual.Text{It: "Una lettera e una cifra sono scambiate: guarda O e 0, I e 1, S e 5.", En: "A letter and a digit are mixed up: look at O and 0, I and 1, S and 5."}},
	{fiscalcode.ErrDate, bilingual.Text{It: "La data di nascita dentro il codice non esiste: ricontrolla anno, mese e giorno (settimo-undicesimo carattere).", En: "The birth date inside the code does not exist: check year, month and day (seventh to eleventh character)."}},
	{fiscalcode.ErrCheck, bilingual.Text{It: "L'ultima lettera non torna con le altre: c'è un carattere sbagliato, ricontrolla uno per uno.", En: "The last letter does not agree with the rest: one character is wrong, check them one by one."}},
}

var cardMistakes = []mistake{
	{cardnumber.ErrShape, bilingual.Text{It: "Servono le 20 cifre sul retro, che cominciano con 80380, oppure le 16 del chip: conta di nuovo.", En: "It takes the 20 digits on the back, which begin with 80380, or the 16 of the chip: count again."}},
	{cardnumber.ErrCheck, bilingual.Text{It: "L'ultima cifra non torna con le altre: c'è una cifra sbagliata, ricontrolla una per una.", En: "The last digit does not agree with the rest: one digit is wrong, check them one by one."}},
}

func numberError(err error, mistakes []mistake) *FieldError {
	if err == nil {
		return nil
	}
	for _, m := range mistakes {
		if errors.Is(err, m.err) {
			return &FieldError{Code: BadFormat, Text: m.text}
		}
	}
	return fieldError(BadFormat)
}
