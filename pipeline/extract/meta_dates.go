package extract

// This file finds the dates a page states, and chooses the day of publication.

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// The names under which pages state their dates in meta elements, in order of
// trust. The names are those of OpenGraph, Dublin Core, schema.org, Highwire
// Press, parse.ly, Sailthru, Chartbeat and of publishing systems.
var (
	publishedMeta = []string{
		"article:published_time", "article:published", "og:article:published_time", "og:published_time", "datepublished",
		"dc.date.issued", "dcterms.issued", "dc.issued", "dcterms.available", "parsely-pub-date", "sailthru.date",
		"citation_publication_date", "citation_online_date", "pubdate", "pub_date", "publishdate", "publish-date", "publish_date", "published",
		"published_date", "published-date", "published_time", "published_at", "article.published", "article:publish_date", "article:post_date",
		"publication_date", "publication-date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "ptime", "displaydate", "shareaholic:article_published_time",
		"bt:pubdate", "article_date_original", "originalpublicationdate", "rnews:datepublished", "release_date", "releasedate", "vr:published_time",
		"dateposted", "posteddate", "firstpublished", "analyticsattributes.articledate",
	}
	plainMeta = []string{
		"dc.date", "dcterms.date", "dc.date.created", "dcterms.created", "dc.created", "date", "ms.date", "article:date", "article_date", "articledate",
		"eprints.date", "citation_date", "datecreated", "created", "creation_date", "gentime", "contentdate", "sort-date", "doc_date", "content_date",
	}
	modifiedMeta = []string{
		"article:modified_time", "article:modified", "og:updated_time", "og:modified_time", "datemodified", "dcterms.modified", "dc.date.modified", "dc.modified",
		"last-modified", "lastmod", "last_modified", "last-updated", "updated_time", "revised", "modified", "date_modified", "updated_at",
	}
)

// dates gathers the days that a page states, one candidate a day.
type dates struct {
	list    []candidate
	unclear []unclearDate
	dotted  []unclearDate   // "04.03.2026": read as the custom is, until another date of the page speaks against it
	sure    map[string]bool // the days of which something else than a dotted date speaks
	// How the page writes dates of digits, as those that can be read one way only show.
	dayFirst, monthFirst int
}

// unclearDate is "03/04/2026": two readings.
type unclearDate struct {
	dayFirst, monthFirst string
	feature, origin      string
}

func (d *dates) at(day string) *candidate {
	for i := range d.list {
		if d.list[i].value[:10] == day {
			return &d.list[i]
		}
	}
	return nil
}

// note adds a date as a page states it.
func (d *dates) note(value, feature, origin string) (day string) {
	if value == "" {
		return ""
	}
	date := readDate(value)
	if date == "" {
		if hits := datesIn(value); len(hits) > 0 && hits[0].other != "" {
			d.unclear = append(d.unclear, unclearDate{hits[0].day, hits[0].other, feature, origin})
		}
		return ""
	}
	if len(date) == 10 && strings.Count(value, ".") == 2 {
		if hits := datesIn(value); len(hits) > 0 && hits[0].dotted && hits[0].other != "" {
			d.dotted = append(d.dotted, unclearDate{hits[0].day, hits[0].other, feature, origin})
			return d.put(date, feature, origin)
		}
	}
	if d.sure == nil {
		d.sure = map[string]bool{}
	}
	d.sure[date[:10]] = true
	return d.put(date, feature, origin)
}

func (d *dates) put(date, feature, origin string) string {
	day := date[:10]
	c := d.at(day)
	if c == nil {
		if len(d.list) >= 60 {
			return ""
		}
		d.list = append(d.list, candidate{value: date, origin: origin})
		c = &d.list[len(d.list)-1]
	} else if len(date) > len(c.value) && len(c.value) == 10 {
		c.value, c.origin = date, origin
	}
	c.add(feature)
	return day
}

// settle reads the unclear dates where something else on the page decides:
// another statement of one of the two days, the way the page writes its other
// dates, or the custom of its language and country.
func (d *dates) settle(custom dateOrder, elsewhere []string) {
	d.undot()
	known := func(day string) bool { return d.at(day) != nil || slices.Contains(elsewhere, day) }
	order := custom
	switch {
	case d.dayFirst > 0 && d.monthFirst == 0:
		order = dayFirst
	case d.monthFirst > 0 && d.dayFirst == 0:
		order = monthFirst
	}
	for _, u := range d.unclear {
		first, second := known(u.dayFirst), known(u.monthFirst)
		switch {
		case first && !second:
			d.put(u.dayFirst, u.feature, u.origin)
		case second && !first:
			d.put(u.monthFirst, u.feature, u.origin)
		case order == dayFirst:
			d.put(u.dayFirst, u.feature, u.origin)
		case order == monthFirst:
			d.put(u.monthFirst, u.feature, u.origin)
		}
	}
}

// undot reads "04.03.2026" with the month first where the page states that day
// in another way, and not the other: so do some American pages.
func (d *dates) undot() {
	for _, u := range d.dotted {
		if d.sure[u.dayFirst] || !d.sure[u.monthFirst] {
			continue
		}
		if i := slices.IndexFunc(d.list, func(c candidate) bool { return c.value == u.dayFirst }); i >= 0 {
			for _, f := range d.list[i].features {
				d.put(u.monthFirst, f, u.origin)
			}
			d.list = slices.Delete(d.list, i, i+1)
		}
	}
}

type dateOrder int

const (
	noOrder dateOrder = iota
	dayFirst
	monthFirst
)

// dateCustom is the order in which dates of digits are written where the page
// is from (Unicode CLDR, dateFormats/short), when that is known.
func dateCustom(language string, page *url.URL) dateOrder {
	base, region, _ := strings.Cut(strings.ToLower(language), "-")
	switch base {
	case "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "cs", "sk", "da", "nb", "no", "fi", "tr", "el", "ro", "bg", "hr", "sl", "et", "lv", "id", "vi", "ar", "he", "ca":
		return dayFirst
	case "en":
		switch region {
		case "gb", "au", "nz", "ie", "in", "za", "sg":
			return dayFirst
		}
	}
	if page != nil {
		host := page.Hostname()
		switch host[strings.LastIndexByte(host, '.')+1:] {
		case "uk", "au", "nz", "ie", "in", "za", "de", "at", "ch", "fr", "es", "it", "nl", "be", "pl", "pt", "br", "eu":
			return dayFirst
		case "gov", "mil", "us":
			return monthFirst
		}
	}
	return noOrder
}

// choosePublished weighs what the head of the page states against the dates
// that the page shows. Of the article it reads the authors and the language.
func (s *statements) choosePublished(near []line, a Article, page *url.URL) (date, origin string) {
	list, nothing := s.dateChoices(near, a, page)
	table, err := metaWeights()
	if err != nil {
		return "", "" // a broken table is a broken build: a test reads it
	}
	i := table["date"].best(list)
	if i < 0 || !plainlyStated(nothing, list[i]) && table["date-stated"].score(statedFeatures(nothing, list[i])) < 0 {
		return "", ""
	}
	return list[i].value, list[i].origin
}

func (s *statements) dateChoices(near []line, a Article, page *url.URL) (list []candidate, nothing []string) {
	if page == nil || page.Host == "" {
		page = s.ownAddress()
	}
	var d dates
	d.note(s.ld("datePublished"), "ld.published", "json-ld")
	d.note(s.ld("dateCreated"), "ld.created", "json-ld")
	d.note(s.ld("uploadDate"), "ld.created", "json-ld")
	published, _ := s.pageNode["datePublished"].(string)
	d.note(published, "ldpage.published", "json-ld")
	for i, name := range publishedMeta {
		feature := "meta.published"
		if i < 4 {
			feature = "og.published"
		}
		d.note(s.meta[name], feature, originOfMeta(name))
	}
	for _, name := range s.publishedNames() {
		d.note(s.meta[name], "meta.published", originOfMeta(name))
	}
	d.note(first(s.props["datePublished"]), "micro.published", "microdata")
	d.note(first(s.props["dateCreated"]), "micro.created", "microdata")
	for _, name := range plainMeta {
		d.note(s.meta[name], "meta.date", originOfMeta(name))
	}
	inAddress := ""
	if page != nil {
		if inAddress = dateOfPath(page.Path); len(inAddress) == 10 {
			d.put(inAddress, "url.day", "address")
		}
	}
	shown := shownDates(near, &d)
	beside := map[string]bool{} // the days that stand beside the author
	kinds := [3]string{"near.plain", "near.published", "near.updated"}
	seen := [3]int{}
	any := false
	for _, hit := range shown {
		if hit.title {
			d.note(hit.text, "title.day", "page")
			continue
		}
		if day := d.note(hit.text, kinds[hit.kind], "page"); day != "" {
			if besideAuthor(near, hit.line, a.Authors) {
				beside[day] = true
			}
			if hit.original {
				d.at(day).add("original")
			}
		}
		if !any {
			any = true
			d.note(hit.text, "near.first", "page")
		}
		if seen[hit.kind]++; seen[hit.kind] == 1 {
			d.note(hit.text, kinds[hit.kind]+".first", "page")
		}
	}
	for _, hit := range s.labelledDates(&d) {
		day := d.note(hit.text, [3]string{"label.plain", "label.published", "label.updated"}[hit.kind], "page")
		if day == "" {
			continue
		}
		if hit.original {
			d.at(day).add("original")
		}
		if besideAuthor(s.lines, hit.line, a.Authors) {
			beside[day] = true
		}
	}
	if text, kind := s.signedDate(); text != "" {
		if day := d.note(text, [3]string{"signed.plain", "", "signed.updated"}[kind], "page"); day != "" {
			beside[day] = true
		}
	}
	for _, t := range s.times {
		feature := "time.plain"
		switch class := strings.ToLower(t.class); {
		case strings.Contains(class, "updat") || strings.Contains(class, "modif") || wordUpdate().MatchString(t.value):
			feature = "time.updated"
		case t.published && t.element:
			feature = "time.published"
		case t.published:
			feature = "class.published"
		}
		d.note(t.value, feature, "time")
	}
	for _, t := range s.scriptDates {
		d.note(t.value, t.origin, "script")
	}
	for _, t := range s.attrDates {
		d.note(t.value, "attr.published", "attribute:"+t.origin)
	}
	far := s.farDates(&d)
	for i, f := range far {
		if day := d.note(f, "far", "page"); day != "" && i == 0 {
			d.at(day).add("far.first")
		}
	}
	modified := ""
	for _, m := range s.modifiedDates() {
		feature := "meta.modified"
		if strings.HasPrefix(m.origin, "json-ld") {
			feature = "ld.modified"
		}
		if day := d.note(m.value, feature, m.origin); day != "" && modified == "" {
			modified = day
		}
	}
	d.settle(dateCustom(a.Language, page), s.otherDays)
	// A day of change that only programs read is no day of publication.
	list = slices.DeleteFunc(d.list, func(c candidate) bool {
		return !slices.ContainsFunc(c.features, func(f string) bool { return f != "ld.modified" && f != "meta.modified" })
	})
	if len(list) == 0 {
		return nil, []string{"nothing"}
	}

	laterThanOriginal(list)

	reference := isReference(page)
	// What the candidates are to each other.
	head := -1 // the one that the head says was published
	for i := range list {
		for _, f := range []string{"ld.published", "og.published", "meta.published", "micro.published"} {
			if list[i].has(f) && (head < 0 || f == "ld.published") {
				head = i
			}
		}
	}
	for i := range list {
		if head < 0 && list[i].has("ldpage.published") {
			head = i
		}
	}
	anyPublished := false
	for i := range list {
		c := &list[i]
		anyPublished = anyPublished || c.has("near.plain") || c.has("near.published") || c.has("label.published")
	}
	for i := range list {
		c := &list[i]
		groups := map[string]bool{}
		onlyModified, changed := true, c.has("near.updated") || c.has("label.updated") || c.has("signed.updated")
		for _, f := range c.features {
			group, kind, _ := strings.Cut(f, ".")
			same := changed && (group == "far" || group == "class" || group == "time") // the same place once more
			switch group {
			case "near", "label", "signed", "time", "class", "far", "title":
				group = "shown"
			case "ldpage":
				group = "ld"
			case "og":
				group = "meta"
			case "attr":
				group = "script"
			case "original":
				continue
			}
			groups[group] = true
			onlyModified = onlyModified && (same || strings.HasPrefix(kind, "modified") || strings.HasPrefix(kind, "updated") || strings.HasPrefix(kind, "first"))
		}
		c.add("agree." + strconv.Itoa(min(len(groups), 4)))
		if onlyModified {
			c.add("only-modified")
			if c.has("near.updated") {
				c.add("only-modified.shown")
				if anyPublished {
					c.add("only-modified.beside-published")
				}
				if head >= 0 {
					c.add("only-modified.beside-head")
				}
			}
		}
		kinds := c.dateKinds()
		if reference {
			for _, letter := range "hpdswu" {
				if strings.ContainsRune(kinds, letter) {
					c.add("reference." + string(letter))
				}
			}
		}
		day := c.value[:10]
		if head >= 0 && i != head {
			c.add("not-head")
			other := list[head].value
			if nearDays(day, other) == 1 && (c.has("near.plain") || c.has("near.published") || c.has("time.published")) {
				c.add("day-off.shown")
				list[head].add("day-off.head")
				if len(other) > 10 && (strings.HasSuffix(other, "Z") || strings.HasSuffix(other, "+00:00")) {
					c.add("day-off.shown.utc")
				}
			} else if day < other[:10] && (c.has("near.plain") || c.has("near.published")) {
				c.add("shown-before-head")
			}
		}
		if modified != "" && day > modified {
			c.add("after-modified")
		}
		if len(inAddress) == 7 && strings.HasPrefix(day, inAddress) {
			c.add("url.month")
		} else if inAddress != "" && !strings.HasPrefix(day, inAddress) {
			c.add("url.otherwise")
		}
		c.traits = c.dateTraits(kinds, beside[day])
		c.features = weighed(c.features)
	}

	nothing = []string{"nothing"}
	say := func(ok bool, feature string) {
		if ok {
			nothing = append(nothing, "nothing."+feature)
		}
	}
	sort := "other"
	switch {
	case reference:
		sort = "reference"
	case s.article != nil:
		sort = "article"
	case s.meta["og:type"] == "article":
		sort = "og-article"
	case s.meta["og:type"] == "website":
		sort = "og-website"
	}
	say(true, sort)
	say(sort != "reference" && sort != "article" && sort != "og-article", "no-article")
	say(len(list) > 5, "many")
	say(seen[0]+seen[1] > 2, "many-near")
	say(true, "authors."+strconv.Itoa(min(len(a.Authors), 3)))
	say(s.post || postClass().MatchString(s.bodyClass) && !strings.Contains(s.bodyClass, "single-product"), "post")
	say(standingClass().MatchString(s.bodyClass), "standing-page")
	say(s.feed, "feed")
	say(s.meta["article:section"] != "" || s.meta["article:tag"] != "", "section")
	say(page == nil, "path.unknown")
	if page != nil {
		label, _, _ := strings.Cut(page.Hostname(), ".")
		say(blogHost().MatchString(label), "path.host.blog")
		say(forumHost().MatchString(label), "path.host.forum")
		say(blogPath().MatchString(page.Path), "path.blog")
		say(forumPath().MatchString(page.Path), "path.forum")
		say(numberPath().MatchString(page.Path), "path.number")
		say(strings.Trim(page.Path, "/") == "" && page.RawQuery == "", "path.front")
		last := page.Path[strings.LastIndexByte(strings.TrimRight(page.Path, "/"), '/')+1:]
		switch strings.Count(last, "-") {
		case 0:
			say(true, "path.name-of-one-word")
		case 1, 2:
			say(true, "path.name-short")
		}
	}
	return list, nothing
}

// laterThanOriginal takes a day that a page shows without a word for one of
// change, where the page says that it was originally published before.
func laterThanOriginal(list []candidate) {
	original := ""
	for _, c := range list {
		if c.has("original") && (original == "" || c.value[:10] < original) {
			original = c.value[:10]
		}
	}
	if original == "" {
		return
	}
	for i := range list {
		if c := &list[i]; c.value[:10] > original {
			features := c.features
			c.features = nil
			for _, f := range features {
				c.add(strings.Replace(f, ".plain", ".updated", 1))
			}
		}
	}
}

// ownAddress is where a page says that it stands, for pages that come without
// an address, such as files; nil when it does not.
func (s *statements) ownAddress() *url.URL {
	for _, ref := range []string{s.canonical, s.meta["og:url"]} {
		if u, err := url.Parse(webAddress(nil, ref)); err == nil && u.Host != "" {
			return u
		}
	}
	return nil
}

// What the path of an address says of the kind of page: a post, a thread, one of
// many with a number or a long name.
var (
	blogPath   = pattern(`(?i)/(?:[^/]*[-_])?(?:blogs?|posts?|news|newsroom|newsletter|articles?|story|stories|insights|magazine|journal|press|podcast|advice|features|notes|archives?|artikel|articulos?|articoli|artigos?|actualites?|actualidad|aktuell(?:es)?|nachrichten|meldung(?:en)?|presse(?:mitteilung(?:en)?)?|noticias?|noticies|notizie|nieuws|nyheter|nyheder|uutiset|wiadomosci|aktualnosci|novosti|zpravy|haber(?:ler)?|berita|hirek|stiri)(?:[-_][^/]*)?/.`)
	blogHost   = pattern(`^(?:blogs?|news|magazine)$`)
	forumHost  = pattern(`^(?:forums?|community|discuss|discourse|boards|bbs|talk)$`)
	forumPath  = pattern(`(?i)/(?:t|threads?|topic|viewtopic\.php|showthread\.php|questions?|forums?|community|discussion|r)(?:/|$)`)
	numberPath = pattern(`\d{4}`)
)

// Publishing systems tell their posts, which have a day, from their standing pages
// in a class of the body: WordPress (get_body_class; its products are no posts),
// HubSpot, Drupal, Ghost, Shopify and Squarespace.
var (
	postClass = pattern(`(?:^|\s)(?:single|single-post|hs-blog-post|post-template|template-article|view-item|item-view|\S*node-type-\S*(?:article|blog|news|post|story)\S*)(?:\s|$)`)
	// The same of the elements around the title: WordPress (post_class) and microformats.
	holderClass   = pattern(`(?:^|\s)(?:type-post|hentry|h-entry)(?:\s|$)`)
	standingClass = pattern(`(?:^|\s)(?:page-id-\d+|hs-site-page|hs-landing-page)(?:\s|$)`)
)

// statedFeatures are what decides whether the best day is stated at all: few,
// since few pages state none.
func statedFeatures(page []string, best candidate) []string {
	return append(slices.Clone(page), best.traits...)
}

// plainlyStated tells pages that say themselves when they were published, in
// words, in their address, or in a head that says of an article who wrote it and
// when: nothing is left to weigh, except in manuals and on front pages, where such
// words are those of a build and of a teaser.
func plainlyStated(page []string, best candidate) bool {
	has, says := func(trait string) bool { return slices.Contains(best.traits, trait) }, func(feature string) bool { return slices.Contains(page, "nothing."+feature) }
	if says("reference") || says("path.front") {
		return false
	}
	return has("has.w") || has("has.l") || has("has.h") && says("og-article") && (says("authors.1") || says("authors.2"))
}

// dateTraits are what a day says of whether to state it.
func (c *candidate) dateTraits(kinds string, besideAuthor bool) []string {
	var out []string
	for _, letter := range kinds {
		if letter != 'm' {
			out = append(out, "has."+string(letter))
		}
	}
	for _, f := range c.features {
		if strings.HasPrefix(f, "agree.") || strings.HasPrefix(f, "reference.") || f == "near.first" {
			out = append(out, f)
		}
	}
	if besideAuthor {
		out = append(out, "beside-author")
	}
	return out
}

// weighed are the features that choose among days. The others only say where a
// day was found: weights for them follow the pages learned from, and choose
// worse on others.
func weighed(features []string) []string {
	var out []string
	modified, published := false, false
	for _, f := range features {
		switch f {
		case "ld.published", "meta.published":
			if !published {
				out, published = append(out, "head.published"), true
			}
		case "time.plain", "time.updated":
		case "ld.modified", "meta.modified":
			if !modified {
				out, modified = append(out, "modified"), true
			}
		default:
			out = append(out, f)
		}
	}
	return out
}

// besideAuthor tells whether a line is, or is within two lines of, one that
// says who wrote.
func besideAuthor(near []line, at int, authors []string) bool {
	for _, l := range near[max(0, at-2):min(len(near), at+3)] {
		if byLine().MatchString(l.text) || slices.ContainsFunc(authors, func(name string) bool { return strings.Contains(l.text, name) }) {
			return true
		}
	}
	return false
}

// dateKinds sums up the features of a day in letters: h the head says that it
// was published, p a page node does, d some other date of the head, w shown with
// words that say so, s shown without, u shown as a day of change, t marked by an element or a
// class, l in the address, x in data for programs, m the head's day of change,
// f seen elsewhere on the page.
func (c *candidate) dateKinds() string {
	letters := [128]bool{}
	for _, f := range c.features {
		group, kind, _ := strings.Cut(f, ".")
		switch {
		case kind == "first":
		case group == "near" || group == "label" || group == "signed":
			switch {
			case strings.HasPrefix(kind, "updated"):
				letters['u'] = true
			case strings.HasPrefix(kind, "published"):
				letters['w'] = true
			default:
				letters['s'] = true
			}
		case kind == "modified":
			letters['m'] = true
		case group == "ldpage":
			letters['p'] = true
		case group == "ld" || group == "og" || group == "meta" || group == "micro":
			if kind == "published" {
				letters['h'] = true
			} else {
				letters['d'] = true
			}
		case group == "time" || group == "class":
			letters['t'] = true
		case group == "url" && kind == "day":
			letters['l'] = true
		case group == "script" || group == "attr":
			letters['x'] = true
		case group == "far" || group == "title":
			letters['f'] = true
		}
	}
	if letters['w'] {
		letters['s'] = false
	}
	if letters['w'] || letters['s'] || letters['u'] || letters['h'] {
		letters['f'], letters['t'], letters['x'] = false, false, false
	}
	var b strings.Builder
	for r, ok := range letters {
		if ok {
			b.WriteByte(byte(r))
		}
	}
	return b.String()
}

var referencePath = pattern(`(?i)(?:^|/)(?:docs?|documentation|reference|manual|api|wiki|handbook|userguide|usersguide|man\d?|rfc)(?:[/.-]|$)`)

var newsPath = pattern(`(?i)/(?:blogs?|posts?|news|newsroom|insights|story|stories|press|magazine)/.`)

// isReference tells addresses of manuals, whose dates are those of a build.
func isReference(page *url.URL) bool {
	if page == nil {
		return false
	}
	if newsPath().MatchString(page.Path) {
		return false // the blog of a manual's site is a blog
	}
	label, _, _ := strings.Cut(page.Hostname(), ".")
	switch label {
	case "docs", "doc", "developer", "developers", "wiki", "help", "support", "manual", "api", "learn", "reference":
		return true
	}
	return referencePath().MatchString(page.Path)
}

var (
	saysPublished = pattern(`publish(?:ed|ing)?[_.:-]?(?:date|time|day|at|on)|pub[_-]?date|(?:date|time|day)[_.:-]?publi(?:shed|cation)|publication[_.:-]?(?:date|time)`)
	saysOtherwise = pattern(`modif|updat|expir|unpublish|revis|last`)
)

// publishedNames are the names of meta elements that no table has, and that say
// in words that they have the day of publication: "x-published-date".
func (s *statements) publishedNames() []string {
	var out []string
	for name, value := range s.meta {
		if len(value) < 60 && saysPublished().MatchString(name) && !saysOtherwise().MatchString(name) && !slices.Contains(publishedMeta, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// originOfMeta names the vocabulary of a meta name.
func originOfMeta(name string) string {
	switch {
	case strings.HasPrefix(name, "dc.") || strings.HasPrefix(name, "dcterms."):
		return "dublin-core"
	case strings.HasPrefix(name, "article:") || strings.HasPrefix(name, "og:"):
		return name
	}
	return "meta:" + name
}

func (s *statements) modifiedDates() []stated {
	out := []stated{{s.ld("dateModified"), "json-ld"}}
	for _, name := range modifiedMeta {
		out = append(out, stated{s.meta[name], originOfMeta(name)})
	}
	out = append(out, stated{first(s.props["dateModified"]), "microdata"})
	if v, ok := s.pageNode["dateModified"].(string); ok {
		out = append(out, stated{v, "json-ld"})
	}
	return out
}

var (
	pathDay   = pattern(`(?:^|[/_-])((?:19|20)\d{2})(?:/(\d{1,2})/(\d{1,2})|[/_-](\d{2})[/_-](\d{2}))(?:[/_.-]|$)`)
	pathDigit = pattern(`(?:^|[/_-])(20\d{2})(\d{2})(\d{2})(?:[/_.-]|$)`)
	pathName  = pattern(`(?:^|/)((?:19|20)\d{2})[/_-]([A-Za-z]{3,9})[/_-](\d{1,2})(?:[/_.-]|$)`)
	pathMonth = pattern(`/((?:19|20)\d{2})[/-](\d{2})(?:/|$)`)
)

// dateOfPath is the day in a path, "/2026/03/04/", or its month, "2026-03".
func dateOfPath(path string) string {
	if m := pathDay().FindStringSubmatch(path); m != nil {
		if day := valid(m[1], m[2]+m[4], m[3]+m[5]); day != "" {
			return day
		}
	}
	if m := pathDigit().FindStringSubmatch(path); m != nil {
		if day := valid(m[1], m[2], m[3]); day != "" {
			return day
		}
	}
	if m := pathName().FindStringSubmatch(path); m != nil {
		if month := monthNamed(m[2]); month > 0 {
			return valid(m[1], strconv.Itoa(month), m[3])
		}
	}
	if m := pathMonth().FindStringSubmatch(path); m != nil && valid(m[1], m[2], "1") != "" {
		return m[1] + "-" + m[2]
	}
	return ""
}

type stated struct{ value, origin string }

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
	text     string // as the page writes it
	kind     dateKind
	line     int  // which of the lines
	title    bool // it stands in the title, and may be what the page is about
	original bool // "originally published on"
}

// The words about dates, in the languages of pages read most.
var (
	wordPublish = pattern(`(?i)\b(?:publi(?:sh(?:ed|ing)?|cation|cad[oa]s?|cat\w?|cer\w*|sert|kov\w*|ziert)?|posted|written|created|started|first|veröffentlicht|erschienen|erstellt|publicado|publicada|pubblicato|geplaatst|gepubliceerd|opublikowano|dodano|mis en ligne|rédigé|le|offentliggjort|udgivet|julkaistu|yay[ıi]n\w*|megjelent|vydáno|zveřejněno)\b|опубликован|размещен|δημοσι|发布|发表|公開|投稿|掲載`)
	wordUpdate  = pattern(`(?i)updat|modif|revis|review|edited|changed|verified|aktualisier|mis à jour|mise à jour|actualizad|atualizad|aggiornat|bijgewerkt|zaktualizowan|aktualizacj|aktualizováno|uppdatera|oppdater|opdater|päivitetty|güncelle|frissít|обновлен|изменен|ενημ[εέ]ρ|stand:|更新|修改`)
	// Some of these stand beside a date that is another's: a member's, a deadline's, the reader's.
	wordNotADate = pattern(`(?i)\b(?:joined|join date|registered|founded|member since|last (?:seen|active|visit)|expires?|redeem|deadline|received|accepted|preprints?|copyright|born|effective|through|until|between|next|last post|last reply|access(?:ed)?|retrieved|archived|registriert|dabei seit|inscrit|miembro desde)\b|©|\bposted on \pL[^\d]{8,} on\W*$`)
	dateLabel    = pattern(`(?i)^(?:(?:published|posted|publication date|published date|date published|date|publish date|veröffentlicht|erschienen|datum|publié|date de publication|publicado|fecha|data|pubblicato|gepubliceerd|опубликовано)(?: on| am| le| el| em| il| op)?|(?:last )?(?:updated|modified|reviewed)(?: on)?|last update|zuletzt aktualisiert|page last updated|last edited|page updated):?$`)
	dateLabelled = pattern(`(?i)^(?:(?:(?:this|the) (?:article|post|story|page|piece) )?(?:was |were )?(?:originally|first) (?:published|posted|appeared)|this (?:entry|article|post|story) was (?:published|posted|written)|published|posted|date published|publication date|veröffentlicht|erschienen|publié|publicado|pubblicato|gepubliceerd|опубликовано)(?:\b|\s|:|$)|^(?:发布时间|公開日)`)
	dateUpdating = pattern(`(?i)^(?:this (?:page|article|document|post) was |page |content )?(?:last )?(?:updated|modified|reviewed|changed|edited)\b|^last update|^zuletzt (?:aktualisiert|geändert)|^dernière (?:mise à jour|modification)|^última (?:actualización|atualização)|^ultimo aggiornamento`)
)

// What ends a sentence, and what a sentence about the page itself says before its day.
var (
	sentenceEnd = pattern(`\pL{3}[^.!?]*[.!?]["'”’)]?$`)
	saidOfPage  = pattern(`(?i)(?:publi\w*|posted|written|updat\w*|modified|reviewed|edited|revised|veröffentlicht|erschienen|aktualisiert|publié\w*|mise? à jour|publicad\w|pubblicat\w|geplaatst|gepubliceerd)\W+(?:\pL+\W+){0,4}$`)
)

// wordOriginal is what stands before the first day of a page that was changed
// since; in a magazine or on another site ("published in") it would be theirs.
var wordOriginal = pattern(`(?i)\b(?:originally|first) (?:published|posted)(?: online| here)?(?: on)?\W*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\W*)?(?:the )?$`)

var commentClass = pattern(`(?i)(?:^|\s)comment(?:s|[_-](?:date|meta|time|body|list|author|content))?(?:\s|$)`)

// shownDates reads the dates of lines that are about the page, not of running text.
func shownDates(near []line, d *dates) []shownDate {
	var out []shownDate
	before := ""
	for at, l := range near {
		if l.head || commentClass().MatchString(l.class) {
			continue
		}
		if sheet := calendarSheet(near, at); sheet != "" {
			out = append(out, shownDate{text: sheet, kind: datePlain, line: at})
			continue
		}
		label := before
		before = ""
		if len(l.text) < 40 && at > 0 && l.heading != 1 {
			before = l.text
		}
		stamped := ""
		for _, sp := range l.spans {
			if sp.datetime != "" && readDate(sp.datetime) != "" {
				stamped = sp.datetime
			}
		}
		hits := singleDays(l.text, datesIn(l.text))
		if len(hits) == 0 && stamped == "" || numbersSection(near, at) {
			continue
		}
		rest := l.text
		if len(hits) > 0 {
			rest = l.text[:hits[0].start]
		}
		all, lead := len(strings.Fields(l.text)), len(strings.Fields(rest))
		if labelled := dateLabelled().MatchString(l.text) || byLine().MatchString(l.text); all > 25 && lead > 8 || lead > 14 || all > 16 && lead > 2 && !labelled {
			continue // running text
		} else if !labelled && lead > 6 && sentenceEnd().MatchString(l.text) && !saidOfPage().MatchString(rest) {
			continue // a sentence: the day is what it tells of
		}
		if len(hits) == 0 {
			kind := datePlain
			if words := label + " " + l.text + " " + l.class; wordUpdate().MatchString(words) {
				kind = dateUpdated
			}
			out = append(out, shownDate{text: stamped, kind: kind, line: at})
			continue
		}
		from, first := 0, len(out)
		for i, h := range hits[:min(4, len(hits))] {
			words := l.text[from:h.start]
			from = h.end
			if i == 0 && len(strings.Fields(words)) < 3 {
				words = label + " " + words
			}
			if wordNotADate().MatchString(words) {
				continue
			}
			d.observe(h)
			text := l.text[h.start:h.end]
			if stamped != "" && (h.other != "" && !h.dotted || len(hits) == 1 && !inUTC(stamped)) {
				text = stamped // the element says which day its words mean
			}
			kind := datePlain
			switch {
			case wordUpdate().MatchString(words):
				kind = dateUpdated
			case wordPublish().MatchString(words):
				kind = datePublished
			case wordUpdate().MatchString(l.classAt(h.start, h.end)):
				kind = dateUpdated
			}
			out = append(out, shownDate{text: text, kind: kind, line: at, title: at == 0 && kind == datePlain, original: wordOriginal().MatchString(words)})
		}
		// "Updated 5 March | Published 3 March": the order says nothing.
		slices.SortStableFunc(out[first:], func(a, b shownDate) int {
			return int(max(a.kind, datePublished)) - int(max(b.kind, datePublished))
		})
	}
	return out
}

// calendarSheet joins a day, a month and a year that stand on a line each, as
// on the sheet of a calendar; the lines above the title come from below.
func calendarSheet(near []line, at int) string {
	if at+2 >= len(near) {
		return ""
	}
	three := near[at : at+3]
	for _, l := range three {
		if len(l.text) > 12 || strings.Contains(l.text, " ") || l.head {
			return ""
		}
	}
	for _, text := range []string{
		three[0].text + " " + three[1].text + " " + three[2].text,
		three[2].text + " " + three[1].text + " " + three[0].text,
	} {
		if hits := datesIn(text); len(hits) == 1 && hits[0].other == "" && hits[0].start == 0 && hits[0].end == len(text) {
			return text
		}
	}
	return ""
}

// singleDays leaves out the ends of a span of days, "3-5 March 2026" or "3 March -
// 5 March 2026": they say when something takes place.
func singleDays(text string, hits []dateHit) []dateHit {
	var out []dateHit
	for i, h := range hits {
		if i > 0 && spanOfDays().MatchString(text[hits[i-1].end:h.start]) || i+1 < len(hits) && spanOfDays().MatchString(text[h.end:hits[i+1].start]) ||
			firstOfSpan().MatchString(text[:h.start]) {
			continue
		}
		out = append(out, h)
	}
	return out
}

var (
	spanOfDays  = pattern(`^\s*(?:[-–—]|to|until|through|bis|au|al)\s*$`)
	firstOfSpan = pattern(`(?:^|[^\d:.,])\d{1,2}(?:\.?[-–—]|\.\s[-–—]\s)$|(?i:(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\p{L}*\.? \d{1,2}|\d{1,2}\.? (?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\p{L}*\.?)\s*[-–—]\s*$`)
)

// numbersSection tells "14.11.10 Anchors" of a table of contents from a day: the
// line beside it has the next number.
func numbersSection(lines []line, at int) bool {
	m := sectionNumber().FindStringSubmatch(lines[at].text)
	if m == nil {
		return false
	}
	for _, other := range []int{at - 1, at + 1} {
		if other >= 0 && other < len(lines) {
			if o := sectionNumber().FindStringSubmatch(lines[other].text); o != nil && o[1] == m[1] && o[2] != m[2] {
				return true
			}
		}
	}
	return false
}

var sectionNumber = pattern(`^(\d{1,2}\.\d{1,2})\.(\d{1,2})\.?\s+\p{L}`)

// inUTC tells times that a program gave without asking where the page is from.
func inUTC(stamp string) bool {
	return strings.HasSuffix(stamp, "Z") || strings.HasSuffix(stamp, "+00:00") || strings.HasSuffix(stamp, "+0000")
}

// observe learns how the page writes dates of digits.
func (d *dates) observe(h dateHit) {
	switch h.order {
	case dayFirst:
		d.dayFirst++
	case monthFirst:
		d.monthFirst++
	}
}

// labelledDates are the dates anywhere that are said to be the page's:
// "Published: 8 July 2026", often at the side or the end. The first of a kind counts.
func (s *statements) labelledDates(d *dates) []shownDate {
	var out []shownDate
	var have [3]bool
	for i, l := range s.lines {
		kind := datePublished
		at := i
		switch {
		case len(l.text) < 60 && i+1 < len(s.lines) && len(s.lines[i+1].text) < 60 && hasYear(s.lines[i+1].text) && dateLabel().MatchString(l.text):
			at = i + 1
			if wordUpdate().MatchString(l.text) {
				kind = dateUpdated
			}
		case !hasYear(l.text):
			continue
		case dateLabelled().MatchString(l.text):
		case dateUpdating().MatchString(l.text):
			kind = dateUpdated
		default:
			continue
		}
		if have[kind] {
			continue
		}
		for _, h := range datesIn(s.lines[at].text) {
			if len(l.text) > 120 && h.start > 60 {
				break // running text that begins with the word
			}
			if wordNotADate().MatchString(s.lines[at].text[:h.start]) {
				break
			}
			d.observe(h)
			out = append(out, shownDate{text: s.lines[at].text[h.start:h.end], kind: kind, line: at, original: wordOriginal().MatchString(s.lines[at].text[:h.start])})
			have[kind] = true
			break
		}
	}
	return out
}

// signedDate is the one day that stands at the foot with the author's name:
// "Written by Ada Quill", and under it the day. Where more than one day stands
// so, they are those of other articles.
func (s *statements) signedDate() (text string, kind dateKind) {
	day := ""
	for i, l := range s.lines {
		if l.furniture || l.head || len(l.text) > 120 || !byLine().MatchString(l.text) || commentClass().MatchString(l.class) || menuClass().MatchString(l.class) {
			continue
		}
		for j := i; j <= i+1 && j < len(s.lines); j++ {
			if len(s.lines[j].text) > 120 || s.lines[j].furniture {
				break
			}
			hits := singleDays(s.lines[j].text, datesIn(s.lines[j].text))
			if len(hits) == 0 || numbersSection(s.lines, j) {
				continue
			}
			before := s.lines[j].text[:hits[0].start]
			if j > i && len(strings.Fields(before)) > 3 || wordNotADate().MatchString(before) {
				break
			}
			if day != "" && day != hits[0].day {
				return "", datePlain
			}
			day, text, kind = hits[0].day, s.lines[j].text[hits[0].start:hits[0].end], datePlain
			if wordUpdate().MatchString(before) {
				kind = dateUpdated
			}
			break
		}
	}
	return text, kind
}

// farDates are the dates of short lines anywhere outside of the furniture.
func (s *statements) farDates(d *dates) []string {
	var out []string
	for i, l := range s.lines {
		if l.furniture || l.head || len(l.text) > 80 || len(out) >= 12 || !hasYear(l.text) || menuClass().MatchString(l.class) {
			continue
		}
		hits := singleDays(l.text, datesIn(l.text))
		if len(hits) == 0 || numbersSection(s.lines, i) || len(strings.Fields(l.text[:hits[0].start])) > 4 || wordNotADate().MatchString(l.text) ||
			i > 0 && wordNotADate().MatchString(s.lines[i-1].text) && len(s.lines[i-1].text) < 30 {
			continue
		}
		d.observe(hits[0])
		out = append(out, l.text[hits[0].start:hits[0].end])
	}
	return out
}

var (
	isoDate   = pattern(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?`)
	basicDate = pattern(`^(\d{4})[/.]?(\d{2})[/.]?(\d{2})(?:\d{4}(?:\d{2})?)?(?:\D|$)`)
	epochDate = pattern(`^1\d{9}(?:\d{3})?$`)
)

// readDate reads a date as pages write it, and gives it in ISO 8601: with time
// and zone when the page has both, else the date alone. The day is the page's
// own, never moved to another zone. It is empty for a date that cannot be read
// without guessing ("03/04/2026").
func readDate(value string) string {
	value = strings.TrimSpace(value)
	if len(value) > 200 {
		return ""
	}
	if m := isoDate().FindStringSubmatch(value); m != nil {
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
	if m := basicDate().FindStringSubmatch(value); m != nil {
		return valid(m[1], m[2], m[3])
	}
	if epochDate().MatchString(value) {
		seconds, err := strconv.ParseInt(value[:10], 10, 64)
		if err != nil {
			return ""
		}
		return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	}
	if t, err := time.Parse(time.RFC1123Z, value); err == nil {
		return t.Format(time.RFC3339)
	}
	for _, h := range datesIn(value) {
		if h.other == "" || h.dotted {
			return h.day
		}
	}
	return ""
}

// dateHit is a date in running text.
type dateHit struct {
	day        string    // ISO; for two readings the one with the day first
	other      string    // the reading with the month first, where both are possible
	order      dateOrder // of a date of digits that can be read one way only
	dotted     bool      // "04.03.2026", which nearly always has the day first
	start, end int
}

// datesIn finds the dates of a text that have day, month and year: the months
// by name or by number, in the order that the languages of dateMonths use.
func datesIn(text string) []dateHit {
	if !hasYear(text) {
		return nil
	}
	tokens := dateTokens(text)
	var out []dateHit
	for i := 0; i < len(tokens) && len(out) < 8; i++ {
		h, next, ok := dateAt(tokens, i)
		if !ok {
			continue
		}
		h.start, h.end = tokens[i].start, tokens[next-1].end
		i = next - 1
		if !inAddress(text, h.start) {
			out = append(out, h)
		}
	}
	return out
}

// inAddress tells whether a place in a text stands in a web address: the day in
// it is another page's.
func inAddress(text string, at int) bool {
	word := text[strings.LastIndexAny(text[:at], " \t\n")+1 : at]
	return strings.Contains(word, "://")
}

// hasYear is the cheap question before the dear one.
func hasYear(text string) bool {
	run := 0
	for i := 0; i < len(text); i++ {
		if digit(text[i]) {
			run++
			if run == 4 && (text[i-3:i-1] == "20" || text[i-3:i-1] == "19") {
				return true
			}
			continue
		}
		run = 0
	}
	return len(text) < 40 && shortYear().MatchString(text)
}

var shortYear = pattern(`\b\d{2}(?:\.\d{2}\.|/\d{2}/)\d{2}\b|['’]\d{2}\b`)

type dateToken struct {
	number     int // -1 for what is no number
	digits     int
	month      int // 1 to 12 for the name of a month
	text       string
	start, end int
}

func dateTokens(text string) []dateToken {
	var out []dateToken
	for i := 0; i < len(text) && len(out) < 400; {
		r, size := utf8.DecodeRuneInString(text[i:])
		j := i + size
		switch {
		case r < utf8.RuneSelf && digit(byte(r)):
			for j < len(text) && digit(text[j]) {
				j++
			}
			n := -1
			if j-i <= 4 {
				n, _ = strconv.Atoi(text[i:j])
			}
			out = append(out, dateToken{number: n, digits: j - i, text: text[i:j], start: i, end: j})
		case unicode.In(r, unicode.Han, unicode.Hangul):
			out = append(out, dateToken{number: -1, text: text[i:j], start: i, end: j})
		case unicode.IsLetter(r):
			for j < len(text) {
				next, n := utf8.DecodeRuneInString(text[j:])
				if !unicode.IsLetter(next) && !unicode.Is(unicode.Mn, next) {
					break
				}
				j += n
			}
			out = append(out, dateToken{number: -1, month: monthNamed(text[i:j]), text: text[i:j], start: i, end: j})
		case unicode.IsSpace(r):
		default:
			out = append(out, dateToken{number: -1, text: text[i:j], start: i, end: j})
		}
		i = j
	}
	return out
}

// dateAt reads a date that begins at token i, and says where it ends.
func dateAt(t []dateToken, i int) (h dateHit, next int, ok bool) {
	is := func(k int, words ...string) bool {
		return k < len(t) && slices.Contains(words, strings.ToLower(t[k].text))
	}
	glued := func(k int) bool { return k > 0 && k < len(t) && t[k-1].end == t[k].start }
	number := func(k, low, high int) bool {
		return k < len(t) && t[k].number >= low && t[k].number <= high && t[k].digits <= 2
	}
	year := func(k int) bool {
		return k < len(t) && t[k].digits == 4 && t[k].number >= 1990 && t[k].number <= 2100
	}
	// yearAfter is a year of four digits, or of two behind an apostrophe: "Mar '14".
	yearAfter := func(k int) (number, next int, ok bool) {
		if year(k) {
			return t[k].number, k + 1, true
		}
		if k+1 < len(t) && (t[k].text == "'" || t[k].text == "’") && t[k].end == t[k+1].start && t[k+1].digits == 2 && t[k+1].number < 70 {
			return 2000 + t[k+1].number, k + 2, true
		}
		return 0, k, false
	}
	skip := func(k int, words ...string) int {
		if is(k, words...) {
			return k + 1
		}
		return k
	}
	ordinal := func(k int) int {
		if glued(k) && is(k, "st", "nd", "rd", "th", "er", "e", "º", "ª", "°", ".", "ste", "de", "го") {
			return k + 1
		}
		return k
	}
	build := func(y, m, d int, end int) (dateHit, int, bool) {
		day := valid(strconv.Itoa(y), strconv.Itoa(m), strconv.Itoa(d))
		return dateHit{day: day}, end, day != ""
	}
	if glued(i) && t[i-1].number >= 0 || i > 0 && glued(i) && is(i-1, ".", "/", "-") && i > 1 && glued(i-1) && t[i-2].digits > 0 {
		return h, 0, false // in the middle of a number
	}
	ends := func(k int) bool { // no more digits after the date: "1.2.2003.4" is a version
		return !(k+1 < len(t) && glued(k) && is(k, ".", "/") && glued(k+1) && t[k+1].digits > 0) && !(k < len(t) && glued(k) && t[k].digits > 0)
	}
	switch {
	case t[i].month > 0: // March 4th, 2026
		k := skip(i+1, ".")
		k = skip(k, "-")
		if !number(k, 1, 31) {
			return h, 0, false
		}
		day := t[k].number
		k = skip(ordinal(k+1), ",", "-")
		if y, next, ok := yearAfter(skip(k, "de")); ok {
			return build(y, t[i].month, day, next)
		}
	case year(i): // 2026-03-04, 2026年3月4日, 2026. március 4.
		switch {
		case is(i+1, "年", "년") && number(i+2, 1, 12) && is(i+3, "月", "월") && number(i+4, 1, 31):
			return build(t[i].number, t[i+2].number, t[i+4].number, min(len(t), skip(i+5, "日", "일")))
		case is(i+1, "-", "/", ".") && number(i+2, 1, 12) && is(i+3, t[i+1].text) && number(i+4, 1, 31) && ends(i+5) && (glued(i+2) || t[i+1].text == "."):
			return build(t[i].number, t[i+2].number, t[i+4].number, i+5)
		}
		k := skip(i+1, ".", "-", ",")
		if k < len(t) && t[k].month > 0 {
			month := t[k].month
			if k = skip(k+1, ".", "-"); number(k, 1, 31) && !(k+1 < len(t) && year(k+1)) {
				return build(t[i].number, month, t[k].number, k+1)
			}
		}
	case number(i, 1, 31):
		k := skip(ordinal(i+1), "-", "/")
		k = skip(k, "de", "of", "d", "di")
		k = skip(k, "'", "’")
		if k < len(t) && t[k].month > 0 { // 4. März 2026, 4 de marzo de 2026, 4-Mar-2026
			month := t[k].month
			k = skip(k+1, ".")
			k = skip(k, ",", "-", "/")
			if y, next, ok := yearAfter(skip(k, "de", "del", "of")); ok {
				return build(y, month, t[i].number, next)
			}
			return h, 0, false
		}
		k = i + 1
		if !is(k, ".", "/", "-") || !number(k+1, 1, 31) || !is(k+2, t[k].text) || k+3 >= len(t) {
			return h, 0, false
		}
		if t[k].text != "." && !(glued(k) && glued(k+1)) {
			return h, 0, false
		}
		y, a, b := t[k+3].number, t[i].number, t[k+1].number
		if !year(k + 3) {
			// 04.03.26 or 03/04/26, with two digits each: no version is written so.
			if t[k].text == "-" || t[i].digits != 2 || t[k+1].digits != 2 || t[k+3].digits != 2 || y > 69 || !glued(k+3) {
				return h, 0, false
			}
			y += 2000
		}
		if !ends(k + 4) {
			return h, 0, false
		}
		switch {
		case a > 12 || a == b:
			h, next, ok = build(y, b, a, k+4)
			if a > 12 && t[k].text != "." {
				h.order = dayFirst
			}
			return h, next, ok
		case b > 12:
			h, next, ok = build(y, a, b, k+4)
			h.order = monthFirst
			return h, next, ok
		default:
			h, next, ok = build(y, b, a, k+4)
			h.other = valid(strconv.Itoa(y), strconv.Itoa(a), strconv.Itoa(b))
			h.dotted = t[k].text == "."
			return h, next, ok
		}
	}
	return h, 0, false
}

// dateMonths are the names of the months and their short forms, in English,
// German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian,
// Ukrainian, Czech, Swedish, Danish, Norwegian, Finnish, Turkish, Romanian,
// Hungarian, Slovak, Slovenian, Estonian, Greek, Bulgarian, Catalan, Indonesian,
// Arabic and Hebrew.
var dateMonths = sync.OnceValue(func() map[string]int {
	names := map[string]int{}
	for i, list := range [12]string{
		"january jan januar jänner janvier janv enero ene janeiro gennaio gen januari styczeń stycznia sty январь января янв січня leden ledna januari tammikuuta tammikuu ocak ianuarie január januára jaanuar ιανουαρίου януари gener يناير ינואר בינואר",
		"february feb februar feber février fevrier févr fév febrero fevereiro fev febbraio februari luty lutego lut февраль февраля фев лютого únor února helmikuuta helmikuu şubat februarie február februára veebruar φεβρουαρίου февруари febrer فبراير פברואר בפברואר",
		"march mar märz maerz mär mrz mars marzo março marco maart mrt marzec marca март марта мар березня březen března marts maaliskuuta maaliskuu mart martie március marec märts maret μαρτίου març مارس מרץ במרץ",
		"april apr avril avr abril abr aprile kwiecień kwietnia kwi апрель апреля апр квітня duben dubna huhtikuuta huhtikuu nisan aprilie április apríl apríla aprill απριλίου أبريل אפריל באפריל",
		"may mai mayo maio maggio mag mei maj maja май мая травня květen května toukokuuta toukokuu mayıs május máj mája μαΐου maig مايو מאי במאי",
		"june jun juni juin junio junho giugno giu czerwiec czerwca cze июнь июня июн червня červen června kesäkuuta kesäkuu haziran iunie június jún júna junij juuni ιουνίου юни juny يونيو יוני ביוני",
		"july jul juli juillet juil julio julho luglio lug lipiec lipca lip июль июля июл липня červenec července heinäkuuta heinäkuu temmuz iulie július júl júla julij juuli ιουλίου юли juliol يوليو יולי ביולי",
		"august aug août aout agosto ago augustus sierpień sierpnia sie август августа авг серпня srpen srpna augusti elokuuta elokuu ağustos augusztus augusta avgust agustus αυγούστου agost أغسطس אוגוסט באוגוסט",
		"september sept sep septembre septiembre setiembre setembro set settembre wrzesień września wrz сентябрь сентября сен сент вересня září syyskuuta syyskuu eylül septembrie szeptember septembra σεπτεμβρίου септември سبتمبر ספטמבר בספטמבר",
		"october oct oktober okt octobre octubre outubro out ottobre ott październik października paź октябрь октября окт жовтня říjen října lokakuuta lokakuu ekim octombrie október októbra oktoober οκτωβρίου октомври أكتوبر אוקטובר באוקטובר",
		"november nov novembre noviembre novembro listopad listopada lis ноябрь ноября ноя листопада listopadu marraskuuta marraskuu kasım noiembrie novembra νοεμβρίου ноември نوفمبر נובמבר בנובמבר",
		"december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre grudzień grudnia gru декабрь декабря дек грудня prosinec prosince joulukuuta joulukuu desember des aralık decembrie decembra detsember desember desembre δεκεμβρίου декември ديسمبر דצמבר בדצמבר",
	} {
		for name := range strings.FieldsSeq(list) {
			names[name] = i + 1
		}
	}
	return names
})

// monthNamed is 1 to 12 for the name of a month, else 0.
func monthNamed(word string) int {
	if len(word) < 3 || len(word) > 24 {
		return 0
	}
	return dateMonths()[strings.ToLower(word)]
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
