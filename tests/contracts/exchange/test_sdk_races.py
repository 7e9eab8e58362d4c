"""Races and divergence, as the unmodified SDK meets them."""

import asyncio

import pytest
from kiteconnect import exceptions

from demo.exchange import happenings as it
from demo.exchange.faults import (
    Meets,
    Operation,
    WriteFault,
    exchange_refuses,
    stuck,
    unknown_at_first,
)
from demo.exchange.happen import happen
from demo.exchange.lags import book_lags, down, margins_lag, positions_lag, slow
from demo.exchange.matching import Side
from demo.exchange.server import ExchangeServer

PLACE = Meets(operation=Operation.PLACE)


async def row_of(sdk, order_id):
    return next(row for row in await sdk("orders") if row["order_id"] == order_id)


async def test_an_order_right_after_its_placement_does_not_exist(sdk, exchange, clock):
    exchange.faults.add(unknown_at_first(PLACE, seconds=0.5))
    order_id = await sdk.place()
    for method, args in (("order_history", (order_id,)), ("cancel_order", ("regular", order_id))):
        with pytest.raises(exceptions.OrderException, match="does not exist"):
            await sdk(method, *args)
    assert await sdk("orders") == []
    clock.advance(1)
    assert await sdk("cancel_order", "regular", order_id) == order_id


async def test_a_cancellation_is_accepted_and_the_order_completes(sdk, exchange):
    order_id = await sdk.place()
    meets = Meets(operation=Operation.CANCEL)
    exchange.faults.add(WriteFault(meets=meets, fills_first=True))
    assert await sdk("cancel_order", "regular", order_id) == order_id
    row = await row_of(sdk, order_id)
    assert (row["status"], row["filled_quantity"]) == ("COMPLETE", row["quantity"])


async def test_a_modification_is_accepted_and_the_order_fills_at_its_old_price(sdk, exchange):
    order_id = await sdk.place()
    meets = Meets(operation=Operation.MODIFY)
    exchange.faults.add(WriteFault(meets=meets, fills_first=True))
    assert await sdk("modify_order", "regular", order_id, price=1490.0) == order_id
    row = await row_of(sdk, order_id)
    assert (row["status"], row["average_price"], row["price"]) == ("COMPLETE", 1500.0, 1500.0)


async def test_a_modification_the_exchange_refuses_leaves_old_values(sdk, exchange):
    order_id = await sdk.place()
    meets = Meets(operation=Operation.MODIFY)
    exchange.faults.add(exchange_refuses(meets, "17070 : The Price is out of the LPP range"))
    assert await sdk("modify_order", "regular", order_id, price=1490.0) == order_id
    row = await row_of(sdk, order_id)
    assert (row["status"], row["price"]) == ("OPEN", 1500.0)
    assert "LPP" in row["status_message"]


@pytest.mark.parametrize("refusal", [None, "16388 : The exchange did not accept the order"])
async def test_an_order_is_pending_for_minutes_and_then_fills_or_is_rejected(
    sdk, exchange, clock, refusal
):
    exchange.faults.add(
        stuck(PLACE, seconds=600) if not refusal
        else exchange_refuses(PLACE, refusal, after_s=600)
    )  # fmt: skip
    order_id = await sdk.place(price=1530.0)
    assert (await row_of(sdk, order_id))["status"] == "OPEN PENDING"
    with pytest.raises(exceptions.InputException, match="being processed"):
        await sdk("cancel_order", "regular", order_id)
    clock.advance(600)
    exchange.step()
    row = await row_of(sdk, order_id)
    assert row["status"] == ("REJECTED" if refusal else "COMPLETE")
    assert row["status_message"] == refusal


async def test_reads_are_a_second_behind(sdk, exchange, clock):
    clock.advance(5)
    before = (await sdk("margins", "equity"))["net"]
    exchange.faults.add(book_lags(seconds=1), positions_lag(seconds=1), margins_lag(seconds=1))
    await sdk.place(price=1530.0)
    assert await sdk("orders") == []
    assert [row["quantity"] for row in (await sdk("positions"))["net"]] == [0]
    assert (await sdk("margins", "equity"))["net"] == before
    clock.advance(1)
    assert [row["status"] for row in await sdk("orders")] == ["COMPLETE"]
    assert [row["quantity"] for row in (await sdk("positions"))["net"]] == [10]
    assert (await sdk("margins", "equity"))["net"] == before - 15300


async def test_orders_of_rms_and_of_a_dealer_are_in_the_book(sdk, exchange):
    await sdk.place(price=1530.0, product="MIS")
    happen(exchange, it.SquareOff(user_id="FA0001"))
    happen(exchange, it.DealerTrades(user_id="FA0001", exchange="NSE", tradingsymbol="INFY",
                                     side=Side.BUY, quantity=1, product="CNC"))  # fmt: skip
    rows = await sdk("orders")
    assert [row["placed_by"] for row in rows] == ["FA0001", "RMS", "DEALER"]


async def test_a_position_is_adjusted_by_hand_and_the_next_day_is_another_book(
    sdk, sdk_of, exchange, clock
):
    exchange.carry_position("FA0001", ("NFO", "NIFTY26DECFUT", "NRML"), 65, 26000)
    happen(exchange, it.PositionAdjusted(user_id="FA0001", exchange="NFO", product="NRML",
                                         tradingsymbol="NIFTY26DECFUT", quantity=130,
                                         price=13000))  # fmt: skip
    (row,) = (await sdk("positions"))["net"]
    assert (row["quantity"], row["overnight_quantity"]) == (130, 130)
    assert await sdk("orders") == []
    await sdk.place()
    clock.move_to(9, 15, days=1)
    happen(exchange, it.NextDayStarts())
    with pytest.raises(exceptions.TokenException):
        await sdk("orders")
    tomorrow = sdk_of("FA0001")
    assert await tomorrow("orders") == []
    assert [row["quantity"] for row in (await tomorrow("positions"))["net"]] == [130]


async def test_one_account_is_slow_while_the_others_proceed(sdk_of, exchange):
    laggard, others = sdk_of("FA0001"), [sdk_of("FA0002"), sdk_of("FA0003")]
    exchange.faults.add(*slow("FA0001", seconds=30))
    arrived = asyncio.Event()
    exchange.on_frame(lambda *_: arrived.set())
    waiting = asyncio.ensure_future(laggard.place(tag="KC1"))  # noqa: TID251 - to be cancelled
    async with asyncio.timeout(5):
        await arrived.wait()
    for sdk in others:
        assert await sdk.place(tag="KC1")
    assert not waiting.done()
    assert [record.booked for record in exchange.ledger.by_tag("KC1")] == [True] * 3
    waiting.cancel()


async def test_one_account_is_down_while_the_others_proceed(sdk_of, exchange):
    dead, alive = sdk_of("FA0001", timeout=1), sdk_of("FA0002")
    exchange.faults.add(*down("FA0001"))
    with pytest.raises(OSError):  # noqa: PT011 - whatever requests makes of it
        await dead.place()
    assert await alive.place()
    assert exchange.orders_of("FA0001") == []


@pytest.mark.parametrize("address", ["10.0.0.9", "2401:db00::1"])
async def test_each_account_has_an_address_of_its_own(exchange, sdk_of, address):
    family = ExchangeServer(exchange, address_header="X-Source-Address")
    await family.start()
    try:
        sdk = sdk_of("FA0001")
        sdk.kite.root = family.api_url
        sdk.kite.reqsession.headers["X-Source-Address"] = address
        happen(
            exchange, it.AddressesRegistered(user_id="FA0001", addresses=frozenset({"10.0.0.9"}))
        )
        if address == "10.0.0.9":
            assert await sdk.place()
            happen(exchange, it.AddressesRegistered(user_id="FA0001", addresses=frozenset()))
        with pytest.raises(exceptions.PermissionException, match="IP"):
            await sdk.place()
        assert len(await sdk("orders")) == (address == "10.0.0.9")
    finally:
        await family.stop()


async def test_nothing_reaches_an_exchange_that_is_cut_off(sdk, exchange):
    happen(exchange, it.LinkBreaks(exchange="NSE"))
    order_id = await sdk.place(price=1530.0)
    assert (await row_of(sdk, order_id))["status"] == "OPEN PENDING"
    happen(exchange, it.LinkMends(exchange="NSE"))
    assert (await row_of(sdk, order_id))["status"] == "COMPLETE"


async def test_candles_have_a_limit_of_their_own(sdk):
    asked = (408065, "2026-11-16", "2026-11-18", "day")
    for _ in range(3):
        await sdk("historical_data", *asked)
    with pytest.raises(exceptions.NetworkException):
        await sdk("historical_data", *asked)


async def test_requests_overtake_each_other_on_their_way_in(exchange, sdk_of):
    slowness, under_way = iter([0.3, 0.0]), asyncio.Event()

    def latency():
        under_way.set()
        return next(slowness)

    roads = ExchangeServer(exchange, latency_s=latency, way_in=1.0)
    await roads.start()
    try:
        first, second = sdk_of("FA0001"), sdk_of("FA0002")
        first.kite.root = second.kite.root = roads.api_url
        waiting = asyncio.ensure_future(first.place(tag="FIRST"))  # noqa: TID251 - awaited below
        async with asyncio.timeout(5):
            await under_way.wait()
            await second.place(tag="SECOND")
            await waiting
    finally:
        await roads.stop()
    assert [record.tag for record in exchange.ledger.order_writes()] == ["SECOND", "FIRST"]
