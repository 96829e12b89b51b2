package extract

// This file makes a tree out of bytes, whatever the bytes are: it bounds their
// size, finds their charset and parses them without letting a hostile nest
// reach a recursive walk.

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

const (
	// maxBody is how many bytes of a page are read. The longest articles of the
	// benchmarks are below 1 MB of text; the rest of a larger page is left out,
	// and a note says so.
	maxBody = 16 << 20
	// maxDepth is the nesting kept when a page is deeper than html.Parse
	// accepts (512). Deeper tags are dropped and their text is kept.
	maxDepth = 200
)

var xmlEncoding = pattern(`^\s*<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']`)

// decode returns the page's text in UTF-8. The order is that of the HTML
// standard (encoding sniffing): byte order mark, HTTP header, meta, guess; but a
// body that is valid UTF-8 and not plain ASCII is taken as UTF-8 even if the
// header says otherwise, since text of another charset is never so by chance.
func decode(body []byte, contentType string) string {
	for _, mark := range []struct{ bytes, label string }{{"\xef\xbb\xbf", "utf-8"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}} {
		if bytes.HasPrefix(body, []byte(mark.bytes)) {
			return decodeAs(body[len(mark.bytes):], mark.label)
		}
	}
	if validButForTheEnd(body) {
		return decodedOnce(strings.ToValidUTF8(string(body), ""))
	}
	if m := xmlEncoding().FindSubmatch(head(body, 200)); m != nil {
		if e, _ := charset.Lookup(string(m[1])); e != nil {
			return decodeAs(body, string(m[1]))
		}
	}
	// DetermineEncoding looks at 1,024 bytes; a meta after that is found here.
	_, name, certain := charset.DetermineEncoding(head(body, 1024), contentType)
	if !certain {
		if m := metaCharset().FindSubmatch(head(body, 64<<10)); m != nil {
			if e, canonical := charset.Lookup(string(m[1])); e != nil {
				name = canonical
			}
		}
	}
	return decodeAs(body, name)
}

// decodedOnce takes back an encoding done twice: UTF-8 that was read as Latin-1
// and written as UTF-8 again. Such text has control characters U+0080 to U+009F,
// which HTML forbids; only runs that hold one and are UTF-8 in their turn change.
func decodedOnce(text string) string {
	first := -1
	for i := strings.IndexByte(text, 0xc2); i >= 0 && i+1 < len(text); { // U+0080 to U+009F are C2 80 to C2 9F
		if text[i+1] <= 0x9f {
			first = i
			break
		}
		next := strings.IndexByte(text[i+1:], 0xc2)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if first < 0 {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r < 0xc2 || r > 0xf4 {
			out.WriteString(text[i : i+size])
			i += size
			continue
		}
		run, end, control := []byte{byte(r)}, i+size, false
		for end < len(text) && len(run) < utf8.UTFMax {
			next, n := utf8.DecodeRuneInString(text[end:])
			if next < 0x80 || next > 0xbf {
				break
			}
			run, end, control = append(run, byte(next)), end+n, control || isC1(next)
			if utf8.FullRune(run) {
				break
			}
		}
		if control && utf8.Valid(run) {
			out.Write(run)
			i = end
			continue
		}
		out.WriteString(text[i : i+size])
		i += size
	}
	return out.String()
}

func isC1(r rune) bool { return r >= 0x80 && r <= 0x9f }

var metaCharset = pattern(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)`)

func decodeAs(body []byte, label string) string {
	encoding, _ := charset.Lookup(label)
	if encoding == nil {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	decoded, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return strings.ToValidUTF8(string(decoded), "\uFFFD")
}

// validButForTheEnd tells whether the body is UTF-8, the last character perhaps
// cut in two by a size limit.
func validButForTheEnd(body []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(body); cut++ {
		if utf8.Valid(body[:len(body)-cut]) {
			return !bytes.Contains(head(body, 4096), []byte{0})
		}
	}
	return false
}

func head(b []byte, n int) []byte {
	return b[:min(n, len(b))]
}

// mediaType names what the body is: the header's word, or the bytes' when the
// header is missing, says nothing, or promises a PDF that is none.
func mediaType(in Input) string {
	if bytes.HasPrefix(bytes.TrimLeft(head(in.Body, 1024), "\x00\t\r\n \xef\xbb\xbf"), []byte("%PDF-")) {
		return "application/pdf"
	}
	kind, _, err := mime.ParseMediaType(in.ContentType)
	if err != nil {
		kind = strings.ToLower(strings.TrimSpace(strings.SplitN(in.ContentType, ";", 2)[0]))
	}
	address, _, _ := strings.Cut(strings.ToLower(in.URL), "?")
	silent := kind == "" || kind == "application/octet-stream" || kind == "binary/octet-stream"
	if kind == "application/pdf" || kind == "application/x-pdf" || silent && strings.HasSuffix(address, ".pdf") {
		// The mark may stand within the first 1,024 bytes (ISO 32000-1, Annex H.3).
		if bytes.Contains(head(in.Body, 1024), []byte("%PDF-")) || !bytes.Contains(head(in.Body, 1024), []byte("<")) {
			return "application/pdf"
		}
		return "text/html" // a page that asks to sign in, in place of the file
	}
	if silent {
		if bytes.Contains(head(in.Body, 64<<10), []byte("<")) {
			return "text/html"
		}
		return "text/plain"
	}
	return kind
}

// parse makes the tree. Its depth is at most 512, so walks may recurse.
func parse(text string) (*html.Node, []string, error) {
	doc, err := html.Parse(strings.NewReader(text))
	var notes []string
	if err != nil {
		doc, err = html.Parse(strings.NewReader(flatten(text)))
		notes = []string{"nested too deeply: flattened"}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("page cannot be parsed: %w", err)
	}
	cutStatements(doc)
	return doc, notes, nil
}

// cutStatements bounds what the head says: every heading of the page is held
// against a title word by word, here and in go-readability.
func cutStatements(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Title:
			for t := c.FirstChild; t != nil; t = t.NextSibling {
				if len(t.Data) > maxMetaText {
					t.Data = cutRunes(oneLine(t.Data), maxMetaText)
				}
			}
		case atom.Meta:
			for i, a := range c.Attr {
				if a.Key == "content" && len(a.Val) > maxMetaText && !strings.Contains(attr(c, "name")+attr(c, "property"), "ld+json") {
					c.Attr[i].Val = cutRunes(oneLine(a.Val), maxMetaText)
				}
			}
		}
		cutStatements(c)
	}
}

// flatten drops the tags of elements nested deeper than maxDepth, and those of
// the form <div/>, which open an element that nothing closes.
func flatten(text string) string {
	var out bytes.Buffer
	tokens := html.NewTokenizer(strings.NewReader(text))
	depth, dropped := 0, 0
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return out.String()
		case html.StartTagToken:
			name, _ := tokens.TagName()
			if void[string(name)] {
				break
			}
			if depth >= maxDepth {
				dropped++
				continue
			}
			depth++
		case html.SelfClosingTagToken:
			if name, _ := tokens.TagName(); !void[string(name)] {
				continue
			}
		case html.EndTagToken:
			if dropped > 0 {
				dropped--
				continue
			}
			if depth > 0 {
				depth--
			}
		}
		out.Write(tokens.Raw())
	}
}

var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "source": true, "track": true, "wbr": true,
}
