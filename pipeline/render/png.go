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

// rawBytes are those of all rows.
const rawBytes = pictureHeight * rowBytes

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
		z := deflater{codes: p.codes, out: png, at: len(png), sum: 1, sums: rawBytes}
		z.room(1)
		z.bits(0b011, 3) // the last block, with the fixed codes
		z.sheet(s)
		png = z.end()
	})
	chunk("IEND", func() {})
	return png
}

// deflater writes bytes and runs of zeros as one block of DEFLATE (RFC 1951)
// with the fixed codes, and sums them up (Adler-32, RFC 1950 section 9).
type deflater struct {
	codes *fixedCodes
	out   []byte // has room: see there
	at    int    // where it ends
	held  uint64 // bits of a byte that is not full yet, the first in the lowest
	n     uint
	sum   uint64 // of one and all bytes; a picture is too short for it to run over
	sums  uint64 // of what sum is behind each byte
}

// change is a byte that may be other than zero, behind zeros.
type change struct {
	zeros uint16
	byte  uint8
}

// sheet writes all rows: paper as it is, which is nothing but zeros, and any
// other row by what differs from the one above.
func (z *deflater) sheet(s *sheet) {
	var paper [rowRoom]byte
	var changes [rowBytes]change
	above, zeros := &paper, 0
	for y := range pictureHeight {
		if !s.drawn[y] {
			above = &paper
			zeros += rowBytes
			continue
		}
		if zeros >= len(z.codes.zeros) {
			z.zeros(zeros)
			zeros = 0
		}
		const up = 2 // the filter
		changes[0] = change{uint16(zeros), up}
		behind := uint64(rawBytes - y*rowBytes)
		z.sum += up
		z.sums += up * behind
		var n int
		n, zeros = z.row(changes[1:], &s.rows[y], above, &s.differ[y], behind-1)
		z.write(changes[:1+n])
		above = &s.rows[y]
	}
	z.zeros(zeros)
}

// row finds the changes of a row and the zeros behind the last of them, and sums
// them up: in sums a byte counts once for each from there to the end.
func (z *deflater) row(changes []change, row, above *[rowRoom]byte, differ *[differRoom]byte, behind uint64) (n, zeros int) {
	sum, places, next := uint64(0), uint64(0), 0
	for from := 0; from < pictureWidth/4; from += 64 {
		for bytes := binary.LittleEndian.Uint64(differ[from/8:]); bytes != 0; bytes &= bytes - 1 {
			x := from + bits.TrailingZeros64(bytes)
			b := row[x] - above[x]
			changes[n] = change{uint16(x - next), b}
			n++
			next = x + 1
			sum += uint64(b)
			places += uint64(b) * uint64(x)
		}
	}
	z.sum += sum
	z.sums += sum*behind - places
	return n, pictureWidth/4 - next
}

// room makes room for n bytes and for the rest of a word behind them.
func (z *deflater) room(n int) {
	z.out = slices.Grow(z.out[:z.at], n+8)
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

func (z *deflater) code(c bitCode) { z.bits(c.bits, c.n) }

// write writes a row's changes as bits would, which keeps in memory what this
// keeps in registers. A row takes at most nine bits a byte.
func (z *deflater) write(changes []change) {
	z.room(2 * rowBytes)
	codes, out, at, held, n := z.codes, z.out, z.at, z.held, z.n
	for _, c := range changes {
		zeros, symbol := &codes.zeros[c.zeros], &codes.symbols[c.byte]
		held |= (zeros.bits | symbol.bits<<(zeros.n&63)) << (n & 7)
		binary.LittleEndian.PutUint64(out[at:at+8], held)
		n += zeros.n + symbol.n
		at += int(n / 8)
		held >>= n &^ 7 & 63
		n &= 7
	}
	z.at, z.held, z.n = at, held, n
}

// adler is the largest prime below 65,536.
const adler = 65521

// fixedCodes are the fixed codes (section 3.2.6) as they are written: of each
// symbol, of each copy of 3 to 258 bytes from one byte before, of four of the
// longest, and of zeros: one, and then copies of it.
type fixedCodes struct {
	symbols [286]bitCode
	copies  [259]bitCode
	four    bitCode
	zeros   [rowBytes]bitCode
}

// bitCode is bits to write, the first in the lowest.
type bitCode struct {
	bits uint64
	n    uint
}

// makeFixedCodes gives them. Codes go in from their highest bit.
func makeFixedCodes() *fixedCodes {
	var c fixedCodes
	for s := range uint(len(c.symbols)) {
		switch {
		case s < 144:
			c.symbols[s] = bitCode{uint64(bits.Reverse8(uint8(0x30 + s))), 8}
		case s < 256:
			c.symbols[s] = bitCode{uint64(bits.Reverse16(uint16(0x190+s-144)) >> 7), 9}
		case s < 280:
			c.symbols[s] = bitCode{uint64(bits.Reverse8(uint8(s-256)) >> 1), 7}
		default:
			c.symbols[s] = bitCode{uint64(bits.Reverse8(uint8(0xc0 + s - 280))), 8}
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
		more := uint64(n-3) & (1<<extra - 1)
		c.copies[n] = bitCode{code.bits | more<<code.n, code.n + uint(extra) + distance}
	}
	c.four = c.copies[258]
	for range 2 {
		c.four = bitCode{c.four.bits | c.four.bits<<c.four.n, 2 * c.four.n}
	}
	zero := c.symbols[0]
	for n := 1; n < len(c.zeros); n++ {
		first, last := c.zeros[n-1], zero
		if copied := min(n-1, len(c.copies)-1); copied >= 3 {
			first, last = c.zeros[n-copied], c.copies[copied]
		}
		c.zeros[n] = bitCode{first.bits | last.bits<<first.n, first.n + last.n}
	}
	return &c
}

// zeros writes them, however many.
func (z *deflater) zeros(run int) {
	z.room(run/100 + rowBytes)
	n := min(run, len(z.codes.zeros)-1)
	z.code(z.codes.zeros[n])
	for run -= n; run >= 4*258; run -= 4 * 258 {
		z.code(z.codes.four)
	}
	for ; run >= 3; run -= n {
		n = min(run, len(z.codes.copies)-1)
		z.code(z.codes.copies[n])
	}
	z.code(z.codes.zeros[run])
}

// end gives all that was written.
func (z *deflater) end() []byte {
	z.room(2)
	z.code(z.codes.symbols[256])
	if z.n > 0 {
		z.at++
	}
	return binary.BigEndian.AppendUint32(z.out[:z.at], uint32(z.sums%adler<<16|z.sum%adler))
}
