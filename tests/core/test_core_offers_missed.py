"""Missed and refused copies: offered with buttons, judged anew when somebody presses."""

from datetime import timedelta

import pytest

from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import Side
from engine.core.values.offers import OfferKind, adds_risk
from tests.core.core_offers import labels, offered, press, the_offer
from tests.core.core_world import FATHER, World, a_follower, done


def missed(world: World | None = None, **order) -> World:
    """An order that was seen only 40 s after it had filled."""
    world = world or World()
    world.wait(60)
    world.master(done("M1", updated_at=world.now - timedelta(seconds=40), **order))
    return world


def test_an_entry_that_was_too_old_is_offered_with_price_and_quantity():
    world = missed(price=100)
    (alert,) = world.alerts("was not copied")
    assert "BUY 10 SBIN" in alert.text
    assert "Master's price 100" in alert.text
    offer = the_offer(world, OfferKind.ENTRY)
    assert labels(offer) == ["Copy", "Skip"]
    assert adds_risk(offer.question, offer.question.choices[0])
    assert not adds_risk(offer.question, offer.question.choices[1])
    assert not world.pending


def test_copy_enters_what_was_missed_and_the_exit_follows():
    world = missed(World(a_follower(multiplier=2)))
    assert press(world, the_offer(world, OfferKind.ENTRY), "Copy").accepted
    entry = world.ack_and_fill()
    assert (entry.side, entry.quantity) == (Side.BUY, 20)
    assert entry.deadline is not None
    assert entry.deadline > world.now
    assert not offered(world, OfferKind.ENTRY)
    world.wait(30)
    assert not world.pending
    world.master(done("M2"))
    assert world.ack_and_fill().quantity == 20, "nothing is owed and nothing too much"
    world.master(done("X1", "SELL", 5))
    assert world.ack_and_fill().quantity == 10
    world.master(done("X2", "SELL", 15))
    assert world.ack_and_fill().quantity == 30
    assert world.held() == 0
    world.check_journal()


def test_what_copy_has_just_sent_is_not_said_to_rest_until_it_had_its_time_to_fill():
    world = missed()
    world.wait(30)
    press(world, the_offer(world, OfferKind.ENTRY), "Copy")
    world.ack()
    world.wait(9)
    assert not world.alerts("rests at")
    world.wait(2)
    assert world.alerts("rests at")


def test_skip_leaves_it_out_for_good():
    world = missed()
    assert press(world, the_offer(world, OfferKind.ENTRY), "Skip").accepted
    world.wait(30)
    world.restart()
    world.read()
    assert not world.pending
    assert not offered(world, OfferKind.ENTRY)
    world.master(done("M2"))
    assert world.place().quantity == 10, "the next order is judged afresh, nothing is owed"


def test_copy_sizes_by_what_the_master_has_kept():
    world = missed()
    world.master(done("X1", "SELL", 4))
    assert not world.pending
    press(world, the_offer(world, OfferKind.ENTRY), "Copy")
    assert world.ack_and_fill().quantity == 6
    world.master(done("X2", "SELL", 6))
    assert world.ack_and_fill().quantity == 6
    assert world.held() == 0


def test_the_offer_goes_when_the_master_is_out():
    world = missed()
    offer = the_offer(world, OfferKind.ENTRY)
    world.master(done("X1", "SELL"))
    assert offer.settled is not None
    assert offer.settled.text == "Settled: the master is out again."
    assert not press(world, offer, "Copy").accepted
    assert not world.pending


def test_the_offer_goes_when_the_day_ends():
    world = missed()
    offer = the_offer(world, OfferKind.ENTRY)
    world.wait(21 * 3600, step=3600)
    assert "day has ended" in offer.settled.text


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda world: world.ask(c.StopCopy()), "copying was stopped"),
        (lambda world: world.ask(c.SetKill(active=True)), "kill switch"),
        (lambda world: world.ask(c.PauseFollower(follower=FATHER)), "paused"),
        (lambda world: world.lose_session(), "log in"),
    ],
)
def test_copy_asks_every_gate_again_and_the_offer_stays(happens, said):
    world = missed()
    offer = the_offer(world, OfferKind.ENTRY)
    happens(world)
    reply = press(world, offer, "Copy")
    assert not reply.accepted
    assert said in reply.text
    assert not world.pending
    assert offer.settled is None


def test_copy_needs_entries_to_be_armed():
    world = missed()
    offer = the_offer(world, OfferKind.ENTRY)
    world.state.armed_until = world.now
    assert "not armed" in press(world, offer, "Copy").text
    assert not world.pending


def test_copy_waits_for_the_books_after_a_restart():
    world = missed()
    world.restart()
    offer = the_offer(world, OfferKind.ENTRY)
    assert "press again" in press(world, offer, "Copy").text
    world.read()
    world.master()
    assert press(world, offer, "Copy").accepted
    assert world.place().quantity == 10


def test_a_copy_that_cannot_leave_in_time_is_offered_again():
    world = missed()
    press(world, the_offer(world, OfferKind.ENTRY), "Copy")
    world.refuse(world.place(), RefusalKind.RATE, "Too many requests")
    assert world.children("M1", Leg.ENTRY)[0].state is IntentState.REFUSED
    assert labels(the_offer(world, OfferKind.ENTRY)) == ["Retry", "Skip"]


def test_an_entry_that_expired_in_the_queue_is_offered():
    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done("M1"))
    world.wait(12)
    world.allowances = {}
    world.wait(1)
    assert not world.pending
    assert press(world, the_offer(world, OfferKind.ENTRY), "Copy").accepted
    assert world.place().quantity == 10
    world.check_journal()


def test_an_entry_missed_for_want_of_a_session_is_offered_once_one_is_there():
    world = World()
    world.lose_session()
    world.master(done("M1"))
    offer = the_offer(world, OfferKind.ENTRY)
    world.log_in(FATHER)
    world.read()
    assert press(world, offer, "Copy").accepted
    assert world.place().quantity == 10


def test_what_was_left_out_on_purpose_is_not_offered():
    world = World(a_follower(symbols_block=("NSE:SBIN",)), a_follower("mother"))
    world.ask(c.PauseFollower(follower=world.rules[FATHER].name))
    world.master(done("M1"))
    world.ask(c.StopCopy())
    world.master(done("M2", symbol="INFY"))
    assert not [
        each for each in offered(world, OfferKind.ENTRY) if each.question.key.follower == FATHER
    ]


def test_a_refused_entry_is_sent_again_only_by_a_press():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    world.wait(30)
    assert not world.pending
    offer = the_offer(world, OfferKind.ENTRY)
    assert labels(offer) == ["Retry", "Skip"]
    assert press(world, offer, "Retry").accepted
    again = world.ack_and_fill()
    assert again.quantity == 10
    assert world.children("M1", Leg.ENTRY)[-1].generation == 1
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0
    world.check_journal()


def test_a_retry_that_is_refused_again_is_offered_again():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    press(world, the_offer(world, OfferKind.ENTRY), "Retry")
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    assert labels(the_offer(world, OfferKind.ENTRY)) == ["Retry", "Skip"]
    world.wait(30)
    assert not world.pending


def test_a_lost_session_is_settled_by_the_login():
    world = World()
    world.lose_session()
    offer = the_offer(world, OfferKind.LOGIN)
    assert offer.question.choices == ()
    world.restart()
    world.log_in(FATHER)
    assert world.state.offers[offer.offer_id].settled.text == "Settled: logged in."


def test_what_can_only_be_looked_at_is_settled_by_somebody_who_has():
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=10))
    world.obliging = False
    world.restart(rules=[a_follower("mother")])
    (alert,) = world.alerts("is not configured any more")
    note = the_offer(world, OfferKind.NOTE)
    assert note.offer_id == alert.offer
    assert press(world, note, "I have seen to it").accepted
    assert note.settled.by == "owner"
    assert not world.pending
    assert not world.state.open_offers


def test_buttons_nobody_made_do_nothing():
    world = missed()
    reply = world.ask(c.Choose(token="forged", choice=0))
    assert not reply.accepted
    offer = the_offer(world, OfferKind.ENTRY)
    world.ask(c.MakeButtons(offer_id=offer.offer_id, token="made"))
    assert not world.ask(c.Choose(token="made", choice=9)).accepted
    assert not world.ask(c.Choose(token="made", choice=-1)).accepted
    assert not world.pending


def test_an_exit_is_not_sent_again_without_a_session_and_the_offer_stays():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.INPUT, "Invalid order")
    world.lose_session()
    offer = the_offer(world, OfferKind.EXIT)
    assert "/login father" in press(world, offer, "Send the exit again").text
    world.log_in(FATHER)
    assert press(world, offer, "Send the exit again").accepted
    assert not world.pending, "the account's book is read first"
    world.read()
    assert world.place().quantity == 10


def test_what_was_to_be_looked_at_is_not_asked_about_on_the_next_day():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.restart(rules=[a_follower("mother")])
    note = the_offer(world, OfferKind.NOTE)
    world.wait(21 * 3600, step=3600)
    assert note.settled is not None
    assert "day has ended" in note.settled.text
