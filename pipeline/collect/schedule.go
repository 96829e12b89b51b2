package collect

// When a source may be asked again. Everything the server says about it is
// obeyed: Cache-Control, Expires and Retry-After (RFC 9111, RFC 9110), ttl,
// skipHours and skipDays (RSS 2.0), sy:updatePeriod (RSS 1.0 Syndication). A
// server that says nothing is asked the more rarely the longer nothing changed.

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	minDelay     = time.Hour
	maxDelay     = 7 * 24 * time.Hour
	maxQuiet     = 24 * time.Hour // for a server that says nothing, and between failures
	maxFreshness = 365 * 24 * time.Hour
	maxValidator = 8 << 10 // bytes of an ETag or a Last-Modified
)

// memo is what State.Memo holds.
type memo struct {
	Pace   pace      `json:"pace,omitzero"`
	Newest time.Time `json:"newest,omitzero"` // date of the newest entry
	Owner  string    `json:"owner,omitempty"` // the address the validators belong to
	Fresh  int64     `json:"fresh,omitempty"` // seconds the last whole answer said it stays good
	Ms     int64     `json:"ms,omitempty"`    // that the last good request took
	Lang   string    `json:"lang,omitempty"`  // of the feed, as stated
	Hosts  []string  `json:"hosts,omitempty"` // its entries lead to
	Seen   []string  `json:"seen,omitempty"`  // keys of the entries of the last document
}

func readMemo(s string) memo {
	var m memo
	_ = json.Unmarshal([]byte(s), &m) // an unreadable memo is an empty one
	return m
}

func (m memo) String() string {
	data, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	return string(data)
}

// freshness is how long the answer says it stays good; 0 when it does not say
// or wants to be asked each time (RFC 9111 section 4.2). What is meant for
// caches that many share (s-maxage) does not concern us.
func freshness(h http.Header, now time.Time) time.Duration {
	var fresh time.Duration
	stated, understood, never := false, false, false
	for _, d := range directives(h.Values("Cache-Control")) {
		switch d.name {
		case "no-cache": // with field names it is about these fields only, section 5.2.2.4
			if d.value == "" {
				return 0
			}
		case "no-store":
			never = true
		case "must-understand": // voids no-store, section 5.2.2.3
			understood = true
		case "max-age":
			if !stated { // of several the first holds, section 4.2.1
				fresh, stated = deltaSeconds(d.value), true
			}
		}
	}
	if never && !understood {
		return 0
	}
	if !stated {
		expires, err := http.ParseTime(strings.TrimSpace(h.Get("Expires")))
		if err != nil { // "0" and the like mean the past, section 5.3
			return 0
		}
		if date, err := http.ParseTime(h.Get("Date")); err == nil { // the server's clock, not ours, section 4.2.1
			now = date
		}
		fresh = min(expires.Sub(now), maxFreshness)
	}
	age, _, _ := strings.Cut(h.Get("Age"), ",") // spent in caches on the way; of a list the first, section 5.1
	return max(0, fresh-deltaSeconds(age))
}

// directive is one part of Cache-Control, its name in lower case.
type directive struct{ name, value string }

// directives takes Cache-Control apart. A value in quotation marks may hold
// commas (RFC 9111 section 5.2).
func directives(values []string) []directive {
	var list []directive
	rest := strings.Join(values, ",")
	for rest != "" {
		end, quoted := len(rest), false
		for i := 0; i < len(rest); i++ {
			if c := rest[i]; c == '\\' && quoted {
				i++
			} else if c == '"' {
				quoted = !quoted
			} else if c == ',' && !quoted {
				end = i
				break
			}
		}
		name, value, _ := strings.Cut(rest[:end], "=")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			list = append(list, directive{name, strings.Trim(value, "\" \t")})
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return list
}

// deltaSeconds reads a number of seconds, at most maxFreshness: a larger one,
// even one that no integer holds, means as long as can be (RFC 9111 section
// 1.2.2). What is no number is 0.
func deltaSeconds(text string) time.Duration {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if most := int64(maxFreshness / time.Second); err != nil || n > most {
		n = most
	}
	return time.Duration(n) * time.Second
}

// retryAfter is the wait a server asks for, in seconds or until a date (RFC
// 9110 section 10.2.3); 0 when it asks for none, or for one that is over.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if wait := deltaSeconds(value); wait > 0 {
		return wait
	}
	when, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	wait := when.Sub(now)
	if date, err := http.ParseTime(h.Get("Date")); err == nil { // one of the clocks may be wrong: rather too late
		wait = max(wait, when.Sub(date))
	}
	return max(0, min(wait, maxFreshness))
}

// validator gives an ETag or Last-Modified as it is to be sent back: byte for
// byte, and not at all when no request could carry it.
func validator(value string) string {
	if len(value) > maxValidator {
		return ""
	}
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7F {
			return ""
		}
	}
	return value
}

// delayAfterSuccess is how long to wait after a good answer, how long the wait
// may become when it is spread, and in words what decided.
func (m *memo) delayAfterSuccess(state State, h http.Header, now time.Time) (delay, most time.Duration, because string) {
	changed := state.Changed
	if !m.Newest.IsZero() && m.Newest.Before(now) && (changed.IsZero() || m.Newest.Before(changed)) {
		changed = m.Newest
	}
	delay, most, because = minDelay, maxQuiet, "an hour at least"
	if quiet := now.Sub(changed); !changed.IsZero() && quiet/24 > minDelay {
		// A feed quiet for two days is asked every two hours, and so on.
		delay = min(quiet/24, maxQuiet*10/11) // room to spread it
		because = fmt.Sprintf("nothing new for %d days", quiet/(24*time.Hour))
	}
	fresh := freshness(h, now)
	if state.Status == http.StatusNotModified && h.Get("Cache-Control") == "" && h.Get("Expires") == "" {
		fresh = time.Duration(m.Fresh) * time.Second // RFC 9111 section 4.3.4: what was said before holds
	}
	m.Fresh = int64(fresh / time.Second)
	if fresh > delay {
		delay, most, because = fresh, maxDelay, "its server says it stays good for "+fresh.String()
	}
	if own := m.Pace.delay(); own > delay {
		delay, most, because = own, maxDelay, "the feed says it changes every "+own.String()
	}
	return delay, most, because
}

// delay is the interval the feed itself states.
func (p pace) delay() time.Duration {
	delay := time.Duration(p.TTL) * time.Minute
	var period time.Duration
	switch p.Period {
	case "hourly":
		period = time.Hour
	case "daily":
		period = 24 * time.Hour
	case "weekly":
		period = 7 * 24 * time.Hour
	case "monthly":
		period = 30 * 24 * time.Hour
	case "yearly":
		period = 365 * 24 * time.Hour
	}
	return max(delay, period/time.Duration(max(1, p.Frequency)))
}

// delayAfterFailure doubles with each failure in a row, up to a day.
func delayAfterFailure(failures int, asked time.Duration) time.Duration {
	delay := maxQuiet
	if failures < 6 {
		delay = minDelay << max(0, failures-1)
	}
	return max(delay, asked)
}

// due turns a delay into a time: bounded, spread by up to a tenth so that
// sources asked together are not asked together for ever, and moved out of the
// hours and days the feed excludes.
func due(feed string, now time.Time, delay, most time.Duration, p pace) time.Time {
	delay = max(minDelay, min(delay, maxDelay))
	if delay >= most {
		most = maxDelay
	}
	h := fnv.New32a()
	h.Write([]byte(feed))
	h.Write([]byte(strconv.FormatInt(now.Unix(), 10)))
	share := time.Duration(h.Sum32() % 1000)
	when := now.Add(min(delay+delay/10*share/1000, most))
	for range 24 * 8 {
		if !p.skips(when) {
			break
		}
		when = when.UTC().Truncate(time.Hour).Add(time.Hour + 50*time.Minute*share/1000)
	}
	return when
}

func (p pace) skips(when time.Time) bool {
	when = when.UTC()
	for _, hour := range p.SkipHours {
		if when.Hour() == hour && len(p.SkipHours) < 24 {
			return true
		}
	}
	for _, day := range p.SkipDays {
		if int(when.Weekday()) == day && len(p.SkipDays) < 7 {
			return true
		}
	}
	return false
}

const (
	maxFresh = 200 // new entries taken at once of a feed known before
	maxHosts = 50  // remembered of a feed
)

// judge holds a new document against what is remembered of the feed, and
// remembers this one. A feed that suddenly has hundreds of new entries is
// capped; one that changed its title, its language and nearly all hosts at once
// is likely to have been sold with its domain, and is flagged.
func (m *memo) judge(feed *Feed, title string, now time.Time) {
	m.Newest = time.Time{}
	var hosts, seen []string
	known := map[string]bool{}
	for _, key := range m.Seen {
		known[key] = true
	}
	moved, linked := 0, 0
	for _, e := range feed.Entries {
		if t := newest(e); t.After(m.Newest) && !t.After(now) {
			m.Newest = t
		}
		seen = append(seen, entryKey(e))
		if host := linkHost(e.Link); host != "" {
			linked++
			if !slices.Contains(m.Hosts, host) {
				moved++
			}
			if !slices.Contains(hosts, host) && len(hosts) < maxHosts {
				hosts = append(hosts, host)
			}
		}
	}
	otherLanguage := feed.language == "" && m.Lang == "" || !strings.EqualFold(feed.language, m.Lang)
	if len(m.Hosts) > 0 && linked > 0 && 10*moved > 9*linked && otherLanguage && title != "" && !strings.EqualFold(title, feed.Title) {
		const flag = "title, language and hosts changed at once: has the site been sold?"
		feed.Flags = append(feed.Flags, flag)
		for i := range feed.Entries {
			feed.Entries[i].Flags = append(feed.Entries[i].Flags, flag)
		}
	}
	if len(m.Seen) > 0 {
		feed.capNew(known)
	}
	if len(feed.Entries) > 0 { // an empty document says nothing about the feed
		m.Seen, m.Hosts, m.Lang = seen, hosts, feed.language
	}
}

// capNew keeps the newest of too many entries that were not there before.
func (f *Feed) capNew(known map[string]bool) {
	var fresh []int
	for i, e := range f.Entries {
		if !known[entryKey(e)] {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) <= maxFresh {
		return
	}
	sort.SliceStable(fresh, func(i, k int) bool { return newest(f.Entries[fresh[i]]).After(newest(f.Entries[fresh[k]])) })
	drop := map[int]bool{}
	for _, i := range fresh[maxFresh:] {
		drop[i] = true
	}
	kept := make([]Entry, 0, len(f.Entries)-len(drop))
	for i, e := range f.Entries {
		if !drop[i] {
			kept = append(kept, e)
		}
	}
	f.Entries = kept
	f.Flags = append(f.Flags, fmt.Sprintf("%d new entries at once, newest %d kept", len(fresh), maxFresh))
}

// entryKey is short: a feed's memo holds one for each of its entries. The link
// comes first because some feeds give new ids to old entries.
func entryKey(e Entry) string {
	h := fnv.New64a()
	h.Write([]byte(first(e.Link, e.ID)))
	return strconv.FormatUint(h.Sum64(), 36)
}

func linkHost(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}
