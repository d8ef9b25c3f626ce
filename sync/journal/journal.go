package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"bottega/desk"
	"bottega/sync/wire"
)

// FileName is the file of a journal in its data folder.
const FileName = "journal.db"

// The buckets of the file.
const (
	bucketMeta     = "meta"     // "journal": what this file is; "sync": how far the hub has it
	bucketEntries  = "entries"  // sequence -> record
	bucketKeys     = "keys"     // visit -> sealed subkey, or the tombstone
	bucketSlots    = "slots"    // facilitator -> slot
	bucketPeople   = "people"   // keyed hash of a fiscal code, then a visit -> nothing
	bucketNamed    = "named"    // visit -> the keyed hash that it stands under in "people"
	bucketSettings = "settings" // name -> sealed value

	bucketRecovery   = "recovery"   // "key" -> the slot of the recovery key
	bucketRemembered = "remembered" // facilitator -> slot of the computer's keyring
	bucketAcks       = "acks"       // day -> how far the hub had the journal
)

// growBy is by how many bytes the file grows at a time.
const growBy = 256 << 10

// leastFile is the length of a file with nothing in it: four pages.
const leastFile = 4 * 4096

const (
	metaJournal = "journal"
	metaSync    = "sync"
)

// Options are what a program may choose; the zero value is right for a desk.
type Options struct {
	// Clock dates entries and measures the wait after a wrong passphrase; nil is the computer's clock.
	Clock desk.Clock
	// Params is the cost of new facilitator slots; zero is DefaultParams.
	Params Params
	// LockWait is how long Open waits for another process to let go of the file; zero is 400 ms.
	LockWait time.Duration
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = desk.ClockFunc(time.Now)
	}
	if o.Params == (Params{}) {
		o.Params = DefaultParams()
	}
	if o.LockWait <= 0 {
		o.LockWait = 400 * time.Millisecond
	}
	return o
}

// Journal is an open journal. It implements desk.Journal. All methods may be called from any goroutine.
type Journal struct {
	dir  string
	opts Options

	// mu guards db: work holds it shared, erasure, compaction and closing hold it alone.
	mu   sync.RWMutex
	db   *bbolt.DB
	file *os.File // the file behind db, for overwriting free pages

	still still // taken before keysMu and mu

	// keysMu guards keys and who; it is always taken before mu.
	keysMu sync.RWMutex
	keys   *keyring // nil while locked
	who    string   // the facilitator who unlocked

	unlocking sync.Mutex // one passphrase at a time
	queue     queue
	turn      chan struct{} // holds one token while somebody commits appended entries
	writing   sync.Mutex    // one commit at a time, and the look back at one that failed
	headLost  atomic.Bool   // one of the two heads of the file was found spoilt, and no commit has noted it yet
	broken    atomic.Pointer[Problem]
	leftOver  atomic.Bool // a copy that an interrupted work left behind could not be overwritten
	raise     raiser
}

var _ desk.Journal = (*Journal)(nil)

// Create makes a journal in dir, with its first facilitator, and returns it unlocked. The passphrase is wiped. Errors: ErrExists,
// ErrSigla, ErrShortPassphrase, ErrReadOnly, ErrDiskFull.
func Create(dir string, first NewFacilitator, passphrase []byte, opts Options) (*Journal, error) {
	defer clear(passphrase)
	opts = opts.withDefaults()
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("creating a journal in %s: %w", dir, ErrExists)
	}
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("creating the data folder: %w", diskProblem(err))
	}
	data := newKey()
	defer data.wipe()
	keys, err := newKeyring(data)
	if err != nil {
		return nil, err
	}
	id, s, err := newSlot(first, passphrase, keys, opts)
	if err != nil {
		keys.wipe()
		return nil, fmt.Errorf("adding the first facilitator: %w", err)
	}
	if err := writeNew(dir, id, s, opts); err != nil {
		keys.wipe()
		return nil, fmt.Errorf("creating a journal in %s: %w", dir, madeMeanwhile(path, err))
	}
	j, err := Open(dir, opts)
	if err != nil {
		keys.wipe()
		return nil, err
	}
	if _, _, err := j.findSlot(id); err != nil { // another program made one in the same moment, with keys of its own
		keys.wipe()
		return nil, errors.Join(fmt.Errorf("creating a journal in %s: %w", dir, ErrExists), j.Close())
	}
	j.keys, j.who = keys, id
	return j, nil
}

// writeNew writes a whole journal under another name first, so that an interrupted Create leaves none behind.
func writeNew(dir, id string, s slot, opts Options) error {
	path := filepath.Join(dir, FileName)
	tmp := besides(path, newSuffix)
	db, file, err := openFile(tmp, tmp, opts.LockWait)
	if err != nil {
		return errors.Join(err, removeIfThere(tmp))
	}
	ended := false
	err = guarded(func() error {
		err := db.Update(func(tx *bbolt.Tx) error { return begin(tx, id, s, opts.Clock) })
		ended = true
		return errors.Join(err, db.Close())
	})
	if !ended { // as in Close
		letGo(file)
	}
	if err != nil {
		return errors.Join(err, removeIfThere(tmp))
	}
	return becomeJournal(tmp, path)
}

// begin writes what every journal has.
func begin(tx *bbolt.Tx, id string, s slot, clock desk.Clock) error {
	if err := makeBuckets(tx, fileFormat); err != nil {
		return err
	}
	now := wire.Moment(clock.Now()).Format(time.RFC3339Nano)
	if err := putAbout(tx, about{Format: fileFormat, ID: randomID(), Created: now}); err != nil {
		return err
	}
	if err := putJSON(tx, bucketMeta, metaSync, syncRecord{Epoch: wire.Epoch{ID: randomID(), From: 1}}); err != nil {
		return err
	}
	return errors.Join(putSlot(tx, id, s), noteNames(tx), putJSON(tx, bucketMeta, metaScrub, false))
}

// Open opens the journal in dir, locked; one of an older format becomes one of today's first. Errors: ErrNone, ErrInUse, ErrReadOnly,
// ErrNewer, ErrDamaged, and ErrDiskFull where an upgrade finds no room (the journal stays as it was).
func Open(dir string, opts Options) (*Journal, error) {
	path := filepath.Join(dir, FileName)
	j, err := openAt(path, opts)
	if err != nil {
		return nil, err
	}
	j.leftOver.Store(discardLeftOvers(path) != nil)
	if err := j.finishScrub(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", dir, err), j.Close())
	}
	return j, nil
}

func openAt(path string, opts Options) (*Journal, error) {
	opts = opts.withDefaults()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("opening %s: %w", path, ErrNone)
	case err == nil && info.Size() < leastFile: // bbolt would take an empty file for one to begin with
		return nil, fmt.Errorf("opening %s, which has %d bytes: %w", path, info.Size(), ErrDamaged)
	}
	db, file, err := openFile(path, path, opts.LockWait)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	j := &Journal{dir: filepath.Dir(path), opts: opts, db: db, file: file, turn: make(chan struct{}, 1), still: newStill()}
	if err := j.getReady(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), j.Close())
	}
	return j, nil
}

// getReady looks at the file before anything is written to it, and upgrades it. A commit writes over one of the heads, and over pages
// that are said to be free.
func (j *Journal) getReady() error {
	var format int
	err := j.view(func(tx *bbolt.Tx) error {
		var err error
		format, err = formatOf(tx)
		return err
	})
	if err != nil {
		return err
	}
	spoilt, err := headSpoilt(j.file, j.db.Info().PageSize)
	if err != nil {
		return diskProblem(err)
	}
	j.headLost.Store(spoilt)
	err = j.view(func(tx *bbolt.Tx) error {
		_, err := pagesOf(tx, j.file)
		return err
	})
	if err != nil {
		return diskProblem(err)
	}
	return j.climb(format)
}

// openFile opens a bbolt file and also returns the file behind it. The folder must exist. While it waits for the lock a compaction may
// put another file in the place of the one that it waits for: what is written to that is found by nobody, so it begins anew. The file
// bears the second name by the time it is first copied.
func openFile(path, later string, wait time.Duration) (db *bbolt.DB, file *os.File, err error) {
	for until := time.Now().Add(wait); ; {
		var as os.FileInfo
		db, file, as, err = lockFile(path, later, max(time.Until(until), time.Millisecond))
		if as == nil || errors.Is(err, ErrInUse) {
			return db, file, err
		}
		now, statErr := os.Stat(path)
		if statErr == nil && os.SameFile(as, now) {
			return db, file, err
		}
		if db != nil {
			statErr = errors.Join(statErr, db.Close())
		}
		switch {
		case statErr != nil:
			return nil, nil, diskProblem(statErr)
		case time.Now().After(until):
			return nil, nil, ErrInUse
		}
	}
}

// lockFile opens and locks whatever file bears the name when it is called, and says which that was.
func lockFile(path, later string, wait time.Duration) (db *bbolt.DB, file *os.File, as os.FileInfo, err error) {
	defer func() {
		if db == nil && file != nil {
			letGo(file)
		}
	}()
	err = guarded(func() error {
		var err error
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      wait,
			FreelistType: bbolt.FreelistMapType,
			// A mapping larger than the file lets it grow while a backup reads; bbolt would wait for the reader to remap.
			InitialMmapSize: mapAhead,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				if file != nil { // every backup opens it once more
					return os.OpenFile(later, flag, mode)
				}
				var err error
				if file, err = os.OpenFile(name, flag, mode); err == nil {
					as, err = file.Stat()
				}
				return file, err
			},
		})
		if err == nil {
			db.AllocSize = growBy
		}
		return err
	})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, file, as, ErrInUse
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrChecksum), errors.Is(err, bbolterrors.ErrVersionMismatch):
		return nil, file, as, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, file, as, diskProblem(err)
	}
	return db, file, as, nil
}

// Close locks the journal and lets go of the file; it waits for work under way, and ends a backup.
func (j *Journal) Close() error {
	j.still.end()
	j.raise.stop()
	j.Lock()
	j.still.wait()
	defer j.still.give()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.db == nil {
		return nil
	}
	db := j.db
	j.db = nil
	if p := j.broken.Load(); p != nil && *p == ErrDamaged {
		// bbolt may have panicked with its locks held: closing the file under it is all that is safe.
		letGo(j.file)
		return nil
	}
	return db.Close()
}

// Dir is the data folder.
func (j *Journal) Dir() string { return j.dir }

// view runs fn over a consistent picture of the file.
func (j *Journal) view(fn func(*bbolt.Tx) error) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.viewHeld(fn)
}

// viewHeld is view for who holds mu already.
func (j *Journal) viewHeld(fn func(*bbolt.Tx) error) error {
	return j.careful(func() error { return j.db.View(fn) })
}

// update runs fn and makes what it wrote durable, or undoes it.
func (j *Journal) update(fn func(*bbolt.Tx) error) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.updateHeld(fn)
}

// updateHeld is update for who holds mu already.
func (j *Journal) updateHeld(fn func(*bbolt.Tx) error) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	lost, commit := j.headLost.Load(), 0
	err := j.careful(func() error {
		return diskProblem(j.db.Update(func(tx *bbolt.Tx) error {
			commit = tx.ID()
			if lost { // this commit writes over the spoilt head
				if err := noteHead(tx, j.opts.Clock.Now()); err != nil {
					return err
				}
			}
			return fn(tx)
		}))
	})
	if err != nil {
		return j.afterFailure(err, commit)
	}
	if lost {
		j.headLost.Store(false)
	}
	return nil
}

// afterFailure looks whether a commit that failed can be seen all the same: then the disk took the pages and did not confirm them,
// nobody can tell what it holds, and nothing more is written until the journal is opened anew. The caller holds mu and writing; commit
// is zero when none was begun.
func (j *Journal) afterFailure(err error, commit int) error {
	seen := 0
	lookErr := j.viewHeld(func(tx *bbolt.Tx) error {
		seen = tx.ID()
		return nil
	})
	if lookErr != nil || commit == 0 || seen < commit {
		return err
	}
	j.fail(ErrDisk)
	return fmt.Errorf("%w: %w", ErrDisk, err)
}

// careful refuses work on a journal that is closed or broken, and notices when the file turns out to be damaged.
func (j *Journal) careful(work func() error) error {
	if p := j.broken.Load(); p != nil {
		return *p
	}
	if j.db == nil {
		return ErrClosed
	}
	panicked := true
	err := guarded(func() error {
		err := work()
		panicked = false
		return err
	})
	if panicked {
		j.fail(ErrDamaged)
	}
	return err
}

// guarded turns the panics with which bbolt meets a damaged file, and faults on its mapping, into ErrDamaged.
func guarded(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return work()
}

// unlocked runs fn with the keys, which stay in memory at least until it returns.
func (j *Journal) unlocked(fn func(keys *keyring, who string) error) error {
	j.keysMu.RLock()
	defer j.keysMu.RUnlock()
	if j.keys == nil {
		return ErrLocked
	}
	return fn(j.keys, j.who)
}
