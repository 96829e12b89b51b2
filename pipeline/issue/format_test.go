package issue

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormatGivesTheCanonicalForm(t *testing.T) {
	in := "\ufeff\r\n---\r\ntitle: \"7 - Locks and keys\"   \r\ndate: 2024-05-06\r\ndescription: \"What a week. \r\"\r\n---\r\n\r\n\r\n" +
		"Hi there.  \r\nA second line.   \r\n\r\n\r\n\r\nMore.\r\n##  [A](https://a.example/)  ##\r\n<https://a.example/>\r\n>First.\r\n>\r\n>\r\n> Second.\r\nlazy.\r\n\r\nNote.\t\r\n" +
		"## [B](https://b.example/)\r\n\r\n  https://b.example/  \r\n\r\n> q\r\n> \r\n\r\n\r\n\r\nNote.\r\n\r\n    code\r\n\r\n---\r\nBye."
	want := "---\ntitle: \"7 - Locks and keys\"\ndate: 2024-05-06\ndescription: \"What a week. \"\n---\n\n" +
		"Hi there.  \nA second line.\n\nMore.\n\n## [A](https://a.example/)\n\n[https://a.example/](https://a.example/)\n\n> First.\n> \n> Second.\n> lazy.\n\n\nNote.\n\n\n" +
		"## [B](https://b.example/)\n\n[https://b.example/](https://b.example/)\n\n> q\n\n\nNote.\n\n    code\n\n---\n\nBye.\n"
	got, err := Format([]byte(in))
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	again, err := Format(got)
	if !bytes.Equal(again, got) || err != nil {
		t.Errorf("formatting twice: %v\n%s", err, cmp.Diff(string(got), string(again)))
	}
	if _, err := Format([]byte("no front matter")); err == nil {
		t.Error("a file that can't be read is formatted")
	}
}

// formatKeeps holds the two promises of Format for one file.
func formatKeeps(t *testing.T, name string, src []byte) (changed bool) {
	t.Helper()
	before, problems := Parse(name, src)
	out, err := Format(src)
	if err != nil {
		if !hasErrors(problems) && !strings.Contains(err.Error(), "too many places") {
			t.Fatalf("%s: %v", name, err)
		}
		return false
	}
	after, _ := Parse(name, out)
	if !reflect.DeepEqual(shown(before), shown(after)) {
		t.Fatalf("%s: formatting changes what a reader sees:\n%s", name, cmp.Diff(PlainBlocks(before.Intro), PlainBlocks(after.Intro)))
	}
	if again, err := Format(out); err != nil || !bytes.Equal(again, out) {
		t.Fatalf("%s: formatting twice is not formatting once: %v\n%s", name, err, cmp.Diff(string(out), string(again)))
	}
	return !bytes.Equal(src, out)
}

func TestFormatOfRealIssues(t *testing.T) {
	n := 0
	for name, src := range corpus(t) {
		if formatKeeps(t, name, src) {
			n++
		}
		out, _ := Format(src)
		if bytes.ContainsRune(out, '\r') || bytes.Contains(out, []byte("\n\n\n\n")) {
			t.Errorf("%s keeps a CR or three empty lines", name)
		}
	}
	t.Logf("%d files are changed", n)
}

func TestADraftIsCanonical(t *testing.T) {
	items := someItems()
	items[0].More = []string{"One --> more --!> <!-- of it.\n\nAnd another.", "Last."}
	src, err := Compose(Matter{Number: 5, Title: "x", Corrections: []string{"Correction to [#4](/keys/): 14."}}, items, Templates{})
	if err != nil {
		t.Fatal(err)
	}
	is, _ := Parse("x.md", src)
	if got := PlainBlocks(is.Items[0].Parts[len(is.Items[0].Parts)-1].Blocks); strings.Contains(got, "more") {
		t.Errorf("a reader sees what is only offered: %s", got)
	}
	if !bytes.Contains(src, []byte("<!-- Also worth quoting:\n\n> One")) || !bytes.Contains(src, []byte("Correction to [#4](/keys/): 14.\n")) {
		t.Errorf("no offers or corrections in\n%s", src)
	}
	// What is offered can be moved out of the comment as it is.
	moved := strings.NewReplacer("<!-- Also worth quoting:\n", "", "\n-->", "").Replace(string(src))
	is, _ = Parse("x.md", []byte(moved))
	if got := PlainBlocks(is.Items[0].Parts[2].Blocks); got != "One --> more --!> <!-- of it.\n\nAnd another." {
		t.Errorf("an offer that is used says %q", got)
	}
	out, err := Format(src)
	if diff := cmp.Diff(string(src), string(out)); diff != "" || err != nil {
		t.Errorf("a new draft is not canonical: %v %s", err, diff)
	}
}

const three = head + "Hi.\n\n## [A](https://a.example/)\n\nNote a.\n\n\n## [B](https://b.example/)\n\nNote b.\n\n\n\n## A title between\n\n## [C](https://c.example/)\r\n\r\nNote c.\r\n\n---\n\nBye.\n"

func titles(src []byte) string {
	is, _ := Parse("x.md", src)
	var out []string
	for _, it := range is.Items {
		out = append(out, PlainInlines(it.Title))
	}
	return strings.Join(out, " ")
}

func TestMoveKeepsEveryByte(t *testing.T) {
	for _, c := range []struct {
		item, to int
		want     string
	}{
		{1, 2, "B A A title between C"}, {2, 1, "B A A title between C"}, {1, 3, "B A title between C A"}, {2, 2, "A B A title between C"},
	} {
		out, err := Move([]byte(three), c.item, c.to)
		if err != nil || titles(out) != c.want {
			t.Errorf("move %d to %d: %v, %q, want %q", c.item, c.to, err, titles(out), c.want)
		}
		a, b := []byte(three), slices.Clone(out)
		slices.Sort(a)
		slices.Sort(b)
		if !bytes.Equal(a, b) {
			t.Errorf("move %d to %d: bytes are lost or added", c.item, c.to)
		}
		if is, _ := Parse("x.md", out); PlainBlocks(is.Outro) != "Bye." {
			t.Errorf("move %d to %d: the sign-off is %q", c.item, c.to, PlainBlocks(is.Outro))
		}
	}
	for _, c := range [][2]int{{0, 1}, {4, 1}, {1, 4}, {3, 1}} {
		if _, err := Move([]byte(three), c[0], c[1]); err == nil {
			t.Errorf("moving %d to %d is no error", c[0], c[1])
		}
	}
}

func TestRemoveTakesOneItem(t *testing.T) {
	for item, want := range map[int]string{1: "B A title between C", 2: "A A title between C"} {
		out, err := Remove([]byte(three), item)
		if err != nil || titles(out) != want || len(out) < len(three)-80 || !bytes.HasSuffix(out, []byte("---\n\nBye.\n")) {
			t.Errorf("remove %d: %v, %q, want %q\n%s", item, err, titles(out), want, out)
		}
	}
	if _, err := Remove([]byte(three), 3); err == nil || !strings.Contains(err.Error(), "A title between") {
		t.Errorf("a title is left before nothing: %v", err)
	}
	if _, err := Remove([]byte(three), 4); err == nil {
		t.Error("an item that is not there is removed")
	}
	open := head + "## [A](https://a.example/)\n\nx\n\n```\n"
	if out, err := Remove([]byte(open+"## [B](https://b.example/)\n"), 1); err != nil || titles(out) != "" {
		t.Errorf("%v %s", err, out)
	}
}

func TestMoveAndRemoveInRealIssues(t *testing.T) {
	for name, src := range corpus(t) {
		is, _ := Parse(name, src)
		n := len(is.Stories())
		out, err := Move(src, n, 1)
		if err != nil || len(out) != len(src) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if back, err := Move(out, 1, n); err != nil || !bytes.Equal(back, src) {
			t.Errorf("%s: there and back is not the same: %v", name, err)
		}
		if out, err := Remove(src, 2); err != nil || len(out) >= len(src) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	files := corpus(b)
	eachIssue(b, len(files), func() {
		for _, src := range files {
			if _, err := Format(src); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func FuzzFormat(f *testing.F) {
	f.Add([]byte(three))
	f.Add([]byte(head + "a  \nb\n> c\nd\n>> e\n\n- x\n\n  y\n* z\n\n[r]: https://r.example/\n<!-- c -->\n<p>\n\n1. a\n2. b\n\n    code\n\t\n~~~\n x \n"))
	f.Add([]byte(head + "##   [A](<https://a.example/>) ##\nhttps://a.example/\n>q\n>\n>\n>     code\n\\\nx  \n# T #\n\nSet\n===\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 20_000 {
			return
		}
		formatKeeps(t, "x.md", src)
		for _, at := range [][2]int{{1, 2}, {2, 1}} {
			if out, err := Move(src, at[0], at[1]); err == nil && len(out) != len(src) {
				t.Fatal("moving adds or loses bytes")
			}
		}
		_, _ = Remove(src, 1)
	})
}

func FuzzDefang(f *testing.F) {
	f.Add("00000000 http://100.200.100.0#1.0.0.0")
	f.Add("00000000 http://000000000000!https://0 00000000000000000000000000000000 ")
	f.Add("Get [it](http://185.220.101.4/x) at 185.220.101.4, https://bad.example/ 44d88612fea8a8f36de82e1278abb02f.")
	f.Fuzz(func(t *testing.T, text string) {
		plain := Refang(text)
		if Refang(plain) != plain {
			return // marks within marks, deeper than is followed
		}
		dead := Defang(text)
		if Defang(dead) != dead || Defang(plain) != dead {
			t.Fatalf("defanging %q twice is not defanging it once: %q, %q", text, dead, Defang(dead))
		}
		if Refang(dead) != plain {
			t.Fatalf("%q is defanged as %q and comes back as %q", text, dead, Refang(dead))
		}
		if liveURL().MatchString(dead) {
			t.Fatalf("%q is defanged as %q, which is live", text, dead)
		}
		is, _ := Parse("x.md", []byte(head+"## [A](https://a.example/)\n\n"+text+"\n"))
		var live []Problem
		for _, p := range Check(is) {
			if p.Rule == "indicator-live" {
				live = append(live, p)
			}
		}
		out, cured, err := Fix(is, live)
		if err != nil || cured == 0 {
			return
		}
		now, _ := Parse("x.md", out)
		left := 0
		for _, p := range Check(now) {
			if p.Rule == "indicator-live" {
				left++
			}
		}
		if left >= len(live) && left > 0 && cured == len(live) {
			t.Fatalf("defanging %q cures nothing: %q", text, out[len(head):])
		}
	})
}
