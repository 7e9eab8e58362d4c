"""What ``systemctl status`` shows of the program is as honest as the card in the chat."""

from bot.app.service_status import one_line
from engine.core.values.market import MASTER, Venue
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER
from tests.core.test_core_standing_problems import clock


def test_systemd_hears_of_a_login_only_where_one_is_needed():
    world = holding(venue=Venue.PAPER)
    world.lose_session(FATHER)
    assert one_line(world.state) == "PAPER, copying, no login is needed"
    world.log_in(FATHER)
    assert one_line(world.state) == "PAPER, copying, all logged in"
    world.lose_session(MASTER)
    clock(world, 180)
    assert one_line(world.state) == "PAPER, copying, must log in: master, clock is wrong"
