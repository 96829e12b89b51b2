-- What is remembered of a server whatever its sources: its robots.txt, asked
-- once a day (RFC 9309 section 2.4), and until when it wants to be left alone.
CREATE TABLE host (
    name   TEXT PRIMARY KEY,             -- host:port
    paused TEXT    NOT NULL DEFAULT '',  -- not to be asked before
    asked  TEXT    NOT NULL DEFAULT '',  -- for its robots.txt
    denied INTEGER NOT NULL DEFAULT 0,   -- 1: that could not be had, nothing may be read
    rules  TEXT    NOT NULL DEFAULT '[]' -- those that hold for us
);
