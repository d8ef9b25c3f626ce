package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"bottega/cmd/internal/pages"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// patience is a safety net: no test waits for it unless something is broken.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main() // exits
	}
	testscript.Main(andStop{m}, map[string]func(){"bottegahub": main})
}

// andStop runs the tests and stops what they started.
type andStop struct{ *testing.M }

// Run implements testscript.TestingM.
func (s andStop) Run() int {
	code := s.M.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		return max(code, 1)
	}
	return code
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("BOTTEGA_LANG", "en")
			e.Setenv("BOTTEGAHUB_STATE", filepath.Join(e.WorkDir, "hub"))
			e.Values[journalKey{}] = clienttest.New()
			examples, err := filepath.Abs("../../sync/hub/testdata")
			e.Setenv("EXAMPLES", examples)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// awaitfile waits until a file is there.
			"awaitfile": func(ts *testscript.TestScript, _ bool, args []string) {
				for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
					if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
						return
					}
					if time.Now().After(deadline) {
						ts.Fatalf("%s does not come", args[0])
					}
				}
			},
			"desk": deskCommand,
			// deskid sets DESK to the identifier of the only desk in a list in JSON, which a file holds.
			"deskid": func(ts *testscript.TestScript, _ bool, args []string) {
				var list struct{ Desks []deskLine }
				ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &list))
				ts.Setenv("DESK", list.Desks[0].ID)
			},
			// listen sets LISTEN to the host and port of the address in a file.
			"listen": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv("LISTEN", strings.TrimPrefix(strings.TrimSpace(ts.ReadFile(args[0])), "https://"))
			},
			// awaithub waits until something accepts connections at an address.
			"awaithub": func(ts *testscript.TestScript, _ bool, args []string) {
				for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
					if conn, err := net.Dial("tcp", args[0]); err == nil {
						ts.Check(conn.Close())
						return
					}
					if time.Now().After(deadline) {
						ts.Fatalf("nobody at %s", args[0])
					}
				}
			},
			// private fails unless only its owner may open everything in a folder.
			"private": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(filepath.Walk(ts.MkAbs(args[0]), func(path string, info os.FileInfo, err error) error {
					if err == nil && info.Mode().Perm()&0o077 != 0 {
						ts.Fatalf("%s has mode %v", path, info.Mode())
					}
					return err
				}))
			},
		},
	})
}

// deskCommand is the other end of the line: "desk enrol FILE" takes the code in a file, "desk note" writes a fact, "desk send" sends
// what waits, "desk export FILE" seals it into a file, "desk take FILE" takes the answer to one, and "desk safe N" fails unless the
// hub is known to have N facts.
func deskCommand(ts *testscript.TestScript, neg bool, args []string) {
	j, ok := ts.Value(journalKey{}).(*clienttest.Journal)
	if !ok {
		ts.Fatalf("no journal")
	}
	c, err := client.New(context.Background(), client.Params{Journal: j, Identity: j, Program: "bottega script"})
	ts.Check(err)
	switch args[0] {
	case "enrol":
		_, err = c.Enrol(context.Background(), ts.ReadFile(args[1]))
	case "note":
		j.Add(desk.NoteAdded{Text: "fatto"})
	case "send":
		err = c.Send(context.Background())
	case "export":
		var parcel bytes.Buffer
		if _, err = c.Export(context.Background(), &parcel); err == nil {
			err = os.WriteFile(ts.MkAbs(args[1]), parcel.Bytes(), 0o600)
		}
	case "take":
		err = c.Import(context.Background(), strings.NewReader(ts.ReadFile(args[1])))
	case "safe":
		if got := strconv.FormatUint(c.Status().Safe, 10); got != args[1] {
			err = errors.New(got + " are safe")
		}
	}
	if neg != (err != nil) {
		ts.Fatalf("desk %v: %v", args, err)
	}
}

// journalKey is where a script keeps the journal of its desk.
type journalKey struct{}

// program runs bottegahub in this process and returns what it printed.
func program(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), args, &out, &errs, func(string) string { return "" })
	return out.String(), errs.String(), code
}

func done(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := program(t, args...)
	if code != exitDone {
		t.Fatalf("bottegahub %s = %d: %s", strings.Join(args, " "), code, errs)
	}
	return out
}

// The whole of it with the real program: serve on any port, enrol a desk with a printed code, ask before the registry is there,
// import it beside the running hub, and get the answer.
func TestARegistryImportedBesideAServingHubAnswersWhoWaited(t *testing.T) {
	state := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	in, out := io.Pipe()
	served := make(chan int, 1)
	go func() {
		served <- run(ctx, []string{"serve", "--json", "--state", state, "--listen", "127.0.0.1:0"}, out, io.Discard, os.Getenv)
	}()
	var ready struct{ Public string }
	if err := json.NewDecoder(in).Decode(&ready); err != nil || !strings.HasPrefix(ready.Public, "https://127.0.0.1:") {
		t.Fatalf("%+v, %v", ready, err)
	}
	defer func() {
		stop()
		if code := <-served; code != exitDone {
			t.Errorf("serve = %d", code)
		}
	}()

	code := strings.TrimSpace(done(t, "enrol", "--state", state, "--site", "LU-PIAZZA"))
	j := clienttest.New()
	d, err := client.New(t.Context(), client.Params{Journal: j, Identity: j, Program: "bottega test"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := d.Enrol(t.Context(), code); err != nil || e.Site != "LU-PIAZZA" {
		t.Fatalf("Enrol = %+v, %v", e, err)
	}
	nella := desk.Person{Surname: "Bianchi", Name: "Nella", FiscalCode: "BNCNLL48C45E715Q"}
	j.Add(desk.ActivationRequested{CardNumber: "6090010000000407", Holder: nella}, desk.ExemptionRequested{Person: nella, Code: "E01"})
	if err := d.Send(t.Context()); err != nil || len(j.Replies()) != 0 {
		t.Fatalf("Send = %v, replies %+v", err, j.Replies())
	}
	done(t, "registry", "import", "cards", "../../sync/hub/testdata/cards.csv", "--state", state)
	done(t, "registry", "import", "exemptions", "../../sync/hub/testdata/exemptions.csv", "--state", state)
	for deadline := time.Now().Add(patience); len(j.Replies()) < 2; time.Sleep(20 * time.Millisecond) {
		if err := d.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("replies: %+v", j.Replies())
		}
	}
	kinds := map[desk.ReplyKind]bool{}
	for _, r := range j.Replies() {
		kinds[r.Kind] = true
	}
	if !kinds[desk.ActivationConfirmed] || !kinds[desk.ExemptionFound] {
		t.Errorf("replies: %+v", j.Replies())
	}
	var list struct{ Desks []deskLine }
	if err := json.Unmarshal([]byte(done(t, "desks", "--json", "--state", state)), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Desks) != 1 || list.Desks[0].Site != "LU-PIAZZA" || list.Desks[0].Seen == nil || list.Desks[0].Entries != 4 || list.Desks[0].Program != "bottega test" {
		t.Errorf("desks: %+v", list.Desks)
	}
}

func TestAFileThatCannotBeWrittenWholeIsNotThere(t *testing.T) {
	dir := t.TempDir()
	full := errors.New("no space left")
	err := whole(filepath.Join(dir, "content.pacchetto"), 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of it")
		return errors.Join(err, full)
	})
	if left, dirErr := os.ReadDir(dir); !errors.Is(err, full) || dirErr != nil || len(left) > 0 {
		t.Errorf("whole = %v and left %v, %v", err, left, dirErr)
	}
}

func TestAClockThatIsOffShowsInTheList(t *testing.T) {
	catalog, err := text.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	a := &app{say: catalog.For(text.Italian)}
	seen := time.Now()
	table := a.deskTable([]deskLine{{ID: "a", Skew: 299, Seen: &seen}, {ID: "b", Skew: -360}})
	lines := strings.Split(table, "\n")
	if !strings.Contains(lines[1], "giusto") || !strings.Contains(lines[2], "sbagliato di -6m0s") || !strings.Contains(lines[2], "mai") {
		t.Error(table)
	}
}

// Every text that the program says is there in both languages: a missing one would show its key.
func TestWhatThePagesTellToTypeIsTaken(t *testing.T) {
	vars := kong.Vars{"state": "", "db": ""}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\$\{(help_[a-z_]+)\}`).FindAllSubmatch(source, -1) {
			vars[string(m[1])] = ""
		}
	}
	program, err := kong.New(new(grammar), kong.Name("bottegahub"), vars)
	if err != nil {
		t.Fatal(err)
	}
	wrong, found, err := pages.Wrong("../..", program.Model)
	if err != nil || found < 20 {
		t.Fatalf("%d commands in the pages, %v", found, err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	catalog, err := text.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, fault := range hub.RowFaults() {
		keys = append(keys, "hub.row."+fault)
	}
	for _, word := range hub.ParcelWords() {
		keys = append(keys, "hub.parcel."+word)
	}
	for _, name := range []string{"main.go", "commands.go", "serve.go", "desks.go", "backup.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:say\.[TN]\(|key :?= )"(hub\.[a-z_.]+[a-z])"`).FindAllSubmatch(source, -1) {
			keys = append(keys, string(m[1]))
		}
		for _, m := range regexp.MustCompile(`(?:failed\(|code: )"([a-z_]+)"`).FindAllSubmatch(source, -1) {
			keys = append(keys, "hub.error."+string(m[1])+".message", "hub.error."+string(m[1])+".advice")
		}
	}
	if len(keys) < 30 {
		t.Fatalf("only %d keys were found in the sources", len(keys))
	}
	for _, lang := range text.Languages() {
		for _, key := range keys {
			if !catalog.For(lang).Has(key) {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
		for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"enrol", "--help"}, {"registry", "import", "--help"},
			{"desks", "--help"}, {"desks", "revoke", "--help"}, {"backup", "--help"}, {"restore", "--help"}, {"import", "--help"}, {"replies", "--help"}, {"replies", "renumber", "--help"}} {
			if out := done(t, append([]string{"--lang", lang}, args...)...); strings.Contains(out, "hub.help") {
				t.Errorf("%s:\n%s", lang, out)
			}
		}
	}
}

func TestEveryFaultOfAPackIsSaidInBothLanguages(t *testing.T) {
	for _, lang := range text.Languages() {
		words := texttest.Localizer(t, lang)
		for _, fault := range wire.PackFaults() {
			if said := words.T("hub.pack_fault." + fault); len(said) < 15 {
				t.Errorf("%s, %s: %q", lang, fault, said)
			}
		}
	}
}
