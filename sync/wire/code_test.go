package wire_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bottega/sync/wire"
)

func someCode() wire.EnrolCode {
	return wire.EnrolCode{
		Host: "hub.esempio.it", Port: 8443,
		Fingerprint: wire.Fingerprint([]byte("certificate")),
		Secret:      [10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
	}
}

func TestACodeIsReadBackHoweverItIsTyped(t *testing.T) {
	want := someCode()
	text := want.String()
	for name, typed := range map[string]string{
		"as printed": text, "small letters": strings.ToLower(text), "no hyphens": strings.ReplaceAll(text, "-", ""),
		"blanks and lines":        strings.ReplaceAll(text, "-", " \n"),
		"O for 0 and I, l for 1":  strings.NewReplacer("0", "O", "1", "l").Replace(text),
		"copied with odd hyphens": strings.ReplaceAll(text, "-", "\u2011"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wire.ParseEnrolCode(typed)
			if err != nil || got != want {
				t.Errorf("ParseEnrolCode = %+v, %v", got, err)
			}
		})
	}
}

func TestEveryCodeIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCode()
		c.Host = rapid.OneOf(rapid.StringMatching(`[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?`), rapid.Just("127.0.0.1"), rapid.Just("2001:db8::1")).Draw(t, "host")
		c.Port = rapid.Uint16Range(1, 65535).Draw(t, "port")
		copy(c.Secret[:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "secret"))
		copy(c.Fingerprint[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "fingerprint"))
		got, err := wire.ParseEnrolCode(c.String())
		if err != nil || got != c {
			t.Fatalf("%s: %+v, %v", c, got, err)
		}
	})
}

func TestAMistypedGroupIsNamed(t *testing.T) {
	groups := strings.Split(someCode().String(), "-")
	wrong := []byte(groups[6])
	wrong[1] = map[bool]byte{true: '2', false: '3'}[wrong[1] == '3']
	groups[6] = string(wrong)
	_, err := wire.ParseEnrolCode(strings.Join(groups, "-"))
	var group *wire.CodeGroupError
	if !errors.As(err, &group) || group.Group != 7 || !errors.Is(err, wire.ErrCode) {
		t.Errorf("ParseEnrolCode = %v, want group 7", err)
	}
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	text := someCode().String()
	groups := strings.Split(text, "-")
	groups[2], groups[3] = groups[3], groups[2]
	for name, typed := range map[string]string{
		"nothing": "", "words": "buongiorno a tutti", "half": text[:len(text)/2], "groups swapped": strings.Join(groups, "-"),
		"twice": text + "-" + text, "a whole book": strings.Repeat(text, 50), "one letter more": text + "Z",
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := wire.ParseEnrolCode(typed); !errors.Is(err, wire.ErrCode) {
				t.Errorf("ParseEnrolCode = %+v, %v", c, err)
			}
		})
	}
}

func FuzzEnrolCode(f *testing.F) {
	f.Add(someCode().String())
	f.Add("00000-00000")
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := wire.ParseEnrolCode(typed)
		if err != nil {
			return
		}
		again, err := wire.ParseEnrolCode(c.String())
		if err != nil || again != c {
			t.Fatalf("%q is read as %+v, which is written as %s and read as %+v, %v", typed, c, c, again, err)
		}
	})
}

// Codes are printed and typed days later, perhaps into another version: these never change.
func TestPublishedCodes(t *testing.T) {
	ip := someCode()
	ip.Host, ip.Port = "192.0.2.10", 443
	for text, want := range map[string]wire.EnrolCode{
		"04760-GXB2G-5SJQM-6SBDQ-E1MPJ-YBK93-EGGFR-P0YPC-DQ88Q-GDE14-S8ZHR-536E4-NK8ZP-66G1X-081GY-8186N-0W40X-J2MJE-SMT": someCode(),
		"040C5-00022-180VS-P0YP0-DQ88B-GDE1R-S8ZHC-536ER-NK8ZA-66G1H-081GJ-81869-0W40H-J2GTE-HWY":                         ip,
	} {
		if got, err := wire.ParseEnrolCode(text); err != nil || got != want || want.String() != text {
			t.Errorf("%s is read as %+v, %v; %+v is written as %s", text, got, err, want, want)
		}
	}
}
