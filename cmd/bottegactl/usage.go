package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"bottega/cmd/internal/house"
)

// errHelpShown leaves the parser once the help was printed; it never reaches anybody.
var errHelpShown = errors.New("help shown")

// parse reads the arguments. It returns nil when the help was asked for and shown.
func (a *app) parse(args []string) (command, error) {
	var g grammar
	parser, err := kong.New(&g,
		kong.Name("bottegactl"),
		kong.Writers(a.stdout, a.stderr),
		kong.Help(a.help),
		kong.Vars{"data": a.dataFolder(), "facilitator": a.env("BOTTEGA_FACILITATOR")},
	)
	if err != nil {
		return nil, fmt.Errorf("building the command line: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	switch {
	case errors.Is(err, errHelpShown):
		return nil, nil
	case err != nil:
		return nil, a.misunderstood(err)
	}
	a.data, a.facilitator = g.Data, g.Facilitator
	leaf, ok := parsed.Selected().Target.Addr().Interface().(command)
	if !ok {
		return nil, fmt.Errorf("%s has nothing to run", parsed.Command())
	}
	return leaf, nil
}

// complaints translate what the parser says. The words it quotes stay as they were typed.
var complaints = []struct {
	pattern *regexp.Regexp
	code    string
}{
	{regexp.MustCompile(`^unknown flag (?P<What>\S+?)(?:, did you mean (?P<Hint>.+)\?)?$`), "unknown_flag"},
	{regexp.MustCompile(`^unexpected argument (?P<What>.+?)(?:, did you mean (?P<Hint>.+)\?)?$`), "unknown_command"},
	{regexp.MustCompile(`^expected one of (?P<What>.+)$`), "command_missing"},
	{regexp.MustCompile(`^missing flags: (?P<What>.+)$`), "flag_missing"},
	{regexp.MustCompile(`^expected (?P<What>[^ ].*)$`), "argument_missing"},
	{regexp.MustCompile(`^(?P<What>--[a-z-]+).* must be one of (?P<Hint>.+) but got .*$`), "not_a_choice"},
	{regexp.MustCompile(`^(?P<What>--[a-z-]+)[^:]*: .*$`), "bad_value"},
}

// misunderstood says in the person's language what was wrong with the arguments.
func (a *app) misunderstood(err error) error {
	for _, c := range complaints {
		found := c.pattern.FindStringSubmatch(err.Error())
		if found == nil {
			continue
		}
		args := []any{"Hint", ""}
		for i, name := range c.pattern.SubexpNames() {
			if name != "" {
				args = append(args, name, strings.ReplaceAll(found[i], `"`, ""))
			}
		}
		return wrongUse(c.code, args...)
	}
	return &failure{exit: exitWrongUse, code: "usage", cause: err}
}

// help prints what a command does, in the person's language. The texts are ctl.help.<command> and ctl.help.<command>.<flag>.
func (a *app) help(_ kong.HelpOptions, ctx *kong.Context) error {
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	var b strings.Builder
	line(&b, a.say.T("ctl.help.usage")+":", "bottegactl "+strings.TrimSpace(strings.TrimPrefix(usage(node), "bottegactl")))
	line(&b)
	line(&b, a.say.T(helpKey(node, "")))
	if rows := a.argumentRows(node); len(rows) > 0 {
		section(&b, a.say.T("ctl.help.arguments"), rows)
	}
	if rows := a.commandRows(node); len(rows) > 0 {
		section(&b, a.say.T("ctl.help.commands"), rows)
	}
	section(&b, a.say.T("ctl.help.flags"), a.flagRows(node))
	if node.Type == kong.ApplicationNode {
		line(&b)
		line(&b, a.say.T("ctl.help.exit_codes"))
	}
	if _, err := io.WriteString(ctx.Stdout, b.String()); err != nil {
		return fmt.Errorf("writing the help: %w", err)
	}
	return errHelpShown
}

// usage is the shape of a command line, without the global flags.
func usage(node *kong.Node) string {
	parts := []string{}
	for n := node; n != nil && n.Type != kong.ApplicationNode; n = n.Parent {
		parts = append([]string{n.Name}, parts...)
	}
	for _, flag := range node.Flags {
		if flag.Required {
			parts = append(parts, "--"+flag.Name+"="+flag.FormatPlaceHolder())
		}
	}
	for _, positional := range node.Positional {
		shape := "<" + positional.Name + ">"
		if !positional.Required {
			shape = "[" + shape + "]"
		}
		parts = append(parts, shape)
	}
	if len(node.Children) > 0 {
		parts = append(parts, "<command>")
	}
	return strings.Join(parts, " ")
}

func (a *app) argumentRows(node *kong.Node) [][2]string {
	var rows [][2]string
	for _, p := range node.Positional {
		rows = append(rows, [2]string{"<" + p.Name + ">", a.say.T(helpKey(node, p.Name))})
	}
	return rows
}

func (a *app) commandRows(node *kong.Node) [][2]string {
	var rows [][2]string
	for _, leaf := range node.Leaves(true) {
		if leaf != node {
			rows = append(rows, [2]string{usage(leaf), a.say.T(helpKey(leaf, ""))})
		}
	}
	return rows
}

func (a *app) flagRows(node *kong.Node) [][2]string {
	var rows [][2]string
	for n := node; n != nil; n = n.Parent {
		for _, flag := range n.Flags {
			shape := "--" + flag.Name
			if !flag.IsBool() {
				shape += "=" + flag.FormatPlaceHolder()
			}
			rows = append(rows, [2]string{shape, a.say.T(helpKey(n, flag.Name))})
		}
	}
	return rows
}

// dataFolder is the folder to use when the arguments name none.
func (a *app) dataFolder() string {
	if set := a.env("BOTTEGA_DATA"); set != "" {
		return set
	}
	return house.DataDir(a.env)
}

// helpKey names the translation that documents a command, or one of its flags and arguments. The flags that every command
// takes stand under "flag".
func helpKey(node *kong.Node, part string) string {
	if part != "" && node.Type == kong.ApplicationNode {
		return "ctl.help.flag." + part
	}
	key := ""
	for n := node; n != nil && n.Type != kong.ApplicationNode; n = n.Parent {
		key = "." + n.Name + key
	}
	if part != "" {
		key += "." + part
	}
	if key == "" {
		key = ".bottegactl"
	}
	return "ctl.help" + strings.ReplaceAll(key, "-", "_")
}

// section writes a heading and rows in two columns.
func section(w io.Writer, title string, rows [][2]string) {
	line(w)
	line(w, title+":")
	width := 0
	for _, row := range rows {
		width = max(width, utf8.RuneCountInString(row[0]))
	}
	for _, row := range rows {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(row[0])+2)
		line(w, " ", row[0]+pad+row[1])
	}
}
