package storetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"bottega/sync/hub/store"
)

func packsInOrder(t *testing.T, s store.Store) {
	_, err := s.NewestPack(t.Context())
	wants(t, err, store.ErrNotFound)
	_, err = s.PackDocument(t.Context(), 1)
	wants(t, err, store.ErrNotFound)
	first := store.Pack{Version: 3, Digest: "d3", Made: noon(), Size: 4}
	check(t, s.AddPack(t.Context(), first, []byte{0, 1, 0xff, 0}))
	second := store.Pack{Version: 4, Digest: "d4", Made: noon().Add(time.Hour), Size: 1}
	check(t, s.AddPack(t.Context(), second, []byte("x")))
	for _, v := range []uint64{1, 3, 4} {
		wants(t, s.AddPack(t.Context(), store.Pack{Version: v, Digest: "other", Made: noon()}, []byte("y")), store.ErrPackVersion)
	}
	if got := must(s.NewestPack(t.Context()))(t); got != second {
		t.Errorf("newest: %+v", got)
	}
	all := must(s.Packs(t.Context()))(t)
	if len(all) != 2 || all[0] != second || all[1] != first {
		t.Errorf("all: %+v", all)
	}
	if got := must(s.PackDocument(t.Context(), 3))(t); !bytes.Equal(got, []byte{0, 1, 0xff, 0}) {
		t.Errorf("document: %v", got)
	}
}

func packsAtOnce(t *testing.T, s store.Store) {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			errs[i] = s.AddPack(t.Context(), store.Pack{Version: 1, Digest: string(rune('a' + i)), Made: noon()}, []byte{byte(i)})
		})
	}
	wg.Wait()
	kept := 0
	for _, err := range errs {
		switch {
		case err == nil:
			kept++
		case !errors.Is(err, store.ErrPackVersion):
			t.Error(err)
		}
	}
	if kept != 1 {
		t.Errorf("%d packs have one version", kept)
	}
}
