"""What a broker or an exchange closes by an order of its own: no child of ours stands for it."""

from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct


@unique
class ClosedBy(StrEnum):
    """Who placed an order on a paper account that is not ours: its row's ``placed_by``.

    A real account shows a square-off so too: by another than its user (Kite Connect docs, postbacks).
    """

    RMS = "RMS"  #: The broker's risk system squares intraday positions off.
    EXPIRY = "EXPIRY"  #: The exchange settles a contract whose last day is over.


class Closing(Struct, frozen=True, kw_only=True, gc=False):
    """What one such order has closed so far: ``units``, >= 0, for ``rupees`` in all."""

    units: int = 0
    rupees: Decimal = Decimal(0)
