package main

import (
	"context"
	"errors"
	"path/filepath"

	"bottega/cmd/internal/house"
	"bottega/sync/client"
	"bottega/ui/facilitator"
	"bottega/ui/text"
)

// openPacks finds the content that a session works with. The signatures of packs are checked with the keys of the hub, which are sealed
// in the journal: before somebody has unlocked it there is the content of the program. A practice desk has no other.
func (p *parts) openPacks(ctx context.Context, o opening) (*house.Packs, error) {
	if o.practice {
		return house.OpenPacks(house.PacksParams{Own: p.content, Practice: true}), nil
	}
	keys, err := client.PackKeys(ctx, o.journal)
	if err != nil {
		return nil, err
	}
	return house.OpenPacks(house.PacksParams{Dir: filepath.Join(o.folder, house.PacksFolder), Keys: keys, Own: p.content}), nil
}

// packKeeper is who takes packs from the line: nobody at a practice desk.
func packKeeper(packs *house.Packs, practice bool) client.PackKeeper {
	if practice {
		return nil
	}
	return packs
}

// words are the translations that both windows say, and those that travel inside the program.
type words struct{ said, own *text.Catalog }

// say makes the windows say what is in a content, from their next drawing on.
func (w words) say(c house.Content) {
	if c.Texts == nil {
		w.said.Take(w.own)
		return
	}
	w.said.Take(c.Texts)
}

// installPack takes a pack from a file, and gives one that is not taken the words of the window.
func installPack(packs *house.Packs, file string) error {
	data, err := house.ReadPackFile(file)
	if err != nil {
		err = atPlace(err)
	} else {
		err = packs.Install(data)
	}
	var refused *house.PackError
	if errors.As(err, &refused) {
		return &facilitator.PackError{Word: refused.Word, Err: err}
	}
	return err
}
