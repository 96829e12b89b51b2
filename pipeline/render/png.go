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
		z := deflater{codes: p.codes, out: png, sum: 1}
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
	codes *fixedCodes
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

func (z *deflater) write(c bitCode) { z.bits(uint64(c.bits), uint(c.n)) }

// adler is the largest prime below 65,536.
const adler = 65521

// byte writes a byte that is not zero.
func (z *deflater) byte(b byte) {
	if z.run > 0 {
		z.flush()
	}
	z.write(z.codes.symbols[b])
	z.sum += uint64(b)
	z.sums += z.sum
}

// fixedCodes are the fixed codes (section 3.2.6) as they are written: of each
// symbol, and of each copy of 3 to 258 bytes from one byte before.
type fixedCodes struct {
	symbols [286]bitCode
	copies  [259]bitCode
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
	return &c
}

// flush writes the zeros that wait: one, and then copies of what was one byte
// before (section 3.2.5).
func (z *deflater) flush() {
	if z.run == 0 {
		return
	}
	z.sums += uint64(z.run) * z.sum
	z.write(z.codes.symbols[0])
	left := z.run - 1
	z.run = 0
	for left >= 3 {
		n := min(left, len(z.codes.copies)-1)
		z.write(z.codes.copies[n])
		left -= n
	}
	for range left {
		z.write(z.codes.symbols[0])
	}
}

// end gives all that was written.
func (z *deflater) end() []byte {
	z.flush()
	z.write(z.codes.symbols[256])
	for z.n > 0 {
		z.out = append(z.out, byte(z.held))
		z.held >>= 8
		z.n -= min(z.n, 8)
	}
	return binary.BigEndian.AppendUint32(z.out, uint32(z.sums%adler<<16|z.sum%adler))
}
