package render

// This file lays all editions of an issue side by side on one page, for the
// editor's eyes: light, dark, forced dark, phone, text, and what each mail
// client loses.

import (
	"html/template"
	"strconv"
	"strings"
)

var prefersDark = pattern(`\(\s*prefers-color-scheme\s*:\s*dark\s*\)`)

// Preview gives one page that shows the editions of an issue. It loads nothing:
// the mail stands in it. page is the address of the web page, which may be
// relative; empty shows none.
func Preview(title, page string, html, text []byte, differences []Difference) []byte {
	var b strings.Builder
	escape := template.HTMLEscapeString
	b.WriteString(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>` + escape(clean(title)) + ` in every edition</title>
<style>
body{margin:1.5rem;font:16px/1.5 system-ui,sans-serif;background:#e9e9e6;color:#222}
main{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
section{flex:none}
h1{font-size:1.3rem}
h2{font-size:.9rem;margin:0 0 .3rem}
iframe{display:block;border:1px solid #bbb;width:640px;height:900px;background:#fff}
.phone iframe{width:320px}
.dark iframe{color-scheme:dark;background:#151a1a}
.light iframe{color-scheme:light}
.forced iframe{color-scheme:light;filter:invert(1) hue-rotate(180deg)}
pre{margin:0;width:640px;height:900px;overflow:auto;background:#fff;border:1px solid #bbb;padding:1rem;box-sizing:border-box;font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap}
table{border-collapse:collapse;font-size:.85rem;background:#fff}
td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:left;vertical-align:top}
</style>
</head>
<body>
<h1>` + escape(clean(title)) + `: every edition</h1>
<p>The HTML mail has ` + strconv.Itoa((len(html)+999)/1000) + ` kB of at most ` + strconv.Itoa(mailLimit/1000) + `. `)
	switch len(differences) {
	case 0:
		b.WriteString("All editions hold the same items, quotes, notes and links.</p>\n")
	default:
		b.WriteString("The editions differ:</p>\n<ul>\n")
		for _, d := range differences {
			b.WriteString("<li>" + escape(d.String()) + "</li>\n")
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString("<main>\n")
	frame := func(class, name, source string) {
		b.WriteString(`<section class="` + class + `"><h2>` + name + `</h2><iframe title="` + name + `" ` + source + "></iframe></section>\n")
	}
	// Whatever this browser prefers, each frame shows the colours it is named for.
	light := `sandbox srcdoc="` + escape(prefersDark().ReplaceAllString(string(html), "(max-width:0)")) + `"`
	dark := `sandbox srcdoc="` + escape(prefersDark().ReplaceAllString(string(html), "(min-width:0)")) + `"`
	frame("light", "Mail, light", light)
	frame("dark", "Mail, dark", dark)
	frame("forced", "Mail, colours inverted by the client", light)
	frame("light phone", "Mail, a phone of 320 pixels", light)
	frame("dark phone", "Mail, a dark phone", dark)
	bare := styleElement().ReplaceAllString(string(html), "")
	frame("light", "Mail, style element dropped, images off", `sandbox srcdoc="`+escape(imageElement().ReplaceAllString(bare, "[image: $1]"))+`"`)
	b.WriteString(`<section><h2>Plain text</h2><pre>` + escape(string(text)) + "</pre></section>\n")
	if page != "" {
		// Of the same origin, or its own policy keeps its style away; no script runs.
		address := `sandbox="allow-same-origin" src="` + escape(page) + `"`
		frame("light", "Web page, light", address)
		frame("dark", "Web page, dark", address)
		frame("light phone", "Web page, a phone", address)
	}
	losses := Support(html)
	b.WriteString("</main>\n<h2>What mail clients lose</h2>\n<p>Tested and published by caniemail.com; the facts are of " + supportDate +
		". In brackets stands the version or the month that was tested.</p>\n<table>\n<tr><th>What the mail uses</th><th>Where</th><th>Who loses it</th><th>Who knows it in part</th><th>What then</th></tr>\n")
	for _, l := range losses {
		b.WriteString(`<tr><td><a href="` + l.Source + `">` + escape(l.Feature) + "</a></td><td>" + plural(l.Uses, "place", "places") + "</td><td>" +
			escape(strings.Join(l.Clients, ", ")) + "</td><td>" + escape(strings.Join(l.Partly, ", ")) + "</td><td>" + escape(l.Then) + "</td></tr>\n")
	}
	b.WriteString("</table>\n</body>\n</html>\n")
	return []byte(b.String())
}
