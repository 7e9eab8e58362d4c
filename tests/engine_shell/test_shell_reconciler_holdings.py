"""Reading positions and holdings: how often, and when a row that is gone is believed to be gone."""

from dataclasses import replace

from engine.core.values.events import Faulted
from engine.core.values.market import Product
from engine.core.values.orders import HoldingRow, PositionRow
from engine.errors import BrokerUnavailable
from engine.reconciler import AGREEING_READS, LEAST_PAUSE_S, Needs
from tests.engine_shell.reconciler_world import Watch, asked


def held(symbol: str, quantity: int) -> PositionRow:
    return PositionRow(exchange="NSE", symbol=symbol, product=Product.MIS, quantity=quantity)


async def test_positions_are_read_when_due_and_holdings_with_the_first(watch):
    assert len(watch.positions()) == 1
    await asked(watch)
    assert len(watch.positions()) == 1, "30 s are not over"
    await watch.clock.pass_time(30.0)
    await asked(watch)
    assert len(watch.positions()) >= 2
    assert len(watch.reader.times("holdings")) == 1


async def test_positions_that_lost_a_row_are_doubted_and_said_to_be():
    async with Watch() as watch:
        watch.needs = Needs(active=True, book_s=1.0, positions_s=0.0)
        watch.reader.net = (held("SBIN", 10), held("INFY", 0))
        await asked(watch)
        assert watch.positions()[-1].rows == watch.reader.net
        told = len(watch.positions())
        for answer in ((), (held("INFY", 0),), ()):
            watch.reader.net = answer
            await asked(watch)
        assert len(watch.positions()) == told
        faults = [event for event in watch.events if isinstance(event, Faulted)]
        assert "positions came back without some" in faults[0].text
        watch.reader.net = (held("SBIN", 4), held("INFY", 0))
        await asked(watch)
        assert watch.positions()[-1].rows == watch.reader.net


async def test_a_position_that_is_gone_in_read_after_read_is_believed_to_be_gone():
    async with Watch() as watch:
        watch.needs = Needs(active=True, book_s=1.0, positions_s=0.0)
        watch.reader.net = (held("SBIN", 10), held("INFY", 0))
        await asked(watch)
        watch.reader.net = (held("INFY", 0),)
        for _ in range(AGREEING_READS):
            assert watch.positions()[-1].rows != watch.reader.net
            await asked(watch)
        assert watch.positions()[-1].rows == watch.reader.net


async def let_pass(watch: Watch, seconds: float) -> None:
    """Let seconds pass, with a read in each."""
    for _ in range(int(seconds)):
        await watch.clock.pass_time(1 - LEAST_PAUSE_S)
        await asked(watch)


def owning(*symbols: str) -> tuple[HoldingRow, ...]:
    return tuple(HoldingRow(exchange="NSE", symbol=each, quantity=5) for each in symbols)


async def test_holdings_are_read_once_a_session_unless_they_are_needed(watch):
    watch.reader.owned = owning("SBIN")
    watch.needs = replace(watch.needs, positions_s=3.0)
    await let_pass(watch, 30)
    assert len(watch.reader.times("holdings")) == 1
    first, *later = watch.positions()
    assert first.holdings == owning()
    assert {each.holdings for each in later} == {None}
    watch.needs = replace(watch.needs, holdings_s=10.0)
    await let_pass(watch, 31)
    assert len(watch.reader.times("holdings")) in (4, 5)
    assert watch.positions()[-1].holdings in (None, owning("SBIN"))
    watch.reconciler.forget()
    await let_pass(watch, 2)
    assert watch.positions()[-1].holdings == owning("SBIN")


async def test_holdings_that_lose_a_share_are_not_believed_until_several_reads_agree(watch):
    watch.needs = replace(watch.needs, positions_s=1.0, holdings_s=1.0)
    watch.reader.owned = owning("SBIN", "INFY")
    await let_pass(watch, 3)
    watch.reader.owned = owning("SBIN")
    before = len(watch.positions())
    await let_pass(watch, 2)
    assert len(watch.positions()) == before
    assert [event for event in watch.events if isinstance(event, Faulted)]
    await let_pass(watch, 3)
    assert watch.positions()[-1].holdings == owning("SBIN")


async def test_a_failed_read_of_holdings_is_not_known(watch):
    watch.needs = replace(watch.needs, positions_s=1.0, holdings_s=1.0)
    await let_pass(watch, 2)
    before = len(watch.positions())
    watch.reader.errors["holdings"] = BrokerUnavailable("no answer")
    await let_pass(watch, 3)
    assert len(watch.positions()) == before
