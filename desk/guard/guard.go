// Package guard refuses text that looks like somebody's secret: a PIN, a PUK, a CIP, a one-time code, a password. Such things have
// no field in Bottega, so the only place they could slip into is a free remark, and there the desk asks this package first.
//
// It is a net against haste, not against intent: it knows Italian and English words, digits and digits in words; it does not see
// through a secret with no word near it inside a longer sentence, nor one that is deliberately disguised. Where it must choose, it
// refuses: a remark can be worded again, a secret on a disk cannot be taken back. What never counts as a secret is a date, a
// time, an amount, a fiscal code, a telephone number introduced as one, and a number introduced as a protocol, an envelope,
// a booking and the like.
//
// Everything that accepts free text may import it; it imports the standard library alone.
package guard

import (
	"regexp"
	"slices"
	"strings"
)

// Reason is why a text was refused.
type Reason string

// The reasons. Nothing says that no secret was seen.
const (
	Nothing  Reason = ""
	Code     Reason = "code"      // a number beside a word such as PIN, PUK, OTP
	Password Reason = "password"  // something like a password beside a word that announces one
	BareCode Reason = "bare_code" // nothing but a number as long as a PIN
)

// LooksSecret reports why a remark looks like a secret, or Nothing.
func LooksSecret(text string) Reason {
	if bareCode.MatchString(strings.TrimSpace(text)) {
		return BareCode
	}
	return NamesSecret(text)
}

// NamesSecret is LooksSecret for a field in which a bare number is at home, such as the number of a document or of an envelope:
// only a number or a password that is announced as a secret is refused.
func NamesSecret(text string) Reason {
	text = harmless(text)
	for _, clause := range clauseEnd.Split(text, -1) {
		if announcesPassword(clause) {
			return Password
		}
		if announcesCode(words(clause)) {
			return Code
		}
	}
	return Nothing
}

// CNS and CIE PINs have five to eight digits, their PUKs eight, one-time codes six; banks give PINs of four. Nine and more are
// telephone numbers, cards and protocols.
const (
	shortest = 4
	longest  = 8
)

var (
	bareCode  = regexp.MustCompile(`^\d([ .-]?\d){4,7}$`)
	clauseEnd = regexp.MustCompile(`[.;!?]+\s+|\n+`)
)

// masks are what is taken out before looking: numbers that say themselves what they are.
var masks = []*regexp.Regexp{
	// dates, times, and years that a preposition introduces
	regexp.MustCompile(`\b\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[:.]\d{2}\b`),
	regexp.MustCompile(`\b(classe|nato|nata|born|nel|del|dal|al|anno|in|of|since|from|year|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|january|february|march|april|may|june|july|august|september|october|november|december) (19|20)\d{2}\b`),
	// amounts with cents or with a currency
	regexp.MustCompile(`\b\d{1,3}([. ]?\d{3})*,\d{2}\b|\b\d+ ?(€|euro?\b)|€ ?\d+`),
	// fiscal codes, and the number of an electronic prescription
	regexp.MustCompile(`\b[a-z]{6}\d[\da-z]{9}\b|\b\d{4}[a-z]\d{10}\b`),
	// numbers introduced as something else than a secret
	regexp.MustCompile(`\b(prot(ocollo)?|pratica|busta|richiesta|ricevuta|prenotazione|ticket|seriale|serie|s/n|matricola|documento|passaporto|patente|interno|stanza|cap|fattura|bolletta|protocol|request|receipt|booking|envelope|serial|document|passport|licence|invoice|room|case)\.?( n| nr| num| numero| number| no)?[.°]?:? ?[a-z]{0,3}-?\d[\da-z/-]*`),
	regexp.MustCompile(`\b(tessera|carta|card) (n|nr|num|numero|number|no)\b\.?:? ?\d+`),
	// telephone numbers introduced as such
	regexp.MustCompile(`\b(tel|telefono|telefonare|telefonato|cell|cellulare|chiamare|chiamato|chiama|richiamare|numero verde|al numero|fax|phone|call|called|mobile|whatsapp)\.?( il| lo| al| the| at| inps)?:? ?\+?\d[\d /.-]*\d`),
}

var abbreviations = strings.NewReplacer("’", "'", "p.i.n.", "pin ", "p.u.k.", "puk ", "c.i.p.", "cip ", "o.t.p.", "otp ")

// harmless lowers the text and takes the numbers out that cannot be secrets.
func harmless(text string) string {
	text = abbreviations.Replace(strings.ToLower(text))
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\u00a0' }), " ")
	for _, m := range masks {
		text = m.ReplaceAllString(text, "…")
	}
	return text
}

// codeWords announce a number; they are compared word by word, so that "opinione" holds no PIN.
var codeWords = []string{"pin", "puk", "cip", "otp", "pins", "passcode", "cvv", "cvc", "pincode"}

// phrases are what announces a number in more than one word.
var phrases = regexp.MustCompile(
	`\b(codice|codici|code|codes) (segret\w+|di accesso|di verifica|di sicurezza|di conferma|monouso|usa e getta|sms|temporane\w+|ricevut\w+|arrivat\w+|via sms)|` +
		`\b(secret|security|access|verification|one[- ]time|confirmation|sms) codes?\b|\bcodic[ei] (è|e'|sono|:)|\bcodice[:=]? ?\d|\bcode (is|:)|\bcode[:=]? ?\d|\bnumero segreto\b`)

var glued = regexp.MustCompile(`\b(pin|puk|cip|otp|pwd|psw)(\d)|(\d)(pin|puk|cip|otp)\b`)

// words splits a clause, with phrases turned into one of the code words and digits in words into digits.
func words(clause string) []string {
	// The digit that ends "codice 1…" belongs to what follows.
	clause = phrases.ReplaceAllStringFunc(clause, func(m string) string {
		if last := m[len(m)-1]; last >= '0' && last <= '9' {
			return " otp " + string(last)
		}
		return " otp "
	})
	clause = glued.ReplaceAllString(clause, "$1$3 $2$4")
	all := strings.FieldsFunc(clause, func(r rune) bool {
		return r != '…' && !(r >= '0' && r <= '9') && !(r >= 'a' && r <= 'z') && r < 0x80
	})
	for i, w := range all {
		if d, spoken := spokenDigits[w]; spoken {
			all[i] = d
		}
	}
	return all
}

var spokenDigits = map[string]string{
	"zero": "0", "uno": "1", "due": "2", "tre": "3", "quattro": "4", "cinque": "5", "sei": "6", "sette": "7", "otto": "8", "nove": "9",
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}

// reach is how many words may stand between the word and the number.
const reach = 5

// announcesCode looks for a number as long as a code near a word that announces one.
func announcesCode(words []string) bool {
	for i, w := range words {
		if slices.Contains(codeWords, w) && hasCode(words[max(0, i-reach):min(len(words), i+reach+longest)]) {
			return true
		}
	}
	return false
}

// hasCode adds neighbouring groups of digits up: "12 34 5" is a code of five.
func hasCode(words []string) bool {
	run := 0
	for _, w := range append(slices.Clone(words), "") {
		if w != "" && strings.Trim(w, "0123456789") == "" {
			run += len(w)
			continue
		}
		if run >= shortest && run <= longest {
			return true
		}
		run = 0
	}
	return false
}

var (
	// passwordSet is a password announced with a colon, an equals sign or nothing but a word: "password: gatto".
	passwordSet = regexp.MustCompile(`\b(pass?w[oa]rds?|passwd|pwd|psw|pass|parola chiave|parola d'accesso|parola d'ordine|passphrase)( spid| cie| inps| poste| email| mail| nuova| new)? ?[:=] ?(\S{4,})`)
	// passwordNear is a word after which something like a password is one, up to four words on.
	passwordNear = regexp.MustCompile(`\b(pass?w[oa]rds?|passwd|pwd|psw|pass|parola chiave|parola d'accesso|passphrase|credenziali|credentials|utente|user|username|login|spid)\b((?:[ :=/,]+\S+){1,4})`)
)

// states are words that follow "password:" without being one.
var states = []string{
	"dimenticata", "scaduta", "persa", "smarrita", "bloccata", "cambiata", "reimpostata", "recuperata", "nuova", "sconosciuta",
	"funziona", "sbagliata", "errata", "nessuna", "manca", "creata", "aggiornata", "non", "deve", "vuole", "forgotten", "expired",
	"lost", "blocked", "changed", "reset", "unknown", "wrong", "missing", "created", "none", "must", "wants", "does", "…",
}

func announcesPassword(clause string) bool {
	if m := passwordSet.FindStringSubmatch(clause); m != nil && !slices.Contains(states, strings.Trim(m[3], ",.()")) {
		return true
	}
	for _, m := range passwordNear.FindAllStringSubmatch(clause, -1) {
		for _, w := range strings.FieldsFunc(m[2], func(r rune) bool { return strings.ContainsRune(" :=/,", r) }) {
			if likePassword(strings.Trim(w, `.()"'«»?!`)) {
				return true
			}
		}
	}
	return false
}

// likePassword reports whether a word mixes letters with digits or signs as passwords do, and words do not.
func likePassword(w string) bool {
	if len(w) < 6 || strings.Contains(w, "…") || emailOrSite.MatchString(w) {
		return false
	}
	letter := strings.ContainsFunc(w, func(r rune) bool { return r >= 'a' && r <= 'z' })
	other := strings.ContainsAny(w, "0123456789!@#$%&*?_+=")
	return letter && other
}

var emailOrSite = regexp.MustCompile(`^[\w.+-]+@[\w-]+(\.[\w-]+)+$|^(https?:|www\.)|^[a-z0-9-]+(\.[a-z]{2,})+$`)
