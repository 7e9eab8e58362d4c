"""What becomes of what /sync sends: once, told, and left out where it comes too late."""

from datetime import timedelta

from engine.core.values import control as c
from engine.core.values.commands import Priority, RefusalKind
from engine.core.values.market import MASTER, OrderType, Side
from tests.core.core_sync import orders, proposal, short_of, sync, too_much
from tests.core.core_world import FATHER, World, a_follower, done


def test_a_list_that_has_changed_is_not_done():
    world = short_of()
    mark = proposal(world).mark
    world.master(done("M2", quantity=5, updated_at=world.now - timedelta(seconds=30)))
    reply = world.ask(c.SyncCopies(follower=FATHER, mark=mark))
    assert not reply.accepted
    assert not world.pending
    assert orders(world) == [("BUY", 15, True)]


def test_pressed_twice_it_acts_once():
    world = short_of()
    mark = proposal(world).mark
    assert world.ask(c.SyncCopies(follower=FATHER, mark=mark)).accepted
    assert not world.ask(c.SyncCopies(follower=FATHER, mark=mark)).accepted
    assert len(world.places()) == 1


def test_it_survives_a_restart_and_is_never_sent_twice():
    world = short_of()
    sync(world)
    sent = world.take()
    row = world.book_row(sent)
    world.restart()
    world.master()
    world.read()
    world.fill(sent)
    world.wait(5)
    assert len(world.places()) == 1
    assert world.held() == row.quantity


def test_a_refused_entry_of_it_is_told_and_owes_nothing():
    world = short_of()
    sync(world)
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(5)
    assert world.alerts("no funds")
    world.master(done("M2", quantity=5))
    assert world.ack_and_fill().quantity == 5
    assert world.held() == 5


def test_a_contract_that_takes_no_market_order_gets_a_limit_at_the_band():
    world = short_of()
    sync(world)
    world.refuse(world.place(), RefusalKind.NO_MARKET, "market orders are not allowed")
    world.wait(5)
    assert not world.pending, "no price, no order: and never the same again and again"
    world.wait(1, SBIN=100)
    again = world.place()
    assert (again.order_type, again.price) == (OrderType.LIMIT, 101)
    assert [child.generation for child in world.state.children.values()] == [0, 1]


def test_a_stop_before_it_left_withdraws_it():
    world = too_much()
    world.state.master[world.key().master].net = -10
    sync(world)
    out = world.place()
    world.ask(c.StopCopy())
    world.ack_and_fill(out)
    world.wait(5)
    assert not world.pending
    assert world.alerts("of /sync were not entered: copying was stopped")


def test_an_entry_that_had_to_wait_over_a_minute_is_left_out_and_told():
    world = too_much()
    world.state.master[world.key().master].net = -10
    sync(world)
    out = world.ack()
    world.wait(70, step=5)
    world.fill(out)
    world.wait(2)
    assert not [
        each
        for each in world.places()
        if each.priority is Priority.ENTRY and each.side is Side.SELL
    ]
    assert world.alerts("of /sync were not entered: too old")


def test_the_master_who_leaves_while_it_rests_takes_it_along():
    world = short_of()
    sync(world)
    sent = world.ack()
    world.master(done("X1", "SELL"))
    assert world.cancel().order_id == world.row(sent).order_id


def test_what_fills_of_it_after_he_left_is_closed():
    world = short_of()
    sync(world)
    sent = world.ack()
    world.master(done("X1", "SELL"))
    world.cancel()
    world.fill(sent)
    out = world.ack_and_fill()
    assert (out.side, out.quantity) == (Side.SELL, 10)
    assert world.held() == 0
    world.check_journal()


def test_reductions_come_first_over_all_symbols_and_followers():
    world = too_much()
    world.master(
        done("M7", symbol="INFY", quantity=5, updated_at=world.now - timedelta(seconds=30))
    )
    assert [each.symbol for each in proposal(world, None).orders] == ["SBIN", "INFY"]


def test_every_follower_at_once():
    world = World(a_follower(), a_follower("mother"))
    for name in world.rules:
        world.positions(name=name)
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    sync(world, None)
    tags = {world.place().tag for _ in range(2)}
    assert len(tags) == 2
    assert MASTER not in {each.follower for each in proposal(world, None).orders}
