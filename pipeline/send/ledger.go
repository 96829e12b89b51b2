package send

// This file keeps the ledger, sent/NNNN.jsonl. Its first line says which issue
// and which mail it is for. Then, for each hand-over, a line before it and a
// line after it, each on the disk before anything else happens. So what the last
// line about a person says is what we know:
//
//	nothing    the mail was never handed over
//	handing    the hand-over was cut: it may have arrived, or not
//	accepted   it arrived at the server
//	refused    the server will not have it, for good
//	deferred   the server would not have it then
//	uncertain  all was handed over and the connection broke before the answer
//
// A last line without its end was never on the disk as a whole: it is as if it
// had not been written, and the line before it is true.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Header is the first line of a ledger.
type Header struct {
	Version int       `json:"version"` // of the format: 1
	Issue   int       `json:"issue"`
	Seal    string    `json:"seal"` // SHA-256 of the issue file, hex
	Mail    string    `json:"mail"` // SHA-256 of the rendered mail, hex
	Started time.Time `json:"started"`
}

// Entry is a line of a ledger about a recipient.
type Entry struct {
	To    string    `json:"to"`
	What  string    `json:"what"`
	At    time.Time `json:"at"`
	Reply string    `json:"reply,omitempty"`
}

// state is what the last line about a person says.
type state byte

const (
	stateNone state = iota
	stateHanding
	stateAccepted
	stateRefused
	stateDeferred
	stateUncertain
)

func stateOf(what string) state {
	switch what {
	case handing:
		return stateHanding
	case Accepted:
		return stateAccepted
	case Refused:
		return stateRefused
	case Deferred:
		return stateDeferred
	case Uncertain:
		return stateUncertain
	}
	return stateNone
}

// ErrChanged is in the chain of the error that Send gives when the mail is not
// the one that the ledger was begun for.
var ErrChanged = errors.New("the ledger was begun for another mail")

const maxLedgerLine = 64 << 10

// readLedger reads a ledger line by line and gives how many bytes of it are
// whole lines. A torn last line is left out; a header that is torn or missing
// gives ok false: nothing was handed over under it.
func readLedger(in io.Reader, each func(Entry) error) (head Header, whole int64, ok bool, err error) {
	r := bufio.NewReaderSize(in, maxLedgerLine)
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return head, whole, n > 1, nil // what is left has no end: torn
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return head, whole, n > 1, fmt.Errorf("line %d is longer than any line of a ledger", n)
		}
		if err != nil {
			return head, whole, n > 1, err
		}
		if n == 1 {
			if err := json.Unmarshal(line, &head); err != nil || head.Version != 1 {
				return head, whole, false, fmt.Errorf("line 1 is not the header of a ledger")
			}
		} else {
			var e Entry
			if err := json.Unmarshal(line, &e); err != nil || e.To == "" || stateOf(e.What) == stateNone {
				return head, whole, true, fmt.Errorf("line %d is not a line of a ledger", n)
			}
			if err := each(e); err != nil {
				return head, whole, true, err
			}
		}
		whole += int64(len(line))
	}
}

// ledger is an open ledger; nil keeps none.
type ledger struct {
	name string
	file ledgerFile
	line bytes.Buffer
}

// ledgerFile is the file of a ledger: an *os.File, or in a test one whose disk
// fails.
type ledgerFile interface {
	io.ReadWriteSeeker
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// ledgerFolder makes the folder of a ledger, which holds people's addresses: it
// is for the owner only.
func ledgerFolder(name string) (string, error) {
	dir := filepath.Dir(name)
	return dir, os.MkdirAll(dir, 0o700)
}

// openLedger opens or begins a ledger and puts into the roll what it knows. disk
// may be nil.
func openLedger(name string, want Header, roll *Roll, disk func(*os.File) ledgerFile) (*ledger, error) {
	if name == "" {
		return nil, nil
	}
	dir, err := ledgerFolder(name)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &ledger{name: name, file: file}
	if disk != nil {
		l.file = disk(file)
	}
	if err := l.open(want, roll); err != nil {
		file.Close()
		return nil, err
	}
	syncFolder(dir)
	return l, nil
}

func (l *ledger) open(want Header, roll *Roll) error {
	head, whole, ok, err := readLedger(l.file, func(e Entry) error {
		k := keyOf(e.To)
		f, err := roll.table.get(k)
		if err != nil || f.line == 0 {
			return err
		}
		f.state = stateOf(e.What)
		return roll.table.put(k, f)
	})
	if err != nil {
		return fmt.Errorf("reading the ledger %s: %w; put it right by hand, or restore it: nothing was sent", l.name, err)
	}
	if ok && (head.Issue != want.Issue || head.Seal != want.Seal) {
		return fmt.Errorf("the text of issue %d was changed since its sending began on %s: %w; put the text back to go on",
			want.Issue, head.Started.Format("2 January 2006"), ErrChanged)
	}
	if ok && head.Mail != want.Mail {
		return fmt.Errorf("the mail of issue %d is no longer the one whose sending began on %s, though its text is: templates, pullquote.yaml or the program changed: %w; put them back to go on",
			want.Issue, head.Started.Format("2 January 2006"), ErrChanged)
	}
	if err := l.file.Truncate(whole); err != nil {
		return fmt.Errorf("taking the torn last line off the ledger %s: %w", l.name, err)
	}
	if _, err := l.file.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	if ok {
		return nil
	}
	want.Version = 1
	want.Started = want.Started.UTC().Truncate(time.Second)
	return l.append(want)
}

// write puts a line about a recipient onto the disk.
func (l *ledger) write(to, what, reply string, at time.Time) error {
	if l == nil {
		return nil
	}
	return l.append(Entry{To: to, What: what, At: at.UTC().Truncate(time.Millisecond), Reply: reply})
}

func (l *ledger) append(v any) error {
	l.line.Reset()
	enc := json.NewEncoder(&l.line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	if _, err := l.file.Write(l.line.Bytes()); err != nil {
		return fmt.Errorf("writing the ledger %s: %w", l.name, err)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("writing the ledger %s to the disk: %w", l.name, err)
	}
	return nil
}

func (l *ledger) close() {
	if l != nil {
		l.file.Close()
	}
}

// syncFolder makes a new file's name durable, where a folder can be synced.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// Status is what a ledger says as a whole.
type Status struct {
	Header
	Accepted  int       `json:"accepted"`
	Refused   []Person  `json:"refused"`
	Deferred  []Person  `json:"deferred"`
	Uncertain []Person  `json:"uncertain"`
	Last      time.Time `json:"last,omitzero"` // of the last line
}

// ReadStatus reads a ledger, twice: what the last line about a person says is
// known only at its end. One that is not there is an fs.ErrNotExist.
func ReadStatus(name string) (Status, error) {
	var s Status
	file, err := os.Open(name)
	if err != nil {
		return s, err
	}
	defer file.Close()
	last, err := newTable("")
	if err != nil {
		return s, err
	}
	defer last.close()
	line := int64(0)
	head, whole, ok, err := readLedger(file, func(e Entry) error {
		line++
		s.Last = e.At
		return last.put(keyOf(e.To), fact{line, stateOf(e.What)})
	})
	if err != nil {
		return s, fmt.Errorf("reading the ledger %s: %w", name, err)
	}
	if !ok {
		return s, fmt.Errorf("the ledger %s has not begun: %w", name, fs.ErrNotExist)
	}
	s.Header = head
	line = 0
	// Who sends at this moment adds lines: only those of the first reading count.
	_, _, _, err = readLedger(io.NewSectionReader(file, 0, whole), func(e Entry) error {
		line++
		f, err := last.get(keyOf(e.To))
		if err != nil || f.line != line {
			return err
		}
		p := Person{e.To, e.Reply}
		switch f.state {
		case stateAccepted:
			s.Accepted++
		case stateRefused:
			s.Refused = append(s.Refused, p)
		case stateDeferred:
			s.Deferred = append(s.Deferred, p)
		case stateHanding:
			p.Reply = "the run ended in this hand-over: it may have arrived"
			s.Uncertain = append(s.Uncertain, p)
		case stateUncertain:
			s.Uncertain = append(s.Uncertain, p)
		}
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("reading the ledger %s again: %w", name, err)
	}
	return s, nil
}
