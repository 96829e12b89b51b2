package render

// This file puts the two editions of a mail into one message.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/pullquote/pullquote/pipeline/issue"
	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// message writes a mail with both editions: multipart/alternative, the text
// first (RFC 2046 section 5.1.4), quoted-printable. It has no recipient yet.
// Message-ID and boundary are made from the content, and the date is noon of
// the issue's day, so that the same issue gives the same bytes.
func (m *mailer) message(link IssueLink, subject string, html, text []byte) ([]byte, error) {
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(subject), []byte(link.URL), html, text} {
		fmt.Fprintf(sum, "%d:", len(part))
		sum.Write(part)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	host := "localhost"
	if base, err := url.Parse(headerAddress(m.base)); err == nil && base.Hostname() != "" {
		host = base.Hostname()
	}

	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithCharset(gomail.CharsetUTF8), gomail.WithBoundary("pq-"+digest[:48]))
	msg.FromMailAddress(m.from)
	if m.replyTo != nil {
		msg.ReplyToMailAddress(m.replyTo)
	}
	msg.SetGenHeader("To", "undisclosed-recipients:;")
	msg.Subject(headerText(subject))
	if !link.Date.IsZero() {
		msg.SetDateWithValue(noon(link.Date))
	} else {
		// A message must have a date (RFC 5322 section 3.6), and there is no
		// clock here: an issue without one is dated where time starts.
		msg.SetDateWithValue(noon(link.Date.AddDate(1969, 0, 0)))
	}
	id := fmt.Sprintf("issue-%d", link.Number)
	if link.Number == 0 {
		id = "issue"
	}
	msg.SetMessageIDWithValue(id + "." + digest[:24] + "@" + host)
	msg.SetGenHeader("List-Id", m.listID(host))
	address := func(field gomail.Header, address string) {
		if address = headerAddress(address); address != "" {
			msg.SetGenHeader(field, "<"+address+">")
		}
	}
	owner, _, _ := strings.Cut(m.help, "?")
	address("List-Archive", m.base+"archive/") // RFC 2369 section 3.6
	address("List-Help", m.help)               // section 3.1
	address("List-Subscribe", m.publication.Subscribe)
	address("List-Owner", owner)
	msg.SetGenHeader("List-Post", "NO") // section 3.4: nobody but the editor writes to it
	address("List-Unsubscribe", m.publication.Mail.Unsubscribe)
	if strings.HasPrefix(m.publication.Mail.Unsubscribe, "https:") {
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") // RFC 8058 section 3.1
	}
	address("Archived-At", link.URL)                              // RFC 5064
	msg.SetGenHeader("Content-Language", language(m.publication)) // RFC 3282
	msg.SetBodyString(gomail.TypeTextPlain, string(text))
	msg.AddAlternativeString(gomail.TypeTextHTML, string(html))
	var b bytes.Buffer
	b.Grow(len(html) + len(text) + (len(html)+len(text))/8 + 4<<10) // quoted-printable is a little longer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("writing the message: %w", err)
	}
	return b.Bytes(), nil
}

// headerAddress gives an address as it may stand in a header field: ASCII, with
// its host as RFC 5890 writes it. One that no line can hold (RFC 5322 section
// 2.1.1), or that is none, is left out.
func headerAddress(address string) string {
	address = safeURL(address)
	parsed, err := url.Parse(address)
	if err != nil || strings.ContainsAny(address, "<>") {
		return ""
	}
	if host := parsed.Hostname(); host != "" {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil && strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
			return ""
		}
		if err == nil && ascii != host {
			address = strings.Replace(address, host, ascii, 1)
		}
	}
	if len(address) > 900 {
		return ""
	}
	return address
}

// headerText gives text as it may stand in a header field: on one line, so
// that no title can add a field of its own, and with nothing in it that reads as
// an encoded word (RFC 2047 section 2), in which a line end may hide. The word
// joiner can't be seen.
func headerText(s string) string {
	return shorten(strings.ReplaceAll(clean(s), "=?", "=\u2060?"), 300)
}

// listID gives the List-Id field (RFC 2919): as configured, or the
// newsletter's name with an id made of it and the site's host.
func (m *mailer) listID(host string) string {
	id := clean(m.publication.Mail.ListID)
	id = strings.Trim(id, "<>")
	// What is allowed in an id is a dot-atom (RFC 5322 section 3.2.3).
	if id == "" || strings.ContainsAny(id, " <>\"(),:;@[\\]") {
		name := issue.Slug(m.publication.Name)
		if name == "" {
			name = "newsletter"
		}
		id = name + "." + host
	}
	phrase := strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"<>\\", r) {
			return -1
		}
		return r
	}, headerText(m.publication.Name))
	if strings.IndexFunc(phrase, func(r rune) bool { return r >= 0x80 }) >= 0 {
		return "<" + id + ">" // encoded words and structured ids don't mix in one field value
	}
	return `"` + phrase + `" <` + id + ">"
}
