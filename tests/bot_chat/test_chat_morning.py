"""The morning card and the reminders of the login, as they look in the chat."""

import asyncio

from msgspec.structs import replace

from bot.chat.render_morning import morning_card
from engine.core.values.logins import LOGINS_TOPIC, morning_topic
from engine.core.values.market import Venue
from engine.core.values.notices import NoticeKind, Severity
from engine.core.values.offers import OfferKind
from engine.core.values.views import SessionState
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_status, an_account, an_alert
from tests.bot_chat.offer_desk import OfferDesk
from tests.core.test_core_morning_logins import a_morning


def _view(*out: str, **changes: object):
    accounts = tuple(
        an_account(name, session=SessionState.LOGIN if name in out else SessionState.OK)
        for name in ("master", "ab1234", "cd5678")
    )
    return a_status(**{"venue": Venue.LIVE, "accounts": accounts, **changes})


def a_card(notice_id: int = 1):
    topic = morning_topic(MORNING.date())
    return replace(an_alert(notice_id), kind=NoticeKind.CARD, topic=topic, text="")


async def test_one_card_leads_from_the_login_to_the_start_and_is_edited_in_place():
    desk = FakeDesk()
    desk.view = _view("master", "ab1234")
    async with a_chat(desk=desk) as chat:
        chat.bot.offer(a_card())
        first = await chat.next()
        assert first.text == (
            "LIVE · this morning, step by step\n"
            "▫️ 1. log in master, ab1234\n▫️ 2. /live arms entries\n▫️ 3. /start_copy\nNext: /login"
        )
        assert list(first.buttons) == ["Log in master", "Log in ab1234"]
        assert first.fields["disable_notification"] == "false"
        await chat.press(first, "Log in ab1234")
        page = await chat.next()
        assert page.method == "sendMessage"
        assert page.buttons["Log in ab1234"]["url"].startswith("https://kite.zerodha.com/")
        for number, (view, says) in enumerate(
            (
                (_view("ab1234"), "log in ab1234"),
                (_view(), "Next: /live arms entries"),
                (_view(armed_until=MORNING), "✅ 2. armed till 06:00"),
                (_view(armed_until=MORNING, copying=True), "ready for the day"),
            )
        ):
            desk.view = view
            chat.bot.offer(a_card(2 + number))
            edit = await chat.next()
            assert edit.method == "editMessageText"
            assert says in edit.text
        assert not edit.buttons


async def test_a_card_without_a_login_comes_without_sound_and_news_without_a_change_edit_nothing():
    desk = FakeDesk()
    desk.view = _view()
    async with a_chat(desk=desk) as chat:
        chat.bot.offer(a_card())
        assert (await chat.next()).fields["disable_notification"] == "true"
        chat.bot.offer(a_card(2))
        async with asyncio.timeout(5):
            while len(desk.delivered) < 2:  # noqa: ASYNC110 - the outbox reports in its own time
                await asyncio.sleep(0.01)
        assert [each.notice_id for each in desk.delivered] == [1, 2]
        assert await chat.quiet() == []


async def test_after_a_restart_the_card_is_edited_where_it_stands():
    desk = FakeDesk()
    desk.view = _view()
    desk.card_ids[morning_topic(MORNING.date()), 4001] = 17
    async with a_chat(desk=desk) as chat:
        chat.server.force("editMessageText", 200)
        chat.bot.offer(a_card())
        edit = await chat.next("editMessageText")
        assert edit.fields["message_id"] == "17"


async def test_a_reminder_carries_a_button_for_each_who_is_out_when_it_is_shown():
    desk = FakeDesk()
    desk.view = _view("ab1234", "cd5678")
    async with a_chat(desk=desk) as chat:
        text = "Still to log in: master, ab1234, cd5678."
        chat.bot.offer(an_alert(topic=LOGINS_TOPIC, severity=Severity.WARNING, text=text))
        call = await chat.next()
        assert text in call.text
        assert list(call.buttons) == ["Log in ab1234", "Log in cd5678"]


async def test_the_red_alert_can_be_acknowledged_and_loses_its_buttons_when_all_are_in():
    world = a_morning()
    desk = OfferDesk(world)
    desk.view = _view("master")
    before = len(world.notices)
    world.until("18 09:10")
    async with a_chat(desk=desk) as chat:
        desk.bot = chat.bot
        for notice in world.notices[before:]:
            if notice.topic == LOGINS_TOPIC:
                desk.show_notice(notice)
        red = await chat.next_saying("NOT LOGGED IN: master, father, mother.")
        assert red.text.startswith("LIVE 🔴")
        assert list(red.buttons) == ["Log in master", "I have seen to it"]
        await chat.press(red, "I have seen to it")
        assert "Noted." in (await chat.next("editMessageText")).text
        assert not [
            o for o in world.state.open_offers.values() if o.question.kind is OfferKind.LOGINS
        ]


def test_in_paper_the_card_waits_for_the_master_and_whoever_holds_real_copies():
    view = _view("master", "ab1234", "cd5678", venue=Venue.PAPER)
    holder = replace(view.accounts[2], holds_live=True)
    assert "1. log in master\n" in morning_card(view)
    view = replace(view, accounts=(*view.accounts[:2], holder))
    assert "1. log in master, cd5678\n" in morning_card(view)
