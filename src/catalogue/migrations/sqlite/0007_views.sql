-- The views of partners: what a search is under their name; and how much each is used, counted by day.

CREATE TABLE partner_view (
    -- For ever: a page that names it must never show what is somebody else's.
    name TEXT NOT NULL PRIMARY KEY,
    -- The partner it belongs to; NULL: the service itself.
    partner TEXT,
    -- Everything that makes it up, as JSON.
    definition TEXT NOT NULL,
    created TEXT NOT NULL,
    changed TEXT NOT NULL,
    -- When it was deleted; its name stays taken.
    deleted TEXT,
    -- How often it was made, changed, deleted.
    acts BIGINT NOT NULL
);
CREATE INDEX partner_view_of ON partner_view (partner, deleted);

-- Sums only: no words, no visitors.
CREATE TABLE usage (
    -- The name of a view; '' for searches without one.
    view TEXT NOT NULL,
    -- In the United Kingdom: 2026-11-21
    day TEXT NOT NULL,
    -- searches, opened or nothing_found
    what TEXT NOT NULL,
    -- Of nothing_found a recognised concept, `subject/chemistry`; otherwise ''.
    key TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (view, day, what, key)
);
CREATE INDEX usage_by_day ON usage (day);
