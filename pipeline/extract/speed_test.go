package extract

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
)

// Benchmarks of a page's whole way, beside the voters alone, over the pages of
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

// pageOf makes a page with furniture and as many paragraphs as size asks for.
func pageOf(size int) []byte {
	var b strings.Builder
	b.WriteString(`<html><head><title>A long report</title></head><body><nav><ul><li><a href="/">Home</a></li></ul></nav><article><h1>A long report</h1>`)
	for i := 0; b.Len() < size-200; i++ {
		if i%12 == 0 {
			b.WriteString("<h2>One more chapter of it</h2>")
		}
		b.WriteString(`<p>`)
		for j := range 4 + i%3 {
			b.WriteString(sentence)
			if j == 2 {
				b.WriteString(`<a href="/more">More of this</a> was told later. `)
			}
		}
		b.WriteString(`</p>`)
	}
	b.WriteString(`</article><footer>All rights reserved</footer></body></html>`)
	return []byte(b.String())
}
