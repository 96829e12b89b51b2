package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pullquote/pullquote/pipeline/render"
)

// A render that remembers gives what a clean one gives, byte for byte and
// problem for problem, whatever was changed in between.
func TestRenderRemembersNothingWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) {
		t.Helper()
		putFile(t, dir, name, body)
	}
	remove := func(name string) { _ = os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))) }
	day := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(6, 252))
	words := strings.Fields("firmware backups passkeys CVE-2026-1001 Cloudflare CVE-2025-20002 ledger tunnel patience café Fastly rota \"quoted\" <b>bold</b>")
	text := func(n int) string {
		var some []string
		for range n {
			some = append(some, words[random.IntN(len(words))])
		}
		return strings.Join(some, " ")
	}
	issueText := func(n int, extra string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "---\ntitle: \"%d - The %s week\"\ndate: 2026-01-%02d\ndescription: %q\npermalink: /week-%d/\n%s---\n\nHello %s.\n", n, words[n%3], n%28+1, text(4), n, extra, text(3))
		for i := range 1 + random.IntN(4) {
			url := fmt.Sprintf("https://host%d.example/%d-%d", random.IntN(4), n, i)
			fmt.Fprintf(&b, "\n## [%s](%s)\n\n[%s](%s)\n\n> %s\n\n%s\n", text(3), url, url, url, text(9), text(12))
		}
		return b.String()
	}
	yaml := "name: Test\nurl: https://news.example/\nfeed:\n  issues: 3\n"
	write(NewsletterFile, yaml)
	write("pages/about.md", "---\ntitle: About\npermalink: /about/\n---\n\nWords.\n")
	next := 1
	for ; next <= 9; next++ {
		write(fmt.Sprintf("issues/%04d.md", next), issueText(next, ""))
	}
	siteAlone := false
	render := func(out string) RenderReport {
		t.Helper()
		ws, _, err := OpenWorkspace(dir)
		if err != nil {
			t.Fatal(err)
		}
		report, err := New(ws, Options{Version: "1", Now: func() time.Time { return day }}).Render(context.Background(), RenderOptions{Out: out, Drafts: true, Site: siteAlone})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	appendTo := func(name, text string) {
		if body, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			write(name, string(body)+text)
		}
	}
	some := func() string { return fmt.Sprintf("issues/%04d.md", 1+random.IntN(next-1)) }
	changes := []struct {
		name string
		do   func()
	}{
		{"nothing", func() {}},
		{"one issue", func() { n := 1 + random.IntN(next-1); write(fmt.Sprintf("issues/%04d.md", n), issueText(n, "")) }},
		{"a new issue", func() { write(fmt.Sprintf("issues/%04d.md", next), issueText(next, "")); next++ }},
		{"an issue goes", func() { remove(some()) }},
		{"a file has a new name", func() {
			name := some()
			_ = os.Rename(filepath.Join(dir, name), filepath.Join(dir, "issues", fmt.Sprintf("r%d.md", random.IntN(3)+100*next)))
		}},
		{"a draft, a tag, an alias", func() {
			n := 1 + random.IntN(next-1)
			write(fmt.Sprintf("issues/%04d.md", n), issueText(n, fmt.Sprintf("draft: %v\ntags: [%s]\naliases: [/old-%d/]\n", random.IntN(2) == 0, words[random.IntN(3)], n)))
		}},
		{"an embargo", func() {
			n := 1 + random.IntN(next-1)
			write(fmt.Sprintf("issues/%04d.md", n), issueText(n, "embargo: 2026-03-04\n"))
		}},
		{"the site alone is rendered", func() {
			n := 1 + random.IntN(next-1)
			write(fmt.Sprintf("issues/%04d.md", n), issueText(n, ""))
			before := filesBelow(t, filepath.Join(dir, "out", "email"))
			siteAlone = true
			render("")
			siteAlone = false
			if after := filesBelow(t, filepath.Join(dir, "out", "email")); len(before) == 0 || !reflect.DeepEqual(before, after) {
				t.Errorf("the mails were %d and are %d others", len(before), len(after))
			}
		}},
		{"a day goes by", func() { day = day.AddDate(0, 0, 1) }},
		{"the newsletter", func() { write(NewsletterFile, yaml+fmt.Sprintf("tagline: %s\n", words[random.IntN(3)])) }},
		{"a check", func() { write(NewsletterFile, yaml+"checks:\n  note-empty: off\n  link-missing: off\n") }},
		{"a page", func() { write("pages/about.md", "---\ntitle: About us\npermalink: /about/\n---\n\n"+text(5)+"\n") }},
		{"a template", func() {
			write("templates/site/extra.css", "/* x */ p{color:"+[]string{"red", "blue"}[random.IntN(2)]+"}")
		}},
		{"a template that counts", func() {
			write("templates/site/404.html", `{{define "main"}}<p>`+words[random.IntN(3)]+` {{.Count}}</p>{{end}}`)
		}},
		{"a text by hand", func() {
			write(strings.TrimSuffix(some(), ".md")+".txt", text(8)+"\n")
		}},
		{"a text by hand goes", func() { remove(strings.TrimSuffix(some(), ".md") + ".txt") }},
		{"evidence", func() {
			n := 1 + random.IntN(next-1)
			write(fmt.Sprintf("issues/evidence/%04d.json", n), fmt.Sprintf(`{"issue":%d,"items":[{"url":"https://host1.example/%d-0"}]}`, n, n))
		}},
		{"the memory is lost", func() { remove("out/" + keptName) }},
		{"the memory is broken", func() { write("out/"+keptName, strings.Repeat("0", 300)) }},
		{"the manifest is lost", func() { remove("out/" + manifestName); remove("out") }},
		{"a note alone", func() { appendTo(some(), "\nMore "+text(2)+".\n") }},
		{"a note alone, and what is not made again is gone", func() {
			appendTo(some(), "\nStill more.\n")
			for _, pattern := range []string{"site/week-*/preview.png", "site/*.css", "site/search/*-*", "site/topics/*/*/index.html", "site/archive/index.html", "site/data/cves.csv"} {
				names, _ := filepath.Glob(filepath.Join(dir, "out", pattern))
				if len(names) > 0 {
					_ = os.Remove(names[random.IntN(len(names))])
				}
			}
		}},
		{"an output is gone", func() { remove("out/site/week-1/index.html"); remove("out/email/0002.eml") }},
		{"an output is cut", func() { write("out/site/index.html", "short") }},
		{"a folder of outputs is gone", func() { remove("out/site/topics") }},
	}
	rounds := 3 * len(changes)
	if testing.Short() {
		rounds = len(changes)
	}
	render("")
	for round := range rounds {
		var names []string
		for k := range 1 + random.IntN(2) {
			change := changes[(round+k*random.IntN(len(changes)))%len(changes)]
			change.do()
			names = append(names, change.name)
		}
		// Two files can come to have one number; that is refused, and no render.
		clean := filepath.Join(t.TempDir(), "clean")
		ws, _, err := OpenWorkspace(dir)
		if err != nil {
			t.Fatal(err)
		}
		p := New(ws, Options{Now: func() time.Time { return day }})
		if _, problems := p.Archive(); blocking(problems) != nil {
			renamed, _ := filepath.Glob(filepath.Join(dir, "issues", "r*.md"))
			for _, name := range renamed {
				_ = os.Remove(name)
			}
			if _, problems := p.Archive(); blocking(problems) != nil {
				t.Fatalf("round %d, %v: %v", round, names, problems)
			}
		}
		got, want := render(""), render(clean)
		if !reflect.DeepEqual(plainProblems(got), plainProblems(want)) {
			t.Errorf("round %d, %v: the problems are\n%v\nwant\n%v", round, names, plainProblems(got), plainProblems(want))
		}
		gave, wanted := filesBelow(t, filepath.Join(dir, "out")), filesBelow(t, clean)
		for name, body := range wanted {
			if !bytes.Equal(gave[name], body) {
				t.Fatalf("round %d, %v: %s is\n%.3000s\nwant\n%.3000s", round, names, name, gave[name], body)
			}
		}
		for name := range gave {
			if _, ok := wanted[name]; !ok {
				t.Fatalf("round %d, %v: %s was left", round, names, name)
			}
		}
		if again := render(""); again.Written != 0 || again.Removed != 0 {
			t.Errorf("round %d, %v: rendering again wrote %d and removed %d", round, names, again.Written, again.Removed)
		}
	}
}

// A change of a note leaves what says nothing of it: no topic, list or picture is
// made again, and no other issue. What is not made again is only looked at in size.
func TestRenderOfANoteWritesLittle(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, NewsletterFile, "name: Test\nurl: https://news.example/\nfeed:\n  issues: 1\n")
	text := func(n int, note string) string {
		return fmt.Sprintf("---\ntitle: %d - Week\ndate: 2026-03-0%d\npermalink: /week-%d/\n---\n\n## [Microsoft and CVE-2026-1001](https://one.example/%d)\n\n> Quoted words.\n\n%s\n", n, n, n, n, note)
	}
	for n := 1; n <= 5; n++ {
		putFile(t, dir, fmt.Sprintf("issues/%04d.md", n), text(n, "A note of a few words."))
	}
	render := func() RenderReport {
		t.Helper()
		ws, _, err := OpenWorkspace(dir)
		if err != nil {
			t.Fatal(err)
		}
		report, err := New(ws, Options{}).Render(context.Background(), RenderOptions{Site: true})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	render()
	before := filesBelow(t, dir+"/out")
	for _, name := range []string{"topics/name/microsoft/index.html", "topics/index.html", "archive/index.html", "sitemap.xml", "data/cves.csv", "week-2/preview.png", "week-1/index.html", "style.css"} {
		name = "site/" + name
		before[name][len(before[name])/2] ^= 1
		putFile(t, dir, "out/"+name, string(before[name]))
	}
	putFile(t, dir, "issues/0002.md", text(2, "A note of a few words again."))
	report := render()
	var changed []string
	for name, body := range filesBelow(t, dir+"/out") {
		if !bytes.Equal(before[name], body) && !strings.HasPrefix(name, ".") {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	if len(changed) != report.Written || len(changed) != 4 || changed[0] != "site/search/index.json" || changed[2] != "site/week-2/index.html" || changed[3] != "site/week-2/issue.json" {
		t.Errorf("%d were written: %v", report.Written, changed)
	}
}

func plainProblems(r RenderReport) []string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, fmt.Sprintf("%s:%d:%d %s %s %s %d", p.File, p.Line, p.Column, p.Rule, p.Severity, p.What, len(p.Fix)))
	}
	slices.Sort(out)
	return out
}

// filesBelow reads a folder, without what only the next render needs.
func filesBelow(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == keptName {
			return err
		}
		files[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What has not changed is neither parsed nor written; a changed issue is.
func TestRenderRemembersIssues(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(filepath.Join(dir, "issues"), 0o777); err != nil {
		t.Fatal(err)
	}
	put := func(n int, words string) {
		body := fmt.Sprintf("---\ntitle: \"%d - Week %d\"\ndate: 2026-01-%02d\n---\n\n## [One](https://a.example/%d)\n\n%s\n", n, n, n, n, words)
		if err := os.WriteFile(filepath.Join(dir, "issues", fmt.Sprintf("%04d.md", n)), []byte(body), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= 5; n++ {
		put(n, "words")
	}
	ws := Workspace{Dir: dir}
	ws.Newsletter.Name, ws.Newsletter.URL = "Test", "https://news.example/"
	render := func() RenderReport {
		report, err := New(ws, Options{Version: "1"}).Render(context.Background(), RenderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	render()
	before, err := os.ReadFile(filepath.Join(out, keptName))
	if err != nil {
		t.Fatal(err)
	}
	render()
	after, err := os.ReadFile(filepath.Join(out, keptName))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a render of the same issues wrote its memory anew (%v)", err)
	}
	put(2, "others")
	// Page, data and three mails of issue 2, the index of words and its pieces, the feeds.
	if report := render(); report.Written < 5 || report.Written > 16 {
		t.Errorf("one changed issue wrote %d files", report.Written)
	}
	if names, err := filepath.Glob(filepath.Join(out, "."+keptName+"*")); err != nil || len(names) != 0 {
		t.Errorf("left behind: %v %v", names, err)
	}
}

// What a reader won't get is said with its place, in a first render and in one
// that remembers.
func TestRenderSaysWhatIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "issues"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"0001-week.md":  "---\ntitle: \"1 - Week\"\ndate: 2026-01-04\n---\n\n## [One](https://a.example/1)\n\nA [link](javascript:alert(1)) here.\n\nSee [long](/long/) and [lost](/lost/), ![g](/graph.png).\n",
		"0001-week.txt": "Only a greeting.\n",
		"0002-long.md":  "---\ntitle: \"2 - Long\"\ndate: 2026-01-11\npermalink: /long/\n---\n" + strings.Repeat("\n## [One](https://a.example/2)\n\n"+strings.Repeat("many words ", 2000)+"\n", 6),
	} {
		if err := os.WriteFile(filepath.Join(dir, "issues", name), []byte(body), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	ws := Workspace{Dir: dir}
	ws.Newsletter.Name, ws.Newsletter.URL = "Test", "https://news.example/"
	for _, when := range []string{"first", "again"} {
		report, err := New(ws, Options{}).Render(context.Background(), RenderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(plainProblems(report), "\n")
		for _, want := range []string{"issues/0001-week.md:8:3 link-unsafe", "issues/0001-week.md:10:1 page-missing warning the site has no page at /lost/", "issues/0001-week.md:10:1 image-missing", "0001-week.txt, edited by hand, lacks", "issues/0002-long.md:1:1 edition-differs warning its HTML mail would exceed"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: nothing says %q in\n%s", when, want, said)
			}
		}
		if strings.Contains(said, "page at /long/") {
			t.Errorf("%s: a page that is there is missed in\n%s", when, said)
		}
	}
}

// What is read ahead is what the file holds, wherever one asks, at its end, and
// after it was written to.
func TestAheadReadsTheFile(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 252))
	holds := make([]byte, 5*aheadSize)
	for i := range holds {
		holds[i] = byte(random.Uint32())
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, holds, 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var a ahead
	at := 0
	for range 4000 {
		size := random.IntN(4000)
		switch random.IntN(30) {
		case 0:
			at = random.IntN(len(holds) + 100)
		case 1:
			at = max(0, at-random.IntN(6000))
		case 2:
			size = random.IntN(2 * aheadSize)
		case 3:
			at = len(holds) - size
		case 4:
			a.forget()
			start := random.IntN(len(holds) - 500)
			change := holds[start : start+500]
			for i := range change {
				change[i]++
			}
			if _, err := file.WriteAt(change, int64(start)); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, size)
		err := a.read(file, got, int64(at))
		if at+size > len(holds) {
			if err == nil && size > 0 {
				t.Fatalf("%d bytes at %d are %d too many, and were read", size, at, at+size-len(holds))
			}
		} else if err != nil || !bytes.Equal(got, holds[at:at+size]) {
			t.Fatalf("%d bytes at %d: %v, or others than those of the file", size, at, err)
		}
		if at += size + random.IntN(50); at > len(holds) {
			at = 0
		}
	}
}

// A piece of what was kept is that part of it, whether it is in the file yet or not;
// what was never kept has none.
func TestKeptGivesPieces(t *testing.T) {
	out := &output{dir: t.TempDir()}
	k := openKept(out)
	defer k.close()
	body := func(i int) []byte { return fmt.Appendf(nil, "facts %d|first story|second story %d|the rest", i, i) }
	key := func(i int) render.Key { return render.KeyOf("record", fmt.Sprint(i)) }
	var scratch []byte
	for i := range 9000 {
		if err := k.keep(key(i), []string{fmt.Sprintf("file %d", i)}, body(i)); err != nil {
			t.Fatal(err)
		}
		if i%500 > 1 {
			continue
		}
		for _, asked := range []int{i, i / 2} {
			want := fmt.Sprintf("second story %d", asked)
			if got, ok := k.piece(key(asked), len(want)+len("|the rest"), len(want), &scratch); !ok || string(got) != want {
				t.Errorf("of %d: %q, %v; want %q", asked, got, ok, want)
			}
		}
	}
	if got, ok := k.piece(key(9000), 5, 5, &scratch); ok {
		t.Errorf("there is %q of what was never kept", got)
	}
}

// Written anew, the file has what was asked for, in the order in which it lay, and
// nothing else.
func TestKeptIsWrittenAnew(t *testing.T) {
	out := &output{dir: t.TempDir()}
	body := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 1000+i%70) }
	key := func(i int) render.Key { return render.KeyOf("record", fmt.Sprint(i)) }
	const count, every = 3000, 7
	k := openKept(out)
	for i := range count {
		if err := k.keep(key(i), nil, body(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.save(); err != nil {
		t.Fatal(err)
	}
	k.close()
	before := k.size

	k = openKept(out)
	var scratch []byte
	for i := count - every; i >= 0; i -= every {
		if _, ok := k.get(key(i), &scratch); !ok {
			t.Fatalf("record %d is not there", i)
		}
	}
	if err := k.keep(key(count), nil, body(count)); err != nil {
		t.Fatal(err)
	}
	if err := k.save(); err != nil {
		t.Fatal(err)
	}
	k.close()

	k = openKept(out)
	defer k.close()
	if k.size > before/(every-1) {
		t.Errorf("%d bytes became %d", before, k.size)
	}
	last := int64(0)
	for i := range count + 1 {
		got, ok := k.get(key(i), &scratch)
		asked := i%every == (count-every)%every || i == count
		if ok != asked || ok && !bytes.Equal(got, body(i)) {
			t.Fatalf("record %d is there: %v, with %d bytes", i, ok, len(got))
		}
		if place := k.records.find(key(i)); ok {
			if place.at <= last {
				t.Fatalf("record %d lies at %d, before the one that lay before it", i, place.at)
			}
			last = place.at
		}
	}
}
