package paper

import (
	"strconv"
	"strings"

	"bottega/desk"
)

// erasure writes the statement that a visit was erased: what is gone, what stays, and how anybody can check it.
func (b *builder) erasure() ([]Block, error) {
	f := b.paper.Erasure
	if f == nil {
		return nil, ErrNoFacts
	}
	stays := b.list("erasure.stays")
	if f.Tally != nil {
		stays = append(stays, b.say("erasure.stays.counted"))
	}
	return []Block{
		Paragraph{Text: b.say("erasure.lead"), Tone: Lead},
		Facts{Rows: b.erasureRows(*f)},
		Together{Blocks: []Block{Heading{Text: b.say("erasure.gone")}, Bullets{Items: b.list("erasure.gone")}}},
		Together{Blocks: []Block{Heading{Text: b.say("erasure.stays")}, Bullets{Items: stays}}},
		Notice{Title: b.say("erasure.copies.title"), Texts: b.list("erasure.copies"), Grave: true},
		Together{Blocks: []Block{
			Heading{Text: b.say("erasure.check")},
			Bullets{Items: b.list("erasure.check")},
			Facts{Rows: []Fact{
				b.code("erasure.command", proofCommand(f.Visit)),
				b.fingerprint(b.say("erasure.headers"), f.Headers),
				b.fingerprint(b.say("erasure.digest", "seq", count(f.Seq)), f.Digest),
			}},
			Signature{Labels: []string{b.say("declaration.place_date"), b.say("erasure.signature")}},
		}},
	}, nil
}

// proofCommand is what adds up again what stays of a visit.
func proofCommand(visit string) string {
	if visit == "" {
		return ""
	}
	return "bottegactl journal proof --visit " + visit
}

func (b *builder) erasureRows(f desk.ErasureProof) []Fact {
	what := ""
	switch {
	case f.Entries == 1:
		what = b.say("erasure.one", "first", count(f.First))
	case f.Entries > 1:
		what = b.say("erasure.range", "entries", strconv.Itoa(f.Entries), "first", count(f.First), "last", count(f.Last))
	}
	why := ""
	if f.Reason != "" {
		why = b.word("erasure.reason", string(f.Reason))
	}
	return []Fact{
		b.code("erasure.visit", f.Visit),
		{Label: b.say("erasure.at"), Value: b.say("erasure.moment", "moment", b.moment(f.At), "seq", count(f.Seq))},
		{Label: b.say("erasure.reason"), Value: b.or(why)},
		{Label: b.say("erasure.entries"), Value: b.or(what)},
		b.code("erasure.facilitator", f.Facilitator),
	}
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }

// fingerprint sets a digest in two lines of groups, as people compare it.
func (b *builder) fingerprint(label, digest string) Fact {
	if digest == "" {
		return Fact{Label: label, Value: b.say("common.missing")}
	}
	var value strings.Builder
	for i, letter := range digest {
		switch {
		case i > 0 && i%32 == 0:
			value.WriteString(" ")
		case i > 0 && i%8 == 0:
			value.WriteString("\u00a0")
		}
		value.WriteRune(letter)
	}
	return Fact{Label: label, Value: value.String(), Look: LookCode}
}
