"""Many orders at once: a position sliced by the freeze quantity, and twelve orders in two seconds."""

import random
from collections.abc import Iterator

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed
from demo.days.scenes import BUY, LOOKING, SELL, all_out, lots_of
from demo.days.steps import Order, Pause, Settle, Step
from demo.exchange.instruments import Instrument
from demo.exchange.matching import Side

#: How far apart the slices of one position come from a trader's app, seconds.
_SLICES_APART_S = 0.05
_STORM_ORDERS, _STORM_S = 12, 2.0


def burst(listed: Listed, rng: random.Random) -> Day:
    """Return the day of bursts."""
    call = listed.option("NIFTY", "CE", 1)
    lots = rng.randint(85, 105)
    return Day(
        name="burst",
        title="a position sliced by the freeze quantity, 12 orders in two seconds",
        family=Family(),
        scenes=(
            _sliced(
                "in", BUY, call, lots, "Sliced by the freeze limit",
                "The exchange takes 27 lots an order. Each slice is copied once; x2 is sliced again.",
            ),
            the_storm(listed, rng),
            LOOKING,
            _sliced(
                "out", SELL, call, lots, "Out in slices",
                "The same way out: exits go first, and all of them fit into the broker's limits.",
            ),
            all_out("The rush for the door", beats=8),
        ),
    )  # fmt: skip


def storm(listed: Listed, rng: random.Random) -> Day:
    """Return the shortest busy day."""
    return Day(
        name="storm",
        title="twelve orders in two seconds, then everything sold in one instant",
        family=Family(),
        scenes=(the_storm(listed, rng), LOOKING, all_out("The rush for the door", beats=6)),
    )


def the_storm(listed: Listed, rng: random.Random) -> Scene:
    """Buy twelve times in two seconds, in six shares."""
    symbols = ("RELIANCE", "INFY", "SBIN", "HDFCBANK", "TCS", "M&M")
    rows = [listed.share(symbol) for symbol in symbols]
    return Scene(
        title="The storm",
        caption="Twelve orders in two seconds: each is copied once, none is lost.",
        steps=(
            *(
                step
                for number in range(_STORM_ORDERS)
                for step in (
                    Order(
                        label=f"storm {number + 1}", side=BUY,
                        instrument=rows[number % len(rows)].key, quantity=2 * rng.randint(5, 25),
                    ),
                    Pause(_STORM_S / _STORM_ORDERS),
                )
            ),
            Settle(6),
        ),
    )  # fmt: skip


def _sliced(label: str, side: Side, row: Instrument, lots: int, title: str, caption: str) -> Scene:
    return Scene(title=title, caption=caption, steps=(*_slices(label, side, row, lots), Settle(9)))


def _slices(label: str, side: Side, row: Instrument, lots: int) -> Iterator[Step]:
    """Yield the orders of one position, each as large as the exchange takes."""
    most = (row.freeze_quantity or lots * row.lot_size) // row.lot_size
    for number, begin in enumerate(range(0, lots, most), start=1):
        yield Order(
            label=f"{label} {number}", side=side, instrument=row.key,
            quantity=lots_of(row, min(most, lots - begin)), product="NRML",
        )  # fmt: skip
        yield Pause(_SLICES_APART_S)
