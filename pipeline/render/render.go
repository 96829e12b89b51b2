// Package render is stage 6: issues become the site, the feeds and the email.
// It is pure: the same issues and templates give the same bytes, on every
// machine. It asks nothing of the network, the clock or the disk.
package render

import (
	"regexp"
	"sync"
)

// File is one file of the output: a slash-separated path below out/ and its
// bytes. With Kept there is no Body: the file stands as an earlier rendering
// made it (see Memory). Of two files with one Path and one Key that is not zero
// the bytes are the same, in this rendering and in any other.
type File struct {
	Path string
	Body []byte
	Key  Key
	Kept bool
}

// Person is somebody with a name and perhaps an address.
type Person struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
	URL   string `yaml:"url"`
}

// MenuEntry is one link of the site's menu.
type MenuEntry struct {
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

// Publication is what the reader is told about the newsletter; it stands at
// the top level of pullquote.yaml.
type Publication struct {
	Name        string      `yaml:"name"`        // required
	Tagline     string      `yaml:"tagline"`     // one sentence under the name
	Description string      `yaml:"description"` // for the home page and the feeds
	URL         string      `yaml:"url"`         // where out/site will be served: absolute, with a trailing slash or none
	Language    string      `yaml:"language"`    // BCP 47; empty means "en"
	Editor      Person      `yaml:"editor"`
	Address     string      `yaml:"address"`   // postal address for the email's footer
	Subscribe   string      `yaml:"subscribe"` // address of the sign-up form
	Menu        []MenuEntry `yaml:"menu"`      // beside the archive, which is always there
	Copyright   string      `yaml:"copyright"`
	Feed        Feed        `yaml:"feed"`
	Names       []string    `yaml:"names"`     // organisations and products to know besides the built-in ones
	Redirects   []string    `yaml:"redirects"` // old patterns of permalinks: "/issue/{number}/"
	Look        Look        `yaml:"look"`
	Mail        Mail        `yaml:"mail"`
}

// Feed says how long the feeds are.
type Feed struct {
	Issues int `yaml:"issues"` // 0 means 20
	Items  int `yaml:"items"`  // of the feed of items; 0 means 60
}

// Look changes how the site looks without a template of one's own. A value
// that is no colour, or no list of font names, is an error.
type Look struct {
	Light Colours `yaml:"light"`
	Dark  Colours `yaml:"dark"`
	Font  string  `yaml:"font"` // CSS font-family of the text: "Georgia, serif"; fonts are never fetched
	Logo  string  `yaml:"logo"` // a file in templates/site: "logo.svg"
}

// Colours are CSS hex colours: "#0d6151"; empty means the template's own.
type Colours struct {
	Paper  string `yaml:"paper"`
	Ink    string `yaml:"ink"`
	Soft   string `yaml:"soft"`   // quotes
	Muted  string `yaml:"muted"`  // small print
	Line   string `yaml:"line"`   // rules between rows
	Tint   string `yaml:"tint"`   // behind quotes
	Accent string `yaml:"accent"` // links
}

// Mail is what the email edition needs besides.
type Mail struct {
	From        string `yaml:"from"`        // RFC 5322 mailbox; empty means the editor's
	ReplyTo     string `yaml:"reply-to"`    //
	ListID      string `yaml:"list-id"`     // RFC 2919, "name.host"; empty means made from the name and the site's host
	Unsubscribe string `yaml:"unsubscribe"` // https or mailto address for List-Unsubscribe (RFC 2369); empty means mailto the editor
}

// pattern gives a regular expression that is compiled when it is first asked
// for: a command pays for those it uses, not for all of them as it starts. It
// panics then if expr is none; TestPatterns compiles them all.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
