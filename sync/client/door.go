package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"

	"bottega/sync/wire"
)

// door is what a hub offers to a desk. Fork and gap come back as *wire.Problem, everything else that is wrong as *Trouble or as the
// error of the context.
type door interface {
	// push sends a batch; entries is what wire.AppendEntries makes of those in it.
	push(ctx context.Context, b wire.Batch, entries *text) (wire.Ack, error)
	replies(ctx context.Context, after uint64) (wire.Replies, error)
	// info and renew are answered with NotTheHub by a hub of 0.1, which has neither.
	info(ctx context.Context) (wire.HubInfo, error)
	renew(ctx context.Context, r wire.RenewRequest) (wire.Enrolment, error)
}

// How long a request may take. Lines at a stand are slow, and a day's entries are one batch or two.
const (
	dialTimeout    = 15 * time.Second
	answerTimeout  = time.Minute
	requestTimeout = 3 * time.Minute
	// maxRetryAfter is the longest wait that a hub is obeyed in.
	maxRetryAfter = time.Hour
)

// httpDoor is a hub behind HTTPS. It is used by one round at a time.
type httpDoor struct {
	base  string
	http  *http.Client
	now   func() time.Time
	cargo cargo
}

func newDoor(address string, config *tls.Config, now func() time.Time) (*httpDoor, error) {
	cargo, err := newCargo()
	if err != nil {
		return nil, err
	}
	return &httpDoor{
		base:  "https://" + address,
		now:   now,
		cargo: cargo,
		http: &http.Client{
			Timeout: requestTimeout,
			// A redirect is a portal's way of answering, never a hub's.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:                 http.ProxyFromEnvironment,
				DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
				TLSClientConfig:       config,
				TLSHandshakeTimeout:   dialTimeout,
				ResponseHeaderTimeout: answerTimeout,
				IdleConnTimeout:       time.Minute,
				MaxIdleConnsPerHost:   1,
				// What unfolds by itself cannot be measured before it has unfolded.
				DisableCompression:     true,
				MaxResponseHeaderBytes: 64 << 10,
			},
		},
	}, nil
}

// close lets the connections go.
func (d *httpDoor) close() { d.http.CloseIdleConnections() }

func (d *httpDoor) push(ctx context.Context, b wire.Batch, entries *text) (wire.Ack, error) {
	var ack wire.Ack
	body, encoding, err := d.cargo.load(b, entries)
	if errors.Is(err, wire.ErrTooLarge) {
		return ack, &Trouble{Word: TooLarge, Err: err}
	}
	if err != nil {
		return ack, err
	}
	begin := time.Now()
	date, err := d.ask(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// How long a handshake takes says nothing of how long a batch does.
		GotConn: func(httptrace.GotConnInfo) { begin = time.Now() },
	}), http.MethodPost, wire.PathJournal, body, encoding, &ack)
	d.cargo.unload(time.Since(begin), err)
	if ack.SkewMS == 0 && !date.IsZero() { // a hub of 0.1 tells its time in the header only
		ack.SkewMS = d.now().Sub(date).Milliseconds()
	}
	return ack, err
}

func (d *httpDoor) replies(ctx context.Context, after uint64) (wire.Replies, error) {
	var page wire.Replies
	_, err := d.ask(ctx, http.MethodGet, wire.PathReplies+"?after="+strconv.FormatUint(after, 10), nil, "", &page)
	return page, err
}

func (d *httpDoor) info(ctx context.Context) (wire.HubInfo, error) {
	var info wire.HubInfo
	_, err := d.ask(ctx, http.MethodGet, wire.PathHub, nil, "", &info)
	return info, err
}

func (d *httpDoor) renew(ctx context.Context, r wire.RenewRequest) (wire.Enrolment, error) {
	var answer wire.Enrolment
	data, err := json.Marshal(r)
	if err != nil {
		return answer, &Trouble{Word: Other, Err: err}
	}
	_, err = d.ask(ctx, http.MethodPost, wire.PathRenew, &body{parts: [][]byte{data}}, "", &answer)
	return answer, asTrouble(err)
}

// ask sends one request and reads its answer into out. It returns what the hub's clock said, to the second; zero when it said nothing.
func (d *httpDoor) ask(ctx context.Context, method, path string, body *body, encoding string, out any) (date time.Time, err error) {
	req, err := http.NewRequestWithContext(ctx, method, d.base+path, nil)
	if err != nil {
		return date, &Trouble{Word: Other, Err: err}
	}
	// Whatever a desk asks may be asked twice: where the hub has closed the connection meanwhile it is asked again over another. The
	// key itself stays at home.
	req.Header["Idempotency-Key"] = nil
	req.Header.Set("Accept", wire.MediaJSON+", "+wire.MediaProblem)
	if body != nil {
		body.into(req)
		req.Header.Set("Content-Type", wire.MediaJSON)
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return date, unreached(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // whatever it says, the answer was read or was not
	data, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxAnswer+1))
	if err != nil {
		return date, unreached(ctx, err)
	}
	if err := d.read(resp, data, out); err != nil {
		return date, err
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		date = at
	}
	return date, nil
}

// read tells an answer of the hub from anything else that may come over the line.
func (d *httpDoor) read(resp *http.Response, data []byte, out any) error {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	stranger := func(why string) error {
		return &Trouble{Word: NotTheHub, Err: fmt.Errorf("%s (status %d, %q, %d bytes)", why, resp.StatusCode, media, len(data))}
	}
	switch {
	case len(data) > wire.MaxAnswer:
		return stranger("a longer answer than a hub gives")
	case media == wire.MediaProblem:
		var p wire.Problem
		if json.Unmarshal(data, &p) != nil || resp.StatusCode < 400 {
			return stranger("a problem that cannot be read")
		}
		p.Status = resp.StatusCode
		if p.Type == wire.ProblemFork || p.Type == wire.ProblemGap {
			return &p
		}
		return refused(&p, d.retryAfter(resp))
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 502 && resp.StatusCode <= 504:
		// A proxy before the hub says so in its own words.
		return &Trouble{Word: HubBusy, After: d.retryAfter(resp), Err: fmt.Errorf("status %d", resp.StatusCode)}
	case resp.StatusCode != http.StatusOK || media != wire.MediaJSON:
		return stranger("not an answer of a hub")
	}
	if err := json.Unmarshal(data, out); err != nil {
		return stranger("JSON that a hub does not write")
	}
	return nil
}

// retryAfter reads the header in both its forms, seconds and a date.
func (d *httpDoor) retryAfter(resp *http.Response) time.Duration {
	text := resp.Header.Get("Retry-After")
	var after time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		after = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		after = at.Sub(d.now())
	}
	return max(0, min(after, maxRetryAfter))
}
