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

// formsOf are reports as mail servers write them, with the fields that each
// of them has; written by us.
var formsOf = map[string]string{
	"Postfix, gone@town.example 5.1.1": "Reporting-MTA: dns; mx.letter.example\nX-Postfix-Queue-ID: 4F1C22A0B3\nX-Postfix-Sender: rfc822; letter@letter.example\n" +
		"Arrival-Date: Sun, 22 Nov 2026 17:00:00 +0000 (UTC)\n\nFinal-Recipient: rfc822; gone@town.example\nOriginal-Recipient: rfc822;gone@town.example\n" +
		"Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.town.example\nDiagnostic-Code: smtp; 550 5.1.1 <gone@town.example>: Recipient address rejected:\n    User unknown in virtual mailbox table\n",
	"Exim, gone@town.example 5.1.1": "Reporting-MTA: dns; mx.letter.example\n\nAction: failed\nFinal-Recipient: rfc822;gone@town.example\nStatus: 5.0.0\n" +
		"Remote-MTA: dns; mx.town.example\nDiagnostic-Code: smtp; 550 5.1.1 no such person\n",
	"Exim by policy, gone@town.example 5.7.1": "Reporting-MTA: dns; mx.letter.example\n\nAction: failed\nFinal-Recipient: rfc822;gone@town.example\nStatus: 5.0.0\n" +
		"Remote-MTA: dns; mx.town.example\nDiagnostic-Code: smtp; 550-5.7.1 your network is on our list\n 550 5.7.1 go away\n",
	"Exchange, gone@town.example 5.1.10": "Reporting-MTA: dns;EX01.town.example\nReceived-From-MTA: dns;mx.letter.example\nArrival-Date: Sun, 22 Nov 2026 17:00:00 +0000\n\n" +
		"Original-Recipient: rfc822;Gone@town.example\nFinal-Recipient: RFC822;gone@town.example\nAction: failed\nStatus: 5.1.10\n" +
		"Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup\nX-Display-Name: Gone\n",
	"Gmail, gone@town.example 5.1.1": "Reporting-MTA: dns; googlemail.example\nReceived-From-MTA: dns; letter@letter.example\nArrival-Date: Sun, 22 Nov 2026 09:00:00 -0800 (PST)\n" +
		"X-Original-Message-ID: <a@letter.example>\n\nFinal-Recipient: rfc822; gone@town.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.town.example. (192.0.2.1, the server for the domain town.example.)\n" +
		"Diagnostic-Code: smtp; 550-5.1.1 The account that you tried to reach does not exist. Please try\n 550-5.1.1 again. 550 5.1.1 - gsmtp\nLast-Attempt-Date: Sun, 22 Nov 2026 09:00:01 -0800 (PST)\n",
	"sendmail, gone@town.example 5.1.1": "Reporting-MTA: dns; mx.letter.example\nReceived-From-MTA: DNS; localhost\nArrival-Date: Sun, 22 Nov 2026 17:00:00 GMT\n\n" +
		"Final-Recipient: RFC822; gone@town.example\nX-Actual-Recipient: RFC822; g@town.example\nAction: failed\nStatus: 5.1.1 (user unknown)\nRemote-MTA: DNS; mx.town.example\n" +
		"Diagnostic-Code: SMTP; 550 5.1.1 User unknown\nLast-Attempt-Date: Sun, 22 Nov 2026 17:00:01 GMT\n",
	"Postfix that waits, gone@town.example 4.4.1": "Reporting-MTA: dns; mx.letter.example\n\nFinal-Recipient: rfc822; gone@town.example\nAction: delayed\nStatus: 4.4.1\n" +
		"Diagnostic-Code: X-Postfix; connect to mx.town.example[192.0.2.1]:25: Connection timed out\nWill-Retry-Until: Fri, 27 Nov 2026 17:00:00 +0000 (UTC)\n",
	"a full mailbox, gone@town.example 5.2.2": "Reporting-MTA: dns; mx.letter.example\n\nFinal-Recipient: rfc822; gone@town.example\nAction: failed\nStatus: 5.2.2\n",
}

// TestBouncesOfServers: each server's own way to write a report is read.
func TestBouncesOfServers(t *testing.T) {
	for name, status := range formsOf {
		message := strings.Replace(notification("", "To: gone@town.example"), "Reporting-MTA: dns; mx.town.example\n\n", status, 1)
		found, ok := parseReport([]byte(message))
		if !ok || len(found) != 1 || !strings.HasSuffix(name, ", "+strings.ToLower(found[0].Email)+" "+found[0].Status) {
			t.Errorf("%s: %+v, %v", name, found, ok)
		}
	}
	for status, want := range map[string]int{
		"5.1.1": rankDrop, "5.0.0": rankDrop, "5.4.4": rankDrop, "5.2.1": rankDrop, "5.7.1": rankBlocked, "5.2.3": rankBlocked, "5.6.1": rankBlocked,
		"5.2.2": rankLater, "5.4.7": rankLater, "4.2.2": rankLater,
	} {
		if got := rank(Bounce{Status: status}); got != want {
			t.Errorf("%s is of rank %d, want %d", status, got, want)
		}
	}
	qmail := "From: MAILER-DAEMON@mx.letter.example\nTo: letter@letter.example\nSubject: failure notice\n\n" +
		"Hi. This is the qmail-send program at mx.letter.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n" +
		"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<gone@town.example>:\n192.0.2.1 does not like recipient.\n" +
		"Remote host said: 550 5.1.1 no such person\nGiving up on 192.0.2.1.\n\n<angry@town.example>:\nRemote host said: 554 5.7.1 spam\n\n" +
		"--- Below this line is a copy of the message.\n\nTo: <not@this.example>\n\n<nor@this.example>:\n"
	found, ok := parseReport([]byte(qmail))
	if !ok || len(found) != 2 || found[0].Email != "gone@town.example" || found[0].Status != "5.1.1" || found[1].Status != "5.7.1" || rank(found[1]) != rankBlocked {
		t.Errorf("qmail: %+v, %v", found, ok)
	}
}

// FuzzBounces: no mailbox makes it fail, and only addresses come out of it.
func FuzzBounces(f *testing.F) {
	for _, n := range notifications {
		f.Add([]byte("From x\n" + n))
	}
	f.Add([]byte("Subject: failure notice\n\nHi. This is the qmail-send program.\n\n<a@b.example>:\n550 5.1.1 no\n\n--- Below"))
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
