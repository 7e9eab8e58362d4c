"""What is known of an account and its broker."""

from datetime import date, datetime

from msgspec import Struct

from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName, OrderId, Tag
from engine.core.values.orders import Funds, HoldingRow, OrderRow, PositionRow


class SessionKept(Struct, frozen=True, kw_only=True, gc=False):
    """An account's session, sealed; or its end (``ok`` False).

    Attributes:
        exchanges: Segments the broker has enabled, told by a login; empty: not known.
        demat_consent: Kite's word for the consent to debit shares; None: not known.
    """

    account: AccountName
    ok: bool
    user_id: str
    user_name: str
    sealed_token: str
    login_at: datetime | None
    exchanges: frozenset[str] = frozenset()
    demat_consent: str | None = None


class LoginOffered(Struct, frozen=True, kw_only=True, gc=False):
    """An account was given a login button; the one before it is void."""

    login: PendingLogin


class PositionsKnown(Struct, frozen=True, kw_only=True, gc=False):
    """A positions snapshot: asked and answered when, net rows.

    ``holdings`` is None where they were not read, or are as known.
    """

    account: AccountName
    rows: tuple[PositionRow, ...]
    asked_at: datetime
    at: datetime
    holdings: tuple[HoldingRow, ...] | None = None


class FundsKnown(Struct, frozen=True, kw_only=True, gc=False):
    """What an account has, as of the moment it was asked for: ``at``."""

    account: AccountName
    funds: Funds
    at: datetime


class FreezeLearned(Struct, frozen=True, kw_only=True, gc=False):
    """A refusal named the most units the exchange takes in one order.

    ``name`` is the underlying of a derivative, the symbol of anything else. ``table_date`` is of the
    table it corrects; None where there was none.
    """

    exchange: str
    name: str
    quantity: int
    table_date: date | None
    at: datetime


class StrangerSeen(Struct, frozen=True, kw_only=True, gc=False):
    """An order with a tag of ours that this journal did not send; entries are frozen by the first."""

    account: AccountName
    row: OrderRow
    at: datetime


class StoreAccepted(Struct, frozen=True, kw_only=True, gc=False):
    """A person took a store of the past as it is; entries stay frozen until the books were looked at."""

    at: datetime


class StrangerCounted(Struct, frozen=True, kw_only=True, gc=False):
    """A stranger became the copy that ``child`` names."""

    account: AccountName
    order_id: OrderId
    child: Tag
    at: datetime


class StrangerLeft(Struct, frozen=True, kw_only=True, gc=False):
    """A stranger was left to the account's owner: its units are his."""

    account: AccountName
    order_id: OrderId
    tag: str
    at: datetime


class EntriesReleased(Struct, frozen=True, kw_only=True, gc=False):
    """A person has taken over every stranger: entries may leave; ``totp_step`` is of his code."""

    at: datetime
    totp_step: int | None = None
