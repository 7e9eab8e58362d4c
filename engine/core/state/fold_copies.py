"""Apply the records of copies: parts, claims, children and what became of them."""

from msgspec.structs import replace

from engine.core.state.fold_money import count_fill, leave_by_others
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.closings import Closing
from engine.core.values.copies import Child, CopyPart, KeyBook, Skip
from engine.core.values.copy_wishes import CancelWish, ChangeWish, SyncWish
from engine.core.values.exact import Exact, exact, size_of
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.margins import MarginCheck
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.terms import terms_of_place


def part_opened(state: State, record: r.PartOpened) -> None:
    """Apply a ``PartOpened``."""
    books = state.books.setdefault(record.key.master, {})
    _open(
        books,
        record.key.master,
        record.order_id,
        record,
        at=(record.key.venue, record.key.follower),
    )


def parts_opened(state: State, record: r.PartsOpened) -> None:
    """Apply a ``PartsOpened``."""
    books = state.books.setdefault(record.key, {})
    for part in record.parts:
        _open(books, record.key, record.order_id, part, at=(part.venue, part.follower))


def _open(
    books: dict[tuple[Venue, AccountName], KeyBook],
    key: MasterKey,
    order_id: OrderId,
    opened: r.PartOpened | r.OpenedPart,
    *,
    at: tuple[Venue, AccountName],
) -> None:
    book = books.get(at)
    if book is None:
        book = books[at] = KeyBook(key=key.of(*at))
    if opened.own is not None:
        book.own = opened.own
    ratio = exact(opened.ratio)
    part = CopyPart(
        opened_ratio=ratio,
        ratio=ratio,
        carry=exact(opened.carry),
        fixed=opened.fixed,
        basis=opened.basis,
    )
    book.put(order_id, part, contribution=0)
    book.active[order_id] = None


def part_scaled(state: State, record: r.PartScaled) -> None:
    """Apply a ``PartScaled``."""
    book = _book(state, record.key)
    part = book.parts[record.order_id]
    part.ratio, part.carry = exact(record.ratio), exact(record.carry)
    part.fixed = record.fixed
    part.kept, part.met = 1, 0


def part_limited(state: State, record: r.PartLimited) -> None:
    """Apply a ``PartLimited``."""
    book = _book(state, record.key)
    part = book.parts[record.order_id]
    part.most, part.contribution = record.most, exact(record.amount)
    book.active[record.order_id] = None


def margin_asked(state: State, record: r.MarginAsked) -> None:
    """Apply a ``MarginAsked``."""
    part = _book(state, record.key).parts[record.order_id]
    part.margin = MarginCheck(asked_at=record.at, legs=record.legs)


def margin_known(state: State, record: r.MarginKnown) -> None:
    """Apply a ``MarginKnown``."""
    part = _book(state, record.key).parts[record.order_id]
    if part.margin is not None:
        part.margin = replace(part.margin, needed=record.needed, free=record.free, answered=True)


def _book(state: State, key: Key) -> KeyBook:
    return state.books[key.master][(key.venue, key.follower)]


def contributed(state: State, record: r.Contributed) -> None:
    """Apply a ``Contributed``."""
    _contribute(_book(state, record.key), record.order_id, record.amount, record.entered)


def all_contributed(state: State, record: r.AllContributed) -> None:
    """Apply an ``AllContributed``."""
    books = state.books[record.key]
    for each in record.amounts:
        book = books[each.venue, each.follower]
        _contribute(book, record.order_id, each.amount, record.entered)


def _contribute(book: KeyBook, order_id: OrderId, amount: str, entered: int) -> None:
    part = book.parts[order_id]
    part.contribution = exact(amount)
    if entered:
        book.active[order_id] = None
        part.kept = part.kept_with(entered)
        part.entered += entered


def exit_folded(state: State, record: r.ExitFolded) -> None:
    """Apply a ``ExitFolded``."""
    _fold_exit(_book(state, record.key), record.order_id, exact(record.keep), record)


def exits_folded(state: State, record: r.ExitsFolded) -> None:
    """Apply an ``ExitsFolded``."""
    books, keep = state.books[record.key], exact(record.keep)
    for each in record.exits:
        _fold_exit(books[each.venue, each.follower], record.order_id, keep, each)


def _fold_exit(
    book: KeyBook, order_id: OrderId, keep: Exact, taken: r.ExitFolded | r.FoldedExit
) -> None:
    book.take_exit(keep)
    book.last_exit = order_id
    book.claim_rest = exact(taken.rest)
    book.parts[order_id].claimed += taken.claim
    book.active[order_id] = None
    book.virtual += taken.claim
    if book.left and keep == 0:
        # He is flat: of what is still there he wants nothing.
        book.left = book.virtual
    elif taken.claim:
        book.left *= keep


def gone(state: State, record: r.HoldingGone) -> None:
    """Apply a ``HoldingGone``."""
    book = _book(state, record.key)
    book.held -= record.units
    part = book.parts[record.order_id]
    part.gone += abs(record.units)
    book.active[record.order_id] = None


def held_converted(state: State, record: r.HeldConverted) -> None:
    """Apply a ``HeldConverted``."""
    book = _book(state, record.key)
    book.held_as = None if record.product is record.key.product else record.product
    book.own = record.own


def held_proved(state: State, record: r.HeldProved) -> None:
    """Apply a ``HeldProved``."""
    book = _book(state, record.key)
    book.own, book.unproven = record.own, False


def held_ended(state: State, record: r.HeldEnded) -> None:
    """Apply a ``HeldEnded``."""
    _end_holding(_book(state, record.key))


def _end_holding(book: KeyBook) -> None:
    book.held = book.virtual = 0
    book.left = book.claim_rest = 0
    book.own, book.held_as, book.unproven = None, None, False
    for part in book.parts.values():
        part.contribution = 0


def holding_closed(state: State, record: r.HoldingClosed) -> None:
    """Apply a ``HoldingClosed``: what exits have claimed already is met by it first."""
    book = _book(state, record.key)
    known = book.closings.get(record.order_id, Closing())
    spent = known.rupees + abs(record.units) * record.price
    book.closings[record.order_id] = Closing(units=record.filled, rupees=spent)
    book.held -= record.units
    leave_by_others(book, record.units, record.price)
    if not book.held:
        _end_holding(book)
        return
    side = 1 if book.held > 0 else -1
    book.virtual = side * max(0, min(side * book.virtual, side * book.held))
    book.left = side * max(0, min(side * book.left, side * book.virtual))


def sync_entered(state: State, record: r.SyncEntered) -> None:
    """Apply a ``SyncEntered``."""
    part = _book(state, record.key).parts[record.order_id]
    part.sync = SyncWish(units=record.units, at=record.at, limit=record.limit)
    part.contribution, part.entered = record.units, record.of


def holding_detached(state: State, record: r.HoldingDetached) -> None:
    """Apply a ``HoldingDetached``."""
    book = _book(state, record.key)
    # What he converted is his under the other product: of this one nothing is known.
    book.own = (book.own or 0) + book.held if book.held_as is None else None
    book.held = book.virtual = 0
    book.left = book.claim_rest = 0
    book.held_as, book.unproven = None, False
    for part in book.parts.values():
        part.contribution, part.claimed, part.gone, part.given = 0, 0, 0, 0
        handed_back = Skip(reason=SkipReason.DETACHED, detail="", at=record.at)
        known = part.skips.get(Leg.ENTRY)
        if known is None or known.reason is SkipReason.ZERO_LOTS:
            # No lot at first: that skip stands in nobody's way, and a lot may have come since.
            part.skips[Leg.ENTRY] = handed_back
        for child in part.children:
            child.detached = True


def claim_settled(state: State, record: r.ClaimSettled) -> None:
    """Apply a ``ClaimSettled``."""
    parts = _book(state, record.key).parts
    parts[record.order_id].gone += record.units
    if record.by is not None:
        parts[record.by].given += record.units


def claimed(state: State, record: r.Claimed) -> None:
    """Apply a ``Claimed``."""
    book = _book(state, record.key)
    book.parts[record.order_id].claimed += record.claim
    book.active[record.order_id] = None
    book.virtual += record.claim
    if record.rest:
        book.claim_rest = exact(record.rest)
    if not record.met:
        _take_from_left(book, record.claim)


def entry_met(state: State, record: r.EntryMet) -> None:
    """Apply an ``EntryMet``."""
    book = _book(state, record.key)
    book.parts[record.order_id].met += record.units
    book.active[record.order_id] = None


def _take_from_left(book: KeyBook, units: int) -> None:
    """Count signed units that leave as those that were left, as far as there are any."""
    if book.left * units < 0:
        book.left = book.left + units if abs(units) < size_of(book.left) else 0


def skipped(state: State, record: r.Skipped) -> None:
    """Apply a ``Skipped``."""
    part = _book(state, record.key).parts[record.order_id]
    part.skips[record.leg] = Skip(reason=record.reason, detail=record.detail, at=record.at)


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
    book = _book(state, record.key)
    book.parts[record.order_id].children.append(child)
    book.active[record.order_id] = None
    state.children[child.tag] = child
    if record.leg is Leg.ENTRY:
        account = (record.key.venue, record.key.follower)
        state.entries_of_day[account] = state.entries_of_day.get(account, 0) + 1
    state.open_children[child.tag] = state.planned[child.tag] = child


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
        _keep_open(state, child)


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
        count_fill(_book(state, child.key), child, more)
    if more:
        account.filled_at = record.at
        child.fills.append((record.at, more))
        book = _book(state, child.key)
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


def end_judged(state: State, record: r.EndJudged) -> None:
    """Apply a ``EndJudged``."""
    state.children[record.tag].end_judged = True


def _keep_open(state: State, child: Child) -> None:
    book = _book(state, child.key)
    if child.master_order_id in book.parts:
        book.active[child.master_order_id] = None
    # What has moved, or was seen at the broker, has left or never will.
    state.planned.pop(child.tag, None)
    if child.has_ended:
        state.open_children.pop(child.tag, None)
    else:
        # A late arrival reopens what was taken for absent.
        state.open_children[child.tag] = child


def lifted(state: State, record: r.SkipLifted) -> None:
    """Apply a ``SkipLifted``."""
    book = _book(state, record.key)
    book.parts[record.order_id].skips.pop(record.leg, None)
    book.active[record.order_id] = None


def attested(state: State, record: r.Attested) -> None:
    """Apply an ``Attested``."""
    state.children[record.tag].attested = True


def latch_lifted(state: State, record: r.LatchLifted) -> None:
    """Apply a ``LatchLifted``."""
    child = state.children[record.tag]
    child.lifted = True
    _book(state, child.key).active[child.master_order_id] = None


def entry_asked(state: State, record: r.EntryAsked) -> None:
    """Apply an ``EntryAsked``."""
    book = _book(state, record.key)
    part = book.parts[record.order_id]
    part.skips.pop(Leg.ENTRY, None)
    part.asked_at = record.at
    book.active[record.order_id] = None
