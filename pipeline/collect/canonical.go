package collect

// The canonical address: one key for one story, whoever links to it and
// however. It is a key, never what a reader is sent to: the link as given is
// kept for that. Where it is not certain that two addresses are one story they
// stay two. What is known of hosts and parameters is data, in
// canonical_data.go.

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Canonical gives the one address under which a story is known. Scheme and
// host are folded, the default port, dot segments, tracking parameters and the
// fragment go (a route, #! or #/, stays), percent-escapes are written in one
// way (RFC 3986 section 6.2.2), click wrappers are undone where the target
// stands in the address, AMP and mobile variants become the page they vary.
// The query is neither sorted nor written anew, and http stays http.
// Canonical(Canonical(u)) = Canonical(u). An address that is not http or https,
// has no host or carries credentials is an error.
func Canonical(raw string) (string, error) {
	if len(raw) > maxLinkBytes {
		return "", fmt.Errorf("address is longer than %d bytes", maxLinkBytes)
	}
	address := strings.TrimSpace(raw)
	for range 50 { // undone wrappers may hold wrappers
		next, err := canonicalOnce(address)
		if err != nil {
			return "", err
		}
		if next == address {
			return address, nil
		}
		address = next
	}
	return "", errors.New("address is wrapped too often")
}

func canonicalOnce(address string) (string, error) {
	if !utf8.ValidString(address) {
		return "", errors.New("address is not valid UTF-8")
	}
	address = resolve(address, "")
	if address == "" {
		return "", errors.New("address is not http or https, or carries credentials")
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("address can't be read: %w", err)
	}
	host, port, err := canonicalHost(u)
	if err != nil {
		return "", err
	}
	if target := unwrap(host, u); target != "" {
		return target, nil
	}
	path := canonicalPath(u.EscapedPath())
	query := u.RawQuery
	host, path, query = applyHostRules(host, path, query)
	path, host = withoutAMP(host, path)
	query = withoutTracking(host, query)

	var out strings.Builder
	out.WriteString(u.Scheme + "://" + host)
	if port != "" {
		out.WriteString(":" + port)
	}
	out.WriteString(path)
	if query != "" {
		out.WriteString("?" + query)
	}
	if f := u.EscapedFragment(); strings.HasPrefix(f, "!") || strings.HasPrefix(f, "/") && len(f) > 1 {
		out.WriteString("#" + f)
	}
	return out.String(), nil
}

// canonicalHost folds the host; the port is "" when it is the scheme's own.
func canonicalHost(u *url.URL) (host, port string, err error) {
	host, port = strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		port = ""
	}
	if strings.Contains(host, ":") {
		ip, err := netip.ParseAddr(host)
		if err != nil || ip.Zone() != "" {
			return "", "", fmt.Errorf("host %q can't be read", host)
		}
		return "[" + ip.String() + "]", port, nil
	}
	if !isASCII(host) || strings.Contains(host, "xn--") {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", "", fmt.Errorf("host %q is no domain name", host)
		}
		host = ascii
	}
	if host == "" || strings.ContainsAny(host, "%/\\?#@ ") {
		return "", "", fmt.Errorf("host %q is no domain name", host)
	}
	return host, port, nil
}

// canonicalPath writes each escape in one way and removes dot segments.
func canonicalPath(escaped string) string {
	var out strings.Builder
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '%' && i+2 < len(escaped) && isHex(escaped[i+1]) && isHex(escaped[i+2]) {
			c := unhex(escaped[i+1])<<4 | unhex(escaped[i+2])
			if nameByte(c) && c != ':' && c < utf8.RuneSelf || c == '~' { // RFC 3986 2.3, unreserved
				out.WriteByte(c)
			} else {
				out.WriteString(strings.ToUpper(escaped[i : i+3]))
			}
			i += 2
			continue
		}
		out.WriteByte(escaped[i])
	}
	p := out.String()
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	if !strings.Contains(p, "/.") {
		return p
	}
	// path.Clean would merge double slashes, which some servers tell apart.
	var kept []string
	segments := strings.Split(p[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, s)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// unwrap gives the target of a click wrapper, "" when the address is none.
func unwrap(host string, u *url.URL) string {
	for _, w := range wrappers {
		if !hostMatches(host, w.host) || !strings.HasPrefix(u.Path, w.path) {
			continue
		}
		if w.decode != nil {
			if target := resolve(w.decode(u), ""); target != "" {
				return target
			}
			continue
		}
		for _, pair := range strings.Split(u.RawQuery, "&") {
			name, value, _ := strings.Cut(pair, "=")
			for _, param := range w.params {
				if name != param {
					continue
				}
				plain, err := url.QueryUnescape(value)
				if err != nil {
					continue
				}
				if target := resolve(plain, ""); target != "" {
					return target
				}
			}
		}
	}
	return ""
}

// Unwrapped gives the target of a click wrapper, of a wrapper in it, and so on;
// an address that wraps nothing is given back as it is.
func Unwrapped(address string) string {
	for range 5 {
		u, err := url.Parse(address)
		if err != nil {
			return address
		}
		target := unwrap(strings.ToLower(u.Hostname()), u)
		if target == "" {
			return address
		}
		address = target
	}
	return address
}

// hostMatches compares a host with a rule: "e.com", or ".e.com" for e.com and
// everything under it; ".*" at its end stands for any public suffix.
func hostMatches(host, rule string) bool {
	if name, any := strings.CutSuffix(rule, "*"); any {
		name, under := strings.CutPrefix(name, ".")
		i := strings.Index(host, name)
		if i < 0 || i > 0 && (!under || host[i-1] != '.') {
			return false
		}
		suffix := host[i+len(name):]
		found, _ := publicsuffix.PublicSuffix(suffix)
		return suffix != "" && found == suffix
	}
	if strings.HasPrefix(rule, ".") {
		return host == rule[1:] || strings.HasSuffix(host, rule)
	}
	return host == rule
}

func applyHostRules(host, p, query string) (string, string, string) {
	if host == "amp.cnn.com" { // amp.cnn.com/cnn/2026/...
		p = strings.TrimPrefix(p, "/cnn")
	}
	if to, ok := hostAliases[host]; ok {
		host = to
	}
	for _, project := range wikimedia {
		if name, ok := strings.CutSuffix(host, ".m."+project); ok { // en.m.wikipedia.org
			host = name + "." + project
		} else if host == "m."+project {
			host = "www." + project
		}
	}
	switch {
	case host == "youtu.be" && len(p) > 1 && !strings.Contains(p[1:], "/"):
		host, query = "www.youtube.com", strings.TrimSuffix("v="+p[1:]+"&"+query, "&")
		p = "/watch"
	case host == "arxiv.org" && strings.HasPrefix(p, "/pdf/"): // arXiv answers with and without the ending
		p = strings.TrimSuffix(p, ".pdf")
	}
	return host, p, query
}

// withoutAMP undoes the variants AMP pages are published under.
func withoutAMP(host, p string) (string, string) {
	if rest, ok := strings.CutPrefix(host, "amp."); ok {
		// amp.dev is a site of its own: what remains must be one, too.
		if _, err := publicsuffix.EffectiveTLDPlusOne(rest); err == nil {
			host = rest
		}
	}
	page := strings.TrimSuffix(strings.TrimSuffix(p, "/"), "/amp")
	isName := nameHosts[host] || collections[strings.ToLower(page[strings.LastIndexByte(page, '/')+1:])]
	switch dir, base := path.Split(p); {
	case base == "amp" && dir != "/" && !isName:
		p = strings.TrimSuffix(dir, "/")
	case base == "" && strings.HasSuffix(dir, "/amp/") && dir != "/amp/" && !isName:
		p = strings.TrimSuffix(dir, "amp/")
	case (host == "www.bbc.com" || host == "www.bbc.co.uk") && strings.Contains(p, "/amp/"): // /news/amp/world-1
		p = strings.Replace(p, "/amp/", "/", 1)
	case strings.HasSuffix(base, ".amp.html"):
		p = strings.TrimSuffix(p, ".amp.html") + ".html"
	case strings.HasSuffix(base, ".amp") && base != ".amp":
		p = strings.TrimSuffix(p, ".amp")
	}
	return p, host
}

// withoutTracking drops parameters that only say where a click came from. The
// others stay byte for byte and in their order.
func withoutTracking(host, query string) string {
	if query == "" {
		return ""
	}
	var kept []string
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair == "" || isTracking(host, name, value) {
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}

func isTracking(host, name, value string) bool {
	lower := strings.ToLower(name)
	names, prefixes := trackingNames()
	if names[lower] {
		return true
	}
	for _, prefix := range prefixes {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	if (lower == "amp" || lower == "_amp" || lower == "isamp") && (value == "" || value == "1" || value == "true") || lower == "outputtype" && value == "amp" {
		return true
	}
	ofHosts := hostNames()
	for i, rule := range hostTracking {
		if ofHosts[i][lower] && hostMatches(host, rule.host) {
			return true
		}
	}
	return false
}
