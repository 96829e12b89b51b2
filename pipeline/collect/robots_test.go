package collect

import (
	"bytes"
	"testing"
)

// TestRobots: the rules of RFC 9309 section 2.2 and its examples.
func TestRobots(t *testing.T) {
	for _, c := range []struct {
		name, file, path string
		want             bool
	}{
		{"nothing", "", "/a", true},
		{"prefix", "User-agent: *\nDisallow: /a", "/ab", false},
		{"longest wins", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true},
		{"a tie allows", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
		{"own group alone counts", "User-agent: *\nDisallow: /\nUser-agent: pullquote\nDisallow: /x", "/a", true},
		{"name in any case, with a version", "user-agent: PullQuote/9.1\ndisallow: /a", "/a", false},
		{"groups of one name are one", "User-agent: pullquote\nDisallow: /a\n\nUser-agent: pullquote\nDisallow: /b", "/b", false},
		{"several agents, one group", "User-agent: other\nUser-agent: pullquote\nDisallow: /a", "/a", false},
		{"star inside", "User-agent: *\nDisallow: /*.pdf", "/x/y.pdf?z", false},
		{"end", "User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", true},
		{"end that holds", "User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", false},
		{"escapes compare equal", "User-agent: *\nDisallow: /a%2Fb/%7euser", "/a%2fb/~user", false},
		{"beyond ASCII", "User-agent: *\nDisallow: /caf\u00e9", "/caf%C3%A9", false},
		{"empty disallow", "User-agent: *\nDisallow:", "/a", true},
		{"comment", "User-agent: * # all\nDisallow: /a # b", "/a", false},
		{"carriage returns, a mark", "\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", false},
		{"the file itself", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"other lines between", "User-agent: *\nCrawl-delay: 9\nSitemap: /s\nDisallow: /a", "/a", false},
		{"query", "User-agent: *\nDisallow: /a?b=", "/a?b=1", false},
		{"many stars", "User-agent: *\nDisallow: /*a*a*a*a*a*a*a*a*a*a*b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
	} {
		if got := parseRobots([]byte(c.file), "pullquote").allows(c.path); got != c.want {
			t.Errorf("%s: %s allowed %v, want %v", c.name, c.path, got, c.want)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /*.pdf$\nAllow: /%7e"), "/a%")
	f.Fuzz(func(t *testing.T, file []byte, path string) {
		if !parseRobots(file, "pullquote").allows(path) && !bytes.Contains(bytes.ToLower(file), []byte("disallow")) {
			t.Errorf("%q is denied, and nothing denies it", path)
		}
	})
}
