package inbox

// What the editor does with what waits: list, look, pick, drop, put back.

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
)

// ErrUnknown says that the inbox has no candidate with that number or address.
// It is wrapped with the one that was asked for; test for it with errors.Is.
var ErrUnknown = errors.New("not in the inbox")

// All, as Filter.Place, lists candidates of every place.
const All Place = "all"

// selectCandidates reads candidates whole. $1 parts the names of sources,
// which are one line each.
const selectCandidates = `SELECT c.id, c.url, c.link, c.title, c.authors, c.published, c.seen, c.summary, c.place, c.note, c.marks, c.flags,
		coalesce((SELECT string_agg(s.name, $1 ORDER BY s.id) FROM candidate_source s WHERE s.candidate = c.id), ''),
		coalesce(p.kept, 0), coalesce(p.status, 0), coalesce(p.fetched, ''),
		coalesce(p.tried, ''), coalesce(p.try_status, 0), coalesce(p.try_error, ''),
		coalesce(k.quotes, '[]'), coalesce(k.at, '')
	FROM candidate c
	LEFT JOIN page p ON p.url = c.url
	LEFT JOIN pick k ON k.candidate = c.id `

// newestFirst is the order of List. The day alone, the first ten characters of
// a stamp, sorts below every stamp of that day; and where that day is newer than
// anything else listed, the newest other date takes its place.
const newestFirst = ` ORDER BY CASE
		WHEN c.flags NOT LIKE '%"` + flagFuture + `"%' THEN ` + dated + `
		WHEN substr(c.seen, 1, 10) > max(` + properly + `) OVER () THEN max(` + properly + `) OVER ()
		ELSE substr(c.seen, 1, 10) END DESC,
	CASE WHEN c.flags LIKE '%"` + flagFuture + `"%' THEN 1 ELSE 0 END, c.id DESC`

const (
	dated    = `CASE WHEN c.published <> '' THEN c.published ELSE c.seen END`
	properly = `CASE WHEN c.flags NOT LIKE '%"` + flagFuture + `"%' THEN ` + dated + ` END`
)

// nameBreak parts the names in selectCandidates.
const nameBreak = "\n"

// List gives the candidates that the filter chooses, newest first: by the date
// published, or first seen where none is known. One that its feed dated in the
// future stands below all others of the day it was first seen, and never first
// while the list has another: such a date must win nothing. List gives at most
// 50,000.
func (b *Inbox) List(ctx context.Context, f Filter) ([]Candidate, error) {
	if f.Place == "" {
		f.Place = Waiting
	}
	if !slices.Contains([]Place{Waiting, Picked, Dropped, All}, f.Place) {
		return nil, fmt.Errorf("listing candidates: no place is called %q; there are %s, %s, %s and %s",
			f.Place, Waiting, Picked, Dropped, All)
	}
	if f.Limit <= 0 || f.Limit > maxRows {
		f.Limit = maxRows
	}
	args := []any{nameBreak}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	where := []string{"c.same = 0"}
	if f.Place != All {
		where = append(where, "c.place = "+arg(string(f.Place)))
	}
	if f.Source != "" {
		where = append(where, "EXISTS (SELECT 1 FROM candidate_source s WHERE s.candidate = c.id AND s.name = "+arg(f.Source)+")")
	}
	wanted := strings.Fields(strings.ToLower(bounded(f.Words, maxTitle)))
	literal := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	for _, word := range wanted {
		where = append(where, "c.words LIKE "+arg("%"+literal.Replace(word)+"%")+` ESCAPE '\'`)
	}
	query := "WHERE " + strings.Join(where, " AND ") + newestFirst + " LIMIT " + arg(f.Limit)
	picks, err := b.read(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing candidates: %w", err)
	}
	list := make([]Candidate, len(picks))
	for i, p := range picks {
		list[i] = p.Candidate
	}
	return list, nil
}

// Get gives the candidate with that number, or ErrUnknown.
func (b *Inbox) Get(ctx context.Context, id int64) (Candidate, error) {
	p, err := b.one(ctx, id)
	return p.Candidate, err
}

// Find gives the candidate of an address in any of its spellings, or
// ErrUnknown.
func (b *Inbox) Find(ctx context.Context, url string) (Candidate, error) {
	canonical, err := collect.Canonical(url)
	if err != nil {
		return Candidate{}, fmt.Errorf("finding %q: %w", line(url, 200), err)
	}
	picks, err := b.read(ctx, "WHERE c.id = (SELECT CASE WHEN same <> 0 THEN same ELSE id END FROM candidate WHERE url = $2)", nameBreak, canonical)
	if err == nil && len(picks) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Candidate{}, fmt.Errorf("finding %s: %w", canonical, err)
	}
	return picks[0].Candidate, nil
}

// Pick chooses a candidate. Picking it again replaces its quotes when some are
// given and its note when that is not empty, and it keeps its turn. A
// candidate that was dropped or put back since comes last, with the quotes
// chosen before unless new ones are given.
func (b *Inbox) Pick(ctx context.Context, id int64, quotes []extract.Quote, note string) (Pick, error) {
	packed, err := pack(quotes)
	if err != nil {
		return Pick{}, fmt.Errorf("picking %d: %w", id, err)
	}
	if len(quotes) > maxList || len(packed) > 4*maxNote {
		return Pick{}, fmt.Errorf("picking %d: %d quotes of %d bytes are more than one item can hold", id, len(quotes), len(packed))
	}
	err = b.write(ctx, fmt.Sprintf("picking %d", id), func(tx *sql.Tx) error {
		var place string
		err := tx.QueryRowContext(ctx, `SELECT place FROM candidate WHERE id = $1`, id).Scan(&place)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		if place != string(Picked) {
			if _, err := tx.ExecContext(ctx, `INSERT INTO pick (candidate, turn, at)
				VALUES ($1, (SELECT coalesce(max(turn), 0) + 1 FROM pick), $2)
				ON CONFLICT (candidate) DO UPDATE SET turn = excluded.turn, at = excluded.at`, id, stamp(b.now())); err != nil {
				return err
			}
		}
		if len(quotes) > 0 {
			if _, err := tx.ExecContext(ctx, `UPDATE pick SET quotes = $2 WHERE candidate = $1`, id, packed); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE candidate SET place = 'picked', note = CASE WHEN $2 <> '' THEN $2 ELSE note END
			WHERE id = $1`, id, bounded(note, maxNote))
		return err
	})
	if err != nil {
		return Pick{}, err
	}
	return b.one(ctx, id)
}

// Drop puts a candidate out of sight. Its quotes and note are kept, should she
// put it back. ErrUnknown when there is none.
func (b *Inbox) Drop(ctx context.Context, id int64) error { return b.put(ctx, id, Dropped, "dropping") }

// Restore puts a dropped or picked candidate back to those that wait.
// ErrUnknown when there is none.
func (b *Inbox) Restore(ctx context.Context, id int64) error {
	return b.put(ctx, id, Waiting, "putting back")
}

// Picks gives the picked candidates in the order picked.
func (b *Inbox) Picks(ctx context.Context) ([]Pick, error) {
	picks, err := b.read(ctx, "WHERE c.place = 'picked' ORDER BY k.turn, c.id LIMIT $2", nameBreak, maxRows)
	if err != nil {
		return nil, fmt.Errorf("reading picks: %w", err)
	}
	return picks, nil
}

func (b *Inbox) put(ctx context.Context, id int64, place Place, doing string) error {
	return b.write(ctx, fmt.Sprintf("%s %d", doing, id), func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE candidate SET place = $2 WHERE id = $1`, id, string(place))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrUnknown)
		}
		return nil
	})
}

func (b *Inbox) one(ctx context.Context, id int64) (Pick, error) {
	picks, err := b.read(ctx, "WHERE c.id = $2", nameBreak, id)
	if err == nil && len(picks) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Pick{}, fmt.Errorf("candidate %d: %w", id, err)
	}
	return picks[0], nil
}

// read runs selectCandidates with what follows it. Each row is a Pick; for a
// candidate that was never picked, At is zero.
func (b *Inbox) read(ctx context.Context, rest string, args ...any) ([]Pick, error) {
	rows, err := b.db.QueryContext(ctx, selectCandidates+rest, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var picks []Pick
	for rows.Next() {
		var p Pick
		c := &p.Candidate
		var authors, published, seen, marks, flags, sources, fetched, tried, tryError, quotes, at string
		var tryStatus int
		if err := rows.Scan(&c.ID, &c.URL, &c.Link, &c.Title, &authors, &published, &seen, &c.Summary, &c.Place, &c.Note, &marks, &flags,
			&sources, &c.Page.Kept, &c.Page.Status, &fetched, &tried, &tryStatus, &tryError, &quotes, &at); err != nil {
			return nil, explain(err)
		}
		err := errors.Join(
			unpack("a list of authors", authors, &c.Authors),
			unpack("a list of quotes", marks, &c.Quotes),
			unpack("a list of flags", flags, &c.Flags),
			unpack("a pick", quotes, &p.Quotes))
		if err != nil {
			return nil, fmt.Errorf("candidate %d: %w", c.ID, err)
		}
		c.Published, c.Seen, p.At = unstamp(published), unstamp(seen), unstamp(at)
		c.Page.Error, c.Page.Fetched = tryError, unstamp(fetched)
		if !c.Page.Kept {
			c.Page.Status, c.Page.Fetched = tryStatus, unstamp(tried)
		}
		c.Sources = joined(nil, strings.Split(sources, nameBreak)) // a source whose feed moved counts once
		p.Note = c.Note
		picks = append(picks, p)
	}
	return picks, explain(rows.Err())
}
