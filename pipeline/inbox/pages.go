package inbox

// Raw pages: which ones are wanted, keeping them, giving them back. A page is
// kept whole and compressed, so that a better extractor can read it again
// without asking its server.

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
)

// A page that could not be had is asked again after retryAfter, and no more
// after maxTries failures in a row.
const (
	retryAfter = 6 * time.Hour
	maxTries   = 4
)

// WantPages lists the links, as first given, of candidates that wait or are
// picked and whose page is still to be fetched: newest first, first seen or
// published since the given time, at most perSource a source. Links by hand
// are listed whatever their age and number.
func (b *Inbox) WantPages(ctx context.Context, since time.Time, perSource int) ([]string, error) {
	rows, err := b.db.QueryContext(ctx, `
		SELECT link FROM (
			SELECT c.id, c.link, c.seen, s.feed, c.seen >= $1 OR c.published >= $1 AS recent,
				row_number() OVER (PARTITION BY s.feed, c.seen >= $1 OR c.published >= $1
					ORDER BY c.seen DESC, c.published DESC, c.id DESC) AS nth
			FROM candidate c
			JOIN candidate_source s ON s.candidate = c.id
			LEFT JOIN page p ON p.url = c.url
			WHERE c.place IN ('waiting', 'picked') AND c.same = 0
				AND (p.url IS NULL OR (p.kept = 0 AND p.tries < $2 AND p.tried < $3))
		) AS wanted
		WHERE feed = '' OR (recent AND nth <= $4)
		GROUP BY id, link, seen ORDER BY seen DESC, id DESC LIMIT $5`,
		stamp(since), maxTries, stamp(b.now().Add(-retryAfter)), perSource, maxRows)
	if err != nil {
		return nil, fmt.Errorf("listing pages to fetch: %w", explain(err))
	}
	defer rows.Close()
	var links []string
	for rows.Next() {
		var link string
		if err := rows.Scan(&link); err != nil {
			return nil, fmt.Errorf("listing pages to fetch: %w", explain(err))
		}
		links = append(links, link)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing pages to fetch: %w", explain(err))
	}
	return links, nil
}

// SavePages keeps fetched pages, compressed, in one transaction. A page with an
// Error, or with no body, is kept as a fact: it counts as one more try and
// leaves an earlier good page as it is. A body over 32 MiB is such a failure.
//
// A candidate whose page states another candidate's address as its own
// (collect.Page.Stated) becomes one with it, unless the editor has touched it.
func (b *Inbox) SavePages(ctx context.Context, pages []collect.Page) error {
	type row struct {
		page         collect.Page
		header, url  string
		final, fault string
		stated       string
		body         []byte
	}
	packed := make([]row, 0, len(pages))
	for _, p := range pages { // compressing is slow: it is done before the file is locked
		r := row{page: p, url: key(p.URL), fault: bounded(p.Error, maxNote)}
		if p.URL == "" || len(r.url) > maxAddress {
			return fmt.Errorf("saving pages: no usable address: %q", line(p.URL, 200))
		}
		if r.page.Fetched.IsZero() {
			r.page.Fetched = b.now()
		}
		if p.FinalURL == "" || len(p.FinalURL) > maxAddress {
			r.page.FinalURL = p.URL
		}
		r.final = key(r.page.FinalURL)
		switch {
		case r.fault != "":
		case len(p.Body) == 0:
			r.fault = "the page is empty"
		case len(p.Body) > maxBody:
			r.fault = fmt.Sprintf("the page is larger than %d MiB", maxBody>>20)
		default:
			header, err := pack(p.Header)
			if err != nil {
				return fmt.Errorf("saving page %s: %w", p.URL, err)
			}
			r.header, r.body = header, b.pack.EncodeAll(p.Body, nil)
			r.stated = p.Stated()
		}
		packed = append(packed, r)
	}
	return b.write(ctx, "saving pages", func(tx *sql.Tx) error {
		for _, r := range packed {
			at := stamp(r.page.Fetched)
			var err error
			if r.fault == "" {
				_, err = tx.ExecContext(ctx, `INSERT INTO page (url, asked, final, final_url, kept, status, fetched, tries, tried,
						try_status, try_error, header, body)
					VALUES ($1, $2, $3, $4, 1, $5, $6, 0, $6, $5, '', $7, $8)
					ON CONFLICT (url) DO UPDATE SET asked = excluded.asked, final = excluded.final, final_url = excluded.final_url,
						kept = 1, status = excluded.status, fetched = excluded.fetched, tries = 0, tried = excluded.tried,
						try_status = excluded.try_status, try_error = '', header = excluded.header, body = excluded.body`,
					r.url, r.page.URL, r.final, r.page.FinalURL, r.page.Status, at, r.header, r.body)
			} else {
				_, err = tx.ExecContext(ctx, `INSERT INTO page (url, asked, final, final_url, tries, tried, try_status, try_error)
					VALUES ($1, $2, $3, $4, 1, $5, $6, $7)
					ON CONFLICT (url) DO UPDATE SET tries = page.tries + 1, tried = excluded.tried,
						try_status = excluded.try_status, try_error = excluded.try_error`,
					r.url, r.page.URL, r.final, r.page.FinalURL, at, r.page.Status, r.fault)
			}
			if err == nil && r.stated != "" && r.stated != r.url {
				err = unite(ctx, tx, r.url, r.stated)
			}
			if err != nil {
				return fmt.Errorf("page %s: %w", r.page.URL, err)
			}
		}
		return nil
	})
}

// unite makes the candidate of one address one with that of another, where both
// are there and the editor has done nothing with the first.
func unite(ctx context.Context, tx *sql.Tx, url, stated string) error {
	var id, other int64
	err := tx.QueryRowContext(ctx, `SELECT c.id, o.id FROM candidate c, candidate o
		WHERE c.url = $1 AND o.url = $2 AND c.same = 0 AND o.same = 0
			AND c.place = 'waiting' AND c.note = '' AND c.marks = '[]' AND c.own_title = 0
			AND NOT EXISTS (SELECT 1 FROM pick k WHERE k.candidate = c.id)`, url, stated).Scan(&id, &other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO candidate_source (candidate, feed, name, seen)
		SELECT $2, feed, name, seen FROM candidate_source WHERE candidate = $1 ORDER BY id
		ON CONFLICT (candidate, feed) DO NOTHING`, id, other); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM candidate_source WHERE candidate = $1`, id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE candidate SET same = $2 WHERE id = $1`, id, other)
	return err
}

// Page gives the kept page of an address: the one asked, its canonical form or
// the final one after redirects. The bool tells whether a good page is kept.
// When it is false the Page holds what the last try said, in Error and Status,
// or is the zero value when there was no try.
func (b *Inbox) Page(ctx context.Context, url string) (collect.Page, bool, error) {
	var p collect.Page
	var kept bool
	var fetched, tried, tryError, header string
	var tryStatus int
	var body []byte
	err := b.db.QueryRowContext(ctx, `SELECT asked, final_url, kept, status, fetched, tried, try_status, try_error, header, body
		FROM page WHERE url = $1 OR final = $1
		ORDER BY kept DESC, CASE WHEN url = $1 THEN 0 ELSE 1 END, fetched DESC LIMIT 1`, key(url)).
		Scan(&p.URL, &p.FinalURL, &kept, &p.Status, &fetched, &tried, &tryStatus, &tryError, &header, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return collect.Page{}, false, nil
	}
	if err != nil {
		return collect.Page{}, false, fmt.Errorf("reading page %s: %w", url, explain(err))
	}
	if !kept {
		p.Status, p.Error, p.Fetched = tryStatus, tryError, unstamp(tried)
		return p, false, nil
	}
	p.Fetched = unstamp(fetched)
	if err := unpack("the header of a page", header, &p.Header); err != nil {
		return collect.Page{}, false, fmt.Errorf("reading page %s: %w", url, err)
	}
	if p.Body, err = b.open.DecodeAll(body, nil); err != nil {
		return collect.Page{}, false, fmt.Errorf("reading page %s: its kept copy is damaged, fetch it again: %w", url, err)
	}
	return p, true, nil
}

// key is what a page is found by: its canonical address, or the address itself
// where there is no canonical form.
func key(url string) string {
	if canonical, err := collect.Canonical(url); err == nil && canonical != "" {
		return canonical
	}
	return url
}
