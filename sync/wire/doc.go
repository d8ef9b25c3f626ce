// Package wire is what travels between a desk and its hub: entries and the digests that chain them, batches, replies and problems,
// the same sealed into files for a stick, and content packs.
//
// Both ends import it, and nothing else of each other: the journal and the client on the desk, the hub on its server. It imports
// desk for the names of facts.
package wire
