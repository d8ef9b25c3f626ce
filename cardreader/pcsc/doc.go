// Package pcsc reaches the computer's card service (PC/SC: pcscd, or Windows' and macOS' own) and is the cardreader.Port of every
// real desk. It is the only package that knows scard, and with it cgo on everything but Windows; built without cgo there, it
// compiles and answers ServiceDown.
//
// The service gives no promise to come back from any call: another program's transaction blocks even Connect without limit, and
// a daemon that is stopped blocks everything. So every call runs on a worker, with a limit of ours, and at most one worker
// waits at each place.
//
// Only programs and tests import it.
package pcsc
