package extract

// This file finds what security people look for in a text: identifiers,
// versions of products, and indicators of compromise. A pattern that may be
// something else is left out: precision before recall.

import (
	"net/netip"
	"net/url"
	"regexp"
	"sort"
	"strings"
)

// Indicator is something found in a text, with its place in bytes.
//
//	Kind     Value
//	cve      CVE-2024-3094, and likewise "cwe", "capec" and "ghsa"
//	attack   a MITRE ATT&CK id: T1059.001, TA0001, G0007
//	cvss     a CVSS vector, as it stands
//	version  a product and its version, with the bound if one is stated: "Vim before 8.1.1365"
//	address  an IPv4 or IPv6 address, refanged
//	domain   a host name, refanged, lower case
//	hash     an MD5, SHA-1, SHA-256 or SHA-512 in hexadecimal, lower case
type Indicator struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Start int    `json:"start"` // byte offsets in the text
	End   int    `json:"end"`
}

// The forms are those of their keepers: CVE JSON 5 (four digits or more after
// the year), CWE and CAPEC lists, GitHub advisories (three groups of four from
// an alphabet without vowels), MITRE ATT&CK (T1234, T1234.001, TA0001), FIRST
// CVSS 2 to 4 vectors.
var indicatorForms = []struct {
	kind string
	form func() *regexp.Regexp
}{
	{"cve", pattern(`(?i)\bCVE[-‐‑–](1999|20\d\d)[-‐‑–](\d{4,7})\b`)},
	{"cwe", pattern(`(?i)\bCWE[-‐‑–](\d{1,4})\b`)},
	{"capec", pattern(`(?i)\bCAPEC[-‐‑–](\d{1,3})\b`)},
	{"ghsa", pattern(`(?i)\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}\b`)},
	{"attack", pattern(`\bT1\d{3}(?:\.\d{3})?\b|\bTA00\d\d\b`)},
	{"cvss", pattern(`\bCVSS:(?:3\.[01]|4\.0)(?:/[A-Z]{1,3}:[A-Za-z]{1,7}){8,32}|\bAV:[NAL]/AC:[LMH]/Au:[NSM]/C:[NPC]/I:[NPC]/A:[NPC]\b|\bAV:[NALP]/AC:[LH]/PR:[NLH]/UI:[NR]/S:[UC]/C:[NLH]/I:[NLH]/A:[NLH]\b`)},
	{"hash", pattern(`\b(?:[0-9a-f]+|[0-9A-F]+)\b`)},
	{"address", pattern(`\b[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}`)},
}

var (
	// attackGroups are ATT&CK's groups, software and mitigations: short enough
	// to be something else, so the text must speak of ATT&CK.
	attackGroups = pattern(`\b(?:G[01]\d{3}|S[01]\d{3}|M10\d\d)\b`)
	saysATTACK   = pattern(`ATT&CK|\bMITRE\b`)

	// dotted is a host name or an IPv4 address, its dots written in any of the
	// ways that keep it from being clicked.
	dotted    = pattern(`(?i)[a-z0-9_-]+(?:(?:\.|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[\.|\\\.)[a-z0-9_-]+)+`)
	dotForms  = pattern(`(?i)\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[\.|\\\.`)
	hostileAt = pattern(`(?i)\b(?:c2|c&c|c2s|command[- ]and[- ]control|malicious\w*|malware|phish\w*|beacon\w*|exfiltrat\w*|payloads?|iocs?|indicators? of compromise|attackers?|adversar\w+|dropper\w*|typosquat\w*|look-?alike|sinkhol\w*|backdoor\w*|stealer\w*|botnet\w*|trojan\w*|ransomware|implant\w*)\b`)

	// plainEndings are the top-level domains believed without a defanged dot:
	// none is a file's ending or a programming language's.
	plainEndings = wordSet(`com net org info biz edu gov mil int io co us uk de fr nl eu ru cn ir kp br in jp kr su ua pl ch at be it es se no fi dk cz xyz top site online club shop store live icu vip pw tk ml ga cf gq space website tech fun example test`)

	// knownGood are hosts that articles name and that are nobody's indicator;
	// their subdomains are covered.
	knownGood = wordSet(`google.com googleapis.com youtube.com gstatic.com microsoft.com microsoftonline.com office.com office365.com live.com windows.com windowsupdate.com azure.com bing.com apple.com icloud.com amazon.com amazonaws.com facebook.com meta.com instagram.com whatsapp.com twitter.com x.com linkedin.com reddit.com medium.com substack.com github.com github.io githubusercontent.com gitlab.com bitbucket.org stackoverflow.com sourceforge.net wikipedia.org wikimedia.org archive.org mozilla.org cloudflare.com akamai.com fastly.com npmjs.com pypi.org crates.io rubygems.org docker.com docker.io debian.org ubuntu.com redhat.com kernel.org apache.org python.org golang.org nodejs.org oracle.com cisco.com ibm.com adobe.com dropbox.com slack.com zoom.us discord.com telegram.org signal.org virustotal.com shodan.io mitre.org nist.gov cisa.gov first.org cve.org owasp.org sans.org w3.org schema.org ietf.org iana.org icann.org letsencrypt.org haveibeenpwned.com bleepingcomputer.com krebsonsecurity.com example.com example.org example.net asp.net vb.net ado.net paint.net socket.io draw.io`)

	// publicResolvers are addresses in every text on networks.
	publicResolvers = wordSet(`8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 4.2.2.2`)
)

// Indicators finds what security people look for in a text, in the order of
// its places. No two overlap. Its time is linear in the text.
func Indicators(text string) []Indicator { return indicators(text, nil) }

// Indicators finds what security people look for in the article's Text. The
// article's own host is not reported.
func (a Article) Indicators() []Indicator {
	var own []string
	for _, address := range []string{a.URL, a.Canonical} {
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
			own = append(own, strings.TrimPrefix(lowerASCII(u.Hostname()), "www."))
		}
	}
	return indicators(a.Text(), own)
}

func indicators(text string, own []string) []Indicator {
	var out []Indicator
	for _, f := range indicatorForms {
		for _, at := range f.form().FindAllStringSubmatchIndex(text, -1) {
			start, end := at[0], at[1]
			value := text[start:end]
			switch f.kind {
			case "cve", "cwe", "capec":
				value = strings.ToUpper(f.kind)
				for i := 2; i < len(at); i += 2 {
					value += "-" + text[at[i]:at[i+1]]
				}
				if strings.Trim(value[strings.LastIndexByte(value, '-')+1:], "0") == "" {
					continue // a placeholder
				}
			case "ghsa":
				value = "GHSA" + lowerASCII(value[4:])
			case "attack":
				if value == "T1000" {
					continue // no technique, but a film's robot
				}
			case "hash":
				if !isHash(text, start, end) {
					continue
				}
				value = lowerASCII(value)
			case "address":
				value = strings.TrimRight(value, ":")
				end = start + len(value)
				ip, err := netip.ParseAddr(value)
				if err != nil || strings.Count(value, ":") < 3 || end < len(text) && wordByte(text[end]) || start > 0 && text[start-1] == ':' {
					continue
				}
				value = ip.String()
			}
			out = append(out, Indicator{f.kind, value, start, end})
		}
	}
	if saysATTACK().MatchString(text) {
		for _, at := range attackGroups().FindAllStringIndex(text, -1) {
			out = append(out, Indicator{"attack", text[at[0]:at[1]], at[0], at[1]})
		}
	}
	out = append(out, versions(text)...)
	for _, at := range dotted().FindAllStringIndex(text, -1) {
		if i, ok := hostOrAddress(text, at[0], at[1], own); ok {
			out = append(out, i)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Start != out[j].Start {
			return out[i].Start < out[j].Start
		}
		return out[i].End > out[j].End
	})
	kept := out[:0]
	for _, i := range out {
		if len(kept) == 0 || i.Start >= kept[len(kept)-1].End {
			kept = append(kept, i)
		}
	}
	return kept
}

// isHash tells whether hexadecimal digits are a digest: of a digest's length,
// with letters and digits, and neither part of an address nor a commit's name.
func isHash(text string, start, end int) bool {
	switch end - start {
	case 32, 40, 64, 128:
	default:
		return false
	}
	value := text[start:end]
	if !strings.ContainsAny(value, "0123456789") || strings.Trim(value, "0123456789") == "" {
		return false
	}
	distinct := map[byte]bool{}
	for i := range len(value) {
		distinct[value[i]] = true
	}
	if len(distinct) < 6 || start > 0 && strings.IndexByte("/@=-.#&?%+", text[start-1]) >= 0 || end < len(text) && strings.IndexByte("/@=-+", text[end]) >= 0 {
		return false
	}
	before := lowerASCII(text[max(0, start-24):start])
	for _, w := range []string{"commit", "revision", "rev ", "git", "tree", "token", "api key", "key", "nonce", "uuid", "cookie", "session"} {
		if strings.Contains(before, w) {
			return false
		}
	}
	return true
}

// hostOrAddress judges what stands between dots.
func hostOrAddress(text string, start, end int, own []string) (Indicator, bool) {
	written := text[start:end]
	value := lowerASCII(dotForms().ReplaceAllString(written, "."))
	defanged := len(value) != len(written)
	labels := strings.Split(value, ".")
	if strings.Trim(value, "0123456789.") == "" {
		ip, err := netip.ParseAddr(value)
		if err != nil || len(labels) != 4 || publicResolvers[value] {
			return Indicator{}, false
		}
		if !defanged && (!ip.IsGlobalUnicast() || ip.IsPrivate() || labels[0] == "0" || ip.As4()[0] >= 240 || ip.As4()[3] == 0 || saysVersion(text, start)) {
			return Indicator{}, false
		}
		if start > 0 && (wordByte(text[start-1]) || text[start-1] == '.') || end < len(text) && wordByte(text[end]) {
			return Indicator{}, false
		}
		if end < len(text) && text[end] == '/' && end+1 < len(text) && digit(text[end+1]) && !defanged {
			return Indicator{}, false // a network, not an address
		}
		return Indicator{"address", ip.String(), start, end}, true
	}
	ending := labels[len(labels)-1]
	if len(ending) < 2 || len(value) > 253 || strings.Trim(ending, "abcdefghijklmnopqrstuvwxyz") != "" && !strings.HasPrefix(ending, "xn--") {
		return Indicator{}, false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return Indicator{}, false
		}
	}
	if start > 0 && (text[start-1] == '@' || text[start-1] == '.') || end < len(text) && text[end] == '@' {
		return Indicator{}, false
	}
	for i := range labels[:len(labels)-1] {
		if knownGood[strings.Join(labels[i:], ".")] {
			return Indicator{}, false
		}
	}
	for _, host := range own {
		if value == host || strings.HasSuffix(value, "."+host) || strings.HasSuffix(host, "."+value) {
			return Indicator{}, false
		}
	}
	if !defanged {
		path := start > 0 && strings.IndexByte(`/\_=%`, text[start-1]) >= 0
		schemed := strings.HasSuffix(text[:start], "://")
		fanged := schemed && strings.HasSuffix(lowerASCII(text[max(0, start-8):start]), "xxps://") || strings.HasSuffix(lowerASCII(text[max(0, start-7):start]), "hxxp://")
		if path && !schemed || !plainEndings[ending] || value != written ||
			!fanged && !hostileAt().MatchString(text[sentenceStart(text, start):min(len(text), end+40)]) {
			return Indicator{}, false
		}
	}
	return Indicator{"domain", value, start, end}, true
}

// sentenceStart goes back to where the sentence begins that holds a place, 120
// bytes at most.
func sentenceStart(text string, at int) int {
	from := max(0, at-120)
	if i := strings.LastIndex(text[from:at], ". "); i >= 0 {
		from += i + 2
	}
	if i := strings.LastIndex(text[from:at], "\n\n"); i >= 0 {
		from += i + 2
	}
	return from
}

var (
	numbers      = pattern(`\b[vV]?(\d+(?:\.\d+){1,4}(?:[a-z]\d{0,3}|-?(?:rc|beta|alpha|p|sp|preview)\.?\d{0,3})?)\b`)
	versionCues  = wordSet(`version versions ver release v before through until below to than`)
	bounds       = wordSet(`before through until below prior earlier up to than and including older`)
	notProducts  = wordSet(`the a an in on at of for with and or but over about nearly roughly some only from since after when while this that these those its their our figure table section chapter page part appendix step rule article paragraph clause point item level stage phase option score scores scored rated rating base severity cvss tls ssl http https ipv4 ipv6 oauth openid usb wpa bluetooth wi-fi smb snmp saml ldap pci dss iso rfc api january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday version versions release upgrade update install affected fixed patched all between by to is are was were it he she they we i if as no yes around almost up down more less than average total approximately q1 q2 q3 q4 eur usd gbp network subnet server host address ip port resolver`)
	lowerProduct = wordSet(`curl nginx sudo vim systemd glibc bash git npm pip rsync libwebp xz zlib log4j runc containerd node php perl ruby python libcurl openssl openssh httpd tomcat jetty samba bind exim postfix dovecot wget busybox dnsmasq polkit grub libxml2 libpng ffmpeg etcd kubelet kubectl`)
	units        = pattern(`^ ?(?:%|percent|per cent|million|billion|trillion|thousand|bn\b|[kKMGTP]i?[bB]\b|[kKMGT]bps|[mkx]\b|times\b|seconds|minutes|hours|days|weeks|months|years|ms\b|km\b|points?\b|stars?\b|out of|of 10|/ ?10|dollars|euros|pounds|people|users|lakh|crore|inch)`)
)

// saysVersion tells whether the word before a number says that it is a
// version, or is a product's name as no other word is written.
func saysVersion(text string, at int) bool {
	if at > 0 && (text[at-1] == 'v' || text[at-1] == 'V') {
		return true
	}
	w, _ := wordBefore(text, at)
	return versionCues[lowerASCII(w)] && lowerASCII(w) != "to" || productWord(w) && oddCase(w)
}

// wordBefore gives the word that ends before at on the same line, parted by
// one space, and where it begins.
func wordBefore(text string, at int) (string, int) {
	if at == 0 || text[at-1] != ' ' {
		return "", at
	}
	end := at - 1
	start := end
	for start > 0 && end-start < 40 && (wordByte(text[start-1]) || strings.IndexByte("+-&./", text[start-1]) >= 0) {
		start--
	}
	word := text[start:end]
	if strings.HasSuffix(word, ".") || start > 0 && text[start-1] >= 0x80 {
		return "", at
	}
	return word, start
}

func productWord(w string) bool {
	if len(w) < 2 || notProducts[lowerASCII(w)] || strings.Trim(w, "0123456789.+-/&") == "" {
		return false
	}
	return w[0] >= 'A' && w[0] <= 'Z' || lowerProduct[w] || oddCase(w)
}

// oddCase tells whether a word is written as names of products are: with a
// capital or a digit inside, or one we know.
func oddCase(w string) bool {
	return len(w) > 1 && (strings.ContainsAny(w[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") || lowerProduct[lowerASCII(w)])
}

// versions finds the versions of products: a name, then perhaps "version" or a
// bound ("before"), then a number. A number of two parts is believed when a
// word says that it is a version or the name can be nothing but a product's.
func versions(text string) []Indicator {
	var out []Indicator
	for _, at := range numbers().FindAllStringSubmatchIndex(text, -1) {
		start, end := at[0], at[1]
		number := text[at[2]:at[3]]
		parts := strings.Count(number, ".") + 1
		if start > 0 && text[start-1] != ' ' || end < len(text) && strings.IndexByte("/:@_$€£%[", text[end]) >= 0 || units().MatchString(text[end:min(len(text), end+16)]) {
			continue
		}
		if end+1 < len(text) && text[end] == '.' && digit(text[end+1]) || start > 0 && looksLikeDate(number) {
			continue
		}
		cue := at[2] > start // the v of v1.2
		bound := ""
		place := start
		for range 4 {
			w, from := wordBefore(text, place)
			low := lowerASCII(w)
			if !versionCues[low] && !bounds[low] {
				break
			}
			if strings.HasPrefix(low, "ver") || low == "release" || low == "v" {
				cue = true
			} else {
				bound = low + " " + bound
			}
			place = from
		}
		if b := strings.TrimSpace(bound); b == "to" || b == "and" || b == "than" {
			continue
		}
		name, from := wordBefore(text, place)
		if !productWord(name) {
			continue
		}
		if parts == 2 && !cue && bound == "" && !oddCase(name) {
			continue
		}
		if ip, err := netip.ParseAddr(number); err == nil && ip.Is4() && !cue && bound == "" && !oddCase(name) {
			continue
		}
		for range 2 { // names of up to three words
			w, begin := wordBefore(text, from)
			if begin == from || !productWord(w) || w[0] < 'A' || w[0] > 'Z' || leads(w) {
				break
			}
			name, from = w+" "+name, begin
		}
		out = append(out, Indicator{"version", name + " " + bound + number, from, end})
	}
	return out
}

// leads tells whether a capital letter comes from the sentence rather than from
// a name.
func leads(w string) bool { return stopWords()[lowerASCII(w)] || orders[lowerASCII(w)] }

// looksLikeDate tells whether a number is a date such as 24.11.2026 or 2026.11.24.
func looksLikeDate(number string) bool {
	p := strings.Split(number, ".")
	if len(p) != 3 {
		return false
	}
	year := func(s string) bool { return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") }
	return len(p[0]) <= 2 && len(p[1]) <= 2 && year(p[2]) || year(p[0]) && len(p[1]) == 2 && len(p[2]) == 2
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
