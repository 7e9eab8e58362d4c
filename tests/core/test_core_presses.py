"""What a press of a button answers and does, where something has changed since it was asked."""

import pytest

from engine.core.chat.offer_view import offer_of_token, offer_view, open_questions
from engine.core.state.fold import apply
from engine.core.values import records as r
from engine.core.values.commands import Priority, RefusalKind
from engine.core.values.instruments import NO_INSTRUMENTS
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderType, Side
from engine.core.values.offers import Offer, OfferKind
from engine.core.values.terms import terms_of_place
from tests.core.core_holdings import holding
from tests.core.core_offers import offered, press, the_offer, token_of
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done
from tests.core.test_core_offers_missed import missed

FUT = {"symbol": FUTURE, "exchange": "NFO"}


def a_refused_entry(world: World | None = None, **order) -> tuple[World, Offer]:
    world = world or World()
    world.master(done(**order))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    return world, the_offer(world, OfferKind.ENTRY)


# -- an entry --------------------------------------------------------------------------------


def test_of_two_slices_only_the_refused_one_is_sent_again():
    """What has filled is no part of the retry: sent again whole, it would be a doubled order."""
    world = World()
    world.master(done(quantity=3600, **FUT))
    filled, refused = world.ack_and_fill(), world.place()
    world.refuse(refused, RefusalKind.MARGIN, "Insufficient funds")
    reply = press(world, the_offer(world, OfferKind.ENTRY), "Retry")
    assert reply.text == f"Sent: BUY 1800 {FUTURE}."
    again = world.ack_and_fill()
    assert (filled.quantity, again.quantity) == (1800, 1800)
    lifted = {tag: child.lifted for tag, child in world.state.children.items()}
    assert lifted == {filled.tag: False, refused.tag: True, again.tag: False}
    assert not world.pending
    assert world.held(FUTURE) == 3600
    world.check_journal()


def test_what_he_has_mostly_left_comes_to_no_lot_and_stays_asked():
    world = World(a_follower(multiplier="0.5"))
    world, offer = a_refused_entry(world, quantity=150, **FUT)
    world.master(done("X1", "SELL", 75, **FUT))
    reply = press(world, offer, "Retry")
    assert (reply.accepted, reply.text) == (
        False, "Not copied: it comes to less than one lot now.",
    )  # fmt: skip
    assert not world.pending
    assert offer.settled is None


def test_an_order_that_he_took_back_is_not_copied_though_he_holds_others_of_the_symbol():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(an_order("M2", price="99"))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    offer = the_offer(world, OfferKind.ENTRY)
    world.master(an_order("M2", price="99", status="CANCELLED"))
    reply = press(world, offer, "Retry")
    assert not reply.accepted
    assert reply.text == "Settled: his order has ended and entered nothing."
    assert not world.pending
    assert world.held() == 10


def test_another_entry_of_unknown_fate_is_to_be_settled_first():
    """Both might be there in the end: sized as if it were not, it would be one too many."""
    world, offer = a_refused_entry()
    world.master(done("M2"))
    world.lose(world.place())
    reply = press(world, offer, "Retry")
    assert (reply.accepted, reply.text) == (
        False, "Not copied: another entry in SBIN is UNKNOWN: settle that first.",
    )  # fmt: skip
    assert not world.pending


def test_a_follower_who_is_not_configured_any_more_gets_nothing_and_it_says_so():
    world, offer = a_refused_entry()
    world.restart(rules=[a_follower("mother")])
    reply = press(world, world.state.offers[offer.offer_id], "Retry")
    assert (reply.accepted, reply.text) == (
        False, "Not copied: father is not configured any more.",
    )  # fmt: skip
    assert not world.pending


def test_before_the_days_list_is_there_an_entry_is_not_copied_and_it_says_why():
    world = missed()
    world.restart()
    world.state.instruments = NO_INSTRUMENTS
    world.state.listings.clear()
    offer = the_offer(world, OfferKind.ENTRY)
    reply = press(world, offer, "Copy")
    assert (reply.accepted, reply.text) == (False, "Not copied: not in today's instruments.")
    assert not world.pending


def test_an_answer_that_comes_too_late_says_that_nobody_answered_in_time():
    world = World(a_follower(ask_first=True))
    world.master(done())
    world.wait(3)
    offer = the_offer(world, OfferKind.APPROVAL)
    token_of(world, offer)
    world.sleep(11 * 60)
    reply = press(world, offer, "Copy")
    assert (reply.accepted, reply.text) == (
        False, "Nothing to do any more: nobody answered by 10:10.",
    )  # fmt: skip
    assert not world.pending


# -- an exit, or what is left ----------------------------------------------------------------


def test_a_refused_exit_of_an_order_that_still_rests_rests_with_it_again():
    world = holding()
    world.master(an_order("X1", "SELL", price="150"))
    world.refuse(world.place(), RefusalKind.HOLDINGS, "Check holdings")
    world.wait(5)
    assert not world.pending
    reply = press(world, the_offer(world, OfferKind.EXIT), "Send the exit again")
    assert (reply.accepted, reply.text) == (True, "It rests with the master's order again.")
    again = world.ack()
    assert (again.side, again.quantity, again.price) == (Side.SELL, 10, 150)
    assert again.order_type is OrderType.LIMIT
    world.master(done("X1", "SELL", price="150"))
    world.fill(again)
    assert world.held() == 0


def an_orphan() -> tuple[World, Offer]:
    """Ten were bought ahead of an order that he then cancelled."""
    world = World(a_follower(orphan="ask"))
    world.master(an_order(price="99.5"))
    world.ack_and_fill()
    world.master(an_order(price="99.5", status="CANCELLED"))
    world.wait(5)
    return world, the_offer(world, OfferKind.ORPHAN)


def test_a_holding_that_no_order_of_today_can_close_is_left_and_a_person_told():
    """An exit of the only order there is was refused meanwhile: it would be refused again."""
    world, offer = an_orphan()
    entry = world.places()[0]
    side = {"tag": "KCK7REFUSED000000000", "intent_id": "KCK7REFUSED000000000"}
    command = type(entry)(**{
        name: getattr(entry, name) for name in entry.__struct_fields__
    } | side | {"side": Side.SELL, "priority": Priority.EXIT})  # fmt: skip
    apply(world.state, r.ChildPlanned(
        command=command, key=world.key(), order_id=OrderId("M1"), leg=Leg.EXIT, generation=0,
        attempt=0, step=0, at=world.now, detected_at=world.now,
    ))  # fmt: skip
    for state in (IntentState.SENDING, IntentState.REFUSED):
        apply(world.state, r.IntentMoved(
            tag=command.tag, state=state, at=world.now, reason="Invalid order",
            refusal=RefusalKind.INPUT if state is IntentState.REFUSED else None,
        ))  # fmt: skip
    assert world.state.children[command.tag].terms == terms_of_place(command)
    reply = press(world, offer, "Close it")
    assert (reply.accepted, reply.text) == (
        False, "Not closed: no order of today can carry it. Close it in Kite.",
    )  # fmt: skip
    assert not world.pending
    assert offer.settled is None


# -- how an offer looks ----------------------------------------------------------------------


def test_an_offer_is_shown_with_its_buttons_and_by_the_data_on_them():
    world, offer = a_refused_entry()
    token = token_of(world, offer)
    view = offer_of_token(world.state, token)
    assert view is not None
    assert view == offer_view(world.state, offer.offer_id)
    assert (view.about, view.outcome, view.login) == ("father SBIN", "", None)
    assert [(each.label, each.adds_risk) for each in view.choices] == [
        ("Retry", True), ("Skip", False),
    ]  # fmt: skip
    assert offer_of_token(world.state, "forged") is None
    assert offer_view(world.state, 999) is None


def test_a_settled_offer_tells_who_chose_what_and_one_that_settled_itself_why():
    world, offer = a_refused_entry()
    press(world, offer, "Skip")
    assert offer_view(world.state, offer.offer_id).outcome == (
        "10:00:00 owner: Skip\nNothing is done."
    )
    world, offer = a_refused_entry()
    world.master(done("X1", "SELL"))
    assert offer_view(world.state, offer.offer_id).outcome == (
        "10:00:00 Settled: the master is out again."
    )


def test_a_login_is_asked_for_elsewhere_and_no_open_question():
    world, _ = a_refused_entry()
    assert open_questions(world.state) == 1
    world.lose_session()
    (login,) = offered(world, OfferKind.LOGIN)
    view = offer_view(world.state, login.offer_id)
    assert (view.about, view.choices, view.login) == ("", (), FATHER)
    assert open_questions(world.state) == 1


@pytest.mark.parametrize("label", ["I have seen to it"])
def test_a_note_is_settled_by_whoever_has_seen_to_it_and_nothing_is_sent(label):
    world = holding()
    world.restart(rules=[a_follower("mother")])
    note = the_offer(world, OfferKind.NOTE)
    assert press(world, note, label).text == "Noted. Nothing is done."
    assert offer_view(world.state, note.offer_id).about == ""
    assert not world.pending
