package journal

import (
	"context"
	"fmt"
	"strconv"
)

// How long contents are kept after the hub has them (AckedBy) and the monitoring system took what it counts. Which visits are due is
// the desk's to say; Erase erases them.
const (
	// DefaultRetention is the days that hold until somebody sets others.
	DefaultRetention = 60
	maxRetention     = 3650
	settingRetention = "retention"
)

// RetentionDays returns after how many days contents are erased; zero is never. The journal must be unlocked.
func (j *Journal) RetentionDays(ctx context.Context) (int, error) {
	kept, err := j.Setting(ctx, settingRetention)
	if err != nil {
		return 0, err
	}
	if kept == nil {
		return DefaultRetention, nil
	}
	days, err := strconv.Atoi(string(kept))
	if err != nil || checkRetention(days) != nil {
		return 0, fmt.Errorf("days of keeping %q: %w", kept, ErrDamaged)
	}
	return days, nil
}

// SetRetentionDays says after how many days contents are erased; zero is never. Errors: ErrRetention, ErrLocked.
func (j *Journal) SetRetentionDays(ctx context.Context, days int) error {
	if err := checkRetention(days); err != nil {
		return err
	}
	return j.SetSetting(ctx, settingRetention, []byte(strconv.Itoa(days)))
}

func checkRetention(days int) error {
	if days < 0 || days > maxRetention {
		return fmt.Errorf("%d days of keeping: %w", days, ErrRetention)
	}
	return nil
}
