package hub

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"bottega/sync/wire"
)

//go:embed page/verify.html
var verifyHTML string

//go:embed page/sorry.html
var sorryHTML string

//go:embed page/page.css
var pageCSS string

// verifyView is what the page for people shows.
type verifyView struct {
	CSS template.CSS
	// State is ask, valid, ended, early or false.
	State       string
	Typed       string
	Certificate wire.SignedCertificate
	Today       string
}

// verifyPage is the page that anybody with a certificate in hand can open: it says whether the hub signed these facts.
func (h *Hub) verifyPage() (http.Handler, error) {
	page, err := template.New("verify").Parse(verifyHTML)
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
			h.notAllowed(w)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
		h.render(w, page, http.StatusOK, h.verify(r.FormValue("t")))
	}), nil
}

// Why a page for people cannot be shown. Each has its sentences in page/sorry.html; whatever else happens falls through to the last.
const (
	sorryBusy   = "busy"
	sorrySlow   = "slow"
	sorryLarge  = "large"
	sorryMethod = "method"
	sorryFailed = "failed"
)

// sorryView is what people see instead of a page.
type sorryView struct {
	CSS template.CSS
	Why string
}

// forPeople reports a path that people open in a browser.
func forPeople(path string) bool { return path == wire.PathVerify || path == pathImport || path == "/" }

// refuse says that a request is not worked on: in a problem to a program, in words to people.
func (h *Hub) refuse(w http.ResponseWriter, path string, p *wire.Problem) {
	if !forPeople(path) {
		plainProblem(w, p)
		return
	}
	why := sorryFailed
	switch p.Status {
	case http.StatusTooManyRequests:
		why = sorryBusy
	case http.StatusRequestTimeout:
		why = sorrySlow
	case http.StatusRequestEntityTooLarge:
		why = sorryLarge
	}
	h.sorry(w, p.Status, why)
}

func (h *Hub) sorry(w http.ResponseWriter, status int, why string) {
	h.render(w, h.sorryPage, status, sorryView{CSS: template.CSS(pageCSS), Why: why}) //nolint:gosec // our own file
}

func (h *Hub) notAllowed(w http.ResponseWriter) {
	w.Header().Set("Allow", "GET, HEAD, POST")
	h.sorry(w, http.StatusMethodNotAllowed, sorryMethod)
}

// render shows a page that loads nothing from anywhere and runs no script.
func (h *Hub) render(w http.ResponseWriter, page *template.Template, status int, view any) {
	var out bytes.Buffer
	if err := page.Execute(&out, view); err != nil {
		h.params.Log.Error("the page broke", "error", err)
		http.Error(w, "Il centro non riesce a mostrare questa pagina: avvisa chi lo gestisce. / The hub cannot show this page: tell whoever keeps it.",
			http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256([]byte(pageCSS))
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:])))
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	// As in writeProblem.
	_, _ = w.Write(out.Bytes())
}

// verify judges what was typed or scanned.
func (h *Hub) verify(typed string) verifyView {
	today := h.today()
	v := verifyView{CSS: template.CSS(pageCSS), State: "ask", Today: today.Italian()} //nolint:gosec // our own file
	if typed == "" {
		return v
	}
	c, err := wire.VerifyToken(wire.FindToken(typed), h.TokenKeys())
	if err != nil {
		v.State, v.Typed = "false", typed
		if len(typed) > 1000 {
			v.Typed = ""
		}
		return v
	}
	v.Certificate = c
	switch {
	case c.ValidOn(today):
		v.State = "valid"
	case today.Before(c.ValidFrom):
		v.State = "early"
	default:
		v.State = "ended"
	}
	return v
}
