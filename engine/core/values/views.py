"""What people see of the whole: status, accounts, checks, funds and limits, read off the engine's state."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.orders import Funds


@unique
class SessionState(StrEnum):
    """Whether an account can be spoken to."""

    OK = "ok"
    LOGIN = "login"


@unique
class CheckLevel(StrEnum):
    """How a preflight line ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class CheckLine(Struct, frozen=True, kw_only=True, gc=False):
    """One line of a preflight; ``text`` is plain and holds the mend where it failed."""

    level: CheckLevel
    text: str

    @classmethod
    def ok(cls, text: str) -> "CheckLine":
        """Return a line about something that is well."""
        return cls(level=CheckLevel.OK, text=text)

    @classmethod
    def warn(cls, text: str) -> "CheckLine":
        """Return a line about something left out or worth knowing."""
        return cls(level=CheckLevel.WARN, text=text)

    @classmethod
    def fail(cls, text: str) -> "CheckLine":
        """Return a line about what forbids a start."""
        return cls(level=CheckLevel.FAIL, text=text)


class AccountView(Struct, frozen=True, kw_only=True, gc=False):
    """One account on the status card.

    Attributes:
        open_positions: Symbols with a net position other than zero; None while not known.
        day_pnl: Rupees; None while not known.
        lag_p95_ms: Master event received → follower's broker answered, of today, milliseconds; None without copies.
        paused: Entries stopped for this follower alone.
        paused_why: Where the broker takes no orders of it, its words for that.
        refused_exits: Exits that were refused for good and wait for a person to send them again.
        leaving: Not in the settings any more, and still here for the exits of what was copied to it.
        unresolved: Intents whose outcome is UNKNOWN or needs a person.
        unresolved_names: These orders, each in one short phrase.
        segments_lacking: Exchanges it is set to copy that its broker has not enabled.
        held_up: Exits that wait until the owner has authorised the sale of his shares.
        holds_live: Whether it holds real copies, so that it needs a session in any mode.
        stuck_exits: Exits that work at the broker and have not filled for half a minute.
    """

    name: AccountName
    user_id: str
    session: SessionState
    open_positions: int | None
    day_pnl: Decimal | None
    lag_p95_ms: int | None
    paused: bool = False
    enabled: bool = True
    unresolved: int = 0
    unresolved_names: tuple[str, ...] = ()
    segments_lacking: tuple[str, ...] = ()
    held_up: int = 0
    stuck_exits: int = 0
    holds_live: bool = False
    leaving: bool = False
    paused_why: str = ""
    refused_exits: int = 0

    def needs_login(self, venue: Venue) -> bool:
        """Return whether it has no session and needs one in this mode.

        PAPER needs the master's alone; whoever holds real copies needs his in any mode, for their exits.
        """
        if self.session is SessionState.OK:
            return False
        wanted = self.name == MASTER or (self.enabled and venue is Venue.LIVE)
        return wanted or self.holds_live


class StatusView(Struct, frozen=True, kw_only=True, gc=False):
    """The whole state on one card.

    ``frozen``: no entry leaves, because another copy of us was met; ``problems`` says what to do.
    ``clock_wrong``: no entry leaves, because this machine's clock is far off the broker's.
    ``open_offers`` counts the questions that wait for a press. ``losses``: of each limit of a daily loss, in one
    line, what is used of it and what it stops.
    """

    venue: Venue
    copying: bool
    since: datetime | None
    armed_until: datetime | None
    killed: bool
    stream_up: bool
    book_age_s: float | None
    last_copy_at: datetime | None
    resting_entries: int
    accounts: tuple[AccountView, ...]
    problems: tuple[str, ...] = ()
    totp_locked: bool = False
    frozen: bool = False
    clock_wrong: bool = False
    open_offers: int = 0
    losses: tuple[str, ...] = ()


class AccountFunds(Struct, frozen=True, kw_only=True, gc=False):
    """What one account may spend, read at the broker just now.

    Attributes:
        funds: Rupees per Kite segment; None where they could not be read.
        problem: Why not, in one plain line with the mend; empty where they were.
    """

    account: AccountName
    funds: Funds | None
    problem: str = ""


class LimitLine(Struct, frozen=True, kw_only=True, gc=False):
    """One limit of a follower's: its setting's short name, the limit, and what is used of it in words."""

    name: str
    limit: str
    used: str = ""


class AccountLimits(Struct, frozen=True, kw_only=True, gc=False):
    """The limits on one follower's entries; ``cuts``: what is over one is cut, not left out.

    ``chosen`` is what was set from the chat of its rules, and of what is over all followers.
    """

    account: AccountName
    lines: tuple[LimitLine, ...]
    cuts: bool = False
    chosen: tuple["SettingLine", ...] = ()


class SettingLine(Struct, frozen=True, kw_only=True, gc=False):
    """One value that may be set from the chat.

    Attributes:
        value: As it counts now.
        by_env: As the settings have it.
        chosen: Whether it was set from the chat.
    """

    key: str
    value: str
    by_env: str
    chosen: bool
