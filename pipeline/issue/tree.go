package issue

// This file turns Markdown into our own tree of blocks and inlines. goldmark
// reads CommonMark with tables and ~~strikethrough~~; the tree it gives is
// copied at once, so that no other room needs to know it.
//
// Two things differ from a plain CommonMark renderer, for the reader's safety:
// raw HTML becomes text, and an address is a link only where the editor wrote
// it as one. (A security newsletter quotes addresses nobody should click.)

import (
	"bytes"
	"html"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Bounds on Markdown. goldmark takes time that grows with the square of the
// open brackets, stars and the like in one paragraph, and memory that grows
// with columns times rows of a table.
const (
	maxSource     = 1 << 20
	maxDensity    = 400_000_000 // sum over paragraphs of marks squared: about 0.2 s
	maxMarkers    = 100         // quote and list markers before the text of one line
	maxTableCells = 20_000
	maxDepth      = 60 // of nested blocks and inlines kept as such; deeper is text
)

// treeReader copies goldmark's tree of one file.
type treeReader struct {
	src  []byte // the file; a lone CR is a LF here, as CommonMark 2.1 has it
	base int    // where the Markdown begins in the file
	all  string // the Markdown, from which the texts of the tree are cut

	file       []byte // as it is
	line, next int    // how many of its lines end before the place next: see position

	room     *treeRoom // that the tree is cut from
	comments []comment // HTML comments, which no reader sees
}

// comment is one closed HTML comment of the Markdown: what stands between its
// marks, and the place of the whole.
type comment struct {
	text string
	span Span
}

// commonMarkLines gives src with every lone CR behind from as LF: same length, so
// that offsets stay true. goldmark knows LF and CRLF only.
func commonMarkLines(src []byte, from int) []byte {
	if bytes.IndexByte(src[from:], '\r') < 0 || bytes.Count(src[from:], []byte("\r")) == bytes.Count(src[from:], []byte("\r\n")) {
		return src
	}
	out := bytes.Clone(src)
	for i := from; i < len(out); i++ {
		if out[i] == '\r' && (i+1 == len(out) || out[i+1] != '\n') {
			out[i] = '\n'
		}
	}
	return out
}

// readBlocks gives the top-level blocks of the Markdown in src[from:], and the
// comments in it.
func readBlocks(file []byte, from int) ([]Block, []comment) {
	t := newTreeReader(file, from)
	return t.read()
}

// read reads the top-level blocks.
func (t *treeReader) read() ([]Block, []comment) {
	from := t.base
	body := t.src[from:]
	md := withoutTables
	if bytes.IndexByte(body, '|') >= 0 && tableCells(body) <= maxTableCells {
		md = withTables
	}
	lent := nodesPool.Get().(*nodes)
	pc := parser.NewContext()
	pc.Set(nodesKey, lent)
	doc := md().Parse(text.NewReader(body), parser.WithContext(pc))
	blocks := t.blocks(doc, len(t.src), false, 0)
	lent.back()
	nodesPool.Put(lent)
	return blocks, t.comments
}

func newTreeReader(file []byte, from int) *treeReader {
	src := commonMarkLines(file, from)
	return &treeReader{src: src, base: from, all: string(src[from:]), file: file, room: roomPool.Get().(*treeRoom)}
}

// treeRoom is what the blocks and inlines of a file are cut from. That of an issue
// that is done with serves the next one: see Release.
type treeRoom struct {
	inlines slab[Inline]
	blocks  slab[Block]
}

var roomPool = sync.Pool{New: func() any { return &treeRoom{slab[Inline]{piece: 64}, slab[Block]{piece: 16}} }}

// slab gives room for things, cut from larger pieces.
type slab[T any] struct {
	piece    int // how many a piece is for, at least
	pieces   [][]T
	at, used int // the piece that is cut from, and how much of it was
}

func (s *slab[T]) take(n int) []T {
	for s.at < len(s.pieces) && s.used+n > len(s.pieces[s.at]) {
		s.at, s.used = s.at+1, 0
	}
	if s.at == len(s.pieces) {
		s.pieces = append(s.pieces, make([]T, max(n, s.piece)))
	}
	start := s.used
	s.used += n
	return s.pieces[s.at][start:start:s.used]
}

// again takes all back; of very many pieces it lets go.
func (s *slab[T]) again() {
	const most = 100
	if len(s.pieces) > most {
		s.pieces = nil
	}
	for i := range min(s.at+1, len(s.pieces)) {
		clear(s.pieces[i])
	}
	s.at, s.used = 0, 0
}

// The two parsers; each serves any number of files at a time.
var (
	withoutTables = sync.OnceValue(func() parser.Parser { return parserWith(extension.Strikethrough) })
	withTables    = sync.OnceValue(func() parser.Parser { return parserWith(extension.Strikethrough, extension.Table) })
)

// parserWith is goldmark.DefaultParser, with what is of plain.go, and references.
func parserWith(extensions ...goldmark.Extender) parser.Parser {
	blocks := parser.DefaultBlockParsers()
	for i := range blocks {
		if p := parser.NewParagraphParser(); blocks[i].Value == p {
			blocks[i].Value = paragraphParser{p}
		}
	}
	md := parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(), util.Prioritized(plainText{}, 0), util.Prioritized(plainLinks{}, 0))...),
		parser.WithParagraphTransformers(util.Prioritized(references{}, 100)),
	)
	return goldmark.New(goldmark.WithParser(md), goldmark.WithExtensions(extensions...)).Parser()
}

// references takes the link reference definitions out of a paragraph. One that
// has any begins with a bracket, and has a colon behind one: others need not be asked.
type references struct{}

func (references) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if lines := node.Lines(); lines.Len() > 0 {
		first, last := lines.At(0), lines.At(lines.Len()-1)
		if start := util.TrimLeftSpace(first.Value(reader.Source())); len(start) > 0 && start[0] != '[' {
			return
		}
		if !bytes.Contains(reader.Source()[first.Start:last.Stop], []byte("]:")) {
			return
		}
	}
	parser.LinkReferenceParagraphTransformer.Transform(node, reader, pc)
}

// keepComments remembers the comments that stand in src[at:end].
func (t *treeReader) keepComments(at, end int) {
	for at < end {
		open := bytes.Index(t.src[at:end], []byte("<!--"))
		if open < 0 {
			return
		}
		open += at
		n := bytes.Index(t.src[open:end], []byte("-->"))
		if n < 0 {
			return
		}
		at = open + n + len("-->")
		t.comments = append(t.comments, comment{strings.TrimSpace(string(t.src[min(open+4, open+n) : open+n])), Span{open, at}})
	}
}

// blocks copies the children of parent, which ends before the offset end.
func (t *treeReader) blocks(parent ast.Node, end int, inQuote bool, depth int) []Block {
	out := t.room.blocks.take(parent.ChildCount())
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		stop := end
		for next := n.NextSibling(); next != nil; next = next.NextSibling() {
			if next.Pos() >= 0 {
				stop = min(end, t.base+next.Pos())
				break
			}
		}
		out = append(out, Block{})
		if !t.block(&out[len(out)-1], n, stop, inQuote, depth) {
			out = out[:len(out)-1]
		}
	}
	return out
}

// block copies one block into b. It gives false for what no reader sees: a comment.
func (t *treeReader) block(b *Block, n ast.Node, stop int, inQuote bool, depth int) bool {
	start := min(t.base+max(0, n.Pos()), len(t.src))
	if stop < start {
		stop = start
	}
	if _, top := n.Parent().(*ast.Document); top {
		start = lineStart(t.src, start)
	}
	b.Span = Span{start, stop}
	for b.Span.End > start && (isSpace[t.src[b.Span.End-1]] || inQuote && t.src[b.Span.End-1] == '>') {
		b.Span.End--
	}
	b.Line, b.Column = t.position(start)
	if depth > maxDepth {
		b.Kind = BlockPara
		b.Inlines = textInline(strings.Join(strings.Fields(string(t.src[b.Span.Start:b.Span.End])), " "))
		return true
	}
	switch n := n.(type) {
	case *ast.Heading:
		b.Kind, b.Level, b.Inlines = BlockHead, n.Level, t.inlines(n, depth)
	case *ast.Blockquote:
		b.Kind, b.Blocks = BlockQuote, t.blocks(n, stop, true, depth+1)
	case *ast.List:
		b.Kind, b.Ordered, b.Start, b.Tight = BlockList, n.IsOrdered(), n.Start, n.IsTight
		b.Blocks = t.blocks(n, stop, inQuote, depth+1)
	case *ast.ListItem:
		b.Kind, b.Blocks = BlockItem, t.blocks(n, stop, inQuote, depth+1)
	case *ast.CodeBlock:
		b.Kind, b.Text = BlockCode, t.text(n)
	case *ast.FencedCodeBlock:
		b.Kind, b.Text, b.Info = BlockCode, t.text(n), string(n.Language(t.src[t.base:]))
	case *ast.ThematicBreak:
		b.Kind = BlockRule
	case *ast.HTMLBlock:
		raw := t.text(n)
		if n.HasClosure() {
			raw += string(n.ClosureLine.Value(t.src[t.base:]))
		}
		if lines := n.Lines(); lines.Len() > 0 {
			end := lines.At(lines.Len() - 1).Stop
			if n.HasClosure() {
				end = max(end, n.ClosureLine.Stop)
			}
			t.keepComments(t.base+lines.At(0).Start, t.base+end)
		}
		b.Kind, b.Text = BlockRaw, withoutComments(raw)
		return b.Text != ""
	case *extast.Table:
		b.Kind = BlockTable
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			var cells [][]Inline
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				cells = append(cells, t.inlines(cell, depth))
			}
			b.Rows = append(b.Rows, cells)
		}
	default: // Paragraph, TextBlock
		b.Kind, b.Inlines = BlockPara, t.inlines(n, depth)
		if len(b.Inlines) == 0 {
			return false
		}
	}
	return true
}

var isSpace = [256]bool{' ': true, '\t': true, '\r': true, '\n': true}

// text gives the lines of a code or HTML block.
func (t *treeReader) text(n ast.Node) string {
	var sb strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		sb.Write(line.Value(t.src[t.base:]))
	}
	return strings.ReplaceAll(sb.String(), "\r\n", "\n")
}

// withoutComments removes closed HTML comments from raw HTML. One that is
// never closed stays, as text: better seen than lost.
func withoutComments(raw string) string {
	for {
		start := strings.Index(raw, "<!--")
		if start < 0 {
			break
		}
		n := strings.Index(raw[start:], "-->")
		if n < 0 {
			break
		}
		raw = raw[:start] + raw[start+n+len("-->"):]
	}
	return strings.TrimSpace(raw)
}

// position gives line and column of an offset of the file. Blocks come in the
// order of the file: lines are counted on from the last one.
func (t *treeReader) position(at int) (line, column int) {
	if at < t.next {
		t.line, t.next = 0, 0
	}
	t.line += bytes.Count(t.file[t.next:at], []byte("\n"))
	t.next = at
	return t.line + 1, at - lineStart(t.file, at) + 1
}

// inlines copies the running text of n.
func (t *treeReader) inlines(n ast.Node, depth int) []Inline {
	out := t.inlinesFor(n)
	src := t.src[t.base:]
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if depth > maxDepth {
			out = addText(out, t.deepText(c))
			continue
		}
		switch c := c.(type) {
		case *ast.Text:
			s := t.cut(c.Segment)
			if !c.IsRaw() {
				s = unescape(s)
			}
			out = addText(out, s)
			switch {
			case c.HardLineBreak():
				out = append(out, Inline{Kind: InlineBreak})
			case c.SoftLineBreak():
				out = append(out, Inline{Kind: InlineSoft})
			}
		case *ast.String:
			out = addText(out, string(c.Value))
		case *ast.CodeSpan:
			var sb strings.Builder
			for s := c.FirstChild(); s != nil; s = s.NextSibling() {
				if tx, ok := s.(*ast.Text); ok {
					sb.Write(tx.Segment.Value(src))
				}
			}
			code := strings.NewReplacer("\r\n", " ", "\n", " ").Replace(sb.String())
			out = append(out, Inline{Kind: InlineCode, Text: code})
		case *ast.Emphasis:
			kind := InlineEmph
			if c.Level == 2 {
				kind = InlineStrong
			}
			out = append(out, Inline{Kind: kind, Inlines: t.inlines(c, depth+1)})
		case *extast.Strikethrough:
			out = append(out, Inline{Kind: InlineStrike, Inlines: t.inlines(c, depth+1)})
		case *plainLink:
			link := Inline{Kind: InlineLink, URL: unescape(t.cut(c.address)), Inlines: append(t.room.inlines.take(1), Inline{Kind: InlineText, Text: unescape(t.cut(c.label))})}
			out = append(out, link)
		case *ast.Link:
			out = append(out, Inline{Kind: InlineLink, URL: unescape(string(c.Destination)), Title: unescape(string(c.Title)), Inlines: t.inlines(c, depth+1)})
		case *ast.Image:
			out = append(out, Inline{Kind: InlineImage, URL: unescape(string(c.Destination)), Title: unescape(string(c.Title)), Text: PlainInlines(t.inlines(c, depth+1))})
		case *ast.AutoLink:
			address := string(c.URL(src))
			if c.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
				address = "mailto:" + address
			}
			out = append(out, Inline{Kind: InlineLink, URL: address, Inlines: textInline(string(c.Label(src)))})
		case *ast.RawHTML:
			var sb strings.Builder
			for i := range c.Segments.Len() {
				s := c.Segments.At(i)
				sb.Write(s.Value(src))
			}
			if raw := sb.String(); !strings.HasPrefix(raw, "<!--") {
				out = append(out, Inline{Kind: InlineRaw, Text: strings.ReplaceAll(raw, "\r\n", "\n")})
			} else if n := c.Segments.Len(); n > 0 {
				t.keepComments(t.base+c.Segments.At(0).Start, t.base+c.Segments.At(n-1).Stop)
			}
		default:
			out = append(out, t.inlines(c, depth+1)...)
		}
	}
	return out
}

// inlinesFor gives room for the running text of n; nil when there is none.
func (t *treeReader) inlinesFor(n ast.Node) []Inline {
	most := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		most++
		if tx, ok := c.(*ast.Text); ok && (tx.SoftLineBreak() || tx.HardLineBreak()) {
			most++
		}
	}
	if most == 0 {
		return nil
	}
	return t.room.inlines.take(most)
}

// cut gives the text of a segment.
func (t *treeReader) cut(s text.Segment) string {
	if s.Padding == 0 && !s.ForceNewline {
		return t.all[s.Start:s.Stop]
	}
	return string(s.Value(t.src[t.base:]))
}

// deepText gives the words under a node that is nested deeper than we follow.
func (t *treeReader) deepText(n ast.Node) string {
	var sb strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*plainLink); ok && entering {
			sb.WriteString(t.cut(link.label))
		}
		if tx, ok := n.(*ast.Text); ok && entering {
			sb.WriteString(t.cut(tx.Segment))
			if tx.SoftLineBreak() {
				sb.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return sb.String()
}

func textInline(s string) []Inline {
	if s == "" {
		return nil
	}
	return []Inline{{Kind: InlineText, Text: s}}
}

// addText adds s to the text at the end of in: goldmark cuts text at every
// mark it tries.
func addText(in []Inline, s string) []Inline {
	if s == "" {
		return in
	}
	if n := len(in); n > 0 && in[n-1].Kind == InlineText {
		in[n-1].Text += s
		return in
	}
	return append(in, Inline{Kind: InlineText, Text: s})
}

var reference = pattern("^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")

// unescape resolves backslash escapes and character references (CommonMark
// 2.4, 2.5), in one pass.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, '&') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for at := strings.IndexAny(s, `\&`); at >= 0; at = strings.IndexAny(s, `\&`) {
		out, s = append(out, s[:at]...), s[at:]
		if len(s) > 1 && s[0] == '\\' && util.IsPunct(s[1]) {
			out, s = append(out, s[1]), s[2:]
		} else if m := reference().FindString(s); m != "" {
			out, s = append(out, html.UnescapeString(m)...), s[len(m):]
		} else {
			out, s = append(out, s[0]), s[1:]
		}
	}
	return string(append(out, s...))
}

// PlainInlines gives running text without its marks: a line end is a space, a
// hard break a line feed, an image its alternative text.
func PlainInlines(in []Inline) string {
	for len(in) == 1 && len(in[0].Inlines) > 0 {
		in = in[0].Inlines
	}
	if len(in) == 1 && in[0].Kind == InlineText {
		return strings.TrimSpace(in[0].Text)
	}
	return strings.TrimSpace(string(appendInlines(nil, in)))
}

func appendInlines(out []byte, in []Inline) []byte {
	for i := range in {
		switch in[i].Kind {
		case InlineSoft:
			out = append(out, ' ')
		case InlineBreak:
			out = append(out, '\n')
		case InlineEmph, InlineStrong, InlineStrike, InlineLink:
			out = appendInlines(out, in[i].Inlines)
		default:
			out = append(out, in[i].Text...)
		}
	}
	return out
}

// PlainBlocks gives blocks as plain text, paragraphs parted by an empty line.
// Every list item, table row and code block is a paragraph; rules are left out.
func PlainBlocks(blocks []Block) string {
	return string(AppendPlainBlocks(nil, blocks))
}

// AppendPlainBlocks appends what PlainBlocks gives, behind an empty line when out
// has text.
func AppendPlainBlocks(out []byte, blocks []Block) []byte {
	paragraph := func(write func(out []byte) []byte) {
		before := len(out)
		if before > 0 {
			out = append(out, "\n\n"...)
		}
		start := len(out)
		out = write(out)
		text := bytes.TrimSpace(out[start:])
		if len(text) == 0 {
			out = out[:before]
			return
		}
		out = out[:start+copy(out[start:], text)]
	}
	for i := range blocks {
		b := &blocks[i]
		switch b.Kind {
		case BlockPara, BlockHead:
			paragraph(func(out []byte) []byte { return appendInlines(out, b.Inlines) })
		case BlockCode, BlockRaw:
			paragraph(func(out []byte) []byte { return append(out, b.Text...) })
		case BlockTable:
			for _, row := range b.Rows {
				paragraph(func(out []byte) []byte {
					for k, cell := range row {
						if k > 0 {
							out = append(out, ' ')
						}
						out = append(out, PlainInlines(cell)...)
					}
					return out
				})
			}
		default:
			out = AppendPlainBlocks(out, b.Blocks)
		}
	}
	return out
}

// Quoted is one paragraph of a quote as plain text, and where it stands.
type Quoted struct {
	Text         string
	Line, Column int
}

// Paragraphs gives the paragraphs of a part as plain text without marks, to be
// held against the source: each paragraph, list item, heading, table row and
// code block is one. Empty ones are left out.
func (p Part) Paragraphs() []Quoted { return paragraphs(p.Blocks, nil) }

func paragraphs(blocks []Block, out []Quoted) []Quoted {
	for _, b := range blocks {
		text := ""
		switch b.Kind {
		case BlockPara, BlockHead:
			text = PlainInlines(b.Inlines)
		case BlockCode, BlockRaw:
			text = strings.TrimSpace(b.Text)
		case BlockTable:
			for i, row := range b.Rows {
				var cells []string
				for _, cell := range row {
					cells = append(cells, PlainInlines(cell))
				}
				line := b.Line + i
				if i > 0 {
					line++ // the delimiter row
				}
				if t := strings.TrimSpace(strings.Join(cells, " ")); t != "" {
					out = append(out, Quoted{t, line, b.Column})
				}
			}
		default:
			out = paragraphs(b.Blocks, out)
		}
		if text != "" {
			out = append(out, Quoted{text, b.Line, b.Column})
		}
	}
	return out
}

// tableCells says at most how many cells goldmark would make: every row of a
// table is filled up to the columns of its delimiter row.
func tableCells(body []byte) int {
	total, columns := 0, 0
	for line := range bytes.Lines(body) {
		if columns == 0 && bytes.IndexByte(line, '|') < 0 {
			continue // no delimiter row of a table that counts
		}
		t := bytes.TrimLeft(bytes.TrimSpace(line), "> \t")
		if len(t) == 0 {
			columns = 0
			continue
		}
		if len(bytes.Trim(t, "|:- \t")) == 0 {
			columns = max(columns, bytes.Count(t, []byte("|"))+1)
		}
		if columns > 1 {
			total += columns
		}
	}
	return total
}

// tooDense says where Markdown begins that would take goldmark too long; -1
// when there is none.
func tooDense(src []byte, from int) int {
	// Were all its marks in one paragraph, it still would not be too much, as is
	// seen in most files by their length or their first words.
	n := len(src) - from
	for _, c := range src[from:] {
		if n*n <= maxDensity {
			break
		}
		n -= 1 - int(inlineMarks[c])
	}
	few := n*n <= maxDensity
	sum, marks, paragraph := 0, 0, from
	for at := from; at < len(src); {
		end := lineEnd(src, at)
		line := src[at:end]
		const markers = ">*+-0123456789.) \t"
		if len(line) > maxMarkers && strings.IndexByte(markers, line[maxMarkers]) >= 0 {
			lead := line[:len(line)-len(bytes.TrimLeft(line, markers))]
			if n := len(lead) - bytes.Count(lead, []byte(" ")) - bytes.Count(lead, []byte("\t")); n > maxMarkers && !onlyRule(line) {
				return at
			}
		}
		if few {
			at = end
			continue
		}
		text := bytes.TrimLeft(line, "> \t")
		if len(bytes.TrimSpace(text)) == 0 {
			marks, paragraph = 0, end
		}
		before := marks
		for _, c := range text {
			marks += int(inlineMarks[c])
		}
		sum += marks*marks - before*before
		if sum > maxDensity {
			return paragraph
		}
		at = end
	}
	return -1
}

// inlineMarks has a one for what an inline may begin or end with.
var inlineMarks = [256]uint8{'[': 1, ']': 1, '(': 1, ')': 1, '<': 1, '>': 1, '*': 1, '_': 1, '~': 1, '`': 1, '!': 1}

// onlyRule says whether a line is one kind of mark only, however often.
func onlyRule(line []byte) bool {
	t := bytes.TrimSpace(line)
	return len(t) > 0 && t[0] != '>' && len(bytes.Trim(t, string(t[0])+" \t")) == 0
}
