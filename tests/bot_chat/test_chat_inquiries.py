"""/why, /funds, /diff and /limits on the phone."""

import asyncio
from decimal import Decimal

import pytest

from bot.chat.html_text import TABLE_COLUMNS
from bot.chat.render_inquiries import drift, funds
from engine.core.values.market import AccountName, Product, Venue
from engine.core.values.orders import Funds
from engine.core.values.position_views import AccountDrift, DriftRow
from engine.core.values.views import AccountFunds, AccountLimits, LimitLine, SessionState
from engine.errors import AmbiguousId, StoreDamaged
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_card, a_copy, a_status, a_story


def a_row(**changed) -> DriftRow:
    plain = {"exchange": "NSE", "symbol": "M&M", "product": Product.MIS}
    return DriftRow(**{**plain, "wanted": 50, "copied": 40, "observed": 30, **changed})


def a_drift(*rows: DriftRow, name: str = "ab1234", **changed) -> AccountDrift:
    plain = {"venue": Venue.LIVE, "session": SessionState.OK, "read_at": MORNING}
    return AccountDrift(account=AccountName(name), rows=rows, **{**plain, **changed})


async def test_why_tells_each_line_with_its_time_to_the_millisecond():
    async with a_chat() as chat:
        chat.desk.stories["214"] = a_story("BUY 75 M&M sent.", "order 7 <OPEN>.")
        call = await chat.ask("/why 214")
        assert call.text.startswith("PAPER · master order 25 · 23 Nov 2026")
        assert "<code>09:31:04.001</code> <b>ab1234</b> BUY 75 M&amp;M sent." in call.text
        assert "<code>09:31:04.002</code> <b>ab1234</b> order 7 &lt;OPEN&gt;." in call.text


async def test_why_of_one_account_leaves_the_others_out():
    async with a_chat() as chat:
        mine, other = a_story("mine."), a_story("not mine.", who="cd5678")
        chat.desk.stories["#214"] = a_story(lines=mine.lines + other.lines)
        call = await chat.ask("/why #214 AB1234")
        assert "mine." in call.text
        assert "not mine." not in call.text
        call = await chat.ask("/why #214 ab1235")
        assert "Did you mean /why #214 ab1234?" in call.text


async def test_a_long_story_keeps_its_beginning_and_its_end():
    async with a_chat() as chat:
        chat.desk.stories["214"] = a_story(*(f"line {number}." for number in range(200)))
        call = await chat.ask("/why 214")
        text = call.text
        assert "line 19." in text
        assert "line 20." not in text
        assert "… 140 lines left out: /why 214 ab1234 shows one account's" in text
        assert "line 160." in text
        assert "line 199." in text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("/why", "/why 214"), ("/why 999", "nothing is known of 999."), ("/whi 3", "did you mean")],
)
async def test_why_explains_what_it_cannot_tell(typed, answer):
    async with a_chat() as chat:
        assert answer in (await chat.ask(typed)).text


async def test_a_store_that_cannot_be_read_is_told():
    async with a_chat() as chat:

        async def broken(_asked):
            raise StoreDamaged("the store cannot be read: restore a backup")

        chat.desk.why = broken
        assert "restore a backup" in (await chat.ask("/why 214")).text


async def test_the_why_button_of_a_card_answers_below_it_and_the_card_stays():
    async with a_chat() as chat:
        chat.desk.show(a_copy())
        chat.desk.stories["250000000000214"] = a_story("BUY 75 sent.")
        chat.bot.offer(a_card())
        card = await chat.next_saying("COPY #214")
        await chat.press(card, "Why")
        answer = await chat.next_saying("BUY 75 sent.")
        assert answer.method == "sendMessage"


async def test_funds_show_every_account_and_name_those_that_could_not_be_read():
    async with a_chat() as chat:
        chat.desk.spendable = (
            AccountFunds(
                account=AccountName("master"),
                funds=Funds(equity=Decimal("1234567.89"), commodity=Decimal("-0.5")),
            ),
            AccountFunds(
                account=AccountName("ab1234"), funds=None, problem="no session: /login ab1234"
            ),
        )
        call = await chat.ask("/funds")
        assert call.text.startswith("PAPER · spendable rupees")
        assert "master      12,34,567           -1" in call.text
        assert "⚠️ ab1234: no session: /login ab1234" in call.text
        await chat.press(call, "Refresh")
        assert (await chat.next()).method == "editMessageText"


async def test_a_slow_broker_keeps_nobody_else_waiting():
    async with a_chat() as chat:
        chat.desk.funds_gate = asyncio.Event()
        for _ in range(10):
            await chat.say("/funds")
        assert (await chat.ask("/stop")).text.startswith("PAPER")
        assert chat.desk.stopped.is_set()
        chat.desk.funds_gate.set()
        await chat.next_saying("spendable rupees")


async def test_diff_lists_only_what_differs():
    async with a_chat() as chat:
        chat.desk.view = a_status(venue=Venue.LIVE)
        rows = (a_row(note="5 still working"), a_row(symbol="SBIN", observed=None))
        chat.desk.drifts = (a_drift(*rows), a_drift(name="cd5678"))
        call = await chat.ask("/diff")
        assert call.text.startswith("LIVE 🟡 followers and master differ")
        assert "M&amp;M NSE MIS\n  want +50 copied +40 broker +30\n  5 still working" in call.text
        assert "copied +40 broker ?" in call.text
        assert "<b>cd5678</b> in step · broker read 09:31:04" in call.text


def test_all_is_in_step_only_where_all_is_known():
    paper = a_drift(venue=Venue.PAPER, read_at=None)
    assert "🟢 all in step" in drift(Venue.LIVE, (a_drift(),), now=MORNING, book_age_s=0.4)
    assert "🟢 all in step" in drift(Venue.PAPER, (paper,), now=MORNING, book_age_s=0.4)
    for age, told in ((31.0, "last read 31 s ago: see /status"), (None, "has not been read")):
        text = drift(Venue.LIVE, (a_drift(),), now=MORNING, book_age_s=age)
        assert "🟢" not in text
        assert told in text
    for unknown in (a_drift(read_at=None), a_drift(session=SessionState.LOGIN)):
        text = drift(Venue.LIVE, (a_drift(), unknown), now=MORNING, book_age_s=0.4)
        assert "nothing differs as far as is known" in text
        assert "all in step" not in text
    assert "never read" in drift(Venue.LIVE, (a_drift(read_at=None),), now=MORNING, book_age_s=0.4)


async def test_diff_of_one_follower_and_before_anything_was_read():
    async with a_chat() as chat:
        chat.desk.view = a_status(venue=Venue.LIVE)
        chat.desk.drifts = (a_drift(a_row()), a_drift(name="cd5678"))
        one = await chat.ask("/diff cd5678")
        assert "🟢 all in step" in one.text
        assert one.buttons["Refresh"]["callback_data"] == "r|diff cd5678"
        assert "Did you mean /diff cd5678?" in (await chat.ask("/diff cd567")).text
        assert "only watched" in (await chat.ask("/diff master")).text
        chat.desk.view = a_status(book_age_s=None)
        unread = await chat.ask("/diff")
        assert "nothing can be said yet" in unread.text
        assert "in step" not in unread.text


def test_a_long_reason_is_cut_in_the_list_of_differences():
    note = "Insufficient funds. Required margin is 413280.00 but available margin is 1000.00. "
    text = drift(Venue.LIVE, (a_drift(a_row(note=note * 3)),), now=MORNING, book_age_s=0.4)
    assert text.count("Insufficient funds") == 1
    assert "Required" in text
    assert " …" in text


def test_accounts_with_the_same_trouble_share_a_line():
    trouble = "Kite is not reached (no connection): try again in a minute"
    names = ("master", "ab1234", "cd5678")
    told = tuple(
        AccountFunds(account=AccountName(name), funds=None, problem=trouble) for name in names
    )
    text = funds(Venue.LIVE, told, now=MORNING)
    assert f"⚠️ master, ab1234, cd5678: {trouble}" in text


async def test_an_id_that_could_be_several_is_asked_again():
    async with a_chat() as chat:

        async def several(_asked):
            raise AmbiguousId("2500 could be 25001, 25002 - give more of the id")

        chat.desk.why = several
        call = await chat.ask("/why 2500")
        assert call.text.startswith("PAPER · 2500 could be 25001, 25002")
        assert "NOT done" not in call.text


def test_no_line_is_too_wide_for_a_phone():
    big = {"wanted": 1_234_567, "copied": -1_234_567, "observed": -1_234_567}
    row = a_row(symbol="NIFTY2612125000CE", note="less than one lot at this multiplier", **big)
    money = Funds(equity=Decimal(123_456_789), commodity=Decimal(-12_345_678))
    spendable = AccountFunds(account=AccountName("a-long-name"), funds=money)
    for html in (
        drift(Venue.LIVE, (a_drift(row),), now=MORNING, book_age_s=0.4),
        funds(Venue.LIVE, (spendable,), now=MORNING),
    ):
        lines = html.partition("<pre>")[2].partition("</pre>")[0].splitlines()
        assert lines
        assert max(map(len, lines)) <= TABLE_COLUMNS


async def test_limits_show_what_is_set_and_used_per_follower():
    async with a_chat() as chat:
        chat.desk.account_limits = (
            AccountLimits(
                account=AccountName("ab1234"),
                cuts=True,
                lines=(
                    LimitLine(name="order, value", limit="2,00,000"),
                    LimitLine(name="positions", limit="5", used="3"),
                ),
            ),
            AccountLimits(account=AccountName("cd5678"), lines=()),
        )
        call = await chat.ask("/limits")
        assert call.text.startswith("PAPER · limits on entries; exits never ask")
        assert "<b>ab1234</b> what would be over is cut down" in call.text
        assert "order, value              2,00,000" in call.text
        assert "positions            3           5" in call.text
        assert "<b>cd5678</b> no limit is set" in call.text
        assert len("positions            3           5") <= TABLE_COLUMNS
        await chat.press(call, "Refresh")
        assert (await chat.next()).method == "editMessageText"
        only = await chat.ask("/limits ab1234")
        assert "cd5678" not in only.text
