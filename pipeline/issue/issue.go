// Package issue is stage 5: the Markdown issue file, the newsletter's truth.
// It parses, checks, formats and changes issue files; it is the only room that
// knows Markdown. A file that nobody asked to change is given back byte for
// byte, and a change is always a splice into the old bytes, never a
// re-serialised tree.
package issue

import (
	"regexp"
	"sync"
	"time"
)

// Severity says what a problem asks of the editor.
type Severity string

// The severities. An Error makes the file unusable (it can't be rendered), a
// Warning must be cured before it is published, Advice is only said.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Advice  Severity = "advice"
)

// Problem is one thing that is odd in a file the editor writes.
type Problem struct {
	Rule     string   `json:"rule"` // stable name: "quote-altered"
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line"`           // 1-based
	Column   int      `json:"column"`         // 1-based, in bytes
	What     string   `json:"what"`           // one sentence, no full stop
	Hint     string   `json:"hint"`           // how to cure it
	Item     int      `json:"item,omitempty"` // the story it belongs to, 1-based, section titles not counted; 0: none
	Fix      []Edit   `json:"fix,omitempty"`  // what a machine may do about it; empty: nothing
}

// Edit replaces the bytes [Start, End) of a file by New.
type Edit struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

// Span is a piece of the file: [Start, End) in bytes.
type Span struct{ Start, End int }

// Issue is one parsed issue file.
type Issue struct {
	File        string    // name as given to Parse: "0096-the-cloud-is-more-secure.md"
	Number      int       // from the title "96 - ..." or `number:`; 0 when there is none
	Title       string    // without the number
	Date        time.Time // as stated; zero when missing or unreadable
	Description string
	Permalink   string // as stated ("/the-cloud-is-more-secure/"), or made from slug or file name; always with both slashes
	Aliases     []string
	Tags        []string
	Draft       bool
	Corrections []Correction   // of a published issue, as stated; in the order of the file
	Mark        Mark           // who may read it: `embargo:` and `tlp:` of the front matter
	Extra       map[string]any // front matter keys we do not know, kept

	Intro []Block
	Items []Item
	Outro []Block

	Body Span            // everything after the front matter
	Keys map[string]Span // where each top-level front matter key's whole entry stands

	src      []byte
	hash     string // of src; empty until somebody asked
	unmarked bool   // src is known to hold no mark
	insertAt int    // where new items go: after the last one, before the outro
	comments []comment
	room     *treeRoom // that the text is cut from; nil of none
}

// Correction says what was wrong in a published issue.
type Correction struct {
	Date time.Time `json:"date" yaml:"date"` // zero when missing
	What string    `json:"what" yaml:"what"` // what is right, one or two sentences
	Was  string    `json:"was,omitempty" yaml:"was"`
}

// Mark says who may read something: the Traffic Light Protocol 2.0 of FIRST
// and an embargo. The zero value means everybody.
type Mark struct {
	TLP     string    // "clear", "green", "amber", "amber+strict" or "red"; what can't be read counts as "red"
	Embargo time.Time // nobody before then; what can't be read counts as never
}

// Item is one story: a heading with a link, the bare link, quotes and notes.
type Item struct {
	Title   []Inline // the heading, without its link
	URL     string   // the heading's link; from the bare link when the heading has none; empty for a section title
	Bare    string   // the bare-link line's address; empty when missing
	Parts   []Part   // quotes and notes in the order of the file
	Span    Span     // from its heading to the next item, outro or end
	Heading Span
	Line    int  // of the heading
	Section bool // a heading without a link: a title between items, no story of its own
	Mark    Mark // who may read it: a comment <!-- tlp: amber --> or a line "embargo: 2026-12-01" in it
}

// Part is one quote (one Markdown blockquote) or one run of the editor's note.
type Part struct {
	Quote  bool
	Author string  // of a note that opens with "(Joel)": "Joel"; empty else
	Blocks []Block // of a quote: what stands inside the blockquote
	Span   Span
	Line   int
}

// BlockKind says what a block of Markdown is.
type BlockKind string

// The kinds of block.
const (
	BlockPara  BlockKind = "para"
	BlockHead  BlockKind = "head"
	BlockQuote BlockKind = "quote"
	BlockList  BlockKind = "list" // Blocks are BlockItems
	BlockItem  BlockKind = "item"
	BlockCode  BlockKind = "code" // Text holds it, Info its language
	BlockRule  BlockKind = "rule"
	BlockTable BlockKind = "table" // Rows
	BlockRaw   BlockKind = "raw"   // raw HTML, as text: never made active
)

// Block is one block of Markdown.
type Block struct {
	Kind    BlockKind
	Level   int  // of a BlockHead: as written, 1 to 6
	Ordered bool // of a BlockList
	Tight   bool // of a BlockList
	Start   int  // of an ordered BlockList
	Text    string
	Info    string
	Inlines []Inline
	Blocks  []Block
	Rows    [][][]Inline // of a BlockTable; the first row is its head
	Span    Span
	Line    int
	Column  int // of Span.Start, 1-based, in bytes
}

// InlineKind says what a piece of running text is.
type InlineKind string

// The kinds of inline.
const (
	InlineText   InlineKind = "text"
	InlineEmph   InlineKind = "emph"
	InlineStrong InlineKind = "strong"
	InlineStrike InlineKind = "strike"
	InlineCode   InlineKind = "code"
	InlineLink   InlineKind = "link"  // URL, Title, Inlines
	InlineImage  InlineKind = "image" // URL, Title, Text is the alt
	InlineBreak  InlineKind = "break" // a hard line break
	InlineSoft   InlineKind = "soft"  // a line end inside a paragraph
	InlineRaw    InlineKind = "raw"   // as text
)

// Inline is one piece of running text.
type Inline struct {
	Kind    InlineKind
	Text    string
	URL     string
	Title   string
	Inlines []Inline
}

// Head is what the archive knows of an issue without keeping its body: enough
// to list it, to link to it and to find a story again.
type Head struct {
	File        string
	Number      int
	Title       string
	Date        time.Time
	Description string // without spaces around it
	Permalink   string
	Aliases     []string
	Tags        []string
	Draft       bool
	Items       []ItemHead
	Words       int    // of quotes and notes and intro
	Hash        string // SHA-256 of the file's bytes, hex
	Corrections []Correction
	Mark        Mark

	// Where the front matter says so: lines of the file, 0 when it does not.
	TitleLine, DateLine, PermalinkLine int
}

// ItemHead is one item of a Head.
type ItemHead struct {
	Title string
	URL   string
	Line  int
	Mark  Mark
}

// Matter is the front matter of a new draft.
type Matter struct {
	Number      int
	Title       string // without the number
	Date        time.Time
	Description string
	Permalink   string
	Corrections []string // Markdown, one line each: what has been corrected in earlier issues
}

// NewItem is one story to be written into a draft.
type NewItem struct {
	Title  string   // plain text: escaped here
	URL    string   //
	Quotes []string // plain text, paragraphs parted by "\n\n"; they become one blockquote, with "[...]" between two
	Note   string   // Markdown, the editor's; empty gives a TODO
	More   []string // plain text: further passages worth quoting, in a comment that no reader sees
}

// Evidence is what publish proves about an issue: issues/evidence/NNNN.json.
type Evidence struct {
	Issue     int            `json:"issue"`
	File      string         `json:"file"`
	Published time.Time      `json:"published"`
	Seal      string         `json:"seal"`                // SHA-256 of the published file without its corrections, hex: Issue.Seal
	Corrected int            `json:"corrected,omitempty"` // how many corrections the file had when it was sealed
	Forced    []Forced       `json:"forced,omitempty"`    // problems it was published with
	Items     []ItemEvidence `json:"items"`
}

// Forced is a rule that the editor overrode when she published, and why.
type Forced struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// ItemEvidence proves one item.
type ItemEvidence struct {
	URL       string          `json:"url"`
	FinalURL  string          `json:"final_url,omitempty"`
	Fetched   time.Time       `json:"fetched,omitzero"`
	PageHash  string          `json:"page_sha256,omitempty"`
	TextHash  string          `json:"text_sha256,omitempty"`
	Extractor string          `json:"extractor,omitempty"`
	Quotes    []QuoteEvidence `json:"quotes"`
}

// QuoteEvidence proves one quoted paragraph with a W3C TextQuoteSelector.
type QuoteEvidence struct {
	Quoted  string `json:"quoted"` // as it stands in the issue, plain text
	Verdict string `json:"verdict"`
	Type    string `json:"type,omitempty"`  // "TextQuoteSelector" (W3C Web Annotation Data Model, 4.2.4); empty when the source has no such place
	Exact   string `json:"exact,omitempty"` // the source's wording
	Prefix  string `json:"prefix,omitempty"`
	Suffix  string `json:"suffix,omitempty"`
}

// pattern gives a regular expression that is compiled when it is first asked
// for: a command pays for those it uses, not for all of them as it starts. It
// panics then if expr is none; TestPatterns compiles them all.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
