package render

// This file links a quote to the very sentence on its source's page, by a text
// fragment (https://wicg.github.io/scroll-to-text-fragment/).

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// linkQuotes gives the quotes of an issue the address of their first proved
// sentence. A quote gets none when the stored source did not have its words, or
// when what was stored does not tell its place from any other.
func linkQuotes(is *issue.Issue, view *IssueView, proof issue.Evidence) {
	proved := map[string]issue.QuoteEvidence{}
	for _, item := range proof.Items {
		for _, q := range item.Quotes {
			proved[item.URL+"\n"+clean(q.Quoted)] = q
		}
	}
	for i := range is.Items {
		v, shown := &view.Items[i], 0
		if v.URL == "" || strings.Contains(v.URL, "#") {
			continue // a fragment of its own, which ours would replace
		}
		for _, part := range is.Items[i].Parts {
			if shown >= len(v.Parts) {
				break
			}
			if plainBlocks(part.Blocks) == "" {
				continue
			}
			if part.Quote {
				for _, q := range part.Paragraphs() {
					if fragment := textFragment(proved[is.Items[i].URL+"\n"+clean(q.Text)]); fragment != "" {
						v.Parts[shown].Source = v.URL + "#:~:text=" + fragment
						break
					}
				}
			}
			shown++
		}
	}
}

// How much of a passage stands in its fragment: browsers match the whole of a
// short one, and the start and end of a longer one.
const (
	wholeFragment = 60 // characters
	edgeWords     = 6
)

// textFragment gives the directive that finds a passage: its words, with the
// words around it, so that no other place matches. It is empty when the
// passage was not found word for word, or when neither its length nor what
// stands around it makes it the only one.
func textFragment(q issue.QuoteEvidence) string {
	exact := clean(firstLine(q.Exact))
	if q.Verdict != "exact" && q.Verdict != "typographic" || exact == "" {
		return ""
	}
	prefix, suffix := wholeWordsAfter(q.Prefix), ""
	if exact == clean(q.Exact) {
		suffix = wholeWordsBefore(q.Suffix)
	}
	if prefix == "" && suffix == "" && utf8.RuneCountInString(exact) < wholeFragment {
		return ""
	}
	words := strings.Fields(exact)
	var b strings.Builder
	if prefix != "" {
		b.WriteString(escapeFragment(prefix) + "-,")
	}
	if utf8.RuneCountInString(exact) <= wholeFragment || len(words) < 2*edgeWords {
		b.WriteString(escapeFragment(exact))
	} else {
		b.WriteString(escapeFragment(strings.Join(words[:edgeWords], " ")) + "," + escapeFragment(strings.Join(words[len(words)-edgeWords:], " ")))
	}
	if suffix != "" {
		b.WriteString(",-" + escapeFragment(suffix))
	}
	return b.String()
}

// firstLine gives a passage's first paragraph: a match can't run over two.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// wholeWordsAfter gives the last three words before a passage, without one
// that the selector cut, and nothing from another paragraph.
func wholeWordsAfter(prefix string) string {
	line := prefix[strings.LastIndexByte(prefix, '\n')+1:]
	words := strings.Fields(line)
	if line == prefix && len(words) > 0 {
		words = words[1:] // it may be the end of a longer one
	}
	if !strings.HasSuffix(line, " ") && !strings.HasSuffix(line, "\u00a0") {
		return "" // the passage starts within a word, or after a bracket
	}
	return clean(strings.Join(words[max(0, len(words)-3):], " "))
}

// wholeWordsBefore gives the first three words after a passage.
func wholeWordsBefore(suffix string) string {
	line, _, more := strings.Cut(suffix, "\n")
	words := strings.Fields(line)
	if !more && len(words) > 0 {
		words = words[:len(words)-1]
	}
	if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\u00a0") {
		return ""
	}
	return clean(strings.Join(words[:min(3, len(words))], " "))
}

// escapeFragment percent-encodes text for a directive, where "-", "," and "&"
// have a meaning of their own.
func escapeFragment(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), "-", "%2D")
}
