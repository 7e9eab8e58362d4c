"""What a follower did stays on the card of the order when he is removed."""

from engine.core.chat.reading_copies import copy_view
from engine.core.values import control as c
from engine.core.values.copy_view import ChildState
from engine.core.values.market import OrderId, Venue
from tests.core.core_world import FATHER, MOTHER, World, a_follower, done


def parts(world: World, order_id: str):
    view = copy_view(world.state, Venue.LIVE, OrderId(order_id))
    assert view is not None
    return {child.follower: (child.state, child.filled) for child in view.children}


def test_the_exit_that_let_him_go_and_what_went_before_are_still_told_after_a_restart():
    mother = a_follower(MOTHER)
    world = World(a_follower(), mother)
    world.rows.setdefault(MOTHER, {})
    for order in (done("M1"), done("M2", "SELL")):
        world.master(order)
        while world.pending:
            world.ack_and_fill()
        if order.order_id == "M1":
            sealed = ((FATHER, "sealed:father"),)
            world.ask(
                c.TakeSettings(rules=(mother,), total_loss_limit=None, sealed=sealed, later=())
            )
    world.wait(2)
    assert FATHER not in world.state.rules
    world.restart(rules=(mother,))
    both = dict.fromkeys((FATHER, MOTHER), (ChildState.FILLED, 10))
    assert parts(world, "M1") == both
    assert parts(world, "M2") == both
