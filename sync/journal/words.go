package journal

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"bottega/desk/bilingual"
)

//go:embed words.json
var wordsFile []byte

// wordbook is what people read about problems and faults, in both languages.
type wordbook struct {
	Problems map[Problem]struct {
		Title  bilingual.Text `json:"title"`
		Advice bilingual.Text `json:"advice"`
	} `json:"problems"`
	Faults map[FaultKind]bilingual.Text `json:"faults"`
	// Recovery says where a recovery key was mistyped, with the number of a group or of all groups.
	Recovery struct {
		Group  bilingual.Text `json:"group"`
		Groups bilingual.Text `json:"groups"`
	} `json:"recovery"`
}

// words reads the embedded file once; that it can be read is tested.
var words = sync.OnceValue(func() wordbook {
	var w wordbook
	if err := json.Unmarshal(wordsFile, &w); err != nil {
		panic(fmt.Sprintf("words.json: %v", err))
	}
	return w
})
