package issue

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/adrg/frontmatter"
	"go.yaml.in/yaml/v4"
)

// sameMatter holds plain front matter against what the libraries make of it, and
// tells whether it is plain.
func sameMatter(t *testing.T, src string) bool {
	t.Helper()
	got := plainMatter([]byte(src))
	if got == nil {
		return false
	}
	w := &yamlText{src: []byte(src), whole: []byte(src)}
	var want *yaml.Node
	decode := func(data []byte, _ any) error {
		if string(data) != src {
			t.Errorf("%q is not all of the front matter %q", data, src)
		}
		want = w.parse()
		return nil
	}
	file := "---\n" + src + "---\nText.\n"
	if _, err := frontmatter.MustParse(strings.NewReader(file), nil, frontmatter.NewFormat("---", "---", decode)); err != nil || want == nil || len(w.problems) > 0 {
		t.Errorf("%q is plain, and to the libraries it is not: %v %v", src, err, w.problems)
		return true
	}
	if got.Kind != want.Kind || got.Tag != want.Tag || got.Line != want.Line || got.Column != want.Column || len(got.Content) != len(want.Content) || want.Style&yaml.FlowStyle != 0 {
		t.Errorf("%q: %+v, want %+v", src, got, want)
		return true
	}
	for i, g := range got.Content {
		n := want.Content[i]
		other := n.Tag == "!!null" || n.Tag == "!!bool" || n.Tag == "!!merge" || g.Tag == "!!int" && n.Tag != "!!int"
		if g.Kind != n.Kind || g.Value != n.Value || g.Line != n.Line || g.Column != n.Column || other {
			t.Errorf("%q: %+v, want %+v", src, g, n)
		}
	}
	return true
}

func TestPlainMatterIsTheLibrarys(t *testing.T) {
	pieces := strings.Fields(`" ' \ \" \\ a é “q” 5 05 2020-01-02 /p/ null True Yes y ~ # , [ ] { } & * ! | > % @ ? - : -- ... --- title slug: x:`)
	pieces = append(pieces, " ", " ", "  ", "\t", "\n", "\n ", "\n\n", "\r\n", "\r", "\r", ": ", " #", "\u00a0", "\u0085", "\u2028", "\ufeff", "\ufffd", "\xff", "\x00", "\x7f", "\U0001f600", "\"\n", "\"\n")
	keys := []string{"title: ", "number: ", "date: ", "description: ", "permalink:  ", "slug: \"", "url: \"", "title: \"", "tags: ", ""}
	r := rand.New(rand.NewPCG(1, 2))
	plain := 0
	for range 200_000 {
		var sb strings.Builder
		for range 1 + r.IntN(2) {
			sb.WriteString(keys[r.IntN(len(keys))])
			for range r.IntN(6) {
				sb.WriteString(pieces[r.IntN(len(pieces))])
			}
			sb.WriteString([]string{"\n", "\"\n"}[r.IntN(2)])
		}
		src := sb.String()
		if _, ok, closed := findMatter([]byte("---\n" + src + "---\n")); !ok || !closed || bytes.Contains([]byte(src), []byte("\n---")) {
			continue
		}
		if sameMatter(t, src) {
			plain++
		}
		if t.Failed() {
			break
		}
	}
	if plain < 5000 {
		t.Errorf("only %d were plain", plain)
	}
	for name, src := range corpus(t) {
		place, _, _ := findMatter(src)
		if is := string(src[place.yaml.Start:place.yaml.End]); !sameMatter(t, is) && strings.HasPrefix(name, "20") {
			t.Errorf("%s is not plain: %s", name, is)
		}
	}
	for _, src := range []string{"", "title:\n", "title: null\n", "number: 007\n", "number: \"7\"\n", "title: a: b\n", "tags: a\n", "draft: true\n", "title: \"a\\n\"\n", "title: a\n\nslug: b\n", "title: a"} {
		if plainMatter([]byte(src)) != nil {
			t.Errorf("%q is taken as plain", src)
		}
	}
}
