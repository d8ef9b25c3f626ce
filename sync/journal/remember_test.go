package journal_test

import (
	"context"
	"errors"
	"testing"

	"bottega/sync/journal"
)

// memoryRing is a keyring in memory; trouble, when set, is what it answers to everything.
type memoryRing struct {
	secrets map[string][]byte
	trouble error
}

func (r *memoryRing) Get(_ context.Context, id, who string) ([]byte, error) {
	secret, ok := r.secrets[id+who]
	switch {
	case r.trouble != nil:
		return nil, r.trouble
	case !ok:
		return nil, journal.ErrNotRemembered
	}
	return append([]byte(nil), secret...), nil
}

func (r *memoryRing) Set(_ context.Context, id, who string, secret []byte) error {
	if r.trouble == nil {
		r.secrets[id+who] = append([]byte(nil), secret...)
	}
	return r.trouble
}

func (r *memoryRing) Delete(_ context.Context, id, who string) error {
	delete(r.secrets, id+who)
	return r.trouble
}

func TestAKeyringUnlocksUntilItIsToldToForget(t *testing.T) {
	ctx := context.Background()
	for name, tc := range map[string]struct {
		end  func(j *journal.Journal, ring *memoryRing) error
		want error
	}{
		"forgotten":           {func(j *journal.Journal, r *memoryRing) error { return j.ForgetOn(ctx, r) }, journal.ErrNotRemembered},
		"another passphrase":  {func(j *journal.Journal, _ *memoryRing) error { return j.ChangePassphrase(ctx, newPassphrase()) }, journal.ErrNotRemembered},
		"the secret is gone":  {func(_ *journal.Journal, r *memoryRing) error { clear(r.secrets); return nil }, journal.ErrNotRemembered},
		"another secret":      {func(_ *journal.Journal, r *memoryRing) error { return spoilSecrets(r) }, journal.ErrNotRemembered},
		"the keyring is gone": {func(_ *journal.Journal, r *memoryRing) error { r.trouble = errors.New("no bus"); return nil }, journal.ErrKeyring},
		"recovered": {func(j *journal.Journal, _ *memoryRing) error {
			return recoverWith(t, j, printed(t, j), sigla, newPassphrase())
		}, journal.ErrNotRemembered},
	} {
		t.Run(name, func(t *testing.T) {
			j := create(t, nil)
			ring := &memoryRing{secrets: make(map[string][]byte)}
			wantErr(t, j.UnlockWith(ctx, sigla, ring), journal.ErrNotRemembered)
			must(t, j.RememberOn(ctx, ring))
			note(t, j, "v", "x")
			j.Lock()
			if !j.Remembered(sigla) || j.Remembered("nessuno") {
				t.Error("who is remembered cannot be told while locked")
			}
			must(t, j.UnlockWith(ctx, sigla, ring))
			verified(t, j)
			must(t, tc.end(j, ring))
			j.Lock()
			wantErr(t, j.UnlockWith(ctx, sigla, ring), tc.want)
			if !j.Locked() {
				t.Error("unlocked")
			}
		})
	}
}

func spoilSecrets(r *memoryRing) error {
	for _, secret := range r.secrets {
		secret[0] ^= 1
	}
	return nil
}

func TestAKeyringThatFailsLeavesThePassphraseAlone(t *testing.T) {
	ctx := context.Background()
	j := create(t, nil)
	ring := &memoryRing{secrets: make(map[string][]byte), trouble: errors.New("no bus")}
	wantErr(t, j.RememberOn(ctx, ring), journal.ErrKeyring)
	if j.Remembered(sigla) {
		t.Error("remembered all the same")
	}
	ring.trouble = nil
	must(t, j.RememberOn(ctx, ring))
	ring.trouble = errors.New("no bus")
	wantErr(t, j.ForgetOn(ctx, ring), journal.ErrKeyring)
	if j.Remembered(sigla) {
		t.Error("a keyring that does not answer kept the way in open")
	}
	j.Lock()
	wantErr(t, j.RememberOn(ctx, ring), journal.ErrLocked)
	must(t, j.Unlock(sigla, passphrase()))
}

func TestARemovedFacilitatorIsNotRemembered(t *testing.T) {
	ctx := context.Background()
	j := create(t, nil)
	ring := &memoryRing{secrets: make(map[string][]byte)}
	_, err := j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: secondSigla}, secondPassphrase())
	must(t, err)
	must(t, j.Unlock(secondSigla, secondPassphrase()))
	must(t, j.RememberOn(ctx, ring))
	must(t, j.Unlock(sigla, passphrase()))
	must(t, j.RemoveFacilitator(ctx, secondSigla))
	j.Lock()
	wantErr(t, j.UnlockWith(ctx, secondSigla, ring), journal.ErrUnknownFacilitator)
}
