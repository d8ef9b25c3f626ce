// Package main is bottegahub, the server that desks sync with, and what its keeper does beside it: enrolment codes, registries,
// the list of desks, backups.
//
// It only wires: what it does is done by sync/hub. Nobody imports it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"bottega/ui/text"
)

// The exit codes that scripts rely on; they mean what bottegactl's mean.
const (
	exitDone     = 0
	exitFailed   = 1
	exitWrongUse = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// app is what every command is given.
type app struct {
	ctx            context.Context
	stdout, stderr io.Writer
	say            *text.Localizer
	json           bool
	state, db      string
}

// grammar is every command with its flags. What each means is said in assets/i18n/hub.*.json, under hub.help.
type grammar struct {
	State string `placeholder:"DIR" required:"" default:"${state}" help:"${help_state}"`
	DB    string `name:"db" placeholder:"URL" default:"${db}" help:"${help_db}"`
	JSON  bool   `name:"json" help:"${help_json}"`
	Lang  string `placeholder:"it|en" enum:"it,en," default:"" help:"${help_lang}"`

	Serve     serve            `cmd:"" help:"${help_serve}"`
	Enrol     enrol            `cmd:"" help:"${help_enrol}"`
	Registry  registryCommands `cmd:"" help:"${help_registry}"`
	Pack      packCommands     `cmd:"" help:"${help_pack}"`
	Desks     desks            `cmd:"" help:"${help_desks}"`
	Import    importParcel     `cmd:"" help:"${help_import_parcel}"`
	Backup    backup           `cmd:"" help:"${help_backup}"`
	Restore   restore          `cmd:"" help:"${help_restore}"`
	Replies   repliesCommands  `cmd:"" help:"${help_replies}"`
	Keys      keys             `cmd:"" help:"${help_keys}"`
	Authority authority        `cmd:"" help:"${help_authority}"`
}

// run is the whole program: it parses the arguments, does what they ask and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) int {
	catalog, err := text.Embedded()
	if err != nil {
		// The translations travel inside the program: a broken one is a broken build, and there is no language to say it in.
		_, _ = io.WriteString(stderr, "bottegahub: "+err.Error()+"\n")
		return exitFailed
	}
	a := &app{ctx: ctx, stdout: stdout, stderr: stderr, say: catalog.For(language(args, env))}
	var g grammar
	parsed, err := a.parse(&g, args, env)
	if errors.Is(err, errHelpShown) {
		return exitDone
	}
	a.json = g.JSON || contains(args, "--json")
	a.state, a.db = g.State, g.DB
	if err == nil {
		err = parsed.Run(a)
	}
	return a.fail(err)
}

// errHelpShown leaves the parser once the help was printed.
var errHelpShown = errors.New("help shown")

func (a *app) parse(g *grammar, args []string, env func(string) string) (*kong.Context, error) {
	helped := false
	vars := kong.Vars{"state": env("BOTTEGAHUB_STATE"), "db": env("BOTTEGAHUB_DB")}
	for _, name := range append(packHelp(),
		"state", "json", "lang", "serve", "enrol", "registry", "desks", "keys", "authority", "import", "listen", "public", "practice", "site", "desk",
		"valid", "kind", "file", "dry_run", "db", "admin", "tls_cert", "tls_key", "acme", "acme_directory", "notice", "balancer", "desks_list", "revoke",
		"revoke_id", "import_parcel", "parcel", "answer", "replies", "renumber", "backup", "backup_file", "keys_only", "restore", "restore_file",
	) {
		vars["help_"+name] = a.say.T("hub.help." + name)
	}
	parser, err := kong.New(g, kong.Name("bottegahub"), kong.Description(a.say.T("hub.help.bottegahub")), vars,
		kong.Writers(a.stdout, a.stderr), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return nil, fmt.Errorf("building the command line: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if helped {
		return nil, errHelpShown
	}
	if err != nil {
		return nil, &failure{exit: exitWrongUse, code: "usage", args: []any{"Why", err.Error()}}
	}
	return parsed, nil
}

// failure is an error that knows how it is told: hub.error.<code>.message and .advice, with their arguments.
type failure struct {
	exit  int
	code  string
	args  []any
	cause error
}

// Error implements error.
func (f *failure) Error() string { return f.code }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

func failed(code string, cause error, args ...any) error {
	return &failure{exit: exitFailed, code: code, cause: cause, args: args}
}

// fail tells an error in one line, or as an object, and returns the exit code.
func (a *app) fail(err error) int {
	if err == nil {
		return exitDone
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{exit: exitFailed, code: "unexpected", cause: err}
	}
	message, advice := a.say.T("hub.error."+f.code+".message", f.args...), a.say.T("hub.error."+f.code+".advice", f.args...)
	if f.cause != nil {
		message = strings.TrimSuffix(message, ".") + ": " + strings.Join(strings.Fields(f.cause.Error()), " ") + "."
	}
	if a.json {
		object := map[string]map[string]string{"error": {"code": f.code, "message": message, "advice": advice}}
		_ = json.NewEncoder(a.stderr).Encode(object) // nobody is left to tell that standard error is closed
		return f.exit
	}
	_, _ = fmt.Fprintln(a.stderr, strings.TrimSpace(message+" "+advice))
	return f.exit
}

// show prints a result: as JSON when asked, else as people read it.
func (a *app) show(result any, people string) error {
	if a.json {
		if err := json.NewEncoder(a.stdout).Encode(result); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		return nil
	}
	if _, err := io.WriteString(a.stdout, people); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// language chooses before the arguments are parsed, so that a mistake in them is explained in it: --lang, the environment, Italian.
func language(args []string, env func(string) string) string {
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, "--lang="); found {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return text.FromEnvironment(env)
}

func contains(args []string, flag string) bool {
	for _, arg := range args {
		if arg == flag {
			return true
		}
	}
	return false
}
