"""Why an entry is not sent: all that is asked before one leaves, in its order. Nothing here is asked about an exit.

``ASKED`` is the list for what leaves as an order of its own, ``ASKED_OF_MORE`` that for an order that rests and is to
grow. Every answer but "nothing stands against it" leaves a trace: a recorded reason, a time at which it is asked
again, a question to people or to the broker, or another size.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto, unique

from msgspec import Struct

from engine.core.planning.approval import ask_to_enter, must_ask
from engine.core.planning.basket_margin import awaits_margin
from engine.core.planning.baskets import sold_leg_is_held_back
from engine.core.planning.comes_first import LOOK_AGAIN, must_come_first
from engine.core.planning.entry_hours import entry_times
from engine.core.planning.entry_owed import shrink_to_what_he_kept
from engine.core.planning.limited import is_limited
from engine.core.planning.missed import offer_missed
from engine.core.planning.wishes import Wish
from engine.core.risk.burst import burst_gate
from engine.core.risk.delivery_notices import skip_short_sale
from engine.core.risk.first_read import entry_waits
from engine.core.risk.gates import Verdict, age_gate, moment_gate, standing_gate
from engine.core.state.context import PartContext
from engine.core.state.delivery import goes_short
from engine.core.state.latches import skip
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values.calendar import EntryTimes, Taken
from engine.core.values.keys import Leg, row_key
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror


class Entry(Struct, frozen=True, kw_only=True):
    """An entry that is about to leave: what it should come to, and the units it lacks, > 0."""

    turn: Turn
    context: PartContext
    order: MasterOrder
    wish: Wish
    units: int


class LeftOut(Struct, frozen=True, gc=False):
    """It gets no order, for a reason that is recorded, and offered where it may pass."""

    reason: SkipReason
    detail: str


class Waits(Struct, frozen=True, gc=False):
    """It is asked again at that time, by our clock."""

    until: datetime


@unique
class Held(Enum):
    """What else keeps an entry from leaving as it is."""

    #: Who held it back has recorded why, asked somebody, or has it looked at again.
    SETTLED = auto()
    #: It is another wish now, smaller: all is asked anew.
    SIZED_ANEW = auto()


Answer = LeftOut | Waits | Held | None


def what_stands_against(entry: Entry) -> Held | None:
    """Ask all that is asked before an entry leaves; return None where nothing stands against it.

    What left it out is recorded, and what makes it wait has it woken.
    """
    for ask in ASKED:
        answer = ask(entry)
        if answer is None:
            continue
        if isinstance(answer, LeftOut):
            key, order_id = entry.context.key, entry.context.order_id
            skip(entry.turn, key, order_id, Leg.ENTRY, answer.reason, answer.detail)
            offer_missed(entry.turn, entry.context, answer.reason, answer.detail)
            return Held.SETTLED
        if isinstance(answer, Waits):
            entry.turn.wake(entry.context.key, answer.until)
            return Held.SETTLED
        return answer
    return None


def may_rest_only(entry: Entry) -> Held | None:
    """Ask what stands against an order that rests: it is only followed down then; None where nothing does.

    After a stop, before the first read, beside an entry of unknown fate, outside its session, or where it is too
    old to grow.
    """
    asked = ASKED_OF_MORE if entry.units > 0 else ASKED_OF_MORE[:2]
    for ask in asked:
        answer = ask(entry)
        if isinstance(answer, Waits):
            entry.turn.wake(entry.context.key, answer.until)
        if answer is not None:
            return answer if isinstance(answer, Held) else Held.SETTLED
    return None


def _was_left_out(entry: Entry) -> Answer:
    known = entry.context.part.skips.get(Leg.ENTRY)
    final = known is not None and known.reason is not SkipReason.ZERO_LOTS
    return Held.SETTLED if final else None


def _shares_that_nobody_has(entry: Entry) -> Answer:
    if not goes_short(entry.context.key, entry.wish.side):
        return None
    skip_short_sale(entry.turn, entry.context)
    return Held.SETTLED


def _moment(entry: Entry) -> Answer:
    """Ask the mode, stops and pauses, the kill switch, arming, the session and the loss of the day."""
    turn, context = entry.turn, entry.context
    return _left_out(moment_gate(turn.state, context.rules, context.key.venue, at=turn.at))


def _what_was_not_asked_before(entry: Entry) -> Answer:
    return _left_out(_not_asked_before(entry.turn, entry.context, entry.order))


def _age(entry: Entry) -> Answer:
    return _left_out(_too_old(entry.turn, entry.context, entry.order))


def _burst(entry: Entry) -> Answer:
    return _left_out(_in_a_burst(entry.context, entry.order))


def _session(entry: Entry) -> Answer:
    """Ask whether its exchange takes such an order now, or when it does next."""
    times = _times_of(entry)
    if times.taken is Taken.NOT:
        return LeftOut(SkipReason.SESSION, times.why)
    return None if times.since is None else Waits(entry.turn.state.our_time(times.since))


def _what_comes_first(entry: Entry) -> Answer:
    first = must_come_first(entry.turn, entry.context, entry.wish)
    return Waits(entry.turn.at + LOOK_AGAIN) if first else None


def _what_he_kept(entry: Entry) -> Answer:
    shrunk = shrink_to_what_he_kept(entry.turn, entry.context, entry.order)
    return Held.SIZED_ANEW if shrunk else None


def _limits(entry: Entry) -> Answer:
    return _over_a_limit(entry, new=True)


def _approval(entry: Entry) -> Answer:
    if not must_ask(entry.context):
        return None
    ask_to_enter(entry.turn, entry.context, entry.order)
    return Held.SETTLED


def _margin_of_its_basket(entry: Entry) -> Answer:
    waits = awaits_margin(entry.turn, entry.context, entry.order)
    return Held.SETTLED if waits else None


def _hedge(entry: Entry) -> Answer:
    held = sold_leg_is_held_back(entry.turn, entry.context, entry.order)
    return Held.SETTLED if held else None


#: In this order: what leaves it out for good is said before what makes it wait, and it is sized before anybody is
#: asked about it.
ASKED: tuple[Callable[[Entry], Answer], ...] = (
    _was_left_out,
    _shares_that_nobody_has,
    _moment,
    _what_was_not_asked_before,
    _age,
    _burst,
    _session,
    _what_comes_first,
    _what_he_kept,
    _limits,
    _approval,
    _margin_of_its_basket,
    _hedge,
)


def _first_read(entry: Entry) -> Answer:
    return Held.SETTLED if entry_waits(entry.turn, entry.context.key) else None


def _fate_of_another(entry: Entry) -> Answer:
    """Ask whether another entry of the key is of unknown fate: more units would be a further entry beside it."""
    turn, book = entry.turn, entry.context.book
    unknown = any(
        child.state.is_unresolved for _, part in book.active_parts() for child in part.of(Leg.ENTRY)
    )
    return Waits(turn.at + LOOK_AGAIN) if unknown else None


def _session_of_more(entry: Entry) -> Answer:
    return None if _times_of(entry).taken is Taken.NOW else Held.SETTLED


def _limits_of_more(entry: Entry) -> Answer:
    return _over_a_limit(entry, new=False)


#: Of an order that rests: the first two whether or not it is to grow, the others if it is.
ASKED_OF_MORE: tuple[Callable[[Entry], Answer], ...] = (
    _moment,
    _first_read,
    _fate_of_another,
    _age,
    _session_of_more,
    _limits_of_more,
)


def _left_out(verdict: Verdict) -> Answer:
    return verdict and LeftOut(*verdict)


def _over_a_limit(entry: Entry, *, new: bool) -> Answer:
    limited = is_limited(entry.turn, entry.context, entry.order, entry.wish, entry.units, new=new)
    return Held.SIZED_ANEW if limited else None


def _not_asked_before(turn: Turn, context: PartContext, order: MasterOrder) -> Verdict:
    """Ask what stands against the entry of an order that was an exit alone when it was first seen."""
    if not order.was_exit or context.part.of(Leg.ENTRY):
        return None
    return standing_gate(turn.state, context.rules, row_key(order.row), order.row)


def _times_of(entry: Entry) -> EntryTimes:
    return entry_times(entry.turn, entry.context, entry.order, entry.wish.order_type)


def _in_a_burst(context: PartContext, order: MasterOrder) -> Verdict:
    """Judge fixed lots once more: what was an exit when it was first seen may turn out to enter."""
    part = context.part
    if not part.fixed or part.of(Leg.ENTRY) or part.asked_at is not None:
        return None
    return burst_gate(context.book, context.position, context.order_id, order)


def _too_old(turn: Turn, context: PartContext, order: MasterOrder) -> Verdict:
    """Return why what the master has filled is too old to enter on, or None.

    Of an order that is copied part by part his newest fill is judged. What rests with his order was
    taken in time, and only takes another place in the book. What a person asked for is as old as that.
    """
    asked_at = context.part.asked_at
    if asked_at is not None and turn.at - asked_at <= context.rules.max_entry_age:
        return None
    if not any(child.order_id for child in context.part.of(Leg.ENTRY)):
        return age_gate(turn.state, context.rules, order, at=turn.at)
    in_parts = order.was_exit or (context.rules.mirror is Mirror.FILLS and not order.row.is_market)
    if not in_parts:
        return None
    return age_gate(turn.state, context.rules, order, at=turn.at, further=True)
