"""The oracle: what each follower should have traded, from the master's fills and the rules alone.

It reads nothing of the program. It is what a careful person would work out with a pencil, so it
can tell whether the program did what it promises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from demo.exchange.portfolio import PositionKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One fill of the master.

    Attributes:
        order_id: The master's order.
        key: Exchange, symbol and product.
        signed: Units, positive for a purchase.
        lot_size: Units per lot, >= 1.
    """

    order_id: str
    key: PositionKey
    signed: int
    lot_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one follower follows.

    Attributes:
        ratio: Follower units per unit of the master, > 0.
        left_out: Master orders whose entry this follower must not have: refused by his broker, or
            sent after ``/stop``. Their exits he follows like any other.
    """

    ratio: Fraction
    left_out: frozenset[str] = frozenset()


@dataclass(slots=True)
class Traded:
    """Units bought and sold in one key; both >= 0."""

    bought: int = 0
    sold: int = 0

    @property
    def net(self) -> int:
        """Signed units that are left."""
        return self.bought - self.sold

    def add(self, signed: int) -> None:
        """Book signed units."""
        if signed > 0:
            self.bought += signed
        else:
            self.sold -= signed


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one follower should have come to.

    Attributes:
        traded: By key; keys in which nothing should be traded are left out.
        units: Units, >= 0, by master order; an order that should give nothing has 0.
    """

    traded: Mapping[PositionKey, Traded]
    units: Mapping[str, int]


@dataclass(slots=True)
class _Key:
    """One symbol and product while the fills are gone through."""

    master: int = 0
    exact: Fraction = Fraction(0)
    held: int = 0
    entered: dict[str, int] = field(default_factory=dict)
    carry: dict[str, Fraction] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    traded: Traded = field(default_factory=Traded)


def expect(fills: Iterable[Fill], rule: Rule) -> Expectation:
    """Work out what one follower should have traded for these fills, oldest first.

    Entries: multiplier times quantity, cut down to whole lots; the part of a lot that was cut off
    is owed and counts towards the next entry in the same key. Exits: the same share of what the
    follower holds as the master sold of his, cut down to whole lots, and everything when the
    master is flat.
    """
    keys: dict[PositionKey, _Key] = {}
    units: dict[str, int] = {}
    for fill in fills:
        state = keys.setdefault(fill.key, _Key())
        leaving = _leaving(state.master, fill.signed)
        done = _exit(state, leaving, fill.lot_size)
        entering = fill.signed - leaving
        if entering and fill.order_id not in rule.left_out:
            done += _enter(state, fill, entering, rule.ratio)
        state.master += fill.signed
        units[fill.order_id] = units.get(fill.order_id, 0) + done
    traded = {key: each.traded for key, each in keys.items() if each.traded != Traded()}
    return Expectation(traded, units)


def _leaving(net: int, signed: int) -> int:
    """Return the signed part of a fill that closes what the master has."""
    if net * signed >= 0:
        return 0
    size = min(abs(net), abs(signed))
    return size if signed > 0 else -size


def _exit(state: _Key, leaving: int, lot_size: int) -> int:
    if not leaving:
        return 0
    part, whole = abs(leaving), abs(state.master)
    share = abs(state.held)
    if part < whole:
        share = share * part // whole // lot_size * lot_size
    sign = 1 if leaving > 0 else -1
    state.held += sign * share
    state.exact *= 1 - Fraction(part, whole)
    state.traded.add(sign * share)
    return share


def _enter(state: _Key, fill: Fill, entering: int, ratio: Fraction) -> int:
    """Give the whole order so far its size, and book what that adds."""
    order, sign = fill.order_id, 1 if entering > 0 else -1
    carry = state.carry.setdefault(order, state.exact - state.held)
    state.entered[order] = state.entered.get(order, 0) + abs(entering)
    exact = sign * carry + ratio * state.entered[order]
    units = max(0, int(exact) // fill.lot_size * fill.lot_size)
    added = units - state.given.get(order, 0)
    state.given[order] = units
    state.held += sign * added
    state.exact += ratio * entering
    state.traded.add(sign * added)
    return added
