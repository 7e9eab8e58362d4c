"""The day's report: one pure value made from the state, of today or of a past day that was folded again."""

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from engine.core.chat.day_profit import Profits, is_of_today
from engine.core.chat.phrases import shortened
from engine.core.chat.reading_copies import average_of, lag_ms, leg_view
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import SILENT_SKIPS
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, Skip
from engine.core.values.copy_view import ChildState
from engine.core.values.day_report import CopyRow, DayProfit, DayReport, FollowerDay, Outcome
from engine.core.values.exact import Exact, divided
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import SkipReason

#: What was seen too late to be copied: not a decision, a miss.
MISSES = frozenset({SkipReason.STALE, SkipReason.MASTER_EXITED})

_OUTCOMES = {
    ChildState.PLANNED: Outcome.WAITING,
    ChildState.SENDING: Outcome.WAITING,
    ChildState.WORKING: Outcome.COPIED,
    ChildState.PARTIAL: Outcome.COPIED,
    ChildState.FILLED: Outcome.COPIED,
    ChildState.CANCELLED: Outcome.COPIED,
    ChildState.SKIPPED: Outcome.SKIPPED,
    ChildState.REFUSED: Outcome.REFUSED,
    ChildState.REJECTED: Outcome.REFUSED,
    ChildState.UNKNOWN: Outcome.UNCLEAR,
    ChildState.ABSENT: Outcome.MISSED,
    ChildState.NEEDS_HUMAN: Outcome.UNCLEAR,
}
#: Of the broker's words: they run to lines, and name sums that differ from order to order.
_SHOWN_WORDS = 60
#: Parts between two steps: each takes a tenth of a millisecond or so.
_PARTS_A_STEP = 20
#: An order counts by the worst that became of its legs.
_WORST_FIRST = (
    Outcome.REFUSED, Outcome.UNCLEAR, Outcome.MISSED, Outcome.WAITING, Outcome.SKIPPED, Outcome.COPIED,
)  # fmt: skip


def venues_of_day(state: State) -> tuple[Venue, ...]:
    """Return the venue of now, and the other one where something was copied there today too."""
    other = Venue.PAPER if state.venue is Venue.LIVE else Venue.LIVE
    there = (
        any(part.children for part in book.parts.values())
        for books in state.books.values()
        for (venue, _), book in books.items()
        if venue is other
    )
    return (state.venue, other) if any(there) else (state.venue,)


def day_reports(state: State, *, as_of: datetime | None) -> tuple[DayReport, ...]:
    """Return the report of each of these venues."""
    return tuple(day_report(state, venue, as_of=as_of) for venue in venues_of_day(state))


def day_report(state: State, venue: Venue, *, as_of: datetime | None) -> DayReport:
    """Return what became of the state's trading day at one venue.

    Args:
        state: Of now, or folded up to the end of a day.
        venue: PAPER or LIVE.
        as_of: When the newest event happened.

    Raises:
        ValueError: The state has no trading day yet: there is nothing to report.
    """
    steps = day_report_steps(state, venue, as_of=as_of)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            report: DayReport = done.value
            return report


def day_report_steps(
    state: State, venue: Venue, *, as_of: datetime | None
) -> Generator[None, None, DayReport]:
    """Make the same in steps of a millisecond or two: between them others may do what cannot wait.

    What happens to the state between two steps is in the report or not.

    Raises:
        ValueError: The state has no trading day yet: there is nothing to report.
    """
    day = state.trading_day
    if day is None:
        raise ValueError("no trading day has begun in this store")
    profits = Profits(state)
    names = _followers(state, venue)
    rows: list[CopyRow] = []
    followers: list[FollowerDay] = []
    for name in names:
        parts = _Parts()
        for number, (key, order_id, part) in enumerate(list(_parts(state, venue, name))):
            parts.rows += _rows(state, key, name, order_id, part, profits)
            parts.take(part, state.master_order(order_id))
            if number % _PARTS_A_STEP == 0:
                yield
        yield
        profit = profits.of_account(venue, name)
        yield
        followers.append(_day_of(state, venue, name, parts, profits, profit))
        rows += parts.rows
        yield
    rows.sort(key=lambda row: (row.number is None, row.number or 0, row.seen_at))
    return DayReport(
        day=day,
        venue=venue,
        as_of=as_of,
        orders=len({row.master_order_id for row in rows if row.number is not None}),
        master=profits.of_master(),
        followers=tuple(followers),
        rows=tuple(rows),
        segments=frozenset(row.exchange for row in rows),
    )


def _followers(state: State, venue: Venue) -> list[AccountName]:
    """Return those of the settings, then those who are not configured any more and had copies today."""
    names = dict.fromkeys(state.rules)
    for books in state.books.values():
        for (at, name), book in books.items():
            if at is venue and name not in names and (book.parts or book.held):
                names[name] = None
    return list(names)


# -- rows ----------------------------------------------------------------------------------------


def _rows(
    state: State,
    key: MasterKey,
    name: AccountName,
    order_id: OrderId,
    part: CopyPart,
    profits: Profits,
) -> Iterator[CopyRow]:
    order = state.master_order(order_id)
    silent = any(skip.reason in SILENT_SKIPS for skip in part.skips.values())
    for leg in Leg:
        children = [child for child in part.children if child.leg is leg]
        skip = part.skips.get(leg)
        if children:
            yield _sent(key, name, order_id, order, children, skip, profits)
        elif skip is not None and order is not None and not silent:
            yield _skipped(key, name, order, leg, skip)


def _sent(  # noqa: PLR0913, PLR0917 - one leg, and what it is looked up by
    key: MasterKey,
    name: AccountName,
    order_id: OrderId,
    order: MasterOrder | None,
    children: list[Child],
    skip: Skip | None,
    profits: Profits,
) -> CopyRow:
    first = children[0]
    view = leg_view(name, children, average_of_master(order))
    outcome = _OUTCOMES[view.state]
    if view.filled and outcome in (Outcome.REFUSED, Outcome.MISSED, Outcome.SKIPPED):
        outcome = Outcome.COPIED
    reason = skip.reason.value if skip is not None and outcome is Outcome.SKIPPED else ""
    # A cover undoes an overshoot of ours: the master has no price for it.
    his = average_of_master(order) if first.leg is not Leg.COVER else None
    price = average_of(children)
    value = slippage = None
    multiplier = profits.multiplier(key)
    if his and price is not None and multiplier is not None:
        units = view.filled * multiplier
        value = abs(his) * units
        slippage = (price - his) * first.side.sign * units
    return CopyRow(
        follower=name,
        number=order.number if order is not None else None,
        master_order_id=order_id if order is not None else OrderId(""),
        seen_at=order.seen_at if order is not None else first.planned_at,
        exchange=first.command.exchange,
        symbol=first.command.symbol,
        product=first.command.product,
        side=first.side,
        leg=first.leg,
        outcome=outcome if order is not None and first.leg is not Leg.COVER else Outcome.OURS,
        reason=reason or (view.reason if outcome is Outcome.SKIPPED else ""),
        detail=view.reason,
        quantity=view.quantity,
        filled=view.filled,
        master_price=his,
        price=price,
        slippage=slippage,
        value=value,
        lag_ms=view.lag_ms,
        fill_lag_ms=_fill_lag_ms(order, first),
    )


def _skipped(
    key: MasterKey, name: AccountName, order: MasterOrder, leg: Leg, skip: Skip
) -> CopyRow:
    missed = skip.reason in MISSES
    row = order.row
    return CopyRow(
        follower=name,
        number=order.number,
        master_order_id=row.order_id,
        seen_at=order.seen_at,
        exchange=row.exchange,
        symbol=key.symbol,
        product=key.product,
        side=row.side,
        leg=leg,
        outcome=Outcome.MISSED if missed else Outcome.SKIPPED,
        reason=skip.reason.value,
        detail=": ".join(each for each in (skip.reason.value, skip.detail) if each),
        master_price=row.average_price,
    )


def average_of_master(order: MasterOrder | None) -> Decimal | None:
    """Return the average price of a master order's fills; None without one."""
    return order.row.average_price if order is not None and order.row.filled_quantity else None


def _fill_lag_ms(order: MasterOrder | None, child: Child) -> int | None:
    """Return milliseconds from the master's event, or his later fill, to the copy's first fill."""
    if order is None or not child.fills:
        return None
    began = child.detected_at
    if order.fill_at is not None:
        # Stamped by the exchange in whole seconds: what was acted on is never later than that.
        began = max(began, order.fill_at)
    return max(0, round((child.fills[0][0] - began).total_seconds() * 1000))


# -- what they add up to -------------------------------------------------------------------------


@dataclass(slots=True)
class _Parts:
    """What is gathered of a follower's parts while they are gone through."""

    rows: list[CopyRow] = field(default_factory=list)
    lags: list[int] = field(default_factory=list)
    ratio: Exact | None = None
    newest: int = -1

    def take(self, part: CopyPart, order: MasterOrder | None) -> None:
        """Note the lag of every copy that the broker took at its first sending, and the newest order's ratio."""
        if order is None:
            return
        for child in part.children:
            lag = lag_ms(child)
            if lag is not None and child.generation == 0:
                self.lags.append(lag)
        if order.number > self.newest and part.ratio:
            self.newest, self.ratio = order.number, _ratio_of(part, order)


def _day_of(
    state: State,
    venue: Venue,
    name: AccountName,
    parts: _Parts,
    profits: Profits,
    profit: DayProfit,
) -> FollowerDay:
    rows = parts.rows
    by_order: dict[OrderId, list[CopyRow]] = {}
    for row in rows:
        if row.outcome is not Outcome.OURS:
            by_order.setdefault(row.master_order_id, []).append(row)
    worst = [_worst(legs) for legs in by_order.values()]
    counts = Counter(row.outcome for row in worst)
    reasons = Counter(row.reason or row.detail for row in worst if row.outcome is Outcome.SKIPPED)
    failed = Counter(
        f"{row.outcome}: {shortened(row.reason or row.detail, _SHOWN_WORDS)}".rstrip(": ")
        for row in worst
        if row.outcome in (Outcome.MISSED, Outcome.REFUSED, Outcome.UNCLEAR)
    )
    told = [row for row in rows if row.slippage is not None and row.value is not None]
    untold = {
        row.symbol
        for row in rows
        if row.filled and row.slippage is None and row.outcome is not Outcome.OURS
    }
    return FollowerDay(
        name=name,
        copied=counts[Outcome.COPIED],
        skipped=most_first(reasons),
        failed=most_first(failed),
        missed=counts[Outcome.MISSED],
        refused=counts[Outcome.REFUSED],
        unclear=counts[Outcome.UNCLEAR],
        waiting=counts[Outcome.WAITING],
        slippage=sum((row.slippage or Decimal(0) for row in told), Decimal(0)),
        value=sum((row.value or Decimal(0) for row in told), Decimal(0)),
        untold=tuple(sorted(untold)),
        lags_ms=tuple(parts.lags),
        fill_lags_ms=tuple(row.fill_lag_ms for row in rows if row.fill_lag_ms is not None),
        profit=profit,
        ratio=_decimal(parts.ratio) if parts.ratio else None,
        scaled=_scaled(state, venue, name, profits),
    )


def most_first(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Return what was counted, the most frequent first, of equals by name."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _worst(legs: list[CopyRow]) -> CopyRow:
    """Return the leg that speaks for its order; that nothing was held to exit is nothing wrong beside an entry."""
    heavy = [row for row in legs if row.reason != SkipReason.NOTHING_HELD.value] or legs
    return min(heavy, key=lambda row: _WORST_FIRST.index(row.outcome))


def _parts(
    state: State, venue: Venue, name: AccountName
) -> Iterator[tuple[MasterKey, OrderId, CopyPart]]:
    for key, books in state.books.items():
        book = books.get((venue, name))
        for order_id, part in book.parts.items() if book is not None else ():
            yield key, order_id, part


def _ratio_of(part: CopyPart, order: MasterOrder) -> Exact:
    """Return follower units per unit of the master's; fixed lots are spread over his order."""
    if part.fixed:
        return divided(part.ratio, order.row.quantity) if order.row.quantity else 0
    return part.ratio


def _scaled(state: State, venue: Venue, name: AccountName, profits: Profits) -> Decimal | None:
    """Return the master's profit in the symbols this follower copied, times the ratio of each."""
    total = Decimal(0)
    for key, books in state.books.items():
        book = books.get((venue, name))
        if book is None or not (is_of_today(book) or any(p.children for p in book.parts.values())):
            continue
        profit, ratio = profits.of_key(key), _ratio_in(state, key, book.parts, book.money.carried)
        if profit.rupees is None or ratio is None:
            return None
        total += profit.rupees * _decimal(ratio)
    return total


def _ratio_in(
    state: State, key: MasterKey, parts: dict[OrderId, CopyPart], carried: int
) -> Exact | None:
    """Return the ratio of a key's newest order that had one; of what was only carried, as it was carried."""
    for order_id in reversed(parts):
        order = state.master_order(order_id)
        if order is not None and (ratio := _ratio_of(parts[order_id], order)):
            return ratio
    opening = state.openings.get(key, 0)
    return divided(carried, opening) if opening and carried else None


def _decimal(ratio: Exact) -> Decimal:
    return Decimal(ratio.numerator) / Decimal(ratio.denominator)
