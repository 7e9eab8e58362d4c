"""Refused and stuck exits, and copies that are left when the master is out: offered with buttons."""

from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.market import Side
from engine.core.values.offers import OfferKind, adds_risk
from tests.core.core_offers import labels, offered, press, the_offer
from tests.core.core_world import World, a_follower, an_order, done


def test_a_refused_exit_is_sent_again_by_a_press_and_never_by_itself():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.INPUT, "Invalid order")
    world.wait(30)
    assert not world.pending
    offer = the_offer(world, OfferKind.EXIT)
    assert not adds_risk(offer.question, offer.question.choices[0])
    world.ask(c.StopCopy())
    world.ask(c.SetKill(active=True))
    assert press(world, offer, "Send the exit again").accepted
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0
    world.check_journal()


def test_a_rejected_exit_sends_only_what_is_still_held():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    exiting = world.ack()
    world.fill(exiting, 4)
    world.change(exiting, status="CANCELLED")
    world.wait(10)
    press(world, the_offer(world, OfferKind.EXIT), "Send the exit again")
    assert world.place().quantity == 6


def test_an_exit_that_other_hands_closed_is_not_offered_any_more():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    lost = world.place()
    world.refuse(lost, RefusalKind.INPUT, "Invalid order")
    offer = the_offer(world, OfferKind.EXIT)
    world.book_row(lost)
    world.change(lost, status="COMPLETE", filled_quantity=10, average_price=100)
    assert offer.settled is not None
    assert not press(world, offer, "Send the exit again").accepted
    assert not world.pending


def test_an_exit_that_does_not_fill_can_be_priced_again():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    exiting = world.ack()
    for _ in range(60):
        world.wait(1, SBIN=90)
        while world.pending:
            world.modified()
    offer = the_offer(world, OfferKind.STUCK)
    changes = world.state.children[exiting.tag].changes
    assert press(world, offer, "Re-price it again").accepted
    world.wait(8, SBIN=80)
    assert world.modified().price < 80
    assert world.state.children[exiting.tag].changes > changes
    for _ in range(60):
        world.wait(1, SBIN=80)
        while world.pending:
            world.modified()
    again = the_offer(world, OfferKind.STUCK)
    world.fill(exiting)
    assert again.settled.text == "Settled: it has filled."


def test_an_orphan_is_closed_by_a_press_and_asked_about_once():
    world = World(a_follower(orphan="ask"))
    world.master(an_order("M1", price="99.5"))
    world.ack_and_fill()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.wait(5)
    world.restart()
    world.read()
    world.wait(5)
    assert len(world.alerts("ORPHAN=ask")) == 1, "the buttons of before the restart still work"
    offer = the_offer(world, OfferKind.ORPHAN)
    assert not adds_risk(offer.question, offer.question.choices[0])
    assert press(world, offer, "Close it").accepted
    closing = world.ack_and_fill()
    assert (closing.side, closing.quantity) == (Side.SELL, 10)
    assert world.held() == 0
    world.check_journal()


def test_an_orphan_that_is_left_is_kept_and_a_return_of_the_master_settles_it():
    world = World(a_follower(orphan="ask"))
    world.master(an_order("M1", price="99.5"))
    world.ack_and_fill()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.wait(5)
    offer = the_offer(world, OfferKind.ORPHAN)
    world.master(done("M2"))
    assert offer.settled.text == "Settled: the master is in it again."


def test_an_orphan_that_is_kept_is_its_owners_own_from_then_on():
    world = World(a_follower(orphan="ask"))
    world.master(an_order("M1", price="99.5"))
    world.ack_and_fill()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.wait(5)
    offer = the_offer(world, OfferKind.ORPHAN)
    assert labels(offer) == ["Close it", "Keep it as own", "Leave it for now"]
    assert press(world, offer, "Keep it as own").accepted
    assert world.held() == 0
    world.wait(10)
    assert not offered(world, OfferKind.ORPHAN)
    world.master(done("M2"))
    assert world.ack_and_fill().quantity == 10
    world.master(done("X2", "SELL"))
    assert world.ack_and_fill().quantity == 10, "what is its own is not sold"
    world.check_journal()
