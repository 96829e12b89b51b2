package collect

// HTML inside feeds and pages: whether a text is HTML, its links made
// absolute, and the feed a page names.

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

var (
	markupTag       = regexp.MustCompile(`</?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>`)
	markupReference = regexp.MustCompile(`&#?[a-zA-Z0-9]{2,31};`)
)

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
		return markupReference.MatchString(text) && html.UnescapeString(text) != text
	}
	if start := strings.TrimSpace(text); strings.HasPrefix(start, "<svg") || strings.HasPrefix(start, "<math") {
		return true
	}
	tags := markupTag.FindAllStringSubmatch(text, 2000)
	for _, tag := range tags {
		if !htmlNames[strings.ToLower(tag[1])] {
			return len(tags) > 3 && htmlShare(tags) // a page of HTML with a stray tag is HTML
		}
	}
	return len(tags) > 0 || markupReference.MatchString(text) || strings.Contains(text, "<!--")
}

func htmlShare(tags [][]string) bool {
	known := 0
	for _, tag := range tags {
		if htmlNames[strings.ToLower(tag[1])] {
			known++
		}
	}
	return known*2 > len(tags)
}

// maxSummary is how many characters summary gives at least, where there are so
// many: more than a list of stories shows.
const maxSummary = 700

// inlineNames are the elements that stand within a sentence.
var inlineNames = wordSet(`a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike
 strong sub sup time tt u var`)

// silentNames are the elements whose text is nobody's to read.
var silentNames = wordSet(`script style iframe object noscript noframes noembed template frame frameset applet embed`)

// summary gives the beginning of what an HTML fragment says, as HTML without
// elements on one line. Nothing behind the beginning is looked at.
func summary(markup string) string {
	var out shortText
	if strings.IndexByte(markup, '<') < 0 {
		out.add(html.UnescapeString(markup[:min(len(markup), 64<<10)]))
		return out.String()
	}
	if mayCloseItself(markup) {
		markup = selfClosed.ReplaceAllString(markup, "")
	}
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
			isFeed := strings.Contains(typ, "rss+xml") || strings.Contains(typ, "atom+xml") || strings.Contains(typ, "feed+json")
			if isFeed && strings.Contains(rel, "alternate") {
				if link := resolve(href, base); link != "" && !slices.Contains(found, link) {
					found = append(found, link)
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
