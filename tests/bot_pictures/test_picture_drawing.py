"""A picture can be read, and shows what its values say."""

import io
import itertools
import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.text import Text
from PIL import Image

from bot.pictures.drawing import inks
from bot.pictures.drawing.amounts import signed_rupees, units
from bot.pictures.drawing.draw import draw, sheet_of
from bot.pictures.drawing.sheet import HEIGHT, SMALL, WIDTH, Sheet
from bot.pictures.examples import examples
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
    ProfitLine,
    SlippagePoint,
    SlippageScatter,
)
from engine.core.values.market import IST, Side, Venue

EXAMPLES = examples()
OPENS = datetime(2026, 11, 27, 9, 15, tzinfo=IST)


@pytest.fixture(scope="module")
def sheets() -> dict[str, Sheet]:
    return {name: sheet_of(picture) for name, picture in EXAMPLES.items()}


@cache
def boxes(sheet: Sheet) -> list[tuple[Text, tuple[float, float, float, float]]]:
    """Return every text that is seen with its left, bottom, right and top in pixels."""
    sheet.figure.canvas.draw()
    texts = list(sheet.figure.texts)
    for axes in sheet.figure.axes:
        texts += [
            label
            for axis in (axes.xaxis, axes.yaxis)
            for place, label in zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=False)
            if label.get_visible() and min(axis.get_view_interval()) <= place
            if place <= max(axis.get_view_interval())
        ]
    found = []
    for text in texts:
        extent = text.get_window_extent()
        found.append((text, (extent.x0, extent.y0, extent.x1, extent.y1)))
    return [(text, box) for text, box in found if text.get_text().strip()]


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_text_leaves_the_sheet_or_stands_on_another(sheets: dict[str, Sheet], name: str) -> None:
    found = boxes(sheets[name])
    for text, (left, low, right, high) in found:
        inside = left >= 0 and low >= 0 and right <= WIDTH and high <= HEIGHT
        assert inside, (
            f"{text.get_text()!r} stands at {left:.0f}..{right:.0f}, {low:.0f}..{high:.0f}"
        )
    for (one, a), (other, b) in itertools.combinations(found, 2):
        wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        # Boxes hold the room for descenders, so lines of a table may touch.
        assert wide <= 0 or tall <= 6, f"{one.get_text()!r} and {other.get_text()!r} overlap"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_text_can_be_read_on_a_phone(sheets: dict[str, Sheet], name: str) -> None:
    for text, _ in boxes(sheets[name]):
        assert text.get_fontsize() >= SMALL >= 22, text.get_text()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_picture_begins_with_the_mode_and_names_its_day(
    sheets: dict[str, Sheet], name: str
) -> None:
    said = [text.get_text() for text in sheets[name].figure.texts]
    assert said[0] == EXAMPLES[name].heading.venue.value.upper()
    assert any("27 Nov 2026" in text for text in said)


def test_a_picture_is_a_solid_portrait_png() -> None:
    for name, height in (
        ("day-card", 1250),
        ("heat-table-ten-followers", 1250),
        ("heat-table-hostile", 1000),
    ):
        image = Image.open(io.BytesIO(draw(EXAMPLES[name])))
        assert (image.format, image.size, image.mode) == ("PNG", (1000, height), "RGB")


SIZES = {"k": 1e3, "L": 1e5, "Cr": 1e7, " ms": 1, " s": 1e3, " min": 60e3, "": 1}


def said_number(text: str) -> float:
    text = text.replace(",", "").replace("\N{MINUS SIGN}", "-")
    found = re.fullmatch(r"([+-]?[\d.]+)(\D*)", text)
    assert found is not None, text
    return float(found[1]) * SIZES[found[2]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_scale_says_where_it_stands(sheets: dict[str, Sheet], name: str) -> None:
    boxes(sheets[name])
    for axes in sheets[name].figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = [
                (place, label.get_text())
                for place, label in zip(
                    axis.get_majorticklocs(), axis.get_ticklabels(), strict=False
                )
                if low <= place <= high and not re.search(r"\d:\d|[A-Z][a-z]{2}$", label.get_text())
            ]
            for place, text in shown:
                assert said_number(text) == pytest.approx(
                    place, abs=0.5 if abs(place) > 5 else 1e-9
                )
    last = sheets[name].figure.axes[-1:]
    assert all(any(label.get_text() for label in each.get_xticklabels()) for each in last)


@pytest.mark.parametrize(
    ("amount", "width", "text"),
    [
        (1_234_567, 10, "+12,34,567"),
        (-1_234_567, 7, "-12.35L"),
        (-100_000_000, 10, "-10.00Cr"),
        (0.3, 10, "0"),
        (None, 10, "?"),
    ],
)
def test_rupees_are_written_as_indian_traders_read_them(
    amount: float | None, width: int, text: str
) -> None:
    assert signed_rupees(amount, width=width).replace("\N{MINUS SIGN}", "-") == text


@given(st.integers(-(10**12), 10**12), st.integers(5, 12))
def test_units_are_never_off_by_more_than_the_rounding_shows(number: int, width: int) -> None:
    text = units(number, width=width)
    if "many" in text:
        assert abs(number) >= 10**8
        return
    decimals = len(text.rpartition(".")[2].rstrip("kLCr")) if "." in text else 0
    size = SIZES[text.lstrip("+\N{MINUS SIGN}0123456789.,")]
    assert abs(said_number(text) - number) <= (0 if size == 1 else size * 0.5 / 10**decimals + 1e-6)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_inks_are_told_from_the_ground_by_day_and_by_night() -> None:
    # 4.5 : 1 for text and 3 : 1 for lines (WCAG 2.1, 1.4.3 and 1.4.11).
    for ink in (inks.INK, inks.QUIET, inks.GAIN, inks.LOSS, inks.DOUBT):
        assert contrast(ink, inks.GROUND) >= 4.5
        assert contrast(ink, inks.PANEL) >= 4.5
    for ink in (*inks.FOLLOWERS, inks.MASTER):
        assert contrast(ink, inks.PANEL) >= 3
    assert len({inks.of_follower(number) for number in range(20)}) == 20


def line_of(axes: Axes, gid: str) -> list[tuple[float, float]]:
    (line,) = [each for each in axes.lines if each.get_gid() == gid]
    return [(float(x), float(y)) for x, y in line.get_xydata()]


def test_the_day_card_draws_each_profit_and_shades_what_is_below_the_high() -> None:
    points = tuple(
        (OPENS + timedelta(minutes=minute), Decimal(profit))
        for minute, profit in ((0, 0), (10, 500), (20, -200), (30, 100))
    )
    line = ProfitLine(name="wife", points=points, realised=Decimal(40), unrealised=Decimal(60))
    card = DayCard(
        heading=Heading(venue=Venue.PAPER, first_day=OPENS.date(), last_day=OPENS.date()),
        begin=OPENS,
        end=OPENS + timedelta(hours=1),
        master=None,
        followers=(line,),
        counts=(CopyCounts(name="wife", copied=12, skipped=3, rejected=1),),
    )
    sheet = sheet_of(card)
    upper, lower = sheet.figure.axes
    assert line_of(upper, "profit:wife") == [(0, 0), (600, 500), (1200, -200), (1800, 100)]
    (shade,) = [each for each in lower.collections if each.get_gid() == "drawdown:wife"]
    depth = min(float(y) for path in shade.get_paths() for _, y in path.vertices)
    assert depth == -700
    said = {text.get_text() for text in sheet.figure.texts}
    minus = "\N{MINUS SIGN}"
    assert {"+100", "+40", "+60", f"{minus}700", "12", "3", "1", "+₹100"} <= said


def test_the_lag_histogram_draws_the_percentiles_it_writes() -> None:
    lags = tuple(float(value) for value in range(1, 202))
    heading = Heading(venue=Venue.LIVE, first_day=OPENS.date(), last_day=OPENS.date())
    follower = FollowerLags(name="wife", milliseconds=lags)
    sheet = sheet_of(LagHistogram(heading=heading, followers=(follower,)))
    said = {text.get_text() for text in sheet.figure.texts}
    for percent, value in ((50, 101), (95, 191), (99, 199)):
        assert {x for x, _ in line_of(sheet.figure.axes[0], f"p{percent}:wife")} == {value}
        assert f"{value} ms" in said


@pytest.mark.parametrize("lag", [1, 3, 31.7, 32, 63, 64, 158, 317, 1590, 3200, 6400, 19_000])
def test_a_label_of_the_scale_of_lags_stays_on_the_sheet_wherever_the_lag_is(lag: float) -> None:
    heading = Heading(venue=Venue.PAPER, first_day=OPENS.date(), last_day=OPENS.date())
    follower = FollowerLags(name="wife", milliseconds=(lag,))
    sheet = sheet_of(LagHistogram(heading=heading, followers=(follower,)))
    for text, (left, _, right, _) in boxes(sheet):
        assert left >= 0, text.get_text()
        assert right <= WIDTH, text.get_text()


def test_the_slippage_scatter_draws_worse_above_and_better_below() -> None:
    worse = SlippagePoint(
        symbol="SBIN",
        side=Side.SELL,
        master_price=Decimal(200),
        follower_price=Decimal(199),
        units=10,
    )
    better = SlippagePoint(
        symbol="SBIN",
        side=Side.BUY,
        master_price=Decimal(400),
        follower_price=Decimal(398),
        units=10,
    )
    assert (worse.bps, better.bps) == (50, -50)
    assert (worse.cost, better.cost) == (Decimal(10), Decimal(-20))
    heading = Heading(venue=Venue.LIVE, first_day=OPENS.date(), last_day=OPENS.date())
    follower = FollowerSlippage(name="wife", points=(worse, better))
    (axes,) = sheet_of(SlippageScatter(heading=heading, followers=(follower,))).figure.axes
    drawn = {
        each.get_gid(): each.get_offsets().tolist() for each in axes.collections if each.get_gid()
    }
    assert drawn == {"SELL:wife": [[200, 50]], "BUY:wife": [[400, -50]]}


def test_units_in_the_heat_table_are_never_cut_short() -> None:
    table = EXAMPLES["heat-table-ten-followers"]
    assert isinstance(table, HeatTable)
    said = {text.get_text() for text in sheet_of(table).figure.texts}
    cells = [cell.units for row in table.rows[:10] for cell in row.cells if cell.units]
    for held in cells:
        sign = "+" if held > 0 else "\N{MINUS SIGN}"
        exact, near = f"{sign}{abs(held)}", f"{sign}{abs(held) / 1000:.1f}k"
        assert exact in said or (abs(held) >= 1000 and near in said), held


def test_sums_stand_below_and_are_unknown_where_a_part_is() -> None:
    table = EXAMPLES["heat-table"]
    assert isinstance(table, HeatTable)
    wife = sum(row.cells[1].profit or Decimal(0) for row in table.rows)
    texts = [text.get_text() for text in sheet_of(table).figure.texts]
    sums = texts[texts.index("today") + 1 :][: 1 + len(table.followers)]
    assert sums[1] == signed_rupees(wife)
    assert sums[-1] == "?", "huf's third position is not known"


def test_no_profit_that_is_known_is_shown_as_unknown() -> None:
    table = EXAMPLES["heat-table-ten-followers"]
    assert isinstance(table, HeatTable)
    few = replace(table, rows=table.rows[3:9])
    assert "?" not in {text.get_text() for text in sheet_of(few).figure.texts}


def test_a_row_needs_a_cell_for_every_column() -> None:
    heading = Heading(venue=Venue.LIVE, first_day=OPENS.date(), last_day=OPENS.date())
    row = HeatRow(symbol="SBIN", note="NSE MIS", cells=(HeatCell(units=1),))
    with pytest.raises(ValueError, match="SBIN: 1 cells for 2 columns"):
        HeatTable(heading=heading, at=OPENS, followers=("wife",), rows=(row,))
