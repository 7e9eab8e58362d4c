"""How far down the loss ladder a follower, or all of them together, have come today."""

from decimal import Decimal
from enum import IntEnum, unique

from msgspec import Struct

from engine.core.values.market import AccountName

#: All followers together, as the one whose loss ``RISK__MAX_DAILY_LOSS`` limits.
EVERYONE = AccountName("")


@unique
class LossStep(IntEnum):
    """A step of the ladder; each includes those before it."""

    NONE = 0
    WARNED = 1
    NO_ENTRIES = 2
    CLOSE_ONLY = 3


class DayLoss(Struct, frozen=True, kw_only=True, gc=False):
    """What is latched of a day's loss.

    Attributes:
        step: The lowest step that was come to; no price of the same day takes it back.
        loss: Rupees that were lost as it was.
        limit: Rupees that the step is a share of.
        high: The best profit of the day that was noted, rupees; 0 where there was none.
    """

    step: LossStep = LossStep.NONE
    loss: Decimal = Decimal(0)
    limit: Decimal = Decimal(0)
    high: Decimal = Decimal(0)


class DayReference(Struct, frozen=True, kw_only=True, gc=False):
    """What units carried overnight are measured from today: the previous close, else the first price."""

    price: Decimal
    is_close: bool
