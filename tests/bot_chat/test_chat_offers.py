"""The buttons of offers in the chat: short, answered at once, alive over a restart, acting once."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pyotp
import pytest

from bot.chat.app import ChatBot
from engine.core.values import control as c
from engine.core.values.intents import IntentState
from engine.core.values.market import Venue
from engine.core.values.notices import NoticeKind
from engine.core.values.offers import OfferKind
from tests.bot_chat.chat_server import (
    FAST,
    OWNER,
    SECOND,
    STRANGER,
    TOTP_SECRET,
    Call,
    Chat,
    a_chat,
    settings,
)
from tests.bot_chat.chat_views import a_status, an_account
from tests.bot_chat.offer_desk import OfferDesk
from tests.core.core_offers import the_offer
from tests.core.core_world import FATHER, World, a_follower, done

BOTH = frozenset({OWNER, SECOND})


def asked_about_an_entry(**options) -> World:
    """An entry without an answer on an idle account; a person is asked."""
    world = World(**options)
    world.master(done("M1"))
    world.lose(world.place())
    for _ in range(122):
        world.wait(1)
        world.read()
    return world


def missed(**options) -> World:
    world = World(**options)
    world.wait(60)
    world.master(done("M1", updated_at=world.now - timedelta(seconds=40)))
    return world


@asynccontextmanager
async def offered(world: World, kind: OfferKind = OfferKind.UNKNOWN, **changes):
    """A chat in which the alert of the open offer has just been shown; yields both."""
    desk = OfferDesk(world)
    async with a_chat(desk=desk, **changes) as chat:
        desk.bot = chat.bot
        desk.show_notice(the_offer(world, kind).notice)
        alert = await chat.next("sendMessage")
        yield chat, alert


async def made(chat: Chat, method: str, count: int = 1) -> list[Call]:
    """Return the calls of a method once there are so many, whatever came between them."""
    async with asyncio.timeout(5), chat.server.changed:
        while len(found := [each for each in chat.server.calls if each.method == method]) < count:
            await chat.server.changed.wait()
    return found


async def press(chat: Chat, alert: Call, label: str, *, user: int = OWNER) -> None:
    """Press a button of the message that carries it."""
    data = alert.buttons[label]["callback_data"]
    async with asyncio.timeout(5):
        while not (number := _message_of(chat, user)):  # noqa: ASYNC110 - noted a moment later
            await asyncio.sleep(0.01)
    await chat.tap(data, user=user, message_id=number)


def _message_of(chat: Chat, user: int) -> int:
    offers = chat.desk.world.state.offers.values()
    return next((each.shown[user] for each in offers if user in each.shown), 0)


async def answered(chat: Chat) -> str:
    """Return the toast of the next answer to a tap."""
    return (await chat.next("answerCallbackQuery")).text


async def test_an_offer_has_one_short_button_a_row_and_opaque_data():
    async with offered(asked_about_an_entry()) as (chat, alert):
        assert list(alert.buttons) == ["It is in Kite", "It is not there"]
        assert len(alert.fields["reply_markup"]["inline_keyboard"]) == 2
        for label, button in alert.buttons.items():
            data = button["callback_data"]
            assert len(label) <= 34
            assert len(data.encode()) <= 64
            # Random letters and the number of the button: nothing that says what is asked.
            _version, token, number = data.split("|")
            assert number.isdecimal()
            assert len(token) >= 22
            assert token not in repr(chat.desk.world.journal), "the store keeps a digest only"


async def test_a_press_is_answered_at_once_and_the_message_loses_its_buttons():
    world = asked_about_an_entry()
    async with offered(world) as (chat, alert):
        await press(chat, alert, "It is not there")
        (toast,) = await made(chat, "answerCallbackQuery")
        assert "Taken for not placed" in toast.text
        (edit,) = await made(chat, "editMessageText")
        more = (await made(chat, "sendMessage", 2))[-1]
        assert edit.fields["message_id"] == str(world.state.offers[_first(world)].shown[OWNER])
        assert "cannot be told" in edit.text
        assert "Asha: It is not there" in edit.text
        assert not edit.buttons
        assert list(more.buttons) == ["Copy again", "Skip"]
    assert not world.pending


def _first(world: World) -> int:
    return next(iter(world.state.offers))


async def test_a_double_tap_and_a_replayed_update_act_once():
    world = asked_about_an_entry()
    async with offered(world) as (chat, alert):
        await press(chat, alert, "It is not there")
        await press(chat, alert, "It is not there")
        await press(chat, alert, "It is in Kite")
        assert "Taken for not placed" in await answered(chat)
        assert "Already chosen by Asha" in await answered(chat)
        assert "Already chosen by Asha" in await answered(chat)
        assert sum(reply.accepted for _, reply in chat.desk.chosen) == 1
        assert [each.state for each in world.state.children.values()] == [IntentState.ABSENT]


async def test_two_owners_press_at_the_same_time_and_both_messages_lose_their_buttons():
    world = asked_about_an_entry()
    desk = OfferDesk(world)
    async with a_chat(desk=desk, admins=BOTH) as chat:
        desk.bot = chat.bot
        desk.show_notice(the_offer(world, OfferKind.UNKNOWN).notice)
        alerts = {each.fields["chat_id"]: each for each in [await chat.next(), await chat.next()]}
        data = {
            user: alerts[str(user)].buttons["It is not there"]["callback_data"] for user in BOTH
        }
        assert data[OWNER] != data[SECOND]
        await asyncio.gather(
            *(press(chat, alerts[str(user)], "It is not there", user=user) for user in BOTH)
        )
        toasts = await made(chat, "answerCallbackQuery", 2)
        assert sum("Already chosen" in toast.text for toast in toasts) == 1
        assert sum(reply.accepted for _, reply in desk.chosen) == 1
        edits = await made(chat, "editMessageText", 2)
        assert {call.fields["chat_id"] for call in edits} == {str(OWNER), str(SECOND)}
        assert not any(call.buttons for call in edits)


async def test_a_stranger_who_presses_gets_silence_and_changes_nothing():
    world = asked_about_an_entry()
    async with offered(world) as (chat, alert):
        await chat.tap(alert.buttons["It is not there"]["callback_data"], user=STRANGER)
        assert await chat.quiet() == []
        assert chat.desk.chosen == []
        assert the_offer(world, OfferKind.UNKNOWN)


@pytest.mark.parametrize("data", ["o|", "o|x", "o|nonsense|0", "o|nonsense|-1", "o||0", "o|a|b|c"])
async def test_data_that_nobody_made_does_nothing(data):
    world = asked_about_an_entry()
    async with offered(world) as (chat, _alert):
        await chat.tap(data)
        assert "does nothing" in await answered(chat)
        assert chat.desk.chosen == []


async def test_a_choice_that_is_not_on_the_message_does_nothing():
    world = asked_about_an_entry()
    async with offered(world) as (chat, alert):
        token = alert.buttons["It is not there"]["callback_data"].split("|")[1]
        await chat.tap(f"o|{token}|9")
        assert "does nothing" in await answered(chat)
        assert the_offer(world, OfferKind.UNKNOWN)


async def test_a_button_works_after_a_restart_of_chat_and_engine():
    world = asked_about_an_entry()
    async with offered(world) as (chat, alert):
        data = alert.buttons["It is not there"]["callback_data"]
        server = chat.server
        world.restart()
        world.read()
        desk = OfferDesk(world)
        bot = ChatBot(desk, chat.clock, settings(server), pacing=FAST)
        desk.bot = bot
        # The first bot still polls: the second gets its updates from the test.
        await _pressed(bot, data)
        assert sum(reply.accepted for _, reply in desk.chosen) == 1
    assert [each.state for each in world.state.children.values()] == [IntentState.ABSENT]


async def _pressed(bot: ChatBot, data: str) -> None:
    from telegram import CallbackQuery, Update, User
    from telegram import Chat as TelegramChat
    from telegram import Message as TelegramMessage

    user = User(id=OWNER, first_name="Asha", is_bot=False)
    message = TelegramMessage(
        message_id=5, date=World().now, chat=TelegramChat(id=OWNER, type="private")
    )
    query = CallbackQuery(id="q", from_user=user, chat_instance="1", data=data, message=message)
    await bot._reception.on_tap(Update(update_id=9_000, callback_query=query), None)


async def test_an_offer_that_settles_by_itself_says_so_and_loses_its_buttons():
    world = asked_about_an_entry()
    async with offered(world) as (chat, _alert):
        (child,) = world.state.children.values()
        world.book_row(child.command)
        seen = len(world.notices)
        world.read()
        for notice in world.notices[seen:]:
            if notice.kind is not NoticeKind.CARD:
                chat.desk.show_notice(notice)
        edit = await chat.next("editMessageText")
        assert "Settled: it was found in the order book." in edit.text
        assert not edit.buttons


async def test_an_alert_that_is_delivered_after_its_end_comes_without_buttons():
    world = asked_about_an_entry()
    offer = the_offer(world, OfferKind.UNKNOWN)
    (child,) = world.state.children.values()
    world.book_row(child.command)
    world.read()
    desk = OfferDesk(world)
    async with a_chat(desk=desk) as chat:
        desk.bot = chat.bot
        desk.show_notice(offer.notice)
        alert = await chat.next()
        assert not alert.buttons
        assert "it was found in the order book" in alert.text


async def test_a_copy_with_real_money_asks_for_a_code_and_then_acts_once():
    world = missed()
    async with offered(world, OfferKind.ENTRY) as (chat, alert):
        await press(chat, alert, "Copy")
        assert "see the message below" in await answered(chat)
        question = await chat.next("sendMessage")
        assert "Copy · father SBIN?" in question.text
        assert "6-digit code" in question.text
        assert not world.pending
        await chat.say(pyotp.TOTP(TOTP_SECRET).at(chat.clock.now()))
        await chat.next_saying("Sent: BUY 10 SBIN.")
        assert world.place().quantity == 10
        assert not world.pending


async def test_a_wrong_code_sends_nothing_and_the_offer_keeps_its_buttons():
    world = missed()
    async with offered(world, OfferKind.ENTRY) as (chat, alert):
        await press(chat, alert, "Copy")
        await chat.next("sendMessage")
        await chat.say("000000")
        await chat.next_saying("Send the code")
        assert not world.pending
        assert the_offer(world, OfferKind.ENTRY)


async def test_a_code_that_comes_too_late_names_the_button_to_press_again():
    world = missed()
    async with offered(world, OfferKind.ENTRY) as (chat, alert):
        await press(chat, alert, "Copy")
        await chat.next("sendMessage")
        chat.clock.forward(seconds=61)
        await chat.say(pyotp.TOTP(TOTP_SECRET).at(chat.clock.now()))
        assert 'Press "Copy" again' in (await chat.next_saying("60 s are over")).text
        assert not world.pending


async def test_skip_never_asks_for_a_code():
    world = missed()
    async with offered(world, OfferKind.ENTRY) as (chat, alert):
        await press(chat, alert, "Skip")
        assert "Nothing is done" in await answered(chat)
        assert not world.pending


async def test_a_copy_on_paper_asks_for_no_code():
    world = missed(venue=Venue.PAPER)
    async with offered(world, OfferKind.ENTRY) as (chat, alert):
        await press(chat, alert, "Copy")
        assert "Sent: BUY 10 SBIN." in await answered(chat)
        assert world.place().quantity == 10


async def test_an_exit_is_sent_again_without_a_code_even_after_a_stop():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), "input", "Invalid order")
    world.ask(c.StopCopy())
    async with offered(world, OfferKind.EXIT) as (chat, alert):
        await press(chat, alert, "Send the exit again")
        assert "Sent again: SELL 10 SBIN." in await answered(chat)
        assert world.place().quantity == 10


async def test_why_nothing_was_copied_is_said_and_the_buttons_stay():
    world = missed(venue=Venue.PAPER)
    async with offered(world, OfferKind.ENTRY) as (chat, alert):
        world.ask(c.PauseFollower(follower=FATHER))
        await press(chat, alert, "Copy")
        assert "paused" in await answered(chat)
        said = await chat.next("sendMessage")
        assert "Not copied: follower is paused: /resume father first" in said.text
        assert the_offer(world, OfferKind.ENTRY)


async def test_a_lost_session_brings_a_button_that_opens_the_login():
    world = World(a_follower("ab1234"))
    world.lose_session("ab1234")
    async with offered(world, OfferKind.LOGIN) as (chat, alert):
        await press(chat, alert, "Log in ab1234")
        page = await chat.next_saying("log in ab1234")
        assert page.buttons
        # Nothing was settled by opening it, and it may be pressed again.
        await press(chat, alert, "Log in ab1234")
        await chat.next_saying("log in ab1234")
        assert the_offer(world, OfferKind.LOGIN)


async def test_a_message_the_store_never_heard_of_loses_its_buttons_too():
    world = asked_about_an_entry()
    async with offered(world) as (chat, alert):
        # A kill between the sending and the noting left this one behind.
        await chat.tap(alert.buttons["It is not there"]["callback_data"], message_id=777)
        edits = await made(chat, "editMessageText", 2)
        assert "777" in {each.fields["message_id"] for each in edits}
        assert not any(each.buttons for each in edits)
        assert all("It is not there" in each.text for each in edits)


async def test_the_status_card_names_what_is_unresolved_and_counts_the_questions():
    names = tuple(f"BUY {number} SBIN" for number in range(1, 6))
    waiting = an_account("ab1234", unresolved=5, unresolved_names=names)
    async with a_chat() as chat:
        chat.desk.view = a_status(accounts=(an_account("master"), waiting), open_offers=2)
        card = (await chat.ask("/status")).text
        assert (
            "ab1234: 5 unresolved: BUY 1 SBIN, BUY 2 SBIN, BUY 3 SBIN and 2 more, see /orders"
            in card
        )
        assert "2 questions are open: press a button under the alert." in card
        chat.desk.view = a_status()
        assert "open:" not in (await chat.ask("/status")).text


async def test_an_entry_to_approve_tells_its_price_and_is_copied_by_one_press_without_a_code():
    world = World(a_follower(ask_first=True))
    world.wait(1, SBIN=101)
    world.master(done("M1"))
    world.wait(3)
    async with offered(world, OfferKind.APPROVAL) as (chat, alert):
        assert list(alert.buttons) == ["Copy", "Skip", "Price now"]
        assert "BUY 10 SBIN as the master?" in alert.text
        await press(chat, alert, "Price now")
        assert await answered(chat) == (
            "LIVE · BUY 10 SBIN. Master's price 100, now 101. Expires 10:10, or when he exits."
        )
        assert the_offer(world, OfferKind.APPROVAL).settled is None
        await press(chat, alert, "Copy")
        assert "Sent: BUY 10 SBIN" in await answered(chat)
    assert world.place().quantity == 10
