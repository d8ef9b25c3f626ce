package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"bottega/assets"
	"bottega/assets/cards"
)

// Process is a program that runs. Arguments is empty where they cannot be seen.
type Process struct {
	Name      string
	Arguments []string
}

// program is one that is known to use cards, a row of assets/cards/programs.yaml.
type program struct {
	Name      string   `yaml:"name"`
	Processes []string `yaml:"processes"`
}

func programs() ([]program, error) {
	var table struct {
		Programs []program `yaml:"programs"`
	}
	data, err := cards.Computer.ReadFile("computer/programs.yaml")
	if err != nil {
		return nil, fmt.Errorf("opening the table of programs: %w", err)
	}
	if err := assets.ReadYAML("programs.yaml", data, &table); err != nil {
		return nil, fmt.Errorf("reading the table of programs: %w", err)
	}
	return table.Programs, nil
}

// cardPrograms names the programs that run now and are known to use cards; which of them holds this one only it knows.
func (c *Computer) cardPrograms(ctx context.Context) string {
	table, err := programs()
	if err != nil {
		return ""
	}
	var names []string
	for _, running := range c.Processes(ctx) {
		for _, p := range table {
			if slices.ContainsFunc(p.Processes, running.is) && !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// longestName is where Linux cuts the name of a process (TASK_COMM_LEN less its end).
const longestName = 15

// is reports whether a process has a name, as systems write it: cut, or with an ending.
func (p Process) is(name string) bool {
	own := strings.TrimSuffix(strings.ToLower(p.Name), ".exe")
	return own == name || len(own) == longestName && strings.HasPrefix(name, own)
}

// lookForTraces looks for what would write PINs in clear to a log: settings for developers that somebody forgot.
func (c *Computer) lookForTraces(ctx context.Context, s *sheet) {
	found := false
	tell := func(result string, args ...any) {
		found = true
		s.broken("trace", result, args...)
	}
	for _, p := range c.Processes(ctx) {
		if p.is("pcscd") && slices.ContainsFunc(p.Arguments, logsCommands) {
			tell("service")
			break
		}
	}
	if slices.ContainsFunc(c.drivers(), func(d driver) bool { return d.dumps }) {
		tell("driver")
	}
	for _, name := range []string{"OPENSC_DEBUG", "PKCS11SPY"} {
		if set := c.Env(name); set != "" && set != "0" {
			tell("variable", "Name", name)
		}
	}
	if strings.Contains(c.Env("LD_PRELOAD"), "pcscspy") {
		tell("variable", "Name", "LD_PRELOAD")
	}
	if !found {
		s.well("trace", "none")
	}
}

var shortFlags = regexp.MustCompile(`^-[A-Za-z]*a`)

// logsCommands tells the argument by which pcscd writes each command to the card into its log: --apdu, or a among short flags.
func logsCommands(argument string) bool {
	return argument == "--apdu" || shortFlags.MatchString(argument)
}

// procProcesses reads the programs that run as Linux shows them (proc(5)).
func procProcesses(files fs.FS) []Process {
	names, err := fs.Glob(files, "proc/[0-9]*/comm")
	if err != nil {
		return nil
	}
	var all []Process
	for _, name := range names {
		comm, err := fs.ReadFile(files, name)
		if err != nil {
			continue // it has ended
		}
		p := Process{Name: strings.TrimSpace(string(comm))}
		if line, err := fs.ReadFile(files, path.Join(path.Dir(name), "cmdline")); err == nil && len(line) > 0 {
			p.Arguments = strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")[1:]
		}
		all = append(all, p)
	}
	return all
}

// psProcesses reads what "ps -axo comm" prints: a name or a path on each line.
func psProcesses(printed string) []Process {
	var all []Process
	for line := range strings.Lines(printed) {
		if name := path.Base(strings.TrimSpace(line)); name != "." {
			all = append(all, Process{Name: name})
		}
	}
	return all
}
