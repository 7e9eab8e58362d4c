"""The day's report where something is missing: a price, a follower, a baseline, half of an order."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.chat.day_report import day_report
from engine.core.chat.preflight_card import preflight_card
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.day_report import Outcome
from engine.core.values.market import Product, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.orders import PositionRow
from engine.core.values.rules import Sizing
from tests.core.conversion_world import converted
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done
from tests.core.overnight_world import carried, held_overnight, log_in_all
from tests.core.test_core_day_profit import carried as carried_with_limit
from tests.core.test_core_day_profit import tick
from tests.core.test_core_day_report import copied, of, price, report


def test_before_a_day_has_begun_there_is_nothing_to_report():
    with pytest.raises(ValueError, match="no trading day has begun in this store"):
        day_report(State(), Venue.LIVE, as_of=None)


def test_who_is_not_configured_any_more_is_reported_as_long_as_he_has_copies_of_today():
    world = World(a_follower(), a_follower("mother"))
    world.master(done("M1"))
    for _ in world.rules:
        world.ack_and_fill()
    world.restart(rules=[a_follower("mother")])
    assert [each.name for each in report(world).followers] == [MOTHER, FATHER]
    assert of(world).copied == 1


def test_an_order_one_slice_of_which_was_refused_counts_as_copied_by_what_filled():
    world = World()
    world.master(done("M1", quantity=3600, symbol=FUTURE, exchange="NFO", product=Product.NRML))
    world.ack_and_fill()
    world.refuse(world.place())
    (row,) = report(world).rows
    assert (row.outcome, row.filled) == (Outcome.COPIED, 1800)


def test_a_copy_that_filled_ahead_of_him_is_late_by_its_own_time():
    world = World()
    world.master(an_order("M1", price=99))
    entry = world.ack()
    world.sleep(2)
    world.fill(entry)
    (row,) = report(world).rows
    assert row.fill_lag_ms == 2000


def test_fixed_lots_are_compared_with_the_master_by_what_they_were_of_his_order():
    world = World(a_follower(sizing=Sizing.FIXED_LOTS, fixed_lots=5))
    copied(world, "M1", "BUY", "100", "100", quantity=20)
    price(world, "NSE:SBIN", 104)
    day = of(world)
    assert (day.ratio, day.scaled, day.profit.rupees) == (Decimal("0.25"), 20, 20)


def test_what_was_only_carried_is_compared_by_the_share_that_was_carried():
    world = held_overnight(150, a_follower(multiplier=2))
    world.state.prices.clear()
    log_in_all(
        world,
        replace(carried(150), close_price=Decimal(100), last_price=Decimal(100)),
        theirs=300,
    )
    price(world, f"NFO:{FUTURE}", 101)
    assert report(world).master.rupees == 150
    assert of(world).scaled == 300


def test_a_fill_of_his_without_a_price_leaves_his_profit_unknown_by_name():
    world = World()
    world.master(done("M1", average_price=None))
    world.ack_and_fill()
    price(world, "NSE:SBIN", 101)
    found = report(world).master
    assert (found.rupees, found.without) == (None, ("SBIN",))


def test_what_he_converted_is_left_out_of_his_profit_by_name_and_nothing_held_there_is_no_news():
    world = converted()
    price(world, "NSE:SBIN", 101)
    assert report(world).master.without
    world.master(done("X1", "SELL", 50, product=Product.CNC))
    world.ack_and_fill()
    world.master(done("X2", "BUY", 5, product=Product.CNC))
    world.ack_and_fill()
    world.master(done("X3", "SELL", 5, product=Product.CNC))
    assert not [row for row in report(world).rows if row.detail == SkipReason.NOTHING_HELD.value]


def test_what_left_at_a_price_that_nobody_has_told_makes_the_profit_unknown():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.wait(5)
    world.positions(PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=0))
    world.master(done("X1", "SELL"))
    world.wait(10)
    world.read()
    world.positions(PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=0))
    world.wait(5)
    assert world.ledger().held == 0
    assert of(world).profit.without == ("SBIN",)


def last_line(world: World) -> str:
    return preflight_card(world.state, now=world.now)[1].splitlines()[-1]


def test_the_morning_card_of_live_leads_through_arming_to_the_start():
    world = World(copying=False)
    armed = world.state.armed_until
    world.state.armed_until = None
    unarmed = last_line(world)
    world.state.armed_until = armed
    assert world.ask(c.StartCopy()).accepted
    assert unarmed == "Next: /live arms entries, then /start_copy"
    assert last_line(world) == "Copying goes on. To stop entries: /stop"


def test_the_morning_card_of_paper_asks_for_the_start_and_nothing_before_it():
    world = World(venue=Venue.PAPER, copying=False)
    assert last_line(world) == "Next: /start_copy"


def test_what_was_carried_is_measured_from_the_reference_of_its_day():
    world = carried_with_limit()
    tick(world, 100)
    tick(world, 102)
    assert of(world).profit.rupees == 150
