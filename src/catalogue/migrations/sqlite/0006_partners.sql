-- Who builds on the open API with a key, and the keys.

CREATE TABLE partner (
    -- Made of the name it had when it came.
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- How to reach it about its key, as it was written. Used for nothing else.
    contact TEXT NOT NULL,
    -- The view that its keys see by default, by name.
    view TEXT,
    created TEXT NOT NULL,
    revoked TEXT
);
CREATE INDEX partner_by_time ON partner (created, id);

CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    partner TEXT NOT NULL,
    -- SHA-256 of the key, hexadecimal. The key itself is nowhere.
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    created TEXT NOT NULL,
    revoked TEXT
);
CREATE INDEX api_key_by_partner ON api_key (partner, created, id);
