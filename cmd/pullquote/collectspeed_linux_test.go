package main

// What `pullquote collect` costs: the built program against servers of another
// process, beside a plain gofeed loop and the bare network, each a process of
// its own, so that what is counted is the program's alone. Linux only: each feed
// has a host of its own in 127.0.0.0/8, and what a process took is read in /proc.
//
//	go test -run '^$' -bench Collect -benchtime 1x ./cmd/pullquote

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

const fleetWorkers = 256

// fleetText are feeds of 48 KB: full texts or summaries, RSS or Atom, escaped
// or in CDATA, some with letters beyond ASCII.
func fleetText() []string {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields(`the key was found in a public bucket and nobody could say since when it had been there or whose it
		was “quoted” naïve attacker — patch servers & clients before Friday’s release`)
	phrase := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(words[random.IntN(len(words))] + " ")
		}
		return b.String()
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
	html := func(paragraphs int) string {
		var b strings.Builder
		for i := range paragraphs {
			fmt.Fprintf(&b, "<p>%s<a href=\"https://h.example/%d?a=1&amp;b=2\" rel=\"nofollow\">%s</a> <em>%s</em></p>\n",
				strings.ReplaceAll(phrase(25), "&", "&amp;"), i, strings.TrimSpace(strings.ReplaceAll(phrase(2), "&", "and")), strings.ReplaceAll(phrase(3), "&", "and"))
			if i%4 == 1 {
				fmt.Fprintf(&b, `<img src="https://h.example/%d.png" alt="" width="600" height="400" class="wp-image">`, i)
			}
		}
		return b.String()
	}
	var texts []string
	for i := range 24 {
		paragraphs := []int{1, 3, 8, 20}[i%4] // what an entry holds
		atom := i%3 == 2
		var doc strings.Builder
		if atom {
			fmt.Fprintf(&doc, `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Feed %d</title><link href="https://h.example/"/><id>urn:feed:%d</id><updated>2026-11-22T10:00:00Z</updated>`, i, i)
		} else {
			fmt.Fprintf(&doc, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Feed %d</title><link>https://h.example/</link><description>All of it</description>`, i)
		}
		for k := 0; doc.Len() < 48<<10; k++ {
			title, text := escape(phrase(7)), html(paragraphs)
			switch {
			case atom:
				fmt.Fprintf(&doc, `<entry><title>%s</title><link rel="alternate" href="https://h.example/%d/%d"/><id>urn:%d:%d</id><updated>2026-11-%02dT10:00:00Z</updated><author><name>Ann Lee</name></author><category term="news"/><content type="html">%s</content></entry>`,
					title, i, k, i, k, 1+k%22, escape(text))
			case i%3 == 1:
				fmt.Fprintf(&doc, `<item><title>%s</title><link>https://h.example/%d/%d</link><guid isPermaLink="false">%d-%d</guid><pubDate>Sun, 22 Nov 2026 10:%02d:00 GMT</pubDate><dc:creator>Ann Lee</dc:creator><category>news</category><description>%s</description></item>`,
					title, i, k, i, k, k%60, escape(text))
			default:
				fmt.Fprintf(&doc, `<item><title>%s</title><link>https://h.example/%d/%d</link><guid>https://h.example/?p=%d</guid><pubDate>Sun, 22 Nov 2026 10:%02d:00 +0000</pubDate><dc:creator><![CDATA[Ann Lee]]></dc:creator><category><![CDATA[news]]></category><description>%s</description><content:encoded><![CDATA[%s]]></content:encoded></item>`,
					title, i, k, k, k%60, escape(html(1)), text)
			}
		}
		if atom {
			doc.WriteString("</feed>")
		} else {
			doc.WriteString("</channel></rss>")
		}
		texts = append(texts, doc.String())
	}
	return texts
}

// fleetLatency is what the network takes for each feed: 50 to 300 ms.
func fleetLatency(n int) []time.Duration {
	random := rand.New(rand.NewPCG(3, 4))
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = 50*time.Millisecond + time.Duration(random.Int64N(int64(250*time.Millisecond)))
	}
	return list
}

// fleetHost is the host of the feed with a number.
func fleetHost(i int) string { return fmt.Sprintf("127.%d.%d.%d", 1+i/62500, i/250%250, 1+i%250) }

// TestFleetPart is not a test: the benchmark starts this program again, in the
// part that PULLQUOTE_FLEET names.
func TestFleetPart(t *testing.T) {
	part := strings.Fields(os.Getenv("PULLQUOTE_FLEET"))
	if len(part) == 0 {
		t.Skip("a part of BenchmarkCollect")
	}
	switch part[0] {
	case "serve":
		if err := serveFleet(); err != nil {
			t.Fatal(err)
		}
	default:
		n, _ := strconv.Atoi(part[2])
		askFleet(part[0], part[1], n, len(part) > 3)
	}
}

// serveFleet serves all hosts on one port until its standard input ends.
func serveFleet() error {
	// All of 127.0.0.0/8 is wanted, and no address of another interface.
	onlyLoopback := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if cerr := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo")
		}); cerr != nil {
			return cerr
		}
		return err
	}}
	l, err := onlyLoopback.Listen(context.Background(), "tcp4", "0.0.0.0:0")
	if err != nil {
		return err
	}
	texts, latency := fleetText(), fleetLatency(20_000)
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			i, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
			time.Sleep(latency[i%len(latency)]) // the network's part: what is measured beside it
			switch {
			case i%50 == 49:
				w.WriteHeader(http.StatusInternalServerError)
			case r.Header.Get("If-None-Match") != "":
				w.WriteHeader(http.StatusNotModified)
			default:
				w.Header().Set("ETag", `"1"`)
				w.Header().Set("Content-Type", "application/xml")
				_, _ = io.WriteString(w, strings.ReplaceAll(texts[i%len(texts)], "h.example", r.Host))
			}
		}))
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	fmt.Println("port", port)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

// askFleet is the plain loop: with gofeed, or with the network alone.
func askFleet(part, port string, n int, again bool) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: fleetWorkers, IdleConnTimeout: time.Second}}
	work := make(chan int)
	var all sync.WaitGroup
	for range fleetWorkers {
		all.Go(func() {
			parser := gofeed.NewParser()
			for i := range work {
				req, _ := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s:%s/%d", fleetHost(i), port, i), nil)
				if again {
					req.Header.Set("If-None-Match", `"1"`)
				}
				resp, err := client.Do(req)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					continue
				}
				if part == "gofeed" && resp.StatusCode == http.StatusOK {
					if _, err := parser.Parse(resp.Body); err != nil {
						fmt.Fprintln(os.Stderr, err)
					}
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
}

// spent is what a process took.
type spent struct {
	wall, processor float64 // seconds
	memory          float64 // MB resident at the peak
}

// spend runs a process to its end. The peak is read from /proc: what rusage says
// of a child holds the memory of the process that started it.
func spend(b *testing.B, cmd *exec.Cmd) spent {
	b.Helper()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan float64)
	stop := make(chan struct{})
	go func() {
		var peak float64
		for {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
				var kb float64
				_, _ = fmt.Sscan(rest, &kb)
				peak = max(peak, kb/1024)
			}
			select {
			case <-stop:
				ended <- peak
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	err := cmd.Wait()
	wall := time.Since(began).Seconds()
	close(stop)
	s := spent{wall, cmd.ProcessState.UserTime().Seconds() + cmd.ProcessState.SystemTime().Seconds(), <-ended}
	if code := cmd.ProcessState.ExitCode(); code != exitDone && code != exitNeeds {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, said.String())
	}
	if os.Getenv("PULLQUOTE_FLEET_SAY") != "" {
		b.Log(said.String())
	}
	return s
}

// BenchmarkCollect: a first run, and a second in which nothing has changed.
func BenchmarkCollect(b *testing.B) {
	program := os.Getenv("PULLQUOTE_PROGRAM") // another build to measure
	if program == "" {
		program = filepath.Join(b.TempDir(), "pullquote")
		if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
			b.Skipf("the program can't be built here: %v\n%s", err, out)
		}
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	part := func(name ...string) *exec.Cmd {
		cmd := exec.Command(self, "-test.run=^TestFleetPart$")
		cmd.Env = append(os.Environ(), "PULLQUOTE_FLEET="+strings.Join(name, " "))
		return cmd
	}
	server := part("serve")
	in, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { in.Close(); _ = server.Wait() }()
	port := ""
	for lines := bufio.NewScanner(out); port == "" && lines.Scan(); {
		port, _ = strings.CutPrefix(lines.Text(), "port ")
	}
	if port == "" {
		b.Skip("no server on all loopback addresses can be had here")
	}
	for _, n := range []int{1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var latency time.Duration
			for _, l := range fleetLatency(n) {
				latency += l
			}
			feeds, allow := "feeds:\n", ""
			for i := range n {
				feeds += fmt.Sprintf("  - {name: Feed %d, feed: \"http://%s:%s/%d\"}\n", i, fleetHost(i), port, i)
				allow += fmt.Sprintf("    - %s:%s\n", fleetHost(i), port)
			}
			for b.Loop() {
				dir := b.TempDir()
				for name, text := range map[string]string{
					"pullquote.yaml":     fmt.Sprintf("name: Fleet\nurl: https://letter.example/\ncollect:\n  workers: %d\n  allow:\n%s", fleetWorkers, allow),
					"sources/feeds.yaml": feeds,
				} {
					full := filepath.Join(dir, name)
					if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
						b.Fatal(err)
					}
					if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
						b.Fatal(err)
					}
				}
				report := func(name string, s spent) {
					b.ReportMetric(s.wall, name+"-wall-s")
					b.ReportMetric(s.processor, name+"-cpu-s")
					b.ReportMetric(s.memory, name+"-MB")
				}
				collect := func(at string) *exec.Cmd {
					return exec.Command(program, "-C", dir, "--at", at, "collect", "--no-pages")
				}
				first := spend(b, collect("2026-11-23T06:00:00Z"))
				bare := spend(b, part("bare", port, strconv.Itoa(n)))
				report("gofeed", spend(b, part("gofeed", port, strconv.Itoa(n))))
				second := spend(b, collect("2026-11-23T18:00:00Z"))
				bareAgain := spend(b, part("bare", port, strconv.Itoa(n), "again"))
				report("first", first)
				report("second", second)
				b.ReportMetric(bare.wall, "network-wall-s")
				b.ReportMetric(bareAgain.wall, "network304-wall-s")
				b.ReportMetric((latency / fleetWorkers).Seconds(), "latency-alone-s")
				b.ReportMetric(second.wall/bareAgain.wall, "second/network304")
			}
		})
	}
}
