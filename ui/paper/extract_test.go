package paper_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bottega/desk"
	"bottega/ui/paper"
)

// run runs one of the programs that read our papers as others do.
func run(t *testing.T, name, debian string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: install the Debian package %s", name, debian)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func saved(t *testing.T, r *paper.Renderer, p desk.Paper) string {
	t.Helper()
	pdf, err := r.Render(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// text is what a paper says to a program that reads it, with blanks evened out, page by page: in the order of the lines on the
// page, or in the order in which they were written, which the letters of the practice mark do not disturb.
func text(t *testing.T, path, order string) []string {
	t.Helper()
	out := strings.TrimSuffix(run(t, "pdftotext", "poppler-utils", order, path, "-"), "\f")
	pages := strings.Split(out, "\f")
	for i := range pages {
		pages[i] = strings.Join(strings.Fields(pages[i]), " ")
	}
	return pages
}

// expected is what must be read on each paper, in each language; what both share comes first.
func expected() map[desk.PaperKind]map[string][]string {
	r, i, s := rosa(), ionut(), shpresa()
	return map[desk.PaperKind]map[string][]string{
		desk.PaperCertificate: {
			"":   {"E01", r.FiscalCode, "Bianchini Rosa", "2026-LU-0004711", "Azienda USL Toscana nord ovest"},
			"it": {"Attestato di esenzione", "senza scadenza", "Controlli che il medico scriva E01", "firma digitale", "1° aprile 2026"},
			"en": {"Certificate of exemption", "no end date", "Check that the doctor writes E01", "digital signature", "1 April 2026"},
		},
		desk.PaperMemo: {
			"":   {"E01", "E02", "E03", "E04", r.FiscalCode, "art. 8 c. 16"},
			"it": {"PROMEMORIA", "non sostituisce l'attestato", "non era collegata", "Sembrano spettarle", "Non sembrano spettarle", "Non le abbiamo controllate", "NON CONTROLLATA"},
			"en": {"does not replace the certificate", "had no network", "You seem to be entitled", "You do not seem", "We did not check these", "NOT CHECKED"},
		},
		desk.PaperDeclaration: {
			"":   {r.FiscalCode, i.FiscalCode, s.FiscalCode, "Țurcanu-Brâncoveanu", "Ștefăniță", "Çelaj Shpresë", "445/2000", "2025", "Lucca (LU)"},
			"it": {"articoli 46 e 47", "art. 76", "art. 75", "nucleo familiare", "Si impegna", "Luogo e data", "Firma", "documento d'identità", "tutore", "Data della DID"},
			"en": {"articles 46 and 47", "art. 76", "art. 75", "tax household", "Place and date", "Signature", "identity document", "Italian one"},
		},
		desk.PaperReceipt: {
			"":   {r.FiscalCode, "6090012345678000", "019a9b3c-7b3a-7c00-8000-00000000beef", "B 0012345", "SCR-778812", "Ionuț Țurcanu-Brâncoveanu", "09:41"},
			"it": {"RICHIESTA REGISTRATA", "PIN, PUK e CIP sono solo nella busta", "persona delegata"},
			"en": {"REQUEST RECORDED", "PIN, PUK and CIP are only in the sealed envelope"},
		},
		desk.PaperCardTest: {
			"":   {r.FiscalCode, "6090012345678000", "2029", "Bottega della Salute di Lucca"},
			"it": {"FUNZIONA", "NON FUNZIONA", "NON CONTROLLATA", "Il chip", "Come chiedere una tessera nuova", "duplicato"},
			"en": {"WORKS", "DOES NOT WORK", "NOT TESTED", "The chip", "How to ask for a new card"},
		},
		desk.PaperTakeHome: {
			"":   {"Rosa Bianchini", "Fascicolo sanitario", "0583 000000", "da lunedì a venerdì", "Tenga la busta", "fascicolosanitario.regione."},
			"it": {"Che cosa abbiamo fatto oggi", "Che cosa fare adesso", "Telefoni utili"},
			"en": {"What we did today", "What to do now", "Useful telephone numbers"},
		},
		desk.PaperErasure: {
			"":   {"019a9b3c-7b3a-7c00-8000-00000000f00d", "118", "3fa2917b c0de8845", "91c4be00 77a2d35f", "bottegactl journal proof --visit", "4c1d9a7e20f35b68"},
			"it": {"Attestazione di cancellazione", "Lo ha chiesto la persona", "12 registrazioni, tra la n. 31 e la n. 47", "chiave", "sovrascritte", "salvati come PDF", "copie", "conteggi del giorno"},
			"en": {"Statement of erasure", "The person concerned asked", "12 records, between no. 31 and no. 47", "key", "overwritten", "saved as PDF", "Backups", "figures of the day"},
		},
	}
}

func TestEveryPaperReadsRightAndIsSound(t *testing.T) {
	r, want := renderer(t), expected()
	for _, p := range ordinary() {
		for variant := range 8 {
			p.Lang, p.Large, p.Practice = []string{"it", "en"}[variant&1], variant&2 != 0, variant&4 != 0
			t.Run(name("ordinary", p), func(t *testing.T) {
				path := saved(t, r, p)
				run(t, "qpdf", "qpdf", "--check", path)
				order := "-layout"
				if p.Practice {
					order = "-raw"
				}
				readsRight(t, p, text(t, path, order), append(want[p.Kind][""], want[p.Kind][p.Lang]...))
			})
		}
	}
}

func readsRight(t *testing.T, p desk.Paper, pages, phrases []string) {
	t.Helper()
	all := strings.Join(pages, " ")
	for _, phrase := range phrases {
		if !strings.Contains(strings.ToLower(all), strings.ToLower(phrase)) {
			t.Errorf("%q is not on the paper:\n%s", phrase, all)
		}
	}
	if strings.ContainsAny(all, "{}\ufffd") {
		t.Errorf("a blank was not filled in, or a letter is broken:\n%s", all)
	}
	for i, page := range pages {
		footer := fmt.Sprintf("Pagina %d di %d", i+1, len(pages))
		if p.Lang == "en" {
			footer = fmt.Sprintf("Page %d of %d", i+1, len(pages))
		}
		if !strings.Contains(page, footer) || !strings.Contains(page, p.Number) {
			t.Errorf("page %d lacks its number or that of the paper:\n%s", i+1, page)
		}
		if strings.Contains(page, "PROVA") != p.Practice {
			t.Errorf("page %d of a paper with practice %v: %s", i+1, p.Practice, page)
		}
	}
}

func TestAScreenReaderIsToldTheLanguage(t *testing.T) {
	r := renderer(t)
	for _, lang := range []string{"it", "en"} {
		p := memo()
		p.Lang = lang
		catalogue := run(t, "qpdf", "qpdf", "--qdf", "--object-streams=disable", saved(t, r, p), "-")
		if !strings.Contains(catalogue, "/Lang ("+lang+")") || !strings.Contains(catalogue, "/DisplayDocTitle true") {
			t.Errorf("%s: the catalogue does not say the language", lang)
		}
	}
}

func TestLongAndEmptyPapersAreSoundToo(t *testing.T) {
	r := renderer(t)
	for _, p := range append(long(), empty()...) {
		path := saved(t, r, p)
		run(t, "qpdf", "qpdf", "--check", path)
		readsRight(t, p, text(t, path, "-layout"), nil)
	}
}

func TestTheHeadOfATableComesBackOnEveryPage(t *testing.T) {
	r := renderer(t)
	for _, p := range long() {
		if p.Kind != desk.PaperDeclaration {
			continue
		}
		heads := 0
		for _, page := range text(t, saved(t, r, p), "-layout") {
			if strings.Contains(page, "BRNLSU") {
				if !strings.Contains(page, "Cognome e nome Codice fiscale Nata/o il Coniuge A carico") {
					t.Errorf("rows without a head:\n%s", page)
				}
				heads++
			}
		}
		if heads < 2 {
			t.Errorf("the table stands on %d pages; this test needs a longer one", heads)
		}
	}
}

// TestThePrintedCodeIsTheCode reads the squares of the QR code back from the paper, as a telephone does.
func TestThePrintedCodeIsTheCode(t *testing.T) {
	const dpi = 300
	r := renderer(t)
	for _, p := range []desk.Paper{certificate(), takeHome()} {
		m, err := r.Measure(p)
		if err != nil || len(m.Codes) != 1 {
			t.Fatalf("%d codes, %v", len(m.Codes), err)
		}
		code := m.Codes[0]
		path := saved(t, r, p)
		page := strconv.Itoa(code.Page)
		run(t, "pdftoppm", "poppler-utils", "-gray", "-r", strconv.Itoa(dpi), "-f", page, "-l", page, "-singlefile", path, path)
		w, pixels := grey(t, path+".pgm")
		side := code.Size / float64(len(code.Dark))
		for row, cells := range code.Dark {
			for column, dark := range cells {
				x := int((code.X + (float64(column)+0.5)*side) * dpi / 72)
				y := int((code.Y + (float64(row)+0.5)*side) * dpi / 72)
				if (pixels[y*w+x] < 128) != dark {
					t.Fatalf("%s: module %d,%d is printed wrong", p.Kind, row, column)
				}
			}
		}
		if mm := side * 25.4 / 72; mm < 0.4 {
			t.Errorf("%s: modules of %.2f mm are too fine for a worn printer", p.Kind, mm)
		}
	}
}

// grey reads a PGM file: its width and its pixels.
func grey(t *testing.T, path string) (int, []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var w, h, most int
	if _, err := fmt.Fscanf(bytes.NewReader(data), "P5\n%d %d\n%d\n", &w, &h, &most); err != nil {
		t.Fatal(err)
	}
	return w, data[len(data)-w*h:]
}
