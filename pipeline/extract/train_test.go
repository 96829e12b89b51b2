package extract

// The trainer of body.trees: gradient-boosted trees with logistic loss on the
// pieces of public pages, in two stages. `make train` runs it;
// docs/extraction.md explains it.

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
	train    = flag.String("train", "", "write the learned tables to this file")
	validate = flag.Bool("validate", false, "cross-validate the tables over sites, and from one benchmark to the other")
)

// recipe is how the tables are learned.
type recipe struct{ first, second boosting }

type boosting struct {
	trees, leaves int
	speed         float64 // step of each tree
	rows, columns float64 // shares that each tree sees
	least, lambda float64 // least weight of a leaf; penalty on its value
}

var ourRecipe = recipe{
	first:  boosting{trees: 150, leaves: 14, speed: 0.09, rows: 0.4, columns: 0.3, least: 20, lambda: 5},
	second: boosting{trees: 300, leaves: 14, speed: 0.04, rows: 0.4, columns: 0.3, least: 20, lambda: 5},
}

const folds = 4

// pageWeight is the most that the pieces of one page weigh together. A page whose
// ground truth is a line or two would weigh fifty times as much as another.
const pageWeight = 1.8

// trainingPage is a page with what is known of each of its pieces.
type trainingPage struct {
	sample
	*description
	rows   [][]float32 // for the first table
	bins   []uint8     // of rows
	labels []float32   // share of the piece that the gold text holds
	weight []float32
	fold   int
}

func prepare(s sample) trainingPage {
	address, _ := url.Parse(s.url)
	doc, _, err := parse(decode(s.html, ""))
	if err != nil {
		return trainingPage{sample: s, description: newDescription(page{})}
	}
	var facts Article
	stated := gather(doc)
	stated.fill(&facts, address)
	linked, _ := stated.article["articleBody"].(string)
	return describeSample(s, newPage(doc, address, facts, linked))
}

func describeSample(s sample, pg page) trainingPage {
	d := newDescription(pg)
	tp := trainingPage{sample: s, description: d, labels: label(pg.pieces, s.gold), fold: fold(site(s), folds)}
	gold, sum := float32(len(wordsOf(s.gold))), float32(0)
	for i, p := range pg.pieces {
		var r row
		d.first(i, &r)
		tp.rows = append(tp.rows, r.values)
		tp.weight = append(tp.weight, (float32(len(p.words))+1)/(gold+80))
		sum += tp.weight[i]
	}
	for i := range tp.weight {
		tp.weight[i] *= min(1, pageWeight/sum)
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
	// Of pieces with the same text, as many count as the gold text has of it:
	// those that stand in it beside their neighbours.
	groups := map[string][]int{}
	for i, p := range pieces {
		if out[i] > 0.7 && len(p.words) >= 4 && !p.once() { // those are settled afterwards
			groups[strings.Join(p.words, " ")] = append(groups[strings.Join(p.words, " ")], i)
		}
	}
	beside := func(i int) int {
		hits := 0
		for _, j := range []int{i - 2, i - 1, i + 1, i + 2} {
			if j < 0 || j >= len(pieces) || out[j] <= 0.7 || len(pieces[j].words) < 4 {
				continue
			}
			for _, at := range where[runsOf(pieces[i].words)[0]] {
				if j < i && at-ends[j] >= -4 && at-ends[j] < 40 || j > i && starts[j]-at >= 0 && starts[j]-at < len(pieces[i].words)+40 {
					hits++
					break
				}
			}
		}
		return hits
	}
	for _, text := range sortedKeys(groups) { // in one order: each changes what the next sees beside it
		members := groups[text]
		most := math.MaxInt
		for _, h := range runsOf(pieces[members[0]].words) {
			if n := len(where[h]); n > 0 {
				most = min(most, n)
			}
		}
		if len(members) <= most {
			continue
		}
		slices.SortStableFunc(members, func(x, y int) int { return beside(y) - beside(x) })
		for _, i := range members[most:] {
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

const maxBins = 64

// edgesOf parts the values of each column into bins of about equal size.
func edgesOf(rows [][]float32) [][]float32 {
	edges := make([][]float32, len(rows[0]))
	var values []float32
	for c := range edges {
		values = values[:0]
		for i := 0; i < len(rows); i += 7 {
			values = append(values, rows[i][c])
		}
		slices.Sort(values)
		add := func(v float32) {
			if len(edges[c]) == 0 || v > edges[c][len(edges[c])-1] {
				edges[c] = append(edges[c], v)
			}
		}
		for b := 1; b < maxBins-1; b++ {
			add(values[b*(len(values)-1)/(maxBins-1)])
		}
		add(values[len(values)-1]) // rare values at the end of a column are questions too
	}
	return edges
}

// cut gives the bins of rows, row after row.
func cut(rows [][]float32, edges [][]float32) []uint8 {
	bins := make([]uint8, 0, len(rows)*len(edges))
	for _, r := range rows {
		for c, v := range r {
			bins = append(bins, uint8(sort.Search(len(edges[c]), func(k int) bool { return edges[c][k] > v })))
		}
	}
	return bins
}

// matrix is the bins of rows, row after row.
type matrix struct {
	edges [][]float32 // column -> values that part its bins
	bins  []uint8
	width int
}

// learn fits a forest: y and w are the wanted share and the weight of each row.
func learn(m matrix, y, w []float32, use boosting, seed uint64) forest {
	random := rand.New(rand.NewPCG(seed, 7))
	n := len(y)
	var sumY, sumW float64
	for i := range y {
		sumY += float64(y[i] * w[i])
		sumW += float64(w[i])
	}
	f := forest{base: float32(math.Log(sumY / (sumW - sumY)))}
	logits := make([]float32, n)
	for i := range logits {
		logits[i] = f.base
	}
	slopes := make([]slope, n)
	chosen := make([]int32, 0, n)
	// Light rows are seen by fewer trees and count for more there.
	mean := sumW / float64(n)
	share := make([]float64, n)
	for i := range share {
		share[i] = use.rows * max(0.2, min(1, float64(w[i])/mean))
	}
	for range use.trees {
		chosen = chosen[:0]
		for i := range n {
			if random.Float64() >= share[i] {
				continue
			}
			p := 1 / (1 + math.Exp(-float64(logits[i])))
			wi := float64(w[i]) / mean / share[i]
			slopes[i] = slope{float32(wi * (float64(y[i]) - p)), float32(wi * p * (1 - p))}
			chosen = append(chosen, int32(i))
		}
		g := grower{matrix: m, boosting: use, slopes: slopes}
		for c := range m.width {
			if random.Float64() < use.columns {
				g.columns = append(g.columns, c)
			}
		}
		tree, cuts := g.grow(chosen)
		f.trees = append(f.trees, tree)
		for i := range n {
			at := int16(0)
			bins := m.bins[i*m.width : (i+1)*m.width]
			for tree[at].feature >= 0 {
				if bins[tree[at].feature] <= cuts[at] {
					at++
				} else {
					at = tree[at].right
				}
			}
			logits[i] += tree[at].value
		}
	}
	return f
}

// slope is the first and second derivative of the loss.
type slope struct{ g, h float32 }

type grower struct {
	matrix
	boosting
	slopes  []slope
	columns []int
}

type branch struct {
	rows        []int32
	sums        []slope // column after column, bin after bin
	total       slope
	gain        float32
	feature     int // of the best cut, -1 for none
	cut         uint8
	left, right *branch
}

// grow makes one tree, the best branch first, and gives it in the order of the
// table, with the last bin of each question's left side.
func (g *grower) grow(rows []int32) ([]node, []uint8) {
	root := &branch{rows: rows}
	g.sum(root)
	g.best(root)
	open := []*branch{root}
	for leaves := 1; leaves < g.leaves; leaves++ {
		top := -1
		for i, b := range open {
			if b.feature >= 0 && (top < 0 || b.gain > open[top].gain) {
				top = i
			}
		}
		if top < 0 {
			break
		}
		b := open[top]
		b.left, b.right = &branch{}, &branch{}
		for _, i := range b.rows {
			if g.bins[int(i)*g.width+b.feature] <= b.cut {
				b.left.rows = append(b.left.rows, i)
			} else {
				b.right.rows = append(b.right.rows, i)
			}
		}
		small, large := b.left, b.right
		if len(small.rows) > len(large.rows) {
			small, large = large, small
		}
		g.sum(small)
		large.sums, b.sums = b.sums, nil // the larger side is the whole without the smaller
		for i, s := range small.sums {
			large.sums[i].g -= s.g
			large.sums[i].h -= s.h
		}
		large.total = slope{b.total.g - small.total.g, b.total.h - small.total.h}
		g.best(b.left)
		g.best(b.right)
		open[top] = b.left
		open = append(open, b.right)
	}
	var tree []node
	var cuts []uint8
	var write func(b *branch)
	write = func(b *branch) {
		here := len(tree)
		cuts = append(cuts, b.cut)
		if b.left == nil {
			tree = append(tree, node{feature: -1, value: float32(g.speed * float64(b.total.g) / (float64(b.total.h) + g.lambda))})
			return
		}
		tree = append(tree, node{feature: int16(b.feature), threshold: g.edges[b.feature][b.cut]})
		write(b.left)
		tree[here].right = int16(len(tree))
		write(b.right)
	}
	write(root)
	return tree, cuts
}

func (g *grower) sum(b *branch) {
	b.sums = make([]slope, len(g.columns)*maxBins)
	for _, i := range b.rows {
		s := g.slopes[i]
		b.total.g += s.g
		b.total.h += s.h
		bins := g.bins[int(i)*g.width : (int(i)+1)*g.width]
		for k, c := range g.columns {
			x := &b.sums[k*maxBins+int(bins[c])]
			x.g += s.g
			x.h += s.h
		}
	}
}

func (g *grower) best(b *branch) {
	b.feature = -1
	G, H, least, lambda := b.total.g, b.total.h, float32(g.least), float32(g.lambda)
	for k, c := range g.columns {
		var left slope
		for e := range g.edges[c] {
			x := b.sums[k*maxBins+e]
			left.g += x.g
			left.h += x.h
			if left.h < least {
				continue
			}
			if H-left.h < least {
				break
			}
			gain := left.g*left.g/(left.h+lambda) + (G-left.g)*(G-left.g)/(H-left.h+lambda) - G*G/(H+lambda)
			if gain > b.gain {
				b.gain, b.feature, b.cut = gain, c, uint8(e)
			}
		}
	}
}

// learnFirst learns the first table.
func learnFirst(pages []*trainingPage, edges [][]float32, use boosting) forest {
	m := matrix{edges: edges, width: len(edges)}
	var y, w []float32
	for _, p := range pages {
		m.bins = append(m.bins, p.bins...)
		y = append(y, p.labels...)
		w = append(w, p.weight...)
	}
	return learn(m, y, w, use, 1)
}

// learnSecond learns the second table; first gives the first scores of a page.
func learnSecond(pages []*trainingPage, edges [][]float32, use boosting, first func(*trainingPage) []float32) forest {
	var rows [][]float32
	var y, w []float32
	for _, p := range pages {
		rows = append(rows, p.context(first(p))...)
		y = append(y, p.labels...)
		w = append(w, p.weight...)
	}
	more := edgesOf(rows)
	m := matrix{edges: append(slices.Clone(edges), more...), width: len(edges) + len(more)}
	added := cut(rows, more)
	at := 0
	for _, p := range pages {
		for i := range p.labels {
			m.bins = append(m.bins, p.bins[i*len(edges):(i+1)*len(edges)]...)
			m.bins = append(m.bins, added[at*len(more):(at+1)*len(more)]...)
			at++
		}
	}
	return learn(m, y, w, use, 1)
}

func (p *trainingPage) scores(f forest, rows [][]float32) []float32 {
	out := make([]float32, len(rows))
	for i, r := range rows {
		out[i] = f.probability(r)
	}
	return out
}

// context gives what first scores add to the rows of a page.
func (p *trainingPage) context(first []float32) [][]float32 {
	c := newPageScores(p.description, first)
	out := make([][]float32, len(p.rows))
	for i := range p.rows {
		var r row
		c.second(i, &r)
		out[i] = r.values
	}
	return out
}

// secondRows are the rows for the second table.
func (p *trainingPage) secondRows(first []float32) [][]float32 {
	out := p.context(first)
	for i := range out {
		out[i] = append(slices.Clone(p.rows[i]), out[i]...)
	}
	return out
}

// cutAll cuts the rows of all pages into bins, and gives the bins' edges.
func cutAll(pages []*trainingPage) [][]float32 {
	var rows [][]float32
	for _, p := range pages {
		rows = append(rows, p.rows...)
	}
	edges := edgesOf(rows)
	both(len(pages), func(i int) { pages[i].bins = cut(pages[i].rows, edges) })
	return edges
}

// without gives the pages of no such fold.
func without(pages []*trainingPage, gone ...int) (rest []*trainingPage) {
	for _, p := range pages {
		if !slices.Contains(gone, p.fold) {
			rest = append(rest, p)
		}
	}
	return rest
}

// learnTables learns both: the second learns from first scores of forests that
// did not see the page's site.
func learnTables(pages []*trainingPage, use recipe) tables {
	edges := cutAll(pages)
	var t tables
	unseen := make([]forest, folds)
	both(folds+1, func(k int) {
		if k == folds {
			t.first = learnFirst(pages, edges, use.first)
		} else {
			unseen[k] = learnFirst(without(pages, k), edges, use.first)
		}
	})
	t.second = learnSecond(pages, edges, use.second, func(p *trainingPage) []float32 { return p.scores(unseen[p.fold], p.rows) })
	return t
}

// both runs n jobs, two at a time.
func both(n int, job func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				job(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// validated gives each page's scores by tables that saw no page of its fold. For
// the second table of fold k, the first scores of another fold j come from a
// forest that saw neither k nor j.
func validated(pages []*trainingPage, use recipe) (first, second map[string][]float32) {
	edges := cutAll(pages)
	pair := map[[2]int]forest{}
	var keys [][2]int
	for k := range folds {
		for j := range k {
			keys = append(keys, [2]int{j, k})
		}
	}
	var mu sync.Mutex
	both(len(keys), func(i int) {
		f := learnFirst(without(pages, keys[i][0], keys[i][1]), edges, use.first)
		mu.Lock()
		defer mu.Unlock()
		pair[keys[i]] = f
	})
	first, second = map[string][]float32{}, map[string][]float32{}
	both(folds, func(k int) {
		of := func(j int) forest { return pair[[2]int{min(j, k), max(j, k)}] }
		f := learnSecond(without(pages, k), edges, use.second, func(p *trainingPage) []float32 { return p.scores(of(p.fold), p.rows) })
		for _, p := range pages {
			if p.fold != k {
				continue
			}
			mean := make([]float32, len(p.rows))
			for j := range folds {
				if j != k {
					for i, s := range p.scores(of(j), p.rows) {
						mean[i] += s / (folds - 1)
					}
				}
			}
			got := p.scores(f, p.secondRows(mean))
			mu.Lock()
			first[p.id], second[p.id] = mean, got
			mu.Unlock()
		}
	})
	return first, second
}

// text is what is kept of a page by its scores.
func (p *trainingPage) text(scores []float32, bar float32) string {
	chosen := keptBy(p.page, scores, bar)
	settle(p.pieces, chosen)
	var kept []string
	for i, k := range chosen {
		if k {
			kept = append(kept, p.pieces[i].text)
		}
	}
	return strings.Join(kept, "\n\n")
}

// same is one bar for all pages; the other choice is barOf.
func same(bar float32) func(page, []float32) float32 {
	return func(page, []float32) float32 { return bar }
}

// report measures what scores make of the samples.
func report(pages []*trainingPage, scores map[string][]float32, bar func(page, []float32) float32) figures {
	byID := map[string]*trainingPage{}
	samples := make([]sample, len(pages))
	for i, p := range pages {
		byID[p.id] = p
		samples[i] = p.sample
	}
	return measure(samples, func(s sample) string { return byID[s.id].text(scores[s.id], bar(byID[s.id].page, scores[s.id])) })
}

func prepareAll(samples []sample) []*trainingPage {
	out := make([]*trainingPage, len(samples))
	both(len(samples), func(i int) {
		p := prepare(samples[i])
		out[i] = &p
	})
	return out
}

func (t tables) String() string {
	first, second := columns()
	var b strings.Builder
	b.WriteString("# Learned by `make train`; explained in docs/extraction.md.\n")
	for _, part := range []struct {
		name    string
		columns []string
		forest  forest
	}{{"first", first, t.first}, {"second", second, t.second}} {
		fmt.Fprintf(&b, "forest %s\nbase %.4g\n", part.name, part.forest.base)
		for _, tree := range part.forest.trees {
			b.WriteString("tree\n")
			for _, n := range tree {
				if n.feature < 0 {
					fmt.Fprintf(&b, "= %.3g\n", n.value)
				} else {
					fmt.Fprintf(&b, "%s %.6g\n", part.columns[n.feature], n.threshold)
				}
			}
		}
	}
	return b.String()
}

// TestTrain learns the tables, and says what they reach on sites they did not see.
func TestTrain(t *testing.T) {
	if *train == "" && !*validate {
		t.Skip("learns the tables of trees only when asked: -train FILE or -validate")
	}
	pagesA, pagesB := prepareAll(benchmarkA(t)), prepareAll(benchmarkB(t))
	everything := append(slices.Clone(pagesA), pagesB...)
	if *train != "" {
		if err := os.WriteFile(*train, []byte(learnTables(everything, ourRecipe).String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if *validate {
		bars := []struct {
			name string
			of   func(page, []float32) float32
		}{{"a bar for each page", barOf}, {"one bar, 0.52", same(0.52)}}
		votes, ideal := map[string][]float32{}, map[string][]float32{}
		for _, p := range everything {
			votes[p.id], ideal[p.id] = p.readability, p.labels
		}
		t.Logf("go-readability alone:            A %v;  B %v", report(pagesA, votes, same(0.5)), report(pagesB, votes, same(0.5)))
		t.Logf("best possible with these pieces: A %v;  B %v", report(pagesA, ideal, same(0.5)), report(pagesB, ideal, same(0.5)))
		first, second := validated(everything, ourRecipe)
		for _, bar := range bars {
			t.Logf("sites not seen, first table,  %s: A %v;  B %v", bar.name, report(pagesA, first, bar.of), report(pagesB, first, bar.of))
			t.Logf("sites not seen, both tables,  %s: A %v;  B %v", bar.name, report(pagesA, second, bar.of), report(pagesB, second, bar.of))
		}
		onlyB := learnTables(pagesB, ourRecipe)
		scores := map[string][]float32{}
		for _, p := range pagesA {
			scores[p.id] = p.scores(onlyB.second, p.secondRows(p.scores(onlyB.first, p.rows)))
		}
		for _, bar := range bars {
			t.Logf("learned from B alone, %s: A %v", bar.name, report(pagesA, scores, bar.of))
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
