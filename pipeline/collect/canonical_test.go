package collect

import (
	"os"
	"strings"
	"testing"
)

func TestCanonicalCases(t *testing.T) {
	data, err := os.ReadFile(sharedCases + "/urls.tsv")
	if err != nil {
		t.Skip("the shared cases are not here:", err)
	}
	good, all := 0, 0
	for _, row := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		f := strings.Split(row, "\t")
		all++
		if got, err := Canonical(f[1]); err != nil || got != f[2] {
			t.Errorf("%s: %s became %s (%v), not %s", f[0], f[1], got, err, f[2])
			continue
		}
		good++
	}
	t.Logf("addresses: %d of %d", good, all)
}

func TestCanonical(t *testing.T) {
	tests := []struct{ name, given, want string }{
		{"host alone gets a path", "https://news.example", "https://news.example/"},
		{"http stays http", "http://news.example/a", "http://news.example/a"},
		{"a final slash is kept, it may be another page", "https://news.example/a/", "https://news.example/a/"},
		{"the query keeps its order and its bytes", "https://news.example/a?z=%7e&a=1+2&utm_medium=x&m", "https://news.example/a?z=%7e&a=1+2&m"},
		{"an anchor is the same story", "https://news.example/a#part-2", "https://news.example/a"},
		{"a route is another", "https://news.example/#!/advisory/7", "https://news.example/#!/advisory/7"},
		{"international host", "https://Bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"},
		{"wrapped twice", "https://www.google.com/url?q=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252Fnews.example%252Fa", "https://news.example/a"},
		{"AMP viewer", "https://www.google.com/amp/s/news.example/a/amp/", "https://news.example/a/"},
		{"AMP cache", "https://news-example.cdn.ampproject.org/c/s/news.example/a.amp.html", "https://news.example/a.html"},
		{"amp is a page's own name at the root", "https://news.example/amp", "https://news.example/amp"},
		{"a site called amp", "https://amp.dev/about", "https://amp.dev/about"},
		{"short form of a film", "https://youtu.be/abc?si=zz", "https://www.youtube.com/watch?v=abc"},
		{"mail gateway", "https://urldefense.proofpoint.com/v2/url?u=https-3A__news.example_a&d=x", "https://news.example/a"},
		{"link of a Substack letter", "https://substack.com/redirect/2/eyJlIjoiaHR0cHM6Ly9uZXdzLmV4YW1wbGUvYSJ9.c2lnbmVk", "https://news.example/a"},
		{"link of a Kit letter", "https://click.convertkit-mail2.com/abc/def/aHR0cHM6Ly9uZXdzLmV4YW1wbGUvYT9iPTE", "https://news.example/a?b=1"},
		{"link of a letter sent through Amazon", "https://x7.r.eu-west-1.awstrack.me/L0/https:%2F%2Fnews.example%2Fa/1/01020", "https://news.example/a"},
		{"link of a search", "https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU=https%3a%2f%2fnews.example%2fa/RK=2/RS=x-", "https://news.example/a"},
		{"a redirect that can't be undone stays", "https://substack.com/redirect/2/bm9uZQ.c2ln", "https://substack.com/redirect/2/bm9uZQ.c2ln"},
		{"warned of", "https://www.facebook.com/flx/warn/?u=https%3A%2F%2Fnews.example%2Fa", "https://news.example/a"},
		{"search in another country", "https://www.google.com.au/url?sa=t&url=https%3A%2F%2Fnews.example%2Fa", "https://news.example/a"},
		{"affiliate", "https://news.example/a?cjevent=1&ranMID=2&id=3", "https://news.example/a?id=3"},
		{"a share button's mark", "https://www.tiktok.com/@ann/video/1?is_from_webapp=1&sender_device=pc", "https://www.tiktok.com/@ann/video/1"},
		{"the same name on another host means something", "https://news.example/a?_t=1&oid=2", "https://news.example/a?_t=1&oid=2"},
		{"a parameter that only looks like a wrapper's", "https://news.example/url?url=https://other.example/", "https://news.example/url?url=https://other.example/"},
		{"IPv6", "http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"},
		{"another port is another server", "https://news.example:8443/a", "https://news.example:8443/a"},
		{"double slashes mean something to some servers", "https://news.example//a//b", "https://news.example//a//b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Canonical(test.given)
			if err != nil || got != test.want {
				t.Errorf("%s became %s (%v), not %s", test.given, got, err, test.want)
			}
		})
	}
	for _, bad := range []string{"", "news.example/a", "ftp://news.example/a", "javascript:alert(1)", "https://ann:secret@news.example/", "https://", "mailto:ann@news.example", "https://" + strings.Repeat("a", 9000)} {
		if got, err := Canonical(bad); err == nil {
			t.Errorf("%q is no address of a page but became %s", bad, got)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("credentials are in the error: %v", err)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		"https://e.com/a?b=1&utm_source=x#!y", "https://youtu.be/abc?t=1", "https://www.google.com/url?q=https://e.com/%2e%2e/a",
		"https://e.com/%41%zz/../%2f", "https://amp.amp.e.com/a/amp/amp", "http://[::1]:80/", "https://e.com/a.amp.amp", "https://xn--/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once, err := Canonical(raw)
		if err != nil {
			return
		}
		twice, err := Canonical(once)
		if err != nil || twice != once {
			t.Errorf("%q became %q, and that %q (%v)", raw, once, twice, err)
		}
	})
}
