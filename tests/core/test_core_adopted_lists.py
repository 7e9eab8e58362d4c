"""An entry that was adopted is exited by the list of its day, where the next one lacks the contract."""

from msgspec.structs import replace

from engine.core.values import control as c
from engine.core.values.market import Exchange, Product, Side
from tests.core.core_world import FATHER, FUTURE, World, done
from tests.core.fence_world import adopt, by_another_copy, tag_of
from tests.core.overnight_world import CARRIED, EXPIRY, carried, listing, log_in_all, next_day


def adopted_overnight() -> World:
    world = World()
    world.state.instruments = listing(expiry=EXPIRY)
    world.ask(c.StopCopy())
    world.master(done("M1", quantity=150, **CARRIED))
    row = by_another_copy(world, tag_of(world, "M1"), quantity=150, symbol=FUTURE)
    world.rows[FATHER][row.order_id] = replace(row, exchange=Exchange.NFO, product=Product.NRML)
    world.read()
    assert adopt(world).accepted
    assert world.ledger(FUTURE, product=Product.NRML).held == 150
    next_day(world)
    return world


def test_an_adopted_contract_that_is_not_listed_the_next_day_is_exited_with_the_master():
    world = adopted_overnight()
    world.state.instruments = listing(without=FUTURE)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=150, **CARRIED))
    world.wait(1)
    sent = world.place()
    assert (sent.side, sent.quantity) == (Side.SELL, 150)
    world.check_journal()
