-- What admins want first or last in the answer to one search.

CREATE TABLE pin (
    id TEXT NOT NULL PRIMARY KEY,
    -- The search as it was typed, and as searches are compared: without case, accents and punctuation.
    query TEXT NOT NULL,
    query_key TEXT NOT NULL,
    -- pin or bury
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    -- Of a pin its place among those of the same search, from 1; the lower first.
    position BIGINT,
    owner TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The last day on which it counts: 2026-12-31
    expires TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    undone_by TEXT,
    undone_at TEXT
);
CREATE INDEX pin_by_query ON pin (query_key, undone_at);
CREATE INDEX pin_standing ON pin (expires) WHERE undone_at IS NULL;
