"""What /orders shows: which orders of the master, newest first, and what each follower did with them."""

import pytest

from engine.core.chat.reading import positions_view
from engine.core.chat.reading_copies import copy_view, copy_views, order_numbered
from engine.core.values.copy_view import ChildState
from engine.core.values.market import OrderId, Product, Venue
from tests.core.core_world import FATHER, World, an_order, done


def test_the_newest_orders_that_were_to_be_copied_come_first_and_no_more_than_asked_for():
    world = World()
    world.obliging = True
    for number in (1, 2, 3):
        world.master(done(f"M{number}"))
    assert [view.master_order_id for view in copy_views(world.state, 2)] == ["M3", "M2"]
    assert [view.number for view in copy_views(world.state, 9)] == [3, 2, 1]


def test_what_was_there_before_copying_started_is_no_line():
    world = World(copying=False)
    world.master(done("M1"))
    assert copy_views(world.state, 9) == ()
    view = copy_view(world.state, Venue.LIVE, OrderId("M1"))
    assert view is not None
    assert view.children == ()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2", "M2"), ("#2", "M2"), ("3", "I1"), ("#4", None), ("#", None), ("two", None),
        # Digits of another script are no number of a card.
        ("२", None),
    ],
)  # fmt: skip
def test_a_cards_number_stands_for_its_order(asked, found):
    world = World()
    world.master(an_order("M1"), an_order("M2"))
    world.master(an_order("I1", symbol="INFY"))
    assert order_numbered(world.state, asked) == found


def test_an_order_that_is_not_of_today_has_no_view():
    assert copy_view(World().state, Venue.LIVE, OrderId("M9")) is None


@pytest.mark.parametrize(
    ("filled", "status", "state"),
    [
        (0, "OPEN", ChildState.WORKING),
        (4, "OPEN", ChildState.PARTIAL),
        (0, "CANCELLED", ChildState.CANCELLED),
        (4, "CANCELLED", ChildState.PARTIAL),
        (0, "REJECTED", ChildState.REJECTED),
        (10, "COMPLETE", ChildState.FILLED),
    ],
)
def test_a_copy_is_shown_by_what_became_of_it(filled, status, state):
    world = World()
    world.master(an_order(price="99.5"))
    placed = world.ack()
    world.change(
        placed, status=status, filled_quantity=filled, average_price=99 if filled else None
    )
    view = copy_view(world.state, Venue.LIVE, OrderId("M1"))
    assert view is not None
    (child,) = view.children
    assert (child.state, child.quantity, child.filled) == (state, 10, filled)
    assert child.average_price == (99 if filled else None)


def test_a_paper_holding_is_shown_in_the_morning_before_anything_was_read():
    """It is the program's own ledger: nothing of it waits for the broker."""
    world = World(venue=Venue.PAPER)
    world.obliging = True
    world.master(done(product=Product.CNC))
    filled_at = world.now
    world.sleep(22 * 3600)
    world.restart()
    (shown,) = positions_view(world.state, FATHER)
    assert [(row.symbol, row.copied) for row in shown.rows] == [("SBIN", 10)]
    assert shown.read_at == filled_at


def test_a_copy_that_has_not_filled_is_in_no_average():
    world = World(venue=Venue.PAPER)
    world.master(done("M1", average_price=100))
    world.fill(world.ack(), price=100)
    world.master(an_order("M2", price="90"))
    world.ack()
    world.wait(1, SBIN=110)
    (shown,) = positions_view(world.state, FATHER)
    (row,) = shown.rows
    assert (row.copied, row.average_price, row.pnl) == (10, 100, 100)
