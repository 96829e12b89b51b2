package issue

import (
	"bytes"
	"testing"
	"time"
	"unicode/utf8"
)

// Whatever the bytes, an issue is given, its spans lie in the file and its
// problems have a place in it.
func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "Hi.\n\n## [A](https://a.example/)\n\n<https://a.example/>\nglued\n\n> q\n> * l\nlazy\n\n(Joan) n\r\n\r\n| a |\n|---|\n\n---\n\nBye\n"))
	f.Add([]byte("\ufeff---\r\ntitle: [\r\n---\r\n\r## x\r<!-- a\r"))
	f.Add([]byte("---\na: &a [*a]\ntitle: !!binary x\ndate: 1\n ---\n---\n```\n~~a~~ ![x][y]\n\n[y]: z\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		before := bytes.Clone(src)
		is, problems := Parse("x.md", src)
		if is == nil || !bytes.Equal(is.Source(), before) {
			t.Fatal("the bytes are not given back")
		}
		problems = append(problems, Check(is)...)
		lines := bytes.Count(src, []byte("\n")) + 1
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.What == "" || p.Hint == "" {
				t.Fatalf("problem without a place: %+v", p)
			}
			for _, e := range p.Fix {
				if e.Start < 0 || e.Start > e.End || e.End > len(src) {
					t.Fatalf("fix outside of the file: %+v", e)
				}
			}
		}
		at := -1
		for _, it := range is.Items {
			if at >= 0 && it.Span.Start != at || it.Span.End < it.Heading.End || it.Span.End > len(src) {
				t.Fatalf("items overlap or part: %+v", it.Span)
			}
			at = it.Span.End
			for _, p := range it.Parts {
				if p.Span.Start < it.Span.Start || p.Span.End > it.Span.End || p.Span.Start > p.Span.End {
					t.Fatalf("a part %+v outside of its item %+v", p.Span, it.Span)
				}
				p.Paragraphs()
			}
		}
		HeadOf(is)
		if out, err := Publish(src, time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)); err == nil && !bytes.HasSuffix(out, src[is.Body.Start:]) {
			t.Fatal("publishing changed the body")
		}
	})
}

// Nothing from outside breaks out of its place in a draft.
func FuzzCompose(f *testing.F) {
	f.Add("A [b](c)", "https://a.example/(x", "q\n\n# r", "> [x]: y", []byte(head+"## [A](https://a.example/)\r\n\r\nx\r\n\r\n---\r\n"))
	f.Add("\\", "https://a.example/?a&amp;b\\", "***", "<!--", []byte(head+"~~~\n"))
	f.Fuzz(func(t *testing.T, title, address, quote1, quote2 string, old []byte) {
		items := []NewItem{{Title: title, URL: "https://a.example/" + address, Quotes: []string{quote1, quote2}}}
		if src, err := Compose(Matter{Number: 5, Title: "x"}, items, Templates{}); err == nil {
			is, _ := Parse("x.md", src)
			if len(is.Items) != 1 {
				t.Fatalf("%d items in\n%s", len(is.Items), src)
			}
			meansTheSame(t, is.Items[0], items[0], src)
		} else if _, bad := linkTarget(items[0].URL); bad == nil && utf8.ValidString(title+address) && len(quote1)+len(quote2) < 10_000 {
			t.Fatalf("refused: %v", err)
		}
		appendKeeps(t, "x.md", old, items)
	})
}

// What other programs wrote becomes an issue file, and its body stays.
func FuzzAdopt(f *testing.F) {
	f.Add([]byte("+++\ntitle = '9 - Locks'\ndate = 2024-05-06\n[a]\nb = 1\n+++\nHi.\n"))
	f.Add([]byte("{\"title\": \"a\", \"x\": [1, {\"y\": null}]}\n\nHi.\n"))
	f.Add([]byte("---json\n{\"title\": \"a\"}\n---\nHi.\n"))
	f.Add([]byte("\ufeff---\r\nTitle: a\r\ntag: b\r\npublished: false\r\n---\r\nHi.\r\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, _, err := Adopt("2024-05-06-a.md", src, "/posts/a/")
		if err != nil {
			return
		}
		is, _ := Parse("x.md", out)
		if !bytes.HasSuffix(src, out[is.Body.Start:]) {
			t.Fatalf("the body becomes %q", out[is.Body.Start:])
		}
		if again, added, err := Adopt("2024-05-06-a.md", out, "/posts/a/"); err == nil && len(added) > 0 {
			t.Fatalf("adopted twice, it changes again: %q\n%s", added, again)
		}
	})
}

// What a machine mends leaves the same stories, and is mended once.
func FuzzFix(f *testing.F) {
	f.Add([]byte(head + "## [A | a](https://a.example/)\n\n> q\u200b\n\nAt http://185.220.101.4/x and 185.220.101.4.\n\n## [B](https://b.example/)\n\n[https://c.example/](https://c.example/)\n"))
	f.Add([]byte("\ufeff" + head + "## [A](https://a.example/)\r\n\r\n[x](http://185.220.101.4/y) 44d88612fea8a8f36de82e1278abb02f https://bad.example/\r\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		is, problems := Parse("x.md", src)
		if hasErrors(problems) {
			return
		}
		for range 5 {
			out, cured, err := Fix(is, append(problems, Check(is)...))
			if err != nil || cured == 0 {
				return
			}
			now, found := Parse("x.md", out)
			if hasErrors(found) || len(now.Items) != len(is.Items) {
				t.Fatalf("mending loses a story:\n%s", out)
			}
			is, problems = now, found
		}
	})
}

func FuzzDecodeYAML(f *testing.F) {
	f.Add([]byte("name: a\nwait: 3s\nlist: [1, 2]\nmap:\n  a: {b: c}\n"))
	f.Add([]byte("a: &a [*a, *a]\n<<: *a\n? [x]\n: y\n---\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var into struct {
			Name string
			Wait time.Duration
			When *time.Time
			List []int
			Map  map[string]struct{ A, B any }
			Rest map[string]any `yaml:",inline"`
		}
		lines := bytes.Count(src, []byte("\n")) + 1
		for _, p := range DecodeYAML("x.yaml", src, &into) {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.What == "" {
				t.Fatalf("problem without a place: %+v", p)
			}
		}
	})
}
