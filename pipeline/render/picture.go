package render

// This file draws the preview picture of an issue, which chats and social
// networks show beside a link: 1200 by 630 pixels, its title as large as fits.

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/bits"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const (
	pictureWidth  = 1200
	pictureHeight = 630
	pictureMargin = 80
)

// titleSizes are tried from the largest; a title that fits none is cut.
var titleSizes = []float64{88, 72, 60, 50, 44}

// picture is what a preview picture says.
type picture struct{ name, line, title, host string }

func (s *site) pictureOf(link IssueLink) picture {
	var facts []string
	if link.Number > 0 {
		facts = append(facts, "No. "+strconv.Itoa(link.Number))
	}
	if link.Day != "" {
		facts = append(facts, link.Day)
	}
	return picture{name: clean(s.Publication.Name), line: strings.Join(facts, "  ·  "), title: link.Title, host: hostOf(s.base)}
}

// painter draws pictures. Glyphs are drawn once for each size and then copied:
// an archive's pictures use the same few hundred. It may be used by several
// goroutines at the same time.
type painter struct {
	bold, regular *opentype.Font
	palette       [inkCount]color.RGBA
	codes         *fixedCodes
	mu            sync.Mutex
	faces         map[faceKey]*face
	rare          int       // glyphs that are kept in maps
	sheets        sync.Pool // of *sheet: a picture's memory is used again
}

// sheet is what one picture is drawn on: rows of two bits a pixel, the first
// in the highest bits, as PNG has them. What is drawn marks the bytes in which
// it differs from the row above: whoever writes the picture looks at no others.
type sheet struct {
	rows   [pictureHeight][rowRoom]byte
	drawn  [pictureHeight]bool                 // rows that may be other than paper
	differ [pictureHeight + 1][differRoom]byte // a bit for each byte of a row, the first in the lowest
}

const (
	rowRoom    = (pictureWidth/4 + 7) / 8 * 8 // whole words
	differRoom = (pictureWidth/4+63)/64*8 + 8 // whole words, and one more for a glyph that ends there
	mostWide   = 7*32 - 3                     // pixels of a glyph: from any pixel and any bit on, its marks are no more than a word
)

func (p *painter) sheet() *sheet {
	s, ok := p.sheets.Get().(*sheet)
	if !ok {
		return &sheet{}
	}
	for y, drawn := range s.drawn {
		if drawn {
			s.rows[y] = [rowRoom]byte{}
			s.differ[y], s.differ[y+1] = [differRoom]byte{}, [differRoom]byte{}
		}
	}
	s.drawn = [pictureHeight]bool{}
	return s
}

// bar draws one over the sheet's upper edge.
func (s *sheet) bar(height int) {
	for x := range pictureWidth / 4 {
		s.rows[0][x] = inkAccent * (1 | 1<<2 | 1<<4 | 1<<6)
		s.differ[0][x/8] |= 1 << (x % 8)
	}
	s.drawn[0], s.differ[height] = true, s.differ[0]
	for y := 1; y < height; y++ {
		s.drawn[y], s.rows[y] = true, s.rows[0]
	}
}

type faceKey struct {
	bold bool
	size float64
}

// face is one of the fonts in one size, with its glyphs as far as they were
// asked for.
type face struct {
	faceKey
	opened font.Face // nil while none was drawn
	latin  [256]*glyph
	others map[rune]*glyph
}

func (p *painter) face(bold bool, size float64) *face {
	key := faceKey{bold, size}
	f := p.faces[key]
	if f == nil {
		f = &face{faceKey: key, others: map[rune]*glyph{}}
		p.faces[key] = f
	}
	return f
}

type glyph struct {
	advance       int // pixels
	at            image.Point
	width, height int
	words         []uint64       // columns of 32 pixels, each from above, the first in the highest bits: 0 for paper, inkHalf or inkMain
	packed        [4][2][]uint64 // by the pixel of a byte at which it starts, in ink or accent: see pack; nil while nobody asked
}

// The palette. Four colours make two bits a pixel, a quarter of the work of a
// byte; the half is what smooths the edges of letters. Where a letter's edge
// meets another letter, the bits of both are ink.
const (
	inkHalf   = 1
	inkAccent = 2
	inkMain   = 3
	inkCount  = 4
)

// newPainter makes ready to draw in the newsletter's colours. The fonts are
// the Go fonts, which come with the program under its own kind of licence.
func newPainter(p Publication) (*painter, error) {
	paint := &painter{codes: makeFixedCodes(), faces: map[faceKey]*face{}}
	var err error
	if paint.bold, err = opentype.Parse(gobold.TTF); err != nil {
		return nil, fmt.Errorf("reading the picture's font: %w", err)
	}
	if paint.regular, err = opentype.Parse(goregular.TTF); err != nil {
		return nil, fmt.Errorf("reading the picture's font: %w", err)
	}
	paper := colourOf(p.Look.Light.Paper, color.RGBA{0xfb, 0xfa, 0xf6, 0xff})
	ink := colourOf(p.Look.Light.Ink, color.RGBA{0x20, 0x26, 0x1f, 0xff})
	half := func(a, b uint8) uint8 { return uint8((int(a) + int(b)) / 2) }
	paint.palette = [inkCount]color.RGBA{
		paper,
		{half(paper.R, ink.R), half(paper.G, ink.G), half(paper.B, ink.B), 0xff},
		colourOf(p.Look.Light.Accent, color.RGBA{0x0d, 0x61, 0x51, 0xff}),
		ink,
	}
	return paint, nil
}

// colourOf reads "#0d6151" or "#abc".
func colourOf(hex string, otherwise color.RGBA) color.RGBA {
	if !hexColour().MatchString(hex) {
		return otherwise
	}
	hex = hex[1:]
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return otherwise
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 0xff}
}

// paint draws a picture and appends it to paper as PNG.
func (p *painter) paint(paper []byte, what picture) []byte {
	sheet := p.sheet()
	defer p.sheets.Put(sheet)
	sheet.bar(14)
	p.mu.Lock()
	const width = pictureWidth - 2*pictureMargin
	head, foot := p.face(true, 34), p.face(false, 28)
	name := p.fit(what.name, head, width)
	if !p.shows(name, head) {
		name = ""
	}
	p.text(sheet, head, pictureMargin, 110, inkAccent, name)
	p.text(sheet, foot, pictureMargin, pictureHeight-64, inkMain, what.line)
	right := p.width(what.host, foot)
	if p.width(what.line, foot)+right+60 < width {
		p.text(sheet, foot, pictureWidth-pictureMargin-right, pictureHeight-64, inkMain, what.host)
	}
	title := what.title
	if !p.shows(title, p.face(true, titleSizes[0])) {
		title = what.host // a title of boxes tells nobody anything
	}
	lines, f := p.title(title, width, 345)
	leading := int(f.size * 1.16)
	top := 150 + (345-leading*len(lines))/2
	for i, line := range lines {
		p.text(sheet, f, pictureMargin, top+i*leading+int(f.size*.9), inkMain, line)
	}
	p.mu.Unlock()
	return p.encode(paper, sheet)
}

// title breaks a title into lines at the largest size at which it fits.
func (p *painter) title(title string, width, height int) (lines []string, f *face) {
	for _, size := range titleSizes {
		f = p.face(true, size)
		lines = p.lines(title, f, width)
		if len(lines) <= height/int(size*1.16) {
			return lines, f
		}
	}
	lines = lines[:height/int(f.size*1.16)]
	last := &lines[len(lines)-1]
	*last = p.fit(*last+" …", f, width)
	return lines, f
}

// lines breaks text between words; a word that is wider than a line is cut.
func (p *painter) lines(text string, f *face, width int) []string {
	var lines []string
	line, used, space := "", 0, p.glyph(f, ' ').advance
	for word := range strings.FieldsSeq(text) {
		wide := p.width(word, f)
		if line != "" && used+space+wide <= width {
			line += " " + word
			used += space + wide
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		if line, used = word, wide; wide > width {
			line = p.fit(word, f, width)
			used = p.width(line, f)
		}
	}
	return append(lines, line)
}

// fit cuts text that is wider than width.
func (p *painter) fit(text string, f *face, width int) string {
	if p.width(text, f) <= width {
		return text
	}
	runes := []rune(strings.TrimSuffix(text, " …"))
	for len(runes) > 1 && p.width(string(runes)+"…", f) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

func (p *painter) width(text string, f *face) int {
	wide := 0
	for _, r := range text {
		wide += p.glyph(f, r).advance
	}
	return wide
}

// glyph gives a character, which is drawn once.
func (p *painter) glyph(f *face, r rune) *glyph {
	if uint32(r) < uint32(len(f.latin)) {
		if f.latin[r] == nil {
			f.latin[r] = p.draw(f, r)
		}
		return f.latin[r]
	}
	g := f.others[r]
	if g == nil {
		g = p.draw(f, r)
		if p.rare++; p.rare < 20_000 { // titles in every script there is can't fill the memory
			f.others[r] = g
		}
	}
	return g
}

// draw draws a character. One that the font lacks is a box.
func (p *painter) draw(f *face, r rune) *glyph {
	parsed := p.regular
	if f.bold {
		parsed = p.bold
	}
	if at, err := parsed.GlyphIndex(nil, r); err != nil || at == 0 {
		if r == missingGlyph {
			return boxOf(f.size)
		}
		return p.glyph(f, missingGlyph)
	}
	if f.opened == nil {
		made, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: f.size, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return &glyph{}
		}
		f.opened = made
	}
	bounds, mask, maskAt, advance, ok := f.opened.Glyph(fixed.Point26_6{}, r)
	g := &glyph{advance: advance.Round()}
	if !ok || bounds.Empty() {
		return g
	}
	at := image.Rectangle{Min: maskAt, Max: maskAt.Add(bounds.Size())}
	alpha, ok := mask.(*image.Alpha)
	if !ok || !at.In(alpha.Rect) { // not as opentype's are
		alpha = image.NewAlpha(at)
		draw.Draw(alpha, at, mask, at.Min, draw.Src)
	}
	g.at, g.width, g.height = bounds.Min, at.Dx(), at.Dy()
	g.words = make([]uint64, 0, (g.width+31)/32*g.height)
	for x := 0; x < g.width; x += 32 {
		for y := range g.height {
			some := alpha.Pix[alpha.PixOffset(at.Min.X+x, at.Min.Y+y):][:min(32, g.width-x)]
			word := uint64(0)
			for _, a := range some {
				word = word<<2 | [4]uint64{0, inkHalf, inkHalf, inkMain}[a>>6]
			}
			g.words = append(g.words, word<<(64-2*len(some)))
		}
	}
	return g
}

// missingGlyph is a character that no font has; one box stands for all of them.
const missingGlyph = 0xffff

// boxOf draws it.
func boxOf(size float64) *glyph {
	width, height, line := int(size*.5), int(size*.7), max(1, int(size*.05))
	g := &glyph{advance: int(size * .6), at: image.Pt(int(size*.05), -height), width: width, height: height}
	g.words = make([]uint64, (width+31)/32*height)
	for x := range width {
		for y := range height {
			if min(x, width-1-x, y, height-1-y) < line {
				g.words[x/32*height+y] |= inkMain << (62 - 2*(x%32))
			}
		}
	}
	return g
}

// shows tells whether the font has most characters of a text.
func (p *painter) shows(text string, f *face) bool {
	missing, all := 0, 0
	box := p.glyph(f, missingGlyph)
	for _, r := range text {
		if r != ' ' {
			all++
			if p.glyph(f, r) == box {
				missing++
			}
		}
	}
	return 2*missing <= all
}

// pack gives the glyph as it is drawn from the shift-th pixel of a byte on:
// the marks of each row and of the one below the last, as a sheet's, and its
// columns of 8 bytes.
func (g *glyph) pack(shift int, ink uint8) (differ, words []uint64) {
	at := &g.packed[shift][ink&1]
	if *at == nil {
		*at = g.shifted(shift, ink)
	}
	return (*at)[:g.height+1], (*at)[g.height+1:]
}

func (g *glyph) shifted(shift int, ink uint8) []uint64 {
	columns := (shift + g.width + 31) / 32
	made := make([]uint64, g.height+1+columns*g.height)
	differ, words := made[:g.height+1], made[g.height+1:]
	for column := range columns {
		var above uint64
		for y := range g.height {
			var word uint64
			if i := column*g.height + y; i < len(g.words) {
				word = g.words[i] >> (2 * shift)
			}
			if column > 0 {
				word |= g.words[(column-1)*g.height+y] << (64 - 2*shift)
			}
			if ink == inkAccent {
				const low = 0x5555_5555_5555_5555 // of the two bits of each pixel
				word &^= word >> 1 & low
			}
			word = bits.ReverseBytes64(word)
			words[column*g.height+y] = word
			differ[y] |= differing(word, above) << (8 * column)
			above = word
		}
		differ[g.height] |= differing(0, above) << (8 * column)
	}
	return made
}

// differing gives a bit for each byte of a that is not as in b, the first in the lowest.
func differing(a, b uint64) uint64 {
	const low = 0x7f7f_7f7f_7f7f_7f7f
	x := a ^ b
	x = (x&low + low | x) &^ low                // the highest bit of each byte that is not zero
	return x >> 7 * 0x0102_0408_1020_4080 >> 56 // the eight of them side by side
}

// text draws one line with its baseline at y. No glyph of the fonts is as large
// as to reach over the margins; one that did would be left out.
func (p *painter) text(s *sheet, f *face, x, y int, ink uint8, text string) {
	first, last := pictureHeight, 0
	for _, r := range text {
		g := p.glyph(f, r)
		left, top := x+g.at.X, y+g.at.Y
		x += g.advance
		bottom := top + g.height
		if g.height == 0 || g.width > mostWide || left < 0 || left+g.width > pictureWidth-32 || top < 0 || bottom > pictureHeight {
			continue
		}
		first, last = min(first, top), max(last, bottom)
		differ, words := g.pack(left&3, ink)
		left /= 4
		rows := s.rows[top:bottom]
		for from := left; len(words) > 0; from += 8 {
			for i, word := range words[:len(rows)] {
				under := rows[i][from : from+8]
				binary.LittleEndian.PutUint64(under, binary.LittleEndian.Uint64(under)|word)
			}
			words = words[len(rows):]
		}
		marks := s.differ[top : bottom+1]
		for i, bytes := range differ[:len(marks)] {
			under := marks[i][left/8 : left/8+8]
			binary.LittleEndian.PutUint64(under, binary.LittleEndian.Uint64(under)|bytes<<(left%8))
		}
	}
	for y := first; y < last; y++ {
		s.drawn[y] = true
	}
}
