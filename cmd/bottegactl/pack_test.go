package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bottega/cmd/internal/house"
	"bottega/sync/hub"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// publishPack publishes a folder at the hub of the script, unchecked, and leaves the pack in a file: publish DIR FILE.
func publishPack(ts *testscript.TestScript, _ bool, args []string) {
	h, err := hub.New(context.Background(), hub.Params{State: ts.MkAbs("hub-state")})
	ts.Check(err)
	ts.Defer(func() { ts.Check(h.Close()) })
	_, err = h.PublishPack(context.Background(), os.DirFS(ts.MkAbs(args[0])), false)
	ts.Check(err)
	data, err := h.Pack(context.Background(), 0)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

func TestEveryTroubleWithAPackSaysWhatHappenedAndWhatToDo(t *testing.T) {
	for _, lang := range text.Languages() {
		a := &app{say: texttest.Localizer(t, lang)}
		for _, word := range house.PackWords() {
			told, exit, known := a.tellPack(&house.PackError{Word: word, Err: os.ErrInvalid})
			if !known || exit != exitFailed || told.Code != "pack_"+word || len(told.Message) < 20 || len(told.Advice) < 20 {
				t.Errorf("%s: %+v", lang, told)
			}
		}
	}
}
