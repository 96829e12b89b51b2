package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/issue"
)

func TestALinkIsSaidToBeDeadOnlyWhenItsServerSaysSo(t *testing.T) {
	const asked = "https://a.example/keys"
	tests := []struct {
		name   string
		status int
		fault  string
		final  string
		body   string
		want   string
		to     string
	}{
		{"there", 200, "", asked, "<title>Keys</title>", LinkOK, ""},
		{"there, and too large to read", 200, "is larger than 10 MB", asked, "", LinkOK, ""},
		{"there, and empty", 204, "answers 204", asked, "", LinkOK, ""},
		{"a page about challenges", 200, "", asked, "<title>Keys</title><p>Just a moment, are you a robot?", LinkOK, ""},
		{"www and a slash are no move", 200, "", "https://www.a.example/keys/", "x", LinkOK, ""},
		{"tracking is no move", 200, "", asked + "?utm_source=x", "x", LinkOK, ""},
		{"moved", 200, "", "https://b.example/locks?utm_source=x", "x", LinkMoved, "https://b.example/locks"},
		{"moved within its site", 200, "", "https://a.example/locks", "x", LinkMoved, "https://a.example/locks"},
		{"gone", 404, "answers 404", asked, "", LinkGone, ""},
		{"gone for good", 410, "answers 410", asked, "", LinkGone, ""},
		{"gone after a move", 404, "answers 404", "https://b.example/locks", "", LinkGone, ""},
		{"wall", 403, "answers 403", asked, "", LinkBlocked, ""},
		{"wall for who is not known", 401, "answers 401", asked, "", LinkBlocked, ""},
		{"asked too often", 429, "answers 429", asked, "", LinkBlocked, ""},
		{"challenge", 200, "", asked, "<html><head><title>Just a moment...</title>", LinkBlocked, ""},
		{"sent to log in", 200, "", "https://a.example/sign-in?back=keys", "x", LinkBlocked, ""},
		{"robots.txt out of reach", 0, "is not asked: the robots.txt of a.example can't be had", asked, "", LinkUnknown, ""},
		{"busy", 503, "answers 503", asked, "", LinkUnknown, ""},
		{"broken", 500, "answers 500", asked, "", LinkUnknown, ""},
		{"silent", 0, "gave no whole answer within 30 s", asked, "", LinkUnknown, ""},
		{"no name", 0, "has a host name that does not exist", asked, "", LinkUnknown, ""},
		{"circle", 302, "redirects in a circle", asked, "", LinkUnknown, ""},
	}
	for _, tt := range tests {
		page := collect.Page{URL: asked, FinalURL: tt.final, Status: tt.status, Error: tt.fault, Body: []byte(tt.body)}
		if tt.final != asked {
			page.Hops = []collect.Hop{{Status: 301, To: tt.final}}
		}
		s := judgeLink(page)
		if s.State != tt.want || s.To != tt.to {
			t.Errorf("%s: %s %q, want %s %q", tt.name, s.State, s.To, tt.want, tt.to)
		}
		if (s.State == LinkGone || s.State == LinkBlocked || s.State == LinkUnknown) && s.Why == "" {
			t.Errorf("%s: it is not said why", tt.name)
		}
	}
}

// Only a redirect for good changes an address, and only a sign of a wall makes
// one of an error.
func TestWhatRedirectsAndWallsSay(t *testing.T) {
	const asked = "https://a.example/keys"
	hop := func(status int, to string) collect.Hop { return collect.Hop{Status: status, To: to} }
	for name, c := range map[string]struct {
		page collect.Page
		want LinkState
	}{
		"for good":                {collect.Page{Hops: []collect.Hop{hop(308, "https://b.example/keys")}}, LinkState{State: LinkMoved, To: "https://b.example/keys"}},
		"for a time":              {collect.Page{Hops: []collect.Hop{hop(302, "https://b.example/keys")}}, LinkState{State: LinkMoved, To: "https://b.example/keys", ForNow: true}},
		"for a time, on its site": {collect.Page{Hops: []collect.Hop{hop(307, "https://a.example/en/keys")}}, LinkState{State: LinkOK}},
		"to the front page":       {collect.Page{Hops: []collect.Hop{hop(302, "https://a.example/")}}, LinkState{State: LinkMoved, To: "https://a.example/", ForNow: true}},
		"for good, then a time":   {collect.Page{Hops: []collect.Hop{hop(301, "https://b.example/keys"), hop(302, "https://b.example/s/1")}}, LinkState{State: LinkMoved, To: "https://b.example/keys"}},
		"for a time, then good":   {collect.Page{Hops: []collect.Hop{hop(302, "https://b.example/s/1"), hop(301, "https://b.example/keys")}}, LinkState{State: LinkMoved, To: "https://b.example/keys", ForNow: true}},
		"www, then a time":        {collect.Page{Hops: []collect.Hop{hop(301, "https://www.a.example/keys"), hop(302, "https://www.a.example/keys/1")}}, LinkState{State: LinkOK}},
		"a wall of 503":           {collect.Page{Status: 503, Error: "answers 503", Wall: "cf-mitigated: challenge"}, LinkState{State: LinkBlocked, Why: "turns programs away (cf-mitigated: challenge)"}},
		"an outage of 503":        {collect.Page{Status: 503, Error: "answers 503"}, LinkState{State: LinkUnknown, Why: "answers 503"}},
		"robots.txt":              {collect.Page{Status: -1, Error: "is not asked: the robots.txt of a.example forbids it", Barred: true}, LinkState{State: LinkBlocked, Why: "is not asked: the robots.txt of a.example forbids it"}},
	} {
		page := c.page
		page.URL, page.FinalURL = asked, asked
		if n := len(page.Hops); n > 0 {
			page.FinalURL = page.Hops[n-1].To
		}
		if page.Status == 0 {
			page.Status = 200
		}
		c.want.Status = page.Status
		if diff := cmp.Diff(c.want, judgeLink(page)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhatIsAskedOfALink(t *testing.T) {
	for link, want := range map[string]string{
		"https://a.example/x?mc_eid=77&page=2#top": "https://a.example/x?page=2",
		"http://a.example/x":                       "http://a.example/x",
		"http://203.0.113.9/x.sh":                  "",
		"http://[2001:db8::1]/":                    "",
		"https://me:secret@a.example/":             "",
		"mailto:a@a.example":                       "",
		"/about/":                                  "",
		"url":                                      "",
	} {
		if got, _ := askable(link); got != want {
			t.Errorf("for %s %q is asked, want %q", link, got, want)
		}
	}
	got := rounds([]string{"https://a.example/1", "https://b.example/1", "http://A.example/2", "https://a.example/3"})
	want := [][]string{{"https://a.example/1", "https://b.example/1"}, {"http://A.example/2"}, {"https://a.example/3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a host is asked twice at once: %s", diff)
	}
}

func TestPlainHTTPStaysWhereHTTPSDoesNotAnswer(t *testing.T) {
	is, _ := issue.Parse("0001-x.md", []byte("---\ntitle: \"1 - X\"\n---\n\nSee [the list](http://a.example/x) today.\n"))
	asked := LinkState{Status: 404, State: LinkGone, Why: "answers 404"}
	asked.Asked = asked.Asked.AddDate(2026, 0, 0)
	for _, tt := range []struct {
		secure    LinkState
		want, new string
	}{
		{LinkState{State: LinkOK, Asked: asked.Asked}, "this link is plain http, and https answers", "https://a.example/x"},
		{LinkState{State: LinkOK, Plain: true, Asked: asked.Asked}, "this link is plain http; under https the page leads back to plain http", ""},
		{asked, "this link is plain http; under https the page answers 404", ""},
	} {
		states := LinkStates{"https://a.example/x": tt.secure, "http://a.example/x": {State: LinkOK, Asked: asked.Asked}}
		found, got := CheckOnline(is, states, CheckLinks(is))
		if len(found) > 0 || len(got) != 1 || got[0].What != tt.want {
			t.Fatalf("%v %v, want %q", found, got, tt.want)
		}
		mended := ""
		for _, e := range got[0].Fix {
			mended = e.New
		}
		if mended != tt.new {
			t.Errorf("mended to %q, want %q", mended, tt.new)
		}
	}
}
