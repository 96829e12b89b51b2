package extract

// This file learns from an archive what an editor's quotes look like, so that
// the passages proposed to her look like them.

import (
	"math"
	"sort"
	"strings"
)

// Shape is what an editor's quotes look like. The zero value stands for the
// default shape.
type Shape struct {
	Quotes     int     // how many quotes it was learned from; 0 for the default
	Words      int     // words of the quotes for one item: the median
	MostWords  int     // nine quotes in ten have no more words than this
	Paragraphs int     // three quotes in four have no more paragraphs than this; 1 to 4
	Elisions   float64 // share of the quotes with an elision or an insertion, 0 to 1
	Speech     float64 // share of the quotes that hold speech, 0 to 1
}

// DefaultShape is the shape of the quotes of a security newsletter that has
// come out for ten years: 252 issues, 2,506 items.
func DefaultShape() Shape {
	return Shape{Words: 141, MostWords: 281, Paragraphs: 4, Elisions: 0.21, Speech: 0.30}
}

const (
	// enoughQuotes is how many quotes weigh as much as the default: a first
	// issue does not overturn it, twenty do.
	enoughQuotes = 30
	fewestWords  = 20
)

var (
	paragraphBreak = pattern(`\n[ \t\r>]*\n`)
	editorsMark    = pattern(`\[[^\[\]]{1,80}\](?:[^(\[]|$)|\(\.\.\.\)|\(…\)|(?:^|\s)(?:\.\.\.|…|\. \. \.)(?:\s|$)`)
)

// LearnShape learns the shape of an archive's quotes, each the whole quotation
// of one item, its paragraphs parted by an empty line; the marks of a Markdown
// blockquote ("> ") may still be there. What few quotes say counts less than
// the default does: with none the default comes back.
func LearnShape(quotes []string) Shape {
	var words, paragraphs []int
	elisions, speeches := 0, 0
	for _, q := range quotes {
		n := len(wordsOf(q))
		if n == 0 {
			continue
		}
		words = append(words, n)
		count := 0
		for _, p := range paragraphBreak().Split(q, -1) {
			if strings.Trim(p, "> \t\r\n") != "" {
				count++
			}
		}
		paragraphs = append(paragraphs, count)
		if editorsMark().MatchString(q) {
			elisions++
		}
		if speech(q) {
			speeches++
		}
	}
	s := DefaultShape()
	n := len(words)
	if n == 0 {
		return s
	}
	sort.Ints(words)
	sort.Ints(paragraphs)
	own := float64(n) / (float64(n) + enoughQuotes)
	blend := func(learned, common float64) float64 { return own*learned + (1-own)*common }
	whole := func(learned, common int) int { return int(math.Round(blend(float64(learned), float64(common)))) }
	s.Quotes = n
	s.Words = max(fewestWords, whole(words[n/2], s.Words))
	s.MostWords = max(s.Words, whole(words[9*n/10], s.MostWords))
	s.Paragraphs = min(mostParagraph, max(1, whole(paragraphs[3*n/4], s.Paragraphs)))
	s.Elisions = blend(float64(elisions)/float64(n), s.Elisions)
	s.Speech = blend(float64(speeches)/float64(n), s.Speech)
	return s
}

// orDefault makes a shape usable whoever made it.
func (s Shape) orDefault() Shape {
	d := DefaultShape()
	if s.Words <= 0 {
		s.Words = d.Words
	}
	if s.MostWords <= 0 {
		s.MostWords = d.MostWords
	}
	// Who elides cuts what she is given: it may be longer by that share.
	if s.Quotes > 0 && s.Elisions > d.Elisions {
		s.MostWords += int(float64(s.MostWords) * math.Min(1, s.Elisions-d.Elisions))
	}
	s.MostWords = max(s.Words, s.MostWords)
	if s.Paragraphs <= 0 || s.Paragraphs > mostParagraph {
		s.Paragraphs = d.Paragraphs
	}
	if s.Quotes <= 0 {
		s.Speech = d.Speech
	}
	return s
}

// speechLift is what is added to the weight of quoted speech: how much more
// (or less) often this editor quotes it than the default does, as a difference
// of log odds.
func (s Shape) speechLift() float64 {
	odds := func(share float64) float64 {
		share = math.Min(0.95, math.Max(0.05, share))
		return math.Log(share / (1 - share))
	}
	return odds(s.Speech) - odds(DefaultShape().Speech)
}
