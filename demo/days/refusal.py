"""What is not copied, and is said: a follower without the money, a cover order."""

import random

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed, near
from demo.days.scenes import BUY, LOOKING, all_out, market_order, part_out, without_money
from demo.days.steps import Beat, Happen, LetGo, Order, Pin, Settle
from demo.exchange.happenings import MarketOpens
from demo.exchange.instruments import Instrument, Toward

_FAMILY = Family(poor=1)


def refusal(listed: Listed, rng: random.Random) -> Day:
    """Return the day of refusals."""
    reliance, held = listed.share("RELIANCE"), 20 * rng.randint(4, 8)
    return Day(
        name="refusal",
        title="a follower without the money, an order of a kind that is not copied, one from the night",
        family=_FAMILY,
        scenes=(
            market_order(reliance, held),
            without_money(listed.share("M&M"), 10 * rng.randint(30, 36), _FAMILY.names[0]),
            _after_market(listed.share("SBIN"), 10 * rng.randint(2, 5)),
            _cover(listed.share("TCS"), 10 * rng.randint(2, 5)),
            part_out(reliance, held // 2),
            LOOKING,
            all_out(),
        ),
    )


def _after_market(row: Instrument, quantity: int) -> Scene:
    return Scene(
        title="An after-market order",
        caption="While it is queued nobody has it; when the exchange takes it, it is copied.",
        steps=(
            Order(
                label="amo", side=BUY, instrument=row.key, quantity=quantity, price=near(row, 30, toward=Toward.UP),
                variety="amo",
            ),
            Beat(2),
            Happen(MarketOpens(), "the market opens for after-market orders"),
            Settle(3),
        ),
    )  # fmt: skip


def _cover(row: Instrument, quantity: int) -> Scene:
    return Scene(
        title="A cover order",
        caption="Only Kite can pair its legs: the chat says so once, instead of half a copy.",
        steps=(
            Order(
                label="co", side=BUY, instrument=row.key, quantity=quantity, trigger=near(row, -300, toward=Toward.DOWN),
                variety="co", left_out=_FAMILY.names,
            ),
            Beat(2),
            Pin(row.key, near(row, -350, toward=Toward.DOWN)),
            Settle(2),
            LetGo(row.key),
        ),
    )  # fmt: skip
