package send

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func options(t testing.TB, s *mailServer, list string) (Options, *clock) {
	c := newClock()
	return Options{
		Mail: newMail(t, MailOptions{}), List: strings.NewReader(list), Ledger: filepath.Join(t.TempDir(), "sent", "0012.jsonl"),
		Header: header(), Server: s.settings(), Now: c.Now, Sleep: c.Sleep, Timeout: 10 * time.Second,
	}, c
}

// TestSend: everybody gets the mail once, over one connection, and a second
// start sends nothing.
func TestSend(t *testing.T) {
	s := newServer(t, nil)
	o, _ := options(t, s, people(20)+"Reader3@town3.example\n")
	r, err := Send(t.Context(), o)
	if err != nil || r.Accepted != 20 || r.Now != 20 || r.Trouble() {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(r.Twice) != 1 || r.Twice[0].Line != 21 || !strings.Contains(r.Twice[0].What, "line 4") {
		t.Errorf("the duplicate is said as %v", r.Twice)
	}
	if s.sessions != 1 || s.eightBit != 20 || s.utf8 != 0 {
		t.Errorf("%d connections, %d with 8BITMIME, %d with SMTPUTF8", s.sessions, s.eightBit, s.utf8)
	}
	if !strings.Contains(s.last, "\r\n.a line with a dot\r\n") {
		t.Error("a line that begins with a dot was changed")
	}
	for i := range 20 {
		if n := s.times(fmt.Sprintf("reader%d@town%d.example", i, i%7)); n != 1 {
			t.Errorf("reader%d got it %d times", i, n)
		}
	}
	if r, err = Send(t.Context(), o); err != nil || r.Now != 0 || r.Accepted != 20 {
		t.Errorf("a second start: %+v, %v", r, err)
	}
	if info, err := os.Stat(o.Ledger); err != nil || info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		t.Errorf("the ledger is open to others: %v, %v", info.Mode(), err)
	}
	o.Header.Seal = "cc"
	if _, err = Send(t.Context(), o); !errors.Is(err, ErrChanged) {
		t.Errorf("a changed issue goes on under the old ledger: %v", err)
	}
	o.Header.Seal, o.Header.Mail = "aa", "cc"
	if _, err = Send(t.Context(), o); !errors.Is(err, ErrChanged) {
		t.Errorf("a changed mail goes on under the old ledger: %v", err)
	}
}

// TestRefusals: 5xx is for good, 4xx is tried again with longer and longer
// waits, and neither keeps the others from their mail.
func TestRefusals(t *testing.T) {
	tries := map[string]int{}
	s := newServer(t, func(s *mailServer) {
		s.rcpt = func(to string) error {
			tries[to]++
			switch {
			case to == "reader1@town1.example":
				return reply(550, "no such person")
			case to == "reader2@town2.example" && tries[to] < 3:
				return reply(450, "come back")
			case to == "reader3@town3.example":
				return reply(452, "full")
			}
			return nil
		}
		s.data = func(to string) what {
			if to == "reader4@town4.example" {
				return refuse
			}
			return take
		}
	})
	o, c := options(t, s, people(6))
	r, err := Send(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Accepted != 3 || len(r.Refused) != 2 || len(r.Deferred) != 1 {
		t.Errorf("%+v", r)
	}
	if tries["reader2@town2.example"] != 3 || tries["reader3@town3.example"] != 1+defaultRetries || tries["reader1@town1.example"] != 1 {
		t.Errorf("tries: %v", tries)
	}
	var longest time.Duration
	for _, d := range c.slept {
		longest = max(longest, d)
	}
	if total := c.now.Sub(newClock().now); total < time.Minute+3*time.Minute+9*time.Minute+27*time.Minute-time.Minute || longest > longestBackOff {
		t.Errorf("waited %v in all, %v at most", total, longest)
	}
	// What was put off is tried in the next run; what was refused is not.
	if r, _ = Send(t.Context(), o); tries["reader1@town1.example"] != 1 || tries["reader3@town3.example"] != 2*(1+defaultRetries) || len(r.Refused) != 2 {
		t.Errorf("next run: tries %v, %+v", tries, r)
	}
	o.RetryRefused = true
	if _, _ = Send(t.Context(), o); tries["reader1@town1.example"] != 2 {
		t.Errorf("--retry-refused: tries %v", tries)
	}
	status, err := ReadStatus(o.Ledger)
	if err != nil || status.Accepted != 3 || len(status.Refused) != 2 || len(status.Deferred) != 1 || status.Issue != 12 {
		t.Errorf("status %+v, %v", status, err)
	}
}

// TestServerRefusesUs: when the server refuses the sender or everybody, the
// run stops and does not burn the list.
func TestServerRefusesUs(t *testing.T) {
	s := newServer(t, func(s *mailServer) { s.mail = func() error { return reply(553, "who are you") } })
	o, _ := options(t, s, people(100))
	if r, err := Send(t.Context(), o); err == nil || !strings.Contains(err.Error(), "refuses the sender") || len(r.Refused) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	s = newServer(t, func(s *mailServer) { s.data = func(string) what { return refuse } })
	o, _ = options(t, s, people(100))
	if r, err := Send(t.Context(), o); err == nil || len(r.Refused) != maxRefusals {
		t.Errorf("%d refused, %v", len(r.Refused), err)
	}
}

// TestDrop: a connection that breaks before the end is made again and nobody
// gets the mail twice; one that breaks after the end leaves somebody who is
// named and not sent to again.
func TestDrop(t *testing.T) {
	for _, fate := range []what{dropTaken, dropUntaken, hang} {
		s := newServer(t, func(s *mailServer) {
			s.data = func(to string) what {
				if to == "reader2@town2.example" {
					return fate
				}
				return take
			}
		})
		o, _ := options(t, s, people(5))
		if fate == hang {
			o.Timeout = 200 * time.Millisecond
		}
		for range 2 {
			r, err := Send(t.Context(), o)
			if err != nil || r.Accepted != 4 || len(r.Uncertain) != 1 || r.Uncertain[0].Email != "reader2@town2.example" {
				t.Fatalf("fault %d: %+v, %v", fate, r, err)
			}
		}
		if n := s.times("reader2@town2.example"); n > 1 {
			t.Errorf("fault %d: sent %d times", fate, n)
		}
		fate = take
		o.ResendUncertain = true
		if r, err := Send(t.Context(), o); err != nil || r.Accepted != 5 || r.Trouble() {
			t.Errorf("resent: %+v, %v", r, err)
		}
	}
	// Before the end.
	broken := false
	s := newServer(t, func(s *mailServer) {
		s.rcpt = func(to string) error {
			if to == "reader2@town2.example" && !broken {
				broken = true
				return reply(421, "closing")
			}
			return nil
		}
	})
	o, c := options(t, s, people(5))
	if r, err := Send(t.Context(), o); err != nil || r.Accepted != 5 || r.Trouble() || s.sessions != 2 || len(c.slept) > 5 {
		t.Errorf("421: %+v, %v, %d connections, slept %v", r, err, s.sessions, c.slept)
	}
}

// TestTLS: what can't be had safely refuses; only a server on this machine may
// do without.
func TestTLS(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1")
	wrong, wrongCA := certificate(t, "elsewhere.example")
	for _, c := range []struct {
		name   string
		tls    string
		cert   *tls.Certificate // of the server; nil: it has none
		server string           // "implicit": TLS from the first byte
		ca     []byte
		public bool
		says   string // empty: it is sent
	}{
		{"starttls", "", &cert, "mx", ca, true, ""},
		{"implicit", "tls", &cert, "implicit", ca, true, ""},
		{"loopback without", "", nil, "mx", nil, false, ""},
		{"loopback none", "none", nil, "mx", nil, false, ""},
		{"public without", "", nil, "mx", nil, true, "offers no STARTTLS"},
		{"public none", "none", nil, "mx", nil, true, "in the clear"},
		{"unknown authority", "", &cert, "mx", nil, false, "certificate is not good"},
		{"other name", "", &wrong, "mx", wrongCA, false, "certificate is not good"},
		{"implicit to plain", "tls", nil, "mx", ca, false, "does not speak TLS"},
	} {
		s := newServer(t, func(s *mailServer) {
			s.Domain = c.server
			if c.cert != nil {
				s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c.cert}}
			}
		})
		o, _ := options(t, s, people(2))
		o.Server.TLS, o.CA, o.public = c.tls, c.ca, c.public
		o.Server.User, o.Password = "editor", "open sesame"
		r, err := Send(t.Context(), o)
		if c.says == "" && (err != nil || r.Accepted != 2) {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
		if c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || len(s.accepted) > 0) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestPassword: a wrong one stops the run and is never shown, even when the
// server says it.
func TestPassword(t *testing.T) {
	s := newServer(t, nil)
	o, _ := options(t, s, people(2))
	o.Server.User, o.Password = "editor", "xyzzy-secret"
	_, err := Send(t.Context(), o)
	if err == nil || strings.Contains(err.Error(), "xyzzy") || !strings.Contains(err.Error(), "signing in as editor") {
		t.Errorf("%v", err)
	}
	ledger, _ := os.ReadFile(o.Ledger)
	if bytes.Contains(ledger, []byte("xyzzy")) || bytes.Contains(ledger, []byte("handing")) {
		t.Errorf("the ledger says %s", ledger)
	}
	o.Password = ""
	if _, err := Send(t.Context(), o); err == nil || !strings.Contains(err.Error(), "PULLQUOTE_SMTP_PASSWORD") {
		t.Errorf("no password: %v", err)
	}
}

// TestOutage: a server that can't be reached at all stops the run at once; one
// that goes away is waited for, and then the run stops. Nobody counts as handed
// to, and the next run serves them.
func TestOutage(t *testing.T) {
	away := true
	var told []string
	s := newServer(t, func(s *mailServer) {
		s.rcpt = func(to string) error {
			if away && to != "reader0@town0.example" {
				return reply(421, "going down")
			}
			return nil
		}
	})
	o, c := options(t, s, people(3))
	o.Waits = func(d time.Duration, why string) { told = append(told, why) }
	here := o.Server.Port
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Server.Port = gone.Addr().(*net.TCPAddr).Port
	gone.Close()
	r, err := Send(t.Context(), o)
	if err == nil || r.Accepted != 0 || len(r.Uncertain) != 0 || len(c.slept) != 0 {
		t.Errorf("out of reach: %+v, %v, slept %v", r, err, c.slept)
	}
	o.Server.Port = here
	r, err = Send(t.Context(), o)
	if err == nil || r.Accepted != 1 || len(r.Uncertain) != 0 || c.now.Sub(newClock().now) < 10*time.Minute || len(told) != 3 {
		t.Errorf("gone away: %+v, %v, slept %v, told %q", r, err, c.slept, told)
	}
	away = false
	if r, err = Send(t.Context(), o); err != nil || r.Accepted != 3 || r.Trouble() {
		t.Errorf("back: %+v, %v", r, err)
	}
}

// TestSMTPUTF8: asked for only for who needs it.
func TestSMTPUTF8(t *testing.T) {
	for _, offered := range []bool{true, false} {
		s := newServer(t, func(s *mailServer) { s.EnableSMTPUTF8 = offered })
		o, _ := options(t, s, "zoë@bücher.example\nplain@town.example\n")
		r, err := Send(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if offered && (r.Accepted != 2 || s.utf8 != 1 || s.times("zoë@xn--bcher-kva.example") != 1) {
			t.Errorf("offered: %+v, %d with SMTPUTF8, %v", r, s.utf8, s.accepted)
		}
		if !offered && (r.Accepted != 1 || len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Reply, "SMTPUTF8")) {
			t.Errorf("not offered: %+v", r)
		}
	}
	s := newServer(t, func(s *mailServer) { s.EnableSMTPUTF8 = false })
	o, _ := options(t, s, people(2))
	o.Server.Sender = "rückläufer@letter.example"
	if r, err := Send(t.Context(), o); err == nil || len(r.Refused) > 0 || !strings.Contains(err.Error(), "the sender") {
		t.Errorf("a sender who needs it: %+v, %v", r, err)
	}
	o, _ = options(t, s, people(2))
	o.Server.Sender = "bounces@bücher.example"
	if r, err := Send(t.Context(), o); err != nil || r.Accepted != 2 {
		t.Errorf("a sender of an international domain: %+v, %v", r, err)
	}
}

// TestPace: the rate and a domain's pause are kept, and other domains don't
// wait for it.
func TestPace(t *testing.T) {
	c := newClock()
	when := map[string]time.Time{}
	var order []string
	o := Options{
		Mail: newMail(t, MailOptions{}), List: strings.NewReader("a@slow.example\nb@slow.example\nc@slow.example\nd@town.example\ne@town.example\n"),
		Server: Server{Rate: 2, Pauses: map[string]time.Duration{"slow.example": 10 * time.Second}}, Now: c.Now, Sleep: c.Sleep,
		deliver: func(_ context.Context, _, to string, _ []byte) Outcome {
			when[to] = c.now
			order = append(order, to[:1])
			return Outcome{What: Accepted}
		},
	}
	if _, err := Send(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, ""); got[:3] != "ade" || len(got) != 5 {
		t.Errorf("order %s", got)
	}
	if d := when["e@town.example"].Sub(when["a@slow.example"]); d != time.Second {
		t.Errorf("three messages at two a second took %v", d)
	}
	for _, pair := range [][2]string{{"a@slow.example", "b@slow.example"}, {"b@slow.example", "c@slow.example"}} {
		if d := when[pair[1]].Sub(when[pair[0]]).Abs(); d < 10*time.Second {
			t.Errorf("%v are %v apart", pair, d)
		}
	}
}

// TestCut: a ledger cut at any byte, as a power loss may cut it, with what the
// server had taken by then, and taken or not the one in hand: after the next
// run everybody but the uncertain has the mail, nobody twice; resending brings
// it to those.
func TestCut(t *testing.T) {
	const n = 5
	name := filepath.Join(t.TempDir(), "0012.jsonl")
	type taken struct {
		to     string
		before int64 // bytes of the ledger on the disk when the server took it
	}
	var log []taken
	run := func(each func(to string), resend bool) Report {
		t.Helper()
		c := newClock()
		o := Options{
			Mail: newMail(t, MailOptions{}), List: strings.NewReader(people(n)), Ledger: name, Header: header(), Now: c.Now, Sleep: c.Sleep,
			ResendUncertain: resend, deliver: func(_ context.Context, _, to string, _ []byte) Outcome {
				each(to)
				return Outcome{What: Accepted, Reply: "250 ok"}
			},
		}
		r, err := Send(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	run(func(to string) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, taken{to, info.Size()})
	}, false)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut <= len(whole); cut++ {
		for _, inHand := range []bool{false, true} {
			got := map[string]int{}
			for _, x := range log {
				if x.before < int64(cut) || x.before == int64(cut) && inHand {
					got[x.to]++
				}
			}
			if err := os.WriteFile(name, whole[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			r := run(func(to string) { got[to]++ }, false)
			if len(r.Uncertain) > 1 {
				t.Fatalf("cut at %d: %d are uncertain", cut, len(r.Uncertain))
			}
			unsure := ""
			if len(r.Uncertain) == 1 {
				unsure = r.Uncertain[0].Email
			}
			for _, x := range log {
				if got[x.to] > 1 || got[x.to] == 0 && x.to != unsure {
					t.Fatalf("cut at %d (in hand %v): %s got it %d times, uncertain is %q", cut, inHand, x.to, got[x.to], unsure)
				}
			}
			r = run(func(to string) {
				if got[to]++; to != unsure {
					t.Fatalf("cut at %d: %s was sent to again", cut, to)
				}
			}, true)
			if r.Accepted != n || r.Trouble() {
				t.Fatalf("cut at %d, resent: %+v", cut, r)
			}
		}
	}
}

// TestKilled: a sender killed with SIGKILL again and again, at random points of
// its talk with the server, still reaches everybody once.
func TestKilled(t *testing.T) {
	const n = 40
	list := filepath.Join(t.TempDir(), "list")
	ledger := filepath.Join(t.TempDir(), "0012.jsonl")
	if err := os.WriteFile(list, []byte(people(n)), 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // a session may outlive its child
	var child *exec.Cmd
	random := rand.New(rand.NewPCG(12, 96))
	killed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(10) > 0 {
			return false
		}
		_ = child.Process.Kill()
		return true
	}
	s := newServer(t, func(s *mailServer) {
		s.mail = func() error { killed(); return nil }
		s.rcpt = func(string) error { killed(); return nil }
		s.data = func(string) what {
			if killed() {
				mu.Lock()
				defer mu.Unlock()
				return []what{take, dropTaken, dropUntaken}[random.IntN(3)]
			}
			return take
		}
	})
	runs := 0
	for ; runs < 100; runs++ {
		var out bytes.Buffer
		next := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
		next.Env = append(os.Environ(), "PULLQUOTE_SEND_LIST="+list, "PULLQUOTE_SEND_LEDGER="+ledger, "PULLQUOTE_SEND_PORT="+strconv.Itoa(s.port))
		next.Stdout, next.Stderr = &out, &out
		mu.Lock()
		err := next.Start()
		child = next
		mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if err := next.Wait(); err == nil {
			break
		} else if next.ProcessState.Exited() {
			t.Fatalf("%v\n%s", err, out.String())
		}
	}
	if runs < 3 || runs == 100 {
		t.Fatalf("%d runs were killed", runs)
	}
	status, err := ReadStatus(ledger)
	if err != nil {
		t.Fatal(err)
	}
	unsure := map[string]bool{}
	for _, p := range status.Uncertain {
		unsure[p.Email] = true
	}
	if len(unsure) == 0 || len(unsure) > runs || status.Accepted+len(unsure) != n {
		t.Errorf("%d killed runs: %d accepted, %d uncertain, of %d", runs, status.Accepted, len(unsure), n)
	}
	for i := range n {
		to := fmt.Sprintf("reader%d@town%d.example", i, i%7)
		if got := s.times(to); got > 1 || got == 0 && !unsure[to] {
			t.Errorf("%s got it %d times", to, got)
		}
	}
}

// TestKilledChild is the sender that TestKilled kills.
func TestKilledChild(t *testing.T) {
	list := os.Getenv("PULLQUOTE_SEND_LIST")
	if list == "" {
		t.Skip("run by TestKilled")
	}
	file, err := os.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(os.Getenv("PULLQUOTE_SEND_PORT"))
	c := newClock()
	r, err := Send(t.Context(), Options{
		Mail: newMail(t, MailOptions{}), List: file, Ledger: os.Getenv("PULLQUOTE_SEND_LEDGER"), Header: header(),
		Server: Server{Host: "127.0.0.1", Port: port, Rate: 1e6}, Now: c.Now, Sleep: c.Sleep, Timeout: 20 * time.Second,
	})
	if err != nil {
		t.Fatalf("%+v, %v", r, err)
	}
}

// TestStopped: Ctrl-C waits for the answer in hand, and the rest goes next time.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(s *mailServer) {
		s.data = func(to string) what {
			if to == "reader3@town3.example" {
				cancel()
			}
			return take
		}
	})
	o, _ := options(t, s, people(10))
	if r, err := Send(ctx, o); !errors.Is(err, context.Canceled) || r.Accepted != 4 || len(r.Uncertain) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := Send(t.Context(), o); err != nil || r.Accepted != 10 || r.Now != 6 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestBrokenLedger: a broken line in its middle is said with its number, and
// nothing is sent.
func TestBrokenLedger(t *testing.T) {
	s := newServer(t, nil)
	o, _ := options(t, s, people(3))
	if _, err := Send(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	body, _ := os.ReadFile(o.Ledger)
	lines := bytes.SplitAfter(body, []byte("\n"))
	lines[2] = []byte("{\"to\":\n")
	if err := os.WriteFile(o.Ledger, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Send(t.Context(), o); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("%v", err)
	}
}

// FuzzLedger: whatever a disk gives back, what is read of it are whole lines
// about known things, and reading those again gives the same.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"version":1,"issue":12,"seal":"aa","mail":"bb","started":"2026-11-22T17:00:00Z"}` + "\n" +
		`{"to":"a@b.example","what":"handing","at":"2026-11-22T17:00:00Z"}` + "\n" + `{"to":"a@b.ex`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n := 0
		head, whole, ok, err := readLedger(bytes.NewReader(body), func(Entry) error { n++; return nil })
		if err != nil {
			return
		}
		if whole > int64(len(body)) || whole > 0 && body[whole-1] != '\n' {
			t.Fatalf("%d of %d bytes are whole", whole, len(body))
		}
		again := 0
		head2, whole2, ok2, err := readLedger(bytes.NewReader(body[:whole]), func(Entry) error { again++; return nil })
		if err != nil || head2 != head || whole2 != whole || ok2 != ok || again != n {
			t.Fatalf("%v: %d lines, then %d", err, n, again)
		}
	})
}

func BenchmarkSMTP(b *testing.B) {
	s := newServer(b, nil)
	var list strings.Builder
	for i := range b.N {
		fmt.Fprintf(&list, "reader%d@town.example\n", i)
	}
	o, _ := options(b, s, list.String())
	o.Mail = realMail(b, MailOptions{Unsubscribe: "https://letter.example/out/{email}"})
	b.ResetTimer()
	if r, err := Send(context.Background(), o); err != nil || r.Accepted != b.N {
		b.Fatalf("%+v, %v", r, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

// BenchmarkMemory sends to 100, 10,000 and 100,000 people (the ledger and the server
// left out, which is what takes the time) and tells the memory in use at the
// fullest and what each person costs of it.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "list")
			file, err := os.Create(name)
			if err != nil {
				b.Fatal(err)
			}
			w := bufio.NewWriter(file)
			for i := range n {
				fmt.Fprintf(w, "reader%d@town%d.example\n", i, i%500)
			}
			w.Flush()
			var peak uint64
			for b.Loop() {
				c, sent := newClock(), 0
				_, err := Send(context.Background(), Options{
					Mail: realMail(b, MailOptions{}), List: file, Now: c.Now, Server: Server{Rate: 1e9},
					Sleep: func(ctx context.Context, d time.Duration) error { c.now = c.now.Add(d); return nil },
					deliver: func(context.Context, string, string, []byte) Outcome {
						if sent++; sent == n/2 || sent == n {
							var m runtime.MemStats
							runtime.GC()
							runtime.ReadMemStats(&m)
							peak = max(peak, m.HeapAlloc)
						}
						return Outcome{What: Accepted}
					},
				})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := file.Seek(0, 0); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(peak)/1e6, "MB-live")
		})
	}
}
