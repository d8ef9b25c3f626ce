// Package hub is the server that desks sync with. It keeps their entries as they came, makes records of them, answers those that
// ask something from the registries that the issuing bodies load, and signs what it confirms.
//
// A hub is one folder: New opens it, Serve answers on a listener until its context ends, NewCode lets a desk in, ImportCards and
// ImportExemptions load what it answers from. Any of these but Serve also works from another process while one serves.
//
// cmd/bottegahub runs it for a region, cmd/bottega in process for a practice desk. It imports desk, assets, ui/paper and sync/wire,
// never the journal: what it knows of a desk is what the desk sent.
package hub
