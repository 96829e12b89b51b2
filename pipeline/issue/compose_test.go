package issue

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func someItems() []NewItem {
	return []NewItem{
		{Title: "Keys left in a [PDF]", URL: "https://a.example/keys_(1).pdf?x=1&copy;=2", Quotes: []string{"First words.\n\nSecond words.", "# Third <b>words</b>"}},
		{Title: "Locks", URL: "https://b.example/", Note: "(Joan) I **like** it.\r\n\r\nMuch."},
	}
}

func TestComposeGivesALoudDraft(t *testing.T) {
	src, err := Compose(Matter{Number: 96, Title: `The "cloud"`, Date: time.Date(2024, 5, 6, 9, 0, 0, 0, time.UTC)}, someItems(), Templates{})
	if err != nil {
		t.Fatal(err)
	}
	want := `---
title: "96 - The \"cloud\""
date: 2024-05-06
description: "TODO: one or two sentences that make somebody open this issue"
permalink: /the-cloud/
draft: true
---

TODO: say what this week was about, in a few paragraphs of your own

## [Keys left in a \[PDF\]](https://a.example/keys_(1).pdf?x=1\&copy;=2)

[https://a.example/keys\_(1).pdf?x=1\&copy;=2](https://a.example/keys_(1).pdf?x=1\&copy;=2)

> First words.
> 
> Second words.
> 
> [...]
> 
> \# Third \<b>words\</b>


TODO: say in your own words why this matters and what to do about it


## [Locks](https://b.example/)

[https://b.example/](https://b.example/)

(Joan) I **like** it.

Much.
`
	if diff := cmp.Diff(want, string(src)); diff != "" {
		t.Error(diff)
	}
	is, problems := Parse("0096-the-cloud.md", src)
	if len(problems) > 0 || !is.Draft {
		t.Errorf("draft %v, problems %v", is.Draft, problems)
	}
	blanks := 0
	for _, p := range Check(is) {
		if p.Rule == "blank-left" {
			blanks++
		} else {
			t.Errorf("a new draft is said to be odd: %+v", p)
		}
	}
	if blanks != 3 {
		t.Errorf("%d blanks are found, want description, intro and one note", blanks)
	}
}

func TestComposeRefusesWhatIsNoWebAddress(t *testing.T) {
	for _, bad := range []string{"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//a.example/", "a.example", "", "https://", "ht tp://a.example", "https://a.example/" + strings.Repeat("a", 5000)} {
		if _, err := Compose(Matter{Number: 1}, []NewItem{{Title: "a", URL: bad}}, Templates{}); err == nil {
			t.Errorf("%q is taken", bad)
		}
		if _, err := Append([]byte(head), []NewItem{{Title: "a", URL: bad}}, Templates{}); err == nil {
			t.Errorf("%q is appended", bad)
		}
	}
}

func TestComposeSaysWhatIsWrongWithATemplate(t *testing.T) {
	for _, tm := range []Templates{
		{Draft: "{{ .Nope }}"},
		{Item: "{{ if }}"},
		{Item: "### [{{ .Title }}]({{ .URL }})"},
		{Item: "## [{{ .Title }}]({{ .URL }})"},
		{Draft: "---\ntitle: {{ quoted .Heading }}\n---\n{{ .Items }}"},
		{Draft: "---\ntitle: x\ndraft: true\n---\n"},
		{Draft: "---\ntitle: {{ quoted .Heading }}\ndraft: true\npermalink: /../\n---\n{{ .Items }}"},
	} {
		if _, err := Compose(Matter{Number: 3, Title: "x"}, someItems(), tm); err == nil {
			t.Errorf("nothing is said about %+v", tm)
		}
	}
	own := Templates{Draft: "---\ntitle: {{ quoted .Heading }}\r\ndraft: true\r\n---\r\n\r\n{{ .Items }}\n\n---\n\nBye.\n"}
	src, err := Compose(Matter{Number: 3, Title: "x"}, someItems(), own)
	if err != nil || bytes.ContainsRune(src, '\r') {
		t.Errorf("a template in CRLF gives %v, %q", err, src)
	}
}

// hostile are pieces that mean something in Markdown, HTML or YAML.
var hostile = []string{
	"word", " ", " ", "\n", "\n\n", "#", "## ", "[", "]", "(", ")", "](", "](https://evil.example/)", "[x]: https://evil.example/", "![", "<", ">", "<script>",
	"</a>", "<!--", "-->", "<https://evil.example/>", "https://evil.example/", "*", "**", "_", "__", "~", "~~", "`", "```", "\\", "\\\\", "&amp;", "&", "&#42;", "- ", "+ ", "1. ", "12)", "---",
	"===", "***", "|", "|---|---|", "\t", "    ", "\"", "'", ": ", "TODO: x", "[...]", "[…]", "é", "…", "—", "\r", "\r\n", "\x00", "\x1b[31m", "\u202e", "\u200b", "\ufeff",
	"\u2028", "\u00a0", "{{ . }}", "%", "\xff", "(Joan) ", "$x$", ":::", "[^1]", "🔑", "!", "snake_case", "a*b",
}

func randomText(r *rand.Rand, most int) string {
	var sb strings.Builder
	for range r.IntN(most) {
		sb.WriteString(hostile[r.IntN(len(hostile))])
	}
	return sb.String()
}

func randomItem(r *rand.Rand) NewItem {
	it := NewItem{Title: randomText(r, 8), URL: "https://a.example/" + strings.ReplaceAll(randomText(r, 5), "%", "%25")}
	for range r.IntN(4) {
		it.Quotes = append(it.Quotes, randomText(r, 30))
	}
	return it
}

// onlyText says whether running text holds nothing active.
func onlyText(in []Inline) bool {
	for _, x := range in {
		if x.Kind != InlineText {
			return false
		}
	}
	return true
}

// meansTheSame checks that an item, read again, is the one that was written.
func meansTheSame(t *testing.T, it Item, want NewItem, src []byte) {
	t.Helper()
	if got, title := PlainInlines(it.Title), itemTitle(want); got != title || !onlyText(it.Title) {
		t.Fatalf("title %q is read as %q (%+v) in\n%s", title, got, it.Title, src)
	}
	if it.Bare != it.URL || !strings.HasPrefix(it.URL, "https://a.example/") {
		t.Fatalf("address %q is read as %q and %q in\n%s", want.URL, it.URL, it.Bare, src)
	}
	quotes := quoteParagraphs(want.Quotes)
	var parts []Part
	for _, p := range it.Parts {
		if p.Quote {
			parts = append(parts, p)
		}
	}
	if len(quotes) == 0 && len(parts) == 0 {
		return
	}
	if len(parts) != 1 || len(parts[0].Blocks) != len(quotes) {
		t.Fatalf("quotes %q are read as %+v in\n%s", quotes, parts, src)
	}
	for i, b := range parts[0].Blocks {
		if b.Kind != BlockPara || !onlyText(b.Inlines) || PlainInlines(b.Inlines) != quotes[i] {
			t.Fatalf("quote %q is read as %q (%+v) in\n%s", quotes[i], PlainInlines(b.Inlines), b, src)
		}
	}
}

// No title, address or quote from outside becomes active Markdown, and each is
// read again as what it was.
func TestComposeRoundTrip(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 5))
		items := []NewItem{randomItem(r), randomItem(r)}
		src, err := Compose(Matter{Number: 5, Title: "x " + randomText(r, 5), Description: randomText(r, 9)}, items, Templates{})
		if err != nil {
			if strings.Contains(err.Error(), "not an http") {
				continue // the random address is none
			}
			t.Fatalf("seed %d: %v\n%+v", seed, err, items)
		}
		is, _ := Parse("x.md", src)
		if len(is.Items) != 2 {
			t.Fatalf("%d items in\n%s", len(is.Items), src)
		}
		for i, it := range is.Items {
			meansTheSame(t, it, items[i], src)
		}
	}
}

// isSubsequence says whether every byte of a stands in b, in order.
func isSubsequence(a, b []byte) bool {
	for _, c := range b {
		if len(a) > 0 && a[0] == c {
			a = a[1:]
		}
	}
	return len(a) == 0
}

// appendKeeps appends to src and checks what a redraft promises.
func appendKeeps(t *testing.T, name string, src []byte, items []NewItem) {
	t.Helper()
	kept := bytes.Clone(src)
	out, err := Append(src, items, Templates{})
	if !bytes.Equal(kept, src) {
		t.Fatalf("%s: the old text was changed in place", name)
	}
	if err != nil {
		return // refusing loses nothing
	}
	if !isSubsequence(src, out) {
		t.Fatalf("%s: a byte is lost:\n%q\n%q", name, src, out)
	}
	old, _ := Parse(name, src)
	is, _ := Parse(name, out)
	was, now := old.Stories(), is.Stories()
	if len(now) != len(was)+len(items) || PlainBlocks(is.Outro) != PlainBlocks(old.Outro) || len(was) > 0 && PlainBlocks(is.Intro) != PlainBlocks(old.Intro) {
		t.Fatalf("%s: %d items became %d, outro %q became %q", name, len(was), len(now), PlainBlocks(old.Outro), PlainBlocks(is.Outro))
	}
	for i := range was {
		if PlainInlines(was[i].Title) != PlainInlines(now[i].Title) {
			t.Fatalf("%s: item %d changed its place", name, i)
		}
	}
}

func TestAppendGoesBeforeTheOutro(t *testing.T) {
	item := []NewItem{{Title: "New", URL: "https://n.example/", Note: "Fine."}}
	const text = "## [New](https://n.example/)\n\n[https://n.example/](https://n.example/)\n\nFine.\n"
	for name, tt := range map[string]struct{ before, after, gap, end string }{
		"at the end":            {head + "Hi.\n\n## [A](https://a.example/)\n\nx\n", "", "\n\n", ""},
		"no line feed there":    {head + "## [A](https://a.example/)\n\nx", "", "\n\n\n", ""},
		"empty lines are there": {head + "## [A](https://a.example/)\n\nx\n\n\n\n", "", "", ""},
		"before a rule":         {head + "## [A](https://a.example/)\n\nx\n\n", "---\n\nBye.\n", "\n", "\n\n"},
		"before a last title":   {head + "## [A](https://a.example/)\n\nx\n\n", "## Bye\n\nx\n", "\n", "\n\n"},
		"the first item":        {head + "Hi.\n", "", "\n", ""},
		"the first, with outro": {head + "Hi.\n\n", "***\n\nBye.\n", "", "\n\n"},
		"nothing there":         {strings.TrimSuffix(head, "\n"), "", "\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				lines := func(s string) string { return strings.ReplaceAll(s, "\n", eol) }
				out, err := Append([]byte(lines(tt.before+tt.after)), item, Templates{})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(lines(tt.before+tt.gap+text+tt.end+tt.after), string(out)); diff != "" {
					t.Errorf("with %q: %s", eol, diff)
				}
			}
		})
	}
}

func TestAppendUsesTheLineEndingOfThePlace(t *testing.T) {
	src := head + "Hi.\r\n\r\n## [A](https://a.example/)\n\nx\r\n\r\n---\n\nBye.\n"
	out, err := Append([]byte(src), []NewItem{{Title: "N", URL: "https://n.example/"}}, Templates{})
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(src, "---\n\nBye")
	added := string(out[at : len(out)-len(src)+at])
	if strings.Count(added, "\n") != strings.Count(added, "\r\n") {
		t.Errorf("the insertion mixes line endings: %q", added)
	}
}

func TestAppendRefusesWhatItWouldSpoil(t *testing.T) {
	item := []NewItem{{Title: "N", URL: "https://n.example/"}}
	for name, src := range map[string]string{
		"open code block":     head + "## [A](https://a.example/)\n\n```\ncode\n",
		"open comment":        head + "## [A](https://a.example/)\n\n<!-- later\n",
		"unclosed matter":     "---\ntitle: a\n\nx\n",
		"note with a heading": head + "x\n",
	} {
		items := item
		if name == "note with a heading" {
			items = []NewItem{{Title: "N", URL: "https://n.example/", Note: "## [x](https://x.example/)"}}
		}
		if out, err := Append([]byte(src), items, Templates{}); err == nil {
			t.Errorf("%s: gives\n%s", name, out)
		}
	}
}

// Every byte survives, over random edits of a draft.
func TestAppendKeepsEveryByteOfRandomEdits(t *testing.T) {
	base, err := Compose(Matter{Number: 5, Title: "x"}, someItems(), Templates{})
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 6))
		src := bytes.Clone(base)
		for range 1 + r.IntN(6) {
			from := r.IntN(len(src) + 1)
			to := min(len(src), from+r.IntN(12)*r.IntN(2))
			src = append(append(bytes.Clone(src[:from]), randomText(r, 6)...), src[to:]...)
		}
		appendKeeps(t, fmt.Sprint("seed ", seed), src, []NewItem{randomItem(r)})
		if _, err := Append(src, []NewItem{{Title: "n", URL: "https://n.example/"}}, Templates{}); err == nil {
			done++
		}
	}
	if done < 1000 {
		t.Errorf("only %d of 3000 edited drafts could be added to", done)
	}
}

func TestPublishChangesTwoLinesOnly(t *testing.T) {
	day := time.Date(2024, 5, 7, 10, 30, 0, 0, time.UTC)
	for name, tt := range map[string]struct{ src, want string }{
		"plain":            {"---\ntitle: a\ndate: 2024-05-06\ndraft: true\npermalink: /a/\n---\n\nx\n", "---\ntitle: a\ndate: 2024-05-07\npermalink: /a/\n---\n\nx\n"},
		"quoted":           {"---\ntitle: a\ndraft: true # yet\ndate: \"2024-05-06\"  # Monday\n---\nx", "---\ntitle: a\ndate: \"2024-05-07\"  # Monday\n---\nx"},
		"single quotes":    {"---\ndate: '2024-05-06'\ntitle: a\n---\n", "---\ndate: '2024-05-07'\ntitle: a\n---\n"},
		"CRLF":             {"---\r\ntitle: a\r\ndate: 2024-05-06\r\ndraft: true\r\n---\r\nx\r\n", "---\r\ntitle: a\r\ndate: 2024-05-07\r\n---\r\nx\r\n"},
		"no value":         {"---\ntitle: a\ndate:\ndraft: true\n---\n", "---\ntitle: a\ndate: 2024-05-07\n---\n"},
		"no date":          {"---\ntitle: a\r\ndraft: true\n---\n", "---\ntitle: a\r\ndate: 2024-05-07\r\n---\n"},
		"time of day":      {"---\ntitle: a\ndate: 2024-05-06T01:02:03Z\n---\n", "---\ntitle: a\ndate: 2024-05-07T10:30:00Z\n---\n"},
		"lone CR, no end":  {"---\ntitle: a\ndescription: \"é\r\"\ndate: 2024-05-06\n---", "---\ntitle: a\ndescription: \"é\r\"\ndate: 2024-05-07\n---"},
		"byte-order mark":  {"\ufeff---\ntitle: a\ndate: 2024-05-06\n---\n", "\ufeff---\ntitle: a\ndate: 2024-05-07\n---\n"},
		"published before": {"---\ntitle: a\ndate: 2024-05-07\n---\n", "---\ntitle: a\ndate: 2024-05-07\n---\n"},
	} {
		out, err := Publish([]byte(tt.src), day)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, string(out)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, src := range map[string]string{
		"braces": "---\n{title: a, draft: true}\n---\n", "broken": "---\ntitle: a\n", "anchor": "---\ntitle: a\ndate: &d 2024-05-06\nx: *d\ndraft: &e true\ny: *e\n---\n",
	} {
		if out, err := Publish([]byte(src), day); err == nil {
			t.Errorf("%s: gives %q", name, out)
		}
	}
}
