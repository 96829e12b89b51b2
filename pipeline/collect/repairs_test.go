package collect

import (
	"strings"
	"testing"
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
