package text_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// TestEveryKeyInTheCodeIsTranslated reads the Go files of the windows and of the programs and looks up every key that is
// written out in a call of T or N.
func TestEveryKeyInTheCodeIsTranslated(t *testing.T) {
	known := texttest.Catalog(t).Keys(text.Italian)
	found := 0
	for _, root := range []string{"..", filepath.Join("..", "..", "cmd")} {
		for key, at := range keysUnder(t, root) {
			found++
			if !slices.Contains(known, key) {
				t.Errorf("%s: %q is in no translation file", at, key)
			}
		}
	}
	if found < 10 {
		t.Errorf("found only %d keys: the test looks in the wrong place", found)
	}
}

func keysUnder(t *testing.T, root string) map[string]token.Position {
	t.Helper()
	keys := map[string]token.Position{}
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if key, ok := keyIn(n); ok {
				keys[key] = files.Position(n.Pos())
			}
			return true
		})
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return keys
}

// keyIn returns the key of a call such as l.T("home.title", ...): a method T or N whose first argument is a text with a dot.
func keyIn(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || (method.Sel.Name != "T" && method.Sel.Name != "N") {
		return "", false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	key, err := strconv.Unquote(literal.Value)
	return key, err == nil && strings.Contains(key, ".")
}
