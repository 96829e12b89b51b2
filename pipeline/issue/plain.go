package issue

// This file hurries goldmark over plain text. By itself it asks of each byte of
// running text whether an inline begins there, which took a sixth of the time of
// reading an issue; nearly all text is plain up to its line's end.

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// plainText is the inline that goldmark is offered where a line or a word
// begins: text that no other inline begins in.
type plainText struct{}

// Trigger is a space, which stands for a line's beginning, too, and the backslash:
// what is escaped is skipped here, and goldmark never has to remember it.
func (plainText) Trigger() []byte { return []byte{' ', '\\'} }

// plainEnds has a one for what may end plain text: what inlines begin with, and
// the line's end.
var plainEnds = [256]uint8{'!': 1, '[': 1, ']': 1, '<': 1, '*': 1, '_': 1, '`': 1, '~': 1, '\n': 1}

// Parse takes what is plain, and the end of its line if that is reached.
func (plainText) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, at := block.PeekLine()
	if at.Padding > 0 {
		return nil
	}
	n := 0
	for n < len(line) && plainEnds[line[n]] == 0 {
		if n++; line[n-1] == '\\' && n < len(line) && line[n] != '\n' {
			n++ // what is escaped begins nothing
		}
	}
	taken, ok := parent.LastChild().(*ast.Text)
	if ok && taken.Segment.Stop == at.Start && !taken.SoftLineBreak() { // as goldmark goes on with a text
		parent.RemoveChild(parent, taken)
		taken.Segment.Stop += n
	} else {
		taken = ast.NewTextSegment(at.WithStop(at.Start + n))
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
