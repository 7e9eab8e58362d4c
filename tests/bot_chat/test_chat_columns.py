"""Whatever stands in a table fits a phone held upright: lakhs, crores, long symbols and names."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.chat import render, render_alerts, render_inquiries, render_settings, render_sync
from bot.chat.html_text import TABLE_COLUMNS
from bot.chat.render_positions import positions
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.copy_view import ChildState
from engine.core.values.market import AccountName, OrderType, Product, Side, Venue
from engine.core.values.orders import Funds
from engine.core.values.position_views import (
    AccountDrift,
    AccountPositions,
    DetachProposal,
    DetachRow,
    DriftRow,
    SyncLeft,
    SyncOrder,
    SyncProposal,
)
from engine.core.values.settable import OF_FOLLOWER
from engine.core.values.views import (
    AccountFunds,
    AccountLimits,
    CheckLevel,
    CheckLine,
    LimitLine,
    SessionState,
    SettingLine,
)
from tests.bot_chat.chat_views import MORNING, a_child, a_copy, a_position, a_status, an_account

_TABLE = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)

names = st.sampled_from(["ab1234", "father", "grandmother_of_asha", "x", "a" * 32])
symbols = st.sampled_from(
    ["SBIN", "M&M", "NIFTY25NOV24500CE", "BANKNIFTY25NOV2552000PE", "J&KBANK", "CRUDEOIL25DEC6200CE",
     "A" * 40, "<b>&amp;", "भारत"]
)  # fmt: skip
units = st.integers(-999_999_999, 999_999_999)
amounts = st.decimals(-9_999_999_999, 9_999_999_999, places=2)
prices = st.none() | st.decimals(0, 9_999_999, places=4)
products = st.sampled_from(Product)
texts = st.sampled_from(
    ["", "margin is short", "Insufficient funds. Required 41,32,000.00 " * 4, "x" * 90]
)


def too_wide(text: str) -> list[str]:
    lines = [line for found in _TABLE.findall(text) for line in html.unescape(found).split("\n")]
    return [line for line in lines if len(line) > TABLE_COLUMNS]


def fits(text: str) -> None:
    assert too_wide(text) == []
    assert text.split(maxsplit=1)[0] in ("PAPER", "LIVE")
    assert text.rstrip().endswith("IST")


sessions = st.sampled_from(SessionState)
accounts = st.builds(
    an_account, names, open_positions=st.none() | st.integers(0, 9_999), day_pnl=st.none() | amounts,
    lag_p95_ms=st.none() | st.integers(0, 9_999_999), session=sessions, paused=st.booleans(),
    enabled=st.booleans(), unresolved=st.integers(0, 99), held_up=st.integers(0, 99),
)  # fmt: skip
rows = st.builds(
    a_position, symbol=symbols, net=st.none() | units, copied=units, average_price=prices, product=products,
    last_price=prices, pnl=st.none() | amounts,
)  # fmt: skip
held = st.builds(
    AccountPositions, account=names.map(AccountName) | st.just("master"), venue=st.sampled_from(Venue),
    read_at=st.none() | st.just(MORNING), rows=st.lists(rows, max_size=4).map(tuple),
)  # fmt: skip
drift_rows = st.builds(
    DriftRow, exchange=st.just("NFO"), symbol=symbols, product=products, wanted=units, copied=units,
    observed=st.none() | units, note=texts,
)  # fmt: skip
drifts = st.builds(
    AccountDrift, account=names.map(AccountName), venue=st.sampled_from(Venue), session=sessions,
    read_at=st.none() | st.just(MORNING), rows=st.lists(drift_rows, max_size=4).map(tuple),
)  # fmt: skip
children = st.builds(
    a_child, names, state=st.sampled_from(ChildState), side=st.sampled_from(Side),
    quantity=st.integers(0, 999_999_999), filled=st.integers(0, 999_999_999), average_price=prices,
    lag_ms=st.none() | st.integers(0, 9_999_999), slippage_bps=st.none() | st.integers(-99_999, 99_999),
    reason=texts, note=texts,
)  # fmt: skip
copies = st.builds(
    a_copy, number=st.integers(1, 99_999), symbol=symbols, quantity=st.integers(0, 999_999_999), price=prices,
    trigger_price=prices, average_price=prices, order_type=st.none() | st.sampled_from(OrderType),
    filled=st.integers(0, 999_999_999), children=st.lists(children, max_size=4).map(tuple), product=products,
)  # fmt: skip
quick = settings(max_examples=60, deadline=None)


@quick
@given(st.lists(accounts, max_size=5).map(tuple))
def test_the_status_card(found):
    fits(render.status_card(a_status(accounts=found), now=MORNING))


@quick
@given(
    st.lists(held, max_size=3).map(tuple), st.lists(drifts, max_size=2).map(tuple), st.booleans()
)
def test_positions(found, differs, detail):
    only = found[-1].account if found and detail else None
    fits(positions(Venue.LIVE, found, now=MORNING, only=only, drift=differs))


@quick
@given(st.lists(copies, max_size=3).map(tuple))
def test_orders_and_the_card_of_each(found):
    fits(render.orders(Venue.LIVE, found, now=MORNING))
    for each in found:
        fits(render.copy_card(each))


@quick
@given(st.lists(drifts, max_size=3).map(tuple))
def test_differences(found):
    fits(render_inquiries.drift(Venue.LIVE, found, now=MORNING, book_age_s=1.0))


@quick
@given(st.lists(st.tuples(names, amounts, amounts, texts), max_size=4))
def test_funds(found):
    told = tuple(
        AccountFunds(
            account=AccountName(name), problem=problem,
            funds=None if problem else Funds(equity=one, commodity=other),
        )
        for name, one, other, problem in found
    )  # fmt: skip
    fits(render_inquiries.funds(Venue.LIVE, told, now=MORNING))


@quick
@given(names, st.integers(0, 999_999_999_999), st.integers(0, 999_999_999_999))
def test_limits(name, limit, used):
    lines = tuple(
        LimitLine(name=what, limit=f"{limit:,}", used=f"{used:,}")
        for what in ("order, units", "daily loss")
    )
    chosen = (SettingLine(key="MAX_POSITION_VALUE", value=str(limit), by_env="none", chosen=True),)
    found = (AccountLimits(account=AccountName(name), lines=lines, chosen=chosen),)
    fits(render_inquiries.limits(Venue.LIVE, found, now=MORNING))


@quick
@given(st.lists(st.tuples(names, symbols, products, units, texts, st.booleans()), max_size=4))
def test_what_sync_and_detach_list(found):
    orders = tuple(
        SyncOrder(
            follower=AccountName(name), exchange="NFO", symbol=symbol, product=product, side=Side.BUY,
            quantity=abs(count), entry=entry, why=why,
        )
        for name, symbol, product, count, why, entry in found
    )  # fmt: skip
    left = tuple(SyncLeft(follower=o.follower, symbol=o.symbol, why=o.why) for o in orders)
    fits(
        render_sync.proposal(
            Venue.LIVE, SyncProposal(orders=orders, left=left, mark="m"), lead="", now=MORNING
        )
    )
    held_rows = tuple(
        DetachRow(exchange="NFO", symbol=symbol, product=product, units=count, working=1)
        for _, symbol, product, count, _, _ in found
    )
    proposal = DetachProposal(rows=held_rows, mark="m")
    fits(render_sync.hand_back(Venue.LIVE, AccountName("x"), proposal, lead="", now=MORNING))


@quick
@given(st.lists(st.tuples(st.sampled_from(CheckLevel), texts), max_size=5))
def test_preflight(found):
    checks = tuple(CheckLine(level=level, text=text) for level, text in found)
    assert too_wide(render.preflight(Venue.LIVE, "ready?", checks)) == []


def test_settings_and_alerts():
    fits(render_settings.settable(Venue.LIVE, asks_for_codes=True, now=MORNING))
    long = tuple(
        SettingLine(key=key, value="NSE:" + "A" * 60, by_env="1", chosen=True)
        for key in OF_FOLLOWER
    )
    fits(render_settings.values(Venue.LIVE, AccountName("ab1234"), long, now=MORNING))
    fits(render_alerts.preferences(Venue.LIVE, AlertPreferences(), now=MORNING))


@pytest.mark.parametrize("pnl", [Decimal("1234567.8"), Decimal(-98765432101)])
def test_the_judge_of_this_file_finds_what_is_too_wide(pnl):
    wide = "<pre>" + "x" * 35 + "</pre>"
    assert too_wide(wide)
    found = a_status(
        accounts=(an_account("ab1234", day_pnl=pnl),), since=MORNING - timedelta(hours=1)
    )
    assert not too_wide(render.status_card(replace(found, copying=True), now=MORNING))
