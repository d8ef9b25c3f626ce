// Package tour plays a whole day at a desk, by keyboard, on the real programs: the desk app in its two windows on an X server
// with two screens, the card service with a practice card in a virtual reader, a hub, and a printer in software. It leaves
// numbered pictures of both windows and every paper, and fails where any step does. Run it with
//
//	make tour
package tour

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
	"bottega/desk/desktest"
)

var out = flag.String("out", "../../build/tour", "folder for pictures, papers and logs")

// passphrase is nobody's; it opens a journal that lives as long as the tour.
const passphrase = "quattro gatti sul tetto"

// day is everything that stands around the desk for a day.
type day struct {
	*screen
	t       *testing.T
	out     string
	data    string
	hub     *hub
	printer printer
	cards   *pcscdtest.Daemon
	app     *program
}

func TestADayAtTheDesk(t *testing.T) {
	t.Parallel()
	d := begin(t)
	d.setUpTheDesk()
	d.hub.off()
	d.activateACard()
	d.checkAnExemption()
	d.carryTheDay()
	d.sendTheDay()
	d.printTheCertificate()
	d.eraseTheVisit()
	d.collectThePapers()
	d.checkTheJournal()
	d.tellNobody()
}

// begin starts all but the app. The hub is on: a desk is enrolled in the office, not in the piazza.
func begin(t *testing.T) *day {
	t.Helper()
	folder := folder(t)
	d := &day{t: t, out: folder, data: filepath.Join(t.TempDir(), "data"), screen: twoScreens(t, folder)}
	d.printer = startPrinter(t, folder)
	d.hub = &hub{t: t, state: filepath.Join(t.TempDir(), "hub"), address: freeAddress(t), log: filepath.Join(folder, "logs", "hub.log")}
	d.hub.on()
	d.cards = pcscdtest.ForTest(t)
	d.fillTheRegistries()
	return d
}

// fillTheRegistries tells the hub what the issuing bodies know of the citizen of the day.
func (d *day) fillTheRegistries() {
	d.t.Helper()
	today := civil.Of(time.Now())
	bruna, err := practice.Find("bruna", today)
	if err != nil {
		d.t.Fatal(err)
	}
	for kind, rows := range map[string]string{
		"cards": fmt.Sprintf("card_number,fiscal_code,state,expires\n%s,%s,issued,%s\n", bruna.Number, bruna.Holder.FiscalCode, bruna.Expires),
		"exemptions": fmt.Sprintf("number,code,fiscal_code,surname,name,valid_from,valid_to,issuer\nE01-2026-000104,E01,%s,%s,%s,%d-04-01,,%s\n",
			bruna.Holder.FiscalCode, bruna.Holder.Surname, bruna.Holder.Name, today.Year-1, "Azienda USL Toscana nord ovest"),
	} {
		file := filepath.Join(d.t.TempDir(), kind+".csv")
		if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
			d.t.Fatal(err)
		}
		tool(d.t, "bottegahub", nil, "registry", "import", "--state", d.hub.state, kind, file)
	}
}

// folder is where pictures, papers and logs go.
func folder(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(*out)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := os.RemoveAll(*out); err != nil {
		fmt.Fprintln(os.Stderr, "clearing the pictures of the last tour:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// startApp starts the desk app as a person does, and waits for its window.
func (d *day) startApp(args ...string) {
	d.t.Helper()
	cmd := exec.Command(filepath.Join(build, "bottega"), append([]string{"--data", d.data}, args...)...)
	cmd.Env = d.env("PCSCLITE_CSOCK_NAME="+d.cards.Socket(), "LC_ALL=it_IT.UTF-8", "HOME="+filepath.Dir(d.data), "XDG_RUNTIME_DIR="+filepath.Dir(d.data))
	d.app = start(d.t, cmd, filepath.Join(d.out, "logs", "app.log"))
}

// insert puts a practice card into the reader, until the returned function pulls it out.
func (d *day) insert(profile string) (pull func()) {
	d.t.Helper()
	card := exec.Command(filepath.Join(build, "bottegactl"), "practice", "--vpcd", d.cards.Address(0), "--profile", profile)
	p := start(d.t, card, filepath.Join(d.out, "logs", "card.log"))
	return func() { p.stop(syscall.SIGTERM) }
}

func (d *day) setUpTheDesk() {
	d.t.Helper()
	var code struct{ Code string }
	answer := tool(d.t, "bottegahub", nil, "enrol", "--state", d.hub.state, "--site", "Bottega di Lucca", "--json")
	if err := json.Unmarshal([]byte(answer), &code); err != nil || code.Code == "" {
		d.t.Fatalf("enrolment code: %v in %s", err, answer)
	}
	d.startApp()
	d.shows("Inizio")
	d.picture("primo-avvio")
	d.press("2")
	d.shows("Nuova postazione")
	for i, text := range []string{
		"Marta Tarchi", passphrase, passphrase, "Bottega della Salute di piazza San Michele", "Lucca", "LU-PIAZZA", "", "0583 000000", code.Code,
	} {
		if i > 0 {
			d.press("Tab")
		}
		if text != "" {
			d.press("ctrl+a")
			d.write(text)
		}
	}
	d.picture("nuova-postazione")
	d.press("Return")
	d.shows("Chiave di recupero")
	d.reads("Gruppo 8")
	d.picture("chiave-di-recupero")
	d.press("F10")
	d.shows("Inizio")
	d.reads("Tutto a posto")
	d.picture("inizio")
	d.choosePrinter()
	d.keepTheKey()
	d.copyTheJournal()
}

// choosePrinter tells the app where the printer of the office is.
func (d *day) choosePrinter() {
	d.t.Helper()
	d.press("F4")
	d.shows("Impostazioni")
	d.press("F5")
	d.shows("Stampanti")
	d.press("F6")
	d.shows("Indirizzo della stampante")
	d.write(d.printer.uri)
	d.press("Return")
	d.shows("Stampanti")
	d.picture("stampante")
	d.press("Return", "Return")
	d.shows("Inizio")
}

// step waits for a step of a walk, takes its picture and goes on with keys.
func (d *day) step(title, picture string, keys ...string) {
	d.t.Helper()
	d.shows("Percorso: " + title)
	if picture != "" {
		d.picture(picture)
	}
	d.press(keys...)
}

func (d *day) activateACard() {
	d.t.Helper()
	d.insert("bruna")
	d.reads("INNOCENTI")
	d.picture("tessera-letta")
	d.press("Return")
	d.shows("Visita")
	d.picture("visita")
	d.press("1")
	d.step("C'è il chip sulla tessera?", "chip", "1")
	d.step("L'informativa", "informativa", "1")
	d.step("La tessera nel lettore", "tessera-nel-lettore", "Return")
	d.step("Numero e scadenza della tessera", "numero-e-scadenza", "Return")
	d.step("Di chi è la tessera?", "di-chi", "1")
	d.step("Il documento di identità", "documento", "1")
	d.shows("Percorso: Gli estremi del documento")
	d.press("alt+1")
	d.write("CA00000AA")
	d.press("Tab")
	d.write("31/12/2031")
	d.step("Gli estremi del documento", "estremi", "Return")
	d.step("La richiesta di attivazione", "richiesta", "Return")
	d.step("La busta con i codici", "busta", "1")
	d.shows("Percorso: Il numero della busta")
	d.write("B0012345")
	d.step("Il numero della busta", "numero-busta", "Return")
	d.step("Il lettore per casa", "lettore", "1")
	d.shows("Percorso: Il lettore consegnato")
	d.write("SCR-778812")
	d.step("Il lettore consegnato", "lettore-consegnato", "Return")
	d.step("Proviamo la tessera", "", "1")
	d.step("La prova della tessera", "prova", "Return")
	d.typeThePIN()
	d.step("Il foglio della prova", "", "Return")
	d.reads("pronto")
	d.step("Il foglio della prova", "foglio-della-prova", "F4")
	d.reads("mandato alla stampante")
	d.press("Return")
	d.step("La ricevuta", "", "Return")
	d.reads("pronto")
	d.press("F4")
	d.reads("mandato alla stampante")
	d.step("La ricevuta", "ricevuta", "Return")
	d.shows("Esito")
	d.picture("esito")
	d.press("Return")
	d.shows("Visita")
}

// typeThePIN lets the citizen type on the keys of their own screen. There is no line: the card takes the PIN, and whether portals
// let it in stays open.
func (d *day) typeThePIN() {
	d.t.Helper()
	d.step("La prova con il PIN", "prova-con-il-pin", "Return")
	d.shows("Codici della tessera")
	d.reads("guarda altrove")
	d.press(strings.Split(practice.DefaultPIN, "")...)
	d.picture("il-cittadino-scrive-il-pin")
	d.press("Return")
	d.reads("ha preso il PIN")
	d.picture("pin-accettato")
	d.press("Return")
	d.step("La prova con il PIN", "", "Return")
	d.step("Un PIN scelto dal cittadino", "pin-scelto", "1")
}

// killApp ends the app as a laptop that falls does: nothing can be said or saved any more.
func (d *day) killApp() {
	d.t.Helper()
	d.app.stop(syscall.SIGKILL)
	clear(d.maximised)
}

// unlock opens the desk again after a start.
func (d *day) unlock(picture string) {
	d.t.Helper()
	d.startApp()
	d.shows("Sblocco")
	d.write(passphrase)
	d.picture(picture)
	d.press("Return")
	d.shows("Inizio")
}

func (d *day) checkAnExemption() {
	d.t.Helper()
	d.picture("visita-dopo")
	d.press("2")
	d.step("L'informativa", "", "1")
	d.step("Per chi è l'esenzione?", "esenzione-per-chi", "1")
	d.step("La data di nascita", "", "Return")
	d.step("Il lavoro", "lavoro", "4")

	// The laptop falls in the middle of a walk, and the walk goes on where it was.
	d.shows("Percorso: La pensione")
	d.killApp()
	d.unlock("sblocco-dopo-la-caduta")
	d.picture("inizio-dopo-la-caduta")
	d.press("F2")
	d.step("La pensione", "ripresa", "4")
	d.shows("Percorso: Il reddito, solo per il confronto")
	d.write("14.250,00")
	d.step("Il reddito, solo per il confronto", "reddito", "Return")
	d.step("Il controllo", "controllo", "Return")
	d.shows("Esenzioni")
	d.picture("verdetto")
	d.press("Return")
	d.step("Quale esenzione chiediamo?", "quale-esenzione", "1")
	d.step("La richiesta al registro", "richiesta-al-registro", "Return")
	d.step("La risposta del registro", "risposta-del-registro", "Return")
	d.step("Il foglio per il cittadino", "", "Return")
	d.reads("pronto")
	d.press("F4")
	d.reads("mandato alla stampante")
	d.step("Il foglio per il cittadino", "promemoria", "Return")
	d.step("L'autocertificazione", "autocertificazione", "2")
	d.shows("Esito")
	d.picture("esito-esenzione")
	d.press("Return")
	d.shows("Visita")
	d.picture("visita-alla-fine")
	d.press("F10")
	d.shows("Chiusura")
	d.press("1", "2")
	d.picture("chiusura")
	d.press("Return")
	d.shows("Inizio")
	d.picture("visita-chiusa")
}

// sendTheDay brings the line back after one more fall: what was recorded arrives, and the answers come.
func (d *day) sendTheDay() {
	d.t.Helper()
	d.killApp()
	d.hub.on()
	d.unlock("sblocco-di-sera")
	d.press("F3")
	d.shows("Coda")
	d.picture("coda")
	d.press("Return")
	d.reads("al sicuro")
	d.picture("inviato")
	d.press("Escape")
	d.shows("Inizio")
	d.reads("confermata")
	d.picture("risposte-arrivate")
}

// printTheCertificate prints what the registry confirmed, and has it checked by somebody who has only the paper and the hub's
// public keys.
func (d *day) printTheCertificate() {
	d.t.Helper()
	d.press("2")
	d.shows("Da seguire")
	d.picture("esenzione-trovata")
	d.press("Return")
	d.shows("Fogli")
	d.picture("fogli")
	d.press("3") // the certificate
	d.reads("Attestato")
	d.reads("pronto")
	d.press("Return")
	d.reads("mandato alla stampante")
	d.picture("attestato-stampato")
	d.press("1") // the sheet to take home
	d.reads("pronto")
	d.press("Return")
	d.reads("mandato alla stampante")
	d.press("Escape")
	d.shows("Da seguire")
	d.press("1") // obtained
	d.shows("Inizio")
}

// wanted are words that each printed paper of the day must say, in the order of printing.
var wanted = []string{
	"Chiave di recupero", "Controllo della tessera sanitaria", "Ricevuta: attivazione della tessera sanitaria", "non sostituisce l'attestato",
	"Attestato di esenzione dal ticket", "Che cosa abbiamo fatto oggi", "Attestazione di cancellazione",
}

// collectThePapers copies what the printer got next to the pictures, with a picture of each first page.
func (d *day) collectThePapers() {
	d.t.Helper()
	papers := d.printer.papers()
	if len(papers) != len(wanted) {
		d.t.Fatalf("the printer got %d papers, want %d: %v", len(papers), len(wanted), papers)
	}
	for i, paper := range papers {
		pdf, err := os.ReadFile(paper)
		if err != nil {
			d.t.Fatal(err)
		}
		file := filepath.Join(d.out, fmt.Sprintf("foglio-%d.pdf", i+1))
		if err := os.WriteFile(file, pdf, 0o644); err != nil {
			d.t.Fatal(err)
		}
		if text := d.run("pdftotext", "-layout", file, "-"); !strings.Contains(text, wanted[i]) {
			d.t.Errorf("%s does not say %q:\n%s", file, wanted[i], text)
		}
		d.run("pdftoppm", "-r", "80", "-png", file, strings.TrimSuffix(file, ".pdf"))
	}
	d.verifyTheCertificate(filepath.Join(d.out, "foglio-5.pdf"))
}

func (d *day) verifyTheCertificate(paper string) {
	d.t.Helper()
	keys := filepath.Join(d.t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, []byte(tool(d.t, "bottegahub", nil, "keys", "--state", d.hub.state)), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if said := tool(d.t, "bottegactl", []string{"LC_ALL=it_IT.UTF-8"}, "paper", "verify", paper, "--keys", keys); !strings.Contains(said, "E01") {
		d.t.Errorf("the certificate was not recognised: %s", said)
	}
}

// checkTheJournal makes sure, once the app has been closed by its own key, that nothing is wrong with what it leaves.
func (d *day) checkTheJournal() {
	d.t.Helper()
	d.press("alt+F4")
	select {
	case <-d.app.done:
	case <-time.After(patience):
		d.t.Fatal("the app did not close")
	}
	env := []string{"BOTTEGA_PASSPHRASE=" + passphrase, "BOTTEGA_DATA=" + d.data}
	tool(d.t, "bottegactl", env, "journal", "verify")
	bruna, err := practice.Find("bruna", civil.Of(time.Now()))
	if err != nil {
		d.t.Fatal(err)
	}
	personal := []string{
		bruna.Holder.FiscalCode, bruna.Holder.Surname, bruna.Holder.Name, bruna.Number, "Marta Tarchi", "CA00000AA", "B0012345",
		"14.250", passphrase,
	}
	hits, err := desktest.Found(d.data, personal)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, hit := range hits {
		d.t.Errorf("readable in the data folder: %s", hit)
	}
}
