"""The tables of reports, profit and lag fit a phone held upright as they are: no row is folded in the middle."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import render
from bot.chat.html_text import TABLE_COLUMNS
from bot.chat.render_report import day_text, days_text, latency_text, profit_text
from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import AccountName, Venue
from tests.bot_chat.chat_views import MORNING
from tests.bot_chat.test_chat_columns import amounts, fits, names, symbols, texts

counts = st.integers(0, 9_999_999)
lags = st.lists(st.integers(0, 99_999_999), max_size=3).map(tuple)
some = st.lists(symbols, max_size=3, unique=True).map(tuple)
reasons = st.lists(st.tuples(texts | symbols, st.integers(1, 9_999_999)), max_size=8).map(tuple)
profits = st.builds(
    DayProfit, rupees=st.none() | amounts, realised=st.none() | amounts, without=some
)
followers = st.builds(
    FollowerDay, name=names.map(AccountName), copied=counts, skipped=reasons, missed=counts,
    refused=counts, unclear=counts, waiting=counts, failed=reasons, slippage=amounts,
    value=amounts.map(abs), untold=some, lags_ms=lags, fill_lags_ms=lags, profit=profits,
    scaled=st.none() | amounts,
)  # fmt: skip
reports = st.builds(
    DayReport, day=st.integers(0, 30).map(lambda days: MORNING.date() - timedelta(days=days)),
    venue=st.just(Venue.LIVE), as_of=st.none() | st.just(MORNING), orders=counts, master=profits,
    followers=st.lists(followers, max_size=4).map(tuple), rows=st.just(()),
)  # fmt: skip
days = st.lists(reports, min_size=1, max_size=2)
quick = settings(max_examples=15, deadline=None)


def whole(text: str) -> None:
    """Judge plain lines: each of a table fits by itself, and so does the message made of them."""
    rows = [line[1:] for line in text.split("\n") if line.startswith("\t")]
    assert [row for row in rows if len(row) > TABLE_COLUMNS] == []
    fits(f"{render.tabled(Venue.LIVE, text)}\n{render.footer(MORNING)}")


@quick
@given(reports)
def test_a_day_and_its_lag(report):
    whole(day_text(report, now=MORNING, lead="Today,"))
    whole(latency_text(report))


@quick
@given(days)
def test_several_days_together(found):
    whole(days_text(found, Venue.LIVE, lead="Week"))


@quick
@given(reports, days, st.booleans())
def test_profit_of_a_day_and_of_several(report, found, alone):
    whole(profit_text(report, found, lead="P&L this week", alone=alone))


def test_a_row_that_is_too_wide_would_be_found():
    try:
        whole(f"head\n\t{'x' * (TABLE_COLUMNS + 1)}")
    except AssertionError:
        return
    raise AssertionError("the judge of this file sees nothing")
