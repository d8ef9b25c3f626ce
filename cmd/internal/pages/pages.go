// Package pages holds the commands that the pages of the house tell people to type against what a program takes. Only the tests of
// programs import it.
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Wrong returns what the pages set as code with the name of a program and the program does not take: a command that is not there, no
// more than the name of a group, a flag that the command does not have. Root is the folder of the house; found says how many commands
// were looked at.
func Wrong(root string, program *kong.Application) (wrong []string, found int, err error) {
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "sync/hub/OPERATIONS.md"} {
		page, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, 0, err
		}
		for _, words := range commands(program.Name, string(page)) {
			found++
			if why := fault(program, words); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s %s: %s", name, program.Name, strings.Join(words, " "), why))
			}
		}
	}
	return wrong, found, nil
}

// commands returns the words that follow a program's name wherever it is set as code, up to the end of what is typed: two
// spaces, a sign of the shell, or what explains it in brackets.
func commands(name, page string) [][]string {
	block := regexp.MustCompile("(?s)```.*?```")
	code := block.FindAllString(page, -1)
	code = append(code, regexp.MustCompile("`[^`]+`").FindAllString(block.ReplaceAllString(page, ""), -1)...)
	typed := regexp.MustCompile(`\b` + name + "((?: [^ `|#&(\n]+)+)")
	var found [][]string
	for _, m := range typed.FindAllStringSubmatch(strings.Join(code, "\n"), -1) {
		found = append(found, strings.Fields(m[1]))
	}
	return found
}

// fault walks down the grammar as far as words are names, and says where it ends.
func fault(program *kong.Application, words []string) string {
	name := regexp.MustCompile(`^[a-z]+$`)
	at := program.Node
	for i, w := range words {
		child := slices.IndexFunc(at.Children, func(n *kong.Node) bool { return n.Name == w })
		value := i > 0 && strings.HasPrefix(words[i-1], "--")
		switch flag, isFlag := strings.CutPrefix(w, "--"); {
		case isFlag && !takes(at, flag):
			return "there is no flag " + w
		case child >= 0:
			at = at.Children[child]
		case len(at.Children) > 0 && name.MatchString(w) && !value:
			return "there is no command " + w
		}
	}
	if len(at.Children) > 0 && at.DefaultCmd == nil && at != program.Node {
		return "it is a group of commands"
	}
	return ""
}

// takes reports a flag of a command or of what it stands under.
func takes(at *kong.Node, flag string) bool {
	flag, _, _ = strings.Cut(flag, "=")
	for n := at; n != nil; n = n.Parent {
		if slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == flag }) {
			return true
		}
	}
	return false
}
