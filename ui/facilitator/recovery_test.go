package facilitator

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bottega/desk"
)

// setUpReal makes a real desk as a person does.
func setUpReal(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.doors.real = true
	r.press("2")
	for id, v := range map[string]string{
		"facilitator": "Piera Neri", "site": "Bottega", "municipality": "Lucca", "code": "lu-piazza", "phrase": rightPhrase, "again": rightPhrase,
	} {
		r.fill(id, v)
	}
	r.press(keyMain)
	r.atHome()
	r.settle()
	return r
}

// askedGroup is the number of the group that the page wants back.
func (r *rig) askedGroup() int {
	r.t.Helper()
	found := regexp.MustCompile(`gruppo numero (\d)`).FindStringSubmatch(r.read())
	if found == nil {
		r.t.Fatalf("no group is asked:\n%s", r.read())
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestANewDeskShowsItsRecoveryKeyOnceAndAsksForAGroupOfIt(t *testing.T) {
	r := setUpReal(t)
	r.wantPage("Chiave di recupero")
	r.wantSays("Gruppo 1: 7K3MV", "Gruppo 8: Q1VKD", "persi per sempre")
	r.press(keyMain)
	r.wantSilent("7K3MV", "Q1VKD")
	n := r.askedGroup()
	r.fill("group", "ZZZZZ")
	r.press(keyMain)
	r.wantSays("Non è il gruppo numero " + strconv.Itoa(n))
	r.fill("group", strings.ToLower(strings.ReplaceAll(strings.Fields(aKey)[n-1], "0", "o")))
	r.press(keyMain)
	r.wantPage("Inizio")
	r.wantSays("La chiave di recupero è al sicuro")
	r.wantSilent("non è ancora al sicuro")
	if r.keeper.settings.KeyPending {
		t.Error("the key counts as not written down")
	}
}

func TestARecoveryKeyIsWipedWhenItsPageGoes(t *testing.T) {
	for name, leave := range map[string]func(*rig){
		"later":  func(r *rig) { r.press(keyF10) },
		"locked": func(r *rig) { r.press(keyLock) },
	} {
		t.Run(name, func(t *testing.T) {
			r := setUpReal(t)
			leave(r)
			for i, g := range r.keyring.made[0] {
				if strings.Trim(string(g), "\x00") != "" {
					t.Errorf("group %d was not wiped", i+1)
				}
			}
			r.wantSilent("7K3MV")
		})
	}
}

func TestTheCitizensScreenIsCurtainedWhileAKeyIsShown(t *testing.T) {
	r := setUpReal(t)
	if !r.app.Stage.Covered() {
		t.Error("the citizen's screen is not covered")
	}
	r.press(keyF10)
	if r.app.Stage.Covered() {
		t.Error("the citizen's screen stays covered")
	}
}

func TestACurtainThatWasThereBeforeStays(t *testing.T) {
	r := realDesk(t)
	r.press(keyBlank, keyF4, keyF2, "1", keyF4, keyMain)
	r.wantSays("Gruppo 1: 7K3MV")
	r.press(keyF10)
	if !r.app.Stage.Covered() {
		t.Error("the curtain that the facilitator drew was lifted")
	}
}

func TestAKeyLeftForLaterIsRemindedOfUntilItIsWrittenDown(t *testing.T) {
	r := setUpReal(t)
	r.press(keyF10)
	r.wantSays("La chiave di recupero non è ancora al sicuro")
	r.doors.people, r.doors.recovery = keyholders("Piera"), true
	r.press(keyLock)
	r.enterPhrase()
	r.wantSays("La chiave di recupero non è ancora al sicuro")
	r.press(keyF4, keyF2)
	r.choose("Persone e chiavi")
	r.press(keyF4)
	r.wantSays("La chiave che c'è adesso non varrà più")
	r.press(keyMain, keyMain)
	r.fill("group", strings.Fields(aKey)[r.askedGroup()-1])
	r.press(keyMain)
	r.press(keyBack, keyBack, keyBack)
	r.wantPage("Inizio")
	r.wantSilent("non è ancora al sicuro")
	if len(r.keyring.made) != 2 {
		t.Errorf("%d keys were made", len(r.keyring.made))
	}
}

func TestARecoveryKeyIsPrintedAndKeptNowhere(t *testing.T) {
	r := setUpReal(t)
	r.press(keyF4)
	r.wantSays("Nessuna stampante", "Scrivi la chiave a mano")
	r.printer.list = []desk.PrinterInfo{{URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}
	r.press(keyF4)
	r.wantSays("Foglio mandato alla stampante", "Gruppo 1: 7K3MV")
	if len(r.printer.printed) != 1 || r.keyring.papers != 1 || len(r.pc.saved) != 0 {
		t.Errorf("printed %v, made %d papers, saved %v", r.printer.printed, r.keyring.papers, r.pc.saved)
	}
	r.printer.fail = errPrinterJam
	r.press(keyF4)
	r.wantSilent("salvare")
	if n := r.recorded("paper.made") + r.recorded("paper.printed"); n != 0 {
		t.Errorf("%d entries tell of it", n)
	}
}

func TestAPracticeDeskHasNoRecoveryKey(t *testing.T) {
	r := newRig(t)
	r.press("1")
	r.atHome()
	r.wantPage("Inizio")
	r.wantSilent("chiave di recupero")
}

func TestAForgottenPassphraseIsReplacedByTheRecoveryKey(t *testing.T) {
	r := newRig(t)
	r.doors.real, r.doors.recovery, r.doors.people = true, true, keyholders("Piera", "Gino")
	r.app.lookForDesk()
	r.settle()
	r.press(keyF2)
	r.wantPage("Frase dimenticata")
	again := func(key string) {
		r.fill("key", key)
		r.fill("phrase", "nuova frase lunga")
		r.fill("again", "nuova frase lunga")
		r.press(keyMain)
	}
	again(strings.Replace(aKey, "D4HNB", "D4HNX", 1))
	r.wantSays("Il gruppo numero 3 non è scritto bene")
	again("7K3MV")
	r.wantSays("La chiave ha otto gruppi")
	again(aKey + " 00000")
	r.wantSays("Questa chiave non apre la postazione")
	again(aKey)
	r.atHome()
	r.settle()
	r.wantPage("Chiave di recupero")
	r.wantSays("la tua frase è quella nuova", "Gruppo 1: 7K3MV")
	for i, b := range r.doors.phrases {
		if strings.Trim(string(b), "\x00") != "" {
			t.Errorf("phrase %d was not wiped", i)
		}
	}
}

func TestAForgottenPassphraseWithoutAKeySaysWhatIsLeft(t *testing.T) {
	r := newRig(t)
	r.doors.people = keyholders("Piera")
	r.app.lookForDesk()
	r.settle()
	r.press(keyF2)
	r.wantSays("Per questa postazione non c'è una chiave di recupero", "altro facilitatore")
	r.press(keyMain)
	r.wantPage("Sblocco")
}

func TestADeskOpensWithTheComputersKeyringWhereThatWasChosen(t *testing.T) {
	r := newRig(t)
	r.doors.people = keyholders("Piera", "Gino")
	r.app.lookForDesk()
	r.settle()
	if r.app.Press(keyF3) {
		t.Error("somebody who never chose it may open without a passphrase")
	}
	r.doors.people[1].Remembered = true
	r.app.lookForDesk()
	r.settle()
	r.press("Alt+2")
	r.keyring.noKeyring = errors.New("the secret is gone")
	r.press(keyF3)
	r.wantPage("Sblocco")
	r.wantSays("Non ci sono riuscito")
	r.keyring.noKeyring = nil
	r.press(keyF3)
	r.atHome()
	r.wantPage("Inizio")
}

func TestPeopleAreAddedAndRemoved(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2, "1")
	r.wantSays("Piera | Sei tu", "Gino | Togli questa persona")
	r.press(keyF2)
	r.fill("facilitator", "Marta Tarchi")
	r.fill("phrase", "corta")
	r.fill("again", "corta")
	r.press(keyMain)
	r.wantSays("Troppo corta")
	r.fill("phrase", "nuova frase lunga")
	r.fill("again", "nuova frase lunga")
	r.press(keyMain)
	r.wantSays("Marta Tarchi può aprire la postazione")
	r.press("2")
	r.wantSays("Gino non potrà più aprire questa postazione")
	r.press(keyF10)
	r.wantSays("Sei proprio sicuro")
	if len(r.keyring.removed) != 0 {
		t.Error("removed after being asked once")
	}
	r.press(keyF5)
	r.wantPage("Persone")
	r.wantSays("Gino non può più aprire la postazione")
	if len(r.keyring.added) != 1 || len(r.keyring.removed) != 1 || r.keyring.removed[0] != "f2" {
		t.Errorf("added %v, removed %v", r.keyring.added, r.keyring.removed)
	}
	r.wantWiped()
}

// wantWiped makes sure that no secret that was handed over is left.
func (r *rig) wantWiped() {
	r.t.Helper()
	for i, b := range r.keyring.taken {
		if strings.Trim(string(b), "\x00") != "" {
			r.t.Errorf("secret %d was not wiped", i)
		}
	}
}

func TestAPassphraseIsChangedByWhoKnowsTheOldOne(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2, "1", keyF3)
	change := func(old string) {
		r.fill("old", old)
		r.fill("phrase", "nuova frase lunga")
		r.fill("again", "nuova frase lunga")
		r.press(keyMain)
	}
	change("non questa")
	r.wantSays("Per sicurezza aspetta 4 secondi")
	change(rightPhrase)
	r.wantPage("Persone")
	r.wantSays("La tua frase è cambiata")
	if r.keyring.changed != 1 {
		t.Errorf("changed %d times", r.keyring.changed)
	}
	r.wantWiped()
}

func TestAComputerThatIsToldToRemembersAndForgets(t *testing.T) {
	r := realDesk(t)
	r.press(keyF4, keyF2, "1")
	r.choose("Ricordami")
	r.wantSays("(x) Ricordami su questo computer", "Non dimenticarla")
	r.choose("Ricordami")
	r.wantSays("( ) Ricordami su questo computer", "serve di nuovo la frase")
	r.keyring.noKeyring = errors.New("no keyring")
	r.choose("Ricordami")
	r.wantSays("( ) Ricordami su questo computer", "Non ci sono riuscito")
}
