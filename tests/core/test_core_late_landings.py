"""An order that turns up after it was taken for absent: counted once, whatever was done meanwhile."""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.observe.sync import sync_proposal
from engine.core.values import control as c
from engine.core.values.commands import Place
from engine.core.values.keys import Leg
from engine.core.values.market import OrderStatus, Product
from engine.core.values.offers import OfferKind
from engine.core.values.orders import PositionRow
from tests.core.core_offers import press, the_offer, token_of
from tests.core.core_world import FATHER, World, done


def bought(world: World) -> list[tuple[str, int]]:
    return [(each.side.value, each.quantity) for each in world.pending if isinstance(each, Place)]


def taken_for_absent(world: World, order_id: str = "M1") -> Place:
    """Lose the answer to the next order of ours, and prove by a later one that it never arrived."""
    lost = world.place()
    world.lose(lost)
    world.wait(130)
    world.master(done("M7", symbol="INFY", quantity=1))
    world.ack_and_fill()
    world.wait(1)
    world.read()
    assert world.state.children[lost.tag].state.value == "ABSENT"
    assert world.state.children[lost.tag].master_order_id == order_id
    return lost


def turns_up(world: World, lost: Place) -> None:
    row = world.book_row(lost)
    world.rows[FATHER][row.order_id] = replace(
        row, status=OrderStatus.COMPLETE, filled_quantity=row.quantity
    )
    world.read()


def test_an_entry_that_turns_up_is_wanted_and_the_next_one_is_copied_whole():
    world = World()
    world.master(done())
    turns_up(world, taken_for_absent(world))
    assert world.held() == 10
    world.master(done("M2"))
    assert world.ack_and_fill().quantity == 10
    world.master(done("X1", "SELL", 20))
    assert bought(world) == [("SELL", 20)]
    world.check_journal()


def test_what_he_has_exited_since_is_not_wanted_again():
    world = World()
    world.master(done())
    lost = taken_for_absent(world)
    world.master(done("X1", "SELL", 5))
    turns_up(world, lost)
    assert world.ack_and_fill().quantity == 5
    assert world.ledger().exact() == world.held() == 5
    world.check_journal()


def test_an_entry_that_turns_up_after_a_sync_is_too_much_and_the_next_one_is_cut_by_it():
    world = World()
    world.positions()
    world.master(done())
    lost = taken_for_absent(world)
    world.positions(PositionRow(exchange="NSE", symbol="INFY", product=Product.MIS, quantity=1))
    mark = sync_proposal(world.state, FATHER, at=world.now).mark
    assert world.ask(c.SyncCopies(follower=FATHER, mark=mark)).accepted
    assert world.ack_and_fill().quantity == 10
    turns_up(world, lost)
    assert world.held() == 20
    world.master(done("M2"))
    assert bought(world) == []
    world.master(done("X1", "SELL", 20))
    assert bought(world) == [("SELL", 20)]


def test_an_entry_that_turns_up_after_it_was_copied_again_is_too_much():
    world = World()
    world.master(done())
    lost = taken_for_absent(world)
    offer = the_offer(world, OfferKind.ENTRY)
    token_of(world, offer)
    assert press(world, offer, "Copy again").accepted
    world.ack_and_fill()
    turns_up(world, lost)
    assert world.held() == 20
    world.master(done("M2"))
    assert bought(world) == []
    world.master(done("X1", "SELL", 20))
    assert bought(world) == [("SELL", 20)]


def test_no_copy_is_promised_while_the_account_s_book_stands_still():
    world = World()
    world.master(done())
    child = world.ack()
    world.read(rows=())
    world.master(done("M2", symbol="INFY", updated_at=world.now - timedelta(seconds=30)))
    offer = the_offer(world, OfferKind.ENTRY)
    token_of(world, offer)
    world.fill(child)
    world.wait(25)
    world.read(rows=())
    reply = press(world, offer, "Copy")
    assert not reply.accepted
    assert "stands still" in reply.text
    assert Leg.ENTRY in world.part("M2", "INFY").skips
