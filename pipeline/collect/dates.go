package collect

// Dates as feeds write them. One reader for all of them: it finds the clock
// time, then a zone behind it, then day, month and year among what is left. It
// never guesses an instant: a word it does not know, a zone it does not know or
// a day that no calendar has make the date unreadable.

import (
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const maxDateText = 120 // bytes; longer text is no date

var (
	clockTime   = pattern(`(?:^|[^\d])(\d{1,2})[:.h](\d{1,2})(?:[:.](\d{1,2}))?(?:[.,]\d+|:\d{3})?\s*(a\.?m\.?\b|p\.?m\.?\b)?`)
	bareHour    = pattern(`(?:^|[^\d:.])(\d{1,2}) ?((?:a|p)\.?m\.?)(?:[^a-z]|$)`)
	asianNoon   = pattern(`(오전|오후|上午|下午|午前|午後)\s*(\d{1,2}:\d{2}(?::\d{2})?)`)
	asianClock  = pattern(`(\d{1,2})\s*[時时시点]\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?`)
	asianMonth  = pattern(`(^|[^\d])(\d{1,2})[月월]`)
	isoZoned    = pattern(`^(\d{4}-\d{2}-\d{2})(z|[+-]\d{2}:?\d{2})$`)
	isoShort    = pattern(`^-(\d{2})-?(\d{2})(?:-(\d{2}))?$`)
	isoSix      = pattern(`^(\d{2})(\d{2})(\d{2})$`)
	isoFive     = pattern(`^(\d{2})-?(\d{3})$`)
	localStamp  = pattern(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d$`)
	epoch       = pattern(`^(1\d{9})(?:\d{3})?$`)
	isoJoint    = pattern(`(\d)t(\d)`)
	isoHour     = pattern(`^(\d{4}-\d{2}-\d{2})t(\d{2})(z|[+-]\d{2}(?::?\d{2})?)?$`)
	isoCompact  = pattern(`^(\d{4})(\d{2})(\d{2})(?:t?(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?(.*))?$`)
	isoOrdinal  = pattern(`^(\d{4})-?(\d{3})$`)
	isoWeek     = pattern(`^(\d{4})-?w(\d{2})(?:-?(\d))?$`)
	isoYear     = pattern(`^(\d{4})$`)
	isoMonth    = pattern(`^(\d{4})-(\d{2})$`)
	zoneOffset  = pattern(`^(?:gmt|utc|ut|z)?\s*([+-])\s*(\d{1,2}):?(\d{2})?`)
	parenthesis = pattern(`\([^)]*\)|\[[^\]]*\]`)
	cjkDate     = pattern(`(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]`)
)

// signs writes a minus as all of them are meant, and drops marks of direction.
var signs = strings.NewReplacer("−", "-", "–", "-", "\u200e", "", "\u200f", "")

// parseDate reads a date; the answer is in UTC. ok is false when it can't be
// read with certainty. A date without a zone is taken as UTC, a date without a
// time as midnight.
func parseDate(text string) (when time.Time, ok bool) {
	if when, ok = readUsual(strings.TrimSpace(text)); ok {
		return when, true
	}
	if when, ok = readDate(text); !ok {
		return time.Time{}, false
	}
	return when, true
}

// readUsual reads the two forms that nearly all feeds use (RFC 822 with a year
// of four digits, RFC 3339) and says what readDate would say, in a tenth of the
// time. ok is false for all else.
func readUsual(text string) (when time.Time, ok bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || len(text) > len("2006-01-02T15:04:05.000000000+00:00") {
		return time.Time{}, false
	}
	var err error
	if text[4] == '-' {
		when, err = time.Parse(time.RFC3339, text)
	} else if rest, found := strings.CutSuffix(text, " GMT"); found {
		when, err = time.Parse("Mon, 2 Jan 2006 15:04:05", rest)
	} else {
		when, err = time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", text)
	}
	if err != nil {
		return time.Time{}, false
	}
	if _, east := when.Zone(); east > 14*3600 || east < -14*3600 || !plausible(when.Year()) {
		return time.Time{}, false
	}
	return when.UTC().Truncate(time.Second), true
}

func readDate(text string) (when time.Time, ok bool) {
	if len(text) > maxDateText || !utf8.ValidString(text) {
		return time.Time{}, false
	}
	s := strings.ToLower(strings.Join(strings.Fields(text), " "))
	s = strings.Trim(signs.Replace(s), "\"' ")
	if when, ok, iso := parseISO(s); iso {
		return when, ok
	}
	if s == "" || s[0] == '-' {
		return time.Time{}, false
	}
	zone := time.Duration(0)
	hasZone := false
	if cjkDate().MatchString(s) {
		if strings.ContainsRune(s, '년') { // Korean hosts write Korean time
			zone, hasZone = 9*time.Hour, true
		}
		s = cjkDate().ReplaceAllString(s, "$1-$2-$3 ")
	}
	s = asianClock().ReplaceAllString(s, " $1:$2:0$3 ")
	if m := asianMonth().FindStringSubmatch(s); m != nil && number(m[2]) >= 1 && number(m[2]) <= 12 {
		s = strings.Replace(s, m[0], m[1]+" "+strings.ToLower(time.Month(number(m[2])).String())+" ", 1)
	}
	afternoon, half := false, false
	if m := asianNoon().FindStringSubmatch(s); m != nil {
		half, afternoon = true, m[1] == "오후" || m[1] == "下午" || m[1] == "午後"
		if m[1] == "오전" || m[1] == "오후" {
			zone, hasZone = 9*time.Hour, true
		}
		s = strings.Replace(s, m[0], " "+m[2], 1)
	}
	s = isoJoint().ReplaceAllString(s, "$1 $2")

	day, tail := s, ""
	hour, minute, second := 0, 0, 0
	if m := findClock(s); m != nil {
		hour, minute = number(s[m[2]:m[3]]), number(s[m[4]:m[5]])
		if m[6] >= 0 {
			second = number(s[m[6]:m[7]])
		}
		if m[8] >= 0 {
			half, afternoon = true, s[m[8]] == 'p'
		}
		day, tail = s[:m[2]], strings.TrimSpace(s[m[1]:])
	} else if m := bareHour().FindStringSubmatchIndex(s); m != nil { // "10 pm"
		hour, half, afternoon = number(s[m[2]:m[3]]), true, s[m[4]] == 'p'
		day, tail = s[:m[2]], strings.TrimSpace(s[m[5]:])
	}
	if half {
		if hour < 1 || hour > 12 {
			return time.Time{}, false
		}
		hour %= 12
		if afternoon {
			hour += 12
		}
	}
	american := false
	if tail != "" {
		for _, name := range longZones {
			if rest, found := strings.CutPrefix(strings.Trim(tail, "( "), name.long); found {
				tail = name.short + " " + strings.TrimLeft(rest, ") ")
			}
		}
		offset, rest, known := takeZone(tail)
		word, _, _ := strings.Cut(tail, " ")
		american = known && americanZones[strings.Trim(word, "().,")]
		if known {
			zone, hasZone = offset, true
		}
		day += " " + rest // the year of asctime stands behind the time
	}
	year, month, dom, ok := readDay(day, &zone, &hasZone)
	if !ok {
		return time.Time{}, false
	}
	if american && americanSummer(year, month, dom, hour) {
		zone += time.Hour
	}
	return instant(year, month, dom, hour, minute, second, zone)
}

// longZones are zones as Windows and JavaScript write them out.
var longZones = []struct{ long, short string }{
	{"eastern standard time", "est"},
	{"eastern daylight time", "edt"},
	{"eastern time", "et"},
	{"central standard time", "cst"},
	{"central daylight time", "cdt"},
	{"central time", "ct"},
	{"mountain standard time", "mst"},
	{"mountain daylight time", "mdt"},
	{"mountain time", "mt"},
	{"pacific standard time", "pst"},
	{"pacific daylight time", "pdt"},
	{"pacific time", "pt"},
	{"coordinated universal time", "utc"},
	{"greenwich mean time", "gmt"},
	{"central european standard time", "cet"},
	{"central european summer time", "cest"},
}

// americanZones name a zone without saying whether it is summer there.
var americanZones = wordSet("et ct mt pt at")

// americanSummer says whether the clocks of North America are an hour on: from
// the second Sunday of March to the first of November (Energy Policy Act of
// 2005), before 2007 from the first Sunday of April to the last of October.
func americanSummer(year, month, day, hour int) bool {
	sunday := func(month time.Month, from int) time.Time {
		first := time.Date(year, month, from, 2, 0, 0, 0, time.UTC)
		return first.AddDate(0, 0, (7-int(first.Weekday()))%7)
	}
	begin, end := sunday(time.March, 8), sunday(time.November, 1)
	if year < 2007 {
		begin, end = sunday(time.April, 1), sunday(time.October, 25)
	}
	at := time.Date(year, time.Month(month), day, hour, 0, 0, 0, time.UTC)
	return !at.Before(begin) && at.Before(end)
}

// findClock finds the clock time: the match with a colon, else one with a dot
// that can't be part of a dotted date.
func findClock(s string) []int {
	for from := 0; from < len(s); {
		m := clockTime().FindStringSubmatchIndex(s[from:])
		if m == nil {
			return nil
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		sign := byte(0) // before a sign stands a date, behind it a zone: "2026-03-05+02:00"
		if m[2] > 0 {
			sign = s[m[2]-1]
		}
		joint := sign == '-' && m[6] >= 0 && m[2] > 1 && s[m[2]-2] >= '0' && s[m[2]-2] <= '9'
		if sep := s[m[3]]; (sep == ':' || sep == 'h' && m[2] > 4) && sign != '+' && (sign != '-' || joint) {
			return m
		}
		from = m[3]
	}
	return nil
}

// parseISO reads the forms of ISO 8601 that the general reader would misread.
// iso is false when the text has none of these forms.
func parseISO(s string) (when time.Time, ok, iso bool) {
	if m := isoWeek().FindStringSubmatch(s); m != nil {
		day := 1
		if m[3] != "" {
			day = number(m[3])
		}
		year, week := number(m[1]), number(m[2])
		// 4 January is always in week 1 (ISO 8601 3.1.1.23).
		fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		when := monday.AddDate(0, 0, (week-1)*7+day-1)
		isoYear, isoWeek := when.ISOWeek()
		return when, plausible(year) && isoYear == year && isoWeek == week && day >= 1 && day <= 7, true
	}
	if m := isoOrdinal().FindStringSubmatch(s); m != nil {
		year, day := number(m[1]), number(m[2])
		when := time.Date(year, 1, day, 0, 0, 0, 0, time.UTC)
		return when, plausible(year) && day >= 1 && when.Year() == year, true
	}
	if m := isoYear().FindStringSubmatch(s); m != nil {
		when, ok := instant(number(m[1]), 1, 1, 0, 0, 0, 0)
		return when, ok, true
	}
	if m := isoMonth().FindStringSubmatch(s); m != nil {
		when, ok := instant(number(m[1]), number(m[2]), 1, 0, 0, 0, 0)
		return when, ok, true
	}
	if m := isoZoned().FindStringSubmatch(s); m != nil { // xs:date of XML Schema
		when, ok := parseDate(m[1] + " 00:00" + m[2])
		return when, ok, true
	}
	// Years of two digits, ISO 8601:1988 5.2.1.3 and 5.2.2.2.
	if m := isoShort().FindStringSubmatch(s); m != nil {
		when, ok := instant(fullYear(number(m[1]), 2), number(m[2]), max(1, number(m[3])), 0, 0, 0, 0)
		return when, ok && m[3] != "00", true
	}
	if m := isoSix().FindStringSubmatch(s); m != nil {
		if m[1] == "20" && number(m[3]) >= 1 && number(m[3]) <= 12 { // 201112: a year and a month?
			return time.Time{}, false, true
		}
		when, ok := instant(fullYear(number(m[1]), 2), number(m[2]), number(m[3]), 0, 0, 0, 0)
		return when, ok, true
	}
	if m := isoFive().FindStringSubmatch(s); m != nil {
		when := time.Date(fullYear(number(m[1]), 2), 1, number(m[2]), 0, 0, 0, 0, time.UTC)
		return when, number(m[2]) >= 1 && when.Year() == fullYear(number(m[1]), 2), true
	}
	if m := epoch().FindStringSubmatch(s); m != nil { // seconds or milliseconds, 2001 to 2033
		seconds, err := strconv.ParseInt(m[1], 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil, true
	}
	if localStamp().MatchString(s) {
		// As java.sql.Timestamp and Microsoft's SQL Server write a time of their
		// own zone, whichever that is.
		return time.Time{}, false, true
	}
	if m := isoHour().FindStringSubmatch(s); m != nil {
		when, ok := parseDate(m[1] + " " + m[2] + ":00" + m[3])
		return when, ok, true
	}
	if m := isoCompact().FindStringSubmatch(s); m != nil {
		zone := time.Duration(0)
		if m[7] != "" {
			offset, rest, known := takeZone(strings.TrimSpace(m[7]))
			if !known || rest != "" {
				return time.Time{}, false, true
			}
			zone = offset
		}
		when, ok := instant(number(m[1]), number(m[2]), number(m[3]), number(m[4]), number(m[5]), number(m[6]), zone)
		return when, ok, true
	}
	return time.Time{}, false, false
}

// number reads decimal digits; empty is 0.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// plausible bounds the year: computers' empty dates (year 1, 1601) are no news.
func plausible(year int) bool { return year >= 1900 && year < 2200 }

func instant(year, month, day, hour, minute, second int, zone time.Duration) (time.Time, bool) {
	if !plausible(year) || month < 1 || month > 12 || day < 1 || day > 31 ||
		hour > 24 || minute > 59 || second > 60 || hour == 24 && minute+second > 0 {
		return time.Time{}, false
	}
	if time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Add(-zone), true
}

// takeZone reads a zone at the start of s and gives what follows it.
func takeZone(s string) (offset time.Duration, rest string, known bool) {
	plain := strings.TrimSpace(parenthesis().ReplaceAllString(s, ""))
	if m := zoneOffset().FindStringSubmatch(plain); m != nil {
		h, min := number(m[2]), number(m[3])
		if h > 14 || min > 59 {
			return 0, s, false
		}
		offset = time.Duration(h)*time.Hour + time.Duration(min)*time.Minute
		if m[1] == "-" {
			offset = -offset
		}
		rest = strings.TrimSpace(plain[len(m[0]):])
		if _, isName := zoneNames[strings.Trim(rest, ". ")]; isName { // "+0000 GMT"
			rest = ""
		}
		return offset, rest, true
	}
	if plain == "" {
		plain = strings.Trim(s, "() ")
	}
	word, after, _ := strings.Cut(plain, " ")
	word = strings.Trim(strings.TrimPrefix(word, "etc/"), `"'`)
	if word == "at" { // Atlantic; before the time it is a word
		return -4 * time.Hour, strings.TrimSpace(after), true
	}
	if hours, isName := zoneNames[strings.Trim(word, ".,[]")]; isName {
		return time.Duration(hours * float64(time.Hour)), strings.TrimSpace(after), true
	}
	return 0, plain, false
}

// readDay finds day, month and year. A zone may stand among them ("12:00 EST 2026").
func readDay(s string, zone *time.Duration, hasZone *bool) (year, month, day int, ok bool) {
	type figure struct {
		n, digits int
		sep       byte // what stands before it
	}
	var figures []figure
	sep := byte(0)
	weekday := -1
	s = parenthesis().ReplaceAllString(s, " ")
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r >= '0' && r <= '9':
			end := 0
			for end < len(s) && s[end] >= '0' && s[end] <= '9' {
				end++
			}
			if end > 4 || len(figures) == 3 {
				return 0, 0, 0, false
			}
			figures = append(figures, figure{number(s[:end]), end, sep})
			s = s[end:]
			for _, suffix := range []string{"st", "nd", "rd", "th", "º", "ª", "er", "re"} {
				if rest, found := strings.CutPrefix(s, suffix); found {
					if next, _ := utf8.DecodeRuneInString(rest); !unicode.IsLetter(next) {
						s = rest
						break
					}
				}
			}
			sep = 0
		case unicode.IsLetter(r):
			end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
			if end < 0 {
				end = len(s)
			}
			word := s[:end]
			s = s[end:]
			if n, isMonth := monthNames()[word]; isMonth && month == 0 {
				month = n
			} else if hours, isZone := zoneNames[word]; isZone && !*hasZone && len(word) > 1 {
				*zone, *hasZone = time.Duration(hours*float64(time.Hour)), true
			} else if n, isDay := weekdayNames()[word]; isDay {
				weekday = n
			} else if !isFiller(word) {
				return 0, 0, 0, false
			}
			sep = 0
		default:
			if sep == 0 || sep == ' ' {
				sep = byte(r & 0x7F)
			}
			s = s[size:]
		}
	}
	f := figures
	if month > 0 {
		if len(f) != 2 {
			return 0, 0, 0, false
		}
		switch {
		case f[0].digits == 4 || f[0].n > 31:
			year, day = fullYear(f[0].n, f[0].digits), f[1].n
		default:
			day, year = f[0].n, fullYear(f[1].n, f[1].digits)
		}
		return year, month, day, f[0].digits != 3 && f[1].digits != 3
	}
	if len(f) != 3 {
		return 0, 0, 0, false
	}
	switch {
	case f[0].digits == 4:
		return f[0].n, f[1].n, f[2].n, f[1].digits <= 2 && f[2].digits <= 2
	case f[2].digits == 4:
		// Which is the day: a number beyond 12, or what agrees with the weekday.
		year, a, b := f[2].n, f[0].n, f[1].n
		fits := func(month, day int) bool {
			when, ok := instant(year, month, day, 0, 0, 0, 0)
			return ok && (weekday < 0 || (int(when.Weekday())+6)%7 == weekday)
		}
		switch dayFirst, monthFirst := fits(b, a), fits(a, b); {
		case a > 12 || a == b || dayFirst && !monthFirst:
			return year, b, a, true
		case b > 12 || monthFirst && !dayFirst:
			return year, a, b, true
		case f[1].sep == '/': // the American order
			return year, a, b, true
		case f[1].sep == '.': // dots are European
			return year, b, a, true
		}
		return 0, 0, 0, false // hyphens stand in both orders
	case f[0].digits == 2 && f[1].digits == 2 && f[2].digits == 2 && f[1].sep == '-': // ISO 8601 of the last century
		return fullYear(f[0].n, 2), f[1].n, f[2].n, true
	}
	return 0, 0, 0, false
}

// fullYear widens a year of two digits as RFC 2822 section 4.3 says, but for
// the years to come, which newsletters do not cite.
func fullYear(n, digits int) int {
	switch {
	case digits > 2:
		return n
	case n < 70:
		return 2000 + n
	}
	return 1900 + n
}

func isFiller(word string) bool {
	switch word {
	case "at", "of", "the", "de", "del", "le", "um", "uhr", "on", "kl", "г", "года", "d", "t", "z", "o", "clock",
		"à", "às", "alle", "ore", "klo", "kello", "feira", "в", "о", "року", "р":
		return true
	}
	return false
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// nameSet numbers the names of a line from 1; lines of one language each, and
// other forms of a name behind a slash. The first language that has a name wins.
func nameSet(lines string) map[string]int {
	set := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		for i, names := range strings.Fields(line) {
			for _, name := range strings.Split(names, "/") {
				if _, known := set[name]; !known {
					set[name] = i + 1
				}
			}
		}
	}
	return set
}

// The tables below never change once they are made. The names are
// those of the Unicode CLDR, wide and abbreviated, where no other source is given.

// weekdayNames only decide between day and month where both could be meant: the
// date itself says which day it is. Monday is 0.
var weekdayNames = sync.OnceValue(func() map[string]int {
	set := nameSet(`
mon/monday tue/tues/tuesday wed/weds/wedn/wednesday thu/thur/thurs/thursday fri/friday sat/saturday sun/sunday
mo/montag di/dienstag mi/mittwoch do/donnerstag fr/freitag sa/samstag/sonnabend so/sonntag
lun/lundi mar/mardi mer/mercredi jeu/jeudi ven/vendredi sam/samedi dim/dimanche
lun/lunes mar/martes mié/mie/miércoles/miercoles jue/jueves vie/viernes sáb/sab/sábado/sabado dom/domingo
lun/lunedì/lunedi mar/martedì/martedi mer/mercoledì/mercoledi gio/giovedì/giovedi ven/venerdì/venerdi sab/sabato dom/domenica
seg/segunda ter/terça qua/quarta qui/quinta sex/sexta sáb dom
ma/maandag di/dinsdag wo/woensdag do/donderdag vr/vrijdag za/zaterdag zo/zondag
mån/måndag tis/tisdag ons/onsdag tor/tors/torsdag fre/fredag lör/lördag sön/söndag
man/mandag tir/tirsdag ons/onsdag tor/torsdag fre/fredag lør/lørdag søn/søndag
pon/poniedziałek wt/wtorek śr/środa czw/czwartek pt/piątek sob/sobota niedz/nie/niedziela
пн/понедельник вт/вторник ср/среда чт/четверг пт/пятница сб/суббота вс/воскресенье
пн/понеділок вт/вівторок ср/середа чт/четвер пт сб/субота нд/неділя
po/pondělí út/úterý st/středa čt/čtvrtek pá/pátek so ne/neděle
ma/maanantai/maanantaina ti/tiistai/tiistaina ke/keskiviikko/keskiviikkona to/torstai/torstaina pe/perjantai/perjantaina la/lauantai/lauantaina su/sunnuntai/sunnuntaina
δευ/δευτέρα τρι/τρίτη τετ/τετάρτη πεμ/πέμπτη παρ/παρασκευή σαβ/σάββατο κυρ/κυριακή
hétfő kedd szerda csütörtök péntek szombat vasárnap
pzt/pazartesi sal/salı çar/çarşamba per/perşembe cum/cuma cmt/cumartesi paz/pazar
luni marți miercuri joi vineri/vin sâmbătă/sâm duminică/dum
周一/星期一/週一 周二/星期二/週二 周三/星期三/週三 周四/星期四/週四 周五/星期五/週五 周六/星期六/週六 周日/星期日/週日/星期天
月/月曜日 火/火曜日 水/水曜日 木/木曜日 金/金曜日 土/土曜日 日/日曜日
월/월요일 화/화요일 수/수요일 목/목요일 금/금요일 토/토요일 일/일요일`)
	for name := range set {
		set[name]--
	}
	return set
})

var monthNames = sync.OnceValue(func() map[string]int {
	return nameSet(`
jan/january feb/february mar/march apr/april may jun/june jul/july aug/august sep/sept/september oct/october nov/november dec/december
januar/jän/jänner/jaen februar märz/mär/maerz/mrz april mai juni juli august september okt/oktober november dez/dezember
janv/janvier févr/fév/février/fevr/fevrier/fev mars avr/avril mai juin juil/juillet août/aout/aoû septembre octobre novembre déc/décembre/decembre
ene/enero febrero marzo abr/abril mayo junio julio ago/agosto septiembre/setiembre/set octubre noviembre dic/diciembre
gen/gennaio febbraio marzo aprile mag/maggio giu/giugno lug/luglio agosto settembre ott/ottobre novembre dicembre
janeiro fevereiro março/marco abril maio junho julho agosto setembro out/outubro novembro dezembro
januari februari maart/mrt april mei juni juli augustus september oktober november december
stycznia/sty lutego/lut marca kwietnia/kwi maja/maj czerwca/cze lipca/lip sierpnia/sie września/wrz października/paź listopada/lis grudnia/gru
января/янв февраля/фев марта/мар апреля/апр мая/май июня/июн июля/июл августа/авг сентября/сен октября/окт ноября/ноя декабря/дек
ιαν φεβ μάρ/μάώ/μαώ/μαρ/μάρτ απρ μάι/μαϊ/μαι/μάϊ ιούν/ιον/ιουν ιούλ/ιολ/ιουλ αύγ/αυγ σεπ οκτ νοέ/νοε/νοέμ δεκ
január február/februári március/március április/máprilis/apríl/április május/máujus június júl/július augusztus szeptember október november december
ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
ledna/led února/úno března/bře dubna/dub května/kvě června/čvn července/čvc srpna/srp září/zář října/říj listopadu prosince
tammikuuta/tammi helmikuuta/helmi maaliskuuta/maalis huhtikuuta/huhti toukokuuta/touko kesäkuuta/kesä heinäkuuta/heinä elokuuta/elo syyskuuta/syys lokakuuta/loka marraskuuta/marras joulukuuta/joulu
січня/січ лютого/лют березня/бер квітня/квіт/кві травня/трав/тра червня/черв/чер липня/лип серпня/серп/сер вересня/вер жовтня/жовт/жов листопада/лист/лис грудня/груд/гру
ianuarie/ian februarie martie aprilie mai iunie/iun iulie/iul august septembrie octombrie noiembrie/noi decembrie
januar februar mars april maj/mai juni juli august september oktober november desember/des
januari februari maret april mei juni juli agustus/agu september oktober november desember
一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月
ocak şub/şubat mart nis/nisan mayıs haz/haziran tem/temmuz ağu/ağustos eyl/eylül eki/ekim kas/kasım ara/aralık`)
})

// zoneNames are hours east of Greenwich. Names that mean several zones are
// read as feeds use them (RFC 5322 section 4.3 for the American ones); a
// single letter but Z is no zone, for the reason given there.
var zoneNames = map[string]float64{
	"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "ist": 5.5, "cet": 1, "mez": 1, "cest": 2,
	"mesz": 2, "mest": 2, "met": 1, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3, "sast": 2, "cat": 2, "eat": 3, "wat": 1,
	"est": -5, "edt": -4, "et": -5, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
	"ct": -6, "mt": -7, "pt": -8, "hne": -5, "hae": -4, "hnc": -6, "hac": -5, "hnr": -7, "har": -6, "hnp": -8, "hap": -7,
	"akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5,
	"brt": -3, "brst": -2, "art": -3, "clt": -4, "clst": -3, "cot": -5, "pet": -5,
	"uyt": -3, "bot": -4, "vet": -4, "gft": -3, "wita": 8, "mmt": 6.5, "bdt": 6, "aft": 4.5, "uzt": 5,
	"samt": 4, "yekt": 5, "omst": 6, "krat": 7, "irkt": 8, "yakt": 9, "vlat": 10, "magt": 11, "pett": 12, "azt": 4, "fet": 3,
	"irdt": 4.5, "hast": -10, "sst": -11, "chst": 10, "lhst": 10.5,
	"sgt": 8, "hkt": 8, "jst": 9, "kst": 9, "pht": 8, "wib": 7, "ict": 7, "myt": 8, "pkt": 5, "npt": 5.75, "gst": 4, "irst": 3.5,
	"aest": 10, "aedt": 11, "acst": 9.5, "acdt": 10.5, "awst": 8, "nzst": 12, "nzdt": 13, "idt": 3,
}
