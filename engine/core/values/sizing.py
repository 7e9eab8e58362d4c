"""How many units a follower should have for what the master has."""

from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from engine.core.values.exact import Exact
from engine.core.values.instruments import (
    Instrument,
    round_to_lots,
    round_to_tick,
    within_range,
)
from engine.core.values.market import Side
from engine.core.values.rules import FollowerRules

#: A band is never narrower than this many ticks (contract: MAX_SLIPPAGE_BPS).
LEAST_BAND_TICKS = 5


def exact_units(quantity: Exact, *, ratio: Exact, fixed: bool = False) -> Exact:
    """Return what so many units of a master order are worth, before any rounding, >= 0.

    Args:
        quantity: Units of the master order, >= 0.
        ratio: Follower units per master unit, >= 0; where ``fixed``, units for the order as a whole.
        fixed: Whether the order is worth the same however large it is (``SIZING=fixed_lots``).
    """
    if fixed:
        return ratio if quantity else 0
    return ratio * quantity


def entry_units(
    *,
    quantity: Exact,
    ratio: Exact,
    carry: Exact,
    side: Side,
    lot_size: int,
    fixed: bool = False,
) -> int:
    """Return the units of an entry child: carry + ratio x quantity, toward zero to whole lots.

    Args:
        quantity: The cumulative entry part of the master order, units, >= 0.
        ratio: Follower units per master unit, >= 0.
        carry: Signed units owed from before, pinned at the order's first decision.
        side: The master order's side.
        lot_size: Units per lot.
        fixed: Whether ``ratio`` is units for the order as a whole.

    Returns:
        Units, >= 0; 0 also where what was owed the other way eats the whole order.
    """
    if quantity == 0 or ratio == 0:
        return 0
    exact = exact_units(quantity, ratio=ratio, fixed=fixed)
    if carry:
        exact += side.sign * carry
    return max(0, round_to_lots(int(exact), lot_size))


def claim_units(
    *, virtual: int, rest: Exact, part: int, of: int, lot_size: int
) -> tuple[int, Exact]:
    """Return the units that an exit of ``part`` out of the master's ``of`` claims, and what is left.

    Args:
        virtual: Units the follower holds beyond earlier claims, >= 0.
        rest: Units that earlier exits should have claimed but for whole lots; below 0 where they took more.
        part: Units the master exits, 0 <= part <= of.
        of: The master's net before it, units, > 0.
        lot_size: Units per lot.

    Returns:
        Units, 0 to ``virtual``: all of it when the master goes flat, else toward zero to lots; and
        the new rest.
    """
    if part >= of:
        return virtual, 0
    exact = (virtual - rest) * Fraction(part, of) + rest
    units = max(0, min(virtual, round_to_lots(int(exact), lot_size)))
    return units, exact - units


def entry_limit(
    reference: Decimal, *, side: Side, instrument: Instrument, rules: FollowerRules
) -> Decimal:
    """Return the worst price of an entry: one band round a price, rupees, and no bound makes it dearer.

    Outside the range that the broker insists on it is refused and told instead.
    """
    bounds = instrument
    if side is Side.BUY and instrument.lowest is not None:
        bounds = replace(instrument, lowest=None)
    elif side is Side.SELL and instrument.highest is not None:
        bounds = replace(instrument, highest=None)
    return band_price(reference, side=side, instrument=bounds, rules=rules)


def band_price(
    reference: Decimal,
    *,
    side: Side,
    instrument: Instrument,
    rules: FollowerRules,
    bands: int = 1,
) -> Decimal:
    """Return the worst price a marketable limit may take: the reference and one band or more.

    The band is ``MAX_SLIPPAGE_BPS`` of the reference, never under five ticks.

    Args:
        reference: Rupees, > 0: the master's price, or the last price on the exit ladder.
        side: BUY pays up to reference + band; SELL takes down to reference - band.
        instrument: Gives the tick and whether the option band applies.
        rules: The follower's bands.
        bands: How many bands away, >= 1.

    Returns:
        Rupees on the tick grid, at least one tick, inside the range that the broker insists on where
        that is known (circuit, limit price protection).
    """
    bps = rules.option_slippage_bps if instrument.kind.is_option else rules.max_slippage_bps
    band = max(reference * bps / 10_000, LEAST_BAND_TICKS * instrument.tick_size) * bands
    price = round_to_tick(reference + side.sign * band, instrument.tick_size, toward=side)
    return within_range(price, instrument)
