"""Stop orders: triggers that wait, move and fire, a target and stop pair, a storm of changes."""

import random
from collections.abc import Iterator

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed, near
from demo.days.scenes import BUY, SELL, all_out, lots_of
from demo.days.steps import (
    Beat,
    Cancel,
    LetGo,
    Modify,
    Order,
    Pause,
    Pin,
    Settle,
    Step,
    UntilCopied,
)
from demo.exchange.instruments import Instrument, Toward

_STORM_CHANGES, _STORM_S = 12, 1.5


def stops(listed: Listed, rng: random.Random) -> Day:
    """Return the day of stops."""
    sbin, quantity = listed.share("SBIN"), 20 * rng.randint(3, 6)
    option, lots = listed.option("NIFTY", "PE", 0), 2 * rng.randint(1, 3)
    reliance, held = listed.share("RELIANCE"), 20 * rng.randint(2, 5)
    return Day(
        name="stops",
        title="SL and SL-M, triggers that move and fire, a target and stop pair, a storm of changes",
        family=Family(),
        scenes=(
            _in_by_a_stop(sbin, quantity),
            _trailing(sbin, quantity),
            _on_an_option(option, lots),
            _pair(reliance, held),
            _storm(listed.share("INFY"), 2 * rng.randint(10, 30)),
            all_out(),
        ),
    )


def _in_by_a_stop(row: Instrument, quantity: int) -> Scene:
    trigger, limit = near(row, 30), near(row, 50)
    return Scene(
        title="In by a stop",
        caption="A buy above the market waits for its trigger; so do the copies, and fire with it.",
        steps=(
            Pin(row.key, near(row)),
            Order(
                label="stop in", side=BUY, instrument=row.key, quantity=quantity, price=limit,
                trigger=trigger,
            ),
            UntilCopied("stop in"),
            Beat(2),
            Pin(row.key, near(row, 35)),
            Settle(3),
        ),
    )  # fmt: skip


def _trailing(row: Instrument, quantity: int) -> Scene:
    moved = tuple(
        step
        for bps in (5, 15)
        for step in (
            Modify(label="trailing", trigger=near(row, bps)),
            UntilCopied("trailing"),
            Beat(1.5),
        )
    )
    return Scene(
        title="A trailing stop",
        caption="A stop at market behind the price, moved up twice: every copy's trigger moves with it.",
        steps=(
            Order(
                label="trailing", side=SELL, instrument=row.key, quantity=quantity,
                trigger=near(row, -10),
            ),
            UntilCopied("trailing"),
            Beat(1.5),
            *moved,
            Pin(row.key, near(row, 10)),
            Settle(3),
            LetGo(row.key),
        ),
    )  # fmt: skip


def _on_an_option(row: Instrument, lots: int) -> Scene:
    quantity = lots_of(row, lots)
    return Scene(
        title="A stop on an option",
        caption="Options take no stop at market: it is a stop with a limit, and fires in whole lots.",
        steps=(
            Pin(row.key, near(row)),
            Order(label="option", side=BUY, instrument=row.key, quantity=quantity, product="NRML"),
            Settle(1.5),
            Order(
                label="option stop", side=SELL, instrument=row.key, quantity=quantity,
                product="NRML", price=near(row, -700), trigger=near(row, -500),
            ),
            UntilCopied("option stop"),
            Beat(2),
            Pin(row.key, near(row, -550)),
            Settle(3),
            LetGo(row.key),
        ),
    )  # fmt: skip


def _pair(row: Instrument, quantity: int) -> Scene:
    target, stop = near(row, 60, toward=Toward.UP), near(row, -40)
    return Scene(
        title="Target and stop",
        caption="Two exits for one holding. One fires, he takes the other back; nobody sells twice.",
        steps=(
            Pin(row.key, near(row)),
            Order(label="pair", side=BUY, instrument=row.key, quantity=quantity),
            Settle(1),
            Order(label="target", side=SELL, instrument=row.key, quantity=quantity, price=target),
            UntilCopied("target"),
            Order(
                label="stop", side=SELL, instrument=row.key, quantity=quantity, price=near(row, -80),
                trigger=stop,
            ),
            UntilCopied("stop"),
            Beat(2.5),
            Pin(row.key, near(row, -45)),
            Beat(1),
            Cancel("target"),
            Settle(3),
            LetGo(row.key),
        ),
    )  # fmt: skip


def _storm(row: Instrument, quantity: int) -> Scene:
    return Scene(
        title="A storm of changes",
        caption="Twelve changes in a second and a half: only the last one counts, and it arrives.",
        steps=(
            Pin(row.key, near(row)),
            Order(
                label="changed", side=BUY, instrument=row.key, quantity=quantity,
                price=near(row, -80),
            ),
            UntilCopied("changed"),
            Beat(1),
            *_changes(row),
            UntilCopied("changed"),
            Beat(3),
            Pin(row.key, near(row, -50)),
            Settle(3),
            LetGo(row.key),
        ),
    )  # fmt: skip


def _changes(row: Instrument) -> Iterator[Step]:
    for number in range(_STORM_CHANGES):
        yield Modify(label="changed", price=near(row, -80 + 4 * number))
        yield Pause(_STORM_S / _STORM_CHANGES)
