package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"html/template"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/testkit"
	"github.com/pullquote/pullquote/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

func render(t *testing.T, in Input) map[string][]byte {
	t.Helper()
	files, _, err := filesOf(in)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func query(t *testing.T, page []byte) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func texts(sel *goquery.Selection) []string {
	return sel.Map(func(_ int, s *goquery.Selection) string { return clean(s.Text()) })
}

func TestGoldenSiteAndEmails(t *testing.T) {
	const dir = "testdata/golden"
	var claimed []string
	for name, body := range render(t, inputOf(samples()...)) {
		if ext := path.Ext(name); ext == ".css" || ext == ".svg" || ext == ".js" || ext == ".png" {
			continue // copies of templates, and pictures, whose bytes are compressed
		}
		testkit.Golden(t, dir, name, body, *update)
		claimed = append(claimed, name)
	}
	unclaimed, err := testkit.Unclaimed(dir, claimed...)
	if err != nil {
		t.Fatal(err)
	}
	if len(unclaimed) > 0 {
		t.Errorf("golden files that nothing makes any more: %v", unclaimed)
	}
}

func TestSameInputSameBytesInTheSameOrder(t *testing.T) {
	first, order, err := filesOf(inputOf(samples()...))
	if err != nil {
		t.Fatal(err)
	}
	again, orderAgain, err := filesOf(inputOf(samples()...))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(order, orderAgain); diff != "" {
		t.Errorf("the order changed:\n%s", diff)
	}
	for name := range first {
		if !bytes.Equal(first[name], again[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
	for _, want := range []string{
		"site/index.html", "site/archive/index.html", "site/the-door-was-open/index.html",
		"site/patching-on-a-sunday/index.html", "site/feed.xml", "site/sitemap.xml", "site/robots.txt", "site/404.html",
		"site/style.css", "site/icon.svg", "email/0001.html", "email/0001.txt", "email/0001.eml", "email/0002.eml",
	} {
		if len(first[want]) == 0 {
			t.Errorf("%s was not made", want)
		}
	}
}

func TestIssuePage(t *testing.T) {
	files := render(t, inputOf(samples()...))
	doc := query(t, files["site/patching-on-a-sunday/index.html"])
	one := func(selector, want string) {
		t.Helper()
		if got := texts(doc.Find(selector)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %q, want %q", selector, got, want)
		}
	}
	attr := func(selector, name, want string) {
		t.Helper()
		if got := doc.Find(selector).First().AttrOr(name, "(none)"); got != want {
			t.Errorf("%s %s is %q, want %q", selector, name, got, want)
		}
	}
	one("h1", "Patching on a Sunday & other <habits>")
	one("title", "2 · Patching on a Sunday & other <habits> · Sunday Patch")
	one("header.title .eyebrow", "No. 2 · 8 March 2026")
	attr("html", "lang", "en-GB")
	attr("time.dt-published", "datetime", "2026-03-08")
	attr("link[rel=canonical]", "href", "https://sundaypatch.example/letters/patching-on-a-sunday/")
	attr("link[rel=stylesheet]", "href", "../style.css")
	attr(`a[rel=prev]`, "href", "../the-door-was-open/")
	attr(`meta[property="og:title"]`, "content", "2 · Patching on a Sunday & other <habits>")
	// The note of another editor is told from that of the newsletter's own.
	attr("section.item > .note", "aria-label", "Note by Joel")
	attr(".h-entry .u-url", "href", "https://sundaypatch.example/letters/patching-on-a-sunday/")
	if doc.Find("a[rel=next]").Length() != 0 {
		t.Error("the newest issue has a newer one")
	}

	items := doc.Find("section.item")
	if got := texts(items.Find("h2, h3").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Parent().Is("section.item") })); !slices.Equal(got, []string{
		"Mail gateway parses <row> as markup", "[PDF] The cost of waiting", "A talk that has no address", "A talk that has no address",
	}) {
		t.Errorf("items are %q", got)
	}
	first := items.Eq(0)
	if got := texts(first.Find("figcaption")); !slices.Equal(got, []string{"gateway.example", "gateway.example"}) {
		t.Errorf("captions are %q", got)
	}
	if got := first.Find("blockquote").First().AttrOr("cite", ""); got != "https://gateway.example/advisories/7" {
		t.Errorf("the quote cites %q", got)
	}
	if got := items.Eq(1).Find("p.source a").AttrOr("href", ""); got != "http://mirror.example/waiting.pdf" {
		t.Errorf("the other address is %q", got)
	}
	if n := items.Eq(2).Find("h3 a").Length() + items.Eq(3).Find("a:not(.no)").Length(); n != 0 {
		t.Errorf("%d links to what is no address", n)
	}
	if got := doc.Find("em, s, code, table th, hr, ol[start='3'], pre").Length(); got != 9 {
		t.Errorf("%d of the 9 marked-up pieces", got)
	}
	if strings.Contains(doc.Text(), "the editor's own") {
		t.Error("a comment is shown")
	}
	if !strings.Contains(doc.Text(), "<marquee>not active</marquee>") {
		t.Error("raw HTML is not shown as text")
	}

	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("id %q comes twice", id)
		}
		seen[id] = true
	})
	doc.Find(`a[href^="#"]`).Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("href", "#")[1:]; !seen[id] {
			t.Errorf("a link leads to #%s, which is not there", id)
		}
	})
}

func TestHeadingsSkipNoLevel(t *testing.T) {
	files := render(t, inputOf(samples()...))
	for name, body := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		last := 0
		query(t, body).Find("h1, h2, h3, h4, h5, h6").Each(func(i int, s *goquery.Selection) {
			level := int(goquery.NodeName(s)[1] - '0')
			if i == 0 && level != 1 {
				t.Errorf("%s: the first heading is %s", name, goquery.NodeName(s))
			}
			if level > last+1 {
				t.Errorf("%s: heading %q jumps from %d to %d", name, s.Text(), last, level)
			}
			last = level
		})
	}
}

func TestHomeAndArchive(t *testing.T) {
	var issues []*issue.Issue
	for i := range 30 {
		is := *samples()[0]
		name := strconv.Itoa(i + 1)
		is.Number, is.File, is.Title, is.Permalink = i+1, name+".md", "About "+name, "/about-"+name+"/"
		is.Date = time.Date(2025, 6, 1+7*i, 0, 0, 0, 0, time.UTC)
		issues = append(issues, &is)
	}
	files := render(t, inputOf(issues...))

	home := query(t, files["site/index.html"])
	if got := home.Find(".newest h2 a").AttrOr("href", ""); home.Find(".newest h2").Length() != 1 || !strings.HasSuffix(got, "about-30/") {
		t.Errorf("the newest issue is %q", got)
	}
	if got := home.Find(".newest .stories li").Length(); got != 1 {
		t.Errorf("%d stories", got)
	}
	if got := home.Find(".issues li").Length(); got != recentIssues {
		t.Errorf("%d recent issues", got)
	}
	if got := home.Find(".subscribe a.button").AttrOr("href", ""); got != "https://sundaypatch.example/join" {
		t.Errorf("subscribing leads to %q", got)
	}

	archive := query(t, files["site/archive/index.html"])
	if got := texts(archive.Find("section > h2")); !slices.Equal(got, []string{"2025"}) {
		t.Errorf("years are %q", got)
	}
	if got := archive.Find(".issues li").Length(); got != 30 {
		t.Errorf("%d issues in the archive", got)
	}
	if got := strings.Count(string(files["site/feed.xml"]), "<entry>"); got != feedIssues {
		t.Errorf("%d entries in the feed", got)
	}
	if got := strings.Count(string(files["site/sitemap.xml"]), "<loc>"); got != 35 {
		t.Errorf("%d addresses in the sitemap", got)
	}
}

func TestEmptyNewsletterRenders(t *testing.T) {
	files := render(t, inputOf())
	if !strings.Contains(string(files["site/index.html"]), "The first issue is being written.") {
		t.Error("the home page doesn't say that there is no issue")
	}
}

func TestDraftIsMarkedAndNotAnnounced(t *testing.T) {
	issues := samples()
	issues[1].Draft = true
	files := render(t, inputOf(issues...))
	doc := query(t, files["site/patching-on-a-sunday/index.html"])
	if doc.Find(".eyebrow strong").Text() != "Draft" || doc.Find(`meta[name=robots][content=noindex]`).Length() != 1 {
		t.Error("the draft is not marked")
	}
	for _, name := range []string{"site/feed.xml", "site/sitemap.xml"} {
		if bytes.Contains(files[name], []byte("patching-on-a-sunday/</loc>")) || bytes.Contains(files[name], []byte("issue-2<")) {
			t.Errorf("%s announces the draft", name)
		}
	}
}

func TestRefusedBeforeAnythingIsEmitted(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(in *Input)
		want string
	}{
		{"climbs out", func(in *Input) { in.Heads[1].Permalink = "/../secrets/" }, "leads out of the site"},
		{"climbs out within", func(in *Input) { in.Heads[1].Permalink = "/a/../../b/" }, "leads out of the site"},
		{"encoded dots", func(in *Input) { in.Heads[1].Permalink = "/%2e%2e/b/" }, "not every host can serve"},
		{"backslash", func(in *Input) { in.Heads[1].Permalink = `/a\b/` }, "not every host can serve"},
		{"control character", func(in *Input) { in.Heads[1].Permalink = "/a\x00b/" }, "not every host can serve"},
		{"empty", func(in *Input) { in.Heads[1].Permalink = "/" }, "names no page"},
		{"hidden", func(in *Input) { in.Heads[1].Permalink = "/.git/" }, "dotted"},
		{"twice", func(in *Input) { in.Heads[1].Permalink = "/The-Door-was-open/" }, "is the address of 0001-the-door-was-open.md too"},
		{"the archive's", func(in *Input) { in.Heads[1].Permalink = "/archive/" }, "is the address of the site's own archive/index.html too"},
		{"a file's", func(in *Input) { in.Heads[1].Permalink = "/feed.xml/" }, "is the address of the site's own feed.xml too"},
		{"no name", func(in *Input) { in.Publication.Name = " " }, "has no name"},
		{"no address", func(in *Input) { in.Publication.URL = "sundaypatch.example" }, "no absolute http or https address"},
		{"broken template", func(in *Input) {
			in.Templates = templates.Overlay(fstest.MapFS{"site/issue.html": {Data: []byte("{{define \"main\"}}\n{{if}}\n{{end}}")}})
		}, "site/issue.html:2: missing value for if"},
		{"missing template", func(in *Input) { in.Templates = fstest.MapFS{"site/layout.html": {}} }, "reading template site/home.html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := inputOf(samples()...)
			c.harm(&in)
			err := Site(in, func(file File) error {
				t.Errorf("%s was emitted", file.Path)
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestTemplateErrorNamesFileLineAndField(t *testing.T) {
	in := inputOf(samples()...)
	in.Templates = templates.Overlay(fstest.MapFS{
		"site/issue.html": {Data: []byte("{{define \"main\"}}\n\n<p>{{.Issue.Titel}}</p>{{end}}")},
	})
	err := Site(in, func(File) error { return nil })
	for _, want := range []string{"site/issue.html:3:", ".Issue.Titel", "can't evaluate field Titel"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
}

func TestUsersTemplatesReplaceAndAdd(t *testing.T) {
	in := inputOf(samples()...)
	in.Templates = templates.Overlay(fstest.MapFS{
		"site/404.html":     {Data: []byte(`{{define "main"}}<h1>Gone fishing</h1>{{end}}`)},
		"site/img/logo.png": {Data: []byte("png")},
		"site/.hidden":      {Data: []byte("x")},
	})
	files := render(t, in)
	if !bytes.Contains(files["site/404.html"], []byte("Gone fishing")) || len(files["site/img/logo.png"]) == 0 {
		t.Error("the user's files are not used")
	}
	if _, there := files["site/.hidden"]; there {
		t.Error("a hidden file is published")
	}
	if !bytes.Contains(files["site/index.html"], []byte("Sunday Patch")) {
		t.Error("the other templates are gone")
	}
}

func TestErrorsStopTheRendering(t *testing.T) {
	in := inputOf(samples()...)
	broken := errors.New("disk is full")
	if err := Site(in, func(File) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("emit's error became %v", err)
	}
	in.Load = func(issue.Head) (*issue.Issue, error) { return nil, broken }
	for name, render := range map[string]func(Input, func(File) error) error{"site": Site, "emails": func(in Input, emit func(File) error) error { return emails(in, nil, emit) }} {
		err := render(in, func(File) error { return nil })
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "0001-the-door-was-open.md") {
			t.Errorf("%s: load's error became %v", name, err)
		}
	}
}

// everyText gives all that a reader must find in any edition of an issue.
func everyText(is *issue.Issue) []string {
	var all []string
	for _, item := range is.Items {
		all = append(all, plainInlines(item.Title))
		for _, part := range item.Parts {
			for _, block := range part.Blocks {
				if block.Kind == issue.BlockPara && len(block.Inlines) == 1 {
					all = append(all, plainInlines(block.Inlines))
				}
			}
		}
	}
	return append(all, plainBlocks(is.Outro))
}

func TestEveryEditionHoldsEveryItemQuoteAndNote(t *testing.T) {
	files := render(t, inputOf(samples()...))
	for _, is := range samples() {
		number := "000" + string(rune('0'+is.Number))
		editions := map[string]string{
			"text": clean(strings.ReplaceAll(string(files["email/"+number+".txt"]), "\n> ", "\n")),
			"mail": clean(query(t, files["email/"+number+".html"]).Text()),
			"page": clean(query(t, files["site"+is.Permalink+"index.html"]).Text()),
		}
		for edition, text := range editions {
			text = strings.ReplaceAll(text, "`", "")
			for _, want := range everyText(is) {
				if !strings.Contains(text, want) {
					t.Errorf("issue %d, %s: %q is missing", is.Number, edition, want)
				}
			}
		}
	}
}

func TestTextEdition(t *testing.T) {
	text := string(render(t, inputOf(samples()...))["email/0002.txt"])
	for _, line := range strings.Split(text, "\n") {
		if utf8.RuneCountInString(line) > 78 && strings.ContainsRune(strings.TrimSpace(line), ' ') {
			t.Errorf("line of %d characters: %q", utf8.RuneCountInString(line), line)
		}
	}
	for _, want := range []string{
		"\n> We advise all customers to update.\n>\n> * Versions 4.1 to 4.6 are affected\n> * There is no workaround\n",
		"Patch today.\n", // a hard break stays one
		"[1] https://sundaypatch.example/letters/the-door-was-open/\n[2] https://calendar.example/2026#march\n",
		"or https://calendar.example/2026.\n", // an address that is its own text needs no number
		"    find . -mtime +90 \\\n      -name '*.conf'\n",
		"3. days to notice\n\n   of eleven measured\n",
		"Sunday Patch, 4 Harbour Row, Bristol BS1 4XY\n",
		"Unsubscribe: https://sundaypatch.example/leave\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "javascript:") || strings.Contains(text, "data:text") {
		t.Error("an address nobody may follow is printed")
	}
}

func TestMailHTML(t *testing.T) {
	body := render(t, inputOf(samples()...))["email/0002.html"]
	doc := query(t, body)
	if got := doc.Find("body > div").First(); got.AttrOr("style", "") != "display:none" || clean(got.Text()) == "" {
		t.Error("there is no hidden preheader")
	}
	for _, want := range []string{"prefers-color-scheme:dark", "4 Harbour Row", `href="https://sundaypatch.example/leave"`, "border-left:4px"} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the mail lacks %q", want)
		}
	}
	doc.Find("a").Each(func(_ int, s *goquery.Selection) {
		if href := s.AttrOr("href", ""); !strings.HasPrefix(href, "https://") && !strings.HasPrefix(href, "http://") {
			t.Errorf("a link of the mail leads to %q", href)
		}
	})
	if doc.Find("p[style*=margin]").Length() > 0 {
		t.Error("paragraphs carry margins")
	}
}

func TestMessage(t *testing.T) {
	files := render(t, inputOf(samples()...))
	raw := files["email/0002.eml"]
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"Subject":               "2: Patching on a Sunday & other <habits>",
		"From":                  `"Sunday Patch" <mara@sundaypatch.example>`,
		"Date":                  "Sun, 08 Mar 2026 12:00:00 +0000",
		"List-Id":               `"Sunday Patch" <sunday-patch.sundaypatch.example>`,
		"List-Unsubscribe":      "<https://sundaypatch.example/leave>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"List-Archive":          "<https://sundaypatch.example/letters/archive/>",
		"Archived-At":           "<https://sundaypatch.example/letters/patching-on-a-sunday/>",
		"List-Help":             "<mailto:mara@sundaypatch.example?subject=help>",
		"Content-Language":      "en-GB",
		"Mime-Version":          "1.0",
	} {
		if got := msg.Header.Get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	for _, line := range bytes.Split(raw, []byte("\r\n")) {
		if len(line) > 998 { // RFC 5322 section 2.1.1
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the message is %s: %v", kind, err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for _, want := range []struct{ kind, file string }{{"text/plain", "email/0002.txt"}, {"text/html", "email/0002.html"}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if got := part.Header.Get("Content-Type"); !strings.HasPrefix(got, want.kind) {
			t.Errorf("a part is %q, want %s", got, want.kind)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(string(body), "\r\n", "\n"); strings.TrimRight(got, "\n") != strings.TrimRight(string(files[want.file]), "\n") {
			t.Errorf("the %s part is not %s", want.kind, want.file)
		}
	}
}

func TestMessageIDFollowsTheContent(t *testing.T) {
	id := func(is *issue.Issue) string {
		_, _, eml, err := Email(inputOf(), is)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := mail.ReadMessage(bytes.NewReader(eml))
		if err != nil {
			t.Fatal(err)
		}
		return msg.Header.Get("Message-Id")
	}
	before := id(samples()[0])
	changed := samples()[0]
	changed.Outro = []issue.Block{para(words("P.S."))}
	if after := id(changed); after == before || before != id(samples()[0]) {
		t.Errorf("ids are %s and %s", before, after)
	}
}

// TestMailOfANewWorkspace: without any sender stated the mail can be looked at
// all the same; its From is an address of the site's own host.
func TestMailOfANewWorkspace(t *testing.T) {
	in := inputOf(samples()...)
	in.Publication.Editor, in.Publication.Mail.From = Person{}, ""
	_, _, eml, err := Email(in, samples()[0])
	if err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(eml))
	if err != nil {
		t.Fatal(err)
	}
	from, err := msg.Header.AddressList("From")
	if want := "newsletter@" + hostOf(in.Publication.URL); err != nil || len(from) != 1 || from[0].Address != want {
		t.Errorf("From is %v, %v; want %s", from, err, want)
	}
}

func TestMailNeedsASender(t *testing.T) {
	for _, c := range []struct {
		harm func(p *Publication)
		want string
	}{
		{func(p *Publication) { p.Mail.From = "not an address" }, "is no address"},
		{func(p *Publication) { p.Mail.From = "a@b.example\r\nBcc: c@d.example" }, "is no address"},
		{func(p *Publication) { p.Mail.ReplyTo = "@" }, "is no address"},
	} {
		in := inputOf(samples()...)
		c.harm(&in.Publication)
		err := emails(in, nil, func(File) error { t.Error("emitted"); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %q", err, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range [][2]string{
		{"https://a.example/b?c=d&e=%20#f", "https://a.example/b?c=d&e=%20#f"},
		{"HTTPS://a.example/", "https://a.example/"},
		{" https://a.example/ ", "https://a.example/"},
		{"https://a.example/a b|c[d]#e#f%zz", "https://a.example/a%20b%7Cc%5Bd%5D#e%23f%25zz"},
		{"https://a.example/é", "https://a.example/%C3%A9"},
		{"mailto:a@b.example", "mailto:a@b.example"},
		{"/about/", "../about/"},
		{"//evil.example/", ""},
		{`/\evil.example/`, ""},
		{"javascript:alert(1)", ""},
		{"JaVaScRiPt:alert(1)", ""},
		{"java\nscript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"vbscript:x", ""},
		{"url", ""},
		{"", ""},
		{"https:", ""},
		{"https://", ""},
		{"https:///path", ""},
		{"http:a.example", ""},
		{`https://a.example\@b.example/`, ""},
		{"https://a\"b/", ""},
		{"file:///etc/passwd", ""},
		{"ftp://a.example/", ""},
		{"mailto:", ""},
	} {
		if got := resolve(c[0], "../"); got != c[1] {
			t.Errorf("resolve(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}

func TestTextHelpers(t *testing.T) {
	for _, c := range [][3]string{
		{"markdown", plainMarkdown("See [this](https://a.example) and [that](b)."), "See this and that."},
		{"markdown", plainMarkdown("](x [y](z"), "](x [y](z"},
		{"shorten", shorten("one two three", 9), "one two…"},
		{"shorten", shorten("short", 9), "short"},
		{"clean", clean("a\r\nb\x00\u202ec\xff"), "a bc\uFFFD"},
	} {
		if c[1] != c[2] {
			t.Errorf("%s: %q, want %q", c[0], c[1], c[2])
		}
	}
}

func TestDeepNestingIsBounded(t *testing.T) {
	block := para(words("core"))
	inline := words("heart")
	for range 10_000 {
		block = issue.Block{Kind: issue.BlockQuote, Blocks: []issue.Block{block}}
		inline = issue.Inline{Kind: issue.InlineEmph, Inlines: []issue.Inline{inline}}
	}
	is := samples()[0]
	is.Intro = []issue.Block{block, para(inline)}
	for name, body := range render(t, inputOf(is)) {
		if strings.HasPrefix(name, "email/") || strings.HasSuffix(name, "open/index.html") {
			if len(body) > 100_000 || !bytes.Contains(body, []byte("core")) || !bytes.Contains(body, []byte("heart")) {
				t.Errorf("%s: %d bytes", name, len(body))
			}
		}
	}
}

// corpus gives the real issues that lie beside the project, if they do.
func corpus(t testing.TB) Input {
	t.Helper()
	dir := filepath.FromSlash("../../../shared/corpus/issues")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus of real issues beside the project: ", err)
	}
	fsys := os.DirFS(dir)
	names, err := fs.Glob(fsys, "*.md")
	if err != nil || len(names) == 0 {
		t.Skip("no real issues in ", dir)
	}
	in := inputOf()
	load := func(name string) (*issue.Issue, error) {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		is, _ := issue.Parse(name, src)
		return is, nil
	}
	for _, name := range names {
		is, err := load(name)
		if err != nil {
			t.Fatal(err)
		}
		in.Heads = append(in.Heads, issue.HeadOf(is))
	}
	slices.SortStableFunc(in.Heads, func(a, b issue.Head) int { return a.Number - b.Number })
	in.Load = func(head issue.Head) (*issue.Issue, error) { return load(head.File) }
	return in
}

func TestRealIssuesRender(t *testing.T) {
	in := corpus(t)
	files := render(t, in)
	for name, body := range files {
		if strings.HasSuffix(name, ".html") {
			checkHTML(t, name, body)
		}
		if strings.HasPrefix(name, "email/") && strings.HasSuffix(name, ".html") && len(body) > 90_000 {
			t.Errorf("%s has %d bytes", name, len(body))
		}
	}
	if size := len(files["site/feed.xml"]); size > 700_000 {
		t.Errorf("the feed has %d bytes", size)
	}
	for _, head := range in.Heads {
		page := query(t, files["site"+head.Permalink+"index.html"])
		if got := page.Find("section.item").Length(); got != len(head.Items) {
			t.Errorf("%s: %d items on the page, %d in the file", head.File, got, len(head.Items))
		}
	}
}

func BenchmarkSite(b *testing.B) {
	in := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := Site(in, func(File) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmails(b *testing.B) {
	in := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := emails(in, nil, func(File) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzAttributeURL: an address that is made ready for an attribute is what
// html/template would write there.
func FuzzAttributeURL(f *testing.F) {
	f.Add("https://a.example/x?a=1&b=2+3#(y)'z")
	f.Add("https://bücher.example/%zz%41[]|\\")
	f.Add("mailto:a@b.example?subject=\"hi\"")
	page := template.Must(template.New("").Parse(`<a href="{{.}}">`))
	f.Fuzz(func(t *testing.T, address string) {
		href := resolve(address, "../")
		if href == "" {
			return
		}
		var b strings.Builder
		if err := page.Execute(&b, href); err != nil {
			t.Fatal(err)
		}
		if got := `<a href="` + string(appendAttributeURL(nil, href)) + `">`; got != b.String() {
			t.Fatalf("%q becomes %s, not %s", href, got, b.String())
		}
	})
}

// What is cut from one string is what each piece is when it is written alone.
func TestPiecesOfAView(t *testing.T) {
	check := func(is *issue.Issue, style func(string) string) {
		t.Helper()
		same := func(got template.HTML, want string) {
			t.Helper()
			if string(got) != want {
				t.Errorf("%s: %q, want %q", is.File, got, want)
			}
		}
		view := viewOf(is, IssueLink{}, "../", style)
		same(view.Intro, blocksHTML(is.Intro, "../", 2, false, style))
		same(view.Outro, blocksHTML(is.Outro, "../", 2, false, style))
		for i, v := range view.Items {
			w := htmlWriter{}
			title := string(w.buf[:w.linkText(is.Items[i].Title)])
			if plainInlines(is.Items[i].Title) == "" {
				title = template.HTMLEscapeString(orUntitled(v.Host))
			}
			same(v.Title, title)
			link := title
			if href := string(appendAttributeURL(nil, v.URL)); href != "" {
				link = `<a href="` + href + `">` + title + `</a>`
				same(template.HTML(v.Cite), `cite="`+href+`"`)
			} else if v.Cite != "" {
				t.Errorf("%s: %s of no address", is.File, v.Cite)
			}
			same(v.Link, link)
			shown := v.Parts
			for _, part := range is.Items[i].Parts {
				if want := blocksHTML(part.Blocks, "../", v.Level+1, part.Quote, style); want != "" {
					same(shown[0].HTML, want)
					shown = shown[1:]
				}
			}
			if len(shown) > 0 {
				t.Errorf("%s: %d parts too many", is.File, len(shown))
			}
		}
	}
	odd, _ := issue.Parse("odd.md", []byte("---\ntitle: \"1 - A\"\n---\n\nIntro.\n\n# Of `code`\n\n## [ `a` & b ](https://a.example/?a&b+c)\n\n<!-- none -->\n\n> > Q `q`\n\n## [](https://b.example/)\n\nN.\n\n## [L](/local)\n\n### H\n\n- l\n\n---\n\nOutro.\n"))
	for _, style := range []func(string) string{nil, mailStyle} {
		check(odd, style)
		in := corpus(t)
		for _, head := range in.Heads {
			is, err := in.Load(head)
			if err != nil {
				t.Fatal(err)
			}
			check(is, style)
		}
	}
}

// Strings in what machines read are those of encoding/json.
func TestAppendJSON(t *testing.T) {
	for _, text := range append(slices.Clone(oddTexts), "a\nb\tc\rd", "\u2028\u2029\ufffd", "\x7f\x1f", `\u003c`, "“it’s”") {
		got := appendJSON(nil, text, "x")
		var back []string
		if err := json.Unmarshal([]byte("["+string(got)+"]"), &back); err != nil || len(back) != 2 || back[0] != strings.ToValidUTF8(text, "\ufffd") && utf8.ValidString(text) {
			t.Errorf("%q became %s: %v", text, got, err)
		}
		var want bytes.Buffer
		w := json.NewEncoder(&want)
		w.SetEscapeHTML(false)
		if err := w.Encode(text); err != nil {
			t.Fatal(err)
		}
		if plain := strings.TrimSpace(want.String()) + `,"x"`; string(got) != plain {
			t.Errorf("%q became %s, want %s", text, got, plain)
		}
	}
}
