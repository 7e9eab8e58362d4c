"""Take over the orders that froze entries: as copies where that is safe, else as the owner's own."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from msgspec.structs import replace

from engine.core.planning.moulds import keep_listing
from engine.core.state.brokernet import held_key, observed_net
from engine.core.state.fills import fold_child_row
from engine.core.state.fold import find_child
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.commands import Place, Priority
from engine.core.values.counts import mentioned
from engine.core.values.exact import size_of
from engine.core.values.intents import IntentState, Trigger, move
from engine.core.values.keys import ChildId, Key, Leg, MasterKey, is_ours, make_tag
from engine.core.values.market import OrderId, Tag, Venue
from engine.core.values.merge import sight
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from engine.core.values.strangers import Stranger, StrangerView

#: How many generations and slices of a leg are tried when a tag is traced back to a master order.
#: The exit ladder and the freeze quantity make a handful of each; a tag beyond is left to its owner.
_GENERATIONS, _SLICES = 16, 16

#: Kite stamps orders to the whole second (Kite Connect docs, orders: exchange_update_timestamp).
STAMPED_WITHIN = timedelta(seconds=1)


def take_store(turn: Turn) -> tuple[bool, str]:
    """Take a store of the past as it is, with entries frozen until the books were looked at."""
    turn.emit(r.StoreAccepted(at=turn.at))
    return True, (
        "The store is taken as it is. Entries stay frozen: start copytrader run, log in, and run "
        "copytrader adopt again, which then lists what the accounts' books have that the store lacks."
    )


def take_strangers(turn: Turn, request: c.AdoptStrangers) -> tuple[bool, str]:
    """Take over the listed orders and let entries leave again; nothing is sent for it."""
    state, step = turn.state, request.totp_step
    if step is not None and state.totp_last_step is not None and step <= state.totp_last_step:
        return False, "That code was used already: wait for the next one."
    if state.fence.frozen is None:
        return True, "Entries are not frozen: there is nothing to adopt."
    if {each.row.order_id for each in in_order(state)} != set(request.orders):
        return False, "Other orders were found since they were listed: run copytrader adopt again."
    working = [each for each in in_order(state) if not each.row.status.is_terminal]
    if working:
        names = ", ".join(f"{each.account} {each.row.order_id}" for each in working)
        return (
            False,
            f"Some still work at the broker: cancel them in Kite, then run it again ({names}).",
        )
    unread = unread_accounts(state)
    if unread:
        return False, (
            f"The order book of {', '.join(unread)} was not read since the start: log in "
            f"(copytrader login {unread[0]}) and run it again."
        )
    kept, left = _adopt(turn)
    turn.emit(r.EntriesReleased(at=turn.at, totp_step=step))
    told = mentioned(
        (
            kept,
            "order counts as copied and follows the master's exits",
            "orders count as copied and follow the master's exits",
        ),
        (left, "stays with its owner", "stay with their owners"),
    )
    text = (
        f"Adopted: {', '.join(told) or 'there was no order to adopt'}. Nothing was sent for it. "
        "Entries may leave again."
    )
    turn.tell(Severity.CRITICAL if left else Severity.WARNING, text, topic="engine")
    return True, text


def unread_accounts(state: State) -> list[str]:
    """Return enabled followers whose books were not read in this run: what is in them is not known.

    In PAPER nothing can be sent for them; LIVE reads a book before it sends an entry.
    """
    if state.venue is Venue.PAPER:
        return []
    return [
        name
        for name, rules in state.rules.items()
        if rules.enabled and state.account(name).book_at is None
    ]


def strangers_view(state: State) -> tuple[StrangerView, ...]:
    """Return every stranger with what adopting would make of it, oldest first."""
    return tuple(_view(state, each) for each in in_order(state))


def _view(state: State, stranger: Stranger) -> StrangerView:
    row = stranger.row
    if not row.status.is_terminal:
        becomes = "works still: cancel it in Kite first"
    elif not row.filled_quantity:
        becomes = "nothing filled"
    else:
        found = origin(state, stranger)
        order = state.master_order(found[1].master_order_id) if found else None
        number = f" of #{order.number}" if order else ""
        counted = found is not None and counts(state, stranger, found)
        becomes = f"a copy{number}" if counted else f"the owner's own{number and f' (was{number})'}"
    return StrangerView(
        account=stranger.account,
        order_id=row.order_id,
        at=row.placed_at or stranger.found_at,
        exchange=row.exchange,
        symbol=row.symbol,
        side=row.side,
        quantity=row.quantity,
        filled=row.filled_quantity,
        status=row.status_text or row.status.value,
        becomes=becomes,
    )


def origin(state: State, stranger: Stranger) -> tuple[MasterKey, ChildId] | None:
    """Return what a stranger's tag was made of, or None where no order of the master today gives it.

    A tag is a hash of the child's identity, so what it stands for is found by making the tags that
    each order of the master could have had.
    """
    row, day = stranger.row, state.trading_day or stranger.found_at.date()
    tags = {row.tag, *row.tags}
    for key, order_id in _orders_of(state, row):
        for leg, generation, number in product(Leg, range(_GENERATIONS), range(_SLICES)):
            identity = ChildId(
                trading_day=day,
                venue=Venue.LIVE,
                follower=stranger.account,
                master_order_id=order_id,
                leg=leg,
                generation=generation,
                slice=number,
            )
            if make_tag(state.install_id, identity) in tags:
                return key, identity
    return None


def _orders_of(state: State, row: OrderRow) -> Iterator[tuple[MasterKey, OrderId]]:
    for key, position in state.master.items():
        if key.symbol == row.symbol and key.product is row.product:
            for order_id in position.orders:
                yield key, order_id


def _adopt(turn: Turn) -> tuple[int, int]:
    """Take over every stranger: as a copy where that is safe and can be told, else as the owner's.

    Returns:
        How many became copies, and how many were left to their owners.
    """
    counted = left = 0
    # Oldest first, so that an exit finds the entry it closed.
    for stranger in in_order(turn.state):
        found = origin(turn.state, stranger)
        if found is not None and counts(turn.state, stranger, found):
            _count(turn, stranger, *found)
            counted += 1
        else:
            turn.emit(
                r.StrangerLeft(
                    account=stranger.account,
                    order_id=stranger.row.order_id,
                    tag=_our_tag(turn.state, stranger.row),
                    at=turn.at,
                )
            )
            _touch_symbol(turn, stranger)
            left += 1
    return counted, left


def _our_tag(state: State, row: OrderRow) -> str:
    """Return the tag of ours that a row carries: Kite shows some only in the list of tags."""
    ours = (tag for tag in (row.tag, *row.tags) if tag and is_ours(tag, state.install_id))
    return next(ours, row.tag or "")


def _touch_symbol(turn: Turn, stranger: Stranger) -> None:
    """Plan its symbol anew: an exit may have waited because of it."""
    for key, books in turn.state.books.items():
        if key.symbol == stranger.row.symbol and (Venue.LIVE, stranger.account) in books:
            turn.touch(books[Venue.LIVE, stranger.account].key)


def in_order(state: State) -> list[Stranger]:
    """Return the strangers, oldest first."""
    return sorted(
        state.fence.strangers.values(),
        key=lambda each: (each.row.placed_at or each.found_at, each.row.order_id),
    )


def counts(state: State, stranger: Stranger, found: tuple[MasterKey, ChildId]) -> bool:
    """Return whether the fills of a stranger that has ended may be counted as copied, with nothing sent for it.

    An entry counts while the master holds what it copied, whole; an exit counts as far as copies are held
    that it has closed. What filled nothing is neither.
    """
    row, (key, identity) = stranger.row, found
    book = state.books.get(key, {}).get((Venue.LIVE, stranger.account))
    units = row.side.sign * row.filled_quantity
    if identity.leg is Leg.EXIT:
        part = book.parts.get(identity.master_order_id) if book else None
        if book is None or part is None or part.outstanding(Leg.EXIT):
            return False
        return book.held * units < 0 and abs(units) <= abs(book.held)
    if identity.leg is not Leg.ENTRY or state.master[key].net * units <= 0:
        return False
    part = book.parts.get(identity.master_order_id) if book else None
    return part is None or part.kept == 1


def _count(turn: Turn, stranger: Stranger, key: MasterKey, identity: ChildId) -> None:
    """Make a stranger a child of ours, with its fills: exits of the master follow it from now on."""
    row, order_id = stranger.row, identity.master_order_id
    at = Key(
        venue=Venue.LIVE,
        follower=stranger.account,
        exchange=key.exchange,
        symbol=key.symbol,
        product=key.product,
    )
    book = turn.state.book(at)
    if book is None or order_id not in book.parts:
        # He took no part in it here: ratio 0 asks for nothing more of that order.
        turn.emit(r.PartOpened(key=at, order_id=order_id, ratio="0", carry="0", own=None))
    if identity.leg is Leg.ENTRY:
        keep_listing(turn, row.exchange, row.symbol)
    attempt = 0
    tag = make_tag(turn.state.install_id, identity)
    while find_child(turn.state, tag) is not None:
        # A double of an order that is known: told apart by a name no order at a broker has.
        attempt += 1
        tag = make_tag(turn.state.install_id, replace(identity, attempt=attempt))
    turn.emit(
        r.ChildPlanned(
            command=_command_of(turn.state, row, at, tag, identity.leg),
            key=at,
            order_id=order_id,
            leg=identity.leg,
            generation=identity.generation,
            slice=identity.slice,
            attempt=attempt,
            step=0,
            at=turn.at,
            detected_at=turn.at,
            note="sent by another copy, adopted",
        )
    )
    turn.emit(r.IntentMoved(tag=tag, state=IntentState.SENDING, at=turn.at))
    found = move(IntentState.SENDING, Trigger.FIND)
    turn.emit(r.IntentMoved(tag=tag, state=found, at=turn.at, order_id=row.order_id))
    turn.emit(
        r.StrangerCounted(account=stranger.account, order_id=row.order_id, child=tag, at=turn.at)
    )
    version = turn.state.account(stranger.account).book_version
    child = turn.state.children[tag]
    turn.emit_all(fold_child_row(turn.state, child, sight(row, version), at=turn.at))
    if identity.leg is Leg.ENTRY and not attempt:
        _owe(turn, at, order_id)
    _leave_to_its_owner(turn, at, row)
    turn.touch(at)
    turn.child_card(child)


def _leave_to_its_owner(turn: Turn, at: Key, row: OrderRow) -> None:
    """Measure anew what is the owner's own: positions that were asked for after the fill hold it already.

    Taken for his own, what is adopted would never be exited. Nothing is measured while other orders of the
    ledger work, nor by positions that may be older than the fill.
    """
    state, account = turn.state, turn.state.account(at.follower)
    book, asked, filled = (
        state.book(at),
        account.positions_asked_at,
        row.updated_at or row.placed_at,
    )
    if book is None or asked is None or filled is None or not book.held:
        return
    net = observed_net(state, held_key(book))
    working = any(not each.has_ended for _, part in book.active_parts() for each in part.children)
    if net is None or working or asked < state.our_time(filled) + STAMPED_WITHIN:
        return
    own = net - book.held
    turn.emit(r.HeldProved(key=at, own=own if own * book.held > 0 else 0, at=turn.at))


def _owe(turn: Turn, at: Key, order_id: OrderId) -> None:
    """Have what an adopted entry filled wanted; a double is not, and the next entry is cut by it."""
    part = turn.state.books[at.master][at.venue, at.follower].parts[order_id]
    filled = sum(
        child.side.sign * child.filled for child in part.of(Leg.ENTRY) if not child.attempt
    )
    if abs(filled) > size_of(part.contribution):
        turn.emit(r.Contributed(key=at, order_id=order_id, amount=str(filled)))


def _command_of(state: State, row: OrderRow, at: Key, tag: Tag, leg: Leg) -> Place:
    return Place(
        intent_id=tag,
        venue=Venue.LIVE,
        follower=at.follower,
        priority=Priority.ENTRY if leg is Leg.ENTRY else Priority.EXIT,
        mode_epoch=state.mode_epoch,
        deadline=None,
        tag=tag,
        exchange=row.exchange,
        symbol=row.symbol,
        side=row.side,
        product=row.product,
        order_type=row.order_type,
        quantity=row.quantity,
        price=row.price,
        trigger_price=row.trigger_price,
        validity=row.validity,
        variety=row.variety,
    )
