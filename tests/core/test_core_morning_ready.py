"""A morning on which everybody is logged in, armed and copying before the card is due: nothing is said."""

from engine.core.values import control as c
from engine.core.values.market import MASTER
from tests.core.core_world import FATHER, MOTHER
from tests.core.test_core_morning_logins import a_morning


def test_nothing_is_said_of_the_way_to_copying_where_no_step_of_it_is_left():
    world = a_morning()
    for name in (MASTER, FATHER, MOTHER):
        world.log_in(name)
    world.master()
    world.master_positions()
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    assert [world.until(f"18 {moment}") for moment in ("07:45", "08:45", "09:10")] == [[], [], []]
    world.check_journal()
