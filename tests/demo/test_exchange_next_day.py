"""The night between two trading days."""

import pytest

NIFTY = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT"}


@pytest.fixture
def sleep(exchange, clock, father):
    """Return a function that goes to 09:15 of another day and logs in again."""

    def go(days=1):
        clock.advance(days * 24 * 3600)
        clock.at = clock.at.replace(hour=9, minute=15)
        exchange.events.start_next_day()
        father.log_in()

    return go


def holdings(client):
    return {
        row["tradingsymbol"]: (row["quantity"], row["t1_quantity"], row["used_quantity"])
        for row in client.get("/portfolio/holdings")
    }


def test_the_book_is_of_today_only(exchange, father, sleep, frames):
    resting, _ = father.place(), father.market()
    frames.clear()
    sleep()
    assert frames == [("FA0001", "CANCELLED", 0)]
    assert father.get("/orders") == father.get("/trades") == []
    assert father.call("GET", f"/orders/{resting}").json()["error_type"] == "OrderException"
    fresh = father.place()
    assert [row["order_id"] for row in father.get("/orders")] == [fresh]


def test_positions_are_carried_with_their_price(exchange, father, sleep):
    exchange.set_price("NFO", "NIFTY26DECFUT", "26000")
    father.market(**NIFTY, quantity=130, product="NRML")
    exchange.set_price("NFO", "NIFTY26DECFUT", "26100")
    before = father.get("/user/margins/equity")["net"]
    sleep()

    positions = father.get("/portfolio/positions")
    (row,) = positions["net"]
    assert (row["quantity"], row["overnight_quantity"], row["day_buy_quantity"]) == (130, 130, 0)
    assert (row["average_price"], row["close_price"], row["m2m"]) == (26000.0, 26100.0, 0.0)
    assert positions["day"] == []
    assert father.get("/user/margins/equity")["net"] == before
    father.market(**NIFTY, quantity=130, product="NRML", transaction_type="SELL")
    assert exchange.net_positions("FA0001") == {}


def test_a_purchase_comes_as_t1_and_settles_the_day_after(exchange, father, sleep):
    exchange.give_holding("FA0001", "SBIN", 20, t1_quantity=10)
    father.market(quantity=5)
    father.market(tradingsymbol="SBIN", quantity=25, transaction_type="SELL")
    assert holdings(father) == {"SBIN": (0, 5, 25)}
    sleep()
    assert holdings(father) == {"SBIN": (5, 0, 0), "INFY": (0, 5, 0)}
    assert father.get("/portfolio/positions")["net"] == []
    sleep()
    assert holdings(father) == {"SBIN": (5, 0, 0), "INFY": (5, 0, 0)}


def test_money_neither_appears_nor_vanishes_overnight(exchange, father, sleep):
    exchange.give_holding("FA0001", "SBIN", 20)
    before = father.get("/user/margins/equity")["net"]
    father.market(quantity=5)
    father.market(quantity=7, product="MIS")
    exchange.set_price("NSE", "INFY", "1540")
    father.market(quantity=7, product="MIS", transaction_type="SELL")
    assert father.get("/user/margins/equity")["net"] == before - 5 * 1530 + 70
    sleep()
    assert father.get("/user/margins/equity")["net"] == before - 5 * 1530 + 70


def test_what_is_left_of_intraday_is_closed_or_carried(exchange, father, sleep):
    father.market(quantity=7, product="MIS")
    father.market(**NIFTY, quantity=65, product="MIS")
    exchange.set_depth("NSE", "INFY", 4)
    sleep()
    assert exchange.net_positions("FA0001") == {}
    assert holdings(father) == {"INFY": (0, 3, 0)}


def test_an_after_market_order_outlives_the_night(exchange, father, sleep):
    order_id = father.call(
        "POST", "/orders/amo", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY",
        quantity=1, product="CNC", order_type="LIMIT", price="1500",
    ).json()["data"]["order_id"]  # fmt: skip
    sleep()
    assert [row["status"] for row in father.get("/orders")] == ["AMO REQ RECEIVED"]
    exchange.events.open_market()
    assert father.row(order_id)["status"] == "OPEN"


def test_a_contract_expires_with_its_position(exchange, father, sleep):
    november = next(
        row for row in exchange.instruments
        if row.name == "NIFTY" and row.instrument_type == "FUT"
    )  # fmt: skip
    exchange.set_price("NFO", november.tradingsymbol, "26000")
    father.market(exchange="NFO", tradingsymbol=november.tradingsymbol, quantity=65, product="NRML")
    before = father.account.equity_funds
    exchange.set_price("NFO", november.tradingsymbol, "26010")
    sleep(days=9)
    assert exchange.net_positions("FA0001") == {}
    assert father.account.equity_funds == before + 650
    assert exchange.instruments.find("NFO", november.tradingsymbol) is None
    exchange.step()


def test_consent_and_the_closing_prices_are_of_one_day(exchange, father, sleep):
    father.account.demat_consent = False
    exchange.give_holding("FA0001", "INFY", 10)
    exchange.events.authorise("FA0001")
    exchange.set_price("NSE", "INFY", "1600")
    sleep()
    assert father.order(transaction_type="SELL", price="1600").status == 428
    assert father.order(price="1750").status == 200  # the circuit is round 1600 now
    assert father.get("/quote/ohlc?i=NSE:INFY")["NSE:INFY"]["ohlc"]["close"] == 1600.0
