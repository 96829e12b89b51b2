package extract

// This file chooses the title.

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// chooseTitle prefers the heading that the head of the page agrees with: it
// has no site's name and no changes made for search engines.
func (s *statements) chooseTitle(site string, page *url.URL) (title, origin string) {
	stated := []struct{ value, origin string }{
		{s.meta["og:title"], "og:title"},
		{s.title, "title"},
		{s.ld("headline"), "json-ld"},
		{s.meta["twitter:title"], "twitter:title"},
		{first(s.props["headline"]), "microdata"},
		{s.meta["dc.title"], "dublin-core"},
	}
	head := "" // what the head of the page agrees on
	if og := withoutSite(html.UnescapeString(s.meta["og:title"]), site, page); og != "" {
		if t := withoutSite(s.title, site, page); strings.HasPrefix(sameWords(t), sameWords(og)) && !isSite(og, site, page) {
			head = og
		}
	}
	if len(s.h1) > 0 {
		best, bestScore := "", 0.0
		for i, h := range s.h1 {
			if utf8.RuneCountInString(h) < 3 || utf8.RuneCountInString(h) > maxTitle || isSite(h, site, page) {
				continue
			}
			if og := sameWords(s.meta["og:title"]); og != "" && og != sameWords(h) && sameWords(s.title) == sameWords(h)+" "+og {
				continue // "Quay Notes: Ten Open Ports" has the site's name in front
			}
			if s.tailOfTitle(h) && sameWords(h) != sameWords(s.ld("headline")) && addressShare(h, page) < 0.7 {
				continue // "What Is Ownership? - The Rust Programming Language"
			}
			score := 0.01 * float64(len(s.h1)-i)
			for _, c := range stated {
				share := alike(h, c.value)
				if len(s.h1) > 1 || len(s.asideH1) > 0 {
					share = min(share, alike(c.value, h)*1.5) // a word of the title may head a section
				}
				score += share
			}
			if score > bestScore {
				best, bestScore = h, score
			}
		}
		if best != "" && (bestScore > 0.5 || len(s.h1) == 1 && (bestScore > 0.25 || (s.title == "" || strings.Contains(s.title, "<") || addressShare(best, page) >= 0.7) && s.meta["og:title"] == "")) {
			if cut := strings.Index(best, " | "); cut > 8 { // a section or the site behind a bar
				best = best[:cut]
			}
			best = withoutSite(best, site, page)
			switch h, stated := sameWords(best), sameWords(head); {
			case stated == "" || h == stated:
			case strings.HasSuffix(h, " "+stated) && len(strings.Fields(stated)) > 1 && h != "the "+stated && h != "a "+stated:
				return head, "og:title" // the heading adds a day or a section before it
			case !strings.Contains(stated, h) && addressShare(head, page) >= 0.7 && addressShare(best, page) <= 0.4:
				return head, "og:title" // the address was made of the other title
			case shareOfBoth(h, stated) < 0.1 || shareOfBoth(h, stated) < 0.3 && sameWords(s.ld("headline")) == stated:
				return head, "og:title" // the heading of a section
			case len(strings.Fields(h)) > 25:
				return head, "og:title" // a paragraph in the place of a heading
			}
			return best, "h1"
		}
	}
	for _, c := range stated {
		if c.value != "" {
			t := titlePrefix().ReplaceAllString(withoutSite(html.UnescapeString(c.value), site, page), "")
			if t = withoutTail(t); t != "" {
				return t, c.origin
			}
		}
	}
	return "", ""
}

// addressShare is how much of the last part of an address is in a title's words:
// 1 for "/posts/ten-open-ports/" and "Ten Open Ports"; 0 where that part says too little.
func addressShare(title string, page *url.URL) float64 {
	if page == nil {
		return 0
	}
	path := strings.Trim(page.Path, "/")
	slug := wordsOf(strings.ReplaceAll(path[strings.LastIndexByte(path, '/')+1:], "_", " "))
	words, both := wordsOf(title), 0
	for _, w := range slug {
		if slices.Contains(words, w) {
			both++
		}
	}
	if len(slug) < 3 {
		return 0
	}
	return float64(both) / float64(len(slug))
}

// shareOfBoth is how many of the words of two titles are in both (Jaccard).
func shareOfBoth(a, b string) float64 {
	x, y := strings.Fields(a), strings.Fields(b)
	all, both := map[string]bool{}, 0
	for _, w := range x {
		all[w] = true
	}
	for _, w := range y {
		if slices.Contains(x, w) && all[w] {
			both++
		}
		all[w] = true
	}
	return float64(both) / float64(max(1, len(all)))
}

// sameWords is a title in lower case without punctuation.
func sameWords(title string) string { return strings.Join(wordsOf(title), " ") }

// tailOfTitle tells whether a heading is what the page's title ends in: the
// name of the site or the book, not of the page.
func (s *statements) tailOfTitle(h string) bool {
	for _, title := range []string{s.title, s.meta["og:title"]} {
		seams := titleSeparator().FindAllStringIndex(title, -1)
		for _, seam := range seams {
			if seam[0] > 0 && strings.EqualFold(strings.TrimSpace(title[seam[1]:]), h) {
				return true
			}
		}
	}
	return false
}

// withoutTail cuts the last part of a title that no heading bears out: it is
// the name of a site, a section or a book.
func withoutTail(title string) string {
	seams := titleSeparator().FindAllStringIndex(title, -1)
	if len(seams) == 0 {
		return title
	}
	last := seams[len(seams)-1]
	if len(strings.Fields(title[last[1]:])) > 6 || last[0] == 0 {
		return title
	}
	return title[:last[0]]
}

func isSite(h, site string, page *url.URL) bool {
	key := strings.Join(wordsOf(h), "")
	if site != "" && key == strings.Join(wordsOf(site), "") {
		return true
	}
	return page != nil && key != "" && slices.Contains(strings.Split(strings.ToLower(page.Hostname()), "."), key)
}

// alike is the share of words two titles have in common.
func alike(a, b string) float64 {
	x, y := wordsOf(a), wordsOf(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	in := map[string]bool{}
	for _, w := range y {
		in[w] = true
	}
	both := 0
	for _, w := range x {
		if in[w] {
			both++
		}
	}
	return float64(both) / float64(max(len(x), min(len(y), 2*len(x))))
}

var titleSeparator = pattern(`\s+[|–—·•»:/-]\s+|\s*[|»]\s*`)

// withoutSite cuts the site's name from either end of a title.
func withoutSite(title, site string, page *url.URL) string {
	title = oneLine(title)
	for range 3 {
		seams := titleSeparator().FindAllStringIndex(title, -1)
		if len(seams) == 0 {
			return title
		}
		lastSeam := seams[len(seams)-1]
		if tail := title[lastSeam[1]:]; namesSite(tail, site, page) {
			title = title[:lastSeam[0]]
			continue
		}
		if start := title[:seams[0][0]]; namesSite(start, site, page) {
			title = title[seams[0][1]:]
			continue
		}
		return title
	}
	return title
}

func namesSite(part, site string, page *url.URL) bool {
	key := strings.Join(wordsOf(part), "")
	if key == "" {
		return true
	}
	if siteKey := strings.Join(wordsOf(site), ""); siteKey != "" && (strings.Contains(siteKey, key) || strings.Contains(key, siteKey)) {
		return true
	}
	if page == nil || page.Host == "" {
		return false
	}
	for label := range strings.SplitSeq(page.Hostname(), ".") {
		if label = strings.ReplaceAll(label, "-", ""); len(label) > 4 && strings.HasPrefix(key, label) && len(strings.Fields(part)) <= 4 {
			return true // "Quayside Forums" at bbs.quayside.example
		}
	}
	host := strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(page.Hostname(), "www."), "-", ""), ".", "")
	return len(key) >= 3 && len(strings.Fields(part)) <= 5 && strings.HasPrefix(host, key) || strings.HasPrefix(key, strings.SplitN(strings.TrimPrefix(strings.ReplaceAll(page.Hostname(), "-", ""), "www."), ".", 2)[0])
}
