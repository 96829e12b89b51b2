package send

// This file hands a mail to a service that has the list of people itself:
// listmonk (https://listmonk.app/docs/apis/campaigns/) or Buttondown
// (https://docs.buttondown.com/api-emails-introduction). What is made there is a
// draft; only Start makes it go out.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Listmonk says where a listmonk runs. Its token never stands in
// pullquote.yaml.
type Listmonk struct {
	URL       string `yaml:"url"`        // "https://lists.example"
	User      string `yaml:"user"`       // of the API
	TokenFile string `yaml:"token-file"` // asked when the environment has no token
	Lists     []int  `yaml:"lists"`      // ids of the lists that get it
	Template  int    `yaml:"template"`   // id of a template that holds only {{ template "content" . }}; 0: its default one
}

// Buttondown says how Buttondown is asked.
type Buttondown struct {
	URL       string `yaml:"url"`        // empty: https://api.buttondown.com
	TokenFile string `yaml:"token-file"` // asked when the environment has no key
	Template  string `yaml:"template"`   // name of a template of theirs; empty: the newsletter's
}

// Draft is a mail as a service holds it.
type Draft struct {
	Service string `json:"service"` // "listmonk" or "buttondown"
	ID      string `json:"id"`
	Status  string `json:"status"` // as the service calls it: "draft", "running", "about_to_send"
	Seal    string `json:"seal"`   // of the issue file it was made from
}

// CanStart tells whether the draft was not sent yet: a second start would send it
// twice where the service does not refuse that itself.
func (d Draft) CanStart() bool { return d.Status == "draft" || d.Status == "paused" }

// serviceTimeout bounds a whole request; maxAnswer what is read of its answer.
const (
	serviceTimeout = 60 * time.Second
	maxAnswer      = 1 << 20
)

// service is an API that takes JSON.
type service struct {
	name, base, authorization string
	header                    map[string]string
}

// ask sends one request and reads its answer into out. Redirects are not
// followed: they would carry the token elsewhere.
func (s service) ask(ctx context.Context, method, path string, in, out any) error {
	base, err := url.Parse(s.base)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return fmt.Errorf("%s.url %q is not an https address", s.name, s.base)
	}
	if base.Scheme == "http" && !loopbackName(base.Hostname()) {
		return fmt.Errorf("%s.url %q is not https, and the token would go in the clear", s.name, s.base)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", s.authorization)
	for name, value := range s.header {
		req.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking %s: %w", s.name, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", s.name, err)
	}
	// listmonk answers 400 for a campaign that is not there, in words.
	gone := resp.StatusCode == http.StatusNotFound ||
		resp.StatusCode == http.StatusBadRequest && method == http.MethodPut && strings.Contains(strings.ToLower(string(answer)), "not found")
	if gone && method != http.MethodPost {
		return errGone
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("%s answered %s: %s", s.name, resp.Status, reason(answer))
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s answered with something that is not JSON: %s", s.name, shortReply(string(answer)))
	}
	return nil
}

// reason gives a service's words of a refusal: listmonk puts them into message,
// Buttondown into detail, beside a code.
func reason(answer []byte) string {
	var said struct{ Message, Code, Detail string }
	if json.Unmarshal(answer, &said) == nil && said.Message+said.Code+said.Detail != "" {
		return shortReply(said.Message + said.Detail + " " + said.Code)
	}
	return shortReply(string(answer))
}

// errGone says that a draft made before is no longer there.
var errGone = errors.New("the draft is no longer there")

func loopbackName(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Both services run their own templates over what they get: double braces of
// ours must not act there.
var (
	inertHTML = strings.NewReplacer("{{", "&#123;{", "{%", "&#123;%")
	inertText = strings.NewReplacer("{{", `{{ "{{" }}`)
)

// Save makes a draft of the mail, or brings the draft with this id up to date.
// Nothing is sent or scheduled by it.
func (l Listmonk) Save(ctx context.Context, token string, m *Mail, name, id string) (Draft, error) {
	if len(l.Lists) == 0 {
		return Draft{}, errors.New("listmonk.lists names no list: write the ids of the lists that get it")
	}
	text := strings.ReplaceAll(inertText.Replace(m.text), Placeholder, "{{ UnsubscribeURL }}")
	// The fields are those of POST /api/campaigns, and PUT takes the same:
	// https://listmonk.app/docs/apis/campaigns/#post-apicampaigns. No send_at:
	// what has one can be scheduled.
	campaign := map[string]any{
		"name": name, "subject": inertText.Replace(m.Subject), "lists": l.Lists, "type": "regular", "content_type": "html",
		"messenger": "email", "from_email": m.fromField(), "altbody": text,
		"body": strings.ReplaceAll(inertHTML.Replace(m.html), Placeholder, "{{ UnsubscribeURL }}"),
	}
	if l.Template != 0 {
		campaign["template_id"] = l.Template
	}
	var answer struct {
		Data struct {
			ID     json.Number `json:"id"`
			Status string      `json:"status"`
		} `json:"data"`
	}
	err := errGone
	if id != "" {
		err = l.service(token).ask(ctx, http.MethodPut, "/api/campaigns/"+url.PathEscape(id), campaign, &answer)
	}
	if errors.Is(err, errGone) {
		err = l.service(token).ask(ctx, http.MethodPost, "/api/campaigns", campaign, &answer)
	}
	if err == nil && answer.Data.ID == "" {
		err = errors.New("listmonk did not say the id of the campaign it made")
	}
	return Draft{Service: "listmonk", ID: answer.Data.ID.String(), Status: answer.Data.Status}, err
}

// Start makes a saved campaign go out now. Only a draft or a paused campaign can
// be started (https://listmonk.app/docs/apis/campaigns/#put-apicampaignscampaign_idstatus),
// so one that is out already is refused there too.
func (l Listmonk) Start(ctx context.Context, token, id string) (Draft, error) {
	var answer struct {
		Data struct {
			Status string `json:"status"`
		} `json:"data"`
	}
	err := l.service(token).ask(ctx, http.MethodPut, "/api/campaigns/"+url.PathEscape(id)+"/status", map[string]string{"status": "running"}, &answer)
	return Draft{Service: "listmonk", ID: id, Status: answer.Data.Status}, err
}

// service authorizes by token: https://listmonk.app/docs/apis/apis/#auth.
func (l Listmonk) service(token string) service {
	return service{name: "listmonk", base: l.URL, authorization: "token " + l.User + ":" + token}
}

// Save makes a draft of the mail, or brings the draft with this id up to date.
// The status of a new one is said: an old version of the API sends what has none.
// Buttondown writes the text edition itself, from the HTML.
func (b Buttondown) Save(ctx context.Context, token string, m *Mail, name, id string) (Draft, error) {
	// The fields are those of https://docs.buttondown.com/api-emails-create and
	// https://docs.buttondown.com/api-emails-update.
	email := map[string]any{
		"subject": m.Subject,
		// The comment tells it that this is HTML and no Markdown.
		"body": "<!-- buttondown-editor-mode: fancy -->" + strings.ReplaceAll(inertHTML.Replace(m.html), Placeholder, "{{ unsubscribe_url }}"),
	}
	if b.Template != "" {
		email["template"] = b.Template
	}
	if page := m.page(); page != "" {
		email["canonical_url"] = page // their archive says where the issue is at home
	}
	var answer buttondownEmail
	err := errGone
	if id != "" {
		err = b.service(token).ask(ctx, http.MethodPatch, "/v1/emails/"+url.PathEscape(id), email, &answer)
	}
	if errors.Is(err, errGone) {
		// Said of a new one alone: what is on its way already is not called back.
		email["status"] = "draft"
		err = b.service(token).ask(ctx, http.MethodPost, "/v1/emails", email, &answer)
	}
	if err == nil && answer.ID == "" {
		err = errors.New("buttondown did not say the id of the draft it made")
	}
	return Draft{Service: "buttondown", ID: answer.ID, Status: answer.Status}, err
}

type buttondownEmail struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// Start makes a saved draft go out now: draft to about_to_send, as in
// https://docs.buttondown.com/api-emails-introduction. The confirmation that
// version 2026-04-01 asks of a first send is for POST alone
// (https://buttondown.com/blog/2026-03-07-safer-email-api-defaults).
func (b Buttondown) Start(ctx context.Context, token, id string) (Draft, error) {
	var answer buttondownEmail
	err := b.service(token).ask(ctx, http.MethodPatch, "/v1/emails/"+url.PathEscape(id), map[string]string{"status": "about_to_send"}, &answer)
	return Draft{Service: "buttondown", ID: id, Status: answer.Status}, err
}

func (b Buttondown) service(token string) service {
	base := b.URL
	if base == "" {
		base = "https://api.buttondown.com"
	}
	return service{
		name: "buttondown", base: base, authorization: "Token " + token,
		// Since this version what has no status is a draft, and ids are plain
		// UUIDs: https://docs.buttondown.com/api-versioning.
		header: map[string]string{"X-API-Version": "2026-04-01"},
	}
}

// page gives the address of the page, which is in Archived-At (RFC 5064).
func (m *Mail) page() string {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, "Archived-At") {
			_, value, _ := strings.Cut(f.raw, ":")
			return strings.Trim(strings.TrimSpace(value), "<>")
		}
	}
	return ""
}

// fromField gives the mail's From, decoded.
func (m *Mail) fromField() string {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, "From") {
			_, value, _ := strings.Cut(f.raw, ":")
			return decodeField(value)
		}
	}
	return m.From
}
