"""Mornings: what a new day, a new list of instruments and a restart may do to what is held."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine.core.decide import trading_day_of
from engine.core.state.fold import apply
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.events import Ticked
from engine.core.values.instruments import NO_INSTRUMENTS, Instrument, InstrumentBook
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.market import MASTER, OrderStatus, OrderType, Product, Side, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import OrderRow, PositionRow
from engine.core.values.records import NoticeShown
from storage.codec import encode_record
from tests.core.core_world import (
    FATHER,
    FUTURE,
    INSTRUMENTS,
    KINDS,
    LISTED,
    World,
    a_follower,
    an_order,
    done,
)

NRML = Product.NRML
CARRIED = {"symbol": FUTURE, "exchange": "NFO", "product": NRML}
EXPIRY = date(2026, 12, 31)


def listing(*, without: str = "", more: tuple[Instrument, ...] = (), **future) -> InstrumentBook:
    """Return a list of instruments in which the future is another one than in the world's."""
    found = {each.key: each for each in (*LISTED, *KINDS, *more) if each.symbol != without}
    if future:
        old = INSTRUMENTS.find("NFO", FUTURE)
        found[old.key] = dataclasses.replace(old, **future)
    return InstrumentBook(found, content_hash="another")


def carried(units: int, symbol: str = FUTURE) -> PositionRow:
    return PositionRow(
        exchange="NFO", symbol=symbol, product=NRML, quantity=units, overnight_quantity=units
    )


def held_overnight(units: int = 150, *followers, venue: Venue = Venue.LIVE, book=None) -> World:
    """The future is held by all and it is the next day; nobody has logged in yet."""
    world = World(*followers, venue=venue)
    world.state.instruments = book or listing(expiry=EXPIRY)
    world.obliging = True
    world.master(done("M1", quantity=units, **CARRIED))
    world.obliging = False
    world.wait(5)
    world.positions(carried(units))
    next_day(world)
    return world


def next_day(world: World) -> None:
    world.master_rows.clear()
    for rows in world.rows.values():
        rows.clear()
    world.sleep(24 * 3600)
    world.wait(1)


def log_in_all(world: World, *master_rows: PositionRow, theirs: int | None = None) -> None:
    """Log everybody in; the master shows these rows, and the father so many units."""
    for each in (MASTER, *world.rules):
        world.log_in(each)
    world.master()
    world.master_positions(*master_rows)
    for each in world.rules:
        world.read(each)
    world.positions(*([carried(theirs)] if theirs else []))
    if world.state.venue is Venue.LIVE:
        world.go_live()


# -- row 61: a restart with open positions -----------------------------------------------------


@pytest.mark.parametrize("down", ["over night", "within the day"])
@pytest.mark.parametrize("his", [0, 75, 600])
def test_row_61_a_start_that_finds_him_changed_buys_and_sells_nothing_by_itself(down, his):
    """What he did while nobody looked, and no order of today shows, is told and never made up for."""
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=150, **CARRIED))
    world.obliging = False
    world.wait(5)
    if down == "over night":
        world.sleep(24 * 3600)
        world.master_rows.clear()
        world.rows[FATHER].clear()
    sent = len(world.commands)
    world.restart()
    if down == "over night":
        log_in_all(world, *([carried(his)] if his else []), theirs=150)
    else:
        world.read()
        world.master(*world.master_rows.values())
        world.master_positions(*([carried(his)] if his else []))
        world.positions(carried(150))
    assert world.ask(c.StartCopy()).accepted
    world.wait(60)
    assert len(world.commands) == sent
    assert world.ledger(FUTURE, product=NRML).held == 150
    world.check_journal()


def test_row_61_a_master_who_went_flat_overnight_is_named_with_what_is_left():
    world = held_overnight()
    world.restart()
    log_in_all(world, theirs=150)
    (alert,) = world.alerts("still holds 150 copied")
    assert alert.needs_human
    assert alert.severity is Severity.CRITICAL


def test_row_61_what_he_closes_of_a_smaller_net_takes_its_share_of_the_copies():
    """He came in with 75 of the 150 that were copied: his going flat takes all of it."""
    world = held_overnight()
    world.restart()
    log_in_all(world, carried(75), theirs=150)
    world.master(done("X1", "SELL", quantity=75, **CARRIED))
    assert world.ack_and_fill().quantity == 150
    assert world.ledger(FUTURE, product=NRML).held == 0


# -- row 63: the list of instruments changes or is old -----------------------------------------


def test_row_63_an_old_list_enters_no_future_and_says_so_while_shares_and_exits_go_on():
    world = held_overnight()
    world.state.instruments = INSTRUMENTS.dated(date(2026, 11, 18))
    log_in_all(world, carried(150), theirs=150)
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2", quantity=75, **CARRIED))
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["M2"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.OLD_INSTRUMENTS
    assert "18 Nov" in part.skips[Leg.ENTRY].detail
    world.master(done("M3"))
    assert world.ack_and_fill().symbol == "SBIN"
    world.master(done("X1", "SELL", quantity=225, **CARRIED))
    assert world.ack_and_fill().quantity == 150
    world.state.instruments = INSTRUMENTS.dated(date(2026, 11, 19))
    world.master(done("M4", quantity=75, **CARRIED))
    assert world.place().quantity == 75
    world.check_journal()


def test_row_63_a_list_whose_day_is_not_known_stops_nothing():
    assert not INSTRUMENTS.is_of_before(date(2030, 1, 1))
    assert not INSTRUMENTS.dated(date(2026, 11, 18)).is_of_before(None)


@pytest.mark.parametrize(("his", "ours"), [(150, [130, 20]), (75, [65])])
def test_row_63_after_a_change_of_the_lot_an_exit_is_whole_or_in_the_new_lots(his, ours):
    world = held_overnight()
    world.state.instruments = listing(lot_size=65, expiry=EXPIRY)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=his, **CARRIED))
    assert [place.quantity for place in world.places()[1:]] == ours
    assert bool(world.alerts("is no whole lot")) is (len(ours) > 1)


@pytest.mark.parametrize("book", ["with a freeze quantity", "without one"])
def test_row_63_what_is_no_whole_lot_any_more_keeps_nothing_else_back(book):
    """The exchange refuses an odd lot: all that is a whole lot goes, up the ladder too."""
    world = held_overnight()
    freeze = 1800 if book == "with a freeze quantity" else None
    world.state.instruments = listing(lot_size=65, expiry=EXPIRY, freeze_quantity=freeze)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=150, **CARRIED))
    whole = world.ack()
    odd = world.place()
    assert (whole.quantity, odd.quantity) == (130, 20)
    world.refuse(odd, RefusalKind.INPUT, "Quantity should be a multiple of the lot size")
    key = f"NFO:{FUTURE}"
    world.offer(
        Ticked(at=world.now, trading_day=trading_day_of(world.now), prices=((key, Decimal(100)),))
    )
    world.wait(7)
    step = world.modified()
    assert (step.order_type, step.quantity) == (OrderType.LIMIT, 130)
    assert not world.pending
    world.fill(whole)
    world.wait(60)
    assert not world.pending, "what was refused is a person's"
    assert world.ledger(FUTURE, product=NRML).held == 20
    assert any(alert.needs_human for alert in world.alerts("multiple of the lot size"))
    world.check_journal()


def test_row_63_after_a_change_of_the_lot_an_entry_is_in_the_new_lots():
    world = held_overnight(150, a_follower(multiplier="0.5"))
    world.state.instruments = listing(lot_size=65, expiry=EXPIRY)
    log_in_all(world, carried(150), theirs=75)
    assert world.ask(c.StartCopy()).accepted
    world.pending.clear()
    world.master(done("M2", quantity=260, **CARRIED))
    assert world.place().quantity == 130


def test_row_63_after_a_change_of_the_freeze_quantity_an_exit_is_sliced_by_the_new_one():
    world = held_overnight(1800)
    world.state.instruments = listing(freeze_quantity=600, expiry=EXPIRY)
    log_in_all(world, carried(1800), theirs=1800)
    world.master(done("X1", "SELL", quantity=1800, **CARRIED))
    assert [world.place().quantity for _ in range(3)] == [600, 600, 600]
    assert not world.pending


def test_row_63_after_a_change_of_the_tick_prices_of_ours_are_on_the_new_grid():
    option = {"symbol": "RELIANCE26DEC1540CE", "exchange": "NFO", "product": NRML}
    world = World()
    world.master(done("M1", quantity=500, **option))
    world.ack_and_fill()
    old = INSTRUMENTS.find("NFO", option["symbol"])
    world.state.instruments = InstrumentBook(
        {old.key: dataclasses.replace(old, tick_size=Decimal("0.5"))}, content_hash="tick"
    )
    world.master(done("X1", "SELL", quantity=500, average_price="101.3", **option))
    price = world.place().price
    assert price is not None
    assert price % Decimal("0.5") == 0


# -- row 64: missing, renamed, expired, not in the segment -------------------------------------


def test_row_64_what_todays_list_lacks_is_not_entered_and_its_exit_goes_by_what_was_recorded():
    world = held_overnight(3600)
    world.restart()
    world.state.instruments = listing(without=FUTURE)
    log_in_all(world, carried(3600), theirs=3600)
    assert not world.alerts("has expired")
    assert world.ask(c.StartCopy()).accepted
    world.master(done("X1", "SELL", quantity=1800, **CARRIED))
    assert world.place().quantity == 1800, "sized and sliced as on the day it was bought"
    world.master(done("X2", "SELL", quantity=1800, **CARRIED))
    assert world.place().quantity == 1800
    world.master(done("M2", quantity=75, **CARRIED))
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["M2"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.UNKNOWN_INSTRUMENT
    assert not world.alerts("is not in today's list")
    world.check_journal()


def test_row_64_without_any_list_an_exit_of_what_is_held_goes_and_an_entry_waits_for_it():
    world = World()
    world.master(done("M1", quantity=150, **CARRIED))
    world.ack_and_fill()
    world.sleep(2)
    world.restart()
    world.state.instruments = NO_INSTRUMENTS
    world.read()
    world.master(
        *world.master_rows.values(),
        done("X1", "SELL", quantity=150, **CARRIED),
        done("M2", symbol="INFY"),
    )
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity, sent.symbol) == (Side.SELL, 150, FUTURE)
    world.wait(2)
    assert not world.pending
    world.state.instruments = INSTRUMENTS
    world.master(*world.master_rows.values())
    assert world.place().symbol == "INFY"
    world.check_journal()


def test_row_64_an_order_through_zero_exits_before_the_list_is_there():
    world = World()
    world.master(done("M1", quantity=75, **CARRIED))
    world.ack_and_fill()
    world.restart()
    world.state.instruments = NO_INSTRUMENTS
    world.read()
    world.master(*world.master_rows.values(), done("X1", "SELL", quantity=150, **CARRIED))
    assert world.ack_and_fill().quantity == 75
    world.wait(5)
    assert not world.pending


def test_row_64_a_contract_that_was_renamed_is_no_expired_one_and_its_new_name_is_told():
    world = held_overnight()
    world.restart()
    old = dataclasses.replace(INSTRUMENTS.find("NFO", FUTURE), expiry=EXPIRY)
    new = dataclasses.replace(old, symbol="NIFTYNEWFUT")
    world.state.instruments = listing(without=FUTURE, more=(new,))
    log_in_all(world, carried(150, "NIFTYNEWFUT"))
    world.positions(carried(150, "NIFTYNEWFUT"))
    assert world.ledger(FUTURE, product=NRML).held == 150
    assert not world.alerts("has expired")
    (alert,) = world.alerts("is listed as NIFTYNEWFUT")
    assert alert.needs_human
    assert not world.pending


def test_row_64_a_token_that_is_used_again_after_an_expiry_is_no_new_name():
    world = held_overnight(book=listing(expiry=date(2026, 11, 18)))
    other = dataclasses.replace(INSTRUMENTS.find("NFO", FUTURE), symbol="OTHERFUT", expiry=EXPIRY)
    world.state.instruments = listing(without=FUTURE, more=(other,))
    log_in_all(world)
    assert not world.alerts("is listed as")
    assert world.alerts("has expired")
    assert world.ledger(FUTURE, product=NRML).held == 0


def test_row_64_a_token_of_another_contract_is_no_new_name():
    world = held_overnight()
    other = dataclasses.replace(
        INSTRUMENTS.find("NFO", FUTURE), symbol="OTHERFUT", expiry=date(2027, 1, 28)
    )
    world.state.instruments = listing(without=FUTURE, more=(other,))
    log_in_all(world, theirs=150)
    assert not world.alerts("is listed as")
    assert world.alerts("still holds 150 copied")


def test_row_64_an_exit_of_what_has_expired_is_not_sent_but_asked():
    world = held_overnight(book=listing(expiry=date(2026, 11, 18)))
    world.state.instruments = listing(without=FUTURE)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=150, **CARRIED))
    assert not world.pending
    assert world.alerts("is not in today's list of instruments")


def test_row_64_what_is_sold_out_is_recorded_no_longer_than_its_day():
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=75, **CARRIED))
    world.master(done("X1", "SELL", quantity=75, **CARRIED))
    world.master(done("M2", quantity=10, product=Product.CNC))
    assert len(world.state.listings) == 2
    next_day(world)
    assert set(world.state.listings) == {("NSE", "SBIN")}


def test_row_64_a_segment_that_the_broker_took_away_stops_entries_and_no_exit():
    world = held_overnight()
    for each in (MASTER, FATHER):
        world.log_in(each, "NSE")
    world.master()
    world.master_positions(carried(150))
    world.read()
    world.positions(carried(150))
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2", quantity=75, **CARRIED))
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["M2"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.BROKER_SEGMENT
    world.master(done("X1", "SELL", quantity=225, **CARRIED))
    assert world.place().quantity == 150


# -- row 65: the day turns ---------------------------------------------------------------------


def test_row_65_an_order_id_that_kite_uses_again_is_another_order():
    """The account's owner buys by hand under the id that our order had yesterday."""
    world = World()
    world.master(done("M1", quantity=10, product=Product.CNC))
    child = world.ack()
    world.fill(child, 4)
    used = world.row(child).order_id
    next_day(world)
    log_in_all(world)
    by_hand = OrderRow(
        order_id=used, status=OrderStatus.COMPLETE, status_text="COMPLETE", exchange="NSE",
        symbol="SBIN", side=Side.BUY, order_type=OrderType.MARKET, product=Product.CNC,
        quantity=10, filled_quantity=10, placed_at=world.now, updated_at=world.now,
    )  # fmt: skip
    world.rows[FATHER][used] = by_hand
    world.read()
    assert world.ledger(product=Product.CNC).held == 4
    assert world.state.children[child.tag].filled == 4
    assert not world.state.fence.strangers


def test_row_65_a_master_order_id_that_kite_uses_again_is_copied_on_a_card_of_its_own():
    world = World()
    world.master(done("M1"))
    first = world.ack_and_fill()
    shown = NoticeShown(notice_id=1, topic=copy_topic(Venue.LIVE, "M1"), chat_id=7, message_id=70)
    apply(world.state, shown)
    world.journal.append(encode_record(shown))
    next_day(world)
    log_in_all(world)
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M1"))
    second = world.ack_and_fill()
    assert second.tag != first.tag
    assert world.held() == 10
    assert not world.state.cards, "the message of yesterday is not drawn over"
    world.check_journal()


@pytest.mark.parametrize("how", ["the program runs", "the program is down"])
def test_row_65_orders_of_the_day_end_with_it_and_what_filled_stays(how):
    world = World()
    world.master(an_order("M1", quantity=150, price=100, **CARRIED))
    child = world.ack()
    world.fill(child, 75)
    if how == "the program runs":
        next_day(world)
    else:
        world.sleep(24 * 3600)
        world.rows[FATHER].clear()
        world.master_rows.clear()
        world.restart()
    assert not world.state.open_children
    ledger = world.ledger(FUTURE, product=NRML)
    assert (ledger.held, ledger.exact()) == (75, 75)
    log_in_all(world, carried(75), theirs=75)
    assert world.ask(c.StartCopy()).accepted
    world.wait(30)
    assert not world.pending, "what did not fill yesterday is not sent today"
    world.master(done("X1", "SELL", quantity=75, **CARRIED))
    assert world.place().quantity == 75
    world.check_journal()


def test_row_65_an_empty_book_of_the_new_day_is_believed_at_once():
    """Kite empties the book overnight: yesterday's count of orders is no reason to doubt today's."""
    world = held_overnight()
    log_in_all(world, carried(150), theirs=150)
    assert not world.alerts("fewer orders than before")
    assert world.state.account(FATHER).reconciled


def test_row_65_after_midnight_it_is_still_the_day_before():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.now = world.now.replace(hour=23, minute=59) + timedelta(minutes=30)
    world.wait(1)
    assert world.state.copying
    assert world.state.account(FATHER).session_ok
    assert world.held() == 10
