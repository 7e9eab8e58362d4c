-- Placements of one order of the master stand together, and those under way stand together in the index by
-- tag. A tag is a hash: with the tag as primary key, each placement of a burst touched a page of its own
-- before it was sent, once a store had grown. Now it takes that page when it is answered.
CREATE TABLE intents_by_order_of_master (
  tag             TEXT NOT NULL,
  venue           TEXT NOT NULL,
  follower        TEXT NOT NULL,
  master_order_id TEXT NOT NULL,
  leg             TEXT NOT NULL,
  exchange        TEXT NOT NULL,
  symbol          TEXT NOT NULL,
  side            TEXT NOT NULL,
  quantity        INTEGER NOT NULL,
  state           TEXT NOT NULL,
  order_id        TEXT,
  planned_at      TEXT NOT NULL,
  moved_at        TEXT NOT NULL,
  reason          TEXT NOT NULL DEFAULT '',
  under_way       INTEGER NOT NULL GENERATED ALWAYS AS (state IN ('PLANNED', 'SENDING')) VIRTUAL,
  PRIMARY KEY (master_order_id, tag)
) STRICT, WITHOUT ROWID;

INSERT INTO intents_by_order_of_master
SELECT tag, venue, follower, master_order_id, leg, exchange, symbol, side, quantity, state, order_id,
       planned_at, moved_at, reason
FROM intents
ORDER BY master_order_id, tag;

DROP TABLE intents;
ALTER TABLE intents_by_order_of_master RENAME TO intents;
CREATE INDEX intents_by_order ON intents (order_id) WHERE order_id IS NOT NULL;
-- To ask by a tag, ask for both: WHERE under_way IN (0, 1) AND tag = ?
CREATE UNIQUE INDEX intents_by_tag ON intents (under_way, tag);
-- A tag is used once, ever: also where the one that has it was answered long ago, and before anything is
-- sent. Looking for it writes no page.
CREATE TRIGGER intents_tag_was_used BEFORE INSERT ON intents
WHEN EXISTS (SELECT 1 FROM intents WHERE under_way = 0 AND tag = NEW.tag)
BEGIN
  -- FAIL, as whoever inserts asks for: he takes the whole transaction back.
  SELECT RAISE(FAIL, 'UNIQUE constraint failed: intents.tag');
END;
