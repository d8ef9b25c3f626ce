package facilitator

import (
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/civil"
	"bottega/ui/text"
)

// careful is a notice whose words are KEY and KEY_advice.
func careful(l *text.Localizer, key string, args ...any) notice {
	return notice{Tone: caution, Title: l.T(key, args...), Text: l.T(key + "_advice")}
}

// civilDay is the day on which something happened, in the desk's own zone.
func civilDay(t time.Time) civil.Date { return civil.Of(t) }

// personName is how a person is called on the screen; a visit may have nobody named.
func personName(l *text.Localizer, p desk.Person) string {
	if p.IsZero() {
		return l.T("person.unnamed")
	}
	return p.FullName()
}

func visitName(l *text.Localizer, v desk.Visit) string { return personName(l, v.Person) }

// orDash shows that something is not known, instead of nothing.
func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// followTitle says what a follow-up waits for.
func followTitle(l *text.Localizer, f desk.FollowUp) string {
	if f.Type == desk.FollowPerson && f.Text != "" {
		return f.Text
	}
	return l.T("follow." + string(f.Type))
}

// followState says where it stands.
func followState(l *text.Localizer, f desk.FollowUp) string {
	switch {
	case f.Reply != nil:
		return replyWords(l, *f.Reply)
	case f.Type == desk.FollowPerson:
		return l.T("follow.due", "Day", l.Date(f.Due))
	default:
		return l.T("follow.waiting", "Day", l.Date(civilDay(f.OpenedAt)))
	}
}

// replyWords says what the hub answered. An answer that this program does not know is still news.
func replyWords(l *text.Localizer, r desk.Reply) string {
	key := "reply." + string(r.Kind)
	if !l.Has(key) {
		return l.T("reply.news", "Day", l.Date(civilDay(r.At)))
	}
	return l.T(key, "Day", l.Date(civilDay(r.At)), "Reason", reasonWords(l, r.Reason))
}

// reasonWords translates a stable word of the hub. One that a newer hub knows is "another reason".
func reasonWords(l *text.Localizer, reason string) string {
	if reason == "" {
		return l.T("reason.none")
	}
	if key := "line.reason." + reason; l.Has(key) {
		return l.T(key)
	}
	return l.T("line.reason.other")
}

func followTone(f desk.FollowUp) tone {
	if f.Reply == nil {
		return plain
	}
	switch f.Reply.Kind {
	case desk.ActivationConfirmed, desk.ExemptionFound:
		return good
	case desk.ActivationRefused, desk.RecordRefused:
		return bad
	default:
		return caution
	}
}

// lineNotice is the one line "N of N safe at the hub, last at hh:mm", with what to do when it is not so.
func lineNotice(l *text.Localizer, s desk.LineStatus) notice {
	n := notice{Tone: lineTone(s.State), Title: l.T("line.safe", "Safe", l.Int(int(s.Safe)), "Total", l.Int(int(s.Total)))}
	if s.State == desk.LineNotEnrolled {
		n.Title = l.N("line.kept_here", int(s.Total))
	}
	n.Text = l.T("line." + string(s.State))
	if s.State == desk.LineIdle && s.Safe < s.Total {
		n.Tone, n.Text = plain, l.T("line.soon")
	}
	if s.Problem != "" {
		n.Text = problemWords(l, s.Problem)
	}
	if !s.LastAt.IsZero() {
		n.Text = l.T("line.last", "Time", l.Time(s.LastAt)) + " " + n.Text
	}
	if s.State == desk.LineOffline && !s.NextAt.IsZero() {
		n.Text += " " + l.T("line.next", "Time", l.Time(s.NextAt))
	}
	return n
}

func lineTone(s desk.LineState) tone {
	switch s {
	case desk.LineIdle:
		return good
	case desk.LineHeld, desk.LineUpgrade, desk.LineAttention:
		return bad
	case desk.LineOffline:
		return caution
	default:
		return plain
	}
}

// keyName is what is written on a key.
func keyName(l *text.Localizer, k key) string {
	switch k {
	case keyMain:
		return l.T("key.enter")
	case keyBack:
		return l.T("key.escape")
	default:
		return string(k)
	}
}

// cardWord is the state of the reader in one word of ours.
func cardWord(c cardState) string {
	switch {
	case c.Phase != "":
		return "reading"
	case c.Trouble == cardreader.NoReader:
		return "no_reader"
	case c.Trouble != "":
		return "trouble"
	case c.Card != nil:
		return "card"
	default:
		return "no_card"
	}
}

// lineShort is the line to the hub in a few words, for the bar.
func lineShort(l *text.Localizer, s desk.LineStatus) string {
	if s.State == desk.LineNotEnrolled {
		return l.N("line.kept_here", int(s.Total))
	}
	return l.T("line.short", "Safe", l.Int(int(s.Safe)), "Total", l.Int(int(s.Total)))
}

// problemWords says what is wrong with the line; a word of a newer program says no more than that something is.
func problemWords(l *text.Localizer, word string) string {
	if key := "line.problem." + word; l.Has(key) {
		return l.T(key)
	}
	return l.T("line.problem.other")
}

// enrolWords says why a code was not taken, and which of its groups to look at.
func enrolWords(l *text.Localizer, e *EnrolError) string {
	words := problemWords(l, e.Word)
	if e.Group > 0 {
		words += " " + l.T("enrol.group", "Group", e.Group)
	}
	return words
}

// hint is the help of a field where its label is not enough.
func hint(l *text.Localizer, key string) string {
	if key += "_hint"; l.Has(key) {
		return l.T(key)
	}
	return ""
}
