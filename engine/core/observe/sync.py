"""What would bring followers in step with the master: proposed orders, and why others are not.

A proposal moves ``copied`` toward the master's net at the follower's multiplier, and nothing else. It is
made only where all is known and nothing is on its way, so that it cannot race an order of ours; a person
confirms it, and what it says is then done by ordinary children, exits first.
"""

import hashlib
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from engine.core.observe.drift import (
    drift_rows,
    exactly_wanted,
    is_taken,
    still_at_work,
    units_wanted,
)
from engine.core.planning.children import most_units
from engine.core.planning.offer_moot import settle_entries
from engine.core.risk.exposure import over_limits
from engine.core.risk.gates import Verdict, key_gate, moment_gate
from engine.core.risk.session_gate import session_gate
from engine.core.state.brokernet import own_holding
from engine.core.state.conversions import followed
from engine.core.state.delivery import goes_short, share_of
from engine.core.state.last_price import last_price
from engine.core.state.ledger import entry_quantity, is_owed
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.calendar import Taken
from engine.core.values.child import Child
from engine.core.values.control import SyncCopies
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.counts import counted
from engine.core.values.instruments import Instrument
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import MASTER, AccountName, OrderId, OrderType, Side, Venue
from engine.core.values.position_views import DriftRow, SyncLeft, SyncOrder, SyncProposal
from engine.core.values.rules import FollowerRules
from engine.core.values.sizing import entry_limit
from engine.core.values.translate import takes_market

_NO_PRICE = "no price is known yet: try again in a moment"


def sync_proposal(state: State, follower: AccountName | None, *, at: datetime) -> SyncProposal:
    """Return the orders that would bring one follower, or all, in step, in the current mode."""
    orders: list[SyncOrder] = []
    left: list[SyncLeft] = []
    for rules in state.rules.values():
        if follower not in (None, rules.name):
            continue
        for row in drift_rows(state, rules):
            found, why = orders_for(state, rules, row, at=at)
            orders += found
            if why:
                left.append(SyncLeft(follower=rules.name, symbol=row.symbol, why=why))
    orders.sort(key=lambda order: order.entry)
    return SyncProposal(orders=tuple(orders), left=tuple(left), mark=mark_of(orders))


def mark_of(orders: list[SyncOrder]) -> str:
    """Return what tells one list of orders from another; what is said about them does not count."""
    text = "|".join(
        f"{o.follower}:{o.exchange}:{o.symbol}:{o.product}:{o.side}:{o.quantity}:{o.entry}"
        for o in orders
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def take_sync(turn: Turn, request: SyncCopies) -> tuple[bool, str]:
    """Do what was confirmed, if it is still what would be proposed; the planner makes the children."""
    proposal = sync_proposal(turn.state, request.follower, at=turn.at)
    if proposal.mark != request.mark:
        return False, "Not done: what /sync would order has changed meanwhile."
    do_proposed(turn, proposal)
    count = len(proposal.orders)
    if not count:
        return True, "There is nothing to order now."
    on_its_way = counted(count, "order of /sync is on its way", "orders of /sync are on their way")
    return True, f"{on_its_way}, exits first. How it goes: /diff"


def do_proposed(turn: Turn, proposal: SyncProposal) -> None:
    """Make the orders of a list that was confirmed wanted; each ledger is measured anew by his net."""
    by_key: dict[Key, list[SyncOrder]] = {}
    for order in proposal.orders:
        by_key.setdefault(_key(turn.state, order), []).append(order)
    for number, (key, orders) in enumerate(by_key.items()):
        _sync_key(turn, key, orders, f"sync{turn.at:%H%M%S%f}n{number}")


def _sync_key(turn: Turn, key: Key, orders: list[SyncOrder], name: str) -> None:
    state = turn.state
    settle_entries(turn, key, "/sync was used instead")
    exit_id, entry_id = OrderId(name), OrderId(f"{name}e")
    own = own_holding(state, key, state.book(key))
    turn.emit(r.PartOpened(key=key, order_id=exit_id, ratio="0", carry="0", own=own))
    units = {order.entry: order.side.sign * order.quantity for order in orders}
    if units.get(False):
        turn.emit(r.Claimed(key=key, order_id=exit_id, claim=units[False]))
    # What is wanted is measured anew by his net: whatever was owed or lost before is settled by this.
    # A part of a lot stays owed; an entry that may not be made now does not.
    rules, book = state.rules[key.follower], state.books[key.master][key.venue, key.follower]
    rest = exactly_wanted(state, rules, key.master) - units_wanted(state, rules, key.master)
    amount = book.counted + rest - book.exact()
    turn.emit(r.Contributed(key=key, order_id=exit_id, amount=str(amount)))
    if units.get(True):
        turn.emit(r.PartOpened(key=key, order_id=entry_id, ratio="0", carry="0", own=own))
        of = max(1, abs(int(followed(state, key.master))))
        limit = next(order.limit for order in orders if order.entry)
        turn.emit(
            r.SyncEntered(
                key=key, order_id=entry_id, units=units[True], of=of, at=turn.at, limit=limit
            )
        )
    turn.touch(key)


def _key(state: State, order: SyncOrder) -> Key:
    return Key(
        venue=state.venue,
        follower=order.follower,
        exchange=order.exchange,
        symbol=order.symbol,
        product=order.product,
    )


def orders_for(
    state: State, rules: FollowerRules, row: DriftRow, *, at: datetime, limited: bool = False
) -> tuple[list[SyncOrder], str]:
    """Return the orders for one symbol, and why one that would be needed is not among them.

    ``limited``: an entry is a limit one band round the last price, and there is none without a price.
    """
    key = Key(
        venue=state.venue,
        follower=rules.name,
        exchange=row.exchange,
        symbol=row.symbol,
        product=row.product,
    )
    book, instrument = state.book(key), state.listed(key.exchange, key.symbol)
    why = not_now(state, rules, key) or (in_flight(state, key, book) if book else "")
    if not why and row.observed is not None and row.observed != row.copied:
        why = (
            f"the account shows {row.observed} of {row.copied} copied, moved by other hands: put it "
            f"right in Kite, or /detach {rules.name} {row.symbol}"
        )
    if why or instrument is None:
        # What is not listed has its why above.
        return [], why
    held, wanted = row.copied, row.wanted
    stays = held if held * wanted > 0 and abs(held) <= abs(wanted) else 0
    if held * wanted > 0 and abs(held) > abs(wanted):
        stays = wanted
    found = []
    if stays != held:
        found.append(_order(rules, key, stays - held, entry=False, why=_why(row)))
    if wanted != stays:
        limit, price = None, last_price(state, key)
        if limited and price is not None:
            side = Side.BUY if wanted > stays else Side.SELL
            limit = entry_limit(price, side=side, instrument=instrument, rules=rules)
        verdict = _no_entry(state, rules, key, instrument, wanted - stays, limit=limit, at=at)
        if verdict is None and limited and limit is None:
            verdict = _NO_PRICE
        if verdict is None:
            entry = _order(rules, key, wanted - stays, entry=True, why=_why(row))
            found.append(replace(entry, limit=limit))
        else:
            why = f"no entry: {verdict}"
    return found, why


def _order(rules: FollowerRules, key: Key, units: int, *, entry: bool, why: str) -> SyncOrder:
    return SyncOrder(
        follower=rules.name,
        exchange=key.exchange,
        symbol=key.symbol,
        product=key.product,
        side=Side.BUY if units > 0 else Side.SELL,
        quantity=abs(units),
        entry=entry,
        why=why,
    )


def _why(row: DriftRow) -> str:
    reason = f" ({row.note})" if row.note else ""
    return f"want {row.wanted:+d}, copied {row.copied:+d}{reason}"


def not_now(state: State, rules: FollowerRules, key: Key) -> str:
    """Return why nothing can be said of a key now, for people; or an empty text."""
    if not state.account(MASTER).reconciled or not state.openings_known:
        return "the master's order book has not been read yet"
    if not is_taken(rules, key.master):
        return "not copied for this follower (segment, multiplier or symbol list)"
    if state.instruments.find(key.exchange, key.symbol) is None:
        return "not in today's instruments: act in Kite"
    watch, share = state.products, share_of(key)
    waiting = {state.master_key_of.get(order_id) for order_id in watch.waiting}
    if share in watch.suspected or any(each and share_of(each) == share for each in waiting):
        return "whether the master converted is still being looked at"
    return _not_read(state, rules.name) if key.venue is Venue.LIVE else ""


def _not_read(state: State, follower: AccountName) -> str:
    account = state.account(follower)
    if not account.session_ok:
        return f"no session: /login {follower}"
    if not account.reconciled or account.positions_at is None:
        return "its book and positions are being read: try again in a moment"
    return ""


def in_flight(state: State, key: Key, book: KeyBook) -> str:
    """Return what is on its way in a key, so that an order beside it could race it; or an empty text."""
    if book.unproven:
        return "what was held overnight is still being compared with the account"
    for _, part in book.active_parts():
        if not all(child.has_ended or _only_rests(part, child) for child in part.children):
            return still_at_work(state, book) or "an order is being sent"
    if book.held != book.virtual:
        return "an exit of the copies is not done, or was ahead of the master's: see /orders"
    position = state.master.get(key.master)
    for order_id, part in book.active_parts():
        order = position.orders.get(order_id) if position is not None else None
        if order is None or position is None or part.of(Leg.ENTRY) or not is_owed(part):
            continue
        if Leg.ENTRY not in part.skips and entry_quantity(position, order):
            return "an order of the master's is being taken up"
    return ""


def _only_rests(part: CopyPart, child: Child) -> bool:
    """Whether a child is an exit that rests with the master's, and nothing of it is on its way."""
    if child.leg is not Leg.EXIT or child.state is not IntentState.ACKED or child.detached:
        return False
    change = child.change
    settled = change is None or change.state not in (IntentState.SENDING, IntentState.UNKNOWN)
    return settled and child.cancel is None and not part.unfilled_claim


def _no_entry(  # noqa: PLR0913 - what an entry is, each named
    state: State,
    rules: FollowerRules,
    key: Key,
    instrument: Instrument,
    units: int,
    *,
    limit: Decimal | None,
    at: datetime,
) -> str | None:
    """Return why an entry may not be proposed, or None."""
    verdict: Verdict = moment_gate(state, rules, key.venue, at=at) or key_gate(
        state, rules, key.master
    )
    if verdict is not None:
        reason, detail = verdict
        return f"{reason.value}: {detail}" if detail else reason.value
    if goes_short(key, Side.BUY if units > 0 else Side.SELL):
        return "delivery shares cannot be sold short"
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    times = session_gate(state, instrument, key.product, kind, at=at)
    if times.taken is not Taken.NOW:
        return times.why or "its exchange takes no orders for some minutes"
    over = over_limits(
        state,
        rules,
        key,
        instrument,
        side=Side.BUY if units > 0 else Side.SELL,
        price=limit,
        units=abs(units),
        now=abs(units),
        per_order=most_units(instrument),
    )
    if over is not None:
        return over.why
    if not takes_market(instrument) and last_price(state, key) is None:
        return _NO_PRICE
    return None
