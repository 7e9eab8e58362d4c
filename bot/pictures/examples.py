"""Writes one example of each picture, and the hard cases: ``python -m bot.pictures.examples DIR``."""

import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from bot.pictures.values import (
    CopyCounts,
    DayCard,
    FollowerLags,
    FollowerSlippage,
    Heading,
    HeatCell,
    HeatRow,
    HeatTable,
    LagHistogram,
    Picture,
    ProfitLine,
    SlippagePoint,
    SlippageScatter,
)
from engine.core.values.market import IST, Side, Venue

_OPENS = datetime(2026, 11, 27, 9, 15, tzinfo=IST)
_CLOSES = datetime(2026, 11, 27, 15, 30, tzinfo=IST)
_DAY = _OPENS.date()
_THREE = ("wife", "father", "huf")
_TEN = ("wife", "father", "huf", "brother_in_law", "office", "mother", "trust", "anu", "ravi", "x")
_HOSTILE = ("m&m_" + "very_long_name_" * 6, "<b>$\\frac{1}{0}$</b>", "क्ष😀\n\t")
_SYMBOLS = (
    "NIFTY26DEC24500CE", "NIFTY26DEC24500PE", "BANKNIFTY26DEC52000CE", "M&M", "J&KBANK", "SBIN",
    "RELIANCE", "BAJAJ-AUTO", "CRUDEOIL26DECFUT", "GOLDM26DECFUT", "USDINR26DECFUT", "INFY",
    "NIFTY26D0124400PE", "SENSEX26DEC82000CE", "TCS", "HDFCBANK", "ICICIBANK", "ITC", "LT",
    "TATAMOTORS", "AXISBANK", "MARUTI", "ONGC", "NTPC", "WIPRO", "TITAN", "COALINDIA", "BPCL",
)  # fmt: skip


def examples() -> Mapping[str, Picture]:
    """Return all examples by the name of their file."""
    return {
        "day-card": _day_card(_THREE, scale=900.0),
        "day-card-ten-followers-crores-lost": _day_card(_TEN, scale=9e5, drift=-0.4),
        "day-card-one-point": _one_point(),
        "day-card-empty": _flat_card(()),
        "day-card-all-zero": _flat_card(tuple((_OPENS + timedelta(hours=n), Decimal(0)) for n in range(6))),
        "day-card-hostile": _day_card(_HOSTILE, scale=40.0),
        "day-card-week": _week(),
        "lag-histogram": _lag_histogram(_THREE),
        "lag-histogram-ten-followers": _lag_histogram(_TEN),
        "lag-histogram-hostile": _hostile_lags(),
        "lag-histogram-empty": LagHistogram(heading=_heading(), followers=()),
        "slippage-scatter": _scatter(_THREE, copies=60),
        "slippage-scatter-ten-followers": _scatter(_TEN, copies=90),
        "slippage-scatter-one-copy": _scatter(("wife",), copies=1),
        "slippage-scatter-hostile": _scatter(_HOSTILE, copies=12, wild=True),
        "slippage-scatter-empty": _scatter(("wife", "father"), copies=0),
        "heat-table": _heat_table(_THREE, rows=9),
        "heat-table-ten-followers": _heat_table(_TEN, rows=28),
        "heat-table-hostile": _heat_table(_HOSTILE, rows=5, symbol="M&M" + "W" * 60),
        "heat-table-empty": HeatTable(heading=_heading(), at=_CLOSES, followers=_THREE, rows=()),
    }  # fmt: skip


def _heading(venue: Venue = Venue.LIVE, first: date = _DAY) -> Heading:
    return Heading(venue=venue, first_day=first, last_day=_DAY)


def _walk(scale: float, *, drift: float, seed: str) -> tuple[tuple[datetime, Decimal], ...]:
    rng, value, found = Random(seed), 0.0, []  # noqa: S311 - an example, no secret
    minutes = int((_CLOSES - _OPENS) / timedelta(minutes=1))
    for minute in range(minutes + 1):
        value += rng.gauss(scale * drift, scale)
        found.append((_OPENS + timedelta(minutes=minute), Decimal(round(value, 2))))
    return tuple(found)


def _line(
    name: str, *, scale: float, drift: float, seed: str, open_part: float = 0.2
) -> ProfitLine:
    points = _walk(scale, drift=drift, seed=seed)
    end = points[-1][1]
    still_open = (end * Decimal(open_part)).quantize(Decimal("0.01"))
    return ProfitLine(name=name, points=points, realised=end - still_open, unrealised=still_open)


def _day_card(names: Sequence[str], *, scale: float, drift: float = 0.06) -> DayCard:
    lines, counts = [], []
    for number, name in enumerate(names):
        # They follow, so they have his walk at their own size, but for the last, who missed some.
        seed = "master" if number < len(names) - 1 else name
        size = scale * (0.95 - 0.08 * number)
        lines.append(_line(name, scale=size, drift=drift, seed=seed, open_part=0.3 * (number % 3)))
        skipped, rejected = number % 4, number % 3 // 2
        counts.append(
            CopyCounts(
                name=name, copied=41 - skipped - rejected, skipped=skipped, rejected=rejected
            )
        )
    return DayCard(
        heading=_heading(),
        begin=_OPENS,
        end=_CLOSES,
        master=_line("master", scale=scale, drift=drift, seed="master"),
        followers=tuple(lines),
        counts=tuple(counts),
    )


def _one_point() -> DayCard:
    points = ((_OPENS + timedelta(minutes=3), Decimal("-1234.50")),)
    line = ProfitLine(name="wife", points=points, realised=None, unrealised=None)
    counts = (CopyCounts(name="wife", copied=1, skipped=0, rejected=0, missed=1),)
    return DayCard(
        heading=_heading(Venue.PAPER), begin=_OPENS, end=_CLOSES, master=None, followers=(line,),
        counts=counts,
    )  # fmt: skip


def _flat_card(points: tuple[tuple[datetime, Decimal], ...]) -> DayCard:
    known = Decimal(0) if points else None
    lines = [
        ProfitLine(name=name, points=points, realised=known, unrealised=known)
        for name in ("master", *_THREE)
    ]
    return DayCard(
        heading=_heading(Venue.PAPER), begin=_OPENS, end=_CLOSES, master=lines[0],
        followers=tuple(lines[1:]),
    )  # fmt: skip


def _week() -> DayCard:
    first = _OPENS - timedelta(days=4)
    lines = []
    for name, size in (("master", 1.0), ("wife", 0.9), ("father", 0.4)):
        rng, value, points = Random(f"week {name == 'father'}"), 0.0, []  # noqa: S311 - as above
        for day in range(5):
            for hour in range(7):
                value += rng.gauss(300, 2500) * size
                at = first + timedelta(days=day, minutes=60 * hour)
                points.append((at, Decimal(round(value))))
        lines.append(
            ProfitLine(
                name=name, points=tuple(points), realised=points[-1][1], unrealised=Decimal(0)
            )
        )
    counts = tuple(
        CopyCounts(name=name, copied=213, skipped=4, rejected=1, missed=2)
        for name in ("wife", "father")
    )
    return DayCard(
        heading=_heading(first=first.date()), begin=first, end=_CLOSES, master=lines[0],
        followers=tuple(lines[1:]), counts=counts,
    )  # fmt: skip


def _lag_histogram(names: Sequence[str]) -> LagHistogram:
    followers = []
    for number, name in enumerate(names):
        rng = Random(name)  # noqa: S311 - as above
        lags = [
            rng.lognormvariate(math.log(118 + 9 * number), 0.28) + 900 * (rng.random() < 0.015)
            for _ in range(180)
        ]
        followers.append(FollowerLags(name=name, milliseconds=tuple(lags)))
    return LagHistogram(heading=_heading(), followers=tuple(followers))


def _hostile_lags() -> LagHistogram:
    lags = ((0.0, 0.0, 0.0), (118.0,), (3.0, 45.0, 140.0, 9_999_999.0))
    return LagHistogram(
        heading=_heading(Venue.PAPER),
        followers=tuple(
            FollowerLags(name=name, milliseconds=one)
            for name, one in zip((*_HOSTILE, "empty"), (*lags, ()), strict=True)
        ),
    )


def _scatter(names: Sequence[str], *, copies: int, wild: bool = False) -> SlippageScatter:
    followers = []
    for name in names:
        rng, points = Random(f"slip {name}"), []  # noqa: S311 - as above
        for number in range(copies):
            price = math.exp(rng.uniform(math.log(4), math.log(3200)))
            # A tick or two of 5 paise, which is much of a cheap option and little of a share.
            off = 0.05 * rng.choice((-1, 0, 0, 1, 1, 2, 3)) + price * rng.gauss(0.0002, 0.0003)
            if wild:
                price, off = 10 ** rng.uniform(-2, 7), 10 ** rng.uniform(-2, 7)
            side = Side.BUY if number % 2 else Side.SELL
            points.append(
                SlippagePoint(
                    symbol="M&M",
                    side=side,
                    master_price=Decimal(round(price, 2)),
                    follower_price=Decimal(round(price + off * side.sign, 2)),
                    units=75,
                )
            )
        followers.append(FollowerSlippage(name=name, points=tuple(points)))
    return SlippageScatter(heading=_heading(), followers=tuple(followers))


def _heat_table(names: Sequence[str], *, rows: int, symbol: str = "") -> HeatTable:
    rng = Random(f"heat {len(names)}")  # noqa: S311 - as above
    found = []
    for number in range(rows):
        size, gain = 75 * rng.choice((-4, -2, -1, 1, 2, 24)), rng.gauss(0, 9000)
        cells = [HeatCell(units=size, profit=Decimal(round(gain)))]
        for follower in range(len(names)):
            share = 1 - 0.07 * follower
            held = int(size * share) if (number + follower) % 7 else 0
            profit = Decimal(round(gain * share)) if held else Decimal(0)
            drift = 75 if (number * 3 + follower) % 17 == 5 else 0
            cells.append(HeatCell(units=held, profit=profit, drift=drift))
        if number == 2:
            cells[-1] = HeatCell(units=None)
        name = symbol or _SYMBOLS[number % len(_SYMBOLS)]
        note = _listed_as(name)
        found.append(HeatRow(symbol=name, note=note, cells=tuple(cells)))
    return HeatTable(
        heading=_heading(), at=_CLOSES - timedelta(hours=2), followers=tuple(names),
        rows=tuple(found),
    )  # fmt: skip


def _listed_as(symbol: str) -> str:
    if not any(each.isdigit() for each in symbol):
        return "NSE MIS"
    segments = {"CRUDEOIL": "MCX", "GOLD": "MCX", "USDINR": "CDS", "SENSEX": "BFO"}
    known = (segment for begins, segment in segments.items() if symbol.startswith(begins))
    return f"{next(known, 'NFO')} NRML"


def _write(folder: Path) -> None:
    # Only when it is run as a program: whoever imports the examples may not want matplotlib.
    from bot.pictures.drawing.draw import draw  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in examples().items():
        (folder / f"{name}.png").write_bytes(draw(picture))


if __name__ == "__main__":
    _write(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"))
