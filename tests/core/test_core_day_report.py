"""The day's report: what was copied and what not, slippage in rupees, lag, and profit beside the master's."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.chat.day_report import day_report, day_reports
from engine.core.decide import trading_day_of
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.day_report import DayReport, FollowerDay, Outcome
from engine.core.values.events import Ticked
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.orders import PositionRow
from engine.core.values.rules import LossAction
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done


def report(world: World) -> DayReport:
    return day_report(world.state, Venue.LIVE, as_of=world.now)


def of(world: World, name=FATHER) -> FollowerDay:
    return next(each for each in report(world).followers if each.name == name)


def price(world: World, symbol: str, rupees: object) -> None:
    world.now += timedelta(seconds=1)
    told = ((symbol, Decimal(str(rupees))),)
    world.offer(Ticked(at=world.now, trading_day=trading_day_of(world.now), prices=told))


def copied(world: World, order_id: str, side: str, his: object, mine: object, **more) -> None:
    """Have the master fill and his follower fill the copy at a price of its own."""
    world.master(done(order_id, side, average_price=his, **more))
    command = world.ack()
    world.fill(command, price=mine)


# -- slippage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "his", "mine", "rupees", "bps"),
    [
        ("BUY", "100", "100.50", "5.00", "50"),  # paid more: worse
        ("BUY", "100", "99.50", "-5.00", "-50"),
        ("SELL", "100", "99.50", "5.00", "50"),  # got less: worse
        ("SELL", "100", "100.50", "-5.00", "-50"),
        ("BUY", "100", "100", "0", "0"),
    ],
)
def test_slippage_is_positive_where_it_is_worse_for_the_follower(side, his, mine, rupees, bps):
    world = World()
    copied(world, "M1", side, his, mine)
    (row,) = report(world).rows
    assert (row.slippage, row.slippage_bps) == (Decimal(rupees), Decimal(bps))
    assert (of(world).slippage, of(world).slippage_bps) == (Decimal(rupees), Decimal(bps))


def test_slippage_of_a_day_is_summed_in_rupees_and_weighed_by_value():
    world = World()
    copied(world, "M1", "BUY", "100", "101", quantity=10)
    copied(world, "M2", "BUY", "1000", "1000", quantity=90, symbol="INFY")
    day = of(world)
    assert day.slippage == 10
    assert day.slippage_bps.quantize(Decimal("0.001")) == Decimal("1.099")  # 10 of 91,000


def test_where_a_contract_is_of_many_units_and_nobody_tells_how_many_rupees_are_not_guessed():
    world = World()
    crude = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    copied(world, "M1", "BUY", "5000", "5001", quantity=1, **crude)
    (row,) = report(world).rows
    assert (row.slippage, row.slippage_bps) == (None, Decimal(2))
    assert of(world).untold == ("CRUDEOIL26DECFUT",)
    world.positions(PositionRow(quantity=1, multiplier=Decimal(100), **crude))
    assert of(world).slippage == 100


prices = st.integers(1, 10**6).map(lambda paise: Decimal(paise) / 20)


@given(prices, prices, st.integers(1, 500))
def test_a_buy_and_a_sale_at_the_same_prices_have_opposite_slippage(his, mine, units):
    bought, sold = World(), World()
    copied(bought, "M1", "BUY", his, mine, quantity=units)
    copied(sold, "M1", "SELL", his, mine, quantity=units)
    (buy,), (sale,) = report(bought).rows, report(sold).rows
    assert buy.slippage == -sale.slippage == (mine - his) * units
    assert buy.slippage_bps == -sale.slippage_bps


# -- what became of orders -----------------------------------------------------------------------


def test_every_order_counts_once_for_each_follower_by_what_became_of_it():
    world = World(a_follower(), a_follower("mother", multiplier=0.01))
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("M2", symbol="INFY"))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    world.sleep(60)
    world.master(
        done(
            "M3",
            placed_at=world.now - timedelta(seconds=50),
            updated_at=world.now - timedelta(seconds=50),
        )
    )
    found = report(world)
    father, mother = of(world), of(world, MOTHER)
    assert found.orders == 3
    assert (father.copied, father.refused, father.missed, father.skips) == (1, 1, 1, 0)
    assert mother.skipped[0] == (SkipReason.ZERO_LOTS.value, 3)
    assert father.total == mother.total == 3
    refused = next(row for row in found.rows if row.outcome is Outcome.REFUSED)
    assert (refused.detail, refused.reason) == ("Insufficient funds", "")


def test_what_was_not_to_be_copied_is_in_no_count():
    world = World(copying=False)
    world.master(done("M1"))
    assert report(world).rows == ()
    assert of(world).total == 0


def test_an_order_through_zero_is_two_rows_and_one_order():
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=10))
    world.master(done("M2", "SELL", 25))
    legs = [(row.leg, row.filled) for row in report(world).rows if row.master_order_id == "M2"]
    assert sorted(legs) == [(Leg.ENTRY, 15), (Leg.EXIT, 10)]
    assert of(world).copied == 2


def test_an_order_one_leg_of_which_was_refused_counts_as_refused():
    world = World()
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    world.master(done("M2", "SELL", 25))
    world.ack_and_fill()
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    day = of(world)
    assert (day.copied, day.refused, day.total) == (1, 1, 2)
    assert day.failed == (("refused: Insufficient funds", 1),)


def test_copies_by_no_order_of_the_master_are_named_as_ours_and_count_for_nothing():
    world = World(a_follower(max_daily_loss=Decimal(1000), loss_action=LossAction.FLATTEN))
    world.obliging = True
    world.master(done("M1", quantity=100))
    for rupees in (80, 80, 80):
        price(world, "NSE:SBIN", rupees)
    ours = [row for row in report(world).rows if row.outcome is Outcome.OURS]
    assert [(row.number, row.filled, row.slippage) for row in ours] == [(None, 100, None)]
    assert of(world).total == 1


# -- lag -----------------------------------------------------------------------------------------


def test_lag_runs_from_the_masters_event_to_the_answer_and_to_the_first_fill():
    world = World()
    world.master(done("M1"))
    command = world.place()
    world.now += timedelta(milliseconds=150)
    world.ack(command)
    world.now += timedelta(milliseconds=100)
    world.fill(command)
    assert (of(world).lags_ms, of(world).fill_lags_ms) == ((150,), (250,))


def test_a_copy_that_rests_is_late_only_from_the_masters_own_fill_on():
    world = World()
    world.master(an_order("M1", price=100))
    command = world.ack()
    world.now += timedelta(seconds=90)
    world.master(done("M1", price=100))
    world.now += timedelta(seconds=2)
    world.fill(command)
    assert of(world).fill_lags_ms == (2000,)


# -- profit --------------------------------------------------------------------------------------


def test_profit_stands_beside_the_masters_scaled_by_the_followers_ratio():
    world = World(a_follower(multiplier="0.5"))
    world.master_positions()
    copied(world, "M1", "BUY", "100", "101", quantity=100)
    price(world, "NSE:SBIN", 110)
    day = of(world)
    assert (report(world).master.rupees, report(world).master.realised) == (1000, 0)
    assert (day.profit.rupees, day.profit.unrealised) == (450, 450)
    assert (day.ratio, day.scaled) == (Decimal("0.5"), Decimal(500))
    # What the copy cost against his own prices is just the slippage.
    assert day.scaled - day.profit.rupees == day.slippage


def test_what_was_closed_is_realised():
    world = World()
    copied(world, "M1", "BUY", "100", "101", quantity=100)
    copied(world, "M2", "SELL", "110", "109", quantity=40)
    price(world, "NSE:SBIN", 120)
    day = of(world)
    assert (day.profit.realised, day.profit.rupees) == (320, 320 + 60 * 19)
    master = report(world).master
    assert (master.realised, master.rupees) == (400, 400 + 60 * 20)


def test_without_a_price_it_says_of_which_symbol_instead_of_guessing():
    world = World()
    copied(world, "M1", "BUY", "100", "101", quantity=100)
    day = of(world)
    assert (day.profit.rupees, day.profit.without, day.scaled) == (None, ("SBIN",), None)
    copied(world, "M2", "SELL", "110", "109", quantity=100)
    assert of(world).profit.rupees == 800


def test_the_masters_other_symbols_are_in_his_profit_and_not_in_what_is_scaled():
    world = World(a_follower(symbols_block=("NSE:INFY",)))
    copied(world, "M1", "BUY", "100", "100", quantity=10)
    world.master(done("M2", symbol="INFY", average_price=50))
    price(world, "NSE:SBIN", 110)
    price(world, "NSE:INFY", 60)
    assert report(world).master.rupees == 200
    assert of(world).scaled == 100


# -- days ----------------------------------------------------------------------------------------


def test_both_venues_are_told_where_something_was_copied_at_both():
    world = World(venue=Venue.PAPER)
    world.obliging = True
    assert [each.venue for each in day_reports(world.state, as_of=None)] == [Venue.PAPER]
    world.master(done("M1"))
    world.master(done("M2", "SELL"))
    world.go_live()
    paper = day_reports(world.state, as_of=None)
    assert [each.venue for each in paper] == [Venue.LIVE, Venue.PAPER]
    assert [each.followers[0].copied for each in paper] == [0, 2]


def test_the_journal_alone_gives_the_same_report():
    world = World(a_follower(), a_follower("mother", multiplier=3))
    world.obliging = True
    world.master(done("M1", quantity=75))
    world.master(done("M2", "SELL", 30))
    world.master_positions(
        PositionRow(
            exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=45, last_price=Decimal(104)
        )
    )
    before = report(world)
    assert before.master.rupees is not None
    world.restart()
    assert report(world) == before


def test_a_new_day_begins_with_nothing():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    assert of(world).copied == 1
    world.sleep(24 * 3600)
    world.wait(0.5)
    assert (report(world).rows, of(world).total, of(world).lags_ms) == ((), 0, ())
    assert world.ask(c.StopCopy()).accepted
