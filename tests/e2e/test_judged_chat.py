"""One real process, driven by many phones through a Bot API server that is not ours.

The tests share it and go in order: on paper first, then live, then over a kill.
"""

import html
from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
import pytest_asyncio

from bot.chat.commands import COMMANDS, Command
from demo.chat.html_text import read_html
from tests.bot_chat.chat_server import STRANGER, TOTP_SECRET, Call
from tests.bot_chat.chat_updates import by_strangers
from tests.e2e.conftest import until
from tests.e2e.hostile_names import HOSTILE, listed
from tests.e2e.judged_chat import OWNERS, SAYS, JudgedChat, judged_chat, said, unfit
from tests.e2e.planted_secrets import CHANNELS, leaks, planted, until_quoted
from tests.e2e.stop_in_flood import stops_in_flood
from tests.faults.test_chat_outages import leave_an_old_alert

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASHA, BINA = OWNERS[0], OWNERS[1]
#: Nobody else writes in this chat: it is left in a flood wait of a minute.
FLOODED = OWNERS[-1]
#: What an example names, and what there is here.
HERE = {"ab1234": "father", "AB1234": "father", "214": "1", "SBIN": "M&M"}
#: Whose answer names what the engine did, under an id that /why accepts.
WITH_OP = frozenset({"stop", "pause", "resume"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory) -> AsyncIterator[JudgedChat]:
    """Two followers on paper, logged in and copying; the master has bought what has a hostile name."""
    folder = tmp_path_factory.mktemp("judged")
    async with judged_chat(folder, instruments=listed(), LOG_LEVEL="DEBUG", **CHANNELS) as opened:
        opened.planted = planted(opened.stage, await opened.log_in())
        await opened.ask("/start_copy")
        for symbol in HOSTILE:
            opened.master_trades("BUY", symbol)
        for symbol in HOSTILE:
            await opened.told("COPY #", html.escape(symbol[:12]), "2 of 2")
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answers(chat) -> dict[str, tuple[int, Call]]:
    """Every command as its example has it: who sent it, and the answer."""
    found = {}
    for number, command in enumerate(COMMANDS):
        user = OWNERS[number % (len(OWNERS) - 1)]
        words = command.example.split()
        text = " ".join(HERE.get(word, word) for word in words)
        found[command.name] = user, await chat.ask(text, user=user)
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_every_command_is_answered_as_a_phone_shows_it(answers, command: Command):
    _, answer = answers[command.name]
    assert unfit(answer) == [], said(answer)
    if command.name in WITH_OP:
        assert "\nop " in said(answer)


async def test_hostile_names_are_shown_as_they_are(chat, answers):
    for symbol in HOSTILE:
        card = await chat.told("COPY #", html.escape(symbol[:12]))
        shown, entities = read_html(said(card))
        assert symbol[:12] in shown
        assert {entity.kind.value for entity in entities} <= {"pre"}, shown
    for name in ("orders", "positions"):
        assert html.escape("<b>BANK") in said(answers[name][1])
        assert "<b>BANK" not in said(answers[name][1])


async def test_every_button_of_every_answer_is_answered(chat, answers):
    cards = [(ASHA, await chat.told("COPY #", html.escape(symbol[:12]))) for symbol in HOSTILE[:1]]
    fresh, pressed, since = [*answers.values(), *cards], set(), len(chat.server.calls)
    for _ in range(3):  # what a button shows has buttons of its own
        at = len(chat.server.calls)
        for user, call in fresh:
            for label, button in call.buttons.items():
                data = button.get("callback_data")
                if data is None or data in pressed:
                    continue
                pressed.add(data)
                query = await chat.tap(data, user=user)
                await chat.call(
                    lambda call, query=query: call.fields.get("callback_query_id") == query,
                    what=f"the answer to {label!r} ({data})",
                )
        for user in OWNERS[:-1]:
            await chat.ask("/version", user=user)
        fresh = [
            (int(call.fields["chat_id"]), call)
            for call in chat.server.calls[at:]
            if call.method in SAYS and int(call.fields["chat_id"]) != FLOODED
        ]
    assert len(pressed) >= 10
    assert [c for c in chat.server.calls[since:] if "something went wrong" in said(c)] == []


async def test_the_whole_help_fits_too(chat):
    assert unfit(await chat.ask("/help", user=BINA)) == []


async def test_a_storm_of_429_loses_and_doubles_no_answer(chat):
    since = len(chat.server.calls)
    chat.server.force("sendMessage", 429, times=30, parameters={"retry_after": 0.05})
    for user in OWNERS[:-1]:
        await chat.say("/version", user=user)
    for user in OWNERS[:-1]:
        await chat.answer(user, "kitecopytrader", since=since)
    # Other messages that wait meanwhile take some of the thirty refusals.
    assert [call.status for call in chat.server.calls[since:]].count(429) >= 20
    calls = [call for call in chat.server.calls[since:] if "kitecopytrader" in said(call)]
    shown = [call.fields["chat_id"] for call in calls if call.status == 200]
    assert sorted(shown) == sorted(map(str, OWNERS[:-1]))


async def test_stop_is_durable_within_200_ms_in_a_flood_wait_of_a_minute(chat):
    took = await stops_in_flood(chat, 5, flooded=[FLOODED])
    # The best of five: what a busy machine does with one proves nothing; waiting would be a minute each.
    assert min(took) < 0.2, took
    assert max(took) < 5, took


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(chat) -> Call:
    """LIVE, armed by a code, and the question of a start that nobody has answered yet."""
    since = len(chat.server.calls)
    await chat.say("/live")
    await chat.answer(ASHA, "6-digit code", since=since)
    chat.code = pyotp.TOTP(TOTP_SECRET).now()
    await chat.say(chat.code)
    await chat.answer(ASHA, "armed", since=since)
    await chat.say("/start_copy")
    return await chat.answer(ASHA, "real money", since=since)


async def test_a_start_is_confirmed_once_and_by_nobody_else(chat, live):
    button = live.buttons["Confirm start"]["callback_data"]
    before = chat.records("CopyingSet", '"active":true')
    since = len(chat.server.calls)
    await chat.tap(button, user=STRANGER)
    other = await chat.tap(button, user=BINA)
    refused = await chat.call(lambda call: call.fields.get("callback_query_id") == other)
    assert "someone else" in refused.text
    assert chat.records("CopyingSet", '"active":true') == before
    first, second = await chat.tap(button), await chat.tap(button)
    again = await chat.call(lambda call: call.fields.get("callback_query_id") == second)
    assert "Already confirmed" in again.text
    await chat.answer(ASHA, "Copying started", since=since)
    await chat.ask("/version")
    assert chat.records("CopyingSet", '"active":true') == before + 1
    tapped = {call.fields.get("callback_query_id") for call in chat.server.calls[since:]}
    assert tapped - {None} == {other, first, second}, "a stranger's tap is not even answered"


async def test_strangers_get_silence_on_every_kind_of_update(chat, live):
    before = chat.records("CopyingSet"), chat.records("ModeSet")
    since = len(chat.server.calls)
    for payload in by_strangers(STRANGER, ASHA).values():
        await chat.server.offer(payload)
    await chat.ask("/version", user=BINA)
    calls = chat.server.calls[since:]
    assert {call.method for call in calls} <= set(SAYS), "nor is a tap or a query answered"
    assert {call.fields["chat_id"] for call in calls} <= set(map(str, OWNERS))
    # Cards and alerts may come by themselves; what every one of them said was /stop.
    assert [call for call in calls if "stopped" in said(call)] == []
    assert (chat.records("CopyingSet"), chat.records("ModeSet")) == before


async def test_an_update_acts_once_also_over_a_kill_and_late_alerts_say_how_late(chat, live):
    paused = chat.records("FollowerPaused", '"paused":true')
    words = chat.message("/pause father", user=BINA)
    since = len(chat.server.calls)
    number = await chat.server.offer({"message": words})
    await chat.answer(BINA, "father", since=since)
    await chat.server.offer({"message": words}, number=number)
    since = len(chat.server.calls)
    await chat.say("/resume father", user=ASHA)
    await chat.answer(ASHA, "father", since=since)
    await until(
        lambda: chat.records("FollowerPaused", '"paused":false') > 0, what="a follower that goes on"
    )

    chat.stage.kill_program()
    await chat.stage.stop_program()
    leave_an_old_alert(chat.stage, "The disk was nearly full.", ago=timedelta(hours=1))
    await chat.server.offer({"message": words}, number=number)
    await chat.server.stop()
    since = len(chat.server.calls)
    # From here on the log is JSON, beside the lines for people: the last test looks through both.
    with chat.stage.env_file.open("a", encoding="utf-8") as settings:
        settings.write("LOG_FORMAT=json\n")
    await chat.stage.launch_program()
    chat.stage.exchange.sessions.kill(chat.stage.user_id("mother"))
    await until(
        lambda: (
            chat.records("NoticeRaised", "mother") > 0
            and "telegram not reached" in chat.stage.tail_of_log(400)
        ),
        what="an alert while Telegram is away",
    )
    await chat.server.start()

    late = await chat.told("The disk was nearly full.", since=since)
    assert "(delayed 1 h)" in said(late)
    await chat.told("mother", "session has ended", since=since)
    await chat.answer(BINA, "nothing was done again", since=since)
    assert chat.records("FollowerPaused", '"paused":true') == paused + 1
    assert "pause" not in said(await chat.ask("/status", user=BINA))


async def test_no_planted_secret_is_anywhere_at_debug(chat, live):
    """Last: by then there were logins, a code, alerts, channels that fail, a kill and an outage."""
    for status in (401, 404, 409, 429, 500):
        for method in ("getUpdates", "sendMessage", "answerCallbackQuery"):
            chat.server.force(method, status, parameters={"retry_after": 0.01})
    await chat.tap("r|status", user=BINA)
    await chat.ask("/version", user=BINA)
    pasted = await chat.log_in(user=BINA)
    await chat.say(f"https://x/?status=success&request_token={'Z' * 32}", user=BINA)
    await until_quoted(chat.stage, "DEBUG", "telegram not reached", "email", "discord", '"level":')
    before, now = chat.planted, planted(chat.stage, pasted)
    secrets = {*before.items(), *now.items()}
    assert len(secrets) == 5 + 3 + 2 * (3 + 1), "what is set, and two tokens of each login"
    assert leaks(chat.stage, chat.server.calls, secrets, chat.code) == []
