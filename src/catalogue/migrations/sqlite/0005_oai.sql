-- What harvesters over OAI-PMH are told: a list that follows the change log.
--
-- It is derived, and made anew from the log when it is lost. Its times are then others, so that harvesters take
-- everything again. WITHOUT ROWID: as in 0003, another database leaves it out.

CREATE TABLE oai_record (
    resource TEXT NOT NULL PRIMARY KEY,
    -- When the list learnt of its last change, which is never before the change.
    datestamp TEXT NOT NULL,
    -- When it was listed first, for ever.
    first_datestamp TEXT NOT NULL,
    -- 1 when it is not published any more
    deleted BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX oai_record_by_datestamp ON oai_record (datestamp);

-- What is deleted keeps the sets that it had, so that who harvests one set learns of it.
CREATE TABLE oai_set (
    -- source:<id of a source> or subject:<id of a concept>
    spec TEXT NOT NULL,
    resource TEXT NOT NULL,
    PRIMARY KEY (spec, resource)
) WITHOUT ROWID;
CREATE INDEX oai_set_by_resource ON oai_set (resource);

-- To which place of the change log something has followed it.
CREATE TABLE follower (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);
