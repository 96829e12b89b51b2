package send

// This file reads delivery status notifications (RFC 3464) out of a mailbox: an
// mbox file or a Maildir. A notification comes from outside and proves nothing:
// what is made of it is a list for the editor, never a change of hers.

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Bounce is what one notification says of one recipient.
type Bounce struct {
	Email  string `json:"email"`  // as it was sent to, where that is told
	Status string `json:"status"` // RFC 3463: "5.1.1"
	Reply  string `json:"reply"`  // the server's words
	Where  string `json:"where"`  // the mailbox, and the message in it
}

// Bounces are the bounces of a mailbox, one a person: the worst.
type Bounces struct {
	Messages int      `json:"messages"` // read
	Reports  int      `json:"reports"`  // of them, notifications
	Drop     []Bounce `json:"drop"`     // the address is gone: 5.x.x
	Blocked  []Bounce `json:"blocked"`  // the mail or its sender was refused, not the address: 5.7.x and some others
	Later    []Bounce `json:"later"`    // 4.x.x, delayed or given up for now; a full mailbox
}

// maxMessage bounds what is read of one message: a notification says what it
// has to say early.
const maxMessage = 1 << 20

// maxParts and maxGroups bound what is looked at in one notification.
const (
	maxParts  = 20
	maxGroups = 1000
)

// ReadBounces reads mailboxes: a folder with new/ or cur/ is a Maildir, a file
// an mbox (RFC 4155) or a single message.
func ReadBounces(paths []string) (Bounces, error) {
	var all Bounces
	worst := map[string]Bounce{}
	take := func(where string, message []byte) {
		all.Messages++
		found, ok := parseReport(message)
		if !ok {
			return
		}
		all.Reports++
		for _, b := range found {
			b.Where = where
			key := strings.ToLower(b.Email)
			if old, seen := worst[key]; !seen || rank(b) > rank(old) {
				worst[key] = b
			}
		}
	}
	for _, path := range paths {
		if err := readMailbox(path, take); err != nil {
			return all, fmt.Errorf("reading %s: %w", path, err)
		}
	}
	for _, b := range worst {
		switch rank(b) {
		case rankDrop:
			all.Drop = append(all.Drop, b)
		case rankBlocked:
			all.Blocked = append(all.Blocked, b)
		case rankLater:
			all.Later = append(all.Later, b)
		}
	}
	for _, list := range [][]Bounce{all.Drop, all.Blocked, all.Later} {
		slices.SortFunc(list, func(a, b Bounce) int { return strings.Compare(a.Email, b.Email) })
	}
	return all, nil
}

const (
	rankLater = iota + 1
	rankBlocked
	rankDrop
)

// rank says what a status asks for. By RFC 3463 section 3, not every 5.x.x
// speaks of the address: 5.2.3, 5.3.4 and 5.6.x of the message, 5.7.x of policy, so
// of us; a full mailbox (5.2.2) and a time that ran out (5.4.7) pass.
func rank(b Bounce) int {
	switch {
	case !strings.HasPrefix(b.Status, "5."), b.Status == "5.2.2", b.Status == "5.4.7":
		return rankLater
	case strings.HasPrefix(b.Status, "5.7."), strings.HasPrefix(b.Status, "5.6."), b.Status == "5.2.3", b.Status == "5.3.4":
		return rankBlocked
	}
	return rankDrop
}

func readMailbox(path string, take func(where string, message []byte)) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return readMaildir(path, take)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return readMbox(file, path, take)
}

func readMaildir(dir string, take func(where string, message []byte)) error {
	found := false
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		found = true
		for _, e := range entries {
			if !e.Type().IsRegular() {
				continue
			}
			file, err := os.Open(filepath.Join(dir, sub, e.Name()))
			if errors.Is(err, os.ErrNotExist) { // its owner read it, or moved it from new to cur, meanwhile
				continue
			}
			if err != nil {
				return err
			}
			message, err := io.ReadAll(io.LimitReader(file, maxMessage))
			file.Close()
			if err != nil {
				return err
			}
			take(filepath.Join(dir, sub, e.Name()), message)
		}
	}
	if !found {
		return errors.New("the folder is no Maildir: it has neither new nor cur in it")
	}
	return nil
}

var quotedFrom = regexp.MustCompile(`^>+From `)

// readMbox splits an mbox at its "From " lines. A file without one is a single
// message.
func readMbox(in io.Reader, name string, take func(where string, message []byte)) error {
	r := bufio.NewReaderSize(in, 64<<10)
	var message []byte
	number, blank, inside := 1, true, false
	flush := func() {
		if len(bytes.TrimSpace(message)) > 0 {
			take(fmt.Sprintf("%s, message %d", name, number), message)
			number++
		}
		message = message[:0]
	}
	atStart := true // of a line: ReadSlice gives long ones in pieces
	for {
		piece, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if atStart && blank && bytes.HasPrefix(piece, []byte("From ")) {
			if inside {
				flush()
			}
			inside, blank = true, false
		} else if len(piece) > 0 {
			inside = true
			if atStart {
				blank = len(bytes.TrimRight(piece, "\r\n")) == 0
				if quotedFrom.Match(piece) {
					piece = piece[1:]
				}
			}
			if room := maxMessage - len(message); room > 0 {
				message = append(message, piece[:min(room, len(piece))]...)
			}
		}
		atStart = !errors.Is(err, bufio.ErrBufferFull)
		if errors.Is(err, io.EOF) {
			break
		}
	}
	flush()
	return nil
}

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)

// parseReport reads one message; ok is false when it is no notification.
func parseReport(message []byte) (found []Bounce, ok bool) {
	msg, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return nil, false
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if kind == "" || kind == "text/plain" {
		return qmailReport(msg.Body)
	}
	if err != nil || kind != "multipart/report" || params["boundary"] == "" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return nil, false
	}
	sentTo := ""
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for range maxParts {
		p, err := parts.NextPart()
		if err != nil {
			break // cut off or at its end: what was read counts
		}
		inner, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		switch inner {
		case "message/delivery-status", "message/global-delivery-status":
			found, ok = append(found, readGroups(p)...), true
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			// The mail that came back says whom we sent it to, whatever address it
			// was forwarded to from there.
			header, _ := textproto.NewReader(bufio.NewReader(p)).ReadMIMEHeader()
			if to, err := mail.ParseAddressList(header.Get("To")); err == nil && len(to) == 1 {
				sentTo = to[0].Address
			}
		}
	}
	if address, bad := CheckAddress(sentTo); bad == "" && len(found) == 1 {
		found[0].Email = address
	}
	kept := found[:0]
	for _, b := range found {
		if address, bad := CheckAddress(b.Email); bad == "" {
			b.Email = address
			kept = append(kept, b)
		}
	}
	return kept, ok
}

// qmailReport reads what qmail writes instead, the QSBMF of
// https://cr.yp.to/proto/qsbmf.txt: a first paragraph that begins "Hi. This is
// the", then one for each recipient that begins with the address in <>, until one
// that begins with a dash.
func qmailReport(in io.Reader) (found []Bounce, ok bool) {
	body, err := io.ReadAll(io.LimitReader(in, maxReport))
	if err != nil {
		return nil, false
	}
	paragraphs := strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n\n")
	if !strings.HasPrefix(paragraphs[0], "Hi. This is the") {
		return nil, false
	}
	for _, p := range paragraphs[1:] {
		if strings.HasPrefix(p, "-") || len(found) == maxGroups {
			break
		}
		rest, begins := strings.CutPrefix(p, "<")
		address, words, ends := strings.Cut(rest, ">:")
		if !begins || !ends {
			continue
		}
		if address, bad := CheckAddress(address); bad == "" {
			found = append(found, Bounce{Email: address, Status: statusIn(words, "5.0.0"), Reply: shortReply(words)})
		}
	}
	return found, true
}

// maxReport bounds what is read of a report in words.
const maxReport = 64 << 10

var enhancedIn = regexp.MustCompile(`\b([245])\d\d[ -]([245]\.\d{1,3}\.\d{1,3})\b`)

// statusIn gives the status that stands in a server's words behind its reply
// code (RFC 2034), or the one that is known.
func statusIn(words, known string) string {
	if found := enhancedIn.FindStringSubmatch(words); found != nil && found[1] == known[:1] && found[2][:1] == known[:1] {
		return found[2]
	}
	return known
}

// readGroups reads the fields of a message/delivery-status part: a group for
// the message, then one a recipient (RFC 3464 section 2.1).
func readGroups(in io.Reader) []Bounce {
	var out []Bounce
	r := textproto.NewReader(bufio.NewReader(in))
	for range maxGroups {
		group, err := r.ReadMIMEHeader()
		if b, ok := bounceOf(group); ok {
			out = append(out, b)
		}
		if err != nil {
			break
		}
	}
	return out
}

func bounceOf(group textproto.MIMEHeader) (Bounce, bool) {
	address := typed(group.Get("Original-Recipient"))
	if address == "" {
		address = typed(group.Get("Final-Recipient"))
	}
	if address == "" {
		return Bounce{}, false
	}
	action := strings.ToLower(firstWord(group.Get("Action")))
	status := firstWord(group.Get("Status"))
	if !enhanced.MatchString(status) {
		status = map[string]string{"failed": "5.0.0", "delayed": "4.0.0"}[action]
	}
	// Only failed and delayed are bad news (RFC 3464 section 2.3.3).
	if (action != "failed" && action != "delayed") || status == "" || status[0] == '2' {
		return Bounce{}, false
	}
	if action == "delayed" && status[0] == '5' {
		status = "4" + status[1:]
	}
	// Some servers (Exim) state no detail, and it stands in the words.
	if strings.HasSuffix(status, ".0.0") {
		status = statusIn(group.Get("Diagnostic-Code"), status)
	}
	return Bounce{Email: address, Status: status, Reply: shortReply(typed(group.Get("Diagnostic-Code")))}, true
}

// typed gives what stands after the type: "rfc822; a@b.example".
func typed(s string) string {
	_, value, ok := strings.Cut(s, ";")
	if !ok {
		return ""
	}
	return strings.Trim(strings.TrimSpace(value), "<>")
}

// firstWord leaves out the comment that may stand after a value.
func firstWord(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	return s
}
