// Package house checks what holds for the repository as a whole and belongs to no room of it. It stands beside the script that
// build servers run because the rooms import nothing from it and it imports none of them. Run it with
//
//	go test ./.ci
package house

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// source is one Go file of the repository.
type source struct {
	path    string // with slashes, from the top of the repository
	pkg     string
	imports []string
}

// drawers are the files of the windows' rooms that may know the toolkit; every other file there is a presenter, which decides
// what is shown and is tested without a window.
func drawers() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"ui/facilitator": regexp.MustCompile(`^view.*\.go$`),
		"ui/citizen":     regexp.MustCompile(`^(view.*|window|guard|compose)\.go$`),
	}
}

func TestOnlyTheFilesThatDrawKnowTheToolkit(t *testing.T) {
	presenters := 0
	for _, s := range sources(t, top(t)) {
		draws, room := drawers()[path.Dir(s.path)]
		if !room || strings.HasSuffix(s.path, "_test.go") || draws.MatchString(path.Base(s.path)) {
			continue
		}
		presenters++
		if slices.ContainsFunc(s.imports, isFyne) {
			t.Errorf("%s imports Fyne: a presenter decides what is shown and is tested without a window", s.path)
		}
	}
	if presenters == 0 {
		t.Error("there is no presenter left: the rooms of the windows have moved, and this check with them")
	}
}

// The linter cannot see this one: cgo rewrites a file that imports "C" before anybody else reads it.
func TestCgoStaysInsideItsFence(t *testing.T) {
	for _, s := range sources(t, top(t)) {
		if folder := path.Dir(s.path); slices.Contains(s.imports, "C") && folder != "cardreader/pcsc" && folder != "cmd/bottega" {
			t.Errorf("%s uses cgo: all but cardreader/pcsc and cmd/bottega builds with CGO_ENABLED=0", s.path)
		}
	}
}

func TestNoPackageIsNamedAfterNothing(t *testing.T) {
	for _, s := range sources(t, top(t)) {
		if slices.Contains([]string{"utils", "util", "common", "helpers", "helper", "misc"}, s.pkg) {
			t.Errorf("%s: package %s says nothing about what is in it", s.path, s.pkg)
		}
	}
}

func TestEveryPackageSaysWhyItExists(t *testing.T) {
	dir := top(t)
	told := map[string]bool{}
	for _, s := range sources(t, dir) {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, s.path), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		folder := path.Dir(s.path)
		told[folder] = told[folder] || f.Doc != nil
	}
	for _, folder := range slices.Sorted(maps.Keys(told)) {
		if !told[folder] {
			t.Errorf("%s has no package comment", folder)
		}
	}
}

func TestNothingElseStandsAtTheTop(t *testing.T) {
	known := []string{
		"cmd", "ui", "cardreader", "sync", "assets", "desk", "go.mod", "go.sum", "FyneApp.toml", "README.md", "CONTRIBUTING.md",
		"CHANGELOG.md", "LICENSE", "SECURITY.md", "publiccode.yml", "Makefile", ".ci", ".golangci.yml", ".gitignore",
		".gitattributes", ".editorconfig",
	}
	out, err := exec.Command("git", "-c", "safe.directory=*", "-C", top(t), "ls-files").Output()
	if err != nil {
		t.Fatalf("listing the files of the repository: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		first, _, _ := strings.Cut(strings.TrimSpace(line), "/")
		if !slices.Contains(known, first) {
			t.Errorf("%q stands at the top of the repository", first)
			known = append(known, first)
		}
	}
}

func TestTheRootOfSyncHoldsNoCode(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(top(t), "sync", "*.go"))
	if err != nil || len(files) > 0 {
		t.Errorf("a package named sync would shadow the standard library's: %v %v", files, err)
	}
}

func TestPubliccodeHasEveryMandatoryKey(t *testing.T) {
	text := readTop(t, "publiccode.yml")
	for _, key := range []string{
		"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "organisation", "description",
		"legal", "maintenance", "localisation",
	} {
		if !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(text) {
			t.Errorf("publiccode.yml lacks %s", key)
		}
	}
	for _, key := range []string{"license: EUPL-1.2", "shortDescription:", "longDescription:", "features:", "localisationReady:", "availableLanguages:"} {
		if !strings.Contains(text, key) {
			t.Errorf("publiccode.yml lacks %q", key)
		}
	}
}

// forbidden are imports against the arrows, one at least for each rule in .golangci.yml.
var forbidden = []struct{ rule, room, imports string }{
	{"desk", "desk/walk", "bottega/assets"},
	{"desk", "desk", "github.com/google/uuid"},
	{"desk", "desk/exemption", "bottega/sync/journal"},
	{"assets", "assets", "bottega/ui/paper"},
	{"assets", "assets", "bottega/cardreader"},
	{"assets", "assets", "bottega/sync/wire"},
	{"cardreader", "cardreader", "bottega/ui/text"},
	{"cardreader", "cardreader/cns", "bottega/sync/journal"},
	{"sync", "sync/journal", "bottega/cardreader"},
	{"sync", "sync/client", "bottega/ui/paper"},
	{"sync", "sync/client", "bottega/sync/hub"},
	{"hub", "sync/hub", "bottega/sync/journal"},
	{"hub", "sync/hub/store", "bottega/ui/text"},
	{"hub", "sync/hub", "bottega/cardreader"},
	{"ui", "ui/facilitator", "bottega/sync/client"},
	{"ui", "ui/facilitator", "bottega/cardreader/pcsc"},
	{"ui", "ui/citizen", "bottega/cardreader/practice"},
	{"ui", "ui/widgets", "bottega/cardreader/apdu"},
	{"ui", "ui/widgets", "bottega/cardreader/cns"},
	{"fyne", "ui/paper", "fyne.io/fyne/v2"},
	{"fyne", "ui/text", "fyne.io/fyne/v2/widget"},
	{"fyne", "cmd/bottegactl", "fyne.io/fyne/v2"},
	{"fyne", "sync/hub", "fyne.io/fyne/v2"},
	{"fyne-driver", "ui/facilitator", "fyne.io/fyne/v2/app"},
	{"scard", "cardreader", "github.com/ebfe/scard"},
	{"scard", "cmd/bottegactl", "github.com/ebfe/scard"},
	{"bbolt", "sync/hub/store", "go.etcd.io/bbolt"},
	{"bbolt", "cmd/bottega", "go.etcd.io/bbolt"},
	{"keyring", "sync/journal", "github.com/zalando/go-keyring"},
	{"oskeyring", "sync/client", "bottega/sync/journal/oskeyring"},
	{"gofpdf", "sync/hub", "github.com/jung-kurt/gofpdf"},
	{"databases", "sync/hub", "github.com/jackc/pgx/v5"},
	{"databases", "cmd/bottegahub", "modernc.org/sqlite"},
	{"metrics", "sync/hub/store", "github.com/prometheus/client_golang/prometheus"},
	{"old", "cmd/bottegahub", "io/ioutil"},
}

// allowed are the same imports where the arrows let them pass: a rule that forbade everything would prove nothing.
var allowed = []struct{ room, imports string }{
	{"desk/walk", "bottega/desk/civil"},
	{"assets", "bottega/desk/walk"},
	{"cardreader/cns", "bottega/desk"},
	{"sync/client", "bottega/sync/journal"},
	{"sync/client", "bottega/desk"},
	{"sync/hub", "bottega/ui/paper"},
	{"sync/hub", "bottega/assets"},
	{"ui/facilitator", "bottega/cardreader"},
	{"ui/facilitator", "fyne.io/fyne/v2/widget"},
	{"ui/paper", "github.com/jung-kurt/gofpdf"},
	{"cardreader/pcsc", "github.com/ebfe/scard"},
	{"sync/journal", "go.etcd.io/bbolt"},
	{"cmd/bottega", "fyne.io/fyne/v2/app"},
	{"cmd/bottegactl", "bottega/cardreader/pcsc"},
	{"cmd/bottegactl", "bottega/sync/journal"},
	{"sync/journal/oskeyring", "github.com/zalando/go-keyring"},
	{"sync/hub/store", "github.com/jackc/pgx/v5"},
	{"cmd/bottega", "bottega/sync/journal/oskeyring"},
}

// TestEveryArrowBites builds a module of the same shape with empty packages, puts the imports above into it, and lets the real
// configuration judge them.
func TestEveryArrowBites(t *testing.T) {
	lint := filepath.Join(top(t), "build", "tools", "golangci-lint")
	if _, err := os.Stat(lint); err != nil {
		t.Fatalf("%v: run make lint, which installs it", err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".golangci.yml"), readTop(t, ".golangci.yml"))
	var probes []string
	for i, f := range forbidden {
		probes = append(probes, probe(t, dir, fmt.Sprintf("%s/forbidden%d/probe.go", f.room, i), f.imports))
	}
	for i, a := range allowed {
		probes = append(probes, probe(t, dir, fmt.Sprintf("%s/allowed%d/probe.go", a.room, i), a.imports))
	}
	furnish(t, dir, probes)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, lint, "run", "--allow-parallel-runners", "--enable-only", "depguard", "--output.text.path", "stdout", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOLANGCI_LINT_CACHE="+filepath.Join(dir, ".cache"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running the linter: %v\n%s", err, stderr.String())
	}
	for i, f := range forbidden {
		name := fmt.Sprintf("%s/forbidden%d/probe.go", f.room, i)
		if want := fmt.Sprintf("from list '%s'", f.rule); !reported(string(out), name, want) {
			t.Errorf("rule %s lets %s import %s", f.rule, f.room, f.imports)
		}
	}
	for i, a := range allowed {
		if name := fmt.Sprintf("%s/allowed%d/probe.go", a.room, i); reported(string(out), name, "depguard") {
			t.Errorf("%s may not import %s any more", a.room, a.imports)
		}
	}
	if t.Failed() {
		t.Logf("the linter said:\n%s%s", out, stderr.String())
	}
}

// probe writes a package of its own inside a room, so that no import closes a circle, and returns what it imports.
func probe(t *testing.T, dir, name, imports string) string {
	t.Helper()
	write(t, filepath.Join(dir, name), fmt.Sprintf("// Package probe imports one package.\npackage probe\n\nimport _ %q\n", imports))
	return imports
}

// furnish puts an empty package behind every import, ours or others', so that nothing is downloaded: the linter judges import
// lines, not what stands behind them.
func furnish(t *testing.T, dir string, imports []string) {
	t.Helper()
	modules := []string{"fyne.io/fyne/v2", "github.com/ebfe/scard", "github.com/google/uuid", "github.com/jackc/pgx/v5",
		"github.com/jung-kurt/gofpdf", "github.com/prometheus/client_golang", "github.com/zalando/go-keyring", "go.etcd.io/bbolt",
		"modernc.org/sqlite"}
	mod := readTop(t, "go.mod")
	lines := "module bottega\n\ngo 1.26\n"
	for _, m := range modules {
		version := regexp.MustCompile(regexp.QuoteMeta(m) + ` (\S+)`).FindStringSubmatch(mod)
		if version == nil {
			t.Fatalf("go.mod does not name %s any more", m)
		}
		lines += fmt.Sprintf("\nrequire %s %s\n\nreplace %s => ./build/%s\n", m, version[1], m, m)
		write(t, filepath.Join(dir, "build", m, "go.mod"), "module "+m+"\n\ngo 1.26\n")
	}
	write(t, filepath.Join(dir, "go.mod"), lines)
	for _, imported := range imports {
		folder, ours := strings.CutPrefix(imported, "bottega/")
		switch {
		case !strings.Contains(imported, "/"), imported == "io/ioutil":
			continue // the standard library's
		case !ours:
			folder = path.Join("build", imported)
		}
		write(t, filepath.Join(dir, folder, "doc.go"), "// Package empty is empty.\npackage empty\n")
	}
}

// reported tells whether the linter has a line about the file that holds the words.
func reported(out, file, words string) bool {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, file+":") && strings.Contains(line, words) {
			return true
		}
	}
	return false
}

func isFyne(imported string) bool { return strings.HasPrefix(imported, "fyne.io/") }

// sources reads the import lines of every Go file, whatever system it is built for.
func sources(t *testing.T, dir string) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "build" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != dir):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(rel), pkg: strings.TrimSuffix(f.Name.Name, "_test")}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatalf("reading the sources: %v", err)
	}
	if len(all) == 0 {
		t.Fatal("no source found: the checks would prove nothing")
	}
	return all
}

// top is the folder of go.mod.
func top(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the tests")
		}
	}
}

func readTop(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
