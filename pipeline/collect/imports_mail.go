package collect

// Newsletters that come by mail: an .eml, or an mbox of many. The links of the
// letter are wanted, without the click trackers round them and without the ones
// that only serve the letter itself.

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"strings"

	nethtml "golang.org/x/net/html"
)

const (
	maxMail      = 25 << 20 // bytes of one mail
	maxMailParts = 100
	maxMailDepth = 8
)

var mailField = pattern(`(?i)^(?:From |(?:return-path|received|delivered-to|from|to|subject|date|message-id|mime-version|dkim-signature|x-[a-z0-9-]+|reply-to|list-[a-z]+|arc-[a-z-]+|content-[a-z-]+|authentication-results):)`)

// isMail says whether a file begins as a mail or an mbox does.
func isMail(body []byte) bool {
	head := bytes.TrimLeft(body[:min(len(body), 4096)], "\r\n")
	if !mailField().Match(head) {
		return false
	}
	lower := bytes.ToLower(body[:min(len(body), 64<<10)])
	return bytes.Contains(lower, []byte("\nfrom:")) || bytes.HasPrefix(lower, []byte("from:")) || bytes.HasPrefix(head, []byte("From "))
}

// mail takes the links of one mail or of each mail of an mbox (RFC 4155).
func (im *Import) mail(body []byte) error {
	im.Kind = "a mail"
	body = bytes.TrimLeft(body, "\r\n")
	if !bytes.HasPrefix(body, []byte("From ")) {
		return im.oneMail(body)
	}
	im.Kind = "a mailbox"
	read := 0
	for len(body) > 0 {
		_, one, _ := bytes.Cut(body, []byte("\n")) // the From_ line
		body = nil
		if at := nextMail().FindIndex(one); at != nil {
			end := at[1] - len("From ")
			one, body = one[:end], one[end:]
		}
		if im.oneMail(one) == nil {
			read++
		}
	}
	if read == 0 {
		return errors.New("begins like a mailbox, but no mail in it can be read")
	}
	return nil
}

// nextMail is where the next mail of an mbox begins: at a From_ line behind an
// empty one (RFC 4155, appendix A).
var nextMail = pattern(`\n\r?\nFrom `)

func (im *Import) oneMail(body []byte) error {
	if len(body) > maxMail {
		return errors.New("holds a mail of more than 25 MB")
	}
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		return errors.New("begins like a mail, but its header can't be read")
	}
	words := mime.WordDecoder{CharsetReader: func(label string, in io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(io.LimitReader(in, 64<<10))
		return strings.NewReader(toUTF8(raw, "text/plain; charset="+label)), err
	}}
	from := m.Header.Get("From")
	if list, err := (&mail.AddressParser{WordDecoder: &words}).ParseList(from); err == nil && len(list) > 0 {
		from = first(list[0].Name, list[0].Address)
	}
	if plain, err := words.DecodeHeader(from); err == nil {
		from = plain
	}
	letter := Link{From: line(from)}
	if when, err := m.Header.Date(); err == nil {
		letter.Added = when.UTC()
	}
	parts := 0
	html, text := mailText(mail.Header(m.Header), m.Body, 0, &parts)
	if html != "" {
		im.letter(html, letter)
	} else {
		for _, address := range webAddress().FindAllString(text, 5000) {
			l := letter
			l.URL = strings.TrimRight(address, ".,;:!?)]}*_")
			im.letterLink(l)
		}
	}
	return nil
}

// mailText gives the first HTML and the first plain text of a mail.
func mailText(header interface{ Get(string) string }, body io.Reader, depth int, parts *int) (html, text string) {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" && depth < maxMailDepth {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if *parts++; err != nil || *parts > maxMailParts {
				return html, text
			}
			h, t := mailText(p.Header, p, depth+1, parts)
			html, text = first(html, h), first(text, t)
		}
	}
	if kind == "message/rfc822" && depth < maxMailDepth { // a letter handed on as it came
		if m, err := mail.ReadMessage(io.LimitReader(body, maxMail)); err == nil {
			return mailText(m.Header, m.Body, depth+1, parts)
		}
		return "", ""
	}
	if kind != "text/html" && kind != "text/plain" {
		return "", ""
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	raw, _ := io.ReadAll(io.LimitReader(body, maxMail)) // what came before a fault is of use
	decoded := toUTF8(raw, header.Get("Content-Type"))
	if kind == "text/html" {
		return decoded, ""
	}
	return "", decoded
}

// letter takes the links of a letter in HTML.
func (im *Import) letter(markup string, letter Link) {
	z := nethtml.NewTokenizer(strings.NewReader(markup))
	z.SetMaxBuf(1 << 20)
	href := ""
	var words strings.Builder
	finish := func() {
		if href != "" {
			l := letter
			l.URL, l.Title = href, line(words.String())
			im.letterLink(l)
		}
		href = ""
		words.Reset()
	}
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			finish()
			return
		case nethtml.TextToken:
			if href != "" {
				words.Write(z.Text())
			}
		case nethtml.StartTagToken:
			if t := z.Token(); t.Data == "a" {
				finish()
				for _, a := range t.Attr {
					if a.Key == "href" {
						href = a.Val
					}
				}
			}
		case nethtml.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				finish()
			}
		}
	}
}

// Links of a letter that only serve the letter.
var (
	servingWords = pattern(`(?i)\b(?:unsubscribe|opt[ -]?out|(?:email|e-mail|update|manage|your)[ -](?:preferences|subscription|settings)|preference cent(?:er|re)|view (?:it |this |the )?(?:e-?mail |message |newsletter |post )?(?:in|on) (?:your |the |a )?(?:browser|web)|view online|read online|web version|privacy policy|terms of (?:use|service)|forward to a friend|abmelden|se désabonner)\b`)
	servingPath  = pattern(`(?i)/(?:unsubscribe|unsub|optout|opt-out|preferences|email-preferences|manage[_-]?(?:subscription|preferences)|subscription/(?:cancel|manage)|privacy(?:-policy)?|share/twitter|intent/tweet|sharer(?:\.php)?|sharearticle)(?:[/?.]|$)`)
)

// letterLink takes one link of a letter unless it serves the letter only.
func (im *Import) letterLink(l Link) {
	address := resolve(l.URL, "")
	if address == "" {
		return // mailto, anchors
	}
	address = unwrapLetter(address)
	u, err := url.Parse(address)
	if err != nil || servingWords().MatchString(l.Title) || servingPath().MatchString(u.Path) {
		return
	}
	if u.Path == "" || u.Path == "/" { // a home page is no story
		return
	}
	l.URL = address
	if strings.Contains(l.Title, "://") || len(l.Title) < 12 { // "here", "read more": the page has a better one
		l.Title = ""
	}
	im.add(l)
}

// unwrapLetter undoes click trackers whose target stands in the address, and
// never asks one.
func unwrapLetter(address string) string {
	for range 5 {
		u, err := url.Parse(address)
		if err != nil {
			return address
		}
		host := strings.ToLower(u.Hostname())
		target := unwrap(host, u)
		if target == "" {
			target = letterTarget(host, u)
		}
		if target == "" || target == address {
			break
		}
		address = target
	}
	return address
}

// letterTarget finds a whole address inside another: percent-encoded or in
// base64 in its path, or in a parameter of a host that is named for clicks.
func letterTarget(host string, u *url.URL) string {
	for _, segment := range strings.Split(strings.Trim(u.EscapedPath(), "/"), "/") {
		if len(segment) < 12 || len(segment) > maxLinkBytes {
			continue
		}
		if plain, err := url.PathUnescape(segment); err == nil && plain != segment && isWeb(plain) {
			return resolve(plain, "")
		}
		for _, part := range strings.Split(segment, ".") { // a token may have several parts
			if target := base64Target(part); target != "" {
				return target
			}
		}
	}
	label, _, _ := strings.Cut(host, ".")
	if !clickLabel().MatchString(label) {
		return ""
	}
	for _, pair := range strings.Split(u.RawQuery, "&") {
		_, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		if isWeb(plain) {
			return resolve(plain, "")
		}
		if target := base64Target(plain); target != "" {
			return target
		}
	}
	return ""
}

var clickLabel = pattern(`^(?:click|clicks|track|tracking|trk|link|links|lnk|email|mail|e|go|t|r|url\d*|ct|open|news|newsletter)\d*$`)

// base64Target reads a base64 text that is an address, or JSON with one in it.
func base64Target(text string) string {
	if len(text) < 12 || len(text) > maxLinkBytes {
		return ""
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return ""
	}
	if s := string(raw); strings.HasPrefix(s, "http") && isASCII(s) {
		return resolve(s, "")
	}
	if raw[0] == '{' {
		return resolve(strings.ReplaceAll(webAddress().FindString(string(raw)), `\/`, "/"), "")
	}
	return ""
}
