package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// online.go asks, for `check --online`, whether the links of an issue still
// lead where they led. What is said of a link is never more than what its
// server said: a wall for robots is not death, and silence is not either.

// What is known of a link.
const (
	LinkOK      = "ok"
	LinkMoved   = "moved"   // it leads to another address
	LinkGone    = "gone"    // 404 or 410
	LinkBlocked = "blocked" // robots are turned away; a reader may get in
	LinkUnknown = "unknown" // no answer, or one that says nothing of the page
)

// LinkState is what a server said of an address, and when.
type LinkState struct {
	State  string    `json:"state"`             // LinkOK and the others
	To     string    `json:"to,omitempty"`      // where a moved link leads
	Status int       `json:"status,omitempty"`  // HTTP status; 0 when no answer came
	Why    string    `json:"why,omitempty"`     // what was said instead of the page, as half a sentence: "answers 404"
	Plain  bool      `json:"plain,omitempty"`   // a redirect led from https to http
	ForNow bool      `json:"for_now,omitempty"` // the redirect said that it is for a time (302, 303, 307), so the address asked stays the right one
	Asked  time.Time `json:"asked"`             // UTC
}

// linkLife is how long an answer is believed before a server is asked again.
// What is unknown is asked again at once.
const linkLife = 7 * 24 * time.Hour

// linksFile keeps the answers. Nothing is lost with it.
const linksFile = ".pullquote/links.json"

// askable gives the address by which a link is asked after; false when it is
// not asked at all. An address of numbers is left alone, as it is more often
// an indicator of malice than a page. Whatever names a subscriber is taken off
// first: who follows such a link acts as that person.
func askable(link string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", false
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	_, bare := tracking(u)
	return bare, true
}

// overTLS gives the https form of a plain http address; false when it has none.
func overTLS(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Port() != "" && u.Port() != "80" {
		return "", false
	}
	u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":80")
	return u.String(), true
}

// LinkStates tells how the links of an issue stand, by the address asked.
type LinkStates map[string]LinkState

// challenges are the titles of pages that are shown to a robot in place of the
// page, with a status of 200.
var challenges = pattern(`(?is)<title[^>]*>\s*(just a moment|attention required|access denied|are you a robot|verify you are human|security check|checking your browser|ddos-guard|pardon our interruption|robot check|please wait)`)

// gates are parts of paths that a reader without a session is sent to.
var gates = pattern(`(?i)(^|[/._-])(log-?in|sign-?in|sign_in|auth|authorize|consent|captcha|challenge|sso|paywall|subscribe|register)([/._-]|$)`)

// judgeLink says what the answer for an address means.
func judgeLink(page collect.Page) LinkState {
	s := LinkState{State: LinkUnknown, Status: page.Status, Why: page.Error, Asked: page.Fetched}
	switch page.Status {
	case 404, 410:
		s.State = LinkGone
		return s
	case 401, 402, 403, 407, 429, 451, 999: // 999 is LinkedIn's own
		s.State = LinkBlocked
		return s
	}
	switch {
	case page.Wall != "": // a 503 among them: an outage has no such sign
		s.State, s.Why = LinkBlocked, "turns programs away ("+cutText(page.Wall, 60)+")"
		return s
	case page.Barred:
		s.State = LinkBlocked
		return s
	case page.Error != "" && page.Status/100 != 2:
		return s
	}
	if page.Status/100 != 2 {
		return s
	}
	// A page that is too large or empty is there all the same.
	s.State, s.Why = LinkOK, ""
	if challenges().Match(page.Body[:min(len(page.Body), 8<<10)]) {
		s.State, s.Why = LinkBlocked, "shows a page that keeps robots out"
		return s
	}
	from, err := url.Parse(page.URL)
	if err != nil {
		return s
	}
	to, err := url.Parse(page.FinalURL)
	if err != nil {
		return s
	}
	s.Plain = from.Scheme == "https" && to.Scheme == "http"
	if sameAddress(from, to) {
		return s
	}
	_, bare := tracking(to)
	if gates().MatchString(to.Path) && !gates().MatchString(from.Path) {
		s.State, s.Why = LinkBlocked, "leads to "+cutText(strings.SplitN(bare, "?", 2)[0], 120)+", which asks who one is"
		return s
	}
	lasting := from // by RFC 9110, 15.4, only 301 and 308 change an address
	for _, h := range page.Hops {
		u, err := url.Parse(h.To)
		if err != nil || !h.Permanent() {
			break
		}
		lasting = u
	}
	if !sameAddress(from, lasting) {
		_, bare = tracking(lasting)
		s.State, s.To = LinkMoved, bare
		return s
	}
	s.To, s.ForNow = bare, true
	// Within its site a server may lead about as it likes: a language, a session.
	if s.State = LinkMoved; !s.frontPage(page.URL) && site(from.Hostname()) == site(to.Hostname()) {
		s.State, s.To, s.ForNow = LinkOK, "", false
	}
	return s
}

// sameAddress tells whether a redirect led to what a reader would call the same
// address: its case, its last slash and its scheme are no news. The step from
// http to https is said by link-http.
func sameAddress(a, b *url.URL) bool {
	plain := func(u *url.URL) string {
		_, bare := tracking(u)
		key, err := collect.Canonical(bare)
		if err != nil {
			key = bare
		}
		_, key, _ = strings.Cut(key, "://")
		return strings.TrimPrefix(strings.TrimSuffix(key, "/"), "www.")
	}
	return plain(a) == plain(b)
}

// frontPage tells whether a link to a page leads to the front page of a site
// now, as links to removed pages often do.
func (s LinkState) frontPage(link string) bool {
	from, err := url.Parse(link)
	if err != nil || s.State != LinkMoved {
		return false
	}
	to, err := url.Parse(s.To)
	return err == nil && strings.Trim(to.Path, "/") == "" && to.RawQuery == "" && strings.Trim(from.Path, "/") != ""
}

// of gives the state of a link as the issue has it. Of a plain http address
// that was found under https, it is the state found there.
func (states LinkStates) of(link string) (LinkState, bool) {
	address, ok := askable(link)
	if !ok {
		return LinkState{}, false
	}
	if secure, plain := overTLS(address); plain {
		if s, known := states[secure]; known && s.secure() {
			return s, true
		}
	}
	s, known := states[address]
	return s, known
}

// secure tells whether an https address was answered, under https.
func (s LinkState) secure() bool { return !s.Plain && (s.State == LinkOK || s.State == LinkMoved) }

// CheckOnline says what is wrong with the links of an issue by what their
// servers said. For link-http of the other rules it gives what is known now.
func CheckOnline(is *issue.Issue, states LinkStates, others []issue.Problem) (out, changed []issue.Problem) {
	changed = slices.Clone(others)
	if len(states) == 0 {
		return nil, changed
	}
	for _, l := range is.Links() {
		problem := func(rule string, severity issue.Severity, what, hint, mended string) issue.Problem {
			p := is.ProblemAt(l.At, rule, severity, what, hint)
			p.Item = l.Item
			if mended != "" {
				p.Fix = l.LinkFix(mended)
			}
			return p
		}
		s, known := states.of(l.URL)
		if !known {
			continue
		}
		asked := "asked on " + s.Asked.Format("2 January 2006")
		switch s.State {
		case LinkGone:
			out = append(out, problem("link-gone", issue.Warning, fmt.Sprintf("the page %s", s.Why), asked+"; find its new place or an archived copy, or take the link out", ""))
		case LinkMoved:
			if s.frontPage(l.URL) {
				out = append(out, problem("link-moved", issue.Advice, "this link leads to the front page "+cutText(s.To, 120)+" now", asked+"; the page may be gone: find its new place or an archived copy", ""))
				break
			}
			if u, err := url.Parse(l.URL); s.ForNow && (err != nil || !slices.Contains(shorteners, strings.ToLower(u.Hostname()))) {
				out = append(out, problem("link-moved", issue.Advice, "this link leads to "+cutText(s.To, 120)+" for the time being", asked+"; the server calls the address in the file the lasting one: look whether it is the same page", ""))
				break
			}
			out = append(out, problem("link-moved", issue.Advice, "this link leads to "+cutText(s.To, 120)+" now", asked+"; look whether it is the same page, and use that address", s.To))
		case LinkBlocked:
			out = append(out, problem("link-blocked", issue.Advice, fmt.Sprintf("the page %s: a program can't tell whether it is there", s.Why), asked+"; open it in a browser", ""))
		case LinkUnknown:
			out = append(out, problem("link-unknown", issue.Advice, fmt.Sprintf("the page %s: whether it is there is not known", s.Why), asked+"; check again later, or open it in a browser", ""))
		}
		address, _ := askable(l.URL)
		secure, plain := overTLS(address)
		if !plain {
			continue
		}
		at := is.ProblemAt(l.At, "link-http", issue.Advice, "", "")
		for i, p := range changed {
			if p.Rule != "link-http" || p.Line != at.Line || p.Column != at.Column {
				continue
			}
			if found := states[secure]; found.secure() {
				mended := ""
				if rest, ok := strings.CutPrefix(strings.TrimSpace(l.URL), "http://"); ok {
					mended = "https://" + strings.Replace(rest, ":80/", "/", 1)
				}
				if found.State == LinkMoved {
					mended = "" // link-moved has the address it leads to
				}
				changed[i] = problem("link-http", issue.Advice, "this link is plain http, and https answers", "use https: "+cutText(secure, 120), mended)
			} else if !found.Asked.IsZero() {
				why := found.Why
				if found.Plain {
					why = "leads back to plain http"
				}
				changed[i] = problem("link-http", issue.Advice, fmt.Sprintf("this link is plain http; under https the page %s", why), "it has to stay, unless there is another place that has the page", "")
			}
		}
	}
	return out, changed
}

// count counts the links of an issue by their state, each address once.
func (states LinkStates) count(is *issue.Issue, into map[string]int) {
	seen := map[string]bool{}
	for _, l := range is.Links() {
		address, _ := askable(l.URL)
		if s, known := states.of(l.URL); known && !seen[address] {
			seen[address] = true
			into[s.State]++
		}
	}
}

// askIssues asks the links of issues.
func (p *Pipeline) askIssues(ctx context.Context, archive issue.Archive, refs []string, progress func(Progress)) (LinkStates, error) {
	var links []string
	for _, ref := range refs {
		is, _, err := p.load(archive, ref)
		if err != nil {
			return nil, err
		}
		for _, l := range is.Links() {
			links = append(links, l.URL)
		}
	}
	return p.AskLinks(ctx, links, progress)
}

// AskLinks tells how links stand. What was asked within a week is not asked
// again; the others are asked now, of one host one after the other, and what
// was said is kept as it goes. When ctx ends it gives what is known with
// ctx.Err().
func (p *Pipeline) AskLinks(ctx context.Context, links []string, progress func(Progress)) (LinkStates, error) {
	now := p.opts.Now()
	states := LinkStates{}
	kept := p.readLinks()
	fresh := func(address string) bool {
		s, known := kept[address]
		if age := now.Sub(s.Asked); !known || s.State == LinkUnknown || age >= linkLife || age < -time.Hour {
			return false
		}
		states[address] = s
		return true
	}
	// First every address under https, then the plain ones that have no answer there.
	var first, plain []string
	wanted := map[string]bool{}
	want := func(list []string, address string) []string {
		if wanted[address] || fresh(address) {
			return list
		}
		wanted[address] = true
		return append(list, address)
	}
	for _, link := range links {
		address, ok := askable(link)
		if !ok {
			continue
		}
		if secure, is := overTLS(address); is {
			plain = append(plain, address)
			address = secure
		}
		first = want(first, address)
	}
	collector, err := p.Collector(false)
	if err != nil {
		return states, err
	}
	if err := p.recallHosts(ctx, collector); err != nil {
		return states, err
	}
	done, total, unkept := 0, len(first), 0
	ask := func(addresses []string) error {
		list := rounds(addresses)
		for i, round := range list {
			err := collector.Pages(ctx, round, func(page collect.Page) error {
				states[page.URL] = judgeLink(page)
				done++
				unkept++
				if progress != nil {
					progress(Progress{"links", done, total, collector.Busy})
				}
				return nil
			})
			if unkept >= 25 || err != nil || i == len(list)-1 {
				if kerr := p.keepLinks(states, now); kerr != nil {
					return fmt.Errorf("keeping what is known of links: %w", kerr)
				}
				unkept = 0
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	err = ask(first)
	if err == nil {
		var rest []string
		for _, address := range plain {
			if secure, _ := overTLS(address); !states[secure].secure() {
				rest = want(rest, address)
			}
		}
		total += len(rest)
		err = ask(rest)
	}
	if herr := p.saveHosts(context.WithoutCancel(ctx), collector); err == nil {
		err = herr
	}
	return states, err
}

// rounds puts addresses into rounds in which every host stands once.
func rounds(addresses []string) [][]string {
	var out [][]string
	turn := map[string]int{}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		host := strings.ToLower(u.Hostname())
		if turn[host] == len(out) {
			out = append(out, nil)
		}
		out[turn[host]] = append(out[turn[host]], address)
		turn[host]++
	}
	return out
}

// recallHosts brings what the inbox knows of servers, their robots.txt above
// all. A workspace without an inbox gets none by asking.
func (p *Pipeline) recallHosts(ctx context.Context, collector *collect.Collector) error {
	if _, err := os.Stat(p.path("inbox.db")); err != nil {
		return nil
	}
	box, err := p.openInbox(ctx)
	if err != nil {
		return err
	}
	hosts, err := box.Hosts(ctx, p.opts.Now().AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	collector.Recall(hosts)
	return nil
}

func (p *Pipeline) saveHosts(ctx context.Context, collector *collect.Collector) error {
	if p.inbox == nil {
		return nil
	}
	return p.inbox.SaveHosts(ctx, collector.Learned())
}

// readLinks gives what is kept of links. A file that can't be read holds
// nothing: everything is asked again.
func (p *Pipeline) readLinks() LinkStates {
	kept := LinkStates{}
	body, err := os.ReadFile(p.path(linksFile))
	if err != nil || json.Unmarshal(body, &kept) != nil {
		return LinkStates{}
	}
	return kept
}

// keepLinks adds to what is kept of links. What nobody asked for in a month is
// left out.
func (p *Pipeline) keepLinks(states LinkStates, now time.Time) error {
	unlock, err := p.lock()
	if err != nil {
		return err
	}
	defer unlock()
	kept := p.readLinks() // another run may have added
	for address, s := range states {
		kept[address] = s
	}
	for address, s := range kept {
		if now.Sub(s.Asked) > 30*24*time.Hour {
			delete(kept, address)
		}
	}
	body, err := json.MarshalIndent(kept, "", " ")
	if err != nil {
		return err
	}
	ignore := p.path(path.Join(".pullquote", ".gitignore"))
	if _, err := os.Stat(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := WriteFile(ignore, []byte("*\n")); err != nil {
			return err
		}
	}
	return WriteFile(p.path(linksFile), append(body, '\n'))
}
