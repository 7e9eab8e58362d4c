"""Holds the truth against the oracle: the running picture, and the verdict at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from demo.exchange.build import MASTER
from demo.exchange.orders import Order
from demo.exchange.portfolio import PositionKey
from demo.show.copies import Copy, copies
from demo.show.expected import Expectation, Rule, Traded, expect
from demo.show.truth import Arrived, arrived, fills, traded, working
from demo.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerBook:
    """One follower, true and expected.

    Attributes:
        name: As in the settings.
        ratio: Units per unit of the master.
        orders: Everything that arrived for this account, oldest first.
        copies: By master order id.
        expected: What the oracle says.
        traded: What the exchange says.
        resting: Orders that may still trade.
    """

    name: str
    ratio: Fraction
    orders: Sequence[Arrived]
    copies: Mapping[str, Copy]
    expected: Expectation
    traded: Mapping[PositionKey, Traded]
    resting: Sequence[Order]

    @property
    def differences(self) -> tuple[str, ...]:
        """Where true and expected differ, one line each; empty when the book is right."""
        keys = dict.fromkeys([*self.expected.traded, *self.traded])
        pairs = ((key, self.traded_in(key), self.expected_in(key)) for key in keys)
        return tuple(_difference(*pair) for pair in pairs if pair[1] != pair[2])

    @property
    def filled(self) -> int:
        """Units traded, bought and sold together."""
        return sum(each.bought + each.sold for each in self.traded.values())

    @property
    def lags(self) -> list[timedelta]:
        """From each of the master's orders to the first copy of it, shortest first."""
        found = (copy.lag for copy in self.copies.values())
        return sorted(lag for lag in found if lag is not None)

    def traded_in(self, key: PositionKey) -> Traded:
        """Return what was truly traded in a key."""
        return self.traded.get(key, Traded())

    def expected_in(self, key: PositionKey) -> Traded:
        """Return what should have been traded in a key."""
        return self.expected.traded.get(key, Traded())


class Accounting:
    """Looks at the stage's exchange at any moment.

    Attributes:
        left_out: By follower, the master orders whose entry that follower must not have.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.left_out: dict[str, set[str]] = {name: set() for name in stage.names}

    def master_orders(self) -> list[Arrived]:
        """Return the master's orders, oldest first."""
        return arrived(self._stage.exchange, MASTER)

    def master_nets(self) -> dict[PositionKey, int]:
        """Return the master's net units by key, closed ones as 0."""
        found = traded(fills(self._stage.exchange, MASTER))
        return {key: each.net for key, each in found.items()}

    def books(self) -> list[FollowerBook]:
        """Return the book of every follower as of now."""
        return [self._book(name) for name in self._stage.names]

    def is_settled(self) -> bool:
        """Whether all books are right and no follower works on what the master has ended."""
        exchange = self._stage.exchange
        still = {order.instrument.key for order in working(exchange, MASTER)}
        return all(
            not book.differences and all(each.instrument.key in still for each in book.resting)
            for book in self.books()
        )

    def _book(self, name: str) -> FollowerBook:
        exchange, user_id = self._stage.exchange, self._stage.user_id(name)
        ratio = Fraction(self._stage.plan.multipliers.get(name, 1))
        rule = Rule(ratio=ratio, left_out=frozenset(self.left_out[name]))
        expected = expect(fills(exchange, MASTER), rule)
        orders = arrived(exchange, user_id)
        return FollowerBook(
            name=name,
            ratio=ratio,
            orders=orders,
            copies=copies(self.master_orders(), orders, expected.units),
            expected=expected,
            traded=traded(fills(exchange, user_id)),
            resting=working(exchange, user_id),
        )


def percentile(found: Sequence[timedelta], share: float) -> timedelta | None:
    """Return the value below which this share (0 to 1) of sorted values lies; None for none."""
    return found[min(int(len(found) * share), len(found) - 1)] if found else None


def all_right(books: Iterable[FollowerBook]) -> bool:
    """Whether no book differs and nothing is left working."""
    return all(not book.differences and not book.resting for book in books)


def _difference(key: PositionKey, true: Traded, expected: Traded) -> str:
    return (
        f"{key.tradingsymbol} {key.product}: bought {true.bought} sold {true.sold}, "
        f"should be bought {expected.bought} sold {expected.sold}"
    )
