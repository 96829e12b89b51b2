package render

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/templates"
)

func TestEditionsAgree(t *testing.T) {
	in := inputOf(samples()...)
	for _, is := range samples() {
		mail, text, _, err := Email(in, is)
		if err != nil {
			t.Fatal(err)
		}
		page, err := IssuePage(in, is)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Editions(in, is, page, mail, text)
		if err != nil || len(found) > 0 {
			t.Errorf("issue %d: %v %v", is.Number, found, err)
		}
	}
}

func TestEditionsNamesWhatIsMissing(t *testing.T) {
	in, is := inputOf(samples()...), samples()[1]
	mail, text, _, err := Email(in, is)
	if err != nil {
		t.Fatal(err)
	}
	mail = bytes.ReplaceAll(mail, []byte("We advise all customers"), []byte("We advise some customers"))
	text = bytes.ReplaceAll(text, []byte("https://papers.example/waiting.pdf"), nil)
	found, err := Editions(in, is, nil, mail, text)
	if err != nil || len(found) != 2 {
		t.Fatalf("found %v, %v", found, err)
	}
	for i, want := range []string{`the mail lacks a quote of story 1: "We advise all customers to update."`, `the text lacks a link of story 2: "https://papers.example/waiting.pdf"`} {
		if found[i].String() != want {
			t.Errorf("%q, want %q", found[i].String(), want)
		}
	}
}

// What a text edited by hand has in another place, or has more, is named as well.
func TestEditionsNamesWhatWasMovedAndAdded(t *testing.T) {
	in, is := inputOf(samples()...), samples()[0]
	for _, n := range []string{"One", "Two", "Three", "Four"} {
		is.Items[0].Parts = append(is.Items[0].Parts, note(para(words(n+" of the paragraphs of a long note that has more words than a few."))))
	}
	_, text, _, err := Email(in, is)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Editions(in, is, nil, nil, text); err != nil || len(found) != 0 {
		t.Fatalf("the text as it was made: %v, %v", found, err)
	}
	first := "Ask who owns each account, not who made it.\n\n"
	moved := strings.Replace(strings.Replace(string(text), first, "", 1), "\n-- \n", "\n"+first+"See also https://added.example/page.\n-- \n", 1)
	found, err := Editions(in, is, nil, nil, []byte(moved))
	if err != nil || len(found) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	for i, want := range []string{
		`the text has a note of story 1 in another place: "Ask who owns each account, not who made it."`,
		`the text has a link that the issue lacks: "https://added.example/page"`,
	} {
		if found[i].String() != want {
			t.Errorf("%s, want %s", found[i], want)
		}
	}
}

func TestEditionsOfRealIssuesAgree(t *testing.T) {
	in := corpus(t)
	for _, head := range in.Heads {
		is, err := in.Load(head)
		if err != nil {
			t.Fatal(err)
		}
		mail, text, _, err := Email(in, is)
		if err != nil {
			t.Fatal(err)
		}
		page, err := IssuePage(in, is)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Editions(in, is, page, mail, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			t.Errorf("%s: %s", head.File, d)
		}
	}
}

func TestLargeMailIsCutAtAnItemsEnd(t *testing.T) {
	is := samples()[0]
	story := is.Items[0]
	for range 60 {
		next := story
		next.Parts = []issue.Part{note(para(words(strings.Repeat("A long note about a small thing. ", 60))))}
		is.Items = append(is.Items, next)
	}
	in := inputOf(is)
	var said []string
	in.Notice = func(file, what string) { said = append(said, file+": "+what) }
	files := render(t, in)
	mail := files["email/0001.html"]
	if len(mail) > mailLimit {
		t.Errorf("the mail has %d bytes", len(mail))
	}
	doc := query(t, mail)
	shown := doc.Find("h2 a[href*='ledgerline']").Length()
	if got := clean(doc.Find("h2 a[href$='the-door-was-open/']").Text()); shown == 0 || got != plural(61-shown, "more story on the web", "more stories on the web") {
		t.Errorf("%d stories are shown, and the link says %q", shown, got)
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], "0001-the-door-was-open.md: ") {
		t.Errorf("said %q", said)
	}
	if n := strings.Count(string(files["email/0001.txt"]), "\nhttps://www.ledgerline.example/"); n != 61 {
		t.Errorf("the text has %d of 61 stories", n)
	}
}

func TestCorrectionsAreInEveryEditionAndUpdateTheFeed(t *testing.T) {
	is := samples()[0]
	is.Corrections = []issue.Correction{{Date: is.Date.AddDate(0, 0, 9), What: "The account was eight years old.", Was: "nine years on"}}
	files := render(t, inputOf(is))
	for _, name := range []string{
		"site/the-door-was-open/index.html", "site/the-door-was-open/issue.json", "site/feed.xml", "site/rss.xml",
		"site/feed.json", "email/0001.html", "email/0001.txt",
	} {
		if !bytes.Contains(files[name], []byte("The account was eight years old.")) {
			t.Errorf("%s lacks the correction", name)
		}
	}
	for name, want := range map[string]string{
		"site/feed.xml":  "<updated>2026-03-10T12:00:00Z</updated><published>2026-03-01T12:00:00Z</published>",
		"site/feed.json": `"date_modified":"2026-03-10T12:00:00Z"`, "site/sitemap.xml": "<lastmod>2026-03-10</lastmod>",
	} {
		if !bytes.Contains(files[name], []byte(want)) {
			t.Errorf("%s lacks %s", name, want)
		}
	}
}

func TestQuoteLinksToItsSentence(t *testing.T) {
	is := samples()[0]
	in := inputOf(is)
	verdict := "exact"
	in.Evidence = func(number int) (issue.Evidence, bool) {
		return issue.Evidence{Issue: number, Items: []issue.ItemEvidence{{URL: is.Items[0].URL, Quotes: []issue.QuoteEvidence{{
			Quoted:  "The account had outlived two mergers, three directories and the person it was made for.",
			Verdict: verdict, Exact: "The account had outlived two mergers, three directories and the person it was made for.",
			Prefix: "ng nobody had looked. ", Suffix: " It was closed on Mo",
		}}}}}, true
	}
	caption := func() string {
		return query(t, render(t, in)["site/the-door-was-open/index.html"]).Find("figcaption a").AttrOr("href", "")
	}
	want := is.Items[0].URL + "#:~:text=nobody%20had%20looked.-,The%20account%20had%20outlived%20two%20mergers%2C,directories%20and%20the%20person%20it%20was%20made%20for.,-It%20was%20closed"
	want = strings.Replace(want, "directories%20and%20the%20person", "the%20person", 1)
	if got := caption(); got != want {
		t.Errorf("the caption leads to\n%s, want\n%s", got, want)
	}
	verdict = "altered"
	if got := caption(); got != "" {
		t.Errorf("a quote that was not found leads to %s", got)
	}
}

func TestTopics(t *testing.T) {
	first, second := samples()[0], samples()[1]
	first.Items[0].Title = []issue.Inline{words("Microsoft fixes cve-2026-0001")}
	second.Items[0].Title = []issue.Inline{words("What Microsoft's fix missed | Okta")}
	second.Items[2].Title = []issue.Inline{words("Windows that open")}
	first.Tags = []string{"Patching"}
	files := render(t, inputOf(first, second))
	for _, want := range []string{
		"site/topics/name/microsoft/index.html", "site/topics/cve/cve-2026-0001/index.html",
		"site/topics/source/ledgerline.example/index.html", "site/topics/tag/patching/index.html", "site/topics/index.html",
	} {
		if len(files[want]) == 0 {
			t.Errorf("%s was not made", want)
		}
	}
	for _, not := range []string{"site/topics/name/windows/index.html", "site/topics/name/okta/index.html"} {
		if len(files[not]) > 0 {
			t.Errorf("%s was made", not)
		}
	}
	links := query(t, files["site/topics/name/microsoft/index.html"]).Find(".found-in a")
	if got := links.AttrOr("href", ""); links.Length() != 2 || got != "../../../patching-on-a-sunday/#what-microsoft-s-fix-missed-okta" {
		t.Errorf("%d places, the newest at %s", links.Length(), got)
	}
	if want := "CVE-2026-0001,1,2026-03-01,"; !bytes.Contains(files["site/data/cves.csv"], []byte(want)) {
		t.Errorf("the table lacks %q:\n%s", want, files["site/data/cves.csv"])
	}
}

func TestAliasesRedirect(t *testing.T) {
	issues := samples()
	issues[0].Aliases = []string{"/old/door/", "/door.html"}
	in := inputOf(issues...)
	in.Publication.Redirects = []string{"/issue/{number}/", "/{year}/{month}/{slug}/"}
	files := render(t, in)
	for _, from := range []string{"old/door/index.html", "door.html", "issue/1/index.html", "2026/03/the-door-was-open/index.html"} {
		if got := query(t, files["site/"+from]).Find("link[rel=canonical]").AttrOr("href", ""); got != "https://sundaypatch.example/letters/the-door-was-open/" {
			t.Errorf("%s leads to %q", from, got)
		}
	}
	if want := "/old/door/ https://sundaypatch.example/letters/the-door-was-open/ 301\n"; !bytes.Contains(files["site/_redirects"], []byte(want)) {
		t.Errorf("_redirects lacks %q", want)
	}
	for alias, want := range map[string]string{"/../x/": "leads out of the site", "/archive/": "is the address of", "/patching-on-a-sunday/": "is the address of"} {
		issues[0].Aliases = []string{alias}
		if err := Site(inputOf(issues...), func(File) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("alias %s: error is %v, want %q", alias, err, want)
		}
	}
}

func TestMenuAlwaysHoldsTheArchive(t *testing.T) {
	in := inputOf(samples()...)
	in.Publication.Menu = []MenuEntry{{"About me", "https://mara.example/"}, {"The past", "/archive/"}}
	about := &issue.Issue{File: "about.md", Title: "About", Permalink: "/about/", Intro: []issue.Block{para(words("A letter."))}}
	in.Pages = []*issue.Issue{about}
	files := render(t, in)
	if got := strings.Join(texts(query(t, files["site/about/index.html"]).Find(".masthead li")), ", "); got != "Archive, About, About me" {
		t.Errorf("the menu is %s", got)
	}
}

func TestLookIsColoursAndFontsOnly(t *testing.T) {
	in := inputOf(samples()...)
	in.Publication.Look = Look{Light: Colours{Accent: "#aa0000", Paper: "#fff"}, Font: "Georgia, serif", Logo: "logo.svg"}
	in.Templates = templates.Overlay(fstest.MapFS{"site/logo.svg": {Data: []byte("<svg/>")}})
	files := render(t, in)
	for _, want := range []string{"--accent:#aa0000", "--serif:Georgia, serif"} {
		if !bytes.Contains(files["site/style.css"], []byte(want)) {
			t.Errorf("the style lacks %s", want)
		}
	}
	if got := query(t, files["site/index.html"]).Find("h1 img").AttrOr("src", ""); got != "./logo.svg" {
		t.Errorf("the logo is %q", got)
	}
	for _, bad := range []Look{{Light: Colours{Ink: "red;}*{display:none"}}, {Font: "x;}"}, {Logo: "none.svg"}, {Logo: "../x.svg"}} {
		in.Publication.Look = bad
		if err := Site(in, func(File) error { return nil }); err == nil || !strings.Contains(err.Error(), "look: ") {
			t.Errorf("%+v: error is %v", bad, err)
		}
	}
}

func TestPreviewPictureIsAPicture(t *testing.T) {
	is := samples()[0]
	is.Title = strings.Repeat("Very long titles are still legible ", 12) + "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
	body := render(t, inputOf(is))["site/the-door-was-open/preview.png"]
	picture, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Size(); got.X != 1200 || got.Y != 630 {
		t.Errorf("it is %v", got)
	}
	dark := 0
	for y := 150; y < 500; y++ {
		for x := range 1200 {
			if r, _, _, _ := picture.At(x, y).RGBA(); r < 0x4000 {
				if dark++; x < 80 || x > 1122 {
					t.Fatalf("the title runs over its margin at %d, %d", x, y)
				}
			}
		}
	}
	if dark < 10_000 {
		t.Errorf("the title is %d dark pixels", dark)
	}
}

// A text that the editor wrote stands in for the one that is made, with our
// signature under it; what it lacks of the issue is said.
func TestTextEditedByHand(t *testing.T) {
	is := samples()[0]
	_, made, _, err := Email(inputOf(), is)
	if err != nil {
		t.Fatal(err)
	}
	head, signature, _ := strings.Cut(string(made), "\n-- \n")
	text := func(own string) (string, []byte, error) {
		_, text, eml, err := EmailWithText(inputOf(), is, func(file string) ([]byte, error) {
			if file != is.File {
				t.Errorf("asked for the text of %s", file)
			}
			return []byte(own), nil
		})
		return string(text), eml, err
	}
	lacks := func(text string) []Difference {
		found, err := Editions(inputOf(), is, nil, nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}

	got, eml, err := text("\uFEFF" + strings.ReplaceAll("Dear reader,\n\n"+head+"\n-- \nUnsubscribe: https://old.example/\n", "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "Dear reader,\n\nSUNDAY PATCH\n") || !strings.HasSuffix(got, "\n-- \n"+signature) || strings.Contains(got, "old.example") || strings.Contains(got, "\r") {
		t.Errorf("the text is %q", got)
	}
	if found := lacks(got); len(found) != 0 {
		t.Errorf("it lacks %v", found)
	}
	if !strings.Contains(string(eml), "Dear reader,") {
		t.Error("the message has another text")
	}

	if got, _, err = text(strings.Replace(head, "Ask who owns each account", "Ask somebody", 1)); err != nil {
		t.Fatal(err)
	}
	if found := lacks(got); len(found) != 1 || found[0].Kind != "note" || found[0].Item != 1 {
		t.Errorf("a note that was left out is said as %v", found)
	}
	for own, want := range map[string]string{"\n \n": "it is empty", "-- \nMara": "it is empty", "caf\xe9": "not UTF-8", strings.Repeat("long ", maxOwnText/4): "kB, and a text may have"} {
		if _, _, err := text(own); err == nil || !strings.Contains(err.Error(), "0001-the-door-was-open.txt") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", own, err, want)
		}
	}
	got, _, err = text("Plain.\x1b[31m\x00 words\u202e\n")
	if err != nil || strings.ContainsAny(got, "\x1b\x00") {
		t.Errorf("control characters: %q, %v", got, err)
	}
}

func TestNoticeOfATextThatLacksSomething(t *testing.T) {
	in := inputOf(samples()...)
	var said []string
	in.Notice = func(file, what string) { said = append(said, file+": "+what) }
	err := emails(in, func(file string) ([]byte, error) {
		if file == "0001-the-door-was-open.md" {
			return []byte("Only a greeting."), nil
		}
		return nil, nil
	}, func(File) error { return nil })
	if err != nil || len(said) == 0 || !strings.Contains(said[0], "0001-the-door-was-open.txt, edited by hand, lacks") {
		t.Errorf("said %q, %v", said, err)
	}
}

// An issue whose intro alone is too large for a mail is cut in its intro, with a
// link, and that is said.
func TestLargeIntroIsCut(t *testing.T) {
	is := samples()[0]
	for range 60 {
		is.Intro = append(is.Intro, para(words(strings.Repeat("A long thought about a small thing. ", 60))))
	}
	in := inputOf(is)
	var said []string
	in.Notice = func(_, what string) { said = append(said, what) }
	files := render(t, in)
	mail := files["email/0001.html"]
	if len(mail) > mailLimit || len(mail) < mailLimit*8/10 {
		t.Errorf("the mail has %d bytes", len(mail))
	}
	if query(t, mail).Find("h2 a[href$='the-door-was-open/']").Length() != 1 || bytes.Contains(mail, []byte("Payroll firm")) {
		t.Error("no link leads to the rest, or a story stands under half an intro")
	}
	if len(said) != 1 || !strings.Contains(said[0], "its intro breaks off") {
		t.Errorf("said %q", said)
	}
}

// An inbox shows the description beside the subject, and white space up to where
// its line ends, instead of the mail's first lines.
func TestPreheaderFillsTheInboxLine(t *testing.T) {
	for _, description := range []string{"", "Short.", strings.Repeat("A description that is long. ", 20)} {
		is := samples()[0]
		is.Description = description
		mail, _, _, err := Email(inputOf(), is)
		if err != nil {
			t.Fatal(err)
		}
		shown := []rune(query(t, mail).Find("body > div").First().Text())
		if n := len(shown); n < preheaderLength || n > 2*preheaderLength {
			t.Errorf("%q: the preheader has %d characters", description, n)
		}
		want := description
		if want == "" {
			want = "Both of this week’s breaches"
		}
		if !strings.HasPrefix(string(shown), want[:min(len(want), 20)]) {
			t.Errorf("the preheader is %q", string(shown))
		}
	}
}

// A title in a script written from right to left reads so in a mail of the
// other direction.
func TestTitlesFromRightToLeft(t *testing.T) {
	is := samples()[0]
	is.Title = "שבוע שקט"
	is.Items[0].Title = []issue.Inline{words("دليل (2026): Microsoft 365")}
	mail, _, _, err := Email(inputOf(), is)
	if err != nil {
		t.Fatal(err)
	}
	if n := query(t, mail).Find("h1[dir=auto], h2[dir=auto]").Length(); n != 2 {
		t.Errorf("%d titles have a direction of their own, want 2", n)
	}
	if mail, _, _, _ = Email(inputOf(), samples()[0]); bytes.Contains(mail, []byte("dir=\"auto\"")) {
		t.Error("a title from left to right has one as well")
	}
	in := inputOf()
	in.Publication.Language = "he"
	if mail, _, _, _ = Email(in, is); !bytes.Contains(mail, []byte("border-right:4px")) || query(t, mail).Find("html[dir=rtl][lang=he]").Length() != 1 {
		t.Error("the bar of a quote stands where its lines end")
	}
}

// A link to a story of the same issue stays within the mail.
func TestLinksWithinTheMail(t *testing.T) {
	is := samples()[1]
	is.Intro = []issue.Block{para(words("See "), link("below", "/patching-on-a-sunday/#pdf-the-cost-of-waiting"), words(" and "), link("the top", "/patching-on-a-sunday/#elsewhere"), words("."))}
	in := inputOf(samples()[0], is)
	files := render(t, in)
	mail := files["email/0002.html"]
	doc := query(t, mail)
	if doc.Find("a[href='#pdf-the-cost-of-waiting']").Length() != 1 || doc.Find("#pdf-the-cost-of-waiting a[href='https://papers.example/waiting.pdf']").Length() != 1 {
		t.Errorf("the link does not lead to the story:\n%s", mail)
	}
	if doc.Find("[id]").Length() != 1 || doc.Find("a[href$='/patching-on-a-sunday/#elsewhere']").Length() != 1 {
		t.Error("more than the story that is linked to has an id, or a link leads nowhere")
	}
	if found, err := Editions(in, is, files["site/patching-on-a-sunday/index.html"], mail, files["email/0002.txt"]); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// A preview picture never has a gap where the font lacks a letter: a box stands
// there, and a title with hardly anything else gives way to the site's name.
func TestPicturesOfLettersTheFontLacks(t *testing.T) {
	p, err := newPainter(Publication{})
	if err != nil {
		t.Fatal(err)
	}
	paint := func(title string) string {
		return string(p.paint(nil, picture{name: "Sunday Patch", title: title, host: "sundaypatch.example"}))
	}
	if paint("The cloud is 漢") == paint("The cloud is") || paint("The cloud is 漢") != paint("The cloud is 字") {
		t.Error("a letter that the font lacks is no box")
	}
	if paint("雲はより安全") != paint("sundaypatch.example") {
		t.Error("a title of boxes stands in the picture")
	}
}
