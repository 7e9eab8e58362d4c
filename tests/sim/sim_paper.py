"""What the paper venue promises: fills only at what the market showed, and nothing twice after a restart."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from bot.restart import paper_positions
from engine.core.state.state import State
from engine.core.values.market import AccountName, OrderId, OrderType
from engine.core.values.orders import OrderRow, PositionRow, Quote
from tests.sim.sim_life import life_of
from tests.sim.sim_plan import Act, Plan, plan_of

#: An average is kept to four places; a part's price follows from two of them.
_FUZZ = Decimal("0.01")
_STOPS = (OrderType.SL, OrderType.SL_M)


def paper_of(seed: int) -> Plan:
    """Return the plain day of a seed on paper, with thin markets and odd prices from a stream of their own."""
    plan, chance = plan_of(seed), random.Random(f"{seed}:paper")
    acts: list[Act] = []
    for act in plan.acts:
        if chance.random() < 0.3:
            thin = chance.random() < 0.7
            acts.append(
                Act(after=0.1, kind="depth", symbol=act.symbol, lots=chance.choice((1, 2, 3)),
                    ticks=1 if thin else -1)
            )  # fmt: skip
        acts.append(act)
    return replace(plan, paper=True, acts=tuple(acts))


def paper_life_of(seed: int) -> Plan:
    """Return the life of a seed on paper: stops, changes and nights of the same orders."""
    return replace(life_of(seed), paper=True)


class PaperJudge:
    """Looks at every paper row as the venue tells it, and at every tick as the feed brought it."""

    def __init__(self, broken: Callable[[str], None]) -> None:
        self._broken = broken
        self._seen: dict[tuple[AccountName, OrderId], OrderRow] = {}
        self._quotes: dict[tuple[str, str], Quote] = {}
        self.fills = 0

    def begin(self) -> None:
        """Begin a life: it has seen no tick, and goes by what was durable."""
        self._quotes.clear()
        self._seen.clear()

    def tick(self, quote: Quote) -> None:
        """Note what the feed brought."""
        self._quotes[quote.exchange, quote.symbol] = quote

    def known(self, state: State, name: AccountName) -> None:
        """Note what the journal tells of an account's orders as a life begins."""
        for child in state.children.values():
            if child.key.follower == name and child.sighting is not None:
                self._seen[name, child.sighting.row.order_id] = child.sighting.row

    def row(self, name: AccountName, row: OrderRow) -> None:
        """Look at an order as the venue tells it."""
        before = self._seen.get((name, row.order_id))
        self._seen[name, row.order_id] = row
        was = before.filled_quantity if before is not None else 0
        if row.filled_quantity < was or row.filled_quantity > row.quantity:
            self._broken(
                f"PAPER {name}: {row.order_id} filled {row.filled_quantity} of {row.quantity} after {was}"
            )
        if row.filled_quantity <= was or row.average_price is None:
            return
        self.fills += 1
        spent = (before.average_price or Decimal(0)) * was if before is not None else Decimal(0)
        units = row.filled_quantity - was
        self._judge(name, row, (row.average_price * row.filled_quantity - spent) / units, units)

    def _judge(self, name: AccountName, row: OrderRow, price: Decimal, units: int) -> None:
        said = f"PAPER {name}: {row.order_id} {row.side.value} {units} at {price:.2f}"
        quote = self._quotes.get((row.exchange, row.symbol))
        if quote is None:
            self._broken(f"{said} before any tick")
            return
        sign = row.side.sign
        if row.price is not None and (price - row.price) * sign > _FUZZ:
            self._broken(f"{said} beyond its limit {row.price}")
        best = quote.ask if sign > 0 else quote.bid
        through = row.price is not None and (row.price - quote.last_price) * sign > 0
        # The least it may cost: the best that is shown, or its own limit once the market came there.
        bounds = [each for each in (best, row.price if through else None) if each is not None]
        if not bounds:
            self._broken(f"{said} though nobody was shown")
        elif all((price - each) * sign < -_FUZZ for each in (*bounds, row.price or bounds[0])):
            self._broken(f"{said} better than anything that was shown")

    def account(self, state: State, name: AccountName, positions: tuple[PositionRow, ...]) -> None:
        """Compare what the venue holds with what the journal says of its fills."""
        theirs, ours = _units(positions), _units(paper_positions(state, name))
        if theirs != ours:
            self._broken(f"PAPER {name}: the account holds {theirs}, by the journal {ours}")


def _units(rows: tuple[PositionRow, ...] | list[PositionRow]) -> dict[str, int]:
    return {f"{row.symbol} {row.product}": row.quantity for row in rows if row.quantity}
