package render

// This file makes what machines read: every issue as JSON with its schema, the
// table of CVEs, the sitemap, and what hosts are told (redirects, headers).

import (
	"fmt"
	"html/template"
	"maps"
	"math/bits"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// issueSchema is the JSON Schema (2020-12) of an issue as JSON; %s is its address, quoted.
// Texts are HTML made here, with no active element.
const issueSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": %s,
  "title": "An issue of a newsletter",
  "type": "object",
  "required": ["$schema", "title", "url", "language", "items"],
  "additionalProperties": false,
  "properties": {
    "$schema": {"type": "string", "format": "uri"},
    "number": {"type": "integer", "minimum": 1},
    "title": {"type": "string", "description": "plain text, without the number"},
    "url": {"type": "string", "format": "uri", "description": "of the issue's page"},
    "date": {"type": "string", "format": "date"},
    "language": {"type": "string", "description": "BCP 47"},
    "description": {"type": "string", "description": "plain text"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "intro_html": {"type": "string"},
    "outro_html": {"type": "string"},
    "items": {"type": "array", "items": {
      "type": "object",
      "required": ["title", "page", "parts"],
      "additionalProperties": false,
      "properties": {
        "title": {"type": "string", "description": "plain text"},
        "url": {"type": "string", "format": "uri", "description": "of the source"},
        "host": {"type": "string", "description": "of the source, without www"},
        "page": {"type": "string", "format": "uri", "description": "the story's place in the issue's page"},
        "section": {"type": "boolean", "description": "a title between stories, no story of its own"},
        "cves": {"type": "array", "items": {"type": "string", "pattern": "^CVE-[0-9]{4}-[0-9]{4,10}$"}},
        "parts": {"type": "array", "items": {
          "type": "object",
          "required": ["kind", "html"],
          "additionalProperties": false,
          "properties": {
            "kind": {"enum": ["quote", "note"], "description": "a quote is the source's words, a note the editor's"},
            "editor": {"type": "string", "description": "of a note: the editor whose name opens it"},
            "html": {"type": "string"},
            "source": {"type": "string", "format": "uri", "description": "leads to the quoted sentence itself"}
          }
        }}
      }
    }},
    "corrections": {"type": "array", "items": {
      "type": "object",
      "required": ["what"],
      "additionalProperties": false,
      "properties": {
        "date": {"type": "string", "format": "date"},
        "what": {"type": "string", "description": "what is right, plain text"},
        "was": {"type": "string", "description": "what stood there, plain text"}
      }
    }}
  }
}
`

func (s *site) schemaURL() string { return s.base + "data/issue.schema.json" }

// issueJSON appends an issue as JSON. encoding/json does it by reflection, in four
// times the time.
func (s *site) issueJSON(b []byte, i int, view *IssueView) []byte {
	link := s.links[i]
	b = append(b, '{')
	b = appendMember(b, "$schema", s.schemaURL())
	if link.Number != 0 {
		b = strconv.AppendInt(append(b, `,"number":`...), int64(link.Number), 10)
	}
	b = appendMember(b, "title", link.Title)
	b = appendMember(b, "url", link.URL)
	b = appendStated(b, "date", link.ISODate)
	b = appendMember(b, "language", language(s.Publication))
	b = appendStated(b, "description", link.Description)
	b = appendList(b, "tags", view.Tags)
	b = appendStated(b, "intro_html", string(view.Intro))
	b = append(b, `,"items":[`...)
	for k := range view.Items {
		v := &view.Items[k]
		if k > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = appendMember(b, "title", v.Text)
		b = appendStated(b, "url", v.URL)
		b = appendStated(b, "host", v.Host)
		b = appendMember(b, "page", link.URL+"#"+v.ID)
		if v.Section {
			b = append(b, `,"section":true`...)
		}
		b = appendList(b, "cves", v.CVEs)
		b = append(b, `,"parts":[`...)
		for n, part := range v.Parts {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(b, '{')
			kind := "note"
			if part.Quote {
				kind = "quote"
			}
			b = appendMember(b, "kind", kind)
			b = appendStated(b, "editor", part.Editor)
			b = appendMember(b, "html", string(part.HTML))
			b = appendStated(b, "source", part.Source)
			b = append(b, '}')
		}
		b = append(b, "]}"...)
	}
	b = append(b, ']')
	b = appendStated(b, "outro_html", string(view.Outro))
	for k, c := range view.Corrections {
		if k == 0 {
			b = append(b, `,"corrections":[{`...)
		} else {
			b = append(b, ",{"...)
		}
		b = appendStated(b, "date", c.ISODate)
		b = appendMember(b, "what", c.What)
		b = appendStated(b, "was", c.Was)
		b = append(b, '}')
	}
	if len(view.Corrections) > 0 {
		b = append(b, ']')
	}
	return append(b, "}\n"...)
}

// appendList appends a member of an object that lists names, when there are any.
func appendList(b []byte, member string, list []TopicLink) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(append(appendJSON(append(b, ','), member), ':'), '[')
	for i, link := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, link.Name)
	}
	return append(b, ']')
}

// data gives the schema and the table of CVEs.
func (s *site) data(f *facts, t *topics) ([]File, error) {
	schema := fmt.Sprintf(issueSchema, appendJSON(nil, s.schemaURL()))
	table, err := f.cveTable(t)
	return []File{{Path: "site/data/issue.schema.json", Body: []byte(schema)}, table}, err
}

// appendMember appends a member of an object, with a comma before all but the first.
func appendMember(b []byte, name, value string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return appendJSON(append(appendJSON(b, name), ':'), value)
}

// appendStated appends a member whose value is stated; an empty one is left out.
func appendStated(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendMember(b, name, value)
}

// appendJSON appends strings as encoding/json writes them, with commas between
// them. "<" and "&" stay: it is no page.
func appendJSON(b []byte, list ...string) []byte {
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		from := 0
		for at := 0; at < len(s); {
			if at += plainJSON(s[at:]); at == len(s) {
				break
			}
			c := s[at]
			r, size := rune(c), 1
			if c >= utf8.RuneSelf {
				if r, size = utf8.DecodeRuneInString(s[at:]); r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || size > 1) {
					at += size
					continue
				}
			}
			b = append(b, s[from:at]...)
			switch r {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, `\n`...)
			case '\r':
				b = append(b, `\r`...)
			case '\t':
				b = append(b, `\t`...)
			default:
				const hex = "0123456789abcdef"
				b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			}
			at += size
			from = at
		}
		b = append(append(b, s[from:]...), '"')
	}
	return b
}

// plainJSON counts the bytes that s begins with and that stand in a JSON string as
// they are; not all of them where s is not ASCII.
func plainJSON(s string) (n int) {
	for ; len(s)-n >= 8; n += 8 {
		b := eight(s[n:])
		if changed := ^(unlike(b, '"') & unlike(b, '\\') & printing(b) &^ b) & high; changed != 0 {
			return n + bits.TrailingZeros64(changed)/8
		}
	}
	for ; n < len(s); n++ {
		if c := s[n]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			break
		}
	}
	return n
}

// sitemapMost is how many addresses one sitemap may hold (sitemaps.org).
const sitemapMost = 50_000

// sitemap lists every page; more than one file can hold are parted, with an
// index of the parts.
func (s *site) sitemap(t *topics) ([]File, error) {
	newest := ""
	for _, link := range s.links {
		newest = max(newest, link.ISODate)
	}
	type row struct{ address, date string }
	rows := []row{{s.base, newest}, {s.base + "archive/", newest}, {s.base + "topics/", newest}}
	for _, own := range s.own {
		rows = append(rows, row{own.URL, own.ISODate})
	}
	for i := len(s.links) - 1; i >= 0; i-- {
		if !s.links[i].Draft {
			rows = append(rows, row{s.links[i].URL, isoDate(updatedHead(s.Heads[i]))})
		}
	}
	for _, k := range topicKinds {
		if len(t.kinds[k.kind]) > 0 {
			rows = append(rows, row{s.base + "topics/" + k.kind + "/", newest})
		}
		for _, found := range t.kinds[k.kind] {
			last := found.places[len(found.places)-1].issue
			rows = append(rows, row{s.base + topicPath(found.kind, found.name), s.links[last].ISODate})
		}
	}
	list := func(root, element string, rows []row) []byte {
		b := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + root + ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for _, r := range rows {
			b = append(b, "<"+element+"><loc>"...)
			b = appendEscaped(b, r.address)
			b = append(b, "</loc>"...)
			if r.date != "" {
				b = append(b, "<lastmod>"+r.date+"</lastmod>"...)
			}
			b = append(b, "</"+element+">\n"...)
		}
		return append(b, "</"+root+">\n"...)
	}
	if len(rows) <= sitemapMost {
		return []File{{Path: "site/sitemap.xml", Body: list("urlset", "url", rows)}}, nil
	}
	var files []File
	var index []row
	for part := range slices.Chunk(rows, sitemapMost) {
		name := "data/sitemap-" + strconv.Itoa(len(files)+1) + ".xml"
		files = append(files, File{Path: "site/" + name, Body: list("urlset", "url", part)})
		index = append(index, row{s.base + name, newest})
	}
	return append(files, File{Path: "site/sitemap.xml", Body: list("sitemapindex", "sitemap", index)}), nil
}

func (s *site) robots() ([]File, error) {
	return []File{{Path: "site/robots.txt", Body: []byte("User-agent: *\nAllow: /\n\nSitemap: " + s.base + "sitemap.xml\n")}}, nil
}

// claimAliases finds the addresses at which issues and pages were before: as
// their files say, and as the newsletter's old patterns of permalinks make
// them. Two pages can't have been at one address.
func (s *site) claimAliases(taken map[string]string) error {
	s.moved = map[string]string{}
	claim := func(file, alias, to string, stated bool) error {
		folder, err := permalinkFolder(alias)
		if err != nil {
			return fmt.Errorf("%s: as an alias, %w", file, err)
		}
		name := "site/" + folder
		if ext := path.Ext(folder); ext != ".html" && ext != ".htm" {
			name += "/index.html"
		}
		lower := strings.ToLower(name)
		if other, twice := taken[lower]; twice {
			if !stated || other == file {
				return nil // the pattern makes what is there already
			}
			return fmt.Errorf("%s: alias %s is the address of %s too", file, alias, other)
		}
		if other, twice := taken[path.Dir(lower)]; twice && !strings.HasSuffix(other, ".md") {
			return fmt.Errorf("%s: alias %s is the address of %s too", file, alias, other)
		}
		taken[lower] = file
		s.moved[name] = to
		return nil
	}
	for i, head := range s.Heads {
		for _, alias := range head.Aliases {
			if err := claim(head.File, alias, s.links[i].Path, true); err != nil {
				return err
			}
		}
	}
	for i, page := range s.Pages {
		for _, alias := range page.Aliases {
			if err := claim(page.File, alias, s.own[i].Path, true); err != nil {
				return err
			}
		}
	}
	for _, pattern := range s.Publication.Redirects {
		for i, head := range s.Heads {
			alias, ok := expandPattern(pattern, head, s.folders[i])
			if !ok {
				continue
			}
			if err := claim(head.File, alias, s.links[i].Path, false); err != nil {
				return fmt.Errorf("redirects, %q: %w", pattern, err)
			}
		}
	}
	return nil
}

// expandPattern makes an old address of a pattern: {number}, {slug}, {year},
// {month}, {day}. It is not ok for an issue that lacks what the pattern names.
func expandPattern(pattern string, head issue.Head, folder string) (string, bool) {
	if strings.Contains(pattern, "{number}") && head.Number == 0 {
		return "", false
	}
	if head.Date.IsZero() && (strings.Contains(pattern, "{year}") || strings.Contains(pattern, "{month}") || strings.Contains(pattern, "{day}")) {
		return "", false
	}
	return strings.NewReplacer("{number}", strconv.Itoa(head.Number), "{slug}", path.Base(folder),
		"{year}", head.Date.Format("2006"), "{month}", head.Date.Format("01"), "{day}", head.Date.Format("02")).Replace(pattern), true
}

// redirects makes, for every address that moved, a page that any host can
// serve, and the lists that the common hosts read to answer 301 by themselves.
func (s *site) redirects() ([]File, error) {
	var files []File
	var list, nginx strings.Builder
	nginx.WriteString("# include this in http {}, and in server {} write:\n#   if ($pullquote_moved) { return 301 $pullquote_moved; }\nmap $uri $pullquote_moved {\n    default \"\";\n")
	for _, name := range slices.Sorted(maps.Keys(s.moved)) {
		to := s.base + s.moved[name]
		escaped := template.HTMLEscapeString(to)
		title := template.HTMLEscapeString(clean(s.Publication.Name))
		files = append(files, File{Path: name, Body: []byte(`<!doctype html>
<html lang="` + language(s.Publication) + `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>` + title + `</title>
<meta http-equiv="refresh" content="0; url=` + escaped + `">
<meta name="robots" content="noindex">
<link rel="canonical" href="` + escaped + `">
</head>
<body>
<main>
<h1>` + title + `</h1>
<p>This page has moved to <a href="` + escaped + `">` + escaped + `</a>.</p>
</main>
</body>
</html>
`)})
		from := "/" + strings.TrimSuffix(strings.TrimPrefix(name, "site/"), "index.html")
		fmt.Fprintf(&list, "%s %s 301\n", escapeURL(from), to)
		fmt.Fprintf(&nginx, "    %q %q;\n", from, to)
	}
	nginx.WriteString("}\n")
	return append(files,
		File{Path: "site/_redirects", Body: []byte(list.String())},
		File{Path: "hosting/nginx-redirects.conf", Body: []byte(nginx.String())}), nil
}

// securityHeaders go with every page. Nothing is inline and nothing comes from
// elsewhere, so the policy needs no exception; the data block in <head> is no
// script that could run (HTML 4.12.1).
var securityHeaders = [][2]string{
	{"Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "strict-origin-when-cross-origin"},
	{"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
}

// headers writes them as the common hosts read them.
func (s *site) headers() ([]File, error) {
	var list, nginx, apache strings.Builder
	list.WriteString("/*\n")
	for _, h := range securityHeaders {
		fmt.Fprintf(&list, "  %s: %s\n", h[0], h[1])
		fmt.Fprintf(&nginx, "add_header %s \"%s\" always;\n", h[0], h[1])
		fmt.Fprintf(&apache, "Header always set %s \"%s\"\n", h[0], h[1])
	}
	list.WriteString("/search/w-*\n  Cache-Control: public, max-age=31536000, immutable\n/search/d-*\n  Cache-Control: public, max-age=31536000, immutable\n")
	return []File{
		{Path: "site/_headers", Body: []byte(list.String())},
		{Path: "hosting/nginx-headers.conf", Body: []byte(nginx.String())},
		{Path: "hosting/apache-headers.conf", Body: []byte(apache.String())},
	}, nil
}
