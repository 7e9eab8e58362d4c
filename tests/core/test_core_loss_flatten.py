"""FLATTEN: what the last step of the loss ladder squares off, once."""

from decimal import Decimal

from engine.core.values.commands import Cancel
from engine.core.values.market import MASTER, OrderStatus, OrderType, Side, Venue
from engine.core.values.rules import LossAction
from tests.core.core_world import FATHER, World, a_follower, an_order, done
from tests.core.loss_world import entered, holding


def flat(price: str = "90", **more) -> World:
    world = holding(loss_action=LossAction.FLATTEN, **more)
    world.obliging = False
    world.wait(2, SBIN=price)
    return world


def test_flatten_squares_off_what_is_copied_and_the_masters_later_exit_finds_nothing():
    world = flat()
    exit_ = world.place()
    assert (exit_.side, exit_.quantity, exit_.order_type) == (Side.SELL, 100, OrderType.MARKET)
    assert exit_.priority == "exit"
    world.ack_and_fill(exit_)
    world.wait(5, SBIN="90")
    assert world.held() == 0
    assert not world.pending
    assert "What is copied is being closed now (LOSS_ACTION=flatten): father" in (
        world.alerts("100 %")[0].text
    )
    world.master(done("X1", "SELL", quantity=100))
    assert not world.pending
    world.check_journal()


def test_one_freak_price_closes_nothing_and_two_looks_that_agree_do():
    world = holding(loss_action=LossAction.FLATTEN)
    world.obliging = False
    world.wait(1, step=1, SBIN="50")
    world.wait(3, step=1, SBIN="100")
    assert not world.pending
    assert not world.alerts("lost today")
    world.wait(2, step=1, SBIN="90")
    assert world.place().quantity == 100


def test_one_freak_price_is_no_high_of_the_day():
    world = holding(loss_trailing=True)
    world.wait(1, step=1, SBIN="200")
    world.wait(5, step=1, SBIN="100")
    assert not world.alerts("lost today")


def test_flatten_of_two_symbols_in_one_moment_makes_orders_that_can_be_told_apart():
    world = holding(loss_action=LossAction.FLATTEN)
    world.master(done("M2", symbol="INFY"))
    assert world.held(symbol="INFY") == 10
    world.obliging = False
    world.wait(2, SBIN="90", INFY="100")
    exits = [world.place(), world.place()]
    assert {(each.symbol, each.quantity) for each in exits} == {("SBIN", 100), ("INFY", 10)}
    assert len({each.tag for each in exits}) == 2
    world.check_journal()


def test_flatten_wants_nothing_any_more_so_that_no_later_entry_makes_it_up():
    world = flat()
    world.ack_and_fill()
    world.wait(2, SBIN="90")
    assert world.ledger().exact() == 0
    assert world.ledger().virtual == 0


def test_flatten_takes_the_unfilled_close_only_without_it():
    world = holding()
    world.obliging = False
    world.wait(3, SBIN="50")
    assert not world.pending
    assert world.held() == 100


def test_flatten_takes_only_what_no_exit_has_taken_yet():
    world = holding(loss_action=LossAction.FLATTEN)
    world.obliging = False
    world.master(done("X1", "SELL", quantity=40))
    his = world.ack()
    world.wait(2, SBIN="90")
    rest = world.ack()
    assert (his.quantity, rest.quantity) == (40, 60)
    assert sum(part.claimed for part in world.ledger().parts.values()) == -100
    world.fill(his)
    world.fill(rest)
    world.wait(3, SBIN="90")
    assert world.held() == 0
    assert not world.pending


def test_flatten_takes_the_place_of_a_stop_that_rests_with_the_masters():
    world = holding(loss_action=LossAction.FLATTEN)
    world.obliging = False
    world.master(an_order("S1", "SELL", quantity=100, price="110"))
    resting = world.ack()
    world.wait(2, SBIN="90")
    while world.pending:
        command = world.take()
        if isinstance(command, Cancel):
            world.cancelled(command)
        else:
            world.ack_and_fill(command)
    assert world.row(resting).status is OrderStatus.CANCELLED
    assert world.held() == 0
    world.wait(3, SBIN="90")
    assert not world.pending


def test_an_entry_that_fills_after_the_flattening_is_closed_too():
    world = holding(loss_action=LossAction.FLATTEN)
    world.obliging = False
    world.master(an_order("L1", symbol="INFY", quantity=50, price="90"))
    resting = world.ack()
    world.wait(2, SBIN="90")
    cancel, exit_ = sorted((world.take(), world.take()), key=lambda each: each.priority)
    world.fill(resting, 30, price=90)
    world.cancelled(cancel)
    world.ack_and_fill(exit_)
    world.wait(2, SBIN="90")
    late = world.place()
    assert (late.symbol, late.side, late.quantity) == ("INFY", Side.SELL, 30)


def test_what_is_flattened_is_not_flattened_again_by_a_restart():
    world = flat()
    exit_ = world.ack()
    world.restart()
    world.read()
    world.wait(3, SBIN="90")
    assert not [each for each in world.pending if each.priority == "exit"]
    world.fill(exit_)
    world.wait(3, SBIN="90")
    assert world.held() == 0


def test_paper_and_live_are_apart():
    world = World(a_follower(max_daily_loss=Decimal(1000)), venue=Venue.PAPER)
    world.obliging = True
    world.master(done("M1", quantity=100))
    world.wait(3, SBIN="80")
    assert (Venue.PAPER, FATHER) in world.state.losses
    assert (Venue.LIVE, FATHER) not in world.state.losses
    assert not entered(world)
    assert world.state.account(MASTER).name == MASTER
