-- The store of record on PostgreSQL: all that the migrations of SQLite up to 0010 make, in one. From here on each change is
-- a file of the same number in both folders; a test holds the two against each other.
--
-- Texts are compared byte by byte, as Rust and SQLite do: COLLATE "C".

CREATE TABLE source (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    homepage TEXT COLLATE "C" NOT NULL,
    licence TEXT COLLATE "C",
    nation TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    schedule TEXT COLLATE "C" NOT NULL,
    -- What the file says; an admin's decision goes before it and survives every change of the file.
    enabled_by_default BIGINT NOT NULL,
    enabled_by_admin BIGINT,
    shipped BIGINT NOT NULL,
    -- 0 when its file is gone. Its records stay.
    present BIGINT NOT NULL,
    allows_republishing BIGINT NOT NULL,
    -- 1 from when its terms or its homepage change until its resources have been merged anew.
    terms_changed BIGINT NOT NULL,
    toml TEXT COLLATE "C" NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    harvested_with TEXT COLLATE "C",
    last_ok_at TEXT COLLATE "C",
    memory TEXT COLLATE "C",
    first_known TEXT COLLATE "C",
    origin TEXT COLLATE "C" NOT NULL DEFAULT 'file',
    schedule_by_admin TEXT COLLATE "C"
);

CREATE TABLE harvest (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL REFERENCES source (id),
    -- running, ok, partial, held or failed
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    started TEXT COLLATE "C" NOT NULL,
    finished TEXT COLLATE "C",
    read_count BIGINT NOT NULL DEFAULT 0,
    created_count BIGINT NOT NULL DEFAULT 0,
    changed_count BIGINT NOT NULL DEFAULT 0,
    unchanged_count BIGINT NOT NULL DEFAULT 0,
    deleted_count BIGINT NOT NULL DEFAULT 0,
    rejected_count BIGINT NOT NULL DEFAULT 0,
    duplicate_count BIGINT NOT NULL DEFAULT 0,
    problem_count BIGINT NOT NULL DEFAULT 0,
    -- Of a run that met an unchanged source: the run whose problems still hold.
    problems_of TEXT COLLATE "C",
    manner TEXT COLLATE "C" NOT NULL DEFAULT 'harvest',
    began TEXT COLLATE "C",
    resumable BIGINT NOT NULL DEFAULT 0,
    lease_until TEXT COLLATE "C",
    postponed_until TEXT COLLATE "C",
    node TEXT COLLATE "C",
    rolled_back TEXT COLLATE "C",
    rolled_back_by TEXT COLLATE "C"
);
CREATE INDEX harvest_by_source ON harvest (source, started);
CREATE INDEX harvest_by_state ON harvest (state);
CREATE INDEX harvest_heard ON harvest (source, started, id) WHERE manner <> 'replay';
CREATE INDEX harvest_held ON harvest (source, started, id) WHERE state = 'held';

CREATE TABLE problem (
    harvest TEXT COLLATE "C" NOT NULL REFERENCES harvest (id),
    number BIGINT NOT NULL,
    -- warning or rejected
    severity TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (harvest, number)
);

CREATE TABLE payload (
    -- BLAKE3 of the bytes as they came, hexadecimal
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- compressed with zstd
    body BYTEA NOT NULL,
    place TEXT COLLATE "C",
    content_type TEXT COLLATE "C",
    kept_at TEXT COLLATE "C"
);

CREATE TABLE fetched (
    source TEXT COLLATE "C" NOT NULL REFERENCES source (id),
    place TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL REFERENCES payload (hash),
    etag TEXT COLLATE "C",
    last_modified TEXT COLLATE "C",
    content_type TEXT COLLATE "C",
    at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, place)
);
CREATE INDEX fetched_by_hash ON fetched (hash);

CREATE TABLE resource (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- What its records share: the canonical address, or the record's own name. Among those not merged away it stands once.
    resource_key TEXT COLLATE "C" NOT NULL,
    -- live, withdrawn or merged
    state TEXT COLLATE "C" NOT NULL,
    -- The merged fields, JSON
    metadata TEXT COLLATE "C" NOT NULL,
    description_in_full BIGINT NOT NULL,
    merged_into TEXT COLLATE "C" REFERENCES resource (id) DEFERRABLE INITIALLY DEFERRED,
    -- Why it was withdrawn
    reason TEXT COLLATE "C",
    created TEXT COLLATE "C" NOT NULL,
    updated TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C",
    pinned BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX resource_by_key ON resource (resource_key);
CREATE INDEX resource_by_state ON resource (state, id);
CREATE INDEX resource_by_merged_into ON resource (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX resource_by_address ON resource (address) WHERE address IS NOT NULL;

CREATE TABLE record (
    source TEXT COLLATE "C" NOT NULL REFERENCES source (id),
    identifier TEXT COLLATE "C" NOT NULL,
    -- Deferred: records are written first, then the resources they found.
    resource TEXT COLLATE "C" NOT NULL REFERENCES resource (id) DEFERRABLE INITIALLY DEFERRED,
    -- live, missing, withdrawn or deleted; the first two are published
    state TEXT COLLATE "C" NOT NULL,
    metadata TEXT COLLATE "C" NOT NULL,
    content_hash TEXT COLLATE "C" NOT NULL,
    resource_key TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C",
    payload TEXT COLLATE "C",
    place TEXT COLLATE "C" NOT NULL,
    first_seen TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    missing_since TEXT COLLATE "C",
    missing_runs BIGINT NOT NULL,
    number BIGINT NOT NULL DEFAULT 0,
    home TEXT COLLATE "C" NOT NULL DEFAULT '',
    since TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    unresolved BIGINT NOT NULL DEFAULT 2,
    buckets BYTEA,
    PRIMARY KEY (source, identifier)
);
CREATE INDEX record_by_resource ON record (resource, state);
CREATE INDEX record_by_source ON record (source, state, resource);
CREATE UNIQUE INDEX record_by_number ON record (number);
CREATE INDEX record_by_home ON record (home, state);
CREATE INDEX record_unresolved ON record (unresolved, number) WHERE unresolved > 0;

CREATE TABLE change (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    resource TEXT COLLATE "C" NOT NULL,
    -- created, changed or withdrawn
    op TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL
);

CREATE TABLE job (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- harvest or reindex
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    -- queued, running, succeeded, failed or cancelled
    state TEXT COLLATE "C" NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT,
    message TEXT COLLATE "C",
    error TEXT COLLATE "C",
    attempts BIGINT NOT NULL DEFAULT 0,
    created TEXT COLLATE "C" NOT NULL,
    started TEXT COLLATE "C",
    heartbeat TEXT COLLATE "C",
    finished TEXT COLLATE "C",
    key TEXT COLLATE "C",
    node TEXT COLLATE "C",
    lease_until TEXT COLLATE "C",
    deadline TEXT COLLATE "C",
    not_before TEXT COLLATE "C",
    cancel_asked TEXT COLLATE "C",
    asked_by TEXT COLLATE "C"
);
CREATE INDEX job_by_state ON job (state, created);
CREATE UNIQUE INDEX job_by_key ON job (key) WHERE key IS NOT NULL;

CREATE TABLE token (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    -- admin, curator or read-only
    role TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the token, hexadecimal. The token itself is nowhere.
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    prefix TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    expires TEXT COLLATE "C",
    revoked TEXT COLLATE "C",
    source TEXT COLLATE "C"
);

CREATE TABLE held (
    harvest TEXT COLLATE "C" NOT NULL REFERENCES harvest (id),
    identifier TEXT COLLATE "C" NOT NULL,
    -- absent, or deleted by its source
    cause TEXT COLLATE "C" NOT NULL,
    -- NULL while it waits; approved
    decision TEXT COLLATE "C",
    PRIMARY KEY (harvest, identifier)
);

CREATE TABLE alarm (
    id TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL REFERENCES source (id),
    -- silent, held or failing
    kind TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    raised TEXT COLLATE "C" NOT NULL,
    cleared TEXT COLLATE "C"
);
CREATE INDEX alarm_by_source ON alarm (source, kind, cleared);

CREATE TABLE link (
    url TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- as LinkState is called
    state TEXT COLLATE "C" NOT NULL,
    checked_at TEXT COLLATE "C",
    next_check TEXT COLLATE "C" NOT NULL,
    -- failures in a row, and good answers in a row
    failures BIGINT NOT NULL DEFAULT 0,
    steady BIGINT NOT NULL DEFAULT 0,
    reason TEXT COLLATE "C",
    -- where it is now, and where its last answer led for good while that is not believed yet
    moved_to TEXT COLLATE "C",
    leads_to TEXT COLLATE "C",
    -- since when its host has said nothing else
    busy_since TEXT COLLATE "C",
    leased_until TEXT COLLATE "C"
);
CREATE INDEX link_by_next_check ON link (next_check);
CREATE INDEX link_broken ON link (url, checked_at) WHERE state = 'broken';

CREATE TABLE declared (
    identifier TEXT COLLATE "C" NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (identifier, record)
);
CREATE INDEX declared_by_record ON declared (record);

CREATE TABLE bucket (
    hash BIGINT NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (hash, record)
);

CREATE TABLE full_bucket (
    hash BIGINT NOT NULL PRIMARY KEY
);

CREATE TABLE shared_address (
    address TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE TABLE record_match (
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    -- in thousandths
    score BIGINT NOT NULL,
    -- JSON: what speaks for it and against it
    contributions TEXT COLLATE "C" NOT NULL,
    -- joined, or why not
    verdict TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (one, other)
);
CREATE INDEX match_by_other ON record_match (other);

CREATE TABLE curation (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    resource TEXT COLLATE "C" NOT NULL,
    -- JSON, as schemas::Decision
    decision TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C",
    undone_why TEXT COLLATE "C",
    undone_at TEXT COLLATE "C"
);
CREATE INDEX curation_by_resource ON curation (resource, undone_at);

CREATE TABLE curated_link (
    curation TEXT COLLATE "C" NOT NULL REFERENCES curation (id),
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    -- 1: they are one thing; 0: they are two
    joins BIGINT NOT NULL,
    PRIMARY KEY (one, other, curation)
);
CREATE INDEX curated_link_by_curation ON curated_link (curation);

CREATE TABLE audit (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);

CREATE TABLE unmapped_word (
    record BIGINT NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record, field, word)
);
CREATE INDEX unmapped_word_by_word ON unmapped_word (field, word);

CREATE TABLE accepted_word (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- NULL: wherever it comes from
    source TEXT COLLATE "C",
    field TEXT COLLATE "C" NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    -- JSON: the ids of the concepts; none when the word means nothing to us
    concepts TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C",
    undone_at TEXT COLLATE "C"
);
CREATE INDEX accepted_word_by_field ON accepted_word (field, word);

CREATE TABLE pin (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The search as it was typed, and as searches are compared: without case, accents and punctuation.
    query TEXT COLLATE "C" NOT NULL,
    query_key TEXT COLLATE "C" NOT NULL,
    -- pin or bury
    action TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    -- Of a pin its place among those of the same search, from 1; the lower first.
    position BIGINT,
    owner TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    -- The last day on which it counts: 2026-12-31
    expires TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C",
    undone_at TEXT COLLATE "C"
);
CREATE INDEX pin_by_query ON pin (query_key, undone_at);
CREATE INDEX pin_standing ON pin (expires) WHERE undone_at IS NULL;

CREATE TABLE oai_record (
    resource TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- When the list learnt of its last change, which is never before the change.
    datestamp TEXT COLLATE "C" NOT NULL,
    -- When it was listed first, for ever.
    first_datestamp TEXT COLLATE "C" NOT NULL,
    -- 1 when it is not published any more
    deleted BIGINT NOT NULL
);
CREATE INDEX oai_record_by_datestamp ON oai_record (datestamp);

CREATE TABLE oai_set (
    -- source:<id of a source> or subject:<id of a concept>
    spec TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (spec, resource)
);
CREATE INDEX oai_set_by_resource ON oai_set (resource);

CREATE TABLE follower (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);

CREATE TABLE partner (
    -- Made of the name it had when it came.
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    -- How to reach it about its key, as it was written. Used for nothing else.
    contact TEXT COLLATE "C" NOT NULL,
    -- The view that its keys see by default, by name.
    view TEXT COLLATE "C",
    created TEXT COLLATE "C" NOT NULL,
    revoked TEXT COLLATE "C"
);
CREATE INDEX partner_by_time ON partner (created, id);

CREATE TABLE api_key (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    partner TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the key, hexadecimal. The key itself is nowhere.
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    prefix TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    revoked TEXT COLLATE "C"
);
CREATE INDEX api_key_by_partner ON api_key (partner, created, id);

CREATE TABLE partner_view (
    -- For ever: a page that names it must never show what is somebody else's.
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The partner it belongs to; NULL: the service itself.
    partner TEXT COLLATE "C",
    -- Everything that makes it up, as JSON.
    definition TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    changed TEXT COLLATE "C" NOT NULL,
    -- When it was deleted; its name stays taken.
    deleted TEXT COLLATE "C",
    -- How often it was made, changed, deleted.
    acts BIGINT NOT NULL
);
CREATE INDEX partner_view_of ON partner_view (partner, deleted);

CREATE TABLE usage (
    -- The name of a view; '' for searches without one.
    view TEXT COLLATE "C" NOT NULL,
    -- In the United Kingdom: 2026-11-21
    day TEXT COLLATE "C" NOT NULL,
    -- searches, opened or nothing_found
    what TEXT COLLATE "C" NOT NULL,
    -- Of nothing_found a recognised concept, `subject/chemistry`; otherwise ''.
    key TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (view, day, what, key)
);
CREATE INDEX usage_by_day ON usage (day);
CREATE INDEX usage_by_what ON usage (what, day);

CREATE TABLE user_report (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Sixteen random characters, without hyphens. Whoever knows them may read what was answered.
    reference TEXT COLLATE "C" NOT NULL UNIQUE,
    resource TEXT COLLATE "C" NOT NULL,
    -- dead-link, wrong-detail, not-suitable, duplicate or other
    kind TEXT COLLATE "C" NOT NULL,
    -- The field of the resource that it is about
    field TEXT COLLATE "C",
    -- What was written; taken out a year after the answer
    detail TEXT COLLATE "C",
    -- open, accepted, declined or fixed
    state TEXT COLLATE "C" NOT NULL,
    -- What whoever reported is told
    outcome TEXT COLLATE "C",
    received TEXT COLLATE "C" NOT NULL,
    answered TEXT COLLATE "C",
    answered_by TEXT COLLATE "C",
    -- How often it was reported
    times BIGINT NOT NULL
);
CREATE INDEX user_report_by_resource ON user_report (resource, state);
CREATE INDEX user_report_by_state ON user_report (state, received);

CREATE TABLE store (
    one BIGINT NOT NULL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    made TEXT COLLATE "C" NOT NULL,
    -- When the backup was taken that it was restored from
    restored_from TEXT COLLATE "C"
);

CREATE TABLE undo_record (
    harvest TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C",
    PRIMARY KEY (harvest, source, identifier)
);

CREATE TABLE node (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    -- api, worker or all
    role TEXT COLLATE "C" NOT NULL,
    -- What its index is built with
    schema TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    started TEXT COLLATE "C" NOT NULL,
    heartbeat TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    resources BIGINT NOT NULL,
    -- starting, ready, degraded or stopping
    state TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C",
    stopped TEXT COLLATE "C"
);

CREATE TABLE generation (
    node TEXT COLLATE "C" NOT NULL,
    schema TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    made TEXT COLLATE "C" NOT NULL,
    -- live, previous, refused or gone
    state TEXT COLLATE "C" NOT NULL,
    resources BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    -- JSON
    report TEXT COLLATE "C" NOT NULL,
    promoted TEXT COLLATE "C",
    PRIMARY KEY (node, schema, number)
);

CREATE TABLE drift (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    node TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    compared BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    surplus BIGINT NOT NULL,
    differing BIGINT NOT NULL,
    repaired BIGINT NOT NULL
);
CREATE INDEX drift_by_time ON drift (at);

CREATE TABLE session (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The id of the token that it was opened with
    token TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    seen TEXT COLLATE "C" NOT NULL,
    expires TEXT COLLATE "C" NOT NULL,
    ended TEXT COLLATE "C"
);

CREATE TABLE notice (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    sent TEXT COLLATE "C",
    attempts BIGINT NOT NULL DEFAULT 0,
    next_try TEXT COLLATE "C",
    last_error TEXT COLLATE "C"
);
CREATE INDEX notice_waiting ON notice (next_try) WHERE sent IS NULL;

CREATE TABLE setting (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL,
    changed TEXT COLLATE "C" NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL
);

-- A word to whoever listens, when the transaction that wrote is committed. It only wakes: what there is to do is read.
CREATE FUNCTION signpost_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('signpost', TG_ARGV[0]);
    RETURN NULL;
END
$$;
CREATE TRIGGER change_wakes AFTER INSERT ON change FOR EACH STATEMENT EXECUTE FUNCTION signpost_wake('change');
CREATE TRIGGER job_wakes AFTER INSERT ON job FOR EACH STATEMENT EXECUTE FUNCTION signpost_wake('job');
