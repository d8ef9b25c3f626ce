package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
	"bottega/ui/paper"
)

// caretaker looks after what a journal keeps: it erases, copies, and makes the papers that no visit has.
type caretaker struct {
	journal *journal.Journal
	desk    *desk.Desk
	papers  *paper.Renderer
}

var (
	_ facilitator.Eraser    = caretaker{}
	_ facilitator.Retention = caretaker{}
)

// Erase implements facilitator.Eraser. What the visit counts for stays in the figures of its day.
func (c caretaker) Erase(ctx context.Context, visit string) error {
	return house.EraseOnRequest(ctx, c.journal, c.desk, visit)
}

// Proof implements facilitator.Eraser.
func (c caretaker) Proof(ctx context.Context, visit, lang string) (desk.Paper, []byte, error) {
	found, err := c.journal.ErasureProof(ctx, visit)
	if err != nil {
		return desk.Paper{}, nil, err
	}
	p := c.desk.ErasurePaper(house.Statement(found), lang, false)
	pdf, err := c.papers.Render(ctx, p)
	return p, pdf, err
}

// Days implements facilitator.Retention.
func (c caretaker) Days(ctx context.Context) (int, error) { return c.journal.RetentionDays(ctx) }

// SetDays implements facilitator.Retention.
func (c caretaker) SetDays(ctx context.Context, days int) error {
	return c.journal.SetRetentionDays(ctx, days)
}

// Run implements facilitator.Retention.
func (c caretaker) Run(ctx context.Context) (int, error) { return house.Retain(ctx, c.journal, c.desk) }

// backup writes a copy of the journal into a folder.
func (c caretaker) backup(ctx context.Context, folder string) (string, error) {
	path := filepath.Join(folder, fileName(c.desk.Site(), c.desk.Now(), ".copia"))
	if _, err := c.journal.SaveBackup(ctx, path); err != nil {
		return "", atPlace(err)
	}
	return path, nil
}

// recoveryPaper is a recovery key as a sheet, which is printed and kept nowhere.
func (c caretaker) recoveryPaper(ctx context.Context, groups [][]byte, lang string) ([]byte, error) {
	who, _ := c.journal.Who()
	at := c.desk.Site()
	key := bytes.Join(groups, []byte("-"))
	defer clear(key)
	pdf, err := c.papers.RenderRecovery(ctx, paper.RecoverySheet{
		Key: key, Site: at.Site, Desk: at.Desk, By: who.Sigla, MadeAt: c.desk.Now(), Lang: lang, Practice: c.desk.Practice(),
	})
	if err != nil {
		return nil, fmt.Errorf("the paper of the recovery key: %w", err)
	}
	return pdf, nil
}
