package extract

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const advisory = `Larkspur Systems fixed a flaw in its gateway on Tuesday. “We did not see any attacks,” said Ada Brook, who leads the team — but 1,200 customers were told to rotate their keys.

The flaw, CVE-2026-10412, lets anyone who can reach port 8443 read files. It scored 9.8 and is not fixed in version 4.1.

Researchers waited… and then published. The vendor's reply came in 2018, four years late [1].`

func TestFindTellsHowAQuotationStandsToItsSource(t *testing.T) {
	for _, c := range []struct {
		name, quoted   string
		want           Verdict
		source         string // a part of what is found
		said, statedAs string
	}{
		{"word for word", "The flaw, CVE-2026-10412, lets anyone who can reach port 8443 read files.", Exact, "The flaw, CVE-2026-10412, lets anyone", "", ""},
		{"straight quotes", `"We did not see any attacks," said Ada Brook`, Typographic, "“We did not see any attacks,” said", "", ""},
		{"a hyphen for a dash", "who leads the team - but 1,200 customers", Typographic, "team — but", "", ""},
		{"a dash without spaces", "who leads the team—but 1,200 customers", Typographic, "team — but", "", ""},
		{"two hyphens for a dash", "who leads the team -- but 1,200 customers", Typographic, "team — but", "", ""},
		{"no-break space", "fixed a flaw in its\u00a0gateway", Typographic, "in its gateway", "", ""},
		{"soft hyphen and zero width space", "fixed a f\u00adlaw in its\u200b gateway", Typographic, "flaw in its gateway", "", ""},
		{"first letter's case", "Lets anyone who can reach port 8443 read files.", Typographic, "lets anyone", "", ""},
		{"three dots for the ellipsis of the source", "Researchers waited... and then published.", Typographic, "waited… and", "", ""},
		{"over a block border", "told to rotate their keys. The flaw, CVE-2026-10412, lets", Typographic, "keys.\n\nThe flaw", "", ""},
		{"editor's own quotation marks", "“Larkspur Systems fixed a flaw in its gateway on Tuesday.”", Typographic, "Larkspur Systems", "", ""},
		{"elision in brackets", "Larkspur Systems fixed a flaw [...] but 1,200 customers were told to rotate their keys.", Elided, "Larkspur", "", ""},
		{"elision with the ellipsis character", "Larkspur Systems fixed a flaw […] but 1,200 customers", Elided, "Larkspur", "", ""},
		{"elision in parentheses", "Larkspur Systems fixed a flaw (...) but 1,200 customers", Elided, "Larkspur", "", ""},
		{"bare dots", "Larkspur Systems fixed a flaw ... but 1,200 customers", Elided, "Larkspur", "", ""},
		{"dots on the word", "Larkspur Systems fixed a flaw… but 1,200 customers", Elided, "Larkspur", "", ""},
		{"elision at both ends", "[...] lets anyone who can reach port 8443 read files [...]", Elided, "lets anyone", "", ""},
		{"two elisions", "Larkspur Systems fixed a flaw ... said Ada Brook ... rotate their keys.", Elided, "Larkspur", "", ""},
		{"substitution", "[The vendor] fixed a flaw in its gateway on Tuesday.", Inserted, "fixed a flaw", "", ""},
		{"substitution in the middle", "lets anyone who can reach [the management port] read files", Inserted, "port 8443", "", ""},
		{"letter in brackets", "[L]ets anyone who can reach port 8443 read files.", Inserted, "ets anyone", "", ""},
		{"sic", "It scored 9.8 [sic] and is not fixed in version 4.1.", Inserted, "It scored 9.8 and", "", ""},
		{"brackets and an elision", "[Larkspur] fixed a flaw [...] said Ada Brook", Inserted, "fixed a flaw", "", ""},

		{"another year", "The vendor's reply came in 2017, four years late", Altered, "reply came in 2018", "2017", "2018"},
		{"another CVE", "The flaw, CVE-2026-10421, lets anyone who can reach port 8443 read files.", Altered, "CVE-2026-10412", "CVE-2026-10421", "CVE-2026-10412"},
		{"another score", "It scored 9.0 and is not fixed in version 4.1.", Altered, "9.8", "9.0", "9.8"},
		{"a negation dropped", "It scored 9.8 and is fixed in version 4.1.", Altered, "is not fixed", "", "not"},
		{"a negation hidden by an elision", "It scored 9.8 and is [...] fixed in version 4.1.", Altered, "is not fixed", "[...]", "not"},
		{"a negation put in", "It scored 9.8 and is not [never] fixed in version 4.1.", Altered, "is not fixed", "never", ""},
		{"another name", "said Ada Brooks, who leads the team", Altered, "Ada Brook,", "Brooks", "Brook"},
		{"a number cut off", "200 customers were told to rotate their keys.", Altered, "customers were told", "200", "1,200"},
		{"undeclared omission", "Larkspur Systems fixed a flaw on Tuesday.", Altered, "flaw in its gateway on", "", "in its gateway"},
		{"a word in other case", "The Flaw, CVE-2026-10412, lets anyone who can reach", Altered, "The flaw", "Flaw", "flaw"},
		{"fragments in the wrong order", "1,200 customers were told to rotate their keys [...] Larkspur Systems fixed a flaw in its gateway", NotFound, "", "", ""},
		{"nothing like it", "Bananas are yellow and grow on tall plants near the sea.", NotFound, "", "", ""},
		{"empty", " ", NotFound, "", "", ""},
		{"only a mark of elision", "[...]", Elided, "", "", ""},
		{"space before a comma", "We did not see any attacks,” said Ada Brook , who leads the team", Typographic, "Ada Brook, who", "", ""},
		{"no space after a colon", "CVE-2026-10412 , lets anyone who can reach port 8443 read files .", Typographic, "CVE-2026-10412, lets", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Find(advisory, c.quoted)
			if f.Verdict != c.want {
				t.Fatalf("verdict %q, want %q (%+v)", f.Verdict, c.want, f)
			}
			if !strings.Contains(f.Source, c.source) {
				t.Errorf("source %q does not hold %q", f.Source, c.source)
			}
			if f.Start >= 0 && advisory[f.Start:f.End] != f.Source {
				t.Errorf("offsets %d:%d are not the source %q", f.Start, f.End, f.Source)
			}
			if c.said != "" && f.Quoted != c.said {
				t.Errorf("quoted %q, want %q", f.Quoted, c.said)
			}
			if c.statedAs != "" && f.Stated != c.statedAs {
				t.Errorf("stated %q, want %q", f.Stated, c.statedAs)
			}
		})
	}
}

// TestFindGivesWholeCharacters: an accent that is a character of its own belongs
// to the letter before it.
func TestFindGivesWholeCharacters(t *testing.T) {
	const text = "They met in the cafe\u0301. Nobody paid in the cafe\u0301, she says."
	for quoted, want := range map[string]string{
		"They met in the café":                   "They met in the cafe\u0301",
		"met in the café. nobody paid":           "met in the cafe\u0301. Nobody paid",
		"Everybody left and paid in the café":    "Nobody paid in the cafe\u0301",
		"They met [...] nobody paid in the café": "They met in the cafe\u0301. Nobody paid in the cafe\u0301",
	} {
		f := Find(text, quoted)
		if f.Verdict != NotFound && f.Source != text[f.Start:f.End] || !strings.HasSuffix(f.Source, want) {
			t.Errorf("%q is %s, %q at %d to %d; want %q", quoted, f.Verdict, f.Source, f.Start, f.End, want)
		}
	}
}

// TestFindSeesADenialBesideOtherSpaces: where only white space differs the
// place is looked at like any other.
func TestFindSeesADenialBesideOtherSpaces(t *testing.T) {
	if f := Find("No data(of customers) was lost here.", "data (of customers) was lost here."); f.Verdict != Altered || f.Stated != "No" {
		t.Errorf("%+v", f)
	}
	if f := Find("All data(of customers) was lost here.", "data (of customers) was lost here."); f.Verdict != Typographic {
		t.Errorf("%+v", f)
	}
}

// TestFindReadsToTheEnd: a quotation of any length is held against the source
// with all its words.
func TestFindReadsToTheEnd(t *testing.T) {
	for _, n := range []int{1400, 2000, 30_000} {
		words := make([]string, n)
		for i := range words {
			words[i] = fmt.Sprintf("word%d", i)
		}
		text := "Before. " + strings.Join(words, " ") + ". After."
		whole := strings.Join(words, " ")
		if f := Find(text, whole); f.Verdict != Exact || f.Source != whole {
			t.Errorf("%d words: %s of %d bytes", n, f.Verdict, len(f.Source))
		}
		words[n-10] = "other"
		f := Find(text, strings.Join(words, " "))
		if want := fmt.Sprintf("word%d", n-10); f.Verdict != Altered || f.Quoted != "other" || f.Stated != want {
			t.Errorf("%d words, one of the last another: %s, %q for %q", n, f.Verdict, f.Quoted, f.Stated)
		}
		if f := Find(text, strings.ReplaceAll(strings.Join(words[:n-10], " "), "word9 ", "word9  \n ")); f.Verdict != Typographic || !strings.HasSuffix(f.Source, words[n-11]) {
			t.Errorf("%d words with other spaces: %s, ends in %.40q", n, f.Verdict, f.Source[max(0, len(f.Source)-40):])
		}
	}
}

// TestFindTakesAnyBytes: a quotation longer than what is compared, without a
// place where a character begins.
func TestFindTakesAnyBytes(t *testing.T) {
	if f := Find("Some words.", strings.Repeat("\x80", 128<<10)); f.Verdict != NotFound {
		t.Errorf("%+v", f)
	}
	if f := Find("Some words.", strings.Repeat("[", 128<<10)+"words"); f.Verdict == Exact {
		t.Errorf("%+v", f)
	}
}

func TestFindReadsScriptsWithoutSpaces(t *testing.T) {
	if f := Find("昨日発表された脆弱性は深刻です。更新してください。", "脆弱性は深刻です"); f.Verdict != Exact {
		t.Errorf("verdict %q, want exact", f.Verdict)
	}
}

func TestManyQuotesInALongTextTakeSeconds(t *testing.T) {
	var b strings.Builder
	for i := range 22_000 {
		fmt.Fprintf(&b, "Sentence %d tells of host %d and of the patch that came %d days late for everyone.\n\n", i, i*7, i%90)
	}
	s := NewSource(b.String())
	if len(b.String()) < 1_900_000 {
		t.Fatal("text is too short for this test: ", b.Len())
	}
	start := time.Now()
	for i := range 1000 {
		quoted := fmt.Sprintf("Sentence %d tells of host %d and of the patch that came %d weeks late for everyone.", i*20, i*140, i*20%90)
		if i%2 == 0 {
			quoted = fmt.Sprintf("tells of host %d [...] came %d days late", i*140, i*20%90)
		}
		f := s.Find(quoted)
		if want := map[bool]Verdict{true: Elided, false: Altered}[i%2 == 0]; f.Verdict != want {
			t.Fatalf("%q: %q, want %q", quoted, f.Verdict, want)
		}
	}
	if d := time.Since(start); d > 60*time.Second {
		t.Errorf("1,000 quotes took %v", d)
	} else {
		t.Logf("1,000 quotes in 2 MB: %v", d)
	}
}

func TestSelectKeepsWholeCharacters(t *testing.T) {
	text := strings.Repeat("é", 50) + "QUOTE" + strings.Repeat("ü", 50)
	q := Select(text, 100, 105)
	if q.Exact != "QUOTE" || q.Prefix != strings.Repeat("é", 32) || q.Suffix != strings.Repeat("ü", 32) {
		t.Errorf("%+v", q)
	}
	if q := Select("short", -3, 99); q.Exact != "short" || q.Prefix != "" || q.Suffix != "" {
		t.Errorf("%+v", q)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(advisory, "The flaw [...] read files")
	f.Add("a \xff b…", "b...")
	f.Add("x—y", "[x]—(...) y")
	f.Add(". . .", "...a...")
	f.Add("B…", "B..0")
	f.Fuzz(func(t *testing.T, text, quoted string) {
		got := Find(text, quoted)
		if got.Verdict == Exact && !strings.Contains(text, strings.TrimSpace(quoted)) {
			t.Fatalf("exact, but %q is not in the text", quoted)
		}
		if got.Start >= 0 && text[got.Start:got.End] != got.Source {
			t.Fatalf("offsets do not give the source: %+v", got)
		}
		if got.Verdict.OK() && got.Start < 0 && strings.ContainsFunc(quoted, letterOrDigit) {
			t.Fatalf("found nowhere: %+v", got)
		}
	})
}
