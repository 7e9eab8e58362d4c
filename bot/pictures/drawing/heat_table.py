"""The heat table: everybody's positions, each cell coloured by its profit, differences framed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.patches import Rectangle

from bot.chat.times import clock_time
from bot.pictures.drawing import inks
from bot.pictures.drawing.amounts import number_of, signed_rupees, units
from bot.pictures.drawing.sheet import EDGE, HEIGHT, PLAIN, QUIET, SMALL, WIDTH, Font, Sheet, more
from bot.pictures.values import HeatCell, HeatRow, HeatTable

#: Pixels from the top of the sheet, and heights.
_TOP, _BOTTOM, _FOOT, _MOST_ROW = 150, HEIGHT - 24, 84, 84
_SIDE, _LEAST_COLUMN, _SYMBOL_MOST, _SYMBOL_LEAST = 12, 72, 330, 170
#: The least height of a row whose symbol takes one line or two, and of one with all that there is.
_ONE_LINE, _WRAPPED, _TWO_LINES = 38, 58, 66
#: Pixels of a column in which every profit can be written.
_PROFIT_COLUMN = 112
_NAMES, _NAMES_UPRIGHT = 50, 130
#: On the seam between cells, so that it hides no sign.
_FRAME = 5
_DERIVATIVE = re.compile(r"(\D+)(\d.*)")
#: Cells at zero, and those of the largest loss and gain on the table.
_ZERO, _DEEP_LOSS, _DEEP_GAIN = inks.PANEL, "#b3480f", "#0a7a59"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Where everything stands, in pixels."""

    names: tuple[str, ...]
    symbols: tuple[tuple[str, ...], ...]
    rows: tuple[HeatRow, ...]
    lefts: tuple[float, ...]
    top: float
    row_height: float
    hottest: float

    @property
    def has_two_lines(self) -> bool:
        """Whether a cell has room for its profit, whatever it is, below its units."""
        return self.row_height >= _TWO_LINES and self.column_width >= _PROFIT_COLUMN

    @property
    def bottom(self) -> float:
        """Pixels from the top where the table ends, the line of sums included."""
        return self.top + self.row_height * (len(self.rows) + self.has_two_lines)

    @property
    def column_width(self) -> float:
        """Pixels of an account's column."""
        return self.lefts[1] - self.lefts[0]


def draw_heat_table(table: HeatTable) -> Sheet:
    """Return the sheet, drawn."""
    sheet = Sheet(table.heading, "Positions")
    at = f"at {clock_time(table.at)}"
    sheet.write(WIDTH - EDGE, 112, at, QUIET, align="right")
    grid = _grid(sheet, table)
    _write_names(sheet, grid)
    for number in range(len(grid.rows)):
        _draw_row(sheet, grid, number)
    if not grid.rows:
        middle = Font(size=32, ink=inks.QUIET)
        sheet.write(WIDTH / 2, HEIGHT / 2, "no positions", middle, align="center")
    elif grid.has_two_lines:
        _draw_sums(sheet, grid)
    foot = _BOTTOM if not grid.rows else min(float(_BOTTOM), grid.bottom + _FOOT)
    _write_foot(sheet, table, grid, foot)
    sheet.crop(foot + HEIGHT - _BOTTOM)
    return sheet


def _grid(sheet: Sheet, table: HeatTable) -> _Grid:
    widest = max((sheet.measure(row.symbol[:60]) for row in table.rows), default=0.0)
    room = WIDTH - 2 * _SIDE
    symbol = max(float(_SYMBOL_LEAST), min(_SYMBOL_MOST, widest + 16))
    wanted = 1 + len(table.followers)
    if (room - symbol) / wanted < _LEAST_COLUMN:
        symbol = max(float(_SYMBOL_LEAST), room - wanted * _LEAST_COLUMN)
    columns = min(wanted, int((room - symbol) // _LEAST_COLUMN))
    width = (room - symbol) / columns
    names = ("master", *table.followers)[:columns]
    upright = any(sheet.measure(name, Font(bold=True)) > width - 8 for name in names)
    top = _TOP + (_NAMES_UPRIGHT if upright else _NAMES)
    height = _BOTTOM - _FOOT - top
    least = _WRAPPED if widest > symbol - 8 else _ONE_LINE
    rows = table.rows[: int(height // least)]
    # One more for the sums.
    row_height = min(_MOST_ROW, height / (len(rows) + 1))
    if row_height < _TWO_LINES or width < _PROFIT_COLUMN:
        row_height = min(_MOST_ROW, height / max(1, len(rows)))
    amounts = [number_of(cell.profit) for row in rows for cell in row.cells[:columns]]
    return _Grid(
        names=names,
        symbols=tuple(_symbols(rows, has_notes=row_height >= _TWO_LINES)),
        rows=rows,
        lefts=tuple(_SIDE + symbol + width * number for number in range(columns + 1)),
        top=top,
        row_height=row_height,
        hottest=max((abs(amount) for amount in amounts if amount), default=0.0),
    )


def _symbols(rows: Sequence[HeatRow], *, has_notes: bool) -> Iterator[tuple[str, ...]]:
    """Yield the lines that name each row; no two rows look alike."""
    often = Counter(row.symbol for row in rows)
    for row in rows:
        if has_notes or often[row.symbol] > 1:
            yield row.symbol, row.note
        else:
            # A derivative's underlying, then its expiry and strike: neither may be cut short.
            split = _DERIVATIVE.fullmatch(row.symbol)
            yield split.groups() if split else (row.symbol,)


def _write_names(sheet: Sheet, grid: _Grid) -> None:
    for name, (left, right) in zip(grid.names, pairwise(grid.lefts), strict=True):
        middle = (left + right) / 2
        font = Font(bold=name == "master")
        if grid.top - _TOP == _NAMES:
            sheet.write(middle, grid.top - _NAMES / 2, name, font, align="center")
        else:
            short = sheet.fitted(name, _NAMES_UPRIGHT - 12, font)
            sheet.write_upright(middle, grid.top - 8, short, font)


def _draw_row(sheet: Sheet, grid: _Grid, number: int) -> None:
    row, top = grid.rows[number], grid.top + grid.row_height * number
    middle = top + grid.row_height / 2
    room = grid.lefts[0] - _SIDE - 8
    lines = grid.symbols[number]
    if len(lines) == 1 or grid.row_height < _WRAPPED:
        sheet.write_fitted(_SIDE, middle, " ".join(lines), width=room)
    else:
        second = QUIET if lines[1] == row.note else PLAIN
        spread = min(15.0, grid.row_height * 0.21)
        sheet.write_fitted(_SIDE, middle - spread, lines[0], width=room)
        sheet.write_fitted(_SIDE, middle + spread, lines[1], second, width=room)
    for cell, (left, right) in zip(row.cells, pairwise(grid.lefts), strict=False):
        _draw_cell(sheet, grid, cell, (left, top, right, top + grid.row_height))


def _draw_cell(
    sheet: Sheet, grid: _Grid, cell: HeatCell, box: tuple[float, float, float, float]
) -> None:
    left, top, right, bottom = box
    profit = number_of(cell.profit)
    sheet.fill(
        left=left + 2, top=top + 2, right=right - 2, bottom=bottom - 2, ink=_heat(profit, grid)
    )
    if cell.drift:
        _frame(sheet, box)
    middle, x = (top + bottom) / 2, (left + right) / 2
    room = grid.column_width - 6
    bold = Font(bold=grid.has_two_lines)
    held = _held(sheet, cell.units, bold, room)
    shows_profit = (grid.has_two_lines and cell.units != 0) or bool(profit)
    if grid.has_two_lines and shows_profit:
        sheet.write(x, middle - 15, held, bold, align="center")
        sheet.write(x, middle + 15, _gained(sheet, profit, room), align="center")
    else:
        sheet.write(x, middle, held, bold, align="center")


def _held(sheet: Sheet, held: int | None, font: Font, room: float) -> str:
    """Return units in the most exact way that fits; a digit is never left out unseen."""
    if held == 0:
        return "·"
    texts = [units(held, width=width) for width in (12, 7, 6, 5, 4)]
    return next((text for text in texts if sheet.measure(text, font) <= room), texts[-1])


def _gained(sheet: Sheet, profit: float | None, room: float) -> str:
    texts = [signed_rupees(profit, width=width) for width in (12, 10, 8, 7, 6)]
    return next((text for text in texts if sheet.measure(text) <= room), texts[-1])


def _draw_sums(sheet: Sheet, grid: _Grid) -> None:
    """Write each account's profit of today below its column; unknown where a part of it is."""
    middle = grid.bottom - grid.row_height / 2
    sheet.write(_SIDE, middle, "today", QUIET)
    for at, (left, right) in enumerate(pairwise(grid.lefts)):
        cells = [row.cells[at] for row in grid.rows]
        found = [number_of(cell.profit) for cell in cells if cell.units != 0 or cell.profit]
        known = [profit for profit in found if profit is not None]
        total = sum(known) if len(known) == len(found) else None
        font = Font(bold=True, ink=inks.of_amount(total))
        text = _gained(sheet, total, grid.column_width - 6)
        sheet.write((left + right) / 2, middle, text, font, align="center")


def _heat(profit: float | None, grid: _Grid) -> str:
    """Return the colour of a profit; by its root, so that small ones are told from none."""
    if not profit or not grid.hottest:
        return _ZERO
    share = (abs(profit) / grid.hottest) ** 0.5
    return inks.blend(_ZERO, _DEEP_GAIN if profit > 0 else _DEEP_LOSS, 0.15 + 0.85 * share)


def _frame(sheet: Sheet, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    sheet.figure.add_artist(
        Rectangle(
            (left / WIDTH, 1 - bottom / HEIGHT),
            (right - left) / WIDTH,
            (bottom - top) / HEIGHT,
            facecolor="none",
            edgecolor=inks.DOUBT,
            linewidth=_FRAME,
            transform=sheet.figure.transFigure,
            zorder=0.9,
        )
    )


def _write_foot(sheet: Sheet, table: HeatTable, grid: _Grid, bottom: float) -> None:
    y = bottom - SMALL / 2
    left_out = _left_out(table, grid)
    if left_out:
        sheet.write(WIDTH - EDGE, y, left_out, QUIET, align="right")
    if any(cell.drift for row in grid.rows for cell in row.cells[: len(grid.names)]):
        sheet.write(EDGE, y, "framed: not what it should hold", Font(ink=inks.DOUBT))
    if grid.hottest:
        y -= 42
        least = f"today's profit: {signed_rupees(-grid.hottest, width=9)}"
        most = signed_rupees(grid.hottest, width=9)
        sheet.write(EDGE, y, least, QUIET)
        sheet.write(WIDTH - EDGE, y, most, QUIET, align="right")
        _scale(sheet, EDGE + sheet.measure(least) + 16, WIDTH - EDGE - sheet.measure(most) - 16, y)


def _left_out(table: HeatTable, grid: _Grid) -> str:
    rows = len(table.rows) - len(grid.rows)
    columns = 1 + len(table.followers) - len(grid.names)
    found: Sequence[str] = [
        *([more(rows, "row")] if rows else []),
        *([more(columns, "account")] if columns else []),
    ]
    return " · ".join(found) + (": /positions NAME" if found else "")


def _scale(sheet: Sheet, left: float, right: float, y: float) -> None:
    steps = 21
    width = (right - left) / steps
    for number in range(steps):
        share = abs(number - steps // 2) / (steps // 2)
        deep = _DEEP_GAIN if number > steps // 2 else _DEEP_LOSS
        x = left + number * width
        sheet.fill(
            left=x, top=y - 12, right=x + width, bottom=y + 12, ink=inks.blend(_ZERO, deep, share)
        )
