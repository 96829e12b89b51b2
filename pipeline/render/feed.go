package render

// This file writes the Atom feed (RFC 4287): the newest issues, whole.

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"time"

	"github.com/pullquote/pullquote/pipeline/issue"
)

type feedLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type feedText struct {
	Type string `xml:"type,attr"`
	Body string `xml:",chardata"`
}

type feedPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type feedEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      feedLink `xml:"link"`
	Summary   string   `xml:"summary,omitempty"`
	Content   feedText `xml:"content"`
	updated   time.Time
}

type feedGenerator struct {
	Version string `xml:"version,attr"`
	Name    string `xml:",chardata"`
}

type feedDocument struct {
	XMLName   xml.Name       `xml:"http://www.w3.org/2005/Atom feed"`
	Lang      string         `xml:"xml:lang,attr"`
	ID        string         `xml:"id"`
	Title     string         `xml:"title"`
	Subtitle  string         `xml:"subtitle,omitempty"`
	Updated   string         `xml:"updated"`
	Links     []feedLink     `xml:"link"`
	Author    feedPerson     `xml:"author"`
	Rights    string         `xml:"rights,omitempty"`
	Generator *feedGenerator `xml:"generator"`
	Entries   []feedEntry    `xml:"entry"`
}

// noon is the instant an issue's date stands for: the files know only the day.
func noon(date time.Time) time.Time {
	return time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, time.UTC)
}

// feedEntry writes an issue as an entry. Its id is made from what never
// changes, so that neither a new permalink nor a new title shows it again
// (RFC 4151, RFC 4287 section 4.2.6). An issue without a date has no entry.
func (s *site) feedEntry(i int, is *issue.Issue) feedEntry {
	link := s.links[i]
	if link.Date.IsZero() || link.Draft {
		return feedEntry{}
	}
	view := viewOf(is, link, s.base, nil)
	var b []byte
	add := func(parts ...string) {
		for _, part := range parts {
			b = append(b, part...)
		}
	}
	add(string(view.Intro))
	for _, item := range view.Items {
		element := "h" + strconv.Itoa(item.Level)
		add("\n<", element, ">")
		if item.URL != "" {
			add(`<a href="`, template.HTMLEscapeString(item.URL), `">`, string(item.Title), "</a>")
		} else {
			add(string(item.Title))
		}
		add("</", element, ">\n")
		if item.Also != "" {
			add(`<p><a href="`, template.HTMLEscapeString(item.Also), `">`, template.HTMLEscapeString(hostOf(item.Also)), "</a></p>\n")
		}
		for _, part := range item.Parts {
			if !part.Quote {
				add(string(part.HTML), "\n")
				continue
			}
			if item.URL != "" {
				add(`<blockquote cite="`, template.HTMLEscapeString(item.URL), `">`)
			} else {
				add("<blockquote>")
			}
			add("\n", string(part.HTML), "\n</blockquote>\n")
		}
	}
	add("\n", string(view.Outro))
	title := link.Title
	if link.Number > 0 {
		title = strconv.Itoa(link.Number) + " · " + title
	}
	date := noon(link.Date)
	return feedEntry{
		ID:        s.entryID(link),
		Title:     title,
		Updated:   date.Format(time.RFC3339),
		Published: date.Format(time.RFC3339),
		Link:      feedLink{Rel: "alternate", Type: "text/html", Href: link.URL},
		Summary:   shorten(link.Description, 300),
		Content:   feedText{Type: "html", Body: string(bytes.TrimSpace(b))},
		updated:   date,
	}
}

// entryID gives a tag address (RFC 4151): the site's host, the issue's date
// and number; its path where it has no number.
func (s *site) entryID(link IssueLink) string {
	host := "localhost"
	if base, err := url.Parse(s.base); err == nil {
		host = base.Hostname()
	}
	name := "issue-" + strconv.Itoa(link.Number)
	if link.Number == 0 {
		name = link.Path
	}
	return fmt.Sprintf("tag:%s,%s:%s", host, link.ISODate, name)
}

// feed writes entries, given oldest first, as a feed with the newest first.
func (s *site) feed(entries []feedEntry) (File, error) {
	p := s.Publication
	doc := feedDocument{
		Lang:     language(p),
		ID:       s.base,
		Title:    clean(p.Name),
		Subtitle: s.about(),
		Rights:   clean(p.Copyright),
		Links: []feedLink{
			{Rel: "self", Type: "application/atom+xml", Href: s.base + "feed.xml"},
			{Rel: "alternate", Type: "text/html", Href: s.base},
		},
		Author: feedPerson{Name: clean(p.Editor.Name), URI: resolve(p.Editor.URL, s.base)},
	}
	if doc.Author.Name == "" {
		doc.Author = feedPerson{Name: doc.Title, URI: s.base}
	}
	if s.Version != "" {
		doc.Generator = &feedGenerator{Version: clean(s.Version), Name: "pullquote"}
	}
	var newest time.Time
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].ID == "" {
			continue
		}
		doc.Entries = append(doc.Entries, entries[i])
		if entries[i].updated.After(newest) {
			newest = entries[i].updated
		}
	}
	// A feed must say when it changed (RFC 4287 section 4.1.1); one without
	// entries never did.
	doc.Updated = newest.Format(time.RFC3339)
	body, err := xml.Marshal(doc)
	if err != nil {
		return File{}, fmt.Errorf("writing the feed: %w", err)
	}
	return File{Path: "site/feed.xml", Body: append([]byte(xml.Header), append(body, '\n')...)}, nil
}
