"""Every named day of the demo, played in virtual time and judged by the oracle."""

import functools
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from demo.days.programme import NAMES
from demo.exchange.build import MASTER
from demo.exchange.faults import WriteFault
from demo.exchange.ledger import Act
from demo.show.truth import arrived, working
from tests.sim.mutants.on_the_wire import RetriesOnTimeout, TurnsExitsRound
from tests.sim.named_day import Played, play_virtually, todays


@pytest.fixture(scope="module")
def played():
    """Return a function that plays a day once for all tests of this module."""
    with tempfile.TemporaryDirectory() as folder:

        @functools.cache
        def play(name: str) -> Played:
            return play_virtually(todays(name), Path(tempfile.mkdtemp(dir=folder)))

        yield play


def masters(day: Played):
    return [each.order for each in arrived(day.exchange, MASTER)]


def followers_orders(day: Played, name: str):
    book = next(book for book in day.books if book.name == name)
    return [each.order for each in book.orders]


@pytest.mark.parametrize("name", NAMES)
def test_a_named_day_ends_with_every_book_as_it_should_be(name, played):
    day = played(name)
    assert not day.wrong, "\n".join(day.wrong)


@pytest.mark.parametrize("name", NAMES)
def test_the_master_goes_home_without_an_order_or_an_intraday_position(name, played):
    day = played(name)
    assert not working(day.exchange, MASTER)
    products = {key.product for key in day.exchange.net_positions(MASTER)}
    assert products <= {"CNC"}


def test_the_same_day_twice_is_the_same_to_the_last_order(played, new_store):
    again = play_virtually(todays("partials"), new_store())
    first, second = (
        [
            (row["order_timestamp"], row["quantity"], row["price"], row["status"])
            for row in day.exchange.orders_of("FA0002")
        ]
        for day in (played("partials"), again)
    )
    assert first == second


def test_calm_reaches_every_segment_and_product_of_every_follower(played):
    day = played("calm")
    for book in day.books:
        filled = [each.order for each in book.orders if each.order.filled_quantity]
        assert {order.instrument.exchange for order in filled} == {
            "NSE", "BSE", "NFO", "BFO", "MCX", "CDS",
        }  # fmt: skip
        assert {order.product for order in filled} == {"CNC", "MIS", "NRML"}
    kept = {key.tradingsymbol for key in day.exchange.net_positions("FA0002")}
    assert kept == {"J&KBANK", "M&M"}, "all that was not for delivery is closed after /stop"


def test_the_burst_is_fast_and_is_sliced_by_the_freeze_quantity(played):
    day = played("burst")
    times = sorted(each.at for each in arrived(day.exchange, MASTER))
    fastest = min(end - begin for begin, end in zip(times, times[11:], strict=False))
    assert fastest <= timedelta(seconds=2)
    sliced = [o for o in followers_orders(day, "mother") if o.instrument.freeze_quantity]
    most = {order.instrument.freeze_quantity // order.instrument.lot_size for order in sliced}
    assert max(order.quantity // order.instrument.lot_size for order in sliced) == max(most)
    master_sliced = [o for o in masters(day) if o.instrument.freeze_quantity]
    assert len(sliced) > len(master_sliced), "x2 of a full slice is two slices"


def test_partials_are_filled_in_parts_changed_and_thrown_out(played):
    day = played("partials")
    ended = [(o.status, 0 < o.filled_quantity < o.quantity) for o in masters(day)]
    assert sum(partly for _, partly in ended) >= 2
    assert any(len(_fills(day, order)) >= 3 for order in masters(day))
    changed = [order for order in masters(day) if order.modified]
    assert len(changed) == 2
    for order in changed:
        copies = [
            copy
            for copy in followers_orders(day, "mother")
            if copy.instrument == order.instrument and copy.side is order.side and copy.modified
        ]
        assert [copy.quantity for copy in copies] == [2 * order.quantity], "changed in place"


def _fills(day: Played, order):
    trades = day.exchange.desk.portfolios[order.user_id].trades
    return [trade for trade in trades if trade.order is order]


def test_stops_wait_with_their_triggers_and_a_storm_of_changes_ends_where_he_ended(played):
    day = played("stops")
    rows = day.exchange.orders_of("FA0001")
    assert sum(row["trigger_price"] > 0 for row in rows) == 4
    writes = day.exchange.ledger.order_writes("FA0001")
    kinds = {w.fields.get("order_type") for w in writes if w.act is Act.PLACE}
    assert {"SL", "SL-M", "LIMIT"} <= kinds
    changed = next(order for order in masters(day) if order.modifications >= 12)
    copies = [o for o in followers_orders(day, "father") if o.instrument == changed.instrument]
    assert copies[0].price == changed.price
    assert copies[0].modifications < changed.modifications, "only the latest wish is sent"


def test_the_basket_is_cut_to_lots_and_made_good_with_the_next(played):
    day = played("options-basket")
    lots = [o.quantity // o.instrument.lot_size for o in masters(day)[:4]]
    brothers = [o.quantity // o.instrument.lot_size for o in followers_orders(day, "brother")]
    assert brothers[:4] == [lots[0] // 2] * 4
    assert brothers[4:8] == [1] * 4
    assert {order.instrument.exchange for order in followers_orders(day, "brother")} == {
        "NFO", "BFO",
    }  # fmt: skip


def test_a_dead_session_is_named_and_its_exit_leaves_after_the_login(played):
    day = played("token-dies")
    assert any("mother" in text and "session has ended" in text for text in day.told)
    assert any("mother" in text and "cannot be sent" in text for text in day.told)
    back = next(moment.at for moment in day.moments if "logs in again" in moment.text)
    exits = [
        trade
        for trade in day.exchange.desk.portfolios["FA0002"].trades
        if trade.order.side == "SELL" and trade.order.instrument.tradingsymbol == "RELIANCE"
    ]
    assert timedelta() < exits[0].at - back < timedelta(seconds=1)
    bought = {o.instrument.tradingsymbol for o in followers_orders(day, "mother")}
    assert not {"INFY", "SBIN"} & bought


def test_without_the_masters_socket_copies_come_within_about_a_second(played):
    day = played("socket-lost")
    struck = [str(fault.trouble) for _, fault in day.exchange.faults.struck]
    assert struck.count("refuse") >= 3
    assert {"silent", "close"} <= set(struck)
    for book in day.books:
        lags = book.lags
        assert any(lag > timedelta(seconds=0.3) for lag in lags), "found by polling"
        assert lags[-1] < timedelta(seconds=2)


def test_doubtful_answers_never_make_a_second_order(played):
    day = played("broker-ambiguous")
    struck = [fault for _, fault in day.exchange.faults.struck if isinstance(fault, WriteFault)]
    assert len(struck) == 6
    for who, words in (("mother", "UNKNOWN"), ("mother", "found in"), ("brother", "UNKNOWN")):
        assert any(who in text and words in text for text in day.told)
    masters_own = Counter((o.instrument.tradingsymbol, o.side) for o in masters(day))
    for book in day.books:
        theirs = Counter((e.order.instrument.tradingsymbol, e.order.side) for e in book.orders)
        assert theirs == masters_own


@pytest.mark.parametrize("mutant", [RetriesOnTimeout, TurnsExitsRound])
def test_a_program_that_does_wrong_does_not_pass(mutant, new_store):
    day = play_virtually(todays("broker-ambiguous"), new_store(), gateway=mutant)
    assert any("should be bought" in line for line in day.wrong)
