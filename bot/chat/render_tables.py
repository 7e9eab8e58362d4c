"""Tables for a phone: lines of plain text, at most 34 columns; pure functions.

They return plain lines; ``html_text.table`` escapes them.
"""

import re
from textwrap import wrap

from bot.chat import money
from bot.chat.html_text import TABLE_COLUMNS
from bot.chat.name_columns import LEAST, named_rows, room_beside, short
from bot.chat.times import clock_time
from engine.core.values.copy_view import ChildState, ChildView, CopyView
from engine.core.values.market import Venue
from engine.core.values.views import AccountView, CheckLevel, CheckLine

# Of a reason in a list: the broker's words run to six lines, and a list has eight followers.
_BRIEF_LINES = 3
#: What fits beside a name.
_ONE_LINE = TABLE_COLUMNS - LEAST - 1
#: A command and the blank behind it: what is to be sent stands in one line, to be read and copied as one.
_COMMAND_AND_WORD = re.compile(r"((?<!\S)/[a-z_]+) (?=\S)")
_CHECK_MARKS = {CheckLevel.OK: "ok", CheckLevel.WARN: "--", CheckLevel.FAIL: "!!"}
#: States in which the reason matters more than numbers.
_WITH_REASON = frozenset(
    {
        ChildState.SKIPPED,
        ChildState.REFUSED,
        ChildState.REJECTED,
        ChildState.UNKNOWN,
        ChildState.ABSENT,
        ChildState.NEEDS_HUMAN,
    }
)


#: More open positions than that have no room in the column.
_MANY = 1000


def account_lines(accounts: tuple[AccountView, ...], venue: Venue) -> list[str]:
    """Return the accounts of the status card, one line each below a heading."""
    if not accounts:
        return []
    heading = ("acct", "state", "pos", "day P&L", "lag")
    rows = [_account_row(each, venue) for each in accounts]
    return named_rows([heading, *rows], (5, 3, 9, 5), left=1)


def account_state(view: AccountView, venue: Venue) -> str:
    """Return in one word of at most five letters why an account takes part or not in this mode."""
    if view.needs_login(venue):
        return "LOGIN"
    if view.leaving:
        return "going"
    if not view.enabled:
        return "off"
    return "pause" if view.paused else "ok"


def order_lines(copies: tuple[CopyView, ...]) -> list[str]:
    """Return one block per master order, newest first, with every follower's part in brief."""
    return [line for view in copies for line in _order(view, brief=len(copies) > 1)]


def card_lines(view: CopyView) -> list[str]:
    """Return the body of a copy card: the master's line, then one or more per follower."""
    master = () if view.alone else ("master",)
    told = _told_once(view.children)
    beside = [
        " ".join([text, *_extras(child)]) for child, text in zip(view.children, told, strict=True)
    ]
    room = room_beside(beside)
    width = min(room, max(len(name) for name in (*master, *(c.follower for c in view.children))))
    filled = f"{money.quantity(view.filled)}/" if 0 < view.filled < view.quantity else ""
    cells = [view.status.lower(), f"{filled}{money.quantity(view.quantity)}"]
    if view.average_price is not None:
        cells.append(money.price(view.average_price))
    lines = [] if view.alone else _folded("master".ljust(width), " ".join(cells), ())
    notes = [child.note for child in view.children if child.note]
    # What holds for all is said once, below them.
    common = notes[0] if len(notes) > 1 and len(set(notes)) == 1 else ""
    for child, came_to in zip(view.children, told, strict=True):
        lines += _child_lines(child, came_to, width=width, noted=not common)
    return lines + (hanging("", common) if common else [])


def _child_lines(child: ChildView, main: str, *, width: int, noted: bool) -> list[str]:
    """Return one follower's part, folded to the table's width."""
    name = short(child.follower, width).ljust(width)
    lines = _folded(name, main, _extras(child))
    if child.state in _WITH_REASON:
        return lines
    return lines + hanging("  ", child.note) if child.note and noted else lines


def _extras(child: ChildView) -> tuple[str, ...]:
    """Return slippage and lag of a part that was sent, where they are known."""
    extras: list[str] = []
    if child.state in _WITH_REASON:
        return ()
    if child.slippage_bps is not None:
        extras.append(f"{child.slippage_bps:+d}bp")
    if child.lag_ms is not None:
        extras.append(lag(child.lag_ms))
    return tuple(extras)


def _told_once(children: tuple[ChildView, ...]) -> list[str]:
    """Return what each part came to; a reason that takes lines is told of the first who has it."""
    first: dict[str, str] = {}
    told = []
    for child in children:
        text = _came_to(child)
        who = first.setdefault(text, child.follower)
        again = who != child.follower and len(text) > _ONE_LINE
        told.append(f"{child.state}, as {short(who)}" if again else text)
    return told


def _came_to(child: ChildView) -> str:
    """Return a part's state with its reason, or with its quantity and price."""
    filled = f"{money.quantity(child.filled)}/" if 0 < child.filled < child.quantity else ""
    if child.state in _WITH_REASON:
        part = f"{filled}{money.quantity(child.quantity)} filled, " if filled else ""
        return f"{part}{child.state}{f': {child.reason}' if child.reason else ''}"
    price = "" if child.average_price is None else f" {money.price(child.average_price)}"
    return f"{child.state} {filled}{money.quantity(child.quantity)}{price}"


def check_lines(checks: tuple[CheckLine, ...]) -> list[str]:
    """Return what of a preflight is not well, ``--`` (left out or worth knowing) or ``!!`` (forbids), and a count.

    What is well is only counted: a phone shows a dozen lines, and `copytrader check --online` lists all.
    """
    lines: list[str] = []
    for check in checks:
        if check.level is not CheckLevel.OK:
            lines += hanging(_CHECK_MARKS[check.level] + " ", check.text)
    well = sum(check.level is CheckLevel.OK for check in checks)
    if checks:
        lines.append(f"{_CHECK_MARKS[CheckLevel.OK]} {well} of {len(checks)} checks")
    return lines


def lag(milliseconds: int | None) -> str:
    """Return a delay in at most five columns; ``-`` where there is none."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    return f"{milliseconds / 1000:.1f}s" if milliseconds < 100_000 else ">99s"


def _account_row(view: AccountView, venue: Venue) -> tuple[str, ...]:
    return (
        view.name,
        account_state(view, venue),
        money.quantity(view.open_positions) if (view.open_positions or 0) < _MANY else "1k+",
        money.profit(view.day_pnl, width=9),
        lag(view.lag_p95_ms),
    )


def _order(view: CopyView, *, brief: bool) -> list[str]:
    at = clock_time(view.at)[:5]
    filled = f"{money.quantity(view.filled)}/" if 0 < view.filled < view.quantity else ""
    size = "" if view.alone else f"{filled}{money.quantity(view.quantity)} "
    average = "" if view.average_price is None else f" {money.price(view.average_price)}"
    kind = terms(view)
    priced = view.price is not None or view.trigger_price is not None
    state = (
        f"{view.status.lower()}{average}" if priced else f"{kind} {view.status.lower()}{average}"
    )
    lines = hanging(f"#{view.number} ", f"{at} {view.side} {size}{view.symbol}")
    lines += hanging("  ", " ".join(f"{view.exchange} {view.product} {state}".split()))
    lines += hanging("  ", kind) if priced else []
    told = _told_once(view.children)
    room = room_beside(told, lead=len("  "))
    width = min(room, max((len(child.follower) for child in view.children), default=0))
    for child, came_to in zip(view.children, told, strict=True):
        # What is folded anyhow needs no column of its own.
        name = short(child.follower, width)
        name = name.ljust(width if len(came_to) <= _ONE_LINE else min(width, LEAST))
        lines += hanging(f" {name} ", came_to, indent="   ", brief=brief)
    return lines


def terms(view: CopyView) -> str:
    """Return the kind of a master order with its prices: ``SL 1,600.00 trig 1,590.00``."""
    words = [view.order_type.value] if view.order_type is not None else []
    words += [money.price(view.price)] if view.price is not None else []
    if view.trigger_price is not None:
        words += ["trig", money.price(view.trigger_price)]
    return " ".join(words)


def _folded(name: str, main: str, extras: tuple[str, ...]) -> list[str]:
    whole = " ".join([name, main, *extras])
    if len(whole) <= TABLE_COLUMNS:
        return [whole]
    lines = hanging(f"{name} ", main)
    return [*lines, *hanging("  ", " ".join(extras))] if extras else lines


def hanging(lead: str, text: str, *, indent: str = "  ", brief: bool = False) -> list[str]:
    """Fold text to the columns.

    Args:
        lead: What the first line begins with.
        text: What is folded.
        indent: What later lines begin with.
        brief: Cut to a few lines, which is marked: ``/why`` tells it whole.
    """
    lines = wrap(
        lead + _COMMAND_AND_WORD.sub("\\1\N{NO-BREAK SPACE}", text),
        TABLE_COLUMNS,
        subsequent_indent=indent,
        max_lines=_BRIEF_LINES if brief else None,
        placeholder=" …",
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines] or [lead.rstrip()]
