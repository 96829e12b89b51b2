package inbox

// What collecting brings: entries of feeds and links by hand become candidates,
// and what is to be remembered of each source is kept.

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
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
		w := newWriter(ctx, tx, b.now())
		defer w.close()
		var list []sighting
		for _, r := range results {
			if err := w.state(r); err != nil {
				return fmt.Errorf("source %s: %w", r.Source.Feed, err)
			}
			for _, e := range r.Feed.Entries {
				url, err := collect.Canonical(e.Link)
				if e.Link == "" || err != nil || len(url) > maxAddress {
					continue // collect has said on the entry's flags why its link is no use
				}
				list = append(list, sighting{
					from: r.Source, url: url,
					link: e.Link, title: e.Title, summary: firstText(e.Summary, e.Content),
					authors: e.Authors, published: e.Published, flags: e.Flags,
				})
			}
		}
		_, isNew, err := w.save(list)
		for i, s := range list {
			if err == nil && isNew[i] {
				fresh[s.from.Feed]++
			}
		}
		if err != nil {
			return err
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
	var ids []int64
	err := b.write(ctx, "saving links", func(tx *sql.Tx) error {
		w := newWriter(ctx, tx, b.now())
		defer w.close()
		list := make([]sighting, 0, len(links))
		for _, l := range links {
			url, err := collect.Canonical(l.URL)
			if err == nil && len(url) > maxAddress {
				err = fmt.Errorf("an address of more than %d bytes", maxAddress)
			}
			if err != nil {
				return fmt.Errorf("link %q: %w", line(l.URL, 200), err)
			}
			list = append(list, sighting{
				from: collect.Source{Name: ByHand}, url: url,
				link: l.URL, title: l.Title, byHand: true, note: l.Note, marks: l.Quotes,
			})
		}
		var err error
		if ids, _, err = w.save(list); err != nil {
			return err
		}
		for i, l := range links {
			if from := line(l.From, maxName); from != "" { // a letter's sender, an export
				if err := w.ties([]tie{{ids[i], "from:" + from, from}}); err != nil {
					return fmt.Errorf("link %s: %w", l.URL, err)
				}
			}
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

// sighting is what one source says of one story.
type sighting struct {
	from                 collect.Source
	url                  string // canonical address
	link, title, summary string
	authors              []string
	published            time.Time
	flags                []string
	byHand               bool
	note                 string
	marks                []string
}

// stored is a candidate as it lies in its table.
type stored struct {
	id                          int64
	title                       string
	ownTitle                    bool
	authors, published, summary string
	note, marks, flags          string
	same                        int64 // another candidate's id; 0: it stands for itself
}

// tie says that a source gave a candidate.
type tie struct {
	candidate  int64
	feed, name string
}

// rowsAtOnce is how many sightings share a statement: what a statement costs
// besides its rows is then small.
const rowsAtOnce = 32

// writer holds the statements of one transaction.
type writer struct {
	ctx   context.Context
	tx    *sql.Tx
	now   time.Time
	stmts map[string]*sql.Stmt // by their text
}

func newWriter(ctx context.Context, tx *sql.Tx, now time.Time) *writer {
	return &writer{ctx: ctx, tx: tx, now: now.UTC(), stmts: map[string]*sql.Stmt{}}
}

// statement prepares a text once.
func (w *writer) statement(text string) (*sql.Stmt, error) {
	if s := w.stmts[text]; s != nil {
		return s, nil
	}
	s, err := w.tx.PrepareContext(w.ctx, text)
	if err == nil {
		w.stmts[text] = s
	}
	return s, err
}

func (w *writer) exec(text string, args ...any) error {
	s, err := w.statement(text)
	if err == nil {
		_, err = s.ExecContext(w.ctx, args...)
	}
	return err
}

// query runs a text and gives each row to scan.
func (w *writer) query(text string, args []any, scan func(*sql.Rows) error) error {
	s, err := w.statement(text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(w.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (w *writer) close() {
	for _, s := range w.stmts {
		s.Close()
	}
}

// values writes "(?, ?), (?, ?)": so many rows of so many values. They have no
// numbers, as elsewhere: for each value SQLite looks through the list of all that
// have one (sqlite3_bind_parameter_name), which for hundreds is a fifth of it all.
func values(rows, columns int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	return strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}

func (w *writer) state(r collect.Result) error {
	s := r.State
	if s.Feed == "" {
		s.Feed = r.Source.Feed
	}
	if s.Feed == "" {
		return errors.New("a result that names no feed")
	}
	// A skipped source was not asked: what another process learnt of it
	// meanwhile is newer than what this one read at its start.
	return w.exec(`INSERT INTO source_state (feed, address, etag, last_modified, asked, good, changed, due,
			failures, gone, status, error, title, body_hash, memo)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (feed) DO UPDATE SET address = excluded.address, etag = excluded.etag,
			last_modified = excluded.last_modified, asked = excluded.asked, good = excluded.good,
			changed = excluded.changed, due = excluded.due, failures = excluded.failures, gone = excluded.gone,
			status = excluded.status, error = excluded.error, title = excluded.title,
			body_hash = excluded.body_hash, memo = excluded.memo
		WHERE $16 = 0 OR excluded.asked >= source_state.asked`,
		s.Feed, s.Address, []byte(s.ETag), []byte(s.LastModified),
		stamp(s.Asked), stamp(s.Good), stamp(s.Changed), stamp(s.Due), s.Failures, number(s.Gone), s.Status,
		bounded(s.Error, maxNote), line(s.Title, maxTitle), s.BodyHash, s.Memo, number(r.Skipped))
}

// save stores sightings, in their order. It gives the candidate of each and
// whether it is new by it.
func (w *writer) save(list []sighting) (ids []int64, isNew []bool, err error) {
	ids, isNew = make([]int64, len(list)), make([]bool, len(list))
	for at := 0; at < len(list) && err == nil; at += rowsAtOnce {
		end := min(at+rowsAtOnce, len(list))
		err = w.some(list[at:end], ids[at:end], isNew[at:end])
	}
	return ids, isNew, err
}

// some saves what fits into one statement.
func (w *writer) some(list []sighting, ids []int64, isNew []bool) error {
	var urls []any
	known := map[string]*stored{}
	for i := range list {
		s := &list[i]
		s.title, s.summary = line(s.title, maxTitle), plain(s.summary)
		if s.published.After(w.now) {
			s.published = w.now
			s.flags = joined(joined(nil, s.flags), []string{flagFuture})
		}
		if _, twice := known[s.url]; !twice {
			known[s.url] = nil
			urls = append(urls, s.url)
		}
	}
	if err := w.query(`SELECT url, id, title, own_title, authors, published, summary, note, marks, flags, same FROM candidate
		WHERE url IN `+values(1, len(urls)), urls, func(rows *sql.Rows) error {
		var url string
		var c stored
		if err := rows.Scan(&url, &c.id, &c.title, &c.ownTitle, &c.authors, &c.published, &c.summary, &c.note, &c.marks, &c.flags, &c.same); err != nil {
			return err
		}
		known[url] = &c
		return nil
	}); err != nil {
		return err
	}
	if err := w.insert(list, known, isNew); err != nil {
		return err
	}
	ties := make([]tie, 0, len(list))
	for i, s := range list {
		c := known[s.url]
		if c == nil {
			return fmt.Errorf("story %s was not stored", s.url)
		}
		if ids[i] = c.id; c.same != 0 { // what is said of it is said of the other by its own address
			ids[i] = c.same
		} else if !isNew[i] {
			if err := w.refresh(c, s); err != nil {
				return fmt.Errorf("story %s: %w", s.url, err)
			}
		}
		if t := (tie{ids[i], s.from.Feed, line(s.from.Name, maxName)}); !slices.Contains(ties, t) {
			ties = append(ties, t)
		}
	}
	return w.ties(ties)
}

// insert makes candidates of the sightings whose address is not known, and
// makes them known. Of several with one address the first makes it.
func (w *writer) insert(list []sighting, known map[string]*stored, isNew []bool) error {
	var args []any
	rows := 0
	seen := stamp(w.now)
	for i, s := range list {
		if known[s.url] != nil {
			continue
		}
		c := &stored{
			title: s.title, ownTitle: s.byHand && s.title != "", authors: packTexts(names(s.authors)), published: stamp(s.published),
			summary: s.summary, note: bounded(s.note, maxNote), marks: packTexts(marked(nil, s.marks)), flags: packTexts(joined(nil, s.flags)),
		}
		known[s.url], isNew[i] = c, true
		args = append(args, s.url, bounded(s.link, maxAddress), c.title, number(c.ownTitle), c.authors, c.published, seen,
			c.summary, words(c.title, c.summary), c.note, c.marks, c.flags)
		rows++
	}
	if rows == 0 {
		return nil
	}
	return w.query(`INSERT INTO candidate (url, link, title, own_title, authors, published, seen, summary, words, note, marks, flags)
		VALUES `+values(rows, 12)+` RETURNING url, id`, args, func(rows *sql.Rows) error {
		var url string
		var id int64
		err := rows.Scan(&url, &id)
		if c := known[url]; err == nil && c != nil {
			c.id = id
		}
		return err
	})
}

// ties stores that sources gave candidates.
func (w *writer) ties(list []tie) error {
	if len(list) == 0 {
		return nil
	}
	args := make([]any, 0, 4*len(list))
	seen := stamp(w.now)
	for _, t := range list {
		args = append(args, t.candidate, t.feed, t.name, seen)
	}
	return w.exec(`INSERT INTO candidate_source (candidate, feed, name, seen) VALUES `+values(len(list), 4)+`
		ON CONFLICT (candidate, feed) DO UPDATE SET name = excluded.name WHERE candidate_source.name <> excluded.name`, args...)
}

// refresh brings a candidate up to date with a new sighting, and writes only
// when something changed.
func (w *writer) refresh(c *stored, s sighting) error {
	was := *c
	if s.title != "" && (s.byHand || !c.ownTitle) {
		c.title, c.ownTitle = s.title, s.byHand
	}
	c.summary = firstText(s.summary, c.summary)
	c.published = firstText(c.published, stamp(s.published))
	if people := names(s.authors); len(people) > 0 {
		c.authors = packTexts(people)
	}
	if s.note != "" && !strings.Contains(c.note, bounded(s.note, maxNote)) {
		c.note = bounded(strings.TrimPrefix(c.note+"\n\n"+s.note, "\n\n"), maxNote)
	}
	if len(s.marks) > 0 {
		var old []string
		if err := unpack("a list of quotes", c.marks, &old); err != nil {
			return err
		}
		c.marks = packTexts(marked(old, s.marks))
	}
	if len(s.flags) > 0 {
		var old []string
		if err := unpack("a list of flags", c.flags, &old); err != nil {
			return err
		}
		c.flags = packTexts(joined(old, s.flags))
	}
	if *c == was {
		return nil
	}
	return w.exec(`UPDATE candidate SET title = $2, own_title = $3, authors = $4, published = $5, summary = $6, words = $7,
		note = $8, marks = $9, flags = $10 WHERE id = $1`, c.id, c.title, number(c.ownTitle), c.authors, c.published, c.summary,
		words(c.title, c.summary), c.note, c.marks, c.flags)
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
