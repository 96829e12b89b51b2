package render

// This file writes what stands in <head> for machines: search engines, the
// chats that show a picture beside a link, feed readers. Each of them has rules
// that no look changes, so templates need not repeat them.

import (
	"html/template"
	"strings"
)

// headOf writes the description, the colours of the browser's frame, the
// canonical address, OpenGraph (https://ogp.me) and Twitter's card, the feeds
// and the JSON-LD of a page.
func headOf(p *Page) template.HTML {
	b := make([]byte, 0, 4<<10)
	// tag writes an element whose last attribute has a text in it.
	tag := func(before, text, after string) {
		b = append(appendEscaped(append(b, before...), text), after...)
		b = append(b, '\n')
	}
	meta := func(kind, name, content string) {
		b = append(append(append(append(append(b, "<meta "...), kind...), `="`...), name...), `" content="`...)
		b = append(appendEscaped(b, content), `">`+"\n"...)
	}
	name := func(name, content string) { meta("name", name, content) }
	property := func(name, content string) { meta("property", name, content) }

	name("description", p.Description)
	name("color-scheme", "light dark")
	tag(`<meta name="theme-color" content="`, p.Theme.Light, `" media="(prefers-color-scheme: light)">`)
	tag(`<meta name="theme-color" content="`, p.Theme.Dark, `" media="(prefers-color-scheme: dark)">`)
	draft := p.Issue != nil && p.Issue.Draft
	if p.URL == "" || draft {
		name("robots", "noindex")
	}
	if p.URL != "" {
		kind, card := "website", "summary"
		if p.Kind == "issue" {
			kind = "article"
		}
		if p.ImageURL != "" {
			card = "summary_large_image"
		}
		tag(`<link rel="canonical" href="`, p.URL, `">`)
		property("og:type", kind)
		property("og:site_name", p.Publication.Name)
		property("og:title", p.Title)
		property("og:description", p.Description)
		property("og:url", p.URL)
		if locale := locale(p.Lang); locale != "" {
			property("og:locale", locale)
		}
		if p.ImageURL != "" {
			property("og:image", p.ImageURL)
			property("og:image:type", "image/png")
			property("og:image:width", "1200")
			property("og:image:height", "630")
			property("og:image:alt", p.Title)
		}
		if p.Kind == "issue" && p.Issue.ISODate != "" {
			property("article:published_time", p.Issue.ISODate+"T12:00:00Z")
			if p.Updated != "" {
				property("article:modified_time", p.Updated+"T12:00:00Z")
			}
			for _, tag := range p.Issue.Tags {
				property("article:tag", tag.Name)
			}
		}
		name("twitter:card", card)
		name("twitter:title", p.Title)
		name("twitter:description", p.Description)
		if p.ImageURL != "" {
			name("twitter:image", p.ImageURL)
			name("twitter:image:alt", p.Title)
		}
	}
	if author := clean(p.Publication.Editor.Name); author != "" {
		name("author", author)
	}
	for _, feed := range p.Feeds {
		b = append(appendEscaped(append(b, `<link rel="alternate" type="`...), feed.Type), `" title="`...)
		b = append(appendEscaped(b, feed.Title), `" href="`...)
		b = append(appendEscaped(b, feed.URL), `">`+"\n"...)
	}
	if p.Issue != nil && p.Issue.DataURL != "" {
		tag(`<link rel="alternate" type="application/json" title="This issue as data" href="`, p.Issue.DataURL, `">`)
	}
	b = append(append(append(b, `<script type="application/ld+json">`...), p.Data...), "</script>"...)
	return template.HTML(b)
}

// locale gives a language as OpenGraph names it, "en_GB"; empty when it is of no
// one place.
func locale(lang string) string {
	parts := strings.Split(lang, "-")
	if region := parts[len(parts)-1]; len(parts) > 1 && len(region) == 2 {
		return strings.ToLower(parts[0]) + "_" + strings.ToUpper(region)
	}
	return ""
}
