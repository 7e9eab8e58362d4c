"""/set on the phone: list, look, change; a code where LIVE gets looser; what is typed wrongly is named."""

from datetime import timedelta

import pyotp
import pytest

from engine.core.chat.set_asks import Proposed
from engine.core.values.control import ChangeSetting
from engine.core.values.market import AccountName, Venue
from engine.core.values.settable import OF_FOLLOWER, TOTAL_LOSS
from engine.core.values.views import AccountLimits, LimitLine, SettingLine
from tests.bot_chat.chat_server import TOTP_SECRET, a_chat
from tests.bot_chat.chat_views import MORNING, a_status, an_account

FATHER = AccountName("ab1234")
CODE = pyotp.TOTP(TOTP_SECRET).generate_otp(int(MORNING.timestamp()) // 30)


def changed(key: str = "MULTIPLIER", text: str | None = "0.5", follower: str = "ab1234"):
    return ChangeSetting(follower=AccountName(follower), key=key, text=text, was="1")


async def test_alone_it_lists_every_key_with_an_example():
    async with a_chat() as chat:
        call = await chat.ask("/set")
        assert call.text.startswith("PAPER · what can be set")
        flat = " ".join(call.text.split())
        assert all(f"{key} " in flat for key in (*OF_FOLLOWER, TOTAL_LOSS))
        assert chat.desk.asked == []


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("/set ab1234 multiplier 0.5", changed()),
        ("/set MULTIPLIER ab1234 0.5", changed()),
        ("/set AB1234 multiplier=0.5", changed()),
        ("/set FOLLOWERS__AB1234__MULTIPLIER 0.5", changed()),
        ("/set ab1234 max-daily-loss 2,50,000", changed("MAX_DAILY_LOSS", "250000")),
        ("/set ab1234 multiplier default", changed(text=None)),
        ('/set ab1234 SEGMENT_MULTIPLIERS {"NFO": "0.5"}',
         changed("SEGMENT_MULTIPLIERS", '{"NFO": "0.5"}')),
        ("/set risk__max_daily_loss 50000", changed(TOTAL_LOSS, "50000", "")),
    ],
)  # fmt: skip
async def test_in_whatever_order_it_is_typed(typed, asked):
    async with a_chat() as chat:
        assert (await chat.ask(typed)).text.startswith(
            "PAPER · set.\nWhat counts now: /limits\nop "
        )
        assert chat.desk.asked == [asked]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/set ab1234 multiplier 0", "MULTIPLIER: 0 is not above 0 - correct it"),
        ("/set ab1234 multiplyer 0.5", "Did you mean /set ab1234 MULTIPLIER 0.5?"),
        ("/set multiplyer 0.5", "Did you mean /set MULTIPLIER 0.5?"),
        ("/set ab1235 multiplier 0.5", "Did you mean /set ab1234?"),
        ("/set multiplier 0.5", "of which account? For example: /set ab1234 MULTIPLIER 0.5"),
        ("/set master multiplier 2", "the master is only watched"),
        ("/set ab1234 api_secret x", "“API_SECRET” cannot be set here"),
        ("/set xyzzy", "“XYZZY” cannot be set here"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_set(typed, answer):
    async with a_chat() as chat:
        text = (await chat.ask(typed)).text
        assert answer.replace("“", "").replace("”", "") in text
        assert chat.desk.asked == []


async def test_with_one_follower_nobody_has_to_name_him():
    async with a_chat() as chat:
        chat.desk.view = a_status(accounts=(an_account("master"), an_account("ab1234")))
        await chat.ask("/set multiplier 0.5")
        assert chat.desk.asked == [changed()]


async def test_what_it_is_already_is_said_and_not_set_again():
    async with a_chat() as chat:
        chat.desk.proposal = Proposed(old="0.5", new="0.5", looser=False)
        assert (
            "ab1234 MULTIPLIER is 0.5 already."
            in (await chat.ask("/set ab1234 multiplier 0.50")).text
        )
        assert chat.desk.asked == []


async def test_a_key_alone_shows_its_value_and_how_to_go_back():
    async with a_chat() as chat:
        chat.desk.settable = (SettingLine(key="MULTIPLIER", value="0.5", by_env="1", chosen=True),)
        text = (await chat.ask("/set ab1234 multiplier")).text
        assert "ab1234 MULTIPLIER is 0.5 (by /set)." in text
        assert "Back to 1 of the settings: /set ab1234 MULTIPLIER default" in text
        assert "*MULTIPLIER 0.5" in (await chat.ask("/set ab1234")).text


async def test_in_live_looser_asks_for_a_code_and_tighter_does_not():
    async with a_chat() as chat:
        chat.desk.view = a_status(
            venue=Venue.LIVE, copying=True, armed_until=MORNING + timedelta(hours=8)
        )
        await chat.ask("/set ab1234 multiplier 0.5")
        assert chat.desk.asked == [changed()]
        chat.desk.proposal = Proposed(old="1", new="2", looser=True)
        call = await chat.ask("/set ab1234 multiplier 2")
        assert "set ab1234 MULTIPLIER: 1 → 2, which is looser?" in call.text
        assert len(chat.desk.asked) == 1
        await chat.say(CODE)
        await chat.next_saying("set.")
        assert chat.desk.asked[-1] == changed(text="2")


async def test_in_paper_looser_asks_nothing():
    async with a_chat() as chat:
        chat.desk.proposal = Proposed(old="1", new="2", looser=True)
        await chat.ask("/set ab1234 multiplier 2")
        assert chat.desk.asked == [changed(text="2")]


async def test_one_that_comes_late_is_not_run_by_itself():
    async with a_chat() as chat:
        call = await chat.ask("/set ab1234 multiplier 0.5", age=90)
        assert "NOT run" in call.text
        await chat.press(call, "Confirm: run /set now")
        await chat.next_saying("set.")
        assert chat.desk.asked == [changed()]


async def test_limits_mark_what_was_set_here():
    async with a_chat() as chat:
        chosen = (SettingLine(key="MULTIPLIER", value="0.5", by_env="1", chosen=True),)
        line = LimitLine(name="positions", limit="5", used="1")
        chat.desk.account_limits = (AccountLimits(account=FATHER, lines=(line,), chosen=chosen),)
        text = (await chat.ask("/limits")).text
        assert "by /set: MULTIPLIER 0.5 (settings: 1)" in text
        assert "To change one: /set" in text
