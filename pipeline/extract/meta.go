package extract

// This file reads what a page says of itself: title, site, authors, dates,
// language, addresses. The order of trust is JSON-LD (schema.org), OpenGraph,
// microdata, Dublin Core, other meta elements, and at last the page's own
// words. Each value remembers where it came from (Article.Origins).

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxLD       = 1 << 20 // bytes of one JSON-LD script
	maxLDNodes  = 5_000
	maxTitle    = 300 // characters
	maxAuthors  = 12
	maxMetaText = 2_000
)

// statements are the raw values of a page, before any choice.
type statements struct {
	meta      map[string]string // property, name or itemprop in lower case -> first content
	authors   []string          // every article:author, author, dc.creator in order
	title     string
	lang      string
	canonical string
	h1        []string
	article   map[string]any // the JSON-LD node of the article, or nil
	website   string         // JSON-LD name of the site
	props     map[string][]string
	relAuthor []string
	bylines   []string
	times     []timeElement
}

type timeElement struct {
	value     string
	published bool // marked as the date of publication
	class     string
}

// gather reads the tree once.
func gather(doc *html.Node) statements {
	s := statements{meta: map[string]string{}, props: map[string][]string{}}
	nodes := 0
	var walk func(n *html.Node, inFurniture bool)
	walk = func(n *html.Node, furniture bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			if nodes++; nodes > 200_000 {
				return
			}
			s.element(c, furniture)
			inner := furniture || c.DataAtom == atom.Nav || c.DataAtom == atom.Footer || c.DataAtom == atom.Aside ||
				furnitureClass.MatchString(attr(c, "class")+" "+attr(c, "id"))
			if c.DataAtom == atom.Body || c.DataAtom == atom.Html || c.DataAtom == atom.Main || c.DataAtom == atom.Article {
				inner = furniture
			}
			walk(c, inner)
		}
	}
	walk(doc, false)
	return s
}

var (
	furnitureClass = regexp.MustCompile(`(?i)\bcomments?\b|comment-|related|recommend|sidebar|widget|trending|popular|latest|more-|read-?next|card\b|teaser`)
	bylineClass    = regexp.MustCompile(`(?i)(?:^|[\s_-])(?:byline|author|p-author|writer|contributor)(?:$|[\s_-])|(?:author|byline)[_-]?name|post-?author|entry-?author|article-?author|h-card`)
	dateClass      = regexp.MustCompile(`(?i)publish|pubdate|posted|entry-date|post-date|article-date|dt-published|(?:^|[\s_-])date(?:$|[\s_-])|timestamp|dateline`)
)

func (s *statements) element(n *html.Node, furniture bool) {
	switch n.DataAtom {
	case atom.Html:
		s.lang = attr(n, "lang")
		if s.lang == "" {
			s.lang = attr(n, "xml:lang")
		}
	case atom.Title:
		if s.title == "" && n.Namespace == "" {
			s.title = oneLine(textOf(n, maxMetaText))
		}
	case atom.Meta:
		content := oneLine(attr(n, "content"))
		if content == "" {
			return
		}
		for _, key := range []string{"property", "name", "itemprop", "http-equiv"} {
			for _, name := range strings.Fields(strings.ToLower(attr(n, key))) {
				if s.meta[name] == "" {
					s.meta[name] = content
				}
				switch name {
				case "author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author", "sailthru.author", "byl":
					s.authors = append(s.authors, name+"\x00"+content)
				}
			}
		}
		return
	case atom.Link:
		if hasWord(attr(n, "rel"), "canonical") && s.canonical == "" {
			s.canonical = strings.TrimSpace(attr(n, "href"))
		}
		return
	case atom.Script:
		if strings.Contains(strings.ToLower(attr(n, "type")), "ld+json") && n.FirstChild != nil {
			s.linkedData(n.FirstChild.Data)
		}
		return
	case atom.H1:
		if t := oneLine(textOf(n, maxMetaText)); t != "" && !furniture && len(s.h1) < 8 {
			s.h1 = append(s.h1, t)
		}
	case atom.Time:
		if !furniture && len(s.times) < 40 {
			value := attr(n, "datetime")
			if value == "" {
				value = oneLine(textOf(n, 100))
			}
			class := attr(n, "class") + " " + attr(n, "itemprop")
			if n.Parent != nil {
				class += " " + attr(n.Parent, "class")
			}
			s.times = append(s.times, timeElement{
				value: value, class: class,
				published: hasAttr(n, "pubdate") || attr(n, "itemprop") == "datePublished" || dateClass.MatchString(class),
			})
		}
	case atom.A:
		if hasWord(attr(n, "rel"), "author") && !furniture && len(s.relAuthor) < 20 {
			s.relAuthor = append(s.relAuthor, oneLine(textOf(n, 200)))
		}
	}
	if prop := attr(n, "itemprop"); prop != "" && !furniture {
		value := attr(n, "content")
		if value == "" {
			value = attr(n, "datetime")
		}
		if value == "" && prop != "articleBody" {
			value = oneLine(textOf(n, 300))
			if prop == "author" {
				if name := findProp(n, "name"); name != "" {
					value = name
				}
			}
		}
		if value != "" && len(s.props[prop]) < 8 {
			s.props[prop] = append(s.props[prop], oneLine(value))
		}
	}
	if class := attr(n, "class"); class != "" && !furniture && n.DataAtom != atom.Body && n.DataAtom != atom.Article && n.DataAtom != atom.Html {
		if bylineClass.MatchString(class) && len(s.bylines) < 12 {
			if t := oneLine(textOf(n, 200)); t != "" && utf8.RuneCountInString(t) < 90 {
				s.bylines = append(s.bylines, t)
			}
		}
		if n.DataAtom != atom.Time && dateClass.MatchString(class) && len(s.times) < 40 {
			if t := oneLine(textOf(n, 120)); t != "" && len(t) < 90 {
				s.times = append(s.times, timeElement{value: t, class: class, published: true})
			}
		}
	}
}

func findProp(n *html.Node, prop string) string {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if attr(c, "itemprop") == prop {
			if v := attr(c, "content"); v != "" {
				return v
			}
			return oneLine(textOf(c, 200))
		}
		if v := findProp(c, prop); v != "" {
			return v
		}
	}
	return ""
}

// linkedData keeps the first node of an article type.
func (s *statements) linkedData(raw string) {
	if len(raw) > maxLD {
		return
	}
	raw = strings.Map(func(r rune) rune { // line ends inside of strings are common and wrong
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.TrimSpace(raw))
	raw = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(raw, "<!--"), "//<![CDATA["), "-->"), "//]]>")
	var value any
	if err := json.NewDecoder(strings.NewReader(raw)).Decode(&value); err != nil {
		return
	}
	names := map[string]string{} // @id -> name: authors are often references
	var article map[string]any
	nodes := 0
	var visit func(v any, depth int)
	visit = func(v any, depth int) {
		if nodes++; nodes > maxLDNodes || depth > 12 {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				visit(x, depth+1)
			}
		case map[string]any:
			if id, ok := v["@id"].(string); ok {
				if name, ok := v["name"].(string); ok && names[id] == "" {
					names[id] = name
				}
			}
			types := asStrings(v["@type"])
			for _, t := range types {
				if t == "WebSite" && s.website == "" {
					s.website, _ = v["name"].(string)
				}
				if articleType.MatchString(t) && article == nil {
					article = v
				}
			}
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				if k != "comment" && k != "review" {
					visit(v[k], depth+1)
				}
			}
		}
	}
	visit(value, 0)
	if article != nil && s.article == nil {
		s.article = article
		s.article["\x00names"] = names
	}
}

var articleType = regexp.MustCompile(`^(?:https?://schema.org/)?(?:[A-Za-z]*Article|BlogPosting|Report|TechArticle|LiveBlogPosting|SocialMediaPosting|DiscussionForumPosting|AnalysisNewsArticle)$`)

func asStrings(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if t, ok := x.(string); ok {
				out = append(out, t)
			}
		}
		return out
	}
	return nil
}

func (s *statements) ld(key string) string {
	for _, v := range asStrings(s.article[key]) {
		if v = oneLine(html.UnescapeString(v)); v != "" {
			return v
		}
	}
	return ""
}

// ldNames reads the names of people or organisations below key.
func (s *statements) ldNames(key string) []string {
	known, _ := s.article["\x00names"].(map[string]string)
	var out []string
	var read func(v any)
	read = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, x := range v {
				read(x)
			}
		case map[string]any:
			switch name := v["name"].(type) {
			case string:
				out = append(out, name)
			case []any:
				read(name)
			default:
				if id, ok := v["@id"].(string); ok && known[id] != "" {
					out = append(out, known[id])
				}
			}
		}
	}
	read(s.article[key])
	for i := range out {
		out[i] = oneLine(html.UnescapeString(out[i]))
	}
	return out
}

// describePage fills the article's facts from what the page states.
func (s *statements) fill(a *Article, page *url.URL) {
	a.Origins = map[string]string{}
	set := func(field string, to *string, value, origin string) {
		if *to == "" && value != "" {
			*to, a.Origins[field] = value, origin
		}
	}
	set("site", &a.Site, s.meta["og:site_name"], "og:site_name")
	if names := s.ldNames("publisher"); len(names) > 0 {
		set("site", &a.Site, names[0], "json-ld")
	}
	set("site", &a.Site, s.website, "json-ld")
	set("site", &a.Site, s.meta["application-name"], "meta:application-name")

	title, origin := s.chooseTitle(a.Site, page)
	set("title", &a.Title, cutRunes(title, maxTitle), origin)

	a.Authors, origin = s.chooseAuthors(a.Site)
	if len(a.Authors) > 0 {
		a.Origins["authors"] = origin
	}
	for _, c := range s.dateCandidates() {
		if d := readDate(c.value); d != "" {
			set("published", &a.Published, d, c.origin)
			break
		}
	}
	for _, c := range []struct{ value, origin string }{
		{s.ld("dateModified"), "json-ld"},
		{s.meta["article:modified_time"], "article:modified_time"},
		{s.meta["og:updated_time"], "og:updated_time"},
		{first(s.props["dateModified"]), "microdata"},
		{s.meta["dcterms.modified"], "dublin-core"},
		{s.meta["last-modified"], "meta:last-modified"},
	} {
		set("modified", &a.Modified, readDate(c.value), c.origin)
	}
	set("language", &a.Language, languageTag(s.lang), "html:lang")
	set("language", &a.Language, languageTag(s.ld("inLanguage")), "json-ld")
	set("language", &a.Language, languageTag(s.meta["og:locale"]), "og:locale")
	set("language", &a.Language, languageTag(s.meta["content-language"]), "meta:content-language")

	set("canonical", &a.Canonical, agreeing(page, s.canonical), "rel=canonical")
	set("canonical", &a.Canonical, agreeing(page, s.meta["og:url"]), "og:url")

	set("description", &a.Description, s.meta["og:description"], "og:description")
	set("description", &a.Description, s.meta["description"], "meta:description")
	set("description", &a.Description, s.ld("description"), "json-ld")
	a.Description = cutRunes(a.Description, maxMetaText)
	set("image", &a.Image, webAddress(page, s.meta["og:image"]), "og:image")
	set("image", &a.Image, webAddress(page, s.meta["twitter:image"]), "twitter:image")
	if a.Image != "" {
		a.ImageAlt = s.meta["og:image:alt"]
	}
	switch free := s.article["isAccessibleForFree"].(type) {
	case bool:
		a.Paywalled = !free
	case string:
		a.Paywalled = strings.EqualFold(free, "false")
	}
	if tier := s.meta["article:content_tier"]; tier == "locked" || tier == "metered" {
		a.Paywalled = true
	}
	if a.Paywalled {
		a.Notes = append(a.Notes, "paywalled")
	}
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

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
	if len(s.h1) > 0 {
		best, bestScore := "", 0.0
		for i, h := range s.h1 {
			if utf8.RuneCountInString(h) < 3 || utf8.RuneCountInString(h) > maxTitle || isSite(h, site, page) {
				continue
			}
			score := 0.01 * float64(len(s.h1)-i)
			for _, c := range stated {
				score += alike(h, c.value)
			}
			if score > bestScore {
				best, bestScore = h, score
			}
		}
		if best != "" && (bestScore > 0.5 || len(s.h1) == 1) {
			return best, "h1"
		}
	}
	for _, c := range stated {
		if c.value != "" {
			if t := withoutSite(html.UnescapeString(c.value), site, page); t != "" {
				return t, c.origin
			}
		}
	}
	return "", ""
}

func isSite(h, site string, page *url.URL) bool {
	key := strings.Join(wordsOf(h), "")
	if site != "" && key == strings.Join(wordsOf(site), "") {
		return true
	}
	return page != nil && key != "" && strings.HasPrefix(strings.TrimPrefix(page.Hostname(), "www."), key+".")
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

var titleSeparator = regexp.MustCompile(`\s+[|–—·•»:-]\s+|\s*[|»]\s*`)

// withoutSite cuts the site's name from either end of a title.
func withoutSite(title, site string, page *url.URL) string {
	title = oneLine(title)
	for range 3 {
		seams := titleSeparator.FindAllStringIndex(title, -1)
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
	if page == nil {
		return false
	}
	host := strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(page.Hostname(), "www."), "-", ""), ".", "")
	return len(key) >= 3 && len(strings.Fields(part)) <= 5 && strings.HasPrefix(host, key) || strings.HasPrefix(key, strings.SplitN(strings.TrimPrefix(strings.ReplaceAll(page.Hostname(), "-", ""), "www."), ".", 2)[0])
}

var (
	byWords   = regexp.MustCompile(`(?i)^(?:(?:written|posted|published|words|story|reviewed|reported|created) )?by:?\s+|^(?:author|writer|from)s?\s*:\s*`)
	nameEnd   = regexp.MustCompile(`(?i)\s*(?:\||·|•|—|–| - |,? (?:on|published|updated|posted|staff|senior|contributor|last|in|at)\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d|\d).*$`)
	nameParts = regexp.MustCompile(`\s*(?:,|;|&|\band\b|\bund\b|\bet\b)\s*`)
)

func (s *statements) chooseAuthors(site string) ([]string, string) {
	clean := func(raw []string) []string {
		var out []string
		for _, r := range raw {
			r = byWords.ReplaceAllString(oneLine(html.UnescapeString(r)), "")
			r = nameEnd.ReplaceAllString(r, "")
			for _, name := range nameParts.Split(r, -1) {
				name = strings.Trim(name, " .,;:|-–@")
				if isName(name, site) && !slices.Contains(out, name) && len(out) < maxAuthors {
					out = append(out, name)
				}
			}
		}
		return out
	}
	if a := clean(s.ldNames("author")); len(a) > 0 {
		return a, "json-ld"
	}
	byMeta := map[string][]string{}
	for _, m := range s.authors {
		name, value, _ := strings.Cut(m, "\x00")
		byMeta[name] = append(byMeta[name], value)
	}
	for _, name := range []string{"citation_author", "author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator"} {
		if a := clean(byMeta[name]); len(a) > 0 {
			return a, "meta:" + name
		}
	}
	if a := clean(s.props["author"]); len(a) > 0 {
		return a, "microdata"
	}
	if a := clean(s.relAuthor); len(a) > 0 {
		return a[:1], "rel=author"
	}
	for _, b := range s.bylines {
		if a := clean([]string{b}); len(a) > 0 {
			return a, "byline"
		}
	}
	return nil, ""
}

func isName(name, site string) bool {
	if n := utf8.RuneCountInString(name); n < 3 || n > 60 || len(strings.Fields(name)) > 6 {
		return false
	}
	lower := strings.ToLower(name)
	if strings.ContainsAny(name, "/@<>{}=?!") || strings.HasPrefix(lower, "http") || strings.EqualFold(name, site) {
		return false
	}
	switch lower {
	case "admin", "administrator", "editor", "author", "staff", "guest", "unknown", "team", "webmaster", "root", "user", "by", "share", "written by",
		"view all posts", "about the author", "follow", "read more", "editorial", "null", "undefined", "default", "anonymous", "wordpress", "authors":
		return false
	}
	for _, r := range name {
		if unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

type stated struct{ value, origin string }

func (s *statements) dateCandidates() []stated {
	out := []stated{
		{s.ld("datePublished"), "json-ld"},
		{s.meta["article:published_time"], "article:published_time"},
		{s.meta["og:article:published_time"], "article:published_time"},
		{s.meta["og:published_time"], "og:published_time"},
		{first(s.props["datePublished"]), "microdata"},
		{s.meta["datepublished"], "microdata"},
		{s.meta["dc.date.issued"], "dublin-core"},
		{s.meta["dcterms.issued"], "dublin-core"},
		{s.meta["dcterms.created"], "dublin-core"},
		{s.meta["dc.date"], "dublin-core"},
		{s.meta["dcterms.date"], "dublin-core"},
	}
	for _, name := range []string{
		"parsely-pub-date", "sailthru.date", "citation_publication_date", "citation_online_date", "pubdate", "publishdate",
		"publish-date", "publish_date", "published_date", "article.published", "publication_date", "cxenseparse:recs:publishtime", "ptime", "date", "displaydate",
	} {
		out = append(out, stated{s.meta[name], "meta:" + name})
	}
	out = append(out, stated{s.ld("dateCreated"), "json-ld"}, stated{s.ld("uploadDate"), "json-ld"})
	for _, t := range s.times {
		if t.published && !strings.Contains(strings.ToLower(t.class), "updat") && !strings.Contains(strings.ToLower(t.class), "modif") {
			out = append(out, stated{t.value, "time"})
		}
	}
	for _, t := range s.times {
		out = append(out, stated{t.value, "time"})
	}
	return out
}

var (
	isoDate   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?`)
	basicDate = regexp.MustCompile(`^(\d{4})[/.]?(\d{2})[/.]?(\d{2})(?:\D|$)`)
	months    = `(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?`
	monthDay  = regexp.MustCompile(`(?i)\b` + months + `\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b`)
	dayMonth  = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:of )?` + months + `,?[\s-]+(\d{4})\b`)
)

// readDate reads a date as pages write it, and gives it in ISO 8601: with time
// and zone when the page has both, else the date alone. It is empty for a date
// that cannot be read without guessing ("03/04/2026").
func readDate(value string) string {
	value = strings.TrimSpace(value)
	if len(value) > 200 {
		return ""
	}
	if m := isoDate.FindStringSubmatch(value); m != nil {
		day := valid(m[1], m[2], m[3])
		if day == "" || m[4] == "" || m[7] == "" {
			return day
		}
		seconds, zone := m[6], m[7]
		if seconds == "" {
			seconds = "00"
		}
		if zone == "UTC" || zone == "GMT" {
			zone = "Z"
		}
		if len(zone) == 5 {
			zone = zone[:3] + ":" + zone[3:]
		}
		full := day + "T" + m[4] + ":" + m[5] + ":" + seconds + zone
		if _, err := time.Parse(time.RFC3339, full); err != nil {
			return day
		}
		return full
	}
	if m := basicDate.FindStringSubmatch(value); m != nil {
		return valid(m[1], m[2], m[3])
	}
	if t, err := time.Parse(time.RFC1123Z, value); err == nil {
		return t.Format(time.RFC3339)
	}
	if m := monthDay.FindStringSubmatch(value); m != nil {
		return valid(m[3], monthNumber(m[1]), m[2])
	}
	if m := dayMonth.FindStringSubmatch(value); m != nil {
		return valid(m[3], monthNumber(m[2]), m[1])
	}
	return ""
}

func monthNumber(name string) string {
	at := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(name[:3]))
	return []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}[at/3]
}

func valid(year, month, day string) string {
	if len(month) == 1 {
		month = "0" + month
	}
	if len(day) == 1 {
		day = "0" + day
	}
	iso := year + "-" + month + "-" + day
	if _, err := time.Parse(time.DateOnly, iso); err != nil || year < "1990" || year > "2100" {
		return ""
	}
	return iso
}

var language = regexp.MustCompile(`^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$`)

// languageTag writes a language as BCP 47 does: "en-GB" for "en_gb".
func languageTag(tag string) string {
	tag = strings.TrimSpace(strings.SplitN(tag, ",", 2)[0])
	if !language.MatchString(tag) {
		return ""
	}
	parts := strings.Split(strings.ReplaceAll(tag, "_", "-"), "-")
	parts[0] = strings.ToLower(parts[0])
	for i, p := range parts[1:] {
		if len(p) == 2 {
			parts[i+1] = strings.ToUpper(p)
		}
	}
	return strings.Join(parts, "-")
}

// agreeing resolves a stated canonical address and keeps it only when it can
// be this page's: of the same site, and not the front page for an inner page.
func agreeing(page *url.URL, ref string) string {
	absolute := webAddress(page, ref)
	if absolute == "" || page == nil || page.Host == "" {
		return absolute
	}
	u, err := url.Parse(absolute)
	if err != nil || site2(u.Hostname()) != site2(page.Hostname()) {
		return ""
	}
	if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && strings.Trim(page.Path, "/") != "" {
		return ""
	}
	return absolute
}

// site2 is the part of a host name that "www.", "m." and "amp." share.
func site2(host string) string {
	for _, prefix := range []string{"www.", "m.", "amp.", "mobile."} {
		host = strings.TrimPrefix(host, prefix)
	}
	return host
}

// webAddress resolves a reference; anything but http and https is nothing.
func webAddress(page *url.URL, ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || len(ref) > 4096 {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if page != nil {
		u = page.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// textOf is the text below n, up to limit bytes.
func textOf(n *html.Node, limit int) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && b.Len() < limit; c = c.NextSibling {
			if c.Type == html.TextNode {
				b.WriteString(c.Data)
			} else if c.Type == html.ElementNode && !skipped[c.DataAtom] {
				if c.DataAtom == atom.Br || blockLevel[c.DataAtom] {
					b.WriteByte(' ')
				}
				walk(c)
			}
		}
	}
	walk(n)
	return b.String()
}

// oneLine drops invisible characters and collapses white space.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if invisible(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)), " ")
}

func cutRunes(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most])
}

func hasWord(list, word string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(list)), word)
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}
