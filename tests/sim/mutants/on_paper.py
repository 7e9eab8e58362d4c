"""Wrong paper venues: fills out of nothing, fills twice, writes that leave."""

import dataclasses
from decimal import Decimal

from msgspec.structs import replace

from engine.brokers.paper.book import PaperBook
from engine.brokers.paper.floor import PaperFloor
from engine.core.values.market import Venue
from engine.core.values.orders import Level, Quote
from tests.sim import sim_program
from tests.sim.mutants.planting import Mutant, a_day, then
from tests.sim.sim_plan import Act, Death, Plan

#: Nobody has watched the shares before the first order of them.
FIRST = dataclasses.replace(a_day("buy"), paper=True)


def thin(*acts: Act, deaths: tuple[Death, ...] = ()) -> Plan:
    """Return a day on paper in a market of two shares a tick."""
    return Plan(
        seed=1, paper=True, deaths=deaths,
        acts=(then("buy"), Act(after=1.0, kind="depth", lots=2, ticks=1), *acts),
    )  # fmt: skip


def fills_without_a_tick(patch) -> None:
    """Where no tick came yet, the price that was asked for stands in."""
    honest = PaperFloor.quote

    def quote(self, row) -> Quote:
        at = row.price or Decimal(1000)
        there = (Level(at, row.quantity),)
        invented = Quote(
            exchange=row.exchange, symbol=row.symbol, instrument_token=0, last_price=at,
            bid=at, ask=at, has_depth=True, bids=there, asks=there,
        )  # fmt: skip
        return honest(self, row) or invented

    patch.setattr(PaperFloor, "quote", quote)


def fills_twice_after_a_restart(patch) -> None:
    """A life takes orders back as they were placed, not as far as they were filled."""
    honest = PaperBook.restore

    def restore(self, rows, held) -> None:
        honest(self, [replace(row, filled_quantity=0, average_price=None) for row in rows], held)

    patch.setattr(PaperBook, "restore", restore)


def holds_nothing_after_a_restart(patch) -> None:
    patch.setattr(PaperBook, "restore", lambda self, rows, held: None)


def fills_what_was_placed_the_day_before(patch) -> None:
    """A tick meets whatever still stands in the book."""
    patch.setattr(PaperFloor, "is_of_today", lambda self, row: True)


def fills_beyond_the_limit(patch) -> None:
    """An order takes whatever is shown."""
    from engine.brokers.paper import floor

    honest = floor.take

    def take(side, *, limit, **more):
        return honest(side, limit=None, **more)

    patch.setattr(floor, "take", take)


def leaks_to_the_wire(patch) -> None:
    """Paper orders go down the live lane, and the wire lets them."""
    honest = sim_program.Life._lanes

    def mixed_up(self):
        lanes = honest(self)
        live = {name: lane for (venue, name), lane in lanes.items() if venue is Venue.LIVE}
        return lanes | {(Venue.PAPER, name): lane for name, lane in live.items()}

    patch.setattr(sim_program.Life, "_lanes", mixed_up)
    patch.setattr(sim_program.Life, "may_write", lambda self, name: True)


_RESTING = Act(after=1.0, kind="buy_limit", lots=5, ticks=8)
_TIMES = tuple(Death(where="time", n=n, pause=1.1) for n in (7, 8, 9))

ON_PAPER = (
    Mutant(
        name="paper fills without a tick",
        breaks="before the first tick the price that was asked for stands in",
        plant=fills_without_a_tick,
        plans=(FIRST,),
        said="before any tick",
    ),
    Mutant(
        name="paper fills twice after a restart",
        breaks="a paper order that was filled in part is filled whole once more",
        plant=fills_twice_after_a_restart,
        plans=tuple(thin(_RESTING, deaths=(death,)) for death in _TIMES),
        said="PAPER",
    ),
    Mutant(
        name="paper account empty after a restart",
        breaks="positions and resting orders of paper are gone after a restart",
        plant=holds_nothing_after_a_restart,
        plans=tuple(thin(_RESTING, deaths=(death,)) for death in _TIMES),
        said="the account holds",
    ),
    Mutant(
        name="paper order of the day before fills",
        breaks="after a night slept through, the first tick fills an exit of units that ended with their day",
        plant=fills_what_was_placed_the_day_before,
        plans=(
            Plan(
                seed=97200072, paper=True, multipliers=("2",), mirrors=("orders",), symbols=(5,),
                acts=(
                    Act(after=2.5, kind="buy_limit", symbol=5, lots=20, ticks=3, follower=1, pick=6),
                    Act(after=0.1, kind="depth", symbol=5, lots=20, ticks=4, follower=2),
                    Act(after=2.5, kind="night", follower=1, pick=4),
                ),
            ),
        ),
        said="the account holds",
    ),
    Mutant(
        name="paper fills beyond its limit",
        breaks="a paper limit takes any price that is shown",
        plant=fills_beyond_the_limit,
        plans=(dataclasses.replace(a_day("buy", "sell"), paper=True, acts=(
            then("buy"), Act(after=1.0, kind="buy_limit", lots=5, ticks=-8), then("sell", 2.0)
        )),),
        said="beyond its limit",
    ),
    Mutant(
        name="paper leaks to the wire",
        breaks="what is meant for paper leaves for the broker",
        plant=leaks_to_the_wire,
        plans=(FIRST,),
        said="PAPER wrote",
    ),
)  # fmt: skip
