package render

// This file draws the preview picture of an issue, which chats and social
// networks show beside a link: 1200 by 630 pixels, its title as large as fits.

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
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
	mu            sync.Mutex
	faces         map[faceKey]font.Face
	glyphs        map[glyphKey]*glyph
	sheets        sync.Pool // of *sheet: a picture's memory is used again
}

// sheet is what one picture is drawn on.
type sheet struct {
	pixels []uint8             // of the palette, a byte each
	drawn  [pictureHeight]bool // rows that are not paper throughout
}

func (p *painter) sheet() *sheet {
	s, ok := p.sheets.Get().(*sheet)
	if !ok {
		return &sheet{pixels: make([]uint8, pictureWidth*pictureHeight)}
	}
	for y, drawn := range s.drawn {
		if drawn {
			clear(s.row(y))
		}
	}
	s.drawn = [pictureHeight]bool{}
	return s
}

func (s *sheet) row(y int) []uint8 { return s.pixels[y*pictureWidth : (y+1)*pictureWidth] }

type faceKey struct {
	bold bool
	size float64
}

type glyphKey struct {
	face faceKey
	r    rune
}

type glyph struct {
	advance int // pixels
	at      image.Point
	width   int
	mask    []uint8 // rows of width: 0 for paper, inkHalf or inkMain
}

// The palette. Four colours make two bits a pixel, a quarter of the work of a
// byte; the half is what smooths the edges of letters.
const (
	inkHalf   = 1
	inkMain   = 2
	inkAccent = 3
	inkCount  = 4
)

// newPainter makes ready to draw in the newsletter's colours. The fonts are
// the Go fonts, which come with the program under its own kind of licence.
func newPainter(p Publication) (*painter, error) {
	paint := &painter{faces: map[faceKey]font.Face{}, glyphs: map[glyphKey]*glyph{}}
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
		ink,
		colourOf(p.Look.Light.Accent, color.RGBA{0x0d, 0x61, 0x51, 0xff}),
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

// paint draws a picture as PNG.
func (p *painter) paint(what picture) []byte {
	sheet := p.sheet()
	defer p.sheets.Put(sheet)
	for y := range 14 {
		sheet.drawn[y] = true
		for x := range sheet.row(y) {
			sheet.row(y)[x] = inkAccent
		}
	}
	p.mu.Lock()
	const width = pictureWidth - 2*pictureMargin
	p.text(sheet, faceKey{true, 34}, pictureMargin, 110, inkAccent, p.fit(what.name, faceKey{true, 34}, width))
	p.text(sheet, faceKey{false, 28}, pictureMargin, pictureHeight-64, inkMain, what.line)
	right := p.width(what.host, faceKey{false, 28})
	if p.width(what.line, faceKey{false, 28})+right+60 < width {
		p.text(sheet, faceKey{false, 28}, pictureWidth-pictureMargin-right, pictureHeight-64, inkMain, what.host)
	}
	lines, face := p.title(what.title, width, 345)
	leading := int(face.size * 1.16)
	top := 150 + (345-leading*len(lines))/2
	for i, line := range lines {
		p.text(sheet, face, pictureMargin, top+i*leading+int(face.size*.9), inkMain, line)
	}
	p.mu.Unlock()
	return p.encode(sheet)
}

// title breaks a title into lines at the largest size at which it fits.
func (p *painter) title(title string, width, height int) ([]string, faceKey) {
	for i, size := range titleSizes {
		face := faceKey{true, size}
		lines := p.lines(title, face, width)
		most := height / int(size*1.16)
		if len(lines) <= most {
			return lines, face
		}
		if i == len(titleSizes)-1 {
			lines = lines[:most]
			lines[most-1] = p.fit(lines[most-1]+" …", face, width)
			return lines, face
		}
	}
	return nil, faceKey{}
}

// lines breaks text between words; a word that is wider than a line is cut.
func (p *painter) lines(text string, face faceKey, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && p.width(longer, face) > width {
			lines = append(lines, line)
			longer = word
		}
		line = p.fit(longer, face, width)
	}
	return append(lines, line)
}

// fit cuts text that is wider than width.
func (p *painter) fit(text string, face faceKey, width int) string {
	if p.width(text, face) <= width {
		return text
	}
	runes := []rune(strings.TrimSuffix(text, " …"))
	for len(runes) > 1 && p.width(string(runes)+"…", face) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

func (p *painter) width(text string, face faceKey) int {
	wide := 0
	for _, r := range text {
		wide += p.glyph(face, r).advance
	}
	return wide
}

// glyph draws a character once. A character that the font lacks is a box.
func (p *painter) glyph(key faceKey, r rune) *glyph {
	if g := p.glyphs[glyphKey{key, r}]; g != nil {
		return g
	}
	face := p.faces[key]
	if face == nil {
		parsed := p.regular
		if key.bold {
			parsed = p.bold
		}
		made, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: key.size, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return &glyph{}
		}
		p.faces[key], face = made, made
	}
	bounds, mask, maskAt, advance, ok := face.Glyph(fixed.Point26_6{}, r)
	g := &glyph{advance: advance.Round()}
	if ok && !bounds.Empty() {
		g.at, g.width = bounds.Min, bounds.Dx()
		g.mask = make([]uint8, 0, bounds.Dx()*bounds.Dy())
		for y := range bounds.Dy() {
			for x := range bounds.Dx() {
				_, _, _, a := mask.At(maskAt.X+x, maskAt.Y+y).RGBA()
				g.mask = append(g.mask, uint8((a*inkMain+0x7fff)/0xffff))
			}
		}
	}
	if len(p.glyphs) < 20_000 { // titles in every script there is can't fill the memory
		p.glyphs[glyphKey{key, r}] = g
	}
	return g
}

// text draws one line with its baseline at y.
func (p *painter) text(s *sheet, face faceKey, x, y int, ink uint8, text string) {
	for _, r := range text {
		g := p.glyph(face, r)
		left, from := x+g.at.X, 0
		x += g.advance
		if left < 0 {
			left, from = 0, -left
		}
		to := min(g.width, from+pictureWidth-left)
		if from >= to {
			continue
		}
		for row := 0; row*g.width < len(g.mask); row++ {
			top := y + g.at.Y + row
			if top < 0 || top >= pictureHeight {
				continue
			}
			s.drawn[top] = true
			under, mask := s.row(top)[left:], g.mask[row*g.width+from:row*g.width+to]
			for len(mask) >= 8 { // most is paper, or ink on paper
				eight := binary.LittleEndian.Uint64(mask)
				switch {
				case eight == 0:
				case ink == inkMain && binary.LittleEndian.Uint64(under) == 0:
					binary.LittleEndian.PutUint64(under, eight)
				default:
					blend(under, mask[:8], ink)
				}
				under, mask = under[8:], mask[8:]
			}
			blend(under, mask, ink)
		}
	}
}

// blend puts a row of a glyph over what is drawn already.
func blend(under, mask []uint8, ink uint8) {
	for i, step := range mask {
		if step == inkMain {
			under[i] = ink
		} else if step > under[i] {
			under[i] = step
		}
	}
}
