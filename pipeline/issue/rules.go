package issue

// This file is the table of all rules that check knows, wherever they are
// carried out, and how an editor turns one off: for one item with a comment,
// or for the newsletter in pullquote.yaml. docs/checks.md has a chapter on
// each; a test holds the two together.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Rule is one rule of check.
type Rule struct {
	Name     string
	Severity Severity // unless the place or pullquote.yaml makes it milder
	About    string   // what it finds, half a sentence
	Firm     bool     // can't be turned off or made milder
	Off      bool     // looked for only when pullquote.yaml asks for it
	Fixes    bool     // check --fix can cure it
}

// ruleTable is in the order of docs/checks.md.
var ruleTable = []Rule{
	// Quotes
	{Name: "quote-altered", Severity: Warning, About: "quoted words differ from those of the source"},
	{Name: "quote-not-found", Severity: Warning, About: "the source does not have the quoted words"},
	{Name: "quote-source-changed", Severity: Advice, About: "the page had these words when the issue was published and has others now"},
	{Name: "quote-no-source", Severity: Warning, About: "no page is stored for an item, so its quotes can't be proven"},
	{Name: "quote-not-proven", Severity: Warning, About: "the evidence of a published issue does not have the quoted words"},
	{Name: "quote-inline", Severity: Advice, About: "a note quotes in its running text, and the source has it in other words"},
	{Name: "note-against-source", Severity: Advice, Off: true, About: "a note has a figure, a CVE number or a name that its source has not"},
	// Blanks and slips
	{Name: "blank-left", Severity: Warning, About: "a TODO, XXX or lorem ipsum was left"},
	{Name: "note-empty", Severity: Warning, About: "a story has no note"},
	{Name: "quote-empty", Severity: Warning, About: "a blockquote has no words"},
	{Name: "quote-furniture", Severity: Advice, About: "a piece of the page's furniture was quoted with the text"},
	{Name: "quote-code", Severity: Advice, About: "four spaces make a code block of quoted words"},
	{Name: "quote-open", Severity: Advice, About: "a line is part of the quote above it for want of an empty line"},
	{Name: "comment-open", Severity: Warning, About: "an HTML comment is never closed"},
	{Name: "raw-html", Severity: Advice, About: "HTML, which is shown to the reader as text"},
	{Name: "invisible-character", Severity: Advice, Fixes: true, About: "a character that nobody sees, or one of private use"},
	{Name: "title-site-name", Severity: Advice, Fixes: true, About: "the site's name was left at the end of a title"},
	{Name: "title-marks", Severity: Advice, About: "a star or an underscore meant as emphasis is shown in a title"},
	{Name: "name-differs", Severity: Advice, About: "title, permalink and file name disagree"},
	{Name: "slug-placeholder", Severity: Warning, About: "the permalink is a placeholder"},
	{Name: "permalink-moved", Severity: Advice, About: "the permalink is not built like those of the archive"},
	{Name: "number-missing", Severity: Warning, About: "the title does not begin with a number"},
	{Name: "number-gap", Severity: Advice, About: "the number does not follow the one before it"},
	{Name: "date-missing", Severity: Warning, About: "there is no date; advice in a draft, which gets one later"},
	{Name: "date-order", Severity: Warning, About: "the date lies before that of the issue before"},
	{Name: "date-twice", Severity: Advice, About: "two issues have one date"},
	{Name: "check-comment", Severity: Warning, About: "a comment that should turn a rule off can't be read"},
	// Links
	{Name: "link-placeholder", Severity: Warning, About: "a link goes nowhere, as in [title](url)"},
	{Name: "link-unsafe", Severity: Warning, Firm: true, About: "a link would run or open something on the reader's machine"},
	{Name: "link-missing", Severity: Advice, Fixes: true, About: "the bare link under a heading is missing"},
	{Name: "link-differs", Severity: Advice, Fixes: true, About: "heading and bare line lead to two places"},
	{Name: "link-subscriber", Severity: Warning, Fixes: true, About: "an address says who received the newsletter it was copied from"},
	{Name: "link-tracking", Severity: Warning, Fixes: true, About: "an address has parameters that only track"},
	{Name: "link-wrapped", Severity: Warning, Fixes: true, About: "an address only leads to another one that stands in it"},
	{Name: "link-amp", Severity: Warning, Fixes: true, About: "an address is the AMP version of a page"},
	{Name: "link-mobile", Severity: Advice, Fixes: true, About: "an address is the version of a page for telephones"},
	{Name: "link-short", Severity: Warning, About: "a shortened address hides where it leads"},
	{Name: "link-http", Severity: Advice, Fixes: true, About: "an address is plain http"},
	{Name: "link-gone", Severity: Warning, About: "the server says that the page is gone; asked with --online"},
	{Name: "link-moved", Severity: Advice, Fixes: true, About: "a link leads to another address now; asked with --online"},
	{Name: "link-blocked", Severity: Advice, About: "a page keeps robots out, so nobody can tell whether it is there; asked with --online"},
	{Name: "link-unknown", Severity: Advice, About: "no server said whether a page is there; asked with --online"},
	{Name: "link-used-before", Severity: Advice, About: "the story stood in an earlier issue"},
	{Name: "link-twice", Severity: Warning, About: "the story stands in this issue twice"},
	// Security
	{Name: "indicator-live", Severity: Warning, Fixes: true, About: "an indicator of malice could be clicked or is a link by itself"},
	{Name: "held-back", Severity: Warning, Firm: true, About: "an item or the issue is marked for fewer readers, or embargoed"},
	{Name: "mark-unreadable", Severity: Warning, Firm: true, About: "an embargo or a TLP mark can't be read, and counts as the strictest"},
	// Fairness
	{Name: "fair-item", Severity: Advice, About: "more words are quoted in one item than the limit"},
	{Name: "fair-source", Severity: Advice, About: "more words are quoted from one source than the limit"},
	{Name: "fair-share", Severity: Advice, About: "a larger share of an article is quoted than the limit"},
	{Name: "fair-ratio", Severity: Advice, About: "an item quotes more for a word of note than the limit"},
	// Reader
	{Name: "description-missing", Severity: Warning, About: "there is no description"},
	{Name: "image-missing", Severity: Warning, About: "a picture of the site is not in templates/site; said by render"},
	{Name: "page-missing", Severity: Warning, About: "a link leads to a page of the site that is not there; said by render"},
	{Name: "image-alt", Severity: Advice, About: "an image has no alternative text"},
	{Name: "link-text", Severity: Advice, About: "the text of a link says nothing"},
	{Name: "heading-order", Severity: Advice, About: "a heading skips a level, or stands as high as the page's title"},
	{Name: "title-long", Severity: Advice, About: "the subject is too long for the line of an inbox"},
	{Name: "edition-differs", Severity: Warning, About: "the page, the mail or its plain text lacks something of the file; asked with --editions, and always of a text edited by hand"},
	// After publication
	{Name: "seal-broken", Severity: Warning, About: "the text changed after it was published and no correction says so"},
	{Name: "seal-old", Severity: Advice, About: "a correction has been made but not sealed yet"},
	// Reading the file: these stand in the way of rendering
	{Name: "file-unreadable", Severity: Error, Firm: true, About: "the file can't be read"},
	{Name: "file-too-large", Severity: Error, Firm: true, About: "the file is larger than an issue can be"},
	{Name: "markdown-too-dense", Severity: Error, Firm: true, About: "a paragraph has more marks than can be read in good time"},
	{Name: "byte-order-mark", Severity: Advice, Fixes: true, About: "the file begins with an invisible byte-order mark"},
	{Name: "matter-missing", Severity: Error, Firm: true, About: "there is no front matter"},
	{Name: "matter-unclosed", Severity: Error, Firm: true, About: "the front matter is never closed"},
	{Name: "matter-fence", Severity: Warning, About: "other programs take a line inside the front matter for its end"},
	{Name: "yaml-syntax", Severity: Error, Firm: true, About: "the front matter is not YAML"},
	{Name: "yaml-mapping", Severity: Error, Firm: true, About: "the front matter is not a list of keys and values"},
	{Name: "yaml-key", Severity: Error, Firm: true, About: "a key is not plain text"},
	{Name: "yaml-too-large", Severity: Error, Firm: true, About: "the YAML is too large or repeats itself"},
	{Name: "key-twice", Severity: Error, Firm: true, About: "a key stands there twice"},
	{Name: "key-misspelt", Severity: Error, Firm: true, About: "a key looks like a slip for one that is known"},
	{Name: "value-wrong", Severity: Error, Firm: true, About: "a value is of another kind than its key wants"},
	{Name: "title-missing", Severity: Error, Firm: true, About: "there is no title"},
	{Name: "number-bad", Severity: Error, Firm: true, About: "the number is not a whole number"},
	{Name: "date-bad", Severity: Error, Firm: true, About: "the date can't be read"},
	{Name: "permalink-bad", Severity: Error, Firm: true, About: "the permalink leaves the site or can't be a path"},
	{Name: "number-twice", Severity: Error, Firm: true, About: "two issues have one number"},
	{Name: "permalink-twice", Severity: Error, Firm: true, About: "two issues have one path"},
}

// Rules gives every rule of check, in the order of docs/checks.md.
func Rules() []Rule { return slices.Clone(ruleTable) }

// ruleNamed finds a rule; near is the name that was probably meant when there
// is none.
func ruleNamed(name string) (rule Rule, near string, ok bool) {
	var names []string
	for _, r := range ruleTable {
		if r.Name == name {
			return r, "", true
		}
		names = append(names, r.Name)
	}
	return Rule{}, nearest(name, names), false
}

// Setting is what pullquote.yaml says of one rule.
type Setting struct {
	As     string `yaml:"as"`     // "off", "advice" or "warning"
	Reason string `yaml:"reason"` // why; needed for "off"
}

// Limits are what an issue should not exceed. 0 means the limit given here, a
// negative number none.
type Limits struct {
	ItemWords   int     `yaml:"item-words"`   // words quoted in one item; 350
	SourceWords int     `yaml:"source-words"` // words quoted from one address in one issue; 450
	Share       float64 `yaml:"share"`        // percent of an article's words that are quoted; 40
	Ratio       float64 `yaml:"ratio"`        // words quoted for each word of the note; 5
	TitleLength int     `yaml:"title-length"` // characters of the subject, "96 - The cloud is more secure"; 70
}

// OrDefault gives the limits with the default in place of each 0.
func (l Limits) OrDefault() Limits {
	return Limits{
		cmp.Or(l.ItemWords, 350), cmp.Or(l.SourceWords, 450), cmp.Or(l.Share, 40), cmp.Or(l.Ratio, 5), cmp.Or(l.TitleLength, 70),
	}
}

// Settings are pullquote.yaml's words on checks. The zero value changes nothing.
type Settings struct {
	Checks map[string]Setting
	Limits Limits
}

// Problems says what is wrong with the settings themselves. place gives where
// a key stands in the file they come from.
func (s Settings) Problems(file string, place func(key string) (line, column int)) []Problem {
	var out []Problem
	say := func(key, what, hint string) {
		line, column := place(key)
		out = append(out, Problem{Rule: "newsletter", Severity: Error, File: file, Line: line, Column: column, What: what, Hint: hint})
	}
	names := make([]string, 0, len(s.Checks))
	for name := range s.Checks {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		setting := s.Checks[name]
		rule, near, ok := ruleNamed(name)
		switch {
		case !ok && near != "":
			say(name, fmt.Sprintf("there is no check %q", name), fmt.Sprintf("did you mean %q?", near))
		case !ok:
			say(name, fmt.Sprintf("there is no check %q", name), "docs/checks.md names them all")
		case rule.Firm:
			say(name, fmt.Sprintf("%s can't be changed", name), "remove the entry; this rule protects readers or the file itself")
		case setting.As != "off" && setting.As != "advice" && setting.As != "warning":
			say(name, fmt.Sprintf("%s wants to be off, advice or warning, not %q", name, setting.As), "write: "+name+": {as: advice}")
		case setting.As == "off" && strings.TrimSpace(setting.Reason) == "":
			say(name, name+" is turned off without a reason", "write: "+name+": {as: off, reason: \"why\"}")
		}
	}
	return out
}

// Wants tells whether a rule is to be looked for at all.
func (s Settings) Wants(name string) bool {
	setting, stated := s.Checks[name]
	if stated {
		return setting.As != "off"
	}
	rule, _, ok := ruleNamed(name)
	return !ok || !rule.Off
}

// silence is a comment that turns a rule off:
//
//	<!-- check: quote-altered off: the site has mended its typo -->
//
// It holds for the item it stands in; before the first item or after the last
// for everything that belongs to no item.
type silence struct {
	rule string
	item int // index in Items; -1: what belongs to none
}

var silenceForm = pattern(`(?s)^check\s*:\s*([a-z][a-z-]*)\s+off\s*(?::\s*(.*))?$`)

// silences reads the comments of an issue, and says which can't be read.
func (is *Issue) silences() (out []silence, problems []Problem) {
	for _, c := range is.comments {
		if !strings.HasPrefix(strings.ToLower(c.text), "check") || !strings.HasPrefix(strings.TrimSpace(c.text[len("check"):]), ":") {
			continue
		}
		say := func(what, hint string) {
			problems = append(problems, is.problem(c.span.Start, "check-comment", Warning, what, hint))
		}
		const form = "write: <!-- check: quote-altered off: the reason -->"
		m := silenceForm().FindStringSubmatch(c.text)
		if m == nil {
			say("this comment should turn a check off, but can't be read", form)
			continue
		}
		rule, near, ok := ruleNamed(m[1])
		switch {
		case !ok && near != "":
			say(fmt.Sprintf("there is no check %q", m[1]), fmt.Sprintf("did you mean %q?", near))
		case !ok:
			say(fmt.Sprintf("there is no check %q", m[1]), "docs/checks.md names them all")
		case rule.Firm:
			say(rule.Name+" can't be turned off", "cure what it says; this rule protects readers or the file itself")
		case strings.TrimSpace(m[2]) == "":
			say(rule.Name+" is turned off without a reason", form)
		default:
			out = append(out, silence{rule.Name, is.itemAt(c.span.Start)})
		}
	}
	return out, problems
}

// Settle gives the problems of one issue as the editor wants to hear them:
// without those that a comment or the settings turn off, as severe as the
// settings say, in file order, each once. Problems of other files pass as they
// are. Errors stay what they are.
func Settle(is *Issue, problems []Problem, s Settings) []Problem {
	silences, odd := is.silences()
	problems = append(slices.Clone(problems), odd...)
	type key struct {
		rule, what   string
		line, column int
	}
	seen := map[key]bool{}
	out := problems[:0]
	for _, p := range problems {
		k := key{p.Rule, p.What, p.Line, p.Column}
		if seen[k] {
			continue
		}
		seen[k] = true
		rule, _, known := ruleNamed(p.Rule)
		if p.Severity == Error || known && rule.Firm {
			out = append(out, p)
			continue
		}
		if !s.Wants(p.Rule) || slices.Contains(silences, silence{p.Rule, is.itemAt(is.offset(p.Line, p.Column))}) {
			continue
		}
		if known && rule.Severity == Advice {
			p.Severity = Advice
		}
		if as := s.Checks[p.Rule].As; as == string(Advice) || as == string(Warning) {
			p.Severity = Severity(as)
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// offset is position turned round.
func (is *Issue) offset(line, column int) int {
	at := 0
	for ; line > 1 && at < len(is.src); line-- {
		at = lineEnd(is.src, at)
	}
	return min(at+max(0, column-1), len(is.src))
}

// Fix carries out what the problems say a machine may do, and gives the new
// text and how many problems it cured. Two that want the same bytes are not
// both carried out: run it again. It is an error when the text, read again,
// would no longer hold the same stories.
func Fix(is *Issue, problems []Problem) (out []byte, cured int, err error) {
	var edits []Edit
	overlaps := func(e Edit) bool {
		for _, o := range edits {
			if e.Start < o.End && o.Start < e.End || e.Start == o.Start && (e.End == e.Start || o.End == o.Start) {
				return true
			}
		}
		return false
	}
	for _, p := range problems {
		if len(p.Fix) == 0 || slices.ContainsFunc(p.Fix, overlaps) {
			continue
		}
		edits = append(edits, p.Fix...)
		cured++
	}
	out = splice(is.src, edits)
	if cured == 0 {
		return out, 0, nil
	}
	now, found := Parse(is.File, out)
	if hasErrors(found) || len(now.Items) != len(is.Items) || len(now.Outro) != len(is.Outro) || now.Title != is.Title || now.Permalink != is.Permalink {
		return is.src, 0, fmt.Errorf("mending %s: what would come out no longer holds the same stories, so nothing was changed", is.File)
	}
	return out, cured, nil
}
