package tour

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// keepTheKey makes a recovery key, prints it, and proves with the paper in hand that it is written down: what a facilitator does who
// put it off at the set-up.
func (d *day) keepTheKey() {
	d.t.Helper()
	d.press("F4")
	d.shows("Impostazioni")
	d.press("F2")
	d.shows("La postazione")
	d.picture("la-postazione")
	d.press("1")
	d.shows("Persone")
	d.picture("persone")
	d.press("F4")
	d.shows("Chiave di recupero")
	d.press("Return")
	d.reads("Gruppo 8")
	d.press("F4")
	d.reads("mandato alla stampante")
	d.picture("chiave-stampata")
	d.press("Return")
	group := d.askedGroup()
	d.write(d.printedKey()[group])
	d.picture("un-gruppo-della-chiave")
	d.press("Return")
	d.shows("Persone")
	d.reads("La chiave di recupero")
	d.press("Escape")
	d.shows("La postazione")
}

// askedGroup reads which group of the key is wanted, from zero.
func (d *day) askedGroup() int {
	d.t.Helper()
	wanted := regexp.MustCompile(`gruppo numero ([1-8])`)
	group := 0
	d.until("the question for a group", func() error {
		seen, err := d.seen()
		if err != nil {
			return err
		}
		found := wanted.FindStringSubmatch(strings.ToLower(seen))
		if found == nil {
			return errors.New("no number can be read in\n" + seen)
		}
		group = int(found[1][0] - '1')
		return nil
	})
	return group
}

// printedKey reads the groups of the key from the paper.
func (d *day) printedKey() []string {
	d.t.Helper()
	papers := d.printer.papers()
	if len(papers) != 1 {
		d.t.Fatalf("the printer got %v, want the key alone", papers)
	}
	groups := regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{5}\b`).FindAllString(d.run("pdftotext", "-layout", papers[0], "-"), -1)
	if len(groups) != 8 {
		d.t.Fatalf("the paper of the key has the groups %v", groups)
	}
	return groups
}

// copyTheJournal makes a backup, which is restored elsewhere.
func (d *day) copyTheJournal() {
	d.t.Helper()
	d.press("3")
	d.shows("Copia di sicurezza")
	d.press("Return")
	d.shows("Dove va la copia")
	d.picture("dove-va-la-copia")
	d.press("1")
	d.shows("Copia di sicurezza")
	d.reads("ricontrollata")
	d.picture("copia-fatta")
	d.press("Escape", "Escape", "Escape")
	d.shows("Inizio")
	copied := d.written("*.copia")
	restored := filepath.Join(d.t.TempDir(), "restored")
	tool(d.t, "bottegactl", []string{"BOTTEGA_PASSPHRASE=" + passphrase, "BOTTEGA_DATA=" + restored}, "journal", "restore", copied)
}

// written finds the one file of that pattern where the app writes files.
func (d *day) written(pattern string) string {
	d.t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(d.data), pattern))
	if err != nil || len(found) != 1 {
		d.t.Fatalf("%s is there as %v, %v", pattern, found, err)
	}
	return found[0]
}

// carryTheDay takes what was recorded to the hub without any line: in a sealed file, whose answer comes back the same way.
func (d *day) carryTheDay() {
	d.t.Helper()
	d.press("F3")
	d.shows("Coda")
	d.picture("coda-senza-linea")
	d.press("F2")
	d.shows("Plico per il centro")
	d.picture("plico")
	d.press("1")
	d.shows("Coda")
	d.reads("Plico scritto")
	d.picture("plico-scritto")
	tool(d.t, "bottegahub", nil, "import", "--state", d.hub.state, d.written("*.plico"))
	d.press("F4")
	d.shows("Risposta del centro")
	d.picture("risposta-del-centro")
	d.press("1")
	d.shows("Coda")
	d.reads("Risposta letta")
	d.picture("risposta-letta")
	d.press("Escape")
	d.shows("Inizio")
	d.reads("confermata")
}

// eraseTheVisit finds the visit of the day, erases it because the citizen asks for it, and prints the proof.
func (d *day) eraseTheVisit() {
	d.t.Helper()
	d.press("F10")
	d.shows("Cerca")
	d.write("bru")
	d.reads("Una visita")
	d.picture("cerca-una-persona")
	d.press("alt+1")
	d.shows("Visita")
	d.picture("visita-di-prima")
	d.press("F10")
	d.shows("Cancellazione")
	d.picture("cancellare")
	d.press("F10")
	d.reads("ultima domanda")
	d.picture("cancellare-davvero")
	d.press("F5")
	d.shows("Visita cancellata")
	d.press("F4")
	d.reads("mandato alla stampante")
	d.picture("prova-della-cancellazione")
	d.press("Return")
	d.shows("Cerca")
	d.reads("Nessuna visita")
	d.press("Escape")
	d.shows("Inizio")
	d.picture("fine-giornata")
}

// tellNobody makes sure that no file which left the desk says anything of anybody.
func (d *day) tellNobody() {
	d.t.Helper()
	for _, pattern := range []string{"*.plico", "*.ricevuta", "*.copia"} {
		data, err := os.ReadFile(d.written(pattern))
		if err != nil {
			d.t.Fatal(err)
		}
		for _, word := range []string{passphrase, "Marta Tarchi", "INNOCENTI", "B0012345"} {
			if strings.Contains(string(data), word) {
				d.t.Errorf("%s says %q", pattern, word)
			}
		}
	}
}
