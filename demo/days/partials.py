"""Orders that fill in parts, change their size, or end with only a part of it."""

import random

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed, near
from demo.days.scenes import BUY, SELL, all_out
from demo.days.steps import (
    Beat,
    Cancel,
    Happen,
    LetGo,
    Modify,
    Offer,
    Order,
    Pin,
    Settle,
    UntilCopied,
)
from demo.exchange.happenings import RestingCancelled
from demo.exchange.instruments import Instrument, Toward


def partials(listed: Listed, rng: random.Random) -> Day:
    """Return the day of parts."""
    return Day(
        name="partials",
        title="partial fills, cancelled remainders, quantities changed up and down",
        family=Family(),
        scenes=(
            part_then_cancelled(listed.share("SBIN"), 20 * rng.randint(2, 5)),
            _in_three_parts(listed.share("INFY"), 2 * rng.randint(10, 20)),
            _more(listed.share("TCS"), 10 * rng.randint(2, 4)),
            _less(listed.share("HDFCBANK"), 20 * rng.randint(3, 5)),
            _nobody_asked(listed.share("M&M")),
            _part_of_the_way_out(listed.share("TCS"), 10 * rng.randint(1, 2)),
            all_out(),
        ),
    )


def part_then_cancelled(row: Instrument, got: int) -> Scene:
    """Get a part of a limit and cancel the rest."""
    limit = near(row, -30)
    return Scene(
        title="Partly filled, then cancelled",
        caption="He gets a part and cancels the rest: followers end with their share of that part.",
        steps=(
            Pin(row.key, near(row)),
            Order(label="part", side=BUY, instrument=row.key, quantity=200, price=limit),
            UntilCopied("part"),
            Beat(1.5),
            # What the market offers at his price is his alone: he came first.
            Offer(row.key, got),
            Pin(row.key, limit - row.tick_size),
            Beat(1.5),
            Pin(row.key, near(row)),
            Offer(row.key, None),
            Cancel("part"),
            Settle(4),
            LetGo(row.key),
        ),
    )


def _in_three_parts(row: Instrument, part: int) -> Scene:
    limit = near(row, -30)
    fill = (Offer(row.key, part), Pin(row.key, limit - row.tick_size), Beat(1.5))
    return Scene(
        title="Filled in three parts",
        caption="The copies stay at his price while he waits, and are bought up once he is done.",
        steps=(
            Pin(row.key, near(row)),
            Order(label="parts", side=BUY, instrument=row.key, quantity=3 * part, price=limit),
            UntilCopied("parts"),
            *fill,
            *fill,
            *fill,
            Offer(row.key, None),
            Pin(row.key, near(row, -35)),
            Settle(4),
            LetGo(row.key),
        ),
    )


def _more(row: Instrument, quantity: int) -> Scene:
    return Scene(
        title="He wants more",
        caption="A resting order grows: the same order at each follower grows with it.",
        steps=(
            *_resting("more", row, quantity),
            Modify(label="more", quantity=3 * quantity),
            UntilCopied("more"),
            Beat(2),
            Pin(row.key, near(row, -50)),
            Settle(2),
            LetGo(row.key),
        ),
    )


def _less(row: Instrument, quantity: int) -> Scene:
    return Scene(
        title="He wants less",
        caption="It shrinks, and moves: price and quantity follow in one change.",
        steps=(
            *_resting("less", row, quantity),
            Modify(label="less", quantity=quantity // 2, price=near(row, -35)),
            UntilCopied("less"),
            Beat(2),
            Pin(row.key, near(row, -50)),
            Settle(2),
            LetGo(row.key),
        ),
    )


def _nobody_asked(row: Instrument) -> Scene:
    return Scene(
        title="Cancelled by the exchange",
        caption="The exchange throws the order out. The copies are gone with it; nothing is bought.",
        steps=(
            *_resting("thrown out", row, 10),
            Happen(
                RestingCancelled(exchange=row.exchange, tradingsymbol=row.tradingsymbol),
                f"the exchange cancels all orders in {row.tradingsymbol}",
            ),
            Settle(3),
            LetGo(row.key),
        ),
    )


def _part_of_the_way_out(row: Instrument, got: int) -> Scene:
    limit = near(row, 30, toward=Toward.UP)
    return Scene(
        title="Partly out",
        caption="A limit exit fills in part and is cancelled: each follower sells the same share.",
        steps=(
            Pin(row.key, near(row)),
            Order(label="part out", side=SELL, instrument=row.key, quantity=3 * got, price=limit),
            UntilCopied("part out"),
            Beat(1.5),
            Offer(row.key, got),
            Pin(row.key, limit + row.tick_size),
            Beat(1.5),
            Pin(row.key, near(row)),
            Offer(row.key, None),
            Cancel("part out"),
            Settle(4),
            LetGo(row.key),
        ),
    )


def _resting(
    label: str, row: Instrument, quantity: int
) -> tuple[Pin | Order | UntilCopied | Beat, ...]:
    """Return the steps that leave an order and its copies resting below the market."""
    return (
        Pin(row.key, near(row)),
        Order(label=label, side=BUY, instrument=row.key, quantity=quantity, price=near(row, -40)),
        UntilCopied(label),
        Beat(2),
    )
