"""How long an offer of APPROVE=ask lasts, and what is asked again at the press."""

from datetime import timedelta
from fractions import Fraction

import pytest

from engine.core.planning.approval import LASTS, price_of_now
from engine.core.planning.detach import detach_proposal
from engine.core.values import control as c
from engine.core.values.market import Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind, adds_risk
from tests.core.core_offers import ASKS, GATHERED, asked, press, the_offer
from tests.core.core_world import FATHER, FUTURE, World, a_follower, done


def test_nobody_answers_and_the_reason_says_so():
    world = asked()
    offer = the_offer(world, OfferKind.APPROVAL)
    world.wait(LASTS.total_seconds() - 3, step=1)
    world.sleep(4)
    # A press that comes before the tick is too late all the same.
    reply = press(world, offer, "Copy")
    assert not reply.accepted
    assert "nobody answered by 10:10" in reply.text
    assert world.skip_of() is SkipReason.NOT_APPROVED
    assert not world.places()


def test_a_restart_keeps_the_offer_and_its_gathering():
    world = World(a_follower(**ASKS))
    world.master(done("M1"))
    world.restart()
    world.read()
    world.master()
    world.wait(GATHERED)
    offer = the_offer(world, OfferKind.APPROVAL)
    world.restart()
    world.read()
    world.master()
    world.wait(5)
    assert not world.places()
    assert press(world, the_offer(world, OfferKind.APPROVAL), "Copy").accepted
    assert world.ack_and_fill().quantity == 10
    assert the_offers_once(world, offer)
    world.check_journal()


def the_offers_once(world: World, offer) -> bool:
    return [o.offer_id for o in world.state.offers.values()
            if o.question.kind is OfferKind.APPROVAL] == [offer.offer_id]  # fmt: skip


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda world: world.ask(c.StopCopy()), "copying was stopped"),
        (lambda world: world.ask(c.SetKill(active=True)), "kill switch"),
        (lambda world: world.ask(c.PauseFollower(follower=FATHER)), "paused"),
        (lambda world: world.lose_session(), "log in"),
    ],
)
def test_every_gate_is_asked_at_the_press(happens, said):
    world = asked()
    happens(world)
    reply = press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert not reply.accepted
    assert said in reply.text
    assert not world.places()


def test_approving_asks_for_no_code_a_missed_entry_does():
    world = asked()
    question = the_offer(world, OfferKind.APPROVAL).question
    assert not any(adds_risk(question, choice) for choice in question.choices)


def test_paper_asks_too():
    world = asked(venue=Venue.PAPER)
    assert press(world, the_offer(world, OfferKind.APPROVAL), "Copy").accepted
    assert world.place().venue is Venue.PAPER


def test_what_was_handed_back_is_not_copied_by_an_older_button():
    world = asked()
    offer = the_offer(world, OfferKind.APPROVAL)
    press(world, offer, "Copy")
    world.ack_and_fill()
    world.master(done("M2"))
    world.wait(GATHERED)
    second = the_offer(world, OfferKind.APPROVAL)
    mark = detach_mark(world)
    assert world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark)).accepted
    assert second.settled is not None
    assert not press(world, second, "Copy").accepted


def detach_mark(world: World) -> str:
    return detach_proposal(world.state, FATHER).mark


def test_the_price_of_what_is_gone_in_the_same_moment_is_not_told():
    world = asked()
    offer = the_offer(world, OfferKind.APPROVAL)
    key = offer.question.key
    position = world.state.master[key.master]
    position.net = 0
    assert price_of_now(world.state, offer) == "Nothing of it is left to copy."


def test_the_day_ends_with_the_offer():
    world = asked()
    offer = the_offer(world, OfferKind.APPROVAL)
    offer_opened = offer.opened_at
    world.now = offer_opened + timedelta(minutes=1)
    world.sleep(21 * 3600)
    world.wait(1)
    assert "day has ended" in offer.settled.text


@pytest.mark.parametrize("label", ["Copy", "Skip"])
def test_a_slice_that_left_the_others_no_lot_is_answered_with_them(label):
    """Half a lot each: what is asked about takes the halves around it, and they go or stay with it."""
    world = World(a_follower(**ASKS, multiplier="0.5"))
    more = {"symbol": FUTURE, "exchange": "NFO"}
    for number in range(3):
        world.master(done(f"M{number}", quantity=75, **more))
        world.wait(0.5)
    world.wait(GATHERED)
    (alert,) = world.alerts("as the master?")
    assert "BUY 75 NIFTY26DECFUT" in alert.text
    offer = the_offer(world, OfferKind.APPROVAL)
    assert offer.question.orders == ("M1", "M2")
    reply = press(world, offer, label)
    if label == "Skip":
        assert {world.skip_of(each, symbol=FUTURE) for each in ("M1", "M2")} == {
            SkipReason.NOT_APPROVED
        }
        assert not world.pending
        assert world.ledger(FUTURE).exact() == Fraction(75, 2), "less than a lot is owed"
    else:
        assert "BUY 75" in reply.text
        assert world.ack_and_fill().quantity == 75
        assert world.skip_of("M2", symbol=FUTURE) is SkipReason.ZERO_LOTS
        assert world.ledger(FUTURE).exact() == Fraction(225, 2)
    world.master(done("M3", quantity=75, **more))
    world.wait(GATHERED)
    assert "BUY 75" in world.alerts("as the master?")[-1].text
    world.check_journal()
