"""Looking at things from the chat."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.values.copy_view import ChildState
from engine.core.values.market import AccountName, OrderId, OrderType, Product, Venue
from engine.core.values.position_views import AccountPositions
from engine.core.values.views import SessionState
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import (
    MORNING,
    a_card,
    a_child,
    a_copy,
    a_position,
    a_status,
    a_story,
    an_account,
)


async def test_start_says_what_this_is_and_the_next_step():
    async with a_chat() as chat:
        call = await chat.ask("/start")
        assert call.text.startswith("PAPER 🔴 not copying")
        assert "Next: /start_copy" in call.text
        assert call.menu == ["Status", "Positions", "P&L", "Orders", "Latency", "Help"]


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
        assert "copied +50, the broker's net was read before its newest fill" in " ".join(
            text.split()
        )


async def test_orders_show_each_followers_part():
    async with a_chat() as chat:
        stop = a_copy(
            number=215,
            symbol="M&M",
            exchange="NSE",
            product=Product.MIS,
            master_order_id=OrderId("250000000000215"),
            order_type=OrderType.SL,
            price=Decimal(1600),
            trigger_price=Decimal(1590),
            quantity=2000,
            filled=0,
            average_price=None,
            status="TRIGGER PENDING",
            children=(
                a_child("a-long-follower", state=ChildState.WORKING, quantity=2000, filled=0,
                        average_price=None),
                a_child("cd5678", state=ChildState.REFUSED, reason="Insufficient funds. " * 9),
            ),
        )  # fmt: skip
        chat.desk.show(a_copy())
        chat.desk.show(stop)
        call = await chat.ask("/orders 3")
        assert "#214 09:31 BUY 75" in call.text
        assert "  NFO NRML MARKET complete 112.40" in call.text
        assert " ab1234 fill 75 112.45\n" in call.text
        assert (
            "#215 09:31 BUY 2,000 M&amp;M\n"
            "  NSE MIS trigger pending\n"
            "  SL 1,600.00 trig 1,590.00\n"
            " a-long-follower open 2,000\n"
            " cd5678   refused: Insufficient\n"
        ) in call.text
        assert call.text.count("Insufficient funds.") < 5, "a list is brief"
        assert "The whole story of one: /why 214" in call.text
        chat.desk.copies_by_id.pop((Venue.LIVE, OrderId("250000000000214")))
        alone = await chat.ask("/orders 1")
        assert " ".join(alone.text.split()).count("Insufficient funds.") == 9, "one is told whole"


@pytest.mark.parametrize("bad", ["0", "51", "many", "-1"])
async def test_orders_explains_a_number_it_cannot_use(bad):
    async with a_chat() as chat:
        call = await chat.ask(f"/orders {bad}")
        assert call.text.startswith("PAPER · how many?")


async def test_the_card_of_a_stop_shows_its_trigger():
    async with a_chat() as chat:
        chat.desk.show(
            a_copy(order_type=OrderType.SL_M, trigger_price=Decimal("112.5"), average_price=None)
        )
        chat.bot.offer(a_card())
        assert "75 SL-M trig 112.50" in (await chat.next_saying("COPY #214")).text


async def test_positions_say_how_old_they_are_and_who_must_log_in():
    async with a_chat() as chat:
        accounts = tuple(
            AccountPositions(
                account=AccountName(name), venue=Venue.LIVE, read_at=read_at, rows=rows
            )
            for name, read_at, rows in (
                ("master", MORNING - timedelta(minutes=7), (a_position(),)),
                ("ab1234", None, ()),
                ("cd5678", MORNING - timedelta(hours=18), (a_position(), a_position(pnl=None))),
            )
        )
        chat.desk.held = accounts
        chat.desk.view = a_status(
            venue=Venue.LIVE,
            accounts=(
                an_account("master"),
                an_account("ab1234", session=SessionState.LOGIN),
                an_account("cd5678"),
            ),
        )
        text = (await chat.ask("/positions")).text
        assert "<b>master</b> · day ₹41.25 · read 09:24:04 (7 min ago)" in text
        assert "<b>ab1234</b> · never read yet · no session: /login ab1234" in text
        assert "<b>cd5678</b> · day ? · read 22 Nov 15:31 (18 h ago)" in text, "no part of a sum"


async def test_detail_shows_what_the_master_holds_beside_it():
    async with a_chat() as chat:
        sold = a_position(symbol="SBIN", net=60, copied=50)
        chat.desk.held = tuple(
            AccountPositions(
                account=AccountName(name), venue=Venue.LIVE, read_at=MORNING, rows=rows
            )
            for name, rows in (
                ("master", (a_position(net=150, copied=0),)),
                ("ab1234", (a_position(), sold)),
            )
        )
        text = (await chat.ask("/positions ab1234")).text
        assert "  copied +75, master +150" in text
        assert "  copied +50, own +10\n  master 0" in text
        assert "<b>master</b>" not in text
        assert "copied" not in (await chat.ask("/positions master")).text


async def test_a_slip_in_a_read_offers_the_read_itself():
    async with a_chat() as chat:
        chat.desk.stories["214"] = a_story("BUY 75 sent.")
        slip = await chat.ask("/wy 214")
        await chat.press(slip, "/why 214")
        assert (await chat.next_saying("BUY 75 sent.")).method == "sendMessage"
        assert not (await chat.ask("/satrt_copy")).buttons, "what changes something is typed"


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
        ("/sett x", "did you mean /set?"),
        ("/" + "a" * 4000, f"there is no command /{'a' * 39}…. All"),
        ("/help " + "x" * 3000, f"there is no command {'x' * 39}…."),
        ("/positions " + "x" * 3000, f"no account is called {'x' * 39}…."),
        ("Squareoff now", "Squareoff now is /panic here: close all that is copied?"),
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
