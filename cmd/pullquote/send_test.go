package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// postOffice takes mail on loopback.
type postOffice struct {
	mu    sync.Mutex
	taken []string // recipients
	last  string
}

func (p *postOffice) open(t *testing.T) (port int) {
	t.Helper()
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &counter{office: p}, nil }))
	s.Domain, s.ErrorLog = "mx.letter.example", log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { s.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

type counter struct {
	office *postOffice
	to     string
}

func (c *counter) Mail(string, *smtp.MailOptions) error { return nil }
func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	if strings.HasPrefix(to, "gone@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person"}
	}
	return nil
}

func (c *counter) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.taken = append(c.office.taken, c.to)
	c.office.last = string(body)
	return err
}
func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

// sendingWorkspace is a workspace with an issue and a draft, and settings.
func sendingWorkspace(t *testing.T, settings string) (dir string, do func(want int, args ...string) string) {
	t.Helper()
	dir = t.TempDir()
	issue := "---\ntitle: \"%d - Good\"\ndate: 2026-11-15\ndescription: \"A good one.\"\npermalink: /good-%[1]d/\n%s---\n\nAn intro.\n\n" +
		"## [A story](https://a.example/story)\n\n[https://a.example/story](https://a.example/story)\n\n> A passage.\n\nA note of hers.\n"
	writeTest(t, filepath.Join(dir, "pullquote.yaml"), "name: Test Letter\nurl: https://letter.example/\nmail:\n  from: letter@letter.example\n"+settings)
	writeTest(t, filepath.Join(dir, "issues", "0001-good.md"), fmt.Sprintf(issue, 1, ""))
	writeTest(t, filepath.Join(dir, "issues", "0002-draft.md"), fmt.Sprintf(issue, 2, "draft: true\n"))
	writeTest(t, filepath.Join(dir, "list"), "ann@town.example\ngone@town.example\nbob@city.example\n")
	return dir, func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		env := func(name string) string {
			return map[string]string{"PULLQUOTE_LISTMONK_TOKEN": "t0ken", "PULLQUOTE_UNSUBSCRIBE_KEY": "k", "NO_COLOR": "1"}[name]
		}
		if got := run(append([]string{"-C", dir, "--at", "2026-11-22T17:00:00Z", "send"}, args...), strings.NewReader(""), &out, &out, env); got != want {
			t.Fatalf("send %v: exit status %d, want %d\n%s", args, got, want, out.String())
		}
		if strings.Contains(out.String(), "t0ken") {
			t.Errorf("a secret was printed: %s", out.String())
		}
		return out.String()
	}
}

// TestSendOverSMTP: a test of a draft, a list, a second start, a changed issue,
// a second sender at the same time, a lost ledger.
func TestSendOverSMTP(t *testing.T) {
	office := &postOffice{}
	port := office.open(t)
	dir, do := sendingWorkspace(t, fmt.Sprintf("smtp:\n  host: 127.0.0.1\n  port: %d\n  tls: none\n  rate: 1000\n  unsubscribe: \"https://letter.example/out/{token}\"\n  pauses:\n    slow.example: 2s\n", port))
	list := filepath.Join(dir, "list")

	if out := do(0, "2", "--test", "me@town.example"); !strings.Contains(out, "send-draft") || !strings.Contains(out, "to 1 address") {
		t.Error(out)
	}
	if _, err := os.Stat(filepath.Join(dir, "sent", "0002.jsonl")); err == nil {
		t.Error("a test has a ledger")
	}
	out := do(3, "1", "--list", list)
	if !strings.Contains(out, "gone@town.example: refused for good: 550") || !strings.Contains(out, "issue 1: 2 of 3 have it, 2 of them from this run.") {
		t.Error(out)
	}
	if got := strings.Join(office.taken, " "); got != "me@town.example ann@town.example bob@city.example" {
		t.Error(got)
	}
	if !strings.Contains(office.last, "List-Unsubscribe-Post: List-Unsubscribe=One-Click") || !strings.Contains(office.last, "Date: Sun, 22 Nov 2026 17:0") {
		t.Error(office.last)
	}
	if out = do(3, "1", "--status"); !strings.Contains(out, "2 have it, 1 refused, 0 put off, 0 uncertain.") {
		t.Error(out)
	}
	if out = do(3, "1", "--list", list); !strings.Contains(out, "2 of 3 have it, 0 of them") || len(office.taken) != 3 {
		t.Error(out)
	}
	mark, err := os.ReadFile(filepath.Join(dir, "issues", "evidence", "0001.sent.json"))
	if err != nil || strings.Contains(string(mark), "@") {
		t.Errorf("the mark says %s, %v", mark, err)
	}

	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "sent", "0001.lock")).Lock()
	if err != nil {
		t.Fatal(err)
	}
	if out = do(1, "1", "--list", list); !strings.Contains(out, "being sent by another run") {
		t.Error(out)
	}
	unlock()

	file := filepath.Join(dir, "issues", "0001-good.md")
	body, _ := os.ReadFile(file)
	writeTest(t, file, string(body)+"\nOne more thing.\n")
	if out = do(1, "1", "--list", list); !strings.Contains(out, "the text of issue 1 was changed") {
		t.Error(out)
	}
	writeTest(t, file, string(body))
	if err := os.RemoveAll(filepath.Join(dir, "sent")); err != nil {
		t.Fatal(err)
	}
	if out = do(1, "1", "--list", list); !strings.Contains(out, "restore the ledger") || len(office.taken) != 3 {
		t.Error(out)
	}
	if do(3, "1", "--list", list, "--new-ledger"); len(office.taken) != 5 {
		t.Errorf("a new ledger: %v", office.taken)
	}
}

// TestSendAgainAfterTheEnd: a start when everybody has it says so, sends nothing
// and is no failure; the status says it to programs as well.
func TestSendAgainAfterTheEnd(t *testing.T) {
	office := &postOffice{}
	dir, do := sendingWorkspace(t, fmt.Sprintf("smtp:\n  host: 127.0.0.1\n  port: %d\n  tls: none\n  rate: 1000\n", office.open(t)))
	list := filepath.Join(dir, "list")
	writeTest(t, list, "ann@town.example\nbob@city.example\n")
	if out := do(0, "1", "--list", list); !strings.Contains(out, "2 of 2 have it, 2 of them from this run.") {
		t.Error(out)
	}
	if out := do(0, "1", "--list", list); !strings.Contains(out, "issue 1: all 2 have it already; nothing was sent.") || len(office.taken) != 2 {
		t.Errorf("%s, taken %v", out, office.taken)
	}
	var status struct {
		Issue    int        `json:"issue"`
		Accepted int        `json:"accepted"`
		Refused  []struct{} `json:"refused"`
	}
	out := do(0, "1", "--status", "--json")
	if err := json.Unmarshal([]byte(out), &status); err != nil || status.Issue != 1 || status.Accepted != 2 || status.Refused == nil {
		t.Errorf("%+v, %v: %s", status, err, out)
	}
}

// TestSendOfATextEditedByHand: it is what goes out; one that lacks a passage is
// refused by name.
func TestSendOfATextEditedByHand(t *testing.T) {
	office := &postOffice{}
	dir, do := sendingWorkspace(t, fmt.Sprintf("smtp:\n  host: 127.0.0.1\n  port: %d\n  tls: none\n  rate: 1000\n  unsubscribe: \"https://letter.example/out/{token}\"\n", office.open(t)))
	list := filepath.Join(dir, "list")
	writeTest(t, list, "ann@town.example\n")
	own := filepath.Join(dir, "issues", "0001-good.txt")
	writeTest(t, own, "Dear reader,\n\n1. A story\nhttps://a.example/story\n\n> A passage.\n\nA note of hers.\n")
	if out := do(3, "1", "--list", list); !strings.Contains(out, "0001-good.txt") || !strings.Contains(out, `the text lacks a note: "An intro."`) || len(office.taken) != 0 {
		t.Error(out)
	}
	writeTest(t, own, "Dear reader,\n\nAn intro.\n\n1. A story\nhttps://a.example/story\n\n> A passage.\n\nA note of hers.\n")
	do(0, "1", "--list", list)
	if !strings.Contains(office.last, "Dear reader,") || !strings.Contains(office.last, "Unsubscribe: https://letter.example/out/") {
		t.Error(office.last)
	}
}

// TestSendToListmonk: a draft there, the same draft again, and out once.
func TestSendToListmonk(t *testing.T) {
	var asked []string
	at := "draft"
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		status := at
		if strings.HasSuffix(r.URL.Path, "/status") {
			status = "running"
		}
		fmt.Fprintf(w, `{"data":{"id":7,"status":%q}}`, status)
	}))
	defer service.Close()
	_, do := sendingWorkspace(t, "listmonk:\n  url: "+service.URL+"\n  user: api\n  lists: [3]\n")
	if out := do(0, "1", "--listmonk"); !strings.Contains(out, "is at listmonk as 7, draft.") || !strings.Contains(out, "--confirm") {
		t.Error(out)
	}
	do(3, "2", "--listmonk")
	if out := do(0, "1", "--listmonk", "--confirm"); !strings.Contains(out, "running") {
		t.Error(out)
	}
	if out := do(1, "1", "--listmonk", "--confirm"); !strings.Contains(out, "went out by listmonk") {
		t.Error(out)
	}
	at = "finished" // started there by hand
	if out := do(1, "1", "--listmonk", "--confirm", "--new-ledger"); !strings.Contains(out, "is finished at listmonk already") {
		t.Error(out)
	}
	if len(asked) != 4 || asked[3] != "PUT /api/campaigns/7" {
		t.Errorf("asked %q", asked)
	}
	asked = asked[:3]
	if got := strings.Join(asked, ", "); got != "POST /api/campaigns, PUT /api/campaigns/7, PUT /api/campaigns/7/status" {
		t.Error(got)
	}
}

// TestSendToButtondown: the key comes from a file that pullquote.yaml names, and is
// not printed; the draft there is one, however often it is handed over.
func TestSendToButtondown(t *testing.T) {
	var asked []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Token t0ken" {
			http.Error(w, `{"code":"unauthorized","detail":"no such key"}`, http.StatusUnauthorized)
			return
		}
		asked = append(asked, r.Method+" "+r.URL.Path)
		_, _ = io.WriteString(w, `{"id":"a1","status":"draft"}`)
	}))
	defer service.Close()
	dir, do := sendingWorkspace(t, "buttondown:\n  url: "+service.URL+"\n  token-file: secrets/key\n")
	if out := do(1, "1", "--buttondown"); !strings.Contains(out, filepath.Join("secrets", "key")) {
		t.Error(out)
	}
	writeTest(t, filepath.Join(dir, "secrets", "key"), "wr0ng\n")
	if out := do(1, "1", "--buttondown"); !strings.Contains(out, "401 Unauthorized: no such key unauthorized") || strings.Contains(out, "wr0ng") {
		t.Error(out)
	}
	writeTest(t, filepath.Join(dir, "secrets", "key"), "t0ken\n")
	do(0, "1", "--buttondown")
	do(0, "1", "--buttondown")
	if got := strings.Join(asked, ", "); got != "POST /v1/emails, PATCH /v1/emails/a1" {
		t.Error(got)
	}
}
