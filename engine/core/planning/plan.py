"""Close the gap between the wanted and the known: at most one next command per child."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from engine.core.outcome.ends import judge_ends
from engine.core.planning.baskets import claim_unwound
from engine.core.planning.claims import settle_claims
from engine.core.planning.detach import cancel_detached
from engine.core.planning.entry_hours import times_of_child
from engine.core.planning.exit_asks import ask_about_unlisted
from engine.core.planning.missed import offer_expired
from engine.core.planning.plain_copies import PlainOrder, plain_order, plan_plainly
from engine.core.planning.plan_entry import plan_entry
from engine.core.planning.plan_exit import plan_exit
from engine.core.planning.plan_sync import plan_sync, synced_units
from engine.core.planning.wanted import entry_wish
from engine.core.risk.first_read import entry_waits, exit_waits
from engine.core.risk.gates import moment_gate
from engine.core.state.context import OrderView, PartContext, order_view, part_context
from engine.core.state.delivery import instrument_of
from engine.core.state.latches import forget_contribution, is_quiet
from engine.core.state.state import MasterPosition
from engine.core.state.turn import BUDGET_TICK, Turn
from engine.core.values import records as r
from engine.core.values.calendar import Taken
from engine.core.values.child import Child
from engine.core.values.commands import Place, Priority
from engine.core.values.copies import KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import FollowerRules

_RANK = {Priority.EXIT: 0, Priority.CANCEL: 1, Priority.MODIFY: 2, Priority.ENTRY: 3}


class _Seen:
    """What all followers see of the master's orders in one key: looked up for the first of them only."""

    def __init__(self, turn: Turn, key: MasterKey, position: MasterPosition) -> None:
        self._turn, self._key, self._position = turn, key, position
        self._views: dict[OrderId, OrderView | None] = {}
        self._plain: dict[OrderId, PlainOrder | None] = {}

    def view(self, order_id: OrderId) -> OrderView | None:
        """Return it; None where nothing is listed that a child of the order could be of."""
        if order_id not in self._views:
            found = instrument_of(self._turn.state, self._key, order_id)
            self._views[order_id] = (
                None
                if found is None
                else order_view(order_id, position=self._position, instrument=found)
            )
        return self._views[order_id]

    def plan_plainly(self, book: KeyBook, rules: FollowerRules) -> bool:
        """Plan what a ledger needs where that is one plain copy; return whether it was, else nothing was done."""
        if len(book.active) != 1:
            return False
        (order_id,) = book.active
        if order_id not in self._plain:
            view = self.view(order_id)
            self._plain[order_id] = None if view is None else plain_order(self._turn, view)
        plain = self._plain[order_id]
        return plain is not None and plan_plainly(self._turn, book, plain, rules)

    def is_listed(self, order_id: OrderId) -> bool:
        """Return whether anything is listed that a child of the order could be of."""
        return self.view(order_id) is not None


def plan_key(turn: Turn, key: MasterKey, books: Iterable[KeyBook]) -> list[KeyBook]:
    """Plan the children of some ledgers of a master key; in each exits first, then entries.

    Returns:
        Those that were more than a plain copy: something may have gone too far there.
    """
    position = turn.state.master.get(key) or MasterPosition()
    seen = _Seen(turn, key, position)
    others: list[KeyBook] = []
    for book in books:
        rules = turn.state.rules.get(book.key.follower)
        if rules is None or seen.plan_plainly(book, rules):
            continue
        others.append(book)
        cancel_detached(turn, book)
        settle_claims(turn, book, position)
        ask_about_unlisted(turn, book, is_listed=seen.is_listed)
        contexts = [
            part_context(book, view, rules=rules)
            for order_id in book.active
            if (view := seen.view(order_id)) is not None
        ]
        for context in contexts:
            if context.part.children:
                judge_ends(turn, context)
            if context.part.skips:
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
    return others


def _entry_units(turn: Turn, context: PartContext) -> int:
    order = context.order
    if order is None:
        return synced_units(context)
    return entry_wish(context, order, last_price=None, at=turn.at).quantity


def waiting_for_budget(turn: Turn) -> list[Key]:
    """Return the ledgers in which what was planned earlier would leave now, by the budget.

    What did not fit the budget is decided anew: a resting exit that is to be cut goes before a new order.
    """
    if not turn.state.planned:
        return []  # asked at every event: no lane is asked and nothing is sorted for nothing
    left = {
        name: [each.total, each.entries] for name, each in turn.allowances.items() if each.total > 0
    }
    if not left:
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


@dataclass(slots=True)
class _Once:
    """What is asked of a ledger or an account once in a release, however many entries of theirs wait.

    In a burst hundreds wait for the budget, at every event; nothing that a release does changes these answers.
    """

    turn: Turn
    verdicts: dict[tuple[Venue, AccountName], tuple[SkipReason, str] | None] = field(
        default_factory=dict
    )
    held_back: dict[Key, bool] = field(default_factory=dict)
    spent: set[AccountName] = field(default_factory=set)

    def verdict(self, key: Key) -> tuple[SkipReason, str] | None:
        """Return why no entry may leave for a follower at this moment, or None."""
        at = (key.venue, key.follower)
        if at not in self.verdicts:
            rules = self.turn.state.rules.get(key.follower)
            self.verdicts[at] = (
                (SkipReason.DISABLED, "")
                if rules is None
                else moment_gate(self.turn.state, rules, key.venue, at=self.turn.at)
            )
        return self.verdicts[at]

    def holds_back(self, key: Key) -> bool:
        """Return whether the entries of a ledger wait for what is unknown of it, or for a first read."""
        if key not in self.held_back:
            self.held_back[key] = _beside_unknown(self.turn, key) or entry_waits(self.turn, key)
        return self.held_back[key]

    def may_send(self, key: Key) -> bool:
        """Take an entry out of its follower's allowance; False where that is spent."""
        if key.follower in self.spent:
            return False
        if key.venue is Venue.PAPER or self.turn.may_send(key.follower, entry=True):
            return True
        self.spent.add(key.follower)
        return False


def release(turn: Turn) -> None:
    """Journal as SENDING what fits the budget now, by priority; the rest stays PLANNED."""
    if not turn.state.planned:
        return
    once = _Once(turn)
    late: dict[Key, None] = {}
    leaves: list[Place] = []
    for child in _by_rank(turn):
        key = child.key
        # What this very turn has planned was asked all of that a moment ago.
        if child.tag not in turn.planned and _is_held_back(turn, child, once):
            continue
        if child.leg is Leg.ENTRY:
            goes = once.may_send(key)
        else:
            goes = key.venue is Venue.PAPER or turn.may_send(key.follower, entry=False)
        if goes:
            leaves.append(child.command)
        else:
            late[key] = None
    turn.send_places(leaves)
    for key in late:
        turn.wake(key, turn.at + BUDGET_TICK)


def _is_held_back(turn: Turn, child: Child, once: _Once) -> bool:
    """Whether a child that was planned in an earlier turn, or before a restart, may not leave now."""
    if child.leg is not Leg.ENTRY:
        return exit_waits(turn, child.key)
    verdict = once.verdict(child.key)
    # Of what stays here in any case the session is asked when its turn comes.
    if verdict is None and child.key.follower not in once.spent:
        times = times_of_child(turn, child)
        if times is not None and times.taken is Taken.NOT:
            verdict = SkipReason.SESSION, times.why
    return _withdrawn(turn, child, verdict) or once.holds_back(child.key)


def _beside_unknown(turn: Turn, key: Key) -> bool:
    """Whether an entry of a key is UNKNOWN: until that is settled no further one leaves."""
    book = turn.state.book(key)
    unknown = book is not None and any(
        other.state.is_unresolved for _, part in book.active_parts() for other in part.of(Leg.ENTRY)
    )
    if unknown:
        turn.wake(key, turn.at + BUDGET_TICK)
    return unknown


def _withdrawn(turn: Turn, child: Child, verdict: tuple[SkipReason, str] | None) -> bool:
    """Drop a planned entry that may not leave any more: it is too old, or the verdict stops all of its follower's."""
    deadline = child.command.deadline
    if deadline is not None and turn.at > deadline:
        state, reason = IntentState.EXPIRED, "too old when its turn came"
    else:
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
