package inbox

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pullquote/pullquote/pipeline/collect"
)

// A full disk is acted out by SQLite's own bound on the size of the file.
func TestAFullDiskLeavesWhatStood(t *testing.T) {
	ctx := context.Background()
	b, err := Open(ctx, filepath.Join(t.TempDir(), "inbox.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	page := collect.Page{URL: "https://news.example/a", Status: 200, Body: []byte("kept")}
	if err := b.SavePages(ctx, []collect.Page{page}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.ExecContext(ctx, `PRAGMA max_page_count = 1`); err != nil { // no less than it has already
		t.Fatal(err)
	}
	var entries []collect.Entry
	for range 1000 {
		entries = append(entries, collect.Entry{Title: "x", Link: "https://news.example/" + strings.Repeat("x", len(entries)+1)})
	}
	feed := "https://news.example/feed.xml"
	_, err = b.SaveResults(ctx, []collect.Result{{Source: collect.Source{Feed: feed}, Feed: collect.Feed{Entries: entries}}})
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("error %v", err)
	}
	if kept, ok, err := b.Page(ctx, page.URL); err != nil || !ok || string(kept.Body) != "kept" {
		t.Errorf("what stood before: %q, %v, %v", kept.Body, ok, err)
	}
	if list, err := b.List(ctx, Filter{}); err != nil || len(list) > 0 {
		t.Errorf("%d candidates of a save that did not happen, %v", len(list), err)
	}
}
