package collect

// When a source may be asked again. Everything the server says about it is
// obeyed: Cache-Control, Expires and Retry-After (RFC 9111, RFC 9110), ttl,
// skipHours and skipDays (RSS 2.0), sy:updatePeriod (RSS 1.0 Syndication). A
// server that says nothing is asked the more rarely the longer nothing changed.

import (
	"encoding/json"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	minDelay     = time.Hour
	maxDelay     = 7 * 24 * time.Hour
	maxQuiet     = 24 * time.Hour // for a server that says nothing, and for failures
	maxFreshness = 365 * 24 * time.Hour
)

// memo is what State.Memo holds.
type memo struct {
	Pace   pace      `json:"pace,omitzero"`
	Newest time.Time `json:"newest,omitzero"` // date of the newest entry
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

// freshness is how long the answer says it stays good; 0 when it does not say.
func freshness(h http.Header, now time.Time) time.Duration {
	for _, directive := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			seconds, err := strconv.ParseInt(strings.Trim(value, `" `), 10, 64)
			if err != nil || seconds < 0 {
				return 0
			}
			return time.Duration(min(seconds, int64(maxFreshness/time.Second))) * time.Second
		}
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil { // the server's clock, not ours, RFC 9111 4.2.1
		now = date
	}
	return max(0, min(expires.Sub(now), maxFreshness))
}

// retryAfter is the wait a server asks for, in seconds or until a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(max(0, min(seconds, int64(maxFreshness/time.Second)))) * time.Second
	}
	when, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, min(when.Sub(now), maxFreshness))
}

// delayAfterSuccess is how long to wait after a good answer.
func delayAfterSuccess(state State, m memo, h http.Header, now time.Time) time.Duration {
	changed := state.Changed
	if !m.Newest.IsZero() && m.Newest.Before(now) && (changed.IsZero() || m.Newest.Before(changed)) {
		changed = m.Newest
	}
	quiet := minDelay
	if !changed.IsZero() {
		// A feed quiet for two days is asked every two hours, and so on.
		quiet = max(minDelay, min(now.Sub(changed)/24, maxQuiet))
	}
	return max(quiet, freshness(h, now), m.Pace.delay())
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
func due(feed string, now time.Time, delay time.Duration, p pace) time.Time {
	delay = max(minDelay, min(delay, maxDelay))
	h := fnv.New32a()
	h.Write([]byte(feed))
	h.Write([]byte(strconv.FormatInt(now.Unix(), 10)))
	when := now.Add(min(delay+delay/10*time.Duration(h.Sum32()%1000)/1000, maxDelay))
	for range 24 * 8 {
		if !p.skips(when) {
			break
		}
		when = when.UTC().Truncate(time.Hour).Add(time.Hour)
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
