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
	b     strings.Builder
	root  string
	links []string
	depth int
}

// text writes the whole edition. view is the same issue as is.
func (m *mailer) text(is *issue.Issue, view IssueView) []byte {
	w := textWriter{root: m.base}
	w.line(strings.ToUpper(m.publication.Name))
	var facts []string
	if view.Number > 0 {
		facts = append(facts, "No. "+strconv.Itoa(view.Number))
	}
	if view.Day != "" {
		facts = append(facts, view.Day)
	}
	w.line(strings.Join(append(facts, strconv.Itoa(view.Minutes)+" min"), " · "))
	w.line("")
	w.title(view.Title, "=")
	w.line("On the web: " + view.URL)
	w.line("")
	w.blocks(is.Intro, "")
	w.list()
	for i := range is.Items {
		item, v := &is.Items[i], &view.Items[i]
		w.line("")
		if item.Section {
			w.title(v.Text, "=")
		} else {
			w.title(strconv.Itoa(v.Number)+". "+v.Text, "-")
			if v.URL != "" {
				w.line(v.URL)
			}
			if v.Also != "" {
				w.line(v.Also)
			}
			if v.URL != "" || v.Also != "" {
				w.line("")
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
		w.line("")
		w.line(strings.Repeat("-", textWidth))
		w.line("")
		w.blocks(is.Outro, "")
		w.list()
	}
	if len(view.Corrections) > 0 {
		w.line("")
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
			w.line("")
		}
	}
	m.sign(&w)
	return []byte(w.b.String())
}

// sign writes what stands under every text: why it came, the postal address and
// the way out.
func (m *mailer) sign(w *textWriter) {
	w.line("")
	w.line("-- ") // what stands below is the signature (RFC 3676 section 4.3)
	about := "You get " + m.publication.Name + " because you subscribed to it."
	if editor := clean(m.publication.Editor.Name); editor != "" {
		about += " It is edited by " + editor + "."
	}
	w.wrapped(about, "", "")
	w.line("All issues: " + m.base + "archive/")
	w.line("Unsubscribe: " + m.publication.Mail.Unsubscribe)
	for _, line := range strings.Split(m.publication.Address, "\n") {
		if line = clean(line); line != "" {
			w.line(line)
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
	w.line(text)
	m.sign(&w)
	return []byte(w.b.String()), nil
}

func (w *textWriter) line(s string) {
	w.b.WriteString(s)
	w.b.WriteByte('\n')
}

func (w *textWriter) title(s, rule string) {
	longest := 0
	for _, line := range wrap(s, textWidth) {
		w.line(line)
		longest = max(longest, columns(line))
	}
	w.line(strings.Repeat(rule, min(longest, textWidth)))
	w.line("")
}

// list writes the addresses of the links met since the last list.
func (w *textWriter) list() {
	for i, link := range w.links {
		w.line("[" + strconv.Itoa(i+1) + "] " + link)
	}
	if len(w.links) > 0 {
		w.line("")
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
		w.line("")
	}
	w.depth--
}

// gap writes the empty line between two blocks: within a quote it is quoted.
func (w *textWriter) gap(prefix string) { w.line(strings.TrimRight(prefix, " ")) }

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
		for i, line := range strings.Split(w.inlines(b.Inlines), "\n") {
			if i > 0 {
				first = rest
			}
			w.wrapped(line, first, rest)
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
			w.line(first + "    " + strings.TrimRight(verbatim(line), " "))
		}
	case issue.BlockRule:
		w.line(first + "* * *")
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
		w.line(strings.TrimRight(first, " "))
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
	for i, line := range wrap(clean(text), textWidth-columns(rest)) {
		if i > 0 {
			first = rest
		}
		w.line(strings.TrimRight(first+line, " "))
	}
}

// wrap breaks a text of one line into lines of at most width columns, as a
// terminal counts them: at spaces, and within words of a script that is written
// without spaces. A line never starts with what would read as a quote mark, nor
// with "From ", which mailboxes on disk take for the start of a message.
func wrap(text string, width int) []string {
	width = max(width, 20)
	var lines []string
	line, length := make([]byte, 0, 2*width), 0
	for word := range strings.FieldsSeq(text) {
		space := len(line) > 0
		for _, piece := range breakable(word, width) {
			n := columns(piece)
			gap := 0
			if space {
				gap = 1
			}
			if len(line) > 0 && length+gap+n > width {
				if done, carried, ok := breakBefore(string(line), piece); ok {
					lines = append(lines, done)
					line, length, space = append(line[:0], carried...), columns(carried), carried != "" && space
				}
			}
			if space {
				line, length = append(line, ' '), length+1
			}
			line, length, space = append(line, piece...), length+n, false
		}
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}

// breakBefore ends a line before a piece: the line, and what of it must go along to
// the next one so that the piece does not begin that; ok is false when nothing
// can.
func breakBefore(line, piece string) (done, carried string, ok bool) {
	begins := func(s string) bool { return !strings.HasPrefix(s, ">") && s != "From" }
	if begins(piece) {
		return line, "", true
	}
	i := strings.LastIndexByte(line, ' ')
	if i < 0 || !begins(line[i+1:]) {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}

// columns is how wide a text stands in a terminal: ideographs and emoji take
// two columns, accents none.
func columns(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// breakable gives a word in pieces between which a line may end: Chinese and
// Japanese are written without spaces. What has no character of double width,
// such as an address, is one piece; so is what fits into a line.
func breakable(word string, width int) []string {
	if wide := columns(word); wide <= width/2 || wide == utf8.RuneCountInString(word) {
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
	var b strings.Builder
	w.writeInlines(&b, inlines, 0)
	return b.String()
}

func (w *textWriter) writeInlines(b *strings.Builder, inlines []issue.Inline, depth int) {
	if depth > maxDepth {
		b.WriteString(plainInlines(inlines))
		return
	}
	around := func(mark string, in *issue.Inline) {
		b.WriteString(mark)
		w.writeInlines(b, in.Inlines, depth+1)
		b.WriteString(mark)
	}
	for i := range inlines {
		in := &inlines[i]
		switch in.Kind {
		case issue.InlineText:
			// A line end within text is no hard break.
			b.WriteString(strings.ReplaceAll(in.Text, "\n", " "))
		case issue.InlineRaw:
			if !isComment(in.Text) {
				b.WriteString(strings.ReplaceAll(in.Text, "\n", " "))
			}
		case issue.InlineEmph:
			around("_", in)
		case issue.InlineStrong:
			around("*", in)
		case issue.InlineStrike:
			around("~", in)
		case issue.InlineCode:
			b.WriteString("`" + strings.ReplaceAll(in.Text, "\n", " ") + "`")
		case issue.InlineLink:
			w.writeInlines(b, in.Inlines, depth+1)
			w.note(b, in.URL, plainInlines(in.Inlines))
		case issue.InlineImage:
			alt := clean(in.Text)
			if alt == "" {
				alt = "picture"
			}
			b.WriteString(alt)
			w.note(b, in.URL, alt)
		case issue.InlineBreak:
			b.WriteByte('\n')
		case issue.InlineSoft:
			b.WriteByte(' ')
		}
	}
}

// note writes the number of a link's address, unless the address is to be read
// already.
func (w *textWriter) note(b *strings.Builder, address, shown string) {
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
	b.WriteString(" [" + strconv.Itoa(number) + "]")
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
