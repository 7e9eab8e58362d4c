"""Values to text: what fits on a phone, what is escaped, what it says."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.chat import money, render
from bot.chat.html_text import MESSAGE_UNITS, TABLE_COLUMNS, escape, plain, split, units
from bot.chat.render_positions import positions
from bot.chat.times import span
from demo.chat.html_text import read_html
from engine.core.values.control import Reply
from engine.core.values.copy_view import ChildState
from engine.core.values.market import MASTER, AccountName, OrderType, Venue
from engine.core.values.notices import Severity
from engine.core.values.position_views import AccountPositions
from engine.core.values.views import CheckLevel, CheckLine, SessionState
from tests.bot_chat.chat_views import (
    MORNING,
    a_child,
    a_copy,
    a_position,
    a_status,
    an_account,
    an_alert,
)

NASTY = ["M&M", "J&KBANK", "<b>", "</pre>", "a_b_c", "😀😀", "&amp;", "L&TFH-EQ", "x" * 60, '"q"']
words = st.sampled_from(NASTY) | st.text(min_size=1, max_size=80)
prices = st.none() | st.decimals(-(10**9), 10**9, places=4)
counts = st.integers(-(10**9), 10**9)


def _tables(text: str) -> list[str]:
    blocks = re.findall(r"<pre>(.*?)</pre>", text, flags=re.DOTALL)
    return [html.unescape(line) for block in blocks for line in block.split("\n")]


def _is_fit_for_a_phone(text: str) -> None:
    for part in split(text):
        assert units(part) <= MESSAGE_UNITS
        assert re.split(r"\s", part)[0] in {"PAPER", "LIVE"}
        read_html(part)
    assert all(len(line) <= TABLE_COLUMNS for line in _tables(text))


@given(
    symbol=words,
    reason=words,
    name=words,
    price=prices,
    quantity=st.integers(0, 10**9),
    state=st.sampled_from(ChildState),
)
@settings(max_examples=60, deadline=None)
def test_cards_and_orders_survive_hostile_names(symbol, reason, name, price, quantity, state):
    child = a_child(
        AccountName(name), reason=reason, state=state, quantity=quantity, average_price=price
    )
    view = a_copy(
        symbol=symbol,
        children=(child, a_child()),
        average_price=price,
        price=price,
        trigger_price=price,
        order_type=OrderType.SL,
    )
    _is_fit_for_a_phone(render.copy_card(view))
    _is_fit_for_a_phone(render.orders(Venue.LIVE, (view,) * 3, now=MORNING))


@given(symbol=words, name=words, price=prices, net=st.none() | counts, copied=counts)
@settings(max_examples=60, deadline=None)
def test_status_and_positions_survive_hostile_names(symbol, name, price, net, copied):
    row = a_position(
        symbol=symbol, net=net, copied=copied, pnl=price, average_price=price, last_price=price
    )
    account = AccountPositions(
        account=AccountName(name), venue=Venue.LIVE, read_at=MORNING, rows=(row,) * 3
    )
    master = replace(account, account=MASTER)
    for only in (account.account, None):
        html = positions(Venue.LIVE, (master, account), now=MORNING, only=only)
        _is_fit_for_a_phone(html)
    view = a_status(
        venue=Venue.LIVE, accounts=(an_account("master"), an_account(name, day_pnl=price))
    )
    _is_fit_for_a_phone(render.status_card(view, now=MORNING))


@given(text=words, op=words)
@settings(max_examples=60, deadline=None)
def test_alerts_replies_and_checks_survive_hostile_texts(text, op):
    _is_fit_for_a_phone(render.alert(an_alert(text=text)).html)
    reply = Reply(accepted=True, text=text, op=op)
    _is_fit_for_a_phone(render.answer(Venue.PAPER, reply, now=MORNING))
    checks = (CheckLine(level=CheckLevel.FAIL, text=text),) * 3
    _is_fit_for_a_phone(render.preflight(Venue.PAPER, text, checks))


@given(lines=st.lists(words, min_size=1, max_size=40), limit=st.integers(256, 600))
@settings(max_examples=60, deadline=None)
def test_a_long_text_is_cut_without_losing_or_breaking_anything(lines, limit):
    flat = [re.sub(r"\s", " ", line) for line in lines]
    source = "LIVE · head\n<pre>" + escape("\n".join(flat)) + "</pre>\nend"
    parts = split(source, limit=limit)
    assert all(units(part) <= limit for part in parts)
    for part in parts:
        read_html(part)
        assert part.startswith("LIVE")
    joined = "".join(plain(part.removeprefix("LIVE · continued\n")) for part in parts)
    assert re.sub(r"\s", "", joined) == re.sub(r"\s", "", plain(source))


def test_the_card_of_a_copy():
    view = a_copy(
        children=(
            a_child("ab1234"),
            a_child("cd5678", state=ChildState.PARTIAL, quantity=35, filled=20, slippage_bps=9),
            a_child("ef9012", state=ChildState.SKIPPED, reason="no session: log in"),
        )
    )
    assert render.copy_card(view) == (
        "LIVE · COPY #214 · BUY NIFTY25NOV24500CE 75 @ 112.40 MKT\n"
        "<pre>master complete 75 112.40\n"
        "ab1234 fill 75 112.45 +4bp 138ms\n"
        "cd5678 part 20/35 112.45\n"
        "  +9bp 138ms\n"
        "ef9012 skip: no session: log in</pre>\n"
        "NFO NRML · 09:31:04 IST"
    )


@pytest.mark.parametrize(
    ("states", "mark", "verdict"),
    [
        (["fill", "fill"], "🟢", "2 of 2 followed"),
        (["fill", "cancelled"], "🟢", "2 of 2 followed"),
        (["fill", "skip"], "🟡", "1 of 2 followed · 1 skipped"),
        (["rejected", "skip"], "🔴", "0 of 2 followed · 1 skipped · 1 failed"),
        (["fill", "needs you"], "⚠️", "1 of 2 followed · 1 needs you"),
        ([], "🟡", "no follower takes part"),
    ],
)
def test_the_verdict_once_all_is_settled(states, mark, verdict):
    children = tuple(a_child(state=ChildState(state), lag_ms=None) for state in states)
    text = render.copy_card(a_copy(children=children))
    assert text.startswith(f"LIVE {mark} COPY")
    assert verdict in text


REASON = "cover orders are not copied: its stop is a second leg that only Kite can pair"


def test_a_reason_that_several_share_is_told_of_the_first_and_named_of_the_others():
    skipped = {"state": ChildState.SKIPPED, "quantity": 0, "filled": 0}
    names = ("asha", "ravi", "om")
    children = tuple(a_child(name, reason=REASON, **skipped) for name in names)
    for text in (
        render.copy_card(a_copy(children=children)),
        render.orders(Venue.LIVE, (a_copy(children=children),), now=MORNING),
    ):
        assert " ".join(text.split()).count("only Kite can pair") == 1
        assert [line.split() for line in _tables(text)[-2:]] == [
            ["ravi", "skip,", "as", "asha"],
            ["om", "skip,", "as", "asha"],
        ]
        _is_fit_for_a_phone(text)
    alone = (children[0], a_child("ravi", reason="kill switch is set", **skipped), children[2])
    text = render.copy_card(a_copy(children=alone))
    assert "skip: kill switch is set" in text
    assert "om     skip, as asha" in text


def test_a_short_reason_is_told_of_each():
    skipped = {"state": ChildState.SKIPPED, "reason": "paused", "quantity": 0, "filled": 0}
    text = render.copy_card(a_copy(children=(a_child("asha", **skipped), a_child("om", **skipped))))
    assert text.count("skip: paused") == 2


def test_what_was_translated_alike_for_all_is_said_once_below_them():
    note = "SL-M is not taken here: sent as SL with a limit"
    alike = (a_child("asha", note=note), a_child("om", note=note))
    text = render.copy_card(a_copy(children=alike))
    assert " ".join(text.split()).count(note) == 1
    apart = (a_child("asha", note=note), a_child("om", note="DAY instead of IOC"))
    lines = _tables(render.copy_card(a_copy(children=apart)))
    assert "  DAY instead of IOC" in lines
    assert any(line.startswith("  SL-M") for line in lines)


def test_a_status_that_sees_nothing_of_the_master_says_so():
    for age, said in ((0.4, False), (29.0, False), (31.0, True), (None, False)):
        text = render.status_card(a_status(copying=True, book_age_s=age), now=MORNING)
        assert ("Kite does not answer for the master" in text) is said


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"stuck_exits": 1}, "ab1234: 1 exit does not fill: look in Kite. Which: /diff"),
        ({"unresolved": 1}, "ab1234: 1 unresolved, see /orders"),
        ({"held_up": 1}, "ab1234: 1 exit waits for your TPIN"),
    ],
)
def test_a_status_that_needs_someone_is_not_green(changes, line):
    accounts = (an_account("master"), an_account("ab1234", **changes))
    text = render.status_card(a_status(copying=True, accounts=accounts), now=MORNING)
    assert text.startswith("PAPER 🟡 copying")
    assert line in text


def test_a_limit_card_shows_the_limit():
    view = a_copy(order_type=OrderType.LIMIT, price=Decimal("0.0025"), average_price=None)
    assert "@ 0.0025 LIMIT" in render.copy_card(view)


@pytest.mark.parametrize(
    ("changes", "headline", "next_step"),
    [
        ({}, "PAPER 🔴 not copying · 2 of 2 followers ready", "Next: /start_copy"),
        ({"copying": True}, "PAPER 🟢 copying · 2 of 2 followers", "To stop entries: /stop"),
        ({"copying": True, "stream_up": False}, "PAPER 🟡 copying", "To stop entries"),
        ({"killed": True}, "PAPER 🔴 kill switch is set", "copytrader kill --release"),
        (
            {"venue": Venue.LIVE, "copying": True},
            "LIVE 🟡 copying exits only: entries are not armed",
            "Next: /live",
        ),
        (
            {"accounts": (an_account("master", session=SessionState.LOGIN),)},
            "PAPER 🔴 not copying",
            "Next: /login",
        ),
    ],
)
def test_the_status_says_what_is_and_what_to_do(changes, headline, next_step):
    text = render.status_card(a_status(**changes), now=MORNING)
    assert text.startswith(headline)
    assert next_step in text


def test_paper_needs_no_session_of_a_follower():
    accounts = (an_account("master"), an_account("ab1234", session=SessionState.LOGIN))
    view = a_status(copying=True, accounts=accounts)
    assert render.headline(view) == "PAPER 🟢 copying · 1 of 1 followers"
    assert render.accounts_out(view) == ()


@pytest.mark.parametrize(
    ("severity", "mark", "silent"),
    [
        (Severity.INFO, "·", True),
        (Severity.WARNING, "🟡", False),
        (Severity.ERROR, "⚠️", False),
        (Severity.CRITICAL, "🔴", False),
    ],
)
def test_an_alert_is_as_loud_as_it_is_grave(severity, mark, silent):
    message = render.alert(an_alert(severity=severity, text="x"))
    assert message.html == f"LIVE {mark} x\nalert 1 · 09:31:04 IST"
    assert message.silent is silent


def test_the_mode_is_not_said_twice_and_the_follower_is_named():
    message = render.alert(an_alert(text="LIVE · stopped", follower=AccountName("ab1234")))
    assert message.html.startswith("LIVE ⚠️ ab1234: LIVE")
    assert render.headed(Venue.LIVE, "LIVE · stopped") == "LIVE · stopped"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("123456.7", "₹1,23,456.70"),
        ("-12", "-₹12.00"),
        ("0.005", "₹0.00"),
        ("123456789.999", "₹12,34,56,790.00"),
        ("999", "₹999.00"),
    ],
)
def test_rupees_are_grouped_the_indian_way(amount, text):
    assert money.rupees(Decimal(amount)) == text


@given(amount=st.decimals(-(10**11), 10**11, places=2))
def test_a_profit_fits_its_column(amount):
    assert len(money.profit(amount, width=9)) <= 9


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (61, "1 min"), (3600, "1 h"), (200_000, "2 days")],
)
def test_spans_are_one_number_and_one_unit(seconds, text):
    assert span(timedelta(seconds=seconds)) == text
