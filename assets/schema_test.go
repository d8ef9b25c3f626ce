package assets

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"bottega/desk/walk"
)

// schema is the part of JSON Schema that ours is written in.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  *bool              `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	MinItems    int                `json:"minItems"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	MinLength   int                `json:"minLength"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	Defs        map[string]*schema `json:"$defs"`
	Description string             `json:"description"`
	Title       string             `json:"title"`
	Schema      string             `json:"$schema"`
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	data, err := ServiceSchema()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	root := new(schema)
	if err := dec.Decode(root); err != nil {
		t.Fatalf("the schema uses a word that this check does not know: %v", err)
	}
	return root
}

func (s *schema) resolve(root *schema) *schema {
	if s.Ref == "" {
		return s
	}
	return root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
}

// check returns what is wrong with a value.
func (s *schema) check(root *schema, at string, v any) []string {
	s = s.resolve(root)
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	switch v := v.(type) {
	case map[string]any:
		if s.Type != "object" {
			add("an object is not a %s", s.Type)
			return wrong
		}
		for _, key := range s.Required {
			if _, there := v[key]; !there {
				add("%s is missing", key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if s.Properties[key] == nil {
				add("%s is not known", key)
				continue
			}
			wrong = append(wrong, s.Properties[key].check(root, at+"."+key, v[key])...)
		}
	case []any:
		if s.Type != "array" || len(v) < s.MinItems {
			add("a list of %d is not what is wanted (%s of at least %d)", len(v), s.Type, s.MinItems)
			return wrong
		}
		for i, item := range v {
			wrong = append(wrong, s.Items.check(root, fmt.Sprintf("%s[%d]", at, i), item)...)
		}
	case string:
		bad := s.Type != "string" || len(v) < s.MinLength || len(s.Enum) > 0 && !slices.Contains(s.Enum, v) ||
			s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v)
		if bad {
			add("%q will not do", v)
		}
	case bool:
		if s.Type != "boolean" {
			add("true or false is not a %s", s.Type)
		}
	default:
		n := reflect.ValueOf(v)
		if s.Type != "integer" || !n.CanConvert(reflect.TypeFor[float64]()) {
			add("%v is not a %s", v, s.Type)
			return wrong
		}
		f := n.Convert(reflect.TypeFor[float64]()).Float()
		if s.Minimum != nil && f < *s.Minimum || s.Maximum != nil && f > *s.Maximum {
			add("%v is out of bounds", v)
		}
	}
	return wrong
}

func TestEveryServiceFileKeepsToThePublishedSchema(t *testing.T) {
	root := readSchema(t)
	err := fs.WalkDir(serviceFiles, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		data, err := serviceFiles.ReadFile(path)
		if err != nil {
			return err
		}
		var v map[string]any
		if err := yaml.Unmarshal(data, &v); err != nil {
			return err
		}
		for _, w := range root.check(root, path, v) {
			t.Error(w)
		}
		v["steps"].([]any)[0].(map[string]any)["kind"] = "dance"
		if len(root.check(root, path, v)) == 0 {
			t.Error("the check would not notice a kind of step that does not exist")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSchemaSaysWhatTheProgramReads(t *testing.T) {
	root := readSchema(t)
	compare(t, root, root, reflect.TypeFor[walk.Service](), "service")
	for name, lists := range map[string][2][]string{
		"kind":    {root.Defs["step"].Properties["kind"].Enum, texts(walk.Kinds())},
		"action":  {root.Defs["step"].Properties["action"].Enum, texts(walk.Actions())},
		"paper":   {root.Defs["step"].Properties["paper"].Enum, texts(walk.Papers())},
		"type":    {root.Defs["field"].Properties["type"].Enum, texts(walk.FieldTypes())},
		"class":   {root.Defs["outcome"].Properties["class"].Enum, texts(walk.Classes())},
		"fact":    {root.Defs["condition"].Properties["fact"].Enum, texts(walk.KnownFacts())},
		"prefill": {root.Defs["field"].Properties["prefill"].Enum, texts(walk.KnownFacts())},
	} {
		if !slices.Equal(lists[0], lists[1]) {
			t.Errorf("%s: the schema has %v, the program %v", name, lists[0], lists[1])
		}
	}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// compare walks the schema and the Go type together: same keys, and no key passes unknown.
func compare(t *testing.T, root, s *schema, typ reflect.Type, at string) {
	t.Helper()
	s = s.resolve(root)
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ.Kind() == reflect.Slice && s.Items != nil:
		compare(t, root, s.Items, typ.Elem(), at+"[]")
	case typ.Kind() == reflect.Struct && s.Type == "object":
		var keys []string
		for i := range typ.NumField() {
			key := typ.Field(i).Tag.Get("yaml")
			keys = append(keys, key)
			if s.Properties[key] == nil {
				t.Errorf("%s: the schema lacks %s", at, key)
				continue
			}
			compare(t, root, s.Properties[key], typ.Field(i).Type, at+"."+key)
		}
		for key := range s.Properties {
			if !slices.Contains(keys, key) {
				t.Errorf("%s: the program does not read %s", at, key)
			}
		}
		if s.Additional == nil || *s.Additional {
			t.Errorf("%s: the schema lets unknown keys pass", at)
		}
	}
}
