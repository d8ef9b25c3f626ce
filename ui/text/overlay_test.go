package text_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"bottega/assets"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

func texts(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestTextsOfAFolderTakeThePlaceOfTheirOwnAndOfNoOther(t *testing.T) {
	shown := texttest.Catalog(t)
	window := shown.For("it")
	before := window.T("line.problem.hub_busy")
	newer, err := text.EmbeddedWith(texts(map[string]string{
		"line.it.json": `{"line.problem.hub_busy": "Il centro ha da fare."}`, "line.en.json": `{"line.problem.hub_busy": "The hub is busy."}`,
		"README.md": "why",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := window.T("line.problem.hub_busy"); got != before {
		t.Errorf("before it is taken: %q", got)
	}
	shown.Take(newer)
	if got := window.T("line.problem.hub_busy"); got != "Il centro ha da fare." {
		t.Errorf("%q", got)
	}
	if got := shown.For("en").T("line.problem.hub_busy"); got != "The hub is busy." {
		t.Errorf("%q", got)
	}
	if got, want := window.T("line.problem.clock"), texttest.Localizer(t, "it").T("line.problem.clock"); got != want {
		t.Errorf("another text: %q", got)
	}
}

func TestATextThatTheProgramCannotSayIsToldWithItsLine(t *testing.T) {
	const key, plural = "ctl.queue.safe", "ctl.service.clean"
	if raw := texttest.Localizer(t, "it").Raw(key); !strings.Contains(raw, "{{.Safe}}") || !strings.Contains(raw, "{{.Total}}") {
		t.Fatalf("%s says %q: choose another key for this test", key, raw)
	}
	form := func(name, text string) string {
		return `{"` + plural + `": {"one": "{{.Count}}", "` + name + `": "` + text + `", "other": "{{.Count}}"}}`
	}
	formed := form("one", "{{.Count}}")
	good := `{"` + key + `": "{{.Safe}} / {{.Total}}"}`
	for name, tc := range map[string]struct{ it, en, at, say string }{
		"a key that does not exist":  {`{"no.such": "x"}`, `{"no.such": "x"}`, "a.en.json:1:1", "no.such"},
		"one language alone":         {good, `{}`, "a.it.json:1:1", "(en)"},
		"an argument lost":           {"{\n\n\"" + key + `": "{{.Safe}}"}`, good, "a.it.json:3:1", ".Total"},
		"an argument made up":        {`{"` + key + `": "{{.Safe}} {{.Total}} {{.PIN}}"}`, good, "a.it.json:1:1", ".Safe .Total"},
		"a function":                 {`{"` + key + `": "{{printf \"%9999999d\" .Safe}} {{.Total}}"}`, good, "a.it.json:1:1", "graffe"},
		"a loop":                     {`{"` + key + `": "{{range .Safe}}{{.Total}}{{end}}"}`, good, "a.it.json:1:1", "graffe"},
		"braces that do not close":   {`{"` + key + `": "{{.Safe}} {{.Total}} {{"}`, good, "a.it.json:1:1", "graffe"},
		"a condition without an end": {`{"` + key + `": "{{if .Safe}} {{.Total}}"}`, good, "a.it.json:1:1", "graffe"},
		"no text":                    {`{"` + key + `": ""}`, good, "a.it.json:1:1", key},
		"one form for two":           {`{"` + plural + `": "{{.Count}}"}`, `{"` + plural + `": {"one": "{{.Count}}", "other": "{{.Count}}"}}`, "a.it.json:1:1", "one e other"},
		"a left mark of its own":     {`{"` + key + `": {"leftDelim": "<<", "other": "<<printf \"%9999999d\" .Safe>> {{.Safe}} {{.Total}}"}}`, good, "a.it.json:1:1", "segni"},
		"a right mark of its own":    {`{"` + key + `": {"rightDelim": ">>", "other": "{{.Safe}} {{.Total}}"}}`, good, "a.it.json:1:1", "segni"},
		"a form for none":            {form("zero", "x"), formed, "a.it.json:1:1", "forme"},
		"a form for two":             {form("two", "x"), formed, "a.it.json:1:1", "forme"},
		"a form for a few":           {form("few", "x"), formed, "a.it.json:1:1", "forme"},
		"many of a text of one form": {`{"` + key + `": {"many": "{{.Safe}} {{.Total}}", "other": "{{.Safe}} {{.Total}}"}}`, good, "a.it.json:1:1", "forme"},
		"a function in many":         {form("many", `{{len .Count}}`), formed, "a.it.json:1:1", "graffe"},
		"many without its argument":  {form("many", "x"), formed, "a.it.json:1:1", ".Count"},
		"many with one made up":      {form("many", "{{.Count}} {{.PIN}}"), formed, "a.it.json:1:1", ".Count"},
		"no JSON":                    {`{"a`, `{}`, "a.it.json:1:1", "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := text.EmbeddedWith(texts(map[string]string{"a.it.json": tc.it, "a.en.json": tc.en}))
			var wrong *assets.ContentError
			if !errors.As(err, &wrong) || c != nil {
				t.Fatalf("%v, %v", c, err)
			}
			if !strings.HasPrefix(wrong.In("it"), tc.at) || !strings.Contains(wrong.In("it"), tc.say) || wrong.In("it") == wrong.In("en") {
				t.Errorf("%s\n%s", wrong.In("it"), wrong.In("en"))
			}
		})
	}
	if _, err := text.EmbeddedWith(texts(map[string]string{"a.it.json": form("many", "{{.Count}} di"), "a.en.json": formed})); err != nil {
		t.Errorf("many as other: %v", err)
	}
	for name, files := range map[string]map[string]string{
		"another name":     {"testi.json": `{}`},
		"a third language": {"a.fr.json": `{}`},
		"twice":            {"a.it.json": good, "b.it.json": good, "a.en.json": good},
	} {
		var wrong *assets.ContentError
		if _, err := text.EmbeddedWith(texts(files)); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
