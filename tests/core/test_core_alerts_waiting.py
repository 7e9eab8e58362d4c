"""Which critical alerts wait for a person, and what ends that."""

from copy import deepcopy

from engine.core.state.fold import apply
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.commands import RefusalKind
from engine.core.values.offers import Offer, OfferKind
from tests.core.core_holdings import holding
from tests.core.core_offers import press, the_offer
from tests.core.core_world import World, comparable, done


def waiting() -> tuple[World, Offer]:
    """An exit was refused for good: a critical alert with a button."""
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.INPUT, "Invalid order")
    return world, the_offer(world, OfferKind.EXIT)


def test_it_waits_from_its_first_delivery_and_a_second_one_does_not_begin_anew():
    world, offer = waiting()
    assert world.state.unacknowledged == {offer.offer_id: None}
    shown = c.NoticeDelivered(notice_id=offer.offer_id, topic="t", chat_id=5, message_id=70)
    first = world.now
    world.ask(shown)
    world.wait(5)
    world.ask(shown)
    assert world.state.unacknowledged == {offer.offer_id: first}
    press(world, offer, "I close it in Kite")
    assert world.state.unacknowledged == {}


def test_what_an_older_store_has_shown_waits_no_more():
    """Nobody knows when that was: it might be of last week."""
    world, offer = waiting()
    shown = r.NoticeShown(notice_id=offer.offer_id, topic="t", chat_id=5, message_id=70)
    apply(world.state, shown)
    assert world.state.unacknowledged == {}


def test_each_alert_is_escalated_once():
    world, offer = waiting()
    apply(world.state, r.AlertsEscalated(notice_ids=(offer.offer_id, 999), at=world.now))
    assert world.state.unacknowledged == {}


def test_what_another_channel_has_taken_waits_for_a_person_all_the_same():
    world, offer = waiting()
    before = deepcopy(world.state.unacknowledged)
    replies = len(comparable(world.state)["replies"])
    assert world.ask(c.ChannelDelivered(notice_id=offer.offer_id, channel="email")).accepted
    assert world.state.unacknowledged == before
    assert len(world.state.replies) == replies + 1
    world.check_journal()
