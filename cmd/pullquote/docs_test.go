package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/testkit"
	"github.com/pullquote/pullquote/templates"
)

var update = flag.Bool("update", false, "write docs/manual.md anew")

// newRoot is the command tree as main makes it.
func newRoot() *cobra.Command {
	var out bytes.Buffer
	return (&app{ui: newUI(&out, &out, os.Getenv), env: os.Getenv}).root()
}

// TestHelp: every command has help with an example and its exit statuses, and
// what lists things has --json.
func TestHelp(t *testing.T) {
	eachCommand(newRoot(), func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s has no short text or no example", c.CommandPath())
		}
		if c.HasParent() && c.Annotations["exit"] == "" {
			t.Errorf("%s does not say its exit statuses", c.CommandPath())
		}
		if page := manPage(c); !strings.Contains(page, ".SH EXAMPLE") {
			t.Errorf("the manual page of %s has no example", c.CommandPath())
		}
	})
	for _, name := range []string{
		"inbox", "show", "sources", "sources list", "sources test", "issues", "issues list", "issues show",
		"templates", "check", "collect", "add", "pick", "draft", "render", "read", "extract",
	} {
		c, _, err := newRoot().Find(strings.Fields(name))
		if err != nil || c.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", name)
		}
	}
}

// TestManual: docs/manual.md is what the program says of itself. `make golden`
// writes it anew.
func TestManual(t *testing.T) {
	testkit.Golden(t, "../../docs", "manual.md", []byte(manual(newRoot())), *update)
}

// TestReadme types what README.md tells a new user to type, in its order, on a
// web that answers for every feed of the starter's list.
func TestReadme(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		if os.Getenv("PULLQUOTE_REQUIRE_PARTS") != "" {
			t.Fatal("no sh on this machine")
		}
		t.Skip("no sh on this machine to run README's commands with")
	}
	body, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(body), -1) {
		commands = append(commands, strings.Split(strings.TrimSpace(m[1]), "\n")...)
	}
	want := []string{"go run ./cmd/pullquote demo", "make test", "go install ./cmd/pullquote"}
	var script []string
	for _, c := range commands {
		if len(want) > 0 && c == want[0] {
			want = want[1:]
			continue // these three are run by TestDemo, by whoever runs this, and by building below
		}
		script = append(script, c)
	}
	if len(want) > 0 {
		t.Fatalf("README.md no longer tells to run %q", want[0])
	}
	if len(script) < 12 {
		t.Fatalf("README.md's week has only %d commands", len(script))
	}

	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	writeTest(t, filepath.Join(bin, "pullquote"), fmt.Sprintf("#!/bin/sh\nexec env PULLQUOTE_TEST_MAIN=1 %s -- --at 2026-11-22T17:00:00Z \"$@\"\n", self))
	writeTest(t, filepath.Join(bin, "writer"), "#!/bin/sh\nsed 's/TODO:[^\"]*/She writes what she thinks of it./' \"$1\" > \"$1.new\" && mv \"$1.new\" \"$1\"\n")
	web := starterWeb(t)
	defer web.Close()
	writeTest(t, filepath.Join(dir, "authority.pem"), string(web.CA()))

	cmd := exec.Command("sh", "-e", "-x", "-c", strings.Join(script, "\n"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "EDITOR=writer",
		"PULLQUOTE_PROXY="+web.Proxy(), "PULLQUOTE_PROXY_CA="+filepath.Join(dir, "authority.pem"), "NO_COLOR=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("README's week: %v\n%s", err, out)
	}
	for _, name := range []string{"site/index.html", "site/keys-in-the-open/index.html", "email/0001.html", "email/0001.txt", "email/0001.eml"} {
		if _, err := os.Stat(filepath.Join(dir, "news", "out", filepath.FromSlash(name))); err != nil {
			t.Errorf("README's week made no out/%s", name)
		}
	}
}

func writeTest(t *testing.T, name, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(body), 0o777); err != nil {
		t.Fatal(err)
	}
}

// starterWeb answers for every feed that `pullquote init` names, with an entry
// and its page each.
func starterWeb(t *testing.T) *testkit.Web {
	t.Helper()
	starter, err := fs.Sub(templates.Builtin(), "workspace/sources")
	if err != nil {
		t.Fatal(err)
	}
	sources, slips := collect.ReadSources(starter)
	if len(slips) > 0 || len(sources.Feeds) == 0 {
		t.Fatalf("the starter's sources: %d feeds, slips %v", len(sources.Feeds), slips)
	}
	files := fstest.MapFS{}
	for i, s := range sources.Feeds {
		place, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(s.Feed, "https://"), "http://"), "?")
		if strings.HasSuffix(place, "/") {
			place += "index.xml"
		}
		link := fmt.Sprintf("https://story%d.example/a.html", i)
		files[place] = &fstest.MapFile{Data: fmt.Appendf(nil, `<rss version="2.0"><channel><title>%s</title><link>https://story%d.example/</link><item><title>Story %d of the week</title><link>%s</link><pubDate>Fri, 20 Nov 2026 0%d:00:00 GMT</pubDate></item></channel></rss>`,
			fmt.Sprintf("Feed %d", i), i, i, link, i%10)}
		var article strings.Builder
		for p := range 4 {
			fmt.Fprintf(&article, "<p>In paragraph %d of story %d the engineers explain that %d keys were found in the open, that nobody had asked for them, and that the review which would have caught it was planned for the quarter after.</p>\n", p+1, i, 10*i+p)
		}
		files[strings.TrimPrefix(link, "https://")] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"<!doctype html><html lang=en><head><title>Story %d of the week</title></head><body><article><h1>Story %d of the week</h1>%s</article></body></html>", i, i, article.String())}
	}
	web, err := testkit.NewWeb(files)
	if err != nil {
		t.Fatal(err)
	}
	return web
}
