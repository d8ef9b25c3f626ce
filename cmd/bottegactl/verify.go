package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"

	"bottega/desk/civil"
	"bottega/sync/wire"
	"bottega/ui/paper"
)

type paperVerify struct {
	Paper string `arg:"" name:"file-or-token"`
	Keys  string `placeholder:"FILE"`
}

// papersLimit is far above any paper of ours; a larger file is not one.
const papersLimit = 32 << 20

// tokenInPDF finds the text of the QR code, which stands in the properties of a certificate's file.
var tokenInPDF = regexp.MustCompile(wire.TokenPrefix + `[A-Z2-7]{100,}`)

// verdictOnPaper is the answer of paper verify.
type verdictOnPaper struct {
	// Certificate is what the hub signed, to be held against what is printed.
	Certificate *wire.SignedCertificate `json:"certificate,omitempty"`
	ValidToday  bool                    `json:"valid_today"`
	// Paper is set when this desk made the file, byte for byte.
	Paper *paperResult `json:"paper,omitempty"`
}

// Run says whether a paper is genuine: a certificate by the hub's signature, with no network; any paper that this desk made by
// its digest in the journal.
func (c paperVerify) Run(ctx context.Context, a *app) error {
	if token := wire.FindToken(c.Paper); token != "" {
		return c.verifyToken(ctx, a, token)
	}
	content, err := readLimited(c.Paper)
	if err != nil {
		return err
	}
	if token := tokenIn(content); token != "" {
		return c.verifyToken(ctx, a, token)
	}
	return a.verifyFile(ctx, content)
}

func tokenIn(content []byte) string {
	if bytes.HasPrefix(content, []byte("%PDF")) {
		return string(tokenInPDF.Find(content))
	}
	return wire.FindToken(string(content))
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(f, papersLimit+1))
	if err == nil && len(content) > papersLimit {
		err = failed("not_a_paper", nil)
	}
	return content, err
}

func (c paperVerify) verifyToken(ctx context.Context, a *app, token string) error {
	keys, err := c.keys(ctx, a)
	if err != nil {
		return err
	}
	signed, err := wire.VerifyToken(token, keys)
	switch {
	case errors.Is(err, wire.ErrTokenMalformed):
		return failed("token_malformed", nil)
	case errors.Is(err, wire.ErrTokenKey):
		return failed("token_key", nil)
	case errors.Is(err, wire.ErrTokenForged):
		return failed("token_forged", nil)
	case err != nil:
		return err
	}
	verdict := verdictOnPaper{Certificate: &signed, ValidToday: signed.ValidOn(civil.Of(a.now()))}
	err = a.show(verdict, func(w io.Writer) { a.certificateText(w, verdict) })
	if err == nil && !verdict.ValidToday {
		return errAttention
	}
	return err
}

func (a *app) certificateText(w io.Writer, v verdictOnPaper) {
	c := v.Certificate
	line(w, a.say.T("ctl.verify.genuine"))
	if c.Practice {
		line(w, a.say.T("ctl.verify.practice"))
	}
	until := a.say.Date(c.ValidTo)
	if c.ValidTo.IsZero() {
		until = a.say.T("ctl.verify.no_end")
	}
	for _, row := range [][2]string{
		{"number", c.Number}, {"code", c.Code}, {"holder", c.Name + " " + c.Surname}, {"fiscal_code", c.FiscalCode},
		{"from", a.say.Date(c.ValidFrom)}, {"to", until}, {"issuer", c.Issuer}, {"signed_on", a.say.Date(c.SignedOn)},
	} {
		line(w, " ", a.say.T("ctl.verify."+row[0])+":", row[1])
	}
	if !v.ValidToday {
		line(w, a.say.T("ctl.verify.not_today"))
	}
}

// keys are the hub's public keys: those in the file, else those that the desk was given when it enrolled.
func (c paperVerify) keys(ctx context.Context, a *app) ([]wire.TokenKey, error) {
	if c.Keys == "" {
		return a.hubKeys(ctx)
	}
	raw, err := readLimited(c.Keys)
	if err != nil {
		return nil, err
	}
	var keys []wire.TokenKey
	var one wire.TokenKey
	switch {
	case json.Unmarshal(raw, &keys) == nil && len(keys) > 0:
		return keys, nil
	case json.Unmarshal(raw, &one) == nil && len(one.Public) > 0:
		return []wire.TokenKey{one}, nil
	}
	return nil, failed("not_keys", nil, "Path", c.Keys)
}

// verifyFile looks for the digest of a file among the papers of this desk.
func (a *app) verifyFile(ctx context.Context, content []byte) error {
	if !bytes.HasPrefix(content, []byte("%PDF")) {
		return failed("not_a_paper", nil)
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	papers, err := a.papersOf(ctx, w, "")
	if err != nil {
		return err
	}
	digest := paper.Digest(content)
	for _, p := range papers {
		if p.SHA256 == digest {
			return a.show(verdictOnPaper{ValidToday: true, Paper: &p}, func(out io.Writer) {
				line(out, a.say.T("ctl.verify.ours", "Number", p.Number, "Made", a.say.DateTime(p.MadeAt)))
			})
		}
	}
	return failed("paper_unknown", nil)
}
