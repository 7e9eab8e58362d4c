"""The socket may tell of two fills in either order: what crosses zero waits for the book then.

And a row tells of his newest fill alone: how old the first is, the trades tell.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.state.fill_order import Doubt, needs_fills
from engine.core.state.state import MasterPosition
from engine.core.values.events import ClockCompared
from engine.core.values.market import OrderStatus, Product, Side
from engine.core.values.notices import SkipReason
from engine.core.values.orders import Fill, OrderRow
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done

CNC = {"product": Product.CNC}


def test_a_sale_told_before_the_purchase_it_sold_is_folded_after_it():
    """He holds 10, buys 10, sells 20: the sale is told first. He is flat; the follower too, in the end."""
    world = holding(quantity=10)
    world.master(an_order("M2", quantity=10, price=101))
    entry = world.ack(world.place())
    bought = done("M2", quantity=10, price=101, updated_at=world.now)
    sold = done("M3", "SELL", 20, updated_at=world.now + timedelta(seconds=1))
    world.wait(1)
    world.hint(sold)
    world.obliging = True
    while world.pending:
        world.ack_and_fill()
    world.hint(bought)
    world.fill(entry)
    world.master(bought, sold)
    world.wait(8)
    assert world.held() == 0
    assert world.ledger().virtual == 0
    assert world.state.master[world.key().master].net == 0
    assert not world.skip_of("M3")
    world.check_journal()


def test_what_he_held_before_is_exited_at_once_all_the_same():
    world = holding(quantity=10)
    world.master(an_order("M2", quantity=10, price=101))
    world.ack(world.place())
    world.hint(done("M3", "SELL", 20))
    assert world.place().quantity == 10


def test_a_reversal_with_nothing_else_working_does_not_wait():
    world = holding(quantity=10)
    world.obliging = True
    world.hint(done("M3", "SELL", 20))
    assert world.held() == -10


def test_delivery_shares_sold_before_their_purchase_is_told_are_not_taken_for_a_short_sale():
    world = World()
    world.master(an_order("M1", price=101, **CNC))
    entry = world.ack(world.place())
    bought = done("M1", price=101, updated_at=world.now, **CNC)
    sold = done("M2", "SELL", updated_at=world.now + timedelta(seconds=1), **CNC)
    world.wait(1)
    world.hint(sold)
    world.obliging = True
    world.hint(bought)
    world.fill(entry)
    world.master(bought, sold)
    world.wait(8)
    assert not world.alerts("cannot be sold short")
    assert world.ledger(product=Product.CNC).held == 0
    assert world.state.master[world.key(product=Product.CNC).master].net == 0


def two_fills(row: OrderRow, *moments: datetime) -> tuple[Fill, ...]:
    return tuple(
        Fill(
            fill_id=f"F{n}", order_id=row.order_id, exchange=row.exchange, symbol=row.symbol,
            product=row.product, side=row.side, quantity=row.filled_quantity // len(moments),
            price=Decimal(100), filled_at=at,
        )
        for n, at in enumerate(moments)
    )  # fmt: skip


def test_trades_of_one_second_are_in_the_order_of_the_exchanges_numbers_not_of_words():
    """He buys as 99999 and sells as 100000: read as words he would have sold first, what he did not have."""
    world = World()
    bought = done("M9", "BUY", 10, updated_at=world.now)
    sold = done("M1", "SELL", 10, updated_at=world.now)
    world.wait(1)
    fills = tuple(
        replace(two_fills(row, row.updated_at)[0], fill_id=number)
        for row, number in ((sold, "100000"), (bought, "99999"))
    )
    world.master(bought, sold, fills=fills)
    assert not world.pending, "he is out again, and was never short"
    part = world.state.book(world.key()).parts["M1"]
    assert not part.contribution
    assert world.state.master[world.key().master].orders["M1"].entry_filled == 0


def filled_while_nobody_looked(seconds: float) -> tuple[World, OrderRow, datetime]:
    """His LIMIT begins to fill a second after the last look at his book, and is done 4 s before the next."""
    world = World()
    world.master(an_order("M1", symbol="INFY", status=OrderStatus.CANCELLED))
    began = world.now + timedelta(seconds=1)
    world.wait(seconds)
    ended = world.now - timedelta(seconds=4)
    return world, done("M2", quantity=10, price=100, updated_at=ended, exchange_at=ended), began


def test_the_trades_are_read_where_an_order_may_have_begun_to_fill_too_long_ago():
    world, row, _ = filled_while_nobody_looked(14)
    assert needs_fills(world.state, [row], at=world.now) is Doubt.AGE
    world.state.master[world.key().master] = MasterPosition(net=10)
    sale = replace(row, side=Side.SELL)
    assert not needs_fills(world.state, [sale], at=world.now), "no exit has an age"
    world, row, _ = filled_while_nobody_looked(8)
    assert not needs_fills(world.state, [row], at=world.now), "all of it is fresh for certain"
    world, row, _ = filled_while_nobody_looked(14)
    world.sleep(20)
    assert not needs_fills(world.state, [row], at=world.now), "too old by the newest fill already"


def test_by_a_clock_that_is_ahead_the_trades_are_read_for_what_is_fresh_by_the_brokers():
    world, row, _ = filled_while_nobody_looked(14)
    ahead = timedelta(seconds=25)
    for _ in range(2):
        world.offer(ClockCompared(ahead=ahead, at=world.now))
    row = replace(row, updated_at=row.updated_at - ahead, exchange_at=row.exchange_at - ahead)
    assert needs_fills(world.state, [row], at=world.now) is Doubt.AGE


def test_an_order_whose_first_fill_is_too_old_is_left_out_though_its_newest_is_fresh():
    world, row, began = filled_while_nobody_looked(14)
    world.master(row, fills=two_fills(row, began, world.now - timedelta(seconds=4)))
    assert not world.pending
    assert world.skip_of("M2") is SkipReason.STALE
    assert world.state.master[world.key().master].net == 10
    world.check_journal()


def test_where_the_trades_cannot_be_read_an_order_counts_from_its_placement():
    world, row, began = filled_while_nobody_looked(14)
    world.master(replace(row, placed_at=began), age_unknown=True)
    assert not world.pending
    assert world.skip_of("M2") is SkipReason.STALE
    world, row, _ = filled_while_nobody_looked(14)
    soon = world.now - timedelta(seconds=6)
    world.master(replace(row, placed_at=soon), age_unknown=True)
    assert world.place().quantity == 10


def test_an_order_whose_first_fill_is_fresh_by_its_trades_is_entered_whole():
    world, row, _ = filled_while_nobody_looked(14)
    soon = world.now - timedelta(seconds=6)
    world.master(row, fills=two_fills(row, soon, world.now - timedelta(seconds=4)))
    assert world.place().quantity == 10
    world.check_journal()
