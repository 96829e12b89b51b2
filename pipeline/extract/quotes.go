package extract

// This file proposes the passages of an article that an editor would quote.
// Each paragraph gets a score from a few features with fixed weights (a
// logistic regression fitted on real editors' choices, see quotes_test.go);
// passages grow from the best paragraphs to the length editors use.
//
// The features follow Bohn and Ling, "Catching Attention with Automatic Pull
// Quote Selection" (COLING 2020), and what carried signal on our own pairs.

import (
	"fmt"
	"math"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxQuotes = 8
	// The real newsletter's quotes have a median of 141 words and nine in ten
	// are below 281: a passage grows until wantedWords and never over mostWords.
	wantedWords   = 90
	mostWords     = 280
	mostParagraph = 4
)

// Text is the body as plain text, blocks parted by an empty line: the text
// that quotes are substrings of.
func (a Article) Text() string {
	texts := make([]string, len(a.Blocks))
	for i, b := range a.Blocks {
		texts[i] = b.Text
	}
	return strings.Join(texts, "\n\n")
}

// paragraph is a block that may be quoted, with its features.
type paragraph struct {
	block    int // index in Article.Blocks
	features [len(quoteWeights)]float64
	score    float64
	words    int
}

// The features of a paragraph, in order.
const (
	featEarly = iota // falls with the paragraph's number
	featPlace        // place in the article, 0 to 1
	featLength
	featShort
	featTitle
	featStop
	featDigit
	featSpeech
	featFirstPerson
	featList
	featQuoteBlock
	featFinding
	featLongWords
	featOpensSection
)

// quoteWeights are the fitted weights, in the order above; quoteBias is the
// intercept. TestFitQuotes prints them anew.
var quoteWeights = [...]float64{1.9, -0.9, 1.1, -1.2, 0.9, -1.0, -0.2, 0.3, 0.1, -0.5, 0.2, 0.3, 0.2, 0.1}

const quoteBias = -3.0

var (
	neverQuoted = regexp.MustCompile(`(?i)^(?:by |written by|posted (?:by|on)|published|updated|last (?:updated|modified)|photo|image|credit|figure \d|source:|copyright|©|share this|tags?:|filed under|related:|read more|see also|click here|sign up|subscribe|follow (?:us|me)|advertisement|table of contents|contents$|disclaimer|note from the editor|thanks (?:to|for)|acknowledg)|all rights reserved|terms of (?:service|use)|privacy policy|subscribe (?:to|now|here)|sign up (?:for|to|here|now)|our newsletter|free trial|contact (?:us|our sales)|book a demo|request a demo|get started (?:today|now|for free)|learn more about our|affiliate (?:links?|commission)|views expressed|not (?:legal|financial|investment) advice|this (?:article|post|story) (?:was|has been|first|originally)|is a (?:staff|senior|freelance)? ?(?:writer|reporter|journalist|editor) (?:at|for|with)|enable javascript|use cookies`)
	finding     = regexp.MustCompile(`(?i)\b(?:found|discovered|shows?|showed|reveal(?:s|ed)|because|means|therefore|the problem|the lesson|turns out|instead|should|must|need to|important|key|result|why|allows?|vulnerab\w*|attack\w*|exploit\w*)\b`)
	firstPerson = map[string]bool{"i": true, "we": true, "my": true, "our": true, "me": true, "us": true, "i'm": true, "we're": true}
)

// paragraphs lists the blocks that may be quoted, scored.
func (a Article) paragraphs() []paragraph {
	title := map[string]bool{}
	for _, w := range wordsOf(a.Title) {
		if !stopWords[w] && utf8.RuneCountInString(w) > 2 {
			title[w] = true
		}
	}
	var out []paragraph
	total := 0
	for _, b := range a.Blocks {
		total += len(b.Text)
	}
	at := 0
	afterHeading := true
	for i, b := range a.Blocks {
		place := float64(at) / float64(max(1, total))
		at += len(b.Text)
		if b.Kind == Heading {
			afterHeading = true
			continue
		}
		words := wordsOf(b.Text)
		if !quotable(b, words) {
			continue
		}
		p := paragraph{block: i, words: len(words)}
		p.features = quoteFeatures(b, words, title, len(out), place, afterHeading)
		afterHeading = false
		sum := quoteBias
		for k, w := range quoteWeights {
			sum += w * p.features[k]
		}
		p.score = 1 / (1 + math.Exp(-sum))
		out = append(out, p)
	}
	return out
}

// quotable tells whether a block may be quoted at all.
func quotable(b Block, words []string) bool {
	switch b.Kind {
	case Code, Table, Caption, Heading:
		return false
	}
	letters := 0
	for _, r := range b.Text {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if len(words) < 5 && letters < 40 || len(words) > mostWords+170 || letters*2 < utf8.RuneCountInString(b.Text) {
		return false
	}
	return !(len(words) < 90 && neverQuoted.MatchString(b.Text))
}

func quoteFeatures(b Block, words []string, title map[string]bool, number int, place float64, opens bool) [len(quoteWeights)]float64 {
	var f [len(quoteWeights)]float64
	n := float64(len(words))
	stops, digits, first, letters := 0.0, 0.0, 0.0, 0.0
	held := map[string]bool{}
	for _, w := range words {
		if stopWords[w] {
			stops++
		}
		if firstPerson[w] {
			first++
		}
		if w[0] >= '0' && w[0] <= '9' {
			digits++
		}
		if title[w] {
			held[w] = true
		}
		letters += float64(utf8.RuneCountInString(w))
	}
	f[featEarly] = 1 / (1 + float64(number)/3)
	f[featPlace] = place
	f[featLength] = math.Min(1, math.Log1p(n)/math.Log1p(100))
	if n < 18 {
		f[featShort] = 1
	}
	if len(title) > 0 {
		f[featTitle] = float64(len(held)) / float64(len(title))
	}
	f[featStop] = stops / n
	if digits > 0 {
		f[featDigit] = 1
	}
	if speech(b.Text) {
		f[featSpeech] = 1
	}
	if first > 0 {
		f[featFirstPerson] = 1
	}
	if b.Kind == List {
		f[featList] = 1
	}
	if b.Kind == Blockquote {
		f[featQuoteBlock] = 1
	}
	if finding.MatchString(b.Text) {
		f[featFinding] = 1
	}
	f[featLongWords] = math.Min(1.5, letters/n/6)
	if opens {
		f[featOpensSection] = 1
	}
	return f
}

// speech tells whether four words or more stand between quotation marks.
func speech(text string) bool {
	for _, m := range spoken.FindAllString(text, 5) {
		if len(strings.Fields(m)) >= 4 {
			return true
		}
	}
	return false
}

var spoken = regexp.MustCompile(`“[^”]{15,600}”|"[^"]{15,600}"`)

// Quotes proposes up to eight passages of one to four paragraphs, best first.
// Each is a substring of Text, and no two overlap.
func (a Article) Quotes() []Quote {
	candidates := a.paragraphs()
	if len(candidates) == 0 {
		return nil
	}
	text := a.Text()
	starts := make([]int, len(a.Blocks))
	for i, at := 0, 0; i < len(a.Blocks); i++ {
		starts[i] = at
		at += len(a.Blocks[i].Text) + 2
	}
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(x, y int) bool { return candidates[order[x]].score > candidates[order[y]].score })
	used := make([]bool, len(candidates))
	var out []Quote
	for _, i := range order {
		if len(out) == maxQuotes {
			break
		}
		if used[i] || candidates[i].words < 8 && len(order) > 3 {
			continue
		}
		from, to := grow(candidates, used, i)
		for k := from; k <= to; k++ {
			used[k] = true
		}
		first, last := candidates[from].block, candidates[to].block
		q := Select(text, starts[first], starts[last]+len(a.Blocks[last].Text))
		q.Score = math.Round(candidates[i].score*1000) / 1000
		q.Reasons = reasons(candidates[i])
		out = append(out, q)
	}
	return out
}

// grow takes neighbours into a passage while it is short and they are worth
// it. Only blocks that follow each other are joined.
func grow(c []paragraph, used []bool, i int) (from, to int) {
	from, to = i, i
	words := c[i].words
	fits := func(k, neighbour int) bool {
		apart := c[k].block - c[neighbour].block
		return !used[k] && (apart == 1 || apart == -1) && words+c[k].words <= mostWords && c[k].score >= 0.45*c[i].score
	}
	for words < wantedWords && to-from+1 < mostParagraph {
		after := to+1 < len(c) && fits(to+1, to)
		before := from > 0 && fits(from-1, from)
		switch {
		case after && (!before || c[to+1].score >= c[from-1].score*0.8):
			to++
			words += c[to].words
		case before:
			from--
			words += c[from].words
		default:
			return from, to
		}
	}
	return from, to
}

// reasons says in words what speaks for a paragraph.
func reasons(p paragraph) []string {
	out := []string{}
	f := p.features
	if f[featEarly] >= 0.6 {
		out = append(out, "opens the article")
	}
	if f[featTitle] >= 0.4 {
		out = append(out, "takes up the title")
	}
	if f[featFinding] > 0 {
		out = append(out, "states the finding")
	}
	if f[featFirstPerson] > 0 && f[featSpeech] > 0 {
		out = append(out, "first person, quoted speech")
	} else if f[featSpeech] > 0 {
		out = append(out, "quoted speech")
	} else if f[featFirstPerson] > 0 {
		out = append(out, "first person")
	}
	if f[featDigit] > 0 {
		out = append(out, "has a figure")
	}
	if f[featOpensSection] > 0 && f[featEarly] < 0.6 {
		out = append(out, "opens a section")
	}
	if p.words >= 40 {
		out = append(out, fmt.Sprintf("%d words long", p.words))
	}
	if len(out) == 0 {
		out = append(out, "a paragraph of its own")
	}
	return out
}
