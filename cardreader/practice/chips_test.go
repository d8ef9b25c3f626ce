package practice_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader/practice"
	"bottega/desk"
)

func TestEveryAnswerToResetIsWellFormed(t *testing.T) {
	profiles, err := practice.Profiles(today)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range profiles {
		if seen[p.Model] {
			continue
		}
		seen[p.Model] = true
		t.Run(p.Model, func(t *testing.T) {
			card, err := practice.New(p)
			if err != nil {
				t.Fatal(err)
			}
			atr, check := card.ATR(), byte(0)
			for _, b := range atr[1:] {
				check ^= b
			}
			const announcesProtocol = 0x80
			if atr[1]&announcesProtocol == 0 {
				check = 0 // it speaks T=0 only, which has no check byte
			}
			if atr[0] != 0x3B || len(atr) > 33 || check != 0 {
				t.Errorf("answer to reset %X", atr)
			}
		})
	}
	if len(seen) < 10 {
		t.Errorf("%d makes of card", len(seen))
	}
}

func TestTheGroupsStandTogetherInTheirOrder(t *testing.T) {
	profiles, err := practice.Profiles(today)
	if err != nil {
		t.Fatal(err)
	}
	var order []practice.Group
	for _, p := range profiles {
		if len(order) == 0 || order[len(order)-1] != p.Group {
			order = append(order, p.Group)
		}
	}
	if !slices.Equal(order, practice.Groups()) {
		t.Errorf("the list goes %v", order)
	}
}

// conversation sends commands one after the other and wants of each how its answer ends; "..." is anything.
func conversation(t *testing.T, card *practice.Card, lines ...string) {
	t.Helper()
	for i := 0; i+1 < len(lines); i += 2 {
		if got := send(t, card, lines[i]); !strings.HasSuffix(got, strings.TrimPrefix(lines[i+1], "...")) {
			t.Fatalf("%s answered %s, want %s", lines[i], got, lines[i+1])
		}
	}
}

const (
	selectNumber   = "00a4080c0410001003"
	selectKeys2021 = "00a4080c0414009002"
	selectACe2025  = "00a404000ca000000530000b104001021a00"
	pin10          = "0020001008" + "3132333435ffffff"
)

func TestEachMakeOfCardKeepsItsThingsInItsOwnPlaces(t *testing.T) {
	tests := []struct {
		name, profile string
		lines         []string
	}{
		{"Athena takes the PIN by its plain reference", "lucia", []string{rightPIN, "6a88", pin10, "9000"}},
		{"ACe 2021 has its certificate elsewhere", "sergio", []string{
			"00a4080c0411001101", "6a82", "00a4080c06140090012002", "9000", "00b0000002", "30829000"}},
		{"ACe 2021 knows its PIN in its own folder only", "sergio", []string{pin10, "6a88", selectKeys2021, "9000", pin10, "9000"}},
		{"ACe 2021 knows its key in its own folder only", "sergio", []string{
			"0022f30300", "9000", "0022f1b803830102", "6a88", selectKeys2021, "9000", "0022f1b803830102", "9000", "0022f1b803830101", "6a88"}},
		{"ACe 2021 gives at most 20 random bytes", "sergio", []string{"0084000014", "9000", "0084000015", "6700"}},
		{"ACe 2021 writes types in four bytes", "sergio", []string{"00a40800041000100300", "...82040301000083021003850201018609" + "00ffffffffffffffff" + "8a01059000"}},
		{"ACe 2025 has nothing below the master file", "fiorella", []string{selectNumber, "6a82", "00a4080c0411001102", "6a82", pin10, "6a88"}},
		{"ACe 2025 has everything in its application", "fiorella", []string{
			selectACe2025, "...83023f00840ca000000530000b104001021a850201018609" + "00ffffffffffffffff" + "8a01059000",
			"00a4090c0411001102", "9000", "00b0000006", "9000", pin10, "9000"}},
		{"ACe 2025 follows paths from the folder that is current", "fiorella", []string{
			selectACe2025, "9000", "00a4090c0411001102", "9000", "00a4090c0410001003", "6a82", selectACe2025, "9000", "00a4090c0410001003", "9000"}},
		{"ACe 2025 refuses to read at the end", "fiorella", []string{selectACe2025, "9000", "00a4090c0411001102", "9000", "00b0019001", "6b00"}},
		{"a chamber of commerce prefixes its certificate", "impresa", []string{
			"00a4080c0411001101", "6a82", "00a4080c042fff8228", "9000", "00b0000502", "30829000"}},
		{"the old identity cards have files that no other card has", "cie1", []string{"00a4080c0410001004", "9000", "00a4080c0411001104", "9000"}},
		{"the old identity cards restore another environment", "cie1", []string{"0022f30300", "6a86", "0022f33000", "9000"}},
		{"the identity card of today answers its applications", "cie3", []string{
			"00a4040c0da0000000308000000009816001", "9000", "00a4040c06a00000000039", "9000", selectNumber, "6a82", pin10, "6a88", "0022f30300", "6d00", "002a80860100", "6d00"}},
		{"a German card answers its own application", "tedesca", []string{selectNumber, "6a82", "00a4040c06d27600000102", "9000"}},
		{"an Austrian card answers its own application", "austriaca", []string{selectNumber, "6a82", "00a4040c08d040000017010101", "9000"}},
		{"a French card answers its own application", "francese", []string{selectNumber, "6a82", "00a4040c0bd250000002564954414c45", "9000"}},
		{"a Serbian card answers its own application", "serba", []string{selectNumber, "6a82", "00a4040c0df38100000253455256535a4b01", "9000"}},
		{"the air has the files in an application", "aria", []string{selectNumber, "6a82", "00a4040c08a00000009501004d", "9000", "00a4090c0410001003", "9000"}},
		{"an application is not selected by a few bytes", "cie3", []string{"00a4040c04a0000000", "6a82"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { conversation(t, cardOn(t, tt.profile), tt.lines...) })
	}
}

func TestAResetLeavesTheApplication(t *testing.T) {
	card := cardOn(t, "fiorella")
	conversation(t, card, selectACe2025, "9000", "00a4090c0410001003", "9000")
	card.Reset()
	conversation(t, card, "00a4090c0410001003", "6a82")
}

func TestMannersDifferAndTheFilesAreTheSame(t *testing.T) {
	tests := []struct {
		name, profile string
		lines         []string
	}{
		{"no quiet selection", "rita", []string{selectNumber, "6a86", "00a40800041000100300", "9000", "00b0000010", "9000"}},
		{"answers fetched in pieces", "ugo", []string{
			"00a4080c0411001102", "9000", "00b0000000", "6164", "00c0000064", "6164", "00c0000064", "6138", "00c0000038", "9000", "00c0000001", "6985"}},
		{"a short answer fetched", "ugo", []string{selectNumber, "9000", "00b0000010", "6110", "00c0000008", "6108", "00c0000008", "9000"}},
		{"another command forgets what was to be fetched", "ugo", []string{selectNumber, "9000", "00b0000010", "6110", selectNumber, "9000", "00c0000010", "6985"}},
		{"the exact length", "elio", []string{selectNumber, "9000", "00b0000000", "6c10", "00b0000010", "9000"}},
		{"the end of a file refused", "iole", []string{selectNumber, "9000", "00b0001001", "6b00"}},
		{"the end of a file taken", "bruna", []string{selectNumber, "9000", "00b0001001", "6282"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { conversation(t, cardOn(t, tt.profile), tt.lines...) })
	}
}

func TestTheKeyOf1024BitsSigns(t *testing.T) {
	card := cardOn(t, "lucia")
	public, ok := certificateOf(t, card).PublicKey.(*rsa.PublicKey)
	if !ok || public.Size() != 128 {
		t.Fatalf("public key %v", public)
	}
	conversation(t, card, "0022f30300", "9000", "0022f1b803830101", "9000", pin10, "9000")
	digest := sha256.Sum256([]byte("prova"))
	answer, err := hex.DecodeString(send(t, card, "002a9e9a33"+"3031300d060960864801650304020105000420"+hex.EncodeToString(digest[:])+"00"))
	if err != nil || len(answer) != 130 {
		t.Fatalf("%d bytes, %v", len(answer), err)
	}
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], answer[:128]); err != nil {
		t.Error(err)
	}
}

func TestFaultsAreThereFromTheStart(t *testing.T) {
	tests := []struct {
		name, profile string
		lines         []string
	}{
		{"one PIN try left", "alfio", []string{wrongPIN, "63c0", rightPIN, "6983", rightPUK, "9000", "0020009008" + "3535353535ffffff", "9000"}},
		{"PIN blocked", "ivana", []string{rightPIN, "6983", rightPUK, "9000"}},
		{"PIN and PUK blocked", "ennio", []string{rightPIN, "6983", rightPUK, "6983"}},
		{"no certificate", "oreste", []string{"00a4080c0411001101", "9000", "00b0000004", "000000009000"}},
		{"no data", "vuota", []string{"00a4080c0411001102", "9000", "00b0000004", "000000009000"}},
		{"a certificate of four gigabytes", "enorme", []string{"00a4080c0411001101", "9000", "00b0000006", "3084ffffffff9000"}},
		{"files of four gigabytes", "smisurata", []string{"00a40800041100110200", "...8201018302110285020101860900ffffffffffffffff8a01059000"}},
		{"files without an end", "infinita", []string{"00a4080c0411001102", "9000", "00b07fff10", "9000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { conversation(t, cardOn(t, tt.profile), tt.lines...) })
	}
}

func TestTheFileThatLiesOfItsSizeSaysFourGigabytes(t *testing.T) {
	if answer := send(t, cardOn(t, "smisurata"), "00a40800041100110200"); !strings.Contains(answer, "8004ffffffff") {
		t.Errorf("file information %s", answer)
	}
}

func TestDirtComesAndGoesAsTheTestSays(t *testing.T) {
	card := cardOn(t, "sporca")
	fails := true
	card.SetDirt(func() bool { fails = !fails; return fails })
	conversation(t, card, selectNumber, "9000", selectNumber, "6f00", selectNumber, "9000", selectNumber, "6f00")
}

func TestDirtIsTheSameEachTimeAndCleaningHelps(t *testing.T) {
	faults := func(card *practice.Card) (count int) {
		for range 1000 {
			if send(t, card, selectNumber) == "6f00" {
				count++
			}
		}
		return count
	}
	first, second := cardOn(t, "sporca"), cardOn(t, "sporca")
	reader := practice.NewReader("Lettore di prova")
	reader.Insert(first)
	before := faults(first)
	reader.Insert(second)
	if again := faults(second); again != before {
		t.Errorf("%d faults of 1000, then %d", before, again)
	}
	for range 3 {
		reader.Remove()
		reader.Insert(first)
	}
	if after := faults(first); before < 300 || after == 0 || after > before/3 {
		t.Errorf("%d faults of 1000 before cleaning, %d afterwards", before, after)
	}
}

func TestALetterBeyondASCIIIsWrittenInEitherWay(t *testing.T) {
	for profile, want := range map[string]string{"desiree": "D\xc3\x89SIR\xc3\x89E", "andre": "ANDR\xc9"} {
		card := cardOn(t, profile)
		send(t, card, "00a4080c0411001102")
		data := card.Process([]byte{0x00, 0xB0, 0x00, 0x00, 0x00})
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s: the data hold no %q: %q", profile, want, data)
		}
	}
}

func TestTheCardCountsWhatItIsSent(t *testing.T) {
	card := cardOn(t, "bruna")
	conversation(t, card, selectNumber, "9000", "00b0000010", "9000", "00", "6700")
	if n := card.Commands(); n != 3 {
		t.Errorf("%d commands", n)
	}
}

func TestOnlyHealthCardsAreCalledSo(t *testing.T) {
	kinds := map[string]desk.CardKind{
		"bruna": desk.KindHealth, "lucia": desk.KindHealth, "sergio": desk.KindHealth, "fiorella": desk.KindHealth, "aria": desk.KindHealth,
		"impresa": desk.KindBusiness, "cie1": desk.KindCIE1, "cie2": desk.KindCIE2, "cie3": desk.KindCIE3, "tedesca": desk.KindForeignHealth,
	}
	for id, want := range kinds {
		if got := cardOn(t, id).Profile().Kind; got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

// cardOn makes the practice card of a profile as it is on the day of these tests.
func cardOn(t testing.TB, id string) *practice.Card {
	t.Helper()
	profile, err := practice.Find(id, today)
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// FuzzEveryMakeOfCard sends whatever bytes to one card of each make and manner, in a conversation of two commands, so that the
// second finds the card in the state that the first left.
func FuzzEveryMakeOfCard(f *testing.F) {
	for _, seed := range []string{selectNumber, selectACe2025, selectKeys2021, "00b0000000", "00c0000010", pin10, "102a8086ff", "0022f1b803830102", "008400000a"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte{0x00, 0xB0, 0x00, 0x00, 0x00}, uint8(len(b)))
	}
	profiles, err := practice.Profiles(today)
	if err != nil {
		f.Fatal(err)
	}
	cards := make([]*practice.Card, len(profiles))
	for i, p := range profiles {
		if cards[i], err = practice.New(p); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte, which uint8) {
		card := cards[int(which)%len(cards)]
		card.Reset()
		for _, command := range [][]byte{first, second} {
			if answer := card.Process(command); len(answer) < 2 || len(answer) > 1<<16+2 {
				t.Errorf("%x: an answer of %d bytes", command, len(answer))
			}
		}
	})
}
