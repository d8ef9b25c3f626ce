package facilitator

import "bottega/ui/text"

// care leads to what belongs to the desk itself and is seldom needed: people and keys, locking, copies, retention, content.
type care struct{ app *App }

func (c *care) page(l *text.Localizer) page {
	a, s := c.app, c.app.session
	p := page{Name: l.T("care.name"), Title: l.T("care.title"), Lead: l.T("care.lead"), Narrow: true, Actions: []action{
		{Key: keyMain, Label: l.T("settings.done"), Do: a.pop, Tone: primary}, {Key: keyBack, Label: l.T("do.back"), Do: a.pop},
	}}
	var rows []choice
	add := func(there bool, key, detail string, do func()) {
		if there {
			rows = append(rows, choice{Label: l.T(key + ".open"), Detail: detail, Plain: true, Do: do})
		}
	}
	add(s.People != nil, "people", l.T("people.open_detail"), func() { a.push(&people{app: a}) })
	add(!s.Desk.Practice(), "lock", lockWords(l, a.settings.LockAfter), func() { a.push(&locking{app: a}) })
	add(s.Backup != nil, "backup", a.lastBackup(l), func() { a.push(&backup{app: a}) })
	add(s.Retention != nil, "retention", l.T("retention.open_detail"), func() { a.push(&retention{app: a}) })
	add(s.InstallPack != nil, "packs", l.T("packs.open_detail"), func() { a.push(&packs{app: a}) })
	if len(rows) == 0 {
		p.Blocks = []block{notice{Title: l.T("care.practice"), Text: l.T("care.practice_detail")}}
		return p
	}
	p.Blocks = []block{choices{Rows: rows}}
	return p
}

// locking chooses when the desk locks itself.
type locking struct{ app *App }

func lockWords(l *text.Localizer, minutes int) string {
	if minutes == 0 {
		return l.T("lock.never")
	}
	return l.N("lock.after", minutes)
}

func (k *locking) page(l *text.Localizer) page {
	a := k.app
	var rows []choice
	for _, minutes := range lockTimes() {
		rows = append(rows, choice{Label: lockWords(l, minutes), On: minutes == a.settings.LockAfter, Do: func() {
			a.settings.LockAfter = minutes
			a.saveSettings()
			a.idle.arm()
		}})
	}
	p := page{
		Name: l.T("lock.name"), Title: l.T("lock.title"), Lead: l.T("lock.lead"), Narrow: true, Blocks: []block{choices{Rows: rows}},
		Actions: []action{{Key: keyMain, Label: l.T("settings.done"), Do: a.pop, Tone: primary}, {Key: keyBack, Label: l.T("do.back"), Do: a.pop}},
	}
	if a.settings.LockAfter == 0 {
		p.Blocks = append(p.Blocks, careful(l, "lock.risk"))
	}
	return p
}
