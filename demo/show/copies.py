"""Which follower order belongs to which order of the master, by what the exchange saw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from demo.exchange.orders import Order, Status
from demo.show.truth import Arrived, key_of


@dataclass(slots=True, kw_only=True)
class Copy:
    """A follower's answer to one order of the master: one order, and more where it was re-priced.

    Attributes:
        master: The order it answers.
        orders: The follower's orders for it, in order of arrival.
    """

    master: Arrived
    orders: list[Arrived] = field(default_factory=list)

    @property
    def filled(self) -> int:
        """Units filled over all of its orders."""
        return sum(each.order.filled_quantity for each in self.orders)

    @property
    def wanted(self) -> int:
        """Units asked for: what is filled and what works; of ended orders what the newest wanted."""
        live = [each.order for each in self.orders if each.order.is_live]
        if live or not self.orders:
            return self.filled + sum(order.pending_quantity for order in live)
        newest = self.orders[-1].order
        return self.filled + (0 if newest.status is Status.COMPLETE else newest.pending_quantity)

    @property
    def lag(self) -> timedelta | None:
        """From the arrival of the master's order to the arrival of the first copy."""
        return self.orders[0].at - self.master.at if self.orders else None


def copies(
    master: Sequence[Arrived],
    follower: Iterable[Arrived],
    units: Mapping[str, int],
) -> dict[str, Copy]:
    """Pair a follower's orders with the master's.

    A follower order answers the oldest order of the same symbol, product and side that came before
    it and is not answered for all that is due; where every one is, it carries on the newest of them.

    Args:
        master: The master's orders in order of arrival.
        follower: The follower's orders in order of arrival.
        units: What the oracle expects by master order; an order filled for nothing gets no pair.

    Returns:
        A copy for every master order, by order id.
    """
    found = {each.order.order_id: Copy(master=each) for each in master}
    for child in follower:
        fitting = [copy for copy in found.values() if _fits(copy.master, child)]
        if not fitting:
            continue
        due = [each for each in fitting if _is_due(each.master.order, units)] or fitting
        short = [each for each in due if _is_short(each, units)]
        (short or due[-1:])[0].orders.append(child)
    return found


def _fits(master: Arrived, child: Arrived) -> bool:
    same = key_of(master.order) == key_of(child.order) and master.order.side is child.order.side
    return same and master.at <= child.at


def _is_short(copy: Copy, units: Mapping[str, int]) -> bool:
    """Whether more orders may belong to it: the first one, a further slice, a re-priced rest."""
    return not copy.orders or copy.wanted < units.get(copy.master.order.order_id, 0)


def _is_due(order: Order, units: Mapping[str, int]) -> bool:
    return not order.filled_quantity or units.get(order.order_id, 0) > 0
