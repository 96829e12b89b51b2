package extract

// This file describes each piece of a page by numbers: its votes, its words, its
// place in the tree and in the page, its neighbours. body.go says what they are
// for. The cost is linear in the page: what a node says is summed once, from the
// leaves to the root.

import (
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	// maxClass is how many bytes of an element's class and id are looked at.
	maxClass = 600
	// around is how many pieces to each side a piece is compared with.
	near, far = 4, 12
)

// row is one piece's numbers. Each is put with its name, so that names and
// numbers can't drift apart.
type row struct {
	values []float32
	names  *[]string // filled when wanted
}

func (r *row) put(name string, value float32) {
	r.values = append(r.values, value)
	if r.names != nil {
		*r.names = append(*r.names, name)
	}
}

func (r *row) yes(name string, value bool) { r.put(name, is(value)) }

// columns gives the names of the numbers that the two tables may ask about.
func columns() (first, second []string) {
	d := newDescription(page{pieces: []piece{{kind: Paragraph, text: "x", words: []string{"x"}, node: &html.Node{}}}})
	r := row{names: &first}
	d.first(0, &r)
	second = slices.Clone(first)
	r.names = &second
	newPageScores(d, []float32{0}).second(0, &r)
	return first, second
}

// place is an element that holds pieces, with what is below it.
type place struct {
	node   *html.Node
	parent int // index of the parent's place; -1 at the top
	depth  int

	article, main, nav, header, footer, aside, form, figure, table, list, itemprop bool // it, or an ancestor
	good, bad                                                                      float32
	own                                                                            group // of its class and id

	pieces                             float32 // below it
	words, prose, readability, letters float32 // below it; prose is words of running text
	links                              float32 // letters inside links below it
	direct                             float32 // prose of its own pieces and, by half, of its children's
	first, last                        int     // pieces below it
	box                                int     // the nearest list or table, itself or an ancestor; -1 for none
}

// description is all that is known of a page's pieces before the first score.
type description struct {
	page
	places []place
	at     []int // piece -> its place

	readability, linked, prose []float32 // shares, 0 to 1
	density                    []float32
	said                       []group
	kin                        []int // piece -> its group of likes
	kins                       []tally
	repeated                   map[string]int
	again                      []bool // the same text stood before
	total                      tally
	agree                      float32
	titleWords                 map[string]bool
	vocabulary                 map[string]float32 // topic word -> pieces of running text that have it
	titleKey, descriptionKey   string
	titleAt, h1At              int
	firstVote, lastVote        int
	core                       int   // place with the most prose of its own
	body                       int   // smallest place with most of the prose
	voted                      int   // smallest place with nine tenths of the voted words
	onCore                     []int // place -> steps down to the core, -1 when the core is not below it
	headings                   []int // piece -> the last heading before it, -1 for none
	furniture                  []float32
	before, proseBefore        []float32 // words before the piece
	readBefore                 []float32
}

type tally struct{ words, readability, prose, links, letters, pieces, score float32 }

func (t *tally) add(p piece, readability, prose float32) {
	w := float32(len(p.words))
	t.words += w
	t.readability += w * readability
	t.prose += w * prose
	t.links += float32(p.linked)
	t.letters += float32(len(p.text))
	t.pieces++
}

func newDescription(pg page) *description {
	n := len(pg.pieces)
	d := &description{
		page: pg, at: make([]int, n), readability: make([]float32, n), linked: make([]float32, n), prose: make([]float32, n),
		density: make([]float32, n), said: make([]group, n), kin: make([]int, n), repeated: map[string]int{}, again: make([]bool, n),
		titleAt: -1, h1At: -1, firstVote: n, lastVote: -1, core: -1, body: -1, voted: -1,
		headings: make([]int, n), furniture: make([]float32, n),
		before: make([]float32, n+1), proseBefore: make([]float32, n+1), readBefore: make([]float32, n+1),
	}
	d.findPlaces()
	titleWords := wordsOf(pg.title)
	d.titleWords = map[string]bool{}
	for _, w := range titleWords {
		d.titleWords[w] = true
	}
	d.titleKey = strings.Join(titleWords, " ")
	d.descriptionKey = strings.Join(wordsOf(pg.description), " ")
	kinds := map[string]int{}
	heading, furniture := -1, float32(0)
	var votedWords float32
	for i, p := range pg.pieces {
		w := float32(len(p.words))
		at := &d.places[d.at[i]]
		d.readability[i] = float32(pg.readability.share(p.words))
		d.linked[i] = float32(pg.linked.share(p.words))
		d.density[i] = density(p)
		d.prose[i] = d.running(i)
		d.said[i] = saidWords().spot(cutBytes(p.text, 400))
		d.again[i] = d.repeated[p.text] > 0
		d.repeated[p.text]++
		key := signature(p)
		k, ok := kinds[key]
		if !ok {
			k = len(d.kins)
			kinds[key] = k
			d.kins = append(d.kins, tally{})
		}
		d.kin[i] = k
		d.kins[k].add(p, d.readability[i], d.prose[i])
		d.total.add(p, d.readability[i], d.prose[i])
		d.agree += w * min(d.readability[i], d.prose[i])

		if at.first < 0 {
			at.first = i
		}
		at.last = i
		at.pieces++
		at.words += w
		at.prose += w * d.prose[i]
		at.readability += w * d.readability[i]
		at.letters += float32(len(p.text))
		at.links += float32(p.linked)
		at.direct += w * d.prose[i]
		if at.parent >= 0 {
			d.places[at.parent].direct += w * d.prose[i] / 2
		}
		votedWords += w * d.readability[i]

		d.headings[i] = heading
		if p.kind == Heading || (p.bold && w < 8) {
			if p.kind == Heading {
				heading = i
				if p.level == 1 && d.h1At < 0 {
					d.h1At = i
				}
				if d.titleAt < 0 && d.titleKey != "" && strings.Join(p.words, " ") == d.titleKey {
					d.titleAt = i
				}
			}
			furniture = is(w < 9 && d.said[i]&(saysRelated|saysComment|saysShare|saysSubscribe|saysByline) != 0)
		}
		d.furniture[i] = furniture
		if d.readability[i] > 0.5 && len(p.words) >= 8 {
			d.firstVote = min(d.firstVote, i)
			d.lastVote = i
		}
		d.before[i+1] = d.before[i] + w
		d.proseBefore[i+1] = d.proseBefore[i] + w*d.prose[i]
		d.readBefore[i+1] = d.readBefore[i] + w*d.readability[i]
	}
	// A parent's place comes before its children's: from the back, sums flow up.
	for i := len(d.places) - 1; i > 0; i-- {
		c := &d.places[i]
		if c.parent >= 0 {
			p := &d.places[c.parent]
			p.pieces += c.pieces
			p.words += c.words
			p.prose += c.prose
			p.readability += c.readability
			p.letters += c.letters
			p.links += c.links
			if p.first < 0 || c.first < p.first {
				p.first = c.first
			}
			p.last = max(p.last, c.last)
		}
	}
	for i := range d.places {
		p := &d.places[i]
		if d.core < 0 || p.direct > d.places[d.core].direct {
			d.core = i
		}
		if p.prose >= 0.8*d.total.prose && (d.body < 0 || p.words <= d.places[d.body].words) {
			d.body = i
		}
		if p.readability >= 0.9*votedWords && votedWords > 0 && (d.voted < 0 || p.words <= d.places[d.voted].words) {
			d.voted = i
		}
	}
	d.onCore = d.stepsDown(d.core)
	d.vocabulary = d.topics(d.prose)
	return d
}

// running tells how much a piece looks like running text, 0 to 1.
func (d *description) running(i int) float32 {
	p := d.pieces[i]
	at := d.places[d.at[i]]
	if p.hidden || at.nav || at.footer || at.aside || at.form || len(p.words) < 8 || d.density[i] > 0.4 || p.kind == Heading {
		return 0
	}
	if at.own&(classComment|classAd|classNewsletter) != 0 {
		return 0
	}
	if len(p.words) >= 15 && strings.ContainsAny(p.text, ".!?。") {
		return 1
	}
	return 0.5
}

// findPlaces numbers the elements above the pieces, parents first.
func (d *description) findPlaces() {
	known := map[*html.Node]int{}
	var number func(n *html.Node) int
	number = func(n *html.Node) int {
		if n == nil || n.Type == html.DocumentNode {
			return -1
		}
		if at, ok := known[n]; ok {
			return at
		}
		parent := number(n.Parent)
		var above *place
		if parent >= 0 {
			above = &d.places[parent]
		}
		p := look(n, parent, above)
		switch n.DataAtom {
		case atom.Ul, atom.Ol, atom.Dl, atom.Table:
			p.box = len(d.places)
		}
		d.places = append(d.places, p)
		known[n] = len(d.places) - 1
		return len(d.places) - 1
	}
	for i, p := range d.pieces {
		d.at[i] = max(0, number(p.node))
	}
	if len(d.places) == 0 {
		d.places = append(d.places, place{parent: -1, box: -1})
	}
}

// look describes an element from its own attributes and what its parent knows.
func look(n *html.Node, parent int, above *place) place {
	s := place{box: -1}
	if above != nil {
		s = *above
	}
	s.node, s.parent, s.own, s.first, s.last = n, parent, 0, -1, -1
	s.depth++
	switch n.DataAtom {
	case atom.Article:
		s.article = true
	case atom.Main:
		s.main = true
	case atom.Nav:
		s.nav = true
	case atom.Header:
		s.header = true
	case atom.Footer:
		s.footer = true
	case atom.Aside:
		s.aside = true
	case atom.Form, atom.Button, atom.Label:
		s.form = true
	case atom.Figure:
		s.figure = true
	case atom.Table:
		s.table = true
	case atom.Ul, atom.Ol:
		s.list = true
	}
	name := ""
	for _, a := range n.Attr {
		switch a.Key {
		case "itemprop":
			s.itemprop = s.itemprop || a.Val == "articleBody" || a.Val == "text"
		case "role":
			switch a.Val {
			case "navigation":
				s.nav = true
			case "main":
				s.main = true
			case "complementary":
				s.aside = true
			case "contentinfo":
				s.footer = true
			}
		case "class", "id":
			name += " " + cutBytes(a.Val, maxClass)
		}
	}
	if n.DataAtom == atom.Body || n.DataAtom == atom.Html {
		return s
	}
	if len(name) > 1 {
		s.own = classWords().spot(strings.ReplaceAll(name, "_", "-"))
	}
	s.good += is(s.own&classGood != 0)
	s.bad += is(s.own&classBad != 0)
	return s
}

// stepsDown gives for each place how many steps it stands above target, -1 when
// target is not below it.
func (d *description) stepsDown(target int) []int {
	out := make([]int, len(d.places))
	for i := range out {
		out[i] = -1
	}
	for at, steps := target, 0; at >= 0; at, steps = d.places[at].parent, steps+1 {
		out[at] = steps
	}
	return out
}

// path gives the steps from a piece up to the first place above target, and from
// there down to target.
func (d *description) path(i int, down []int) (float32, float32) {
	up := 0
	for at := d.at[i]; at >= 0 && up < 40; at, up = d.places[at].parent, up+1 {
		if down[at] >= 0 {
			return float32(up), float32(min(40, down[at]))
		}
	}
	return 40, 40
}

// off gives the classes of the places between a piece and the first place above
// target: those of a box beside the article, not of the article's own boxes.
func (d *description) off(i int, down []int) (all group, good, bad float32) {
	for at, up := d.at[i], 0; at >= 0 && down[at] < 0 && up < 40; at, up = d.places[at].parent, up+1 {
		own := d.places[at].own
		all |= own
		good += is(own&classGood != 0)
		bad += is(own&classBad != 0)
	}
	return all, good, bad
}

func (d *description) under(i, target int) bool {
	if target < 0 {
		return false
	}
	for at, up := d.at[i], 0; at >= target && up < 300; at, up = d.places[at].parent, up+1 {
		if at == target {
			return true
		}
	}
	return false
}

// classes are those of the piece's element and its nearest ancestors.
func (d *description) classes(i int) (all group, nearGood, nearBad, farGood, farBad float32) {
	at := d.at[i]
	p := d.places[at]
	farGood, farBad = p.good, p.bad
	for up := 0; up < 5 && at >= 0; up, at = up+1, d.places[at].parent {
		own := d.places[at].own
		all |= own
		if up < 2 {
			nearGood += is(own&classGood != 0)
			nearBad += is(own&classBad != 0)
		}
	}
	return all, nearGood, nearBad, farGood - nearGood, farBad - nearBad
}

// mean weighs the values of the pieces around i by their words.
func (d *description) mean(v []float32, i, reach int) float32 {
	sum, weight := float32(0), float32(0)
	for j := max(0, i-reach); j < min(len(v), i+reach+1); j++ {
		if j != i {
			words := min(float32(len(d.pieces[j].words)), 60)
			sum += v[j] * words
			weight += words
		}
	}
	return ratio(sum, weight)
}

func ratio(x, of float32) float32 {
	if of == 0 {
		return 0
	}
	return x / of
}

// partOfPage is the part of the page's words. A paragraph of a book is no smaller
// part than one of an article: longer pages count as of 1,500 words.
func (d *description) partOfPage(words float32) float32 {
	return min(1, ratio(words, min(d.total.words, 1500)))
}

func get(v []float32, i int) float32 {
	if i < 0 || i >= len(v) {
		return 0
	}
	return v[i]
}

// first puts the numbers of piece i that need no score.
func (d *description) first(i int, row *row) {
	p := d.pieces[i]
	n := len(d.pieces)
	at := d.places[d.at[i]]
	w := float32(len(p.words))
	r, t := d.readability, d.prose

	row.put("readability", r[i])
	row.put("prose", t[i])
	row.put("linked", d.linked[i])
	row.put("linked.size", logw(float32(len(d.page.linked.runs))))
	row.put("prev.linked", get(d.linked, i-1))
	row.put("next.linked", get(d.linked, i+1))
	row.put("prev.readability", get(r, i-1))
	row.put("next.readability", get(r, i+1))
	row.put("prev.prose", get(t, i-1))
	row.put("next.prose", get(t, i+1))
	row.put("near.readability", d.mean(r, i, near))
	row.put("near.prose", d.mean(t, i, near))
	row.put("far.readability", d.mean(r, i, far))
	row.put("far.prose", d.mean(t, i, far))
	kin := d.kins[d.kin[i]]
	row.put("kin.readability", ratio(kin.readability, kin.words))
	row.put("kin.prose", ratio(kin.prose, kin.words))
	row.put("kin.links", ratio(kin.links, kin.letters))
	row.put("kin.words", min(0.6, d.partOfPage(kin.words)))
	row.put("kin.each", logf(ratio(kin.words, kin.pieces)))
	row.put("kin.count", min(30, kin.pieces))

	up := d.at[i]
	for _, name := range []string{"own", "parent", "grand", "great"} {
		if up >= 0 {
			x := &d.places[up]
			row.put(name+".readability", ratio(x.readability, x.words))
			row.put(name+".prose", ratio(x.prose, x.words))
			row.put(name+".links", ratio(x.links, x.letters))
			row.put(name+".words", d.partOfPage(x.words))
			row.put(name+".pieces", min(30, x.pieces))
			up = x.parent
		} else {
			for _, what := range []string{".readability", ".prose", ".links", ".words", ".pieces"} {
				row.put(name+what, 0)
			}
		}
	}
	if at.box >= 0 {
		x := &d.places[at.box]
		row.put("box.links", ratio(x.links, x.letters))
		row.put("box.prose", ratio(x.prose, x.words))
		row.put("box.readability", ratio(x.readability, x.words))
		row.put("box.each", logf(ratio(x.words, x.pieces)))
		row.put("box.pieces", min(30, x.pieces))
		row.put("box.words", d.partOfPage(x.words))
		row.put("box.up", float32(min(10, at.depth-x.depth)))
		row.put("box.intro.prose", get(t, x.first-1))
		row.yes("box.intro.colon", x.first > 0 && strings.HasSuffix(d.pieces[x.first-1].text, ":"))
		row.put("box.intro.readability", get(r, x.first-1))
		row.put("box.after.prose", get(t, x.last+1))
	} else {
		for _, what := range []string{"links", "prose", "readability", "each", "pieces", "words", "up", "intro.prose", "intro.colon", "intro.readability", "after.prose"} {
			row.put("box."+what, -1)
		}
	}
	row.put("page.agree", ratio(d.agree, max(d.total.readability, d.total.prose)))
	row.put("page.readability", ratio(d.total.readability, d.total.words))
	row.put("page.prose", ratio(d.total.prose, d.total.words))
	row.put("page.words", logw(d.total.words))
	steps, down := d.path(i, d.onCore)
	row.put("core.up", steps)
	row.put("core.down", down)
	row.yes("in.body", d.under(i, d.body))
	row.yes("in.voted", d.under(i, d.voted))

	row.put("words", logf(w))
	row.put("link.density", d.density[i])
	row.put("links", min(20, float32(len(p.links))))
	d.targets(p, row)
	wordShape(p, row)
	row.put("heading.level", float32(p.level))
	row.yes("heading", p.kind == Heading)
	row.yes("list", p.kind == List)
	row.yes("blockquote", p.kind == Blockquote)
	row.yes("code", p.kind == Code)
	row.yes("table", p.kind == Table)
	row.yes("caption", p.kind == Caption)
	row.yes("bold", p.bold)
	row.yes("hidden", p.hidden)
	row.yes("in.article", at.article)
	row.yes("in.main", at.main)
	row.yes("in.nav", at.nav)
	row.yes("in.header", at.header)
	row.yes("in.footer", at.footer)
	row.yes("in.aside", at.aside)
	row.yes("in.form", at.form)
	row.yes("in.figure", at.figure)
	row.yes("in.table", at.table)
	row.yes("in.list", at.list)
	row.yes("in.body.itemprop", at.itemprop)
	row.yes("is.p", at.node != nil && at.node.DataAtom == atom.P)
	row.yes("is.div", at.node != nil && (at.node.DataAtom == atom.Div || at.node.DataAtom == atom.Section))
	class, nearGood, nearBad, farGood, farBad := d.classes(i)
	row.put("near.class.good", nearGood)
	row.put("near.class.bad", nearBad)
	row.put("far.class.good", farGood)
	row.put("far.class.bad", farBad)
	for c, name := range classNames {
		if c > 1 { // good and bad are counted above
			row.yes(name, class&(1<<c) != 0)
		}
	}
	off, offGood, offBad := d.off(i, d.onCore)
	row.put("off.good", offGood)
	row.put("off.bad", offBad)
	for c, name := range classNames {
		if c > 1 {
			row.yes("off."+strings.TrimPrefix(name, "class."), off&(1<<c) != 0)
		}
	}
	row.put("depth", float32(at.depth))

	row.put("position", ratio(d.before[i], d.total.words))
	row.put("from.title", since(i, d.titleAt))
	row.put("from.h1", since(i, d.h1At))
	row.put("title.overlap", d.overlap(p.words))
	key := strings.Join(p.words, " ")
	some, often := d.topic(i, d.vocabulary, d.prose[i])
	row.put("topic", some)
	row.put("topic.often", often)
	row.yes("is.title", d.titleKey != "" && (key == d.titleKey || len(p.words) > 3 && strings.HasPrefix(d.titleKey, key)))
	row.yes("is.description", d.descriptionKey != "" && key == d.descriptionKey)
	if !p.once() { // those are settled afterwards
		row.put("repeated", min(5, float32(d.repeated[p.text])))
	} else {
		row.put("repeated", 1)
	}
	row.yes("again", d.again[i])
	row.put("first.vote", clamp(float32(i-d.firstVote), -20, 20))
	row.put("last.vote", clamp(float32(i-d.lastVote), -20, 20))

	for _, side := range []struct {
		name string
		j    int
	}{{"prev", i - 1}, {"next", i + 1}} {
		if side.j < 0 || side.j >= n {
			row.put(side.name+".words", -1)
			row.put(side.name+".heading", 0)
			row.put(side.name+".links", 0)
			row.yes(side.name+".list", false)
			row.yes(side.name+".beside", false)
			row.yes(side.name+".like", false)
			continue
		}
		q := d.pieces[side.j]
		row.put(side.name+".words", logf(float32(len(q.words))))
		row.put(side.name+".heading", float32(q.level))
		row.put(side.name+".links", d.density[side.j])
		row.yes(side.name+".list", q.kind == List)
		row.yes(side.name+".beside", d.places[d.at[side.j]].parent == at.parent)
		row.yes(side.name+".like", d.kin[side.j] == d.kin[i])
	}
	row.yes("prev.colon", i > 0 && strings.HasSuffix(d.pieces[i-1].text, ":"))
	row.put("after.furniture.heading", d.furniture[i])
	h := d.headings[i]
	if h < 0 {
		row.put("from.heading", -1)
		row.yes("heading.related", false)
	} else {
		row.put("from.heading", min(30, float32(i-h)))
		row.yes("heading.related", len(d.pieces[h].words) < 9 && d.said[h]&(saysRelated|saysComment|saysSubscribe) != 0)
	}
	prose, words, links := float32(0), float32(0), float32(0)
	for j := i + 1; j < n && j <= i+far && d.pieces[j].kind != Heading; j++ {
		w := float32(len(d.pieces[j].words))
		prose += w * t[j]
		links += w * d.density[j]
		words += w
	}
	row.put("section.words", logf(words))
	row.put("section.prose", ratio(prose, words))
	row.put("section.links", ratio(links, words))
	said := d.said[i]
	row.yes("says.credit", said&saysCredit != 0)
	row.yes("says.related", said&saysRelated != 0)
	row.yes("says.subscribe", said&saysSubscribe != 0)
	row.yes("says.share", said&saysShare != 0)
	row.yes("says.legal", said&saysLegal != 0)
	row.yes("says.life", said&saysLife != 0)
	row.yes("says.no.promise", said&saysNoPromise != 0)
	row.yes("says.ask", said&saysAsk != 0)
	row.yes("says.own", said&saysOwn != 0)
	row.put("prev.said", saidKind(d.said, i-1))
	row.put("next.said", saidKind(d.said, i+1))
	row.yes("says.comment", said&saysComment != 0)
	lower := cutBytes(p.text, 400)
	row.yes("says.date", w < 30 && saysDate(said, lower))
	row.yes("says.byline", saysAuthor(said, lower))
	for _, side := range []struct {
		name     string
		from, to int
	}{{"prev12", max(0, i-far), i}, {"next12", i + 1, min(n, i+1+far)}, {"before", 0, i}, {"after", i + 1, n}} {
		row.put(side.name+".prose", logw(d.proseBefore[side.to]-d.proseBefore[min(side.from, side.to)]))
		row.put(side.name+".readability", logw(d.readBefore[side.to]-d.readBefore[min(side.from, side.to)]))
	}
}

// targets puts where the links of a piece lead to.
func (d *description) targets(p piece, row *row) {
	var inside, away, social, sorted float32
	for _, l := range p.links[:min(len(p.links), 50)] {
		said := linkWords().spot(cutBytes(l.URL, 200))
		switch {
		case strings.HasPrefix(l.URL, "#"):
			inside++
		case said&linkSocial != 0:
			social++
		case said&linkSorted != 0:
			sorted++
		case d.host != "" && strings.HasPrefix(l.URL, "http") && !strings.Contains(l.URL, d.host):
			away++
		}
	}
	n := float32(max(1, len(p.links)))
	row.put("links.inside", inside/n)
	row.put("links.away", away/n)
	row.put("links.social", social/n)
	row.put("links.sorted", sorted/n)
}

// topics counts the words that carry a topic, over the pieces: weight says how
// much a piece counts.
func (d *description) topics(weight []float32) map[string]float32 {
	m := map[string]float32{}
	for i, p := range d.pieces {
		if weight[i] > 0.3 {
			for _, w := range p.words[:min(len(p.words), maxTopicWords)] {
				if len(w) > 3 && !stopWords()[w] {
					m[w] += weight[i]
				}
			}
		}
	}
	return m
}

// maxTopicWords is how many words of a piece are looked at for its topic.
const maxTopicWords = 300

// topic gives the share of a piece's topic words that other pieces have, and
// that others have often.
func (d *description) topic(i int, m map[string]float32, own float32) (some, often float32) {
	if own <= 0.3 {
		own = 0
	}
	n := float32(0)
	words := d.pieces[i].words
	words = words[:min(len(words), maxTopicWords)]
	for _, w := range words {
		if len(w) > 3 && !stopWords()[w] {
			n++
			others := m[w] - own
			some += is(others > 0.3)
			often += is(others > 2.5)
		}
	}
	return ratio(some, n), ratio(often, n)
}

// saidKind counts the groups of furniture words in a piece beside this one.
func saidKind(said []group, i int) float32 {
	if i < 0 || i >= len(said) {
		return 0
	}
	return float32(bits.OnesCount32(uint32(said[i] &^ (saysDay | saysRole))))
}

// since is the distance in pieces from a mark, bounded; -30 without one.
func since(i, mark int) float32 {
	if mark < 0 {
		return -30
	}
	return clamp(float32(i-mark), -20, 40)
}

// wordShape puts letters per word, and the shares of stop words, capitals,
// digits and commas, and how the text begins and ends.
func wordShape(p piece, row *row) {
	w := float32(max(1, len(p.words)))
	stops, self, reader := 0, 0, 0
	for _, word := range p.words {
		if stopWords()[word] {
			stops++
		}
		switch word {
		case "i", "we", "my", "our", "me", "us":
			self++
		case "you", "your":
			reader++
		}
	}
	letters, digits, commas, capitals, upper, marks, signs := 0, 0, 0, 0, 0, 0, 0
	var firstRune, lastRune rune
	start := true
	for _, r := range p.text {
		if firstRune == 0 {
			firstRune = r
		}
		switch {
		case unicode.IsLetter(r):
			letters++
			if unicode.IsUpper(r) {
				upper++
				if start {
					capitals++
				}
			}
			start = false
		case unicode.IsDigit(r):
			digits++
			start = false
		case r == ' ' || r == '\t' || r == '\n':
			start = true
		case r == ',':
			commas++
		case r == '.' || r == '!' || r == '?' || r == '。':
			marks++
		case r == '|' || r == '•' || r == '»' || r == '›' || r == '/' || r == '·' || r == '>' || r == '→':
			signs++
		}
		if !strings.ContainsRune(`"'”’)] `, r) {
			lastRune = r
		}
	}
	row.put("letters.per.word", float32(letters)/w)
	row.put("stop.share", float32(stops)/w)
	row.put("capital.share", float32(capitals)/w)
	row.put("upper.share", float32(upper)/float32(max(1, letters)))
	row.put("digit.share", float32(digits)/float32(max(1, letters+digits)))
	row.put("commas", min(6, float32(commas)))
	row.put("marks", min(6, float32(marks)))
	row.put("signs", min(4, float32(signs)))
	row.put("self.share", float32(self)/w)
	row.put("reader.share", float32(reader)/w)
	row.yes("end.mark", strings.ContainsRune(".!?:;。！？", lastRune))
	row.yes("end.colon", lastRune == ':')
	row.yes("end.dots", lastRune == '…' || strings.HasSuffix(p.text, "..."))
	row.yes("starts.low", unicode.IsLower(firstRune))
	row.yes("starts.sign", !unicode.IsLetter(firstRune) && !unicode.IsDigit(firstRune))
}

func (d *description) overlap(words []string) float32 {
	hits := 0
	for _, w := range words {
		if d.titleWords[w] {
			hits++
		}
	}
	return ratio(float32(hits), float32(len(words)))
}

// pageScores is what the first scores of a whole page say of each piece.
type pageScores struct {
	*description
	score  []float32 // the first score, 0 to 1
	kins   []tally
	before []float32
	sum    []float32 // place -> words times score below it
	total  float32
	body   int // smallest place with nine tenths of the scored words
	first  int
	last   int
	run    []float32 // words of the unbroken run of kept pieces that a piece stands in
	most   float32
	down   []int
	unsure float32
	words  map[string]float32
}

func newPageScores(d *description, score []float32) *pageScores {
	n := len(d.pieces)
	c := &pageScores{
		description: d, score: score, kins: make([]tally, len(d.kins)), before: make([]float32, n+1), sum: make([]float32, len(d.places)),
		body: -1, first: n, last: -1, run: make([]float32, n),
	}
	var run float32
	begin := 0
	end := func(i int) {
		for j := begin; j < i; j++ {
			c.run[j] = run
		}
		c.most = max(c.most, run)
		run, begin = 0, i
	}
	kept := false
	for i, p := range d.pieces {
		w := float32(len(p.words))
		c.kins[d.kin[i]].words += w
		c.kins[d.kin[i]].score += w * score[i]
		c.before[i+1] = c.before[i] + w*score[i]
		c.sum[d.at[i]] += w * score[i]
		c.unsure += w * (1 - 2*float32(math.Abs(float64(score[i]-0.5))))
		if score[i] > 0.5 {
			c.last = i
			c.first = min(c.first, i)
		}
		if (score[i] > 0.5) != kept {
			end(i)
			kept = score[i] > 0.5
		}
		run += w
	}
	end(n)
	c.total = c.before[n]
	for i := len(d.places) - 1; i > 0; i-- {
		if up := d.places[i].parent; up >= 0 {
			c.sum[up] += c.sum[i]
		}
	}
	for i := range d.places {
		if c.sum[i] >= 0.9*c.total && (c.body < 0 || d.places[i].words <= d.places[c.body].words) {
			c.body = i
		}
	}
	c.down = d.stepsDown(c.body)
	c.words = d.topics(score)
	return c
}

// second puts what the first scores add.
func (c *pageScores) second(i int, row *row) {
	n := len(c.pieces)
	s := c.score
	row.put("score", s[i])
	row.put("prev.score", get(s, i-1))
	row.put("prev2.score", get(s, i-2))
	row.put("next.score", get(s, i+1))
	row.put("next2.score", get(s, i+2))
	row.put("near.score", c.mean(s, i, near))
	row.put("far.score", c.mean(s, i, far))
	kin := c.kins[c.kin[i]]
	row.put("kin.score", ratio(kin.score, kin.words))
	up := c.at[i]
	for _, name := range []string{"own", "parent", "grand", "great"} {
		if up >= 0 {
			row.put(name+".score", ratio(c.sum[up], c.places[up].words))
			row.put(name+".score.words", ratio(c.sum[up], c.total))
			up = c.places[up].parent
		} else {
			row.put(name+".score", 0)
			row.put(name+".score.words", 0)
		}
	}
	row.put("page.score", ratio(c.total, c.description.total.words))
	row.put("page.score.words", logw(c.total))
	row.put("page.unsure", ratio(c.unsure, c.description.total.words))
	row.put("first.score", clamp(float32(i-c.first), -20, 20))
	row.put("last.score", clamp(float32(i-c.last), -20, 20))
	row.yes("in.score", c.under(i, c.body))
	steps, down := c.path(i, c.down)
	row.put("score.up", steps)
	row.put("score.down", down)
	some, often := c.topic(i, c.words, s[i])
	row.put("score.topic", some)
	row.put("score.topic.often", often)
	off, _, bad := c.off(i, c.down)
	row.put("score.off.bad", bad)
	row.yes("score.off.related", off&(classRelated|classAd|classNewsletter) != 0)
	row.yes("score.off.comment", off&(classComment|classAuthor) != 0)
	row.put("run", ratio(c.run[i], c.total))
	row.put("run.words", logw(c.run[i]))
	row.put("run.of.most", ratio(c.run[i], c.most))
	row.put("before.score", ratio(c.before[i], c.total))
	row.put("before.score.words", logw(c.before[i]))
	row.put("after.score.words", logw(c.total-c.before[i+1]))
	row.put("prev12.score.words", logw(c.before[i]-c.before[max(0, i-far)]))
	row.put("next12.score.words", logw(c.before[min(n, i+1+far)]-c.before[i+1]))
	if box := c.places[c.at[i]].box; box >= 0 {
		x := &c.places[box]
		row.put("box.score", ratio(c.sum[box], x.words))
		row.put("box.intro.score", get(s, x.first-1))
		row.put("box.after.score", get(s, x.last+1))
	} else {
		row.put("box.score", -1)
		row.put("box.intro.score", -1)
		row.put("box.after.score", -1)
	}
	if h := c.headings[i]; h >= 0 {
		row.put("heading.score", s[h])
	} else {
		row.put("heading.score", -1)
	}
	// Of a heading: what follows until the next.
	sum, words := float32(0), float32(0)
	for j := i + 1; j < n && j <= i+far && c.pieces[j].kind != Heading; j++ {
		sum += s[j] * float32(len(c.pieces[j].words))
		words += float32(len(c.pieces[j].words))
	}
	row.put("section.score", ratio(sum, words))
}

// stopWords are the commonest words of English, German, French and Spanish:
// running text has them, menus have not.
var stopWords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a about after all also an and any are as at be because been but by can could did do for from had has have he her his how i if in into is it its just like may more most no not of on one or other our out over she should so some such than that the their them then there these they this those to up was we were what when where which who will with would you your
		der die das und ist im in zu den von mit nicht auf ein eine als auch es an werden aus er hat dass sie nach wird bei
		le la les de des et un une est que qui dans pour pas sur au par plus avec ce il elle ne se
		el los las y en del que por con para una se su al lo como más pero sus`) {
		m[w] = true
	}
	return m
})

// signature groups the pieces that a site's template makes alike.
func signature(p piece) string {
	var b strings.Builder
	b.WriteString(string(p.kind))
	for up, n := 0, p.node; up < 2 && n != nil; up, n = up+1, n.Parent {
		b.WriteString("<" + n.Data + " " + attr(n, "class"))
	}
	return b.String()
}

func density(p piece) float32 {
	if len(p.text) == 0 {
		return 0
	}
	return min(1, float32(p.linked)/float32(len([]rune(p.text))))
}

func cutBytes(s string, most int) string { return s[:min(len(s), most)] }

func logf(x float32) float32 { return float32(math.Log1p(float64(x))) }

// logw is for words of whole parts of a page. From a thousand on there is no
// difference: few pages of the training data are longer, and a long article must
// not be cut for what few pages are like.
func logw(words float32) float32 { return logf(min(words, 1000)) }

func clamp(x, low, high float32) float32 { return max(low, min(high, x)) }

func is(b bool) float32 {
	if b {
		return 1
	}
	return 0
}
