package login

import (
	"net/http"
	"slices"
	"testing"

	"bottega/desk"
)

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"accepted":true,"serial":"0A1B2C","fiscal_code":"SMPPRV88B69D612T","protocol":"TLS 1.3","at":"2026-11-21T10:00:00Z"}`,
		`{"accepted":false,"reason":"revoked","serial":"a1"}`, `{"serial":1}`, `[]`, `null`, `<html>`, ``, `{"serial":"1","at":"x"}`,
	} {
		f.Add("application/json", []byte(seed))
	}
	f.Add("text/html; charset", []byte("<html>"))
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		answer, err := parse(&http.Response{Header: http.Header{"Content-Type": {media}}}, body)
		switch {
		case err != nil && answer != (desk.DoorAnswer{}):
			t.Errorf("%v, and yet %+v", err, answer)
		case err == nil && (answer.Serial == "" || answer.Portal != nil):
			t.Errorf("took %q for a door: %+v", body, answer)
		case err == nil && answer.Accepted != (answer.Reason == ""), err == nil && answer.Reason != "" && !slices.Contains(desk.CardReasons(), answer.Reason):
			t.Errorf("a reason of its own: %+v", answer)
		}
	})
}

func TestSerialsAreComparedHoweverTheyAreWritten(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{{"0A1B", "a1b", true}, {"0a:1b", "A1B", true}, {"A1B", "A1C", false}, {"", "1", false}} {
		if sameSerial(tc.a, tc.b) != tc.same {
			t.Errorf("%q and %q", tc.a, tc.b)
		}
	}
}
