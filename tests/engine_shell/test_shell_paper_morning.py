"""A paper account after a night that the machine slept through: a tick may come before its first look at the time."""

from datetime import timedelta

from engine.core.decide import trading_day_of
from engine.core.values.events import Ticked
from tests.core.core_world import MORNING, an_order
from tests.engine_shell.test_shell_paper_endings import House

NEXT_DAY = MORNING + timedelta(days=1)


def asleep_over_the_night() -> House:
    """Ten are held and their exit rests at 1,100 as the machine falls asleep; it wakes within the next session."""
    house = House()
    house.world.master(an_order("X1", "SELL", price=1100))
    house.world.change(house.world.ack(), status="OPEN")
    house.begin(MORNING)
    house.look(MORNING + timedelta(seconds=1))
    assert (house.world.held(), house.at_venue) == (10, 10)
    house.world.now = NEXT_DAY
    house.world.offer(Ticked(at=NEXT_DAY, trading_day=trading_day_of(NEXT_DAY)))
    return house


def test_an_order_of_the_day_before_does_not_fill_at_todays_first_tick():
    house = asleep_over_the_night()
    house.tick(1200)
    house.look(NEXT_DAY, price=1200)
    assert house.is_flat(), "intraday units ended with their day, and their exit with them"
    assert len(house.world.alerts("were left on paper")) == 1
    house.world.check_journal()
