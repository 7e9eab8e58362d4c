"""An account's profit at a moment of a trading day."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.market import AccountName, Venue


class ProfitSample(Struct, frozen=True, kw_only=True, gc=False):
    """Rupees of the day up to ``at``, before charges.

    Attributes:
        day: The trading day.
        account: The master, or a follower with what was copied.
        rupees: Realised and unrealised.
        realised: What was closed; None where not known.
    """

    day: date
    venue: Venue
    account: AccountName
    at: datetime
    rupees: Decimal
    realised: Decimal | None = None
