"""/pnl, /latency, /report and the notices of the daily rhythm on the phone."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import render
from bot.chat import report_tables as tables
from bot.chat.html_text import TABLE_COLUMNS, plain
from bot.chat.report_pictures import (
    day_card,
    days_card,
    lag_histogram,
    slippage_scatter,
)
from bot.chat.reporting import a_day
from bot.chat.wide_positions import heat_table
from bot.day_reads import DaysUnread
from bot.pictures.renderer import PictureFailed
from engine.core.chat.day_report import day_report
from engine.core.chat.days_sum import followers_of_days, profit_of_days
from engine.core.chat.sampled_days import sampled_days
from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import AccountName, Product, Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.profit_sample import ProfitSample
from engine.core.values.routines import Reported
from engine.core.values.views import AccountDrift, AccountPositions, DriftRow, SessionState
from tests.bot_chat.chat_fakes import MORNING, a_position
from tests.bot_chat.chat_server import a_chat
from tests.core.core_world import World, a_follower, done
from tests.demo_chat.pngs import a_png

TODAY = MORNING.date()
FATHER = AccountName("father")
PNG = a_png()


def a_report(day: date = TODAY, venue: Venue = Venue.LIVE, *, sold: object = "99.50") -> DayReport:
    """Return a day on which father bought 10 at 100.50 against 100, and mother was too small."""
    world = World(
        a_follower(),
        a_follower("mother", multiplier="0.05"),
        at=datetime.combine(day, MORNING.timetz()),
    )
    world.master(done("M1", average_price="100"))
    world.now += timedelta(milliseconds=140)
    world.fill(world.ack(), price="100.50")
    world.master(done("M2", "SELL", average_price="101"))
    world.fill(world.ack(), price=sold)
    return replace(day_report(world.state, Venue.LIVE, as_of=world.now), venue=venue)


class FakeDays:
    """Days that are there; ``error`` is what a read of past ones ends with."""

    def __init__(self, *reports: DayReport) -> None:
        self.kept = {each.day: each for each in reports}
        self.sampled: list[ProfitSample] = []
        self.error: Exception | None = None
        self.asked: list[tuple] = []
        self.day: date | None = TODAY

    def today(self):
        return self.day

    async def report(self, venue):
        return replace(self.kept[TODAY], venue=venue)

    async def reports(self, first, last, *, rows):
        self.asked.append((first, last, rows))
        if self.error is not None:
            raise self.error
        found = [self.kept[day] for day in sorted(self.kept) if first <= day <= last]
        return tuple(each if rows else replace(each, rows=()) for each in found)

    async def samples(self, day):
        return tuple(each for each in self.sampled if each.day == day)

    async def last_samples(self, first, last):
        return tuple(each for each in self.sampled if first <= each.day <= last)


def a_sample(account: str, rupees: object, day: date = TODAY, hour: int = 15) -> ProfitSample:
    at = MORNING.replace(year=day.year, month=day.month, day=day.day, hour=hour)
    return ProfitSample(
        day=day, venue=Venue.PAPER, account=AccountName(account), at=at, rupees=Decimal(str(rupees))
    )


def rows_of(html: str) -> list[str]:
    blocks = [each.split("</pre>")[0] for each in html.split("<pre>")[1:]]
    return [row for block in blocks for row in plain(block).split("\n")]


def ready(chat, *reports: DayReport) -> FakeDays:
    chat.desk.days = FakeDays(*(reports or (a_report(),)))
    return chat.desk.days


# -- the commands --------------------------------------------------------------------------------


async def test_pnl_is_a_table_of_everybody_where_no_picture_can_be_drawn():
    async with a_chat() as chat:
        ready(chat)
        call = await chat.ask("/pnl")
        assert call.method == "sendMessage"
        assert call.text.startswith("PAPER · P&amp;L today")
        assert [row.split() for row in rows_of(call.text)] == [
            ["acct", "P&L", "realised"], ["master", "+10.00", "+10.00"],
            ["father", "-10.00", "-10.00"], ["mother", "0.00", "0.00"],
        ]  # fmt: skip
        assert set(call.buttons) == {"Week", "Month", "Refresh"}
        assert call.buttons["Refresh"]["callback_data"] == "r|pnl today"


async def test_pnl_comes_as_a_picture_with_the_table_below_it():
    async with a_chat() as chat:
        ready(chat).sampled = [a_sample("father", -3, hour=10), a_sample("master", 4, hour=10)]
        drawn = []

        async def draw(picture):
            drawn.append(picture)
            return PNG

        chat.bot.pictures.draw = draw
        await chat.say("/pnl")
        call = await chat.next("sendPhoto")
        assert call.fields["caption"].startswith("PAPER · P&amp;L today")
        (card,) = drawn
        assert [rupees for _, rupees in card.followers[0].points] == [-3, -10]


async def test_a_picture_that_cannot_be_drawn_is_told_in_words():
    async with a_chat() as chat:
        ready(chat)

        async def draw(_picture):
            raise PictureFailed("no")

        chat.bot.pictures.draw = draw
        call = await chat.ask("/latency")
        assert "copy lag today, 2 copies" in call.text


async def test_pnl_of_a_week_adds_its_days_up():
    async with a_chat() as chat:
        # MORNING is a Monday: the week has begun today, the month has days before.
        days = ready(chat)
        days.sampled = [
            a_sample("father", 100, TODAY - timedelta(days=3)),
            a_sample("master", 200, TODAY - timedelta(days=3)),
        ]
        call = await chat.ask("/pnl week")
        assert "this week, since 23 Nov" in call.text
        assert ["father", "-10.00", "-10.00"] in [row.split() for row in rows_of(call.text)]
        call = await chat.ask("/pnl month")
        assert "this month, since 01 Nov" in call.text
        found = [row.split() for row in rows_of(call.text)]
        assert ["father", "+90.00", "?"] in found
        assert ["Fri", "20", "+200", "+100"] in found


async def test_latency_has_percentiles_of_each_follower():
    async with a_chat() as chat:
        ready(chat)
        call = await chat.ask("/latency")
        found = [row.split() for row in rows_of(call.text)]
        assert found[1] == ["father", "70ms", "133ms", "139ms"]
        assert found[2] == ["mother", "-", "-", "-"]
        assert set(call.buttons) == {"Refresh"}


async def test_latency_without_a_copy_says_so():
    async with a_chat() as chat:
        empty = replace(a_report(), followers=(FollowerDay(name=FATHER),), rows=())
        ready(chat, empty)
        assert "no copy was sent today, so far." in (await chat.ask("/latency")).text


async def test_report_of_today_and_of_a_past_day():
    async with a_chat() as chat:
        past = a_report(TODAY - timedelta(days=3), Venue.LIVE)
        days = ready(chat, a_report(), past)
        call = await chat.ask("/report")
        assert "Mon 23 Nov: 2 orders of the master" in call.text
        assert ["father", "2", "0", "0", "0"] in [row.split() for row in rows_of(call.text)]
        assert "1 x less than one lot at this" in call.text
        assert ["father", "+20.00", "+99.5"] in [row.split() for row in rows_of(call.text)]
        assert set(call.buttons) == {"Slippage", "Refresh"}
        call = await chat.ask("/report 20 Nov")
        # The first word is the mode of that day's report, whatever the mode is now.
        assert call.text.startswith("LIVE · Fri 20 Nov")
        assert set(call.buttons) == {"Slippage"}
        assert days.asked[-1] == (past.day, past.day, False)


async def test_slippage_of_a_day_is_a_picture_by_its_button():
    async with a_chat() as chat:
        days = ready(chat)
        drawn = []

        async def draw(picture):
            drawn.append(picture)
            return PNG

        await chat.ask("/report")
        chat.bot.pictures.draw = draw
        await chat.say(f"/report {TODAY.isoformat()} slippage")
        await chat.next("sendPhoto")
        assert days.asked[-1] == (TODAY, TODAY, True)
        assert [point.bps for point in drawn[0].followers[0].points] == pytest.approx(
            [50, 148.514], abs=0.01
        )


async def test_the_week_so_far_has_a_line_for_each_day():
    async with a_chat() as chat:
        days = ready(chat)
        days.kept[TODAY] = replace(days.kept[TODAY], venue=Venue.PAPER)
        call = await chat.ask("/report week")
        assert "week 23 Nov to 23 Nov: 2 orders" in call.text
        assert ["Mon", "23", "2", "+10", "-10"] in [row.split() for row in rows_of(call.text)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("/report tomorrow", "which day? tomorrow is none that was"),
        ("/report 2026-12-01", "is none that was"),
        ("/report 22 Nov", "nothing ran here on Sun 22 Nov 2026"),
        ("/pnl year", "today, week or month, not year"),
    ],
)
async def test_what_is_not_there_is_said_with_an_example(asked, said):
    async with a_chat() as chat:
        ready(chat)
        assert said in (await chat.ask(asked)).text


async def test_past_days_that_cannot_be_read_are_one_line_with_the_mend():
    async with a_chat() as chat:
        ready(chat).error = DaysUnread("the store cannot be read: restore a backup")
        call = await chat.ask("/report yesterday")
        assert "NOT done: the store cannot be read: restore a backup" in call.text


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("today", date(2026, 11, 23)), ("Yesterday", date(2026, 11, 22)), ("20", date(2026, 11, 20)),
        ("30", date(2026, 10, 30)), ("20 nov", date(2026, 11, 20)), ("Nov 20", date(2026, 11, 20)),
        ("20/11", date(2026, 11, 20)), ("2026-11-20", date(2026, 11, 20)), ("20-11-2026", date(2026, 11, 20)),
        ("20 november 2026", date(2026, 11, 20)), ("24 Dec", date(2025, 12, 24)), ("31 feb", None),
        ("soon", None), ("0", None), ("99", None),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(word, day):
    assert a_day(word, today=TODAY) == day


# -- the daily rhythm ----------------------------------------------------------------------------


def announced(about: Reported, venue: Venue = Venue.LIVE) -> Notice:
    return Notice(
        notice_id=7, at=MORNING, venue=venue, kind=NoticeKind.ALERT, severity=Severity.INFO,
        topic=about.topic, text="The trading day is over. What came of it: /report 2026-11-23",
    )  # fmt: skip


DAY = Reported(first=TODAY, last=TODAY)


async def test_the_days_report_is_told_with_its_figures_then_shown_as_a_picture():
    async with a_chat() as chat:
        ready(chat)

        async def draw(_picture):
            return PNG

        chat.bot.pictures.draw = draw
        chat.bot.offer(announced(DAY))
        call = await chat.next("sendMessage")
        assert call.text.startswith("LIVE · The trading day is over.")
        assert ["father", "2", "0", "0", "0"] in [row.split() for row in rows_of(call.text)]
        photo = await chat.next("sendPhoto")
        assert photo.fields["caption"].startswith("LIVE · P&amp;L · 23 Nov\n2 copied")
        async with asyncio.timeout(5):
            while not chat.desk.delivered:  # noqa: ASYNC110 - the outbox reports it
                await asyncio.sleep(0.01)
        assert chat.desk.delivered[0].notice_id == 7


@pytest.mark.parametrize("error", [DaysUnread("no"), ZeroDivisionError()])
async def test_a_report_that_cannot_be_made_is_announced_all_the_same(error):
    async with a_chat() as chat:
        ready(chat).error = error
        chat.bot.offer(announced(DAY))
        call = await chat.next("sendMessage")
        assert "The trading day is over. What came of it: /report 2026-11-23" in call.text


async def test_of_a_day_on_which_nothing_ran_that_is_said():
    async with a_chat() as chat:
        ready(chat)
        missed = Reported(first=TODAY - timedelta(days=3), last=TODAY - timedelta(days=3))
        chat.bot.offer(announced(missed))
        assert (
            "Nothing ran here then, so nothing was copied." in (await chat.next("sendMessage")).text
        )


async def test_while_a_past_day_is_read_everything_else_goes_on():
    async with a_chat() as chat:
        days = ready(chat)
        gate = asyncio.Event()
        days_reports = days.reports

        async def slow(first, last, *, rows):
            await gate.wait()
            return await days_reports(first, last, rows=rows)

        days.reports = slow
        chat.bot.offer(announced(DAY))
        assert "copying stopped" in (await chat.ask("/stop")).text
        gate.set()
        assert "The trading day is over." in (await chat.next("sendMessage")).text
        # Where no picture can be drawn, nothing is said twice.
        assert await chat.quiet() == []


# -- the numbers ---------------------------------------------------------------------------------

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


def a_plain() -> DayReport:
    return DayReport(
        day=TODAY, venue=Venue.LIVE, as_of=None, orders=0, master=DayProfit(rupees=None), followers=(), rows=()
    )  # fmt: skip


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


# -- the pictures --------------------------------------------------------------------------------


def test_the_day_card_draws_each_sample_of_its_own_venue_and_day():
    report = a_report(venue=Venue.PAPER)
    samples = [
        a_sample("father", 5, hour=10), a_sample("father", 7, hour=11),
        replace(a_sample("father", 99, hour=12), venue=Venue.LIVE),
        a_sample("father", 98, TODAY - timedelta(days=1)),
    ]  # fmt: skip
    card = day_card(report, samples)
    assert [rupees for _, rupees in card.followers[0].points] == [5, 7, -10]
    assert card.begin <= min(at for at, _ in card.followers[0].points)
    assert card.end >= max(at for at, _ in card.followers[0].points)
    assert (card.counts[0].copied, card.counts[1].skipped) == (2, 2)


def test_a_day_of_which_nothing_is_known_has_a_card_too():
    card = day_card(a_plain(), [])
    assert card.master is None
    assert card.begin < card.end


def test_the_card_of_days_adds_up_and_the_histogram_and_the_scatter_show_each_copy():
    days = sampled_days(
        [a_sample("father", 100, TODAY - timedelta(days=3)), a_sample("father", -30)], Venue.PAPER
    )
    card = days_card(days, days[-1])
    assert [rupees for _, rupees in card.followers[0].points] == [0, 100, 70]
    assert (card.heading.first_day, card.heading.last_day) == (TODAY - timedelta(days=3), TODAY)
    report = a_report()
    assert lag_histogram(report).followers[0].milliseconds == (140.0, 0.0)
    points = slippage_scatter(report).followers[0].points
    assert sum(point.cost for point in points) == report.followers[0].slippage == 20


def held_by(name: str, *symbols: str, **more) -> AccountPositions:
    rows = tuple(replace(a_position(symbol=symbol), **more) for symbol in symbols)
    return AccountPositions(account=AccountName(name), venue=Venue.LIVE, read_at=MORNING, rows=rows)


NINE = tuple(f"S{number}" for number in range(9))


def test_positions_are_a_picture_only_where_they_are_more_than_text_shows():
    few = [held_by("master", *NINE[:8]), held_by("ab1234", "S1")]
    assert heat_table(Venue.LIVE, few, (), now=MORNING) is None
    assert heat_table(Venue.LIVE, [held_by("master")], (), now=MORNING) is None
    many = [held_by("master", *NINE), held_by("ab1234", "S1")]
    found = heat_table(Venue.LIVE, many, (), now=MORNING)
    assert (found.followers, len(found.rows), found.at) == (("ab1234",), 9, MORNING)


def test_in_the_picture_what_is_astray_comes_first_then_the_largest_sums_and_closed_ones_are_left_out():
    rich = a_position(symbol="RICH", pnl=Decimal(-9_000))
    accounts = [
        replace(held_by("master", *NINE), rows=(*held_by("master", *NINE).rows, rich, a_position(symbol="GONE", net=0, copied=0))),
        held_by("ab1234", "S1"),
    ]  # fmt: skip
    astray = DriftRow(
        exchange="NSE", symbol="LOST", product=Product.MIS, wanted=40, copied=0, observed=0
    )
    drift = AccountDrift(
        account=AccountName("ab1234"), venue=Venue.LIVE, session=SessionState.OK, read_at=MORNING, rows=(astray,)
    )  # fmt: skip
    found = heat_table(Venue.LIVE, accounts, (drift,), now=MORNING)
    assert [row.symbol for row in found.rows[:2]] == ["LOST", "RICH"]
    assert [(cell.units, cell.drift) for cell in found.rows[0].cells] == [(0, 0), (0, 40)]
    assert "GONE" not in {row.symbol for row in found.rows}


async def test_wide_positions_come_as_a_picture_over_the_table():
    async with a_chat() as chat:
        chat.desk.held = (held_by("master", *NINE), held_by("ab1234", *NINE))

        async def draw(_picture):
            return PNG

        chat.bot.pictures.draw = draw
        await chat.say("/positions")
        assert "positions" in (await chat.next("sendPhoto")).fields["caption"]
        # Of one account it is text: with prices it would be no table of everybody.
        assert "ab1234" in (await chat.ask("/positions ab1234")).text
