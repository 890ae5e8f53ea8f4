-- What running it for years needs: leases of jobs, nodes, generations, sign-ins, notices, and what undoes a run.

-- One row. The id is made anew by every restore: what was derived from another store is thrown away.
CREATE TABLE store (
    one BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    made TEXT NOT NULL,
    -- When the backup was taken that it was restored from
    restored_from TEXT
);

-- What asks twice for the same is one job: harvest/iop/2026-11-21T02:00:00Z
ALTER TABLE job ADD COLUMN key TEXT;
-- The node that is at it, and until when it counts as alive without a word from there.
ALTER TABLE job ADD COLUMN node TEXT;
ALTER TABLE job ADD COLUMN lease_until TEXT;
-- When it has taken too long.
ALTER TABLE job ADD COLUMN deadline TEXT;
-- When it may be tried again.
ALTER TABLE job ADD COLUMN not_before TEXT;
-- Who called it off while it ran.
ALTER TABLE job ADD COLUMN cancel_asked TEXT;
ALTER TABLE job ADD COLUMN asked_by TEXT;
CREATE UNIQUE INDEX job_by_key ON job (key) WHERE key IS NOT NULL;

-- The node that runs it, or ran it.
ALTER TABLE harvest ADD COLUMN node TEXT;
-- When an admin took back what it did, and who.
ALTER TABLE harvest ADD COLUMN rolled_back TEXT;
ALTER TABLE harvest ADD COLUMN rolled_back_by TEXT;

-- A row of a record as it was before a run changed it, JSON; NULL when the run brought it.
CREATE TABLE undo_record (
    harvest TEXT NOT NULL,
    source TEXT NOT NULL,
    identifier TEXT NOT NULL,
    before TEXT,
    PRIMARY KEY (harvest, source, identifier)
);

-- file, or store when an admin added it.
ALTER TABLE source ADD COLUMN origin TEXT NOT NULL DEFAULT 'file';
-- The schedule that an admin set, which wins over the file's.
ALTER TABLE source ADD COLUMN schedule_by_admin TEXT;

-- The programs that work on this store.
CREATE TABLE node (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    -- api, worker or all
    role TEXT NOT NULL,
    -- What its index is built with
    schema TEXT NOT NULL,
    address TEXT NOT NULL,
    started TEXT NOT NULL,
    heartbeat TEXT NOT NULL,
    generation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    resources BIGINT NOT NULL,
    -- starting, ready, degraded or stopping
    state TEXT NOT NULL,
    detail TEXT,
    stopped TEXT
);

-- The generations of every node's index, and what the gate said of each.
CREATE TABLE generation (
    node TEXT NOT NULL,
    schema TEXT NOT NULL,
    number BIGINT NOT NULL,
    made TEXT NOT NULL,
    -- live, previous, refused or gone
    state TEXT NOT NULL,
    resources BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    -- JSON
    report TEXT NOT NULL,
    promoted TEXT,
    PRIMARY KEY (node, schema, number)
);

-- Comparisons of an index with the store.
CREATE TABLE drift (
    id TEXT NOT NULL PRIMARY KEY,
    node TEXT NOT NULL,
    at TEXT NOT NULL,
    compared BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    surplus BIGINT NOT NULL,
    differing BIGINT NOT NULL,
    repaired BIGINT NOT NULL
);
CREATE INDEX drift_by_time ON drift (at);

-- Sign-ins to the console. The hash is SHA-256 of what the cookie holds, hexadecimal.
CREATE TABLE session (
    hash TEXT NOT NULL PRIMARY KEY,
    -- The id of the token that it was opened with
    token TEXT NOT NULL,
    created TEXT NOT NULL,
    seen TEXT NOT NULL,
    expires TEXT NOT NULL,
    ended TEXT
);

-- What is to be told to the admin, by mail or by a call.
CREATE TABLE notice (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created TEXT NOT NULL,
    sent TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_try TEXT,
    last_error TEXT
);
CREATE INDEX notice_waiting ON notice (next_try) WHERE sent IS NULL;

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    changed TEXT NOT NULL,
    changed_by TEXT NOT NULL
);

-- Payloads that nobody needs are taken out, and each asks here whether somebody does.
CREATE INDEX fetched_by_hash ON fetched (hash);
