"""Claims of exits that our fills have met otherwise: what filled ahead of the master, and entries on their side."""

from engine.core.planning.plan_exit import given_up
from engine.core.state.latches import skip
from engine.core.state.ledger import (
    carry_of,
    filled_ahead_of,
    is_owed,
    late_claims_at_most,
)
from engine.core.state.state import MasterPosition
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.exact import Exact
from engine.core.values.instruments import round_to_lots
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, Side
from engine.core.values.notices import SkipReason


def settle_claims(turn: Turn, book: KeyBook, position: MasterPosition) -> None:
    """Bring the claims of a ledger in step with what its fills have met, before anything of it is planned."""
    if not book.claim_rest and book.held == book.virtual and not _moved(book):
        return
    _settle_ahead(turn, book, position)
    _let_go_of_ahead(turn, book, position)
    _take_back_met_claims(turn, book, position)
    _settle_opposite_claims(turn, book)
    _settle_claims(turn, book)


def _moved(book: KeyBook) -> bool:
    """Whether a part that may still change claims, or has an order: else there is nothing to settle."""
    return any(part.claimed or part.children for _, part in book.active_parts())


def _settle_ahead(turn: Turn, book: KeyBook, position: MasterPosition) -> None:
    """Count an exit that filled ahead of an order which the master then ended as exited.

    Else the exits that follow would share out units that are not held any more.
    """
    for order_id, part in book.active_parts():
        order = position.orders.get(order_id)
        if order is not None and order.is_yet_to_fill:
            continue
        excess = part.exited - abs(part.claimed)
        if excess <= 0:  # what still works of it may fill too: then it is counted again
            continue
        held_side = part.of(Leg.EXIT)[-1].side.opposite.sign
        owed = sum(
            other.unfilled_claim
            for _, other in book.active_parts()
            if other.claimed * held_side < 0
        )
        ahead = held_side * (book.virtual - book.held) + owed
        # Never through zero: what went too far is covered, not explained.
        units = min(excess, ahead, held_side * book.virtual)
        if units > 0:
            to_come = book.claim_rest + _late_to_come(book, held_side)
            met = min(units, max(0, to_come))
            rest = str(book.claim_rest - met) if met > 0 else ""
            claim = -held_side * units
            turn.emit(r.Claimed(key=book.key, order_id=order_id, claim=claim, rest=rest))


def _let_go_of_ahead(turn: Turn, book: KeyBook, position: MasterPosition) -> None:
    """Forget what an exit took of entries that were refused since: they will never claim it.

    Else his next exits would leave so many units held.
    """
    if book.claim_rest >= 0 or book.last_exit is None:
        return
    instrument = turn.state.instrument(book.key.exchange, book.key.symbol)
    if instrument is None:
        return
    to_come = late_claims_at_most(book, position, lot_size=instrument.lot_size)
    if -book.claim_rest > to_come:
        turn.emit(r.Claimed(key=book.key, order_id=book.last_exit, claim=0, rest=str(-to_come)))


def _late_to_come(book: KeyBook, held_side: int) -> Exact:
    """Return what entries that are still to fill will claim for what he has exited of them since, units.

    An exit that took more than its share has taken this too: it must not be claimed once more.
    """
    return sum(
        (
            (1 - part.kept) * child.outstanding
            for _, part in book.active_parts()
            for child in part.of(Leg.ENTRY)
            if child.side.sign == held_side
        ),
        0,
    )


def _take_back_met_claims(turn: Turn, book: KeyBook, position: MasterPosition) -> None:
    """Take back claims that an entry on their own side has met: nothing is held that they could exit.

    An order through zero that was taken for an entry whole may fill before it is cut: what it filled too
    much has exited what an entry before it was still to fill. Claimed besides, that would count twice, and
    the next orders of that side would be left out for it.
    """
    parts = book.active_parts()
    side = Side.BUY if book.virtual > book.held else Side.SELL
    beyond = side.sign * (book.virtual - book.held)
    if not beyond or side.sign * book.held < 0:
        return
    working = [child for _, part in parts for child in part.children if not child.has_ended]
    if any(child.leg is not Leg.ENTRY for child in working):
        # What these fill may be what is claimed.
        return
    taken = 0
    for order_id, part in reversed(parts):
        units = min(beyond, part.unfilled_claim) if part.claimed * side.sign > 0 else 0
        if units > 0:
            beyond -= units
            # What came to a final end is left to a person, who was asked about it.
            taken += max(0, units - given_up(part.of(Leg.EXIT), at_market=True))
            claim = -side.sign * units
            turn.emit(r.Claimed(key=book.key, order_id=order_id, claim=claim, met=True))
    if taken:
        _enter_again(turn, book, position, side, taken)


def _enter_again(turn: Turn, book: KeyBook, position: MasterPosition, side: Side, met: int) -> None:
    """Remember which entries lack what met an exit: they are entered again for what he fills, or has filled.

    First those that filled ahead of an order of his that may still fill; their fill was what met it, whenever
    he comes to his. Then his newest that stands, as far as the ledger owes it.
    """
    instrument = turn.state.instrument(book.key.exchange, book.key.symbol)
    lot, left = instrument.lot_size if instrument else 1, met
    newest = [
        (order_id, part, order)
        for order_id, part in reversed(book.active_parts())
        if (order := position.orders.get(order_id)) is not None and order.row.side is side
    ]
    for order_id, part, order in newest:
        units = min(left, filled_ahead_of(part, order, lot_size=lot))
        if units > 0:
            left -= units
            turn.emit(r.EntryMet(key=book.key, order_id=order_id, units=units))
    owed = side.sign * carry_of(book, position, lot_size=lot)
    left = min(left, round_to_lots(int(owed), lot)) if owed > 0 else 0
    stands = (
        order_id
        for order_id, part, order in newest
        if order.entry_filled and part.entered and part.kept and is_owed(part)
    )
    stood = next(stands, None)
    if left > 0 and stood is not None:
        turn.emit(r.EntryMet(key=book.key, order_id=stood, units=left))


def _settle_opposite_claims(turn: Turn, book: KeyBook) -> None:
    """Let go of claims that meet each other: one came to nothing, and what the other should exit went into it.

    An entry on the side of an exit that was refused closes a part of what that had left. What then exits the
    entry finds nothing to take: sent, it would open the old position again.
    """
    parts = book.active_parts()
    if not book.held or any(
        part.outstanding(Leg.EXIT) or part.outstanding(Leg.COVER) for _, part in parts
    ):
        return
    side = 1 if book.held > 0 else -1
    claims = [(order_id, part) for order_id, part in parts if part.unfilled_claim]
    adding = [each for each in claims if each[1].claimed * side > 0]
    closing = [each for each in claims if each[1].claimed * side < 0]
    if not adding or not closing:
        return
    met = min(sum(part.unfilled_claim for _, part in each) for each in (adding, closing))
    for some in (adding, closing):
        left = met
        for order_id, part in some:
            units = min(left, part.unfilled_claim)
            if units:
                left -= units
                turn.emit(r.ClaimSettled(key=book.key, order_id=order_id, units=units))
    for some, how in (
        (adding, "the order before it had closed a part of what was left"),
        (closing, "the copy of another order had closed it"),
    ):
        for order_id, part in some:
            if not part.unfilled_claim:
                _say_met(turn, book, order_id, how)


def _settle_claims(turn: Turn, book: KeyBook) -> None:
    """Let go of claims that other exits have met, once what is held is what should be held."""
    if book.held != book.virtual:
        return
    parts = book.active_parts()
    if any(part.outstanding(Leg.EXIT) or part.outstanding(Leg.COVER) for _, part in parts):
        return
    for order_id, part in parts:
        if not part.unfilled_claim:
            continue
        for by, units in _met_by(parts, part):
            turn.emit(r.ClaimSettled(key=book.key, order_id=order_id, units=units, by=by))
        _say_met(turn, book, order_id, "other exits had closed it")


def _say_met(turn: Turn, book: KeyBook, order_id: OrderId, how: str) -> None:
    part = book.parts[order_id]
    if not part.children and Leg.EXIT not in part.skips:
        skip(turn, book.key, order_id, Leg.EXIT, SkipReason.NOTHING_HELD, how)


def _met_by(
    parts: list[tuple[OrderId, CopyPart]], claimant: CopyPart
) -> list[tuple[OrderId | None, int]]:
    """Return which orders' exits have met what a part lacks of its claim, and with how many units each.

    Those that filled ahead of his order have: what it exits when he comes to it is owed in full again.
    """
    met: list[tuple[OrderId | None, int]] = []
    left = claimant.unfilled_claim
    for order_id, part in parts:
        exits = part.of(Leg.EXIT)
        same_side = bool(exits) and exits[-1].side.sign * claimant.claimed > 0
        units = min(left, part.excess) if same_side else 0
        if units > 0:
            met.append((order_id, units))
            left -= units
    if left > 0:
        met.append((None, left))
    return met
