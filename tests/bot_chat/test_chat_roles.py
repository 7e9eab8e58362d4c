"""What each role may do and see, over every command and every kind of update."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from telegram import Update

from bot.chat.commands import COMMANDS
from bot.chat.delivery import MENU_LABELS
from bot.chat.gate import Gate
from bot.chat.people import People
from bot.chat.role_desk import RoleDesk
from bot.chat.roles import may
from bot.chat.stopping import OFFER_CANCEL_ENTRIES
from engine.core.chat.offer_view import ChoiceView, OfferView
from engine.core.chat.story import StoryLine
from engine.core.values.control import (
    ChooseQuietHours,
    GoLive,
    MakeButtons,
    PauseFollower,
    Reply,
    Requester,
    ResumeFollower,
    StartCopy,
    StopCopy,
)
from engine.core.values.day_report import DayProfit
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.orders import Funds
from engine.core.values.people import PEOPLE_TOPIC, Role
from engine.core.values.views import AccountFunds, AccountLimits, AccountPositions, LimitLine
from tests.bot_chat.chat_fakes import (
    MORNING,
    FakeDesk,
    ManualClock,
    a_card,
    a_child,
    a_copy,
    a_person,
    a_position,
    a_status,
    a_story,
    an_account,
    an_alert,
)
from tests.bot_chat.chat_server import OWNER, STRANGER, a_chat
from tests.bot_chat.chat_updates import a_message, a_tap, kinds
from tests.bot_chat.report_builders import FakeDays, a_report

OPERATOR, FOLLOWER = 5001, 6001
OTHER_WORDS = ("cd5678", "CD5678", "CANARY", "98,765", "43,210", "44,44", "55,55", "master   ok")
FORGED = (
    "r|login master", "r|people invite operator", "r|people revoke 6001", "r|diff cd5678",
    "r|positions cd5678", "r|positions master", "r|report", "r|latency", "r|live", "r|pnl",
    OFFER_CANCEL_ENTRIES, "o|abc|0", "v1|abc|0", "mode_live", "r|",
)  # fmt: skip
#: What the help tells of each command names the master; and so may a refusal.
NAMES = {command.name: command for command in COMMANDS}


def a_desk() -> FakeDesk:
    desk = FakeDesk()
    desk.paired = (
        a_person(OPERATOR, Role.OPERATOR),
        a_person(FOLLOWER, Role.FOLLOWER, "ab1234"),
    )
    desk.view = a_status(
        copying=True,
        since=MORNING,
        accounts=(
            an_account("master", day_pnl=Decimal(4444444)),
            an_account("ab1234", day_pnl=Decimal(123)),
            an_account("cd5678", day_pnl=Decimal(5555555), unresolved=1),
        ),
        problems=("CANARY: cd5678 has a problem",),
        losses=("ab1234: 1 of 2 daily loss", "cd5678: CANARY", "all together: CANARY"),
    )
    mine, other = a_child(), a_child("cd5678", quantity=98765, reason="CANARY")
    desk.show(
        a_copy(
            children=(mine, other),
            quantity=98765,
            filled=98765,
            price=Decimal("43210.5"),
            average_price=Decimal("43210.5"),
        )
    )
    desk.show(a_copy(master_order_id=OrderId("9"), symbol="CANARYX", number=9, children=(other,)))
    desk.held = tuple(
        AccountPositions(
            account=AccountName(name),
            venue=Venue.PAPER,
            read_at=MORNING,
            rows=(a_position(symbol=symbol),),
        )
        for name, symbol in (("master", "CANARYM"), ("ab1234", "SBIN"), ("cd5678", "CANARYC"))
    )
    story = a_story("was sent SBIN.")
    lines = tuple(
        StoryLine(at=MORNING, who=who, text=f"{who} CANARY")
        for who in ("master", "cd5678", "", "Asha")
    )
    desk.stories["214"] = replace(story, lines=(*story.lines, *lines), title="BUY 98,765 CANARY")
    desk.stories["215"] = replace(story, lines=lines)
    desk.spendable = tuple(
        AccountFunds(
            account=AccountName(name), funds=Funds(equity=Decimal(rupees), commodity=Decimal(0))
        )
        for name, rupees in (("master", 4444444), ("ab1234", 123), ("cd5678", 5555555))
    )
    desk.account_limits = tuple(
        AccountLimits(account=AccountName(name), lines=(LimitLine(name="max", limit=limit),))
        for name, limit in (("ab1234", "10"), ("cd5678", "CANARY"))
    )
    report = a_report()
    mine, other = report.followers
    mine = replace(mine, name=AccountName("ab1234"))
    other = replace(other, name=AccountName("cd5678"), profit=DayProfit(rupees=Decimal(5555555)))
    master = DayProfit(rupees=Decimal(4444444))
    desk.days = FakeDays(replace(report, followers=(mine, other), master=master))
    return desk


async def _ask(chat, text: str, *, user: int):
    """Ask as somebody whose thumb is never too quick."""
    chat.clock.forward(seconds=30)
    return await chat.ask(text, user=user)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FOLLOWER])
async def test_over_every_command_a_role_does_what_the_table_says_and_no_more(role):
    user = OPERATOR if role is Role.OPERATOR else FOLLOWER
    async with a_chat(desk=a_desk()) as chat:
        for command in COMMANDS:
            for word in (command.name, *command.aliases):
                # What is explained of what he may not do is refused too: see below.
                rest = "" if command.name == "help" else command.example.partition(" ")[2]
                call = await _ask(chat, f"/{word} {rest}".strip(), user=user)
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
            call = await _ask(chat, text, user=FOLLOWER)
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
            shown = (await _ask(chat, text, user=OPERATOR)).text
            assert "cd5678" in shown
            assert "master" in shown
        stopped = await _ask(chat, "STOP!", user=OPERATOR)
        assert "an owner sends: /start_copy" in stopped.text
        assert len(chat.desk.requests(StopCopy)) == 1


async def test_a_follower_who_says_stop_is_told_what_he_can_do():
    async with a_chat(desk=a_desk()) as chat:
        for text in ("stop", "/STOP", "/panic", "close all"):
            assert "/pause stops your own" in (await _ask(chat, text, user=FOLLOWER)).text
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
            await _ask(chat, "/version", user=user)
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


def _told(chat, user: int) -> str:
    calls = (call for call in chat.server.calls if call.fields.get("chat_id") == str(user))
    return "\n".join(call.text for call in calls)


async def test_alerts_reach_whom_they_concern():
    async with a_chat(desk=a_desk()) as chat:
        alerts = [
            an_alert(1, text="ONE of all"),
            an_alert(2, text="TWO of ab1234", follower=AccountName("ab1234")),
            an_alert(3, text="THREE of ab1234", topic="account:ab1234"),
            an_alert(4, text="FOUR of cd5678", follower=AccountName("cd5678")),
            an_alert(5, text="FIVE of people", topic=PEOPLE_TOPIC),
            an_alert(6, text="SIX of master", topic="account:master"),
        ]
        for alert in alerts:
            chat.bot.offer(alert)
        chat.bot.offer(a_card(7))
        chat.bot.offer(a_card(8, "9"))
        await chat.next_saying("CANARYX")
        await chat.quiet()
        follower, operator, owner = (_told(chat, each) for each in (FOLLOWER, OPERATOR, OWNER))
        for word, at in (
            ("ONE", 0),
            ("TWO", 1),
            ("THREE", 1),
            ("FOUR", 0),
            ("FIVE", 0),
            ("SIX", 0),
        ):
            assert (f"{word} of" in follower) is bool(at), word
            assert f"{word} of" in owner
            assert (f"{word} of" in operator) is (word != "FIVE")
        assert "COPY #214" in follower
        assert "fill 75 112.45" in follower
        assert not any(word in follower for word in OTHER_WORDS)
        assert "98,765" in operator


@pytest.mark.parametrize("user", [OPERATOR, FOLLOWER])
async def test_who_was_revoked_meanwhile_is_told_nothing_that_waited_and_heard_no_more(user):
    async with a_chat(desk=a_desk()) as chat:
        chat.server.force("sendMessage", 429, times=3, parameters={"retry_after": 1})
        # Owner, operator and follower are told it: then each chat has to wait.
        chat.bot.offer(an_alert(2, text="WAITED", topic="account:ab1234"))
        for _ in range(3):
            await chat.next("sendMessage", status=429)
        await chat.say("/status", user=user)
        async with asyncio.timeout(5):
            while chat.server.waiting():  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
        chat.desk.paired = tuple(each for each in chat.desk.paired if each.user_id != user)
        await chat.next_saying("WAITED")
        await chat.say("/status", user=user)
        await chat.quiet()
        said = [
            call
            for call in chat.server.calls
            if call.method == "sendMessage"
            and call.fields["chat_id"] == str(user)
            and call.status == 200
        ]
        assert said == []


async def test_each_role_has_its_own_menu_and_strangers_none():
    async with a_chat(desk=a_desk()) as chat:
        await chat.quiet()
        menus = {
            call.fields["scope"]: {c["command"] for c in json.loads(call.fields["commands"])}
            for call in chat.server.calls
            if call.method == "setMyCommands"
        }
        assert any(call.method == "deleteMyCommands" for call in chat.server.calls)
    for user, role in ((OWNER, Role.OWNER), (OPERATOR, Role.OPERATOR), (FOLLOWER, Role.FOLLOWER)):
        [commands] = [names for scope, names in menus.items() if str(user) in scope]
        assert commands == {name for name in NAMES if may(role, name)}
    assert len(menus) == 3


async def test_the_reply_keyboard_has_only_what_the_role_may_do():
    async with a_chat(desk=a_desk()) as chat:
        for user, role in ((OPERATOR, Role.OPERATOR), (FOLLOWER, Role.FOLLOWER)):
            menu = (await _ask(chat, "/start", user=user)).menu
            assert menu
            for label in menu:
                answer = await _ask(chat, label, user=user)
                assert "is for owners" not in answer.text
            assert set(menu) <= {label for row in MENU_LABELS for label in row}, role


async def test_help_lists_what_the_role_may_do_and_explains_no_more():
    async with a_chat(desk=a_desk()) as chat:
        listed = (await _ask(chat, "/help", user=FOLLOWER)).text
        assert "/pause acct" in listed
        assert "/live" not in listed
        assert "for owners" in (await _ask(chat, "/help live", user=FOLLOWER)).text


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
            shown = (await _ask(chat, text, user=FOLLOWER)).text
            assert "ab1234" not in shown
            assert not any(word in shown for word in OTHER_WORDS)


class Offering(FakeDesk):
    """A desk with one open offer."""

    def offer(self, offer_id):
        choices = (ChoiceView(label="I have seen to it", adds_risk=False),)
        return OfferView(
            offer_id=offer_id, about="", choices=choices, outcome="", login=None, shown=()
        )

    async def ask(self, request, *, by, update_id=None, sent_at=None):
        assert isinstance(request, MakeButtons)
        return Reply(accepted=True, text="")


async def test_only_owners_get_the_buttons_of_an_alert():
    desk = Offering()
    desk.paired = (a_person(OPERATOR, Role.OPERATOR),)
    async with a_chat(desk=desk) as chat:
        chat.bot.offer(an_alert(3, offer=3))
        shown = {
            call.fields["chat_id"]: call.buttons for call in (await chat.next(), await chat.next())
        }
    assert list(shown[str(OWNER)]) == ["I have seen to it"]
    assert shown[str(OPERATOR)] == {}


def test_who_was_let_in_is_not_told_after_a_restart_what_was_said_before_him():
    desk = FakeDesk()
    later = MORNING + timedelta(minutes=5)
    desk.paired = (a_person(OPERATOR, Role.OPERATOR, paired_at=later),)
    people = People(frozenset({OWNER}), desk)
    for at, hears in ((MORNING, False), (later, True)):
        notice = an_alert(1, at=at)
        assert people.missed(OPERATOR, notice) is hears
        assert people.missed(OWNER, notice)
        assert not people.missed(STRANGER, notice)
    assert not people.missed(OPERATOR, an_alert(2, at=later, topic=PEOPLE_TOPIC))
