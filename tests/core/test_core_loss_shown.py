"""What the status card and /limits show of a loss limit."""

from decimal import Decimal

import pytest

from engine.core.chat.limits_view import limits_view
from engine.core.chat.reading import status_view
from tests.core.core_world import a_follower
from tests.core.loss_world import holding


@pytest.mark.parametrize(
    ("price", "line"),
    [
        ("101", "father: ₹0 of ₹1,000 daily loss (0 %)"),
        ("92.50", "father: ₹750 of ₹1,000 daily loss (75 %), warned"),
        ("91", "father: ₹900 of ₹1,000 daily loss (90 %), no new entries today; exits follow"),
        ("89", "father: ₹1,100 of ₹1,000 daily loss (110 %), close-only today; exits follow"),
    ],
)
def test_the_status_card_shows_what_is_used_of_the_limit_and_what_it_stops(price, line):
    world = holding()
    world.wait(3, SBIN=price)
    assert status_view(world.state, now=world.now).losses == (line,)


def test_the_status_card_shows_the_total_and_what_is_not_known():
    world = holding(a_follower("father"), a_follower("mother"))
    world.state.total_loss_limit = Decimal(2000)
    world.wait(3, SBIN="95")
    assert status_view(world.state, now=world.now).losses == (
        "all together: ₹1,000 of ₹2,000 daily loss (50 %)",
    )
    world.state.prices.clear()
    assert "some of it not known" in status_view(world.state, now=world.now).losses[0]


def test_limits_show_what_is_lost_of_each_limit():
    world = holding()
    world.state.total_loss_limit = Decimal(5000)
    world.wait(3, SBIN="95")
    (father,) = limits_view(world.state)
    assert [(each.name, each.limit, each.used) for each in father.lines] == [
        ("daily loss", "1,000", "500"),
        ("loss, all", "5,000", "500"),
    ]


def test_a_follower_without_a_limit_is_no_line_beside_one_that_has_one():
    world = holding(a_follower("father", max_daily_loss=Decimal(1000)), a_follower("mother"))
    world.wait(2, SBIN="95")
    assert len(status_view(world.state, now=world.now).losses) == 1
