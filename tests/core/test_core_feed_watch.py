"""A master who cannot be seen is told while something is copied, once, and that he is seen again."""

import pytest

from engine.core.values import control as c
from engine.core.values.events import StreamChanged
from tests.core.core_world import World, done


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


@pytest.mark.parametrize(
    ("up", "told", "not_told"),
    [
        (True, "he is followed by the socket alone", "what he does is not seen"),
        (False, "what he does is not seen", "by the socket alone"),
    ],
)
def test_row_76_a_master_seen_by_the_socket_alone_is_copied_and_that_is_told_once(
    up, told, not_told
):
    world = World()
    world.offer(StreamChanged(up=up, reason="", at=world.now))
    world.wait(120, step=1)
    assert len(world.alerts(told)) == 1
    assert not world.alerts(not_told)
    if up:
        world.hint(done("M1", quantity=10))
        assert world.place().quantity == 10
