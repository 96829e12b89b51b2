package render

// This file spares a rendering what an earlier one made: each part of the
// output has a key, made from all that goes into it, and what is known under
// the same key isn't made again. The bytes are those of a clean rendering.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Key stands for all that a part of the output is made from. The zero value is
// that of a part that is made each time.
type Key [16]byte

// KeyOf makes the key of a part from its name and what goes into it.
func KeyOf(parts ...string) Key {
	var scratch [2 << 10]byte
	all := scratch[:0]
	for _, part := range parts {
		all = strconv.AppendInt(all, int64(len(part)), 10)
		all = append(append(all, ':'), part...)
	}
	sum := sha256.Sum256(all)
	return Key(sum[:16])
}

// Memory is what earlier renderings left. Without one, all is made.
type Memory struct {
	// Basis stands for all that every page depends on and that is not in the
	// issues: the program, the templates, Input.Publication and Input.Pages.
	// Copied stands for what only the copied files of Templates depend on.
	Basis, Copied string
	// Recall gives what Keep was last told under a key, while every file of it
	// still stands as it was made. The facts are in the memory of into, which it
	// makes larger as need be. It is called from several goroutines at a time.
	Recall func(key Key, into *[]byte) (Share, bool)
	// Keep is told what was made, after its files were handed to emit, and what
	// the pages about the archive need of it.
	Keep func(key Key, files []string, facts []byte) error
	// Facts gives those that were kept, whatever has become of the files, as
	// Recall does.
	Facts func(key Key, into *[]byte) ([]byte, bool)
	// Piece gives size bytes of facts that Keep was told or Facts gave before, the
	// first of them so many bytes before their end as behind says. It is called from
	// several goroutines at a time.
	Piece func(key Key, behind, size int, into *[]byte) ([]byte, bool)
	// Stands tells whether a file stands that was handed to emit with a key. It is
	// called from several goroutines at a time.
	Stands func(path string, key Key) bool
	// Open reads facts piece by piece that were kept without files.
	Open func(key Key) (io.Reader, bool)
}

// Share is one part of the output.
type Share struct {
	Files []string // their paths, in the order of emit
	Facts []byte
}

// keptVersion is the first byte of the facts of an issue.
const keptVersion = 2

// facts packs what is kept of an issue besides its files.
func (r rendered) facts() []byte {
	p := packer{keptVersion}
	p.strings(r.notices)
	p.number(uint64(r.digest.minutes))
	p.bytes(r.digest.stories)
	p.number(uint64(len(r.digest.cves)))
	for _, c := range r.digest.cves {
		p.string(c.id)
		p.number(uint64(c.item + 1))
	}
	p = append(p, r.digest.listed[:]...)
	return append(p, r.digest.entry...)
}

// readFacts is the other way round, but for the entry: see entryIn.
func readFacts(body []byte) (rendered, error) {
	u := unpacker{rest: body}
	if version := u.bytes(1); version == nil || version[0] != keptVersion {
		return rendered{}, ErrMemory
	}
	r := rendered{notices: u.strings()}
	r.digest.minutes, r.digest.stories = int(u.number()), bytes.Clone(u.bytes(u.count()))
	for range u.count() {
		r.digest.cves = append(r.digest.cves, cvePlace{u.string(), int32(u.number()) - 1})
	}
	copy(r.digest.listed[:], u.bytes(len(r.digest.listed)))
	return r, u.err
}

// entryIn gives the packed entry in the facts of an issue, in their memory.
func entryIn(body []byte) []byte {
	u := unpacker{rest: body}
	u.bytes(1)
	u.skipAll() // notices
	u.number()  // minutes
	u.skip()    // stories
	for range u.count() {
		u.skip()
		u.number()
	}
	u.bytes(len(Key{}))
	return u.rest
}

// storiesIn gives the stories in the facts of an issue, in their memory, and how many
// bytes are behind them.
func storiesIn(body []byte) (packed []byte, behind int, err error) {
	u := unpacker{rest: body}
	if version := u.bytes(1); version == nil || version[0] != keptVersion {
		return nil, 0, ErrMemory
	}
	u.skipAll() // notices
	u.number()  // minutes
	packed = u.bytes(u.count())
	return packed, len(u.rest), u.err
}

// ErrMemory is in the chain of an error about what an earlier rendering left, when
// it can't be read and is needed: without that Memory the rendering succeeds.
var ErrMemory = errors.New("what an earlier rendering left is broken")

// packer writes numbers as varints, and strings behind their length.
type packer []byte

func (p *packer) number(n uint64) { *p = binary.AppendUvarint(*p, n) }

func (p *packer) string(s string) {
	p.number(uint64(len(s)))
	*p = append(*p, s...)
}

func (p *packer) bytes(b []byte) {
	p.number(uint64(len(b)))
	*p = append(*p, b...)
}

func (p *packer) strings(list []string) {
	p.number(uint64(len(list)))
	for _, s := range list {
		p.string(s)
	}
}

// link packs all that a page can say of an issue.
func (p *packer) link(l *IssueLink) {
	for _, s := range [...]string{l.Title, l.Description, l.Path} {
		p.string(s)
	}
	*p = l.Date.AppendFormat(*p, time.RFC3339Nano)
	p.number(uint64(l.Number))
	p.number(uint64(l.Minutes))
	if l.Draft {
		p.number(1)
	}
}

func (p *packer) entries(list []entry) {
	p.number(uint64(len(list)))
	for _, e := range list {
		for _, s := range []string{e.ID, e.Title, e.URL, e.Summary, e.HTML, e.Related} {
			p.string(s)
		}
		p.number(uint64(e.Published.Unix()))
		p.number(uint64(e.Updated.Unix()))
		p.strings(e.Tags)
		p.entries(e.Items)
	}
}

// unpacker reads what packer wrote; the first error stays.
type unpacker struct {
	rest []byte
	err  error
}

func (u *unpacker) bytes(n int) []byte {
	if u.err != nil || n < 0 || n > len(u.rest) {
		u.err = ErrMemory
		return nil
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b
}

func (u *unpacker) number() uint64 {
	v, n := binary.Uvarint(u.rest)
	if n <= 0 {
		u.err, u.rest = ErrMemory, nil
		return 0
	}
	u.rest = u.rest[n:]
	return v
}

// count is a number of things that are a byte long at least.
func (u *unpacker) count() int {
	n := u.number()
	if n > uint64(len(u.rest)) {
		u.err, u.rest = ErrMemory, nil
		return 0
	}
	return int(n)
}

func (u *unpacker) skip() { u.bytes(u.count()) }

// skipAll skips what strings gives.
func (u *unpacker) skipAll() {
	for range u.count() {
		u.skip()
	}
}

func (u *unpacker) string() string { return string(u.bytes(u.count())) }

func (u *unpacker) strings() []string {
	var list []string
	for range u.count() {
		list = append(list, u.string())
	}
	return list
}

func (u *unpacker) entries() []entry {
	var list []entry
	for range u.count() {
		var e entry
		for _, s := range []*string{&e.ID, &e.Title, &e.URL, &e.Summary, &e.HTML, &e.Related} {
			*s = u.string()
		}
		e.Published, e.Updated = time.Unix(int64(u.number()), 0).UTC(), time.Unix(int64(u.number()), 0).UTC()
		e.Tags, e.Items = u.strings(), u.entries()
		if list = append(list, e); u.err != nil {
			break
		}
	}
	return list
}

// key makes the key of a part, on this rendering's basis; zero when nothing is kept.
func (s *site) key(name string, parts ...string) Key {
	if s.Memory == nil {
		return Key{}
	}
	return KeyOf(append([]string{s.Memory.Basis, name}, parts...)...)
}

// issueKeys gives the key of every issue; that of one that is made each time is zero.
func (s *site) issueKeys(feedFrom int, mails *mailing) ([]Key, error) {
	keys := make([]Key, len(s.Heads))
	if s.Memory == nil {
		return keys, nil
	}
	count := ""
	if s.counted {
		count = fmt.Sprint(len(s.Heads))
	}
	var around packer
	var links [3]packer // of an issue and its neighbours; packedTo is the last one packed
	packedTo := -1
	for i, head := range s.Heads {
		if head.Hash == "" {
			continue
		}
		proof := ""
		if s.Evidence != nil && head.Number > 0 {
			if e, ok := s.Evidence(head.Number); ok {
				body, err := json.Marshal(e)
				if err != nil {
					continue
				}
				proof = string(body)
			}
		}
		text := ""
		if mails != nil {
			written, err := mails.written(head.File)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", TextFile(head.File), err)
			}
			text = string(written)
		}
		// All that a page or a mail says of an issue and its neighbours.
		around = around[:0]
		for k := max(0, i-1); k < min(len(s.links), i+2); k++ {
			if k > packedTo {
				links[k%3], packedTo = links[k%3][:0], k
				links[k%3].link(&s.links[k])
			}
			around.number(uint64(k - i + 1))
			around.bytes(links[k%3])
		}
		keys[i] = s.key("issue", head.File, head.Hash, string(around), proof, count, text, fmt.Sprint(i >= feedFrom, mails != nil))
	}
	return keys, nil
}

// archiveKey stands for all issues in their order; zero when one has no key.
func (s *site) archiveKey(keys []Key) Key {
	if s.Memory == nil || slices.Contains(keys, Key{}) {
		return Key{}
	}
	return s.key("archive", s.Memory.Copied, joinKeys(keys))
}

// partKey stands for a part of the archive's pages that says something of a few
// issues, and how many there are; zero when one of them has no key.
func (s *site) partKey(name string, keys []Key) Key {
	if s.Memory == nil || slices.Contains(keys, Key{}) {
		return Key{}
	}
	return s.key(name, fmt.Sprint(len(s.links)), joinKeys(keys))
}

func joinKeys(keys []Key) string {
	all := make([]byte, 0, len(keys)*len(Key{}))
	for _, key := range keys {
		all = append(all, key[:]...)
	}
	return string(all)
}

// countsIssues says whether a template of an issue or a topic could show how
// many issues there are, so that a new one changes every page.
func countsIssues(templates fs.FS) (bool, error) {
	for _, name := range []string{"site/layout.html", "site/issue.html"} {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return false, fmt.Errorf("reading template %s: %w", name, err)
		}
		// A template that is given the whole page can reach every field.
		if strings.Contains(string(text), "Count") || strings.Contains(string(text), "printf") {
			return true, nil
		}
	}
	return false, nil
}

func (s *site) recall(key Key, into *[]byte) (Share, bool) {
	if s.Memory == nil || key == (Key{}) {
		return Share{}, false
	}
	return s.Memory.Recall(key, into)
}

// stands gives a file that was made under a key and stands; not ok without one.
func (s *site) stands(path string, key Key) (f File, ok bool) {
	if s.Memory == nil || key == (Key{}) || !s.Memory.Stands(path, key) {
		return File{}, false
	}
	return File{Path: path, Kept: true}, true
}

// facts gives those that were kept under a key.
func (s *site) facts(key Key, into *[]byte) ([]byte, bool) {
	if s.Memory == nil || key == (Key{}) {
		return nil, false
	}
	return s.Memory.Facts(key, into)
}

// keep says what was made under a key. facts may be nil.
func (s *site) keep(key Key, files []string, facts []byte) error {
	if s.Memory == nil || key == (Key{}) {
		return nil
	}
	return s.Memory.Keep(key, files, facts)
}

// open reads facts piece by piece.
func (s *site) open(key Key, facts []byte) (io.Reader, error) {
	if facts != nil {
		return bytes.NewReader(facts), nil
	}
	r, ok := s.Memory.Open(key)
	if !ok {
		return nil, ErrMemory
	}
	return r, nil
}

func paths(files []File) []string {
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = file.Path
	}
	return names
}

func emitKept(files []string, emit func(File) error) error {
	for _, name := range files {
		if err := emit(File{Path: name, Kept: true}); err != nil {
			return err
		}
	}
	return nil
}
