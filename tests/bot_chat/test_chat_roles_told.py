"""Who of owners, operators and followers is told what, and who gets buttons."""

import asyncio
from datetime import timedelta

import pytest

from bot.chat.people import People
from engine.core.chat.offer_view import ChoiceView, OfferView
from engine.core.values.control import (
    MakeButtons,
    Reply,
)
from engine.core.values.market import AccountName
from engine.core.values.people import PEOPLE_TOPIC, Role
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_server import OWNER, STRANGER, a_chat
from tests.bot_chat.chat_views import MORNING, a_card, a_person, an_alert
from tests.bot_chat.roles_desk import (
    FOLLOWER,
    OPERATOR,
    OTHER_WORDS,
    a_desk,
)


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
