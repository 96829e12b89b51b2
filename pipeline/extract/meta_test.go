package extract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type metaGold struct {
	URL   string `json:"url"`
	ID    string `json:"file_id"`
	Truth struct {
		Title  string `json:"title"`
		Author string `json:"author"`
		Date   string `json:"publish_date"`
	} `json:"ground_truth"`
}

var notWord = regexp.MustCompile(`[^\p{L}\p{N}_]+`)

func metaKey(s string) string {
	return strings.TrimSpace(notWord.ReplaceAllString(strings.ToLower(s), " "))
}

// statedBy reads what a page states of itself.
func statedBy(t *testing.T, page, address string) (statements, Article, *url.URL) {
	t.Helper()
	doc, _, err := parse(page)
	if err != nil {
		t.Fatal(err)
	}
	where, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var a Article
	s := gather(doc)
	s.fill(&a, where)
	return s, a, where
}

func TestMetadataOfPages(t *testing.T) {
	const corpus = "../../../shared/corpus/pages"
	files, _ := filepath.Glob(corpus + "/ground-truth/*.json")
	if len(files) == 0 {
		t.Skip("the corpus of pages is not there")
	}
	type tally struct{ right, stated, said, none int }
	scores := map[string]*[2]tally{"title": {}, "author": {}, "author as a set": {}, "date": {}}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var gold metaGold
		if err := json.Unmarshal(raw, &gold); err != nil {
			t.Fatal(err)
		}
		packed, err := os.ReadFile(filepath.Join(corpus, "html", gold.ID+".html.gz"))
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		_, a, page := statedBy(t, decode(body, ""), gold.URL)
		hash := fnv.New32a()
		hash.Write([]byte(page.Hostname()))
		half := hash.Sum32() >> 8 & 1
		add := func(field, want, got string) {
			c := &scores[field][half]
			switch {
			case want == "":
				c.none++
				if got != "" {
					c.said++
				}
			case metaKey(want) == metaKey(got):
				c.stated++
				c.right++
			default:
				c.stated++
			}
		}
		add("title", gold.Truth.Title, a.Title)
		add("author", gold.Truth.Author, strings.Join(a.Authors, ", "))
		joined := strings.NewReplacer(" and ", ", ", " & ", ", ")
		add("author as a set", joined.Replace(gold.Truth.Author), joined.Replace(strings.Join(a.Authors, ", ")))
		add("date", gold.Truth.Date[:min(10, len(gold.Truth.Date))], a.Published[:min(10, len(a.Published))])
	}
	for _, floor := range []struct {
		field       string
		right, said float64 // at least this share right; a value on at most this share of the pages that state none
	}{
		{"title", 0.895, 0},
		{"author", 0.81, 0.13},
		{"author as a set", 0.81, 0.13},
		{"date", 0.92, 0.1},
	} {
		both := scores[floor.field]
		var sum tally
		for half, n := range both {
			t.Logf("%s, half %d of the hosts: right on %.3f of %d, said on %.3f of the %d that state none", floor.field, half,
				share(n.right, n.stated), n.stated, share(n.said, n.none), n.none)
			sum.right, sum.stated, sum.said, sum.none = sum.right+n.right, sum.stated+n.stated, sum.said+n.said, sum.none+n.none
		}
		right, said := share(sum.right, sum.stated), share(sum.said, sum.none)
		if right < floor.right || said > floor.said {
			t.Errorf("%s: right on %.3f (at least %.3f), said on %.3f of the pages that state none (at most %.3f)", floor.field, right, floor.right, said, floor.said)
		}
	}
}

func share(part, whole int) float64 { return float64(part) / float64(max(1, whole)) }

// Each page is a case from life, cut down to what matters.
func TestWhatAPageSaysOfItself(t *testing.T) {
	cases := []struct {
		name, page           string
		title, authors, date string
	}{
		{
			"the JSON-LD author is a reference into the graph",
			`<title>Key Rotation - Harbour</title><script type="application/ld+json">{"@graph":[{"@type":"Article","headline":"Key Rotation","author":{"@id":"#p"},"datePublished":"2026-03-02T08:00:00+01:00"},{"@type":"Person","@id":"#p","name":"Ada Quill"}]}</script><h1>Key Rotation</h1>`,
			"Key Rotation", "Ada Quill", "2026-03-02T08:00:00+01:00",
		},
		{
			"JSON-LD in a meta element",
			`<title>Key Rotation</title><meta name="script:ld+json" content="{&quot;@type&quot;:&quot;Article&quot;,&quot;author&quot;:{&quot;name&quot;:&quot;Ada Quill&quot;},&quot;datePublished&quot;:&quot;2026-03-02&quot;}"><h1>Key Rotation</h1>`,
			"Key Rotation", "Ada Quill", "2026-03-02",
		},
		{
			"a post's day is told by the head alone",
			`<title>Proxy</title><link rel="canonical" href="https://quay.example/blog/2026/what-the-proxy-trusted"><meta property="article:published_time" content="2026-03-02"><body class="single postid-7"><h1>Proxy</h1>`,
			"Proxy", "", "2026-03-02",
		},
		{
			"a standing page has none, whatever the head says of the day it was made",
			`<title>Services</title><link rel="canonical" href="https://quay.example/services"><meta property="article:published_time" content="2026-03-02"><body class="page page-id-7"><h1>Services</h1>`,
			"Services", "", "",
		},
		{
			"credentials stay with the name and the office goes",
			`<title>Sleep on It</title><meta name="author" content="Noor Hale, MD, PhD, Senior Editor"><h1>Sleep on It</h1>`,
			"Sleep on It", "Noor Hale, MD, PhD", "",
		},
		{
			"two names joined by and",
			`<title>Two Desks</title><h1>Two Desks</h1><p>By <a href="/author/mo">Mo Tarn</a> and <a href="/author/li">Li Weld</a></p><p>3 March 2026</p>`,
			"Two Desks", "Mo Tarn; Li Weld", "2026-03-03",
		},
		{
			"the and of a department parts no names",
			`<title>Advice</title><meta name="author" content="Centre for Patching and Repair"><h1>Advice</h1>`,
			"Advice", "Centre for Patching and Repair", "",
		},
		{
			"the head names the site, the byline the person",
			`<title>Open Ports | Quayside</title><meta property="og:site_name" content="Quayside"><meta name="author" content="Quayside"><h1>Open Ports</h1><div class="byline">By Ines Roe</div>`,
			"Open Ports", "Ines Roe", "",
		},
		{
			"a personal site bears its author's name",
			`<title>Notes</title><meta property="og:site_name" content="Ines Roe"><meta name="author" content="Ines Roe"><h1>Notes</h1>`,
			"Notes", "Ines Roe", "",
		},
		{
			"a label on one line and the name on the next",
			`<title>Logs</title><h1>Logs</h1><div><p>Written by</p><p>Edda Tamm</p></div><div><p>Published</p><time>4 Aug 2025</time></div>`,
			"Logs", "Edda Tamm", "2025-08-04",
		},
		{
			"running text under the heading",
			`<title>Trust</title><h1>Trust</h1><p>Posted on 12 March 2026 by Sol Ekberg</p><p>The proxy trusted the header.</p>`,
			"Trust", "Sol Ekberg", "2026-03-12",
		},
		{
			"a mailing list",
			`<title>[tls] Session tickets</title><h1>[tls] Session tickets</h1><b>Pia Lund</b> <a href="mailto:x">pia at lists.example</a><br><i>Tue, 07 Apr 2026 10:11:12 +0200</i><hr><pre>Hello</pre>`,
			"[tls] Session tickets", "Pia Lund", "2026-04-07",
		},
		{
			"the heading is the book's, not the page's",
			`<title>What Is a Lease? - The Lock Book</title><h1>The Lock Book</h1><h2>What Is a Lease?</h2>`,
			"What Is a Lease?", "", "",
		},
		{
			"the sign and the button of a heading are not its words",
			`<title>Timers - Docs</title><h1>Timers<button>Copy path</button><a class="headerlink" href="#t">¶</a></h1>`,
			"Timers", "", "",
		},
		{
			"published wins over updated",
			`<title>Ports</title><h1>Ports</h1><p>August 16, 2019 - Updated July 9, 2025</p>`,
			"Ports", "", "2019-08-16",
		},
		{
			"a day is the day of its own zone",
			`<title>Late</title><meta property="article:published_time" content="2026-03-02T23:30:00-05:00"><h1>Late</h1><p>March 2, 2026</p>`,
			"Late", "", "2026-03-02T23:30:00-05:00",
		},
		{
			"digits that can be read one way only",
			`<title>Tag</title><h1>Tag</h1><p>23.07.2025</p>`,
			"Tag", "", "2025-07-23",
		},
		{
			"digits that can be read two ways are not guessed",
			`<title>Tag</title><h1>Tag</h1><p>03/04/2026</p>`,
			"Tag", "", "",
		},
		{
			"digits of two readings are read where another statement decides",
			`<title>Tag</title><h1>Tag</h1><p>03/04/2026</p><script type="application/ld+json">{"@type":"Article","datePublished":"2026-04-03"}</script>`,
			"Tag", "", "2026-04-03",
		},
		{
			"digits of two readings are read by the custom of the page's language",
			`<html lang="fr"><title>Tag</title><h1>Tag</h1><p>Publié le 03/04/2026</p>`,
			"Tag", "", "2026-04-03",
		},
		{
			"digits between dots with the month first, as the head bears out",
			`<title>Docks</title><script type="application/ld+json">{"@type":"Article","datePublished":"2026-03-04T08:00:00-05:00"}</script><h1>Docks</h1><p>By Ada Quill</p><p>03.04.2026</p>`,
			"Docks", "Ada Quill", "2026-03-04T08:00:00-05:00",
		},
		{
			"digits between dots have the day first where nothing speaks against it",
			`<title>Kai</title><h1>Kai</h1><p>Von Ada Quill</p><p>03.04.2026</p>`,
			"Kai", "Ada Quill", "2026-04-03",
		},
		{
			"digits of two readings, and the day of another article that is written out",
			`<title>Tides</title><h1>Tides</h1><p>By Ada Quill</p><p><time datetime="02-12-2025">02-12-2025</time></p><div class="related"><a href="/b"><time datetime="2025-12-02">December 02, 2025</time></a></div>`,
			"Tides", "Ada Quill", "2025-12-02",
		},
		{
			"a version in the title is not the day",
			`<title>Upgrade from 2024.4.4 stuck</title><link rel="canonical" href="https://quay.example/t/upgrade-from-2024-4-4-stuck/7247"><meta property="article:published_time" content="2024-05-03T08:45:44Z"><h1>Upgrade from 2024.4.4 stuck</h1>`,
			"Upgrade from 2024.4.4 stuck", "", "2024-05-03T08:45:44Z",
		},
		{
			"the day of the post, not that of the member",
			`<title>Anchors</title><link rel="canonical" href="https://forum.quay.example/viewtopic.php?t=487157"><h1>Anchors</h1><p>Ada Quill</p><p>Founded: Dec 11, 2021</p><p>by Ada Quill » Tue Aug 27, 2019 1:47 am</p>`,
			"Anchors", "Ada Quill", "2019-08-27",
		},
		{
			"an element says which day its words mean",
			`<title>Stacks</title><link rel="canonical" href="https://quay.example/stories/stacks-of-2024"><h1>Stacks</h1><p>By Ada Quill</p><p><time datetime="2024-12-20">August 28, 2024</time></p>`,
			"Stacks", "Ada Quill", "2024-12-20",
		},
		{
			"a heading made of blocks is one",
			`<title>Contracts</title><meta property="og:title" content="Contracts"><nav><p>Quay</p><p>Harbour prices of 1 May 2020</p></nav><h1><p>Contracts</p></h1><p>By Ada Quill</p><p>17 December 2025</p>`,
			"Contracts", "Ada Quill", "2025-12-17",
		},
		{
			"a preprint has its own day",
			`<title>Mooring</title><h1>Mooring</h1><p>Preprints of this paper are at Quay, first published on 4 April 2019.</p><p>Published on 25.Jun.2019</p>`,
			"Mooring", "", "2019-06-25",
		},
		{
			"how long ago is no date",
			`<title>Soon</title><h1>Soon</h1><p>Posted 3 days ago</p><p>Last seen yesterday at 10:04</p>`,
			"Soon", "", "",
		},
		{
			"the date of a comment is not the page's",
			`<title>Quiet</title><h1>Quiet</h1><p>The proxy trusted the header.</p><div class="comment"><span class="date">3 March 2026</span> Nice.</div>`,
			"Quiet", "", "",
		},
		{
			"RDFa",
			`<title>Triples</title><article vocab="https://schema.org/" typeof="Article"><h1 property="headline">Triples</h1><span property="author">Ada Quill</span><span property="datePublished" content="2026-03-02">then</span></article>`,
			"Triples", "Ada Quill", "2026-03-02",
		},
		{
			"microdata",
			`<title>Items</title><article itemscope itemtype="https://schema.org/Article"><h1 itemprop="headline">Items</h1><span itemprop="author" itemscope><a itemprop="url" href="/p"><span itemprop="name">Ada Quill</span></a></span><meta itemprop="datePublished" content="2026-03-02"></article>`,
			"Items", "Ada Quill", "2026-03-02",
		},
		{
			"Dublin Core",
			`<title>Core</title><meta name="DC.creator" content="Quill, Ada"><meta name="DCTERMS.issued" content="2026-03-02"><h1>Core</h1>`,
			"Core", "Ada Quill", "2026-03-02",
		},
		{
			"JSON-LD that is no JSON still states a day",
			`<title>Broken</title><script type="application/ld+json">{"@type":"Article","datePublished":"2026-03-02","headline":"Bro"ken"}</script><h1>Broken</h1><time datetime="2026-03-02">2 March 2026</time>`,
			"Broken", "", "2026-03-02",
		},
		{
			"an organisation that the page does not sign for is no author",
			`<title>Ports</title><script type="application/ld+json">{"@type":"Article","headline":"Ports","author":{"@type":"Organization","name":"Quayside Ltd"}}</script><h1>Ports</h1><p>Nobody signs here.</p>`,
			"Ports", "", "",
		},
		{
			"an organisation that signs is one",
			`<title>Ports</title><script type="application/ld+json">{"@type":"Article","headline":"Ports","author":{"@type":"Organization","name":"Quayside Labs"}}</script><h1>Ports</h1><p class="byline">By Quayside Labs</p>`,
			"Ports", "Quayside Labs", "",
		},
		{
			"a name alone, beside the day and her picture",
			`<title>Alone</title><h1>Alone</h1><p>Ines Roe</p><p>3 March 2026</p><img src="/roe.jpg" alt="Ines Roe">`,
			"Alone", "Ines Roe", "2026-03-03",
		},
		{
			"a section beside the day is nobody's name",
			`<title>Alone</title><h1>Alone</h1><p>Cloud Security</p><p>3 March 2026</p>`,
			"Alone", "", "2026-03-03",
		},
		{
			"who opened the thread, not who wrote last",
			`<title>Keys | Quay Forum</title><h1><span class="label">Question</span>Keys</h1><div>last post by zed9</div><div>Thread starter ada_q</div>`,
			"Keys", "ada_q", "",
		},
		{
			"a heading in furniture is one where there is no other",
			`<title>The heart of the web</title><div class="card"><h1>How we lost the keys</h1></div>`,
			"The heart of the web", "", "",
		},
		{
			"the site in front of the title is no heading",
			`<title>Quay Notes: Ten Open Ports</title><meta property="og:title" content="Ten Open Ports"><h1>Quay Notes</h1><h2>Ten Open Ports</h2>`,
			"Ten Open Ports", "", "",
		},
		{
			"the host behind a link that is discussed",
			`<title>Keys in the open | Links</title><h1>Keys in the open (quay.example) 87</h1>`,
			"Keys in the open", "", "",
		},
		{
			"dates in running text and in the foot are not the page's",
			`<title>Past</title><h1>Past</h1><p>The flaw was found on 3 May 2021 by people who had been looking at the old proxies of the harbour for some weeks already.</p><footer>© 1 January 2026 Quayside</footer>`,
			"Past", "", "",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc, _, err := parse(c.page)
			if err != nil {
				t.Fatal(err)
			}
			var a Article
			s := gather(doc)
			s.fill(&a, nil)
			if a.Title != c.title || strings.Join(a.Authors, "; ") != c.authors || a.Published != c.date {
				t.Errorf("got %q by %q on %q, want %q by %q on %q", a.Title, a.Authors, a.Published, c.title, c.authors, c.date)
			}
			for field, value := range map[string]string{"title": a.Title, "authors": strings.Join(a.Authors, ""), "published": a.Published} {
				if (value != "") != (a.Origins[field] != "") {
					t.Errorf("%s is %q from %q", field, value, a.Origins[field])
				}
			}
		})
	}
}

func TestDatesAsPagesWriteThem(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"March 4, 2026", "2026-03-04"},
		{"4th of March 2026", "2026-03-04"},
		{"Wed, 04 Mar 2026 10:11:12 +0100", "2026-03-04T10:11:12+01:00"},
		{"Wed Mar 04 2026 10:11:12 GMT+0100 (CET)", "2026-03-04"},
		{"2026-03-04T23:59:59.123-0800", "2026-03-04T23:59:59-08:00"},
		{"2026-03-04 10:11:12 UTC", "2026-03-04T10:11:12Z"},
		{"20260304", "2026-03-04"},
		{"1772600000", "2026-03-04T04:53:20Z"},
		{"4-Mar-2026", "2026-03-04"},
		{"04.03.2026, 10:11 Uhr", "2026-03-04"},
		{"Stand: 04.03.26", "2026-03-04"},
		{"Mittwoch, 4. März 2026", "2026-03-04"},
		{"Publié le mercredi 1er mars 2026", "2026-03-01"},
		{"4 de marzo de 2026", "2026-03-04"},
		{"04 de março de 2026", "2026-03-04"},
		{"mercoledì 4 marzo 2026", "2026-03-04"},
		{"woensdag 4 maart 2026", "2026-03-04"},
		{"4 marca 2026 r.", "2026-03-04"},
		{"4 марта 2026 г.", "2026-03-04"},
		{"4. března 2026", "2026-03-04"},
		{"4 mars 2026", "2026-03-04"},
		{"2026年3月4日", "2026-03-04"},
		{"2026년 3월 4일", "2026-03-04"},
		{"23/07/2025", "2025-07-23"},
		{"(https://news.example/2026/03/04/keys) by 2020", ""}, // the day of another page
		{"07/23/2025", "2025-07-23"},
		{"03/04/2026", ""},
		{"version 10.12.2003.4 of the driver", ""},
		{"10.3.26.1", ""},
		{"February 30, 2026", ""},
		{"May 2026", ""},
		{"3 hours ago", ""},
		{"© 2026", ""},
		{"call 555-12-2026", ""},
		{"07/23/25", "2025-07-23"},
		{"23/07/25 14:05", "2025-07-23"},
		{"03/04/26", ""},
		{"10/12", ""},
		{"4 Mar '26", "2026-03-04"},
		{"March 4, ’26", "2026-03-04"},
		{"the '90s of May", ""},
		{"20260304101112", "2026-03-04"},
		{"2026. március 4.", "2026-03-04"},
		{"4 martie 2026", "2026-03-04"},
		{"4 Μαρτίου 2026", "2026-03-04"},
		{"4 de març de 2026", "2026-03-04"},
		{"4 Maret 2026", "2026-03-04"},
		{"4 март 2026 г.", "2026-03-04"},
		{"4 مارس 2026", "2026-03-04"},
		{"4 במרץ 2026", "2026-03-04"},
	} {
		if got := readDate(c.text); got != c.want {
			t.Errorf("%q is read as %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWhatElseAPageStates(t *testing.T) {
	read := func(page string) Article {
		doc, _, err := parse(page)
		if err != nil {
			t.Fatal(err)
		}
		var a Article
		s := gather(doc)
		s.fill(&a, &url.URL{Scheme: "https", Host: "quay.example", Path: "/posts/ports"})
		return a
	}
	for _, c := range []struct {
		name, page, want, origin string
		got                      func(Article) (value, origin string)
	}{
		{"canonical of this site", `<link rel="canonical" href="/posts/ports?x=1">`, "https://quay.example/posts/ports?x=1", "rel=canonical", func(a Article) (string, string) { return a.Canonical, a.Origins["canonical"] }},
		{"canonical of another site", `<link rel="canonical" href="https://other.example/posts/ports">`, "", "", func(a Article) (string, string) { return a.Canonical, a.Origins["canonical"] }},
		{"canonical that is the front page", `<link rel="canonical" href="https://quay.example/">`, "", "", func(a Article) (string, string) { return a.Canonical, a.Origins["canonical"] }},
		{"modified, zone kept", `<meta property="article:modified_time" content="2026-03-04T22:00:00-05:00">`, "2026-03-04T22:00:00-05:00", "article:modified_time", func(a Article) (string, string) { return a.Modified, a.Origins["modified"] }},
		{"modified, only shown", `<h1>Ports</h1><p>Last updated: March 4, 2026</p>`, "2026-03-04", "page", func(a Article) (string, string) { return a.Modified, a.Origins["modified"] }},
		{"language", `<html lang="en_gb"><p>Ports`, "en-GB", "html:lang", func(a Article) (string, string) { return a.Language, a.Origins["language"] }},
		{"site", `<script type="application/ld+json">{"@type":"WebSite","name":"Quay"}</script>`, "Quay", "json-ld", func(a Article) (string, string) { return a.Site, a.Origins["site"] }},
		{"description", `<meta name="description" content="Ten  open ports">`, "Ten open ports", "meta:description", func(a Article) (string, string) { return a.Description, a.Origins["description"] }},
		{"image of JSON-LD", `<script type="application/ld+json">{"@type":"Article","image":[{"@type":"ImageObject","url":"/i/lead.png"}]}</script>`, "https://quay.example/i/lead.png", "json-ld", func(a Article) (string, string) { return a.Image, a.Origins["image"] }},
		{"image that is no address of the web", `<meta property="og:image" content="data:image/png;base64,xx">`, "", "", func(a Article) (string, string) { return a.Image, a.Origins["image"] }},
		{"alt of the head", `<meta property="og:image" content="/i/lead.png"><meta property="og:image:alt" content="A quay">`, "A quay", "og:image:alt", func(a Article) (string, string) { return a.ImageAlt, a.Origins["image_alt"] }},
		{"alt of the same picture on the page", `<meta property="og:image" content="/i/lead.png?w=1200"><img src="/i/lead.png?w=300" alt="A quay at night">`, "A quay at night", "img", func(a Article) (string, string) { return a.ImageAlt, a.Origins["image_alt"] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, origin := c.got(read(c.page)); got != c.want || origin != c.origin {
				t.Errorf("got %q from %q, want %q from %q", got, origin, c.want, c.origin)
			}
		})
	}
	for page, want := range map[string]bool{
		`{"@type":"NewsArticle","isAccessibleForFree":false}`:                                                              true,
		`{"@type":"NewsArticle","isAccessibleForFree":"False"}`:                                                            true,
		`{"@type":"NewsArticle","isAccessibleForFree":"http://schema.org/False"}`:                                          true,
		`{"@type":"NewsArticle","hasPart":{"@type":"WebPageElement","isAccessibleForFree":"false","cssSelector":".wall"}}`: true,
		`{"@type":"NewsArticle","hasPart":[{"name":"a"},{"@type":"WebPageElement","isAccessibleForFree":false}]}`:          true,
		`{"@type":"NewsArticle","isAccessibleForFree":true}`:                                                               false,
		`{"@type":"NewsArticle","isAccessibleForFree":"True","hasPart":[1,"x",null]}`:                                      false,
	} {
		a := read(`<script type="application/ld+json">` + page + `</script>`)
		if a.Paywalled != want || want != (a.Origins["paywalled"] == "json-ld") {
			t.Errorf("%s: paywalled %v from %q", page, a.Paywalled, a.Origins["paywalled"])
		}
	}
}

// TestReferenceIsNotDated: a manual's head has the day of its build.
func TestReferenceIsNotDated(t *testing.T) {
	doc, _, err := parse(`<title>SELECT</title><meta property="article:published_time" content="2026-02-26T14:07:09"><h1>SELECT</h1><p>Retrieves rows.</p>`)
	if err != nil {
		t.Fatal(err)
	}
	var a Article
	s := gather(doc)
	s.fill(&a, &url.URL{Scheme: "https", Host: "quay.example", Path: "/docs/18/select.html"})
	if a.Published != "" {
		t.Errorf("published %q from %q", a.Published, a.Origins["published"])
	}
}

func TestTextEncodedTwice(t *testing.T) {
	for given, want := range map[string]string{
		"An Investor\u00e2\u0080\u0099s guide \u00e2\u0080\u0094 caf\u00c3\u00a9": "An Investor’s guide — caf\u00c3\u00a9", // without a control character nobody knows
		"Â£5 and naïve":    "Â£5 and naïve",
		"plain":            "plain",
		"cut \u00e2\u0080": "cut \u00e2\u0080",
	} {
		if got := decode([]byte(given), ""); got != want {
			t.Errorf("%q is read as %q, want %q", given, got, want)
		}
	}
}

// TestLinkedDataIsBounded: a script can't make the reader work without end.
func TestLinkedDataIsBounded(t *testing.T) {
	for name, script := range map[string]string{
		"deep":  strings.Repeat(`{"author":`, 9_000) + `"x"` + strings.Repeat("}", 9_000),
		"wide":  `{"@type":"Article","author":[` + strings.TrimSuffix(strings.Repeat(`{"name":"Ada Quill"},`, 40_000), ",") + `]}`,
		"large": `{"@type":"Article","headline":"` + strings.Repeat("x", maxLD) + `"}`,
	} {
		doc, _, err := parse(`<script type="application/ld+json">` + script + `</script><h1>Ports</h1>`)
		if err != nil {
			t.Fatal(err)
		}
		var a Article
		s := gather(doc)
		s.fill(&a, nil)
		if a.Title != "Ports" || len(a.Authors) > maxAuthors {
			t.Errorf("%s: title %q, %d authors", name, a.Title, len(a.Authors))
		}
	}
}

func TestWeightsAreRead(t *testing.T) {
	table, err := metaWeights()
	if err != nil || len(table["date"]) < 20 || len(table["date-stated"]) < 10 {
		t.Fatalf("the table shipped has %d and %d weights: %v", len(table["date"]), len(table["date-stated"]), err)
	}
	for _, bad := range []string{"date x", "date x y", "date x 1 2"} {
		if _, err := parseWeights("# head\n" + bad); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add(`<title>Ports - Quay</title><h1>Ports</h1><p>By Ada Quill, 3 March 2026</p>`, "https://quay.example/2026/03/ports")
	f.Add(`<script type="application/ld+json">{"@graph":[{"@type":"Article","author":[{"@id":"#a"}],"image":{"url":1},"hasPart":[[]]},{"@id":"#a","name":["x"]}]}</script>`, "")
	f.Add(`<article><h1 itemprop="headline">x</h1><time pubdate datetime="03/04/2026">3</time><div data-published="2026-13-45">y</div></article>`, "http://[::1]/docs/")
	f.Add(`<title>a | b » c / d</title><h1>b</h1><h1>Thread: c</h1><span class="author">By von de la</span>`, "https://a.b/a-b-c-d")
	f.Fuzz(func(t *testing.T, page, address string) {
		doc, _, err := parse(page)
		if err != nil {
			return
		}
		from, err := url.Parse(address)
		if err != nil {
			from = nil
		}
		var a, again Article
		s := gather(doc)
		s.fill(&a, from)
		for field, date := range map[string]string{"published": a.Published, "modified": a.Modified} {
			if date == "" {
				continue
			}
			_, dayErr := time.Parse(time.DateOnly, date)
			_, timeErr := time.Parse(time.RFC3339, date)
			if dayErr != nil && timeErr != nil || a.Origins[field] == "" {
				t.Errorf("%s is %q from %q", field, date, a.Origins[field])
			}
		}
		if utf8.RuneCountInString(a.Title) > maxTitle || len(a.Authors) > maxAuthors || strings.ContainsAny(a.Title, "\n\t") {
			t.Errorf("title %q, %d authors", a.Title, len(a.Authors))
		}
		for _, n := range a.Authors {
			if strings.TrimSpace(n) == "" || a.Origins["authors"] == "" {
				t.Errorf("authors %q from %q", a.Authors, a.Origins["authors"])
			}
		}
		s = gather(doc)
		s.fill(&again, from)
		if !reflect.DeepEqual(a, again) {
			t.Errorf("read twice: %+v, then %+v", a, again)
		}
	})
}

func FuzzDates(f *testing.F) {
	for _, seed := range []string{"4. März 2026", "03/04/2026", "2026年3月4日", "1.2.2003.4", "March 4, 2026 and 2026-03-05", "31 31 2026", "04.03.26"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, h := range datesIn(text) {
			if h.start < end || h.end <= h.start || h.end > len(text) {
				t.Fatalf("%q: a date from %d to %d after %d", text, h.start, h.end, end)
			}
			end = h.end
			for _, day := range []string{h.day, h.other} {
				if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
					t.Errorf("%q gives %q", text, day)
				}
			}
		}
		if got := readDate(text); got != "" && readDate(got) != got {
			t.Errorf("%q gives %q, which gives %q", text, got, readDate(got))
		}
	})
}
