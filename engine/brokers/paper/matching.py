"""What of a paper order the market that was shown would have filled, and at which price. Pure.

The rules, each on the careful side (docs/paper.md):

- Depth that is shown is walked level by level, never beyond the order's limit. What five levels do not hold
  stays unfilled until the next tick.
- What one account took of a tick is gone for its other orders until the instrument's next tick.
- Without depth the best price (the last one where no side is told) fills as much as the best quantity; as
  much again costs one tick more, and so on. Where no quantity is told either, all of it costs one tick more.
- A resting limit is filled at its own price: as much as is shown there on the other side, or whole once the
  market has traded beyond it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from engine.core.values.market import Side
from engine.core.values.orders import Level, OrderRow, Quote

#: Averages are kept to a hundredth of a paisa, as Kite's rows have them (Kite Connect docs, orders).
_AVERAGE = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Units that trade now, and their average price in rupees."""

    quantity: int
    price: Decimal


def averaged(price: Decimal) -> Decimal:
    """Return an average price in rupees as a row shows it, without zeros at its end."""
    short = price.quantize(_AVERAGE).normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def take(
    side: Side,
    *,
    quantity: int,
    limit: Decimal | None,
    levels: Iterable[Level],
    taken: int = 0,
) -> Execution | None:
    """Fill an order that arrives, or was just re-priced, from the levels of the other side.

    Args:
        side: Of the order.
        quantity: Units still unfilled, > 0.
        limit: Rupees; None takes any price.
        levels: The other side, best first; see :func:`other_side`.
        taken: Units of them that this account took before.

    Returns:
        What trades at once; None where nothing does.
    """
    left, spent = quantity, Decimal(0)
    for level in levels:
        if left <= 0 or (limit is not None and (level.price - limit) * side.sign > 0):
            break
        free = max(0, level.quantity - taken)
        taken = max(0, taken - level.quantity)
        units = min(left, free)
        left, spent = left - units, spent + units * level.price
    filled = quantity - left
    if not filled:
        return None
    return Execution(quantity=filled, price=averaged(spent / filled))


def hit(
    row: OrderRow,
    quote: Quote,
    *,
    levels: Iterable[Level],
    taken: int = 0,
    last_before: Decimal | None,
) -> Execution | None:
    """Fill an order that rests at its limit, from a tick that came after it.

    Args:
        row: The order.
        quote: The tick.
        levels: Its other side, best first.
        taken: Units of them that this account took before.
        last_before: Last price of the tick before this one; None where there was none. A last price that
            has not moved may be a trade from before the order came.

    Returns:
        What trades, at the order's own price; None where nothing does.
    """
    if row.price is None:
        return None
    beyond = (row.price - quote.last_price) * row.side.sign > 0
    if beyond and last_before is not None and quote.last_price != last_before:
        return Execution(quantity=row.remaining_quantity, price=row.price)
    met = take(
        row.side, quantity=row.remaining_quantity, limit=row.price, levels=levels, taken=taken
    )
    return None if met is None else Execution(quantity=met.quantity, price=row.price)


def other_side(side: Side, quote: Quote, *, quantity: int, tick: Decimal) -> Iterator[Level]:
    """Return what an order meets, best first: the depth that is shown, or the model without it.

    Args:
        side: Of the order.
        quote: The newest tick.
        quantity: Units of the order.
        tick: Rupees, what each further multiple costs without depth.
    """
    buying = side is Side.BUY
    shown = quote.asks if buying else quote.bids
    if quote.has_depth:
        yield from shown
        return
    best = (quote.ask if buying else quote.bid) or quote.last_price
    if not shown:
        yield Level(max(best + side.sign * tick, tick), quantity)
        return
    size = shown[0].quantity
    for step in count():
        price = best + side.sign * tick * step
        if price <= 0:
            return
        yield Level(price, size)
