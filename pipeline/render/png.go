package render

// This file writes a preview picture as PNG (W3C PNG, third edition). It is
// made for pictures of letters on paper: image/png with compress/zlib takes
// ten times as long, which made pictures the largest part of a rendering.

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// rowBytes is a row of two bits a pixel behind the byte that names its filter.
const rowBytes = 1 + pictureWidth/4

// encode writes a sheet as PNG.
func (p *painter) encode(s *sheet) []byte {
	png := append(make([]byte, 0, 16<<10), "\x89PNG\r\n\x1a\n"...)
	chunk := func(kind string, body func()) {
		start := len(png)
		png = append(append(png, 0, 0, 0, 0), kind...)
		body()
		binary.BigEndian.PutUint32(png[start:], uint32(len(png)-start-8))
		png = binary.BigEndian.AppendUint32(png, crc32.ChecksumIEEE(png[start+4:]))
	}
	chunk("IHDR", func() {
		png = binary.BigEndian.AppendUint32(png, pictureWidth)
		png = binary.BigEndian.AppendUint32(png, pictureHeight)
		png = append(png, 2, 3, 0, 0, 0) // two bits, palette
	})
	chunk("PLTE", func() {
		for _, c := range p.palette {
			png = append(png, c.R, c.G, c.B)
		}
	})
	chunk("IDAT", func() {
		png = append(png, 0x78, 0x01) // zlib (RFC 1950), 32 KB window
		z := deflater{out: png, sum: 1}
		z.bits(0b011, 3) // the last block, with the fixed codes
		var above, row [rowBytes]byte
		for y := range pictureHeight {
			if !s.drawn[y] { // paper, unfiltered: nothing but zeros
				z.zeros(rowBytes)
				clear(above[:])
				continue
			}
			pack(row[1:], s.row(y))
			const up = 2
			z.byte(up)
			for i := 1; i < rowBytes; {
				if row[i] != above[i] {
					z.byte(row[i] - above[i])
					i++
					continue
				}
				run := i + same(row[i:], above[i:])
				z.zeros(run - i)
				i = run
			}
			above = row
		}
		png = z.end()
	})
	chunk("IEND", func() {})
	return png
}

// pack puts four pixels into a byte, the first into the highest bits.
func pack(row []byte, pixels []uint8) {
	for i := range row {
		// A product moves each of the four to its place in one byte of it.
		four := uint64(binary.LittleEndian.Uint32(pixels[4*i:]))
		row[i] = byte(four * (1 | 1<<10 | 1<<20 | 1<<30) >> 24)
	}
}

// same gives how many bytes a and b begin with in common.
func same(a, b []byte) int {
	n := 0
	for len(a)-n >= 8 {
		if differ := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); differ != 0 {
			return n + bits.TrailingZeros64(differ)/8
		}
		n += 8
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}

// deflater writes bytes and runs of zeros as one block of DEFLATE (RFC 1951)
// with the fixed codes, and sums them up (Adler-32, RFC 1950 section 9).
type deflater struct {
	out  []byte
	held uint64 // bits that are not written yet, the first in the lowest
	n    uint
	run  int // zeros that are not written yet
	sum  uint32
	sums uint32
}

func (z *deflater) bits(v uint64, n uint) {
	z.held |= v << z.n
	if z.n += n; z.n >= 32 {
		z.out = binary.LittleEndian.AppendUint32(z.out, uint32(z.held))
		z.held >>= 32
		z.n -= 32
	}
}

// adler is the largest prime below 65,536.
const adler = 65521

// byte writes a byte that is not zero.
func (z *deflater) byte(b byte) {
	z.flush()
	z.symbol(uint(b))
	if z.sum += uint32(b); z.sum >= adler {
		z.sum -= adler
	}
	if z.sums += z.sum; z.sums >= adler {
		z.sums -= adler
	}
}

func (z *deflater) zeros(n int) {
	z.run += n
	z.sums = uint32((uint64(z.sums) + uint64(n)*uint64(z.sum)) % adler)
}

// symbol writes a literal or a length with its fixed code (section 3.2.6).
// Codes go in from their highest bit.
func (z *deflater) symbol(s uint) {
	switch {
	case s < 144:
		z.bits(uint64(bits.Reverse8(uint8(0x30+s))), 8)
	case s < 256:
		z.bits(uint64(bits.Reverse16(uint16(0x190+s-144))>>7), 9)
	case s < 280:
		z.bits(uint64(bits.Reverse8(uint8(s-256))>>1), 7)
	default:
		z.bits(uint64(bits.Reverse8(uint8(0xc0+s-280))), 8)
	}
}

// flush writes the zeros that wait: one, and then copies of what was one byte
// before (section 3.2.5).
func (z *deflater) flush() {
	if z.run == 0 {
		return
	}
	z.symbol(0)
	left := z.run - 1
	z.run = 0
	for left >= 3 {
		n := min(left, 258)
		left -= n
		switch {
		case n == 258:
			z.symbol(285)
		case n <= 10:
			z.symbol(uint(254 + n))
		default:
			// From 11 on four codes share each number of extra bits.
			extra := uint(bits.Len(uint(n-3))) - 3
			z.symbol(uint(261) + 4*extra + uint(n-3)>>extra&3)
			z.bits(uint64(n-3)&(1<<extra-1), extra)
		}
		z.bits(0, 5) // the distance one
	}
	for range left {
		z.symbol(0)
	}
}

// end gives all that was written.
func (z *deflater) end() []byte {
	z.flush()
	z.symbol(256)
	for z.n > 0 {
		z.out = append(z.out, byte(z.held))
		z.held >>= 8
		z.n -= min(z.n, 8)
	}
	return binary.BigEndian.AppendUint32(z.out, z.sums<<16|z.sum)
}
