package printer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/OpenPrinting/goipp"
)

const pdfFormat = "application/pdf"

// Print sends a PDF and returns when the printer has all of it and did not give it up at once. A printer that cannot print now
// gets nothing: a paper full of personal data must not come out by itself an hour later.
func (c *Client) Print(ctx context.Context, address, title string, pdf []byte) error {
	if err := c.print(ctx, address, title, pdf); err != nil {
		return fmt.Errorf("printing %d bytes: %w", len(pdf), err)
	}
	return nil
}

func (c *Client) print(ctx context.Context, address, title string, pdf []byte) error {
	to, err := c.parse(address)
	if err != nil {
		return err
	}
	attrs, err := c.attributes(ctx, to)
	if err != nil {
		return err
	}
	if code := trouble(attrs); code != "" {
		return &Error{Code: code, Printer: to.shown, Err: errors.New("the printer says so before printing")}
	}
	job, err := c.send(ctx, to, title, pdf)
	if err != nil {
		return err
	}
	if job == 0 {
		return nil // accepted by a printer that numbers no jobs
	}
	return c.follow(ctx, to, job)
}

// send prints, and tries again while the printer is busy.
func (c *Client) send(ctx context.Context, to target, title string, pdf []byte) (job int, err error) {
	deadline := time.Now().Add(c.waits.Busy)
	for {
		job, err = c.sendOnce(ctx, to, title, pdf)
		if err != nil && ctx.Err() != nil {
			return 0, errors.Join(ctx.Err(), err, c.takeBack(ctx, to, title))
		}
		if err == nil || CodeOf(err) != Busy || time.Now().After(deadline) {
			return job, err
		}
		if err := sleep(ctx, c.waits.Poll); err != nil {
			return 0, err
		}
	}
}

func (c *Client) sendOnce(ctx context.Context, to target, title string, pdf []byte) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, c.waits.Send)
	defer cancel()
	m := c.request(goipp.OpPrintJob, to.ipp)
	m.Operation.Add(attribute("job-name", goipp.TagName, goipp.String(jobName(title))))
	m.Operation.Add(attribute("document-format", goipp.TagMimeType, goipp.String(pdfFormat)))
	answer, err := c.ask(ctx, to, m, pdf)
	if err != nil {
		return 0, err
	}
	id, _ := integer(answer.Job, "job-id")
	return id, nil
}

// takeBack cancels what a printer may have accepted while the caller was leaving: without an answer the job has no number here.
func (c *Client) takeBack(ctx context.Context, to target, title string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.waits.Ask)
	defer cancel()
	return c.cancelEach(ctx, to, jobName(title))
}

// jobName fits a title in the 255 bytes that a name may have (RFC 8011 5.1.3), without cutting a letter in two.
func jobName(title string) string {
	if len(title) > 255 {
		title = title[:255]
	}
	return strings.ToValidUTF8(title, "")
}

// Values of job-state, RFC 8011 5.3.7.
const (
	jobHeld      = 4
	jobStopped   = 6
	jobCancelled = 7
	jobAborted   = 8
	jobCompleted = 9
)

// follow looks at a job that the printer accepted until it is done, fails, or has been well for a while. When the caller
// cancels, the job is cancelled too.
func (c *Client) follow(ctx context.Context, to target, job int) error {
	deadline := time.Now().Add(c.waits.Settle)
	var last error
	for {
		attrs, err := c.job(ctx, to, job)
		if err != nil && ctx.Err() == nil {
			return nil // accepted, and forgotten or out of reach since: there is nothing to do about it here
		}
		done, verdict := judge(attrs, to)
		if done {
			return verdict
		}
		last = verdict
		if time.Now().After(deadline) {
			return c.explain(ctx, to, last)
		}
		if err := sleep(ctx, c.waits.Poll); err != nil {
			return errors.Join(err, c.abandon(ctx, to, job))
		}
	}
}

// judge says whether a job is over, and what is wrong with it.
func judge(attrs goipp.Attributes, to target) (done bool, err error) {
	state, _ := integer(attrs, "job-state")
	why := texts(attrs, "job-state-reasons")
	fail := func(code Code, queued bool) error {
		return &Error{Code: code, Printer: to.shown, Queued: queued, Err: fmt.Errorf("job state %d, reasons %v", state, why)}
	}
	switch state {
	case jobCompleted:
		return true, nil
	case jobAborted:
		if slices.Contains(why, "unsupported-document-format") || slices.Contains(why, "document-format-error") {
			return true, fail(NoPDF, false)
		}
		return true, fail(Failed, false)
	case jobCancelled:
		return true, fail(Cancelled, false)
	case jobHeld:
		// A job can be held for a moment while it is still arriving.
		return !slices.Contains(why, "job-incoming"), fail(Held, true)
	case jobStopped:
		return false, fail(Attention, true)
	}
	return false, nil
}

// explain asks the printer why a job stands still.
func (c *Client) explain(ctx context.Context, to target, last error) error {
	e, ok := errors.AsType[*Error](last)
	if !ok || e.Code != Attention {
		return last
	}
	attrs, err := c.attributes(ctx, to)
	if err != nil {
		return last
	}
	if code := trouble(attrs); code != "" {
		e.Code = code
	}
	return e
}

// abandon cancels a job for a caller who has gone: it needs a little time of its own.
func (c *Client) abandon(ctx context.Context, to target, job int) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.waits.Ask)
	defer cancel()
	return c.cancelJob(ctx, to, job)
}

func (c *Client) job(ctx context.Context, to target, id int) (goipp.Attributes, error) {
	ctx, cancel := context.WithTimeout(ctx, c.waits.Ask)
	defer cancel()
	m := c.request(goipp.OpGetJobAttributes, to.ipp)
	m.Operation.Add(attribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	m.Operation.Add(attribute("requested-attributes", goipp.TagKeyword, goipp.String("job-state"), goipp.String("job-state-reasons")))
	answer, err := c.ask(ctx, to, m, nil)
	if err != nil {
		return nil, err
	}
	return answer.Job, nil
}

// sleep waits, or returns the reason why there is nothing to wait for any more.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
