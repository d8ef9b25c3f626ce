package house_test

import (
	"bytes"
	"testing"

	"bottega/assets"
	"bottega/cardreader/practice"
)

func TestThePracticeAuthorityAmongTheAnchorsIsTheOneThatSignsPracticeCards(t *testing.T) {
	want, err := practice.Authority()
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := assets.Anchors()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, a := range anchors {
		if bytes.Equal(a.Certificate.Raw, want.Raw) && a.Practice {
			found++
		} else if bytes.Equal(a.Certificate.RawSubjectPublicKeyInfo, want.RawSubjectPublicKeyInfo) {
			t.Errorf("%s has the practice key and is not the practice authority", a.File)
		}
	}
	if found != 1 {
		t.Errorf("the practice authority is there %d times", found)
	}
}
