"""Proposals of /sync and /detach to chat text; pure, everything escaped, the mode first."""

from datetime import datetime
from decimal import Decimal

from bot.chat import money
from bot.chat.html_text import escape, table
from bot.chat.render import footer, headed
from bot.chat.render_tables import hanging
from engine.core.values.counts import counted
from engine.core.values.market import AccountName, Side, Venue
from engine.core.values.position_views import DetachProposal, LegsMargin, SyncProposal


def proposal(
    venue: Venue, found: SyncProposal, *, lead: str, now: datetime, title: str = "sync"
) -> str:
    """Return the orders that would be placed, each with why, and what is left out and why."""
    if not found.orders and not found.left and not found.without:
        text = " ".join(filter(None, [lead, "nothing to do: all in step as far as is known"]))
        return f"{headed(venue, text, mark='🟢')}\n{footer(now)}"
    count = len(found.orders)
    said = f"{counted(count, 'order')} proposed" if count else "nothing can be ordered now"
    parts = [headed(venue, f"{title}: {said}", mark="🟡")]
    parts += [escape(lead)] if lead else []
    for name in dict.fromkeys(order.follower for order in found.orders):
        parts.append(f"<b>{escape(name)}</b>")
        lines: list[str] = []
        for order in found.orders:
            if order.follower == name:
                what = f"{order.side.value} {money.quantity(order.quantity)} {order.symbol}"
                lines += hanging("", f"{what} {order.exchange} {order.product}")
                if order.limit is not None:
                    worst = "at most" if order.side is Side.BUY else "at least"
                    lines += hanging("  ", f"LIMIT, {worst} {money.price(order.limit)}")
                lines += hanging("  ", order.why, brief=True)
        for margin in found.margins:
            if margin.follower == name:
                lines += hanging("", _margin_of(margin))
        parts.append(table(lines))
    parts += _left_out(found)
    if any(order.limit is not None for order in found.orders):
        parts.append(
            "Each a limit one band round the last price, set anew as you confirm, never his average. "
            "Good for 60 s."
        )
    elif count:
        parts.append("Reductions go first; your own units are not touched. Good for 60 s.")
    return "\n".join([*parts, footer(now)])


def _left_out(found: SyncProposal) -> list[str]:
    short = (each for each in found.margins if each.is_short)
    lines = [f"{each.follower}: {_shortage(each)}" for each in short]
    lines += [f"{each.follower} {each.symbol}: {each.why}" for each in found.left]
    return ["not proposed:", *map(escape, lines)] if lines else []


def _margin_of(margin: LegsMargin) -> str:
    if margin.needed is None or margin.free is None:
        return "margin: Kite did not tell it; what it refuses is told"
    return f"margin {money.rupees(margin.needed)} of {money.rupees(margin.free)} free"


def _shortage(margin: LegsMargin) -> str:
    needed, free = (
        money.rupees(margin.needed or Decimal(0)),
        money.rupees(margin.free or Decimal(0)),
    )
    orders = "1 order needs" if margin.legs == 1 else f"{margin.legs} orders together need"
    return f"{orders} {needed} and {free} is free: add funds, or enter single ones in Kite"


def hand_back(
    venue: Venue, follower: AccountName, found: DetachProposal, *, lead: str, now: datetime
) -> str:
    """Return what would be handed back, and what that means."""
    lines: list[str] = []
    for row in found.rows:
        works = f", {counted(row.working, 'working order')}" if row.working else ""
        units = money.quantity(row.units, signed=True)
        lines += hanging("", f"{units} {row.symbol} {row.exchange} {row.product}{works}")
    parts = [headed(venue, f"hand these back to {follower}?", mark="⚠️")]
    parts += [escape(lead)] if lead else []
    parts += [
        table(lines),
        escape(
            "They become the account's own: nothing of the master closes them any more, and their working "
            "orders are cancelled. What he enters from then on is copied as before. Good for 60 s."
        ),
        footer(now),
    ]
    return "\n".join(parts)
