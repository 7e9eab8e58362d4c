-- Nothing looks placements up by their master order: its story is found by `mentions`. An index costs every
-- order a page to write and each follower of it a row.
DROP INDEX IF EXISTS intents_by_master_order;
