package inbox

// What collecting brings: entries of feeds and links by hand become candidates,
// and what is to be remembered of each source is kept.

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
)

// flagFuture marks a candidate whose feed dates it after the moment it was
// first seen.
const flagFuture = "date in the future"

// Yield is what one source has given so far.
type Yield struct {
	Entries int       // candidates that came from it
	Month   int       // of these, first seen within the last 30 days
	Picked  int       // of these, ever picked
	Last    time.Time // when it last gave something new, UTC
}

// States gives what is remembered of every source, by State.Feed.
func (b *Inbox) States(ctx context.Context) (map[string]collect.State, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT feed, address, etag, last_modified, asked, good, changed, due,
		failures, gone, status, error, title, body_hash, memo FROM source_state ORDER BY feed LIMIT $1`, maxRows)
	if err != nil {
		return nil, fmt.Errorf("reading the sources' states: %w", explain(err))
	}
	defer rows.Close()
	states := map[string]collect.State{}
	for rows.Next() {
		var s collect.State
		var etag, modified []byte
		var asked, good, changed, due string
		if err := rows.Scan(&s.Feed, &s.Address, &etag, &modified, &asked, &good, &changed, &due,
			&s.Failures, &s.Gone, &s.Status, &s.Error, &s.Title, &s.BodyHash, &s.Memo); err != nil {
			return nil, fmt.Errorf("reading the sources' states: %w", explain(err))
		}
		s.ETag, s.LastModified = string(etag), string(modified)
		s.Asked, s.Good, s.Changed, s.Due = unstamp(asked), unstamp(good), unstamp(changed), unstamp(due)
		states[s.Feed] = s
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the sources' states: %w", explain(err))
	}
	return states, nil
}

// SaveResults stores what asking the sources gave: their states, and their
// entries as candidates. It is one transaction, and running it again with the
// same results adds nothing. It returns how many candidates are new, by
// Source.Feed.
//
// An entry's identity is the canonical form of its link; an entry without a
// usable link is left out. A candidate that several sources give is one
// candidate with its sources listed. The last title, summary and authors that
// are not empty win; the first date wins. A date in the future becomes the
// moment of first seeing it, with a flag.
func (b *Inbox) SaveResults(ctx context.Context, results []collect.Result) (map[string]int, error) {
	fresh := map[string]int{}
	err := b.write(ctx, "saving what was collected", func(tx *sql.Tx) error {
		w, err := newWriter(ctx, tx, b.now())
		if err != nil {
			return err
		}
		defer w.close()
		for _, r := range results {
			if err := w.state(r); err != nil {
				return fmt.Errorf("source %s: %w", r.Source.Feed, err)
			}
			for _, e := range r.Feed.Entries {
				url, err := collect.Canonical(e.Link)
				if e.Link == "" || err != nil || len(url) > maxAddress {
					continue // collect has said on the entry's flags why its link is no use
				}
				_, isNew, err := w.candidate(r.Source, url, finding{
					link: e.Link, title: e.Title, summary: firstText(e.Summary, e.Content),
					authors: e.Authors, published: e.Published, flags: e.Flags,
				})
				if err != nil {
					return fmt.Errorf("source %s: %w", r.Source.Feed, err)
				}
				if isNew {
					fresh[r.Source.Feed]++
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return fresh, nil
}

// SaveLinks stores links given by hand and returns their candidates, one a
// link, in order. A title given by hand stays whatever feeds say later; a note
// is added below the one that is there, unless that holds it already; a quote
// is not stored twice. Saving the same links again changes nothing, and a
// candidate she dropped or picked stays where it is. One link without a usable
// address is an error, and nothing is stored.
func (b *Inbox) SaveLinks(ctx context.Context, links []collect.Link) ([]Candidate, error) {
	ids := make([]int64, 0, len(links))
	err := b.write(ctx, "saving links", func(tx *sql.Tx) error {
		w, err := newWriter(ctx, tx, b.now())
		if err != nil {
			return err
		}
		defer w.close()
		for _, l := range links {
			url, err := collect.Canonical(l.URL)
			if err == nil && len(url) > maxAddress {
				err = fmt.Errorf("an address of more than %d bytes", maxAddress)
			}
			if err != nil {
				return fmt.Errorf("link %q: %w", line(l.URL, 200), err)
			}
			id, _, err := w.candidate(collect.Source{Name: ByHand}, url, finding{
				link: l.URL, title: l.Title, byHand: true, note: l.Note, marks: l.Quotes,
			})
			if err != nil {
				return fmt.Errorf("link %s: %w", l.URL, err)
			}
			if from := line(l.From, maxName); from != "" { // a letter's sender, an export
				if _, err := w.tie.ExecContext(ctx, id, "from:"+from, from, stamp(w.now)); err != nil {
					return fmt.Errorf("link %s: %w", l.URL, err)
				}
			}
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	saved := make([]Candidate, 0, len(ids))
	for _, id := range ids {
		c, err := b.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		saved = append(saved, c)
	}
	return saved, nil
}

// Yields tells what each source has given, by its name; links by hand stand
// under ByHand. A source that gave nothing is not in it.
func (b *Inbox) Yields(ctx context.Context) (map[string]Yield, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT s.name, count(DISTINCT s.candidate), count(DISTINCT p.candidate), max(s.seen),
			count(DISTINCT CASE WHEN s.seen >= $2 THEN s.candidate END)
		FROM candidate_source s LEFT JOIN pick p ON p.candidate = s.candidate GROUP BY s.name ORDER BY s.name LIMIT $1`,
		maxRows, stamp(b.now().AddDate(0, 0, -30)))
	if err != nil {
		return nil, fmt.Errorf("reading what sources gave: %w", explain(err))
	}
	defer rows.Close()
	yields := map[string]Yield{}
	for rows.Next() {
		var name, last string
		var y Yield
		if err := rows.Scan(&name, &y.Entries, &y.Picked, &last, &y.Month); err != nil {
			return nil, fmt.Errorf("reading what sources gave: %w", explain(err))
		}
		y.Last = unstamp(last)
		yields[name] = y
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading what sources gave: %w", explain(err))
	}
	return yields, nil
}

// Hosts gives what is remembered of servers and is of use still: robots.txt
// not older than since, and pauses that are not over.
func (b *Inbox) Hosts(ctx context.Context, since time.Time) ([]collect.HostFact, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT name, paused, asked, denied, rules FROM host
		WHERE asked >= $1 OR paused > $2 ORDER BY name LIMIT $3`, stamp(since), stamp(b.now()), maxRows)
	if err != nil {
		return nil, fmt.Errorf("reading what is known of servers: %w", explain(err))
	}
	defer rows.Close()
	var facts []collect.HostFact
	for rows.Next() {
		var f collect.HostFact
		var paused, asked, rules string
		if err := rows.Scan(&f.Host, &paused, &asked, &f.Denied, &rules); err != nil {
			return nil, fmt.Errorf("reading what is known of servers: %w", explain(err))
		}
		f.Paused, f.Asked = unstamp(paused), unstamp(asked)
		if rules != "[]" {
			if err := unpack("a list of rules", rules, &f.Rules); err != nil {
				return nil, err
			}
		}
		facts = append(facts, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading what is known of servers: %w", explain(err))
	}
	return facts, nil
}

// SaveHosts stores what was learned of servers.
func (b *Inbox) SaveHosts(ctx context.Context, facts []collect.HostFact) error {
	if len(facts) == 0 {
		return nil
	}
	return b.write(ctx, "saving what is known of servers", func(tx *sql.Tx) error {
		for _, f := range facts {
			if _, err := tx.ExecContext(ctx, `INSERT INTO host (name, paused, asked, denied, rules) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, asked = excluded.asked,
					denied = excluded.denied, rules = excluded.rules`,
				f.Host, stamp(f.Paused), stamp(f.Asked), number(f.Denied), packTexts(f.Rules)); err != nil {
				return fmt.Errorf("host %s: %w", f.Host, err)
			}
		}
		return nil
	})
}

// finding is what one sighting of a story says about it.
type finding struct {
	link, title, summary string
	authors              []string
	published            time.Time
	flags                []string
	byHand               bool
	note                 string
	marks                []string
}

// writer holds the statements of one transaction that run once an entry.
type writer struct {
	ctx                              context.Context
	now                              time.Time
	find, insert, update, tie, saveS *sql.Stmt

	// Feeds name what is new first, then what is known: each entry is tried as
	// what the one before it was, which saves half of the statements.
	wasNew bool
}

func newWriter(ctx context.Context, tx *sql.Tx, now time.Time) (*writer, error) {
	w := &writer{ctx: ctx, now: now.UTC(), wasNew: true}
	for _, s := range []struct {
		into **sql.Stmt
		text string
	}{
		{&w.find, `SELECT id, title, own_title, authors, published, summary, note, marks, flags FROM candidate WHERE url = $1`},
		{&w.insert, `INSERT INTO candidate (url, link, title, own_title, authors, published, seen, summary, words, note, marks, flags)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (url) DO NOTHING RETURNING id`},
		{&w.update, `UPDATE candidate SET title = $2, own_title = $3, authors = $4, published = $5, summary = $6, words = $7,
			note = $8, marks = $9, flags = $10 WHERE id = $1`},
		{&w.tie, `INSERT INTO candidate_source (candidate, feed, name, seen) VALUES ($1, $2, $3, $4)
			ON CONFLICT (candidate, feed) DO UPDATE SET name = excluded.name WHERE candidate_source.name <> excluded.name`},
		// A skipped source was not asked: what another process learnt of it
		// meanwhile is newer than what this one read at its start.
		{&w.saveS, `INSERT INTO source_state (feed, address, etag, last_modified, asked, good, changed, due,
				failures, gone, status, error, title, body_hash, memo)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
			ON CONFLICT (feed) DO UPDATE SET address = excluded.address, etag = excluded.etag,
				last_modified = excluded.last_modified, asked = excluded.asked, good = excluded.good,
				changed = excluded.changed, due = excluded.due, failures = excluded.failures, gone = excluded.gone,
				status = excluded.status, error = excluded.error, title = excluded.title,
				body_hash = excluded.body_hash, memo = excluded.memo
			WHERE $16 = 0 OR excluded.asked >= source_state.asked`},
	} {
		var err error
		if *s.into, err = tx.PrepareContext(ctx, s.text); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *writer) close() {
	for _, s := range []*sql.Stmt{w.find, w.insert, w.update, w.tie, w.saveS} {
		if s != nil {
			s.Close()
		}
	}
}

func (w *writer) state(r collect.Result) error {
	s := r.State
	if s.Feed == "" {
		s.Feed = r.Source.Feed
	}
	if s.Feed == "" {
		return errors.New("a result that names no feed")
	}
	_, err := w.saveS.ExecContext(w.ctx, s.Feed, s.Address, []byte(s.ETag), []byte(s.LastModified),
		stamp(s.Asked), stamp(s.Good), stamp(s.Changed), stamp(s.Due), s.Failures, number(s.Gone), s.Status,
		bounded(s.Error, maxNote), line(s.Title, maxTitle), s.BodyHash, s.Memo, number(r.Skipped))
	return err
}

// candidate stores one sighting of the story at url, a canonical address.
func (w *writer) candidate(from collect.Source, url string, f finding) (id int64, isNew bool, err error) {
	f.title = line(f.title, maxTitle)
	f.summary = plain(f.summary)
	if f.published.After(w.now) {
		f.published = w.now
		f.flags = joined(joined(nil, f.flags), []string{flagFuture})
	}
	insert := func() (int64, error) {
		var id int64
		err := w.insert.QueryRowContext(w.ctx, url, bounded(f.link, maxAddress), f.title, number(f.byHand && f.title != ""),
			packTexts(names(f.authors)), stamp(f.published), stamp(w.now), f.summary, words(f.title, f.summary),
			bounded(f.note, maxNote), packTexts(marked(nil, f.marks)), packTexts(joined(nil, f.flags))).Scan(&id)
		return id, err
	}
	refresh := func() (int64, error) { return w.refresh(url, f) }
	isNew = w.wasNew
	try, otherwise := refresh, insert
	if isNew {
		try, otherwise = insert, refresh
	}
	if id, err = try(); errors.Is(err, sql.ErrNoRows) {
		isNew = !isNew
		id, err = otherwise()
	}
	w.wasNew = isNew
	if err == nil {
		_, err = w.tie.ExecContext(w.ctx, id, from.Feed, line(from.Name, maxName), stamp(w.now))
	}
	return id, isNew, err
}

// refresh brings the candidate at url up to date with a new sighting, and
// writes only when something changed. sql.ErrNoRows: there is none.
func (w *writer) refresh(url string, f finding) (int64, error) {
	var id int64
	var ownTitle bool
	var title, authors, published, summary, note, marks, flags string
	err := w.find.QueryRowContext(w.ctx, url).Scan(&id, &title, &ownTitle, &authors, &published, &summary, &note, &marks, &flags)
	if err != nil {
		return 0, err
	}
	was := [...]any{title, ownTitle, authors, published, summary, note, marks, flags}

	if f.title != "" && (f.byHand || !ownTitle) {
		title, ownTitle = f.title, f.byHand
	}
	summary = firstText(f.summary, summary)
	published = firstText(published, stamp(f.published))
	if people := names(f.authors); len(people) > 0 {
		authors = packTexts(people)
	}
	if f.note != "" && !strings.Contains(note, bounded(f.note, maxNote)) {
		note = bounded(strings.TrimPrefix(note+"\n\n"+f.note, "\n\n"), maxNote)
	}
	var oldMarks, oldFlags []string
	if err := unpack("a list of quotes", marks, &oldMarks); err != nil {
		return 0, err
	}
	if err := unpack("a list of flags", flags, &oldFlags); err != nil {
		return 0, err
	}
	marks = packTexts(marked(oldMarks, f.marks))
	flags = packTexts(joined(oldFlags, f.flags))

	if was == [...]any{title, ownTitle, authors, published, summary, note, marks, flags} {
		return id, nil
	}
	_, err = w.update.ExecContext(w.ctx, id, title, number(ownTitle), authors, published, summary,
		words(title, summary), note, marks, flags)
	return id, err
}

// words is what the word filter looks in. Lower case is made here because
// SQLite's own lower() knows ASCII only.
func words(title, summary string) string { return strings.ToLower(title + "\n" + summary) }

func names(authors []string) []string {
	var list []string
	for _, a := range authors {
		list = joined(list, []string{line(a, maxName)})
	}
	return list
}

// marked adds passages to a list of them; they keep their line breaks.
func marked(list, passages []string) []string {
	for _, p := range passages {
		list = joined(list, []string{strings.TrimSpace(bounded(p, maxNote))})
	}
	return list
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// number writes a yes or no, which PostgreSQL keeps apart from its integers.
func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
