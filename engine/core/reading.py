"""Read the state for people: status card, positions, and the story of one master order."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from statistics import quantiles

from engine.core.asks import resting_entries
from engine.core.intents import IntentState
from engine.core.keys import Key, Leg
from engine.core.market import (
    MASTER,
    AccountName,
    OrderId,
    OrderStatus,
    OrderType,
    Product,
    Side,
    Venue,
)
from engine.core.orders import PositionRow
from engine.core.state import Account, Child, CopyPart, KeyBook, MasterOrder, State
from engine.core.turn import SILENT_SKIPS
from engine.core.views import (
    AccountPositions,
    AccountView,
    ChildState,
    ChildView,
    CopyView,
    PositionView,
    SessionState,
    StatusView,
)

_INTENT_WORDS = {
    IntentState.PLANNED: ChildState.PLANNED,
    IntentState.SENDING: ChildState.SENDING,
    IntentState.REFUSED: ChildState.REFUSED,
    IntentState.UNKNOWN: ChildState.UNKNOWN,
    IntentState.ABSENT: ChildState.ABSENT,
    IntentState.NEEDS_HUMAN: ChildState.NEEDS_HUMAN,
    IntentState.EXPIRED: ChildState.SKIPPED,
    IntentState.KILLED: ChildState.SKIPPED,
}


def status_view(state: State, *, now: datetime, problems: tuple[str, ...] = ()) -> StatusView:
    """Return the status card."""
    master = state.account(MASTER)
    names = [MASTER, *state.rules]
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
        accounts=tuple(_account(state, name) for name in names),
        problems=problems,
        totp_locked=state.totp_locked,
    )


def _armed(state: State, now: datetime) -> datetime | None:
    until = state.armed_until
    return until if until is not None and now < until else None


def _account(state: State, name: AccountName) -> AccountView:
    account, rules = state.account(name), state.rules.get(name)
    positions = next(iter(positions_view(state, name)), None)
    rows = positions.rows if positions and positions.read_at else None
    pnls = [row.pnl for row in rows or () if row.pnl is not None]
    return AccountView(
        name=name,
        user_id=rules.user_id if rules else account.user_id,
        session=SessionState.OK if account.session_ok else SessionState.LOGIN,
        open_positions=sum(1 for row in rows if _is_open(row)) if rows is not None else None,
        day_pnl=sum(pnls, Decimal(0)) if rows is not None else None,
        lag_p95_ms=lag_percentile(_lags(state, name), 95),
        paused=account.paused,
        enabled=rules.enabled if rules else True,
        unresolved=sum(
            child.state.is_unresolved
            for child in state.open_children.values()
            if child.key.follower == name
        ),
    )


def _is_open(row: PositionView) -> bool:
    return bool(row.copied if row.net is None else row.net)


def _lags(state: State, follower: AccountName) -> list[int]:
    return [
        lag
        for child in state.children.values()
        if child.key.follower == follower and child.key.venue is state.venue
        if (lag := lag_ms(child)) is not None and child.generation == 0
    ]


def lag_ms(child: Child) -> int | None:
    """Return milliseconds from the master's event to the broker's answer; None without one."""
    if child.answered_at is None or child.order_id is None:
        return None
    return max(0, round((child.answered_at - child.detected_at).total_seconds() * 1000))


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
    was read before the newest copy filled is not shown: it is of another moment than the copies.
    """
    names = [MASTER, *state.rules] if account is None else [account]
    found = []
    for name in names:
        paper = name != MASTER and state.venue is Venue.PAPER
        known = state.account(name)
        copied = dict(_copied(state, name))
        rows = _paper_rows(state, copied) if paper else _live_rows(known, copied)
        read_at = known.positions_at
        if paper:
            read_at = state.account(MASTER).book_at or known.positions_at or _any_time(state)
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


def _copied(state: State, name: AccountName) -> Iterable[tuple[tuple[str, str, Product], KeyBook]]:
    for books in state.books.values():
        book = books.get((state.venue, name))
        if book is not None and (book.held or any(_fills(book))):
            yield (book.key.exchange, book.key.symbol, book.key.product), book


def _fills(book: KeyBook) -> Iterable[tuple[datetime, int]]:
    """Yield when fills of copies became known, and their units."""
    return (fill for part in book.parts.values() for child in part.children for fill in child.fills)


def _is_older(account: Account, book: KeyBook | None) -> bool:
    """Return whether the broker's rows were asked for before the newest copy filled.

    What they show and what was copied are then of different moments: no difference of the two
    says anything.
    """
    asked_at = account.positions_asked_at
    return (
        book is not None and asked_at is not None and any(at >= asked_at for at, _ in _fills(book))
    )


def _live_rows(
    account: Account, copied: dict[tuple[str, str, Product], KeyBook]
) -> list[PositionView]:
    rows = []
    known: dict[tuple[str, str, Product], PositionRow] = {
        (row.exchange, row.symbol, row.product): row for row in account.positions or ()
    }
    for at in {**known, **copied}:
        row, book = known.get(at), copied.get(at)
        if row is None and not (book and book.held):
            continue
        rows.append(
            PositionView(
                exchange=at[0],
                symbol=at[1],
                product=at[2],
                net=row.quantity if row and not _is_older(account, book) else None,
                copied=book.held if book else 0,
                average_price=row.average_price if row else None,
                last_price=row.last_price if row else None,
                pnl=row.pnl if row else None,
            )
        )
    return rows


def _paper_rows(
    state: State, copied: dict[tuple[str, str, Product], KeyBook]
) -> list[PositionView]:
    rows = []
    for (exchange, symbol, product), book in copied.items():
        cash, average = _cash(book)
        price = state.prices.get(f"{exchange}:{symbol}") or average
        rows.append(
            PositionView(
                exchange=exchange,
                symbol=symbol,
                product=product,
                net=book.held,
                copied=book.held,
                average_price=average,
                last_price=price,
                pnl=cash + book.held * price if price is not None else None,
            )
        )
    return rows


def _cash(book: KeyBook) -> tuple[Decimal, Decimal | None]:
    """Return rupees received less paid over all fills, and the average price of the held side."""
    cash, bought, units = Decimal(0), Decimal(0), 0
    for part in book.parts.values():
        for child in part.children:
            if not child.filled or child.average_price is None:
                continue
            cash -= child.side.sign * child.filled * child.average_price
            if child.side.sign * book.held > 0 or (not book.held and child.leg is Leg.ENTRY):
                bought += child.filled * child.average_price
                units += child.filled
    return cash, (bought / units if units else None)


def copy_views(state: State, limit: int) -> tuple[CopyView, ...]:
    """Return the newest master orders that were to be copied, newest first."""
    orders = sorted(
        (
            (order.number, order_id)
            for position in state.master.values()
            for order_id, order in position.orders.items()
        ),
        reverse=True,
    )
    found: list[CopyView] = []
    for _, order_id in orders:
        view = copy_view(state, state.venue, order_id)
        if view is not None and view.children:
            found.append(view)
        if len(found) == limit:
            break
    return tuple(found)


def order_numbered(state: State, number: str) -> OrderId | None:
    """Return the master order of today that a card's number (``214`` or ``#214``) stands for."""
    digits = number.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()):
        return None
    for position in state.master.values():
        for order_id, order in position.orders.items():
            if str(order.number) == digits:
                return order_id
    return None


def copy_view(state: State, venue: Venue, order_id: OrderId) -> CopyView | None:
    """Return one master order with what every follower did; None where it is not known today."""
    key = state.master_key_of.get(order_id)
    order = state.master_order(order_id)
    if key is None or order is None:
        return None
    row = order.row
    children = []
    for rules in state.rules.values():
        book = state.book(
            Key(
                venue=venue,
                follower=rules.name,
                exchange=key.exchange,
                symbol=key.symbol,
                product=key.product,
            )
        )
        part = book.parts.get(order_id) if book else None
        if part is not None:
            children += _part_views(rules.name, part, order)
    return CopyView(
        venue=venue,
        number=order.number,
        master_order_id=order_id,
        at=row.placed_at or order.seen_at,
        exchange=key.exchange,
        symbol=key.symbol,
        side=row.side,
        product=key.product,
        order_type=_order_type(order),
        quantity=row.quantity,
        filled=row.filled_quantity,
        price=None if row.is_market or not order.proven else row.price,
        average_price=row.average_price,
        status=row.status_text or row.status.value,
        children=tuple(children),
    )


def _order_type(order: MasterOrder) -> OrderType | None:
    if order.row.is_market:
        return OrderType.MARKET
    return order.row.order_type if order.proven else None


def _part_views(name: AccountName, part: CopyPart, order: MasterOrder) -> list[ChildView]:
    views = []
    for leg in (Leg.EXIT, Leg.ENTRY, Leg.COVER):
        children, skip = part.of(leg), part.skips.get(leg)
        if children:
            views.append(_leg_view(name, children, order))
        elif skip is not None and skip.reason not in SILENT_SKIPS:
            reason = f"{skip.reason.value}: {skip.detail}" if skip.detail else skip.reason.value
            views.append(
                ChildView(
                    follower=name,
                    state=ChildState.SKIPPED,
                    side=order.row.side,
                    quantity=0,
                    filled=0,
                    reason=reason,
                )
            )
    return views


def _leg_view(name: AccountName, children: list[Child], order: MasterOrder) -> ChildView:
    newest, filled = children[-1], sum(child.filled for child in children)
    outstanding = sum(child.outstanding for child in children)
    ended = newest.command.quantity + filled - newest.filled
    average = _average(children)
    return ChildView(
        follower=name,
        state=_word(newest, filled),
        side=newest.side,
        quantity=filled + outstanding if outstanding else ended,
        filled=filled,
        average_price=average,
        lag_ms=lag_ms(children[0]),
        slippage_bps=_slippage(average, order.row.average_price, newest.side),
        reason=newest.reason,
    )


def _word(child: Child, filled: int) -> ChildState:
    if child.state is not IntentState.ACKED:
        return _INTENT_WORDS[child.state]
    status = child.sighting.row.status if child.sighting else None
    if status is OrderStatus.COMPLETE:
        return ChildState.FILLED
    if status is OrderStatus.REJECTED:
        return ChildState.REJECTED
    if status is OrderStatus.CANCELLED:
        return ChildState.PARTIAL if filled else ChildState.CANCELLED
    return ChildState.PARTIAL if filled else ChildState.WORKING


def _average(children: Iterable[Child]) -> Decimal | None:
    paid, units = Decimal(0), 0
    for child in children:
        if child.filled and child.average_price is not None:
            paid += child.filled * child.average_price
            units += child.filled
    return paid / units if units else None


def _slippage(mine: Decimal | None, his: Decimal | None, side: Side) -> int | None:
    """Return basis points paid more (or taken less) than the master; positive is worse."""
    if mine is None or not his:
        return None
    return round((mine - his) / his * 10_000 * side.sign)
