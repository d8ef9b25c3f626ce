package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bottega/cardreader"
)

const small = firstLine + `
# a note
program: bottegactl 0.2.0
reader: Bit4id miniLector EVO
day: 2026-11-21
model: classic
outcome: expired
atr: 3B00
replaced: names codes

conversation
1. select file 1000/1003: 00A4080C0410001003 -> 9000
2. read 16 bytes at 0: 00B0000010 -> 36303930 6282
# another note
3. verify a code: 0020001008 *8 -> 63C2
4. use the key: 002A808605 *5 00 -> *4 9000
5. read 16 bytes at 0: 00B0000010 -> ! removed_early

conversation

end after 5 exchanges
`

func TestAWrittenTranscriptIsLoadedAsItWas(t *testing.T) {
	first := load(t, []byte(small))
	second := load(t, first.Text())
	if fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("first %+v\nthen %+v", first, second)
	}
	e := first.Conversations[0]
	if first.Exchanges() != 5 || len(first.Conversations) != 2 || e[2].Command.Hidden != 8 || e[3].Command.Len() != 11 || e[4].Fault != Fault(cardreader.RemovedEarly) {
		t.Errorf("loaded %+v", first)
	}
}

func TestALetterFromAnotherSystemIsLoadedToo(t *testing.T) {
	load(t, []byte("\ufeff"+strings.ReplaceAll(small, "\n", "\r\n")+"\r\n\r\n"))
}

func TestATranscriptThatCannotBeTakenNamesTheLine(t *testing.T) {
	for _, test := range []struct {
		name, old, fresh string
		line             int
		says             string
	}{
		{"cut off", "\nend after 5 exchanges\n", "", 20, "cut off"},
		{"a line lost", "2. read 16 bytes at 0: 00B0000010 -> 36303930 6282\n", "", 14, `exchange 2 is expected here, not "3. verify`},
		{"a header line lost", "day: 2026-11-21\n", "", 5, `"day:" is expected`},
		{"a day that does not exist", "2026-11-21", "2026-11-31", 5, "not a date"},
		{"an unknown trouble", "outcome: expired", "outcome: broken", 7, `"broken" is not known`},
		{"an unknown fault", "! removed_early", "! stolen", 17, `the fault "stolen"`},
		{"half a byte", "36303930 6282", "3630393 6282", 13, "pairs of hexadecimal digits"},
		{"no status", "-> 36303930 6282", "-> 36303930", 13, "is not two bytes"},
		{"no answer at all", "-> 36303930 6282", "-> ", 13, `is not written as`},
		{"no arrow", "-> 36303930 6282", "= 36303930 6282", 13, `is not written as`},
		{"no command", "00B0000010 -> 36303930", "-> 36303930", 13, "is not written as"},
		{"nothing hidden", "*8 -> 63C2", "*0 -> 63C2", 15, "no number of bytes"},
		{"hidden twice", "*8 -> 63C2", "*8 *8 -> 63C2", 15, "no number of bytes"},
		{"more hidden than a card takes", "*8 -> 63C2", "*70000 -> 63C2", 15, "no number of bytes"},
		{"an exchange before the first conversation", "\nconversation\n1.", "\n1.", 11, "where the first conversation begins"},
		{"words after the end", "end after 5 exchanges\n", "end after 5 exchanges\nYours", 22, "after the end"},
		{"another count at the end", "end after 5", "end after 6", 21, "exchange 6 is expected here"},
		{"an answer to reset too long", "atr: 3B00", "atr: " + strings.Repeat("3B", 34), 8, "more than 33 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(small, test.old, test.fresh, 1)
			if text == small {
				t.Fatal("the case changes nothing")
			}
			_, err := Load(strings.NewReader(text))
			var line *LineError
			if !errors.As(err, &line) {
				t.Fatalf("got %v", err)
			}
			if line.Line != test.line || !strings.Contains(line.Reason, test.says) {
				t.Errorf("got %v, want line %d and %q", err, test.line, test.says)
			}
		})
	}
}

func TestFilesThatAreNoTranscriptAreRefused(t *testing.T) {
	head, _, _ := strings.Cut(small, "1. ")
	many := strings.Builder{}
	many.WriteString(head)
	for i := range maxExchanges + 1 {
		fmt.Fprintf(&many, "%d. read: 00B0 -> 9000\n", i+1)
	}
	long := head
	for i := range 5 {
		long += fmt.Sprintf("%d. read: 00B0 -> *65535 9000\n", i+1)
	}
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", ErrNotATranscript},
		{"something else", "%PDF-1.4\n", ErrNotATranscript},
		{"another version", strings.Replace(small, "transcript 1", "transcript 2", 1), ErrNotATranscript},
		{"a file without end", firstLine + strings.Repeat("\n", maxFile), ErrTooLong},
		{"exchanges without end", many.String(), ErrTooLong},
		{"answers without end", long, ErrTooLong},
	} {
		if _, err := Load(strings.NewReader(test.text)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := Load(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzLoad lets anything be taken for a transcript: what is loaded is written and loaded again as it was, and can be played.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	files, err := filepath.Glob("testdata/*.transcript")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		loaded, err := Load(bytes.NewReader(text))
		if err != nil {
			var line *LineError
			if !errors.As(err, &line) && !errors.Is(err, ErrNotATranscript) && !errors.Is(err, ErrTooLong) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		written := loaded.Text()
		again, err := Load(bytes.NewReader(written))
		if err != nil && !errors.Is(err, ErrTooLong) {
			t.Fatalf("%v\n%s", err, written)
		}
		if err == nil && !bytes.Equal(written, again.Text()) {
			t.Fatalf("written %s\nthen %s", written, again.Text())
		}
		replay := NewReplay(loaded, "replay")
		read(t, replay)
		_ = replay.Done() // nothing says that a reading sends these commands
	})
}
