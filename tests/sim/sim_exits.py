"""Promises about exits: together no more than is held, and through zero only to be covered."""

import asyncio
import math
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from fractions import Fraction

from engine.core.state.latches import is_latched
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import Command, Modify, Place, RefusalKind
from engine.core.values.copies import KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import Tag

#: Seconds within which an overshoot is covered once it is known.
COVERED_WITHIN_S = 2.0
#: Seconds for which the first look at an account is waited for at most, after a start or a login.
UNREAD_S = 10.0
#: A change that was refused for now is asked again after the next read: every 5 s while a child rests.
ASKED_AGAIN_WITHIN = timedelta(seconds=5)
#: Refusals that say nothing against the change itself.
_FOR_NOW = (RefusalKind.BUSY, RefusalKind.RATE)


class ExitJudge:
    """Looks at each exit as it is decided, and at each fill of one."""

    def __init__(
        self,
        state: Callable[[], State | None],
        broken: Callable[[str], None],
    ) -> None:
        self._state = state
        self._broken = broken
        self._held: dict[Key, int] = {}
        self._filled: dict[Tag, int] = {}

    def look_at(
        self, state: State, child: Child, command: Place | Modify, sends: Collection[Command]
    ) -> None:
        """Exits together take no more than is held, but for his own target and stop.

        Args:
            state: After the decision.
            child: What is sent or changed.
            command: The write.
            sends: All writes of the decision.
        """
        leaving = {each.intent_id for each in sends}
        change = child.change if isinstance(command, Modify) else None
        at = change.asked_at if change is not None else child.sent_at
        grows = isinstance(command, Place) or command.quantity > child.terms.quantity
        book = state.book(child.key)
        assert book is not None
        if not grows or _is_left_to_a_person(book):
            return
        if command.quantity - child.filled > book.parts[child.master_order_id].unfilled_claim:
            # Only what he has sold waits for nothing; what rests beyond that waits for the cut.
            at = None
        exits = [
            each
            for part in book.parts.values()
            for each in part.of(Leg.EXIT)
            if not each.has_ended and each.side is child.side
        ]
        held = abs(book.held)
        mine = (
            command.quantity
            - child.filled
            + sum(
                _asked(e, at)
                for e in exits
                if e.master_order_id == child.master_order_id and e is not child
            )
        )
        # An exit of another order that has ended without a fill is cancelled as soon as it can be:
        # what is held leaves all the same.
        together = mine + sum(
            _still_wanted(state, book, e, leaving, at)
            for e in exits
            if e.master_order_id != child.master_order_id
        )
        if mine > held or together > held + self._overlap(state, book):
            self._broken(
                f"exits of {child.key.symbol}: {together} ({mine} with {child.tag}), held {held}: "
                + ", ".join(f"{_asked(each, at)} {each.tag} {each.state}" for each in exits)
            )

    def _overlap(self, state: State, book: KeyBook) -> int:
        """Return what the master's own working exits are worth beyond his position, in our units."""
        position = state.master.get(book.key.master)
        if position is None or not position.net:
            return 0
        working = sum(
            order.row.remaining_quantity
            for order in position.orders.values()
            if order.row.counts and order.row.side.sign * position.net < 0
        )
        beyond = working - abs(position.net)
        if beyond <= 0:
            return 0
        instrument = state.instruments.find(book.key.exchange, book.key.symbol)
        assert instrument is not None
        # What an exit of ours filled ahead of his still counts as held for his other orders' shares.
        holding = max(abs(book.held), abs(book.virtual))
        units = math.ceil(Fraction(holding * beyond, abs(position.net)))
        # Each of the two is rounded to lots by itself.
        return units + 2 * instrument.lot_size

    def look_for_overshoot(self, state: State, key: Key, decision: Decision) -> None:
        """Note an exit fill that went through zero; a little later it must be covered."""
        book = state.book(key)
        assert book is not None
        before, after = self._held.get(key, 0), book.held
        self._held[key] = after
        seen = {each.tag for each in decision.records if isinstance(each, r.ChildSeen)}
        children = [state.children[tag] for tag in seen if state.children[tag].key == key]
        filled = self._newly_filled(children)
        went_through = before * after <= 0 and book.virtual * after <= 0
        # Nothing was left on the other side that it could exit: an entry stands on its own.
        added = after * filled > 0 and after * (after - filled) > 0
        if {each.leg for each in children} == {Leg.EXIT} and after and (went_through or added):
            planned = {
                each.command.tag for each in decision.records if isinstance(each, r.ChildPlanned)
            }
            # By name and not by time: the program's own clock may be another one.
            earlier = {each.tag for each in _covers(book)} - planned

            def look(looks: int = 0) -> None:
                state = self._state()
                if state is None:  # dead or asleep: it has that long once it lives again
                    asyncio.get_running_loop().call_later(COVERED_WITHIN_S, look)
                    return
                if _is_unread(state, key) and looks * COVERED_WITHIN_S < UNREAD_S:
                    asyncio.get_running_loop().call_later(COVERED_WITHIN_S, look, looks + 1)
                    return
                now = state.book(key)
                if now is None or now.held * after <= 0 or (now.virtual * after > 0 and not added):
                    return
                if added and (abs(now.held) < abs(after) or now.held == now.exact()):
                    return  # given back, or all that he should have: his reversal filled before its own exit
                if added and not any(part.excess for part in now.parts.values()):
                    return  # as much as he has exited: it is the entry beside it that has filled too many
                account = state.account(key.follower)
                if account.session_ok and not {each.tag for each in _covers(now)} - earlier:
                    self._broken(
                        f"{key.follower} {key.symbol}: {after} beyond zero are not covered"
                    )

            asyncio.get_running_loop().call_later(COVERED_WITHIN_S, look)

    def _newly_filled(self, children: Collection[Child]) -> int:
        """Return the signed units that children have filled since they were last looked at."""
        units = sum(
            each.side.sign * (each.filled - self._filled.get(each.tag, 0)) for each in children
        )
        self._filled |= {each.tag: each.filled for each in children}
        return units


def _is_unread(state: State, key: Key) -> bool:
    """Whether nobody has looked at an account since its login: a cover waits for that as every exit does."""
    account = state.account(key.follower)
    asked_at = account.positions_asked_at
    old = account.back_at is not None and (asked_at is None or asked_at < account.back_at)
    return old or not account.reconciled


def _covers(book: KeyBook) -> list[Child]:
    return [each for part in book.parts.values() for each in part.of(Leg.COVER)]


def _is_left_to_a_person(book: KeyBook) -> bool:
    """Whether an exit was refused for good: what it was to take is still held, and was told."""
    return any(
        part.unfilled_claim and any(is_latched(each) for each in part.of(Leg.EXIT))
        for part in book.parts.values()
    )


def _still_wanted(
    state: State, book: KeyBook, exit_: Child, leaving: Collection[str], at: datetime | None
) -> int:
    """Return the units an exit is still to take: all while his order exits, then what it claims."""
    order = state.master_order(exit_.master_order_id)
    position = state.master.get(book.key.master)
    works = (
        order is not None
        and position is not None
        and not order.row.status.is_terminal
        and order.row.side.sign * position.net < 0
    )
    asked = _asked(exit_, at)
    if exit_.state is IntentState.SENDING and exit_.tag not in leaving:
        # It was right when it left, and is cut when it is known.
        return 0
    return asked if works else min(asked, book.parts[exit_.master_order_id].unfilled_claim)


def _asked(exit_: Child, at: datetime | None) -> int:
    """Return the units that an exit may still take once what was asked of it by then is done."""
    change = exit_.change
    if exit_.cancel is not None or exit_.state.is_unresolved:
        return 0
    if change is not None and change.state in (IntentState.SENDING, IntentState.UNKNOWN):
        # It is cut as soon as somebody knows what became of the change before.
        return 0
    refused = change is not None and change.refusal in _FOR_NOW
    if refused and at is not None and at - change.asked_at < ASKED_AGAIN_WITHIN:
        # It was asked to be cut and is asked again after a read: what the master does sell leaves meanwhile.
        return max(0, min(exit_.outstanding, change.terms.quantity - exit_.filled))
    return exit_.outstanding
