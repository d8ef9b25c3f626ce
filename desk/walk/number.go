package walk

import (
	"errors"
	"fmt"
	"strings"

	"bottega/desk/bilingual"
	"bottega/desk/cardnumber"
	"bottega/desk/fiscalcode"
)

// A scanner that acts as a keyboard types the fiscal code with the asterisks of Code 39 around it, and cards print their number
// in groups: both are read as they come. What is wrong is said so precisely that the eye finds it.

// FiscalCode returns a code, typed or scanned, as it is kept, and what is wrong with it.
func FiscalCode(value string) (string, *FieldError) {
	_, err := fiscalcode.Parse(value)
	return fiscalcode.Normalise(value), numberError(err, codeMistakes)
}

// CardDigits returns the sixteen digits of the chip, from them or from the twenty on the back.
func CardDigits(value string) (string, *FieldError) {
	number, err := cardnumber.Parse(value)
	return number, numberError(err, cardMistakes)
}

// mistake is an error of a number and its words.
type mistake struct {
	err  error
	text bilingual.Text
}

var codeMistakes = []mistake{
	{fiscalcode.ErrLength, bilingual.Text{It: "Il codice fiscale ha 16 lettere e cifre (11 cifre se è provvisorio): conta di nuovo.", En: "A fiscal code has 16 letters and digits (11 digits while provisional): count again."}},
	{fiscalcode.ErrDate, bilingual.Text{It: "La data di nascita dentro il codice non esiste: ricontrolla anno, mese e giorno (settimo-undicesimo carattere).", En: "The birth date inside the code does not exist: check year, month and day (seventh to eleventh character)."}},
	{fiscalcode.ErrCheck, bilingual.Text{It: "L'ultima lettera non torna con le altre: c'è un carattere sbagliato, ricontrolla uno per uno.", En: "The last letter does not agree with the rest: one character is wrong, check them one by one."}},
	{fiscalcode.ErrProvisionalCheck, bilingual.Text{It: "L'ultima cifra del codice provvisorio non torna con le altre: ricontrolla una per una.", En: "The last digit of the provisional code does not agree with the rest: check them one by one."}},
}

var cardMistakes = []mistake{
	{cardnumber.ErrShape, bilingual.Text{It: "Servono le 20 cifre sul retro, che cominciano con 80380, oppure le 16 del chip: conta di nuovo.", En: "It takes the 20 digits on the back, which begin with 80380, or the 16 of the chip: count again."}},
	{cardnumber.ErrCheck, bilingual.Text{It: "L'ultima cifra non torna con le altre: c'è una cifra sbagliata, ricontrolla una per una.", En: "The last digit does not agree with the rest: one digit is wrong, check them one by one."}},
}

func numberError(err error, mistakes []mistake) *FieldError {
	if err == nil {
		return nil
	}
	if text := misplaced(err); !text.IsZero() {
		return &FieldError{Code: BadFormat, Text: text}
	}
	for _, m := range mistakes {
		if errors.Is(err, m.err) {
			return &FieldError{Code: BadFormat, Text: m.text}
		}
	}
	return fieldError(BadFormat)
}

// misplaced says which character or group of digits is wrong, where the error tells it.
func misplaced(err error) bilingual.Text {
	if e, ok := errors.AsType[*fiscalcode.PositionError](err); ok {
		want := bilingual.Text{It: "una lettera", En: "a letter"}
		switch {
		case e.Month:
			want = bilingual.Text{It: "la lettera di un mese (A B C D E H L M P R S T)", En: "the letter of a month (A B C D E H L M P R S T)"}
		case e.Digit:
			want = bilingual.Text{It: "una cifra", En: "a digit"}
		}
		return bilingual.Text{
			It: fmt.Sprintf("Il carattere numero %d dev'essere %s: guarda O e 0, I e 1, S e 5.", e.Position, want.It),
			En: fmt.Sprintf("Character number %d must be %s: look at O and 0, I and 1, S and 5.", e.Position, want.En),
		}
	}
	e, ok := errors.AsType[*cardnumber.GroupError](err)
	if !ok {
		return bilingual.Text{}
	}
	want := bilingual.Text{It: "il codice di una Regione", En: "the code of a Region"}
	if len(e.Want) > 0 {
		want = bilingual.Text{It: strings.Join(e.Want, " o "), En: strings.Join(e.Want, " or ")}
	}
	if e.From == e.To {
		return bilingual.Text{
			It: fmt.Sprintf("Guarda la cifra numero %d, contando da sinistra: ci vuole %s.", e.From, want.It),
			En: fmt.Sprintf("Look at digit number %d, counted from the left: it must be %s.", e.From, want.En),
		}
	}
	return bilingual.Text{
		It: fmt.Sprintf("Guarda le cifre dalla %d alla %d, contando da sinistra: ci vuole %s.", e.From, e.To, want.It),
		En: fmt.Sprintf("Look at digits %d to %d, counted from the left: they must be %s.", e.From, e.To, want.En),
	}
}
