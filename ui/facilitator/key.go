package facilitator

import "bottega/ui/citizen"

// key is a key or a combination, as a page names it: "Enter", "F2", "Alt+3". Every action has one and shows it.
type key string

const alt key = "Alt+"

// The keys that mean the same on every page.
const (
	keyMain        key = "Enter"
	keyBack        key = "Esc"
	keyHelp        key = "F1"
	keyCitizenLang key = "F7"
	keyPractice    key = "F8"
	keyLock        key = "F9"
	// The citizen's screen blanked at once, and the laptop's screen turned over: the same keys undo it in ui/citizen.
	keyBlank    = key(citizen.CoverKey)
	keyTurnOver = key(citizen.TurnKey)
)

// Keys that pages give to their own actions.
const (
	keyF2  key = "F2"
	keyF3  key = "F3"
	keyF4  key = "F4"
	keyF5  key = "F5"
	keyF6  key = "F6"
	keyF10 key = "F10"

	keyRub    key = "BackSpace"
	keyDelete key = "Delete"
)
