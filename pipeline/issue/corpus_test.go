package issue

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// corpus gives real issues, which lie beside the project and never in it.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, _ := filepath.Glob(filepath.FromSlash("../../../shared/corpus/issues/*.md"))
	if len(names) == 0 {
		tb.Skip("the real issues are not on this machine (../shared/corpus/issues)")
	}
	names = append(names, filepath.FromSlash("../../../shared/corpus/seed-096.md"))
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

func TestRealIssuesParse(t *testing.T) {
	items, sections, quotes, notes, authors, bare := 0, 0, 0, 0, 0, 0
	for name, src := range corpus(t) {
		before := bytes.Clone(src)
		is, problems := Parse(name, src)
		if !bytes.Equal(is.Source(), before) {
			t.Errorf("%s: not given back byte for byte", name)
		}
		for _, p := range problems {
			t.Errorf("%s:%d:%d: %s: %s", name, p.Line, p.Column, p.Rule, p.What)
		}
		// Every heading of level two that is a link opens an item.
		if headings := bytes.Count(src, []byte("\n## [")); len(is.Stories()) != headings {
			t.Errorf("%s: %d items, %d headings that are links", name, len(is.Stories()), headings)
		}
		if is.Number == 0 || is.Title == "" || is.Date.IsZero() || is.Description == "" || len(is.Intro) == 0 || len(is.Items) < 5 || len(is.Outro) > 0 {
			t.Errorf("%s: read as %d %q %v %q, %d intro blocks, %d items, %d outro blocks", name, is.Number, is.Title, is.Date, is.Description, len(is.Intro), len(is.Items), len(is.Outro))
		}
		at := is.Items[0].Span.Start
		for _, it := range is.Items {
			if it.Span.Start != at {
				t.Errorf("%s:%d: a gap before the item", name, it.Line)
			}
			at = it.Span.End
			if it.Section {
				sections++
				continue
			}
			items++
			if it.Bare == it.URL {
				bare++
			}
			for _, p := range it.Parts {
				switch {
				case p.Quote:
					quotes++
				default:
					notes++
				}
				if p.Author != "" {
					authors++
				}
			}
		}
		if at != len(src) {
			t.Errorf("%s: %d bytes after the items belong to nothing", name, len(src)-at)
		}
	}
	t.Logf("%d items (%d with their bare link), %d sections, %d quotes, %d notes, %d of them by a named editor", items, bare, sections, quotes, notes, authors)
	if items < 800 || quotes < 780 || notes < 800 || authors < 29 || bare != items {
		t.Error("fewer than a reader counts")
	}
}

func TestAppendKeepsEveryByteOfRealIssues(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for name, src := range corpus(t) {
		appendKeeps(t, name, src, []NewItem{randomItem(r)})
		out, err := Append(src, []NewItem{{Title: "New", URL: "https://n.example/"}}, Templates{})
		if err != nil || !bytes.HasPrefix(out, src) {
			t.Errorf("%s: an item can't be added at its end: %v", name, err)
		}
		is, _ := Parse(name, src)
		published, err := Publish(src, is.Date)
		if err != nil || !bytes.Equal(published, src) {
			t.Errorf("%s: publishing it with its own date changes it: %v", name, err)
		}
	}
}

// Whatever the editor did to her file, a redraft keeps every byte of it.
func TestAppendKeepsEveryByteOfEditedIssues(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 5))
	for name, src := range corpus(t) {
		for range 4 {
			appendKeeps(t, name, edited(r, src), []NewItem{randomItem(r)})
		}
	}
}

// edited gives a file as somebody left it who typed, cut and moved lines.
func edited(r *rand.Rand, src []byte) []byte {
	out := bytes.Clone(src)
	for range 1 + r.IntN(6) {
		if len(out) == 0 {
			break
		}
		at := r.IntN(len(out))
		switch r.IntN(3) {
		case 0: // something typed
			out = slices.Insert(out, at, []byte(randomText(r, 12))...)
		case 1: // something cut
			out = slices.Delete(out, at, min(len(out), at+r.IntN(400)))
		default: // lines moved
			line, end := lineStart(out, at), lineEnd(out, at)
			moved := bytes.Clone(out[line:end])
			out = slices.Delete(out, line, end)
			out = slices.Insert(out, lineStart(out, r.IntN(len(out)+1)), moved...)
		}
	}
	return out
}

// Nor does formatting change what a reader sees, whatever she did to it.
func TestFormatKeepsEditedIssues(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	turns := 1
	if n, err := strconv.Atoi(os.Getenv("PULLQUOTE_TURNS")); err == nil {
		turns = n
	}
	for name, src := range corpus(t) {
		for range turns {
			formatKeeps(t, name, edited(r, src))
		}
	}
}

func TestRealArchiveHasNoErrors(t *testing.T) {
	corpus(t)
	a, problems := ReadArchive(os.DirFS("../../../shared/corpus/issues"))
	for _, p := range problems {
		t.Errorf("%s:%d: %s", p.File, p.Line, p.What)
	}
	if len(a.Heads) < 84 {
		t.Errorf("%d issues", len(a.Heads))
	}
	for i, h := range a.Heads {
		if i > 0 && h.Number <= a.Heads[i-1].Number {
			t.Errorf("%s stands after %s", h.File, a.Heads[i-1].File)
		}
		if h.Words < 500 || len(h.Hash) != 64 {
			t.Errorf("%s: %d words, hash %q", h.File, h.Words, h.Hash)
		}
	}
}

// A problem stands where an editor shows it, whatever ends the lines and
// whether or not a byte-order mark stands before them.
func TestPlacesDoNotDependOnLineEndings(t *testing.T) {
	for name, src := range corpus(t) {
		lf := bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), nil)
		places := func(src []byte) (out []Problem) {
			is, problems := Parse(name, src)
			for _, p := range append(problems, Check(is)...) {
				if p.Rule != "byte-order-mark" {
					p.Fix = nil
					out = append(out, p)
				}
			}
			return out
		}
		want := places(lf)
		for kind, written := range map[string][]byte{
			"CRLF": bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")), "byte-order mark": append([]byte("\ufeff"), lf...),
		} {
			got := places(written)
			if kind == "byte-order mark" { // it takes three bytes of the first line, which holds no problem
				for i := range got {
					if got[i].Line == 1 {
						t.Errorf("%s: a problem on line 1: %+v", name, got[i])
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s with %s: %s", name, kind, diff)
			}
		}
	}
}

// What is opened with its head is what is read from the file alone, but for what
// its front matter says besides.
func TestAKnownIssueIsTheSame(t *testing.T) {
	same := func(name string, src []byte) {
		want, found := Parse(name, src)
		got, again := OpenKnown(HeadOf(want), src).Issue()
		got.Keys, got.Extra = want.Keys, want.Extra
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Issue{})); diff != "" || len(found) < len(again) {
			t.Errorf("%s: %s %v", name, diff, again)
		}
		changed := append(bytes.Clone(src), "more"...)
		if is, _ := OpenKnown(HeadOf(want), changed).Issue(); is.Keys == nil {
			t.Errorf("%s: what has changed is not read again", name)
		}
	}
	same("marked.md", []byte("---\ntitle: A\ntags: [a, b]\ntlp: green\n---\n\n<!-- embargo: 2026-01-02 -->\n\n## [B](https://b.example/)\n\ntlp: clear\n\nNote.\n"))
	for name, src := range corpus(t) {
		same(name, src)
	}
}

func BenchmarkParse(b *testing.B) {
	var files [][]byte
	size := 0
	for _, src := range corpus(b) {
		files = append(files, src)
		size += len(src)
	}
	b.SetBytes(int64(size))
	eachIssue(b, len(files), func() {
		for _, src := range files {
			Parse("x.md", src)
		}
	})
}

// eachIssue runs a benchmark whose one turn is n issues, and reports what one of
// them takes.
func eachIssue(b *testing.B, n int, turn func()) {
	b.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		turn()
	}
	runtime.ReadMemStats(&after)
	issues := float64(b.N * n)
	b.ReportMetric(float64(b.Elapsed().Microseconds())/issues, "µs/issue")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/issues, "allocs/issue")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/issues/1024, "KB/issue")
}

func BenchmarkReadArchive(b *testing.B) {
	n := len(corpus(b)) - 1 // the model issue lies elsewhere
	eachIssue(b, n, func() { ReadArchive(os.DirFS("../../../shared/corpus/issues")) })
}
