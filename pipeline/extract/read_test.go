package extract

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the wanted results in testdata/pages anew")

// pageAddresses are the addresses the pages of testdata "come from", and the
// Content-Type they came with.
var pageAddresses = map[string]Input{
	"blog.html":         {URL: "https://harbour.example/2026/03/rotating-keys", ContentType: "text/html; charset=utf-8"},
	"news.html":         {URL: "https://ledger.example/health/clinic-outage?utm_source=x", ContentType: "text/html"},
	"microformats.html": {URL: "https://notizblock.example/passwort"},
	"windows-1252.html": {URL: "https://zeitung.example/schloss"},
	"scripts.html":      {URL: "https://review.example/q2"},
	"broken.html":       {URL: "https://old.example/proxy.html"},
	"list.html":         {URL: "https://lists.example/2026-April/000812.html"},
	"plain.txt":         {URL: "https://notes.example/breach.txt", ContentType: "text/plain; charset=utf-8"},
	"frames.html":       {URL: "https://frames.example/"},
	"paper.pdf":         {URL: "https://quiet.example/papers/timers.pdf", ContentType: "application/pdf"},
	"report.pdf":        {URL: "https://harbour.example/files/review", ContentType: "application/octet-stream"},
	"memo.pdf":          {URL: "https://hafen.example/memo.pdf"},
	"locked.pdf":        {URL: "https://hafen.example/locked.pdf", ContentType: "application/pdf"},
	"scan.pdf":          {URL: "https://hafen.example/scan.pdf", ContentType: "application/pdf"},
}

// picture writes an article so that a person can compare it with the page.
func picture(a Article, err error) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s", name, value)
			if o := a.Origins[name]; o != "" {
				fmt.Fprintf(&b, "  (%s)", o)
			}
			b.WriteByte('\n')
		}
	}
	if err != nil {
		line("error", err.Error())
	}
	line("title", a.Title)
	line("site", a.Site)
	line("authors", strings.Join(a.Authors, ", "))
	line("published", a.Published)
	line("modified", a.Modified)
	line("language", a.Language)
	line("canonical", a.Canonical)
	line("description", a.Description)
	line("image", a.Image)
	line("image alt", a.ImageAlt)
	line("notes", strings.Join(a.Notes, "; "))
	fmt.Fprintf(&b, "words: %d\n", a.Words)
	for _, l := range a.Links {
		line("link", l.URL+" "+l.Text)
	}
	for _, block := range a.Blocks {
		fmt.Fprintf(&b, "\n[%s]\n%s\n", block.Kind, block.Text)
	}
	return b.String()
}

func TestPagesGiveTheWantedArticles(t *testing.T) {
	for name, in := range pageAddresses {
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata/pages", name))
			if err != nil {
				t.Fatal(err)
			}
			in.Body = body
			a, err := Read(in)
			got := picture(a, err)
			wanted := filepath.Join("testdata/pages", strings.TrimSuffix(name, filepath.Ext(name))+".wanted")
			if *update {
				if err := os.WriteFile(wanted, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wanted)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the article of %s differs from %s:\n%s", name, wanted, got)
			}
			again, _ := Read(in)
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(again)
			if !bytes.Equal(x, y) {
				t.Error("the same page gave two articles")
			}
			checkQuotes(t, a)
		})
	}
}

// TestPlainTextIsCutAtEmptyLines: a line of nothing but spaces is empty, too,
// whatever the ends of lines.
func TestPlainTextIsCutAtEmptyLines(t *testing.T) {
	first, second := strings.TrimSpace(strings.Repeat(sentence, 2)), strings.TrimSpace(sentence)
	for _, between := range []string{"\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\r\n\u00a0\r\n \r\n", "\n\f\n"} {
		a, err := Read(Input{ContentType: "text/plain", Body: []byte(first + between + second)})
		if want := []Block{{Paragraph, first}, {Paragraph, second}}; err != nil || !slices.Equal(a.Blocks, want) {
			t.Errorf("parted by %q: %q, %v", between, a.Blocks, err)
		}
	}
}

// TestWhatAPageStatesIsOfALengthToShow: what the head says without end is cut.
func TestWhatAPageStatesIsOfALengthToShow(t *testing.T) {
	long := strings.Repeat("word ", 10_000)
	a, err := Read(Input{URL: "https://a.example/x", Body: []byte(`<meta property="og:site_name" content="` + long + `"><meta property="og:title" content="` + long +
		`"><meta name="author" content="Ada ` + strings.Repeat("Quill ", 10_000) + `"><p>` + strings.Repeat(sentence, 5))})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Site) > maxMetaText || len(a.Title) > maxTitle {
		t.Errorf("a site's name of %d bytes, a title of %d", len(a.Site), len(a.Title))
	}
}

// TestPagesAreReadSideBySide: collect and read work on many pages at once, and
// the race detector looks on.
func TestPagesAreReadSideBySide(t *testing.T) {
	inputs := []Input{{Body: onePage(set(11, 72, 700, "Some words of a font that states no widths.", "And more of them."))}}
	for name, in := range pageAddresses {
		var err error
		if in.Body, err = os.ReadFile(filepath.Join("testdata/pages", name)); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, in)
	}
	var all sync.WaitGroup
	for _, in := range inputs {
		pictures := make([]string, 3)
		for i := range pictures {
			all.Go(func() {
				a, err := Read(in)
				pictures[i] = picture(a, err)
				a.Quotes()
				a.Indicators()
			})
		}
		all.Go(func() {
			if a, err := Read(in); err == nil {
				source := NewSource(a.Text())
				all.Go(func() { source.Find("None of these words is there.") })
				source.Find("None of those words is there.")
			}
		})
		defer func() {
			for _, p := range pictures {
				if p != pictures[0] {
					t.Errorf("%s is read in two ways:\n%s\nand\n%s", in.URL, pictures[0], p)
				}
			}
		}()
	}
	all.Wait()
}

func TestEveryWantedArticleHasItsPage(t *testing.T) {
	files, err := filepath.Glob("testdata/pages/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		if _, ok := pageAddresses[name]; !ok && filepath.Ext(name) != ".wanted" {
			t.Errorf("%s is read by no test", f)
		}
	}
	if len(files) != 2*len(pageAddresses) {
		t.Errorf("%d files for %d pages", len(files), len(pageAddresses))
	}
}

const sentence = "The gateway kept its session keys in a file that every process on the machine could read, and nobody had noticed. "

// TestHostilePagesAreBounded holds what Read promises for any bytes: no panic,
// and time and memory that do not follow the page.
func TestHostilePagesAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("hostile pages take seconds")
	}
	const million = 1_000_000
	for _, c := range []struct {
		name, contentType string
		body              func() string
		note              string // wanted among the notes, if any
		text              string // wanted in the text, if any
		wantErr           string
	}{
		{name: "a million nested elements", body: func() string {
			return "<body>" + strings.Repeat("<div>", million) + "<p>" + strings.Repeat(sentence, 5) + "</p>"
		}, note: "nested too deeply: flattened"},
		{name: "a million nested elements of many names", body: func() string {
			return "<body>" + strings.Repeat("<b><i><section><table>", million/4) + "<p>" + strings.Repeat(sentence, 5)
		}},
		{name: "a million formatting elements without ends", body: func() string {
			return "<body>" + strings.Repeat("<p><font size=1><a href=x>word ", million/10)
		}},
		{name: "a million elements that close themselves", body: func() string {
			return "<body>" + strings.Repeat("<div/>", million) + "<p>" + strings.Repeat(sentence, 5) + "</p>"
		}, note: "nested too deeply: flattened", text: "session keys"},
		{name: "names of the site and the page of 14 MB", body: func() string {
			long := strings.Repeat("word ", 7<<20/5)
			return `<meta property="og:title" content="` + long + `"><meta property="og:site_name" content="` + long + `"><title>Word</title><body>` +
				strings.Repeat("<h2>Word of mouth</h2>", 8_000) + "<p>" + strings.Repeat(sentence, 5)
		}, text: "session keys"},
		{name: "a million authors", body: func() string {
			return `<meta name="author" content="` + strings.Repeat("a,", 7*million) + `"><p>` + strings.Repeat(sentence, 5)
		}, text: "session keys"},
		{name: "a headline of 1 MB", body: func() string {
			return `<script type="application/ld+json">{"@type":"Article","headline":"` + strings.Repeat("w ", million/2-100) + `","author":"` + strings.Repeat("a,", 20) +
				`"}</script><body>` + strings.Repeat("<h1>Word of mouth</h1>", 8) + "<p>" + strings.Repeat(sentence, 5)
		}, text: "session keys"},
		{name: "a million closing tags", body: func() string { return "<body>" + strings.Repeat("</div></p>", million) + "<p>" + sentence }},
		{name: "50 MB of text in one paragraph", body: func() string { return "<p>" + strings.Repeat(sentence, 50<<20/len(sentence)) }, note: "only the first 16 MB were read"},
		{name: "50 MB of paragraphs", body: func() string {
			return strings.Repeat("<p>"+sentence+sentence, 50<<20/(2*len(sentence)+3))
		}, note: "only the first 16 MB were read"},
		{name: "50 MB of plain text", contentType: "text/plain", body: func() string { return strings.Repeat(sentence+"\n\n", 50<<20/len(sentence)) }, note: "only the first 16 MB were read"},
		{name: "200,000 attributes", body: func() string {
			var b strings.Builder
			b.WriteString("<body><p ")
			for i := range 200_000 {
				fmt.Fprintf(&b, "a%d=1 ", i)
			}
			return b.String() + ">" + strings.Repeat(sentence, 5) + "</p>"
		}},
		{name: "a tag name of 10 MB", body: func() string { return "<" + strings.Repeat("x", 10<<20) + ">" + sentence }},
		{name: "a comment of 15 MB", body: func() string { return "<!--" + strings.Repeat("-", 15<<20) + "--><p>" + sentence }},
		{name: "100,000 table cells without rows", body: func() string { return "<table>" + strings.Repeat("<td>cell", 100_000) }},
		{name: "100,000 tables in tables", body: func() string { return strings.Repeat("<table><tr><td>", 100_000) + sentence }},
		{name: "100,000 links", body: func() string { return strings.Repeat(`<a href="/x">more of this</a> `, 100_000) }},
		{name: "a million breaks", body: func() string { return "<p>" + strings.Repeat("<br>word", million) }},
		{name: "deep JSON-LD", body: func() string {
			return `<script type="application/ld+json">` + strings.Repeat(`{"a":[`, 100_000) + `</script><p>` + sentence
		}},
		{name: "one word of 16 MB", body: func() string { return "<p>" + strings.Repeat("a", 16<<20) }},
		{name: "entities", body: func() string { return "<p>" + strings.Repeat("&#x26;amp&NotAnEntity;", million/2) }},
		{name: "no body", body: func() string { return "<html><head><title>Only a title</title></head></html>" }, note: "no article found"},
		{name: "nothing", body: func() string { return "" }, wantErr: "no readable text"},
		{name: "zeros", body: func() string { return strings.Repeat("\x00", million) }, wantErr: "no readable text"},
		{name: "a picture", contentType: "image/png", body: func() string { return "\x89PNG\r\n" }, wantErr: "not a page of text"},
		{name: "three charsets", contentType: "text/html; charset=koi8-r", body: func() string {
			return `<?xml version="1.0" encoding="shift_jis"?><meta charset="utf-16"><p>` + strings.Repeat("Der Schlüssel läßt sich öffnen, sagt der Prüfer aus Köln. ", 8)
		}, text: "Schlüssel läßt sich öffnen"},
		{name: "three charsets, none of them UTF-8", contentType: "text/html; charset=iso-8859-1", body: func() string {
			return "<meta charset=utf-16><meta charset=windows-1251><p>" + strings.Repeat("Der Schl\xfcssel l\xe4\xdft sich \x84\xf6ffnen\x93, sagt der Pr\xfcfer. ", 8)
		}, text: "Schlüssel läßt sich „öffnen“"},
		{name: "frames", body: func() string { return "<frameset><frame src=a><frame src=b></frameset>" }, wantErr: "frames"},
		{name: "random bytes", contentType: "text/html", body: func() string {
			random := rand.New(rand.NewPCG(3, 4))
			b := make([]byte, million)
			for i := range b {
				b[i] = byte(random.UintN(256))
			}
			return string(b)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Input{URL: "https://hostile.example/x", ContentType: c.contentType, Body: []byte(c.body())}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			done := make(chan struct{})
			begun := time.Now()
			var a Article
			var err error
			go func() {
				defer close(done)
				a, err = Read(in)
				a.Quotes()
				Indicators(a.Text())
			}()
			select {
			case <-done:
			case <-time.After(60 * time.Second): // a bound for a busy machine, far above what it takes
				t.Fatal("still reading after a minute")
			}
			runtime.ReadMemStats(&after)
			t.Logf("%v, %d MB allocated in all, %d blocks, notes %q, %v", time.Since(begun).Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, len(a.Blocks), a.Notes, err)
			if c.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantErr) {
					t.Errorf("error %v, want one that says %q", err, c.wantErr)
				}
				return
			}
			if err != nil && c.note+c.text != "" {
				t.Fatal(err)
			}
			if c.note != "" && !strings.Contains(strings.Join(a.Notes, "; "), c.note) {
				t.Errorf("notes %q do not say %q", a.Notes, c.note)
			}
			if !strings.Contains(a.Text(), c.text) {
				t.Errorf("text %.200q does not hold %q", a.Text(), c.text)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for name, in := range pageAddresses {
		body, err := os.ReadFile(filepath.Join("testdata/pages", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in.URL, in.ContentType, body)
	}
	f.Add("https://host.example/a", "text/html", []byte("<article><p>"+strings.Repeat(sentence, 3)+"</p><pre>x<ul><li>one\n   two "+sentence+"</ul><p>three\n  four "+sentence+"</pre></article>"))
	f.Fuzz(func(t *testing.T, url, contentType string, body []byte) {
		a, _ := Read(Input{URL: url, ContentType: contentType, Body: body})
		for _, b := range a.Blocks {
			if b.Kind != Code && b.Text != oneLine(b.Text) && b.Kind != Table {
				t.Errorf("block %q is not plain text on one line", b.Text)
			}
		}
		again, _ := Read(Input{URL: url, ContentType: contentType, Body: body})
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(again)
		if !bytes.Equal(x, y) {
			t.Error("the same page gave two articles")
		}
	})
}

func FuzzQuotes(f *testing.F) {
	f.Add("Keys in the open", "pp\x00lqc", strings.Repeat(sentence, 3)+"\n"+sentence+"\n“We had a list,” she said. "+sentence+"\nBy A. Nobody\n"+sentence)
	kinds := map[byte]Kind{'h': Heading, 'l': List, 'q': Blockquote, 'c': Code, 't': Table, 'i': Caption}
	f.Fuzz(func(t *testing.T, title, shapes, text string) {
		a := Article{Title: title}
		for i, part := range strings.Split(text, "\n") {
			if part = strings.ToValidUTF8(oneLine(part), ""); part == "" {
				continue
			}
			kind := Paragraph
			if i < len(shapes) && kinds[shapes[i]] != "" {
				kind = kinds[shapes[i]]
			}
			a.Blocks = append(a.Blocks, Block{kind, part})
		}
		checkQuotes(t, a)
	})
}
