"""What the master has beside a follower's position, where his were read before his newest fill."""

from datetime import timedelta

from bot.chat.render_positions import positions
from engine.core.chat.reading import positions_view
from engine.core.values.market import MASTER, Product, Side
from engine.core.values.orders import PositionRow
from tests.core.core_world import FATHER, World, an_order, done


def shown(world: World) -> str:
    """Return `/positions father` as the chat writes it."""
    accounts = positions_view(world.state)
    return positions(world.state.venue, accounts, now=world.now, only=FATHER)


def a_row(net: int) -> PositionRow:
    return PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=net)


def test_his_orders_tell_what_he_has_until_positions_read_afterwards_do():
    world = World()
    world.master_positions()
    world.wait(30)
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    assert "master +10" in shown(world)
    (master,) = positions_view(world.state, MASTER)
    assert [(row.symbol, row.net) for row in master.rows] == [("SBIN", 10)]
    world.wait(10)
    world.master_positions(a_row(12))
    assert "master +12" in shown(world), "positions of afterwards are believed"


def test_what_he_left_meanwhile_is_gone_and_what_he_added_is_there():
    world = World()
    world.master_positions()
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    world.wait(10)
    world.master_positions(a_row(10))
    world.wait(10)
    world.master(done("M2", Side.SELL, quantity=10))
    world.ack_and_fill()
    (master,) = positions_view(world.state, MASTER)
    assert [(row.symbol, row.net) for row in master.rows] == [("SBIN", 0)]
    world.now += timedelta(seconds=1)
    world.master(done("M3", quantity=4), an_order("M4", quantity=1, price=90))
    world.ack_and_fill()
    assert "master +4" in shown(world)
