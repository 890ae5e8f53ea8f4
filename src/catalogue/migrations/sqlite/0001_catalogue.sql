-- The store of record. Forward only: what is released is never edited, the next change is a file of its own.
--
-- Times are TEXT, RFC 3339 in UTC with whole seconds, so that text order is time order. Flags are 0 or 1.
-- Only TEXT, BIGINT and BLOB, so that another database needs the same tables; the two words it spells otherwise
-- are BLOB and AUTOINCREMENT.

CREATE TABLE source (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    homepage TEXT NOT NULL,
    licence TEXT,
    nation TEXT NOT NULL,
    kind TEXT NOT NULL,
    schedule TEXT NOT NULL,
    -- What the file says; an admin's decision goes before it and survives every change of the file.
    enabled_by_default BIGINT NOT NULL,
    enabled_by_admin BIGINT,
    shipped BIGINT NOT NULL,
    -- 0 when its file is gone. Its records stay.
    present BIGINT NOT NULL,
    allows_republishing BIGINT NOT NULL,
    -- 1 from when its terms or its homepage change until its resources have been merged anew.
    terms_changed BIGINT NOT NULL,
    toml TEXT NOT NULL,
    file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    harvested_with TEXT,
    last_ok_at TEXT
);

CREATE TABLE harvest (
    id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL REFERENCES source (id),
    -- running, ok, partial, held or failed
    state TEXT NOT NULL,
    reason TEXT,
    started TEXT NOT NULL,
    finished TEXT,
    read_count BIGINT NOT NULL DEFAULT 0,
    created_count BIGINT NOT NULL DEFAULT 0,
    changed_count BIGINT NOT NULL DEFAULT 0,
    unchanged_count BIGINT NOT NULL DEFAULT 0,
    deleted_count BIGINT NOT NULL DEFAULT 0,
    rejected_count BIGINT NOT NULL DEFAULT 0,
    duplicate_count BIGINT NOT NULL DEFAULT 0,
    problem_count BIGINT NOT NULL DEFAULT 0,
    -- Of a run that met an unchanged source: the run whose problems still hold.
    problems_of TEXT
);
CREATE INDEX harvest_by_source ON harvest (source, started);
CREATE INDEX harvest_by_state ON harvest (state);

CREATE TABLE problem (
    harvest TEXT NOT NULL REFERENCES harvest (id),
    number BIGINT NOT NULL,
    -- warning or rejected
    severity TEXT NOT NULL,
    place TEXT NOT NULL,
    field TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (harvest, number)
);

CREATE TABLE payload (
    -- BLAKE3 of the bytes as they came, hexadecimal
    hash TEXT NOT NULL PRIMARY KEY,
    -- compressed with zstd
    body BLOB NOT NULL
);

-- What the last fetch of a place gave.
CREATE TABLE fetched (
    source TEXT NOT NULL REFERENCES source (id),
    place TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES payload (hash),
    etag TEXT,
    last_modified TEXT,
    content_type TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (source, place)
);

CREATE TABLE resource (
    id TEXT NOT NULL PRIMARY KEY,
    -- What its records share: the canonical address, or the record's own name. Among those not merged away it stands once.
    resource_key TEXT NOT NULL,
    -- live, withdrawn or merged
    state TEXT NOT NULL,
    -- The merged fields, JSON
    metadata TEXT NOT NULL,
    description_in_full BIGINT NOT NULL,
    merged_into TEXT REFERENCES resource (id) DEFERRABLE INITIALLY DEFERRED,
    -- Why it was withdrawn
    reason TEXT,
    created TEXT NOT NULL,
    updated TEXT NOT NULL
);
CREATE INDEX resource_by_key ON resource (resource_key);
CREATE INDEX resource_by_state ON resource (state, id);
CREATE INDEX resource_by_merged_into ON resource (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE record (
    source TEXT NOT NULL REFERENCES source (id),
    identifier TEXT NOT NULL,
    -- Deferred: records are written first, then the resources they found.
    resource TEXT NOT NULL REFERENCES resource (id) DEFERRABLE INITIALLY DEFERRED,
    -- live, missing, withdrawn or deleted; the first two are published
    state TEXT NOT NULL,
    metadata TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    resource_key TEXT NOT NULL,
    url TEXT,
    payload TEXT,
    place TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    missing_since TEXT,
    missing_runs BIGINT NOT NULL,
    PRIMARY KEY (source, identifier)
);
CREATE INDEX record_by_resource ON record (resource, state);
CREATE INDEX record_by_source ON record (source, state, resource);

-- Numbers are never given twice, so a follower that stands at one has seen all below it.
CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    resource TEXT NOT NULL,
    -- created, changed or withdrawn
    op TEXT NOT NULL,
    at TEXT NOT NULL
);

CREATE TABLE job (
    id TEXT NOT NULL PRIMARY KEY,
    -- harvest or reindex
    kind TEXT NOT NULL,
    subject TEXT,
    -- queued, running, succeeded, failed or cancelled
    state TEXT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT,
    message TEXT,
    error TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    created TEXT NOT NULL,
    started TEXT,
    heartbeat TEXT,
    finished TEXT
);
CREATE INDEX job_by_state ON job (state, created);

CREATE TABLE token (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- admin, curator or read-only
    role TEXT NOT NULL,
    -- SHA-256 of the token, hexadecimal. The token itself is nowhere.
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    revoked TEXT
);
