package inbox

// Opening inbox.db: the connection, the schema and the sentences for what goes
// wrong with the file. What is peculiar to SQLite is here and in schema/; the
// other files keep to SQL that PostgreSQL also understands, but for the question
// marks of many rows (see values).

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema/*.sql
var schema embed.FS

// openWait is how long Open goes on trying while other processes hold the file.
// It is the busy_timeout of the connection too.
const openWait = 10 * time.Second

// Inbox is an open inbox.db. Its methods may be called from several goroutines,
// and several processes may have the same file open: writers wait for each
// other. The zero value is not usable; see Open.
type Inbox struct {
	db   *sql.DB
	path string
	now  func() time.Time
	pack *zstd.Encoder
	open *zstd.Decoder
	once sync.Once
	done error
}

// Open opens the inbox kept in the file at path and brings its schema up to
// date. The file is made when there is none; its folder must be there. now is
// the clock for "first seen" and "picked at"; nil means time.Now.
//
// A file that is no database, or that a newer pullquote wrote, is an error that
// says what to do; such a file is left as it is.
func Open(ctx context.Context, path string, now func() time.Time) (*Inbox, error) {
	if now == nil {
		now = time.Now
	}
	dsn, err := address(path)
	if err != nil {
		return nil, fmt.Errorf("opening inbox %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening inbox %s: %w", path, err)
	}
	// One connection makes this process one writer, with no waiting on itself.
	db.SetMaxOpenConns(1)
	b := &Inbox{db: db, path: path, now: now}
	if b.pack, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err == nil {
		b.open, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody))
	}
	if err == nil {
		err = b.migrateWaiting(ctx)
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("opening inbox %s: %w", path, explain(err))
	}
	return b, nil
}

// Close closes the inbox. Closing again does nothing more.
func (b *Inbox) Close() error {
	b.once.Do(func() {
		if b.pack != nil {
			b.pack.Close()
		}
		if b.open != nil {
			b.open.Close()
		}
		if err := b.db.Close(); err != nil {
			b.done = fmt.Errorf("closing inbox %s: %w", b.path, explain(err))
		}
	})
	return b.done
}

// address is path as a SQLite URI (https://www.sqlite.org/uri.html), in which
// "?" and "#" in a folder's name are escaped.
func address(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(full)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/x becomes file:///C:/x
	}
	file := url.URL{Scheme: "file", Path: slashed}
	return file.String() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate", nil
}

// migrateWaiting migrates, and waits while another process holds the file.
// SQLite doesn't apply the busy timeout to the switch of an empty file to WAL,
// so that processes which make the file together must try again themselves.
func (b *Inbox) migrateWaiting(ctx context.Context) error {
	start := time.Now()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := b.migrate(ctx)
		if err == nil || !isBusy(err) || time.Since(start) > openWait {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

// migrate runs the schema files that this database has not had, all in one
// transaction. The transaction is immediate (the DSN's _txlock): whoever comes
// second waits, and then finds nothing left to do.
func (b *Inbox) migrate(ctx context.Context) error {
	steps, err := schemaSteps()
	if err != nil {
		return err
	}
	// Reading comes first, so that looking into the inbox need not wait for a
	// process that writes. It fails where there is no schema yet.
	var have int
	const newest = `SELECT coalesce(max(number), 0) FROM schema_step`
	if err := b.db.QueryRowContext(ctx, newest).Scan(&have); err == nil && have == len(steps) {
		return nil
	}
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var ours, tables int
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(name = 'schema_step'), 0), count(*) FROM sqlite_master`).Scan(&ours, &tables)
	if err != nil {
		return err
	}
	if ours == 0 {
		if tables > 0 {
			return errors.New("this database belongs to another program; move it away, and a new inbox is made")
		}
		if _, err := tx.ExecContext(ctx, `CREATE TABLE schema_step (number INTEGER PRIMARY KEY, applied TEXT NOT NULL)`); err != nil {
			return err
		}
	}
	if err := tx.QueryRowContext(ctx, newest).Scan(&have); err != nil {
		return err
	}
	if have == len(steps) {
		return nil
	}
	if have > len(steps) {
		return fmt.Errorf("a newer pullquote wrote this inbox (its schema is number %d, this program knows %d); update pullquote", have, len(steps))
	}
	for i, step := range steps[have:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("schema %d: %w", have+i+1, err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO schema_step (number, applied) VALUES ($1, $2)`, have+i+1, stamp(b.now())); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// schemaSteps reads the embedded schema files, NNNN_name.sql, numbered from 1
// without a gap.
func schemaSteps() ([]string, error) {
	names, err := fs.Glob(schema, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var steps []string
	for i, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "schema/"), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("schema file %s does not have number %04d", name, i+1)
		}
		text, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, string(text))
	}
	return steps, nil
}

// write runs change in one transaction: all of it is stored, or none.
func (b *Inbox) write(ctx context.Context, what string, change func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err == nil {
		defer tx.Rollback()
		if err = change(tx); err == nil {
			err = tx.Commit()
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, explain(err))
	}
	return nil
}

func isBusy(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && (fault.Code()&0xff == sqlite3.SQLITE_BUSY || fault.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

// explain adds the cure to what SQLite says (https://www.sqlite.org/rescode.html).
// The low byte is the primary result code.
func explain(err error) error {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return err
	}
	cure := ""
	switch fault.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		cure = "the file is not an inbox; move it away, and the next collect fills a new one"
	case sqlite3.SQLITE_CORRUPT:
		cure = "the file is damaged; move it away, and the next collect fills a new one (picks that are in no draft yet are lost)"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		cure = "another program keeps it locked; try again when that one is done"
	case sqlite3.SQLITE_FULL:
		cure = "the disk is full; make room and run the command again: what stood before is whole"
	case sqlite3.SQLITE_READONLY:
		cure = "the file or its folder can't be written to; look at their permissions"
	case sqlite3.SQLITE_CANTOPEN:
		cure = "the file can't be opened; look whether its folder is there and may be written to"
	default:
		return err
	}
	return fmt.Errorf("%s (%w)", cure, err)
}
