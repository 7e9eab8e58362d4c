"""Whatever the master does, the limits hold and the follower ends flat with him."""

from hypothesis import given
from hypothesis import strategies as st

from engine.core.values.keys import Leg
from engine.core.values.rules import Oversize
from tests.core.core_world import World, an_order, done
from tests.core.limited_world import entered, limited

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "limit", "raise", "cancel", "flat"]), st.integers(1, 40)
    ),
    min_size=1,
    max_size=10,
)


class Master:
    """Trades SBIN as he likes; everything he wants to have filled fills at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.net = self.number = 0
        self.resting: dict[str, int] = {}

    def move(self, what: str, units: int) -> None:
        self.number += 1
        if what in ("buy", "sell"):
            self._trade(what.upper(), units)
        elif what == "flat" and self.net:
            self._trade("SELL" if self.net > 0 else "BUY", abs(self.net))
        elif what == "limit":
            self._rest(f"L{self.number}", units)
        elif self.resting and what == "raise":
            order_id, quantity = self.resting.popitem()
            self._rest(order_id, quantity + units)
        elif self.resting:
            order_id, quantity = self.resting.popitem()
            row = an_order(order_id, quantity=quantity, price="99", status="CANCELLED")
            self.world.master(row)
        self.world.wait(3)

    def _trade(self, side: str, units: int) -> None:
        self.world.master(done(f"M{self.number}", side, units))
        self.net += units if side == "BUY" else -units

    def _rest(self, order_id: str, units: int) -> None:
        self.resting[order_id] = units
        self.world.master(an_order(order_id, quantity=units, price="99"))


@given(
    moves=MOVES,
    oversize=st.sampled_from(list(Oversize)),
    ratio=st.sampled_from(["0.5", "1", "1.5"]),
)
def test_whatever_he_does_the_limits_hold_and_the_follower_ends_flat_with_him(
    moves, oversize, ratio
):
    """Units per order and orders per day are kept, and exits take all that is held."""
    rules = {"max_order_quantity": 12, "max_orders_per_day": 6, "oversize": oversize}
    world = limited(multiplier=ratio, **rules)
    world.obliging = True
    master = Master(world)
    for what, units in moves:
        master.move(what, units)
    while master.resting:
        master.move("cancel", 0)
    master.move("flat", 0)
    world.wait(5)
    assert len(entered(world)) <= 6
    for child in world.state.children.values():
        assert child.leg is not Leg.ENTRY or child.terms.quantity <= 12
    book = world.state.book(world.key())
    for part in book.parts.values() if book else ():
        assert part.filled(Leg.ENTRY) <= 12
    assert book is None or book.held == 0
    world.check_journal()
