"""Holds the truth against the oracle: the running picture, and the verdict at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from demo.exchange.build import MASTER
from demo.exchange.exchange import Exchange
from demo.exchange.orders import Order
from demo.exchange.portfolio import PositionKey
from demo.show.copies import Copy, copies
from demo.show.expected import Expectation, Fill, Rule, Traded, expect
from demo.show.truth import Arrived, arrived, fills, key_of, traded, working
from demo.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerBook:
    """One follower, true and expected.

    Attributes:
        name: As in the settings.
        user_id: Client id.
        ratio: Units per unit of the master.
        orders: Everything that arrived for this account, oldest first.
        copies: By master order id.
        expected: What the oracle says.
        traded: What the exchange says.
        resting: Orders that may still trade.
    """

    name: str
    user_id: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Whose book is kept: his name, his client id, units per unit of the master."""

    name: str
    user_id: str
    ratio: Fraction = Fraction(1)


class Accounting:
    """Looks at an exchange at any moment.

    Attributes:
        left_out: By follower, the master orders whose entry that follower must not have.
    """

    def __init__(self, exchange: Exchange, followers: Iterable[Follower]) -> None:
        """Take where the truth is, and whose books are kept."""
        self._exchange = exchange
        self._followers = tuple(followers)
        self.left_out: dict[str, set[str]] = {each.name: set() for each in self._followers}

    @classmethod
    def on(cls, stage: Stage) -> "Accounting":
        """Keep the books of a stage's followers."""
        ratios = stage.plan.multipliers
        return cls(
            stage.exchange,
            (
                Follower(
                    name=name, user_id=stage.user_id(name), ratio=Fraction(ratios.get(name, 1))
                )
                for name in stage.names
            ),
        )

    def master_orders(self) -> list[Arrived]:
        """Return the master's orders, oldest first."""
        return arrived(self._exchange, MASTER)

    def books(self) -> list[FollowerBook]:
        """Return the book of every follower as of now."""
        return [self._book(each) for each in self._followers]

    def is_settled(self) -> bool:
        """Whether all books are right and no follower works on what the master has ended."""
        still = {order.instrument.key for order in working(self._exchange, MASTER)}
        return all(
            not book.differences and all(each.instrument.key in still for each in book.resting)
            for book in self.books()
        )

    def is_copied(self, order_id: str) -> bool:
        """Whether every follower works on the master's order as it is now: prices and size."""
        order = self._exchange.desk.orders[order_id]
        if not order.is_live:
            return True
        to_come = Fill(
            order_id=order_id,
            key=key_of(order),
            signed=order.side.sign * order.pending_quantity,
            lot_size=order.instrument.lot_size,
        )
        done = fills(self._exchange, MASTER)
        return all(
            _follows(
                order,
                self._book(each).copies[order_id],
                expect([*done, to_come], self._rule(each)).units[order_id],
            )
            for each in self._followers
        )

    def _rule(self, follower: Follower) -> Rule:
        left_out = frozenset(self.left_out[follower.name])
        return Rule(ratio=follower.ratio, left_out=left_out)

    def _book(self, follower: Follower) -> FollowerBook:
        expected = expect(fills(self._exchange, MASTER), self._rule(follower))
        orders = arrived(self._exchange, follower.user_id)
        return FollowerBook(
            name=follower.name,
            user_id=follower.user_id,
            ratio=follower.ratio,
            orders=orders,
            copies=copies(self.master_orders(), orders, expected.units),
            expected=expected,
            traded=traded(fills(self._exchange, follower.user_id)),
            resting=working(self._exchange, follower.user_id),
        )


def _follows(order: Order, copy: Copy, units: int) -> bool:
    live = [each.order for each in copy.orders if each.order.is_live]
    at_his_prices = all(
        each.price == order.price and each.trigger_price == order.trigger_price for each in live
    )
    return at_his_prices and (copy.wanted == units if units else not live)


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
