//go:build unix

// Processor time is asked of getrusage, which Windows does not have.

package collect

// What collecting costs beside a plain loop over gofeed: the same servers, the
// same latency, the same number of workers. Run with `make bench`; for one clean
// figure: go test -run '^$' -bench Feeds -benchtime 1x ./pipeline/collect

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mmcdole/gofeed/rss"
)

const benchWorkers = 256

// fleet is many hosts on one listener, told apart by name: feeds of 48 KB, each
// with a latency of its own between 50 and 300 ms; one in fifty fails.
type fleet struct {
	*httptest.Server
	bodies  []string
	latency []time.Duration
}

func newFleet(b *testing.B, n int) *fleet {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	f := &fleet{}
	words := strings.Fields("the key was found in a public bucket and nobody could say since when it had been there or whose it was")
	for i := range 20 {
		var doc strings.Builder
		fmt.Fprintf(&doc, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Feed %d</title><link>https://h.example/</link>`, i)
		for k := 0; doc.Len() < 48<<10; k++ {
			fmt.Fprintf(&doc, "<item><title>Story %d</title><link>https://h.example/%d/%d</link><guid>%d</guid><pubDate>Sun, 22 Nov 2026 10:%02d:00 GMT</pubDate><content:encoded><![CDATA[", k, i, k, k, k%60)
			for range 12 {
				doc.WriteString("<p>")
				for range 25 {
					doc.WriteString(words[random.IntN(len(words))] + " ")
				}
				fmt.Fprintf(&doc, `<a href="https://h.example/%d">more</a></p>`, k)
			}
			doc.WriteString("]]></content:encoded></item>")
		}
		f.bodies = append(f.bodies, doc.String()+"</channel></rss>")
	}
	for range n {
		f.latency = append(f.latency, 50*time.Millisecond+time.Duration(random.Int64N(int64(250*time.Millisecond))))
	}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		_, _ = fmt.Sscanf(r.Host, "h%d.", &i)
		time.Sleep(f.latency[i]) // the network's part: what is measured beside it
		if i%50 == 49 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		_, _ = io.WriteString(w, f.bodies[i%len(f.bodies)])
	}))
	b.Cleanup(f.Close)
	return f
}

func (f *fleet) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, f.Listener.Addr().String())
}

// cost measures one run: wall, processor seconds (the servers' included) and
// the peak of the heap over what it was before.
func cost(b *testing.B, name string, run func()) {
	b.Helper()
	runtime.GC()
	var before, m runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var top uint64
		for {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse+m.StackInuse)
			select {
			case <-stop:
				done <- top
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	var was, is syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &was)
	began := time.Now()
	run()
	wall := time.Since(began)
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &is)
	close(stop)
	seconds := func(u syscall.Rusage) float64 {
		return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
	}
	b.ReportMetric(wall.Seconds(), name+"-wall-s")
	b.ReportMetric(seconds(is)-seconds(was), name+"-cpu-s")
	b.ReportMetric(float64(<-done)/(1<<20), name+"-MB")
}

func BenchmarkFeeds(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFleet(b, n)
			var total time.Duration
			for _, l := range f.latency {
				total += l
			}
			b.ReportMetric((total / benchWorkers).Seconds(), "latency-alone-s")
			polls := make([]Poll, n)
			for i := range polls {
				polls[i].Source = Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("http://h%d.fleet.example/feed", i)}
			}
			for b.Loop() {
				c, err := New(Config{Workers: benchWorkers, Force: true})
				if err != nil {
					b.Fatal(err)
				}
				c.transport.DialContext = f.dial
				index := map[string]int{}
				for i, p := range polls {
					index[p.Source.Feed] = i
				}
				entries, failed := 0, 0
				pass := func() {
					entries, failed = 0, 0
					if err := c.Feeds(context.Background(), polls, func(r Result) error {
						polls[index[r.Source.Feed]].State = r.State
						entries += len(r.Feed.Entries)
						if r.Error != "" {
							failed++
						}
						return nil
					}); err != nil {
						b.Fatal(err)
					}
				}
				cost(b, "first", pass)
				if entries == 0 || failed != n/50 {
					b.Fatalf("%d entries, %d failed", entries, failed)
				}
				cost(b, "second", pass)
				if entries > 0 {
					b.Fatalf("%d entries in the second run", entries)
				}
				cost(b, "gofeed", func() { plainLoop(b, f, polls) })
				cost(b, "network", func() { bareLoop(b, f, polls) })
			}
		})
	}
}

// plainLoop is what is written without thinking: workers, http.Client, gofeed.
func plainLoop(b *testing.B, f *fleet, polls []Poll) {
	loop(f, polls, func(body io.Reader) {
		if _, err := (&rss.Parser{}).Parse(body); err != nil {
			b.Error(err)
		}
	})
}

// bareLoop is the network alone.
func bareLoop(_ *testing.B, f *fleet, polls []Poll) {
	loop(f, polls, func(body io.Reader) { _, _ = io.Copy(io.Discard, body) })
}

func loop(f *fleet, polls []Poll, use func(io.Reader)) {
	client := &http.Client{Transport: &http.Transport{DialContext: f.dial, MaxIdleConns: 2 * benchWorkers, IdleConnTimeout: time.Second}}
	work := make(chan string)
	var all sync.WaitGroup
	for range benchWorkers {
		all.Go(func() {
			for address := range work {
				resp, err := client.Get(address)
				if err != nil {
					continue
				}
				if resp.StatusCode == http.StatusOK {
					use(resp.Body)
				}
				resp.Body.Close()
			}
		})
	}
	for _, p := range polls {
		work <- p.Source.Feed
	}
	close(work)
	all.Wait()
	client.CloseIdleConnections()
}

// BenchmarkParse is what reading one feed of 48 KB costs.
func BenchmarkParse(b *testing.B) {
	f := newFleet(b, 1)
	r, body := newReader(), []byte(f.bodies[0])
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, _, err := r.read(body, "application/rss+xml", "https://h.example/"); err != nil {
			b.Fatal(err)
		}
	}
}
