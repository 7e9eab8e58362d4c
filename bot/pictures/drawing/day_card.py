"""The day card: profit of everybody through the day, drawdown shaded, and how well it was copied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from bot.pictures.drawing import inks
from bot.pictures.drawing.amounts import number_of, rupees_tick, signed_rupees
from bot.pictures.drawing.columns import Cell, Line, draw_columns, fitting, height
from bot.pictures.drawing.sheet import EDGE, HEIGHT, QUIET, SMALL, WIDTH, Font, Sheet, more
from bot.pictures.drawing.timeline import Timeline
from bot.pictures.values import CopyCounts, DayCard, ProfitLine

#: Pixels from the top of the sheet, and heights.
_TOP, _BOTTOM, _TABLE_MOST, _FOOT = 160, HEIGHT - 24, 520, 40
_LEFT, _TIMES, _FALLS, _BETWEEN = 150, 62, 0.24, 48


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """One account with what is drawn of it."""

    line: ProfitLine
    swatch: inks.Swatch
    is_master: bool
    points: tuple[tuple[float, float], ...]
    counts: CopyCounts | None

    @property
    def falls(self) -> tuple[float, ...]:
        """Rupees below the highest profit so far, zero or less; the day begins at zero."""
        values = [value for _, value in self.points]
        peaks = [*accumulate(values, max, initial=0.0)][1:]
        return tuple(value - peak for value, peak in zip(values, peaks, strict=True))

    @property
    def fall(self) -> float | None:
        """The deepest drawdown in rupees, zero or less; None without points."""
        return min(self.falls, default=None)


def draw_day_card(card: DayCard) -> Sheet:
    """Return the sheet, drawn."""
    several = card.heading.first_day != card.heading.last_day
    sheet = Sheet(card.heading, "P&L" if several else "Day's P&L")
    timeline = Timeline(
        card.begin, card.end, [at for line in _lines(card) for at, _ in line.points]
    )
    accounts = [*_accounts(card, timeline)]
    shown = accounts[: fitting(_TABLE_MOST)]
    table = _BOTTOM - _FOOT - height(len(shown), most=_TABLE_MOST)
    low = table - _TIMES
    middle = low - (low - _TOP) * _FALLS
    upper = sheet.axes(left=_LEFT, top=_TOP, right=WIDTH - EDGE, bottom=middle - _BETWEEN)
    lower = sheet.axes(left=_LEFT, top=middle, right=WIDTH - EDGE, bottom=low)
    _draw_profit(upper, accounts, timeline)
    _draw_falls(lower, accounts, timeline)
    sheet.write(_LEFT, middle - _BETWEEN / 2, "below the day's high (drawdown)", QUIET)
    _write_together(sheet, card)
    _write_empty(sheet, accounts, y=(_TOP + middle - _BETWEEN) / 2 - 40)
    headings, lines = _table(shown)
    draw_columns(sheet, headings, lines, top=table, bottom=_BOTTOM - _FOOT)
    _write_foot(sheet, len(accounts) - len(shown))
    return sheet


def _lines(card: DayCard) -> tuple[ProfitLine, ...]:
    return card.followers if card.master is None else (card.master, *card.followers)


def _accounts(card: DayCard, timeline: Timeline) -> Iterator[_Drawn]:
    counts = {each.name: each for each in card.counts}
    if card.master is not None:
        yield _Drawn(
            line=card.master,
            swatch=(inks.MASTER, "solid"),
            is_master=True,
            points=_points(card.master, timeline),
            counts=None,
        )
    for number, line in enumerate(card.followers):
        yield _Drawn(
            line=line,
            swatch=inks.of_follower(number),
            is_master=False,
            points=_points(line, timeline),
            counts=counts.get(line.name),
        )


def _points(line: ProfitLine, timeline: Timeline) -> tuple[tuple[float, float], ...]:
    placed = ((timeline.place(at), number_of(profit)) for at, profit in sorted(line.points))
    return tuple((x, value) for x, value in placed if x is not None and value is not None)


def _draw_profit(axes: Axes, accounts: Sequence[_Drawn], timeline: Timeline) -> None:
    values = [0.0, *(value for each in accounts for _, value in each.points)]
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 100.0
    axes.set_ylim(low - room, high + room)
    _rule(axes, timeline, ticks=6)
    axes.xaxis.set_major_locator(NullLocator())
    axes.axhline(0, color=inks.QUIET, linewidth=2, zorder=1.5)
    for each in accounts:
        _draw_line(axes, each)


def _draw_falls(axes: Axes, accounts: Sequence[_Drawn], timeline: Timeline) -> None:
    deepest = min((each.fall or 0.0 for each in accounts), default=0.0)
    axes.set_ylim(deepest * 1.08 or -100.0, 0)
    _rule(axes, timeline, ticks=2)
    labels = timeline.labels()
    axes.xaxis.set_major_locator(FixedLocator([place for place, _ in labels]))
    axes.xaxis.set_major_formatter(FixedFormatter([text for _, text in labels]))
    # The deepest behind the others, so that none is hidden.
    for each in sorted((one for one in accounts if one.points), key=lambda one: one.fall or 0.0):
        xs, ink = [x for x, _ in each.points], each.swatch[0]
        shade = axes.fill_between(xs, each.falls, color=ink, alpha=0.22, linewidth=0)
        shade.set_gid(f"drawdown:{each.line.name}")
        alone = "o" if len(xs) == 1 else ""
        axes.plot(
            xs, each.falls, color=ink, linewidth=3, linestyle=each.swatch[1], marker=alone,
            markersize=11,
        )  # fmt: skip


def _rule(axes: Axes, timeline: Timeline, *, ticks: int) -> None:
    axes.set_xlim(0, timeline.end)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: rupees_tick(value)))
    axes.grid(visible=True, axis="y", color=inks.RULE, linewidth=1)
    for night in timeline.nights():
        axes.axvline(night, color=inks.RULE, linewidth=2)


def _draw_line(axes: Axes, drawn: _Drawn) -> None:
    if not drawn.points:
        return
    xs, values = zip(*drawn.points, strict=True)
    ink, dashes = drawn.swatch
    wide = 6.5 if drawn.is_master else 4
    (line,) = axes.plot(
        xs, values, color=ink, linewidth=wide, linestyle=dashes, solid_joinstyle="round",
        zorder=2 if drawn.is_master else 3,
    )  # fmt: skip
    line.set_gid(f"profit:{drawn.line.name}")
    axes.plot(xs[-1:], values[-1:], color=ink, marker="o", markersize=13, clip_on=False, zorder=4)


def _table(accounts: Sequence[_Drawn]) -> tuple[list[str], list[Line]]:
    counted = any(each.counts is not None for each in accounts)
    missed = any(each.counts is not None and each.counts.missed for each in accounts)
    headings = ["P&L", "booked", "open", "fall"]
    if counted:
        headings += ["copied", "skipped", "refused"] + (["missed"] if missed else [])
    width = 9 if missed else 10
    lines = [
        Line(
            name=each.line.name,
            swatch=each.swatch,
            cells=(
                _money(number_of(each.line.total), width),
                _money(number_of(each.line.realised), width),
                _money(number_of(each.line.unrealised), width),
                _money(each.fall, width),
                *(_counts(each.counts, missed=missed) if counted else ()),
            ),
        )
        for each in accounts
    ]
    return headings, lines


def _money(value: float | None, width: int) -> Cell:
    return Cell(text=signed_rupees(value, width=width), ink=inks.of_amount(value))


def _counts(counts: CopyCounts | None, *, missed: bool) -> Iterator[Cell]:
    if counts is None:
        yield from [Cell(text="")] * (4 if missed else 3)
        return
    yield Cell(text=f"{counts.copied:,}")
    yield Cell(text=f"{counts.skipped:,}", ink=inks.DOUBT if counts.skipped else inks.QUIET)
    yield Cell(text=f"{counts.rejected:,}", ink=inks.LOSS if counts.rejected else inks.QUIET)
    if missed:
        yield Cell(text=f"{counts.missed:,}", ink=inks.LOSS if counts.missed else inks.QUIET)


def _write_empty(sheet: Sheet, accounts: Sequence[_Drawn], *, y: float) -> None:
    if not any(each.points for each in accounts):
        middle = (_LEFT + WIDTH - EDGE) / 2
        sheet.write(middle, y, "nothing to draw yet", Font(size=32, ink=inks.QUIET), align="center")


def _write_together(sheet: Sheet, card: DayCard) -> None:
    """Write what the followers made together, where all of it is known, at the right of the heading."""
    totals = [number_of(line.total) for line in card.followers]
    known = [total for total in totals if total is not None]
    if not known or len(known) < len(totals):
        return
    total = round(sum(known))
    right = WIDTH - EDGE
    font = Font(size=38, ink=inks.of_amount(total), bold=True)
    text = signed_rupees(total, width=12)
    # The sign goes before the rupee, as in the texts of the chat.
    text = f"{text[0]}₹{text[1:]}" if total else f"₹{text}"
    sheet.write(right, 60, text, font, align="right")
    of_whom = card.followers[0].name if len(known) == 1 else f"{len(known)} followers"
    sheet.write(right, 112, sheet.fitted(of_whom, 400), QUIET, align="right")


def _write_foot(sheet: Sheet, left_out: int) -> None:
    rest = f" · {more(left_out, 'account')} not shown" if left_out else ""
    sheet.write(EDGE, _BOTTOM - SMALL / 2, f"Rupees, Indian time{rest}", QUIET)
