"""Starting, stopping, pausing: what acts at once, what asks, what does not act."""

import asyncio

import pytest
from msgspec.structs import replace

from bot.chat.app import ChatBot
from engine.core.values.control import (
    CancelRestingEntries,
    GoPaper,
    PauseFollower,
    ResumeFollower,
    StartCopy,
    StopCopy,
)
from engine.core.values.market import Venue
from engine.core.values.views import CheckLevel, CheckLine
from engine.errors import JournalError
from tests.bot_chat.chat_server import FAST, OWNER, SECOND, a_chat, running_bot, settings
from tests.bot_chat.chat_views import MORNING, a_status, an_alert

FAILED = (CheckLine(level=CheckLevel.FAIL, text="master: no session, /login master"),)


def _live(**changes: object):
    until = MORNING.replace(hour=6, day=24)
    return a_status(venue=Venue.LIVE, armed_until=until, **changes)


async def test_in_paper_copying_starts_at_once_and_shows_the_checks():
    async with a_chat() as chat:
        call = await chat.ask("/start_copy")
        assert call.text.startswith("PAPER 🟢 copying since 09:31:04.")
        assert "ok 1 of 1 checks" in call.text
        assert call.text.endswith("op 7f3b · 09:31:04 IST")
        assert chat.desk.requests(StartCopy) == [StartCopy()]
        assert "already copying since 09:31:04" in (await chat.ask("/start_copy")).text


async def test_a_failed_check_forbids_the_start():
    async with a_chat() as chat:
        chat.desk.checks = FAILED
        call = await chat.ask("/start_copy")
        assert call.text.startswith("PAPER ⚠️ NOT started")
        assert "!! master: no session" in call.text
        assert chat.desk.asked == []


@pytest.mark.parametrize(
    ("label", "open_orders"), [("Confirm start", False), ("Copy open orders too (1)", True)]
)
async def test_in_live_the_start_is_confirmed(label, open_orders):
    async with a_chat() as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        assert list(call.buttons) == ["Confirm start", "Copy open orders too (1)", "Cancel"]
        assert chat.desk.asked == []
        await chat.press(call, label)
        edit = await chat.next()
        assert edit.method == "editMessageText"
        assert edit.text.startswith("LIVE 🟢 copying since")
        assert edit.buttons == {}
        assert chat.desk.requests(StartCopy) == [StartCopy(copy_open_orders=open_orders)]


async def test_two_taps_start_once_and_the_second_is_told_so():
    async with a_chat() as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        await chat.press(call, "Confirm start")
        await chat.press(call, "Confirm start")
        await chat.press(call, "Copy open orders too (1)")
        toasts = [(await chat.next("answerCallbackQuery")).text for _ in range(3)]
        assert toasts == ["", *["LIVE · Already confirmed at 09:31:04."] * 2]
        assert len(chat.desk.requests(StartCopy)) == 1


async def test_cancel_does_nothing_and_ends_the_question():
    async with a_chat() as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        await chat.press(call, "Cancel")
        assert "nothing was done" in (await chat.next()).text
        await chat.press(call, "Confirm start")
        assert "Already cancelled" in (await chat.next("answerCallbackQuery")).text
        assert chat.desk.asked == []


async def test_a_tap_after_a_minute_does_nothing_and_removes_the_buttons():
    async with a_chat() as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        chat.clock.forward(seconds=61)
        await chat.press(call, "Confirm start")
        edit = await chat.next()
        assert "the 60 s are over" in edit.text
        assert edit.buttons == {}
        assert chat.desk.asked == []


async def test_only_the_person_who_was_asked_can_confirm():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        await chat.press(call, "Confirm start", user=SECOND)
        assert "asked of someone else" in (await chat.next("answerCallbackQuery")).text
        await chat.press(call, "Confirm start")
        await chat.next()
        assert len(chat.desk.requests(StartCopy)) == 1


async def test_a_button_from_before_a_restart_is_dead():
    async with a_chat() as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        chat.clock.forward(seconds=1)
        await chat.tap("v1|AAAAAAAAAAAAAAAAAAAAAA|0")
        assert "before a restart" in (await chat.next("answerCallbackQuery")).text
        assert "before a restart" in (await chat.next()).text
        for data in ("v1|", "v1|x|y|z", "live", "r|stop", "r|start_copy", "stop"):
            await chat.tap(data)
            assert (await chat.next("answerCallbackQuery")).text
        assert call.buttons["Confirm start"]["callback_data"].startswith("v1|")
        assert chat.desk.asked == []


async def test_a_stop_between_question_and_tap_makes_the_question_void():
    async with a_chat() as chat:
        chat.desk.view = _live()
        call = await chat.ask("/start_copy")
        await chat.ask("/stop")
        await chat.press(call, "Confirm start")
        assert "the state has changed" in (await chat.next()).text
        assert chat.desk.requests(StartCopy) == []


async def test_a_stop_during_the_checks_wins_over_the_start():
    async with a_chat() as chat:
        chat.desk.preflight_gate = asyncio.Event()
        await chat.say("/start_copy")
        assert (await chat.ask("/stop")).text.startswith("PAPER 🔴 copying stopped")
        chat.desk.preflight_gate.set()
        assert "the state changed meanwhile" in (await chat.next()).text
        assert chat.desk.requests(StartCopy) == []


async def test_slow_checks_of_many_people_do_not_hold_up_a_stop():
    async with a_chat() as chat:
        chat.desk.preflight_gate = asyncio.Event()
        for _ in range(12):
            await chat.say("/start_copy")
        assert (await chat.ask("/stop")).text.startswith("PAPER 🔴")


@pytest.mark.parametrize("command", ["/start_copy", "/live", "/paper", "/resume ab1234"])
async def test_a_late_command_does_not_run_but_offers_to(command):
    async with a_chat() as chat:
        call = await chat.ask(command, age=58 * 60)
        word = command.split()[0]
        assert f"{word} was sent 58 min ago and reached me only now. NOT run." in call.text
        assert list(call.buttons) == [f"Confirm: run {word} now", "Cancel"]
        assert chat.desk.asked == []


async def test_a_late_command_runs_once_it_is_confirmed():
    async with a_chat() as chat:
        call = await chat.ask("/start_copy", age=3600)
        await chat.press(call, "Confirm: run /start_copy now")
        assert (await chat.next()).text.startswith("PAPER 🟢 copying since")
        assert chat.desk.requests(StartCopy) == [StartCopy()]


async def test_a_late_stop_and_a_late_pause_always_run():
    async with a_chat() as chat:
        await chat.ask("/stop", age=7200)
        await chat.ask("/pause ab1234", age=7200)
        assert chat.desk.asked == [StopCopy(), PauseFollower(follower="ab1234")]


async def test_stop_says_that_exits_follow_and_offers_to_cancel_what_rests():
    async with a_chat() as chat:
        chat.desk.view = a_status(copying=True, resting_entries=2)
        call = await chat.ask("/stop")
        assert "Exits, reductions and cancels still follow the master." in call.text
        assert "2 entries resting" in call.text
        await chat.press(call, "Cancel resting entries")
        question = await chat.next()
        assert list(question.buttons) == ["Confirm cancel", "Cancel"]
        assert chat.desk.requests(CancelRestingEntries) == []
        await chat.press(question, "Confirm cancel")
        await chat.next()
        assert len(chat.desk.requests(CancelRestingEntries)) == 1


async def test_stop_takes_effect_at_once_while_telegram_answers_429():
    async with a_chat() as chat:
        chat.desk.view = a_status(copying=True)
        chat.server.force("sendMessage", 429, times=50, parameters={"retry_after": 60})
        chat.bot.offer(an_alert())
        await chat.say("/status")
        await chat.next("sendMessage", status=429)
        started = asyncio.get_running_loop().time()
        await chat.say("/stop")
        async with asyncio.timeout(2):
            await chat.desk.stopped.wait()
        assert chat.desk.stopped_at[0] - started < 0.2


async def test_a_stop_that_could_not_be_written_says_so_and_what_to_do():
    async with a_chat() as chat:
        chat.desk.ask_error = JournalError("disk full")
        call = await chat.ask("/stop")
        assert call.text.startswith("PAPER 🔴 NOT stopped: disk full")
        assert "copytrader kill" in call.text
        assert (await chat.ask("/paper")).text.startswith("PAPER 🔴 NOT done: disk full")


async def test_paper_and_pause_and_resume():
    async with a_chat() as chat:
        assert (await chat.ask("/paper")).text.startswith("PAPER · mode is PAPER.")
        assert "/resume ab1234" in (await chat.ask("/pause AB1234")).text
        await chat.ask("/resume ab1234")
        assert [type(r) for r in chat.desk.asked] == [GoPaper, PauseFollower, ResumeFollower]


async def test_an_edited_message_never_runs_a_command():
    async with a_chat() as chat:
        payload = chat.message("/stop")
        await chat.update(**{**payload, "edit_date": payload["date"] + 1})
        assert await chat.quiet() == []
        assert chat.desk.asked == []


async def test_an_update_delivered_again_after_a_restart_acts_once_and_says_so():
    async with a_chat() as chat:
        await chat.ask("/pause ab1234")
        update_id = chat.desk.sent[0][0]
    await chat.server.start()
    try:
        chat.bot = ChatBot(chat.desk, chat.clock, settings(chat.server), pacing=FAST)
        chat.server.redeliver({"update_id": update_id, "message": chat.message("/pause ab1234")})
        async with running_bot(chat):
            await chat.next_saying("nothing was done again")
    finally:
        await chat.server.stop()
    assert len(chat.desk.asked) == 1


async def test_requests_carry_who_when_and_the_update():
    async with a_chat() as chat:
        await chat.ask("/stop", age=30)
        update_id, sent_at = chat.desk.sent[0]
        assert update_id is not None
        assert (chat.clock.now() - sent_at).total_seconds() == 30


async def test_a_telegram_that_is_down_at_boot_is_waited_for():
    async with a_chat(up=False) as chat:
        chat.bot.offer(replace(an_alert(), text="stream down"))
        await asyncio.sleep(0.1)
        chat.clock.forward(minutes=7)
        await chat.server.start()
        alert = await chat.next("sendMessage")
        assert "stream down" in alert.text
        assert "(delayed 7 min)" in alert.text
        assert "(may repeat)" not in alert.text
        await chat.next("setMyCommands")
        assert (await chat.ask("/status")).text.startswith("PAPER")


async def test_a_server_without_webhooks_and_menus_will_do():
    async with a_chat(ready=False) as chat:
        chat.server.force("deleteWebhook", 404)
        chat.server.force("setMyCommands", 404)
        assert (await chat.ask("/version")).text.startswith("PAPER")


async def test_an_outage_in_the_middle_is_survived():
    async with a_chat() as chat:
        await chat.ask("/status")
        await chat.server.stop()
        chat.bot.offer(an_alert())
        await asyncio.sleep(0.1)
        await chat.server.start()
        assert "REJECTED" in (await chat.next()).text
        assert (await chat.ask("/stop")).text.startswith("PAPER 🔴")


async def test_a_second_poller_is_reported_once_and_service_goes_on():
    async with a_chat() as chat:
        chat.server.force("getUpdates", 409, times=3)
        await chat.say("/version")  # ends the poll that waits
        call = await chat.next_saying("Another program")
        assert "Another program reads this bot's messages" in call.text
        assert "copytrader kill" in call.text
        assert chat.bot.in_conflict
        assert (await chat.ask("/status")).text.startswith("PAPER")
        assert await chat.quiet() == []


async def test_refusals_of_the_token_and_garbage_do_not_end_the_poll(caplog):
    async with a_chat() as chat:
        for status in (401, 404, 500, 502):
            chat.server.force("getUpdates", status)
        chat.server.force("getUpdates", 429, parameters={"retry_after": 0.05})
        chat.server.force("getUpdates", 200, result=[{"update_id": "x"}, 5, {"message": 1}])
        chat.server.force("getUpdates", 200, result="nonsense")
        assert (await chat.ask("/status")).text.startswith("PAPER")


async def test_last_words_are_said_and_read_updates_are_acknowledged_at_the_end():
    async with a_chat() as chat:
        await chat.ask("/status")
        chat.bot.offer(an_alert())
    await chat.next_saying("REJECTED")
    assert chat.server.waiting() == 0


async def test_the_bot_can_be_run_again_after_it_ended():
    async with a_chat() as chat:
        await chat.ask("/status")
        first = chat.bot
    await chat.server.start()
    try:
        chat.bot = first
        async with running_bot(chat):
            await chat.say("/version")
            await chat.next_saying("kitecopytrader")
    finally:
        await chat.server.stop()


async def test_the_next_step_is_not_said_twice():
    async with a_chat() as chat:
        chat.desk.words[GoPaper] = "Mode is PAPER. For real orders: /live"
        assert (await chat.ask("/paper")).text.count("/live") == 1
