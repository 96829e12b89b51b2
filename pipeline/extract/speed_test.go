package extract

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
)

// Benchmarks of a page's whole way, beside go-readability and go-trafilatura, over the pages of
// the article benchmark: `make bench`.

func BenchmarkPages(b *testing.B) {
	samples := benchmarkA(b)
	each := func(b *testing.B, read func(sample) error) {
		size := 0
		for _, s := range samples {
			size += len(s.html)
		}
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			for _, s := range samples {
				if err := read(s); err != nil {
					b.Fatal(s.id, err)
				}
			}
		}
		b.ReportMetric(float64(len(samples)*b.N)/b.Elapsed().Seconds(), "pages/s")
	}
	b.Run("parse-alone", func(b *testing.B) {
		each(b, func(s sample) error { _, err := html.Parse(bytes.NewReader(s.html)); return err })
	})
	b.Run("pullquote", func(b *testing.B) {
		each(b, func(s sample) error { _, err := Read(Input{URL: s.url, Body: s.html}); return err })
	})
	b.Run("pullquote-with-quotes", func(b *testing.B) {
		each(b, func(s sample) error {
			a, err := Read(Input{URL: s.url, Body: s.html})
			a.Quotes()
			return err
		})
	})
	b.Run("go-readability", func(b *testing.B) {
		each(b, func(s sample) error {
			address, _ := url.Parse(s.url)
			parser := readability.NewParser()
			_, err := parser.Parse(bytes.NewReader(s.html), address)
			return err
		})
	})
	// Its tables are no part of the program, so neither are they of its tests.
	b.Run("go-trafilatura", func(b *testing.B) {
		program := filepath.Join(b.TempDir(), "peers")
		if out, err := exec.Command("go", "build", "-C", "../../tools/peers", "-o", program, ".").CombinedOutput(); err != nil {
			b.Skipf("tools/peers can't be built here: %v\n%s", err, out)
		}
		pages, wall, processor, memory := 0, 0.0, 0.0, 0.0
		for b.Loop() {
			out, err := exec.Command(program, corpus+"/articles").Output()
			if err != nil {
				b.Fatal(err)
			}
			var n int
			var w, p float64
			if _, err := fmt.Sscan(string(out), &n, &w, &p, &memory); err != nil {
				b.Fatalf("%v in %q", err, out)
			}
			pages, wall, processor = pages+n, wall+w, processor+p
		}
		b.ReportMetric(float64(pages)/wall, "pages/s")
		b.ReportMetric(1000*processor/float64(pages), "cpu-ms/page")
		b.ReportMetric(memory, "MB-resident")
	})
}

// BenchmarkSize shows that the cost follows the page: MB/s stays level.
func BenchmarkSize(b *testing.B) {
	for _, size := range []int{10 << 10, 100 << 10, 1 << 20, 10 << 20} {
		page := pageOf(size)
		b.Run(sizeName(size), func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(Input{URL: "https://size.example/a", Body: page}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func sizeName(n int) string {
	return map[int]string{10 << 10: "10kB", 100 << 10: "100kB", 1 << 20: "1MB", 10 << 20: "10MB"}[n]
}

// pageOf makes a page with furniture and as many paragraphs as size asks for, in
// words that come as often as words do: few always, most of them seldom.
func pageOf(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	rare := rand.NewZipf(random, 1.3, 8, 8000)
	common := strings.Fields("the of and to in a was that it for on as with by at from had were is an this which they their not but")
	syllables := strings.Fields("ka re mo ti lan ser vi do pu ne gra sto mi ble fa con tor dy ve ran")
	word := func() string {
		if random.IntN(9) < 4 {
			return common[random.IntN(len(common))]
		}
		w, n := "", rare.Uint64()+20
		for ; n > 0; n /= 20 {
			w += syllables[n%20]
		}
		return w
	}
	var b strings.Builder
	say := func(words int) {
		for k := range words {
			w := word()
			switch {
			case k == 0:
				w = strings.ToUpper(w[:1]) + w[1:]
			case k%9 == 8:
				b.WriteString(",")
			}
			if k > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(w)
		}
	}
	b.WriteString(`<html><head><title>A long report</title></head><body><nav><ul><li><a href="/">Home</a></li><li><a href="/all">All reports</a></li></ul></nav><article><h1>A long report</h1>`)
	for i := 0; b.Len() < size-200; i++ {
		if i%12 == 11 {
			b.WriteString("<h2>")
			say(4)
			b.WriteString("</h2>")
		}
		fmt.Fprintf(&b, "<p>On day %d ", i)
		for j := range 2 + random.IntN(4) {
			say(8 + random.IntN(16))
			b.WriteString(". ")
			if i%7 == 3 && j == 1 {
				b.WriteString(`<a href="/more">More of this</a> was told later. `)
			}
		}
		b.WriteString("</p>")
	}
	b.WriteString(`</article><footer><a href="/about">About</a> All rights reserved</footer></body></html>`)
	return []byte(b.String())
}
