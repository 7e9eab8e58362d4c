"""What is known of an account and its broker."""

from dataclasses import dataclass
from datetime import date, datetime

from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName, OrderId, Tag
from engine.core.values.orders import Funds, HoldingRow, OrderRow, PositionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKept:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginOffered:
    """An account was given a login button; the one before it is void."""

    login: PendingLogin


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsKnown:
    """A positions snapshot: asked and answered when, net rows.

    ``holdings`` is None where they were not read, or are as known.
    """

    account: AccountName
    rows: tuple[PositionRow, ...]
    asked_at: datetime
    at: datetime
    holdings: tuple[HoldingRow, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsKnown:
    """What an account has, as of the moment it was asked for: ``at``."""

    account: AccountName
    funds: Funds
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeLearned:
    """A refusal named the most units the exchange takes in one order.

    ``name`` is the underlying of a derivative, the symbol of anything else. ``table_date`` is of the
    table it corrects; None where there was none.
    """

    exchange: str
    name: str
    quantity: int
    table_date: date | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerSeen:
    """An order with a tag of ours that this journal did not send; entries are frozen by the first."""

    account: AccountName
    row: OrderRow
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAccepted:
    """A person took a store of the past as it is; entries stay frozen until the books were looked at."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerCounted:
    """A stranger became the copy that ``child`` names."""

    account: AccountName
    order_id: OrderId
    child: Tag
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerLeft:
    """A stranger was left to the account's owner: its units are his."""

    account: AccountName
    order_id: OrderId
    tag: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesReleased:
    """A person has taken over every stranger: entries may leave; ``totp_step`` is of his code."""

    at: datetime
    totp_step: int | None = None
