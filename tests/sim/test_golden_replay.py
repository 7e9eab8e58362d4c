"""A day that was recorded is decided again, event by event, and comes to the same records."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import engine.core.values.sizing
from engine.core.decide import decide, trading_day_of
from engine.core.state.fold import apply
from engine.core.values import records as r
from engine.core.values.events import Allowance, Started
from engine.core.values.intents import IntentState
from storage.codec import decode_event, decode_record, decode_row
from storage.journal import STORE_NAME, Journal
from tests.core.core_world import FATHER, comparable
from tests.sim.sim_plan import plan_of
from tests.sim.sim_tape import GOLDEN, KEPT, Asked, began, lines_of, recorded, replay

FRESH = (2, 9, 1003, 4034)


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_day_is_still_decided_as_it_was(name):
    assert replay((GOLDEN / f"{name}.jsonl.gz").read_bytes()) == ""


@pytest.mark.parametrize("seed", FRESH)
def test_a_day_that_was_just_played_is_decided_again_to_the_same(seed, new_store):
    tape = recorded(plan_of(seed, troubled=seed >= 1000), new_store())
    _, lines = lines_of(tape)
    assert sum(bool(line.records) for line in lines) > 20
    assert replay(tape) == ""


@pytest.mark.parametrize(
    "ask",
    [lambda a: a[FATHER], lambda a: a.get(FATHER), lambda a: dict(a.items())],
    ids=["by name", "if there", "all"],
)
def test_a_tape_holds_what_was_allowed_however_that_was_asked(ask):
    """Else budgets bind nobody in the day that is recorded, nor in its replay."""
    asked = Asked({FATHER: Allowance(entries=1, total=2)})
    assert ask(asked)
    assert asked.told == {FATHER: (1, 2)}


def test_a_decision_that_changed_is_found(monkeypatch):
    """The replay would be worth nothing if it could not tell."""
    tape = (GOLDEN / "quiet.jsonl.gz").read_bytes()
    honest = engine.core.values.sizing.round_to_lots
    monkeypatch.setattr(
        engine.core.values.sizing, "round_to_lots", lambda units, lot: honest(units, lot) + lot
    )
    assert "ChildPlanned" in replay(tape)


def the_store(folder: Path):
    """Return what a store holds: every event with its records, as written."""
    with closing(sqlite3.connect(folder / STORE_NAME)) as db:
        events = db.execute("SELECT seq, kind, body FROM events ORDER BY seq").fetchall()
        records = db.execute("SELECT event, kind, body FROM records ORDER BY seq").fetchall()
        tables = [
            db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("events", "records", "intents", "notices", "mentions")
        ]
    batches = [
        (
            decode_event(kind, body),
            [each for of, k, b in records if of == seq for each in decode_row(k, b)],
        )
        for seq, kind, body in events
    ]
    return batches, tables


def test_a_store_written_again_from_its_own_rows_is_the_same_byte_by_byte(new_store):
    first, second = new_store(), new_store()
    recorded(plan_of(1003), first)
    batches, tables = the_store(first)
    journal = Journal.open(second)
    for batch in batches:
        journal.commit([batch])
    journal.close()
    assert the_store(second)[1] == tables
    heads = [Journal.open(folder) for folder in (first, second)]
    assert heads[0].head() == heads[1].head()
    for journal in heads:
        journal.close()


@pytest.mark.parametrize("name", KEPT)
def test_recovering_twice_is_recovering_once(name):
    """After any commit of a day: a start, killed at once and started anew, decides nothing twice."""
    setup, lines = lines_of((GOLDEN / f"{name}.jsonl.gz").read_bytes())
    told = [line for line in lines if line.records]
    kept = [[decode_record(kind, body.encode()) for kind, body in line.records] for line in told]
    for end in range(1, len(kept), max(1, len(kept) // 40)):
        once, twice = began(setup, kept[:end]), began(setup, kept[:end])
        assert comparable(once) == comparable(twice)
        at = decode_event(told[end].event[0], told[end].event[1].encode()).at
        started = Started(at=at, trading_day=trading_day_of(at), install_id=setup.install_id)
        for record in decide(once, started, {}).records:
            apply(twice, record)
        assert comparable(twice) == comparable(once), "its records are all there is of a recovery"
        # What the first start sent is unknown to the second; nothing else is new.
        again = decide(twice, started, {}).records
        news = [each for each in again if not isinstance(each, r.NoticeRaised)]
        assert all(
            isinstance(each, r.IntentMoved | r.CancelMoved | r.ChangeMoved)
            and each.state is IntentState.UNKNOWN
            for each in news
        ), news
