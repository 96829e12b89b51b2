-- What waits for the editor. Times are RFC 3339 UTC text of one width, so that
-- text order is time order; '' means unknown. Lists are JSON text. Nothing here
-- but the integer keys is peculiar to SQLite.

CREATE TABLE candidate (
    id        INTEGER PRIMARY KEY,          -- typed by the editor; rows are never deleted, so never reused
    url       TEXT    NOT NULL UNIQUE,      -- canonical address: the identity
    link      TEXT    NOT NULL,             -- as first given, for the reader
    title     TEXT    NOT NULL,
    own_title INTEGER NOT NULL DEFAULT 0,   -- 1: the editor gave the title, feeds no longer change it
    authors   TEXT    NOT NULL DEFAULT '[]',
    published TEXT    NOT NULL DEFAULT '',
    seen      TEXT    NOT NULL,             -- first seen
    summary   TEXT    NOT NULL DEFAULT '',
    words     TEXT    NOT NULL DEFAULT '',  -- title and summary in lower case, for the word filter
    place     TEXT    NOT NULL DEFAULT 'waiting' CHECK (place IN ('waiting', 'picked', 'dropped')),
    note      TEXT    NOT NULL DEFAULT '',
    marks     TEXT    NOT NULL DEFAULT '[]', -- passages marked when the link was added
    flags     TEXT    NOT NULL DEFAULT '[]'
);
CREATE INDEX candidate_place ON candidate (place);

-- Which sources gave a candidate, in the order of id.
CREATE TABLE candidate_source (
    id        INTEGER PRIMARY KEY,
    candidate INTEGER NOT NULL REFERENCES candidate (id),
    feed      TEXT    NOT NULL,             -- the source's identity; '' for links by hand
    name      TEXT    NOT NULL,             -- what the editor calls it today
    seen      TEXT    NOT NULL,
    UNIQUE (candidate, feed)
);
CREATE INDEX candidate_source_name ON candidate_source (name);

-- The quotes the editor chose. A row stays when its candidate is dropped or put
-- back: her choice is still there when she picks it again.
CREATE TABLE pick (
    candidate INTEGER PRIMARY KEY REFERENCES candidate (id),
    turn      INTEGER NOT NULL,             -- the order picked
    quotes    TEXT    NOT NULL DEFAULT '[]',
    at        TEXT    NOT NULL
);

-- Raw pages. The kept page is never replaced by a failed one; what the last
-- try said stands in the try_ columns.
CREATE TABLE page (
    url        TEXT    PRIMARY KEY,          -- canonical form of the address asked
    asked      TEXT    NOT NULL,
    final      TEXT    NOT NULL DEFAULT '',  -- canonical form of final_url
    final_url  TEXT    NOT NULL DEFAULT '',
    kept       INTEGER NOT NULL DEFAULT 0,   -- 1: header, body, status, fetched are those of a good page
    status     INTEGER NOT NULL DEFAULT 0,
    fetched    TEXT    NOT NULL DEFAULT '',
    tries      INTEGER NOT NULL DEFAULT 0,   -- failures in a row
    tried      TEXT    NOT NULL DEFAULT '',
    try_status INTEGER NOT NULL DEFAULT 0,
    try_error  TEXT    NOT NULL DEFAULT '',  -- '' when the last try went well
    header     TEXT    NOT NULL DEFAULT '{}',
    body       BLOB                          -- zstd (RFC 8878)
);
CREATE INDEX page_final ON page (final);

-- What is remembered of each source between runs (collect.State). Validators
-- are bytes, not text: they go back to the server exactly as they came.
CREATE TABLE source_state (
    feed          TEXT PRIMARY KEY,
    address       TEXT    NOT NULL,
    etag          BLOB    NOT NULL,
    last_modified BLOB    NOT NULL,
    asked         TEXT    NOT NULL,
    good          TEXT    NOT NULL,
    changed       TEXT    NOT NULL,
    due           TEXT    NOT NULL,
    failures      INTEGER NOT NULL,
    gone          INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    error         TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    body_hash     TEXT    NOT NULL,
    memo          TEXT    NOT NULL
);
