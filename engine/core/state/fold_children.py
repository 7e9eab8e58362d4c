"""Apply the records of children: planned, sent, answered, seen, changed, cancelled."""

from datetime import datetime

from engine.core.state.fold_copies import book_of
from engine.core.state.fold_money import count_fill
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.copy_wishes import CancelWish, ChangeWish
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.terms import terms_of_place


def child_planned(state: State, record: r.ChildPlanned) -> None:
    """Apply a ``ChildPlanned``."""
    child = Child(
        command=record.command,
        key=record.key,
        master_order_id=record.order_id,
        leg=record.leg,
        generation=record.generation,
        slice=record.slice,
        attempt=record.attempt,
        step=record.step,
        planned_at=record.at,
        detected_at=record.detected_at,
        terms=terms_of_place(record.command),
        note=record.note,
    )
    book, tag = book_of(state, record.key), record.command.tag
    book.parts[record.order_id].children.append(child)
    book.active[record.order_id] = None
    if record.leg is Leg.ENTRY:
        account = (record.key.venue, record.key.follower)
        state.entries_of_day[account] = state.entries_of_day.get(account, 0) + 1
    state.children[tag] = state.open_children[tag] = state.planned[tag] = child


def intent_moved(state: State, record: r.IntentMoved) -> None:
    """Apply a ``IntentMoved``."""
    child = state.children[record.tag]
    child.state = record.state
    if record.state is IntentState.SENDING:
        child.sent_at = record.at
    elif child.answered_at is None:
        child.answered_at = record.at
    child.order_id = record.order_id or child.order_id
    child.refusal = record.refusal or child.refusal
    child.reason = record.reason or child.reason
    if child.order_id is not None:
        state.child_orders[(child.key.venue, child.key.follower, child.order_id)] = child.tag
    if record.state is IntentState.ACKED:
        state.last_copy_at = record.at
        child.reason = record.reason
    _keep_open(state, child)


def children_sent(state: State, record: r.ChildrenSent) -> None:
    """Apply a ``ChildrenSent``."""
    for tag in record.tags:
        child = state.children[tag]
        child.state, child.sent_at = IntentState.SENDING, record.at
        # It is open already, and so is its part: else it would not have been planned.
        state.planned.pop(tag, None)


def cancel_moved(state: State, record: r.CancelMoved) -> None:
    """Apply a ``CancelMoved``."""
    state.children[record.tag].cancel = CancelWish(
        intent_id=record.intent_id,
        state=record.state,
        asked_at=record.at,
        asked_version=record.book_version,
        times=record.times,
    )
    account = state.account(state.children[record.tag].key.follower)
    account.book_version = max(account.book_version, record.book_version)


def change_moved(state: State, record: r.ChangeMoved) -> None:
    """Apply a ``ChangeMoved``."""
    child = state.children[record.tag]
    if record.state is IntentState.SENDING:
        child.changes += 1
    if record.state is IntentState.ACKED:
        child.terms = record.terms
    child.unchangeable = child.unchangeable or record.refused
    child.change = ChangeWish(
        intent_id=record.intent_id,
        state=record.state,
        terms=record.terms,
        asked_at=record.at,
        asked_version=record.book_version,
        refusal=record.refusal,
    )


def step_taken(state: State, record: r.StepTaken) -> None:
    """Apply a ``StepTaken``."""
    child = state.children[record.tag]
    child.step, child.step_at = record.step, record.at


def change_doubted(state: State, record: r.ChangeDoubted) -> None:
    """Apply a ``ChangeDoubted``."""
    change = state.children[record.tag].change
    if change is not None:
        change.doubted_at = record.at


def child_seen(state: State, record: r.ChildSeen) -> None:
    """Apply a ``ChildSeen``."""
    child = state.children[record.tag]
    more = record.filled - child.filled
    child.sighting = record.sighting
    child.filled = record.filled
    child.order_id = record.sighting.row.order_id
    account = state.account(child.key.follower)
    account.book_version = max(account.book_version, record.sighting.wish_version)
    state.child_orders[(child.key.venue, child.key.follower, child.order_id)] = child.tag
    if record.sighting.row.status_message:
        child.reason = record.sighting.row.status_message
    if record.sighting.row.status.is_terminal and child.ended_at is None:
        child.ended_at = record.at
    if not child.detached:
        count_fill(book_of(state, child.key), child, more)
    if more:
        account.filled_at = record.at
        book = book_of(state, child.key)
        _note_fill(book, child, more, at=record.at)
        if child.detached:
            book.own = (book.own or 0) + child.side.sign * more
            _keep_open(state, child)
            return
        if record.own is not None:
            book.own = record.own
        book.held += child.side.sign * more
        if not book.held:
            book.held_as = None
        # What was claimed of a day that is over is owed no more: what its exits still fill leaves both.
        if child.leg is Leg.ENTRY or child.master_order_id not in book.parts:
            book.virtual += child.side.sign * more
        if child.master_order_id not in book.parts:
            # It stands for no order of today: the next entry neither makes it up nor takes it back.
            book.left += child.side.sign * more
    _keep_open(state, child)


def _note_fill(book: KeyBook, child: Child, more: int, *, at: datetime) -> None:
    child.fills.append((at, more))
    part = book.parts.get(child.master_order_id)
    if part is not None:
        part.filled_at = at


def end_judged(state: State, record: r.EndJudged) -> None:
    """Apply a ``EndJudged``."""
    state.children[record.tag].end_judged = True


def attested(state: State, record: r.Attested) -> None:
    """Apply an ``Attested``."""
    state.children[record.tag].attested = True


def latch_lifted(state: State, record: r.LatchLifted) -> None:
    """Apply a ``LatchLifted``."""
    child = state.children[record.tag]
    child.lifted = True
    book_of(state, child.key).active[child.master_order_id] = None


def _keep_open(state: State, child: Child) -> None:
    book = book_of(state, child.key)
    if child.master_order_id in book.parts:
        book.active[child.master_order_id] = None
    # What has moved, or was seen at the broker, has left or never will.
    state.planned.pop(child.tag, None)
    if child.has_ended:
        state.open_children.pop(child.tag, None)
    else:
        # A late arrival reopens what was taken for absent.
        state.open_children[child.tag] = child
