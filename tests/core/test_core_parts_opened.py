"""A decision changes the state by its records alone, also where nobody takes part."""

from engine.core.observe.taking_part import open_parts
from engine.core.state.turn import Turn
from tests.core.core_world import World, done


def test_an_order_without_followers_leaves_no_empty_ledgers_behind():
    world = World()
    world.state.rules.clear()
    world.master(done("M1"))
    assert not world.state.books
    turn = Turn(state=world.state, at=world.now, allowances={})
    (key,) = world.state.master
    open_parts(turn, key, *next(iter(world.state.master[key].orders.items())))
    assert not turn.records
    assert not world.state.books
