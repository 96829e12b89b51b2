package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pullquote/pullquote"
)

// measure is a page that loads others in frames as wide as a phone and writes
// down how wide they want to be.
const measure = `<!doctype html><html lang="en"><title>measure</title><body><script>
const pages = %s, widths = [320, 375];
async function run() {
  const out = [];
  for (const page of pages) for (const width of widths) {
    const f = document.createElement('iframe');
    f.style.cssText = 'border:0;height:800px;width:' + width + 'px';
    const loaded = new Promise(r => f.onload = r);
    f.src = page; document.body.append(f); await loaded;
    const d = f.contentDocument;
    out.push(page + ' ' + width + ' ' + d.documentElement.scrollWidth + ' ' + d.body.innerText.trim().length);
    f.remove();
  }
  document.body.innerHTML = '<pre>' + out.join('\n') + '\ndone</pre>';
}
run();
</script></body></html>`

// chromium gives what loads an address in a real browser and gives the page as it
// is once its scripts are done.
func chromium(t *testing.T) (load func(address string) (dom string)) {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" {
		if os.Getenv("PULLQUOTE_REQUIRE_PARTS") != "" {
			t.Fatal("no chromium on this machine")
		}
		t.Skip("no chromium on this machine to look at pages with")
	}
	return func(address string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		dom, err := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
			"--virtual-time-budget=60000", "--dump-dom", address).Output()
		if err != nil {
			t.Fatalf("chromium: %v", err)
		}
		return string(dom)
	}
}

// renderedSample renders the sample newsletter and gives the folder.
func renderedSample(t *testing.T) (out string) {
	t.Helper()
	dir := t.TempDir()
	if err := copyTree(dir, pullquote.Sample()); err != nil {
		t.Fatal(err)
	}
	var said, errs bytes.Buffer
	if status := run([]string{"-C", dir, "render"}, strings.NewReader(""), &said, &errs, noEnv); status != exitDone {
		t.Fatalf("render: exit status %d\n%s%s", status, said.String(), errs.String())
	}
	return filepath.Join(dir, "out")
}

// TestPhone: in a real browser no page and no mail of the sample newsletter
// scrolls sideways on a phone, 320 or 375 px wide.
func TestPhone(t *testing.T) {
	load := chromium(t)
	pages := []string{"/site/", "/site/archive/", "/site/topics/", "/site/topics/source/northerncourant.example/", "/site/about/", "/site/404.html", "/site/the-quiet-week/", "/email/0003.html"}
	files := http.FileServer(http.Dir(renderedSample(t)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/measure" {
			fmt.Fprintf(w, measure, `["`+strings.Join(pages, `","`)+`"]`)
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	dom := load(server.URL + "/measure")
	rows := regexp.MustCompile(`(?m)(/[^\s<>]*) (\d+) (\d+) (\d+)$`).FindAllStringSubmatch(dom, -1)
	if len(rows) != 2*len(pages) {
		t.Fatalf("chromium measured %d of %d pages:\n%s", len(rows), 2*len(pages), dom)
	}
	for _, row := range rows {
		if row[2] != row[3] {
			t.Errorf("%s is %s px wide on a phone of %s px", row[1], row[3], row[2])
		}
		if len(row[4]) < 2 {
			t.Errorf("%s shows %s characters", row[1], row[4])
		}
	}
}

// TestSearch: in a real browser, behind the headers that are shipped for a host, a
// query finds the stories that have its words, and says how many and in which issue.
func TestSearch(t *testing.T) {
	load := chromium(t)
	out := renderedSample(t)
	headers, err := os.ReadFile(filepath.Join(out, "site", "_headers"))
	if err != nil {
		t.Fatal(err)
	}
	policy := regexp.MustCompile(`(?m)^\s+Content-Security-Policy: (.+)$`).FindSubmatch(headers)
	if policy == nil {
		t.Fatalf("no policy is shipped:\n%s", headers)
	}
	files := http.FileServer(http.Dir(filepath.Join(out, "site")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", string(policy[1]))
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	status := regexp.MustCompile(`role="status">([^<]*)<`)
	for query, want := range map[string][]string{
		"LOGS":           {"2 stories", "Log retention is a decision about which questions you may ask", "The quiet week", "The fourteen software companies", "Trust arrives by post"},
		"retention logs": {"1 story", "Log retention is a decision"},
		"nosuchword":     {"No story has these words."},
	} {
		dom := load(server.URL + "/archive/?q=" + url.QueryEscape(query))
		found := status.FindStringSubmatch(dom)
		if found == nil || found[1] != want[0] {
			t.Errorf("%s: it says %q, want %q", query, found, want[0])
		}
		_, results, _ := strings.Cut(dom, `role="status"`)
		results, _, _ = strings.Cut(results, "<h2") // the list of all issues
		for _, text := range want[1:] {
			if !strings.Contains(results, text) {
				t.Errorf("%s: %q is not among\n%s", query, text, results)
			}
		}
	}
}
