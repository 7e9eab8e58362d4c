"""Which drawing belongs to which picture."""

from typing import assert_never

from bot.pictures.drawing.day_card import draw_day_card
from bot.pictures.drawing.heat_table import draw_heat_table
from bot.pictures.drawing.lag_histogram import draw_lag_histogram
from bot.pictures.drawing.sheet import Sheet
from bot.pictures.drawing.slippage_scatter import draw_slippage_scatter
from bot.pictures.values import DayCard, HeatTable, LagHistogram, Picture, SlippageScatter


def draw(picture: Picture) -> bytes:
    """Return a picture as an opaque PNG of 1000 by 1250 pixels; a short table is less high."""
    return sheet_of(picture).png()


def sheet_of(picture: Picture) -> Sheet:
    """Return the sheet of a picture, drawn."""
    match picture:
        case DayCard():
            return draw_day_card(picture)
        case LagHistogram():
            return draw_lag_histogram(picture)
        case SlippageScatter():
            return draw_slippage_scatter(picture)
        case HeatTable():
            return draw_heat_table(picture)
        case _:
            assert_never(picture)
