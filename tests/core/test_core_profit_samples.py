"""Samples of profit through the day, and what a past day and a week show of them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.chat.day_report import day_report
from engine.core.chat.days_sum import followers_of_days, profit_of_days
from engine.core.chat.profit_samples import profit_samples, with_samples
from engine.core.chat.sampled_days import sampled_days
from engine.core.state.state import State
from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import MASTER, Venue
from engine.core.values.profit_sample import ProfitSample
from tests.core.core_world import FATHER, MORNING, MOTHER, World, a_follower, done
from tests.core.test_core_day_report import copied, price, report

DAY = MORNING.date()


def samples(world: World) -> list[ProfitSample | None]:
    return list(profit_samples(world.state, at=world.now))


def a_sample(rupees: int, *, account=FATHER, days: int = 0, venue=Venue.LIVE, **more):
    return ProfitSample(
        day=DAY - timedelta(days=days), venue=venue, account=account, at=MORNING - timedelta(days=days),
        rupees=Decimal(rupees), **more,
    )  # fmt: skip


def test_each_account_is_sampled_with_what_it_earned_until_now():
    world = World()
    copied(world, "M1", "BUY", "100", "101")
    price(world, "NSE:SBIN", 103)
    master, father = samples(world)
    assert master is not None
    assert father is not None
    assert (master.account, master.rupees) == (MASTER, 30)
    assert (father.account, father.rupees, father.realised) == (FATHER, 20, 0)
    assert (father.day, father.venue, father.at) == (DAY, Venue.LIVE, world.now)


def test_who_has_a_symbol_without_a_price_is_left_out_and_nothing_is_sampled_before_a_day():
    world = World()
    copied(world, "M1", "BUY", "100", "101")
    assert samples(world) == [None, None]
    copied(world, "M2", "BUY", "100", "101", symbol="INFY")
    price(world, "NSE:INFY", 103)
    assert samples(world) == [None, None], "one of two symbols is not known"
    assert list(profit_samples(State(), at=world.now)) == []


def test_the_last_sample_stands_in_a_past_days_report_and_those_of_others_do_not():
    world = World(a_follower(), a_follower("mother"))
    copied(world, "M1", "BUY", "100", "101")
    world.pending.clear()
    taken = [
        a_sample(500, account=MASTER),
        a_sample(70, realised=Decimal(5)),
        a_sample(1, account=MOTHER, venue=Venue.PAPER),
        a_sample(2, account=MOTHER, days=1),
    ]
    found = with_samples(report(world), taken)
    assert (found.master.rupees, found.master.at) == (500, MORNING)
    father, mother = found.followers
    assert (father.profit.rupees, father.profit.realised) == (70, 5)
    assert mother.profit == report(world).followers[1].profit


def test_days_are_told_by_samples_alone_oldest_first_and_of_one_venue():
    taken = [
        a_sample(7),
        a_sample(9, account=MASTER),
        a_sample(3, days=1),
        a_sample(1, days=2, venue=Venue.PAPER),
    ]
    before, today = sampled_days(taken, Venue.LIVE)
    assert [each.day for each in (before, today)] == [DAY - timedelta(days=1), DAY]
    assert (before.master.rupees, before.followers[0].profit.rupees) == (None, 3)
    assert (today.master.rupees, today.followers[0].profit.rupees) == (9, 7)
    assert (today.as_of, today.orders, today.rows) == (MORNING, 0, ())
    assert sampled_days([], Venue.LIVE) == []


def of_days(*days: FollowerDay) -> FollowerDay:
    reports = [
        DayReport(
            day=DAY, venue=Venue.LIVE, as_of=None, orders=0, master=DayProfit(rupees=None),
            followers=(each,), rows=(),
        )
        for each in days
    ]  # fmt: skip
    (found,) = followers_of_days(reports)
    return found


def a_day(**more) -> FollowerDay:
    return FollowerDay(name=FATHER, profit=more.pop("profit", DayProfit(rupees=None)), **more)


def test_a_week_adds_its_days_up_with_the_most_frequent_reason_first():
    found = of_days(
        a_day(copied=2, skipped=(("too old", 1), ("paused", 2)), missed=1, lags_ms=(5, 9),
              slippage=Decimal(3), value=Decimal(100), untold=("CRUDE",), scaled=Decimal(10),
              profit=DayProfit(rupees=Decimal(4), realised=Decimal(1)), ratio=Decimal(1)),
        a_day(copied=1, skipped=(("too old", 4),), failed=(("no funds", 1),), refused=1, lags_ms=(7,),
              slippage=Decimal(-1), value=Decimal(50), scaled=Decimal(5),
              profit=DayProfit(rupees=Decimal(6), realised=Decimal(2)), ratio=Decimal(2)),
    )  # fmt: skip
    assert (found.copied, found.missed, found.refused) == (3, 1, 1)
    assert found.skipped == (("too old", 5), ("paused", 2))
    assert found.failed == (("no funds", 1),)
    assert (found.slippage, found.value, found.untold) == (2, 150, ("CRUDE",))
    assert found.lags_ms == (5, 9, 7)
    assert (found.profit.rupees, found.profit.realised, found.scaled) == (10, 3, 15)
    assert found.ratio == 2, "that of the newest day"


def test_a_day_whose_master_is_not_known_leaves_no_comparison_for_the_week():
    assert of_days(a_day(scaled=Decimal(10)), a_day(scaled=None)).scaled is None


@pytest.mark.parametrize(
    ("days", "rupees", "realised"),
    [
        ([], 0, 0),
        ([(None, None)], None, None),
        ([(5, 2), (None, None)], 5, None),
        ([(5, 2), (1, 1)], 6, 3),
    ],
)
def test_profit_of_days_is_that_of_the_known_ones(days, rupees, realised):
    profits = [
        DayProfit(
            rupees=None if all_ is None else Decimal(all_),
            realised=None if closed is None else Decimal(closed),
            without=("SBIN",) if all_ is None else (),
        )
        for all_, closed in days
    ]
    found = profit_of_days(profits)
    assert (found.rupees, found.realised) == (rupees, realised)
    assert found.without == (("SBIN",) if (None, None) in days else ())


@pytest.mark.parametrize(
    ("rupees", "realised", "unrealised"), [(10, 4, 6), (10, None, None), (None, 4, None)]
)
def test_what_is_unrealised_is_known_only_where_both_are(rupees, realised, unrealised):
    assert DayProfit(rupees=rupees, realised=realised).unrealised == unrealised


def test_a_row_without_both_prices_has_no_slippage_in_basis_points():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place())
    (row,) = day_report(world.state, Venue.LIVE, as_of=world.now).rows
    assert row.slippage_bps is None
