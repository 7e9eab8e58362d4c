"""Paper accounts are squared off at night, whenever a life dies: flat, once, and the day after begins clean."""

import pytest

from engine.core.state import fold
from engine.core.values import records as r
from engine.core.values.closings import Closing
from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import run_day
from tests.sim.sim_paper_ends import paper_ends_of, squared_off_at_night


@pytest.mark.parametrize("seed", range(3000, 3012))
def test_a_paper_day_that_ends_with_a_square_off_keeps_every_promise(seed, new_store):
    plan = paper_ends_of(seed)
    with squared_off_at_night(seed):
        outcome = run_day(plan, new_store(), rest_s=20)
    assert not outcome.violations, complaint(plan, outcome.violations)
    assert outcome.writes == 0


def closes_at_the_venue_alone(patch) -> None:
    """What RMS closes on paper never leaves the ledger."""

    def closed(state, record) -> None:
        book = state.book(record.key)
        book.closings[record.order_id] = Closing(units=record.filled)

    patch.setitem(fold._APPLY, r.HoldingClosed, closed)


def test_a_square_off_that_never_reaches_the_ledger_is_caught(new_store, monkeypatch):
    closes_at_the_venue_alone(monkeypatch)
    for seed in range(3000, 3012):
        with squared_off_at_night(seed):
            outcome = run_day(paper_ends_of(seed), new_store(), rest_s=20)
        if outcome.violations:
            return
    raise AssertionError("twelve days with it broke nothing")
