"""Limits on entries that a follower's owner has set: one function each. No exit is ever asked.

Each looks at an entry and at what there is already, and says by how much the entry is over it, or
nothing. At the limit is inside it.
"""

from decimal import Decimal

from msgspec import Struct

from engine.core.values.instruments import round_to_lots
from engine.core.values.rules import FollowerRules


class Entry(Struct, frozen=True, kw_only=True):
    """An entry to be judged, or a raise of one that works.

    Attributes:
        units: Further units that are wanted, > 0.
        now: How many of them would leave now, in orders of their own; 0 for a modification.
        of_order: Units that the same order of the master has entered here: filled, or still working.
        in_position: Units of this position on this side: held, or still working, ``of_order`` too.
        opens: Whether nothing is held in it and nothing works.
        lot_size: Units per lot.
        per_order: Most units one order may carry; None where no freeze quantity is known.
        price: Rupees that a unit may cost at most; None where no price is known.
        multiplier: Units of what is traded per unit of quantity; None where not known.
    """

    units: int
    now: int
    of_order: int = 0
    in_position: int = 0
    opens: bool = True
    lot_size: int = 1
    per_order: int | None = None
    price: Decimal | None = None
    multiplier: Decimal | None = Decimal(1)


class Used(Struct, frozen=True, kw_only=True, gc=False):
    """What a follower has used up: positions copied now, and entry orders decided today."""

    positions: int = 0
    orders: int = 0


class OverLimit(Struct, frozen=True, kw_only=True, gc=False):
    """An entry is over a limit: ``passes`` further units would pass, whole lots; ``why`` in words."""

    passes: int
    why: str


def over_order_quantity(rules: FollowerRules, entry: Entry) -> OverLimit | None:
    """Judge MAX_ORDER_QUANTITY: units of all our orders for one order of the master, slices together.

    Source: contract of the settings; what is asked of copy traders most: "stop the fat finger".
    """
    limit = rules.max_order_quantity
    total = entry.of_order + entry.units
    if limit is None or total <= limit:
        return None
    amount = _amount(entry, total)
    if entry.lot_size > 1:
        amount += f" = {grouped(total)} units"
    return _over(
        entry,
        passes=limit - entry.of_order,
        is_over=f"{amount} is over MAX_ORDER_QUANTITY {grouped(limit)}",
    )


def over_order_value(rules: FollowerRules, entry: Entry) -> OverLimit | None:
    """Judge MAX_ORDER_VALUE: the same units at the price they may cost, rupees."""
    return _over_value(
        entry, "MAX_ORDER_VALUE", rules.max_order_value, begun=entry.of_order, what=""
    )


def over_position_value(rules: FollowerRules, entry: Entry) -> OverLimit | None:
    """Judge MAX_POSITION_VALUE: what is held and works in one symbol and product, rupees."""
    return _over_value(
        entry,
        "MAX_POSITION_VALUE",
        rules.max_position_value,
        begun=entry.in_position,
        what="a position of ",
    )


def _over_value(
    entry: Entry, name: str, limit: Decimal | None, *, begun: int, what: str
) -> OverLimit | None:
    if limit is None:
        return None
    unit = _unit_value(entry)
    if unit is None:
        return _unknown_value(entry, name)
    total = begun + entry.units
    if total * unit <= limit:
        return None
    worth = f"{what}{_amount(entry, total)} = {rupees(total * unit)}"
    return _over(
        entry,
        passes=int(limit / unit) - begun,
        is_over=f"{worth} is over {name} {rupees(limit, sign='')}",
    )


def over_open_positions(rules: FollowerRules, entry: Entry, used: Used) -> OverLimit | None:
    """Judge MAX_OPEN_POSITIONS: copied symbols and products that are held or on their way in."""
    limit = rules.max_open_positions
    if limit is None or not entry.opens or used.positions < limit:
        return None
    what = "position is" if used.positions == 1 else "positions are"
    why = f"{used.positions} {what} open and MAX_OPEN_POSITIONS is {limit}; once one is closed, it passes"
    return OverLimit(passes=0, why=why)


def over_orders_per_day(rules: FollowerRules, entry: Entry, used: Used) -> OverLimit | None:
    """Judge MAX_ORDERS_PER_DAY: our entry orders since 06:00, slices of the freeze quantity each.

    Those that the broker refused count, as they do for him (Kite forum comment 51118). Exits do not:
    they are sent whatever is used up.
    """
    limit = rules.max_orders_per_day
    if limit is None or not entry.now:
        return None
    left = max(0, limit - used.orders)
    needed = 1 if entry.per_order is None else -(-entry.now // entry.per_order)
    if needed <= left:
        return None
    is_over = f"{used.orders} of {grouped(limit)} entry orders (MAX_ORDERS_PER_DAY) were made today"
    if not left:
        return OverLimit(passes=0, why=f"{is_over}; the next passes tomorrow")
    is_over += f" and it needs {needed} more"
    return _over(entry, passes=left * (entry.per_order or 0), is_over=is_over)


def tightest(rules: FollowerRules, entry: Entry, used: Used) -> OverLimit | None:
    """Return by which limit the least would pass, or None where the entry is inside all of them."""
    judged = (
        over_order_quantity(rules, entry),
        over_order_value(rules, entry),
        over_position_value(rules, entry),
        over_open_positions(rules, entry, used),
        over_orders_per_day(rules, entry, used),
    )
    found = (over for over in judged if over is not None)
    return min(found, key=lambda over: over.passes, default=None)


def grouped(number: int) -> str:
    """Write a whole number as Indian traders read it: ``1234567`` becomes ``12,34,567``."""
    head, tail = str(number)[:-3], str(number)[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])


def rupees(amount: Decimal, *, sign: str = "₹") -> str:
    """Write an amount >= 0 in whole rupees, with paise only where there are some."""
    whole = int(amount)
    paise = f"{amount - whole:.2f}"[1:] if amount != whole else ""
    return f"{sign}{grouped(whole)}{paise}"


def price(value: Decimal) -> str:
    """Write a price >= 0 with its own decimals: a currency future's tick is a quarter of a paisa."""
    whole, point, rest = f"{value:f}".partition(".")
    return f"{grouped(int(whole))}{point}{rest}"


def _over(entry: Entry, *, passes: int, is_over: str) -> OverLimit:
    units = round_to_lots(max(0, passes), entry.lot_size)
    if units:
        more = " more" if entry.of_order else ""
        return OverLimit(passes=units, why=f"{is_over}; {_amount(entry, units)}{more} would pass")
    least = "lot" if entry.lot_size > 1 else "unit"
    return OverLimit(
        passes=0, why=f"{is_over}; not one {least}{' more' * bool(entry.of_order)} passes"
    )


def _unknown_value(entry: Entry, name: str) -> OverLimit:
    what = "its price" if entry.multiplier is not None else "how many units one contract is of"
    return OverLimit(passes=0, why=f"{name} cannot be kept: {what} is not known")


def _unit_value(entry: Entry) -> Decimal | None:
    if entry.price is None or entry.multiplier is None:
        return None
    return entry.price * entry.multiplier


def _amount(entry: Entry, units: int) -> str:
    """Return units in the words of who trades them: lots, and units where there are no lots."""
    if entry.lot_size == 1:
        return f"{grouped(units)} unit{'s' * (units != 1)}"
    lots = units // entry.lot_size
    return f"{grouped(lots)} lot{'s' * (lots != 1)}"
