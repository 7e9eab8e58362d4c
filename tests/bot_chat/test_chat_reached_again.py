"""Telegram away and back: what waits is said as soon as it is heard again, and the terminal says what is wrong."""

import asyncio
from datetime import timedelta

from bot.chat.settings import Pacing
from bot.chat.unreached import UNREACHED_S, unreached
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, an_alert

PACING = Pacing(retry_s=0.04, retry_max_s=60.0, poll_retry_max_s=0.05)


def after_an_hour(chat) -> None:
    """Have the next attempt to say something wait for 20 s, as after many failures."""
    chat.bot._outbox._settling._failures = 9


async def test_what_waits_is_said_at_once_when_telegram_comes_after_the_start():
    async with a_chat(up=False, pacing=PACING) as chat:
        after_an_hour(chat)
        chat.bot.offer(an_alert(text="said while nobody could hear it"))
        await asyncio.sleep(0.1)
        await chat.server.start()
        async with asyncio.timeout(5):
            await chat.next_saying("said while nobody could hear it")


async def test_and_when_it_comes_back_while_running():
    async with a_chat(pacing=PACING) as chat:
        await chat.server.stop()
        after_an_hour(chat)
        chat.bot.offer(an_alert(text="said during the outage"))
        await asyncio.sleep(0.2)
        await chat.server.start()
        async with asyncio.timeout(5):
            await chat.next_saying("said during the outage")


def test_a_silence_is_told_with_its_beginning_and_the_ways_that_are_left():
    assert unreached(UNREACHED_S, now=MORNING) == ""
    told = unreached(600, now=MORNING + timedelta(minutes=10))
    assert told.startswith("Telegram does not answer since 09:31:")
    assert "copytrader check --online" in told
    assert "copytrader kill" in told
