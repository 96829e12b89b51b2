package send

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/render"
	"github.com/pullquote/pullquote/templates"
)

// eximConfig takes mail for everybody into one Maildir, when its queue is run.
const eximConfig = `
primary_hostname = mx.letter.example
exim_path = EXIM
spool_directory = DIR/spool
log_file_path = DIR/log/%%slog
queue_only = true
tls_advertise_hosts = *
tls_certificate = DIR/cert.pem
tls_privatekey = DIR/key.pem
acl_smtp_rcpt = taken
never_users =
begin acl
taken:
  deny local_parts = nobody
       message = no such person
  accept
begin routers
vanished:
  driver = redirect
  local_parts = vanished
  allow_fail
  data = :fail: 550 5.1.1 nobody of that name
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = DIR/mail
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
  user = mail
  group = mail
`

// TestMTA sends the sample issue through Exim over STARTTLS and reads the
// mailbox back.
func TestMTA(t *testing.T) {
	exim, err := exec.LookPath("exim4")
	if err != nil {
		missing(t, "no exim4 on this machine (Debian: exim4-daemon-light)")
	}
	if os.Getuid() != 0 {
		t.Skip("exim4 takes a configuration of ours only from root")
	}
	dir, err := os.MkdirTemp("", "pullquote-mta")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	write := func(name, body string, mode os.FileMode) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(body), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{".", "spool", "log", "mail"} {
		// Exim drops root for its own user, which must be able to write there.
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o777); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o777)
		if sub == "." {
			mode = 0o755
		}
		if err := os.Chmod(filepath.Join(dir, sub), mode); err != nil {
			t.Fatal(err)
		}
	}
	cert, ca := certificate(t, "127.0.0.1")
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write("cert.pem", string(ca), 0o644)
	write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})), 0o644)
	write("conf", strings.NewReplacer("DIR", dir, "EXIM", exim, "%%", "%").Replace(eximConfig), 0o644)
	conf := filepath.Join(dir, "conf")

	// Exim serves each connection as inetd would start it.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			file, err := c.(*net.TCPConn).File()
			c.Close()
			if err != nil {
				return
			}
			cmd := exec.Command(exim, "-C", conf, "-bs")
			cmd.Stdin, cmd.Stdout = file, file
			_ = cmd.Run()
			file.Close()
		}
	}()

	src := os.DirFS("../../issues")
	archive, _ := issue.ReadArchive(src)
	if len(archive.Heads) == 0 {
		t.Fatal("the sample newsletter has no issue")
	}
	is, _, err := issue.Load(src, archive.Heads[0].File)
	if err != nil {
		t.Fatal(err)
	}
	_, _, eml, err := render.Email(render.Input{Templates: templates.Builtin(), Publication: render.Publication{
		Name: "Sünday Patch", URL: "https://letter.example/", Address: "3 Ropewalk Yard",
		Mail: render.Mail{From: "letter@letter.example", Unsubscribe: Placeholder},
	}}, is)
	if err != nil {
		t.Fatal(err)
	}
	r, e, _, _ := keys(t)
	m, err := ParseMail(eml, MailOptions{Unsubscribe: "https://letter.example/out/{email}", Signers: []Signer{r, e}})
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	report, err := Send(t.Context(), Options{
		Mail: m, List: strings.NewReader("ann@town.example\nnobody@town.example\nvanished@town.example\nzoë@bücher.example\nBob <bob@city.example>\n"),
		Ledger: filepath.Join(t.TempDir(), "1.jsonl"), Header: header(), Now: c.Now, Sleep: c.Sleep, Timeout: time.Minute, CA: ca, public: true,
		Server: Server{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Rate: 1e6},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, logs(dir))
	}
	want := map[string]bool{"ann@town.example": true, "bob@city.example": true}
	if len(report.Refused) == 1 { // this Exim has SMTPUTF8
		want["zoë@xn--bcher-kva.example"] = true
	}
	if report.Accepted != len(want)+1 || report.Refused[0].Email != "nobody@town.example" {
		t.Errorf("%+v", report)
	}
	for range 2 { // what Exim sends back is in the queue after the first
		if out, err := exec.Command(exim, "-C", conf, "-qff").CombinedOutput(); err != nil {
			t.Fatalf("running the queue: %v\n%s", err, out)
		}
	}
	// Exim took the mail for somebody it could not deliver to, and says so.
	bounces, err := ReadBounces([]string{filepath.Join(dir, "mail")})
	if err != nil || len(bounces.Drop) != 1 || bounces.Drop[0].Email != "vanished@town.example" {
		t.Fatalf("%+v, %v\n%s", bounces, err, logs(dir))
	}
	if err := os.Remove(bounces.Drop[0].Where); err != nil {
		t.Fatal(err)
	}
	boxes, _ := filepath.Glob(filepath.Join(dir, "mail", "new", "*"))
	if len(boxes) != len(want) {
		t.Fatalf("%d messages arrived, want %d\n%s", len(boxes), len(want), logs(dir))
	}
	for _, name := range boxes {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h, text, html := editions(t, body)
		to := h.Get("Envelope-To")
		if !want[to] {
			t.Errorf("a message for %q arrived", to)
		}
		delete(want, to)
		if h.Get("Return-Path") != "<letter@letter.example>" || h.Get("Message-ID") != "<"+m.MessageID(to)+">" || len(h["Dkim-Signature"]) != 2 {
			t.Errorf("%s: %v", to, h)
		}
		if !strings.Contains(text, strings.ToUpper("Sünday Patch")) || !strings.Contains(html, "https://letter.example/out/") || strings.Contains(text+html, "unsubscribe.invalid") {
			t.Errorf("%s got %.300s", to, text)
		}
	}
}

func logs(dir string) string {
	var out strings.Builder
	names, _ := filepath.Glob(filepath.Join(dir, "log", "*"))
	for _, n := range names {
		if f, err := os.Open(n); err == nil {
			body, _ := io.ReadAll(io.LimitReader(f, 4000))
			f.Close()
			fmt.Fprintf(&out, "%s: %s\n", n, body)
		}
	}
	return out.String()
}
