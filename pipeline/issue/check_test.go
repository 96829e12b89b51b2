package issue

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCheckRules(t *testing.T) {
	const good = "## [K](https://a.example/)\n\n[https://a.example/](https://a.example/)\n\n> Words.\n\nA note.\n\n"
	tests := []struct{ name, body, want string }{
		{"nothing odd", "Hi, see [us](/about/), [mail](mailto:a@a.example) or https://x.example.\n\n" + good, ""},
		{"TODO in the intro", "TODO: say hello\n\n" + good, "8:1 warning blank-left"},
		{"XXX and lorem in a note", good + "Is it XXX?\n\nLorem ipsum dolor.\n", "16:7 warning blank-left item 1\n18:1 warning blank-left item 1"},
		{"TODO in a quote is the source's", "## [K](https://a.example/)\n\n[https://a.example/](https://a.example/)\n\n> TODO: they say.\n\nA note.\n", ""},
		{"TODO as a heading", "## [TODO: x](https://a.example/)\n\nhttps://a.example/\n\nA note.\n", "8:5 warning blank-left item 1"},
		{"no note", good + "## [L](https://b.example/)\n\nhttps://b.example/\n\n> Words.\n", "16:1 warning note-empty item 2"},
		{"a note that a program left", good + "## [L](https://b.example/)\n\nhttps://b.example/\n\n> Words.\n\nNone\n", "16:1 warning note-empty item 2"},
		{"empty quote", good + "> \n", "16:1 warning quote-empty item 1"},
		{"no bare link", "## [K](https://a.example/)\n\nA note.\n", "8:1 advice link-missing item 1"},
		{"bare link differs", "## [K](https://a.example/)\n\n<https://b.example/>\n\nA note.\n", "10:1 advice link-differs item 1"},
		{"placeholder in the heading", "## [K](url)\n\n<https://b.example/>\n\nA note.\n", "8:1 warning link-placeholder item 1"},
		{"placeholder in the bare line", "## [K](https://a.example/)\n\n[https://a.example/](url)\n\nA note.\n", "10:1 warning link-placeholder item 1"},
		{"placeholder in the text", good + "See [the plan]().\n", "16:5 warning link-placeholder item 1"},
		{"ftp", "See [the plan](ftp://a.example/).\n", "8:5 warning link-placeholder"},
		{"broken heading link", good + "## [L](https://b.example/\n\nA note.\n\n" + good, "16:1 warning link-placeholder"},
		{"javascript", "See [the plan](java&#115;cript:alert\\(1\\)).\n", "8:5 warning link-unsafe"},
		{"data image in a quote", good + "> ![x](data:image/png;base64,xx)\n", "16:3 warning link-unsafe item 1"},
		{"indented quote", good + ">     Words.\n\n> ```\n> code\n> ```\n", "16:7 advice quote-code item 1"},
		{"raw HTML", "Forty <row> tags.\n\n<table>\n", "8:7 advice raw-html\n10:1 advice raw-html"},
		{"open comment", "<!-- later\n\nHi.\n", "8:1 warning comment-open"},
		{"note glued to a quote", good + "> Words.\nGlued.\n", "17:1 advice quote-open item 1"},
		{"invisible characters", "é a\u200bb \u202ex \ufffd \ue000 👩\u200d💻 c\u00a0d\n", "8:5 advice invisible-character\n8:10 advice invisible-character\n8:15 advice invisible-character\n8:19 advice invisible-character"},
		{"furniture", good + "> Words.\n> \n> ADVERTISEMENT\n> \n> Read more: How keys leak\n> \n> Sign up for our weekly newsletter\n", "18:3 advice quote-furniture item 1\n20:3 advice quote-furniture item 1\n22:3 advice quote-furniture item 1"},
		{"words that furniture also uses", good + "> Share this secret with nobody, and subscribe to the idea.\n", ""},
		{"site name", "## [Locks | The Ledger](https://www.theledger.example/x)\n\nhttps://www.theledger.example/x\n\nA note.\n", "8:1 advice title-site-name item 1"},
		{"emphasis around a link that does not close", "## **[Locks](https://a.example/)\n\nhttps://a.example/\n\nA note.\n\n## *[Keys*](https://b.example/)\n\nhttps://b.example/\n\nA note.\n\n## **[Fine](https://c.example/)**\n\nhttps://c.example/\n\nThe `a_b` note.\n", "8:1 advice title-marks item 1\n14:1 advice title-marks item 2"},
		{"no site name", "## [Locks - a primer](https://www.theledger.example/x)\n\nhttps://www.theledger.example/x\n\nA note.\n", ""},
		{"image without words", good + "![](https://a.example/x.png) and ![A graph](https://a.example/y.png)\n", "16:1 advice image-alt item 1"},
		{"link that says nothing", "Read it [here](https://a.example/) or [click here](https://b.example/).\n", "8:9 advice link-text\n8:39 advice link-text"},
		{"headings out of order", good + "### Fine\n\n##### Too deep\n\n### Fine\n", "18:1 advice heading-order item 1"},
		{"heading as high as the title", good + "> q\n\n# Title\n\nBye.\n", "18:1 advice heading-order"},
		{"link to a bare address", good + "Get it [there it is](http://185.220.101.4/x.sh), not from http://192.0.2.1/ or 10.0.0.1.\n", "16:8 warning indicator-live item 1"},
		{"bare address", good + "> It called 185.220.101.4 and 8.8.8.8; firmware 12.34.56.78 is mended.\n", "16:13 warning indicator-live item 1"},
		{"beside a hash", good + "It drops 44d88612fea8a8f36de82e1278abb02f from https://bad.example/a.exe today.\n", "16:48 warning indicator-live item 1"},
		{"more quoted than the limit", "## [K](https://a.example/)\n\n[https://a.example/](https://a.example/)\n\n> " + strings.Repeat("word ", 351) + "\n\n" + strings.Repeat("mine ", 80) + "\n", "8:1 advice fair-item item 1"},
		{"much quoted, little said", "## [K](https://a.example/)\n\n[https://a.example/](https://a.example/)\n\n> " + strings.Repeat("word ", 60) + "\n\nWorth reading.\n", "8:1 advice fair-ratio item 1"},
		{"held back by a comment", good + "<!-- tlp: amber -->\n", ""},
		{"check comment without a reason", "Read it [here](https://a.example/).\n\n<!-- check: link-text off -->\n", "8:9 advice link-text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				is, _ := Parse("0007-locks-and-keys.md", []byte(strings.ReplaceAll(head+tt.body, "\n", eol)))
				var got []string
				for _, p := range Check(is) {
					line := fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Severity, p.Rule)
					if p.Item > 0 {
						line += fmt.Sprint(" item ", p.Item)
					}
					got = append(got, line)
					if p.What == "" || p.Hint == "" || strings.HasSuffix(p.What, ".") || p.File != "0007-locks-and-keys.md" {
						t.Errorf("not a sentence to act on: %+v", p)
					}
				}
				if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
					t.Errorf("with %q: %s", eol, diff)
				}
			}
		})
	}
}

func TestCheckFrontMatter(t *testing.T) {
	for src, want := range map[string]string{
		"---\ntitle: Locks\n---\n": "1:1 warning date-missing\n1:1 warning description-missing\n2:1 warning number-missing\n2:1 advice name-differs",
		"---\ntitle: 7 - Locks and keys\ndate:\ndraft: true\ndescription: \"TODO: x\"\n---\n":                                             "3:1 advice date-missing\n5:15 warning blank-left",
		"---\ntitle: 7 - Locks\ndate: 2024-05-06\ndescription: x\npermalink: /locks-and-keys/\n---\n":                                     "5:1 advice name-differs",
		"---\ntitle: 8 - Locks and keys\ndate: 2024-05-06\ndescription: x\n---\n":                                                         "2:1 advice name-differs",
		"---\ntitle: 7 - Locks\ndate: 2024-05-06\ndescription: x\npermalink: /locks/\n---\n":                                              "2:1 advice name-differs",
		"---\ntitle: 7 - Locks and keys\ndate: 2024-05-06\ndescription: x\npermalink: /untitled/\n---\n":                                  "5:1 warning slug-placeholder\n5:1 advice name-differs",
		"---\ntitle: 7 - Locks and keys\ndate: 2024-05-06\ndescription: x\nslug: insert-title-here\n---\n":                                "5:1 warning slug-placeholder",
		"---\ntitle: 7 - Locks and keys, and whatever else there is to say about them this week\ndate: 2024-05-06\ndescription: x\n---\n": "2:1 advice title-long\n2:1 advice name-differs",
		"---\ntitle: 7 - Locks and keys\ndate: 2024-05-06\ndescription: x\npermalink: /2024/05/7/\n---\n":                                 "",
	} {
		is, _ := Parse("0007-locks-and-keys.md", []byte(src))
		if diff := cmp.Diff(want, said(Check(is))); diff != "" {
			t.Errorf("%s%s", src, diff)
		}
	}
}

func TestInvisibleCharactersCanBeMended(t *testing.T) {
	is, _ := Parse("x.md", []byte(head+"a\u200bb\u00adc\n"))
	var edits []Edit
	for _, p := range Check(is) {
		edits = append(edits, p.Fix...)
	}
	if got := string(splice(is.Source(), edits)); got != head+"abc\n" {
		t.Errorf("mended to %q", got)
	}
}

// settled is what an editor hears of a text: where and which.
func settled(text string, s Settings) string {
	is, problems := Parse("0007-locks-and-keys.md", []byte(text))
	return said(Settle(is, append(problems, Check(is)...), s))
}

func TestACommentSilencesARuleForItsItemOnly(t *testing.T) {
	const item = "## [K](https://a.example/%s)\n\n[https://a.example/%[1]s](https://a.example/%[1]s)\n\nRead it [here](https://b.example/).\n\n"
	text := head + fmt.Sprintf(item, "1") + "<!-- check: link-text off: the word is the joke -->\n\n" + fmt.Sprintf(item, "2")
	if diff := cmp.Diff("20:9 advice link-text", settled(text, Settings{})); diff != "" {
		t.Error(diff)
	}
	for comment, want := range map[string]string{
		"<!-- check: link-text off -->":          "8:1 warning check-comment\n14:9 advice link-text",
		"<!-- check: link-txet off: x -->":       "8:1 warning check-comment\n14:9 advice link-text",
		"<!-- check: link-unsafe off: x -->":     "8:1 warning check-comment\n14:9 advice link-text",
		"<!-- check: whatever -->":               "8:1 warning check-comment\n14:9 advice link-text",
		"<!-- checked by Ada -->":                "14:9 advice link-text",
		"<!-- check: link-text off: intro -->":   "14:9 advice link-text",
		"`<!-- check: link-text off: code -->`.": "14:9 advice link-text",
	} {
		if diff := cmp.Diff(want, settled(head+comment+"\n\n"+fmt.Sprintf(item, "1"), Settings{})); diff != "" {
			t.Errorf("%s: %s", comment, diff)
		}
	}
}

func TestSettingsTurnRulesOffAndMakeThemMilder(t *testing.T) {
	text := head + "TODO: x. Read it [here](https://b.example/).\n"
	s := Settings{Checks: map[string]Setting{"blank-left": {As: "advice"}, "link-text": {As: "off", Reason: "ours"}}}
	if diff := cmp.Diff("8:1 advice blank-left", settled(text, s)); diff != "" {
		t.Error(diff)
	}
	bad := Settings{Checks: map[string]Setting{"link-txet": {As: "off", Reason: "x"}, "held-back": {As: "off", Reason: "x"}, "raw-html": {As: "off"}, "blank-left": {As: "loud"}}}
	if got := bad.Problems("pullquote.yaml", func(string) (int, int) { return 1, 1 }); len(got) != 4 {
		t.Errorf("%d of 4 slips are said: %v", len(got), got)
	}
}

func TestFixMendsAndKeepsTheRest(t *testing.T) {
	for _, eol := range []string{"\n", "\r\n"} {
		in := strings.ReplaceAll(head+"Hi\u200b  there.\n\n## [Locks | The Ledger](https://www.theledger.example/x)\n\nGet [it](http://185.220.101.4/x.sh) at 185.220.101.4.\n\n## [B](https://b.example/)\n\n<https://c.example/>\n\nA note.\n", "\n", eol)
		want := strings.ReplaceAll(head+"Hi  there.\n\n## [Locks](https://www.theledger.example/x)\n\n[https://www.theledger.example/x](https://www.theledger.example/x)\n\nGet it (`hxxp://185[.]220[.]101[.]4/x.sh`) at 185[.]220[.]101[.]4.\n\n## [B](https://b.example/)\n\n[https://b.example/](https://b.example/)\n\nA note.\n", "\n", eol)
		is, _ := Parse("0007-locks-and-keys.md", []byte(in))
		out, cured, err := Fix(is, Check(is))
		if diff := cmp.Diff(want, string(out)); diff != "" || err != nil || cured != 6 {
			t.Errorf("%d cured, %v: %s", cured, err, diff)
		}
	}
}

func TestRulesAreDocumented(t *testing.T) {
	body, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	chapters := map[string]string{}
	for i, c := range strings.Split(string(body), "\n### ") {
		if name, text, _ := strings.Cut(c, "\n"); i > 0 {
			chapters[name] = text
		}
	}
	for _, r := range Rules() {
		text, ok := chapters[r.Name]
		if !ok {
			t.Errorf("docs/checks.md has no chapter on %s", r.Name)
			continue
		}
		delete(chapters, r.Name)
		kind := string(r.Severity)
		if r.Off {
			kind += ", off"
		}
		if r.Fixes {
			kind += ", mended by `--fix`"
		}
		if !strings.Contains(text, "\nCase: ") || !strings.Contains(text, "\nCure: ") {
			t.Errorf("docs/checks.md: the chapter on %s has no case from life, or no cure", r.Name)
		}
		if !strings.Contains(text, "*"+kind+"*") {
			t.Errorf("docs/checks.md: the chapter on %s does not say *%s*", r.Name, kind)
		}
	}
	for name := range chapters {
		t.Errorf("docs/checks.md has a chapter on %s, which is no rule", name)
	}
}

func TestWhatIsMarkedNeverReachesAReader(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	item := func(mark string) string {
		return "## [Secret](https://a.example/)\n\n[https://a.example/](https://a.example/)\n\n> q\n\n" + mark + "\n\nA note.\n\n\n"
	}
	for mark, held := range map[string]bool{
		"<!-- tlp: amber -->": true, "tlp: red": true, "TLP:AMBER+STRICT": true, "TLP: green": false, "<!-- tlp: clear -->": false,
		"embargo: 2026-11-23": true, "<!-- embargo: 2026-11-22T14:00:00Z -->": true, "embargo: 2026-11-22": false,
		"embargo: soon": true, "<!-- tlp: puce -->": true, "We explain TLP: amber here.": false, "`tlp: red`": false,
		"tlp: amber\nGlued to the note.": true, "The note.\nTLP:RED\nMore of it.": true, "**TLP:AMBER**": true, "- tlp: red\n- a point": true,
		"### TLP: AMBER\n\nWords.": true, "> TLP:AMBER\n>\n> Words.": true, "embargo: 2026-11-23\nWords.": true, "Embargo: what it means\nfor us.": false,
		"### Embargo: what it means\n\nWords.": false, "tlp: puce\nWords.": true, "&#116;lp: red": true, "tl\\p: red": false,
	} {
		is, problems := Parse("x.md", []byte(head+item(mark)+"## [Open](https://b.example/)\n\nA note.\n"))
		if got := len(CheckMarks(is, now)) > 0; got != held {
			t.Errorf("%s: held back %v, problems %v", mark, got, problems)
		}
		h, _ := HeadOf(is).Withheld(now)
		if Withhold(is, now); (len(is.Items) == 1) != held || (len(h.Items) == 1) != held {
			t.Errorf("%s: %d items are shown, %d listed", mark, len(is.Items), len(h.Items))
		}
		if strings.HasPrefix(mark, "embargo: 20") && strings.Contains(strings.ToLower(PlainBlocks(is.Items[0].Parts[len(is.Items[0].Parts)-1].Blocks)), "embargo:") {
			t.Errorf("%s is shown to readers", mark)
		}
	}
	for title, held := range map[string]bool{
		"[TLP:AMBER] Keys": true, "TLP:RED - Keys": true, "Keys (TLP: AMBER+STRICT)": true, "What TLP:RED means": false, "[TLP:CLEAR] Keys": false,
	} {
		is, _ := Parse("x.md", []byte(head+"## ["+strings.NewReplacer("[", `\[`, "]", `\]`).Replace(title)+"](https://a.example/)\n\nA note.\n"))
		if got := len(CheckMarks(is, now)) > 0; got != held {
			t.Errorf("%s: held back %v", title, got)
		}
	}
	for _, where := range []string{"tlp: red\n\nHi.\n\n" + item(""), "Hi.\n\n" + item("") + "---\n\nTLP:AMBER\n"} {
		is, _ := Parse("x.md", []byte(head+where))
		if Withhold(is, now) {
			t.Errorf("what is marked as a whole is shown: %s", where)
		}
	}
	is, _ := Parse("x.md", []byte(strings.Replace(head, "---\n", "---\ntlp: amber\n", 1)+"Hi.\n\n"+item("")))
	if h, showable := HeadOf(is).Withheld(now); showable || h.Title != "" || len(h.Items) > 0 {
		t.Errorf("a marked issue is listed: %+v", h)
	}
	if Withhold(is, now) || len(is.Intro)+len(is.Items) > 0 {
		t.Error("a marked issue is shown")
	}
}

func TestAMarkIsSeenWhereverItStands(t *testing.T) {
	for _, mark := range []string{"tlp", "TLP", "tLp", "embargo", "EMBARGO", "emBaRgo", "&#116;", "&amp;"} {
		for before := range 4 {
			for after := range 4 {
				src := []byte(strings.Repeat("&", before) + mark + strings.Repeat("x", after))
				if !mayHoldMark(src) {
					t.Errorf("%q holds no mark", src)
				}
			}
		}
	}
	for _, s := range []string{"", "t", "tl", "lp", "embarg", "mbargo", "rg", "a & b; c", "&;", "?a=b&c=d", "tl p", "e mbargo"} {
		if mayHoldMark([]byte(s)) {
			t.Errorf("%q may hold a mark", s)
		}
	}
}

func TestDefangAndBack(t *testing.T) {
	for address, want := range map[string]string{
		"https://bad.example/a.exe?x=1.2":              "hxxps://bad[.]example/a.exe?x=1.2",
		"http://185.220.101.4:8080/x":                  "hxxp://185[.]220[.]101[.]4:8080/x",
		"185.220.101.4":                                "185[.]220[.]101[.]4",
		"ftp://bad.example":                            "fxp://bad[.]example",
		"HTTP://Bad.Example/A":                         "HXXP://Bad[.]Example/A",
		"http://bad.example/?u=https://worse.example/": "hxxp://bad[.]example/?u=hxxps://worse.example/",
		"http://[2001:db8::1]/x":                       "hxxp://[2001:db8::1]/x",
	} {
		if got := Defang(address); got != want || Refang(got) != address {
			t.Errorf("%s becomes %s and again %s", address, got, Refang(got))
		}
	}
	for _, written := range []string{
		"hxxps[://]bad(.)example[.]net", "hxxps[:]//bad{.}example(dot)net", "https[://]bad[dot]example[.]net", "hxxps://bad[.]example[.]net", "https://bad[.]example.net",
	} {
		if got := Refang(written); got != "https://bad.example.net" {
			t.Errorf("%s is read as %s", written, got)
		}
		if got := Defang(written); got != "hxxps://bad[.]example[.]net" {
			t.Errorf("%s is written as %s", written, got)
		}
	}
}
