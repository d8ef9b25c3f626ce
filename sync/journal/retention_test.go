package journal_test

import (
	"context"
	"testing"

	"bottega/sync/journal"
)

func TestRetentionIsSixtyDaysUntilSomebodySaysOtherwise(t *testing.T) {
	j := create(t, nil)
	ctx := context.Background()
	wants := func(want int) {
		t.Helper()
		if got, err := j.RetentionDays(ctx); err != nil || got != want {
			t.Errorf("%d days, want %d (%v)", got, want, err)
		}
	}
	wants(journal.DefaultRetention)
	for _, days := range []int{-1, 3651} {
		wantErr(t, j.SetRetentionDays(ctx, days), journal.ErrRetention)
	}
	wants(60)
	for _, days := range []int{0, 1, 3650, 90} {
		must(t, j.SetRetentionDays(ctx, days))
		j = reopen(t, j, nil)
		wants(days)
	}
	j.Lock()
	_, err := j.RetentionDays(ctx)
	wantErr(t, err, journal.ErrLocked)
	must(t, j.Unlock(sigla, passphrase()))
	must(t, j.SetSetting(ctx, "retention", []byte("molti")))
	_, err = j.RetentionDays(ctx)
	wantErr(t, err, journal.ErrDamaged)
}
