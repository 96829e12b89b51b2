package collect

// Manners on the wire: what a server does, and what it is asked next. Each
// check has its own server; the clock is the test's, so that weeks pass in no
// time.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // a Sunday

const story = `<rss version="2.0"><channel><title>The Log</title><link>https://log.example/</link>%s` +
	`<item><title>One</title><link>https://log.example/%s</link><pubDate>Sun, 22 Nov 2026 11:00:00 GMT</pubDate></item></channel></rss>`

func doc(extra, slug string) string { return fmt.Sprintf(story, extra, slug) }

// exchange is a server, one source on it and the clock.
type exchange struct {
	t      *testing.T
	server *httptest.Server
	c      *Collector
	now    time.Time
	state  State
	source Source

	mu    sync.Mutex
	asked []*http.Request
}

// newExchange serves with answer, which gets the number of the request from 1.
func newExchange(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *exchange {
	t.Helper()
	x := &exchange{t: t, now: noon}
	x.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.mu.Lock()
		x.asked = append(x.asked, r)
		n := len(x.asked)
		x.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(x.server.Close)
	x.c = newTestCollector(t, Config{Version: "1.2", Contact: "https://letter.example/about", Now: func() time.Time { return x.now }}, x.server)
	x.source = Source{Name: "The Log", Feed: x.server.URL + "/feed.xml"}
	return x
}

func newTestCollector(t testing.TB, cfg Config, servers ...*httptest.Server) *Collector {
	t.Helper()
	for _, s := range servers {
		cfg.Allow = append(cfg.Allow, strings.TrimPrefix(strings.TrimPrefix(s.URL, "https://"), "http://"))
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

func one(t testing.TB, c *Collector, source Source, state State) Result {
	t.Helper()
	var got []Result
	err := c.Feeds(context.Background(), []Poll{{Source: source, State: state}}, func(r Result) error {
		got = append(got, r)
		return nil
	})
	if err != nil || len(got) != 1 {
		t.Fatalf("%d results, %v", len(got), err)
	}
	return got[0]
}

// poll waits until the source is due and asks it.
func (x *exchange) poll() Result {
	x.t.Helper()
	if x.state.Due.After(x.now) {
		x.now = x.state.Due
	}
	r := one(x.t, x.c, x.source, x.state)
	x.state = r.State
	return r
}

// next is the delay that was scheduled.
func (x *exchange) next() time.Duration { return x.state.Due.Sub(x.now) }

// last is the last request that came.
func (x *exchange) last() *http.Request {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.asked[len(x.asked)-1]
}

func (x *exchange) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.asked)
}

// validators of the last request; "-" for one that was not sent.
func (x *exchange) validators() string {
	give := func(name string) string {
		if v := x.last().Header[http.CanonicalHeaderKey(name)]; len(v) > 0 {
			return strings.Join(v, "|")
		}
		return "-"
	}
	return give("If-None-Match") + " " + give("If-Modified-Since")
}

func (x *exchange) atLeast(want time.Duration) {
	x.t.Helper()
	if x.next() < want {
		x.t.Errorf("asked again after %v, want %v at least", x.next(), want)
	}
}

func (x *exchange) atMost(want time.Duration) {
	x.t.Helper()
	if x.next() > want {
		x.t.Errorf("asked again after %v, want %v at most", x.next(), want)
	}
}

// head answers with headers, given as name, value, ...; a status first.
func head(w http.ResponseWriter, status int, body string, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		w.Header()[pairs[i]] = append(w.Header()[pairs[i]], pairs[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// TestMannersValidators: checks 1 to 9 and 39 to 42. Each row is what the server
// answers in turn; want is the validators of the request after these.
func TestMannersValidators(t *testing.T) {
	const odd = "Sunday, 22-Nov-26 10:00:00 GMT+0"
	type reply struct {
		status int
		body   string
		head   []string
	}
	whole := doc("", "one")
	for _, c := range []struct {
		name    string
		replies []reply
		want    string
	}{
		{"1 weak etag with a comma and a colon", []reply{{200, whole, []string{"ETag", `W/"a-17:,b;c"`}}}, `W/"a-17:,b;c" -`},
		{"2 last-modified of an odd form", []reply{{200, whole, []string{"Last-Modified", odd}}}, "- " + odd},
		{"3 both", []reply{{200, whole, []string{"ETag", `"1"`, "Last-Modified", odd}}}, `"1" ` + odd},
		{"4 new etag, same last-modified", []reply{
			{200, whole, []string{"ETag", `"1"`, "Last-Modified", odd}},
			{200, doc("", "two"), []string{"ETag", `"2"`, "Last-Modified", odd}},
		}, `"2" ` + odd},
		{"5 new validators, same body", []reply{
			{200, whole, []string{"ETag", `"1"`, "Last-Modified", "a"}},
			{200, whole, []string{"ETag", `"2"`, "Last-Modified", "b"}},
		}, `"2" b`},
		{"6 a 304 with new validators", []reply{{200, whole, []string{"ETag", `"1"`}}, {304, "", []string{"ETag", `"2"`}}}, `"2" -`},
		{"6 a bare 304 keeps the old ones", []reply{{200, whole, []string{"ETag", `"1"`, "Last-Modified", "a"}}, {304, "", nil}}, `"1" a`},
		{"7 none after some", []reply{{200, whole, []string{"ETag", `"1"`, "Last-Modified", "a"}}, {200, doc("", "two"), nil}}, "- -"},
		{"9 unquoted", []reply{{200, whole, []string{"ETag", "abc-17"}}}, "abc-17 -"},
		{"a 304 whose etag changes each time", []reply{
			{200, whole, []string{"ETag", `"1"`}},
			{304, "", []string{"ETag", `"2"`}},
			{304, "", []string{"ETag", `W/"3"`, "Last-Modified", odd}},
		}, `W/"3" ` + odd},
		{"an etag of bytes beyond ASCII", []reply{{200, whole, []string{"ETag", "\"\xe9\xff\""}}}, "\"\xe9\xff\" -"},
		{"an etag of 9 KB", []reply{{200, whole, []string{"ETag", `"` + strings.Repeat("a", 9<<10) + `"`, "Last-Modified", odd}}}, "- " + odd},
		{"an empty etag", []reply{{200, whole, []string{"ETag", "", "Last-Modified", odd}}}, "- " + odd},
		{"a failure between", []reply{{200, whole, []string{"ETag", `"1"`}}, {500, "", []string{"ETag", `"oops"`}}}, `"1" -`},
		{"an empty body", []reply{{200, whole, []string{"ETag", `"1"`}}, {200, "", []string{"ETag", `"2"`}}}, "- -"},
		{"part of it", []reply{{200, whole, []string{"ETag", `"1"`}}, {206, whole[:50], []string{"ETag", `"2"`}}}, `"1" -`},
		{"40 a web page instead", []reply{{200, whole, nil}, {200, "<!doctype html><html><body>Log in</body></html>", []string{"ETag", `"login"`}}}, "- -"},
		{"42 what can't be read", []reply{{200, "<nothing>of ours</nothing>", []string{"ETag", `"bad"`}}}, "- -"},
		{"41 a document cut in the middle", []reply{{200, whole[:len(whole)-30], []string{"ETag", `"cut"`}}}, "- -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				r := reply{200, whole, nil}
				if n <= len(c.replies) {
					r = c.replies[n-1]
				}
				head(w, r.status, r.body, r.head...)
			})
			for range c.replies {
				x.poll()
			}
			x.poll()
			if got := x.validators(); got != c.want {
				t.Errorf("asked with %s, want %s", got, c.want)
			}
		})
	}
}

func TestMannersBrokenOffBodyStoresNothing(t *testing.T) { // check 41
	x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 2 {
			w.Header().Set("Content-Length", "100000")
		}
		head(w, 200, doc("", fmt.Sprint(n)), "ETag", fmt.Sprintf(`"%d"`, n))
	})
	x.poll()
	if r := x.poll(); r.Error == "" || len(r.Feed.Entries) > 0 || !strings.Contains(r.Error, "broke off") {
		t.Errorf("%+v", r)
	}
	if x.poll(); x.validators() != "- -" {
		t.Errorf("asked with %s", x.validators())
	}
}

func TestMannersUnasked304(t *testing.T) { // check 8
	x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			head(w, 200, doc("", "one"))
			return
		}
		head(w, 304, "", "ETag", `"new"`)
	})
	x.poll()
	if r := x.poll(); !r.Unchanged || r.Error != "" || x.count() != 2 {
		t.Errorf("%+v after %d requests", r, x.count())
	}
	if x.poll(); x.validators() != "- -" {
		t.Errorf("the validator of what was never had is sent: %s", x.validators())
	}
	never := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 304, "") })
	if r := never.poll(); !strings.Contains(r.Error, "304") {
		t.Errorf("nothing was ever had, and nothing is said: %+v", r)
	}
}

// TestMannersDelays: checks 10 to 22 and 34 to 38.
func TestMannersDelays(t *testing.T) {
	hours := func(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }
	allBut := func(open int) string {
		var b strings.Builder
		for h := range 24 {
			if h != open {
				fmt.Fprintf(&b, "<hour>%d</hour>", h)
			}
		}
		return "<skipHours>" + b.String() + "</skipHours>"
	}
	const old = `<rss version="2.0"><channel><title>Quiet</title><item><title>Then</title><link>https://log.example/then</link><pubDate>Mon, 03 Feb 2020 10:00:00 GMT</pubDate></item></channel></rss>`
	for _, c := range []struct {
		name        string
		status      int
		body        string
		head        []string
		polls       int
		least, most time.Duration
	}{
		{"10 max-age", 200, doc("", "one"), []string{"Cache-Control", "public, max-age=7200"}, 1, hours(2), hours(7 * 24)},
		{"11 max-age of a 304", 304, "", []string{"Cache-Control", "max-age=7200"}, 2, hours(2), hours(7 * 24)},
		{"12 expires", 200, doc("", "one"), []string{"Expires", noon.Add(3 * time.Hour).Format(http.TimeFormat), "Date", noon.Format(http.TimeFormat)}, 1, hours(3), hours(7 * 24)},
		{"13 no-cache", 200, doc("", "one"), []string{"Cache-Control", "no-cache, no-store, max-age=0", "Expires", "0", "ETag", `"1"`}, 1, hours(1), hours(2)},
		{"14 a year", 200, doc("", "one"), []string{"Cache-Control", "max-age=31536000"}, 1, hours(24), hours(7 * 24)},
		{"time spent in caches", 200, doc("", "one"), []string{"Cache-Control", "max-age=36000", "Age", "32400"}, 1, hours(1), hours(2)},
		{"a directive in odd case with spaces", 200, doc("", "one"), []string{"Cache-Control", " Public , MAX-AGE = 7200 "}, 1, hours(2), hours(3)},
		{"in quotation marks", 200, doc("", "one"), []string{"Cache-Control", `max-age="7200"`}, 1, hours(2), hours(3)},
		{"twice: the first holds", 200, doc("", "one"), []string{"Cache-Control", "max-age=7200", "Cache-Control", "max-age=36000"}, 1, hours(2), hours(3)},
		{"a quoted comma", 200, doc("", "one"), []string{"Cache-Control", `private="set-cookie, no-store", max-age=7200`}, 1, hours(2), hours(3)},
		{"no-cache of one field", 200, doc("", "one"), []string{"Cache-Control", `no-cache="Set-Cookie", max-age=7200`}, 1, hours(2), hours(3)},
		{"no-cache behind it", 200, doc("", "one"), []string{"Cache-Control", "max-age=36000, no-cache"}, 1, hours(1), hours(2)},
		{"no-store", 200, doc("", "one"), []string{"Cache-Control", "max-age=36000, no-store"}, 1, hours(1), hours(2)},
		{"no-store void by must-understand", 200, doc("", "one"), []string{"Cache-Control", "must-understand, no-store, max-age=7200"}, 1, hours(2), hours(3)},
		{"for shared caches", 200, doc("", "one"), []string{"Cache-Control", "s-maxage=36000"}, 1, hours(1), hours(2)},
		{"for shared caches, besides", 200, doc("", "one"), []string{"Cache-Control", "s-maxage=60, max-age=7200"}, 1, hours(2), hours(3)},
		{"more than an integer holds", 200, doc("", "one"), []string{"Cache-Control", "max-age=99999999999999999999"}, 1, hours(24), hours(7 * 24)},
		{"less than nothing", 200, doc("", "one"), []string{"Cache-Control", "max-age=-7200"}, 1, hours(1), hours(2)},
		{"no number", 200, doc("", "one"), []string{"Cache-Control", "max-age=soon"}, 1, hours(1), hours(2)},
		{"max-age wins over Expires", 200, doc("", "one"), []string{"Cache-Control", "max-age=7200", "Expires", noon.Add(48 * time.Hour).Format(http.TimeFormat)}, 1, hours(2), hours(3)},
		{"unknown directives", 200, doc("", "one"), []string{"Cache-Control", ",,stale-while-revalidate=60, immutable, max-age=7200,"}, 1, hours(2), hours(3)},
		{"Expires malformed", 200, doc("", "one"), []string{"Expires", "tomorrow at noon"}, 1, hours(1), hours(2)},
		{"Expires in the past", 200, doc("", "one"), []string{"Expires", noon.Add(-time.Hour).Format(http.TimeFormat)}, 1, hours(1), hours(2)},
		{"Expires by a clock a day behind", 200, doc("", "one"), []string{"Expires", noon.Add(-21 * time.Hour).Format(http.TimeFormat), "Date", noon.Add(-24 * time.Hour).Format(http.TimeFormat)}, 1, hours(3), hours(4)},
		{"Expires in the old form", 200, doc("", "one"), []string{"Expires", noon.Add(3*time.Hour).Format("Monday, 02-Jan-06 15:04:05") + " GMT", "Date", noon.Format(http.TimeFormat)}, 1, hours(3), hours(4)},
		{"Expires less Age", 200, doc("", "one"), []string{"Expires", noon.Add(10 * time.Hour).Format(http.TimeFormat), "Date", noon.Format(http.TimeFormat), "Age", "28800"}, 1, hours(2), hours(3)},
		{"an Age that is none", 200, doc("", "one"), []string{"Cache-Control", "max-age=7200", "Age", "old"}, 1, hours(2), hours(3)},
		{"an Age beyond all bounds", 200, doc("", "one"), []string{"Cache-Control", "max-age=7200", "Age", "99999999999999999999"}, 1, hours(1), hours(2)},
		{"Retry-After that is over", 429, "", []string{"Retry-After", noon.Add(-2 * time.Hour).Format(http.TimeFormat)}, 1, hours(1), hours(2)},
		{"Retry-After 0", 503, "", []string{"Retry-After", "0"}, 1, hours(1), hours(2)},
		{"Retry-After less than nothing", 503, "", []string{"Retry-After", "-7200"}, 1, hours(1), hours(2)},
		{"Retry-After that is no number", 503, "", []string{"Retry-After", "in a while"}, 1, hours(1), hours(2)},
		{"Retry-After a year", 429, "", []string{"Retry-After", "31536000"}, 1, hours(24), hours(7 * 24)},
		{"Retry-After more than an integer holds", 429, "", []string{"Retry-After", "99999999999999999999"}, 1, hours(24), hours(7 * 24)},
		{"Retry-After of a 403", 403, "", []string{"Retry-After", "36000"}, 1, hours(10), hours(12)},
		{"Retry-After in the old form", 503, "", []string{"Retry-After", noon.Add(5*time.Hour).Format("Monday, 02-Jan-06 15:04:05") + " GMT"}, 1, hours(5), hours(6)},
		{"502", 502, "", nil, 3, hours(4), hours(24)},
		{"401", 401, "", nil, 3, hours(4), hours(24)},
		{"404 for ever", 404, "", nil, 60, hours(24), hours(48)},
		{"sy: twice a day", 200, doc(`<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod><sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">2</sy:updateFrequency>`, "one"), nil, 1, hours(12), hours(14)},
		{"ttl that is none", 200, doc("<ttl>soon</ttl>", "one"), nil, 1, hours(1), hours(2)},
		{"ttl below an hour", 200, doc("<ttl>5</ttl>", "one"), nil, 1, hours(1), hours(2)},
		{"ttl of a month", 200, doc("<ttl>43200</ttl>", "one"), nil, 1, hours(24), hours(7 * 24)},
		{"every hour closed is none", 200, doc("<skipHours>"+strings.Repeat("<hour>1</hour>", 3)+"</skipHours>", "one"), nil, 1, hours(1), hours(2)},
		{"15 429", 429, "", []string{"Retry-After", "7200"}, 1, hours(2), hours(7 * 24)},
		{"16 429 with a date", 429, "", []string{"Retry-After", noon.Add(2 * time.Hour).Format(http.TimeFormat), "Date", noon.Format(http.TimeFormat)}, 1, hours(2), hours(7 * 24)},
		{"17 503", 503, "", []string{"Retry-After", "7200"}, 1, hours(2), hours(7 * 24)},
		{"17 503 with a date", 503, "", []string{"Retry-After", noon.Add(2 * time.Hour).Format(http.TimeFormat), "Date", noon.Format(http.TimeFormat)}, 1, hours(2), hours(7 * 24)},
		{"18 503 without", 503, "", nil, 3, hours(4), hours(24)},
		{"19 500", 500, "", nil, 3, hours(4), hours(24)},
		{"20 404", 404, "", nil, 3, hours(4), hours(24)},
		{"20 404 for weeks", 404, "", nil, 20, hours(24), hours(48)},
		{"22 403", 403, "", nil, 3, hours(4), hours(24)},
		{"34 ttl", 200, doc("<ttl>180</ttl>", "one"), nil, 1, hours(3), hours(24)},
		{"35 daily", 200, doc(`<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>`, "one"), nil, 1, hours(12), hours(36)},
		{"37 skipDays", 200, doc("<skipDays><day>Sunday</day><day>Monday</day></skipDays>", "one"), nil, 1, hours(24), hours(72)},
		{"38 quiet for years", 200, old, nil, 1, hours(2), hours(24)},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if c.status == 304 && n == 1 {
					head(w, 200, doc("", "one"), "ETag", `"1"`)
					return
				}
				head(w, c.status, c.body, c.head...)
			})
			var first time.Duration
			for i := range c.polls {
				x.poll()
				if i == 0 {
					first = x.next()
				}
			}
			x.atLeast(c.least)
			x.atMost(c.most)
			if c.polls == 3 && x.next() < 2*first {
				t.Errorf("after three failures %v, after one %v", x.next(), first)
			}
			if x.count() != c.polls {
				t.Errorf("%d requests for %d polls", x.count(), c.polls)
			}
			if r := x.poll(); r.Skipped || x.count() != c.polls+1 {
				t.Errorf("not asked when due: %+v", r)
			}
		})
	}
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, doc(allBut(5), "one")) })
	if x.poll(); x.state.Due.UTC().Hour() != 5 { // check 36
		t.Errorf("due at %v, the only open hour is 5", x.state.Due)
	}
	// What a 200 said about its life holds for the bare 304 that follows it.
	x = newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			head(w, 200, doc("", "one"), "ETag", `"1"`, "Cache-Control", "max-age=14400")
			return
		}
		head(w, 304, "")
	})
	x.poll()
	x.poll()
	x.atLeast(4 * time.Hour)
}

func TestMannersGone(t *testing.T) { // check 21
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 410, "") })
	if r := x.poll(); !strings.Contains(r.Error, "gone for good") || !r.State.Gone {
		t.Errorf("%+v", r)
	}
	x.now = x.now.AddDate(1, 0, 0)
	if r := x.poll(); !r.Skipped || x.count() != 1 || !strings.Contains(r.Why, "gone") {
		t.Errorf("%+v after %d requests", r, x.count())
	}
}

// TestMannersRedirects: checks 23 to 29 and 39.
func TestMannersRedirects(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int
		targets map[string]string // path -> where it leads; "404" answers so
		want    string            // the path asked first at the third poll
		moved   string
	}{
		{"23 301", 301, map[string]string{"/feed.xml": "/new.xml"}, "/new.xml", "/new.xml"},
		{"24 308", 308, map[string]string{"/feed.xml": "/new.xml"}, "/new.xml", "/new.xml"},
		{"25 302", 302, map[string]string{"/feed.xml": "/new.xml"}, "/feed.xml", ""},
		{"26 307", 307, map[string]string{"/feed.xml": "/new.xml"}, "/feed.xml", ""},
		{"303", 303, map[string]string{"/feed.xml": "/new.xml"}, "/feed.xml", ""},
		{"27 301 to a 404", 301, map[string]string{"/feed.xml": "/none.xml", "/none.xml": "404"}, "/feed.xml", ""},
		{"28 301 then 302", 301, map[string]string{"/feed.xml": "/kept.xml", "/kept.xml": "302 /today.xml"}, "/kept.xml", "/kept.xml"},
		{"301 then 308 then 302", 301, map[string]string{"/feed.xml": "/b.xml", "/b.xml": "308 /kept.xml", "/kept.xml": "302 /today.xml"}, "/kept.xml", "/kept.xml"},
		{"301 with a query and a fragment", 301, map[string]string{"/feed.xml": "/new.xml?a=1#top"}, "/new.xml", "/new.xml?a=1#top"},
		{"301 to a web page", 301, map[string]string{"/feed.xml": "/parked.xml", "/parked.xml": "page"}, "/feed.xml", ""},
		{"301 to a server's fault", 301, map[string]string{"/feed.xml": "/down.xml", "/down.xml": "500"}, "/feed.xml", ""},
		{"302 to what is gone", 302, map[string]string{"/feed.xml": "/gone.xml", "/gone.xml": "410"}, "/feed.xml", ""},
		{"300", 300, map[string]string{"/feed.xml": "/other.xml"}, "/feed.xml", ""},
		{"302 then 301", 302, map[string]string{"/feed.xml": "/a.xml", "/a.xml": "301 /b.xml"}, "/feed.xml", ""},
		{"29 a circle", 302, map[string]string{"/feed.xml": "/feed.xml"}, "/feed.xml", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				to, status := c.targets[r.URL.Path], c.status
				if code, rest, ok := strings.Cut(to, " "); ok {
					_, _ = fmt.Sscan(code, &status)
					to = rest
				}
				switch to {
				case "":
					head(w, 200, doc("", "one"), "ETag", `"of `+r.URL.Path+`"`)
				case "404", "410", "500":
					n, _ := strconv.Atoi(to)
					head(w, n, "")
				case "page":
					head(w, 200, "<!doctype html><html><title>For sale</title></html>", "Content-Type", "text/html")
				default:
					head(w, status, "", "Location", to)
				}
			})
			r := x.poll()
			if moved := strings.TrimPrefix(r.Moved, x.server.URL); moved != c.moved {
				t.Errorf("moved to %q, want %q", moved, c.moved)
			}
			x.poll()
			before := x.count()
			x.poll()
			if got := x.asked[before].URL.Path; got != c.want {
				t.Errorf("asked %s, want %s", got, c.want)
			}
			if strings.HasPrefix(c.name, "29") && (before > 20 || !strings.Contains(r.Error, "circle") || x.state.Failures != 3) {
				t.Errorf("%d requests, %+v", before, r)
			}
			if c.name == "25 302" { // check 39: the validators are the target's
				if got := x.asked[before].Header.Get("If-None-Match"); got != "" {
					t.Errorf("the redirecting address got the validator %s of another", got)
				}
				if got := x.last().Header.Get("If-None-Match"); got != `"of /new.xml"` {
					t.Errorf("the target was asked with %q", got)
				}
			}
		})
	}
}

func TestMannersDeadNewAddress(t *testing.T) { // a place moved to may die: the old one is tried again
	dead := false
	x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/feed.xml" && !dead:
			head(w, 301, "", "Location", "/new.xml")
		case r.URL.Path == "/new.xml" && dead:
			head(w, 404, "")
		default:
			head(w, 200, doc("", "one"))
		}
	})
	x.poll()
	dead = true
	for range 4 {
		x.poll()
	}
	if x.last().URL.Path != "/feed.xml" || x.state.Failures != 0 {
		t.Errorf("asked %s, %d failures", x.last().URL.Path, x.state.Failures)
	}
}

func TestMannersEncodings(t *testing.T) { // check 30, and what was not asked for
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	}
	for _, c := range []struct{ name, encoding, fault string }{
		{"gzip", "gzip", ""},
		{"br", "br", ""},
		{"zstd", "zstd", ""},
		{"upper case", "GZIP", ""},
		{"unasked", "compress", "not asked for"},
		{"twice", "gzip, gzip", "not asked for"},
		{"deflate", "deflate", "not asked for"},
		{"x-gzip", "x-gzip", "can't be read"},
		{"identity", "identity", ""},
		{"a lie", "gzip", "can't be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				for name := range pack {
					if !strings.Contains(r.Header.Get("Accept-Encoding"), name) {
						t.Errorf("%s is not asked for: %q", name, r.Header.Get("Accept-Encoding"))
					}
				}
				body := &bytes.Buffer{}
				body.WriteString(doc("", "one"))
				if z := pack[strings.ToLower(c.encoding)]; z != nil && c.fault == "" {
					body.Reset()
					out := z(body)
					_, _ = io.WriteString(out, doc("", "one"))
					out.Close()
				}
				head(w, 200, body.String(), "Content-Encoding", c.encoding)
			})
			r := x.poll()
			if c.fault == "" && (r.Error != "" || len(r.Feed.Entries) != 1) || !strings.Contains(r.Error, c.fault) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestMannersRequestLooks(t *testing.T) { // checks 31 to 33, 43 and 50
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		head(w, 200, doc("", "one"), "Set-Cookie", "id=1; Path=/", "ETag", `"1"`)
	})
	x.source.Feed = x.server.URL + `/a%2Fb/feed?b=2&a=1&&x=%zz&q=a b|c&e=é&plus=+#top`
	x.poll()
	x.poll()
	r := x.last()
	if want := "/a%2Fb/feed?b=2&a=1&&x=%zz&q=a%20b|c&e=%C3%A9&plus=+"; r.RequestURI != want {
		t.Errorf("asked %s, want %s", r.RequestURI, want)
	}
	if got := r.UserAgent(); got != "pullquote/1.2 (+https://letter.example/about)" {
		t.Errorf("User-Agent %q", got)
	}
	for _, name := range []string{"Cookie", "Referer", "Range", "Authorization"} {
		if v := r.Header.Get(name); v != "" {
			t.Errorf("%s: %s was sent", name, v)
		}
	}
	for _, kind := range []string{"application/rss+xml", "application/atom+xml", "application/feed+json"} {
		if !strings.Contains(r.Header.Get("Accept"), kind) {
			t.Errorf("Accept %q lacks %s", r.Header.Get("Accept"), kind)
		}
	}
	for _, r := range x.asked {
		if r.Method != http.MethodGet {
			t.Errorf("asked with %s", r.Method)
		}
	}
}

func pages(t testing.TB, c *Collector, urls ...string) []Page {
	t.Helper()
	var got []Page
	if err := c.Pages(context.Background(), urls, func(p Page) error { got = append(got, p); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMannersRobotsOnTheWire(t *testing.T) { // check 44
	for _, c := range []struct {
		name   string
		status int
		body   string
		fault  string
	}{
		{"none", 404, "", ""},
		{"forbidden itself", 403, "", ""},
		{"allowed", 200, "User-agent: *\nDisallow: /other", ""},
		{"disallowed", 200, "User-agent: *\nDisallow: /story", "forbids it"},
		{"for us", 200, "User-agent: *\nDisallow:\n\nUser-agent: Pullquote/2\nDisallow: /", "forbids it"},
		{"unreachable", 500, "", "can't be had"},
		{"more than is read", 200, strings.Repeat("# a line of nothing\n", 40_000) + "User-agent: *\nDisallow: /", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			robots := 0
			x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					robots++
					head(w, c.status, c.body)
					return
				}
				head(w, 200, "<html><body>A story.</body></html>", "Content-Type", "text/html")
			})
			x.c.cfg.Workers = 1
			for _, p := range pages(t, x.c, x.server.URL+"/story/1", x.server.URL+"/story/2") {
				if (p.Error == "") != (c.fault == "") || !strings.Contains(p.Error, c.fault) {
					t.Errorf("%s: %q, want %q", p.URL, p.Error, c.fault)
				}
			}
			if robots != 1 {
				t.Errorf("robots.txt was asked %d times", robots)
			}
			x.now = x.now.Add(25 * time.Hour)
			if pages(t, x.c, x.server.URL+"/story/3"); robots != 2 {
				t.Errorf("after a day robots.txt was asked %d times", robots)
			}
			if x.poll(); robots != 2 {
				t.Errorf("a feed she added asks for robots.txt")
			}
		})
	}
}

// crowd counts those that are within at once.
type crowd struct {
	mu           sync.Mutex
	within, ever int
}

// enter counts one more, until leave is called.
func (c *crowd) enter() (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within++
	c.ever = max(c.ever, c.within)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.within--
	}
}

// most is how many there ever were.
func (c *crowd) most() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ever
}

// bothWays serves one host over http and over https.
func bothWays(t *testing.T, answer http.Handler) (plain, secure *httptest.Server) {
	t.Helper()
	plain, secure = httptest.NewServer(answer), httptest.NewTLSServer(answer)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	return plain, secure
}

// collectorOfBoth may ask both, and trusts the certificate.
func collectorOfBoth(t *testing.T, cfg Config, plain, secure *httptest.Server) *Collector {
	t.Helper()
	c := newTestCollector(t, cfg, plain, secure)
	c.transport.TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	return c
}

// TestMannersPace: checks 45 to 47 and 49, thirty feeds on one host.
func TestMannersPace(t *testing.T) {
	var mu sync.Mutex
	var asking crowd
	clients := map[string]bool{}
	x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		defer asking.enter()()
		mu.Lock()
		clients[r.RemoteAddr] = true
		mu.Unlock()
		head(w, 200, doc("", "one"))
	})
	var tick time.Time
	x.c.tick = func() time.Time { mu.Lock(); defer mu.Unlock(); return tick }
	var turns []time.Time
	x.c.sleep = func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		turns = append(turns, tick.Add(d))
		tick = tick.Add(d)
		return nil
	}
	var polls []Poll
	for i := range 30 {
		polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("%s/%d", x.server.URL, i)}})
	}
	var early, late time.Time
	if err := x.c.Feeds(context.Background(), polls, func(r Result) error {
		if early.IsZero() || r.State.Due.Before(early) {
			early = r.State.Due
		}
		if r.State.Due.After(late) {
			late = r.State.Due
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if most := asking.most(); x.count() != 30 || most < 1 || most > 2 || len(clients) > 4 {
		t.Errorf("%d requests, %d at once, %d connections", x.count(), most, len(clients))
	}
	if took := tick.Sub(time.Time{}); took < 29*hostPause {
		t.Errorf("thirty requests in %v", took)
	}
	if spread := late.Sub(early); spread < time.Minute {
		t.Errorf("due again within %v of each other", spread)
	}
}

// TestMannersPaceIsThatOfTheHost: what a host serves over http and over https,
// and on other ports, comes from one machine. A robots.txt is a request, too.
func TestMannersPaceIsThatOfTheHost(t *testing.T) {
	var mu sync.Mutex
	var asking crowd
	count := 0
	var tick time.Time
	turns := map[time.Time]int{}
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer asking.enter()()
		mu.Lock()
		count++
		turns[tick]++
		mu.Unlock()
		if r.URL.Path == "/robots.txt" {
			head(w, 404, "")
		} else {
			head(w, 200, doc("", "one"))
		}
	})
	plain, secure := bothWays(t, answer)
	c := collectorOfBoth(t, Config{Workers: 1, Now: func() time.Time { return noon }}, plain, secure)
	c.tick = func() time.Time { mu.Lock(); defer mu.Unlock(); return tick }
	c.sleep = func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		tick = tick.Add(d)
		return nil
	}
	var polls []Poll
	for i := range 10 {
		for _, server := range []*httptest.Server{plain, secure} {
			polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("%s/%d", server.URL, i)}})
		}
	}
	if err := c.Feeds(context.Background(), polls, func(r Result) error {
		if r.Error != "" {
			t.Errorf("%s: %s", r.Source.Feed, r.Error)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if took, most := tick.Sub(time.Time{}), asking.most(); count != 20 || most > perHost || took < 19*hostPause {
		t.Errorf("%d requests in %v, %d at once", count, took, most)
	}
	mu.Unlock()
	pages(t, c, plain.URL+"/story", secure.URL+"/story")
	mu.Lock()
	defer mu.Unlock()
	if took := tick.Sub(time.Time{}); count != 24 || took < 23*hostPause {
		t.Errorf("%d requests in %v, with two pages and the robots.txt before each", count, took)
	}
}

func TestMannersSecondRunAtOnce(t *testing.T) { // check 48
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) })
	x.poll()
	if r := one(t, x.c, x.source, x.state); !r.Skipped || x.count() != 1 || !strings.Contains(r.Why, "not due") {
		t.Errorf("%+v after %d requests", r, x.count())
	}
}

func TestMannersSameAddressTwice(t *testing.T) {
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) })
	polls := []Poll{
		{Source: Source{Name: "a", Feed: x.server.URL + "/feed"}},
		{Source: Source{Name: "b", Feed: x.server.URL + "/feed#b"}},
		{Source: Source{Name: "c", Feed: x.server.URL + "/c"}, State: State{Feed: x.server.URL + "/c", Address: x.server.URL + "/feed"}},
	}
	skipped := 0
	if err := x.c.Feeds(context.Background(), polls, func(r Result) error {
		if r.Skipped {
			skipped++
		}
		return nil
	}); err != nil || skipped != 2 || x.count() != 1 {
		t.Errorf("%v, %d skipped, %d requests", err, skipped, x.count())
	}
}

func TestMannersTooManyRequestsPausesTheHost(t *testing.T) {
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 429, "", "Retry-After", "7200") })
	x.c.cfg.Workers = 1
	var polls []Poll
	for i := range 10 {
		polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("%s/%d", x.server.URL, i)}})
	}
	if err := x.c.Feeds(context.Background(), polls, func(r Result) error {
		if wait := r.State.Due.Sub(x.now); wait < 2*time.Hour {
			t.Errorf("%s is asked again after %v", r.Source.Name, wait)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if x.count() > 2 { // two may be in flight together
		t.Errorf("%d requests", x.count())
	}
	if p := pages(t, x.c, x.server.URL+"/story")[0]; !strings.Contains(p.Error, "left alone") || x.count() > 2 {
		t.Errorf("%+v", p)
	}
}

// TestMannersTwoAtOnceThroughRedirects: whoever leads there, and by whatever
// scheme, a host has two requests at once.
func TestMannersTwoAtOnceThroughRedirects(t *testing.T) {
	var asking crowd
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Whoever leaves before the answer is gone when the next one is let in; of who
		// gives up, the server hears later.
		defer asking.enter()()
		select {
		case <-r.Context().Done():
		case <-time.After(50 * time.Millisecond): // for others to come
		}
		head(w, 200, doc("", "one"))
	})
	plain, secure := bothWays(t, slow)
	leads := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := plain.URL
		if strings.HasPrefix(r.URL.Path, "/secure") {
			to = secure.URL
		}
		head(w, 302, "", "Location", to+r.URL.Path)
	}))
	t.Cleanup(leads.Close)
	c := collectorOfBoth(t, Config{Now: func() time.Time { return noon }}, plain, secure)
	c.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ".example:80") {
			address = leads.Listener.Addr().String()
		}
		return c.guard.open.DialContext(ctx, network, address)
	}
	var polls []Poll
	for i := range 8 {
		name := fmt.Sprintf("h%d.example", i)
		c.guard.allow[name] = true
		polls = append(polls, Poll{Source: Source{Name: name, Feed: fmt.Sprintf("http://%s/%s/%d", name, []string{"plain", "secure"}[i%2], i)}})
	}
	if err := c.Feeds(context.Background(), polls, func(r Result) error {
		if r.Error != "" {
			t.Errorf("%s: %q", r.Source.Name, r.Error)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if most := asking.most(); most < 1 || most > perHost {
		t.Errorf("%d at once", most)
	}
}

// TestMannersPauseIsThatOfTheHost: who wants to be left alone is, over http and
// over https, in this run and in later ones.
func TestMannersPauseIsThatOfTheHost(t *testing.T) {
	var asked atomic.Int32
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		head(w, 429, "", "Retry-After", "7200")
	})
	plain, secure := bothWays(t, answer)
	collector := func() *Collector {
		return collectorOfBoth(t, Config{Workers: 1, Now: func() time.Time { return noon }}, plain, secure)
	}
	c := collector()
	one(t, c, Source{Name: "a", Feed: secure.URL + "/feed"}, State{})
	later := collector()
	later.Recall(c.Learned())
	for _, c := range []*Collector{c, later} {
		r := one(t, c, Source{Name: "b", Feed: plain.URL + "/feed"}, State{})
		if !r.Skipped || !strings.Contains(r.Why, "left alone") || asked.Load() != 1 {
			t.Errorf("%+v after %d requests", r, asked.Load())
		}
	}
}

func TestMannersClockADayOff(t *testing.T) {
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) })
	for _, jump := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour, 0, 30 * 24 * time.Hour, 0} {
		x.now = noon.Add(jump)
		for range 5 {
			x.state = one(t, x.c, x.source, x.state).State
		}
	}
	if x.count() > 4 {
		t.Errorf("%d requests", x.count())
	}
}

// TestMannersSlowServer: one time-out, and nobody else is delayed.
func TestMannersSlowServer(t *testing.T) {
	stop := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(stop)
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) }))
	defer good.Close()
	c := newTestCollector(t, Config{Now: func() time.Time { return noon }, Allow: []string{"good.example"}}, slow)
	c.patience = 50 * time.Millisecond
	c.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "good.example:80" { // another host, not only another port
			address = good.Listener.Addr().String()
		}
		return c.guard.open.DialContext(ctx, network, address)
	}
	polls := []Poll{
		{Source: Source{Name: "never", Feed: slow.URL + "/never"}},
		{Source: Source{Name: "drip", Feed: slow.URL + "/drip"}},
		{Source: Source{Name: "good", Feed: "http://good.example/"}},
	}
	var order []string
	if err := c.Feeds(context.Background(), polls, func(r Result) error {
		order = append(order, r.Source.Name)
		if (r.Error != "") != (r.Source.Name != "good") || r.Error != "" && !strings.Contains(r.Error, "no whole answer") {
			t.Errorf("%s: %q", r.Source.Name, r.Error)
		}
		return nil
	}); err != nil || len(order) != 3 || order[0] != "good" {
		t.Errorf("%v, %v", order, err)
	}
}

func TestStopping(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		began <- struct{}{}
		<-finish
		head(w, 200, doc("", "one"))
	}))
	defer server.Close()
	c := newTestCollector(t, Config{Workers: 1}, server)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-began
		cancel()
		close(finish)
	}()
	polls := []Poll{{Source: Source{Name: "a", Feed: server.URL + "/a"}}, {Source: Source{Name: "b", Feed: server.URL + "/b"}}}
	var got []string
	err := c.Feeds(ctx, polls, func(r Result) error {
		got = append(got, r.Source.Name+r.Error)
		return nil
	})
	if err != context.Canceled || len(got) != 1 || got[0] != "a" && got[0] != "b" { // whichever came first
		t.Errorf("what was in flight came to %v, %v", got, err)
	}
}

func TestDeadNetwork(t *testing.T) {
	c := newTestCollector(t, Config{Proxy: "http://127.0.0.1:1", Now: func() time.Time { return noon }})
	var polls []Poll
	for i := range 50 {
		polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("http://h%d.example/", i)}})
	}
	seen := 0
	err := c.Feeds(context.Background(), polls, func(r Result) error {
		seen++
		if !r.Skipped || r.Error != "" || r.State.Failures > 0 || !r.State.Due.IsZero() {
			t.Errorf("%+v", r)
		}
		return nil
	})
	if err != ErrNoNetwork || seen != 50 {
		t.Errorf("%d results, %v", seen, err)
	}
}

// TestNoNameAtAll: where every name is denied the network is at fault, and two
// misspelt addresses are not the network's fault.
func TestNoNameAtAll(t *testing.T) {
	for _, few := range []bool{true, false} {
		n := unknownAfter
		if few {
			n = unknownAfter - 2
		}
		c, err := New(Config{Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		c.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		}
		var polls []Poll
		for i := range n {
			polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("http://n%d.example/feed", i)}})
		}
		failed := 0
		err = c.Feeds(context.Background(), polls, func(r Result) error {
			if r.Error != "" {
				failed++
			} else if r.State.Failures > 0 || !r.State.Due.IsZero() {
				t.Errorf("%s pays for our network: %+v", r.Source.Name, r.State)
			}
			return nil
		})
		if few && (err != nil || failed != n) || !few && (!errors.Is(err, ErrNoNetwork) || failed > 0) {
			t.Errorf("%d names that do not exist: %v, %d failed", n, err, failed)
		}
	}
}

func TestProxyFromTheEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 200, doc("", "one")) })
	if x.c.transport.Proxy != nil {
		t.Error("a proxy nobody asked for")
	}
	if r := x.poll(); r.Error != "" {
		t.Error(r.Error)
	}
}

func TestBadProxy(t *testing.T) {
	for _, proxy := range []string{"socks5://h:1", "://", "http://"} {
		if _, err := New(Config{Proxy: proxy}); err == nil {
			t.Errorf("%s is taken", proxy)
		}
	}
	if _, err := New(Config{ProxyCA: []byte("none")}); err == nil {
		t.Error("no certificate is taken for one")
	}
	if u, _ := url.Parse("http://h/"); portOf(u) != "80" {
		t.Error("port")
	}
}

// TestMannersRobotsOnceADayAcrossRuns: the next process knows what this one learned.
func TestMannersRobotsOnceADayAcrossRuns(t *testing.T) {
	robots := 0
	x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			robots++
			head(w, 200, "User-agent: *\nDisallow: /hidden\nAllow: /hidden/not")
			return
		}
		head(w, 200, "<html></html>")
	})
	pages(t, x.c, x.server.URL+"/a")
	learned := x.c.Learned()
	next := newTestCollector(t, Config{Now: func() time.Time { return x.now }}, x.server)
	next.Recall(learned)
	for path, allowed := range map[string]bool{"/b": true, "/hidden/x": false, "/hidden/not": true} {
		if p := pages(t, next, x.server.URL+path)[0]; (p.Error == "") != allowed {
			t.Errorf("%s: %q", path, p.Error)
		}
	}
	if robots != 1 || len(learned) != 1 || len(next.Learned()) != 0 {
		t.Errorf("robots.txt was asked %d times; learned %v", robots, learned)
	}
	x.now = x.now.Add(25 * time.Hour)
	if pages(t, next, x.server.URL+"/c"); robots != 2 || len(next.Learned()) != 1 {
		t.Errorf("after a day it was asked %d times", robots)
	}
}

// TestMannersRobotsOutOfReachIsNotForADay: a server that was down for a minute
// has its pages read in the next run; a network of ours that is down says
// nothing about any server.
func TestMannersRobotsOutOfReachIsNotForADay(t *testing.T) {
	down, robots := true, 0
	x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			robots++
			if down {
				head(w, 503, "")
			} else {
				head(w, 404, "")
			}
			return
		}
		head(w, 200, "<html></html>")
	})
	for range 2 {
		if p := pages(t, x.c, x.server.URL+"/a")[0]; !strings.Contains(p.Error, "can't be had") || robots != 1 {
			t.Errorf("%q after %d requests", p.Error, robots)
		}
	}
	down = false
	x.now = x.now.Add(61 * time.Minute)
	next := newTestCollector(t, Config{Now: func() time.Time { return x.now }}, x.server)
	next.Recall(x.c.Learned())
	if p := pages(t, next, x.server.URL+"/a")[0]; p.Error != "" {
		t.Errorf("an hour later: %q", p.Error)
	}
	cut := newTestCollector(t, Config{Now: func() time.Time { return x.now }, Allow: []string{"cut.example"}})
	cut.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}
	}
	if p := pages(t, cut, "http://cut.example/a")[0]; p.Error == "" || len(cut.Learned()) > 0 {
		t.Errorf("%q; learned %v", p.Error, cut.Learned())
	}
}

// TestMannersUnsendableValidator: what no request could carry is not kept, or
// the source could never be asked again.
func TestMannersUnsendableValidator(t *testing.T) {
	for value, want := range map[string]string{
		`W/"a,b"`: `W/"a,b"`, "a\tb": "a\tb", "\xff\xfe": "\xff\xfe", "": "",
		"a\x7fb": "", "a\r\nCookie: x": "", "\x00": "", strings.Repeat("a", maxValidator+1): "",
	} {
		if got := validator(value); got != want {
			t.Errorf("%.40q is kept as %q", value, got)
		}
	}
}

// TestMannersPauseOutlivesTheRun: a host that wants to be left alone is left
// alone by the next process, too.
func TestMannersPauseOutlivesTheRun(t *testing.T) {
	x := newExchange(t, func(_ int, w http.ResponseWriter, _ *http.Request) { head(w, 429, "", "Retry-After", "18000") })
	x.poll()
	next := newTestCollector(t, Config{Now: func() time.Time { return x.now }}, x.server)
	next.Recall(x.c.Learned())
	other := Source{Name: "other", Feed: x.server.URL + "/other.xml"}
	x.now = x.now.Add(2 * time.Hour)
	r := one(t, next, other, State{})
	if !r.Skipped || x.count() != 1 || !strings.Contains(r.Why, "left alone") {
		t.Errorf("%+v after %d requests", r, x.count())
	}
	x.now = x.now.Add(4 * time.Hour)
	if one(t, next, other, r.State); x.count() != 2 {
		t.Errorf("when the pause is over it is asked %d times", x.count())
	}
}

// TestMannersRedirectsKeepThePace: a redirect on one host is a request like any.
func TestMannersRedirectsKeepThePace(t *testing.T) {
	x := newExchange(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/to") {
			head(w, 302, "", "Location", "/to"+r.URL.Path)
			return
		}
		head(w, 200, doc("", "one"))
	})
	var mu sync.Mutex
	var tick time.Time
	x.c.tick = func() time.Time { mu.Lock(); defer mu.Unlock(); return tick }
	x.c.sleep = func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		tick = tick.Add(d)
		return nil
	}
	var polls []Poll
	for i := range 10 {
		polls = append(polls, Poll{Source: Source{Name: fmt.Sprint(i), Feed: fmt.Sprintf("%s/%d", x.server.URL, i)}})
	}
	if err := x.c.Feeds(context.Background(), polls, func(Result) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if took := tick.Sub(time.Time{}); x.count() != 20 || took < 19*hostPause {
		t.Errorf("%d requests in %v", x.count(), took)
	}
}

// TestMannersIgnoredValidators: a server that sends the same each time has
// nothing new to say.
func TestMannersIgnoredValidators(t *testing.T) {
	x := newExchange(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		head(w, 200, doc("", "one"), "ETag", fmt.Sprintf(`"%d"`, n))
	})
	if r := x.poll(); r.Unchanged || len(r.Feed.Entries) != 1 {
		t.Errorf("%+v", r)
	}
	for range 3 {
		if r := x.poll(); !r.Unchanged || len(r.Feed.Entries) > 0 {
			t.Errorf("the same body is news: %+v", r)
		}
	}
}

// TestMannersGoAway: an HTTP/2 server that sends GOAWAY is asked once more, and
// no more than that.
func TestMannersGoAway(t *testing.T) {
	for _, c := range []struct {
		name       string
		goaways    int
		connection int
		fault      string
	}{
		{"none", 0, 1, ""},
		{"once", 1, 2, ""},
		{"always", 1000, 2, "breaks off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert, pool := certificate(t, "127.0.0.1", time.Now().AddDate(1, 0, 0))
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			var mu sync.Mutex
			asked := 0
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer conn.Close()
						serveHTTP2(conn, func() (goaway bool) {
							mu.Lock()
							defer mu.Unlock()
							asked++
							return asked <= c.goaways
						})
					}()
				}
			}()
			col := newTestCollector(t, Config{Allow: []string{l.Addr().String()}})
			col.transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
			r := one(t, col, Source{Name: "a", Feed: "https://" + l.Addr().String() + "/"}, State{})
			if (r.Error == "") != (c.fault == "") || !strings.Contains(r.Error, c.fault) {
				t.Errorf("%q, want %q", r.Error, c.fault)
			}
			mu.Lock()
			defer mu.Unlock()
			if asked != c.connection {
				t.Errorf("asked %d times, want %d", asked, c.connection)
			}
		})
	}
}

// serveHTTP2 answers one request of a connection: with a feed, or with GOAWAY
// that says nothing was processed (RFC 9113 section 6.8).
func serveHTTP2(conn net.Conn, goaway func() bool) {
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(conn, conn)
	if f.WriteSettings() != nil {
		return
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
		case *http2.HeadersFrame:
			if goaway() {
				_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
				_, _ = io.Copy(io.Discard, conn) // until the other end hangs up
				return
			}
			var block bytes.Buffer
			_ = hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: frame.StreamID, BlockFragment: block.Bytes(), EndHeaders: true})
			_ = f.WriteData(frame.StreamID, true, []byte(doc("", "one")))
		}
	}
}
