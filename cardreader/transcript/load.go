package transcript

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
	"bottega/desk/civil"
)

// LineError says which line of a transcript cannot be taken, and why.
type LineError struct {
	Line   int // counted from 1
	Reason string
}

// Error names the line and the reason.
func (e *LineError) Error() string { return fmt.Sprintf("transcript, line %d: %s", e.Line, e.Reason) }

// ErrNotATranscript says that a file is something else.
var ErrNotATranscript = errors.New(`not a card transcript: it does not begin with "` + firstLine + `"`)

// Load reads what Text writes. Lines that begin with # and empty ones may stand anywhere. The error is ErrTooLong,
// ErrNotATranscript or a *LineError, or the reader's.
func Load(r io.Reader) (*Transcript, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the transcript: %w", err)
	}
	if len(raw) > maxFile {
		return nil, ErrTooLong
	}
	l := &loader{lines: strings.Split(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n")}
	if strings.TrimSpace(strings.TrimPrefix(l.lines[0], "\ufeff")) != firstLine {
		return nil, ErrNotATranscript
	}
	l.at = 1
	if err := l.run(); err != nil {
		return nil, err
	}
	return &l.t, nil
}

// loader is one loading: at is the number of lines taken.
type loader struct {
	lines  []string
	at     int
	t      Transcript
	number int  // exchanges so far
	around bool // what is read now was asked beyond the reading
	bytes  int  // bytes of commands and answers so far
}

// next returns the next line that says something, and false at the end.
func (l *loader) next() (string, bool) {
	for l.at < len(l.lines) {
		line := strings.TrimSpace(l.lines[l.at])
		l.at++
		if line != "" && !strings.HasPrefix(line, "#") {
			return line, true
		}
	}
	return "", false
}

func (l *loader) wrong(format string, args ...any) error {
	return &LineError{Line: l.at, Reason: fmt.Sprintf(format, args...)}
}

func (l *loader) run() error {
	if err := l.header(); err != nil {
		return err
	}
	for {
		line, more := l.next()
		switch {
		case !more:
			return l.wrong("the end is missing: the file was cut off")
		case line == conversationLine && !l.around:
			l.t.Conversations = append(l.t.Conversations, nil)
		case line == aroundLine && !l.around:
			l.around = true
		case line == fmt.Sprintf(endLine, l.number):
			if rest, more := l.next(); more {
				return l.wrong("%q stands after the end", shown(rest))
			}
			return nil
		case len(l.t.Conversations) == 0 && !l.around:
			return l.wrong("%q stands where the first conversation begins", shown(line))
		case l.number == maxExchanges:
			return ErrTooLong
		default:
			e, err := l.exchange(line)
			if err != nil {
				return err
			}
			to := &l.t.Around
			if !l.around {
				to = &l.t.Conversations[len(l.t.Conversations)-1]
			}
			*to = append(*to, e)
		}
	}
}

// header reads the seven lines that every transcript has, in their order.
func (l *loader) header() error {
	for _, field := range []struct {
		key  string
		take func(value string) error
	}{
		{keyProgram, func(v string) error { l.t.Program = oneLine(v); return nil }},
		{keyReader, func(v string) error { l.t.Reader = oneLine(v); return nil }},
		{keyDay, func(v string) error { return l.t.Day.UnmarshalText([]byte(v)) }},
		{keyModel, func(v string) error { l.t.Model = oneLine(v); return nil }},
		{keyOutcome, func(v string) (err error) { l.t.Outcome, err = words(v, cardreader.Troubles()); return err }},
		{keyATR, func(v string) (err error) { l.t.ATR, err = bytesOf(v, 33); return err }},
		{keyReplaced, func(v string) (err error) { l.t.Replaced, err = words(v, AllReplaced()); return err }},
	} {
		line, _ := l.next()
		value, found := strings.CutPrefix(line, field.key+":")
		if !found {
			return l.wrong("%q is expected here, not %q", field.key+":", shown(line))
		}
		if err := field.take(strings.TrimSpace(value)); err != nil {
			return l.wrong("%s: %v", field.key, reason(err))
		}
	}
	return nil
}

// reason shortens what other packages say.
func reason(err error) error {
	if errors.Is(err, civil.ErrInvalidDate) {
		return civil.ErrInvalidDate
	}
	return err
}

// words reads a list of words of a closed set.
func words[T ~string](value string, known []T) ([]T, error) {
	var found []T
	for _, word := range strings.Fields(value) {
		if !slices.Contains(known, T(word)) {
			return nil, fmt.Errorf("%q is not known", shown(word))
		}
		if slices.Contains(found, T(word)) {
			return nil, fmt.Errorf("%q stands twice", word)
		}
		found = append(found, T(word))
	}
	return found, nil
}

// exchange reads "3. read 16 bytes at 0: 00B0000010 -> 3630 9000". The words are for people and are not looked at.
func (l *loader) exchange(line string) (Exchange, error) {
	number, rest, _ := strings.Cut(line, ". ")
	if number != strconv.Itoa(l.number+1) {
		return Exchange{}, l.wrong("exchange %d is expected here, not %q", l.number+1, shown(line))
	}
	l.number++
	_, units, found := strings.Cut(rest, ": ")
	command, outcome, arrow := strings.Cut(units, " -> ")
	if !found || !arrow {
		return Exchange{}, l.wrong(`exchange %d is not written as "words: command -> answer"`, l.number)
	}
	var e Exchange
	var err error
	if e.Command, err = unit(strings.Fields(command)); err != nil {
		return Exchange{}, l.wrong("the command of exchange %d: %v", l.number, err)
	}
	if e.Command.Len() == 0 {
		return Exchange{}, l.wrong("exchange %d has no command", l.number)
	}
	if fault, failed := strings.CutPrefix(outcome, "! "); failed {
		if e.Fault = Fault(strings.TrimSpace(fault)); !e.Fault.known() {
			return Exchange{}, l.wrong("the fault %q of exchange %d is not known", shown(fault), l.number)
		}
		return e, nil
	}
	if err := l.answer(&e, strings.Fields(outcome)); err != nil {
		return Exchange{}, err
	}
	return e, nil
}

// answer reads the data of an answer and its status, which is the last word.
func (l *loader) answer(e *Exchange, parts []string) error {
	if len(parts) == 0 {
		return l.wrong("exchange %d has no answer", l.number)
	}
	last := len(parts) - 1
	status, err := bytesOf(parts[last], 2)
	if err != nil || len(status) != 2 {
		return l.wrong("the status %q of exchange %d is not two bytes", shown(parts[last]), l.number)
	}
	e.Status = apdu.Status(status[0])<<8 | apdu.Status(status[1])
	if e.Answer, err = unit(parts[:last]); err != nil {
		return l.wrong("the answer of exchange %d: %v", l.number, err)
	}
	if l.bytes += e.Command.Len() + e.Answer.Len(); l.bytes > maxBytes {
		return ErrTooLong
	}
	return nil
}

// unit reads bytes in hexadecimal, with at most one *N for bytes that were not kept.
func unit(parts []string) (Unit, error) {
	var u Unit
	for _, part := range parts {
		count, hidden := strings.CutPrefix(part, "*")
		if hidden {
			n, err := strconv.Atoi(count)
			if err != nil || n < 1 || n > maxUnit || u.Hidden > 0 || count != strconv.Itoa(n) {
				return Unit{}, fmt.Errorf("%q is no number of bytes, or the second one", shown(part))
			}
			u.Hidden = n
			continue
		}
		b, err := bytesOf(part, maxUnit)
		if err != nil {
			return Unit{}, err
		}
		if u.Hidden > 0 {
			u.Tail = append(u.Tail, b...)
		} else {
			u.Head = append(u.Head, b...)
		}
	}
	if u.Len() > maxUnit {
		return Unit{}, fmt.Errorf("%d bytes are more than a card takes or gives at once", u.Len())
	}
	return u, nil
}

// bytesOf reads hexadecimal digits without blanks.
func bytesOf(s string, most int) ([]byte, error) {
	if len(s) > 2*most {
		return nil, fmt.Errorf("more than %d bytes", most)
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not written in pairs of hexadecimal digits", shown(s))
	}
	if len(b) == 0 {
		return nil, nil
	}
	return b, nil
}

// shown cuts a text to what an error can quote.
func shown(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return s
}
