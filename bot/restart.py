"""What a start takes over from the life before: sessions, and the paper orders that worked."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from bot.logs import register_secret
from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.state.state import State
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.events import Answered
from engine.core.values.intents import IntentState
from engine.core.values.market import AccountName, Product, Venue
from engine.core.values.notices import Notice
from engine.core.values.orders import OrderRow, PositionRow
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from engine.ports import BrokerSession
from storage.journal import Journal
from storage.mark import NOTE_EVERY_S, StoreMark
from storage.vault import session_context

_log = logging.getLogger(__name__)


#: What one owner has seen and another has not is repeated for so long.
SHOWN_WITHIN = timedelta(days=1)


class Opener(Protocol):
    """Decrypts what the store keeps sealed."""

    def open(self, sealed: str, context: str) -> str:
        """Return the text; raises ``CopyTraderError`` where the key is another."""
        ...


class WaitingNotices(Protocol):
    """Tells which notices the chat has not shown."""

    def waiting_notices(
        self, chats: Collection[int], *, since: datetime
    ) -> list[tuple[Notice, tuple[int, ...]]]:
        """Return what a chat has not shown yet, oldest first, with the chats it waits for."""
        ...


class WaitingAlerts(Protocol):
    """Tells which alerts the channels have not taken."""

    def not_forwarded(
        self, channels: Collection[str], *, since: datetime
    ) -> list[tuple[Notice, tuple[str, ...]]]:
        """Return what a channel has not taken, oldest first, with the channels it waits for."""
        ...


def kept_session(
    state: State, name: AccountName, opener: Opener, *, user_id: str, now: datetime
) -> BrokerSession | None:
    """Return an account's session of today, or None: it then needs a login.

    One of another Kite account than the settings name now (``user_id``) is no session of it.
    """
    known = state.account(name)
    if not known.session_ok or known.login_at is None or known.user_id != user_id:
        return None
    if trading_day_of(known.login_at) != trading_day_of(now):
        return None
    try:
        token = opener.open(known.sealed_token, session_context(name))
    except CopyTraderError as error:
        _log.warning("kept session not opened", extra={"account": name, "why": str(error)})
        return None
    register_secret(Secret(token))
    return BrokerSession(
        user_id=known.user_id,
        user_name=known.user_name,
        access_token=Secret(token),
        login_at=known.login_at,
    )


def notices_left(
    journal: WaitingNotices, chats: Collection[int], *, now: datetime
) -> list[tuple[Notice, tuple[int, ...]]]:
    """Return what the chats were not shown yet, oldest first, each with the chats it waits for."""
    return journal.waiting_notices(chats, since=now - SHOWN_WITHIN)


def alerts_left(
    journal: WaitingAlerts, opened: Mapping[str, datetime], *, now: datetime
) -> list[tuple[Notice, tuple[str, ...]]]:
    """Return the alerts of the last day that channels have not taken, each with those channels.

    Args:
        journal: Keeps the alerts.
        opened: When each channel was first configured: what was told before is not for it.
        now: The time.
    """
    found = []
    for notice, channels in journal.not_forwarded(tuple(opened), since=now - SHOWN_WITHIN):
        theirs = tuple(name for name in channels if opened[name] <= notice.at)
        if theirs:
            found.append((notice, theirs))
    return found


def open_paper_rows(state: State, name: AccountName) -> list[OrderRow]:
    """Return the rows of a follower's paper orders that still worked."""
    return [
        child.sighting.row
        for child in state.open_children.values()
        if child.key.venue is Venue.PAPER and child.key.follower == name and child.sighting
    ]


def paper_positions(
    state: State, name: AccountName, *, today: date | None = None
) -> list[PositionRow]:
    """Return what a follower's paper account holds, by its ledgers: those of earlier days too.

    The average is that of the day's fills; 0 where there are none, as with units of earlier days.

    Args:
        state: What the journal tells.
        name: The follower.
        today: The day to begin, where the state may still be of an earlier one: intraday units ended with that
            one, as ``DayOpened`` has it, and nobody would ever close them. None for the day of the state.
    """
    is_new_day = today is not None and today != state.trading_day
    held = []
    for books in state.books.values():
        book = books.get((Venue.PAPER, name))
        if book is None or not book.held:
            continue
        if is_new_day and (book.held_as or book.key.product) is Product.MIS:
            continue
        fills = [
            (child.filled, child.average_price)
            for part in book.parts.values()
            for child in part.children
            if child.average_price is not None and child.side.sign * book.held > 0
        ]
        units = sum(filled for filled, _ in fills)
        spent = sum((filled * price for filled, price in fills), Decimal(0))
        held.append(
            PositionRow(
                exchange=book.key.exchange,
                symbol=book.key.symbol,
                product=book.key.product,
                quantity=book.held,
                average_price=spent / units if units else Decimal(0),
            )
        )
    return held


def lost_on_paper(state: State, *, at: datetime) -> list[Answered]:
    """Return the answers to paper orders that were on their way when the process ended.

    The paper venue lived in that process and told of every order it took in the commit that told
    its answer: what has no answer was never taken. Offered before ``Started``, so that nobody is
    told first that it may have been.
    """
    refused = Refused(kind=RefusalKind.NOT_SENT, message="the program ended before it was placed")
    return [
        Answered(tag=child.tag, intent_id=child.tag, cancel=False, outcome=refused, at=at)
        for child in state.open_children.values()
        if child.key.venue is Venue.PAPER
        and child.state in (IntentState.SENDING, IntentState.UNKNOWN)
    ]


def writes_sent(state: State, name: AccountName) -> list[datetime]:
    """Return when each write of a follower left for the broker today, as far as the journal tells.

    Of several cancels or modifications of one order only the newest has a time; the others count
    at that time too, which errs towards sending less.
    """
    sent: list[datetime] = []
    for child in state.children.values():
        if child.key.venue is not Venue.LIVE or child.key.follower != name:
            continue
        if child.sent_at is not None:
            sent.append(child.sent_at)
        if child.cancel is not None:
            sent += [child.cancel.asked_at] * child.cancel.times
        if child.change is not None:
            sent += [child.change.asked_at] * child.changes
    return sent


async def keep_noted(mark: StoreMark, journal: Journal, clock: Clock) -> None:
    """Note every few seconds how far the store has come, so that one of the past is told by it."""
    while True:
        await asyncio.to_thread(note_reached, mark, journal)
        await clock.sleep(NOTE_EVERY_S)


def note_reached(mark: StoreMark, journal: Journal) -> None:
    """Note how far the store has come; without it only a store of the past goes unnoticed."""
    try:
        mark.note(journal)
    except OSError as error:
        _log.warning(
            "beside KEY_FILE nothing can be noted, so a store put back from the past is not noticed",
            extra={"action": "store_mark", "why": error.strerror},
        )
