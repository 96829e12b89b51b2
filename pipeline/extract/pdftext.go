package extract

// What stands where on a page of a PDF: the content stream's operators (ISO
// 32000-2, 8 and 9) are carried out as far as they place characters.

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

const (
	maxPDFSteps = 20_000_000 // operators of one file
	maxPDFArgs  = 512        // operands of one operator; a TJ array counts as one
	maxPDFSaved = 256        // graphics states saved
	maxPDFItems = 100_000    // items of the arrays and dictionaries before one operator
)

// glyph is what one code draws, in points from the top left of the page as it
// is looked at.
type glyph struct {
	text        string
	x, y, width float64 // y is the base line, growing downwards
	size        float64
	bold, mono  bool
	italic      bool
	hidden      bool
}

// drawnPage is a page with its characters in the order they are drawn.
type drawnPage struct {
	glyphs        []glyph
	width, height float64
	images        int
	unreadable    int // codes whose character is not known
	scanned       bool
	links         []pdfLink
	dots          []dot
}

// dot is a small shape as high as wide: where it stands before a line, it is
// the bullet of a list that no font has.
type dot struct{ right, y float64 } // its right edge and its middle

type pdfLink struct {
	url                      string
	left, top, right, bottom float64
}

// pdfMatrix is [a b c d e f] of 8.3.3.
type pdfMatrix [6]float64

func (m pdfMatrix) times(n pdfMatrix) pdfMatrix {
	return pdfMatrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// drawState is the part of the graphics state that text needs.
type drawState struct {
	ctm                                        pdfMatrix
	font                                       *pdfFont
	size, spacing, wordSpacing, leading, scale float64
	rise                                       float64
	invisible                                  bool
}

// painter carries out the operators of one page.
type painter struct {
	f      *pdfFile
	page   *drawnPage
	toPage pdfMatrix
	marked []markedText
	shape  struct { // the path being built, in points of the page
		left, top, right, bottom float64
		open                     bool
	}
	deep   int // sequences open beyond those in marked
	pagina int // depth inside of page furniture that the file marks as such
}

// markedText is one open marked-content sequence (14.6).
type markedText struct {
	furniture bool
	actual    string // replaces what is drawn inside (14.9.4)
	hasActual bool
	used      bool
}

// page draws a page.
func (f *pdfFile) page(p pdfPage) (*drawnPage, error) {
	out := &drawnPage{width: p.box[2] - p.box[0], height: p.box[3] - p.box[1]}
	if out.width < 1 || out.height < 1 || out.width > 1e5 || out.height > 1e5 {
		p.box = [4]float64{0, 0, 612, 792}
		out.width, out.height = 612, 792
	}
	// To the top left, y downwards, turned as Rotate says (clockwise).
	to := pdfMatrix{1, 0, 0, -1, -p.box[0], p.box[3]}
	switch p.rotate {
	case 1:
		to = pdfMatrix{0, 1, 1, 0, -p.box[1], -p.box[0]}
		out.width, out.height = out.height, out.width
	case 2:
		to = pdfMatrix{-1, 0, 0, 1, p.box[2], -p.box[1]}
	case 3:
		to = pdfMatrix{0, -1, -1, 0, p.box[3], p.box[2]}
		out.width, out.height = out.height, out.width
	}
	var content []byte
	contents := f.get(p.dict["Contents"])
	list, ok := contents.(types.Array)
	if !ok {
		list = types.Array{contents}
	}
	for _, o := range list {
		part, err := f.stream(o)
		if err != nil {
			return nil, err
		}
		content = append(append(content, part...), '\n')
		if len(content) > 2*maxPDFStream {
			break
		}
	}
	paint := painter{f: f, page: out, toPage: to}
	err := paint.run(content, p.resources, drawState{ctm: pdfMatrix{1, 0, 0, 1, 0, 0}, scale: 1}, 0)
	out.links = f.links(p, to)
	out.settle()
	return out, err
}

// settle leaves out what no reader sees: text drawn twice (for boldness),
// outside of the page, or hidden, unless hidden text is all there is: then a
// machine has read a scan.
func (d *drawnPage) settle() {
	visible := 0
	for _, g := range d.glyphs {
		if !g.hidden && g.text != " " {
			visible++
		}
	}
	d.scanned = visible == 0 && len(d.glyphs) > 0 && d.images > 0
	type spot struct {
		text string
		x, y int
	}
	seen := make(map[spot]float64, len(d.glyphs)) // where the first one begins
	kept := d.glyphs[:0]
	for _, g := range d.glyphs {
		if g.hidden && !d.scanned || g.x < -g.size || g.x > d.width+g.size || g.y < -2 || g.y > d.height+g.size {
			continue
		}
		if strings.TrimSpace(g.text) != "" {
			at := spot{g.text, int(g.x), int(g.y)}
			twice := false
			for dx := -1; dx <= 1; dx++ {
				for dy := -1; dy <= 1; dy++ {
					x, ok := seen[spot{g.text, at.x + dx, at.y + dy}]
					twice = twice || ok && math.Abs(x-g.x) < 0.08*g.size
				}
			}
			if twice {
				continue
			}
			seen[at] = g.x
		}
		kept = append(kept, g)
	}
	d.glyphs = kept
}

// run carries out a content stream. State comes in and does not go out: a form
// changes nothing around it.
func (p *painter) run(content []byte, resources types.Dict, g drawState, depth int) error {
	lex := pdfLexer{data: content}
	var saved []drawState
	var args []pdfToken
	text, line := pdfMatrix{1, 0, 0, 1, 0, 0}, pdfMatrix{1, 0, 0, 1, 0, 0}
	number := func(i int) float64 {
		if i < 0 || i >= len(args) || args[i].kind != pdfNumber {
			return 0
		}
		return args[i].number
	}
	move := func(x, y float64) {
		line = pdfMatrix{1, 0, 0, 1, x, y}.times(line)
		text = line
	}
	show := func(s string) error { return p.show(s, &g, &text) }
	fonts := map[string]*pdfFont{}
	marks, deep := len(p.marked), p.deep
	defer func() {
		p.close(marks)
		p.deep = deep
	}()
	for {
		tok, ok := lex.next()
		if !ok {
			return nil
		}
		if tok.kind != pdfOperator {
			if len(args) < maxPDFArgs {
				args = append(args, tok)
			}
			continue
		}
		if err := p.f.spend(1); err != nil {
			return err
		}
		lex.kept = 0
		var err error
		switch tok.text {
		case "q":
			if len(saved) < maxPDFSaved {
				saved = append(saved, g)
			}
		case "Q":
			if n := len(saved); n > 0 {
				g, saved = saved[n-1], saved[:n-1]
			}
		case "cm":
			g.ctm = pdfMatrix{number(0), number(1), number(2), number(3), number(4), number(5)}.times(g.ctm)
		case "BT":
			text, line = pdfMatrix{1, 0, 0, 1, 0, 0}, pdfMatrix{1, 0, 0, 1, 0, 0}
		case "Tf":
			if len(args) > 1 {
				if fonts[args[0].text] == nil {
					fonts[args[0].text] = p.f.font(p.f.dict(resources["Font"])[args[0].text])
				}
				g.font, g.size = fonts[args[0].text], number(1)
			}
		case "Tc":
			g.spacing = number(0)
		case "Tw":
			g.wordSpacing = number(0)
		case "Tz":
			g.scale = number(0) / 100
		case "TL":
			g.leading = number(0)
		case "Ts":
			g.rise = number(0)
		case "Tr":
			mode := int(number(0))
			g.invisible = mode == 3 || mode == 7
		case "Td":
			move(number(0), number(1))
		case "TD":
			g.leading = -number(1)
			move(number(0), number(1))
		case "Tm":
			line = pdfMatrix{number(0), number(1), number(2), number(3), number(4), number(5)}
			text = line
		case "T*":
			move(0, -g.leading)
		case "Tj":
			if len(args) > 0 {
				err = show(args[len(args)-1].text)
			}
		case "'":
			move(0, -g.leading)
			if len(args) > 0 {
				err = show(args[len(args)-1].text)
			}
		case "\"":
			g.wordSpacing, g.spacing = number(0), number(1)
			move(0, -g.leading)
			if len(args) > 2 {
				err = show(args[2].text)
			}
		case "TJ":
			if len(args) == 0 {
				break
			}
			for _, item := range args[0].list {
				if item.kind == pdfNumber {
					text = pdfMatrix{1, 0, 0, 1, -item.number / 1000 * g.size * g.scale, 0}.times(text)
				} else if err = show(item.text); err != nil {
					break
				}
			}
		case "Do":
			if len(args) > 0 {
				err = p.object(p.f.dict(resources["XObject"])[args[0].text], resources, g, depth)
			}
		case "m", "l":
			p.reach(g.ctm, number(0), number(1))
		case "c":
			p.reach(g.ctm, number(0), number(1))
			p.reach(g.ctm, number(2), number(3))
			p.reach(g.ctm, number(4), number(5))
		case "v", "y":
			p.reach(g.ctm, number(0), number(1))
			p.reach(g.ctm, number(2), number(3))
		case "re":
			p.reach(g.ctm, number(0), number(1))
			p.reach(g.ctm, number(0)+number(2), number(1)+number(3))
		case "f", "F", "f*", "B", "B*", "b", "b*", "S", "s":
			p.drawShape()
		case "n":
			p.shape.open = false
		case "BI":
			p.page.images++
			lex.skipImage()
		case "BMC", "BDC":
			p.open(args, resources)
		case "EMC":
			if p.deep > deep {
				p.deep--
			} else if len(p.marked) > marks {
				p.close(len(p.marked) - 1)
			}
		case "gs":
			if len(args) > 0 {
				state := p.f.dict(p.f.dict(resources["ExtGState"])[args[0].text])
				if font := p.f.array(state["Font"]); len(font) == 2 {
					g.font = p.f.font(font[0])
					g.size, _ = p.f.number(font[1])
				}
			}
		}
		if err != nil {
			return err
		}
		args = args[:0]
	}
}

// object draws a form (8.10) and counts an image.
func (p *painter) object(o types.Object, resources types.Dict, g drawState, depth int) error {
	d := p.f.dict(o)
	switch p.f.name(d["Subtype"]) {
	case "Image":
		p.page.images++
	case "Form":
		if depth >= maxPDFDepth/4 {
			return nil
		}
		content, err := p.f.stream(o)
		if err != nil {
			return err
		}
		if m := p.f.numbers(d["Matrix"], 6); m != nil {
			g.ctm = pdfMatrix{m[0], m[1], m[2], m[3], m[4], m[5]}.times(g.ctm)
		}
		if own := p.f.dict(d["Resources"]); own != nil {
			resources = own
		}
		return p.run(content, resources, g, depth+1)
	}
	return nil
}

// reach makes the path's box hold a point.
func (p *painter) reach(ctm pdfMatrix, x, y float64) {
	at := pdfMatrix{1, 0, 0, 1, x, y}.times(ctm).times(p.toPage)
	s := &p.shape
	if !s.open {
		s.left, s.top, s.right, s.bottom, s.open = at[4], at[5], at[4], at[5], true
		return
	}
	s.left, s.right = min(s.left, at[4]), max(s.right, at[4])
	s.top, s.bottom = min(s.top, at[5]), max(s.bottom, at[5])
}

func (p *painter) drawShape() {
	s := p.shape
	p.shape.open = false
	if w, h := s.right-s.left, s.bottom-s.top; s.open && w > 1.5 && h > 1.5 && w < 9 && math.Abs(w-h) < 0.3*w && len(p.page.dots) < 500 && p.pagina == 0 {
		p.page.dots = append(p.page.dots, dot{s.right, (s.top + s.bottom) / 2})
	}
}

func (p *painter) open(args []pdfToken, resources types.Dict) {
	if len(p.marked) >= maxPDFSaved {
		p.deep++
		return
	}
	var m markedText
	if len(args) > 0 {
		props := map[string]pdfToken{}
		var named types.Dict
		if len(args) > 1 {
			if args[1].kind == pdfDict {
				for i := 0; i+1 < len(args[1].list); i += 2 {
					props[args[1].list[i].text] = args[1].list[i+1]
				}
			} else {
				named = p.f.dict(p.f.dict(resources["Properties"])[args[1].text])
			}
		}
		if args[0].text == "Artifact" {
			// Pagination artifacts are page numbers and running heads (14.8.2.2.2).
			m.furniture = props["Type"].text == "Pagination" || p.f.name(named["Type"]) == "Pagination"
		}
		if t, ok := props["ActualText"]; ok {
			m.actual, m.hasActual = fromTextString(t.text), true
		} else if named["ActualText"] != nil {
			m.actual, m.hasActual = p.f.text(named["ActualText"]), true
		}
	}
	if m.furniture {
		p.pagina++
	}
	p.marked = append(p.marked, m)
}

func (p *painter) close(to int) {
	for len(p.marked) > to {
		last := len(p.marked) - 1
		if p.marked[last].furniture {
			p.pagina--
		}
		p.marked = p.marked[:last]
	}
}

// fromTextString reads a text string (7.9.2.2) that stands in a content stream.
func fromTextString(s string) string {
	if utf16, ok := strings.CutPrefix(s, "\xfe\xff"); ok {
		return fromUTF16(utf16)
	}
	// It wants what the file would hold, and takes backslashes off. It reads
	// UTF-8, and PDFDocEncoding if it is none.
	text, err := types.HexLiteralToString(types.NewHexLiteral([]byte(strings.ReplaceAll(s, `\`, `\\`))))
	if err != nil {
		return ""
	}
	return text
}

// show draws a string (9.4.4).
func (p *painter) show(s string, g *drawState, text *pdfMatrix) error {
	if g.font == nil {
		return nil
	}
	if p.f.glyphs += len(s); p.f.glyphs > maxPDFGlyphs {
		return errPDFTooMuch
	}
	g.font.decode(s, func(chars string, width float64, space, readable bool) {
		trm := pdfMatrix{g.size * g.scale, 0, 0, g.size, 0, g.rise}.times(*text).times(g.ctm).times(p.toPage)
		w := width * g.font.scale
		advance := (w*g.size + g.spacing) * g.scale
		if space {
			advance += g.wordSpacing * g.scale
		}
		if !readable {
			p.page.unreadable++
		}
		p.place(chars, trm, w, g)
		*text = pdfMatrix{1, 0, 0, 1, advance, 0}.times(*text)
	})
	return nil
}

// place keeps a character that stands upright on the page. Text at another
// angle is a stamp at the margin, a label of a drawing, a water mark.
func (p *painter) place(chars string, trm pdfMatrix, w float64, g *drawState) {
	if p.pagina > 0 {
		return
	}
	for i := len(p.marked) - 1; i >= 0; i-- {
		if m := &p.marked[i]; m.hasActual {
			chars = ""
			if !m.used {
				chars, m.used = tidyGlyph(m.actual), true
			}
			break
		}
	}
	size, width := math.Hypot(trm[2], trm[3]), w*trm[0]
	if chars == "" || size < 1 || size > 1000 || math.Abs(trm[1]) > 0.15*math.Abs(trm[0]) || trm[0] <= 0 {
		return
	}
	for _, v := range []float64{size, width, trm[0], trm[4], trm[5]} {
		if !(math.Abs(v) < 1e6) { // no place on a page, or no number at all
			return
		}
	}
	p.page.glyphs = append(p.page.glyphs, glyph{
		text: chars, x: trm[4], y: trm[5], width: width, size: size,
		bold: g.font.bold, mono: g.font.mono, italic: g.font.italic, hidden: g.invisible,
	})
}

// links are the web links of a page (12.5.6.5).
func (f *pdfFile) links(p pdfPage, to pdfMatrix) []pdfLink {
	var out []pdfLink
	for _, o := range f.array(p.dict["Annots"]) {
		d := f.dict(o)
		if len(out) >= maxLinks || f.name(d["Subtype"]) != "Link" {
			continue
		}
		url, r := f.text(f.dict(d["A"])["URI"]), f.numbers(d["Rect"], 4)
		if url == "" || r == nil {
			continue
		}
		a := pdfMatrix{1, 0, 0, 1, r[0], r[1]}.times(to)
		b := pdfMatrix{1, 0, 0, 1, r[2], r[3]}.times(to)
		out = append(out, pdfLink{url, min(a[4], b[4]), min(a[5], b[5]), max(a[4], b[4]), max(a[5], b[5])})
	}
	return out
}

// ---- the lexer of content streams and CMaps (7.2)

type pdfKind int

const (
	pdfOperator pdfKind = iota
	pdfNumber
	pdfName
	pdfString
	pdfArray
	pdfDict
)

// pdfToken is one operand or operator. Names have no slash, strings are
// unescaped; an array or a dictionary has its items in list.
type pdfToken struct {
	kind   pdfKind
	text   string
	number float64
	list   []pdfToken
}

type pdfLexer struct {
	data  []byte
	at    int
	depth int
	kept  int // items of arrays and dictionaries since this was last set to 0
}

func pdfSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func pdfDelimiter(c byte) bool { return strings.IndexByte("()<>[]{}/%", c) >= 0 }

// next gives the next token; ok is false at the end.
func (l *pdfLexer) next() (tok pdfToken, ok bool) {
	for l.at < len(l.data) {
		if l.skip() {
			continue
		}
		c := l.data[l.at]
		switch {
		case c == '/':
			l.at++
			return pdfToken{kind: pdfName, text: l.nameText()}, true
		case c == '(':
			l.at++
			return pdfToken{kind: pdfString, text: l.literal()}, true
		case c == '<':
			if l.at+1 < len(l.data) && l.data[l.at+1] == '<' {
				l.at += 2
				return pdfToken{kind: pdfDict, list: l.items(">>")}, true
			}
			l.at++
			return pdfToken{kind: pdfString, text: l.hex()}, true
		case c == '[':
			l.at++
			return pdfToken{kind: pdfArray, list: l.items("]")}, true
		}
		word := l.word()
		if c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9' {
			return pdfToken{kind: pdfNumber, number: pdfFloat(word)}, true
		}
		return pdfToken{kind: pdfOperator, text: word}, true
	}
	return pdfToken{}, false
}

// items reads up to the end of an array or dictionary. Operators inside are
// left out: they are keywords such as true or null.
func (l *pdfLexer) items(end string) []pdfToken {
	var out []pdfToken
	if l.depth++; l.depth > maxPDFDepth {
		l.at = len(l.data)
	}
	defer func() { l.depth-- }()
	for l.at < len(l.data) {
		if bytes.HasPrefix(l.data[l.at:], []byte(end)) {
			l.at += len(end)
			return out
		}
		if l.skip() {
			continue
		}
		tok, ok := l.next()
		if !ok {
			return out
		}
		if tok.kind == pdfOperator && end == "]" {
			continue
		}
		if l.kept++; l.kept <= maxPDFItems {
			out = append(out, tok)
		}
	}
	return out
}

// skip goes over what says nothing: white space, a comment, an end of what was
// never begun. It is false where a token begins.
func (l *pdfLexer) skip() bool {
	switch c := l.data[l.at]; {
	case pdfSpace(c), c == ']', c == '>', c == '{', c == '}', c == ')':
		l.at++
		return true
	case c == '%':
		for l.at < len(l.data) && l.data[l.at] != '\n' && l.data[l.at] != '\r' {
			l.at++
		}
		return true
	}
	return false
}

func (l *pdfLexer) word() string {
	start := l.at
	for l.at < len(l.data) && !pdfSpace(l.data[l.at]) && !pdfDelimiter(l.data[l.at]) {
		l.at++
	}
	return string(l.data[start:l.at])
}

func (l *pdfLexer) nameText() string {
	word := l.word()
	if !strings.Contains(word, "#") {
		return word
	}
	if name, err := types.DecodeName(word); err == nil {
		return name
	}
	return word
}

// pdfFloat reads a number as readers of PDF do: "1.-5" and "--3" are seen.
func pdfFloat(s string) float64 {
	if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		return v
	}
	s = strings.TrimLeft(s, "+-")
	if at := strings.IndexAny(s, "+-eE"); at > 0 {
		s = s[:at]
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return v
}

// literal reads a string up to its closing parenthesis (7.3.4.2).
func (l *pdfLexer) literal() string {
	var b []byte
	depth := 1
	for l.at < len(l.data) {
		c := l.data[l.at]
		l.at++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return string(b)
			}
		case '\\':
			if l.at >= len(l.data) {
				return string(b)
			}
			c = l.data[l.at]
			l.at++
			switch c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case '\r':
				if l.at < len(l.data) && l.data[l.at] == '\n' {
					l.at++
				}
				continue
			case '\n':
				continue
			default:
				if c >= '0' && c <= '7' {
					n := int(c - '0')
					for k := 0; k < 2 && l.at < len(l.data) && l.data[l.at] >= '0' && l.data[l.at] <= '7'; k++ {
						n = n*8 + int(l.data[l.at]-'0')
						l.at++
					}
					c = byte(n)
				}
			}
		}
		b = append(b, c)
	}
	return string(b)
}

func (l *pdfLexer) hex() string {
	var b []byte
	high, half := byte(0), false
	for l.at < len(l.data) {
		c := l.data[l.at]
		l.at++
		var v byte
		switch {
		case c == '>':
			if half {
				b = append(b, high<<4)
			}
			return string(b)
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		default:
			continue
		}
		if half {
			b = append(b, high<<4|v)
		}
		high, half = v, !half
	}
	return string(b)
}

// skipImage goes behind an inline image (8.9.7): its data ends at an EI that
// stands between white space.
func (l *pdfLexer) skipImage() {
	at := bytes.Index(l.data[l.at:], []byte("ID"))
	if at < 0 {
		l.at = len(l.data)
		return
	}
	l.at += at + 2
	for {
		at := bytes.Index(l.data[l.at:], []byte("EI"))
		if at < 0 {
			l.at = len(l.data)
			return
		}
		end := l.at + at + 2
		before, after := l.data[end-3], byte(' ')
		if end < len(l.data) {
			after = l.data[end]
		}
		l.at = end
		if pdfSpace(before) && pdfSpace(after) {
			return
		}
	}
}
