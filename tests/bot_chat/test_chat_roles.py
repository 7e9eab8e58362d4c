"""What each role may do and see, over every command and every kind of update."""

import pytest
from msgspec.structs import replace
from telegram import Update

from bot.chat.commands import COMMANDS
from bot.chat.gate import Gate
from bot.chat.people import People
from bot.chat.role_desk import RoleDesk
from bot.chat.roles import may
from engine.core.values.control import (
    ChooseQuietHours,
    GoLive,
    PauseFollower,
    Requester,
    ResumeFollower,
    StartCopy,
    StopCopy,
)
from engine.core.values.market import AccountName, Venue
from engine.core.values.people import Role
from tests.bot_chat.chat_fakes import ManualClock
from tests.bot_chat.chat_server import OWNER, STRANGER, a_chat
from tests.bot_chat.chat_updates import a_message, a_tap, kinds
from tests.bot_chat.chat_views import MORNING, a_person
from tests.bot_chat.roles_desk import FOLLOWER, FORGED, OPERATOR, OTHER_WORDS, a_desk, ask_slowly


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FOLLOWER])
async def test_over_every_command_a_role_does_what_the_table_says_and_no_more(role):
    user = OPERATOR if role is Role.OPERATOR else FOLLOWER
    async with a_chat(desk=a_desk()) as chat:
        for command in COMMANDS:
            for word in (command.name, *command.aliases):
                # What is explained of what he may not do is refused too: see below.
                rest = "" if command.name == "help" else command.example.partition(" ")[2]
                call = await ask_slowly(chat, f"/{word} {rest}".strip(), user=user)
                refused = f"You are a{'n' if role is Role.OPERATOR else ''} {role}." in call.text
                refused = refused or "is for owners" in call.text
                assert refused is not may(role, command.name), (word, call.text)
        asked = {type(each) for each in chat.desk.asked}
    own = {PauseFollower, ChooseQuietHours}
    assert asked == (own | {StopCopy} if role is Role.OPERATOR else own)


async def test_a_follower_sees_his_account_and_nothing_of_any_other():
    async with a_chat(desk=a_desk()) as chat:
        words = [
            "/status", "/positions", "/positions ab1234", "/positions cd5678", "/positions master",
            "/orders 50", "/funds", "/limits", "/limits ab1234", "/limits cd5678", "/why 214",
            "/why 215", "/why 214 cd5678", "/why 7f3a", "/pnl", "/pnl week", "/pause", "/version",
            "/start",
        ]  # fmt: skip
        told = {}
        for text in words:
            call = await ask_slowly(chat, text, user=FOLLOWER)
            # What he typed is said back to him; what else there is, is not.
            told[text] = call.text
            for word in text.split()[1:]:
                if word != "ab1234":
                    told[text] = told[text].replace(f" {word}.", ".")
            for hidden in OTHER_WORDS:
                assert hidden not in told[text], (text, call.text)
        assert "ab1234" in told["/status"]
        assert "all together" not in told["/status"]
        assert "SBIN" in told["/positions"]
        assert "fill 75 112.45" in told["/orders 50"]
        assert "NIFTY25NOV24500CE" in told["/orders 50"]
        assert "was sent SBIN" in told["/why 214"]
        assert "nothing is known" in told["/why 215"]
        assert "123" in told["/funds"]
        assert "10" in told["/limits"]
        assert "/set" not in told["/limits"]
        for text in ("/pnl", "/pnl week"):
            assert "ab1234" in told[text]
            assert "master" not in told[text]
        assert chat.desk.requests(PauseFollower) == [PauseFollower(follower=AccountName("ab1234"))]


async def test_an_operator_sees_everybody_and_may_stop():
    async with a_chat(desk=a_desk()) as chat:
        for text in ("/status", "/positions", "/funds"):
            shown = (await ask_slowly(chat, text, user=OPERATOR)).text
            assert "cd5678" in shown
            assert "master" in shown
        stopped = await ask_slowly(chat, "STOP!", user=OPERATOR)
        assert "an owner sends: /start_copy" in stopped.text
        assert len(chat.desk.requests(StopCopy)) == 1


async def test_a_follower_who_says_stop_is_told_what_he_can_do():
    async with a_chat(desk=a_desk()) as chat:
        for text in ("stop", "/STOP", "/panic", "close all"):
            assert "/pause stops your own" in (await ask_slowly(chat, text, user=FOLLOWER)).text
        assert chat.desk.asked == []


@pytest.mark.parametrize("user", [OPERATOR, FOLLOWER])
async def test_forged_buttons_do_and_show_nothing_of_others(user):
    async with a_chat(desk=a_desk()) as chat:
        for data in FORGED:
            chat.clock.forward(seconds=30)
            await chat.tap(data, user=user)
        await chat.say("/version", user=user)
        await chat.next_saying("kitecopytrader")
        calls = [call for call in chat.server.calls if call.fields.get("chat_id") == str(user)]
        if user == FOLLOWER:
            for call in calls:
                assert not any(word in call.text for word in OTHER_WORDS), call.text
        assert chat.desk.asked == []
        assert chat.desk.login_states == []
        words = [data.removeprefix("r|").split() for data in FORGED if data.startswith("r|")]
        role = chat.bot.people.role(user)
        # What no button runs at all is answered by a toast alone.
        due = sum(not may(role, each[0]) for each in words if each and each[0] != "live")
        assert sum("for owners" in call.text for call in calls) == due + len(["o|abc|0"])
        assert not any("6-digit" in call.text for call in calls)
        assert not any(label.startswith("Confirm") for call in calls for label in call.buttons)


async def test_a_question_that_was_asked_of_an_owner_is_nobody_elses():
    async with a_chat(desk=a_desk()) as chat:
        chat.desk.view = replace(chat.desk.view, venue=Venue.LIVE, armed_until=MORNING)
        prompt = await chat.ask("/panic")
        [confirm] = [b for text, b in prompt.buttons.items() if text.startswith("Confirm")]
        for user in (OPERATOR, FOLLOWER):
            await chat.tap(confirm["callback_data"], user=user)
            await ask_slowly(chat, "/version", user=user)
        assert chat.desk.asked == []


async def test_a_token_that_somebody_else_pastes_is_deleted_and_not_used():
    async with a_chat(desk=a_desk()) as chat:
        url = "https://127.0.0.1/?status=success&request_token=" + "a1B2" * 8
        number = await chat.say(url, user=OPERATOR)
        assert "for owners" in (await chat.next()).text
        deleted = [call for call in chat.server.calls if call.method == "deleteMessage"]
        assert [call.fields["message_id"] for call in deleted] == [str(number)]
        assert chat.desk.logins == []


async def test_a_code_is_deleted_and_does_not_count_for_another():
    async with a_chat(desk=a_desk()) as chat:
        await chat.ask("/live")
        number = await chat.say("123456", user=OPERATOR)
        assert "no code was asked for" in (await chat.next()).text
        deleted = [call for call in chat.server.calls if call.method == "deleteMessage"]
        assert [call.fields["message_id"] for call in deleted] == [str(number)]
        assert chat.desk.asked == []


@pytest.mark.parametrize("user", [OWNER, OPERATOR, FOLLOWER, STRANGER])
def test_over_every_kind_of_update_only_known_people_in_their_own_chat_are_heard(user):
    people = People(frozenset({OWNER}), a_desk())
    gate = Gate(lambda each: people.role(each) is not None, ManualClock())
    for kind, payload in kinds(user).items():
        assert not gate.admits(Update.de_json({"update_id": 1, **payload}, None)), kind
    plain = ({"message": a_message(user)}, {"callback_query": a_tap(user)})
    heard = [gate.admits(Update.de_json({"update_id": 1, **each}, None)) for each in plain]
    assert heard == [user != STRANGER] * 2


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FOLLOWER])
async def test_the_second_lock_holds_where_the_first_was_forgotten(role):
    desk = a_desk()
    door = RoleDesk(desk, role, AccountName("ab1234"))
    by = Requester(user_id=1, name="x")
    for request in (
        StartCopy(),
        GoLive(armed_until=MORNING, totp_step=None),
        ResumeFollower(follower=AccountName("ab1234")),
    ):
        assert not (await door.ask(request, by=by)).accepted
    for chat_id in (1, 2):
        chosen = ChooseQuietHours(chat_id=chat_id, hours=None)
        assert (await door.ask(chosen, by=by)).accepted is (chat_id == by.user_id)
    other = await door.ask(PauseFollower(follower=AccountName("cd5678")), by=by)
    assert other.accepted is (role is Role.OPERATOR)
    assert (await door.ask(StopCopy(), by=by)).accepted is (role is Role.OPERATOR)


async def test_a_follower_whose_account_is_not_configured_any_more_sees_nothing():
    desk = a_desk()
    desk.paired = (a_person(FOLLOWER, Role.FOLLOWER, None, account_id="ZZ1"),)
    async with a_chat(desk=desk) as chat:
        for text in ("/status", "/positions", "/orders", "/funds", "/limits"):
            shown = (await ask_slowly(chat, text, user=FOLLOWER)).text
            assert "ab1234" not in shown
            assert not any(word in shown for word in OTHER_WORDS)
