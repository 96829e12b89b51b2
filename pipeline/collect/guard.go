package collect

// The guard: where a request may go. A stranger's address, redirect or name
// server must not lead this program into the network it runs in. Addresses are
// checked at the moment of connecting, so that a name which resolves twice is
// checked on the answer that is used; names and ports are checked before.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

const maxRedirects = 10

// errForbidden is wrapped by every refusal of the guard.
var errForbidden = errors.New("is not asked")

type guard struct {
	allow   map[string]bool // "host" or "host:port", lower case
	proxy   string          // host:port of the proxy; empty: none
	safe    *ssrf.Guardian
	open    net.Dialer // for allowed hosts and the proxy
	checked net.Dialer
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error)
}

func newGuard(allow []string, proxy *url.URL) *guard {
	g := &guard{allow: map[string]bool{}}
	for _, a := range allow {
		g.allow[strings.ToLower(strings.TrimSpace(a))] = true
	}
	if proxy != nil {
		g.proxy = net.JoinHostPort(proxy.Hostname(), portOf(proxy))
	}
	g.safe = ssrf.New(
		ssrf.WithPorts(80, 443, 8080, 8443),
		// Azure's wire server answers machines inside on a public address.
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")),
	)
	g.open = net.Dialer{Timeout: 10 * time.Second}
	g.checked = net.Dialer{Timeout: 10 * time.Second, Control: g.safe.Safe}
	g.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	return g
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// dial connects; the check of the address runs inside, on the address used.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if g.proxy != "" && strings.EqualFold(address, g.proxy) {
		return g.open.DialContext(ctx, network, address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if g.allowed(host, port) {
		return g.open.DialContext(ctx, network, address)
	}
	return g.checked.DialContext(ctx, network, address)
}

func (g *guard) allowed(host, port string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return g.allow[host] || g.allow[net.JoinHostPort(host, port)] || g.allow[host+":"+port]
}

// check refuses an address before anything is sent. The error never holds
// credentials.
func (g *guard) check(ctx context.Context, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: its address can't be read", errForbidden)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: %.20q is neither http nor https", errForbidden, u.Scheme)
	}
	if u.User != nil {
		return nil, fmt.Errorf("%w: its address carries a name or password", errForbidden)
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), portOf(u)
	if !isASCII(host) { // letters and digits that only look otherwise are judged by what they stand for
		plain, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return nil, fmt.Errorf("%w: its host name is none", errForbidden)
		}
		host = plain
		if u.Port() == "" {
			u.Host = plain
		} else {
			u.Host = plain + ":" + port
		}
	}
	if host == "" || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return nil, fmt.Errorf("%w: its address names no host", errForbidden)
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery = escapeQuery(u.RawQuery)
	if g.allowed(host, port) {
		return u, nil
	}
	if !slices.Contains([]string{"80", "443", "8080", "8443"}, port) {
		return nil, fmt.Errorf("%w: port %s is not allowed", errForbidden, port)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if g.safe.SafeAddr(ip) != nil {
			return nil, fmt.Errorf("%w: %s is not a public address", errForbidden, host)
		}
		return u, nil
	}
	if numericHost(host) {
		return nil, fmt.Errorf("%w: %s is a number, not a name", errForbidden, host)
	}
	if !strings.Contains(host, ".") { // no site lives at a top-level domain, but printers do at such names
		return nil, fmt.Errorf("%w: %s is a name of the local network", errForbidden, host)
	}
	// RFC 6761, RFC 6762, RFC 8375, ICANN's reserved .internal, and what resolvers make of localhost.
	for _, local := range []string{"localhost", "localdomain", "local", "internal", "home.arpa"} {
		if host == local || strings.HasSuffix(host, "."+local) {
			return nil, fmt.Errorf("%w: %s is a name of the local network", errForbidden, host)
		}
	}
	if g.proxy == "" {
		return u, nil // dial checks the address
	}
	// A proxy connects for us and out of our sight. What the name means here
	// is the best that can be known of what it means there.
	for _, reserved := range []string{".example", ".test", ".invalid"} { // RFC 6761: never in the DNS
		if strings.HasSuffix(host, reserved) {
			return u, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	addresses, err := g.lookup(ctx, host)
	if err != nil {
		return u, nil // only the proxy knows names here
	}
	for _, ip := range addresses {
		if g.safe.SafeAddr(ip) != nil && g.safe.SafeAddr(ip.Unmap()) != nil {
			return nil, fmt.Errorf("%w: %s is not a public address", errForbidden, host)
		}
	}
	return u, nil
}

// escapeQuery writes what can't stand in a request line as the URL Standard
// does (its query percent-encode set); all else goes out as it was given.
func escapeQuery(query string) string {
	var out strings.Builder
	for i := 0; i < len(query); i++ {
		if c := query[i]; c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>' {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// numericHost says whether a name could be read as an IPv4 address in one of
// its odd forms (URL Standard 3.5: the last label is a number).
func numericHost(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.HasPrefix(last, "0x") {
		return true
	}
	for i := 0; i < len(last); i++ {
		if last[i] < '0' || last[i] > '9' {
			return false
		}
	}
	return last != ""
}
