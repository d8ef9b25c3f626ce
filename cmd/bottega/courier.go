package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/wire"
	"bottega/ui/facilitator"
)

// courier carries records to the hub on a stick, and its answer back.
type courier struct {
	client *client.Client
	desk   *desk.Desk
}

var _ facilitator.Courier = courier{}

// Export implements facilitator.Courier.
func (c courier) Export(ctx context.Context, folder string) (path string, records int, err error) {
	path = filepath.Join(folder, fileName(c.desk.Site(), c.desk.Now(), wire.ParcelSuffix))
	err = house.WriteWhole(path, func(w io.Writer) (err error) {
		records, err = c.client.Export(ctx, w)
		return err
	})
	return path, records, atPlace(lineError(err))
}

// Import implements facilitator.Courier.
func (c courier) Import(ctx context.Context, file string) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return atPlace(fmt.Errorf("opening the hub's answer: %w", err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return atPlace(lineError(c.client.Import(ctx, f)))
}

// atPlace says of an error that it has to do with a place that somebody chose.
func atPlace(err error) error {
	if err == nil {
		return nil
	}
	return &facilitator.PlaceError{Err: err}
}

// lineError gives a trouble of the line the words that a window translates.
func lineError(err error) error {
	var trouble *client.Trouble
	if errors.As(err, &trouble) {
		return &facilitator.LineError{Word: trouble.Word, Err: err}
	}
	return err
}

// fileName names a file that leaves this desk, so that those of several desks and days lie beside each other on one stick.
func fileName(at desk.SiteSet, now time.Time, ending string) string {
	plain := func(r rune) rune {
		if strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", r) {
			return r
		}
		return -1
	}
	place := strings.Map(plain, strings.ToUpper(at.Site.ID+"-"+at.Desk))
	return "bottega-" + place + "-" + now.Format("2006-01-02-150405") + ending
}
