"""Every named day of the demo, played in virtual time and judged by the oracle."""

import pytest

from demo.days.programme import NAMES
from tests.sim.named_day import play_virtually, todays


@pytest.mark.parametrize("name", NAMES)
def test_a_named_day_ends_with_every_book_as_it_should_be(name, new_store):
    played = play_virtually(todays(name), new_store())
    assert not played.wrong, "\n".join(played.wrong)
