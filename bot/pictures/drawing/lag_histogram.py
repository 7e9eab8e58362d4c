"""The lag histogram: how long copies took, a strip for each follower on one scale of time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bot.pictures.drawing import inks
from bot.pictures.drawing.amounts import milliseconds
from bot.pictures.drawing.sheet import EDGE, HEIGHT, QUIET, WIDTH, Font, Sheet, finite, more
from bot.pictures.values import FollowerLags, LagHistogram
from engine.core.chat.reading import lag_percentile

#: Pixels from the top of the sheet, and heights.
_TOP, _BOTTOM, _TEXT, _LEAST_STRIP, _MOST_STRIP = 210, HEIGHT - 84, 40, 94, 420
_BINS = 48
#: Milliseconds. Less is drawn as this: a scale of powers has no zero.
_SHORTEST = 1.0
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 300_000)
_MOST_TICKS = 7
#: Of the scale's length: a mark nearer to an end has no room for its label before the edge of the sheet.
_LABEL_ROOM = 0.02
#: Per cent, the dashes of its line, and its ink.
_LINES: tuple[tuple[int, inks.Dashes, str], ...] = (
    (50, "solid", inks.INK),
    (95, (0, (3, 1.2)), inks.DOUBT),
    (99, (0, (1, 0.8)), inks.LOSS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strip:
    name: str
    ink: str
    lags: tuple[float, ...]

    def percentile(self, percent: int) -> int | None:
        """Return milliseconds, by the same rule as the status card."""
        return lag_percentile([round(lag) for lag in self.lags], percent)


def draw_lag_histogram(picture: LagHistogram) -> Sheet:
    """Return the sheet, drawn."""
    sheet = Sheet(picture.heading, "Copy lag")
    most = int((_BOTTOM - _TOP) // _LEAST_STRIP)
    strips = [_strip(number, each) for number, each in enumerate(picture.followers[:most])]
    left_out = len(picture.followers) - len(strips)
    edges = _edges([lag for each in strips for lag in each.lags])
    _write_key(sheet)
    step = min(_MOST_STRIP, (_BOTTOM - _TOP) / max(1, len(strips)))
    bottom = _TOP + step * len(strips)
    for number, strip in enumerate(strips):
        top = _TOP + step * number
        axes = sheet.axes(left=EDGE, top=top + _TEXT, right=WIDTH - EDGE, bottom=top + step - 10)
        _draw(axes, strip, edges, is_last=number == len(strips) - 1)
        _write_strip(sheet, strip, top + _TEXT / 2)
    if not strips:
        middle = Font(size=32, ink=inks.QUIET)
        sheet.write(WIDTH / 2, HEIGHT / 2, "no followers", middle, align="center")
        bottom = HEIGHT - 120
    note = picture.measured + (f" · {more(left_out, 'follower')}" if left_out else "")
    sheet.write_fitted(EDGE, min(HEIGHT - 26, bottom + 66), note, QUIET, width=WIDTH - 2 * EDGE)
    return sheet


def _strip(number: int, follower: FollowerLags) -> _Strip:
    known = (finite(lag) for lag in follower.milliseconds)
    return _Strip(
        name=follower.name,
        ink=inks.of_follower(number)[0],
        lags=tuple(max(0.0, lag) for lag in known if lag is not None),
    )


def _edges(lags: Sequence[float]) -> list[float]:
    """Return the edges of bars of equal width on a scale of powers, the same for all followers."""
    low = max(_SHORTEST, min(lags, default=10.0)) / 1.3
    high = max(_SHORTEST, max(lags, default=1000.0)) * 1.3
    middle = math.sqrt(low * high)
    # At least one power of ten: near lags must look near.
    low, high = min(low, middle / math.sqrt(10)), max(high, middle * math.sqrt(10))
    return [low * (high / low) ** (number / _BINS) for number in range(_BINS + 1)]


def _draw(axes: Axes, strip: _Strip, edges: Sequence[float], *, is_last: bool) -> None:
    axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.yaxis.set_major_locator(NullLocator())
    axes.xaxis.set_minor_locator(NullLocator())
    ticks = [tick for tick in _TICKS if _has_room(tick, edges)]
    ticks = ticks[:: -(-len(ticks) // _MOST_TICKS) or 1]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([_tick(tick) for tick in ticks]))
    axes.tick_params(axis="x", labelbottom=is_last)
    axes.grid(visible=True, axis="x", color=inks.RULE, linewidth=1)
    if not strip.lags:
        return
    _, _, bars = axes.hist(
        [max(_SHORTEST, lag) for lag in strip.lags], bins=list(edges), color=strip.ink
    )
    axes.set_ylim(0, max(bar.get_height() for bar in bars) * 1.12)  # type: ignore[union-attr]
    for percent, dashes, ink in _LINES:
        at = max(_SHORTEST, strip.percentile(percent) or 0)
        # A dark seam round the line, so that it is seen before the bars too.
        axes.axvline(at, color=inks.GROUND, linewidth=8)
        line = axes.axvline(at, color=ink, linewidth=4, linestyle=dashes)
        line.set_gid(f"p{percent}:{strip.name}")


def _has_room(tick: int, edges: Sequence[float]) -> bool:
    """Return whether a mark is on the scale and its label ends on the sheet."""
    along = math.log(tick / edges[0]) / math.log(edges[-1] / edges[0])
    return _LABEL_ROOM <= along <= 1 - _LABEL_ROOM


def _tick(value: int) -> str:
    if value < 1000:
        return f"{value} ms"
    return f"{value // 1000} s" if value < 60_000 else f"{value // 60_000} min"


def _write_key(sheet: Sheet) -> None:
    x = float(EDGE)
    for percent, dashes, ink in _LINES:
        sheet.rule(x, 168, length=56, ink=ink, dashes=dashes)
        label = f"p{percent}: {percent} of 100"
        sheet.write(x + 68, 168, label, Font(ink=ink))
        x += 68 + sheet.measure(label) + 30
    sheet.write(WIDTH - EDGE, 112, "copies took this long at most", QUIET, align="right")


def _write_strip(sheet: Sheet, strip: _Strip, y: float) -> None:
    name = Font(ink=strip.ink, bold=True)
    if not strip.lags:
        sheet.write_fitted(EDGE, y, strip.name, name, width=500)
        sheet.write(WIDTH - EDGE, y, "no copies", QUIET, align="right")
        return
    x = float(WIDTH - EDGE)
    for percent, _, ink in reversed(_LINES):
        text = milliseconds(strip.percentile(percent))
        sheet.write(x, y, text, Font(ink=ink, bold=True), align="right")
        x -= max(150.0, sheet.measure(text, Font(bold=True)) + 24)
    copies = f"{len(strip.lags):,} " + ("copy" if len(strip.lags) == 1 else "copies")
    sheet.write(x, y, copies, QUIET, align="right")
    sheet.write_fitted(EDGE, y, strip.name, name, width=x - sheet.measure(copies) - 24 - EDGE)
