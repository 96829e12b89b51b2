package pipeline

// This file remembers, beside the manifest in the output folder, what renders
// made of what, so that an issue that has not changed is only read. Deleting
// the file costs time and nothing else.

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pullquote/pullquote/pipeline/render"
)

// keptName is the file: keptMagic and then records, the newest last, so that a
// changed issue adds its own few and no more. Of two with one key the later
// holds. A record is the length of the rest and its CRC-32C, four bytes each,
// lowest first; the key; the number of its files (varints here and below) and
// for each the length of its path, the path, its mark; then the body.
const (
	keptName  = ".pullquote-kept"
	keptMagic = "pullquote kept 2\n"
	keptStart = 8
	keptMost  = 64 << 20 // bytes of a record: more is no record of ours
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// kept is the memory of one output folder.
type kept struct {
	out *output

	mu      sync.Mutex
	file    *os.File // nil while there is none
	ahead   ahead    // of file
	size    int64    // where the next record goes, behind those in tail
	tail    []byte   // records that are not in the file yet
	records keptTable
	fresh   bool // something was put
}

// keptTable finds records by their keys. Of a key it has half: the record has all
// of it. The zero value is empty.
type keptTable struct {
	places []keptPlace
	slots  []uint32 // by key: 1 + the number of its place, or 0. Their count is a power of two
}

// keptPlace is where a record lies.
type keptPlace struct {
	key  uint64 // the first bytes of its key
	at   int64  // negative when nobody asked for it yet
	size uint32 // with its head
}

// used gives where it lies, and that it holds still.
func (p *keptPlace) used() int64 {
	if p.at < 0 {
		p.at = -p.at
	}
	return p.at
}

// find gives the place of a key's record; nil when there is none. It holds until
// the next put.
func (t *keptTable) find(key render.Key) *keptPlace {
	if len(t.slots) == 0 {
		return nil
	}
	start := binary.LittleEndian.Uint64(key[:])
	if slot := t.slot(start); *slot != 0 {
		return &t.places[*slot-1]
	}
	return nil
}

// slot gives that of a key, or the free one that it would have.
func (t *keptTable) slot(start uint64) *uint32 {
	for i := start; ; i++ {
		slot := &t.slots[i&uint64(len(t.slots)-1)]
		if *slot == 0 || t.places[*slot-1].key == start {
			return slot
		}
	}
}

// put says where the record of a key lies.
func (t *keptTable) put(key render.Key, at int64, size uint32) {
	if 4*len(t.places) >= 3*len(t.slots) {
		t.slots = make([]uint32, max(256, 2*len(t.slots)))
		for i := range t.places {
			*t.slot(t.places[i].key) = uint32(i + 1)
		}
	}
	place := keptPlace{key: binary.LittleEndian.Uint64(key[:]), at: at, size: size}
	if slot := t.slot(place.key); *slot != 0 {
		t.places[*slot-1] = place
	} else {
		t.places = append(t.places, place)
		*slot = uint32(len(t.places))
	}
}

// inUse gives the records that were asked for or put.
func (t *keptTable) inUse() iter.Seq[keptPlace] {
	return func(yield func(keptPlace) bool) {
		for _, place := range t.places {
			if place.at > 0 && !yield(place) {
				return
			}
		}
	}
}

// ahead reads a file in pieces of a fixed size: records are small, and asked for
// mostly in the order in which they lie. The zero value has read nothing.
type ahead struct {
	piece []byte // what was read last
	at    int64  // where it lies in the file
	next  int64  // behind what was asked for last
}

// aheadSize is how long a piece is: as long as some dozen records, and no longer,
// since between them lie some that nobody asks for.
const aheadSize = 32 << 10

// read gives p what lies in file at a place. Nothing is read ahead for one that
// asks here and there, or for more than a piece.
func (a *ahead) read(file *os.File, p []byte, at int64) error {
	onward := at >= a.next && at-a.next < aheadSize && len(p) <= aheadSize
	a.next = at + int64(len(p))
	if at >= a.at && a.next <= a.at+int64(len(a.piece)) {
		copy(p, a.piece[at-a.at:])
		return nil
	}
	if !onward {
		_, err := file.ReadAt(p, at)
		return err
	}
	piece := slices.Grow(a.piece[:0], aheadSize)[:aheadSize]
	n, err := file.ReadAt(piece, at)
	a.piece, a.at = piece[:n], at
	if copy(p, a.piece) == len(p) {
		return nil // the file may end within the piece
	}
	return err
}

// forget lets go of the piece, of which the file may now hold something else.
func (a *ahead) forget() { a.piece = a.piece[:0] }

// openKept reads what the last renders into out's folder left. What can't be
// read is as good as nothing.
func openKept(out *output) *kept {
	k := &kept{out: out}
	file, err := os.OpenFile(filepath.Join(out.dir, keptName), os.O_RDWR, 0)
	if err != nil {
		return k
	}
	k.file = file
	info, err := file.Stat()
	magic := make([]byte, len(keptMagic))
	if failed := k.ahead.read(file, magic, 0); err != nil || failed != nil || string(magic) != keptMagic {
		return k // of another program; it is written over
	}
	k.size = int64(len(keptMagic))
	var start [keptStart + len(render.Key{})]byte
	for {
		if err := k.ahead.read(file, start[:], k.size); err != nil {
			return k
		}
		n := int64(binary.LittleEndian.Uint32(start[:4]))
		if n < int64(len(render.Key{})) || n > keptMost || k.size+keptStart+n > info.Size() {
			return k // cut off: the next record goes over it
		}
		k.records.put(render.Key(start[keptStart:]), -k.size, uint32(keptStart+n))
		k.size += keptStart + n
	}
}

// find gives the record that was kept under a key, whole and in the memory of
// into, and marks it as still in use.
func (k *kept) find(key render.Key, into *[]byte) (record []byte, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	place := k.records.find(key)
	if place == nil {
		return nil, false
	}
	at := max(place.at, -place.at)
	if at+int64(place.size) > k.size-int64(len(k.tail)) && k.flush() != nil {
		return nil, false
	}
	record = slices.Grow((*into)[:0], int(place.size))[:place.size]
	*into = record
	if err := k.ahead.read(k.file, record, at); err != nil {
		return nil, false
	}
	if binary.LittleEndian.Uint32(record[4:8]) != crc32.Checksum(record[keptStart:], castagnoli) || render.Key(record[keptStart:]) != key {
		return nil, false
	}
	place.used()
	return record, true
}

// empty tells whether a record without files and body was kept under a key, which
// needs no reading, and marks it as still in use.
func (k *kept) empty(key render.Key) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	place := k.records.find(key)
	if place == nil || place.size != keptStart+uint32(len(render.Key{}))+1 {
		return false
	}
	place.used()
	return true
}

// get gives the body that was kept under a key.
func (k *kept) get(key render.Key, into *[]byte) ([]byte, bool) {
	record, ok := k.find(key, into)
	if !ok {
		return nil, false
	}
	body, err := readRecord(record, nil)
	return body, err == nil
}

// piece is render.Memory's Piece. get has looked at the whole body.
func (k *kept) piece(key render.Key, behind, size int, into *[]byte) ([]byte, bool) {
	at, file, ok := k.end(key)
	if !ok {
		return nil, false
	}
	piece := slices.Grow((*into)[:0], size)[:size]
	*into = piece
	_, err := file.ReadAt(piece, at-int64(behind))
	return piece, err == nil
}

// end gives where the record of a key ends in the file.
func (k *kept) end(key render.Key) (at int64, file *os.File, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	place := k.records.find(key)
	if place == nil || k.flush() != nil {
		return 0, nil, false
	}
	return place.used() + int64(place.size), k.file, true
}

// keptFile is a file that belongs to a record, as it was made.
type keptFile struct {
	path string
	mark mark
}

// readRecord gives its files to each, unless that is nil, and its body.
func readRecord(record []byte, each func(keptFile)) (body []byte, err error) {
	rest := record[keptStart+len(render.Key{}):]
	number := func() int {
		v, n := binary.Uvarint(rest)
		if n <= 0 || v > keptMost {
			err = errors.New("a broken memory of a render")
			return 0
		}
		rest = rest[n:]
		return int(v)
	}
	for count := number(); count > 0 && err == nil; count-- {
		n := number()
		if err != nil || len(rest) < n+len(mark{}.sum) {
			return nil, errors.New("a broken memory of a render")
		}
		name, sum := rest[:n], rest[n:]
		rest = sum[len(mark{}.sum):]
		if size := number(); each != nil {
			each(keptFile{string(name), mark{[16]byte(sum), int64(size)}})
		}
	}
	return rest, err
}

// recall is render.Memory's Recall.
func (k *kept) recall(key render.Key, into *[]byte) (share render.Share, ok bool) {
	record, ok := k.find(key, into)
	if !ok {
		return render.Share{}, false
	}
	var err error
	share.Facts, err = readRecord(record, func(f keptFile) {
		share.Files = append(share.Files, f.path)
		ok = ok && k.out.stands(f.path, f.mark)
	})
	if err != nil || !ok {
		return render.Share{}, false
	}
	return share, true
}

// open is render.Memory's Open.
func (k *kept) open(key render.Key) (io.Reader, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	place := k.records.find(key)
	if place == nil || k.flush() != nil {
		return nil, false
	}
	// A body without files, as Keep wrote it a moment ago, or as recall checked it.
	const before = int64(keptStart + len(render.Key{}) + 1)
	return io.NewSectionReader(k.file, place.used()+before, int64(place.size)-before), true
}

// keep is render.Memory's Keep.
func (k *kept) keep(key render.Key, files []string, facts []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fresh = true
	if k.file == nil {
		if err := os.MkdirAll(k.out.dir, 0o777); err != nil {
			return err
		}
		var err error
		if k.file, err = os.OpenFile(filepath.Join(k.out.dir, keptName), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
			return err
		}
	}
	if k.size == 0 { // new, or none of ours
		if err := k.file.Truncate(0); err != nil {
			return err
		}
		k.tail = append(k.tail, keptMagic...)
		k.size = int64(len(keptMagic))
	}
	start := len(k.tail)
	k.tail = append(k.tail, make([]byte, keptStart)...)
	k.tail = append(k.tail, key[:]...)
	k.tail = binary.AppendUvarint(k.tail, uint64(len(files)))
	for _, name := range files {
		m, _ := k.out.made.get(name)
		k.tail = binary.AppendUvarint(k.tail, uint64(len(name)))
		k.tail = append(append(k.tail, name...), m.sum[:]...)
		k.tail = binary.AppendUvarint(k.tail, uint64(m.size))
	}
	k.tail = append(k.tail, facts...)
	record := k.tail[start:]
	binary.LittleEndian.PutUint32(record, uint32(len(record)-keptStart))
	binary.LittleEndian.PutUint32(record[4:], crc32.Checksum(record[keptStart:], castagnoli))
	k.records.put(key, k.size, uint32(len(record)))
	k.size += int64(len(record))
	if len(k.tail) > 256<<10 {
		return k.flush()
	}
	return nil
}

// flush writes the tail.
func (k *kept) flush() error {
	if len(k.tail) == 0 {
		return nil
	}
	k.ahead.forget()
	_, err := k.file.WriteAt(k.tail, k.size-int64(len(k.tail)))
	k.tail = k.tail[:0]
	return err
}

// save writes what this render knows. When most of the file is what nobody
// asked for any more, it is written anew without.
func (k *kept) save() error {
	if !k.fresh {
		return nil
	}
	if err := k.flush(); err != nil {
		return err
	}
	live := int64(len(keptMagic))
	for place := range k.records.inUse() {
		live += int64(place.size)
	}
	if k.size < 2*live+1<<20 {
		// Behind a record that was cut off there may be more of it.
		return k.file.Truncate(k.size)
	}
	next, err := createTemp(k.out.dir, keptName, 0o666)
	if err != nil {
		return err
	}
	if err := k.copyTo(next); err != nil {
		_ = next.Close()
		_ = os.Remove(next.Name())
		return err
	}
	_ = k.file.Close()
	k.file = nil
	return os.Rename(next.Name(), filepath.Join(k.out.dir, keptName))
}

// copyTo writes the records in use to a new file, in the order in which they lie,
// which is that of asking for them, and closes it.
func (k *kept) copyTo(next *os.File) error {
	out := bufio.NewWriterSize(next, 64<<10)
	_, err := out.WriteString(keptMagic)
	if err != nil {
		return err
	}
	inUse := slices.SortedFunc(k.records.inUse(), func(a, b keptPlace) int { return cmp.Compare(a.at, b.at) })
	for _, place := range inUse {
		if _, err := io.Copy(out, io.NewSectionReader(k.file, place.at, int64(place.size))); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return next.Close()
}

// close lets go of the file.
func (k *kept) close() {
	if k.file != nil {
		_ = k.file.Close()
	}
}
