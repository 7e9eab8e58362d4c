"""/panic on the phone: asked however late, confirmed once, and one message that says how far it is."""

import pytest
from msgspec.structs import replace

from engine.core.values.control import SquareOffAll
from engine.core.values.market import Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.position_views import AccountPositions
from tests.bot_chat.chat_server import OWNER, SECOND, a_chat
from tests.bot_chat.chat_views import MORNING, a_position, a_status

TOPIC = "panic:20261123093104"
CONFIRM = "Confirm panic: close all"


def a_step(notice_id: int, *lines: str, done: bool = False) -> Notice:
    return Notice(
        notice_id=notice_id, at=MORNING, venue=Venue.LIVE, kind=NoticeKind.CARD, topic=TOPIC,
        severity=Severity.INFO if done else Severity.WARNING,
        text="\n".join(["PANIC 09:31:04 by Asha: entries stopped", *lines]),
    )  # fmt: skip


async def test_it_asks_with_what_would_be_closed_and_nothing_happens_before_the_press():
    async with a_chat() as chat:
        chat.desk.held = (
            AccountPositions(account="ab1234", venue=Venue.PAPER, read_at=MORNING,
                             rows=(a_position(), a_position(copied=0))),
        )  # fmt: skip
        chat.desk.view = replace(chat.desk.view, copying=True, resting_entries=2)
        call = await chat.ask("/panic")
        assert call.text.startswith("PAPER 🔴 panic: close all that is copied?")
        assert "ab1234: 1 copied holding\n2 entry orders rest" in call.text
        assert list(call.buttons) == [CONFIRM, "Cancel"]
        assert chat.desk.asked == []
        await chat.press(call, CONFIRM)
        assert "PAPER 🔴 Panic: entries are stopped." in (await chat.next()).text
        await chat.press(call, CONFIRM)
        assert "Already confirmed" in (await chat.next("answerCallbackQuery")).text
        assert chat.desk.asked == [SquareOffAll(venue=Venue.PAPER)]


async def test_its_first_step_runs_however_old_the_message_is():
    async with a_chat() as chat:
        call = await chat.ask("/panic", age=7200)
        assert CONFIRM in call.buttons
        assert "NOT run" not in call.text


@pytest.mark.parametrize(
    "typed", ["panic", "PANIC!!", "square off", "/squareoff", "/kill", "close all", "/exit_all now"]
)
async def test_whatever_is_typed_in_an_emergency_leads_there(typed):
    async with a_chat() as chat:
        call = await chat.ask(typed)
        assert "close all that is copied?" in call.text
        assert CONFIRM in call.buttons
        assert chat.desk.asked == []


async def test_in_live_it_asks_for_no_code_and_a_change_meanwhile_does_not_void_it():
    async with a_chat() as chat:
        chat.desk.view = a_status(venue=Venue.LIVE, copying=True, since=MORNING)
        call = await chat.ask("/panic")
        assert "REAL orders" in call.text
        chat.desk.view = a_status(venue=Venue.LIVE, copying=False)
        await chat.press(call, CONFIRM)
        await chat.next_saying("Panic: entries are stopped")
        assert chat.desk.asked == [SquareOffAll(venue=Venue.LIVE)]


async def test_another_person_a_late_press_and_a_press_on_nothing_do_nothing():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        call = await chat.ask("/panic")
        await chat.press(call, CONFIRM, user=SECOND)
        assert "asked of someone else" in (await chat.next("answerCallbackQuery")).text
        chat.clock.forward(seconds=61)
        await chat.press(call, CONFIRM)
        assert "the 60 s are over" in (await chat.next("answerCallbackQuery")).text
        assert chat.desk.asked == []


async def test_one_message_is_edited_until_it_is_verified():
    async with a_chat() as chat:
        chat.bot.offer(a_step(1, "father: +10 M&M"))
        first = await chat.next()
        assert first.method == "sendMessage"
        assert first.text.startswith(
            "LIVE 🔴 PANIC 09:31:04 by Asha: entries stopped\nfather: +10 M&amp;M"
        )
        assert (
            "disable_notification" not in first.fields
            or first.fields["disable_notification"] == "false"
        )
        assert not first.buttons
        chat.bot.offer(a_step(2, "father: verified flat at 09:31:09", done=True))
        last = await chat.next()
        assert last.method == "editMessageText"
        assert last.text.startswith("LIVE 🟢 PANIC")
        assert {d.topic for d in chat.desk.delivered} == {TOPIC}


async def test_after_a_restart_the_same_message_goes_on():
    async with a_chat() as chat:
        chat.desk.card_ids[TOPIC, OWNER] = 77
        chat.bot.offer(a_step(3, "father: verified flat at 09:31:09", done=True))
        call = await chat.next()
        assert (call.method, call.fields["message_id"]) == ("editMessageText", "77")
