// Package send is stage 7: a rendered mail goes to people. It is the only room
// that speaks SMTP or a mailing service's API. What it must never do is send a
// mail twice to one person or forget one: before and after each hand-over a
// line is flushed into the ledger (ledger.go), so that a run killed anywhere
// goes on where it stopped. The list of people is read as a stream, twice: once
// to check all of it, once to send.
package send

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Settings are what pullquote.yaml says about sending.
type Settings struct {
	SMTP       Server     `yaml:"smtp"`
	DKIM       []Key      `yaml:"dkim"`
	Listmonk   Listmonk   `yaml:"listmonk"`
	Buttondown Buttondown `yaml:"buttondown"`
}

// Server says how mail is handed over. Its password never stands in
// pullquote.yaml.
type Server struct {
	Host         string                   `yaml:"host"`
	Port         int                      `yaml:"port"`          // 0: 587 with starttls, 465 with tls, 25 with none
	TLS          string                   `yaml:"tls"`           // "starttls" (also when empty), "tls" (from the first byte), "none" (loopback only)
	CA           string                   `yaml:"ca"`            // PEM file of the authority that signed the server's certificate; empty: the system's
	User         string                   `yaml:"user"`          // empty: no authentication
	PasswordFile string                   `yaml:"password-file"` // asked when the environment has no password
	Hello        string                   `yaml:"hello"`         // our name in EHLO; empty: the sender's domain
	Sender       string                   `yaml:"sender"`        // envelope sender, where bounces go; empty: the mail's From
	Rate         float64                  `yaml:"rate"`          // messages a second; 0: 10
	Pauses       map[string]time.Duration `yaml:"pauses"`        // by recipient's domain: least time between two messages
	Retries      int                      `yaml:"retries"`       // how often a temporary refusal is tried again in one run; 0: 4

	// Unsubscribe is a recipient's own https address with {email} or {token} in
	// it: RFC 8058 one-click. {token} is the HMAC-SHA256 of the address in lower
	// case, hex, with the key of UnsubscribeKeyFile.
	Unsubscribe        string `yaml:"unsubscribe"`
	UnsubscribeKeyFile string `yaml:"unsubscribe-key-file"`
}

// Problems gives what can't be right in the settings, a sentence each.
func (s Server) Problems() []string {
	var out []string
	switch s.TLS {
	case "", "starttls", "tls", "none":
	default:
		out = append(out, fmt.Sprintf("smtp.tls %q is not one of starttls, tls, none", s.TLS))
	}
	if s.Host == "" {
		out = append(out, "smtp.host is not set")
	}
	if s.Port < 0 || s.Port > 65535 {
		out = append(out, fmt.Sprintf("smtp.port %d is not a port", s.Port))
	}
	if s.Rate < 0 || s.Retries < 0 {
		out = append(out, "smtp.rate and smtp.retries can't be below zero")
	}
	if s.Sender != "" {
		if _, reason := CheckAddress(s.Sender); reason != "" {
			out = append(out, "smtp.sender: "+reason)
		}
	}
	return out
}

// The defaults of Server, and how a recipient that is put off waits.
const (
	defaultRate    = 10.0
	defaultRetries = 4
	firstBackOff   = time.Minute
	longestBackOff = 30 * time.Minute
	// maxWaiting bounds how many recipients wait for their turn again: memory
	// does not grow with the list.
	maxWaiting = 1000
	// maxReported bounds how many recipients a report names; all are counted.
	maxReported = 1000
	// maxRefusals in a row mean that the server refuses us and not them.
	maxRefusals = 25
	// maxCuts in a row mean that no answer can be had at all.
	maxCuts = 3
	// maxOutages is how often in a row the server may be out of reach.
	maxOutages = 5
)

// Options say what is sent, to whom, and with which ledger.
type Options struct {
	Mail     *Mail
	List     io.ReadSeeker // see CheckList
	Ledger   string        // file name; empty keeps none (a test mail)
	Header   Header        // of a new ledger; an old one must agree with it
	Server   Server
	Password string
	CA       []byte // PEM, what Server.CA names

	Started         func() error // called once, after the ledger stands and before the first hand-over; may be nil
	ResendUncertain bool         // those whose hand-over was cut get the mail again
	RetryRefused    bool         // those refused for good are tried again
	Once            bool         // who is put off is not tried again in this run (a test mail)

	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error // until then or until the context ends
	Progress func(done, total int)                      // may be nil
	Waits    func(d time.Duration, why string)          // told before a wait of a minute or more; may be nil
	Timeout  time.Duration                              // of each step with the server; 0: as RFC 5321 section 4.5.3.2 asks

	deliver func(ctx context.Context, from, to string, message []byte) Outcome // tests: instead of SMTP
	public  bool                                                               // tests: loopback counts as a public address
	disk    func(*os.File) ledgerFile                                          // tests: the ledger's disk fails
}

// What a hand-over came to.
const (
	Accepted  = "accepted"  // the server answers for it now
	Refused   = "refused"   // for good (5xx)
	Deferred  = "deferred"  // not now (4xx, or no connection): tried again
	Uncertain = "uncertain" // the whole message was handed over and no answer came
	handing   = "handing"   // in the ledger, before the hand-over
)

// Outcome is what a hand-over came to.
type Outcome struct {
	What  string // Accepted, Refused, Deferred, Uncertain
	Reply string // the server's words, or what went wrong

	server bool  // it speaks of the connection and not of the recipient
	fatal  error // nothing can be sent like this (wrong password, no TLS): stop
}

// Person is a recipient with what became of the mail.
type Person struct {
	Email string `json:"email"`
	Reply string `json:"reply,omitempty"`
}

// Report is what a run of Send did. Accepted, Refused, Deferred and Uncertain
// speak of the whole ledger, Now of this run.
type Report struct {
	Total     int      `json:"total"`    // recipients on the list, each once
	Now       int      `json:"now"`      // accepted in this run
	Accepted  int      `json:"accepted"` // in this run and before
	Refused   []Person `json:"refused"`
	Deferred  []Person `json:"deferred"`
	Uncertain []Person `json:"uncertain"`
	More      int      `json:"more"`       // refused, deferred and uncertain ones counted but not named
	Twice     []Slip   `json:"duplicates"` // addresses that stand on the list more than once: sent once
}

// Trouble tells whether somebody on the list was not reached for sure.
func (r Report) Trouble() bool {
	return len(r.Refused)+len(r.Deferred)+len(r.Uncertain)+r.More > 0
}

func (r *Report) note(what string, p Person) {
	var list *[]Person
	switch what {
	case Refused:
		list = &r.Refused
	case Deferred:
		list = &r.Deferred
	case Uncertain, handing:
		list = &r.Uncertain
	default:
		return
	}
	if len(*list) >= maxReported {
		r.More++
		return
	}
	*list = append(*list, p)
}

// Send hands the mail to everybody on the list whom the ledger does not know as
// reached. A list with bad lines is a *ListError, and nothing is sent. An error
// in mid-run (the server is gone, the password is wrong, the disk is full)
// leaves a ledger that the next run goes on with; the report says how far it came.
func Send(ctx context.Context, o Options) (report Report, err error) {
	dir := ""
	if o.Ledger != "" {
		if dir, err = ledgerFolder(o.Ledger); err != nil {
			return report, err
		}
	}
	roll, err := checkFromStart(o.List, dir) // beside the ledger: the system's folder for scratch may be memory
	if err != nil {
		return report, err
	}
	defer roll.Close()
	report.Total, report.Twice = roll.Len(), roll.Twice
	ledger, err := openLedger(o.Ledger, o.Header, roll, o.disk)
	if err != nil {
		return report, err
	}
	defer ledger.close()
	if o.Started != nil {
		if err := o.Started(); err != nil {
			return report, err
		}
	}
	r := &run{Options: o, roll: roll, ledger: ledger, report: &report, free: map[string]time.Time{}}
	r.ready = func(context.Context) Outcome { return Outcome{} }
	if r.deliver == nil {
		c := &conn{server: o.Server, password: o.Password, ca: o.CA, timeout: o.Timeout, public: o.public, from: o.Mail.From, wide: o.Mail.wide}
		defer c.quit()
		r.ready, r.deliver = c.ready, c.deliver
	}
	if _, err := o.List.Seek(0, io.SeekStart); err != nil {
		return report, fmt.Errorf("reading the list again: %w", err)
	}
	err = r.all(ctx)
	r.sum()
	return report, err
}

func checkFromStart(list io.ReadSeeker, dir string) (*Roll, error) {
	if _, err := list.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the list: %w", err)
	}
	return CheckList(list, dir)
}

// waiting is a recipient whose turn comes later.
type waiting struct {
	Recipient
	due   time.Time
	tries int
	reply string // of the last try
}

// queue orders those who wait by when they are due (container/heap).
type queue []waiting

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(waiting)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// run is one run of Send.
type run struct {
	Options
	roll     *Roll
	ledger   *ledger
	report   *Report
	ready    func(context.Context) Outcome // connects when there is no connection; What is empty when all is well
	later    queue
	free     map[string]time.Time // by domain: not before
	next     time.Time            // the rate allows no message before
	refusals int                  // in a row
	outages  int                  // in a row
	cuts     int                  // uncertain ones in a row
	done     int
	served   bool // the server has answered for somebody in this run
}

// all goes through the list once. Who can't be served at once waits in a
// queue while others are; a full queue makes the list wait.
func (r *run) all(ctx context.Context) error {
	list := readList(r.List)
	more := true
	for more || len(r.later) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		now := r.Now()
		if len(r.later) > 0 && (!r.later[0].due.After(now) || !more || len(r.later) >= maxWaiting) {
			if wait := r.later[0].due.Sub(now); wait > 0 {
				if err := r.wait(ctx, wait, r.later[0].reply); err != nil {
					return err
				}
				continue
			}
			if err := r.serve(ctx, heap.Pop(&r.later).(waiting)); err != nil {
				return err
			}
			continue
		}
		if !more {
			continue
		}
		person, ok, err := r.fresh(list)
		if err != nil {
			return err
		}
		if more = ok; !ok {
			continue
		}
		if err := r.serve(ctx, waiting{Recipient: person}); err != nil {
			return err
		}
	}
	return nil
}

// fresh gives the next of the list who is to get the mail.
func (r *run) fresh(list *listReader) (Recipient, bool, error) {
	for {
		person, ok, err := list.next()
		if err != nil || !ok {
			return person, false, err
		}
		if person.bad != "" {
			return person, false, errors.New("the list was changed while it was sent to: run it again")
		}
		known, err := r.roll.table.get(keyOf(person.Email))
		if err != nil {
			return person, false, err
		}
		if known.line == 0 {
			return person, false, errors.New("the list was changed while it was sent to: run it again")
		}
		if known.line != int64(person.Line) {
			continue // stands here a second time
		}
		switch known.state {
		case stateAccepted:
			r.report.Accepted++
		case stateRefused:
			if r.RetryRefused {
				return person, true, nil
			}
			r.report.note(Refused, Person{person.Email, "refused in an earlier run"})
		case stateHanding, stateUncertain:
			if r.ResendUncertain {
				return person, true, nil
			}
			r.report.note(Uncertain, Person{person.Email, "the hand-over was cut in an earlier run: it may have arrived"})
		default:
			return person, true, nil
		}
		r.progress()
	}
}

func (r *run) progress() {
	r.done++
	if r.Progress != nil {
		r.Progress(r.done, r.report.Total)
	}
}

// serve hands the mail to one recipient, or puts them off while their domain
// rests.
func (r *run) serve(ctx context.Context, w waiting) error {
	now := r.Now()
	domain := domainOf(w.Email)
	if free := r.free[domain]; free.After(now) {
		w.due = free
		heap.Push(&r.later, w)
		return nil
	}
	if wait := r.next.Sub(now); wait > 0 {
		if err := r.Sleep(ctx, wait); err != nil {
			return err
		}
		now = r.Now()
	}
	rate := r.Server.Rate
	if rate == 0 {
		rate = defaultRate
	}
	r.next = now.Add(time.Duration(float64(time.Second) / rate))
	if pause := r.Server.Pauses[domain]; pause > 0 {
		r.free[domain] = now.Add(pause)
	}
	// A server that is out of reach leaves no trace of a hand-over.
	if out := r.ready(ctx); out.What != "" {
		out.Reply = shortReply(out.Reply)
		if out.fatal != nil {
			r.report.note(Deferred, Person{w.Email, out.Reply})
			return out.fatal
		}
		return r.after(ctx, w, out)
	}
	message, err := r.Mail.For(w.Recipient, now)
	if err != nil {
		return fmt.Errorf("writing the mail of line %d: %w", w.Line, err)
	}
	if err := r.ledger.write(w.Email, handing, "", now); err != nil {
		return err
	}
	// Once begun, a hand-over is not broken off by Ctrl-C: its answer is waited for.
	out := r.deliver(context.WithoutCancel(ctx), r.sender(), w.Email, message)
	out.Reply = shortReply(out.Reply)
	if err := r.ledger.write(w.Email, out.What, out.Reply, r.Now()); err != nil {
		return fmt.Errorf("%w; the server's answer for %s was: %s", err, w.Email, out.Reply)
	}
	if out.fatal != nil {
		r.report.note(Deferred, Person{w.Email, out.Reply})
		return out.fatal
	}
	return r.after(ctx, w, out)
}

// after goes on with what the hand-over came to.
func (r *run) after(ctx context.Context, w waiting, out Outcome) error {
	if out.What != Refused {
		r.refusals = 0
	}
	if !out.server {
		r.outages, r.served = 0, true
	}
	if out.What != Uncertain {
		r.cuts = 0
	}
	switch out.What {
	case Accepted:
		r.report.Accepted++
		r.report.Now++
	case Refused, Uncertain:
		r.report.note(out.What, Person{w.Email, out.Reply})
		if out.What == Uncertain {
			if r.cuts++; r.cuts >= maxCuts {
				r.progress()
				return fmt.Errorf("the connection broke before the server's answer %d times in a row; look into the server's log before you go on", r.cuts)
			}
		}
		if out.What == Refused {
			if r.refusals++; r.refusals >= maxRefusals {
				r.progress()
				return fmt.Errorf("the server refused %d recipients in a row, the last with %q: it seems to refuse the mail and not them; those refused are tried again only with --retry-refused", r.refusals, out.Reply)
			}
		}
	case Deferred:
		w.tries++
		w.reply = out.Reply
		wait := backOff(w.tries)
		if out.server {
			r.outages++
			// A server that never answered is not waited for: its name may be wrong.
			if r.outages >= maxOutages || r.outages > 1 && r.Once || !r.served {
				r.report.note(Deferred, Person{w.Email, out.Reply})
				if r.outages == 1 {
					return fmt.Errorf("the mail server could not be used: %s; the same command goes on where this stopped", out.Reply)
				}
				return fmt.Errorf("the mail server could not be used %d times in a row: %s; the same command goes on where this stopped", r.outages, out.Reply)
			}
			// All wait, and it costs nobody a try.
			w.tries--
			wait = 0
			// A server may end a connection when it likes: the first time it is
			// only made anew.
			if r.outages > 1 {
				if err := r.wait(ctx, backOff(r.outages-1), out.Reply); err != nil {
					r.report.note(Deferred, Person{w.Email, out.Reply})
					return err
				}
			}
		}
		retries := r.Server.Retries
		if retries == 0 {
			retries = defaultRetries
		}
		if r.Once {
			retries = 0
		}
		if w.tries <= retries {
			w.due = r.Now().Add(wait)
			heap.Push(&r.later, w)
			return nil
		}
		r.report.note(Deferred, Person{w.Email, out.Reply})
	}
	r.progress()
	return nil
}

// wait sleeps, and says so when it is for long.
func (r *run) wait(ctx context.Context, d time.Duration, why string) error {
	if r.Waits != nil && d >= firstBackOff {
		r.Waits(d, why)
	}
	return r.Sleep(ctx, d)
}

// backOff is how long a recipient waits after so many tries: one minute, then
// three times as long each time, at most half an hour.
func backOff(tries int) time.Duration {
	wait := firstBackOff
	for range tries - 1 {
		if wait *= 3; wait > longestBackOff {
			return longestBackOff
		}
	}
	return wait
}

// sum says of those who still waited when the run ended.
func (r *run) sum() {
	for _, w := range r.later {
		reply := w.reply
		if reply == "" {
			reply = "not tried in this run"
		}
		r.report.note(Deferred, Person{w.Email, reply})
	}
}

// sender is the envelope's sender, as it goes over the wire.
func (r *run) sender() string {
	sender := r.Server.Sender
	if sender == "" {
		sender = r.Mail.From
	}
	if address, reason := CheckAddress(sender); reason == "" {
		return address
	}
	return sender
}

// shortReply keeps of a server's words what a line can hold, without what
// could act on a terminal.
func shortReply(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:299]) + "…"
	}
	return s
}

// Each writes the message of everybody on the list, each person once, and gives
// it to emit; nothing is sent. The bytes are emit's until it returns.
func Each(ctx context.Context, m *Mail, list io.ReadSeeker, now time.Time, emit func(Recipient, []byte) error) (Report, error) {
	var report Report
	roll, err := checkFromStart(list, "")
	if err != nil {
		return report, err
	}
	defer roll.Close()
	report.Total, report.Twice = roll.Len(), roll.Twice
	if _, err := list.Seek(0, io.SeekStart); err != nil {
		return report, fmt.Errorf("reading the list again: %w", err)
	}
	r := &run{Options: Options{}, roll: roll, report: &report}
	for reader := readList(list); ctx.Err() == nil; {
		person, ok, err := r.fresh(reader)
		if err != nil || !ok {
			return report, err
		}
		message, err := m.For(person, now)
		if err != nil {
			return report, fmt.Errorf("writing the mail of line %d: %w", person.Line, err)
		}
		if err := emit(person, message); err != nil {
			return report, err
		}
		report.Now++
	}
	return report, ctx.Err()
}
