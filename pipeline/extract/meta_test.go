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
	"regexp"
	"strings"
	"testing"
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
		doc, _, err := parse(decode(body, ""))
		if err != nil {
			t.Fatal(err)
		}
		page, err := url.Parse(gold.URL)
		if err != nil {
			t.Fatal(err)
		}
		var a Article
		s := gather(doc)
		s.fill(&a, page)
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
		{"title", 0.865, 0},
		{"author", 0.795, 0.17},
		{"author as a set", 0.80, 0.17},
		{"date", 0.85, 0.175},
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
			"the page shows the local day, the head the day in UTC",
			`<title>Late</title><meta property="article:published_time" content="2026-03-03T01:30:00Z"><h1>Late</h1><p>March 2, 2026</p>`,
			"Late", "", "2026-03-02",
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
