package checkup_test

import (
	"testing"
	"time"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/ui/checkup"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

func TestValuesArePutIntoTheWordsOfALanguage(t *testing.T) {
	l := texttest.Localizer(t, text.Italian)
	say := func(args ...any) string {
		return checkup.Finding{Check: "journal", Result: "trouble", State: checkup.Broken, Args: args}.Message(l)
	}
	at := time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		value any
		want  string
	}{
		"a translation":           {checkup.Key("doctor.disk"), "Disco"},
		"its first sentence":      {checkup.Opening("line.problem.hub_unreachable"), "Il centro non risponde."},
		"all other sentences":     {checkup.Remainder("line.problem.hub_unreachable"), "Continua pure a lavorare: tutto resta al sicuro qui e riprovo da solo."},
		"only one sentence":       {checkup.Opening("print.jam.title"), "Un foglio si è inceppato."},
		"both languages":          {bilingual.Text{It: "Il diario è rotto", En: "The journal is broken"}, "Il diario è rotto."},
		"megabytes":               {checkup.Bytes(640 << 20), "640 MB"},
		"gigabytes":               {checkup.Bytes(64<<30 + 1), "64 GB"},
		"a moment":                {at, "23/11/2026, 09:05"},
		"no moment":               {time.Time{}, ""},
		"a day":                   {civil.Of(at), "23/11/2026"},
		"a number":                {12345, "12.345"},
		"a text, with its quotes": {`HP "Sala" & <C>`, `HP "Sala" & <C>`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := say("What", tt.value); got != tt.want {
				t.Errorf("says %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheTextIsReadOutLineByLine(t *testing.T) {
	found := []checkup.Finding{
		{Check: "disk", Result: "enough", State: checkup.Well, Args: []any{"Free", checkup.Bytes(64 << 30)}},
		{Check: "second_screen", Result: "unknown", State: checkup.Note},
		{Check: "service", Result: checkup.Late, State: checkup.Broken},
	}
	for lang, want := range map[string]string{
		text.Italian: "  bene  Sul disco ci sono 64 GB liberi.\n" +
			"  nota  Da qui non si vede se c'è un secondo schermo.\n        Fai il controllo nell'app: F1, poi «Controlla il computer».\n" +
			"GUARDA  Servizio delle carte: il controllo non ha finito in tempo.\n        Qualcosa è bloccato. Riavvia il computer e rifai il controllo.\n" +
			"\n1 cosa ha bisogno di attenzione.\n",
		text.English: "  fine  The disk has 64 GB free.\n" +
			"  note  Whether there is a second screen cannot be seen from here.\n        Make the check in the app: F1, then “Check the computer”.\n" +
			"  LOOK  Card service: the check did not end in time.\n        Something is stuck. Restart the computer and check again.\n" +
			"\n1 thing needs attention.\n",
	} {
		if got := checkup.Text(texttest.Localizer(t, lang), found); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", lang, got, want)
		}
	}
	if got := checkup.Sum(texttest.Localizer(t, text.English), found[:2]); got != "0 things need attention." || checkup.Attention(found) != 1 {
		t.Errorf("sum %q, attention %d", got, checkup.Attention(found))
	}
}
