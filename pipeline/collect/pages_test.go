package collect

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// site serves pages; robots.txt allows all.
func site(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *exchange {
	return newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			head(w, 404, "")
			return
		}
		answer(w, r)
	})
}

// TestHops: who moves for good and who only sends on is told apart, hop by hop.
func TestHops(t *testing.T) {
	for _, c := range []struct {
		name string
		path []int // the redirects of /0, /1, ...; then 200
		last int
	}{
		{"none", nil, 200},
		{"moved for good", []int{301}, 200},
		{"308", []int{308}, 200},
		{"for now", []int{302}, 200},
		{"303 and 307", []int{303, 307}, 200},
		{"301 308 302 301", []int{301, 308, 302, 301}, 200},
		{"to a missing page", []int{301}, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := site(t, func(w http.ResponseWriter, r *http.Request) {
				var n int
				_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
				if n < len(c.path) {
					head(w, c.path[n], "", "Location", fmt.Sprintf("%d?from=%d", n+1, n))
					return
				}
				head(w, c.last, "<p>Here.</p>")
			})
			p := pages(t, x.c, x.server.URL+"/0")[0]
			if p.Status != c.last || (p.Error == "") != (c.last == 200) || len(p.Hops) != len(c.path) {
				t.Fatalf("%+v", p)
			}
			for i, hop := range p.Hops {
				if hop.Status != c.path[i] || hop.To != fmt.Sprintf("%s/%d?from=%d", x.server.URL, i+1, i) {
					t.Errorf("hop %d: %+v", i, hop)
				}
				if hop.Permanent() != (c.path[i] == 301 || c.path[i] == 308) {
					t.Errorf("%d is taken for permanent: %v", hop.Status, hop.Permanent())
				}
			}
			if n := len(p.Hops); n > 0 && p.Hops[n-1].To != p.FinalURL {
				t.Errorf("ends at %s, and the last hop led to %s", p.FinalURL, p.Hops[n-1].To)
			}
		})
	}
}

// TestWalls: an answer that turns programs away is told from an outage.
func TestWalls(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		head   []string
		wall   string // "" is none
	}{
		{"cloudflare", 403, "", []string{"Cf-Mitigated", "challenge", "Server", "cloudflare"}, "cf-mitigated: challenge"},
		{"cloudflare, 503", 503, "", []string{"Cf-Mitigated", "challenge"}, "cf-mitigated: challenge"},
		{"its page alone", 503, "<html><head><title>Just a moment...</title>", nil, "just a moment"},
		{"vercel", 429, "", []string{"X-Vercel-Mitigated", "challenge"}, "x-vercel-mitigated: challenge"},
		{"aws", 405, "", []string{"X-Amzn-Waf-Action", "captcha"}, "x-amzn-waf-action: captcha"},
		{"akamai", 403, "<title>Access Denied</title>", []string{"Server", "AkamaiGHost"}, "server: AkamaiGHost"},
		{"datadome", 403, `<script src="https://ct.captcha-delivery.com/c.js">`, nil, "captcha-delivery.com"},
		{"an outage", 503, "<title>Service Unavailable</title>", []string{"Server", "nginx", "Retry-After", "60"}, ""},
		{"an outage behind cloudflare", 503, "", []string{"Server", "cloudflare"}, ""},
		{"500", 500, "just a moment...", []string{"Cf-Mitigated", "challenge"}, ""},
		{"missing", 404, "", []string{"Server", "AkamaiGHost"}, ""},
		{"a good page", 200, "<title>Just a moment...</title>", []string{"Server", "AkamaiGHost"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := site(t, func(w http.ResponseWriter, _ *http.Request) { head(w, c.status, c.body, c.head...) })
			p := pages(t, x.c, x.server.URL+"/story")[0]
			if p.Status != c.status || (p.Wall == "") != (c.wall == "") || !strings.Contains(p.Wall, c.wall) {
				t.Errorf("%d, wall %q, want %q", p.Status, p.Wall, c.wall)
			}
			for i := 0; i < len(c.head) && c.status != 200; i += 2 {
				if !slices.Equal(p.Header[c.head[i]], c.head[i+1:i+2]) {
					t.Errorf("%s is %q, want %q", c.head[i], p.Header[c.head[i]], c.head[i+1])
				}
			}
		})
	}
}

func TestBarredByRobots(t *testing.T) {
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, "User-agent: *\nDisallow: /story") })
	if p := pages(t, x.c, x.server.URL+"/story")[0]; !p.Barred || p.Status != 0 {
		t.Errorf("%+v", p)
	}
	if p := pages(t, x.c, x.server.URL+"/other")[0]; p.Barred || p.Error != "" {
		t.Errorf("%+v", p)
	}
	down := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 503, "") })
	if p := pages(t, down.c, down.server.URL+"/story")[0]; p.Barred || p.Error == "" {
		t.Errorf("a robots.txt that can't be had says nothing: %+v", p)
	}
}

// TestStated: a page's own word for its address is believed within its host, and
// when it says one thing.
func TestStated(t *testing.T) {
	const address = "https://www.news.example/2026/story?page=2&utm_source=x"
	for _, c := range []struct{ head, want string }{
		{`<link rel="canonical" href="https://news.example/2026/story">`, "https://news.example/2026/story"},
		{`<link rel=canonical href=/2026/story>`, "https://www.news.example/2026/story"},
		{`<LINK REL="Canonical shortlink" HREF="https://www.news.example/2026/story#top">`, "https://www.news.example/2026/story"},
		{`<base href="https://www.news.example/2026/"><link rel="canonical" href="story">`, "https://www.news.example/2026/story"},
		{`<meta property="og:url" content="https://www.news.example/2026/story">`, "https://www.news.example/2026/story"},
		{`<meta property="og:url" content="https://other.example/x"><link rel="canonical" href="/2026/story">`, "https://www.news.example/2026/story"},
		{`<link rel="canonical" href="/a"><link rel="canonical" href="/b">`, ""},
		{`<link rel="canonical" href="/a"><link rel="canonical" href="/a">`, "https://www.news.example/a"},
		{`<link rel="canonical" href="https://other.example/2026/story">`, ""},
		{`<link rel="canonical" href="https://evil-news.example/2026/story">`, ""},
		{`<link rel="canonical" href="https://www.news.example/">`, ""},
		{`<link rel="canonical" href="https://www.news.example">`, ""},
		{`<link rel="canonical" href="javascript:alert(1)">`, ""},
		{`<link rel="canonical" href="">`, ""},
		{`<link rel="alternate" href="/2026/story">`, ""},
		{`</head><body><link rel="canonical" href="/comment">`, ""},
		{`<script>"<link rel=canonical href=/x>"</script>`, ""},
	} {
		p := Page{URL: address, FinalURL: address, Header: map[string][]string{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte("<html><head>" + c.head)}
		want := c.want
		if want != "" {
			want, _ = Canonical(want)
		}
		if got := p.Stated(); got != want {
			t.Errorf("%s: %q, want %q", c.head, got, want)
		}
	}
	pdf := Page{URL: address, Header: map[string][]string{"Content-Type": {"application/pdf"}}, Body: []byte(`<link rel="canonical" href="/x">`)}
	if got := pdf.Stated(); got != "" {
		t.Errorf("a PDF states %q", got)
	}
}

// TestPagesOfAnyKind: what is no HTML is kept byte for byte, with its headers.
func TestPagesOfAnyKind(t *testing.T) {
	body := "%PDF-1.7\n" + string([]byte{0, 1, 0xFF, 0xFE, '\r', '\n'}) + "%%EOF"
	x := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			head(w, 301, "", "Location", "/paper.pdf")
			return
		}
		head(w, 200, body, "Content-Type", "application/pdf", "Last-Modified", "then", "Set-Cookie", "id=1")
	})
	p := pages(t, x.c, x.server.URL+"/old")[0]
	if string(p.Body) != body || p.Status != 200 || p.FinalURL != x.server.URL+"/paper.pdf" || !p.Fetched.Equal(noon) || p.Error != "" {
		t.Errorf("%+v", p)
	}
	if len(p.Header) < 2 || p.Header["Content-Type"][0] != "application/pdf" || p.Header["Last-Modified"][0] != "then" || p.Header["Set-Cookie"] != nil {
		t.Errorf("headers %v", p.Header)
	}
}
