"""The scenes of trading: what the master does, one idea each."""

from datetime import date
from decimal import Decimal

from demo.exchange.instruments import Instrument, Toward
from demo.show.director import Director, Scene


def share(director: Director, symbol: str) -> Instrument:
    """Return a share on NSE."""
    return director.stage.exchange.instruments["NSE", symbol]


def call(director: Director, step: int) -> Instrument:
    """Return the nearest NIFTY call of today's list, this many strikes above the level."""
    strike = Decimal(26_000 + 100 * step)
    rows = director.stage.exchange.instruments
    found = [
        row
        for row in rows
        if row.exchange == "NFO"
        and row.name == "NIFTY"
        and row.instrument_type == "CE"
        and row.strike == strike
    ]
    return min(found, key=lambda row: row.expiry or date.max)


async def _market(director: Director) -> None:
    director.order("BUY", share(director, "RELIANCE"), 20 * director.rng.randint(4, 8))
    await director.settle(3)


async def _limit(director: Director) -> None:
    row, quantity = share(director, "INFY"), 2 * director.rng.randint(20, 40) + 1
    price = director.move(row, 0)
    limit = row.round(price * Decimal("0.996"), Toward.DOWN)
    order_id = director.order("BUY", row, quantity, price=limit)
    await director.until_copied(order_id)
    await director.beat(2)
    director.move(row, -20)
    await director.beat(1)
    director.pin(row, row.round(limit * Decimal("0.999"), Toward.DOWN))
    await director.settle(2)
    director.let_go(row)


async def _cancelled(director: Director) -> None:
    row = share(director, "TCS")
    price = director.move(row, 0)
    limit = row.round(price * Decimal("0.995"), Toward.DOWN)
    order_id = director.order("BUY", row, 10 * director.rng.randint(2, 6), price=limit)
    await director.until_copied(order_id)
    await director.beat(2)
    director.cancel(order_id)
    await director.settle(2)
    director.let_go(row)


async def _partial(director: Director) -> None:
    row, got = share(director, "SBIN"), 20 * director.rng.randint(2, 5)
    price = director.move(row, 0)
    limit = row.round(price * Decimal("0.997"), Toward.DOWN)
    order_id = director.order("BUY", row, 200, price=limit)
    await director.until_copied(order_id)
    await director.beat(1.5)
    # What the market offers at his price is his alone: he came first.
    director.offer(row, got)
    director.pin(row, row.round(limit - row.tick_size, Toward.DOWN))
    await director.beat(1.5)
    director.pin(row, price)
    director.offer(row, None)
    director.cancel(order_id)
    await director.settle(3)
    director.let_go(row)


async def _lots(director: Director) -> None:
    near, far = call(director, 0), call(director, 2)
    director.order("BUY", near, 3 * near.lot_size, product="NRML")
    await director.settle(2.5)
    director.order("BUY", far, far.lot_size, product="NRML")
    await director.settle(2.5)


async def _refused(director: Director) -> None:
    row = share(director, "M&M")
    quantity = 10 * director.rng.randint(30, 36)
    director.order("BUY", row, quantity, product="CNC", left_out=[director.stage.names[0]])
    await director.settle(4)


async def _half_out(director: Director) -> None:
    row = share(director, "RELIANCE")
    director.order("SELL", row, _held(director, row) // 2)
    await director.settle(3)


async def _out_at_a_limit(director: Director) -> None:
    row = share(director, "INFY")
    price = director.move(row, 0)
    limit = row.round(price * Decimal("1.003"), Toward.UP)
    order_id = director.order("SELL", row, _held(director, row), price=limit)
    await director.until_copied(order_id)
    await director.beat(2)
    director.pin(row, row.round(limit * Decimal("1.001"), Toward.UP))
    await director.settle(2)
    director.let_go(row)


async def _turn_round(director: Director) -> None:
    row = share(director, "HDFCBANK")
    director.order("BUY", row, 100)
    await director.settle(2)
    director.order("SELL", row, 160)
    await director.settle(3)


async def _after_stop(director: Director) -> None:
    row = share(director, "TCS")
    director.order("BUY", row, 10)
    await director.settle(3)


async def _all_out(director: Director) -> None:
    for key, net in director.accounting.master_nets().items():
        if net and key.product != "CNC":
            row = director.stage.exchange.instruments[key.exchange, key.tradingsymbol]
            director.order("SELL" if net > 0 else "BUY", row, abs(net), product=key.product)
            await director.settle(0.75)
    await director.settle(1)


async def _storm(director: Director) -> None:
    symbols = ("RELIANCE", "INFY", "SBIN", "HDFCBANK", "TCS", "M&M")
    rows = [share(director, symbol) for symbol in symbols]
    for number in range(12):
        row = rows[number % len(rows)]
        director.order("BUY", row, 2 * director.rng.randint(5, 25))
        # The burst is as fast on a slow show: that is the point of it.
        await director.beat(2 / 12 / director.pace)
    await director.settle(4)


async def _rush_out(director: Director) -> None:
    for key, net in director.accounting.master_nets().items():
        row = director.stage.exchange.instruments[key.exchange, key.tradingsymbol]
        director.order("SELL", row, net, product=key.product)
    await director.settle(6)


def _held(director: Director, row: Instrument) -> int:
    nets = director.accounting.master_nets()
    return sum(net for key, net in nets.items() if key[:2] == row.key)


MARKET = Scene(
    "A market order",
    "He buys once; every follower buys his own size, in milliseconds.",
    3,
    _market,
)
LIMIT = Scene(
    "A limit that waits",
    "The copies rest at his price and fill with his. Half of an odd number is cut to whole shares.",
    5,
    _limit,
)
CANCELLED = Scene(
    "A limit, taken back", "He cancels; so do all the copies. Nothing was bought.", 4, _cancelled
)
PARTIAL = Scene(
    "Partly filled, then cancelled",
    "He gets a part and cancels the rest: followers end with their share of that part.",
    6,
    _partial,
)
LOTS = Scene(
    "Options come in lots",
    "Half of 3 lots is 1 lot; half of 1 lot is none, and the chat says why.",
    5,
    _lots,
)
REFUSED = Scene(
    "A follower without the money",
    "One broker refuses for margin: the chat says so, the other followers are not held up.",
    4,
    _refused,
)
HALF_OUT = Scene(
    "Half out", "He sells half; each follower sells half of what he holds.", 3, _half_out
)
OUT_AT_A_LIMIT = Scene(
    "Out at a limit", "The exits rest at his price and leave with him.", 4, _out_at_a_limit
)
TURN_ROUND = Scene(
    "Turning round",
    "One order closes and goes short: the followers get an exit and an entry.",
    5,
    _turn_round,
)
AFTER_STOP = Scene("Bought after /stop", "He buys; nobody follows him in.", 3, _after_stop)
ALL_OUT = Scene(
    "Out, after /stop",
    "He closes what he traded, and every follower leaves with him (the delivery shares stay).",
    5,
    _all_out,
)
STORM = Scene(
    "The storm", "Twelve orders in two seconds: each is copied once, none is lost.", 6, _storm
)
RUSH_OUT = Scene(
    "The rush for the door", "Everything is sold in one instant; every exit follows.", 6, _rush_out
)
