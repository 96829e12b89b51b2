package collect

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func folder(pairs ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

func slipsText(slips []Slip) string {
	var b strings.Builder
	for _, s := range slips {
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s | %s\n", s.File, s.Line, s.Column, s.Rule, s.What, s.Hint)
	}
	return b.String()
}

func TestReadSources(t *testing.T) {
	got, slips := ReadSources(folder(
		"README.md", "not read",
		"feeds.yaml", "# mine\nfeeds:\n  - name: The Log\n    feed: https://log.example/feed.xml\n    site: https://log.example/\n    about: Incidents, told slowly.\n    group: Researchers\n  - feed: https://b.example/rss\n    off: true\n",
		"links.yaml", "links:\n  - url: https://c.example/a?x=1\n    title: A title\n    note: |-\n      Two\n      lines.\n    quotes:\n      - First words.\n      - Second words.\n    tags: [one, two]\n    added: 2026-11-20\n    from: a friend\n",
		"more.opml", `<?xml version="1.0"?><opml version="2.0"><body><outline text="Vendors"><outline text="D &amp; E" title="D &amp; E" type="rss" xmlUrl="https://d.example/feed" htmlUrl="https://d.example/"/></outline></body></opml>`,
	))
	if len(slips) > 0 {
		t.Errorf("slips:\n%s", slipsText(slips))
	}
	want := Sources{
		Feeds: []Source{
			{Name: "The Log", Feed: "https://log.example/feed.xml", Site: "https://log.example/", About: "Incidents, told slowly.", Group: "Researchers", File: "feeds.yaml", Line: 3},
			{Name: "b.example", Feed: "https://b.example/rss", Off: true, File: "feeds.yaml", Line: 8},
			{Name: "D & E", Feed: "https://d.example/feed", Site: "https://d.example/", Group: "Vendors", File: "more.opml", Line: 1},
		},
		Links: []Link{{
			URL: "https://c.example/a?x=1", Title: "A title", Note: "Two\nlines.", Quotes: []string{"First words.", "Second words."},
			Tags: []string{"one", "two"}, Added: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), From: "a friend", File: "links.yaml", Line: 2,
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got, slips := ReadSources(folder()); len(got.Feeds)+len(got.Links)+len(slips) > 0 {
		t.Errorf("an empty folder gives %v, %v", got, slips)
	}
}

// TestSlips: a fault is said at its place, and what is right beside it is read.
func TestSlips(t *testing.T) {
	const good = "  - name: Good\n    feed: https://good.example/feed\n"
	for _, c := range []struct{ name, text, want string }{
		{"misspelt key", "feeds:\n" + good + "  - name: Slip\n    fed: https://s.example/\n", `feeds.yaml:5:5: key-unknown: there is no key "fed" | did you mean "feed"?`},
		{"key twice", "feeds:\n" + good + "  - name: A\n    name: B\n    feed: https://s.example/\n", `feeds.yaml:5:5: key-twice`},
		{"bad address", "feeds:\n" + good + "  - name: A\n    feed: s.example/feed\n", `feeds.yaml:5:11: address-bad: the feed "s.example/feed" is not a web address`},
		{"credentials", "feeds:\n" + good + "  - name: A\n    feed: https://u:pw@s.example/\n", `feeds.yaml:5:11: address-bad: the feed has a name or password`},
		{"same feed twice", "feeds:\n" + good + "  - name: A\n    feed: https://good.example/feed?utm_source=x\n", `feeds.yaml:5:11: feed-twice: this feed is at feeds.yaml:2 already`},
		{"same name twice", "feeds:\n" + good + "  - name: good\n    feed: https://s.example/feed\n", `feeds.yaml:4:11: name-twice`},
		{"no feed", "feeds:\n" + good + "  - name: A\n", `feeds.yaml:4:5: feed-missing`},
		{"a list of texts", "feeds:\n" + good + "  - https://s.example/feed\n", `feeds.yaml:4:5: sources-syntax`},
		{"a key of other programs", "feeds:\n" + good + "  - name: A\n    url: https://s.example/\n", `feeds.yaml:5:5: key-unknown: there is no key "url" | did you mean "feed"?`},
		{"a blank in the address", "feeds:\n" + good + "  - name: A\n    feed: https://s.example/a b\n", `feeds.yaml:5:11: address-bad: the feed "https://s.example/a b" is not a web address`},
		{"a port that does not exist", "feeds:\n" + good + "  - name: A\n    feed: https://s.example:99999/\n", `feeds.yaml:5:11: address-bad: the feed "https://s.example:99999/" has a port`},
		{"two documents", "feeds:\n" + good + "---\nfeeds: []\n", `feeds.yaml:4:1: sources-syntax: what stands below`},
		{"unknown top key", "feeds:\n" + good + "feed: x\n", `feeds.yaml:4:1: key-unknown: there is no key "feed" | did you mean "feeds"?`},
	} {
		got, slips := ReadSources(folder("feeds.yaml", c.text))
		if len(got.Feeds) == 0 || got.Feeds[0].Name != "Good" {
			t.Errorf("%s: the good source was not read: %v", c.name, got.Feeds)
		}
		if s := slipsText(slips); !strings.HasPrefix(s, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, s, c.want)
		}
		if strings.Contains(slipsText(slips), "pw") {
			t.Errorf("%s: the password is said", c.name)
		}
	}
	if _, slips := ReadSources(folder("feeds.yaml", "feeds:\n  - name: [unclosed\n")); len(slips) != 1 || slips[0].Rule != "sources-syntax" || slips[0].Line < 2 {
		t.Errorf("broken YAML: %s", slipsText(slips))
	}
	for text, want := range map[string]string{
		"feeds:\n\t- name: A\n":                                  "feeds.yaml:2:1: sources-syntax: the YAML can't be read: the line begins with a tab | indent with blanks",
		"feeds:\n  - name: caf\xe9\n":                            "feeds.yaml:2:14: sources-syntax: the file is not UTF-8 from here on | save it as UTF-8",
		"feeds:\n  - name: a: b\n    feed: https://a.example/\n": "feeds.yaml:2:1: sources-syntax: the YAML can't be read: mapping values",
	} {
		if _, slips := ReadSources(folder("feeds.yaml", text)); len(slips) != 1 || !strings.HasPrefix(slipsText(slips), want) {
			t.Errorf("%q: %s", text, slipsText(slips))
		}
	}
	if _, slips := ReadSources(folder("x.opml", "<html><body>no</body></html>")); len(slips) != 1 {
		t.Errorf("no OPML: %s", slipsText(slips))
	}
}

func TestAppendLinks(t *testing.T) {
	link := Link{URL: "https://n.example/a", Title: "A: title", Note: "Line one\n\n- \"two\"", Quotes: []string{"No token: outlived # its build."}, Added: time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)}
	for _, old := range []string{
		"",
		"# only a comment",
		"links:\n",
		"# head\nlinks: # mine\n  - url: https://o.example/\n    note: old\n# a comment after\n",
		"links:\n- url: https://o.example/\n  title: no indent\n",
		"links:\r\n  - url: https://o.example/\r\n",
		"links:\n  - url: https://o.example/\n    note: |-\n      a block\n\n      of lines\n\nfeeds:\n  - name: F\n    feed: https://f.example/\n",
	} {
		out, _, err := AppendLinks([]byte(old), []Link{link})
		if err != nil {
			t.Errorf("to %q: %v", old, err)
			continue
		}
		if !isSubsequence([]byte(old), out) {
			t.Errorf("to %q: bytes were lost:\n%s", old, out)
		}
		got, slips := ReadSources(folder("links.yaml", string(out)))
		if len(slips) > 0 || len(got.Links) == 0 {
			t.Errorf("to %q: reads back with %s\n%s", old, slipsText(slips), out)
			continue
		}
		last := got.Links[len(got.Links)-1]
		last.File, last.Line = "", 0
		if diff := cmp.Diff(link, last); diff != "" {
			t.Errorf("to %q: -want +got\n%s", old, diff)
		}
		again, added, err := AppendLinks(out, []Link{{URL: "https://N.example/a?utm_source=x"}})
		if err != nil || len(added) > 0 || !bytes.Equal(again, out) {
			t.Errorf("to %q: the same story again: %v, %v", old, added, err)
		}
	}
	if _, _, err := AppendLinks([]byte("links: {a: b}\n"), []Link{link}); err == nil {
		t.Error("a links that is no list was added to")
	}
	if _, _, err := AppendLinks(nil, []Link{{URL: "ftp://x.example/"}}); err == nil {
		t.Error("an ftp address was added")
	}
}

func isSubsequence(a, b []byte) bool {
	for _, c := range b {
		if len(a) > 0 && a[0] == c {
			a = a[1:]
		}
	}
	return len(a) == 0
}

func FuzzAppendLinks(f *testing.F) {
	f.Add("links:\n  - url: https://o.example/\n", "https://n.example/", "note", "quote")
	f.Add("# c\nlinks:\n- url: 'https://o.example/'\n  quotes: [a]\nfeeds: []\n", "https://n.example/?a=1#b", "a: b\n# c", "\"- x")
	f.Fuzz(func(t *testing.T, file, url, note, quote string) {
		out, _, err := AppendLinks([]byte(file), []Link{{URL: url, Note: note, Quotes: []string{quote}}})
		if err != nil {
			if string(out) != file {
				t.Fatalf("changed in spite of %v", err)
			}
			return
		}
		if !isSubsequence([]byte(file), out) {
			t.Fatalf("bytes were lost: %q became %q", file, out)
		}
	})
}

func FuzzReadSources(f *testing.F) {
	f.Add("feeds:\n  - name: a\n    feed: https://a.example/\n", true)
	f.Add("<opml><body><outline xmlUrl='https://a.example/'/></body></opml>", false)
	f.Fuzz(func(t *testing.T, text string, asYAML bool) {
		name := "a.opml"
		if asYAML {
			name = "a.yaml"
		}
		got, slips := ReadSources(folder(name, text))
		for _, s := range got.Feeds {
			if badAddress(s.Feed) != "" {
				t.Fatalf("a source at %q", s.Feed)
			}
		}
		for _, s := range slips {
			if s.Line < 1 || s.Column < 1 || s.What == "" || s.Hint == "" {
				t.Fatalf("a slip without place, words or cure: %+v", s)
			}
		}
	})
}
