package send

// This file hands messages to a mail server: RFC 5321 with STARTTLS (RFC 3207)
// or TLS from the first byte (RFC 8314), authentication (RFC 4954), 8BITMIME
// (RFC 6152) and SMTPUTF8 (RFC 6531). One connection serves many messages.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// How long the server may take: RFC 5321 section 4.5.3.2.
const (
	stepTimeout  = 5 * time.Minute
	finalTimeout = 10 * time.Minute // after the message's last line
	dialTimeout  = 30 * time.Second
	idle         = 20 * time.Second // a connection unused for so long is tried before it is trusted
)

// conn is a connection to the mail server that is made when it is first needed
// and again when it broke.
type conn struct {
	server   Server
	password string
	ca       []byte
	from     string // the mail's From, for EHLO
	wide     bool   // see Mail
	timeout  time.Duration
	public   bool // tests: treat a loopback server like any other

	client *smtp.Client
	used   time.Time // when it last answered
	utf8   bool
}

func (s Server) address() string {
	port := s.Port
	if port == 0 {
		port = map[string]int{"": 587, "starttls": 587, "tls": 465, "none": 25}[s.TLS]
	}
	return net.JoinHostPort(s.Host, strconv.Itoa(port))
}

// ready makes a connection when there is none. What is empty when there is one.
func (c *conn) ready(ctx context.Context) Outcome {
	if c.client != nil {
		if time.Since(c.used) < idle {
			return Outcome{}
		}
		// A server closes what was idle for long: better found now than with a
		// message half handed over.
		_ = c.client.UpdateDeadline(c.step(stepTimeout))
		if err := c.client.Noop(); err == nil {
			c.used = time.Now()
			return Outcome{}
		}
		c.drop()
	}
	fatal, err := c.connect(ctx)
	if err == nil {
		c.used = time.Now()
		return Outcome{}
	}
	c.drop()
	err = fmt.Errorf("connecting to the mail server %s: %w", c.server.address(), err)
	reply := c.hide(err.Error())
	out := Outcome{What: Deferred, Reply: reply, server: true}
	if fatal {
		out.fatal = errors.New(reply)
	}
	return out
}

// hide takes the password out of a text that may come from outside.
func (c *conn) hide(s string) string {
	if c.password == "" {
		return s
	}
	return strings.ReplaceAll(s, c.password, "[password]")
}

func (c *conn) step(limit time.Duration) time.Duration {
	if c.timeout > 0 {
		return c.timeout
	}
	return limit
}

// connect dials, secures and authenticates. fatal tells that trying again
// would give the same.
func (c *conn) connect(ctx context.Context) (fatal bool, err error) {
	config := &tls.Config{ServerName: c.server.Host, MinVersion: tls.VersionTLS12}
	if len(c.ca) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(c.ca) {
			return true, errors.New("smtp.ca holds no certificate")
		}
	}
	dialer := net.Dialer{Timeout: c.step(dialTimeout)}
	raw, err := dialer.DialContext(ctx, "tcp", c.server.address())
	if err != nil {
		return false, err
	}
	loopback := isLoopback(raw.RemoteAddr()) && !c.public
	_ = raw.SetDeadline(time.Now().Add(c.step(stepTimeout)))
	secure := raw
	switch c.server.TLS {
	case "none":
		if !loopback {
			raw.Close()
			return true, errors.New("smtp.tls is none, and mail goes in the clear to a server on this machine only")
		}
	case "tls":
		t := tls.Client(raw, config)
		if err := t.HandshakeContext(ctx); err != nil {
			raw.Close()
			return certificateFault(err)
		}
		secure = t
	}
	if c.client, err = smtp.NewClient(secure, c.server.Host); err != nil {
		raw.Close()
		return permanent(err), err
	}
	hello := c.server.Hello
	if hello == "" {
		if hello = domainOf(c.from); hello == "" {
			hello = "localhost"
		}
	}
	if err := c.client.Hello(hello); err != nil {
		return permanent(err), err
	}
	if c.server.TLS == "" || c.server.TLS == "starttls" {
		offered, _ := c.client.Extension("STARTTLS")
		switch {
		case offered:
			if err := c.client.StartTLS(config); err != nil {
				return certificateFault(err)
			}
			if state, ok := c.client.TLSConnectionState(); !ok || !state.HandshakeComplete {
				return true, errors.New("TLS could not be had")
			}
		case !loopback:
			return true, errors.New("it offers no STARTTLS, and mail goes in the clear to a server on this machine only; if it speaks TLS from the first byte, set smtp.tls to tls")
		}
	}
	c.utf8, _ = c.client.Extension("SMTPUTF8")
	if c.server.User == "" {
		return false, nil
	}
	auth, err := c.auth(loopback)
	if err != nil {
		return true, err
	}
	if err := c.client.Auth(auth); err != nil {
		c.client = nil // the library has said goodbye
		if permanent(err) {
			return true, fmt.Errorf("signing in as %s: %w", c.server.User, err)
		}
		return false, fmt.Errorf("signing in as %s: %w", c.server.User, err)
	}
	return false, nil
}

// auth chooses the best way to sign in that the server offers.
func (c *conn) auth(loopback bool) (smtp.Auth, error) {
	offered, list := c.client.Extension("AUTH")
	if !offered {
		return nil, errors.New("it offers no way to sign in, and smtp.user is set")
	}
	if c.password == "" {
		return nil, errors.New("smtp.user is set and there is no password: set PULLQUOTE_SMTP_PASSWORD or smtp.password-file")
	}
	ways := strings.Fields(strings.ToUpper(list))
	switch {
	case slices.Contains(ways, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(c.server.User, c.password), nil
	case slices.Contains(ways, "PLAIN"):
		return smtp.PlainAuth("", c.server.User, c.password, c.server.Host, loopback), nil
	case slices.Contains(ways, "LOGIN"):
		return smtp.LoginAuth(c.server.User, c.password, c.server.Host, loopback), nil
	case slices.Contains(ways, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(c.server.User, c.password), nil
	}
	return nil, fmt.Errorf("it offers only ways to sign in that are not known here: %s", list)
}

// certificateFault tells a certificate that is wrong, which no second try makes
// right, from a connection that broke.
func certificateFault(err error) (fatal bool, _ error) {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &verify):
		return true, fmt.Errorf("its certificate is not good: %w", verify.Err)
	case errors.As(err, &record):
		return true, errors.New("it does not speak TLS there; if it offers STARTTLS, set smtp.tls to starttls")
	case errors.As(err, &alert):
		return true, fmt.Errorf("TLS could not be had: %w", err)
	}
	return permanent(err), fmt.Errorf("TLS could not be had: %w", err)
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// permanent tells a server's refusal for good.
func permanent(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code >= 500
}

// deliver hands one message over, for one recipient.
func (c *conn) deliver(_ context.Context, from, to string, message []byte) Outcome {
	out := c.transact(from, to, message)
	c.used = time.Now()
	out.Reply = c.hide(out.Reply)
	return out
}

func (c *conn) transact(from, to string, message []byte) Outcome {
	wide := c.wide || !isASCII(to) || !isASCII(from)
	if (c.wide || !isASCII(from)) && !c.utf8 {
		who := from
		if c.wide {
			who = c.from
		}
		err := fmt.Errorf("the sender %s has letters beyond ASCII before the @, and the mail server can't do that (no SMTPUTF8)", who)
		return Outcome{What: Deferred, Reply: err.Error(), server: true, fatal: err}
	}
	if wide && !c.utf8 {
		return Outcome{What: Refused, Reply: "the address has letters beyond ASCII before the @, and the mail server can't do that (no SMTPUTF8)"}
	}
	c.client.SkipSMTPUTF8(!wide) // said only when it is needed: not every server further on has it
	_ = c.client.UpdateDeadline(c.step(stepTimeout))
	if err := c.client.Mail("<" + from + ">"); err != nil {
		out := c.failed(err)
		if out.What == Refused { // it speaks of the sender: the next recipient would fare the same
			out.What, out.server = Deferred, true
			out.fatal = fmt.Errorf("the mail server refuses the sender %s: %s", from, c.hide(out.Reply))
		}
		return out
	}
	if err := c.client.Rcpt("<" + to + ">"); err != nil {
		out := c.failed(err)
		c.reset()
		return out
	}
	w, err := c.client.Data()
	if err != nil {
		out := c.failed(err)
		c.reset()
		return out
	}
	if _, err := w.Write(message); err != nil {
		return c.failed(err) // without its last line no server takes a message
	}
	_ = c.client.UpdateDeadline(c.step(finalTimeout))
	err = w.Close()
	var reply *textproto.Error
	switch {
	case err == nil:
		said := "250"
		if d, ok := w.(*smtp.DataCloser); ok {
			said = "250 " + d.ServerResponse()
		}
		return Outcome{What: Accepted, Reply: said}
	case errors.As(err, &reply):
		return c.failed(err)
	}
	c.drop()
	return Outcome{What: Uncertain, Reply: "the connection broke after the whole message and before the server's answer: " + err.Error()}
}

// failed judges an error before the message's last line, or a server's refusal.
func (c *conn) failed(err error) Outcome {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		c.drop()
		return Outcome{What: Deferred, Reply: "the connection broke: " + err.Error(), server: true}
	}
	out := Outcome{What: Deferred, Reply: fmt.Sprintf("%d %s", reply.Code, reply.Msg)}
	if reply.Code == 421 { // the server closes the connection (RFC 5321 section 3.8)
		out.server = true
		c.drop()
	}
	if reply.Code >= 500 {
		out.What = Refused
	}
	return out
}

// reset ends a transaction that failed half-way, so that the connection serves
// the next one.
func (c *conn) reset() {
	if c.client != nil && c.client.Reset() != nil {
		c.drop()
	}
}

func (c *conn) drop() {
	if c.client != nil {
		c.client.Close()
		c.client = nil
	}
}

func (c *conn) quit() {
	if c.client != nil {
		_ = c.client.UpdateDeadline(c.step(dialTimeout))
		_ = c.client.Quit()
		c.drop()
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
