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
	"maps"
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

// itemWords are the words of one story, sorted and once each.
type itemWords struct {
	title []string
	text  []string // without those of the title
}

func wordsOf(v *ItemView, item *issue.Item) itemWords {
	var w itemWords
	title := searchWords(v.Text+" "+strings.ReplaceAll(v.Host, ".", " "), nil)
	text := map[string]bool{}
	for i := range item.Parts {
		text = searchWords(issue.PlainBlocks(item.Parts[i].Blocks), text)
	}
	for word := range title {
		w.title = append(w.title, word)
		delete(text, word)
	}
	for word := range text {
		w.text = append(w.text, word)
	}
	slices.Sort(w.title)
	slices.Sort(w.text)
	return w
}

// searchWords adds the words of a text to a set: letters and digits in lower
// case without accents. search.js folds a query in the same way.
func searchWords(text string, into map[string]bool) map[string]bool {
	if into == nil {
		into = map[string]bool{}
	}
	for len(text) > 0 {
		start := strings.IndexFunc(text, isWordRune)
		if start < 0 {
			break
		}
		text = text[start:]
		end := strings.IndexFunc(text, func(r rune) bool { return !isWordRune(r) })
		if end < 0 {
			end = len(text)
		}
		if word := foldWord(text[:end]); len(word) > 1 {
			into[word] = true
		}
		text = text[end:]
	}
	return into
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

// searchIndex is the index while issues pass by. Per word it keeps the numbers
// of its stories as differences in varints, so that a long archive's index is
// a few bytes a word and story.
type searchIndex struct {
	places map[string]*wordPlaces
	count  uint64
	pieces []string // names of the pieces of stories
	ready  []File   // those that were not handed out yet
	handed []string // paths of those that flush handed out
	piece  storyData
}

type wordPlaces struct {
	last  uint64
	count int
	bytes []byte
}

// storyData is a piece of stories as JSON.
type storyData struct {
	Issues  [][3]string `json:"i"` // number and title, path, date
	Stories []storyRow  `json:"s"`
}

// storyRow is [issue in the piece, anchor, title, host].
type storyRow [4]any

func newSearchIndex() *searchIndex { return &searchIndex{places: map[string]*wordPlaces{}} }

// issue adds the stories of an issue.
func (x *searchIndex) issue(s *site, f *facts, i int, items []itemWords) {
	link := s.links[i]
	name := link.Title
	if link.Number > 0 {
		name = strconv.Itoa(link.Number) + " · " + name
	}
	known := false
	for k, words := range items {
		if !known {
			x.piece.Issues = append(x.piece.Issues, [3]string{name, link.Path, link.ISODate})
			known = true
		}
		head := s.Heads[i].Items[k]
		title, host := clean(head.Title), hostOf(safeURL(head.URL))
		if title == "" {
			title = orUntitled(host)
		}
		x.piece.Stories = append(x.piece.Stories, storyRow{len(x.piece.Issues) - 1, f.anchor(place{int32(i), int32(k)}), title, host})
		for _, word := range words.title {
			x.put(word, 1)
		}
		for _, word := range words.text {
			x.put(word, 0)
		}
		x.count++
		if len(x.piece.Stories) == storyPiece {
			x.cutStories()
			known = false
		}
	}
}

func (x *searchIndex) put(word string, title uint64) {
	p := x.places[word]
	if p == nil {
		p = &wordPlaces{}
		x.places[strings.Clone(word)] = p
	}
	p.bytes = binary.AppendUvarint(p.bytes, (x.count-p.last)<<1|title)
	p.last = x.count
	p.count++
}

func (x *searchIndex) cutStories() {
	if len(x.piece.Stories) == 0 {
		return
	}
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	_ = w.Encode(x.piece) // strings and numbers can't fail
	file := pieceFile("d", ".json", b.Bytes())
	x.ready = append(x.ready, file)
	x.pieces = append(x.pieces, strings.TrimPrefix(file.Path, "site/search/"))
	x.piece = storyData{}
}

func pieceFile(kind, ext string, body []byte) File {
	sum := sha256.Sum256(body)
	return File{Path: "site/search/" + kind + "-" + hex.EncodeToString(sum[:6]) + ext, Body: body}
}

// flush hands out the pieces of stories that are whole: a long archive's don't
// wait in memory.
func (x *searchIndex) flush(emit func(File) error) error {
	for _, file := range x.ready {
		if err := emit(file); err != nil {
			return err
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
	var piece []byte
	first := ""
	cut := func() error {
		if len(piece) == 0 {
			return nil
		}
		file := pieceFile("w", ".txt", piece)
		index.Words = append(index.Words, [2]string{first, strings.TrimPrefix(file.Path, "site/search/")})
		piece = nil
		return emit(file)
	}
	for _, word := range slices.Sorted(maps.Keys(x.places)) {
		line := x.places[word].line(word)
		if len(piece)+len(line) > wordPiece {
			if err := cut(); err != nil {
				return err
			}
		}
		if len(piece) == 0 {
			first = word
		}
		piece = append(piece, line...)
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

// line writes a word with its newest places.
func (p *wordPlaces) line(word string) []byte {
	line := append([]byte(nil), word...)
	rest, at, skip := p.bytes, uint64(0), p.count-mostPlaces
	before := uint64(0)
	for len(rest) > 0 {
		value, n := binary.Uvarint(rest)
		if n <= 0 {
			break
		}
		rest = rest[n:]
		at += value >> 1
		if skip--; skip >= 0 {
			continue
		}
		line = append(line, ' ')
		line = strconv.AppendUint(line, at-before, 36)
		if value&1 == 1 {
			line = append(line, '!')
		}
		before = at
	}
	return append(line, '\n')
}
