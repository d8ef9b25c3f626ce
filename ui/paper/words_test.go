package paper_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"bottega/desk"
	"bottega/ui/paper"
)

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	r := renderer(t)
	it, en := r.Texts("it"), r.Texts("en")
	if a, b := slices.Sorted(maps.Keys(it)), slices.Sorted(maps.Keys(en)); !slices.Equal(a, b) {
		t.Errorf("keys differ:\n%v\n%v", a, b)
	}
	for key, text := range it {
		for _, text := range []string{text, en[key]} {
			if strings.TrimSpace(text) == "" || len(r.Missing(text)) > 0 {
				t.Errorf("%s: empty, or with letters that the fonts lack: %q", key, text)
			}
		}
		if blanks(text) != blanks(en[key]) {
			t.Errorf("%s: the blanks to fill in differ", key)
		}
	}
}

// blanks lists the {names} in a text.
func blanks(s string) string {
	var out []string
	for _, part := range strings.Split(s, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestClosedSetsHaveTheirWords(t *testing.T) {
	var keys []string
	for _, p := range desk.CardParts() {
		keys = append(keys, "card_test.part."+string(p), "card_test.meaning."+string(p))
	}
	for _, p := range []desk.CardPart{desk.PartPIN, desk.PartLogin} {
		for _, r := range []desk.PartResult{desk.PartWorks, desk.PartFails, desk.PartNotChecked} {
			keys = append(keys, "card_test."+string(p)+"."+string(r))
		}
	}
	for _, kind := range desk.CardKinds() {
		if kind != desk.KindHealth {
			keys = append(keys, "card_kind."+string(kind))
		}
	}
	for _, s := range desk.CardReasons() {
		keys = append(keys, "card_reason."+s)
	}
	for _, m := range []desk.MemoReason{desk.MemoOffline, desk.MemoNotFound, desk.MemoExpired, desk.MemoPending, desk.MemoNotSigned} {
		keys = append(keys, "memo.reason."+string(m), "memo.next."+string(m))
	}
	for _, p := range []desk.Presence{desk.InPerson, desk.ByProxy, desk.ParentOfMinor} {
		keys = append(keys, "receipt.presence."+string(p))
	}
	for _, reason := range []desk.ErasureReason{desk.ErasedOnRequest, desk.ErasedWhenDue} {
		keys = append(keys, "erasure.reason."+string(reason))
	}
	// What the hub gives as the reason of a refused activation.
	for _, reason := range []string{"card_unknown", "card_revoked", "card_expired", "holder_mismatch", "already_active", "unreadable", "incomplete", "fiscal_code"} {
		keys = append(keys, "receipt.reason."+reason)
	}
	texts := renderer(t).Texts("it")
	for _, key := range keys {
		if texts[key] == "" {
			t.Errorf("%s has no words", key)
		}
	}
}

func TestTheFontsHaveTheLettersOfOurCitizens(t *testing.T) {
	r := renderer(t)
	for language, letters := range map[string]string{
		"Italian":    "àèéìíòóùúÀÈÉÌÍÒÓÙÚ’“”«»€°ªº–—…·",
		"Romanian":   "șțăâîȘȚĂÂÎşţŞŢ",
		"Albanian":   "ëçËÇ",
		"French":     "àâæçéèêëîïôœùûüÿ",
		"Spanish":    "áéíñóúü¿¡ÁÉÍÑÓÚÜ",
		"German":     "äöüßÄÖÜ",
		"Polish":     "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
		"Croatian":   "čćđšžČĆĐŠŽ",
		"Turkish":    "çğıöşüİĞŞ",
		"Portuguese": "ãõâêôáéíóúçÃÕ",
	} {
		if lost := r.Missing(letters); len(lost) > 0 {
			t.Errorf("%s lacks %q", language, lost)
		}
	}
}

func TestLettersThatAreMissingBecomeReadableOnes(t *testing.T) {
	r := renderer(t)
	cases := []struct{ name, text, printed, lost string }{
		{"a decomposed letter is composed", "S\u0326tefa\u0306n", "Ștefăn", ""},
		{"Vietnamese keeps its base letters", "Nguyễn Thị Hạnh", "Nguyên Thi Hanh", "ễịạ"},
		{"a ligature falls apart", "ﬁglio", "figlio", ""},
		{"another alphabet is told, never a box", "Олена", "?????", "Олена"},
		{"invisible signs vanish", "Ro\u200bsa\ufeff\u00ad", "Rosa", ""},
		{"a line break is a blank", "via Roma\n12", "via Roma 12", ""},
		{"a typographic hyphen is a hyphen", "Anna\u2011Maria", "Anna-Maria", ""},
		{"an emoji is told", "ciao 🙂", "ciao ?", "🙂"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if got := r.Printable(tc.text); got != tc.printed {
				t.Errorf("printed %q, want %q", got, tc.printed)
			}
			for _, lost := range tc.lost {
				if !slices.Contains(r.Missing(tc.text), lost) {
					t.Errorf("%q was lost and not told", lost)
				}
			}
			if tc.lost == "" && len(r.Missing(tc.text)) > 0 {
				t.Errorf("told as lost: %q", r.Missing(tc.text))
			}
		})
	}
}

func TestNamesThatCannotBePrintedAreListed(t *testing.T) {
	p := memo()
	p.Memo.Holder = desk.Person{Surname: "Nguyễn", Name: "Hạnh"}
	got, err := renderer(t).Degraded(p)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if got[0].Text != "Hạnh" || got[0].Printed != "Hanh" || got[1].Text != "Nguyễn" {
		t.Errorf("got %+v", got)
	}
	r := renderer(t)
	for _, p := range ordinary() {
		if got, err := r.Degraded(p); err != nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", p.Kind, got, err)
		}
	}
}

func TestEachStateIsSaidInItsOwnWords(t *testing.T) {
	cases := []struct {
		state      string
		says, hush []string
	}{
		{"confirmed", []string{"TESSERA ATTIVATA", "busta"}, []string{"RICHIESTA"}},
		{"refused", []string{"RICHIESTA NON ACCOLTA", "intestata a un'altra persona", "sportello della ASL"}, []string{"ATTIVATA"}},
		{"sound", []string{"La tessera funziona in tutte le parti controllate"}, []string{"NON FUNZIONA", "tessera nuova"}},
		{"dead", []string{"NON FUNZIONA", "Il chip non risponde", "NON CONTROLLATA", "Come chiedere una tessera nuova"}, []string{"funziona in tutte"}},
		{"odd", []string{"non si è potuta controllare", "non vuol dire che sia guasto"}, []string{"tessera nuova", "NON FUNZIONA"}},
		{"proved", []string{"prova di accesso", "RIUSCITA", "riuscita il 1° aprile 2026", "arriva dal centro"}, []string{"ATTIVATA", "NON"}},
		{"pin_blocked", []string{"ma il PIN non è stato accettato", "PUK"}, []string{"tessera nuova", "NON FUNZIONA", "NON FATTA"}},
		{"door_shut", []string{"la prova di accesso non è riuscita", "ha ritirato il certificato", "SPID"}, []string{"Come chiedere"}},
		{"not_found", []string{"non risulta", "autocertificazione"}, []string{"collegata"}},
		{"pending", []string{"La risposta non è ancora arrivata"}, []string{"collegata"}},
		{"due", []string{"finito il tempo di conservazione", "1 registrazione, la n. 31"}, []string{"conteggi", "chiesto la persona"}},
		{"curator", []string{"Firma del curatore", "Dati di chi firma"}, nil},
	}
	r, papers := renderer(t), states()
	for _, tc := range cases {
		t.Run(tc.state, func(t *testing.T) {
			all := strings.Join(text(t, saved(t, r, papers[tc.state][0]), "-layout"), " ")
			for _, phrase := range tc.says {
				if !strings.Contains(all, phrase) {
					t.Errorf("%q is not said:\n%s", phrase, all)
				}
			}
			for _, phrase := range tc.hush {
				if strings.Contains(all, phrase) {
					t.Errorf("%q is said:\n%s", phrase, all)
				}
			}
		})
	}
}

func TestFileNamesNameNobody(t *testing.T) {
	r := rosa()
	cases := []struct {
		name   string
		change func(*desk.Paper)
		want   string
	}{
		{"kind and number", func(*desk.Paper) {}, "promemoria-LU-PIAZZA-1-2026-000124.pdf"},
		{"practice shows", func(p *desk.Paper) { p.Practice = true }, "PROVA-promemoria-LU-PIAZZA-1-2026-000124.pdf"},
		{"a fiscal code as number", func(p *desk.Paper) { p.Number = r.FiscalCode }, ""},
		{"a fiscal code within the number", func(p *desk.Paper) { p.Number = "LU-" + strings.ToLower(r.FiscalCode) }, ""},
		{"a name within the number", func(p *desk.Paper) { p.Number = "LU-bianchini-1" }, ""},
		{"a path as number", func(p *desk.Paper) { p.Number = "../../etc/passwd" }, ""},
		{"no number", func(p *desk.Paper) { p.Number = "" }, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			p := memo()
			tc.change(&p)
			got := paper.FileName(p)
			if tc.want != "" && got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			upper := strings.ToUpper(got)
			for _, secret := range []string{r.FiscalCode, "BIANCHINI", "ROSA", "/", ".."} {
				if strings.Contains(upper, secret) {
					t.Errorf("%s tells %q", got, secret)
				}
			}
		})
	}
}
