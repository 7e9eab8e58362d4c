"""Ways out: by halves, at a limit, through zero, by the broker's own hand, and after /stop."""

import random

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed
from demo.days.scenes import (
    BUY,
    SELL,
    STOPPING,
    all_out,
    market_order,
    out_at_a_limit,
    part_out,
    waiting_limit,
)
from demo.days.steps import Happen, Order, Settle
from demo.exchange.happenings import SquareOff
from demo.exchange.instruments import Instrument

_FAMILY = Family()


def exits(listed: Listed, rng: random.Random) -> Day:
    """Return the day of exits."""
    reliance, infy = listed.share("RELIANCE"), listed.share("INFY")
    held, odd = 20 * rng.randint(4, 8), 2 * rng.randint(20, 40) + 1
    carried = listed.future("RELIANCE")
    return Day(
        name="exits",
        title="half out, out at a limit, through zero, squared off by RMS, out after /stop",
        family=_FAMILY,
        scenes=(
            market_order(reliance, held),
            waiting_limit(infy, odd),
            _turning_round(listed.share("HDFCBANK")),
            part_out(reliance, held // 2),
            out_at_a_limit(infy, odd),
            Scene(
                title="Carried overnight",
                caption="A future as NRML: what comes next does not touch it.",
                steps=(
                    Order(
                        label="carried", side=BUY, instrument=carried.key,
                        quantity=2 * carried.lot_size, product="NRML",
                    ),
                    Settle(3),
                ),
            ),
            Scene(
                title="Squared off by the broker",
                caption="RMS closes him and a follower at once: she is not closed twice, the others leave with him.",
                steps=(*(_squared_off(who) for who in ("master", "mother")), Settle(6)),
            ),
            STOPPING,
            all_out(
                "Out, after /stop", "He closes what is left, and every follower leaves with him."
            ),
        ),
    )  # fmt: skip


def _squared_off(name: str) -> Happen:
    return Happen(SquareOff(user_id=_FAMILY.client_id(name)), f"RMS squares {name} off")


def _turning_round(row: Instrument) -> Scene:
    return Scene(
        title="Turning round",
        caption="One order closes and goes short: the followers get an exit and an entry.",
        steps=(
            Order(label="long", side=BUY, instrument=row.key, quantity=100),
            Settle(2),
            Order(label="short", side=SELL, instrument=row.key, quantity=160),
            Settle(3),
        ),
    )
