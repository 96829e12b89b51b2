package render

// This file puts the two editions of a mail into one message.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
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
	// The frame first, with both parts empty, and then what stands in them.
	msg.SetBodyString(gomail.TypeTextPlain, "")
	msg.AddAlternativeString(gomail.TypeTextHTML, "")
	var frame bytes.Buffer
	if _, err := msg.WriteTo(&frame); err != nil {
		return nil, fmt.Errorf("writing the message: %w", err)
	}
	out := m.paper.take()
	rest := frame.Bytes()
	for _, part := range []struct {
		kind gomail.ContentType
		body []byte
	}{{gomail.TypeTextPlain, text}, {gomail.TypeTextHTML, html}} {
		fields := []byte("Content-Type: " + part.kind.String() + "; charset=" + gomail.CharsetUTF8.String() + "\r\n\r\n")
		before, after, ok := bytes.Cut(rest, fields)
		if !ok {
			return nil, fmt.Errorf("writing the message: its part %s has no place", part.kind)
		}
		out, rest = appendQuotedPrintable(append(append(out, before...), fields...), part.body), after
	}
	return append(out, rest...), nil
}

// appendQuotedPrintable writes text as RFC 2045 section 6.7 has it: the same as
// mime/quotedprintable, which looks at each byte three times.
func appendQuotedPrintable(out, text []byte) []byte {
	const longest = 76 // of a line (rule 5), with the "=" of a soft break
	const hex = "0123456789ABCDEF"
	start := len(out) // of the line
	encode := func(c byte) {
		if len(out)-start+3 >= longest {
			out = append(out, "=\r\n"...)
			start = len(out)
		}
		out = append(out, '=', hex[c>>4], hex[c&15])
	}
	// Space at the end of a line is encoded (rule 3).
	end := func() {
		if last := len(out) - 1; last >= start && (out[last] == ' ' || out[last] == '\t') {
			c := out[last]
			out = out[:last]
			encode(c)
		}
	}
	for i := 0; i < len(text); {
		plain := i
		for len(text)-plain >= 8 { // eight at a time
			b := binary.LittleEndian.Uint64(text[plain:])
			if other := ^(unlike(b, '=') & printing(b) &^ (b&^high + each) &^ b) & high; other != 0 {
				plain += bits.TrailingZeros64(other) / 8
				break
			}
			plain += 8
		}
		for plain < len(text) && (text[plain] >= ' ' && text[plain] <= '~' && text[plain] != '=' || text[plain] == '\t') {
			plain++
		}
		for i < plain {
			n := min(longest-1-(len(out)-start), plain-i)
			out = append(out, text[i:i+n]...)
			if i += n; i < plain {
				out = append(out, "=\r\n"...)
				start = len(out)
			}
		}
		if i == len(text) {
			break
		}
		c := text[i]
		i++
		if c != '\n' && c != '\r' {
			encode(c)
			continue
		}
		if c == '\r' && i < len(text) && text[i] == '\n' {
			i++
		}
		end()
		out = append(out, "\r\n"...)
		start = len(out)
	}
	end()
	return out
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
