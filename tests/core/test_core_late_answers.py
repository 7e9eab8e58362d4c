"""The broker's own answer comes after a person was asked: it is proof, and the question is over."""

from engine.core.values.commands import RefusalKind
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.offers import OfferKind
from tests.core.core_holdings import holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_world import done
from tests.core.test_core_moot_offers import in_doubt, settled

UNKNOWN, ENTRY = OfferKind.UNKNOWN, OfferKind.ENTRY


def test_an_order_id_that_comes_late_is_followed_and_nobody_is_asked_any_more():
    world = in_doubt()
    offer, (child,) = the_offer(world, UNKNOWN), world.children("M1", Leg.ENTRY)
    world.ack(child.command)
    assert child.state is IntentState.ACKED
    assert settled(offer) == "Settled: the broker has answered with its order id."
    world.fill(child.command)
    assert world.held() == 10
    world.wait(30)
    assert not world.pending, "it is not sent again"
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    world.check_journal()


def test_a_refusal_that_comes_late_frees_the_symbol_and_offers_a_retry():
    world = in_doubt()
    offer, (child,) = the_offer(world, UNKNOWN), world.children("M1", Leg.ENTRY)
    world.refuse(child.command)
    assert child.state is IntentState.REFUSED
    assert settled(offer) == "Settled: the broker has refused it."
    assert world.ledger().exact() == 0, "nothing of it is owed"
    world.check_journal()
    press(world, the_offer(world, ENTRY), "Retry")
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 10


def test_an_exit_whose_refusal_for_its_rate_comes_late_is_sent_again():
    world = holding()
    world.master(done("X1", "SELL"))
    exit_ = world.place()
    world.lose(exit_)
    world.wait(125)
    world.read()
    assert offered(world, UNKNOWN)
    world.refuse(exit_, RefusalKind.RATE, "Too many requests", http_status=429)
    assert not offered(world, UNKNOWN)
    world.wait(2)
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0
