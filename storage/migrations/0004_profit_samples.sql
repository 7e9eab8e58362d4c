-- Profit of each account through the day, about once a minute while a market is open: what the line of
-- the day card is drawn from, and what a past day came to. No decision rests on it, so it is no event and
-- is outside the hash chain; the writer of the journal adds to it when nothing waits to be decided.
CREATE TABLE profit_samples (
  day      TEXT NOT NULL,  -- the trading day
  venue    TEXT NOT NULL,
  account  TEXT NOT NULL,  -- `master` or a follower
  at       TEXT NOT NULL,
  rupees   TEXT NOT NULL,  -- of what is known then, before charges
  realised TEXT,
  PRIMARY KEY (day, venue, account, at)
) STRICT, WITHOUT ROWID;
