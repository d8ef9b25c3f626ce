package assets

import "testing"

func TestEmbeddedServicesAreRight(t *testing.T) {
	services, err := Services()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range services {
		t.Log(s.ID, len(s.Steps), len(s.Outcomes))
	}
}
