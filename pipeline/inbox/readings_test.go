package inbox_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pullquote/pullquote/pipeline/inbox"
)

func TestTheFirstReadingOfAPageStays(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	first := inbox.Reading{URL: "https://news.example/a", Fetched: d.now, Extractor: "1", Hash: "aa", Title: "A title", Authors: []string{"Ada Quill"}, Published: "2026-03-01", Words: 300, Blocks: 7}
	other := inbox.Reading{URL: "https://news.example/b", Fetched: d.now, Extractor: "1", Authors: []string{}, Error: "page has no readable text"}
	for _, r := range []inbox.Reading{first, other} {
		if err := d.FirstReading(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, r ...inbox.Reading) {
		t.Helper()
		got, err := d.Readings(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wanted := map[string]inbox.Reading{}
		for _, x := range r {
			wanted[x.URL] = x
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	want("as they were given", first, other)

	newer := first
	newer.Extractor, newer.Words = "2", 290
	if err := d.FirstReading(ctx, newer); err != nil {
		t.Fatal(err)
	}
	want("another reading of the same page", first, other)

	newer.Fetched = d.now.Add(time.Hour)
	if err := d.FirstReading(ctx, newer); err != nil {
		t.Fatal(err)
	}
	want("the page was fetched again", newer, other)

	other.Extractor, other.Error, other.Words = "2", "", 12
	if err := d.SaveReadings(ctx, []inbox.Reading{first, other}); err != nil {
		t.Fatal(err)
	}
	want("put in place of what was there", first, other)
}

// An inbox of before there were readings gains them and loses nothing.
func TestAnOlderInboxGainsReadings(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "inbox.db")
	b, err := inbox.Open(ctx, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		`DROP TABLE reading`, `ALTER TABLE candidate DROP COLUMN same`, `DELETE FROM schema_step WHERE number >= 3`,
		`INSERT INTO candidate (url, link, title, seen) VALUES ('https://news.example/a', 'https://news.example/a', 'Kept', '')`,
	} {
		if _, err := db.Exec(change); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	if b, err = inbox.Open(ctx, path, nil); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.SaveReadings(ctx, []inbox.Reading{{URL: "https://news.example/a", Extractor: "3"}}); err != nil {
		t.Error(err)
	}
	if list, err := b.List(ctx, inbox.Filter{}); err != nil || len(list) != 1 || list[0].Title != "Kept" {
		t.Errorf("%v, %v", list, err)
	}
}
