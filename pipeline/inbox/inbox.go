// Package inbox is stage 4: what waits for the editor. It is the only room
// with SQL. One SQLite file, inbox.db, keeps candidates, raw pages
// (compressed), picks, drops and what is remembered of each source. All of it
// can be made again by collecting, except picks and drops not yet drafted.
package inbox

import (
	"time"

	"github.com/pullquote/pullquote/pipeline/extract"
)

// Place says where a candidate stands with the editor.
type Place string

// The places. What was used in an issue is never stored here: it is read from
// issues/.
const (
	Waiting Place = "waiting"
	Picked  Place = "picked"
	Dropped Place = "dropped"
)

// ByHand is the source name of links the editor gave herself.
const ByHand = "by hand"

// Candidate is one story that could be used. Its identity is its canonical
// address, never its title or a hash.
type Candidate struct {
	ID        int64     `json:"id"`   // short, stable, for typing
	URL       string    `json:"url"`  // canonical address
	Link      string    `json:"link"` // as first given, for the reader
	Title     string    `json:"title"`
	Sources   []string  `json:"sources"` // names, first seen first; "by hand" for added links
	Authors   []string  `json:"authors,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Seen      time.Time `json:"seen"`              // first seen, UTC
	Summary   string    `json:"summary,omitempty"` // plain text, at most 500 characters
	Place     Place     `json:"place"`
	Note      string    `json:"note,omitempty"`   // the editor's
	Quotes    []string  `json:"quotes,omitempty"` // passages given with `add --quote`
	Page      PageFact  `json:"page"`
	Flags     []string  `json:"flags,omitempty"`
}

// PageFact tells whether the candidate's page is kept and what went wrong.
type PageFact struct {
	Kept    bool      `json:"kept"`
	Status  int       `json:"status,omitempty"`
	Error   string    `json:"error,omitempty"`
	Fetched time.Time `json:"fetched,omitzero"`
}

// Pick is a candidate the editor chose, with the quotes she chose from it.
type Pick struct {
	Candidate Candidate       `json:"candidate"`
	Quotes    []extract.Quote `json:"quotes"`
	Note      string          `json:"note,omitempty"`
	At        time.Time       `json:"at"`
}

// Filter chooses candidates to list. The zero value lists what waits, newest
// first.
type Filter struct {
	Place  Place  // empty means Waiting; "all" lists every place
	Source string // only this source's
	Words  string // only with these words in title or summary
	Limit  int    // 0 means all, up to 50,000
}
