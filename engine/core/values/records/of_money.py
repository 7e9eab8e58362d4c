"""The day's profit and loss: what must outlive a restart of it."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.keys import Key
from engine.core.values.loss import LossStep
from engine.core.values.market import AccountName, Venue


class ReferenceKnown(Struct, frozen=True, kw_only=True, gc=False):
    """What units of a symbol carried overnight are measured from today, rupees.

    ``close``: it is the previous close; else the first price of the day that was seen.
    """

    exchange: str
    symbol: str
    price: Decimal
    close: bool
    at: datetime


class UnitsLeft(Struct, frozen=True, kw_only=True, gc=False):
    """Signed ``units`` left a ledger otherwise than by a fill of ours; ``price`` is of the moment, rupees."""

    key: Key
    units: int
    price: Decimal
    at: datetime


class ProfitHigh(Struct, frozen=True, kw_only=True, gc=False):
    """The best profit of the day so far, rupees; ``follower`` is empty for all together."""

    venue: Venue
    follower: AccountName
    high: Decimal
    at: datetime


class LossStepTaken(Struct, frozen=True, kw_only=True, gc=False):
    """A step of the loss ladder was come to; it stands until the trading day turns.

    ``follower`` is empty for all together; ``loss`` and ``limit`` are rupees.
    """

    venue: Venue
    follower: AccountName
    step: LossStep
    loss: Decimal
    limit: Decimal
    at: datetime
