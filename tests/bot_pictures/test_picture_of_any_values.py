"""Whatever the values are, a picture is drawn."""

import logging
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.pictures.drawing.draw import draw
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

OPENS = datetime(2026, 11, 27, 9, 15, tzinfo=IST)

NAMES = st.text(max_size=60)
RUPEES = st.one_of(
    st.decimals(min_value=-(10**13), max_value=10**13, places=2),
    st.sampled_from([Decimal(0), Decimal("NaN"), Decimal("Infinity"), Decimal("1e300")]),
)
MOMENTS = st.integers(0, 9 * 86_400).map(lambda s: OPENS + timedelta(seconds=s - 7 * 86_400))
HEADINGS = st.builds(
    lambda venue, day, days: Heading(
        venue=venue, first_day=day, last_day=day + timedelta(days=days)
    ),
    st.sampled_from(Venue),
    st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    st.integers(0, 31),
)
LINES = st.builds(
    ProfitLine,
    name=NAMES,
    points=st.lists(st.tuples(MOMENTS, RUPEES), max_size=5).map(tuple),
    realised=st.none() | RUPEES,
    unrealised=st.none() | RUPEES,
)
WHOLE = st.integers(0, 10**7)
COUNTS = st.builds(
    CopyCounts, name=NAMES, copied=WHOLE, skipped=WHOLE, rejected=WHOLE, missed=WHOLE
)
FOLLOWERS = {"max_size": 13}
LAGS = st.floats(0, 1e12) | st.sampled_from([float("nan"), float("inf"), -1.0, 0.0])
PRICES = st.decimals(min_value=0, max_value=10**9, places=4) | st.just(Decimal(0))


@st.composite
def heat_tables(pick: st.DrawFn) -> HeatTable:
    names = pick(st.lists(NAMES, max_size=13))
    cells = st.builds(
        HeatCell,
        units=st.none() | st.integers(-(10**12), 10**12),
        profit=st.none() | RUPEES,
        drift=st.integers(-100, 100),
    )
    row = st.builds(
        HeatRow,
        symbol=NAMES,
        note=NAMES,
        cells=st.lists(cells, min_size=1 + len(names), max_size=1 + len(names)).map(tuple),
    )
    rows = pick(st.lists(row, max_size=4)) * pick(st.sampled_from([1, 20]))
    return HeatTable(
        heading=pick(HEADINGS), at=pick(MOMENTS), followers=tuple(names), rows=tuple(rows)
    )


PICTURES: st.SearchStrategy[Picture] = st.one_of(
    st.builds(
        DayCard,
        heading=HEADINGS,
        begin=MOMENTS,
        end=MOMENTS,
        master=st.none() | LINES,
        followers=st.lists(LINES, **FOLLOWERS).map(tuple),
        counts=st.lists(COUNTS, **FOLLOWERS).map(tuple),
    ),
    st.builds(
        LagHistogram,
        heading=HEADINGS,
        followers=st.lists(
            st.builds(FollowerLags, name=NAMES, milliseconds=st.lists(LAGS, max_size=5).map(tuple)),
            **FOLLOWERS,
        ).map(tuple),
        measured=NAMES,
    ),
    st.builds(
        SlippageScatter,
        heading=HEADINGS,
        followers=st.lists(
            st.builds(
                FollowerSlippage,
                name=NAMES,
                points=st.lists(
                    st.builds(
                        SlippagePoint,
                        symbol=NAMES,
                        side=st.sampled_from(Side),
                        master_price=PRICES,
                        follower_price=PRICES,
                        units=st.integers(1, 10**9),
                    ),
                    max_size=4,
                ).map(tuple),
            ),
            **FOLLOWERS,
        ).map(tuple),
    ),
    heat_tables(),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(PICTURES)
def test_no_value_makes_a_drawing_fail(picture: Picture) -> None:
    # Its log tells of every glyph of a font search.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    assert draw(picture).startswith(b"\x89PNG")
