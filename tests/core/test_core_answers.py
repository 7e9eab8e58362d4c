"""What an answer to a write changes: one that is late, doubled, held back, or about the whole account."""

import pytest

from engine.core.values.commands import (
    Acked,
    RefusalKind,
    Refused,
    Withheld,
    WithheldReason,
)
from engine.core.values.events import Answered
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderStatus, Side, Tag
from engine.core.values.notices import Severity
from engine.core.values.offers import OfferKind
from tests.core.core_holdings import holding
from tests.core.core_offers import offered
from tests.core.core_world import FATHER, World, an_order, done


def test_an_answer_about_an_order_that_nobody_knows_changes_nothing():
    world = World()
    answered = Answered(
        tag=Tag("KCK7ABCDEFGHIJKLMNOP"), intent_id="KCK7ABCDEFGHIJKLMNOP", cancel=False,
        outcome=Acked(order_id=OrderId("B9")), at=world.now,
    )  # fmt: skip
    decision = world.offer(answered)
    assert (decision.records, decision.sends, decision.notices) == ((), (), ())


def test_an_entry_whose_turn_came_too_late_is_offered_and_not_sent_by_itself():
    world = World()
    world.master(done("M1"))
    world.answer(world.place(), Withheld(reason=WithheldReason.EXPIRED))
    (offer,) = offered(world, OfferKind.ENTRY)
    assert offer.notice is not None
    assert "was not copied" in offer.notice.text
    assert "too old when its turn came" in offer.notice.text
    world.wait(5)
    assert not world.pending
    assert world.ledger().exact() == 0, "nothing of it is owed to the next order"
    world.check_journal()


def test_an_exit_that_the_lane_held_back_is_never_lost_in_silence():
    """No exit is held back by a limit; were one, by whatever fault, a person must hear of it at once."""
    world = holding()
    world.master(done("X1", "SELL"))
    world.answer(world.place(), Withheld(reason=WithheldReason.NO_PERMIT))
    (alert,) = world.alerts("SELL 10 SBIN was refused")
    assert alert.severity is Severity.CRITICAL
    assert alert.needs_human
    assert "writes to the broker are not permitted" in alert.text
    assert [each.question.kind for each in world.state.open_offers.values()] == [OfferKind.EXIT]
    assert world.held() == 10


def test_a_late_answer_to_an_earlier_cancel_does_not_settle_the_newest():
    world = holding()
    world.master(an_order("X1", "SELL", price="110"))
    exit_ = world.ack()
    world.master(an_order("X1", "SELL", price="110", status="CANCELLED"))
    world.wait(3)
    first = world.cancel()
    world.lose(first)
    world.wait(2)
    world.read()
    world.wait(2)
    second = world.cancel()
    assert second.intent_id != first.intent_id
    before = world.children("X1", Leg.EXIT)[0].cancel
    assert before is not None
    world.answer(first, Acked(order_id=world.order_ids[exit_.tag]))
    after = world.children("X1", Leg.EXIT)[0].cancel
    assert after is not None
    assert (after.intent_id, after.state) == (second.intent_id, IntentState.SENDING)
    world.cancelled(second)
    assert world.row(exit_).status is OrderStatus.CANCELLED
    world.check_journal()


@pytest.mark.parametrize("late", ["of the change before", "a second time"])
def test_a_late_answer_to_a_change_does_not_undo_what_is_known_of_the_newest(late):
    """Believed, the order would count at the price of then, and the newest change be sent once more."""
    world = holding()
    world.master(an_order("X1", "SELL", price="110"))
    world.ack()
    world.master(an_order("X1", "SELL", price="111"))
    first = world.modified()
    newest = first
    if late == "of the change before":
        world.master(an_order("X1", "SELL", price="112"))
        newest = world.modify()
    world.answer(first, Refused(kind=RefusalKind.BUSY, message="being processed"))
    (child,) = world.children("X1", Leg.EXIT)
    assert child.change is not None
    assert child.change.intent_id == newest.intent_id
    assert child.change.refusal is None
    if newest is not first:
        world.modified(newest)
    assert child.terms.price == newest.price
    world.wait(3)
    assert not world.pending


def test_an_account_that_the_broker_shuts_out_is_paused_once_and_its_exits_go_on():
    world = World()
    for order_id in ("M1", "M2"):
        world.master(done(order_id))
    held, entry = world.ack_and_fill(), world.place()
    assert held.side is Side.BUY
    refusal = "Source IP is not allowed."
    world.refuse(entry, RefusalKind.PERMISSION, refusal, http_status=403)
    (alert,) = world.alerts("father is paused")
    assert alert.severity is Severity.CRITICAL
    assert alert.needs_human
    assert 'Kite says "Source IP is not allowed"' in alert.text
    assert "/resume father" in alert.text
    assert world.state.account(FATHER).paused
    world.master(done("M3"))
    assert not world.pending
    world.master(done("X1", "SELL", quantity=30))
    exit_ = world.place()
    assert (exit_.side, exit_.quantity) == (Side.SELL, 10)
    world.refuse(exit_, RefusalKind.PERMISSION, refusal, http_status=403)
    assert len(world.alerts("father is paused")) == 1, "it is paused already"
    world.check_journal()
