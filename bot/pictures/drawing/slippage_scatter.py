"""The slippage scatter: each copy's price against the master's, in basis points, worse is up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bot.pictures.drawing import inks
from bot.pictures.drawing.amounts import basis_points, number_of, price_tick, signed_rupees
from bot.pictures.drawing.columns import Cell, Line, draw_columns, fitting, height
from bot.pictures.drawing.sheet import EDGE, HEIGHT, QUIET, SMALL, WIDTH, Font, Sheet, finite, more
from bot.pictures.values import FollowerSlippage, SlippageScatter
from engine.core.values.market import Side

#: Pixels from the top of the sheet, and heights.
_TOP, _BOTTOM, _TABLE_MOST, _FOOT, _LEFT, _PRICES = 196, HEIGHT - 24, 480, 40, 130, 100
#: Basis points that are always seen, so that a tick does not look like a disaster, and the most:
#: copies beyond stand at the edge of the scale.
_LEAST_REACH, _MOST_REACH = 20.0, 20_000.0
#: Basis points up to which the scale is even. Beyond, every power of ten takes the same room: one
#: tick is a hundred of a cheap option and half a one of a share, and both are to be seen.
_EVEN = 10.0
_BPS_TICKS = (5, 10, 20, 50, 100, 300, 1000, 3000, 10_000)
_TICKS = tuple(step * 10**power for power in range(-2, 9) for step in (1, 2, 5))
_MOST_TICKS, _MOST_BPS_TICKS = 7, 5
_MARKERS = {Side.BUY: "^", Side.SELL: "v"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dot:
    price: float
    bps: float
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cloud:
    """One follower's copies that can be drawn."""

    follower: FollowerSlippage
    number: int
    dots: tuple[_Dot, ...]


def draw_slippage_scatter(picture: SlippageScatter) -> Sheet:
    """Return the sheet, drawn."""
    sheet = Sheet(picture.heading, "Slippage")
    clouds = [_cloud(number, each) for number, each in enumerate(picture.followers)]
    dots = [dot for cloud in clouds for dot in cloud.dots]
    shown = clouds[: fitting(_TABLE_MOST)]
    table = _BOTTOM - _FOOT - height(len(shown), most=_TABLE_MOST)
    low = table - _PRICES
    axes = sheet.axes(left=_LEFT, top=_TOP, right=WIDTH - EDGE, bottom=low)
    reach = _reach([dot.bps for dot in dots])
    _rule(axes, dots, reach)
    for cloud in clouds:
        _draw(axes, cloud, reach)
    _write_key(sheet, low)
    if not dots:
        middle = Font(size=32, ink=inks.QUIET)
        sheet.write((_LEFT + WIDTH) / 2, (_TOP + low) / 2 - 40, "no copies", middle, align="center")
    headings = ["copies", "median", "worst", "cost, rupees"]
    draw_columns(
        sheet, headings, [_line(each) for each in shown], top=table, bottom=_BOTTOM - _FOOT
    )
    beyond = sum(abs(dot.bps) > reach for dot in dots)
    notes = ["bp: hundredths of a per cent"]
    notes += [f"{beyond} beyond the scale, at its edge"] if beyond else []
    notes += [more(len(clouds) - len(shown), "follower")] if len(clouds) > len(shown) else []
    sheet.write(EDGE, _BOTTOM - SMALL / 2, " · ".join(notes), QUIET)
    return sheet


def _cloud(number: int, follower: FollowerSlippage) -> _Cloud:
    dots = []
    for point in follower.points:
        price, mine = number_of(point.master_price), number_of(point.follower_price)
        if price is None or mine is None or price <= 0:
            continue
        bps = finite(point.bps)
        if bps is not None:
            dots.append(_Dot(price=price, bps=bps, side=point.side))
    return _Cloud(follower=follower, number=number, dots=tuple(dots))


def _reach(all_bps: Sequence[float]) -> float:
    """Return the basis points to which the scale goes both ways."""
    most = max((abs(bps) for bps in all_bps), default=0.0)
    return min(_MOST_REACH, max(_LEAST_REACH, 1.4 * most))


def _rule(axes: Axes, dots: Sequence[_Dot], reach: float) -> None:
    prices = [dot.price for dot in dots] or [100.0]
    # A power of two each way: there is a mark on the scale even of a single price.
    low, high = min(prices) / 2, max(prices) * 2
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    ticks = ticks[:: -(-len(ticks) // _MOST_TICKS) or 1]
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([price_tick(tick) for tick in ticks]))
    axes.set_yscale("symlog", linthresh=_EVEN, linscale=1.0)
    axes.set_ylim(-reach, reach)
    sizes = [tick for tick in _BPS_TICKS if tick <= reach]
    sizes = sizes[:: -(-len(sizes) // _MOST_BPS_TICKS) or 1]
    marks = [-size for size in reversed(sizes)] + [0, *sizes]
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(FixedLocator(marks))
    axes.yaxis.set_major_formatter(FixedFormatter([_tick(mark) for mark in marks]))
    axes.grid(visible=True, color=inks.RULE, linewidth=1)
    axes.axhspan(0, reach, color=inks.LOSS, alpha=0.08, linewidth=0)
    axes.axhspan(-reach, 0, color=inks.GAIN, alpha=0.08, linewidth=0)
    axes.axhline(0, color=inks.INK, linewidth=2.5)


def _draw(axes: Axes, cloud: _Cloud, reach: float) -> None:
    ink = inks.of_follower(cloud.number)[0]
    # Once the colours are used up, hollow ones tell the next followers apart.
    hollow = cloud.number >= len(inks.FOLLOWERS)
    for side, marker in _MARKERS.items():
        dots = [dot for dot in cloud.dots if dot.side is side]
        if dots:
            drawn = axes.scatter(
                [dot.price for dot in dots],
                [max(-reach, min(reach, dot.bps)) for dot in dots],
                s=_size(len(cloud.dots)),
                marker=marker,
                facecolors=inks.GROUND if hollow else ink,
                edgecolors=ink if hollow else inks.GROUND,
                linewidths=3 if hollow else 1.5,
                clip_on=False,
                zorder=3,
            )
            drawn.set_gid(f"{side}:{cloud.follower.name}")


def _size(copies: int) -> float:
    """Return the area of a mark, square pixels: many would hide each other."""
    return 420 if copies <= 10 else 190 if copies <= 100 else 100


def _write_key(sheet: Sheet, low: float) -> None:
    right = WIDTH - EDGE - 14
    sheet.write(right, _TOP + 26, "worse than the master", Font(ink=inks.LOSS), align="right")
    sheet.write(right, low - 26, "better than the master", Font(ink=inks.GAIN), align="right")
    sheet.write(WIDTH - EDGE, _TOP - 26, "▲ bought   ▼ sold", QUIET, align="right")
    sheet.write(EDGE, _TOP - 26, "bp of the master's price", QUIET)
    middle = (_LEFT + WIDTH - EDGE) / 2
    sheet.write(middle, low + 66, "master's price, rupees", QUIET, align="center")


def _line(cloud: _Cloud) -> Line:
    all_bps = [dot.bps for dot in cloud.dots]
    middle = median(all_bps) if all_bps else None
    worst = max(all_bps, default=None)
    cost = number_of(sum((point.cost for point in cloud.follower.points), Decimal(0)))
    known = bool(all_bps) and cost is not None
    return Line(
        name=cloud.follower.name,
        swatch=inks.of_follower(cloud.number),
        cells=(
            Cell(text=f"{len(all_bps):,}"),
            _slip(middle),
            _slip(worst),
            Cell(
                text=signed_rupees(cost, width=11) if known else "-",
                ink=inks.of_amount(-(cost or 0.0)) if known else inks.QUIET,
            ),
        ),
    )


def _slip(bps: float | None) -> Cell:
    if bps is None:
        return Cell(text="-", ink=inks.QUIET)
    return Cell(text=f"{basis_points(bps)} bp", ink=inks.of_amount(-bps))


def _tick(value: float) -> str:
    return "0" if value == 0 else basis_points(value).removesuffix(".0")
