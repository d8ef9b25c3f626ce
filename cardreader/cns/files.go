package cns

import (
	"context"
	"errors"
	"fmt"

	"bottega/cardreader/apdu"
)

// masterFile is the root of every card's files.
const masterFile = 0x3F00

// errStopped says that a card made us send more commands than any reading takes.
var errStopped = errors.New("the card asks for more commands than a reading takes")

// maxCommands bounds a whole reading; a plain one takes about fifteen commands.
const maxCommands = 200

// reader reads files from one card, with what it learned of the card's manners.
type reader struct {
	card *apdu.Counter
	// selectBy is the way of selecting that this card took, tried first for its next file.
	selectBy int
	// chunk is how many bytes one READ BINARY asks for.
	chunk int
}

func newReader(card apdu.Transmitter) *reader {
	return &reader{card: &apdu.Counter{Card: card}, chunk: apdu.MaxNe}
}

// exchange sends one command, once more when the chip answers with a fault, as one with dirty contacts does now and then.
func (r *reader) exchange(ctx context.Context, c apdu.Command) (apdu.Response, error) {
	for attempt := 0; ; attempt++ {
		if r.card.APDUs >= maxCommands {
			return apdu.Response{}, errStopped
		}
		answer, err := apdu.Exchange(ctx, r.card, c)
		if err != nil || attempt > 0 || !errors.Is(answer.Status.Err(), apdu.ErrFault) {
			return answer, err
		}
	}
}

// ways of selecting a file, from the one that costs least. Some cards refuse P2=0C, some know only one step at a time.
var ways = []func(path []uint16) []apdu.Command{
	func(path []uint16) []apdu.Command {
		return []apdu.Command{{INS: 0xA4, P1: 0x08, P2: 0x0C, Data: bytesOf(path)}}
	},
	func(path []uint16) []apdu.Command {
		return []apdu.Command{{INS: 0xA4, P1: 0x08, Data: bytesOf(path), Ne: apdu.MaxNe}}
	},
	func(path []uint16) []apdu.Command {
		steps := []apdu.Command{{INS: 0xA4, Data: bytesOf([]uint16{masterFile}), Ne: apdu.MaxNe}}
		for _, fid := range path {
			steps = append(steps, apdu.Command{INS: 0xA4, Data: bytesOf([]uint16{fid}), Ne: apdu.MaxNe})
		}
		return steps
	},
}

func bytesOf(path []uint16) []byte {
	b := make([]byte, 0, 2*len(path))
	for _, fid := range path {
		b = append(b, byte(fid>>8), byte(fid))
	}
	return b
}

// selectFile selects a file in the way the card takes. A file that is not there is ErrNotFound inside a *apdu.StatusError.
func (r *reader) selectFile(ctx context.Context, path []uint16) error {
	var last error
	for way := r.selectBy; way < len(ways); way++ {
		err := r.follow(ctx, ways[way](path))
		if err == nil {
			r.selectBy = way
			return nil
		}
		if !errors.Is(err, apdu.ErrParameters) && !errors.Is(err, apdu.ErrUnsupported) {
			return err
		}
		last = err
	}
	return last
}

func (r *reader) follow(ctx context.Context, steps []apdu.Command) error {
	for _, step := range steps {
		answer, err := r.exchange(ctx, step)
		if err != nil {
			return err
		}
		if answer.Status>>8 == 0x61 || answer.Status == apdu.OK {
			continue
		}
		return answer.Status.Err()
	}
	return nil
}

// readAt reads up to n bytes of the selected file from an offset; fewer mean that the file ends there.
func (r *reader) readAt(ctx context.Context, offset, n int) ([]byte, error) {
	if offset > 0x7FFF {
		return nil, fmt.Errorf("offset %d: %w", offset, apdu.ErrEnd)
	}
	ask := min(n, r.chunk)
	answer, err := r.exchange(ctx, apdu.Command{INS: 0xB0, P1: byte(offset >> 8), P2: byte(offset), Ne: ask})
	if err != nil {
		return nil, err
	}
	switch {
	case answer.Status == apdu.WrongLength && ask == apdu.MaxNe:
		// Some cards and readers take no answer of 256 bytes.
		r.chunk = apdu.MaxData
		return r.readAt(ctx, offset, n)
	case answer.Status == apdu.OK, answer.Status == apdu.EndOfFile:
		return answer.Data[:min(len(answer.Data), ask)], nil
	case answer.Status == apdu.OutsideFile:
		return nil, nil
	default:
		return nil, answer.Status.Err()
	}
}

// read reads the selected file from its start. After each piece, wanted tells from what is there how long the useful content
// is; reading ends when that much is there, when the file ends, or at limit.
func (r *reader) read(ctx context.Context, first, limit int, wanted func(read []byte) int) ([]byte, error) {
	content, err := r.readAt(ctx, 0, min(first, limit))
	if err != nil {
		return nil, err
	}
	for short := len(content) < min(first, limit, r.chunk); !short; {
		rest := min(wanted(content), limit) - len(content)
		if rest <= 0 {
			break
		}
		piece, err := r.readAt(ctx, len(content), rest)
		if err != nil {
			return nil, err
		}
		short = len(piece) < min(rest, r.chunk)
		content = append(content, piece...)
	}
	return content, nil
}
