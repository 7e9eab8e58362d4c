"""What a follower has earned today: carried units, contracts of many units, hands, and what nobody tells."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.decide import trading_day_of
from engine.core.planning.detach import detach_proposal
from engine.core.state.profit import profit_of_day
from engine.core.values import control as c
from engine.core.values.events import StreamChanged, Ticked
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.orders import HoldingRow, PositionRow
from engine.core.values.rules import LossAction
from tests.core.core_world import FATHER, World, a_follower, an_order, done

LIMIT = {"max_daily_loss": Decimal(1000)}


def a_world(**limits) -> World:
    world = World(a_follower(**(LIMIT | limits)))
    world.obliging = True
    return world


def profit(world: World):
    return profit_of_day(world.state, Venue.LIVE, FATHER)


def a_row(symbol: str = "SBIN", quantity: int = 100, **more) -> PositionRow:
    for name in ("last_price", "pnl", "close_price", "multiplier"):
        if name in more:
            more[name] = Decimal(str(more[name]))
    plain = {"exchange": "NSE", "product": Product.MIS}
    return PositionRow(symbol=symbol, quantity=quantity, **(plain | more))


def enters(world: World, order_id: str = "M9") -> bool:
    world.master(done(order_id, symbol="INFY"))
    return bool(world.children(order_id, Leg.ENTRY))


# -- carried overnight ---------------------------------------------------------------------------


def carried(*rows: PositionRow, holdings: tuple[HoldingRow, ...] = ()) -> World:
    """Return the next morning of a world that holds 75 futures from yesterday."""
    world = a_world()
    future = {"exchange": "NFO", "symbol": "NIFTY26DECFUT", "product": Product.NRML}
    world.master(done("M1", quantity=75, average_price=100, **future))
    world.obliging = False
    world.sleep(21 * 3600)
    world.wait(0.5)
    assert not world.state.references
    for name in ("master", FATHER):
        world.log_in(name)
    if rows:
        world.positions(*rows, holdings=holdings)
    return world


def tick(world: World, price: object) -> None:
    world.now += timedelta(seconds=1)
    world.offer(
        Ticked(
            at=world.now,
            trading_day=trading_day_of(world.now),
            prices=(("NFO:NIFTY26DECFUT", Decimal(str(price))),),
        )
    )


def test_what_was_carried_is_measured_from_the_close_of_the_day_before():
    row = a_row(
        "NIFTY26DECFUT", 75, exchange="NFO", product=Product.NRML, close_price=25980,
        overnight_quantity=75,
    )  # fmt: skip
    world = carried(row)
    tick(world, 25970)
    assert profit(world).rupees == -750
    world.check_journal()


def test_without_a_close_it_is_measured_from_the_first_price_of_the_day_also_after_a_restart():
    world = carried()
    tick(world, 25970)
    tick(world, 25975)
    assert profit(world).rupees == 375
    world.restart()
    tick(world, 25960)
    assert profit(world).rupees == -750


def test_over_a_night_that_the_program_ran_the_last_price_of_yesterday_stands_in_for_the_close():
    world = carried()
    tick(world, 25970)
    tick(world, 25950)
    world.sleep(24 * 3600)
    world.wait(0.5)
    tick(world, 25940)
    assert profit(world).rupees == -750


def test_a_close_that_is_told_later_takes_the_place_of_the_first_price():
    world = carried()
    tick(world, 25970)
    world.positions(
        a_row("NIFTY26DECFUT", 75, exchange="NFO", product=Product.NRML, close_price=25980)
    )
    tick(world, 25970)
    assert profit(world).rupees == -750


def test_the_close_of_delivery_shares_is_in_the_holdings():
    world = a_world()
    world.master(done("M1", quantity=10, product=Product.CNC))
    world.obliging = False
    world.sleep(21 * 3600)
    world.wait(0.5)
    for name in ("master", FATHER):
        world.log_in(name)
    share = HoldingRow(exchange="NSE", symbol="SBIN", quantity=10, close_price=Decimal(105))
    world.positions(holdings=(share,))
    world.wait(2, SBIN=100)
    assert profit(world).rupees == -50
    # A close is of its day: the next morning it is not taken for that of the day before.
    world.sleep(24 * 3600)
    world.wait(0.5)
    assert world.state.account(FATHER).holdings == (replace(share, close_price=Decimal(0)),)


# -- contracts of many units ---------------------------------------------------------------------


def crude(world: World) -> None:
    key = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    # No MARKET order there: it is a limit at the band, which the obliging broker lets rest.
    world.obliging = False
    world.master(done("M1", quantity=2, average_price=100, **key))
    world.fill(world.ack(), price=100)


@pytest.mark.parametrize(("multiplier", "rupees"), [(100, -2000), (1, -20)])
def test_a_contract_of_many_units_counts_by_the_multiplier_that_positions_tell(multiplier, rupees):
    world = a_world(max_daily_loss=Decimal(10_000))
    crude(world)
    row = a_row(
        "CRUDEOIL26DECFUT", 2, exchange="MCX", product=Product.NRML, multiplier=multiplier,
        last_price=5490,
    )  # fmt: skip
    world.master_positions(row)
    (book,) = world.state.books[next(iter(world.state.books))].values()
    assert book.held == 2
    world.state.prices["MCX:CRUDEOIL26DECFUT"] = Decimal(90)
    assert profit(world).rupees == rupees


def test_without_a_multiplier_its_profit_is_not_known_and_that_is_said_once():
    world = a_world()
    crude(world)
    world.wait(30)
    found = profit(world)
    assert (found.rupees, found.unknown) == (0, ("CRUDEOIL26DECFUT",))
    (told,) = world.alerts("is not known")
    assert "how many units a contract is of" in told.text
    assert not world.state.losses


# -- what left otherwise -------------------------------------------------------------------------


def test_what_was_closed_by_hand_counts_at_the_price_of_that_moment():
    world = a_world()
    world.master(done("M1", quantity=100))
    world.wait(1, SBIN=95)
    book = world.ledger()
    world.obliging = False
    world.wait(5, SBIN=95)
    world.positions(a_row(quantity=0))
    world.master(done("X1", "SELL", quantity=100))
    world.wait(10, SBIN=95)
    world.read()
    world.positions(a_row(quantity=0))
    world.wait(5, SBIN=95)
    assert book.held == 0
    world.wait(3, SBIN=50)
    assert profit(world).rupees == -500
    world.check_journal()


def test_what_was_handed_back_counts_at_the_first_price_there_is():
    world = a_world()
    world.master(done("M1", quantity=100))
    mark = detach_proposal(world.state, FATHER).mark
    assert world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark)).accepted
    world.wait(3)
    assert profit(world).unseen == ("SBIN",)
    world.wait(2, SBIN=95)
    world.wait(2, SBIN=50)
    assert (profit(world).rupees, profit(world).unseen) == (-500, ())
    world.check_journal()


def test_a_fill_without_a_price_is_counted_at_its_own_limit_until_the_average_is_told():
    world = World(a_follower(**LIMIT))
    world.master(an_order("M1", price="99.5", quantity=10))
    placed = world.ack()
    world.change(placed, filled_quantity=10, status="COMPLETE", average_price=None)
    assert world.ledger().money.cash == -995
    world.change(placed, average_price=Decimal(99))
    assert world.ledger().money.cash == -990
    assert world.ledger().money.unpriced == 0


def test_a_fill_at_a_price_that_nobody_tells_makes_the_profit_unknown_until_it_is_told():
    world = World(a_follower(**LIMIT))
    world.hint(an_order("M1", quantity=10))
    world.master(an_order("M1", quantity=10))
    placed = world.ack()
    for filled in (4, 10):
        world.change(placed, filled_quantity=filled, average_price=None)
        assert profit(world).unknown == ("SBIN",)
    world.change(placed, status="COMPLETE", average_price=Decimal(99))
    world.wait(1, SBIN=98)
    assert (profit(world).rupees, profit(world).unknown) == (-10, ())
    world.check_journal()


# -- what cannot be seen -------------------------------------------------------------------------


def test_without_a_price_people_are_told_and_no_entry_is_taken_until_there_is_one():
    world = a_world()
    world.master(done("M1", quantity=100))
    world.wait(29)
    assert not world.alerts("cannot see its loss")
    world.wait(3)
    assert len(world.alerts("cannot see its loss")) == 1
    assert enters(world, "M2")
    world.wait(40)
    assert not enters(world, "M3")
    assert world.skip_of("M3", symbol="INFY") is SkipReason.LOSS_UNSEEN
    world.wait(2, SBIN=100, INFY=100)
    assert world.alerts("is seen again")
    assert enters(world, "M4")


def test_without_a_price_an_exit_leaves_as_ever():
    world = a_world()
    world.master(done("M1", quantity=100))
    world.wait(90)
    world.obliging = False
    world.master(done("X1", "SELL", quantity=100))
    assert world.place().quantity == 100


def test_prices_are_old_while_the_masters_socket_is_down():
    world = a_world()
    world.offer(StreamChanged(up=True, reason="", at=world.now))
    world.master(done("M1", quantity=100))
    world.wait(5, SBIN=100)
    world.offer(StreamChanged(up=False, reason="", at=world.now))
    world.wait(75, SBIN=100)
    assert not enters(world)
    world.offer(StreamChanged(up=True, reason="", at=world.now))
    world.wait(2, SBIN=100, INFY=100)
    assert enters(world, "M5")


# -- the broker's own figure ---------------------------------------------------------------------


def compared(pnl: object, **changed) -> World:
    world = a_world()
    world.master(done("M1", quantity=100))
    world.master(an_order("L1", symbol="INFY", price="50"))
    world.wait(10, SBIN=95)
    world.positions(a_row(**({"last_price": 95, "pnl": pnl} | changed)))
    world.wait(10, SBIN=95)
    world.positions(a_row(**({"last_price": 95, "pnl": pnl} | changed)))
    return world


@pytest.mark.parametrize(("pnl", "told"), [(-500, 0), (-510, 0), (-490, 0), (-511, 1), (300, 1)])
def test_a_figure_of_the_broker_that_is_another_is_told_once_a_day(pnl, told):
    world = compared(pnl)
    assert len(world.alerts("more than ₹10 apart")) == told
    if told:
        assert "our fills come to -₹500" in world.alerts("apart")[0].text


@pytest.mark.parametrize(
    "changed", [{"quantity": 150}, {"overnight_quantity": 50}], ids=["more", "overnight"]
)
def test_what_is_not_of_our_fills_alone_is_not_compared_and_that_is_said(changed):
    world = compared(-9000, **changed)
    assert not world.alerts("apart")
    assert len(world.alerts("is not compared with ours")) == 1


def test_an_untagged_order_in_the_symbol_is_its_owners():
    world = a_world()
    world.master(done("M1", quantity=100))
    sold = an_order("H1", quantity=5, status="COMPLETE", filled_quantity=5)
    world.read(rows=[*world.rows[FATHER].values(), sold])
    world.wait(10, SBIN=95)
    world.positions(a_row(last_price=95, pnl=-9000))
    assert not world.alerts("apart")
    assert world.alerts("is not compared with ours")


def test_without_a_limit_nothing_is_compared():
    world = World(a_follower())
    world.obliging = True
    world.master(done("M1", quantity=100))
    world.wait(10, SBIN=95)
    world.positions(a_row(last_price=95, pnl=-9000))
    assert not world.alerts("apart")


def test_a_symbol_whose_multiplier_nobody_tells_is_not_compared():
    world = a_world()
    crude(world)
    world.wait(5)
    row = a_row("CRUDEOIL26DECFUT", 2, exchange="MCX", product=Product.NRML, multiplier=0, pnl=9000)
    world.positions(row)
    assert not world.alerts("apart")


def test_what_was_carried_is_flattened_too_and_nothing_of_it_is_owed_after():
    world = carried()
    world.restart(rules=[a_follower(max_daily_loss=Decimal(1000), loss_action=LossAction.FLATTEN)])
    for name in ("master", FATHER):
        world.log_in(name)
    future = {"exchange": "NFO", "product": Product.NRML, "overnight_quantity": 75}
    row = a_row("NIFTY26DECFUT", 75, close_price=26000, **future)
    world.master()
    world.read()
    world.master_positions(row)
    world.positions(row)
    world.pending.clear()
    tick(world, 25980)
    tick(world, 25980)
    exit_ = world.place()
    assert (exit_.side, exit_.quantity, exit_.priority) == ("SELL", 75, "exit")
    world.ack_and_fill(exit_)
    tick(world, 25980)
    book = world.ledger("NIFTY26DECFUT", product=Product.NRML)
    assert (book.held, book.virtual, book.exact()) == (0, 0, 0)
    assert not world.pending
    world.check_journal()
