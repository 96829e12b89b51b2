package extract

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A short post under which people wrote more than its author. Extractors that
// look for the longest text give the comments alone.
func TestCommentsAreNotTheArticle(t *testing.T) {
	const post = `<p>Last night the backup of the village archive failed for the third time, and this time we found out why.</p>
<p>The tape drive was fine. The cable was fine. The clock of the old server was eleven days ahead, so every tape looked newer than the job that should write it.</p>
<p>We set the clock, ran the job again and read the tape back. All 4,112 files were there.</p>`
	said := []string{
		"Thanks for writing this up. We had the very same trouble at the museum where I help out, and it took us weeks before anybody thought of looking at the clock of the machine, because everything else about it worked so well.",
		"I would add that a battery on the main board is usually to blame. It costs two coins and ten minutes, and yet I have seen three companies replace whole servers over it. Ours was from 1998 and still in daily use when I left.",
		"Not sure I agree with the tape being fine. If the drive accepted a job that it should have refused then something in the firmware is wrong, and I would not trust it with the only copy of anything that matters to me or others.",
		"Great post! Could you tell us which software you use for the verification? I have been looking for something that reads a tape back and compares every file, and so far I have only found products that cost more than our building.",
		"Reading this from a train with no signal, so apologies if someone has said it already: please also keep a second copy in another place. A flood took our cellar in spring, and the tapes that were perfectly verified with it.",
	}
	comments := func(format string) string {
		var b strings.Builder
		for i := range 15 {
			fmt.Fprintf(&b, format, "reader"+fmt.Sprint(i), said[i%len(said)]+fmt.Sprintf(" That was number %d of my remarks.", i))
		}
		return b.String()
	}
	page := func(body string) string {
		return `<html><head><title>Why the backup failed | Village Archive</title></head><body>
<div id="header"><a href="/">Village Archive</a> <a href="/about">About</a> <a href="/archive">Older posts</a></div>` + body +
			`<div id="footer">Copyright 2026 Village Archive</div></body></html>`
	}
	for name, html := range map[string]string{
		"list of comments": page(`<div id="content"><div class="post"><h2>Why the backup failed</h2><div class="entry">` + post + `</div></div>
<div id="comments"><h3>15 Responses to “Why the backup failed”</h3><ol class="commentlist">` +
			comments(`<li class="comment"><cite>%s</cite> says:<p>%s</p></li>`) + `</ol></div></div>`),
		"comments in the post's own box": page(`<div class="main"><h1>Why the backup failed</h1>` + post + `<h4>Comments</h4>` +
			comments(`<div class="comment-body"><b>%s</b> wrote on 3 May 2026:<p>%s</p></div>`) + `</div>`),
		"article and section": page(`<main><article><h1>Why the backup failed</h1>` + post + `</article><section class="discussion" id="disqus_thread">` +
			comments(`<article class="comment"><header>%s</header><p>%s</p></article>`) + `</section></main>`),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Read(Input{URL: "https://archive.example/2026/05/why-the-backup-failed", Body: []byte(html)})
			if err != nil {
				t.Fatal(err)
			}
			text := a.Text()
			for _, want := range []string{"failed for the third time", "eleven days ahead", "All 4,112 files were there."} {
				if !strings.Contains(text, want) {
					t.Errorf("the article lacks %q", want)
				}
			}
			if n := strings.Count(text, "of my remarks"); n > 0 {
				t.Errorf("the article holds %d of 15 comments", n)
			}
		})
	}
}

// Blocks keep the order and the kinds of the page.
func TestBlocksKeepTheirKinds(t *testing.T) {
	filler := "<p>" + strings.Repeat(sentence, 2) + "</p>"
	html := `<html><head><title>Keys in a file</title></head><body><nav><a href="/">Home</a></nav><article><h1>Keys in a file</h1>` + filler + filler +
		`<h2>What was found</h2>` + filler + `<ul><li>The file was world-readable on every one of the machines we looked at.</li>
<li>Nobody had changed the keys since the year in which the gateway was bought.</li></ul>
<blockquote><p>We believed that the file was read by one process only, and we were wrong about it.</p></blockquote>
<p>The command that shows it is short, and anybody on the machine may run it:</p>
<pre><code>ls -l /var/lib/gateway/keys
cat /var/lib/gateway/keys</code></pre>` + filler +
		`<table><tr><th>Version</th><th>State of the file after the update</th></tr><tr><td>4.1 and older</td><td>every process on the machine could read it</td></tr>
<tr><td>4.2 and newer</td><td>only the gateway itself could read the file</td></tr></table>` + filler + `</article><footer>All rights reserved</footer></body></html>`
	a, err := Read(Input{URL: "https://kinds.example/keys", Body: []byte(html)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range a.Blocks {
		if b.Kind != Paragraph {
			got = append(got, string(b.Kind)+": "+cutRunes(oneLine(b.Text), 24))
		}
	}
	want := []string{
		"heading: What was found", "list: The file was world-reada", "list: Nobody had changed the k",
		"blockquote: We believed that the fil", "code: ls -l /var/lib/gateway/k",
		"table: Version State of the fil", "table: 4.1 and older every proc", "table: 4.2 and newer only the g",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("blocks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A page made for two widths of screen states its text twice; React streams it in
// hidden boxes.
func TestTextThatStandsTwiceOrHidden(t *testing.T) {
	var text strings.Builder
	for i := range 6 {
		fmt.Fprintf(&text, "<p>Paragraph %d. %s%s</p>", i, sentence, sentence)
	}
	for name, html := range map[string]string{
		"twice":    `<body><main><h1>Keys</h1><div class="desktop">` + text.String() + `</div><div class="mobile">` + text.String() + `</div></main></body>`,
		"streamed": `<body><h1>Keys</h1><template id="B:0"></template><div hidden id="S:0"><main>` + text.String() + `</main></div></body>`,
	} {
		a, err := Read(Input{URL: "https://twice.example/keys", Body: []byte(html)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			if n := strings.Count(a.Text(), fmt.Sprintf("Paragraph %d.", i)); n != 1 {
				t.Errorf("%s: paragraph %d stands %d times", name, i, n)
			}
		}
	}
}

// What stands between paragraphs that stand twice is stated once as well: headings and
// lists. A heading that comes back over other text stays.
func TestHeadingsAndListsOfTextThatStandsTwice(t *testing.T) {
	item := func(s string) piece { return piece{kind: List, text: s, words: wordsOf(s)} }
	heading := func(s string) piece { return piece{kind: Heading, text: s, words: wordsOf(s)} }
	long := piece{kind: Paragraph, text: sentence, words: wordsOf(sentence)}
	other := strings.ToUpper(sentence) + "Again."
	stretch := []piece{
		heading("What to do"), long, item("Turn the remote account off before anything else is done to the gateway"),
		item("Then look through the logs of the last ninety days for addresses nobody knows"), heading("For the list"),
	}
	pieces := append(append([]piece{}, stretch...), stretch...)
	pieces = append(pieces, piece{kind: Paragraph, text: other, words: wordsOf(other)}, heading("What to do"))
	keep := make([]bool, len(pieces))
	for i := range keep {
		keep[i] = true
	}
	settle(pieces, keep)
	for i, k := range keep {
		if want := i < len(stretch) || i >= 2*len(stretch); k != want {
			t.Errorf("piece %d %q: kept %v, want %v", i, pieces[i].text, k, want)
		}
	}
}

// Where little is sure, less is asked of a piece; where nearly all is, more. No page is
// given an article because none of it is likely.
func TestTheBarFollowsThePage(t *testing.T) {
	bar := func(scores ...float32) float32 {
		var pg page
		for range scores {
			pg.pieces = append(pg.pieces, piece{kind: Paragraph, text: sentence, words: wordsOf(sentence)})
		}
		return barOf(pg, scores)
	}
	for _, c := range []struct {
		name   string
		scores []float32
		want   float32 // the lowest score that is kept
	}{
		{"sure", []float32{0.99, 0.99, 0.99, 0.98, 0.98, 0.98, 0.97, 0.97, 0.5, 0.01}, 0.97},
		{"unsure", []float32{0.7, 0.6, 0.5, 0.45, 0.1}, 0.45},
		{"nothing likely", []float32{0.1, 0.08, 0.05}, 0.4},
	} {
		if got := bar(c.scores...); got != c.want {
			t.Errorf("%s: a bar of %v, want %v", c.name, got, c.want)
		}
	}
	if got := barOf(page{}, nil); got < 0.4 || got > 0.6 {
		t.Errorf("of no pieces: a bar of %v", got)
	}
}

func TestTableOfTreesIsChecked(t *testing.T) {
	for table, want := range map[string]string{
		"forest first\ntree\nprose 1\n= 1\n":    "middle of a tree",
		"forest first\ntree\ncolour 1\n= 1\n":   "line 3 of the table of trees: no feature",
		"tree\n":                                "line 1 of the table of trees: stands in no forest",
		"forest first\ntree\n= 1\n= 2\n":        "line 4 of the table of trees: is not understood",
		"forest first\nbase much\n":             "line 2 of the table of trees",
		"forest first\ntree\nprose 1 2 3\n= 1":  "more than two words",
		"forest first\ntree\n= 1\ntree\ntree\n": "is not understood",
	} {
		if _, err := parseTables(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("table %q: error %v, want one that says %q", table, err, want)
		}
	}
	got, err := parseTables("# made by hand\nforest first\nbase 0\ntree\nprose 0.5\nwords 2\n= -1\n= -2\n= 3\nforest second\nbase 0\n")
	if err != nil {
		t.Fatal(err)
	}
	names, _ := columns()
	row := make([]float32, len(names))
	for i, n := range names {
		if n == "words" {
			row[i] = 5
		}
	}
	if p := got.first.probability(row); p > 0.12 || p < 0.11 { // 1/(1+e^2)
		t.Errorf("probability %v, want that of -2", p)
	}
}

// Few pages that were learned from are longer than some thousand words; an
// article of a book's length is kept to its end.
func TestLongArticlesAreKeptWhole(t *testing.T) {
	for _, size := range []int{30 << 10, 100 << 10, 1 << 20} {
		page := pageOf(size)
		a, err := Read(Input{URL: "https://size.example/a", Body: page})
		if err != nil {
			t.Fatal(err)
		}
		days := bytes.Count(page, []byte("On day "))
		if got := strings.Count(a.Text(), "On day "); got < days*98/100 {
			t.Errorf("of a page of %d bytes, %d of %d paragraphs were kept", size, got, days)
		}
	}
}
