package facilitator

import (
	"context"
	"errors"

	"bottega/ui/text"
)

// newForgotten gives somebody who forgot the passphrase a new one by the recovery key. The key can be seen while it is typed: some
// forty signs are not typed blind, and one that was used opens nothing any more.
func newForgotten(a *App, who Keyholder) *form {
	f := newForm(a, "forgotten", "key")
	f.hidden = newSecrets("phrase", "again")
	f.check = func(l *text.Localizer, f *form) { f.needs(l, "key") }
	var session *Session
	f.saveHidden = func(ctx context.Context, v typed, taken map[string][]byte) (err error) {
		session, err = a.Doors.Recover(ctx, who.ID, []byte(v.get("key")), taken["phrase"])
		return err
	}
	f.refused = func(l *text.Localizer, err error) bool {
		var refused *KeyError
		if !errors.As(err, &refused) {
			return false
		}
		switch {
		case refused.Group > 0:
			f.wrong["key"] = l.T("forgotten.group_wrong", "Group", refused.Group)
		case refused.Mistyped:
			f.wrong["key"] = l.T("forgotten.groups_wrong")
		default:
			f.wrong["key"] = l.T("forgotten.key_wrong")
		}
		return true
	}
	f.saved = func() {
		clear(f.values)
		session.HasRecovery = false // the key that was used is spent
		a.openSession(session)
		a.showNewKey()
		a.tell(good, a.words.Current().T("forgotten.done"), a.words.Current().T("forgotten.done_detail"))
	}
	return f
}

// noKey says what can be done where a passphrase is forgotten and there is no recovery key.
type noKey struct{ app *App }

func (n *noKey) page(l *text.Localizer) page {
	return page{
		Name: l.T("forgotten.name"), Title: l.T("forgotten.title"), Narrow: true,
		Blocks:  []block{careful(l, "forgotten.no_key")},
		Actions: []action{{Key: keyMain, Label: l.T("do.back"), Do: n.app.pop, Tone: primary}, {Key: keyBack, Label: l.T("do.back"), Do: n.app.pop, Hidden: true}},
	}
}
