"""What a refusal teaches of a contract: no MARKET orders, or no price beyond a range.

Neither is in the instruments dump. A lesson is of this run and of today only: at worst one more order
is refused. Learned once, it shapes every order in the contract, whoever it is for.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.instruments import Instrument
from engine.core.values.market import OrderType
from engine.core.values.terms import Terms

#: How long a price range is believed: limit price protection follows an average of the last 30 s
#: (BSE notice of 2026-06-29), the day's circuit moves rarely.
RANGE_HOLDS = timedelta(seconds=60)


class Lesson(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one contract beyond the dump.

    Attributes:
        no_market_since: When it was seen to take no MARKET order; None where it was not.
        lowest: The lowest price that is taken, rupees; None where not known.
        highest: The highest one.
        range_until: When the range is no longer believed.
    """

    no_market_since: datetime | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    range_until: datetime | None = None


def learn(
    known: Lesson | None, refused: Refused, sent: Terms, *, decided_at: datetime, at: datetime
) -> Lesson | None:
    """Return what is known after a refusal, or None where it teaches nothing that changes the order.

    A lesson must be about what was sent: a MARKET order refused as one, a price outside of the range
    that is named. So an order made anew by it is another order, and no refusal is met twice.

    Args:
        known: What was known.
        refused: The broker's answer.
        sent: The terms it is about.
        decided_at: When the order was decided; slices of one order are refused one after the other.
        at: When the refusal came.
    """
    before = known or Lesson()
    if refused.kind is RefusalKind.NO_MARKET:
        knew = before.no_market_since is not None and decided_at >= before.no_market_since
        if knew or sent.order_type is not OrderType.MARKET:
            return None
        return replace(before, no_market_since=before.no_market_since or at)
    if refused.kind is not RefusalKind.PRICE or sent.price is None:
        return None
    too_low = refused.lowest is not None and sent.price < refused.lowest
    too_high = refused.highest is not None and sent.price > refused.highest
    if not (too_low or too_high):
        return None
    return replace(
        before, lowest=refused.lowest, highest=refused.highest, range_until=at + RANGE_HOLDS
    )


def taught(instrument: Instrument, lessons: Mapping[str, Lesson]) -> Instrument:
    """Return an instrument with what was learned of it."""
    lesson = lessons.get(instrument.key)
    if lesson is None:
        return instrument
    return replace(
        instrument,
        no_market=lesson.no_market_since is not None,
        lowest=lesson.lowest,
        highest=lesson.highest,
    )


def still_believed(lessons: Mapping[str, Lesson], *, at: datetime) -> dict[str, Lesson]:
    """Return the lessons without the ranges whose time is over."""
    return {
        key: (
            replace(lesson, lowest=None, highest=None, range_until=None)
            if lesson.range_until is not None and at >= lesson.range_until
            else lesson
        )
        for key, lesson in lessons.items()
    }
