"""Fixed lots: so many whatever the master buys, once per burst of his."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.values import control as c
from engine.core.values.market import Product
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Sizing
from tests.core.core_sizing import LOT, future, mirrored, pass_by, skip_text
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done


def with_lots(lots: int = 1, **more) -> World:
    return World(a_follower(sizing=Sizing.FIXED_LOTS, fixed_lots=lots, **more))


@pytest.mark.parametrize(("lots", "his"), [(1, 1), (1, 24), (3, 1), (3, 24)])
def test_fixed_lots_are_bought_however_much_the_master_buys(lots, his):
    world = with_lots(lots)
    world.master(future(lots=his))
    assert mirrored(world) == lots * LOT


def test_fixed_lots_are_units_where_there_are_no_lots():
    world = with_lots(7)
    world.master(done(quantity=500))
    assert world.place().quantity == 7


def test_the_multiplier_does_not_touch_fixed_lots_but_a_segment_of_zero_stops_them():
    world = with_lots(2, multiplier="3", segment_multipliers={"NSE": Decimal(0)})
    world.master(future())
    assert mirrored(world) == 2 * LOT
    world.master(done("M2"))
    assert world.skip_of("M2") is SkipReason.MULTIPLIER_ZERO


def test_fixed_lots_stay_while_an_order_is_changed_or_filled_in_parts():
    world = with_lots()
    resting = {"price": "100", "exchange": "NFO", "symbol": FUTURE, "product": Product.MIS}
    world.master(an_order(quantity=10 * LOT, **resting))
    first = world.ack()
    for quantity, filled in ((20 * LOT, 0), (2 * LOT, 0), (2 * LOT, LOT)):
        world.master(an_order(quantity=quantity, filled_quantity=filled, **resting))
        assert not world.pending
    world.fill(first)
    world.master(an_order(quantity=2 * LOT, filled_quantity=LOT, status="CANCELLED", **resting))
    assert mirrored(world) == LOT
    assert world.ledger(FUTURE).exact() == LOT
    world.master(future("X1", "SELL", 1))
    assert mirrored(world) == 0
    world.check_journal()


@pytest.mark.parametrize(
    ("seconds", "copies"), [(0, 1), (1, 1), (2, 1), (2.001, 2), (3, 2)], ids=str
)
def test_a_burst_within_two_seconds_is_copied_once(seconds, copies):
    world = with_lots()
    world.master(future("M1", lots=24, placed_at=world.now))
    later = world.now + timedelta(seconds=seconds)
    pass_by(world, seconds)
    world.master(future("M2", lots=24, placed_at=later))
    assert mirrored(world) == copies * LOT
    if copies == 1:
        reason = world.skip_of("M2", symbol=FUTURE)
        assert reason is SkipReason.SAME_BURST
        assert (
            "begun within 2 s of order #1; orders more than 2 s apart are copied each"
            in skip_text(world, "M2")
        )


def test_a_long_burst_is_one_burst_and_its_exits_are_shares_of_all_he_has():
    world = with_lots(2)
    for number in range(5):
        world.master(future(f"M{number}", lots=24, placed_at=world.now))
        world.wait(1.5)
    assert mirrored(world) == 2 * LOT
    world.master(future("X1", "SELL", 60))  # half of 120
    assert mirrored(world) == LOT
    world.master(future("X2", "SELL", 60))
    assert mirrored(world) == 0
    world.check_journal()


def test_a_whole_burst_that_one_read_shows_is_copied_once():
    world = with_lots()
    world.master(*(future(f"M{number}", lots=24, placed_at=world.now) for number in range(4)))
    assert mirrored(world) == LOT


def test_a_slice_that_came_to_nothing_does_not_use_up_the_burst():
    world = with_lots()
    world.master(future("M1", placed_at=world.now))
    world.refuse(world.place())
    world.master(future("M2", placed_at=world.now))
    assert mirrored(world) == LOT
    world.master(future("M3", placed_at=world.now))
    assert world.skip_of("M3", symbol=FUTURE) is SkipReason.SAME_BURST


def test_an_order_that_was_left_out_for_another_reason_does_not_use_up_the_burst():
    world = with_lots()
    world.ask(c.PauseFollower(follower=FATHER))
    world.master(future("M1", placed_at=world.now))
    world.ask(c.ResumeFollower(follower=FATHER))
    world.master()
    world.read()
    world.master(future("M2", placed_at=world.now))
    world.wait(1)
    assert mirrored(world) == LOT
    assert world.skip_of("M1", symbol=FUTURE) is SkipReason.PAUSED


def test_the_other_side_and_other_symbols_are_no_burst():
    world = with_lots()
    world.master(future("M1", placed_at=world.now))
    world.master(done("M2", placed_at=world.now))
    assert mirrored(world) == LOT
    world.master(future("M3", "SELL", 1, placed_at=world.now))
    assert mirrored(world) == 0
    world.master(future("M4", "SELL", 1, placed_at=world.now))
    assert mirrored(world) == -LOT


def test_exits_that_turn_into_a_burst_of_entries_are_copied_once():
    world = with_lots()
    world.master(future("M1"))
    assert mirrored(world) == LOT
    world.wait(10)
    resting = {"price": "100", "exchange": "NFO", "symbol": FUTURE, "product": Product.MIS}
    at = world.now
    names = ("S1", "S2", "S3")
    world.master(*(an_order(n, "SELL", LOT, placed_at=at, **resting) for n in names))
    first, *others = [world.ack() for _ in names]
    world.master(future("S1", "SELL", placed_at=at, price="100"))
    for _ in others:
        world.cancelled(world.cancel())
    world.fill(first)
    for name in ("S2", "S3"):
        world.master(future(name, "SELL", placed_at=at, price="100"))
        world.wait(3)
    assert world.skip_of("S3", symbol=FUTURE) is SkipReason.SAME_BURST
    assert mirrored(world) == -LOT


def test_fixed_lots_less_what_is_too_many_say_how_many_would_have_done():
    world = with_lots()
    resting = {"price": "100", "exchange": "NFO", "symbol": FUTURE, "product": Product.MIS}
    world.master(future("M1", lots=2))
    assert mirrored(world) == LOT
    world.wait(5)
    world.master(future("X1", "SELL", 1))  # half of it: less than a lot leaves nothing
    assert mirrored(world) == LOT
    world.wait(5)
    world.master(an_order("M2", "BUY", LOT, placed_at=world.now, **resting))
    assert skip_text(world, "M2") == (
        "less than one lot at this multiplier: 75 units - 37.5 too many from before = 37.5, short of a lot of 75; "
        "FIXED_LOTS 2 would copy it"
    )
