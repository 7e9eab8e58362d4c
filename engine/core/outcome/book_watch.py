"""Whether an account's order book keeps up: one that answers but stands still is found out and told.

For two hours of 2023-11-06 every fifth client of the broker was shown old books while his orders
were placed all the same (zerodha.com/marketintel/bulletin/363900). Nothing in such an answer tells
that it is old; only what we know by other ways does: orders that were accepted, and what the
socket has said.
"""

from datetime import datetime, timedelta

from engine.core.state.accounts import Account, Ahead
from engine.core.state.turn import Turn, topic_of
from engine.core.values.events import BookRead
from engine.core.values.intents import IntentState
from engine.core.values.market import MASTER
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow

#: A book that lacks for so long what is known to have happened is stale: orders were seen to appear
#: 8 s late on an ordinary bad day (Kite forum comment 35732).
SHOWS_WITHIN = timedelta(seconds=20)


def note_hint(account: Account, row: OrderRow, known: OrderRow | None, *, at: datetime) -> None:
    """Remember a socket row that tells more of an order than was known; the book is to show it too."""
    ended = row.status.is_terminal
    if known is not None:
        more = row.filled_quantity > known.filled_quantity
        if not more and (not ended or known.status.is_terminal):
            return
    elif not row.filled_quantity and not ended:
        return
    before = account.ahead.get(row.order_id)
    account.ahead[row.order_id] = Ahead(
        at=before.at if before else at,
        stamp=row.updated_at,
        filled=max(row.filled_quantity, before.filled if before else 0),
        ended=ended or (before is not None and before.ended),
    )


def watch_book(turn: Turn, event: BookRead) -> None:
    """Tell once that a book stands still, and once that it is current again."""
    account = turn.state.account(event.account)
    account.most_rows = max(account.most_rows, event.total)
    for row in event.shown:
        said = account.ahead.get(row.order_id)
        if said is not None and _shows(row, said):
            del account.ahead[row.order_id]
    since = _stale_since(turn, event, account)
    if since is not None and account.stale_since is None:
        account.stale_since = since
        turn.tell(Severity.ERROR, _sentence(account, since), topic=_topic(account))
    elif since is None and account.stale_since is not None:
        account.stale_since = None
        turn.tell(
            Severity.INFO,
            f"{_name(account)} order book is current again.",
            topic=_topic(account),
        )


def proves_absence(account: Account, event: BookRead) -> bool:
    """Return whether what this book lacks may be taken for absent at all.

    Not from one that stands still, nor from one that lacks orders it had today: a part of a book
    (or an empty one) came back as an ordinary answer.
    """
    return account.stale_since is None and event.total >= account.most_rows


def _shows(row: OrderRow, said: Ahead) -> bool:
    newer = row.updated_at is not None and said.stamp is not None and row.updated_at > said.stamp
    whole = row.filled_quantity >= said.filled and (row.status.is_terminal or not said.ended)
    return newer or whole


def _stale_since(turn: Turn, event: BookRead, account: Account) -> datetime | None:
    """Return when the oldest thing happened that this book should show and does not."""
    known = [each.at for each in account.ahead.values()]
    known += _accepted_unseen(turn, event)
    late = [at for at in known if event.asked_at >= at + SHOWS_WITHIN]
    return min(late, default=None)


def _accepted_unseen(turn: Turn, event: BookRead) -> list[datetime]:
    """Return when orders of ours were accepted that no book has shown, where it shows nothing newer.

    A book that shows newer things is not old: it lacks that one order.
    """
    accepted = [
        child.answered_at
        for child in turn.state.open_children.values()
        if child.state is IntentState.ACKED
        and child.sighting is None
        and child.answered_at is not None
        and (child.key.venue, child.key.follower) == (event.venue, event.account)
    ]
    if not accepted:
        return []
    stamps = [stamp for row in event.shown if (stamp := row.updated_at or row.placed_at)]
    newest = max(stamps, default=None)
    return [at for at in accepted if newest is None or newest <= turn.state.brokers_time(at)]


def _sentence(account: Account, since: datetime) -> str:
    what = (
        f"broker data is stale: Kite's order book does not show what happened at {since:%H:%M:%S}. "
        "Nothing is concluded from what it lacks"
    )
    if account.name == MASTER:
        return f"{_name(account)} {what}; he is followed by the socket alone. It is read on."
    return f"{_name(account)} {what}; no entry is sent there until it is current. Exits go on."


def _name(account: Account) -> str:
    return "The master's" if account.name == MASTER else f"{account.name}'s"


def _topic(account: Account) -> str:
    return "engine" if account.name == MASTER else topic_of(account.name)
