package issue

// This file reads an issue file: its front matter (matter.go), its Markdown
// (tree.go), and, as a careful reader would, which of the Markdown is intro,
// item and outro. The bytes are kept as they were.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads one issue file. file is its name, for problems and for a
// permalink that is stated nowhere. It never fails: the issue has what could
// be read, the problems say what could not. An Error among them means that the
// issue can't be rendered. The rules of writing are Check's, not Parse's.
//
// src is kept and must not be changed afterwards.
func Parse(file string, src []byte) (*Issue, []Problem) { return Open(file, src).Issue() }

// Opened is an issue file that is read as far as it was asked for.
type Opened struct {
	is       *Issue
	problems []Problem
	matter   bool // the front matter has been read
	whole    bool // and the text, or it can't be
}

// Open makes ready to read one issue file, as Parse does.
func Open(file string, src []byte) *Opened {
	is := &Issue{File: file, src: src}
	is.hash = is.Hash()
	return &Opened{is: is}
}

// OpenKnown opens a file whose Head is known, and was without a problem: the front
// matter is not read again. The issue has no Keys and no Extra.
func OpenKnown(head Head, src []byte) *Opened {
	o := Open(head.File, src)
	if o.Hash() == head.Hash {
		o.take(head)
	}
	return o
}

// OpenSame is OpenKnown for bytes that are known to be those of the head. unmarked is
// what Unmarked said when they were opened first.
func OpenSame(head Head, src []byte, unmarked bool) *Opened {
	o := &Opened{is: &Issue{File: head.File, src: src, hash: head.Hash, unmarked: unmarked}}
	o.take(head)
	return o
}

// take takes from a head what the front matter says.
func (o *Opened) take(head Head) {
	is := o.is
	if place, ok, closed := findMatter(is.src); ok && closed {
		is.Number, is.Title, is.Date, is.Description = head.Number, head.Title, head.Date, head.Description
		is.Permalink, is.Aliases, is.Tags, is.Draft = head.Permalink, head.Aliases, head.Tags, head.Draft
		is.Corrections, is.Mark = head.Corrections, head.Mark
		is.Body = Span{place.body, len(is.src)}
		o.matter = true
	}
}

// Hash is that of the issue.
func (o *Opened) Hash() string { return o.is.hash }

// readMatter reads the front matter.
func (o *Opened) readMatter() {
	if o.matter {
		return
	}
	o.matter = true
	is := o.is
	if len(is.src) > maxSource {
		is.Body, o.whole = Span{len(is.src), len(is.src)}, true
		o.problems = []Problem{{
			Rule: "file-too-large", Severity: Error, File: is.File, Line: 1, Column: 1,
			What: fmt.Sprintf("the file is larger than %d MB", maxSource>>20), Hint: "is this an issue of the newsletter?",
		}}
		return
	}
	o.problems = is.parseMatter()
}

// Issue reads all of it and gives what Parse gives. It is the same issue each
// time.
func (o *Opened) Issue() (*Issue, []Problem) {
	is := o.is
	o.readMatter()
	if o.whole {
		return is, o.problems
	}
	o.whole = true
	if at := tooDense(is.src, is.Body.Start); at >= 0 {
		o.problems = append(o.problems, is.problem(at, "markdown-too-dense", Error, "this paragraph has more brackets, stars and the like than can be read in good time", "remove what does not belong there"))
		return is, o.problems
	}
	t := newTreeReader(is.src, is.Body.Start)
	blocks, comments := t.read()
	is.comments, is.room = comments, t.room
	is.split(blocks)
	o.problems = append(o.problems, is.takeMarks()...)
	return is, o.problems
}

// Head gives what the archive knows of an issue from its front matter: the head
// has no Items and no Words, which take reading the text. Only a text that may say
// who may read it is read. The problems are Parse's, as far as they are about what
// was read.
func (o *Opened) Head() (Head, []Problem) {
	if o.readMatter(); !o.whole {
		if o.is.unmarked = !mayHoldMark(o.is.src); !o.is.unmarked {
			o.Issue()
		}
	}
	return HeadOf(o.is), slices.Clip(o.problems)
}

// Unmarked tells whether Head saw that nothing in the file can be a mark.
func (o *Opened) Unmarked() bool { return o.is.unmarked }

// parseMatter reads the front matter, with what is made where it says nothing.
func (is *Issue) parseMatter() []Problem {
	problems := is.readMatter()
	if is.Permalink == "" {
		is.Permalink = permalinkOf("", "", "", is.File, is.Title)
	}
	if is.Title == "" && !hasErrors(problems) {
		at := 0
		if k, ok := is.Keys["title"]; ok {
			at = k.Start
		}
		problems = append(problems, is.problem(at, "title-missing", Error, "the issue has no title", "add a line like: title: \"96 - The cloud is more secure\""))
	}
	return problems
}

func hasErrors(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Error {
			return true
		}
	}
	return false
}

// problem makes a problem at an offset of the file.
func (is *Issue) problem(at int, rule string, severity Severity, what, hint string) Problem {
	line, column := position(is.src, at)
	return Problem{Rule: rule, Severity: severity, File: is.File, Line: line, Column: column, What: what, Hint: hint}
}

// Source gives the file's bytes as they were parsed. They must not be changed.
func (is *Issue) Source() []byte { return is.src }

// Release lets the memory of the text serve another issue: Intro, Items and Outro
// are gone then, and nobody may look any more at what was taken from them, but for
// strings.
func (is *Issue) Release() {
	if room := is.room; room != nil {
		is.room, is.Intro, is.Items, is.Outro = nil, nil, nil, nil
		room.inlines.again()
		room.blocks.again()
		roomPool.Put(room)
	}
}

// Hash gives the SHA-256 of the file's bytes in hex.
func (is *Issue) Hash() string {
	if is.hash != "" {
		return is.hash
	}
	sum := sha256.Sum256(is.src)
	return hex.EncodeToString(sum[:])
}

// Seal gives the SHA-256 in hex of the file without its `corrections:` entry:
// what may not change unsaid once the issue is published. Of an issue without
// corrections it is the Hash.
func (is *Issue) Seal() string {
	k, ok := is.Keys["corrections"]
	if !ok {
		return is.Hash()
	}
	sum := sha256.Sum256(splice(is.src, []Edit{{Start: k.Start, End: k.End}}))
	return hex.EncodeToString(sum[:])
}

// HeadOf gives what the archive keeps of an issue. It shares no memory with
// the file's text.
func HeadOf(is *Issue) Head {
	h := Head{
		File: is.File, Number: is.Number, Date: is.Date,
		Aliases: is.Aliases, Tags: is.Tags, Draft: is.Draft, Corrections: is.Corrections, Mark: is.Mark,
	}
	// Cut from one string of their own: heads are held by the thousand, and the file is not.
	description := strings.TrimSpace(is.Description)
	all := is.Title + description + is.Permalink + is.Hash()
	for _, part := range []struct {
		of *string
		n  int
	}{{&h.Title, len(is.Title)}, {&h.Description, len(description)}, {&h.Permalink, len(is.Permalink)}, {&h.Hash, len(is.Hash())}} {
		*part.of, all = all[:part.n], all[part.n:]
	}
	h.TitleLine, h.DateLine, h.PermalinkLine = is.keyLine("title"), is.keyLine("date"), is.keyLine("permalink")
	h.Words = Words(is)
	for _, it := range is.Items {
		if !it.Section {
			h.Items = append(h.Items, ItemHead{Title: strings.Clone(PlainInlines(it.Title)), URL: strings.Clone(it.URL), Line: it.Line, Mark: it.Mark})
		}
	}
	return h
}

// keyLine gives the line of a front matter key; 0 when it is not there.
func (is *Issue) keyLine(key string) int {
	k, ok := is.Keys[key]
	if !ok {
		return 0
	}
	line, _ := position(is.src, k.Start)
	return line
}

// split parts the blocks of the body.
//
// An item begins at a heading of level 1 or 2 that is a link, or that the bare
// link follows; a lower heading begins one when it is both. Headings without a
// link are titles: between items (or right before the first) they are items
// with Section set; before that they belong to the intro, after the last item
// they open the outro. A heading below level 2 is a title only right before an
// item: else it is a part of a note. A rule after the last item's text opens
// the outro, too. Without either there is no outro: a closing paragraph can't
// be told from a note.
func (is *Issue) split(blocks []Block) {
	first, last := -1, -1
	kinds := make([]headingKind, len(blocks))
	for i := range blocks {
		kinds[i] = is.headingKind(blocks, i)
		if kinds[i] == storyHeading {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	for i := len(blocks) - 2; i >= 0; i-- {
		if kinds[i] == noItemHeading && blocks[i].Kind == BlockHead && blocks[i].Level > 2 && kinds[i+1] != noItemHeading && is.hasHashes(blocks[i]) {
			kinds[i] = titleHeading
		}
	}
	is.insertAt = is.Body.End
	if first < 0 {
		is.splitWithoutItems(blocks)
		return
	}
	for first > 0 && kinds[first-1] == titleHeading {
		first--
	}
	is.Intro = blocks[:first:first]

	outro := len(blocks)
	for i := last + 1; i < len(blocks); i++ {
		if kinds[i] == titleHeading {
			outro = i
			break
		}
		if blocks[i].Kind == BlockRule && i > last+1 && !(i == last+2 && isBareLine(&blocks[last+1])) {
			outro = i
			break
		}
	}
	end := is.Body.End
	if outro < len(blocks) {
		end = blocks[outro].Span.Start
		is.insertAt = end
		is.Outro = blocks[outro:]
		if is.Outro[0].Kind == BlockRule {
			is.Outro = is.Outro[1:]
		}
	}
	items := 0
	for _, kind := range kinds[first:outro] {
		if kind != noItemHeading {
			items++
		}
	}
	is.Items = make([]Item, 0, items)
	for start := first; start < outro; {
		stop := start + 1
		for stop < outro && kinds[stop] == noItemHeading {
			stop++
		}
		itemEnd := end
		if stop < outro {
			itemEnd = blocks[stop].Span.Start
		}
		is.Items = append(is.Items, is.item(blocks[start:stop], kinds[start] == titleHeading, itemEnd))
		start = stop
	}
}

// splitWithoutItems parts a body that has no items yet: what stands after its
// last rule is the outro.
func (is *Issue) splitWithoutItems(blocks []Block) {
	is.Intro = blocks
	for i := len(blocks) - 1; i > 0; i-- {
		if blocks[i].Kind == BlockRule {
			is.Intro, is.Outro = blocks[:i:i], blocks[i+1:]
			is.insertAt = blocks[i].Span.Start
			return
		}
	}
}

type headingKind uint8

const (
	noItemHeading headingKind = iota
	storyHeading              // opens an item
	titleHeading              // a title between items
)

func (is *Issue) headingKind(blocks []Block, i int) headingKind {
	b := &blocks[i]
	if b.Kind != BlockHead {
		return noItemHeading
	}
	_, _, linked := storyLink(b.Inlines)
	bare := i+1 < len(blocks) && isBareLine(&blocks[i+1])
	switch {
	case linked && bare, b.Level <= 2 && (linked || bare):
		return storyHeading
	case b.Level <= 2 && is.hasHashes(*b):
		return titleHeading
	}
	return noItemHeading
}

// hasHashes tells whether a heading is written with them. "text" over a line of
// dashes is a heading by CommonMark, but more often a rule that lacks an empty
// line before it: it opens nothing.
func (is *Issue) hasHashes(b Block) bool {
	return bytes.HasPrefix(bytes.TrimLeft(is.src[b.Span.Start:b.Span.End], " "), []byte("#"))
}

// storyLink finds the link a heading consists of, and gives the heading
// without it. Something may stand beside the link or around it, as long as the
// link is the most of it.
func storyLink(in []Inline) (link Inline, title []Inline, ok bool) {
	if len(in) == 1 && in[0].Kind == InlineLink && isTrimmed(in[0].Inlines) {
		return in[0], in[0].Inlines, true // as most headings are
	}
	title, link, ok = unlink(in)
	if !ok {
		return link, in, false
	}
	whole, linked := utf8.RuneCountInString(PlainInlines(in)), utf8.RuneCountInString(PlainInlines(link.Inlines))
	if linked*2 < whole {
		return link, in, false
	}
	return link, trimInlines(title), true
}

// unlink replaces the first link in by its text.
func unlink(in []Inline) (out []Inline, link Inline, ok bool) {
	for i, x := range in {
		if x.Kind == InlineLink {
			out = append(append(append(out, in[:i]...), x.Inlines...), in[i+1:]...)
			return out, x, true
		}
		if len(x.Inlines) > 0 {
			if inner, l, found := unlink(x.Inlines); found {
				x.Inlines = inner
				out = append(append(append(out, in[:i]...), x), in[i+1:]...)
				return out, l, true
			}
		}
	}
	return in, link, false
}

// trimInlines removes the spaces at both ends of running text.
func trimInlines(in []Inline) []Inline {
	if n := len(in); n > 0 && in[0].Kind == InlineText {
		in[0].Text = strings.TrimLeft(in[0].Text, " \t")
	}
	if n := len(in); n > 0 && in[n-1].Kind == InlineText {
		in[n-1].Text = strings.TrimRight(in[n-1].Text, " \t")
	}
	return in
}

// isTrimmed says whether trimInlines would change nothing.
func isTrimmed(in []Inline) bool {
	n := len(in)
	return n == 0 || !(in[0].Kind == InlineText && strings.TrimLeft(in[0].Text, " \t") != in[0].Text ||
		in[n-1].Kind == InlineText && strings.TrimRight(in[n-1].Text, " \t") != in[n-1].Text)
}

// isBareLine says whether a block begins with a bare-link line.
func isBareLine(b *Block) bool {
	_, _, ok := bareLine(b)
	return ok
}

// isAddress tells whether a text is nothing but an address of the web.
func isAddress(s string) bool {
	for _, start := range []string{"https://", "http://", "www."} {
		if len(s) > len(start) && strings.EqualFold(s[:len(start)], start) {
			return !strings.ContainsAny(s, " \t\n\f\r")
		}
	}
	return false
}

// bareLine reads a paragraph whose first line is nothing but an address, as a
// link to itself or as it is. rest is what follows on further lines.
func bareLine(b *Block) (address string, rest []Inline, ok bool) {
	if b.Kind != BlockPara {
		return "", nil, false
	}
	line := b.Inlines
	for i := range line {
		if x := &line[i]; x.Kind == InlineSoft || x.Kind == InlineBreak {
			line, rest = line[:i], line[i+1:]
			break
		}
	}
	var word []Inline // the only one
	for i := range line {
		if x := &line[i]; x.Kind != InlineText || strings.TrimSpace(x.Text) != "" {
			if word != nil {
				return "", nil, false
			}
			word = line[i : i+1]
		}
	}
	if word == nil {
		return "", nil, false
	}
	label := PlainInlines(word)
	switch {
	case word[0].Kind == InlineText && isAddress(label):
		return label, rest, true
	case word[0].Kind == InlineLink && (isAddress(label) || label == word[0].URL):
		return word[0].URL, rest, true
	}
	return "", nil, false
}

// item reads one item from its blocks, of which the first is the heading.
func (is *Issue) item(blocks []Block, section bool, end int) Item {
	head := blocks[0]
	it := Item{
		Title: head.Inlines, Heading: head.Span, Line: head.Line, Section: section,
		Span: Span{head.Span.Start, end},
	}
	blocks = blocks[1:]
	if section {
		it.Parts = parts(blocks)
		return it
	}
	link, title, linked := storyLink(head.Inlines)
	it.Title, it.URL = title, strings.TrimSpace(link.URL)
	if !linked {
		it.URL = ""
	}
	// The title is shown as a link, and a link holds none.
	for more := true; more; {
		it.Title, _, more = unlink(it.Title)
	}
	if len(blocks) > 0 {
		if address, rest, ok := bareLine(&blocks[0]); ok {
			it.Bare = address
			if it.URL == "" {
				it.URL = address
			}
			glued := blocks[0]
			blocks = blocks[1:]
			if len(rest) > 0 {
				glued.Inlines = rest
				line := commonMarkLines(is.src[glued.Span.Start:glued.Span.End], 0)
				glued.Span.Start += lineEnd(line, 0)
				glued.Line, glued.Column = position(is.src, glued.Span.Start)
				blocks = append([]Block{glued}, blocks...)
			}
		}
	}
	it.Parts = parts(blocks)
	return it
}

// A name in brackets that opens a note: one to three capitalised words, so
// that "(Psst, ...)" and "(And yes, ...)" are none.
var authorMark = pattern(`^\((\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,2})\)[.:]?(?:\s|$)`)

// notNames are words in brackets that open a note and name nobody.
var notNames = []string{
	"Ad", "Aside", "Correction", "Disclaimer", "Disclosure", "Edit", "Edited", "Note", "OK", "Paywall", "Paywalled",
	"PDF", "Spoiler", "Spoilers", "Sponsored", "Thread", "Trigger Warning", "Update", "Updated", "Video", "Yes", "No",
}

// noteAuthor gives the name of the editor that a block opens with. The name may
// be a link to her, or emphasised: "([Joel](https://...)) ...".
func noteAuthor(b Block) string {
	if b.Kind != BlockPara || len(b.Inlines) == 0 {
		return ""
	}
	if first := &b.Inlines[0]; first.Kind == InlineText {
		if text := strings.TrimSpace(first.Text); text != "" && text[0] != '(' {
			return "" // as nearly all do
		}
	}
	const enough = 5 // pieces of running text: "(", the name, ")", what follows
	opening := PlainInlines(b.Inlines[:min(enough, len(b.Inlines))])
	if !strings.HasPrefix(opening, "(") {
		return ""
	}
	if m := authorMark().FindStringSubmatch(opening); m != nil && len(m[1]) <= 40 && !slices.Contains(notNames, m[1]) {
		return m[1]
	}
	return ""
}

// parts groups the blocks of an item: each blockquote is a part, and so is
// each run of other blocks. An editor's name begins a new part.
func parts(blocks []Block) []Part {
	if len(blocks) == 0 {
		return nil
	}
	most := 0 // without the authors
	for i := range blocks {
		if i == 0 || blocks[i].Kind == BlockQuote || blocks[i-1].Kind == BlockQuote {
			most++
		}
	}
	out := make([]Part, 0, most)
	begin := 0 // of the note's blocks
	for i, b := range blocks {
		if b.Kind == BlockQuote {
			out = append(out, Part{Quote: true, Blocks: b.Blocks, Span: b.Span, Line: b.Line})
			continue
		}
		author := noteAuthor(b)
		if n := len(out); n > 0 && !out[n-1].Quote && author == "" {
			out[n-1].Blocks = blocks[begin : i+1 : i+1]
			out[n-1].Span.End = b.Span.End
			continue
		}
		begin = i
		out = append(out, Part{Author: author, Blocks: blocks[i : i+1 : i+1], Span: b.Span, Line: b.Line})
	}
	return out
}
