"""/panic: stop entries, withdraw what rests of them, square off what is copied, and prove that it is flat.

What a person confirmed is a record, so a restart goes on with it. It is looked at twice a second until
nothing is left that could be done by itself: what fills meanwhile is squared off too, and what is refused
is sent again a few times. What the owners hold themselves is not touched, since only the ledgers of copies are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.core.observe.drift import observed_units
from engine.core.outcome.panic_again import again_at, to_send_again
from engine.core.planning.flatten import square_off
from engine.core.planning.plan_exit import given_up
from engine.core.state.cancels import want_cancel
from engine.core.state.latches import is_given_up, waits_for_holdings
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.control import Requester, SquareOffAll
from engine.core.values.copies import KeyBook
from engine.core.values.counts import mentioned
from engine.core.values.keys import Leg
from engine.core.values.market import AccountName, OrderId, OrderStatus, Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.panic import Panic, PanicLine

#: How often it is looked at. A choice of ours: fills and answers come within tenths of a second.
LOOK_EVERY = timedelta(seconds=0.5)
#: How long positions may show something else, or not be read, before it is told as not verified. A choice
#: of ours: they are read every few seconds, and lag the order book by seconds on a good day.
PROVED_WITHIN = timedelta(seconds=60)
#: Holdings that are named of one follower; the others are counted.
_MOST_NAMED = 4


def take_panic(turn: Turn, request: SquareOffAll, by: Requester) -> tuple[bool, str]:
    """Begin, or begin to look again where one is under way; nothing of it asks for a code."""
    state = turn.state
    if request.venue is not state.venue:
        return False, f"Not done: the mode is {state.venue.label} now. Send /panic again."
    turn.emit(r.CopyingSet(active=False, at=turn.at))
    again = under_way(state)
    if again is not None and again.venue is not state.venue:
        # Its exits go on by themselves; what stands in this mode is not closed by it.
        _end_early(
            turn, f"The mode is {state.venue.label} now and panic in {again.venue.label} over"
        )
        again = None
    if again is None:
        turn.emit(r.PanicBegun(venue=state.venue, user_id=by.user_id, name=by.name, at=turn.at))
    resting = sum(1 for _ in _entries(state, state.venue))
    held = sum(1 for _, book in _ledgers(state, state.venue) if book.held)
    for account in state.accounts.values():
        # Positions that were read before prove nothing of what is done now.
        account.doubt_until = turn.at + PROVED_WITHIN
    state.panic_looked_at = None
    carry_on(turn)
    if again is not None:
        left = [each for each in panic_lines(state, at=turn.at) if not each.flat]
        named = " ".join(f"{each.follower}: {each.text}." for each in left)
        text = f"Under way since {again.at:%H:%M:%S}, begun by {again.name}: it goes on. {named}"
        return True, text.rstrip()
    begun = mentioned(
        (
            resting,
            "resting entry order is being cancelled",
            "resting entry orders are being cancelled",
        ),
        (held, "copied holding is being closed", "copied holdings are being closed"),
    )
    text = ", ".join(["entries are stopped", *begun])
    return True, f"Panic: {text}. What the owners hold themselves is not touched."


def under_way(state: State) -> Panic | None:
    """Return the panic that goes on, or None."""
    panic = state.panic
    return panic if panic is not None and panic.ended_at is None else None


def carry_on(turn: Turn) -> None:
    """Do what is left of a panic, tell how far it is, and end it once nothing is left."""
    state, panic = turn.state, under_way(turn.state)
    looked = state.panic_looked_at
    if panic is None or (looked is not None and looked <= turn.at < looked + LOOK_EVERY):
        return
    state.panic_looked_at = turn.at
    for child in list(_entries(state, panic.venue)):
        want_cancel(turn, child)
    for number, book in _ledgers(state, panic.venue):
        _send_again(turn, book)
        if book.virtual and book.key.follower in state.rules:
            square_off(turn, book, number=_unused(turn, book, number), why="/panic closed it")
    lines = panic_lines(state, at=turn.at)
    _draw(turn, panic, lines)
    if all(line.settled for line in lines):
        turn.emit(r.PanicEnded(at=turn.at))
        _tell_end(turn, lines)


def _send_again(turn: Turn, book: KeyBook) -> None:
    for _, part in list(book.active_parts()):
        due = again_at(turn.state, book.key, part)
        ended = to_send_again(part)
        if due is None or turn.at < due or not _is_looked_at_since(turn.state, book, ended):
            continue
        for child in ended:
            turn.emit(r.LatchLifted(tag=child.tag))
        turn.touch(book.key)


def _is_looked_at_since(state: State, book: KeyBook, ended: list[Child]) -> bool:
    """Return whether positions were read since other hands cancelled an exit: they may have closed it too."""
    cancelled = [
        child.ended_at
        for child in ended
        if child.sighting is not None and child.sighting.row.status is OrderStatus.CANCELLED
    ]
    asked = state.account(book.key.follower).positions_asked_at
    return book.key.venue is Venue.PAPER or all(
        at is not None and asked is not None and asked > at for at in cancelled
    )


def end_with_its_day(turn: Turn) -> None:
    """End what the day has left of it: nothing is closed next morning without a new word of a person."""
    if under_way(turn.state) is not None:
        _end_early(turn, "The day is over and panic with it")


def _end_early(turn: Turn, why: str) -> None:
    lines = panic_lines(turn.state, at=turn.at)
    turn.emit(r.PanicEnded(at=turn.at))
    _tell_end(turn, lines, begins=why)


def panic_lines(state: State, *, at: datetime) -> tuple[PanicLine, ...]:
    """Return how far each follower has come; none where there is no panic."""
    panic = state.panic
    if panic is None:
        return ()
    books: dict[AccountName, list[KeyBook]] = {name: [] for name in state.rules}
    working: dict[AccountName, list[Child]] = {}
    for _, book in _ledgers(state, panic.venue):
        books.setdefault(book.key.follower, []).append(book)
    for child in _open(state, panic.venue):
        working.setdefault(child.key.follower, []).append(child)
    return tuple(
        _line(state, panic, name, of_one, working.get(name, []), at)
        for name, of_one in books.items()
        if name in state.rules or any(book.held for book in of_one)
    )


def _line(
    state: State,
    panic: Panic,
    name: AccountName,
    books: list[KeyBook],
    working: list[Child],
    at: datetime,
) -> PanicLine:
    if not working and not any(book.held or book.parts for book in books):
        return PanicLine(follower=name, settled=True, flat=True, text="nothing is copied")
    signed_out = panic.venue is Venue.LIVE and not state.account(name).session_ok
    if working or any(book.held for book in books):
        text = _left(state, books, working)
        if name not in state.rules:
            text += ". Not configured any more: close it in Kite"
        elif signed_out:
            text += f". No session: /login {name}"
        settled = name not in state.rules or (
            not working and all(_is_refused(state, book) for book in books if book.held)
        )
        return PanicLine(follower=name, settled=settled, flat=False, text=text)
    if panic.venue is Venue.PAPER:
        return PanicLine(follower=name, settled=True, flat=True, text="verified flat")
    return _proved(state, panic, name, books, at)


def _proved(
    state: State, panic: Panic, name: AccountName, books: list[KeyBook], at: datetime
) -> PanicLine:
    """Return whether positions that were asked for after the last fill show nothing of the copies."""
    account = state.account(name)
    since = max(panic.at, account.filled_at or panic.at)
    too_late = at >= since + PROVED_WITHIN
    asked = account.positions_asked_at
    if asked is None or asked <= since:
        why = f"no session: /login {name}" if not account.session_ok else "positions are being read"
        text = f"closed, NOT verified: {why}" if too_late else f"closed; {why}"
        return PanicLine(follower=name, settled=too_late, flat=False, text=text)
    shown = [
        f"{units:+d} {book.key.symbol}" if units is not None else f"{book.key.symbol} not known"
        for book in books
        if (units := observed_units(state, book.key, book)) != 0
    ]
    if not shown:
        text = f"verified flat at {account.positions_at or asked:%H:%M:%S}"
        return PanicLine(follower=name, settled=True, flat=True, text=text)
    more = f"Kite shows {', '.join(shown[:_MOST_NAMED])}"
    text = f"closed, NOT verified: {more}" if too_late else f"closed; {more} still"
    return PanicLine(follower=name, settled=too_late, flat=False, text=text)


def _left(state: State, books: list[KeyBook], working: list[Child]) -> str:
    held = [f"{book.held:+d} {book.key.symbol}" for book in books if book.held]
    more = f" and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
    parts = [", ".join(held[:_MOST_NAMED]) + more] if held else []
    unknown = sum(child.state.is_unresolved for child in working)
    parts += mentioned(
        (len(working) - unknown, "order works", "orders work"),
        (unknown, "order of unknown fate", "orders of unknown fate"),
    )
    again = sum(_units_ended(state, book, again=True) for book in books)
    if again:
        parts.append(f"{again} refused, sent again within seconds")
    for book in books:
        if refused := _units_ended(state, book, again=False):
            parts.append(f"{refused} refused for good{_why(book)}: close in Kite")
        if held_up := _units_held_up(book):
            parts.append(f"{held_up} wait for your TPIN in Kite, then /resume {book.key.follower}")
    return "; ".join(parts)


def _units_held_up(book: KeyBook) -> int:
    """Return the units whose sale waits for its owner's consent at the depository."""
    waiting = (
        part.unfilled_claim
        for part in book.parts.values()
        if (exits := part.of(Leg.EXIT)) and waits_for_holdings(exits[-1])
    )
    return min(abs(book.held), sum(waiting))


def _is_refused(state: State, book: KeyBook) -> bool:
    """Return whether all of a holding is left to a person: nothing of its exits is sent again by itself."""
    return _units_ended(state, book, again=False) >= abs(book.held)


def _units_ended(state: State, book: KeyBook, *, again: bool) -> int:
    """Return the units of a holding whose exits came to an end: that are sent again, or that are not."""
    units = sum(
        given_up(part.of(Leg.EXIT), at_market=True)
        for part in book.parts.values()
        if part.unfilled_claim and (again_at(state, book.key, part) is not None) is again
    )
    return min(abs(book.held), units)


def _why(book: KeyBook) -> str:
    """Return what the broker said last, quoted; empty where it said nothing."""
    exits = [child for part in book.parts.values() for child in part.of(Leg.EXIT)]
    ended = [child for child in exits if is_given_up(child)]
    said = max(ended, key=lambda child: child.planned_at).reason if ended else ""
    return f' "{said.rstrip(".")}"' if said else ""


def _draw(turn: Turn, panic: Panic, lines: tuple[PanicLine, ...]) -> None:
    """Have the one message of this panic say how far it is, where that has changed."""
    heading = f"PANIC {panic.at:%H:%M:%S} by {panic.name}: entries stopped"
    text = "\n".join([heading, *(f"{line.follower}: {line.text}" for line in lines)])
    mark = f"{panic.topic}:{text}"
    if mark in turn.state.told:
        return
    turn.state.told -= {told for told in turn.state.told if told.startswith(panic.topic)}
    turn.state.told.add(mark)
    notice = Notice(
        notice_id=turn.state.next_notice,
        at=turn.at,
        venue=panic.venue,
        kind=NoticeKind.CARD,
        severity=Severity.INFO if all(line.flat for line in lines) else Severity.WARNING,
        topic=panic.topic,
        text=text,
    )
    turn.emit(r.NoticeRaised(notice=notice))
    turn.alerts.append(notice)


def _tell_end(
    turn: Turn, lines: tuple[PanicLine, ...], *, begins: str = "Panic is done as far as it can be"
) -> None:
    left = [line for line in lines if not line.flat]
    if not left:
        turn.tell(
            Severity.WARNING,
            "Panic is done: every follower is verified flat. Entries stay stopped until /start_copy.",
            topic="engine",
        )
        return
    named = " ".join(f"{line.follower}: {line.text}." for line in left)
    text = f"{begins}, NOT all is verified flat. {named} Please look in Kite; /panic tries again."
    turn.tell(Severity.CRITICAL, text, topic="engine", needs_human=True)


def _ledgers(state: State, venue: Venue) -> Iterator[tuple[int, KeyBook]]:
    """Yield the ledgers of a venue, each with its place, by which those of one moment are told apart."""
    for number, books in enumerate(list(state.books.values())):
        for (at, _), book in list(books.items()):
            if at is venue:
                yield number, book


def _open(state: State, venue: Venue) -> Iterator[Child]:
    return (
        child
        for child in state.open_children.values()
        if child.key.venue is venue and not child.has_ended and not child.detached
    )


def _entries(state: State, venue: Venue) -> Iterator[Child]:
    return (child for child in _open(state, venue) if child.leg is Leg.ENTRY)


def _unused(turn: Turn, book: KeyBook, number: int) -> int:
    """Return a number that no squaring off of this ledger has had at this very moment."""
    step = len(turn.state.books)
    while OrderId(f"flat{turn.at:%H%M%S%f}n{number}") in book.parts:
        number += step
    return number
