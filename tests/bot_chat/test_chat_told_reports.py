"""The notices of the daily rhythm: figures, pictures, and what cannot be had."""

import asyncio
from datetime import timedelta

import pytest

from bot.day_reads import DaysUnread
from engine.core.values.market import Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.routines import Reported
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING
from tests.bot_chat.report_builders import (
    PNG,
    TODAY,
    ready,
    rows_of,
)


def announced(about: Reported, venue: Venue = Venue.LIVE) -> Notice:
    return Notice(
        notice_id=7, at=MORNING, venue=venue, kind=NoticeKind.ALERT, severity=Severity.INFO,
        topic=about.topic, text="The trading day is over. What came of it: /report 2026-11-23",
    )  # fmt: skip


DAY = Reported(first=TODAY, last=TODAY)


async def test_the_days_report_is_told_with_its_figures_then_shown_as_a_picture():
    async with a_chat() as chat:
        ready(chat)

        async def draw(_picture):
            return PNG

        chat.bot.pictures.draw = draw
        chat.bot.offer(announced(DAY))
        call = await chat.next("sendMessage")
        assert call.text.startswith("LIVE · The trading day is over.")
        assert ["father", "2", "0", "0", "0"] in [row.split() for row in rows_of(call.text)]
        photo = await chat.next("sendPhoto")
        assert photo.fields["caption"].startswith("LIVE · P&amp;L · 23 Nov\n2 copied")
        async with asyncio.timeout(5):
            while not chat.desk.delivered:  # noqa: ASYNC110 - the outbox reports it
                await asyncio.sleep(0.01)
        assert chat.desk.delivered[0].notice_id == 7


@pytest.mark.parametrize("error", [DaysUnread("no"), ZeroDivisionError()])
async def test_a_report_that_cannot_be_made_is_announced_all_the_same(error):
    async with a_chat() as chat:
        ready(chat).error = error
        chat.bot.offer(announced(DAY))
        call = await chat.next("sendMessage")
        assert "The trading day is over. What came of it: /report 2026-11-23" in call.text


async def test_of_a_day_on_which_nothing_ran_that_is_said():
    async with a_chat() as chat:
        ready(chat)
        missed = Reported(first=TODAY - timedelta(days=3), last=TODAY - timedelta(days=3))
        chat.bot.offer(announced(missed))
        assert (
            "Nothing ran here then, so nothing was copied." in (await chat.next("sendMessage")).text
        )


async def test_while_a_past_day_is_read_everything_else_goes_on():
    async with a_chat() as chat:
        days = ready(chat)
        gate = asyncio.Event()
        days_reports = days.reports

        async def slow(first, last, *, rows):
            await gate.wait()
            return await days_reports(first, last, rows=rows)

        days.reports = slow
        chat.bot.offer(announced(DAY))
        assert "copying stopped" in (await chat.ask("/stop")).text
        gate.set()
        assert "The trading day is over." in (await chat.next("sendMessage")).text
        # Where no picture can be drawn, nothing is said twice.
        assert await chat.quiet() == []
