package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"bottega/sync/journal"
	"bottega/sync/wire"
)

func newPassphrase() []byte { return []byte("una frase mai usata") }

// printed makes a recovery key and returns it as it stands on paper.
func printed(t testing.TB, j *journal.Journal) string {
	t.Helper()
	k, err := j.NewRecoveryKey(context.Background())
	must(t, err)
	defer k.Wipe()
	return string(k.Groups())
}

func recoverWith(t testing.TB, j *journal.Journal, paper, who string, passphrase []byte) error {
	t.Helper()
	k, err := journal.ParseRecoveryKey([]byte(paper))
	must(t, err)
	defer k.Wipe()
	return j.Recover(context.Background(), k, who, passphrase)
}

func TestARecoveryKeyGivesANewPassphraseOnce(t *testing.T) {
	c := newClock()
	j := create(t, c)
	note(t, j, "v", "prima")
	if has, _, err := j.HasRecoveryKey(); has || err != nil {
		t.Fatalf("before any was made: %t, %v", has, err)
	}
	old := printed(t, j)
	paper := printed(t, j)
	must(t, j.Close())
	j, err := journal.Open(j.Dir(), options(c))
	must(t, err)
	defer func() { must(t, j.Close()) }()
	if has, made, err := j.HasRecoveryKey(); !has || err != nil || !made.Equal(c.Now()) {
		t.Errorf("while locked: %t, %s, %v", has, made, err)
	}
	wantErr(t, recoverWith(t, j, old, sigla, newPassphrase()), journal.ErrRecoveryWrong)
	wantErr(t, recoverWith(t, j, paper, "nessuno", newPassphrase()), journal.ErrUnknownFacilitator)
	wantErr(t, recoverWith(t, j, paper, sigla, []byte("corta")), journal.ErrShortPassphrase)
	if !j.Locked() {
		t.Error("a refused recovery unlocked")
	}
	for range 3 { // a wrong passphrase keeps nobody from recovering
		wantErr(t, j.Unlock(sigla, []byte("non è questa")), journal.ErrWrongPassphrase)
		c.add(5 * time.Minute)
	}
	must(t, recoverWith(t, j, strings.ToLower(paper), sigla, newPassphrase()))
	note(t, j, "v", "dopo")
	wantErr(t, recoverWith(t, j, paper, sigla, newPassphrase()), journal.ErrNoRecovery)
	j.Lock()
	wantErr(t, j.Unlock(sigla, passphrase()), journal.ErrWrongPassphrase)
	c.add(5 * time.Minute)
	must(t, j.Unlock(sigla, newPassphrase()))
	if r := verified(t, j); r.Opened != 2 {
		t.Errorf("report %+v", r)
	}
	if paper := printed(t, j); paper == old {
		t.Error("the same key again")
	}
}

func TestARecoveryKeyIsReadHoweverItIsTypedAndTheMistypedGroupIsNamed(t *testing.T) {
	j := create(t, nil)
	if random := printed(t, j); len(random) != 8*5+7 {
		t.Fatalf("printed as %d characters", len(random))
	}
	paper := string(wire.Groups([]byte("\x01\x02\x9f\xc4\x05\x46\x57\x08\x19\x0a\xeb\x0c\x7d\xee\x0f\x30\x11\x72\xb3\x14")))
	if groups := strings.Split(paper, "-"); len(groups) != 8 || len(paper) != 8*5+7 {
		t.Fatalf("printed as %d groups in %d characters", len(groups), len(paper))
	}
	for name, typed := range map[string]string{
		"as printed": paper, "small letters": strings.ToLower(paper), "no hyphens": strings.ReplaceAll(paper, "-", ""),
		"on lines": strings.ReplaceAll(paper, "-", "\n"), "O for 0, l for 1": strings.NewReplacer("0", "o", "1", "l").Replace(paper),
	} {
		t.Run(name, func(t *testing.T) {
			k, err := journal.ParseRecoveryKey([]byte(typed))
			must(t, err)
			if string(k.Groups()) != paper {
				t.Error("read as another key")
			}
		})
	}
	spoil := func(group int) string {
		groups := strings.Split(paper, "-")
		b := []byte(groups[group-1])
		b[2] = map[bool]byte{true: '2', false: '3'}[b[2] == '3']
		groups[group-1] = string(b)
		return strings.Join(groups, "-")
	}
	swapped := func() string {
		g := strings.Split(paper, "-")
		g[1], g[2] = g[2], g[1]
		return strings.Join(g, "-")
	}
	for name, tc := range map[string]struct {
		typed string
		group int
	}{
		"one letter in the first group": {spoil(1), 1}, "one letter in the last group": {spoil(8), 8},
		"a sign that is no letter": {paper[:13] + "?" + paper[14:], 3}, "two groups swapped": {swapped(), 2},
		"the last group forgotten": {paper[:len(paper)-6], 0}, "a group too many": {paper + "-AAAAA", 0}, "nothing": {"", 0},
		"a letter forgotten at the end": {paper[:len(paper)-1], 8},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := journal.ParseRecoveryKey([]byte(tc.typed))
			var mistyped *journal.MistypedKey
			if !errors.As(err, &mistyped) || mistyped.Group != tc.group || !errors.Is(err, journal.ErrRecoveryMistyped) {
				t.Fatalf("told %v, want group %d", err, tc.group)
			}
			if !mistyped.Text().Complete() {
				t.Error("not said in both languages")
			}
		})
	}
}

func TestARecoveryKeyIsShownByNothingButItsGroups(t *testing.T) {
	j := create(t, nil)
	k, err := j.NewRecoveryKey(context.Background())
	must(t, err)
	paper := k.Groups()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("a key", "key", k)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("a key", "key", k)
	asJSON, err := json.Marshal(map[string]any{"key": k})
	must(t, err)
	shown := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		shown += fmt.Sprintf(verb, k) + fmt.Sprintf(verb, &k)
	}
	for group := range strings.SplitSeq(string(paper), "-") {
		if strings.Contains(shown, group) {
			t.Errorf("shown: %s", shown)
		}
	}
	if n := strings.Count(shown, "[recovery key]"); n != 3+14 {
		t.Errorf("hidden %d times: %s", n, shown)
	}
	k.Wipe()
	if bytes.Equal(k.Groups(), paper) {
		t.Error("wiped, and still there")
	}
}

// Whatever is typed is a key that is printed the same way again, or is told to be none.
func FuzzRecoveryKey(f *testing.F) {
	f.Add([]byte("00005-0000G-0000V-00006-0000H-0000W-00007-0000J"))
	f.Add([]byte(" o0005\u20110000g"))
	f.Add([]byte{0xff, '-'})
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := journal.ParseRecoveryKey(text)
		var mistyped *journal.MistypedKey
		if err != nil {
			if !errors.As(err, &mistyped) || mistyped.Group < 0 || mistyped.Group > 8 {
				t.Fatalf("told %v", err)
			}
			return
		}
		again, err := journal.ParseRecoveryKey(k.Groups())
		if err != nil || !bytes.Equal(again.Groups(), k.Groups()) || len(k.Groups()) != 47 {
			t.Fatalf("printed as %s: %v", k.Groups(), err)
		}
	})
}
