package extract

// This file asks others what they think the article is: a kept extractor, and
// the page itself, where it states its text for machines (schema.org's
// articleBody). They are voters: body.go weighs their votes, and the words of the article are always
// taken from the page's own tree.

import (
	"net/url"
	"strings"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
)

// maxVotedNodes is the size of the largest tree that voters are asked about:
// their cost is not linear on hostile trees.
const maxVotedNodes = 60_000

// vote is one extractor's answer, made comparable: which runs of three words
// it kept.
type vote struct {
	runs  map[uint64]bool
	short string // all kept words, parted by spaces: blocks below three words are looked up here
}

// readabilityVote asks go-readability. A voter that panics on an odd page has
// no vote.
func readabilityVote(doc *html.Node, page *url.URL) (v vote) {
	defer func() {
		if recover() != nil {
			v = vote{}
		}
	}()
	parser := readability.NewParser()
	parser.DisableJSONLD = true
	parser.MaxElemsToParse = maxVotedNodes
	article, err := parser.ParseDocument(doc, page)
	if err != nil || article.Node == nil {
		return vote{}
	}
	return newVote(article.Node)
}

// textVote is the vote of a text. Tags in it are read as such.
func textVote(text string) vote {
	if text == "" {
		return vote{}
	}
	if len(text) > maxBlockText {
		text = text[:maxBlockText]
	}
	if strings.Contains(text, "<") || strings.Contains(text, "&") {
		if doc, err := html.Parse(strings.NewReader(text)); err == nil {
			return newVote(doc)
		}
	}
	return voteOf([]piece{{words: wordsOf(text)}})
}

func newVote(root *html.Node) vote { return voteOf(segment(root)) }

func voteOf(pieces []piece) vote {
	v := vote{runs: map[uint64]bool{}}
	var all strings.Builder
	all.WriteByte(' ')
	for _, p := range pieces {
		for _, h := range runsOf(p.words) {
			v.runs[h] = true
		}
		for _, w := range p.words {
			all.WriteString(w)
			all.WriteByte(' ')
		}
		all.WriteString("| ")
	}
	v.short = all.String()
	return v
}

// share is the part of a block's runs that the voter kept, 0 to 1.
func (v vote) share(words []string) float64 {
	if len(words) == 0 || v.runs == nil {
		return 0
	}
	if len(words) < 3 {
		if strings.Contains(v.short, " "+strings.Join(words, " ")+" | ") {
			return 1
		}
		return 0
	}
	kept := 0
	runs := runsOf(words)
	for _, h := range runs {
		if v.runs[h] {
			kept++
		}
	}
	return float64(kept) / float64(len(runs))
}

// runsOf hashes each run of three words (FNV-1a).
func runsOf(words []string) []uint64 {
	if len(words) < 3 {
		return nil
	}
	hashes := make([]uint64, 0, len(words)-2)
	for i := 0; i+3 <= len(words); i++ {
		h := uint64(14695981039346656037)
		for _, w := range words[i : i+3] {
			for j := 0; j < len(w); j++ {
				h = (h ^ uint64(w[j])) * 1099511628211
			}
			h = (h ^ ' ') * 1099511628211
		}
		hashes = append(hashes, h)
	}
	return hashes
}
