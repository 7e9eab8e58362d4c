"""A share that today's list of instruments lacks is neither expired nor renamed: a person is told of it."""

from engine.core.values.instruments import InstrumentBook
from engine.core.values.notices import Severity
from tests.core.core_world import FATHER, LISTED, World
from tests.core.test_core_morning import held_overnight, ledger


def without_sbin() -> InstrumentBook:
    left = {each.key: each for each in LISTED if each.symbol != "SBIN"}
    return InstrumentBook(left, content_hash="today")


def test_a_share_that_is_listed_under_no_name_any_more_stays_held_and_is_named():
    world: World = held_overnight(symbol="SBIN", units=10)
    world.state.instruments = without_sbin()
    world.master_positions(holdings=())
    (alert,) = world.alerts("father still holds 10 copied SBIN from an earlier day")
    assert (alert.severity, alert.needs_human) == (Severity.CRITICAL, True)
    assert "but the master has none" in alert.text
    assert not world.alerts("is listed as")
    assert ledger(world, "SBIN").held == 10
    assert not world.pending
    assert alert.topic == f"account:{FATHER}"
