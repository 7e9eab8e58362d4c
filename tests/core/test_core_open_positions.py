"""What the master held before the start, entered too once a person asks for it."""

from decimal import Decimal

import pytest

from engine.core.values import control as c
from engine.core.values.market import OrderType, Product, Side, Venue
from engine.core.values.orders import PositionRow
from engine.core.values.position_views import SyncProposal
from tests.core.core_open_positions import (
    NRML,
    began,
    copied,
    copy,
    holding,
    left,
    listed,
)
from tests.core.core_sync import a_position, proposal
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


def test_it_is_listed_with_a_limit_round_the_price_of_now_and_entered_once():
    world = holding()
    (order,) = listed(world).orders
    assert (order.side, order.quantity, order.entry) == (Side.BUY, 10, True)
    assert Decimal(100) < order.limit <= Decimal(102), "round what it costs now, not his 90"
    assert copy(world).accepted
    sent = world.place()
    assert (sent.quantity, sent.order_type, sent.price) == (10, OrderType.LIMIT, order.limit)
    assert sent.tag.startswith("KCK7")
    assert not listed(world).orders, "it is on its way"
    assert left(world) == "10 still working"
    world.ack_and_fill(sent)
    world.wait(5)
    assert not world.pending
    assert (world.held(), world.ledger().exact()) == (10, 10)
    world.positions(a_position(10))
    assert listed(world) == SyncProposal(orders=(), left=(), mark=listed(world).mark)
    assert not proposal(world).orders
    world.check_journal()


def test_it_is_not_chased_where_the_price_runs_away():
    world = holding()
    copy(world)
    sent = world.ack()
    world.wait(30, SBIN=130)
    assert not world.pending
    assert world.row(sent).price == sent.price


def test_a_second_press_and_a_new_start_enter_nothing_more():
    world = holding()
    mark = listed(world).mark
    assert copy(world, mark).accepted
    assert not copy(world, mark).accepted
    world.ack_and_fill()
    world.positions(a_position(10))
    world.wait(5)
    assert not copy(world, mark).accepted
    world.ask(c.StartCopy())
    world.ask(c.StopCopy())
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert listed(world).orders == ()
    assert not copy(world, mark).accepted
    assert not world.pending
    assert world.held() == 10


@pytest.mark.parametrize("when", ["planned", "taken", "filled"])
def test_a_restart_between_enters_it_once(when):
    world = holding()
    mark = listed(world).mark
    copy(world)
    sent = world.place() if when == "planned" else world.ack()
    if when == "filled":
        world.fill(sent)
    world.restart()
    world.log_in(FATHER)
    world.master()
    if when == "planned":
        world.book_row(sent)  # the broker had it, its answer was lost with the process
    world.read()
    world.positions(a_position(10 if when == "filled" else 0))
    assert not copy(world, mark).accepted
    world.wait(5)
    if when != "filled":
        world.fill(sent)
    world.wait(10)
    assert len(world.places()) == 1
    assert (world.held(), world.ledger().exact()) == (10, 10)


def test_his_exits_take_their_share_of_it():
    world = copied(holding(300, followers=(a_follower(multiplier="0.5"),), **NRML))
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert ledger.held == 150
    world.master(done("X1", "SELL", 150, **NRML))
    assert world.ack_and_fill().quantity == 75
    world.master(done("X2", "SELL", 150, **NRML))
    assert world.ack_and_fill().quantity == 75
    assert (ledger.held, ledger.exact()) == (0, 0)


def test_what_a_whole_lot_leaves_over_is_owed_to_his_next_entry():
    world = copied(holding(225, followers=(a_follower(multiplier="0.5"),), **NRML))
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert (ledger.held, ledger.exact()) == (75, Decimal("112.5"))
    world.master(done("M2", quantity=75, **NRML))
    assert world.ack_and_fill().quantity == 75
    assert (ledger.held, ledger.exact()) == (150, 150)


def test_a_short_position_is_sold_at_no_less_than_its_limit_and_bought_back_with_his():
    world = holding(150, "SELL", **NRML)
    (order,) = listed(world).orders
    assert order.side is Side.SELL
    assert Decimal(98) <= order.limit < Decimal(100)
    copied(world)
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert ledger.held == -150
    world.master(done("X1", "BUY", 150, **NRML))
    assert world.ack_and_fill().side is Side.BUY
    assert ledger.held == 0


def test_it_is_withdrawn_where_he_is_out_before_it_fills():
    world = holding()
    copy(world)
    sent = world.ack()
    world.master(done("X1", "SELL"))
    world.wait(3)
    world.cancelled()
    world.wait(10)
    assert not world.pending
    assert (world.held(), world.row(sent).filled_quantity) == (0, 0)


@pytest.mark.parametrize("before", [0, 4])
def test_of_what_fills_after_he_is_half_out_his_half_leaves_at_once(before):
    world = holding()
    copy(world)
    sent = world.ack()
    if before:
        world.fill(sent, before)
    world.master(done("X1", "SELL", 5))
    if before:
        assert world.ack_and_fill().quantity == 2
    world.wait(3)
    world.fill(sent)
    out = world.ack_and_fill()
    assert (out.side, out.quantity) == (Side.SELL, 3 if before else 5)
    world.wait(5)
    assert (world.held(), world.ledger().exact()) == (5, 5)
    assert not world.pending


def test_a_target_of_his_that_rests_already_rests_for_the_copy_too():
    world = World(a_follower(mirror="orders"), copying=False)
    world.master(done("H1", price="90"))
    world.master(an_order("T1", "SELL", 10, price="120"))
    began(world, 10, 100, {})
    assert copy(world).accepted
    world.ack_and_fill()
    world.wait(2)
    target = world.ack()
    assert (target.side, target.quantity, target.price) == (Side.SELL, 10, Decimal(120))
    world.master(done("T1", "SELL", 10, price="120"))
    world.fill(target, price=120)
    world.wait(5)
    assert not world.pending
    assert world.held() == 0


def test_what_he_carried_overnight_is_copied_as_well():
    class Carrying(World):
        def master_positions(self, *rows: PositionRow, holdings=()) -> None:
            row = a_position(20, product=Product.MTF, overnight_quantity=20)
            super().master_positions(*(rows or (row,)), holdings=holdings)

    world = Carrying()
    world.positions()
    (order,) = listed(world).orders
    assert (order.product, order.quantity) == (Product.MTF, 20)
    copied(world)
    assert world.ledger(product=Product.MTF).held == 20


def test_he_is_in_with_some_of_it_already_and_only_the_rest_is_entered():
    world = holding()
    world.master(done("M2", quantity=5))
    world.ack_and_fill()
    world.positions(a_position(5))
    world.wait(5)
    world.positions(a_position(5))
    (order,) = listed(world).orders
    assert order.quantity == 10
    copied(world)
    assert (world.held(), world.ledger().exact()) == (15, 15)


def test_each_follower_has_his_own_and_in_paper_too():
    both = (a_follower(), a_follower("mother", multiplier="2"))
    world = World(*both, venue=Venue.PAPER, copying=False)
    world.master(done("H1", price="90"))
    began(world, 10, 100, {})
    found = {(o.follower, o.quantity) for o in listed(world).orders}
    assert found == {(FATHER, 10), (MOTHER, 20)}
    copied(world)
    assert (world.held(), world.held(name=MOTHER)) == (10, 20)
