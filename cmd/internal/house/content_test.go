package house_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"bottega/assets"
	"bottega/assets/assetstest"
	"bottega/cmd/internal/house"
)

func folder(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestAFolderOfAPackTakesThePlaceOfAllThatTheProgramHasOfItsKind(t *testing.T) {
	own, err := content()
	if err != nil {
		t.Fatal(err)
	}
	c, err := house.LoadContentFrom(folder(map[string]string{
		"services/small.yaml": assetstest.Service, "later/thing.bin": "x",
		"surveys/dopo.yaml": "id: dopo\ntitle: {it: Dopo, en: After}\n",
		"i18n/line.it.json": `{"line.problem.hub_busy": "Il centro ha da fare."}`, "i18n/line.en.json": `{"line.problem.hub_busy": "The hub is busy."}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Catalogue.Services) != 1 || c.Catalogue.Services[0].ID != "small" {
		t.Errorf("%d services", len(c.Catalogue.Services))
	}
	if c.Catalogue.Exemptions.Describe("E01") != own.Catalogue.Exemptions.Describe("E01") || len(c.Cards.Layouts) != len(own.Cards.Layouts) {
		t.Error("what the pack is silent about changed")
	}
	if _, err := fs.Stat(c.Surveys, "dopo.yaml"); err != nil || c.Directory != nil {
		t.Errorf("%v, %v", err, c.Directory)
	}
	if got := c.Texts.For("it").T("line.problem.hub_busy"); got != "Il centro ha da fare." || own.Texts != nil {
		t.Errorf("%q", got)
	}
}

func TestTheContentOfThisProgramIsAPackInOrder(t *testing.T) {
	files := fstest.MapFS{}
	for _, dir := range []string{"services", "rules", "cards"} {
		root := os.DirFS("../../../assets")
		names, err := fs.Glob(root, path.Join(dir, "*.yaml"))
		if err != nil || len(names) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	if _, err := house.LoadContentFrom(files); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongInAPackIsToldWithFileLineAndColumn(t *testing.T) {
	for name, tc := range map[string]struct{ file, text, at string }{
		"a service":                           {"services/small.yaml", strings.Replace(assetstest.Service, "kind: ask", "kind: aks", 1), "services/small.yaml:9:"},
		"a rule":                              {"rules/r.yaml", "id: x\nwrong: 1\n", "rules/r.yaml:2:1"},
		"a layout":                            {"cards/l.yaml", "name: X\n", "cards/l.yaml:1:"},
		"an authority":                        {"cards/trust/a.pem", "x", "cards/trust/a.pem:1:1"},
		"a practice authority among the real": {"cards/trust/prova.pem", practiceCA(t), "cards/trust/prova.pem:1:1"},
		"a text":                              {"i18n/a.it.json", "{\n\"no.such\": \"x\"}", "i18n/a.it.json:2:1"},
		"a survey":                            {"surveys/s.yaml", "title: x\n", "surveys/s.yaml:1:1"},
		"a directory":                         {"directory/d.yaml", "id: d\nname: {it: Ufficio}\n", "directory/d.yaml:2:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := house.LoadContentFrom(folder(map[string]string{tc.file: tc.text}))
			var wrong *assets.ContentError
			if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.In("it"), tc.at) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAFolderOfAPackInWhichNothingIsReadIsRefusedAndEmptiesNoDesk(t *testing.T) {
	for name, file := range map[string]string{
		"services in a folder below":      "services/lucca/small.yaml",
		"services called otherwise":       "services/small.yml",
		"rules in a folder below":         "rules/2026/r.yaml",
		"layouts that only explain":       "cards/README.md",
		"texts in a folder below":         "i18n/it/line.it.json",
		"surveys in a folder below":       "surveys/a/s.yaml",
		"a directory that is another one": "directory/uffici.csv",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := house.LoadContentFrom(folder(map[string]string{file: assetstest.Service}))
			var wrong *assets.ContentError
			if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.In("it"), file+":1:1: Nella cartella ") || wrong.In("it") == wrong.In("en") {
				t.Errorf("%v", err)
			}
		})
	}
	for name, files := range map[string]map[string]string{
		"beside a good one":                    {"services/small.yaml": assetstest.Service, "services/lucca/README.md": "why"},
		"authorities and no layouts":           {"cards/trust/practice/prova.pem": practiceCA(t)},
		"authorities that are only explained":  {"cards/trust/README.md": "why"},
		"a folder that this program knows not": {"later/a/b.yaml": "x"},
	} {
		if _, err := house.LoadContentFrom(folder(files)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func practiceCA(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../../assets/cards/trust/practice/practice_ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestThePracticeAuthorityOfAPackNeverCountsAtARealDesk(t *testing.T) {
	c, err := house.LoadContentFrom(folder(map[string]string{"cards/trust/practice/prova.pem": practiceCA(t)}))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Anchors {
		if !a.Practice {
			t.Errorf("%s counts as a real authority", a.File)
		}
	}
	if c.Judge(false).AcceptPractice {
		t.Error("a real desk takes practice authorities")
	}
}
