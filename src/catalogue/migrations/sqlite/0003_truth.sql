-- What makes records one resource, what admins decided, and the words that no vocabulary knows.
--
-- WITHOUT ROWID is a third word that another database spells otherwise: it leaves it out.

-- A number for each record, for ever: what links records to each other is many rows, and a number is short.
ALTER TABLE record ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE record SET number = rowid;
CREATE UNIQUE INDEX record_by_number ON record (number);
-- The resource that stands for its address alone. Its resource is that one, or the one that it was merged into.
ALTER TABLE record ADD COLUMN home TEXT NOT NULL DEFAULT '';
UPDATE record SET home = resource;
CREATE INDEX record_by_home ON record (home, state);
-- Values that it has said for less long than it has been known, JSON: since when each.
ALTER TABLE record ADD COLUMN since TEXT NOT NULL DEFAULT '{}';
-- 2 until its buckets are those of what it says now, 1 until it has been compared with what shares them, then 0.
ALTER TABLE record ADD COLUMN unresolved BIGINT NOT NULL DEFAULT 2;
CREATE INDEX record_unresolved ON record (unresolved, number) WHERE unresolved > 0;
-- The buckets it stands in, eight bytes each, little-endian.
ALTER TABLE record ADD COLUMN buckets BLOB;

-- Identifiers that a record declares: a DOI, an ISBN, another address.
CREATE TABLE declared (
    identifier TEXT NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (identifier, record)
) WITHOUT ROWID;
CREATE INDEX declared_by_record ON declared (record);

-- Bands of MinHash and rare words: records that share a bucket are compared.
CREATE TABLE bucket (
    hash BIGINT NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (hash, record)
) WITHOUT ROWID;

-- Buckets that so many records stand in that sharing one says nothing.
CREATE TABLE full_bucket (
    hash BIGINT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

-- Addresses that so many records of one catalogue or several give that none of them is found by it.
CREATE TABLE shared_address (
    address TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

-- Records that read as one, the lower number first.
CREATE TABLE record_match (
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    -- in thousandths
    score BIGINT NOT NULL,
    -- JSON: what speaks for it and against it
    contributions TEXT NOT NULL,
    -- joined, or why not
    verdict TEXT NOT NULL,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;
CREATE INDEX match_by_other ON record_match (other);

-- Links that do not work, which are few of all.
CREATE INDEX link_broken ON link (url, checked_at) WHERE state = 'broken';

-- The canonical address that it is published with.
ALTER TABLE resource ADD COLUMN address TEXT;
UPDATE resource SET address = resource_key WHERE resource_key NOT LIKE 'record:%';
CREATE INDEX resource_by_address ON resource (address) WHERE address IS NOT NULL;
-- 1 when an admin wants it first.
ALTER TABLE resource ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0;
-- The state may now also be: hidden.

CREATE TABLE curation (
    id TEXT NOT NULL PRIMARY KEY,
    resource TEXT NOT NULL,
    -- JSON, as schemas::Decision
    decision TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    at TEXT NOT NULL,
    undone_by TEXT,
    undone_why TEXT,
    undone_at TEXT
);
CREATE INDEX curation_by_resource ON curation (resource, undone_at);

-- What merges and splits say of two records, once in each direction.
CREATE TABLE curated_link (
    curation TEXT NOT NULL REFERENCES curation (id),
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    -- 1: they are one thing; 0: they are two
    joins BIGINT NOT NULL,
    PRIMARY KEY (one, other, curation)
) WITHOUT ROWID;
CREATE INDEX curated_link_by_curation ON curated_link (curation);

-- Who did what, in order. Nothing is ever taken out.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);

-- Words of published and former records that no vocabulary knows.
CREATE TABLE unmapped_word (
    record BIGINT NOT NULL,
    field TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (record, field, word)
) WITHOUT ROWID;
CREATE INDEX unmapped_word_by_word ON unmapped_word (field, word);
INSERT OR IGNORE INTO unmapped_word (record, field, word)
SELECT record.number, json_extract(unmapped.value, '$.field'), json_extract(unmapped.value, '$.word')
FROM record, json_each(record.metadata, '$.unmapped') AS unmapped;

-- Words that an admin has accepted as concepts.
CREATE TABLE accepted_word (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL: wherever it comes from
    source TEXT,
    field TEXT NOT NULL,
    word TEXT NOT NULL,
    -- JSON: the ids of the concepts; none when the word means nothing to us
    concepts TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    undone_by TEXT,
    undone_at TEXT
);
CREATE INDEX accepted_word_by_field ON accepted_word (field, word);
