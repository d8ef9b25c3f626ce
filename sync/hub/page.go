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

//go:embed page/verify.css
var verifyCSS string

// verifyView is what the page for people shows.
type verifyView struct {
	CSS template.CSS
	// State is ask, valid, ended, early or false.
	State       string
	Typed       string
	Certificate wire.SignedCertificate
	Today       string
}

// verifyPage is the page that anybody with a certificate in hand can open: it says whether the hub signed these facts. It loads
// nothing from anywhere and runs no script.
func (h *Hub) verifyPage() (http.Handler, error) {
	page, err := template.New("verify").Parse(verifyHTML)
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	sum := sha256.Sum256([]byte(verifyCSS))
	policy := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
			w.Header().Set("Allow", "GET, HEAD, POST")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
		var out bytes.Buffer
		view := h.verify(r.FormValue("t"))
		if err := page.Execute(&out, view); err != nil {
			h.params.Log.Error("the page broke", "error", err)
			http.Error(w, "error", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Robots-Tag", "noindex")
		// As in writeProblem.
		_, _ = w.Write(out.Bytes())
	}), nil
}

// verify judges what was typed or scanned.
func (h *Hub) verify(typed string) verifyView {
	today := h.today()
	v := verifyView{CSS: template.CSS(verifyCSS), State: "ask", Today: today.Italian()} //nolint:gosec // our own file
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
