"""What a fill of the master, and of a copy, means for each follower's ledger: the records of it."""

from collections.abc import Iterator
from datetime import datetime

from engine.core.state.brokernet import own_before_fill
from engine.core.state.conversions import exit_shares
from engine.core.state.delivery import goes_short
from engine.core.state.ledger import exit_claim, is_owed, late_claim, split_fill
from engine.core.state.state import MasterOrder, State
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.clock_level import FAR_OFF
from engine.core.values.copies import KeyBook
from engine.core.values.exact import divided
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import IST, OrderId
from engine.core.values.merge import Sighting, merge


def fold_master_fill(
    state: State,
    key: MasterKey,
    order_id: OrderId,
    units: int,
    *,
    at: datetime,
    filled_at: datetime | None = None,
) -> Iterator[r.Record]:
    """Yield the records of newly filled units of a master order.

    The caller applies each record before it takes the next. Every ledger of the key must have
    a part for the order.

    Args:
        state: The state before the fill.
        key: The master's key.
        order_id: His order.
        units: Newly filled units, > 0.
        at: When it was received.
        filled_at: The trade's own stamp; None where only the row's is known.
    """
    position = state.master[key]
    order = position.orders[order_id]
    more = units
    net = position.net
    exit_part, entry_part = split_fill(net, order.row.side.sign * more)
    shorted = bool(entry_part) and goes_short(key, order.row.side)
    if exit_part:
        for source, gone, of in list(exit_shares(state, key, net=net, units=abs(exit_part))):
            share, copied = divided(gone, of), state.master.get(source)
            instrument = state.instrument(source.exchange, source.symbol)
            exits = []
            for (venue, follower), book in state.books.get(source, {}).items():
                if order_id in book.parts:
                    claim, rest = exit_claim(
                        book,
                        copied,
                        exit_part=exit_part,
                        share=share,
                        reverses=bool(entry_part) and not shorted,
                        lot_size=instrument.lot_size if instrument else 1,
                    )
                    exits.append(r.FoldedExit(venue, follower, claim, str(rest)))
            if exits:
                yield r.ExitsFolded(
                    key=source, order_id=order_id, keep=str(1 - share), exits=tuple(exits)
                )
    yield r.MasterFilled(
        key=key,
        order_id=order_id,
        exit_part=exit_part,
        entry_part=entry_part,
        # Nobody can be short of delivery shares: what he sold beyond his net was never seen of him.
        net_after=net + exit_part + (0 if shorted else entry_part),
        fill_at=_fill_time(state, order, at, filled_at),
    )
    if entry_part and not shorted:
        amounts = []
        for (venue, follower), book in state.books.get(key, {}).items():
            part = book.parts.get(order_id)
            if part is None:
                continue
            added = part.worth_of_more(abs(entry_part))
            counted = order.row.side.sign * added if is_owed(part) else 0
            amounts.append(r.Contribution(venue, follower, str(part.contribution + counted)))
        if amounts:
            yield r.AllContributed(
                key=key, order_id=order_id, entered=abs(entry_part), amounts=tuple(amounts)
            )


def books_of(state: State, key: MasterKey) -> tuple[KeyBook, ...]:
    """Return every follower's ledger of a master key, at every venue."""
    return tuple(state.books.get(key, {}).values())


def _fill_time(
    state: State, order: MasterOrder, at: datetime, filled_at: datetime | None
) -> datetime:
    """Return when a fill happened: by its trade, else the newest by the row, where the stamp is plausible.

    Kite stamps whole seconds; a stamp later than our own receipt is not believed, but where our clock may
    be behind: by no more than what stops entries.
    """
    stamp = filled_at or order.row.updated_at or order.row.exchange_at
    latest = at + FAR_OFF if state.doubts_clock else at
    if stamp is None or stamp > latest:
        return state.brokers_time(at)
    return stamp.astimezone(IST)


def fold_child_row(
    state: State, child: Child, seen: Sighting, *, at: datetime
) -> Iterator[r.Record]:
    """Yield the records of a child's row: the merge, what it adds, and the claim of a late fill.

    A fill learned after master exits were folded is claimed as if it had been held then.
    """
    merged = seen if child.sighting is None else merge(child.sighting, seen)
    if child.sighting is not None and merged.row == child.sighting.row:
        return
    filled = merged.row.filled_quantity
    more = filled - child.filled
    own = own_before_fill(state, child) if more > 0 else None
    yield r.ChildSeen(tag=child.tag, sighting=merged, filled=filled, at=at, own=own)
    if more <= 0 or child.leg is not Leg.ENTRY or child.detached:
        return
    book = state.books[child.key.master][(child.key.venue, child.key.follower)]
    part = book.parts.get(child.master_order_id)
    if part is not None and not is_owed(part):
        # Another slice of it was left out for good; what this one fills is wanted all the same.
        signed_more = child.side.sign * more * part.kept
        yield r.Contributed(
            key=child.key,
            order_id=child.master_order_id,
            amount=str(part.contribution + signed_more),
        )
    claim, rest = late_claim(state, book, child, more)
    if claim or rest != book.claim_rest:
        signed = -child.side.sign * claim
        newest = book.parts.get(book.last_exit) if book.last_exit else None
        same_side = newest is not None and newest.claimed * signed >= 0
        yield r.Claimed(
            key=child.key,
            order_id=book.last_exit if same_side and book.last_exit else child.master_order_id,
            claim=signed,
            rest=str(rest),
        )
