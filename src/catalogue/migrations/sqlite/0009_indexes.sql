-- What pages that anybody may open ask of tables that only grow.

-- The last run in which a source had a say, in its order and without a sort.
CREATE INDEX harvest_heard ON harvest (source, started, id) WHERE manner <> 'replay';
-- The held ones among all runs of a source: few, and looked for first.
CREATE INDEX harvest_held ON harvest (source, started, id) WHERE state = 'held';

-- The concepts of some months, past the sums of searches and of results that were opened.
CREATE INDEX usage_by_what ON usage (what, day);
