"""/sync and /detach on the phone: listed, confirmed once, listed anew where it has changed."""

from datetime import timedelta

import pyotp
import pytest

from engine.core.values.control import DetachHoldings, GoLive, SyncCopies
from engine.core.values.market import AccountName, Product, Side, Venue
from engine.core.values.position_views import (
    DetachProposal,
    DetachRow,
    SyncLeft,
    SyncOrder,
    SyncProposal,
)
from tests.bot_chat.chat_server import OWNER, TOTP_SECRET, a_chat
from tests.bot_chat.chat_views import MORNING, a_status

TOTP = pyotp.TOTP(TOTP_SECRET)
STEP = int(MORNING.timestamp()) // 30
FATHER = AccountName("ab1234")


def an_order(symbol: str = "SBIN", *, entry: bool = True, name: str = "ab1234") -> SyncOrder:
    return SyncOrder(
        follower=AccountName(name), exchange="NSE", symbol=symbol, product=Product.MIS,
        side=Side.BUY if entry else Side.SELL, quantity=10, entry=entry, why="want +10, copied +0",
    )  # fmt: skip


def proposed(*orders: SyncOrder, mark: str = "a", left: tuple[SyncLeft, ...] = ()) -> SyncProposal:
    return SyncProposal(orders=orders, left=left, mark=mark)


def live():
    return a_status(venue=Venue.LIVE, copying=True, armed_until=MORNING + timedelta(hours=8))


def code(step: int = STEP) -> str:
    return TOTP.generate_otp(step)


async def test_a_list_with_its_reasons_and_nothing_done_until_it_is_confirmed():
    async with a_chat() as chat:
        left = (SyncLeft(follower=FATHER, symbol="M&M", why="10 still working"),)
        chat.desk.proposed = proposed(an_order("INFY", entry=False), an_order(), left=left)
        call = await chat.ask("/sync")
        assert call.text.startswith("PAPER 🟡 sync: 2 orders proposed")
        assert "SELL 10 INFY NSE MIS\n  want +10, copied +0\nBUY 10 SBIN" in call.text
        assert "ab1234 M&amp;M: 10 still working" in call.text
        assert list(call.buttons) == ["Confirm sync", "Cancel"]
        assert chat.desk.asked == []
        await chat.press(call, "Confirm sync")
        assert (await chat.next()).text.startswith("PAPER · on their way.")
        await chat.press(call, "Confirm sync")
        assert "Already confirmed" in (await chat.next("answerCallbackQuery")).text
        assert chat.desk.asked == [SyncCopies(follower=None, mark="a")]


async def test_a_list_that_changed_before_the_press_is_shown_anew_and_asks_again():
    async with a_chat() as chat:
        chat.desk.proposed = proposed(an_order())
        call = await chat.ask("/sync ab1234")
        chat.desk.proposed = proposed(an_order("INFY"), mark="b")
        await chat.press(call, "Confirm sync")
        again = await chat.next()
        assert "The list has changed meanwhile; nothing was done." in again.text
        assert "BUY 10 INFY" in again.text
        assert chat.desk.asked == []
        await chat.press(again, "Confirm sync")
        await chat.next_saying("on their way")
        assert chat.desk.asked == [SyncCopies(follower=FATHER, mark="b")]


async def test_in_live_an_entry_asks_for_a_code_and_a_reduction_does_not():
    async with a_chat() as chat:
        chat.desk.view = live()
        chat.desk.proposed = proposed(an_order(entry=False))
        call = await chat.ask("/sync")
        await chat.press(call, "Confirm sync")
        assert (await chat.next()).text.startswith("LIVE · on their way.")
        chat.desk.proposed = proposed(an_order(), mark="b")
        call = await chat.ask("/sync")
        await chat.press(call, "Confirm sync")
        asked = await chat.next()
        assert "sync all: BUY 10 SBIN?" in asked.text
        assert "6-digit code" in asked.text
        assert len(chat.desk.requests(SyncCopies)) == 1
        await chat.say(code())
        await chat.next_saying("on their way")
        assert len(chat.desk.requests(GoLive)) == 1, "the code is used up"
        assert chat.desk.requests(SyncCopies)[-1] == SyncCopies(follower=None, mark="b")


async def test_a_code_of_the_last_minutes_is_proof_enough():
    async with a_chat() as chat:
        chat.desk.view, chat.desk.codes = live(), {OWNER: MORNING - timedelta(minutes=5)}
        chat.desk.proposed = proposed(an_order())
        await chat.press(await chat.ask("/sync"), "Confirm sync")
        await chat.next_saying("on their way")
        assert chat.desk.requests(GoLive) == []


async def test_what_changed_while_the_code_was_typed_is_asked_about_again():
    async with a_chat() as chat:
        chat.desk.view = live()
        chat.desk.proposed = proposed(an_order())
        await chat.press(await chat.ask("/sync"), "Confirm sync")
        await chat.next_saying("6-digit code")
        chat.desk.proposed = proposed(an_order("INFY"), mark="b")
        await chat.say(code())
        again = await chat.next_saying("nothing was done")
        assert "BUY 10 INFY" in again.text
        assert list(again.buttons) == ["Confirm sync", "Cancel"]


async def test_nothing_to_order_has_no_button():
    async with a_chat() as chat:
        call = await chat.ask("/sync")
        assert "all in step as far as is known" in call.text
        assert not call.buttons
        left = (SyncLeft(follower=FATHER, symbol="SBIN", why="no session: /login ab1234"),)
        chat.desk.proposed = proposed(left=left)
        call = await chat.ask("/sync")
        assert "nothing can be ordered now" in call.text
        assert "SBIN: no session: /login ab1234" in call.text
        assert not call.buttons


async def test_after_a_minute_it_is_void():
    async with a_chat() as chat:
        chat.desk.proposed = proposed(an_order())
        call = await chat.ask("/sync")
        chat.clock.forward(seconds=61)
        await chat.press(call, "Confirm sync")
        assert "60 s are over" in (await chat.next()).text
        assert chat.desk.asked == []


# -- /detach -----------------------------------------------------------------------------------


def a_row(symbol: str = "SBIN", units: int = 10, working: int = 1) -> DetachRow:
    return DetachRow(
        exchange="NSE", symbol=symbol, product=Product.MIS, units=units, working=working
    )


async def test_what_is_handed_back_is_named_and_confirmed_without_a_code():
    async with a_chat() as chat:
        chat.desk.view = live()
        chat.desk.copied = DetachProposal(rows=(a_row(), a_row("INFY", -5, 0)), mark="a")
        call = await chat.ask("/detach ab1234")
        assert call.text.startswith("LIVE ⚠️ hand these back to ab1234?")
        assert "+10 SBIN NSE MIS" in call.text
        assert "5 INFY" in call.text
        assert chat.desk.asked == []
        await chat.press(call, "Confirm detach")
        assert "handed back" in (await chat.next()).text
        assert chat.desk.asked == [DetachHoldings(follower=FATHER, symbol=None, mark="a")]


async def test_one_symbol_in_any_case_and_one_that_is_not_copied():
    async with a_chat() as chat:
        chat.desk.copied = DetachProposal(rows=(a_row(), a_row("INFY")), mark="a")
        call = await chat.ask("/detach ab1234 infy")
        assert "SBIN" not in call.text
        await chat.press(call, "Confirm detach")
        await chat.next()
        assert chat.desk.asked == [DetachHoldings(follower=FATHER, symbol="INFY", mark="a")]
        assert "There is: SBIN, INFY" in (await chat.ask("/detach ab1234 TCS")).text


async def test_a_holding_that_changed_is_shown_anew():
    async with a_chat() as chat:
        chat.desk.copied = DetachProposal(rows=(a_row(),), mark="a")
        call = await chat.ask("/detach ab1234")
        chat.desk.copied = DetachProposal(rows=(a_row(units=15),), mark="b")
        await chat.press(call, "Confirm detach")
        again = await chat.next()
        assert "The holding has changed meanwhile; nothing was done." in again.text
        assert "+15 SBIN" in again.text


@pytest.mark.parametrize("text", ["/detach", "/detach nobody", "/detach master"])
async def test_without_a_follower_nothing_is_offered(text):
    async with a_chat() as chat:
        call = await chat.ask(text)
        assert not call.buttons
        assert "Known:" in call.text or "Followers:" in call.text


async def test_nothing_to_hand_back_says_so():
    async with a_chat() as chat:
        assert "nothing to hand back" in (await chat.ask("/detach ab1234")).text


@pytest.mark.parametrize("command", ["/sync", "/detach ab1234"])
async def test_late_ones_do_not_run(command):
    async with a_chat() as chat:
        chat.desk.proposed = proposed(an_order())
        chat.desk.copied = DetachProposal(rows=(a_row(),), mark="a")
        assert "NOT run" in (await chat.ask(command, age=120)).text
