package main

import (
	"bytes"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/send"
)

func sendCommand(a *app) *cobra.Command {
	var opts pipeline.SendOptions
	var listmonk, buttondown, status, asJSON bool
	cmd := &cobra.Command{
		Use:   "send ISSUE (--test ADDRESS | --list FILE | --listmonk | --buttondown | --status)",
		Short: "Send an issue to people, each exactly once",
		Long: `Sends an issue's mail over the server that smtp: in pullquote.yaml names. FILE is
a CSV with the columns email and perhaps name and unsubscribe, or has one
address a line; all of it is checked before the first mail goes. Around each
hand-over a line goes to the disk, in sent/NNNN.jsonl: a run that was stopped or
killed goes on where it was with the same command, nobody gets the mail twice
and nobody is missed; when all have it, that is said and nothing is sent.
Somebody whose hand-over was cut between the server's yes
and our note is named, and gets it again only with --resend-uncertain.

Refused are drafts, blanks, links to this machine, a subject or a mail that is
too long; --test sends all the same and says so. Secrets come from the
environment (PULLQUOTE_SMTP_PASSWORD, PULLQUOTE_UNSUBSCRIBE_KEY,
PULLQUOTE_LISTMONK_TOKEN, PULLQUOTE_BUTTONDOWN_KEY) or from the files that
pullquote.yaml names. At listmonk and Buttondown a draft is made; it goes out
only with --confirm.`,
		Example: `  pullquote send 12 --test you@example.org
  pullquote send 12 --list subscribers.csv
  pullquote send 12 --status --json
  pullquote send 12 --list subscribers.csv --out mails
  pullquote send 12 --listmonk
  pullquote send bounces mailbox`,
		Annotations:       exits("somebody was not reached for sure, or the issue or the list must be cured first"),
		Args:              exactly(1, "one issue, by number or file"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			if listmonk {
				opts.Service = "listmonk"
			}
			if buttondown {
				opts.Service = "buttondown"
			}
			if err := oneWay(opts, listmonk && buttondown, status); err != nil {
				return err
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			if status {
				return a.sendStatus(p, args[0], asJSON)
			}
			opts.Env = a.env
			opts.Progress = func(pr pipeline.Progress) { a.progressLine(pr, time.Now()) }
			opts.Waits = func(d time.Duration, why string) {
				a.tell("Waiting %s before trying again: %s", d.Round(time.Second), clean(why))
			}
			report, err := p.Send(cmd.Context(), args[0], opts)
			var list *send.ListError
			if errors.As(err, &list) {
				a.problems(slipProblems(opts, list.Slips))
			}
			if report.Total == 0 && report.Draft == nil {
				if list != nil {
					a.fault(list.Error(), "")
					return errNeedsYou
				}
				return err
			}
			if asJSON {
				report.Refused, report.Deferred, report.Uncertain = orEmpty(report.Refused), orEmpty(report.Deferred), orEmpty(report.Uncertain)
				report.Twice, report.Advice = orEmpty(report.Twice), orEmpty(report.Advice)
				if jerr := a.json(report); jerr != nil {
					return jerr
				}
			} else {
				a.sent(report, opts)
			}
			if err == nil && report.Trouble() {
				err = errNeedsYou
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.Test, "test", nil, "send to `ADDRESS` only, drafts too (can be given again)")
	flags.StringVar(&opts.List, "list", "", "send to everybody in `FILE`")
	flags.StringVar(&opts.Out, "out", "", "with --list: write one .eml a recipient to `DIR`, and send nothing")
	flags.BoolVar(&listmonk, "listmonk", false, "make a campaign at listmonk, as a draft")
	flags.BoolVar(&buttondown, "buttondown", false, "make a draft at Buttondown")
	flags.BoolVar(&opts.Confirm, "confirm", false, "with --listmonk or --buttondown: let it go out")
	flags.BoolVar(&status, "status", false, "say how far the sending is")
	flags.BoolVar(&opts.ResendUncertain, "resend-uncertain", false, "send again to those whose hand-over was cut")
	flags.BoolVar(&opts.RetryRefused, "retry-refused", false, "try those again whom the server refused")
	flags.BoolVar(&opts.NewLedger, "new-ledger", false, "begin again although the ledger is gone: everybody gets it")
	flags.BoolVar(&asJSON, "json", false, "print what was done as JSON")
	cmd.AddCommand(sendBouncesCommand(a))
	return cmd
}

// oneWay holds the flags against each other.
func oneWay(opts pipeline.SendOptions, twoServices, status bool) error {
	ways := 0
	for _, on := range []bool{len(opts.Test) > 0, opts.List != "", opts.Service != "", status} {
		if on {
			ways++
		}
	}
	switch {
	case ways == 0:
		return &usageError{"`pullquote send` was not told whom to send to", "try it on yourself first: pullquote send ISSUE --test ADDRESS; then --list FILE"}
	case ways > 1 || twoServices:
		return &usageError{"--test, --list, --listmonk, --buttondown and --status are different things", "give one of them"}
	case opts.Out != "" && opts.List == "":
		return &usageError{"--out writes the mails of a list", "name the list: --list FILE"}
	case opts.Confirm && opts.Service == "":
		return &usageError{"--confirm belongs to --listmonk and --buttondown", "leave it out: --list sends when it is told to"}
	}
	return nil
}

// slipProblems shows what is wrong with a list as problems of its file.
func slipProblems(opts pipeline.SendOptions, slips []send.Slip) []issue.Problem {
	file := opts.List
	if file == "" {
		file = "--test"
	}
	var out []issue.Problem
	for _, s := range slips {
		out = append(out, issue.Problem{Rule: "address", Severity: issue.Error, File: file, Line: s.Line, Column: 1, What: s.What})
	}
	return out
}

// sent says what a run did.
func (a *app) sent(r pipeline.SendReport, opts pipeline.SendOptions) {
	if len(opts.Test) > 0 {
		a.problems(r.Advice)
	}
	for _, s := range r.Twice {
		a.tell("%s:%d: %s", clean(opts.List), s.Line, clean(s.What))
	}
	switch {
	case r.Draft != nil:
		a.say("issue %d is at %s as %s, %s.", r.Issue, r.Draft.Service, clean(r.Draft.ID), clean(r.Draft.Status))
		if !opts.Confirm {
			a.next("look at it there, then: pullquote send %d --%s --confirm", r.Issue, r.Draft.Service)
		}
		return
	case opts.Out != "":
		a.say("%s in %s; nothing was sent.", count(r.Now, "message"), opts.Out)
		return
	}
	a.people("refused for good", r.Refused)
	a.people("put off", r.Deferred)
	a.people("uncertain: may have it, not sent to again", r.Uncertain)
	if r.More > 0 {
		a.say("and %d more; see %s", r.More, r.Ledger)
	}
	if len(opts.Test) > 0 {
		a.say("sent a test of %s to %s.", r.File, plural(r.Now, "address", "addresses"))
		return
	}
	if r.Now == 0 && r.Accepted == r.Total {
		a.say("issue %d: all %d have it already; nothing was sent.", r.Issue, r.Total)
		return
	}
	a.say("issue %d: %d of %d have it, %d of them from this run.", r.Issue, r.Accepted, r.Total, r.Now)
	if len(r.Deferred) > 0 || r.Accepted+len(r.Refused)+len(r.Uncertain)+r.More < r.Total {
		a.next("pullquote send %d --list %s goes on where this stopped", r.Issue, opts.List)
	}
}

// people lists who was not reached, and why.
func (a *app) people(what string, list []send.Person) {
	for _, p := range list {
		a.say("%s: %s: %s", clean(p.Email), what, clean(p.Reply))
	}
}

// sendStatus prints what a ledger says.
func (a *app) sendStatus(p *pipeline.Pipeline, ref string, asJSON bool) error {
	s, err := p.SendStatus(ref)
	if err != nil {
		return err
	}
	if asJSON {
		s.Refused, s.Deferred, s.Uncertain = orEmpty(s.Refused), orEmpty(s.Deferred), orEmpty(s.Uncertain)
		return a.json(s)
	}
	a.people("refused for good", s.Refused)
	a.people("put off", s.Deferred)
	a.people("uncertain: may have it, not sent to again", s.Uncertain)
	a.say("issue %d, begun %s: %d have it, %d refused, %d put off, %d uncertain.", s.Issue, s.Started.Format("2 Jan 2006 15:04"),
		s.Accepted, len(s.Refused), len(s.Deferred), len(s.Uncertain))
	if len(s.Refused)+len(s.Deferred)+len(s.Uncertain) > 0 {
		return errNeedsYou
	}
	return nil
}

func sendBouncesCommand(a *app) *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bounces MAILBOX...",
		Short: "Read who can't be reached from the mail that came back",
		Long: `Reads delivery status notifications from mbox files or Maildirs and says whom to
drop from the list: those whose address the last server refused for good (5.x.x).
Refusals of the mail or its sender (5.7.x) and what may still arrive (4.x.x, a full
mailbox) are listed apart and drop nobody. Nothing is changed; -o writes the addresses to
drop, one a line.`,
		Example:     "  pullquote send bounces ~/Maildir/.bounces -o drop.txt",
		Annotations: exits("some should be dropped from the list"),
		Args:        atLeast(1, "a mailbox"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			found, err := p.Bounces(args)
			if err != nil {
				return err
			}
			if out != "" {
				var b bytes.Buffer
				if err := pipeline.WriteDropped(&b, found); err != nil {
					return err
				}
				if err := pipeline.WriteFile(out, b.Bytes()); err != nil {
					return err
				}
			}
			if asJSON {
				found.Drop, found.Blocked, found.Later = orEmpty(found.Drop), orEmpty(found.Blocked), orEmpty(found.Later)
				err = a.json(found)
			} else {
				a.bounced(found)
			}
			if err == nil && len(found.Drop) > 0 {
				err = errNeedsYou
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the addresses to drop to `FILE`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	return cmd
}

func (a *app) bounced(found send.Bounces) {
	for _, group := range []struct {
		what string
		list []send.Bounce
	}{{"drop", found.Drop}, {"blocked", found.Blocked}, {"later", found.Later}} {
		for _, b := range group.list {
			a.say("%s: %s: %s %s", group.what, clean(b.Email), clean(b.Status), clean(b.Reply))
		}
	}
	a.say("%s read, %s in them: %d to drop, %d blocked, %d that may still arrive.", count(found.Messages, "message"),
		count(found.Reports, "notification"), len(found.Drop), len(found.Blocked), len(found.Later))
}
