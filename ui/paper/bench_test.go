package paper_test

import (
	"testing"

	"bottega/ui/paper"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if _, err := paper.New(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	r := renderer(b)
	p := certificate()
	for b.Loop() {
		if _, err := r.Render(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
