package issue

// This file hurries goldmark over plain text. By itself it asks of each byte of
// running text whether an inline begins there, which took a sixth of the time of
// reading an issue; nearly all text is plain up to its line's end, and nearly all
// links are plain as well. And it lends goldmark the nodes that it needs most, a
// fifth of the allocations of a rendering.

import (
	"bytes"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// nodes are lent for the reading of one file, whose tree is copied and dropped.
type nodes struct {
	texts      lent[ast.Text]
	links      lent[plainLink]
	paragraphs lent[ast.Paragraph]
}

// lent is what was lent, the first n, and what waits behind it.
type lent[T any] struct {
	all []*T
	n   int
}

func (l *lent[T]) take() *T {
	if l.n == len(l.all) {
		l.all = append(l.all, new(T))
	}
	l.n++
	return l.all[l.n-1]
}

// back takes all back, and has each emptied; of very many, it lets go.
func (l *lent[T]) back(empty func(*T)) {
	const most = 2000
	for _, x := range l.all[:l.n] {
		empty(x)
	}
	if l.n = 0; len(l.all) > most {
		l.all = nil
	}
}

// back takes back all that was lent: nobody may look at it any more.
func (n *nodes) back() {
	n.texts.back(func(t *ast.Text) { *t = ast.Text{} })
	n.links.back(func(l *plainLink) { *l = plainLink{} })
	n.paragraphs.back(func(p *ast.Paragraph) {
		lines := *p.Lines() // whose memory is used again
		lines.SetSliced(0, 0)
		*p = ast.Paragraph{}
		p.SetLines(&lines)
	})
}

var (
	nodesPool = sync.Pool{New: func() any { return new(nodes) }}
	nodesKey  = parser.NewContextKey() // of the nodes in the context of a file
)

func lender(pc parser.Context) *nodes { return pc.Get(nodesKey).(*nodes) }

// paragraphParser is goldmark's, with nodes that are lent.
type paragraphParser struct{ parser.BlockParser }

// Open begins a paragraph as goldmark does.
func (paragraphParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, at := reader.PeekLine()
	if util.IsBlank(line) {
		return nil, parser.NoChildren
	}
	p := lender(pc).paragraphs.take()
	p.Lines().Append(at)
	reader.AdvanceToEOL()
	return p, parser.NoChildren
}

// plainText is the inline that goldmark is offered where a line or a word
// begins: text that no other inline begins in.
type plainText struct{}

// Trigger is a space, which stands for a line's beginning, too, and the backslash:
// what is escaped is skipped here, and goldmark never has to remember it.
func (plainText) Trigger() []byte { return []byte{' ', '\\'} }

// plainEnds has a one for what may end plain text: what inlines begin with, the
// line's end, and the backslash, behind which plain text may go on.
var plainEnds = [256]uint8{'!': 1, '[': 1, ']': 1, '<': 1, '*': 1, '_': 1, '`': 1, '~': 1, '\n': 1, '\\': 1}

// Parse takes what is plain, and the end of its line if that is reached.
func (plainText) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	if at.Padding > 0 {
		return nil
	}
	n := 0
	for {
		for n < len(line) && plainEnds[line[n]] == 0 {
			n++
		}
		if n == len(line) || line[n] != '\\' {
			break
		}
		if n++; n < len(line) && line[n] != '\n' {
			n++ // what is escaped begins nothing
		}
	}
	taken, ok := parent.LastChild().(*ast.Text)
	if ok && taken.Segment.Stop == at.Start && !taken.SoftLineBreak() { // as goldmark goes on with a text
		parent.RemoveChild(parent, taken)
		taken.Segment.Stop += n
	} else {
		taken = lender(pc).texts.take()
		taken.Segment = at.WithStop(at.Start + n)
	}
	if n < len(line) && line[n] != '\n' {
		block.Advance(n)
		return taken
	}
	end := bytes.TrimSuffix(line[:n], []byte("\r"))
	breaks := n < len(line)
	// Of a run of backslashes the last one breaks the line unless it is escaped itself
	// (CommonMark 6.7).
	if slashes := len(end) - len(bytes.TrimRight(end, `\`)); breaks && slashes%2 == 1 {
		taken.Segment.Stop = at.Start + len(end) - 1
		taken.SetHardLineBreak(true)
	} else {
		taken.Segment = taken.Segment.TrimRightSpace(block.Source())
		taken.SetHardLineBreak(breaks && bytes.HasSuffix(end, []byte("  ")))
		taken.SetSoftLineBreak(breaks && !taken.HardLineBreak())
	}
	block.AdvanceLine()
	return taken
}

// plainLink is a link, "[label](address)", of which neither part has anything in it
// that means something to Markdown. It is the inline that goldmark is offered at
// every bracket, and the node of the link, which has no children.
type plainLink struct {
	ast.Link
	label, address text.Segment
}

// plainLinks reads plainLink.
type plainLinks struct{}

// Trigger is what a link begins with.
func (plainLinks) Trigger() []byte { return []byte{'['} }

// Parse takes a link that is plain and stands in no other. All others are
// goldmark's, as is what may yet become one.
func (plainLinks) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	if at.Padding > 0 || pc.IsInLinkLabel() {
		return nil
	}
	label := 1
	for label < len(line) && plainEnds[line[label]] == 0 {
		label++
	}
	if label == 1 || label+2 >= len(line) || line[label] != ']' || line[label+1] != '(' || line[label+2] == '<' {
		return nil
	}
	address := label + 2
	for address < len(line) && line[address] > ' ' && line[address] != '(' && line[address] != ')' && line[address] != '\\' {
		address++
	}
	if address == label+2 || address == len(line) || line[address] != ')' {
		return nil
	}
	link := lender(pc).links.take()
	link.label = text.NewSegment(at.Start+1, at.Start+label)
	link.address = text.NewSegment(at.Start+label+2, at.Start+address)
	if address+1 == len(line) {
		block.AdvanceLine() // as Advance does, byte by byte
	} else {
		block.Advance(address + 1)
	}
	return link
}
