package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// passive are the elements that our pages and mails are made of.
var passive = strings.Fields(`html head body meta title link style script header footer main nav article section aside div span
	h1 h2 h3 h4 h5 h6 p a ul ol li details summary figure figcaption blockquote time strong b em s code pre hr br
	table thead tbody tr th td form label input`)

// checkHTML fails the test when a page holds an active element, a handler or
// an address with a scheme that is not allowed.
func checkHTML(t testing.TB, name string, page []byte) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		// A host's name may break behind its dots, in the heading of its own page.
		breaks := node.Data == "wbr" && node.Parent.Data == "h1" && len(node.Attr) == 0 && strings.HasPrefix(name, "site/topics/source/")
		if !breaks && !slices.Contains(passive, node.Data) {
			t.Errorf("%s: element <%s>", name, node.Data)
		}
		for _, attr := range node.Attr {
			switch {
			case strings.HasPrefix(attr.Key, "on"), attr.Key == "srcdoc", attr.Key == "src" && attr.Val != "../search.js", attr.Key == "formaction", attr.Key == "action":
				t.Errorf("%s: <%s %s=%q>", name, node.Data, attr.Key, attr.Val)
			case attr.Key == "href", attr.Key == "cite":
				address, err := url.Parse(attr.Val)
				if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, address.Scheme) {
					t.Errorf("%s: <%s %s=%q>: %v", name, node.Data, attr.Key, attr.Val, err)
				}
			case attr.Key == "http-equiv":
				t.Errorf("%s: a meta element gives orders", name)
			}
		}
		if node.Data == "script" && len(node.Attr) == 2 && node.Attr[0].Key == "src" && node.Attr[0].Val == "../search.js" && name == "site/archive/index.html" {
			continue // the archive's search, a file of ours
		}
		if node.Data == "script" {
			if len(node.Attr) != 1 || node.Attr[0].Val != "application/ld+json" || node.FirstChild == nil {
				t.Errorf("%s: a script", name)
				continue
			}
			var data map[string]any
			if err := json.Unmarshal([]byte(node.FirstChild.Data), &data); err != nil {
				t.Errorf("%s: data is no JSON: %v", name, err)
			}
		}
		if node.Data == "style" && node.Parent.Data != "head" {
			t.Errorf("%s: a style element in the text", name)
		}
	}
}

// hostile makes an issue with s in every place that text from outside reaches,
// and address in every place of an address.
func hostile(s, address string) *issue.Issue {
	text := []issue.Inline{words(s)}
	everywhere := []issue.Inline{
		words(s),
		{Kind: issue.InlineCode, Text: s},
		{Kind: issue.InlineRaw, Text: s},
		{Kind: issue.InlineLink, URL: address, Title: s, Inlines: text},
		{Kind: issue.InlineImage, URL: address, Title: s, Text: s},
		{Kind: issue.InlineEmph, Inlines: text},
		{Kind: issue.InlineKind(s), Text: s},
	}
	blocks := []issue.Block{
		para(everywhere...),
		{Kind: issue.BlockHead, Level: 3, Inlines: everywhere},
		{Kind: issue.BlockCode, Info: s, Text: s},
		{Kind: issue.BlockRaw, Text: s},
		{Kind: issue.BlockQuote, Blocks: []issue.Block{para(everywhere...)}},
		{Kind: issue.BlockTable, Rows: [][][]issue.Inline{{everywhere}, {text, everywhere}}},
		{Kind: issue.BlockList, Ordered: true, Start: -5, Blocks: []issue.Block{{Kind: issue.BlockItem, Blocks: []issue.Block{para(everywhere...)}}}},
		{Kind: issue.BlockKind(s), Text: s, Inlines: everywhere},
	}
	is := samples()[0]
	is.Title, is.Description, is.Tags = s, s, []string{s}
	is.Intro, is.Outro = blocks, blocks
	is.Items = []issue.Item{
		{Title: everywhere, URL: address, Bare: s, Parts: []issue.Part{{Quote: true, Author: s, Blocks: blocks}, {Author: s, Blocks: blocks}}},
		{Title: text, Section: true},
		{Title: text, URL: s, Bare: address, Parts: []issue.Part{{Author: s, Blocks: blocks}}},
	}
	return is
}

func FuzzNothingFromOutsideBecomesActive(f *testing.F) {
	for _, s := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `' onmouseover='x`,
		`</title><svg onload=x>`, `<!-- --><style>*{}</style>`, `]]><x>`, "a\r\nBcc: everybody@list.example\r\n\r\n<script>", "\x00\x1b[31m\u202e",
		`{{.}}`, `javascript:alert(1)`, `=?utf-8?q?a=0d=0ABcc:_x?=`, `<![endif]--><script>`, "\n.\n", "\xff\xfe", `<base href=//evil.example>`,
	} {
		f.Add(s, s)
	}
	for _, address := range []string{
		"javascript:alert(1)", "JAVASCRIPT&colon;x", "java\tscript:x", "data:text/html,<script>", "//evil.example",
		`https://a.example/"onclick="x`, "https://a.example/\r\nBcc:x", "/x\"y", "https://[::1]:99/", "http://a.example:x/", "vbscript:x", "mailto:a@b.example?subject=\"<x>",
	} {
		f.Add("text", address)
	}
	f.Fuzz(func(t *testing.T, s, address string) {
		if len(s) > 4096 || len(address) > 4096 {
			t.Skip("longer than any title")
		}
		in := inputOf(hostile(s, address))
		in.Publication.Tagline, in.Publication.Description, in.Publication.Copyright, in.Publication.Address = s, s, s, s
		in.Publication.Editor.Name, in.Publication.Editor.URL = s, address
		in.Publication.Language, in.Publication.Subscribe = s, address
		in.Publication.Menu = []MenuEntry{{Name: s, URL: address}}
		in.Publication.Mail.ListID, in.Publication.Mail.Unsubscribe = s, address
		files, _, err := filesOf(in)
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range files {
			switch {
			case strings.HasSuffix(name, ".html"):
				checkHTML(t, name, body)
			case strings.HasSuffix(name, ".xml"):
				checkXML(t, name, body)
			case strings.HasSuffix(name, ".eml"):
				checkHeader(t, name, body)
			case strings.HasSuffix(name, ".txt"):
				if bytes.ContainsAny(body, "\x00\r\x1b\u202e") {
					t.Errorf("%s holds control characters", name)
				}
			}
		}
	})
}

func checkXML(t *testing.T, name string, body []byte) {
	t.Helper()
	element := ""
	for decoder := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			element = token.Name.Local
		case xml.CharData:
			if element == "content" { // the others are plain text (RFC 4287 section 3.1.1.1)
				checkHTML(t, name, token)
			}
		}
	}
}

func checkHeader(t *testing.T, name string, body []byte) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	known := strings.Fields("Archived-At Content-Language Content-Type Date From List-Archive List-Help List-Id List-Owner List-Post List-Subscribe List-Unsubscribe List-Unsubscribe-Post Message-Id Mime-Version Reply-To Subject To")
	for field, values := range msg.Header {
		if !slices.Contains(known, field) || len(values) != 1 {
			t.Errorf("%s: header field %s %q", name, field, values)
		}
	}
}
