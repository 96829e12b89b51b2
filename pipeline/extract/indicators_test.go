package extract

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// snippets are sentences as security writing has them, each with what must be
// found in it, "kind value". Half of them hold only what looks like something.
var snippets = []struct {
	text  string
	wants []string
}{
	{"The flaw, tracked as CVE-2031-40417, was fixed on Tuesday.", []string{"cve CVE-2031-40417"}},
	{"See cve‑2029‑1187 and CVE-2029-1188.", []string{"cve CVE-2029-1187", "cve CVE-2029-1188"}},
	{"An identifier of the form CVE-2031-XXXX will be assigned.", nil},
	{"CVE-2031-0000 is a placeholder in the template.", nil},
	{"It is a classic CWE-79, not CWE-352.", []string{"cwe CWE-79", "cwe CWE-352"}},
	{"The pattern is CAPEC-66 in the catalogue.", []string{"capec CAPEC-66"}},
	{"Read GHSA-jfh8-c2jp-5v3q before you merge.", []string{"ghsa GHSA-jfh8-c2jp-5v3q"}},
	{"The ticket is GHSA-aaaa-bbbb, which is no advisory.", nil},
	{"They used PowerShell (T1059.001) after Initial Access, TA0001.", []string{"attack T1059.001", "attack TA0001"}},
	{"The robot of the second film was a T1000.", nil},
	{"MITRE lists the crew as G0046 and its loader as S0447.", []string{"attack G0046", "attack S0447"}},
	{"The printer is a G0046 from the spring catalogue.", nil},
	{"Their vector is CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H, which gives 9.8.", []string{"cvss CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
	{"Without its prefix: AV:L/AC:H/PR:L/UI:R/S:C/C:L/I:N/A:N.", []string{"cvss AV:L/AC:H/PR:L/UI:R/S:C/C:L/I:N/A:N"}},
	{"In the old scheme it was AV:N/AC:L/Au:N/C:P/I:P/A:P.", []string{"cvss AV:N/AC:L/Au:N/C:P/I:P/A:P"}},
	{"It scored 9.8 of 10 under CVSS 3.1.", nil},
	{"Everything before OpenSSH 9.3p2 is affected.", []string{"version OpenSSH 9.3p2"}},
	{"Vim before 8.1.1365 runs what a file tells it to.", []string{"version Vim before 8.1.1365"}},
	{"Upgrade to Harbour Gateway version 4.2 this week.", []string{"version Harbour Gateway 4.2"}},
	{"The team moved from nginx 1.24.0 to nginx 1.25.3 overnight.", []string{"version nginx 1.24.0", "version nginx 1.25.3"}},
	{"FortiMoat 7.4 and PAN-OS 10.2 share the parser.", []string{"version FortiMoat 7.4", "version PAN-OS 10.2"}},
	{"Chrome 141.0.7390.54 closes the hole.", []string{"version Chrome 141.0.7390.54"}},
	{"Nearly 4.2 million people were told in May 3.5 weeks later.", nil},
	{"Revenue rose to 1.3 billion, Reuters reported, and Section 3.2.1 explains why.", nil},
	{"The handshake is that of TLS 1.3 over HTTP 1.1.", nil},
	{"On 24.11.2031 the board met; Tuesday 24.11.2031 it was.", nil},
	{"See Figure 2.4.1, Table 3.1 and Chapter 1.2.3 of the handbook.", nil},
	{"About 2.5 percent of hosts answered within 1.5 seconds.", nil},
	{"Stolen records left for 203.0.113.77 every night.", []string{"address 203.0.113.77"}},
	{"The implant calls 198.51.100[.]23 and 198[.]51[.]100[.]24.", []string{"address 198.51.100.23", "address 198.51.100.24"}},
	{"The laptop had 192.168.1.20, the gateway 10.0.0.1, and both pinged 127.0.0.1.", nil},
	{"Name resolution went through 8.8.8.8 as usual.", nil},
	{"They blocked 203.0.113.0/24 at the edge.", nil},
	{"The number 999.300.12.4 is no address.", nil},
	{"Moatware version 2.4.1.7 fixes it.", []string{"version Moatware 2.4.1.7"}},
	{"Traffic went to 2001:db8:40::1f over port 443.", []string{"address 2001:db8:40::1f"}},
	{"The outage lasted from 10:20:30 to 2031:11:24.", nil},
	{"std::string and ffff::unique_ptr are types, and so is 20::x.", nil},
	{"The loader fetches update-cdn[.]example and then files.badhost[.]xyz.", []string{"domain update-cdn.example", "domain files.badhost.xyz"}},
	{"Open hxxps://login-portal[.]top/session?id=3 in a sandbox only.", []string{"domain login-portal.top"}},
	{"The phishing page stood at secure-login.example for a week.", []string{"domain secure-login.example"}},
	{"Its command and control server was c2.quietriver.xyz.", []string{"domain c2.quietriver.xyz"}},
	{"The malware hid its list on github.com and in a gist at gist.github.com.", nil},
	{"The beacon used drive.google[.]com as a dead drop.", nil},
	{"Write to press@harbour.example with questions about the malware.", nil},
	{"We moved the blog to harbour.example last spring.", nil},
	{"The attackers changed setup.py, main.rs, run.sh and index.html.", nil},
	{"Malicious code sat in Node.js, in ASP.NET and in vue.js projects.", nil},
	{"The payload is readme.md, i.e. a text file, e.g. for Mr.Smith.", nil},
	{"Attackers abuse java.util.logging and os.path.join alike.", nil},
	{"The sample is d41d8cd98f00b204e9800998ecf8427e.", []string{"hash d41d8cd98f00b204e9800998ecf8427e"}},
	{"SHA-1: DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", []string{"hash da39a3ee5e6b4b0d3255bfef95601890afd80709"}},
	{"Its digest, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, is on no list.", []string{"hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
	{"The fix is commit 9fceb02d0ae598e95dc970b74767f19372d61af8.", nil},
	{"The account number 40004000400040004000400040004000 was printed in full.", nil},
	{"A row of 00000000000000000000000000000000ffff0000 is padding.", nil},
	{"The key deadbeefdeadbeefdeadbeefdeadbeef is in the manual.", nil},
	{"Ivory Basin sent CVE-2030-1234 exploits from 203.0.113.9 and drop[.]example.", []string{"cve CVE-2030-1234", "address 203.0.113.9", "domain drop.example"}},
	{"Nothing here: the board met, argued and went home.", nil},
	{"Version 2.0 of the plan will be ready by 2031.", nil},
	{"Budget talks resume in Room 4.12 on Friday 6.30 sharp.", nil},
}

func TestIndicatorsArePrecise(t *testing.T) {
	found, right, wanted := 0, 0, 0
	for _, s := range snippets {
		var got []string
		for _, i := range Indicators(s.text) {
			got = append(got, i.Kind+" "+i.Value)
			if i.Start < 0 || i.End > len(s.text) || i.Start >= i.End {
				t.Fatalf("%+v is no place in %q", i, s.text)
			}
		}
		wanted += len(s.wants)
		found += len(got)
		for _, g := range got {
			if slices.Contains(s.wants, g) {
				right++
			}
		}
		if !slices.Equal(got, s.wants) {
			t.Errorf("%q\nholds %q\nwant  %q", s.text, got, s.wants)
		}
	}
	precision, recall := float64(right)/float64(found), float64(right)/float64(wanted)
	t.Logf("%d snippets: precision %.3f, recall %.3f", len(snippets), precision, recall)
	if precision < 0.98 || recall < 0.95 {
		t.Errorf("precision %.3f, recall %.3f", precision, recall)
	}
}

// TestFormsOfIndicators holds each form that a keeper of identifiers gives out.
func TestFormsOfIndicators(t *testing.T) {
	for _, c := range []struct{ text, kind, value string }{
		{"rated CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H by them", "cvss", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{"rated CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N now", "cvss", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"},
		{"rated AV:N/AC:L/Au:N/C:P/I:P/A:P then", "cvss", "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{"see cve-2031-12345.", "cve", "CVE-2031-12345"},
		{"a CWE-79 again", "cwe", "CWE-79"},
		{"known as CAPEC-66", "capec", "CAPEC-66"},
		{"ghsa-2345-6789-cfgh", "ghsa", "GHSA-2345-6789-cfgh"},
		{"under T1059.001, as before", "attack", "T1059.001"},
		{"tactic TA0001", "attack", "TA0001"},
		{"beacons to bad(.)example", "domain", "bad.example"},
		{"beacons to 203[.]0[.]113[.]7", "address", "203.0.113.7"},
		{"beacons to 2001:db8:0:0::7", "address", "2001:db8::7"},
		{"its hash is 44d88612fea8a8f36de82e1278abb02f", "hash", "44d88612fea8a8f36de82e1278abb02f"},
	} {
		got := Indicators(c.text)
		if len(got) != 1 || got[0].Kind != c.kind || got[0].Value != c.value {
			t.Errorf("%q holds %+v, want the %s %s", c.text, got, c.kind, c.value)
		}
	}
}

func TestOwnHostIsNoIndicator(t *testing.T) {
	a := Article{
		URL: "https://www.harbour.example/2031/loader", Canonical: "https://harbour.example/2031/loader",
		Blocks: []Block{{Paragraph, "The phishing page copied harbour.example and mail.harbour[.]example."}, {Paragraph, "It stood at harb0ur[.]example."}},
	}
	got := a.Indicators()
	if len(got) != 1 || got[0].Value != "harb0ur.example" {
		t.Fatalf("found %+v, want only harb0ur.example", got)
	}
	if at := a.Text()[got[0].Start:got[0].End]; at != "harb0ur[.]example" {
		t.Errorf("the place holds %q", at)
	}
}

// TestIndicatorsTakeLinearTime holds that texts made to be slow take seconds:
// what is quadratic in a megabyte takes minutes.
func TestIndicatorsTakeLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, unit := range []string{"a.", "1.2.", "Vim 8.1.1365 ", "c2 bad[.]example ", "203.0.113.7 ", "2001:db8:", "[.]", "a-", "f00d", "T1059 ", "Aa "} {
		long := strings.Repeat(unit, 1<<20/len(unit))
		begun := time.Now()
		Indicators(long)
		t.Logf("1 MB of %q took %v", unit, time.Since(begun).Round(time.Millisecond))
		if took := time.Since(begun); took > 20*time.Second { // far above what it takes, for a busy machine
			t.Errorf("1 MB of %q took %v", unit, took)
		}
	}
}

func FuzzIndicators(f *testing.F) {
	for _, s := range snippets {
		f.Add(s.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, i := range Indicators(text) {
			if i.Start < last || i.End <= i.Start || i.End > len(text) || i.Value == "" || i.Kind == "" {
				t.Fatalf("%+v after %d in %q", i, last, text)
			}
			last = i.End
		}
	})
}

func BenchmarkIndicators(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, size := range []int{10_000, 100_000, 1_000_000} {
		var text strings.Builder
		for text.Len() < size {
			text.WriteString(sentence)
			text.WriteString(snippets[random.IntN(len(snippets))].text + "\n\n")
		}
		b.Run(fmt.Sprintf("%d kB", size/1000), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				Indicators(text.String())
			}
		})
	}
}
