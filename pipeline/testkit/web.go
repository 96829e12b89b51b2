package testkit

// The folder web: a proxy that answers every http and https address from a
// folder laid out HOST/PATH, so that feeds have real names and any failure of a
// server is a file.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Web serves a folder as if it were the web. It is an HTTP proxy on loopback:
// point a client at Proxy and let it trust CA. It reads its files at each
// request, so a test may change them in between.
//
// The file for https://news.example/a/feed.xml (or http://, and whatever the
// port) is news.example/a/feed.xml. An address that ends in "/" is answered
// from index.html or index.xml there; a file named with the query
// ("list?page=2") wins over the one without; no file is 404.
//
// Beside a file, or instead of it, may lie one with ".http" added to its name,
// which says how to answer:
//
//	301 Moved Permanently            the status: optional, first line
//	Location: https://other.example/ any header, sent as it stands
//	X-Web-Delay: 200ms               wait before answering
//	X-Web-Cut: 100                   send 100 bytes of the body, drop the connection
//	X-Web-Gzip: yes                  send the body gzipped, asked or not
//	X-Web-No-Validators: yes         no ETag, and no 304 for conditional requests
//
// X-Web- lines are not sent. Without them an answer of 200 bears an ETag made
// from the body (or the one the .http file states), and a request that names
// it, or the stated Last-Modified, is answered 304 (RFC 9110, section 13).
type Web struct {
	files    fs.FS
	proxy    string
	maker    *authority
	plain    *http.Server
	secure   *http.Server
	tunnels  *tunnels
	stopping context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	requests []Request
}

// Request is one request that reached a Web.
type Request struct {
	Method string
	URL    string // absolute, as asked
	Header http.Header
	Status int // of the answer; 0 while it is being prepared
	Time   time.Time
}

// NewWeb serves files until Close. A .http file that can't be understood is an
// error.
func NewWeb(files fs.FS) (*Web, error) {
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".http") {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err == nil {
			_, err = parseManner(name, text)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the folder web: %w", err)
	}
	maker, err := newAuthority()
	if err != nil {
		return nil, fmt.Errorf("making a certificate authority: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &Web{
		files: files, proxy: "http://" + listener.Addr().String(), maker: maker, stopping: stop,
		tunnels: &tunnels{conns: make(chan net.Conn), closed: ctx.Done(), addr: listener.Addr()},
	}
	server := func(h http.HandlerFunc) *http.Server {
		return &http.Server{
			Handler:     h,
			BaseContext: func(net.Listener) context.Context { return ctx },
			ErrorLog:    log.New(io.Discard, "", 0), // a client that doesn't trust the authority is no news
		}
	}
	w.plain, w.secure = server(w.answerProxy), server(w.answer)
	w.running.Add(2)
	go func() { defer w.running.Done(); _ = w.plain.Serve(listener) }()
	go func() { defer w.running.Done(); _ = w.secure.Serve(w.tunnels) }()
	return w, nil
}

// Proxy is the address to use as HTTP proxy: http://127.0.0.1:port.
func (w *Web) Proxy() string { return w.proxy }

// CA is the certificate, in PEM, of the authority that signs the certificates
// of all hosts. It lives in memory only and is another one in each Web.
func (w *Web) CA() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.maker.cert.Raw})
}

// Close stops serving at once; answers under way are dropped.
func (w *Web) Close() error {
	w.stopping()
	err := errors.Join(w.plain.Close(), w.secure.Close())
	w.running.Wait()
	return err
}

// Requests gives what was asked so far, in order.
func (w *Web) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Request(nil), w.requests...)
}

// Hits tells how often this exact address was asked.
func (w *Web) Hits(url string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.requests {
		if r.URL == url {
			n++
		}
	}
	return n
}

// answerProxy answers what comes to the proxy itself: plain requests, and
// CONNECT, which opens a tunnel that ends here too.
func (w *Web) answerProxy(out http.ResponseWriter, in *http.Request) {
	if in.Method != http.MethodConnect {
		w.answer(out, in)
		return
	}
	host := in.URL.Hostname()
	if host == "" {
		http.Error(out, "CONNECT names no host", http.StatusBadRequest)
		return
	}
	conn, buffered, err := http.NewResponseController(out).Hijack()
	if err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil || buffered.Reader.Buffered() > 0 {
		conn.Close() // a client speaks TLS only after it has read the answer
		return
	}
	w.tunnels.offer(tls.Server(conn, &tls.Config{
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return w.maker.leaf(host) },
	}))
}

func (w *Web) answer(out http.ResponseWriter, in *http.Request) {
	address := *in.URL
	if address.Host == "" {
		address.Host = in.Host
	}
	address.Scheme = "http"
	if in.TLS != nil {
		address.Scheme = "https"
	}
	w.mu.Lock()
	number := len(w.requests)
	w.requests = append(w.requests, Request{Method: in.Method, URL: address.String(), Header: in.Header.Clone(), Time: time.Now()})
	w.mu.Unlock()
	settle := func(status int) {
		w.mu.Lock()
		w.requests[number].Status = status
		w.mu.Unlock()
	}
	refuse := func(status int, why string) {
		settle(status)
		http.Error(out, why, status)
	}

	if in.Method != http.MethodGet && in.Method != http.MethodHead {
		refuse(http.StatusMethodNotAllowed, "only GET and HEAD here")
		return
	}
	name, body, m, err := w.find(&address)
	if errors.Is(err, fs.ErrNotExist) {
		refuse(http.StatusNotFound, "no such page")
		return
	}
	if err != nil {
		refuse(http.StatusInternalServerError, err.Error())
		return
	}
	if m.delay > 0 {
		timer := time.NewTimer(m.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-in.Context().Done():
			return
		}
	}

	header := out.Header()
	for key, values := range m.header {
		header[key] = values
	}
	if header.Get("Content-Type") == "" && len(body) > 0 {
		header.Set("Content-Type", contentType(name, body))
	}
	if m.status == http.StatusOK && !m.noValidators {
		if header.Get("ETag") == "" {
			header.Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(body))[:33]+`"`)
		}
		if unchanged(in.Header, header) {
			header.Del("Content-Type")
			settle(http.StatusNotModified)
			out.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if m.gzip {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, err := z.Write(body)
		if err = errors.Join(err, z.Close()); err != nil {
			refuse(http.StatusInternalServerError, err.Error())
			return
		}
		body = zipped.Bytes()
		header.Set("Content-Encoding", "gzip")
	}
	if header.Get("Content-Length") == "" && m.status >= 200 && m.status != http.StatusNoContent && m.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	settle(m.status)
	out.WriteHeader(m.status)
	if in.Method == http.MethodHead {
		return
	}
	if m.cut < 0 || m.cut >= len(body) {
		_, _ = out.Write(body) // a client that went away is the test's business
		return
	}
	_, _ = out.Write(body[:m.cut])
	control := http.NewResponseController(out)
	_ = control.Flush()
	if conn, _, err := control.Hijack(); err == nil {
		conn.Close()
	}
}

// find gives the file that answers an address, its bytes and its manner.
// fs.ErrNotExist: there is none.
func (w *Web) find(address *url.URL) (name string, body []byte, m manner, err error) {
	clean := path.Clean("/" + address.Path)
	if strings.HasSuffix(clean, ".http") {
		return "", nil, manner{}, fs.ErrNotExist
	}
	base := strings.ToLower(address.Hostname()) + clean
	names := []string{base}
	if strings.HasSuffix(address.Path, "/") || address.Path == "" {
		base = strings.TrimSuffix(base, "/")
		names = []string{base + "/index.html", base + "/index.xml"}
	}
	if address.RawQuery != "" {
		asked := base
		if len(names) > 1 {
			asked += "/"
		}
		names = append([]string{asked + "?" + address.RawQuery}, names...)
	}
	for _, name := range names {
		if !fs.ValidPath(name) {
			continue
		}
		how, errHow := fs.ReadFile(w.files, name+".http")
		body, errBody := readFile(w.files, name)
		if errHow != nil && errBody != nil {
			continue
		}
		m, err := parseManner(name+".http", how)
		return name, body, m, err
	}
	return "", nil, manner{}, fs.ErrNotExist
}

// readFile reads a file; a folder is none.
func readFile(files fs.FS, name string) ([]byte, error) {
	if info, err := fs.Stat(files, name); err != nil || info.IsDir() {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(files, name)
}

// unchanged tells whether a request's conditions name the validators of the
// answer. They are compared byte for byte: a client must give back exactly what
// it was given.
func unchanged(asked, answer http.Header) bool {
	if tag := asked.Get("If-None-Match"); tag != "" {
		return tag == answer.Get("ETag")
	}
	since := asked.Get("If-Modified-Since")
	return since != "" && since == answer.Get("Last-Modified")
}

// manner is what a .http file says.
type manner struct {
	status       int
	header       http.Header
	delay        time.Duration
	cut          int // -1: the body is sent whole
	gzip         bool
	noValidators bool
}

func parseManner(name string, text []byte) (manner, error) {
	m := manner{status: http.StatusOK, header: http.Header{}, cut: -1}
	for i, row := range strings.Split(string(text), "\n") {
		row = strings.TrimSpace(row)
		fault := func(what string) error { return fmt.Errorf("%s:%d: %s: %q", name, i+1, what, row) }
		if row == "" {
			continue
		}
		if i == 0 && row[0] >= '0' && row[0] <= '9' {
			code, _, _ := strings.Cut(row, " ")
			status, err := strconv.Atoi(code)
			if err != nil || status < 200 || status > 599 {
				return manner{}, fault("not a status from 200 to 599")
			}
			m.status = status
			continue
		}
		key, value, ok := strings.Cut(row, ":")
		if !ok || key == "" || strings.ContainsAny(key, " \t") {
			return manner{}, fault("not a header line")
		}
		key, value = http.CanonicalHeaderKey(key), strings.TrimSpace(value)
		var err error
		switch key {
		case "X-Web-Delay":
			m.delay, err = time.ParseDuration(value)
		case "X-Web-Cut":
			if m.cut, err = strconv.Atoi(value); err == nil && m.cut < 0 {
				err = errors.New("negative")
			}
		case "X-Web-Gzip":
			m.gzip = value == "yes"
		case "X-Web-No-Validators":
			m.noValidators = value == "yes"
		default:
			if strings.HasPrefix(key, "X-Web-") {
				return manner{}, fault("no such directive")
			}
			m.header.Add(key, value)
		}
		if err != nil {
			return manner{}, fault("not a value for " + key)
		}
	}
	return m, nil
}

// contentType goes by the ending of the name, and by the content where the
// name has none.
func contentType(name string, body []byte) string {
	if path.Base(name) == "feed.json" {
		return "application/feed+json"
	}
	if strings.Contains(name, "?") {
		name, _, _ = strings.Cut(name, "?")
	}
	switch path.Ext(name) {
	case ".html", ".htm":
		return "text/html; charset=utf-8"
	case ".xml", ".rss", ".atom", ".opml":
		return "application/xml"
	case ".json":
		return "application/json"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".pdf":
		return "application/pdf"
	case ".png":
		return "image/png"
	}
	start := strings.TrimSpace(string(body[:min(len(body), 200)]))
	for _, opening := range []string{"<?xml", "<rss", "<feed", "<rdf:RDF"} {
		if strings.HasPrefix(start, opening) {
			return "application/xml"
		}
	}
	return http.DetectContentType(body)
}

// tunnels is the listener of the TLS server: its connections are the tunnels
// that CONNECT opened.
type tunnels struct {
	conns  chan net.Conn
	closed <-chan struct{}
	addr   net.Addr
}

func (t *tunnels) offer(conn net.Conn) {
	select {
	case t.conns <- conn:
	case <-t.closed:
		conn.Close()
	}
}

// Accept waits for the next tunnel.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.conns:
		return conn, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close does nothing: the tunnels end with their Web.
func (t *tunnels) Close() error { return nil }

// Addr is the proxy's address.
func (t *tunnels) Addr() net.Addr { return t.addr }

// authority makes certificates for whatever host is asked.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// The certificates hold whatever the test's clock shows.
func validity() (from, to time.Time) {
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	from, to := validity()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "folder web (in memory)"},
		NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &authority{cert: cert, key: key, leaves: map[string]*tls.Certificate{}}, nil
}

// leaf is the certificate of one host, a name or an IP address.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if have, ok := a.leaves[host]; ok {
		return have, nil
	}
	from, to := validity()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(a.leaves)) + 2), Subject: pkix.Name{CommonName: host},
		NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	made := &tls.Certificate{Certificate: [][]byte{raw, a.cert.Raw}, PrivateKey: key}
	a.leaves[host] = made
	return made, nil
}
