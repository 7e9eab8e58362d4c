"""The words below a picture say what it shows, and fit where they stand."""

from dataclasses import replace

import pytest

from bot.chat.captions import captioned
from bot.chat.html_text import CAPTION_UNITS, TABLE_COLUMNS, plain, units
from bot.chat.message import Message
from bot.chat.render_pictures import caption
from bot.pictures.examples import examples
from bot.pictures.values import DayCard, HeatTable, LagHistogram
from tests.bot_chat.chat_views import MORNING

EXAMPLES = examples()


def said(name: str) -> str:
    return plain(caption(EXAMPLES[name], now=MORNING))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_caption_begins_with_the_mode_and_ends_with_the_time(name):
    words = said(name)
    assert words.split()[0] == EXAMPLES[name].heading.venue.value.upper()
    assert words.endswith(" IST")
    assert "27 Nov" in words.splitlines()[0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_caption_stands_below_its_picture_in_one_piece(name):
    message = Message(html=caption(EXAMPLES[name], now=MORNING))
    first, rest = captioned(message)
    assert rest == ()
    assert units(first.html) <= CAPTION_UNITS


@pytest.mark.parametrize("name", EXAMPLES)
def test_tables_in_a_caption_do_not_wrap_on_a_phone(name):
    source = caption(EXAMPLES[name], now=MORNING)
    for block in source.split("<pre>")[1:]:
        lines = plain(block.partition("</pre>")[0]).split("\n")
        assert all(len(line) <= TABLE_COLUMNS for line in lines)


def test_the_day_in_words():
    words = said("day-card")
    assert words.startswith("LIVE · P&L · 27 Nov\n119 copied · 3 skipped · 1 refused · 0 missed")
    assert "wife      +22,128 +22,128       0" in words
    assert "master    +23,293 +18,634  +4,659" in words


def test_lags_in_words_are_those_of_the_picture():
    assert "wife      180   115   190     225" in said("lag-histogram")
    empty = LagHistogram(heading=EXAMPLES["day-card"].heading, followers=())
    assert "acct" in plain(caption(empty, now=MORNING))


def test_slippage_in_words():
    assert "wife       60      +3.3      +749" in said("slippage-scatter")
    assert "wife        0         -         -" in said("slippage-scatter-empty")


def test_positions_in_words_name_who_is_out_of_step():
    words = said("heat-table")
    assert "9 instruments, read at 13:30:00" in words
    assert (
        "Not what it should be: huf NIFTY26DEC24500PE (+75), father BAJAJ-AUTO (+75). See /diff"
        in words
    )
    table = EXAMPLES["heat-table"]
    assert isinstance(table, HeatTable)
    calm = replace(table, rows=table.rows[:1])
    assert "All hold what they should." in plain(caption(calm, now=MORNING))
    unknown = replace(table, rows=table.rows[2:3])
    assert "What is marked ? is not known." in plain(caption(unknown, now=MORNING))


def test_a_profit_that_is_not_known_is_no_zero():
    words = said("heat-table")
    assert "huf          8             ?" in words
    card = EXAMPLES["day-card"]
    assert isinstance(card, DayCard)
    assert card.master is not None
    unknown = replace(card.master, realised=None, points=())
    words = plain(caption(replace(card, master=unknown), now=MORNING))
    assert "master          ?       ?  +4,659" in words


def test_a_household_of_many_is_shortened():
    card = EXAMPLES["day-card"]
    assert isinstance(card, DayCard)
    many = replace(card, followers=card.followers * 10)
    assert "and 15 more" in plain(caption(many, now=MORNING))
