package journal

import (
	"fmt"

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
	FaultEnd            FaultKind = "end"
	FaultHead           FaultKind = "head"
)

func faultWords() map[FaultKind]bilingual.Text {
	return map[FaultKind]bilingual.Text{
		FaultFile:           {It: "il file è danneggiato e da qui in poi non si legge", En: "the file is damaged and cannot be read from here on"},
		FaultGap:            {It: "la registrazione manca", En: "the entry is missing"},
		FaultRecord:         {It: "la registrazione è illeggibile", En: "the entry cannot be read"},
		FaultChain:          {It: "la registrazione non segue quella prima: una delle due è stata cambiata", En: "the entry does not follow the one before: one of the two was changed"},
		FaultHeader:         {It: "l'intestazione è stata cambiata dopo essere stata scritta", En: "the header was changed after it was written"},
		FaultContent:        {It: "il contenuto non è quello che fu scritto", En: "the content is not what was written"},
		FaultContentSeal:    {It: "il contenuto sigillato è stato cambiato o rovinato", En: "the sealed content was changed or spoilt"},
		FaultContentMissing: {It: "il contenuto è sparito, ma la visita non risulta cancellata", En: "the content is gone, though its visit was not erased"},
		FaultKey:            {It: "la chiave della visita manca o è rovinata", En: "the key of the visit is missing or spoilt"},
		FaultNotErased:      {It: "il contenuto c'è ancora, ma la visita risulta cancellata", En: "the content is still there, though its visit was erased"},
		FaultErasure:        {It: "la visita risulta cancellata, ma nessuna registrazione lo dice", En: "the visit stands as erased, and no entry says so"},
		FaultEnd:            {It: "il diario finisce prima di quello che il centro ha già ricevuto", En: "the journal ends before what the hub has received already"},
		FaultHead:           {It: "una delle due testate del file era rovinata, e da qui in poi possono mancare le ultime registrazioni", En: "one of the two heads of the file was spoilt, and the entries recorded last may be missing from here on"},
	}
}

// Fault is the first thing found wrong with a journal. As an error it is ErrDamaged.
type Fault struct {
	// Seq is the sequence of the entry at fault.
	Seq  uint64
	Kind FaultKind
}

// Text says it in plain words, in both languages.
func (f *Fault) Text() bilingual.Text {
	w := faultWords()[f.Kind]
	return bilingual.Text{
		It: fmt.Sprintf("Registrazione %d: %s.", f.Seq, w.It),
		En: fmt.Sprintf("Entry %d: %s.", f.Seq, w.En),
	}
}

// Error implements error.
func (f *Fault) Error() string { return fmt.Sprintf("entry %d: %s", f.Seq, faultWords()[f.Kind].En) }

// Unwrap makes errors.Is find ErrDamaged.
func (f *Fault) Unwrap() error { return ErrDamaged }
