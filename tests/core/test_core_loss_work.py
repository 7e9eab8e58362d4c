"""What a look at the losses costs: it may not grow with the followers times their accounts."""

from typing_extensions import override

from tests.core.core_world import World, a_follower, done
from tests.core.overnight_world import held_overnight, next_day


class _Walked(dict):
    """Counts how often all accounts are gone through."""

    times = 0

    @override
    def values(self):
        self.times += 1
        return super().values()


def _walks(followers: int) -> int:
    """Return the walks of one look where all carry units whose close nobody tells."""
    names = ("father", "mother", "aunt", "uncle", "cousin", "niece")[:followers]
    world = held_overnight(150, *(a_follower(name, max_daily_loss=1_000_000) for name in names))
    carried = [
        book.money.carried for books in world.state.books.values() for book in books.values()
    ]
    assert carried == [150] * followers
    accounts = world.state.accounts = _Walked(world.state.accounts)
    world.wait(1, step=1)
    return accounts.times


def test_a_close_that_nobody_tells_is_looked_for_once_a_symbol_not_once_a_follower():
    assert _walks(6) == _walks(2) > 0


class _Asked(dict):
    """Remembers which prices were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_asked: list[str] = []

    @override
    def get(self, key, default=None):
        self.keys_asked.append(key)
        return super().get(key, default)


def test_what_was_traded_on_days_before_and_is_not_held_costs_no_look_at_its_price():
    """A month leaves thousands of such ledgers."""
    world = World(a_follower(max_daily_loss=1_000_000))
    world.obliging = True
    world.master(done("M1"), done("M2", symbol="INFY"))
    world.master(done("X1", "SELL"), done("X2", "SELL", symbol="INFY"))
    world.wait(1)
    next_day(world)
    prices, before = _Asked(), world.now
    world.state.prices = prices
    world.wait(2)
    assert world.state.loss_looked_at > before
    assert not prices.keys_asked
