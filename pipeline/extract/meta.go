package extract

// This file reads what a page says of itself: title, site, authors, dates,
// language, addresses. The order of trust is JSON-LD (schema.org), OpenGraph,
// microdata, Dublin Core, other meta elements, and at last the page's own
// words. Each value remembers where it came from (Article.Origins).

import (
	"net/url"
	"slices"
	"strings"
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
	bodyClass string
	post      bool // the title stands in an element that says it is a post
	canonical string
	h1        []string
	asideH1   []string       // those in what looks like furniture
	article   map[string]any // the JSON-LD node of the article, or nil
	website   string         // JSON-LD name of the site
	props     map[string][]string
	relAuthor []string
	bylines   []string
	times     []timeElement
	lines     []line         // the visible text from the top, for what the head does not say
	pageNode  map[string]any // a JSON-LD node of a page or a question, when there is no article
	names     map[string]string
	alts      map[string]bool   // what pictures are said to show
	pictures  map[string]string // the alternative text of pictures, by the end of their address
	houses    map[string]bool   // names that JSON-LD gives to organisations
	// Dates that only programs read: in the data of scripts and in attributes.
	scriptDates []stated
	attrDates   []stated
	scriptBytes int
	otherDays   []string // of time elements of the furniture: they tell how the page writes its dates
	feed        bool     // a feed is linked
}

type timeElement struct {
	value     string
	published bool // marked as the date of publication
	element   bool // a time element, not only a class that says so
	class     string
}

// gather reads the tree once.
func gather(doc *html.Node) statements {
	s := statements{meta: map[string]string{}, props: map[string][]string{}, names: map[string]string{}, houses: map[string]bool{}, alts: map[string]bool{}, pictures: map[string]string{}}
	lines := lineReader{}
	holders := titleHolders(doc)
	for n := range holders {
		class := attr(n, "class")
		if n.DataAtom != atom.Body && holderClass().MatchString(class) && !hasWord(class, "type-page") && !hasWord(class, "type-product") ||
			articleType().MatchString(attr(n, "itemtype")) {
			s.post = true
		}
	}
	nodes := 0
	var walk func(n *html.Node, inFurniture bool)
	walk = func(n *html.Node, furniture bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				lines.text(c, furniture)
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
				!holders[c] && furnitureClass().MatchString(attr(c, "class")+" "+attr(c, "id"))
			if c.DataAtom == atom.Body || c.DataAtom == atom.Html || c.DataAtom == atom.Main || c.DataAtom == atom.Article {
				inner = furniture
			}
			lines.enter(c)
			walk(c, inner)
			lines.leave(c)
			if c.DataAtom == atom.Head {
				lines.end()
				for i := range lines.lines {
					lines.lines[i].head = true
				}
			}
		}
	}
	walk(doc, false)
	if len(s.h1) == 0 {
		s.h1 = s.asideH1 // a page has one: its maker's class names mislead
	} else {
		s.asideH1 = nil
	}
	lines.end()
	s.lines = lines.lines
	return s
}

// titleHolders are the elements around the heading that the head's title bears
// out, and around the main element: what holds them is none of the page's
// furniture, whatever its class says of the layout ("content-with-sidebar").
func titleHolders(doc *html.Node) map[*html.Node]bool {
	var headings []*html.Node
	holders := map[*html.Node]bool{}
	titles := []string{"", ""}
	nodes, mains := 0, 0
	hold := func(n *html.Node) {
		for p := n.Parent; p != nil; p = p.Parent {
			holders[p] = true
		}
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && len(headings) < 8; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			if nodes++; nodes > 200_000 {
				return
			}
			switch c.DataAtom {
			case atom.Title:
				if titles[0] == "" && c.Namespace == "" {
					titles[0] = sameWords(textOf(c, maxMetaText))
				}
			case atom.Meta:
				if titles[1] == "" && strings.EqualFold(attr(c, "property"), "og:title") {
					titles[1] = sameWords(attr(c, "content"))
				}
			case atom.H1:
				headings = append(headings, c)
			case atom.Nav, atom.Footer, atom.Aside:
			default:
				if c.DataAtom == atom.Main || attr(c, "role") == "main" {
					if mains++; mains == 1 {
						hold(c)
					}
				}
				walk(c)
			}
		}
	}
	walk(doc)
	for _, h := range headings {
		words := sameWords(headingText(h))
		if words != "" && slices.ContainsFunc(titles, func(title string) bool {
			return strings.Contains(" "+title+" ", " "+words+" ") || alike(words, title) >= 0.7
		}) {
			hold(h)
			break
		}
	}
	return holders
}

var (
	furnitureClass = pattern(`(?i)\bcomments?(?:$|[\s_]|-(?:list|area|body|content|item|text|thread|section|wrap|box|form|meta|reply|author|respond))|related|recommend|sidebar|(?:^|\s)widget|trending|popular|latest|more-|read-?next|card\b|teaser`)
	bylineClass    = pattern(`(?i)(?:^|[\s_-])(?:byline|author|p-author|writer|contributor)(?:$|[\s_-])|(?:author|byline)[_-]?name|post-?author|entry-?author|article-?author|h-card`)
	dateClass      = pattern(`(?i)publish|pubdate|posted|entry-date|post-date|article-date|dt-published|(?:^|[\s_-])date(?:$|[\s_-])|timestamp|dateline`)
)

func (s *statements) element(n *html.Node, furniture bool) {
	switch n.DataAtom {
	case atom.Html:
		s.lang = attr(n, "lang")
		if s.lang == "" {
			s.lang = attr(n, "xml:lang")
		}
	case atom.Body:
		s.bodyClass = attr(n, "class")
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
				case "script:ld+json": // https://remix.run/docs/en/v1/route/meta-v2, of versions that wrote it as a meta element
					s.linkedData(content)
				case "author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author", "sailthru.author", "byl":
					s.authors = append(s.authors, name+"\x00"+content)
				}
			}
		}
		return
	case atom.Link:
		if kind := attr(n, "type"); strings.Contains(kind, "rss+xml") || strings.Contains(kind, "atom+xml") {
			s.feed = true
		}
		if hasWord(attr(n, "rel"), "canonical") && s.canonical == "" {
			s.canonical = strings.TrimSpace(attr(n, "href"))
		}
		return
	case atom.Script:
		if n.FirstChild == nil {
			return
		}
		if strings.Contains(strings.ToLower(attr(n, "type")), "ld+json") {
			if s.linkedData(n.FirstChild.Data) {
				return
			}
		}
		s.datesOfScript(n.FirstChild.Data)
		return
	case atom.H1:
		if t := headingText(n); t != "" {
			if furniture && len(s.asideH1) < 8 {
				s.asideH1 = append(s.asideH1, t)
			} else if !furniture && len(s.h1) < 8 {
				s.h1 = append(s.h1, t)
			}
		}
	case atom.Time:
		s.timeElement(n, attr(n, "datetime"), furniture)
	case 0, atom.Abbr:
		if value := stampOf(n); value != "" {
			s.timeElement(n, value, furniture)
		}
	case atom.Img:
		alt := oneLine(attr(n, "alt"))
		if len(alt) > 4 && len(alt) < 50 && len(s.alts) < 300 {
			s.alts[sameWords(alt)] = true
		}
		if name := pictureName(attr(n, "src")); alt != "" && name != "" && len(name) < 300 && len(s.pictures) < 300 && s.pictures[name] == "" {
			s.pictures[name] = alt
		}
	case atom.A:
		if hasWord(attr(n, "rel"), "author") && !furniture && len(s.relAuthor) < 20 {
			s.relAuthor = append(s.relAuthor, oneLine(textOf(n, 200)))
		}
	}
	if !furniture && len(s.attrDates) < 6 {
		for _, a := range n.Attr {
			if len(a.Val) < 8 || len(a.Val) > 40 || a.Key == "datetime" || !dateAttribute(a.Key) {
				continue
			}
			if readDate(a.Val) != "" {
				s.attrDates = append(s.attrDates, stated{a.Val, a.Key})
			}
		}
	}
	prop := attr(n, "itemprop")
	if prop == "" {
		for name := range strings.FieldsSeq(strings.ToLower(attr(n, "property"))) { // may be several
			if prop == "" {
				prop = rdfaNames[name]
			}
		}
	}
	if prop != "" && !furniture {
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
		if bylineClass().MatchString(class) && len(s.bylines) < 12 {
			if t := firstName(n); t != "" {
				s.bylines = append(s.bylines, t)
			}
		}
		if n.DataAtom != atom.Time && dateClass().MatchString(class) && len(s.times) < 40 {
			if t := oneLine(textOf(n, 120)); t != "" && len(t) < 90 {
				s.times = append(s.times, timeElement{value: t, class: class, published: true})
			}
		}
	}
}

func (s *statements) timeElement(n *html.Node, value string, furniture bool) {
	if furniture && len(s.otherDays) < 20 {
		if date := readDate(value); date != "" {
			s.otherDays = append(s.otherDays, date[:10])
		}
	}
	if furniture || len(s.times) >= 40 {
		return
	}
	if value == "" {
		value = oneLine(textOf(n, 100))
	}
	class := attr(n, "class") + " " + attr(n, "itemprop")
	if n.Parent != nil {
		class += " " + attr(n.Parent, "class")
	}
	s.times = append(s.times, timeElement{
		value: value, class: class, element: true,
		published: hasAttr(n, "pubdate") || attr(n, "itemprop") == "datePublished" || dateClass().MatchString(class),
	})
}

// stampOf is the time that an element states for programs: a time element, one
// that a page has made for itself, such as <relative-time datetime="...">, or an
// abbreviation with the whole in its title (the hAtom microformat).
func stampOf(n *html.Node) string {
	switch n.DataAtom {
	case atom.Time:
		return attr(n, "datetime")
	case atom.Abbr:
		if title := attr(n, "title"); isoDate().MatchString(title) {
			return title
		}
		return ""
	}
	if n.DataAtom != 0 || !strings.Contains(n.Data, "-") || !strings.Contains(n.Data, "time") {
		return ""
	}
	for _, key := range []string{"datetime", "ts", "timestamp"} {
		if value := attr(n, key); value != "" {
			return value
		}
	}
	return ""
}

// rdfaNames are the RDFa properties (https://www.w3.org/TR/rdfa-lite/) that say
// what microdata says under these names.
var rdfaNames = map[string]string{
	"schema:headline": "headline", "headline": "headline", "dc:title": "headline", "dcterms:title": "headline",
	"schema:author": "author", "author": "author", "dc:creator": "author", "dcterms:creator": "author",
	"schema:datepublished": "datePublished", "datepublished": "datePublished", "dc:date": "datePublished", "dcterms:issued": "datePublished", "dc:issued": "datePublished",
	"schema:datecreated": "dateCreated", "dcterms:created": "dateCreated",
	"schema:datemodified": "dateModified", "datemodified": "dateModified", "dcterms:modified": "dateModified",
}

var scriptDate = pattern(`^["']?(?:[a-zA-Z_]*(?:[Pp]ublishe?d?|[Pp]ublication|[Pp]ub)_?-?(?:[dD]ate|[aA]t|[oO]n|[tT]ime)?[a-zA-Z_]*|date[_-]?[pP]ublished)\\?["']?\s*[:=]\s*\\?["']([^"'\\]{8,40})`)

// dateAttribute tells attributes such as data-published and created-timestamp.
func dateAttribute(name string) bool {
	for _, word := range []string{"publish", "pubdate", "pub-date", "created", "posted"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// datesOfScript finds the day of publication in the data that a page gives to
// its scripts, or in JSON-LD that is no JSON: "publishedAt":"2026-03-04".
func (s *statements) datesOfScript(code string) {
	const most = 4 << 20 // bytes of all scripts
	if s.scriptBytes += len(code); s.scriptBytes > most {
		return
	}
	for from, hits := 0, 0; hits < 200 && len(s.scriptDates) < 8; hits++ {
		at := strings.Index(code[from:], "ub")
		if at < 0 {
			return
		}
		at += from
		from = at + 2
		if at == 0 || code[at-1] != 'p' && code[at-1] != 'P' {
			continue
		}
		start := at
		for start > 0 && at-start < 24 && (wordByte(code[start-1]) || code[start-1] == '_' || code[start-1] == '-') {
			start--
		}
		if m := scriptDate().FindStringSubmatch(code[start:min(len(code), at+90)]); m != nil && readDate(m[1]) != "" {
			s.scriptDates = append(s.scriptDates, stated{m[1], "script.published"})
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
				!strings.HasPrefix(c.Data, "devsite-") && !headingSign().MatchString(attr(c, "class")) {
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
	t = linkedHost().ReplaceAllString(t, "") // "Ten open ports (quay.example) 12" of pages that discuss links
	return titlePrefix().ReplaceAllString(t, "")
}

// headingSign tells the parts of a heading that are no words of it: the link to
// itself, the label of a thread.
var headingSign = pattern(`(?i)(?:^|\s)(?:headerlink|header-anchor|anchor-?link|label|badge|label-append|sr-only|visually-hidden|screen-reader-text|thread-prefix|comment-?count)(?:\s|$)`)

var linkedHost = pattern(`\s+\((?:[\w-]+\.)+[a-z]{2,}\)(?:\s+\d+)?$`)

var titlePrefix = pattern(`^(?:Thread|Title|Topic|Re):\s*|^.{0,60}?\bView topic\s+[-–]\s+`)

// firstName is the first piece of text in a byline that is a name.
func firstName(n *html.Node) string {
	var lines lineReader
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for c := n.FirstChild; c != nil && depth < 12 && len(lines.open.spans) < 12; c = c.NextSibling {
			if c.Type == html.TextNode {
				lines.text(c, false)
			} else if c.Type == html.ElementNode && !skipped[c.DataAtom] {
				walk(c, depth+1)
			}
		}
	}
	walk(n, 0)
	for _, sp := range lines.open.spans {
		if !byLabel().MatchString(sp.text) && len(sp.text) < 90 {
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
	for _, c := range s.modifiedDates() {
		set("modified", &a.Modified, readDate(c.value), c.origin)
	}
	for _, d := range shownDates(near, &dates{}) {
		if d.kind == dateUpdated {
			set("modified", &a.Modified, readDate(d.text), "page")
		}
	}
	set("language", &a.Language, languageTag(s.lang), "html:lang")
	set("language", &a.Language, languageTag(s.ld("inLanguage")), "json-ld")
	set("language", &a.Language, languageTag(s.meta["og:locale"]), "og:locale")
	set("language", &a.Language, languageTag(s.meta["content-language"]), "meta:content-language")

	published, origin := s.choosePublished(near, *a, page)
	set("published", &a.Published, published, origin)

	set("canonical", &a.Canonical, agreeing(page, s.canonical), "rel=canonical")
	set("canonical", &a.Canonical, agreeing(page, s.meta["og:url"]), "og:url")

	set("description", &a.Description, s.meta["og:description"], "og:description")
	set("description", &a.Description, s.meta["description"], "meta:description")
	set("description", &a.Description, s.ld("description"), "json-ld")
	a.Description = cutRunes(a.Description, maxMetaText)
	set("image", &a.Image, webAddress(page, s.meta["og:image"]), "og:image")
	set("image", &a.Image, webAddress(page, s.meta["twitter:image"]), "twitter:image")
	set("image", &a.Image, webAddress(page, first(addressesIn(s.article["image"]))), "json-ld")
	set("image", &a.Image, webAddress(page, first(s.props["image"])), "microdata")
	switch a.Origins["image"] {
	case "og:image":
		set("image_alt", &a.ImageAlt, s.meta["og:image:alt"], "og:image:alt")
	case "twitter:image":
		set("image_alt", &a.ImageAlt, s.meta["twitter:image:alt"], "twitter:image:alt")
	}
	if a.Image != "" {
		set("image_alt", &a.ImageAlt, s.pictures[pictureName(a.Image)], "img")
	}
	a.ImageAlt = cutRunes(a.ImageAlt, maxMetaText)
	for _, c := range []struct {
		is     bool
		origin string
	}{
		{notForFree(s.article) || notForFree(s.pageNode), "json-ld"},
		{strings.EqualFold(first(s.props["isAccessibleForFree"]), "false"), "microdata"},
		{s.meta["article:content_tier"] == "locked" || s.meta["article:content_tier"] == "metered", "article:content_tier"},
	} {
		if c.is && !a.Paywalled {
			a.Paywalled, a.Origins["paywalled"] = true, c.origin
			a.Notes = append(a.Notes, "paywalled")
		}
	}
}

// pictureName is what two addresses of one picture in several sizes share.
func pictureName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address[strings.LastIndexByte(address, '/')+1:]
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

var language = pattern(`^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$`)

// languageTag writes a language as BCP 47 does: "en-GB" for "en_gb".
func languageTag(tag string) string {
	tag = strings.TrimSpace(strings.SplitN(tag, ",", 2)[0])
	if !language().MatchString(tag) {
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
