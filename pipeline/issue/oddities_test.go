package issue

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Each class of oddity that real issues have, counted twice: in the lines of
// the files, by a form that knows no Markdown, and in what Parse and Check make
// of them. Where the two differ, a reader and the program see different things.
func TestOdditiesOfRealIssues(t *testing.T) {
	type class struct {
		name   string
		lines  func(f file) int  // as a person counts
		parsed func(is seen) int // as the program does
	}
	count := func(form string) func(file) int {
		re := regexp.MustCompile(form)
		return func(f file) (n int) {
			for _, l := range f.lines {
				if re.MatchString(l) {
					n++
				}
			}
			return n
		}
	}
	once := func(f func(file) bool) func(file) int {
		return func(x file) int {
			if f(x) {
				return 1
			}
			return 0
		}
	}
	rule := func(name string) func(seen) int {
		return func(s seen) (n int) {
			for _, p := range s.problems {
				if p.Rule == name {
					n++
				}
			}
			return n
		}
	}
	storyHeading := regexp.MustCompile(`^## .*\]\(`)
	classes := []class{
		{"stories", count(storyHeading.String()), func(s seen) int { return len(s.is.Stories()) }},
		{"headings without a link", count(`^#{1,6} [^\]]*$`), func(s seen) (n int) {
			for _, b := range s.blocks {
				if b.Kind == BlockHead && !hasLink(b.Inlines) && s.is.hasHashes(b) {
					n++
				}
			}
			return n
		}},
		{"square brackets in a title", count(`^## \[.*\[.*\]\(`), func(s seen) (n int) {
			for _, it := range s.is.Stories() {
				if strings.Contains(PlainInlines(it.Title), "[") {
					n++
				}
			}
			return n
		}},
		{"stories without a bare link", func(f file) (n int) {
			for i, l := range f.lines {
				if storyHeading.MatchString(l) && !strings.HasPrefix(f.nextLine(i), "[http") {
					n++
				}
			}
			return n
		}, rule("link-missing")},
		{"links to the word url", count(`\]\(url\)`), func(s seen) (n int) {
			for _, p := range s.problems {
				if p.Rule == "link-placeholder" && strings.Contains(p.What, `"url"`) {
					n++
				}
			}
			return n
		}},
		{"points of lists in quotes", count(`^>\s*(\*|-|[0-9]{1,3}[.)])\s`), func(s seen) (n int) {
			for _, q := range s.quotes() {
				n += listItems(q.Blocks)
			}
			return n
		}},
		{"four spaces after the mark of a quote", func(f file) (n int) {
			for i, l := range f.lines {
				if strings.HasPrefix(l, ">     ") && !strings.HasPrefix(strings.TrimLeft(l, "> "), "- ") && (i == 0 || !strings.HasPrefix(f.lines[i-1], ">     ")) {
					n++
				}
			}
			return n
		}, rule("quote-code")},
		{"notes with an editor's name", count(`^\(\[?[A-Z][a-z]+[\])]`), func(s seen) (n int) {
			for _, it := range s.is.Items {
				for _, p := range it.Parts {
					if p.Author != "" {
						n++
					}
				}
			}
			for _, b := range s.is.Intro {
				if noteAuthor(b) != "" {
					n++
				}
			}
			return n
		}},
		{"lines glued to a quote", func(f file) (n int) {
			for i, l := range f.lines {
				if i > 0 && strings.HasPrefix(f.lines[i-1], ">") && strings.TrimSpace(f.lines[i-1]) != ">" && strings.TrimSpace(l) != "" && l[0] != '>' {
					n++
				}
			}
			return n
		}, rule("quote-open")},
		{"quotes whose first line is empty", func(f file) (n int) {
			for i, l := range f.lines {
				if strings.TrimSpace(l) == ">" && i+1 < len(f.lines) && strings.HasPrefix(f.lines[i+1], ">") && (i == 0 || !strings.HasPrefix(f.lines[i-1], ">")) {
					n++
				}
			}
			return n
		}, func(s seen) (n int) {
			for _, q := range s.quotes() {
				first, _, _ := strings.Cut(string(s.is.src[q.Span.Start:q.Span.End]), "\n")
				if strings.TrimSpace(first) == ">" && len(q.Blocks) > 0 {
					n++
				}
			}
			return n
		}},
		{"images", count(`!\[`), func(s seen) (n int) {
			for _, b := range s.blocks {
				n += images(b.Inlines)
			}
			return n
		}},
		{"zero-width characters and soft hyphens", func(f file) int {
			return len(regexp.MustCompile("[\u200b\u00ad\u2060\ufeff\u200e\u200f\ufffd]").FindAllString(f.text, -1))
		}, rule("invisible-character")},
		{"references that are none", count(`\]\[`), func(s seen) int {
			return strings.Count(PlainBlocks(s.blocks), "][")
		}},
		{"descriptions over 300 characters", once(func(f file) bool { return utf8.RuneCountInString(f.description()) > 302 }), func(s seen) int {
			if utf8.RuneCountInString(s.is.Description) > 300 {
				return 1
			}
			return 0
		}},
		{"a lone CR before the description's last mark", once(func(f file) bool { return strings.Contains(f.text, "\r\"") || strings.Contains(f.text, "\r\n\"") }), func(s seen) int {
			at := s.is.Keys["description"]
			if strings.Contains(string(s.is.src[at.Start:at.End]), "\r\"") && s.is.Description != "" && !strings.ContainsAny(s.is.Description, "\r\n") {
				return 1
			}
			return 0
		}},
		{"descriptions that the intro repeats", once(func(f file) bool { return true }), func(s seen) int {
			if strings.HasPrefix(strings.Join(strings.Fields(string(s.is.src[s.is.Body.Start:])), " "), s.is.Description) {
				return 1
			}
			return 0
		}},
	}
	totals := make([][2]int, len(classes))
	for name, src := range corpus(t) {
		is, problems := Parse(name, src)
		s := seen{is, append(problems, Check(is)...), nil}
		s.blocks, _ = readBlocks(src, is.Body.Start)
		f := file{text: string(src), lines: slices.Collect(strings.Lines(strings.ReplaceAll(string(commonMarkLines(src[is.Body.Start:], 0)), "\r\n", "\n")))}
		for i := range f.lines {
			f.lines[i] = strings.TrimSuffix(f.lines[i], "\n")
		}
		for i, c := range classes {
			a, b := c.lines(f), c.parsed(s)
			totals[i][0] += a
			totals[i][1] += b
			if a != b {
				t.Errorf("%s: %s: %d in its lines, %d parsed", name, c.name, a, b)
			}
		}
	}
	for i, c := range classes {
		t.Logf("%-45s %4d %4d", c.name, totals[i][0], totals[i][1])
	}
}

type file struct {
	text  string
	lines []string // of the body
}

// nextLine gives the first line after the i-th that is not empty.
func (f file) nextLine(i int) string {
	for _, l := range f.lines[min(i+1, len(f.lines)):] {
		if strings.TrimSpace(l) != "" {
			return l
		}
	}
	return ""
}

func (f file) description() string {
	_, rest, _ := strings.Cut(f.text, "\ndescription: ")
	text, _, _ := strings.Cut(rest, "\npermalink:")
	return strings.ReplaceAll(strings.TrimSpace(text), `\"`, `"`)
}

type seen struct {
	is       *Issue
	problems []Problem
	blocks   []Block
}

func (s seen) quotes() (out []Part) {
	for _, it := range s.is.Items {
		for _, p := range it.Parts {
			if p.Quote {
				out = append(out, p)
			}
		}
	}
	return out
}

func hasLink(in []Inline) bool {
	_, _, ok := unlink(slices.Clone(in))
	return ok
}

func images(in []Inline) (n int) {
	for _, x := range in {
		if x.Kind == InlineImage {
			n++
		}
		n += images(x.Inlines)
	}
	return n
}

func listItems(blocks []Block) (n int) {
	for _, b := range blocks {
		if b.Kind == BlockItem {
			n++
		}
		n += listItems(b.Blocks)
	}
	return n
}
