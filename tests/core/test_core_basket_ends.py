"""What is said of the other leg of a basket when one is refused, where there is nothing to be said of it."""

from engine.core.values.commands import RefusalKind
from engine.core.values.control import StartCopy
from engine.core.values.market import MASTER
from engine.core.values.notices import SkipReason
from tests.core.core_world import FATHER
from tests.core.option_world import BOUGHT, FAR, LATER, LOT, OTHER, SOLD, Options, waits


def taken_and_rejected(world: Options, bought, *, sold) -> None:
    """Let the bought leg be acknowledged, the sold one leave, and the bought one be rejected after all."""
    world.change(bought, status="REJECTED", status_message="margin")
    assert sold is not None


def test_a_hedge_that_was_rejected_before_the_sold_leg_is_neither_kept_nor_unwound():
    """Nothing of it is there: the refusal of the sold leg is told, and no word of a bought one."""
    world = waits(unwind_bought_leg=True)
    world.master(world.buy(), world.sell())
    hedge = world.ack()
    sold = world.place()
    taken_and_rejected(world, hedge, sold=sold)
    world.refuse(sold, RefusalKind.MARGIN, "no funds")
    assert world.alerts("no funds")
    assert not world.alerts("is kept")
    assert not world.alerts("is unwound")
    assert world.why("B1", BOUGHT) is not SkipReason.UNWOUND
    assert not world.pending


def test_a_sold_leg_that_the_rejected_one_never_bounded_is_not_named_as_bare():
    """It expires later than what was bought: it stood alone from the beginning, as the master's does."""
    world = waits()
    world.master(world.buy(), world.sell("S1", LATER.symbol), world.sell("S2", SOLD))
    assert LATER.expiry == FAR
    hedge = next(each for each in list(world.pending) if each.symbol == BOUGHT)
    world.pending.remove(hedge)
    world.ack(hedge)
    world.wait(1)
    for _ in range(2):
        world.ack_and_fill()
    assert (world.has(LATER.symbol), world.has(SOLD)) == (-LOT, -LOT)
    world.change(hedge, status="REJECTED", status_message="margin")
    (alert,) = world.alerts("stands without its hedge")
    assert f"SELL {SOLD} stands without its hedge {BOUGHT}" in alert.text


def test_an_option_that_is_held_from_an_earlier_day_alone_is_no_leg_of_the_rejected_one():
    """The master has no position in it today: no order of his is there that could stand bare."""
    world = waits()
    world.master(world.sell("S0", OTHER))
    world.wait(1)
    world.ack_and_fill()
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    world.wait(1)
    for name in (MASTER, FATHER):
        world.log_in(name)
    world.master()
    world.master_positions()
    world.read()
    world.positions()
    world.go_live()
    assert world.ask(StartCopy()).accepted
    world.master(world.buy())
    world.change(world.ack(), status="REJECTED", status_message="margin")
    assert world.has(OTHER) == -LOT
    assert world.alerts("margin")
    assert not world.alerts("stands without its hedge")
    assert not world.alerts("A fault inside the program")
