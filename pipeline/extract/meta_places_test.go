package extract

import (
	"strings"
	"testing"
)

// TestWherePagesStateTheirDay: publishing systems and languages have their own
// places for the day of a post. The pages are made up; their forms are from life.
func TestWherePagesStateTheirDay(t *testing.T) {
	const text = `<p>The harbour office counted the boats twice and found one more than the book had, which nobody could explain until the evening.</p>`
	const more = text + text + text
	for _, c := range []struct{ name, address, page, want string }{
		{"WordPress, German", "/kai/boote", `<html lang="de"><title>Boote am Kai</title><body class="single single-post postid-7"><h1 class="entry-title">Boote am Kai</h1><div class="entry-meta">Veröffentlicht am <a href="/2014/03/03/"><time class="entry-date" datetime="2014-03-03T14:05:00+01:00">3. März 2014</time></a> von Ada Quill</div>` + more, "2014-03-03T14:05:00+01:00"},
		{"WordPress, day and hour", "/boote-am-kai-und-im-buch", `<html lang="de"><title>Boote</title><h1>Boote</h1><p class="entry-meta">am 3. März 2014 um 14:05 Uhr von Ada Quill</p>` + more, "2014-03-03"},
		{"WordPress, an old theme", "/archives/2712", `<title>Boats</title><div class="post"><h2>Boats</h2><small>March 3rd, 2014 <!-- by Ada --></small>` + more + `<p class="postmetadata">Posted in <a href="/c">Harbour</a></p></div>`, "2014-03-03"},
		{"WordPress, the foot of an old theme", "/boats-at-the-quay", `<title>Boats at the Quay</title><div class="post"><h2>Boats at the Quay</h2>` + more + `<p class="postmetadata alt"><small>This entry was posted on Monday, March 3rd, 2014 at 2:05 pm and is filed under Harbour.</small></p></div>`, "2014-03-03"},
		{"hAtom", "/boats-at-the-quay", `<title>Boats</title><div class="hentry"><h1 class="entry-title">Boats</h1><abbr class="published" title="2014-03-03T14:05:00+0100">a while ago</abbr>` + more + `</div>`, "2014-03-03T14:05:00+01:00"},
		{"Blogger, the day's heading above the title", "/2014/03/boats.html", `<title>Quay Notes: Boats</title><h2 class="date-header"><span>Monday, March 3, 2014</span></h2><h3 class="post-title entry-title">Boats</h3>` + more + `<div class="post-footer">Posted by <span class="fn">Ada</span> at <a class="timestamp-link" href="/2014/03/boats.html"><abbr class="published" title="2014-03-03T14:05:00+01:00">2:05 PM</abbr></a></div>`, "2014-03-03T14:05:00+01:00"},
		{"Blogger, German", "/2014/03/boote.html", `<html lang="de"><title>Kai: Boote</title><h2 class="date-header"><span>Montag, 3. März 2014</span></h2><h3 class="post-title entry-title">Boote</h3>` + more, "2014-03-03"},
		{"Typepad", "/quay/2014/03/boats.html", `<title>Quay: Boats</title><h2 class="date-header">03/03/2014</h2><h3 class="entry-header">Boats</h3>` + more + `<p class="entry-footer-info"><span class="post-footers">Posted by Ada Quill on 03/03/2014 at 02:05 PM</span></p>`, "2014-03-03"},
		{"Movable Type", "/archives/boats-at-the-quay.html", `<title>Boats at the Quay</title><h3>Boats at the Quay</h3>` + more + `<p class="posted">Posted by Ada at March 3, 2014 02:05 PM</p>`, "2014-03-03"},
		{"Drupal 6", "/node/71200", `<title>Boats | Quay</title><h1 class="title">Boats</h1><span class="submitted">Mon, 03/03/2014 - 14:05 — ada</span>` + more, "2014-03-03"},
		{"Drupal 7", "/blog/boats", `<title>Boats | Quay</title><h1>Boats</h1><div class="submitted">Submitted by <span class="username">ada</span> on <span property="dc:date dc:created" content="2014-03-03T14:05:00+01:00" datatype="xsd:dateTime">Mon, 2014-03-03 14:05</span></div>` + more, "2014-03-03T14:05:00+01:00"},
		{"Joomla", "/aktuelles/12-boote", `<html lang="de"><title>Boote</title><h2 itemprop="name">Boote</h2><dl class="article-info"><dd class="createdby">Geschrieben von Ada Quill</dd><dd class="published">Veröffentlicht: 03. März 2014</dd></dl>` + more, "2014-03-03"},
		{"Joomla, English", "/news/12-boats", `<title>Boats</title><h2>Boats</h2><dl class="article-info"><dt>Details</dt><dd class="published"><time datetime="2014-03-03T14:05:00+00:00">Published: 03 March 2014</time></dd><dd class="hits">Hits: 2014</dd></dl>` + more, "2014-03-03T14:05:00+00:00"},
		{"TYPO3 news", "/presse/boote-am-kai-gezaehlt", `<html lang="de"><title>Boote am Kai</title><div class="news-single-item"><div class="news-single-rightbox">03.03.14</div><h1>Boote am Kai</h1>` + more + `</div>`, "2014-03-03"},
		{"a press release with its place", "/pressemitteilungen/boote-am-kai-gezaehlt", `<html lang="de"><title>Boote</title><h1>Boote</h1><p>Hamburg, 3. März 2014 – Am Kai liegen mehr Boote als im Buch, und niemand weiß, woher das letzte gekommen ist.</p>` + more, "2014-03-03"},
		{"MediaWiki", "/wiki/Boats", `<title>Boats - Quay Wiki</title><h1 class="firstHeading">Boats</h1>` + more + `<li id="footer-info-lastmod">This page was last edited on 3 March 2014, at 14:05.</li>`, ""},
		{"an English newspaper", "/news/boats-at-the-quay-71234", `<title>Boats at the quay - Quay Post</title><h1>Boats at the quay</h1><p class="byline">By Ada Quill</p><p class="published-date"><span>PUBLISHED:</span> <span>14:05, 3 March 2014</span> | <span>UPDATED:</span> <span>09:00, 5 March 2014</span></p>` + more, "2014-03-03"},
		{"only the head, of an article and its author", "/boats", `<title>Boats</title><meta property="og:type" content="article"><meta name="author" content="Ada Quill"><meta property="article:published_time" content="2014-03-03"><h1>Boats</h1>` + more, "2014-03-03"},
		{"only the head, of nobody's page", "/boats", `<title>Boats</title><meta property="og:type" content="article"><meta property="article:published_time" content="2014-03-03"><h1>Boats</h1>` + more, ""},
		{"two dates in a line", "/boats-at-the-quay-today", `<title>Boats at the quay</title><h1>Boats at the quay</h1><p>By Ada Quill</p><p>March 3, 2014 | Updated March 5, 2014</p>` + more, "2014-03-03"},
		{"the change first", "/boats-at-the-quay-today", `<title>Boats at the quay</title><h1>Boats at the quay</h1><p>By Ada Quill</p><p>Updated March 5, 2014 | Published March 3, 2014</p>` + more, "2014-03-03"},
		{"French", "/actualites/bateaux-au-quai", `<html lang="fr"><title>Bateaux au quai</title><h1>Bateaux au quai</h1><p>Publié le 3 mars 2014 à 14h05, mis à jour le 5 mars 2014 à 9h00</p>` + more, "2014-03-03"},
		{"French, written by", "/bateaux-au-quai-12", `<html lang="fr"><title>Bateaux</title><h1>Bateaux</h1><p>Par Ada Quill, le 03/03/2014</p>` + more, "2014-03-03"},
		{"French, of two digits", "/bateaux-au-quai-12", `<html lang="fr"><title>Bateaux</title><h1>Bateaux</h1><p>Publié le 03/04/14 à 14:05</p>` + more, "2014-04-03"},
		{"Italian", "/notizie/barche-al-molo-contate", `<html lang="it"><title>Barche al molo</title><h1>Barche al molo</h1><p>Pubblicato il 3 marzo 2014 alle 14:05</p>` + more, "2014-03-03"},
		{"Italian, a short month", "/notizie/barche-al-molo-contate", `<html lang="it"><title>Barche al molo</title><h1>Barche al molo</h1><p>lun 3 mar. 2014</p>` + more, "2014-03-03"},
		{"Dutch", "/nieuws/boten", `<html lang="nl"><title>Boten aan de kade</title><h1>Boten aan de kade</h1><p>Geplaatst op: 3 maart 2014 door Ada Quill</p>` + more, "2014-03-03"},
		{"Spanish", "/noticias/barcos-en-el-muelle-contados", `<html lang="es"><title>Barcos en el muelle</title><h1>Barcos en el muelle</h1><p>Publicado el lunes, 3 de marzo de 2014</p>` + more, "2014-03-03"},
		{"Portuguese", "/noticias/barcos-en-el-muelle-contados", `<html lang="pt-BR"><title>Barcos no cais</title><h1>Barcos no cais</h1><p>03/03/2014 14h05 - Atualizado em 05/03/2014 09h00</p>` + more, "2014-03-03"},
		{"Polish", "/wiadomosci/lodzie-przy-nabrzezu-policzone", `<html lang="pl"><title>Łodzie przy nabrzeżu</title><h1>Łodzie przy nabrzeżu</h1><p>Opublikowano: 3 marca 2014, 14:05</p>` + more, "2014-03-03"},
		{"Russian", "/novosti/71200", `<html lang="ru"><title>Лодки у причала</title><h1>Лодки у причала</h1><p>Опубликовано 3 марта 2014 года в 14:05</p>` + more, "2014-03-03"},
		{"Russian, of digits", "/novosti/71200", `<html lang="ru"><title>Лодки у причала</title><h1>Лодки у причала</h1><p>03.04.2014, 14:05</p>` + more, "2014-04-03"},
		{"Czech", "/zpravy/lode", `<html lang="cs"><title>Lodě u nábřeží</title><h1>Lodě u nábřeží</h1><p>Vydáno 3. března 2014</p>` + more, "2014-03-03"},
		{"Swedish", "/nyheter/batar", `<html lang="sv"><title>Båtar vid kajen</title><h1>Båtar vid kajen</h1><p>Publicerad 3 mars 2014 kl 14.05</p>` + more, "2014-03-03"},
		{"Swedish, ISO", "/nyheter/batar", `<html lang="sv"><title>Båtar vid kajen</title><h1>Båtar vid kajen</h1><p>Publicerad: 2014-03-03 14:05. Uppdaterad: 2014-03-05</p>` + more, "2014-03-03"},
		{"Danish", "/nyheder/bade-ved-kajen-talt", `<html lang="da"><title>Både ved kajen</title><h1>Både ved kajen</h1><p>3. marts 2014 kl. 14:05</p>` + more, "2014-03-03"},
		{"Norwegian", "/nyheter/bater", `<html lang="nb"><title>Båter ved kaia</title><h1>Båter ved kaia</h1><p>Publisert: 3. mars 2014. Sist oppdatert: 5. mars 2014</p>` + more, "2014-03-03"},
		{"Hungarian", "/hirek/hajok-a-rakparton-megszamolva", `<html lang="hu"><title>Hajók a rakparton</title><h1>Hajók a rakparton</h1><p>2014. március 3. 14:05</p>` + more, "2014-03-03"},
		{"Turkish", "/haber/tekneler", `<html lang="tr"><title>Rıhtımdaki tekneler</title><h1>Rıhtımdaki tekneler</h1><p>Yayınlanma: 3 Mart 2014</p>` + more, "2014-03-03"},
		{"Greek", "/nea/71200", `<html lang="el"><title>Βάρκες στην προβλήτα</title><h1>Βάρκες στην προβλήτα</h1><p>3 Μαρτίου 2014</p>` + more, "2014-03-03"},
		{"Romanian", "/stiri/barci", `<html lang="ro"><title>Bărci la chei</title><h1>Bărci la chei</h1><p>Publicat la 3 martie 2014</p>` + more, "2014-03-03"},
		{"Catalan", "/noticies/barques-al-moll-comptades", `<html lang="ca"><title>Barques al moll</title><h1>Barques al moll</h1><p>3 de març de 2014</p>` + more, "2014-03-03"},
		{"Indonesian", "/berita/perahu-di-dermaga-dihitung", `<html lang="id"><title>Perahu di dermaga</title><h1>Perahu di dermaga</h1><p>Senin, 3 Maret 2014 14:05 WIB</p>` + more, "2014-03-03"},
		{"Japanese", "/news/712", `<html lang="ja"><title>埠頭の船</title><h1>埠頭の船</h1><p>公開日:2014年3月3日</p>` + more, "2014-03-03"},
		{"the address alone", "/2014/03/03/boats-at-the-quay/", `<title>Boats at the Quay</title><h1>Boats at the Quay</h1>` + more, "2014-03-03"},
		{"Dublin Core", "/artikel/boote-am-kai-gezaehlt", `<title>Boote</title><meta name="dc.date.issued" content="2014-03-03"><h1>Boote</h1>` + more, "2014-03-03"},
		{"Dublin Core with a scheme", "/artikel/boote-am-kai-gezaehlt", `<title>Boote</title><meta name="DC.Date" scheme="W3CDTF" content="2014-03-03"><h1>Boote</h1><p>Von Ada Quill</p>` + more, "2014-03-03"},
		{"an unknown name that says what it is", "/news/boats-at-the-quay-counted", `<title>Boats</title><meta name="quay-published-date" content="2014-03-03"><h1>Boats</h1>` + more, "2014-03-03"},
		{"digits without marks", "/news/boats-at-the-quay-counted", `<title>Boats</title><meta name="pubdate" content="20140303140500"><h1>Boats</h1>` + more, "2014-03-03"},
		{"RFC 822", "/news/boats-at-the-quay-counted", `<title>Boats</title><meta name="pubdate" content="Mon, 03 Mar 2014 14:05:00 +0100"><h1>Boats</h1>` + more, "2014-03-03T14:05:00+01:00"},
		{"the day between rules", "/news/boats-at-the-quay-counted", `<title>Boats</title><h1>Boats</h1><p>Ada Quill | 03.03.2014 | Harbour | 12 Comments</p>` + more, "2014-03-03"},
		{"a calendar sheet", "/blog/boats-at-the-quay-counted", `<title>Boats</title><div class="post"><div class="date"><span class="month">Mar</span> <span class="day">3</span> <span class="year">2014</span></div><h1>Boats</h1>` + more + `</div>`, "2014-03-03"},
		{"a calendar sheet with the day first", "/blog/boats-at-the-quay-counted", `<title>Boats</title><div class="post"><div class="date"><div class="day">03</div><div class="month">Mar</div><div class="year">2014</div></div><h1>Boats</h1>` + more + `</div>`, "2014-03-03"},
		{"an apostrophe for the century", "/blog/boats-at-the-quay-counted", `<title>Boats</title><h1>Boats</h1><p class="date">3 Mar '14</p>` + more, "2014-03-03"},
		{"the day and the week", "/blog/boats-at-the-quay-counted", `<title>Boats</title><h1>Boats</h1><p>Written on Monday the 3rd of March, 2014</p>` + more, "2014-03-03"},
		{"a forum", "/forum/viewtopic.php?t=712", `<title>Quay Forum • View topic - Boats</title><h2>Boats</h2><p class="author">by ada » Mon Mar 03, 2014 2:05 pm</p>` + more, "2014-03-03"},
		{"Stand", "/ratgeber/boote-richtig-am-kai-festmachen", `<html lang="de"><title>Boote richtig festmachen</title><h1>Boote richtig festmachen</h1><p>Von Ada Quill</p><p>Stand: 03.03.2014</p>` + more, "2014-03-03"},

		// What was misread once.
		{"the layout has a sidebar", "/forum/comments/71200/boats-at-the-quay", `<title>Boats at the quay</title><div class="main with-sidebar"><main><h1>Boats at the quay</h1><p>By Ada Quill</p><p><time datetime="2014-03-03">3 March 2014</time></p>` + more + `</main><div class="sidebar"><time datetime="2014-09-09">9 September 2014</time></div></div>`, "2014-03-03"},
		{"a time element in another", "/forum/t/boats-at-the-quay/71200", `<title>Boats at the quay</title><h1>Boats at the quay</h1><p>Posted by ada on <time class="date"><time datetime="2014-04-03T14:05:00Z">04/03/14</time> 02:05 PM</time></p>` + more, "2014-04-03T14:05:00Z"},
		{"an element that the page has made for itself", "/forum/t/boats-at-the-quay/71200", `<title>Boats at the quay</title><h1>Boats at the quay</h1><p>ada <relative-time datetime="2014-03-03T14:05:00Z">3 years ago</relative-time></p>` + more, "2014-03-03T14:05:00Z"},
		{"of two days in a line each has its class", "/thread-71200.html", `<title>Boats</title><h1>Boats</h1><p>ada</p><p><span class="post_date">2014-03-03, 02:05 PM <span class="post_edited">(This post was last modified: 2014-03-05, 09:00 AM by <a href="/u">ada</a>.)</span></span></p>` + more + `<p class="post_date">2014-03-04, 10:00 AM</p>`, "2014-03-03"},
		{"the label stands at the side", "/collection/boats-guide", `<title>Boats guide</title><h1>Boats guide</h1>` + more + more + more + `<aside><h4>Published</h4><div><time datetime="2014-03-03T12:00:00Z">3 March 2014</time></div><h4>Reviewed</h4><div><time datetime="2015-10-08T12:00:00Z">8 October 2015</time></div></aside>`, "2014-03-03"},
		{"signed at the foot", "/blog/boats-at-the-quay", `<title>Boats at the quay</title><h1>Boats at the quay</h1>` + more + more + more + `<p>Written by Ada Quill and Noor Hale</p><p>3 March 2014</p>`, "2014-03-03"},
		{"posted at the foot, under who wrote it", "/post/boats-at-the-quay", `<title>Boats at the quay</title><h1>Boats at the quay</h1>` + more + more + more + `<p>This post was written by Ada Quill, Head of Moorings</p><p class="meta">Posted on March 3, 2014</p>`, "2014-03-03"},
		{"originally published", "/advice/boats-at-the-quay-today", `<title>Boats at the quay today</title><h1>Boats at the quay today</h1><p>Ada Quill</p><p>30 Sep 2015, 11:07am</p>` + more + `<p>This article was originally published on 3 Mar 2014 at 4:12pm but has been regularly updated to keep the information current.</p>`, "2014-03-03"},
		{"the blog of a site of manuals", "https://learn.quay.example/insights/all-insights/boats-at-the-quay-counted", `<title>Boats at the quay</title><h1>Boats at the quay</h1><p>By Ada Quill</p><p>3 March 2014</p>` + more, "2014-03-03"},
		{"a post about documents is no manual", "/blog/api-for-boats-at-the-quay", `<title>An API for boats</title><h1>An API for boats</h1><p>By Ada Quill</p><p>3 March 2014</p>` + more, "2014-03-03"},
		{"a sentence tells of another day", "/showthread.php?t=71200", `<title>The vote at the quay</title><h1>The vote at the quay</h1><p>ada</p><p>The office has said that a vote will take place on 3rd March 2014.</p>` + more, ""},
		{"from one day to another", "/reports/boats", `<title>Boats</title><h1>Boats</h1><p>DATE: 2014-03-03 - 2014-03-05</p>` + more, ""},
		{"from one day to another, short", "/blog/boats-at-the-quay-counted", `<title>Boats</title><h1>Boats</h1><p>By Ada Quill</p><p>3.–5. März 2014</p>` + more, ""},
		{"the numbers of sections", "/blog/boats-at-the-quay-counted", `<title>Boats</title><h1>Boats</h1><p>By Ada Quill</p><ul><li>14.11.10 The smallest boat</li><li>14.11.11 The largest boat</li></ul>` + more, ""},
		{"posted elsewhere", "/blog/boats-at-the-quay-counted", `<title>Boats</title><h1>Boats</h1><p>Posted on the forum of the harbour masters on 2014-03-03:</p>` + more, ""},
		{"only programs read of a change", "/blog/boats-at-the-quay-counted", `<title>Boats</title><meta property="article:modified_time" content="2014-03-03T14:05:00Z"><h1>Boats</h1><p>By Ada Quill</p>` + more, ""},
		{"the day of a thing is not the page's", "/games/boats", `<title>Boats</title><h1>Boats</h1><p>Released: March 3, 2014</p>` + more, ""},
		{"what is public is not published", "/town/quay", `<title>Quay</title><h1>Quay</h1><p>Public hearing: March 3, 2014</p>` + more, ""},
		{"the front page", "/", `<title>Quay Notes</title><h1>Quay Notes</h1><h2>Newest</h2><p>Boats, published on 3 March 2014</p>` + more, ""},
		{"an episode of a podcast", "/home/boats-at-the-quay", `<title>Boats at the quay</title><meta property="og:type" content="article"><link rel="alternate" type="application/rss+xml" href="/feed"><script type="application/ld+json">{"@type":"WebPage","datePublished":"2014-03-03T06:00:00Z"}</script><body class="single single-podcast postid-7"><h1>Boats at the quay</h1>` + more, "2014-03-03T06:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.HasPrefix(c.address, "https:") {
				c.address = "https://www.quay.example" + c.address
			}
			s, a, address := statedBy(t, c.page, c.address)
			if a.Published != c.want {
				list, nothing := s.dateChoices(s.around(a.Title), a, address)
				t.Errorf("got %q, want %q; title %q, of the page %v, days %+v", a.Published, c.want, a.Title, nothing, list)
			}
		})
	}
}
