package issue

// This file is for callers that remember heads from an earlier run, and read
// only the files that have changed since.

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Files gives the names of the issues in the root of fsys, as ReadArchive
// takes them, sorted. A folder that isn't there has none.
func Files(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isIssueName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// ReadSource reads the bytes of one issue for Parse: at most one more than
// Parse accepts. They are put into the memory of into, which may be nil, when it
// has the room.
func ReadSource(fsys fs.FS, file string, into []byte) ([]byte, error) {
	src, err := readSource(fsys, file, into)
	if err != nil {
		return nil, fmt.Errorf("reading issue %s: %w", file, err)
	}
	return src, nil
}

func readSource(fsys fs.FS, file string, into []byte) ([]byte, error) {
	if fast, ok := fsys.(interface {
		ReadInto(file string, into []byte, most int) ([]byte, error)
	}); ok {
		return fast.ReadInto(file, into, maxSource+1)
	}
	f, err := fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, room := -1, 16<<10 // of most issues, for a file that says no size
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = int(min(info.Size(), maxSource+1))
		room = size
	}
	src := into[:0]
	if cap(src) < room {
		src = make([]byte, 0, room)
	}
	for {
		src = slices.Grow(src, 1)
		n, err := f.Read(src[len(src):min(cap(src), maxSource+1)])
		src = src[:len(src)+n]
		switch {
		case err == io.EOF, err == nil && (len(src) == size || len(src) > maxSource):
			return src, nil
		case err != nil:
			return src, err
		}
	}
}

// ArchiveOf makes an archive of heads in any order, which it sorts. The
// problems are those of the archive as a whole: numbers and addresses that two
// issues share.
func ArchiveOf(heads []Head) (Archive, []Problem) {
	slices.SortFunc(heads, CompareHeads)
	a := Archive{Heads: heads}
	return a, a.shared()
}

// CompareHeads orders heads as an archive has them: by number and then by file.
func CompareHeads(a, b Head) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.File, b.File))
}

// Texts keeps strings side by side. To the garbage collector, which looks at each
// string that is held, those of ten thousand issues are then a few pieces of
// memory. The zero value is empty.
type Texts struct{ piece strings.Builder }

// Keep gives strings that are equal to some, in the memory of t.
func (t *Texts) Keep(some ...*string) {
	const piece = 64 << 10
	size := 0
	for _, s := range some {
		size += len(*s)
	}
	if size > t.piece.Cap()-t.piece.Len() {
		t.piece.Reset() // which leaves the old one to those who have a string of it
		t.piece.Grow(max(piece, size))
	}
	for _, s := range some {
		start := t.piece.Len()
		t.piece.WriteString(*s)
		*s = t.piece.String()[start:]
	}
}

// In gives the head with its strings in texts; those of lists stay where they are.
func (h Head) In(texts *Texts) Head {
	texts.Keep(&h.File, &h.Title, &h.Description, &h.Permalink, &h.Hash)
	return h
}

// AppendPlain appends a head in few bytes that are read fast, for PlainHead. It is
// not ok for one with items, corrections or a mark, and for a date that no time
// zone on Earth has.
func (h Head) AppendPlain(b []byte) (packed []byte, ok bool) {
	date, err := h.Date.AppendBinary(nil)
	if err != nil || len(h.Items) > 0 || len(h.Corrections) > 0 || h.Mark != (Mark{}) {
		return b, false
	}
	draft := 0
	if h.Draft {
		draft = 1
	}
	for _, n := range [...]int{h.Number, h.Words, h.TitleLine, h.DateLine, h.PermalinkLine, draft, len(h.Aliases), len(h.Tags)} {
		b = binary.AppendVarint(b, int64(n))
	}
	appendText := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	for _, s := range [...]string{h.File, h.Title, h.Description, h.Permalink, h.Hash, string(date)} {
		appendText(s)
	}
	for _, s := range h.Aliases {
		appendText(s)
	}
	for _, s := range h.Tags {
		appendText(s)
	}
	return b, true
}

// PlainHead reads what AppendPlain wrote. It is not ok for anything else.
func PlainHead(packed []byte) (h Head, ok bool) {
	text := string(packed) // once, for all that is cut from it
	ok = true
	number := func() int {
		n, size := binary.Varint(packed[len(packed)-len(text):])
		if size <= 0 {
			ok, text = false, ""
			return 0
		}
		text = text[size:]
		return int(n)
	}
	part := func() string {
		n, size := binary.Uvarint(packed[len(packed)-len(text):])
		if size <= 0 || n > uint64(len(text)-size) {
			ok, text = false, ""
			return ""
		}
		s := text[size : size+int(n)]
		text = text[size+int(n):]
		return s
	}
	var draft, aliases, tags int
	for _, n := range [...]*int{&h.Number, &h.Words, &h.TitleLine, &h.DateLine, &h.PermalinkLine, &draft, &aliases, &tags} {
		*n = number()
	}
	h.Draft = draft == 1
	var date string
	for _, s := range [...]*string{&h.File, &h.Title, &h.Description, &h.Permalink, &h.Hash, &date} {
		*s = part()
	}
	for ; aliases > 0 && ok; aliases-- {
		h.Aliases = append(h.Aliases, part())
	}
	for ; tags > 0 && ok; tags-- {
		h.Tags = append(h.Tags, part())
	}
	return h, ok && text == "" && h.Date.UnmarshalBinary([]byte(date)) == nil
}

// Words counts the words of an issue as its Head does.
func Words(is *Issue) int {
	n := WordsInBlocks(is.Intro)
	for i := range is.Items {
		for _, p := range is.Items[i].Parts {
			n += WordsInBlocks(p.Blocks)
		}
	}
	return n
}

// WordsInText counts the words of a plain text as Words does those of blocks.
func WordsInText(text []byte) int {
	var w wordCounter
	w.text(text)
	return w.count
}

// WordsInBlocks counts the words of PlainBlocks.
func WordsInBlocks(blocks []Block) int {
	var w wordCounter
	w.blocks(blocks)
	return w.count
}

// wordCounter counts words without making the text of them.
type wordCounter struct {
	count  int
	within uint64 // 0x80 within a word
}

func (w *wordCounter) blocks(blocks []Block) {
	for i := range blocks {
		b := &blocks[i]
		switch b.Kind {
		case BlockPara, BlockHead:
			w.inlines(b.Inlines)
		case BlockCode, BlockRaw:
			w.text([]byte(b.Text))
		case BlockTable:
			for _, row := range b.Rows {
				for _, cell := range row {
					w.inlines(cell)
					w.within = 0
				}
			}
		default:
			w.blocks(b.Blocks)
		}
		w.within = 0
	}
}

func (w *wordCounter) inlines(in []Inline) {
	for i := range in {
		switch in[i].Kind {
		case InlineSoft, InlineBreak:
			w.within = 0
		case InlineEmph, InlineStrong, InlineStrike, InlineLink:
			w.inlines(in[i].Inlines)
		default:
			w.text([]byte(in[i].Text))
		}
	}
}

// text looks at eight bytes at a time: where words end can't be foreseen, and each
// byte asked for itself took a hundredth of a rendering.
func (w *wordCounter) text(s []byte) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	// inWords gives the high bit of each byte that is of a word, of those before the
	// first that is not ASCII: adding sets the high bit of what is large enough.
	inWords := func(eight uint64) uint64 {
		noBlank := (eight ^ each*' ') + (high - each)
		belowTab, aboveCR := ^(eight + (high - each*'\t')), eight+(high-each*('\r'+1))
		return noBlank & (belowTab | aboveCR) & high
	}
	count, within := w.count, w.within
	for len(s) > 0 {
		var words uint64
		size, last := 8, 7
		if len(s) < 8 || binary.LittleEndian.Uint64(s)&high != 0 {
			if plain := bits.TrailingZeros64(eightOf(s)&high) / 8; plain > 0 {
				words, size, last = inWords(eightOf(s))&(1<<(8*plain)-1), plain, plain-1
			} else {
				var r rune
				r, size = utf8.DecodeRune(s)
				if words, last = 0x80, 0; unicode.IsSpace(r) {
					words = 0
				}
			}
		} else {
			words = inWords(binary.LittleEndian.Uint64(s))
		}
		count += bits.OnesCount64(words &^ (words<<8 | within))
		within = words >> (8 * last)
		s = s[size:]
	}
	w.count, w.within = count, within
}

// eightOf gives the first eight bytes of a text, as if one beyond ASCII ended it.
func eightOf(s []byte) uint64 {
	if len(s) >= 8 {
		return binary.LittleEndian.Uint64(s)
	}
	var room [8]byte
	for i := copy(room[:], s); i < len(room); i++ {
		room[i] = 0x80
	}
	return binary.LittleEndian.Uint64(room[:])
}
