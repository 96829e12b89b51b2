package extract

// This file is the one matcher of the program: it finds a quoted paragraph in
// a text and says how the two differ. check uses it on every published quote,
// pick on every quote the editor made by hand.
//
// The order is from strict to loose, and the first that holds is the verdict:
// equal; equal but for typography; equal but for what the editor declared with
// "[...]" or brackets; and else the nearest place with the first difference.
// Digits, names and negations have no loose form: typography never touches a
// letter but the first, nor any digit.

import (
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxInsertion is how many words of the source one pair of brackets may
	// stand for ("[the vendor]" for "Examplecorp and its partners in Europe").
	maxInsertion = 12
	// maxOccurrences bounds how many places of a fragment are tried.
	maxOccurrences = 16
)

// Source is a text made ready for many calls of Find. It is safe for use by
// several goroutines.
type Source struct {
	text  string
	once  sync.Once
	plain typeset

	wordsOnce sync.Once
	words     []word
	places    map[uint64][]int32 // hash of three words -> where they begin
}

// NewSource prepares a text.
func NewSource(text string) *Source { return &Source{text: text} }

// Find tells how a quoted paragraph (plain text) stands to a text. Offsets are
// bytes of text. A paragraph without words is NotFound; one that is only a mark
// of elision is Elided and has no place.
func Find(text, quoted string) Finding { return NewSource(text).Find(quoted) }

// Find tells how a quoted paragraph stands to the source.
func (s *Source) Find(quoted string) Finding {
	nothing := Finding{Verdict: NotFound, Start: -1, End: -1}
	quoted = strings.TrimSpace(quoted)
	if !strings.ContainsFunc(quoted, letterOrDigit) {
		if strings.Trim(strings.ReplaceAll(quoted, "…", "..."), "[(. )]") == "" && strings.ContainsAny(quoted, ".…") {
			nothing.Verdict = Elided // a paragraph of its own: text was left out here
		}
		return nothing
	}
	if at := indexWhole(s.text, quoted, 0); at >= 0 {
		return s.whole(s.finding(Exact, at, at+len(quoted)))
	}
	s.once.Do(func() { s.plain = setPlain(s.text) })
	q := strings.TrimSpace(setPlain(quoted).text)
	if start, end := s.fragment(q, 0, false); start >= 0 {
		return s.whole(s.original(Typographic, start, end))
	}
	// Quotation marks around the whole are the editor's, not the source's.
	if bare, ok := unwrap(q); ok {
		if start, end := s.fragment(bare, 0, false); start >= 0 {
			return s.whole(s.original(Typographic, start, end))
		}
		q = bare
	}
	for _, brackets := range []bool{false, true} {
		parts, marked := splitMarks(q, brackets)
		if !marked {
			continue
		}
		if f, ok := s.declared(parts); ok {
			return s.whole(f)
		}
	}
	return s.whole(s.nearest(quoted))
}

// whole looks at the word before a place that was found: "data was lost" stands
// in "No data was lost", and says the opposite. Such a place is Altered, unless
// the same words stand elsewhere without it.
func (s *Source) whole(f Finding) Finding {
	const near = 40 // bytes: a negation and some spaces
	if f.Start < 0 || f.Verdict == Altered {
		return f
	}
	denied := func(at int) string {
		window := s.text[max(0, at-near):at]
		before := strings.TrimRightFunc(window, unicode.IsSpace)
		first, _ := utf8.DecodeRuneInString(s.text[at:])
		switch gap := window[len(before):]; {
		case gap == "", strings.Contains(gap, "\n\n"): // inside a word, or another paragraph
			return ""
		case strings.Contains(gap, "\n") && unicode.IsUpper(first): // another line, as of a list or a poem
			return ""
		}
		words := strings.FieldsFunc(before, unicode.IsSpace)
		if len(words) == 0 {
			return ""
		}
		word := words[len(words)-1]
		if last := wordsOf(word); len(last) > 0 && negation(last[len(last)-1:]) && letterOrDigit(lastRune(word)) {
			return word
		}
		return ""
	}
	word := denied(f.Start)
	if word == "" {
		return f
	}
	for from := f.Start + 1; ; {
		at := indexWhole(s.text, f.Source, from)
		if at < 0 {
			break
		}
		if denied(at) == "" {
			f.Start, f.End = at, at+len(f.Source)
			return f
		}
		from = at + 1
	}
	f.Verdict, f.Quoted, f.Stated = Altered, "", word
	return f
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func (s *Source) finding(v Verdict, start, end int) Finding {
	return Finding{Verdict: v, Source: s.text[start:end], Start: start, End: end}
}

// original is finding for offsets of the plain setting.
func (s *Source) original(v Verdict, start, end int) Finding {
	return s.finding(v, s.plain.at(start), characterEnd(s.text, s.plain.at(end-1)))
}

// characterEnd gives where the character ends that begins at a place, with the
// accents that stand behind it as characters of their own.
func characterEnd(text string, at int) int {
	_, size := utf8.DecodeRuneInString(text[at:])
	for at += size; at < len(text); at += size {
		var r rune
		if r, size = utf8.DecodeRuneInString(text[at:]); !isAccent(r) {
			break
		}
	}
	return at
}

// isAccent tells the Combining Diacritical Marks, which PDFs have as characters
// of their own.
func isAccent(r rune) bool { return r > 0x2ff && r < 0x370 && unicode.Is(unicode.Mn, r) }

// typeset is a text in one plain setting: straight quotes, one kind of dash,
// three dots, single spaces, nothing invisible. offset maps its bytes to bytes
// of the original.
type typeset struct {
	text   string
	offset []int32
}

func (t typeset) at(i int) int { return int(t.offset[i]) }

var fractions = map[rune]string{
	'½': "1/2", '⅓': "1/3", '⅔': "2/3", '¼': "1/4", '¾': "3/4", '⅕': "1/5", '⅖': "2/5", '⅗': "3/5", '⅘': "4/5", '⅙': "1/6", '⅚': "5/6",
	'⅛': "1/8", '⅜': "3/8", '⅝': "5/8", '⅞': "7/8",
}

var ligatures = map[rune]string{'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl"}

func setPlain(text string) typeset {
	out := make([]byte, 0, len(text))
	offset := make([]int32, 0, len(text))
	put := func(s string, at int) {
		for i := 0; i < len(s); i++ {
			out = append(out, s[i])
			offset = append(offset, int32(at))
		}
	}
	last := func() byte {
		if len(out) == 0 {
			return ' '
		}
		return out[len(out)-1]
	}
	trim := func() {
		if len(out) > 0 && out[len(out)-1] == ' ' {
			out, offset = out[:len(out)-1], offset[:len(offset)-1]
		}
	}
	spaced := false // the space just dropped or written may belong to a dash
	for i, r := range text {
		switch {
		case r == ' ' || r == '\n' || r == '\t' || r == '\r' || unicode.IsSpace(r):
			// No space after a dash, so that "a — b", "a—b" and "a -- b" are one.
			if last() != ' ' && !(last() == '-' && spaced) {
				put(" ", i)
			}
		case isAccent(r) && len(out) > 0:
			base, size := utf8.DecodeLastRune(out)
			one := norm.NFC.String(string(base) + string(r))
			if utf8.RuneCountInString(one) != 1 {
				put(string(r), i)
				continue
			}
			at := int(offset[len(out)-size])
			out, offset = out[:len(out)-size], offset[:len(out)-size]
			put(one, at)
		case invisible(r) || r == 0x200C || r == 0x200D:
		case r == '-' || r >= 0x2010 && r <= 0x2015 || r == 0x2212:
			if last() == ' ' || r == 0x2013 || r == 0x2014 || r == 0x2015 {
				trim()
				spaced = true
			} else if last() == '-' { // "--"
				spaced = true
				continue
			} else {
				spaced = false
			}
			if last() != '-' {
				put("-", i)
			}
		case r == '.' && last() == ' ' && len(out) > 1 && out[len(out)-2] == '.': // ". . ."
			trim()
			put(".", i)
		case strings.ContainsRune(".,;:!?", r) && last() == ' ' && !beginsWord(text[i+1:]): // "EKS , ECS !"
			trim()
			put(text[i:i+1], i)
		default:
			switch r {
			case '“', '”', '„', '‟', '«', '»', '″', '＂':
				put(`"`, i)
			case '\'', '‘', '’', '‚', '‛', '′', '`', '´', 'ʼ', '‹', '›':
				// Between letters it is an apostrophe, after a digit a measure; else
				// single and double marks of quotation are one.
				before, _ := utf8.DecodeLastRune(out)
				if unicode.IsDigit(before) || letterOrDigit(before) && beginsWord(text[i+utf8.RuneLen(r):]) {
					put("'", i)
				} else {
					put(`"`, i)
				}
			case '½', '⅓', '⅔', '¼', '¾', '⅕', '⅖', '⅗', '⅘', '⅙', '⅚', '⅛', '⅜', '⅝', '⅞':
				if unicode.IsDigit(rune(last())) {
					put(" ", i)
				}
				put(fractions[r], i)
			case '…':
				trim()
				put("...", i)
			case 'ﬀ', 'ﬁ', 'ﬂ', 'ﬃ', 'ﬄ':
				put(ligatures[r], i)
			default:
				put(text[i:i+max(1, runeSize(r, text[i:]))], i)
			}
		}
	}
	return typeset{string(out), offset}
}

func beginsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return letterOrDigit(r)
}

// runeSize is the size of the rune at the start of s: one byte when s starts
// with a byte that is no UTF-8.
func runeSize(r rune, s string) int {
	if r == utf8.RuneError {
		_, size := utf8.DecodeRuneInString(s)
		return size
	}
	return utf8.RuneLen(r)
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// cuts tells whether text[at] begins inside a word or a number: "017" in
// "2017", "5 million" in "1.5 million". Scripts that write no spaces have no
// such inside.
func cuts(text string, at int) bool {
	if at <= 0 || at >= len(text) {
		return false
	}
	after, _ := utf8.DecodeRuneInString(text[at:])
	before, size := utf8.DecodeLastRuneInString(text[:at])
	if unicode.In(after, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
		unicode.In(before, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return false
	}
	if letterOrDigit(before) && (letterOrDigit(after) || unicode.IsMark(after)) {
		return true
	}
	if unicode.IsDigit(after) && (before == '.' || before == ',' || before == '-') {
		inner, _ := utf8.DecodeLastRuneInString(text[:at-size])
		return unicode.IsDigit(inner)
	}
	if unicode.IsDigit(before) && (after == '.' || after == ',' || after == '-') && at+1 < len(text) {
		inner, _ := utf8.DecodeRuneInString(text[at+1:])
		return unicode.IsDigit(inner)
	}
	return false
}

// indexWhole is strings.Index for places that cut no word or number.
func indexWhole(text, part string, from int) int {
	for from <= len(text)-len(part) {
		at := strings.Index(text[from:], part)
		if at < 0 {
			return -1
		}
		at += from
		if !cuts(text, at) && !cuts(text, at+len(part)) {
			return at
		}
		from = at + 1
	}
	return -1
}

// fragment finds part in the plain setting at or after from; the case of its
// first letter may differ. inner lets it begin inside a word: "[T]he".
func (s *Source) fragment(part string, from int, inner bool) (start, end int) {
	best := -1
	try := func(p string) {
		limit := len(s.plain.text)
		if best >= 0 {
			limit = min(limit, best+len(p)-1)
		}
		for at := from; at <= limit-len(p); {
			i := strings.Index(s.plain.text[at:limit], p)
			if i < 0 {
				return
			}
			i += at
			if (inner || !cuts(s.plain.text, i)) && !cuts(s.plain.text, i+len(p)) {
				best = i
				return
			}
			at = i + 1
		}
	}
	if part == "" {
		return -1, -1
	}
	try(part)
	if other := otherCase(part); other != part && !inner {
		try(other)
	}
	if best < 0 {
		return -1, -1
	}
	return best, best + len(part)
}

// otherCase changes the case of the first letter, if the sizes allow it.
func otherCase(s string) string {
	for i, r := range s {
		if !unicode.IsLetter(r) {
			if unicode.IsDigit(r) {
				return s
			}
			continue
		}
		other := unicode.ToUpper(r)
		if other == r {
			other = unicode.ToLower(r)
		}
		if utf8.RuneLen(other) != utf8.RuneLen(r) {
			return s
		}
		return s[:i] + string(other) + s[i+utf8.RuneLen(r):]
	}
	return s
}

func unwrap(q string) (string, bool) {
	if len(q) > 2 && (q[0] == '"' || q[0] == '\'') && q[len(q)-1] == q[0] {
		return strings.TrimSpace(q[1 : len(q)-1]), true
	}
	return q, false
}

// part is a fragment of a quotation with the mark before it.
type part struct {
	text    string
	mark    mark
	content string // what stood in the brackets
	glued   bool   // no space between the mark and the fragment: "[T]he"
}

type mark int

const (
	noMark mark = iota
	elision
	insertion
)

// splitMarks cuts a quotation in its plain setting at the editor's marks.
func splitMarks(q string, brackets bool) (parts []part, marked bool) {
	current := part{}
	var text strings.Builder
	end := func(m mark, content string) {
		current.text = strings.TrimSpace(text.String())
		parts = append(parts, current)
		current = part{mark: m, content: content}
		text.Reset()
		marked = true
	}
	for i := 0; i < len(q); {
		rest := q[i:]
		switch {
		case strings.HasPrefix(rest, "..."):
			n := len(rest) - len(strings.TrimLeft(rest, "."))
			end(elision, "")
			i += n
			continue
		case rest[0] == '[' || rest[0] == '(':
			closing := map[byte]string{'[': "]", '(': ")"}[rest[0]]
			if n := strings.Index(rest[:min(200, len(rest))], closing); n > 0 {
				content := strings.TrimSpace(rest[1:n])
				switch {
				case strings.Trim(content, ". ") == "" && strings.Contains(content, "..."),
					rest[0] == '[' && (content == "snip" || content == "cut" || content == ".." || content == ""):
					end(elision, "")
					i += n + 1
					continue
				case brackets && (rest[0] == '[' || isEditorsRemark(content)):
					end(insertion, content)
					i += n + 1
					current.glued = i < len(q) && q[i] != ' '
					continue
				}
			}
		}
		text.WriteByte(q[i])
		i++
	}
	current.text = strings.TrimSpace(text.String())
	return append(parts, current), marked
}

func isEditorsRemark(content string) bool {
	c := strings.ToLower(content)
	return c == "sic" || strings.HasPrefix(c, "emphasis ") || strings.HasPrefix(c, "my emphasis") || strings.HasPrefix(c, "ed:") ||
		strings.HasPrefix(c, "editor's note")
}

// declared finds the fragments in order. The place of the first is the one
// that makes the whole shortest.
func (s *Source) declared(parts []part) (Finding, bool) {
	if len(parts) > 200 {
		return Finding{}, false
	}
	longest := 0
	for _, p := range parts {
		if n := len(wordsOf(p.text)); n > longest {
			longest = n
		}
	}
	if longest < 2 { // "the [...] of" is in every text
		return Finding{}, false
	}
	// An empty fragment at an end (a quotation that opens with "[...]") adds
	// nothing; in the middle it joins its mark to the next one.
	verdict := Elided
	var joined []part
	for _, p := range parts {
		if p.mark == insertion {
			verdict = Inserted
		}
		if len(joined) > 0 && joined[len(joined)-1].text == "" {
			before := joined[len(joined)-1]
			if len(joined) == 1 {
				p.mark, p.content = max(p.mark, before.mark), strings.TrimSpace(before.content+" "+p.content)
			} else {
				if before.mark == elision {
					p.mark = elision
				}
				p.content = strings.TrimSpace(before.content + " " + p.content)
			}
			joined = joined[:len(joined)-1]
		}
		joined = append(joined, p)
	}
	for len(joined) > 1 && joined[len(joined)-1].text == "" {
		joined = joined[:len(joined)-1]
	}
	if len(joined) == 0 || !strings.ContainsFunc(joined[0].text, letterOrDigit) && len(joined) == 1 {
		return Finding{}, false
	}
	places := s.chain(joined)
	if places == nil {
		return Finding{}, false
	}
	bestStart, bestEnd := places[0][0], places[len(places)-1][1]
	var bestGaps [][2]int
	for i := range joined[1:] {
		bestGaps = append(bestGaps, [2]int{places[i][1], places[i+1][0]})
	}
	f := s.original(verdict, bestStart, bestEnd)
	// What is left out or put in may not turn the sense round: "is [...] safe"
	// for "is not safe", "is [not] safe" for "is safe".
	for i, gap := range bestGaps {
		p := joined[i+1]
		left := wordsOf(s.plain.text[gap[0]:gap[1]])
		said, held := negation(left), negation(wordsOf(p.content))
		turned := said != held
		if len(left) > 3 { // a long gap may deny much: what follows it, with its last two words
			tail := s.plain.text[gap[0]:gap[1]]
			last := wordsOf(tail[strings.LastIndexAny(tail, ".,;:!?")+1:])
			turned = held && !said || !held && negation(last[max(0, len(last)-2):])
		}
		if turned {
			f.Verdict, f.Quoted, f.Stated = Altered, p.content, strings.TrimSpace(s.plain.text[gap[0]:gap[1]])
			if f.Quoted == "" {
				f.Quoted = "[...]"
			}
			return f, true
		}
	}
	return f, true
}

// chain finds the fragments one after the other: the first place where all
// stand in order, made as short as the last fragment allows.
func (s *Source) chain(fragments []part) [][2]int {
	firstInner := fragments[0].glued && fragments[0].mark == insertion
	from := 0
	for range maxOccurrences {
		start, end := s.fragment(fragments[0].text, from, firstInner)
		if start < 0 {
			return nil
		}
		places := [][2]int{{start, end}}
		near := true
		for _, p := range fragments[1:] {
			a, b := s.fragment(p.text, places[len(places)-1][1], p.glued)
			if a < 0 {
				return nil // no later start has it either
			}
			places = append(places, [2]int{a, b})
		}
		// From the last to the first: the nearest place before the next one.
		for i := len(fragments) - 2; i >= 0; i-- {
			inner := firstInner
			if i > 0 {
				inner = fragments[i].glued
			}
			if a, b := s.fragmentBefore(fragments[i].text, places[i][0], places[i+1][0], inner); a >= 0 {
				places[i] = [2]int{a, b}
			}
		}
		for i, p := range fragments[1:] {
			if p.mark == insertion && places[i+1][0]-places[i][1] > 4096 ||
				p.mark == insertion && len(wordsOf(s.plain.text[places[i][1]:places[i+1][0]])) > maxInsertion {
				near = false
				break
			}
		}
		if near {
			return places
		}
		from = places[0][0] + 1
	}
	return nil
}

// fragmentBefore finds the last place of part that begins at from or later and
// ends at or before to.
func (s *Source) fragmentBefore(part string, from, to int, inner bool) (start, end int) {
	text := s.plain.text
	for end := to; end-from >= len(part); {
		i := strings.LastIndex(text[from:end], part)
		if i < 0 {
			break
		}
		i += from
		if (inner || !cuts(text, i)) && !cuts(text, i+len(part)) {
			return i, i + len(part)
		}
		end = i + len(part) - 1
	}
	return -1, -1
}

var negations = map[string]bool{
	"not": true, "no": true, "never": true, "none": true, "nor": true, "neither": true, "cannot": true,
	"without": true, "nothing": true, "nobody": true, "t": true, "unlikely": true,
}

func negation(words []string) bool {
	for _, w := range words {
		if negations[w] {
			return true
		}
	}
	return false
}

// word is a word, a number or a mark of punctuation, with its place.
type word struct {
	plain      string // in the plain setting, case kept
	start, end int    // bytes of the original
}

// split cuts a text into words; a number keeps its points and commas, a name
// its hyphens: "CVE-2026-1234", "1.5", "don't".
func split(text string) []word {
	set := setPlain(text)
	var out []word
	t := set.text
	for i := 0; i < len(t); {
		r, size := utf8.DecodeRuneInString(t[i:])
		if r == ' ' {
			i += size
			continue
		}
		end := i + size
		if letterOrDigit(r) {
			for end < len(t) {
				next, n := utf8.DecodeRuneInString(t[end:])
				if letterOrDigit(next) || unicode.IsMark(next) {
					end += n
					continue
				}
				if next == '\'' || next == '.' || next == ',' || next == '-' || next == '_' {
					after, m := utf8.DecodeRuneInString(t[end+n:])
					before, _ := utf8.DecodeLastRuneInString(t[:end])
					if letterOrDigit(after) && (next != ',' || unicode.IsDigit(after) && unicode.IsDigit(before)) {
						end += n + m
						continue
					}
				}
				break
			}
		}
		out = append(out, word{t[i:end], set.at(i), characterEnd(text, set.at(end-1))})
		i = end
	}
	return out
}

func hashWords(words []word) uint64 {
	h := uint64(14695981039346656037)
	for _, w := range words {
		for _, r := range w.plain {
			h = (h ^ uint64(unicode.ToLower(r))) * 1099511628211
		}
		h = (h ^ ' ') * 1099511628211
	}
	return h
}

const (
	runLength    = 3
	maxPlaces    = 200  // places kept of one run of words: more says nothing
	maxAligned   = 1500 // words aligned on each side
	nearEnough   = 0.55 // share of the quoted words found in order: altered
	worthShowing = 0.3  // below nearEnough: not found, but this is near
)

func (s *Source) index() {
	s.words = split(s.text)
	s.places = map[uint64][]int32{}
	for i := 0; i+runLength <= len(s.words); i++ {
		h := hashWords(s.words[i : i+runLength])
		if p := s.places[h]; len(p) < maxPlaces {
			s.places[h] = append(p, int32(i))
		}
	}
}

// nearest finds the place of the source most like the quotation and names the
// first difference.
func (s *Source) nearest(quoted string) Finding {
	nothing := Finding{Verdict: NotFound, Start: -1, End: -1}
	s.wordsOnce.Do(s.index)
	all := split(quoted)
	q := all[:min(len(all), maxAligned)]
	var hits []int32
	for i := 0; i+runLength <= len(q); i++ {
		hits = append(hits, s.places[hashWords(q[i:i+runLength])]...)
	}
	if len(hits) == 0 {
		hits = s.lone(q)
	}
	if len(hits) == 0 {
		return nothing
	}
	sort.Slice(hits, func(i, j int) bool { return hits[i] < hits[j] })
	// The window as long as the quotation (and a quarter) with most hits.
	window := int32(len(q)*5/4 + 4)
	bestAt, bestCount := 0, 0
	for i, j := 0, 0; i < len(hits); i++ {
		for j < len(hits) && hits[j]-hits[i] < window {
			j++
		}
		if j-i > bestCount {
			bestAt, bestCount = i, j-i
		}
	}
	from := max(0, int(hits[bestAt])-len(q)/2-8)
	to := min(len(s.words), int(hits[bestAt])+len(q)*2+8, from+2*maxAligned)
	pairs := align(q, s.words[from:to])
	if len(pairs) == 0 {
		return nothing
	}
	first, last := from+pairs[0][1], from+pairs[len(pairs)-1][1]
	// Differing words at the ends belong to the place as well,
	// but not over the border of a block.
	for k := pairs[0][0]; k > 0 && first > from && !s.borderAfter(first-1); k-- {
		first--
	}
	for k := len(q) - 1 - pairs[len(pairs)-1][0]; k > 0 && last < to-1 && !s.borderAfter(last); k-- {
		last++
	}
	share := float64(len(pairs)) / float64(len(q))
	if share < worthShowing {
		return nothing
	}
	f := s.finding(Altered, s.words[first].start, s.words[last].end)
	if share < nearEnough {
		f.Verdict = NotFound
		f.Start, f.End = -1, -1
		return f
	}
	if len(pairs) == len(q) && last-first+1 == len(q) {
		same := len(q) // words, and those beyond the ones aligned
		for same < len(all) && first+same < len(s.words) && all[same].plain == s.words[first+same].plain {
			same++
		}
		f = s.finding(Typographic, s.words[first].start, s.words[first+same-1].end) // only white space differs: ":an action"
		if same < len(all) {
			f.Verdict, f.Quoted = Altered, quoted[all[same].start:all[same].end]
			if at := first + same; at < len(s.words) {
				f.Stated = s.text[s.words[at].start:s.words[at].end]
			}
		}
		return f
	}
	f.Quoted, f.Stated = difference(quoted, q, s.text, s.words[first:last+1], first-from, pairs)
	return f
}

// borderAfter tells whether a block ends between word i and the next one. Two
// words of one character (the dots of an ellipsis) have the same place.
func (s *Source) borderAfter(i int) bool {
	end, start := s.words[i].end, s.words[i+1].start
	return start > end && strings.Contains(s.text[end:start], "\n\n")
}

// lone finds places for a quotation none of whose runs is in the source: of
// its rarest long word.
func (s *Source) lone(q []word) []int32 {
	wanted := map[string]bool{}
	for _, w := range q {
		if len(w.plain) >= 6 {
			wanted[strings.ToLower(w.plain)] = true
		}
	}
	var hits []int32
	for i, w := range s.words {
		if len(w.plain) >= 6 && wanted[strings.ToLower(w.plain)] {
			if hits = append(hits, int32(i)); len(hits) > 20_000 {
				break
			}
		}
	}
	return hits
}

// align pairs the words of a with those of b: a longest common subsequence.
func align(a, b []word) [][2]int {
	width := len(b) + 1
	table := make([]uint16, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i].plain == b[j].plain {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].plain == b[j].plain && table[i*width+j] == table[(i+1)*width+j+1]+1:
			pairs = append(pairs, [2]int{i, j})
			i++
			j++
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// difference gives the first differing words of each side. skip is how many
// words of the aligned window lie before the source's words.
func difference(quoted string, q []word, text string, source []word, skip int, pairs [][2]int) (said, stated string) {
	span := func(t string, words []word, from, to int) string {
		if from >= to || from >= len(words) {
			return ""
		}
		to = min(to, len(words), from+12)
		return t[words[from].start:words[to-1].end]
	}
	i, j := 0, 0
	for k := 0; k <= len(pairs); k++ {
		nextI, nextJ := len(q), len(source)
		if k < len(pairs) {
			nextI, nextJ = pairs[k][0], pairs[k][1]-skip
		}
		if nextI != i || nextJ != j {
			return span(quoted, q, i, nextI), span(text, source, j, nextJ)
		}
		i, j = nextI+1, nextJ+1
	}
	return "", ""
}

// Select makes the selector of text[start:end] (W3C TextQuoteSelector): the
// passage with up to 32 characters on either side. Offsets outside of the text
// or inside a character are moved to the nearest place that is none of these.
func Select(text string, start, end int) Quote {
	start = runeEdge(text, start)
	end = max(start, runeEdge(text, end))
	before, after := start, end
	for range contextRunes {
		_, size := utf8.DecodeLastRuneInString(text[:before])
		before -= size
		_, size = utf8.DecodeRuneInString(text[after:])
		after += size
	}
	return Quote{Exact: text[start:end], Prefix: text[before:start], Suffix: text[end:after]}
}

// contextRunes is the length of prefix and suffix.
const contextRunes = 32

func runeEdge(text string, at int) int {
	at = max(0, min(at, len(text)))
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}
