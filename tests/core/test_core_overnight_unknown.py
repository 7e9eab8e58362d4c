"""What nobody knew the fate of when its day ended is owed to nobody the next morning."""

import pytest

from engine.core.control import StartCopy
from engine.core.keys import Leg
from engine.core.market import MASTER, Product
from engine.core.orders import PositionRow
from tests.core.core_world import FATHER, FUTURE, World, an_order, done

CARRIED = {"symbol": FUTURE, "exchange": "NFO", "product": Product.NRML}


def next_morning(world: World, units: int) -> None:
    """Begin the next day, the master carrying so many units, and start to copy."""
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    world.wait(1)
    for each in (MASTER, FATHER):
        world.log_in(each)
    world.master()
    world.master_positions(
        PositionRow(
            exchange="NFO", symbol=FUTURE, product=Product.NRML, quantity=units,
            overnight_quantity=units,
        )
    )  # fmt: skip
    world.read()
    world.go_live()
    assert world.ask(StartCopy()).accepted


@pytest.mark.parametrize("fate", ["never answered", "about which a person was asked", "resting"])
def test_case_2_an_entry_that_came_to_nothing_is_not_bought_again_the_next_morning(fate):
    world = World()
    if fate == "resting":
        world.master(an_order("M1", quantity=750, price=100, **CARRIED))
        world.ack()
        world.master(done("M1", quantity=750, price=100, **CARRIED))
    else:
        world.master(done("M1", quantity=750, **CARRIED))
        world.lose(world.place())
    if fate == "about which a person was asked":
        world.wait(125)
        world.read()
        assert world.alerts("cannot be told")
    next_morning(world, 750)
    world.pending.clear()
    world.master(done("M2", quantity=75, **CARRIED))
    bought = [child.command.quantity for child in world.children("M2", Leg.ENTRY)]
    assert bought == [75]
    world.check_journal()
