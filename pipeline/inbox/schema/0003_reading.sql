-- What an article looked like when a kept page was first read, or last read by
-- `extract --again`: enough to say what a newer extractor changes, and no more.
-- The article itself is made again when it is asked for.
CREATE TABLE reading (
    url       TEXT    PRIMARY KEY,                  -- the candidate
    fetched   TEXT    NOT NULL,             -- of the page that was read: another page is no change of the extractor
    extractor TEXT    NOT NULL,             -- extract.Version
    hash      TEXT    NOT NULL DEFAULT '',  -- of the whole article
    title     TEXT    NOT NULL DEFAULT '',
    authors   TEXT    NOT NULL DEFAULT '[]',
    published TEXT    NOT NULL DEFAULT '',
    words     INTEGER NOT NULL DEFAULT 0,
    blocks    INTEGER NOT NULL DEFAULT 0,
    error     TEXT    NOT NULL DEFAULT ''   -- why there was no article
);
