package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// packWords packs words with their places as a block does.
func packWords(words []string, places map[string][]uint64) []byte {
	var p packer
	for _, word := range words {
		var list []uint32
		for _, place := range places[word] {
			list = append(list, uint32(place))
		}
		p.word(wordOf(word))
		p.places(list)
	}
	return p
}

// Words are found as search.js finds them in a query, wherever they stand, once in
// a story, and in its title when they are there.
func FuzzStoryWords(f *testing.F) {
	for _, text := range []string{
		"", "a", "An API-key\nof 2026, x", "exactly8 letters9x", "Caf\u00e9s \u2014 na\u00efve \u2019twas it\u2019s \u00e9 \u65e5\u672c", "@[`{/:09azAZ",
		"abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz012345", "bad \xff utf\xc3", "nul\x00nul \x10\x11",
		"the The a thE caf\u00e9 cafe a long-windedness LONG-WINDEDNESS",
		strings.Repeat("x", 63) + " a bc", strings.Repeat("-", 62) + "ab", strings.Repeat("-", 63) + "ab", strings.Repeat("-", 63) + "a b", strings.Repeat("-", 64) + "ab",
		strings.Repeat("-", 61) + "a\u00e9b", strings.Repeat("on and on ", 30), strings.Repeat("\u00e9", 70),
	} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, title, text string) {
		g := storyWords{table: newWordTable([4]uint64{1, 2, 3, 4}, 4)}
		start := 0
		for range 2 { // stories
			g.text = append(g.text[:0], title+"\n"+text...)
			g.story(len(title) + 1)
			var got, want []string
			for _, h := range g.hits[start:g.count] {
				got = append(got, fmt.Sprintf("%s %d", g.table.word(uint32(h>>1)).append(nil), h&1))
			}
			start = g.count
			g.ends = append(g.ends, uint32(start))
			seen := map[string]bool{}
			for i, part := range []string{title, text} {
				for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == utf8.RuneError || !isWordRune(r) }) {
					if word = foldWord(word); len(word) > 1 && !seen[word] {
						seen[word] = true
						want = append(want, fmt.Sprintf("%s %d", word, 1-i))
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, %q has the words %q, want %q", title, text, got, want)
			}
		}
	})
}

// A table gives each word one number, as a map does, whatever their lengths are and
// however they begin.
func TestWordTable(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	table, numbers := newWordTable([4]uint64{5, 6, 7, 8}, 4), map[string]uint32{}
	for round := range 3 {
		table.clear()
		clear(numbers)
		for range 5000 << round {
			text := strings.Repeat("ab", random.IntN(2)*random.IntN(15)) + fmt.Sprint(random.IntN(3000))
			known, ok := numbers[text]
			if !ok {
				known = uint32(len(numbers) + 1)
				numbers[text] = known
			}
			if got := table.number(wordOf(text)); got != known || string(table.word(got).append(nil)) != text {
				t.Fatalf("%s is word %d, %s; want %d", text, got, table.word(got).append(nil), known)
			}
		}
	}
}

// CVE numbers are found wherever they stand, as one pattern alone finds them.
func FuzzFindCVEs(f *testing.F) {
	for _, text := range []string{
		"CVE-2026-1234", "-cve-2026-1234567890, CVE-2026-12345678901 and CVE-2026-123", "xCVE-2026-1234 _CVE-2026-1234 éCVE-2026-1234é",
		"CVE-CVE-2026-12345678-CVE-2026-4321- cve-2026-1234", "Cve-2026-1234 CVE--2026-1234 CVE-2026-12345x CVE",
	} {
		f.Add(text)
	}
	whole := regexp.MustCompile(`\b(?:CVE|cve)-[0-9]{4}-[0-9]{4,10}\b`)
	f.Fuzz(func(t *testing.T, text string) {
		var want []string
		for _, id := range whole.FindAllString(text, -1) {
			if id = strings.ToUpper(id); !slices.Contains(want, id) {
				want = append(want, id)
			}
		}
		if got := findCVEs([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	})
}

// A packed block reads the same whole and in pieces, and whatever the pieces are;
// what is broken ends it, and is said.
func FuzzPackedWords(f *testing.F) {
	f.Add(packWords([]string{"a", "bb", "word"}, map[string][]uint64{"a": {0, 3, 300}, "bb": {2}, "word": {1 << 20}}), uint8(3))
	f.Add([]byte{33, 'x'}, uint8(1))
	f.Add([]byte{1, 'x', 5, 1, 2}, uint8(2))
	f.Add(binary.AppendUvarint([]byte{0}, 1<<40), uint8(1))
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		read := func(r *wordReader) (all []string) {
			for r.next() {
				all = append(all, fmt.Sprintf("%q", appendLine(nil, r.word, []*wordReader{r})))
				all = append(all, fmt.Sprint(r.list.places(nil)))
				for n := range min(r.list.count, 50) {
					all = append(all, fmt.Sprintf("%d %q", n, r.list.without(n).text))
				}
			}
			return append(all, fmt.Sprint(r.err != nil))
		}
		whole := read(&wordReader{window: body})
		pieces := read(&wordReader{in: iotest.OneByteReader(bytes.NewReader(body)), buffer: make([]byte, size)})
		if !slices.Equal(whole, pieces) {
			t.Errorf("whole: %v\nin pieces: %v", whole, pieces)
		}
		if failed := read(&wordReader{in: io.MultiReader(bytes.NewReader(body), iotest.ErrReader(io.ErrClosedPipe)), buffer: make([]byte, size)}); failed[len(failed)-1] != "true" {
			t.Error("a disk that fails is the end of the words")
		}
	})
}

// What earlier renderings left is read as it was kept; what is broken ends.
func FuzzFacts(f *testing.F) {
	var packedEntry packer
	packedEntry.entries([]entry{{ID: "tag:x", Title: "T", HTML: "<p>", Tags: []string{"a"}, Published: noon(time.Unix(1e9, 0)), Items: []entry{{URL: "https://a.example/"}}}})
	f.Add(rendered{notices: []string{"cut"}, digest: digest{
		minutes: 3, stories: []byte{1, 'a', 0, 1, 'a', 1, 2, 'M', 'S'}, cves: []cvePlace{{"CVE-2026-1", 0}, {"CVE-2026-2", -1}},
		entry: packedEntry,
	}}.facts())
	f.Add([]byte{keptVersion, 255, 255, 255, 255, 15})
	f.Fuzz(func(t *testing.T, body []byte) {
		for rest := body; len(rest) > 0; {
			_, rest = unpackStory(rest, func(string) {})
		}
		u := unpacker{rest: body}
		u.entries()
		r, err := readFacts(body)
		if err != nil {
			return
		}
		if again, err := readFacts(r.facts()); err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%+v is kept as %+v, %v", r, again, err)
		}
	})
}

// The titles, addresses, places and names of stories come back as they were kept.
func TestStoriesAreUnpacked(t *testing.T) {
	var p packer
	want := []story{{"A title", "https://a.example/", "a-title"}, {"", "", "item-2"}}
	wantNames := [][]string{{"Microsoft", "Okta"}, nil}
	for i, s := range want {
		p.string(s.title)
		p.string(s.url)
		p.string(s.id)
		p.strings(wantNames[i])
	}
	var got []story
	var gotNames [][]string
	for rest := []byte(p); len(rest) > 0; {
		var s story
		var names []string
		s, rest = unpackStory(rest, func(name string) { names = append(names, name) })
		got, gotNames = append(got, s), append(gotNames, names)
	}
	if !slices.Equal(got, want) || !reflect.DeepEqual(gotNames, wantNames) {
		t.Errorf("they are %q with %q, want %q with %q", got, gotNames, want, wantNames)
	}
}

// The words of many blocks come out in order, each with the stories of all blocks
// that have it, the newest of them where there are too many.
func TestBlocksAreMerged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string][]uint64{}
	x := searchIndex{site: &site{}}
	for first := uint64(0); first < 40_000; first += 400 {
		here := map[string][]uint64{}
		for story := range uint64(400) {
			for _, word := range []string{"every", fmt.Sprint("w", random.IntN(30)), fmt.Sprint("rare", random.IntN(5000))} {
				title := uint64(random.IntN(2))
				here[word] = append(here[word], story<<1|title)
				want[word] = append(want[word], (first+story)<<1|title)
			}
		}
		var words []string
		for word := range here {
			words = append(words, word)
		}
		slices.Sort(words)
		x.blocks = append(x.blocks, packedBlock{first: first, packed: packWords(words, here)})
	}
	var seen []string
	err := x.mergeBlocks(func(word []byte, in []*wordReader) error {
		seen = append(seen, string(word))
		line := appendLine(nil, word, in)
		places := want[string(word)]
		expect, before := string(word), uint64(0)
		for _, place := range places[max(0, len(places)-mostPlaces):] {
			expect += fmt.Sprintf(" %s", formatBase36(place>>1-before))
			if place&1 == 1 {
				expect += "!"
			}
			before = place >> 1
		}
		if string(line) != expect+"\n" {
			t.Fatalf("%s is\n%.200s\nwant\n%.200s", word, line, expect)
		}
		return nil
	})
	if err != nil || len(seen) != len(want) || !slices.IsSorted(seen) {
		t.Errorf("%d words of %d, in order %v: %v", len(seen), len(want), slices.IsSorted(seen), err)
	}
}

func formatBase36(n uint64) string {
	if n < 36 {
		return string("0123456789abcdefghijklmnopqrstuvwxyz"[n])
	}
	return formatBase36(n/36) + formatBase36(n%36)
}

// What is broken of a known block is said; its words are not dropped.
func TestBrokenBlockIsSaid(t *testing.T) {
	whole := packWords([]string{"one", "two"}, map[string][]uint64{"one": {1}, "two": {3, 4}})
	for cut := range len(whole) {
		b := wordBlock{packed: whole[:cut], known: []blockIssue{{Key{1}, 3}}, issues: []blockIssue{{Key{1}, 3}, {Key{2}, 1}}, from: []int{0, -1}, words: newWordTable([4]uint64{}, 4), hits: []hit{1 << 1}, ends: []uint32{0, 0, 0, 1}}
		b.words.number(wordOf("three"))
		if _, _, _, err := b.pack(); !errors.Is(err, ErrMemory) && cut != 0 && cut != len(packWords([]string{"one"}, map[string][]uint64{"one": {1}})) {
			t.Errorf("cut at %d, nothing is said", cut)
		}
	}
}
