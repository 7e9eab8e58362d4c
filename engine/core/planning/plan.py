"""Close the gap between the wanted and the known: at most one next command per child."""

from collections.abc import Iterable
from fractions import Fraction
from functools import partial

from engine.core.outcome.ends import judge_ends
from engine.core.planning.baskets import claim_unwound
from engine.core.planning.detach import cancel_detached
from engine.core.planning.exit_asks import ask_about_unlisted
from engine.core.planning.missed import offer_expired
from engine.core.planning.plan_entry import plan_entry
from engine.core.planning.plan_exit import plan_exit
from engine.core.planning.plan_sync import plan_sync, synced_units
from engine.core.planning.wanted import entry_wish
from engine.core.risk.first_read import entry_waits, exit_waits
from engine.core.risk.gates import moment_gate
from engine.core.state.context import PartContext
from engine.core.state.delivery import instrument_of
from engine.core.state.latches import forget_contribution, is_quiet, skip
from engine.core.state.ledger import is_yet_to_fill, late_claims_at_most
from engine.core.state.state import MasterPosition
from engine.core.state.turn import BUDGET_TICK, Turn
from engine.core.values import records as r
from engine.core.values.commands import Priority
from engine.core.values.copies import Child, KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.market import Side, Venue
from engine.core.values.notices import SkipReason

_RANK = {Priority.EXIT: 0, Priority.CANCEL: 1, Priority.MODIFY: 2, Priority.ENTRY: 3}


def plan_key(turn: Turn, key: MasterKey, books: Iterable[KeyBook]) -> None:
    """Plan the children of some ledgers of a master key; in each exits first, then entries."""
    position = turn.state.master.get(key) or MasterPosition()
    for book in books:
        rules = turn.state.rules.get(book.key.follower)
        if rules is None:
            continue
        cancel_detached(turn, book)
        _settle_ahead(turn, book, position)
        _let_go_of_ahead(turn, book, position)
        _take_back_met_claims(turn, book)
        _settle_claims(turn, book)
        ask_about_unlisted(turn, book)
        contexts = [
            PartContext(
                book=book,
                order_id=order_id,
                position=position,
                instrument=instrument,
                rules=rules,
            )
            for order_id in book.active
            if (instrument := instrument_of(turn.state, key, order_id)) is not None
        ]
        for context in contexts:
            judge_ends(turn, context)
            claim_unwound(turn, context)
        for context in contexts:
            plan_exit(turn, context)
        for context in contexts:
            enter = plan_entry if context.part.sync is None else plan_sync
            enter(turn, context)
        for context in contexts:
            units = partial(_entry_units, turn, context)
            if is_quiet(context.part, context.order, entry_units=units):
                book.active.pop(context.order_id, None)


def _settle_ahead(turn: Turn, book: KeyBook, position: MasterPosition) -> None:
    """Count an exit that filled ahead of an order which the master then ended as exited.

    Else the exits that follow would share out units that are not held any more.
    """
    for order_id, part in book.active_parts():
        order = position.orders.get(order_id)
        if order is not None and is_yet_to_fill(order):
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
            met = min(Fraction(units), max(Fraction(0), to_come))
            rest = str(book.claim_rest - met) if met > 0 else ""
            claim = -held_side * units
            turn.emit(r.Claimed(key=book.key, order_id=order_id, claim=claim, rest=rest))


def _let_go_of_ahead(turn: Turn, book: KeyBook, position: MasterPosition) -> None:
    """Forget what an exit took of entries that were refused since: they will never claim it.

    Else his next exits would leave so many units held.
    """
    instrument = turn.state.instrument(book.key.exchange, book.key.symbol)
    if book.claim_rest >= 0 or book.last_exit is None or instrument is None:
        return
    to_come = late_claims_at_most(book, position, lot_size=instrument.lot_size)
    if -book.claim_rest > to_come:
        turn.emit(r.Claimed(key=book.key, order_id=book.last_exit, claim=0, rest=str(-to_come)))


def _late_to_come(book: KeyBook, held_side: int) -> Fraction:
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
        Fraction(0),
    )


def _take_back_met_claims(turn: Turn, book: KeyBook) -> None:
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
    if any(child.leg is not Leg.ENTRY or child.side is side.opposite for child in working):
        # What these fill may be what is claimed.
        return
    for order_id, part in reversed(parts):
        units = min(beyond, part.unfilled_claim) if part.claimed * side.sign > 0 else 0
        if units > 0:
            beyond -= units
            claim = -side.sign * units
            turn.emit(r.Claimed(key=book.key, order_id=order_id, claim=claim, met=True))


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
        turn.emit(r.ClaimSettled(key=book.key, order_id=order_id, units=part.unfilled_claim))
        if not part.children and Leg.EXIT not in part.skips:
            met = "other exits had closed it"
            skip(turn, book.key, order_id, Leg.EXIT, SkipReason.NOTHING_HELD, met)


def _entry_units(turn: Turn, context: PartContext) -> int:
    order = context.order
    if order is None:
        return synced_units(context)
    return entry_wish(context, order, last_price=None, at=turn.at).quantity


def waiting_for_budget(turn: Turn) -> list[Key]:
    """Return the ledgers in which what was planned earlier would leave now, by the budget.

    What did not fit the budget is decided anew: a resting exit that is to be cut goes before a new order.
    """
    left = {
        name: [each.total, each.entries] for name, each in turn.allowances.items() if each.total > 0
    }
    if not left or not turn.state.planned:
        # Nothing is sorted for nothing: this is asked at every event.
        return []
    keys: dict[Key, None] = {}
    for child in _by_rank(turn):
        budget = left.get(child.key.follower)
        if budget is None or budget[0] <= 0 or (child.leg is Leg.ENTRY and budget[1] <= 0):
            continue
        budget[0], budget[1] = budget[0] - 1, budget[1] - 1
        keys[child.key] = None
    return list(keys)


def _by_rank(turn: Turn) -> list[Child]:
    return sorted(turn.state.planned.values(), key=lambda each: _RANK[each.command.priority])


def release(turn: Turn) -> None:
    """Journal as SENDING what fits the budget now, by priority; the rest stays PLANNED."""
    for child in _by_rank(turn):
        if child.leg is Leg.ENTRY and (_withdrawn(turn, child) or _beside_unknown(turn, child)):
            continue
        # What was planned before a restart waits too.
        waits = entry_waits if child.leg is Leg.ENTRY else exit_waits
        if waits(turn, child.key):
            continue
        if child.key.venue is Venue.PAPER or turn.may_send(
            child.key.follower, entry=child.leg is Leg.ENTRY
        ):
            turn.send_place(child.command)
        else:
            turn.wake(child.key, turn.at + BUDGET_TICK)


def _beside_unknown(turn: Turn, child: Child) -> bool:
    """Whether an entry of the same key is UNKNOWN: until that is settled no further one leaves."""
    book = turn.state.book(child.key)
    unknown = book is not None and any(
        other.state.is_unresolved for _, part in book.active_parts() for other in part.of(Leg.ENTRY)
    )
    if unknown:
        turn.wake(child.key, turn.at + BUDGET_TICK)
    return unknown


def _withdrawn(turn: Turn, child: Child) -> bool:
    """Drop a planned entry that may not leave any more."""
    deadline = child.command.deadline
    if deadline is not None and turn.at > deadline:
        state, reason = IntentState.EXPIRED, "too old when its turn came"
    else:
        rules = turn.state.rules.get(child.key.follower)
        verdict = (
            (SkipReason.DISABLED, "")
            if rules is None
            else moment_gate(turn.state, rules, child.key.venue, at=turn.at)
        )
        if verdict is None and child.command.mode_epoch == turn.state.mode_epoch:
            return False
        state = IntentState.KILLED
        reason = verdict[0].value if verdict else "mode changed before it left"
    turn.emit(r.IntentMoved(tag=child.tag, state=state, at=turn.at, reason=reason))
    forget_contribution(turn, child)
    if state is IntentState.EXPIRED:
        offer_expired(turn, child, reason)
    turn.child_card(child)
    return True
