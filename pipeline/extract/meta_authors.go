package extract

// This file chooses the authors.

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

var (
	byWords     = pattern(`(?i)^(?:contributors?|autor(?:in|es|a)?|auteure?s?|autore)\s*:\s*|^(?:von|par|por|escrito por|door|di)\s+|^(?:(?:\w+ )?(?:written|posted|published|words|story|reported|created|started|authored|article|text|recipe|post|photos?|via)\s+)?by\s*:?\s+|^(?:about )?(?:the )?(?:author|writer|from|via|words)s?\s*:?\s+`)
	byLabel     = pattern(`(?i)^(?:\p{L}+ )?(?:by|authors?|written by|about the author|the author|author name|meet the author)\s*[:|]?$`)
	byLine      = pattern(`^(?:[Tt]his (?:post|article|story|guide|page|piece) (?:was|is) written by\b\s*:?\s+\S)|^(?:(?:[A-Z]\p{L}+ )?(?:[Ww]ritten|[Pp]osted|[Pp]ublished|[Ww]ords|[Ss]tory|[Rr]eported|[Cc]reated|[Ss]tarted|[Aa]uthored|[Aa]rticle|[Tt]ext|[Rr]ecipe|[Pp]ost)\s+)?(?:[Bb]y|BY)\b\s*:?\s+\S|^(?:[Aa]uthors?|AUTHORS?|[Ww]riter|[Cc]ontributors?|[Aa]utor(?:in|es|a)?|[Aa]uteure?s?|[Aa]utore)\s*:\s*\S|^(?:[Vv]on|[Pp]ar|[Pp]or|[Ee]scrito por|[Dd]oor|[Dd]i)\s+\p{Lu}\p{Ll}+\s+\p{Lu}`)
	laterBy     = pattern(`\b(?:[Pp]osted|[Ww]ritten|[Pp]ublished|[Ss]tarted)\b.{0,60}?\bby:? +(\p{Lu}.*)`)
	nameEnd     = pattern(`(?i)\s*(?:\||·|•|—|–|»|\(| - | / | @ |,?\s(?:on|published|updated|posted|last|in|at|via|reviewed|edited|is|from)[\s:]|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|,?\s\d|,?\s(?:mon|tues?|wed|thu|fri|sat|sun)(?:day)?\b,? ).*$`)
	reviewed    = pattern(`(?i)^(?:medically |fact[- ]?|expert |edited |technically |clinically )*(?:reviewed|checked|edited|verified|updated)\b`)
	andWord     = pattern(`\s*&\s*|\s+(?:and|und|et|with)\s+`)
	credential  = pattern(`^(?:(?:Ph|Psy|Ed|Pharm)\.?\s?D\.?|(?:[A-Z]\.?[a-z]?\.?){1,2}[A-Z]\.?(?:[A-Z.-]){0,6}|[A-Z]{2,6}(?:[- ][A-Z]{1,5})*|Esq\.?|Jr\.?|Sr\.?|II|III)$`)
	jobWord     = pattern(`(?i)\b(?:editor|writer|director|experts?|contributor|reporter|manager|founder|co-?founder|ceo|cto|cmo|ciso|specialist|analyst|correspondent|president|head|officer|chief|owner|consultant|strategist|engineer|developer|researcher|professor|journalist|columnist|author|lead|partner|associate|coordinator|gardener|astrologer|representative|marketer|news|tribune|times|network|staff writer)\b`)
	authorPath  = pattern(`(?i)(?:^|/)(?:authors?|blog-authors?|profiles?|people|staff|contributors?|writers?|by|bio|journalists?|reporters?|experts?|team|our-team|editors?|columnists?|producers|user|users|member|members|u|memberlist\.php|member\.php|index\.php\?action=profile)(?:[/?.]|$)|[?&](?:author|mode=viewprofile|action=profile)|linkedin\.com/in/|/@[\w.-]+$`)
	userClass   = pattern(`(?i)(?:^|[\s_-])(?:user-?name|poster|author|byline|writer|bigusername|user-link|contributor)(?:$|[\s_-])|(?:author|byline|user|poster|writer)[_-]*(?:name|link)|post-?author|entry-?author|vcard`)
	afterDate   = pattern(`(?:\d{4}|min(?:ute)?s? read)\s*(?:[·•|,–-]\s*)?[Bb]y:? +(\p{Lu}.*)`)
	starter     = pattern(`^(?:Thread starter|Started by|Topic starter):?\s+(\S.{1,30})$|^(\S+)\s+(?:Discussion|Thread|Topic) starter\b`)
	memberFact  = pattern(`^(?:Posts|Messages|Joined|Join Date|Threads|Registered|Beiträge|Registriert|Mitglied seit|Inscrit|Mensajes)(?::| \d| since).{0,30}$|^\d[\d,.]* (?:posts|messages)$`)
	lastPost    = pattern(`(?i)last (?:post|reply|edited)|latest|most recent`)
	inSection   = pattern(`^(\p{Lu}\p{Ll}+(?: \p{Lu}[\p{Ll}'’.-]*){1,2}) in \p{L}`)
	notUserText = pattern(`(?i)bio|about|image|avatar|title|role|position|desc|count|date|comment|share|social`)
)

// readNames cuts a byline into names: credentials stay with the name before
// them, offices and houses are left out.
func readNames(raw string) []string {
	var out []string
	raw = cutRunes(oneLine(html.UnescapeString(raw)), maxMetaText)
	raw = byWords().ReplaceAllString(raw, "")
	raw = nameEnd().ReplaceAllString(raw, "")
	raw = strings.TrimSuffix(raw, ".")
	for i, part := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ';' }) {
		part = strings.Trim(part, " .:|-–@●•*")
		if rest, ok := strings.CutPrefix(part, "and "); ok {
			part = rest
		}
		if i > 0 && len(out) > 0 && (credential().MatchString(part) || credential().MatchString(part+".")) {
			out[len(out)-1] += ", " + part
			continue
		}
		if i > 0 && jobWord().MatchString(part) {
			continue
		}
		names := andWord().Split(part, -1)
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
		if m := starter().FindStringSubmatch(text); m != nil {
			if name := strings.TrimSpace(m[1] + m[2]); isName(name) {
				return []string{name}
			}
		}
		if i > 0 && len(strings.Fields(text)) < 3 && len(text) < 30 && isName(text) && !memberFact().MatchString(text) {
			for k := i + 1; k < len(near) && k < i+4; k++ { // a member of a forum, with her count of posts
				if memberFact().MatchString(near[k].text) {
					return []string{text}
				}
			}
		}
		if byLabel().MatchString(text) && i+1 < len(near) {
			if names := spanNames(near[i+1], true); len(names) > 0 {
				return names
			}
			if names := readNames(near[i+1].text); len(names) > 0 && allPersonal(names) && len(near[i+1].text) < 60 {
				return names
			}
			continue
		}
		if byLine().MatchString(text) && len(text) < 200 {
			if names := spanNames(l, true); len(names) > 0 {
				return names
			}
			if names := readNames(text); allPersonal(names) || len(names) == 1 && len(strings.Fields(names[0])) == 1 && len(strings.Fields(text)) < 5 {
				return names
			}
		}
		if l.heading != 1 && reviewed().MatchString(text) || lastPost().MatchString(text) {
			continue
		}
		if m := afterDate().FindStringSubmatch(text); m != nil && len(text) < 160 {
			if names := spanNames(l, true); len(names) > 0 {
				return names
			}
			if names := readNames(m[1]); len(names) > 0 && personal(names[0]) {
				return names[:1]
			}
		}
		if m := laterBy().FindStringSubmatch(text); m != nil && len(text) < 200 {
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

// loneAuthors is the name that stands alone near the title: beside the day, and
// with something on the page that says that it is a person's: a picture, an
// office, a sentence about her.
func (s *statements) loneAuthors(near []line) []string {
	dated := func(i int) bool {
		return i >= 0 && i < len(near) && len(near[i].text) < 80 && (len(datesIn(near[i].text)) > 0 || readingTime().MatchString(near[i].text))
	}
	for i := 1; i < len(near) && i < 12; i++ {
		text := near[i].text
		if len(text) > 90 || near[i].heading > 0 {
			continue
		}
		beside := dated(i-2) || dated(i-1) || dated(i) || dated(i+1) || dated(i+2)
		if m := inSection().FindStringSubmatch(text); m != nil && beside && !jobWord().MatchString(m[1]) {
			return []string{m[1]}
		}
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("·•|—", r) }) {
			part, _, _ = strings.Cut(strings.TrimSpace(part), " on behalf of ")
			if m := inSection().FindStringSubmatch(part); m != nil && beside {
				part = m[1]
			}
			if !personName().MatchString(part) || jobWord().MatchString(part) || sameWords(part) == sameWords(s.meta["og:site_name"]) {
				continue
			}
			office := i+1 < len(near) && jobWord().MatchString(near[i+1].text) && len(near[i+1].text) < 80
			if (beside || i < 4) && (office || s.person(part)) {
				return []string{part}
			}
		}
	}
	return nil
}

var (
	readingTime = pattern(`(?i)\b\d+[ -]?min(?:ute)?s?\b`)
	personName  = pattern(`^(?:Dr\.? |Prof\.? )?\p{Lu}[\p{Ll}'’.]+(?:[ -](?:\p{Lu}\.|\p{Lu}[\p{L}'’]+|van|von|de|der|den|da|di|del|la|bin|al)){1,3}$`)
)

// person tells whether the page says of a name that it is a person's.
func (s *statements) person(name string) bool {
	if s.alts[sameWords(name)] {
		return true
	}
	for _, l := range s.lines {
		if rest, ok := strings.CutPrefix(l.text, name); ok && len(rest) > 8 {
			switch word := strings.Fields(rest); word[0] {
			case "is", "was", "has", "writes", "works", "ist", "est", "es":
				return true
			}
		}
		if len(l.text) < 60 && strings.HasSuffix(l.text, name) && l.text != name {
			switch strings.ToLower(strings.TrimSpace(strings.TrimSuffix(l.text, name))) {
			case "about", "more by", "more from", "posts by", "articles by", "follow", "meet", "by":
				return true
			}
		}
	}
	return false
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
		if reviewed().MatchString(sp.text) && len(out) > 0 {
			break
		}
		if len(sp.text) > 80 || byLabel().MatchString(sp.text) || labelled && len(out) > 0 && jobWord().MatchString(sp.text) {
			continue
		}
		link := sp.relAuthor || authorPath().MatchString(sp.href)
		user := userClass().MatchString(sp.class) && !notUserText().MatchString(sp.class)
		if !link && !user {
			continue
		}
		for _, n := range readNames(sp.text) {
			person := personal(n) && !jobWord().MatchString(n) && (len(strings.Fields(n)) > 1 || labelled || sp.relAuthor)
			if (person || user && (len(strings.Fields(n)) == 1 || personal(n) && !jobWord().MatchString(n) || labelled)) && !slices.Contains(out, n) && len(out) < maxAuthors {
				out = append(out, n)
			}
		}
	}
	return out
}

// boxedAuthor reads the box that introduces the author, mostly at the end.
func (s *statements) boxedAuthor() []string {
	for i, l := range s.lines {
		if byLabel().MatchString(l.text) && len(l.text) > 3 {
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
		(len(shown) > len(structured) && slices.ContainsFunc(shown, func(n string) bool { return sameWords(withoutHonour(n)) == sameWords(withoutHonour(structured[0])) }) ||
			s.impersonal(structured) || s.signed(shown, near) && !s.visible(structured[0])) {
		return shown, "page"
	}
	if len(structured) > 1 { // "Ada Quill, Mo Tarn, The Quayside Courier"
		people := slices.DeleteFunc(slices.Clone(structured), func(n string) bool {
			return !personal(n) || strings.HasPrefix(n, "The ") || s.house()(n)
		})
		if len(people) > 0 {
			structured = people
		}
	}
	if len(structured) > 0 && (!s.unlikely(structured, origin) || s.bornOut(structured, near)) {
		return structured, origin
	}
	if len(shown) > 0 {
		return shown, "page"
	}
	if a := s.loneAuthors(near); len(a) > 0 {
		return a, "page"
	}
	if a := clean(s.namesIn(s.pageNode["author"])); len(a) > 0 && (!s.houses[a[0]] || s.bornOut(a, near)) {
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

// signed tells whether the page says "By Ada Quill" right under its title.
func (s *statements) signed(names []string, near []line) bool {
	return slices.ContainsFunc(near[:min(5, len(near))], func(l line) bool {
		return byLine().MatchString(l.text) && strings.Contains(l.text, names[0])
	})
}

func (s *statements) visible(name string) bool {
	return slices.ContainsFunc(s.lines, func(l line) bool { return strings.Contains(l.text, name) })
}

func withoutHonour(name string) string {
	for _, title := range []string{"Dr. ", "Dr ", "Prof. ", "Prof ", "Professor ", "Mr. ", "Mrs. ", "Ms. "} {
		name = strings.TrimPrefix(name, title)
	}
	return name
}

// bornOut tells whether the page shows names of a house or an account as those
// of its authors: an account anywhere, the house in a byline.
func (s *statements) bornOut(names []string, near []line) bool {
	house := s.house()
	for _, n := range names {
		lines := s.lines
		if house(n) {
			lines = near
		}
		if !slices.ContainsFunc(lines, func(l line) bool {
			if len(l.text) > 120 || l.heading > 0 || !strings.Contains(strings.ToLower(l.text), strings.ToLower(n)) {
				return false
			}
			return !house(n) || byLine().MatchString(l.text) || laterBy().MatchString(l.text) || bylineClass().MatchString(l.class)
		}) {
			return false
		}
	}
	return true
}

// house tells the names of the site and its publisher.
func (s *statements) house() func(name string) bool {
	keys := map[string]bool{}
	for _, n := range append(s.namesIn(s.article["publisher"]), s.meta["og:site_name"], s.website, s.meta["application-name"]) {
		keys[sameWords(n)] = true
	}
	return func(name string) bool { return keys[sameWords(name)] || s.houses[name] || company().MatchString(name) }
}

var company = pattern(`(?i)\b(?:inc|llc|ltd|gmbh|corp|co|team|staff|editors?|editorial|admin|administrator|redaktion|rédaction|redacción|redazione|magazine|university|blog|news)\b\.?$`)

// unlikely tells names that a publishing system puts where no author is given:
// the organisation itself, or the account that did the typing.
func (s *statements) unlikely(names []string, origin string) bool {
	if strings.HasPrefix(origin, "meta:") && !strings.HasPrefix(origin, "meta:dc") {
		return false
	}
	for _, n := range names {
		if !s.houses[n] && !account().MatchString(n) {
			return false
		}
	}
	return true
}

var account = pattern(`^[a-z][a-z0-9._-]*$|^[\w-]+(?:\.[\w-]+){2,}$`)

// impersonal tells whether names are those of the site or of an account.
func (s *statements) impersonal(names []string) bool {
	house := s.house()
	for _, n := range names {
		if personal(n) && len(strings.Fields(n)) > 1 && !house(n) {
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
	"next": true, "previous": true, "top": true, "topic author": true, "quote reply": true,
	"authors": true, "updated": true, "published": true, "posted": true, "reviewed": true, "via": true, "home": true, "blog": true, "comments": true,
	"and": true, "the": true, "offline": true, "online": true, "tweet": true, "log": true, "sign": true, "youtube": true, "tiktok": true, "instagram": true,
	"mastodon": true, "medium": true, "sat": true, "wed": true, "mon": true, "tue": true, "thu": true, "fri": true, "post": true, "guide": true, "dept": true, "sponsored": true, "register now": true, "free trial": true, "video library": true, "use case": true, "sun": true, "get": true, "people": true, "writer": true, "member list": true, "guides": true,
	"contributors": true, "written": true, "subscription": true, "dec": true, "view profile": true, "profile": true, "member": true, "members": true, "new member": true, "linkedin": true, "twitter": true, "facebook": true,
	"human": true, "log in": true, "login": true, "sign in": true, "sign up": true, "register": true, "website": true, "our team": true, "see all": true, "more": true, "reply": true, "quote": true,
}
