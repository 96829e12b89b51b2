package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// smallWorkspace has three issues.
func smallWorkspace(t *testing.T) Workspace {
	t.Helper()
	dir := t.TempDir()
	for n := 1; n <= 3; n++ {
		putFile(t, dir, fmt.Sprintf("issues/%04d.md", n), fmt.Sprintf("---\ntitle: \"%d - Week %d\"\ndate: 2026-01-%02d\n---\n\n## [One](https://a.example/%d)\n\n> Words.\n\nMore.\n", n, n, n, n))
	}
	putFile(t, dir, NewsletterFile, "name: Test\nurl: https://news.example/\n")
	ws, problems, err := OpenWorkspace(dir)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return ws
}

func putFile(t *testing.T, dir, name, body string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(body), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Renders at the same time wait for each other: each ends well, and what stands
// in the end is what one alone makes.
func TestRendersAtOnce(t *testing.T) {
	ws := smallWorkspace(t)
	var all sync.WaitGroup
	for k := range 4 {
		all.Go(func() {
			if _, err := New(ws, Options{}).Render(context.Background(), RenderOptions{Site: k%2 == 1}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	report, err := New(ws, Options{}).Render(context.Background(), RenderOptions{})
	if err != nil || report.Removed != 0 {
		t.Errorf("the next render removed %d: %v", report.Removed, err)
	}
	alone := filepath.Join(t.TempDir(), "alone")
	if _, err := New(ws, Options{}).Render(context.Background(), RenderOptions{Out: alone}); err != nil {
		t.Fatal(err)
	}
	if got, want := filesBelow(t, filepath.Join(ws.Dir, "out")), filesBelow(t, alone); !reflect.DeepEqual(got, want) {
		t.Errorf("%d files stand, alone there are %d, or they differ", len(got), len(want))
	}
}

// A template that is broken, in its words or in what it asks for, is said with
// its file and line, and the last good output stands, byte for byte.
func TestBrokenTemplateLeavesTheOldOutput(t *testing.T) {
	ws := smallWorkspace(t)
	render := func() error {
		_, err := New(ws, Options{}).Render(context.Background(), RenderOptions{})
		return err
	}
	if err := render(); err != nil {
		t.Fatal(err)
	}
	before := filesBelow(t, filepath.Join(ws.Dir, "out"))
	for name, broken := range map[string]struct{ body, want string }{
		"site/issue.html":  {"{{define \"main\"}}\n{{.Issue.Titel}}{{end}}", "site/issue.html:2:"},
		"site/topics.html": {"{{define \"main\"}}\n\n{{range .Groups}}{{.Nothing}}{{end}}{{end}}", "site/topics.html:3:"},
		"site/home.html":   {"{{define \"main\"}}{{if}}{{end}}{{end}}", "site/home.html:1:"},
		"site/404.html":    {"{{define \"main\"}}<a href='{{if .Title}}'>{{end}}</a>{{end}}", "site/404.html:1"},
		"email/issue.html": {"<p>\n{{.Issue.Title.Text}}</p>", "email/issue.html:2:"},
	} {
		putFile(t, ws.Dir, "templates/"+name, broken.body)
		if err := render(); err == nil || !strings.Contains(err.Error(), broken.want) {
			t.Errorf("%s: the error is %v, want one at %s", name, err, broken.want)
		}
		if after := filesBelow(t, filepath.Join(ws.Dir, "out")); !reflect.DeepEqual(after, before) {
			t.Errorf("%s: the old output does not stand as it was", name)
		}
		if err := os.Remove(filepath.Join(ws.Dir, "templates", filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := render(); err != nil {
		t.Error(err)
	}
}

// A long archive does not stay in memory while its heads are read: its last files
// are read again, and are the same as those of a short one.
func TestALongArchiveIsReadAsAShortOne(t *testing.T) {
	const last = "issues/0045.md"
	odd := "---\ntitle: \"45 - Odd\"\ndate: 2026-02-01\ndescription: \"  Said of CVE-2026-1001. \"\npermalink: /odd/\ntags: [one, two]\n" +
		"corrections:\n  - date: 2026-02-03\n    what: It was five.\n    was: It was four.\n---\n\nIntro.\n\n" +
		"## [One](https://a.example/1)\n\n> Words.\n\nA [link](javascript:alert(1)), and ![a picture](/none.png).\n"
	long, short := t.TempDir(), t.TempDir()
	for _, dir := range []string{long, short} {
		putFile(t, dir, NewsletterFile, "name: Test\nurl: https://news.example/\n")
		putFile(t, dir, last, odd)
	}
	text := strings.Repeat("Plain words fill a long note, and nobody reads them. ", 4200)
	for n := 1; n < 45; n++ {
		putFile(t, long, fmt.Sprintf("issues/%04d.md", n), fmt.Sprintf("---\ntitle: \"%d - Week %d\"\ndate: 2026-01-01\n---\n\n## [One](https://a.example/%d)\n\n%s\n", n, n, n, text))
	}
	if 44*len(text) <= mostOpen {
		t.Fatal("the archive is not long enough")
	}
	render := func(dir string) (data string, problems []issue.Problem) {
		ws, found, err := OpenWorkspace(dir)
		if err != nil || len(found) > 0 {
			t.Fatal(found, err)
		}
		report, err := New(ws, Options{}).Render(context.Background(), RenderOptions{Site: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range report.Problems {
			if p.File == last {
				problems = append(problems, p)
			}
		}
		body, err := os.ReadFile(filepath.Join(dir, "out/site/odd/issue.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(body), problems
	}
	data, problems := render(long)
	wantData, wantProblems := render(short)
	if data != wantData {
		t.Errorf("the issue as data is %s\nand not %s", data, wantData)
	}
	if len(wantProblems) < 2 || !reflect.DeepEqual(problems, wantProblems) {
		t.Errorf("what is said of it is %v\nand not %v", problems, wantProblems)
	}
}
