// Package collect is stage 1: it reads the sources the editor follows and the
// links she gives by hand, and brings back entries and raw pages.
//
// It is the only room that reads from the network. Everything it brings back is
// a stranger's: it is bounded in size, time and redirects, it is fetched only
// from addresses checked at the moment of connecting, and it stays plain data
// until a template escapes it. What goes wrong with one source is a fact on
// that source's Result, never an error of the run.
package collect

import (
	"net/http"
	"regexp"
	"sync"
	"time"
)

// Source is one feed the editor follows, as sources/*.yaml or an OPML file
// states it. Feed is its identity: two sources never share one.
type Source struct {
	Name  string // what the editor calls it; unique
	Feed  string // address of the RSS, Atom or JSON feed
	Site  string // address of the site it belongs to; may be empty
	About string // one line: what it is good for; may be empty
	Group string // a heading to list it under; may be empty
	Off   bool   // kept in the file, not asked
	File  string // where it is stated, for messages
	Line  int    // 1-based line in File
}

// Link is one address given by hand: by `pullquote add`, or written into
// sources/links.yaml.
type Link struct {
	URL    string
	Title  string    // may be empty: the page's own title is used then
	Note   string    // the editor's first note; may be empty
	Quotes []string  // passages she marked, in her order
	Tags   []string  //
	Added  time.Time // zero when not stated
	From   string    // where it came from (an import file, a newsletter); may be empty
	File   string
	Line   int
}

// Slip is a fault in a sources file, said at its place. The other sources
// still run.
type Slip struct {
	File   string
	Line   int // 1-based
	Column int // 1-based
	Rule   string
	What   string // what is wrong
	Hint   string // how to cure it
}

// Enclosure is a file a feed entry carries (RSS 2.0 <enclosure>, Atom
// rel="enclosure", JSON Feed attachments).
type Enclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"` // bytes; 0 when not stated
}

// Entry is one item of a feed, or one link given by hand. All text is plain
// text but Summary and Content, which are sanitised HTML.
type Entry struct {
	ID         string      `json:"id"`    // as the feed gives it, else the link, never empty
	Title      string      `json:"title"` // one line, at most 300 characters
	Link       string      `json:"link"`  // absolute http(s) address, as given but for click wrappers; empty when the feed has none
	Authors    []string    `json:"authors"`
	Published  time.Time   `json:"published,omitzero"` // zero when missing or unreadable
	Updated    time.Time   `json:"updated,omitzero"`
	Summary    string      `json:"summary,omitempty"`
	Content    string      `json:"content,omitempty"`
	Categories []string    `json:"categories,omitempty"`
	Enclosures []Enclosure `json:"enclosures,omitempty"`
	Flags      []string    `json:"flags,omitempty"` // what was odd: "link dropped: javascript", "date in the future"
}

// Feed is a parsed feed document.
type Feed struct {
	Title   string   `json:"title"`
	Link    string   `json:"link"` // address of the site
	Kind    string   `json:"kind"` // "rss", "atom" or "json"
	Entries []Entry  `json:"entries"`
	Flags   []string `json:"flags,omitempty"` // what had to be mended: "cut off after 12 items"

	language string // as stated, "" when not
}

// Page is one fetched document, whole, as the server gave it.
type Page struct {
	URL      string              // the address asked
	FinalURL string              // after redirects; equals URL when there were none
	Hops     []Hop               // the redirects that were followed, in their order
	Status   int                 // HTTP status of the last answer; 0 when none came
	Header   map[string][]string // the answer's headers we keep (Content-Type, Last-Modified, ...)
	Body     []byte              // decoded from gzip, br, zstd; never cut: too large is an error
	Fetched  time.Time           // UTC
	Error    string              // why there is no usable body, a sentence; empty when all is well
	Wall     string              // what shows that a program was turned away, not a page missing: "cf-mitigated: challenge"; empty: nothing does
	Barred   bool                // the host's robots.txt forbids the address
}

// Hop is one redirect.
type Hop struct {
	Status int    // 301, 302, 303, 307 or 308
	To     string // absolute address it led to
}

// Permanent tells whether the redirect says that the address has changed for
// good (RFC 9110 sections 15.4.2 and 15.4.9).
func (h Hop) Permanent() bool {
	return h.Status == http.StatusMovedPermanently || h.Status == http.StatusPermanentRedirect
}

// State is what must be remembered of a source between runs so that its server
// is asked politely: RFC 9110 validators and when it may be asked again. The
// zero value is a source never asked before. inbox keeps it.
type State struct {
	Feed         string    // Source.Feed: the identity
	Address      string    // where to ask; differs from Feed after a permanent move (301, 308)
	ETag         string    // byte for byte as the server gave it
	LastModified string    // byte for byte as the server gave it
	Asked        time.Time // last request
	Good         time.Time // last request that was answered well (200 or 304)
	Changed      time.Time // last time the body was new
	Due          time.Time // not to be asked before
	Failures     int       // in a row
	Gone         bool      // 410: never asked again
	Status       int       // of the last answer
	Error        string    // of the last request; empty when it went well
	Title        string    // the feed's own title
	BodyHash     string    // SHA-256 of the last good body, hex
	Memo         string    // further facts of collect's own (JSON), opaque to others
}

// Poll is one source to be asked, with what is remembered of it.
type Poll struct {
	Source Source
	State  State
}

// Result is what asking one source gave. Exactly one of Skipped, Error != "",
// Unchanged or a filled Feed holds.
type Result struct {
	Source    Source
	State     State         // to be remembered in place of the old one
	Feed      Feed          // of what an entry says only the beginning, as Summary: its page is read for the rest
	Unchanged bool          // 304, or the same bytes again
	Skipped   bool          // not asked: not due, off, gone
	Why       string        // for --verbose: why skipped, when due again, what was decided
	Error     string        // a sentence the editor can act on
	Found     []string      // feeds that a web page names, which came instead of a feed
	Moved     string        // new address after a permanent redirect, when it is to be said
	Bytes     int           // of the body, decoded
	Took      time.Duration // wall time of the request
}

// Config is what a Collector needs to know. The zero value works and is the
// strictest.
type Config struct {
	Version string           // of the program, for the User-Agent
	Contact string           // address of a page or mailbox, for the User-Agent
	Allow   []string         // hosts ("intranet.example") or host:port exempt from the address and port check
	Proxy   string           // address of an HTTP proxy; empty: none, and HTTP_PROXY is ignored
	ProxyCA []byte           // PEM certificates to trust besides the system's, for a proxy that opens TLS
	Workers int              // requests in flight at most; 0 means 64
	Now     func() time.Time // the clock; nil means time.Now
	Force   bool             // ask even what is not due
}

// pattern gives a regular expression that is compiled when it is first asked
// for: a command pays for those it uses, not for all of them as it starts. It
// panics then if expr is none; TestPatterns compiles them all.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
