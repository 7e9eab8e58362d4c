"""Before the order book has shown an order, a market order looks like a limit: no such price is told as the master's."""

from engine.core.values.market import OrderType
from tests.core.core_world import FATHER, World, an_order


def test_an_offer_that_was_made_by_a_hint_names_no_price_that_nobody_asked_for():
    world = World()
    world.lose_session(FATHER)
    world.hint(an_order("M1", order_type=OrderType.LIMIT, price="102"), trusted=True)
    (alert,) = world.alerts("was not copied")
    assert "Master's price not known" in alert.text
    assert "102" not in alert.text


def test_a_limit_that_the_book_has_shown_is_told():
    world = World()
    world.lose_session(FATHER)
    world.master(an_order("M1", order_type=OrderType.LIMIT, price="102"))
    (alert,) = world.alerts("was not copied")
    assert "Master's price 102" in alert.text
