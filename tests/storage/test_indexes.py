"""Every index is paid for by every order: what stays is used, and what people ask is found by one."""

import pytest

from storage import journal, projections, queries, snapshot
from storage.journal import Journal

#: What is asked of a store while it runs or at its start, and the table that it must not read whole.
ASKED = {
    "a follower's order or tag": (queries._CHILD, {"id": "x"}, "intents"),
    "a story": (queries._STEPS, ("x",), "mentions"),
    "whose placement was answered": (projections._ORDER_OF, ("x",), "intents"),
    "a placement moved": (projections._MOVED, ("ACKED", "t", None, "", "x"), "intents"),
    "what follows a snapshot": (journal._LATER, (9,), "records"),
    "whether a snapshot fits": (snapshot._NEWEST, (9,), "records"),
    "alerts that nobody saw": (
        "SELECT body FROM notices WHERE shown = 0 AND kind IN (?, ?) ORDER BY notice_id",
        ("alert", "offer"),
        "notices",
    ),
}


@pytest.fixture
def store(memory_folder):
    journal = Journal.open(memory_folder)
    yield journal._db
    journal.close()


def plan(store, sql: str, values) -> str:
    return "; ".join(row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {sql}", values))


@pytest.mark.parametrize("what", ASKED)
def test_nothing_that_is_asked_reads_a_whole_table(store, what):
    sql, values, table = ASKED[what]
    told = plan(store, sql, values)
    assert "INDEX" in told or "PRIMARY KEY" in told
    assert f"SCAN {table};" not in f"{told};"


def test_every_index_is_used(store):
    made = {
        name
        for (name,) in store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        )
    }
    plans = " ".join(plan(store, sql, values) for sql, values, _ in ASKED.values())
    assert made
    assert {name for name in made if name not in plans} == set()
