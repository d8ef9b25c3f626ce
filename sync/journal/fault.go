package journal

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"bottega/desk/bilingual"
)

// FaultKind is one way in which a journal can be found not to be what was written. The set is closed; the value is a stable code.
type FaultKind string

// The faults.
const (
	FaultFile           FaultKind = "file"
	FaultGap            FaultKind = "gap"
	FaultRecord         FaultKind = "record"
	FaultChain          FaultKind = "chain"
	FaultHeader         FaultKind = "header"
	FaultContent        FaultKind = "content"
	FaultContentSeal    FaultKind = "content_seal"
	FaultContentMissing FaultKind = "content_missing"
	FaultKey            FaultKind = "key"
	FaultNotErased      FaultKind = "not_erased"
	FaultErasure        FaultKind = "erasure"
	FaultErasureFacts   FaultKind = "erasure_facts"
	FaultEnd            FaultKind = "end"
	FaultHead           FaultKind = "head"
	FaultState          FaultKind = "state"
	FaultIndex          FaultKind = "index"
)

// Fault is the first thing found wrong with a journal. As an error it is ErrDamaged.
type Fault struct {
	// Seq is the sequence of the entry at fault; zero when it is none of the entries.
	Seq  uint64
	Kind FaultKind
}

// Text says it in plain words, in both languages.
func (f *Fault) Text() bilingual.Text {
	w := words().Faults[f.Kind]
	if f.Seq == 0 {
		return bilingual.Text{It: upperFirst(w.It) + ".", En: upperFirst(w.En) + "."}
	}
	return bilingual.Text{
		It: fmt.Sprintf("Registrazione %d: %s.", f.Seq, w.It),
		En: fmt.Sprintf("Entry %d: %s.", f.Seq, w.En),
	}
}

// Error implements error.
func (f *Fault) Error() string {
	if f.Seq == 0 {
		return words().Faults[f.Kind].En
	}
	return fmt.Sprintf("entry %d: %s", f.Seq, words().Faults[f.Kind].En)
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// Unwrap makes errors.Is find ErrDamaged.
func (f *Fault) Unwrap() error { return ErrDamaged }
