"""Positions to chat text; pure, everything escaped, the mode first."""

from datetime import datetime

from bot.chat import money
from bot.chat.html_text import escape, table
from bot.chat.render import footer, headed
from bot.chat.render_tables import position_lines
from bot.chat.times import time_and_age
from engine.core.market import MASTER, AccountName, Venue
from engine.core.views import AccountPositions


def positions(
    venue: Venue,
    accounts: tuple[AccountPositions, ...],
    *,
    now: datetime,
    only: AccountName | None = None,
    out: frozenset[AccountName] = frozenset(),
) -> str:
    """Return the positions of one account in detail, or of all in brief.

    Args:
        venue: The mode now.
        accounts: All, or the one that is shown and the master.
        now: What ages are counted to.
        only: The account to show in detail; None shows all.
        out: Accounts that need a login.
    """
    master = next((one for one in accounts if one.account == MASTER), None)
    parts = [headed(venue, "positions")]
    for account in accounts:
        if only not in (None, account.account):
            continue
        lines = position_lines(account, detail=only is not None, master=master)
        total = f" · day {_day_of(account)}" if account.rows else ""
        nothing = "" if lines or account.read_at is None else " · flat"
        login = f" · no session: /login {escape(account.account)}" * (account.account in out)
        name = f"<b>{escape(account.account)}</b>"
        parts.append(f"{name}{nothing}{total} · {_read_of(account, now)}{login}")
        parts.append(table(lines))
    return "\n".join(part for part in [*parts, footer(now)] if part)


def _day_of(account: AccountPositions) -> str:
    return "?" if account.day_pnl is None else money.rupees(account.day_pnl)


def _read_of(account: AccountPositions, now: datetime) -> str:
    if account.read_at is not None:
        return f"read {time_and_age(account.read_at, now=now)}"
    return "nothing copied yet" if account.venue is Venue.PAPER else "never read yet"
