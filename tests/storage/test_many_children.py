"""Children planned one after the other are one row, and come out of it as the very records that went in."""

import contextlib
import sqlite3
import tempfile
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.values import records as r
from engine.core.values.keys import Leg
from engine.core.values.market import AccountName, OrderId, Side, Tag, Venue
from engine.errors import JournalError, StoreDamaged
from storage.codec import decode_row, encode_record, encode_rows
from storage.journal import Journal
from storage.many_children import ChildrenPlanned, packed
from tests.core.core_world import a_follower, done
from tests.storage.store_world import Batch, KeptWorld, store_of


def a_burst(followers: int = 3) -> Batch:
    """Return what an order of the master comes to for some followers."""
    world = KeptWorld(*(a_follower(f"f{number:03d}") for number in range(followers)))
    world.decided.clear()
    world.master(done("M1", quantity=10))
    return world.decided


EVENT, RECORDS = next(
    (event, records)
    for event, records in a_burst()
    if any(isinstance(each, r.ChildPlanned) for each in records)
)
CHILD = next(each for each in RECORDS if isinstance(each, r.ChildPlanned))
#: Other values for fields of a record, its command and its key; some equal ones are written differently.
VARIED = (
    {
        "order_id": (OrderId("M1"), OrderId("M2")),
        "leg": (Leg.ENTRY, Leg.EXIT),
        "slice": (0, 1),
        "at": (CHILD.at, CHILD.at.astimezone(UTC), CHILD.at + timedelta(seconds=1)),
        "note": ("", "a\nb"),
    },
    {
        "side": (Side.BUY, Side.SELL),
        "quantity": (1, 10),
        "price": (None, Decimal("1.0"), Decimal("1.00"), Decimal("2.5")),
        "deadline": (None, CHILD.at, CHILD.at.astimezone(UTC)),
        "follower": (AccountName("a"), AccountName("b")),
        "venue": (Venue.LIVE, Venue.PAPER),
    },
    {"follower": (AccountName("a"), AccountName("b")), "symbol": ("SBIN", "INFY")},
)


@st.composite
def children(draw) -> list[r.Record]:
    """Draw records of which some neighbours are children, of distinct tags; few of their fields vary."""
    found: list[r.Record] = []
    varied = [
        {name: fields[name] for name in draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))}
        for fields in VARIED
    ]
    for number in range(draw(st.integers(1, 6))):
        own, command, key = (
            {name: draw(st.sampled_from(values)) for name, values in fields.items()}
            for fields in varied
        )
        tag = f"KCK7{number:016d}"
        command = replace(CHILD.command, tag=Tag(tag), intent_id=tag, **command)
        found.append(replace(CHILD, command=command, key=replace(CHILD.key, **key), **own))
        if draw(st.integers(0, 3)) == 3:
            found.append(r.EndJudged(tag=Tag(tag)))
    return found


def written(records) -> list[tuple[str, bytes]]:
    """Return the rows of records."""
    rows = packed(records)
    return [
        (type(row).__name__, bytes(body)) for row, body in zip(rows, encode_rows(rows), strict=True)
    ]


@given(children())
def test_records_come_out_of_their_rows_as_they_went_in(records):
    rows = written(records)
    read = [each for row in rows for each in decode_row(*row)]
    assert list(map(encode_record, read)) == list(map(encode_record, records))
    assert written(read) == rows


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(children())
def test_placements_are_the_same_rows_packed_or_not(memory_folder, records):
    """Whatever differs between the children of a run."""
    tables = []
    for batch in ([(EVENT, records)], [(EVENT, [each]) for each in records]):
        folder = Path(tempfile.mkdtemp(dir=memory_folder))
        journal = Journal.open(folder)
        journal.commit(batch)
        journal.close()
        with contextlib.closing(sqlite3.connect(store_of(folder))) as db:
            tables.append(
                (
                    db.execute("SELECT * FROM intents ORDER BY tag").fetchall(),
                    db.execute("SELECT DISTINCT subject FROM mentions ORDER BY 1").fetchall(),
                )
            )
    assert tables[0] == tables[1]
    assert len(tables[0][0]) == sum(isinstance(each, r.ChildPlanned) for each in records)


def test_a_hundred_followers_are_one_row_that_says_what_they_share_once():
    records = [each for _, records in a_burst(100) for each in records]
    (row,) = [each for each in packed(records) if isinstance(each, ChildrenPlanned)]
    assert len(row.tags) == 100
    assert row.command.keys() == {"intent_id", "tag", "follower"}
    assert row.key.keys() == {"follower"}
    assert not row.child
    assert len(encode_rows([row])[0]) < 100 * 100


def test_a_child_alone_is_the_row_that_it_always_was():
    assert written([CHILD]) == [encode_record(CHILD)]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"tag":[', b'"tag":["KC",'),
        (b'"follower":[', b'"master":['),
        (b'"intent_id":["', b'"intent_id":[7,"'),
        (b'"first":', b'"last":'),
    ],
)
def test_a_row_that_cannot_be_read_is_damage(was, becomes):
    ((kind, body),) = [row for row in written(RECORDS) if row[0] == ChildrenPlanned.__name__]
    assert len(decode_row(kind, body)) == 3
    spoiled = body.replace(was, becomes)
    assert spoiled != body
    with pytest.raises(StoreDamaged, match="ChildrenPlanned"):
        decode_row(kind, spoiled)


def test_a_tag_that_a_run_has_twice_is_refused(memory_folder):
    journal = Journal.open(memory_folder)
    with pytest.raises(JournalError, match="UNIQUE"):
        journal.commit([(EVENT, [CHILD, CHILD])])
    assert journal.newest_event == 0
    journal.close()
