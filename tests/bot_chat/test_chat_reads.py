"""Looking at things from the chat."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core.market import AccountName, Venue
from engine.core.views import AccountPositions, SessionState
from tests.bot_chat.chat_fakes import MORNING, a_copy, a_position, a_status, an_account
from tests.bot_chat.chat_server import a_chat


async def test_start_says_what_this_is_and_the_next_step():
    async with a_chat() as chat:
        call = await chat.ask("/start")
        assert call.text.startswith("PAPER 🔴 not copying")
        assert "Next: /start_copy" in call.text
        assert call.menu == ["Status", "Positions", "Orders", "Help"]


@pytest.mark.parametrize("command", ["/status", "/s", "/STATUS", "/status@copy_bot", "Status"])
async def test_status_shows_every_account_and_refreshes_in_place(command):
    async with a_chat() as chat:
        call = await chat.ask(command)
        assert "master   ok" in call.text
        assert "+11,980 142ms" in call.text
        chat.desk.view = a_status(copying=True, since=MORNING)
        await chat.press(call, "Refresh")
        edit = await chat.next()
        assert edit.method == "editMessageText"
        assert edit.text.startswith("PAPER 🟢 copying · 2 of 2 followers")


async def test_status_offers_a_login_for_each_account_that_is_out():
    async with a_chat() as chat:
        out = an_account("ef9012", session=SessionState.LOGIN)
        accounts = (*chat.desk.view.accounts, out)
        chat.desk.view = a_status(venue=Venue.LIVE, accounts=accounts)
        call = await chat.ask("/status")
        assert "ef9012   LOGIN" in call.text
        await chat.press(call, "Log in ef9012")
        login = await chat.next()
        assert login.method == "sendMessage"
        assert login.buttons["Log in ef9012"]["url"].startswith("https://kite.zerodha.com")


async def test_positions_in_brief_and_in_detail():
    async with a_chat() as chat:
        own = a_position(symbol="SBIN", net=60, copied=50, pnl=Decimal(-340))
        chat.desk.held = (
            AccountPositions(
                account=AccountName("ab1234"),
                venue=Venue.PAPER,
                read_at=MORNING,
                rows=(a_position(), own),
            ),
        )
        brief = await chat.ask("/positions")
        assert "M&amp;M" in brief.text
        assert "copied +50, own +10" in brief.text
        assert "day -₹298.75" in brief.text
        assert "avg" not in brief.text
        detail = await chat.ask("/p AB1234")
        assert "avg 112.45 last 113.00" in detail.text


async def test_the_master_has_no_copied_part_and_an_older_net_is_not_split():
    async with a_chat() as chat:
        fresh = a_position(symbol="SBIN", net=None, copied=50)
        accounts = (("master", a_position(net=65, copied=0)), ("ab1234", fresh))
        chat.desk.held = tuple(
            AccountPositions(
                account=AccountName(name), venue=Venue.LIVE, read_at=MORNING, rows=(row,)
            )
            for name, row in accounts
        )
        text = (await chat.ask("/positions")).text
        assert "+65" in text
        assert "own" not in text
        assert "copied 0" not in text
        assert "copied +50, net not read since 09:31:04" in " ".join(text.split())


async def test_orders_show_each_followers_part():
    async with a_chat() as chat:
        chat.desk.show(a_copy())
        call = await chat.ask("/orders 3")
        assert "#214 09:31 BUY 75 complete" in call.text
        assert "ab1234 fill 75 112.45" in call.text


@pytest.mark.parametrize("bad", ["0", "51", "many", "-1"])
async def test_orders_explains_a_number_it_cannot_use(bad):
    async with a_chat() as chat:
        call = await chat.ask(f"/orders {bad}")
        assert call.text.startswith("PAPER · how many?")


async def test_help_lists_all_and_explains_one():
    async with a_chat() as chat:
        assert "/start_copy" in (await chat.ask("Help")).text
        one = await chat.ask("/help /stop")
        assert one.text.startswith("PAPER · /stop")
        assert "Example: /stop" in one.text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/startcopy", "did you mean /start_copy?"),
        ("/positons", "did you mean /positions?"),
        ("yes", "I read commands"),
        ("/set x", "there is no command /set"),
        ("/" + "a" * 4000, f"there is no command /{'a' * 39}…. All"),
        ("/help " + "x" * 3000, f"there is no command {'x' * 39}…."),
        ("/positions " + "x" * 3000, f"no account is called {'x' * 39}…."),
        ("/xyzzy", "there is no command /xyzzy"),
        ("good morning", "I read commands"),
        ("/help stp", "Did you mean /help stop"),
        ("/positions ab1235", "Did you mean /positions ab1234?"),
        ("/pause", "For example: /pause ab1234"),
        ("/pause master", "the master is only watched"),
    ],
)
async def test_a_slip_is_answered_with_what_was_probably_meant(typed, answer):
    async with a_chat() as chat:
        assert answer in (await chat.ask(typed)).text
        assert chat.desk.asked == []


async def test_a_failure_inside_is_told_with_an_op_and_without_its_text(caplog):
    async with a_chat() as chat:

        def broken(limit=10):
            raise RuntimeError("canary-secret")

        chat.desk.copies = broken
        call = await chat.ask("/orders")
        assert "something went wrong here (op " in call.text
        assert "canary-secret" not in call.text + caplog.text
        chat.desk.view = replace(chat.desk.view, venue=Venue.LIVE)
        assert (await chat.ask("/version")).text.startswith("LIVE · kitecopytrader")
