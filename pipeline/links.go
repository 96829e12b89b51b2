package pipeline

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// links.go holds the rules on addresses. What tracks, wraps or varies a page is
// known to collect.Canonical alone; here it is only asked.

// subscriberNames are parameters that name the person a newsletter was mailed
// to: whoever follows the link acts, to the site, as that person. Each with
// the service that writes it.
var subscriberNames = map[string]string{
	"mc_eid": "Mailchimp", "ck_subscriber_id": "Kit", "subscriber_hash_ck": "Kit", "mkt_tok": "Marketo", "mkt_unsubscribe": "Marketo",
	"ml_subscriber": "MailerLite", "ml_subscriber_hash": "MailerLite", "_hsenc": "HubSpot", "__hsfp": "HubSpot", "__hstc": "HubSpot", "vero_id": "Vero",
	"oly_enc_id": "Omeda", "oly_anon_id": "Omeda", "sfmc_sub": "Salesforce", "subscriberkey": "Salesforce", "nr_email_referer": "Naver", "__s": "Drip",
	"_ke": "Klaviyo", "_kx": "Klaviyo", "dm_i": "Dotdigital", "dm_t": "Dotdigital", "_bhlid": "beehiiv", "bhlid": "beehiiv", "vgo_ee": "ActiveCampaign",
	"elqtrackid": "Eloqua", "elq": "Eloqua", "emci": "EveryAction", "emdi": "EveryAction", "ceid": "EveryAction", "s_subscriber_id": "Substack", "rb_clickid": "Rocketbots",
	"pc_rtt": "Postcards", "cndid": "Condé Nast", "bxid": "Condé Nast", "regi_id": "The New York Times", "user_id": "The New York Times", "wpmp": "The Washington Post",
	"email": "a mailing", "email_address": "a mailing", "e_mail": "a mailing", "subscriber": "a mailing", "subscriber_id": "a mailing", "subscriberid": "a mailing", "recipient": "a mailing", "recipient_id": "a mailing",
	"unsubscribe_token": "a mailing", "email_token": "GitHub", "midtoken": "LinkedIn", "midsig": "LinkedIn", "otptoken": "LinkedIn", "pwapi_token": "The Washington Post",
}

// onAnyHost are subscriber names that mean it everywhere; the others of one
// company's only on its hosts.
var subscriberHosts = map[string]string{
	"regi_id": "nytimes.com", "user_id": "nytimes.com", "pwapi_token": "washingtonpost.com", "midtoken": "linkedin.com", "midsig": "linkedin.com", "otptoken": "linkedin.com",
	"email_token": "github.com", "email": "", "subscriber": "", "recipient": "",
}

// shorteners hide where a link leads, and outlive it seldom.
var shorteners = []string{
	"bit.ly", "bitly.com", "t.co", "goo.gl", "ow.ly", "buff.ly", "tinyurl.com", "is.gd", "v.gd", "lnkd.in", "dlvr.it", "ift.tt", "fb.me", "amzn.to", "nyti.ms", "wapo.st", "reut.rs", "bbc.in", "econ.st",
	"on.ft.com", "on.wsj.com", "cnb.cx", "zd.net", "tcrn.ch", "bloom.bg", "trib.al", "hubs.ly", "hubs.la", "rb.gy", "cutt.ly", "shorturl.at", "t.ly", "rebrand.ly", "j.mp", "adf.ly", "s.id", "tiny.cc",
	"bl.ink", "mtr.cool", "msft.it", "ibm.co", "apple.co", "git.io", "flip.it", "po.st", "shar.es", "snip.ly", "cnn.it", "theatln.tc", "wrd.cm", "n.pr", "politi.co", "hrbr.tl", "arst.ch", "engt.co",
}

// CheckLinks says what is odd with the addresses of an issue.
func CheckLinks(is *issue.Issue) []issue.Problem {
	var out []issue.Problem
	for _, l := range is.Links() {
		u, err := url.Parse(strings.TrimSpace(l.URL))
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			continue // issue.Check says it
		}
		say := func(rule string, severity issue.Severity, what, hint, mended string) {
			p := is.ProblemAt(l.At, rule, severity, what, hint)
			p.Item = l.Item
			if mended != "" {
				p.Fix = l.LinkFix(mended)
			}
			out = append(out, p)
		}
		host := strings.ToLower(u.Hostname())
		key, err := collect.Canonical(l.URL)
		if err != nil {
			continue
		}
		to, err := url.Parse(key)
		if err != nil {
			continue
		}
		if slices.Contains(shorteners, host) {
			say("link-short", issue.Warning, fmt.Sprintf("%s hides where this link leads", host), "follow it and put the address it leads to in its place", "")
			continue
		}
		wrapped := site(host) != site(to.Hostname()) && to.Hostname() != "www.youtube.com" && !isAMP(u)
		names, bare := tracking(u)
		person := slices.IndexFunc(names, func(n parameter) bool { return n.person != "" })
		switch {
		case person >= 0:
			say("link-subscriber", issue.Warning, fmt.Sprintf("the parameter %s gives away who received this link from %s", names[person].name, names[person].person), "use the address without it: "+cutText(bare, 120), bare)
		case len(names) > 0 && !wrapped:
			say("link-tracking", issue.Warning, fmt.Sprintf("the parameter %s only tracks", names[0].name), "use the address without it: "+cutText(bare, 120), bare)
		}
		// What else an address is, --fix mends in the next turn.
		switch {
		case isAMP(u) && !isAMP(to):
			say("link-amp", issue.Warning, "this is the AMP version of the page", "use "+cutText(key, 120), key)
		case ampPath().MatchString(strings.ToLower(u.Path)):
			say("link-amp", issue.Warning, "this is the AMP version of the page", "look for the usual one; its path is most often this one without the \"amp\"", "")
		case wrapped:
			say("link-wrapped", issue.Warning, fmt.Sprintf("this address only leads to another one, on %s", to.Hostname()), "use "+cutText(key, 120), key)
		case mobile(host):
			mended := ""
			if to.Hostname() != host {
				mended = key
			}
			say("link-mobile", issue.Advice, fmt.Sprintf("%s is the site for telephones", host), "use the address of the usual page; it finds out what it is shown on", mended)
		case bloggerMobile(u):
			usual := *u
			usual.RawQuery = ""
			say("link-mobile", issue.Advice, "this is the version of the page for telephones", "use "+cutText(usual.String(), 120), usual.String())
		case u.Scheme == "http":
			say("link-http", issue.Advice, "this link is plain http", "look whether the page answers under https, and use that", "")
		}
	}
	return out
}

type parameter struct{ name, person string }

// tracking gives the parameters of an address that only track, and the address
// without them. The others stay byte for byte and in their order.
func tracking(u *url.URL) (names []parameter, bare string) {
	var kept []string
	for _, pair := range strings.Split(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair == "" {
			continue
		}
		lower := strings.ToLower(name)
		if plain, err := url.QueryUnescape(lower); err == nil {
			lower = plain
		}
		person := subscriberNames[lower]
		if host, limited := subscriberHosts[lower]; limited {
			mailbox := strings.Contains(value, "@") || strings.Contains(strings.ToLower(value), "%40")
			if host == "" && !mailbox || host != "" && site(u.Hostname()) != host {
				person = ""
			}
		}
		one := *u
		one.RawQuery, one.Fragment, one.RawFragment = pair, "", ""
		if key, err := collect.Canonical(one.String()); person != "" && value != "" || err == nil && dropped(key, pair) {
			if value == "" {
				person = ""
			}
			names = append(names, parameter{name, person})
			continue
		}
		kept = append(kept, pair)
	}
	clean := *u
	clean.RawQuery, clean.ForceQuery = strings.Join(kept, "&"), false
	return names, clean.String()
}

// dropped tells whether a canonical address lost its one parameter without
// becoming another page: a wrapper's target is no tracking parameter, and
// "amp=1" is said by its own rule.
func dropped(key, pair string) bool {
	k, err := url.Parse(key)
	name, _, _ := strings.Cut(strings.ToLower(pair), "=")
	return err == nil && k.RawQuery == "" && name != "amp" && name != "_amp" && name != "url" && name != "u" && name != "q" && name != "outputtype"
}

// site gives the last two labels of a host, enough to tell one site from
// another here.
func site(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	return strings.Join(labels[max(0, len(labels)-2):], ".")
}

// ampPath is how some sites begin the path of an AMP page: /AMP/2019/12/05/x,
// /google-amp/article/x, /news/amp/technology-1.
var ampPath = pattern(`^/(?:amp/(?:19|20)[0-9]{2}/|google-amp/|news/amp/)`)

func isAMP(u *url.URL) bool {
	p, host := strings.ToLower(u.Path), strings.ToLower(u.Hostname())
	q := strings.ToLower(u.RawQuery)
	return strings.HasPrefix(host, "amp.") || strings.Contains(host, "ampproject.org") || strings.HasSuffix(p, "/amp") || strings.HasSuffix(p, "/amp/") ||
		strings.HasSuffix(p, ".amp") || strings.HasSuffix(p, ".amp.html") || strings.HasPrefix(p, "/amp/") && strings.Contains(host, "google.") ||
		ampPath().MatchString(p) || slices.Contains(strings.Split(q, "&"), "amp=1") || slices.Contains(strings.Split(q, "&"), "outputtype=amp") || slices.Contains(strings.Split(q, "&"), "amp")
}

// bloggerMobile tells whether an address is one of Blogger's pages as it gives
// them to telephones: /2019/04/title.html?m=1, on any host.
func bloggerMobile(u *url.URL) bool {
	return u.RawQuery == "m=1" && bloggerPath().MatchString(u.Path)
}

var bloggerPath = pattern(`^/[0-9]{4}/[0-9]{2}/[^/]+\.html$`)

func mobile(host string) bool {
	if host == "m.media-amazon.com" {
		return false
	}
	return strings.HasPrefix(host, "m.") && strings.Count(host, ".") > 1 || strings.HasPrefix(host, "mobile.") && strings.Count(host, ".") > 1 || strings.HasPrefix(host, "touch.") || strings.Contains(host, ".m.wikipedia.")
}
