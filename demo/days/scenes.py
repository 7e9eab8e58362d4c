"""Scenes that several days share: one idea each, and the same few words about it."""

from decimal import Decimal

from demo.days.day import Scene
from demo.days.listed import near
from demo.days.steps import (
    Beat,
    Cancel,
    CloseAll,
    LetGo,
    Order,
    Pin,
    Say,
    Settle,
    UntilCopied,
)
from demo.exchange.instruments import Instrument, Toward
from demo.exchange.matching import Side

BUY, SELL = Side.BUY, Side.SELL

LOOKING = Scene(
    title="A look from the phone",
    caption="Every account on one screen: what is held, and how fast the copies were.",
    # The accounts are read every 3 s after a fill: asked sooner, a net is of before it, and shown as ?.
    steps=(
        Beat(1.5),
        Say("/positions", "positions"),
        Beat(2.5),
        Say("/status", "copying"),
        Beat(2.5),
    ),
)

STOPPING = Scene(
    title="/stop",
    caption="One word stops new entries at once. What is held stays under control: exits still follow.",
    steps=(Say("/stop", "still follow"), Beat(3)),
)


def market_order(row: Instrument, quantity: int, product: str = "MIS") -> Scene:
    """Buy at market."""
    order = Order(label="first", side=BUY, instrument=row.key, quantity=quantity, product=product)
    return Scene(
        title="A market order",
        caption="He buys once; every follower buys his own size, in milliseconds.",
        steps=(order, Settle(3)),
    )


def waiting_limit(row: Instrument, quantity: int) -> Scene:
    """Buy at a limit that fills when the price comes to it."""
    limit = near(row, -40)
    order = Order(label="waiting", side=BUY, instrument=row.key, quantity=quantity, price=limit)
    return Scene(
        title="A limit that waits",
        caption="The copies rest at his price and fill with his. Half of an odd number is cut to whole shares.",
        steps=(
            Pin(row.key, near(row)),
            order,
            UntilCopied("waiting"),
            Beat(2),
            Pin(row.key, near(row, -20)),
            Beat(1),
            Pin(row.key, near(row, -50)),
            Settle(2),
            LetGo(row.key),
        ),
    )


def taken_back(row: Instrument, quantity: int) -> Scene:
    """Cancel a limit before anything filled."""
    order = Order(
        label="taken back", side=BUY, instrument=row.key, quantity=quantity, price=near(row, -50)
    )
    return Scene(
        title="A limit, taken back",
        caption="He cancels; so do all the copies. Nothing was bought.",
        steps=(
            Pin(row.key, near(row)),
            order,
            UntilCopied("taken back"),
            Beat(2),
            Cancel("taken back"),
            Settle(2),
            LetGo(row.key),
        ),
    )


def without_money(row: Instrument, quantity: int, poor: str) -> Scene:
    """Buy so much for delivery that the poor follower's broker refuses."""
    order = Order(
        label="too dear", side=BUY, instrument=row.key, quantity=quantity, product="CNC",
        left_out=(poor,),
    )  # fmt: skip
    return Scene(
        title="A follower without the money",
        caption="One broker refuses for margin: the chat says so, the other followers are not held up.",
        steps=(order, Settle(4)),
    )


def part_out(row: Instrument, quantity: int, product: str = "MIS") -> Scene:
    """Sell a part of what is held at market."""
    order = Order(
        label="part out", side=SELL, instrument=row.key, quantity=quantity, product=product
    )
    return Scene(
        title="Half out",
        caption="He sells half; each follower sells half of what he holds.",
        steps=(order, Settle(3)),
    )


def out_at_a_limit(row: Instrument, quantity: int) -> Scene:
    """Sell all at a limit above the market."""
    limit = near(row, 30, toward=Toward.UP)
    order = Order(
        label="out at a limit", side=SELL, instrument=row.key, quantity=quantity, price=limit
    )
    return Scene(
        title="Out at a limit",
        caption="The exits rest at his price and leave with him.",
        steps=(
            Pin(row.key, near(row)),
            order,
            UntilCopied("out at a limit"),
            Beat(2),
            Pin(row.key, near(row, 40, toward=Toward.UP)),
            Settle(2),
            LetGo(row.key),
        ),
    )


def after_stop(row: Instrument, followers: tuple[str, ...]) -> Scene:
    """Buy after /stop."""
    order = Order(label="after stop", side=BUY, instrument=row.key, quantity=10, left_out=followers)
    return Scene(
        title="Bought after /stop",
        caption="He buys; nobody follows him in.",
        steps=(order, Settle(3)),
    )


def all_out(title: str = "All out", caption: str = "", *, beats: float = 5) -> Scene:
    """Close everything but deliveries at once."""
    return Scene(
        title=title,
        caption=caption
        or "He closes everything in one instant, and every follower leaves with him.",
        steps=(CloseAll(), Settle(beats)),
    )


def lots_of(row: Instrument, lots: int | Decimal) -> int:
    """Return lots as Kite counts quantities: units, or lots where the lot size is 1."""
    return int(lots * row.lot_size)
