package render

// This file makes the archive searchable on a host that only serves files: an
// index cut into small pieces, of which a query fetches a few. The script that
// reads it is templates/site/search.js.
//
// search/index.json names the pieces: the first word of each piece of words,
// and the pieces of stories. A piece of words has a line a word: the word, and
// the stories that have it, as differences of their numbers in base 36, with a
// "!" where the word is in the title. A piece of stories holds 128 of them. The
// pieces are named by their content, so that they can be cached for ever.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
)

const (
	wordPiece   = 12 << 10 // bytes of a piece of words, uncompressed; a compressed one is about 5 KB
	storyPiece  = 128      // stories in a piece
	longestWord = 32       // bytes; what is longer is cut
	mostPlaces  = 1500     // of a word: the newest. A query takes a word of more as found in every older story
)

// textRoom is how many bytes are behind a text that words are looked for in.
const textRoom = 64

// story takes the words of g.text: letters and digits in lower case without accents.
// search.js folds a query in the same way. The title ends where title says, and no
// word goes on there. It looks at 64 bytes at once, so that little is foreseen
// wrongly where words begin and end.
func (g *storyWords) story(title int) {
	size := len(g.text)
	text := append(g.text, make([]byte, textRoom)...) // which ends the last word, too
	g.text = text
	from := 0
	before, open := uint64(0), uint64(0) // 1: the last byte of those before is of a word; of one that goes on
	for at := 0; at <= size; at += 64 {
		in := wordBytes((*[64]byte)(text[at:]))
		on := in & (in<<1 | before) // without the first byte of each: one letter is no word
		behind := on<<1 | open
		starts, ends := on&^behind, behind&^on
		if open == 0 {
			from = at + bits.TrailingZeros64(starts) - 1
			starts &= starts - 1
		}
		before, open = in>>63, on>>63
		for ; ends != 0; ends &= ends - 1 {
			end := at + bits.TrailingZeros64(ends)
			inTitle := hit(0)
			if from < title {
				inTitle = 1
			}
			if part, plain := wordPart(text[from:], end-from); plain && end-from <= 8 {
				g.found(g.table.short(part), inTitle)
			} else {
				g.longer(text[from:], end-from, inTitle)
			}
			from = at + bits.TrailingZeros64(starts) - 1
			starts &= starts - 1
		}
	}
}

// longer takes the words of the first bytes of a text, which are longer than one part
// or have characters beyond ASCII.
func (g *storyWords) longer(text []byte, size int, inTitle hit) {
	if size > 8 && size <= 16 {
		first, plain := wordPart(text, size)
		second, also := wordPart(text[8:], size-8)
		if plain && also {
			g.found(g.table.number(word{a: first, b: second}), inTitle)
			return
		}
	}
	eachWord(text[:size], func(w word) { g.found(g.table.number(w), inTitle) })
}

// wordPart gives the first n bytes of a text, of letters and digits, as a part of a
// word, of n at most; not plain when there is one beyond ASCII among them.
func wordPart(text []byte, n int) (part uint64, plain bool) {
	b := binary.LittleEndian.Uint64(text)
	these := uint64(1)<<(8*uint(n)) - 1
	return bits.ReverseBytes64((b | ('a'-'A')*each) & these), b&these&high == 0 // a digit stays what it is
}

// wordBytes gives a bit for each of 64 bytes, the lowest for the first: whether it
// may be of a word, as a letter, a digit, or of a character beyond ASCII.
func wordBytes(text *[64]byte) (in uint64) {
	for i := 0; i < len(text); i += 8 {
		b := binary.LittleEndian.Uint64(text[i:])
		low := b &^ high
		lower := low | ('a'-'A')*each
		// The high bit of each byte tells whether it is from first to last.
		letters := (lower + (0x80-'a')*each) &^ (lower + (0x7f-'z')*each)
		digits := (low + (0x80-'0')*each) &^ (low + (0x7f-'9')*each)
		// A multiplication brings the high bits together.
		in |= ((letters | digits | b) & high >> 7 * 0x0102040810204080) >> 56 << i
	}
	return in
}

// eachWord calls found with the words of a text that has letters, digits, and
// characters beyond ASCII alone.
func eachWord(text []byte, found func(w word)) {
	for len(text) > 0 {
		var w [longestWord]byte
		plain, end := true, 0
		next := 0
		for end < len(text) {
			if c := text[end]; c < utf8.RuneSelf {
				if end < len(w) { // what is longer is cut
					w[end] = c | ('a' - 'A')
				}
				end++
				continue
			}
			r, size := utf8.DecodeRune(text[end:])
			if !isWordRune(r) {
				next = size
				break
			}
			plain = false
			end += size
		}
		if !plain {
			if word := foldWord(string(text[:end])); len(word) > 1 {
				found(wordOf(word))
			}
		} else if end > 1 {
			found(word{
				binary.BigEndian.Uint64(w[:]), binary.BigEndian.Uint64(w[8:]),
				binary.BigEndian.Uint64(w[16:]), binary.BigEndian.Uint64(w[24:]),
			})
		}
		text = text[end+next:]
	}
}

func isWordRune(r rune) bool {
	return r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') ||
		r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

func foldWord(word string) string {
	folded := strings.ToLower(word)
	for i := 0; i < len(word); i++ {
		if word[i] >= utf8.RuneSelf {
			if slug := issue.Slug(word); slug != "" {
				folded = slug
			}
			break
		}
	}
	if len(folded) > longestWord {
		folded = strings.ToValidUTF8(folded[:longestWord], "")
	}
	return folded
}

// searchIndex is the index while issues pass by.
type searchIndex struct {
	site    *site
	count   uint64    // of stories
	block   wordBlock // under way
	known   []byte    // the block as it was kept
	blocks  []packedBlock
	pieces  []string // names of the pieces of stories
	ready   []File   // those that were not handed out yet
	handed  []string // paths of those that flush handed out
	piece   storyPieces
	scratch []byte // that facts are read into
}

// storyPieces is the piece of stories under way, {"i": issues, "s": stories}, as
// JSON: an issue is [number and title, path, date], a story [issue in the piece,
// anchor, title, host].
type storyPieces struct {
	parts []storyPart
	count int // of stories
	key   packer
	// What a piece is written into, with a comma behind each.
	issues, stories []byte
}

// storyPart is stories of one issue.
type storyPart struct {
	issue  int
	packed []byte // they and others behind them
	count  int
}

func newSearchIndex(s *site) *searchIndex {
	return &searchIndex{site: s, block: wordBlock{words: newWordTable(s.seed, 1<<12)}}
}

// stories adds the packed stories of an issue to the pieces of stories. key stands
// for them, and what lists tell of the issue.
func (x *searchIndex) stories(i int, key Key, packed []byte) {
	for at := 0; len(packed) > 0; {
		part := storyPart{issue: i, packed: packed}
		for len(packed) > 0 && x.piece.count+part.count < storyPiece {
			packed = skipStory(packed)
			part.count++
		}
		x.piece.parts = append(x.piece.parts, part)
		x.piece.key = append(x.piece.key, key[:]...)
		x.piece.key.number(uint64(at))
		x.piece.key.number(uint64(part.count))
		at += part.count
		x.count += uint64(part.count)
		if x.piece.count += part.count; x.piece.count == storyPiece {
			x.cutStories()
		}
	}
}

// cutStories ends the piece of stories under way.
func (x *searchIndex) cutStories() {
	piece := &x.piece
	if piece.count == 0 {
		return
	}
	key := x.site.key("stories", string(piece.key))
	file := File{Key: key}
	if share, ok := x.site.recall(key, &x.scratch); ok && len(share.Files) == 1 {
		file.Path, file.Kept = share.Files[0], true
	} else {
		piece.issues, piece.stories = piece.issues[:0], piece.stories[:0]
		for n, part := range piece.parts {
			link := &x.site.links[part.issue]
			name := link.Title
			if link.Number > 0 {
				name = strconv.Itoa(link.Number) + " · " + name
			}
			piece.issues = append(appendJSON(append(piece.issues, '['), name, link.Path, link.ISODate), "],"...)
			for range part.count {
				var story story
				story, part.packed = unpackStory(part.packed, nil)
				title, host := story.title, hostOf(story.url)
				if title == "" {
					title = orUntitled(host)
				}
				row := append(strconv.AppendInt(append(piece.stories, '['), int64(n), 10), ',')
				piece.stories = append(appendJSON(row, story.id, title, host), "],"...)
			}
		}
		body := slices.Concat([]byte(`{"i":[`), bytes.TrimSuffix(piece.issues, []byte(",")), []byte(`],"s":[`),
			bytes.TrimSuffix(piece.stories, []byte(",")), []byte("]}\n"))
		file = pieceFile("d", ".json", body)
		file.Key = key
	}
	x.ready = append(x.ready, file)
	x.pieces = append(x.pieces, strings.TrimPrefix(file.Path, "site/search/"))
	*piece = storyPieces{parts: piece.parts[:0], key: piece.key[:0], issues: piece.issues, stories: piece.stories}
}

func pieceFile(kind, ext string, body []byte) File {
	sum := sha256.Sum256(body)
	return File{Path: "site/search/" + kind + "-" + hex.EncodeToString(sum[:6]) + ext, Body: body, Key: Key(sum[:])}
}

// flush hands out the pieces of stories that are whole: a long archive's don't
// wait in memory.
func (x *searchIndex) flush(emit func(File) error) error {
	for _, file := range x.ready {
		key := file.Key
		if file.Kept {
			file.Key = Key{}
		}
		if err := emit(file); err != nil {
			return err
		}
		if !file.Kept {
			if err := x.site.keep(key, []string{file.Path}, nil); err != nil {
				return err
			}
		}
		x.handed = append(x.handed, file.Path)
	}
	x.ready = nil
	return nil
}

// write hands out the other pieces and then the index of all.
func (x *searchIndex) write(emit func(File) error) error {
	x.cutStories()
	if err := x.flush(emit); err != nil {
		return err
	}
	index := struct {
		Count   uint64      `json:"count"`
		Piece   int         `json:"piece"`
		Most    int         `json:"most"`
		Words   [][2]string `json:"words"` // first word, file
		Stories []string    `json:"stories"`
	}{Count: x.count, Piece: storyPiece, Most: mostPlaces, Words: [][2]string{}, Stories: append([]string{}, x.pieces...)}
	var piece, line []byte
	first := ""
	cut := func() error { // the file keeps the piece, so that the next one is another
		if len(piece) == 0 {
			return nil
		}
		file := pieceFile("w", ".txt", piece)
		index.Words = append(index.Words, [2]string{first, strings.TrimPrefix(file.Path, "site/search/")})
		piece = make([]byte, 0, wordPiece)
		return emit(file)
	}
	err := x.mergeBlocks(func(word []byte, in []*wordReader) error {
		line = appendLine(line[:0], word, in)
		if len(piece)+len(line) > wordPiece {
			if err := cut(); err != nil {
				return err
			}
		}
		if len(piece) == 0 {
			first = string(word)
		}
		piece = append(piece, line...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing the search index: %w", err)
	}
	if err := cut(); err != nil {
		return err
	}
	body, err := json.Marshal(index)
	if err != nil {
		return fmt.Errorf("writing the search index: %w", err)
	}
	return emit(File{Path: "site/search/index.json", Body: body})
}

// appendLine writes a word with its newest places.
func appendLine(line, word []byte, in []*wordReader) []byte {
	skip := -mostPlaces
	for _, r := range in {
		skip += r.list.count
	}
	line = append(line, word...)
	before := uint64(0)
	for _, r := range in {
		list := r.list
		if skip >= list.count {
			skip -= list.count
			continue
		}
		if skip > 0 {
			list, skip = list.without(skip), 0
		}
		line = appendBase36(append(line, ' '), r.first+list.first-before)
		line = append(line, list.text...)
		before = r.first + list.last
	}
	return append(line, '\n')
}
