package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/inbox"
)

// desk is an inbox with a clock that the test sets.
type desk struct {
	*inbox.Inbox
	t    testing.TB
	now  time.Time
	path string
}

func open(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), path: filepath.Join(t.TempDir(), "inbox.db")}
	var err error
	if d.Inbox, err = inbox.Open(context.Background(), d.path, func() time.Time { return d.now }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func source(name string) collect.Source {
	return collect.Source{Name: name, Feed: "https://" + strings.ToLower(name) + ".example/feed.xml"}
}

func result(name string, entries ...collect.Entry) collect.Result {
	s := source(name)
	return collect.Result{Source: s, State: collect.State{Feed: s.Feed, Address: s.Feed}, Feed: collect.Feed{Entries: entries}}
}

func (d *desk) save(results ...collect.Result) map[string]int {
	d.t.Helper()
	fresh, err := d.SaveResults(context.Background(), results)
	if err != nil {
		d.t.Fatal(err)
	}
	return fresh
}

func (d *desk) links(links ...collect.Link) []inbox.Candidate {
	d.t.Helper()
	saved, err := d.SaveLinks(context.Background(), links)
	if err != nil {
		d.t.Fatal(err)
	}
	return saved
}

func (d *desk) pages(pages ...collect.Page) {
	d.t.Helper()
	if err := d.SavePages(context.Background(), pages); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) list(f inbox.Filter) []inbox.Candidate {
	d.t.Helper()
	list, err := d.List(context.Background(), f)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) find(url string) inbox.Candidate {
	d.t.Helper()
	c, err := d.Find(context.Background(), url)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) want(since time.Time, perSource int) []string {
	d.t.Helper()
	urls, err := d.WantPages(context.Background(), since, perSource)
	if err != nil {
		d.t.Fatal(err)
	}
	return urls
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func titles(list []inbox.Candidate) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.Title)
	}
	return all
}

func TestAnEntryOfThreeFeedsIsOneCandidate(t *testing.T) {
	d := open(t)
	fresh := d.save(
		result("Harbour", collect.Entry{ID: "1", Title: "Token left in a build log", Link: "https://news.example/token"}),
		result("Lantern", collect.Entry{ID: "x", Title: "Token left in a public build log", Link: "https://NEWS.example:443/token#comments"}),
		result("Kelp", collect.Entry{ID: "y", Title: "", Link: "https://news.example/token"},
			collect.Entry{ID: "z", Title: "Another", Link: "https://news.example/other"}),
	)
	equal(t, "new candidates", fresh, map[string]int{source("Harbour").Feed: 1, source("Kelp").Feed: 1})
	c := d.find("https://news.example/token")
	equal(t, "sources", c.Sources, []string{"Harbour", "Lantern", "Kelp"})
	equal(t, "title: the last that is not empty", c.Title, "Token left in a public build log")
	equal(t, "link as first given", c.Link, "https://news.example/token")
	equal(t, "place", c.Place, inbox.Waiting)
	equal(t, "first seen", c.Seen, d.now)
}

func TestCollectingAgainAddsNothing(t *testing.T) {
	d := open(t)
	entry := collect.Entry{
		ID: "1", Title: "Token left in a build log", Link: "https://news.example/token", Authors: []string{"Ida Moss"},
		Summary: "<p>A token &amp; a <b>lo</b>g.</p><p>More.</p>", Published: d.now.Add(-time.Hour), Flags: []string{"odd"},
	}
	d.save(result("Harbour", entry))
	first := d.find(entry.Link)
	equal(t, "summary as plain text", first.Summary, "A token & a log. More.")
	equal(t, "flags", first.Flags, []string{"odd"})

	seen := d.now
	d.now = d.now.Add(24 * time.Hour)
	equal(t, "the same again", d.save(result("Harbour", entry)), map[string]int{})
	equal(t, "candidate", d.find(entry.Link), first)

	entry.ID = "a quite different id"
	equal(t, "another id, the same link", d.save(result("Harbour", entry)), map[string]int{})
	entry.Title = "Token left in a build log (updated)"
	entry.Published = d.now
	d.save(result("Harbour", entry))
	c := d.find(entry.Link)
	equal(t, "changed title", c.Title, entry.Title)
	equal(t, "first date stays", c.Published, first.Published)
	equal(t, "first seen stays", c.Seen, seen)
	equal(t, "candidates", len(d.list(inbox.Filter{Place: inbox.All})), 1)
}

func TestEntriesWithoutUsableLinkAreLeftOut(t *testing.T) {
	d := open(t)
	d.save(result("Harbour",
		collect.Entry{ID: "1", Title: "none"},
		collect.Entry{ID: "2", Title: "script", Link: "javascript:alert(1)"},
		collect.Entry{ID: "3", Title: "good", Link: "https://news.example/good"},
		collect.Entry{ID: "4", Title: "endless", Link: "https://news.example/" + strings.Repeat("a", 10_000)},
	))
	equal(t, "titles", titles(d.list(inbox.Filter{})), []string{"good"})
}

func TestADateInTheFutureIsFirstSeen(t *testing.T) {
	d := open(t)
	d.save(result("Harbour",
		collect.Entry{Title: "tomorrow", Link: "https://news.example/1", Published: d.now.Add(24 * time.Hour)},
		collect.Entry{Title: "year 12000", Link: "https://news.example/2", Published: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}))
	for _, c := range d.list(inbox.Filter{}) {
		if !c.Published.Equal(d.now) || !slices.Contains(c.Flags, "date in the future") {
			t.Errorf("%s: published %s, flags %q", c.Title, c.Published, c.Flags)
		}
	}
}

func TestADateInTheFutureIsNeverOnTop(t *testing.T) {
	d := open(t)
	soon := func(title string) collect.Entry {
		return collect.Entry{Title: title, Link: "https://loud.example/" + title, Published: d.now.Add(48 * time.Hour)}
	}
	d.save(result("Loud", soon("loud")), result("Harbour",
		collect.Entry{Title: "last-week", Link: "https://news.example/1", Published: d.now.AddDate(0, 0, -7)}))
	equal(t, "with older ones only", titles(d.list(inbox.Filter{})), []string{"last-week", "loud"})
	equal(t, "its source alone", titles(d.list(inbox.Filter{Source: "Loud"})), []string{"loud"})
	equal(t, "the first only", titles(d.list(inbox.Filter{Limit: 1})), []string{"last-week"})

	d.now = d.now.AddDate(0, 0, 1)
	d.save(result("Harbour",
		collect.Entry{Title: "early", Link: "https://news.example/2", Published: d.now.Add(-8 * time.Hour)},
		collect.Entry{Title: "undated", Link: "https://news.example/3"},
		collect.Entry{Title: "yesterday", Link: "https://news.example/4", Published: d.now.Add(-30 * time.Hour)}),
		result("Loud", soon("louder")))
	equal(t, "below its day", titles(d.list(inbox.Filter{})),
		[]string{"undated", "early", "louder", "yesterday", "loud", "last-week"})
}

func TestTextFromOutsideIsBounded(t *testing.T) {
	d := open(t)
	long := strings.Repeat("wörter ", 100_000)
	d.save(result("Harbour", collect.Entry{
		Title: "a\x00b\nc\xff " + long, Link: "https://news.example/1", Content: "<p>" + long, Authors: slices.Repeat([]string{long, "x"}, 500),
	}))
	c := d.find("https://news.example/1")
	if n := len([]rune(c.Title)); n > 300 || !strings.HasPrefix(c.Title, "ab c wörter") {
		t.Errorf("title of %d characters: %.40q", n, c.Title)
	}
	if n := len([]rune(c.Summary)); n > 500 || !strings.HasSuffix(c.Summary, "wörter…") {
		t.Errorf("summary of %d characters: %q", n, c.Summary)
	}
	if len(c.Authors) != 2 {
		t.Errorf("%d authors", len(c.Authors))
	}
}

func TestStatesComeBackAsTheyWere(t *testing.T) {
	d := open(t)
	var full collect.State
	v := reflect.ValueOf(&full).Elem()
	for i := range v.NumField() { // a field added to State that the inbox forgets fails here
		switch f := v.Field(i); f.Interface().(type) {
		case string:
			f.SetString(fmt.Sprintf("value %d", i))
		case int:
			f.SetInt(int64(i))
		case bool:
			f.SetBool(true)
		case time.Time:
			f.Set(reflect.ValueOf(d.now.Add(time.Duration(i) * time.Millisecond)))
		default:
			t.Fatalf("State.%s is of a kind this test doesn't know", v.Type().Field(i).Name)
		}
	}
	full.ETag, full.LastModified = "W/\"a-17:,b;c\xff\x00\"", "some day\xe9"
	s := source("Harbour")
	full.Feed = s.Feed
	d.save(collect.Result{Source: s, State: full})
	states, err := d.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "states", states, map[string]collect.State{s.Feed: full})

	full.ETag, full.Failures, full.Gone = "", 0, false
	full.Asked = full.Asked.Add(time.Hour)
	d.save(collect.Result{Source: s, State: full, Unchanged: true})
	stale := full
	stale.Asked, stale.ETag = full.Asked.Add(-time.Hour), "old"
	d.save(collect.Result{Source: s, State: stale, Skipped: true})
	states, err = d.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "after a newer answer, and a skipped result that knows less", states, map[string]collect.State{s.Feed: full})
}

func TestLinksByHand(t *testing.T) {
	d := open(t)
	d.save(result("Harbour", collect.Entry{Title: "Feed title", Link: "https://news.example/a"}))
	given := []collect.Link{
		{URL: "https://news.example/a#part", Title: "Her own title", Note: "Worth a look.", Quotes: []string{"One line.", "Two\nlines."}},
		{URL: "https://news.example/b"},
		{URL: "https://news.example/a", Quotes: []string{"Two\nlines.", "Three."}, Note: "Ask Ida."},
	}
	saved := d.links(given...)
	if len(saved) != 3 || saved[0].ID != saved[2].ID || saved[1].URL != "https://news.example/b" {
		t.Fatalf("one candidate a link, in order: %+v", saved)
	}
	a := saved[0]
	equal(t, "sources", a.Sources, []string{"Harbour", inbox.ByHand})
	equal(t, "quotes", a.Quotes, []string{"One line.", "Two\nlines.", "Three."})
	equal(t, "note", a.Note, "Worth a look.\n\nAsk Ida.")
	equal(t, "title", a.Title, "Her own title")

	equal(t, "the same links again", d.links(given...), saved)
	d.save(result("Harbour", collect.Entry{Title: "Feed title 2", Link: "https://news.example/a"}))
	equal(t, "a feed doesn't change her title", d.find(a.URL).Title, "Her own title")

	if err := d.Drop(context.Background(), a.ID); err != nil {
		t.Fatal(err)
	}
	d.links(given...)
	equal(t, "what she dropped stays dropped", d.find(a.URL).Place, inbox.Dropped)

	_, err := d.SaveLinks(context.Background(), []collect.Link{{URL: "https://news.example/new"}, {URL: "javascript:alert(1)"}})
	if err == nil || !strings.Contains(err.Error(), "javascript:alert(1)") {
		t.Errorf("a link without usable address: %v", err)
	}
	if _, err := d.Find(context.Background(), "https://news.example/new"); !errors.Is(err, inbox.ErrUnknown) {
		t.Errorf("part of a refused list was stored: %v", err)
	}
}

func TestPickDropRestore(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	d.save(result("Harbour",
		collect.Entry{Title: "a", Link: "https://news.example/a"},
		collect.Entry{Title: "b", Link: "https://news.example/b"},
		collect.Entry{Title: "c", Link: "https://news.example/c"}))
	id := func(name string) int64 { return d.find("https://news.example/" + name).ID }
	quote := extract.Quote{Exact: "Every key was rotated.", Prefix: "At noon. ", Suffix: " Then", Score: 0.5, Reasons: []string{"early"}}
	pick := func(name string, quotes []extract.Quote, note string) inbox.Pick {
		t.Helper()
		p, err := d.Pick(ctx, id(name), quotes, note)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	order := func() []string {
		t.Helper()
		picks, err := d.Picks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range picks {
			names = append(names, p.Candidate.Title)
		}
		return names
	}
	pick("c", nil, "")
	pick("a", []extract.Quote{quote}, "First note.")
	pick("b", nil, "")
	equal(t, "order picked", order(), []string{"c", "a", "b"})

	again := pick("a", nil, "")
	equal(t, "quotes and note are kept", again, inbox.Pick{
		Candidate: d.find("https://news.example/a"), Quotes: []extract.Quote{quote}, Note: "First note.", At: d.now,
	})
	equal(t, "place", again.Candidate.Place, inbox.Picked)
	other := extract.Quote{Exact: "Nobody was paged.", Reasons: []string{"short"}}
	again = pick("a", []extract.Quote{other}, "Second note.")
	equal(t, "quotes are replaced", again.Quotes, []extract.Quote{other})
	equal(t, "note is replaced", again.Note, "Second note.")
	equal(t, "picking again keeps the turn", order(), []string{"c", "a", "b"})

	for _, step := range []error{d.Drop(ctx, id("c")), d.Restore(ctx, id("a"))} {
		if step != nil {
			t.Fatal(step)
		}
	}
	equal(t, "after drop and restore", order(), []string{"b"})
	equal(t, "waiting", titles(d.list(inbox.Filter{})), []string{"a"})
	equal(t, "dropped", titles(d.list(inbox.Filter{Place: inbox.Dropped})), []string{"c"})
	equal(t, "picked again with the old choice", pick("a", nil, "").Quotes, []extract.Quote{other})
	equal(t, "and as the last", order(), []string{"b", "a"})

	for name, err := range map[string]error{
		"drop": d.Drop(ctx, 99), "restore": d.Restore(ctx, 99),
		"get":  func() error { _, err := d.Get(ctx, 99); return err }(),
		"pick": func() error { _, err := d.Pick(ctx, 99, nil, ""); return err }(),
		"find": func() error { _, err := d.Find(ctx, "https://news.example/none"); return err }(),
	} {
		if !errors.Is(err, inbox.ErrUnknown) {
			t.Errorf("%s of an unknown candidate: %v", name, err)
		}
	}
}

func TestList(t *testing.T) {
	d := open(t)
	day := func(n int) time.Time { return d.now.AddDate(0, 0, -n) }
	d.save(
		result("Harbour",
			collect.Entry{Title: "Old STRASSE of keys", Link: "https://news.example/1", Published: day(9), Summary: "100% of Ärger"},
			collect.Entry{Title: "Undated key", Link: "https://news.example/2"}),
		result("Lantern", collect.Entry{Title: "Yesterday's lock", Link: "https://news.example/3", Published: day(1)}))
	for _, c := range []struct {
		name string
		f    inbox.Filter
		want []string
	}{
		{"all that waits, newest first", inbox.Filter{}, []string{"Undated key", "Yesterday's lock", "Old STRASSE of keys"}},
		{"one source", inbox.Filter{Source: "Lantern"}, []string{"Yesterday's lock"}},
		{"words, any case", inbox.Filter{Words: "KEY"}, []string{"Undated key", "Old STRASSE of keys"}},
		{"all the words", inbox.Filter{Words: "keys old"}, []string{"Old STRASSE of keys"}},
		{"words of the summary, any script", inbox.Filter{Words: "ärger"}, []string{"Old STRASSE of keys"}},
		{"a percent sign is itself", inbox.Filter{Words: "0%"}, []string{"Old STRASSE of keys"}},
		{"an underscore is itself", inbox.Filter{Words: "_"}, nil},
		{"a limit", inbox.Filter{Limit: 1}, []string{"Undated key"}},
		{"another place", inbox.Filter{Place: inbox.Picked}, nil},
		{"every place", inbox.Filter{Place: "all", Limit: 9}, []string{"Undated key", "Yesterday's lock", "Old STRASSE of keys"}},
	} {
		equal(t, c.name, titles(d.list(c.f)), c.want)
	}
	if _, err := d.List(context.Background(), inbox.Filter{Place: "piked"}); err == nil || !strings.Contains(err.Error(), "picked") {
		t.Errorf("a place that is none: %v", err)
	}
}

func TestPages(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	good := collect.Page{
		URL: "https://news.example/a", FinalURL: "https://www.news.example/stories/a", Status: 200,
		Header: map[string][]string{"Content-Type": {"text/html"}}, Body: []byte(strings.Repeat("<p>A story.</p>", 1000)), Fetched: d.now,
	}
	d.save(result("Harbour", collect.Entry{Title: "a", Link: "https://news.example/a"}))
	if p, kept, err := d.Page(ctx, good.URL); kept || err != nil || p.URL != "" {
		t.Errorf("a page never asked: %+v, %v, %v", p, kept, err)
	}
	failed := collect.Page{URL: good.URL, FinalURL: good.URL, Status: 503, Error: "the server is busy", Fetched: d.now}
	d.pages(failed)
	p, kept, err := d.Page(ctx, good.URL)
	if kept || err != nil || p.Error != "the server is busy" || p.Status != 503 {
		t.Errorf("a failed page: %+v, %v, %v", p, kept, err)
	}
	equal(t, "fact of a failed page", d.find(good.URL).Page, inbox.PageFact{Status: 503, Error: "the server is busy", Fetched: d.now})

	d.pages(good)
	later := failed
	later.Fetched = d.now.Add(time.Hour)
	d.pages(later)
	for _, url := range []string{good.URL, good.FinalURL, "https://NEWS.example/a#top"} {
		p, kept, err := d.Page(ctx, url)
		if err != nil || !kept {
			t.Errorf("%s: %v, %v", url, kept, err)
		}
		equal(t, url, p, good)
	}
	equal(t, "fact of a kept page whose last try failed", d.find(good.URL).Page,
		inbox.PageFact{Kept: true, Status: 200, Error: "the server is busy", Fetched: d.now})

	newer := good
	newer.Body, newer.Fetched = []byte("<p>Corrected.</p>"), d.now.Add(2*time.Hour)
	d.pages(newer)
	p, _, _ = d.Page(ctx, good.URL)
	equal(t, "a newer good page replaces it", p, newer)

	d.pages(collect.Page{URL: "https://news.example/huge", Status: 200, Body: make([]byte, 33<<20)}, collect.Page{URL: "https://news.example/empty", Status: 200})
	for _, url := range []string{"https://news.example/huge", "https://news.example/empty"} {
		if p, kept, err := d.Page(ctx, url); kept || err != nil || p.Error == "" {
			t.Errorf("%s: %v, %v, %q", url, kept, err, p.Error)
		}
	}
}

func TestWantPages(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	start := d.now
	url := func(n int) string { return fmt.Sprintf("https://news.example/%d", n) }
	var entries []collect.Entry
	for n := 1; n <= 5; n++ {
		entries = append(entries, collect.Entry{Title: fmt.Sprint(n), Link: url(n)})
	}
	d.save(result("Harbour", entries[:4]...), result("Lantern", entries[3:]...))
	d.links(collect.Link{URL: url(6)}, collect.Link{URL: url(7)})
	equal(t, "two a source, links by hand always", d.want(start, 2), []string{url(7), url(6), url(5), url(4), url(3)})
	equal(t, "none a source", d.want(start, 0), []string{url(7), url(6)})
	equal(t, "nothing is new enough but links by hand", d.want(start.Add(time.Hour), 9), []string{url(7), url(6)})

	good := func(n int) collect.Page {
		return collect.Page{URL: url(n), Status: 200, Body: []byte("x"), Fetched: d.now}
	}
	d.pages(good(7), good(6), good(5))
	if err := d.Drop(ctx, d.find(url(4)).ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pick(ctx, d.find(url(3)).ID, nil, ""); err != nil {
		t.Fatal(err)
	}
	equal(t, "without what is kept or dropped, with what is picked", d.want(start, 9), []string{url(3), url(2), url(1)})

	fail := func() { d.pages(collect.Page{URL: url(1), Error: "no answer", Fetched: d.now}) }
	for try := 1; try <= 4; try++ {
		fail()
		d.now = d.now.Add(6*time.Hour - time.Minute)
		equal(t, fmt.Sprintf("under 6 hours after failure %d", try), d.want(start, 9), []string{url(3), url(2)})
		d.now = d.now.Add(2 * time.Minute)
		want := []string{url(3), url(2), url(1)}
		if try == 4 {
			want = want[:2]
		}
		equal(t, fmt.Sprintf("over 6 hours after failure %d", try), d.want(start, 9), want)
	}
}

func TestYields(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	first := d.now
	d.save(result("Harbour", collect.Entry{Title: "a", Link: "https://news.example/a"}, collect.Entry{Title: "b", Link: "https://news.example/b"}))
	d.now = d.now.Add(time.Hour)
	d.save(result("Lantern", collect.Entry{Title: "a", Link: "https://news.example/a"}), result("Harbour", collect.Entry{Title: "a", Link: "https://news.example/a"}))
	d.links(collect.Link{URL: "https://news.example/c"})
	a := d.find("https://news.example/a").ID
	if _, err := d.Pick(ctx, a, nil, ""); err != nil {
		t.Fatal(err)
	}
	if err := d.Drop(ctx, a); err != nil {
		t.Fatal(err)
	}
	yields, err := d.Yields(ctx)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "yields: ever picked counts", yields, map[string]inbox.Yield{
		"Harbour": {Entries: 2, Month: 2, Picked: 1, Last: first}, "Lantern": {Entries: 1, Month: 1, Picked: 1, Last: d.now}, inbox.ByHand: {Entries: 1, Month: 1, Last: d.now},
	})
	renamed := result("Harbour", collect.Entry{Title: "a", Link: "https://news.example/a"})
	renamed.Source.Name = "Harbour Watch"
	d.save(renamed)
	equal(t, "a renamed source is listed by its new name", d.find("https://news.example/a").Sources, []string{"Harbour Watch", "Lantern"})
}

func TestACancelledSaveStoresNothing(t *testing.T) {
	d := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.SaveResults(ctx, []collect.Result{result("Harbour", collect.Entry{Title: "a", Link: "https://news.example/a"})}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	equal(t, "candidates", len(d.list(inbox.Filter{})), 0)
}

// TestOneStoryByItsOwnWord: a page that states another candidate's address makes
// the two one, with both sources; what the editor has touched stays as it is.
func TestOneStoryByItsOwnWord(t *testing.T) {
	const story, copied = "https://news.example/story", "https://news.example/story?shown=list"
	page := func(address, states string) collect.Page {
		return collect.Page{URL: address, FinalURL: address, Status: 200, Body: []byte(`<head><link rel="canonical" href="` + states + `"></head>`)}
	}
	for _, c := range []struct {
		name   string
		states string
		touch  func(d *desk, id int64) error
		left   int
	}{
		{"united", story, nil, 1},
		{"another host", "https://evil.example/story", nil, 2},
		{"what is no candidate", "https://news.example/section", nil, 2},
		{"itself", copied, nil, 2},
		{"dropped before", story, func(d *desk, id int64) error { return d.Drop(context.Background(), id) }, 2},
		{"picked before", story, func(d *desk, id int64) error {
			_, err := d.Pick(context.Background(), id, nil, "")
			return err
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.save(result("Harbour", collect.Entry{Title: "A story", Link: story}))
			d.save(result("Copyist", collect.Entry{Title: "A story (list)", Link: copied}))
			if c.touch != nil {
				if err := c.touch(d, d.find(copied).ID); err != nil {
					t.Fatal(err)
				}
			}
			d.pages(page(copied, c.states))
			list := d.list(inbox.Filter{Place: inbox.All})
			equal(t, "candidates", len(list), c.left)
			if c.left != 1 {
				return
			}
			equal(t, "sources", strings.Join(list[0].Sources, ", "), "Harbour, Copyist")
			equal(t, "title", list[0].Title, "A story")
			if fresh := d.save(result("Copyist", collect.Entry{Title: "A story (list)", Link: copied}), result("Third", collect.Entry{Title: "Changed", Link: copied})); len(fresh) > 0 {
				t.Errorf("new again: %v", fresh)
			}
			list = d.list(inbox.Filter{Place: inbox.All})
			equal(t, "candidates", len(list), 1)
			equal(t, "sources", strings.Join(list[0].Sources, ", "), "Harbour, Copyist, Third")
			equal(t, "title", list[0].Title, "A story")
			equal(t, "found", d.find(copied).ID, list[0].ID)
			equal(t, "pages wanted", len(d.want(d.now.AddDate(0, 0, -1), 10)), 1)
		})
	}
}

// BenchmarkSaveResults is one morning of 1,000 feeds of 30 entries: the first
// run, in which everything is new, and the next one, in which nothing is.
func BenchmarkSaveResults(b *testing.B) {
	var results []collect.Result
	for feed := range 1000 {
		var entries []collect.Entry
		for n := range 30 {
			entries = append(entries, collect.Entry{
				ID: fmt.Sprint(n), Title: fmt.Sprintf("Story %d of source %d", n, feed), Link: fmt.Sprintf("https://s%d.example/2026/03/story-%d", feed, n),
				Summary: "<p>" + strings.Repeat("What was found, and what to do about it. ", 10) + "</p>", Published: time.Date(2026, 3, 1, 0, n, 0, 0, time.UTC),
			})
		}
		results = append(results, result(fmt.Sprintf("s%d", feed), entries...))
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			d := open(b)
			b.StartTimer()
			d.save(results...)
			b.StopTimer()
			d.Close()
			b.StartTimer()
		}
	})
	b.Run("again", func(b *testing.B) {
		d := open(b)
		d.save(results...)
		for b.Loop() {
			d.save(results...)
		}
	})
	b.Run("list", func(b *testing.B) {
		d := open(b)
		d.save(results...)
		for b.Loop() {
			d.list(inbox.Filter{Limit: 50})
		}
	})
	b.Run("want", func(b *testing.B) {
		d := open(b)
		d.save(results...)
		for b.Loop() {
			d.want(d.now, 10)
		}
	})
}
