package render

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	gomail "github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// oddTitles are titles that a message must carry without harm.
var oddTitles = []string{
	"Plain",
	"🔥 It burns 🧯: a week of 👩‍👩‍👧‍👦 accounts and 🇬🇧 keys, and everything else that was on fire",
	"שבוע שקט מאוד, ומה למדנו ממנו",
	"日本語の題名はとても長くて、件名の行に収まらないので折り返さなければならないのです。",
	"=?utf-8?q?a=0d=0ABcc:_x@y.example?=",
	"a\r\nBcc: everybody@list.example\r\n\r\n<script>",
	strings.Repeat("Very long and plain ", 20),
	strings.Repeat("x", 400),
	`Quotes " and \ and <brackets> and (comments), commas; colons: all`,
	"Trailing tab\tand nul\x00 and bell\x07",
	"Ünïcödé “quotes” — dashes…",
}

// oddMessages are the messages of issues and newsletters with odd names and
// addresses.
func oddMessages(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for i, title := range oddTitles {
		is := samples()[0]
		is.Title = title
		in := inputOf()
		in.Publication.Name = title
		in.Publication.Editor.Name = title
		_, _, eml, err := Email(in, is)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("title %d", i)] = eml
	}
	far := samples()[0]
	far.Permalink = "/" + strings.Repeat("длинный/", 60)
	in := inputOf()
	in.Publication.URL = "https://bücher.example/brief"
	in.Publication.Mail = Mail{From: "Brief <brief@bücher.example>", ReplyTo: "Büro <büro@bücher.example>", Unsubscribe: "https://bücher.example/weg"}
	in.Publication.Mail.ReplyTo = "Büro <buero@bücher.example>"
	_, _, eml, err := Email(in, far)
	if err != nil {
		t.Fatal(err)
	}
	out["international names"] = eml
	return out
}

var encodedWord = regexp.MustCompile(`=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=`)

// TestMessageHoldsToTheStandards: RFC 5322 lines, RFC 2047 words, RFC 2045
// bodies, and no field that a title made.
func TestMessageHoldsToTheStandards(t *testing.T) {
	for name, eml := range oddMessages(t) {
		if bytes.Contains(bytes.ReplaceAll(eml, []byte("\r\n"), nil), []byte("\n")) || bytes.Contains(bytes.ReplaceAll(eml, []byte("\r\n"), nil), []byte("\r")) {
			t.Errorf("%s: a bare line end", name)
		}
		for i := range eml {
			if eml[i] >= 0x80 {
				t.Errorf("%s: not ASCII at %d: %.60q", name, i, eml[max(0, i-30):])
				break
			}
		}
		head, body, _ := strings.Cut(string(eml), "\r\n\r\n")
		for line := range strings.SplitSeq(head, "\r\n") {
			if len(line) > 998 || len(line) > 78 && strings.Contains(strings.TrimSpace(line[1:]), " ") && !strings.Contains(line, ": <") {
				t.Errorf("%s: a header line of %d characters: %q", name, len(line), line)
			}
			for _, word := range encodedWord.FindAllString(line, -1) {
				if len(word) > 75 {
					t.Errorf("%s: an encoded word of %d characters: %s", name, len(word), word)
				}
			}
			if strings.TrimSpace(line) == "" {
				t.Errorf("%s: a header line of spaces", name)
			}
		}
		for line := range strings.SplitSeq(body, "\r\n") {
			if len(line) > 78 { // the boundary's own line; quoted-printable has 76
				t.Errorf("%s: a body line of %d characters: %q", name, len(line), line)
			}
		}
		checkHeader(t, name, eml)
	}
	for i, title := range oddTitles {
		msg := oddMessages(t)[fmt.Sprintf("title %d", i)]
		read, err := gomail.CreateReader(bytes.NewReader(msg))
		if err != nil {
			t.Fatal(err)
		}
		want := "1: " + clean(title)
		if got, err := read.Header.Subject(); err != nil || got != headerText(want) {
			t.Errorf("the subject is %q, %v; want %q", got, err, want)
		}
		from, err := read.Header.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Address != "mara@sundaypatch.example" {
			t.Errorf("From is %v, %v", from, err)
		}
	}
}

// TestMessageIsReadBy: two libraries of others find in a message what was put
// there, and no defect: go-message, and Python's email with its strict policy.
func TestMessageIsReadBy(t *testing.T) {
	messages := oddMessages(t)
	dir := t.TempDir()
	var files []string
	for name, eml := range messages {
		root, err := message.Read(bytes.NewReader(eml))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kinds := ""
		err = root.Walk(func(path []int, e *message.Entity, err error) error {
			if err != nil {
				return err
			}
			kind, params, err := e.Header.ContentType()
			kinds += kind + " "
			if err == nil && strings.HasPrefix(kind, "text/") {
				if params["charset"] != "UTF-8" {
					t.Errorf("%s: charset %q", name, params["charset"])
				}
				body, rerr := io.ReadAll(e.Body)
				if rerr != nil || !bytes.Contains(body, []byte("Both of this week’s breaches")) {
					t.Errorf("%s: %s reads %.80q, %v", name, kind, body, rerr)
				}
			}
			return err
		})
		if err != nil || kinds != "multipart/alternative text/plain text/html " {
			t.Errorf("%s: %s, %v", name, kinds, err)
		}
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".eml")
		if err := os.WriteFile(file, eml, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on this machine")
	}
	out, err := exec.Command(python, append([]string{"-c", `
import email, email.policy, sys
for f in sys.argv[1:]:
    m = email.message_from_bytes(open(f, "rb").read(), policy=email.policy.strict)
    for p in m.walk():
        bad = list(p.defects) + [(k, d) for k, v in p.items() for d in getattr(v, "defects", ())]
        if bad: print(f, bad)
    assert m.get_body(("plain",)).get_content() and m.get_body(("html",)).get_content()
    assert m["date"].datetime.tzinfo and m["from"].addresses[0].domain, f
`}, files...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestInternationalNamesInTheHeader: hosts stand there as RFC 5890 writes them;
// an address that no line can hold is left out.
func TestInternationalNamesInTheHeader(t *testing.T) {
	root, err := message.Read(bytes.NewReader(oddMessages(t)["international names"]))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"List-Archive": "<https://xn--bcher-kva.example/brief/archive/>", "List-Unsubscribe": "<https://xn--bcher-kva.example/weg>",
		"List-Owner": "<mailto:buero@xn--bcher-kva.example>", "Archived-At": "", "List-Post": "NO",
		"List-Subscribe": "<https://sundaypatch.example/join>",
	} {
		if got := root.Header.Get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if got := root.Header.Get("Message-Id"); !strings.HasSuffix(got, "@xn--bcher-kva.example>") {
		t.Errorf("Message-ID is %s", got)
	}
	if got := root.Header.Get("List-Id"); !strings.HasSuffix(got, ".xn--bcher-kva.example>") {
		t.Errorf("List-Id is %s", got)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(root.Header.Get("From")); err != nil || got != `"Brief" <brief@xn--bcher-kva.example>` {
		t.Errorf("From is %q, %v", got, err)
	}
}

// TestWrapCountsColumns: a line has 72 columns as a terminal shows them, in any
// script, and nothing is lost in the wrapping.
func TestWrapCountsColumns(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("日本語の文章は空白なしで書かれるので、", 20),
		strings.Repeat("中文 ", 80),
		strings.Repeat("🔥👩‍👩‍👧‍👦🇬🇧 ", 40),
		strings.Repeat("é̂ça va ", 60),
		"A very long address " + "https://a.example/" + strings.Repeat("path/", 40) + " stays whole.",
		strings.Repeat("Русский текст ", 30),
		strings.Repeat("known as Teardrop. From here > on ", 30),
	} {
		is := samples()[0]
		is.Intro = []issue.Block{para(words(text))}
		is.Items[0].Parts = []issue.Part{quoted(para(words(text)))}
		_, got, _, err := Email(inputOf(), is)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(got), "\n") {
			if strings.HasPrefix(line, "From ") || strings.HasPrefix(line, ">") && !strings.HasPrefix(line, "> ") && line != ">" {
				t.Errorf("a line reads as what it is not: %s", line)
			}
			if columns(line) > textWidth && strings.Contains(strings.TrimLeft(line, "> "), " ") {
				t.Errorf("a line of %d columns: %s", columns(line), line)
			}
			if columns(line) > textWidth && !strings.Contains(line, "://") {
				t.Errorf("a line of %d columns: %s", columns(line), line)
			}
		}
		squeeze := func(s string) string {
			return strings.Join(strings.Fields(strings.ReplaceAll(s, "\n> ", " ")), "")
		}
		if n := strings.Count(squeeze(string(got)), squeeze(text)); n != 2 {
			t.Errorf("the text stands %d times in the edition, want 2: %.60s", n, text)
		}
	}
}

// FuzzWrap: no text loses a character in the wrapping, none of its lines is
// wider than it may be but for a single word, and none reads as a quote.
func FuzzWrap(f *testing.F) {
	f.Add("a few words and 日本語の文章は空白なしで書かれるので", 20)
	f.Add("> looks like a quote From here", 30)
	f.Add("🔥👩‍👩‍👧‍👦🇬🇧 é̂", 72)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 20 + abs(width)%80
		text := clean(s)
		var lines []string
		wrap(text, width, func(line string) { lines = append(lines, line) })
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(strings.Join(lines, "")) != squeeze(text) {
			t.Fatalf("%q becomes %q", text, lines)
		}
		for i, line := range lines {
			if line != strings.TrimSpace(line) || i > 0 && strings.HasPrefix(line, ">") {
				t.Fatalf("%q has the line %q", text, line)
			}
		}
	})
}

// Lines that are found at once are those that are put together word by word; and
// clean is what it is rune by rune.
func TestWrapAndCleanPlainText(t *testing.T) {
	pieces := strings.Fields("a an word From Fromage >q From: https://a.example/a/very/long/address/of/a/story é “it’s” 日本語の文 🔥 e\u0301 " + strings.Repeat("x", 70))
	pieces = append(pieces, " ", " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\x00", "\x7f", "\xff", "\xff\xfe", "\u202e", "\ufeff")
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var sb strings.Builder
		for range r.IntN(40) {
			sb.WriteString(pieces[r.IntN(len(pieces))])
			if r.IntN(3) > 0 {
				sb.WriteByte(' ')
			}
		}
		s := sb.String()
		var want []rune
		space, broken := false, false
		for i, c := range s {
			_, size := utf8.DecodeRuneInString(s[i:])
			was := broken
			if broken = c == utf8.RuneError && size == 1; broken && was {
				continue
			}
			if c == '\r' || unicode.IsSpace(c) && allowed(c) {
				space = len(want) > 0
			} else if allowed(c) {
				if space {
					want = append(want, ' ')
				}
				want, space = append(want, c), false
			}
		}
		text := clean(s)
		if text != string(want) || isClean(s) && text != s {
			t.Fatalf("%q becomes %q, want %q", s, text, string(want))
		}
		for _, width := range []int{20, 33, 72} {
			var lines, words []string
			wrap(text, width, func(line string) { lines = append(lines, line) })
			wrapWords(text, width, func(line string) { words = append(words, line) })
			if !slices.Equal(lines, words) {
				t.Fatalf("%q becomes %q, want %q", text, lines, words)
			}
		}
	}
}

// FuzzQuotedPrintable: the standard library writes the same, however lines end;
// but for a lone CR, after which it may lose the next line's end.
func FuzzQuotedPrintable(f *testing.F) {
	for _, seed := range []string{"", "a=b é\r\nend \n \t\r\r\n", strings.Repeat("x", 75) + " ", strings.Repeat("x", 76) + "é", strings.Repeat("é", 30) + "\x00"} {
		f.Add([]byte(seed))
		f.Add([]byte(strings.Repeat("y", 73) + seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		text = bytes.ReplaceAll(text, []byte("\r"), nil)
		var want bytes.Buffer
		w := quotedprintable.NewWriter(&want)
		_, _ = w.Write(text) // a buffer takes all
		_ = w.Close()
		for _, end := range []string{"\n", "\r\n", "\r"} {
			ended := bytes.ReplaceAll(text, []byte("\n"), []byte(end))
			if got := appendQuotedPrintable([]byte("before"), ended); string(got[len("before"):]) != want.String() {
				t.Fatalf("%q becomes %q, not %q", ended, got[len("before"):], want.String())
			}
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}

// TestColumns: what is counted without looking it up is as wide as uniseg says.
func TestColumns(t *testing.T) {
	for r := rune(0x80); r < 0x3000; r++ {
		for _, s := range []string{string(r), "a" + string(r) + "b", string(r) + string(r) + "’"} {
			if got, want := columns(s), uniseg.StringWidth(s); got != want {
				t.Errorf("%q (%U) takes %d columns, want %d", s, r, got, want)
			}
		}
	}
}

// TestMailsBesidePages: a mail that is made with its page is the one that is made
// alone, whatever of the text looks otherwise on a page.
func TestMailsBesidePages(t *testing.T) {
	src := "---\ntitle: \"7 - Mixed\"\ndate: 2026-01-02\n---\n\nSee [six](/six/), `code`.\n\n" +
		"## [A story](https://a.example/x)\n\n> Quoted CVE-2026-12345.\n\nPlain *note*.\n\nWith [a link of ours](/six/).\n\n" +
		"## [Another](https://b.example/)\n\nWith `code`.\n\n> Quoted\n>\n> > within\n\n" +
		"## [Third](https://c.example/)\n\n    code\n\n- a list\n\n  > quoted\n\n---\n\nBye, [six](/six/).\n"
	mixed, _ := issue.Parse("0007-mixed.md", []byte(src))
	local, _ := issue.Parse("0008-local.md", []byte(strings.NewReplacer("7 - Mixed", "8 - Local", "https://a.example/x", "/seven/").Replace(src)))
	in := inputOf(append(samples(), mixed, local)...)
	alone, beside := map[string]string{}, map[string]string{}
	if err := emails(in, nil, func(f File) error { alone[f.Path] = string(f.Body); return nil }); err != nil {
		t.Fatal(err)
	}
	err := All(in, nil, func(f File) error {
		if strings.HasPrefix(f.Path, "email/") {
			beside[f.Path] = string(f.Body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(alone) == 0 {
		t.Fatal("no mails")
	}
	if diff := cmp.Diff(alone, beside); diff != "" {
		t.Errorf("alone and beside their pages mails differ:\n%s", diff)
	}
}
