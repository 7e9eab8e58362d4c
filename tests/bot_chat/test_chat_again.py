"""What comes late or again from Telegram, and a flood or an outage that lasts."""

import asyncio
import logging
import re

from msgspec.structs import replace

from engine.core.values.control import StartCopy
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import a_status, an_alert
from tests.bot_chat.test_chat_copying import _live

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = "Bad Request: message is not modified: specified new message content is the same"


async def test_a_stop_is_durable_in_time_while_a_flood_wait_of_a_minute_is_active():
    async with a_chat() as chat:
        chat.desk.view = a_status(copying=True)
        chat.server.force("sendMessage", 429, times=100, parameters={"retry_after": 60})
        chat.bot.offer(an_alert())
        await chat.next("sendMessage", status=429)
        for number in range(10):
            started = asyncio.get_running_loop().time()
            await chat.say("/stop")
            async with asyncio.timeout(5):
                await chat.desk.stopped.wait()
            chat.desk.stopped.clear()
            assert chat.desk.stopped_at[number] - started < 0.2
        assert [call for call in chat.server.calls if call.status == 200 and call.text] == []


async def test_alerts_of_an_hours_outage_all_come_once_in_order_and_say_how_late():
    async with a_chat() as chat:
        await chat.ask("/version")
        await chat.server.stop()
        since = len(chat.server.calls)
        for number in range(12):
            alert = an_alert(number + 1, at=chat.clock.now(), text=f"trouble {number}")
            chat.bot.offer(replace(alert, topic=f"trouble:{number}"))
            await asyncio.sleep(0)
            chat.clock.forward(minutes=5)
        await chat.server.start()
        told = [(await chat.next("sendMessage")).text for _ in range(12)]
        await chat.ask("/version")
        sent = [call for call in chat.server.calls[since:] if "trouble" in call.text]
    assert len(sent) == 12
    assert [re.search(r"trouble \d+", text).group() for text in told] == [
        f"trouble {number}" for number in range(12)
    ]
    late = [re.search(r"\(delayed (.*?)\)", text).group(1) for text in told]
    assert late == ["1 h", *(f"{minutes} min" for minutes in range(55, 0, -5))]


async def test_silence_is_counted_from_what_was_heard_last():
    """What the dead man's switch goes by: it begins anew with every poll that is answered."""
    now = asyncio.get_running_loop().time
    began = now()
    async with a_chat() as chat:
        await chat.ask("/version")
        await chat.server.stop()
        silent = chat.bot.silent_s
        assert silent > 0
        await chat.server.start()
        await chat.ask("/version")
        assert chat.bot.silent_s < (now() - began) / 2


async def test_a_tap_that_is_too_old_to_answer_still_does_what_it_says():
    async with a_chat() as chat:
        chat.desk.view = _live()
        question = await chat.ask("/start_copy")
        chat.server.force("answerCallbackQuery", 400, description=TOO_OLD)
        await chat.press(question, "Confirm start")
        assert (await chat.next()).text.startswith("LIVE 🟢 copying since")
        assert len(chat.desk.requests(StartCopy)) == 1
        assert (await chat.ask("/version")).text.startswith("LIVE"), "and the sending goes on"


async def test_a_refresh_that_changes_nothing_is_no_trouble(caplog):
    async with a_chat() as chat:
        card = await chat.ask("/status")
        chat.server.force("editMessageText", 400, description=NOT_MODIFIED)
        await chat.press(card, "Refresh")
        await chat.next("editMessageText", status=400)
        assert await chat.quiet() == []
    assert [line for line in caplog.records if line.levelno >= logging.WARNING] == []
