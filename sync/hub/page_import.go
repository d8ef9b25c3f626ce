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
	"path/filepath"
	"strings"
	"time"

	"bottega/sync/wire"
)

//go:embed page/import.html
var importHTML string

// Limits of what is handed in on the page. A desk that was away for longer than fits is imported with the command.
const (
	maxUpload     = 512 << 20
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

// importPage takes a parcel from whoever has it. Nobody signs in: a parcel says itself whose it is, and is taken from a desk of this hub
// alone.
func (h *Hub) importPage() (http.Handler, error) {
	page, err := template.New("import").Parse(importHTML)
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	turns := make(chan struct{}, importsAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		view := importView{CSS: template.CSS(pageCSS), Practice: h.params.Practice, State: "ask"} //nolint:gosec // our own file
		status := http.StatusOK
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			select {
			case turns <- struct{}{}:
				status = h.handIn(w, r, &view)
				<-turns
			default:
				status = http.StatusTooManyRequests
				w.Header().Set("Retry-After", retryAfter())
				view.refuse(errBusy)
			}
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h.render(w, page, status, view)
	}), nil
}

// handIn imports the parcel of a form, and returns the status of the answer.
func (h *Hub) handIn(w http.ResponseWriter, r *http.Request, view *importView) int {
	deadline := time.Now().Add(uploadTime)
	control := http.NewResponseController(w)
	// A server that cannot set them keeps its own, shorter ones.
	_ = errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline.Add(time.Minute)))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), uploadTime)
	defer cancel()
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	file, name, err := uploaded(r)
	if err != nil {
		view.refuse(err)
		return http.StatusUnprocessableEntity
	}
	var answer bytes.Buffer
	report, err := h.ImportParcel(ctx, file, &answer)
	if err != nil {
		view.refuse(err)
		if view.Why == parcelLater {
			h.params.Log.Error("importing a parcel failed", "error", err)
			return http.StatusServiceUnavailable
		}
		return http.StatusUnprocessableEntity
	}
	view.State, view.Desk, view.Site, view.Entries, view.Replies = "taken", report.Desk, report.Site, report.Entries, report.Replies
	if report.Stopped != nil {
		view.State, view.Why = "part", ParcelWord(report.Stopped)
	}
	view.AnswerName = strings.TrimSuffix(name, wire.ParcelSuffix) + wire.AnswerSuffix
	view.Answer = template.URL("data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(answer.Bytes())) //nolint:gosec // base64
	return http.StatusOK
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

func (v *importView) refuse(err error) {
	v.State, v.Why = "refused", ParcelWord(err)
}

// The words for why a parcel was not taken, or not all of it. Each has its sentence on the page and a translation,
// "hub.parcel.<word>".
const (
	parcelNoFile  = "no_file"
	parcelBusy    = "busy"
	parcelLong    = "too_long"
	parcelDesk    = "no_desk"
	parcelNone    = "not_a_parcel"
	parcelOther   = "other_hub"
	parcelNewer   = "newer"
	parcelCut     = "cut_short"
	parcelChanged = "changed"
	parcelRest    = "rest_missing"
	parcelLater   = "later"
)

// ParcelWords returns every word.
func ParcelWords() []string {
	return []string{
		parcelNoFile, parcelBusy, parcelLong, parcelDesk, parcelNone, parcelOther, parcelNewer, parcelCut, parcelChanged, parcelRest, parcelLater,
	}
}

// ParcelWord says in one of ParcelWords why a parcel was not taken; what is not the parcel's own fault is "later".
func ParcelWord(err error) string {
	for _, w := range []struct {
		is   error
		word string
	}{
		{errNoFile, parcelNoFile}, {errBusy, parcelBusy}, {ErrParcelDesk, parcelDesk}, {wire.ErrNotSealedFile, parcelNone},
		{wire.ErrSealedToOther, parcelOther}, {wire.ErrNewerFile, parcelNewer}, {wire.ErrCutShort, parcelCut}, {wire.ErrChanged, parcelChanged},
	} {
		if errors.Is(err, w.is) {
			return w.word
		}
	}
	var tooLong *http.MaxBytesError
	var problem *wire.Problem
	switch {
	case errors.As(err, &tooLong):
		return parcelLong
	case errors.As(err, &problem):
		return parcelRest
	}
	return parcelLater
}
