package extract

// This file proposes the passages of an article that an editor would quote.
// Each paragraph gets a score from a few features with fixed weights (a
// logistic regression fitted on real editors' choices, see quotes_test.go);
// passages grow from the best paragraphs to the length editors use.
//
// The features follow Bohn and Ling, "Catching Attention with Automatic Pull
// Quote Selection" (COLING 2020), and what carried signal on our own pairs.

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxQuotes     = 8
	mostParagraph = 4
	// longestBlock is how many words one block may have and be quoted: no
	// editor quotes more in one go (her longest quote in ten years had 830).
	longestBlock = 450
	// tellingHeading is how many words a heading has that is a paragraph set in
	// large letters.
	tellingHeading = 25
)

// Text is the body as plain text, blocks parted by an empty line: the text
// that quotes are substrings of.
func (a Article) Text() string {
	texts := make([]string, len(a.Blocks))
	for i, b := range a.Blocks {
		texts[i] = b.Text
	}
	return strings.Join(texts, "\n\n")
}

// paragraph is a block that may be quoted, with its features.
type paragraph struct {
	block    int // index in Article.Blocks
	features [len(quoteWeights)]float64
	score    float64
	words    int
}

// The features of a paragraph, in order, each from 0 to 1.
const (
	featEarly       = iota // falls with the number of paragraphs before it
	featPlace              // root of the place in the article, by bytes
	featLength             // grows to 80 words
	featStop               // share of stop words: running text has them
	featReasoning          // words that weigh and conclude
	featSaysWhat           // the first words say what something is or does
	featDullPlace          // below a heading such as "Installation" or "License"
	featTellsTo            // begins with an order: "Run", "Please click"
	featCode               // share of names of files, options and functions
	featDigit              // holds a number
	featTitle              // share of the title's words
	featSpeech             // four words or more between quotation marks
	featFirstPerson        // I, we
)

// quoteWeights are the fitted weights, in the order above; quoteBias is the
// intercept. TestQuotesAgainstRealChoices fits them, prints them and fails when
// these are not those of the fit.
var quoteWeights = [...]float64{1.32, -2.04, 0.73, 0.94, 0.87, 0.66, -0.85, -0.48, -0.51, -0.53, 0.45, -0.28, -0.17}

const quoteBias = -0.67

var (
	// neverQuoted knows boilerplate, calls to action, bylines, disclaimers and
	// captions in disguise. It is held against short blocks only, and against
	// how they begin wherever the same words may be what an article is about.
	neverQuoted = pattern(`(?i)^(?:written by|posted (?:by|on|in)|reviewed by|edited by|(?:first |originally |last )?(?:published|updated|modified|posted)(?::| on | at | by | \w{3,9}\.? \d| \d)|reading time|\d+ min(?:ute)?s? read|(?:photo|photograph|image|picture|illustration|screenshot|graphic|video|cover|credit|source)s?(?: credits?)?(?::| by | courtesy)|figure \d|fig\. ?\d|table \d|©|copyright (?:\(c\)|©|\d)|share (?:this|on|via)|tags?:|topics?:|categor(?:y|ies):|filed (?:under|in)|related(?: \w+)?:|read (?:more|next|also|the full)|see also|also read|recommended|you (?:may|might) also|more (?:from|on|about) |click (?:here|to)|tap (?:here|to)|sign up|subscribe|follow (?:us|me|@)|join (?:us|our|the (?:newsletter|community|discussion|conversation))|like (?:us|this)|advertis(?:ement|e with)|sponsored|table of contents|contents$|skip to|jump to|back to top|disclaimer|disclosure:|(?:editor|author|publisher)[’']?s[’']? (?:note|disclosure)|note from the editor|about the authors?|(?:many |special |big |our |huge )thanks (?:to|for|go)|thanks for (?:reading|watching|listening|your)|thank you (?:to|for)|acknowledge?ments?\b|discussions?:|translations?:|comments? (?:are closed|\()|leave a (?:comment|reply)|have a tip|got a tip|if you (?:liked|enjoyed|found this)|download (?:the|our|your) (?:free )?(?:report|white ?paper|e-?book|guide|app)|register (?:now|here|today|for)|watch (?:now|the (?:video|webinar))|buy (?:now|tickets)|try (?:it )?(?:for )?free|start your free|licensed under|unless required by applicable law|permission is hereby granted|feel free to|please feel free to|pull requests (?:are )?welcome|contributions (?:are )?welcome)|all rights reserved|(?:agree to|accept|read|see|view|under) (?:our|the|their) (?:terms (?:of|and)|privacy policy|cookie)|(?:subscribe|sign up) (?:to|for) (?:our|my) |(?:subscribe|sign up|register) (?:now|here|today)\b|our (?:free |weekly |daily )*newsletter|start (?:a|your) free trial|contact (?:us|our sales|me) (?:at|today|for|to|via|on)|(?:book|request|schedule) (?:a|your) demo|get started (?:today|now|for free)|learn more about our|find out (?:more )?how (?:we|our)|affiliate (?:links?|commission)|(?:views|opinions) expressed|(?:does|do) not constitute|not (?:legal|financial|investment|professional) advice|informational purposes only|without warrant(?:y|ies)|this (?:article|post|story|piece) (?:was|has been|is) (?:first|originally|also|sponsored|updated|amended|written by|republished)|this (?:article|post|story|piece) (?:first|originally) appeared|is an? (?:(?:staff|senior|freelance|award-winning|contributing|investigative|security|technology|tech|\w+-based) ){0,3}(?:writer|reporter|journalist|editor|columnist|correspondent|contributor)\b[^.]* (?:at|for|with|who|based|covering)|(?:enable|requires?) javascript|(?:we|site) uses? cookies|reproduced with permission`)
	// byline is "By A. Name" and its like: names only, and no sentence.
	byline = pattern(`^[*_]?(?:[Bb]y|BY|[Vv]on|[Pp]ar|[Pp]or) (?:[\p{Lu}][\p{L}.’'-]*[, ]*(?:(?:and|und|et|y|&|de|van|von|der) )?){1,8}(?:\W*(?:\d{1,2} )?\p{Lu}\p{L}{2,9}\.? \d{1,2}(?:, \d{4})?)?[^.!?\p{Ll}]*$`)
	// dullHeading is what stands above instructions and lists of links.
	dullHeading = pattern(`(?i)\b(?:install\w*|usage|licen[cs]e|contribut\w*|get(?:ting)? started|quick ?start|credits?|references?|requirements?|prerequisites?|build(?:ing)?|set ?up|configur\w*|change ?log|support|contact|acknowledge?ments?|further reading|related|resources|links|examples?|how to|table of contents|authors?|faq|deploy\w*|running|options|see also|todo|roadmap|disclaimer|feedback|comments?)\b`)
	spoken      = pattern(`“[^”]{15,600}”|"[^"]{15,600}"`)

	firstPerson = wordSet(`i we my our me us`)
	reasoning   = wordSet(`because means mean therefore so problem problems lesson lessons turns instead but however ultimately overall conclusion takeaway learned matter matters important real why rather aim aims intended purpose goal designed`)
	saysWhat    = wordSet(`is are aims contains contain lists list provides provide automates makes make uses describes describe outlines helps help`)
	orders      = wordSet(`run install see click create download add use open set check clone select type copy go edit make ensure note start read enter change update remove replace follow configure choose upload navigate visit`)
	beforeOrder = wordSet(`now next then first second finally please`)
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// paragraphs lists the blocks that may be quoted, scored.
func (a Article) paragraphs(shape Shape) []paragraph {
	title := map[string]bool{}
	for _, w := range wordsOf(a.Title) {
		if !stopWords()[w] && utf8.RuneCountInString(w) > 2 {
			title[w] = true
		}
	}
	weights := quoteWeights
	weights[featSpeech] += shape.speechLift()
	var out []paragraph
	total := 0
	for _, b := range a.Blocks {
		total += len(b.Text)
	}
	at := 0
	dull := false
	for i, b := range a.Blocks {
		place := float64(at) / float64(max(1, total))
		at += len(b.Text)
		words := wordsOf(b.Text)
		if b.Kind == Heading && len(words) < tellingHeading {
			dull = dullHeading().MatchString(b.Text)
			continue
		}
		if !quotable(b, words) {
			continue
		}
		p := paragraph{block: i, words: len(words)}
		p.features = quoteFeatures(b, words, title, len(out), place, dull)
		sum := quoteBias
		for k, w := range weights {
			sum += w * p.features[k]
		}
		p.score = 1 / (1 + math.Exp(-sum))
		out = append(out, p)
	}
	return out
}

// quotable tells whether a block may be quoted at all.
func quotable(b Block, words []string) bool {
	switch b.Kind {
	case Code, Table, Caption:
		return false
	}
	letters := 0
	for _, r := range b.Text {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if len(words) < 5 && letters < 40 || len(words) > longestBlock || letters*2 < utf8.RuneCountInString(b.Text) {
		return false
	}
	return len(words) >= 90 || !neverQuoted().MatchString(b.Text) && !(len(words) < 25 && byline().MatchString(b.Text))
}

func quoteFeatures(b Block, words []string, title map[string]bool, number int, place float64, dull bool) [len(quoteWeights)]float64 {
	var f [len(quoteWeights)]float64
	n := float64(max(1, len(words))) // a script without spaces may have no words at all
	stops, reasons, order := 0.0, 0.0, 0
	held := map[string]bool{}
	for i, w := range words {
		if stopWords()[w] {
			stops++
		}
		if reasoning[w] {
			reasons++
		}
		if firstPerson[w] {
			f[featFirstPerson] = 1
		}
		if digit(w[0]) {
			f[featDigit] = 1
		}
		if title[w] {
			held[w] = true
		}
		if i > 0 && i < 10 && saysWhat[w] && b.Kind == Paragraph {
			f[featSaysWhat] = 1
		}
		if i == order && beforeOrder[w] {
			order++
		}
	}
	if order < len(words) && orders[words[order]] {
		f[featTellsTo] = 1
	}
	f[featEarly] = 1 / (1 + float64(number)/3)
	f[featPlace] = math.Sqrt(place)
	f[featLength] = math.Min(1, n/80)
	f[featStop] = math.Min(1, math.Max(0, (stops/n-0.1)/0.35))
	f[featReasoning] = math.Min(1, reasons/3)
	if dull {
		f[featDullPlace] = 1
	}
	names := 0.0
	for w := range strings.FieldsSeq(b.Text) {
		if codeName(w) {
			names++
		}
	}
	f[featCode] = math.Min(1, 4*names/n)
	if len(title) > 0 {
		f[featTitle] = float64(len(held)) / float64(len(title))
	}
	if speech(b.Text) {
		f[featSpeech] = 1
	}
	return f
}

// codeName tells whether a word is the name of a file, an option, a function,
// a host: punctuation inside it that prose does not have.
func codeName(w string) bool {
	if strings.HasPrefix(w, "--") && len(w) > 2 || strings.HasPrefix(w, "-") && len(w) == 2 {
		return true
	}
	w = strings.Trim(w, ".,:;!?()'\"“”‘’…—–")
	if len(w) > 2 && strings.ContainsAny(w, "_/=\\{}<>$|[]") {
		return true
	}
	dot := strings.LastIndexByte(w, '.')
	return dot > 0 && len(w)-dot-1 <= 4 && strings.Trim(w[dot+1:], "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// speech tells whether four words or more stand between quotation marks.
func speech(text string) bool {
	for _, m := range spoken().FindAllString(text, 5) {
		if len(strings.Fields(m)) >= 4 {
			return true
		}
	}
	return false
}

// Quotes proposes up to eight passages of one to four paragraphs, best first.
// Each is a substring of Text, and no two overlap. They have the shape most
// editors give their quotes; see QuotesFor.
func (a Article) Quotes() []Quote { return a.QuotesFor(Shape{}, Around{}) }

// Around is what is known beside an article. It gives reasons to the passages
// and does not change their order; the zero value gives none.
type Around struct {
	Earlier   []string   // quotes of the editor's from the same site
	Elsewhere [][]string // by outlet, the article's own left out: its headlines of these days
}

// QuotesFor is Quotes for the editor whose quotes have this shape. A passage on
// what she quoted from the site before, or on what other outlets say, has that
// among its reasons.
func (a Article) QuotesFor(shape Shape, around Around) []Quote {
	shape = shape.orDefault()
	candidates := a.paragraphs(shape)
	if len(candidates) == 0 {
		return nil
	}
	text := a.Text()
	starts := make([]int, len(a.Blocks))
	for i, at := 0, 0; i < len(a.Blocks); i++ {
		starts[i] = at
		at += len(a.Blocks[i].Text) + 2
	}
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(x, y int) bool { return candidates[order[x]].score > candidates[order[y]].score })
	usual := usualFor(around.Earlier)
	echoes := echoesOf(around.Elsewhere)
	used := make([]bool, len(candidates))
	var out []Quote
	for _, i := range order {
		if len(out) == maxQuotes {
			break
		}
		if used[i] || candidates[i].words < 8 && len(order) > 3 {
			continue
		}
		from, to, words := grow(candidates, used, i, shape)
		for k := from; k <= to; k++ {
			used[k] = true
		}
		first, last := candidates[from].block, candidates[to].block
		q := Select(text, starts[first], starts[last]+len(a.Blocks[last].Text))
		q.Score = math.Round(candidates[i].score*1000) / 1000
		q.Reasons = reasons(candidates[i], words, shape)
		if usual(q.Exact) {
			q.Reasons = append(q.Reasons, "near what you usually quote from this site")
		}
		if n := echoes(q.Exact); n >= fewestEchoes {
			q.Reasons = append(q.Reasons, fmt.Sprintf("repeats what %d outlets say", n))
		}
		out = append(out, q)
	}
	return out
}

const (
	fewestEarlier = 3   // quotes from a site before anything is usual there
	usualShare    = 0.3 // of a passage's telling words that two earlier quotes or more have
	mostEarlier   = 200
)

// usualFor tells passages about what the earlier quotes are about: of their
// telling words (no stop words, none of three letters or fewer) three in ten at
// least are in two of these quotes or more.
func usualFor(earlier []string) func(passage string) bool {
	if len(earlier) < fewestEarlier {
		return func(string) bool { return false }
	}
	count := map[string]int{}
	for _, q := range earlier[max(0, len(earlier)-mostEarlier):] {
		for w := range tellingWords(q) {
			count[w]++
		}
	}
	return func(passage string) bool {
		words, known := tellingWords(passage), 0
		for w := range words {
			if count[w] > 1 {
				known++
			}
		}
		return known > 3 && float64(known) >= usualShare*float64(len(words))
	}
}

const (
	fewestEchoes = 2   // outlets: what a single other one says is no chorus
	echoWords    = 3   // telling words of a headline that a passage must have at least...
	echoShare    = 0.5 // ...and their share of the headline's
	stemLetters  = 6   // of a word: "exploited" and "exploits" say the same
)

// echoesOf tells how many outlets have a headline that says what a passage
// says: most of its telling words are in the passage.
func echoesOf(outlets [][]string) func(passage string) int {
	said := make([][]map[string]bool, len(outlets))
	for i, headlines := range outlets {
		for _, h := range headlines {
			if words := stems(h); len(words) >= echoWords {
				said[i] = append(said[i], words)
			}
		}
	}
	return func(passage string) int {
		words, count := stems(passage), 0
		for _, headlines := range said {
			if slices.ContainsFunc(headlines, func(h map[string]bool) bool {
				shared := 0
				for w := range h {
					if words[w] {
						shared++
					}
				}
				return shared >= echoWords && float64(shared) >= echoShare*float64(len(h))
			}) {
				count++
			}
		}
		return count
	}
}

// stems are the beginnings of a text's telling words.
func stems(text string) map[string]bool {
	out := map[string]bool{}
	for w := range tellingWords(text) {
		out[cutRunes(w, stemLetters)] = true
	}
	return out
}

func tellingWords(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range wordsOf(text) {
		if utf8.RuneCountInString(w) > 3 && !stopWords()[w] {
			out[w] = true
		}
	}
	return out
}

// grow takes neighbours into a passage while that brings it nearer to the
// length the editor likes and they are worth it. Only blocks that follow each
// other are joined.
func grow(c []paragraph, used []bool, i int, shape Shape) (from, to, words int) {
	from, to, words = i, i, c[i].words
	fits := func(k, neighbour int) bool {
		apart := c[k].block - c[neighbour].block
		longer := words + c[k].words
		return !used[k] && (apart == 1 || apart == -1) && longer <= shape.MostWords &&
			longer-shape.Words < shape.Words-words && c[k].score >= 0.45*c[i].score
	}
	for to-from+1 < shape.Paragraphs {
		after := to+1 < len(c) && fits(to+1, to)
		before := from > 0 && fits(from-1, from)
		switch {
		case after && (!before || c[to+1].score >= c[from-1].score*0.8):
			to++
			words += c[to].words
		case before:
			from--
			words += c[from].words
		default:
			return from, to, words
		}
	}
	return from, to, words
}

// reasons says in words what speaks for a passage of so many words that grew
// from a paragraph.
func reasons(p paragraph, words int, shape Shape) []string {
	out := []string{}
	f := p.features
	if f[featEarly] >= 0.6 {
		out = append(out, "opens the article")
	}
	if f[featSaysWhat] > 0 && f[featEarly] >= 0.3 {
		out = append(out, "says what it is about")
	}
	if f[featTitle] >= 0.4 {
		out = append(out, "takes up the title")
	}
	if f[featReasoning] >= 0.6 {
		out = append(out, "states the finding")
	}
	if f[featFirstPerson] > 0 && f[featSpeech] > 0 {
		out = append(out, "first person, quoted speech")
	} else if f[featSpeech] > 0 {
		out = append(out, "quoted speech")
	} else if f[featFirstPerson] > 0 {
		out = append(out, "first person")
	}
	if f[featDigit] > 0 {
		out = append(out, "has a figure")
	}
	if shape.Quotes > 0 && 3*words >= 2*shape.Words && 2*words <= 3*shape.Words {
		out = append(out, fmt.Sprintf("%d words, about the length you quote", words))
	} else if words >= 40 {
		out = append(out, fmt.Sprintf("%d words long", words))
	}
	if len(out) == 0 {
		out = append(out, "a paragraph of its own")
	}
	return out
}
