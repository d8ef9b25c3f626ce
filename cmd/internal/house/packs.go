package house

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"bottega/desk"
	"bottega/sync/wire"
)

// PacksFolder is the folder of content packs in the data folder.
const PacksFolder = "packs"

// PacksParams say how the packs of a desk are opened.
type PacksParams struct {
	// Dir is the folder that keeps them; it is made when the first one comes. Empty keeps none.
	Dir string
	// Keys are those with which the desk's hub signs packs: none before enrolment, and then no pack is in force.
	Keys []wire.TokenKey
	// Practice takes packs of practice hubs, and only those.
	Practice bool
	// Own is the content that travels inside the program, as LoadContent returns it.
	Own Content
}

// Packs keeps the content packs of a desk: the one in force, the good one before it, and one that waits until no visit is open. What
// cannot be used any more is passed over for the one before it, and at last for the content of the program: a desk always has one.
//
// All methods may be called from any goroutine.
type Packs struct {
	params  PacksParams
	read    func(fs.FS) (Content, error) // LoadContentFrom
	inForce atomic.Pointer[Content]

	mu      sync.Mutex
	state   packState // as it stands on the disk
	status  desk.ContentStatus
	next    *Content // of the pack that waits, once it is loaded
	offered string   // digest of the last pack that came over the line and need not come again, until the program is started again
	desk    *desk.Desk
	changed func(Content)
	keys    func() []wire.TokenKey
}

// OpenPacks finds the content that a desk begins with. Nothing that is wrong with a pack is an error: it is in the status.
func OpenPacks(p PacksParams) *Packs { return openPacks(p, LoadContentFrom) }

func openPacks(p PacksParams, read func(fs.FS) (Content, error)) *Packs {
	packs := &Packs{params: p, read: read}
	packs.inForce.Store(&p.Own)
	if p.Dir == "" {
		return packs
	}
	state, err := readPackState(p.Dir)
	if err != nil {
		packs.status.Problem = PackState
		return packs
	}
	packs.state = state
	state.sweep(p.Dir)
	for _, kept := range []*keptPack{state.Current, state.Previous} {
		if kept == nil {
			break // before the first pack was the content of the program
		}
		pack, content, err := packs.load(kept)
		if err == nil {
			packs.use(pack, content)
			break
		}
		if packs.status.Problem == "" {
			packs.status.Problem = packWord(err)
		}
	}
	if state.Waiting != nil {
		pack, content, err := packs.load(state.Waiting)
		if err != nil {
			packs.state.Waiting = nil // the hub sends it again
		} else {
			packs.next, packs.status.Waiting = &content, pack.Version
		}
	}
	return packs
}

// load reads a pack of the folder, checks it as if it came from anybody, and reads its content.
func (p *Packs) load(kept *keptPack) (*wire.Pack, Content, error) {
	data, err := kept.read(p.params.Dir)
	if err != nil {
		return nil, Content{}, &PackError{Word: PackDamaged, Err: err}
	}
	pack, content, err := p.check(data, p.known())
	if err == nil && pack.Digest != kept.Digest {
		err = &PackError{Word: PackDamaged, Err: errors.New("it is not the file that was kept")}
	}
	return pack, content, err
}

// check opens a pack and reads its content; the error is a *PackError.
func (p *Packs) check(data []byte, keys []wire.TokenKey) (*wire.Pack, Content, error) {
	pack, err := wire.OpenPack(data, keys)
	if err != nil {
		return nil, Content{}, &PackError{Word: packWord(err), Err: err}
	}
	if pack.Practice != p.params.Practice {
		return nil, Content{}, &PackError{Word: PackPractice, Err: fmt.Errorf("practice pack: %t", pack.Practice)}
	}
	content, err := p.read(pack.Content)
	if err != nil {
		return nil, Content{}, &PackError{Word: PackContent, Err: err}
	}
	return pack, content, nil
}

// use makes the content of a pack the one in force. The caller holds mu, or is OpenPacks.
func (p *Packs) use(pack *wire.Pack, content Content) {
	p.status.Version, p.status.Made = pack.Version, pack.MadeAt
	p.inForce.Store(&content)
}

// Content returns the content in force.
func (p *Packs) Content() Content { return *p.inForce.Load() }

// Status tells which content is in force and what is wrong.
func (p *Packs) Status() desk.ContentStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// Seen implements client.PackKeeper: the digest of the newest pack that was looked at. A pack whose file was lost was not seen.
func (p *Packs) Seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.offered != "":
		return p.offered
	case p.state.Waiting != nil:
		return p.state.Waiting.Digest
	}
	var newest keptPack
	if p.state.Current != nil && p.state.Current.Version == p.status.Version {
		newest = *p.state.Current
	}
	for _, left := range p.state.Left {
		if left.Version > newest.Version {
			newest = left
		}
	}
	return newest.Digest
}

// Offer implements client.PackKeeper: it keeps a newer pack that the hub published, and puts it in force as soon as no visit is open.
// The error is a *PackError, and is in the status too.
func (p *Packs) Offer(_ context.Context, data []byte, keys []wire.TokenKey) error {
	digest := wire.PackDigest(data)
	err := p.take(data, keys, func() error {
		if p.state.left(digest) {
			return &PackError{Word: PackRolledBack, Err: errors.New("somebody went back from it")}
		}
		return nil
	})
	var refused *PackError
	told := errors.As(err, &refused)
	p.mu.Lock()
	if told {
		p.status.Problem = refused.Word
	}
	if err == nil || told && refused.lasting() {
		p.offered = digest
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.activate()
}

// KeysFrom says whom to ask for the keys of the hub from now on: a desk that enrols while it is open had none when it was opened.
func (p *Packs) KeysFrom(ask func() []wire.TokenKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = ask
}

// known are the keys of the hub.
func (p *Packs) known() []wire.TokenKey {
	p.mu.Lock()
	ask := p.keys
	p.mu.Unlock()
	if ask == nil {
		return p.params.Keys
	}
	return ask()
}

// Install is Offer for a file that somebody chose: one that was gone back from may be taken up again.
func (p *Packs) Install(data []byte) error {
	if err := p.take(data, p.known(), func() error { return nil }); err != nil {
		return err
	}
	return p.activate()
}

// take checks a pack and keeps it as the one that waits. Allowed is asked while mu is held.
func (p *Packs) take(data []byte, keys []wire.TokenKey, allowed func() error) error {
	pack, content, err := p.check(data, keys)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := allowed(); err != nil {
		return err
	}
	if newest := max(p.status.Version, p.status.Waiting); pack.Version <= newest {
		if kept := p.state.newest(); kept != nil && kept.Digest == pack.Digest {
			return nil // the same again
		}
		return &PackError{Word: PackOlder, Err: fmt.Errorf("version %d after %d", pack.Version, newest)}
	}
	kept, err := keepPack(p.params.Dir, pack, data)
	if err != nil {
		return &PackError{Word: PackDisk, Err: err}
	}
	next := p.state
	next.Waiting, next.Left = kept, p.state.withoutLeft(kept.Digest)
	if err := next.save(p.params.Dir); err != nil {
		return &PackError{Word: PackDisk, Err: err}
	}
	p.state, p.next = next, &content
	p.status.Waiting, p.status.Problem = pack.Version, ""
	return nil
}

// Follow puts a pack that waits in force as soon as no visit is open at the desk, now or later, until stop is called. Changed, where
// it is not nil, is told the content in force now and every one after it; it must return at once and ask nothing of desk or packs.
func (p *Packs) Follow(d *desk.Desk, changed func(Content)) (stop func()) {
	p.mu.Lock()
	p.desk, p.changed = d, changed
	p.mu.Unlock()
	if changed != nil {
		changed(p.Content())
	}
	activate := func() { _ = p.activate() } // what went wrong is in the status
	unwatch := d.Watch(activate)
	activate()
	return func() {
		unwatch()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.desk, p.changed = nil, nil
	}
}

// errNothingWaits ends an activation that another one was faster than.
var errNothingWaits = errors.New("no content pack waits")

// activate puts the pack that waits in force, where there is one and no visit is open.
func (p *Packs) activate() error {
	p.mu.Lock()
	d, next := p.desk, p.next
	p.mu.Unlock()
	if d == nil || next == nil {
		return nil
	}
	err := d.SetCatalogue(next.Catalogue, func() error { return p.commit(next) })
	if errors.Is(err, desk.ErrVisitOpen) || errors.Is(err, errNothingWaits) {
		return nil
	}
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.status.Problem = packWord(err)
	}
	return err
}

// commit writes down that the pack that waited is in force.
func (p *Packs) commit(content *Content) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != content {
		return errNothingWaits
	}
	return p.settle(packState{Current: p.state.Waiting, Previous: p.state.good(p.status.Version), Left: p.state.Left}, content)
}

// settle makes a state the one on the disk, and its current pack, of which this is the content, the one in force. The caller holds mu.
func (p *Packs) settle(s packState, content *Content) error {
	if err := s.save(p.params.Dir); err != nil {
		return &PackError{Word: PackDisk, Err: err}
	}
	s.sweep(p.params.Dir)
	p.state, p.next, p.status = s, nil, desk.ContentStatus{}
	if s.Current != nil {
		p.status = desk.ContentStatus{Version: s.Current.Version, Made: s.Current.Made}
	}
	p.inForce.Store(content)
	if p.changed != nil {
		p.changed(*content)
	}
	return nil
}

// ErrNoPack says that there is nothing to go back from.
var ErrNoPack = errors.New("no content pack is in force")

// Rollback goes back at a desk with no visit open: from the pack that waits to the one in force, else from the one in force to the
// good one before it, or to the content of the program where there is none. What it went back from is taken no more until somebody
// installs it.
func (p *Packs) Rollback(d *desk.Desk) error {
	p.mu.Lock()
	from := p.state
	p.mu.Unlock()
	newest := from.newest()
	if newest == nil {
		return ErrNoPack
	}
	to := packState{Current: from.Previous, Left: from.withLeft(*newest)}
	if from.Waiting != nil {
		to.Current, to.Previous = from.Current, from.Previous
	}
	content := p.params.Own
	if to.Current != nil {
		if _, before, err := p.load(to.Current); err == nil {
			content = before
		} else {
			to.Current, to.Previous = nil, nil
		}
	}
	return d.SetCatalogue(content.Catalogue, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.settle(to, &content)
	})
}

// ReadPackFile reads a pack from a file, and no more of it than one can have.
func ReadPackFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > wire.MaxPack {
		return nil, &PackError{Word: PackNone, Err: wire.ErrPackNone}
	}
	return os.ReadFile(path)
}
