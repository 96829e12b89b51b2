package issue

import (
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func numbered(n int, title, more string) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: \"%d - %s\"\n%s---\n\nHi there.\n\n## [A *b*](https://a.example/)\n\n> Quote.\n\nNote.\n", n, title, more)}
}

func TestReadArchive(t *testing.T) {
	a, problems := ReadArchive(fstest.MapFS{
		"0010-ten.md":        numbered(10, "Ten", "date: 2024-03-03\ndraft: true\n"),
		"0009-nine.md":       numbered(9, "Nine", "date: 2024-03-02\n"),
		"0002-two.md":        numbered(2, "Two", "date: 2024-03-01\n"),
		"README.md":          {Data: []byte("# The format\n")},
		"_idea.md":           {Data: []byte("x")},
		".hidden.md":         {Data: []byte("x")},
		"notes.txt":          {Data: []byte("x")},
		"evidence/0009.json": {Data: []byte("{}")},
		"folder.md/x.md":     numbered(2, "Two", ""),
	})
	if len(problems) > 0 {
		t.Error(said(problems))
	}
	var files []string
	for _, h := range a.Heads {
		files = append(files, h.File)
	}
	if diff := cmp.Diff([]string{"0002-two.md", "0009-nine.md", "0010-ten.md"}, files); diff != "" {
		t.Error(diff)
	}
	h, ok := a.Number(9)
	if !ok || h.Title != "Nine" || h.Permalink != "/nine/" || h.Words != 4 || len(h.Hash) != 64 {
		t.Errorf("number 9 is %+v", h)
	}
	if diff := cmp.Diff([]ItemHead{{Title: "A b", URL: "https://a.example/", Line: 8}}, h.Items); diff != "" {
		t.Error(diff)
	}
	if _, ok := a.Number(3); ok {
		t.Error("there is a number 3")
	}
	newest, _ := a.Newest()
	draft, _ := NewestDraft(a)
	if newest.Number != 9 || draft.Number != 10 || a.Next() != 11 {
		t.Errorf("newest %d, newest draft %d, next %d", newest.Number, draft.Number, a.Next())
	}
	if _, ok := (Archive{}).Newest(); ok || (Archive{}).Next() != 1 {
		t.Error("an empty archive begins at 1")
	}
	if h, _ := NewestDraft(Archive{Heads: []Head{{Number: 4}}}); h.Number != 4 {
		t.Error("without a draft the newest issue is meant")
	}
}

func TestArchiveProblems(t *testing.T) {
	fsys := fstest.MapFS{
		"a.md": numbered(1, "One", "date: 2024-03-01\npermalink: /same/\n"),
		"b.md": numbered(2, "Two", "date: 2024-03-01\npermalink: /Same/\n"),
		"c.md": numbered(2, "Three", "date: 2024-03-02\naliases: [/same, /other/]\n"),
		"d.md": numbered(5, "Five", "date: 2024-02-01\n"),
		"e.md": {Data: []byte("---\ntitle: e\n")},
	}
	a, problems := ReadArchive(fsys)
	list := func(problems []Problem) string {
		var out []string
		for _, p := range problems {
			out = append(out, fmt.Sprintf("%s:%d %s %s", p.File, p.Line, p.Severity, p.Rule))
		}
		return strings.Join(out, "\n")
	}
	want := "e.md:1 error matter-unclosed\nb.md:4 error permalink-twice\nc.md:2 error number-twice\nc.md:1 error permalink-twice"
	if diff := cmp.Diff(want, list(problems)); diff != "" {
		t.Error(diff)
	}
	want = "b.md:4 error permalink-twice\nc.md:2 error number-twice\nc.md:1 error permalink-twice\nb.md:3 advice date-twice\nd.md:2 advice number-gap\nd.md:3 warning date-order"
	if diff := cmp.Diff(want, list(CheckArchive(a))); diff != "" {
		t.Error(diff)
	}
}

func TestLoadSaysWhatCanNotBeRead(t *testing.T) {
	is, _, err := Load(fstest.MapFS{}, "none.md")
	if err == nil || is == nil || !strings.Contains(err.Error(), "none.md") {
		t.Errorf("err %v, issue %v", err, is)
	}
	_, problems, err := Load(fstest.MapFS{"big.md": {Data: make([]byte, maxSource+10)}}, "big.md")
	if err != nil || said(problems) != "1:1 error file-too-large" {
		t.Errorf("err %v, problems %v", err, problems)
	}
}

// sizedFS has files of one byte a read that say they have the size says.
type sizedFS struct {
	fstest.MapFS
	says int64
}

func (s sizedFS) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	return sizedFile{f, s.says}, err
}

type sizedFile struct {
	fs.File
	says int64
}

func (f sizedFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return sizedInfo{info, f.says}, err
}

func (f sizedFile) Read(p []byte) (int, error) { return f.File.Read(p[:min(len(p), 1)]) }

type sizedInfo struct {
	fs.FileInfo
	says int64
}

func (i sizedInfo) Size() int64 { return i.says }

// A source is read whole whatever its size is said to be, but for what is saved
// behind it in the meantime; of a large one, a byte more than is accepted.
func TestReadSource(t *testing.T) {
	for _, into := range [][]byte{nil, make([]byte, 3, 10)} {
		for _, c := range []struct{ says, want int64 }{{0, 5}, {2, 2}, {5, 5}, {9, 5}, {maxSource + 10, 5}} {
			src, err := ReadSource(sizedFS{fstest.MapFS{"a.md": {Data: []byte("12345")}}, c.says}, "a.md", into)
			if err != nil || string(src) != "12345"[:c.want] {
				t.Errorf("said to be of %d: %q, %v", c.says, src, err)
			}
		}
	}
	for size, want := range map[int]int{0: 0, maxSource: maxSource, maxSource + 1: maxSource + 1, maxSource + 10: maxSource + 1} {
		src, err := ReadSource(fstest.MapFS{"a.md": {Data: make([]byte, size)}}, "a.md", nil)
		if err != nil || len(src) != want {
			t.Errorf("of %d bytes %d were read: %v", size, len(src), err)
		}
	}
}

// An archive of heads is small: no body is kept alive by it.
func TestArchiveKeepsNoBodies(t *testing.T) {
	fsys := fstest.MapFS{}
	body := strings.Repeat("Some words of an intro that is long.\n\n", 1000)
	for i := 1; i <= 300; i++ {
		fsys[FileName(i, "x")] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: \"%d - x %d\"\n---\n%s## [A](https://a.example/%d)\n", i, i, body, i)}
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a, _ := ReadArchive(fsys)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 300*8<<10 {
		t.Errorf("300 heads hold %d KB", grown>>10)
	}
	if len(a.Heads) != 300 {
		t.Errorf("%d heads", len(a.Heads))
	}
	runtime.KeepAlive(fsys)
}

func TestSlugAndFileName(t *testing.T) {
	for title, want := range map[string]string{
		"The cloud is more secure":        "the-cloud-is-more-secure",
		"We don’t know, do we?":           "we-don-t-know-do-we",
		"  Über die Größe – naïve  ":      "uber-die-gro-e-naive",
		"../../etc/passwd":                "etc-passwd",
		"日本語":                             "",
		"":                                "",
		strings.Repeat("long words ", 30): strings.TrimSuffix(strings.Repeat("long-words-", 9), "-"),
	} {
		if got := Slug(title); got != want {
			t.Errorf("%q gives %q, want %q", title, got, want)
		}
	}
	if got := FileName(96, "The cloud"); got != "0096-the-cloud.md" {
		t.Error(got)
	}
	if got := FileName(12345, "日本語"); got != "12345-issue.md" {
		t.Error(got)
	}
}

// Words are counted as strings.Fields parts them.
func TestWordsAreFields(t *testing.T) {
	for _, s := range []string{"", " ", "a", " a", "a ", "a b", "a\t\n\v\f\rb", "a\u00a0b", "a\u0085b", "a\u3000", "\u3000a", "né \u2003 \xff\xfe x", "日本 語", "\xe3\x80", "a\xe3\x80 b", "seven b’s – nine\u2003ten eleven", "1234567é 1234 67é a\tb", "1234567\u00a01234567 \u0085"} {
		if got, want := WordsInBlocks([]Block{{Kind: BlockPara, Inlines: textInline(s)}}), len(strings.Fields(s)); got != want {
			t.Errorf("%q has %d words, not %d", s, got, want)
		}
	}
}
