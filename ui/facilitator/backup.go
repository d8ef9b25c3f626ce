package facilitator

import (
	"context"
	"path/filepath"

	"bottega/ui/text"
)

// backup copies the journal to a stick.
type backup struct{ app *App }

// reminders are the days without a copy that are offered, zero for no reminder.
func reminderDays() []int { return []int{7, 30, 90, 0} }

// lastBackup says when the last copy was made.
func (a *App) lastBackup(l *text.Localizer) string {
	if a.settings.LastBackup.IsZero() {
		return l.T("backup.never")
	}
	return l.T("backup.last", "Time", l.DateTime(a.settings.LastBackup))
}

func (b *backup) page(l *text.Localizer) page {
	a := b.app
	n := notice{Title: a.lastBackup(l), Text: l.T("backup.what")}
	if a.backupDue() {
		n.Tone = caution
	}
	var rows []choice
	for _, days := range reminderDays() {
		label := l.T("backup.no_reminder")
		if days > 0 {
			label = l.N("backup.remind_after", days)
		}
		rows = append(rows, choice{Label: label, On: days == a.settings.RemindBackup, Do: func() {
			a.settings.RemindBackup = days
			a.saveSettings()
		}})
	}
	return page{
		Name: l.T("backup.name"), Title: l.T("backup.title"), Lead: l.T("backup.lead"), Narrow: true,
		Blocks: []block{n, choices{Label: l.T("backup.remind"), Rows: rows}},
		Actions: []action{
			{Key: keyMain, Label: l.T("backup.go"), Do: func() { a.pickFolder("backup_where", b.write) }, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: a.pop},
		},
	}
}

func (b *backup) write(folder string) {
	a, s := b.app, b.app.session
	var path string
	a.work(a.words.Current().T("task.backup"), func(ctx context.Context) (err error) {
		path, err = s.Backup(ctx, folder)
		return err
	}, func() {
		a.settings.LastBackup = a.now()
		a.saveSettings()
		a.pop()
		l := a.words.Current()
		a.tell(good, l.T("backup.done"), l.T("backup.done_detail", "File", filepath.Base(path), "Folder", filepath.Dir(path)))
	})
}
