"""The story of an order, asked of the store from beside the program that writes it."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from importlib import resources

import pytest

from engine.core.chat import sentences
from engine.core.chat.story import Story, Subject
from engine.core.values import control as c
from engine.core.values.records import Record
from engine.errors import AmbiguousId, StoreDamaged
from storage.journal import Journal
from storage.queries import story
from storage.schema import MIGRATIONS, SCHEMA_VERSION
from tests.core.core_world import FATHER, a_follower, an_order, done
from tests.storage.kept_world import KeptWorld


@pytest.fixture
def world(tmp_path):
    """Father copies 1:1, mother too little for one share, aunt half as much again."""
    kept = KeptWorld(
        tmp_path,
        a_follower("father"),
        a_follower("mother", multiplier="0.05"),
        a_follower("aunt", multiplier="1.5"),
    )
    yield kept
    kept.store.close()


def texts(found: Story | None) -> list[str]:
    assert found is not None
    return [f"{line.at:%H:%M:%S.%f} {line.who}: {line.text}" for line in found.lines]


def in_order(lines: list[str], *wanted: str) -> None:
    """Assert that each text is part of a line, later ones further down."""
    rest = iter(lines)
    for text in wanted:
        assert any(text in line for line in rest), f"{text!r} in order in\n" + "\n".join(lines)


def a_lost_entry(world: KeptWorld):
    """The father's answer is lost and his order found; the aunt is refused."""
    world.hint(an_order(price="99.5"), trusted=True)
    lost = world.place()
    world.now += timedelta(milliseconds=34)
    world.lose(lost)
    world.now += timedelta(seconds=1)
    world.book_row(lost)
    world.read(FATHER)
    world.refuse(world.place(), message="Insufficient funds")
    world.master(done(price="99.5"))
    world.fill(lost)
    return lost


async def test_a_master_order_is_told_from_first_sight_to_the_last_fill(world, tmp_path):
    a_lost_entry(world)
    found = await story(tmp_path, "M1")
    assert (found.subject, found.asked) == (Subject.MASTER_ORDER, "M1")
    assert found.title == "master order M1: BUY 10 NSE:SBIN MIS LIMIT 99.5"
    in_order(
        texts(found),
        "10:00:00.000000 master: order seen OPEN on the socket: BUY 10 NSE:SBIN MIS LIMIT 99.5",
        "father: takes part in LIVE at 1 of his units.",
        "father: entry decided: BUY 10 NSE:SBIN MIS LIMIT 99.5, tag KCK7",
        "mother: entry skipped: less than one lot at this multiplier: 0.05 x 10 = 0.5, short of one unit; "
        "MULTIPLIER 0.1 would copy it.",
        "father: BUY 10 SBIN written down as SENDING, then sent.",
        "10:00:00.034000 father: BUY 10 SBIN UNKNOWN after 34 ms (no answer in time)",
        'father: alert (warning): "BUY 10 SBIN is UNKNOWN',
        "10:00:01.034000 father: BUY 10 SBIN found in the order book as order B1.",
        'aunt: BUY 15 SBIN REFUSED (margin) after 1034 ms: "Insufficient funds".',
        "master: filled at 10:00:01: 10 opened or added; his net in NSE:SBIN is now +10.",
        "father: order B1 seen COMPLETE on the socket: 10 more filled, 10 of 10 filled at 100.",
    )


async def test_a_follower_order_is_told_by_its_id_or_tag_without_the_others(world, tmp_path):
    lost = a_lost_entry(world)
    by_id, by_tag = await story(tmp_path, "B1"), await story(tmp_path, lost.tag)
    assert by_id.subject is Subject.FOLLOWER_ORDER
    assert by_id.lines == by_tag.lines
    assert by_id.title.startswith(f"father's BUY 10 SBIN ({lost.tag}) for master order M1")
    assert {line.who for line in by_id.lines} == {"father", "master"}
    in_order(texts(by_id), "SENDING", "UNKNOWN after 34 ms", "found in the order book", "COMPLETE")


async def test_an_exit_and_a_cancel_are_told(world, tmp_path):
    world.hint(an_order(price="99.5"))
    world.ack()
    world.ack()
    world.master(an_order(price="99.5", status="CANCELLED"))
    first = world.cancel()
    world.now += timedelta(milliseconds=20)
    world.cancelled(first)
    in_order(
        texts(await story(tmp_path, "M1")),
        "master: order seen CANCELLED in the order book",
        "cancel of BUY 10 SBIN sent.",
        "cancel of BUY 10 SBIN accepted after 20 ms.",
        "seen CANCELLED on the socket: 0 of 10 filled.",
    )
    world.obliging = True
    world.master(done("M2", quantity=4))
    world.master(done("M3", "SELL", quantity=4))
    lines = texts(await story(tmp_path, "M3"))
    in_order(lines, "father: his exit is worth SELL 4 here.", "4 reduced", "exit decided: SELL 4")
    assert any("mother: exit skipped: nothing copied is held" in line for line in lines)
    assert any(line.endswith("his net in NSE:SBIN is now 0.") for line in lines)


async def test_an_operation_is_told_with_who_asked_and_what_was_answered(world, tmp_path):
    reply = world.ask(c.PauseFollower(follower=FATHER))
    found = await story(tmp_path, reply.op.upper())
    assert found.subject is Subject.OPERATION
    assert (await story(tmp_path, f"op:{reply.op}")).lines == found.lines
    in_order(texts(found), "owner: asked to pause father.", "father: paused.", f"(op {reply.op})")


async def test_a_hash_always_means_a_card_and_a_bare_word_first_a_whole_id(world, tmp_path):
    world.master(done("1"), done("1234"))
    of_card = {"1": "M1", "#1": "M1", "1234": "M1"}.get
    world.master(done("M1"))
    assert (await story(tmp_path, "1", of_card)).title.startswith("master order 1:")
    card = await story(tmp_path, "#1", of_card)
    assert card.title.startswith("master order M1:")
    assert card.asked == "#1"
    assert await story(tmp_path, "#1234", of_card) is None
    assert await story(tmp_path, "#nine", of_card) is None


async def test_a_cards_number_comes_before_a_part_of_an_id(world, tmp_path):
    world.master(done("M1"), done("250000000000214"))
    assert (await story(tmp_path, "0214")).title.startswith("master order 250000000000214:")
    assert (await story(tmp_path, "0214", {"0214": "M1"}.get)).title.startswith("master order M1:")


async def test_the_beginning_or_the_end_of_an_id_will_do_where_it_is_of_one(world, tmp_path):
    world.master(done("250000000000001"))
    placed = world.ack()
    ends = await story(tmp_path, placed.tag[-6:].lower())
    assert ends.title.startswith(f"father's BUY 10 SBIN ({placed.tag})")
    assert ends.asked == placed.tag[-6:].lower()
    assert (await story(tmp_path, "2500000")).title.startswith("master order 250000000000001:")
    for too_little in ("001", "", "%", "____", "0%01"):
        assert await story(tmp_path, too_little) is None
    world.master(done("250000000000002"), done("250000000000003"), done("250000000000004"))
    with pytest.raises(
        AmbiguousId, match="0000001, 250000000000002, 250000000000003 and more - give"
    ):
        await story(tmp_path, "2500000")
    assert (await story(tmp_path, "00002")).title.startswith("master order 250000000000002:")


async def test_what_the_store_does_not_know_has_no_story(world, tmp_path):
    assert await story(tmp_path, "M9") is None
    assert await story(tmp_path, "%") is None
    assert await story(tmp_path / "nowhere", "M1") is None


async def test_a_story_is_told_while_the_writer_is_in_the_middle_of_a_write(world, tmp_path):
    a_lost_entry(world)
    before = await story(tmp_path, "M1")
    world.store._db.execute("BEGIN IMMEDIATE")
    world.store._db.execute("DELETE FROM mentions")
    async with asyncio.timeout(1):
        assert await story(tmp_path, "M1") == before
    world.store._db.execute("ROLLBACK")


async def test_a_program_that_ended_while_sending_is_told_as_such(world, tmp_path):
    world.hint(an_order(price="99.5"), trusted=True)
    world.restart()
    in_order(texts(await story(tmp_path, "M1")), "SENDING", "the program ended while sending it")


def test_every_kind_of_record_is_told_or_left_out_on_purpose():
    told = set(sentences.Narrator.tell.__code__.co_names)
    kinds = {kind.__name__ for kind in Record.__args__}
    assert kinds <= told, "a new record kind needs a sentence in engine/core/chat/sentences.py"


def downgraded(folder) -> None:
    """Make the store what the first version of the program left behind."""
    with closing(sqlite3.connect(folder / "journal.db")) as db, db:
        db.executescript(
            "DROP TABLE profit_samples; DROP TABLE mentions; DROP INDEX intents_by_order; ALTER TABLE events DROP COLUMN chain;"
            "DELETE FROM meta WHERE name = 'chain_head'; PRAGMA user_version = 1;"
        )
    db.close()


async def test_a_store_of_the_first_version_is_brought_up_to_date_at_the_start(world, tmp_path):
    tag = a_lost_entry(world).tag
    op = world.ask(c.StopCopy()).op
    ids = ("M1", "B1", tag, op)
    before = [await story(tmp_path, one) for one in ids]
    mentions = _mentions(tmp_path)
    world.store.close()
    downgraded(tmp_path)
    with pytest.raises(StoreDamaged, match=r"older version.*copytrader run"):
        await story(tmp_path, "M1")
    world.store = Journal.open(tmp_path)
    assert [await story(tmp_path, one) for one in ids] == before
    assert _mentions(tmp_path) == mentions
    world.master(done("M2", quantity=1))  # and it is written on
    assert await story(tmp_path, "M2") is not None


def test_an_update_that_fails_half_way_leaves_the_old_store_as_it_was(tmp_path):
    Journal.open(tmp_path).close()
    downgraded(tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
        db.execute("CREATE INDEX intents_by_order ON intents (tag)")  # in the way of the update
    db.close()
    with pytest.raises(StoreDamaged, match="intents_by_order"):
        Journal.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'mentions'").fetchall()
    db.close()


def test_there_is_one_update_for_every_version_in_order():
    here = resources.files("storage").joinpath("migrations")
    files = sorted(each.name for each in here.iterdir() if each.name.endswith(".sql"))
    assert files == list(MIGRATIONS)
    assert [int(name[:4]) for name in files] == list(range(2, SCHEMA_VERSION + 1))


def _mentions(folder) -> list[tuple]:
    with closing(sqlite3.connect(folder / "journal.db")) as db, db:
        found = db.execute("SELECT subject, event FROM mentions ORDER BY 1, 2").fetchall()
    db.close()
    return found
