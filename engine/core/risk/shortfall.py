"""What an entry that comes to less than a lot would have needed, in words."""

from math import ceil

from engine.core.risk.words import in_decimals
from engine.core.values.copies import CopyPart
from engine.core.values.exact import Exact, divided, exact, size_of
from engine.core.values.market import Side
from engine.core.values.rules import FollowerRules

#: A multiplier that would do is told in hundredths, rounded up; finer where it is smaller than that.
_COARSE, _FINE = 100, 1_000_000


def shortfall(
    part: CopyPart, rules: FollowerRules, *, quantity: int, side: Side, lot_size: int
) -> str:
    """Return why an entry came to no lot and what would have been one, on one line.

    >>> # 0.5 x 65 = 32.5, short of a lot of 65; MULTIPLIER 1 would copy it

    Args:
        part: The follower's part, with its pinned ratio and carry.
        rules: The follower's rules, for what would have to be set.
        quantity: Units of the master order that count.
        side: The master order's side.
        lot_size: Units per lot.
    """
    if not part.ratio:
        return "what it is sized by was not known when the order was first seen"
    if not part.exact_of(quantity):
        return "what a limit left of it is less than a lot, since he has exited a share of it"
    owed = side.sign * part.carry
    worth = part.exact_of(quantity) + owed
    lot = "one unit" if lot_size == 1 else f"a lot of {lot_size}"
    sum_of = f"{_worth(part, quantity)}{_carry(owed)} = {in_decimals(worth, places=2)}"
    if part.fixed:
        lots = ceil(divided(lot_size - owed, lot_size))
        return f"{sum_of}, short of {lot}; FIXED_LOTS {lots} would copy it"
    one = divided(part.exact_of(quantity), exact(rules.multiplier))
    return f"{sum_of}, short of {lot}; MULTIPLIER {_at_least(divided(lot_size - owed, one))} would copy it"


def _worth(part: CopyPart, quantity: int) -> str:
    if part.fixed:
        return f"{in_decimals(part.ratio, places=2)} units"
    basis = f" ({part.basis})" if part.basis else ""
    return f"{in_decimals(part.ratio)}{basis} x {quantity}"


def _carry(owed: Exact) -> str:
    if not owed:
        return ""
    words = "owed from before" if owed > 0 else "too many from before"
    return f" {'+' if owed > 0 else '-'} {in_decimals(size_of(owed), places=2)} {words}"


def _at_least(multiplier: Exact) -> str:
    grid = _COARSE if multiplier * _COARSE >= 1 else _FINE
    return in_decimals(divided(ceil(multiplier * grid), grid))
