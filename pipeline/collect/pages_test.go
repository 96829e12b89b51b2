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
