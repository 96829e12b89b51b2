package extract

// The trainer of meta.weights: one weight a feature, by multinomial logistic
// regression over the candidates of each page (a conditional logit). `make
// train` runs it; docs/extraction.md explains it.

import (
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	trainMeta    = flag.String("train-meta", "", "write the weights of dates to this file")
	showWrong    = flag.Bool("wrong", false, "with -validate-meta: print the pages that are wrong, with their candidates")
	validateMeta = flag.Bool("validate-meta", false, "cross-validate these weights over sites")
)

// metaPage is a page of the benchmark with what it states.
type metaPage struct {
	id, site   string
	gold       map[string]string
	candidates map[string][]candidate
	nothing    map[string][]string
}

func loadMetaPages(t *testing.T) []metaPage {
	files, _ := filepath.Glob(filepath.Join(corpus, "pages/ground-truth/*.json"))
	if len(files) == 0 {
		t.Skip("the corpus of pages is not there")
	}
	out := make([]metaPage, len(files))
	var wg sync.WaitGroup
	jobs := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range jobs {
				out[i] = loadMetaPage(t, files[i])
			}
		})
	}
	for i := range files {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	return out
}

func loadMetaPage(t *testing.T, file string) metaPage {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return metaPage{}
	}
	var gold metaGold
	if err := json.Unmarshal(raw, &gold); err != nil {
		t.Error(err)
		return metaPage{}
	}
	body, err := readGz(filepath.Join(corpus, "pages/html", gold.ID+".html.gz"))
	if err != nil {
		t.Error(err)
		return metaPage{}
	}
	doc, _, err := parse(decode(body, ""))
	if err != nil {
		t.Error(err)
		return metaPage{}
	}
	page, err := url.Parse(gold.URL)
	if err != nil {
		t.Error(err)
		return metaPage{}
	}
	var a Article
	s := gather(doc)
	s.fill(&a, page)
	near := s.around(a.Title)
	p := metaPage{
		id: gold.ID, site: strings.TrimPrefix(page.Hostname(), "www."),
		gold:       map[string]string{"title": gold.Truth.Title, "author": gold.Truth.Author, "date": gold.Truth.Date[:min(10, len(gold.Truth.Date))]},
		candidates: map[string][]candidate{}, nothing: map[string][]string{},
	}
	p.candidates["date"], p.nothing["date"] = s.dateChoices(near, a, page)
	return p
}

// said is a candidate as the benchmark writes it.
func said(field string, c candidate) string {
	if field == "date" {
		return c.value[:10]
	}
	return c.value
}

// example is one page's choice.
type example struct {
	rows   [][]int
	right  []bool
	weight float64
}

// featureIndex numbers features as they come.
type featureIndex map[string]int

func (c featureIndex) row(features []string) []int {
	var row []int
	for _, f := range features {
		if _, ok := c[f]; !ok {
			c[f] = len(c)
		}
		row = append(row, c[f])
	}
	return row
}

func (c featureIndex) weights(w []float64) weights {
	out := weights{}
	for f, i := range c {
		out[f] = w[i]
	}
	return out
}

// fitBest learns to choose among the candidates of a page, from the pages whose
// right value is one of them.
func fitBest(pages []metaPage, field string, penalty float64) weights {
	index := featureIndex{}
	var data []example
	for _, p := range pages {
		var e example
		for _, c := range p.candidates[field] {
			ok := p.gold[field] != "" && metaKey(said(field, c)) == metaKey(p.gold[field])
			e.rows, e.right = append(e.rows, index.row(c.features)), append(e.right, ok)
		}
		if slices.Contains(e.right, true) && slices.Contains(e.right, false) {
			data = append(data, e)
		}
	}
	return index.weights(minimise(len(index), penalty, func(w, grad []float64) {
		for _, e := range data {
			scores := make([]float64, len(e.rows))
			top := math.Inf(-1)
			for r, row := range e.rows {
				for _, f := range row {
					scores[r] += w[f]
				}
				top = max(top, scores[r])
			}
			all, good := 0.0, 0.0
			for r := range scores {
				scores[r] = math.Exp(scores[r] - top)
				all += scores[r]
				if e.right[r] {
					good += scores[r]
				}
			}
			for r, row := range e.rows {
				g := scores[r] / all
				if e.right[r] {
					g -= scores[r] / good
				}
				for _, f := range row {
					grad[f] += g
				}
			}
		}
	}))
}

// fitStated learns whether to state the best candidate: yes where it is right,
// no where the page states none.
func fitStated(pages []metaPage, field string, best weights, penalty float64) weights {
	index := featureIndex{}
	var data []example
	for _, p := range pages {
		i := best.best(p.candidates[field])
		if i < 0 {
			continue
		}
		c := p.candidates[field][i]
		right := metaKey(said(field, c)) == metaKey(p.gold[field])
		if right || p.gold[field] == "" {
			data = append(data, example{[][]int{index.row(statedFeatures(p.nothing[field], c))}, []bool{right}, 1},
				example{[][]int{index.row(statedFeatures(withoutAddress(p.nothing[field]), c))}, []bool{right}, 0.2})
		}
	}
	return index.weights(minimise(len(index), penalty, func(w, grad []float64) {
		for _, e := range data {
			score := 0.0
			for _, f := range e.rows[0] {
				score += w[f]
			}
			g := 1 / (1 + math.Exp(-score))
			if e.right[0] {
				g--
			}
			for _, f := range e.rows[0] {
				grad[f] += e.weight * g
			}
		}
	}))
}

// withoutAddress is what a page says of its kind when nobody knows its address:
// each page is learned from once more so, with a small weight, since files have none.
func withoutAddress(nothing []string) []string {
	out := []string{"nothing.path.unknown"}
	for _, f := range nothing {
		if !strings.HasPrefix(f, "nothing.path.") {
			out = append(out, f)
		}
	}
	return out
}

// minimise follows the gradient of a loss with a quadratic penalty on the weights
// (Adam: Kingma and Ba, 2015).
func minimise(size int, penalty float64, gradient func(w, grad []float64)) []float64 {
	w, mean, square := make([]float64, size), make([]float64, size), make([]float64, size)
	for step := 1; step <= 250; step++ {
		grad := make([]float64, size)
		for i := range w {
			grad[i] = penalty * w[i]
		}
		gradient(w, grad)
		for i := range w {
			mean[i] = 0.9*mean[i] + 0.1*grad[i]
			square[i] = 0.999*square[i] + 0.001*grad[i]*grad[i]
			m, v := mean[i]/(1-math.Pow(0.9, float64(step))), square[i]/(1-math.Pow(0.999, float64(step)))
			w[i] -= 0.08 * m / (math.Sqrt(v) + 1e-8)
		}
	}
	return w
}

// metaModel holds the weights of one field: which candidate, and whether any.
type metaModel struct{ best, stated weights }

func (f metaModel) choose(p metaPage, field string, shift float64) int {
	i := f.best.best(p.candidates[field])
	if i < 0 || !plainlyStated(p.nothing[field], p.candidates[field][i]) && f.stated.score(statedFeatures(p.nothing[field], p.candidates[field][i])) < shift {
		return -1
	}
	return i
}

func fitMeta(pages []metaPage, field string, penalties [2]float64) metaModel {
	best := fitBest(pages, field, penalties[0])
	return metaModel{best, fitStated(pages, field, best, penalties[1])}
}

// metaScore is what weights reach: the share right where the gold states a
// value, and the share with a value where it states none.
type metaScore struct{ right, stated, said, none, reachable int }

func (m metaScore) String() string {
	return fmt.Sprintf("right %.3f of %d (among the candidates: %.3f), said %.3f of %d", share(m.right, m.stated), m.stated, share(m.reachable, m.stated), share(m.said, m.none), m.none)
}

func (m *metaScore) add(o metaScore) {
	m.right += o.right
	m.stated += o.stated
	m.said += o.said
	m.none += o.none
	m.reachable += o.reachable
}

func (m *metaScore) page(p metaPage, field string, best int, wrong func(metaPage, int)) {
	if p.gold[field] == "" {
		m.none++
		if best >= 0 {
			m.said++
			if wrong != nil {
				wrong(p, best)
			}
		}
		return
	}
	m.stated++
	want := metaKey(p.gold[field])
	for _, c := range p.candidates[field] {
		if metaKey(said(field, c)) == want {
			m.reachable++
			break
		}
	}
	if best >= 0 && metaKey(said(field, p.candidates[field][best])) == want {
		m.right++
	} else if wrong != nil {
		wrong(p, best)
	}
}

// assignment deals the sites into folds; number 0 is the one of the other
// trainer. What one assignment gives is luck by half a point in a hundred.
type assignment struct{ folds, number int }

func (a assignment) of(site string) int {
	if a.number == 0 {
		return fold(site, a.folds)
	}
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %s", a.number, site)
	sum := h.Sum32()
	return int((sum ^ sum>>15) * 0x85ebca6b >> 8 % uint32(a.folds))
}

// fitWithout gives for each fold of the sites the weights fitted without it.
func fitWithout(pages []metaPage, field string, penalties [2]float64, sites assignment) []metaModel {
	out := make([]metaModel, sites.folds)
	for k := range out {
		var rest []metaPage
		for _, p := range pages {
			if sites.of(p.site) != k {
				rest = append(rest, p)
			}
		}
		out[k] = fitMeta(rest, field, penalties)
	}
	return out
}

// unseen scores each page with weights that were fitted without its site.
func unseen(pages []metaPage, field string, folds []metaModel, sites assignment, shift float64, wrong func(metaPage, int)) metaScore {
	var m metaScore
	for _, p := range pages {
		m.page(p, field, folds[sites.of(p.site)].choose(p, field, shift), wrong)
	}
	return m
}

// eachLeftOut scores each page with weights that were fitted to all sites but its
// own: as near as can be to what those fitted to all do on a site that is new.
func eachLeftOut(pages []metaPage, field string, penalties [2]float64, shift float64) metaScore {
	bySite := map[string][]metaPage{}
	for _, p := range pages {
		bySite[p.site] = append(bySite[p.site], p)
	}
	var m metaScore
	for site, own := range bySite {
		fitted := fitMeta(slices.DeleteFunc(slices.Clone(pages), func(p metaPage) bool { return p.site == site }), field, penalties)
		for _, p := range own {
			m.page(p, field, fitted.choose(p, field, shift), nil)
		}
	}
	return m
}

// How the weights are fitted: the penalties on large weights, and how much more
// is asked before a date is stated than the fit alone would ask.
var (
	metaPenalties = [2]float64{0.3, 2}
	metaShift     = 0.3
)

func TestTrainMeta(t *testing.T) {
	if *trainMeta == "" && !*validateMeta {
		t.Skip("learns the weights only when asked: -train-meta FILE or -validate-meta")
	}
	pages := loadMetaPages(t)
	var b strings.Builder
	b.WriteString("# Learned by `make train`; explained in docs/extraction.md.\n")
	const field = "date"
	if *validateMeta {
		const assignments = 16
		for _, penalties := range [][2]float64{metaPenalties, {0.7, 2}, {0.3, 3}} {
			folds := make([][]metaModel, assignments)
			for n := range folds {
				folds[n] = fitWithout(pages, field, penalties, assignment{6, n})
			}
			for _, shift := range []float64{-9, -0.5, 0, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.8, 1} {
				var sum metaScore
				for n := range folds {
					sum.add(unseen(pages, field, folds[n], assignment{6, n}, shift, nil))
				}
				t.Logf("penalties %v shift %+.1f, sites not seen, %d times 6 folds: %v", penalties, shift, assignments, sum)
			}
		}
		t.Logf("as fitted, each site left out in turn: %v", eachLeftOut(pages, field, metaPenalties, metaShift))
		t.Logf("as fitted, sites not seen, 2 folds: %v", unseen(pages, field, fitWithout(pages, field, metaPenalties, assignment{folds: 2}), assignment{folds: 2}, metaShift, nil))
		t.Logf("as fitted, sites not seen, 6 folds: %v", unseen(pages, field, fitWithout(pages, field, metaPenalties, assignment{folds: 6}), assignment{folds: 6}, metaShift, func(p metaPage, best int) {
			if !*showWrong {
				return
			}
			t.Logf("%s %s: the truth is %q; of the page %v", p.id, p.site, p.gold[field], p.nothing[field])
			for i, c := range p.candidates[field] {
				mark := "  "
				switch {
				case metaKey(said(field, c)) == metaKey(p.gold[field]):
					mark = "ok"
				case i == best:
					mark = "=>"
				}
				t.Logf("    %s %q %s %v", mark, said(field, c), c.origin, c.features)
			}
		}))
	}
	all := fitMeta(pages, field, metaPenalties)
	var m metaScore
	for _, p := range pages {
		m.page(p, field, all.choose(p, field, metaShift), nil)
	}
	t.Logf("fitted to all: %v", m)
	all.stated["nothing"] -= metaShift
	for _, part := range []struct {
		name string
		w    weights
	}{{"date", all.best}, {"date-stated", all.stated}} {
		for _, f := range slices.Sorted(maps.Keys(part.w)) {
			fmt.Fprintf(&b, "%s %s %.2f\n", part.name, f, part.w[f])
		}
	}
	if *trainMeta != "" {
		if err := os.WriteFile(*trainMeta, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
