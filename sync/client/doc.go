// Package client is the desk's end of the line to the hub: it pushes what the journal holds, pulls what the hub answers, and says
// in one word how the line is doing. It never gives up, never takes a stranger for the hub, and never forgets an entry that the
// hub has not said to be durable.
//
// cmd/bottega and cmd/bottegactl import it and give it their journal; windows see it as a desk.Line. It imports desk and
// sync/wire.
package client
