-- What harvests remember, what waits for an admin, and what the links of resources answer.

-- What the kind of the source wants to be told by the next run; of the last ok run.
ALTER TABLE source ADD COLUMN memory TEXT;
ALTER TABLE source ADD COLUMN first_known TEXT;

-- harvest, replay, push or push-all
ALTER TABLE harvest ADD COLUMN manner TEXT NOT NULL DEFAULT 'harvest';
-- Of a run that goes on with one that broke off: when the first of them began.
ALTER TABLE harvest ADD COLUMN began TEXT;
-- 1 when it broke off and the next run may go on where it stood.
ALTER TABLE harvest ADD COLUMN resumable BIGINT NOT NULL DEFAULT 0;
-- Whoever runs it renews this; a run whose lease is over has died.
ALTER TABLE harvest ADD COLUMN lease_until TEXT;
-- The source asked to be left alone until then.
ALTER TABLE harvest ADD COLUMN postponed_until TEXT;

-- What a held run would have taken away.
CREATE TABLE held (
    harvest TEXT NOT NULL REFERENCES harvest (id),
    identifier TEXT NOT NULL,
    -- absent, or deleted by its source
    cause TEXT NOT NULL,
    -- NULL while it waits; approved
    decision TEXT,
    PRIMARY KEY (harvest, identifier)
);

-- Where a payload was first met, so that it can be read again when its place says something else meanwhile.
ALTER TABLE payload ADD COLUMN place TEXT;
ALTER TABLE payload ADD COLUMN content_type TEXT;
ALTER TABLE payload ADD COLUMN kept_at TEXT;

-- Of a token with the role source: the one it may send records to.
ALTER TABLE token ADD COLUMN source TEXT;

CREATE TABLE alarm (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL REFERENCES source (id),
    -- silent, held or failing
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    raised TEXT NOT NULL,
    cleared TEXT
);
CREATE INDEX alarm_by_source ON alarm (source, kind, cleared);

CREATE TABLE link (
    url TEXT NOT NULL PRIMARY KEY,
    -- as LinkState is called
    state TEXT NOT NULL,
    checked_at TEXT,
    next_check TEXT NOT NULL,
    -- failures in a row, and good answers in a row
    failures BIGINT NOT NULL DEFAULT 0,
    steady BIGINT NOT NULL DEFAULT 0,
    reason TEXT,
    -- where it is now, and where its last answer led for good while that is not believed yet
    moved_to TEXT,
    leads_to TEXT,
    -- since when its host has said nothing else
    busy_since TEXT,
    leased_until TEXT
);
CREATE INDEX link_by_next_check ON link (next_check);
