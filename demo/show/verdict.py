"""The end of the show: one row per follower and a clear word, plain or in colour."""

from collections.abc import Sequence
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from demo.show import marks
from demo.show.accounting import FollowerBook, all_right, percentile
from demo.show.truth import refused

HEADINGS = (
    "follower",
    "size",
    "orders",
    "units filled",
    "refused",
    "book as expected",
    "lag p50",
    "lag p95",
)


def rows(books: Sequence[FollowerBook]) -> list[tuple[str, ...]]:
    """Return the cells under `HEADINGS`, one row per follower."""
    return [
        (
            book.name,
            ratio_mark(book.ratio),
            str(len(book.orders)),
            str(book.filled),
            str(refused(book.orders)),
            "yes" if all_right([book]) else "NO",
            marks.milliseconds(percentile(book.lags, 0.5)),
            marks.milliseconds(percentile(book.lags, 0.95)),
        )
        for book in books
    ]


def ratio_mark(ratio: Fraction) -> str:
    """Return a multiplier as people write it: x1, x2, x0.5."""
    return f"x{float(ratio):g}"


def verdict_lines(books: Sequence[FollowerBook], failure: str | None = None) -> list[str]:
    """Return the verdict: one line where all is right, else what is wrong and where.

    Args:
        books: Every follower's book at the end.
        failure: Why the show broke off; None where it ran to its end.
    """
    orders = sum(len(book.orders) for book in books)
    if failure is not None:
        return [f"THE SHOW BROKE OFF, so nothing is proved: {failure.partition(chr(10))[0]}"]
    if all_right(books):
        return [
            f"All {len(books)} books are as they should be: {orders} follower orders, "
            "none lost, none twice."
        ]
    lines = ["A BOOK IS NOT AS IT SHOULD BE."]
    for book in books:
        lines += [f"{book.name}: {line}" for line in book.differences]
        lines += [
            f"{book.name}: {order.instrument.tradingsymbol} order {order.order_id} is left working"
            for order in book.resting
        ]
    return lines


def explanation(master_orders: int) -> str:
    """Return what the table means, for somebody who sees it for the first time."""
    return (
        f"{master_orders} master orders. Expected = worked out from the master's fills alone, "
        "apart from the program. Lag = his order at the exchange to the copy at the exchange."
    )


def plain_verdict(
    books: Sequence[FollowerBook], *, master_orders: int, failure: str | None = None
) -> list[str]:
    """Return the table and the verdict as plain lines."""
    cells = [HEADINGS, *rows(books)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    rule = "  ".join("-" * width for width in widths)
    return [
        table[0],
        rule,
        *table[1:],
        "",
        explanation(master_orders),
        *verdict_lines(books, failure),
    ]


def rich_verdict(
    books: Sequence[FollowerBook], *, master_orders: int, failure: str | None = None
) -> RenderableType:
    """Return the table and the verdict in colour."""
    table = Table(border_style="bright_black", header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "follower" else "right")
    for book, cells in zip(books, rows(books), strict=True):
        style = "green" if all_right([book]) else "bold red"
        mark = "✔ yes" if all_right([book]) else "✘ NO"
        table.add_row(*cells[:5], Text(mark, style=style), *cells[6:])
    good = failure is None and all_right(books)
    first, *others = verdict_lines(books, failure)
    return Group(
        table,
        Text(explanation(master_orders), style="dim"),
        Text(f"✔ {first}" if good else f"✘ {first}", style="bold green" if good else "bold red"),
        *(Text(f"  {line}", style="red") for line in others),
    )
