"""/pnl, /latency and /report on the phone."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from bot.chat.reporting import a_day
from bot.day_reads import DaysUnread
from bot.pictures.renderer import PictureFailed
from engine.core.values.day_report import FollowerDay
from engine.core.values.market import Venue
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.report_builders import FATHER, PNG, TODAY, a_report, a_sample, ready, rows_of


async def test_pnl_is_a_table_of_everybody_where_no_picture_can_be_drawn():
    async with a_chat() as chat:
        ready(chat)
        call = await chat.ask("/pnl")
        assert call.method == "sendMessage"
        assert call.text.startswith("PAPER · P&amp;L today")
        assert [row.split() for row in rows_of(call.text)] == [
            ["acct", "P&L", "realised"], ["master", "+10.00", "+10.00"],
            ["father", "-10.00", "-10.00"], ["mother", "0.00", "0.00"],
        ]  # fmt: skip
        assert set(call.buttons) == {"Week", "Month", "Refresh"}
        assert call.buttons["Refresh"]["callback_data"] == "r|pnl today"


async def test_pnl_comes_as_a_picture_with_the_table_below_it():
    async with a_chat() as chat:
        ready(chat).sampled = [a_sample("father", -3, hour=10), a_sample("master", 4, hour=10)]
        drawn = []

        async def draw(picture):
            drawn.append(picture)
            return PNG

        chat.bot.pictures.draw = draw
        await chat.say("/pnl")
        call = await chat.next("sendPhoto")
        assert call.fields["caption"].startswith("PAPER · P&amp;L today")
        (card,) = drawn
        assert [rupees for _, rupees in card.followers[0].points] == [-3, -10]


async def test_a_picture_that_cannot_be_drawn_is_told_in_words():
    async with a_chat() as chat:
        ready(chat)

        async def draw(_picture):
            raise PictureFailed("no")

        chat.bot.pictures.draw = draw
        call = await chat.ask("/latency")
        assert "copy lag today, 2 copies" in call.text


async def test_pnl_of_a_week_adds_its_days_up():
    async with a_chat() as chat:
        # MORNING is a Monday: the week has begun today, the month has days before.
        days = ready(chat)
        days.sampled = [
            a_sample("father", 100, TODAY - timedelta(days=3)),
            a_sample("master", 200, TODAY - timedelta(days=3)),
        ]
        call = await chat.ask("/pnl week")
        assert "this week, since 23 Nov" in call.text
        assert ["father", "-10.00", "-10.00"] in [row.split() for row in rows_of(call.text)]
        call = await chat.ask("/pnl month")
        assert "this month, since 01 Nov" in call.text
        found = [row.split() for row in rows_of(call.text)]
        assert ["father", "+90.00", "?"] in found
        assert ["Fri", "20", "+200", "+100"] in found


async def test_latency_has_percentiles_of_each_follower():
    async with a_chat() as chat:
        ready(chat)
        call = await chat.ask("/latency")
        found = [row.split() for row in rows_of(call.text)]
        assert found[1] == ["father", "70ms", "133ms", "139ms"]
        assert found[2] == ["mother", "-", "-", "-"]
        assert set(call.buttons) == {"Refresh"}


async def test_latency_without_a_copy_says_so():
    async with a_chat() as chat:
        empty = replace(a_report(), followers=(FollowerDay(name=FATHER),), rows=())
        ready(chat, empty)
        assert "no copy was sent today, so far." in (await chat.ask("/latency")).text


async def test_report_of_today_and_of_a_past_day():
    async with a_chat() as chat:
        past = a_report(TODAY - timedelta(days=3), Venue.LIVE)
        days = ready(chat, a_report(), past)
        call = await chat.ask("/report")
        assert "Mon 23 Nov: 2 orders of the master" in call.text
        assert ["father", "2", "0", "0", "0"] in [row.split() for row in rows_of(call.text)]
        assert "1 x less than one lot at this" in call.text
        assert ["father", "+20.00", "+99.5"] in [row.split() for row in rows_of(call.text)]
        assert set(call.buttons) == {"Slippage", "Refresh"}
        call = await chat.ask("/report 20 Nov")
        # The first word is the mode of that day's report, whatever the mode is now.
        assert call.text.startswith("LIVE · Fri 20 Nov")
        assert set(call.buttons) == {"Slippage"}
        assert days.asked[-1] == (past.day, past.day, False)


async def test_slippage_of_a_day_is_a_picture_by_its_button():
    async with a_chat() as chat:
        days = ready(chat)
        drawn = []

        async def draw(picture):
            drawn.append(picture)
            return PNG

        await chat.ask("/report")
        chat.bot.pictures.draw = draw
        await chat.say(f"/report {TODAY.isoformat()} slippage")
        await chat.next("sendPhoto")
        assert days.asked[-1] == (TODAY, TODAY, True)
        assert [point.bps for point in drawn[0].followers[0].points] == pytest.approx(
            [50, 148.514], abs=0.01
        )


async def test_the_week_so_far_has_a_line_for_each_day():
    async with a_chat() as chat:
        days = ready(chat)
        days.kept[TODAY] = replace(days.kept[TODAY], venue=Venue.PAPER)
        call = await chat.ask("/report week")
        assert "week 23 Nov to 23 Nov: 2 orders" in call.text
        assert ["Mon", "23", "2", "+10", "-10"] in [row.split() for row in rows_of(call.text)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("/report tomorrow", "which day? tomorrow is none that was"),
        ("/report 2026-12-01", "is none that was"),
        ("/report 22 Nov", "nothing ran here on Sun 22 Nov 2026"),
        ("/pnl year", "today, week or month, not year"),
    ],
)
async def test_what_is_not_there_is_said_with_an_example(asked, said):
    async with a_chat() as chat:
        ready(chat)
        assert said in (await chat.ask(asked)).text


async def test_past_days_that_cannot_be_read_are_one_line_with_the_mend():
    async with a_chat() as chat:
        ready(chat).error = DaysUnread("the store cannot be read: restore a backup")
        call = await chat.ask("/report yesterday")
        assert "NOT done: the store cannot be read: restore a backup" in call.text


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("today", date(2026, 11, 23)), ("Yesterday", date(2026, 11, 22)), ("20", date(2026, 11, 20)),
        ("30", date(2026, 10, 30)), ("20 nov", date(2026, 11, 20)), ("Nov 20", date(2026, 11, 20)),
        ("20/11", date(2026, 11, 20)), ("2026-11-20", date(2026, 11, 20)), ("20-11-2026", date(2026, 11, 20)),
        ("20 november 2026", date(2026, 11, 20)), ("24 Dec", date(2025, 12, 24)), ("31 feb", None),
        ("soon", None), ("0", None), ("99", None),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(word, day):
    assert a_day(word, today=TODAY) == day
