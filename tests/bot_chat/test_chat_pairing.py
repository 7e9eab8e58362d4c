"""Letting people in and sending them away, in the chat."""

import re
from datetime import timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.chat.gate import Gate
from bot.chat.pairing import MOST_GUESSES, Pairing
from bot.chat.pairing_code import digest_of, new_code, read_code
from bot.chat.people import People
from engine.core.values.control import (
    GoLive,
    InvitePerson,
    PairPerson,
    ProveCode,
    ResumeFollower,
    RevokePerson,
    TotpFailed,
)
from engine.core.values.market import AccountName, Venue
from engine.core.values.people import Role
from tests.bot_chat.chat_fakes import FakeDesk, ManualClock
from tests.bot_chat.chat_server import OWNER, SECOND, STRANGER, TOTP_SECRET, a_chat
from tests.bot_chat.chat_updates import a_message, a_tap, kinds
from tests.bot_chat.chat_views import MORNING, a_person, a_status, an_account

RAVI = 5001
STEP = int(MORNING.timestamp()) // 30
TOTP = pyotp.TOTP(TOTP_SECRET)
SHOWN = re.compile(r"/pair (\S{4}-\S{4}-\S{4})")


def invite(desk: FakeDesk, role: Role = Role.OPERATOR, follower: str | None = None) -> str:
    code = new_code()
    name = AccountName(follower) if follower else None
    desk.invited[digest_of(code)] = InvitePerson(digest=digest_of(code), role=role, follower=name)
    return code


@given(st.integers(0, 11), st.sampled_from(["", "-", " ", "_"]), st.booleans())
def test_a_code_is_read_however_it_is_typed_and_only_whole(cut, between, lower):
    code = new_code()
    letters = code.replace("-", "")
    typed = between.join(letters)
    assert read_code(typed.lower() if lower else typed) == digest_of(code)
    assert read_code(letters[:cut]) is None
    assert read_code(letters + "A") is None
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code), "a deep link carries it"


@pytest.mark.parametrize("words", ["/pair {}", "/start {}", "/PAIR {}", "/pair@copy_bot {}"])
async def test_a_stranger_with_a_code_is_let_in_once(words):
    async with a_chat() as chat:
        code = invite(chat.desk)
        await chat.say(words.format(code), user=RAVI)
        answer = await chat.next()
        assert answer.fields["chat_id"] == str(RAVI)
        assert chat.desk.strangers_named == []
        await chat.say(words.format(code), user=STRANGER)
        assert [c for c in await chat.quiet() if c.fields.get("chat_id") == str(STRANGER)] == []
        assert len(chat.desk.requests(PairPerson)) == 1
        assert "master" in (await chat.ask("/status", user=RAVI)).text
        menus = [c.fields["scope"] for c in chat.server.calls if c.method == "setMyCommands"]
        assert any(str(RAVI) in scope for scope in menus)


async def test_a_wrong_code_is_silence_and_the_owner_hears_of_it_once_an_hour():
    async with a_chat() as chat:
        for text in ("/pair AAAA-BBBB-CCCC", "/start 123", "/pair", "hello", "/pair x y"):
            await chat.say(text, user=STRANGER)
        assert [c for c in await chat.quiet() if c.fields.get("chat_id") == str(STRANGER)] == []
        assert chat.desk.asked == []
        assert chat.desk.strangers_named == [(STRANGER, "Asha")]
        chat.clock.forward(hours=1, seconds=1)
        await chat.say("hello", user=STRANGER)
        await chat.quiet()
        assert len(chat.desk.strangers_named) == 2


async def test_after_five_wrong_codes_not_even_a_right_one_is_looked_at_for_an_hour():
    async with a_chat() as chat:
        code = invite(chat.desk)
        for _ in range(MOST_GUESSES):
            await chat.say("/pair AAAA-BBBB-CCCC", user=STRANGER)
        await chat.say(f"/pair {code}", user=STRANGER)
        await chat.quiet()
        assert chat.desk.asked == []
        await chat.say(f"/pair {code}", user=RAVI)
        await chat.next()
        assert len(chat.desk.requests(PairPerson)) == 1, "another person's guesses are his own"
        chat.clock.forward(hours=1, seconds=1)
        again = invite(chat.desk)
        await chat.say(f"/pair {again}", user=STRANGER)
        await chat.next()
        assert len(chat.desk.requests(PairPerson)) == 2


@pytest.mark.parametrize("kind", kinds(STRANGER))
def test_a_code_counts_only_as_a_strangers_own_words_in_his_own_chat(kind):
    gate = Gate(lambda _id: False, ManualClock(), has_code=lambda _id, _text: True)
    update = Update.de_json({"update_id": 1, **kinds(STRANGER)[kind]}, None)
    assert not gate.admits(update)
    plain = Update.de_json({"update_id": 1, "message": a_message(STRANGER)}, None)
    assert gate.admits(plain)
    tap = Update.de_json({"update_id": 1, "callback_query": a_tap(STRANGER)}, None)
    assert not gate.admits(tap)


async def test_an_owner_invites_with_a_code_of_the_authenticator_then_a_button():
    async with a_chat() as chat:
        listed = await chat.ask("/people")
        assert f"owner · id {OWNER}" in listed.text
        await chat.press(listed, "Invite operator")
        assert "6-digit code" in (await chat.next()).text
        await chat.say(TOTP.generate_otp(STEP))
        code = SHOWN.search((await chat.next_saying("/pair ")).text).group(1)
        assert chat.desk.requests(ProveCode) == [ProveCode(totp_step=STEP)]
        [made] = chat.desk.requests(InvitePerson)
        assert (made.digest, made.role, made.follower) == (digest_of(code), Role.OPERATOR, None)
        assert any(call.method == "deleteMessage" for call in chat.server.calls)
        await chat.press(listed, "Invite follower of ab1234")
        question = await chat.next()
        assert "6-digit" not in question.text, "a code of his answers for 15 minutes"
        await chat.press(question, "Confirm people invite follower ab1234")
        shown = await chat.next_saying("t.me/copy_bot?start=")
        assert chat.desk.requests(InvitePerson)[1].follower == "ab1234"
        await chat.say(f"/start {SHOWN.search(shown.text).group(1)}", user=RAVI)
        await chat.next()
        assert "cd5678" not in (await chat.ask("/status", user=RAVI)).text


async def test_a_person_is_revoked_by_a_button_and_its_confirmation_without_a_code():
    async with a_chat() as chat:
        chat.desk.paired = (a_person(RAVI, Role.OPERATOR),)
        listed = await chat.ask("/people")
        await chat.press(listed, f"Revoke P{RAVI} ({RAVI})")
        question = await chat.next()
        await chat.press(question, "Confirm revoke")
        await chat.next()
        assert chat.desk.requests(RevokePerson) == [RevokePerson(user_id=RAVI)]
        await chat.say("/status", user=RAVI)
        assert [c for c in await chat.quiet() if c.fields.get("chat_id") == str(RAVI)] == []
        menus = [
            c.fields.get("scope", "") for c in chat.server.calls if c.method == "deleteMyCommands"
        ]
        assert any(str(RAVI) in scope for scope in menus)


async def test_a_question_that_is_open_ends_with_its_person_also_when_he_comes_back():
    async with a_chat() as chat:
        chat.desk.paired = (a_person(RAVI, Role.OWNER),)
        await chat.ask("/live", user=RAVI)
        prompt = await chat.ask("/people revoke 5001", user=RAVI)
        chat.desk.paired = ()
        await chat.press(prompt, "Confirm revoke", user=RAVI)
        await chat.say(TOTP.generate_otp(STEP), user=RAVI)
        await chat.quiet()
        assert chat.desk.asked == []
        chat.desk.paired = (a_person(RAVI, Role.OWNER, paired_at=MORNING + timedelta(minutes=1)),)
        await chat.press(prompt, "Confirm revoke", user=RAVI)
        assert "state has changed" in (await chat.next_saying("state has changed")).text
        await chat.say(TOTP.generate_otp(STEP), user=RAVI)
        await chat.next_saying("changed meanwhile")
        assert chat.desk.asked == []


# -- the second factor (rule 10) ----------------------------------------------------------------


def _live(**changes: object):
    accounts = tuple(an_account(name, paused=True) for name in ("master", "ab1234", "cd5678"))
    until = MORNING + timedelta(hours=8)
    return a_status(venue=Venue.LIVE, armed_until=until, accounts=accounts, **changes)


@pytest.mark.parametrize(
    ("text", "live", "asks"),
    [
        ("/live", False, True),
        ("/resume ab1234", True, True),
        ("/resume ab1234", False, False),
        ("/people invite operator", True, True),
        ("/people invite operator", False, True),
        ("/people invite follower ab1234", False, True),
        ("/people revoke 5001", True, False),
        ("/people", True, False),
        ("/stop", True, False),
        ("/pause ab1234", True, False),
        ("/paper", True, False),
        ("/panic", True, False),
        ("/detach ab1234", True, False),
        ("/start_copy", True, False),
        ("/status", True, False),
    ],
)
async def test_what_adds_risk_asks_for_a_code_and_what_reduces_it_never(text, live, asks):
    async with a_chat() as chat:
        chat.desk.paired = (a_person(RAVI, Role.OPERATOR),)
        chat.desk.view = _live() if live else a_status()
        await chat.say(text)
        await chat.next()
        told = [call.text for call in await chat.quiet()]
        told += [call.text for call in chat.server.calls]
        assert any("6-digit code" in each for each in told) is asks
        kinds = {type(each) for each in chat.desk.asked}
        assert not kinds & {GoLive, InvitePerson} if asks else True


async def test_the_code_of_one_owner_is_no_proof_of_another():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        chat.desk.view = _live()
        await chat.ask("/resume ab1234")
        await chat.say(TOTP.generate_otp(STEP), user=SECOND)
        await chat.next_saying("no code was asked for")
        assert chat.desk.asked == []
        await chat.say(TOTP.generate_otp(STEP))
        await chat.next_saying("done")
        assert len(chat.desk.requests(ResumeFollower)) == 1
        chat.desk.view = _live()
        await chat.say("/resume cd5678", user=SECOND)
        await chat.next_saying("6-digit code")
        assert len(chat.desk.requests(ResumeFollower)) == 1


async def test_a_locked_second_factor_stops_invitations_and_stops_no_stop():
    async with a_chat() as chat:
        chat.desk.wrong_codes = 5
        assert "copytrader unlock" in (await chat.ask("/people invite operator")).text
        assert "copytrader unlock" in (await chat.ask("/live")).text
        await chat.ask("/stop")
        assert chat.desk.requests(TotpFailed) == []
        assert len(chat.desk.asked) == 1


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
async def test_a_clock_may_be_wrong_by_one_step(off):
    async with a_chat() as chat:
        await chat.ask("/people invite operator")
        await chat.say(TOTP.generate_otp(STEP + off))
        await chat.next()
        assert bool(chat.desk.requests(InvitePerson)) is (abs(off) <= 1)


def test_guesses_of_a_flood_of_strangers_are_bounded():
    clock = ManualClock()
    people = People(frozenset(), FakeDesk())
    pairing = Pairing(people, clock, FakeDesk(), lambda _user_id: None)
    for user_id in range(5_000):
        assert pairing.right_code(user_id, "/pair AAAA-BBBB-CCCC") is None
    assert len(pairing._wrong) <= 1_000
