package collect

// robots.txt, RFC 9309: what a site's owner lets programs read. It is asked for
// article pages. The feeds the editor added herself are exempt: a feed is
// published to be fetched by programs, and she chose it.

import (
	"bufio"
	"maps"
	"slices"
	"strings"
	"time"
)

const maxRobots = 500 << 10 // bytes that are read, RFC 9309 section 2.5

type robotRule struct {
	allow   bool
	pattern string // escapes written in one way
}

// robots are the rules that hold for this program. The zero value allows all.
type robots struct {
	rules  []robotRule
	denied bool // the file can't be had: all is disallowed, RFC 9309 section 2.3.1.4
}

// parseRobots keeps the groups for the agent, or those for all when no group
// names it (RFC 9309 section 2.2.1).
func parseRobots(file []byte, agent string) robots {
	var own, all []robotRule
	named := false
	inOwn, inAll, inAgents := false, false, false
	scan := bufio.NewScanner(strings.NewReader(strings.ReplaceAll(strings.TrimPrefix(string(file[:min(len(file), maxRobots)]), "\ufeff"), "\r", "\n")))
	scan.Buffer(nil, maxRobots+1)
	for scan.Scan() {
		line, _, _ := strings.Cut(scan.Text(), "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch key {
		case "user-agent":
			if !inAgents {
				inOwn, inAll = false, false
			}
			inAgents = true
			if value == "*" {
				inAll = true
			} else if strings.EqualFold(productToken(value), agent) {
				inOwn, named = true, true
			}
		case "allow", "disallow":
			inAgents = false
			if value == "" {
				continue
			}
			rule := robotRule{key == "allow", canonicalEscapes(value)}
			if inOwn {
				own = append(own, rule)
			}
			if inAll {
				all = append(all, rule)
			}
		}
	}
	if named {
		return robots{rules: own}
	}
	return robots{rules: all}
}

// productToken is the part of a user-agent line that is compared.
func productToken(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_')
	})
	if end >= 0 {
		value = value[:end]
	}
	return value
}

// canonicalEscapes writes percent-escapes so that equal paths compare equal
// (RFC 9309 section 2.2.2); wildcards stay.
func canonicalEscapes(path string) string {
	var out strings.Builder
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]):
			c = unhex(path[i+1])<<4 | unhex(path[i+2])
			if nameByte(c) && c < 0x80 && c != ':' || c == '~' {
				out.WriteByte(c)
			} else {
				out.WriteString(strings.ToUpper(path[i : i+3]))
			}
			i += 2
		case c <= ' ' || c >= 0x7F:
			out.Write([]byte{'%', digits[c>>4], digits[c&15]})
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// allows says whether a path with its query may be read: the longest matching
// rule decides, and allow wins a tie (RFC 9309 section 2.2.2).
func (r robots) allows(path string) bool {
	if r.denied {
		return false
	}
	path = canonicalEscapes(path)
	if path == "/robots.txt" {
		return true
	}
	allowed, longest := true, -1
	for _, rule := range r.rules {
		if n := len(rule.pattern); (n > longest || n == longest && rule.allow) && robotMatch(rule.pattern, path) {
			allowed, longest = rule.allow, n
		}
	}
	return allowed
}

// robotMatch matches a prefix pattern with * for any text and $ for the end,
// without backtracking.
func robotMatch(pattern, path string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	path = path[len(parts[0]):]
	for i, part := range parts[1:] {
		if anchored && i == len(parts)-2 {
			return strings.HasSuffix(path, part)
		}
		at := strings.Index(path, part)
		if at < 0 {
			return false
		}
		path = path[at+len(part):]
	}
	return !anchored || path == ""
}

// HostFact is what is to be remembered of a server between runs: its robots.txt
// is asked for once a day, and it may want to be left alone. inbox keeps it.
type HostFact struct {
	Host   string    // host:port
	Paused time.Time // not to be asked before; zero when it may be
	Asked  time.Time // for robots.txt; zero when never
	Denied bool      // robots.txt could not be had: nothing may be read
	Rules  []string  // of robots.txt for this program: "allow /a", "disallow /b"
}

// Recall gives the collector what earlier runs learned. What it has learned
// itself stays.
func (c *Collector) Recall(facts []HostFact) {
	now := c.now()
	for _, f := range facts {
		h := c.host(f.Host)
		if f.Paused.Before(now.Add(maxDelay + time.Hour)) { // else it was set under a wrong clock
			c.pause(h, f.Paused)
		}
		h.mu.Lock()
		if h.asked.IsZero() && !f.Asked.After(now) {
			h.asked, h.recalled = f.Asked, true
			h.robots = robots{denied: f.Denied}
			for _, rule := range f.Rules {
				kind, pattern, _ := strings.Cut(rule, " ")
				h.robots.rules = append(h.robots.rules, robotRule{kind == "allow", pattern})
			}
		}
		h.mu.Unlock()
	}
}

// Learned gives what is worth remembering of servers and was not recalled.
func (c *Collector) Learned() []HostFact {
	c.mu.Lock()
	hosts := maps.Clone(c.hosts)
	c.mu.Unlock()
	var facts []HostFact
	now := c.now()
	for name, h := range hosts {
		f := HostFact{Host: name}
		if until := c.pausedUntil(h); until.After(now) {
			f.Paused = until
		}
		h.mu.Lock()
		if !h.recalled || !f.Paused.IsZero() {
			f.Asked, f.Denied = h.asked, h.robots.denied
			for _, rule := range h.robots.rules {
				kind := "disallow"
				if rule.allow {
					kind = "allow"
				}
				f.Rules = append(f.Rules, kind+" "+rule.pattern)
			}
		}
		h.mu.Unlock()
		if !f.Asked.IsZero() || !f.Paused.IsZero() {
			facts = append(facts, f)
		}
	}
	slices.SortFunc(facts, func(a, b HostFact) int { return strings.Compare(a.Host, b.Host) })
	return facts
}
