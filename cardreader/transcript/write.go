package transcript

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// firstLine begins every transcript; the number is the format's version.
const firstLine = "Bottega card transcript 1"

// notes tell whoever opens the file what it is. Lines that begin with # are for people only.
const notes = `# I dati di una persona (nomi, codici, date, luoghi, numeri, chiavi) sono stati sostituiti con dati inventati e i codici
# (PIN, PUK) non sono mai stati registrati: questo file si può inviare all'assistenza.
# What was a person's (names, codes, dates, places, numbers, keys) was replaced by invented data, and codes (PIN, PUK) were never
# kept: this file can be sent to support. *8 stands for eight bytes that were not kept.
`

// Keys of the lines before the exchanges, in their order.
const (
	keyProgram  = "program"
	keyReader   = "reader"
	keyDay      = "day"
	keyModel    = "model"
	keyOutcome  = "outcome"
	keyATR      = "atr"
	keyReplaced = "replaced"
)

// conversationLine begins a conversation, aroundLine what was asked beyond the reading, endLine ends the text and proves that nothing was cut off.
const (
	conversationLine = "conversation"
	aroundLine       = "looking around"
	endLine          = "end after %d exchanges"
)

// Text writes a transcript as people read and mail it: one line an exchange, with what it does in words, the command, the data
// of the answer and its status. Load reads it back.
func (t *Transcript) Text() []byte {
	var b strings.Builder
	b.WriteString(firstLine + "\n" + notes)
	for _, h := range [][2]string{
		{keyProgram, oneLine(t.Program)}, {keyReader, oneLine(t.Reader)}, {keyDay, t.Day.String()}, {keyModel, oneLine(t.Model)},
		{keyOutcome, list(t.Outcome)}, {keyATR, hexOf(t.ATR)}, {keyReplaced, list(t.Replaced)},
	} {
		b.WriteString(strings.TrimRight(h[0]+": "+h[1], " ") + "\n")
	}
	number := 0
	for _, conversation := range t.Conversations {
		number = conversation.write(&b, conversationLine, number)
	}
	if len(t.Around) > 0 {
		number = t.Around.write(&b, aroundLine, number)
	}
	fmt.Fprintf(&b, "\n"+endLine+"\n", number)
	return []byte(b.String())
}

// write writes a conversation whose exchanges follow the numbered ones, and returns the last number.
func (c Conversation) write(b *strings.Builder, heading string, number int) int {
	b.WriteString("\n" + heading + "\n")
	for _, e := range c {
		number++
		fmt.Fprintf(b, "%d. %s: %s -> %s\n", number, Words(e.Command), unitText(e.Command), outcomeText(e))
	}
	return number
}

func outcomeText(e Exchange) string {
	if e.Fault != "" {
		return "! " + string(e.Fault)
	}
	return strings.TrimSpace(unitText(e.Answer) + fmt.Sprintf(" %04X", uint16(e.Status)))
}

func unitText(u Unit) string {
	parts := []string{}
	if len(u.Head) > 0 {
		parts = append(parts, hexOf(u.Head))
	}
	if u.Hidden > 0 {
		parts = append(parts, fmt.Sprintf("*%d", u.Hidden))
	}
	if len(u.Tail) > 0 {
		parts = append(parts, hexOf(u.Tail))
	}
	return strings.Join(parts, " ")
}

func hexOf(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func list[T ~string](words []T) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, " ")
}
