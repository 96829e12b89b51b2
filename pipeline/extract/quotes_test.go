package extract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	markup "github.com/yuin/goldmark/renderer/html"
)

type pair struct {
	Title, URL, Text, Quote string
}

func pairs(t testing.TB) []pair {
	raw, err := os.ReadFile(filepath.Join(corpus, "quotes/pairs.json"))
	if err != nil {
		t.Skip("the pairs of articles and quotes are not beside the repository: ", err)
	}
	var out []pair
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// articleOf reads a pair's text as what its repository held: a whole HTML page
// goes through Read; Markdown is made HTML as a forge or a site's generator
// does, and all of it is body (the page's furniture is not in the file).
func articleOf(t testing.TB, p pair) Article {
	text := strings.TrimPrefix(strings.ReplaceAll(p.Text, "\r\n", "\n"), "\ufeff")
	if strings.HasPrefix(strings.ToLower(text), "<!doctype html") {
		a, err := Read(Input{URL: p.URL, ContentType: "text/html; charset=utf-8", Body: []byte(p.Text)})
		if err != nil {
			t.Fatalf("%s: %v", p.URL, err)
		}
		return a
	}
	for _, fence := range []string{"---\n", "+++\n"} {
		if strings.HasPrefix(text, fence) {
			if end := strings.Index(text[4:], "\n"+fence); end >= 0 {
				text = text[4+end+5:]
			}
		}
	}
	var page bytes.Buffer
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(markup.WithUnsafe()))
	if err := markdown.Convert([]byte(text), &page); err != nil {
		t.Fatalf("%s: %v", p.URL, err)
	}
	doc, _, err := parse(page.String())
	if err != nil {
		t.Fatalf("%s: %v", p.URL, err)
	}
	a := Article{URL: p.URL, Title: p.Title}
	for _, piece := range segment(doc) {
		a.Blocks = append(a.Blocks, Block{piece.kind, piece.text})
	}
	return a
}

var (
	mdLink     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	mdEmphasis = regexp.MustCompile("[*_`]{1,3}")
)

// chosen tells which candidates the editor quoted: half of their runs of three
// words are in her quote.
func chosen(a Article, candidates []paragraph, quote string) []bool {
	in := map[uint64]bool{}
	for _, h := range runsOf(wordsOf(mdEmphasis.ReplaceAllString(mdLink.ReplaceAllString(quote, "$1"), ""))) {
		in[h] = true
	}
	out := make([]bool, len(candidates))
	for i, c := range candidates {
		runs := runsOf(wordsOf(a.Blocks[c.block].Text))
		hits := 0
		for _, h := range runs {
			if in[h] {
				hits++
			}
		}
		out[i] = len(runs) > 0 && float64(hits) >= 0.5*float64(len(runs))
	}
	return out
}

type ranked struct {
	scores []float64
	chosen []bool
}

// rankFigures gives hit in 3, hit in 5 and the mean AUC. Articles none of
// whose paragraphs was chosen count as misses, and not for AUC.
func rankFigures(all []ranked) (hit3, hit5, auc float64) {
	counted := 0.0
	for _, r := range all {
		order := make([]int, len(r.scores))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(x, y int) bool { return r.scores[order[x]] > r.scores[order[y]] })
		for k, i := range order {
			if r.chosen[i] {
				if k < 3 {
					hit3++
				}
				if k < 5 {
					hit5++
				}
				break
			}
		}
		wins, total := 0.0, 0.0
		for i := range r.scores {
			for j := range r.scores {
				if r.chosen[i] && !r.chosen[j] {
					total++
					if r.scores[i] > r.scores[j] {
						wins++
					} else if r.scores[i] == r.scores[j] {
						wins += 0.5
					}
				}
			}
		}
		if total > 0 {
			auc += wins / total
			counted++
		}
	}
	n := float64(len(all))
	return hit3 / n, hit5 / n, auc / counted
}

type fitted struct {
	weights [len(quoteWeights)]float64
	bias    float64
}

func (m fitted) score(p paragraph) float64 {
	sum := m.bias
	for f, w := range m.weights {
		sum += w * p.features[f]
	}
	return sum
}

// fit is a logistic regression with a pull towards zero (ridge), by Newton's
// method from zero: the same rows give the same weights. Each article weighs
// the same, and in it the chosen paragraphs together as much as the others.
// The article skip is left out.
func fit(rows [][]paragraph, marks [][]bool, skip int) fitted {
	const n = len(quoteWeights) + 1 // the last is the bias
	const pull = 0.01
	var w [n]float64
	for range 8 {
		var gradient [n]float64
		var curve [n][n]float64
		for k, ps := range rows {
			positives := 0.0
			for _, c := range marks[k] {
				if c {
					positives++
				}
			}
			if k == skip || positives == 0 || positives == float64(len(ps)) {
				continue
			}
			for i, p := range ps {
				var x [n]float64
				copy(x[:], p.features[:])
				x[n-1] = 1
				sum := 0.0
				for j := range x {
					sum += w[j] * x[j]
				}
				y, weight := 0.0, 0.5/(float64(len(ps))-positives)
				if marks[k][i] {
					y, weight = 1, 0.5/positives
				}
				weight /= float64(len(rows))
				p := 1 / (1 + math.Exp(-sum))
				for j := range x {
					gradient[j] += weight * (y - p) * x[j]
					for l := range x {
						curve[j][l] += weight * p * (1 - p) * x[j] * x[l]
					}
				}
			}
		}
		for j := range n - 1 {
			gradient[j] -= pull * w[j]
			curve[j][j] += pull
		}
		curve[n-1][n-1] += 1e-9
		// Gauss: curve is positive definite, so no pivots are needed.
		for i := range n {
			for r := i + 1; r < n; r++ {
				m := curve[r][i] / curve[i][i]
				for c := i; c < n; c++ {
					curve[r][c] -= m * curve[i][c]
				}
				gradient[r] -= m * gradient[i]
			}
		}
		for i := n - 1; i >= 0; i-- {
			for c := i + 1; c < n; c++ {
				gradient[i] -= curve[i][c] * gradient[c]
			}
			gradient[i] /= curve[i][i]
		}
		for j := range w {
			w[j] += gradient[j]
		}
	}
	m := fitted{bias: w[n-1]}
	copy(m.weights[:], w[:n-1])
	return m
}

// textRank ranks paragraphs by how much they share with the others (Mihalcea
// and Tarau, EMNLP 2004).
func textRank(a Article, candidates []paragraph) []float64 {
	n := len(candidates)
	sets := make([]map[string]bool, n)
	for i, c := range candidates {
		sets[i] = map[string]bool{}
		for _, w := range wordsOf(a.Blocks[c.block].Text) {
			if !stopWords()[w] {
				sets[i][w] = true
			}
		}
	}
	links := make([][]float64, n)
	sums := make([]float64, n)
	for i := range n {
		links[i] = make([]float64, n)
	}
	for i := range n {
		for j := range i {
			same := 0.0
			for w := range sets[i] {
				if sets[j][w] {
					same++
				}
			}
			if same > 0 {
				same /= math.Log(float64(len(sets[i])+1)) + math.Log(float64(len(sets[j])+1))
			}
			links[i][j], links[j][i] = same, same
			sums[i] += same
			sums[j] += same
		}
	}
	rank := make([]float64, n)
	for range 30 {
		next := make([]float64, n)
		for i := range n {
			for j := range n {
				if sums[j] > 0 {
					next[i] += 0.85 * rank[j] * links[i][j] / sums[j]
				}
			}
			next[i] += 0.15
		}
		rank = next
	}
	return rank
}

// TestQuotesAgainstRealChoices scores the ranking against what a real editor
// quoted, beside the baselines, each article judged by weights fitted without
// it. It fails below the figures to reach, and when the weights shipped are
// not those of the fit.
func TestQuotesAgainstRealChoices(t *testing.T) {
	var rows [][]paragraph
	var marks [][]bool
	var articles []Article
	for _, p := range pairs(t) {
		a := articleOf(t, p)
		c := a.paragraphs(DefaultShape())
		m := chosen(a, c, p.Quote)
		articles, rows, marks = append(articles, a), append(rows, c), append(marks, m)
		if !slices.Contains(m, true) {
			t.Logf("no paragraph of %q was chosen (the quote is no part of its text): it counts as missed", p.Title)
		}
	}
	report := func(name string, score func(article, i int) float64) (float64, float64, float64) {
		var out []ranked
		for k := range rows {
			r := ranked{chosen: marks[k]}
			for i := range rows[k] {
				r.scores = append(r.scores, score(k, i))
			}
			out = append(out, r)
		}
		h3, h5, auc := rankFigures(out)
		t.Logf("%-34s hit@3 %.2f  hit@5 %.2f  AUC %.3f", name, h3, h5, auc)
		return h3, h5, auc
	}
	t.Logf("%d articles", len(rows))
	random := rand.New(rand.NewPCG(1, 2))
	report("random", func(_, _ int) float64 { return random.Float64() })
	ranks := make([][]float64, len(rows))
	for k := range rows {
		ranks[k] = textRank(articles[k], rows[k])
	}
	report("TextRank", func(k, i int) float64 { return ranks[k][i] })
	report("longest", func(k, i int) float64 { return float64(rows[k][i].words) })
	report("first paragraphs", func(_, i int) float64 { return -float64(i) })
	report("overlap with the title", func(k, i int) float64 { return rows[k][i].features[featTitle] })
	report("early and long, few stop words", func(k, i int) float64 {
		f := rows[k][i].features
		return f[featEarly] + f[featLength] - f[featStop]
	})
	unseen := make([]fitted, len(rows))
	for k := range rows {
		unseen[k] = fit(rows, marks, k)
	}
	h3, h5, auc := report("ours, article not seen in the fit", func(k, i int) float64 { return unseen[k].score(rows[k][i]) })
	report("ours as shipped (all seen)", func(k, i int) float64 { return rows[k][i].score })
	if h3 < 0.75 || h5 < 0.85 || auc < 0.87 {
		t.Errorf("quotes are ranked worse than they must be (0.75, 0.85, 0.870): hit@3 %.2f, hit@5 %.2f, AUC %.3f", h3, h5, auc)
	}

	m := fit(rows, marks, -1)
	for f, w := range m.weights {
		if math.Abs(w-quoteWeights[f]) > 0.05 || math.Abs(m.bias-quoteBias) > 0.05 {
			t.Errorf("the weights shipped are not those of the fit; it gives\n%s and bias %.2f", strings.Join(strings.Fields(fmt.Sprintf("%.2f", m.weights)), ", "), m.bias)
			break
		}
	}

	// What the editor sees are passages, which grow over several paragraphs.
	in3, in5 := 0, 0
	for k, a := range articles {
		checkQuotes(t, a)
		for n, q := range a.Quotes() {
			hit := slices.ContainsFunc(rows[k], func(p paragraph) bool {
				return marks[k][slices.IndexFunc(rows[k], func(o paragraph) bool { return o.block == p.block })] &&
					strings.Contains(q.Exact, a.Blocks[p.block].Text)
			})
			if hit {
				if n < 3 {
					in3++
				}
				if n < 5 {
					in5++
				}
				break
			}
		}
	}
	t.Logf("%-34s hit@3 %.2f  hit@5 %.2f", "the passages of Quotes as shipped", float64(in3)/float64(len(rows)), float64(in5)/float64(len(rows)))
}

// checkQuotes holds what every proposal promises, whatever the shape.
func checkQuotes(t testing.TB, a Article) {
	t.Helper()
	for _, shape := range []Shape{{}, {Quotes: 50, Words: 40, MostWords: 60, Paragraphs: 1, Elisions: 1, Speech: 1}, {Words: -1, Paragraphs: 99}} {
		checkProposals(t, a, a.QuotesFor(shape, Around{}))
	}
}

func checkProposals(t testing.TB, a Article, quotes []Quote) {
	t.Helper()
	text := a.Text()
	if len(quotes) > maxQuotes {
		t.Errorf("%d proposals", len(quotes))
	}
	taken := map[int]bool{}
	for _, q := range quotes {
		at := strings.Index(text, q.Prefix+q.Exact+q.Suffix)
		if q.Exact == "" || at < 0 {
			t.Fatalf("proposal %q is no part of the text", q.Exact)
		}
		if q.Score < 0 || q.Score > 1 || len(q.Reasons) == 0 {
			t.Errorf("score %v, reasons %v", q.Score, q.Reasons)
		}
		if n := strings.Count(q.Exact, "\n\n") + 1; n > mostParagraph {
			t.Errorf("a proposal of %d paragraphs", n)
		}
		start := at + len(q.Prefix)
		if strings.Count(text, q.Prefix+q.Exact+q.Suffix) == 1 {
			for i := start; i < start+len(q.Exact); i++ {
				if taken[i] {
					t.Fatalf("two proposals overlap in %q", q.Exact)
				}
				taken[i] = true
			}
		}
	}
}

const filler = "The gateway kept its session keys in a file that every process on the machine could read, and nobody on the night shift had noticed it in the four years since the move. "

// TestFurnitureIsNeverProposed holds what no editor quotes, in an article that
// has little else to offer.
func TestFurnitureIsNeverProposed(t *testing.T) {
	for _, text := range []string{
		"By Ada Lindqvist", "By Ada Lindqvist and Tomas Oyelaran, March 3, 2031", "BY ADA LINDQVIST", "Written by the Harbour research team in Oslo",
		"Published on 3 March 2031 by the Harbour team", "Published: March 3, 2031, 10:04 in the morning", "Last updated 3 March 2031 at 10:04 in the morning",
		"Photo: the server hall of the clinic in winter, by A. Holm", "Image credit: Harbour press office, all the rest by hand",
		"Figure 3: the path of a key from the vault to the log file", "Source: survey of 400 administrators, spring 2031",
		"Copyright 2031 Harbour Press. All rights reserved.", "© 2031 Harbour Press and its licensors",
		"Subscribe to our weekly newsletter to get the next part in your inbox.", "Sign up for our newsletter and never miss a story again.",
		"Click here to download the full report as a PDF file.", "Follow us on the network of your choice for more stories.",
		"Share this story with somebody who keeps keys in the open.", "Read more: how the clinic lost its backups in a night",
		"Related: five things to ask before you buy a gateway", "Book a demo with our sales engineers and see it live.",
		"Want to know more? Contact us today and ask for a free trial.", "Start your free trial of Harbour Gateway today.",
		"Disclaimer: the author holds shares in a firm named in this story.", "Disclosure: Harbour paid for the author's trip to Oslo.",
		"The views expressed here are those of the author and not of Harbour.", "This article does not constitute legal advice of any kind.",
		"This post was originally published on the Harbour engineering blog.", "Ada Lindqvist is a senior security reporter at the Harbour Ledger, based in Oslo.",
		"Editor’s note: the name of the clinic was corrected on Tuesday.", "Thanks for reading! If you liked it, tell a friend.",
		"Many thanks to Tomas for reading drafts of this and finding the errors.", "By continuing you agree to our terms of service and the cookie notice.",
		"Please enable JavaScript to see the comments below this story.", "We may earn affiliate commission from links on this page.",
		"Unless required by applicable law or agreed to in writing, software is distributed as it is.",
		"Tags: keys, gateways, night shifts, clinics, backups", "Advertisement: what we say here was paid for by somebody",
	} {
		a := Article{Title: "Keys in the open"}
		for _, b := range []string{filler + "First.", text, filler + "Second."} {
			a.Blocks = append(a.Blocks, Block{Paragraph, b})
		}
		for _, q := range a.Quotes() {
			if strings.Contains(q.Exact, text) {
				t.Errorf("proposed: %s", text)
			}
		}
	}
	a := Article{Blocks: []Block{{Caption, filler}, {Code, filler}, {Table, filler}, {Heading, "Nobody noticed it for four years"}}}
	if got := a.Quotes(); len(got) != 0 {
		t.Errorf("a caption, code, a table or a heading was proposed: %+v", got)
	}
}

// TestSentencesLikeFurnitureAreProposed: the words of furniture are what some
// articles are about.
func TestSentencesLikeFurnitureAreProposed(t *testing.T) {
	for _, text := range []string{
		"By default, the gateway logs every key it hands out.", "By Monday the attackers had every key of the clinic.",
		"Thanks to a misconfigured bucket, anyone could read the backups.", "Published research shows that most keys are never rotated.",
		"The privacy policy said nothing about the keys that the firm kept.", "Users sign up for the service with a telephone number.",
		"Image files were the way in: the parser trusted their length.", "Source code for the loader was found on the same server.",
		"The firm changed its terms of service a week after the breach.", "Updated firmware did not help, because the keys were known already.",
		"Following the money led to a shell company with one director.", "Advertisers could read which clinic a patient had visited.",
	} {
		a := Article{Title: "Keys", Blocks: []Block{{Paragraph, text}}}
		if got := a.Quotes(); len(got) != 1 || got[0].Exact != text {
			t.Errorf("not proposed: %s", text)
		}
	}
}

func TestShapeIsLearned(t *testing.T) {
	if got := LearnShape(nil); got != DefaultShape() {
		t.Errorf("no quotes give %+v", got)
	}
	short := strings.TrimSpace(strings.Repeat("word ", 40))
	spoken := "> “We did not know that it was open,” she said. " + short + " [...]\n>\n> " + short
	var archive []string
	for range 200 {
		archive = append(archive, short, spoken)
	}
	s := LearnShape(archive)
	if s.Quotes != 400 || s.Words < 60 || s.Words > 105 || s.MostWords > 140 || s.Paragraphs != 2 || s.Elisions < 0.45 || s.Elisions > 0.5 || s.Speech < 0.45 || s.Speech > 0.5 {
		t.Errorf("learned %+v", s)
	}
	for i, q := range archive {
		archive[i] = strings.ReplaceAll(q, "\n", "\r\n")
	}
	if other := LearnShape(archive); other != s {
		t.Errorf("with the line ends of another system %+v, not %+v", other, s)
	}
	if few := LearnShape(archive[:2]); few.Words < 120 || few.Speech > 0.35 {
		t.Errorf("two quotes count for too much: %+v", few)
	}
}

func TestPassagesHaveTheEditorsShape(t *testing.T) {
	a := Article{Title: "Keys in the open"}
	for range 30 {
		a.Blocks = append(a.Blocks, Block{Paragraph, strings.TrimSpace(filler)})
	}
	words := func(s Shape) int { return len(wordsOf(a.QuotesFor(s, Around{})[0].Exact)) }
	if got := words(Shape{}); got < 90 || got > 190 {
		t.Errorf("by default a passage has %d words; editors' median is 141", got)
	}
	if got := words(Shape{Quotes: 90, Words: 35, MostWords: 70, Paragraphs: 2}); got > 40 {
		t.Errorf("for an editor of 35 words a passage has %d", got)
	}
	said := "“We rotated every key in the same night,” the operator said, and nobody asked."
	quiet := "The operator told the board that all of the keys had been rotated that night."
	b := Article{Blocks: []Block{{Paragraph, quiet}, {Heading, "The night"}, {Paragraph, said}}}
	first := func(s Shape) string { return b.QuotesFor(s, Around{})[0].Exact }
	if first(Shape{Quotes: 90, Speech: 0.05}) != quiet || first(Shape{Quotes: 90, Speech: 0.95}) != said {
		t.Error("how often the editor quotes speech makes no difference")
	}
}

// TestReasonsOfTheArchive: what she quoted from a site before is a reason, and
// changes neither the passages nor their order.
func TestReasonsOfTheArchive(t *testing.T) {
	a := Article{Title: "Night shift", Blocks: []Block{
		{Paragraph, "The gateway wrote every session key into a log file that the backup service copied to a public bucket each night."},
		{Heading, "Elsewhere"},
		{Paragraph, "The harbour festival was moved to June because the weather forecast had promised nothing but rain for weeks."},
	}}
	earlier := []string{
		"A session key that lands in a log file is a session key that everybody has.", "Every backup service copies the log file, and the public bucket keeps it.",
		"Nobody had asked what the gateway wrote, or which public bucket the backup service filled.",
	}
	const reason = "near what you usually quote from this site"
	plain, learned := a.QuotesFor(Shape{}, Around{}), a.QuotesFor(Shape{}, Around{Earlier: earlier})
	if len(plain) != 2 || len(learned) != 2 {
		t.Fatalf("%d and %d proposals", len(plain), len(learned))
	}
	for i := range learned {
		if plain[i].Exact != learned[i].Exact || plain[i].Score != learned[i].Score || slices.Contains(plain[i].Reasons, reason) {
			t.Errorf("proposal %d: %+v, then %+v", i, plain[i], learned[i])
		}
		if got, want := slices.Contains(learned[i].Reasons, reason), strings.Contains(learned[i].Exact, "session key"); got != want {
			t.Errorf("%q: %v", learned[i].Exact, learned[i].Reasons)
		}
	}
	for _, q := range a.QuotesFor(Shape{}, Around{Earlier: earlier[:2]}) {
		if slices.Contains(q.Reasons, reason) {
			t.Errorf("two quotes make nothing usual: %v", q.Reasons)
		}
	}
}

// TestWhatOthersSay: a passage that says what the headlines of other outlets
// say has their number among its reasons; one outlet with two such headlines is
// one, and a headline that only shares a word or two is none.
func TestWhatOthersSay(t *testing.T) {
	a := Article{Title: "Night shift", Blocks: []Block{
		{Paragraph, "The gateway wrote every session key into a log file that the backup service copied to a public bucket each night."},
		{Heading, "Elsewhere"},
		{Paragraph, "The harbour festival was moved to June because the weather forecast had promised nothing but rain for weeks."},
	}}
	elsewhere := [][]string{
		{"Session keys of the gateway? Every session key in a log file", "Gateway session key found in public bucket", "Gateway session key in public log"},
		{"Backup service left session key in a public bucket"},
		{"A key for the harbour", "Festival of keys"},
		{"Unrelated", ""},
	}
	for _, q := range a.QuotesFor(Shape{}, Around{Elsewhere: elsewhere}) {
		got := slices.ContainsFunc(q.Reasons, func(r string) bool { return r == "repeats what 2 outlets say" })
		if want := strings.Contains(q.Exact, "session key"); got != want {
			t.Errorf("%q: %v", q.Exact, q.Reasons)
		}
	}
	for _, q := range a.QuotesFor(Shape{}, Around{Elsewhere: elsewhere[:1]}) {
		if slices.ContainsFunc(q.Reasons, func(r string) bool { return strings.HasPrefix(r, "repeats") }) {
			t.Errorf("one outlet is no chorus: %v", q.Reasons)
		}
	}
}

// TestRealShape holds the default against the archive it was taken from.
func TestRealShape(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus, "issues/*.md"))
	if len(files) == 0 {
		t.Skip("the archive is not beside the repository")
	}
	var quotes []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var now []string
		for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(raw))+"\n", "\n") {
			if text, ok := strings.CutPrefix(line, ">"); ok {
				now = append(now, strings.TrimSpace(text))
			} else if len(now) > 0 {
				quotes = append(quotes, strings.Join(now, "\n"))
				now = nil
			}
		}
	}
	got, d := LearnShape(quotes), DefaultShape()
	t.Logf("%d files, %+v", len(files), got)
	if math.Abs(float64(got.Words-d.Words)) > 20 || math.Abs(float64(got.MostWords-d.MostWords)) > 40 || got.Paragraphs != d.Paragraphs || math.Abs(got.Speech-d.Speech) > 0.07 || math.Abs(got.Elisions-d.Elisions) > 0.07 {
		t.Errorf("the archive gives %+v, the default is %+v", got, d)
	}
}
