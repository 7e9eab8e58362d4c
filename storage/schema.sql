-- The journal. One writer; WAL; synchronous=FULL. Times are ISO 8601 with offset, prices text.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- What happened: the inputs of every decision, in order.
CREATE TABLE events (
  seq  INTEGER PRIMARY KEY,
  at   TEXT NOT NULL,
  kind TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;

-- What was decided or learned: the state is their fold.
CREATE TABLE records (
  seq   INTEGER PRIMARY KEY,
  event INTEGER NOT NULL REFERENCES events (seq),
  kind  TEXT NOT NULL,
  body  BLOB NOT NULL
) STRICT;
CREATE INDEX records_by_event ON records (event);

-- Every placement ever decided. The primary key is what makes a tag unique for ever.
CREATE TABLE intents (
  tag             TEXT PRIMARY KEY,
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
  reason          TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX intents_by_master_order ON intents (master_order_id);

-- What people are told; shown = 1 once the chat has shown it.
CREATE TABLE notices (
  notice_id INTEGER PRIMARY KEY,
  topic     TEXT NOT NULL,
  kind      TEXT NOT NULL,
  body      BLOB NOT NULL,
  shown     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notices_waiting ON notices (shown) WHERE shown = 0;
