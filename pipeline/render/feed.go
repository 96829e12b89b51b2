package render

// This file writes the feeds: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1 with
// the newest issues whole, and an Atom feed with a story an entry.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// entry is one entry of a feed, in whichever of the formats.
type entry struct {
	ID, Title, URL, Summary, HTML string
	Related                       string // the source's address; empty for an issue
	Published, Updated            time.Time
	Tags                          []string
	Items                         []entry
}

type feedLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type feedText struct {
	Type string `xml:"type,attr"`
	Body string `xml:",cdata"` // half the bytes of escaped markup
}

type feedPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type feedTag struct {
	Term string `xml:"term,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published"`
	Links     []feedLink `xml:"link"`
	Tags      []feedTag  `xml:"category"`
	Summary   string     `xml:"summary,omitempty"`
	Content   feedText   `xml:"content"`
}

type feedGenerator struct {
	Version string `xml:"version,attr"`
	Name    string `xml:",chardata"`
}

type atomFeed struct {
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
	Entries   []atomEntry    `xml:"entry"`
}

type rssGUID struct {
	Permalink bool   `xml:"isPermaLink,attr"`
	ID        string `xml:",chardata"`
}

type rssText struct {
	Body string `xml:",cdata"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	GUID        rssGUID  `xml:"guid"`
	Date        string   `xml:"pubDate"`
	Tags        []string `xml:"category"`
	Description string   `xml:"description,omitempty"`
	Content     rssText  `xml:"content:encoded"`
}

type rssFeed struct {
	XMLName   xml.Name  `xml:"rss"`
	Version   string    `xml:"version,attr"`
	AtomNS    string    `xml:"xmlns:atom,attr"`
	ContentNS string    `xml:"xmlns:content,attr"`
	Title     string    `xml:"channel>title"`
	Link      string    `xml:"channel>link"`
	Self      feedLink  `xml:"channel>atom:link"`
	About     string    `xml:"channel>description"`
	Language  string    `xml:"channel>language"`
	Copyright string    `xml:"channel>copyright,omitempty"`
	Built     string    `xml:"channel>lastBuildDate,omitempty"`
	Generator string    `xml:"channel>generator,omitempty"`
	Items     []rssItem `xml:"channel>item"`
}

func (s *site) feedLength() int {
	if n := s.Publication.Feed.Issues; n > 0 {
		return n
	}
	return feedIssues
}

// feedLinks gives the feeds, the one to recommend first.
func (s *site) feedLinks() []FeedLink {
	name := clean(s.Publication.Name)
	return []FeedLink{
		{"application/atom+xml", name, s.base + "feed.xml"},
		{"application/rss+xml", name + " (RSS)", s.base + "rss.xml"},
		{"application/feed+json", name + " (JSON)", s.base + "feed.json"},
		{"application/atom+xml", name + ": every story by itself", s.base + "items.xml"},
	}
}

// noon is the instant an issue's date stands for: the files know only the day.
func noon(date time.Time) time.Time {
	return time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, time.UTC)
}

// feedEntry writes an issue as an entry. Its id is made from what never
// changes, so that neither a new permalink nor a new title shows it again
// (RFC 4151, RFC 4287 section 4.2.6). It is updated when a correction is added,
// and by nothing else. An issue without a date has no entry.
func (s *site) feedEntry(i int, is *issue.Issue) []entry {
	link := s.links[i]
	if link.Date.IsZero() || link.Draft {
		return nil
	}
	view := viewOf(is, link, s.base, nil)
	title := link.Title
	if link.Number > 0 {
		title = strconv.Itoa(link.Number) + " · " + title
	}
	e := entry{
		ID: s.entryID(link), Title: title, URL: link.URL, Summary: shorten(link.Description, 300),
		Published: noon(link.Date), Updated: noon(updatedOn(is)),
	}
	for _, tag := range is.Tags {
		if tag = clean(tag); tag != "" {
			e.Tags = append(e.Tags, tag)
		}
	}
	// All texts are cut from one string: first the whole, then each story.
	scratch := htmlScratch.Get().(*[]byte)
	b := (*scratch)[:0]
	add := func(parts ...string) {
		for _, part := range parts {
			b = append(b, part...)
		}
	}
	add(string(view.Intro))
	bodies := make([][2]int, len(view.Items)) // where they are in b
	for k := range view.Items {
		item := &view.Items[k]
		level := "h" + strconv.Itoa(item.Level)
		add("\n<", level, ">")
		if item.URL != "" {
			add(`<a href="`, template.HTMLEscapeString(item.URL), `">`, string(item.Title), "</a>")
		} else {
			add(string(item.Title))
		}
		add("</", level, ">\n")
		start := len(b)
		b = appendItem(b, item)
		bodies[k] = [2]int{start, len(b)}
	}
	add("\n", string(view.Outro))
	for _, c := range view.Corrections {
		add("\n<p><strong>Correction</strong> ")
		if c.Day != "" {
			add("(", c.Day, ") ")
		}
		add(template.HTMLEscapeString(c.What), "</p>")
	}
	whole := len(b)
	ends := make([]int, len(view.Items))
	for k := range view.Items {
		item := &view.Items[k]
		if !item.Section {
			if item.URL != "" {
				add(`<p><a href="`, template.HTMLEscapeString(item.URL), `">`, template.HTMLEscapeString(item.Host), "</a></p>\n")
			}
			b = append(b, b[bodies[k][0]:bodies[k][1]]...)
		}
		ends[k] = len(b)
	}
	all := string(b)
	*scratch = b
	htmlScratch.Put(scratch)
	e.HTML = strings.TrimSpace(all[:whole])
	e.Items = make([]entry, 0, len(view.Items))
	start := whole
	for k := range view.Items {
		if item := &view.Items[k]; !item.Section {
			e.Items = append(e.Items, entry{
				ID: e.ID + "/" + item.ID, Title: item.Text, URL: link.URL + "#" + item.ID, Related: item.URL,
				HTML: all[start:ends[k]], Published: e.Published, Updated: e.Updated, Tags: e.Tags,
			})
		}
		start = ends[k]
	}
	return []entry{e}
}

// appendItem writes a story's quotes and notes without its heading.
func appendItem(b []byte, item *ItemView) []byte {
	add := func(parts ...string) {
		for _, part := range parts {
			b = append(b, part...)
		}
	}
	if item.Also != "" {
		add(`<p><a href="`, template.HTMLEscapeString(item.Also), `">`, template.HTMLEscapeString(hostOf(item.Also)), "</a></p>\n")
	}
	for k := range item.Parts {
		part := &item.Parts[k]
		switch {
		case !part.Quote:
			add(string(part.HTML), "\n")
		case item.URL != "":
			add(`<blockquote cite="`, template.HTMLEscapeString(item.URL), `">`, "\n", string(part.HTML), "\n</blockquote>\n")
		default:
			add("<blockquote>\n", string(part.HTML), "\n</blockquote>\n")
		}
	}
	return b
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

// feeds writes entries, given oldest first, as feeds with the newest first.
func (s *site) feeds(entries []entry) ([]File, error) {
	var issues, items []entry
	most := s.Publication.Feed.Items
	if most <= 0 {
		most = feedItems
	}
	for i := len(entries) - 1; i >= 0; i-- {
		issues = append(issues, entries[i])
		for _, item := range entries[i].Items {
			if len(items) < most {
				items = append(items, item)
			}
		}
	}
	whole, err := s.atom("feed.xml", "", issues)
	if err != nil {
		return nil, err
	}
	rss, err := s.rss(issues)
	if err != nil {
		return nil, err
	}
	single, err := s.atom("items.xml", ": every story", items)
	return []File{whole, rss, s.jsonFeed(issues), single}, err
}

// newest is when the newest of entries changed.
func newest(entries []entry) time.Time {
	var last time.Time
	for _, e := range entries {
		if e.Updated.After(last) {
			last = e.Updated
		}
	}
	return last
}

// author is whom a feed names as author: the editor, else the newsletter.
func (s *site) author() feedPerson {
	if name := clean(s.Publication.Editor.Name); name != "" {
		return feedPerson{name, resolve(s.Publication.Editor.URL, s.base)}
	}
	return feedPerson{clean(s.Publication.Name), s.base}
}

func (s *site) atom(name, addition string, entries []entry) (File, error) {
	p := s.Publication
	doc := atomFeed{
		Lang: language(p), ID: s.base, Title: clean(p.Name) + addition, Subtitle: s.about(), Rights: clean(p.Copyright),
		Links: []feedLink{
			{Rel: "self", Type: "application/atom+xml", Href: s.base + name},
			{Rel: "alternate", Type: "text/html", Href: s.base},
		},
		Author: s.author(),
		// A feed must say when it changed (RFC 4287 section 4.1.1); one without
		// entries never did.
		Updated: newest(entries).Format(time.RFC3339),
	}
	if addition != "" {
		doc.ID = s.base + name
	}
	if s.Version != "" {
		doc.Generator = &feedGenerator{Version: clean(s.Version), Name: "pullquote"}
	}
	for _, e := range entries {
		links := []feedLink{{Rel: "alternate", Type: "text/html", Href: e.URL}}
		if e.Related != "" {
			links = append(links, feedLink{Rel: "related", Href: e.Related})
		}
		var tags []feedTag
		for _, tag := range e.Tags {
			tags = append(tags, feedTag{tag})
		}
		doc.Entries = append(doc.Entries, atomEntry{
			ID: e.ID, Title: e.Title, Updated: e.Updated.Format(time.RFC3339), Published: e.Published.Format(time.RFC3339),
			Links: links, Tags: tags, Summary: e.Summary, Content: feedText{Type: "html", Body: e.HTML},
		})
	}
	return xmlFile("site/"+name, doc, roomFor(entries))
}

// roomFor is about how many bytes a feed of entries takes: growing to its size
// takes twice that.
func roomFor(entries []entry) int {
	room := 4 << 10
	for i := range entries {
		room += 1<<10 + len(entries[i].HTML) + len(entries[i].HTML)/16
	}
	return room
}

func xmlFile(name string, doc any, room int) (File, error) {
	b := bytes.NewBuffer(make([]byte, 0, room))
	b.WriteString(xml.Header)
	w := xml.NewEncoder(b)
	if err := errors.Join(w.Encode(doc), w.Close()); err != nil {
		return File{}, fmt.Errorf("writing %s: %w", name, err)
	}
	b.WriteByte('\n')
	return File{Path: name, Body: b.Bytes()}, nil
}

// rss writes RSS 2.0 (https://www.rssboard.org/rss-specification), whole texts
// in content:encoded.
func (s *site) rss(entries []entry) (File, error) {
	p := s.Publication
	doc := rssFeed{
		Version: "2.0", AtomNS: "http://www.w3.org/2005/Atom", ContentNS: "http://purl.org/rss/1.0/modules/content/",
		Title: clean(p.Name), Link: s.base, About: s.about(), Language: language(p), Copyright: clean(p.Copyright),
		Self: feedLink{Rel: "self", Type: "application/rss+xml", Href: s.base + "rss.xml"},
	}
	if last := newest(entries); !last.IsZero() {
		doc.Built = last.Format(time.RFC1123Z)
	}
	if s.Version != "" {
		doc.Generator = clean("pullquote " + s.Version)
	}
	for _, e := range entries {
		doc.Items = append(doc.Items, rssItem{
			Title: e.Title, Link: e.URL, GUID: rssGUID{ID: e.ID}, Date: e.Published.Format(time.RFC1123Z),
			Tags: e.Tags, Description: e.Summary, Content: rssText{e.HTML},
		})
	}
	return xmlFile("site/rss.xml", doc, roomFor(entries))
}

// jsonFeed writes JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).
func (s *site) jsonFeed(entries []entry) File {
	b := make([]byte, 0, roomFor(entries))
	author := s.author()
	b = append(b, '{')
	b = appendMember(b, "version", "https://jsonfeed.org/version/1.1")
	b = appendMember(b, "title", clean(s.Publication.Name))
	b = appendMember(b, "home_page_url", s.base)
	b = appendMember(b, "feed_url", s.base+"feed.json")
	b = appendStated(b, "description", s.about())
	b = append(b, `,"authors":[{`...)
	b = appendMember(b, "name", author.Name)
	b = appendStated(b, "url", author.URI)
	b = append(b, "}]"...)
	b = appendMember(b, "language", language(s.Publication))
	b = append(b, `,"items":[`...)
	for i := range entries {
		e := &entries[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = appendMember(b, "id", e.ID)
		b = appendMember(b, "url", e.URL)
		b = appendMember(b, "title", e.Title)
		b = appendMember(b, "content_html", e.HTML)
		b = appendStated(b, "summary", e.Summary)
		b = appendMember(b, "date_published", e.Published.Format(time.RFC3339))
		b = appendMember(b, "date_modified", e.Updated.Format(time.RFC3339))
		if len(e.Tags) > 0 {
			b = append(appendJSON(append(b, `,"tags":[`...), e.Tags...), ']')
		}
		b = append(b, '}')
	}
	return File{Path: "site/feed.json", Body: append(b, "]}\n"...)}
}
