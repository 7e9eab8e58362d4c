"""What was asked of a copy besides its order: a cancel, a modification, to bring a ledger in step."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.commands import RefusalKind
from engine.core.values.intents import IntentState
from engine.core.values.terms import Terms


class CancelWish(Struct, kw_only=True, gc=False):
    """A cancel of a child: how often asked, and what the last asking came to."""

    intent_id: str
    state: IntentState
    asked_at: datetime
    asked_version: int
    times: int = 1


class ChangeWish(Struct, kw_only=True, gc=False):
    """The newest modification of a child, and what it came to.

    Attributes:
        doubted_at: When a book first showed the old terms after an answer was lost.
        refusal: Why the broker refused it; None where it did not.
    """

    intent_id: str
    state: IntentState
    terms: Terms
    asked_at: datetime
    asked_version: int
    doubted_at: datetime | None = None
    refusal: RefusalKind | None = None


class SyncWish(Struct, frozen=True, kw_only=True, gc=False):
    """What a person had entered to bring a ledger in step: signed units, and when it was confirmed.

    ``limit`` is the worst price in rupees, pinned then; None: at the market of the moment.
    """

    units: int
    at: datetime
    limit: Decimal | None = None

    @property
    def of(self) -> str:
        """What it was asked for by, for people."""
        return "/sync" if self.limit is None else "the open positions"
