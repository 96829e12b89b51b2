package extract

import (
	"encoding/json"
	"flag"
	"html"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

var fitQuotes = flag.Bool("fit-quotes", false, "print the weights of quotes fitted on the pairs of the corpus")

type pair struct {
	Title, Text, Quote string
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

var (
	mdLink     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	mdRef      = regexp.MustCompile(`\[([^\]]+)\]\[[^\]]*\]`)
	mdEmphasis = regexp.MustCompile("[*_`]{1,3}")
	mdTag      = regexp.MustCompile(`<[^>]{1,200}>`)
	mdItem     = regexp.MustCompile(`^\s*(?:[-*+]|\d+\.)\s+`)
)

// fromMarkdown makes an article of a pair's Markdown, well enough to rank.
func fromMarkdown(p pair) Article {
	text := strings.ReplaceAll(p.Text, "\r\n", "\n")
	if strings.HasPrefix(text, "---\n") {
		if end := strings.Index(text[4:], "\n---"); end >= 0 {
			text = text[4+end+4:]
		}
	}
	a := Article{Title: p.Title}
	clean := func(s string) string {
		s = mdLink.ReplaceAllString(s, "$1")
		s = mdRef.ReplaceAllString(s, "$1")
		s = mdTag.ReplaceAllString(s, "")
		return oneLine(html.UnescapeString(mdEmphasis.ReplaceAllString(s, "")))
	}
	var current []string
	kind := Paragraph
	flush := func() {
		if t := clean(strings.Join(current, " ")); t != "" {
			a.Blocks = append(a.Blocks, Block{kind, t})
		}
		current, kind = nil, Paragraph
	}
	code := false
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "```"):
			flush()
			code = !code
		case code:
		case trimmed == "":
			flush()
		case strings.HasPrefix(trimmed, "#"):
			flush()
			kind, current = Heading, []string{strings.TrimLeft(trimmed, "# ")}
			flush()
		case strings.HasPrefix(trimmed, "|"):
			flush()
			kind, current = Table, []string{trimmed}
			flush()
		case strings.Trim(trimmed, "=-") == "" && len(current) > 0:
			kind = Heading
			flush()
		case mdItem.MatchString(line):
			flush()
			kind, current = List, []string{mdItem.ReplaceAllString(line, "")}
		case strings.HasPrefix(trimmed, ">"):
			kind = Blockquote
			current = append(current, strings.TrimLeft(trimmed, "> "))
		default:
			current = append(current, trimmed)
		}
	}
	flush()
	return a
}

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

// fit is a logistic regression with a pull towards zero, each article weighing
// the same.
func fit(rows [][]paragraph, marks [][]bool, skip int) fitted {
	var m fitted
	m.bias = -2
	for step := range 1500 {
		rate := 1.5 / (1 + float64(step)/300)
		var g fitted
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
				sum := m.bias
				for f, w := range m.weights {
					sum += w * p.features[f]
				}
				y, weight := 0.0, 0.5/(float64(len(ps))-positives)
				if marks[k][i] {
					y, weight = 1, 0.5/positives
				}
				d := (y - 1/(1+math.Exp(-sum))) * weight / float64(len(rows))
				for f := range g.weights {
					g.weights[f] += d * p.features[f]
				}
				g.bias += d
			}
		}
		const pull = 0.01
		for f := range m.weights {
			m.weights[f] += rate * (g.weights[f] - pull*m.weights[f])
		}
		m.bias += rate * g.bias
	}
	return m
}

// TestQuotesAgainstRealChoices prints how well paragraphs are ranked, beside
// the baselines, and fails below the floor reached.
func TestQuotesAgainstRealChoices(t *testing.T) {
	all := pairs(t)
	var rows [][]paragraph
	var marks [][]bool
	var articles []Article
	for _, p := range all {
		a := fromMarkdown(p)
		c := a.paragraphs()
		articles, rows, marks = append(articles, a), append(rows, c), append(marks, chosen(a, c, p.Quote))
		any := false
		for _, m := range marks[len(marks)-1] {
			any = any || m
		}
		if !any {
			t.Logf("no paragraph of %q was chosen (the quote is no part of its text)", p.Title)
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
		t.Logf("%-28s hit@3 %.2f  hit@5 %.2f  AUC %.3f", name, h3, h5, auc)
		return h3, h5, auc
	}
	random := rand.New(rand.NewPCG(1, 2))
	report("random", func(_, _ int) float64 { return random.Float64() })
	report("first paragraphs", func(_, i int) float64 { return -float64(i) })
	report("longest", func(k, i int) float64 { return float64(rows[k][i].words) })
	report("title overlap", func(k, i int) float64 { return rows[k][i].features[featTitle] })
	unseen := make([]fitted, len(rows))
	for k := range rows {
		unseen[k] = fit(rows, marks, k)
	}
	report("fitted, article not seen", func(k, i int) float64 {
		sum := 0.0
		for f, w := range unseen[k].weights {
			sum += w * rows[k][i].features[f]
		}
		return sum
	})
	h3, _, auc := report("as shipped", func(k, i int) float64 { return rows[k][i].score })
	if *fitQuotes {
		m := fit(rows, marks, -1)
		t.Logf("weights %.2f bias %.2f", m.weights, m.bias)
	}
	if h3 < 0.60 || auc < 0.80 {
		t.Errorf("quotes are ranked worse than before: hit@3 %.2f, AUC %.3f", h3, auc)
	}
	for _, a := range articles {
		checkQuotes(t, a)
	}
}

// checkQuotes holds what every proposal promises.
func checkQuotes(t testing.TB, a Article) {
	t.Helper()
	text := a.Text()
	quotes := a.Quotes()
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
