"""Apply the records of copies: parts, claims, and what is held."""

from msgspec.structs import replace

from engine.core.state.fold_money import leave_by_others
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.closings import Closing
from engine.core.values.copies import CopyPart, KeyBook, Skip
from engine.core.values.copy_wishes import SyncWish
from engine.core.values.exact import Exact, exact, size_of
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.margins import MarginCheck
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import SkipReason


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
    book = book_of(state, record.key)
    part = book.parts[record.order_id]
    part.ratio, part.carry = exact(record.ratio), exact(record.carry)
    part.fixed = record.fixed
    part.kept, part.met = 1, 0
    if record.out:
        part.out = exact(record.out)


def part_limited(state: State, record: r.PartLimited) -> None:
    """Apply a ``PartLimited``."""
    book = book_of(state, record.key)
    part = book.parts[record.order_id]
    part.most, part.contribution = record.most, exact(record.amount)
    book.active[record.order_id] = None


def margin_asked(state: State, record: r.MarginAsked) -> None:
    """Apply a ``MarginAsked``."""
    part = book_of(state, record.key).parts[record.order_id]
    part.margin = MarginCheck(asked_at=record.at, legs=record.legs)


def margin_known(state: State, record: r.MarginKnown) -> None:
    """Apply a ``MarginKnown``."""
    part = book_of(state, record.key).parts[record.order_id]
    if part.margin is not None:
        part.margin = replace(part.margin, needed=record.needed, free=record.free, answered=True)


def book_of(state: State, key: Key) -> KeyBook:
    """Return the ledger of a key that a record names."""
    return state.books[key.master][(key.venue, key.follower)]


def contributed(state: State, record: r.Contributed) -> None:
    """Apply a ``Contributed``."""
    _contribute(book_of(state, record.key), record.order_id, record.amount, record.entered)


def all_contributed(state: State, record: r.AllContributed) -> None:
    """Apply an ``AllContributed``."""
    books = state.books[record.key]
    for each in record.amounts:
        book = books[each.venue, each.follower]
        _contribute(book, record.order_id, each.amount, record.entered)


def _contribute(book: KeyBook, order_id: OrderId, amount: str, entered: int) -> None:
    part = book.parts[order_id]
    if not entered:
        part.contribution = exact(amount)
        return
    book.active[order_id] = None
    part.take_fill(exact(amount), entered=entered)


def exit_folded(state: State, record: r.ExitFolded) -> None:
    """Apply a ``ExitFolded``."""
    _fold_exit(book_of(state, record.key), record.order_id, exact(record.keep), record)


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
    book = book_of(state, record.key)
    book.held -= record.units
    part = book.parts[record.order_id]
    part.gone += abs(record.units)
    book.active[record.order_id] = None


def held_converted(state: State, record: r.HeldConverted) -> None:
    """Apply a ``HeldConverted``."""
    book = book_of(state, record.key)
    book.held_as = None if record.product is record.key.product else record.product
    book.own = record.own


def held_proved(state: State, record: r.HeldProved) -> None:
    """Apply a ``HeldProved``."""
    book = book_of(state, record.key)
    book.own, book.unproven = record.own, False


def held_ended(state: State, record: r.HeldEnded) -> None:
    """Apply a ``HeldEnded``."""
    _end_holding(book_of(state, record.key))


def _end_holding(book: KeyBook) -> None:
    book.held = book.virtual = 0
    book.left = book.claim_rest = 0
    book.own, book.held_as, book.unproven = None, None, False
    for part in book.parts.values():
        part.contribution = 0


def holding_closed(state: State, record: r.HoldingClosed) -> None:
    """Apply a ``HoldingClosed``: what exits have claimed already is met by it first."""
    book = book_of(state, record.key)
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
    part = book_of(state, record.key).parts[record.order_id]
    part.sync = SyncWish(units=record.units, at=record.at, limit=record.limit)
    part.contribution, part.entered = record.units, record.of


def holding_detached(state: State, record: r.HoldingDetached) -> None:
    """Apply a ``HoldingDetached``."""
    book = book_of(state, record.key)
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
    parts = book_of(state, record.key).parts
    parts[record.order_id].gone += record.units
    if record.by is not None:
        parts[record.by].given += record.units


def claimed(state: State, record: r.Claimed) -> None:
    """Apply a ``Claimed``."""
    book = book_of(state, record.key)
    book.parts[record.order_id].claimed += record.claim
    book.active[record.order_id] = None
    book.virtual += record.claim
    if record.rest:
        book.claim_rest = exact(record.rest)
    if not record.met:
        _take_from_left(book, record.claim)


def entry_met(state: State, record: r.EntryMet) -> None:
    """Apply an ``EntryMet``."""
    book = book_of(state, record.key)
    book.parts[record.order_id].met += record.units
    book.active[record.order_id] = None


def _take_from_left(book: KeyBook, units: int) -> None:
    """Count signed units that leave as those that were left, as far as there are any."""
    if book.left * units < 0:
        book.left = book.left + units if abs(units) < size_of(book.left) else 0


def skipped(state: State, record: r.Skipped) -> None:
    """Apply a ``Skipped``."""
    part = book_of(state, record.key).parts[record.order_id]
    part.skips[record.leg] = Skip(reason=record.reason, detail=record.detail, at=record.at)


def lifted(state: State, record: r.SkipLifted) -> None:
    """Apply a ``SkipLifted``."""
    book = book_of(state, record.key)
    book.parts[record.order_id].skips.pop(record.leg, None)
    book.active[record.order_id] = None


def entry_asked(state: State, record: r.EntryAsked) -> None:
    """Apply an ``EntryAsked``."""
    book = book_of(state, record.key)
    part = book.parts[record.order_id]
    part.skips.pop(Leg.ENTRY, None)
    part.asked_at = record.at
    book.active[record.order_id] = None
