package main

import (
	"io"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/cardnumber"
	"bottega/desk/civil"
)

// cardReport is the answer of card read. Scripts rely on its shape: it only ever grows.
type cardReport struct {
	Reader      string             `json:"reader"`
	ATR         string             `json:"atr"`
	Model       string             `json:"model"`
	Troubles    []string           `json:"troubles"`
	Holder      holderReport       `json:"holder"`
	Card        numberReport       `json:"card"`
	Certificate *certificateReport `json:"certificate"`
	// Kind is what the card is to its holder; Warnings are what does not agree on it and stops nothing.
	Kind     desk.CardKind `json:"kind"`
	Warnings []string      `json:"warnings"`
	// IssuerName is the Region that the number names, PrintedNumber the one on the back of the card; both may be empty.
	IssuerName    string           `json:"issuer_name"`
	PrintedNumber string           `json:"printed_number"`
	Test          []desk.PartCheck `json:"test"`
	PINTriesLeft  *int             `json:"pin_tries_left"` // null: nobody asked the card, since the question needs no answer to read it
	APDUs         int              `json:"apdus"`
	BytesIn       int              `json:"bytes_in"`
	BytesOut      int              `json:"bytes_out"`
}

type holderReport struct {
	Surname    string     `json:"surname"`
	Name       string     `json:"name"`
	FiscalCode string     `json:"fiscal_code"`
	BirthDate  civil.Date `json:"birth_date"`
	Sex        string     `json:"sex"`
	BirthPlace string     `json:"birth_place_code"`
	Residence  string     `json:"residence_code"`
}

type numberReport struct {
	Number  string     `json:"number"`
	Issuer  string     `json:"issuer"`
	Issued  civil.Date `json:"issued"`
	Expires civil.Date `json:"expires"`
}

type certificateReport struct {
	Subject   string                  `json:"subject"`
	Issuer    string                  `json:"issuer"`
	NotBefore string                  `json:"not_before"`
	NotAfter  string                  `json:"not_after"`
	Serial    string                  `json:"serial"`
	Checks    []desk.CertificateCheck `json:"checks"`
	// Practice marks a certificate of the practice authority, which proves nothing.
	Practice bool `json:"practice"`
}

func reportOf(c desk.Card) cardReport {
	r := cardReport{
		Reader: c.Reader, ATR: c.ATR, Model: c.Model, Troubles: []string{}, Test: c.Test.Parts,
		Holder: holderReport{
			Surname: c.Holder.Surname, Name: c.Holder.Name, FiscalCode: c.Holder.FiscalCode, BirthDate: c.Holder.BirthDate,
			Sex: c.Holder.Sex, BirthPlace: c.Holder.BirthPlace, Residence: c.Holder.Residence,
		},
		Card: numberReport{Number: c.Number, Issuer: c.Issuer, Issued: c.Issued, Expires: c.Expires},
		Kind: c.Kind, Warnings: append([]string{}, c.Warnings...),
		IssuerName: cardnumber.IssuerName(c.Number), PrintedNumber: cardnumber.Printed(c.Number),
		APDUs: c.Cost.APDUs, BytesIn: c.Cost.BytesIn, BytesOut: c.Cost.BytesOut,
	}
	for _, t := range cardreader.TroublesOf(c) {
		r.Troubles = append(r.Troubles, string(t))
	}
	if c.Certificate != nil {
		r.Certificate = &certificateReport{
			Subject: c.Certificate.Subject, Issuer: c.Certificate.Issuer, Serial: c.Certificate.Serial,
			NotBefore: c.Certificate.NotBefore.Format(time.DateOnly), NotAfter: c.Certificate.NotAfter.Format(time.DateOnly),
			Checks: append([]desk.CertificateCheck{}, c.Certificate.Checks...), Practice: c.Certificate.Practice,
		}
	}
	return r
}

// cardText writes a card as a person reads it: what it told, and what is wrong with it.
func (a *app) cardText(w io.Writer, r cardReport) {
	a.factsText(w, r)
	for _, code := range r.Troubles {
		t := cardreader.Trouble(code)
		line(w, sentence(a.say.T(t.TitleKey())), a.say.T(t.AdviceKey()))
	}
}

// factsText writes what a card told.
func (a *app) factsText(w io.Writer, r cardReport) {
	kind := ""
	if r.Kind != "" {
		kind = a.say.T("card_kind." + string(r.Kind))
	}
	for _, row := range [][2]string{
		{"kind", strings.TrimSpace(kind)}, {"issuer", r.IssuerName},
		{"holder", strings.TrimSpace(r.Holder.Name + " " + r.Holder.Surname)}, {"fiscal_code", r.Holder.FiscalCode},
		{"birth_date", a.say.Date(r.Holder.BirthDate)}, {"number", r.Card.Number}, {"printed", r.PrintedNumber},
		{"expires", a.say.Date(r.Card.Expires)}, {"reader", r.Reader},
	} {
		if row[1] != "" {
			line(w, a.say.T("ctl.card."+row[0])+":", row[1])
		}
	}
	for _, part := range r.Test {
		line(w, " ", a.checkText("card_part."+string(part.Part), a.say.T("card_result."+string(part.Result)), part.Reason))
		if part.Part == desk.PartCertificate && r.Certificate != nil {
			if r.Certificate.Practice {
				line(w, "   ", a.say.T("ctl.card.practice"))
			}
			for _, c := range r.Certificate.Checks {
				line(w, "   ", a.checkText("certificate_aspect."+string(c.Aspect), a.say.T(aspectResults[c.Result]), c.Reason))
			}
		}
	}
	for _, warning := range r.Warnings {
		line(w, a.say.T("ctl.card.warning")+":", a.say.T("card_warning."+warning))
	}
	line(w, a.say.N("ctl.card.cost", r.APDUs, "Out", r.BytesOut, "In", r.BytesIn))
}

// aspectResults are the words for how one aspect of a certificate came out: it does not work or fail, it is right or not.
var aspectResults = map[desk.PartResult]string{
	desk.PartWorks: "ctl.card.aspect_works", desk.PartFails: "ctl.card.aspect_fails", desk.PartNotChecked: "card_result.not_checked",
}

// checkText is one thing that was looked at, how it came out, and why.
func (a *app) checkText(key, result, reason string) string {
	text := a.say.T(key) + ": " + result
	if reason != "" {
		text += " (" + a.say.T("card_reason."+reason) + ")"
	}
	return text
}
