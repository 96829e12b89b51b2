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
	lines     []line         // the visible text from the top, for what the head does not say
	pageNode  map[string]any // a JSON-LD node of a page or a question, when there is no article
	names     map[string]string
}

type timeElement struct {
	value     string
	published bool // marked as the date of publication
	class     string
}

// gather reads the tree once.
func gather(doc *html.Node) statements {
	s := statements{meta: map[string]string{}, props: map[string][]string{}, names: map[string]string{}}
	lines := lineReader{}
	nodes := 0
	var walk func(n *html.Node, inFurniture bool)
	walk = func(n *html.Node, furniture bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				lines.text(c)
			}
			if c.Type != html.ElementNode {
				continue
			}
			if nodes++; nodes > 200_000 {
				return
			}
			s.element(c, furniture)
			if skipped[c.DataAtom] && c.DataAtom != atom.Head {
				continue
			}
			inner := furniture || c.DataAtom == atom.Nav || c.DataAtom == atom.Footer || c.DataAtom == atom.Aside ||
				furnitureClass.MatchString(attr(c, "class")+" "+attr(c, "id"))
			if c.DataAtom == atom.Body || c.DataAtom == atom.Html || c.DataAtom == atom.Main || c.DataAtom == atom.Article {
				inner = furniture
			}
			lines.enter(c)
			walk(c, inner)
			lines.leave(c)
		}
	}
	walk(doc, false)
	lines.end()
	s.lines = lines.lines
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
		if t := headingText(n); t != "" && !furniture && len(s.h1) < 8 {
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
			if t := firstName(n); t != "" {
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

// headingText is a heading without its buttons and signs.
func headingText(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for c := n.FirstChild; c != nil && b.Len() < maxMetaText; c = c.NextSibling {
			if c.Type == html.TextNode {
				b.WriteString(c.Data)
			} else if c.Type == html.ElementNode && !skipped[c.DataAtom] && c.DataAtom != atom.Button && depth < 50 &&
				!strings.HasPrefix(c.Data, "devsite-") && !hasWord(attr(c, "class"), "headerlink") {
				if c.DataAtom == atom.Br || blockLevel[c.DataAtom] {
					b.WriteByte(' ')
				}
				walk(c, depth+1)
			}
		}
	}
	walk(n, 0)
	t := html.UnescapeString(oneLine(b.String()))
	t = strings.TrimRight(t, " ¶#§")
	return titlePrefix.ReplaceAllString(t, "")
}

var titlePrefix = regexp.MustCompile(`^(?:Thread|Title|Topic|Re):\s*`)

// firstName is the first piece of text in a byline that is a name.
func firstName(n *html.Node) string {
	var lines lineReader
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for c := n.FirstChild; c != nil && depth < 12 && len(lines.open.spans) < 12; c = c.NextSibling {
			if c.Type == html.TextNode {
				lines.text(c)
			} else if c.Type == html.ElementNode && !skipped[c.DataAtom] {
				walk(c, depth+1)
			}
		}
	}
	walk(n, 0)
	for _, sp := range lines.open.spans {
		if !byLabel.MatchString(sp.text) && len(sp.text) < 90 {
			if names := readNames(sp.text); len(names) > 0 {
				return sp.text
			}
		}
	}
	return ""
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
				if name, ok := v["name"].(string); ok && s.names[id] == "" && len(s.names) < maxLDNodes {
					s.names[id] = name // authors are often references
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
				if pageType.MatchString(t) && s.pageNode == nil && (v["datePublished"] != nil || v["author"] != nil) {
					s.pageNode = v
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
	}
}

var pageType = regexp.MustCompile(`^(?:https?://schema.org/)?(?:WebPage|ItemPage|AboutPage|Question|Recipe|HowTo|CreativeWork|Review|VideoObject|PodcastEpisode)$`)

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
	return s.namesIn(s.article[key])
}

func (s *statements) namesIn(value any) []string {
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
				if id, ok := v["@id"].(string); ok && s.names[id] != "" {
					out = append(out, s.names[id])
				}
			}
		}
	}
	read(value)
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

	near := s.around(a.Title)
	a.Authors, origin = s.chooseAuthors(near)
	if len(a.Authors) > 0 {
		a.Origins["authors"] = origin
	}
	published, origin := s.choosePublished(near)
	set("published", &a.Published, published, origin)
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
			if s.tailOfTitle(h) {
				continue // "What Is Ownership? - The Rust Programming Language"
			}
			score := 0.01 * float64(len(s.h1)-i)
			for _, c := range stated {
				score += alike(h, c.value)
			}
			if score > bestScore {
				best, bestScore = h, score
			}
		}
		if best != "" && (bestScore > 0.5 || len(s.h1) == 1 && (bestScore > 0.25 || (s.title == "" || strings.Contains(s.title, "<")) && s.meta["og:title"] == "")) {
			if cut := strings.Index(best, " | "); cut > 8 { // a section or the site behind a bar
				best = best[:cut]
			}
			return withoutSite(best, site, page), "h1"
		}
	}
	for _, c := range stated {
		if c.value != "" {
			if t := withoutTail(withoutSite(html.UnescapeString(c.value), site, page)); t != "" {
				return titlePrefix.ReplaceAllString(t, ""), c.origin
			}
		}
	}
	return "", ""
}

// tailOfTitle tells whether a heading is what the page's title ends in: the
// name of the site or the book, not of the page.
func (s *statements) tailOfTitle(h string) bool {
	for _, title := range []string{s.title, s.meta["og:title"]} {
		seams := titleSeparator.FindAllStringIndex(title, -1)
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
	seams := titleSeparator.FindAllStringIndex(title, -1)
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
	if page == nil || page.Host == "" {
		return false
	}
	host := strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(page.Hostname(), "www."), "-", ""), ".", "")
	return len(key) >= 3 && len(strings.Fields(part)) <= 5 && strings.HasPrefix(host, key) || strings.HasPrefix(key, strings.SplitN(strings.TrimPrefix(strings.ReplaceAll(page.Hostname(), "-", ""), "www."), ".", 2)[0])
}

var (
	byWords     = regexp.MustCompile(`(?i)^(?:(?:\w+ )?(?:written|posted|published|words|story|reported|created|started|authored|article|text|recipe|post|photos?|via)\s+)?by\s*:?\s+|^(?:about )?(?:the )?(?:author|writer|from|via|words)s?\s*:?\s+`)
	byLabel     = regexp.MustCompile(`(?i)^(?:\p{L}+ )?(?:by|authors?|written by|about the author|the author|author name|meet the author)\s*[:|]?$`)
	byLine      = regexp.MustCompile(`^(?:(?:[A-Z]\p{L}+ )?(?:[Ww]ritten|[Pp]osted|[Pp]ublished|[Ww]ords|[Ss]tory|[Rr]eported|[Cc]reated|[Ss]tarted|[Aa]uthored|[Aa]rticle|[Tt]ext|[Rr]ecipe|[Pp]ost)\s+)?(?:[Bb]y|BY)\b\s*:?\s+\S|^(?:[Aa]uthors?|AUTHORS?|[Ww]riter)\s*:\s*\S`)
	laterBy     = regexp.MustCompile(`\b(?:[Pp]osted|[Ww]ritten|[Pp]ublished|[Ss]tarted)\b.{0,60}?\bby:? +(\p{Lu}.*)`)
	nameEnd     = regexp.MustCompile(`(?i)\s*(?:\||·|•|—|–|»|\(| - | / | @ |,?\s(?:on|published|updated|posted|last|in|at|via|reviewed|edited|is|from)\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|,?\s\d|,?\s(?:mon|tues?|wed|thu|fri|sat|sun)(?:day)?\b,? ).*$`)
	reviewed    = regexp.MustCompile(`(?i)^(?:medically |fact[- ]?|expert |edited |technically |clinically )*(?:reviewed|checked|edited|verified|updated)\b`)
	andWord     = regexp.MustCompile(`\s*&\s*|\s+(?:and|und|et|with)\s+`)
	credential  = regexp.MustCompile(`^(?:(?:Ph|Psy|Ed|Pharm)\.?\s?D\.?|(?:[A-Z]\.?[a-z]?\.?){1,2}[A-Z]\.?(?:[A-Z.-]){0,6}|[A-Z]{2,6}(?:[- ][A-Z]{1,5})*|Esq\.?|Jr\.?|Sr\.?|II|III)$`)
	jobWord     = regexp.MustCompile(`(?i)\b(?:editor|writer|director|experts?|contributor|reporter|manager|founder|co-?founder|ceo|cto|cmo|ciso|specialist|analyst|correspondent|president|head|officer|chief|owner|consultant|strategist|engineer|developer|researcher|professor|journalist|columnist|author|lead|partner|associate|coordinator|gardener|astrologer|representative|marketer|news|tribune|times|network|staff writer)\b`)
	authorPath  = regexp.MustCompile(`(?i)(?:^|/)(?:authors?|blog-authors?|profiles?|people|staff|contributors?|writers?|by|bio|journalists?|reporters?|experts?|team|our-team|editors?|columnists?|producers|user|users|member|members|u|memberlist\.php|member\.php|index\.php\?action=profile)(?:[/?.]|$)|[?&](?:author|mode=viewprofile|action=profile)|linkedin\.com/in/|/@[\w.-]+$`)
	userClass   = regexp.MustCompile(`(?i)(?:^|[\s_-])(?:user-?name|poster|author|byline|writer|bigusername|user-link|contributor)(?:$|[\s_-])|(?:author|byline|user|poster|writer)[_-]*(?:name|link)|post-?author|entry-?author|vcard`)
	notUserText = regexp.MustCompile(`(?i)bio|about|image|avatar|title|role|position|desc|count|date|comment|share|social`)
)

// readNames cuts a byline into names: credentials stay with the name before
// them, offices and houses are left out.
func readNames(raw string) []string {
	var out []string
	raw = strings.TrimSpace(oneLine(html.UnescapeString(raw)))
	raw = byWords.ReplaceAllString(raw, "")
	raw = nameEnd.ReplaceAllString(raw, "")
	raw = strings.TrimSuffix(raw, ".")
	for i, part := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ';' }) {
		part = strings.Trim(part, " .:|-–@●•*")
		if rest, ok := strings.CutPrefix(part, "and "); ok {
			part = rest
		}
		if i > 0 && len(out) > 0 && (credential.MatchString(part) || credential.MatchString(part+".")) {
			out[len(out)-1] += ", " + part
			continue
		}
		if i > 0 && jobWord.MatchString(part) {
			continue
		}
		names := andWord.Split(part, -1)
		for _, n := range names {
			if len(names) > 1 && !personal(n) {
				names = []string{part} // "Department of Trade and Industry"
				break
			}
		}
		for _, n := range names {
			if n = strings.Trim(n, " .,:|-–@●•*"); isName(n) && !slices.Contains(out, n) && len(out) < maxAuthors {
				out = append(out, n)
			}
		}
	}
	return out
}

// personal tells whether all words of a name begin as those of a person do.
func personal(name string) bool {
	words := strings.Fields(name)
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		switch w {
		case "van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "bin", "al", "ter", "zu", "dos", "du":
			continue
		}
		if !unicode.IsUpper(r) {
			return false
		}
	}
	return len(words) > 0 && len(words) <= 5
}

// shownAuthors reads the byline about the title.
func shownAuthors(near []line) []string {
	for i, l := range near {
		text := l.text
		if len(strings.Fields(text)) > 40 {
			continue
		}
		if i+1 < len(near) { // the archive of a mailing list: name, address, date
			if _, err := time.Parse(time.RFC1123Z, near[i+1].text); err == nil {
				if names := readNames(l.spans[0].text); allPersonal(names) {
					return names
				}
			}
		}
		if byLabel.MatchString(text) && i+1 < len(near) {
			if names := spanNames(near[i+1], true); len(names) > 0 {
				return names
			}
			if names := readNames(near[i+1].text); len(names) > 0 && allPersonal(names) && len(near[i+1].text) < 60 {
				return names
			}
			continue
		}
		if byLine.MatchString(text) && len(text) < 200 {
			if names := spanNames(l, true); len(names) > 0 {
				return names
			}
			if names := readNames(text); allPersonal(names) || len(names) == 1 && len(strings.Fields(names[0])) == 1 && len(strings.Fields(text)) < 5 {
				return names
			}
		}
		if l.heading != 1 && reviewed.MatchString(text) {
			continue
		}
		if m := laterBy.FindStringSubmatch(text); m != nil && len(text) < 200 {
			if names := spanNames(l, false); len(names) > 0 {
				return names
			}
			if names := readNames(m[1]); len(names) > 0 && allPersonal(names) {
				return names
			}
		}
		if l.heading > 0 && l.heading < 3 {
			continue
		}
		if names := spanNames(l, false); len(names) > 0 {
			return names
		}
	}
	return nil
}

func allPersonal(names []string) bool {
	for _, n := range names {
		if !personal(n) {
			return false
		}
	}
	return len(names) > 0
}

// spanNames are the names in the parts of a line that are marked as a
// person's: by rel, by the address they lead to, or by class.
func spanNames(l line, labelled bool) []string {
	var out []string
	for _, sp := range l.spans {
		if reviewed.MatchString(sp.text) && len(out) > 0 {
			break
		}
		if len(sp.text) > 80 || byLabel.MatchString(sp.text) || labelled && len(out) > 0 && jobWord.MatchString(sp.text) {
			continue
		}
		link := sp.relAuthor || authorPath.MatchString(sp.href)
		user := userClass.MatchString(sp.class) && !notUserText.MatchString(sp.class)
		if !link && !user {
			continue
		}
		for _, n := range readNames(sp.text) {
			person := personal(n) && !jobWord.MatchString(n) && (len(strings.Fields(n)) > 1 || labelled || sp.relAuthor)
			if (person || user && (len(strings.Fields(n)) == 1 || personal(n) && !jobWord.MatchString(n) || labelled)) && !slices.Contains(out, n) && len(out) < maxAuthors {
				out = append(out, n)
			}
		}
	}
	return out
}

// boxedAuthor reads the box that introduces the author, mostly at the end.
func (s *statements) boxedAuthor() []string {
	for i, l := range s.lines {
		if byLabel.MatchString(l.text) && len(l.text) > 3 {
			for _, next := range s.lines[i+1 : min(i+3, len(s.lines))] {
				if n := readNames(next.text); len(n) == 1 && len(strings.Fields(n[0])) > 1 && len(strings.Fields(n[0])) < 5 && personal(n[0]) && len(next.text) < 60 {
					return n
				}
			}
		}
	}
	return nil
}

func (s *statements) chooseAuthors(near []line) ([]string, string) {
	clean := func(raw []string) []string {
		var out []string
		for _, r := range raw {
			for _, n := range readNames(r) {
				if !slices.Contains(out, n) && len(out) < maxAuthors {
					out = append(out, n)
				}
			}
		}
		return out
	}
	structured, origin := s.structuredAuthors(clean)
	shown := shownAuthors(near)
	// The head often names the site, an account, or only the first of several.
	if len(shown) > 0 && len(structured) > 0 && allPersonal(shown) && len(strings.Fields(shown[0])) > 1 &&
		(len(shown) > len(structured) && slices.Contains(shown, structured[0]) || s.impersonal(structured)) {
		return shown, "page"
	}
	if len(structured) > 0 {
		return structured, origin
	}
	if len(shown) > 0 {
		return shown, "page"
	}
	if a := clean(s.namesIn(s.pageNode["author"])); len(a) > 0 {
		return a, "json-ld"
	}
	if a := clean(s.relAuthor); len(a) > 0 {
		return a[:1], "rel=author"
	}
	for _, b := range s.bylines {
		if a := clean([]string{b}); allPersonal(a) {
			return a, "byline"
		}
	}
	if a := s.boxedAuthor(); len(a) > 0 {
		return a, "page"
	}
	return nil, ""
}

// impersonal tells whether names are those of the site or of an account.
func (s *statements) impersonal(names []string) bool {
	house := []string{s.meta["og:site_name"], s.website, first(s.namesIn(s.article["publisher"]))}
	for _, n := range names {
		if personal(n) && len(strings.Fields(n)) > 1 && !slices.ContainsFunc(house, func(h string) bool { return h != "" && strings.EqualFold(h, n) }) {
			return false
		}
	}
	return true
}

func (s *statements) structuredAuthors(clean func([]string) []string) ([]string, string) {
	if a := clean(s.ldNames("author")); len(a) > 0 {
		return a, "json-ld"
	}
	byMeta := map[string][]string{}
	for _, m := range s.authors {
		name, value, _ := strings.Cut(m, "\x00")
		if name == "citation_author" || strings.HasPrefix(name, "dc") { // "Family, Given"
			if family, given, ok := strings.Cut(value, ","); ok && !strings.Contains(given, ",") {
				value = strings.TrimSpace(given) + " " + family
			}
		}
		byMeta[name] = append(byMeta[name], value)
	}
	for _, name := range []string{"citation_author", "author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator"} {
		if a := clean(byMeta[name]); len(a) > 0 {
			return a, "meta:" + name
		}
	}
	if strings.EqualFold(s.meta["twitter:label1"], "written by") {
		if a := clean([]string{s.meta["twitter:data1"]}); len(a) > 0 {
			return a, "meta:twitter:data1"
		}
	}
	if len(s.props["author"]) > 0 { // those after the first are of the answers
		if a := clean(s.props["author"][:1]); len(a) > 0 {
			return a, "microdata"
		}
	}
	return nil, ""
}

func isName(name string) bool {
	if n := utf8.RuneCountInString(name); n < 3 || n > 60 || len(strings.Fields(name)) > 6 {
		return false
	}
	lower := strings.ToLower(name)
	if strings.ContainsAny(name, "/@<>{}=?!") || strings.HasPrefix(lower, "http") || strings.HasPrefix(lower, "read ") || notName[lower] {
		return false
	}
	for _, r := range name {
		if unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

var notName = map[string]bool{
	"admin": true, "administrator": true, "editor": true, "author": true, "guest": true, "unknown": true, "webmaster": true, "root": true,
	"user": true, "by": true, "share": true, "written by": true, "posted by": true, "view all posts": true, "about the author": true, "the author": true,
	"about": true, "follow": true, "read more": true, "editorial": true, "null": true, "undefined": true, "default": true, "wordpress": true,
	"authors": true, "updated": true, "published": true, "posted": true, "reviewed": true, "via": true, "home": true, "blog": true, "comments": true,
	"and": true, "the": true, "offline": true, "online": true, "tweet": true, "log": true, "sign": true, "youtube": true, "tiktok": true, "instagram": true,
	"mastodon": true, "medium": true, "sat": true, "wed": true, "mon": true, "tue": true, "thu": true, "fri": true, "post": true, "guide": true, "dept": true, "sponsored": true, "register now": true, "free trial": true, "video library": true, "use case": true, "sun": true, "get": true, "people": true, "writer": true, "member list": true, "guides": true,
	"contributors": true, "written": true, "subscription": true, "dec": true, "view profile": true, "profile": true, "member": true, "members": true, "new member": true, "linkedin": true, "twitter": true, "facebook": true,
	"human": true, "log in": true, "login": true, "sign in": true, "sign up": true, "register": true, "website": true, "our team": true, "see all": true, "more": true, "reply": true, "quote": true,
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
	return out
}

// timesOf are the dates of the page's time elements, which may be those of
// other articles: they come last.
func (s *statements) timesOf() []stated {
	var out []stated
	for _, t := range s.times {
		if t.published && !strings.Contains(strings.ToLower(t.class), "updat") && !strings.Contains(strings.ToLower(t.class), "modif") {
			out = append(out, stated{t.value, "time"})
		}
	}
	return out
}

// choosePublished weighs what the head of the page states against the date
// that the page shows about its title.
func (s *statements) choosePublished(near []line) (date, origin string) {
	for _, c := range s.dateCandidates() {
		if d := readDate(c.value); d != "" {
			date, origin = d, c.origin
			break
		}
	}
	shown := shownDates(near)
	pick := func(kind dateKind) string {
		for _, d := range shown {
			if d.kind == kind {
				return d.date
			}
		}
		return ""
	}
	if date != "" {
		for _, kind := range []dateKind{datePublished, datePlain} {
			if d := pick(kind); d != "" && nearDays(d, date) == 1 {
				return d, "page" // the head gives UTC, or the time of the last step of publishing
			}
		}
		return date, origin
	}
	for _, kind := range []dateKind{datePublished, datePlain, dateUpdated} {
		if d := pick(kind); d != "" {
			return d, "page"
		}
	}
	if d := s.labelledDate(); d != "" {
		return d, "page"
	}
	for _, c := range s.timesOf() {
		if d := readDate(c.value); d != "" {
			return d, c.origin
		}
	}
	return "", ""
}

// labelledDate is the first date anywhere that is said to be the page's:
// "Published: 8 July 2026", often at the side or the end.
func (s *statements) labelledDate() string {
	for i, l := range s.lines {
		switch {
		case dateLabel.MatchString(l.text) && i+1 < len(s.lines) && len(s.lines[i+1].text) < 60:
			if d := shownDates(s.lines[i+1 : i+2]); len(d) > 0 {
				return d[0].date
			}
		case len(l.text) < 120 && dateLabelled.MatchString(l.text):
			if d := shownDates(s.lines[i : i+1]); len(d) > 0 {
				return d[0].date
			}
		}
	}
	return ""
}

var (
	dateLabel    = regexp.MustCompile(`(?i)^(?:published|posted|publication date|published date|date published)(?: on)?:?$`)
	dateLabelled = regexp.MustCompile(`(?i)^(?:published|posted|date published|publication date)\b`)
)

// nearDays is how many days two ISO dates are apart, 0 for the same date.
func nearDays(a, b string) int {
	x, err1 := time.Parse(time.DateOnly, a[:10])
	y, err2 := time.Parse(time.DateOnly, b[:10])
	if err1 != nil || err2 != nil {
		return -1
	}
	return int(x.Sub(y).Abs() / (24 * time.Hour))
}

type dateKind int

const (
	datePlain dateKind = iota
	datePublished
	dateUpdated
)

type shownDate struct {
	date string
	kind dateKind
}

var (
	anyDate      = regexp.MustCompile(`(?i)\b` + months + `\s+\d{1,2}(?:st|nd|rd|th)?\s*,?\s+(?:19|20)\d{2}\b|\b\d{1,2}(?:st|nd|rd|th)?[\s-]+(?:of )?` + months + `,?[\s-]+(?:19|20)\d{2}\b|\b(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}\b|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b`)
	wordPublish  = regexp.MustCompile(`(?i)\b(?:publi\w*|posted|released?|written|created|started|first)\b`)
	wordUpdate   = regexp.MustCompile(`(?i)updat|modif|revis|review|edited|changed|verified`)
	wordNotADate = regexp.MustCompile(`(?i)\b(?:joined|registered|member since|expires?|deadline|copyright|born|effective|through|until|between|next|last post|last reply|access(?:ed)?|retrieved|archived)\b|©`)
)

// shownDates reads the dates of lines that are about the page, not of running text.
func shownDates(near []line) []shownDate {
	var out []shownDate
	before := ""
	for i, l := range near {
		label := before
		before = ""
		if len(l.text) < 40 && i > 0 && l.heading != 1 {
			before = l.text
		}
		stamped := ""
		for _, sp := range l.spans {
			if sp.datetime != "" {
				if d := readDate(sp.datetime); d != "" {
					stamped = d
				}
			}
		}
		hits := anyDate.FindAllStringIndex(l.text, 4)
		if len(hits) == 0 && stamped == "" {
			continue
		}
		rest := l.text
		if len(hits) > 0 {
			rest = l.text[:hits[0][0]]
		}
		all, lead := len(strings.Fields(l.text)), len(strings.Fields(rest))
		if labelled := dateLabelled.MatchString(l.text) || byLine.MatchString(l.text); all > 25 && lead > 8 || lead > 14 || all > 16 && lead > 2 && !labelled {
			continue // running text
		}
		if len(hits) == 0 {
			kind := datePlain
			if words := label + " " + l.text + " " + l.class; wordUpdate.MatchString(words) {
				kind = dateUpdated
			}
			out = append(out, shownDate{stamped, kind})
			continue
		}
		from := 0
		for i, h := range hits {
			words := l.text[from:h[0]]
			from = h[1]
			if i == 0 && len(strings.Fields(words)) < 3 {
				words = label + " " + words
			}
			d := readDate(l.text[h[0]:h[1]])
			if d == "" && stamped != "" {
				d = stamped
			}
			if d == "" || wordNotADate.MatchString(words) {
				continue
			}
			kind := datePlain
			switch {
			case wordUpdate.MatchString(words):
				kind = dateUpdated
			case wordPublish.MatchString(words):
				kind = datePublished
			case wordUpdate.MatchString(l.class):
				kind = dateUpdated
			}
			out = append(out, shownDate{d, kind})
		}
	}
	return out
}

var (
	isoDate   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?`)
	basicDate = regexp.MustCompile(`^(\d{4})[/.]?(\d{2})[/.]?(\d{2})(?:\D|$)`)
	months    = `(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?`
	monthDay  = regexp.MustCompile(`(?i)\b` + months + `\s+(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(\d{4})\b`)
	// Dates of digits alone are read where only one reading is possible:
	// points part day, month and year (DIN 1355), or one number is above 12.
	digitDate = regexp.MustCompile(`\b(\d{1,2})([./-])(\d{1,2})[./-](\d{4})\b`)
	yearFirst = regexp.MustCompile(`^(\d{4})[./-](\d{1,2})[./-](\d{1,2})\b`)
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
	if m := yearFirst.FindStringSubmatch(value); m != nil {
		return valid(m[1], m[2], m[3])
	}
	if m := digitDate.FindStringSubmatch(value); m != nil {
		x, y := twoDigits(m[1]), twoDigits(m[3])
		switch {
		case m[2] == "." || x > "12" || x == y:
			return valid(m[4], y, x)
		case y > "12":
			return valid(m[4], x, y)
		}
	}
	return ""
}

func monthNumber(name string) string {
	at := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(name[:3]))
	return []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}[at/3]
}

func twoDigits(n string) string {
	if len(n) == 1 {
		return "0" + n
	}
	return n
}

func valid(year, month, day string) string {
	iso := year + "-" + twoDigits(month) + "-" + twoDigits(day)
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

// line is one line of the page as a reader sees it, for what a page says only
// in its own words: "By Ada Quill", "Published 3 March 2026".
type line struct {
	text    string
	heading int // 1 to 6, or 0
	class   string
	spans   []span
}

// span is a run of a line inside of one element.
type span struct {
	text, href, class, datetime string
	relAuthor                   bool
}

// lineReader cuts the text of a tree into lines as it is walked.
type lineReader struct {
	lines []line
	open  line
	bytes int
}

const (
	maxLines    = 4_000
	maxLineText = 400 // bytes
)

func (r *lineReader) text(n *html.Node) {
	if r.bytes > maxLineText || len(r.lines) >= maxLines {
		return
	}
	t := oneLine(n.Data)
	if t == "" {
		return
	}
	r.bytes += len(t)
	sp := span{text: t}
	p := n.Parent
	for range 3 {
		if p == nil || p.Type != html.ElementNode || p.DataAtom == atom.Body || p.DataAtom == atom.Article || p.DataAtom == atom.Main {
			break
		}
		switch p.DataAtom {
		case atom.A:
			if sp.href == "" {
				sp.href, sp.relAuthor = attr(p, "href"), hasWord(attr(p, "rel"), "author")
			}
		case atom.Time:
			sp.datetime = attr(p, "datetime")
		}
		sp.class += " " + attr(p, "class") + " " + attr(p, "itemprop")
		p = p.Parent
	}
	r.open.spans = append(r.open.spans, sp)
}

func (r *lineReader) enter(n *html.Node) {
	if blockLevel[n.DataAtom] || n.DataAtom == atom.Br {
		r.end()
	}
}

func (r *lineReader) leave(n *html.Node) {
	if !blockLevel[n.DataAtom] {
		return
	}
	if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		r.open.heading = int(n.Data[1] - '0')
	}
	r.end()
}

func (r *lineReader) end() {
	if len(r.open.spans) > 0 && len(r.lines) < maxLines {
		var b strings.Builder
		for i, sp := range r.open.spans {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(sp.text)
			r.open.class += sp.class
		}
		r.open.text = b.String()
		r.lines = append(r.lines, r.open)
	}
	r.open, r.bytes = line{}, 0
}

var menuClass = regexp.MustCompile(`(?i)menu|\bnav|breadcrumb|login|\bshare|toc[-_]|footer|related`)

// around gives the lines about the title: a few above it, and those below it
// until the running text is well begun. They are what a reader takes for the
// page's own byline and date.
func (s *statements) around(title string) []line {
	at, best := -1, 0.0
	for i, l := range s.lines {
		a := alike(l.text, title)
		if a < 0.7 {
			continue
		}
		if l.heading == 1 {
			a += 1
		} else if l.heading > 0 {
			a += 0.3
		}
		if a > best {
			at, best = i, a
		}
	}
	if at < 0 {
		for i, l := range s.lines {
			if l.heading == 1 {
				at = i
				break
			}
		}
	}
	if at < 0 {
		return nil
	}
	from, to, words := max(0, at-6), at+1, 0
	for menus := 0; to < len(s.lines) && to < at+25+menus && words < 160; to++ {
		if n := len(strings.Fields(s.lines[to].text)); n > 12 {
			words += n
		}
		if menus < 100 && menuClass.MatchString(s.lines[to].class) {
			menus++
		}
	}
	// What stands under the title is nearer to it than what stands above.
	out := []line{s.lines[at]}
	for _, l := range s.lines[at+1 : to] {
		if !menuClass.MatchString(l.class) {
			out = append(out, l)
		}
	}
	for i := at - 1; i >= from; i-- {
		if !menuClass.MatchString(s.lines[i].class) {
			out = append(out, s.lines[i])
		}
	}
	return out
}
