package issue

// This file keeps back what is not for everybody, and takes the sting out of
// live indicators: addresses that malware uses must not be a click away.

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const markHint = "write tlp: clear, green, amber, amber+strict or red; embargo: 2026-12-01, or with a time, 2026-12-01T14:00:00Z"

// tlpMarks are the labels of TLP 2.0 (https://www.first.org/tlp/), and the one
// of TLP 1.0 that was renamed.
var tlpMarks = []string{"clear", "green", "amber", "amber+strict", "red"}

// readTLP reads "amber", "TLP:AMBER+STRICT", "TLP-RED". What can't be read is
// red, and ok is false.
func readTLP(s string) (mark string, ok bool) {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	s = strings.TrimLeft(strings.TrimPrefix(s, "tlp"), ":-_")
	if s == "white" {
		s = "clear"
	}
	if slices.Contains(tlpMarks, s) {
		return s, true
	}
	return "red", false
}

// readEmbargo reads the end of an embargo. What can't be read never ends.
func readEmbargo(s string) (time.Time, bool) {
	if t, ok := parseDate(s); ok {
		return t, true
	}
	return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), false
}

// Holds tells whether the mark keeps its bearer from readers at the given time.
func (m Mark) Holds(now time.Time) bool {
	return m.TLP == "red" || strings.HasPrefix(m.TLP, "amber") || now.Before(m.Embargo)
}

// String names the mark for a sentence: "TLP:AMBER, embargo until 2026-12-01".
func (m Mark) String() string {
	var parts []string
	if m.TLP != "" {
		parts = append(parts, "TLP:"+strings.ToUpper(m.TLP))
	}
	switch {
	case m.Embargo.Year() == 9999:
		parts = append(parts, "embargo without a readable end")
	case !m.Embargo.IsZero():
		parts = append(parts, "embargo until "+m.Embargo.Format(time.DateOnly))
	}
	return strings.Join(parts, ", ")
}

var markLine = pattern(`^(?i)(embargo|tlp)\s*[:=]\s*([^\s].{0,50})$`)

// markTitle is a mark that came along with a title: "[TLP:AMBER] Keys", "TLP:RED - Keys".
var markTitle = pattern(`(?i)^\W*tlp\s*:\s*(amber\s*\+\s*strict|amber|red)\b|[\[(]\s*tlp\s*:\s*(amber\s*\+\s*strict|amber|red)\s*[\])]`)

// takeMarks reads the marks of items, and of the issue: from comments, from
// titles, and from lines of the text that hold nothing else. Those are taken
// out of what a reader sees, but for a quote's, which are the source's own.
func (is *Issue) takeMarks() []Problem {
	var problems []Problem
	if is.unmarked || !mayHoldMark(is.src) {
		return nil
	}
	set := func(m *Mark, kind, value string, at int) {
		ok := true
		var other Mark
		if strings.EqualFold(kind, "tlp") {
			other.TLP, ok = readTLP(value)
		} else {
			other.Embargo, ok = readEmbargo(value)
		}
		if !ok {
			problems = append(problems, is.problem(at, "mark-unreadable", Warning, fmt.Sprintf("%q can't be read, so it counts as the strictest", shorten(kind+": "+value, 50)), markHint))
		}
		m.join(other)
	}
	for _, c := range is.comments {
		if f := markLine().FindStringSubmatch(c.text); f != nil {
			m := &is.Mark
			if i := is.itemAt(c.span.Start); i >= 0 {
				m = &is.Items[i].Mark
			}
			set(m, f[1], f[2], c.span.Start)
		}
	}
	take := func(m *Mark, blocks []Block) []Block {
		kept, found := is.marksIn(blocks, true)
		for _, f := range found {
			set(m, f.kind, f.value, f.at)
		}
		return kept
	}
	is.Intro, is.Outro = take(&is.Mark, is.Intro), take(&is.Mark, is.Outro)
	for i := range is.Items {
		it := &is.Items[i]
		if f := markTitle().FindStringSubmatch(PlainInlines(it.Title)); f != nil {
			set(&it.Mark, "tlp", f[1]+f[2], it.Heading.Start)
		}
		for p := 0; p < len(it.Parts); p++ {
			part := &it.Parts[p]
			kept, found := is.marksIn(part.Blocks, !part.Quote)
			for _, f := range found {
				set(&it.Mark, f.kind, f.value, f.at)
			}
			if part.Blocks = kept; len(part.Blocks) == 0 && len(found) > 0 {
				it.Parts = slices.Delete(it.Parts, p, p+1)
				p--
			}
		}
	}
	return problems
}

// mayHoldMark tells cheaply whether a file speaks of marks at all: whether it has
// "tlp" or "embargo", in whatever case, or a character reference, with which a
// mark may be written.
func mayHoldMark(src []byte) bool {
	for at := 0; ; {
		n := bytes.IndexByte(src[at:], '&')
		if n < 0 {
			break
		}
		if at += n + 1; isReference(src[at:]) {
			return true
		}
	}
	// Of every two bytes one pair is looked at: "tlp" has "tl" or "lp" there,
	// "embargo" has "rg" or "mb". They are rare: the branch is foreseen.
	for i := 1; i < len(src); i += 2 {
		if markFirsts[src[i-1]]&markSeconds[src[i]] != 0 &&
			(hasFolded(src, i-1, "tlp") || hasFolded(src, i-2, "tlp") || hasFolded(src, i-5, "embargo") || hasFolded(src, i-2, "embargo")) {
			return true
		}
	}
	return false
}

// These have a bit for each pair, at its first letter and at its second.
var (
	markFirsts  = [256]uint8{'t': 1, 'T': 1, 'l': 2, 'L': 2, 'r': 4, 'R': 4, 'm': 8, 'M': 8}
	markSeconds = [256]uint8{'l': 1, 'L': 1, 'p': 2, 'P': 2, 'g': 4, 'G': 4, 'b': 8, 'B': 8}
)

// hasFolded tells whether a word of small letters stands at a place, in whatever case.
func hasFolded(src []byte, at int, word string) bool {
	if at < 0 || at+len(word) > len(src) {
		return false
	}
	for i := range len(word) {
		if src[at+i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

// isReference tells whether what stands behind an ampersand may make it a
// character reference, and not one that parts the fields of an address.
func isReference(after []byte) bool {
	const longest = 32 // "&CounterClockwiseContourIntegral;"
	for i, c := range after[:min(longest, len(after))] {
		switch {
		case c == ';' && i > 0:
			return true
		case c == '#' && i == 0, c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z':
		default:
			return false
		}
	}
	return false
}

// markFound is a mark that stands in the text.
type markFound struct {
	kind, value string
	at          int
}

// marksIn finds the lines of blocks that are marks. With take it gives the
// blocks without them. A paragraph that is nothing but a mark counts also when
// it can't be read; elsewhere only a line that can, or of one word, is a mark
// and no sentence.
func (is *Issue) marksIn(blocks []Block, take bool) (kept []Block, found []markFound) {
	for _, b := range blocks {
		gone := false
		switch b.Kind {
		case BlockPara, BlockHead:
			lines := inlineLines(b.Inlines)
			var left []Inline
			at, lost := b.Span.Start, 0
			for n, line := range lines {
				if n > 0 {
					at = lineEnd(is.src, min(at, len(is.src)))
				}
				var f []string
				if onlyWords(line.words) {
					f = markLine().FindStringSubmatch(PlainInlines(line.words))
				}
				if f != nil && (b.Kind == BlockPara && len(lines) == 1 || readable(f[1], f[2]) || b.Kind == BlockPara && !strings.Contains(f[2], " ")) {
					found = append(found, markFound{f[1], f[2], min(at, len(is.src))})
					lost++
					continue
				}
				if len(left) > 0 {
					left = append(left, line.before)
				}
				left = append(left, line.words...)
			}
			gone = lost == len(lines) && lost > 0
			if take && lost > 0 {
				b.Inlines = left
			}
		case BlockQuote, BlockList, BlockItem:
			inner, marks := is.marksIn(b.Blocks, take && b.Kind != BlockQuote)
			gone = len(marks) > 0 && len(inner) == 0
			found = append(found, marks...)
			if len(marks) > 0 {
				b.Blocks = inner
			}
		}
		if !take || !gone {
			kept = append(kept, b)
		}
	}
	return kept, found
}

// inlineLine is one line of running text, and the break before it.
type inlineLine struct {
	before Inline
	words  []Inline
}

func inlineLines(in []Inline) []inlineLine {
	out := []inlineLine{{}}
	for _, x := range in {
		if x.Kind == InlineSoft || x.Kind == InlineBreak {
			out = append(out, inlineLine{before: x})
			continue
		}
		out[len(out)-1].words = append(out[len(out)-1].words, x)
	}
	return out
}

// onlyWords tells whether running text is plain, or emphasised as a whole.
func onlyWords(in []Inline) bool {
	for _, x := range in {
		if x.Kind != InlineText && !((x.Kind == InlineEmph || x.Kind == InlineStrong) && onlyWords(x.Inlines)) {
			return false
		}
	}
	return len(in) > 0
}

func readable(kind, value string) bool {
	if strings.EqualFold(kind, "tlp") {
		_, ok := readTLP(value)
		return ok
	}
	_, ok := readEmbargo(value)
	return ok
}

// join makes m as strict as the stricter of both.
func (m *Mark) join(other Mark) {
	if slices.Index(tlpMarks, other.TLP) > slices.Index(tlpMarks, m.TLP) {
		m.TLP = other.TLP
	}
	if other.Embargo.After(m.Embargo) {
		m.Embargo = other.Embargo
	}
}

// itemAt gives the index of the item that holds an offset; -1 when none does.
func (is *Issue) itemAt(at int) int {
	for i, it := range is.Items {
		if it.Span.Start <= at && at < max(it.Span.End, it.Span.Start+1) {
			return i
		}
	}
	return -1
}

// CheckMarks says what may not be published at the given time.
//
//	held-back  an item, or the whole issue, is marked for fewer readers  warning
func CheckMarks(is *Issue, now time.Time) []Problem {
	var out []Problem
	const hint = "take the item out, or the mark when its sender allows it; nothing marked so reaches a page or a mail"
	if is.Mark.Holds(now) {
		at := is.Keys["tlp"].Start
		if at == 0 {
			at = is.Keys["embargo"].Start
		}
		out = append(out, is.problem(at, "held-back", Warning, "the whole issue is held back: "+is.Mark.String(), hint))
	}
	story := 0
	for _, it := range is.Items {
		if !it.Section {
			story++
		}
		if it.Mark.Holds(now) {
			p := is.problem(it.Heading.Start, "held-back", Warning, fmt.Sprintf("%q is held back: %s", shorten(PlainInlines(it.Title), 60), it.Mark), hint)
			if !it.Section {
				p.Item = story
			}
			out = append(out, p)
		}
	}
	return out
}

// Withhold takes out of an issue what its marks keep from readers at the given
// time: the items, or, when the issue itself is marked, everything. It says
// whether anything is left that may be shown; the source bytes stay.
func Withhold(is *Issue, now time.Time) (showable bool) {
	is.Items = slices.DeleteFunc(is.Items, func(it Item) bool { return it.Mark.Holds(now) })
	if is.Mark.Holds(now) {
		is.Intro, is.Items, is.Outro, is.Description = nil, nil, nil, ""
		return false
	}
	return true
}

// Withheld gives a head without what its marks keep from readers at the given
// time, and whether the issue may be shown at all.
func (h Head) Withheld(now time.Time) (shown Head, showable bool) {
	if h.Mark.Holds(now) {
		return Head{File: h.File, Number: h.Number, Draft: h.Draft, Mark: h.Mark}, false
	}
	if slices.ContainsFunc(h.Items, func(it ItemHead) bool { return it.Mark.Holds(now) }) {
		h.Items = slices.DeleteFunc(slices.Clone(h.Items), func(it ItemHead) bool { return it.Mark.Holds(now) })
	}
	return h, true
}

// ---- live indicators

const ipAddress = `(?:[0-9]{1,3}\.){3}[0-9]{1,3}`

var (
	// A link to an address of numbers, as Markdown or as it is.
	ipLink  = pattern(`\[([^\[\]\n]*)\]\((https?://` + ipAddress + `[^\s()<>]*)\)`)
	liveURL = pattern(`(?i)\b(https?|ftp)://[^\s<>()\[\]"'` + "`" + `*]+`)
	anyURL  = pattern(`(?i)(?:https?|hxxps?|ftp|fxp)://\S+`)
	loneIP  = pattern(`\b` + ipAddress + `\b`)
	// MD5, SHA-1 and SHA-256 in hex.
	fileHash = pattern(`\b(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})\b`)
	// What stands before four numbers that are a version and no address.
	versionWord = pattern(`(?i)(?:\bversions?|\bv|\bfirmware|\brelease|\bbuild|\bsection|\bpatch|[0-9.]-)\s*$`)
)

// resolvers are public addresses that everybody names and nobody fears.
var resolvers = []string{"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222", "208.67.220.220"}

// publicIP tells whether four numbers are an address that a reader's machine
// could reach: not private, not reserved for documentation (RFC 5737).
func publicIP(s string) bool {
	ip, err := netip.ParseAddr(s)
	if err != nil || !ip.IsGlobalUnicast() || ip.IsPrivate() || slices.Contains(resolvers, s) {
		return false
	}
	for _, reserved := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "100.64.0.0/10", "198.18.0.0/15", "240.0.0.0/4", "0.0.0.0/8"} {
		if netip.MustParsePrefix(reserved).Contains(ip) {
			return false
		}
	}
	return true
}

var (
	liveScheme = pattern(`(?i)(?:htt|hxx)ps?://|f[tx]p://`)
	fanged     = pattern(`(?i)(?:hxx|htt)ps?\[://\]|(?:hxx|htt)ps?\[:\]//|hxxps?://|fxp://|f[tx]p\[://\]|f[tx]p\[:\]//|` +
		`\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\[:\]|\[at\]|\(at\)|\[@\]`)
	unscheme = strings.NewReplacer("t", "x", "T", "X")
	scheming = strings.NewReplacer("x", "t", "X", "T")
)

// Defang writes an address so that no program makes a link of it:
// hxxps://bad[.]example/x, 185[.]220[.]0[.]1. Refang takes it back byte for
// byte; an address that is defanged already comes out in this form.
func Defang(address string) string {
	// An address within the address is one, too.
	dead := liveScheme().ReplaceAllStringFunc(Refang(address), unscheme.Replace)
	from := 0
	if scheme, _, ok := strings.Cut(dead, "://"); ok {
		from = len(scheme) + len("://")
	}
	to := len(dead)
	if i := strings.IndexAny(dead[from:], "/?#"); i >= 0 {
		to = from + i
	}
	return dead[:from] + strings.ReplaceAll(dead[from:to], ".", "[.]") + dead[to:]
}

// Refang undoes Defang and the other ways in which people defang, so that a
// quoted indicator can be held against its source.
func Refang(s string) string {
	const nested = 10 // one mark within another: nobody writes that
	for range nested {
		before := s
		s = fanged().ReplaceAllStringFunc(s, func(m string) string {
			switch l := strings.ToLower(m); {
			case strings.Contains(l, "p"): // a scheme
				letters := strings.TrimRight(m, ":/[]")
				return scheming.Replace(letters) + "://"
			case strings.ContainsAny(l, "a@"):
				return "@"
			case strings.Contains(l, ":"):
				return ":"
			}
			return "."
		})
		if s == before {
			break
		}
	}
	return s
}

// mayHoldIP tells cheaply whether a text can hold an address of four numbers.
func mayHoldIP(text string) bool {
	dots := 0
	for i := 1; i+1 < len(text); i++ {
		if text[i] == '.' && isDigit(text[i-1]) && isDigit(text[i+1]) {
			if dots++; dots == 3 {
				return true
			}
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// indicators looks in one piece of the file for indicators that are live: a
// link to an address of numbers, such an address alone, and addresses that
// stand beside the hash of a file.
func (c *checker) indicators(s Span) {
	text := string(c.is.src[s.Start:s.End])
	numbers := mayHoldIP(text)
	if !numbers && !strings.Contains(text, "://") {
		return
	}
	done := make([]bool, len(text))
	say := func(from, to int, what, mended string) {
		for i := from; i < to; i++ {
			if done[i] {
				return
			}
		}
		for i := from; i < to; i++ {
			done[i] = true
		}
		p := c.say(s.Start+from, "indicator-live", Warning, what, "write it as "+mended)
		p.Fix = []Edit{{Start: s.Start + from, End: s.Start + to, New: mended}}
	}
	var links [][]int
	if numbers {
		links = ipLink().FindAllStringSubmatchIndex(text, 50)
	}
	for _, m := range links {
		label, address := text[m[2]:m[3]], text[m[4]:m[5]]
		if !publicIP(loneIP().FindString(address)) {
			continue
		}
		mended := "`" + Defang(address) + "`"
		if label != address && label != "" {
			mended = label + " (" + mended + ")"
		}
		say(m[0], m[1], fmt.Sprintf("this link leads to a bare address: %s", Defang(address)), mended)
	}
	var urls [][]int
	if strings.Contains(text, "://") {
		urls = liveURL().FindAllStringIndex(text, 200)
	}
	hashes := len(urls) > 0 && fileHash().MatchString(liveURL().ReplaceAllString(text, " "))
	for _, m := range urls {
		address := strings.TrimRight(text[m[0]:m[1]], ".,;:!?")
		host := address[strings.Index(address, "://")+3:]
		if i := strings.IndexAny(host, "/?#:"); i >= 0 {
			host = host[:i]
		}
		// An address that is a link's target or label is one the editor chose to link.
		linked := m[0] > 0 && (text[m[0]-1] == '(' || text[m[0]-1] == '[' || text[m[0]-1] == '<')
		if publicIP(host) || hashes && !linked {
			say(m[0], m[0]+len(address), fmt.Sprintf("this indicator is live: %s", Defang(address)), Defang(address))
		}
	}
	if !numbers {
		return
	}
	// What stands inside an address, live or not, is a part of it.
	for _, m := range anyURL().FindAllStringIndex(text, 400) {
		for i := m[0]; i < m[1]; i++ {
			done[i] = true
		}
	}
	for _, m := range loneIP().FindAllStringIndex(text, 200) {
		ip := text[m[0]:m[1]]
		if !publicIP(ip) || versionWord().MatchString(text[max(0, m[0]-20):m[0]]) || m[1] < len(text) && (text[m[1]] == '.' && m[1]+1 < len(text) && text[m[1]+1] >= '0' && text[m[1]+1] <= '9') {
			continue
		}
		if m[0] > 0 && strings.ContainsRune("./-_=#&?+~%", rune(text[m[0]-1])) {
			continue // a part of something longer
		}
		say(m[0], m[1], fmt.Sprintf("this indicator is live: %s", Defang(ip)), Defang(ip))
	}
}
