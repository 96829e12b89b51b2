package collect

import (
	"regexp"
	"strings"
	"testing"
)

// What is told of a text is the same by the short way that most take and by the
// one that knows all of HTML.
func FuzzShortWays(f *testing.F) {
	for _, text := range []string{
		`<p class="a" hidden>One &amp; <a href='https://h.example/?a=1&amp;b=">"'>two</a></p><br/><br />three &lt;b&gt;`,
		`a <!-- <b> --> c`, `<P>One<script>two</script>three`, `<a b=">">c</a>`, `<a b=c>d</a>`, `<a ="x>y">z`, `1 < 2 <b`, `<a b="c`, `</>x</ y>`,
		`<style>p{}</style>x`, `<plaintext>a<b>`, `<textarea><b></textarea>x`, `<a b="c"d>e`, `<b/c>d`, `<x:y>z</x:y>`, `<row>a</row> <b >b</b >`,
		strings.Repeat("<div><p>word &#233;\u00a0\u2003word</p>\r\n</div>", 80), `<img alt="a > b" src="x">c`, `<b` + "\f" + `c='>'>d`, `<a/b="c>d">e`,
	} {
		f.Add(text)
	}
	tag := regexp.MustCompile(`</?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>`)
	f.Fuzz(func(t *testing.T, text string) {
		text = withoutControls(text)
		if short, whole := summary(text), tokenSummary(text); strings.Contains(text, "<") && short != whole {
			t.Errorf("summary of %q:\n%q, and by the tokenizer\n%q", text, short, whole)
		}
		known := 0
		found := tag.FindAllStringSubmatch(text, 100)
		for _, m := range found {
			if htmlNames[strings.ToLower(m[1])] {
				known++
			}
		}
		if tags, names := countTags(text, 100); tags != len(found) || names != known {
			t.Errorf("tags of %q: %d, %d known; want %d, %d", text, tags, names, len(found), known)
		}
	})
}
