package extract

// This file finds the identifiers that security people look for. A pattern
// that may be something else is left out: precision before recall.

import (
	"regexp"
	"sort"
)

// Indicator is an identifier found in a text, with its place in bytes. Kind is
// one of "cve", "cwe", "ghsa", "capec", "attack" and "cvss"; Value is the
// identifier in its usual spelling.
type Indicator struct {
	Kind, Value string
	Start, End  int
}

// The forms are those of their keepers: CVE JSON 5 (four digits or more after
// the year), CWE and CAPEC lists, GitHub advisories (three groups of four from
// an alphabet without vowels), MITRE ATT&CK (T1234, T1234.001, TA0001 and
// groups, software, mitigations), FIRST CVSS 2 to 4 vectors.
var indicatorForms = []struct {
	kind string
	form *regexp.Regexp
}{
	{"cve", regexp.MustCompile(`(?i)\bCVE[-‐‑–](1999|20\d\d)[-‐‑–](\d{4,7})\b`)},
	{"cwe", regexp.MustCompile(`(?i)\bCWE[-‐‑–](\d{1,4})\b`)},
	{"capec", regexp.MustCompile(`(?i)\bCAPEC[-‐‑–](\d{1,3})\b`)},
	{"ghsa", regexp.MustCompile(`(?i)\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}\b`)},
	{"attack", regexp.MustCompile(`\bT1\d{3}(?:\.\d{3})?\b|\bTA00\d\d\b`)},
	{"cvss", regexp.MustCompile(`\bCVSS:(?:3\.[01]|4\.0)(?:/[A-Z]{1,3}:[A-Za-z]{1,7}){8,32}|\bAV:[NAL]/AC:[LMH]/Au:[NSM]/C:[NPC]/I:[NPC]/A:[NPC]\b`)},
}

// Indicators finds the security identifiers of a text, in their order.
func Indicators(text string) []Indicator {
	var out []Indicator
	for _, f := range indicatorForms {
		for _, at := range f.form.FindAllStringSubmatchIndex(text, -1) {
			value := text[at[0]:at[1]]
			switch {
			case f.kind == "ghsa":
				value = "GHSA" + lowerASCII(value[4:])
			case f.kind == "attack" || f.kind == "cvss":
			default:
				value = map[string]string{"cve": "CVE", "cwe": "CWE", "capec": "CAPEC"}[f.kind]
				for i := 2; i < len(at); i += 2 {
					value += "-" + text[at[i]:at[i+1]]
				}
			}
			out = append(out, Indicator{f.kind, value, at[0], at[1]})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Start < out[j].Start })
	return out
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
