package walk

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/guard"
	"bottega/desk/money"
)

// ErrorCode is what is wrong with an answer. The set is closed: each has its words.
type ErrorCode string

// The error codes.
const (
	Missing    ErrorCode = "missing"
	NotDigits  ErrorCode = "not_digits"
	NotDate    ErrorCode = "not_a_date"
	TooEarly   ErrorCode = "too_early"
	TooLate    ErrorCode = "too_late"
	NotChoice  ErrorCode = "not_a_choice"
	NotMoney   ErrorCode = "not_an_amount"
	BadFormat  ErrorCode = "bad_format"
	TooLong    ErrorCode = "too_long"
	Secret     ErrorCode = "secret"
	WalkIsOver ErrorCode = "walk_is_over"
)

// maxAnswer is more than any form of ours asks for.
const maxAnswer = 200

// FieldError is one answer refused: what is wrong and what to do.
type FieldError struct {
	Code ErrorCode
	Text bilingual.Text
}

// FieldErrors are the refused answers by id of field; on an Ask the id is the step's, and what is about the
// walk as a whole is under the empty id.
type FieldErrors map[string]FieldError

func messages() map[ErrorCode]bilingual.Text {
	return map[ErrorCode]bilingual.Text{
		Missing:    {It: "Manca la risposta: serve per andare avanti.", En: "The answer is missing: it is needed to go on."},
		NotDigits:  {It: "Solo cifre, senza lettere.", En: "Digits only, no letters."},
		NotDate:    {It: "Non è una data: scrivi giorno, mese e anno, per esempio 05/03/1950.", En: "Not a date: write day, month and year, for example 05/03/1950."},
		TooEarly:   {It: "La data è troppo indietro: ricontrolla giorno, mese e anno.", En: "The date is too far back: check day, month and year."},
		TooLate:    {It: "La data è troppo avanti: ricontrolla giorno, mese e anno.", En: "The date is too far ahead: check day, month and year."},
		NotChoice:  {It: "Scegli una delle risposte della lista.", En: "Choose one of the answers in the list."},
		NotMoney:   {It: "Non è un importo: scrivi per esempio 8.263,31.", En: "Not an amount: write for example 8.263,31 (full stop for thousands, comma for cents)."},
		BadFormat:  {It: "Il formato non torna: ricontrolla.", En: "The format is not right: check it."},
		TooLong:    {It: "È troppo lungo: bastano poche parole.", En: "It is too long: a few words are enough."},
		Secret:     {It: "Sembra un PIN, una password o un codice segreto: qui non si scrive mai. Cancellalo.", En: "This looks like a PIN, a password or a secret code: never write it here. Delete it."},
		WalkIsOver: {It: "Il percorso è già finito.", En: "The walk has already ended."},
	}
}

func fieldError(code ErrorCode) *FieldError { return &FieldError{Code: code, Text: messages()[code]} }

// normalise returns the answer as it is kept, empty when nothing was answered.
func (f Field) normalise(value string, l *lookup) (string, *FieldError) {
	value = strings.Join(strings.Fields(value), " ")
	if value == "" {
		if f.Required {
			return "", fieldError(Missing)
		}
		return "", nil
	}
	if utf8.RuneCountInString(value) > maxAnswer {
		return "", fieldError(TooLong)
	}
	value, wrong := f.typed(value, l)
	if wrong != nil {
		return "", wrong
	}
	if f.Pattern != "" && !f.matches(value) {
		wrong := fieldError(BadFormat)
		if f.Hint.Complete() {
			wrong.Text = bilingual.Text{It: wrong.Text.It + " " + f.Hint.It, En: wrong.Text.En + " " + f.Hint.En}
		}
		return "", wrong
	}
	return value, nil
}

func (f Field) typed(value string, l *lookup) (string, *FieldError) {
	switch f.Type {
	case DigitsField:
		digits := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(value)
		if strings.Trim(digits, "0123456789") != "" {
			return "", fieldError(NotDigits)
		}
		return digits, nil
	case DateField:
		return f.date(value, l)
	case ChoiceField:
		if !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.ID == value }) {
			return "", fieldError(NotChoice)
		}
		return value, nil
	case YesNoField:
		if value != Yes && value != No {
			return "", fieldError(NotChoice)
		}
		return value, nil
	case FiscalCodeField:
		return FiscalCode(value)
	case CardNumberField:
		return CardDigits(value)
	case MoneyField:
		amount, err := money.Parse(value)
		if err != nil {
			return "", fieldError(NotMoney)
		}
		return amount.String(), nil
	default:
		// Where a pattern says what the number is, a bare number is at home.
		looks := guard.LooksSecret
		if f.Pattern != "" {
			looks = guard.NamesSecret
		}
		if looks(value) != guard.Nothing {
			return "", fieldError(Secret)
		}
		return value, nil
	}
}

func (f Field) date(value string, l *lookup) (string, *FieldError) {
	day, err := civil.Parse(value)
	if err != nil {
		if day, err = civil.ParseItalian(value); err != nil {
			return "", fieldError(NotDate)
		}
	}
	if bound, ok := l.bound(f.NotBefore); ok && day.Before(bound) {
		return "", fieldError(TooEarly)
	}
	if bound, ok := l.bound(f.NotAfter); ok && day.After(bound) {
		return "", fieldError(TooLate)
	}
	return day.String(), nil
}

func (l *lookup) bound(limit string) (civil.Date, bool) {
	if limit == string(Today) {
		limit = l.facts[Today]
	}
	day, err := civil.Parse(limit)
	return day, err == nil && !day.IsZero()
}

func (f Field) matches(value string) bool {
	re, err := regexp.Compile(`^(?:` + f.Pattern + `)$`)
	return err == nil && re.MatchString(value)
}

// Shown is a kept answer as a form shows it: dates as DD/MM/YYYY, everything else as it is.
func (f Field) Shown(value string) string {
	if f.Type == DateField {
		if day, err := civil.Parse(value); err == nil && !day.IsZero() {
			return day.Italian()
		}
	}
	return value
}
