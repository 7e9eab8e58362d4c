"""The answers of ``--json`` on what is: what a script may rely on, written down in ``docs/json.md``.

Keys are only ever added. Rupees are exact and therefore text; times are ISO 8601 with their offset.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from engine.core.values.market import AccountName, Venue
from engine.core.values.position_views import AccountPositions, PositionView
from engine.core.values.views import CheckLine, StatusView


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``copytrader status --json`` answers.

    Attributes:
        running: Whether an instance runs; the exit status says the same.
        as_of: When the store's newest event happened, where nothing runs; null while one runs.
        kill_switch: Whether the local kill switch is set.
        status: The state; null before the first run.
    """

    running: bool
    as_of: datetime | None
    kill_switch: bool
    status: StatusView | None


class PositionsOf(msgspec.Struct, frozen=True, kw_only=True):
    """Positions of one account.

    Attributes:
        account: ``master`` or the follower's name.
        venue: ``live`` or ``paper``: whose positions they are.
        read_at: When they were read, in PAPER the newest prices; null: never.
        day_pnl: Rupees of the day over all rows; null unless every row is known.
        rows: One for each symbol and product.
    """

    account: AccountName
    venue: Venue
    read_at: datetime | None
    day_pnl: Decimal | None
    rows: tuple[PositionView, ...]

    @classmethod
    def of(cls, found: AccountPositions) -> "PositionsOf":
        """Return the positions of an account as they are answered."""
        return cls(
            account=found.account,
            venue=found.venue,
            read_at=found.read_at,
            day_pnl=found.day_pnl,
            rows=found.rows,
        )


class PositionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``copytrader positions --json`` answers.

    Attributes:
        running: Whether an instance answered; else they are as the store last knew them.
        positions: One for each account, the master first.
    """

    running: bool
    positions: tuple[PositionsOf, ...]


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``copytrader check --json`` answers.

    Attributes:
        ok: Whether nothing failed; the exit status says the same.
        lines: One for each thing that was looked at.
    """

    ok: bool
    lines: tuple[CheckLine, ...]
