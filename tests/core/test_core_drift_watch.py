"""A difference that lasts is told once and names /sync; what is explained or passing is not told."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.values import control as c
from engine.core.values.market import Product, Venue
from engine.core.values.orders import PositionRow
from tests.core.core_world import FATHER, World, done

TOLD = "is out of step in SBIN"


def a_position(units: int, symbol: str = "SBIN") -> PositionRow:
    return PositionRow(
        exchange="NSE", symbol=symbol, product=Product.MIS, quantity=units, last_price=Decimal(100)
    )


def holding() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    return world


def reads(world: World, units: int, seconds: float, *, every: float = 3) -> None:
    for _ in range(int(seconds / every)):
        world.wait(every)
        world.positions(a_position(units))


def test_what_other_hands_moved_is_told_once_after_two_reads_apart():
    world = holding()
    world.positions(a_position(4))
    reads(world, 4, 9)
    assert not world.alerts(TOLD)
    reads(world, 4, 60)
    (alert,) = world.alerts(TOLD)
    assert "worth 10 here, 10 are copied, the account shows 4" in alert.text
    assert "/sync father" in alert.text
    assert alert.needs_human
    assert not world.pending, "nothing is traded by itself"


def test_a_single_read_that_differs_is_no_news():
    world = holding()
    for _ in range(10):
        world.wait(3)
        world.positions(a_position(4))
        world.wait(3)
        world.positions(a_position(10))
    assert not world.alerts(TOLD)


def test_reads_that_differ_from_each_other_do_not_agree():
    world = holding()
    for units in (4, 5, 6, 4, 5, 6, 4, 5, 6):
        world.wait(3)
        world.positions(a_position(units))
    assert not world.alerts(TOLD)


def test_in_step_again_and_out_again_is_told_again():
    world = holding()
    reads(world, 4, 30)
    reads(world, 10, 6)
    reads(world, 4, 30)
    assert len(world.alerts(TOLD)) == 2


def test_what_a_card_has_explained_is_not_told_again():
    world = World()
    world.positions()
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    for _ in range(20):
        world.wait(3)
        world.positions()
    assert not world.alerts(TOLD)


def test_what_nothing_explains_is_told():
    world = holding()
    # His book shows a net that none of his orders of today accounts for here.
    world.state.master[world.key().master].net = 25
    reads(world, 10, 30)
    (alert,) = world.alerts(TOLD)
    assert "worth 25 here, 10 are copied" in alert.text


def _while_a_fill_is_on_its_way() -> World:
    world = holding()
    world.master(done("M2", quantity=5))
    world.ack()
    return world


def _while_an_outcome_is_unknown() -> World:
    world = holding()
    world.master(done("M2", quantity=5))
    world.lose(world.take())
    return world


def _before_the_first_read() -> World:
    world = holding()
    world.ask(c.ResumeFollower(follower=FATHER))
    return world


def _in_paper() -> World:
    return World(venue=Venue.PAPER)


@pytest.mark.parametrize(
    "begin",
    [_while_a_fill_is_on_its_way, _while_an_outcome_is_unknown, _before_the_first_read, _in_paper],
)
def test_it_is_silent(begin):
    world = begin()
    reads(world, 4, 30)
    assert not world.alerts(TOLD)
