"""The master's positions against what his orders make: a lasting difference is told, and nothing traded."""

from tests.core.core_holdings import a_position, holding

SHOWN = "The master's positions show"


def test_a_difference_that_two_reads_agree_on_is_told_once():
    world = holding(quantity=10)
    world.wait(5)
    world.master_positions(a_position(4))
    assert not world.alerts(SHOWN)
    world.wait(30)
    world.master_positions(a_position(4))
    world.wait(30)
    world.master_positions(a_position(4))
    (told,) = world.alerts(SHOWN)
    assert "show 4 SBIN (MIS), his orders make 10" in told.text
    assert not world.pending
    assert world.held() == 10


def test_positions_that_agree_or_lag_for_one_read_say_nothing():
    world = holding(quantity=10)
    world.wait(5)
    for shown in (10, 0, 10, 4, 10):
        world.master_positions(a_position(shown))
        world.wait(30)
    assert not world.alerts(SHOWN)


def test_positions_that_show_nothing_of_it_are_not_known_and_not_flat():
    world = holding(quantity=10)
    for _ in range(4):
        world.wait(30)
        world.master_positions()
    assert not world.alerts(SHOWN)


def test_it_is_told_anew_after_it_had_gone():
    world = holding(quantity=10)
    world.wait(5)
    for shown in (4, 4, 10, 4, 4):
        world.master_positions(a_position(shown))
        world.wait(30)
    assert len(world.alerts(SHOWN)) == 2
