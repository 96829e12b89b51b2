package collect

// Feeds as the world breaks them, family by family. Each case is the smallest
// document that shows the fault, and what must come of it, in the expressions
// of corpus_test.go.

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/ianaindex"
)

const fiveSpaces = ` xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom"`

// inRSS is a feed of one item, inAtom one of one entry.
func inRSS(inside string) string {
	return `<?xml version="1.0"?><rss version="2.0"` + fiveSpaces + `><channel><title>Feed</title><link>http://e.com/</link><item>` + inside + `</item></channel></rss>`
}

func inAtom(inside string) string {
	return `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"` + fiveSpaces + `><title>Feed</title><link href="http://e.com/"/><id>urn:f</id><entry>` + inside + `</entry></feed>`
}

// inCharset writes a text in a named charset.
func inCharset(name, text string) string {
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		panic(name)
	}
	out, err := enc.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return out
}

func inUTF16(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

func inUTF32(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, r := range text {
		out = order.AppendUint32(out, uint32(r))
	}
	return string(out)
}

// long is a text of some length, so that a detector has something to go by.
const (
	russian  = `<rss><channel><title>Новости</title><item><title>Уязвимость в почтовом сервере</title><description>Производитель выпустил исправление для почтового сервера. Администраторам советуют установить его как можно скорее и проверить журналы.</description></item></channel></rss>`
	japanese = `<rss><channel><title>ニュース</title><item><title>脆弱性に関する情報</title><description>この製品には複数の脆弱性が確認されています。開発者は修正版を公開しました。管理者はできるだけ早く更新してください。</description></item></channel></rss>`
	chinese  = `<rss><channel><title>新聞</title><item><title>安全漏洞通告</title><description>這個產品有多個安全漏洞，開發人員已經發布了修正版本，請管理員儘快更新系統並檢查記錄。</description></item></channel></rss>`
	korean   = `<rss><channel><title>소식</title><item><title>취약점 공지</title><description>이 제품에서 여러 취약점이 확인되었습니다. 개발자가 수정 버전을 공개했으니 관리자는 가능한 한 빨리 업데이트하시기 바랍니다.</description></item></channel></rss>`
	greek    = `<rss><channel><title>Νέα</title><item><title>Ευπάθεια στον διακομιστή</title><description>Ο κατασκευαστής έδωσε διόρθωση για τον διακομιστή. Οι διαχειριστές πρέπει να την εγκαταστήσουν το συντομότερο δυνατό.</description></item></channel></rss>`
)

type sibling struct{ name, body, contentType, expect string }

var siblings = []sibling{
	// charset
	{"charset: Shift_JIS, said nowhere", inCharset("shift_jis", japanese), "", `entries[0]['title'] == '脆弱性に関する情報'`},
	{"charset: EUC-JP, said nowhere", inCharset("euc-jp", japanese), "", `entries[0]['title'] == '脆弱性に関する情報'`},
	{"charset: KOI8-R, said nowhere", inCharset("koi8-r", russian), "", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: windows-1251, said nowhere", inCharset("windows-1251", russian), "", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: Big5, said nowhere", inCharset("big5", chinese), "", `entries[0]['title'] == '安全漏洞通告'`},
	{"charset: EUC-KR, said nowhere", inCharset("euc-kr", korean), "", `entries[0]['title'] == '취약점 공지'`},
	{"charset: ISO-8859-7, said nowhere", inCharset("iso-8859-7", greek), "", `entries[0]['title'] == 'Ευπάθεια στον διακομιστή'`},
	{"charset: Big5, declared", `<?xml version="1.0" encoding="Big5"?>` + inCharset("big5", chinese), "", `entries[0]['title'] == '安全漏洞通告'`},
	{"charset: GB18030, declared", `<?xml version="1.0" encoding="GB18030"?>` + inCharset("gb18030", `<rss><channel><item><title>漏洞𠮷</title></item></channel></rss>`), "", `entries[0]['title'] == '漏洞𠮷'`},
	{"charset: ISO-8859-2, declared", `<?xml version="1.0" encoding="iso-8859-2"?>` + inCharset("iso-8859-2", `<rss><channel><item><title>Žluťoučký kůň</title></item></channel></rss>`), "", `entries[0]['title'] == 'Žluťoučký kůň'`},
	{"charset: macintosh, declared", `<?xml version="1.0" encoding="macintosh"?>` + inCharset("macintosh", `<rss><channel><item><title>It’s café</title></item></channel></rss>`), "", `entries[0]['title'] == 'It’s café'`},
	{"charset: a name with x- before it", `<?xml version="1.0" encoding="x-sjis"?>` + inCharset("shift_jis", japanese), "", `entries[0]['title'] == '脆弱性に関する情報'`},
	{"charset: a name nobody knows, UTF-8", `<?xml version="1.0" encoding="utf8mb4"?><rss><channel><item><title>Café</title></item></channel></rss>`, "", `entries[0]['title'] == 'Café'`},
	{"charset: a name nobody knows, windows-1252", "<?xml version='1.0' encoding='ansi'?><rss><channel><item><title>It\x92s caf\xe9</title></item></channel></rss>", "", `entries[0]['title'] == 'It’s café'`},
	{"charset: a label in capitals and blanks", `<?xml version="1.0" encoding=" WINDOWS-1251 "?>` + inCharset("windows-1251", russian), "", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: blanks round the equals sign", `<?xml version = "1.0" encoding = 'windows-1251' ?>` + inCharset("windows-1251", russian), "", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: the server says ASCII", inRSS("<title>Café</title>"), "text/xml; charset=us-ascii", `entries[0]['title'] == 'Café'`},
	{"charset: the server says ASCII, the document windows-1252", "<?xml version='1.0' encoding='windows-1252'?><rss><channel><item><title>It\x92s</title></item></channel></rss>", "text/xml; charset=us-ascii", `entries[0]['title'] == 'It’s'`},
	{"charset: the server says UTF-8, the document windows-1251 and is it", `<?xml version="1.0" encoding="windows-1251"?>` + inCharset("windows-1251", russian), "text/xml; charset=utf-8", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: the server says Latin-1, the document windows-1251 and is it", `<?xml version="1.0" encoding="windows-1251"?>` + inCharset("windows-1251", russian), "text/xml; charset=iso-8859-1", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: a mark of UTF-8 and another label", "\ufeff<?xml version='1.0' encoding='iso-8859-1'?><rss><channel><item><title>Café</title></item></channel></rss>", "", `entries[0]['title'] == 'Café'`},
	{"charset: UTF-16 LE with a mark", "\xff\xfe" + inUTF16(binary.LittleEndian, inRSS("<title>Café 漏 𠮷</title>")), "", `entries[0]['title'] == 'Café 漏 𠮷'`},
	{"charset: UTF-16 BE with a mark", "\xfe\xff" + inUTF16(binary.BigEndian, inRSS("<title>Café 漏</title>")), "", `entries[0]['title'] == 'Café 漏'`},
	{"charset: UTF-16 BE without", inUTF16(binary.BigEndian, inRSS("<title>Café 漏</title>")), "", `entries[0]['title'] == 'Café 漏'`},
	{"charset: UTF-16 LE without, after a line end", inUTF16(binary.LittleEndian, "\n"+inRSS("<title>Café 漏</title>")), "", `entries[0]['title'] == 'Café 漏'`},
	{"charset: UTF-16 whose document says UTF-8", "\xff\xfe" + inUTF16(binary.LittleEndian, `<?xml version="1.0" encoding="utf-8"?><rss><channel><item><title>Café</title></item></channel></rss>`), "text/xml; charset=utf-8", `entries[0]['title'] == 'Café'`},
	{"charset: UTF-16 LE named by the server only", inUTF16(binary.LittleEndian, "漏<rss><channel><item><title>Café</title></item></channel></rss>")[2:], "text/xml; charset=utf-16le", `entries[0]['title'] == 'Café'`},
	{"charset: UTF-32 LE with a mark", "\xff\xfe\x00\x00" + inUTF32(binary.LittleEndian, inRSS("<title>Café 漏</title>")), "", `entries[0]['title'] == 'Café 漏'`},
	{"charset: UTF-32 BE without", inUTF32(binary.BigEndian, inRSS("<title>Café 漏</title>")), "", `entries[0]['title'] == 'Café 漏'`},
	{"charset: UTF-7, declared", `<?xml version="1.0" encoding="utf-7"?><rss><channel><item><title>Caf+AOk-</title></item></channel></rss>`, "", `len(entries) == 1`},
	{"charset: UTF-8 encoded twice stays what it says", inRSS("<title>CafÃ©</title>"), "", `entries[0]['title'] == 'CafÃ©'`},
	{"charset: one bad byte in UTF-8", inRSS("<title>Caf\xe9 漏</title>"), "", `entries[0]['title'] == 'Café 漏'`},
	{"charset: overlong UTF-8", inRSS("<title>a\xc0\xafb</title>"), "", `entries[0]['title'].startswith('a') and entries[0]['title'].endswith('b')`},
	{"charset: cut within a character", strings.TrimSuffix(inRSS("<title>T1</title>"), "</channel></rss>") + "<item><title>Caf\xc3", "", `entries[0]['title'] == 'T1'`},
	{"charset: gzip that nobody said", gzipped(inRSS("<title>T1</title>")), "application/rss+xml", `entries[0]['title'] == 'T1'`},

	{"charset: said to be UTF-8, is KOI8-R", `<?xml version="1.0" encoding="utf-8"?>` + inCharset("koi8-r", russian), "application/rss+xml; charset=utf-8", `entries[0]['title'] == 'Уязвимость в почтовом сервере'`},
	{"charset: said to be UTF-8, is Shift_JIS", `<?xml version="1.0" encoding="utf-8"?>` + inCharset("shift_jis", japanese), "", `entries[0]['title'] == '脆弱性に関する情報'`},
	{"charset: said to be UTF-8, is windows-1252", "<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>Le caf\xe9 est ferm\xe9 \x96 d\xe9j\xe0</title><description>Les \xe9l\xe8ves \xe9taient d\xe9sol\xe9s, mais le propri\xe9taire \xe9tait press\xe9 d'\xeatre \xe0 la mer.</description></item></channel></rss>", "", `entries[0]['title'] == 'Le café est fermé – déjà'`},
	{"charset: a mark of UTF-8, Latin-1 said by the server", "\ufeff" + inRSS("<title>Café</title>"), "text/xml; charset=iso-8859-1", `entries[0]['title'] == 'Café'`},
	{"charset: GBK said to be GB2312 by the server only", inCharset("gbk", `<rss><channel><item><title>漏洞嗞通告</title></item></channel></rss>`), "text/xml; charset=gb2312", `entries[0]['title'] == '漏洞嗞通告'`},
	{"charset: EUC-JP, declared", `<?xml version="1.0" encoding="EUC-JP"?>` + inCharset("euc-jp", japanese), "", `entries[0]['title'] == '脆弱性に関する情報'`},
	{"charset: code page 850, declared", `<?xml version="1.0" encoding="cp850"?>` + inCharset("ibm850", `<rss><channel><item><title>Café</title></item></channel></rss>`), "", `entries[0]['title'] == 'Café'`},
	{"charset: TIS-620, declared", `<?xml version="1.0" encoding="tis-620"?>` + inCharset("windows-874", `<rss><channel><item><title>ช่องโหว่</title></item></channel></rss>`), "", `entries[0]['title'] == 'ช่องโหว่'`},
	{"charset: windows-1255, declared", `<?xml version="1.0" encoding="windows-1255"?>` + inCharset("windows-1255", `<rss><channel><item><title>פגיעות</title></item></channel></rss>`), "", `entries[0]['title'] == 'פגיעות'`},
	{"charset: windows-1256, by the server", inCharset("windows-1256", `<rss><channel><item><title>ثغرة</title></item></channel></rss>`), "text/xml;charset=windows-1256", `entries[0]['title'] == 'ثغرة'`},

	// control
	{"control: NUL between letters of a tag", strings.ReplaceAll(inRSS("<title>T1</title>"), "<title>T1", "<ti\x00tle>T1"), "", `entries[0]['title'] == 'T1'`},
	{"control: vertical tab and form feed", inRSS("<title>a\x0bb\x0cc</title>"), "", `entries[0]['title'].replace(' ','') == 'abc'`},
	{"control: a control in an attribute", inAtom("<title>T1</title><link href='http://e.com/\x011'/>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"control: a control in a link", inRSS("<link>http://e.com/\x021</link>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"control: controls before the document", "\x00\x01\x02" + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"control: controls after the document", inRSS("<title>T1</title>") + "\x00\x00\x1a", "", `entries[0]['title'] == 'T1'`},
	{"control: C1 characters", inRSS("<title>a\u0085b\u009fc</title>"), "", `entries[0]['title'].replace(' ','') == 'abc'`},
	{"control: non-characters and the replacement character", inRSS("<title>a\ufffeb\uffffc\ufdd0d</title>"), "", `'a' in entries[0]['title'] and 'd' in entries[0]['title']`},
	{"control: a reference to a non-character", inRSS("<title>a&#xFFFF;b&#x1F;c</title>"), "", `entries[0]['title'] == 'abc'`},
	{"control: zero width and direction", inRSS("<title>a\u200bb\u202ec\u2066d</title>"), "", `entries[0]['title'] == 'abcd'`},
	{"control: backspace in content:encoded", inRSS("<title>T1</title><content:encoded><![CDATA[<p>a\x08b</p>]]></content:encoded>"), "", `entries[0]['content'][0]['value'] == '<p>ab</p>'`},
	{"control: an escape character in JSON Feed", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"x\",\"items\":[{\"id\":\"1\",\"title\":\"a\x1bb\"}]}", "", `entries[0]['title'] == 'ab'`},
	{"control: a line end in a text of JSON Feed", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"x\",\"items\":[{\"id\":\"1\",\"title\":\"a\nb\"}]}", "", `entries[0]['title'] == 'a b'`},
	{"control: NUL in a category and an author", inRSS("<category>a\x00b</category><dc:creator>A\x00nn</dc:creator>"), "", `entries[0]['tags'][0]['term'] == 'ab' and entries[0]['author'] == 'Ann'`},

	{"control: a form feed between a name and its attribute", inAtom("<link\x0chref='http://e.com/1'\x0brel='alternate'/><title>T1</title>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"control: DEL and a soft hyphen", inRSS("<title>a\x7fb\u00adc</title>"), "", `entries[0]['title'] == 'abc'`},
	{"control: a byte order mark within", inRSS("<title>a\ufeffb</title>"), "", `entries[0]['title'] == 'ab'`},
	{"control: NUL as an escape of JSON", `{"title":"x","items":[{"id":"1","title":"a\u0000b","content_html":"<p>c\u0000d</p>"}]}`, "", `entries[0]['title'] == 'ab' and entries[0]['content'][0]['value'] == '<p>cd</p>'`},
	{"control: half a surrogate pair in JSON", `{"title":"x","items":[{"id":"1","title":"a\ud83db"}]}`, "", `entries[0]['title'] == 'ab'`},
	{"control: a vertical tab between the items of JSON", "{\"title\":\"x\",\"items\":[{\"id\":\"1\",\"title\":\"T1\"},\x0b{\"id\":\"2\",\"title\":\"T2\"}]}", "", `len(entries) == 2`},

	// entities
	{"entities: HTML's names, undeclared", inRSS("<title>&eacute;&hellip;&rsquo;&copy;&euro;</title>"), "", `entries[0]['title'] == 'é…’©€'`},
	{"entities: a name nobody knows stays", inRSS("<title>a &unknown; b</title>"), "", `entries[0]['title'] == 'a &unknown; b'`},
	{"entities: escaped twice", inRSS("<title>AT&amp;amp;T</title>"), "", `entries[0]['title'] == 'AT&T'`},
	{"entities: escaped twice in a description", inRSS("<description>AT&amp;amp;T &amp;lt;b&amp;gt;</description>"), "", `'AT&T' in str(entries[0]['summary']).replace('&amp;','&')`},
	{"entities: a bare ampersand in a link", inRSS("<link>http://e.com/?a=1&b=2</link>"), "", `entries[0]['link'] == 'http://e.com/?a=1&b=2'`},
	{"entities: a bare ampersand that looks like a name", inRSS("<link>http://e.com/?a=1&copy=2&lt=3</link>"), "", `entries[0]['link'] == 'http://e.com/?a=1&copy=2&lt=3'`},
	{"entities: an escaped ampersand in CDATA", inRSS("<link><![CDATA[http://e.com/?a=1&amp;b=2]]></link>"), "", `entries[0]['link'] == 'http://e.com/?a=1&b=2'`},
	{"entities: an ampersand escaped twice in a link", inRSS("<link>http://e.com/?a=1&amp;amp;b=2</link>"), "", `entries[0]['link'] == 'http://e.com/?a=1&b=2'`},
	{"entities: a bare ampersand in an attribute", inAtom(`<link href="http://e.com/?a=1&b=2"/>`), "", `entries[0]['link'] == 'http://e.com/?a=1&b=2'`},
	{"entities: HTML's names in an attribute", inAtom(`<category term="caf&eacute;"/>`), "", `entries[0]['tags'][0]['term'] == 'café'`},
	{"entities: declared in a DTD", `<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY firm "ACME Inc.">]>` + `<rss version="2.0"><channel><item><title>a&nbsp;b</title></item></channel></rss>`, "", `entries[0]['title'] == 'a\xa0b'`},
	{"entities: an external one is not fetched and not lost silently", `<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>a&x;b</title></item></channel></rss>`, "", `'root' not in entries[0]['title'] and entries[0]['title'].startswith('a')`},
	{"entities: one without its semicolon", inRSS("<title>Q&amp A</title>"), "", `entries[0]['title'] == 'Q& A' or entries[0]['title'] == 'Q&amp A'`},
	{"entities: numbers beyond Unicode", inRSS("<title>a&#x110000;&#99999999999;b</title>"), "", `entries[0]['title'].startswith('a') and entries[0]['title'].endswith('b')`},
	{"entities: a surrogate pair as two references", inRSS("<title>a&#xD83D;&#xDE00;b</title>"), "", `entries[0]['title'] == 'a😀b'`},
	{"entities: hexadecimal in capitals", inRSS("<title>a&#X2019;b</title>"), "", `entries[0]['title'] == 'a’b'`},
	{"entities: references within CDATA", inRSS("<title><![CDATA[AT&amp;T &#8217; &mdash;]]></title>"), "", `entries[0]['title'] == 'AT&T ’ —'`},
	{"entities: code in a title", inRSS("<title>Use &lt;script&gt; with care</title>"), "", `'with care' in entries[0]['title']`},
	{"entities: a less-than sign", inRSS("<title>a &lt; b and c &gt; d</title>"), "", `entries[0]['title'] == 'a < b and c > d'`},
	{"entities: a bare less-than sign", inRSS("<title>if a < b then</title>"), "", `entries[0]['title'] == 'if a < b then'`},
	{"entities: a bare less-than sign before a digit", inRSS("<title>load <5% of all</title>"), "", `entries[0]['title'] == 'load <5% of all'`},
	{"entities: a less-than sign before a letter, escaped", inRSS("<description>when x &lt;y the check fails</description>"), "", `'the check fails' in str(entries[0]['summary'])`},
	{"entities: five of XML's in Atom text", inAtom(`<title>&lt;b&gt; &amp; &quot;x&quot; &apos;y&apos;</title>`), "", `'&' in entries[0]['title'] and "'y'" in entries[0]['title']`},
	{"entities: Atom text escaped is text", inAtom(`<title type="text">Less &lt;em&gt; more</title>`), "", `entries[0]['title'] == 'Less <em> more'`},
	{"entities: nested billions are not expanded", `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel><item><title>T1 &b;</title></item></channel></rss>`, "", `entries[0]['title'].startswith('T1')`},

	{"entities: a number without its semicolon", inRSS("<title>It&#8217s</title>"), "", `entries[0]['title'] == 'It’s'`},
	{"entities: a number escaped twice", inRSS("<title>It&amp;#8217;s</title><description>It&amp;#8217;s</description>"), "", `entries[0]['title'] == 'It’s' and entries[0]['summary'] == 'It’s'`},
	{"entities: in capitals", inRSS("<title>A &AMP; B &COPY;</title>"), "", `entries[0]['title'] == 'A & B ©'`},
	{"entities: an ampersand at the end", inRSS("<title>A &</title>"), "", `entries[0]['title'] == 'A &'`},
	{"entities: in a guid and an author", inRSS("<guid isPermaLink='false'>a&amp;b</guid><dc:creator>Ann &amp; Bob</dc:creator>"), "", `entries[0]['id'] == 'a&b' and entries[0]['author'] == 'Ann & Bob'`},
	{"entities: a parameter entity of a DTD", `<!DOCTYPE rss [<!ENTITY % x "<!ENTITY y 'z'>"> %x;]><rss><channel><item><title>T1</title></item></channel></rss>`, "", `entries[0]['title'] == 'T1'`},
	{"entities: a DTD with a greater-than sign in a value", `<!DOCTYPE rss [<!ENTITY gt2 "a > b">]><rss><channel><item><title>T1</title></item></channel></rss>`, "", `entries[0]['title'] == 'T1'`},
	{"entities: the DTD of RSS 0.91", `<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><item><title>caf&eacute;</title></item></channel></rss>`, "", `entries[0]['title'] == 'café'`},

	// structure
	{"structure: RSS whose default namespace is Atom's", `<rss version="2.0" xmlns="http://www.w3.org/2005/Atom"><channel><title>Feed</title><item><title>T1</title><link>http://e.com/1</link><description>D1</description></item></channel></rss>`, "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1' and entries[0]['summary'] == 'D1' and feed['title'] == 'Feed'`},
	{"structure: RSS whose default namespace is Dublin Core's", `<rss version="2.0" xmlns="http://purl.org/dc/elements/1.1/"><channel><item><title>T1</title><link>http://e.com/1</link></item></channel></rss>`, "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: Atom whose default namespace is XHTML's", `<feed xmlns="http://www.w3.org/1999/xhtml"><title>Feed</title><entry><title>T1</title><link href="http://e.com/1"/></entry></feed>`, "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: an item before the channel", `<rss><item><title>T1</title></item><channel><title>Feed</title><item><title>T2</title></item></channel></rss>`, "", `len(entries) == 2 and feed['title'] == 'Feed'`},
	{"structure: a channel in an item", `<rss><channel><title>Feed</title><item><title>T1</title><channel>x</channel><link>http://e.com/1</link></item><item><title>T2</title></item></channel></rss>`, "", `len(entries) == 2 and entries[0]['title'] == 'T1'`},
	{"structure: RSS 2.0's items in RDF", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel><title>Feed</title><item><title>T1</title><guid>http://e.com/1</guid></item></channel></rdf:RDF>`, "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: an entry in a content", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T1</title><content type="html">&lt;entry&gt;x&lt;/entry&gt;</content></entry></feed>`, "", `len(entries) == 1`},
	{"structure: the feed in another element", `<response><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T1</title></entry></feed></response>`, "", `entries[0]['title'] == 'T1'`},
	{"structure: end of the channel too early", `<rss><channel><title>Feed</title></channel><item><title>T1</title></item><item><title>T2</title></item></rss>`, "", `len(entries) == 2`},
	{"structure: two ends", `<rss><channel><item><title>T1</title></item></channel></rss></channel></rss>`, "", `len(entries) == 1`},
	{"structure: mail line ends", strings.ReplaceAll(inRSS("<title>T1</title>\n<link>http://e.com/1</link>\n"), "\n", "\r\n"), "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: carriage returns alone", strings.ReplaceAll(inRSS("<title>T\n1</title>\n<link>http://e.com/1</link>\n"), "\n", "\r"), "", `entries[0]['title'] == 'T 1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: cut in the middle of a tag", `<rss><channel><item><title>T1</title></item><item><title>T2</title></item><item><tit`, "", `len(entries) == 2 and 'cut off' in str(feed['flags'])`},
	{"structure: cut in the middle of an attribute", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T1</title></entry><entry><title>T2</title><link href="http://e.c`, "", `len(entries) >= 1 and entries[0]['title'] == 'T1' and 'cut off' in str(feed['flags'])`},
	{"structure: cut in a comment", `<rss><channel><item><title>T1</title></item><!-- and so`, "", `len(entries) == 1 and 'cut off' in str(feed['flags'])`},
	{"structure: cut after the items", `<rss><channel><item><title>T1</title></item>`, "", `len(entries) == 1 and 'cut off' in str(feed['flags'])`},
	{"structure: a comment never closed, items behind it", `<rss><channel><!-- editor's note <item><title>T1</title></item></channel></rss>`, "", `len(entries) == 1 and len(feed['flags']) > 0`},
	{"structure: a comment never closed within a title", inRSS("<title>a<!-- b</title><link>http://e.com/1</link>"), "", `entries[0]['link'] == 'http://e.com/1' and entries[0]['title'].startswith('a')`},
	{"structure: CDATA never closed within a title", `<rss><channel><item><title><![CDATA[T1</title><link>http://e.com/1</link></item><item><title>T2</title></item></channel></rss>`, "", `len(entries) == 2 and entries[0]['title'] == 'T1' and entries[1]['title'] == 'T2'`},
	{"structure: CDATA closed with one bracket", `<rss><channel><item><title><![CDATA[T1]></title></item><item><title><![CDATA[T2]]></title></item></channel></rss>`, "", `len(entries) == 2 and entries[1]['title'] == 'T2' and entries[0]['title'].startswith('T1')`},
	{"structure: CDATA within CDATA", inRSS("<title><![CDATA[<![CDATA[T1]]>]]></title>"), "", `entries[0]['title'].startswith('T1')`},
	{"structure: CDATA escaped", inRSS("<title>&lt;![CDATA[T1]]&gt;</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: CDATA escaped round HTML", inRSS("<description>&lt;![CDATA[&lt;p&gt;Full text&lt;/p&gt;]]&gt;</description>"), "", `'Full text' in str(entries[0]['summary'])`},
	{"structure: CDATA in small letters", inRSS("<title><![cdata[T1]]></title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: a text in two CDATA sections", inRSS("<title><![CDATA[T]]>1<![CDATA[ b]]></title>"), "", `entries[0]['title'] == 'T1 b'`},
	{"structure: the end of CDATA in a text", inRSS("<title>a ]]> b</title>"), "", `entries[0]['title'] == 'a ]]> b'`},
	{"structure: a processing instruction never closed", `<rss><channel><?php echo 1; <item><title>T1</title></item></channel></rss>`, "", `len(entries) == 1`},
	{"structure: a title never closed", inRSS("<title>T1<link>http://e.com/1</link>"), "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: a description never closed", `<rss><channel><item><title>T1</title><description>D1</item><item><title>T2</title></item></channel></rss>`, "", `len(entries) == 2 and entries[0]['summary'] == 'D1'`},
	{"structure: an item never closed", `<rss><channel><item><title>T1</title><item><title>T2</title></item></channel></rss>`, "", `len(entries) == 2 and entries[0]['title'] == 'T1'`},
	{"structure: tags closed in the wrong order", inRSS("<title>T1</link></title><link>http://e.com/1</link>"), "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: end tag in another case", inRSS("<title>T1</Title><link>http://e.com/1</LINK>"), "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: the same attribute twice", inAtom(`<link href="http://e.com/1" rel="alternate" rel="alternate"/><title>T1</title>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"structure: attributes without blanks between them", inAtom(`<link rel="alternate"href="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"structure: an attribute without its last quotation mark", inAtom(`<link rel="alternate" href="http://e.com/1/><title>T1</title>`), "", `entries[0]['link'] == 'http://e.com/1/' or entries[0]['link'] == 'http://e.com/1'`},
	{"structure: an enclosure without its last quotation mark", inRSS(`<enclosure url="http://e.com/a.mp3 type="audio/mpeg" /><title>T1</title>`), "", `entries[0]['title'] == 'T1'`},
	{"structure: curly quotation marks round an attribute", inAtom(`<link rel=”alternate” href=”http://e.com/1”/><title>T1</title>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"structure: a greater-than sign in an attribute", inAtom(`<link title="a > b" href="http://e.com/1"/><title>T1</title>`), "", `entries[0]['link'] == 'http://e.com/1' and entries[0]['title'] == 'T1'`},
	{"structure: blanks in tags", inRSS("<title >T1</title ><link\n>http://e.com/1</link\n>"), "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: blank before a tag's name", "< rss><channel><item><title>T1</title></item></channel></rss>", "", `err or len(entries) == 1`},
	{"structure: PHP warnings before it", "<br />\n<b>Warning</b>:  mysql_connect() in <b>/var/www/x.php</b> on line <b>3</b><br />\n" + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: a plain warning before it", "Warning: something failed in x.php\n" + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: a PHP notice with angle brackets before Atom", "<b>Notice</b>: x <br>" + inAtom("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: blank lines before the declaration", "\n\n  " + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: HTTP headers before it", "X-Cache: HIT\r\nContent-Type: text/xml\r\n\r\n" + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: HTML before it", "<!DOCTYPE html><html><head><title>x</title></head><body>" + inRSS("<title>T1</title>") + "</body></html>", "", `entries[0]['title'] == 'T1'`},
	{"structure: in a pre element", "<html><body><pre>" + inRSS("<title>T1</title>") + "</pre></body></html>", "", `entries[0]['title'] == 'T1'`},
	{"structure: garbage after it", inRSS("<title>T1</title>") + "<script>track()</script> and more <b>", "", `len(entries) == 1 and entries[0]['title'] == 'T1'`},
	{"structure: two documents in one", inRSS("<title>T1</title>") + inRSS("<title>T2</title>"), "", `len(entries) == 2 and entries[0]['title'] == 'T1' and feed['title'] == 'Feed'`},
	{"structure: two channels", `<rss><channel><title>Feed</title><item><title>T1</title></item></channel><channel><title>Other</title><item><title>T2</title></item></channel></rss>`, "", `len(entries) == 2 and feed['title'] == 'Feed'`},
	{"structure: Atom within RSS", `<rss><channel><title>Feed</title><entry><title>T1</title></entry></channel></rss>`, "", `len(entries) == 1 and entries[0]['title'] == 'T1'`},
	{"structure: items in Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title><item><title>T1</title><link>http://e.com/1</link></item></feed>`, "", `len(entries) == 1 and entries[0]['title'] == 'T1'`},
	{"structure: an element called entry in an item", `<rss><channel><item><title>T1</title><entry>x</entry><link>http://e.com/1</link></item></channel></rss>`, "", `len(entries) == 1 and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: an element called item in an entry", inAtom("<title>T1</title><item>x</item><link href='http://e.com/1'/>"), "", `len(entries) == 1 and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: items in an items element", `<rss><channel><title>Feed</title><items><item><title>T1</title></item></items></channel></rss>`, "", `len(entries) == 1`},
	{"structure: no channel, items in rss", `<rss version="2.0"><title>Feed</title><item><title>T1</title></item></rss>`, "", `len(entries) == 1 and entries[0]['title'] == 'T1'`},
	{"structure: no root", `<channel><title>Feed</title><item><title>T1</title></item></channel>`, "", `len(entries) == 1 and feed['title'] == 'Feed'`},
	{"structure: items alone", `<item><title>T1</title></item><item><title>T2</title></item>`, "", `len(entries) == 2`},
	{"structure: an Atom entry document", `<entry xmlns="http://www.w3.org/2005/Atom"><title>T1</title><id>urn:1</id></entry>`, "", `len(entries) == 1 and entries[0]['title'] == 'T1'`},
	{"structure: a title within a title's markup", inRSS("<title>T1 <b>bold</b> end</title>"), "", `entries[0]['title'] == 'T1 bold end'`},
	{"structure: HTML in a description, unescaped and never closed", inRSS("<description><p>Hello<br>bold <img src='http://e.com/x.png'> end</description><title>T1</title>"), "", `'Hello' in entries[0]['summary'] and 'end' in entries[0]['summary'] and entries[0]['title'] == 'T1'`},
	{"structure: a link within an unescaped description", inRSS("<description>See <link>http://x.com/</link> for more</description><title>T1</title>"), "", `'for more' in entries[0]['summary'] and entries[0]['title'] == 'T1'`},
	{"structure: upper case, attributes too", `<RSS VERSION="2.0"><CHANNEL><ITEM><TITLE>T1</TITLE><GUID ISPERMALINK="false">g</GUID><PUBDATE>Mon, 02 Jan 2006 15:04:05 GMT</PUBDATE></ITEM></CHANNEL></RSS>`, "", `entries[0]['title'] == 'T1' and entries[0]['id'] == 'g' and entries[0]['published_parsed'][:3] == (2006,1,2)`},
	{"structure: RSS under a prefix", `<r:rss xmlns:r="http://backend.userland.com/rss2"><r:channel><r:title>Feed</r:title><r:item><r:title>T1</r:title></r:item></r:channel></r:rss>`, "", `entries[0]['title'] == 'T1' and feed['title'] == 'Feed'`},
	{"structure: Atom's namespace with https", strings.ReplaceAll(inAtom("<title>T1</title>"), "http://www.w3.org/2005/Atom", "https://www.w3.org/2005/Atom"), "", `entries[0]['title'] == 'T1'`},
	{"structure: Atom's namespace with a slash", strings.ReplaceAll(inAtom("<title>T1</title>"), "http://www.w3.org/2005/Atom", "http://www.w3.org/2005/Atom/"), "", `entries[0]['title'] == 'T1'`},
	{"structure: Atom's namespace misspelt", strings.ReplaceAll(inAtom("<title>T1</title>"), "http://www.w3.org/2005/Atom", "http://www.w3.org/2005/atom10"), "", `entries[0]['title'] == 'T1'`},
	{"structure: Atom without a namespace", `<feed><title>Feed</title><entry><title>T1</title><link href="http://e.com/1"/></entry></feed>`, "", `entries[0]['title'] == 'T1' and entries[0]['link'] == 'http://e.com/1'`},
	{"structure: a namespace declared on the element itself", `<rss version="2.0"><channel><item><title>T1</title><x:encoded xmlns:x="http://purl.org/rss/1.0/modules/content/">&lt;p&gt;Full&lt;/p&gt;</x:encoded></item></channel></rss>`, "", `'Full' in entries[0]['content'][0]['value']`},
	{"structure: a prefix for another namespace", `<rss version="2.0" xmlns:dc="urn:mine"><channel><item><title>T1</title><dc:creator>Nobody</dc:creator></item></channel></rss>`, "", `entries[0]['title'] == 'T1'`},
	{"structure: Dublin Core under its old name", `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.0/"><channel><item><dc:title>T1</dc:title><dc:creator>Ann</dc:creator></item></channel></rss>`, "", `entries[0]['title'] == 'T1' and entries[0]['author'] == 'Ann'`},
	{"structure: RDF with odd namespaces", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0"><channel rdf:about="http://e.com/"><title>Feed</title></channel><item rdf:about="http://e.com/1"><title>T1</title><link>http://e.com/1</link></item></rdf:RDF>`, "", `entries[0]['title'] == 'T1' and entries[0]['id'] == 'http://e.com/1' and feed['title'] == 'Feed'`},
	{"structure: RDF in small letters", `<rdf xmlns="http://purl.org/rss/1.0/"><channel><title>Feed</title></channel><item><title>T1</title></item></rdf>`, "", `entries[0]['title'] == 'T1'`},
	{"structure: RSS 0.90", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>Feed</title><link>http://e.com/</link></channel><image><title>no</title></image><item><title>T1</title><link>http://e.com/1</link></item></rdf:RDF>`, "", `entries[0]['title'] == 'T1' and feed['link'] == 'http://e.com/'`},
	{"structure: a DOCTYPE of HTML before it", `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/x.dtd">` + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: a DOCTYPE never closed", `<!DOCTYPE rss [ <!ELEMENT rss ANY ` + "\n" + inRSS("<title>T1</title>"), "", `len(entries) == 1`},
	{"structure: the declaration twice", `<?xml version="1.0"?>` + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: a declaration of version 9", `<?xml version="9.0" encoding="utf-8"?><rss><channel><item><title>T1</title></item></channel></rss>`, "", `entries[0]['title'] == 'T1'`},
	{"structure: a declaration that misses its end", `<?xml version="1.0" encoding="utf-8"><rss><channel><item><title>T1</title></item></channel></rss>`, "", `entries[0]['title'] == 'T1'`},
	{"structure: a style sheet instruction", `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="x.xsl"?><rss><channel><item><title>T1</title></item></channel></rss>`, "", `entries[0]['title'] == 'T1'`},
	{"structure: nothing but a head", `<rss version="2.0"><channel><title>Feed</title><link>http://e.com/</link></channel></rss>`, "", `not err and len(entries) == 0 and feed['title'] == 'Feed'`},
	{"structure: an empty item", `<rss version="2.0"><channel><item></item><item/><item><title>T1</title></item></channel></rss>`, "", `len(entries) == 3 and entries[2]['title'] == 'T1'`},
	{"structure: an empty title beside another", inRSS("<title/><dc:title>T1</dc:title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: two titles", inRSS("<title>T1</title><title>T2</title>"), "", `'T1' in entries[0]['title'] or 'T2' in entries[0]['title']`},
	{"structure: a title far behind in a text input", `<rss><channel><title>Feed</title><link>http://e.com/</link><textInput><title>Search</title><link>http://e.com/s</link></textInput><item><title>T1</title></item></channel></rss>`, "", `feed['title'] == 'Feed' and feed['link'] == 'http://e.com/' and entries[0]['title'] == 'T1'`},
	{"structure: the channel's title behind the items", `<rss><channel><item><title>T1</title></item><title>Feed</title><link>http://e.com/</link></channel></rss>`, "", `feed['title'] == 'Feed' and feed['link'] == 'http://e.com/' and len(entries) == 1`},
	{"structure: a comment before the item's end", inRSS("<title>T1</title><!-- <item><title>no</title></item> -->"), "", `len(entries) == 1`},
	{"structure: double hyphens in a comment", inRSS("<!-- a -- b --><title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
	{"structure: xhtml content under a prefix", `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml"><entry><title>T1</title><content type="xhtml"><h:div><h:p>Hello <h:b>x</h:b></h:p></h:div></content></entry></feed>`, "", `'<p>Hello <b>x</b></p>' in entries[0]['content'][0]['value']`},
	{"structure: xhtml content without its div", inAtom(`<title>T1</title><content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml">Hello</p></content>`), "", `'Hello' in entries[0]['content'][0]['value']`},
	{"structure: html content unescaped", inAtom(`<title>T1</title><content type="html"><p>Hello <b>x</b></p></content>`), "", `'Hello <b>x</b>' in entries[0]['content'][0]['value']`},
	{"structure: content with neither type nor escapes", inAtom(`<title>T1</title><content><p>Hello</p></content>`), "", `'Hello' in entries[0]['content'][0]['value']`},
	{"structure: a summary and a content", inAtom(`<title>T1</title><summary>short</summary><content type="html">&lt;p&gt;Full text&lt;/p&gt;</content>`), "", `entries[0]['summary'] == 'short' and 'Full text' in entries[0]['content'][0]['value']`},
	{"structure: an iframe left open in a description", inRSS("<description>&lt;iframe src='http://x.com'&gt; and the rest of it</description>"), "", `'the rest of it' in str(entries[0]['summary'])`},
	{"structure: a style left open in a description", inRSS("<description>First. &lt;style&gt;p{}</description>"), "", `'First.' in str(entries[0]['summary'])`},
	{"structure: a comment left open in a description", inRSS("<description>First. &lt;!-- more &gt; the rest</description>"), "", `'First.' in str(entries[0]['summary']) and 'the rest' in str(entries[0]['summary'])`},
	{"structure: a comment left open without an end", inRSS("<description>First. &lt;!-- more and the rest</description>"), "", `'First.' in str(entries[0]['summary']) and 'the rest' in str(entries[0]['summary'])`},
	{"structure: a conditional comment in a description", inRSS("<description>&lt;!--[if gte mso 9]&gt;&lt;xml&gt;x&lt;/xml&gt;&lt;![endif]--&gt;Text</description>"), "", `entries[0]['summary'] == 'Text'`},
	{"structure: an attribute's quotation mark left open in a description", inRSS(`<description>See &lt;a href="http://x.com/a&gt;this&lt;/a&gt; and the rest of it</description>`), "", `'the rest of it' in str(entries[0]['summary'])`},
	{"structure: a description cut within a tag", inRSS(`<description>&lt;p&gt;Hello there &lt;a href="http://x.com/a</description><title>T1</title>`), "", `'Hello there' in str(entries[0]['summary']) and entries[0]['title'] == 'T1'`},
	{"structure: an end tag with a slash too many", inRSS("<title>T1<//title><link>http://e.com/1</link>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"structure: an element with a digit first", inRSS("<1x>no</1x><title>T1</title>"), "", `entries[0]['title'] == 'T1'`},

	// type
	{"type: a web page", "<!doctype html><html><head><title>x</title></head><body><p>Not here</p></body></html>", "text/html", `err`},
	{"type: XHTML", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body/></html>`, "application/xml", `err`},
	{"type: an error page in XML", `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>`, "application/xml", `err`},
	{"type: SOAP", `<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body/></soap:Envelope>`, "text/xml", `err`},
	{"type: a list of JSON", `[{"title":"x"}]`, "application/json", `err`},
	{"type: a text", "Service unavailable", "text/plain", `err`},
	{"type: empty", "", "application/rss+xml", `err`},
	{"type: blanks", " \n\t ", "application/rss+xml", `err`},
	{"type: a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png", `err`},
	{"type: PDF", "%PDF-1.7\n1 0 obj <</Type /Catalog>>", "application/pdf", `err`},
	{"type: SVG", `<svg xmlns="http://www.w3.org/2000/svg"><title>T</title></svg>`, "image/svg+xml", `err`},
	{"type: a feed said to be HTML", inRSS("<title>T1</title>"), "text/html; charset=utf-8", `entries[0]['title'] == 'T1'`},
	{"type: a feed said to be a text", inAtom("<title>T1</title>"), "text/plain", `entries[0]['title'] == 'T1'`},
	{"type: JSON Feed said to be XML", `{"version":"https://jsonfeed.org/version/1","title":"x","items":[{"id":"1","title":"T1"}]}`, "application/rss+xml", `entries[0]['title'] == 'T1'`},
	{"type: JSON Feed 1.0 with an author", `{"version":"https://jsonfeed.org/version/1","title":"x","items":[{"id":"1","url":"http://e.com/1","title":"T1","author":{"name":"Ann"}}]}`, "", `entries[0]['author'] == 'Ann'`},
	{"type: JSON Feed with several authors", `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","title":"T1","authors":[{"name":"Ann"},{"name":"Bob"}]}]}`, "", `[a['name'] for a in entries[0]['authors']] == ['Ann','Bob']`},
	{"type: JSON Feed with the author above", `{"version":"https://jsonfeed.org/version/1.1","title":"x","authors":[{"name":"Ann"}],"items":[{"id":"1","title":"T1"}]}`, "", `entries[0]['author'] == 'Ann'`},
	{"type: JSON Feed without version", `{"title":"x","items":[{"id":"1","title":"T1"}]}`, "", `entries[0]['title'] == 'T1'`},
	{"type: JSON Feed with a comma too many", `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","title":"T1"},{"id":"2","title":"T2"},]}`, "", `len(entries) == 2 and entries[1]['title'] == 'T2'`},
	{"type: JSON Feed with a comma too many in an item", `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","title":"T1",},{"id":"2","title":"T2"}],}`, "", `len(entries) == 2 and entries[1]['title'] == 'T2'`},
	{"type: JSON Feed with NUL in it", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"x\",\"items\":[{\"id\":\"1\",\"title\":\"T\x001\"}]}", "", `entries[0]['title'] == 'T1'`},
	{"type: JSON Feed twice", `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","title":"T1"}]}{"version":"https://jsonfeed.org/version/1.1","title":"y","items":[{"id":"2","title":"T2"}]}`, "", `entries[0]['title'] == 'T1' and (len(entries) == 2 or len(feed['flags']) > 0)`},
	{"type: JSON Feed cut off", `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","title":"T1"},{"id":"2","tit`, "", `len(entries) == 1 and 'cut off' in str(feed['flags'])`},
	{"type: JSON Feed before its title", `{"items":[{"id":"1","title":"T1"}],"home_page_url":"http://e.com/","title":"Feed"}`, "", `feed['title'] == 'Feed' and feed['link'] == 'http://e.com/'`},
	{"type: JSON Feed with an external address only", `{"title":"x","items":[{"id":"1","external_url":"http://e.com/1","title":"T1"}]}`, "", `entries[0]['link'] == 'http://e.com/1'`},
	{"type: JSON Feed with an id that is an address", `{"title":"x","items":[{"id":"http://e.com/1","title":"T1"}]}`, "", `entries[0]['id'] == 'http://e.com/1'`},
	{"type: JSON Feed without ids", `{"title":"x","items":[{"url":"http://e.com/1","title":"T1"},{"title":"T2"}]}`, "", `entries[0]['id'] == 'http://e.com/1' and entries[1]['id'] != ''`},
	{"type: JSON Feed with null in its fields", `{"title":null,"items":[{"id":"1","title":null,"url":null,"tags":null,"authors":null,"content_html":"<p>x</p>"}]}`, "", `len(entries) == 1 and '<p>x</p>' in entries[0]['content'][0]['value']`},
	{"type: JSON Feed with odd types", `{"title":"x","items":[{"id":1.5,"title":"T1","tags":"one","date_published":17},{"id":true,"title":"T2"}]}`, "", `len(entries) == 2 and entries[0]['title'] == 'T1' and entries[1]['title'] == 'T2'`},
	{"type: JSON Feed with a large number for an id", `{"title":"x","items":[{"id":12345678901234567890,"title":"T1"}]}`, "", `entries[0]['id'] == '12345678901234567890'`},
	{"type: JSON Feed with text content", `{"title":"x","items":[{"id":"1","content_text":"a < b & c"}]}`, "", `entries[0]['content'][0]['value'] == 'a &lt; b &amp; c'`},
	{"type: JSON Feed with a callback round it", `callback({"title":"x","items":[{"id":"1","title":"T1"}]});`, "", `err or entries[0]['title'] == 'T1'`},
	{"type: JSON Feed with a comment before it", "/* feed */\n{\"title\":\"x\",\"items\":[{\"id\":\"1\",\"title\":\"T1\"}]}", "", `err or entries[0]['title'] == 'T1'`},
	{"type: JSON Feed with items that are none", `{"title":"x","items":[null,7,"x",{"id":"1","title":"T1"}]}`, "", `len(entries) == 1 and len(feed['flags']) > 0`},
	{"type: JSON Feed, summary, dates and attachment", `{"title":"x","items":[{"id":"1","summary":"short","content_html":"<p>long</p>","date_published":"2006-01-02T15:04:05Z","date_modified":"2006-01-03T15:04:05Z","attachments":[{"url":"http://e.com/a.mp3","mime_type":"audio/mpeg","size_in_bytes":9}]}]}`, "", `entries[0]['summary'] == 'short' and entries[0]['published_parsed'][:3] == (2006,1,2) and entries[0]['enclosures'][0]['length'] == '9'`},
	{"type: JSON Feed in UTF-16", "\xff\xfe" + inUTF16(binary.LittleEndian, `{"title":"x","items":[{"id":"1","title":"Café"}]}`), "", `entries[0]['title'] == 'Café'`},
	{"type: JSON Feed with a relative address", `{"title":"x","items":[{"id":"1","url":"/1","content_html":"<a href='/x'>y</a>"}]}`, "", `entries[0]['link'] == 'http://feeds.example.com/1' and 'http://feeds.example.com/x' in entries[0]['content'][0]['value']`},

	// links
	{"links: a permanent guid for a link", inRSS("<guid>http://e.com/1</guid>"), "", `entries[0]['link'] == 'http://e.com/1' and entries[0]['id'] == 'http://e.com/1'`},
	{"links: a guid said to be permanent", inRSS("<guid isPermaLink='true'>http://e.com/1</guid>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: a guid that is no address", inRSS("<guid isPermaLink='true'>17</guid><title>T1</title>"), "", `entries[0].get('link','') == '' and entries[0]['id'] == '17'`},
	{"links: an empty link beside a guid", inRSS("<link></link><guid>http://e.com/1</guid>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: an href in RSS", inRSS(`<link href="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: a relative link", inRSS("<link>/1</link>"), "", `entries[0]['link'] == 'http://feeds.example.com/1'`},
	{"links: a link relative to the document", inRSS("<link>post.html</link>"), "", `entries[0]['link'] == 'http://feeds.example.com/blog/post.html'`},
	{"links: a query alone", inRSS("<link>?p=1</link>"), "", `entries[0]['link'] == 'http://feeds.example.com/blog/feed.xml?p=1'`},
	{"links: a host without scheme", inRSS("<link>www.e.com/1</link>"), "", `entries[0]['link'].startswith('http')`},
	{"links: the channel's link relative", `<rss><channel><link>/</link><item><link>1</link></item></channel></rss>`, "", `feed['link'] == 'http://feeds.example.com/' and entries[0]['link'] == 'http://feeds.example.com/blog/1'`},
	{"links: blanks within", inRSS("<link>http://e.com/a b</link>"), "", `entries[0]['link'] == 'http://e.com/a%20b'`},
	{"links: line ends within", inRSS("<link>\n  http://e.com/\n  1\n</link>"), "", `entries[0]['link'].startswith('http://e.com/')`},
	{"links: brackets and bars", inRSS("<link>http://e.com/a[1]|b</link>"), "", `entries[0]['link'].startswith('http://e.com/a')`},
	{"links: a bad escape", inRSS("<link>http://e.com/100%/x</link>"), "", `entries[0]['link'] == 'http://e.com/100%25/x'`},
	{"links: an international host", inRSS("<link>http://bücher.example/1</link>"), "", `entries[0]['link'].startswith('http://')`},
	{"links: backslashes", inRSS(`<link>http:\\e.com\1</link>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: one slash too few", inRSS(`<link>http:/e.com/1</link>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: one slash too many", inRSS(`<link>http:///e.com/1</link>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: the scheme twice", inRSS(`<link>http://http://e.com/1</link>`), "", `'e.com/1' in entries[0]['link']`},
	{"links: a capital scheme", inRSS(`<link>HTTP://E.com/1</link>`), "", `entries[0]['link'].lower() == 'http://e.com/1'`},
	{"links: a feed: scheme", inRSS(`<link>feed://e.com/1</link>`), "", `entries[0]['link'] == 'http://e.com/1' or 'dropped' in str(entries[0]['flags'])`},
	{"links: vbscript", inRSS(`<link>vbscript:x</link><title>T1</title>`), "", `entries[0].get('link','') == '' and 'dropped' in str(entries[0]['flags'])`},
	{"links: javascript with a tab in it", inRSS("<link>java\tscript:alert(1)</link><title>T1</title>"), "", `entries[0].get('link','') == '' and 'dropped' in str(entries[0]['flags'])`},
	{"links: javascript in a guid", inRSS("<guid>javascript:alert(1)</guid><title>T1</title>"), "", `entries[0].get('link','') == ''`},
	{"links: mailto in Atom", inAtom(`<link href="mailto:a@e.com"/><title>T1</title>`), "", `entries[0].get('link','') == '' and 'dropped' in str(entries[0]['flags'])`},
	{"links: file", inRSS(`<link>file:///etc/passwd</link>`), "", `entries[0].get('link','') == '' and 'dropped' in str(entries[0]['flags'])`},
	{"links: credentials", inRSS(`<link>http://ann:pw@e.com/1</link>`), "", `'pw' not in entries[0].get('link','') and 'pw' not in str(entries[0]['flags'])`},
	{"links: several in Atom", inAtom(`<link rel="self" href="http://e.com/f"/><link rel="edit" href="http://e.com/e"/><link rel="alternate" type="text/html" href="http://e.com/1"/><link rel="replies" href="http://e.com/r"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: a page before its JSON", inAtom(`<link rel="alternate" type="application/json" href="http://e.com/1.json"/><link rel="alternate" type="text/html" href="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: rel in capitals", inAtom(`<link rel="ALTERNATE" href="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: rel as an address", inAtom(`<link rel="http://www.iana.org/assignments/relation/alternate" href="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: as text in Atom", inAtom(`<link>http://e.com/1</link>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: only via in Atom", inAtom(`<link rel="via" href="http://e.com/1"/><title>T1</title>`), "", `entries[0]['title'] == 'T1'`},
	{"links: an Atom id that is an address, no link", inAtom(`<id>http://e.com/1</id><title>T1</title>`), "", `entries[0]['id'] == 'http://e.com/1'`},
	{"links: content elsewhere", inAtom(`<content type="text/html" src="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: xml:base of an entry", inAtom(`<link href="1" xml:base="http://b.com/x/"/>`), "", `entries[0]['link'] == 'http://b.com/x/1'`},
	{"links: xml:base of a content", inAtom(`<content type="html" xml:base="http://b.com/x/">&lt;a href="y"&gt;z&lt;/a&gt;</content>`), "", `'http://b.com/x/y' in entries[0]['content'][0]['value']`},
	{"links: xml:base that is no address", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="::x"><entry><link href="/1"/></entry></feed>`, "", `entries[0]['link'] == 'http://feeds.example.com/1'`},
	{"links: xml:base empty", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base=""><entry><link href="/1"/></entry></feed>`, "", `entries[0]['link'] == 'http://feeds.example.com/1'`},
	{"links: xml:base in RSS", `<rss xml:base="http://b.com/"><channel><item><link>1</link></item></channel></rss>`, "", `entries[0]['link'] == 'http://b.com/1'`},
	{"links: xml:base without a scheme", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="//b.com/"><entry><link href="1"/></entry></feed>`, "", `entries[0]['link'] == 'http://b.com/1'`},
	{"links: xml:base javascript", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="javascript:x"><entry><link href="/1"/></entry></feed>`, "", `entries[0]['link'] == 'http://feeds.example.com/1'`},
	{"links: an enclosure alone", inRSS(`<title>T1</title><enclosure url="http://e.com/a.mp3" type="audio/mpeg" length="9"/>`), "", `entries[0]['enclosures'][0]['href'] == 'http://e.com/a.mp3' and entries[0]['id'] != ''`},
	{"links: a relative enclosure", inRSS(`<enclosure url="/a.mp3" type="audio/mpeg"/>`), "", `entries[0]['enclosures'][0]['href'] == 'http://feeds.example.com/a.mp3'`},
	{"links: the original of a proxy", `<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><link>http://feedproxy.google.com/~r/x/1</link><feedburner:origLink>http://e.com/1</feedburner:origLink></item></channel></rss>`, "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: the original, never declared", `<rss><channel><item><link>http://p.com/1</link><feedburner:origLink>http://e.com/1</feedburner:origLink></item></channel></rss>`, "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: comments are not the link", inRSS(`<comments>http://e.com/1#c</comments><title>T1</title>`), "", `entries[0].get('link','') == ''`},
	{"links: a picture's link is not the item's", inRSS(`<image><url>http://e.com/i.png</url><link>http://e.com/i</link></image><link>http://e.com/1</link>`), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: the source's link is not the entry's", inAtom(`<source><title>Other</title><id>urn:o</id><link href="http://o.com/"/></source><title>T1</title><link href="http://e.com/1"/>`), "", `entries[0]['link'] == 'http://e.com/1' and entries[0]['title'] == 'T1'`},
	{"links: two in RSS", inRSS(`<link>http://e.com/1</link><link>http://e.com/2</link>`), "", `entries[0]['link'].startswith('http://e.com/')`},
	{"links: a search's wrapper", inRSS(`<link>https://www.google.com/url?rct=j&amp;url=https%3A%2F%2Fe.com%2F1&amp;ct=ga</link>`), "", `entries[0]['link'] == 'https://e.com/1' and entries[0]['id'] == 'https://e.com/1'`},
	{"links: a permanent guid relative to the site", inRSS("<guid isPermaLink='true'>/1</guid>"), "", `entries[0]['link'] == 'http://feeds.example.com/1'`},
	{"links: an enclosure with a blank", inRSS("<enclosure url='http://e.com/a b.mp3'/>"), "", `entries[0]['enclosures'][0]['href'] == 'http://e.com/a%20b.mp3'`},
	{"links: a magnet for an enclosure", inRSS("<title>T1</title><enclosure url='magnet:?xt=1'/>"), "", `len(entries[0]['enclosures']) == 0 and 'dropped' in str(entries[0]['flags'])`},
	{"links: in CDATA with blanks", inRSS("<link>  <![CDATA[ http://e.com/1 ]]> </link>"), "", `entries[0]['link'] == 'http://e.com/1'`},
	{"links: an anchor", inRSS(`<link>http://e.com/p#a</link>`), "", `entries[0]['link'] == 'http://e.com/p#a'`},
	{"links: data in a text's picture", inRSS(`<description>&lt;img src="data:image/png;base64,AAAA"&gt; text &lt;a href="javascript:x"&gt;y&lt;/a&gt;</description>`), "", `'javascript' not in str(entries[0]['summary']) and 'text' in str(entries[0]['summary'])`},
	{"links: a relative picture set", inRSS(`<description>&lt;img srcset="/a.png 1x, /b.png 2x" src="/a.png"&gt;x</description>`), "", `'http://feeds.example.com/a.png' in str(entries[0]['summary'])`},

	// dates
	{"dates: dc:date alone", inRSS("<dc:date>2006-01-02T15:04:05Z</dc:date>"), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: an unreadable one beside a good one", inRSS("<pubDate>soon</pubDate><dc:date>2006-01-02T15:04:05Z</dc:date>"), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: updated alone in Atom", inAtom("<updated>2006-01-02T15:04:05Z</updated>"), "", `entries[0]['updated_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: pubDate in Atom", inAtom("<pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate>"), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: atom:updated in RSS", inRSS("<atom:updated>2006-01-02T15:04:05Z</atom:updated>"), "", `entries[0]['updated_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: dcterms", `<rss xmlns:dcterms="http://purl.org/dc/terms/"><channel><item><dcterms:issued>2006-01-02T15:04:05Z</dcterms:issued></item></channel></rss>`, "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: Atom 0.3", `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><issued>2006-01-02T15:04:05Z</issued><modified>2006-01-03T15:04:05Z</modified><created>2006-01-01T15:04:05Z</created></entry></feed>`, "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: the channel's date is not the item's", `<rss><channel><pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate><item><title>T1</title></item></channel></rss>`, "", `'published_parsed' not in entries[0]`},
	{"dates: an empty element", inRSS("<title>T1</title><pubDate/>"), "", `'published_parsed' not in entries[0] and entries[0]['title'] == 'T1'`},
	{"dates: the year 1", inRSS("<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>"), "", `'published_parsed' not in entries[0]`},
	{"dates: seconds since 1970", inRSS("<pubDate>1136214245</pubDate>"), "", `'published_parsed' not in entries[0] or entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: markup in a date", inRSS("<pubDate><b>Mon, 02 Jan 2006 15:04:05 GMT</b></pubDate>"), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: an attribute for a date", inRSS(`<pubDate datetime="x">Mon, 02 Jan 2006 15:04:05 GMT</pubDate>`), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: references in a date", inRSS("<pubDate>Mon,&#32;02&nbsp;Jan 2006 15:04:05 GMT</pubDate>"), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: two pubDates", inRSS("<pubDate>never</pubDate><pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate>"), "", `entries[0]['published_parsed'][:6] == (2006,1,2,15,4,5)`},
	{"dates: an unreadable date is flagged", inRSS("<pubDate>the day before yesterday</pubDate>"), "", `'published_parsed' not in entries[0] and 'date unreadable' in str(entries[0]['flags'])`},
	{"dates: JSON Feed's unreadable date is flagged", `{"title":"x","items":[{"id":"1","date_published":"soon"}]}`, "", `'date unreadable' in str(entries[0]['flags'])`},

	// identity
	{"identity: blanks and line ends round a guid", inRSS("<guid isPermaLink='false'>\n  g 1\n</guid>"), "", `entries[0]['id'] == 'g 1'`},
	{"identity: an empty guid", inRSS("<guid></guid><link>http://e.com/1</link>"), "", `entries[0]['id'] == 'http://e.com/1'`},
	{"identity: neither guid nor link", inRSS("<title>T1</title><description>D</description>"), "", `entries[0]['id'] != ''`},
	{"identity: a tag address", inAtom("<id>tag:e.com,2006:1</id>"), "", `entries[0]['id'] == 'tag:e.com,2006:1'`},
	{"identity: a UUID", inAtom("<id>urn:uuid:60A76C80-D399-11D9-B93C-0003939E0AF6</id>"), "", `entries[0]['id'] == 'urn:uuid:60A76C80-D399-11D9-B93C-0003939E0AF6'`},
	{"identity: an id with references", inAtom("<id>http://e.com/?a=1&amp;b=2</id>"), "", `entries[0]['id'] == 'http://e.com/?a=1&b=2'`},
	{"identity: an empty Atom id", inAtom("<id/><link href='http://e.com/1'/>"), "", `entries[0]['id'] == 'http://e.com/1'`},
	{"identity: two items of one id and link", `<rss><channel><item><guid>http://e.com/1</guid><title>a</title></item><item><guid>http://e.com/1</guid><title>b</title></item></channel></rss>`, "", `len(entries) == 2`},
	{"identity: one id, three links", `<rss><channel><item><guid isPermaLink="false">x</guid><link>http://e.com/1</link></item><item><guid isPermaLink="false">x</guid><link>http://e.com/2</link></item><item><guid isPermaLink="false">x</guid><link>http://e.com/3</link></item></channel></rss>`, "", `len(entries) == 3 and entries[0]['id'] != entries[1]['id']`},
	{"identity: one id, no links", `<rss><channel><item><guid isPermaLink="false">x</guid><title>a</title></item><item><guid isPermaLink="false">x</guid><title>b</title></item></channel></rss>`, "", `len(entries) == 2 and entries[0]['id'] != entries[1]['id']`},
	{"identity: rdf:about", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item rdf:about="urn:1"><title>T1</title><link>http://e.com/1</link></item></rdf:RDF>`, "", `entries[0]['id'] == 'urn:1' and entries[0]['link'] == 'http://e.com/1'`},
	{"identity: rdf:about without a link", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item rdf:about="http://e.com/1"><title>T1</title></item></rdf:RDF>`, "", `entries[0]['id'] == 'http://e.com/1'`},
	{"identity: dc:identifier", inRSS("<dc:identifier>doi:1</dc:identifier><link>http://e.com/1</link>"), "", `entries[0]['id'] == 'doi:1'`},
	{"identity: atom:id in RSS", inRSS("<atom:id>urn:1</atom:id><link>http://e.com/1</link>"), "", `entries[0]['id'] == 'urn:1'`},
	{"identity: the guid's case is kept", inRSS("<guid isPermaLink='false'>AbC</guid>"), "", `entries[0]['id'] == 'AbC'`},
	{"identity: guid in CDATA with markup", inRSS("<guid isPermaLink='false'><![CDATA[a<b>c]]></guid>"), "", `entries[0]['id'] != ''`},
	{"identity: id in RSS", inRSS("<id>17</id><link>http://e.com/1</link>"), "", `entries[0]['id'] == '17'`},

	// media
	{"media: media:description in an item", inRSS("<title>T1</title><media:description>VideoDesc</media:description>"), "", `'VideoDesc' in str(entries[0]['summary'])`},
	{"media: nested groups", inRSS("<title>T1</title><media:group><media:content url='http://e.com/a.mp4' type='video/mp4'><media:title>no</media:title></media:content><media:description>VideoDesc</media:description></media:group>"), "", `entries[0]['title'] == 'T1' and 'VideoDesc' in str(entries[0]['summary']) and entries[0]['enclosures'][0]['href'] == 'http://e.com/a.mp4'`},
	{"media: by medium", inRSS("<media:content url='http://e.com/a' medium='audio'/>"), "", `entries[0]['enclosures'][0]['href'] == 'http://e.com/a'`},
	{"media: a picture is no enclosure", inRSS("<media:content url='http://e.com/a.png' type='image/png'/>"), "", `len(entries[0]['enclosures']) == 0`},
	{"media: an enclosure without type and length", inRSS("<enclosure url='http://e.com/a.mp3'/>"), "", `entries[0]['enclosures'][0]['href'] == 'http://e.com/a.mp3'`},
	{"media: an enclosure of length nonsense", inRSS("<enclosure url='http://e.com/a.mp3' length='12 MB' type='audio/mpeg'/>"), "", `entries[0]['enclosures'][0]['href'] == 'http://e.com/a.mp3'`},
	{"media: the same enclosure twice", inRSS("<enclosure url='http://e.com/a.mp3'/><enclosure url='http://e.com/a.mp3'/>"), "", `len(entries[0]['enclosures']) == 1`},
	{"media: Atom's enclosures", inAtom("<link rel='enclosure' href='http://e.com/a.mp3' type='audio/mpeg' length='9'/><link rel='enclosure' href='http://e.com/b.mp3'/>"), "", `len(entries[0]['enclosures']) == 2 and entries[0]['enclosures'][0]['length'] == '9'`},
	{"media: an enclosure of javascript", inRSS("<title>T1</title><enclosure url='javascript:x'/>"), "", `len(entries[0]['enclosures']) == 0`},
	{"media: an enclosure as text", inRSS("<title>T1</title><enclosure>http://e.com/a.mp3</enclosure>"), "", `entries[0]['enclosures'][0]['href'] == 'http://e.com/a.mp3'`},
	{"media: itunes:summary alone", inRSS("<itunes:summary>Sum</itunes:summary>"), "", `entries[0]['summary'] == 'Sum'`},
	{"media: itunes:title", inRSS("<itunes:title>T1</itunes:title>"), "", `entries[0]['title'] == 'T1'`},
	{"media: itunes:subtitle alone", inRSS("<itunes:subtitle>Sub</itunes:subtitle>"), "", `entries[0]['summary'] == 'Sub'`},
	{"media: itunes under https", `<rss xmlns:i="https://www.itunes.com/dtds/podcast-1.0.dtd"><channel><item><title>T1</title><i:author>Ann</i:author></item></channel></rss>`, "", `entries[0]['author'] == 'Ann'`},
	{"media: media:keywords", inRSS("<media:keywords>a, b</media:keywords>"), "", `'a' in [t['term'] for t in entries[0]['tags']] and 'b' in [t['term'] for t in entries[0]['tags']]`},
	{"media: media:credit is an author", inRSS("<title>T1</title><media:credit role='author'>Ann</media:credit>"), "", `entries[0]['title'] == 'T1'`},
	{"media: a player does not hide a text", inRSS("<media:player url='http://e.com/p'/><description>D</description>"), "", `entries[0]['summary'] == 'D'`},
	{"media: media:text", inRSS("<title>T1</title><media:group><media:text type='plain'>Words</media:text></media:group>"), "", `entries[0]['title'] == 'T1'`},

	// people
	{"people: a name before an address", inRSS("<author>Ann Lee &lt;ann@e.com&gt;</author>"), "", `entries[0]['author'] == 'Ann Lee'`},
	{"people: an address alone", inRSS("<author>ann@e.com</author>"), "", `entries[0]['author'] == 'ann@e.com'`},
	{"people: a name alone", inRSS("<author>Ann Lee</author>"), "", `entries[0]['author'] == 'Ann Lee'`},
	{"people: mailto", inRSS("<author>mailto:ann@e.com (Ann Lee)</author>"), "", `'Ann Lee' in entries[0]['author']`},
	{"people: dc:creator in CDATA with markup", inRSS("<dc:creator><![CDATA[<a href='x'>Ann Lee</a>]]></dc:creator>"), "", `entries[0]['author'] == 'Ann Lee'`},
	{"people: Atom's, two", inAtom("<author><name>Ann</name><email>a@e.com</email></author><author><name>Bob</name></author>"), "", `[a['name'] for a in entries[0]['authors']] == ['Ann','Bob']`},
	{"people: Atom's without a name", inAtom("<author><email>a@e.com</email></author>"), "", `entries[0]['author'] == 'a@e.com'`},
	{"people: Atom's as text", inAtom("<author>Ann</author>"), "", `entries[0]['author'] == 'Ann'`},
	{"people: Atom's shape in RSS", inRSS("<author><name>Ann</name><email>a@e.com</email></author>"), "", `entries[0]['author'] == 'Ann'`},
	{"people: of the source", inAtom("<title>T1</title><source><title>O</title><author><name>Ann</name></author></source>"), "", `entries[0]['title'] == 'T1'`},
	{"people: of the source, when the entry has none", inAtom("<title>T1</title><source><title>O</title><author><name>Ann</name></author></source>"), "", `entries[0]['author'] == 'Ann'`},
	{"people: of the entry before the source", inAtom("<author><name>Bob</name></author><source><author><name>Ann</name></author></source>"), "", `entries[0]['author'] == 'Bob'`},
	{"people: an empty author before another", inRSS("<author></author><dc:creator>Ann</dc:creator>"), "", `entries[0]['author'] == 'Ann'`},
	{"people: an address and a name in dc:creator", inRSS("<dc:creator>ann@e.com (Ann Lee)</dc:creator>"), "", `entries[0]['author'] == 'Ann Lee'`},
	{"people: webMaster writes nothing", `<rss><channel><webMaster>bob@e.com</webMaster><item><title>T1</title></item></channel></rss>`, "", `'bob' not in str(entries[0].get('author',''))`},
	{"people: a contributor is no author", inAtom("<author><name>Ann</name></author><contributor><name>Bob</name></contributor>"), "", `entries[0]['author'] == 'Ann'`},
	{"people: managingEditor for all", `<rss><channel><managingEditor>ann@e.com (Ann Lee)</managingEditor><item><title>T1</title></item></channel></rss>`, "", `'Ann Lee' in entries[0]['author']`},
	{"people: the channel's dc:creator", `<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><dc:creator>Ann</dc:creator><item><title>T1</title></item></channel></rss>`, "", `entries[0]['author'] == 'Ann'`},
	{"people: an author element of the channel", `<rss><channel><author>Ann</author><item><title>T1</title></item></channel></rss>`, "", `entries[0]['author'] == 'Ann'`},
	{"people: the same twice", inRSS("<dc:creator>Ann</dc:creator><dc:creator>Ann</dc:creator>"), "", `len(entries[0]['authors']) == 1`},
	{"people: two in one dc:creator stay as given", inRSS("<dc:creator>Ann Lee and Bob Ray</dc:creator>"), "", `entries[0]['author'] == 'Ann Lee and Bob Ray'`},
	{"people: two author elements", inRSS("<author>Ann</author><author>Bob</author>"), "", `[a['name'] for a in entries[0]['authors']] == ['Ann','Bob']`},
	{"people: categories, one empty, one twice", inRSS("<category>a</category><category/><category>a</category><category domain='x'>b</category>"), "", `[t['term'] for t in entries[0]['tags']] == ['a','b']`},
	{"people: a label for want of a term", inAtom("<category label='Security'/>"), "", `entries[0]['tags'][0]['term'] == 'Security'`},
	{"people: categories escaped twice", inRSS("<category>Q&amp;amp;A</category>"), "", `entries[0]['tags'][0]['term'] == 'Q&A'`},
	{"people: Atom's category as text", inAtom("<category>Security</category>"), "", `entries[0]['tags'][0]['term'] == 'Security'`},
	{"people: dc:subject in Atom", inAtom("<dc:subject>sec</dc:subject>"), "", `entries[0]['tags'][0]['term'] == 'sec'`},
	{"people: a name in capitals and commas", inRSS("<dc:creator>LEE, Ann</dc:creator>"), "", `entries[0]['author'] == 'LEE, Ann'`},
	{"people: a name with quotation marks", inRSS(`<author>"Lee, Ann" &lt;ann@e.com&gt;</author>`), "", `entries[0]['author'] == 'Lee, Ann'`},
}

// huge are documents too long to write out.
func huge() []sibling {
	deep := func(n int) string { return strings.Repeat("<x>", n) + strings.Repeat("</x>", n) }
	return []sibling{
		{"huge: a title of a megabyte", inRSS("<title>" + strings.Repeat("ab ", 350_000) + "</title>"), "", `entries[0]['title'].startswith('ab ab') and len(entries[0]['title']) <= 300`},
		{"huge: a hundred categories and more", inRSS("<title>T1</title>" + strings.Repeat("<category>a</category>", 5000)), "", `entries[0]['title'] == 'T1'`},
		{"huge: nested within a description", inRSS("<description>" + deep(5000) + "</description><title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: nested escaped in a description", inRSS("<description>" + strings.Repeat("&lt;div&gt;", 20_000) + "deep</description><title>T1</title>"), "", `entries[0]['title'] == 'T1' and 'deep' in str(entries[0]['summary'])`},
		{"huge: a comment of a megabyte", "<!--" + strings.Repeat("x", 1<<20) + "-->" + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: blanks of a megabyte", strings.Repeat(" ", 1<<20) + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: an attribute of a megabyte", inRSS("<title a='" + strings.Repeat("x", 1<<20) + "'>T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: a link of 10 KB", inRSS("<title>T1</title><link>http://e.com/" + strings.Repeat("x", 10_000) + "</link>"), "", `entries[0]['title'] == 'T1' and entries[0].get('link','') == '' and 'dropped' in str(entries[0]['flags'])`},
		{"huge: a guid of 10 KB", inRSS("<title>T1</title><guid isPermaLink='false'>" + strings.Repeat("x", 10_000) + "</guid>"), "", `entries[0]['title'] == 'T1' and entries[0]['id'] != ''`},
		{"huge: 3,000 items", "<rss><channel>" + strings.Repeat("<item><title>T1</title></item>", 3000) + "</channel></rss>", "", `len(entries) == 1000 and 'of 3000' in str(feed['flags'])`},
		{"huge: namespaces", inRSS("<title" + strings.Repeat(" xmlns:a='urn:a'", 60) + ">T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: 200 authors", inRSS("<title>T1</title>" + strings.Repeat("<author>Ann</author>", 200)), "", `entries[0]['author'] == 'Ann'`},
		{"huge: a processing instruction of a megabyte", "<?x " + strings.Repeat("x", 1<<20) + "?>" + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: a warning of 100 KB before it", strings.Repeat("Warning: x\n", 10_000) + inRSS("<title>T1</title>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: CDATA sections that never end", "<rss><channel>" + strings.Repeat("<item><title><![CDATA[a</title></item>", 250_000) + "]]></channel></rss>", "", `len(entries) == 1000`},
		{"huge: comments that never end", "<rss><channel>" + strings.Repeat("<item><!-- <title>T1</title></item>", 250_000) + "</channel></rss>", "", `len(entries) == 1000 and entries[0]['title'] == 'T1'`},
		{"huge: titles that never end", "<rss><channel>" + strings.Repeat("<item><title>T1<link>http://e.com/</item>", 200_000) + "</channel></rss>", "", `len(entries) == 1000 and entries[0]['title'] == 'T1'`},
		{"huge: titles that never end in one item", "<rss><channel><item>" + strings.Repeat("<title>T1<link>http://e.com/", 300_000) + "</item></channel></rss>", "", `len(entries) == 1`},
		{"huge: quotation marks that never end", "<rss><channel>" + strings.Repeat("<item><title>T1</title><enclosure url='a></item>", 200_000) + "</channel></rss>", "", `len(entries) == 1000`},
		{"huge: tags that never end in a text", inRSS("<title>T1</title><description>" + strings.Repeat("&lt;a ", 160_000) + "</description>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: declarations that never end in a text", inRSS("<title>T1</title><description>&lt;b>" + strings.Repeat("&lt;!", 200_000) + "</description>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: quotation marks that never end in a text", inRSS("<title>T1</title><description>" + strings.Repeat("&lt;a b=\"\" ", 100_000) + "c=\"&gt;\"</description>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: apostrophes in tags of a text", inRSS("<title>T1</title><description>" + strings.Repeat("&lt;b '&gt;x", 100_000) + "</description>"), "", `entries[0]['title'] == 'T1' and 'x' in str(entries[0]['summary'])`},
		{"huge: CDATA marks in a text", inRSS("<title>T1</title><description>x" + strings.Repeat("&lt;![CDATA[", 100_000) + "]]&gt;</description>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: scripts that never end in a text", inRSS("<title>T1</title><description>x" + strings.Repeat("&lt;script&gt;&lt;style&gt;", 50_000) + "</description>"), "", `entries[0]['title'] == 'T1'`},
		{"huge: JSON Feed behind JSON Feed", strings.Repeat(`{"items":[{"id":"1","title":"T1"}]}`, 200_000), "", `entries[0]['title'] == 'T1' and len(feed['flags']) > 0`},
		{"huge: JSON Feed of commas", `{"items":[{"id":"1","title":"T1"}` + strings.Repeat(",", 1<<20) + `]}`, "", `entries[0]['title'] == 'T1'`},
		{"huge: unclosed elements in an item", inRSS("<title>T1</title>" + strings.Repeat("<x>", 5000)), "", `entries[0]['title'] == 'T1'`},
	}
}

func TestSiblings(t *testing.T) {
	good := 0
	cases := append(slices.Clone(siblings), huge()...)
	for _, c := range cases {
		feed, err := ParseFeed([]byte(c.body), c.contentType, "http://feeds.example.com/blog/feed.xml")
		ok, problem := evaluate(c.expect, feedEnv(feed, err))
		if !ok || problem != nil {
			t.Errorf("%s\n\twant %s\n\tgot %v %v %.500s", c.name, c.expect, err, problem, strings.ReplaceAll(spew(feed), "\n", " "))
			continue
		}
		good++
	}
	t.Logf("siblings: %d of %d", good, len(cases))
}

// TestBriefReading: what collect keeps of a feed is what a whole reading says:
// the same entries, each with an id, each link absolute.
func TestBriefReading(t *testing.T) {
	brief := newReader()
	brief.brief = true
	const base = "http://feeds.example.com/blog/feed.xml"
	for _, c := range siblings {
		whole, err := ParseFeed([]byte(c.body), c.contentType, base)
		short, _, shortErr := brief.read([]byte(c.body), c.contentType, base)
		if (err == nil) != (shortErr == nil) || len(whole.Entries) != len(short.Entries) {
			t.Errorf("%s: %d entries (%v), in brief %d (%v)", c.name, len(whole.Entries), err, len(short.Entries), shortErr)
			continue
		}
		for i, e := range whole.Entries {
			b := short.Entries[i]
			if e.Title != b.Title || e.Link != b.Link || !e.Published.Equal(b.Published) || !slices.Equal(e.Authors, b.Authors) {
				t.Errorf("%s: %+v\n\tin brief %+v", c.name, e, b)
			}
			if e.ID == "" || b.ID == "" || e.Link != "" && !isWeb(e.Link) {
				t.Errorf("%s: no id or a bad link: %+v", c.name, e)
			}
			if (e.Summary+e.Content == "") != (b.Summary == "") {
				t.Errorf("%s: says %q, %q; in brief %q", c.name, e.Summary, e.Content, b.Summary)
			}
		}
	}
}

func spew(f Feed) string {
	text, err := json.Marshal(f)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func FuzzParseFeed(f *testing.F) {
	f.Add([]byte(doc("<ttl>1</ttl>", "one")), "text/xml; charset=utf-8")
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/a/"><entry><link href="b"/><content type="xhtml"><div>x</div></content></entry></feed>`), "")
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"url":"/a"}]}`), "application/json")
	for _, c := range siblings {
		f.Add([]byte(c.body), c.contentType)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		feed, err := ParseFeed(body, contentType, "https://h.example/feed")
		if err != nil {
			return
		}
		for _, e := range feed.Entries {
			for _, text := range []string{e.Summary, e.Content} {
				if low := strings.ToLower(text); strings.Contains(low, "<script") || strings.Contains(low, "javascript:\"") || strings.Contains(low, " onload=\"") {
					t.Errorf("a text that could run: %q", text)
				}
			}
			if e.ID == "" || e.Link != "" && !isWeb(e.Link) || len([]rune(e.Title)) > maxLine {
				t.Errorf("an entry out of bounds: %+v", e)
			}
		}
	})
}

func FuzzSoundHTML(f *testing.F) {
	for _, s := range []string{"a<!-- b", "<a href=\"x>y</a> z", "<![CDATA[<p>x</p>]]>", "<script>x", "<b a='>' c=\"<\">x</b>", "a <y", "<iframe/>x", "<!-->x", "<textarea/>x"} {
		f.Add(s)
	}
	r := newReader()
	f.Fuzz(func(t *testing.T, markup string) {
		sound, mended := soundHTML(markup)
		if len(sound) > 5*len(markup)+16 {
			t.Errorf("%q grew to %q", markup, sound)
		}
		if sound != markup && !mended && !strings.ContainsAny(markup, "<") {
			t.Errorf("%q became %q", markup, sound)
		}
		r.sanitise(sound)
		plain(markup)
	})
}
