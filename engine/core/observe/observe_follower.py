"""Take in what a follower's account shows, and resolve what we do not know from it."""

from collections.abc import Iterable

from engine.core.observe.drift_watch import watch_drift
from engine.core.observe.morning import prove_held
from engine.core.observe.observe_master import is_shrunk
from engine.core.observe.paper_closings import take_paper_closing
from engine.core.observe.profit_check import check_profit
from engine.core.outcome.book_watch import note_hint, watch_book
from engine.core.outcome.ends import child_ended
from engine.core.outcome.fingerprint import candidates, new_twins, remember_frame, remember_rows
from engine.core.outcome.leftovers import cancel_leftovers, is_lost_overnight, is_of_earlier_day
from engine.core.outcome.unknown import (
    LOOKS_AFTER,
    UNCERTAIN,
    ask_which,
    found,
    judge_absent,
    unresolved,
)
from engine.core.planning.held_products import follow_conversions
from engine.core.planning.settled_changes import check_quantity, settle_change
from engine.core.planning.square_off import tell_reversed
from engine.core.risk.fence import meet_stranger
from engine.core.risk.first_read import note_hand, waiting_mark
from engine.core.state.cancels import want_cancel
from engine.core.state.delivery import news_of_holdings
from engine.core.state.fills import fold_child_row
from engine.core.state.fold import find_child
from engine.core.state.latches import describe, stuck_mark
from engine.core.state.ledger import is_out_again
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.events import BookRead, PositionsRead, RowHinted
from engine.core.values.intents import IntentState
from engine.core.values.keys import copy_topic, is_ours
from engine.core.values.market import AccountName, OrderStatus, Venue
from engine.core.values.merge import UNPROVEN, sight
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow


def observe_follower_book(turn: Turn, event: BookRead) -> None:
    """Take in a read of a follower's book: find children, adopt late ones, judge absent ones."""
    account = turn.state.account(event.account)
    if is_shrunk(account, event.total):
        turn.tell_once(
            Severity.WARNING,
            f"{event.account}: the order book came back with fewer orders than before; "
            "it is not believed.",
            topic=topic_of(event.account),
            mark=f"shrunk-book:{event.account}",
        )
        return
    turn.state.told.discard(f"shrunk-book:{event.account}")
    account.book_version += 1
    account.book_at, account.book_asked_at = event.at, event.asked_at
    account.book_total = event.total
    was_reconciled = account.reconciled
    if event.venue is Venue.LIVE and account.is_reconciled_by(event.asked_at):
        account.reconciled = True
        turn.state.told.discard(waiting_mark(event.account))
    remember_rows(account, event)
    for row in event.rows:
        _see(turn, event.venue, event.account, row, account.book_version)
    for row in event.again:
        if not _is_closed(turn.state, event, row):
            _see(turn, event.venue, event.account, row, account.book_version)
    watch_book(turn, event)
    _fingerprint(turn, event)
    judge_absent(turn, event)
    cancel_leftovers(turn, event.account)
    _touch_account(turn, event.account, everything=account.reconciled and not was_reconciled)


def observe_follower_hint(turn: Turn, event: RowHinted) -> None:
    """Take in one row of a follower, from his socket or the paper venue."""
    account = turn.state.account(event.account)
    version = account.book_version
    if event.row.status is OrderStatus.UPDATE:
        version = UNPROVEN
    child = _child_of(turn.state, event.venue, event.account, event.row)
    if child is not None and event.venue is Venue.LIVE:
        known = child.sighting.row if child.sighting else None
        note_hint(account, event.row, known, at=event.at)
    if child is None and event.row.tag is None and event.venue is Venue.LIVE:
        account.untagged_since.setdefault(event.row.order_id, event.at)
    if event.venue is Venue.LIVE:
        remember_frame(account, event.row)
        _note_twins(turn, event.account, () if child is not None else (event.row,))
        if child is None and not is_ours(event.row.tag, turn.state.install_id):
            note_hand(turn, event.row, follower=event.account)
    _see(turn, event.venue, event.account, event.row, version)


def observe_follower_positions(turn: Turn, event: PositionsRead) -> None:
    """Take in a follower's positions; exits may shrink by them."""
    before = turn.state.account(event.account).positions
    turn.emit(
        r.PositionsKnown(
            account=event.account,
            rows=event.rows,
            asked_at=event.asked_at,
            at=event.at,
            holdings=news_of_holdings(turn.state.account(event.account), event.holdings),
        )
    )
    follow_conversions(turn, event.account, before)
    prove_held(turn, event.account)
    tell_reversed(turn, event.account)
    watch_drift(turn, event.account, asked_at=event.asked_at)
    check_profit(turn, event.account)
    _touch_account(turn, event.account, everything=False)


def _touch_account(turn: Turn, account: AccountName, *, everything: bool) -> None:
    """Have its ledgers planned in which this account holds, owes or waits for something."""
    for books in turn.state.books.values():
        for venue in Venue:
            book = books.get((venue, account))
            if book is not None and (everything or book.held or book.active):
                turn.touch(book.key)


def _child_of(state: State, venue: Venue, account: AccountName, row: OrderRow) -> Child | None:
    """Return the child a row belongs to, by its tag, else by the order id we were given."""
    for tag in (row.tag, *row.tags):
        child = find_child(state, tag)
        if child is None or (child.key.venue, child.key.follower) != (venue, account):
            continue
        if child.sent_at is None:
            # It never left: only another copy of us can have sent it.
            continue
        if child.order_id in (None, row.order_id):
            return child
    return find_child(state, state.child_orders.get((venue, account, row.order_id)))


def _is_closed(state: State, event: BookRead, row: OrderRow) -> bool:
    """Whether a row that is no news is of an order of ours that has ended: most rows of a long day's book."""
    child = find_child(state, state.child_orders.get((event.venue, event.account, row.order_id)))
    if child is None or child.sighting is None or row.tag not in (None, child.tag):
        return False
    if child.state is not IntentState.ACKED or child.change is not None:
        return False
    seen = child.sighting.row
    return seen.status.is_terminal and (seen.status, seen.filled_quantity) == (
        row.status,
        row.filled_quantity,
    )


def _withdraw(turn: Turn, account: AccountName, row: OrderRow) -> None:
    """Drop what is planned under a tag that the book has already; what it was for is planned anew."""
    for tag in (row.tag, *row.tags):
        child = find_child(turn.state, tag)
        if child is None or child.key.follower != account:
            continue
        if child.state is IntentState.PLANNED and child.key.venue is Venue.LIVE:
            want_cancel(turn, child)
            turn.touch(child.key)


def _see(turn: Turn, venue: Venue, account: AccountName, row: OrderRow, version: int) -> None:
    child = _child_of(turn.state, venue, account, row)
    if child is None:
        meet_stranger(turn, account, row)
        if venue is Venue.LIVE:
            _withdraw(turn, account, row)
        else:
            take_paper_closing(turn, account, row)
        return
    if child.state in UNCERTAIN or is_lost_overnight(child):
        found(turn, child, row)
    _take_row(turn, child, row, version)


def _take_row(turn: Turn, child: Child, row: OrderRow, version: int) -> None:
    """Fold a row of a child and tell what its end means; nothing where the row is no news."""
    had_ended, before = child.has_ended, child.sighting
    late = 0
    for record in fold_child_row(turn.state, child, sight(row, version), at=turn.at):
        turn.emit(record)
        if isinstance(record, r.Claimed):
            late += abs(record.claim)
    if late:
        _tell_late_fill(turn, child, late)
    settle_change(turn, child, row)
    if version != UNPROVEN:
        check_quantity(turn, child, row)
    if is_of_earlier_day(turn.state, child):
        want_cancel(turn, child)
    elif child.has_ended and not had_ended:
        child_ended(turn, child)
    if child.has_ended and not had_ended:
        _tell_filled_after_all(turn, child)
    if child.sighting is not before:
        turn.touch(child.key)
        turn.child_card(child)


def _tell_late_fill(turn: Turn, child: Child, units: int) -> None:
    """Say once of an entry that it has filled after the master's exit: his share of that is closed unasked.

    Loudly where he is out of all of it: nobody wanted this position any more, and it was bought and sold for nothing.
    """
    book = turn.state.book(child.key)
    part = book.parts.get(child.master_order_id) if book is not None else None
    out = part is not None and is_out_again(part)
    turn.tell_once(
        Severity.CRITICAL if out else Severity.WARNING,
        f"{child.key.follower}: {describe(child)} filled after the master had exited "
        f"{'all' if out else 'a part'} of it: {child.side.opposite.value} {units} goes out at once.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        mark=f"late:{child.tag}:{out}",
    )


def _tell_filled_after_all(turn: Turn, child: Child) -> None:
    """Say that an exit about which a person was asked has filled: there is nothing left to do."""
    whole = child.sighting is not None and child.sighting.row.status is OrderStatus.COMPLETE
    if whole and stuck_mark(child.tag) in turn.state.told:
        turn.state.told.discard(stuck_mark(child.tag))
        turn.tell(
            Severity.INFO,
            f"{child.key.follower}: the exit {describe(child)} has filled after all.",
            topic=copy_topic(child.key.venue, child.master_order_id),
            child=child,
        )


def _fingerprint(turn: Turn, event: BookRead) -> None:
    """Find an order whose tag the broker lost: only a single candidate counts."""
    _note_twins(turn, event.account, turn.state.account(event.account).untagged.values())
    for child in unresolved(turn.state, event):
        rows = candidates(turn.state, child)
        if len(rows) > 1:
            ask_which(turn, child, rows)
        elif rows and child.sent_at and event.asked_at >= child.sent_at + LOOKS_AFTER:
            adopt(turn, child, rows[0])


def _note_twins(turn: Turn, name: AccountName, rows: Iterable[OrderRow]) -> None:
    for order_id in new_twins(turn.state, name, rows):
        turn.emit(r.TwinSeen(account=name, order_id=order_id, at=turn.at))


def adopt(turn: Turn, child: Child, row: OrderRow) -> None:
    """Take a row of the book for a child: by its fingerprint, or by a person's word."""
    found(turn, child, row)
    turn.state.account(child.key.follower).untagged.pop(row.order_id, None)
    _take_row(turn, child, row, turn.state.account(child.key.follower).book_version)
