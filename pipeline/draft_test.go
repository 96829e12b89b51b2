package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/issue"
)

const keysText = "The keys were found in a public image.\n\nNobody had looked for them.\n\nThe owner revoked 14 of 16 within a day.\n\nTwo are still valid."

func keysArticle(string) (extract.Article, bool) {
	a := extract.Article{Title: "Keys in the open"}
	for _, p := range strings.Split(keysText, "\n\n") {
		a.Blocks = append(a.Blocks, extract.Block{Kind: extract.Paragraph, Text: p})
	}
	return a, true
}

func pickOf(url string, quotes ...string) inbox.Pick {
	p := inbox.Pick{Candidate: inbox.Candidate{URL: url, Link: url + "?utm_source=feed", Title: "Keys in the open | The Site"}}
	for _, q := range quotes {
		p.Quotes = append(p.Quotes, extract.Quote{Exact: q})
	}
	return p
}

func TestItems(t *testing.T) {
	pick := pickOf("https://a.example/keys", "Two are still valid.", "The keys were found in a public image.", "Nobody had looked for them.")
	items, there := Items([]inbox.Pick{pick}, issue.Archive{}, keysArticle, 0)
	want := []issue.NewItem{{
		Title: "Keys in the open", // the article's, without the site's name
		URL:   "https://a.example/keys",
		// in the order of the article; the two that touch are one quote
		Quotes: []string{"The keys were found in a public image.\n\nNobody had looked for them.", "Two are still valid."},
	}}
	if diff := cmp.Diff(want, items); diff != "" || there != 0 {
		t.Errorf("Items: there %d, -want +got\n%s", there, diff)
	}
}

func TestItemsNeverTwice(t *testing.T) {
	archive := issue.Archive{Heads: []issue.Head{
		{Number: 3, Items: []issue.ItemHead{{URL: "https://a.example/keys?utm_medium=mail"}}},
		{Number: 4, Draft: true, Items: []issue.ItemHead{{URL: "https://b.example/doors"}}},
	}}
	picks := []inbox.Pick{pickOf("https://a.example/keys"), pickOf("https://b.example/doors"), pickOf("https://c.example/new")}
	items, there := Items(picks, archive, keysArticle, 0)
	if len(items) != 1 || items[0].URL != "https://c.example/new" {
		t.Errorf("items %v, want the new one only", items)
	}
	if there != 1 {
		t.Errorf("%d picks stand in a draft, want 1", there)
	}
	// She put the address that the page leads to in the place of the old one.
	moved := func(url string) (extract.Article, bool) {
		return extract.Article{URL: "https://b.example/doors", Canonical: "https://b.example/doors"}, true
	}
	if items, there := Items([]inbox.Pick{pickOf("https://old.example/1")}, archive, moved, 0); len(items) != 0 || there != 1 {
		t.Errorf("%d items, %d there: a pick is written again whose address was mended", len(items), there)
	}
}

func TestUsedIn(t *testing.T) {
	archive := issue.Archive{Heads: []issue.Head{
		{Number: 3, Items: []issue.ItemHead{{URL: "https://A.example/keys?utm_source=x#top"}, {URL: ""}}},
		{Number: 9, Items: []issue.ItemHead{{URL: "https://a.example/keys"}}},
	}}
	if got := UsedIn(archive)["https://a.example/keys"]; !slices.Equal(got, []int{3, 9}) {
		t.Errorf("used in %v, want [3 9]", got)
	}
}

func TestNewMatter(t *testing.T) {
	sunday := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, title := range []string{"Keys in the open", " 4 - Keys in the open "} {
		m := NewMatter(4, title, sunday)
		if m.Title != "Keys in the open" || m.Permalink != "/keys-in-the-open/" || m.Number != 4 {
			t.Errorf("NewMatter(%q) = %+v", title, m)
		}
	}
}

func TestNextSendingDay(t *testing.T) {
	s := Sending{Weekday: "sunday", TimeZone: "Europe/London"}
	for now, want := range map[string]string{
		"2026-11-16T09:00:00Z": "2026-11-22", // Monday
		"2026-11-22T17:00:00Z": "2026-11-22", // on the day itself
		"2026-11-23T00:30:00Z": "2026-11-29", // Monday morning
		"2026-07-04T23:30:00Z": "2026-07-05", // Saturday in UTC, Sunday in London
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.NextSendingDay(at).Format("2006-01-02"); got != want {
			t.Errorf("at %s the next sending day is %s, want %s", now, got, want)
		}
	}
}

func parsed(t *testing.T, text string) *issue.Issue {
	t.Helper()
	is, problems := issue.Parse("0004-keys.md", []byte(text))
	if err := blocking(problems); err != nil {
		t.Fatal(problems)
	}
	return is
}

const keysIssue = `---
title: "4 - Keys"
date: 2026-11-22
draft: true
---

Intro.

## [Keys in the open](https://a.example/keys)

[https://a.example/keys](https://a.example/keys)

> The keys were found in a public image.
>
> [...]
>
> The owner revoked 14 of 16 within a week.

A note.
`

func keysSource(url string) (Source, bool) {
	return Source{Text: keysText, Page: collect.Page{FinalURL: url}}, url == "https://a.example/keys"
}

func TestCheckQuotes(t *testing.T) {
	got := CheckQuotes(parsed(t, keysIssue), keysSource, nil)
	if len(got) != 1 || got[0].Rule != "quote-altered" || got[0].Line != 17 || got[0].Column != 3 || got[0].Item != 1 {
		t.Fatalf("problems %+v, want one quote-altered at 17:3", got)
	}
	if !strings.Contains(got[0].What, "week") || !strings.Contains(got[0].What, "day") {
		t.Errorf("the problem does not show both wordings: %s", got[0].What)
	}
	if got := CheckQuotes(parsed(t, strings.Replace(keysIssue, "a week", "a day", 1)), keysSource, nil); len(got) > 0 {
		t.Errorf("a true quote has problems: %+v", got)
	}
	none := func(string) (Source, bool) { return Source{}, false }
	if got := CheckQuotes(parsed(t, keysIssue), none, nil); len(got) != 1 || got[0].Rule != "quote-no-source" || got[0].Severity != issue.Warning {
		t.Errorf("a draft without its source: %+v, want one warning quote-no-source", got)
	}
	published := strings.Replace(keysIssue, "draft: true\n", "", 1)
	if got := CheckQuotes(parsed(t, published), none, nil); len(got) != 1 || got[0].Severity != issue.Advice {
		t.Errorf("an issue without its source: %+v, want one piece of advice", got)
	}
}

func TestCheckRepeats(t *testing.T) {
	archive := issue.Archive{Heads: []issue.Head{
		{File: "0002-x.md", Number: 2, Items: []issue.ItemHead{{URL: "https://a.example/keys?fbclid=1"}}},
		{File: "0004-keys.md", Number: 4, Items: []issue.ItemHead{{URL: "https://a.example/keys"}}},
		{File: "0005-y.md", Number: 5, Items: []issue.ItemHead{{URL: "https://a.example/keys"}}},
	}}
	got := CheckRepeats(parsed(t, keysIssue), archive)
	if len(got) != 1 || got[0].Rule != "link-used-before" || !strings.Contains(got[0].What, "#2") || strings.Contains(got[0].What, "#5") {
		t.Errorf("problems %+v, want one link-used-before that names #2 only", got)
	}
	twice := keysIssue + "\n## [Again](https://a.example/keys#part)\n\n[https://a.example/keys#part](https://a.example/keys#part)\n\n> Two are still valid.\n\nA note.\n"
	got = CheckRepeats(parsed(t, twice), issue.Archive{})
	if len(got) != 1 || got[0].Rule != "link-twice" || got[0].Item != 2 {
		t.Errorf("problems %+v, want one link-twice at item 2", got)
	}
}

func TestEvidenceProvesWithoutThePage(t *testing.T) {
	is := parsed(t, strings.Replace(strings.Replace(keysIssue, "a week", "a day", 1), "draft: true\n", "", 1))
	e := MakeEvidence(is, keysSource, time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC))
	if len(e.Items) != 1 || len(e.Items[0].Quotes) != 2 || e.Seal != is.Hash() {
		t.Fatalf("evidence %+v", e)
	}
	q := e.Items[0].Quotes[1]
	if q.Verdict != "exact" || q.Exact != "The owner revoked 14 of 16 within a day." || !strings.HasSuffix(q.Prefix, "looked for them.\n\n") || !strings.HasPrefix(q.Suffix, "\n\nTwo are") {
		t.Errorf("selector %+v", q)
	}
	proofs := byAddress(e)
	if got := CheckQuotes(is, proofs.source, nil); len(got) > 0 {
		t.Errorf("the evidence does not prove its own issue: %+v", got)
	}
	changed := parsed(t, strings.Replace(string(is.Source()), "14 of 16", "15 of 16", 1))
	if got := CheckQuotes(changed, proofs.source, nil); len(got) != 1 || got[0].Rule != "quote-not-proven" {
		t.Errorf("a changed quote passes on old evidence: %+v", got)
	}
}

func TestVerdicts(t *testing.T) {
	const source = "The “owner” revoked 14 of 16 keys within a day — and was not sorry. Alice Ngata of Halyard said it was not CVE-2026-1234. The address was http://bad.example/a.exe at 185.220.101.4 then."
	for quoted, want := range map[string]string{
		`The “owner” revoked 14 of 16 keys within a day — and was not sorry.`:      "exact",
		`the "owner" revoked 14 of 16 keys within a day - and was not sorry.`:      "typographic",
		`The "owner" revoked *14 of 16 keys* within a day`:                         "typographic",
		`The “owner” revoked [...] keys within a day`:                              "elided",
		`The “owner” [Ms Ngata] revoked 14 of 16 keys within a day`:                "inserted",
		`The address was hxxp://bad[.]example/a.exe at 185[.]220[.]101[.]4 then.`:  "inserted",
		`The “owner” revoked 14 of 17 keys within a day — and was not sorry.`:      "altered",
		`The “owner” revoked 14 of 16 keys within a day — and was sorry.`:          "altered",
		`Alice Ngata of Halyard said it was not CVE-2026-1235.`:                    "altered",
		`Alice Nganga of Halyard said it was not CVE-2026-1234.`:                   "altered",
		`The address was hxxp://bad[.]example/b.exe at 185[.]220[.]101[.]4 then.`:  "altered",
		`A quite different sentence about something that is nowhere on that page.`: "not-found",
	} {
		is := parsed(t, strings.Replace(keysIssue, "The keys were found in a public image.\n>\n> [...]\n>\n> The owner revoked 14 of 16 within a week.", quoted, 1))
		verdicts := map[extract.Verdict]int{}
		got := CheckQuotes(is, func(string) (Source, bool) { return Source{Text: source}, true }, verdicts)
		if verdicts[extract.Verdict(want)] != 1 || len(verdicts) != 1 || (len(got) == 0) != extract.Verdict(want).OK() {
			t.Errorf("%s\n\tis %v, want %s; problems %v", quoted, verdicts, want, got)
		}
	}
}

func TestASourceThatChangedSinceIsSaidAsAdvice(t *testing.T) {
	is := parsed(t, strings.Replace(strings.Replace(keysIssue, "a week", "a day", 1), "draft: true\n", "", 1))
	e := byAddress(MakeEvidence(is, keysSource, time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)))
	now := func(url string) (Source, bool) {
		s, _ := e.source(url)
		s.Text = strings.Replace(keysText, "14 of 16", "15 of 16", 1)
		return s, true
	}
	got := CheckQuotes(is, now, nil)
	if len(got) != 1 || got[0].Rule != "quote-source-changed" || got[0].Severity != issue.Advice {
		t.Errorf("problems %+v, want one quote-source-changed", got)
	}
}

func TestSealAsksForACorrection(t *testing.T) {
	is := parsed(t, strings.Replace(keysIssue, "draft: true\n", "", 1))
	e := MakeEvidence(is, keysSource, time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC))
	rule := func(text string) string {
		got := CheckSeal(parsed(t, text), e)
		if len(got) == 0 {
			return ""
		}
		return got[0].Rule
	}
	text := string(is.Source())
	changed := strings.Replace(text, "A note.", "Another note.", 1)
	said := strings.Replace(changed, "---\n\n", "corrections:\n  - date: 2026-11-23\n    what: It was another note.\n    was: A note.\n---\n\n", 1)
	for text, want := range map[string]string{text: "", changed: "seal-broken", said: "seal-old", strings.Replace(text, "---\n\n", "corrections: []\n---\n\n", 1): ""} {
		if got := rule(text); got != want {
			t.Errorf("rule %q, want %q, for\n%s", got, want, text)
		}
	}
	corrected := parsed(t, said)
	e = MakeEvidence(corrected, keysSource, time.Now())
	if got := rule(said); got != "" {
		t.Errorf("a sealed correction is said to be %s", got)
	}
	if got := rule(strings.Replace(said, "Another", "A third", 1)); got != "seal-broken" {
		t.Errorf("a change after a sealed correction is %q", got)
	}
	head := issue.HeadOf(corrected)
	lines := NewCorrections(issue.Archive{Heads: []issue.Head{head}})
	if len(lines) != 1 || lines[0] != "Correction to [#4](/keys/): It was another note. (It said: A note.)" {
		t.Errorf("the next draft says %q", lines)
	}
}

func TestCheckLinks(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example/keys?utm_source=x&id=2":                                              "link-tracking https://a.example/keys?id=2",
		"https://a.example/keys?utm_campaign=x&utm_term=y#part":                                 "link-tracking https://a.example/keys#part",
		"https://a.example/keys?mc_cid=1&mc_eid=77aa":                                           "link-subscriber https://a.example/keys",
		"https://a.example/keys?ck_subscriber_id=1234&p=1":                                      "link-subscriber https://a.example/keys?p=1",
		"https://a.example/keys?email=ada%40quill.example":                                      "link-subscriber https://a.example/keys",
		"https://a.example/keys?email=yes":                                                      "",
		"https://a.example/keys?user_id=7":                                                      "",
		"https://www.theguardian.com/x/amp":                                                     "link-amp https://www.theguardian.com/x",
		"https://www.register.example/AMP/2019/12/05/keys/":                                     "link-amp ",
		"https://a.example/x/amp/?utm_source=x":                                                 "link-tracking https://a.example/x/amp/ link-amp https://a.example/x/",
		"https://logs.example/2021/08/keys.html?m=1":                                            "link-mobile https://logs.example/2021/08/keys.html",
		"http://a.example/keys?utm_source=x":                                                    "link-tracking http://a.example/keys link-http ",
		"https://en.m.wikipedia.org/wiki/Key":                                                   "link-mobile https://en.wikipedia.org/wiki/Key",
		"https://m.harbour.example/x":                                                           "link-mobile ",
		"https://bit.ly/3abc":                                                                   "link-short ",
		"https://www.google.com/url?q=https://a.example/keys":                                   "link-wrapped https://a.example/keys",
		"http://a.example/keys":                                                                 "link-http ",
		"https://a.example/keys?id=2&q=utm_source":                                              "",
		"https://youtube.com/watch?v=abc":                                                       "",
		"https://user:secret@a.example/":                                                        "",
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F&data=x": "link-wrapped https://a.example/",
	} {
		text := strings.ReplaceAll(keysIssue, "https://a.example/keys", address)
		is := parsed(t, text)
		got := ""
		for _, pr := range CheckLinks(is) {
			got += strings.Repeat(" ", min(1, len(strings.TrimSpace(got)))) + pr.Rule + " "
			if len(pr.Fix) > 0 {
				got += pr.Fix[0].New
				if len(pr.Fix) != 3 || pr.Line != 9 {
					t.Errorf("%s: %d places to mend, at line %d; the heading has one and the bare line two", address, len(pr.Fix), pr.Line)
				}
				mended, _, err := issue.Fix(is, []issue.Problem{pr})
				if err != nil || string(mended) != strings.ReplaceAll(text, address, pr.Fix[0].New) {
					t.Errorf("%s: mended to\n%s\n%v", address, mended, err)
				}
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestFairness(t *testing.T) {
	is := parsed(t, keysIssue)
	all := func(string) (Source, bool) { return Source{Text: strings.Repeat("word ", 30)}, true }
	long := parsed(t, strings.Replace(keysIssue, "The keys were found in a public image.", strings.Repeat("word ", 70), 1))
	if got := CheckFairness(is, all, issue.Limits{}); len(got) > 0 {
		t.Errorf("a short quote is too much: %v", got)
	}
	if got := CheckFairness(long, all, issue.Limits{}); len(got) != 1 || got[0].Rule != "fair-share" {
		t.Errorf("problems %v, want one fair-share", got)
	}
	if got := CheckFairness(long, all, issue.Limits{Share: -1}); len(got) > 0 {
		t.Errorf("a limit that is switched off holds: %v", got)
	}
}

func TestNotesAgainstTheirSource(t *testing.T) {
	is := parsed(t, strings.Replace(keysIssue, "A note.", "Two Tree Labs found 16 keys, not 23, and CVE-2026-1234.", 1))
	var got []string
	for _, pr := range CheckNotes(is, keysSource) {
		got = append(got, pr.What)
	}
	want := []string{`the note has "23", which the source does not have`, `the note has "CVE-2026-1234", which the source does not have`, `the note has "Two Tree Labs", which the source does not have`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatANoteQuotesIsHeldAgainstItsPage(t *testing.T) {
	sourceOf := func(string) (Source, bool) {
		return Source{Text: "The script was changed in June by somebody who knew the vendor well. It was not found for months."}, true
	}
	for note, want := range map[string]string{
		`"The script was changed in June by somebody who knew the vendor well," they say.`:  "",
		`“The script was changed in July by somebody who knew the vendor well.”  So there.`: `"July" is "June" in the source`,
		`They say that "the script was changed in June by somebody"; well.`:                 "",
		`Somebody else says "we have never seen such a thing in all of our years".`:         "",
		`A "very short one" and 'single' ones are ways of speaking.`:                        "",
	} {
		is := parsed(t, strings.Replace(keysIssue, "A note.", note, 1))
		got := ""
		for _, pr := range CheckInlineQuotes(is, sourceOf) {
			got += pr.What
			if pr.Rule != "quote-inline" || pr.Severity != issue.Advice || pr.Item != 1 {
				t.Errorf("%+v", pr)
			}
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", note, got, want)
		}
	}
}
