package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// realArchive gives the real issues, which lie beside the project and never in it.
func realArchive(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, _ := filepath.Glob(filepath.FromSlash("../../shared/corpus/issues/*.md"))
	if len(names) == 0 {
		tb.Skip("the real issues are not on this machine (../shared/corpus/issues)")
	}
	files := map[string][]byte{}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			tb.Fatal(err)
		}
		files[filepath.Base(n)] = b
	}
	return files
}

func emptyWorkspace(tb testing.TB) *Pipeline {
	tb.Helper()
	dir := tb.TempDir()
	if err := WriteFile(filepath.Join(dir, "pullquote.yaml"), []byte("name: Test Letter\nurl: https://letter.example/\n")); err != nil {
		tb.Fatal(err)
	}
	ws, problems, err := OpenWorkspace(dir)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, problems)
	}
	return New(ws, Options{})
}

func TestRealArchiveImportsByteForByte(t *testing.T) {
	files := realArchive(t)
	p := emptyWorkspace(t)
	report, err := p.ImportArchive(filepath.FromSlash("../../shared/corpus/issues"), false)
	if err != nil || report.Placed() != len(files) {
		t.Fatalf("%d of %d placed, %v", report.Placed(), len(files), err)
	}
	archive, problems := p.Archive()
	if err := blocking(problems); err != nil || len(archive.Heads) != len(files) {
		t.Fatalf("%d issues, %v", len(archive.Heads), problems)
	}
	for _, f := range report.Files {
		got, err := os.ReadFile(p.IssuePath(f.File))
		if err != nil || !bytes.Equal(got, files[filepath.Base(f.From)]) || len(f.Added) > 0 {
			t.Errorf("%s is not what %s was: %v", f.File, f.From, err)
		}
		is, _ := issue.Parse(f.File, got)
		if was, _ := issue.Parse(filepath.Base(f.From), got); is.Permalink != was.Permalink {
			t.Errorf("%s moves from %s to %s", f.From, was.Permalink, is.Permalink)
		}
	}
}

// TestHowOftenRulesFire holds the counts of docs/checks.md against the real
// archive: a rule that fires otherwise wants its sample read anew.
func TestHowOftenRulesFire(t *testing.T) {
	realArchive(t)
	p := emptyWorkspace(t)
	if _, err := p.ImportArchive(filepath.FromSlash("../../shared/corpus/issues"), false); err != nil {
		t.Fatal(err)
	}
	archive, _ := p.Archive()
	var refs []string
	for _, h := range archive.Heads {
		refs = append(refs, h.File)
	}
	report, err := p.Check(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, pr := range report.Problems {
		counts[pr.Rule]++
	}
	manual, err := os.ReadFile("../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([0-9]+) \\|").FindAllStringSubmatch(string(manual), -1) {
		if got := fmt.Sprint(counts[m[1]]); got != m[2] {
			t.Errorf("docs/checks.md says that %s fires %s times, it fires %s times", m[1], m[2], got)
		}
		delete(counts, m[1])
	}
	for rule, n := range counts {
		t.Errorf("docs/checks.md does not say that %s fires %d times", rule, n)
	}
}

// TestNotesAgainstRealSources shows what note-against-source says of the real
// notes whose articles are at hand.
func TestNotesAgainstRealSources(t *testing.T) {
	files := realArchive(t)
	body, err := os.ReadFile(filepath.FromSlash("../../shared/corpus/quotes/pairs.json"))
	if err != nil {
		t.Skip("the articles of the real quotes are not on this machine (../shared/corpus/quotes)")
	}
	var pairs []struct{ URL, Text string }
	if err := json.Unmarshal(body, &pairs); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, pair := range pairs {
		if key, err := collect.Canonical(pair.URL); err == nil {
			texts[key] = pair.Text
		}
	}
	items, findings := 0, 0
	for name, src := range files {
		is, _ := issue.Parse(name, src)
		sourceOf := func(url string) (Source, bool) {
			key, err := collect.Canonical(url)
			if err != nil || texts[key] == "" {
				return Source{}, false
			}
			return Source{Text: texts[key]}, true
		}
		for _, it := range is.Items {
			if _, ok := sourceOf(it.URL); ok {
				items++
			}
		}
		for _, pr := range CheckNotes(is, sourceOf) {
			findings++
			t.Logf("%s:%d: %s", name, pr.Line, pr.What)
		}
		for _, pr := range append(CheckInlineQuotes(is, sourceOf), CheckQuotes(is, sourceOf, nil)...) {
			if pr.Rule != "quote-no-source" {
				t.Logf("%s:%d: %s: %s", name, pr.Line, pr.Rule, pr.What)
			}
		}
	}
	t.Logf("%d findings in the notes of %d items", findings, items)
}

// repeated writes the real archive n issues long into a workspace, each with a
// number and a permalink of its own.
func repeated(tb testing.TB, p *Pipeline, n int) {
	tb.Helper()
	files := realArchive(tb)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	title := regexp.MustCompile(`(?m)^title: "[0-9]+ - `)
	permalink := regexp.MustCompile(`(?m)^permalink: /`)
	if err := os.MkdirAll(p.IssuePath(""), 0o777); err != nil {
		tb.Fatal(err)
	}
	for i := 1; i <= n; i++ {
		src := files[names[i%len(names)]]
		src = title.ReplaceAll(src, fmt.Appendf(nil, "title: \"%d - ", i))
		src = permalink.ReplaceAll(src, fmt.Appendf(nil, "permalink: /%d-", i))
		if err := os.WriteFile(p.IssuePath(fmt.Sprintf("%05d-x.md", i)), src, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
}

// checkWhole checks the whole archive and gives the most memory that was held.
func checkWhole(tb testing.TB, p *Pipeline) (problems int, held uint64) {
	tb.Helper()
	archive, _ := p.Archive()
	var refs []string
	for _, h := range archive.Heads {
		refs = append(refs, h.File)
	}
	report, err := p.Check(tb.Context(), refs)
	if err != nil {
		tb.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(report)
	return len(report.Problems), m.HeapAlloc
}

func BenchmarkCheckArchive(b *testing.B) {
	for _, n := range []int{84, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if n > 1000 && testing.Short() {
				b.Skip("ten thousand issues are left out of a short run")
			}
			p := emptyWorkspace(b)
			repeated(b, p, n)
			var held uint64
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				_, held = checkWhole(b, p)
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/issue")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N*n), "allocs/issue")
			b.ReportMetric(float64(held)/float64(n), "B-held/issue")
		})
	}
}

func TestRedraftKeepsRealIssues(t *testing.T) {
	// What issue.Append promises over the corpus is tested in its own room; here
	// the same holds for what Draft gives it: offers and notes included.
	item := issue.NewItem{Title: "Keys --> [x]", URL: "https://new.example/", Quotes: []string{"One.", "Two."}, More: []string{"Three --> four.\n\n# Five"}}
	for name, src := range realArchive(t) {
		out, err := issue.Append(src, []issue.NewItem{item}, issue.Templates{})
		if err != nil || !bytes.HasPrefix(out, src) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		is, _ := issue.Parse(name, out)
		if last := is.Items[len(is.Items)-1]; strings.Contains(issue.PlainBlocks(last.Parts[len(last.Parts)-1].Blocks), "four") {
			t.Errorf("%s: a reader sees what is only offered", name)
		}
	}
}
