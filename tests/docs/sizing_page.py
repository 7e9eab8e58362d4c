"""Writes the examples of docs/sizing.md: ``python -m tests.docs.sizing_page`` after a change.

Each line is what the engine's own decisions came to for that order of the master.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from engine.core.risk.words import in_decimals
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER
from engine.core.values.rules import Sizing
from tests.core.core_world import FATHER, FUTURE, World, a_follower, done

PAGE = Path(__file__).parents[2] / "docs" / "sizing.md"
BEGIN, END = "<!-- made by tests/docs/sizing_page.py: begin -->", "<!-- end -->"
LOT = 75


class His(NamedTuple):
    """An order of the master: side, lots (shares on NSE), and seconds after the one before."""

    side: str
    lots: int
    after: float = 5


class Example(NamedTuple):
    """One way of sizing, the rules that it sets, and the orders of the master it is shown on."""

    title: str
    settings: str
    words: str
    rules: dict[str, Any]
    orders: Sequence[His]
    mine: int = 0
    his: int = 0
    used: int = 0


EXAMPLES = (
    Example(
        title="Multiplier",
        settings="MULTIPLIER=0.5",
        words="Half a lot is owed after the first order and makes a whole one with the second. What is left of a lot is "
        "never sent, and never lost: the third is sized with nothing owed.",
        rules={"multiplier": "0.5"},
        orders=(His("BUY", 1), His("BUY", 1), His("BUY", 3), His("SELL", 5)),
    ),
    Example(
        title="Multiplier of a segment",
        settings='MULTIPLIER=2 SEGMENT_MULTIPLIERS={"NFO": "0.5"}',
        words="Both count: 2 times 0.5 is 1 on NFO.",
        rules={"multiplier": "2", "segment_multipliers": {"NFO": Decimal("0.5")}},
        orders=(His("BUY", 3), His("SELL", 3)),
    ),
    Example(
        title="Fixed lots",
        settings="SIZING=fixed_lots FIXED_LOTS=2",
        words="Two lots for each order that enters, however large it is. What he sends within 2 s of an order before "
        "it is the same wish (above the freeze quantity a wish is many orders), and is copied once. His exits take the "
        "share that he gives up: half of his, half of these.",
        rules={"sizing": Sizing.FIXED_LOTS, "fixed_lots": 2},
        orders=(
            His("BUY", 24), His("BUY", 24, after=1), His("BUY", 2, after=1), His("BUY", 10),
            His("SELL", 30), His("SELL", 30),
        ),
    ),
    Example(
        title="Equity",
        settings="SIZING=equity MULTIPLIER=1",
        words="The follower has 5,00,000 (3,00,000 free and 2,00,000 used), the master 20,00,000: a quarter.",
        rules={"sizing": Sizing.EQUITY},
        orders=(His("BUY", 4), His("BUY", 2), His("SELL", 6)),
        mine=300_000, his=2_000_000, used=200_000,
    ),
    Example(
        title="Free margin",
        settings="SIZING=free_margin MULTIPLIER=2",
        words="The same follower has 3,00,000 free, the master 20,00,000: 0.15, times 2.",
        rules={"sizing": Sizing.FREE_MARGIN, "multiplier": "2"},
        orders=(His("BUY", 4), His("BUY", 2), His("SELL", 6)),
        mine=300_000, his=2_000_000, used=200_000,
    ),
)  # fmt: skip


def table(example: Example) -> Iterator[str]:
    """Yield what each order of an example came to."""
    world = World(a_follower(**example.rules))
    if example.mine:
        world.funds(FATHER, example.mine, used=example.used)
        world.funds(MASTER, example.his)
    yield "| the master | the follower | exactly wanted | held |"
    yield "|---|---|---|---|"
    for number, order in enumerate(example.orders, 1):
        for _ in range(int(order.after)):
            world.wait(1)
        name = f"M{number}"
        world.master(
            done(
                name,
                order.side,
                order.lots * LOT,
                exchange="NFO",
                symbol=FUTURE,
                placed_at=world.now,
            )
        )
        sent = [world.ack_and_fill() for _ in range(len(world.pending))]
        text = ", ".join(f"{each.side.value} {_lots(each.quantity)}" for each in sent)
        skip = world.part(name, FUTURE).skips.get(Leg.ENTRY)
        if skip is not None:
            text = f"{skip.reason.value}: {skip.detail}"
        book = world.ledger(FUTURE)
        shown = (
            f"{order.side} {_lots(order.lots * LOT)}",
            text,
            _lots(book.exact()),
            _lots(book.held),
        )
        yield f"| {' | '.join(shown)} |"


def _lots(units: Fraction | int) -> str:
    lots = in_decimals(Fraction(units, LOT), places=3)
    return f"{lots} lot" if lots == "1" else f"{lots} lots"


def examples() -> str:
    """Return all examples, as the page shows them."""
    parts = []
    for example in EXAMPLES:
        lines = [f"### {example.title}", "", f"`{example.settings}`. {example.words}", ""]
        parts.append("\n".join([*lines, *table(example)]))
    return "\n\n".join(parts)


def main() -> None:
    """Write the examples into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{examples()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
