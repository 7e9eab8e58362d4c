"""Codes: what is accepted, once, and what a wrong one costs."""

from datetime import datetime

import pyotp
import pytest

from bot.chat.times import end_of_day
from bot.chat.totp import CodeState, check_code
from engine.core.values.control import GoLive, ResumeFollower, TotpFailed
from engine.core.values.market import IST, Venue
from engine.core.values.secrets import Secret
from engine.core.values.views import CheckLevel, CheckLine
from tests.bot_chat.chat_server import TOTP_SECRET, a_chat
from tests.bot_chat.chat_views import MORNING, a_status, an_account

SIX = datetime(2026, 11, 24, 6, 0, tzinfo=IST)
TOTP = pyotp.TOTP(TOTP_SECRET)


def _code(at: datetime = MORNING, *, steps: int = 0) -> str:
    return TOTP.generate_otp(int(at.timestamp()) // 30 + steps)


def _wrong() -> str:
    good = {_code(steps=steps) for steps in range(-2, 3)}
    return next(f"{n:06d}" for n in range(100) if f"{n:06d}" not in good)


@pytest.mark.parametrize(
    ("steps", "state"),
    [(-2, "wrong"), (-1, "right"), (0, "right"), (1, "right"), (2, "wrong")],
)
def test_one_step_to_either_side_is_accepted(steps, state):
    check = check_code(Secret(TOTP_SECRET), _code(steps=steps), now=MORNING, last_step=None)
    assert check.state == state


def test_a_used_step_and_all_older_ones_are_refused():
    step = int(MORNING.timestamp()) // 30
    for steps in (-1, 0):
        check = check_code(Secret(TOTP_SECRET), _code(steps=steps), now=MORNING, last_step=step)
        assert check.state is CodeState.USED
    fresh = check_code(Secret(TOTP_SECRET), _code(steps=1), now=MORNING, last_step=step)
    assert fresh.state is CodeState.RIGHT


@pytest.mark.parametrize(
    ("hour", "minute", "day"), [(5, 59, 23), (6, 0, 24), (9, 31, 24), (23, 59, 24)]
)
def test_arming_ends_at_the_next_six_in_the_morning(hour, minute, day):
    now = MORNING.replace(hour=hour, minute=minute, second=0)
    assert end_of_day(now) == SIX.replace(day=day)


async def test_live_checks_asks_for_a_code_and_arms_until_six():
    async with a_chat() as chat:
        call = await chat.ask("/live")
        assert call.text.startswith("PAPER · switch to LIVE? Real orders for: ab1234, cd5678")
        assert "ok 1 of 1 checks" in call.text
        assert "6-digit code" in call.text
        assert chat.desk.asked == []
        code = _code()
        message_id = await chat.say(f"{code[:3]} {code[3:]}")
        deleted = await chat.next("deleteMessage")
        assert deleted.fields["message_id"] == str(message_id)
        answer = await chat.next()
        assert answer.text.startswith("LIVE 🔴 mode is LIVE.")
        assert "armed till 24 Nov 06:00" in answer.text
        assert "I deleted your message." in answer.text
        assert code not in answer.text
        [request] = chat.desk.requests(GoLive)
        assert request == GoLive(armed_until=SIX, totp_step=int(MORNING.timestamp()) // 30)
        assert "no code was asked for" in (await chat.ask(code)).text
        assert "armed till 06:00 already" in (await chat.ask("/live")).text


async def test_a_failed_check_forbids_live():
    async with a_chat() as chat:
        chat.desk.checks = (CheckLine(level=CheckLevel.FAIL, text="secrets are plain"),)
        call = await chat.ask("/live")
        assert "NOT switched" in call.text
        assert "!! secrets are plain" in call.text
        assert "no code was asked for" in (await chat.ask(_code())).text
        assert chat.desk.asked == []


async def test_a_code_works_once_and_a_used_one_is_not_counted_as_wrong():
    async with a_chat() as chat:
        await chat.ask("/live")
        await chat.ask(_code())
        chat.desk.view = a_status()
        await chat.ask("/live")
        assert "used already" in (await chat.ask(_code())).text
        assert chat.desk.requests(TotpFailed) == []
        chat.clock.forward(seconds=30)
        assert (await chat.ask(_code(chat.clock.now()))).text.startswith("LIVE 🔴")
        assert len(chat.desk.requests(GoLive)) == 2


async def test_five_wrong_codes_lock_what_adds_risk():
    async with a_chat() as chat:
        await chat.ask("/live")
        for left in (4, 3, 2, 1):
            assert f"{left} tr" in (await chat.ask(_wrong())).text
        last = await chat.ask(_wrong())
        assert last.text.startswith("PAPER 🔴 wrong code, the fifth.")
        assert "unlock" not in last.text, "the engine's alert says that to every admin, once"
        assert "no code was asked for" in (await chat.ask(_code())).text
        assert "locked" in (await chat.ask("/live")).text
        assert chat.desk.requests(GoLive) == []
        assert (await chat.ask("/stop")).text.startswith("PAPER 🔴 copying stopped")


async def test_a_code_after_a_minute_or_sent_long_ago_is_not_looked_at():
    async with a_chat() as chat:
        await chat.ask("/live")
        assert "the 60 s are over" in (await chat.ask(_code(), age=90)).text
        await chat.ask("/live")
        chat.clock.forward(seconds=61)
        assert "the 60 s are over" in (await chat.ask(_code(chat.clock.now()))).text
        assert chat.desk.asked == []


async def test_a_stop_between_question_and_code_makes_it_void():
    async with a_chat() as chat:
        await chat.ask("/live")
        await chat.ask("/stop")
        assert "the state changed meanwhile" in (await chat.ask(_code())).text
        assert chat.desk.requests(GoLive) == []


async def test_a_code_of_the_wrong_length_costs_nothing():
    async with a_chat() as chat:
        await chat.ask("/live")
        assert "a code has 6 digits" in (await chat.ask("12345")).text
        assert (await chat.ask(_code())).text.startswith("LIVE 🔴")
        assert chat.desk.requests(TotpFailed) == []


async def test_where_no_code_is_required_live_asks_for_a_confirmation():
    async with a_chat(require_totp=False, totp_secret=None) as chat:
        call = await chat.ask("/live")
        assert list(call.buttons) == ["Confirm live", "Cancel"]
        await chat.press(call, "Confirm live")
        assert (await chat.next()).text.startswith("LIVE 🔴")
        assert chat.desk.requests(GoLive) == [GoLive(armed_until=SIX, totp_step=None)]


async def test_without_an_authenticator_live_says_how_to_get_one():
    async with a_chat(totp_secret=None) as chat:
        assert "copytrader setup" in (await chat.ask("/live")).text


async def test_resume_in_live_asks_for_a_code_unless_one_was_given_lately():
    async with a_chat() as chat:
        chat.desk.view = a_status(
            venue=Venue.LIVE,
            armed_until=SIX,
            accounts=tuple(an_account(n, paused=True) for n in ("ab1234", "cd5678", "ef9012")),
        )
        assert "6-digit code" in (await chat.ask("/resume ab1234")).text
        assert chat.desk.asked == []
        await chat.ask(_code())
        assert chat.desk.requests(ResumeFollower) == [ResumeFollower(follower="ab1234")]
        chat.clock.forward(minutes=14)
        await chat.ask("/resume cd5678")
        assert len(chat.desk.requests(ResumeFollower)) == 2
        chat.clock.forward(minutes=2)
        assert "6-digit code" in (await chat.ask("/resume ef9012")).text


async def test_a_code_that_cannot_be_deleted_is_said_so():
    async with a_chat() as chat:
        await chat.ask("/live")
        chat.server.force("deleteMessage", 400, description="Bad Request: message can't be deleted")
        assert "delete it yourself" in (await chat.ask(_code())).text
