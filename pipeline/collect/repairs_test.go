package collect

import (
	"strings"
	"testing"
	"time"
)

// TestRepairs: repairs that no case of others shows, each with its own.
func TestRepairs(t *testing.T) {
	for _, c := range []struct {
		name, inside string
		check        func(Entry) bool
	}{
		{"tags that nobody defined", "<tags>keys, tokens</tags><category>more</category>", func(e Entry) bool { return strings.Join(e.Categories, "|") == "keys|tokens|more" }},
		{"a description and a summary", "<description>short</description><summary>long</summary>", func(e Entry) bool { return e.Summary == "short" && e.Content == "long" }},
		{"an object left open in a title", "<title>safe&lt;object classid='x'&gt; words</title>", func(e Entry) bool { return e.Title == "safe words" }},
		{"a relative link in a text", "<description>&lt;a href='/x'&gt;y&lt;/a&gt;</description>", func(e Entry) bool { return strings.Contains(e.Summary, `href="https://h.example/x"`) }},
		{"an odd attribute with a relative link", "<description>&lt;IMG SRC = pic.png alt=x&gt;</description>", func(e Entry) bool { return strings.Contains(e.Summary, `src="https://h.example/pic.png"`) }},
	} {
		feed, err := ParseFeed([]byte(item(c.inside)), "", "https://h.example/feed")
		if err != nil || len(feed.Entries) != 1 || !c.check(feed.Entries[0]) {
			t.Errorf("%s: %v, %+v", c.name, err, feed.Entries)
		}
	}
}

func TestZoneNames(t *testing.T) {
	for text, want := range map[string]string{
		"Sun, 22 Nov 2026 11:00:00 PT":     "2026-11-22T19:00:00Z",
		"Sun, 22 Nov 2026 11:00:00 VLAT":   "2026-11-22T01:00:00Z",
		"dim., 22 nov. 2026 11:00:00 HNE":  "2026-11-22T16:00:00Z",
		"22 Nov 2026 11:00 WITA":           "2026-11-22T03:00:00Z",
		"Sun Nov 22 11:00:00 CT 2026":      "2026-11-22T17:00:00Z",
		"22 Nov 2026 at 11:00":             "2026-11-22T11:00:00Z", // a word, not Atlantic time
		"Sun, 22 Nov 2026 11:00:00 +0530":  "2026-11-22T05:30:00Z",
		"Sun, 2 Nov 2026 11:00:00 GMT":     "2026-11-02T11:00:00Z",
		"2026-11-22T11:00:00.75-03:00":     "2026-11-22T14:00:00Z",
		" Sun, 22 Nov 2026 11:00:00 GMT\n": "2026-11-22T11:00:00Z",
		"Sun, 31 Nov 2026 11:00:00 GMT":    "", // no calendar has it
		"Sun, 22 Nov 1601 11:00:00 GMT":    "", // a computer's empty date
	} {
		when, ok := parseDate(text)
		if got := when.Format(time.RFC3339); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %s, %v; want %q", text, got, ok, want)
		}
	}
}

func TestMarkupInBase64(t *testing.T) {
	// <p>Keys &amp; <b>locks</b></p><script>x</script>
	feed, err := ParseFeed([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><summary type="application/octet-stream">
		PHA+S2V5cyAmYW1wOyA8Yj5sb2NrczwvYj48L3A+PHNjcmlwdD54PC9zY3JpcHQ+</summary></entry></feed>`), "", "")
	if err != nil || len(feed.Entries) != 1 || feed.Entries[0].Summary != "<p>Keys &amp; <b>locks</b></p>" {
		t.Errorf("%+v, %v", feed, err)
	}
}
