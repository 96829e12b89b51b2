package collect

// What reading costs. What a whole run of the command costs is measured in
// cmd/pullquote (BenchmarkCollect). Run with `make bench`.

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed/rss"
)

// benchFeed is a feed of 48 KB, full texts in CDATA.
func benchFeed() string {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the key was found in a public bucket and nobody could say since when it had been there or whose it was")
	var doc strings.Builder
	doc.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Feed</title><link>https://h.example/</link>`)
	for k := 0; doc.Len() < 48<<10; k++ {
		fmt.Fprintf(&doc, "<item><title>Story %d</title><link>https://h.example/%d</link><guid>%d</guid><pubDate>Sun, 22 Nov 2026 10:%02d:00 GMT</pubDate><content:encoded><![CDATA[", k, k, k, k%60)
		for range 12 {
			doc.WriteString("<p>")
			for range 25 {
				doc.WriteString(words[random.IntN(len(words))] + " ")
			}
			fmt.Fprintf(&doc, `<a href="https://h.example/%d">more</a></p>`, k)
		}
		doc.WriteString("]]></content:encoded></item>")
	}
	return doc.String() + "</channel></rss>"
}

// BenchmarkParse is what reading one feed costs: all of it, what a run keeps
// of it, and gofeed's parser alone.
func BenchmarkParse(b *testing.B) {
	text := benchFeed()
	for _, r := range []struct {
		name   string
		reader *reader
	}{{"whole", newReader()}, {"run", &reader{brief: true}}} {
		b.Run(r.name, func(b *testing.B) {
			body := []byte(text)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := r.reader.read(body, "application/rss+xml", "https://h.example/"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("gofeed", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (&rss.Parser{}).Parse(strings.NewReader(text)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkHostile holds the goal itself: no hostile document takes a second of
// processor time or 100 MB, read as a run reads it and whole.
func BenchmarkHostile(b *testing.B) {
	run, whole := &reader{brief: true}, newReader()
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // all documents are held: what may be garbage is a share of that
	for b.Loop() {
		var worst time.Duration
		var most uint64
		slowest, largest := "", ""
		for _, d := range hostileDocuments() {
			for name, r := range map[string]*reader{"a run": run, "whole": whole} {
				body := []byte(d.body)
				top := peak(func() {
					began := processorTime()
					_, _, _ = r.read(body, "application/rss+xml", "https://h.example/feed")
					if took := processorTime() - began; took > worst {
						worst, slowest = took, d.name+", "+name
					}
				})
				if top > most {
					most, largest = top, d.name+", "+name
				}
			}
		}
		b.ReportMetric(worst.Seconds(), "worst-cpu-s")
		b.ReportMetric(float64(most)/(1<<20), "worst-MB")
		b.Logf("slowest: %s; largest: %s", slowest, largest)
		if worst > time.Second || most > 100<<20 {
			b.Errorf("%s takes %v, %s takes %d MB", slowest, worst, largest, most>>20)
		}
	}
}

// peak is by how much the heap grows while something is done.
func peak(do func()) uint64 {
	runtime.GC()
	var before, m runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, top := make(chan struct{}), make(chan uint64)
	go func() {
		most := before.HeapInuse
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				top <- most - before.HeapInuse
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	do()
	close(stop)
	return <-top
}
