package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
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

// TestPhone: in a real browser no page and no mail of the sample newsletter
// scrolls sideways on a phone, 320 or 375 px wide.
func TestPhone(t *testing.T) {
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = path
		}
	}
	if chromium == "" {
		if os.Getenv("PULLQUOTE_REQUIRE_PARTS") != "" {
			t.Fatal("no chromium on this machine")
		}
		t.Skip("no chromium on this machine to look at pages with")
	}
	dir := t.TempDir()
	if err := copyTree(dir, pullquote.Sample()); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run([]string{"-C", dir, "render"}, strings.NewReader(""), &out, &errs, noEnv); status != exitDone {
		t.Fatalf("render: exit status %d\n%s%s", status, out.String(), errs.String())
	}
	pages := []string{"/site/", "/site/archive/", "/site/topics/", "/site/about/", "/site/404.html", "/site/the-quiet-week/", "/email/0003.html"}
	files := http.FileServer(http.Dir(filepath.Join(dir, "out")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/measure" {
			fmt.Fprintf(w, measure, `["`+strings.Join(pages, `","`)+`"]`)
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dom, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=60000", "--dump-dom", server.URL+"/measure").Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	rows := regexp.MustCompile(`(?m)(/[^\s<>]*) (\d+) (\d+) (\d+)$`).FindAllStringSubmatch(string(dom), -1)
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
