package render

// This file writes an issue's tree as HTML. It is the border: every piece of
// text is escaped here, every address is looked at here, and nothing else in
// this room puts text from an issue into HTML but html/template.

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// maxDepth bounds how deep blocks and inlines may be nested; what lies deeper
// is shown as its plain text. No issue written by a person comes near it.
const maxDepth = 32

// htmlWriter writes blocks and inlines of an issue as HTML, piece by piece: an
// item's title, a part of it, the intro, the outro.
type htmlWriter struct {
	buf     []byte
	root    string // what "/other-issue/" is resolved against: "../" on a page, "https://host/" in a mail
	style   func(element string) string
	base    int   // level of the first heading
	levels  []int // headings above, as written
	depth   int
	inLink  bool // links can't nest (HTML 4.5.1)
	inQuote bool
	ofPage  bool // there is what a mail writes otherwise: a style, an address within the site
}

// blocksHTML writes blocks; the first heading among them becomes <h{base}>.
func blocksHTML(blocks []issue.Block, root string, base int, quote bool, style func(string) string) string {
	if len(blocks) == 0 {
		return ""
	}
	scratch := htmlScratch.Get().(*[]byte)
	w := htmlWriter{buf: (*scratch)[:0], root: root, style: style}
	w.piece(blocks, base, quote)
	html := string(w.buf)
	*scratch = w.buf
	htmlScratch.Put(scratch)
	return html
}

// htmlScratch lends what a text is written into before it has its length.
var htmlScratch = sync.Pool{New: func() any { return new([]byte) }}

// piece writes blocks by themselves, as blocksHTML does, and gives how many bytes
// they take. ofPage tells whether a mail writes them otherwise than a page.
func (w *htmlWriter) piece(blocks []issue.Block, base int, quote bool) (n int, ofPage bool) {
	start := len(w.buf)
	w.base, w.levels, w.inQuote, w.ofPage = base, w.levels[:0], quote, false
	w.blocks(blocks, false)
	w.buf = w.buf[:start+len(bytes.TrimSuffix(w.buf[start:], []byte("\n")))]
	return len(w.buf) - start, w.ofPage
}

// linkText writes running text that will stand inside a link, and gives how many
// bytes it takes.
func (w *htmlWriter) linkText(inlines []issue.Inline) int {
	start, style := len(w.buf), w.style
	w.inLink, w.style = true, nil
	w.inlines(inlines)
	w.inLink, w.style = false, style
	w.buf = append(w.buf[:start], bytes.TrimSpace(w.buf[start:])...)
	return len(w.buf) - start
}

func (w *htmlWriter) raw(s string) { w.buf = append(w.buf, s...) }

// open writes a start tag with the style the mail gives to the element.
func (w *htmlWriter) open(element string) {
	w.raw("<")
	w.raw(element)
	w.ofPage = w.ofPage || mailStyle(element) != ""
	if w.style != nil {
		if css := w.style(element); css != "" {
			w.raw(` style="`)
			w.text(css)
			w.raw(`"`)
		}
	}
	w.raw(">")
}

// text writes s escaped for element content and for double-quoted attributes.
// Characters that HTML forbids are dropped, and so are the two that override
// the direction of what follows: they make text read as what it is not.
func (w *htmlWriter) text(s string) { w.buf = appendEscaped(w.buf, s) }

func appendEscaped(buf []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		if i += asItIs(s[i:]); i == len(s) {
			break
		}
		c := s[i]
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		with, plain := "", false
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '"':
			with = "&#34;"
		case c == '\'':
			with = "&#39;"
		case r == utf8.RuneError && size == 1:
			with = "\uFFFD"
		default:
			plain = allowed(r)
		}
		if !plain {
			buf = append(buf, s[from:i]...)
			buf = append(buf, with...)
			from = i + size
		}
		i += size
	}
	return append(buf, s[from:]...)
}

// asItIs counts the bytes that s begins with and appendEscaped never changes, as
// nearly all are; not all of them where s is not ASCII. It looks at eight at a time.
func asItIs(s string) (n int) {
	for ; len(s)-n >= 8; n += 8 {
		b := eight(s[n:])
		// In pairs that differ by one bit: & and ', < and >.
		plain := unlike(b, '"') & unlike(b|each, '\'') & unlike(b|2*each, '>') & printing(b) &^ (b&^high + each)
		if changed := ^(plain &^ b) & high; changed != 0 {
			return n + bits.TrailingZeros64(changed)/8
		}
	}
	for ; n < len(s); n++ {
		if c := s[n]; c < ' ' || c >= 0x7f || c == '"' || c|1 == '\'' || c|2 == '>' {
			break
		}
	}
	return n
}

// A bit of each of eight bytes.
const each, high = 0x0101010101010101, 0x8080808080808080

// eight gives the first eight bytes of s.
func eight(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s[:8])) }

// unlike sets the high bit of each of eight bytes, of ASCII, that is not c.
func unlike(b uint64, c byte) uint64 { return (b^each*uint64(c))&^high + (high - each) }

// printing sets it of each that is no control character.
func printing(b uint64) uint64 { return b&^high + each*(0x80-' ') }

// allowed says whether a character may stand in a page: no controls but tab
// and line feed, no noncharacters (HTML 3.2.5, WHATWG), no direction override.
func allowed(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return true
	case r < ' ', r >= 0x7f && r < 0xa0:
		return false
	case r == 0x202d, r == 0x202e, r == 0xfeff:
		return false
	case r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return false
	}
	return true
}

// clean gives s without what may not stand in a page, on one line.
func clean(s string) string {
	if isClean(s) {
		return s // as most texts are
	}
	b := make([]byte, 0, len(s)+utf8.UTFMax)
	space, broken := false, false
	for i := 0; i < len(s); {
		// A run of plain words is taken as it is, without the space at its end.
		from := i
		for i < len(s) && (s[i] > ' ' && s[i] < 0x7f || s[i] == ' ' && i > from && i+1 < len(s) && s[i+1] > ' ' && s[i+1] < 0x7f) {
			i++
		}
		if i > from {
			if space {
				b = append(b, ' ')
			}
			b = append(b, s[from:i]...)
			space, broken = false, false
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		was := broken
		if broken = r == utf8.RuneError && size == 1; broken && was {
			continue // one mark for all bytes of a run
		}
		switch {
		case r == '\r' || unicode.IsSpace(r) && allowed(r):
			space = len(b) > 0
			continue
		case !allowed(r):
			continue
		case space:
			b = append(b, ' ')
			space = false
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// blank tells whether clean would leave nothing of s.
func blank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && allowed(r) {
			return false
		}
	}
	return true
}

// isClean tells cheaply that clean would leave s as it is. It may say no to a
// text that is clean.
func isClean(s string) bool {
	space := true // at the start, or after a space
	for i := 0; i < len(s); {
		if n := cleanASCII(s[i:], space); n > 0 {
			i += n
			space = s[i-1] == ' '
			continue
		}
		c := s[i]
		switch {
		case c == ' ':
			if space {
				return false
			}
			space = true
			i++
		case c > ' ' && c < 0x7f:
			space = false
			i++
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError || unicode.IsSpace(r) || !allowed(r) {
				return false
			}
			space = false
			i += size
		default:
			return false
		}
	}
	return !space || s == ""
}

// cleanASCII counts bytes that s begins with and that clean leaves as they are, in
// eights; space tells whether one stands before them.
func cleanASCII(s string, space bool) (n int) {
	var before uint64
	if space {
		before = 0x80
	}
	for ; len(s)-n >= 8; n += 8 {
		b := eight(s[n:])
		spaces := ^unlike(b, ' ') & high
		changed := ^(printing(b)&^(b&^high+each)&^b)&high | spaces&(spaces<<8|before)
		if changed != 0 {
			break
		}
		before = spaces >> 56
	}
	return n
}

func (w *htmlWriter) blocks(blocks []issue.Block, tight bool) {
	if w.depth++; w.depth > maxDepth {
		w.open("p")
		w.text(plainBlocks(blocks))
		w.raw("</p>\n")
		w.depth--
		return
	}
	for i := range blocks {
		w.block(&blocks[i], tight)
	}
	w.depth--
}

func (w *htmlWriter) block(b *issue.Block, tight bool) {
	switch b.Kind {
	case issue.BlockPara:
		if blankInlines(b.Inlines) {
			return
		}
		if tight {
			w.inlines(b.Inlines)
			w.raw("\n")
			return
		}
		w.open("p")
		w.inlines(b.Inlines)
		w.raw("</p>\n")
	case issue.BlockHead:
		w.heading(b)
	case issue.BlockQuote:
		if len(b.Blocks) == 0 {
			return
		}
		w.open("blockquote")
		w.raw("\n")
		was := w.inQuote
		w.inQuote = true
		w.blocks(b.Blocks, false)
		w.inQuote = was
		w.raw("</blockquote>\n")
	case issue.BlockList:
		if len(b.Blocks) == 0 {
			return
		}
		element := "ul"
		if b.Ordered {
			element = "ol"
		}
		w.open(element)
		if b.Ordered && b.Start != 1 { // behind the style that open may have written
			w.buf = append(w.buf[:len(w.buf)-1], ` start="`+strconv.Itoa(b.Start)+`">`...)
		}
		w.raw("\n")
		for i := range b.Blocks {
			w.open("li")
			w.blocks(b.Blocks[i].Blocks, b.Tight)
			w.buf = trimNewline(w.buf)
			w.raw("</li>\n")
		}
		w.raw("</" + element + ">\n")
	case issue.BlockItem:
		w.blocks(b.Blocks, tight)
	case issue.BlockCode:
		w.open("pre")
		w.raw("<code>")
		w.text(strings.TrimRight(b.Text, "\r\n"))
		w.raw("</code></pre>\n")
	case issue.BlockRule:
		w.open("hr")
		w.raw("\n")
	case issue.BlockTable:
		w.table(b.Rows)
	case issue.BlockRaw:
		if text := strings.TrimSpace(b.Text); text != "" && !isComment(text) {
			w.open("p")
			w.text(text)
			w.raw("</p>\n")
		}
	}
}

// isComment says whether raw HTML is one comment and nothing else: a note of
// the editor to herself, which no reader is meant to see.
func isComment(raw string) bool {
	return strings.HasPrefix(raw, "<!--") && strings.Index(raw, "-->") == len(raw)-len("-->")
}

// heading writes a heading one level below the nearest heading above it, so
// that no level is skipped whatever the editor typed (WCAG 2.2, H42). In a
// quote it belongs to somebody else's page and not to the outline of ours.
func (w *htmlWriter) heading(b *issue.Block) {
	if blankInlines(b.Inlines) {
		return
	}
	if w.inQuote {
		w.open("p")
		w.raw("<strong>")
		w.inlines(b.Inlines)
		w.raw("</strong></p>\n")
		return
	}
	for len(w.levels) > 0 && w.levels[len(w.levels)-1] >= b.Level {
		w.levels = w.levels[:len(w.levels)-1]
	}
	level := min(w.base+len(w.levels), 6)
	w.levels = append(w.levels, b.Level)
	element := "h" + strconv.Itoa(level)
	w.open(element)
	w.inlines(b.Inlines)
	w.raw("</" + element + ">\n")
}

func (w *htmlWriter) table(rows [][][]issue.Inline) {
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	if columns == 0 {
		return
	}
	w.open("table")
	w.raw("\n")
	for i, row := range rows {
		cell, attr := "td", ""
		if i == 0 {
			cell, attr = "th", ` scope="col"`
			w.raw("<thead>\n")
		}
		w.raw("<tr>")
		for c := range columns {
			start, blank := cell+attr, c >= len(row) || blankInlines(row[c])
			if i == 0 && blank {
				start = "td" // an empty <th> heads nothing
			}
			w.raw("<" + start + ">")
			if !blank {
				w.inlines(row[c])
			}
			w.raw("</" + start[:2] + ">")
		}
		w.raw("</tr>\n")
		switch {
		case i == 0 && len(rows) == 1:
			w.raw("</thead>\n")
		case i == 0:
			w.raw("</thead>\n<tbody>\n")
		case i == len(rows)-1:
			w.raw("</tbody>\n")
		}
	}
	w.raw("</table>\n")
}

func (w *htmlWriter) inlines(inlines []issue.Inline) {
	if w.depth++; w.depth > maxDepth {
		w.text(plainInlines(inlines))
		w.depth--
		return
	}
	for i := range inlines {
		w.inline(&inlines[i])
	}
	w.depth--
}

func (w *htmlWriter) inline(in *issue.Inline) {
	switch in.Kind {
	case issue.InlineText, issue.InlineRaw:
		if in.Kind == issue.InlineRaw && isComment(in.Text) {
			return
		}
		w.text(in.Text)
	case issue.InlineEmph:
		w.wrap("em", in.Inlines)
	case issue.InlineStrong:
		w.wrap("strong", in.Inlines)
	case issue.InlineStrike:
		w.wrap("s", in.Inlines)
	case issue.InlineCode:
		w.open("code")
		w.text(in.Text)
		w.raw("</code>")
	case issue.InlineLink:
		href := w.href(in.URL)
		if href == "" || w.inLink || blankInlines(in.Inlines) {
			w.inlines(in.Inlines)
			return
		}
		w.inLink = true
		w.raw(`<a href="`)
		w.text(href)
		w.raw(`">`)
		w.inlines(in.Inlines)
		w.raw("</a>")
		w.inLink = false
	case issue.InlineImage:
		// A picture from another host tells that host who reads: it is
		// linked, never loaded.
		alt := in.Text
		if strings.TrimSpace(alt) == "" {
			alt = "picture"
		}
		href := w.href(in.URL)
		if href == "" || w.inLink {
			w.text(alt)
			return
		}
		w.raw(`<a href="`)
		w.text(href)
		w.raw(`">`)
		w.text(alt)
		w.raw("</a>")
	case issue.InlineBreak:
		w.raw("<br>\n")
	case issue.InlineSoft:
		w.raw("\n")
	}
}

func (w *htmlWriter) wrap(element string, inlines []issue.Inline) {
	w.raw("<" + element + ">")
	w.inlines(inlines)
	w.raw("</" + element + ">")
}

func (w *htmlWriter) href(address string) string {
	w.ofPage = w.ofPage || strings.HasPrefix(address, "/")
	return resolve(address, w.root)
}

// resolve gives an address as it may stand in a link: absolute with one of
// the allowed schemes, or, when it starts with one slash, below root. Any
// other address gives "".
func resolve(address, root string) string {
	if local, ok := strings.CutPrefix(address, "/"); ok && !strings.HasPrefix(local, "/") && !strings.HasPrefix(local, `\`) {
		if root == "" {
			return ""
		}
		return root + escapeURL(local)
	}
	return safeURL(address)
}

// safeURL gives address when it is an absolute http, https or mailto address,
// with what RFC 3986 does not allow in it percent-encoded, and "" for every
// other address.
func safeURL(address string) string {
	address = strings.TrimSpace(address)
	scheme, rest, found := strings.Cut(address, ":")
	if !found {
		return ""
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "http", "https":
		if !strings.HasPrefix(rest, "//") {
			return ""
		}
		rest = rest[2:]
		end := hostEnd(rest)
		host := rest[:end]
		tail := escapeURL(rest[end:])
		if !isPlainHost(host) {
			if strings.ContainsAny(host, "\\%<>\"{}|^` ") {
				return ""
			}
			if parsed, err := url.Parse(scheme + "://" + host + tail); err != nil || parsed.Hostname() == "" {
				return ""
			}
		}
		if len(tail) == len(rest)-end && strings.HasPrefix(address, scheme) {
			return address // as most are
		}
		return scheme + "://" + host + tail
	case "mailto":
		if rest == "" {
			return ""
		}
		return "mailto:" + escapeURL(rest)
	}
	return ""
}

// escapeURL percent-encodes what may not stand in a path, query or fragment
// (RFC 3986, section 3.3 to 3.5) and leaves what is encoded already.
func escapeURL(s string) string {
	const hex = "0123456789ABCDEF"
	plain := 0
	for plain < len(s) && addressBytes[s[plain]]&inAddress != 0 {
		plain++
	}
	var b []byte
	fragment := false
	for i := plain; i < len(s); i++ {
		c := s[i]
		ok := addressBytes[c]&inAddress != 0
		switch {
		case c == '%':
			ok = i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		case c == '#':
			ok = !fragment
			fragment = true
		}
		if ok {
			if b != nil {
				b = append(b, c)
			}
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(s)+16), s[:i]...)
		}
		b = append(b, '%', hex[c>>4], hex[c&15])
	}
	if b == nil {
		return s
	}
	return string(b)
}

// What addressBytes says of a byte.
const (
	inAddress    = 1 << iota // it may stand in a path, query or fragment
	inAttribute              // html/template leaves it in an address as it is
	inWord                   // it is a letter or a digit
	inTitle                  // it may be within a word of a title
	isUnreserved             // RFC 3986, section 2.3 calls it so
)

// addressBytes says what each byte of ASCII may be.
var addressBytes = func() (table [256]uint8) {
	for c := range byte(utf8.RuneSelf) {
		if isWordRune(rune(c)) {
			table[c] = inAddress | inAttribute | inWord | inTitle | isUnreserved
		}
	}
	for _, c := range []byte("-._~:/?@!$&'()*+,;=") {
		table[c] |= inAddress
	}
	for _, c := range []byte("-._~!#$*,/:;=?@[]") {
		table[c] |= inAttribute
	}
	for _, c := range []byte("-._~") {
		table[c] |= isUnreserved
	}
	for _, c := range []byte("'.+-&$") {
		table[c] |= inTitle
	}
	return table
}()

// appendAttributeURL writes an address that resolve gave as it stands between the
// quotes of an attribute, as html/template writes it: so that a template may put
// it there itself, or be given it with its attribute around.
func appendAttributeURL(b []byte, address string) []byte {
	const hex = "0123456789abcdef"
	from := 0
	for i := 0; i < len(address); i++ {
		c := address[i]
		if addressBytes[c]&inAttribute != 0 || c == '%' && i+2 < len(address) && isHex(address[i+1]) && isHex(address[i+2]) {
			continue
		}
		b = append(b, address[from:i]...)
		switch from = i + 1; c {
		case '&':
			b = append(b, "&amp;"...)
		case '+':
			b = append(b, "&#43;"...)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return append(b, address[from:]...)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// hostOf gives the host a reader knows a source by, without "www.", of an address
// that resolve gave.
func hostOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok && strings.HasPrefix(address, "http") {
		if rest = rest[:hostEnd(rest)]; isPlainHost(rest) {
			return strings.TrimPrefix(strings.ToLower(rest), "www.")
		}
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(parsed.Hostname()), "www.")
}

// hostEnd gives where the host ends in what is behind "//" in an address.
func hostEnd(rest string) int {
	for i := range len(rest) {
		if c := rest[i]; c == '/' || c == '?' || c == '#' {
			return i
		}
	}
	return len(rest)
}

// isPlainHost tells whether a host is a name of letters, digits, dots and
// dashes, as most are: such a one net/url always reads.
func isPlainHost(host string) bool {
	for i := 0; i < len(host); i++ {
		if c := host[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return host != ""
}

func blankInlines(inlines []issue.Inline) bool {
	for i := range inlines {
		switch in := &inlines[i]; in.Kind {
		case issue.InlineBreak, issue.InlineSoft:
		case issue.InlineImage:
			return false
		default:
			if !blank(in.Text) || !blankInlines(in.Inlines) {
				return false
			}
		}
	}
	return true
}

// plainInlines gives the text of running text on one line, fit for a page.
func plainInlines(inlines []issue.Inline) string { return clean(issue.PlainInlines(inlines)) }

// plainBlocks gives the text of blocks on one line, fit for a page.
func plainBlocks(blocks []issue.Block) string { return clean(issue.PlainBlocks(blocks)) }

func trimNewline(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == '\n' {
		b = b[:len(b)-1]
	}
	return b
}
