package collect

// Asking servers: many at once, each gently.
//
// A run groups its requests by host. A host gets at most two at once and a
// pause between them; over all hosts a bound number is in flight, and a result
// leaves before its place is taken, so memory does not grow with the number of
// sources.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/time/rate"
)

const (
	defaultWorkers = 64
	maxBody        = 10 << 20                // bytes, decoded
	maxHeader      = 256 << 10               // bytes of an answer's header
	requestTime    = 30 * time.Second        // for a request with its redirects
	stopTime       = 1500 * time.Millisecond // for what is in flight when the run is stopped
	perHost        = 2                       // requests at once
	hostPause      = 500 * time.Millisecond
	robotsLife     = 24 * time.Hour
	robotsRetry    = time.Hour // where it could not be had
)

// Collector asks servers for feeds and pages. It is safe for concurrent use and
// keeps what it learned of hosts: their robots.txt and how long they want to be
// left alone.
type Collector struct {
	cfg       Config
	now       func() time.Time
	agent     string
	guard     *guard
	transport *http.Transport
	decoders  decoders
	buffers   sync.Pool // *bytes.Buffer: a feed's body is done with once it is read
	read      func(body []byte, contentType, base string) (Feed, pace, error)
	parsing   chan struct{} // a place for each processor: parsing takes memory
	parsed    chan struct{} // a place for each feed parsed and not yet handed over: these are large

	patience time.Duration                              // for a request with its redirects
	grace    time.Duration                              // after ctx ends, for what is in flight
	tick     func() time.Time                           // the clock of pauses
	sleep    func(context.Context, time.Duration) error // passes a pause

	mu    sync.Mutex
	hosts map[string]*hostState // by hostKey
	paces map[string]*hostPace  // by hostName
	busy  map[int]Waiting
	next  int
}

// Waiting is one request in flight, for a progress line.
type Waiting struct {
	Name  string // the source's name, or the page's address
	Since time.Time
}

// hostPace is how a host wants to be asked, on whatever port.
type hostPace struct {
	limit  *rate.Limiter
	busy   chan struct{} // a place for each request at once
	paused time.Time     // not to be asked before
}

// hostState is what is known of a host's server on one port.
type hostState struct {
	pace *hostPace

	mu     sync.Mutex // one robots.txt request at a time
	robots robots
	asked  time.Time // zero: never

	recalled bool // from an earlier run: inbox has it
}

// New makes a Collector. The error says which part of the configuration can't
// be used.
func New(cfg Config) (*Collector, error) {
	c := &Collector{
		cfg: cfg, now: cfg.Now, hosts: map[string]*hostState{}, paces: map[string]*hostPace{}, busy: map[int]Waiting{},
		read: (&reader{brief: true}).read, parsing: make(chan struct{}, runtime.GOMAXPROCS(0)), parsed: make(chan struct{}, 4*runtime.GOMAXPROCS(0)),
		patience: requestTime, grace: stopTime, tick: time.Now, sleep: pass,
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.cfg.Workers <= 0 {
		c.cfg.Workers = defaultWorkers
	}
	c.agent = "pullquote/" + first(line(cfg.Version), "dev")
	if contact := line(cfg.Contact); contact != "" {
		c.agent += " (+" + contact + ")"
	}
	var proxy *url.URL
	if cfg.Proxy != "" {
		p, err := url.Parse(cfg.Proxy)
		if err != nil || p.Scheme != "http" && p.Scheme != "https" || p.Hostname() == "" {
			return nil, errors.New("the proxy's address is not http://host:port")
		}
		proxy = p
	}
	c.guard = newGuard(cfg.Allow, proxy)
	roots := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(cfg.ProxyCA) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(cfg.ProxyCA) {
			return nil, errors.New("the proxy's certificates hold no PEM certificate")
		}
		roots.RootCAs = pool
	}
	c.transport = &http.Transport{
		DialContext:            c.guard.dial,
		TLSClientConfig:        roots,
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // decoded here, with limits
		MaxResponseHeaderBytes: maxHeader,
		MaxConnsPerHost:        perHost,
		MaxIdleConnsPerHost:    perHost,
		MaxIdleConns:           c.cfg.Workers,
		IdleConnTimeout:        5 * time.Second,
	}
	if proxy != nil {
		c.transport.Proxy = http.ProxyURL(proxy)
		c.transport.MaxConnsPerHost = 0 // all hosts share the proxy's
		c.transport.MaxIdleConnsPerHost = c.cfg.Workers
	}
	return c, nil
}

// Busy tells what is in flight, longest first.
func (c *Collector) Busy() []Waiting {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Waiting, 0, len(c.busy))
	for _, w := range c.busy {
		list = append(list, w)
	}
	sort.Slice(list, func(i, k int) bool {
		if !list[i].Since.Equal(list[k].Since) {
			return list[i].Since.Before(list[k].Since)
		}
		return list[i].Name < list[k].Name
	})
	return list
}

func (c *Collector) enter(name string) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	id := c.next
	c.busy[id] = Waiting{name, time.Now()} // what a person waits is real time, whatever --at says
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.busy, id)
	}
}

func (c *Collector) host(name string) *hostState {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[name]
	if h == nil {
		h = &hostState{pace: c.paceOf(name[:max(0, strings.LastIndexByte(name, ':'))])}
		c.hosts[name] = h
	}
	return h
}

func (c *Collector) pace(name string) *hostPace {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paceOf(name)
}

// paceOf is pace for who holds mu.
func (c *Collector) paceOf(name string) *hostPace {
	p := c.paces[name]
	if p == nil {
		p = &hostPace{limit: rate.NewLimiter(rate.Every(hostPause), 1), busy: make(chan struct{}, perHost)}
		c.paces[name] = p
	}
	return p
}

// pass waits, or gives the reason it could not.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn waits until a host may be asked once more.
func (c *Collector) turn(ctx context.Context, pace *hostPace) error {
	now := c.tick()
	if wait := pace.limit.ReserveN(now, 1).DelayFrom(now); wait > 0 {
		return c.sleep(ctx, wait)
	}
	return ctx.Err()
}

func (c *Collector) pausedUntil(h *hostState) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return h.pace.paused
}

func (c *Collector) pause(h *hostState, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.After(h.pace.paused) {
		h.pace.paused = until
	}
}

// hostKey names the server an address belongs to: a robots.txt is that of a
// host and a port (RFC 9309 section 2.3).
func hostKey(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return hostName(address) + ":" + portOf(u)
}

// hostName names the host an address belongs to: the machine behind it is one,
// on whatever port it answers.
func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// job is one request of a run. do gives the function that hands its result
// over, or nil when the run was stopped before there was one.
type job struct {
	host string // as hostName gives it
	name string
	slow time.Duration // about how long it will take; 0: not known
	idle func() bool   // says at once that nothing will be asked; may be nil
	do   func(ctx context.Context) func() error
}

// run does the jobs. Results are handed over by the calling goroutine. When ctx
// ends no job is begun, and those at work get a moment to come to their end.
func (c *Collector) run(ctx context.Context, jobs []job) error {
	ctx, quit := context.WithCancelCause(ctx)
	defer quit(nil)
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(c.grace, stop) })()
	queues := map[string][]job{}
	var order []string
	for _, j := range jobs {
		if queues[j.host] == nil {
			order = append(order, j.host)
		}
		queues[j.host] = append(queues[j.host], j)
	}
	slots := make(chan struct{}, c.cfg.Workers)
	results := make(chan func() error)
	var all sync.WaitGroup
	do := func(j job) {
		leave := c.enter(j.name)
		result := j.do(work)
		leave()
		if result != nil {
			results <- result // received until all are done
		}
		<-slots
	}
	ready := func(j job, pace *hostPace) bool {
		return j.idle != nil && j.idle() || c.turn(ctx, pace) == nil
	}
	slot := func() bool {
		select {
		case slots <- struct{}{}:
			return true
		case <-ctx.Done():
			return false
		}
	}
	begin := func(name string) {
		queue, pace := queues[name], c.pace(name)
		delete(queues, name)
		if len(queue) == 1 { // most hosts have one source: no goroutine waits for its place
			if slot() {
				all.Go(func() {
					if !ready(queue[0], pace) {
						<-slots
						return
					}
					do(queue[0])
				})
			}
			return
		}
		var at int
		var mu sync.Mutex
		for range perHost {
			all.Go(func() {
				for ctx.Err() == nil {
					mu.Lock()
					if at >= len(queue) {
						mu.Unlock()
						return
					}
					j := queue[at]
					queue[at] = job{}
					at++
					mu.Unlock()
					if !ready(j, pace) || !slot() {
						return
					}
					do(j)
				}
			})
		}
	}
	// The hosts with most to do begin first: their pauses make them last longest.
	// Among the others the slow ones do, so that at the end nobody is waited for.
	most := map[string]time.Duration{}
	for name, queue := range queues {
		for _, j := range queue {
			most[name] = max(most[name], j.slow)
		}
	}
	sort.SliceStable(order, func(i, k int) bool {
		if a, b := len(queues[order[i]]), len(queues[order[k]]); a != b {
			return a > b
		}
		return most[order[i]] > most[order[k]]
	})
	all.Go(func() {
		for _, name := range order {
			if ctx.Err() != nil {
				return
			}
			begin(name)
		}
	})
	go func() {
		all.Wait()
		close(results)
	}()
	var failed error
	for result := range results {
		if failed != nil {
			continue
		}
		if failed = result(); failed != nil {
			quit(failed)
			stop()
		}
	}
	c.transport.CloseIdleConnections()
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

// answer is what a request ended with.
type answer struct {
	status int
	header http.Header
	body   []byte
	final  string // the address that answered
	hops   []Hop  // the redirects that led there
	plain  bool   // a redirect led from https to http
	asked  bool   // the last request was a conditional one
}

// moved is where the address has moved for good: as far as permanent redirects
// led in a row from the first; empty when the first was none.
func (a answer) moved() (to string) {
	for _, hop := range a.hops {
		if !hop.Permanent() {
			break
		}
		to = hop.To
	}
	return to
}

// lastHop is where the last redirect led; empty when there was none.
func (a answer) lastHop() string {
	if len(a.hops) == 0 {
		return ""
	}
	return a.hops[len(a.hops)-1].To
}

// request is what is asked for.
type request struct {
	address     string
	accept      string
	conditional http.Header                           // If-None-Match and If-Modified-Since; may be nil
	owner       string                                // the address these belong to, without its query; empty: every hop
	most        int                                   // bytes of the body, decoded; 0 means maxBody
	cut         bool                                  // a longer body is cut, not an error
	into        func() *bytes.Buffer                  // gives, once there is a body, what takes it: it is good until that is used again; nil: one of its own
	each        func(context.Context, *url.URL) error // may refuse a hop; may be nil
}

// get asks for an address and follows redirects. On an error the answer holds
// what is known so far.
func (c *Collector) get(ctx context.Context, r request) (answer, error) {
	address := r.address
	a := answer{final: address}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	seen := map[string]bool{}
	var followed Hop
	for hop := 0; ; hop++ {
		if hop > maxRedirects {
			return a, fmt.Errorf("redirects more than %d times", maxRedirects)
		}
		u, err := c.guard.check(ctx, address)
		if err != nil {
			return a, err
		}
		if hop > 0 { // an address that was refused may hold a password: it is not kept
			a.hops = append(a.hops, followed)
		}
		if seen[u.String()] {
			return a, errors.New("redirects in a circle")
		}
		seen[u.String()] = true
		if hop > 0 {
			host := c.host(hostKey(address))
			if until := c.pausedUntil(host); until.After(c.now()) && hostName(address) != hostName(a.final) {
				return a, fmt.Errorf("leads to a host that wants to be left alone until %s", until.UTC().Format("2006-01-02 15:04 UTC"))
			}
			if err := c.turn(ctx, c.pace(hostName(address))); err != nil {
				return a, err
			}
		}
		if r.each != nil {
			if err := r.each(ctx, u); err != nil {
				return a, err
			}
		}
		a.final = u.String()
		next, err := c.hop(ctx, u, r, &a)
		if err != nil || next == "" {
			return a, err
		}
		followed = Hop{a.status, next}
		if strings.HasPrefix(address, "https:") && strings.HasPrefix(next, "http:") {
			a.plain = true
		}
		address = next
	}
}

// owner is the address that validators belong to. Its query is left out: many
// redirects sign it anew each time.
func owner(address string) string {
	address, _, _ = strings.Cut(withoutFragment(address), "?")
	return address
}

var errBreaksOff = errors.New("breaks off every connection")

// hop sends one request; next is the address of a redirect.
func (c *Collector) hop(ctx context.Context, u *url.URL, r request, a *answer) (next string, err error) {
	busy := c.pace(hostName(u.String())).busy
	select {
	case busy <- struct{}{}:
		defer func() { <-busy }()
	case <-ctx.Done(): // others led here, too, and are slow
		return "", ctx.Err()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	req.URL = u
	a.asked = len(r.conditional) > 0 && (r.owner == "" || r.owner == owner(u.String()))
	if a.asked {
		for name, values := range r.conditional {
			req.Header[name] = values
		}
	}
	req.Header.Set("Accept", r.accept)
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept-Encoding", "gzip, br, zstd")
	// A connection that breaks before the answer (HTTP/2 GOAWAY, a kept one that
	// was closed meanwhile) is replaced once; the transport itself would go on.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	connections := 0
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if connections++; connections > 2 {
			stop(errBreaksOff)
		}
	}}))
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		if errors.Is(context.Cause(ctx), errBreaksOff) {
			err = errBreaksOff
		}
		return "", err
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		location := resp.Header.Get("Location")
		if location == "" || len(location) > maxLinkBytes {
			return "", errors.New("redirects to no usable address")
		}
		target, err := url.Parse(location)
		if err != nil {
			return "", errors.New("redirects to no usable address")
		}
		return u.ResolveReference(target).String(), nil
	case http.StatusNotModified:
		return "", nil
	case http.StatusSwitchingProtocols: // its body is a connection, which no time limit ends
		return "", errors.New("switches to a protocol that was not asked for")
	}
	a.body, err = c.readBody(resp, r)
	return "", err
}

// decoders are readers to be used again: each holds some tens of kilobytes.
type decoders struct{ gzip, br, zstd sync.Pool }

// open gives the decoded form of a body, and what lets go of its decoder.
func (d *decoders) open(body io.Reader, encoding string) (decoded io.Reader, done func(), err error) {
	switch encoding {
	case "", "identity":
		return body, func() {}, nil
	case "gzip", "x-gzip":
		z, _ := d.gzip.Get().(*gzip.Reader)
		if z == nil {
			z = new(gzip.Reader)
		}
		if err := z.Reset(body); err != nil {
			return nil, nil, fmt.Errorf("sends gzip that can't be read: %w", err)
		}
		return z, func() { d.gzip.Put(z) }, nil
	case "br":
		z, _ := d.br.Get().(*brotli.Reader)
		if z == nil {
			z = new(brotli.Reader)
		}
		if err := z.Reset(body); err != nil {
			return nil, nil, fmt.Errorf("sends br that can't be read: %w", err)
		}
		return z, func() { d.br.Put(z) }, nil
	case "zstd":
		z, _ := d.zstd.Get().(*zstd.Decoder)
		if z == nil {
			if z, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(2*maxBody), zstd.WithDecoderMaxWindow(8<<20),
				zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err != nil {
				return nil, nil, err
			}
		}
		if err := z.Reset(body); err != nil {
			return nil, nil, fmt.Errorf("sends zstd that can't be read: %w", err)
		}
		return z, func() {
			if z.Reset(nil) == nil { // lets go of the body
				d.zstd.Put(z)
			}
		}, nil
	}
	return nil, nil, fmt.Errorf("sends %.20q, which was not asked for", encoding)
}

// readBody reads and decodes a body; its size is counted after decoding.
func (c *Collector) readBody(resp *http.Response, r request) ([]byte, error) {
	most := r.most
	if most == 0 {
		most = maxBody
	}
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(resp.Header.Values("Content-Encoding"), ", ")))
	body, done, err := c.decoders.open(resp.Body, encoding)
	if err != nil {
		return nil, err
	}
	defer done()
	buf := new(bytes.Buffer)
	if r.into != nil { // who waits for an answer holds none
		buf = r.into()
	}
	if body == resp.Body {
		if !r.cut && resp.ContentLength > int64(most) {
			return nil, fmt.Errorf("is larger than %d MB", most>>20)
		}
		if length := resp.ContentLength; length > 0 {
			buf.Grow(int(min(length, 256<<10)) + bytes.MinRead) // a stated length is no promise
		}
	}
	_, err = buf.ReadFrom(io.LimitReader(body, int64(most)+1))
	data := buf.Bytes()
	if len(data) > most {
		if r.cut {
			return data[:most], nil
		}
		return nil, fmt.Errorf("is larger than %d MB", most>>20)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("broke off in the middle")
	}
	return data, err
}

// why says an error in words a person can act on.
func why(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch text := err.Error(); {
	case errors.Is(err, errForbidden):
		return text
	case strings.Contains(text, "prohibited"):
		return errForbidden.Error() + ": its host has no public address"
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("gave no whole answer within %d s", requestTime/time.Second)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "has a host name that does not exist"
	case errors.As(err, &dns):
		return "has a host name that can't be looked up; is the network there?"
	case errors.As(err, &cert):
		return "has a certificate that is not valid: " + line(cert.Err.Error())
	case errors.As(err, &record), strings.Contains(text, "tls: "):
		return "can't be reached over TLS: " + line(text)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses the connection"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "can't be reached; is the network there?"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed the connection before its answer was whole"
	case strings.Contains(text, "server response headers exceeded"):
		return fmt.Sprintf("sends more than %d KB of header", maxHeader>>10)
	default:
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			return "can't be connected to in time"
		}
		return line(text)
	}
}

const feedAccept = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, " +
	"application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"

// ErrNoNetwork is what Feeds returns when no server could be reached at all.
// The sources are as if they had not been asked.
var ErrNoNetwork = errors.New("the network can't be reached")

// outcome is a Result that may turn out to be our own network's fault.
type outcome struct {
	Result
	before  State
	offline bool
	unnamed bool // offline only if nobody's name is known: no resolver, or one that denies all
	parsed  bool // holds a place in Collector.parsed
}

// outage tells a dead network from servers that are down: as long as nobody at
// all has answered, failures of our own network are held back.
type outage struct {
	alive bool        // somebody answered
	dead  atomic.Bool // so many could not be reached that no more are tried
	held  []outcome
	hosts map[string]bool
	sure  bool // a fault among held that only a dead network has
	emit  func(Result) error
}

// outageAfter is how many hosts in a row must be out of reach for the run to
// end.
const outageAfter = 20

// unknownAfter is how many hosts whose names nobody knows are a dead network at
// the end of a run in which nobody answered: some resolvers deny all names then.
const unknownAfter = 5

func (o *outage) take(r outcome) error {
	if r.offline && !o.alive {
		o.held = append(o.held, r)
		o.hosts[hostKey(r.before.Address)] = true
		o.sure = o.sure || !r.unnamed
		o.dead.Store(o.sure && len(o.hosts) >= outageAfter)
		return nil
	}
	if !r.offline && !r.Skipped && !o.alive {
		o.alive = true
		o.dead.Store(false)
		if err := o.release(); err != nil {
			return err
		}
	}
	return o.emit(r.Result)
}

// release hands over what was held back, as it is.
func (o *outage) release() error {
	for _, r := range o.held {
		if err := o.emit(r.Result); err != nil {
			return err
		}
	}
	o.held = nil
	return nil
}

// settle decides at the end of a run.
func (o *outage) settle() error {
	if few := len(o.hosts) < 2 || !o.sure && len(o.hosts) < unknownAfter; few {
		return o.release()
	}
	for _, r := range o.held {
		if err := o.emit(unreached(r.Source, r.before)); err != nil {
			return err
		}
	}
	return ErrNoNetwork
}

func unreached(source Source, state State) Result {
	return Result{Source: source, State: state, Skipped: true, Why: "was not asked: " + ErrNoNetwork.Error()}
}

// Feeds asks the sources that are due and gives emit one Result for each poll,
// in the order they come. emit is never called twice at once; an error from it
// stops the run and is returned. When ctx ends, nothing more is asked, requests
// in flight have a moment to end, what was done is still given to emit, and
// ctx.Err() is returned. ErrNoNetwork: nobody could be reached.
func (c *Collector) Feeds(ctx context.Context, polls []Poll, emit func(Result) error) error {
	jobs := make([]job, 0, len(polls))
	asked := map[string]string{}
	out := &outage{hosts: map[string]bool{}, emit: emit}
	for _, p := range polls {
		if p.State.Feed != p.Source.Feed { // never asked, or stated anew
			p.State = State{Feed: p.Source.Feed}
		}
		if p.State.Address == "" {
			p.State.Address = p.Source.Feed
		}
		reason := c.skipReason(p)
		address := withoutFragment(p.State.Address)
		if other, twice := asked[address]; twice && reason == "" {
			reason = "has the address of " + other
		}
		if reason == "" {
			asked[address] = p.Source.Name
		}
		var slow time.Duration
		switch {
		case reason != "":
		case p.State.Failures > 0: // it may keep us waiting to the end
			slow = c.patience
		default:
			slow = time.Duration(readMemo(p.State.Memo).Ms) * time.Millisecond
		}
		host := c.host(hostKey(p.State.Address))
		jobs = append(jobs, job{
			host: hostName(p.State.Address), name: first(p.Source.Name, p.Source.Feed), slow: slow,
			idle: func() bool { return reason != "" || out.dead.Load() || c.pausedUntil(host).After(c.now()) },
			do: func(ctx context.Context) func() error {
				r := outcome{Result: Result{Source: p.Source, State: p.State, Skipped: true, Why: reason}, before: p.State}
				if until := c.pausedUntil(host); reason == "" && until.After(c.now()) {
					r.State.Due = until
					r.Why = "its host wants to be left alone until " + until.UTC().Format(time.RFC3339)
				} else if reason == "" && out.dead.Load() {
					r.Result = unreached(p.Source, p.State)
				} else if reason == "" {
					began := time.Now()
					r.Result, r.offline, r.unnamed = c.askSafely(ctx, p, host)
					r.Took = time.Since(began)
					r.parsed = r.State.Status == http.StatusOK && r.Bytes > 0
					if r.Error != "" && ctx.Err() != nil {
						if r.parsed {
							<-c.parsed
						}
						return nil // stopped, not failed
					}
				}
				return func() error {
					if r.parsed {
						defer func() { <-c.parsed }()
					}
					return out.take(r)
				}
			},
		})
	}
	err := c.run(ctx, jobs)
	if missing := out.settle(); err == nil {
		err = missing
	}
	return err
}

// skipReason says why a source is not asked now; empty when it is.
func (c *Collector) skipReason(p Poll) string {
	now := c.now()
	switch {
	case p.Source.Off:
		return "is switched off"
	case p.State.Gone:
		return "is gone for good (410)"
	// A time further ahead than any this package sets was set under a wrong clock.
	case !c.cfg.Force && p.State.Due.After(now) && p.State.Due.Before(now.Add(maxDelay+25*time.Hour)):
		return "is not due before " + p.State.Due.UTC().Format(time.RFC3339)
	}
	return ""
}

// askSafely is ask for a run in which no source may be the end of the others.
func (c *Collector) askSafely(ctx context.Context, p Poll, host *hostState) (r Result, unreachable, unnamed bool) {
	defer func() {
		if fault := recover(); fault != nil {
			now := c.now().UTC()
			r = Result{Source: p.Source, State: p.State}
			r.State.Asked, r.State.Failures = now, p.State.Failures+1
			r.State.Due = due(p.Source.Feed, now, delayAfterFailure(r.State.Failures, 0), maxDelay, pace{})
			r.State.Error = line(fmt.Sprintf("makes this program stumble (%v); please report it", fault))
			r.Error, r.Why = r.State.Error, r.State.Error
			unreachable, unnamed = false, false
		}
	}()
	return c.ask(ctx, p, host)
}

// ask asks one source. unreachable says that the fault is our network's rather
// than the server's; unnamed, that it is so if no host at all has a name.
func (c *Collector) ask(ctx context.Context, p Poll, host *hostState) (r Result, unreachable, unnamed bool) {
	r = Result{Source: p.Source, State: p.State}
	s := &r.State
	m := readMemo(s.Memo)
	var buf *bytes.Buffer
	defer func() {
		if buf == nil {
			return
		}
		if buf.Reset(); buf.Cap() <= 1<<20 { // what was rarely large is not kept large
			c.buffers.Put(buf)
		}
	}()
	body := func() *bytes.Buffer {
		if buf, _ = c.buffers.Get().(*bytes.Buffer); buf == nil {
			buf = new(bytes.Buffer)
		}
		return buf
	}
	req := request{address: s.Address, accept: feedAccept, conditional: http.Header{}, owner: m.Owner, into: body}
	if s.ETag != "" {
		req.conditional["If-None-Match"] = []string{s.ETag}
	}
	if s.LastModified != "" {
		req.conditional["If-Modified-Since"] = []string{s.LastModified}
	}
	now := c.now().UTC()
	began := time.Now()
	a, err := c.get(ctx, req)
	m.Ms = time.Since(began).Milliseconds()
	s.Asked, s.Status = now, a.status
	r.Bytes = len(a.body)
	fail := func(what string, wait time.Duration) Result {
		s.Failures++
		if s.Failures%3 == 0 { // the place it moved to may be the one that died
			s.Address = s.Feed
		}
		s.Due = due(s.Feed, now, delayAfterFailure(s.Failures, wait), maxDelay, pace{})
		s.Error = what
		r.Error = what + "; asked again after " + s.Due.Format("2006-01-02 15:04") + " UTC"
		r.Why = r.Error
		if s.Failures > 1 {
			r.Why += fmt.Sprintf(", having failed %d times in a row", s.Failures)
		}
		return r
	}
	if err != nil {
		s.Status = 0
		if a.status == http.StatusOK { // the body was not whole: the next request must be
			s.ETag, s.LastModified = "", ""
		}
		unreachable, unnamed = offline(err)
		return fail(why(err), 0), unreachable, unnamed
	}
	switch {
	case a.status == http.StatusNotModified && !a.asked && s.BodyHash == "":
		return fail("answers 304 although nothing was had from it before", 0), false, false
	case a.status == http.StatusNotModified:
		if a.asked { // RFC 9111 section 4.3.4; unasked, it says nothing about what we have
			s.ETag = first(validator(a.header.Get("ETag")), s.ETag)
			s.LastModified = first(validator(a.header.Get("Last-Modified")), s.LastModified)
		}
		r.Unchanged = true
	case a.status == http.StatusOK:
		if len(a.body) > 0 { // what Feeds goes by, too
			select {
			case c.parsed <- struct{}{}:
			case <-ctx.Done():
				s.Status = 0
				return fail("was not read: the run was stopped", 0), false, false
			}
		}
		feed, p, err := c.parse(a)
		if err != nil {
			s.ETag, s.LastModified = "", ""
			var page *pageError
			if errors.As(err, &page) {
				r.Found = page.feeds
			}
			return fail(err.Error(), 0), false, false
		}
		s.ETag, s.LastModified = validator(a.header.Get("ETag")), validator(a.header.Get("Last-Modified"))
		sum := hash(a.body)
		if feed.cutOff() { // the rest may come next time
			s.ETag, s.LastModified, sum = "", "", ""
		}
		unchanged := sum != "" && sum == s.BodyHash
		m.Pace, m.Owner = p, owner(a.final)
		if !unchanged {
			m.judge(&feed, s.Title, now)
		}
		s.Title = feed.Title
		if unchanged {
			r.Unchanged = true
		} else {
			s.BodyHash, s.Changed, r.Feed = sum, now, feed
		}
	case a.status == http.StatusGone && a.moved() == a.lastHop(): // what is gone is the address itself, or where it moved to
		s.Gone, s.Error = true, "is gone for good (410)"
		r.Error = s.Error + "; it is not asked again"
		r.Why = r.Error
		return r, false, false
	default:
		wait := retryAfter(a.header, now)
		if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable && wait > 0 {
			until := now.Add(min(max(wait, time.Minute), maxDelay))
			c.pause(host, until)
			c.pause(c.host(hostKey(a.final)), until)
		}
		return fail(fmt.Sprintf("answers %d", a.status), wait), false, false
	}
	if to := a.moved(); to != "" && to != s.Address {
		s.Address, r.Moved = to, to
	}
	s.Good, s.Failures, s.Error = now, 0, ""
	delay, most, because := m.delayAfterSuccess(*s, a.header, now)
	s.Due = due(s.Feed, now, delay, most, m.Pace)
	s.Memo = m.String()
	r.Why = fmt.Sprintf("answers %d; due again %s: %s", a.status, s.Due.Format(time.RFC3339), because)
	if a.plain {
		r.Why += "; a redirect leads from https to http"
	}
	return r, false, false
}

// parse reads a feed when a processor is free for it.
func (c *Collector) parse(a answer) (Feed, pace, error) {
	c.parsing <- struct{}{}
	defer func() { <-c.parsing }()
	return c.read(a.body, a.header.Get("Content-Type"), a.final)
}

// offline says whether an error is rather our own network's than the server's.
// unnamed: it may be both, a host whose name is not known.
func offline(err error) (is, unnamed bool) {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return true, dns.IsNotFound
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return true, false
	}
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH), false
}

func (f Feed) cutOff() bool {
	for _, flag := range f.Flags {
		if strings.HasPrefix(flag, "cut off") {
			return true
		}
	}
	return false
}

// errBarred is the refusal of an address that robots.txt forbids.
var errBarred = fmt.Errorf("%w", errForbidden)

const pageAccept = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5"

// keptHeaders are the headers of a page worth keeping.
var keptHeaders = []string{"Content-Type", "Content-Language", "Last-Modified", "Etag", "Date", "Link", "X-Robots-Tag", "Content-Disposition"}

// faultHeaders are kept besides where there is no page: who answered, and why.
var faultHeaders = []string{"Server", "Via", "Retry-After", "Www-Authenticate", "Cf-Mitigated", "X-Vercel-Mitigated", "X-Amzn-Waf-Action", "X-Datadome", "X-Sucuri-Block"}

// walls are what services that keep programs out of sites say of themselves.
// Each row is a header and how its value begins ("" is any), as the service
// documents it: Cloudflare, Vercel, AWS WAF, DataDome, Sucuri; Akamai names its
// own server only in answers that are not the site's.
var walls = []struct{ header, value string }{
	{"Cf-Mitigated", ""},
	{"X-Vercel-Mitigated", ""},
	{"X-Amzn-Waf-Action", ""},
	{"X-Datadome", ""},
	{"X-Sucuri-Block", ""},
	{"Server", "akamaighost"},
}

// wallMarks stand in the pages that such services show in place of the site's.
var wallMarks = []string{
	"/cdn-cgi/challenge-platform/", "captcha-delivery.com", "_incapsula_resource", "px-captcha", "errors.edgesuite.net",
	"awswaf.com", "<title>just a moment...", "<title>attention required!",
}

// wall tells by what an answer without a page is known for one that turns
// programs away; "" when it may as well be an outage or a missing page.
func wall(status int, header http.Header, body []byte) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusTooManyRequests, http.StatusServiceUnavailable:
	default:
		return ""
	}
	for _, w := range walls {
		if value := header.Get(w.header); value != "" && strings.HasPrefix(strings.ToLower(value), w.value) {
			return line(fmt.Sprintf("%s: %.80s", strings.ToLower(w.header), value))
		}
	}
	text := bytes.ToLower(body[:min(len(body), 16<<10)])
	for _, mark := range wallMarks {
		if bytes.Contains(text, []byte(mark)) {
			return mark + " in its page"
		}
	}
	return ""
}

// Pages fetches article pages, each address once, and gives emit one Page for
// each, with the faults on it. robots.txt is obeyed on every hop. emit and ctx
// are as for Feeds.
func (c *Collector) Pages(ctx context.Context, urls []string, emit func(Page) error) error {
	jobs := make([]job, 0, len(urls))
	seen := map[string]bool{}
	for _, address := range urls {
		if seen[address] {
			continue
		}
		seen[address] = true
		jobs = append(jobs, job{host: hostName(address), name: withoutCredentials(address), do: func(ctx context.Context) func() error {
			page := c.pageSafely(ctx, address)
			if page.Error != "" && ctx.Err() != nil {
				return nil
			}
			return func() error { return emit(page) }
		}})
	}
	return c.run(ctx, jobs)
}

func withoutCredentials(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that can't be read"
	}
	u.User = nil
	return u.String()
}

func (c *Collector) pageSafely(ctx context.Context, address string) (page Page) {
	defer func() {
		if fault := recover(); fault != nil {
			page = Page{URL: address, FinalURL: address, Fetched: c.now().UTC()}
			page.Error = line(fmt.Sprintf("makes this program stumble (%v); please report it", fault))
		}
	}()
	return c.page(ctx, address)
}

func (c *Collector) page(ctx context.Context, address string) Page {
	page := Page{URL: address, FinalURL: address, Fetched: c.now().UTC()}
	if until := c.pausedUntil(c.host(hostKey(address))); until.After(c.now()) {
		page.Error = "its host wants to be left alone until " + until.UTC().Format("2006-01-02 15:04") + " UTC"
		return page
	}
	a, err := c.get(ctx, request{address: address, accept: pageAccept, each: c.obeyRobots})
	page.FinalURL, page.Hops, page.Status = a.final, a.hops, a.status
	if page.FinalURL == withoutFragment(address) {
		page.FinalURL = address
	}
	page.Header = map[string][]string{}
	keep := keptHeaders
	if err != nil || a.status != http.StatusOK {
		keep = slices.Concat(keptHeaders, faultHeaders)
		page.Wall = wall(a.status, a.header, a.body)
	}
	for _, name := range keep {
		if values := a.header.Values(name); len(values) > 0 {
			page.Header[name] = values
		}
	}
	switch {
	case err != nil:
		page.Error, page.Barred = why(err), errors.Is(err, errBarred)
	case a.status != http.StatusOK:
		page.Error = fmt.Sprintf("answers %d", a.status)
		if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
			if wait := retryAfter(a.header, c.now()); wait > 0 || a.status == http.StatusTooManyRequests {
				c.pause(c.host(hostKey(a.final)), c.now().Add(min(max(wait, time.Minute), maxDelay)))
			}
		}
	case len(a.body) == 0:
		page.Error = "is empty"
	default:
		page.Body = a.body
	}
	return page
}

func withoutFragment(address string) string {
	address, _, _ = strings.Cut(address, "#")
	return address
}

// obeyRobots refuses an address that the host's robots.txt forbids. When it had
// to ask for that file it waits for its turn once more.
func (c *Collector) obeyRobots(ctx context.Context, u *url.URL) error {
	asked, err := c.robotsAllow(ctx, u)
	if asked && err == nil {
		err = c.turn(ctx, c.pace(hostName(u.String())))
	}
	return err
}

// robotsAllow refuses an address that the host's robots.txt forbids. The file is
// asked for once a day and host (RFC 9309 section 2.4), where it can't be had
// once an hour.
func (c *Collector) robotsAllow(ctx context.Context, u *url.URL) (asked bool, err error) {
	h := c.host(hostKey(u.String()))
	h.mu.Lock()
	defer h.mu.Unlock()
	life := robotsLife
	if h.robots.denied {
		life = robotsRetry
	}
	if h.asked.IsZero() || c.now().Sub(h.asked) >= life {
		asked = true
		a, err := c.get(ctx, request{address: u.Scheme + "://" + u.Host + "/robots.txt", accept: "text/plain, */*;q=0.1", most: maxRobots, cut: true})
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if ours, _ := offline(err); ours || errors.Is(err, errForbidden) { // it says nothing of the server
			return false, err
		}
		switch {
		case err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests: // unreachable, section 2.3.1.4
			h.robots = robots{denied: true}
		case a.status == http.StatusOK:
			h.robots = parseRobots(a.body, "pullquote")
		default: // unavailable, section 2.3.1.3
			h.robots = robots{}
		}
		h.asked, h.recalled = c.now(), false
		if err != nil {
			return false, err // the page would end the same way, for the same reason
		}
	}
	if !h.robots.allows(u.RequestURI()) {
		if h.robots.denied {
			return false, fmt.Errorf("%w: the robots.txt of %s can't be had", errForbidden, u.Host)
		}
		return false, fmt.Errorf("%w: the robots.txt of %s forbids it", errBarred, u.Host)
	}
	return asked, nil
}
