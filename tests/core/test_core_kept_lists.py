"""What is remembered of questions and answers, for how long, and what an older journal may say of them."""

from copy import deepcopy
from datetime import timedelta

from engine.core.state.fold import KEPT_REPLIES, apply
from engine.core.state.fold_offers import KEPT_OFFERS
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.intents import IntentState
from engine.core.values.offers import Choice, OfferKind, Question, Settlement, Verb
from tests.core.core_holdings import holding
from tests.core.core_offers import press, the_offer
from tests.core.core_world import MORNING, World, comparable, done

NOTE = Question(kind=OfferKind.NOTE, choices=(Choice(verb=Verb.SEEN, label="Seen"),))


def test_an_answer_is_remembered_for_so_many_updates_and_no_longer():
    world = World()
    answer = world.ask(c.StopCopy(), update_id=5000)

    def answered(number: int) -> None:
        record = r.UpdateAnswered(update_id=number, user_id=1, reply=answer, at=world.now)
        apply(world.state, record)

    for number in range(5001, 5000 + KEPT_REPLIES):
        answered(number)
    assert world.ask(c.StopCopy(), update_id=5000).duplicate
    answered(5000 + KEPT_REPLIES)
    assert len(world.state.replies) == KEPT_REPLIES
    assert not world.ask(c.StopCopy(), update_id=5000).duplicate
    assert world.ask(c.StopCopy(), update_id=5002).duplicate


def settled_at(state: State, offer_id: int) -> None:
    end = Settlement(at=MORNING, text="Noted.", label="Seen", by="owner", user_id=1)
    apply(state, r.OfferSettled(offer_id=offer_id, settlement=end))


def test_settled_offers_are_forgotten_oldest_first_and_open_ones_never():
    state = State()
    for offer_id in range(KEPT_OFFERS + 3):
        apply(state, r.OfferOpened(offer_id=offer_id, question=NOTE, at=MORNING))
        apply(state, r.ButtonsMade(offer_id=offer_id, token=f"t{offer_id}"))
        if offer_id:
            settled_at(state, offer_id)
    assert list(state.open_offers) == [0]
    assert list(state.offers)[:2] == [0, 3]
    assert len(state.offers) == KEPT_OFFERS + 1
    assert list(state.offer_tokens)[:2] == ["t0", "t3"]


def test_an_offer_that_has_ended_stays_as_it_ended():
    """Two records of one end: the first tells what was chosen."""
    state = State()
    apply(state, r.OfferOpened(offer_id=1, question=NOTE, at=MORNING))
    settled_at(state, 1)
    end = state.offers[1].settled
    later = Settlement(at=MORNING + timedelta(seconds=1), text="The trading day has ended.")
    apply(state, r.OfferSettled(offer_id=1, settlement=later))
    assert state.offers[1].settled is end


def test_a_button_of_an_offer_that_is_forgotten_does_nothing_and_one_made_twice_is_one():
    world = World()
    world.master(done())
    world.refuse(world.place())
    offer = the_offer(world, OfferKind.ENTRY)
    for _ in range(2):
        world.ask(c.MakeButtons(offer_id=offer.offer_id, token="same"))
    assert offer.tokens == ["same"]
    world.ask(c.MakeButtons(offer_id=999, token="lost"))
    reply = world.ask(c.Choose(token="lost", choice=0))
    assert (reply.accepted, reply.text) == (False, "This button does nothing any more.")
    assert press(world, offer, "Skip").accepted


def test_where_a_message_was_shown_is_known_of_an_offer_and_of_a_card():
    world = World()
    world.master(done())
    world.refuse(world.place())
    offer = the_offer(world, OfferKind.ENTRY)
    for notice_id, message_id in ((offer.offer_id, 70), (999, 71)):
        world.ask(c.NoticeDelivered(
            notice_id=notice_id, topic="copy:live:M1", chat_id=5, message_id=message_id
        ))  # fmt: skip
    assert offer.shown == {5: 70}
    assert world.state.cards["copy:live:M1", 5] == 71


def test_records_about_a_modification_or_a_margin_that_nobody_asked_for_change_nothing():
    """An answer that was journalled after its question was settled must not stop a store from loading."""
    world = holding()
    before = deepcopy(comparable(world.state))
    (child,) = world.state.children.values()
    assert child.state is IntentState.ACKED
    apply(world.state, r.ChangeDoubted(tag=child.tag, at=world.now))
    apply(world.state, r.MarginKnown(
        key=world.key(), order_id=child.master_order_id, needed=None, free=None, at=world.now,
    ))  # fmt: skip
    assert comparable(world.state) == before
