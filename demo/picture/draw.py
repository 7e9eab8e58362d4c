"""Draws a chart with matplotlib into a PNG; imported only when a picture is made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

from demo.days.acting import Moment
from demo.exchange.wire import IST
from demo.picture.chart import Chart, Line, Mark, Missing, Panel

_DPI = 150
#: Inches.
_WIDTH, _ROW, _TOP, _BOTTOM, _SIDE, _GAP = 13.0, 1.75, 1.6, 0.55, 0.75, 0.62
_COLUMN_GAP, _NOTE_LINE = 0.8, 0.23
#: More panels than this stand in two columns.
_ONE_COLUMN = 5
#: Moments closer than this share of the width have one number.
_SAME_MOMENT = 0.012
#: Points between a panel and its title where the numbers of moments stand between them.
_ABOVE_NUMBERS = 13

_INK, _QUIET, _MASTER, _RULE = "#1b1f24", "#5d6670", "#c3c9d1", "#9aa3ad"
#: Told apart by people who see few colours. Source: Okabe and Ito, Color Universal Design, 2008.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6a51a3", "#000000")
_MEANING = {
    Missing.REFUSED: "refused by the broker",
    Missing.SKIPPED: "not copied, the chat says why",
}
#: Where the first follower's marks stand in a panel, how far below it the next one's, how much all
#: of them may take, and what is kept free below: parts of its height.
_FIRST_LANE, _LANE, _ALL_LANES, _BELOW_LANES = 0.91, 0.13, 0.45, 0.1
#: Seconds from one time label to the next, and how many there may be.
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_TIMES = 7


def save_picture(chart: Chart, path: Path) -> None:
    """Draw a chart and write it as a PNG.

    Raises:
        OSError: The file cannot be written.
    """
    figure = draw(chart)
    FigureCanvasAgg(figure)
    figure.savefig(path, format="png", dpi=_DPI)


def draw(chart: Chart) -> Figure:
    """Return the figure; every line's and mark's gid says what it is."""
    columns = 1 if len(chart.panels) <= _ONE_COLUMN else 2
    rows = -(-len(chart.panels) // columns)
    notes = _grouped(chart)
    bottom = _BOTTOM + _NOTE_LINE * len(notes) + (0.15 if notes else 0)
    height = _TOP + rows * _ROW + (rows - 1) * _GAP + bottom
    figure = Figure(figsize=(_WIDTH, height), facecolor="white")
    figure.subplots_adjust(
        left=_SIDE / _WIDTH,
        right=1 - 0.35 / _WIDTH,
        top=1 - _TOP / height,
        bottom=bottom / height,
        hspace=_GAP / _ROW,
        wspace=_COLUMN_GAP / ((_WIDTH - _SIDE - _COLUMN_GAP) / columns),
    )
    colours = dict(zip(chart.followers, _COLOURS, strict=False))
    for number, panel in enumerate(chart.panels, start=1):
        axes = figure.add_subplot(rows, columns, number)
        is_last = number + columns > len(chart.panels)
        _draw_panel(axes, panel, chart, colours)
        _write_panel_title(axes, panel, pad=_ABOVE_NUMBERS if notes and number <= columns else 6)
        _draw_time(axes, chart, is_last=is_last)
        _draw_moments(axes, chart, notes, numbered=number <= columns)
    _write_head(figure, chart, height)
    _write_legend(figure, chart, colours, height)
    for number, (_, text) in enumerate(notes, start=1):
        y = (bottom - _BOTTOM - _NOTE_LINE * (number - 0.6)) / height
        figure.text(_SIDE / _WIDTH, y, f"{number}  {text}", fontsize=10, color=_QUIET, va="center")
    return figure


def _draw_panel(axes: Axes, panel: Panel, chart: Chart, colours: dict[str, str]) -> None:
    axes.axhline(0, color=_RULE, linewidth=0.8, zorder=1).set_gid("zero")
    for line in panel.lines:
        _draw_line(axes, line, chart, colours)
    marked = [name for name in chart.followers if any(each.who == name for each in panel.marks)]
    lane = min(_LANE, _ALL_LANES / max(1, len(marked)))
    for mark in panel.marks:
        height = _FIRST_LANE - lane * marked.index(mark.who)
        _draw_mark(axes, mark, _x(chart, mark.at), height, colours[mark.who])
    _leave_room(axes, panel, _FIRST_LANE - lane * (len(marked) - 1) if marked else None)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.tick_params(labelsize=9, colors=_QUIET, length=3)
    axes.grid(visible=True, axis="y", color="#eceff2", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#ccd2d8")


def _write_panel_title(axes: Axes, panel: Panel, *, pad: float) -> None:
    exchange, symbol, product = panel.key
    axes.set_title(symbol, loc="left", fontsize=11, fontweight="bold", color=_INK, pad=pad)
    axes.set_title(f"{exchange} {product}", loc="right", fontsize=9.5, color=_QUIET, pad=pad)


def _leave_room(axes: Axes, panel: Panel, lowest_lane: float | None) -> None:
    """Scale a panel so that its lines stay clear of its edges and of the lanes of marks."""
    units = [value for line in panel.lines for _, value in line.points]
    low, high = min(units), max(units)
    span = (high - low) or 1
    bottom = low - 0.12 * span
    reach = 0.9 if lowest_lane is None else lowest_lane - _BELOW_LANES
    axes.set_ylim(bottom, bottom + (high - bottom) / reach)


def _draw_line(axes: Axes, line: Line, chart: Chart, colours: dict[str, str]) -> None:
    times = [at for at, _ in line.points] + [chart.end]
    units = [value for _, value in line.points] + [line.points[-1][1]]
    is_master = line.who == "master"
    (drawn,) = axes.plot(
        [_x(chart, at) for at in times],
        units,
        drawstyle="steps-post",
        color=_MASTER if is_master else colours[line.who],
        linewidth=6.0 if is_master else 1.8,
        solid_joinstyle="miter",
        solid_capstyle="butt",
        zorder=2 if is_master else 3,
    )
    drawn.set_gid(f"position:{line.who}")


def _draw_mark(axes: Axes, mark: Mark, x: float, y: float, colour: str) -> None:
    drawn = _marker(mark.kind, colour, x=x, y=y)
    drawn.set_transform(axes.get_xaxis_transform())
    drawn.set_gid(f"{mark.kind}:{mark.who}")
    axes.add_artist(drawn)


def _marker(kind: Missing, colour: str, *, x: float | None = None, y: float = 0.0) -> Line2D:
    """Return a mark, filled for a refusal and hollow for what was skipped; without x, for a legend."""
    is_refusal = kind is Missing.REFUSED
    return Line2D(
        [] if x is None else [x],
        [] if x is None else [y],
        linestyle="none",
        marker="X" if is_refusal else "o",
        markersize=9.0 if is_refusal else 8.0,
        markeredgewidth=0.6 if is_refusal else 1.7,
        markeredgecolor="white" if is_refusal else colour,
        markerfacecolor=colour if is_refusal else "white",
        zorder=5,
        label=_MEANING[kind],
    )


def _draw_time(axes: Axes, chart: Chart, *, is_last: bool) -> None:
    whole = _x(chart, chart.end)
    step = next((each for each in _TIME_STEPS if whole / each <= _MOST_TIMES), _TIME_STEPS[-1])
    begin = chart.begin.astimezone(IST)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -(-(begin - midnight).total_seconds() // step) * step
    times = [midnight + timedelta(seconds=first + step * number) for number in range(_MOST_TIMES)]
    shown = [at for at in times if at <= chart.end]
    axes.xaxis.set_major_locator(FixedLocator([_x(chart, at) for at in shown]))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{at:%H:%M:%S}" for at in shown]))
    axes.set_xlim(0, whole)
    axes.tick_params(axis="x", labelbottom=is_last)
    if is_last:
        axes.set_xlabel("Indian time", fontsize=9, color=_QUIET, labelpad=2)


def _draw_moments(
    axes: Axes, chart: Chart, notes: Sequence[tuple[datetime, str]], *, numbered: bool
) -> None:
    for number, (at, _) in enumerate(notes, start=1):
        x = _x(chart, at)
        drawn = axes.axvline(x, color=_RULE, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        drawn.set_gid(f"moment:{number}")
        if numbered:
            axes.text(
                x, 1.0, str(number), transform=axes.get_xaxis_transform(), fontsize=8.5,
                color="white", ha="center", va="center", zorder=6,
                bbox={"boxstyle": "circle,pad=0.22", "facecolor": _QUIET, "edgecolor": "none"},
            )  # fmt: skip


def _x(chart: Chart, at: datetime) -> float:
    """Return where a moment stands: seconds from the left edge."""
    return (at - chart.begin).total_seconds()


def _grouped(chart: Chart) -> list[tuple[datetime, str]]:
    """Return the moments, those that would stand on each other under one number."""
    near: timedelta = (chart.end - chart.begin) * _SAME_MOMENT
    found: list[tuple[datetime, str]] = []
    moment: Moment
    for moment in chart.moments:
        if found and moment.at - found[-1][0] <= near:
            at, text = found[-1]
            found[-1] = (at, f"{text}; {moment.text}")
        else:
            found.append((moment.at, moment.text))
    return found


def _write_head(figure: Figure, chart: Chart, height: float) -> None:
    left = _SIDE / _WIDTH
    figure.text(
        left,
        1 - 0.36 / height,
        chart.title,
        fontsize=17,
        fontweight="bold",
        color=_INK,
        va="center",
    )
    figure.text(left, 1 - 0.69 / height, chart.subtitle, fontsize=10.5, color=_QUIET, va="center")


def _write_legend(figure: Figure, chart: Chart, colours: dict[str, str], height: float) -> None:
    handles = [Line2D([], [], color=_MASTER, linewidth=6, label="master")]
    handles += [
        Line2D([], [], color=colours[name], linewidth=2.2, label=name) for name in chart.followers
    ]
    shown = {mark.kind for panel in chart.panels for mark in panel.marks}
    handles += [_marker(kind, _QUIET) for kind in Missing if kind in shown]
    figure.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(_SIDE / _WIDTH - 0.005, 1 - 1.0 / height),
        ncols=len(handles),
        frameon=False,
        fontsize=10,
        labelcolor=_INK,
        handlelength=1.8,
        columnspacing=2.0,
        borderpad=0,
    )
