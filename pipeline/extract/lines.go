package extract

// This file reads a page line by line as a reader sees it.

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// line is one line of the page as a reader sees it, for what a page says only
// in its own words: "By Ada Quill", "Published 3 March 2026".
type line struct {
	text    string
	heading int // 1 to 6, or 0
	class   string
	spans   []span
	// furniture tells lines of navigation, comments, other articles' teasers.
	furniture bool
	head      bool // the title element: no reader sees it on the page
}

// span is a run of a line inside of one element.
type span struct {
	text, href, class, datetime string
	relAuthor                   bool
}

// classAt is the classes of the elements in which a part of the line stands: of
// two dates in one line each has its own.
func (l *line) classAt(start, end int) string {
	out, at := "", 0
	for _, sp := range l.spans {
		if at < end && at+len(sp.text) > start {
			out += sp.class
		}
		at += len(sp.text) + 1
	}
	return out
}

// lineReader cuts the text of a tree into lines as it is walked.
type lineReader struct {
	lines   []line
	open    line
	bytes   int
	heading int // the level of the heading that is being read
}

const (
	maxLines    = 4_000
	maxLineText = 400 // bytes
)

func (r *lineReader) text(n *html.Node, furniture bool) {
	if r.bytes > maxLineText || len(r.lines) >= maxLines {
		return
	}
	t := oneLine(n.Data)
	if t == "" {
		return
	}
	r.bytes += len(t)
	sp := span{text: t}
	p := n.Parent
	for range 3 {
		if p == nil || p.Type != html.ElementNode || p.DataAtom == atom.Body || p.DataAtom == atom.Article || p.DataAtom == atom.Main {
			break
		}
		switch p.DataAtom {
		case atom.A:
			if sp.href == "" {
				sp.href, sp.relAuthor = attr(p, "href"), hasWord(attr(p, "rel"), "author")
			}
		case atom.Time, atom.Abbr, 0:
			if sp.datetime == "" { // of two, one in the other, the inner one has it
				sp.datetime = stampOf(p)
			}
		}
		sp.class += " " + attr(p, "class") + " " + attr(p, "itemprop")
		p = p.Parent
	}
	r.open.spans = append(r.open.spans, sp)
	r.open.furniture = r.open.furniture || furniture
}

func (r *lineReader) enter(n *html.Node) {
	if blockLevel[n.DataAtom] || n.DataAtom == atom.Br {
		r.end()
	}
	if level := ownLevel(n); level > 0 {
		r.heading = level
	}
}

func (r *lineReader) leave(n *html.Node) {
	if !blockLevel[n.DataAtom] {
		return
	}
	r.end()
	if ownLevel(n) > 0 {
		r.heading = 0
	}
}

// ownLevel is 1 to 6 for h1 to h6, else 0.
func ownLevel(n *html.Node) int {
	if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}

func (r *lineReader) end() {
	if len(r.open.spans) > 0 && len(r.lines) < maxLines {
		var b strings.Builder
		for i, sp := range r.open.spans {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(sp.text)
			r.open.class += sp.class
		}
		r.open.text, r.open.heading = b.String(), r.heading
		r.lines = append(r.lines, r.open)
	}
	r.open, r.bytes = line{}, 0
}

var menuClass = pattern(`(?i)menu|\bnav|breadcrumb|login|\bshare|toc[-_]|footer|related`)

// around gives the lines about the title: a few above it, and those below it
// until the running text is well begun. They are what a reader takes for the
// page's own byline and date.
func (s *statements) around(title string) []line {
	at, best := -1, 0.0
	for i, l := range s.lines {
		a := alike(l.text, title)
		if a < 0.7 {
			continue
		}
		if l.head {
			a -= 0.6 // only where the page shows no title
		}
		if l.heading == 1 {
			a += 1
		} else if l.heading > 0 {
			a += 0.3
		}
		if a > best {
			at, best = i, a
		}
	}
	if at < 0 {
		for i, l := range s.lines {
			if l.heading == 1 {
				at = i
				break
			}
		}
	}
	if at < 0 {
		return nil
	}
	from, to, words := max(0, at-6), at+1, 0
	for menus := 0; to < len(s.lines) && to < at+25+menus && words < 160; to++ {
		if n := len(strings.Fields(s.lines[to].text)); n > 12 {
			words += n
		}
		if menus < 100 && menuClass().MatchString(s.lines[to].class) {
			menus++
		}
	}
	// What stands under the title is nearer to it than what stands above.
	out := []line{s.lines[at]}
	for _, l := range s.lines[at+1 : to] {
		if !menuClass().MatchString(l.class) {
			out = append(out, l)
		}
	}
	for i := at - 1; i >= from; i-- {
		if !menuClass().MatchString(s.lines[i].class) {
			out = append(out, s.lines[i])
		}
	}
	return out
}
