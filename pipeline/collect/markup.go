package collect

// HTML inside feeds and pages: whether a text is HTML, its links made
// absolute, and the feed a page names.

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

var markupReference = pattern(`&#?[a-zA-Z0-9]{2,31};`)

// htmlNames are the elements whose presence makes a text HTML. A name that is
// not here, like <row> or <name>, is a word of the text.
var htmlNames = wordSet(`a abbr acronym address applet area article aside audio b base bdi bdo big blockquote body br button
 caption center cite code col colgroup dd del details dfn dir div dl dt em embed fieldset figcaption figure font footer form
 frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark math menu meta nav
 noscript object ol optgroup option p param picture pre q rp rt ruby s samp script section select small source span strike
 strong style sub summary sup svg table tbody td textarea tfoot th thead time tr track tt u ul var video wbr`)

// looksLikeHTML decides for RSS, which does not say whether a text is HTML:
// it is when it has references or elements of HTML and no others.
func looksLikeHTML(text string) bool {
	if strings.IndexByte(text, '<') < 0 {
		return markupReference().MatchString(text) && html.UnescapeString(text) != text
	}
	if start := strings.TrimSpace(text); strings.HasPrefix(start, "<svg") || strings.HasPrefix(start, "<math") {
		return true
	}
	commented := false
	if strings.Contains(text, "<!--") { // what is in a comment says nothing of the text
		text, commented = withoutComments(text)
	}
	tags, known := countTags(text, 2000)
	if known < tags {
		return tags > 3 && known*2 > tags // a page of HTML with a stray tag is HTML
	}
	return tags > 0 || commented || markupReference().MatchString(text) || strings.Contains(text, "<!--")
}

// countTags counts what has the form of a tag, up to most, and how many of
// these HTML knows.
func countTags(text string, most int) (tags, known int) {
	for tags < most {
		at := strings.IndexByte(text, '<')
		if at < 0 {
			break
		}
		text = text[at+1:]
		rest := strings.TrimPrefix(text, "/")
		name := rest[:nameLength(rest)]
		if rest = rest[len(name):]; name == "" || rest == "" {
			continue
		}
		end := 0
		switch rest[0] {
		case ' ', '\t', '\n', '\f', '\r':
			end = strings.IndexAny(rest, "<>")
		case '/':
			end = 1
		}
		if end < 0 || end >= len(rest) || rest[end] != '>' {
			continue
		}
		tags++
		if isHTMLName(name) {
			known++
		}
	}
	return tags, known
}

// nameLength is how many bytes of text are a letter and the letters and digits
// after it.
func nameLength(text string) (n int) {
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z' || n > 0 && text[n] >= '0' && text[n] <= '9') {
		n++
	}
	return n
}

func isHTMLName(name string) bool { return htmlNames[name] || htmlNames[strings.ToLower(name)] }

// withoutComments takes closed comments out of a text.
func withoutComments(text string) (rest string, found bool) {
	var out strings.Builder
	for {
		begin := strings.Index(text, "<!--")
		if begin < 0 {
			break
		}
		end := strings.Index(text[begin+4:], "-->")
		if end < 0 {
			break
		}
		out.WriteString(text[:begin])
		text, found = text[begin+4+end+3:], true
	}
	return out.String() + text, found
}

// Elements whose content HTML reads as text up to their end tag (HTML Standard
// 13.2.5.2 and following); without one, all that follows is theirs.
var rawElements = wordSet("script style textarea title xmp iframe noembed noframes noscript")

// looseElements are dropped with their attributes and without what follows:
// their contents are for browsers that don't know them, and they are often left
// open.
var looseElements = wordSet("frame frameset object iframe applet embed plaintext")

// soundHTML mends a fragment that a reader of HTML would lose text of: comments,
// quotation marks and raw text elements that never end, CDATA marks, elements
// that close themselves as in XHTML, a less-than sign before a word. mended
// tells whether something had no end; a fragment with nothing to mend is given
// back as it is.
func soundHTML(markup string) (sound string, mended bool) {
	var out strings.Builder
	done := 0 // what was written of the markup, or left out
	put := func(at int, instead string, next int) {
		out.WriteString(markup[done:at])
		out.WriteString(instead)
		done = next
	}
	noComment, noCDATA, noRaw := false, false, map[string]bool{} // no end of these comes any more
	cdataEnd, noTagEnd := -1, false
	budget := 4*len(markup) + 4096 // bytes that may be looked at twice for quotation marks
	for at := 0; ; {
		next := strings.IndexByte(markup[at:], '<')
		if cdataEnd >= done && (next < 0 || at+next > cdataEnd) {
			put(cdataEnd, "", cdataEnd+3)
			cdataEnd = -1
		}
		if next < 0 {
			break
		}
		at += next
		rest := markup[at:]
		switch {
		case strings.HasPrefix(rest, "<!-->"), strings.HasPrefix(rest, "<!--->"):
			at += 5
		case strings.HasPrefix(rest, "<!--"):
			if end := strings.Index(rest[4:], "-->"); !noComment && end >= 0 {
				at += 4 + end + 3
				continue
			}
			noComment, mended = true, true
			end := 4
			if close := strings.IndexByte(rest, '>'); close >= 0 {
				end = close + 1
			}
			put(at, "", at+end)
			at += end
		case len(rest) >= 9 && strings.EqualFold(rest[:9], "<![CDATA["):
			if cdataEnd < at && !noCDATA {
				if end := strings.Index(rest, "]]>"); end >= 0 {
					cdataEnd = at + end
				} else {
					noCDATA = true
				}
			}
			put(at, "", at+9)
			at += 9
		case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'):
			if noTagEnd = noTagEnd || strings.IndexByte(rest, '>') < 0; noTagEnd {
				put(at, "&lt;", at+1)
				mended = true
			}
			at++
		case len(rest) > 1 && (isLetter(rest[1]) || rest[1] == '/' && len(rest) > 2 && isLetter(rest[2])):
			name, ending := tagName(rest)
			end, instead, odd := -1, "", false
			if !noTagEnd {
				end, instead, odd = soundTag(rest, &budget)
				noTagEnd = end < 0
			}
			switch {
			case end < 0 && htmlNames[name]: // the text was cut within a tag
				put(at, "", len(markup))
				end = len(rest)
			case end < 0:
				put(at, "&lt;", at+1)
				end, mended = 1, true
			case looseElements[name]:
				put(at, "", at+end)
			case ending:
			case rawElements[name] && rest[end-2] == '/':
				put(at, "", at+end)
			case rawElements[name]:
				if !noRaw[name] {
					if close := indexEndTag(rest[end:], name); close >= 0 {
						at += end + close
						continue
					}
				}
				noRaw[name], mended = true, true
				put(at, "&lt;", at+1)
			case odd:
				put(at, instead, at+end)
				mended = true
			}
			at += end
		default:
			at++
		}
	}
	if done == 0 && out.Len() == 0 {
		return markup, mended
	}
	out.WriteString(markup[done:])
	return out.String(), mended
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// tagName gives the name at the start of a tag, in lower case.
func tagName(tag string) (name string, ending bool) {
	tag = tag[1:]
	if tag[0] == '/' {
		tag, ending = tag[1:], true
	}
	end := 0
	for end < len(tag) && end < 16 && (isLetter(tag[end]) || tag[end] >= '0' && tag[end] <= '9') {
		end++
	}
	return strings.ToLower(tag[:end]), ending
}

// soundTag finds the end of the tag at the start of s, -1 when nothing in s ends
// a tag. odd: a quotation mark in it was left open, and instead is what to write
// for it. The budget is what may be spent on looking for quotation marks.
func soundTag(s string, budget *int) (end int, instead string, odd bool) {
	end = strings.IndexByte(s, '>')
	if end < 0 {
		return -1, "", false
	}
	if tag := s[:end]; strings.Count(tag, `"`)%2 == 0 && strings.Count(tag, "'")%2 == 0 {
		return end + 1, "", false
	}
	var out strings.Builder
	done := 0
	for i := 1; i < len(s) && i < *budget; i++ {
		switch c := s[i]; {
		case c == '>':
			*budget -= i
			out.WriteString(s[done : i+1])
			return i + 1, out.String(), odd
		case (c == '"' || c == '\'') && strings.HasSuffix(strings.TrimRight(s[max(0, i-16):i], " \t\r\n"), "="):
			close := closingQuote(s[i+1:], c)
			if close < 0 {
				i = len(s)
				continue
			}
			i += 1 + close
			if i < len(s) && s[i] != c { // left open
				out.WriteString(s[done:i] + string(c))
				done, odd = i, true
				i--
			}
		}
	}
	// Its quotation marks make no sense: the text behind the next ">" is kept,
	// and of the tag its name.
	*budget -= min(len(s), *budget)
	name, ending := tagName(s)
	if ending {
		name = "/" + name
	}
	return end + 1, "<" + name + ">", true
}

// maxSummary is how many characters summary gives at least, where there are so
// many: more than a list of stories shows.
const maxSummary = 700

// inlineNames are the elements that stand within a sentence.
var inlineNames = wordSet(`a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike
 strong sub sup time tt u var`)

// silentNames are the elements whose text is nobody's to read.
var silentNames = wordSet(`script style iframe object noscript noframes noembed template frame frameset applet embed`)

// summary gives the beginning of what a sound HTML fragment says, as HTML without
// elements on one line. Nothing behind the beginning is looked at.
func summary(markup string) string {
	var out shortText
	out.Grow(min(len(markup), maxSummary+64))
	if strings.IndexByte(markup, '<') < 0 {
		out.add(html.UnescapeString(markup[:min(len(markup), 64<<10)]))
		return out.String()
	}
	if out.addPlainly(markup) {
		return out.String()
	}
	return tokenSummary(markup)
}

// tokenSummary is summary of any fragment.
func tokenSummary(markup string) string {
	var out shortText
	z := nethtml.NewTokenizer(strings.NewReader(markup))
	silent := ""
	for out.count < maxSummary {
		kind := z.Next()
		switch kind {
		case nethtml.ErrorToken:
			return out.String()
		case nethtml.TextToken:
			if silent == "" {
				out.add(string(z.Text()))
			}
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch {
			case kind == nethtml.EndTagToken && string(name) == silent:
				silent = ""
			case kind == nethtml.StartTagToken && silent == "" && silentNames[string(name)]:
				silent = string(name)
			case !inlineNames[string(name)]:
				out.space = out.count > 0
			}
		}
	}
	return out.String()
}

// addPlainly adds what a fragment says if all its tags are of the common form:
// one of an element whose text is text, its attributes in quotation marks or
// without a value. It is false, and what was added of no use, where another
// stands in it, which the tokenizer must judge. Most fragments pass here, and
// spare its buffer and a walk over all attributes.
func (t *shortText) addPlainly(markup string) bool {
	for t.count < maxSummary {
		at := strings.IndexByte(markup, '<')
		if at < 0 {
			t.add(nethtml.UnescapeString(markup))
			return true
		}
		t.add(nethtml.UnescapeString(markup[:at]))
		markup = strings.TrimPrefix(markup[at+1:], "/")
		size := nameLength(markup)
		name := strings.ToLower(markup[:size])
		end := plainTagEnd(markup[size:])
		if size == 0 || end < 0 || silentNames[name] || rawElements[name] || name == "plaintext" {
			return false
		}
		if !inlineNames[name] {
			t.space = t.count > 0
		}
		markup = markup[size+end:]
	}
	return true
}

// plainTagEnd is where a tag ends that goes on with rest after its name, if its
// attributes are of the common form; otherwise -1.
func plainTagEnd(rest string) int {
	if rest == "" || strings.IndexByte(" \t\n\f\r/>", rest[0]) < 0 {
		return -1
	}
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '>':
			return i + 1
		case '"', '\'', '<':
			return -1
		case '=':
			if i+1 >= len(rest) || rest[i+1] != '"' && rest[i+1] != '\'' || nameLength(rest[i-1:i]) == 0 {
				return -1
			}
			length := strings.IndexByte(rest[i+2:], rest[i+1])
			if length < 0 {
				return -1
			}
			if i += 2 + length; i+1 >= len(rest) || strings.IndexByte(" \t\n\f\r/>", rest[i+1]) < 0 {
				return -1
			}
		}
	}
	return -1
}

// shortText gathers text on one line, escaped for HTML, up to maxSummary
// characters.
type shortText struct {
	strings.Builder
	count int
	space bool // is to come before the next character
}

func (t *shortText) add(text string) {
	for i := 0; i < len(text) && t.count < maxSummary; {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == 0xA0 || r == 0x2028 || r == 0x2029:
			t.space = t.count > 0
			i += size
			continue
		case (r < ' ' || r > '~') && invisible(r):
			i += size
			continue
		case t.space:
			t.space = false
			t.WriteByte(' ')
			t.count++
		}
		switch r {
		case '&':
			t.WriteString("&amp;")
		case '<':
			t.WriteString("&lt;")
		case '>':
			t.WriteString("&gt;")
		default:
			t.WriteString(text[i : i+size])
		}
		t.count++
		i += size
	}
}

// absoluteHTML makes the relative addresses in a fragment absolute. Most
// fragments have none, and are given back after one look.
func absoluteHTML(markup, base string) string {
	if base == "" || strings.IndexByte(markup, '<') < 0 || !hasRelative(markup) {
		return markup
	}
	var out strings.Builder
	out.Grow(len(markup) + len(markup)/8)
	z := nethtml.NewTokenizer(strings.NewReader(markup))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			return out.String()
		}
		raw := string(z.Raw())
		if kind != nethtml.StartTagToken && kind != nethtml.SelfClosingTagToken || !hasRelative(raw) {
			out.WriteString(raw)
			continue
		}
		token := z.Token()
		for i, a := range token.Attr {
			switch a.Key {
			case "href", "src", "cite", "poster":
				if strings.HasPrefix(a.Val, "#") {
					continue
				}
				if abs := resolve(a.Val, base); abs != "" {
					token.Attr[i].Val = abs
				}
			}
		}
		out.WriteString(token.String())
	}
}

// hasRelative looks for an attribute that holds a relative address. Every text
// of every feed passes here, so it looks at equals signs only.
func hasRelative(markup string) bool {
	for at := 0; ; at++ {
		next := strings.IndexByte(markup[at:], '=')
		if next < 0 {
			return false
		}
		at += next
		end := at
		for end > 0 && markup[end-1] <= ' ' {
			end--
		}
		start := end
		for start > 0 && end-start < 7 && markup[start-1]|0x20 >= 'a' && markup[start-1]|0x20 <= 'z' {
			start--
		}
		if start == 0 || markup[start-1] > ' ' {
			continue
		}
		switch strings.ToLower(markup[start:end]) {
		case "href", "src", "cite", "poster":
		default:
			continue
		}
		value := strings.TrimLeft(markup[at+1:min(len(markup), at+100)], " \t\r\n")
		if value == "" {
			continue
		}
		if quote := value[0]; quote == '"' || quote == '\'' {
			value, _, _ = strings.Cut(value[1:], string(quote))
			value = strings.TrimLeft(value, " \t\r\n")
		} else if quote == '>' {
			continue
		}
		value = strings.ToLower(value[:min(len(value), 9)])
		if !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "mailto:") {
			return true
		}
	}
}

// feedLinks finds the feeds a web page names in its head, in its order (HTML
// Standard 4.6.6.2, link type alternate).
func feedLinks(page, base string) (found []string) {
	z := nethtml.NewTokenizer(strings.NewReader(page[:min(len(page), 512<<10)]))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken || len(found) >= 20 {
			return found
		}
		if kind != nethtml.StartTagToken && kind != nethtml.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		var rel, typ, href string
		for _, a := range token.Attr {
			switch a.Key {
			case "rel":
				rel = strings.ToLower(a.Val)
			case "type":
				typ = strings.ToLower(a.Val)
			case "href":
				href = a.Val
			}
		}
		switch token.Data {
		case "base":
			if abs := resolve(href, base); abs != "" {
				base = abs
			}
		case "link":
			isFeed := strings.Contains(typ, "rss+xml") || strings.Contains(typ, "atom+xml") || strings.Contains(typ, "feed+json") ||
				strings.Contains(typ, "rdf+xml")
			if words := strings.Fields(rel); isFeed && slices.Contains(words, "alternate") || slices.Contains(words, "feed") {
				if link := resolve(href, base); link != "" && !slices.Contains(found, link) {
					found = append(found, link)
				}
			}
		}
	}
}

// Stated gives the canonical form of the address that a page says is its own:
// rel=canonical (RFC 6596), or og:url where there is none. "" when it states
// none that can be believed: it must be of the page's own host and no front
// page, and a page that states two states nothing.
func (p Page) Stated() string {
	contentType := ""
	if v := p.Header["Content-Type"]; len(v) > 0 {
		contentType = v[0]
	}
	if kind := strings.ToLower(contentType); kind != "" && !strings.Contains(kind, "html") {
		return ""
	}
	address := first(p.FinalURL, p.URL)
	own, shared := statedAddresses(toUTF8(p.Body[:min(len(p.Body), 512<<10)], contentType), address)
	if len(own) == 0 {
		own = shared
	}
	if len(own) != 1 {
		return ""
	}
	u, err := url.Parse(own[0])
	if err != nil || strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
		return ""
	}
	canonical, err := Canonical(own[0])
	if err != nil {
		return ""
	}
	here, err := Canonical(address) // of a page for telephones or AMP, that of the site
	if err != nil || linkHost(own[0]) != linkHost(address) && linkHost(canonical) != linkHost(here) {
		return ""
	}
	return canonical
}

// statedAddresses gives the different addresses that the head of a page states
// as rel=canonical and as og:url.
func statedAddresses(page, base string) (canonical, shared []string) {
	add := func(list []string, given string) []string {
		if link := resolve(given, base); link != "" && !slices.Contains(list, link) {
			list = append(list, link)
		}
		return list
	}
	z := nethtml.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return canonical, shared
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			token := z.Token()
			value := map[string]string{}
			for _, a := range token.Attr {
				value[a.Key] = a.Val
			}
			switch token.Data {
			case "body":
				return canonical, shared
			case "base":
				base = first(resolve(value["href"], base), base)
			case "link":
				if slices.Contains(strings.Fields(strings.ToLower(value["rel"])), "canonical") {
					canonical = add(canonical, value["href"])
				}
			case "meta":
				if strings.EqualFold(first(value["property"], value["name"]), "og:url") {
					shared = add(shared, value["content"])
				}
			}
		}
	}
}

// hash is the SHA-256 of data in hexadecimal.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
