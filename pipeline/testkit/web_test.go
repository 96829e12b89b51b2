package testkit_test

import (
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pullquote/pullquote/pipeline/testkit"
)

func files(pairs ...string) fs.FS {
	web := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		web[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return web
}

// visit serves files and gives a client that goes through the proxy.
func visit(t *testing.T, web fs.FS) (*testkit.Web, *http.Client) {
	t.Helper()
	w, err := testkit.NewWeb(web)
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := url.Parse(w.Proxy())
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(w.CA()) {
		t.Fatal("CA is no PEM certificate")
	}
	transport := &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableCompression: true,
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, c *http.Client, url string, header ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]}
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func TestWebAnswersFromFiles(t *testing.T) {
	_, client := visit(t, files(
		"news.example/index.html", "<p>home",
		"news.example/blog/index.xml", "<rss/>",
		"news.example/feed.json", "{}",
		"news.example/list", "<?xml version='1.0'?><feed/>",
		"news.example/list?page=2", "second",
		"news.example/paper.pdf", "%PDF-1.7",
		"news.example/own.html", "x",
		"news.example/own.html.http", "Content-Type: text/html; charset=windows-1252\n",
		"news.example/moved.http", "301\r\nLocation: https://news.example/feed.json\r\n",
		"news.example/busy.xml", "wait",
		"news.example/busy.xml.http", "503 Service Unavailable\nRetry-After: 7200\n",
		"news.example/a b.txt", "space",
	))
	for _, c := range []struct {
		url    string
		status int
		kind   string
		body   string
	}{
		{"https://news.example/", 200, "text/html; charset=utf-8", "<p>home"},
		{"http://news.example/", 200, "text/html; charset=utf-8", "<p>home"},
		{"https://news.example", 200, "text/html; charset=utf-8", "<p>home"},
		{"https://NEWS.example:8443/blog/", 200, "application/xml", "<rss/>"},
		{"https://news.example/feed.json", 200, "application/feed+json", "{}"},
		{"https://news.example/list", 200, "application/xml", "<?xml version='1.0'?><feed/>"},
		{"https://news.example/list?page=2", 200, "text/plain; charset=utf-8", "second"},
		{"https://news.example/list?page=3", 200, "application/xml", "<?xml version='1.0'?><feed/>"},
		{"https://news.example/paper.pdf", 200, "application/pdf", "%PDF-1.7"},
		{"https://news.example/own.html", 200, "text/html; charset=windows-1252", "x"},
		{"https://news.example/moved", 301, "", ""},
		{"https://news.example/busy.xml", 503, "application/xml", "wait"},
		{"https://news.example/a%20b.txt", 200, "text/plain; charset=utf-8", "space"},
		{"https://news.example/none", 404, "text/plain; charset=utf-8", "no such page\n"},
		{"https://news.example/own.html.http", 404, "text/plain; charset=utf-8", "no such page\n"},
		{"https://news.example/../other.example/x", 404, "text/plain; charset=utf-8", "no such page\n"},
		{"https://unknown.example/", 404, "text/plain; charset=utf-8", "no such page\n"},
	} {
		resp, body, err := get(t, client, c.url)
		if err != nil || resp.StatusCode != c.status || body != c.body || resp.Header.Get("Content-Type") != c.kind {
			t.Errorf("GET %s: %d %q %q, %v; want %d %q %q", c.url, resp.StatusCode, resp.Header.Get("Content-Type"), body, err, c.status, c.kind, c.body)
		}
	}
	resp, _, _ := get(t, client, "https://news.example/moved")
	if got := resp.Header.Get("Location"); got != "https://news.example/feed.json" {
		t.Errorf("Location %q", got)
	}
	resp, _, _ = get(t, client, "https://news.example/busy.xml")
	if got := resp.Header.Get("Retry-After"); got != "7200" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestWebValidators(t *testing.T) {
	_, client := visit(t, files(
		"a.example/feed.xml", "<rss/>",
		"a.example/own.xml", "<rss/>",
		"a.example/own.xml.http", "ETag: W/\"a-17:,b;c\"\nLast-Modified: yesterday or so\n",
		"a.example/none.xml", "<rss/>",
		"a.example/none.xml.http", "X-Web-No-Validators: yes\n",
	))
	resp, _, _ := get(t, client, "https://a.example/feed.xml")
	made := resp.Header.Get("ETag")
	for _, c := range []struct {
		name, url string
		header    []string
		status    int
	}{
		{"the made tag", "/feed.xml", []string{"If-None-Match", made}, 304},
		{"another tag", "/feed.xml", []string{"If-None-Match", `"x"`}, 200},
		{"the stated tag", "/own.xml", []string{"If-None-Match", `W/"a-17:,b;c"`}, 304},
		{"the stated tag changed by a byte", "/own.xml", []string{"If-None-Match", `"a-17:,b;c"`}, 200},
		{"the stated date", "/own.xml", []string{"If-Modified-Since", "yesterday or so"}, 304},
		{"the tag decides over the date", "/own.xml", []string{"If-None-Match", `"x"`, "If-Modified-Since", "yesterday or so"}, 200},
		{"validators switched off", "/none.xml", []string{"If-None-Match", made}, 200},
	} {
		resp, body, err := get(t, client, "https://a.example"+c.url, c.header...)
		if err != nil || resp.StatusCode != c.status || (c.status == 304) != (body == "") {
			t.Errorf("%s: %d %q, %v; want %d", c.name, resp.StatusCode, body, err, c.status)
		}
	}
	if resp, _, _ := get(t, client, "https://a.example/none.xml"); resp.Header.Get("ETag") != "" {
		t.Error("an ETag although validators are switched off")
	}
}

func TestWebMisbehavesAsTold(t *testing.T) {
	_, client := visit(t, files(
		"a.example/cut.xml", strings.Repeat("x", 5000),
		"a.example/cut.xml.http", "X-Web-Cut: 100\n",
		"a.example/zip.xml", "<rss/>",
		"a.example/zip.xml.http", "X-Web-Gzip: yes\n",
		"a.example/slow.xml", "<rss/>",
		"a.example/slow.xml.http", "X-Web-Delay: 1h\n",
	))
	for _, scheme := range []string{"http", "https"} {
		_, body, err := get(t, client, scheme+"://a.example/cut.xml")
		if err == nil || len(body) != 100 {
			t.Errorf("%s cut: %d bytes, error %v", scheme, len(body), err)
		}
	}
	resp, body, _ := get(t, client, "https://a.example/zip.xml")
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); string(plain) != "<rss/>" || err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("gzip: %q, %v, %v", plain, err, resp.Header)
	}
	if resp.Header.Get("X-Web-Gzip") != "" {
		t.Error("a directive was sent")
	}
	impatient := *client
	impatient.Timeout = 50 * time.Millisecond
	if resp, err := impatient.Get("https://a.example/slow.xml"); err == nil {
		resp.Body.Close()
		t.Error("no delay")
	}
}

func TestWebReadsFilesAgain(t *testing.T) {
	web := fstest.MapFS{"a.example/f.txt": {Data: []byte("one")}}
	_, client := visit(t, web)
	first, _, _ := get(t, client, "http://a.example/f.txt")
	web["a.example/f.txt"] = &fstest.MapFile{Data: []byte("two")}
	second, body, _ := get(t, client, "http://a.example/f.txt")
	if body != "two" || first.Header.Get("ETag") == second.Header.Get("ETag") {
		t.Errorf("after a change: %q, ETag %s, before %s", body, second.Header.Get("ETag"), first.Header.Get("ETag"))
	}
}

func TestWebRemembersRequests(t *testing.T) {
	w, client := visit(t, files("a.example/f.txt", "x"))
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if resp, err := client.Get("https://a.example/f.txt?q=1"); err == nil {
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	get(t, client, "http://a.example/none", "X-Mine", "yes")
	if got := w.Hits("https://a.example/f.txt?q=1"); got != 10 {
		t.Errorf("%d hits, want 10", got)
	}
	requests := w.Requests()
	last := requests[len(requests)-1]
	if len(requests) != 11 || last.URL != "http://a.example/none" || last.Status != 404 || last.Header.Get("X-Mine") != "yes" || last.Method != "GET" || last.Time.IsZero() {
		t.Errorf("%d requests, last %+v", len(requests), last)
	}
	if w.Hits("https://a.example/") != 0 {
		t.Error("hits of an address that was never asked")
	}
}

func TestWebRefusesFilesItCantUnderstand(t *testing.T) {
	for text, want := range map[string]string{
		"999 No":             "a.example/x.http:1",
		"200\nno header":     "a.example/x.http:2",
		"X-Web-Delay: soon":  "X-Web-Delay",
		"X-Web-Cut: -1":      "X-Web-Cut",
		"X-Web-Dleay: 200ms": "no such directive",
	} {
		w, err := testkit.NewWeb(files("a.example/x.http", text))
		if err == nil {
			w.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestWebIsNotTrustedWithoutItsAuthority(t *testing.T) {
	w, _ := visit(t, files("a.example/f.txt", "x"))
	proxy, _ := url.Parse(w.Proxy())
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	defer transport.CloseIdleConnections()
	if resp, err := (&http.Client{Transport: transport}).Get("https://a.example/f.txt"); err == nil {
		resp.Body.Close()
		t.Error("a client without the authority accepted the certificate")
	}
}

func TestWebServesAddressesInNumbers(t *testing.T) {
	_, client := visit(t, files("192.0.2.7/f.txt", "x"))
	if _, body, err := get(t, client, "https://192.0.2.7/f.txt"); body != "x" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

// recorder is a testkit.TB that notes its failure.
type recorder struct{ fault string }

func (r *recorder) Helper()                           {}
func (r *recorder) Name() string                      { return "TestX" }
func (r *recorder) Fatalf(format string, args ...any) { r.fault = fmt.Sprintf(format, args...) }
