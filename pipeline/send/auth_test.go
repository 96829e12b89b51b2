package send

import (
	"bufio"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"testing"
)

// signIn is a mail server on loopback that offers some ways to sign in, takes one
// message, and tells which way was taken and whether it was right.
func signIn(t *testing.T, ways, password string) (port int, told chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	told = make(chan string, 1)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		in := bufio.NewReader(c)
		say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
		read := func() string {
			line, _ := in.ReadString('\n')
			return strings.TrimRight(line, "\r\n")
		}
		decoded := func(s string) string {
			b, _ := base64.StdEncoding.DecodeString(s)
			return string(b)
		}
		say("220 mx.letter.example ESMTP")
		for {
			line := read()
			verb, rest, _ := strings.Cut(line, " ")
			switch strings.ToUpper(verb) {
			case "EHLO":
				say("250-mx.letter.example\r\n250 AUTH %s", ways)
			case "AUTH":
				way, first, _ := strings.Cut(rest, " ")
				right := false
				switch way {
				case "PLAIN":
					right = decoded(first) == "\x00editor\x00"+password
				case "LOGIN":
					user := decoded(first)
					if first == "" {
						say("334 %s", base64.StdEncoding.EncodeToString([]byte("Username:")))
						user = decoded(read())
					}
					say("334 %s", base64.StdEncoding.EncodeToString([]byte("Password:")))
					right = user == "editor" && decoded(read()) == password
				case "CRAM-MD5":
					challenge := "<12.34@mx.letter.example>"
					say("334 %s", base64.StdEncoding.EncodeToString([]byte(challenge)))
					mac := hmac.New(md5.New, []byte(password))
					mac.Write([]byte(challenge))
					right = decoded(read()) == "editor "+hex.EncodeToString(mac.Sum(nil))
				}
				told <- fmt.Sprintf("%s %v", way, right)
				if !right {
					say("535 no")
					return
				}
				say("235 welcome")
			case "DATA":
				say("354 go on")
				for read() != "." {
				}
				say("250 taken")
			case "QUIT":
				say("221 bye")
				return
			case "":
				return
			default:
				say("250 ok")
			}
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, told
}

// TestWaysToSignIn: the best way that the server offers is taken, and each works.
func TestWaysToSignIn(t *testing.T) {
	for ways, want := range map[string]string{
		"PLAIN": "PLAIN true", "LOGIN": "LOGIN true", "CRAM-MD5": "CRAM-MD5 true", "LOGIN PLAIN": "PLAIN true", "CRAM-MD5 LOGIN": "LOGIN true",
	} {
		port, told := signIn(t, ways, "open sesame")
		o, _ := options(t, &mailServer{}, "ann@town.example\n")
		o.Server = Server{Host: "127.0.0.1", Port: port, User: "editor", Rate: 1e6}
		o.Password = "open sesame"
		r, err := Send(t.Context(), o)
		if err != nil || r.Accepted != 1 {
			t.Errorf("%s: %+v, %v", ways, r, err)
			continue
		}
		if got := <-told; got != want {
			t.Errorf("%s: %s, want %s", ways, got, want)
		}
	}
	port, _ := signIn(t, "GSSAPI XOAUTH2", "x")
	o, _ := options(t, &mailServer{}, "ann@town.example\n")
	o.Server, o.Password = Server{Host: "127.0.0.1", Port: port, User: "editor"}, "x"
	if _, err := Send(t.Context(), o); err == nil || !strings.Contains(err.Error(), "GSSAPI XOAUTH2") {
		t.Errorf("a server with unknown ways: %v", err)
	}
}
