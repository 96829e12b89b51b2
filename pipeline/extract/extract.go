// Package extract is stage 2: a page becomes an article, and an article
// proposes quotes. It is pure: bytes in, values out; the same bytes give the
// same article.
package extract

import (
	"regexp"
	"sync"
)

// Version names the rules of this extractor. It changes whenever the same page
// may give another article; evidence records it.
const Version = "6"

// Input is one page to read.
type Input struct {
	URL         string // address the page came from; relative links are resolved against it
	ContentType string // of the HTTP answer; may be empty
	Body        []byte // undecoded: the charset is found here
}

// Kind says what a block is.
type Kind string

// The kinds of block.
const (
	Paragraph  Kind = "paragraph"
	Heading    Kind = "heading"
	List       Kind = "list" // one list item
	Blockquote Kind = "blockquote"
	Code       Kind = "code"
	Table      Kind = "table" // one row, cells parted by tabs
	Caption    Kind = "caption"
)

// Block is one piece of an article's body. Text is plain text on one line
// (Code keeps its lines) with single spaces, in the words of the page.
type Block struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// Link is an outbound link of the body.
type Link struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// Article is what a page says, without the page's furniture. Empty values mean
// that the page does not state them.
type Article struct {
	URL         string            `json:"url"`
	Title       string            `json:"title"` // without the site's name
	Site        string            `json:"site"`
	Authors     []string          `json:"authors"`
	Published   string            `json:"published"` // ISO 8601: a date, or date and time with the page's own zone
	Modified    string            `json:"modified"`
	Language    string            `json:"language"`  // BCP 47
	Canonical   string            `json:"canonical"` // rel=canonical or og:url, absolute, only when it agrees with the page
	Description string            `json:"description,omitempty"`
	Image       string            `json:"image,omitempty"`
	ImageAlt    string            `json:"image_alt,omitempty"`
	Paywalled   bool              `json:"paywalled,omitempty"`
	Words       int               `json:"words"`
	Blocks      []Block           `json:"blocks"`
	Links       []Link            `json:"links,omitempty"`
	Origins     map[string]string `json:"origins,omitempty"` // field -> where it came from: "json-ld", "og:title", "h1"
	Notes       []string          `json:"notes,omitempty"`   // facts about the page: "needs scripts", "paywalled"
}

// Quote is a passage of an article with a W3C TextQuoteSelector
// (https://www.w3.org/TR/annotation-model/#text-quote-selector).
type Quote struct {
	Exact   string   `json:"exact"`  // a true substring of Article.Text(); paragraphs parted by "\n\n"
	Prefix  string   `json:"prefix"` // up to 32 characters before it
	Suffix  string   `json:"suffix"` // up to 32 characters after it
	Score   float64  `json:"score"`  // 0 to 1; 0 for a quote the editor made herself
	Reasons []string `json:"reasons"`
}

// Verdict says how a quotation stands to its source, best first.
type Verdict string

// The verdicts, from best to worst. Declared means that the editor's own marks
// ("[...]", "[sic]") account for every difference.
const (
	Exact       Verdict = "exact"
	Typographic Verdict = "typographic" // curly quotes, dashes, spaces, case of the first letter, emphasis
	Elided      Verdict = "elided"      // declared elision: each fragment found, in order
	Inserted    Verdict = "inserted"    // declared insertion or substitution in brackets
	Altered     Verdict = "altered"     // found, but with undeclared differences
	NotFound    Verdict = "not-found"
)

// OK tells whether a quotation with this verdict may be published as it is.
func (v Verdict) OK() bool {
	return v == Exact || v == Typographic || v == Elided || v == Inserted
}

// Finding is where and how a quoted paragraph was found in a text.
type Finding struct {
	Verdict Verdict
	Source  string // the wording of the source at that place (or the nearest one); empty when nothing is near
	Start   int    // byte offset of Source in the text; -1 when not found
	End     int
	Quoted  string // for Altered: the first differing words as quoted...
	Stated  string // ...and as the source states them
}

// pattern gives a regular expression that is compiled when it is first asked
// for: a command pays for those it uses, not for all of them as it starts. It
// panics then if expr is none; TestPatterns compiles them all.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
