"""Read the state for people: the status card and the positions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from statistics import quantiles

from msgspec.structs import replace

from engine.core.chat.copying_asks import resting_entries
from engine.core.chat.offer_view import open_questions
from engine.core.chat.reading_copies import lag_ms
from engine.core.chat.reading_losses import loss_lines
from engine.core.chat.reading_problems import is_clock_wrong, refused_exits, standing_problems
from engine.core.observe.observe_products import expected_net
from engine.core.risk.account_checks import segments_lacking
from engine.core.risk.fence import frozen_line
from engine.core.risk.order_permission import refused_here
from engine.core.risk.preflight import holds_live
from engine.core.state.accounts import Account
from engine.core.state.brokernet import SNAPSHOT_LAG, held_key
from engine.core.state.delivery import DELIVERY, delivery_net, is_delivery, ledger_key
from engine.core.state.last_price import last_price
from engine.core.state.latches import describe, held_up_exits, stuck_mark
from engine.core.state.profit import key_profit, multiplier_of, reference_of
from engine.core.state.state import State
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Leg, MasterKey, row_key
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.orders import HoldingRow, PositionRow
from engine.core.values.position_views import AccountPositions, PositionView
from engine.core.values.views import AccountView, SessionState, StatusView


def status_view(state: State, *, now: datetime, problems: tuple[str, ...] = ()) -> StatusView:
    """Return the status card."""
    master = state.account(MASTER)
    names = [MASTER, *state.rules]
    # Of all of them at once: a pass over the day's orders each would hold the loop up.
    refused = refused_exits(state)
    shut_out = refused_here(state, {name for name in names if state.account(name).paused})
    return StatusView(
        venue=state.venue,
        copying=state.copying,
        since=state.copying_since,
        armed_until=_armed(state, now),
        killed=state.killed,
        stream_up=state.stream_up,
        book_age_s=(now - master.book_at).total_seconds() if master.book_at else None,
        last_copy_at=state.last_copy_at,
        resting_entries=len(resting_entries(state)),
        accounts=tuple(
            replace(
                _account(state, name),
                paused_why=shut_out.get(name, ""),
                refused_exits=refused[name],
            )
            for name in names
        ),
        problems=(*standing_problems(state), *problems),
        totp_locked=state.totp_locked,
        frozen=bool(frozen_line(state)),
        clock_wrong=is_clock_wrong(state),
        open_offers=open_questions(state),
        losses=loss_lines(state),
    )


def _armed(state: State, now: datetime) -> datetime | None:
    until = state.armed_until
    return until if until is not None and now < until else None


def _account(state: State, name: AccountName) -> AccountView:
    account, rules = state.account(name), state.rules.get(name)
    positions = next(iter(positions_view(state, name)), None)
    rows = positions.rows if positions and positions.read_at else None
    unresolved = [
        child
        for child in state.open_children.values()
        if child.key.follower == name and child.state.is_unresolved
    ]
    return AccountView(
        name=name,
        user_id=rules.user_id if rules else account.user_id,
        session=SessionState.OK if account.session_ok else SessionState.LOGIN,
        open_positions=sum(1 for row in rows if _is_open(row)) if rows is not None else None,
        day_pnl=positions.day_pnl if positions else None,
        lag_p95_ms=lag_percentile(_lags(state, name), 95),
        paused=account.paused,
        enabled=rules.enabled if rules else True,
        unresolved=len(unresolved),
        unresolved_names=tuple(describe(child) for child in unresolved),
        segments_lacking=segments_lacking(state, rules) if rules else (),
        holds_live=holds_live(state, name),
        leaving=name in state.leaving,
        held_up=len(held_up_exits(state, name)),
        stuck_exits=sum(
            stuck_mark(child.tag) in state.told
            for child in state.open_children.values()
            if child.key.follower == name and child.key.venue is state.venue
        ),
    )


def _is_open(row: PositionView) -> bool:
    return bool(row.copied if row.net is None else row.net)


def _lags(state: State, follower: AccountName) -> list[int]:
    """Return the lags of today: the ledgers hold no older parts."""
    return [
        lag
        for books in state.books.values()
        if (book := books.get((state.venue, follower))) is not None
        for part in book.parts.values()
        for child in part.children
        if (lag := lag_ms(child)) is not None and child.generation == 0
    ]


def lag_percentile(lags: list[int], percent: int) -> int | None:
    """Return a percentile of lags in milliseconds, or None where there are none."""
    if not lags:
        return None
    if len(lags) == 1:
        return lags[0]
    return round(quantiles(lags, n=100, method="inclusive")[percent - 1])


def positions_view(
    state: State, account: AccountName | None = None
) -> tuple[AccountPositions, ...]:
    """Return positions of one account, or of all with the master first.

    LIVE shows the broker's rows and what of them was copied; PAPER the paper ledger. A net that
    was read before the newest copy filled is not shown: it is of another moment than the copies. Where
    the master's were read before his newest fill, his orders tell what he has.
    """
    names = [MASTER, *state.rules] if account is None else [account]
    found = []
    for name in names:
        paper = name != MASTER and state.venue is Venue.PAPER
        known = state.account(name)
        copied: dict[MasterKey, list[KeyBook]] = {}
        for key, book in _copied(state, name):
            copied.setdefault(key, []).append(book)
        books = [book for each in copied.values() for book in each]
        moved = _moved_since(state, known.positions_asked_at) if name == MASTER else {}
        rows = _paper_rows(state, books) if paper else _live_rows(state, known, copied, moved)
        read_at = known.positions_at
        if paper:
            master = state.account(MASTER)
            read_at = master.book_at or master.positions_at or _any_time(state)
        found.append(
            AccountPositions(
                account=name,
                venue=Venue.PAPER if paper else Venue.LIVE,
                read_at=read_at,
                rows=tuple(sorted(rows, key=lambda row: (row.exchange, row.symbol))),
            )
        )
    return tuple(found)


def _any_time(state: State) -> datetime | None:
    return state.copying_since or state.last_copy_at


def _copied(state: State, name: AccountName) -> Iterable[tuple[MasterKey, KeyBook]]:
    for books in state.books.values():
        book = books.get((state.venue, name))
        if book is not None and (book.held or any(_fills(book))):
            yield held_key(book).master, book


def _fills(book: KeyBook) -> Iterable[tuple[datetime, int]]:
    """Yield when fills of copies became known, and their units."""
    return (fill for part in book.parts.values() for child in part.children for fill in child.fills)


def _is_older(account: Account, books: Iterable[KeyBook]) -> bool:
    """Return whether the broker's rows were asked for before the newest copy filled.

    What they show and what was copied are then of different moments: no difference of the two
    says anything.
    """
    asked_at = account.positions_asked_at
    if asked_at is None:
        return False
    return any(at >= asked_at for book in books for at, _ in _fills(book))


def _moved_since(state: State, asked_at: datetime | None) -> dict[MasterKey, int]:
    """Return what the master has, by his orders, of keys that his positions may not show yet."""
    return {
        ledger_key(state, key): expected_net(state, key)
        for key, position in state.master.items()
        if asked_at is not None
        and position.moved_at is not None
        and asked_at < position.moved_at + SNAPSHOT_LAG
    }


def _live_rows(
    state: State,
    account: Account,
    copied: dict[MasterKey, list[KeyBook]],
    moved: Mapping[MasterKey, int],
) -> list[PositionView]:
    """Return the broker's lines; delivery shares are one line, with what came in as holdings.

    Holdings of shares that were not copied, or not for so long that their ledger was forgotten, are the owner's
    own affair and no line here.
    """
    traded: dict[MasterKey, list[PositionRow]] = {}
    for row in account.positions or ():
        traded.setdefault(ledger_key(state, row_key(row)), []).append(row)
    owned: dict[MasterKey, HoldingRow] = {}
    for holding in account.holdings or ():
        for product in DELIVERY:
            key = ledger_key(
                state,
                MasterKey(exchange=holding.exchange, symbol=holding.symbol, product=product),
            )
            if holding.net_of(product) and (key in traded or key in copied or key in state.books):
                owned[key] = holding
    lines = []
    for key in {**traded, **owned, **copied, **moved}:
        rows, books = traded.get(key, []), copied.get(key, [])
        units = sum(book.held for book in books)
        if not rows and key not in owned and not units and not moved.get(key):
            continue
        known = None if _is_older(account, books) else _net_of(account, key, rows)
        price = rows[0] if rows else owned.get(key)
        lines.append(
            PositionView(
                exchange=key.exchange,
                symbol=key.symbol,
                product=key.product,
                net=moved.get(key, known),
                copied=units,
                average_price=price.average_price if price else None,
                last_price=price.last_price if price else None,
                # A holding's own figure is of all its days, not of this one.
                pnl=sum((row.pnl for row in rows), Decimal(0)) if rows else None,
            )
        )
    return lines


def _net_of(account: Account, key: MasterKey, rows: Iterable[PositionRow]) -> int | None:
    if is_delivery(key):
        return delivery_net(account, key)
    rows = list(rows)
    return sum(row.quantity for row in rows) if rows else None


def _paper_rows(state: State, books: Iterable[KeyBook]) -> list[PositionView]:
    rows = []
    for book in books:
        price = last_price(state, book.key)
        rows.append(
            PositionView(
                exchange=book.key.exchange,
                symbol=book.key.symbol,
                product=book.key.product,
                net=book.held,
                copied=book.held,
                average_price=_average(state, book),
                last_price=price,
                pnl=_paper_pnl(state, book, price),
            )
        )
    return rows


def _paper_pnl(state: State, book: KeyBook, price: Decimal | None) -> Decimal | None:
    """Return the day's profit in rupees; None without a price, and where units left at no price that is known."""
    multiplier = multiplier_of(state, book.key.exchange, book.key.symbol)
    profit = key_profit(state, book, price=price)
    if profit is None or multiplier is None or book.money.net != book.held:
        return None
    return profit * multiplier


def _average(state: State, book: KeyBook) -> Decimal | None:
    """Return the average price of the held side; units of earlier days count at the day's reference."""
    reference = reference_of(state, book.key)
    units, spent = 0, Decimal(0)
    if book.money.carried * book.held > 0:
        if reference is None:
            return None
        units = abs(book.money.carried)
        spent = units * reference
    for part in book.parts.values():
        for child in part.children:
            if not child.filled or child.average_price is None:
                continue
            if child.side.sign * book.held > 0 or (not book.held and child.leg is Leg.ENTRY):
                spent += child.filled * child.average_price
                units += child.filled
    return spent / units if units else None
