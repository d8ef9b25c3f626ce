package assets

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAFileWithoutAFormOfItsOwnIsCheckedForWhatEveryFileHas(t *testing.T) {
	good := "id: pronto\ntitle: {it: Pronto, en: Ready}\nquestions:\n  - id: q1\n    text:\n      it: Usa la posta?\n      en: Do you use mail?\n"
	if err := LintLoose(fstest.MapFS{"a.yaml": {Data: []byte(good)}, "README.md": {Data: []byte("id")}}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ text, at, say string }{
		"no YAML":                {"id: [", "a.yaml:1:", "non si legge"},
		"empty":                  {"", "a.yaml:1:1", "un documento"},
		"two documents":          {"id: a\n---\nid: b\n", "a.yaml:1:1", "un documento"},
		"a list":                 {"- a\n- b\n", "a.yaml:1:", "voci"},
		"no id":                  {"title: x\n", "a.yaml:1:1", "id"},
		"an id that is a list":   {"id: [a]\n", "a.yaml:1:", "parola"},
		"an id that is empty":    {"id: \"\"\n", "a.yaml:1:5", "parola"},
		"one language":           {strings.Replace(good, ", en: Ready", "", 1), "a.yaml:2:9", "inglese"},
		"one language on a line": {strings.Replace(good, "      en: Do you use mail?\n", "", 1), "a.yaml:6:7", "inglese"},
		"an empty language":      {strings.Replace(good, "Do you use mail?", "\"\"", 1), "a.yaml:6:7", "inglese"},
		"a key twice":            {good + "id: due\n", "a.yaml:8:1", "non si legge"},
		"an alias":               {"id: a\nx: &y [1]\nz: *y\n", "a.yaml:2:4", "per esteso"},
	} {
		t.Run(name, func(t *testing.T) {
			err := LintLoose(fstest.MapFS{"a.yaml": {Data: []byte(tc.text)}})
			var wrong *ContentError
			if !errors.As(err, &wrong) {
				t.Fatalf("%v", err)
			}
			if !strings.HasPrefix(wrong.In("it"), tc.at) || !strings.Contains(wrong.In("it"), tc.say) || wrong.In("it") == wrong.In("en") {
				t.Errorf("%s", wrong.In("it"))
			}
		})
	}
	err := LintLoose(fstest.MapFS{"a.yaml": {Data: []byte(good)}, "b.yaml": {Data: []byte(good)}})
	var wrong *ContentError
	if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.In("en"), "b.yaml:1:5") || !strings.Contains(wrong.In("en"), "a.yaml") {
		t.Errorf("two files with one id: %v", err)
	}
}
