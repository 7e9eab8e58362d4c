"""A paper position that nobody can close for want of a price is named on each day that it happens."""

from datetime import timedelta

from bot.restart import paper_positions
from tests.core.core_world import FATHER
from tests.engine_shell.test_shell_paper_endings import SQUARE_OFF, House


def _square_off_without_a_price(house: House, days: int) -> None:
    for seconds in (0, 6, 12):
        house.world.now = SQUARE_OFF + timedelta(days=days, seconds=seconds)
        house.venue.pass_time()


def test_the_same_position_without_a_price_is_named_again_on_another_day():
    house = House()
    held = paper_positions(house.world.state, FATHER)
    _square_off_without_a_price(house, days=0)
    assert len(house.said) == 1
    house.world.now = SQUARE_OFF + timedelta(days=1, hours=-3)
    house.venue.pass_time()
    house.venue.restore((), held)  # what was bought on the second day
    _square_off_without_a_price(house, days=1)
    assert len([text for text in house.said if "square-off waits" in text]) == 2
