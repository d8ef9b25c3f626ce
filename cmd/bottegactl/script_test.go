package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cardreader/pcsc"
	cardpractice "bottega/cardreader/practice"
	"bottega/cmd/internal/doctor"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/sync/hub"
	"bottega/sync/hub/hubtest"
	"bottega/sync/journal"
	"bottega/ui/paper/printer"
	"bottega/ui/text"
)

// testCard is the variable by which a script puts a practice card in the reader: the name of a card, or none, empty, down.
const testCard = "TEST_CARD"

// testRoot is the variable by which a script has a computer for the doctor to examine: the folder that holds its files. Without it
// the computer has none.
const testRoot = "TEST_ROOT"

// testPrinter is the variable by which a script has a printer: the file that it prints to.
const testPrinter = "TEST_PRINTER"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bottegactl": func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv, scriptRooms(os.Getenv(testCard))))
		},
	})
}

// scriptRooms are a reader in software and the clock of the computer: a script touches no reader and no printer of this machine.
func scriptRooms(card string) rooms {
	return rooms{
		openPort:  func() cardreader.Port { return scriptReader(card) },
		readCard:  house.Cards().Read,
		withdrawn: scriptAuthority,
		openCodes: func(p cardreader.Port, d login.Door) cardreader.Codes { return &cns.Codes{Port: p, Door: d} },
		printers:  filePrinter(os.Getenv(testPrinter)),
		now:       scriptNow,
		computer:  func(p doctor.Params) *doctor.Computer { return scriptComputer(p, card) },
	}
}

// testClock is the variable by which a script sets the clock of the computer wrong, by so much.
const testClock = "TEST_CLOCK"

func scriptNow() time.Time {
	wrong, err := time.ParseDuration(cmp.Or(os.Getenv(testClock), "0s"))
	if err != nil {
		panic(err)
	}
	return time.Now().Add(wrong)
}

// testAuthority is the variable by which a script has an authority that has withdrawn every card: "revoked". Otherwise it is the
// one of the card, and practice cards name nobody to ask.
const testAuthority = "TEST_AUTHORITY"

func scriptAuthority(ctx context.Context, c *desk.CardCertificate) desk.CertificateCheck {
	if os.Getenv(testAuthority) == "revoked" {
		at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		return desk.CertificateCheck{Aspect: desk.AspectRevocation, Result: desk.PartFails, Reason: desk.ReasonRevoked, At: at}
	}
	return house.TerminalAsker().Ask(ctx, c)
}

// scriptComputer is a Linux whose files a script wrote, with its reader and its printer. A display answers when it is called :7.
func scriptComputer(p doctor.Params, card string) *doctor.Computer {
	c := doctor.Here(p)
	c.Linux(os.DirFS(cmp.Or(os.Getenv(testRoot), os.Getenv("WORK")+"/no-computer")))
	c.Now = scriptNow
	c.Cards, c.NoCards = func() cardreader.Port { return scriptReader(card) }, false
	c.Printers = func(...string) desk.Printers { return filePrinter(os.Getenv(testPrinter)) }
	c.Run = func(context.Context, string, ...string) (string, error) { return "", errors.New("no programs") }
	c.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
		if address != "/tmp/.X11-unix/X7" {
			return nil, errors.New("nobody listens")
		}
		conn, other := net.Pipe()
		return conn, other.Close()
	}
	return c
}

// filePrinter is a printer that writes what it is given to a file of its own name; without a name there is no printer.
type filePrinter string

func (p filePrinter) List(context.Context) ([]desk.PrinterInfo, error) {
	if p == "" {
		return nil, nil
	}
	return []desk.PrinterInfo{{URI: string(p), Name: "Stampante di prova", Ready: true}}, nil
}

func (p filePrinter) Print(_ context.Context, uri, _ string, pdf []byte) error {
	if uri != string(p) {
		return &printer.Error{Code: printer.NotFound, Printer: uri}
	}
	return os.WriteFile(uri, pdf, 0o600)
}

func (filePrinter) Clear(context.Context, string) error { return nil }

func scriptReader(card string) cardreader.Port {
	reader := cardpractice.NewReader("Lettore di prova 00")
	switch card {
	case "", "none":
		return noReader{}
	case "pcscd":
		return pcsc.New() // the private one of the scripts that start one
	case "empty":
		return reader
	case "down":
		_ = reader.Close()
		return reader
	}
	profile, err := cardpractice.Find(card, civil.Of(time.Now()))
	if err != nil {
		panic(err)
	}
	plugged, err := cardpractice.New(profile)
	if err != nil {
		panic(err)
	}
	reader.Insert(plugged)
	return reader
}

// noReader is a card service to which no reader is attached.
type noReader struct{}

func (noReader) Watch(ctx context.Context, known []cardreader.ReaderState, limit time.Duration) ([]cardreader.ReaderState, error) {
	if known != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(limit):
		}
	}
	return []cardreader.ReaderState{}, nil
}

func (noReader) Connect(context.Context, string) (cardreader.Link, error) {
	return nil, cardreader.NoReader
}

func (noReader) Close() error { return nil }

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"nothing":     nothing,
			"visitid":     visitID,
			"firstvisit":  firstVisit,
			"refused":     refusedEntry,
			"paperkey":    paperKey,
			"window":      openWindow,
			"appends":     appends,
			"hub":         startHub,
			"takesparcel": takesParcel,
			"stophub":     stopHub,
			"forges":      forges,
			"door":        openDoor,
			"portal":      openPortal,
			"publish":     publishPack,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("TODAY", civil.Of(time.Now()).String())
			e.Values[theHub] = &runningHub{stop: func() error { return nil }}
			return nil
		},
	})
}

// exits runs a program and wants exactly this exit code: exits 3 bottegactl card read.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("running %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// nothing wants a file, or the words stdout and stderr, to hold none of the given words: nothing stderr ROSSI.
func nothing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: nothing FILE WORD...")
	}
	held := ts.ReadFile(args[0])
	for _, word := range args[1:] {
		if strings.Contains(held, word) {
			ts.Fatalf("%s holds %q:\n%s", args[0], word, held)
		}
	}
}

// startHub serves a hub for the rest of the script, with two registries loaded: hub CARDS.csv EXEMPTIONS.csv. It leaves an
// enrolment code in CODE and the hub's public keys in keys.json.
func startHub(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	h, stop, err := hubtest.Start(hub.Params{State: ts.MkAbs("hub-state")})
	ts.Check(err)
	running := ts.Value(theHub).(*runningHub)
	running.hub, running.stop = h, stop
	ts.Defer(func() { ts.Check(stop()) })
	_, err = h.ImportCards(ctx, strings.NewReader(ts.ReadFile(args[0])), false)
	ts.Check(err)
	_, err = h.ImportExemptions(ctx, strings.NewReader(ts.ReadFile(args[1])), false)
	ts.Check(err)
	code, err := h.NewCode(ctx, hub.NewCodeParams{Site: "LU-PIAZZA", Valid: time.Hour})
	ts.Check(err)
	ts.Setenv("CODE", code.String())
	keys, err := json.Marshal(h.TokenKeys())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("keys.json"), keys, 0o600))
}

// runningHub is the hub of a script, theHub where the script keeps it.
type runningHub struct {
	hub  *hub.Hub
	stop func() error
}

const theHub = "hub"

// stopHub stops the hub before the script ends: stophub.
func stopHub(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Value(theHub).(*runningHub).stop())
}

// takesParcel imports a parcel at the hub of the script, as its keeper would, and writes the answer: takesparcel PARCEL ANSWER.
func takesParcel(ts *testscript.TestScript, _ bool, args []string) {
	parcel, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	answer, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	_, err = ts.Value(theHub).(*runningHub).hub.ImportParcel(context.Background(), parcel, answer)
	ts.Check(errors.Join(err, parcel.Close(), answer.Close()))
}

// visitID keeps the visit that the last command named in its JSON: visitid VARIABLE.
func visitID(ts *testscript.TestScript, _ bool, args []string) {
	var answer struct {
		Visit string `json:"visit"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	ts.Setenv(args[0], answer.Visit)
}

// refusedEntry keeps the first record that the last command listed as refused in its JSON: refused VARIABLE.
func refusedEntry(ts *testscript.TestScript, _ bool, args []string) {
	var answer struct {
		Refused []refusedLine `json:"refused"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	if len(answer.Refused) == 0 {
		ts.Fatalf("nothing was refused")
	}
	ts.Setenv(args[0], answer.Refused[0].Entry)
}

// paperKey keeps the recovery key that the last command showed in its JSON, as somebody would on paper: paperkey VARIABLE.
func paperKey(ts *testscript.TestScript, _ bool, args []string) {
	var answer struct {
		Key string `json:"recovery_key"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	ts.Setenv(args[0], answer.Key)
}

// openWindow has the journal of a folder open until the script ends, as the window of the desk would: window FOLDER.
func openWindow(ts *testscript.TestScript, _ bool, args []string) {
	j, err := journal.Open(ts.MkAbs(args[0]), journal.Options{})
	ts.Check(err)
	ts.Check(j.Listen(func() {}))
	ts.Defer(func() { ts.Check(j.Close()) })
}

// firstVisit keeps the visit of the first paper that the last command listed as JSON: firstvisit VARIABLE.
func firstVisit(ts *testscript.TestScript, _ bool, args []string) {
	var answer struct {
		Papers []paperResult `json:"papers"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	if len(answer.Papers) == 0 {
		ts.Fatalf("no papers listed")
	}
	ts.Setenv(args[0], answer.Papers[0].Visit)
}

// appends adds words to the end of a file: appends FILE WORD.
func appends(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteString(args[1])
	ts.Check(errors.Join(err, f.Close()))
}

// forges changes words in a file into others of the same length, wherever they stand: forges FILE WORD OTHER.
func forges(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	held, err := os.ReadFile(name)
	ts.Check(err)
	forged := bytes.ReplaceAll(held, []byte(args[1]), []byte(args[2]))
	if len(args[1]) != len(args[2]) || bytes.Equal(held, forged) {
		ts.Fatalf("%s does not hold %q, or %q is of another length", args[0], args[1], args[2])
	}
	ts.Check(os.WriteFile(name, forged, 0o600))
}

func TestTheDoctorLeavesTheJournalToTheAppThatHasIt(t *testing.T) {
	data := t.TempDir()
	cheap := journal.Params{Time: 1, MemoryKiB: 8 * 1024, Threads: 1}
	j, err := journal.Create(data, journal.NewFacilitator{Sigla: "MR", Name: "Marta Rinaldi"}, []byte("tre gatti sul tetto"), journal.Options{Params: cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }() // the test is over
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"doctor", "--data", data}, nil, &out, &errs, func(string) string { return "" }, scriptRooms("none"))
	if code != exitAttention || !strings.Contains(out.String(), "Il diario è aperto nell'app") || errs.Len() > 0 {
		t.Errorf("code %d, says\n%s%s", code, &out, &errs)
	}
}

// leaves returns every command of the grammar.
func leaves(t *testing.T) (*kong.Application, []*kong.Node) {
	t.Helper()
	parser, err := kong.New(new(grammar), kong.Name("bottegactl"), kong.Vars{"data": "", "facilitator": ""})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model, parser.Model.Leaves(true)
}

func commandLine(node *kong.Node) string {
	parts := []string{}
	for n := node; n != nil && n.Type != kong.ApplicationNode; n = n.Parent {
		parts = append([]string{n.Name}, parts...)
	}
	return "bottegactl " + strings.Join(parts, " ")
}

func TestEveryCommandHasAScriptOfItsSuccessAndOfItsFailure(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	played, failed := map[string]bool{}, map[string]bool{}
	_, commands := leaves(t)
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(script)) {
			line = strings.ReplaceAll(line, " --json", "")
			for _, command := range commands {
				name := commandLine(command)
				if !strings.Contains(line+" ", name+" ") && !strings.Contains(line, name+"\n") {
					continue
				}
				played[name] = played[name] || strings.HasPrefix(line, "exec ")
				failed[name] = failed[name] || strings.HasPrefix(line, "exits ") && !strings.HasPrefix(line, "exits 0 ")
			}
		}
	}
	for _, command := range commands {
		name := commandLine(command)
		if !played[name] {
			t.Errorf("no script plays %s", name)
		}
		if !failed[name] {
			t.Errorf("no script shows how %s fails", name)
		}
	}
}

func TestEveryCommandAndFlagIsExplainedInBothLanguages(t *testing.T) {
	catalog, err := text.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	_, commands := leaves(t)
	for _, leaf := range commands {
		for n := leaf; n != nil; n = n.Parent {
			wanted[helpKey(n, "")] = true
			for _, flag := range n.Flags {
				wanted[helpKey(n, flag.Name)] = true
			}
			for _, p := range n.Positional {
				wanted[helpKey(n, p.Name)] = true
			}
		}
	}
	for _, lang := range text.Languages() {
		say := catalog.For(lang)
		for _, key := range slices.Sorted(maps.Keys(wanted)) {
			if !say.Has(key) {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
		for _, key := range catalog.Keys(lang) {
			heading := slices.Contains([]string{"ctl.help.usage", "ctl.help.arguments", "ctl.help.commands", "ctl.help.flags", "ctl.help.exit_codes"}, key)
			if strings.HasPrefix(key, "ctl.help.") && !wanted[key] && !heading {
				t.Errorf("%s: %s explains nothing", lang, key)
			}
		}
	}
}

func TestNoCommandTakesASecretAsAnArgument(t *testing.T) {
	app, commands := leaves(t)
	flags := app.Flags
	for _, leaf := range commands {
		for n := leaf; n != nil; n = n.Parent {
			flags = append(flags, n.Flags...)
		}
	}
	for _, flag := range flags {
		for _, secret := range []string{"pass", "pin", "puk", "password", "secret", "otp"} {
			if strings.Contains(flag.Name, secret) && flag.Name != "pin-stdin" {
				t.Errorf("--%s would show a secret to every program of the computer", flag.Name)
			}
		}
	}
}

func TestTheTwoLanguagesHaveTheSameTexts(t *testing.T) {
	keys := map[string][]string{}
	for _, lang := range text.Languages() {
		raw, err := os.ReadFile("../../assets/i18n/ctl." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		keys[lang] = slices.Sorted(maps.Keys(texts))
	}
	if !slices.Equal(keys[text.Italian], keys[text.English]) {
		t.Error("ctl.it.json and ctl.en.json have different keys")
	}
}
