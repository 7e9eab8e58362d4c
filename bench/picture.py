"""The figures as one picture: how long each takes by number of followers, on logarithmic scales."""

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.accounts import Client
from bench.figures import FLOORS, Figure, Row
from bench.report import NAMES
from bench.result import Result

#: Pixels, and dots an inch at which a point of type is a pixel.
_WIDTH, _HEIGHT, _DPI = 1200, 800, 72
#: Colours that the colour-blind tell apart. Source: Okabe and Ito, "Color Universal Design", 2008.
_INKS = {
    Client.PROGRAM: "#0072B2",
    Client.FLOOR: "#8A8A8A",
    Client.FLOOR_COMMIT: "#555555",
    Client.AIOHTTP: "#009E73",
    Client.THREADS: "#E69F00",
    Client.LOOP: "#D55E00",
}
_INK, _QUIET, _GRID = "#222222", "#666666", "#E4E4E4"
_LARGE, _PLAIN, _SMALL = 28, 20, 16
#: Part of the height that a label beside a line needs.
_LABEL = 0.058


def draw(result: Result, path: Path) -> None:
    """Draw the rows of the longest delay, which are nearest to a broker far away.

    Args:
        result: What was measured.
        path: Takes a PNG.

    Raises:
        OSError: It cannot be written.
    """
    # It tells of its cache of fonts as it is imported, which belongs to no measurement.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # Only now: nothing that is measured waits for it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: PLC0415

    delay_ms = max(row.cell.delay_ms for row in result.rows)
    rows = [row for row in result.rows if row.cell.delay_ms == delay_ms]
    numbers = [row.cell.followers for row in rows]
    canvas = Canvas(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(canvas)
    axes = canvas.add_axes((0.085, 0.14, 0.60, 0.68))
    axes.set_xscale("log")
    axes.set_yscale("log")
    for client in result.options.clients:
        figures = [row.figures[client] for row in rows]
        ours = client is Client.PROGRAM
        axes.plot(
            numbers, [figure.median_ms for figure in figures], color=_INKS[client],
            linewidth=5 if ours else 3, marker="o", markersize=11 if ours else 8,
            linestyle="--" if client in FLOORS else "-", zorder=3 if ours else 2,
        )  # fmt: skip
        axes.fill_between(
            numbers, [figure.p10_ms for figure in figures], [figure.p90_ms for figure in figures],
            color=_INKS[client], alpha=0.15, linewidth=0,
        )  # fmt: skip
    axes.xaxis.set_major_locator(FixedLocator(numbers))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _time(value)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.tick_params(labelsize=_PLAIN, colors=_QUIET, length=0, pad=8)
    axes.grid(color=_GRID, linewidth=1.5)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("followers", fontsize=_PLAIN, color=_QUIET, labelpad=10)
    low, high = (math.log(limit) for limit in axes.get_ylim())
    for client, place in _label_places(rows[-1].figures, low, high).items():
        axes.text(
            1.03, place, f"{NAMES[client]}\n{_label(rows[-1], client)}", fontsize=_SMALL,
            color=_INKS[client], transform=axes.transAxes, va="center", linespacing=1.2,
            fontweight="bold" if client is Client.PROGRAM else "normal",
        )  # fmt: skip
    write = canvas.text
    write(0.03, 0.945, "From the master's order to the last follower's on the wire",
          fontsize=_LARGE, color=_INK, fontweight="bold", va="center")  # fmt: skip
    write(0.03, 0.885, f"Median of interleaved rounds, 10th to 90th percentile shaded; TLS, broker answers after"
          f" {delay_ms:g} ms", fontsize=_SMALL + 2, color=_QUIET, va="center")  # fmt: skip
    write(0.03, 0.03, _footer(result), fontsize=_SMALL, color=_QUIET, va="center")
    canvas.savefig(path, format="png", dpi=_DPI)


def _label(row: Row, client: Client) -> str:
    median = _time(row.figures[client].median_ms)
    at = f"{median} at {row.cell.followers}"
    if client is Client.PROGRAM:
        return f"{at}, {row.times_floor:.3g}x the floor"
    times = row.times_program[client]
    if client in FLOORS:
        return at
    return f"{at}, {times:.3g}x as long" if times >= 1 else f"{at}, quicker ({times:.2g}x)"


def _label_places(figures: Mapping[Client, Figure], low: float, high: float) -> dict[Client, float]:
    """Return how high each label stands, 0 to 1, beside the end of its line and off the others."""
    ends = sorted(
        ((math.log(figure.median_ms) - low) / (high - low), client)
        for client, figure in figures.items()
    )
    heights = [height for height, _ in ends]
    clients = [client for _, client in ends]
    return dict(zip(clients, _apart(heights), strict=True))


def _apart(heights: Sequence[float]) -> list[float]:
    """Return rising heights moved as little as leaves :data:`_LABEL` * 2 lines between them."""
    room = 2 * _LABEL
    places = list(heights)
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + room)
    over = max(0.0, places[-1] - 1.0)
    places[-1] -= over
    for index in range(len(places) - 2, -1, -1):
        places[index] = min(places[index], places[index + 1] - room)
    return places


def _footer(result: Result) -> str:
    machine = result.machine
    return (
        f"{machine.processor}, {machine.cores} cores, Python {machine.python}; fdatasync"
        f" {machine.fdatasync_us:.0f} us, load {result.load:.1f}, stolen {result.stolen:.1%};"
        f" {result.began_at:%Y-%m-%d}. Compare within one picture only."
    )


def _time(ms: float) -> str:
    """Return a time as a reader says it."""
    if ms >= 1000:
        return f"{ms / 1000:.3g} s"
    return f"{ms:.3g} ms" if ms >= 0.1 else f"{ms * 1000:.3g} us"
