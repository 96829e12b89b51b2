package extract

// This file cuts the page's own tree into blocks, in order and in the page's
// words. Nothing is judged here: furniture is cut into blocks as well, and each
// block remembers where it stood so that body.go can judge it.

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxBlocks    = 20_000
	maxBlockText = 1 << 20 // bytes of one block; more is cut
)

// piece is a block with what is known of its place in the page.
type piece struct {
	kind  Kind
	text  string
	words []string // of text, lower case
	node  *html.Node
	links []Link
	// linked is how many letters stand inside links.
	linked int
	level  int // of a heading: 1 to 6
	hidden bool
	bold   bool // all of it is bold: a heading in disguise
}

type segmenter struct {
	pieces []piece
	text   strings.Builder
	space  bool // white space is due before the next word
	raw    bool // inside pre: lines are kept
	linked int
	links  []Link
	link   *Link
	bold   int
	plain  bool // a letter outside of bold was seen
	brs    int
}

// segment cuts the tree below root into pieces.
func segment(root *html.Node) []piece {
	s := &segmenter{}
	s.walk(root, Paragraph, root, false)
	s.flush(Paragraph, root, false)
	return s.pieces
}

var skipped = map[atom.Atom]bool{
	atom.Head: true, atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true,
	atom.Iframe: true, atom.Object: true, atom.Embed: true, atom.Select: true, atom.Textarea: true, atom.Canvas: true,
	atom.Audio: true, atom.Video: true, atom.Datalist: true, atom.Dialog: true, atom.Map: true,
}

var blockLevel = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Body: true, atom.Center: true,
	atom.Dd: true, atom.Details: true, atom.Div: true, atom.Dl: true, atom.Dt: true, atom.Fieldset: true,
	atom.Figcaption: true, atom.Figure: true, atom.Footer: true, atom.Form: true, atom.H1: true, atom.H2: true,
	atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Header: true, atom.Hgroup: true, atom.Hr: true,
	atom.Li: true, atom.Main: true, atom.Menu: true, atom.Nav: true, atom.Ol: true, atom.P: true, atom.Pre: true,
	atom.Section: true, atom.Summary: true, atom.Table: true, atom.Tbody: true, atom.Td: true, atom.Tfoot: true,
	atom.Th: true, atom.Thead: true, atom.Tr: true, atom.Ul: true, atom.Caption: true, atom.Button: true, atom.Label: true,
	atom.Frameset: true, atom.Frame: true, atom.Legend: true,
}

// walk visits n's children. place is the nearest block-level element.
func (s *segmenter) walk(n *html.Node, kind Kind, place *html.Node, hidden bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if len(s.pieces) >= maxBlocks {
			return
		}
		switch c.Type {
		case html.TextNode:
			s.write(c.Data)
		case html.ElementNode:
			s.element(c, kind, place, hidden)
		}
	}
}

func (s *segmenter) element(c *html.Node, kind Kind, place *html.Node, hidden bool) {
	if skipped[c.DataAtom] || c.Namespace == "math" && c.Data == "annotation" {
		return
	}
	hidden = hidden || isHidden(c)
	switch {
	case c.DataAtom == atom.Br:
		// Two breaks part paragraphs on pages that have no paragraphs.
		if s.raw {
			s.write("\n")
			return
		}
		s.space = true
		if s.brs++; s.brs >= 2 {
			s.flush(kind, place, hidden)
		}
	case c.DataAtom == atom.Pre:
		s.flush(kind, place, hidden)
		s.raw = true
		s.walk(c, Code, c, hidden)
		s.flush(Code, c, hidden)
		s.raw = false
	case c.DataAtom == atom.Tr && isDataRow(c):
		s.flush(kind, place, hidden)
		s.row(c, hidden)
	case blockLevel[c.DataAtom]:
		s.flush(kind, place, hidden)
		inner := kindOf(c, kind)
		s.walk(c, inner, c, hidden)
		s.flush(inner, c, hidden)
	case c.DataAtom == atom.A:
		before := s.link
		s.link = &Link{URL: attr(c, "href")}
		s.walk(c, kind, place, hidden)
		if s.link != nil && s.link.URL != "" {
			s.links = append(s.links, *s.link)
		}
		s.link = before
	case c.DataAtom == atom.B || c.DataAtom == atom.Strong:
		s.bold++
		s.walk(c, kind, place, hidden)
		s.bold--
	default:
		s.walk(c, kind, place, hidden)
	}
}

func kindOf(n *html.Node, outer Kind) Kind {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return Heading
	case atom.Li, atom.Dd, atom.Dt:
		return List
	case atom.Blockquote:
		return Blockquote
	case atom.Figcaption, atom.Caption:
		return Caption
	case atom.Td, atom.Th, atom.Table, atom.Article, atom.Section, atom.Aside:
		return Paragraph
	}
	if outer == Heading {
		return Paragraph
	}
	return outer
}

// isDataRow tells a row of data from a row that lays out a page: no cell of a
// data row holds blocks of its own.
func isDataRow(tr *html.Node) bool {
	var blocks func(n *html.Node) int
	blocks = func(n *html.Node) int {
		count := 0
		for c := n.FirstChild; c != nil && count < 4; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			switch c.DataAtom {
			case atom.Table, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.Blockquote, atom.Pre, atom.Article:
				count += 4
			case atom.P, atom.Div:
				count++
			}
			count += blocks(c)
		}
		return count
	}
	cells := 0
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			if blocks(c) > 1 {
				return false
			}
			cells++
		}
	}
	return cells > 1
}

func (s *segmenter) row(tr *html.Node, hidden bool) {
	var cells []string
	inner := &segmenter{}
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || skipped[c.DataAtom] {
			continue
		}
		one := &segmenter{}
		one.walk(c, Paragraph, c, hidden)
		one.flush(Paragraph, c, hidden)
		var parts []string
		for _, p := range one.pieces {
			parts = append(parts, p.text)
			inner.linked += p.linked
			inner.links = append(inner.links, p.links...)
		}
		cells = append(cells, strings.Join(parts, " "))
	}
	text := strings.Trim(strings.Join(cells, "\t"), "\t ")
	if text == "" {
		return
	}
	s.pieces = append(s.pieces, piece{kind: Table, text: text, words: wordsOf(text), node: tr, links: inner.links, linked: inner.linked, hidden: hidden})
}

// write adds text to the block being made.
func (s *segmenter) write(data string) {
	for _, r := range data {
		if s.text.Len() > maxBlockText {
			return
		}
		switch {
		case s.raw && (r == '\n' || r == '\t' || r == ' '):
			s.text.WriteRune(r)
			continue
		case unicode.IsSpace(r):
			s.space = true
			continue
		case invisible(r):
			continue
		}
		if s.space {
			if s.text.Len() > 0 && !s.raw {
				s.text.WriteByte(' ')
				if s.link != nil && s.link.Text != "" {
					s.link.Text += " "
				}
			}
			s.space = false
		}
		s.text.WriteRune(r)
		s.brs = 0
		if s.link != nil {
			s.linked++
			if len(s.link.Text) < 300 {
				s.link.Text += string(r)
			}
		}
		if s.bold == 0 && unicode.IsLetter(r) {
			s.plain = true
		}
	}
}

// invisible tells the characters that are dropped from text: soft hyphens,
// zero-width spaces, directional overrides, controls.
func invisible(r rune) bool {
	switch {
	case r == 0xAD, r == 0x200B, r == 0x2060, r == 0xFEFF, r == 0xFFFC:
		return true
	case r >= 0x200E && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return unicode.IsControl(r)
}

// flush ends the block being made.
func (s *segmenter) flush(kind Kind, place *html.Node, hidden bool) {
	text := s.text.String()
	switch {
	case s.raw && kind == Code:
		text = strings.Trim(strings.TrimRightFunc(text, unicode.IsSpace), "\n")
	case s.raw && kind != Table: // a list in a listing has no lines of its own
		text = oneLine(text)
	default:
		text = strings.TrimSpace(text)
	}
	if text != "" {
		p := piece{
			kind: kind, text: text, words: wordsOf(text), node: place, links: s.links, linked: s.linked, hidden: hidden,
			bold: !s.plain,
		}
		if kind == Heading {
			p.level = headingLevel(place)
		}
		s.pieces = append(s.pieces, p)
	}
	s.text.Reset()
	s.space, s.plain, s.linked, s.brs = false, false, 0, 0
	s.links = nil
}

func headingLevel(n *html.Node) int {
	for ; n != nil; n = n.Parent {
		switch n.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return int(n.Data[1] - '0')
		}
	}
	return 0
}

// unhide shows the parts that React streams in <div hidden id="S:0"> and puts in
// their place by script (react-dom/server, completeBoundary).
func unhide(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Div && strings.HasPrefix(attr(c, "id"), "S:") {
			c.Attr = slices.DeleteFunc(c.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })
		}
		unhide(c)
	}
}

func isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "aria-hidden":
			return a.Val == "true"
		case "style":
			style := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
			if strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
				return true
			}
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// wordsOf splits text into words of letters, digits and underscores, as
// Python's \w+ does, in lower case.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsNumber(r))
	})
}
