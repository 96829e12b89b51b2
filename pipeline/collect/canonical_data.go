package collect

// What Canonical knows about parameters and hosts. Each group says where the
// knowledge comes from; a name is here only when the page is the same without
// it. The tables are read, never written.

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
)

// trackingPrefixes begin the names of whole families.
var trackingPrefixes = []string{
	"utm_",                                                                 // Google Analytics: campaign parameters
	"mtm_",                                                                 // Matomo: campaign tracking
	"pk_",                                                                  // Matomo under its old name, Piwik
	"matomo_",                                                              // Matomo
	"hsa_",                                                                 // HubSpot ads
	"_hs",                                                                  // HubSpot mail: _hsenc, _hsmi, _hsfp
	"vero_",                                                                // Vero mail
	"oly_",                                                                 // Omeda Olytics: oly_enc_id, oly_anon_id
	"at_custom", "at_xt", "at_bbc_", "at_ptr_", "at_link_", "at_emailtype", // AT Internet (Piano): marketing parameters
	"ga_",         // Google Analytics, server side
	"itm_",        // internal campaigns, as utm_
	"trk_",        // LinkedIn and others
	"sc_campaign", // Adobe and Amazon site campaigns
	"s_cid",       // Adobe Analytics campaign id
	"__hs",        // HubSpot: __hssc, __hstc, __hsfp
	"stm_",        // Acoustic (Silverpop)
}

// trackingNames are whole names, in lower case, that mean tracking on any host.
var trackingNames = wordSet(`
 fbclid fb_action_ids fb_action_types fb_source fb_ref mibextid
 gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid _ga _gl
 msclkid mkwid ttclid twclid twsrc li_fat_id igshid igsh ig_rid epik rdt_cid sccid snapclid
 yclid ymclid ysclid _openstat wickedid irclickid irgwc
 mc_cid mc_eid mkt_tok mkt_unsubscribe
 __s _ke _kx ml_subscriber ml_subscriber_hash dm_i dm_t
 _bhlid bhlid bh_id beehiiv_id vgo_ee elqtrackid elqtrack elqat elqaid elqcampaignid elqcsid
 at_medium at_campaign at_creation at_variant at_format at_recipient_id at_recipient_list at_general_placement at_detail_placement at_channel at_identifier at_term at_type at_platform at_ad_id xtor
 s_kwcid ef_id sc_cid icid ncid cmpid
 ref_src ref_url referrer_source
 mkcid mkrid mkevt campid_ebay
 rb_clickid oicd oft_id oft_k oft_lk oft_d oft_c oft_ck oft_ids oft_sk
 nr_email_referer sfmc_sub sfmc_id l_sfmc
 guccounter guce_referrer guce_referrer_sig
 share_id sharetype_src spm_id_from
 trk trkcampaign trkinfo trackingid_li
 wt_mc wt.mc_id wt_zmc wtmc
 ns_source ns_mchannel ns_campaign ns_linkname ns_fee ns_mail
 sr_share piwik_campaign piwik_kwd piwik_keyword
 zanpid awc cvid_ms hmb_campaign hmb_medium hmb_source
 ceid emci emdi unptid sref_mail __twitter_impression __cft__ __tn__ action_object_map action_type_map
 ck_subscriber_id subscriber_hash_ck pc_rtt soc_src soc_trk
 hsctatracking _branch_match_id _branch_referrer dicbo oborigurl tblci
 _cldee inf_contact_key vcrmeid vcrmiid adobe_mc mc_tc wprov sfnsn asgtbndr
 ss_source ss_email_id ss_campaign_id ss_campaign_name ss_campaign_sent_date
 cjevent cjdata ranmid raneaid ransiteid sscid tduid
 tw_source tw_adid tw_campaign tw_kwdid fbadid lctg gps_adid
`)

// hostTracking are names that mean tracking only where a host uses them so.
var hostTracking = []struct {
	host  string
	names map[string]bool
}{
	{".nytimes.com", wordSet(`smid smtyp partner emc nl te campaign_id instance_id segment_id user_id regi_id referringsource unlocked_article_code`)}, // share and mail links of nytimes.com
	{".wsj.com", wordSet(`mod reflink st page_mod`)}, // feeds and shares of wsj.com
	{".barrons.com", wordSet(`mod reflink`)},
	{".marketwatch.com", wordSet(`mod reflink siteid`)},
	{".washingtonpost.com", wordSet(`wpisrc wpmm tid itid pwapi_token`)}, // mail links of washingtonpost.com
	{".bbc.co.uk", wordSet(`ocid`)},
	{".bbc.com", wordSet(`ocid`)},
	{".ft.com", wordSet(`ftcamp sharetype ftag`)},
	{".bloomberg.com", wordSet(`sref srnd leadsource embedded-checkout`)},
	{".economist.com", wordSet(`fsrc`)},
	{".theguardian.com", wordSet(`cmp cmp_buni cmp_tu`)},
	{".reuters.com", wordSet(`taid feedtype feedname il`)},
	{".cnn.com", wordSet(`cid iid`)},
	{".forbes.com", wordSet(`sh ss`)},
	{".zdnet.com", wordSet(`ftag`)},
	{".techrepublic.com", wordSet(`ftag`)},
	{".wired.com", wordSet(`mbid bxid cndid esrc`)},
	{".newyorker.com", wordSet(`mbid bxid cndid esrc`)},
	{".twitter.com", wordSet(`s t cn cxt`)}, // share button of twitter.com
	{".x.com", wordSet(`s t cn cxt`)},
	{".youtube.com", wordSet(`si feature pp ab_channel app`)}, // share button of youtube.com
	{".spotify.com", wordSet(`si context`)},
	{".reddit.com", wordSet(`share_id rdt ref ref_source correlation_id post_fullname`)},
	{".linkedin.com", wordSet(`trk trackingid refid lipi midtoken midsig eid ote rcm`)},
	{".facebook.com", wordSet(`__xts__ hc_ref fref ref refsrc __cft__[0] __tn__ paipv eav`)},
	{".instagram.com", wordSet(`hl img_index_share`)},
	{".medium.com", wordSet(`source sk_share gi`)}, // medium.com says which page led here
	{".substack.com", wordSet(`publication_id post_id isfreemail r triedredirect s showwelcome token showwelcomeonshare`)},
	{".amazon.com", wordSet(`tag ref ref_ pf_rd_r pf_rd_p pd_rd_r pd_rd_w pd_rd_wg psc qid sr linkcode ascsubtag creative creativeasin`)},
	{".theregister.com", wordSet(`td`)},
	{".arstechnica.com", wordSet(`comments_src`)},
	{".lemonde.fr", wordSet(`lmd_medium lmd_campaign lmd_creation lmd_source`)},
	{".spiegel.de", wordSet(`sara_ref`)},
	{".heise.de", wordSet(`wt_mc`)},
	{".bleepingcomputer.com", wordSet(`traffic_source`)},
	{".tiktok.com", wordSet(`_r _t is_from_webapp sender_device sender_web_id is_copy_url share_app_id share_link_id u_code web_id`)},
	{".threads.net", wordSet(`xmt slof`)},
	{".threads.com", wordSet(`xmt slof`)},
	{".quora.com", wordSet(`ch oid share srid target_type`)},
	{".msn.com", wordSet(`ocid cvid ei pc`)},
	{".microsoft.com", wordSet(`ocid`)},
	{".yahoo.com", wordSet(`.tsrc`)},
	{".cnbc.com", wordSet(`__source`)},
	{".techcrunch.com", wordSet(`tpcc`)},
	{".nzz.ch", wordSet(`mktcid mktcval`)},
	{".hackernoon.com", wordSet(`source`)},
	{".imdb.com", wordSet(`ref_ pf_rd_m pf_rd_p pf_rd_r pf_rd_s pf_rd_t pf_rd_i`)},
	{".github.com", wordSet(`email_source email_token`)},
}

// hostAliases are hosts that serve the same pages under another name: mobile
// and text versions that redirect a desktop browser to the name at the right.
var hostAliases = map[string]string{
	"m.youtube.com": "www.youtube.com", "youtube.com": "www.youtube.com", "music.youtube.com": "music.youtube.com",
	"mobile.twitter.com": "twitter.com", "www.twitter.com": "twitter.com", "m.twitter.com": "twitter.com",
	"mobile.x.com": "x.com", "www.x.com": "x.com",
	"m.facebook.com": "www.facebook.com", "mbasic.facebook.com": "www.facebook.com", "touch.facebook.com": "www.facebook.com", "facebook.com": "www.facebook.com",
	"old.reddit.com": "www.reddit.com", "np.reddit.com": "www.reddit.com", "m.reddit.com": "www.reddit.com", "i.reddit.com": "www.reddit.com", "amp.reddit.com": "www.reddit.com", "new.reddit.com": "www.reddit.com", "reddit.com": "www.reddit.com",
	"mobile.nytimes.com": "www.nytimes.com", "m.nytimes.com": "www.nytimes.com",
	"m.bbc.co.uk": "www.bbc.co.uk", "m.bbc.com": "www.bbc.com",
	"mobile.reuters.com": "www.reuters.com", "uk.mobile.reuters.com": "uk.reuters.com", "m.guardian.co.uk": "www.guardian.co.uk",
	"m.washingtonpost.com": "www.washingtonpost.com", "m.wsj.com": "www.wsj.com", "m.theregister.co.uk": "www.theregister.co.uk", "m.theregister.com": "www.theregister.com",
	"m.slashdot.org": "slashdot.org", "m.imdb.com": "www.imdb.com", "m.huffpost.com": "www.huffpost.com", "m.zdnet.com": "www.zdnet.com", "m.cnn.com": "www.cnn.com", "lite.cnn.com": "lite.cnn.com",
	"m.spiegel.de": "www.spiegel.de", "m.heise.de": "www.heise.de", "m.lemonde.fr": "www.lemonde.fr", "m.ft.com": "www.ft.com", "m.economist.com": "www.economist.com",
	"amp.theguardian.com": "www.theguardian.com", "amp.cnn.com": "www.cnn.com", "amp.ft.com": "www.ft.com", "amp.usatoday.com": "www.usatoday.com",
	"m.wikipedia.org": "www.wikipedia.org", "m.vk.com": "vk.com", "mobile.de": "mobile.de", "m.soundcloud.com": "soundcloud.com", "m.vimeo.com": "vimeo.com",
	"linkedin.com": "www.linkedin.com", "m.linkedin.com": "www.linkedin.com", "touch.www.linkedin.com": "www.linkedin.com",
}

// A wrapper is an address that only leads to another one standing in it.
type wrapper struct {
	host   string
	path   string // a prefix
	params []string
	decode func(*url.URL) string // for targets that no parameter holds
}

var wrappers = []wrapper{
	{host: "www.google.com", path: "/url", params: []string{"url", "q"}}, // search and alerts
	{host: "google.com", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.co.uk", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.de", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.fr", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.es", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.it", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.nl", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.pl", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.ca", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.ch", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.at", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.be", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.se", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.com.au", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.com.br", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.co.in", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.co.jp", path: "/url", params: []string{"url", "q"}},
	{host: "www.google.com", path: "/amp/", decode: googleAMP}, // the AMP viewer
	{host: ".cdn.ampproject.org", path: "/", decode: ampCache}, // amp.dev: AMP cache URL format
	{host: "l.facebook.com", path: "/l.php", params: []string{"u"}},
	{host: "lm.facebook.com", path: "/l.php", params: []string{"u"}},
	{host: "www.facebook.com", path: "/l.php", params: []string{"u"}},
	{host: "l.instagram.com", path: "/", params: []string{"u"}},
	{host: "l.messenger.com", path: "/l.php", params: []string{"u"}},
	{host: ".safelinks.protection.outlook.com", path: "/", params: []string{"url"}}, // Microsoft Defender Safe Links
	{host: "out.reddit.com", path: "/", params: []string{"url"}},
	{host: "www.youtube.com", path: "/redirect", params: []string{"q"}},
	{host: "youtube.com", path: "/redirect", params: []string{"q"}},
	{host: "www.linkedin.com", path: "/redir/", params: []string{"url"}},
	{host: "www.linkedin.com", path: "/safety/go", params: []string{"url"}},
	{host: "t.umblr.com", path: "/redirect", params: []string{"z"}},
	{host: "slack-redir.net", path: "/link", params: []string{"url"}},
	{host: "steamcommunity.com", path: "/linkfilter", params: []string{"url", "u"}},
	{host: "vk.com", path: "/away.php", params: []string{"to"}},
	{host: "duckduckgo.com", path: "/l/", params: []string{"uddg"}},
	{host: "getpocket.com", path: "/redirect", params: []string{"url"}},
	{host: "medium.com", path: "/r/", params: []string{"url"}},
	{host: "www.bing.com", path: "/ck/a", decode: bingClick},
	{host: "go.redirectingat.com", path: "/", params: []string{"url"}}, // Skimlinks
	{host: "click.linksynergy.com", path: "/", params: []string{"murl"}},
	{host: "www.awin1.com", path: "/cread.php", params: []string{"ued", "p"}},
	{host: "linkprotect.cudasvc.com", path: "/url", params: []string{"a"}}, // Barracuda
	{host: "urldefense.proofpoint.com", path: "/v1/", params: []string{"u"}},
	{host: "urldefense.proofpoint.com", path: "/v2/", decode: proofpointV2},
	{host: ".urldefense.com", path: "/v3/", decode: proofpointV3},
	{host: "deref-gmx.net", path: "/mail/", params: []string{"redirectUrl"}},
	{host: "deref-web.de", path: "/mail/", params: []string{"redirectUrl"}},
	{host: "www.xing.com", path: "/app/share_redirect", params: []string{"url"}},
	{host: ".tldrnewsletter.com", path: "/CL0/", decode: pathTarget}, // the whole target, escaped, in the path
	{host: "www.facebook.com", path: "/flx/warn/", params: []string{"u"}},
	{host: "l.threads.net", path: "/", params: []string{"u"}},
	{host: "l.threads.com", path: "/", params: []string{"u"}},
	{host: "l.wl.co", path: "/l", params: []string{"u"}}, // WhatsApp
	{host: "t.me", path: "/iv", params: []string{"url"}}, // Telegram's reader
	{host: "www.tiktok.com", path: "/link/v2", params: []string{"target"}},
	{host: "exit.sc", path: "/", params: []string{"url"}}, // SoundCloud
	{host: "link.zhihu.com", path: "/", params: []string{"target"}},
	{host: "www.douban.com", path: "/link2/", params: []string{"url"}},
	{host: "link.csdn.net", path: "/", params: []string{"target"}},
	{host: "link.juejin.cn", path: "/", params: []string{"target"}},
	{host: "redirect.viglink.com", path: "/", params: []string{"u"}},
	{host: "www.shareasale.com", path: "/r.cfm", params: []string{"urllink"}},
	{host: "www.googleadservices.com", path: "/pagead/aclk", params: []string{"adurl"}},
	{host: ".doubleclick.net", path: "/", params: []string{"adurl"}},
	{host: "clicktime.symantec.com", path: "/", params: []string{"u"}},
	{host: "protect2.fireeye.com", path: "/", params: []string{"u"}},
	{host: ".awstrack.me", path: "/L0/", decode: pathTarget},              // Amazon SES
	{host: "r.search.yahoo.com", path: "/", decode: yahooClick},           // /RU=target/
	{host: "substack.com", path: "/redirect/2/", decode: substackClick},   // in letters
	{host: ".convertkit-mail.com", path: "/", decode: lastSegmentTarget},  // Kit
	{host: ".convertkit-mail2.com", path: "/", decode: lastSegmentTarget}, // Kit
	{host: "href.li", path: "/", decode: func(u *url.URL) string { return u.RawQuery }},
	{host: "anonym.to", path: "/", decode: func(u *url.URL) string { return u.RawQuery }},
	{host: "disq.us", path: "/url", decode: disqus},
}

// googleAMP: /amp/s/e.com/a is https://e.com/a, /amp/e.com/a is http.
func googleAMP(u *url.URL) string {
	return behindScheme(strings.TrimPrefix(u.EscapedPath(), "/amp/"), u.RawQuery)
}

// ampCache: /c/s/e.com/a; c is a document, v the viewer's, i a picture.
func ampCache(u *url.URL) string {
	p := u.EscapedPath()
	if strings.HasPrefix(p, "/c/") || strings.HasPrefix(p, "/v/") {
		return behindScheme(p[3:], u.RawQuery)
	}
	return ""
}

func behindScheme(rest, query string) string {
	scheme := "http://"
	if after, ok := strings.CutPrefix(rest, "s/"); ok {
		scheme, rest = "https://", after
	}
	if !strings.Contains(rest, ".") {
		return ""
	}
	if query != "" {
		rest += "?" + query
	}
	return scheme + rest
}

// bingClick: u=a1 and the target in base64url.
func bingClick(u *url.URL) string {
	code, ok := strings.CutPrefix(u.Query().Get("u"), "a1")
	if !ok {
		return ""
	}
	target, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(code, "="))
	if err != nil {
		return ""
	}
	return string(target)
}

// proofpointV2: u= with "-" for "%" and "_" for "/".
func proofpointV2(u *url.URL) string {
	code := strings.NewReplacer("-", "%", "_", "/").Replace(u.Query().Get("u"))
	target, err := url.QueryUnescape(code)
	if err != nil {
		return ""
	}
	return target
}

// proofpointV3: /v3/__target__;... ; a target with replaced characters ("*")
// can't be undone without its key and is left alone.
func proofpointV3(u *url.URL) string {
	_, rest, ok := strings.Cut(u.String(), "/v3/__")
	target, _, closed := strings.Cut(rest, "__;")
	if !ok || !closed || strings.Contains(target, "*") {
		return ""
	}
	if head, tail, ok := strings.Cut(target, ":/"); ok && !strings.HasPrefix(tail, "/") {
		target = head + "://" + tail
	}
	return target
}

// pathTarget: the segment behind the first one is the target, escaped.
func pathTarget(u *url.URL) string {
	_, code, _ := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	code, _, _ = strings.Cut(code, "/")
	target, err := url.PathUnescape(code)
	if err != nil {
		return ""
	}
	return target
}

// yahooClick: one of the path's segments is RU= and the target.
func yahooClick(u *url.URL) string {
	_, code, _ := strings.Cut(u.EscapedPath(), "/RU=")
	code, _, _ = strings.Cut(code, "/")
	target, err := url.PathUnescape(code)
	if err != nil {
		return ""
	}
	return target
}

// substackClick: a segment of base64url, before a dot and a signature, that
// holds {"e": target} as JSON.
func substackClick(u *url.URL) string {
	code, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/redirect/2/"), ".")
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(code, "="))
	var link struct {
		E string `json:"e"`
	}
	if err != nil || json.Unmarshal(text, &link) != nil {
		return ""
	}
	return link.E
}

// lastSegmentTarget: the last segment is the target in base64.
func lastSegmentTarget(u *url.URL) string {
	code := strings.TrimRight(u.Path[strings.LastIndexByte(u.Path, '/')+1:], "=")
	text, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(code))
	if err != nil {
		return ""
	}
	return string(text)
}

// disqus: url=target:hash.
func disqus(u *url.URL) string {
	target := u.Query().Get("url")
	if i := strings.LastIndexByte(target, ':'); i > 8 {
		target = target[:i]
	}
	return target
}
