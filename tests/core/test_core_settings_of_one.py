"""A setting that is changed for one follower, beside another who holds copies of the same."""

from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done
from tests.core.test_core_settings_chosen import change


def test_what_rests_of_others_and_what_they_get_next_stays_as_it_was():
    world = World(a_follower(), a_follower("mother"))
    world.master(an_order("M1", price=99))
    resting = [world.ack(), world.ack()]
    assert change(world, "MULTIPLIER", "3").accepted
    world.wait(2)
    assert not world.pending, "what rests was sized when it was decided"
    assert {each.quantity for each in resting} == {10}
    world.master(done("M2"))
    sent = {each.follower: each.quantity for each in (world.place(), world.place())}
    assert sent == {FATHER: 30, MOTHER: 10}
    world.check_journal()
