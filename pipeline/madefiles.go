package pipeline

import (
	"encoding/binary"
	"hash/maphash"
	"iter"
)

// madeFiles knows the mark of every file of an output. It is a map whose paths and
// marks lie in one piece of memory: as a map of Go's the files of ten thousand
// issues took twice the room, and the garbage collector looked at each path. The
// zero value is empty. It may be read by several goroutines at a time.
type madeFiles struct {
	list  []byte   // of each: sum, size, length of the path, path; as binary.LittleEndian has them
	slots []uint32 // by hash: 1 + where a file begins in list, or 0. Their count is a power of two
	count int
	seed  maphash.Seed
}

// What stands before a path in list.
const (
	madeSize   = 16           // where the size begins
	madeLength = madeSize + 8 // where the length of the path begins
	madePath   = madeLength + 2
)

// mostMade is how long list may be; longestPath is a path's. No disk has the one
// in one folder, nor the other.
const (
	mostMade    = 1<<32 - 1
	longestPath = 1<<16 - 1
)

// get gives the mark of a file.
func (f *madeFiles) get(path string) (m mark, ok bool) {
	if f.count == 0 {
		return m, false
	}
	if slot := f.slot(path); *slot != 0 {
		_, m = f.at(int(*slot - 1))
		return m, true
	}
	return m, false
}

// put sets it. It tells whether it was there before, and whether there was room;
// there always is on a disk.
func (f *madeFiles) put(path string, m mark) (twice, ok bool) {
	if 4*f.count >= 3*len(f.slots) {
		f.grow()
	}
	slot := f.slot(path)
	if twice = *slot != 0; !twice {
		if len(path) > longestPath || len(f.list)+madePath+len(path) > mostMade {
			return false, false
		}
		*slot = uint32(len(f.list) + 1)
		f.list = append(f.list, make([]byte, madePath)...)
		binary.LittleEndian.PutUint16(f.list[*slot-1+madeLength:], uint16(len(path)))
		f.list = append(f.list, path...)
		f.count++
	}
	at := f.list[*slot-1:]
	copy(at, m.sum[:])
	binary.LittleEndian.PutUint64(at[madeSize:], uint64(m.size))
	return twice, true
}

// all gives the files in the order in which they came. A path holds until the
// next one.
func (f *madeFiles) all() iter.Seq2[[]byte, mark] {
	return func(yield func([]byte, mark) bool) {
		for at := 0; at < len(f.list); {
			path, m := f.at(at)
			if !yield(path, m) {
				return
			}
			at += madePath + len(path)
		}
	}
}

// expect makes room for as many files as other has, which are most often the same.
// It is for when there are none yet.
func (f *madeFiles) expect(other *madeFiles) {
	if f.count == 0 && other.count > 0 {
		f.list = make([]byte, 0, len(other.list)+len(other.list)/16) // and some are new
		f.slots, f.seed = make([]uint32, len(other.slots)), maphash.MakeSeed()
	}
}

// equal tells whether both have the same files with the same marks.
func (f *madeFiles) equal(other *madeFiles) bool {
	if f.count != other.count {
		return false
	}
	for path, m := range f.all() {
		if there, ok := other.get(string(path)); !ok || there != m {
			return false
		}
	}
	return true
}

// at gives the file that begins at a place of list.
func (f *madeFiles) at(at int) (path []byte, m mark) {
	n := int(binary.LittleEndian.Uint16(f.list[at+madeLength:]))
	return f.list[at+madePath : at+madePath+n], mark{[16]byte(f.list[at:]), int64(binary.LittleEndian.Uint64(f.list[at+madeSize:]))}
}

// slot gives that of a path, or the empty one that it would have.
func (f *madeFiles) slot(path string) *uint32 {
	for hash := maphash.String(f.seed, path); ; hash++ {
		slot := &f.slots[hash&uint64(len(f.slots)-1)]
		if *slot == 0 {
			return slot
		}
		if there, _ := f.at(int(*slot - 1)); string(there) == path {
			return slot
		}
	}
}

func (f *madeFiles) grow() {
	if f.slots == nil {
		f.seed = maphash.MakeSeed()
	}
	f.slots = make([]uint32, max(64, 2*len(f.slots)))
	for at := 0; at < len(f.list); {
		path, _ := f.at(at)
		*f.slot(string(path)) = uint32(at + 1)
		at += madePath + len(path)
	}
}
