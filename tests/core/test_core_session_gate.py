"""Entries outside their session: refused with the next opening, or waited for; exits never."""

from datetime import datetime, time, timedelta

import pytest

from engine.core.values.calendar import Calendar
from engine.core.values.copies import Skip
from engine.core.values.events import Allowance, ClockCompared
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import IST, Product
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_sync import proposal, short_of, sync, too_much, why_not
from tests.core.core_world import (
    FATHER,
    FUTURE,
    KINDS,
    LISTED,
    MORNING,
    World,
    a_follower,
    an_order,
    done,
)

OPTION = "NIFTY26DEC26000CE"


def a_world(clock: str, **rules) -> World:
    """Return a world with the exchanges' usual hours, at a time of Wednesday 18 November."""
    world = World(a_follower(**rules), at=on_the_day(clock))
    world.calendar = world.state.calendar = Calendar()
    share = Instrument(exchange="NSE", symbol="RELIANCE", token=99, kind=InstrumentKind.EQUITY)
    listed = {each.key: each for each in (*LISTED, *KINDS, share)}
    world.state.instruments = InstrumentBook(listed, content_hash="with a share that has futures")
    return world


def on_the_day(clock: str) -> datetime:
    return datetime.combine(MORNING.date(), time.fromisoformat(clock), tzinfo=IST)


def to(world: World, clock: str) -> None:
    """Let time pass until then."""
    world.wait((on_the_day(clock) - world.now).total_seconds(), step=5)


def left_out_for(world: World, order_id: str = "M1") -> Skip:
    """Return why the father takes no entry from an order, whatever its key."""
    [skip] = [
        book.parts[order_id].skips[Leg.ENTRY]
        for books in world.state.books.values()
        for book in books.values()
        if order_id in book.parts
    ]
    return skip


def left_out(world: World, order_id: str = "M1") -> SkipReason:
    return left_out_for(world, order_id).reason


def nfo(*args, **changed):
    plain = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}
    return an_order(*args, **(plain | changed))


@pytest.mark.parametrize(
    ("clock", "order", "said"),
    [
        ("15:30", an_order(price="99", product=Product.CNC), "NSE is closed since 15:30"),
        ("15:20", an_order(price="99"), "intraday (MIS) is squared off from 15:20"),
        ("15:41", nfo(quantity=75, price="99"), "it opens on Thu 19 Nov at 09:15"),
        (
            "15:26",
            an_order(symbol="RELIANCE", product=Product.CNC),
            "only limit orders are taken in the closing auction from 15:25",
        ),
    ],
)
def test_an_entry_outside_its_session_is_left_out_with_the_reason(clock, order, said):
    world = a_world(clock)
    world.master(order)
    assert left_out(world) is SkipReason.SESSION
    assert said in left_out_for(world).detail
    world.wait(5)
    assert not world.places()
    world.check_journal()


def test_exits_follow_at_every_hour():
    world = a_world("15:10")
    world.master(done(product=Product.CNC))
    world.ack_and_fill()
    to(world, "15:45")
    world.master(done("X1", "SELL", product=Product.CNC))
    assert world.place().side == "SELL"


def test_an_order_that_waits_for_the_open_is_copied_when_it_opens():
    world = a_world("09:10")
    world.master(an_order(price="99", product=Product.CNC))
    world.wait(200, step=5)
    assert not world.places()
    world.wait(120, step=5)
    assert world.place().price == 99


def test_a_stop_before_the_open_waits_and_an_option_too_but_not_a_future():
    world = a_world("09:02")
    world.master(
        an_order("M1", order_type="SL", price="99", trigger_price=99, product=Product.CNC),
        nfo("M2", quantity=75, price="99", symbol=OPTION),
        nfo("M3", quantity=75, price="99"),
    )
    assert world.ack().symbol == FUTURE
    assert not world.pending
    to(world, "09:16")
    assert {world.place().symbol, world.place().symbol} == {"SBIN", OPTION}


def test_a_fill_of_his_while_all_should_be_closed_proves_a_session():
    world = a_world("18:30")
    world.master(an_order("M1", price="99", product=Product.CNC))
    world.master(done("M2", product=Product.CNC, symbol="INFY"))
    assert left_out(world) is SkipReason.SESSION
    assert world.place().symbol == "INFY"


def test_a_fill_stamped_at_the_end_proves_none():
    world = a_world("15:40:02")
    world.master(
        done(
            quantity=75,
            exchange="NFO",
            symbol=FUTURE,
            product=Product.NRML,
            updated_at=world.now.replace(second=0),
        )
    )
    assert left_out(world) is SkipReason.SESSION


def test_a_resting_entry_is_not_raised_after_the_square_off_but_is_cut():
    world = a_world("15:19")
    world.master(an_order(price="99", quantity=20))
    world.ack()
    to(world, "15:21")
    world.master(an_order(price="99", quantity=30))
    assert not world.pending
    world.master(an_order(price="99", quantity=5))
    assert world.modify().quantity == 5


@pytest.mark.parametrize("turn_comes_at", ["15:29:59", "15:30:01"])
def test_an_entry_whose_turn_comes_after_the_close_does_not_leave(turn_comes_at):
    world = a_world("15:29:57")
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done(product=Product.CNC))
    (child,) = world.state.planned.values()
    world.allowances = {}
    to(world, turn_comes_at)
    if turn_comes_at < "15:30":
        assert world.place()
        return
    assert not world.pending
    assert (child.state, child.reason) == (IntentState.KILLED, SkipReason.SESSION.value)


def test_a_button_is_told_when_it_opens():
    world = a_world("15:29:50")
    stamp = world.now.replace(hour=14)
    world.master(done(product=Product.CNC, updated_at=stamp))
    assert left_out(world) is SkipReason.STALE
    to(world, "15:31")
    said = press(world, the_offer(world, OfferKind.ENTRY), "Copy").text
    assert said == "Not copied: NSE is closed since 15:30, it opens on Thu 19 Nov at 09:15."
    assert not world.places()


def test_sync_proposes_nothing_while_the_exchange_is_closed_nor_enters_after_the_close():
    world = short_of()
    assert proposal(world).orders
    world.calendar = world.state.calendar = Calendar(holidays=frozenset({world.now.date()}))
    assert "NSE is closed today" in why_not(world)
    world.calendar = world.state.calendar = Calendar()
    sync(world)
    assert world.place()


def test_what_sync_was_to_enter_is_told_where_the_exchange_has_closed_meanwhile():
    world = too_much()
    world.state.master[world.key().master].net = -10
    sync(world)
    out = world.place()
    world.calendar = world.state.calendar = Calendar(holidays=frozenset({world.now.date()}))
    world.ack_and_fill(out)
    world.wait(5)
    assert not world.pending
    assert world.alerts("of /sync were not entered: its exchange takes no such entry now: NSE is")


@pytest.mark.parametrize(
    ("clock", "ahead", "leaves"), [("09:14:55", -10, True), ("09:15:05", 10, False)]
)
def test_a_session_begins_by_the_brokers_clock_however_wrong_ours_is(clock, ahead, leaves):
    world = a_world(clock)
    for _ in range(2):
        world.offer(ClockCompared(ahead=timedelta(seconds=ahead), at=world.now))
    world.master(an_order(order_type="SL", price=101, trigger_price=100))
    assert bool(world.pending) is leaves
    world.wait(6)
    assert world.place().trigger_price is not None
