"""The default day: all six segments, delivery, intraday and carried, and /stop at the end."""

import random

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed
from demo.days.scenes import (
    BUY,
    LOOKING,
    STOPPING,
    after_stop,
    all_out,
    lots_of,
    market_order,
    out_at_a_limit,
    part_out,
    taken_back,
    waiting_limit,
    without_money,
)
from demo.days.steps import Order, Settle

_FAMILY = Family(poor=1)


def calm(listed: Listed, rng: random.Random) -> Day:
    """Return the day that shows each idea once, in every segment."""
    first = 20 * rng.randint(4, 8)
    odd = 2 * rng.randint(20, 40) + 1
    return Day(
        name="calm",
        title="all six segments, each idea once, /stop at the end",
        family=_FAMILY,
        scenes=(
            market_order(listed.share("RELIANCE"), first),
            waiting_limit(listed.share("INFY"), odd),
            taken_back(listed.share("TCS"), 10 * rng.randint(2, 6)),
            _delivery(listed, rng),
            _lots(listed),
            _commodity_and_currency(listed, rng),
            without_money(listed.share("M&M"), 10 * rng.randint(30, 36), _FAMILY.names[0]),
            part_out(listed.share("RELIANCE"), first // 2),
            out_at_a_limit(listed.share("INFY"), odd),
            LOOKING,
            STOPPING,
            after_stop(listed.share("TCS"), _FAMILY.names),
            all_out(
                "Out, after /stop",
                "He closes what he traded, and every follower leaves with him (the delivery shares stay).",
            ),
        ),
    )


def _delivery(listed: Listed, rng: random.Random) -> Scene:
    row, quantity = listed.share("J&KBANK", "BSE"), 2 * rng.randint(40, 90)
    return Scene(
        title="Delivery, on BSE",
        caption="Shares to keep: CNC stays CNC, BSE stays BSE, and the ampersand arrives.",
        steps=(
            Order(label="delivery", side=BUY, instrument=row.key, quantity=quantity, product="CNC"),
            Settle(3),
        ),
    )


def _lots(listed: Listed) -> Scene:
    call, far = listed.option("NIFTY", "CE", 0), listed.option("NIFTY", "CE", 2)
    put = listed.option("SENSEX", "PE", -1)
    orders = ((call, 3), (put, 2), (far, 1))
    return Scene(
        title="Options come in lots",
        caption="NFO and BFO. Half of 3 lots is 1 lot; half of 1 lot is none, and the chat says why.",
        steps=tuple(
            step
            for row, lots in orders
            for step in (
                Order(
                    label=f"option {row.tradingsymbol}", side=BUY, instrument=row.key,
                    quantity=lots_of(row, lots), product="NRML",
                ),
                Settle(2),
            )
        ),
    )  # fmt: skip


def _commodity_and_currency(listed: Listed, rng: random.Random) -> Scene:
    crude, dollar = listed.future("CRUDEOIL"), listed.future("USDINR")
    return Scene(
        title="Crude oil and dollars",
        caption="MCX and CDS, where the broker counts lots: half of 2 is 1.",
        steps=(
            Order(
                label="crude", side=BUY, instrument=crude.key, quantity=2, product="NRML"
            ),
            Settle(2),
            Order(
                label="dollars", side=BUY, instrument=dollar.key,
                quantity=2 * rng.randint(3, 6), product="NRML",
            ),
            Settle(2),
        ),
    )  # fmt: skip
