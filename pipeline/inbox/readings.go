package inbox

// What is remembered of articles: never the article, only what tells whether
// the next one made from the same page is another.

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Reading is what an article looked like when its page was read.
type Reading struct {
	URL       string    `json:"url"` // canonical address of the candidate
	Fetched   time.Time `json:"-"`   // of the page that was read
	Extractor string    `json:"extractor"`
	Hash      string    `json:"hash,omitempty"` // of the whole article
	Title     string    `json:"title"`
	Authors   []string  `json:"authors"`
	Published string    `json:"published"`
	Words     int       `json:"words"`
	Blocks    int       `json:"blocks"`
	Error     string    `json:"error,omitempty"` // why there was no article
}

// Readings gives what is remembered, by URL.
func (b *Inbox) Readings(ctx context.Context) (map[string]Reading, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT url, fetched, extractor, hash, title, authors, published, words, blocks, error
		FROM reading ORDER BY url LIMIT $1`, maxRows)
	if err != nil {
		return nil, fmt.Errorf("reading what articles looked like: %w", explain(err))
	}
	defer rows.Close()
	out := map[string]Reading{}
	for rows.Next() {
		var r Reading
		var fetched, authors string
		if err := rows.Scan(&r.URL, &fetched, &r.Extractor, &r.Hash, &r.Title, &authors, &r.Published, &r.Words, &r.Blocks, &r.Error); err != nil {
			return nil, fmt.Errorf("reading what articles looked like: %w", explain(err))
		}
		r.Fetched = unstamp(fetched)
		if err := unpack("the authors of an article", authors, &r.Authors); err != nil {
			return nil, err
		}
		out[r.URL] = r
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading what articles looked like: %w", explain(err))
	}
	return out, nil
}

// FirstReading remembers an article unless one of the same page is remembered:
// what was there first is what a newer extractor is held against.
func (b *Inbox) FirstReading(ctx context.Context, r Reading) error {
	var fetched string
	err := b.db.QueryRowContext(ctx, `SELECT fetched FROM reading WHERE url = $1`, r.URL).Scan(&fetched)
	if err == nil && fetched == stamp(r.Fetched) {
		return nil // nothing to write: looking at a story takes no lock
	}
	return b.SaveReadings(ctx, []Reading{r})
}

// SaveReadings remembers articles in place of what was remembered of them, in
// one transaction.
func (b *Inbox) SaveReadings(ctx context.Context, readings []Reading) error {
	if len(readings) == 0 {
		return nil
	}
	return b.write(ctx, "remembering what articles look like", func(tx *sql.Tx) error {
		for _, r := range readings {
			_, err := tx.ExecContext(ctx, `INSERT INTO reading (url, fetched, extractor, hash, title, authors, published, words, blocks, error)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
				ON CONFLICT (url) DO UPDATE SET fetched = excluded.fetched, extractor = excluded.extractor, hash = excluded.hash,
					title = excluded.title, authors = excluded.authors, published = excluded.published,
					words = excluded.words, blocks = excluded.blocks, error = excluded.error`,
				r.URL, stamp(r.Fetched), r.Extractor, r.Hash, line(r.Title, maxTitle), packTexts(r.Authors), line(r.Published, maxName),
				r.Words, r.Blocks, bounded(r.Error, maxNote))
			if err != nil {
				return fmt.Errorf("%s: %w", r.URL, err)
			}
		}
		return nil
	})
}
