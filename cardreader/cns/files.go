package cns

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	// application is selected before each path, which is then followed from it; nil follows paths from the master file.
	application []byte
	// selected is the file or folder that was selected last, nil when that is not known.
	selected Path
	// selectBy is the way of selecting that this card took, tried first for its next file.
	selectBy int
	// chunk is how many bytes one READ BINARY asks for.
	chunk int
}

func newReader(card apdu.Transmitter) *reader {
	return &reader{card: &apdu.Counter{Card: card}, chunk: apdu.MaxNe}
}

// enter chooses the application in which paths are followed from now on.
func (r *reader) enter(application []byte) {
	r.application, r.selected, r.selectBy = application, nil, 0
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

// Ways of selecting, in P1 and P2 of SELECT.
const (
	byFID, byName, fromRoot, fromHere = 0x00, 0x04, 0x08, 0x09
	wantFCI, wantNothing              = 0x00, 0x0C
)

// ways of selecting a file, from the one that costs least. Some cards refuse to leave their file information out (P2=0C), some
// know only one step at a time.
var ways = []func(r *reader, path Path) []apdu.Command{
	func(r *reader, path Path) []apdu.Command {
		return append(r.start(), apdu.Command{INS: insSelect, P1: r.origin(), P2: wantNothing, Data: path.bytes()})
	},
	func(r *reader, path Path) []apdu.Command {
		return append(r.start(), apdu.Command{INS: insSelect, P1: r.origin(), P2: wantFCI, Data: path.bytes(), Ne: apdu.MaxNe})
	},
	func(r *reader, path Path) []apdu.Command {
		steps := r.start()
		if r.application == nil {
			path = append(Path{masterFile}, path...)
		}
		for _, fid := range path {
			steps = append(steps, apdu.Command{INS: insSelect, P1: byFID, P2: wantFCI, Data: Path{fid}.bytes(), Ne: apdu.MaxNe})
		}
		return steps
	},
}

const insSelect = 0xA4

// origin is where paths are followed from.
func (r *reader) origin() byte {
	if r.application != nil {
		return fromHere
	}
	return fromRoot
}

// start returns what leads to where paths begin. Selecting a file moves the folder that paths are followed from, so that an
// application is selected again before each of its files.
func (r *reader) start() []apdu.Command {
	if r.application == nil || (r.selected != nil && len(r.selected) == 0) {
		return nil
	}
	return []apdu.Command{r.selectApplication()}
}

func (r *reader) selectApplication() apdu.Command {
	return apdu.Command{INS: insSelect, P1: byName, P2: wantFCI, Data: r.application, Ne: apdu.MaxNe}
}

// selectFile selects a file or folder in the way the card takes. One that is not there is ErrNotFound inside a
// *apdu.StatusError.
func (r *reader) selectFile(ctx context.Context, path Path) error {
	if len(path) > 0 && slices.Equal(path, r.selected) {
		return nil
	}
	var last error
	for way := r.selectBy; way < len(ways); way++ {
		err := r.follow(ctx, ways[way](r, path))
		if err == nil {
			r.selectBy, r.selected = way, path
			return nil
		}
		r.selected = nil
		if !errors.Is(err, apdu.ErrParameters) && !errors.Is(err, apdu.ErrUnsupported) {
			return err
		}
		last = err
	}
	return last
}

// follow sends the commands of one selection. A warning with it, such as "deactivated" (6283), still selects: what can be done
// with the file shows when it is read.
func (r *reader) follow(ctx context.Context, steps []apdu.Command) error {
	for _, step := range steps {
		answer, err := r.exchange(ctx, step)
		if err != nil {
			return err
		}
		switch answer.Status >> 8 {
		case 0x61, 0x62, 0x63, 0x90:
		default:
			return answer.Status.Err()
		}
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
