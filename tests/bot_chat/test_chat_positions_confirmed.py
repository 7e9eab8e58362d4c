""" "Copy open positions…": its button is used up by a press, and the margin is asked again before orders leave."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.core.values.control import CopyPositions
from engine.core.values.market import AccountName
from tests.bot_chat.chat_server import OWNER, a_chat
from tests.bot_chat.chat_views import MORNING
from tests.bot_chat.test_chat_open_margin import margin
from tests.bot_chat.test_chat_open_positions import BUTTON, an_entry, found, in_live

FATHER, WIFE = AccountName("ab1234"), AccountName("wife")


async def listed(chat):
    """Return the list that comes after the button of a start."""
    in_live(chat, copying=True)
    chat.desk.codes = {OWNER: MORNING - timedelta(minutes=5)}
    chat.desk.open_positions = found(an_entry(), replace(an_entry(), follower=WIFE))
    chat.desk.margins = (margin(FATHER, 120_000, 200_000), margin(WIFE, 120_000, 200_000))
    await chat.press(await chat.ask("/start_copy"), BUTTON)
    return await chat.next()


@pytest.mark.parametrize("late", [False, True])
async def test_the_button_below_the_start_goes_once_it_was_pressed_or_its_time_is_over(late):
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        chat.clock.forward(seconds=61 if late else 0)
        await chat.press(call, BUTTON)
        stripped = await chat.next("editMessageReplyMarkup")
        assert not stripped.buttons
        assert stripped.status == 200
        assert "text" not in stripped.fields, "what the message says of the start stands"
        assert ("60 s are over" if late else "1 order proposed") in (await chat.next()).text


async def test_who_is_short_of_margin_by_the_confirmation_is_listed_anew_and_nothing_is_ordered():
    async with a_chat() as chat:
        shown = await listed(chat)
        chat.desk.margins = (margin(FATHER, 120_000, 200_000), margin(WIFE, 150_000, 120_000))
        await chat.press(shown, "Confirm positions")
        again = await chat.next()
        flat = " ".join(again.text.split())
        assert "less margin free than when it was listed; nothing was done" in flat
        assert "wife: 1 order needs ₹1,50,000.00 and ₹1,20,000.00 is free" in flat
        assert chat.desk.requests(CopyPositions) == []
        await chat.press(again, "Confirm positions")
        await chat.next_saying("on their way")
        assert chat.desk.requests(CopyPositions) == [CopyPositions(mark="a", without=(WIFE,))]


async def test_more_margin_than_when_it_was_listed_changes_nothing_of_what_was_confirmed():
    async with a_chat() as chat:
        await listed(chat)
        chat.desk.margins = (margin(FATHER, 120_000, 200_000), margin(WIFE, 120_000, 1))
        await chat.press(await chat.ask("/start_copy"), BUTTON)
        shown = await chat.next()
        chat.desk.margins = (margin(FATHER, 120_000, 200_000), margin(WIFE, 120_000, 900_000))
        await chat.press(shown, "Confirm positions")
        await chat.next_saying("on their way")
        assert chat.desk.requests(CopyPositions) == [CopyPositions(mark="a", without=(WIFE,))]


async def test_a_stop_does_not_wait_for_the_margin_that_is_asked_again():
    async with a_chat() as chat:
        shown = await listed(chat)
        chat.desk.margin_gate = asyncio.Event()
        await chat.press(shown, "Confirm positions")
        assert "copying stopped" in (await chat.ask("/stop")).text
        chat.desk.open_positions = replace(chat.desk.open_positions, mark="stopped")
        chat.desk.margin_gate.set()
        await chat.next_saying("The list has changed meanwhile")
