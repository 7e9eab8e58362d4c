"""A difference that lasts and that no order of the master explains: told once, and /sync named."""

from datetime import datetime, timedelta

from engine.core.observe.drift import drift_rows, why_apart
from engine.core.observe.sync import in_flight, not_now
from engine.core.state.product_watch import Apart
from engine.core.state.turn import Turn, topic_of
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.position_views import DriftRow

#: Two reads of an account's positions that agree must be at least this far apart: positions lag the
#: order book by seconds.
LASTS = timedelta(seconds=10)


def watch_drift(turn: Turn, follower: AccountName, *, asked_at: datetime) -> None:
    """Compare one LIVE account with the master after a read of its positions.

    What a card has told already (skipped, refused, too old) is no news and is left to /diff.
    """
    state, rules = turn.state, turn.state.rules.get(follower)
    if rules is None or state.venue is not Venue.LIVE:
        return
    before = {key: seen for key, seen in state.apart.items() if key.follower == follower}
    for key in before:
        del state.apart[key]
    for row in drift_rows(state, rules):
        key = Key(
            venue=Venue.LIVE,
            follower=follower,
            exchange=row.exchange,
            symbol=row.symbol,
            product=row.product,
        )
        book = state.book(key)
        if book is None or not_now(state, rules, key) or in_flight(state, key, book):
            continue
        if not _is_unexplained(book, row):
            continue
        seen, known = _seen(row, asked_at), before.get(key)
        if known is not None and _seen(row, known.since) == known:
            seen = known
        state.apart[key] = seen
        if asked_at >= seen.since + LASTS:
            _tell(turn, key, row)
    for key in before:
        if key not in state.apart:
            state.told.discard(_mark(key))


def _seen(row: DriftRow, since: datetime) -> Apart:
    return Apart(wanted=row.wanted, copied=row.copied, observed=row.observed, since=since)


def _is_unexplained(book: KeyBook, row: DriftRow) -> bool:
    if row.observed is not None and row.observed != row.copied:
        return True
    return not why_apart(book, wanted=row.wanted)


def _mark(key: Key) -> str:
    return f"apart:{key}"


def _tell(turn: Turn, key: Key, row: DriftRow) -> None:
    shown = "" if row.observed is None else f", the account shows {row.observed}"
    turn.tell_once(
        Severity.WARNING,
        f"{key.follower} is out of step in {key.symbol}: the master's net is worth {row.wanted} here, "
        f"{row.copied} are copied{shown}, and no order of the master explains it. Nothing is traded by "
        f"itself. What can be done: /sync {key.follower}",
        topic=topic_of(key.follower),
        mark=_mark(key),
        needs_human=True,
    )
