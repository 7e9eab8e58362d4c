"""What the engine relies on, whichever venue a follower's order goes to."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.values.commands import Acked, RefusalKind, Refused, Withheld, WithheldReason
from engine.core.values.market import OrderId, OrderStatus, OrderType, Side


def is_complete(row) -> bool:
    return row.status is OrderStatus.COMPLETE


def is_open(row) -> bool:
    return row.status is OrderStatus.OPEN


async def test_a_market_order_is_answered_with_an_id_and_fills_whole_at_the_market(venue):
    outcome = await venue.outcome(venue.place("KCAA0001"))
    assert isinstance(outcome, Acked)
    row = await venue.row("KCAA0001", is_complete)
    assert row.order_id == outcome.order_id
    assert (row.filled_quantity, row.quantity, row.remaining_quantity) == (10, 10, 0)
    assert row.average_price == Decimal(1500)


async def test_a_row_tells_what_was_asked_for(venue):
    await venue.outcome(venue.place("KCAA0002", Side.SELL, quantity=7, price=Decimal("1600.00")))
    row = await venue.row("KCAA0002", is_open)
    asked = (row.exchange, row.symbol, row.side, row.product.value, row.quantity, row.order_type)
    assert asked == ("NSE", "INFY", Side.SELL, "MIS", 7, OrderType.LIMIT)
    assert row.price == Decimal("1600.00")
    assert row.tag == "KCAA0002"
    assert (row.filled_quantity, row.remaining_quantity) == (0, 7)
    assert row.placed_at is not None


@pytest.mark.parametrize(
    ("side", "limit", "not_yet", "reached"),
    [(Side.BUY, "1490.00", "1491", "1490"), (Side.SELL, "1510.00", "1509", "1510")],
)
async def test_a_limit_order_rests_until_the_price_comes(venue, side, limit, not_yet, reached):
    await venue.outcome(venue.place("KCAA0003", side, price=Decimal(limit)))
    await venue.row("KCAA0003", is_open)
    venue.price(not_yet)
    await asyncio.sleep(0)
    assert is_open((await venue.rows())["KCAA0003"])
    assert await venue.positions() == {}
    venue.price(reached)
    row = await venue.row("KCAA0003", is_complete)
    assert row.filled_quantity == 10
    assert row.average_price == Decimal(limit)


async def test_a_limit_the_market_has_passed_already_fills_at_once_and_no_worse(venue):
    await venue.outcome(venue.place("KCAA0004", price=Decimal("1520.00")))
    row = await venue.row("KCAA0004", is_complete)
    assert row.average_price is not None
    assert row.average_price <= Decimal("1520.00")


async def test_a_resting_order_is_cancelled_and_stays_so(venue):
    placed = await venue.outcome(venue.place("KCAA0005", price=Decimal("1400.00")))
    assert isinstance(placed, Acked)
    outcome = await venue.outcome(venue.cancel("KCAA0005", placed.order_id))
    assert outcome == Acked(order_id=placed.order_id)
    row = await venue.row("KCAA0005", lambda row: row.status is OrderStatus.CANCELLED)
    assert row.filled_quantity == 0
    venue.price("1390")
    await asyncio.sleep(0)
    assert (await venue.rows())["KCAA0005"].status is OrderStatus.CANCELLED
    assert await venue.positions() == {}


async def test_the_cancel_of_a_filled_order_is_refused_as_busy_and_changes_nothing(venue):
    placed = await venue.outcome(venue.place("KCAA0006"))
    assert isinstance(placed, Acked)
    await venue.row("KCAA0006", is_complete)
    outcome = await venue.outcome(venue.cancel("KCAA0006", placed.order_id))
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.BUSY
    row = (await venue.rows())["KCAA0006"]
    assert (row.status, row.filled_quantity) == (OrderStatus.COMPLETE, 10)


async def test_the_cancel_of_an_order_nobody_knows_is_refused(venue):
    outcome = await venue.outcome(venue.cancel("KCAA0007", OrderId("1234567890123456789")))
    assert isinstance(outcome, Refused)


async def test_many_at_once_are_each_answered_once_and_none_before_submit_returned(venue):
    # `send` itself asserts that nothing was answered early. Eight: what a lane lets go in a second.
    tags = [f"KCBB{number:04d}" for number in range(8)]
    sent = [venue.send(venue.place(tag)) for tag in tags]
    async with asyncio.timeout(5):
        for answers in sent:
            await answers.arrived.wait()
    for tag in tags:
        await venue.row(tag, is_complete)
    outcomes = [answers.outcomes for answers in sent]
    assert all(len(each) == 1 and isinstance(each[0], Acked) for each in outcomes)
    assert len({each[0].order_id for each in outcomes}) == 8
    assert len(await venue.rows()) == 8


async def test_net_positions_are_the_signed_sum_of_the_fills(venue):
    wanted = 0
    for number, (side, units) in enumerate(
        [(Side.BUY, 10), (Side.BUY, 5), (Side.SELL, 8), (Side.SELL, 20)]
    ):
        await venue.outcome(venue.place(f"KCCC{number:04d}", side, quantity=units))
        await venue.row(f"KCCC{number:04d}", is_complete)
        wanted += side.sign * units
        assert await venue.positions() == ({"INFY": wanted} if wanted else {})
    rows = (await venue.rows()).values()
    assert sum(row.side.sign * row.filled_quantity for row in rows) == wanted == -13


async def test_an_unfilled_order_moves_no_position(venue):
    await venue.outcome(venue.place("KCAA0008", price=Decimal("1400.00")))
    await venue.row("KCAA0008", is_open)
    assert await venue.positions() == {}


async def test_nothing_leaves_for_kite_without_a_permit(kite):
    kite.permitted = False
    for command in (kite.place("KCAA0009"), kite.cancel("KCAA0009", OrderId("1"))):
        assert await kite.outcome(command) == Withheld(reason=WithheldReason.NO_PERMIT)
    assert not kite.exchange.ledger.order_writes()
    kite.permitted = True
    assert isinstance(await kite.outcome(kite.place("KCAA0009")), Acked)


async def test_a_market_order_without_protection_is_refused_by_kite_and_reaches_no_book(kite):
    bare = replace(kite.place("KCAA0010"), market_protection=None)
    outcome = await kite.outcome(bare)
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.INPUT
    assert await kite.rows() == {}
