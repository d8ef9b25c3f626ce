package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader"
	"bottega/cardreader/login"
	"bottega/desk"
)

// remembering is a card of which something is known already, as it is in a program that runs for longer than one command.
type remembering struct {
	needs cardreader.CodeNeeds
	given [][]byte
}

func (r *remembering) Ask(context.Context, string) (cardreader.CodeNeeds, error) { return r.needs, nil }

func (r *remembering) Verify(_ context.Context, _ string, pin []byte) error {
	r.given = append(r.given, bytes.Clone(pin))
	clear(pin)
	return nil
}

func (r *remembering) Change(ctx context.Context, reader string, old, fresh []byte) error {
	return r.Verify(ctx, reader, slices.Concat(old, fresh))
}

func (r *remembering) Unblock(ctx context.Context, reader string, puk, fresh []byte) error {
	return r.Change(ctx, reader, puk, fresh)
}

func (r *remembering) Login(ctx context.Context, reader, _ string, pin []byte) (desk.DoorAnswer, error) {
	return desk.DoorAnswer{Accepted: true, Protocol: "TLS 1.3"}, r.Verify(ctx, reader, pin)
}

// command runs one with such a card in the reader.
func (r *remembering) command(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	world := scriptRooms("bruna")
	world.openCodes = func(cardreader.Port, login.Door) cardreader.Codes { return r }
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &errs, func(string) string { return "" }, world)
	return code, out.String(), errs.String()
}

func TestTheLastTryIsTakenOnlyByWhoSaysSo(t *testing.T) {
	low := cardreader.CodeNeeds{PINLeft: 1, MinPIN: 5, MaxPIN: 8, PUK: 8}
	for _, args := range [][]string{{"card", "pin", "verify"}, {"card", "pin", "change"}, {"card", "login", "https://porta.example"}} {
		card := &remembering{needs: low}
		code, _, stderr := card.command(t, "12345\n67890\n", append(args, "--pin-stdin", "--json")...)
		var told struct {
			Error struct{ Code string } `json:"error"`
		}
		if err := json.Unmarshal([]byte(stderr), &told); err != nil || code != exitCard || told.Error.Code != "last_try" || len(card.given) != 0 {
			t.Errorf("%v: exit code %d, gave %q, said %s", args, code, card.given, stderr)
		}
		code, _, stderr = card.command(t, "12345\n67890\n", append(args, "--pin-stdin", "--last-try")...)
		if code != exitDone || len(card.given) != 1 {
			t.Errorf("%v --last-try: exit code %d, gave %q, said %s", args, code, card.given, stderr)
		}
	}
}

func TestAReaderWithAKeypadIsTypedOnUnlessTheCodesComeFromAScript(t *testing.T) {
	for _, args := range [][]string{{"card", "pin", "verify"}, {"card", "pin", "change"}, {"card", "pin", "unblock"}, {"card", "login", "https://porta.example"}} {
		card := &remembering{needs: cardreader.CodeNeeds{Pad: true, PINLeft: -1, MinPIN: 5, MaxPIN: 8, PUK: 8}}
		code, _, stderr := card.command(t, "", args...)
		if code != exitDone || len(card.given) != 1 || len(card.given[0]) != 0 || strings.Count(stderr, "tastiera del lettore") != 1 {
			t.Errorf("%v: exit code %d, gave %q, said %s", args, code, card.given, stderr)
		}
		code, _, stderr = card.command(t, "12345678\n67890\n", append(args, "--pin-stdin")...)
		if code != exitDone || len(card.given) != 2 || !bytes.HasPrefix(card.given[1], []byte("12345678")) || stderr != "" {
			t.Errorf("%v --pin-stdin: exit code %d, gave %q, said %s", args, code, card.given, stderr)
		}
	}
}

func TestALineIsReadToItsEndAndNoFurther(t *testing.T) {
	for name, tc := range map[string]struct{ input, want, rest string }{
		"one line":              {"12345\n", "12345", ""},
		"the first of two":      {"12345\n67890\n", "12345", "67890\n"},
		"an end as on Windows":  {"12345\r\n67890", "12345", "67890"},
		"no end at all":         {"12345", "12345", ""},
		"an end as on Windows,": {"12345\r", "12345", ""},
		"an empty line":         {"\n12345", "", "12345"},
	} {
		t.Run(name, func(t *testing.T) {
			input := strings.NewReader(tc.input)
			line, err := readLine(input)
			rest := make([]byte, 99)
			n, _ := input.Read(rest)
			if err != nil || string(line) != tc.want || string(rest[:n]) != tc.rest {
				t.Errorf("read %q and left %q, %v", line, rest[:n], err)
			}
		})
	}
	for name, input := range map[string]string{"nothing": "", "without end": strings.Repeat("1", 100)} {
		if line, err := readLine(strings.NewReader(input)); err == nil {
			t.Errorf("%s: %q", name, line)
		}
	}
}
