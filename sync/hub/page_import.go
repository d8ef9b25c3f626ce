package hub

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bottega/sync/wire"
)

//go:embed page/import.html
var importHTML string

// Limits of what is handed in on the page.
const (
	// headTime is how long the beginning of a file may take, by which it is known whose it is; headsAtOnce how many are read at a time.
	headTime    = 15 * time.Second
	headsAtOnce = 64
	// uploadTime is how long the whole of a desk's file may take; importsAtOnce how many are taken at a time.
	uploadTime    = 10 * time.Minute
	importsAtOnce = 2
)

// importView is what the page shows.
type importView struct {
	CSS      template.CSS
	Practice bool
	// State is ask, taken, part or refused.
	State            string
	Desk, Site       string
	Entries, Replies int
	// Why is one of ParcelWords.
	Why string
	// Answer is the receipt inside a link: it is for one desk, which alone can open it, and the hub need not keep it anywhere.
	Answer     template.URL
	AnswerName string
}

// importPage takes parcels from whoever has them. Nobody signs in: a parcel says itself whose it is, and is taken from a desk of this hub
// alone.
type importPage struct {
	hub  *Hub
	page *template.Template
	// heads are those of which is not known yet whose they are: strangers, however slow, take no place from the desks' in parcels.
	heads, parcels chan struct{}
}

func (h *Hub) importPage() (http.Handler, error) {
	page, err := template.New("import").Parse(importHTML)
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	return &importPage{hub: h, page: page, heads: make(chan struct{}, headsAtOnce), parcels: make(chan struct{}, importsAtOnce)}, nil
}

// ServeHTTP implements http.Handler.
func (p *importPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	view := importView{CSS: template.CSS(pageCSS), Practice: p.hub.params.Practice, State: "ask"} //nolint:gosec // our own file
	status := http.StatusOK
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if err := p.handIn(w, r, &view); err != nil {
			view.State, view.Why = "refused", ParcelWord(err)
			status = p.statusOf(w, err)
		}
	default:
		p.hub.notAllowed(w)
		return
	}
	p.hub.render(w, p.page, status, view)
}

// statusOf returns the status for why nothing was taken.
func (p *importPage) statusOf(w http.ResponseWriter, err error) int {
	switch ParcelWord(err) {
	case parcelBusy:
		w.Header().Set("Retry-After", retryAfter())
		return http.StatusTooManyRequests
	case parcelSlow:
		return http.StatusRequestTimeout
	case parcelLong:
		return http.StatusRequestEntityTooLarge
	case parcelLater:
		p.hub.params.Log.Error("importing a parcel failed", "error", err)
		w.Header().Set("Retry-After", retryAfter())
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

// place takes a place, if one is free, and returns what gives it back.
func place(places chan struct{}) (back func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	default:
		return nil, errBusy
	}
}

// handIn imports the parcel of a form, and says in the view what became of it. The error is why nothing was taken.
func (p *importPage) handIn(w http.ResponseWriter, r *http.Request, view *importView) error {
	limit := p.hub.params.Limits.Upload
	if r.ContentLength > limit {
		return &http.MaxBytesError{Limit: limit}
	}
	control := http.NewResponseController(w)
	// A server that cannot set a deadline keeps its own.
	_ = control.SetReadDeadline(time.Now().Add(headTime))
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	in, name, err := p.begin(r)
	if err != nil {
		return err
	}
	back, err := place(p.parcels)
	if err != nil {
		return err
	}
	defer back()
	deadline := time.Now().Add(uploadTime)
	_ = errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline.Add(time.Minute))) // as above
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), uploadTime)
	defer cancel()
	var answer bytes.Buffer
	report, err := p.hub.takeIn(ctx, in, &answer)
	if err != nil {
		return err
	}
	view.tell(report)
	view.AnswerName = strings.TrimSuffix(name, wire.ParcelSuffix) + wire.AnswerSuffix
	view.Answer = template.URL("data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(answer.Bytes())) //nolint:gosec // base64
	return nil
}

// begin reads a form as far as it takes to know whose parcel is in it.
func (p *importPage) begin(r *http.Request) (handedIn, string, error) {
	back, err := place(p.heads)
	if err != nil {
		return handedIn{}, "", err
	}
	defer back()
	file, name, err := uploaded(r)
	if err != nil {
		return handedIn{}, "", err
	}
	in, err := p.hub.openParcel(r.Context(), file)
	return in, name, err
}

// tell says what became of a parcel of which the head was good.
func (v *importView) tell(report ParcelReport) {
	v.State, v.Desk, v.Site, v.Entries, v.Replies = "taken", report.Desk, report.Site, report.Entries, report.Replies
	if report.Stopped == nil {
		return
	}
	v.State, v.Why = "part", ParcelWord(report.Stopped)
	if report.Entries == 0 {
		v.State = "refused"
	}
}

// Why the page takes nothing, besides what is wrong with a parcel.
var (
	errNoFile = errors.New("no file was sent")
	errBusy   = errors.New("others are handing in")
)

// uploaded returns the file of the form as it arrives, with its name.
func uploaded(r *http.Request) (io.Reader, string, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, "", errNoFile
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, "", err
		}
		if err != nil {
			return nil, "", errNoFile
		}
		if part.FormName() == "plico" && part.FileName() != "" {
			return part, fileName(part.FileName()), nil
		}
	}
}

// fileName returns what may stand in the name of a download.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, readable(filepath.Base(name)))
	if len(name) > 100 {
		name = "postazione" + wire.ParcelSuffix
	}
	return name
}

// The words for why a parcel was not taken, or not all of it. Each has its sentence on the page and a translation,
// "hub.parcel.<word>".
const (
	parcelNoFile  = "no_file"
	parcelBusy    = "busy"
	parcelSlow    = "too_slow"
	parcelLong    = "too_long"
	parcelDesk    = "no_desk"
	parcelNone    = "not_a_parcel"
	parcelOther   = "other_hub"
	parcelNewer   = "newer"
	parcelCut     = "cut_short"
	parcelChanged = "changed"
	parcelRest    = "rest_missing"
	parcelLarge   = "too_large"
	parcelUnfit   = "unfit"
	parcelLater   = "later"
)

// ParcelWords returns every word.
func ParcelWords() []string {
	return []string{
		parcelNoFile, parcelBusy, parcelSlow, parcelLong, parcelDesk, parcelNone, parcelOther, parcelNewer, parcelCut, parcelChanged, parcelRest,
		parcelLarge, parcelUnfit, parcelLater,
	}
}

// ParcelWord says in one of ParcelWords why a parcel was not taken; what is not the parcel's own fault is "later".
func ParcelWord(err error) string {
	for _, w := range []struct {
		is   error
		word string
	}{
		{errNoFile, parcelNoFile}, {errBusy, parcelBusy}, {os.ErrDeadlineExceeded, parcelSlow}, {ErrParcelDesk, parcelDesk},
		{wire.ErrNotSealedFile, parcelNone}, {wire.ErrSealedToOther, parcelOther}, {wire.ErrNewerFile, parcelNewer},
		{wire.ErrCutShort, parcelCut}, {wire.ErrChanged, parcelChanged}, {wire.ErrTooLarge, parcelLarge},
	} {
		if errors.Is(err, w.is) {
			return w.word
		}
	}
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return parcelLong
	}
	var problem *wire.Problem
	if !errors.As(err, &problem) {
		return parcelLater
	}
	switch problem.Type {
	case wire.ProblemTooLarge:
		return parcelLarge
	case wire.ProblemFixRecord:
		return parcelUnfit
	case wire.ProblemReEnrol:
		return parcelDesk
	}
	return parcelRest
}
