"""What the master did, and the day it was done in."""

from datetime import date, datetime

from msgspec import Struct

from engine.core.values.keys import MasterKey
from engine.core.values.market import OrderId
from engine.core.values.merge import Sighting


class Installed(Struct, frozen=True, kw_only=True, gc=False):
    """The store was made; ``install_id`` tells our tags from another installation's."""

    install_id: str
    at: datetime


class DayOpened(Struct, frozen=True, kw_only=True, gc=False):
    """A new trading day: yesterday's orders are history, holdings stay."""

    trading_day: date
    at: datetime


class OpeningKnown(Struct, frozen=True, kw_only=True, gc=False):
    """The master's net carried into today, signed units."""

    key: MasterKey
    net: int


class OpeningsRead(Struct, frozen=True, kw_only=True, gc=False):
    """The master's positions and holdings of today were read; every other opening is 0."""

    at: datetime


class MasterSeen(Struct, frozen=True, kw_only=True, gc=False):
    """A master order's merged row changed; ``proven`` once an order book showed it."""

    key: MasterKey
    sighting: Sighting
    at: datetime
    was_exit: bool
    proven: bool = True


class MasterFilled(Struct, frozen=True, kw_only=True, gc=False):
    """A fill of the master was folded: signed units, split at his net into exit and entry."""

    key: MasterKey
    order_id: OrderId
    exit_part: int
    entry_part: int
    net_after: int
    fill_at: datetime


class MasterConverted(Struct, frozen=True, kw_only=True, gc=False):
    """The master converted signed units from one product to another; the copies stay as they are."""

    old: MasterKey
    new: MasterKey
    units: int
    at: datetime
