"""``copytrader positions``: positions and day P&L of every account."""

import argparse
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.chat.money import price, quantity, rupees
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.running import ask, field, offline_reads
from bot.control_socket import NotRunningError
from engine.core.market import IST, MASTER
from engine.core.views import AccountPositions, PositionView
from engine.errors import CopyTraderError

_BRIEF = ("account", "mode", "open", "P&L", "read at")
_USUAL = ("account", "symbol", "product", "net", "copied", "P&L")
_DETAIL = (*_USUAL, "average", "last")


def positions(args: argparse.Namespace, invocation: Invocation) -> int:
    """Show positions, of the running instance or else as the store knows them."""
    terminal = invocation.terminal
    places = Configuration.read(args.env_file, invocation).places()
    found, running = _read(places)
    if args.account is not None:
        known = [one.account for one in found]
        found = tuple(one for one in found if one.account == args.account.lower())
        if not found:
            raise CopyTraderError(
                f"no account {args.account!r} - known: {', '.join(known) or 'none yet'}"
            )
    if args.json:
        terminal.show_json({"running": running, "positions": msgspec.to_builtins(found)})
        return ExitStatus.OK
    if not running:
        terminal.complain("nothing runs here - these are the last positions the store knows")
    _show(terminal, found, args)
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


def _show(terminal: Terminal, found: Sequence[AccountPositions], args: argparse.Namespace) -> None:
    if args.brief:
        terminal.table(_BRIEF, [_brief(one) for one in found])
        return
    headers = _DETAIL if args.detail else _USUAL
    rows = [_line(one, row)[: len(headers)] for one in found for row in one.rows]
    if rows:
        terminal.table(headers, rows)
    for one in found:
        if one.read_at is None:
            terminal.say(f"{one.account}: not read yet")
        elif not one.rows:
            terminal.say(f"{one.account}: no positions")
        else:
            terminal.say(f"{one.account}: day P&L {_day(one)}, {one.venue.label}")


def _brief(one: AccountPositions) -> tuple[str, ...]:
    if one.read_at is None:
        return (one.account, one.venue.label, "?", _day(one), "never")
    held = [row for row in one.rows if row.net != 0]
    return (
        one.account,
        one.venue.label,
        str(len(held)),
        _day(one),
        f"{one.read_at.astimezone(IST):%H:%M:%S}",
    )


def _day(one: AccountPositions) -> str:
    """Return the account's day P&L, ``?`` unless that of every position is known."""
    known = [row.pnl for row in one.rows if row.pnl is not None]
    whole = one.read_at is not None and len(known) == len(one.rows)
    return rupees(sum(known, Decimal(0))) if whole else "?"


def _line(one: AccountPositions, row: PositionView) -> tuple[str, ...]:
    return (
        one.account,
        f"{row.exchange}:{row.symbol}",
        row.product.value,
        quantity(row.net),
        "-" if one.account == MASTER else quantity(row.copied),
        "?" if row.pnl is None else rupees(row.pnl),
        price(row.average_price),
        price(row.last_price),
    )
