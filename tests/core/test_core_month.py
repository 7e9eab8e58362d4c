"""A month of days: what was copied long ago is neither kept in memory nor counted as of today."""

from engine.core.chat.reading import status_view
from engine.core.values import control as c
from engine.core.values.market import Venue
from tests.core.core_world import FATHER, FUTURE, World, a_follower, done
from tests.core.overnight_world import CARRIED, held_overnight, log_in_all, next_day


def _lag(world: World) -> int | None:
    view = status_view(world.state, now=world.now)
    return next(each.lag_p95_ms for each in view.accounts if each.name == FATHER)


def _copied() -> World:
    world = World(a_follower(), venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    return world


def test_orders_of_long_ago_are_forgotten_and_those_that_a_book_may_still_show_are_not():
    world = _copied()
    (tag,) = world.state.children
    for _ in range(10):
        next_day(world)
        assert tag in world.state.children, "over any row of holidays a broker may show it"
    next_day(world)
    assert not world.state.children
    world.restart()
    assert not world.state.children


def test_its_ledger_is_forgotten_with_its_last_order_and_begins_anew_with_the_next():
    world = _copied()
    for _ in range(10):
        next_day(world)
        assert world.state.books, "what an order of then has filled may still be learned"
    next_day(world)
    assert not world.state.books
    assert FATHER in world.state.accounts, "whoever reads the store alone still names him"
    world.restart()
    log_in_all(world)
    world.obliging = True
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M1"))
    world.wait(5)
    assert world.held() == 10
    world.master(done("X1", "SELL"))
    world.wait(5)
    assert world.held() == 0
    world.check_journal()


def test_what_is_held_or_owed_is_never_forgotten():
    """Father holds 150 of a future for two weeks; mother, at a third, is owed the rest of a lot as long."""
    world = held_overnight(150, a_follower(), a_follower("mother", multiplier="0.3"))
    for _ in range(14):
        next_day(world)
    held = world.ledger(FUTURE, product=CARRIED["product"])
    owed = world.ledger(FUTURE, "mother", product=CARRIED["product"])
    assert (held.held, owed.held, owed.exact()) == (150, 0, 45)
    world.check_journal()


def test_the_lag_in_status_is_of_today():
    world = _copied()
    assert _lag(world) is not None
    next_day(world)
    assert _lag(world) is None
