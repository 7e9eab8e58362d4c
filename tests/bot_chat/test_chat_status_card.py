"""The status card: it keeps itself up to date while it is the newest message, and its buttons."""

import asyncio
import dataclasses
from decimal import Decimal

from msgspec.structs import replace

from bot.chat.live_cards import ALIVE_EVERY_S, LiveCards
from bot.chat.message import Message
from bot.chat.posts import Edit, Post, PostQueue, Rank
from engine.core.values.control import StopCopy
from engine.core.values.market import Product, Venue
from engine.core.values.position_views import AccountDrift, AccountPositions, DriftRow
from engine.core.values.views import SessionState
from tests.bot_chat.chat_server import FAST, OWNER, a_chat
from tests.bot_chat.chat_views import MORNING, a_position, a_status, an_account, an_alert

QUICK = dataclasses.replace(FAST, live_s=0.05)


def moved(chat, pnl: int) -> None:
    accounts = (an_account("master"), an_account("ab1234", day_pnl=Decimal(pnl)))
    chat.desk.view = replace(chat.desk.view, accounts=accounts)


async def edits(chat, seconds: float = 0.4) -> int:
    before = len([c for c in chat.server.calls if c.method == "editMessageText"])
    await asyncio.sleep(seconds)
    return len([c for c in chat.server.calls if c.method == "editMessageText"]) - before


async def test_it_edits_itself_when_something_has_changed():
    async with a_chat(pacing=QUICK) as chat:
        card = await chat.ask("/status")
        moved(chat, 4321)
        call = await chat.next_saying("4,321")
        assert call.method == "editMessageText"
        assert list(call.buttons) == list(card.buttons) == ["Refresh", "Positions"]


async def test_where_nothing_changes_it_stands_still_but_for_a_sign_of_life():
    async with a_chat(pacing=QUICK) as chat:
        await chat.ask("/status")
        await edits(chat)
        assert await edits(chat) == 0
    cards = LiveCards()
    cards.said(OWNER, 5)
    cards.shows(OWNER, 5, at=0.0)
    assert cards.due(OWNER, "same", at=0.0) == 5
    assert cards.due(OWNER, "same", at=ALIVE_EVERY_S - 1) is None
    assert cards.due(OWNER, "same", at=ALIVE_EVERY_S + 1) == 5


async def test_it_stops_once_an_alert_or_the_person_said_something_newer():
    async with a_chat(pacing=QUICK) as chat:
        await chat.ask("/status")
        chat.bot.offer(an_alert(1))
        await chat.next_saying("REJECTED")
        moved(chat, 1)
        assert await edits(chat) == 0
        await chat.ask("/status")
        moved(chat, 2)
        await chat.next_saying("+2")
        await chat.ask("/help stop")
        moved(chat, 3)
        assert await edits(chat) == 0


async def test_refresh_of_the_newest_goes_on_and_of_an_older_one_does_not_begin_again():
    async with a_chat(pacing=QUICK) as chat:
        card = await chat.ask("/status")
        moved(chat, 4)
        newest = int((await chat.next("editMessageText")).fields["message_id"])
        chat.bot.offer(an_alert(1))
        await chat.next_saying("REJECTED")
        moved(chat, 5)
        await chat.tap(card.buttons["Refresh"]["callback_data"], message_id=newest)
        await chat.next_saying("+5")
        moved(chat, 6)
        assert await edits(chat) == 0


async def test_after_a_restart_no_card_of_before_is_touched():
    async with a_chat(pacing=QUICK) as chat:
        moved(chat, 7)
        assert await edits(chat) == 0
        await chat.tap("r|status", message_id=3)
        await chat.next()
        moved(chat, 8)
        assert await edits(chat) == 0


async def test_a_card_that_was_deleted_is_left_alone():
    async with a_chat(pacing=QUICK) as chat:
        await chat.ask("/status")
        chat.server.force(
            "editMessageText", 400, description="Bad Request: message to edit not found"
        )
        moved(chat, 9)
        await chat.next("editMessageText", status=400)
        moved(chat, 10)
        assert await edits(chat) == 0
        assert len([c for c in chat.server.calls if c.method == "sendMessage"]) == 1


async def test_stop_copying_stops_at_once_and_says_so_in_a_message_of_its_own():
    async with a_chat() as chat:
        chat.desk.view = a_status(copying=True, since=MORNING)
        card = await chat.ask("/status")
        assert list(card.buttons) == ["Refresh", "Positions", "Stop copying"]
        await chat.press(card, "Stop copying")
        call = await chat.next()
        assert call.method == "sendMessage"
        assert "copying stopped" in call.text
        assert chat.desk.asked == [StopCopy()]


async def test_who_needs_a_login_has_a_button():
    async with a_chat() as chat:
        accounts = (an_account("master", session=SessionState.LOGIN), an_account("ab1234"))
        chat.desk.view = a_status(accounts=accounts)
        assert "Log in master" in (await chat.ask("/status")).buttons


async def test_positions_mark_where_a_follower_differs():
    async with a_chat() as chat:
        rows = (a_position(symbol="SBIN", net=75, copied=75),)
        chat.desk.held = (
            AccountPositions(account="master", venue=Venue.PAPER, read_at=MORNING, rows=rows),
            AccountPositions(account="ab1234", venue=Venue.PAPER, read_at=MORNING, rows=rows),
        )
        plain = {"exchange": "NSE", "product": Product.MIS, "observed": None}
        chat.desk.drifts = (
            AccountDrift(
                account="ab1234", venue=Venue.PAPER, session=SessionState.OK, read_at=None,
                rows=(
                    DriftRow(symbol="SBIN", wanted=100, copied=75, **plain),
                    DriftRow(symbol="INFY", wanted=10, copied=0, note="margin", **plain),
                ),
            ),
        )  # fmt: skip
        text = (await chat.ask("/positions")).text
        assert text.count("!!") == 2
        assert "  !! want +100, copied +75: /diff" in text
        assert "INFY\n  !! want +10, copied 0: margin" in text.replace("copied +0", "copied 0")


async def test_positions_come_in_a_message_of_their_own_and_are_not_drawn_over():
    async with a_chat(pacing=QUICK) as chat:
        card = await chat.ask("/status")
        await chat.press(card, "Positions")
        call = await chat.next_saying("positions")
        assert call.method == "sendMessage"
        moved(chat, 11)
        assert await edits(chat) == 0


async def test_what_takes_the_place_of_a_card_stays_there():
    async with a_chat(pacing=QUICK) as chat:
        await chat.ask("/status")
        moved(chat, 12)
        shown = int((await chat.next("editMessageText")).fields["message_id"])
        await chat.tap("r|limits", message_id=shown)
        await chat.next_saying("limits on entries")
        moved(chat, 13)
        assert await edits(chat) == 0


def test_what_a_person_asked_for_is_not_replaced_by_what_keeps_a_card_up():
    queue = PostQueue()
    asked = Edit(message_id=1, message=Message(html="asked"))
    queue.add(Post(rank=Rank.REPLY, chat_id=1, at=MORNING, what=asked))
    kept = Edit(message_id=1, message=Message(html="kept up"), keeps_up=True)
    queue.add(Post(rank=Rank.CARD, chat_id=1, at=MORNING, what=kept))
    assert queue.take(0.0).what is asked
    assert queue.take(0.0) is None
