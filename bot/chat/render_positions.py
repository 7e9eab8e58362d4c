"""Positions to chat text; pure, everything escaped, the mode first."""

from collections.abc import Mapping
from datetime import datetime

from bot.chat import money
from bot.chat.html_text import TABLE_COLUMNS, escape, table
from bot.chat.render import footer, headed
from bot.chat.render_tables import hanging
from bot.chat.times import time_and_age
from engine.core.values.market import MASTER, AccountName, Product, Venue
from engine.core.values.position_views import AccountDrift, AccountPositions, DriftRow, PositionView

_Place = tuple[str, str, Product]


def positions(
    venue: Venue,
    accounts: tuple[AccountPositions, ...],
    *,
    now: datetime,
    only: AccountName | None = None,
    out: frozenset[AccountName] = frozenset(),
    drift: tuple[AccountDrift, ...] = (),
) -> str:
    """Return the positions of one account in detail, or of all in brief.

    Args:
        venue: The mode now.
        accounts: All, or the one that is shown and the master.
        now: What ages are counted to.
        only: The account to show in detail; None shows all.
        out: Accounts that need a login.
        drift: Where followers differ from the master; marked with ``!!``.
    """
    apart = {each.account: {_place(row): row for row in each.rows} for each in drift}
    master = next((one for one in accounts if one.account == MASTER), None)
    parts = [headed(venue, "positions")]
    for account in accounts:
        if only not in (None, account.account):
            continue
        differs = apart.get(account.account, {})
        lines = _position_lines(account, detail=only is not None, master=master, differs=differs)
        lines += _missing(account, differs)
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


def _position_lines(
    account: AccountPositions,
    *,
    detail: bool,
    master: AccountPositions | None,
    differs: Mapping[_Place, DriftRow],
) -> list[str]:
    """Return the positions of one account; closed ones only in detail.

    Args:
        account: Whose.
        detail: With product, prices, and what is copied beside what the master has.
        master: His positions, for the detail of a follower.
        differs: Where it is not in step.
    """
    at_masters = {
        (row.exchange, row.symbol, row.product): row.net for row in (master.rows if master else ())
    }
    rows = [row for row in account.rows if detail or row.net != 0 or row.copied != 0]
    # Nothing is copied to the master: all he holds is his own.
    split = account.account != MASTER
    lines = []
    for row in rows:
        lines += _position(row, detail=detail)
        if split and row.net != row.copied:
            lines += hanging("  ", _split_of(row, read_at=account.read_at))
        if split and detail and master is not None and master.read_at is not None:
            net = at_masters.get((row.exchange, row.symbol, row.product), 0)
            his = f"master {money.quantity(net, signed=True)}"
            copied = f"copied {money.quantity(row.copied, signed=True)}, "
            lines += hanging("  ", copied * (row.net == row.copied) + his)
        if _place(row) in differs:
            lines += hanging("  ", _marked(differs[_place(row)]), brief=True)
    return lines


def _place(row: PositionView | DriftRow) -> _Place:
    return row.exchange, row.symbol, row.product


def _missing(account: AccountPositions, differs: Mapping[_Place, DriftRow]) -> list[str]:
    """Return what should be held and is in no row of the positions."""
    shown = {_place(row) for row in account.rows}
    lines = []
    for place, row in differs.items():
        if place not in shown:
            lines += [*hanging("", row.symbol), *hanging("  ", _marked(row), brief=True)]
    return lines


def _marked(row: DriftRow) -> str:
    wanted = f"!! want {money.quantity(row.wanted, signed=True)}"
    why = row.note or "/diff"
    return f"{wanted}, copied {money.quantity(row.copied, signed=True)}: {why}"


def _position(row: PositionView, *, detail: bool) -> list[str]:
    numbers = f"{money.quantity(row.net, signed=True):>8} {money.profit(row.pnl, width=9):>9}"
    room = TABLE_COLUMNS - len(numbers) - 1
    if len(row.symbol) <= room:
        lines = [f"{row.symbol:<{room}} {numbers}"]
    else:
        lines = [*hanging("", row.symbol), f"{numbers:>{TABLE_COLUMNS}}"]
    if detail:
        lines += hanging("  ", f"{row.exchange} {row.product}")
        prices = f"avg {money.price(row.average_price)} last {money.price(row.last_price)}"
        lines += hanging("  ", prices)
    return lines


def _split_of(row: PositionView, *, read_at: datetime | None) -> str:
    copied = f"copied {money.quantity(row.copied, signed=True)}"
    if row.net is None:
        return f"{copied}, the broker's net was read before its newest fill" if read_at else copied
    return f"{copied}, own {money.quantity(row.net - row.copied, signed=True)}"
