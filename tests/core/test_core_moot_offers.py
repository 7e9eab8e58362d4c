"""When a question settles by itself, and what is said of it then."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.core.planning.missed import context_of, size_now
from engine.core.planning.offer_moot import why_moot
from engine.core.values import control as c
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, Tag, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import (
    Offer,
    OfferKind,
    Question,
    whether_it_exists,
    whether_to_approve,
    whether_to_close,
    whether_to_enter,
    whether_to_exit,
    whether_to_reprice,
)
from engine.core.values.rules import Oversize
from tests.core.core_holdings import holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_world import FATHER, PLENTY, World, a_follower, an_order, done
from tests.core.test_core_detach import detach
from tests.core.test_core_late_landings import turns_up
from tests.core.test_core_offers_missed import missed

ENTRY, UNKNOWN = OfferKind.ENTRY, OfferKind.UNKNOWN
GONE = OrderId("M9")
NO_TAG = Tag("KCK7ABCDEFGHIJKLMNOP")


def settled(offer: Offer) -> str:
    assert offer.settled is not None
    return offer.settled.text


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (lambda key: whether_it_exists(key, GONE, NO_TAG), "the trading day has ended"),
        (lambda key: whether_to_enter(key, GONE, label="Copy"), "the trading day has ended"),
        (lambda key: whether_to_approve(key, (GONE,)), "the trading day has ended"),
        (lambda key: whether_to_exit(key, GONE, NO_TAG), "the trading day has ended"),
        (lambda key: whether_to_reprice(key, GONE, NO_TAG), "the trading day has ended"),
        (lambda key: whether_to_close(replace(key, symbol="INFY")), "nothing of it is left"),
        (whether_to_close, ""),
    ],
    ids=["unknown", "entry", "approval", "exit", "stuck", "closed", "orphan"],
)
def test_a_question_about_what_is_no_more_is_over(about, why):
    world = holding()
    question: Question = about(world.key())
    offer = Offer(offer_id=1, question=question, opened_at=world.now)
    world.state.master[world.key().master].net = 0
    assert why_moot(world.state, offer) == why


# -- whether an order exists -------------------------------------------------------------------


def in_doubt() -> World:
    """An entry without an answer of which a person was asked, since the book showed nothing newer."""
    world = World()
    world.master(done())
    world.lose(world.place())
    world.wait(125)
    world.read()
    assert offered(world, UNKNOWN)
    return world


def a_later_order_shows(world: World) -> None:
    world.master(done("M7", symbol="INFY", quantity=1))
    world.ack_and_fill()
    world.wait(1)
    world.read()


def it_shows_up(world: World) -> None:
    (child,) = world.children("M1", Leg.ENTRY)
    turns_up(world, child.command)


@pytest.mark.parametrize(
    ("happens", "why", "state"),
    [
        (a_later_order_shows, "a later order is in the book", IntentState.ABSENT),
        (it_shows_up, "it was found in the order book", IntentState.ACKED),
    ],
)
def test_whether_an_order_exists_is_asked_no_more_once_the_broker_tells(happens, why, state):
    world = in_doubt()
    offer = the_offer(world, UNKNOWN)
    happens(world)
    assert world.children("M1", Leg.ENTRY)[0].state is state
    assert why in settled(offer)
    assert not offered(world, UNKNOWN)
    assert bool(offered(world, ENTRY)) is (state is not IntentState.ACKED)
    world.check_journal()


# -- a missed entry ----------------------------------------------------------------------------


def test_a_live_entry_is_offered_no_more_once_the_mode_is_paper():
    world = missed()
    offer = the_offer(world, ENTRY)
    assert world.ask(c.GoPaper()).accepted
    world.wait(1)
    assert settled(offer) == "Settled: the mode is PAPER now."
    assert not world.pending


def test_of_two_slices_the_one_he_is_out_of_again_is_not_copied():
    """He has sold what the first bought, and the second has filled since: its price is what counts."""
    world = World(a_follower(ask_first=True))
    first, second = done("M1", price=100), an_order("M2", price=99, quantity=7)
    world.master(first, second)
    world.wait(2.5)
    offer = the_offer(world, OfferKind.APPROVAL)
    world.master(done("X1", "SELL"))
    assert offer.settled is None
    world.master(done("M2", price=99, quantity=7))
    assert press(world, offer, "Price now").text.startswith("BUY 7 SBIN. Master's price 99.")
    assert "BUY 7 SBIN" in press(world, offer, "Copy").text
    assert (world.place().quantity, len(world.pending)) == (7, 0)
    assert world.skip_of("M1") is SkipReason.AWAITS_APPROVAL


def test_what_a_limit_has_cut_is_offered_cut():
    world = World(a_follower(max_order_quantity=10, oversize=Oversize.CUT))
    world.allowances = {FATHER: replace(PLENTY, entries=0)}
    world.master(done("M1", quantity=30))
    world.wait(15)
    (alert,) = world.alerts("was not copied")
    assert "BUY 10 SBIN" in alert.text
    world.allowances = {}
    assert "BUY 10 SBIN" in press(world, the_offer(world, ENTRY), "Copy").text
    assert world.ack_and_fill().quantity == 10


def test_an_entry_that_waited_in_vain_for_a_follower_who_is_gone_is_offered_to_nobody():
    world = World(a_follower(), a_follower("mother"))
    world.allowances = {name: replace(PLENTY, entries=0) for name in world.rules}
    world.master(done())
    assert not world.pending
    world.sleep(60)
    world.restart(rules=[a_follower("mother")])
    world.wait(1)
    (alert,) = world.alerts("was not copied")
    assert alert.text.startswith("mother: ")
    assert [child.state for child in world.children("M1", Leg.ENTRY)] == [IntentState.EXPIRED]
    assert not world.pending


def test_an_order_that_was_first_seen_on_paper_is_sized_by_the_multiplier_of_now():
    """Its LIVE part was opened at nothing: there is no share of it to hold on to."""
    world = holding()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.wait(5)
    assert world.ask(c.GoPaper()).accepted
    world.master(an_order("M2", price=99, quantity=7))
    world.go_live()
    key = world.key()
    assert key.venue is Venue.LIVE
    context = context_of(world.state, key, OrderId("M2"))
    assert context is not None
    assert context.order is not None
    assert (context.part.opened_ratio, size_now(context, context.order).units) == (0, 7)


# -- exits -------------------------------------------------------------------------------------


def test_an_exit_that_does_not_fill_is_asked_about_once_though_the_program_starts_again():
    world = holding()
    world.master(done("X1", "SELL"))
    exit_ = world.ack()
    world.wait(60)
    world.pending.clear()
    assert len(world.alerts("has not filled for")) == 1
    world.restart()
    world.read()
    world.wait(60)
    assert len(world.alerts("has not filled for")) == 1
    (offer,) = offered(world, OfferKind.STUCK)
    world.fill(exit_)
    assert settled(offer) == "Settled: it has filled."


def test_whether_to_close_what_is_left_is_asked_no_more_once_it_was_handed_back():
    world = World(a_follower(orphan="ask"))
    world.master(an_order("M1", price="99.5"))
    world.ack_and_fill()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.wait(5)
    offer = the_offer(world, OfferKind.ORPHAN)
    assert detach(world).accepted
    assert settled(offer) == "Settled: nothing of it is left."
    world.wait(30)
    assert not world.pending


def test_a_login_is_asked_for_until_there_is_one():
    world = World()
    world.lose_session()
    offer = the_offer(world, OfferKind.LOGIN)
    world.wait(timedelta(minutes=5).total_seconds(), step=60)
    assert offer.settled is None
    world.log_in(FATHER)
    assert settled(offer) == "Settled: logged in."
