-- Which events speak of a master order or an operation, so that its story is found without
-- reading the whole journal. A follower's order or tag leads to its master order by `intents`.
CREATE TABLE mentions (
  subject TEXT NOT NULL,  -- a master order id, or `op:` and an operation's id
  event   INTEGER NOT NULL REFERENCES events (seq),
  PRIMARY KEY (subject, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX intents_by_order ON intents (order_id) WHERE order_id IS NOT NULL;

INSERT OR IGNORE INTO mentions (subject, event)
SELECT intents.master_order_id, records.event
FROM records
JOIN intents ON intents.tag = json_extract(CAST(records.body AS TEXT), '$.tag')
WHERE records.kind IN ('IntentMoved', 'CancelMoved', 'ChildSeen');

INSERT OR IGNORE INTO mentions (subject, event)
SELECT json_extract(CAST(body AS TEXT), '$.order_id'), event
FROM records
WHERE kind IN ('SkipLifted', 'MasterFilled', 'PartOpened', 'Contributed', 'ExitFolded', 'Claimed',
               'Skipped', 'ChildPlanned');

INSERT OR IGNORE INTO mentions (subject, event)
SELECT json_extract(CAST(body AS TEXT), '$.sighting.row.order_id'), event
FROM records
WHERE kind = 'MasterSeen';

-- Alerts about an order name it, or have the topic copy:<venue>:<master order id>.
INSERT OR IGNORE INTO mentions (subject, event)
SELECT coalesce(master_order_id, substr(topic, instr(substr(topic, 6), ':') + 6)), event
FROM (
  SELECT json_extract(CAST(body AS TEXT), '$.notice.topic') AS topic,
         json_extract(CAST(body AS TEXT), '$.notice.master_order_id') AS master_order_id,
         event
  FROM records
  WHERE kind = 'NoticeRaised' AND json_extract(CAST(body AS TEXT), '$.notice.kind') = 'alert'
)
WHERE master_order_id IS NOT NULL OR topic LIKE 'copy:_%:_%';

INSERT OR IGNORE INTO mentions (subject, event)
SELECT 'op:' || json_extract(CAST(body AS TEXT), '$.reply.op'), event
FROM records
WHERE kind = 'UpdateAnswered' AND json_extract(CAST(body AS TEXT), '$.reply.op') <> '';
