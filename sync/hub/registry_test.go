package hub_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bottega/desk"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
)

func sha256Base64(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func newHub(t testing.TB) *hub.Hub {
	t.Helper()
	h, err := hub.New(t.Context(), hub.Params{State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return h
}

func TestAFileIsReadHoweverItWasSaved(t *testing.T) {
	h := newHub(t)
	plain := cardsCSV()
	for name, text := range map[string]string{
		"plain": plain, "with a byte order mark": "\ufeff" + plain, "Windows line ends": strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons": strings.ReplaceAll(plain, ",", ";"), "mark, Windows, semicolons": "\ufeff" + strings.NewReplacer(",", ";", "\n", "\r\n").Replace(plain),
		"Italian dates":    strings.ReplaceAll(plain, "2099-12-31", "31/12/2099"),
		"capitals, blanks": strings.Replace(plain, "card_number,fiscal_code", " Card_Number , FISCAL_CODE", 1),
		"no last line end": strings.TrimSuffix(plain, "\n"), "quoted": strings.ReplaceAll(plain, "issued", `"issued"`),
		"empty lines": strings.ReplaceAll(plain, "\n", "\n\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if n, err := h.ImportCards(t.Context(), strings.NewReader(text), true); err != nil || n != 5 {
				t.Errorf("ImportCards = %d, %v", n, err)
			}
		})
	}
}

func TestColumnsMayStandInAnyOrder(t *testing.T) {
	text := "expires,state,card_number,fiscal_code\n,active," + cardOfNella + "," + nella().FiscalCode + "\n"
	if n, err := newHub(t).ImportCards(t.Context(), strings.NewReader(text), true); err != nil || n != 1 {
		t.Errorf("ImportCards = %d, %v", n, err)
	}
}

func TestAHeaderThatIsNotOneIsRefused(t *testing.T) {
	h := newHub(t)
	for name, text := range map[string]string{
		"empty file": "", "the other registry": exemptionsCSV(), "no header": strings.SplitN(cardsCSV(), "\n", 2)[1],
		"a column missing": "card_number,fiscal_code,state\n", "a column too many": "card_number,fiscal_code,state,expires,notes\n",
		"a column twice": "card_number,fiscal_code,state,state\n", "UTF-16": "\xff\xfec\x00a\x00", "a picture": "\x89PNG\r\n\x1a\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.ImportCards(t.Context(), strings.NewReader(text), false)
			if !errors.Is(err, hub.ErrHeader) || !strings.Contains(err.Error(), "card_number,fiscal_code,state,expires") && name != "UTF-16" {
				t.Errorf("ImportCards = %v", err)
			}
		})
	}
}

func TestEveryBrokenRowIsNamedAndNothingIsLoaded(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	fc := nella().FiscalCode
	text := "card_number,fiscal_code,state,expires\n" + // 1
		"6090010000000067," + fc + ",issued,\n" + // 2, good
		"12," + fc + ",issued,\n" + // 3
		"6090010000000075,BNCNLL48C45E715A,issued,\n" + // 4
		"6090010000000083," + fc + ",lost,\n" + // 5
		"6090010000000091," + fc + ",issued,2027-02-30\n" + // 6
		"6090010000000067," + fc + ",issued,\n" + // 7
		"6090010000000109," + fc + "\n" + // 8
		"6090010000000117,\"" + fc + ",issued,\n" // 9, never closed
	_, err := r.ImportCards(t.Context(), strings.NewReader(text), false)
	var broken *hub.FileError
	if !errors.As(err, &broken) {
		t.Fatalf("ImportCards = %v", err)
	}
	want := map[int]string{
		3: "line 3: number card_number", 4: "line 4: fiscal_code fiscal_code", 5: "line 5: state state", 6: "line 6: date expires",
		7: "line 7: twice card_number 2", 8: "line 8: columns  2", 9: "line 9: quotes",
	}
	if len(broken.Rows) != len(want) {
		t.Errorf("%d rows: %+v", len(broken.Rows), broken.Rows)
	}
	for _, row := range broken.Rows {
		if row.Error() != want[row.Row] {
			t.Errorf("%v, want %s", &row, want[row.Row])
		}
	}
	// The registry is the one from before.
	d := r.enrolled(t)
	d.journal.Add(activation("6090010000000067", nella()), activation(cardOfNella, nella()))
	d.send(t)
	if got := d.journal.Replies(); got[0].Kind != desk.ActivationRefused || got[1].Kind != desk.ActivationConfirmed {
		t.Errorf("replies: %+v", got)
	}
}

func TestBrokenExemptionsAreNamed(t *testing.T) {
	h := newHub(t)
	fc := nella().FiscalCode
	for name, tc := range map[string]struct{ row, fault, column string }{
		"no number":          {",E01," + fc + ",Bianchi,Nella,2026-04-01,,USL", "empty", "number"},
		"no beginning":       {"n,E01," + fc + ",Bianchi,Nella,,,USL", "empty", "valid_from"},
		"ends before":        {"n,E01," + fc + ",Bianchi,Nella,2026-04-01,2026-03-31,USL", "order", "valid_to"},
		"too old to sign":    {"n,E01," + fc + ",Bianchi,Nella,1960-04-01,,USL", "date", "valid_from"},
		"an endless name":    {"n,E01," + fc + "," + strings.Repeat("B", 101) + ",Nella,2026-04-01,,USL", "text", "surname"},
		"not UTF-8":          {"n,E01," + fc + ",Bianchi,Nell\xe0,2026-04-01,,USL", "encoding", "name"},
		"a line break":       {"n,E01," + fc + ",\"Bian\nchi\",Nella,2026-04-01,,USL", "text", "surname"},
		"fiscal code absent": {"n,E01,,Bianchi,Nella,2026-04-01,,USL", "fiscal_code", "fiscal_code"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Join(hub.Columns(store.Exemptions), ",") + "\n" + tc.row + "\n"
			_, err := h.ImportExemptions(t.Context(), strings.NewReader(text), false)
			var broken *hub.FileError
			if !errors.As(err, &broken) || len(broken.Rows) != 1 || broken.Rows[0] != (hub.RowError{Row: 2, Fault: tc.fault, Column: tc.column}) {
				t.Errorf("ImportExemptions = %v", err)
			}
		})
	}
}

func TestThousandsOfBrokenRowsAreCountedNotListed(t *testing.T) {
	text := strings.Join(hub.Columns(store.Cards), ",") + "\n" + strings.Repeat("1,2,3,4\n", 5000)
	_, err := newHub(t).ImportCards(t.Context(), strings.NewReader(text), false)
	var broken *hub.FileError
	if !errors.As(err, &broken) || len(broken.Rows)+broken.More != 5000 || len(broken.Rows) > 100 {
		t.Errorf("ImportCards = %v", err)
	}
}

func TestADryRunLoadsNothing(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	if n, err := r.ImportCards(t.Context(), strings.NewReader(cardsCSV()), true); err != nil || n != 5 {
		t.Fatalf("ImportCards = %d, %v", n, err)
	}
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()))
	d.send(t)
	if got := d.journal.Replies(); len(got) != 0 {
		t.Errorf("replies: %+v", got)
	}
}

func TestANewFileTakesThePlaceOfTheOld(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	text := fmt.Sprintf("card_number,fiscal_code,state,expires\n%s,%s,revoked,\n", cardOfNella, nella().FiscalCode)
	if _, err := r.ImportCards(t.Context(), strings.NewReader(text), false); err != nil {
		t.Fatal(err)
	}
	d := r.enrolled(t)
	d.journal.Add(activation(cardOfNella, nella()), activation(cardOfAgim, agim()))
	d.send(t)
	if got := d.journal.Replies(); got[0].Reason != "card_revoked" || got[1].Reason != "card_unknown" {
		t.Errorf("replies: %+v", got)
	}
}

func TestTheExampleFilesLoad(t *testing.T) {
	h := newHub(t)
	for name, load := range map[string]func(*os.File) (int, error){
		"testdata/cards.csv":      func(f *os.File) (int, error) { return h.ImportCards(t.Context(), f, false) },
		"testdata/exemptions.csv": func(f *os.File) (int, error) { return h.ImportExemptions(t.Context(), f, false) },
	} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := load(f); err != nil || n < 5 {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Whatever a file holds, it is loaded or every row at fault has a line of the file.
func FuzzRegistryFiles(f *testing.F) {
	f.Add(cardsCSV())
	f.Add(exemptionsCSV())
	f.Add("\ufeffcard_number;fiscal_code;state;expires\r\n\"1\n2\";3;4;5\r\n")
	h := newHub(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, load := range []func() (int, error){
			func() (int, error) { return h.ImportCards(t.Context(), strings.NewReader(text), true) },
			func() (int, error) { return h.ImportExemptions(t.Context(), strings.NewReader(text), true) },
		} {
			n, err := load()
			var broken *hub.FileError
			switch {
			case errors.As(err, &broken):
				for _, row := range broken.Rows {
					if row.Row < 2 || row.Row > strings.Count(text, "\n")+1 || !slices.Contains(hub.RowFaults(), row.Fault) || n != 0 {
						t.Fatalf("%d rows, broken: %+v", n, row)
					}
				}
			case err != nil && !errors.Is(err, hub.ErrHeader):
				t.Fatal(err)
			}
		}
	})
}
