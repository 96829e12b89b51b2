package render

// This file makes the email editions of an issue: the HTML mail from
// templates/email, the plain text (text.go) and the message of both (eml.go).

import (
	"bytes"
	"fmt"
	"html/template"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// Message is what the mail template is given. Every address in it is absolute.
type Message struct {
	Publication Publication // Mail.Unsubscribe is filled in
	Subject     string
	Preheader   string // what an inbox shows beside the subject; ends in white space that keeps the first lines from following it
	SiteURL     string
	ArchiveURL  string
	Lang        string // BCP 47
	Dir         string // "ltr" or "rtl"
	Issue       *IssueView
	Cut         int  // stories that are left out at the end, because the mail would be too large
	CutIntro    bool // the end of the intro is left out as well

	Anchors map[string]bool // ids of the stories that the issue's own text links to

	// What only Outlook's Word engine reads, which knows no max-width.
	OutlookStart template.HTML
	OutlookEnd   template.HTML
}

// Anchor gives the attribute id for a story that the issue's own text links to,
// so that the link stays in the mail; nothing for others.
func (m Message) Anchor(item ItemView) template.HTMLAttr {
	if !m.Anchors[item.ID] {
		return ""
	}
	return template.HTMLAttr(`id="` + template.HTMLEscapeString(item.ID) + `"`)
}

// Auto gives the attribute dir="auto" for text that holds letters of a script
// written from right to left, so that it reads right within a mail of the other
// direction; nothing for other text.
func (m Message) Auto(text any) template.HTMLAttr {
	s, ok := text.(string)
	if html, is := text.(template.HTML); is {
		s = string(html)
	} else if !ok {
		s = fmt.Sprint(text)
	}
	if strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x590 && unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
	}) {
		return `dir="auto"`
	}
	return ""
}

const (
	outlookStart = `<!--[if mso]><table role="presentation" align="center" width="544" cellpadding="0" cellspacing="0"><tr><td><![endif]-->`
	outlookEnd   = `<!--[if mso]></td></tr></table><![endif]-->`
)

// TextOf gives the text edition of the issue in a file as somebody edited it by
// hand; nil when nobody did.
type TextOf func(file string) ([]byte, error)

// TextFile gives where such a text stands, beside the issue's own file.
func TextFile(file string) string { return strings.TrimSuffix(file, ".md") + ".txt" }

// mailing is the mails of all issues, and what they are called.
type mailing struct {
	*mailer
	in    Input
	names []string
}

func newMailing(in Input, own TextOf) (*mailing, error) {
	m, err := newMailer(in)
	if err != nil {
		return nil, err
	}
	m.own = own
	names := make([]string, len(in.Heads))
	taken := map[string]string{}
	for i, head := range in.Heads {
		if names[i], err = emailName(head); err != nil {
			return nil, err
		}
		if other, twice := taken[names[i]]; twice {
			return nil, fmt.Errorf("%s and %s would both be the email %s", other, head.File, names[i])
		}
		taken[names[i]] = head.File
	}
	return &mailing{m, in, names}, nil
}

// files makes the mails of one issue, which takes so many minutes to read. page
// is what its page shows, or nil. The notices say what its reader should know.
func (m *mailing) files(i int, is *issue.Issue, minutes int, page *IssueView) (files []File, notices []string, err error) {
	file := m.in.Heads[i].File
	html, text, eml, cut, err := m.render(is, minutes, page)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	if cut != "" {
		notices = append(notices, fmt.Sprintf("its HTML mail would exceed %d kB, so %s; the page and the plain text have all", mailLimit/1000, cut))
	}
	if written, err := m.written(file); err != nil {
		return nil, nil, err
	} else if written != nil {
		lacks, err := Editions(m.in, is, nil, nil, text)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, d := range lacks {
			notices = append(notices, TextFile(file)+", edited by hand, "+strings.TrimPrefix(d.String(), "the text "))
		}
	}
	return []File{
		{Path: m.names[i] + ".html", Body: html},
		{Path: m.names[i] + ".txt", Body: text},
		{Path: m.names[i] + ".eml", Body: eml},
	}, notices, nil
}

// written gives the text of an issue that was edited by hand; nil when there
// is none.
func (m *mailing) written(file string) ([]byte, error) {
	if m.own == nil {
		return nil, nil
	}
	return m.own(file)
}

func emailName(head issue.Head) (string, error) {
	if head.Number > 0 {
		return fmt.Sprintf("email/%04d", head.Number), nil
	}
	folder, err := permalinkFolder(head.Permalink)
	if err != nil {
		return "", fmt.Errorf("%s: %w", head.File, err)
	}
	return "email/" + strings.ReplaceAll(folder, "/", "-"), nil
}

// Email renders the three email editions of one issue. It reads no Heads and
// calls no Load of in.
func Email(in Input, is *issue.Issue) (html, text, eml []byte, err error) {
	return EmailWithText(in, is, nil)
}

// EmailWithText is Email with a text that was edited by hand; own may be nil. It
// does not say whether that text holds what the issue does: Editions does.
func EmailWithText(in Input, is *issue.Issue, own TextOf) (html, text, eml []byte, err error) {
	m, err := newMailer(in)
	if err != nil {
		return nil, nil, nil, err
	}
	m.own = own
	html, text, eml, _, err = m.render(is, minutes(issue.Words(is)), nil)
	return html, text, eml, err
}

// mailLimit is how large the HTML mail may be. Gmail cuts at 102 kB, in mid-
// sentence; what is left is for the links that a provider makes longer.
const mailLimit = 90_000

// mailer is what the mails of one rendering have in common.
type mailer struct {
	publication Publication // cleaned
	base        string
	program     *program
	paper       *paper
	from        *mail.Address
	replyTo     *mail.Address // nil when replies go to from
	help        string        // where a person answers: a mailto address
	own         TextOf        // nil when every text is made from its issue
}

func newMailer(in Input) (*mailer, error) {
	base, err := baseURL(in.Publication)
	if err != nil {
		return nil, err
	}
	m := &mailer{publication: in.Publication, base: base, paper: &paper{}}
	m.publication.Name = clean(in.Publication.Name)
	if m.from, m.replyTo, err = senders(m.publication, base); err != nil {
		return nil, err
	}
	to := m.from
	if m.replyTo != nil {
		to = m.replyTo
	}
	m.help = safeURL("mailto:" + to.Address + "?subject=help")
	if m.publication.Mail.Unsubscribe = safeURL(m.publication.Mail.Unsubscribe); m.publication.Mail.Unsubscribe == "" {
		m.publication.Mail.Unsubscribe = safeURL("mailto:" + to.Address + "?subject=unsubscribe")
	}
	set, err := parseTemplates(in.Templates, "email/issue.html")
	m.program = &program{template: set, many: true}
	return m, err
}

// senders gives the From and Reply-To mailboxes (RFC 5322 section 3.4). A
// publication that states none gets newsletter@ its site's host, so that a new
// workspace can be rendered and looked at before anything is sent.
func senders(p Publication, base string) (from, replyTo *mail.Address, err error) {
	mailbox := p.Mail.From
	if mailbox == "" {
		mailbox = p.Editor.Email
	}
	if mailbox == "" {
		mailbox = "newsletter@" + hostOf(base)
	}
	if from, err = mail.ParseAddress(mailbox); err != nil {
		return nil, nil, fmt.Errorf("the mail's sender %q is no address: %w", mailbox, err)
	}
	if from.Name == "" {
		from.Name = p.Name
	}
	from.Name, from.Address = headerText(from.Name), asciiDomain(from.Address)
	if p.Mail.ReplyTo != "" {
		if replyTo, err = mail.ParseAddress(p.Mail.ReplyTo); err != nil {
			return nil, nil, fmt.Errorf("the mail's reply-to %q is no address: %w", p.Mail.ReplyTo, err)
		}
		replyTo.Name, replyTo.Address = headerText(replyTo.Name), asciiDomain(replyTo.Address)
	}
	return from, replyTo, nil
}

// asciiDomain gives a mail address with its domain as RFC 5890 writes it for
// what is older than international names.
func asciiDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	ascii, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return address // said when it is sent from
	}
	return address[:at+1] + ascii
}

// viewOf writes an issue's text for the mail. What reads there as on its page,
// if that is given, is taken from it.
func (m *mailer) viewOf(is *issue.Issue, link IssueLink, page *IssueView) IssueView {
	isLocal := func(item issue.Item) bool { return strings.HasPrefix(item.URL, "/") }
	if page == nil || slices.ContainsFunc(is.Items, isLocal) {
		return viewOf(is, link, m.base, mailStyle)
	}
	view := *page
	view.IssueLink, view.Tags, view.DataURL = link, nil, ""
	view.Intro = template.HTML(blocksHTML(is.Intro, m.base, 2, false, mailStyle))
	view.Outro = template.HTML(blocksHTML(is.Outro, m.base, 2, false, mailStyle))
	view.Items = slices.Clone(page.Items)
	for i := range view.Items {
		v := &view.Items[i]
		v.CVEs, v.Parts = nil, slices.Clone(v.Parts)
		for k := range v.Parts {
			p := &v.Parts[k]
			if p.Source = ""; p.again != nil {
				p.HTML = template.HTML(blocksHTML(p.again, m.base, v.Level+1, p.Quote, mailStyle))
			}
		}
	}
	return view
}

// render makes the editions. cut says what the HTML mail leaves out; empty when
// it has all.
func (m *mailer) render(is *issue.Issue, minutes int, page *IssueView) (html, text, eml []byte, cut string, err error) {
	link, err := m.linkOf(is, minutes)
	if err != nil {
		return nil, nil, nil, "", err
	}
	view := m.viewOf(is, link, page)
	message := Message{
		Publication:  m.publication,
		Subject:      subject(link),
		Preheader:    preheader(is, link),
		SiteURL:      m.base,
		ArchiveURL:   m.base + "archive/",
		Lang:         language(m.publication),
		Dir:          direction(m.publication),
		Issue:        &view,
		OutlookStart: outlookStart,
		OutlookEnd:   outlookEnd,
	}
	if text, err = m.textOf(is, view); err != nil {
		return nil, nil, nil, "", err
	}
	if html, err = m.fit(is, &message); err != nil {
		return nil, nil, nil, "", err
	}
	if message.Cut == 0 && !message.CutIntro && message.anchor() {
		if html, err = m.fit(is, &message); err != nil {
			return nil, nil, nil, "", err
		}
	}
	if eml, err = m.message(link, message.Subject, html, text); err != nil {
		return nil, nil, nil, "", err
	}
	if message.Cut > 0 {
		cut = "the last " + plural(message.Cut, "story is a link to the page", "stories are a link to the page")
	}
	if message.CutIntro {
		cut = "its intro breaks off with a link to the page, and no story follows"
	}
	return html, text, eml, cut, nil
}

// fit renders the HTML mail, with as many stories as its limit has room for. A
// mail that is too large without any loses the end of its intro.
func (m *mailer) fit(is *issue.Issue, message *Message) ([]byte, error) {
	view, all := message.Issue, message.Issue.Stories()
	html := m.paper.take()
	for intro := len(is.Intro); ; {
		var err error
		if html, err = m.program.execute(html[:0], message); err != nil {
			return nil, fmt.Errorf("rendering the mail: %w", err)
		}
		if len(html) <= mailLimit {
			return trimmed(html), nil
		}
		switch {
		case len(view.Items) > 0:
			view.Items = view.Items[:len(view.Items)-1]
			for n := len(view.Items); n > 0 && view.Items[n-1].Section; n-- {
				view.Items = view.Items[:n-1] // a title over nothing
			}
			message.Cut = len(all) - len(view.Stories())
		case view.Outro != "" || len(view.Corrections) > 0:
			view.Outro, view.Corrections, message.CutIntro = "", nil, true
		case intro > 0:
			intro -= max(1, intro/8)
			view.Intro, message.CutIntro = template.HTML(blocksHTML(is.Intro[:intro], m.base, 2, false, mailStyle)), true
		default: // what is left is the template's own
			return trimmed(html), nil
		}
	}
}

// trimmed gives a text with one line end behind it, in the same memory.
func trimmed(text []byte) []byte { return append(bytes.TrimSpace(text), '\n') }

// anchor makes links to the issue's own stories lead to their place in the mail,
// and tells whether there are any.
func (m *Message) anchor() bool {
	view := m.Issue
	m.Anchors = map[string]bool{}
	own := `href="` + template.HTMLEscapeString(view.URL+"#")
	links := func(text template.HTML) bool { return strings.Contains(string(text), own) }
	any := links(view.Intro) || links(view.Outro)
	for i := 0; !any && i < len(view.Items); i++ {
		any = slices.ContainsFunc(view.Items[i].Parts, func(p PartView) bool { return links(p.HTML) })
	}
	if !any {
		return false // as in most mails
	}
	for _, item := range view.Items {
		to := `href="` + template.HTMLEscapeString(view.URL+"#"+item.ID) + `"`
		turn := func(text *template.HTML) {
			if strings.Contains(string(*text), to) {
				m.Anchors[item.ID] = true
				*text = template.HTML(strings.ReplaceAll(string(*text), to, `href="#`+template.HTMLEscapeString(item.ID)+`"`))
			}
		}
		turn(&view.Intro)
		turn(&view.Outro)
		for i := range view.Items {
			for k := range view.Items[i].Parts {
				turn(&view.Items[i].Parts[k].HTML)
			}
		}
	}
	return len(m.Anchors) > 0
}

// textOf gives the text edition: the one edited by hand, if there is one.
func (m *mailer) textOf(is *issue.Issue, view IssueView) ([]byte, error) {
	if m.own == nil {
		return m.text(is, view), nil
	}
	written, err := m.own(is.File)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", TextFile(is.File), err)
	}
	if written == nil {
		return m.text(is, view), nil
	}
	text, err := m.ownText(written)
	if err != nil {
		return nil, fmt.Errorf("%s can't be the mail's text: %w", TextFile(is.File), err)
	}
	return text, nil
}

// linkOf makes of an issue what its Head would give.
func (m *mailer) linkOf(is *issue.Issue, minutes int) (IssueLink, error) {
	folder, err := permalinkFolder(is.Permalink)
	if err != nil {
		return IssueLink{}, err
	}
	s := site{base: m.base}
	link := s.linkTo(issue.Head{Number: is.Number, Title: is.Title, Date: is.Date, Description: is.Description, Draft: is.Draft}, folder)
	link.Minutes = minutes
	return link, nil
}

// subject is the mail's subject: "96: The cloud is more secure". The
// newsletter's name stands beside it in every inbox, as the sender's.
func subject(link IssueLink) string {
	if link.Number > 0 {
		return fmt.Sprintf("%d: %s", link.Number, link.Title)
	}
	return link.Title
}

// preheaderLength is how many characters an inbox shows beside a subject, at
// most.
const preheaderLength = 140

// preheader is the description, or the start of the intro. What it leaves of
// an inbox's line is filled with what can't be seen and doesn't collapse (a
// no-break space, a combining grapheme joiner), so that the mail's first lines
// don't follow it there.
func preheader(is *issue.Issue, link IssueLink) string {
	text := link.Description
	if text == "" {
		text = plainBlocks(is.Intro)
	}
	text = shorten(text, preheaderLength)
	return text + strings.Repeat("\u00a0\u034f", preheaderLength-utf8.RuneCountInString(text))
}

// mailStyle is the style of what stands inside an item's text. Only what no
// client does well by itself has one. A quote's bar is of a green that is seen on
// white and on black alike: some clients turn the paper dark and leave borders.
func mailStyle(element string) string {
	switch element {
	case "blockquote":
		return "padding-left:16px;border-left:4px solid #2f8472;color:#48514b"
	case "pre":
		return "font-size:14px;white-space:pre-wrap"
	case "code":
		return "font-size:15px"
	}
	return ""
}
