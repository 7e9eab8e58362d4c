"""A basket of options: four legs, lots that do not divide, one leg rolled, all legs out."""

import random
from decimal import Decimal

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed
from demo.days.scenes import BUY, LOOKING, SELL, all_out, lots_of
from demo.days.steps import Order, Pause, Settle, Step
from demo.exchange.instruments import Instrument
from demo.exchange.matching import Side

#: How far apart the legs of a basket leave the app, seconds.
_LEGS_APART_S = 0.1
_MULTIPLIERS = (Decimal(1), Decimal("1.5"), Decimal("0.5"))

_Leg = tuple[Side, Instrument]


def options_basket(listed: Listed, rng: random.Random) -> Day:
    """Return the day of the basket."""
    # An odd number, so that a half and one and a half of it leave a part of a lot over.
    lots = 2 * rng.randint(1, 3) + 1
    legs: tuple[_Leg, ...] = (
        (BUY, listed.option("NIFTY", "PE", -4)),
        (BUY, listed.option("NIFTY", "CE", 4)),
        (SELL, listed.option("NIFTY", "PE", -2)),
        (SELL, listed.option("NIFTY", "CE", 2)),
    )
    sold, rolled = legs[3][1], listed.option("NIFTY", "CE", 3)
    put = listed.option("SENSEX", "PE", 0)
    return Day(
        name="options-basket",
        title="a four-leg NIFTY basket and a SENSEX leg, lots that do not divide, all legs out",
        family=Family(multipliers=_MULTIPLIERS),
        scenes=(
            Scene(
                title="Four legs",
                caption="Bought wings first, then the sold legs. Each leg is cut to whole lots.",
                steps=(*_basket("basket", legs, lots), Settle(9)),
            ),
            Scene(
                title="One lot more",
                caption="What was cut off before is owed: one more lot makes the halves whole.",
                steps=(*_basket("more", legs, 1), Settle(9)),
            ),
            Scene(
                title="A SENSEX leg",
                caption="On BFO, with lots of its own: 20 instead of 65.",
                steps=(
                    Order(
                        label="sensex", side=BUY, instrument=put.key,
                        quantity=lots_of(put, 2 * rng.randint(1, 4)), product="NRML",
                    ),
                    Settle(6),
                ),
            ),
            LOOKING,
            Scene(
                title="One leg rolled",
                caption="The sold call is bought back and sold a strike higher.",
                steps=(
                    *_basket("back", ((BUY, sold),), lots + 1),
                    *_basket("rolled", ((SELL, rolled),), lots + 1),
                    Settle(8),
                ),
            ),
            all_out("All legs out", beats=9),
        ),
    )  # fmt: skip


def _basket(label: str, legs: tuple[_Leg, ...], lots: int) -> tuple[Step, ...]:
    return tuple(
        step
        for number, (side, row) in enumerate(legs, start=1)
        for step in (
            Order(
                label=f"{label} {number}", side=side, instrument=row.key,
                quantity=lots_of(row, lots), product="NRML",
            ),
            Pause(_LEGS_APART_S),
        )
    )  # fmt: skip
