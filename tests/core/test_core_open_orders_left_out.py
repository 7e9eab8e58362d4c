"""A start with the open orders copies what the stop alone had left out, and nothing that stood against it otherwise."""

from engine.core.values import control as c
from engine.core.values.notices import SkipReason
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order


def test_what_a_limit_left_out_is_not_copied_by_starting_again():
    world = World(a_follower(FATHER), a_follower(MOTHER, max_order_quantity=5), copying=False)
    world.ask(c.StartCopy(copy_open_orders=False))
    world.master(an_order("M1", price=99))
    assert [each.follower for each in world.places()] == [FATHER]
    world.ask(c.StopCopy())
    assert "are copied too" not in world.ask(c.StartCopy(copy_open_orders=True)).text
    world.wait(2)
    assert [each.follower for each in world.places()] == [FATHER]
    assert world.skip_of("M1", name=MOTHER) is SkipReason.LIMIT
    world.check_journal()
