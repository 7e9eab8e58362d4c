"""Compare the day's profit by our own fills with the broker's figure, where that is of our fills alone.

Kite's ``pnl`` of a position is of all its trades of the day, and of those before it for what was carried
(Kite Connect docs, portfolio). So only symbols are compared that were begun today, in which nobody else
traded, and in a snapshot that knows all our fills; at the snapshot's own last price.
"""

from decimal import Decimal

from engine.core.risk.loss import has_limit, rupees
from engine.core.state.accounts import Account
from engine.core.state.brokernet import is_proven
from engine.core.state.profit import key_profit, multiplier_of, traded_today
from engine.core.state.turn import Turn, topic_of
from engine.core.values.copies import KeyBook
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import PositionRow

#: By how much both may differ, as a share of the limit, and at least: an average is told in paise. Choices of ours.
TOLERANCE, AT_LEAST = Decimal("0.01"), Decimal(10)


def check_profit(turn: Turn, follower: AccountName) -> None:
    """Tell once a day that the broker counts another profit than we do, or that it cannot be compared."""
    state = turn.state
    rules = state.rules.get(follower)
    if rules is None or not has_limit(state, rules):
        return
    account = state.account(follower)
    ours, theirs, symbols = Decimal(0), Decimal(0), []
    for book in traded_today(state, Venue.LIVE, follower):
        row = _row_of(account, book)
        if row is None or not is_proven(state, book) or book.money.carried:
            continue
        if _others_traded(account, book, row):
            _tell_own(turn, book)
            continue
        multiplier = multiplier_of(state, book.key.exchange, book.key.symbol)
        profit = key_profit(state, book, price=row.last_price)
        if multiplier is None or profit is None:
            continue
        ours, theirs = ours + profit * multiplier, theirs + row.pnl
        symbols.append(book.key.symbol)
    limits = (rules.max_daily_loss, state.total_loss_limit)
    limit = min(each for each in limits if each is not None)
    within = max(limit * TOLERANCE, AT_LEAST)
    if abs(ours - theirs) > within:
        turn.tell_once(
            Severity.WARNING,
            f"{follower}: of {', '.join(symbols)} Kite counts {rupees(theirs)} profit today, our fills come to "
            f"{rupees(ours)}: more than {rupees(within)} apart. The daily loss limit goes by ours. Please look "
            "at the day's trades in Kite.",
            topic=topic_of(follower),
            mark=f"profit-apart:{state.trading_day}:{follower}",
        )


def _row_of(account: Account, book: KeyBook) -> PositionRow | None:
    key = book.key
    at = (key.exchange, key.symbol, key.product)
    rows = (row for row in account.positions or () if (row.exchange, row.symbol, row.product) == at)
    return next(rows, None)


def _others_traded(account: Account, book: KeyBook, row: PositionRow) -> bool:
    """Whether what the row counts is not of our fills alone, as far as anything shows it."""
    if book.own or book.held_as is not None or row.overnight_quantity:
        return True
    if row.quantity != book.held or book.money.net != book.held:
        return True
    return any(
        other.filled_quantity and (other.exchange, other.symbol) == (row.exchange, row.symbol)
        for other in account.untagged.values()
    )


def _tell_own(turn: Turn, book: KeyBook) -> None:
    key = book.key
    turn.tell_once(
        Severity.INFO,
        f"{key.follower}: its own trades or units are in {key.symbol}, so Kite's profit of it is not compared "
        "with ours. The daily loss limit counts the copies alone.",
        topic=topic_of(key.follower),
        mark=f"profit-own:{turn.state.trading_day}:{key.follower}:{key.symbol}",
    )
