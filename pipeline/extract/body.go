package extract

// This file decides which pieces of a page are its article. Each piece is
// described by numbers (describe.go). A table of decision trees, learned from
// public pages by `make train`, turns them into a first score; a second table
// also sees the first scores of the whole page, and decides.

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is what is known of a whole page while it is read.
type page struct {
	pieces      []piece
	title       string // best guess, for overlap
	description string
	host        string // of its address
	readability vote
	linked      vote // the text that the page states in JSON-LD
}

// newPage cuts a page and asks the voters. The article gives the title and
// description that pieces are compared with; linked is the text of the article
// as the page states it for machines, "" when it does not.
func newPage(doc *html.Node, address *url.URL, a Article, linked string) page {
	unhide(doc)
	pieces := segment(doc)
	if cutComments(pieces) {
		pieces = segment(doc)
	}
	pg := page{pieces: pieces, title: a.Title, description: a.Description, host: hostOf(address), linked: textVote(linked)}
	if countNodes(doc, maxVotedNodes) < maxVotedNodes {
		pg.readability = readabilityVote(doc, address)
	}
	return pg
}

// hostOf is the host without its commonest prefix.
func hostOf(address *url.URL) string {
	if address == nil {
		return ""
	}
	return strings.TrimPrefix(address.Hostname(), "www.")
}

// choose gives the pieces of the article, in order.
func choose(pg page) ([]piece, error) {
	tables, err := bodyTables()
	if err != nil {
		return nil, err
	}
	score := tables.score(newDescription(pg))
	keep := keptBy(pg, score, barOf(pg, score))
	settle(pg.pieces, keep)
	kept := pg.pieces[:0:0]
	for i, p := range pg.pieces {
		if keep[i] {
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// score gives the probability that each piece belongs to the article.
func (t tables) score(d *description) []float32 {
	if len(d.pieces) == 0 {
		return nil
	}
	var rows row // one after another
	d.first(0, &rows)
	width := len(rows.values)
	rows.values = slices.Grow(rows.values, width*(len(d.pieces)-1))
	for i := 1; i < len(d.pieces); i++ {
		d.first(i, &rows)
	}
	c := newPageScores(d, t.first.probabilities(rows.values, width))
	const most = 256 // rows at a time
	score := make([]float32, 0, len(d.pieces))
	var part row
	for from := 0; from < len(d.pieces); from += most {
		part.values = part.values[:0]
		to := min(from+most, len(d.pieces))
		for i := from; i < to; i++ {
			part.values = append(part.values, rows.values[i*width:(i+1)*width]...)
			c.second(i, &part)
		}
		score = append(score, t.second.probabilities(part.values, len(part.values)/(to-from))...)
	}
	return score
}

// barOf gives the score from which the pieces of a page are kept: the one with the best
// expected precision and recall, if the scores are probabilities. A page of sure scores
// has it near 0.6. The less of a page is sure, the lower it is, since what is left out
// then costs more than what is too much; a page that has no article must not get one so.
func barOf(pg page, score []float32) float32 {
	const calm = 0.8      // of the logits: the errors of one page go together
	const precision = 1.6 // its weight beside recall
	const few = 5         // words: of a handful neither can be told
	const least = 0.4
	type part struct {
		score           float32
		words, expected float64
	}
	parts := make([]part, 0, len(score))
	article := 0.0 // its expected words
	for i, p := range pg.pieces {
		if refused(p, pg.title) {
			continue
		}
		s := min(max(float64(score[i]), 1e-6), 1-1e-6)
		words := float64(len(p.words)) + 0.5
		expected := words / (1 + math.Pow((1-s)/s, calm))
		parts = append(parts, part{score[i], words, expected})
		article += expected
	}
	slices.SortStableFunc(parts, func(x, y part) int { return cmp.Compare(y.score, x.score) })
	bar, best := float32(0.5), 0.0
	kept, right := 0.0, 0.0
	for _, p := range parts {
		kept += p.words
		right += p.expected
		if worth := precision*right/(kept+few) + right/(article+few); worth > best {
			bar, best = p.score, worth
		}
	}
	return max(least, bar)
}

// keptBy gives the pieces that reach the bar. When less than an article does, the
// bar is lowered to where the likeliest text stands: a page of plain mail or of one
// listing is like few that were learned from, and has its text all the same.
func keptBy(pg page, score []float32, bar float32) []bool {
	const least = 25 // words
	const hope = 0.2 // below this there is no article
	const near = 0.8 // of the likeliest
	refuse := make([]bool, len(score))
	words, best := 0, float32(0)
	for i, p := range pg.pieces {
		refuse[i] = refused(p, pg.title)
		if !refuse[i] && score[i] >= bar {
			words += len(p.words)
		}
		if !refuse[i] && len(p.words) >= least {
			best = max(best, score[i])
		}
	}
	if words < least && best >= hope {
		bar = min(bar, near*best)
	}
	keep := make([]bool, len(score))
	for i := range keep {
		keep[i] = score[i] >= bar && !refuse[i]
	}
	return keep
}

// settle mends what was chosen piece by piece.
func settle(pieces []piece, keep []bool) {
	keepCode(pieces, keep)
	dropComments(pieces, keep)
	dropRepeats(pieces, keep)
}

// dropRepeats keeps once what pages made for two widths of screen state twice: a
// paragraph of some length, and all that stands with it in a stretch that stood before.
func dropRepeats(pieces []piece, keep []bool) {
	const stretch = 30 // words
	seen := map[string]bool{}
	var run []int // kept pieces, one after another, that stood before
	words, some := 0, false
	end := func() {
		for _, i := range run {
			keep[i] = !pieces[i].once() && !(some && words >= stretch)
		}
		run, words, some = run[:0], 0, false
	}
	for i, p := range pieces {
		switch {
		case !keep[i]:
		case seen[p.text]:
			run = append(run, i)
			words += len(p.words)
			some = some || p.once()
		default:
			seen[p.text] = true
			end()
		}
	}
	end()
}

// dropComments drops what stands in an element that is named as the readers'
// comments, if an article is left without them: under a short post they are the
// longest text of the page. On a page of comments alone they are its text.
func dropComments(pieces []piece, keep []bool) {
	const article = 25 // words
	known := map[*html.Node]bool{}
	comment := make([]bool, len(pieces))
	rest := 0
	for i, p := range pieces {
		if keep[i] {
			if comment[i] = inComments(p.node, known); !comment[i] && p.kind != Heading {
				rest += len(p.words)
			}
		}
	}
	for i := range pieces {
		if comment[i] && rest >= article {
			keep[i] = false
		}
	}
}

// cutComments takes the readers' comments out of the tree of the pieces if they are
// longer than the text beside them: every vote would go to them. It tells whether
// it did.
func cutComments(pieces []piece) bool {
	const article = 40 // words
	known := map[*html.Node]bool{}
	text, comments := 0, 0
	for _, p := range pieces {
		switch {
		case inComments(p.node, known):
			comments += len(p.words)
		case len(p.words) >= 12 && density(p) < 0.3 && !p.hidden:
			text += len(p.words)
		}
	}
	if text < article || comments < text {
		return false
	}
	for n, comment := range known {
		if comment && n.Parent != nil && !known[n.Parent] {
			n.Parent.RemoveChild(n)
		}
	}
	return true
}

var commentNames = map[string]bool{
	"comment": true, "comments": true, "commentlist": true, "comment-list": true, "comments-list": true, "comment-body": true,
	"comment-content": true, "comment-text": true, "comments-area": true, "comments-section": true, "comment-section": true,
	"comments-wrapper": true, "comments-container": true, "disqus_thread": true, "respond": true,
}

// inComments tells whether an element or one above it is named as comments. known
// keeps the answers.
func inComments(n *html.Node, known map[*html.Node]bool) bool {
	if n == nil || n.Type != html.ElementNode || n.DataAtom == atom.Body || n.DataAtom == atom.Html {
		return false
	}
	if answer, ok := known[n]; ok {
		return answer
	}
	answer := commentNames[strings.ToLower(attr(n, "id"))]
	for _, name := range strings.Fields(cutBytes(attr(n, "class"), maxClass)) {
		answer = answer || commentNames[strings.ToLower(name)]
	}
	answer = answer || inComments(n.Parent, known)
	known[n] = answer
	return answer
}

// once tells pieces that an article states one time only: paragraphs of some
// length. A heading may stand in the table of contents as well.
func (p piece) once() bool { return p.kind == Paragraph && len(p.words) >= 12 }

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
	bareCredit = pattern(`(?i)^\(?(?:image|photo|picture|credit)s?(?: credit| by)?\s*:.{0,120}$|^image \d+ of \d+$|\((?:image|photo|credit|picture)s?(?: credit)?: [^)]{1,80}\)$`)
	bareAsk    = pattern(`(?i)^(?:advertisement|share this(?: article| post)?|share on \w+|click here to .{0,40}|related(?: articles| posts)?:?|read more|sign up|subscribe(?: now)?|leave a comment|comments?|see more: .*|read also: .*|related: .*|read more: .*|(?:previous|next) (?:message|in thread|by thread|by date)\b.*|messages sorted by\b.*)\.?$`)
	bareByline = pattern(`^By [A-Z][\p{L}.'-]+(?: [A-Z][\p{L}.'-]+){0,4}$`)
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
	return bareCredit().MatchString(p.text) || bareAsk().MatchString(p.text) || bareByline().MatchString(p.text)
}

// countNodes counts the nodes of a tree, up to limit.
func countNodes(n *html.Node, limit int) int {
	count := 1
	for c := n.FirstChild; c != nil && count < limit; c = c.NextSibling {
		count += countNodes(c, limit-count)
	}
	return count
}
