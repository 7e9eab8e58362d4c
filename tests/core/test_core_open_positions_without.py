"""Who gets none of the open positions, what funds that move later change, and whether margin is short."""

from decimal import Decimal

import pytest

from engine.core.observe.open_positions import positions_proposal
from engine.core.values.market import MASTER
from engine.core.values.position_views import LegsMargin
from tests.core.core_open_positions import copied, holding, left, listed
from tests.core.core_world import FATHER, MOTHER, a_follower
from tests.core.test_core_open_positions_sized import BY_FUNDS
from tests.core.test_core_open_positions_sized import holding as holding_lots


def test_a_follower_who_is_left_out_by_hand_gets_none_and_the_others_theirs():
    world = holding(followers=(a_follower(), a_follower("mother")))
    found = positions_proposal(world.state, at=world.now, without=frozenset({FATHER}))
    assert [order.follower for order in found.orders] == [MOTHER]
    assert not found.left, "nor is it told again why"


def test_what_was_entered_by_the_list_is_not_too_little_once_funds_have_grown():
    world = holding_lots(6, **BY_FUNDS)
    copied(world)
    world.funds(FATHER, 2_000_000)
    world.funds(MASTER, 1_000_000)
    world.wait(1)
    assert not listed(world).orders
    assert not left(world)


@pytest.mark.parametrize(
    ("needed", "free", "short"),
    [("99", "100", False), ("100", "100", False), ("101", "100", True), (None, "1", False),
     ("1", None, False)],
)  # fmt: skip
def test_margin_is_short_where_both_are_told_and_more_is_needed_than_is_free(needed, free, short):
    known = [None if each is None else Decimal(each) for each in (needed, free)]
    margin = LegsMargin(follower=FATHER, legs=2, needed=known[0], free=known[1])
    assert margin.is_short is short
