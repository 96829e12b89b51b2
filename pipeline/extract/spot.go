package extract

// This file recognises words of interest in class names and at the start of
// pieces of text. All words are looked for in one pass (Aho and Corasick,
// "Efficient string matching", 1975): one regular expression a group took four
// fifths of the time of a whole page.

import (
	"strings"
	"sync"
)

// group is a set of groups of words, one bit each.
type group uint32

// spotter finds words of many groups at once.
type spotter struct {
	next [][256]int16
	fail []int16
	ends [][]ending
	// linked is the next state in the chain of failures that ends a word; 0 is none.
	linked []int16
}

type ending struct {
	group             group
	size              int
	atStart, whole    bool // the word must open the text; nothing may follow it
	leftEdge, rightEd bool // no letter or digit may stand before, after it
}

// newSpotter reads groups of words, parted by "|". Before a word "^" ties it
// to the start of the text and "<" to the start of a word; after it ">" ties it
// to the end of a word and "$" to the end of the text.
func newSpotter(groups ...string) *spotter {
	s := &spotter{next: make([][256]int16, 1), ends: make([][]ending, 1)}
	for g, words := range groups {
		for _, w := range strings.Split(words, "|") {
			e := ending{group: 1 << g}
			for again := true; again && w != ""; {
				again = false
				switch {
				case w[0] == '^':
					e.atStart, w, again = true, w[1:], true
				case w[0] == '<':
					e.leftEdge, w, again = true, w[1:], true
				case w[len(w)-1] == '>':
					e.rightEd, w, again = true, w[:len(w)-1], true
				case w[len(w)-1] == '$':
					e.whole, w, again = true, w[:len(w)-1], true
				}
			}
			if w == "" {
				continue
			}
			e.size = len(w)
			at := int16(0)
			for i := 0; i < len(w); i++ {
				if s.next[at][w[i]] == 0 {
					s.next = append(s.next, [256]int16{})
					s.ends = append(s.ends, nil)
					s.next[at][w[i]] = int16(len(s.next) - 1)
				}
				at = s.next[at][w[i]]
			}
			s.ends[at] = append(s.ends[at], e)
		}
	}
	s.fail = make([]int16, len(s.next))
	s.linked = make([]int16, len(s.next))
	queue := []int16{}
	for _, to := range s.next[0] {
		if to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		back := s.fail[at]
		if len(s.ends[back]) > 0 {
			s.linked[at] = back
		} else {
			s.linked[at] = s.linked[back]
		}
		for c := range 256 {
			to := s.next[at][c]
			if to == 0 {
				s.next[at][c] = s.next[back][c]
				continue
			}
			s.fail[to] = s.next[back][c]
			queue = append(queue, to)
		}
	}
	return s
}

// spot tells the groups with a word in text. Case does not matter (ASCII).
func (s *spotter) spot(text string) group {
	var found group
	state := int16(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		state = s.next[state][c]
		for at := state; at != 0; at = s.linked[at] {
			for _, e := range s.ends[at] {
				start, end := i+1-e.size, i+1
				if e.atStart && start != 0 || e.whole && end != len(text) ||
					e.leftEdge && start > 0 && wordByte(text[start-1]) || e.rightEd && end < len(text) && wordByte(text[end]) {
					continue
				}
				found |= e.group
			}
		}
	}
	return found
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// The groups of class names.
const (
	classGood group = 1 << iota
	classBad
	classCaption
	classAuthor
	classRelated
	classShare
	classComment
	classNewsletter
	classAd
	classMeta
	classTags
	classIntro
)

// classNames name the groups in their order.
var classNames = []string{
	"class.good", "class.bad", "class.caption", "class.author", "class.related", "class.share", "class.comment",
	"class.newsletter", "class.ad", "class.meta", "class.tags", "class.intro",
}

var classWords = sync.OnceValue(func() *spotter {
	return newSpotter(
		"article|content|entry|post>|post-|body|story|prose|text|markdown|paragraph|rich",
		"comment|share|social|related|recommend|promo|sponsor|widget|sidebar|footer|<nav|menu|breadcrumb|cookie|consent|popup|modal|newsletter|subscribe|signup|banner|<ad>|<ads>|advert|meta>|byline|author|tag>|tags>|toolbar|pagination|masthead|disclaimer|outbrain|taboola|disqus|login|paywall|skip|<toc>|copyright|trending|popular|more-|read-next|readnext|caption|credit|message",
		"caption|credit|figure|image|photo|gallery|slide|media",
		"author|byline|<bio>|contributor|profile|about-",
		"related|recommend|read-more|readmore|read-next|readnext|more-|also|trending|popular|teaser|card|latest|outbrain|taboola|recirc|inline-link|inlinelink|promo",
		"share|sharing|social|follow|print|toolbar|action",
		"comment|disqus|discussion|respond|reply|replies",
		"newsletter|subscri|signup|sign-up|optin|cta|call-to|hubspot|form",
		"<ad>|<ads>|<ad-|advert|sponsor|promo|banner|dfp",
		"meta|date|time|dateline|info|eyebrow|kicker|breadcrumb|category|label",
		"tag>|tags>|topic|categor|keywords",
		"intro|lead>|lede|summary|standfirst|subtitle|sub-head|subhead|excerpt|dek>|deck|description|abstract")
})

// The groups of addresses that links lead to.
const (
	linkSocial group = 1 << iota
	linkSorted
)

var linkWords = sync.OnceValue(func() *spotter {
	return newSpotter(
		"facebook.com|twitter.com|//x.com|linkedin.com|whatsapp|pinterest.|instagram.com|youtube.com/c|youtube.com/@|youtube.com/user|reddit.com/submit|mailto:|t.me/|/share|tiktok.com|threads.net",
		"/tag|/categor|/topic|/author|/contributor|/people/|/staff/|/section|/label/|/archive|/subscri|/login|/signup|/register|/account|/newsletter|/privacy|/terms|/about|/contact")
})

// The groups of what a piece of text says.
const (
	saysCredit group = 1 << iota
	saysRelated
	saysSubscribe
	saysShare
	saysByline
	saysLegal
	saysComment
	saysRole
	saysDay
	saysLife
	saysNoPromise
	saysAsk
	saysOwn
)

var saidWords = sync.OnceValue(func() *spotter {
	return newSpotter(
		"^photo>|^image>|^picture>|^credit>|^source>|^illustration>|^getty>|^courtesy>|^file photo>|^photograph>|^video>|©|(photo|(image|(ap photo|(getty|(reuters|getty images|shutterstock|image credit|photo by|photo credit",
		"^related|^read more|^read also|^see also|^also read|^more from|^more on|^you may like|^you might like|^you may also|^you might also|^you may enjoy|^recommended|^trending|^most read|^most popular|^popular|^latest|^up next|^don't miss|^dont miss|^don’t miss|^further reading|^keep reading|^continue reading|^in this article|^in this post|^in this guide|^table of contents|^contents|^explore|^featured|^recent|^next|^previous|^watch|^click here|^learn more|^read next|^what to read|^editor|^messages sorted",
		"subscri|signup|sign up|newsletter|free trial|get started|download the|download our|download now|contact us|get in touch|join us|join our|join the|join now|book a|request a|inbox|schedule a|call us|follow us|support us|donate|buy now|shop now|learn more|log in|login|register",
		"^share>|^tweet>|^pin>|^email>|^print>|^facebook>|^twitter>|^linkedin>|^whatsapp>|^copy link>|^follow>|^like>|^save>|^listen>|^flip>|^reddit>|^comment>|^comments>|^reply>|shares>$|comments>$",
		"^by>|^written by>|^author>|^posted by>|^reviewed by>|^edited by>|^reporting by>|^words by>|^about the author>|^medically reviewed>",
		"all rights reserved|©|copyright|privacy policy|terms of|terms and|cookie>|cookies>|disclaimer|affiliate|commission|may not be reproduced|may not be published|javascript|your browser",
		"^leave a reply|^leave a comment|^comment$|^comments$|^comments (|^reply|comments$|replies$|responses$|thoughts on|^post a comment|^your email address|says:$|says$",
		" writer>| editor>| reporter>| journalist>| author>| contributor>| correspondent>",
		"<updated>|<published>|<posted>|<ago>|min read|mins read|minute read|minutes read|last modified|last updated|last reviewed|<jan |<feb |<mar |<apr |<may |<jun |<jul |<aug |<sep |<sept |<oct |<nov |<dec |<january |<february |<march |<april |<june |<july |<august |<september |<october |<november |<december ",
		" is a freelance| is the founder| is the co-founder| is the author of| is the ceo| is the director| is the owner| years of experience| has been writing| has written for| has covered| holds a | lives in | lives with | graduated from| is passionate about| previously worked| previously served| is based in| studied | specializes in| his work has| her work has| their work has| when she's not| when he's not| when she’s not| when he’s not|about the author| when not | is an associate| is admitted",
		"informational purposes|educational purposes|general information only|does not constitute|not constitute|not intended|not a substitute|not financial advice|consult a |consult your|consult with|always consult|views expressed|opinions expressed|are their own|are my own|are his own|are her own|no guarantee|past performance|subject to |registered investment|member fdic|no responsibility|not responsible|at your own risk|without notice|in partnership with|branded content|sponsored by|sponsored content|paid partnership|accuracy of|trademarks|not affiliated|editorially independent|independently chosen|chosen independently|may earn|we earn|affiliate link",
		"^sign up|^subscribe|^fill out|^join |^check out|^click |^get |^learn |^download|^contact|^call |^book |^schedule|^follow|^send |^tell |^rate |^share|^leave|^submit|^register|^request|^try |^buy |^shop |^explore|^discover|^see more|^see our|^view |^find out|^read |^listen|^watch |^visit|^browse|^want |^looking for|^need |^ready to|^interested in|^have a question|^questions|^got a|^enjoy|^if you enjoyed|^if you liked|^thanks for|^thank you for|let us know in|in the comments|fill out the form|give us a call|reach out to us|talk to us|click the button|click here",
		" our team| our services| our clients| our customers| our products| we offer | we provide| we help | we’re proud| we're proud| we are proud| contact us| call us| our experts| our platform| free consultation| free quote| free demo|at our ")
})

// saysDate tells whether a short text looks like it states a date.
func saysDate(said group, text string) bool {
	if said&saysDay != 0 {
		return true
	}
	for i := 0; i+4 <= len(text); i++ {
		year := text[i : i+2]
		if (year == "19" || year == "20") && digit(text[i+2]) && digit(text[i+3]) &&
			(i == 0 || !wordByte(text[i-1])) && (i+4 == len(text) || !wordByte(text[i+4])) {
			return true
		}
		if digit(text[i]) && text[i+1] == ':' && digit(text[i+2]) && digit(text[i+3]) { // 9:30
			return true
		}
	}
	return false
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// saysAuthor tells lines like "By A. Name" and "A. Name is a senior reporter".
func saysAuthor(said group, text string) bool {
	return said&saysByline != 0 || said&saysRole != 0 && (strings.Contains(text, " is a ") || strings.Contains(text, " is an ") || strings.Contains(text, " is the "))
}
