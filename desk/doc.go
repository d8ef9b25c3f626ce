// Package desk is the work itself: visits and the walks in them, activations, exemptions, papers and follow-ups, as facts that
// are appended to a journal and as the state that those facts add up to.
//
// Everything a desk does is one entry; what the screens show is a projection of entries. Nothing is stored twice.
//
// Every other room may import it. It imports the standard library and the packages below it, and knows neither how a card is
// read, nor where a journal lies, nor what a window looks like: those reach it through the interfaces in ports.go.
package desk
