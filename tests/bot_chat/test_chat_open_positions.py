"""The button for what the master holds already: after a start, listed, confirmed, a code in LIVE."""

from datetime import timedelta
from decimal import Decimal

import pyotp
import pytest
from msgspec.structs import replace

from engine.core.values.control import CopyPositions, GoLive, StartCopy
from engine.core.values.market import AccountName, Product, Side, Venue
from engine.core.values.position_views import SyncLeft, SyncOrder, SyncProposal
from engine.core.values.views import CheckLevel
from tests.bot_chat.chat_server import OWNER, TOTP_SECRET, a_chat
from tests.bot_chat.chat_views import MORNING, a_status

BUTTON = "Copy open positions…"
FATHER = AccountName("ab1234")
LEFT = SyncLeft(follower=FATHER, symbol="M&M", why="segment off: NSE")


def an_entry(symbol: str = "NIFTY26DEC26000CE") -> SyncOrder:
    return SyncOrder(
        follower=FATHER, exchange="NFO", symbol=symbol, product=Product.NRML, side=Side.BUY,
        quantity=75, entry=True, why="want +75, copied +0", limit=Decimal("206.00"),
    )  # fmt: skip


def found(*orders: SyncOrder, mark: str = "a") -> SyncProposal:
    return SyncProposal(orders=orders, left=(LEFT,), mark=mark)


def in_live(chat, **changed) -> None:
    until = MORNING + timedelta(hours=8)
    chat.desk.view = a_status(venue=Venue.LIVE, armed_until=until, **changed)


async def test_after_a_start_the_button_lists_and_only_the_confirmation_enters():
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        assert "copying since" in call.text
        assert list(call.buttons) == [BUTTON]
        await chat.press(call, BUTTON)
        shown = await chat.next()
        assert shown.text.startswith("PAPER 🟡 open positions: 1 order proposed")
        assert "BUY 75 NIFTY26DEC26000CE" in shown.text
        assert "LIMIT, at most 206.00" in shown.text
        assert "never his average" in shown.text
        assert "ab1234 M&amp;M: segment off: NSE" in shown.text
        assert list(shown.buttons) == ["Confirm positions", "Cancel"]
        assert chat.desk.asked == [StartCopy()]
        await chat.press(shown, "Confirm positions")
        await chat.next_saying("on their way")
        await chat.press(shown, "Confirm positions")
        assert chat.desk.requests(CopyPositions) == [CopyPositions(mark="a")]


async def test_in_live_it_asks_for_a_code_before_anything_is_entered():
    async with a_chat() as chat:
        in_live(chat)
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        await chat.press(call, "Confirm start")
        started = await chat.next()
        assert list(started.buttons) == [BUTTON], "Cancel would read as if it took the start back"
        await chat.press(started, BUTTON)
        await chat.press(await chat.next(), "Confirm positions")
        asked = await chat.next()
        assert "copy open positions: BUY 75 NIFTY26DEC26000CE?" in asked.text
        assert "6-digit code" in asked.text
        assert chat.desk.requests(CopyPositions) == []
        step = int(MORNING.timestamp()) // 30
        await chat.say(pyotp.TOTP(TOTP_SECRET).generate_otp(step))
        await chat.next_saying("on their way")
        assert len(chat.desk.requests(GoLive)) == 1, "the code is used up"
        assert chat.desk.requests(CopyPositions) == [CopyPositions(mark="a")]


async def test_a_code_of_the_last_minutes_is_proof_enough():
    async with a_chat() as chat:
        in_live(chat, copying=True)
        chat.desk.codes = {OWNER: MORNING - timedelta(minutes=5)}
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        assert "already copying" in call.text
        await chat.press(call, BUTTON)
        await chat.press(await chat.next(), "Confirm positions")
        await chat.next_saying("on their way")
        assert chat.desk.requests(GoLive) == []


async def test_a_list_that_changed_is_shown_anew():
    async with a_chat() as chat:
        chat.desk.view = replace(chat.desk.view, copying=True)
        chat.desk.open_positions = found(an_entry())
        await chat.press(await chat.ask("/start_copy"), BUTTON)
        shown = await chat.next()
        chat.desk.open_positions = found(an_entry("NIFTY26DEC26100PE"), mark="b")
        await chat.press(shown, "Confirm positions")
        again = await chat.next()
        assert "The list has changed meanwhile; nothing was done." in again.text
        assert "NIFTY26DEC26100PE" in again.text
        assert chat.desk.requests(CopyPositions) == []


@pytest.mark.parametrize("left", [(), (LEFT,)])
async def test_the_button_is_there_only_where_there_is_something_to_say(left):
    async with a_chat() as chat:
        chat.desk.open_positions = SyncProposal(orders=(), left=left, mark="a")
        call = await chat.ask("/start_copy")
        assert list(call.buttons) == ([BUTTON] if left else [])
        if left:
            await chat.press(call, BUTTON)
            shown = await chat.next()
            assert "open positions: nothing can be ordered now" in shown.text
            assert not shown.buttons


async def test_a_start_that_was_refused_offers_nothing():
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        chat.desk.checks = (replace(chat.desk.checks[0], level=CheckLevel.FAIL),)
        call = await chat.ask("/start_copy")
        assert "NOT started" in call.text
        assert not call.buttons


async def test_a_stop_in_between_makes_the_button_void():
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        await chat.ask("/stop")
        await chat.press(call, BUTTON)
        assert "the state has changed" in (await chat.next()).text
        assert chat.desk.requests(CopyPositions) == []


async def test_a_late_press_is_answered_below_and_the_start_stays_as_it_is():
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        chat.clock.forward(seconds=61)
        await chat.press(call, BUTTON)
        late = await chat.next("sendMessage", "editMessageText")
        assert late.method == "sendMessage"
        assert "the 60 s are over" in late.text


async def test_a_press_from_before_a_restart_leaves_the_start_as_it_is_too():
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        call = await chat.ask("/start_copy")
        data = call.buttons[BUTTON]["callback_data"]
        nonce = data.split("|")[1]
        await chat.tap(data.replace(nonce, "A" * len(nonce)))
        late = await chat.next("sendMessage", "editMessageText")
        assert late.method == "sendMessage"
        assert "from before a restart" in late.text
