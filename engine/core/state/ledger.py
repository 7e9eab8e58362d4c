"""How a fill of the master splits, and what of a follower's ledger is owed or claimed for it."""

from itertools import takewhile

from engine.core.state.latches import is_latched
from engine.core.state.state import MasterOrder, MasterPosition, State
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.copy_wishes import SyncWish
from engine.core.values.exact import Exact
from engine.core.values.instruments import round_to_lots
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId
from engine.core.values.notices import SkipReason
from engine.core.values.sizing import claim_units, entry_units


def split_fill(net: int, delta: int) -> tuple[int, int]:
    """Split a signed fill at the master's net into (exit part, entry part), both signed.

    >>> split_fill(75, -150)
    (-75, -75)
    """
    if net * delta >= 0:
        return 0, delta
    exit_units = min(abs(net), abs(delta))
    sign = 1 if delta > 0 else -1
    return sign * exit_units, delta - sign * exit_units


def working_split(position: MasterPosition | None, order: MasterOrder) -> tuple[int, int]:
    """Class the unfilled remainder of a working order by the master's net now.

    Returns:
        (exit units, entry units), both >= 0.
    """
    row = order.row
    if not row.counts:
        return 0, 0
    net = position.net if position is not None else 0
    exit_part, entry_part = split_fill(net, row.side.sign * row.remaining_quantity)
    return abs(exit_part), abs(entry_part)


def entry_quantity(position: MasterPosition, order: MasterOrder) -> int:
    """Return the cumulative entry part of a master order, units: filled, and still working.

    An order whose remainder was once an exit (the other half of a target and stop pair) is copied
    only as it fills. Fills that a read has shown and that are not folded yet count: of one read, an order
    is opened before the fills of others are taken in.
    """
    return order.entry_filled if order.was_exit else _entry_at_most(position, order)


def _entry_at_most(position: MasterPosition, order: MasterOrder) -> int:
    row = order.row
    units = max(0, row.filled_quantity - order.folded)
    if row.counts:
        units += row.remaining_quantity
    return order.entry_filled + abs(split_fill(position.net, row.side.sign * units)[1])


def carry_of(
    book: KeyBook | None,
    position: MasterPosition,
    *,
    lot_size: int,
    before: OrderId | None = None,
) -> Exact:
    """Return what is owed to a follower before an order's first decision, signed units.

    Exact wanted holding, with the orders that still work, minus the planned holding: what is held,
    what may still fill, and what earlier orders are yet to place (an entry after its exit leg).
    Of both only the share counts that the master has not exited since: the rest is claimed as it fills.
    What an exit of an earlier day should have taken counts for nothing. Where an order that is open already
    is sized anew, those after it that are yet to be planned are left out: their turn comes next, and what
    one of them was rounded by may never be wanted.

    Args:
        book: The follower's ledger; None where nothing was ever copied.
        position: The master's side of the key.
        lot_size: Units per lot.
        before: An order that is open already and is itself left out.
    """
    if book is None:
        return 0
    owed = book.owed - (book.virtual - book.left)
    if not book.active and before is None:
        return owed
    after: set[OrderId] = set()
    if before is not None:
        owed -= book.parts[before].contribution
        after = _planned_after(book, before)
    for order_id, part in book.active_parts():
        order = position.orders.get(order_id)
        if order_id in after:
            owed -= part.contribution
            continue
        if order_id != before and part.sync is not None:
            owed -= part.kept * _still_synced(part, part.sync)
        if order is None or order_id == before:
            continue
        if not is_owed(part):
            # It was left out for good: what still fills of it counts as wanted when it does.
            continue
        sign = order.row.side.sign
        still = _still_wanted(part, order, entry_quantity(position, order), lot_size)
        # He can have exited only what he had filled: what works of the order is yet to come.
        of_fills = min(still, _still_wanted(part, order, order.entry_filled, lot_size))
        owed -= sign * (part.kept * of_fills + still - of_fills)
        to_come = part.exact_of(entry_quantity(position, order)) - part.exact_of(order.entry_filled)
        if order.was_exit:
            # No more than what has filled is to come of it. What filled ahead is for what he may still fill.
            to_come = filled_ahead_of(part, order, lot_size=lot_size)
        owed += sign * to_come
    return owed


def _planned_after(book: KeyBook, order_id: OrderId) -> set[OrderId]:
    """Return the orders opened after one whose entries are yet to be planned."""
    opened_after = takewhile(lambda other: other != order_id, reversed(book.parts))
    return {
        other
        for other in opened_after
        if not book.parts[other].of(Leg.ENTRY) and Leg.ENTRY not in book.parts[other].skips
    }


def _still_synced(part: CopyPart, sync: SyncWish) -> int:
    """Return signed units that a person had entered and that are not filled yet."""
    sign = 1 if sync.units > 0 else -1
    still = max(0, abs(sync.units) - part.filled(Leg.ENTRY))
    return sign * (still if is_owed(part) else min(still, part.outstanding(Leg.ENTRY)))


def _still_wanted(part: CopyPart, order: MasterOrder, quantity: int, lot_size: int) -> int:
    """Return units that are wanted for so many of the master's and not filled yet, >= 0."""
    return max(0, _units_of(part, order, quantity, lot_size) - part.filled(Leg.ENTRY))


def _units_of(part: CopyPart, order: MasterOrder, quantity: int, lot_size: int) -> int:
    """Return units that so many of the master's come to in a part, with what met an exit, >= 0."""
    units = entry_units(
        quantity=part.in_of(quantity),
        ratio=part.ratio,
        carry=part.carry,
        side=order.row.side,
        lot_size=lot_size,
        fixed=part.fixed,
    )
    return part.to_enter(units)


def is_out_again(part: CopyPart) -> bool:
    """Return whether the master has exited all of this order's entry fills."""
    return part.entered > 0 and part.kept == 0


def out_now(part: CopyPart, order: MasterOrder) -> Exact:
    """Return the units of his order that he is out of and that count for nothing once it is sized anew.

    While more of it is to come: of what has ended the share that he kept says as much, and of fixed lots, or of
    what has filled here, no unit of his stands for any of ours.
    """
    gone = part.entered > 0 and 0 < part.kept < 1
    if not gone or part.fixed or not order.is_yet_to_fill or part.filled(Leg.ENTRY):
        return part.out
    return part.entered - part.kept * (part.entered - part.out)


def is_owed(part: CopyPart) -> bool:
    """Return whether what the order is short of counts toward the next one.

    A part of a lot does. What was skipped or refused does not: it is left out for good.
    """
    if not part.skips and not part.children:
        return True
    skip = part.skips.get(Leg.ENTRY)
    if skip is not None and skip.reason is not SkipReason.ZERO_LOTS:
        return False
    children = part.of(Leg.ENTRY)
    return not any(is_latched(child) for child in children)


def exit_claim(
    book: KeyBook,
    position: MasterPosition | None,
    *,
    exit_part: int,
    share: Exact,
    reverses: bool,
    lot_size: int,
) -> tuple[int, Exact]:
    """Return the signed units an exit of that share claims from a ledger, and what is left owed.

    Nothing where it holds nothing that way. The rest is kept, so that an exit that fills in many
    pieces claims as much as one that fills at once. What filled ahead of his own orders is for those
    orders: on the side of his position he cannot have exited it, not even by going flat; on the other
    side it met what this exit claims. Where he reverses, an order on the side that he left would exit what
    he has now: nothing is kept for it. What an exit took of entries that are still to fill stays counted
    against what they will claim, though nothing is held now.

    Args:
        book: The follower's ledger.
        position: The master's side of its key; None where he has none.
        exit_part: Signed units of the exit.
        share: Of what he holds, 0 to 1.
        reverses: Whether the same fill enters on the other side.
        lot_size: Units per lot.
    """
    side = -1 if exit_part > 0 else 1
    kept = 0 if reverses else filled_ahead(book, position, side=side, lot_size=lot_size)
    there = side * book.virtual - kept
    there += filled_ahead(book, position, side=-side, lot_size=lot_size)
    if there <= 0 <= book.claim_rest:
        return 0, 0
    units, rest = claim_units(
        virtual=max(0, there),
        rest=rest_to_claim(book, position, lot_size=lot_size),
        part=share.numerator,
        of=share.denominator,
        lot_size=lot_size,
    )
    return (units if exit_part > 0 else -units), rest


def rest_to_claim(book: KeyBook, position: MasterPosition | None, *, lot_size: int) -> Exact:
    """Return what earlier exits should have claimed but for whole lots, and the next is to claim, units.

    An entry in between may have been the smaller for it: claimed all the same it would be taken twice. Whatever
    was rounded, less than a lot is owed when the exit is done.
    """
    rest = book.claim_rest
    if rest <= 0 or position is None:
        return rest
    side = 1 if book.virtual > 0 else -1
    return max(0, min(rest, lot_size - side * carry_of(book, position, lot_size=lot_size)))


def filled_ahead(
    book: KeyBook, position: MasterPosition | None, *, side: int, lot_size: int
) -> int:
    """Return units that copies filled ahead of the fills of his that are folded, >= 0.

    As far as his orders may still fill: they work, or a read has shown fills that are next.

    Args:
        book: The follower's ledger.
        position: The master's side of the key; None where he has none.
        side: 1 for what was bought ahead, -1 for what was sold.
        lot_size: Units per lot.
    """
    ahead = 0
    for order_id, part in book.active_parts():
        if not part.children:
            continue
        order = position.orders.get(order_id) if position else None
        if position is None or order is None or order.row.side.sign != side:
            continue
        if part.filled(Leg.ENTRY):
            ahead += filled_ahead_of(part, order, lot_size=lot_size)
    return ahead


def filled_ahead_of(part: CopyPart, order: MasterOrder, *, lot_size: int) -> int:
    """Return units that an entry filled and that what he has filled as an entry does not stand for, >= 0.

    Whatever the rest of his order is by now: where it turns out to be an exit, they have met that.
    """
    if not part.filled(Leg.ENTRY):
        return 0
    may_be = order.entry_filled + max(0, order.row.filled_quantity - order.folded)
    if order.row.counts:
        may_be += order.row.remaining_quantity
    most = min(part.filled(Leg.ENTRY), _units_of(part, order, may_be, lot_size))
    return max(0, most - _units_of(part, order, order.entry_filled, lot_size))


def late_claim(state: State, book: KeyBook, child: Child, units: int) -> tuple[int, Exact]:
    """Return how many of a child's newly filled units the master has exited since, >= 0, and what is left owed.

    The rest is kept, so that an entry that fills in many pieces is claimed as one that fills at once.
    """
    part, rest = book.parts.get(child.master_order_id), book.claim_rest
    if part is None or part.kept == 1:
        return 0, rest
    gone = 1 - part.kept
    instrument = state.instrument(book.key.exchange, book.key.symbol)
    lot = instrument.lot_size if instrument else 1
    order = state.master_order(child.master_order_id)
    if order is not None and order.is_yet_to_fill:
        # What works of his order he cannot have exited: a fill ahead of his own is for that.
        for_his_fills = _units_of(part, order, order.entry_filled, lot)
        before = part.filled(Leg.ENTRY) - units
        units = min(units, max(0, for_his_fills - before))
    most = _too_many(state, book, child, lot)
    if gone == 1:
        return min(units, most), rest
    of_this_side = book.virtual * child.side.sign > 0
    exact = units * gone + (rest if of_this_side else 0)
    there = abs(book.virtual) if of_this_side else units
    claim = max(0, min(there, round_to_lots(int(exact), lot)))
    return min(claim, most), exact - claim if of_this_side else rest


def _too_many(state: State, book: KeyBook, child: Child, lot: int) -> int:
    """Return the units of a child's side that the ledger has beyond what is wanted, whole lots upward, >= 0.

    What a child fills late may have left before: by the copy of an order of his that then was the exit.
    """
    position = state.master.get(book.key.master) or MasterPosition()
    owed = child.side.sign * carry_of(book, position, lot_size=lot)
    return max(0, -(owed // lot) * lot)


def late_claims_at_most(book: KeyBook, position: MasterPosition, *, lot_size: int) -> Exact:
    """Return the most that entries still to fill will claim for what the master has exited of them, units >= 0.

    Those that were left out for good claim only what they may still fill.

    Args:
        book: The follower's ledger.
        position: The master's side of the key.
        lot_size: Units per lot.
    """
    most: Exact = 0
    for order_id, part in book.active_parts():
        order = position.orders.get(order_id)
        units = part.outstanding(Leg.ENTRY)
        if order is not None and is_owed(part):
            wanted = _still_wanted(part, order, entry_quantity(position, order), lot_size)
            units = max(units, wanted)
        most += (1 - part.kept) * units
    return most
