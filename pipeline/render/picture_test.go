package render

import (
	"bytes"
	"compress/flate"
	"fmt"
	"image"
	"image/png"
	"io"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// corpusPictures gives what the pictures of the corpus say.
func corpusPictures(t testing.TB) []picture {
	var all []picture
	for _, head := range corpus(t).Heads {
		all = append(all, picture{
			name: "Sunday Patch", title: head.Title, host: "sundaypatch.example",
			line: "No. " + strconv.Itoa(head.Number) + "  ·  " + head.Date.Format("2 January 2006"),
		})
	}
	return all
}

// BenchmarkPicture shows what a preview picture costs: one that draws its
// letters, as an archive of that length does, and one that knows them.
func BenchmarkPicture(b *testing.B) {
	all := corpusPictures(b)
	for _, known := range []bool{false, true} {
		b.Run(fmt.Sprintf("known=%v", known), func(b *testing.B) {
			b.ReportAllocs()
			p := newTestPainter(b)
			var paper []byte
			written := 0
			for b.Loop() {
				if !known {
					p = newTestPainter(b)
				}
				for _, what := range all {
					paper = p.paint(paper[:0], what)
					written += len(paper)
				}
			}
			pictures := float64(b.N * len(all))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/pictures, "ns/picture")
			b.ReportMetric(float64(written)/pictures, "bytes/picture")
		})
	}
}

func newTestPainter(t testing.TB) *painter {
	t.Helper()
	p, err := newPainter(Publication{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plainText draws as painter.text does, a pixel at a time and right from the font.
func plainText(t *testing.T, pixels []uint8, p *painter, f *face, x, y int, ink uint8, text string) {
	t.Helper()
	parsed := p.regular
	if f.bold {
		parsed = p.bold
	}
	opened, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: f.size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range text {
		bounds, mask, at, advance, ok := opened.Glyph(fixed.P(x, y), r)
		if !ok {
			t.Fatalf("no %q", r)
		}
		for down := range bounds.Dy() {
			for right := range bounds.Dx() {
				_, _, _, a := mask.At(at.X+right, at.Y+down).RGBA()
				// Where letters meet, the bits of both are ink.
				pixels[(bounds.Min.Y+down)*pictureWidth+bounds.Min.X+right] |= [...]uint8{0, inkHalf, ink}[(a*2+0x7fff)/0xffff]
			}
		}
		x += advance.Round()
	}
}

// decoded gives the pixels of a PNG, which has to be sound.
func decoded(t *testing.T, body []byte) []uint8 {
	t.Helper()
	got, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	paletted, ok := got.(*image.Paletted)
	if !ok || paletted.Rect != image.Rect(0, 0, pictureWidth, pictureHeight) || len(paletted.Pix) != pictureWidth*pictureHeight {
		t.Fatalf("it is a %T of %v", got, got.Bounds())
	}
	return paletted.Pix
}

// samePixels compares; it tells of the first difference.
func samePixels(t *testing.T, got, want []uint8) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("pixel %d, %d is %d, want %d", i%pictureWidth, i/pictureWidth, got[i], want[i])
		}
	}
}

// Text is drawn and written pixel for pixel as the font has it: in each size,
// from each pixel of a byte on, over other text, and rows apart.
func TestPictureHasThePixelsOfItsText(t *testing.T) {
	p := newTestPainter(t)
	texts := []string{"The cloud is jj. ffi AVATAR", "Ärger über Ŵŷ — “quoted” _ ¯ |", "WWWWWWWWW", "·", "i", ""}
	for i, size := range append([]float64{34, 28, 7}, titleSizes...) {
		for shift := range 4 {
			s, want := p.sheet(), make([]uint8, pictureWidth*pictureHeight)
			bar := 10 + 2*shift
			s.bar(bar)
			for i := range bar * pictureWidth {
				want[i] = inkAccent
			}
			for n, at := range []struct {
				x, y int
				bold bool
				ink  uint8
			}{
				{pictureMargin, 70, true, inkMain}, // up to the bar or below it
				{pictureMargin, 110, true, inkAccent},
				{pictureMargin + 5, 120, false, inkMain},           // over the first
				{pictureMargin + 300, 300, true, inkMain},          // rows of paper above
				{pictureMargin + 310, 330, true, inkAccent},        // close to the last
				{pictureMargin, pictureHeight - 64, true, inkMain}, // and up to the end
			} {
				f, text := p.face(at.bold, size), texts[(i+shift+n)%len(texts)]
				for p.width(text, f) > pictureWidth-pictureMargin-at.x {
					text = text[:strings.LastIndexByte(text[:len(text)-1], ' ')+1]
				}
				p.text(s, f, at.x+shift, at.y, at.ink, text)
				plainText(t, want, p, f, at.x+shift, at.y, at.ink, text)
			}
			samePixels(t, decoded(t, p.encode(nil, s)), want)
			p.sheets.Put(s)
		}
	}
}

// Any rows are written so that they can be read: full ones, the first and the
// last, changes that lie as far from each other as a row is long.
func TestPictureOfAnyRows(t *testing.T) {
	p := newTestPainter(t)
	for name, draw := range map[string]func(x, y int) uint8{
		"paper":  func(_, _ int) uint8 { return 0 },
		"ink":    func(_, _ int) uint8 { return inkMain },
		"noise":  func(x, y int) uint8 { return uint8(uint32(x*7919+y*104729+x*y*31) * 2654435761 >> 30) },
		"a byte": func(x, y int) uint8 { return uint8(x/64&y/64) & 3 },
		"edges": func(x, y int) uint8 {
			if x == 0 || x == pictureWidth-1 || y == 0 || y == pictureHeight-1 {
				return inkHalf
			}
			return 0
		},
		"corners": func(x, y int) uint8 {
			if x%(pictureWidth-1) == 0 && y%(pictureHeight-1) == 0 {
				return inkAccent
			}
			return 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, want := &sheet{}, make([]uint8, pictureWidth*pictureHeight)
			for y := range pictureHeight {
				for x := range pictureWidth {
					ink := draw(x, y)
					want[y*pictureWidth+x] = ink
					s.rows[y][x/4] |= ink << (6 - 2*(x%4))
					s.drawn[y] = s.drawn[y] || ink != 0
				}
				for x := range pictureWidth / 4 {
					if y == 0 && s.rows[y][x] != 0 || y > 0 && s.rows[y][x] != s.rows[y-1][x] {
						s.differ[y][x/8] |= 1 << (x % 8)
					}
				}
			}
			samePixels(t, decoded(t, p.encode([]byte{}, s)), want)
		})
	}
}

// A picture is the same whatever was drawn before it, and stands behind what
// is on the paper.
func TestPictureDoesNotShowTheLast(t *testing.T) {
	p := newTestPainter(t)
	long := picture{name: "Sunday Patch", line: "No. 1  ·  5 April 2026", title: strings.Repeat("Long titles_get small ", 20), host: "sundaypatch.example"}
	for _, what := range []picture{long, {title: "x"}, {name: "Ÿ", title: "Short _ ¯"}, {}, long} {
		want := newTestPainter(t).paint(nil, what)
		if got := p.paint([]byte("front"), what); string(got) != "front"+string(want) {
			t.Errorf("the picture of %q depends on the one before", what.title)
		}
		for i, ink := range decoded(t, want)[:100*pictureWidth/2] {
			if bar := i < 14*pictureWidth; bar != (ink == inkAccent) && (bar || ink != 0) {
				t.Fatalf("pixel %d of the bar or the paper below is %d", i, ink)
			}
		}
		p.paint(nil, long)
		s := p.sheet()
		if *s != (sheet{}) {
			t.Fatal("a sheet that is used again is not empty")
		}
		p.sheets.Put(s)
	}
}

// Runs of zeros of every length are written as such.
func TestDeflaterWritesZeros(t *testing.T) {
	codes := makeFixedCodes()
	for _, run := range []int{rowBytes, 1000, 4*258 + 300, 4*258 + 301, 4*258 + 302, 5000, rawBytes} {
		for n := run - 300; n <= run; n++ {
			z := deflater{codes: codes}
			z.room(1)
			z.bits(0b011, 3)
			z.zeros(n)
			got, err := io.ReadAll(flate.NewReader(bytes.NewReader(z.end())))
			if err != nil || !bytes.Equal(got, make([]byte, n)) {
				t.Fatalf("%d zeros are %d bytes, %v", n, len(got), err)
			}
		}
	}
}

// No glyph of the fonts is too large to be drawn, or reaches over the margins.
func TestGlyphsFitIntoThePicture(t *testing.T) {
	for _, ttf := range [][]byte{goregular.TTF, gobold.TTF} {
		parsed, err := opentype.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		var runes []rune
		for r := range rune(0x20000) {
			if at, err := parsed.GlyphIndex(nil, r); err == nil && at != 0 {
				runes = append(runes, r)
			}
		}
		if len(runes) < 500 {
			t.Fatalf("only %d glyphs", len(runes))
		}
		for _, size := range titleSizes {
			opened, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range runes {
				bounds, advance, ok := opened.GlyphBounds(r)
				if !ok {
					t.Fatalf("no bounds of %q", r)
				}
				left, right := bounds.Min.X.Floor(), bounds.Max.X.Ceil()
				if right-left >= mostWide || left <= -pictureMargin || right-advance.Round() >= pictureMargin-32 {
					t.Errorf("%q in %g goes from %d to %d", r, size, left, right)
				}
				if top, bottom := bounds.Min.Y.Floor(), bounds.Max.Y.Ceil(); top <= -100 || bottom >= 64 {
					t.Errorf("%q in %g goes from %d down to %d", r, size, top, bottom)
				}
			}
		}
	}
}
