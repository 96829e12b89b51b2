package send

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// editions gives the two editions of a message as a reader's program sees them.
func editions(t testing.TB, message []byte) (header mail.Header, text, html string) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	for _, into := range []*string{&text, &html} {
		p, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		*into = string(body)
	}
	return msg.Header, text, html
}

// TestMessage: each recipient's message is their own, in header and editions.
func TestMessage(t *testing.T) {
	m := newMail(t, MailOptions{Unsubscribe: "https://letter.example/out?who={email}&key={token}", TokenKey: []byte("k")})
	message, err := m.For(Recipient{Email: "ann+x@town.example", Name: "Änn \"A\" Novak"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	h, text, html := editions(t, message)
	own := "https://letter.example/out?who=ann%2Bx%40town.example&key=" + Token([]byte("k"), "Ann+X@town.example")
	for name, want := range map[string]string{
		"List-Unsubscribe":      "<" + own + ">, <mailto:letter@letter.example?subject=unsubscribe>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Post": "NO", "List-Owner": "<mailto:letter@letter.example>",
		"List-Subscribe": "<https://letter.example/in>", "List-Id": `"Sunday Patch" <sunday-patch.letter.example>`,
		"Date": "Sun, 22 Nov 2026 12:00:00 +0000", "Subject": "12: Keys in the open",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if n := len(h[http.CanonicalHeaderKey(name)]); n != 1 {
			t.Errorf("%s stands %d times", name, n)
		}
	}
	if to, err := h.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "ann+x@town.example" || to[0].Name != `Änn "A" Novak` {
		t.Errorf("To is %v, %v", to, err)
	}
	if !strings.Contains(text, "café {{ braces }}") || !strings.Contains(text, "Unsubscribe: "+own) || strings.Contains(text+html, "unsubscribe.invalid") {
		t.Errorf("text %q", text)
	}
	if !strings.Contains(html, `href="`+strings.ReplaceAll(own, "&", "&amp;")+`"`) {
		t.Errorf("html %q", html)
	}
	if !strings.Contains(text, "\nFrom here on") || bytes.Contains(message, []byte("\nFrom here")) {
		t.Error("a line that begins with From is lost, or stands where an mbox would change it")
	}
	for _, line := range bytes.Split(message, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d bytes: %.80q", len(line), line)
		}
	}
	first := m.MessageID("ann@town.example")
	if first != m.MessageID("Ann@town.example") || first == m.MessageID("bob@town.example") {
		t.Error("a Message-ID is not the recipient's own")
	}
	if other := newMail(t, MailOptions{Salt: "test"}); other.MessageID("ann@town.example") == first {
		t.Error("a test mail has the Message-ID of the issue")
	}
	// A name in which an encoded word hides a line end.
	message, _ = m.For(Recipient{Email: "b@town.example", Name: "=?utf-8?q?a=0d=0ABcc:_x@y.example?="}, noon)
	if h, _, _ := editions(t, message); strings.ContainsAny(decodeField(h.Get("To")), "\r\n") {
		t.Errorf("To is %q", h.Get("To"))
	}
	// Own address on the list; none at all; one that is the same for all.
	message, _ = m.For(Recipient{Email: "b@town.example", Unsubscribe: "https://letter.example/o/7"}, noon)
	if h, _, _ := editions(t, message); !strings.HasPrefix(h.Get("List-Unsubscribe"), "<https://letter.example/o/7>") {
		t.Errorf("the list's own address: %s", h.Get("List-Unsubscribe"))
	}
	for _, fallback := range []string{"", "https://letter.example/out"} {
		message, _ = newMail(t, MailOptions{Fallback: fallback}).For(Recipient{Email: "b@town.example"}, noon)
		h, text, _ := editions(t, message)
		if h.Get("List-Unsubscribe-Post") != "" || !strings.Contains(h.Get("List-Unsubscribe"), "<mailto:letter@letter.example?subject=unsubscribe>") ||
			!strings.Contains(text, "Unsubscribe: "+fallback) {
			t.Errorf("without own address: %v %q", h, text)
		}
	}
	for _, o := range []MailOptions{{Unsubscribe: "https://letter.example/out"}, {Unsubscribe: "http://letter.example/{email}"}, {Unsubscribe: "https://letter.example/{token}"}} {
		if _, err := ParseMail([]byte(rendered), o); err == nil {
			t.Errorf("%q is taken as a template", o.Unsubscribe)
		}
	}
}

func keys(t testing.TB) (rsaKey, edKey Signer, lookup func(string) ([]string, error), rsaPEM []byte) {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&r.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(key any, selector string) (Signer, []byte) {
		body, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: body})
		s, err := ParseKey(Key{Domain: "letter.example", Selector: selector}, block)
		if err != nil {
			t.Fatal(err)
		}
		return s, block
	}
	rsaKey, rsaPEM = parse(r, "r")
	edKey, _ = parse(ed, "e")
	records := map[string]string{
		"r._domainkey.letter.example": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der),
		"e._domainkey.letter.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public),
	}
	return rsaKey, edKey, func(name string) ([]string, error) {
		if v, ok := records[strings.TrimSuffix(name, ".")]; ok {
			return []string{v}, nil
		}
		return nil, errors.New("no such record " + name)
	}, rsaPEM
}

// TestDKIM: both signatures hold, and cover the two unsubscribe fields.
func TestDKIM(t *testing.T) {
	r, e, lookup, _ := keys(t)
	m := newMail(t, MailOptions{Unsubscribe: "https://letter.example/{email}", Signers: []Signer{r, e}})
	message, err := m.For(Recipient{Email: "ann@town.example", Name: "Ann"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: lookup})
	if err != nil || len(found) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	for _, v := range found {
		covers := strings.ToLower(strings.Join(v.HeaderKeys, " ") + " ")
		if v.Err != nil || !strings.Contains(covers, "list-unsubscribe ") || !strings.Contains(covers, "list-unsubscribe-post ") {
			t.Errorf("%s: %v, covers %s", v.Domain, v.Err, covers)
		}
	}
	changed := bytes.Replace(message, []byte("https://letter.example/ann"), []byte("https://letter.example/bob"), 1)
	found, _ = dkim.VerifyWithOptions(bytes.NewReader(changed), &dkim.VerifyOptions{LookupTXT: lookup})
	for _, v := range found {
		if v.Err == nil {
			t.Error("a changed unsubscribe address was not noticed")
		}
	}
	for _, bad := range [][]byte{nil, []byte("no key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})} {
		if _, err := ParseKey(Key{KeyFile: "dkim.pem"}, bad); err == nil || !strings.Contains(err.Error(), "dkim.pem") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestDKIMElsewhere: other programs accept the signatures.
func TestDKIMElsewhere(t *testing.T) {
	r, e, lookup, rsaPEM := keys(t)
	m := newMail(t, MailOptions{Unsubscribe: "https://letter.example/{email}", Signers: []Signer{r, e}})
	message, err := m.For(Recipient{Email: "ann@town.example", Name: "Ann"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "mail.eml")
	write := func(name string, body []byte) {
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, message)
	t.Run("dkimpy", func(t *testing.T) {
		python := pythonWith(t, "dkim, nacl")
		txt := map[string]string{}
		for _, s := range []string{"r", "e"} {
			v, _ := lookup(s + "._domainkey.letter.example")
			txt[s+"._domainkey.letter.example."] = v[0]
		}
		records, _ := json.Marshal(txt)
		out, err := exec.Command(python, "-c", `
import dkim, json, sys
records = json.loads(sys.argv[2])
d = dkim.DKIM(open(sys.argv[1], "rb").read())
get = lambda name, timeout=5: records[(name.decode() if isinstance(name, bytes) else name)].encode()
print([d.verify(idx=i, dnsfunc=get) for i in (0, 1)])`, file, string(records)).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "[True, True]" {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("opendkim", func(t *testing.T) {
		if _, err := exec.LookPath("opendkim"); err != nil {
			missing(t, "no opendkim on this machine (Debian: opendkim)")
		}
		// Debian's opendkim knows no ed25519, and takes its keys from a file.
		one := newMail(t, MailOptions{Unsubscribe: "https://letter.example/{email}", Signers: []Signer{r}})
		message, err := one.For(Recipient{Email: "ann@town.example", Name: "Ann"}, noon)
		if err != nil {
			t.Fatal(err)
		}
		write(file, message)
		record, _ := lookup("r._domainkey.letter.example")
		write(filepath.Join(dir, "keys"), []byte("r._domainkey.letter.example "+record[0]+"\n"))
		write(filepath.Join(dir, "private.pem"), rsaPEM)
		write(filepath.Join(dir, "conf"), []byte("Mode v\nBackground no\nTestPublicKeys "+filepath.Join(dir, "keys")+"\n"))
		out, err := exec.Command("opendkim", "-x", filepath.Join(dir, "conf"), "-vv", "-t", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "verification (s=r, d=letter.example, 2048-bit key) succeeded") {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// pythonWith finds a Python that has these modules.
func pythonWith(t *testing.T, modules string) string {
	t.Helper()
	for _, python := range []string{os.Getenv("PULLQUOTE_TEST_PYTHON"), "/usr/bin/python3", "python3"} {
		if python != "" && exec.Command(python, "-c", "import "+modules).Run() == nil {
			return python
		}
	}
	missing(t, "no python3 with "+modules+" on this machine (Debian: python3-dkim, python3-nacl)")
	return ""
}

// TestUnfit: what must not go out is said.
func TestUnfit(t *testing.T) {
	if got := newMail(t, MailOptions{}).Problems(); len(got) > 0 {
		t.Errorf("a good mail: %v", got)
	}
	for _, c := range []struct{ old, new, says string }{
		{"12: Keys in the open\r\nDate", strings.Repeat("long ", 20) + "\r\nDate", "subject has 99"},
		{"<p>Keys", "<p>" + strings.Repeat("very long indeed.\r\n", 6000) + "Keys", "kB"},
		{"<p>Keys", "<a href=3D\"http://localhost:8000/x\">x</a><p>Keys", "localhost:8000"},
		{"<p>Keys", "<img src=3D'http://192.168.1.2/x.png'><p>Keys", "192.168.1.2"},
		{"Keys in the open, caf", "see http://[::1]:80/ Keys in the open, caf", "[::1]:80"},
		{"<p>Keys", "<a href=3D\"//intranet.local/\">x</a><p>Keys", "intranet.local"},
	} {
		m, err := ParseMail([]byte(strings.Replace(rendered, c.old, c.new, 1)), MailOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Problems(); len(got) != 1 || !strings.Contains(got[0], c.says) {
			t.Errorf("%.40q: %q", c.new, got)
		}
	}
}

// TestList: a list is read as it is meant, and every line that can't be used
// is said with its number.
func TestList(t *testing.T) {
	read := func(s string) (out []string) {
		r := readList(strings.NewReader(s))
		for {
			p, ok, err := r.next()
			if err != nil {
				return append(out, "error: "+err.Error())
			}
			if !ok {
				return out
			}
			out = append(out, fmt.Sprintf("%d %s|%s|%s|%s", p.Line, p.Email, p.Name, p.Unsubscribe, p.bad))
		}
	}
	for _, c := range []struct{ list, want string }{
		{"a@b.example\r\n\n# no\nAnn <c@D.example>\n", "1 a@b.example|||; 4 c@d.example|Ann||"},
		{"\ufeffa@b.example", "1 a@b.example|||"},
		{"email,name,unsubscribe\na@b.example,\"Novak, Ann\",https://l.example/1\nc@d.example\n", "2 a@b.example|Novak, Ann|https://l.example/1|; 3 c@d.example|||"},
		{"\n\nName , Email\nAnn,a@b.example\n", "4 a@b.example|Ann||"},
		{"id,subscriber\n1,a@b.example\n", "error: line 1 of the list names columns, and none of them is email: id,subscriber"},
		{"email,name\na@b.example,\"x\ny\"\n", "2 a@b.example|x\ny||the name has a line end or another control character in it"},
		{"email,unsubscribe\na@b.example,http://l.example/\n", `2 a@b.example||http://l.example/|the unsubscribe address "http://l.example/" is not an https address`},
		{"email\n\"a@b.example\n", "2 |||not CSV: extraneous or missing \" in quoted-field"},
		{"", ""},
		{"Email Address;First Name;Last Name\r\na@b.example;Ann;Novak\r\nc@d.example;;\r\n", "2 a@b.example|Ann Novak||; 3 c@d.example|||"},
		{"Address,Email\n4 Harbour Row,a@b.example\n", "2 a@b.example|||"},
		{"address\na@b.example\n", "2 a@b.example|||"},
		{"name\te-mail\nAnn Novak\ta@b.example\n", "2 a@b.example|Ann Novak||"},
		{"\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00z\x00@\x00b\x00.\x00e\x00x\x00\n\x00", "2 z@b.ex|||"}, // UTF-16, as spreadsheets write it
		{"\xfe\xff\x00a\x00@\x00b\x00.\x00e\x00x", "1 a@b.ex|||"},
		{"a@b.example,Ann\n", `1 a@b.example,Ann|||"a@b.example,Ann" is more than one address, or a CSV without a first line that names its columns`},
		{"z\xfc@b.example\n", "1 z\xfc@b.example|||the line is not UTF-8: save the list as \"CSV UTF-8\""},
		{"email\na@b.example\n\"" + strings.Repeat("b@c.example\n", 20_000), "2 a@b.example|||; error: the record after line 2 of the list has no end: is a quotation mark left open?"},
	} {
		if got := strings.Join(read(c.list), "; "); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.list, got, c.want)
		}
	}
	for _, bad := range []string{
		"nobody", "a@", "@b.example", "a@b@c.example", "a b@c.example", "a@b", "a@b..example", "a@-b.example", "a@[127.0.0.1]", ".a@b.example",
		"a..b@c.example", "a@b.example, c@d.example", strings.Repeat("x", 65) + "@b.example", "a@b.example\x00", "a\r\nBcc: c@d.example", "\"a b\"@c.example",
		"a@" + strings.Repeat("x", 64) + ".example", "a\u202e@b.example", "<a@b.example", "a@b_c.example", "a@b.example.",
	} {
		if _, reason := CheckAddress(bad); reason == "" {
			t.Errorf("%q is taken for an address", bad)
		}
	}
	_, err := CheckList(strings.NewReader("a@b.example\nnobody\n\nc@d\n"), "")
	var list *ListError
	if !errors.As(err, &list) || len(list.Slips) != 2 || list.Slips[0].Line != 2 || list.Slips[1].Line != 4 {
		t.Errorf("%v", err)
	}
	if _, err := CheckList(strings.NewReader(strings.Repeat("x", 100_000)), ""); err == nil {
		t.Error("an endless line is read")
	}
}

// longList is an address and then notes without end.
type longList struct {
	at   int
	note string
}

func (l *longList) Read(p []byte) (int, error) {
	n := copy(p, l.note[l.at:])
	l.at = (l.at + n) % len(l.note)
	return n, nil
}

// TestTooLongAListIsNotCut: nobody is left out without a word.
func TestTooLongAListIsNotCut(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a gigabyte")
	}
	list := io.MultiReader(strings.NewReader("a@b.example\n"), &longList{note: "#" + strings.Repeat(" none", 10_000) + "\n"})
	if _, err := CheckList(list, t.TempDir()); err == nil || !strings.Contains(err.Error(), "larger than 1 GB") {
		t.Errorf("%v", err)
	}
}

// TestMailOfTwoSendersIsRefused: with a sentence.
func TestMailOfTwoSendersIsRefused(t *testing.T) {
	_, err := ParseMail([]byte(strings.Replace(rendered, "\r\nTo:", ", b@letter.example\r\nTo:", 1)), MailOptions{})
	if err == nil || !strings.HasSuffix(err.Error(), "the rendered mail has 2 senders, not one") {
		t.Errorf("%v", err)
	}
}

// FuzzList: no list makes a header or an envelope of its own.
func FuzzList(f *testing.F) {
	f.Add("email,name\na@b.example,Ann\n")
	f.Add("Ann <a@b.example>\n# x\nzoë@bücher.example")
	f.Add("email\n\"a\nb\"@c.example\n")
	m, err := ParseMail([]byte(rendered), MailOptions{Unsubscribe: "https://letter.example/{email}"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, list string) {
		r := readList(strings.NewReader(list))
		for {
			p, ok, err := r.next()
			if err != nil || !ok {
				return
			}
			if p.bad != "" {
				continue
			}
			if again, reason := CheckAddress(p.Email); again != p.Email || reason != "" || strings.ContainsAny(p.Email, "<> \r\n") {
				t.Fatalf("%q becomes %q: %s", p.Email, again, reason)
			}
			message, err := m.For(p, noon)
			if err != nil {
				t.Fatal(err)
			}
			msg, err := mail.ReadMessage(bytes.NewReader(message))
			if err != nil {
				t.Fatal(err)
			}
			to, err := msg.Header.AddressList("To")
			if err != nil || len(to) != 1 || to[0].Address != p.Email || len(msg.Header) != 15 {
				t.Fatalf("%q: To %v, %v, %d fields", p.Email, to, err, len(msg.Header))
			}
		}
	})
}

// contract is a service on loopback that answers as its documentation says.
func contract(t *testing.T, answers map[string]string) (*httptest.Server, *[]string) {
	t.Helper()
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
		answer, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			http.Error(w, `{"message":"not found"}`, http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s, &asked
}

// documented are the fields that each service says it takes:
// https://listmonk.app/docs/apis/campaigns/#post-apicampaigns and
// https://docs.buttondown.com/api-emails-create.
var documented = map[string]string{
	"POST /api/campaigns":         "name subject lists from_email type content_type body altbody send_at messenger template_id tags headers",
	"PUT /api/campaigns/7":        "name subject lists from_email type content_type body altbody send_at messenger template_id tags headers",
	"PUT /api/campaigns/7/status": "status",
	"POST /v1/emails":             "subject body status publish_date slug description canonical_url image metadata template featured",
	"PATCH /v1/emails/":           "subject body status publish_date slug description canonical_url image metadata template featured",
}

// asDocumented holds the requests that a service got against its documentation.
func asDocumented(t *testing.T, asked []string) {
	t.Helper()
	for _, call := range asked {
		head, body, _ := strings.Cut(call, "{")
		var sent map[string]any
		if err := json.Unmarshal([]byte("{"+body), &sent); err != nil {
			t.Errorf("%s sends no JSON: %v", head, err)
		}
		fields := ""
		for endpoint, takes := range documented {
			if strings.HasPrefix(head, endpoint+" ") || strings.HasSuffix(endpoint, "/") && strings.HasPrefix(head, endpoint) {
				fields = " " + takes + " "
			}
		}
		for name := range sent {
			if !strings.Contains(fields, " "+name+" ") {
				t.Errorf("%s sends %s, which it does not take", head, name)
			}
		}
	}
}

// TestListmonk: a draft with both editions is made, brought up to date, and
// goes out only when it is started.
func TestListmonk(t *testing.T) {
	created, err := os.ReadFile("testdata/listmonk-created.json")
	if err != nil {
		t.Fatal(err)
	}
	s, asked := contract(t, map[string]string{
		"POST /api/campaigns": string(created), "PUT /api/campaigns/7": string(created),
		"PUT /api/campaigns/7/status": strings.Replace(string(created), `"draft"`, `"running"`, 1),
	})
	l := Listmonk{URL: s.URL, User: "api", Lists: []int{3}, Template: 5}
	m := newMail(t, MailOptions{})
	d, err := l.Save(context.Background(), "t0ken", m, "Sunday Patch 12", "")
	if err != nil || d.ID != "7" || d.Status != "draft" {
		t.Fatalf("%+v, %v", d, err)
	}
	call := (*asked)[0]
	if !strings.HasPrefix(call, "POST /api/campaigns token api:t0ken {") {
		t.Error(call)
	}
	var sent map[string]any
	_ = json.Unmarshal([]byte(call[strings.Index(call, "{"):]), &sent)
	if body := sent["body"].(string); !strings.Contains(body, `href="{{ UnsubscribeURL }}"`) || sent["content_type"] != "html" || sent["type"] != "regular" {
		t.Errorf("%v", sent)
	}
	if alt := sent["altbody"].(string); !strings.Contains(alt, `{{ "{{" }} braces }}`) || !strings.Contains(alt, "Unsubscribe: {{ UnsubscribeURL }}") {
		t.Errorf("altbody %q", alt)
	}
	if sent["send_at"] != nil || sent["from_email"] != "Sünday Patch <letter@letter.example>" {
		t.Errorf("%v", sent)
	}
	if d, err = l.Save(context.Background(), "t0ken", m, "n", "7"); err != nil || d.ID != "7" || !strings.HasPrefix((*asked)[1], "PUT /api/campaigns/7 ") {
		t.Errorf("%+v, %v, %v", d, err, (*asked)[1])
	}
	if d, err = l.Save(context.Background(), "t0ken", m, "n", "6"); err != nil || d.ID != "7" {
		t.Errorf("a draft that was deleted there: %+v, %v", d, err)
	}
	for _, call := range *asked {
		if strings.Contains(call, "/status") {
			t.Error("it went out unasked")
		}
	}
	if d, err = l.Start(context.Background(), "t0ken", "7"); err != nil || d.Status != "running" {
		t.Errorf("%+v, %v", d, err)
	}
	asDocumented(t, slices.DeleteFunc(slices.Clone(*asked), func(call string) bool { return strings.HasPrefix(call, "PUT /api/campaigns/6 ") }))
	l.URL = "http://lists.example"
	if _, err = l.Save(context.Background(), "t0ken", m, "n", ""); err == nil || strings.Contains(err.Error(), "t0ken") {
		t.Errorf("a token in the clear: %v", err)
	}
}

// TestListmonkDraftDeletedThere: listmonk says 400 of a campaign that is not
// there; a new one is made. Any other 400 is an error.
func TestListmonkDraftDeletedThere(t *testing.T) {
	answer := `{"message":"Campaign not found"}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			http.Error(w, answer, http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"data":{"id":8,"status":"draft"}}`)
	}))
	t.Cleanup(s.Close)
	l := Listmonk{URL: s.URL, User: "api", Lists: []int{3}}
	if d, err := l.Save(context.Background(), "t0ken", newMail(t, MailOptions{}), "n", "7"); err != nil || d.ID != "8" {
		t.Errorf("%+v, %v", d, err)
	}
	answer = `{"message":"Cannot update a running or a finished campaign."}`
	if d, err := l.Save(context.Background(), "t0ken", newMail(t, MailOptions{}), "n", "7"); err == nil || !strings.Contains(err.Error(), "finished campaign") {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestButtondown: the draft's status is always said, since an older API sends
// what has none.
func TestButtondown(t *testing.T) {
	created, err := os.ReadFile("testdata/buttondown-created.json")
	if err != nil {
		t.Fatal(err)
	}
	id := "3b4f0f2e-6a5f-4c1f-9b86-2f0f4c1f9b86"
	s, asked := contract(t, map[string]string{
		"POST /v1/emails":        string(created),
		"PATCH /v1/emails/" + id: strings.Replace(string(created), `"draft"`, `"about_to_send"`, 1),
	})
	b := Buttondown{URL: s.URL}
	d, err := b.Save(context.Background(), "k3y", newMail(t, MailOptions{}), "n", "")
	if err != nil || d.ID != id || d.Status != "draft" {
		t.Fatalf("%+v, %v", d, err)
	}
	if call := (*asked)[0]; !strings.HasPrefix(call, "POST /v1/emails Token k3y ") || !strings.Contains(call, `"status":"draft"`) || !strings.Contains(call, "{{ unsubscribe_url }}") {
		t.Error(call)
	}
	if call := (*asked)[0]; !strings.Contains(call, `"canonical_url":"https://letter.example/keys/"`) {
		t.Errorf("their archive does not say where the issue is at home: %s", call)
	}
	// What went out there by hand is not called back by a new version of the text,
	// and not started a second time.
	if d, err = b.Save(context.Background(), "k3y", newMail(t, MailOptions{}), "n", id); err != nil || d.CanStart() || strings.Contains((*asked)[1], `"status"`) {
		t.Errorf("%+v, %v: %s", d, err, (*asked)[1])
	}
	if d, err = b.Start(context.Background(), "k3y", id); err != nil || d.Status != "about_to_send" {
		t.Errorf("%+v, %v", d, err)
	}
	asDocumented(t, *asked)
}

// TestServiceRefuses: what a service says of a refusal is shown as it says it,
// and its key is not.
func TestServiceRefuses(t *testing.T) {
	for _, file := range []string{"listmonk-refused.json", "buttondown-refused.json"} {
		body, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(body)
		}))
		defer s.Close()
		want := "the subject is too long"
		if file[0] == 'l' {
			_, err = Listmonk{URL: s.URL, User: "api", Lists: []int{3}}.Save(t.Context(), "s3cret", newMail(t, MailOptions{}), "n", "")
		} else {
			_, err = Buttondown{URL: s.URL}.Save(t.Context(), "s3cret", newMail(t, MailOptions{}), "n", "")
			want += " subject_invalid"
		}
		if err == nil || !strings.HasSuffix(err.Error(), "answered 400 Bad Request: "+want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	r, e, _, _ := keys(b)
	for name, o := range map[string]MailOptions{"plain": {}, "rsa": {Signers: []Signer{r}}, "ed25519": {Signers: []Signer{e}}} {
		b.Run(name, func(b *testing.B) {
			m := realMail(b, o)
			for b.Loop() {
				if _, err := m.For(Recipient{Email: "a@b.example"}, noon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// missing ends a test whose real part is not on this machine: skipped where a
// person runs it, a failure where the parts were to be installed (CI).
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PULLQUOTE_REQUIRE_PARTS") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}
