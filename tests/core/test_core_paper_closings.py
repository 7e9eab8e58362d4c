"""A paper order of RMS or the exchange closes copies: once, with its money, and nothing is sent for it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.chat.reading import positions_view
from engine.core.state.profit import profit_of_day
from engine.core.values.closings import ClosedBy
from engine.core.values.events import RowHinted
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side, Venue
from engine.core.values.orders import OrderRow
from tests.core.core_world import FATHER, FUTURE, World, an_order, done

D = Decimal


def closing(
    filled: int, of: int = 10, *, price="99", side="SELL", order_id="PRMS1", **changed
) -> OrderRow:
    """Return the row of a square-off of SBIN that has filled so far."""
    row = OrderRow(
        order_id=OrderId(order_id), placed_by=ClosedBy.RMS, exchange="NSE", symbol="SBIN",
        side=Side(side), order_type=OrderType.MARKET, product=Product.MIS, quantity=of,
        status=OrderStatus.COMPLETE if filled == of else OrderStatus.OPEN,
        filled_quantity=filled, average_price=D(price) if filled else None,
    )  # fmt: skip
    return replace(row, **changed)


def show(world: World, row: OrderRow) -> None:
    world.offer(RowHinted(venue=Venue.PAPER, account=FATHER, row=row, at=world.now, trusted=True))


def bought(units: int = 10, **changed) -> World:
    world = World(venue=Venue.PAPER)
    world.master(done("M1", quantity=units, **changed))
    world.ack_and_fill()
    return world


def test_a_square_off_takes_the_copies_with_their_money_and_is_told_once():
    world = bought()
    show(world, closing(0))
    assert world.held() == 10
    show(world, closing(10, status_message="so it was"))
    assert world.held() == 0
    (told,) = world.alerts("squared off")
    assert "+10 units" in told.text
    assert "at 99. so it was." in told.text
    assert profit_of_day(world.state, Venue.PAPER, FATHER).rupees == -10
    (row,) = positions_view(world.state, FATHER)[0].rows
    assert (row.net, row.pnl) == (0, -10)
    assert world.ledger().exact() == 0, "nothing is owed any more"
    world.check_journal()


def test_its_row_may_come_again_and_again_also_after_a_restart():
    world = bought()
    for _ in range(2):
        show(world, closing(4, price="99"))
    world.restart()
    show(world, closing(4, price="99"))
    assert world.held() == 6
    show(world, closing(10, price="98.40"))  # six at 98
    show(world, closing(10, price="98.40"))
    assert world.held() == 0
    assert world.ledger().money.cash == -16
    assert len(world.alerts("squared off")) == 1
    world.check_journal()


def test_a_short_position_is_bought_back():
    world = World(venue=Venue.PAPER)
    world.master(done("M1", "SELL"))
    world.ack_and_fill()
    show(world, closing(10, side="BUY", price="104"))
    assert world.held() == 0
    assert world.ledger().money.cash == -40


def test_the_masters_own_square_off_finds_nothing_left_to_exit():
    world = bought()
    show(world, closing(10))
    world.master(done("M2", "SELL", placed_by="RMS"))
    world.wait(5)
    assert not world.pending
    assert world.held() == 0
    assert not world.children("M2", Leg.EXIT)


def test_after_a_part_of_it_his_exit_takes_what_is_left_and_no_more():
    world = bought()
    show(world, closing(4))
    world.master(done("M2", "SELL"))
    exit_ = world.ack_and_fill()
    assert (exit_.side, exit_.quantity) == (Side.SELL, 6)
    assert world.held() == 0


def test_an_exit_that_rested_is_met_by_it_and_not_sent_again():
    world = bought()
    world.master(an_order("M2", "SELL", price="101"))
    exit_ = world.ack()
    world.change(exit_, status="CANCELLED", status_message="cancelled by RMS")
    show(world, closing(10))
    world.master(done("M2", "SELL", price="101"))
    world.wait(5)
    assert world.held() == 0
    assert not world.pending
    world.check_journal()


def test_what_is_no_order_of_the_brokers_own_closes_nothing():
    world = bought()
    show(world, closing(10, placed_by=""))
    show(world, closing(10, placed_by="UFATHER"))
    show(world, closing(10, side="BUY"))
    show(world, closing(10, symbol="INFY"))
    show(world, closing(10, average_price=None))
    assert world.held() == 10
    assert not world.alerts("closed on paper")


def test_a_live_ledger_is_not_touched_by_it():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    show(world, closing(10))
    assert world.held() == 10


@pytest.mark.parametrize(
    ("symbol", "exchange", "in_shares"),
    [(FUTURE, "NFO", False), ("RELIANCE26DECFUT", "NFO", True), ("USDINR26DECFUT", "CDS", False)],
)
def test_a_settlement_says_what_it_is_and_that_shares_are_not_simulated(
    symbol, exchange, in_shares
):
    world = World(venue=Venue.PAPER)
    at = {"symbol": symbol, "exchange": exchange, "product": Product.NRML}
    units = 1500
    world.master(done("M1", quantity=units, **at))
    world.ack_and_fill()
    show(world, closing(units, units, price="0", placed_by=ClosedBy.EXPIRY, **at))
    assert world.ledger(symbol, exchange=exchange, product=Product.NRML).held == 0
    (told,) = world.alerts("has expired")
    assert "+1500 units are closed on paper at 0." in told.text
    assert ("settled in shares" in told.text) is in_shares


@given(
    bought_units=st.integers(1, 50),
    parts=st.lists(st.integers(1, 20), min_size=1, max_size=6),
    exit_after=st.integers(0, 6),
    share=st.integers(1, 50),
)
def test_no_mix_of_square_off_and_exit_ever_turns_a_holding_round(
    bought_units, parts, exit_after, share
):
    world = bought(bought_units)
    filled = 0
    for number, units in enumerate(parts):
        if number == exit_after:
            world.master(done("M2", "SELL", min(share, bought_units)))
            while world.pending:
                world.ack_and_fill()
        left = world.held()
        if not left:
            break
        filled += min(units, left)
        show(world, closing(filled, 1000, order_id="PRMS7"))
        world.wait(1)
        while world.pending:
            world.ack_and_fill()
        ledger = world.ledger()
        assert 0 <= ledger.virtual <= ledger.held or ledger.held == 0 == ledger.virtual
    assert 0 <= world.held() <= bought_units
    world.check_journal()
