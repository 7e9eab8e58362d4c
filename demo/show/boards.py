"""The right-hand side of the screen: every order with its copies, and what everybody holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo.exchange.exchange import Exchange
from demo.exchange.instruments import Instrument
from demo.exchange.portfolio import PositionKey
from demo.show import marks
from demo.show.accounting import FollowerBook, percentile
from demo.show.truth import Arrived, key_of
from demo.show.verdict import ratio_mark

_LEAST_CELL = 7
_MOST_CELL = 13
#: "SELL NIFTY26000CE" and the space after it.
_LABEL = 18
#: "SELL NIFTY26NOV26000CE"; more than a label needs.
_MOST_LABEL = 22
#: A label grows only while a cell keeps this much, so that there is a bar to see.
_CELL_WITH_BAR = 8
#: "SELL" and a space.
_SIDE = 5
_KIND = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths both boards share, so that an account is one column down the screen."""

    label: int
    cell: int
    kind: int

    @classmethod
    def within(cls, width: int, accounts: int) -> "Columns":
        """Share the inside of a panel among a label, a kind where there is room, and accounts."""
        kind = _KIND if width >= 62 else 0
        room = width - kind
        roomy = min(_MOST_LABEL, room - accounts * (_CELL_WITH_BAR + 1))
        label = max(roomy, min(_LABEL, room - accounts * (_LEAST_CELL + 1)))
        cell = (width - kind - label - accounts) // accounts
        return cls(label, max(_LEAST_CELL, min(_MOST_CELL, cell)), kind)


def order_board(
    orders: Sequence[Arrived], books: Sequence[FollowerBook], *, width: int, height: int
) -> RenderableType:
    """Draw the master's newest orders and the copies of each, newest at the bottom."""
    columns = Columns.within(width - 4, 1 + len(books))
    grid = _grid(columns, 1 + len(books))
    _headings(grid, books, columns)
    shown = orders[-(height - 4) :]
    for each in shown:
        grid.add_row(
            _label(each, columns, newest=each is shown[-1]),
            *_kind_cell(columns, _kind(each)),
            *_row(each, books, columns),
        )
    return _panel(
        grid, "Orders: the master's, and each follower's copy", width, height, marks.LEGEND
    )


def position_board(
    orders: Sequence[Arrived], books: Sequence[FollowerBook], *, width: int, height: int
) -> RenderableType:
    """Draw net units per account; a tick says that it is what it should be."""
    nets = _nets(orders)
    columns = Columns.within(width - 4, 1 + len(books))
    grid = _grid(columns, 1 + len(books))
    # A row keeps its place; only where room is short do closed ones give way, then the oldest.
    newest = {key_of(each.order): number for number, each in enumerate(orders)}
    first = sorted(nets, key=lambda key: (nets[key] == 0, -newest[key]))[: height - 3]
    shown = [key for key in nets if key in first]
    hidden = f" ({len(nets) - len(shown)} more)" if len(nets) > len(shown) else ""
    for key in shown:
        cells = [_net(book, key, columns.cell) for book in books]
        symbol = _name(orders, key, columns.label - len(key.product) - 1)
        name = marks.cut(f"{symbol} {key.product}", columns.label)
        mine = Text.assemble(marks.signed(nets[key], columns.cell - 1), " ")
        grid.add_row(name, *_kind_cell(columns, ""), mine, *cells)
    lags = (marks.milliseconds(percentile(book.lags, 0.5)) for book in books)
    speed = _right(("", *lags), columns, marks.QUIET)
    grid.add_row(Text("median lag", marks.QUIET), *_kind_cell(columns, ""), *speed)
    note = Text.assemble(("✓", marks.GOOD), (" equal to what it should be", marks.QUIET))
    return _panel(grid, f"Net positions{hidden}, and how fast", width, height, note)


def ticker(exchange: Exchange, rows: Sequence[Instrument], width: int) -> Text:
    """Return one line of last prices with their change since yesterday."""
    line = Text(no_wrap=True, overflow="crop")
    for row in rows:
        last = exchange.market.touch(row).last
        change = (last - row.close) * 100 / row.close
        piece = f"{row.tradingsymbol} {last:,.2f} {change:+.2f}%"
        if line.cell_len + len(piece) + 3 > width:
            break
        line.append(f" {row.tradingsymbol} ", marks.QUIET)
        line.append(f"{last:,.2f} ")
        line.append(f"{change:+.2f}% ", marks.GOOD if change >= 0 else marks.BAD)
    return line


def _row(each: Arrived, books: Sequence[FollowerBook], columns: Columns) -> list[Text]:
    order = each.order
    cells = [marks.order_cell(each, columns.cell)]
    for book in books:
        units = book.expected.units.get(order.order_id, 0)
        is_due = not order.filled_quantity or units > 0
        cells.append(
            marks.copy_cell(book.copies[order.order_id], is_due=is_due, width=columns.cell)
        )
    return cells


def _net(book: FollowerBook, key: PositionKey, width: int) -> Text:
    true, expected = book.traded_in(key), book.expected_in(key)
    right = true == expected
    tick = ("✓", marks.GOOD) if right else ("…", marks.WORKS)
    return Text.assemble(marks.signed(true.net, width - 1), tick)


def _headings(grid: Table, books: Sequence[FollowerBook], columns: Columns) -> None:
    """Write who each column is, and under it how much of the master's size he takes."""
    names = ["master", *(book.name[: columns.cell] for book in books)]
    sizes = ["", *(ratio_mark(book.ratio) for book in books)]
    grid.add_row("", *_kind_cell(columns, ""), *_right(names, columns, "bold"))
    grid.add_row("", *_kind_cell(columns, ""), *_right(sizes, columns, marks.QUIET))


def _right(texts: Iterable[str], columns: Columns, style: str) -> list[Text]:
    """Write each text over the numbers of its column, which leave one place for a sign.

    A long name takes that place too.
    """
    return [Text(text.rjust(columns.cell - 1), style) for text in texts]


def _label(each: Arrived, columns: Columns, *, newest: bool) -> Text:
    side = each.order.side
    room = columns.label - _SIDE
    name = marks.cut(marks.symbol(each.order.instrument, room), room)
    colour = marks.GOOD if side.sign > 0 else marks.BAD
    return Text.assemble((f"{side:4} ", colour), (name, "bold" if newest else ""))


def _kind(each: Arrived) -> str:
    if each.order.trigger_price:
        return f"SL {each.order.trigger_price:f}".rstrip("0").rstrip(".")
    return "market" if each.at_market else f"{each.order.price:,}"


def _kind_cell(columns: Columns, text: str) -> list[Text]:
    return [Text(text, marks.QUIET, justify="right")] if columns.kind else []


def _nets(orders: Sequence[Arrived]) -> dict[PositionKey, int]:
    """Return the master's net units by key, in the order in which he first traded them."""
    nets: dict[PositionKey, int] = {}
    for order in (each.order for each in orders if each.order.filled_quantity):
        key = key_of(order)
        nets[key] = nets.get(key, 0) + order.side.sign * order.filled_quantity
    return nets


def _name(orders: Sequence[Arrived], key: PositionKey, room: int) -> str:
    found = (each.order for each in orders if key_of(each.order) == key)
    return next((marks.symbol(order.instrument, room) for order in found), key.tradingsymbol)


def _grid(columns: Columns, accounts: int) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=columns.label, no_wrap=True)
    if columns.kind:
        grid.add_column(width=columns.kind - 1, no_wrap=True)
    for _ in range(accounts):
        grid.add_column(width=columns.cell, no_wrap=True)
    return grid


def _panel(grid: Table, title: str, width: int, height: int, note: Text) -> RenderableType:
    return Panel(
        grid,
        title=Text(title, "bold"),
        title_align="left",
        subtitle=note,
        subtitle_align="right",
        width=width,
        height=height,
        padding=(0, 1),
        border_style=marks.QUIET,
    )
