package send

// This file reads lists of recipients: a CSV file whose first line names its
// columns (email, and perhaps name and unsubscribe; others are passed over),
// parted by commas, semicolons or tabs, or one address a line, where empty lines
// and lines that begin with # count for nothing. It is UTF-8, or UTF-16 with a
// byte order mark, as spreadsheets write it.

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	wide "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Recipient is one person on a list.
type Recipient struct {
	Email       string
	Name        string
	Unsubscribe string // their own https address; empty: made from the template, if there is one
	Line        int    // of the list, 1-based
	bad         string // why the line can't be used
}

// Slip is what is wrong with a line of a list.
type Slip struct {
	Line int    `json:"line"`
	What string `json:"what"`
}

// ListError says what is wrong with a list: nothing was sent.
type ListError struct {
	Slips []Slip // in the order of the lines
	More  int    // slips beyond those
}

func (e *ListError) Error() string {
	if len(e.Slips) == 1 {
		return fmt.Sprintf("line %d of the list: %s; nothing was sent", e.Slips[0].Line, e.Slips[0].What)
	}
	return fmt.Sprintf("%d lines of the list can't be used; nothing was sent", len(e.Slips)+e.More)
}

// Bounds of a list. RFC 5321 section 4.5.3.1 bounds an address.
const (
	maxListBytes  = 1 << 30
	maxListLine   = 64 << 10
	maxHeader     = 4 << 10
	maxSlips      = 1000
	maxLocal      = 64
	maxAddress    = 254
	maxDisplay    = 200
	maxOwnAddress = 1000
)

// Roll is a checked list: who stands on it, each once. It lies on the disk, and
// must be closed.
type Roll struct {
	Twice []Slip // addresses that stand again on a later line, the first thousand
	table *table // by address: the line where it first stands
}

// Len is the number of people on the list, each counted once.
func (r *Roll) Len() int { return int(r.table.used) }

// Close takes the roll off the disk.
func (r *Roll) Close() { r.table.close() }

// CheckList reads a whole list. Lines that can't be used give a *ListError;
// an address that stands twice is no error, its later lines are in Twice. The
// roll lies in a file in dir while it is used; empty takes the system's folder
// for such files.
func CheckList(list io.Reader, dir string) (*Roll, error) {
	t, err := newTable(dir)
	if err != nil {
		return nil, err
	}
	roll := &Roll{table: t}
	if err := roll.read(list); err != nil {
		roll.Close()
		return nil, err
	}
	return roll, nil
}

func (r *Roll) read(list io.Reader) error {
	wrong := &ListError{}
	lines := readList(list)
	for {
		person, ok, err := lines.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if person.bad != "" {
			if len(wrong.Slips) < maxSlips {
				wrong.Slips = append(wrong.Slips, Slip{person.Line, person.bad})
			} else {
				wrong.More++
			}
			continue
		}
		k := keyOf(person.Email)
		first, err := r.table.get(k)
		if err != nil {
			return err
		}
		switch {
		case first.line == 0:
			if err := r.table.put(k, fact{line: int64(person.Line)}); err != nil {
				return err
			}
		case len(r.Twice) < maxSlips:
			r.Twice = append(r.Twice, Slip{person.Line, fmt.Sprintf("the address stands on line %d already: it is sent to once", first.line)})
		}
	}
	switch {
	case len(wrong.Slips) > 0:
		return wrong
	case r.Len() == 0:
		return errors.New("the list has nobody on it")
	}
	return nil
}

// listReader reads a list a line or record at a time.
type listReader struct {
	in      *bufio.Reader
	bound   *bounded
	begun   bool
	csv     *csv.Reader // nil: one address a line
	offset  int         // lines before the CSV reader's first
	columns columns
	line    int
}

// columns are where a CSV has what; -1: nowhere.
type columns struct{ email, name, first, last, unsubscribe int }

func readList(list io.Reader) *listReader {
	bound := &bounded{in: transform.NewReader(list, wide.BOMOverride(transform.Nop))}
	return &listReader{in: bufio.NewReaderSize(bound, maxListLine), bound: bound}
}

// bounded ends a reading that goes on for too long: without a record having come
// of it, or over all.
type bounded struct {
	in   io.Reader
	read int // since the last record
	all  int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.read > 2*maxListLine {
		return 0, errEndless
	}
	if b.all > maxListBytes {
		return 0, fmt.Errorf("it is larger than %d GB: send to it in parts", maxListBytes>>30)
	}
	n, err := b.in.Read(p)
	b.read += n
	b.all += n
	return n, err
}

var errEndless = errors.New("no end")

// next gives the next recipient; ok is false at the end. A line that can't be
// used comes with bad set.
func (r *listReader) next() (person Recipient, ok bool, err error) {
	if !r.begun {
		r.begun = true
		if err := r.begin(); err != nil {
			return person, false, err
		}
	}
	r.bound.read = 0
	if r.csv != nil {
		return r.record()
	}
	for {
		r.bound.read = 0
		text, err := r.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return person, false, fmt.Errorf("line %d of the list is longer than %d KB: is it a list of addresses?", r.line+1, maxListLine>>10)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return person, false, fmt.Errorf("reading the list: %w", err)
		}
		if len(text) == 0 {
			return person, false, nil
		}
		r.line++
		s := strings.TrimSpace(string(text))
		if s == "" || strings.HasPrefix(s, "#") {
			continue
		}
		return oneAddress(s, r.line), true, nil
	}
}

// begin looks at the first line that says something: a CSV header names the
// column email.
func (r *listReader) begin() error {
	for {
		first, _ := r.in.Peek(2)
		if len(first) > 0 && first[0] == '\n' || len(first) > 1 && first[0] == '\r' && first[1] == '\n' {
			_, _ = r.in.ReadSlice('\n')
			r.line++
			continue
		}
		break
	}
	head, _ := r.in.Peek(maxHeader)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.ContainsRune(line, '@') {
		return nil
	}
	parted := false
	for _, comma := range ",;\t" {
		reader := csv.NewReader(bytes.NewReader(line))
		reader.Comma, reader.TrimLeadingSpace = comma, comma != '\t'
		names, err := reader.Read()
		if err != nil {
			continue
		}
		parted = parted || len(names) > 1
		if r.columns = columnsOf(names); r.columns.email < 0 {
			continue
		}
		r.offset = r.line
		r.csv = csv.NewReader(r.in)
		r.csv.Comma, r.csv.TrimLeadingSpace = comma, comma != '\t'
		r.csv.FieldsPerRecord = -1
		r.csv.ReuseRecord = true
		_, err = r.csv.Read()
		return err
	}
	if parted {
		return fmt.Errorf("line %d of the list names columns, and none of them is email: %s", r.line+1, shortReply(string(line)))
	}
	return nil // a first line that is no address: said as such
}

// columnsOf finds the columns by the names that mailing programs give them when
// they write a list down.
func columnsOf(names []string) columns {
	c := columns{-1, -1, -1, -1, -1}
	postal := -1 // beside a column named email; else it is that
	for i, name := range names {
		var column *int
		switch strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name)) {
		case "email", "emailaddress", "mail":
			column = &c.email
		case "address":
			column = &postal
		case "name", "fullname":
			column = &c.name
		case "firstname":
			column = &c.first
		case "lastname":
			column = &c.last
		case "unsubscribe", "unsubscribeurl", "unsubscribelink":
			column = &c.unsubscribe
		}
		if column != nil && *column < 0 {
			*column = i
		}
	}
	if c.email < 0 {
		c.email = postal
	}
	return c
}

func (r *listReader) record() (person Recipient, ok bool, err error) {
	fields, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return person, false, nil
	}
	if errors.Is(err, errEndless) {
		return person, false, fmt.Errorf("the record after line %d of the list has no end: is a quotation mark left open?", max(r.line, r.offset+1))
	}
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return Recipient{Line: r.offset + wrong.StartLine, bad: "not CSV: " + wrong.Err.Error()}, true, nil
	}
	if err != nil {
		return person, false, fmt.Errorf("reading the list: %w", err)
	}
	line, _ := r.csv.FieldPos(0)
	r.line = r.offset + line
	field := func(i int) string {
		if i < 0 || i >= len(fields) {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	person = oneAddress(field(r.columns.email), r.line)
	if name := field(r.columns.name); name != "" {
		person.Name = name
	} else if name := strings.TrimSpace(field(r.columns.first) + " " + field(r.columns.last)); name != "" {
		person.Name = name
	}
	person.Unsubscribe = field(r.columns.unsubscribe)
	if person.bad == "" {
		person.bad = badName(person.Name)
	}
	if person.bad == "" && person.Unsubscribe != "" {
		person.bad = badOwnAddress(person.Unsubscribe)
	}
	return person, true, nil
}

// oneAddress reads "a@b.example" or "Name <a@b.example>".
func oneAddress(s string, line int) Recipient {
	person := Recipient{Line: line, Email: s}
	switch {
	case s == "":
		person.bad = "no address"
		return person
	case !utf8.ValidString(s):
		person.bad = "the line is not UTF-8: save the list as \"CSV UTF-8\""
		return person
	case strings.HasSuffix(s, ">"):
		parsed, err := mail.ParseAddress(s)
		if err != nil {
			person.bad = fmt.Sprintf("%q can't be read as a name with an address in <>", cutText(s))
			return person
		}
		person.Email, person.Name = parsed.Address, parsed.Name
	}
	var reason string
	if person.Email, reason = CheckAddress(person.Email); reason != "" {
		person.bad = reason
	} else {
		person.bad = badName(person.Name)
	}
	return person
}

// CheckAddress gives an address as it goes over the wire (its domain in lower
// case and, when international, as RFC 5890 A-labels), or the reason why it is
// none. What RFC 5321 allows and nobody has (quoted local parts, domain
// literals) is refused.
func CheckAddress(s string) (address, reason string) {
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) || unicode.IsSpace(c) }) {
		return s, fmt.Sprintf("%q has a space or a control character in it", cutText(s))
	}
	if strings.ContainsAny(s, ",;") {
		return s, fmt.Sprintf("%q is more than one address, or a CSV without a first line that names its columns", cutText(s))
	}
	local, domain, ok := strings.Cut(s, "@")
	switch {
	case !ok:
		return s, fmt.Sprintf("%q has no @", cutText(s))
	case strings.Contains(domain, "@"):
		return s, fmt.Sprintf("%q has two @", cutText(s))
	case local == "":
		return s, fmt.Sprintf("%q has nothing before the @", cutText(s))
	case domain == "":
		return s, fmt.Sprintf("%q has nothing after the @", cutText(s))
	case len(local) > maxLocal:
		return s, fmt.Sprintf("%q has more than %d bytes before the @", cutText(s), maxLocal)
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return s, fmt.Sprintf("%q has a dot too much before the @", cutText(s))
	}
	for _, c := range local {
		// RFC 5321 atext, and RFC 6531 for the rest of Unicode.
		if c < 0x80 && !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.", c) {
			return s, fmt.Sprintf("%q has %q before the @", cutText(s), c)
		}
		if c >= 0x80 && (!unicode.IsPrint(c) || c == utf8.RuneError) {
			return s, fmt.Sprintf("%q has a character before the @ that can't be seen", cutText(s))
		}
	}
	ascii, err := idna.Lookup.ToASCII(strings.ToLower(domain))
	if err != nil || strings.HasPrefix(ascii, ".") || strings.HasSuffix(ascii, ".") || strings.ContainsAny(ascii, "[]_:") {
		return s, fmt.Sprintf("%q is no domain", cutText(domain))
	}
	labels := strings.Split(ascii, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return s, fmt.Sprintf("%q is no domain", cutText(domain))
		}
	}
	if len(labels) == 1 && ascii != "localhost" {
		return s, fmt.Sprintf("%q is a domain without a dot", cutText(domain))
	}
	if address = local + "@" + ascii; len(address) > maxAddress {
		return s, fmt.Sprintf("%q is longer than %d bytes", cutText(s), maxAddress)
	}
	return address, ""
}

func badName(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "the name is not UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "the name has a line end or another control character in it"
	case len(name) > maxDisplay:
		return fmt.Sprintf("the name is longer than %d bytes", maxDisplay)
	}
	return ""
}

// badOwnAddress says why an address can't be a recipient's own way out. RFC
// 8058 section 3.1 wants https.
func badOwnAddress(s string) string {
	u, err := url.Parse(s)
	switch {
	case len(s) > maxOwnAddress:
		return "the unsubscribe address is too long"
	case err != nil || u.Scheme != "https" || u.Host == "":
		return fmt.Sprintf("the unsubscribe address %q is not an https address", cutText(s))
	case strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("<>\"\\^`{|},", c) }):
		return fmt.Sprintf("the unsubscribe address %q has a character in it that must be %%-encoded", cutText(s))
	}
	return ""
}

// domainOf gives what stands after the @, in lower case.
func domainOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return strings.ToLower(domain)
}

// cutText shortens what a message shows of a stranger's text.
func cutText(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
