package hub_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"bottega/sync/hub"
)

var update = flag.Bool("update", false, "write the OpenAPI document again")

const openAPIFile = "../wire/openapi.yaml"

func TestTheOpenAPIDocumentIsTheOneTheCodeSpeaks(t *testing.T) {
	got, err := hub.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(openAPIFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code speaks: look at the difference, then run\n  go test ./sync/hub -run OpenAPI -update", openAPIFile)
	}
}
