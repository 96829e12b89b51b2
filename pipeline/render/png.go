package render

// This file writes a preview picture as PNG (W3C PNG, third edition). It is
// made for pictures of letters on paper: image/png with compress/zlib takes
// ten times as long, which made pictures the largest part of a rendering.

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"
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
		z := deflater{codes: p.codes, out: png, at: len(png), sum: 1}
		z.room()
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
			z.room()
			const up = 2
			z.byte(up)
			for i := 0; i < pictureWidth/4; i += 8 {
				differ := minus(binary.LittleEndian.Uint64(row[i:]), binary.LittleEndian.Uint64(above[i:]))
				left := 8 // bytes of the word
				if i+left > pictureWidth/4 {
					left = pictureWidth/4 - i
					differ &= 1<<(8*left) - 1
				}
				for differ != 0 {
					zeros := bits.TrailingZeros64(differ) / 8
					differ >>= 8 * zeros
					z.run += zeros
					z.byte(byte(differ))
					differ >>= 8
					left -= zeros + 1
				}
				z.run += left
			}
			above = row
		}
		png = z.end()
	})
	chunk("IEND", func() {})
	return png
}

// minus takes the bytes of b from those of a, each from its own.
func minus(a, b uint64) uint64 {
	const high = 0x8080808080808080
	return ((a | high) - b&^high) ^ (a^^b)&high
}

// deflater writes bytes and runs of zeros as one block of DEFLATE (RFC 1951)
// with the fixed codes, and sums them up (Adler-32, RFC 1950 section 9).
type deflater struct {
	codes *fixedCodes
	out   []byte // has room: see there
	at    int    // where it ends
	held  uint64 // bits of a byte that is not full yet, the first in the lowest
	n     uint
	run   int    // zeros that are not written yet
	sum   uint64 // of all bytes; a picture is too short for it to run over
	sums  uint64
}

// room makes room for the zeros that wait and for a row, which takes at most
// nine bits a byte.
func (z *deflater) room() {
	most := z.run/100 + 2*rowBytes
	z.out = slices.Grow(z.out[:z.at], most)
	z.out = z.out[:cap(z.out)]
}

// bits writes at most 56 of them. All that is held is written each time, and
// written over by what comes: no branch depends on how many bits there were.
func (z *deflater) bits(v uint64, n uint) {
	z.held |= v << (z.n & 7)
	binary.LittleEndian.PutUint64(z.out[z.at:], z.held)
	n += z.n
	z.at += int(n / 8)
	z.held >>= n &^ 7 & 63
	z.n = n & 7
}

func (z *deflater) write(c bitCode) { z.bits(uint64(c.bits), uint(c.n)) }

// adler is the largest prime below 65,536.
const adler = 65521

// byte writes the zeros that wait and a byte that is none.
func (z *deflater) byte(b byte) {
	if z.run >= len(z.codes.zeros) {
		z.flush()
	}
	zeros, symbol := z.codes.zeros[z.run], z.codes.symbols[b]
	z.bits(uint64(zeros.bits)|uint64(symbol.bits)<<(zeros.n&63), uint(zeros.n+symbol.n))
	z.sums += uint64(z.run) * z.sum
	z.sum += uint64(b)
	z.sums += z.sum
	z.run = 0
}

// fixedCodes are the fixed codes (section 3.2.6) as they are written: of each
// symbol, of each copy of 3 to 258 bytes from one byte before, and of zeros: one,
// and then copies of it.
type fixedCodes struct {
	symbols [286]bitCode
	copies  [259]bitCode
	zeros   [260]bitCode
}

// bitCode is bits to write, the first in the lowest.
type bitCode struct {
	bits uint32
	n    uint8
}

// makeFixedCodes gives them. Codes go in from their highest bit.
func makeFixedCodes() *fixedCodes {
	var c fixedCodes
	for s := range uint(len(c.symbols)) {
		switch {
		case s < 144:
			c.symbols[s] = bitCode{uint32(bits.Reverse8(uint8(0x30 + s))), 8}
		case s < 256:
			c.symbols[s] = bitCode{uint32(bits.Reverse16(uint16(0x190+s-144)) >> 7), 9}
		case s < 280:
			c.symbols[s] = bitCode{uint32(bits.Reverse8(uint8(s-256)) >> 1), 7}
		default:
			c.symbols[s] = bitCode{uint32(bits.Reverse8(uint8(0xc0 + s - 280))), 8}
		}
	}
	const distance = 5 // bits of the distance one, all of them zero (section 3.2.5)
	for n := 3; n < len(c.copies); n++ {
		symbol, extra := 254+n, 0
		switch {
		case n == 258:
			symbol = 285
		case n > 10: // from 11 on four codes share each number of extra bits
			extra = bits.Len(uint(n-3)) - 3
			symbol = 261 + 4*extra + (n-3)>>extra&3
		}
		code := c.symbols[symbol]
		more := uint32(n-3) & (1<<extra - 1)
		c.copies[n] = bitCode{code.bits | more<<code.n, code.n + uint8(extra) + distance}
	}
	zero := c.symbols[0]
	for n := 1; n < len(c.zeros); n++ {
		more := c.copies[n-1]
		if n-1 < 3 { // too short for a copy
			more = c.zeros[n-1]
		}
		c.zeros[n] = bitCode{zero.bits | more.bits<<zero.n, zero.n + more.n}
	}
	return &c
}

// flush writes the zeros that wait, however many.
func (z *deflater) flush() {
	z.sums += uint64(z.run) * z.sum
	n := min(z.run, len(z.codes.zeros)-1)
	z.write(z.codes.zeros[n])
	for z.run -= n; z.run >= 3; z.run -= n {
		n = min(z.run, len(z.codes.copies)-1)
		z.write(z.codes.copies[n])
	}
	z.write(z.codes.zeros[z.run])
	z.run = 0
}

// end gives all that was written.
func (z *deflater) end() []byte {
	z.room()
	z.flush()
	z.write(z.codes.symbols[256])
	if z.n > 0 {
		z.at++
	}
	return binary.BigEndian.AppendUint32(z.out[:z.at], uint32(z.sums%adler<<16|z.sum%adler))
}
