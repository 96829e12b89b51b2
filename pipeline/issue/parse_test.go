package issue

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const head = "---\ntitle: \"7 - Locks and keys\"\ndate: 2024-05-06\ndescription: \"What a week.\"\npermalink: /locks-and-keys/\n---\n\n"

func parseOK(t *testing.T, src string) *Issue {
	t.Helper()
	is, problems := Parse("0007-locks-and-keys.md", []byte(src))
	for _, p := range problems {
		t.Errorf("unexpected problem: %d:%d %s: %s", p.Line, p.Column, p.Rule, p.What)
	}
	return is
}

// outline draws an issue's shape: one line a thing.
func outline(is *Issue) string {
	var sb strings.Builder
	if len(is.Intro) > 0 {
		fmt.Fprintf(&sb, "intro: %s\n", strings.ReplaceAll(PlainBlocks(is.Intro), "\n\n", " | "))
	}
	for _, it := range is.Items {
		kind := "item"
		if it.Section {
			kind = "section"
		}
		fmt.Fprintf(&sb, "%s %d: %s <%s> bare <%s>\n", kind, it.Line, PlainInlines(it.Title), it.URL, it.Bare)
		for _, p := range it.Parts {
			kind = "note"
			if p.Quote {
				kind = "quote"
			}
			if p.Author != "" {
				kind += " by " + p.Author
			}
			fmt.Fprintf(&sb, "  %s %d: %s\n", kind, p.Line, strings.ReplaceAll(PlainBlocks(p.Blocks), "\n\n", " | "))
		}
	}
	if len(is.Outro) > 0 {
		fmt.Fprintf(&sb, "outro: %s\n", strings.ReplaceAll(PlainBlocks(is.Outro), "\n\n", " | "))
	}
	return sb.String()
}

// goldmark counts the columns of a tab as bytes, and may place what begins behind
// one behind the end of the file.
func TestABlockPlacedBehindTheEndOfTheFile(t *testing.T) {
	for _, body := range []string{"* \r\n\t  *", "*\t   |", "  1.\t 1."} {
		src := []byte(head + body)
		if blocks, _ := readBlocks(src[:len(src):len(src)], len(head)); len(blocks) != 1 || blocks[0].Kind != BlockList {
			t.Errorf("%q is read as %+v", body, blocks)
		}
	}
}

func TestParseReadsThePlainForm(t *testing.T) {
	is := parseOK(t, head+"Hello.\n\n## [One](https://a.example/1)\n\n[https://a.example/1](https://a.example/1)\n\n> First.\n> \n> Second.\n\n\nMy note.\n\nMore of it.\n")
	if is.Number != 7 || is.Title != "Locks and keys" || is.Description != "What a week." || is.Permalink != "/locks-and-keys/" || is.Draft {
		t.Errorf("front matter read as %d %q %q %q %v", is.Number, is.Title, is.Description, is.Permalink, is.Draft)
	}
	if want := time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC); !is.Date.Equal(want) {
		t.Errorf("date read as %v", is.Date)
	}
	want := "intro: Hello.\nitem 10: One <https://a.example/1> bare <https://a.example/1>\n  quote 14: First. | Second.\n  note 19: My note. | More of it.\n"
	if diff := cmp.Diff(want, outline(is)); diff != "" {
		t.Error(diff)
	}
}

// Each class of irregularity that real issues have.
func TestParseReadsTheBodyAsACarefulReader(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"brackets inside the link text", "## [Key report [PDF] [2011]](https://a.example/k.pdf)\n\nnote\n", "item 8: Key report [PDF] [2011] <https://a.example/k.pdf> bare <>\n  note 10: note\n"},
		{"brackets opening the link text", "## [[Blog] Keys](https://a.example/)\n", "item 8: [Blog] Keys <https://a.example/> bare <>\n"},
		{"spaces around the title", "##   [ Keys  are  lost ](https://a.example/)  \n", "item 8: Keys  are  lost <https://a.example/> bare <>\n"},
		{"emphasis around the link", "## **[Keys](https://a.example/)**\n", "item 8: Keys <https://a.example/> bare <>\n"},
		{"broken emphasis around the link", "## *[Keys*](https://a.example/)\n", "item 8: *Keys* <https://a.example/> bare <>\n"},
		{"closing hashes", "## [Keys](https://a.example/) ##\n", "item 8: Keys <https://a.example/> bare <>\n"},
		{"escapes and entities", "## [Locks &amp; \\*keys\\*](https://a.example/?a=1&amp;b=2)\n", "item 8: Locks & *keys* <https://a.example/?a=1&b=2> bare <>\n"},
		{"a heading with more than its link", "## [A long story of keys](https://a.example/) - a guest\n", "item 8: A long story of keys - a guest <https://a.example/> bare <>\n"},
		{"no bare link", "## [K](https://a.example/)\n\n> q\n\nnote\n", "item 8: K <https://a.example/> bare <>\n  quote 10: q\n  note 12: note\n"},
		{"bare link to the word url", "## [K](https://a.example/)\n\n[https://a.example/](url)\n", "item 8: K <https://a.example/> bare <url>\n"},
		{"bare link in angle brackets", "## [K](https://a.example/)\n\n<https://a.example/>\n", "item 8: K <https://a.example/> bare <https://a.example/>\n"},
		{"bare link as plain text", "## [K](https://a.example/)\nhttps://a.example/\n", "item 8: K <https://a.example/> bare <https://a.example/>\n"},
		{"note glued to the bare link", "## [K](https://a.example/)\n\n[https://a.example/](https://a.example/)\nIt is *so*.\n", "item 8: K <https://a.example/> bare <https://a.example/>\n  note 11: It is so.\n"},
		{"link only in the bare line", "## Keys, lost\n\n[https://a.example/](https://a.example/)\n\nnote\n", "item 8: Keys, lost <https://a.example/> bare <https://a.example/>\n  note 12: note\n"},
		{"heading link that lacks its bracket", "## [Keys](https://a.example/\n\nhttps://a.example/\n", "item 8: [Keys](https://a.example/ <https://a.example/> bare <https://a.example/>\n"},
		{"a bracket too many in the title", "## [Keys [and locks, and what became of them](https://a.example/)\n\nhttps://a.example/\n", "item 8: [Keys and locks, and what became of them <https://a.example/> bare <https://a.example/>\n"},
		{"a small link in a title", "## More about keys and locks: [a](https://x.example/) and [b](https://y.example/)\n\nhttps://a.example/\n", "item 8: More about keys and locks: a and b <https://a.example/> bare <https://a.example/>\n"},
		{"a link in the note is no bare link", "## [K](https://a.example/)\n\n[the thread](https://b.example/)\n", "item 8: K <https://a.example/> bare <>\n  note 10: the thread\n"},
		{"quotes with notes between", "## [K](https://a.example/)\n\n> one\n\nfirst note\n\n> two\n\nsecond note\n", "item 8: K <https://a.example/> bare <>\n  quote 10: one\n  note 12: first note\n  quote 14: two\n  note 16: second note\n"},
		{"two quotes that follow each other", "## [K](https://a.example/)\n\n> one\n\n> two\n", "item 8: K <https://a.example/> bare <>\n  quote 10: one\n  quote 12: two\n"},
		{"note glued to the quote", "## [K](https://a.example/)\n\n> one\nglued\n\nnote\n", "item 8: K <https://a.example/> bare <>\n  quote 10: one glued\n  note 13: note\n"},
		{"many empty quote lines", "## [K](https://a.example/)\n\n> one\n> \n>\n>  \n> two\n", "item 8: K <https://a.example/> bare <>\n  quote 10: one | two\n"},
		{"first quote line empty", "## [K](https://a.example/)\n\n>\n> one\n", "item 8: K <https://a.example/> bare <>\n  quote 10: one\n"},
		{"quote without words", "## [K](https://a.example/)\n\n> \n\nnote\n", "item 8: K <https://a.example/> bare <>\n  quote 10: \n  note 12: note\n"},
		{"a list in a quote", "## [K](https://a.example/)\n\n> Three:\n> * a *b*\n> * c\n", "item 8: K <https://a.example/> bare <>\n  quote 10: Three: | a b | c\n"},
		{"four spaces in a quote", "## [K](https://a.example/)\n\n>     indented words\n", "item 8: K <https://a.example/> bare <>\n  quote 10: indented words\n"},
		{"notes of two editors", "## [K](https://a.example/)\n\n> q\n\n(Joan) First.\n\nStill Joan.\n\n(Mo Ek). Second.\n", "item 8: K <https://a.example/> bare <>\n  quote 10: q\n  note by Joan 12: (Joan) First. | Still Joan.\n  note by Mo Ek 16: (Mo Ek). Second.\n"},
		{"brackets that name nobody", "## [K](https://a.example/)\n\n(Psst, a word.) One.\n\n(And yes, two.)\n\n(Update) Three.\n", "item 8: K <https://a.example/> bare <>\n  note 10: (Psst, a word.) One. | (And yes, two.) | (Update) Three.\n"},
		{"an editor's name that is a link", "## [K](https://a.example/)\n\n([Joan](https://joan.example/)) First.\n\n**(Mo)** Second.\n\n(_Ek_): Third.\n", "item 8: K <https://a.example/> bare <>\n  note by Joan 10: (Joan) First.\n  note by Mo 12: (Mo) Second.\n  note by Ek 14: (Ek): Third.\n"},
		{"a story under a heading of level three", "## Week one\n\n### [K](https://a.example/)\n\n<https://a.example/>\n\nnote\n\n### [L](https://b.example/)\n\n[https://b.example/](https://b.example/)\n\n### [a link without its bare line](https://c.example/)\n", "section 8: Week one <> bare <>\nitem 10: K <https://a.example/> bare <https://a.example/>\n  note 14: note\nitem 16: L <https://b.example/> bare <https://b.example/>\n  note 20: a link without its bare line\n"},
		{"a small title between items", "## [K](https://a.example/)\n\n### Why\n\nnote\n\n### February\n\n## [L](https://b.example/)\n", "item 8: K <https://a.example/> bare <>\n  note 10: Why | note\nsection 14: February <> bare <>\nitem 16: L <https://b.example/> bare <>\n"},
		{"headings of level three", "## [K](https://a.example/)\n\n### Why\n\nnote\n", "item 8: K <https://a.example/> bare <>\n  note 10: Why | note\n"},
		{"a section before the items", "Hello.\n\n## News of ours\n\nWe moved.\n\n## [K](https://a.example/)\n", "intro: Hello. | News of ours | We moved.\nitem 14: K <https://a.example/> bare <>\n"},
		{"a title right before the first item", "Hello.\n\n## January\n\n## [K](https://a.example/)\n\n## February\n\nShort.\n\n## [L](https://b.example/)\n", "intro: Hello.\nsection 10: January <> bare <>\nitem 12: K <https://a.example/> bare <>\nsection 14: February <> bare <>\n  note 16: Short.\nitem 18: L <https://b.example/> bare <>\n"},
		{"sign-off after a rule", "## [K](https://a.example/)\n\nnote\n\n***\n\nBye.\n", "item 8: K <https://a.example/> bare <>\n  note 10: note\noutro: Bye.\n"},
		{"sign-off under a heading", "## [K](https://a.example/)\n\nnote\n\n## Thanks\n\nBye.\n", "item 8: K <https://a.example/> bare <>\n  note 10: note\noutro: Thanks | Bye.\n"},
		{"dashes under a note are no title", "## [K](https://a.example/)\n\nnote\n---\n\nmore\n", "item 8: K <https://a.example/> bare <>\n  note 10: note | more\n"},
		{"no items", "Hello.\n\n---\n\nBye.\n", "intro: Hello.\noutro: Bye.\n"},
		{"angle brackets that are words", "Forty <row> tags.\n\n<name>\n", "intro: Forty <row> tags. | <name>\n"},
		{"something like a reference", "> [$N/A][936448] High\n", "intro: [$N/A][936448] High\n"},
		{"a comment is not shown", "a <!-- b --> c\n\n<!-- d\n\n## [e](https://e.example/)\n-->\n\nf\n", "intro: a  c | f\n"},
		{"code is not read", "```\n## [K](https://a.example/)\n```\n", "intro: ## [K](https://a.example/)\n"},
		{"a table", "| a | b |\n|---|---|\n| c | d |\n", "intro: a b | c d\n"},
		{"lone CR ends a line", "## [K](https://a.example/)\r\r[https://a.example/](https://a.example/)\rnote\r", "item 8: K <https://a.example/> bare <https://a.example/>\n  note 8: note\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				is := parseOK(t, strings.ReplaceAll(head+tt.body, "\n", eol))
				if diff := cmp.Diff(tt.want, outline(is)); diff != "" {
					t.Errorf("with %q: %s", eol, diff)
				}
				Check(is)
			}
		})
	}
}

// The spans of items cover the body from the first heading on, without a gap.
func TestItemSpansLeaveNoGap(t *testing.T) {
	src := head + "Hi.\n\n## [A](https://a.example/)\n\nx\n\n\n## Title\n\n## [B](https://b.example/)\r\n\r\ny\r\n\r\n---\n\nBye.\n"
	is := parseOK(t, src)
	at := strings.Index(src, "## [A]")
	for i, it := range is.Items {
		if it.Span.Start != at {
			t.Errorf("item %d begins at %d, want %d", i, it.Span.Start, at)
		}
		at = it.Span.End
	}
	if rest := src[at:]; rest != "---\n\nBye.\n" {
		t.Errorf("after the items stands %q", rest)
	}
	if b := is.Items[2].Parts[0]; src[b.Span.Start:b.Span.End] != "y" {
		t.Errorf("the note's span is %q", src[b.Span.Start:b.Span.End])
	}
}

func TestQuotedParagraphsKnowTheirPlace(t *testing.T) {
	is := parseOK(t, head+"## [A](https://a.example/)\r\n\r\n> One **bold**\r\n> line.\r\n>\r\n> * point\r\n>   > deeper\r\n")
	want := []Quoted{{"One bold line.", 10, 3}, {"point", 13, 5}, {"deeper", 14, 7}}
	if diff := cmp.Diff(want, is.Items[0].Parts[0].Paragraphs()); diff != "" {
		t.Error(diff)
	}
}

// What takes a Markdown reader too long is refused, and quickly.
func TestParseIsBounded(t *testing.T) {
	var deep strings.Builder
	for i := range 300 {
		deep.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	for name, body := range map[string]string{
		"open brackets":    strings.Repeat("[a](<b", 200_000),
		"nested links":     strings.Repeat("[a](", 300_000),
		"emphasis":         strings.Repeat("*a_ ", 300_000),
		"quotes in quotes": strings.Repeat(">", 500_000) + "a",
		"lists in lists":   strings.Repeat("- ", 100_000) + "a",
		"deep lists":       deep.String(),
		"wide table":       "|" + strings.Repeat("a|", 4000) + "\n|" + strings.Repeat("-|", 4000) + "\n" + strings.Repeat("|\n", 4000),
		"deep emphasis":    strings.Repeat("*a **b ", 800) + strings.Repeat("c** d*", 800),
		"backquotes":       strings.Repeat("`a ``b ", 100_000),
		"many paragraphs":  strings.Repeat("a\n\n", (maxSource-1000)/3),
	} {
		start := time.Now()
		is, _ := Parse("x.md", []byte(head+body))
		HeadOf(is)
		Check(is)
		// Generous: the machine may be busy. Unbounded, these take minutes.
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}

// A file that says who may read it, in whatever case and wherever it says so, is
// read whole before anything is told of it.
func TestHeadKnowsMarks(t *testing.T) {
	for _, text := range []string{"TLP:AMBER", "tlp: amber", "Tlp:Amber", "tLp:AMBER", "EmBaRgO: 2099-01-01", "embargo: 2099-01-01", "T&#76;P:AMBER"} {
		for _, before := range []string{"", strings.Repeat("alp help fulfil embryo ember ", 200)} {
			src := "---\ntitle: \"7 - A title\"\ndate: 2026-01-02\n---\n\n" + before + "\n\n" + text + "\n\n## [A story](https://a.example/)\n\n> Quote.\n"
			head, _ := Open("0007.md", []byte(src)).Head()
			whole, _ := Parse("0007.md", []byte(src))
			if head.Mark != whole.Mark || whole.Mark == (Mark{}) {
				t.Errorf("%s: the head is marked %+v, the issue %+v", text, head.Mark, whole.Mark)
			}
		}
	}
	if head, _ := Open("0007.md", []byte("---\ntitle: \"7 - Help\"\ndate: 2026-01-02\n---\n\n## [A story](https://a.example/?a=1&b=2)\n\nHelp.\n")).Head(); len(head.Items) > 0 {
		t.Error("a text that marks nothing was read for its head")
	}
}

// Markdown that would take goldmark minutes is refused with its place; as many marks
// in many paragraphs, a long text and a rule are not.
func TestMarkdownTooDense(t *testing.T) {
	const head = "---\ntitle: \"1 - Week\"\ndate: 2026-01-02\n---\n\nAn intro.\n\n"
	words := strings.Repeat("Plain words, and a [link](https://a.example/). ", 2000)
	for name, c := range map[string]struct {
		text string
		line int // that is said; 0 when nothing is
	}{
		"brackets in one paragraph":           {"words\nand " + strings.Repeat("[", 21_000) + "\n", 8},
		"behind many words":                   {words + "\n\nwords\n" + strings.Repeat("*a ", 21_000) + "\n", 10},
		"brackets in many paragraphs":         {strings.Repeat(strings.Repeat("[", 500)+"\n\n", 60), 0},
		"words":                               {words, 0},
		"markers of quotes":                   {strings.Repeat(">", 200) + " words\n", 8},
		"markers of lists behind other lines": {"words\n\n" + strings.Repeat("- ", 200) + "words\n", 10},
		"a rule":                              {strings.Repeat("*", 300) + "\n", 0},
	} {
		_, problems := Parse("0001.md", []byte(head+c.text))
		at := slices.IndexFunc(problems, func(p Problem) bool { return p.Rule == "markdown-too-dense" })
		switch {
		case at < 0 && c.line > 0:
			t.Errorf("%s: it is read", name)
		case at >= 0 && problems[at].Line != c.line:
			t.Errorf("%s: line %d, %s", name, problems[at].Line, problems[at].What)
		}
	}
}
