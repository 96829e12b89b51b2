package render

// This file writes the plain-text edition, from the issue's tree and not from
// HTML: a text worth reading by itself.

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// textWidth is the longest line of the text, but for addresses and words that
// are longer (RFC 5322 section 2.1.1 asks for at most 78).
const textWidth = 72

// textWriter writes the text of one item, or of the intro or outro. Links are
// numbered and listed after it.
type textWriter struct {
	b     []byte
	root  string
	links []string
	depth int

	run []byte // what running text is put together in: used again and again
}

// text writes the whole edition. view is the same issue as is.
func (m *mailer) text(is *issue.Issue, view IssueView) []byte {
	w := textWriter{root: m.base, b: m.paper.take()}
	w.say(strings.ToUpper(m.publication.Name))
	var facts []string
	if view.Number > 0 {
		facts = append(facts, "No. "+strconv.Itoa(view.Number))
	}
	if view.Day != "" {
		facts = append(facts, view.Day)
	}
	w.say(strings.Join(append(facts, strconv.Itoa(view.Minutes)+" min"), " · "))
	w.say("")
	w.title(view.Title, "=")
	w.say("On the web: " + view.URL)
	w.say("")
	w.blocks(is.Intro, "")
	w.list()
	for i := range is.Items {
		item, v := &is.Items[i], &view.Items[i]
		w.say("")
		if item.Section {
			w.title(v.Text, "=")
		} else {
			w.title(strconv.Itoa(v.Number)+". "+v.Text, "-")
			if v.URL != "" {
				w.say(v.URL)
			}
			if v.Also != "" {
				w.say(v.Also)
			}
			if v.URL != "" || v.Also != "" {
				w.say("")
			}
		}
		for _, part := range item.Parts {
			prefix := ""
			if part.Quote {
				prefix = "> "
			}
			w.blocks(part.Blocks, prefix)
		}
		w.list()
	}
	if len(is.Outro) > 0 {
		w.say("")
		w.say(strings.Repeat("-", textWidth))
		w.say("")
		w.blocks(is.Outro, "")
		w.list()
	}
	if len(view.Corrections) > 0 {
		w.say("")
		w.title("Corrections", "-")
		for _, c := range view.Corrections {
			text := c.What
			if c.Day != "" {
				text = c.Day + ": " + text
			}
			if c.Was != "" {
				text += " It said: " + c.Was
			}
			w.wrapped(text, "* ", "  ")
			w.say("")
		}
	}
	m.sign(&w)
	return w.b
}

// sign writes what stands under every text: why it came, the postal address and
// the way out.
func (m *mailer) sign(w *textWriter) {
	w.say("")
	w.say("-- ") // what stands below is the signature (RFC 3676 section 4.3)
	about := "You get " + m.publication.Name + " because you subscribed to it."
	if editor := clean(m.publication.Editor.Name); editor != "" {
		about += " It is edited by " + editor + "."
	}
	w.wrapped(about, "", "")
	w.say("All issues: " + m.base + "archive/")
	w.say("Unsubscribe: " + m.publication.Mail.Unsubscribe)
	for _, line := range strings.Split(m.publication.Address, "\n") {
		if line = clean(line); line != "" {
			w.say(line)
		}
	}
}

// maxOwnText is how large a text edited by hand may be: many times that of any
// issue.
const maxOwnText = 1 << 20

// signatureMark is the line above a signature (RFC 3676 section 4.3). Editors
// that take spaces off the ends of lines leave it without its space.
const signatureMark = "--"

// ownText makes the text edition of one that was edited by hand. Its lines stay
// as they were broken. What stands from the signature's mark on is written
// anew, so that the way out and the postal address can't be lost or grow old.
func (m *mailer) ownText(own []byte) ([]byte, error) {
	switch {
	case len(own) > maxOwnText:
		return nil, fmt.Errorf("it has %d kB, and a text may have %d", len(own)/1000, maxOwnText/1000)
	case !utf8.Valid(own):
		return nil, errors.New("it is not UTF-8: save it with that encoding")
	}
	own = bytes.TrimPrefix(own, []byte("\uFEFF"))
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(string(own), "\r\n", "\n")) {
		line = strings.TrimRight(verbatim(strings.TrimSuffix(line, "\n")), " ")
		if line == signatureMark {
			break
		}
		lines = append(lines, line)
	}
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("it is empty: write it, or delete it and the text is made from the issue")
	}
	w := textWriter{root: m.base}
	w.say(text)
	m.sign(&w)
	return w.b, nil
}

func (w *textWriter) say(line string) { w.b = append(append(w.b, line...), '\n') }

func (w *textWriter) title(s, rule string) {
	longest := 0
	wrap(s, textWidth, func(line string) {
		w.say(line)
		longest = max(longest, columns(line))
	})
	w.say(strings.Repeat(rule, min(longest, textWidth)))
	w.say("")
}

// list writes the addresses of the links met since the last list.
func (w *textWriter) list() {
	for i, link := range w.links {
		w.say("[" + strconv.Itoa(i+1) + "] " + link)
	}
	if len(w.links) > 0 {
		w.say("")
	}
	w.links = nil
}

func (w *textWriter) blocks(blocks []issue.Block, prefix string) {
	if w.depth++; w.depth > maxDepth {
		w.wrapped(plainBlocks(blocks), prefix, prefix)
		w.gap(prefix)
		w.depth--
		return
	}
	shown := 0
	for i := range blocks {
		if blocks[i].Kind == issue.BlockRaw && isComment(strings.TrimSpace(blocks[i].Text)) {
			continue
		}
		if shown++; shown > 1 {
			w.gap(prefix)
		}
		w.block(&blocks[i], prefix, prefix)
	}
	if shown > 0 {
		w.say("")
	}
	w.depth--
}

// gap writes the empty line between two blocks: within a quote it is quoted.
func (w *textWriter) gap(prefix string) { w.say(strings.TrimRight(prefix, " ")) }

// block writes a block; first stands before its first line and rest before
// each other one.
func (w *textWriter) block(b *issue.Block, first, rest string) {
	if w.depth++; w.depth > 2*maxDepth {
		w.wrapped(plainBlocks([]issue.Block{*b}), first, rest)
		w.depth--
		return
	}
	defer func() { w.depth-- }()
	switch b.Kind {
	case issue.BlockPara, issue.BlockHead:
		for line := range strings.SplitSeq(w.inlines(b.Inlines), "\n") {
			w.wrapped(line, first, rest)
			first = rest
		}
	case issue.BlockQuote:
		w.each(b.Blocks, first+"> ", rest+"> ", false)
	case issue.BlockList:
		for i := range b.Blocks {
			mark := "* "
			if b.Ordered {
				mark = strconv.Itoa(b.Start+i) + ". "
			}
			if i > 0 && !b.Tight {
				w.gap(rest)
			}
			if i > 0 {
				first = rest
			}
			w.each(b.Blocks[i].Blocks, first+mark, rest+strings.Repeat(" ", len(mark)), b.Tight)
		}
	case issue.BlockItem:
		w.each(b.Blocks, first, rest, false)
	case issue.BlockCode:
		for i, line := range strings.Split(strings.TrimRight(b.Text, "\r\n"), "\n") {
			if i > 0 {
				first = rest
			}
			w.say(first + "    " + strings.TrimRight(verbatim(line), " "))
		}
	case issue.BlockRule:
		w.say(first + "* * *")
	case issue.BlockTable:
		for i, row := range b.Rows {
			cells := make([]string, len(row))
			for c := range row {
				cells[c] = clean(w.inlines(row[c]))
			}
			if i > 0 {
				first = rest
			}
			w.wrapped(strings.Join(cells, " | "), first, rest+"  ")
		}
	case issue.BlockRaw:
		if text := strings.TrimSpace(b.Text); !isComment(text) {
			w.wrapped(clean(text), first, rest)
		}
	}
}

// each writes blocks of which the first starts with first.
func (w *textWriter) each(blocks []issue.Block, first, rest string, tight bool) {
	if len(blocks) == 0 {
		w.say(strings.TrimRight(first, " "))
	}
	for i := range blocks {
		if i > 0 {
			first = rest
			if !tight {
				w.gap(rest)
			}
		}
		w.block(&blocks[i], first, rest)
	}
}

// verbatim gives a line of code without control characters.
func verbatim(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !allowed(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "\uFFFD"))
}

// wrapped writes one paragraph.
func (w *textWriter) wrapped(text, first, rest string) {
	wrap(clean(text), textWidth-columns(rest), func(line string) {
		w.b = append(append(w.b, first...), line...)
		for w.b[len(w.b)-1] == ' ' {
			w.b = w.b[:len(w.b)-1]
		}
		w.b = append(w.b, '\n')
		first = rest
	})
}

// wrap breaks a text, as clean gives it, into lines of at most width columns, as
// a terminal counts them: at spaces, and within words of a script that is
// written without spaces. A line never starts with what would read as a quote
// mark, nor with "From ", which mailboxes on disk take for the start of a
// message.
func wrap(text string, width int, take func(line string)) {
	width = max(width, 20)
	for text != "" {
		n := plainLine(text, width)
		if n < 0 {
			wrapWords(text, width, take)
			return
		}
		take(text[:n])
		text = text[min(n+len(" "), len(text)):]
	}
}

// plainLine gives where the first line of a text ends: its own end or a space;
// -1 for one that wrapWords has to look at word by word.
func plainLine(text string, width int) int {
	space, columns, i := -1, 0, 0
	if start := text[:min(width+1, len(text))]; isASCII(start) {
		space, columns, i = strings.LastIndexByte(start, ' '), len(start), len(start)
	}
	for ; i < len(text) && (columns <= width || text[i] != ' '); columns++ {
		c, size := text[i], 1
		if c == ' ' {
			space = i
		} else if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(text[i:]); !isNarrow(r) {
				return -1
			}
		}
		i += size
	}
	if columns <= width {
		return len(text)
	}
	if space <= 0 || !mayBegin(text[space+1:]) || strings.HasPrefix(text[space+1:], "From") {
		return -1
	}
	return space
}

func isASCII(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		if eight(s)&high != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// wrapWords is wrap, word by word.
func wrapWords(text string, width int, take func(line string)) {
	start, end, length := 0, 0, 0 // of the line at hand, and its columns
	add := func(from, to, n int) {
		if end == start {
			start, end = from, from
		}
		if end > start && length+from-end+n > width {
			if from, ok := breakBefore(text, start, end, from, to); ok {
				take(strings.TrimSuffix(text[start:from], " "))
				start = from
				length = columns(text[start:max(start, end)])
			}
		}
		length += max(0, from-max(start, end)) + n
		end = to
	}
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		from, n, narrow := i, 0, true
		for i < len(text) && text[i] != ' ' {
			size := 1
			if text[i] >= utf8.RuneSelf {
				var r rune
				r, size = utf8.DecodeRuneInString(text[i:])
				narrow = narrow && isNarrow(r)
			}
			i += size
			n++
		}
		word := text[from:i]
		if !narrow {
			n = columns(word)
		}
		if n <= width/2 || n == len(word) {
			add(from, i, n)
			continue
		}
		for _, piece := range breakable(word) {
			add(from, from+len(piece), columns(piece))
			from += len(piece)
		}
	}
	if end > start {
		take(text[start:end])
	}
}

// breakBefore ends the line text[start:end] before the piece text[from:to]: it
// gives where the next line starts, which is before what must go along with the
// piece so that this does not begin that line; ok is false when no place is left.
func breakBefore(text string, start, end, from, to int) (next int, ok bool) {
	if mayBegin(text[from:to]) {
		return from, true
	}
	i := strings.LastIndexByte(text[start:end], ' ')
	if i < 0 || !mayBegin(text[start+i+1:end]) {
		return 0, false
	}
	return start + i + 1, true
}

func mayBegin(piece string) bool { return !strings.HasPrefix(piece, ">") && piece != "From" }

// columns is how wide a text stands in a terminal: ideographs and emoji take
// two columns, accents none.
func columns(s string) int {
	n := 0
	for _, r := range s {
		if r >= utf8.RuneSelf && !isNarrow(r) {
			return uniseg.StringWidth(s)
		}
		n++
	}
	return n
}

// isNarrow knows the letters and marks beyond ASCII that stand alone in one
// column each and that most texts in Latin letters have no others than.
func isNarrow(r rune) bool {
	switch {
	case r >= 0xc0 && r <= 0x17f, r >= 0x2010 && r <= 0x2014, r >= 0x2018 && r <= 0x201f, r == 0xb7, r == 0x2022, r == 0x2026:
		return true
	}
	return false
}

// breakable gives a word in pieces between which a line may end: Chinese and
// Japanese are written without spaces. What has no character of double width,
// such as an address, is one piece.
func breakable(word string) []string {
	if columns(word) == utf8.RuneCountInString(word) {
		return []string{word}
	}
	var pieces []string
	for state, rest := -1, word; rest != ""; {
		var piece string
		piece, rest, _, state = uniseg.FirstLineSegmentInString(rest, state) // UAX #14
		pieces = append(pieces, piece)
	}
	return pieces
}

// inlines gives running text as it reads in plain text, hard breaks as "\n".
func (w *textWriter) inlines(inlines []issue.Inline) string {
	w.run = w.run[:0]
	w.writeInlines(inlines, 0)
	return string(w.run)
}

func (w *textWriter) writeInlines(inlines []issue.Inline, depth int) {
	if depth > maxDepth {
		w.run = append(w.run, plainInlines(inlines)...)
		return
	}
	around := func(mark byte, in *issue.Inline) {
		w.run = append(w.run, mark)
		w.writeInlines(in.Inlines, depth+1)
		w.run = append(w.run, mark)
	}
	for i := range inlines {
		in := &inlines[i]
		switch in.Kind {
		case issue.InlineText:
			// A line end within text is no hard break.
			w.run = append(w.run, strings.ReplaceAll(in.Text, "\n", " ")...)
		case issue.InlineRaw:
			if !isComment(in.Text) {
				w.run = append(w.run, strings.ReplaceAll(in.Text, "\n", " ")...)
			}
		case issue.InlineEmph:
			around('_', in)
		case issue.InlineStrong:
			around('*', in)
		case issue.InlineStrike:
			around('~', in)
		case issue.InlineCode:
			w.run = append(append(append(w.run, '`'), strings.ReplaceAll(in.Text, "\n", " ")...), '`')
		case issue.InlineLink:
			w.writeInlines(in.Inlines, depth+1)
			w.note(in.URL, plainInlines(in.Inlines))
		case issue.InlineImage:
			alt := clean(in.Text)
			if alt == "" {
				alt = "picture"
			}
			w.run = append(w.run, alt...)
			w.note(in.URL, alt)
		case issue.InlineBreak:
			w.run = append(w.run, '\n')
		case issue.InlineSoft:
			w.run = append(w.run, ' ')
		}
	}
}

// note writes the number of a link's address, unless the address is to be read
// already.
func (w *textWriter) note(address, shown string) {
	href := resolve(address, w.root)
	if href == "" || sameAddress(href, shown) || sameAddress(clean(address), shown) {
		return
	}
	number := 0
	for i, link := range w.links {
		if link == href {
			number = i + 1
		}
	}
	if number == 0 {
		w.links = append(w.links, href)
		number = len(w.links)
	}
	w.run = append(strconv.AppendInt(append(w.run, " ["...), int64(number), 10), ']')
}

// sameAddress says whether a link's text is its address, give or take what
// people leave out when they write one.
func sameAddress(address, shown string) bool {
	bare := func(s string) string {
		for _, prefix := range []string{"https://", "http://", "mailto:"} {
			s = strings.TrimPrefix(s, prefix)
		}
		return strings.TrimSuffix(s, "/")
	}
	return shown != "" && bare(address) == bare(shown)
}
