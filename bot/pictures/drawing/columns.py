"""Numbers in columns below a chart: a name with its colour at the left, the rest right-aligned."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.pictures.drawing import inks
from bot.pictures.drawing.sheet import EDGE, QUIET, WIDTH, Font, Sheet

#: Pixels of a line of the table where there is room, and where there is little.
ROOMY, TIGHT = 50, 34
_SWATCH, _AFTER_SWATCH, _NAME_LEAST, _GAPS = 34, 12, 120, (12.0, 32.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number, written, and its ink."""

    text: str
    ink: str = inks.INK


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table; ``swatch`` is the colour and the dashes of its line in the chart."""

    name: str
    swatch: inks.Swatch
    cells: tuple[Cell, ...]


def height(lines: int, *, most: float) -> float:
    """Return the pixels a table takes with its heading: roomy while it stays under ``most``."""
    return (lines + 1) * max(TIGHT, min(ROOMY, most / (lines + 1)))


def fitting(most: float) -> int:
    """Return how many lines fit into ``most`` pixels below their heading."""
    return max(1, int(most // TIGHT) - 1)


def draw_columns(
    sheet: Sheet, headings: Sequence[str], lines: Sequence[Line], *, top: float, bottom: float
) -> None:
    """Write the table between two heights; names are shortened to what the numbers leave."""
    step = (bottom - top) / (len(lines) + 1)
    widths = [
        max(sheet.measure(text) for text in (heading, *(line.cells[at].text for line in lines)))
        for at, heading in enumerate(headings)
    ]
    gap = _gap(widths)
    rights = [WIDTH - EDGE - sum(widths[at + 1 :]) - gap * (len(widths) - at - 1)
              for at in range(len(widths))]  # fmt: skip
    name_left = EDGE + _SWATCH + _AFTER_SWATCH
    name_width = rights[0] - widths[0] - gap - name_left
    for right, heading in zip(rights, headings, strict=True):
        sheet.write(right, top + step / 2, heading, QUIET, align="right")
    for number, line in enumerate(lines, start=1):
        y = top + step * (number + 0.5)
        if number % 2:
            sheet.fill(
                left=EDGE - 12, top=y - step / 2, right=WIDTH - EDGE + 12, bottom=y + step / 2,
                ink=inks.PANEL,
            )  # fmt: skip
        sheet.rule(EDGE, y, length=_SWATCH, ink=line.swatch[0], dashes=line.swatch[1])
        sheet.write_fitted(name_left, y, line.name, width=name_width)
        for right, cell in zip(rights, line.cells, strict=True):
            sheet.write(right, y, cell.text, Font(ink=cell.ink), align="right")


def _gap(widths: Sequence[float]) -> float:
    """Return pixels between columns: less where numbers are long, so that names keep some room."""
    spare = WIDTH - 2 * EDGE - _SWATCH - _AFTER_SWATCH - _NAME_LEAST - sum(widths)
    return max(_GAPS[0], min(_GAPS[1], spare / len(widths)))
