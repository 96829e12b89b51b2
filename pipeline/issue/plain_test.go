package issue

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// sameTree holds the tree of a text against the one that goldmark gives alone.
func sameTree(t *testing.T, src []byte) {
	t.Helper()
	got, _ := readBlocks(src, 0)
	alone := newTreeReader(src, 0)
	extensions := []goldmark.Extender{extension.Strikethrough}
	if bytes.IndexByte(src, '|') >= 0 { // as readBlocks has it
		extensions = append(extensions, extension.Table)
	}
	md := goldmark.New(goldmark.WithExtensions(extensions...))
	want := alone.blocks(md.Parser().Parse(text.NewReader(alone.src)), len(src), false, 0)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q: %s", src, diff)
	}
}

func TestPlainTextChangesNoTree(t *testing.T) {
	// Every mark, escape and end of a line that means something, in every order.
	pieces := strings.Fields(`a &amp; \ \\ ! [ ] ( ) [b](c) [b ](c ](/c?d) (<c> (c\)) < <d> * ** _ ~~ | > - # é " x: [x]:`)
	pieces = append(pieces, " ", " ", "  ", "\t", "\n", "\n", "\r\n", "\r", "\n> ", "\n\n", "\\\n", "  \n", "`", "``", "\v", "\xff", "\x00", "\u00a0", "|-|\n")
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var sb strings.Builder
		for range 1 + r.IntN(14) {
			sb.WriteString(pieces[r.IntN(len(pieces))])
		}
		// goldmark lets a backslash that ends a line escape what begins the next.
		if src := sb.String(); !strings.Contains(src, `\\\`) && !strings.Contains(src, `\  `) {
			sameTree(t, []byte(src))
		}
	}
	for _, src := range corpus(t) {
		sameTree(t, src)
	}
}

// Of backslashes at a line's end each escapes the next one; one that is left breaks
// the line (CommonMark 6.7), and the next line's first mark is a mark all the same.
func TestBackslashesAtALinesEnd(t *testing.T) {
	next := Inline{Kind: InlineEmph, Inlines: []Inline{{Kind: InlineText, Text: "b"}}}
	for _, c := range []struct {
		end, text string
		kind      InlineKind
	}{
		{``, `a`, InlineSoft},
		{`\`, `a`, InlineBreak},
		{`\\`, `a\`, InlineSoft},
		{`\\\`, `a\`, InlineBreak},
		{`\\\\`, `a\\`, InlineSoft},
		{`\  `, `a\`, InlineBreak},
	} {
		for _, lineEnd := range []string{"\n", "\r\n"} {
			blocks, _ := readBlocks([]byte("a"+c.end+lineEnd+"*b*\n"), 0)
			want := []Inline{{Kind: InlineText, Text: c.text}, {Kind: c.kind}, next}
			if diff := cmp.Diff(want, blocks[0].Inlines); diff != "" {
				t.Errorf("%q: %s", c.end+lineEnd, diff)
			}
		}
	}
}
