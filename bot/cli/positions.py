"""``copytrader positions``: positions and day P&L of every account."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.chat.money import price, quantity, rupees
from bot.chat.times import time_and_age
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.json_answers import PositionsAnswer, PositionsOf
from bot.cli.running import ask, field, named_account, offline_reads
from bot.control_socket import NotRunningError
from engine.core.values.market import MASTER, AccountName, Product, Venue
from engine.core.values.position_views import AccountPositions, PositionView
from engine.core.values.views import AccountView, StatusView

_BRIEF = ("account", "mode", "open", "day P&L", "read at")
_USUAL = ("account", "symbol", "product", "net", "copied", "P&L")
_DETAIL = ("account", "net", "copied", "average", "last", "P&L")
_NUMBERS = frozenset({"open", "day P&L", "net", "copied", "average", "last", "P&L"})

_Place = tuple[str, str, Product]


def positions(args: argparse.Namespace, invocation: Invocation) -> int:
    """Show positions, of the running instance or else as the store knows them."""
    terminal, now = invocation.terminal, invocation.clock.now()
    places = Configuration.read(args.env_file, invocation).used_places()
    everyone, running = _read(places)
    only = None if args.account is None else _named(args.account, everyone, places)
    found = tuple(one for one in everyone if only in (None, one.account))
    if args.json:
        shown = tuple(PositionsOf.of(one) for one in found)
        terminal.show_json(PositionsAnswer(running=running, positions=shown))
        return ExitStatus.OK
    if not running:
        terminal.complain(
            f"nothing runs here - positions as the store last knew them{_age(found, now)}"
        )
    if args.brief:
        terminal.table(_BRIEF, [_brief(one, now) for one in found], numbers=_NUMBERS)
    elif args.detail:
        _show_detail(terminal, [one for one in everyone if one in found or one.account == MASTER])
        _show_days(terminal, found, now)
    else:
        rows = [_line(one, row) for one in found for row in one.rows]
        if rows:
            terminal.table(_USUAL, rows, numbers=_NUMBERS)
        _show_days(terminal, found, now)
    return ExitStatus.OK


def _read(places: Places) -> tuple[tuple[AccountPositions, ...], bool]:
    try:
        answer = ask(places, "positions")
    except NotRunningError:
        reads = offline_reads(places.data_dir)
        if reads is None:
            raise
        return reads.positions(), False
    return field(answer, "positions", tuple[AccountPositions, ...]), True


def _named(word: str, everyone: Sequence[AccountPositions], places: Places) -> AccountName:
    """Return the account of a name or a client id.

    Raises:
        CopyTraderError: There is none.
    """
    for one in everyone:
        if one.account == word.lower():
            return one.account
    return named_account(word, _accounts(places))


def _accounts(places: Places) -> tuple[AccountView, ...]:
    try:
        return field(ask(places, "status"), "status", StatusView).accounts
    except NotRunningError:
        reads = offline_reads(places.data_dir)
        view = reads.status() if reads is not None else None
        return view.accounts if view is not None else ()


def _age(found: Sequence[AccountPositions], now: datetime) -> str:
    newest = max((one.read_at for one in found if one.read_at is not None), default=None)
    return "" if newest is None else f", {time_and_age(newest, now=now)}"


def _show_days(terminal: Terminal, found: Sequence[AccountPositions], now: datetime) -> None:
    for one in found:
        if one.read_at is None:
            nothing = "nothing copied yet" if one.venue is Venue.PAPER else "not read yet"
            terminal.say(f"{one.account}: {nothing}")
            continue
        what = f"day P&L {_rupees(one.day_pnl)}" if one.rows else "no positions"
        read = time_and_age(one.read_at, now=now)
        terminal.say(f"{one.account}: {what}, {one.venue.label}, read {read}")


def _show_detail(terminal: Terminal, shown: Sequence[AccountPositions]) -> None:
    """Write one block per symbol and product: the master first, each follower beside him."""
    rows: dict[_Place, dict[AccountName, PositionView]] = {}
    for one in shown:
        for row in one.rows:
            rows.setdefault((row.exchange, row.symbol, row.product), {})[one.account] = row
    for exchange, symbol, product in sorted(rows):
        terminal.say(f"{exchange}:{symbol} {product.value}")
        held = rows[exchange, symbol, product]
        lines = [_beside(one, held.get(one.account)) for one in shown]
        terminal.table(_DETAIL, lines, numbers=_NUMBERS)
        terminal.say("")


def _brief(one: AccountPositions, now: datetime) -> tuple[str, ...]:
    if one.read_at is None:
        return (one.account, one.venue.label, "?", "?", "never")
    held = [row for row in one.rows if row.net != 0]
    return (
        one.account,
        one.venue.label,
        str(len(held)),
        _rupees(one.day_pnl),
        time_and_age(one.read_at, now=now),
    )


def _line(one: AccountPositions, row: PositionView) -> tuple[str, ...]:
    return (
        one.account,
        f"{row.exchange}:{row.symbol}",
        row.product.value,
        quantity(row.net),
        _copied(one, row.copied),
        _rupees(row.pnl),
    )


def _beside(one: AccountPositions, row: PositionView | None) -> tuple[str, ...]:
    if row is None:
        net = "?" if one.read_at is None else "0"
        return (one.account, net, _copied(one, 0), "-", "-", "-")
    prices = price(row.average_price), price(row.last_price)
    return (one.account, quantity(row.net), _copied(one, row.copied), *prices, _rupees(row.pnl))


def _copied(one: AccountPositions, units: int) -> str:
    return "-" if one.account == MASTER else quantity(units)


def _rupees(amount: Decimal | None) -> str:
    return "?" if amount is None else rupees(amount)
