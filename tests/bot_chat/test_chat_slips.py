"""What a thumb, a double paste or a second command in a hurry must not spoil."""

import asyncio
import logging
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.chat.settings import Pacing
from engine.core.values.control import ResumeFollower, StartCopy, StopCopy
from engine.core.values.market import Venue
from engine.core.values.views import SessionState
from engine.errors import BrokerUnavailable, LoginRefused
from tests.bot_chat.chat_server import FAST, OWNER, a_chat
from tests.bot_chat.chat_views import a_status, an_account

KEY = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY"
LANDED = f"https://127.0.0.1/?action=login&status=success&request_token={KEY}"


@pytest.mark.parametrize(
    "typed",
    ["stop", "STOP", "Stop!", "/stop!", "/stop.", "/STOP", "\u202e/stop", "\u200bstop", "/st\u200dop"],
    ids=["word", "loud", "marked", "bang", "dot", "upper", "right to left", "zero width", "joined"],
)  # fmt: skip
async def test_the_word_stop_stops_however_it_was_typed(typed):
    async with a_chat() as chat:
        chat.desk.view = a_status(copying=True)
        assert "copying stopped" in (await chat.ask(typed)).text
        assert chat.desk.requests(StopCopy) == [StopCopy()]


@pytest.mark.parametrize("typed", ["stopp", "don't stop", "/stopwatch", "stopstop"])
async def test_what_is_not_just_the_word_stop_does_not_stop(typed):
    async with a_chat() as chat:
        await chat.ask(typed)
        assert chat.desk.asked == []


async def test_stop_as_a_word_is_never_throttled():
    async with a_chat() as chat:
        for _ in range(25):
            await chat.say("/version")
        await chat.say("stop")
        await chat.next_saying("copying stopped")
        assert len(chat.desk.requests(StopCopy)) == 1


async def test_two_starts_in_a_hurry_start_once_and_the_second_is_told_since_when():
    async with a_chat() as chat:
        chat.desk.preflight_gate = asyncio.Event()
        await chat.say("/start_copy")
        await chat.say("/start_copy")
        chat.desk.preflight_gate.set()
        assert (await chat.next()).text.startswith("PAPER 🟢 copying since 09:31:04")
        assert "already copying since 09:31:04" in (await chat.next()).text
        assert len(chat.desk.requests(StartCopy)) == 1


async def test_open_orders_are_offered_with_their_number_and_only_where_there_are_any():
    async with a_chat() as chat:
        chat.desk.view = a_status(venue=Venue.LIVE, armed_until=chat.clock.now())
        chat.desk.open_orders = 0
        assert list((await chat.ask("/start_copy")).buttons) == ["Confirm start", "Cancel"]
        chat.desk.open_orders = 3
        assert "Copy open orders too (3)" in (await chat.ask("/start_copy")).buttons


async def test_who_is_not_paused_is_not_resumed():
    async with a_chat() as chat:
        assert "ab1234 is not paused" in (await chat.ask("/resume ab1234")).text
        assert chat.desk.requests(ResumeFollower) == []


async def test_resume_sends_exits_that_waited_for_a_tpin_and_asks_for_no_code():
    async with a_chat() as chat:
        accounts = (an_account("master"), an_account("ab1234", held_up=2))
        chat.desk.view = a_status(venue=Venue.LIVE, armed_until=None, accounts=accounts)
        card = (await chat.ask("/status")).text
        assert "ab1234: 2 exits wait for your TPIN" in card
        assert "/resume ab1234" in card
        await chat.ask("/resume ab1234")
        assert chat.desk.requests(ResumeFollower) == [ResumeFollower(follower="ab1234")]


@pytest.mark.parametrize("word", ["master", "MASTER", "zz9999"])
async def test_pausing_the_master_is_answered_with_what_was_meant(word):
    async with a_chat() as chat:
        accounts = (an_account("master", user_id="ZZ9999"), an_account("ab1234"))
        chat.desk.view = a_status(accounts=accounts)
        assert "To stop all entries: /stop" in (await chat.ask(f"/pause {word}")).text
        assert chat.desk.asked == []


def _out(*names: str):
    return tuple(
        an_account(name, session=SessionState.LOGIN if name in names else SessionState.OK)
        for name in ("master", "ab1234", "cd5678")
    )


async def test_the_same_address_pasted_twice_is_used_once():
    async with a_chat() as chat:
        chat.desk.view = a_status(accounts=_out("master"))
        await chat.ask("/login")
        await chat.say(LANDED)
        await chat.say(LANDED)
        texts = [(await chat.next()).text, (await chat.next()).text]
        assert any("master: logged in" in text for text in texts)
        assert any("master: that address" in text for text in texts)
        again = await chat.ask(f"here: {LANDED}")
        assert "used already; it is logged in till 06:00" in again.text
        assert "I deleted your message." in again.text
        assert "not logged in" not in "".join([*texts, again.text])
        assert chat.desk.logins == [("master", KEY)]


async def test_a_refused_login_leaves_the_session_and_says_so():
    async with a_chat() as chat:
        chat.desk.view = a_status(accounts=_out())
        chat.desk.login_error = LoginRefused("Kite refused the token.")
        await chat.ask("/login ab1234")
        assert "Kite refused the token. The session it has stays." in (await chat.ask(LANDED)).text
        chat.desk.view = a_status(accounts=_out("ab1234"))
        assert "used already. Again: /login ab1234" in (await chat.ask(LANDED)).text


async def test_an_address_that_kite_never_answered_may_be_pasted_again():
    async with a_chat() as chat:
        chat.desk.view = a_status(accounts=_out("ab1234"))
        chat.desk.login_error = BrokerUnavailable("timeout")
        await chat.ask("/login ab1234")
        assert "did not answer" in (await chat.ask(LANDED)).text
        chat.desk.login_error = None
        assert "ab1234: logged in" in (await chat.ask(LANDED)).text


async def test_a_code_that_was_deleted_by_hand_counts_as_deleted():
    async with a_chat() as chat:
        await chat.ask("/live")
        chat.server.force(
            "deleteMessage", 400, description="Bad Request: message to delete not found"
        )
        assert "delete it yourself" not in (await chat.ask("000000")).text


async def test_a_start_without_copying_says_how_things_stand():
    async with a_chat() as chat:
        until = chat.clock.now() + timedelta(hours=20)
        chat.desk.view = a_status(venue=Venue.LIVE, armed_until=until)
        chat.bot.greet()
        text = (await chat.next()).text
        assert text.startswith("LIVE 🔴 not copying · 2 of 2 followers ready")
        assert "armed till" in text
        assert "Next: /start_copy" in text
        chat.desk.view = a_status()
        chat.bot.greet()
        paper = (await chat.next()).text
        assert paper.startswith("PAPER 🔴 not copying")
        assert "armed" not in paper


async def test_a_start_that_goes_on_copying_is_left_to_the_engines_notice():
    async with a_chat() as chat:
        chat.desk.view = a_status(copying=True)
        chat.bot.greet()
        assert await chat.quiet() == []


async def last_words(view):
    """Return what is sent at an end in this state."""
    async with a_chat() as chat:
        chat.desk.view = view
        chat.bot.farewell()
    return [call.text for call in chat.server.calls if call.method == "sendMessage"]


async def test_an_end_that_leaves_exits_undone_is_told_once_with_whose():
    (text,) = await last_words(a_status(copying=True))
    assert text.startswith("PAPER 🔴 the program was ended\nUntil it runs again nothing")
    assert "exits neither" in text
    assert "held by" not in text
    assert "may repeat" not in text
    view = a_status(venue=Venue.LIVE)
    master, *others = view.accounts
    held = (master, *(replace(one, holds_live=True) for one in others))
    (text,) = await last_words(replace(view, accounts=held))
    assert text.startswith("LIVE 🔴 the program was ended")
    assert f"Real copies are held by: {', '.join(one.name for one in others)}." in text


async def test_an_end_that_nothing_hangs_on_is_not_told():
    assert await last_words(a_status()) == []


async def test_a_wrong_bot_token_is_told_once_and_tried_on(caplog):
    async with a_chat(up=False) as chat:
        chat.server.force("getMe", 401, times=4)
        with caplog.at_level(logging.INFO):
            await chat.server.start()
            await chat.next("setMyCommands")
            told = [r.getMessage() for r in caplog.records if "BOT_TOKEN" in r.getMessage()]
        assert told == ["Telegram refuses TELEGRAM__BOT_TOKEN - copy it again from @BotFather"]


async def test_after_an_outage_a_command_is_read_soon_however_long_sends_wait():
    pacing = Pacing(card_gap_s=0.15, retry_s=0.02, retry_max_s=60.0, poll_retry_max_s=0.05)
    async with a_chat(pacing=pacing) as chat:
        assert chat.bot._polling._retry_max_s == 0.05
        assert Pacing().poll_retry_max_s <= 2.5
        assert FAST.retry_max_s < 2.5
        assert chat.bot._poll_retry_max_s == 0.05
        assert (await chat.ask("/version", user=OWNER)).text.startswith("PAPER")
