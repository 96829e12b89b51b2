package send

// This file makes of the rendered mail the message of each recipient: the same
// two editions with their own To, Date, Message-ID and way out, signed.

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-msgauth/dkim"
)

// Placeholder is the address that a mail must be rendered with as its
// unsubscribe address: each recipient's own takes its place, in the header and
// in both editions.
const Placeholder = "https://unsubscribe.invalid/f3b1c07d5a6e4492"

// Key is one DKIM key (RFC 6376, RFC 8463). A mail is signed with each of them.
type Key struct {
	Domain   string `yaml:"domain"`
	Selector string `yaml:"selector"`
	KeyFile  string `yaml:"key-file"` // PEM: RSA of 1024 bits or more (better 2048), or Ed25519
}

// Signer is a key that was read.
type Signer struct {
	Domain, Selector string
	Key              crypto.Signer
}

// ParseKey reads a DKIM key from its PEM file's bytes.
func ParseKey(k Key, pemFile []byte) (Signer, error) {
	block, _ := pem.Decode(pemFile)
	if block == nil {
		return Signer{}, fmt.Errorf("the DKIM key file %s holds no PEM block", k.KeyFile)
	}
	var key any
	var err error
	if block.Type == "RSA PRIVATE KEY" {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return Signer{}, fmt.Errorf("the DKIM key file %s holds no private key that can be read (PKCS #1 or PKCS #8, not encrypted)", k.KeyFile)
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < 1024 {
			return Signer{}, fmt.Errorf("the DKIM key of %s has %d bits: RFC 8301 wants 1024 at least", k.KeyFile, bits)
		}
		return Signer{k.Domain, k.Selector, key}, nil
	case ed25519.PrivateKey:
		return Signer{k.Domain, k.Selector, key}, nil
	}
	return Signer{}, fmt.Errorf("the DKIM key of %s is neither RSA nor Ed25519", k.KeyFile)
}

// MailOptions say what a recipient's message has besides the rendered mail.
type MailOptions struct {
	Unsubscribe string // template of a recipient's own address: see Server.Unsubscribe
	TokenKey    []byte // for {token}
	Fallback    string // for who has no address of their own: https or mailto; empty: a mailto to the mail's Reply-To or From
	Signers     []Signer
	Salt        string // makes the Message-IDs of a test mail differ from those of the issue
}

// Mail is a rendered mail, taken apart once and put together for each
// recipient.
type Mail struct {
	From    string // address
	Subject string // decoded
	Hash    string // SHA-256 of the rendered mail, hex

	opts       MailOptions
	fields     []field // of the header, without those that are made for each recipient
	boundary   string
	parts      []part
	mailto     string
	fallback   string
	out        bytes.Buffer // the message being written, used again
	encoded    bytes.Buffer // a part of it, in quoted-printable
	signed     bytes.Buffer
	text, html string
	wide       bool // its header has letters beyond ASCII (RFC 6532), so it needs SMTPUTF8
}

type field struct{ name, raw string } // raw: the whole field, folded, with CRLF

type part struct {
	header []field
	body   []byte
	html   bool
}

// replaced are the fields that each recipient's message gets anew.
var replaced = map[string]bool{
	"to": true, "cc": true, "bcc": true, "date": true, "message-id": true, "list-unsubscribe": true,
	"list-unsubscribe-post": true,
}

// ParseMail takes a rendered mail (render.Email's eml) apart: one with a text
// and an HTML edition, rendered with Placeholder as its unsubscribe address.
func ParseMail(eml []byte, opts MailOptions) (*Mail, error) {
	sum := sha256.Sum256(eml)
	m := &Mail{Hash: hex.EncodeToString(sum[:]), opts: opts}
	msg, err := mail.ReadMessage(bytes.NewReader(eml))
	if err != nil {
		return nil, fmt.Errorf("reading the rendered mail: %w", err)
	}
	from, err := msg.Header.AddressList("From")
	if err != nil {
		return nil, fmt.Errorf("reading the rendered mail's sender: %w", err)
	}
	if len(from) != 1 {
		return nil, fmt.Errorf("the rendered mail has %d senders, not one", len(from))
	}
	m.From = from[0].Address
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return nil, fmt.Errorf("reading the rendered mail's subject: %w", err)
	}
	way := m.From
	if reply, err := msg.Header.AddressList("Reply-To"); err == nil && len(reply) == 1 {
		way = reply[0].Address
	}
	m.mailto = "mailto:" + strings.ReplaceAll(url.PathEscape(way), "%40", "@") + "?subject=unsubscribe"
	if m.fallback = opts.Fallback; m.fallback == "" {
		m.fallback = m.mailto
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || params["boundary"] == "" {
		return nil, fmt.Errorf("the rendered mail is %s, not multipart/alternative", msg.Header.Get("Content-Type"))
	}
	m.boundary = params["boundary"]
	for _, f := range readFields(eml) {
		if !replaced[strings.ToLower(f.name)] {
			m.fields = append(m.fields, f)
			m.wide = m.wide || !isASCII(f.raw)
		}
	}
	if err := m.readParts(eml); err != nil {
		return nil, err
	}
	if strings.Contains(opts.Unsubscribe, "{token}") && len(opts.TokenKey) == 0 {
		return nil, errors.New("smtp.unsubscribe wants a {token} and there is no key to make it with: set smtp.unsubscribe-key-file or PULLQUOTE_UNSUBSCRIBE_KEY")
	}
	if opts.Unsubscribe != "" {
		if !strings.Contains(opts.Unsubscribe, "{token}") && !strings.Contains(opts.Unsubscribe, "{email}") {
			return nil, fmt.Errorf("smtp.unsubscribe %q has neither {email} nor {token} in it, so it would be the same for all", opts.Unsubscribe)
		}
		if reason := badOwnAddress(m.own(Recipient{Email: "reader@letter.example"})); reason != "" {
			return nil, fmt.Errorf("smtp.unsubscribe: %s", reason)
		}
	}
	return m, nil
}

// readFields splits the header of a message, or of a part, into its fields as
// they stand.
func readFields(message []byte) []field {
	var out []field
	for len(message) > 0 {
		line, rest, _ := bytes.Cut(message, []byte("\n"))
		message = rest
		text := strings.TrimSuffix(string(line), "\r")
		if text == "" {
			break
		}
		if (text[0] == ' ' || text[0] == '\t') && len(out) > 0 {
			out[len(out)-1].raw += text + "\r\n"
			continue
		}
		name, _, ok := strings.Cut(text, ":")
		if ok {
			out = append(out, field{strings.TrimSpace(name), text + "\r\n"})
		}
	}
	return out
}

func (m *Mail) readParts(eml []byte) error {
	_, body, ok := bytes.Cut(eml, []byte("\r\n\r\n"))
	if !ok {
		if _, body, ok = bytes.Cut(eml, []byte("\n\n")); !ok {
			return errors.New("the rendered mail has no body")
		}
	}
	r := multipart.NewReader(bytes.NewReader(body), m.boundary)
	for {
		p, err := r.NextPart() // takes quoted-printable off
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the rendered mail: %w", err)
		}
		raw, err := io.ReadAll(p)
		if err != nil {
			return fmt.Errorf("reading the rendered mail: %w", err)
		}
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		one := part{body: raw, html: kind == "text/html"}
		one.header = []field{{"Content-Type", "Content-Type: " + p.Header.Get("Content-Type") + "\r\n"}}
		switch kind {
		case "text/plain":
			m.text = string(raw)
		case "text/html":
			m.html = string(raw)
		default:
			return fmt.Errorf("the rendered mail has a part that is neither text nor HTML: %s", kind)
		}
		m.parts = append(m.parts, one)
	}
	if m.text == "" || m.html == "" {
		return errors.New("the rendered mail has not both a text and an HTML edition")
	}
	return nil
}

// own gives a recipient's own way out; empty when there is none.
func (m *Mail) own(to Recipient) string {
	if to.Unsubscribe != "" {
		return to.Unsubscribe
	}
	if m.opts.Unsubscribe == "" {
		return ""
	}
	s := strings.ReplaceAll(m.opts.Unsubscribe, "{email}", url.QueryEscape(to.Email))
	if strings.Contains(s, "{token}") {
		s = strings.ReplaceAll(s, "{token}", Token(m.opts.TokenKey, to.Email))
	}
	return s
}

// Token is what stands for {token}: who runs the unsubscribe address makes the
// same of each address on the list and finds the one.
func Token(key []byte, email string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.ToLower(email)))
	return hex.EncodeToString(mac.Sum(nil))
}

// MessageID gives the Message-ID of a recipient's message, without its <>. It
// is the same each time the mail is made for them, so that a mail that was
// handed over twice after all is shown once by what keeps mail.
func (m *Mail) MessageID(email string) string {
	sum := sha256.Sum256([]byte(m.Hash + "\x00" + m.opts.Salt + "\x00" + strings.ToLower(email)))
	return hex.EncodeToString(sum[:16]) + "@" + domainOf(m.From)
}

// For writes the message for one recipient. The bytes are good until the next
// call.
func (m *Mail) For(to Recipient, now time.Time) ([]byte, error) {
	b := &m.out
	b.Reset()
	for _, f := range m.fields {
		if strings.EqualFold(f.name, "Content-Type") || strings.EqualFold(f.name, "MIME-Version") {
			continue // they stand last, by custom
		}
		b.WriteString(f.raw)
	}
	b.WriteString("To: " + mailbox(to) + "\r\n")
	b.WriteString("Date: " + now.Format("Mon, 02 Jan 2006 15:04:05 -0700") + "\r\n")
	b.WriteString("Message-ID: <" + m.MessageID(to.Email) + ">\r\n")
	own, out := m.own(to), m.fallback
	switch {
	case own != "":
		// RFC 8058 section 3.1: an https address and the Post field, both signed
		// (section 4). The mailto is for who can't do that.
		out = own
		b.WriteString("List-Unsubscribe: <" + own + ">,\r\n <" + m.mailto + ">\r\n")
		b.WriteString("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
	case m.fallback != m.mailto:
		// An address that does not know who asks can't be one-click.
		b.WriteString("List-Unsubscribe: <" + m.fallback + ">,\r\n <" + m.mailto + ">\r\n")
	default:
		b.WriteString("List-Unsubscribe: <" + m.mailto + ">\r\n")
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"" + m.boundary + "\"\r\n\r\n")
	for _, p := range m.parts {
		b.WriteString("--" + m.boundary + "\r\n")
		for _, f := range p.header {
			b.WriteString(f.raw)
		}
		b.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
		address := out
		if p.html {
			address = html.EscapeString(out)
		}
		m.encoded.Reset()
		w := quotedprintable.NewWriter(&m.encoded)
		if _, err := w.Write(bytes.ReplaceAll(p.body, []byte(Placeholder), []byte(address))); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		writeBody(b, m.encoded.Bytes())
		b.WriteString("\r\n")
	}
	b.WriteString("--" + m.boundary + "--\r\n")
	if len(m.opts.Signers) == 0 {
		return b.Bytes(), nil
	}
	return m.sign(b.Bytes())
}

// writeBody writes lines of quoted-printable, and encodes the F of a "From " that
// begins one where there is room for it: what keeps mail in an mbox puts a ">"
// before such a line, which breaks the signature (RFC 2049 section 3).
func writeBody(b *bytes.Buffer, body []byte) {
	for line := range bytes.Lines(body) {
		if rest, found := bytes.CutPrefix(line, []byte("From ")); found && len(line) <= maxEncodedLine {
			b.WriteString("=46rom ")
			line = rest
		}
		b.Write(line)
	}
}

// maxEncodedLine is how long a line of quoted-printable is that has room for two
// more characters, with its end (RFC 2045 section 6.7, rule 5).
const maxEncodedLine = 76 - 2 + len("\r\n")

// mailbox writes a recipient for the To field (RFC 5322 section 3.4). A name
// that makes the line too long is left out.
func mailbox(to Recipient) string {
	if to.Name == "" {
		return "<" + to.Email + ">"
	}
	// No name may hold what reads as an encoded word, in which a line end can hide.
	name := strings.ReplaceAll(to.Name, "=?", "=\u2060?")
	s := (&mail.Address{Name: name, Address: to.Email}).String()
	if strings.ContainsAny(s, "\r\n") || len(s) > 900 {
		return "<" + to.Email + ">"
	}
	return strings.ReplaceAll(s, "?= =?", "?=\r\n =?")
}

// covered are the fields a signature covers when they are there (RFC 6376
// section 5.4.1; RFC 8058 section 4 for the last two).
var covered = []string{
	"From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
	"List-Id", "List-Help", "List-Archive", "List-Subscribe", "List-Owner", "List-Post", "Archived-At", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// sign puts a DKIM signature of each key before the message.
func (m *Mail) sign(message []byte) ([]byte, error) {
	m.signed.Reset()
	for _, s := range m.opts.Signers {
		signer, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: s.Domain, Selector: s.Selector, Signer: s.Key,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
			HeaderKeys: covered,
		})
		if err != nil {
			return nil, fmt.Errorf("signing for %s: %w", s.Domain, err)
		}
		if _, err := signer.Write(message); err != nil {
			return nil, fmt.Errorf("signing for %s: %w", s.Domain, err)
		}
		if err := signer.Close(); err != nil {
			return nil, fmt.Errorf("signing for %s: %w", s.Domain, err)
		}
		m.signed.WriteString(signer.Signature())
	}
	m.signed.Write(message)
	return m.signed.Bytes(), nil
}

// What a mail may be at most.
const (
	MaxSubject = 78     // characters: what the widest inbox shows of it, and RFC 5322 section 2.1.1
	MaxHTML    = 90_000 // bytes: what is clipped begins at 102 kB, and a provider makes links longer
)

var (
	hrefs     = regexp.MustCompile(`(?i)\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	textLinks = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"')]+`)
)

// Problems says what keeps the mail from being sent, a sentence each.
func (m *Mail) Problems() []string {
	var out []string
	switch n := utf8.RuneCountInString(m.Subject); {
	case strings.TrimSpace(m.Subject) == "":
		out = append(out, "the mail has no subject")
	case n > MaxSubject:
		out = append(out, fmt.Sprintf("the subject has %d characters, and an inbox shows %d: shorten the title", n, MaxSubject))
	}
	if n := len(m.html); n > MaxHTML {
		out = append(out, fmt.Sprintf("the HTML mail has %d kB, more than %d: Gmail would clip it", n/1000, MaxHTML/1000))
	}
	seen := map[string]bool{}
	look := func(link string) {
		if host := privateHost(html.UnescapeString(link)); host != "" && !seen[host] {
			seen[host] = true
			out = append(out, fmt.Sprintf("the mail links to %s, which no reader can reach", host))
		}
	}
	for _, found := range hrefs.FindAllStringSubmatch(m.html, -1) {
		look(found[1] + found[2])
	}
	for _, found := range textLinks.FindAllString(m.text, -1) {
		look(found)
	}
	return out
}

// privateHost gives the host of a link that leads to this machine or into a
// private network (RFC 6761 and RFC 1918); empty when it leads elsewhere.
func privateHost(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "") {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") {
		return u.Host
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		if ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() {
			return u.Host
		}
	}
	return ""
}

// decodeField unfolds a field's value and reads its encoded words.
func decodeField(value string) string {
	value = strings.Join(strings.Fields(value), " ")
	if text, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		return text
	}
	return value
}
