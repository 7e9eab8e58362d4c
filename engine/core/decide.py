"""The one decision function: state and event in, records and commands out.

Synchronous, without clock, log or input/output. The state is folded in place by the records
it returns, so the same state and event always give the same decision.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import assert_never

from engine.core.chat.asks import take_ask
from engine.core.chat.escalation import escalate
from engine.core.chat.morning_logins import redraw_morning
from engine.core.chat.routines import run_routines
from engine.core.chat.settings_asks import drop_waiting
from engine.core.observe.answers import lose_session, take_answer, tell_unknown
from engine.core.observe.clock_watch import watch_clock
from engine.core.observe.feed_watch import watch_feed
from engine.core.observe.loss_watch import watch_losses
from engine.core.observe.membership import name_left_behind, watch_leaving
from engine.core.observe.observe_follower import (
    observe_follower_book,
    observe_follower_hint,
    observe_follower_positions,
)
from engine.core.observe.observe_master import (
    observe_master_book,
    observe_master_hint,
    observe_master_positions,
    release_overdue,
)
from engine.core.observe.panic import carry_on, end_with_its_day
from engine.core.observe.references import note_paper_references
from engine.core.observe.taking_part import baseline
from engine.core.outcome.leftovers import name_unseen_ends
from engine.core.outcome.unknown import ask_where_nobody_was
from engine.core.planning.basket_margin import take_margin
from engine.core.planning.offer_moot import settle_day, settle_moot
from engine.core.planning.orphans import claim_orphans
from engine.core.planning.overshoot import cover_overshoot
from engine.core.planning.plan import plan_key, release, waiting_for_budget
from engine.core.risk.collisions import name_moved_accounts
from engine.core.risk.fence import frozen_line
from engine.core.risk.first_read import note_time
from engine.core.state.last_price import last_price
from engine.core.state.state import State
from engine.core.state.told_marks import forget_told
from engine.core.state.turn import Decision, Turn, topic_of
from engine.core.values import records as r
from engine.core.values.events import (
    Allowance,
    Answered,
    Asked,
    BookRead,
    ClockCompared,
    DiskFilled,
    Event,
    Faulted,
    FundsRead,
    MarginAnswered,
    PositionsRead,
    RowHinted,
    SessionLost,
    Started,
    StreamChanged,
    Ticked,
)
from engine.core.values.intents import IntentState, Trigger, move
from engine.core.values.keys import Key, MasterKey
from engine.core.values.lessons import still_believed
from engine.core.values.market import IST, MASTER, AccountName, Product, Venue
from engine.core.values.notices import Severity, SkipReason

#: Kite flushes access tokens at 06:00 IST (Kite Connect docs, user); the trading day turns with it.
DAY_TURNS_AT = timedelta(hours=6)


def trading_day_of(at: datetime) -> date:
    """Return the trading day an instant belongs to: it turns at 06:00 IST."""
    return (at.astimezone(IST) - DAY_TURNS_AT).date()


def decide(state: State, event: Event, allowances: Mapping[AccountName, Allowance]) -> Decision:
    """Take in one event and close every gap it opened.

    Args:
        state: The state; changed in place by exactly the records returned.
        event: What happened.
        allowances: Writes each live account may still send now; absent accounts are not bounded.

    Returns:
        Records to journal before anything in ``sends`` leaves.
    """
    turn = Turn(state=state, at=event.at, allowances=allowances)
    day = trading_day_of(event.at)
    if state.trading_day is not None and day > state.trading_day:
        # After a night's sleep of the machine, news may come before the first tick.
        _open_day(turn, day)
    note_time(turn)
    if not _was_asked_a_day_before(event):
        _take(turn, event)
    carry_on(turn)
    for ledger in waiting_for_budget(turn):
        turn.touch(ledger)
    for key in list(turn.dirty):
        _plan(turn, key)
    release(turn)
    settle_moot(turn)
    redraw_morning(turn)
    return turn.finish()


def _was_asked_a_day_before(event: Event) -> bool:
    """Whether a read was under way when its day ended, as where the machine slept: it tells nothing of today.

    Positions of then name nothing as carried in, and the master's orders of then are in what he has carried in. A
    follower's book of then is taken in all the same: what his orders had filled is held. Only the two times of the
    read itself are compared: a clock that was set back stops no further one.
    """
    match event:
        case PositionsRead(asked_at=asked_at):
            pass
        case BookRead(account=account, asked_at=asked_at) if account == MASTER:
            pass
        case _:
            return False
    return trading_day_of(asked_at) < trading_day_of(event.at)


def _plan(turn: Turn, key: MasterKey) -> None:
    """Plan what was touched of one key; a bug of ours there parks that key alone and is told."""
    try:
        books = turn.touched_books(key)
        claim_orphans(turn, key, books)
        cover_overshoot(turn, plan_key(turn, key, books))
    except Exception as error:  # noqa: BLE001 - one symbol's fault must not stop another's exit
        turn.faults.append(error)
        turn.tell_once(
            Severity.CRITICAL,
            f"A fault inside the program ({type(error).__name__}) while planning {key.symbol}: it is "
            "tried again with the next news of it. Please compare the accounts' books in Kite.",
            topic="engine",
            mark=f"parked:{turn.state.trading_day}:{key}:{type(error).__name__}",
        )


def _take(turn: Turn, event: Event) -> None:  # noqa: C901, PLR0912 - one row an event
    match event:
        case Started():
            _start(turn, event)
        case Ticked():
            _tick(turn, event)
        case BookRead(account=account) if account == MASTER:
            observe_master_book(turn, event)
        case BookRead():
            observe_follower_book(turn, event)
        case RowHinted(account=account) if account == MASTER:
            observe_master_hint(turn, event)
        case RowHinted():
            observe_follower_hint(turn, event)
        case PositionsRead(account=account) if account == MASTER:
            observe_master_positions(turn, event)
        case PositionsRead():
            observe_follower_positions(turn, event)
        case FundsRead(account=account, funds=funds, asked_at=asked_at):
            turn.emit(r.FundsKnown(account=account, funds=funds, at=asked_at))
        case MarginAnswered():
            take_margin(turn, event)
        case SessionLost():
            lose_session(turn, event.account)
        case StreamChanged():
            _stream(turn, event)
        case ClockCompared():
            watch_clock(turn, event)
        case Answered():
            take_answer(turn, event)
        case Asked():
            take_ask(turn, event)
        case Faulted():
            mark = f"{turn.state.trading_day}:{event.text}"
            turn.tell_once(event.severity, event.text, topic=event.topic, mark=mark)
        case DiskFilled():
            _stop_for_room(turn)
        case _:
            assert_never(event)


def _start(turn: Turn, event: Started) -> None:
    """Begin again: what was being sent is UNKNOWN, what was only planned may go if still fresh."""
    state = turn.state
    state.started_at = event.at
    if state.install_id != event.install_id:
        turn.emit(r.Installed(install_id=event.install_id, at=event.at))
    _open_day(turn, event.trading_day)
    for account in state.accounts.values():
        account.look_again(event.at)
    turn.reads.update(state.accounts)
    for child in list(state.open_children.values()):
        if child.state is IntentState.SENDING:
            after = move(child.state, Trigger.LOSE)
            turn.emit(r.IntentMoved(tag=child.tag, state=after, at=event.at))
            tell_unknown(turn, child, "the program ended while it was being sent")
            turn.child_card(child)
        cancel = child.cancel
        if cancel is not None and cancel.state is IntentState.SENDING:
            turn.emit(
                r.CancelMoved(
                    tag=child.tag,
                    intent_id=cancel.intent_id,
                    state=IntentState.UNKNOWN,
                    at=event.at,
                    book_version=cancel.asked_version,
                    times=cancel.times,
                )
            )
        change = child.change
        if change is not None and change.state is IntentState.SENDING:
            # Its answer will never come: the book says what became of it.
            turn.emit(
                r.ChangeMoved(
                    tag=child.tag,
                    intent_id=change.intent_id,
                    state=IntentState.UNKNOWN,
                    terms=change.terms,
                    at=event.at,
                    book_version=change.asked_version,
                )
            )
        turn.touch(child.key.master)
    drop_waiting(turn, "The program was started again and read the whole file.")
    if state.copying:
        # A follower who was added meanwhile takes part in what begins from now on.
        baseline(turn, SkipReason.BEFORE_START, goes_on=True)
    name_left_behind(turn)
    name_moved_accounts(turn)
    if frozen_line(state):
        turn.tell(
            Severity.CRITICAL,
            f"Started, but {frozen_line(state)}",
            topic="engine",
            needs_human=True,
        )
    ask_where_nobody_was(turn)
    if state.copying:
        killed = " The kill switch is set, so no entry leaves." if state.killed else ""
        turn.tell(
            Severity.INFO,
            f"Started again, still copying since {state.copying_since:%H:%M:%S}. "
            f"What the master did meanwhile is being compared.{killed}",
            topic="engine",
        )


def _stop_for_room(turn: Turn) -> None:
    """Keep what room is left for exits: entries stop until a person has made room and starts again."""
    if turn.state.copying:
        turn.emit(r.CopyingSet(active=False, at=turn.at))
    turn.tell(
        Severity.CRITICAL,
        "The disk is full: copying is stopped and no further entry leaves. Exits still follow, in room "
        "that was kept for them; when that is used up the program halts. Free disk space on the server, "
        "then /start_copy.",
        topic="engine",
        needs_human=True,
    )


def _tick(turn: Turn, event: Ticked) -> None:
    _open_day(turn, event.trading_day)
    turn.state.prices.update(event.prices)
    watch_feed(turn)
    if turn.state.leaving:
        watch_leaving(turn)
    watch_losses(turn)
    escalate(turn)
    run_routines(turn)
    if turn.state.venue is Venue.PAPER:
        note_paper_references(turn)
    if turn.state.lessons:
        turn.state.lessons = still_believed(turn.state.lessons, at=event.at)
    release_overdue(turn)
    for key, at in list(turn.state.wakes.items()):
        if at <= event.at:
            del turn.state.wakes[key]
            turn.touch(key)


def _open_day(turn: Turn, day: date) -> None:
    """Turn to a new trading day: sessions are dead, copying waits for a new start."""
    state = turn.state
    if state.trading_day == day:
        return
    first = state.trading_day is None
    end_with_its_day(turn)
    _name_intraday_left(turn)
    name_unseen_ends(turn)
    state.lessons = {}
    forget_told(state)
    turn.emit(r.DayOpened(trading_day=day, at=turn.at))
    note_paper_references(turn)
    settle_day(turn)
    if first:
        return
    for name, account in list(state.accounts.items()):
        if account.session_ok:
            lose_session(turn, name, overnight=True)
    if state.copying:
        turn.emit(r.CopyingSet(active=False, at=turn.at))
        turn.tell(
            Severity.INFO,
            "A new trading day: copying is stopped until /login and /start_copy. "
            "Exits of what is held still follow once the sessions are back.",
            topic="engine",
        )


def _name_intraday_left(turn: Turn) -> None:
    """Name intraday copies that were not seen closed: they are taken for squared off from here on."""
    state = turn.state
    for books in state.books.values():
        for book in books.values():
            key = book.key
            intraday = (book.held_as or key.product) is Product.MIS
            if book.held and key.venue is Venue.LIVE and intraday:
                turn.tell(
                    Severity.CRITICAL,
                    f"{key.follower}: {book.held} copied {key.exchange}:{key.symbol} (MIS) were not seen "
                    "closed before the day ended. Kite squares intraday positions off; please look in "
                    "Kite whether any is left.",
                    topic=topic_of(key.follower),
                    needs_human=True,
                )
            elif book.held and intraday:
                turn.tell(
                    Severity.WARNING,
                    f"{key.follower}: {book.held} {key.symbol} intraday (MIS) were left on paper and are "
                    "closed: a broker would have squared them off. At which price nobody knows"
                    f"{_last_known(state, key)}, so they are in no profit or loss.",
                    topic=topic_of(key.follower),
                )


def _last_known(state: State, key: Key) -> str:
    price = last_price(state, key)
    return "" if not price else f" (the last one known here was {price:f})"


def _stream(turn: Turn, event: StreamChanged) -> None:
    """Note the socket, and have the book read: whatever happened meanwhile was missed."""
    turn.state.stream_up, turn.state.stream_since = event.up, event.at
    turn.reads.add(MASTER)
