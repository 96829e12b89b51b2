package extract

// This file decides which pieces of a page are its article. Each piece is
// described by numbers (its votes, its words, its place in the tree and in the
// page, its neighbours), and a small table of decision trees, learned from
// public pages by `make train`, turns them into one score.

import (
	"math"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// featureNames name the columns of describe, in order; the learned table
// refers to them by name, so that a table of other columns is refused.
var featureNames = []string{
	"readability", "trafilatura", "both", "either",
	"prev.readability", "next.readability", "prev.trafilatura", "next.trafilatura",
	"near.readability", "near.trafilatura",
	"kin.readability", "kin.trafilatura", "kin.words",
	"parent.readability", "parent.trafilatura", "parent.words",
	"grand.readability", "grand.trafilatura",
	"page.agree", "page.readability", "page.trafilatura",
	"words", "link.density", "links", "letters.per.word", "stop.share", "capital.share", "digit.share", "commas", "end.mark",
	"heading", "heading.level", "list", "blockquote", "code", "table", "caption", "bold", "hidden",
	"in.article", "in.main", "in.nav", "in.header", "in.footer", "in.aside", "in.form", "in.figure", "in.table", "in.list",
	"in.body.itemprop", "in.link.list",
	"near.class.good", "near.class.bad", "far.class.good", "far.class.bad", "class.caption", "class.author", "class.related",
	"class.share", "class.comment", "class.newsletter", "class.ad", "class.meta", "class.tags", "class.intro",
	"position", "from.title", "title.overlap", "is.title", "is.description", "repeated",
	"first.vote", "last.vote", "common.ancestor",
	"prev.words", "next.words", "prev.heading", "next.heading", "prev.links", "next.links", "after.furniture.heading",
	"says.credit", "says.related", "says.subscribe", "says.share", "says.date", "says.byline", "says.legal", "says.comment",
	"depth", "page.words", "next.kept.words", "prev.kept.words", "next.is.list",
}

// maxClass is how many bytes of an element's class and id are looked at.
const maxClass = 600

// surroundings is what a page's tree says of one node, shared by its pieces.
type surroundings struct {
	article, main, nav, header, footer, aside, form, figure, table, list, itemprop bool
	depth                                                                          int
	nearGood, nearBad, farGood, farBad                                             float32
	class                                                                          group // of class and id of the node and its nearest ancestors
}

// stopWords are the commonest words of English, German, French and Spanish:
// running text has them, menus have not.
var stopWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a about after all also an and any are as at be because been but by can could did do for from had has have he her his how i if in into is it its just like may more most no not of on one or other our out over she should so some such than that the their them then there these they this those to up was we were what when where which who will with would you your
		der die das und ist im in zu den von mit nicht auf ein eine als auch es an werden aus er hat dass sie nach wird bei
		le la les de des et un une est que qui dans pour pas sur au par plus avec ce il elle ne se
		el los las y en del que por con para una se su al lo como más pero sus`) {
		m[w] = true
	}
	return m
}()

// page is what is known of a whole page while it is read.
type page struct {
	doc         *html.Node
	pieces      []piece
	title       string // best guess, for overlap
	description string
	readability vote
	trafilatura vote
}

type tally struct{ words, readability, trafilatura float32 }

func (t tally) shares() (float32, float32) {
	if t.words == 0 {
		return 0, 0
	}
	return t.readability / t.words, t.trafilatura / t.words
}

// describe gives a row of features for each piece.
func describe(pg page) [][]float32 {
	n := len(pg.pieces)
	around := map[*html.Node]surroundings{}
	classes := map[*html.Node]group{}
	r := make([]float32, n)
	t := make([]float32, n)
	byNode := map[*html.Node]*tally{}
	bySignature := map[string]*tally{}
	add := func(m map[*html.Node]*tally, key *html.Node, w, rv, tv float32) {
		x := m[key]
		if x == nil {
			x = &tally{}
			m[key] = x
		}
		x.words += w
		x.readability += w * rv
		x.trafilatura += w * tv
	}
	signatures := make([]string, n)
	texts := map[string]int{}
	var all tally
	var agree float32
	for i, p := range pg.pieces {
		r[i] = float32(pg.readability.share(p.words))
		t[i] = float32(pg.trafilatura.share(p.words))
		w := float32(len(p.words))
		// A node's tally counts everything below it.
		for node, up := p.node, 0; node != nil && up < 200; node, up = node.Parent, up+1 {
			add(byNode, node, w, r[i], t[i])
		}
		signatures[i] = signature(p)
		x := bySignature[signatures[i]]
		if x == nil {
			x = &tally{}
			bySignature[signatures[i]] = x
		}
		x.words += w
		x.readability += w * r[i]
		x.trafilatura += w * t[i]
		texts[p.text]++
		all.words += w
		all.readability += w * r[i]
		all.trafilatura += w * t[i]
		agree += w * min(r[i], t[i])
	}
	titleWords := wordsOf(pg.title)
	titleKey := strings.Join(titleWords, " ")
	descriptionKey := strings.Join(wordsOf(pg.description), " ")
	titleAt := -1
	first, last := n, -1
	common := commonAncestor(pg.pieces, r, t)
	for i, p := range pg.pieces {
		if titleAt < 0 && titleKey != "" && p.kind == Heading && strings.Join(p.words, " ") == titleKey {
			titleAt = i
		}
		if r[i] > 0.5 && t[i] > 0.5 && len(p.words) >= 8 {
			first = min(first, i)
			last = i
		}
	}
	rows := make([][]float32, n)
	var seen float32
	furniture := float32(0)
	for i, p := range pg.pieces {
		at, ok := around[p.node]
		if !ok {
			at = look(p.node, classes)
			around[p.node] = at
		}
		w := float32(len(p.words))
		row := make([]float32, 0, len(featureNames))
		near := func(v []float32) float32 {
			sum, weight := float32(0), float32(0)
			for j := max(0, i-4); j < min(n, i+5); j++ {
				if j != i {
					words := min(float32(len(pg.pieces[j].words)), 60)
					sum += v[j] * words
					weight += words
				}
			}
			if weight == 0 {
				return 0
			}
			return sum / weight
		}
		prev, next := i-1, i+1
		vAt := func(v []float32, j int) float32 {
			if j < 0 || j >= n {
				return 0
			}
			return v[j]
		}
		row = append(row, r[i], t[i], min(r[i], t[i]), max(r[i], t[i]),
			vAt(r, prev), vAt(r, next), vAt(t, prev), vAt(t, next), near(r), near(t))
		kr, kt := bySignature[signatures[i]].shares()
		row = append(row, kr, kt, bySignature[signatures[i]].words/all.words)
		for up, node := 0, p.node.Parent; up < 2; up++ {
			var x tally
			if node != nil {
				if found := byNode[node]; found != nil {
					x = *found
				}
				node = node.Parent
			}
			a, b := x.shares()
			row = append(row, a, b)
			if up == 0 {
				row = append(row, x.words/all.words)
			}
		}
		ar, at2 := all.shares()
		row = append(row, agree/max(1, max(all.readability, all.trafilatura)), ar, at2)

		row = append(row, logf(w), density(p), float32(len(p.links)))
		row = append(row, wordShape(p)...)
		row = append(row, is(p.kind == Heading), float32(p.level), is(p.kind == List), is(p.kind == Blockquote), is(p.kind == Code),
			is(p.kind == Table), is(p.kind == Caption), is(p.bold), is(p.hidden))
		row = append(row, is(at.article), is(at.main), is(at.nav), is(at.header), is(at.footer), is(at.aside), is(at.form),
			is(at.figure), is(at.table), is(at.list), is(at.itemprop), is(at.list && density(p) > 0.6))
		row = append(row, at.nearGood, at.nearBad, at.farGood, at.farBad)
		for c := classCaption; c <= classIntro; c <<= 1 {
			row = append(row, is(at.class&c != 0))
		}
		key := strings.Join(p.words, " ")
		fromTitle := float32(-1)
		if titleAt >= 0 {
			fromTitle = float32(max(-20, min(200, i-titleAt)))
		}
		row = append(row, seen/max(1, all.words), fromTitle, overlap(p.words, titleWords),
			is(titleKey != "" && (key == titleKey || len(p.words) > 3 && strings.HasPrefix(titleKey, key))), is(descriptionKey != "" && key == descriptionKey), is(texts[p.text] > 1))
		row = append(row, clamp(float32(i-first), -20, 20), clamp(float32(i-last), -20, 20), is(under(p.node, common)))
		neighbour := func(j int) (words, heading, links float32) {
			if j < 0 || j >= n {
				return 0, 0, 0
			}
			q := pg.pieces[j]
			return logf(float32(len(q.words))), is(q.kind == Heading), density(q)
		}
		pw, ph, pl := neighbour(prev)
		nw, nh, nl := neighbour(next)
		lower := p.text
		if len(lower) > 400 {
			lower = lower[:400]
		}
		said := saidWords().spot(lower)
		if p.kind == Heading || (p.bold && w < 8) {
			furniture = is(said&(saysRelated|saysComment|saysShare|saysSubscribe|saysByline) != 0)
		}
		row = append(row, pw, nw, ph, nh, pl, nl, furniture)
		row = append(row, is(said&saysCredit != 0), is(said&saysRelated != 0), is(said&saysSubscribe != 0), is(said&saysShare != 0),
			is(w < 30 && saysDate(said, lower)), is(saysAuthor(said, lower)), is(said&saysLegal != 0), is(said&saysComment != 0))
		kept := func(step int) float32 {
			sum := float32(0)
			for j, k := i+step, 0; j >= 0 && j < n && k < 12; j, k = j+step, k+1 {
				sum += float32(len(pg.pieces[j].words)) * (r[j] + t[j]) / 2
			}
			return logf(sum)
		}
		row = append(row, float32(at.depth), logf(all.words), kept(1), kept(-1), is(next < n && pg.pieces[next].kind == List))
		rows[i] = row
		seen += w
	}
	return rows
}

// look describes the place of a node. known keeps the groups of class names of
// the nodes seen before.
func look(n *html.Node, known map[*html.Node]group) surroundings {
	var s surroundings
	for up := 0; n != nil && n.Type == html.ElementNode; n, up = n.Parent, up+1 {
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
		if prop := attr(n, "itemprop"); prop == "articleBody" || prop == "text" {
			s.itemprop = true
		}
		switch attr(n, "role") {
		case "navigation":
			s.nav = true
		case "main":
			s.main = true
		case "complementary":
			s.aside = true
		case "contentinfo":
			s.footer = true
		}
		if n.DataAtom == atom.Body || n.DataAtom == atom.Html {
			continue
		}
		class, ok := known[n]
		if !ok {
			if name := attr(n, "class") + " " + attr(n, "id"); len(name) > 1 {
				class = classWords().spot(strings.ReplaceAll(cutBytes(name, maxClass), "_", "-"))
			}
			known[n] = class
		}
		good, bad := is(class&classGood != 0), is(class&classBad != 0)
		if up < 2 {
			s.nearGood += good
			s.nearBad += bad
		} else {
			s.farGood += good
			s.farBad += bad
		}
		if up < 5 {
			s.class |= class
		}
	}
	return s
}

// signature groups the pieces that a site's template makes alike.
func signature(p piece) string {
	var b strings.Builder
	b.WriteString(string(p.kind))
	for up, n := 0, p.node; up < 2 && n != nil; up, n = up+1, n.Parent {
		b.WriteString("<" + n.Data + " " + attr(n, "class"))
	}
	return b.String()
}

// commonAncestor is the smallest element that holds nine tenths of the words
// both voters kept.
func commonAncestor(pieces []piece, r, t []float32) *html.Node {
	weights := map[*html.Node]float32{}
	total := float32(0)
	var deepest *html.Node
	for i, p := range pieces {
		w := float32(len(p.words)) * min(r[i], t[i])
		if w == 0 {
			continue
		}
		total += w
		for n, up := p.node, 0; n != nil && up < 200; n, up = n.Parent, up+1 {
			weights[n] += w
		}
	}
	best := float32(math.MaxFloat32)
	for _, p := range pieces {
		for n, up := p.node, 0; n != nil && up < 200; n, up = n.Parent, up+1 {
			if w := weights[n]; w >= 0.9*total && total > 0 {
				if w < best {
					best, deepest = w, n
				}
				break
			}
		}
	}
	return deepest
}

func under(n, ancestor *html.Node) bool {
	if ancestor == nil {
		return false
	}
	for ; n != nil; n = n.Parent {
		if n == ancestor {
			return true
		}
	}
	return false
}

func density(p piece) float32 {
	if len(p.text) == 0 {
		return 0
	}
	return min(1, float32(p.linked)/float32(len([]rune(p.text))))
}

// wordShape gives letters per word, and the shares of stop words, capitals,
// digits and commas, and whether the last character ends a sentence.
func wordShape(p piece) []float32 {
	w := float32(max(1, len(p.words)))
	stops := 0
	for _, word := range p.words {
		if stopWords[word] {
			stops++
		}
	}
	letters, digits, commas, capitals, lastRune := 0, 0, 0, 0, rune(0)
	start := true
	for _, r := range p.text {
		switch {
		case unicode.IsLetter(r):
			letters++
			if start && unicode.IsUpper(r) {
				capitals++
			}
			start = false
		case unicode.IsDigit(r):
			digits++
			start = false
		case r == ' ' || r == '\t' || r == '\n':
			start = true
		case r == ',':
			commas++
		}
		if !strings.ContainsRune(`"'”’)] `, r) {
			lastRune = r
		}
	}
	return []float32{
		float32(letters) / w, float32(stops) / w, float32(capitals) / w, float32(digits) / float32(max(1, letters+digits)),
		min(6, float32(commas)), is(strings.ContainsRune(".!?:;。！？", lastRune)),
	}
}

func overlap(words, title []string) float32 {
	if len(title) == 0 || len(words) == 0 {
		return 0
	}
	in := map[string]bool{}
	for _, w := range title {
		in[w] = true
	}
	hits := 0
	for _, w := range words {
		if in[w] {
			hits++
		}
	}
	return float32(hits) / float32(len(words))
}

func cutBytes(s string, most int) string { return s[:min(len(s), most)] }

func logf(x float32) float32 { return float32(math.Log1p(float64(x))) }

func clamp(x, low, high float32) float32 { return max(low, min(high, x)) }

func is(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// newPage cuts a page and asks the voters. The article gives the title and
// description that pieces are compared with.
func newPage(doc *html.Node, address *url.URL, a Article) page {
	pg := page{doc: doc, pieces: segment(doc), title: a.Title, description: a.Description}
	if countNodes(doc, maxVotedNodes) < maxVotedNodes {
		pg.readability = readabilityVote(doc, address)
		pg.trafilatura = trafilaturaVote(doc, address)
	}
	return pg
}

// choose gives the pieces of the article, in order.
func choose(pg page) ([]piece, error) {
	f, err := bodyForest()
	if err != nil {
		return nil, err
	}
	keep := make([]bool, len(pg.pieces))
	voted := pg.readability.runs != nil || pg.trafilatura.runs != nil
	var rows [][]float32
	if voted {
		rows = describe(pg)
	}
	known := map[*html.Node]group{}
	for i, p := range pg.pieces {
		switch {
		case p.hidden && pg.readability.share(p.words) == 0, refused(p, pg.title):
		case voted:
			keep[i] = f.probability(rows[i]) >= f.threshold
		default:
			keep[i] = plainlyText(p, known)
		}
	}
	keepCode(pg.pieces, keep)
	kept := pg.pieces[:0:0]
	for i, p := range pg.pieces {
		if keep[i] {
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// plainlyText is the rule for pages that no voter read (too many nodes):
// running text that stands in no furniture.
func plainlyText(p piece, known map[*html.Node]group) bool {
	if len(p.words) < 12 || density(p) > 0.4 {
		return false
	}
	at := look(p.node, known)
	return !at.nav && !at.footer && !at.aside && !at.form
}

// keepCode keeps the code that stands between kept pieces: listings look like
// furniture to every vote, and a story is not whole without them.
func keepCode(pieces []piece, keep []bool) {
	for i, p := range pieces {
		if p.kind != Code || keep[i] {
			continue
		}
		before, after := i-1, i+1
		for before >= 0 && pieces[before].kind == Code {
			before--
		}
		for after < len(pieces) && pieces[after].kind == Code {
			after++
		}
		keep[i] = before >= 0 && keep[before] && after < len(pieces) && keep[after]
	}
}

var (
	bareCredit = regexp.MustCompile(`(?i)^\(?(?:image|photo|picture|credit)s?(?: credit| by)?\s*:.{0,120}$|^image \d+ of \d+$|\((?:image|photo|credit|picture)s?(?: credit)?: [^)]{1,80}\)$`)
	bareAsk    = regexp.MustCompile(`(?i)^(?:advertisement|share this(?: article| post)?|share on \w+|click here to .{0,40}|related(?: articles| posts)?:?|read more|sign up|subscribe(?: now)?|leave a comment|comments?|see more: .*|read also: .*|related: .*|read more: .*|(?:previous|next) (?:message|in thread|by thread|by date)\b.*|messages sorted by\b.*)\.?$`)
	bareByline = regexp.MustCompile(`^By [A-Z][\p{L}.'-]+(?: [A-Z][\p{L}.'-]+){0,4}$`)
)

// refused tells pieces that are never the article's, whatever their score: the
// title once more, bare credits, calls to action, bylines.
func refused(p piece, title string) bool {
	if len(p.words) > 30 || len(p.text) > 300 {
		return false
	}
	if title != "" && len(p.words) >= 3 && strings.Join(p.words, " ") == strings.Join(wordsOf(title), " ") {
		return true
	}
	return bareCredit.MatchString(p.text) || bareAsk.MatchString(p.text) || bareByline.MatchString(p.text)
}

// countNodes counts the nodes of a tree, up to limit.
func countNodes(n *html.Node, limit int) int {
	count := 1
	for c := n.FirstChild; c != nil && count < limit; c = c.NextSibling {
		count += countNodes(c, limit-count)
	}
	return count
}
