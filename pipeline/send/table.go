package send

// This file remembers what is known of each address without holding it in
// memory: a hash table in a file, so that a list of a hundred thousand needs no
// more memory than one of a hundred. It is scratch: it holds hashes and no
// addresses, and goes with the run that made it.

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
)

// key stands for an address: two that differ only in case are one person.
type key [16]byte

func keyOf(email string) (k key) {
	sum := sha256.Sum256([]byte(strings.ToLower(email)))
	copy(k[:], sum[:])
	return k
}

// fact is what a table knows of an address.
type fact struct {
	line  int64 // where it stands, of a list or a ledger; 0: nothing is known
	state state // from the ledger
}

const (
	slotSize   = 32      // a key, a line, a state, and room
	firstSlots = 1 << 10 // a power of two
)

// table is a hash table in a file (open addressing, linear probing). Once used
// it must be closed.
type table struct {
	file  *os.File
	dir   string
	slots int64 // a power of two
	used  int64
	buf   [slotSize]byte
}

// newTable makes a table in a file in dir; empty takes the system's folder for
// such files.
func newTable(dir string) (*table, error) {
	file, err := os.CreateTemp(dir, ".pullquote-*")
	if err != nil {
		return nil, fmt.Errorf("making a scratch file: %w", err)
	}
	_ = os.Remove(file.Name()) // where that is allowed it goes with the process, however that ends
	t := &table{file: file, dir: dir, slots: firstSlots}
	if err := file.Truncate(t.slots * slotSize); err != nil {
		t.close()
		return nil, t.fault(err)
	}
	return t, nil
}

func (t *table) fault(err error) error {
	return fmt.Errorf("using the scratch file %s: %w", t.file.Name(), err)
}

func (t *table) close() {
	t.file.Close()
	_ = os.Remove(t.file.Name())
}

// seek gives the slot of a key, or the empty one where it belongs.
func (t *table) seek(k key) (at int64, f fact, err error) {
	for at = int64(binary.LittleEndian.Uint64(k[:]) & uint64(t.slots-1)); ; at = (at + 1) & (t.slots - 1) {
		if _, err := t.file.ReadAt(t.buf[:], at*slotSize); err != nil {
			return 0, fact{}, t.fault(err)
		}
		f = fact{int64(binary.LittleEndian.Uint64(t.buf[16:])), state(t.buf[24])}
		if f.line == 0 || key(t.buf[:16]) == k {
			return at, f, nil
		}
	}
}

// get gives what is known of a key.
func (t *table) get(k key) (fact, error) {
	_, f, err := t.seek(k)
	return f, err
}

// put sets what is known of a key; f.line must be above zero.
func (t *table) put(k key, f fact) error {
	if t.used*2 >= t.slots {
		if err := t.grow(); err != nil {
			return err
		}
	}
	at, old, err := t.seek(k)
	if err != nil {
		return err
	}
	if old.line == 0 {
		t.used++
	}
	copy(t.buf[:], k[:])
	binary.LittleEndian.PutUint64(t.buf[16:], uint64(f.line))
	t.buf[24] = byte(f.state)
	if _, err := t.file.WriteAt(t.buf[:], at*slotSize); err != nil {
		return t.fault(err)
	}
	return nil
}

// grow moves all that is known into a file of twice the size.
func (t *table) grow() error {
	next, err := newTable(t.dir)
	if err != nil {
		return err
	}
	next.slots = t.slots * 2
	err = next.file.Truncate(next.slots * slotSize)
	if err == nil {
		err = t.each(next.put)
	}
	if err != nil {
		next.close()
		return err
	}
	t.close()
	*t = *next
	return nil
}

// each visits all that is known, in no order.
func (t *table) each(visit func(key, fact) error) error {
	in := io.NewSectionReader(t.file, 0, t.slots*slotSize)
	block := make([]byte, 128*slotSize) // divides every number of slots
	for {
		if _, err := io.ReadFull(in, block); err == io.EOF {
			return nil
		} else if err != nil {
			return t.fault(err)
		}
		for b := block; len(b) > 0; b = b[slotSize:] {
			f := fact{int64(binary.LittleEndian.Uint64(b[16:])), state(b[24])}
			if f.line == 0 {
				continue
			}
			if err := visit(key(b[:16]), f); err != nil {
				return err
			}
		}
	}
}
