"""Orders at a broker that carry our tags and that this journal did not send: values only.

What they mean and what is done about them: ``fence.py``.
"""

from datetime import datetime
from enum import StrEnum, unique

from msgspec import Struct, field
from msgspec.structs import replace

from engine.core.values.market import AccountName, OrderId, OrderStatus, Side
from engine.core.values.orders import OrderRow


@unique
class FrozenBy(StrEnum):
    """Why entries are frozen, in words for people."""

    STRANGER = "orders under our own tag that this store did not send"
    RESTORED = "the store was put back from the past"


class Stranger(Struct, frozen=True, kw_only=True, gc=False):
    """One order of our tag that this journal did not send, as last seen."""

    account: AccountName
    row: OrderRow
    found_at: datetime


class Fence(Struct, kw_only=True):
    """What keeps two copies of us from trading at once.

    Attributes:
        frozen: Why no entry leaves for any account; None where entries may.
        since: When it froze.
        strangers: What no person has taken over yet.
        own: Orders a person left to the account's owner, with their tags; of this trading day.
    """

    frozen: FrozenBy | None = None
    since: datetime | None = None
    strangers: dict[tuple[AccountName, OrderId], Stranger] = field(default_factory=dict)
    own: dict[tuple[AccountName, OrderId], str] = field(default_factory=dict)

    def freeze(self, why: FrozenBy, *, at: datetime) -> None:
        """Freeze entries; what froze them first stays the reason."""
        self.frozen = self.frozen or why
        self.since = self.since or at

    def end_day(self) -> None:
        """Take what worked for ended: DAY orders do not outlive their day, and no book shows them then."""
        for at, each in self.strangers.items():
            if not each.row.status.is_terminal:
                row = replace(each.row, status=OrderStatus.CANCELLED, status_text="day over")
                self.strangers[at] = replace(each, row=row)

    def has_own(self, account: AccountName, tag: str) -> bool:
        """Return whether an owner's order of today carries this tag."""
        if not self.own:
            return False  # asked for every order of ours, and mostly nobody has any
        return any(who == account and known == tag for (who, _), known in self.own.items())

    def has_stranger(self, account: AccountName, tag: str) -> bool:
        """Return whether an order that nobody has taken over carries this tag."""
        return any(
            each.account == account and tag in (each.row.tag, *each.row.tags)
            for each in self.strangers.values()
        )


class StrangerView(Struct, frozen=True, kw_only=True, gc=False):
    """One stranger as it is listed; ``becomes`` says what adopting makes of it."""

    account: AccountName
    order_id: OrderId
    at: datetime
    exchange: str
    symbol: str
    side: Side
    quantity: int
    filled: int
    status: str
    becomes: str
