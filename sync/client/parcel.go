package client

import (
	"context"
	"crypto"
	"crypto/hpke"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"bottega/desk"
	"bottega/sync/wire"
)

// maxPack is the longest content pack that is taken from an answer.
const maxPack = wire.MaxPack

// Export seals everything that the hub has not acknowledged into a parcel for a stick, and returns how many entries those are: with
// none, the parcel asks for what the hub answers. It may be long and is never held in memory. Making another one, or sending over the
// line as well, is harmless. The error is a *Trouble, or the context's; a parcel that was not written to its end is of no use.
func (c *Client) Export(ctx context.Context, w io.Writer) (n int, err error) {
	if err := c.takeTurn(ctx); err != nil {
		return 0, err
	}
	defer c.endTurn()
	n, err = c.export(ctx, fileWriter{w})
	return n, asFileTrouble(ctx, err)
}

func (c *Client) export(ctx context.Context, w io.Writer) (int, error) {
	id := c.who()
	if id == nil {
		return 0, &Trouble{Word: NotEnrolled}
	}
	if len(id.Sealing) == 0 {
		return 0, &Trouble{Word: NoSealingKey}
	}
	pos, err := c.params.Journal.Position(ctx)
	if err != nil {
		return 0, err
	}
	id, answerKey, err := c.prepareParcel(ctx)
	if err != nil {
		return 0, err
	}
	pair, err := id.tls()
	if err != nil {
		return 0, err
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return 0, errors.New("the key of this desk does not sign")
	}
	parcel, err := wire.NewParcelWriter(w, id.Sealing, signer, wire.ParcelHead{
		Program: c.params.Program, ID: id.Parcel, Created: c.params.Clock(), Certificate: id.Certificate,
		ReplyTo: answerKey.PublicKey().Bytes(), After: pos.Replies - min(id.ReplyBase, pos.Replies), Epoch: pos.Epoch,
	})
	if err != nil {
		return 0, err
	}
	if err := c.fill(ctx, parcel, pos); err != nil {
		return 0, err
	}
	if err := parcel.Close(); err != nil {
		return 0, err
	}
	waiting := int(pos.Last + 1 - min(nextToSend(pos), pos.Last+1))
	c.params.Log.Info("a parcel was made", "entries", waiting)
	return waiting, nil
}

// prepareParcel names the next parcel, and makes the key for answers before the first one.
func (c *Client) prepareParcel(ctx context.Context) (*identity, hpke.PrivateKey, error) {
	id := c.who()
	key, err := wire.ParseSealingKey(id.AnswerKey)
	if id.AnswerKey == nil {
		key, err = wire.NewSealingKey()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the key for answers: %w", err)
	}
	private, err := key.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("the key for answers: %w", err)
	}
	if err := c.amend(ctx, func(id *identity) { id.AnswerKey, id.Parcel = private, uuid.NewString() }); err != nil {
		return nil, nil, err
	}
	return c.who(), key, nil
}

// fill seals the entries that wait. When none does, the newest goes along once more, as over the line.
func (c *Client) fill(ctx context.Context, parcel *wire.ParcelWriter, pos wire.Position) error {
	most := c.most
	var room wire.Room
	for next := min(nextToSend(pos), max(pos.Last, pos.Epoch.From)); next <= pos.Last; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		entries, err := c.batch(ctx, &room, next, int(min(pos.Last-next+1, uint64(most))))
		if err != nil {
			return err
		}
		err = parcel.Write(entries)
		if errors.Is(err, wire.ErrTooLarge) && len(entries) > 1 {
			most = len(entries) / 2
			continue
		}
		if err != nil {
			return err
		}
		next = entries[len(entries)-1].Seq + 1
	}
	return nil
}

// Import takes the hub's answer to a parcel from a stick. Taking the same answer again, or an older one later, is harmless. The error is
// a *Trouble, or the context's.
func (c *Client) Import(ctx context.Context, r io.Reader) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	err := asFileTrouble(ctx, c.takeAnswer(ctx, fileReader{r}))
	c.refresh(ctx)
	c.change(func(s *desk.LineStatus) {
		if c.refusedRecord && (s.State == desk.LineIdle || s.State == desk.LineOffline) {
			s.State, s.Problem = desk.LineAttention, RecordRefused
		}
	})
	c.Nudge() // replies are entries too
	return err
}

func (c *Client) takeAnswer(ctx context.Context, r io.Reader) error {
	id := c.who()
	if id == nil {
		return &Trouble{Word: NotEnrolled}
	}
	if id.AnswerKey == nil {
		return &Trouble{Word: FileOther, Err: errors.New("this desk has made no parcel")}
	}
	key, err := wire.ParseSealingKey(id.AnswerKey)
	if err != nil {
		return fmt.Errorf("the key for answers: %w", err)
	}
	answer, err := wire.OpenAnswer(r, key, id.Keys)
	if err != nil {
		return err
	}
	head := answer.Head()
	if head.Desk != id.Desk {
		return &Trouble{Word: FileOther, Err: errors.New("the answer is for another desk")}
	}
	latest := head.Parcel == id.Parcel
	if err := c.takeHead(ctx, head); err != nil {
		return err
	}
	pack, err := c.takeParts(ctx, answer, latest)
	if err != nil {
		return err
	}
	if latest { // only once all of it was there: what was cut short is taken again from another copy
		if err := c.amend(ctx, func(id *identity) { id.Parcel = "" }); err != nil {
			return err
		}
	}
	c.params.Log.Info("an answer was taken", "parcel", head.Parcel)
	if len(pack) > 0 && c.params.Packs != nil {
		if err := c.params.Packs.Offer(ctx, pack, c.PackKeys()); err != nil { // all the rest of the answer is good
			c.params.Log.Warn("the content pack of an answer was not taken", "error", err)
		}
	}
	if latest && head.Problem != nil && !sendsBack(head.Problem) {
		return refused(head.Problem, 0)
	}
	return nil
}

// takeParts takes all that follows the head, and returns the content pack that was in it.
func (c *Client) takeParts(ctx context.Context, answer *wire.AnswerReader, latest bool) (pack []byte, err error) {
	for {
		part, err := answer.Next()
		if errors.Is(err, io.EOF) {
			return pack, nil
		}
		if err != nil {
			return nil, err
		}
		if part.Replies != nil {
			if err := c.takeReplies(ctx, *part.Replies, latest); err != nil {
				return nil, err
			}
		}
		if pack = append(pack, part.Pack...); len(pack) > maxPack {
			return nil, fmt.Errorf("a content pack of more than %d bytes: %w", maxPack, wire.ErrTooLarge)
		}
	}
}

// sendsBack reports the two problems that a desk sees to by itself.
func sendsBack(p *wire.Problem) bool { return p.Type == wire.ProblemFork || p.Type == wire.ProblemGap }

// takeHead does with the answer what would be done with that to a push. Only the answer to the last parcel, while the hub was not reached
// otherwise, may say that the hub has less than it had, or that the desk is to begin a new epoch: any other is news of yesterday.
func (c *Client) takeHead(ctx context.Context, head wire.AnswerHead) error {
	pos, err := c.params.Journal.Position(ctx)
	if err != nil {
		return err
	}
	latest := head.Parcel == c.who().Parcel
	if head.Ack != nil && head.Ack.Epoch == pos.Epoch.ID {
		seen, err := c.seen(ctx, pos, head.Seen)
		if err != nil {
			return err
		}
		if err := c.takeAck(ctx, pos, seen, *head.Ack, latest); err != nil {
			return err
		}
	}
	if latest && head.Problem != nil && sendsBack(head.Problem) {
		if pos, err = c.params.Journal.Position(ctx); err != nil { // it may be another by now
			return err
		}
		return c.goBack(ctx, pos, head.Problem)
	}
	return nil
}

// takeAck keeps what the hub has of this journal, of which it has seen one entry.
func (c *Client) takeAck(ctx context.Context, pos wire.Position, seen []wire.Entry, ack wire.Ack, latest bool) error {
	if len(seen) == 0 {
		return nil
	}
	v, err := judge(pos, seen, ack)
	if err != nil {
		return err
	}
	if v.safe > pos.Acknowledged || latest && v.safe < pos.Acknowledged {
		if err := c.params.Journal.Acknowledge(ctx, pos.Epoch.ID, v.safe); err != nil {
			return err
		}
	}
	if v.fresh && latest {
		return c.beginAfter(ctx, pos, ack)
	}
	return nil
}

// seen returns the entry that the hub held against its own, if it is this journal's: else the answer is about a copy of this desk.
func (c *Client) seen(ctx context.Context, pos wire.Position, seen wire.Seen) ([]wire.Entry, error) {
	if seen.Seq < pos.Epoch.From || seen.Seq > pos.Last {
		return nil, nil
	}
	entries, err := c.batch(ctx, nil, seen.Seq, 1)
	if err != nil || !entries[0].Digest.Equal(seen.Digest) {
		return nil, err
	}
	return entries, nil
}

// takeReplies keeps those of a page that the journal has not. What does not follow them is left for the answer to the next parcel, which
// asks from where the journal is.
func (c *Client) takeReplies(ctx context.Context, page wire.Replies, latest bool) error {
	pos, err := c.params.Journal.Position(ctx)
	if err != nil {
		return err
	}
	if id := c.who(); page.Series != "" && page.Series != id.Series {
		if !latest { // news of yesterday, maybe from before the hub was put back
			return nil
		}
		page.Last = pos.Replies // a page of an answer does not say how many there are
		if anew, err := c.countAnew(ctx, page, pos.Replies, 0); err != nil || anew {
			return err
		}
	}
	replies := page.Replies
	base := c.replyBase()
	after := pos.Replies - min(base, pos.Replies)
	for len(replies) > 0 && replies[0].Number <= after {
		replies = replies[1:]
	}
	if len(replies) == 0 || replies[0].Number > after+1 {
		return nil
	}
	return c.keepReplies(ctx, replies, after, base)
}

// fileWriter and fileReader tell the faults of a stick from those of the journal.
type fileWriter struct{ w io.Writer }

func (f fileWriter) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if err != nil {
		err = &Trouble{Word: FileFault, Err: err}
	}
	return n, err
}

type fileReader struct{ r io.Reader }

func (f fileReader) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Trouble{Word: FileFault, Err: err}
	}
	return n, err
}

// asFileTrouble finds the word for what went wrong with a sealed file.
func asFileTrouble(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	for _, known := range []struct {
		err  error
		word string
	}{
		{wire.ErrNotSealedFile, FileNotAnswer},
		{wire.ErrSealedToOther, FileOther},
		{wire.ErrUnknownSigner, FileOther},
		{wire.ErrCutShort, FileCut},
		{wire.ErrChanged, FileChanged},
		{wire.ErrNewerFile, FileNewer},
		{wire.ErrTooLarge, TooLarge},
	} {
		if errors.Is(err, known.err) {
			return &Trouble{Word: known.word, Err: err}
		}
	}
	return troubleOf(err)
}
