"""Names in tables for a phone: as much of them as the numbers leave room for."""

from decimal import Decimal

import pytest

from bot.chat.html_text import TABLE_COLUMNS
from bot.chat.name_columns import named_rows, room_beside, short
from bot.chat.render_tables import account_lines, card_lines
from engine.core.values.market import Venue
from tests.bot_chat.chat_views import a_child, a_copy, an_account


@pytest.mark.parametrize(
    ("name", "columns", "told"),
    [
        ("father", 8, "father"),
        ("grandmother_1", 8, "gran…r_1"),
        ("grandmother_2", 8, "gran…r_2"),
        ("grandmother_1", 13, "grandmother_1"),
    ],
)
def test_a_name_is_cut_in_its_middle_and_only_where_it_must_be(name, columns, told):
    assert short(name, columns) == told


def test_a_long_name_takes_what_the_numbers_leave():
    rows = [("acct", "P&L", "realised"), ("mother_in_law_2", "+1,250.00", "-40.00")]
    heading, line = named_rows(rows, (12, 12))
    assert line == "mother_in_law_2 +1,250.00   -40.00"
    assert len(line) == len(heading) == TABLE_COLUMNS


def test_short_names_leave_the_table_as_wide_as_ever():
    rows = [("acct", "P&L", "realised"), ("father", "+1,250.00", "-40.00")]
    assert named_rows(rows, (12, 12))[1] == "father      +1,250.00       -40.00"


def test_followers_with_one_beginning_are_told_apart_on_the_status_card():
    long = [an_account(f"grandmother_{n}", day_pnl=Decimal(-12_34_567)) for n in (1, 2)]
    _, first, second = account_lines(tuple(long), Venue.PAPER)
    assert first.split()[0] != second.split()[0]
    assert max(map(len, (first, second))) <= TABLE_COLUMNS


def test_a_copy_card_shows_the_whole_name_where_the_line_has_room():
    view = a_copy(children=(a_child("grandmother_1", slippage_bps=None, lag_ms=None),))
    assert any(line.startswith("grandmother_1 fill 75") for line in card_lines(view))


def test_what_is_folded_anyhow_takes_no_room_from_names():
    assert room_beside(["fill 75", "x" * 60]) == TABLE_COLUMNS - 1 - len("fill 75")
    assert room_beside(["x" * 25]) == 8
