"""Which sentences `/why` tells of an order of ours, from its decision to its last fill."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.core.chat.sentences import Narrator
from engine.core.values import records as r
from engine.core.values.commands import RefusalKind
from engine.core.values.events import Answered, Ticked
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import (
    OrderId,
    OrderType,
)
from engine.core.values.merge import sight
from engine.core.values.terms import Terms
from tests.core.core_told import (
    BOOK,
    HINT,
    START,
    TAG,
    TICK,
    knows_child,
    of,
    planned,
    told,
)
from tests.core.core_world import MORNING, an_order


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (planned(), f"exit decided: SELL 10 NSE:SBIN MIS MARKET, tag {TAG}."),
        (planned(Leg.ENTRY, 1, price=Decimal("99.50"), order_type=OrderType.LIMIT),
         f"entry decided: SELL 10 NSE:SBIN MIS LIMIT 99.50, order 2 of this leg, tag {TAG}."),
        (planned(Leg.COVER, note="MARKET is not taken here", price=Decimal(90), trigger_price=Decimal(95), order_type=OrderType.SL),
         f"cover decided: SELL 10 NSE:SBIN MIS SL 90, trigger 95, tag {TAG}. MARKET is not taken here."),
    ],
)  # fmt: skip
def test_a_decided_order_is_told_with_its_terms(record, said):
    assert told(record) == f"father: {said}"


ANSWER = Answered(
    tag=TAG, intent_id=TAG, cancel=False, modify=False, outcome=None, at=MORNING
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "event", "fields", "said"),
    [
        (IntentState.SENDING, TICK, {}, "written down as SENDING, then sent."),
        (IntentState.ACKED, ANSWER, {"order_id": OrderId("B1")}, "taken by the broker as order B1."),
        (IntentState.ACKED, BOOK, {"order_id": OrderId("B1")}, "found in the order book as order B1."),
        (IntentState.REFUSED, ANSWER, {"refusal": RefusalKind.MARGIN, "reason": "No funds."}, 'REFUSED (margin): "No funds".'),
        (IntentState.REFUSED, ANSWER, {"reason": "No"}, 'REFUSED: "No".'),
        (IntentState.UNKNOWN, ANSWER, {"reason": "no answer"}, "UNKNOWN (no answer): it may have been placed, it is never sent again."),
        (IntentState.UNKNOWN, START, {}, "UNKNOWN (the program ended while sending it): it may have been placed, it is never sent again."),
        (IntentState.ABSENT, BOOK, {}, "ABSENT: the order book, read anew, does not show it."),
        (IntentState.ABSENT, TICK, {"reason": "not in Kite, says owner"}, "ABSENT: not in Kite, says owner."),
        (IntentState.NEEDS_HUMAN, TICK, {}, "cannot be settled without a person."),
        (IntentState.EXPIRED, TICK, {"reason": "too old when its turn came"}, "EXPIRED, never sent: too old when its turn came."),
        (IntentState.KILLED, TICK, {}, "KILLED, never sent: not wanted any more."),
    ],
)  # fmt: skip
def test_each_step_of_an_order_is_told(state, event, fields, said):
    record = of(r.IntentMoved, **({"order_id": None} | fields), state=state)
    assert told(record, event, knows_child()) == f"father: SELL 10 SBIN {said}"


def test_an_answer_is_told_with_the_time_it_took():
    narrator = knows_child()
    told(of(r.IntentMoved, order_id=None, state=IntentState.SENDING), narrator=narrator)
    late = Answered(
        tag=TAG, intent_id=TAG, cancel=False, modify=False, outcome=None,
        at=MORNING + timedelta(milliseconds=34),
    )  # fmt: skip
    acked = of(r.IntentMoved, order_id=OrderId("B1"), state=IntentState.ACKED)
    assert told(acked, late, narrator) == (
        "father: SELL 10 SBIN taken by the broker as order B1 after 34 ms."
    )


@pytest.mark.parametrize(
    ("kind", "first", "said"),
    [
        ("cancel", "cancel of SELL 10 SBIN sent.", "cancel of SELL 10 SBIN {}"),
        (
            "change", "modification of SELL 10 SBIN to 5 LIMIT at 100 sent.",
            "modification of SELL 10 SBIN to 5 LIMIT at 100 {}",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("state", "word"),
    [
        (IntentState.ACKED, "accepted after 20 ms."),
        (IntentState.UNKNOWN, "without a usable answer after 20 ms."),
        (IntentState.REFUSED, "REFUSED after 20 ms."),
    ],
)
def test_a_cancel_or_a_modification_is_told_as_sent_and_by_its_answer(
    kind, first, said, state, word
):
    def moved(to: IntentState) -> Any:
        if kind == "cancel":
            return of(r.CancelMoved, intent_id="c1", state=to, book_version=1, times=1)
        # What the exchange's grid is rounded to may come as an exponent: people read digits.
        terms = Terms(order_type=OrderType.LIMIT, quantity=5, price=Decimal("1E+2"))
        return of(r.ChangeMoved, intent_id="c1", state=to, terms=terms, book_version=1)

    narrator = knows_child()
    assert told(moved(IntentState.SENDING), narrator=narrator) == f"father: {first}"
    later = Ticked(at=MORNING + timedelta(milliseconds=20), trading_day=MORNING.date())
    assert told(moved(state), later, narrator) == f"father: {said.format(word)}"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (of(r.CancelMoved, intent_id="c1", state=IntentState.SENDING, book_version=1, times=3),
         "cancel of SELL 10 SBIN (time 3) sent."),
        (of(r.ChangeMoved, intent_id="c1", state=IntentState.SENDING, book_version=1,
            terms=Terms(order_type=OrderType.SL_M, quantity=5, trigger_price=Decimal(95))),
         "modification of SELL 10 SBIN to 5 SL-M, trigger 95 sent."),
        (of(r.ChangeDoubted), "the book still shows SELL 10 SBIN unmodified."),
        (of(r.Attested), "SELL 10 SBIN is in Kite by a person's word: it is waited for."),
        (of(r.LatchLifted), "SELL 10 SBIN is sent again by a person's choice, what is left of it."),
    ],
)  # fmt: skip
def test_what_else_is_told_of_an_order_names_it(record, said):
    assert told(record, narrator=knows_child()) == f"father: {said}"


def test_a_follower_order_is_told_by_what_it_filled_since_it_was_last_seen():
    narrator = knows_child()

    def seen(units: int, **changed: Any) -> str | None:
        row = an_order("B1", "SELL", filled_quantity=units, tag=TAG, **changed)
        record = of(r.ChildSeen, sighting=sight(row, 1), filled=units)
        return told(record, HINT, narrator)

    assert seen(0) == "father: order B1 seen OPEN on the socket: 0 of 10 filled."
    assert seen(4) == (
        "father: order B1 seen OPEN on the socket: 4 more filled, 4 of 10 filled at 100."
    )
    assert seen(10, status="COMPLETE") == (
        "father: order B1 seen COMPLETE on the socket: 6 more filled, 10 of 10 filled at 100."
    )
    assert seen(10, status="CANCELLED", status_message="by RMS") == (
        'father: order B1 seen CANCELLED on the socket: 10 of 10 filled at 100. "by RMS"'
    )


def test_an_order_that_the_story_has_not_told_of_is_named_by_its_tag():
    """An operation of today may be about an order of yesterday's story."""
    assert told(of(r.LatchLifted)) == (
        f": order {TAG} is sent again by a person's choice, what is left of it."
    )
    assert Narrator().child_title(TAG) == ""
    assert knows_child().child_title(TAG) == f"father's SELL 10 SBIN ({TAG})"
