"""Names below a picture take the room that the numbers leave, so that followers are told apart."""

from dataclasses import replace

from bot.chat.html_text import TABLE_COLUMNS, plain
from bot.chat.render_pictures import caption
from bot.pictures.examples import examples
from bot.pictures.values import HeatTable, LagHistogram, SlippageScatter
from tests.bot_chat.chat_views import MORNING

EXAMPLES = examples()


def lines_of(picture) -> list[str]:
    html = caption(picture, now=MORNING)
    return plain(html.split("<pre>")[1].partition("</pre>")[0]).splitlines()


def test_a_long_name_stands_whole_below_a_picture_where_its_numbers_leave_room():
    lags, held = EXAMPLES["lag-histogram"], EXAMPLES["heat-table"]
    assert isinstance(lags, LagHistogram)
    assert isinstance(held, HeatTable)
    long = replace(lags, followers=(replace(lags.followers[0], name="brother_in_law"),))
    assert any(line.startswith("brother_in_law ") for line in lines_of(long))
    wide = replace(held, followers=("brother_in_law", *held.followers[1:]))
    assert any(line.startswith("brother_in_law ") for line in lines_of(wide))


def test_numbers_that_are_out_of_all_bounds_are_shortened_and_not_cut_off():
    lags, slips = EXAMPLES["lag-histogram-hostile"], EXAMPLES["slippage-scatter-hostile"]
    assert isinstance(lags, LagHistogram)
    assert isinstance(slips, SlippageScatter)
    assert any(line.endswith(">99s") for line in lines_of(lags))
    assert any("e+05" in line and line.endswith("Cr") for line in lines_of(slips))
    for picture in (lags, slips):
        assert max(map(len, lines_of(picture))) <= TABLE_COLUMNS
