"""What the copies of a key have earned today: money, before the contract's multiplier."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

_NOTHING = Decimal(0)


class DayMoney(Struct, kw_only=True, gc=False):
    """The day's money of one ledger; owned by the one writer, like the ledger.

    Attributes:
        net: Signed units that the money is of.
        cash: Rupees received less paid for today's fills, over one unit of quantity each.
        carried: Signed units held as the day began.
        unpriced: Children that filled at a price nobody has told.
    """

    net: int = 0
    cash: Decimal = _NOTHING
    carried: int = 0
    unpriced: int = 0


class Cost(Struct, frozen=True, kw_only=True, gc=False):
    """What fills came to by average cost: ``units`` signed at ``average``, ``realised`` rupees."""

    units: int
    average: Decimal
    realised: Decimal

    def unrealised(self, price: Decimal) -> Decimal:
        """Return rupees that the units would bring at a price, over what they cost."""
        return self.units * (price - self.average)


def day_profit(
    money: DayMoney, *, price: Decimal | None, reference: Decimal | None
) -> Decimal | None:
    """Return realised and unrealised profit of the day, before the multiplier; None where not known.

    Args:
        money: The day's money of a ledger.
        price: Rupees now; needed while units are held.
        reference: What units that were carried into the day are measured from; needed for those alone.
    """
    if money.unpriced or (money.net and price is None) or (money.carried and reference is None):
        return None
    return money.cash + money.net * (price or _NOTHING) - money.carried * (reference or _NOTHING)


def average_cost(
    fills: Iterable[tuple[int, Decimal]], *, carried: int = 0, reference: Decimal = _NOTHING
) -> Cost:
    """Fold fills in their order by average cost.

    What adds to the side that is held moves the average; what takes from it is realised against it; what
    goes through zero opens the other side at its own price.

    Args:
        fills: Signed units and rupees each, oldest first.
        carried: Signed units held before them.
        reference: Rupees those are measured from.
    """
    units, average, realised = carried, (reference if carried else _NOTHING), _NOTHING
    for more, price in fills:
        if units * more < 0:
            closed = min(abs(units), abs(more)) * (1 if units > 0 else -1)
            realised += closed * (price - average)
            units, opened = units - closed, more + closed
            if not opened:
                continue
            units, average = opened, price
        elif more:
            average = (units * average + more * price) / (units + more)
            units += more
    return Cost(units=units, average=average, realised=realised)
