-- A tag is used once, ever, as before; whether it is there already is looked at when its row is in, not before: for a
-- trigger before it SQLite copies every column of a row, and each follower's order waits for that. And it is refused for
-- what was answered at once, too, while another that has it is under way.
DROP TRIGGER intents_tag_was_used;
CREATE TRIGGER intents_tag_was_used AFTER INSERT ON intents
-- Among those that stand as it does the index by tag refuses it.
WHEN EXISTS (SELECT 1 FROM intents WHERE under_way = 1 - NEW.under_way AND tag = NEW.tag)
BEGIN
  -- FAIL, as whoever inserts asks for: he takes the whole transaction back.
  SELECT RAISE(FAIL, 'UNIQUE constraint failed: intents.tag');
END;
