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
	hits   []hit    // of all stories, in their order
	ends   []uint32 // of each story's hits

	// What add and pack work with, and then the next block.
	numbers []uint32 // here, by their numbers in the table of an issue
	counts  []uint32
	places  []uint32
	order   []uint64
	out     packer // nil when the packed words stay in it
}

// word is one of the index, of at most longestWord bytes: eight of them in each
// part, the first one highest, and zeros behind the last. So words are compared
// and hashed without a loop, and the parts are in the order of the words.
type word struct{ a, b, c, d uint64 }

// wordTable numbers words from 1, in the order in which they come.
type wordTable struct {
	seed  [4]uint64 // secret: nobody can write words that share their slots
	count uint32
	words []uint64 // by number, with room: a word's first part when it has no other; else its place in long
	long  []word   // of more than eight bytes
	slots []uint32 // numbers, by hash, 0 in free ones: a quarter at least; their count is a power of two
}

// noPlace is more than any place in wordTable.long, and no more than a word's first
// part, as that begins with a byte that isn't 0.
const noPlace = 1 << 56

// hit says that a word is in a story: the word's number, times two, and one more
// when the word is in the title.
type hit uint32

// storyWords are the words that the stories of an issue are found by, and what
// they are gathered with.
type storyWords struct {
	text  []byte // of a story
	table wordTable
	last  []uint32 // by number: 1 + the story that had the word last
	hits  []hit    // of all stories, in their order, the first count, and room
	count int
	ends  []uint32 // of each story's hits
	read  int      // words of all items, as the time to read them is told from: issue.Words counts them so
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
	clear(g.last)
	g.table.clear()
	g.count, g.ends, g.read = 0, g.ends[:0], 0
	for k := range is.Items {
		v := &view.Items[k]
		g.text = append(append(append(append(g.text[:0], v.Text...), ' '), v.Host...), '\n')
		title := len(g.text)
		for i := range is.Items[k].Parts {
			g.text = issue.AppendPlainBlocks(g.text, is.Items[k].Parts[i].Blocks)
		}
		g.read += issue.WordsInText(g.text[title:])
		if is.Draft {
			continue // it is in no list
		}
		for _, id := range findCVEs(g.text[:len(v.Text)], []byte(is.Items[k].URL), g.text[title:]) {
			v.CVEs = append(v.CVEs, TopicLink{Name: id, Path: topicPath(topicCVE, id)})
		}
		if v.Section {
			continue
		}
		g.story(title)
		g.ends = append(g.ends, uint32(g.count))
	}
}

// found notes that a word is in the story at hand. Whether it was before is seldom
// foreseen: nothing here depends on it but a number.
func (g *storyWords) found(number uint32, inTitle hit) {
	if int(number) >= len(g.last) {
		g.last = append(g.last, make([]uint32, len(g.table.words)-len(g.last))...)
	}
	if g.count == len(g.hits) {
		g.hits = append(g.hits, make([]hit, max(1<<10, len(g.hits)))...)
	}
	g.hits[g.count] = hit(number)<<1 | inTitle
	count, story := g.count, uint32(len(g.ends)+1)
	if g.last[number] != story {
		count++
	}
	g.count = count
	g.last[number] = story
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
	if w.b == 0 {
		return binary.BigEndian.AppendUint64(to, w.a)[:len(to)+8-bits.TrailingZeros64(w.a)/8]
	}
	for _, part := range [...]uint64{w.a, w.b, w.c, w.d} {
		to = binary.BigEndian.AppendUint64(to, part)[:len(to)+8-bits.TrailingZeros64(part)/8]
	}
	return to
}

func (w word) compare(other word) int {
	return cmp.Or(cmp.Compare(w.a, other.a), cmp.Compare(w.b, other.b), cmp.Compare(w.c, other.c), cmp.Compare(w.d, other.d))
}

// newWordTable gives one with a number of slots, a power of two from 4.
func newWordTable(seed [4]uint64, slots int) wordTable {
	return wordTable{seed: seed, words: make([]uint64, slots/4*3), slots: make([]uint32, slots)}
}

func (t *wordTable) clear() {
	if t.count > 0 {
		clear(t.slots)
		t.count, t.long = 0, t.long[:0]
	}
}

// hashShort gives the hash of a word that has its first part alone; the last bits
// say where it is looked for first.
func (t *wordTable) hashShort(w uint64) uint64 {
	high, low := bits.Mul64(w^t.seed[0], t.seed[1])
	return high ^ low
}

// hashLong gives that of a longer word.
func (t *wordTable) hashLong(w word) uint64 {
	high, low := bits.Mul64(w.a^t.seed[0], w.b^t.seed[1])
	more, less := bits.Mul64(w.c^t.seed[2], w.d^t.seed[3])
	return high ^ low ^ more ^ less
}

// number gives that of a word, which is new when it wasn't there.
func (t *wordTable) number(w word) uint32 {
	if w.b == 0 {
		return t.short(w.a)
	}
	if int(t.count)+1 == len(t.words) {
		t.grow()
	}
	for at := t.hashLong(w); ; at++ {
		slot := &t.slots[at&uint64(len(t.slots)-1)]
		if *slot == 0 {
			t.count++
			t.words[t.count] = uint64(len(t.long))
			t.long = append(t.long, w)
			*slot = t.count
			return t.count
		}
		if place := t.words[*slot]; place < noPlace && t.long[place] == w {
			return *slot
		}
	}
}

// short is number for a word that has its first part alone, as most have. Whether
// it is new is seldom foreseen: the same is done then.
func (t *wordTable) short(w uint64) uint32 {
	if int(t.count)+1 == len(t.words) {
		t.grow()
	}
	words, slots := t.words, t.slots
	words[0] = w // so that a free slot ends the search, too
	at := t.hashShort(w) & uint64(len(slots)-1)
	for words[slots[at]] != w {
		at = (at + 1) & uint64(len(slots)-1)
	}
	number, next := slots[at], t.count+1
	if number == 0 {
		number = next
	}
	words[number], slots[at] = w, number
	t.count = max(t.count, number)
	return number
}

// word gives that of a number.
func (t *wordTable) word(number uint32) word {
	if w := t.words[number]; w >= noPlace {
		return word{a: w}
	}
	return t.long[t.words[number]]
}

func (t *wordTable) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	t.words = append(t.words, make([]uint64, len(t.words))...)
	for number := uint32(1); number <= t.count; number++ {
		at := uint64(0)
		if w := t.words[number]; w >= noPlace {
			at = t.hashShort(w)
		} else {
			at = t.hashLong(t.long[w])
		}
		for t.slots[at&uint64(len(t.slots)-1)] != 0 {
			at++
		}
		t.slots[at&uint64(len(t.slots)-1)] = number
	}
}

// blockIssue is an issue of a block.
type blockIssue struct {
	key     Key
	stories uint32
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
		hits: b.hits[:0], ends: b.ends[:0], numbers: b.numbers, counts: b.counts, places: b.places, order: b.order, out: b.out,
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
		for range b.known[at].stories {
			b.ends = append(b.ends, uint32(len(b.hits)))
		}
		return
	}
	b.issues, b.from = append(b.issues, blockIssue{key, uint32(len(words.ends))}), append(b.from, -1)
	b.numbers = append(b.numbers[:0], 0)
	for _, w := range words.table.words[1 : words.table.count+1] {
		if w < noPlace {
			b.numbers = append(b.numbers, b.words.number(words.table.long[w]))
		} else {
			b.numbers = append(b.numbers, b.words.short(w))
		}
	}
	before := uint32(len(b.hits))
	for _, h := range words.hits[:words.count] {
		b.hits = append(b.hits, hit(b.numbers[h>>1])<<1|h&1)
	}
	for _, end := range words.ends {
		b.ends = append(b.ends, before+end)
	}
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
	order := b.sorted()
	places, ends := b.lists()

	p := slices.Grow(b.out[:0], len(b.packed)+16*len(order)+2*len(b.hits)+32*len(b.issues))
	b.out = nil
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
	for len(order) > 0 || more {
		compared := -1
		var w word
		var list []uint32
		if len(order) > 0 {
			n := uint32(order[0])
			w, list, compared = b.words.word(n), places[ends[n-1]:ends[n]], 1
			if more {
				text = w.append(text[:0])
				compared = bytes.Compare(known.word, text)
			}
		}
		if compared >= 0 {
			order = order[1:]
		}
		if compared > 0 {
			p.word(w)
			p.places(list)
			continue
		}
		text = append(text[:0], known.word...)
		both = known.list.places(both[:0])
		kept := both[:0]
		for _, place := range both {
			if at := place >> 1; at < uint32(len(moved)) && moved[at] != gone {
				kept = append(kept, moved[at]<<1|place&1)
			}
		}
		both = kept
		if compared == 0 {
			both = append(both, list...)
		}
		more = known.next()
		if len(both) == 0 {
			continue
		}
		if !slices.IsSorted(both) {
			slices.Sort(both)
		}
		p.bytes(text)
		p.places(both)
	}
	return p, head, true, known.err
}

// sorted gives the numbers of the new words, in the order of the words.
func (b *wordBlock) sorted() []uint64 {
	// Plain numbers are sorted fast: the last bits of a word's first part make room
	// for its number, and those that differ in no others are put right afterwards.
	t := &b.words
	low := bits.Len32(t.count)
	// Those that begin with the same two bytes are brought together before, by
	// counting, so that few at a time are left to be sorted.
	const starts = 1 << 16
	b.counts = append(b.counts[:0], make([]uint32, starts+1)...)
	ends := b.counts
	for number := uint32(1); number <= t.count; number++ {
		ends[t.word(number).a>>48+1]++
	}
	for i := range starts {
		ends[i+1] += ends[i]
	}
	b.order = slices.Grow(b.order[:0], int(t.count))[:t.count]
	order := b.order
	for number := uint32(1); number <= t.count; number++ {
		a := t.word(number).a
		at := &ends[a>>48]
		order[*at] = a>>low<<low | uint64(number)
		*at++
	}
	from := uint32(0)
	for _, end := range ends[:starts] {
		if end-from > 1 {
			slices.Sort(order[from:end])
		}
		from = end
	}
	number := func(i uint64) uint32 { return uint32(i & (1<<low - 1)) }
	for i, next := 0, 0; i < len(order); i = next {
		for next = i + 1; next < len(order) && order[next]>>low == order[i]>>low; {
			next++
		}
		if next-i > 1 {
			slices.SortFunc(order[i:next], func(a, c uint64) int { return t.word(number(a)).compare(t.word(number(c))) })
		}
	}
	for i := range order {
		order[i] = uint64(number(order[i]))
	}
	return order
}

// lists brings together the places of each word, by counting: those of number n are
// from ends[n-1] to ends[n]. A place is the number of a story in the block, times
// two, and one more when the word is in the title.
func (b *wordBlock) lists() (places, ends []uint32) {
	b.counts = append(b.counts[:0], make([]uint32, b.words.count+2)...)
	b.places = slices.Grow(b.places[:0], len(b.hits))[:len(b.hits)]
	places, ends = b.places, b.counts
	for _, h := range b.hits {
		ends[h>>1+1]++
	}
	for i := range ends[1:] {
		ends[i+1] += ends[i]
	}
	from := uint32(0)
	for story, end := range b.ends {
		for _, h := range b.hits[from:end] {
			at := &ends[h>>1]
			places[*at] = uint32(story)<<1 | uint32(h&1)
			*at++
		}
		from = end
	}
	return places, ends
}

// done ends the block under way.
func (x *searchIndex) done(b *wordBlock) error {
	first := x.count - uint64(len(b.ends))
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
	} else if fresh {
		b.out = packed
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

// word packs a word behind its length.
func (p *packer) word(w word) {
	start := len(*p)
	*p = w.append(append(*p, 0))
	(*p)[start] = byte(len(*p) - start - 1) // of one byte: a word has less than 128
}

// places packs a list of places, of which there is one at least, in order, behind
// its length.
func (p *packer) places(places []uint32) {
	start := len(*p)
	*p = appendPlaces(append(*p, 0), places) // a byte has the length of most
	if size := len(*p) - start - 1; size < 0x80 {
		(*p)[start] = byte(size)
	} else {
		length := binary.AppendUvarint(nil, uint64(size))
		*p = slices.Insert(*p, start, length[1:]...)
		copy((*p)[start:], length)
	}
}

// appendPlaces packs a list of places.
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
