package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// maxAnswerPages bounds an answer that goes into a file. What is left of the replies comes with the answer to the next parcel.
const maxAnswerPages = 20

// ParcelReport is what became of a parcel.
type ParcelReport struct {
	Desk, Site string
	// Entries counts those that the hub has on its disk now, whether or not it had them before; Replies those in the answer.
	Entries, Replies int
	// Stopped is why less was taken than the parcel held: a problem of the contract, or one of the errors of sealed files. What came
	// before it was kept. Nil when all was taken.
	Stopped error
}

// ErrParcelDesk says that a parcel is of no desk that this hub lets in.
var ErrParcelDesk = errors.New("the file is of no desk of this hub, or of one that is not let in any more")

// ImportParcel takes what a desk sealed into a file as if it had come over the line, and writes the answer for the desk. Doing it
// twice is harmless. Errors: those of sealed files, and ErrParcelDesk; then nothing was taken and no answer was written.
func (h *Hub) ImportParcel(ctx context.Context, from io.Reader, answer io.Writer) (ParcelReport, error) {
	in, err := h.openParcel(ctx, from)
	if err != nil {
		return ParcelReport{}, err
	}
	return h.takeIn(ctx, in, answer)
}

// handedIn is a parcel of which the head was read: a desk that is let in has signed it.
type handedIn struct {
	parcel *wire.ParcelReader
	desk   store.Desk
}

// openParcel reads the head of a parcel and finds out whose it is.
func (h *Hub) openParcel(ctx context.Context, from io.Reader) (handedIn, error) {
	parcel, err := wire.OpenParcel(from, h.keys.parcels)
	if err != nil {
		return handedIn{}, err
	}
	if !h.turns.take(ctx) {
		return handedIn{}, errBusy
	}
	defer h.turns.done()
	d, err := h.deskOf(ctx, parcel.Certificate(), h.params.Clock())
	var problem *wire.Problem
	if errors.As(err, &problem) {
		err = ErrParcelDesk
	}
	return handedIn{parcel, d}, err
}

// takeIn takes the rest of a parcel and writes the answer to it.
func (h *Hub) takeIn(ctx context.Context, in handedIn, answer io.Writer) (ParcelReport, error) {
	report := ParcelReport{Desk: in.desk.ID, Site: in.desk.Site}
	head := wire.AnswerHead{Program: h.params.Program, Parcel: in.parcel.Head().ID, Desk: in.desk.ID, Made: h.params.Clock().UTC()}
	if err := h.takeParcel(ctx, in.desk, in.parcel, &head, &report); err != nil {
		return report, err
	}
	h.params.Log.Info("parcel imported", "desk", in.desk.ID, "entries", report.Entries, "whole", report.Stopped == nil)
	var err error
	report.Replies, err = h.writeAnswer(ctx, answer, in.parcel.Head(), head)
	return report, err
}

// takeParcel takes the batches of a parcel until its end or until one is refused. Its error is the store's alone.
func (h *Hub) takeParcel(ctx context.Context, d store.Desk, parcel *wire.ParcelReader, head *wire.AnswerHead, report *ParcelReport) error {
	// A parcel without entries still asks how far the hub has come.
	empty := wire.Batch{Version: wire.Version, Program: parcel.Head().Program, Epoch: parcel.Head().Epoch}
	if stop, err := h.takeOne(ctx, d, empty, nil, head); stop != nil || err != nil {
		report.Stopped = stop
		return err
	}
	for {
		batch, raw, err := parcel.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		switch {
		case errors.Is(err, wire.ErrTooLarge):
			err = wire.NewProblem(wire.ProblemTooLarge, "at most %d entries and %d bytes", wire.MaxBatchEntries, wire.MaxBatch)
		case errors.Is(err, wire.ErrBatch), errors.Is(err, wire.ErrMalformed):
			err = wire.NewProblem(wire.ProblemFixRecord, "%v", err)
		}
		if err != nil {
			report.Stopped = err
			errors.As(err, &head.Problem)
			return ctx.Err()
		}
		stop, err := h.takeOne(ctx, d, batch, raw, head)
		if stop != nil || err != nil {
			report.Stopped = stop
			return err
		}
		if n := len(batch.Entries); n > 0 {
			last := batch.Entries[n-1]
			report.Entries += n
			head.Seen = wire.Seen{Seq: last.Seq, Digest: last.Digest}
		}
	}
}

// takeOne takes one batch. Stop is the problem that it meets, which stands in the answer as well.
func (h *Hub) takeOne(ctx context.Context, d store.Desk, batch wire.Batch, raw []json.RawMessage, head *wire.AnswerHead) (stop, err error) {
	batch.SentAt = time.Time{} // a stick takes its time: nothing can be told from it about the desk's clock
	problem := checkChain(batch)
	if problem == nil {
		var ack wire.Ack
		if ack, err = h.take(ctx, d.ID, batch, raw, answerTime); err == nil {
			head.Ack = &ack
			return nil, nil
		}
		if problem = problemOf(err); problem == nil {
			return nil, err
		}
	}
	head.Problem = problem
	return problem, nil
}

// writeAnswer seals the answer to a parcel, and returns how many replies are in it.
func (h *Hub) writeAnswer(ctx context.Context, to io.Writer, parcel wire.ParcelHead, head wire.AnswerHead) (replies int, err error) {
	w, err := wire.NewAnswerWriter(to, parcel.ReplyTo, h.keys.token, head)
	if err != nil {
		return 0, fmt.Errorf("sealing the answer: %w", err)
	}
	after := parcel.After
	for n := range maxAnswerPages {
		page, err := h.repliesAfter(ctx, head.Desk, after)
		if err != nil {
			return replies, err
		}
		if len(page.Replies) == 0 && n > 0 {
			break
		}
		if err := w.Write(wire.AnswerPart{Replies: &page}); err != nil {
			return replies, fmt.Errorf("sealing the answer: %w", err)
		}
		replies += len(page.Replies)
		if len(page.Replies) == 0 {
			break
		}
		if after = page.Replies[len(page.Replies)-1].Number; after == page.Last {
			break
		}
	}
	if err := h.writePack(ctx, w); err != nil {
		return replies, err
	}
	if err := w.Close(); err != nil {
		return replies, fmt.Errorf("sealing the answer: %w", err)
	}
	return replies, nil
}
