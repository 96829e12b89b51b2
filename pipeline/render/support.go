package render

// This file says what mail clients lose of a mail. support.tsv holds the facts,
// as they were tested and published; this file knows how to see in a mail what
// it uses, and what readers get instead.

import (
	_ "embed" // support.tsv
	"regexp"
	"strconv"
	"strings"
)

// Loss is one thing a mail uses that some clients don't show.
type Loss struct {
	Feature string
	Uses    int      // places in the mail
	Clients []string // that ignore it: "Gmail on Android (2022-12)", with the version or month that was tested
	Partly  []string // that know it in part
	Tested  int      // clients that were tested
	Day     string   // of the last test, as published: "2023-03-08"
	Source  string   // where the tests are published
	Then    string   // what readers see who lose it
}

// supportFacts is a table of facts about mail clients, from caniemail.com. Its
// first lines say what stands in it and how old it is.
//
//go:embed support.tsv
var supportFacts string

// supportDate is the day of the facts in support.tsv.
const supportDate = "9 September 2025"

// supportSource is where a feature's tests are published; its name comes last.
const supportSource = "https://www.caniemail.com/features/"

// used is how a mail shows that it uses a feature. Those that every client
// tested knows are in the table as well: the mail leans on them.
type used struct {
	slug, name string
	pattern    func() *regexp.Regexp
	then       string
}

func property(name string) func() *regexp.Regexp {
	return pattern(`[;{"\s]` + name + `\s*:`)
}

func element(names string) func() *regexp.Regexp {
	return pattern(`<(?:` + names + `)[\s>]`)
}

// cssRule finds style rules by what stands before the brace.
func cssRule(selector string) func() *regexp.Regexp {
	return pattern(`(?m)^` + selector + `\{`)
}

var supportUses = []used{
	{"html-style", "style element", styleElement, "inline styles remain: one light column, the client's own link colours"},
	{"css-at-media", "@media", pattern(`@media`), "the client's own margins of headings and quotes"},
	{"css-at-media-prefers-color-scheme", "prefers-color-scheme", pattern(`prefers-color-scheme`), "the light colours, or the client's own inversion of them"},
	{"css-color-scheme", "color-scheme", pattern(`[;{]color-scheme:`), "the client decides whether to invert"},
	{"html-meta-color-scheme", "meta color-scheme", pattern(`<meta name="(?:supported-)?color-schemes?"`), "the client decides whether to invert"},
	{"css-important", "!important", pattern(`!important`), "the light colours"},
	{"css-selector-type", "selectors by element", cssRule(`(?:a|body|pre|blockquote|h[1-6])[^{]*`), "inline styles remain"},
	{"css-selector-class", "selectors by class", cssRule(`[^{]*\.[a-z][^{]*`), "small print in the text's colour; long addresses may widen the column"},
	{"css-selector-descendant", "selectors within another", cssRule(`[^{]*[a-z0-9] [a-z][^{]*`), "titles in the colour of links"},
	{"css-selector-grouping", "grouped selectors", cssRule(`[^{]*,[^{]*`), "inline styles remain"},
	{"css-max-width", "max-width", property("max-width"), "Word's engine has a table of fixed width in conditional comments; elsewhere the column is as wide as the window"},
	{"html-comments", "conditional comments", pattern(`<!--\[if mso\]>`), "only Word's engine reads what stands in them"},
	{"html-table", "tables", element("table"), "rows of text"},
	{"html-align", "align", pattern(`\salign="`), "the column at the left, in Word's engine"},
	{"html-cellpadding", "cellpadding", pattern(`\scellpadding="`), "a little more space, in Word's engine"},
	{"html-cellspacing", "cellspacing", pattern(`\scellspacing="`), "a little more space, in Word's engine"},
	{"html-width", "width of the table", pattern(`\swidth="`), "a column as wide as the window"},
	{"css-overflow-wrap", "overflow-wrap", property("overflow-wrap"), "word-wrap, which stands beside it, breaks long addresses"},
	{"css-word-wrap", "word-wrap", property("word-wrap"), "overflow-wrap, which stands beside it, breaks long addresses"},
	{"css-white-space", "white-space", property("white-space"), "long lines of code run on"},
	{"css-margin", "margin", property("margin"), "the client's own margins"},
	{"css-padding", "padding", property("padding(?:-[a-z]+)?"), "the column stands nearer to the window's edge"},
	{"css-border", "border", property("border(?:-[a-z]+)?"), "a quote is indented and softer besides"},
	{"css-background-color", "background-color", property("background-color"), "the client's own paper"},
	{"css-display-none", "display:none", pattern(`display:\s*none`), "the preheader is the mail's first line"},
	{"css-font", "font-family", property("font-family"), "the client's own font"},
	{"css-font-size", "font-size", property("font-size"), "the client's own sizes"},
	{"css-line-height", "line-height", property("line-height"), "lines stand closer"},
	{"css-text-decoration", "text-decoration", property("text-decoration"), "the title is underlined"},
	{"css-unit-px", "pixels", pattern(`[0-9]px`), "the client's own sizes"},
	{"html-body", "body element", element("body"), "the column's own background, which is the same"},
	{"html-doctype", "doctype", pattern(`(?i)<!doctype`), "nothing here depends on it"},
	{"html-lang", "lang", pattern(`\slang="`), "a screen reader takes its own language"},
	{"html-role", "role", pattern(`\srole="`), "headings still lead a screen reader"},
	{"html-mailto-links", "mailto links", pattern(`href="mailto:`), "the address is in the message's header as well"},
	{"html-anchor-links", "links within the mail", pattern(`href="#`), "the link does nothing"},
	{"html-div", "div", element("div"), "plain text"},
	{"html-h1-h6", "headings", element("h[1-6]"), "plain text"},
	{"html-p", "paragraphs", element("p"), "plain text"},
	{"html-lists", "lists", element("ul|ol|li"), "other margins and marks"},
	{"html-blockquote", "blockquote", element("blockquote"), "a line and softer ink mark a quote besides"},
	{"html-pre", "pre", element("pre"), "code in the text's font"},
	{"html-code", "code", element("code"), "code in the text's font"},
	{"html-strong", "strong and b", element("strong|b"), "plain words"},
	{"html-strike", "struck out words", element("s|strike"), "plain words"},
	{"html-del", "del", element("del"), "plain words"},
	{"html-hr", "rules", element("hr"), "no rule"},
	{"html-img", "pictures", element("img"), "their alternative text; so does every client until its reader allows pictures"},
}

var (
	styleElement = pattern(`(?s)<style>.*?</style>`)
	imageElement = pattern(`<img\b[^>]*?(?:alt="([^"]*)")?[^>]*>`)
)

// clientNames are those of support.tsv that don't read well as they stand.
var clientNames = map[string]string{
	"aol": "AOL", "apple-mail": "Apple Mail", "fastmail": "Fastmail", "free-fr": "Free.fr", "gmail": "Gmail", "gmx": "GMX", "hey": "HEY",
	"ionos-1and1": "1&1", "laposte": "LaPoste.net", "mail-ru": "Mail.ru", "orange": "Orange", "outlook": "Outlook", "protonmail": "Proton Mail",
	"rainloop": "RainLoop", "samsung-email": "Samsung Email", "sfr": "SFR", "t-online-de": "T-Online", "thunderbird": "Thunderbird",
	"web-de": "WEB.DE", "wp-pl": "WP.pl", "yahoo": "Yahoo",
	"android": "on Android", "desktop-app": "", "desktop-webmail": "on the web", "ios": "on iOS", "macos": "for macOS", "mobile-webmail": "on a phone's web",
	"outlook-com": ".com", "webmail": "on the web", "windows": "for Windows", "windows-mail": "of Windows Mail",
}

// clientName reads "outlook.windows" as "Outlook for Windows".
func clientName(id string) string {
	client, platform, _ := strings.Cut(id, ".")
	name := clientNames[client]
	if name == "" {
		name = client
	}
	where, known := clientNames[platform]
	if !known {
		where = platform
	}
	if where != "" && !strings.HasPrefix(where, ".") {
		where = " " + where
	}
	return name + where
}

// Support gives what clients lose of an HTML mail, in the order of supportUses.
// What every tested client knows is left out.
func Support(html []byte) []Loss {
	var out []Loss
	facts := supportTable()
	for _, use := range supportUses {
		n := len(use.pattern().FindAllIndex(html, -1))
		loss, known := facts[use.slug]
		if n == 0 || !known || len(loss.Clients)+len(loss.Partly) == 0 {
			continue
		}
		loss.Feature, loss.Uses, loss.Then = use.name, n, use.then
		out = append(out, loss)
	}
	return out
}

// supportTable reads support.tsv, by feature.
func supportTable() map[string]Loss {
	table := map[string]Loss{}
	for line := range strings.Lines(supportFacts) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(fields) != 4 {
			continue
		}
		loss := Loss{Day: fields[1], Source: supportSource + fields[0] + "/"}
		loss.Tested, _ = strconv.Atoi(fields[2])
		for fact := range strings.SplitSeq(fields[3], ", ") {
			parts := strings.Fields(fact)
			if len(parts) != 3 {
				continue
			}
			name := clientName(parts[0]) + " (" + parts[1] + ")"
			if parts[2] == "n" {
				loss.Clients = append(loss.Clients, name)
			} else {
				loss.Partly = append(loss.Partly, name)
			}
		}
		table[fields[0]] = loss
	}
	return table
}
