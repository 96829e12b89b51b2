package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"codeberg.org/readeck/go-readability/v2"
)

const readSentence = "The gateway kept its session keys in a file that every process on the machine could read, and nobody had noticed. "

func goodPage(title string) string {
	return "<!doctype html><html><head><title>" + title + "</title></head><body><article><h1>" + title + "</h1><p>" +
		strings.Repeat(readSentence, 3) + "</p><p>" + strings.Repeat(readSentence, 3) + "</p></article></body></html>"
}

// TestReadGoesOnOverHostilePages gives the command a folder such as a crawl
// leaves: every page gives its line, in the order of the arguments, and what
// can't be read is said on it.
func TestReadGoesOnOverHostilePages(t *testing.T) {
	if testing.Short() {
		t.Skip("hostile pages take seconds")
	}
	pages := []struct {
		name, body    string
		wantErr, note string // wanted in error and notes
		text          string // wanted in the text
	}{
		{name: "good.html", body: goodPage("A good page"), text: "nobody had noticed"},
		{name: "nested.html", body: "<body>" + strings.Repeat("<div>", 1_000_000) + "<p>" + strings.Repeat(readSentence, 5), note: "nested too deeply: flattened"},
		{name: "long.txt", body: strings.Repeat(readSentence+"\n\n", 50<<20/len(readSentence)), note: "only the first 16 MB were read"},
		{name: "long.html", body: "<p>" + strings.Repeat(readSentence, 50<<20/len(readSentence)), note: "only the first 16 MB were read"},
		{name: "nobody.html", body: "<html><head><title>Only a title</title></head></html>", note: "no article found"},
		{name: "charsets.html", body: `<?xml version="1.0" encoding="shift_jis"?><meta charset="utf-16"><meta charset="koi8-r"><p>` +
			strings.Repeat("Der Schlüssel läßt sich öffnen, sagt der Prüfer aus Köln. ", 8), text: "Schlüssel läßt sich öffnen"},
		{name: "frames.html", body: "<frameset><frame src=a><frame src=b></frameset>", wantErr: "made of frames"},
		{name: "scripts.html", body: `<html><head><script src="/app.js"></script></head><body><div id="root"></div></body></html>`, wantErr: "seems to need scripts"},
		{name: "empty.html", body: "", wantErr: "no readable text"},
		{name: "broken.pdf", body: "%PDF-1.7\nthat is all", wantErr: "PDF is damaged"},
		{name: "absent.html", wantErr: "there is no file"},
		{name: "packed.html.gz", body: "this is not gzip", wantErr: "gzip"},
		{name: "last.html", body: goodPage("The last page"), text: "nobody had noticed"},
	}
	dir := t.TempDir()
	args := []string{"read", "--json"}
	for _, p := range pages {
		name := filepath.Join(dir, p.name)
		if p.name != "absent.html" {
			writeTest(t, name, p.body)
		}
		args = append(args, name)
	}
	var out, errs bytes.Buffer
	if code := run(args, strings.NewReader(""), &out, &errs, func(string) string { return "" }); code != exitNeeds {
		t.Errorf("exit status %d, want %d: %s", code, exitNeeds, &errs)
	}
	lines := json.NewDecoder(&out)
	for i, p := range pages {
		var r pageRead
		if err := lines.Decode(&r); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if filepath.Base(r.File) != p.name {
			t.Errorf("line %d is %s, want %s", i+1, r.File, p.name)
		}
		if !strings.Contains(r.Error, p.wantErr) || (p.wantErr == "") != (r.Error == "") {
			t.Errorf("%s: error %q, want %q in it", p.name, r.Error, p.wantErr)
		}
		if !strings.Contains(strings.Join(r.Notes, "; "), p.note) {
			t.Errorf("%s: notes %q, want %q", p.name, r.Notes, p.note)
		}
		if !strings.Contains(r.Text, p.text) {
			t.Errorf("%s: text %.200q does not hold %q", p.name, r.Text, p.text)
		}
	}
}

// TestReadHoldsFewPagesAtOnce: pages are read a little ahead of what has been
// printed, and no further. The later files are made only when the first page
// is handed over; had they been read before, they would not be there.
func TestReadHoldsFewPagesAtOnce(t *testing.T) {
	ahead := 4*runtime.GOMAXPROCS(0) + 2
	dir := t.TempDir()
	var args []string
	for i := range 3 * ahead {
		name := filepath.Join(dir, fmt.Sprintf("%03d.html", i))
		if args = append(args, name); i < ahead {
			writeTest(t, name, goodPage(fmt.Sprint("Page ", i)))
		}
	}
	a := &app{ui: newUI(&bytes.Buffer{}, &bytes.Buffer{}, os.Getenv), env: os.Getenv}
	n := 0
	err := a.readAll(context.Background(), args, "", func(r pageRead) error {
		if n == 0 {
			for i := ahead; i < len(args); i++ {
				writeTest(t, args[i], goodPage(fmt.Sprint("Page ", i)))
			}
		}
		if want := fmt.Sprint("Page ", n); r.Error != "" || r.Title != want {
			t.Errorf("%q, %s; want %q", r.Title, r.Error, want)
		}
		n++
		return nil
	})
	if err != nil || n != len(args) {
		t.Errorf("%d of %d pages, %v", n, len(args), err)
	}
}

// BenchmarkRead reads the pages of the article benchmark from their files, as
// `read --json` does, beside go-readability over the same files, one after the
// other and on all cores.
func BenchmarkRead(b *testing.B) {
	files, _ := filepath.Glob("../../../shared/corpus/articles/html/*.html.gz")
	if len(files) == 0 {
		b.Skip("the article benchmark is not beside the repository")
	}
	report := func(b *testing.B) {
		b.ReportMetric(float64(len(files)*b.N)/b.Elapsed().Seconds(), "pages/s")
	}
	readability1 := func(name string) error {
		body, err := readFile(name)
		if err != nil {
			return err
		}
		parser := readability.NewParser()
		_, err = parser.Parse(bytes.NewReader(body), &url.URL{Scheme: "https", Host: "bench.example", Path: "/"})
		return err
	}
	b.Run("pullquote", func(b *testing.B) {
		a := &app{ui: newUI(&bytes.Buffer{}, &bytes.Buffer{}, os.Getenv), env: os.Getenv}
		for b.Loop() {
			if err := a.readAll(context.Background(), files, "", func(r pageRead) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		report(b)
	})
	b.Run("pullquote-one-core", func(b *testing.B) {
		a := &app{ui: newUI(&bytes.Buffer{}, &bytes.Buffer{}, os.Getenv), env: os.Getenv}
		for b.Loop() {
			for _, name := range files {
				a.readOne(context.Background(), name, "")
			}
		}
		report(b)
	})
	b.Run("go-readability-one-core", func(b *testing.B) {
		for b.Loop() {
			for _, name := range files {
				if err := readability1(name); err != nil {
					b.Fatal(name, err)
				}
			}
		}
		report(b)
	})
	b.Run("go-readability", func(b *testing.B) {
		for b.Loop() {
			names := make(chan string)
			done := make(chan error)
			for range runtime.GOMAXPROCS(0) {
				go func() {
					var failed error
					for name := range names {
						if err := readability1(name); err != nil {
							failed = fmt.Errorf("%s: %w", name, err)
						}
					}
					done <- failed
				}()
			}
			for _, name := range files {
				names <- name
			}
			close(names)
			for range runtime.GOMAXPROCS(0) {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
		}
		report(b)
	})
}
