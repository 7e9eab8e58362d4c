"""A master who cannot be seen is told while something is copied, once, and that he is seen again."""

from engine.core import control as c
from tests.core.core_world import World


def test_a_book_that_cannot_be_read_is_told_once_and_its_return_too():
    world = World()
    world.wait(40)
    assert not world.alerts("could not be read")
    world.wait(120, step=1)
    assert len(world.alerts("The master's order book could not be read since 10:00:00")) == 1
    world.master()
    world.wait(1)
    assert len(world.alerts("is read again")) == 1
    world.wait(60, step=1)
    assert len(world.alerts("could not be read")) == 2


def test_nobody_is_alarmed_while_nothing_is_copied():
    world = World()
    world.ask(c.StopCopy())
    world.wait(120, step=1)
    assert not world.alerts("could not be read")
