"""The verdict is about what the exchange has, and it does not let a wrong book pass."""

import pytest

from demo.show.accounting import Accounting, all_right, percentile
from demo.show.marks import symbol
from demo.show.verdict import plain_verdict, verdict_lines
from demo.stage import Plan, Stage


@pytest.fixture
def stage(tmp_path):
    return Stage(Plan(folder=tmp_path, followers=2, multipliers={"mother": 2}))


@pytest.fixture
def accounting(stage):
    return Accounting.on(stage)


def order(stage, who, side, quantity, symbol="RELIANCE", **more):
    return stage.exchange.place_from_app(
        stage.user_id(who), exchange="NSE", tradingsymbol=symbol, transaction_type=side,
        quantity=quantity, product="MIS", **more,
    )  # fmt: skip


def right_copies(stage):
    order(stage, "master", "BUY", 10)
    order(stage, "father", "BUY", 10)
    order(stage, "mother", "BUY", 20)


def test_right_copies_make_every_book_right(stage, accounting):
    right_copies(stage)
    books = accounting.books()
    assert all_right(books)
    assert accounting.is_settled()
    assert verdict_lines(books)[0].startswith("All 2 books are as they should be: 2 follower")


@pytest.mark.parametrize(
    ("side", "quantity", "complaint"),
    [
        ("BUY", 1, "mother: RELIANCE MIS: bought 21 sold 0, should be bought 20 sold 0"),
        ("SELL", 20, "mother: RELIANCE MIS: bought 20 sold 20, should be bought 20 sold 0"),
    ],
)
def test_a_copy_too_many_is_named(stage, accounting, side, quantity, complaint):
    right_copies(stage)
    order(stage, "mother", side, quantity)
    books = accounting.books()
    assert not all_right(books)
    assert complaint in verdict_lines(books)


def test_a_missing_copy_is_named(stage, accounting):
    order(stage, "master", "BUY", 10)
    lines = plain_verdict(accounting.books(), master_orders=1)
    assert "father: RELIANCE MIS: bought 0 sold 0, should be bought 10 sold 0" in lines
    assert any(line.startswith("father") and "NO" in line for line in lines)


def test_an_order_bought_and_sold_back_does_not_hide_behind_a_flat_position(stage, accounting):
    order(stage, "master", "BUY", 10)
    order(stage, "master", "SELL", 10)
    assert not all_right(accounting.books())


def test_an_order_that_is_left_working_spoils_the_verdict(stage, accounting):
    right_copies(stage)
    order(stage, "father", "BUY", 5, "INFY", price="1500")
    books = accounting.books()
    assert not all_right(books)
    assert any("left working" in line for line in verdict_lines(books))


def test_a_follower_who_is_left_out_need_not_have_the_entry(stage, accounting):
    entry = order(stage, "master", "BUY", 10)
    accounting.left_out["father"].add(entry)
    order(stage, "mother", "BUY", 20)
    assert all_right(accounting.books())


def test_a_repriced_copy_belongs_to_the_order_it_carries_on(stage, accounting):
    entry = order(stage, "master", "BUY", 10, price="1500")
    first = order(stage, "father", "BUY", 10, price="1500")
    stage.exchange.cancel_from_app(stage.user_id("father"), first)
    order(stage, "father", "BUY", 4, price="1501")
    copy = accounting.books()[0].copies[entry]
    assert [each.order.quantity for each in copy.orders] == [10, 4]
    assert copy.wanted == 4


def test_copies_of_equal_orders_are_told_apart_by_their_turn(stage, accounting):
    entries = []
    for _ in range(2):
        entries.append(order(stage, "master", "BUY", 10))
        order(stage, "father", "BUY", 10)
    copies = accounting.books()[0].copies
    assert [len(copies[each].orders) for each in entries] == [1, 1]
    assert all(lag.total_seconds() >= 0 for lag in accounting.books()[0].lags)


def test_the_master_counts_market_orders_as_such(stage, accounting):
    order(stage, "master", "BUY", 10)
    order(stage, "master", "BUY", 10, price="1500")
    assert [each.at_market for each in accounting.master_orders()] == [True, False]


def test_percentiles_are_values_that_occurred():
    assert percentile([], 0.5) is None
    assert percentile([1, 2, 3, 40], 0.5) == 3
    assert percentile([1, 2, 3, 40], 0.95) == 40


def test_an_option_is_called_by_strike_and_kind(stage):
    row = next(row for row in stage.exchange.instruments if row.instrument_type == "CE")
    short = f"{row.name}{row.strike:f}CE"
    assert symbol(row, len(short)) == short
    assert symbol(row, 30) == row.tradingsymbol
    assert symbol(stage.exchange.instruments["NSE", "M&M"], 30) == "M&M"


def test_a_future_is_called_by_its_underlying_where_room_is_short(stage):
    row = next(row for row in stage.exchange.instruments if row.name == "CRUDEOIL")
    assert symbol(row, 12) == "CRUDEOILFUT"
    assert symbol(row, 30) == row.tradingsymbol


def test_a_show_that_broke_off_is_not_called_right(stage, accounting):
    right_copies(stage)
    lines = verdict_lines(accounting.books(), "the program ended\nand more")
    assert lines == ["THE SHOW BROKE OFF, so nothing is proved: the program ended"]
