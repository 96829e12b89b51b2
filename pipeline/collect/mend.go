package collect

// Mending: a feed as the world writes it becomes a document that gofeed reads
// without loss and without danger.
//
// One pass over the text, linear in its length, no recursion. It closes what
// is open, quotes what is bare, resolves namespaces (under any prefix, with
// https or a slash too many, or never declared) and xml:base, settles which
// text is HTML, drops DTDs, entities of its own and every element no newsletter
// needs, and writes what is left in the plainest form: RSS of any version as
// RSS 2.0, Atom of any version as Atom 1.0, each leaf one text. What comes out
// is never deeper than six elements, so that no input can exhaust the parser.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxFeedBytes  = 10 << 20 // a feed document, decoded
	maxEntries    = 1000     // kept of one document, the newest
	maxDepth      = 256      // elements followed; deeper ones are passed over
	maxNesting    = 100_000  // elements in each other before the document is refused
	maxNamespaces = 64       // declarations on one element
	maxScope      = 512      // declarations in force at one place
	maxText       = 1 << 20  // bytes of one text; the rest is cut off
	maxItemText   = 2 << 20  // bytes of an item, mended
	maxParts      = 2000     // elements of an item, or of the head, that are followed
	maxStray      = 10_000   // end tags of nothing before the document is refused
)

// mended is the outcome of the pass.
type mended struct {
	kind  string // "rss" or "atom"
	doc   string // well-formed XML
	flags []string
	pace  pace
	lang  string
	texts []string // that were left out of doc; see textMark
}

// textMark and a number stand in doc, if only the beginning of texts is wanted,
// for one of mended.texts: what is known already need not be read out of XML
// again. It is a noncharacter (Unicode 23.7), which XML allows and no text has.
const textMark = "\uFDD0"

// text gives what a text of an entry stands for.
func (d mended) text(found string) string {
	if number, marked := strings.CutPrefix(found, textMark); marked {
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < len(d.texts) {
			return d.texts[n]
		}
	}
	return found
}

// pace is how often a feed says it wants to be asked.
type pace struct {
	TTL       int    `json:"ttl,omitempty"`       // minutes, RSS 2.0 <ttl>
	Period    string `json:"period,omitempty"`    // sy:updatePeriod
	Frequency int    `json:"frequency,omitempty"` // sy:updateFrequency
	SkipHours []int  `json:"skipHours,omitempty"` // hours of the day, GMT, 0 to 23
	SkipDays  []int  `json:"skipDays,omitempty"`  // days of the week, Sunday is 0
}

// A scope is one namespace declaration and those around it.
type scope struct {
	prefix, uri string
	outer       *scope
	size        int
}

type mode uint8

const (
	modeSkip   mode = iota // nothing in here is wanted
	modeRoot               // rss, rdf:RDF
	modeHead               // channel, feed
	modeItem               // item, entry
	modePerson             // author, contributor
	modeMedia              // media:group, media:content: descriptions are wanted
	modePace               // skipHours, skipDays
	modeSource             // atom:source: its author may be the entry's
)

type frame struct {
	raw   string // the tag's name as written, lower case
	name  string // canonical name
	mode  mode
	scope *scope
	base  string
}

// leaf is the element whose text is being gathered.
type leaf struct {
	raw    string
	name   string // canonical name, "dc:creator"
	attrs  attrs
	base   string
	whole  string          // the text, as long as it is one piece
	buf    strings.Builder // the text, when it is several
	depth  int             // elements of the same raw name opened inside
	markup bool            // text is escaped on the way in: the markup around it is real
	tagged bool            // it held elements
	closes int             // where its own end tag is known to stand
}

type attrs struct {
	href, rel, typ, mode, length, title string
	medium                              string
	url, term, label, permalink, src    string
	about, resource, lang               string
	base                                string
	hasHref, hasBase                    bool
}

type mendedItem struct {
	text  string
	date  time.Time
	place int
}

type mender struct {
	src   string
	at    int
	kind  string
	root  bool
	done  bool // the root was closed
	stack []frame
	over  int
	leaf  *leaf
	spare leaf // what leaf points to: there is one at a time
	head  strings.Builder
	item  *strings.Builder
	date  time.Time
	who   string   // what stands in the person at hand outside of any element
	named bool     // the head has its title
	said  bool     // the item at hand has a summary
	texts []string // mended.texts
	items []mendedItem
	total int                                   // items seen
	parts int                                   // elements of the item at hand, or of the head
	stray int                                   // end tags of nothing
	long  int                                   // texts cut off
	loose struct{ comment, cdata, subset bool } // none of them ends again in what follows
	cdata int                                   // where the next CDATA section ends
	flags []string
	pace  pace
	lang  string
	cut   bool
	base  string
	brief bool
}

// mendXML mends one XML feed. The base is the address it came from. brief: of
// texts that are no titles or names the summary will do.
func mendXML(src, base string, brief bool) (mended, error) {
	m := &mender{src: src, base: base, brief: brief}
	if err := m.run(); err != nil {
		return mended{}, err
	}
	if !m.root {
		return mended{}, errors.New("is empty or no feed")
	}
	return m.result(), nil
}

func (m *mender) run() error {
	for m.at < len(m.src) {
		next := strings.IndexByte(m.src[m.at:], '<')
		if next < 0 {
			m.text(m.src[m.at:], false)
			m.at = len(m.src)
			break
		}
		if next > 0 {
			m.text(m.src[m.at:m.at+next], false)
			m.at += next
		}
		rest := m.src[m.at:]
		var err error
		switch {
		case strings.HasPrefix(rest, "<!--"):
			m.skipComment()
		case len(rest) >= 9 && strings.EqualFold(rest[:9], "<![CDATA["):
			m.takeCDATA()
		case strings.HasPrefix(rest, "<?"):
			m.skipInstruction()
		case strings.HasPrefix(rest, "<!"):
			m.skipDeclaration()
		case len(rest) > 3 && rest[1] == '/' && rest[2] == '/' && nameStart(rest[3]): // "<//title>"
			m.at++
			err = m.endTag()
		case len(rest) > 2 && rest[1] == '/' && nameStart(rest[2]):
			err = m.endTag()
		case len(rest) > 1 && nameStart(rest[1]):
			err = m.startTag()
		default:
			m.text("<", true)
			m.at++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func nameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf
}

func nameByte(c byte) bool {
	return nameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}

func (m *mender) skipTo(end string, from int) {
	rest := m.src[m.at:]
	if i := strings.Index(rest[from:], end); i >= 0 {
		m.at += from + i + len(end)
		return
	}
	m.cut = true
	m.at = len(m.src)
}

// skipComment passes over a comment. One that never ends hides nothing: only
// its first four characters go, and that is said.
func (m *mender) skipComment() {
	rest := m.src[m.at:]
	if !m.loose.comment {
		if end := strings.Index(rest[4:], "-->"); end >= 0 {
			m.at += 4 + end + 3
			return
		}
		m.loose.comment = true
	}
	if strings.IndexByte(rest[4:], '<') < 0 { // the document ends in it
		m.cut = true
		m.at = len(m.src)
		return
	}
	m.flag("a comment never ends")
	m.at += 4
}

// takeCDATA takes a CDATA section. One that never ends, or only at the end of
// another one, ends where its element does.
func (m *mender) takeCDATA() {
	rest := m.src[m.at:]
	if m.cdata < m.at && !m.loose.cdata {
		if end := strings.Index(rest, "]]>"); end >= 0 {
			m.cdata = m.at + end
		} else {
			m.loose.cdata = true
		}
	}
	end := m.cdata - m.at
	if m.leaf == nil { // no text is wanted here
		if end < 0 {
			m.at += 9
		} else {
			m.at += end + 3
		}
		return
	}
	inner := rest[9:]
	if end >= 0 {
		inner = rest[9:end]
	}
	if next := strings.Index(inner, "<![CDATA["); next >= 0 || end < 0 {
		if next < 0 {
			next = len(inner)
		}
		if own := indexEndTag(inner[:next], m.leaf.raw); own >= 0 {
			m.flag("a CDATA section never ends")
			text := strings.TrimRight(inner[:own], " \t\r\n")
			m.text(strings.TrimSuffix(strings.TrimSuffix(text, ">"), "]"), true)
			m.at += 9 + own
			return
		}
	}
	if end < 0 {
		m.cut = true
		m.at = len(m.src)
		return
	}
	m.text(inner, true)
	m.at += end + 3
}

// indexEndTag finds the end tag of an element, its name in lower case, in any
// case.
func indexEndTag(s, raw string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], "</")
		if i < 0 {
			return -1
		}
		from += i
		name := s[from+2:]
		if len(name) >= len(raw) && strings.EqualFold(name[:len(raw)], raw) && (len(name) == len(raw) || !nameByte(name[len(raw)])) {
			return from
		}
		from += 2
	}
}

// skipInstruction passes over <?...>; it ends at the next tag when it has no
// end of its own before.
func (m *mender) skipInstruction() {
	rest := m.src[m.at+2:]
	end := strings.IndexAny(rest, "<>")
	switch {
	case end < 0:
		m.cut = true
		m.at = len(m.src)
	case rest[end] == '>':
		m.at += 2 + end + 1
	default:
		m.at += 2 + end
	}
}

// flag notes once that something had to be mended.
func (m *mender) flag(what string) {
	if !slices.Contains(m.flags, what) {
		m.flags = append(m.flags, what)
	}
}

// skipDeclaration passes over <!DOCTYPE ...> with its internal subset. Nothing
// in it is read: no entity is ever declared, so none can be expanded.
func (m *mender) skipDeclaration() {
	if m.leaf != nil { // a document type inside a description is part of its text
		m.skipTo(">", 2)
		return
	}
	depth := 0
	var quote byte
	for i := m.at + 2; i < len(m.src) && !m.loose.subset; i++ {
		switch c := m.src[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case depth > 0 && (c == '"' || c == '\''):
			quote = c
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			m.at = i + 1
			return
		}
	}
	m.loose.subset = true
	m.skipTo(">", 2) // unbalanced: give up on the subset, not on the feed
}

// text takes character data.
func (m *mender) text(s string, literal bool) {
	if m.leaf == nil {
		if n := len(m.stack); n > 0 && m.stack[n-1].mode == modePerson && len(m.who) < 1024 {
			m.who += s[:min(len(s), 1024)] // "<author>Ann</author>" in Atom
		}
		return
	}
	if s == "" || m.leaf.size() >= maxText {
		return
	}
	s = s[:min(len(s), 8*maxText)] // a reference takes up to that many bytes a character
	if !literal && strings.IndexByte(s, '&') >= 0 {
		s = unescapeXML(s)
	}
	if m.leaf.markup {
		s = html.EscapeString(s)
	}
	m.write(m.leaf, s)
}

// startTag reads one start tag and acts on it.
func (m *mender) startTag() error {
	i := m.at + 1
	start := i
	for i < len(m.src) && nameByte(m.src[i]) {
		i++
	}
	raw := strings.ToLower(m.src[start:i])
	if m.leaf != nil && !structural(raw) && !m.leftOpen(raw) {
		return m.inLeaf(raw, i)
	}
	sc, base := (*scope)(nil), m.base
	if n := len(m.stack); n > 0 {
		sc, base = m.stack[n-1].scope, m.stack[n-1].base
	}
	var a attrs
	declared := 0
	end, empty, whole := scanAttrs(m.src, i, func(name, value string) bool {
		if name == "xmlns" || strings.HasPrefix(name, "xmlns:") {
			if declared++; declared > maxNamespaces {
				return false
			}
			size := 1
			if sc != nil {
				size = sc.size + 1
			}
			if size <= maxScope {
				sc = &scope{strings.TrimPrefix(strings.TrimPrefix(name, "xmlns"), ":"), value, sc, size}
			}
			return true
		}
		a.take(name, value)
		return true
	})
	m.at = end
	if declared > maxNamespaces {
		return fmt.Errorf("declares more than %d namespaces on one element", maxNamespaces)
	}
	if !whole {
		m.cut = true
		m.at = len(m.src)
		return nil
	}
	if len(m.stack) >= maxDepth {
		if !empty {
			if m.over++; m.over > maxNesting {
				return fmt.Errorf("nests more than %d elements in each other", maxNesting)
			}
		}
		return nil
	}
	if a.hasBase {
		if abs := resolve(a.base, base); abs != "" {
			base = abs
		}
	}
	if m.leaf != nil { // an item starts where a text was never closed
		m.closeLeaf()
	}
	name := canonicalName(raw, sc)
	f := frame{raw: raw, name: name, scope: sc, base: base}
	if err := m.open(&f, a, empty); err != nil {
		return err
	}
	if !empty && m.leaf == nil {
		m.stack = append(m.stack, f)
	} else if empty && m.leaf == nil {
		m.shut(f)
	}
	if empty && m.leaf != nil {
		m.closeLeaf()
	}
	return nil
}

// structural says whether a tag can't be part of a text.
func structural(raw string) bool {
	switch raw {
	case "item", "entry", "channel", "rss", "feed", "rdf:rdf":
		return true
	}
	return false
}

// fields are the plain elements that stand beside each other in an item.
var fields = wordSet("title link guid id pubdate published updated author category comments enclosure description summary content:encoded dc:creator dc:date")

// leftOpen says whether the text at hand was never closed: another field of the
// item begins, and no end tag of the text comes before the item's end.
func (m *mender) leftOpen(raw string) bool {
	l := m.leaf
	if !fields[raw] || raw == l.raw || !fields[l.raw] || l.closes > m.at {
		return false
	}
	ahead := m.src[m.at:min(len(m.src), m.at+64<<10)]
	for at := 0; ; at++ {
		next := strings.IndexByte(ahead[at:], '<')
		if next < 0 {
			break
		}
		at += next
		name := ahead[at+1 : min(len(ahead), at+2+len(l.raw))]
		if len(name) > len(l.raw) && name[0] == '/' && strings.EqualFold(name[1:], l.raw) {
			l.closes = m.at + at
			return false
		}
		name = strings.TrimPrefix(strings.ToLower(ahead[at+1:min(len(ahead), at+7)]), "/")
		if l.depth == 0 && (strings.HasPrefix(name, "item") || strings.HasPrefix(name, "entry")) {
			return true
		}
	}
	if m.at+len(ahead) == len(m.src) {
		return true
	}
	l.closes = m.at + len(ahead) // a text as long as this may well be closed further on
	return false
}

// inLeaf keeps an element inside a text as markup of that text.
func (m *mender) inLeaf(raw string, after int) error {
	l := m.leaf
	end, empty, whole := scanAttrs(m.src, after, func(string, string) bool { return true })
	if !whole {
		m.cut = true
		m.at = len(m.src)
		return nil
	}
	tag := m.src[m.at:end]
	if strings.HasPrefix(tag, "<xhtml:") || strings.HasPrefix(tag, "<html:") || strings.HasPrefix(tag, "<h:") {
		tag = "<" + tag[strings.IndexByte(tag, ':')+1:]
	}
	m.write(l, tag)
	l.tagged = true
	m.at = end
	if raw == l.raw && !empty {
		l.depth++
	}
	return nil
}

func (m *mender) endTag() error {
	i := m.at + 2
	for i < len(m.src) && nameByte(m.src[i]) {
		i++
	}
	raw := strings.ToLower(m.src[m.at+2 : i])
	close := strings.IndexByte(m.src[i:], '>')
	if close < 0 {
		m.cut = true
		m.at = len(m.src)
		return nil
	}
	tag := m.src[m.at : i+close+1]
	m.at = i + close + 1
	if l := m.leaf; l != nil {
		switch {
		case raw == l.raw && l.depth == 0:
			m.closeLeaf()
			return nil
		case raw == l.raw:
			l.depth--
		}
		if !structural(raw) {
			if strings.HasPrefix(tag, "</xhtml:") || strings.HasPrefix(tag, "</html:") || strings.HasPrefix(tag, "</h:") {
				tag = "</" + tag[strings.IndexByte(tag, ':')+1:]
			}
			m.write(l, tag)
			return nil
		}
		m.closeLeaf()
	}
	if m.over > 0 {
		m.over--
		return nil
	}
	for n := len(m.stack) - 1; n >= 0; n-- {
		if m.stack[n].raw == raw {
			for k := len(m.stack) - 1; k >= n; k-- {
				m.shut(m.stack[k])
			}
			m.stack = m.stack[:n]
			return nil
		}
	}
	if m.stray++; m.stray > maxStray {
		return fmt.Errorf("closes more than %d elements that were never opened", maxStray)
	}
	return nil
}

// write adds to a text, up to its bound.
func (m *mender) write(l *leaf, s string) {
	if room := maxText - l.size(); len(s) > room {
		if room <= 0 {
			return
		}
		s = s[:room]
		m.long++
	}
	if l.size() == 0 {
		l.whole = s
		return
	}
	if l.whole != "" {
		l.buf.WriteString(l.whole)
		l.whole = ""
	}
	l.buf.WriteString(s)
}

func (l *leaf) size() int { return len(l.whole) + l.buf.Len() }

func (l *leaf) text() string {
	if l.whole != "" {
		return l.whole
	}
	return l.buf.String()
}

// take keeps an attribute that some element of ours needs.
func (a *attrs) take(name, value string) {
	switch name {
	case "href":
		a.href, a.hasHref = value, true
	case "rel":
		a.rel = value
	case "type":
		a.typ = value
	case "mode":
		a.mode = value
	case "length", "filesize":
		a.length = value
	case "medium":
		a.medium = value
	case "title":
		a.title = value
	case "url":
		a.url = value
	case "term":
		a.term = value
	case "label", "text":
		a.label = value
	case "ispermalink":
		a.permalink = value
	case "src":
		a.src = value
	case "rdf:about", "about":
		a.about = value
	case "rdf:resource", "resource":
		a.resource = value
	case "xml:lang":
		a.lang = value
	case "xml:base":
		a.base, a.hasBase = value, true
	}
}

// scanAttrs reads attributes from src[i:] to the end of the tag: quoted, bare
// or without a value. whole is false when the text ended first.
func scanAttrs(src string, i int, each func(name, value string) bool) (end int, empty, whole bool) {
	for i < len(src) {
		switch c := src[i]; {
		case c == '>':
			return i + 1, empty, true
		case c == '/':
			empty = true
			i++
			continue
		case c == '<': // a tag that was never closed
			return i, empty, true
		case c <= ' ':
			i++
			continue
		}
		empty = false
		start := i
		for i < len(src) && src[i] > ' ' && src[i] != '=' && src[i] != '>' && src[i] != '/' && src[i] != '<' {
			i++
		}
		name := src[start:i]
		for i < len(src) && src[i] <= ' ' {
			i++
		}
		value := ""
		if i < len(src) && src[i] == '=' {
			i++
			for i < len(src) && src[i] <= ' ' {
				i++
			}
			if i < len(src) && (src[i] == '"' || src[i] == '\'') {
				close := closingQuote(src[i+1:], src[i])
				if close < 0 {
					return len(src), false, false
				}
				value = src[i+1 : i+1+close]
				i += close + 1
				if i < len(src) && (src[i] == '"' || src[i] == '\'') {
					i++
				}
			} else {
				start = i
				for i < len(src) && src[i] > ' ' && src[i] != '>' {
					i++
				}
				value = strings.Trim(src[start:i], "“”„‘’")
				if strings.HasSuffix(value, "/") && i < len(src) && src[i] == '>' {
					value, empty = strings.TrimRight(value[:len(value)-1], "”’"), true
				}
			}
		}
		if i == start { // no progress on a stray byte
			i++
			continue
		}
		if len(name) <= 64 {
			if strings.IndexByte(value, '&') >= 0 {
				value = unescapeXML(value)
			}
			if !each(strings.ToLower(name), value) {
				return i, false, true
			}
		}
	}
	return len(src), false, false
}

// closingQuote gives the length of an attribute's value. When the quotation
// mark that comes next opens another attribute's value, or none comes, this one
// was left open: it ends at the blank, or at the end of the tag.
func closingQuote(s string, quote byte) int {
	close := strings.IndexByte(s, quote)
	if close >= 0 {
		after := byte(' ')
		if close+1 < len(s) {
			after = s[close+1]
		}
		if !strings.HasSuffix(s[:close], "=") || after <= ' ' || after == '>' || after == '/' || after == '?' {
			return close
		}
		return strings.IndexAny(s, " \t\r\n>")
	}
	return strings.IndexByte(s, '>')
}

// canonicalName gives "prefix:local" with the prefix this package uses for the
// namespace, "" for RSS's own and Atom's own elements in an Atom feed.
func canonicalName(raw string, sc *scope) string {
	prefix, local, ok := strings.Cut(raw, ":")
	if !ok {
		prefix, local = "", raw
	}
	for s := sc; s != nil; s = s.outer {
		if strings.EqualFold(s.prefix, prefix) {
			if known, ok := namespacePrefix(s.uri); ok {
				if known == "" {
					return local
				}
				return known + ":" + local
			}
			if prefix == "" { // a default namespace nobody knows: go by the names
				return local
			}
			return "other:" + local
		}
	}
	if prefix == "" {
		return local
	}
	return prefix + ":" + local // never declared: believe the prefix
}

// namespacePrefix folds the ways a namespace is written.
func namespacePrefix(uri string) (string, bool) {
	uri = strings.ToLower(strings.TrimSpace(uri))
	uri = strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(uri, "https://"), "http://"), "/#")
	switch uri {
	case "", "purl.org/rss/1.0", "backend.userland.com/rss2", "backend.userland.com/rss",
		"blogs.law.harvard.edu/tech/rss", "my.netscape.com/rdf/simple/0.9", "channel.netscape.com/rdf/simple/0.9",
		"purl.org/net/rss1.1", "my.netscape.com/publish/formats/rss-0.91.dtd", "backend.userland.com/rss2.0",
		"purl.org/rss/2.0", "cyber.law.harvard.edu/rss":
		return "", true
	case "www.w3.org/2005/atom", "purl.org/atom/ns", "purl.org/atom", "example.com/newformat", "example.com/necho",
		"purl.org/echo", "uri/of/echo/namespace", "example.com/uri/of/echo/namespace":
		return "atom", true
	case "purl.org/dc/elements/1.1", "purl.org/dc/elements/1.0":
		return "dc", true
	case "purl.org/dc/terms":
		return "dcterms", true
	case "purl.org/rss/1.0/modules/content":
		return "content", true
	case "purl.org/rss/1.0/modules/syndication":
		return "sy", true
	case "www.w3.org/1999/02/22-rdf-syntax-ns":
		return "rdf", true
	case "www.itunes.com/dtds/podcast-1.0.dtd", "example.com/dtds/podcast-1.0.dtd":
		return "itunes", true
	case "search.yahoo.com/mrss":
		return "media", true
	case "rssnamespace.org/feedburner/ext/1.0":
		return "feedburner", true
	case "www.pheedo.com/namespace/pheedo":
		return "pheedo", true
	case "www.w3.org/1999/xhtml":
		return "xhtml", true
	}
	return "", false
}

// open acts on a start tag outside of any text.
func (m *mender) open(f *frame, a attrs, empty bool) error {
	if !m.root {
		m.lang = a.lang
		return m.openRoot(f, a)
	}
	parent := modeSkip
	if n := len(m.stack); n > 0 {
		parent = m.stack[n-1].mode
	} else {
		parent = modeRoot // what follows the closed root is read like what is in it
	}
	name := strings.TrimPrefix(f.name, "atom:")
	switch m.kind {
	case "atom":
		f.name = name
		if name == "entry" && parent != modeSkip || name == "item" && (parent == modeHead || parent == modeRoot) {
			m.openItem(f, a)
			return nil
		}
	default:
		if f.name == "item" || f.name == "rss:item" || name == "entry" && (parent == modeHead || parent == modeRoot) {
			m.openItem(f, a)
			return nil
		}
		if f.name == "channel" {
			f.mode = modeHead
			return nil
		}
	}
	switch parent {
	case modeRoot:
		if m.kind == "rss" { // RSS 0.90: image and textinput stand beside the channel
			f.mode = modeSkip
		}
	case modeHead:
		m.openInHead(f, a)
	case modeItem:
		m.openInItem(f, a)
	case modePerson:
		switch strings.TrimPrefix(f.name, "atom:") {
		case "name", "email", "uri", "url", "homepage":
			m.startLeaf(f, a)
		}
	case modeMedia:
		if f.name == "media:description" {
			m.startLeaf(f, a)
		} else if f.name == "media:content" || f.name == "media:group" {
			f.mode = modeMedia
			m.writeMedia(f, a)
		} else if f.name == "itunes:category" {
			f.mode = modeMedia
			writeLeaf(m.out(), "category", "", a.label)
		}
	case modePace:
		if f.name == "hour" || f.name == "day" {
			m.startLeaf(f, a)
		}
	case modeSource:
		switch {
		case f.name == "author":
			f.mode = modeSource
		case f.name == "name" && len(m.stack) > 0 && m.stack[len(m.stack)-1].name == "author":
			m.startLeaf(f, a)
		}
	}
	return nil
}

func (m *mender) openRoot(f *frame, a attrs) error {
	local := f.name[strings.IndexByte(f.name, ':')+1:]
	switch local {
	case "rss", "rdf":
		m.kind, f.mode = "rss", modeRoot
	case "feed":
		m.kind, f.mode = "atom", modeHead
	case "channel":
		m.kind, f.mode = "rss", modeHead
	case "item": // no root at all
		m.root, m.kind = true, "rss"
		m.openItem(f, a)
	case "entry": // an Atom entry document, RFC 4287 section 4.1.2
		m.root, m.kind, f.name = true, "atom", "entry"
		m.openItem(f, a)
	case "html", "body", "head":
		if m.skipToRoot() { // somebody put the feed into a page
			return nil
		}
		return errHTML
	case "opml":
		return errors.New("is an OPML list of feeds, not a feed; put the file itself into sources/")
	case "urlset", "sitemapindex":
		return errors.New("is a sitemap, not a feed")
	default:
		// A warning printed before the feed is no reason to lose the feed.
		if m.skipToRoot() {
			return nil
		}
		if len(local) > 40 {
			local = local[:40]
		}
		return fmt.Errorf("is no feed: its outermost element is %q", local)
	}
	m.root = true
	// Whatever is declared as the default namespace of the outermost element, it
	// is the feed's own.
	for s := f.scope; s != nil; s = s.outer {
		if s.prefix == "" {
			s.uri = ""
		}
	}
	return nil
}

// skipToRoot goes on to the feed that begins further on; false when none does.
func (m *mender) skipToRoot() bool {
	ahead := m.src[m.at:min(len(m.src), m.at+64<<10)]
	for _, root := range []string{"<rss", "<feed", "<rdf:RDF"} {
		i := strings.Index(ahead, root)
		if i < 0 || i+len(root) >= len(ahead) || nameByte(ahead[i+len(root)]) {
			continue
		}
		if root == "<feed" && !strings.Contains(ahead[i:], "<entry") {
			continue // an element of a page
		}
		m.flag("something stood before the feed")
		m.at += i
		return true
	}
	return false
}

func (m *mender) openItem(f *frame, a attrs) {
	if m.item != nil { // an item inside an item: the first was never closed
		for n := len(m.stack) - 1; n >= 0; n-- {
			mode := m.stack[n].mode
			m.shut(m.stack[n])
			m.stack = m.stack[:n]
			if mode == modeItem {
				break
			}
		}
	}
	f.mode = modeItem
	m.item, m.parts, m.said = &strings.Builder{}, 0, false
	m.item.Grow(1 << 10)
	m.date = time.Time{}
	if m.kind == "rss" && a.about != "" { // RSS 1.0: rdf:about is the identity
		writeLeaf(m.item, "guid", ` isPermaLink="false"`, a.about)
	}
}

func (m *mender) out() *strings.Builder {
	if m.item != nil {
		return m.item
	}
	return &m.head
}

func (m *mender) openInHead(f *frame, a attrs) {
	if m.parts++; m.parts > maxParts {
		m.flag("a head of too many elements was read in part")
		return
	}
	if m.kind == "atom" {
		switch f.name {
		case "author", "contributor":
			m.openPerson(f)
		case "title", "id", "updated", "modified", "subtitle", "tagline", "link", "language",
			"dc:language", "dc:creator", "sy:updateperiod", "sy:updatefrequency":
			m.startLeaf(f, a)
		}
		return
	}
	switch f.name {
	case "skiphours", "skipdays":
		f.mode = modePace
	case "title", "link", "description", "language", "managingeditor", "webmaster", "ttl", "pubdate", "lastbuilddate",
		"sy:updateperiod", "sy:updatefrequency", "dc:creator", "dc:language", "itunes:author", "dc:date", "author":
		m.startLeaf(f, a)
	case "atom:link":
		m.startLeaf(f, a)
	case "atom:author":
		m.openPerson(f)
	}
}

func (m *mender) openInItem(f *frame, a attrs) {
	if m.parts++; m.parts > maxParts || m.item != nil && m.item.Len() > maxItemText {
		m.flag("an item of too many elements was read in part")
		return
	}
	if m.kind == "atom" {
		switch f.name {
		case "author", "contributor":
			m.openPerson(f)
			return
		case "source": // RFC 4287 section 4.2.1: its author is the entry's when the entry has none
			f.mode = modeSource
			return
		case "title", "id", "updated", "modified", "published", "issued", "created", "link", "summary", "content",
			"category",
			"pubdate", "description", "guid", "enclosure": // RSS's, by mistake
			m.startLeaf(f, a)
			return
		}
	} else {
		switch f.name {
		case "title", "link", "description", "guid", "pubdate", "author", "category", "comments", "enclosure",
			"atom:title", "atom:link", "atom:id", "atom:published", "atom:updated", "atom:summary", "atom:content",
			"atom:issued", "atom:modified", "atom:created",
			"summary", "content", "body", "fullitem", "published", "updated", "modified", "issued", "created", "date",
			"lastmodified", "expirationdate", "id", "keywords", "tagline", "tags":
			m.startLeaf(f, a)
			return
		case "atom:author", "atom:contributor":
			m.openPerson(f)
			return
		}
	}
	switch f.name {
	case "content:encoded", "dc:creator", "dc:author", "dc:contributor", "dc:subject", "dc:date", "dc:title",
		"dc:description", "dc:identifier", "dcterms:created", "dcterms:issued", "dcterms:modified", "dcterms:available",
		"itunes:author", "itunes:summary", "itunes:subtitle", "itunes:keywords", "itunes:title",
		"feedburner:origlink", "pheedo:origlink", "xhtml:body", "xhtml:div", "media:description", "media:title", "media:category",
		"media:keywords", "rdf:enclosure":
		m.startLeaf(f, a)
	case "itunes:category": // categories nest
		f.mode = modeMedia
		writeLeaf(m.out(), "category", "", a.label)
	case "media:group":
		f.mode = modeMedia
	case "media:content":
		f.mode = modeMedia
		m.writeMedia(f, a)
	}
}

func (m *mender) writeMedia(f *frame, a attrs) {
	if link := resolve(a.url, f.base); link != "" && f.name == "media:content" {
		writeTag(m.out(), "media:content", "url", link, "type", a.typ, "length", a.length, "medium", a.medium)
	}
}

func (m *mender) openPerson(f *frame) {
	f.mode = modePerson
	m.who = ""
	m.out().WriteString("<" + f.name + ">")
}

// shut acts on the end of an element outside of any text.
func (m *mender) shut(f frame) {
	switch f.mode {
	case modePerson:
		if who := strings.TrimSpace(cleanControls(unescapeXML(m.who))); who != "" {
			prefix, _, _ := strings.Cut(f.name, "author")
			writeLeaf(m.out(), strings.TrimSuffix(prefix, "contributor")+"name", "", who)
		}
		m.who = ""
		m.out().WriteString("</" + f.name + ">")
	case modeItem:
		if m.item != nil {
			m.items = append(m.items, mendedItem{m.item.String(), m.date, m.total})
			m.total++
			if len(m.items) >= 4*maxEntries {
				m.items = newestItems(m.items)
			}
			m.item, m.parts = nil, 0
		}
	case modeRoot, modeHead:
		if len(m.stack) > 0 && f.raw == m.stack[0].raw {
			m.done = true
		}
	}
}

func (m *mender) startLeaf(f *frame, a attrs) {
	m.spare = leaf{raw: f.raw, name: f.name, attrs: a, base: f.base}
	l := &m.spare
	typ, mode := strings.ToLower(strings.TrimSpace(a.typ)), strings.ToLower(a.mode)
	switch {
	case f.name == "xhtml:body" || f.name == "xhtml:div":
		l.markup = true
	case m.kind == "atom" || strings.HasPrefix(f.name, "atom:"):
		l.markup = mode != "escaped" && mode != "base64" &&
			(strings.Contains(typ, "xhtml") || strings.HasSuffix(typ, "+xml") || strings.HasSuffix(typ, "/xml"))
	case f.name == "body":
		l.markup = true
	}
	m.leaf = l
}

// closeLeaf writes the gathered text where it belongs.
func (m *mender) closeLeaf() {
	l := m.leaf
	m.leaf = nil
	text := withoutCDATA(cleanControls(l.text()))
	if l.size() >= maxText {
		text = strings.ToValidUTF8(text, "")
	}
	out := m.out()
	parent := modeSkip
	if n := len(m.stack); n > 0 {
		parent = m.stack[n-1].mode
	}
	switch parent {
	case modePerson:
		local := strings.TrimPrefix(l.name, "atom:")
		if local == "url" || local == "homepage" {
			local = "uri"
		}
		prefix := ""
		if m.stack[len(m.stack)-1].name != strings.TrimPrefix(m.stack[len(m.stack)-1].name, "atom:") {
			prefix = "atom:"
		}
		writeLeaf(out, prefix+local, "", text)
		return
	case modePace:
		m.skip(l.name, strings.TrimSpace(text))
		return
	case modeSource:
		writeLeaf(out, "mend:sourceauthor", "", html.EscapeString(strings.TrimSpace(text)))
		return
	}
	if m.item == nil && m.setPace(l.name, strings.TrimSpace(text)) {
		return
	}
	switch l.name {
	case "link", "atom:link":
		m.writeLink(out, l, linkText(text))
	case "feedburner:origlink", "pheedo:origlink":
		if link := resolve(linkText(text), l.base); link != "" {
			writeLeaf(out, "feedburner:origLink", "", link)
		}
	case "enclosure", "rdf:enclosure":
		given := first(l.attrs.url, l.attrs.resource, l.attrs.href, text)
		link := resolve(linkText(given), l.base)
		switch {
		case link == "":
			if given != "" {
				writeLeaf(out, "mend:dropped", "", scheme(given))
			}
		case m.kind == "atom":
			writeTag(out, "link", "rel", "enclosure", "href", link, "type", l.attrs.typ, "length", l.attrs.length)
		default:
			writeTag(out, "enclosure", "url", link, "type", l.attrs.typ, "length", l.attrs.length)
		}
	case "guid":
		if m.kind == "atom" {
			writeLeaf(out, "mend:id", "", strings.TrimSpace(text))
			return
		}
		permalink := ""
		if strings.EqualFold(strings.TrimSpace(l.attrs.permalink), "false") {
			permalink = ` isPermaLink="false"`
		}
		if given := strings.TrimSpace(text); permalink == "" && strings.HasPrefix(given, "/") {
			writeLeaf(out, "mend:permalink", "", resolve(given, l.base))
		}
		writeLeaf(out, "guid", permalink, strings.TrimSpace(text))
	case "id", "atom:id", "dc:identifier":
		// gofeed folds the case of an Atom id as of an address; RFC 4287
		// section 4.2.6.1 compares it letter by letter, so it travels apart.
		id := strings.TrimSpace(text)
		if strings.HasPrefix(id, "/") { // no IRI of its own: an address within the site
			id = first(resolve(id, l.base), id)
		}
		writeLeaf(out, "mend:id", "", id)
	case "category":
		term := first(l.attrs.term, strings.TrimSpace(text), l.attrs.label)
		if m.kind == "atom" {
			writeTag(out, "category", "term", term)
		} else {
			writeLeaf(out, "category", "", term)
		}
	case "tags": // nobody's standard, and comma-separated wherever it is met
		for _, term := range splitTags(text, ",") {
			writeLeaf(out, "category", "", term)
		}
	case "pubdate", "published", "issued", "updated", "modified", "created", "date", "lastmodified", "lastbuilddate",
		"dc:date", "dcterms:created", "dcterms:issued", "dcterms:modified", "dcterms:available",
		"atom:published", "atom:updated", "atom:issued", "atom:modified", "atom:created":
		if l.tagged {
			text = plain(text)
		}
		m.writeDate(out, l.name, strings.TrimSpace(text))
	default:
		m.writeText(out, l, text)
	}
}

// withoutCDATA takes off CDATA marks that were escaped or doubled and so became
// text: what is between them was meant.
func withoutCDATA(text string) string {
	inner := strings.TrimSpace(text)
	if len(inner) < 9 || !strings.EqualFold(inner[:9], "<![CDATA[") {
		return text
	}
	inner = inner[9:]
	if end := strings.LastIndex(inner, "]]>"); end >= 0 {
		inner = inner[:end] + inner[end+3:]
	}
	return inner
}

// linkText undoes an ampersand that was escaped twice. No address means the
// five characters.
func linkText(text string) string {
	return strings.ReplaceAll(text, "&amp;", "&")
}

// writeDate writes a date under what it means. gofeed reads an unknown zone as
// UTC and guesses at day and month, so dates travel apart from its fields.
func (m *mender) writeDate(out *strings.Builder, name, text string) {
	kind := "published"
	switch name[strings.IndexByte(name, ':')+1:] {
	case "updated", "modified", "lastmodified", "lastbuilddate":
		kind = "updated"
	case "created":
		kind = "created"
	}
	if m.item != nil {
		if when, ok := parseDate(text); ok && when.After(m.date) {
			m.date = when
		}
	}
	writeLeaf(out, "mend:"+kind, "", text)
}

func (m *mender) writeLink(out *strings.Builder, l *leaf, text string) {
	given := strings.TrimSpace(text)
	if l.attrs.hasHref && (given == "" || m.kind == "atom" || l.name == "atom:link") {
		given = strings.TrimSpace(l.attrs.href)
		if given == "" {
			given = l.base
		}
	} else if given == "" {
		given = l.attrs.resource
	}
	link := resolve(given, l.base)
	if link == "" {
		if given != "" && m.item != nil {
			writeLeaf(out, "mend:dropped", "", scheme(given))
		}
		return
	}
	rel := strings.ToLower(strings.TrimSpace(l.attrs.rel))
	if rel == "" {
		rel = "alternate"
	}
	rel = rel[strings.LastIndexAny(rel, "/#")+1:] // a full relation address means its last part, RFC 4287 4.2.7.2
	if m.kind == "rss" && l.name == "link" {
		switch rel {
		case "alternate":
			writeLeaf(out, "link", "", link)
		case "enclosure":
			writeTag(out, "enclosure", "url", link, "type", l.attrs.typ, "length", l.attrs.length)
		}
		return
	}
	writeTag(out, l.name, "href", link, "rel", rel, "type", l.attrs.typ, "length", l.attrs.length)
}

// writeText settles whether a text is HTML and writes it as HTML.
func (m *mender) writeText(out *strings.Builder, l *leaf, text string) {
	name := l.name
	if m.brief && m.said && (name == "content" || name == "content:encoded") {
		return
	}
	if name == "author" { // of RSS; gofeed keeps one
		if name = "mend:author"; m.item == nil {
			name = "dc:creator"
		}
	}
	if name == "title" && m.item == nil {
		if m.named { // of a second channel
			return
		}
		m.named = strings.TrimSpace(text) != ""
	}
	if m.kind == "atom" && name != "description" && !strings.Contains(name, ":") || strings.HasPrefix(name, "atom:") {
		text = atomHTML(l, text)
	} else if !l.tagged && !l.markup && name != "content:encoded" && name != "fullitem" && !looksLikeHTML(text) {
		text = html.EscapeString(text)
	}
	switch name {
	case "tagline":
		name = "subtitle"
	case "managingeditor":
		name = "managingEditor"
	case "webmaster":
		name = "webMaster"
	case "xhtml:body", "xhtml:div", "body", "fullitem":
		name = "content:encoded"
	case "dc:author":
		name = "dc:creator"
	case "keywords":
		name = "itunes:keywords"
	}
	if m.kind == "atom" && name == "description" {
		name = "dc:description"
	}
	if m.kind == "rss" {
		switch name {
		case "summary":
			name = "atom:summary"
		case "content":
			name = "atom:content"
		}
	}
	sound, odd := soundHTML(text)
	if text = sound; odd && m.item != nil {
		what := "markup of the text mended"
		if strings.HasSuffix(name, "title") {
			what = "markup of the title mended"
		}
		writeLeaf(out, "mend:flag", "", what)
	}
	switch name {
	case "title", "atom:title", "dc:title", "media:title", "itunes:title":
	case "description", "summary", "content", "content:encoded", "atom:summary", "atom:content", "dc:description",
		"media:description", "itunes:summary", "itunes:subtitle":
		if m.brief && m.item != nil {
			text = strings.TrimSpace(summary(text))
			m.said = m.said || text != "" && (name == "description" || name == "summary" && m.kind == "atom")
			if text != "" {
				m.texts = append(m.texts, text)
				text = textMark + strconv.Itoa(len(m.texts)-1)
			}
		} else {
			text = absoluteHTML(text, l.base)
		}
	default:
		text = absoluteHTML(text, l.base)
	}
	if name == "content" && m.kind == "atom" && l.attrs.src != "" && strings.TrimSpace(text) == "" {
		if link := resolve(l.attrs.src, l.base); link != "" {
			writeTag(out, "mend:src", "url", link, "type", l.attrs.typ)
		}
		return
	}
	writeLeaf(out, name, "", strings.TrimSpace(text))
}

// atomHTML turns an Atom text construct into HTML, by its type (RFC 4287
// section 3.1) or its type and mode (Atom 0.3).
func atomHTML(l *leaf, text string) string {
	typ, mode := strings.ToLower(strings.TrimSpace(l.attrs.typ)), strings.ToLower(l.attrs.mode)
	if mode == "base64" {
		if raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil && utf8.Valid(raw) {
			text = string(raw)
			if typ == "text/plain" || typ == "text" || typ == "" && !looksLikeHTML(text) {
				return html.EscapeString(text)
			}
			return text
		}
	}
	switch {
	case l.markup, l.tagged:
		return text
	case strings.Contains(typ, "html"):
		return text
	case typ == "", typ == "text", strings.HasPrefix(typ, "text/"):
		return html.EscapeString(text)
	case strings.HasPrefix(typ, "image/"), strings.HasPrefix(typ, "audio/"), strings.HasPrefix(typ, "video/"),
		strings.HasPrefix(typ, "application/"):
		if raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil {
			if utf8.Valid(raw) {
				if looksLikeHTML(string(raw)) { // it is sanitised as any other
					return string(raw)
				}
				return html.EscapeString(string(raw))
			}
			return ""
		}
	}
	return html.EscapeString(text)
}

// setPace keeps what the channel says about how often it changes.
func (m *mender) setPace(name, text string) bool {
	switch name {
	case "ttl":
		if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 1e6 {
			m.pace.TTL = n
		}
	case "sy:updateperiod":
		m.pace.Period = strings.ToLower(text)
		if len(m.pace.Period) > 16 {
			m.pace.Period = ""
		}
	case "sy:updatefrequency":
		if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 1e6 {
			m.pace.Frequency = n
		}
	default:
		return false
	}
	return true
}

func (m *mender) skip(name, text string) {
	if name == "hour" {
		// RSS 0.91 counts hours from 1 to 24, RSS 2.0 from 0 to 23.
		if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= 24 && len(m.pace.SkipHours) < 24 {
			m.pace.SkipHours = append(m.pace.SkipHours, n%24)
		}
		return
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(day.String(), text) && len(m.pace.SkipDays) < 7 {
			m.pace.SkipDays = append(m.pace.SkipDays, int(day))
		}
	}
}

// mendedSpaces are the namespaces of what is written here.
var mendedSpaces = []struct{ tag, uri string }{
	{"<atom:", "http://www.w3.org/2005/Atom"},
	{"<content:", "http://purl.org/rss/1.0/modules/content/"},
	{"<dc:", "http://purl.org/dc/elements/1.1/"},
	{"<itunes:", "http://www.itunes.com/DTDs/PodCast-1.0.dtd"},
	{"<media:", "http://search.yahoo.com/mrss/"},
	{"<feedburner:", "http://rssnamespace.org/feedburner/ext/1.0"},
	{"<mend:", "urn:pullquote:mend"},
}

// result puts the mended parts together.
func (m *mender) result() mended {
	half := m.item != nil // the document ended inside an item: it is not whole
	items := m.items
	if half && !m.cut && len(items) == 0 && m.leaf == nil {
		// Never closed at all, yet complete: some writers leave the end out.
		items = append(items, mendedItem{text: closePersons(m)})
		half = false
	}
	if m.cut || half || !m.done && len(m.stack) > 0 {
		m.flags = append(m.flags, fmt.Sprintf("cut off after %d items", max(m.total, len(items))))
	}
	if m.long > 0 {
		m.flags = append(m.flags, fmt.Sprintf("%d texts cut off at %d MB", m.long, maxText>>20))
	}
	if m.total > maxEntries {
		m.flags = append(m.flags, fmt.Sprintf("newest %d of %d entries kept", maxEntries, m.total))
		items = newestItems(items)
	}
	var doc strings.Builder
	head := m.head.String()
	if m.item == nil {
		for n := len(m.stack) - 1; n >= 0; n-- { // a person of the head left open
			if m.stack[n].mode == modePerson {
				head += "</" + m.stack[n].name + ">"
			}
		}
	}
	var spaces strings.Builder
	for _, n := range mendedSpaces { // gofeed looks at all of them for each element: only what is there is named
		used := strings.Contains(head, n.tag)
		for i := 0; i < len(items) && !used; i++ {
			used = strings.Contains(items[i].text, n.tag)
		}
		if used {
			spaces.WriteString(" xmlns:" + n.tag[1:len(n.tag)-1] + `="` + n.uri + `"`)
		}
	}
	wrapper, end := "item", "</channel></rss>"
	size := len(head) + 1024
	for _, item := range items {
		size += len(item.text) + 2*len("<entry></entry>")
	}
	doc.Grow(size)
	if m.kind == "atom" {
		wrapper, end = "entry", "</feed>"
		doc.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"` + spaces.String() + ">")
	} else {
		doc.WriteString(`<rss version="2.0"` + spaces.String() + "><channel>")
	}
	doc.WriteString(head)
	for _, item := range items {
		doc.WriteString("<" + wrapper + ">")
		doc.WriteString(item.text)
		doc.WriteString("</" + wrapper + ">")
	}
	doc.WriteString(end)
	return mended{kind: m.kind, doc: doc.String(), flags: m.flags, pace: m.pace, lang: m.lang, texts: m.texts}
}

// newestItems keeps the newest, in the document's order.
func newestItems(items []mendedItem) []mendedItem {
	sort.SliceStable(items, func(i, k int) bool { return items[i].date.After(items[k].date) })
	items = items[:min(len(items), maxEntries)]
	sort.Slice(items, func(i, k int) bool { return items[i].place < items[k].place })
	return items
}

// closePersons gives the item at hand with a person left open closed.
func closePersons(m *mender) string {
	text := m.item.String()
	if n := len(m.stack); n > 0 && m.stack[n-1].mode == modePerson {
		text += "</" + m.stack[n-1].name + ">"
	}
	return text
}

func writeLeaf(out *strings.Builder, name, attrs, text string) {
	if text == "" && !strings.HasPrefix(name, "mend:") {
		return
	}
	out.WriteString("<" + name + attrs + ">")
	// A CDATA section is the one form that gofeed takes as it stands, whatever
	// the element's type.
	out.WriteString("<![CDATA[")
	out.WriteString(strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>"))
	out.WriteString("]]></" + name + ">")
}

// writeTag writes an empty element; attributes come in pairs.
func writeTag(out *strings.Builder, name string, pairs ...string) {
	out.WriteString("<" + name)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out.WriteString(" " + pairs[i] + `="` + html.EscapeString(cleanControls(pairs[i+1])) + `"`)
		}
	}
	out.WriteString("></" + name + ">")
}

func first(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

// unescapeXML undoes character references once: XML's five, HTML's named ones
// (feeds use them undeclared) and numeric ones. What is no reference stays, so
// a bare ampersand is an ampersand.
func unescapeXML(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), 34)], ';')
		if end < 2 {
			out.WriteByte('&')
			s = s[1:]
			continue
		}
		ref := s[1:end]
		if ref[0] == '#' {
			if r, ok := numericRef(ref[1:]); ok {
				if high, low, taken := surrogates(s); taken > 0 {
					out.WriteRune(utf16.DecodeRune(high, low))
					s = s[taken:]
					continue
				}
				if r != 0 {
					out.WriteRune(r)
				}
				s = s[end+1:]
				continue
			}
		} else if c := xmlReference(ref); c != 0 {
			out.WriteByte(c)
			s = s[end+1:]
			continue
		} else if plain := html.UnescapeString(s[:end+1]); plain != s[:end+1] && !strings.HasSuffix(plain, ";") {
			out.WriteString(plain)
			s = s[end+1:]
			continue
		}
		out.WriteByte('&')
		s = s[1:]
	}
}

var surrogateRefs = pattern(`^&#([xX]?)([0-9a-fA-F]+);&#([xX]?)([0-9a-fA-F]+);`)

// surrogates reads two references that are one character in UTF-16, at the
// start of s; taken is 0 when there are none.
func surrogates(s string) (high, low rune, taken int) {
	if len(s) < 14 || s[2]|0x20 != 'x' && s[2] != '5' || s[2]|0x20 == 'x' && s[3]|0x20 != 'd' {
		return 0, 0, 0
	}
	m := surrogateRefs().FindStringSubmatch(s[:min(len(s), 40)])
	if m == nil {
		return 0, 0, 0
	}
	unit := func(hex, digits string) rune {
		base := 10
		if hex != "" {
			base = 16
		}
		n, err := strconv.ParseUint(digits, base, 16)
		if err != nil {
			return 0
		}
		return rune(n)
	}
	high, low = unit(m[1], m[2]), unit(m[3], m[4])
	if high < 0xD800 || high >= 0xDC00 || low < 0xDC00 || low >= 0xE000 {
		return 0, 0, 0
	}
	return high, low, len(m[0])
}

// xmlReference is what the five references of XML 1.0 section 4.6 stand for: by
// far most of those in feeds. 0 is none of them.
func xmlReference(name string) byte {
	switch name {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	return 0
}

// numericRef reads "8217" or "x2019". References to C1 controls mean
// windows-1252, as HTML reads them (HTML Standard 13.2.5.80); controls and
// what is no character give 0.
func numericRef(digits string) (rune, bool) {
	base := 10
	if len(digits) > 1 && digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return 0, false
	}
	switch {
	case n >= 0x80 && n < 0xA0:
		r, _ := utf8.DecodeRuneInString(html.UnescapeString("&#" + strconv.Itoa(int(n)) + ";"))
		return r, true
	case n < 0x20 && n != '\t' && n != '\n' && n != '\r', n >= 0xD800 && n < 0xE000, n > 0x10FFFF, n&0xFFFE == 0xFFFE:
		return 0, true
	}
	return rune(n), true
}

// withoutControls drops controls from a document before it is read. Those that
// are like a blank stay: they may part a name from an attribute.
func withoutControls(s string) string {
	bad := func(c byte) bool { return c < 0x20 && (c < '\t' || c > '\r') || c == 0x7F }
	for i := 0; i < len(s); i++ {
		if !bad(s[i]) {
			continue
		}
		var out strings.Builder
		out.Grow(len(s))
		out.WriteString(s[:i])
		for ; i < len(s); i++ {
			if !bad(s[i]) {
				out.WriteByte(s[i])
			}
		}
		return out.String()
	}
	return s
}

// cleanControls drops what XML 1.0 section 2.2 does not allow in a document.
func cleanControls(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7F || c == 0xEF {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0x7F || r == 0xFFFE || r == 0xFFFF || r == 0xFEFF {
			return -1
		}
		return r
	}, s)
}
