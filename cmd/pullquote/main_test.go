package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/testkit"
)

func TestMain(m *testing.M) {
	// TestReadme's shell runs this same binary as the program.
	if os.Getenv("PULLQUOTE_TEST_MAIN") != "" {
		os.Exit(run(os.Args[2:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
	}
	testscript.Main(m, map[string]func(){"pullquote": main})
}

// TestScripts runs every command end to end, as a person types it. The web of
// a script is its folder web/HOST/PATH.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":   status,
			"append":   appendFile,
			"replace":  replaceIn,
			"keeps":    keeps,
			"requests": requests,
			"fill":     fill,
			"older":    older,
			"lose":     lose,
		},
	})
}

// webKey is where a script's web lies among its values.
type webKey struct{}

// setup serves the script's folder web and sets its clock: Sunday 22 November
// 2026, the same in every script.
func setup(env *testscript.Env) error {
	env.Setenv("now", "2026-11-22T17:00:00Z")
	env.Setenv("NO_COLOR", "1")
	env.Setenv("HOME", env.WorkDir)
	dir := filepath.Join(env.WorkDir, "web")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	web, err := testkit.NewWeb(os.DirFS(dir))
	if err != nil {
		return err
	}
	env.Defer(func() { web.Close() })
	env.Values[webKey{}] = web
	authority := filepath.Join(env.WorkDir, "authority.pem")
	if err := os.WriteFile(authority, web.CA(), 0o666); err != nil {
		return err
	}
	env.Setenv("PULLQUOTE_PROXY", web.Proxy())
	env.Setenv("PULLQUOTE_PROXY_CA", authority)
	return nil
}

// status N COMMAND...: the command's exit status is N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// append FILE TEXT adds TEXT and a line end to FILE.
func appendFile(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	ts.Check(err)
	_, err = f.WriteString(strings.Join(args[1:], " ") + "\n")
	ts.Check(err)
	ts.Check(f.Close())
}

// replace FILE OLD NEW replaces the first OLD of FILE, which must be there.
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	body := ts.ReadFile(args[0])
	if !strings.Contains(body, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(body, args[1], args[2], 1)), 0o666))
}

// keeps NEW OLD: every byte of OLD stands in NEW, in its order.
func keeps(ts *testscript.TestScript, neg bool, args []string) {
	now, old := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	i := 0
	for j := 0; j < len(now) && i < len(old); j++ {
		if now[j] == old[i] {
			i++
		}
	}
	if (i == len(old)) == neg {
		ts.Fatalf("%s keeps %d of the %d bytes of %s in order", args[0], i, len(old), args[1])
	}
}

// requests N ADDRESS: the web was asked N times for ADDRESS.
func requests(ts *testscript.TestScript, neg bool, args []string) {
	web := ts.Value(webKey{}).(*testkit.Web)
	got := 0
	for _, r := range web.Requests() {
		if r.URL == args[1] {
			got++
		}
	}
	want := len(args[0]) - len(strings.TrimLeft(args[0], "|")) // as many strokes as requests
	if (got == want) == neg {
		ts.Fatalf("%s was asked %d times, want %d", args[1], got, want)
	}
}

// older DB: what is remembered of articles is what an older extractor made: it
// took the title's last word away and found no date.
func older(ts *testscript.TestScript, neg bool, args []string) {
	ctx := context.Background()
	box, err := inbox.Open(ctx, ts.MkAbs(args[0]), nil)
	ts.Check(err)
	defer box.Close()
	readings, err := box.Readings(ctx)
	ts.Check(err)
	var list []inbox.Reading
	for _, r := range readings {
		r.Extractor, r.Hash, r.Published, r.Words = "0", "0", "", r.Words+7
		if at := strings.LastIndexByte(r.Title, ' '); at > 0 {
			r.Title = r.Title[:at]
		}
		list = append(list, r)
	}
	ts.Check(box.SaveReadings(ctx, list))
}

// lose DB ID: the quote picked from story ID is one that its article does not have.
func lose(ts *testscript.TestScript, neg bool, args []string) {
	ctx := context.Background()
	box, err := inbox.Open(ctx, ts.MkAbs(args[0]), nil)
	ts.Check(err)
	defer box.Close()
	id, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	_, err = box.Pick(ctx, id, []extract.Quote{{Exact: "They agreed to be named and then did not turn up at the printer."}}, "")
	ts.Check(err)
}

// fill FILE: the editor writes a sentence into every blank of a draft.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	blank := regexp.MustCompile(`TODO:[^"\n]*`)
	body := blank.ReplaceAllString(ts.ReadFile(args[0]), "She writes what she thinks of it, in words of her own.")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(body), 0o666))
}

// A Chinese headline takes two columns a letter: what stands behind it stays
// in its column, and a cut line does not overflow the terminal.
func TestTableOfWideLetters(t *testing.T) {
	var out strings.Builder
	u := &ui{out: &out, err: io.Discard, width: 40, colour: true}
	u.table([]string{"ID", "SOURCE", "TITLE"}, [][]string{
		{"1", "安全客", "one"},
		{"2", "Halyard", strings.Repeat("漏洞", 30)},
	})
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	at := func(line, word string) int { return uniseg.StringWidth(line[:strings.Index(line, word)]) }
	if a, b := at(lines[1], "one"), at(lines[2], "漏"); a != b || a != at(lines[0], "TITLE") {
		t.Errorf("columns do not stand below each other:\n%s", out.String())
	}
	if w := uniseg.StringWidth(lines[2]); w > 40 || !strings.HasSuffix(lines[2], "…") {
		t.Errorf("a line of %d columns on a terminal of 40: %s", w, lines[2])
	}
}
