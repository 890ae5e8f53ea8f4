-- What people tell us of a resource: a dead link, a wrong detail. Nothing in here says who they are.

CREATE TABLE user_report (
    id TEXT NOT NULL PRIMARY KEY,
    -- Sixteen random characters, without hyphens. Whoever knows them may read what was answered.
    reference TEXT NOT NULL UNIQUE,
    resource TEXT NOT NULL,
    -- dead-link, wrong-detail, not-suitable, duplicate or other
    kind TEXT NOT NULL,
    -- The field of the resource that it is about
    field TEXT,
    -- What was written; taken out a year after the answer
    detail TEXT,
    -- open, accepted, declined or fixed
    state TEXT NOT NULL,
    -- What whoever reported is told
    outcome TEXT,
    received TEXT NOT NULL,
    answered TEXT,
    answered_by TEXT,
    -- How often it was reported
    times BIGINT NOT NULL
);
CREATE INDEX user_report_by_resource ON user_report (resource, state);
CREATE INDEX user_report_by_state ON user_report (state, received);
