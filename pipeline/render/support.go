package render

// This file says what mail clients lose of a mail, from a kept table of facts.

import "regexp"

// Loss is one thing a mail uses that some clients don't show.
type Loss struct {
	Feature string
	Uses    int      // places in the mail
	Clients []string // that ignore or change it
	Then    string   // what their readers see instead
}

// supportDate says what the table below rests on. It was written from general
// knowledge of the clients and has not been held against published test
// results; whoever does so names them and the day here.
const supportDate = "general knowledge of the clients, not yet held against published tests"

var supportTable = []struct {
	feature string
	pattern *regexp.Regexp
	clients []string
	then    string
}{
	{"style element", styleElement, []string{"Gmail with a foreign account on a phone", "Outlook.com in part"}, "inline styles remain: one light column, the client's own link colours"},
	{"prefers-color-scheme", regexp.MustCompile(`prefers-color-scheme`), []string{"Gmail", "Outlook for Windows", "Yahoo", "Samsung Email"}, "the light colours, or the client's own inversion of them"},
	{"max-width", regexp.MustCompile(`max-width:`), []string{"Outlook for Windows (Word engine)"}, "a table of fixed width in conditional comments holds the column"},
	{"overflow-wrap", regexp.MustCompile(`overflow-wrap:`), []string{"Outlook for Windows", "Yahoo in part"}, "word-wrap, which stands beside it, breaks long addresses"},
	{"color-scheme", regexp.MustCompile(`[^-]color-scheme:`), []string{"Gmail", "Outlook", "Yahoo"}, "nothing: it only keeps clients from inverting twice"},
	{"border-left on quotes", regexp.MustCompile(`border-left:`), []string{"none known"}, "a quote is indented and softer besides"},
	{"background-color on the body", regexp.MustCompile(`<body[^>]*background-color`), []string{"Gmail moves it to a div"}, "the same white"},
	{"padding on div", regexp.MustCompile(`<div[^>]*padding`), []string{"Outlook for Windows (Word engine)"}, "the column stands without its inner margin"},
	{"display:none for the preheader", regexp.MustCompile(`display:none`), []string{"none known since 2020"}, "the preheader would show as the first line"},
	{"role and main landmarks", regexp.MustCompile(`role="(?:main|contentinfo)"`), []string{"Gmail and Outlook.com drop some roles"}, "headings still lead a screen reader"},
	{"pictures", regexp.MustCompile(`<img\b`), []string{"every client until its reader allows them"}, "their alternative text"},
}

var (
	styleElement = regexp.MustCompile(`(?s)<style>.*?</style>`)
	imageElement = regexp.MustCompile(`<img\b[^>]*?(?:alt="([^"]*)")?[^>]*>`)
)

// Support gives what clients lose of an HTML mail, in the order of the table.
func Support(html []byte) []Loss {
	var out []Loss
	for _, row := range supportTable {
		if n := len(row.pattern.FindAllIndex(html, -1)); n > 0 {
			out = append(out, Loss{row.feature, n, row.clients, row.then})
		}
	}
	return out
}
