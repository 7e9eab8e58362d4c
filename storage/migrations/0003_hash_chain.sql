-- Each event is linked to the one before it by a hash (storage/chain.py), so that a row that was
-- changed, removed or put in later is found. The links of older events are made with this change;
-- `meta` keeps the newest one as `chain_head`.
ALTER TABLE events ADD COLUMN chain BLOB NOT NULL DEFAULT x'';
