"""One portrait sheet for a phone, measured in pixels from its top left corner."""

import io
import math
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import get_data_path
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

from bot.pictures.drawing import inks
from bot.pictures.values import Heading
from engine.core.values.market import Venue

#: Pixels. Portrait, so that it fills a phone held upright.
WIDTH, HEIGHT, EDGE = 1000, 1250, 32
#: Pixels. Nothing is written smaller: a phone shows the sheet at well under half its size.
SMALL, TITLE = 22, 42
#: With 72 dots an inch, a point is a pixel.
_DPI = 72
_ELLIPSIS = "…"
Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """How a text is written; sizes in pixels."""

    size: float = SMALL
    ink: str = inks.INK
    bold: bool = False


PLAIN = Font()
QUIET = Font(ink=inks.QUIET)


class Sheet:
    """A figure of :data:`WIDTH` by :data:`HEIGHT` pixels with the heading that all pictures have.

    Args:
        heading: The mode and the days.
        what: What the picture shows, in a few words.
    """

    def __init__(self, heading: Heading, what: str) -> None:
        self.figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=inks.GROUND)
        self._canvas = FigureCanvasAgg(self.figure)
        self._shown = HEIGHT
        self._write_heading(heading, what)

    def write(
        self, x: float, y: float, text: str, font: Font = PLAIN, *, align: Align = "left"
    ) -> None:
        """Write a line whose middle is ``y`` pixels below the top edge."""
        self.figure.text(
            x / WIDTH,
            1 - y / HEIGHT,
            clean(text),
            fontsize=font.size,
            color=font.ink,
            fontweight="bold" if font.bold else "normal",
            ha=align,
            va="center_baseline",
            parse_math=False,
        )

    def write_fitted(
        self, x: float, y: float, text: str, font: Font = PLAIN, *, width: float
    ) -> None:
        """Write a line, shortened in its middle to ``width`` pixels."""
        self.write(x, y, self.fitted(text, width, font), font)

    def write_upright(self, x: float, y: float, text: str, font: Font = PLAIN) -> None:
        """Write a line that runs upward from ``y``, in the middle of ``x``."""
        self.figure.text(
            x / WIDTH,
            1 - y / HEIGHT,
            clean(text),
            fontsize=font.size,
            color=font.ink,
            fontweight="bold" if font.bold else "normal",
            ha="center",
            va="bottom",
            rotation=90,
            parse_math=False,
        )

    def measure(self, text: str, font: Font = PLAIN) -> float:
        """Return the width of a line in pixels."""
        face = _face(bold=font.bold)
        face.set_size(font.size, _DPI)
        face.set_text(clean(text), 0.0)
        return float(face.get_width_height()[0]) / 64

    def fitted(self, text: str, width: float, font: Font = PLAIN) -> str:
        """Return a text of at most ``width`` pixels: its middle goes, as both ends tell most."""
        text = clean(text)
        # No more than this can ever fit, so that measuring stays cheap.
        most = max(1, int(width / (font.size * 0.2)))
        if len(text) <= most and self.measure(text, font) <= width:
            return text
        for kept in range(min(most, len(text) - 1), 0, -1):
            head = (kept + 1) // 2
            short = text[:head] + _ELLIPSIS + text[len(text) - (kept - head) :]
            if self.measure(short, font) <= width:
                return short
        return _ELLIPSIS

    def axes(self, *, left: float, top: float, right: float, bottom: float) -> Axes:
        """Return axes between these pixels, with the inks of the sheet."""
        axes = self.figure.add_axes(
            (
                left / WIDTH,
                1 - bottom / HEIGHT,
                max(1.0, right - left) / WIDTH,
                max(1.0, bottom - top) / HEIGHT,
            ),
            facecolor=inks.PANEL,
        )
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(labelsize=SMALL, colors=inks.QUIET, length=0, pad=8)
        axes.set_axisbelow(True)
        return axes

    def rule(
        self,
        x: float,
        y: float,
        *,
        length: float,
        ink: str,
        dashes: inks.Dashes,
    ) -> None:
        """Draw a piece of a line, as a key to a chart."""
        self.figure.add_artist(
            Line2D(
                [x / WIDTH, (x + length) / WIDTH],
                [1 - y / HEIGHT] * 2,
                color=ink,
                linewidth=6,
                linestyle=dashes,
                transform=self.figure.transFigure,
            )
        )

    def fill(self, *, left: float, top: float, right: float, bottom: float, ink: str) -> None:
        """Fill a rectangle behind everything else."""
        self.figure.add_artist(
            Rectangle(
                (left / WIDTH, 1 - bottom / HEIGHT),
                (right - left) / WIDTH,
                (bottom - top) / HEIGHT,
                facecolor=ink,
                edgecolor="none",
                transform=self.figure.transFigure,
                zorder=0.5,
            )
        )

    def png(self) -> bytes:
        """Return the sheet as an opaque PNG."""
        self._canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(self._canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        drawn = Image.fromarray(pixels).convert("RGB")
        target = io.BytesIO()
        drawn.crop((0, 0, WIDTH, self._shown)).save(target, "PNG")
        return target.getvalue()

    def crop(self, height: float) -> None:
        """Leave away what is below ``height`` pixels, down to a square: a phone shows that as wide."""
        self._shown = min(HEIGHT, max(WIDTH, round(height)))

    def _write_heading(self, heading: Heading, what: str) -> None:
        live = heading.venue is Venue.LIVE
        mode, font = heading.venue.value.upper(), Font(size=30, ink=inks.GROUND, bold=True)
        width = self.measure(mode, font)
        self.figure.add_artist(
            FancyBboxPatch(
                ((EDGE + 14) / WIDTH, 1 - 74 / HEIGHT),
                width / WIDTH,
                28 / HEIGHT,
                boxstyle=f"round,pad={12 / WIDTH},rounding_size={10 / WIDTH}",
                mutation_aspect=WIDTH / HEIGHT,
                facecolor=inks.LOSS if live else inks.FOLLOWERS[0],
                edgecolor="none",
                transform=self.figure.transFigure,
            )
        )
        self.write(EDGE + 14, 60, mode, font)
        title = Font(size=TITLE, bold=True)
        self.write_fitted(EDGE + width + 50, 60, what, title, width=WIDTH - EDGE * 2 - width - 50)
        self.write(EDGE, 112, days(heading), Font(size=28, ink=inks.QUIET))


def days(heading: Heading) -> str:
    """Return ``Fri 27 Nov 2026``, or both ends of several days."""
    first, last = heading.first_day, heading.last_day
    return _day(last) if first == last else f"{_day(first)} to {_day(last)}"


def more(number: int, what: str) -> str:
    """Return how many are not shown: ``1 more follower``."""
    return f"{number} more {what}{'' if number == 1 else 's'}"


def finite(number: float | None) -> float | None:
    """Return a number that can be drawn; None for none, and for what is no number."""
    if number is None or math.isnan(number):
        return None
    return max(-1e15, min(1e15, number))


def clean(text: str) -> str:
    """Return a text on one line without signs that the font does not have."""
    known = _signs()
    return "".join(c if ord(c) in known and c.isprintable() else "?" for c in text)


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


@cache
def _face(*, bold: bool) -> FT2Font:
    """Return the font that comes with matplotlib: it has the sign of the rupee."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FT2Font(str(Path(get_data_path(), "fonts", "ttf", name)))


@cache
def _signs() -> frozenset[int]:
    return frozenset(_face(bold=False).get_charmap()) & frozenset(_face(bold=True).get_charmap())
