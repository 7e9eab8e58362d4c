"""Followers with limits: what is left out or cut, what stays so, what counts, and that exits never ask."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.planning.plan_entry import carry_of
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Side, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from engine.core.values.rules import Mirror, Oversize
from tests.core.core_offers import press, the_offer
from tests.core.core_sync import proposal, short_of, sync, too_much
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done
from tests.core.test_core_late_landings import taken_for_absent, turns_up

CUT = Oversize.CUT
NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def limited(venue: Venue = Venue.LIVE, **rules) -> World:
    return World(a_follower(**rules), venue=venue)


def entered(world: World) -> list[tuple[str, int]]:
    """Return what has left as entries so far."""
    return [(each.symbol, each.quantity) for each in world.places() if each.priority == "entry"]


def why(world: World, order_id: str = "M1", **key) -> str:
    return world.ledger(**key).parts[order_id].skips[Leg.ENTRY].detail


# -- left out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("venue", list(Venue))
def test_an_order_over_a_limit_is_left_out_whole_with_what_would_pass(venue):
    world = limited(venue, max_order_quantity=10)
    world.master(done("M1", quantity=11))
    assert world.skip_of("M1") is SkipReason.LIMIT
    assert why(world) == "11 units is over MAX_ORDER_QUANTITY 10; 10 units would pass"
    world.master(done("M2", quantity=10))
    assert entered(world) == [("SBIN", 10)]
    world.check_journal()


def test_what_was_left_out_is_owed_to_nobody():
    world = limited(max_order_quantity=10, multiplier="0.5")
    world.master(done("M1", quantity=31))
    world.master(done("M2", quantity=10))
    assert entered(world) == [("SBIN", 5)]


@pytest.mark.parametrize(
    "limit",
    [
        {"max_order_quantity": 1},
        {"max_order_value": Decimal(1)},
        {"max_position_value": Decimal(1)},
        {"max_open_positions": 1},
        {"max_orders_per_day": 1},
    ],
    ids=lambda limit: next(iter(limit)),
)
def test_no_limit_is_ever_asked_about_an_exit(limit):
    """Set after the entry, as by a restart with another setting: the exit goes whole, at once."""
    world = limited()
    world.master(done(quantity=40), done("M2", quantity=40, symbol="INFY"))
    world.ack_and_fill()
    world.ack_and_fill()
    world.restart(rules=[a_follower(**limit)])
    world.master()
    world.read()
    world.positions()
    world.master(done("X1", "SELL", 40))
    assert world.place().quantity == 40
    world.master(done("X2", "SELL", 60, symbol="INFY"))
    assert world.place().quantity == 40  # the exit leg of an order through zero


def test_a_mcx_contract_has_no_value_limit_that_could_be_kept_and_is_left_out():
    world = limited(max_order_value=Decimal(10**9))
    crude = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    world.master(done(quantity=1, price="5500", **crude))
    assert "how many units one contract is of" in why(world, **crude)
    assert not world.places()


def test_a_market_order_counts_at_the_last_price_and_a_band():
    world = limited(max_order_value=Decimal(1000))
    world.wait(0.5, SBIN="100")
    world.master(an_order(quantity=10))  # at 101 it is 1,010
    assert why(world) == "10 units = ₹1,010 is over MAX_ORDER_VALUE 1,000; 9 units would pass"
    world.master(an_order("M2", quantity=10, symbol="INFY"))
    assert "its price is not known" in why(world, "M2", symbol="INFY")
    world.master(an_order("M3", quantity=9))
    assert entered(world) == [("SBIN", 9)]


def test_a_market_order_without_a_tick_counts_at_what_the_master_paid():
    world = limited(max_order_value=Decimal(1000))
    world.master(done(quantity=10, average_price=100))
    assert "10 units = ₹1,010" in why(world)


# -- what counts -------------------------------------------------------------------------------


def test_what_works_counts_for_the_value_of_a_position_and_for_the_number_of_them():
    world = limited(max_position_value=Decimal(1000), max_open_positions=1)
    world.master(an_order("M1", price="100", quantity=6))
    world.ack()
    world.master(an_order("M2", price="100", quantity=5))
    assert "a position of 11 units = ₹1,100" in why(world, "M2")
    world.master(an_order("M3", price="100", quantity=1, symbol="INFY"))
    assert "1 position is open" in why(world, "M3", symbol="INFY")
    world.master(an_order("M4", price="100", quantity=4))
    assert entered(world) == [("SBIN", 6), ("SBIN", 4)]


def test_a_position_that_was_closed_makes_room():
    world = limited(max_open_positions=1)
    world.master(done())
    world.ack_and_fill()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.master(done("M2", symbol="INFY"))
    assert world.place().symbol == "INFY"


def test_an_order_through_zero_keeps_its_place():
    world = limited(max_open_positions=1)
    world.master(done(quantity=10))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 15))
    world.ack_and_fill()
    world.wait(1)
    assert (world.place().side, world.skip_of("X1")) == (Side.SELL, None)


def test_the_orders_of_the_day_are_counted_over_a_restart_and_begin_anew_the_next_day():
    world = limited(max_orders_per_day=2)
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("M2"))
    world.ack_and_fill()
    world.restart()
    world.master()
    world.read()
    world.positions()
    world.master(done("X1", "SELL", 5))
    world.ack_and_fill()
    world.master(done("M3"))
    assert why(world, "M3").startswith("2 of 2 entry orders (MAX_ORDERS_PER_DAY) were made today")
    world.sleep(24 * 3600)
    world.master_rows.clear()
    world.wait(1)
    assert not world.state.entries_of_day


def test_slices_of_the_freeze_quantity_count_each():
    world = limited(max_orders_per_day=2)
    world.master(done(quantity=5400, **NRML))
    assert "it needs 3 more; 48 lots would pass" in why(world, **NRML)
    world.master(done("M2", quantity=3600, **NRML))
    assert [units for _, units in entered(world)] == [1800, 1800]


# -- cut ---------------------------------------------------------------------------------------


def test_an_order_is_cut_to_whole_lots_and_people_are_told():
    world = limited(max_order_quantity=200, oversize=CUT)
    world.master(done(quantity=300, **NRML))
    assert world.place().quantity == 150
    said = "BUY NIFTY26DECFUT is kept at 150 instead of 300: 4 lots = 300 units is over MAX_ORDER_QUANTITY 200"
    assert world.alerts(said)
    world.check_journal()


def test_an_order_of_which_not_one_lot_passes_is_left_out():
    world = limited(max_order_quantity=74, oversize=CUT)
    world.master(done(quantity=300, **NRML))
    assert "not one lot passes" in why(world, **NRML)


def test_a_cut_order_is_not_grown_by_fills_or_raises_and_the_next_one_is_not_larger_for_it():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=30))
    child = world.ack()
    assert child.quantity == 10
    world.master(an_order(price="100", quantity=60, filled_quantity=15))
    world.fill(child)
    world.master(an_order(price="100", quantity=60, filled_quantity=40))
    world.master(done(quantity=60, price="100"))
    world.wait(15)
    assert not world.pending
    assert world.ledger().exact() == 10
    world.master(done("M2", quantity=7))
    assert world.ack_and_fill().quantity == 7
    world.master(done("X1", "SELL", 67))
    assert world.ack_and_fill().quantity == 17
    assert world.held() == 0
    world.check_journal()


def test_what_was_owed_before_a_cut_is_owed_after_it():
    world = limited(multiplier="0.5", max_order_quantity=4, oversize=CUT)
    world.master(done("M1", quantity=1))  # half a unit is owed
    world.master(done("M2", quantity=20))
    assert world.ack_and_fill().quantity == 4
    world.master(done("M3", quantity=1))
    assert world.ack_and_fill().quantity == 1
    position = world.state.master[world.key().master]
    assert carry_of(world.ledger(), position, lot_size=1) == 0


def test_a_raise_over_the_limit_leaves_what_works_and_owes_nothing():
    world = limited(max_order_quantity=10)
    world.master(an_order(price="100", quantity=10))
    child = world.ack()
    world.master(an_order(price="100", quantity=11))
    assert not world.pending
    assert world.alerts("is kept at 10 instead of 11")
    world.master(an_order(price="101", quantity=11))
    assert world.modified().price == 101
    world.fill(child)
    world.master(done(quantity=11, price="101"))
    assert world.ledger().exact() == 10
    world.master(done("M2", quantity=3))
    assert world.place().quantity == 3


def test_a_raise_is_cut_to_the_limit():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=8))
    world.ack()
    world.master(an_order(price="100", quantity=20))
    assert world.modified().quantity == 10
    world.master(an_order(price="100", quantity=5))
    assert world.modified().quantity == 5
    assert not world.pending


def test_part_by_part_an_order_is_judged_whole_before_its_first_part():
    for oversize, parts in ((Oversize.SKIP, []), (CUT, [4, 4, 2])):
        world = limited(max_order_quantity=10, oversize=oversize, mirror=Mirror.FILLS)
        for filled in (4, 8, 12, 16):
            world.master(an_order(price="100", quantity=16, filled_quantity=filled))
            world.wait(2)
            while world.pending:
                world.ack_and_fill()
        assert [units for _, units in entered(world)] == parts


def test_a_cut_that_was_cancelled_by_him_keeps_what_he_has_filled_of_it():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=30))
    child = world.ack()
    world.master(an_order(price="100", quantity=30, filled_quantity=4, status="CANCELLED"))
    world.wait(5)
    assert world.modify().quantity == 4
    assert world.row(child).filled_quantity == 0


def test_an_exit_takes_its_share_of_what_a_cut_left():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=40))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 20))
    assert world.ack_and_fill().quantity == 5
    assert world.ledger().exact() == 5


def test_the_next_order_is_not_sized_by_what_a_working_one_was_cut_by():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=30))
    world.ack()
    world.master(done("M2", quantity=5))
    assert world.place().quantity == 5


def test_a_raise_makes_no_further_order_of_the_day():
    world = limited(max_orders_per_day=1)
    world.master(an_order(price="100", quantity=10))
    world.ack()
    world.master(an_order(price="100", quantity=12))
    assert world.modified().quantity == 12


def test_a_cut_copy_that_was_refused_is_sent_again_cut_by_a_button_and_counts_so():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=30))
    world.refuse(world.place())
    assert world.ledger().exact() == 0
    press(world, the_offer(world, OfferKind.ENTRY), "Retry")
    assert world.ack_and_fill().quantity == 10
    assert world.ledger().exact() == 10


def test_a_cut_copy_that_turns_up_late_is_wanted_as_far_as_it_was_cut():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=30))
    turns_up(world, taken_for_absent(world))
    assert (world.held(), world.ledger().exact()) == (10, 10)


def test_a_cut_order_that_was_an_exit_meanwhile_is_entered_by_what_he_kept_and_never_over_its_limit():
    """Four of it fill and are sold before our copy fills; he goes short, covers, and two more of it fill."""
    world = limited(max_order_quantity=6, oversize=CUT)
    world.master(an_order("M1", price=99))
    entry = world.ack()
    assert entry.quantity == 6
    first = an_order("M1", price=99, filled_quantity=4)
    world.master(first)
    sold = (done("M2", "SELL", 4), done("M3", "SELL", 3))
    world.master(first, *sold)
    for side in (Side.SELL, Side.BUY):
        assert world.ack_and_fill().side is side
    covered = (*sold, done("M4", quantity=3))
    world.master(first, *covered)
    assert world.cancelled() == entry
    assert world.held() == 0
    world.master(an_order("M1", price=99, filled_quantity=6), *covered)
    assert world.ack_and_fill().quantity == 2
    assert world.alerts("comes to 2 at most: a limit had cut it")
    world.master(done("M1", quantity=10, price=99), *covered)
    world.wait(5)
    assert world.held() == world.ledger().exact() == 2
    assert not world.pending
    world.master(done("M5", quantity=5), *covered)
    assert world.place().quantity == 5
    world.check_journal()


# -- by a person's word ------------------------------------------------------------------------


def test_a_button_does_not_get_round_a_limit():
    world = limited(max_order_quantity=10)
    world.master(done(quantity=20, updated_at=world.now - timedelta(seconds=20)))
    assert world.skip_of("M1") is SkipReason.STALE
    said = press(world, the_offer(world, OfferKind.ENTRY), "Copy").text
    assert said == "Not copied: 20 units is over MAX_ORDER_QUANTITY 10; 10 units would pass."
    assert not world.places()


def test_a_button_copies_cut():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=20, updated_at=world.now - timedelta(seconds=20)))
    press(world, the_offer(world, OfferKind.ENTRY), "Copy")
    assert world.place().quantity == 10
    assert world.ledger().exact() == 10


def test_sync_proposes_no_entry_over_a_limit():
    world = short_of(max_order_quantity=9)
    assert not proposal(world).orders
    assert "10 units is over MAX_ORDER_QUANTITY 9" in proposal(world).left[0].why


def test_what_sync_enters_late_is_judged_again():
    world = too_much(max_orders_per_day=2)
    world.state.master[world.key().master].net = -10
    sync(world)
    world.state.entries_of_day[Venue.LIVE, FATHER] = 2
    world.ack_and_fill()
    world.wait(5)
    assert not world.pending
    assert world.alerts("of /sync were not entered: over a limit: 2 of 2 entry orders")


# -- always ------------------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "limit", "raise", "cancel", "flat"]), st.integers(1, 40)
    ),
    min_size=1,
    max_size=10,
)


class Master:
    """Trades SBIN as he likes; everything he wants to have filled fills at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.net = self.number = 0
        self.resting: dict[str, int] = {}

    def move(self, what: str, units: int) -> None:
        self.number += 1
        if what in ("buy", "sell"):
            self._trade(what.upper(), units)
        elif what == "flat" and self.net:
            self._trade("SELL" if self.net > 0 else "BUY", abs(self.net))
        elif what == "limit":
            self._rest(f"L{self.number}", units)
        elif self.resting and what == "raise":
            order_id, quantity = self.resting.popitem()
            self._rest(order_id, quantity + units)
        elif self.resting:
            order_id, quantity = self.resting.popitem()
            row = an_order(order_id, quantity=quantity, price="99", status="CANCELLED")
            self.world.master(row)
        self.world.wait(3)

    def _trade(self, side: str, units: int) -> None:
        self.world.master(done(f"M{self.number}", side, units))
        self.net += units if side == "BUY" else -units

    def _rest(self, order_id: str, units: int) -> None:
        self.resting[order_id] = units
        self.world.master(an_order(order_id, quantity=units, price="99"))


@given(
    moves=MOVES,
    oversize=st.sampled_from(list(Oversize)),
    ratio=st.sampled_from(["0.5", "1", "1.5"]),
)
def test_whatever_he_does_the_limits_hold_and_the_follower_ends_flat_with_him(
    moves, oversize, ratio
):
    """Units per order and orders per day are kept, and exits take all that is held."""
    rules = {"max_order_quantity": 12, "max_orders_per_day": 6, "oversize": oversize}
    world = limited(multiplier=ratio, **rules)
    world.obliging = True
    master = Master(world)
    for what, units in moves:
        master.move(what, units)
    while master.resting:
        master.move("cancel", 0)
    master.move("flat", 0)
    world.wait(5)
    assert len(entered(world)) <= 6
    for child in world.state.children.values():
        assert child.leg is not Leg.ENTRY or child.terms.quantity <= 12
    book = world.state.book(world.key())
    for part in book.parts.values() if book else ():
        assert part.filled(Leg.ENTRY) <= 12
    assert book is None or book.held == 0
    world.check_journal()
