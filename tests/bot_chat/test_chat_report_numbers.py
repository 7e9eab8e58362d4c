"""The numbers of a report: widths, grouping, percentiles and sums."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.chat import render
from bot.chat import report_tables as tables
from bot.chat.html_text import TABLE_COLUMNS
from engine.core.chat.days_sum import followers_of_days, profit_of_days
from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import AccountName, Venue
from tests.bot_chat.report_builders import FATHER, TODAY, a_plain

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30
).map(AccountName)
rupees = st.decimals(Decimal("-9e11"), Decimal("9e11"), places=3)
counts = st.integers(0, 10**7)
profits = st.builds(
    DayProfit,
    rupees=st.none() | rupees,
    realised=st.none() | rupees,
    without=st.lists(names, max_size=3).map(tuple),
)
followers_of_a_day = st.builds(
    FollowerDay, name=names, copied=counts, missed=counts, refused=counts, unclear=counts, waiting=counts,
    skipped=st.lists(st.tuples(names, counts), max_size=8).map(tuple), slippage=rupees,
    value=st.decimals(Decimal(0), Decimal("9e11"), places=2), untold=st.lists(names, max_size=3).map(tuple),
    lags_ms=st.lists(st.integers(0, 10**7), max_size=4).map(tuple), profit=profits, scaled=st.none() | rupees,
)  # fmt: skip


@given(st.lists(followers_of_a_day, max_size=18), profits, counts)
def test_no_table_is_wider_than_a_phone_whatever_the_names_and_sums(followers, master, orders):
    report = DayReport(
        day=TODAY, venue=Venue.LIVE, as_of=None, orders=orders, master=master, followers=tuple(followers), rows=()
    )  # fmt: skip
    lines = [
        *tables.count_lines(followers), *tables.slippage_lines(followers), *tables.lag_lines(followers),
        *tables.profit_lines(master, followers), *tables.beside_lines(master, followers),
        *tables.reason_lines(followers), *tables.day_lines([report]), *tables.day_lines([report], orders=False),
    ]  # fmt: skip
    assert max(map(len, lines), default=0) <= TABLE_COLUMNS


@pytest.mark.parametrize(
    ("amount", "width", "text"),
    [
        ("123456.7", 14, "+1,23,456.70"), ("-12.005", 12, "-12.00"), ("0", 12, "0.00"), ("-0.001", 12, "0.00"),
        ("12345678.9", 12, "+1,23,45,679"), ("123456789.9", 12, "+12.35Cr"), ("-99999.99", 12, "-99,999.99"),
    ],
)  # fmt: skip
def test_rupees_have_indian_grouping_a_sign_and_paise_while_they_fit(amount, width, text):
    assert tables.signed_rupees(Decimal(amount), width=width) == text


def test_lines_of_a_report_are_a_table_and_everything_is_escaped():
    html = render.tabled(Venue.LIVE, "a & b\n\tM&M  1\n\t<b>  2\nafter")
    assert html == "LIVE · a &amp; b\n<pre>M&amp;M  1\n&lt;b&gt;  2</pre>\nafter"


@given(st.lists(st.lists(st.integers(0, 10**6), max_size=5), min_size=1, max_size=4))
def test_lags_of_several_days_are_put_together_not_averaged(days):
    reports = [
        replace(
            a_plain(), followers=(FollowerDay(name=FATHER, lags_ms=tuple(lags), copied=len(lags)),)
        )
        for lags in days
    ]
    (whole,) = followers_of_days(reports)
    assert sorted(whole.lags_ms) == sorted(lag for lags in days for lag in lags)
    assert whole.copied == sum(map(len, days))


def test_profit_of_days_is_unknown_only_where_none_is_known():
    known, unknown = (
        DayProfit(rupees=Decimal(5), realised=Decimal(2)),
        DayProfit(rupees=None, without=("SBIN",)),
    )
    assert profit_of_days([known, known]).rupees == 10
    assert (profit_of_days([known, unknown]).rupees, profit_of_days([known, unknown]).without) == (
        5,
        ("SBIN",),
    )
    assert profit_of_days([known, unknown]).realised is None
    assert profit_of_days([unknown]).rupees is None
