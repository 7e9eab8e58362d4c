"""The unmodified SDK beyond orders and reads: GTTs, conversion, calculators, candles."""

from datetime import timedelta

import pytest
from kiteconnect import exceptions

from demo.exchange.faults import Answer, Meets, Operation, ReadFault

ORDER = {
    "exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "transaction_type": "BUY",
    "variety": "regular", "product": "NRML", "order_type": "LIMIT", "quantity": 65,
    "price": 26000, "trigger_price": 0,
}  # fmt: skip


async def test_a_gtt_is_placed_read_modified_fired_and_deleted(sdk, exchange):
    legs = [
        {
            "transaction_type": "SELL", "quantity": 5, "order_type": "LIMIT", "product": "CNC",
            "price": price,
        }
        for price in (1470, 1580)
    ]  # fmt: skip
    common = {"tradingsymbol": "INFY", "exchange": "NSE", "last_price": 1530, "orders": legs}
    placed = await sdk("place_gtt", "two-leg", trigger_values=[1480, 1580], **common)
    trigger_id = placed["trigger_id"]
    await sdk("modify_gtt", trigger_id, "two-leg", trigger_values=[1475, 1580], **common)

    row = await sdk("get_gtt", trigger_id)
    assert (row["id"], row["type"], row["status"]) == (trigger_id, "two-leg", "active")
    assert row["condition"]["trigger_values"] == [1475.0, 1580.0]
    assert [each["result"] for each in row["orders"]] == [None, None]

    exchange.give_holding("FA0001", "INFY", 5)
    exchange.set_price("NSE", "INFY", "1475")
    assert [each["status"] for each in await sdk("get_gtts")] == ["triggered"]
    assert [each["status"] for each in await sdk("orders")] == ["COMPLETE"]

    other = await sdk("place_gtt", "two-leg", trigger_values=[1480, 1580], **common)
    assert await sdk("delete_gtt", other["trigger_id"]) == other


async def test_a_position_is_converted(sdk):
    await sdk.place(product="MIS", order_type="MARKET", price=None, market_protection=-1)
    assert await sdk("convert_position", "NSE", "INFY", "BUY", "day", 10, "MIS", "CNC") is True
    rows = {row["product"]: row["quantity"] for row in (await sdk("positions"))["net"]}
    assert rows == {"MIS": 0, "CNC": 10}


async def test_margins_and_charges_of_orders_are_reckoned(sdk, exchange):
    (row,) = await sdk("order_margins", [ORDER])
    assert (row["type"], row["total"]) == ("equity", 65 * 26000 * 0.12)
    hedge = ORDER | {"transaction_type": "SELL"}
    basket = await sdk("basket_order_margins", [ORDER, hedge], consider_positions=True)
    assert len(basket["orders"]) == 2
    assert basket["final"]["total"] <= basket["initial"]["total"] == 2 * row["total"]
    (note,) = await sdk("get_virtual_contract_note", [ORDER | {"average_price": 26000}])
    assert note["charges"]["total"] > note["charges"]["brokerage"] == 20
    with pytest.raises(exceptions.InputException):
        await sdk("order_margins", {"not": "a list"})
    assert exchange.orders_of("FA0001") == []


async def test_candles_are_within_the_hours_and_the_past(sdk, clock):
    day = await sdk("historical_data", 408065, "2026-11-16", "2026-11-30", "day")
    assert [row["date"].day for row in day] == [16, 17, 18]  # today is Wednesday the 18th
    minutes = await sdk(
        "historical_data", 408065, clock.at - timedelta(hours=1),
        clock.at - timedelta(minutes=40), "minute", oi=True,
    )  # fmt: skip
    assert [row["date"].minute for row in minutes] == [15, 16, 17, 18, 19, 20]
    assert minutes[0]["close"] == 1530.0
    assert minutes[0]["oi"] == 0
    with pytest.raises(exceptions.InputException):
        await sdk("historical_data", 408065, "2026-11-16", "2026-11-18", "yearly")


async def test_there_are_no_shares_to_auction(sdk):
    assert await sdk("get_auction_instruments") == []


async def test_a_compressed_answer_is_read_as_any_other(sdk, exchange):
    order_id = await sdk.place()
    exchange.faults.add(ReadFault(meets=Meets(operation=Operation.ORDERS), answer=Answer.GZIPPED))
    assert [row["order_id"] for row in await sdk("orders")] == [order_id]
