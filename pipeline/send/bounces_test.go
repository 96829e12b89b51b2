package send

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// notification makes a report as mail servers write them (RFC 3464 section 6).
func notification(group, returned string) string {
	return "From: MAILER-DAEMON@mx.town.example\nTo: letter@letter.example\nSubject: Undelivered\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status;\n boundary=\"B\"\n\n--B\nContent-Type: text/plain\n\nSorry.\n\n" +
		"--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.town.example\n\n" + group +
		"\n--B\nContent-Type: text/rfc822-headers\n\n" + returned + "\n\n--B--\n"
}

var notifications = []string{
	notification("Final-Recipient: rfc822; gone@town.example\nAction: failed\nStatus: 5.1.1 (bad mailbox)\nDiagnostic-Code: smtp; 550 5.1.1 no such person\n", "To: Gone <gone@town.example>"),
	notification("Original-Recipient: rfc822;slow@town.example\nFinal-Recipient: rfc822; x@else.example\nAction: delayed\nStatus: 4.4.1\n", "Subject: x"),
	notification("Final-Recipient: rfc822; angry@town.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 554 spam\n", "To: angry@town.example"),
	notification("Final-Recipient: rfc822; behind@else.example\nAction: failed\nStatus: 5.0.0\n", "To: forwarded@town.example"),
	notification("Final-Recipient: rfc822; fine@town.example\nAction: delivered\nStatus: 2.0.0\n", "To: fine@town.example"),
	"From: ann@town.example\nSubject: Re: 12\nTo: letter@letter.example\n\n>From the first line on I liked it. 550 5.1.1 gone@town.example\n",
	notification("Final-Recipient: rfc822; two@town.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; three@town.example\nAction: failed\nStatus: 5.1.2\n", "To: two@town.example, three@town.example"),
}

// TestBounces: an mbox and a Maildir of the same mail say the same: who is
// gone, who refuses us, who may still get it.
func TestBounces(t *testing.T) {
	dir := t.TempDir()
	var mbox bytes.Buffer
	for i, n := range notifications {
		mbox.WriteString("From MAILER-DAEMON Sun Nov 22 17:00:00 2026\n" + n + "\n")
		place := filepath.Join(dir, "maildir", []string{"new", "cur"}[i%2])
		if err := os.MkdirAll(place, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(place, string(rune('a'+i))), []byte(strings.ReplaceAll(n, "\n", "\r\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "mbox"), mbox.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, box := range []string{"mbox", "maildir"} {
		b, err := ReadBounces([]string{filepath.Join(dir, box)})
		if err != nil {
			t.Fatal(err)
		}
		said := func(list []Bounce) string {
			var out []string
			for _, one := range list {
				out = append(out, one.Email+" "+one.Status)
			}
			return strings.Join(out, ", ")
		}
		if got := said(b.Drop); got != "forwarded@town.example 5.0.0, gone@town.example 5.1.1, three@town.example 5.1.2, two@town.example 5.1.1" {
			t.Errorf("%s: drop %s", box, got)
		}
		if got := said(b.Blocked); got != "angry@town.example 5.7.1" {
			t.Errorf("%s: blocked %s", box, got)
		}
		if got := said(b.Later); got != "slow@town.example 4.4.1" {
			t.Errorf("%s: later %s", box, got)
		}
		if b.Messages != len(notifications) || b.Reports != len(notifications)-1 {
			t.Errorf("%s: %d messages, %d reports", box, b.Messages, b.Reports)
		}
		if b.Drop[1].Reply != "550 5.1.1 no such person" || b.Drop[1].Where == "" {
			t.Errorf("%s: %+v", box, b.Drop[1])
		}
	}
	if _, err := ReadBounces([]string{dir}); err == nil {
		t.Error("a folder that is no Maildir is read")
	}
	if b, err := ReadBounces([]string{filepath.Join(dir, "maildir", "new", "a")}); err != nil || len(b.Drop) != 1 {
		t.Errorf("a single message: %+v, %v", b, err)
	}
}

// FuzzBounces: no mailbox makes it fail, and only addresses come out of it.
func FuzzBounces(f *testing.F) {
	for _, n := range notifications {
		f.Add([]byte("From x\n" + n))
	}
	f.Fuzz(func(t *testing.T, box []byte) {
		err := readMbox(bytes.NewReader(box), "fuzz", func(_ string, message []byte) {
			found, _ := parseReport(message)
			for _, b := range found {
				if _, reason := CheckAddress(b.Email); reason != "" || strings.ContainsAny(b.Reply, "\r\n\x1b") {
					t.Errorf("%+v: %s", b, reason)
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}
