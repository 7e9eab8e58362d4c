"""What the picture shows, as values: a panel per position, a line per account, marks for what is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

from demo.days.acting import Moment
from demo.exchange.build import MASTER
from demo.exchange.exchange import Exchange
from demo.exchange.ledger import Act
from demo.exchange.matching import Side
from demo.exchange.orders import Status
from demo.exchange.portfolio import PositionKey, Trade
from demo.show.accounting import FollowerBook
from demo.show.truth import Arrived, arrived, key_of

#: A part of the whole before the first order and after the last thing that happened.
_EDGE = 0.02
#: "Too many requests" is not a refusal of the order: it may be sent again.
_TOO_MANY = 429


@unique
class Missing(StrEnum):
    """Why a follower has no copy of an entry."""

    REFUSED = "refused"  #: by his broker
    SKIPPED = "skipped"  #: not sent, with a reason in the chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account's position over time.

    Attributes:
        who: ``master`` or a follower.
        points: (moment, signed units from there on), oldest first; the first is flat, before
            anything happened.
    """

    who: str
    points: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An entry of the master's that a follower did not get."""

    who: str
    kind: Missing
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One position: an instrument with a product."""

    key: PositionKey
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The whole picture.

    Attributes:
        title: The mode first.
        subtitle: The date, who follows, and whether every book is right.
        begin: Left edge.
        end: Right edge.
        followers: Their names, in order.
        panels: In the order in which the positions were opened.
        moments: What explains the rest, in order.
    """

    title: str
    subtitle: str
    begin: datetime
    end: datetime
    followers: tuple[str, ...]
    panels: tuple[Panel, ...]
    moments: tuple[Moment, ...]


def chart_of(
    exchange: Exchange,
    books: Sequence[FollowerBook],
    moments: Sequence[Moment],
    *,
    title: str,
    subtitle: str,
) -> Chart | None:
    """Return the picture of what happened at the exchange, or None where nothing was traded.

    Args:
        exchange: At the end of the day.
        books: Every follower's book.
        moments: What went wrong and what the trader did.
        title: The mode first.
        subtitle: What the viewer should know besides.
    """
    accounts = {"master": MASTER} | {book.name: book.user_id for book in books}
    trades = {name: exchange.desk.portfolios[each].trades for name, each in accounts.items()}
    times = [trade.at for found in trades.values() for trade in found]
    if not times:
        return None
    orders = arrived(exchange, MASTER)
    first, last = min(orders[0].at, *times), max(times)
    edge = max((last - first) * _EDGE, timedelta(seconds=1))
    begin, end = first - edge, last + edge
    marks = [*_marks(exchange, orders, books)]
    keys = dict.fromkeys(_key(trade) for found in trades.values() for trade in found)
    return Chart(
        title=title,
        subtitle=subtitle,
        begin=begin,
        end=end,
        followers=tuple(book.name for book in books),
        panels=tuple(
            Panel(
                key=key,
                lines=tuple(_line(name, found, key, begin) for name, found in trades.items()),
                marks=tuple(mark for at, mark in marks if at == key),
            )
            for key in keys
        ),
        moments=tuple(each for each in moments if begin <= each.at <= end),
    )


def _key(trade: Trade) -> PositionKey:
    return key_of(trade.order)


def _line(who: str, trades: Sequence[Trade], key: PositionKey, begin: datetime) -> Line:
    net, points = 0, [(begin, 0)]
    for trade in trades:
        if _key(trade) == key:
            net += trade.order.side.sign * trade.quantity
            points.append((trade.at, net))
    return Line(who=who, points=tuple(points))


def _marks(
    exchange: Exchange, orders: Sequence[Arrived], books: Sequence[FollowerBook]
) -> Iterator[tuple[PositionKey, Mark]]:
    entries = _entries(exchange)
    for book in books:
        refused = dict(_refused(exchange, orders, book))
        for each in orders:
            order_id = each.order.order_id
            if order_id not in entries:
                continue
            copy = book.copies[order_id]
            kind, at = Missing.SKIPPED, each.at
            if order_id in refused:
                kind, at = Missing.REFUSED, refused[order_id]
            elif copy.orders:
                continue
            yield key_of(each.order), Mark(who=book.name, kind=kind, at=at)


def _entries(exchange: Exchange) -> set[str]:
    """Return the master's orders of which some units opened or added to a position."""
    nets: dict[PositionKey, int] = {}
    found = set()
    for trade in exchange.desk.portfolios[MASTER].trades:
        key, signed = _key(trade), trade.order.side.sign * trade.quantity
        before = nets.get(key, 0)
        nets[key] = before + signed
        if before * signed >= 0 or abs(signed) > abs(before):
            found.add(trade.order.order_id)
    return found


def _refused(
    exchange: Exchange, orders: Sequence[Arrived], book: FollowerBook
) -> Iterator[tuple[str, datetime]]:
    """Yield the master's orders whose copy this follower's broker refused, and when."""
    for order_id, copy in book.copies.items():
        for each in copy.orders:
            if each.order.status is Status.REJECTED and not copy.filled:
                yield order_id, each.at
    for record in exchange.ledger.order_writes(book.user_id):
        definite = record.status is not None and 400 <= record.status < 500
        if (
            record.act is Act.PLACE
            and definite
            and not record.booked
            and record.status != _TOO_MANY
        ):
            answered = _answered(orders, record.fields, record.at)
            if answered is not None and not book.copies[answered].orders:
                yield answered, record.at


def _answered(orders: Sequence[Arrived], fields: Mapping[str, str], at: datetime) -> str | None:
    """Return the master's newest order that a request with these fields can be a copy of."""
    key = PositionKey(fields["exchange"], fields["tradingsymbol"], fields["product"])
    side = Side(fields["transaction_type"])
    fitting = [
        each.order.order_id
        for each in orders
        if key_of(each.order) == key and each.order.side is side and each.at <= at
    ]
    return fitting[-1] if fitting else None
