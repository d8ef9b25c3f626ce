package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bottega/desk/bilingual"
)

// Problem is something that a person at the desk can be told and can do something about. The set is closed; the value is a stable
// code for scripts. Problems are matched with errors.Is.
type Problem string

// The problems.
const (
	ErrNone               Problem = "journal_none"
	ErrExists             Problem = "journal_exists"
	ErrInUse              Problem = "journal_in_use"
	ErrNewer              Problem = "journal_newer"
	ErrDamaged            Problem = "journal_damaged"
	ErrClosed             Problem = "journal_closed"
	ErrLocked             Problem = "journal_locked"
	ErrWrongPassphrase    Problem = "passphrase_wrong"
	ErrTooSoon            Problem = "passphrase_too_soon"
	ErrShortPassphrase    Problem = "passphrase_short"
	ErrUnknownFacilitator Problem = "facilitator_unknown"
	ErrLastFacilitator    Problem = "facilitator_last"
	ErrSigla              Problem = "facilitator_sigla"
	ErrSiglaTaken         Problem = "facilitator_sigla_taken"
	ErrDiskFull           Problem = "disk_full"
	ErrReadOnly           Problem = "disk_read_only"
	ErrDisk               Problem = "disk_failing"
	ErrUnknownVisit       Problem = "visit_unknown"
	ErrVisitErased        Problem = "visit_erased"
)

type words struct{ title, advice bilingual.Text }

func problems() map[Problem]words {
	return map[Problem]words{
		ErrNone: {
			bilingual.Text{It: "in questa cartella non c'è un diario", En: "there is no journal in this folder"},
			bilingual.Text{It: "Controlla la cartella, oppure prepara la postazione dalla prima schermata.", En: "Check the folder, or set up the desk from the first screen."},
		},
		ErrExists: {
			bilingual.Text{It: "in questa cartella c'è già un diario", En: "there is a journal in this folder already"},
			bilingual.Text{It: "Aprilo, oppure scegli un'altra cartella: un diario non si sovrascrive.", En: "Open it, or choose another folder: a journal is never overwritten."},
		},
		ErrInUse: {
			bilingual.Text{It: "il diario è già aperto in un'altra finestra o in un altro programma", En: "the journal is already open in another window or program"},
			bilingual.Text{It: "Torna alla finestra già aperta, oppure chiudila e riprova.", En: "Go back to the window that is open, or close it and try again."},
		},
		ErrNewer: {
			bilingual.Text{It: "il diario è stato scritto da una versione più nuova di Bottega", En: "the journal was written by a newer version of Bottega"},
			bilingual.Text{It: "Aggiorna Bottega su questo computer.", En: "Update Bottega on this computer."},
		},
		ErrDamaged: {
			bilingual.Text{It: "il file del diario è danneggiato", En: "the file of the journal is damaged"},
			bilingual.Text{It: "Non cancellare niente: metti da parte una copia della cartella e ripristina l'ultima copia di sicurezza.", En: "Delete nothing: set a copy of the folder aside and restore the last backup."},
		},
		ErrClosed: {
			bilingual.Text{It: "il diario è chiuso", En: "the journal is closed"},
			bilingual.Text{It: "Riavvia Bottega.", En: "Start Bottega again."},
		},
		ErrLocked: {
			bilingual.Text{It: "la postazione è bloccata", En: "the desk is locked"},
			bilingual.Text{It: "Sbloccala con la tua frase di accesso.", En: "Unlock it with your passphrase."},
		},
		ErrWrongPassphrase: {
			bilingual.Text{It: "la frase di accesso non è giusta", En: "the passphrase is not right"},
			bilingual.Text{It: "Controlla le maiuscole e la sigla scelta, poi riprova.", En: "Check capital letters and the sigla that was chosen, then try again."},
		},
		ErrTooSoon: {
			bilingual.Text{It: "bisogna aspettare prima di riprovare", En: "there is a wait before the next try"},
			bilingual.Text{It: "Aspetta: dopo ogni errore l'attesa cresce, fino a cinque minuti.", En: "Wait: the pause grows with each mistake, up to five minutes."},
		},
		ErrShortPassphrase: {
			bilingual.Text{It: "la frase di accesso è troppo corta", En: "the passphrase is too short"},
			bilingual.Text{It: "Usa almeno 8 caratteri; tre o quattro parole a caso vanno bene.", En: "Use at least 8 characters; three or four random words do well."},
		},
		ErrUnknownFacilitator: {
			bilingual.Text{It: "questo facilitatore non c'è su questa postazione", En: "this facilitator is not on this desk"},
			bilingual.Text{It: "Scegli una sigla dall'elenco.", En: "Choose a sigla from the list."},
		},
		ErrLastFacilitator: {
			bilingual.Text{It: "è l'ultimo facilitatore: senza di lui nessuno aprirebbe più il diario", En: "this is the last facilitator: without one nobody could open the journal any more"},
			bilingual.Text{It: "Aggiungi prima un altro facilitatore.", En: "Add another facilitator first."},
		},
		ErrSigla: {
			bilingual.Text{It: "la sigla non va bene", En: "the sigla will not do"},
			bilingual.Text{It: "Usa da 1 a 16 lettere e cifre, senza spazi. La sigla si legge anche a postazione bloccata: non serve che sia il tuo nome.", En: "Use 1 to 16 letters and digits, no blanks. It can be read while the desk is locked: it need not be your name."},
		},
		ErrSiglaTaken: {
			bilingual.Text{It: "questa sigla è già di un altro facilitatore", En: "another facilitator has this sigla already"},
			bilingual.Text{It: "Scegline un'altra.", En: "Choose another one."},
		},
		ErrDiskFull: {
			bilingual.Text{It: "il disco è pieno: l'ultima cosa non è stata registrata", En: "the disk is full: the last thing was not recorded"},
			bilingual.Text{It: "Libera spazio sul disco e ripeti; quello che era già registrato è al sicuro.", En: "Make room on the disk and do it again; what was recorded before is safe."},
		},
		ErrReadOnly: {
			bilingual.Text{It: "la cartella dei dati non si può scrivere", En: "the data folder cannot be written"},
			bilingual.Text{It: "Controlla i permessi della cartella, o che il disco non sia protetto.", En: "Check the permissions of the folder, or whether the disk is protected."},
		},
		ErrDisk: {
			bilingual.Text{It: "il disco non conferma quello che scrive", En: "the disk does not confirm what it writes"},
			bilingual.Text{It: "Chiudi e riapri Bottega, controlla le ultime cose registrate e fai subito una copia di sicurezza.", En: "Close and reopen Bottega, check what was recorded last, and make a backup at once."},
		},
		ErrUnknownVisit: {
			bilingual.Text{It: "questa visita non è nel diario", En: "this visit is not in the journal"},
			bilingual.Text{It: "Controlla il codice della visita.", En: "Check the identifier of the visit."},
		},
		ErrVisitErased: {
			bilingual.Text{It: "questa visita è stata cancellata", En: "this visit was erased"},
			bilingual.Text{It: "Apri una nuova visita.", En: "Open a new visit."},
		},
	}
}

// Problems returns the whole closed set, sorted.
func Problems() []Problem { return slices.Sorted(maps.Keys(problems())) }

// Error says in English what happened.
func (p Problem) Error() string { return problems()[p].title.En }

// Title says what happened, in both languages.
func (p Problem) Title() bilingual.Text { return problems()[p].title }

// Advice says what to do next, in both languages.
func (p Problem) Advice() bilingual.Text { return problems()[p].advice }

// Refused is a passphrase that was not taken: ErrWrongPassphrase or ErrTooSoon.
type Refused struct {
	Reason Problem
	// Wait is how long the next try has to wait from now.
	Wait time.Duration
}

// Error implements error.
func (r *Refused) Error() string {
	if r.Wait <= 0 {
		return r.Reason.Error()
	}
	return fmt.Sprintf("%s (next try in %s)", r.Reason.Error(), r.Wait.Round(time.Second))
}

// Unwrap makes errors.Is find the reason.
func (r *Refused) Unwrap() error { return r.Reason }

// diskProblem names what the disk did, keeping the cause. bbolt flattens some causes into text, hence the second look.
func diskProblem(err error) error {
	var known Problem
	if err == nil || errors.As(err, &known) {
		return err
	}
	for _, c := range diskErrors() {
		for _, errno := range c.errnos {
			if errors.Is(err, errno) || strings.Contains(err.Error(), errno.Error()) {
				return fmt.Errorf("%w: %w", c.problem, err)
			}
		}
	}
	return err
}
