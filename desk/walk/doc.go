// Package walk is the engine that takes a facilitator and a citizen through a service, step by step: what each of them reads,
// what is asked, where an answer leads, and the named outcome in which every way ends.
//
// A Service is content (assets/services/*.yaml), a Run is one walk through it. The run is a pure state machine: it reads no
// clock, no card and no file, and what it knows of the world is handed in as Facts with every answer. The same events therefore
// always lead to the same step, which is how a walk is resumed after a crash.
//
// Everything that shows or records a walk may import it; it imports the standard library and small packages of desk.
package walk
