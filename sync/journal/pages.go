package journal

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"

	"go.etcd.io/bbolt"
)

// The layout of bbolt's file, its format 2, as far as it has to be known here. bbolt trusts what it reads: a spoilt list of free pages
// makes it write over pages that are in use, and nothing of it would be noticed before something is missing. So the pages in use are
// looked up here, before anything is written, and compared with that list.
//
//	page    id (64 bits) | flags (16) | count of elements (16) | how many more pages it has (32) | elements
//	head    magic, version, page size, flags (32 each) | root bucket, 2 x 64 | list of free pages (64) | pages used (64)
//	        | number of the commit (64) | FNV-1a of all that (64)
//	branch  position, length of key (32 each) | page (64)
//	leaf    flags, position, length of key, length of value (32 each)
//	bucket  root page (64), or zero when its pages stand within the value | counter (64)
const (
	pageHeader  = 16
	headContent = 56
	headLen     = pageHeader + headContent + 8
	elementLen  = 16

	branchFlag, leafFlag, freeFlag = 0x01, 0x02, 0x10
	bucketElement                  = 0x01

	// deepest is far more levels than a file has that fits a disk.
	deepest = 32
)

// headAt reads one of the two heads; sound is false when its hash is not that of its content.
func headAt(file io.ReaderAt, pageSize int, page int64) (head []byte, sound bool, err error) {
	head = make([]byte, headLen)
	if _, err := file.ReadAt(head, page*int64(pageSize)); err != nil {
		return nil, false, err
	}
	h := fnv.New64a()
	h.Write(head[pageHeader : pageHeader+headContent])
	return head, h.Sum64() == binary.LittleEndian.Uint64(head[pageHeader+headContent:]), nil
}

// headSpoilt looks at the two pages on which bbolt keeps in turn where the newest commit begins. When one is spoilt bbolt quietly
// takes the other, which may be the one before the last commit: somebody has to be told.
func headSpoilt(file io.ReaderAt, pageSize int) (bool, error) {
	for page := range int64(2) {
		if _, sound, err := headAt(file, pageSize, page); err != nil || !sound {
			return !sound, err
		}
	}
	return false, nil
}

// pages are those in use.
type pages struct {
	file io.ReaderAt
	size int64
	used []bool // by number, below the highest that was ever used
}

// pagesOf finds the pages in use as this transaction sees the file. Errors: ErrDamaged, errHeadGone.
func pagesOf(tx *bbolt.Tx, file io.ReaderAt) (*pages, error) {
	pageSize := tx.DB().Info().PageSize
	for n := range int64(2) {
		head, sound, err := headAt(file, pageSize, n)
		if err != nil {
			return nil, err
		}
		field := func(i int) uint64 { return binary.LittleEndian.Uint64(head[pageHeader+16+8*i:]) }
		root, free, count, commit := field(0), field(2), field(3), field(4)
		if !sound || commit != uint64(tx.ID()) {
			continue
		}
		if count > uint64(tx.Size()/int64(pageSize)) {
			return nil, fmt.Errorf("%d pages in a file of %d bytes: %w", count, tx.Size(), ErrDamaged)
		}
		p := &pages{file: file, size: int64(pageSize), used: make([]bool, count)}
		list, err := p.takeWhole(free)
		if err != nil {
			return nil, err
		}
		if err := p.tree(root, true, 0); err != nil {
			return nil, err
		}
		return p, p.checkFree(list)
	}
	return nil, fmt.Errorf("neither head is that of commit %d: %w", tx.ID(), errHeadGone)
}

// errHeadGone says that two commits came between the beginning of a transaction and the look at the heads. Whoever keeps writers out
// never meets it in a file that is sound.
var errHeadGone = fmt.Errorf("the head of the commit is gone: %w", ErrDamaged)

// take marks a page and those that belong to it, and returns its header.
func (p *pages) take(id uint64) (header []byte, err error) {
	if id < 2 || id >= uint64(len(p.used)) {
		return nil, fmt.Errorf("page %d of %d: %w", id, len(p.used), ErrDamaged)
	}
	header = make([]byte, pageHeader)
	if _, err := p.file.ReadAt(header, int64(id)*p.size); err != nil {
		return nil, fmt.Errorf("page %d: %w: %w", id, ErrDamaged, err)
	}
	more := uint64(binary.LittleEndian.Uint32(header[12:]))
	if binary.LittleEndian.Uint64(header) != id || id+more >= uint64(len(p.used)) {
		return nil, fmt.Errorf("page %d is another one: %w", id, ErrDamaged)
	}
	for n := id; n <= id+more; n++ {
		if p.used[n] {
			return nil, fmt.Errorf("page %d is in use twice: %w", n, ErrDamaged)
		}
		p.used[n] = true
	}
	return header, nil
}

// tree takes the pages of a bucket; only the root bucket has other buckets in it.
func (p *pages) tree(id uint64, ofBuckets bool, depth int) error {
	header, err := p.take(id)
	if err != nil {
		return err
	}
	flags := binary.LittleEndian.Uint16(header[8:])
	if flags != branchFlag && flags != leafFlag || depth > deepest {
		return fmt.Errorf("page %d has flags %x at depth %d: %w", id, flags, depth, ErrDamaged)
	}
	if flags == leafFlag && !ofBuckets {
		return nil
	}
	page, err := p.whole(id, header)
	if err != nil {
		return err
	}
	for i := range int64(binary.LittleEndian.Uint16(page[10:])) {
		at := pageHeader + i*elementLen
		if at+elementLen > int64(len(page)) {
			return fmt.Errorf("page %d has too many elements: %w", id, ErrDamaged)
		}
		child, is, err := childOf(page, at, flags)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		if !is {
			continue
		}
		if err := p.tree(child, ofBuckets && flags == branchFlag, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// childOf returns the page that an element leads to; is reports whether it leads to one.
func childOf(page []byte, at int64, flags uint16) (child uint64, is bool, err error) {
	if flags == branchFlag {
		return binary.LittleEndian.Uint64(page[at+8:]), true, nil
	}
	word := func(i int64) int64 { return int64(binary.LittleEndian.Uint32(page[at+4*i:])) }
	if word(0)&bucketElement == 0 {
		return 0, false, nil
	}
	value := at + word(1) + word(2)
	if value+16 > int64(len(page)) || word(3) < 16 {
		return 0, false, fmt.Errorf("a bucket stands outside its page: %w", ErrDamaged)
	}
	root := binary.LittleEndian.Uint64(page[value:])
	return root, root != 0, nil
}

// takeWhole is take for who needs all of the page.
func (p *pages) takeWhole(id uint64) ([]byte, error) {
	header, err := p.take(id)
	if err != nil {
		return nil, err
	}
	return p.whole(id, header)
}

func (p *pages) whole(id uint64, header []byte) ([]byte, error) {
	page := make([]byte, p.size*int64(1+binary.LittleEndian.Uint32(header[12:])))
	if _, err := p.file.ReadAt(page, int64(id)*p.size); err != nil {
		return nil, fmt.Errorf("page %d: %w: %w", id, ErrDamaged, err)
	}
	return page, nil
}

// checkFree sees that what is said to be free is not in use, and is there at all. The numbers follow the header, in order; where there
// are many, how many stands before them.
func (p *pages) checkFree(list []byte) error {
	const many = 0xFFFF
	count, rest := uint64(binary.LittleEndian.Uint16(list[10:])), list[pageHeader:]
	if count == many {
		count, rest = binary.LittleEndian.Uint64(rest), rest[8:]
	}
	if binary.LittleEndian.Uint16(list[8:]) != freeFlag || count > uint64(len(rest)/8) {
		return fmt.Errorf("the list of free pages cannot be read: %w", ErrDamaged)
	}
	before := uint64(1)
	for i := range count {
		id := binary.LittleEndian.Uint64(rest[8*i:])
		if id <= before || id >= uint64(len(p.used)) || p.used[id] {
			return fmt.Errorf("page %d is said to be free: %w", id, ErrDamaged)
		}
		before = id
	}
	return nil
}
