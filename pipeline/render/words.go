package render

// This file gathers the words of the search index in blocks of issues. A block
// is small enough to be held while its issues pass by; packed, it is kept for
// the next rendering, which then needs the words of changed issues only. In
// the end the blocks are merged, a word at a time, so that an archive of any
// length fits in memory.

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"sort"
	"strconv"

	"github.com/pullquote/pullquote/pipeline/issue"
)

const (
	blockIssues = 64       // in a block
	longestList = 16 << 20 // bytes of one word's places in a block: more is no block of ours
)

// wordBlock is one block under way.
type wordBlock struct {
	number int
	key    Key          // it is kept under; zero when it is not
	known  []blockIssue // of the block as the last rendering left it
	at     map[Key]int  // of an issue in known
	packed []byte       // its words

	issues []blockIssue
	from   []int // of each: its place in known; -1 when its words are new
	words  wordTable
	hits   []hit
	places []uint32 // among words: of each word of the issue that is being added
	count  uint32   // of stories
}

// word is one of the index, of at most longestWord bytes: eight of them in each
// part, the first one highest, and zeros behind the last. So words are compared
// and hashed without a loop, and the parts are in the order of the words.
type word struct{ a, b, c, d uint64 }

// wordTable numbers words from 1, in the order in which they come.
type wordTable struct {
	seed  [4]uint64 // secret: nobody can write words that share their slots
	words []word
	slots []wordSlot // by hash; at least a quarter is free, their count is a power of two
}

// wordSlot has all that is looked at when a short word comes again.
type wordSlot struct {
	a      uint64 // of the word
	number uint32 // 0: it is free
	last   uint32 // for storyWords: 1 + the story that had the word last
}

// storyWords are the words that the stories of an issue are found by, and what
// they are gathered with.
type storyWords struct {
	text    []byte // of a story
	table   wordTable
	hits    []hit
	stories uint32
}

// words gathers those of an issue, and marks the CVEs in its view. They are given
// back to s.gathered.
func (s *site) words(is *issue.Issue, view *IssueView) *storyWords {
	g, ok := s.gathered.Get().(*storyWords)
	if !ok {
		g = &storyWords{table: newWordTable(s.seed, 1<<11)} // most issues have 1000 words
	}
	g.gather(is, view)
	return g
}

// gather takes the words of every story of an issue, and gives the CVEs that its
// items name to its view.
func (g *storyWords) gather(is *issue.Issue, view *IssueView) {
	g.table.clear()
	g.hits, g.stories = g.hits[:0], 0
	inTitle := uint32(0)
	add := func(w word) { // which is once in the story at hand
		if slot := g.table.slot(w); slot.last <= g.stories {
			slot.last = g.stories + 1
			g.hits = append(g.hits, hit{slot.number - 1, g.stories<<1 | inTitle})
		}
	}
	for k := range is.Items {
		v := &view.Items[k]
		g.text = append(append(append(append(g.text[:0], v.Text...), ' '), v.Host...), '\n')
		title := len(g.text)
		for i := range is.Items[k].Parts {
			g.text = issue.AppendPlainBlocks(g.text, is.Items[k].Parts[i].Blocks)
		}
		if is.Draft {
			continue // it is in no list
		}
		for _, id := range findCVEs(g.text[:len(v.Text)], []byte(is.Items[k].URL), g.text[title:]) {
			v.CVEs = append(v.CVEs, TopicLink{Name: id, Path: topicPath(topicCVE, id)})
		}
		if v.Section {
			continue
		}
		inTitle = 1
		eachWord(g.text[:title], add)
		inTitle = 0
		eachWord(g.text[title:], add)
		g.stories++
	}
}

// wordOf gives the word of a text of at most longestWord bytes, none of them 0.
func wordOf(text string) word {
	var b [longestWord]byte
	copy(b[:], text)
	return word{
		binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:]),
		binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[24:]),
	}
}

// append writes the word.
func (w word) append(to []byte) []byte {
	for _, part := range [...]uint64{w.a, w.b, w.c, w.d} {
		to = binary.BigEndian.AppendUint64(to, part)[:len(to)+8-bits.TrailingZeros64(part)/8]
	}
	return to
}

func (w word) compare(other word) int {
	return cmp.Or(cmp.Compare(w.a, other.a), cmp.Compare(w.b, other.b), cmp.Compare(w.c, other.c), cmp.Compare(w.d, other.d))
}

// newWordTable gives one with room for three words in four slots.
func newWordTable(seed [4]uint64, slots int) wordTable {
	return wordTable{seed: seed, slots: make([]wordSlot, slots)}
}

func (t *wordTable) clear() {
	if len(t.words) > 0 {
		clear(t.slots)
		t.words = t.words[:0]
	}
}

// first is where the slot of a word is looked for first.
func (t *wordTable) first(w word) uint64 {
	high, low := bits.Mul64(w.a^t.seed[0], w.b^t.seed[1])
	more, less := bits.Mul64(w.c^t.seed[2], w.d^t.seed[3])
	return (high ^ low ^ more ^ less) & uint64(len(t.slots)-1)
}

// slot gives that of a word, which is new when it wasn't there. It holds until
// the next word comes.
func (t *wordTable) slot(w word) *wordSlot {
	for at := t.first(w); ; at++ {
		slot := &t.slots[at&uint64(len(t.slots)-1)]
		if slot.number == 0 {
			return t.put(w, slot)
		}
		if slot.a == w.a && (byte(w.a) == 0 || t.words[slot.number-1] == w) { // one that ends in its first part has no other
			return slot
		}
	}
}

// put puts a new word into its slot, or into that which it has in a larger table.
func (t *wordTable) put(w word, slot *wordSlot) *wordSlot {
	if 4*(len(t.words)+1) > 3*len(t.slots) {
		t.grow()
		return t.slot(w)
	}
	t.words = append(t.words, w)
	*slot = wordSlot{a: w.a, number: uint32(len(t.words))}
	return slot
}

func (t *wordTable) grow() {
	old := t.slots
	t.slots = make([]wordSlot, 2*len(old))
	for _, slot := range old {
		if slot.number > 0 {
			at := t.first(t.words[slot.number-1])
			for t.slots[at].number > 0 {
				at = (at + 1) & uint64(len(t.slots)-1)
			}
			t.slots[at] = slot
		}
	}
}

// blockIssue is an issue of a block.
type blockIssue struct {
	key     Key
	stories uint32
}

// hit says that a word is in a story: its place in the block, times two, and
// one more when the word is in the title.
type hit struct {
	word  uint32 // its place among the words
	place uint32
}

// packedBlock is a block that is done.
type packedBlock struct {
	first  uint64 // its first story
	key    Key
	packed []byte // its words; nil when they are kept under key
}

// start makes ready for the block that issue i begins.
func (x *searchIndex) start(i int) (*wordBlock, error) {
	b := &x.block // what the block before has left is used again
	b.words.clear()
	*b = wordBlock{
		number: i / blockIssues, at: map[Key]int{}, words: b.words, issues: b.issues[:0], from: b.from[:0],
		hits: b.hits[:0], places: b.places,
	}
	if x.site.Memory == nil {
		return b, nil
	}
	b.key = x.site.key("words", strconv.Itoa(b.number))
	body, ok := x.site.facts(b.key, &x.known)
	if !ok {
		return b, nil
	}
	u := unpacker{rest: body}
	for range u.count() {
		var is blockIssue
		copy(is.key[:], u.bytes(len(is.key)))
		is.stories = uint32(u.number())
		b.at[is.key] = len(b.known)
		b.known = append(b.known, is)
	}
	if u.err != nil {
		b.known, b.at = nil, map[Key]int{}
		return b, nil
	}
	b.packed = u.rest
	return b, nil
}

// has tells whether the words of an issue are known.
func (b *wordBlock) has(key Key) bool {
	_, ok := b.at[key]
	return ok && key != (Key{})
}

// add puts an issue into the block; words are nil when has said yes.
func (b *wordBlock) add(key Key, words *storyWords) {
	if at, ok := b.at[key]; ok && key != (Key{}) && words == nil {
		b.issues, b.from = append(b.issues, b.known[at]), append(b.from, at)
		b.count += b.known[at].stories
		return
	}
	b.issues, b.from = append(b.issues, blockIssue{key, words.stories}), append(b.from, -1)
	// Each look at the block's slots is a cache miss: a first one at all of them,
	// on which nothing depends, lets them come at once, not one after the other.
	b.places = b.places[:0]
	for _, w := range words.table.words {
		b.places = append(b.places, b.words.slots[b.words.first(w)].number)
	}
	for i, w := range words.table.words {
		b.places[i] = b.words.slot(w).number - 1
	}
	for _, h := range words.hits {
		b.hits = append(b.hits, hit{b.places[h.word], b.count<<1 + h.place})
	}
	b.count += words.stories
}

// pack ends the block: it gives its bytes, where its words begin in them, and
// whether they are new.
func (b *wordBlock) pack() (packed []byte, words int, fresh bool, err error) {
	if len(b.known) == len(b.issues) && len(b.hits) == 0 && slices.IsSorted(b.from) && !slices.Contains(b.from, -1) {
		return nil, 0, false, nil
	}
	// Where the stories of a known issue are now.
	starts := make([]uint32, 0, len(b.issues))
	at := uint32(0)
	for _, is := range b.issues {
		starts = append(starts, at)
		at += is.stories
	}
	const gone = ^uint32(0)
	var moved []uint32 // by their old place
	for _, is := range b.known {
		for range is.stories {
			moved = append(moved, gone)
		}
	}
	olds := make([]uint32, 0, len(b.known))
	at = 0
	for _, is := range b.known {
		olds = append(olds, at)
		at += is.stories
	}
	for i, from := range b.from {
		if from >= 0 {
			for k := range b.issues[i].stories {
				moved[olds[from]+k] = starts[i] + k
			}
		}
	}
	// The new words in their order, each with its places. Plain numbers are sorted
	// fast: the last bits of a word's first part make room for its number, and those
	// that differ in no others are put right afterwards.
	table := b.words.words
	low := bits.Len(uint(len(table)))
	order := make([]uint64, len(table))
	for i, w := range table {
		order[i] = w.a>>low<<low | uint64(i)
	}
	slices.Sort(order)
	wordAt := func(i uint64) *word { return &table[i&(1<<low-1)] }
	for i, next := 0, 0; i < len(order); i = next {
		for next = i + 1; next < len(order) && order[next]>>low == order[i]>>low; {
			next++
		}
		slices.SortFunc(order[i:next], func(a, c uint64) int { return wordAt(a).compare(*wordAt(c)) })
	}
	// All is brought into that order at once: the cache misses of a loop this small
	// come together, those of the one below one after the other.
	sorted, rank := make([]word, len(order)), make([]uint32, len(order))
	for i, at := range order {
		sorted[i], rank[at&(1<<low-1)] = *wordAt(at), uint32(i)
	}
	ends := make([]uint32, len(order)+2) // of each word's places, one on; by counting
	for i, h := range b.hits {
		b.hits[i].word = rank[h.word]
		ends[b.hits[i].word+2]++
	}
	for i := range order {
		ends[i+2] += ends[i+1]
	}
	places := make([]uint32, len(b.hits))
	for _, h := range b.hits {
		places[ends[h.word+1]] = h.place
		ends[h.word+1]++
	}

	p := make(packer, 0, len(b.packed)+16*len(sorted)+2*len(b.hits)+32*len(b.issues))
	p.number(uint64(len(b.issues)))
	for _, is := range b.issues {
		p = append(p, is.key[:]...)
		p.number(uint64(is.stories))
	}
	head := len(p)
	known := wordReader{window: b.packed}
	more := known.next()
	var both []uint32
	var text []byte
	var list packer
	for i := 0; more || i < len(sorted); {
		compared := -1
		if i < len(sorted) {
			text = sorted[i].append(text[:0])
			if compared = 1; more {
				compared = bytes.Compare(known.word, text)
			}
		}
		both = both[:0]
		if compared <= 0 {
			text = append(text[:0], known.word...)
			both = known.list.places(both)
			kept := both[:0]
			for _, place := range both {
				if at := place >> 1; at < uint32(len(moved)) && moved[at] != gone {
					kept = append(kept, moved[at]<<1|place&1)
				}
			}
			both = kept
			more = known.next()
		}
		if compared >= 0 {
			both = append(both, places[ends[i]:ends[i+1]]...)
			i++
		}
		if len(both) == 0 {
			continue
		}
		if compared <= 0 && !slices.IsSorted(both) {
			slices.Sort(both)
		}
		list = appendPlaces(list[:0], both)
		p.bytes(text)
		p.bytes(list)
	}
	return p, head, true, known.err
}

// done ends the block under way.
func (x *searchIndex) done(b *wordBlock) error {
	first := x.count - uint64(b.count)
	packed, head, fresh, err := b.pack()
	if err != nil {
		return fmt.Errorf("gathering the words of the search index: %w", err)
	}
	if fresh && b.key != (Key{}) {
		if err := x.site.keep(b.key, nil, packed); err != nil {
			return err
		}
	}
	block := packedBlock{first: first, key: b.key}
	if b.key == (Key{}) {
		block.packed = packed[head:]
	}
	x.blocks = append(x.blocks, block)
	return nil
}

// wordReader reads the words of a packed block, in their order.
type wordReader struct {
	in     io.Reader
	window []byte // what was read and not looked at yet, in buffer
	buffer []byte
	first  uint64
	word   []byte // this and the text of list are in buffer until next is called again
	list   placeList
	err    error // other than the end
}

// placeList is the stories of a block that have a word, as they stand in a line of
// the index: a line is put together of those of all blocks, and no place looked at.
type placeList struct {
	first, last uint64 // the first one's number in the block, and the last one's
	count       int
	text        []byte // the line behind the number of the first one: "! 3 1a!"
}

// appendPlaces packs a list of places, of which there is one at least, in order.
func appendPlaces(p packer, places []uint32) packer {
	first, last := places[0], places[len(places)-1]
	p.number(uint64(first >> 1))
	p.number(uint64(last>>1 - first>>1))
	p.number(uint64(len(places)))
	for i, place := range places {
		if i > 0 {
			p = appendBase36(append(p, ' '), uint64(place>>1-places[i-1]>>1))
		}
		if place&1 == 1 {
			p = append(p, '!')
		}
	}
	return p
}

// readPlaces reads what appendPlaces packed.
func readPlaces(packed []byte) (list placeList, err error) {
	first, a := binary.Uvarint(packed)
	span, b := binary.Uvarint(packed[max(0, a):])
	count, c := binary.Uvarint(packed[max(0, a)+max(0, b):])
	if a <= 0 || b <= 0 || c <= 0 || count == 0 || count > longestList {
		return placeList{}, ErrMemory
	}
	return placeList{first, first + span, int(count), packed[a+b+c:]}, nil
}

// places adds all of them to to, as appendPlaces was given them.
func (l placeList) places(to []uint32) []uint32 {
	const end = ' '
	at, since, title := l.first, uint64(0), uint32(0)
	for _, c := range l.text {
		switch {
		case c == end:
			at += since
			to = append(to, uint32(at)<<1|title)
			since, title = 0, 0
		case c == '!':
			title = 1
		case c <= '9':
			since = 36*since + uint64(c-'0')
		default:
			since = 36*since + uint64(c-'a') + 10
		}
	}
	return append(to, uint32(at+since)<<1|title)
}

// without is the list without its first n places, of which it has more.
func (l placeList) without(n int) placeList {
	for text := l.text; n > 0; n-- {
		next := bytes.IndexByte(text, ' ') + 1
		text = text[next:]
		end := 0
		since := uint64(0)
		for ; end < len(text) && text[end] != ' ' && text[end] != '!'; end++ {
			digit := uint64(text[end] - '0')
			if text[end] > '9' {
				digit = uint64(text[end]-'a') + 10
			}
			since = 36*since + digit
		}
		text = text[end:]
		l.first, l.count, l.text = l.first+since, l.count-1, text
	}
	return l
}

// appendBase36 writes a number as strconv.AppendUint does, and most at once.
func appendBase36(b []byte, n uint64) []byte {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	switch {
	case n < 36:
		return append(b, digits[n])
	case n < 36*36:
		return append(b, digits[n/36], digits[n%36])
	}
	return strconv.AppendUint(b, n, 36)
}

// fill reads on until n bytes are there, or all.
func (r *wordReader) fill(n int) {
	if n > len(r.buffer) {
		r.buffer = append(make([]byte, 0, max(n, 2*len(r.buffer))), r.window...)
		r.buffer = r.buffer[:cap(r.buffer)]
	} else {
		copy(r.buffer, r.window)
	}
	have := len(r.window)
	for have < n && r.in != nil {
		more, err := r.in.Read(r.buffer[have:])
		if have += more; err != nil {
			if r.in = nil; err != io.EOF {
				r.err = err
			}
		}
	}
	r.window = r.buffer[:have]
}

// number reads one; ok is false at the end, and where there is none.
func (r *wordReader) number() (v uint64, ok bool) {
	if len(r.window) < binary.MaxVarintLen64 && r.in != nil {
		r.fill(binary.MaxVarintLen64)
	}
	v, n := binary.Uvarint(r.window)
	if n <= 0 {
		if len(r.window) > 0 && r.err == nil {
			r.err = ErrMemory
		}
		return 0, false
	}
	r.window = r.window[n:]
	return v, true
}

// next reads the next word with its list; false at the end, and at an error.
func (r *wordReader) next() bool {
	// Both behind their lengths; all of it must be there at once to stay in place.
	const most = 2*binary.MaxVarintLen64 + longestWord
	if len(r.window) < most && r.in != nil {
		r.fill(most)
	}
	size, ok := r.number()
	if !ok {
		return false
	}
	if size > longestWord || size > uint64(len(r.window)) {
		r.err = ErrMemory
		return false
	}
	word := r.window[:size]
	r.window = r.window[size:]
	length, ok := r.number()
	if !ok || length > longestList {
		r.err = ErrMemory
		return false
	}
	if n := int(length); n > len(r.window) {
		r.word = append(r.word[:0:0], word...) // reading on moves it
		word = r.word
		if r.fill(n); n > len(r.window) {
			r.err = ErrMemory
			return false
		}
	}
	list, err := readPlaces(r.window[:length])
	if err != nil {
		r.err = err
		return false
	}
	r.word, r.list, r.window = word, list, r.window[length:]
	return true
}

// before tells which of two readers comes first: the one with the first word; of
// two with one word the older block.
func (r *wordReader) before(other *wordReader) bool {
	if c := bytes.Compare(r.word, other.word); c != 0 {
		return c < 0
	}
	return r.first < other.first
}

// mergeBlocks calls each with every word of the archive, in order, and the blocks
// that have it, the oldest first.
func (x *searchIndex) mergeBlocks(each func(word []byte, in []*wordReader) error) error {
	var readers []*wordReader // of which each comes before the next
	buffer := min(max(256<<10/max(1, len(x.blocks)), 2<<10), 32<<10)
	for _, block := range x.blocks {
		in, err := x.site.open(block.key, block.packed)
		if err != nil {
			return err
		}
		r := &wordReader{in: in, buffer: make([]byte, buffer), first: block.first}
		if block.packed == nil { // kept with its head
			r.skipHead()
		}
		if r.next() {
			readers = append(readers, r)
		} else if r.err != nil {
			return r.err
		}
	}
	slices.SortFunc(readers, func(a, b *wordReader) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for len(readers) > 0 {
		same := 1
		for same < len(readers) && bytes.Equal(readers[same].word, readers[0].word) {
			same++
		}
		if err := each(readers[0].word, readers[:same]); err != nil {
			return err
		}
		// The last of them finds its new place first, so that the others stay put.
		for i := same - 1; i >= 0; i-- {
			r := readers[i]
			if !r.next() {
				if r.err != nil {
					return r.err
				}
				readers = slices.Delete(readers, i, i+1)
				continue
			}
			behind := readers[i+1:]
			to := sort.Search(len(behind), func(k int) bool { return r.before(behind[k]) })
			copy(readers[i:], behind[:to])
			readers[i+to] = r
		}
	}
	return nil
}

// skipHead passes over the list of issues before a block's words.
func (r *wordReader) skipHead() {
	count, _ := r.number()
	for ; count > 0 && r.err == nil; count-- {
		if len(r.window) < len(Key{}) {
			r.fill(len(Key{}))
		}
		r.window = r.window[min(len(Key{}), len(r.window)):]
		if _, ok := r.number(); !ok {
			r.err = ErrMemory
		}
	}
}
