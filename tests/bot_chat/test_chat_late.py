"""What comes an hour late, of the commands that change more than copying."""

import pytest

from engine.core.values.control import ChooseAlerts, ChooseQuietHours
from tests.bot_chat.chat_server import a_chat

HOUR = 3_600.0


@pytest.mark.parametrize(
    "text",
    [
        "/alerts info off",
        "/alerts quiet 22:00 07:00",
        "/set ab1234 MULTIPLIER 2",
        "/set ab1234 MAX_DAILY_LOSS none",
        "/people invite operator",
        "/people revoke 8",
        "/detach ab1234",
        "/sync",
    ],
)
async def test_it_changes_nothing_and_says_how_old_it_is(text):
    async with a_chat() as chat:
        call = await chat.ask(text, age=HOUR)
        assert "NOT run" in call.text
        assert list(call.buttons) == [f"Confirm: run {text.split()[0]} now", "Cancel"]
        assert not chat.desk.asked


async def test_it_runs_once_confirmed_and_once_only():
    async with a_chat() as chat:
        call = await chat.ask("/alerts quiet 22:00 07:00", age=HOUR)
        await chat.press(call, "Confirm: run /alerts now")
        await chat.next_saying("Quiet hours: 22:00-07:00")
        await chat.press(call, "Confirm: run /alerts now")
        await chat.quiet()
        assert len(chat.desk.requests(ChooseQuietHours)) == 1
        assert not chat.desk.requests(ChooseAlerts)


@pytest.mark.parametrize("text", ["/panic", "square off!", "/exit_all"])
async def test_the_question_of_panic_never_comes_too_late(text):
    async with a_chat() as chat:
        call = await chat.ask(text, age=HOUR)
        assert list(call.buttons) == ["Confirm panic: close all", "Cancel"]
        assert not chat.desk.asked
