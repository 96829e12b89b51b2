package extract

// The trainer of body.trees: gradient-boosted trees with logistic loss on the
// pieces of public pages. `make train` runs it; docs/extraction.md explains it.

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
)

var (
	train      = flag.String("train", "", "write the learned table to this file")
	validate   = flag.Bool("validate", false, "cross-validate the learned table over sites")
	treeCount  = flag.Int("trees", 150, "trees to learn")
	leafCount  = flag.Int("leaves", 16, "leaves a tree")
	weightA    = flag.Float64("weight-a", 3, "weight of a page of the article benchmark beside one of the page benchmark")
	keep       = flag.Float64("keep", 0.5, "probability from which a piece is kept")
	learnSpeed = flag.Float64("speed", 0.08, "step of each tree")
)

type trainingPage struct {
	sample
	rows   [][]float32
	labels []float32
	weight []float32
	texts  []string
	// refused marks the pieces that Read never keeps.
	refused []bool
}

func prepare(s sample) trainingPage {
	address, _ := url.Parse(s.url)
	doc, _, err := parse(decode(s.html, ""))
	if err != nil {
		return trainingPage{sample: s}
	}
	var facts Article
	stated := gather(doc)
	stated.fill(&facts, address)
	pg := newPage(doc, address, facts)
	tp := trainingPage{sample: s, rows: describe(pg), labels: label(pg.pieces, s.gold)}
	gold := float32(len(wordsOf(s.gold)))
	for i, p := range pg.pieces {
		_ = i
		w := float32(len(p.words))
		tp.weight = append(tp.weight, (w+1)/(gold+80))
		tp.texts = append(tp.texts, p.text)
		tp.refused = append(tp.refused, refused(p, pg.title))
	}
	return tp
}

// label says for each piece which share of it the gold text holds, short ones
// only where they stand next to a longer one that is held.
func label(pieces []piece, gold string) []float32 {
	words := wordsOf(gold)
	where := map[uint64][]int{}
	for i, h := range runsOf(words) {
		where[h] = append(where[h], i)
	}
	out := make([]float32, len(pieces))
	starts := make([]int, len(pieces))
	ends := make([]int, len(pieces))
	for i, p := range pieces {
		starts[i], ends[i] = -1, -1
		runs := runsOf(p.words)
		hits := 0
		for _, h := range runs {
			if at := where[h]; len(at) > 0 {
				hits++
				if starts[i] < 0 {
					starts[i] = at[0]
				}
				ends[i] = at[0] + 3
			}
		}
		if len(runs) > 0 {
			out[i] = float32(hits) / float32(len(runs))
		}
		if len(p.words) < 5 && out[i] < 1 {
			out[i] = 0
		}
	}
	same := func(at int, w []string) bool {
		return at >= 0 && at+len(w) <= len(words) && slices.Equal(words[at:at+len(w)], w)
	}
	at := 0
	for i, p := range pieces {
		switch {
		case len(p.words) < 3 && len(p.words) > 0 && same(at, p.words):
			out[i] = 1
			at += len(p.words)
		case out[i] > 0.7:
			at = ends[i]
		}
	}
	at = len(words)
	for i := len(pieces) - 1; i >= 0; i-- {
		p := pieces[i]
		switch {
		case len(p.words) < 3 && len(p.words) > 0 && same(at-len(p.words), p.words):
			out[i] = 1
			at -= len(p.words)
		case out[i] > 0.7:
			at = starts[i]
		}
	}
	return out
}

func prepareAll(samples []sample) []trainingPage {
	out := make([]trainingPage, len(samples))
	var wg sync.WaitGroup
	jobs := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range jobs {
				out[i] = prepare(samples[i])
			}
		})
	}
	for i := range samples {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	return out
}

const bins = 48

// learn fits a forest.
func learn(pages []trainingPage, seed uint64) forest {
	random := rand.New(rand.NewPCG(seed, 7))
	var rows [][]float32
	var y, w []float32
	for _, p := range pages {
		rows = append(rows, p.rows...)
		y = append(y, p.labels...)
		w = append(w, p.weight...)
	}
	columns := len(featureNames)
	edges := make([][]float32, columns)
	binned := make([][]uint8, columns)
	for c := range columns {
		var values []float32
		for i := 0; i < len(rows); i += 5 {
			values = append(values, rows[i][c])
		}
		slices.Sort(values)
		for b := 1; b < bins; b++ {
			v := values[b*(len(values)-1)/bins]
			if len(edges[c]) == 0 || v > edges[c][len(edges[c])-1] {
				edges[c] = append(edges[c], v)
			}
		}
		// Rare values at the ends of a column are questions too.
		if top := values[len(values)-1]; top > edges[c][len(edges[c])-1] {
			edges[c] = append(edges[c], top)
		}
		binned[c] = make([]uint8, len(rows))
		for i := range rows {
			binned[c][i] = uint8(sort.Search(len(edges[c]), func(k int) bool { return edges[c][k] > rows[i][c] }))
		}
	}
	var sumY, sumW float64
	for i := range y {
		sumY += float64(y[i] * w[i])
		sumW += float64(w[i])
	}
	f := forest{base: float32(math.Log(sumY / (sumW - sumY))), threshold: 0.5}
	logits := make([]float32, len(rows))
	for i := range logits {
		logits[i] = f.base
	}
	grad := make([]float64, len(rows))
	hess := make([]float64, len(rows))
	mean := sumW / float64(len(rows))
	for range *treeCount {
		var chosen []int32
		for i := range rows {
			p := 1 / (1 + math.Exp(-float64(logits[i])))
			wi := float64(w[i]) / mean
			grad[i] = wi * (float64(y[i]) - p)
			hess[i] = wi * p * (1 - p)
			if random.Float64() < 0.6 {
				chosen = append(chosen, int32(i))
			}
		}
		tree := growTree(chosen, binned, edges, grad, hess, random)
		f.trees = append(f.trees, tree)
		one := forest{trees: [][]node{tree}}
		for i := range rows {
			at := 0
			for one.trees[0][at].feature >= 0 {
				if rows[i][tree[at].feature] < tree[at].threshold {
					at = tree[at].left
				} else {
					at = tree[at].right
				}
			}
			logits[i] += tree[at].value
		}
	}
	return f
}

type cutAt struct {
	gain    float64
	feature int
	edge    int
}

// growTree makes one tree, best leaf first.
func growTree(rows []int32, binned [][]uint8, edges [][]float32, grad, hess []float64, random *rand.Rand) []node {
	const lambda, least = 5.0, 30.0
	type leaf struct {
		at   int
		rows []int32
		best cutAt
	}
	use := make([]bool, len(binned))
	for c := range use {
		use[c] = random.Float64() < 0.5
	}
	find := func(rows []int32) cutAt {
		best := cutAt{feature: -1}
		var G, H float64
		for _, i := range rows {
			G += grad[i]
			H += hess[i]
		}
		for c := range binned {
			if !use[c] {
				continue
			}
			var g, h [bins + 3]float64
			column := binned[c]
			for _, i := range rows {
				b := column[i]
				g[b] += grad[i]
				h[b] += hess[i]
			}
			var gl, hl float64
			for e := range edges[c] {
				gl += g[e]
				hl += h[e]
				if hl < least || H-hl < least {
					continue
				}
				gain := gl*gl/(hl+lambda) + (G-gl)*(G-gl)/(H-hl+lambda) - G*G/(H+lambda)
				if gain > best.gain {
					best = cutAt{gain, c, e}
				}
			}
		}
		return best
	}
	value := func(rows []int32) float32 {
		var G, H float64
		for _, i := range rows {
			G += grad[i]
			H += hess[i]
		}
		return float32(*learnSpeed * G / (H + lambda))
	}
	tree := []node{{feature: -1, value: value(rows)}}
	leaves := []leaf{{0, rows, find(rows)}}
	for len(leaves) < *leafCount {
		top := -1
		for i := range leaves {
			if leaves[i].best.feature >= 0 && (top < 0 || leaves[i].best.gain > leaves[top].best.gain) {
				top = i
			}
		}
		if top < 0 {
			break
		}
		l := leaves[top]
		var left, right []int32
		for _, i := range l.rows {
			if int(binned[l.best.feature][i]) <= l.best.edge {
				left = append(left, i)
			} else {
				right = append(right, i)
			}
		}
		tree[l.at] = node{feature: l.best.feature, threshold: edges[l.best.feature][l.best.edge], left: len(tree), right: len(tree) + 1}
		tree = append(tree, node{feature: -1, value: value(left)}, node{feature: -1, value: value(right)})
		leaves[top] = leaf{len(tree) - 2, left, find(left)}
		leaves = append(leaves, leaf{len(tree) - 1, right, find(right)})
	}
	return tree
}

func (f forest) table() string {
	var b strings.Builder
	b.WriteString("# Learned by `make train`; explained in docs/extraction.md.\n")
	fmt.Fprintf(&b, "base %.4g\nkeep %.3g\n", f.base, f.threshold)
	for _, tree := range f.trees {
		b.WriteString("tree\n")
		for _, n := range tree {
			if n.feature < 0 {
				fmt.Fprintf(&b, "= %.4g\n", n.value)
			} else {
				fmt.Fprintf(&b, "%s %.6g %d %d\n", featureNames[n.feature], n.threshold, n.left, n.right)
			}
		}
	}
	return b.String()
}

// reader gives the text a forest keeps of a prepared page.
func (f forest) reader(pages []trainingPage) func(sample) string {
	byID := map[string]trainingPage{}
	for _, p := range pages {
		byID[p.id] = p
	}
	return func(s sample) string {
		p := byID[s.id]
		var kept []string
		for i, row := range p.rows {
			if f.probability(row) >= f.threshold && !p.refused[i] {
				kept = append(kept, p.texts[i])
			}
		}
		return strings.Join(kept, "\n\n")
	}
}

// TestTrain learns the table, and says what it reaches on pages it did not see.
func TestTrain(t *testing.T) {
	if *train == "" && !*validate {
		t.Skip("learns the table of trees only when asked: -train FILE or -validate")
	}
	a, b := benchmarkA(t), benchmarkB(t)
	pagesB := prepareAll(b)
	pagesA := prepareAll(a)
	for _, v := range []struct {
		name string
		col  int
	}{{"readability", 0}, {"trafilatura", 1}, {"both", 2}} {
		f := forest{base: -4, threshold: 0.5, trees: [][]node{{{v.col, 0.5, 1, 2, 0}, {-1, 0, 0, 0, 0}, {-1, 0, 0, 0, 8}}}}
		t.Logf("%-12s A %v   B %v", v.name, measure(a, f.reader(pagesA)), measure(b, f.reader(pagesB)))
	}
	ideal := func(pages []trainingPage) func(sample) string {
		byID := map[string]trainingPage{}
		for _, p := range pages {
			byID[p.id] = p
		}
		return func(s sample) string {
			var kept []string
			for i, l := range byID[s.id].labels {
				if l > 0.5 {
					kept = append(kept, byID[s.id].texts[i])
				}
			}
			return strings.Join(kept, "\n\n")
		}
	}
	t.Logf("best possible with these pieces: A %v   B %v", measure(a, ideal(pagesA)), measure(b, ideal(pagesB)))
	everything := slices.Clone(pagesB)
	for _, p := range pagesA {
		p.weight = slices.Clone(p.weight)
		for i := range p.weight {
			p.weight[i] *= float32(*weightA)
		}
		everything = append(everything, p)
	}
	if *validate {
		const folds = 4
		var got [folds]forest
		var wg sync.WaitGroup
		for k := range folds {
			var rest []trainingPage
			for _, p := range everything {
				if fold(site(p.sample), folds) != k {
					rest = append(rest, p)
				}
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				got[k] = learn(rest, 1)
			}()
			if k%2 == 1 {
				wg.Wait()
			}
		}
		for _, threshold := range []float32{0.35, 0.42, 0.5, 0.58, 0.65} {
			text := map[string]string{}
			for k := range folds {
				got[k].threshold = threshold
				read := got[k].reader(everything)
				for _, p := range everything {
					if fold(site(p.sample), folds) == k {
						text[p.id] = read(p.sample)
					}
				}
			}
			unseen := func(s sample) string { return text[s.id] }
			t.Logf("keep %.2f, sites not seen: B %v;  A %v", threshold, measure(b, unseen), measure(a, unseen))
		}
	}
	if *train != "" {
		f := learn(everything, 1)
		f.threshold = float32(*keep)
		if err := os.WriteFile(*train, []byte(f.table()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// site is what pages of one maker have in common: no fold may learn from it.
func site(s sample) string {
	address, err := url.Parse(s.url)
	if err != nil {
		return s.id
	}
	return strings.TrimPrefix(address.Hostname(), "www.")
}

func fold(domain string, folds int) int {
	h := 0
	for _, r := range domain {
		h = (h*31 + int(r)) & 0xffffff
	}
	return h % folds
}
