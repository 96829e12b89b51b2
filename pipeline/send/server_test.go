package send

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer is a mail server on loopback that fails as it is told.
type mailServer struct {
	*smtp.Server
	host string
	port int

	mu       sync.Mutex
	accepted map[string]int // by recipient: how often taken
	last     string         // the message taken last
	sessions int
	utf8     int // messages that asked for SMTPUTF8
	eightBit int

	mail func() error                 // answers MAIL
	rcpt func(to string) error        // answers RCPT
	data func(to string) (fault what) // after the whole message
}

// what becomes of a message.
type what int

const (
	take        what = iota
	dropTaken        // taken, and the connection breaks before the answer
	dropUntaken      // not taken, and the connection breaks
	hang             // no answer
	refuse           // 554
	putOff           // 451
)

func newServer(t testing.TB, change func(*mailServer)) *mailServer {
	t.Helper()
	s := &mailServer{accepted: map[string]int{}}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.sessions++
		s.mu.Unlock()
		return &session{server: s, conn: c.Conn()}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "mx.letter.example", true, true
	s.ErrorLog = log.New(io.Discard, "", 0)
	if change != nil {
		change(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.TLSConfig != nil && s.Domain == "implicit" {
		listener = tls.NewListener(listener, s.TLSConfig)
	}
	addr := listener.Addr().(*net.TCPAddr)
	s.host, s.port = "127.0.0.1", addr.Port
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *mailServer) settings() Server {
	return Server{Host: s.host, Port: s.port, Rate: 1e6}
}

func (s *mailServer) times(to string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted[to]
}

type session struct {
	server *mailServer
	conn   net.Conn
	to     string
}

func (s *session) AuthMechanisms() []string { return []string{"PLAIN"} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user == "editor" && password == "open sesame" {
			return nil
		}
		return errors.New("no such user with password " + password)
	}), nil
}

func (s *session) Mail(_ string, o *smtp.MailOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if o.UTF8 {
		s.server.utf8++
	}
	if o.Body == smtp.Body8BitMIME {
		s.server.eightBit++
	}
	if s.server.mail != nil {
		return s.server.mail()
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.server.rcpt != nil {
		return s.server.rcpt(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	fate := take
	if s.server.data != nil {
		fate = s.server.data(s.to)
	}
	if fate == take || fate == dropTaken {
		s.server.mu.Lock()
		s.server.accepted[s.to]++
		s.server.last = string(body)
		s.server.mu.Unlock()
	}
	switch fate {
	case dropTaken, dropUntaken:
		s.conn.Close()
	case hang:
		_, _ = io.ReadAll(s.conn) // until the client gives up
	case refuse:
		return reply(554, "not here")
	case putOff:
		return reply(451, "later")
	}
	return nil
}

func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

func reply(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

// certificate makes one for names, and the authority's PEM that vouches for it.
func certificate(t testing.TB, names ...string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// clock is a clock that moves only when somebody sleeps.
type clock struct {
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.slept = append(c.slept, d)
	c.now = c.now.Add(d)
	return ctx.Err()
}

// rendered is a mail as render makes one.
const rendered = "From: =?utf-8?q?S=C3=BCnday_Patch?= <letter@letter.example>\r\nTo: undisclosed-recipients:;\r\n" +
	"Subject: 12: Keys in the open\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <issue-12@letter.example>\r\n" +
	"List-Id: \"Sunday Patch\" <sunday-patch.letter.example>\r\nList-Archive: <https://letter.example/archive/>\r\n" +
	"List-Subscribe: <https://letter.example/in>\r\nList-Owner: <mailto:letter@letter.example>\r\nList-Post: NO\r\n" +
	"Archived-At: <https://letter.example/keys/>\r\nList-Unsubscribe: <" + Placeholder + ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"pq-1\"\r\n\r\n" +
	"--pq-1\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n" +
	"Keys in the open, caf=C3=A9 {{ braces }}\r\n.a line with a dot\r\nFrom here on\r\nUnsubscribe: https://unsubscribe=\r\n.invalid/f3b1c07d5a6e4492\r\n" +
	"\r\n--pq-1\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n" +
	"<p>Keys in the open</p><a href=3D\"" + Placeholder + "\">Unsubscribe</a>\r\n\r\n--pq-1--\r\n"

func newMail(t testing.TB, o MailOptions) *Mail {
	t.Helper()
	m, err := ParseMail([]byte(rendered), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// realMail is of the size of a real issue: 30 kB of HTML, 15 kB of text.
func realMail(t testing.TB, o MailOptions) *Mail {
	t.Helper()
	line := "Nobody had written down which machine asked for which certificate, and so on.\r\n"
	big := strings.Replace(rendered, "Keys in the open, caf", strings.Repeat(line, 190)+"Keys in the open, caf", 1)
	m, err := ParseMail([]byte(strings.Replace(big, "<p>Keys", strings.Repeat("<p>"+line, 370)+"<p>Keys", 1)), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// people gives a list of n.
func people(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "reader%d@town%d.example\n", i, i%7)
	}
	return b.String()
}

func header() Header {
	return Header{Issue: 12, Seal: "aa", Mail: "bb", Started: time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)}
}
