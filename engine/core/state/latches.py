"""When a leg gets no further child by itself, and what a latched entry leaves behind."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from engine.core.state.cancels import SUPERSEDED
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import SILENT_SKIPS, Turn
from engine.core.values import records as r
from engine.core.values.child import RESTS, Child
from engine.core.values.commands import RefusalKind
from engine.core.values.copies import CopyPart
from engine.core.values.exact import Exact
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderId, OrderStatus, Tag
from engine.core.values.notices import SkipReason

#: An exit refused for one of these is sent again when the cause is gone; nothing was placed.
RETRIED = frozenset(
    {RefusalKind.RATE, RefusalKind.NOT_SENT, RefusalKind.SESSION, RefusalKind.PRICE}
)


def is_quiet(part: CopyPart, order: MasterOrder | None, *, entry_units: Callable[[], int]) -> bool:
    """Return whether nothing about a part can change until a row of it does.

    Args:
        part: The follower's part.
        order: The master's order, if it is of today.
        entry_units: Returns the units its entry leg is to come to; asked only where that decides.
    """
    if order is not None and order.is_yet_to_fill:
        return False
    if any(not child.has_ended for child in part.children) or part.unfilled_claim or part.excess:
        return False
    entries, known = part.of(Leg.ENTRY), part.skips.get(Leg.ENTRY)
    # What was no lot at first may have become some, and have to wait for something else.
    left_out = known is not None and known.reason is not SkipReason.ZERO_LOTS
    settled = left_out or part.filled(Leg.ENTRY) >= entry_units()
    return settled or any(is_latched(child) for child in entries)


#: Refusals of what the exchange takes in another form: the table of the mirror modes names it.
TRANSLATED = frozenset({RefusalKind.NO_MARKET, RefusalKind.TRIGGER})


def is_latched(child: Child) -> bool:
    """Return whether a child's end is final for its leg: refused, rejected, or not ended by us.

    A person may want it sent again all the same.
    """
    if child.lifted:
        return False
    match child.state:
        case IntentState.REFUSED:
            return child.refusal not in TRANSLATED
        case IntentState.ABSENT | IntentState.EXPIRED:
            return True
        case IntentState.KILLED:
            return child.reason != SUPERSEDED
        case _:
            return _ended_by_others(child)


def _ended_by_others(child: Child) -> bool:
    status = child.sighting.row.status if child.sighting else None
    cancelled = status is OrderStatus.CANCELLED and child.cancel is None
    return cancelled or status is OrderStatus.REJECTED


def is_past_its_trigger(children: Sequence[Child], trigger_price: Decimal | None) -> bool:
    """Return whether a stop at this trigger was refused because the market is past it already.

    It is not sent again: what the master's own order then fills is.
    """
    return trigger_price is not None and any(
        child.refusal is RefusalKind.TRIGGER
        and child.state is IntentState.REFUSED
        and child.command.trigger_price == trigger_price
        for child in children
    )


def is_out_of_range(children: Iterable[Child], price: Decimal | None) -> bool:
    """Return whether an exit was refused because this very price, the master's own, is out of range.

    It is not sent again: each second it would be refused again. At his next price, or at the market once
    his order fills, it is.
    """
    return price is not None and any(
        child.refusal is RefusalKind.PRICE
        and child.state is IntentState.REFUSED
        and child.step == RESTS
        and child.command.price == price
        for child in children
    )


def is_left_to_the_market(children: Sequence[Child]) -> bool:
    """Return whether an exit of ours has left the master's price, or ended there for good: it goes up the ladder.

    What may still turn up at the broker, or is sent again by itself, is waited for.
    """
    if any(not child.has_ended and child.step > RESTS for child in children):
        return True
    resting = [child for child in children if child.step == RESTS]
    if any(not child.has_ended for child in resting):
        return False
    not_here = (RefusalKind.TRIGGER, RefusalKind.PRICE)
    return any(
        is_given_up(child) or (child.state is IntentState.REFUSED and child.refusal in not_here)
        for child in resting
        if child.state is not IntentState.ABSENT
    )


def is_given_up(child: Child) -> bool:
    """Return whether nothing takes the place of what a child did not fill: people were told of it.

    An entry is never sent again. An exit is, where it met a limit, no session or no connection, or was
    larger than the exchange takes.
    """
    again = child.state is IntentState.REFUSED and child.leg is not Leg.ENTRY
    if again and (child.refusal in RETRIED or child.refusal is RefusalKind.FREEZE):
        return False
    return is_latched(child) and not waits_for_holdings(child)


#: Words of a rejection that comes after the order was taken (Kite Connect docs, portfolio: a sale
#: that needs authorisation at the depository; RMS: "Check holdings").
_HOLDINGS = re.compile(r"check holdings|authori[sz]", re.IGNORECASE)


def waits_for_holdings(child: Child) -> bool:
    """Return whether an exit came to nothing for want of shares that may be sold.

    Nothing was placed, and a person can mend it: authorise the sale with a TPIN, or sign DDPI.
    """
    if child.leg is not Leg.EXIT or child.lifted:
        return False
    if child.state is IntentState.REFUSED:
        return child.refusal is RefusalKind.HOLDINGS
    row = child.sighting.row if child.sighting else None
    if row is None or row.status is not OrderStatus.REJECTED or row.filled_quantity:
        return False
    return bool(_HOLDINGS.search(row.status_message or ""))


def stuck_mark(tag: Tag) -> str:
    """Return the mark of an exit that a person was asked about because it did not fill."""
    return f"stuck:{tag}"


def held_up_exits(state: State, follower: AccountName) -> list[Child]:
    """Return an account's newest exits that wait until a person has authorised the sale."""
    found = []
    for books in state.books.values():
        book = books.get((state.venue, follower))
        for _, part in book.active_parts() if book else ():
            exits = part.of(Leg.EXIT)
            if exits and waits_for_holdings(exits[-1]):
                found.append(exits[-1])
    return found


def holdings_mend(child: Child) -> str:
    """Return the mend of an exit that waits for shares, one line."""
    name = child.key.follower
    if "authori" in child.reason.lower():
        return (
            "The copied holding is still there. Authorise the sale in Kite with your TPIN (or sign "
            f"DDPI, once for all), then /resume {name}: the exit goes out again."
        )
    return (
        "The copied holding is still there, but Kite sees no shares to sell: look in Kite, then "
        f"/resume {name} sends the exit again."
    )


def skip(
    turn: Turn,
    key: Key,
    order_id: OrderId,
    leg: Leg,
    reason: SkipReason,
    detail: str = "",
) -> None:
    """Record why a leg gets no (further) order; the card shows it."""
    book = turn.state.book(key)
    part = book.parts[order_id] if book else None
    turn.emit(
        r.Skipped(key=key, order_id=order_id, leg=leg, reason=reason, detail=detail, at=turn.at)
    )
    if leg is Leg.ENTRY and reason is not SkipReason.ZERO_LOTS and part and part.contribution:
        turn.emit(
            r.Contributed(
                key=key,
                order_id=order_id,
                amount=str(part.kept_of_filled),
            )
        )
    # The exit of what nobody was to copy is no news either.
    silent = part is not None and any(known.reason in SILENT_SKIPS for known in part.skips.values())
    if reason not in SILENT_SKIPS and not silent:
        turn.card(key.venue, order_id)


def forget_contribution(turn: Turn, child: Child) -> None:
    """A latched entry adds to the exact wanted holding only what it filled."""
    book = turn.state.book(child.key)
    part = book.parts.get(child.master_order_id) if book else None
    if part is None or child.leg is not Leg.ENTRY:
        return
    amount = part.kept_of_filled
    if part.contribution != amount:
        turn.emit(r.Contributed(key=child.key, order_id=child.master_order_id, amount=str(amount)))


def restore_contribution(turn: Turn, child: Child) -> None:
    """Have an entry wanted again that was taken for nothing and turned up; else the next one is cut by it.

    Nothing where a person had it copied again meanwhile, by a button or by /sync: that one is wanted,
    and this one too much.
    """
    book = turn.state.book(child.key)
    part = book.parts.get(child.master_order_id) if book else None
    if book is None or part is None or child.leg is not Leg.ENTRY:
        return
    syncs = [each.sync for each in book.parts.values() if each is not part]
    if any(sync is not None and sync.at >= child.planned_at for sync in syncs):
        return
    if Leg.ENTRY in part.skips or any(is_latched(each) for each in part.of(Leg.ENTRY)):
        # Left out as a whole: what this one fills counts as it fills.
        return
    wanted: Exact = child.side.sign * part.exact_of(part.entered)
    if part.sync is not None:
        wanted = part.sync.units
    amount = wanted * part.kept
    if part.contribution != amount:
        turn.emit(r.Contributed(key=child.key, order_id=child.master_order_id, amount=str(amount)))


def describe(child: Child) -> str:
    """Return a child in one short phrase: ``SELL 75 SBIN``."""
    return f"{child.side.value} {child.command.quantity} {child.command.symbol}"
