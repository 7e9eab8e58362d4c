"""/diff: wanted, copied and what the broker shows, and nothing where they agree."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.observe.drift import drift_view
from engine.core.values.events import PositionsRead
from engine.core.values.market import Product, Variety, Venue
from engine.core.values.orders import HoldingRow, PositionRow
from engine.core.values.position_views import DriftRow
from engine.core.values.views import SessionState
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done


def a_position(units: int, symbol: str = "SBIN", product: Product = Product.MIS) -> PositionRow:
    return PositionRow(
        exchange="NSE", symbol=symbol, product=product, quantity=units, last_price=Decimal(100)
    )


def rows(world: World) -> list[DriftRow]:
    (father,) = drift_view(world.state)
    assert father.account == FATHER
    return list(father.rows)


def only(world: World) -> tuple[int, int, int | None, str]:
    (row,) = rows(world)
    return row.wanted, row.copied, row.observed, row.note


def bought(*followers, units: int = 10, **how) -> World:
    world = World(*followers, **how)
    world.positions()
    world.obliging = True
    world.master(done(quantity=units))
    return world


def test_a_copied_holding_that_the_broker_shows_is_in_step():
    world = bought(a_follower(multiplier=2))
    world.wait(1)
    world.positions(a_position(20))
    assert rows(world) == []
    (father,) = drift_view(world.state)
    assert (father.read_at, father.session) == (world.now, SessionState.OK)


def test_what_was_sold_by_hand_is_shown_as_missing_at_the_broker():
    world = bought()
    world.wait(1)
    world.positions(a_position(4))
    assert only(world) == (10, 10, 4, "")


def test_why_an_entry_is_missing_stays_told_after_later_orders():
    world = World()
    world.positions()
    world.master(done("M1"))
    world.refuse(world.place(), message="no funds")
    world.master(done("M2"))
    world.ack_and_fill()
    assert [(row.wanted, row.copied, row.note) for row in rows(world)] == [(20, 10, "no funds")]
    world = World()
    world.positions()
    world.master(done("M1", variety=Variety.CO))
    world.master(an_order("S1", "SELL", price="95", variety=Variety.CO))
    (row,) = rows(world)
    assert row.note.startswith("cover orders are not copied")


def test_the_owners_own_units_are_no_difference():
    world = World()
    world.positions(a_position(7))
    world.obliging = True
    world.master(done())
    world.wait(1)
    world.positions(a_position(17), a_position(50, "INFY"))
    assert rows(world) == []


@pytest.mark.parametrize("shown", [0, 10])
def test_a_fill_while_positions_are_being_read_is_no_difference(shown):
    world = bought()
    asked_at = world.now
    world.wait(1)
    for at, units in ((asked_at, shown), (world.now, 10)):
        seen = (a_position(units),) if units else ()
        world.offer(
            PositionsRead(
                venue=Venue.LIVE,
                account=FATHER,
                rows=seen,
                holdings=(),
                asked_at=asked_at,
                at=at + timedelta(milliseconds=5),
            )
        )
        assert rows(world) == []


def test_what_the_owner_trades_while_our_order_rests_is_no_difference():
    world = World()
    world.positions()
    world.master(an_order(price="99"))
    world.ack()
    world.wait(1)
    world.positions(a_position(7))
    assert rows(world) == []
    lost = World()
    lost.positions()
    lost.master(done())
    lost.lose(lost.place())
    lost.wait(1)
    lost.positions(a_position(10))
    assert only(lost)[2] == 10, "it may well be ours"


def test_a_fill_after_the_snapshot_is_no_difference():
    world = World()
    world.positions()
    world.wait(1)
    world.obliging = True
    world.master(done())
    assert rows(world) == []


def test_delivery_shares_of_earlier_days_are_not_missing():
    world = World()
    world.positions()
    world.obliging = True
    world.master(done(product=Product.CNC))
    world.wait(1)
    world.positions(a_position(10, product=Product.CNC))
    assert rows(world) == []
    world.master_rows.clear()
    world.sleep(24 * 3600)
    world.wait(1)
    world.master_positions(holdings=(HoldingRow(exchange="NSE", symbol="SBIN", quantity=10),))
    world.positions()  # what was bought yesterday is no position any more
    assert world.ledger(product=Product.CNC).held == 10
    assert rows(world) == []


def test_an_entry_that_was_missed_names_why():
    world = World(copying=False)
    world.positions()
    world.master(done())
    assert only(world) == (10, 0, 0, "copying was stopped")


def test_an_unknown_outcome_is_named_with_where_to_look():
    world = World()
    world.positions()
    world.hint(an_order(price="99.5"))
    world.lose(world.place())
    world.master(done(price="99.5"))
    assert only(world)[3] == "outcome UNKNOWN: /why 1"


def test_a_child_that_still_works_is_named():
    world = World()
    world.positions()
    world.hint(an_order(price="99.5"))
    world.ack()
    world.master(done(price="99.5"))
    assert only(world) == (10, 0, 0, "10 still working")


def test_what_was_not_read_is_not_known_and_not_flat():
    world = World()
    world.obliging = True
    world.master(done())
    assert world.state.account(FATHER).positions is None
    assert rows(world) == []  # held as wanted; the broker is asked of, not guessed
    (father,) = drift_view(world.state)
    assert father.read_at is None
    world.lose_session()
    (father,) = drift_view(world.state)
    assert father.session is SessionState.LOGIN


def test_whole_lots_only_are_wanted_and_nothing_outside_the_followers_own_rules():
    half = a_follower(multiplier="0.5")
    world = World(half)
    world.positions()
    world.obliging = True
    future = {"exchange": "NFO", "product": Product.NRML}
    world.master(done("M1", quantity=75, symbol=FUTURE, **future))
    assert rows(world) == []  # half a lot is no lot
    world = World(a_follower(symbols_block=("NSE:SBIN",)))
    world.master(done())
    assert rows(world) == []


def test_paper_has_no_broker_to_differ_from():
    world = World(venue=Venue.PAPER)
    world.master(done())
    world.ack_and_fill()
    (father,) = drift_view(world.state)
    assert (father.venue, father.read_at, father.rows) == (Venue.PAPER, None, ())
    world.positions(a_position(999))
    assert rows(world) == []


def test_what_the_master_held_before_is_named_as_such():
    world = World(copying=False)
    carried = PositionRow(
        exchange="NFO", symbol=FUTURE, product=Product.NRML, quantity=75, overnight_quantity=75
    )
    world.state.openings_known = False
    world.master_positions(carried)
    assert only(world) == (75, 0, None, "held before it was copied")
