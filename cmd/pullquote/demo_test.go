package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pullquote/pullquote"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// TestDemo: the demo plays its week to the end with no network, shows each
// stage, and leaves a workspace in which everything is where it says.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "week")
	var out, errs bytes.Buffer
	if status := run([]string{"demo", dir}, strings.NewReader(""), &out, &errs, noEnv); status != exitDone {
		t.Fatalf("exit status %d\n%s\n%s", status, out.String(), errs.String())
	}
	said := out.String()
	at := 0
	for _, stage := range []string{"collect", "inbox", "show", "pick", "draft", "check", "draft", "check", "publish", "render"} {
		i := strings.Index(said[at:], "$ pullquote "+stage)
		if i < 0 {
			t.Fatalf("the demo shows no %q after its first %d bytes:\n%s", stage, at, said)
		}
		at += i + 1
	}
	_, list, _ := strings.Cut(said, "Where to look")
	places := 0
	for _, line := range strings.Split(strings.TrimSpace(list), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if _, err := os.Stat(fields[len(fields)-1]); err != nil {
			t.Errorf("the demo names a place that is not there: %s", line)
		}
		places++
	}
	if places < 6 {
		t.Errorf("the demo names %d places to look at, want 6", places)
	}

	// A second demo overwrites nothing.
	if status := run([]string{"demo", dir}, strings.NewReader(""), &out, &errs, noEnv); status != exitMisused {
		t.Errorf("a demo in a folder that is not empty: exit status %d, want %d", status, exitMisused)
	}
	// The workspace it leaves is a workspace.
	out.Reset()
	if status := run([]string{"-C", dir, "check", "--all"}, strings.NewReader(""), &out, &errs, noEnv); status != exitDone {
		t.Errorf("check --all in the demo's workspace: exit status %d\n%s", status, out.String())
	}
}

func noEnv(string) string { return "" }

// TestSampleQuotes: every quote of the sample newsletter stands word for word
// in the sample web, so that the demonstration proves what the product claims.
func TestSampleQuotes(t *testing.T) {
	web, err := fs.Sub(demoFiles, "demo/web")
	if err != nil {
		t.Fatal(err)
	}
	issues, err := fs.Sub(pullquote.Sample(), "issues")
	if err != nil {
		t.Fatal(err)
	}
	archive, problems := issue.ReadArchive(issues)
	if len(problems) > 0 || len(archive.Heads) < 3 {
		t.Fatalf("the sample newsletter has %d issues and problems %v", len(archive.Heads), problems)
	}
	for _, head := range archive.Heads {
		is, problems, err := issue.Load(issues, head.File)
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		if len(is.Items) < 5 {
			t.Errorf("%s has %d items, want 5 or more", head.File, len(is.Items))
		}
		for _, item := range is.Items {
			name := strings.TrimPrefix(item.URL, "https://")
			if strings.HasSuffix(name, "/") {
				name += "index.html"
			}
			body, err := fs.ReadFile(web, name)
			if err != nil {
				t.Errorf("%s:%d: %v", head.File, item.Line, err)
				continue
			}
			article, err := extract.Read(extract.Input{URL: item.URL, ContentType: "text/html", Body: body})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			quotes := 0
			for _, part := range item.Parts {
				if !part.Quote {
					continue
				}
				for _, q := range part.Paragraphs() {
					if strings.Trim(q.Text, " .…[]") == "" {
						continue
					}
					quotes++
					if f := extract.Find(article.Text(), q.Text); !f.Verdict.OK() {
						t.Errorf("%s:%d: %s: %q", head.File, q.Line, f.Verdict, q.Text)
					}
				}
			}
			if quotes == 0 {
				t.Errorf("%s:%d: the item has no quote", head.File, item.Line)
			}
		}
	}
}

// TestSampleIsProven: on a fresh clone, with no inbox, the evidence beside the
// sample issues proves every quote of them.
func TestSampleIsProven(t *testing.T) {
	dir := t.TempDir()
	if err := copyTree(dir, pullquote.Sample()); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run([]string{"-C", dir, "check", "--all"}, strings.NewReader(""), &out, &errs, noEnv); status != exitDone {
		t.Fatalf("exit status %d\n%s%s", status, out.String(), errs.String())
	}
	if said := out.String() + errs.String(); !strings.Contains(said, "28 exact") || strings.Contains(said, "quote-") {
		t.Errorf("check --all says\n%s", said)
	}
}
