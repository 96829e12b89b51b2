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

// encode appends a sheet as PNG.
func (p *painter) encode(png []byte, s *sheet) []byte {
	png = append(png, "\x89PNG\r\n\x1a\n"...)
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
		z := deflater{codes: &p.codes, out: png, sum: 1}
		z.bits(0b011, 3) // the last block, with the fixed codes
		var paper [rowRoom]byte
		above := &paper
		for y := range pictureHeight {
			if !s.drawn[y] { // paper, unfiltered: nothing but zeros
				z.run += rowBytes
				above = &paper
				continue
			}
			row := &s.rows[y]
			const up = 2
			z.byte(up)
			for i := 0; i < pictureWidth/4; i += 8 {
				n := min(8, pictureWidth/4-i)
				if binary.LittleEndian.Uint64(row[i:]) == binary.LittleEndian.Uint64(above[i:]) {
					z.run += n
					continue
				}
				for k := i; k < i+n; k++ {
					if differ := row[k] - above[k]; differ != 0 {
						z.byte(differ)
					} else {
						z.run++
					}
				}
			}
			above = row
		}
		png = z.end()
	})
	chunk("IEND", func() {})
	return png
}

// deflater writes bytes and runs of zeros as one block of DEFLATE (RFC 1951)
// with the fixed codes, and sums them up (Adler-32, RFC 1950 section 9).
type deflater struct {
	codes *[286]fixedCode
	out   []byte
	held  uint64 // bits that are not written yet, the first in the lowest
	n     uint
	run   int    // zeros that are not written yet
	sum   uint64 // of all bytes; a picture is too short for it to run over
	sums  uint64
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
	if z.run > 0 {
		z.flush()
	}
	z.symbol(uint(b))
	z.sum += uint64(b)
	z.sums += z.sum
}

// symbol writes a literal or a length with its fixed code.
func (z *deflater) symbol(s uint) {
	c := z.codes[s]
	z.bits(uint64(c.bits), uint(c.n))
}

// fixedCode is one of the fixed codes, its first bit in the lowest.
type fixedCode struct {
	bits uint16
	n    uint8
}

// fixedCodes gives those of RFC 1951, section 3.2.6. Codes go in from their
// highest bit.
func fixedCodes() (codes [286]fixedCode) {
	for s := range uint(len(codes)) {
		switch {
		case s < 144:
			codes[s] = fixedCode{uint16(bits.Reverse8(uint8(0x30 + s))), 8}
		case s < 256:
			codes[s] = fixedCode{bits.Reverse16(uint16(0x190+s-144)) >> 7, 9}
		case s < 280:
			codes[s] = fixedCode{uint16(bits.Reverse8(uint8(s-256)) >> 1), 7}
		default:
			codes[s] = fixedCode{uint16(bits.Reverse8(uint8(0xc0 + s - 280))), 8}
		}
	}
	return codes
}

// flush writes the zeros that wait: one, and then copies of what was one byte
// before (section 3.2.5).
func (z *deflater) flush() {
	if z.run == 0 {
		return
	}
	z.sums += uint64(z.run) * z.sum
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
	return binary.BigEndian.AppendUint32(z.out, uint32(z.sums%adler<<16|z.sum%adler))
}
