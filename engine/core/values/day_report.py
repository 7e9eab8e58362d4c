"""What became of a trading day: a row for each follower's part in each order, and what they add up to.

Slippage is signed so that **positive is worse for the follower**: he paid more than the master, or got
less. It is the difference of the average prices of both over the units the follower got.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.keys import Leg
from engine.core.values.market import AccountName, OrderId, Product, Side, Venue


@unique
class Outcome(StrEnum):
    """What became of a follower's part in an order of the master; shown as is."""

    COPIED = "copied"  #: Sent and taken, whether or not it filled.
    SKIPPED = "skipped"  #: Not sent, with a recorded reason.
    MISSED = "missed"  #: Seen too late, or the program or the line was away.
    REFUSED = "refused"  #: Sent; refused by the broker or rejected by the exchange.
    UNCLEAR = "unclear"  #: Nobody knows yet whether it exists, or a person is asked.
    WAITING = "waiting"  #: Decided, and not sent yet.
    OURS = "ours"  #: By no order of the master: /sync, a square-off, a cover.


class CopyRow(Struct, frozen=True, kw_only=True, gc=False):
    """One leg of one follower's part in one order.

    Attributes:
        number: The master order's number on its card; None for what is ours.
        seen_at: When the master's order was first seen; of ours, when it was planned.
        detail: The reason in full: the recorded one, or the broker's words.
        reason: The recorded reason of a skip, the same words for the same cause; else empty.
        quantity: Units that were wanted of it, >= 0.
        filled: Units filled.
        master_price: The master's average, rupees a unit; None where he has no fill.
        price: The follower's average, rupees a unit; None without a fill.
        slippage: Rupees, positive is worse; None where it cannot be told.
        value: Rupees that the filled units are worth at the master's price; what ``slippage`` is a share of.
        lag_ms: Master's event received to broker's answer, of its first order, milliseconds.
        fill_lag_ms: Master's event received, or his fill where that came later, to the first fill
            known here, milliseconds.
    """

    follower: AccountName
    number: int | None
    master_order_id: OrderId
    seen_at: datetime | None
    exchange: str
    symbol: str
    product: Product
    side: Side
    leg: Leg
    outcome: Outcome
    reason: str = ""
    detail: str = ""
    quantity: int = 0
    filled: int = 0
    master_price: Decimal | None = None
    price: Decimal | None = None
    slippage: Decimal | None = None
    value: Decimal | None = None
    lag_ms: int | None = None
    fill_lag_ms: int | None = None

    @property
    def slippage_bps(self) -> Decimal | None:
        """Basis points of the master's price, positive is worse; None without both prices."""
        if self.master_price is None or self.price is None or not self.master_price:
            return None
        worse = (self.price - self.master_price) * self.side.sign
        return worse / abs(self.master_price) * 10_000


class DayProfit(Struct, frozen=True, kw_only=True, gc=False):
    """An account's profit of a day, rupees before charges.

    Attributes:
        rupees: Realised and unrealised, of what is known; None where nothing is.
        realised: What was closed, at average cost; None where not known.
        without: Symbols that are not in it, because a price or a multiplier is not known.
        at: When it was so, where that is not the report's own time.
    """

    rupees: Decimal | None
    realised: Decimal | None = None
    without: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def unrealised(self) -> Decimal | None:
        """Rupees of what is still held; None where either figure is not known."""
        if self.rupees is None or self.realised is None:
            return None
        return self.rupees - self.realised


class FollowerDay(Struct, frozen=True, kw_only=True, gc=False):
    """What a follower's day adds up to.

    An order counts once, by the worst that became of its legs.

    Attributes:
        skipped: How many orders for which reason, the most frequent first.
        failed: The same of those that were missed, refused or are unclear, with the broker's words.
        slippage: Rupees over all fills that can be told, positive is worse.
        value: Rupees those fills are worth at the master's prices.
        untold: Symbols whose slippage cannot be told in rupees.
        lags_ms: Of every first order of a part that the broker took: master's event to broker's answer.
        fill_lags_ms: Master's event or fill to the follower's first fill.
        ratio: Follower units per master unit of the newest order; None where he had none, or fixed lots.
        scaled: The master's profit in the symbols that were copied, times the ratio of each; None
            where a part of it is not known.
    """

    name: AccountName
    copied: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    missed: int = 0
    refused: int = 0
    unclear: int = 0
    waiting: int = 0
    failed: tuple[tuple[str, int], ...] = ()
    slippage: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    untold: tuple[str, ...] = ()
    lags_ms: tuple[int, ...] = ()
    fill_lags_ms: tuple[int, ...] = ()
    profit: DayProfit = DayProfit(rupees=None)
    ratio: Decimal | None = None
    scaled: Decimal | None = None

    @property
    def skips(self) -> int:
        """Orders that were left out with a reason."""
        return sum(count for _, count in self.skipped)

    @property
    def slippage_bps(self) -> Decimal | None:
        """Basis points over all fills, weighed by their value; None without any."""
        return self.slippage / self.value * 10_000 if self.value else None

    @property
    def total(self) -> int:
        """Orders of the master that were his to copy."""
        return self.copied + self.skips + self.missed + self.refused + self.unclear + self.waiting


class DayReport(Struct, frozen=True, kw_only=True, gc=False):
    """One trading day at one venue.

    Attributes:
        day: The trading day.
        as_of: Up to when it tells: its newest event.
        orders: Orders of the master that were anybody's to copy.
        master: His profit of the day, over all he traded.
        followers: In the order of the settings.
        rows: Oldest order first, then by follower.
        segments: Exchanges in which anything was to be copied.
    """

    day: date
    venue: Venue
    as_of: datetime | None
    orders: int
    master: DayProfit
    followers: tuple[FollowerDay, ...]
    rows: tuple[CopyRow, ...]
    segments: frozenset[str] = frozenset()
