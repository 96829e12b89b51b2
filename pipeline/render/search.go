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

// eachWord calls found with the words of a text: letters and digits in lower
// case without accents. search.js folds a query in the same way.
func eachWord(text []byte, found func(w word)) {
	for i := 0; i < len(text); {
		var w word
		start, n := i, 8
		for k := 0; n == 8; k++ {
			var part uint64
			part, n = wordPart(text[i:])
			i += n
			switch k { // what is longer is cut
			case 0:
				w.a = part
			case 1:
				w.b = part
			case 2:
				w.c = part
			case 3:
				w.d = part
			}
		}
		if i == len(text) || text[i] < utf8.RuneSelf { // as nearly all words end
			if i-start > 1 {
				found(w)
			}
			i++
			continue
		}
		// A letter beyond ASCII may be in the word, at its end or at its start.
		plain, end := true, i
		for i < len(text) {
			r, size := utf8.DecodeRune(text[i:])
			if !isWordRune(r) {
				break
			}
			plain = plain && r < utf8.RuneSelf
			i += size
		}
		switch {
		case i == start: // no word begins here
			_, size := utf8.DecodeRune(text[i:])
			i += size
		case !plain:
			if word := foldWord(string(text[start:i])); len(word) > 1 {
				found(wordOf(word))
			}
		case end-start > 1:
			found(w)
		}
	}
}

// wordPart gives the letters and digits of ASCII that text begins with, in lower
// case, as a part of a word, and how many they are: eight at most. It looks at
// eight bytes at once, so that nothing is foreseen wrongly where a word ends.
func wordPart(text []byte) (part uint64, n int) {
	var last [8]byte
	if len(text) < len(last) {
		copy(last[:], text)
		text = last[:]
	}
	bytes := binary.LittleEndian.Uint64(text)
	low := bytes &^ high
	lower := low | ('a'-'A')*each // a digit stays what it is
	// The high bit of each byte tells whether it is from first to last.
	letters := (lower + (0x80-'a')*each) &^ (lower + (0x7f-'z')*each)
	digits := (low + (0x80-'0')*each) &^ (low + (0x7f-'9')*each)
	others := (^(letters | digits) | bytes) & high
	n = bits.TrailingZeros64(others) / 8
	return bits.ReverseBytes64(lower & (1<<(8*n) - 1)), n
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
				story, _, part.packed = unpackStory(part.packed)
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
