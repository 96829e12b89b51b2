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
		{"click ID of an ad", "https://news.example/a?gclid=1&id=2&dclid=3", "https://news.example/a?id=2"},
		{"a letter's marks", "https://news.example/a?mc_cid=1&mc_eid=2&_hsenc=3&mkt_tok=4&vero_id=5&_kx=6", "https://news.example/a"},
		{"a share of a post", "https://www.youtube.com/watch?v=abc&feature=share&si=x&t=12", "https://www.youtube.com/watch?v=abc&t=12"},
		{"a share of a newspaper", "https://www.theguardian.com/a?CMP=share_btn_tw", "https://www.theguardian.com/a"},
		{"the feed of Medium", "https://medium.com/@ann/a-1f?source=rss-7------2", "https://medium.com/@ann/a-1f"},
		{"a source elsewhere is kept", "https://news.example/a?source=rss", "https://news.example/a?source=rss"},
		{"a shop in another country", "https://www.amazon.co.uk/dp/B00?tag=x-21&qid=1", "https://www.amazon.co.uk/dp/B00"},
		{"a host that only looks like the shop", "https://amazon.example.com/dp?tag=x", "https://amazon.example.com/dp?tag=x"},
		{"a host that ends like the shop", "https://notamazon.com/dp?tag=x", "https://notamazon.com/dp?tag=x"},
		{"names in capitals", "https://news.example/a?UTM_Source=x&CMPID=y", "https://news.example/a"},
		{"values without a name", "https://news.example/a?&&b=1&", "https://news.example/a?b=1"},
		{"an empty query", "https://news.example/a?", "https://news.example/a"},
		{"a semicolon is part of a value", "https://news.example/a?b=1;utm_source=x", "https://news.example/a?b=1;utm_source=x"},
		{"a text fragment", "https://news.example/a#:~:text=keys", "https://news.example/a"},
		{"default port of http", "http://news.example:80/a", "http://news.example/a"},
		{"https on the port of http is another server", "https://news.example:80/a", "https://news.example:80/a"},
		{"a dot after the host", "https://news.example./a", "https://news.example/a"},
		{"escapes in capitals", "https://news.example/%c3%a4%2f", "https://news.example/%C3%A4%2F"},
		{"escapes of what needs none", "https://news.example/%61%2D%5f%7E", "https://news.example/a-_~"},
		{"dots at the end", "https://news.example/a/b/..", "https://news.example/a/"},
		{"dots beyond the root", "https://news.example/../../a/./b", "https://news.example/a/b"},
		{"a slash at the end tells pages apart", "https://news.example/a/?utm_source=x", "https://news.example/a/"},
		{"search in a country with two suffixes", "https://www.google.co.jp/url?q=https%3A%2F%2Fnews.example%2Fa", "https://news.example/a"},
		{"a host that only looks like the search", "https://google.example.com/url?q=https://news.example/a", "https://google.example.com/url?q=https://news.example/a"},
		{"a search that leads nowhere", "https://www.google.com/search?q=https://news.example/a", "https://www.google.com/search?q=https://news.example/a"},
		{"Safe Links", "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fnews.example%2Fa%3Fb%3D1&data=05", "https://news.example/a?b=1"},
		{"mail gateway, first form", "https://urldefense.proofpoint.com/v1/url?u=https://news.example/a&k=x", "https://news.example/a"},
		{"mail gateway, third form", "https://urldefense.com/v3/__https://news.example/a__;!!x!y$", "https://news.example/a"},
		{"mail gateway, third form with characters put away", "https://urldefense.com/v3/__https://news.example/a*b**Bd__;w6TDqcOpw6k!!x!y$", "https://news.example/a%C3%A4b%C3%A9%C3%A9%C3%A9d"},
		{"mail gateway, third form that does not fit", "https://urldefense.com/v3/__https://news.example/a*b*c__;Iw!!x!y$", "https://urldefense.com/v3/__https://news.example/a*b*c__;Iw!!x!y$"},
		{"Cisco's gateway", "https://secure-web.cisco.com/1abc/https%3A%2F%2Fnews.example%2Fa", "https://news.example/a"},
		{"Check Point's gateway", "https://protect.checkpoint.com/v2/___https://news.example/a___.YXAz", "https://news.example/a"},
		{"Sophos's gateway", "https://eu-west-1.protection.sophos.com/?d=news.example&u=aHR0cHM6Ly9uZXdzLmV4YW1wbGUvYQ==&i=x", "https://news.example/a"},
		{"an agency's letter", "https://links.govdelivery.com/track?type=click&enid=x&&&101&&&https://news.example/a?b=1", "https://news.example/a?b=1"},
		{"an agency's newer letter", "https://lnks.gd/l/eyJhbGciOiJIUzI1NiJ9.eyJ1cmwiOiJodHRwczovL25ld3MuZXhhbXBsZS9hIn0.c2ln/s/1/br/2-l", "https://news.example/a"},
		{"AMP cache of Bing", "https://news-example.bing-amp.com/c/s/news.example/a", "https://news.example/a"},
		{"AMP cache of a page without TLS", "https://news-example.cdn.ampproject.org/c/news.example/a", "http://news.example/a"},
		{"a picture in the AMP cache is no page", "https://news-example.cdn.ampproject.org/i/s/news.example/a.png", "https://news-example.cdn.ampproject.org/i/s/news.example/a.png"},
		{"AMP by parameter", "https://news.example/a?outputType=amp&b=1", "https://news.example/a?b=1"},
		{"AMP by parameter without a value", "https://news.example/a?amp", "https://news.example/a"},
		{"amp as a value that means something", "https://news.example/a?amp=30", "https://news.example/a?amp=30"},
		{"AMP at the end", "https://news.example/2026/a/amp", "https://news.example/2026/a"},
		{"an encyclopedia's page about amp", "https://en.wikipedia.org/wiki/amp", "https://en.wikipedia.org/wiki/amp"},
		{"a tag called amp", "https://news.example/tag/amp/", "https://news.example/tag/amp/"},
		{"a project called amp", "https://github.com/ampproject/amp", "https://github.com/ampproject/amp"},
		{"a key that only begins like a campaign", "https://news.example/view?pk_id=5&ga_dept=7", "https://news.example/view?pk_id=5&ga_dept=7"},
		{"AMP of a broadcaster", "https://www.bbc.com/news/amp/world-1", "https://www.bbc.com/news/world-1"},
		{"AMP of a channel", "https://amp.cnn.com/cnn/2026/11/22/a/index.html", "https://www.cnn.com/2026/11/22/a/index.html"},
		{"a folder called amp elsewhere", "https://news.example/guides/amp/settings", "https://news.example/guides/amp/settings"},
		{"mobile encyclopedia's data", "https://m.wikidata.org/wiki/Q1", "https://www.wikidata.org/wiki/Q1"},
		{"mobile dictionary", "https://de.m.wiktionary.org/wiki/a", "https://de.wiktionary.org/wiki/a"},
		{"the old face of a forum", "https://old.reddit.com/r/netsec/comments/1/a/?share_id=x", "https://www.reddit.com/r/netsec/comments/1/a/"},
		{"an m that is no mobile version", "https://m.signalvnoise.com/a", "https://m.signalvnoise.com/a"},
		{"a preprint with and without its ending", "https://arxiv.org/pdf/2601.00001v2.pdf", "https://arxiv.org/pdf/2601.00001v2"},
		{"a preprint's versions are two", "https://arxiv.org/abs/2601.00001v1", "https://arxiv.org/abs/2601.00001v1"},
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

// TestEveryNameHasASource: a name that nobody vouches for may be the name of a
// page.
func TestEveryNameHasASource(t *testing.T) {
	seen := map[string]string{}
	for _, group := range tracking {
		if group.from == "" {
			t.Errorf("nobody says that these mean tracking: %s", group.names)
		}
		for _, name := range strings.Fields(group.names) {
			if name != strings.ToLower(name) {
				t.Errorf("%s is not in lower case and is never met", name)
			}
			if first := seen[name]; first != "" {
				t.Errorf("%s stands twice: %s; %s", name, first, group.from)
			}
			seen[name] = group.from
		}
	}
	for _, row := range hostTracking {
		if row.from == "" || row.names != strings.ToLower(row.names) {
			t.Errorf("%s: no source, or capitals in %s", row.host, row.names)
		}
	}
	for _, w := range wrappers {
		if w.from == "" || (len(w.params) == 0) == (w.decode == nil) {
			t.Errorf("%s%s: no source, or not one way to its target", w.host, w.path)
		}
	}
}
