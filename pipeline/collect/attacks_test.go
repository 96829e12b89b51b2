package collect

// What an attacker may send. An error is a fact on the row of this source; the
// run goes on, in bounded time and memory, and nothing reaches the inside of the
// network.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/dns/dnsmessage"
)

// TestRefusedAddresses: none of these is connected to. Names are answered by
// the test; the dialer checks the address it was given.
func TestRefusedAddresses(t *testing.T) {
	names := map[string][]string{
		"public.example": {"93.184.216.34"}, "loop.example": {"127.0.0.1"}, "private.example": {"10.1.2.3"},
		"mixed.example": {"93.184.216.34", "192.168.0.1"}, "v6.example": {"fd00::1"}, "meta.example": {"169.254.169.254"},
	}
	for _, address := range []string{
		"http://127.0.0.1/", "http://127.8.9.1/", "http://[::1]/", "http://0.0.0.0/", "http://[::]/", "http://0.1.2.3/",
		"http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://100.64.0.1/",
		"http://169.254.1.1/", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://[fc00::1]/",
		"http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::10.0.0.1]/",
		"http://[64:ff9b:1::10.0.0.1]/", "http://[2002:7f00:1::]/", "http://[2001::1]/", "http://[::127.0.0.1]/", "http://[fec0::1]/",
		"http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://240.0.0.1/", "http://198.18.0.1/", "http://192.0.2.1/",
		"http://100.100.100.200/", "http://192.0.0.192/", "http://198.51.100.1/", "http://203.0.113.1/", "http://[fd00:ec2::254]:80/",
		"http://[fe80::1%25eth0]/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:0:127.0.0.1]/", "http://[2002:a9fe:a9fe::]/",
		"http://[64:ff9b::169.254.169.254]/", "http://[2001:0:7f00:1::]/", "http://[3fff::1]/", "http://[5f00::1]/", "http://[::2]/",
		"http://0x7f.0.0.1/", "http://017700000001/", "http://127.0.0.1../", "http://127.0.0.1.:80/", "http://1.1/", "http://0/", "http://0x0/",
		"http://router/", "http://localhost.localdomain/", "http://nas.home.arpa/", "http://.public.example/", "http://a..example/",
		"http://\uff11\uff12\uff17.0.0.1/", "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/", "http://127\u30020\u30020\u30021/",
		"http://public.example:0/", "http://public.example:21/", "http://public.example:3306/", "http://public.example:11211/", "https://public.example:8444/",
		"http://192.0.0.1/", "http://168.63.129.16/", "http://[2001:db8::1]/", "http://[100::1]/",
		"http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/", "http://127.0.0.1./",
		"http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://metadata.google.internal/", "http://printer.local/",
		"http://loop.example/", "http://private.example/", "http://v6.example/", "http://meta.example/",
		"http://public.example:22/", "http://public.example:25/", "http://public.example:6379/", "http://public.example:9200/", "https://public.example:65536/",
		"file:///etc/passwd", "ftp://public.example/", "gopher://public.example/", "data:text/plain,x", "unix:///run/x.sock", "javascript:1", "//public.example/", "",
		"http://user:secret@public.example/", "http://user@public.example/", "http://:secret@public.example/", "http:///path",
	} {
		g := newGuard(nil, nil)
		g.checked.Resolver = resolver(names)
		proxy, _ := url.Parse("http://proxy.example:3128")
		behind := newGuard(nil, proxy) // what a proxy would connect to is out of our sight
		behind.lookup = func(_ context.Context, host string) (list []netip.Addr, err error) {
			for _, a := range names[host] {
				list = append(list, netip.MustParseAddr(a))
			}
			if len(list) == 0 {
				err = errors.New("only the proxy knows")
			}
			return list, err
		}
		if _, err := behind.check(context.Background(), address); err == nil && !strings.Contains(address, ".example") {
			t.Errorf("%s is given to a proxy", address)
		}
		u, err := g.check(context.Background(), address)
		if err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			var conn net.Conn
			if conn, err = g.dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), portOf(u))); err == nil {
				conn.Close()
			}
			cancel()
			if err == nil || !strings.Contains(why(err), "is not asked") {
				t.Errorf("%s: %v", address, err)
			}
		}
		if strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: the error holds the password: %v", address, err)
		}
	}
	for _, address := range []string{"http://93.184.216.34/", "https://[2606:2800:220:1::1]:8443/x", "http://public.example:8080/"} {
		if _, err := newGuard(nil, nil).check(context.Background(), address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// resolver answers names from a table, over a pipe.
func resolver(names map[string][]string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			for {
				var size uint16
				if binary.Read(server, binary.BigEndian, &size) != nil {
					return
				}
				question := make([]byte, size)
				if _, err := io.ReadFull(server, question); err != nil {
					return
				}
				var m dnsmessage.Message
				if m.Unpack(question) != nil {
					return
				}
				m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
				q := m.Questions[0]
				for _, a := range names[strings.TrimSuffix(q.Name.String(), ".")] {
					ip := netip.MustParseAddr(a)
					h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}
					if ip.Is4() && q.Type == dnsmessage.TypeA {
						m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
					} else if ip.Is6() && q.Type == dnsmessage.TypeAAAA {
						m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
					}
				}
				answer, err := m.Pack()
				if err != nil {
					return
				}
				if _, err := server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
					return
				}
			}
		}()
		return client, nil
	}}
}

// TestNameThatResolvesTwice: whatever a name meant before, the address used is
// the one that is checked.
func TestNameThatResolvesTwice(t *testing.T) {
	names := map[string][]string{"twice.example": {"93.184.216.34"}}
	g := newGuard(nil, nil)
	g.checked.Resolver = resolver(names)
	if _, err := g.check(context.Background(), "http://twice.example/"); err != nil {
		t.Fatal(err)
	}
	names["twice.example"] = []string{"127.0.0.1"}
	_, err := g.dial(context.Background(), "tcp", "twice.example:80")
	if err == nil || !strings.Contains(why(err), "no public address") {
		t.Errorf("%v", err)
	}
}

func TestRefusedBehindProxy(t *testing.T) {
	proxy, _ := url.Parse("http://proxy.example:3128")
	g := newGuard(nil, proxy)
	g.lookup = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("10.0.0.1")}, nil
	}
	if _, err := g.check(context.Background(), "http://inside.company.com/"); err == nil {
		t.Error("a name that means a private address is given to the proxy")
	}
}

// TestRefusedRedirects: a redirect is checked like the first address.
func TestRefusedRedirects(t *testing.T) {
	for _, c := range []struct{ to, want string }{
		{"http://169.254.169.254/latest/", "not a public address"},
		{"http://[::1]:80/", "not a public address"},
		{"http://localhost/", "local network"},
		{"http://93.184.216.34:22/", "port 22"},
		{"file:///etc/passwd", "neither http nor https"},
		{"gopher://h.example/", "neither http nor https"},
		{"http://ann:secret@h.example/", "name or password"},
		{"//user:secret@h.example/", "name or password"},
		{"http://h.example/" + strings.Repeat("a", 200<<10), "no usable address"},
		{"http://%zz/", "no usable address"},
		{"", "no usable address"},
	} {
		x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 302, "", "Location", c.to) })
		r := x.poll()
		if !strings.Contains(r.Error, c.want) || strings.Contains(fmt.Sprintf("%+v", r), "secret") || x.count() != 1 {
			t.Errorf("%.60s: %q after %d requests", c.to, r.Error, x.count())
		}
	}
	// Whatever the kind of redirect and however late it comes.
	for _, status := range []int{301, 302, 303, 307, 308} {
		for hops := range 4 {
			x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n <= hops {
					head(w, status, "", "Location", fmt.Sprintf("/%d", n))
					return
				}
				head(w, status, "", "Location", "http://169.254.169.254/latest/meta-data/")
			})
			if r := x.poll(); !strings.Contains(r.Error, "not a public address") || x.count() != hops+1 || r.State.Address != x.source.Feed {
				t.Errorf("%d after %d hops: %q after %d requests; asked next at %s", status, hops, r.Error, x.count(), r.State.Address)
			}
			p := pages(t, x.c, x.server.URL+"/story")[0] // its robots.txt is sent there, too
			if p.Error == "" || p.Body != nil {
				t.Errorf("a page: %+v", p)
			}
		}
	}
	x := site(t, func(w http.ResponseWriter, _ *http.Request) {
		head(w, 302, "", "Location", "http://ann:secret@h.example/")
	})
	if p := pages(t, x.c, x.server.URL+"/story")[0]; strings.Contains(fmt.Sprintf("%+v", p), "secret") || p.Error == "" {
		t.Errorf("a page holds the password of a redirect: %+v", p)
	}
	x = newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		head(w, 302, "", "Location", fmt.Sprintf("/%d", n))
	})
	if r := x.poll(); !strings.Contains(r.Error, "more than 10") || x.count() > 11 {
		t.Errorf("fifty hops: %q after %d requests", r.Error, x.count())
	}
}

func TestRedirectFromTLSToPlain(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) }))
	defer plain.Close()
	safe := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { head(w, 302, "", "Location", plain.URL) }))
	defer safe.Close()
	c := newTestCollector(t, Config{}, plain, safe)
	c.transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	c.transport.TLSClientConfig.RootCAs.AddCert(safe.Certificate())
	if r := one(t, c, Source{Name: "a", Feed: safe.URL}, State{}); r.Error != "" || !strings.Contains(r.Why, "from https to http") {
		t.Errorf("%+v", r)
	}
}

// packed are bombs and their likes: much in little.
func packed(t *testing.T) map[string][]byte {
	t.Helper()
	const size = 64 << 20
	zeros := make([]byte, 1<<20)
	fill := func(w io.WriteCloser) {
		for range size >> 20 {
			if _, err := w.Write(zeros); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
	}
	var g, b, z bytes.Buffer
	fill(gzip.NewWriter(&g))
	fill(brotli.NewWriterLevel(&b, 1))
	enc, err := zstd.NewWriter(&z, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	fill(enc)
	return map[string][]byte{"gzip": g.Bytes(), "br": b.Bytes(), "zstd": z.Bytes()}
}

// busy is how much more processor time a loaded machine may need for the same:
// its caches are shared. What is quadratic or never ends fails all the same.
// BenchmarkHostile holds the second itself.
const busy = 5

// within runs what must be quick and small: processor time and the growth of
// the heap are bounded.
func within(t *testing.T, name string, limit time.Duration, do func()) {
	t.Helper()
	limit *= busy
	runtime.GC()
	peak := make(chan uint64)
	stop := make(chan struct{})
	go func() {
		var m runtime.MemStats
		var top uint64
		for {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse)
			select {
			case <-stop:
				peak <- top
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	began := processorTime()
	do()
	took := processorTime() - began
	close(stop)
	if top := <-peak; top > before.HeapInuse && top-before.HeapInuse > 100<<20 {
		t.Errorf("%s: %d MB of memory", name, (top-before.HeapInuse)>>20)
	}
	if raceEnabled {
		limit *= 10
	}
	if took > limit {
		t.Errorf("%s: took %v", name, took)
	}
}

func TestBombs(t *testing.T) {
	for encoding, body := range packed(t) {
		x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			head(w, 200, string(body), "Content-Encoding", encoding)
		})
		within(t, encoding, time.Second, func() {
			if r := x.poll(); !strings.Contains(r.Error, "larger than 10 MB") || r.Bytes > 0 {
				t.Errorf("%s: %+v", encoding, r)
			}
		})
	}
	// 1 GiB in 1 MB: gzip allows several members one after the other (RFC 1952 2.2).
	gib := bytes.Repeat(packed(t)["gzip"], 16)
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		head(w, 200, string(gib), "Content-Encoding", "gzip")
	})
	within(t, "1 GiB", time.Second, func() {
		if r := x.poll(); !strings.Contains(r.Error, "larger than 10 MB") {
			t.Errorf("1 GiB: %+v", r)
		}
	})
	twice := func(name string, inner []byte) {
		var outer bytes.Buffer
		z := gzip.NewWriter(&outer)
		_, _ = z.Write(inner)
		z.Close()
		x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			head(w, 200, outer.String(), "Content-Encoding", "gzip", "ETag", `"1"`)
		})
		within(t, name, time.Second, func() {
			if r := x.poll(); r.Error == "" || r.State.ETag != "" {
				t.Errorf("%s: %+v", name, r)
			}
		})
	}
	twice("a bomb in gzip in gzip", packed(t)["gzip"])
	twice("a bomb in br in gzip", packed(t)["br"])
	endless := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("<rss>", 10_000)); err != nil {
				return
			}
		}
	})
	within(t, "endless body", time.Second, func() {
		if r := endless.poll(); !strings.Contains(r.Error, "larger than 10 MB") {
			t.Errorf("%+v", r)
		}
	})
	announced := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1099511627776")
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	within(t, "a terabyte announced", time.Second, func() {
		if r := announced.poll(); !strings.Contains(r.Error, "larger than 10 MB") {
			t.Errorf("%+v", r)
		}
	})
}

// TestMendingTakesLinearTime: one thing a million times over, in the head of a
// feed, in an item and in a text.
func TestMendingTakesLinearTime(t *testing.T) {
	size := 4 << 20
	if raceEnabled {
		size = 1 << 20
	}
	for _, unit := range []string{
		"<![>", "<!'[>", "<!DOCTYPE [ ", "<!--<", "<![CDATA[<x>", "<![CDATA[</title>", "<?<", "<a b='>", `<a b="x' c='y">`, "&#x", "&lt;", "</a>", "<a xmlns:b='c'>",
		"<title>a<link>b", "<description>x<title>y</title>", "<description><![CDATA[<p>x", "<author>x</author>", "<link>http://a.example/", "<item><title>a",
	} {
		for _, before := range []string{"<rss><channel>", "<rss><channel><item>", "<rss><channel><item><title>", "<feed><entry><content>"} {
			document := before + strings.Repeat(unit, size/len(unit))
			within(t, before+unit, 2*time.Second, func() { _, _ = mendXML(document, "https://a.example/", true) })
		}
	}
}

// raw serves bytes that no HTTP library would send.
func raw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				answer(conn)
			}()
		}
	}()
	return l.Addr().String()
}

func gzipped(text string) string {
	var out strings.Builder
	z := gzip.NewWriter(&out)
	_, _ = io.WriteString(z, text)
	z.Close()
	return out.String()
}

func TestHostileServers(t *testing.T) {
	whole := doc("", "one")
	for _, c := range []struct {
		name   string
		answer func(net.Conn)
		want   string
	}{
		{"9 MB of headers", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for i := range 9 << 10 {
				if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("a", 1000)); err != nil {
					return
				}
			}
		}, "KB of header"},
		{"no headers", func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }, "no whole answer"},
		{"half a header", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 O")
			_, _ = conn.Read(make([]byte, 1))
		}, "no whole answer"},
		{"no HTTP", func(conn net.Conn) { _, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n") }, "malformed"},
		{"closed at once", func(net.Conn) {}, "closed the connection"},
		{"reset in mid-body", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole[:100])
			_ = conn.(*net.TCPConn).SetLinger(0)
		}, ""},
		{"length too large", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n%s", len(whole)+99, whole)
		}, "broke off"},
		{"chunks cut", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(whole), whole)
		}, "broke off"},
		{"two lengths", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 20\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole)
		}, ""},
		{"a negative length", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"+whole)
		}, ""},
		{"a chunk larger than said", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%s\r\n0\r\n\r\n", whole)
		}, ""},
		{"a chunk of 2^64 bytes", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n%s", whole)
		}, ""},
		{"a chunk size that is none", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n%s", whole)
		}, ""},
		{"gzip cut", func(conn net.Conn) {
			z := gzipped(whole)
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(z)-10, z[:len(z)-10])
		}, "broke off"},
		{"gzip with a wrong sum", func(conn net.Conn) {
			z := []byte(gzipped(whole))
			z[len(z)-6] ^= 0xFF
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(z), z)
		}, ""},
		{"a header a byte at a time", func(conn net.Conn) {
			for _, c := range []byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 10_000)) {
				if _, err := conn.Write([]byte{c}); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, "no whole answer"},
		{"a body a byte at a time", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\n")
			for _, c := range []byte(whole) {
				if _, err := conn.Write([]byte{c}); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, "no whole answer"},
		{"one header of 300 KB", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nETag: \""+strings.Repeat("a", 300<<10)+"\"\r\n\r\n"+whole)
		}, "KB of header"},
		{"a protocol nobody asked for", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			_, _ = conn.Read(make([]byte, 1))
		}, "not asked for"},
		{"length not a number", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"+whole)
		}, ""},
		{"informational for ever", func(conn net.Conn) {
			for {
				if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
					return
				}
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := raw(t, c.answer)
			col := newTestCollector(t, Config{Allow: []string{address}, Now: func() time.Time { return noon }})
			col.patience = 300 * time.Millisecond
			within(t, c.name, time.Second, func() {
				r := one(t, col, Source{Name: "a", Feed: "http://" + address + "/"}, State{Feed: "http://" + address + "/", ETag: `"0"`})
				if r.Error == "" || !strings.Contains(r.Error, c.want) || len(r.Feed.Entries) > 0 {
					t.Errorf("%+v", r)
				}
				if r.State.ETag == `"1"` {
					t.Error("the validator of a broken answer is kept")
				}
			})
		})
	}
}

// TestLengthTooSmall: what stands before the end that was stated is read, and
// the next request is a whole one.
func TestLengthTooSmall(t *testing.T) {
	whole := items("T", "en", "h.example", numbered(0, 20)...)
	address := raw(t, func(conn net.Conn) {
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(whole)/2, whole)
	})
	r := one(t, newTestCollector(t, Config{Allow: []string{address}}), Source{Name: "a", Feed: "http://" + address + "/"}, State{})
	if n := len(r.Feed.Entries); n < 5 || n > 10 || !r.Feed.cutOff() || r.State.ETag != "" || r.State.BodyHash != "" {
		t.Errorf("%d entries, flags %q, ETag %q", n, r.Feed.Flags, r.State.ETag)
	}
}

// certificate makes a certificate of its own authority.
func certificate(t *testing.T, host string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestTLSFaults(t *testing.T) {
	later := time.Now().AddDate(1, 0, 0)
	for _, c := range []struct {
		name, host string
		until      time.Time
		trusted    bool
		most       uint16
		want       string
	}{
		{"good", "127.0.0.1", later, true, 0, ""},
		{"expired", "127.0.0.1", time.Now().AddDate(0, 0, -1), true, 0, "expired"},
		{"not yet valid", "127.0.0.1", time.Now().AddDate(3, 0, 0), true, 0, "certificate"},
		{"TLS 1.1", "127.0.0.1", later, true, tls.VersionTLS11, "TLS"},
		{"TLS 1.2", "127.0.0.1", later, true, tls.VersionTLS12, ""},
		{"wrong name", "other.example", later, true, 0, "certificate"},
		{"self-signed", "127.0.0.1", later, false, 0, "certificate"},
		{"TLS 1.0", "127.0.0.1", later, true, tls.VersionTLS10, "TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert, pool := certificate(t, c.host, c.until)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) }))
			server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: c.most}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			defer server.Close()
			col := newTestCollector(t, Config{}, server)
			if c.trusted {
				col.transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
			}
			r := one(t, col, Source{Name: "a", Feed: server.URL}, State{})
			if (r.Error == "") != (c.want == "") || !strings.Contains(r.Error, c.want) {
				t.Errorf("%q, want %q", r.Error, c.want)
			}
		})
	}
}

// hostileDocument is a document with what must come of it.
type hostileDocument struct {
	name, body, fault, flag string
	entries                 int // -1: any
}

func hostileDocuments() []hostileDocument {
	rss := func(inside string) string {
		return `<rss version="2.0"><channel><title>T</title>` + inside + `</channel></rss>`
	}
	item := func(inside string) string { return rss("<item><link>https://h.example/1</link>" + inside + "</item>") }
	rep := strings.Repeat
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	return []hostileDocument{
		{"2 million nested", rss(rep("<x:a>", 2_000_000)), "nests more", "", 0},
		{"2 million nested in an item", item(rep("<x:a>", 2_000_000)), "nests more", "", 0},
		{"2 million nested in a text", item("<description>" + rep("<b>", 2_000_000) + "</description>"), "", "", -1},
		{"2 million escaped in a text", item("<description>" + rep("&lt;b>", 1_200_000) + "</description>"), "", "", -1},
		{"20,000 xmlns", `<rss ` + many(20_000, func(i int) string { return fmt.Sprintf(`xmlns:n%d="u" `, i) }) + `><channel/></rss>`, "namespaces", "", 0},
		{"xmlns at each depth", rss(many(12_000, func(i int) string { return fmt.Sprintf(`<a%d xmlns:n%d="u">`, i, i) })), "", "", -1},
		{"billion laughs", `<!DOCTYPE r [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>` + item("<title>&c;</title>"), "", "", 1},
		{"external entity", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + item("<title>&x;</title>"), "", "", 1},
		{"external DTD", `<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">` + item("<title>t</title>"), "", "", 1},
		{"parameter entity", `<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;]>` + item("<title>t</title>"), "", "", 1},
		{"100,000 entries", rss(many(100_000, func(i int) string { return fmt.Sprintf("<item><link>https://h.example/%d</link></item>", i) })), "", "newest 1000 of 100000", 1000},
		{"100,000 JSON entries", `{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[` + strings.TrimSuffix(many(100_000, func(i int) string { return fmt.Sprintf(`{"id":"%d","url":"https://h.example/%d"},`, i, i) }), ",") + `]}`, "", "newest 1000 of 100000", 1000},
		{"an item of 100 MB", item("<description>" + rep("lorem <b>ipsum</b> ", 100<<20/19) + "</description>"), "larger than 10 MB", "", 0},
		{"an item of 9 MB", item("<description><![CDATA[" + rep("lorem <b>ipsum</b> ", 9<<20/19) + "]]></description>"), "", "", 1},
		{"an item of 9 MB of links", item("<description><![CDATA[" + rep("<a href='/x'>i</a>", 9<<20/18) + "]]></description>"), "", "", 1},
		{"an item of 9 MB of references", item("<description>" + rep("&amp;amp;", 1<<20) + "</description>"), "", "", 1},
		{"a title of 9 MB", item("<title>" + rep("&lt;b&gt;x", 900_000) + "</title>"), "", "", 1},
		{"200,000 attributes", rss("<item " + many(200_000, func(i int) string { return fmt.Sprintf("a%d='1' ", i) }) + "><link>https://h.example/1</link></item>"), "", "", 1},
		{"200,000 attributes in HTML", item("<description><![CDATA[<a " + many(200_000, func(i int) string { return fmt.Sprintf("a%d='1' ", i) }) + ">x</a>]]></description>"), "", "", 1},
		{"a tag name of 9 MB", rss("<" + rep("a", 9<<20) + ">"), "", "", -1},
		{"an attribute of 9 MB", rss(`<item a="` + rep("a", 9<<20) + `">`), "", "", -1},
		{"a comment of 9 MB", rss("<!--" + rep("-", 9<<20) + "-->" + "<item><link>https://h.example/1</link></item>"), "", "", 1},
		{"9 MB of open comments", rss(rep("<!--", 9<<18)), "", "", -1},
		{"9 MB of open CDATA", rss(rep("<![CDATA[", 1<<20)), "", "", -1},
		{"9 MB of open declarations", rss(rep("<!D [", 1<<20)), "", "", -1},
		{"9 MB of angle brackets", rss(rep("<", 9<<20)), "", "", -1},
		{"9 MB of ampersands", item("<title>" + rep("&", 9<<20) + "</title>"), "", "", 1},
		{"9 MB of end tags", rss(rep("</x>", 9<<18)), "", "", -1},
		{"end tags under depth", rss(rep("<x>", 250) + rep("</y>", 9<<18)), "never opened", "", 0},
		{"items in items", rss(rep("<item>", 1<<20)), "", "", -1},
		{"quotes never closed", rss(rep(`<a b="`, 1<<20)), "", "", -1},
		{"9 MB of digits for a date", item("<pubDate>" + rep("1 ", 4<<20) + "</pubDate>"), "", "", 1},
		{"a million categories", item(many(300_000, func(i int) string { return fmt.Sprintf("<category>%d</category>", i) })), "", "", 1},
		{"a million authors", `<feed xmlns="http://www.w3.org/2005/Atom"><entry>` + rep("<author><name>a</name></author>", 250_000) + "</entry></feed>", "", "", 1},
		{"deep JSON", `{"items":[` + rep("[", 5_000_000), "", "", -1},
		{"JSON of one long string", `{"items":[{"id":"` + rep("a", 9<<20) + `"}]}`, "", "items are no", 0},
		{"nul bytes", rep("\x00", 9<<20), "", "", -1},
		{"UTF-16 of nothing", "\xff\xfe" + rep("\x00\xd8", 4<<20), "", "", -1},
		{"cut after two", rss("<item><link>https://h.example/1</link></item><item><link>https://h.example/2</link></item><item><tit")[:138], "", "cut off after 2", 2},
	}
}

// TestHostileDocuments: each is read or refused in a second, within 100 MB,
// whether all of it is wanted or what a run keeps.
func TestHostileDocuments(t *testing.T) {
	brief := &reader{brief: true}
	for _, c := range hostileDocuments() {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.body)
			defer debug.SetGCPercent(debug.SetGCPercent(5)) // what the other cases hold is not counted
			within(t, c.name+", briefly", time.Second, func() {
				feed, _, err := brief.read(body, "application/rss+xml", "https://h.example/feed")
				if (err != nil) != (c.fault != "") && c.entries >= 0 || c.fault == "" && c.entries >= 0 && len(feed.Entries) != c.entries {
					t.Errorf("briefly %d entries, %v", len(feed.Entries), err)
				}
				for _, e := range feed.Entries {
					if len([]rune(e.Summary)) > 6*maxSummary || e.Content != "" || strings.ContainsAny(e.Summary, "<>") {
						t.Errorf("briefly a summary of %d bytes, content of %d", len(e.Summary), len(e.Content))
					}
				}
			})
			within(t, c.name, time.Second, func() {
				feed, err := ParseFeed(body, "application/rss+xml", "https://h.example/feed")
				if c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
					t.Errorf("error %v, want %q", err, c.fault)
				}
				if c.fault == "" && c.entries >= 0 && (err != nil || len(feed.Entries) != c.entries) {
					t.Errorf("%d entries, %v", len(feed.Entries), err)
				}
				if flags := strings.Join(feed.Flags, "\n"); !strings.Contains(flags, c.flag) {
					t.Errorf("flags %q, want %q", flags, c.flag)
				}
				for _, e := range feed.Entries {
					if strings.Contains(e.Title, "lollol") || strings.Contains(e.Title, "root:") {
						t.Errorf("an entity was expanded: %q", e.Title)
					}
					if e.ID == "" || len([]rune(e.Title)) > 300 {
						t.Errorf("an entry out of bounds: %.100q %d", e.ID, len(e.Title))
					}
				}
			})
		})
	}
}

// TestHostileTexts: what deceives the eye or would run is gone, and it is said.
func TestHostileTexts(t *testing.T) {
	body := `<rss version="2.0"><channel><title>A &lt;script&gt;alert(1)&lt;/script&gt;B</title>
<item><title>Pay` + "\u202e" + `gpj.exe` + "\u200b\u0007" + ` &lt;img src=x onerror=alert(1)&gt; now` + "\n" + `second line</title><link>javascript:alert(1)</link>
<author>&lt;b&gt;Ann&lt;/b&gt;</author><category>&lt;i&gt;news&lt;/i&gt;</category>
<description>&lt;p onclick="x()"&gt;text&lt;script&gt;alert(1)&lt;/script&gt;&lt;iframe src="//evil"&gt;&lt;/iframe&gt;&lt;a href="javascript:x"&gt;y&lt;/a&gt;&lt;/p&gt;</description></item>
<item><title>d</title><link>data:text/html,x</link></item><item><title>v</title><link>vbscript:x</link></item><item><title>b</title><link>blob:https://h/1</link></item>
<item><title>` + strings.Repeat("long ", 200) + `</title><link>https://h.example/5</link></item></channel></rss>`
	feed, err := ParseFeed([]byte(body), "", "https://h.example/")
	if err != nil || len(feed.Entries) != 5 {
		t.Fatalf("%d entries, %v", len(feed.Entries), err)
	}
	if feed.Title != "A B" && feed.Title != "AB" {
		t.Errorf("feed title %q", feed.Title)
	}
	first := feed.Entries[0]
	if first.Title != "Paygpj.exe now second line" || strings.Join(first.Authors, "") != "Ann" || strings.Join(first.Categories, "") != "news" {
		t.Errorf("%q %q %q", first.Title, first.Authors, first.Categories)
	}
	for _, bad := range []string{"script", "onclick", "iframe", "alert"} {
		if strings.Contains(first.Summary, bad) {
			t.Errorf("summary holds %s: %s", bad, first.Summary)
		}
	}
	for i, kind := range []string{"javascript", "data", "vbscript", "blob"} {
		if e := feed.Entries[i]; e.Link != "" || !strings.Contains(strings.Join(e.Flags, ";"), "link dropped: "+kind) {
			t.Errorf("%s: link %q, flags %q", kind, e.Link, e.Flags)
		}
	}
	if n := len([]rune(feed.Entries[4].Title)); n > 300 {
		t.Errorf("a title of %d characters", n)
	}
}

// items makes a feed with entries of these slugs, on a host.
func items(title, lang, host string, slugs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>%s</title><language>%s</language>`, title, lang)
	for _, s := range slugs {
		fmt.Fprintf(&b, `<item><title>%s</title><link>https://%s/%s</link><guid isPermaLink="false">%s</guid></item>`, s, host, s, s)
	}
	return b.String() + "</channel></rss>"
}

func numbered(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprint(i))
	}
	return list
}

func TestSoldSite(t *testing.T) {
	before := items("Quiet Keys", "en", "keys.example", numbered(0, 20)...)
	for _, c := range []struct {
		name, after string
		flagged     bool
	}{
		{"sold", items("Casino Gratis", "pt", "bet.example", numbered(0, 20)...), true},
		{"a new name", items("Keys, Quietly", "en", "keys.example", numbered(0, 20)...), false},
		{"a new home", items("Quiet Keys", "en", "quietkeys.example", numbered(0, 20)...), false},
		{"a new name and home", items("Keys, Quietly", "en", "quietkeys.example", numbered(0, 20)...), false},
		{"a new language", items("Stille Schluessel", "de", "keys.example", numbered(0, 20)...), false},
	} {
		x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				head(w, 200, before)
				return
			}
			head(w, 200, c.after)
		})
		x.poll()
		r := x.poll()
		if flagged := strings.Contains(strings.Join(r.Feed.Flags, ";"), "sold"); flagged != c.flagged {
			t.Errorf("%s: flags %q", c.name, r.Feed.Flags)
		}
		if c.flagged && !strings.Contains(strings.Join(r.Feed.Entries[0].Flags, ";"), "sold") {
			t.Errorf("%s: its entries are not flagged", c.name)
		}
	}
}

func TestFloodIsCapped(t *testing.T) {
	x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			head(w, 200, items("T", "en", "h.example", numbered(0, 20)...))
			return
		}
		head(w, 200, items("T", "en", "h.example", numbered(0, 1000+n)...))
	})
	x.poll()
	if r := x.poll(); len(r.Feed.Entries) != maxFresh+20 || !strings.Contains(strings.Join(r.Feed.Flags, ";"), "new entries at once, newest 200 kept") {
		t.Errorf("%d entries, flags %q", len(r.Feed.Entries), r.Feed.Flags)
	}
	if r := x.poll(); strings.Contains(strings.Join(r.Feed.Flags, ";"), "at once") {
		t.Errorf("the rest floods the next time: %q", r.Feed.Flags)
	}
}

func TestOneIDForAll(t *testing.T) {
	feed, err := ParseFeed([]byte(`<rss version="2.0"><channel><title>T</title><item><guid>x</guid><link>https://h.example/1</link></item><item><guid>x</guid><link>https://h.example/2</link></item></channel></rss>`), "", "")
	if err != nil || len(feed.Entries) != 2 || feed.Entries[0].ID == feed.Entries[1].ID {
		t.Errorf("%+v, %v", feed.Entries, err)
	}
}

// TestOneOfManyFalls: a reader that falls over, a server that hangs and one that
// floods take nobody with them.
func TestOneOfManyFalls(t *testing.T) {
	stop := make(chan struct{})
	x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/7":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		case "/8":
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("<rss>", 10_000)); err != nil {
					return
				}
			}
		default:
			head(w, 200, doc("<!-- "+r.URL.Path+" -->", "one"))
		}
	})
	defer close(stop)
	x.c.patience = time.Second
	read := x.c.read
	x.c.read = func(body []byte, contentType, base string) (Feed, pace, error) {
		if strings.HasSuffix(base, "/9") {
			panic("fell over a feed of " + fmt.Sprint(len(body)) + " bytes")
		}
		return read(body, contentType, base)
	}
	var polls []Poll
	for i := range 200 {
		polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("%s/%d", x.server.URL, i)}})
	}
	faults := map[string]string{"7": "no whole answer", "8": "larger than 10 MB", "9": "makes this program stumble (fell over"}
	seen := map[string]bool{}
	if err := x.c.Feeds(context.Background(), polls, func(r Result) error {
		if fault := faults[r.Source.Name]; !strings.Contains(r.Error, fault) || (fault == "") != (r.Error == "") || r.Error == "" && len(r.Feed.Entries) != 1 {
			t.Errorf("%s: %q", r.Source.Name, r.Error)
		}
		if r.Error != "" && (r.State.Failures != 1 || r.State.Due.IsZero()) {
			t.Errorf("%s: %+v", r.Source.Name, r.State)
		}
		seen[r.Source.Name] = true
		return nil
	}); err != nil || len(seen) != 200 {
		t.Errorf("%d of 200, %v", len(seen), err)
	}
	x = newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, item("")) })
	x.c.read = (*reader)(nil).read // it falls over at its first step
	if r := x.poll(); !strings.Contains(r.Error, "damaged beyond reading") {
		t.Errorf("%+v", r)
	}
}

func item(inside string) string {
	return `<rss version="2.0"><channel><title>T</title><item><link>https://h.example/1</link>` + inside + `</item></channel></rss>`
}
