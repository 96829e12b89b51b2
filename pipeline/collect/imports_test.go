package collect

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// show writes links so that a table can state them.
func show(im Import) string {
	var b strings.Builder
	for _, f := range im.Feeds {
		fmt.Fprintf(&b, "feed %s | %s | %s\n", f.Name, f.Feed, f.Group)
	}
	for _, l := range im.Links {
		fmt.Fprintf(&b, "%s | %s | %s | %s | %s", l.URL, l.Title, l.Note, strings.Join(l.Quotes, "; "), strings.Join(l.Tags, ", "))
		if !l.Added.IsZero() {
			fmt.Fprintf(&b, " | %s", l.Added.UTC().Format(time.DateOnly))
		}
		if l.From != "" {
			fmt.Fprintf(&b, " | from %s", l.From)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

var imports = []struct{ name, body, want string }{
	{
		"OPML", `<?xml version="1.0"?><opml version="2.0"><body><outline text="Keys"><outline text="The Log" xmlUrl="https://log.example/feed"/></outline></body></opml>`,
		"feed The Log | https://log.example/feed | Keys\n",
	},
	{
		"Netscape bookmarks", `<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE><H1>Bookmarks</H1><DL><p><DT><H3>Security</H3><DL><p>
<DT><A HREF="https://a.example/1?utm_source=x" ADD_DATE="1763800000" TAGS="keys,tokens">Keys &amp; tokens</A>
<DD>Read again.
<DT><A HREF="https://a.example/2">Two</A>
<DT><A HREF="javascript:alert(1)">Bookmarklet</A></DL><p>
<DT><A HREF="https://a.example/1">Again</A></DL>`,
		"https://a.example/1?utm_source=x | Keys & tokens | Read again. |  | keys, tokens | 2025-11-22\nhttps://a.example/2 | Two |  |  | Security\n",
	},
	{
		"Pocket HTML", `<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul><li><a href="https://a.example/1" time_added="1763800000" tags="one,two">One</a></li></ul></body></html>`,
		"https://a.example/1 | One |  |  | one, two | 2025-11-22\n",
	},
	{
		"Pocket CSV", "title,url,time_added,tags,status\nOne,https://a.example/1,1763800000,one|two,unread\n\"Two, too\",https://a.example/2,1763800000,,archive\n",
		"https://a.example/1 | One |  |  | one, two | 2025-11-22\nhttps://a.example/2 | Two, too |  |  |  | 2025-11-22\n",
	},
	{
		"Pocket JSON", `{"list":{"1":{"given_url":"https://a.example/1","given_title":"","resolved_title":"One","time_added":"1763800000","tags":{"two":{},"one":{}},"annotations":[{"quote":"A passage."}]}}}`,
		"https://a.example/1 | One |  | A passage. | one, two | 2025-11-22\n",
	},
	{
		"Instapaper CSV", "URL,Title,Selection,Folder,Timestamp,Tags\nhttps://a.example/1,One,A passage.,Unread,1763800000,\"[\"\"one\"\"]\"\n",
		"https://a.example/1 | One |  | A passage. | one | 2025-11-22\n",
	},
	{
		"Instapaper HTML", `<html><head><title>Instapaper: Export</title></head><body><h1>Unread</h1><ol><li><a href="https://a.example/1">One</a></ol></body></html>`,
		"https://a.example/1 | One |  |  | \n",
	},
	{
		"Pinboard JSON", `[{"href":"https://a.example/1","description":"One","extended":"My note.","time":"2025-11-22T08:26:40Z","tags":"one two","shared":"no","toread":"yes"}]`,
		"https://a.example/1 | One | My note. |  | one, two | 2025-11-22\n",
	},
	{
		"Raindrop CSV", "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n1,One,My note.,An excerpt.,https://a.example/1,Unsorted,\"one, two\",2025-11-22T08:26:40.000Z,,\"Highlight:A passage.\nNote:mine\nHighlight:Another.\",false\n",
		"https://a.example/1 | One | My note.\n\nmine | A passage.; Another. | one, two | 2025-11-22\n",
	},
	{
		"Raindrop JSON", `{"result":true,"items":[{"link":"https://a.example/1","title":"One","note":"My note.","excerpt":"e","tags":["one"],"created":"2025-11-22T08:26:40Z","highlights":[{"text":"A passage."}]}]}`,
		"https://a.example/1 | One | My note. | A passage. | one | 2025-11-22\n",
	},
	{
		"Readwise JSON", `{"results":[{"user_book_id":1,"title":"One","source_url":"https://a.example/1","document_note":"My note.","book_tags":[{"name":"one"}],"highlights":[{"text":"A passage.","url":"https://readwise.example/h/1"},{"text":"Another."}]}]}`,
		"https://a.example/1 | One | My note. | A passage.; Another. | one\n",
	},
	{
		"Readwise Reader CSV", "Title,URL,ID,Document tags,Saved date,Reading progress,Location,Seen\nOne,https://a.example/1,x,one,2025-11-22 08:26:40+00:00,0.5,archive,True\n",
		"https://a.example/1 | One |  |  | one | 2025-11-22\n",
	},
	{
		"Wallabag JSON", `[{"is_archived":0,"tags":["one"],"id":1,"title":"One","url":"https://a.example/1","content":"<p>All of it</p>","created_at":"2025-11-22T08:26:40+00:00","annotations":[{"text":"My thought","quote":"A passage."}]}]`,
		"https://a.example/1 | One | My thought | A passage. | one | 2025-11-22\n",
	},
	{
		"Omnivore JSON", `[{"id":"1","slug":"one","title":"One","description":"d","url":"https://a.example/1","readingProgress":0,"labels":["one"],"savedAt":"2025-11-22T08:26:40Z"}]`,
		"https://a.example/1 | One |  |  | one | 2025-11-22\n",
	},
	{
		"Notion CSV", "\ufeffName,URL,Tags,Created\nOne,https://a.example/1,\"one, two\",\"November 22, 2025 8:26 AM\"\n",
		"https://a.example/1 | One |  |  | one, two | 2025-11-22\n",
	},
	{
		"Notion JSON", `{"results":[{"object":"page","url":"https://notion.example/p","created_time":"2025-11-22T08:26:00Z","properties":{"Name":{"type":"title","title":[{"plain_text":"One"}]},"Link":{"type":"url","url":"https://a.example/1"},"Tags":{"type":"multi_select","multi_select":[{"name":"one"}]},"Notes":{"type":"rich_text","rich_text":[{"plain_text":"My note."}]}}}]}`,
		"https://a.example/1 | One | My note. |  | one | 2025-11-22\n",
	},
	{
		"Notion HTML", `<html><head><title>Links</title></head><body><article id="1" class="page sans"><div class="page-body"><ul><li><a href="https://a.example/1">One</a></li></ul></div></article></body></html>`,
		"https://a.example/1 | One |  |  | \n",
	},
	{
		"OPML with links, comments and nesting", `<opml version="2.0"><body><outline text="A"><outline text="B"><outline text="Log" xmlUrl="https://log.example/feed"/></outline><outline type="link" text="One" url="https://a.example/1" created="Sat, 22 Nov 2025 08:26:40 GMT"/><outline isComment="true" text="Off" xmlUrl="https://off.example/feed"/></outline></body></opml>`,
		"feed Log | https://log.example/feed | B\nhttps://a.example/1 | One |  |  |  | 2025-11-22\n",
	},
	{
		"OPML 1.0", `<?xml version="1.0"?><opml version="1.0"><head/><body><outline text="Log" type="rss" xmlurl="https://log.example/feed" htmlurl="https://log.example/"/></body></opml>`,
		"feed Log | https://log.example/feed | \n",
	},
	{
		"Chrome bookmarks", `<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file. -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8"><TITLE>Bookmarks</TITLE><H1>Bookmarks</H1><DL><p>
<DT><H3 ADD_DATE="1763800000" LAST_MODIFIED="0" PERSONAL_TOOLBAR_FOLDER="true">Bookmarks bar</H3><DL><p>
<DT><A HREF="https://a.example/1" ADD_DATE="1763800000" ICON="data:image/png;base64,AAAA">One</A>
<DT><H3>Crypto</H3><DL><p><DT><A HREF="https://a.example/2">Two</A></DL><p>
<DT><A HREF="https://a.example/3">Three</A></DL><p></DL><p>`,
		"https://a.example/1 | One |  |  |  | 2025-11-22\nhttps://a.example/2 | Two |  |  | Crypto\nhttps://a.example/3 | Three |  |  | \n",
	},
	{
		"Safari bookmarks", `<!DOCTYPE NETSCAPE-Bookmark-file-1><HTML><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8"><Title>Bookmarks</Title><H1>Bookmarks</H1>
<DT><H3 FOLDED id="com.apple.ReadingList">Reading List</H3><DL><p><DT><A HREF="https://a.example/1">One</A></DL><p></HTML>`,
		"https://a.example/1 | One |  |  | \n",
	},
	{
		"Firefox's backup", `{"guid":"root________","title":"","children":[{"title":"menu","children":[{"title":"One","uri":"https://a.example/1","dateAdded":1763800000000000,"tags":"keys,tokens","type":"text/x-moz-place"},{"title":"All","uri":"place:sort=8"}]}]}`,
		"https://a.example/1 | One |  |  | keys, tokens | 2025-11-22\n",
	},
	{
		"Chrome's own file", `{"roots":{"bookmark_bar":{"children":[{"date_added":"13408273600000000","name":"One","type":"url","url":"https://a.example/1"}],"type":"folder"}},"version":1}`,
		"https://a.example/1 | One |  |  |  | 2025-11-22\n",
	},
	{
		"Pocket's last CSV", "title,url,time_added,tags,status\nhttps://a.example/1,https://a.example/1,1763800000,,unread\n",
		"https://a.example/1 | https://a.example/1 |  |  |  | 2025-11-22\n",
	},
	{
		"Pocket's annotations", `[{"url":"https://a.example/1","title":"One","highlights":[{"quote":"A passage.","created_at":1763800000}]}]`,
		"https://a.example/1 | One |  | A passage. | \n",
	},
	{
		"Instapaper CSV without tags", "URL,Title,Selection,Folder,Timestamp,Tags\nhttps://a.example/1,One,,Unread,1763800000,[]\nhttps://a.example/2,Two,,Crypto,1763800000,[]\n",
		"https://a.example/1 | One |  |  |  | 2025-11-22\nhttps://a.example/2 | Two |  |  | Crypto | 2025-11-22\n",
	},
	{
		"Pinboard XML", `<?xml version="1.0" encoding="UTF-8"?><posts user="ann"><post href="https://a.example/?a=1&amp;b=2" time="2025-11-22T08:26:40Z" description="One" extended="My note." tag="keys tokens" hash="x" shared="no" toread="yes"/><post href="https://a.example/2" description="Two"></post></posts>`,
		"https://a.example/?a=1&b=2 | One | My note. |  | keys, tokens | 2025-11-22\nhttps://a.example/2 | Two |  |  | \n",
	},
	{
		"Pinboard HTML", "<!DOCTYPE NETSCAPE-Bookmark-file-1><TITLE>Pinboard Bookmarks</TITLE><DL><p><DT><A HREF=\"https://a.example/1\" ADD_DATE=\"1763800000\" PRIVATE=\"1\" TOREAD=\"0\" TAGS=\"keys,tokens\">One</A>\n<DD>My note.\n</DL></p>",
		"https://a.example/1 | One | My note. |  | keys, tokens | 2025-11-22\n",
	},
	{
		"Raindrop HTML", `<!DOCTYPE NETSCAPE-Bookmark-file-1><TITLE>Raindrop.io Bookmarks</TITLE><DL><p><DT><H3>Crypto</H3><DL><p><DT><A HREF="https://a.example/1" ADD_DATE="1763800000" TAGS="keys" DATA-COVER="x">One</A><DD>My note.</DL><p></DL><p>`,
		"https://a.example/1 | One | My note. |  | keys | 2025-11-22\n",
	},
	{
		"Raindrop CSV with a note on a highlight", "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n1,One,,,https://a.example/1,Crypto,,2025-11-22T08:26:40.000Z,,\"Highlight:A passage.\nNote:mine\",false\n",
		"https://a.example/1 | One | mine | A passage. | Crypto | 2025-11-22\n",
	},
	{
		"Readwise's notes on highlights", `{"results":[{"user_book_id":1,"title":"One","source_url":"https://a.example/1","highlights":[{"text":"A passage.","note":"mine","url":"https://read.readwise.io/read/x"}]}]}`,
		"https://a.example/1 | One | mine | A passage. | \n",
	},
	{
		"Readwise Reader's list", `{"results":[{"id":"x","url":"https://read.readwise.io/new/read/x","title":"One","source_url":"https://a.example/1","tags":{"keys":{"name":"keys"}},"created_at":"2025-11-22T08:26:40Z","notes":"My note.","reading_progress":0.5},{"id":"y","url":"https://read.readwise.io/new/read/y","source_url":null,"category":"highlight","content":"A passage."}]}`,
		"https://a.example/1 | One | My note. |  | keys | 2025-11-22\n",
	},
	{
		"Wallabag with a note on a passage", `[{"is_archived":0,"tags":[{"label":"keys","slug":"keys"}],"title":"One","url":"https://a.example/1","given_url":"https://a.example/1?utm_source=x","created_at":"2025-11-22T08:26:40+00:00","annotations":[{"text":"My thought","quote":"A passage."}]}]`,
		"https://a.example/1?utm_source=x | One | My thought | A passage. | keys | 2025-11-22\n",
	},
	{
		"Wallabag CSV", "Title;URL;Content;Tags;\"MIME Type\";Language;\"Creation date\"\nOne;https://a.example/1;\"All; of it\";\"keys, tokens\";text/html;en;\"2025-11-22 08:26:40\"\n",
		"https://a.example/1 | One |  |  | keys, tokens | 2025-11-22\n",
	},
	{
		"a letter handed on", "From: Ann <ann@a.example>\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nFrom: The Weekly <w@w.example>\nSubject: 12\n\nRead https://a.example/1\n\n--b--\n",
		"https://a.example/1 |  |  |  |  | from Ann\n",
	},
	{
		"a letter", "From: \"The Weekly =?utf-8?q?Caf=C3=A9?=\" <hello@letter.example>\r\nDate: Sat, 22 Nov 2025 08:26:40 +0000\r\nSubject: 12\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
			"--b\r\nContent-Type: text/plain\r\n\r\nhttps://a.example/plain\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
			"<p><a href=3D\"https://click.letter.example/x?u=3Dhttps%3A%2F%2Fa.example%2F1%3Fb%3D2\">Keys that never =\r\nrotate</a> <a href=3D\"https://letter.example/unsubscribe?id=3D7\">Unsubscribe</a> <a href=3D\"https://letter.example/\">home</a>\r\n" +
			"<a href=3D\"https://t.letter.example/c/" + base64.RawURLEncoding.EncodeToString([]byte("https://a.example/2")) + "/x\">here</a> <a href=3D\"mailto:x@y.example\">mail</a></p>\r\n--b--\r\n",
		"https://a.example/1?b=2 | Keys that never rotate |  |  |  | 2025-11-22 | from The Weekly Café\nhttps://a.example/2 |  |  |  |  | 2025-11-22 | from The Weekly Café\n",
	},
	{
		"a letter in plain text", "From: ann@letter.example\nDate: Sat, 22 Nov 2025 08:26:40 +0000\nSubject: x\n\nRead (https://a.example/1). And https://a.example/2, too.\n",
		"https://a.example/1 |  |  |  |  | 2025-11-22 | from ann@letter.example\nhttps://a.example/2 |  |  |  |  | 2025-11-22 | from ann@letter.example\n",
	},
	{
		"a mailbox", "From ann@letter.example Sat Nov 22 08:26:40 2025\nFrom: Ann <ann@letter.example>\n\nhttps://a.example/1\n\nFrom bob@letter.example Sat Nov 22 08:26:40 2025\nFrom: Bob <bob@letter.example>\n\nhttps://a.example/2\n>From the start.\n",
		"https://a.example/1 |  |  |  |  | from Ann\nhttps://a.example/2 |  |  |  |  | from Bob\n",
	},
}

func TestReadImport(t *testing.T) {
	for _, c := range imports {
		im, err := ReadImport("file", []byte(c.body))
		if got := show(im); err != nil || got != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, err, got, c.want)
		}
		if err == nil && im.Kind == "" {
			t.Errorf("%s: not said what it is", c.name)
		}
	}
}

func TestImportArchive(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range map[string]string{
		"metadata_0_to_1.json": `[{"slug":"one","title":"One","url":"https://a.example/1"}]`,
		"highlights/one.md":    "> A passage\n> of two lines. \n\n#keys\n\nMy note.\n\n> Another.\n",
		"picture.png":          "\x89PNG",
	} {
		w, _ := z.Create(name)
		_, _ = w.Write([]byte(body))
	}
	z.Close()
	im, err := ReadImport("omnivore.zip", b.Bytes())
	if want := "https://a.example/1 | One | My note. | A passage\nof two lines.; Another. | \n"; err != nil || show(im) != want {
		t.Errorf("%v\n got %s\nwant %s", err, show(im), want)
	}
}

// TestImportNestedArchive: Notion packs its parts into an archive again.
func TestImportNestedArchive(t *testing.T) {
	pack := func(name, body string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, _ := z.Create(name)
		_, _ = w.Write([]byte(body))
		z.Close()
		return b.Bytes()
	}
	inner := pack("Links 1f.csv", "Name,URL\nOne,https://a.example/1\n")
	im, err := ReadImport("notion.zip", pack("ExportBlock-Part-1.zip", string(inner)))
	if want := "https://a.example/1 | One |  |  | \n"; err != nil || show(im) != want {
		t.Errorf("%v\n got %s\nwant %s", err, show(im), want)
	}
	deep := pack("c.zip", string(pack("b.zip", string(inner))))
	if im, err := ReadImport("deep.zip", deep); err == nil {
		t.Errorf("archives in archives in archives are read: %s", show(im))
	}
}

// TestImportIsTheSameEachTime: where a fact has two names, or a page two
// properties of a kind, it is not left to chance which of them is taken.
func TestImportIsTheSameEachTime(t *testing.T) {
	for _, body := range []string{
		`[{"URL":"https://a.example/1","url":"https://a.example/2","Title":"One","title":"Two"}]`,
		`[{"properties":{"Link":{"type":"url","url":"https://a.example/1"},"Other":{"type":"url","url":"https://a.example/2"},
			"Why":{"type":"rich_text","rich_text":[{"plain_text":"Because."}]},"What":{"type":"rich_text","rich_text":[{"plain_text":"That."}]}}}]`,
	} {
		first := ""
		for range 30 {
			im, err := ReadImport("file", []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = show(im)
			}
			if got := show(im); got != first {
				t.Fatalf("once\n%s and once\n%s", first, got)
			}
		}
	}
}

// TestLettersKeepTheirFroms: in a mailbox a letter begins behind an empty line;
// a line of a letter may begin with the same word.
func TestLettersKeepTheirFroms(t *testing.T) {
	const box = "From ann@letter.example Sat Nov 22 08:26:40 2025\nFrom: Ann <ann@letter.example>\n\nhttps://a.example/1\nFrom here on\nit is about\nhttps://a.example/2\n\n" +
		"From bob@letter.example Sat Nov 22 08:26:40 2025\nFrom: Bob <bob@letter.example>\n\nhttps://a.example/3\n"
	const want = "https://a.example/1 |  |  |  |  | from Ann\nhttps://a.example/2 |  |  |  |  | from Ann\nhttps://a.example/3 |  |  |  |  | from Bob\n"
	for _, body := range []string{box, strings.ReplaceAll(box, "\n", "\r\n")} {
		if im, err := ReadImport("box", []byte(body)); err != nil || show(im) != want {
			t.Errorf("%v\n got %s\nwant %s", err, show(im), want)
		}
	}
}

// TestDamageInAnArchiveIsSaid: half an export is not taken for a whole one.
func TestDamageInAnArchiveIsSaid(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct{ name, body string }{
		{"one.json", `[{"title":"One","url":"https://a.example/1"}]`},
		{"two.json", `[{"title":"Two","url":"https://a.exam`},
	} {
		w, _ := z.Create(f.name)
		_, _ = w.Write([]byte(f.body))
	}
	z.Close()
	if im, err := ReadImport("all.zip", b.Bytes()); err == nil || !strings.Contains(err.Error(), `holds "two.json", which is damaged JSON`) {
		t.Errorf("%v\n%s", err, show(im))
	}
}

// TestNotAnExport: a file that is not what it claims gives a sentence.
func TestNotAnExport(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"empty", "", "is empty"},
		{"a web page", "<!doctype html><html><body><a href='https://a.example/1'>x</a></body></html>", "no export that is known"},
		{"a feed", doc("", "one"), "no export that is known"},
		{"prose", "Dear all,\nno links here.\n", "no export that is known"},
		{"a table of sums", "item,price\nkey,7\n", "no export that is known"},
		{"JSON of something else", `{"a":[1,2,{"b":"c"}]}`, "no export that is known"},
		{"half of JSON", `[{"href":"https://a.example/1"},{"hr`, "damaged JSON"},
		{"half of OPML", `<opml><body><outline xmlUrl="https://a.example/f" text="a"/><outl`, "damaged"},
		{"a damaged zip", "PK\x03\x04rest", "damaged zip"},
		{"PDF", "%PDF-1.7 ...", "no export that is known"},
		{"Readwise without addresses", "Highlight,Book Title,Book Author,Note\nA passage.,One,Ann,\n", "source_url"},
		{"bookmarks without links", "<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p></DL>", "holds no link"},
		{"a bookmarklet only", "<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A HREF=\"javascript:1\">x</A></DL>", "holds no link"},
		{"deep JSON", strings.Repeat("[", 20_000), "damaged JSON"},
	} {
		im, err := ReadImport("file", []byte(c.body))
		if err == nil || !strings.Contains(err.Error(), c.want) || len(im.Links)+len(im.Feeds) > 0 {
			t.Errorf("%s: %v, %d links", c.name, err, len(im.Links))
		}
	}
}

func TestUnwrapLetter(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	for _, c := range []struct{ given, want string }{
		{"https://a.example/story?u=https://b.example/", "https://a.example/story?u=https://b.example/"},
		{"https://click.mail.example/x/y/" + b64([]byte("https://a.example/1")), "https://a.example/1"},
		{"https://substack.example/redirect/2/" + b64([]byte(`{"e":"https://a.example/1?x=1","p":7}`)) + ".sig", "https://a.example/1?x=1"},
		{"https://tracking.mail.example/CL0/https:%2F%2Fa.example%2F1/1/abc", "https://a.example/1"},
		{"https://links.mail.example/opaque/abcdefghijklmnop", "https://links.mail.example/opaque/abcdefghijklmnop"},
		{"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fclick.m.example%2F%3Fu%3Dhttps%253A%252F%252Fa.example%252F1&data=x", "https://a.example/1"},
	} {
		if got := unwrapLetter(c.given); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.given, got, c.want)
		}
	}
}

func TestReadLinks(t *testing.T) {
	got, err := ReadLinks("# mine\nhttps://a.example/1 Keys and tokens\n> A passage.\nWorth it.\nReally.\n\n- https://a.example/2\n")
	if want := "https://a.example/1 | Keys and tokens | Worth it.\nReally. | A passage. | \nhttps://a.example/2 |  |  |  | \n"; err != nil || show(Import{Links: got}) != want {
		t.Errorf("%v\n%s", err, show(Import{Links: got}))
	}
	for _, bad := range []string{"no address\n", "ftp://a.example/\n", "https://ann:secret@a.example/\n"} {
		if _, err := ReadLinks(bad); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzReadImport(f *testing.F) {
	for _, c := range imports {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		im, err := ReadImport("file", body)
		if err != nil && len(im.Links)+len(im.Feeds) > 0 {
			t.Errorf("an error and %d links", len(im.Links))
		}
		for _, l := range im.Links {
			if _, err := Canonical(l.URL); err != nil {
				t.Errorf("%q: %v", l.URL, err)
			}
		}
	})
}
