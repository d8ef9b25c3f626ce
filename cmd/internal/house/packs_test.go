package house_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bottega/assets"
	"bottega/assets/assetstest"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/sync/wire"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// hubKey is a hub that signs packs; another seed is another hub.
type hubKey byte

func (k hubKey) private() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(k)}, ed25519.SeedSize))
}

func (k hubKey) public() []wire.TokenKey {
	return []wire.TokenKey{wire.NewTokenKey(k.private().Public().(ed25519.PublicKey))}
}

// service is a pack with one service of that name, and whatever else is given.
func (k hubKey) service(t *testing.T, version uint64, name string, more ...func(*wire.PackFacts, map[string]string)) []byte {
	t.Helper()
	facts := wire.PackFacts{Version: version, MadeAt: noon, Needs: 1}
	files := map[string]string{"services/" + name + ".yaml": strings.Replace(assetstest.Service, "id: small", "id: "+name, 1)}
	for _, f := range more {
		f(&facts, files)
	}
	data, err := wire.SignPack(k.private(), facts, folder(files))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func forPractice(f *wire.PackFacts, _ map[string]string) { f.Practice = true }

func withMistake(_ *wire.PackFacts, files map[string]string) {
	files["rules/r.yaml"] = "id: x\nwrong: 1\n"
}

const ours, theirs hubKey = 1, 2

// packRoom is a desk over its packs, that can be shut and opened again.
type packRoom struct {
	*house.Packs
	*desk.Desk
	t       *testing.T
	params  house.PacksParams
	journal *desktest.Journal
	newID   func() string
	stop    func()
}

func openPackRoom(t *testing.T) *packRoom {
	t.Helper()
	own, err := content()
	if err != nil {
		t.Fatal(err)
	}
	r := &packRoom{
		t: t, journal: &desktest.Journal{Clock: desktest.NewClock(noon)}, newID: desktest.IDs(), stop: func() {},
		params: house.PacksParams{Dir: filepath.Join(t.TempDir(), house.PacksFolder), Keys: ours.public(), Own: own},
	}
	r.restart()
	if err := r.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"}); err != nil {
		t.Fatal(err)
	}
	return r
}

// restart opens the desk again over the same disk.
func (r *packRoom) restart() {
	r.t.Helper()
	r.stop()
	r.Packs = house.OpenPacks(r.params)
	d, err := desk.Open(r.t.Context(), desk.Params{
		Journal: r.journal, Clock: desktest.NewClock(noon), NewID: r.newID, Catalogue: r.Content().Catalogue, Papers: desktest.Papers{},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Desk, r.stop = d, r.Follow(d, nil)
}

func (r *packRoom) offer(data []byte) {
	r.t.Helper()
	if err := r.Offer(r.t.Context(), data, r.params.Keys); err != nil {
		r.t.Fatal(err)
	}
}

// refuses fails unless the offer is refused with a word, and leaves the desk as it was.
func (r *packRoom) refuses(data []byte, keys []wire.TokenKey, word string) {
	r.t.Helper()
	before, files := r.Status(), r.files()
	var refused *house.PackError
	if err := r.Offer(r.t.Context(), data, keys); !errors.As(err, &refused) || refused.Word != word {
		r.t.Errorf("%v, want %s", err, word)
	}
	after := r.Status()
	if after.Problem != word || after.Version != before.Version || after.Waiting != before.Waiting {
		r.t.Errorf("%+v became %+v", before, after)
	}
	if now := r.files(); !slices.Equal(files, now) {
		r.t.Errorf("the folder had %v and has %v", files, now)
	}
}

func (r *packRoom) files() []string {
	entries, err := os.ReadDir(r.params.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// packFile is the file of a version.
func (r *packRoom) packFile(version string) string {
	r.t.Helper()
	found, err := filepath.Glob(filepath.Join(r.params.Dir, version+"-*"+wire.PackSuffix))
	if err != nil || len(found) != 1 {
		r.t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

// works fails unless the desk works with a version, which has a service of that name.
func (r *packRoom) works(version uint64, service string) {
	r.t.Helper()
	if s := r.Status(); s.Version != version {
		r.t.Errorf("%+v, want version %d", s, version)
	}
	if _, found := r.Catalogue().Service(service); !found {
		r.t.Errorf("%s is not among the services", service)
	}
	if _, found := r.Content().Catalogue.Service(service); !found {
		r.t.Errorf("%s is not in the content", service)
	}
}

const ownService = "card-activation"

func TestAPackComesIntoForceBetweenVisitsAndStaysAfterARestart(t *testing.T) {
	r := openPackRoom(t)
	r.works(0, ownService)
	r.offer(ours.service(t, 1, "uno"))
	r.works(1, "uno")
	visit, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	r.offer(ours.service(t, 2, "due"))
	r.works(1, "uno")
	if s := r.Status(); s.Waiting != 2 || s.Problem != "" {
		t.Errorf("%+v", s)
	}
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	r.works(2, "due")
	if s := r.Status(); s.Waiting != 0 || !s.Made.Equal(noon) {
		t.Errorf("%+v", s)
	}
	r.restart()
	r.works(2, "due")
	r.offer(ours.service(t, 2, "due")) // the same again is no news
	if s := r.Status(); s.Problem != "" || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAWalkThatWasOpenAtACrashFindsItsServiceAndThePackGoesOnWaiting(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 1, "uno"))
	visit, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	walk, err := r.StartWalk(t.Context(), visit, "uno")
	if err != nil {
		t.Fatal(err)
	}
	r.offer(ours.service(t, 2, "due"))
	r.restart()
	r.works(1, "uno")
	if s := r.Status(); s.Waiting != 2 {
		t.Errorf("%+v", s)
	}
	if _, err := r.Walk(walk, desk.Moment{}); err != nil {
		t.Errorf("the walk: %v", err)
	}
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	r.works(2, "due")
}

func TestWhatIsWrongWithAPackIsToldAndTheLastGoodOneStays(t *testing.T) {
	good := ours.service(t, 8, "otto")
	cut := good[:len(good)-1]
	tampered := bytes.Clone(good)
	tampered[len(tampered)-1] ^= 1
	for name, tc := range map[string]struct {
		data  []byte
		word  string
		again bool // it is worth fetching again
	}{
		"a photograph":         {[]byte("\xff\xd8\xff\xe0"), house.PackNone, true},
		"cut short":            {cut, house.PackShort, true},
		"tampered with":        {tampered, house.PackChanged, false},
		"another hub's":        {theirs.service(t, 8, "otto"), house.PackKey, true},
		"for practice":         {ours.service(t, 8, "otto", forPractice), house.PackPractice, false},
		"a mistake in a file":  {ours.service(t, 8, "otto", withMistake), house.PackContent, false},
		"older":                {ours.service(t, 6, "sei"), house.PackOlder, false},
		"another of that name": {ours.service(t, 7, "altro"), house.PackOlder, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := openPackRoom(t)
			r.offer(ours.service(t, 7, "sette"))
			seen := r.Seen()
			r.refuses(tc.data, ours.public(), tc.word)
			r.works(7, "sette")
			if want := map[bool]string{true: seen, false: wire.PackDigest(tc.data)}[tc.again]; r.Seen() != want {
				t.Errorf("seen %s, want %s", r.Seen(), want)
			}
			r.offer(good)
			r.works(8, "otto")
			if s := r.Status(); s.Problem != "" || r.Seen() != wire.PackDigest(good) {
				t.Errorf("%+v", s)
			}
		})
	}
	t.Run("a mistake is told with its place", func(t *testing.T) {
		var wrong *assets.ContentError
		err := openPackRoom(t).Install(ours.service(t, 1, "uno", withMistake))
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.In("it"), "rules/r.yaml:2:1") {
			t.Errorf("%v", err)
		}
	})
}

func TestAPackTamperedWithAtAnyByteIsRefusedByADesk(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 1, "uno"))
	good := ours.service(t, 2, "due")
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if err := r.Install(bad); err == nil {
			t.Fatalf("byte %d of %d", i, len(good))
		}
	}
	r.works(1, "uno")
}

func TestAPracticeDeskTakesPracticePacksAlone(t *testing.T) {
	r := openPackRoom(t)
	r.params.Practice = true
	r.restart()
	r.refuses(ours.service(t, 1, "uno"), ours.public(), house.PackPractice)
	r.offer(ours.service(t, 1, "uno", forPractice))
	r.works(1, "uno")
	r.params.Practice = false // the folder of a practice desk under a real one
	r.restart()
	r.works(0, ownService)
	if s := r.Status(); s.Problem != house.PackPractice {
		t.Errorf("%+v", s)
	}
}

func TestADeskGoesBackOnlyWhenSomebodySaysSo(t *testing.T) {
	r := openPackRoom(t)
	if err := r.Rollback(r.Desk); !errors.Is(err, house.ErrNoPack) {
		t.Errorf("with no pack: %v", err)
	}
	first, second := ours.service(t, 1, "uno"), ours.service(t, 2, "due")
	r.offer(first)
	r.offer(second)
	visit, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Rollback(r.Desk); !errors.Is(err, desk.ErrVisitOpen) {
		t.Errorf("with a visit open: %v", err)
	}
	r.offer(ours.service(t, 3, "tre"))
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	r.works(3, "tre")
	if err := r.Rollback(r.Desk); err != nil {
		t.Fatal(err)
	}
	r.works(2, "due")
	r.restart()
	r.works(2, "due")
	if r.Seen() != wire.PackDigest(ours.service(t, 3, "tre")) {
		t.Error("the hub would send it again")
	}
	r.refuses(ours.service(t, 3, "tre"), ours.public(), house.PackRolledBack)
	if err := r.Install(ours.service(t, 3, "tre")); err != nil {
		t.Errorf("by hand: %v", err)
	}
	r.works(3, "tre")
	r.offer(ours.service(t, 4, "quattro"))
	r.works(4, "quattro")
	for range 2 { // to 3, and from 3, before which nothing was kept, to the program's own
		if err := r.Rollback(r.Desk); err != nil {
			t.Fatal(err)
		}
	}
	r.works(0, ownService)
}

func TestWhatWasGoneBackFromIsNotTakenAgainByItselfHoweverOftenOneGoesBack(t *testing.T) {
	r := openPackRoom(t)
	one, two, three, four := ours.service(t, 1, "uno"), ours.service(t, 2, "due"), ours.service(t, 3, "tre"), ours.service(t, 4, "quattro")
	for _, pack := range [][]byte{one, two, three} {
		r.offer(pack)
	}
	for range 2 { // from 3, and from 2, before which nothing was kept
		if err := r.Rollback(r.Desk); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		r.works(0, ownService)
		if r.Seen() != wire.PackDigest(three) {
			t.Error("the hub would send the newest again")
		}
		r.refuses(three, ours.public(), house.PackRolledBack)
		r.refuses(two, ours.public(), house.PackRolledBack)
		r.restart()
	}
	r.offer(four)
	r.works(4, "quattro")
	if r.Seen() != wire.PackDigest(four) {
		t.Error("the hub would send it again")
	}
	if err := r.Rollback(r.Desk); err != nil {
		t.Fatal(err)
	}
	r.refuses(three, ours.public(), house.PackRolledBack)
	if err := r.Install(two); err != nil {
		t.Errorf("by hand: %v", err)
	}
	r.works(2, "due")
	r.restart()
	if r.Seen() != wire.PackDigest(four) {
		t.Error("the hub would send the newest again")
	}
}

func TestAPackThatWasGoneBackFromIsKnownFromAStateThatNamesNoMoreThanItsDigest(t *testing.T) {
	r := openPackRoom(t)
	one, two := ours.service(t, 1, "uno"), ours.service(t, 2, "due")
	r.offer(one)
	var state map[string]any
	file := filepath.Join(r.params.Dir, "state.json")
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &state)
	}
	state["barred"] = wire.PackDigest(two)
	data, wrong := json.Marshal(state)
	if err := errors.Join(err, wrong); err != nil {
		t.Fatal(err)
	}
	write(t, file, data)
	r.restart()
	r.works(1, "uno")
	if r.Seen() != wire.PackDigest(two) {
		t.Error("the hub would send it again")
	}
	r.refuses(two, ours.public(), house.PackRolledBack)
	if err := r.Rollback(r.Desk); err != nil { // writes the state as it is written today
		t.Fatal(err)
	}
	r.restart()
	r.refuses(two, ours.public(), house.PackRolledBack)
	r.refuses(one, ours.public(), house.PackRolledBack)
}

func TestGoingBackAlwaysLeadsSomewhere(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 1, "uno"))
	r.offer(ours.service(t, 2, "due"))
	write(t, r.packFile("000001"), nil)
	if err := r.Rollback(r.Desk); err != nil {
		t.Fatal(err)
	}
	r.works(0, ownService)
	r.restart()
	r.works(0, ownService)
	if s := r.Status(); s.Problem != "" {
		t.Errorf("%+v", s)
	}
}

func TestAPackThatWaitsIsGoneBackFromFirst(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 1, "uno"))
	visit, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	r.offer(ours.service(t, 2, "due"))
	r.stop() // the program is closed, and the visit is closed from a terminal
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	r.Packs = house.OpenPacks(r.params)
	if err := r.Rollback(r.Desk); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.works(1, "uno")
	if s := r.Status(); s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

func TestADamagedPackIsPassedOverForTheGoodOneBeforeItAndAtLastForTheProgramsOwn(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 1, "uno"))
	r.offer(ours.service(t, 2, "due"))
	for name, damage := range map[string]func(file string) error{
		"a flipped bit": func(file string) error {
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			data[len(data)/2] ^= 1
			return os.WriteFile(file, data, 0o600)
		},
		"cut short":    func(file string) error { return os.Truncate(file, 300) },
		"empty":        func(file string) error { return os.Truncate(file, 0) },
		"lost":         os.Remove,
		"another pack": func(file string) error { return os.WriteFile(file, ours.service(t, 3, "tre"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			file := r.packFile("000002")
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(file); err != nil {
				t.Fatal(err)
			}
			r.restart()
			r.works(1, "uno")
			if s := r.Status(); s.Problem == "" || r.Seen() != "" {
				t.Errorf("%+v, seen %q", s, r.Seen())
			}
			if err := os.WriteFile(file, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := errors.Join(os.Remove(r.packFile("000001")), os.Remove(r.packFile("000002"))); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.works(0, ownService)
	if s := r.Status(); s.Problem != house.PackDamaged {
		t.Errorf("%+v", s)
	}
	r.offer(ours.service(t, 2, "due")) // the hub sends it again
	r.works(2, "due")
}

// A program that is killed while it takes a pack leaves one of these folders.
func TestKillDuringAnInstallLeavesTheLastGoodPack(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, dir string, state []byte){
		"half a pack": func(t *testing.T, dir string, _ []byte) {
			write(t, filepath.Join(dir, "000002-0123456789abcdef.pacchetto.123.part"), ours.service(t, 2, "due")[:99])
		},
		"a pack that no state names": func(t *testing.T, dir string, _ []byte) {
			write(t, filepath.Join(dir, "000002-0123456789abcdef.pacchetto"), ours.service(t, 2, "due"))
		},
		"half a state": func(t *testing.T, dir string, state []byte) {
			write(t, filepath.Join(dir, "state.json.123.part"), state[:20])
		},
		"a state that names a pack which waits and never came": func(t *testing.T, dir string, state []byte) {
			var s map[string]any
			if err := json.Unmarshal(state, &s); err != nil {
				t.Fatal(err)
			}
			s["waiting"] = map[string]any{"version": 2, "digest": "../../../etc/passwd", "made": noon}
			data, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "state.json"), data)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := openPackRoom(t)
			r.offer(ours.service(t, 1, "uno"))
			clean := r.files()
			state, err := os.ReadFile(filepath.Join(r.params.Dir, "state.json"))
			if err != nil {
				t.Fatal(err)
			}
			leave(t, r.params.Dir, state)
			r.restart()
			r.works(1, "uno")
			if s := r.Status(); s.Problem != "" || s.Waiting != 0 {
				t.Errorf("%+v", s)
			}
			if now := r.files(); !slices.Equal(now, clean) {
				t.Errorf("%v is left", now)
			}
			r.offer(ours.service(t, 2, "due"))
			r.works(2, "due")
		})
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAStateThatCannotBeReadIsToldAndTheHubIsAskedAgain(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 1, "uno"))
	write(t, filepath.Join(r.params.Dir, "state.json"), []byte("{"))
	r.restart()
	r.works(0, ownService)
	if s := r.Status(); s.Problem != house.PackState || r.Seen() != "" {
		t.Errorf("%+v", s)
	}
	r.offer(ours.service(t, 1, "uno"))
	r.restart()
	r.works(1, "uno")
}

func TestADeskThatMovesToAnotherHubTakesItsPacksWhateverTheirNumbers(t *testing.T) {
	r := openPackRoom(t)
	r.offer(ours.service(t, 41, "uno"))
	r.params.Keys = theirs.public()
	r.restart()
	r.works(0, ownService)
	if s := r.Status(); s.Problem != house.PackKey || r.Seen() != "" {
		t.Errorf("%+v", s)
	}
	r.offer(theirs.service(t, 1, "loro"))
	r.works(1, "loro")
}

func TestADeskThatEnrolsWhileItIsOpenTakesPacksAtOnce(t *testing.T) {
	r := openPackRoom(t)
	r.params.Keys = nil
	r.restart()
	if err := r.Install(ours.service(t, 1, "uno")); err == nil {
		t.Error("a pack was taken with no key")
	}
	r.KeysFrom(ours.public)
	if err := r.Install(ours.service(t, 1, "uno")); err != nil {
		t.Fatal(err)
	}
	if err := r.Offer(t.Context(), ours.service(t, 2, "due"), ours.public()); err != nil {
		t.Fatal(err)
	}
	r.works(2, "due")
	if err := r.Rollback(r.Desk); err != nil {
		t.Errorf("back: %v", err)
	}
	r.works(1, "uno")
}

func TestAFolderThatTakesNothingIsToldAndTheDeskWorksOn(t *testing.T) {
	r := openPackRoom(t)
	if err := os.WriteFile(r.params.Dir, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	r.params.Keys = ours.public()
	var refused *house.PackError
	if err := r.Offer(t.Context(), ours.service(t, 1, "uno"), ours.public()); !errors.As(err, &refused) || refused.Word != house.PackDisk {
		t.Errorf("%v", err)
	}
	if s := r.Status(); s.Problem != house.PackDisk || s.Waiting != 0 || r.Seen() != "" {
		t.Errorf("%+v", s)
	}
}

func TestWhoFollowsThePacksIsToldOfTheContentInForce(t *testing.T) {
	r := openPackRoom(t)
	r.stop()
	var told []string
	stop := r.Follow(r.Desk, func(c house.Content) {
		words := texttest.Catalog(t)
		if c.Texts != nil {
			words = c.Texts
		}
		told = append(told, words.For(text.Italian).T("line.problem.hub_busy"))
	})
	defer stop()
	r.offer(ours.service(t, 1, "uno", func(_ *wire.PackFacts, files map[string]string) {
		maps.Copy(files, map[string]string{
			"i18n/a.it.json": `{"line.problem.hub_busy": "Il centro ha da fare."}`, "i18n/a.en.json": `{"line.problem.hub_busy": "The hub is busy."}`,
		})
	}))
	if want := []string{texttest.Localizer(t, text.Italian).T("line.problem.hub_busy"), "Il centro ha da fare."}; !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
}

func TestEveryTroubleWithAPackIsSaidInBothLanguages(t *testing.T) {
	for _, lang := range text.Languages() {
		words := texttest.Localizer(t, lang)
		for _, word := range house.PackWords() {
			if said := words.T("pack.problem." + word); len(said) < 40 {
				t.Errorf("%s, %s: %q", lang, word, said)
			}
		}
	}
}

func TestAFileThatIsTooLongForAPackIsNotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "grande.pacchetto")
	write(t, file, nil)
	if err := os.Truncate(file, wire.MaxPack+1); err != nil {
		t.Fatal(err)
	}
	var refused *house.PackError
	if _, err := house.ReadPackFile(file); !errors.As(err, &refused) || refused.Word != house.PackNone {
		t.Errorf("%v", err)
	}
	if _, err := house.ReadPackFile(file + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
