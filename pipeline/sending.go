package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/render"
	"github.com/pullquote/pullquote/pipeline/send"
)

// ---- 7 send: rendered email -> people

// Where secrets stand in the environment; each has a file in pullquote.yaml
// that is asked when it is not set.
const (
	SMTPPassword   = "PULLQUOTE_SMTP_PASSWORD"
	UnsubscribeKey = "PULLQUOTE_UNSUBSCRIBE_KEY"
	ListmonkToken  = "PULLQUOTE_LISTMONK_TOKEN"
	ButtondownKey  = "PULLQUOTE_BUTTONDOWN_KEY"
)

// SendOptions say where an issue goes: exactly one of Test, List and Service
// is set; Out goes with List.
type SendOptions struct {
	Test    []string // addresses that get it now, whatever its state; no ledger
	List    string   // file of recipients
	Out     string   // folder: the messages are written there, and nothing is sent
	Service string   // "listmonk" or "buttondown": a draft is made there
	Confirm bool     // the draft goes out

	ResendUncertain bool // see send.Options
	RetryRefused    bool
	NewLedger       bool // begin a ledger although one was begun and is gone

	Env      func(string) string // for secrets
	Progress func(Progress)
	Waits    func(d time.Duration, why string) // told before a long wait; may be nil
}

// SendReport is what Send did.
type SendReport struct {
	send.Report
	Issue  int             `json:"issue"`
	File   string          `json:"file"`             // in issues/
	Ledger string          `json:"ledger,omitempty"` // slash-separated, from the workspace's root
	Draft  *send.Draft     `json:"draft,omitempty"`  // at a service
	Advice []issue.Problem `json:"advice"`           // what would have refused more than a test
}

// Send renders an issue's mail and sends it. Whatever makes it unfit (a draft,
// a blank, a link to this machine, a subject or a mail too long) is a
// *BrokenError before anybody gets it; only a test is sent all the same. A bad
// list is a *send.ListError. An error in mid-run leaves a ledger that the next
// run goes on with, and the report says how far it came.
func (p *Pipeline) Send(ctx context.Context, ref string, opts SendOptions) (SendReport, error) {
	var report SendReport
	is, problems, err := p.Issue(ref)
	if err != nil {
		return report, err
	}
	if err := blocking(problems); err != nil {
		return report, err
	}
	report.Issue, report.File = is.Number, is.File
	if marks := issue.CheckMarks(is, p.opts.Now()); len(marks) > 0 { // not even as a test: it would leave this machine
		return report, &BrokenError{Problems: inFolder(marks)}
	}
	settings := p.Newsletter.Settings
	clock := p.ticking()
	m, err := p.mail(is, settings, opts, clock())
	if err != nil {
		return report, err
	}
	unfit := p.unfit(is, m)
	lacks, err := p.ownTextLacks(is)
	if err != nil {
		return report, err
	}
	unfit = append(unfit, lacks...)
	if len(opts.Test) == 0 && len(unfit) > 0 {
		return report, &BrokenError{Problems: unfit}
	}
	report.Advice = unfit
	if len(opts.Test) == 0 && is.Number == 0 {
		return report, fmt.Errorf("issues/%s has no number, and its ledger goes by that", is.File)
	}
	switch {
	case len(opts.Test) > 0:
		report.Report, err = p.smtp(ctx, settings, opts, send.Options{Mail: m, List: strings.NewReader(strings.Join(opts.Test, "\n")), Now: clock, Once: true})
	case opts.Service != "":
		err = p.service(ctx, is, m, settings, opts, &report)
	default:
		err = p.sendList(ctx, is, m, settings, opts, clock, &report)
	}
	return report, err
}

// ticking is the pipeline's clock, set going: rates and pauses need one that
// moves, also when --at has set it.
func (p *Pipeline) ticking() func() time.Time {
	start, begun := p.opts.Now(), time.Now()
	return func() time.Time { return start.Add(time.Since(begun)) }
}

// mail renders an issue's mail for sending.
func (p *Pipeline) mail(is *issue.Issue, settings send.Settings, opts SendOptions, now time.Time) (*send.Mail, error) {
	publication := p.Newsletter.Publication
	options := send.MailOptions{Unsubscribe: settings.SMTP.Unsubscribe, Fallback: publication.Mail.Unsubscribe}
	if !strings.HasPrefix(options.Fallback, "https://") || strings.ContainsAny(options.Fallback, " <>\r\n\t") {
		options.Fallback = "" // a mailto is made from the mail's own addresses
	}
	publication.Mail.Unsubscribe = send.Placeholder
	in := render.Input{Publication: publication, Templates: p.Templates(), Version: p.opts.Version}
	_, _, eml, err := render.EmailWithText(in, is, p.OwnText)
	if err != nil {
		return nil, fmt.Errorf("issues/%s: %w", is.File, err)
	}
	if len(opts.Test) > 0 {
		options.Salt = now.Format(time.RFC3339Nano)
	}
	if strings.Contains(options.Unsubscribe, "{token}") {
		key, err := p.secret(opts.Env, UnsubscribeKey, settings.SMTP.UnsubscribeKeyFile)
		if err != nil {
			return nil, err
		}
		options.TokenKey = []byte(key)
	}
	if opts.Service == "" {
		for _, k := range settings.DKIM {
			pem, err := os.ReadFile(p.secretPath(k.KeyFile))
			if err != nil {
				return nil, fmt.Errorf("reading the key of dkim in %s: %w", NewsletterFile, err)
			}
			signer, err := send.ParseKey(k, pem)
			if err != nil {
				return nil, err
			}
			if signer.Domain == "" || signer.Selector == "" {
				return nil, fmt.Errorf("dkim in %s needs a domain and a selector", NewsletterFile)
			}
			options.Signers = append(options.Signers, signer)
		}
	}
	m, err := send.ParseMail(eml, options)
	if err != nil {
		return nil, fmt.Errorf("issues/%s: %w", is.File, err)
	}
	return m, nil
}

// OwnText gives the text edition of an issue that was edited by hand and stands
// beside its file (issues/0012-slug.txt); nil when there is none. It is what
// render.EmailWithText wants.
func (p *Pipeline) OwnText(file string) ([]byte, error) {
	body, err := os.ReadFile(p.IssuePath(render.TextFile(file)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return body, err
}

// ownTextLacks says what an issue's text edited by hand lacks of it: that text
// went stale, or a passage was left out.
func (p *Pipeline) ownTextLacks(is *issue.Issue) ([]issue.Problem, error) {
	if own, err := p.OwnText(is.File); own == nil || err != nil {
		return nil, err
	}
	in := render.Input{Publication: p.Newsletter.Publication, Templates: p.Templates(), Version: p.opts.Version}
	_, text, _, err := render.EmailWithText(in, is, p.OwnText)
	if err != nil {
		return nil, fmt.Errorf("issues/%s: %w", is.File, err)
	}
	lacks, err := render.Editions(in, is, nil, nil, text)
	if err != nil {
		return nil, err
	}
	var out []issue.Problem
	for _, d := range lacks {
		if d.How != render.Lacks {
			continue // hers to add and to put elsewhere; check --editions says it
		}
		out = append(out, issue.Problem{
			Rule: "edition-differs", Severity: issue.Warning, File: path.Join("issues", render.TextFile(is.File)), Line: 1, Column: 1, Item: d.Item,
			What: d.String(), Hint: "bring the text up to date, or delete it and it is made from the issue",
		})
	}
	return out, nil
}

// secret gives a secret from the environment, or from the file that
// pullquote.yaml names.
func (p *Pipeline) secret(env func(string) string, name, file string) (string, error) {
	if env != nil {
		if s := env(name); s != "" {
			return s, nil
		}
	}
	if file == "" {
		return "", nil
	}
	body, err := os.ReadFile(p.secretPath(file))
	if err != nil {
		return "", fmt.Errorf("reading the file that stands for %s: %w", name, err)
	}
	return strings.TrimRight(string(body), "\r\n"), nil
}

func (p *Pipeline) secretPath(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return p.path(filepath.ToSlash(file))
}

// unfit says what keeps an issue from going out.
func (p *Pipeline) unfit(is *issue.Issue, m *send.Mail) []issue.Problem {
	file := path.Join("issues", is.File)
	var out []issue.Problem
	if is.Draft {
		out = append(out, issue.Problem{
			Rule: "send-draft", Severity: issue.Warning, File: file, Line: 1, Column: 1,
			What: "this is a draft", Hint: fmt.Sprintf("publish it first: pullquote publish %d; a draft goes to --test only", is.Number),
		})
	}
	out = append(out, Refusing(inFolder(issue.Check(is)))...)
	for _, what := range m.Problems() {
		out = append(out, issue.Problem{
			Rule: "send-unfit", Severity: issue.Warning, File: file, Line: 1, Column: 1,
			What: what, Hint: "see it with: pullquote render, then out/email",
		})
	}
	sortProblems(out)
	return out
}

// smtp sends over the mail server of pullquote.yaml.
func (p *Pipeline) smtp(ctx context.Context, settings send.Settings, opts SendOptions, o send.Options) (send.Report, error) {
	server := settings.SMTP
	if wrong := server.Problems(); len(wrong) > 0 {
		roll, err := send.CheckList(o.List, "")
		if err != nil {
			return send.Report{}, err // all that is wrong with what she gave, in whatever order she cures it
		}
		roll.Close()
		return send.Report{}, &BrokenError{Problems: p.settingProblems(wrong)}
	}
	o.Server = server
	var err error
	if server.User != "" {
		if o.Password, err = p.secret(opts.Env, SMTPPassword, server.PasswordFile); err != nil {
			return send.Report{}, err
		}
	}
	if server.CA != "" {
		if o.CA, err = os.ReadFile(p.secretPath(server.CA)); err != nil {
			return send.Report{}, fmt.Errorf("reading smtp.ca of %s: %w", NewsletterFile, err)
		}
	}
	o.Sleep, o.Waits = sleep, opts.Waits
	if opts.Progress != nil {
		o.Progress = func(done, total int) { opts.Progress(Progress{What: "sending", Done: done, Total: total}) }
	}
	return send.Send(ctx, o)
}

func (p *Pipeline) settingProblems(wrong []string) []issue.Problem {
	src, _ := os.ReadFile(p.path(NewsletterFile))
	line, column := placeOfKey(src, "smtp")
	var out []issue.Problem
	for _, what := range wrong {
		out = append(out, issue.Problem{
			Rule: "smtp", Severity: issue.Error, File: NewsletterFile, Line: line, Column: column,
			What: what, Hint: "smtp: needs at least host:, and user: with most servers; the password comes from " + SMTPPassword + " or password-file:",
		})
	}
	return out
}

// sleep waits, or ends with the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendList sends to a list under the issue's ledger, or writes its messages.
func (p *Pipeline) sendList(ctx context.Context, is *issue.Issue, m *send.Mail, settings send.Settings, opts SendOptions, clock func() time.Time, report *SendReport) error {
	list, err := os.Open(opts.List)
	if err != nil {
		return fmt.Errorf("reading the list: %w", err)
	}
	defer list.Close()
	if info, err := list.Stat(); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("the list %s is no file: it is read twice, so a pipe can't be one", opts.List)
	}
	if opts.Out != "" {
		report.Report, err = send.Each(ctx, m, list, clock(), func(to send.Recipient, message []byte) error {
			return WriteFile(filepath.Join(opts.Out, messageName(to)), message)
		})
		return err
	}
	unlock, err := p.lockSending(is.Number)
	if err != nil {
		return err
	}
	defer unlock()
	report.Ledger = ledgerName(is.Number)
	mark, marked, err := p.sentMark(is.Number)
	if err != nil {
		return err
	}
	if _, err := os.Stat(p.path(report.Ledger)); errors.Is(err, fs.ErrNotExist) && marked && !opts.NewLedger {
		return mark.gone(is.Number, report.Ledger)
	}
	report.Report, err = p.smtp(ctx, settings, opts, send.Options{
		Mail: m, List: list, Ledger: p.path(report.Ledger), Now: clock,
		Header:          send.Header{Issue: is.Number, Seal: is.Hash(), Mail: m.Hash, Started: clock()},
		ResendUncertain: opts.ResendUncertain, RetryRefused: opts.RetryRefused,
		Started: func() error {
			if marked {
				return nil
			}
			return p.writeSentMark(is.Number, sentMark{Issue: is.Number, Started: clock().UTC().Truncate(time.Second), Via: "smtp"})
		},
	})
	return err
}

// messageName names a recipient's message in --out: by line, so that no two are one.
func messageName(to send.Recipient) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@.-+_", r) {
			return r
		}
		return '_'
	}, to.Email)
	return fmt.Sprintf("%06d-%s.eml", to.Line, safe)
}

func ledgerName(number int) string { return fmt.Sprintf("sent/%04d.jsonl", number) }

// sentMark says, beside the evidence and in git with it, that the sending of
// an issue was begun. It names nobody. The ledger lies outside git: when it is
// gone, or on another machine, the mark keeps everybody from getting the issue
// again.
type sentMark struct {
	Issue   int       `json:"issue"`
	Started time.Time `json:"started"`
	Via     string    `json:"via"` // smtp, listmonk or buttondown
}

func (m sentMark) gone(number int, ledger string) error {
	if m.Via != "smtp" {
		return fmt.Errorf("issue %d was sent with %s on %s; to send it by another way all the same, use --new-ledger", number, m.Via, m.Started.Format("2 January 2006"))
	}
	return fmt.Errorf("the sending of issue %d began on %s and its ledger %s is not here, so nobody can know who has it already: restore the ledger, or begin a new one with --new-ledger, and everybody on the list gets it (again)",
		number, m.Started.Format("2 January 2006"), ledger)
}

func sentMarkName(number int) string { return fmt.Sprintf("evidence/%04d.sent.json", number) }

func (p *Pipeline) sentMark(number int) (mark sentMark, ok bool, err error) {
	body, err := os.ReadFile(p.IssuePath(sentMarkName(number)))
	if errors.Is(err, fs.ErrNotExist) {
		return mark, false, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &mark)
	}
	if err != nil {
		return mark, false, fmt.Errorf("reading issues/%s: %w", sentMarkName(number), err)
	}
	return mark, true, nil
}

func (p *Pipeline) writeSentMark(number int, mark sentMark) error {
	body, err := json.MarshalIndent(mark, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(p.IssuePath(sentMarkName(number)), append(body, '\n'))
}

// lockWait is how long a second start waits for the first to be over.
const lockWait = 2 * time.Second

// lockSending takes the lock of one issue's sending; who has it already is not
// waited for. The lock goes with the process that held it.
func (p *Pipeline) lockSending(number int) (unlock func(), err error) {
	name := p.path(fmt.Sprintf("sent/%04d.lock", number))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	type taken struct {
		unlock func()
		err    error
	}
	got := make(chan taken, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(name).Lock()
		got <- taken{unlock, err}
	}()
	timer := time.NewTimer(lockWait)
	defer timer.Stop()
	select {
	case t := <-got:
		return t.unlock, t.err
	case <-timer.C:
		go func() { // should it come after all, it is given back
			if t := <-got; t.err == nil {
				t.unlock()
			}
		}()
		return nil, fmt.Errorf("issue %d is being sent by another run: wait for it, or see how far it is with `pullquote send %d --status`", number, number)
	}
}

// service makes a draft of the mail at a service, and with Confirm makes it go
// out: once.
func (p *Pipeline) service(ctx context.Context, is *issue.Issue, m *send.Mail, settings send.Settings, opts SendOptions, report *SendReport) error {
	unlock, err := p.lockSending(is.Number)
	if err != nil {
		return err
	}
	defer unlock()
	mark, marked, err := p.sentMark(is.Number)
	if err != nil {
		return err
	}
	if marked && !opts.NewLedger {
		return fmt.Errorf("issue %d went out by %s on %s already; to hand it over all the same, use --new-ledger", is.Number, mark.Via, mark.Started.Format("2 January 2006"))
	}
	record := p.path(fmt.Sprintf("sent/%04d.%s.json", is.Number, opts.Service))
	var draft send.Draft
	if body, err := os.ReadFile(record); err == nil {
		if err := json.Unmarshal(body, &draft); err != nil {
			return fmt.Errorf("reading %s: %w", record, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	name := p.Newsletter.Name + " " + strconv.Itoa(is.Number)
	var save func(id string) (send.Draft, error)
	var start func(id string) (send.Draft, error)
	switch opts.Service {
	case "listmonk":
		token, err := p.secret(opts.Env, ListmonkToken, settings.Listmonk.TokenFile)
		if err != nil {
			return err
		}
		if token == "" || settings.Listmonk.URL == "" || settings.Listmonk.User == "" {
			return fmt.Errorf("listmonk in %s needs url, user and lists, and its token in %s or in its token-file", NewsletterFile, ListmonkToken)
		}
		save = func(id string) (send.Draft, error) { return settings.Listmonk.Save(ctx, token, m, name, id) }
		start = func(id string) (send.Draft, error) { return settings.Listmonk.Start(ctx, token, id) }
	case "buttondown":
		token, err := p.secret(opts.Env, ButtondownKey, settings.Buttondown.TokenFile)
		if err != nil {
			return err
		}
		if token == "" {
			return fmt.Errorf("buttondown needs its API key in %s or in the file that buttondown.token-file of %s names", ButtondownKey, NewsletterFile)
		}
		save = func(id string) (send.Draft, error) { return settings.Buttondown.Save(ctx, token, m, name, id) }
		start = func(id string) (send.Draft, error) { return settings.Buttondown.Start(ctx, token, id) }
	default:
		return fmt.Errorf("there is no service %q", opts.Service)
	}
	if draft, err = save(draft.ID); err != nil {
		return err
	}
	draft.Seal = is.Hash()
	report.Draft = &draft
	body, err := json.MarshalIndent(draft, "", "  ")
	if err != nil {
		return err
	}
	if err := WriteFile(record, append(body, '\n')); err != nil {
		return err
	}
	if !opts.Confirm {
		return nil
	}
	if !draft.CanStart() {
		return fmt.Errorf("issue %d is %s at %s already, so it was not started: look at it there", is.Number, draft.Status, draft.Service)
	}
	// The mark first: should the answer be lost, nothing goes out a second time.
	if err := p.writeSentMark(is.Number, sentMark{Issue: is.Number, Started: p.opts.Now().UTC().Truncate(time.Second), Via: opts.Service}); err != nil {
		return err
	}
	started, err := start(draft.ID)
	if err != nil {
		return fmt.Errorf("%w; look there whether it goes out: a second start needs --new-ledger", err)
	}
	draft.Status = started.Status
	return nil
}

// SendStatus says what the ledger of an issue says.
func (p *Pipeline) SendStatus(ref string) (send.Status, error) {
	is, _, err := p.Issue(ref)
	if err != nil {
		return send.Status{}, err
	}
	status, err := send.ReadStatus(p.path(ledgerName(is.Number)))
	if !errors.Is(err, fs.ErrNotExist) {
		return status, err
	}
	if mark, marked, err := p.sentMark(is.Number); err != nil {
		return status, err
	} else if marked {
		return status, mark.gone(is.Number, ledgerName(is.Number))
	}
	return status, &UnknownError{What: "sending of issue", Name: strconv.Itoa(is.Number), Cure: fmt.Sprintf("begin one with: pullquote send %d --list FILE", is.Number)}
}

// Bounces reads mailboxes (mbox files or Maildirs) for what could not be
// delivered. Nothing is changed.
func (p *Pipeline) Bounces(paths []string) (send.Bounces, error) {
	return send.ReadBounces(paths)
}

// WriteDropped writes the addresses to drop, one a line.
func WriteDropped(w io.Writer, b send.Bounces) error {
	for _, one := range b.Drop {
		if _, err := fmt.Fprintln(w, one.Email); err != nil {
			return err
		}
	}
	return nil
}
